"""GenesisDistribution: split and revoke."""

from dataclasses import replace

import pytest

from lvo.curve import Schedule
from lvo.models.base import NOBODY
from lvo.models.distribution import SHARES
from lvo.units import MONTH
from tests.helpers import reverts
from tests.scenes import (
    FOUNDATION,
    PERSONAL,
    POOL,
    REVOCABLE,
    REVOKED,
    TEAM,
    answer,
    assert_books_balance,
    fields,
    piece,
    schedule_of,
    story,
    wait,
)

SHARE = SHARES[FOUNDATION]
AMOUNT = 1_000_000 * 10**18
UINT32 = 2**32 - 1


@pytest.fixture
def curve(genesis):
    """The curve of the foundation's pool."""
    return schedule_of(genesis, FOUNDATION)


@pytest.fixture
def refused(genesis, foundation, curve, bob):
    """Split a good piece off the foundation and then one with these changes; both signs of failure are checked."""

    def split(name, *facts, to=bob, amount=AMOUNT, kind=PERSONAL, **changes):
        rows = [piece(bob, AMOUNT, curve), piece(to, amount, replace(curve, **changes), kind)]
        receipt = genesis.try_send("split", FOUNDATION, rows, 0, sender=foundation)
        reverts(receipt, name, *facts)
        assert genesis.view("grantCount") == 6
        assert genesis.view("isSaltUsed", FOUNDATION, 0) is False
        assert_books_balance(genesis)

    return split


# split: who, what, when


@pytest.mark.parametrize("number", [6, 2**24, 2**256 - 1])
def test_split_reverts_when_the_grant_is_unknown(genesis, foundation, number):
    receipt = genesis.try_send("split", number, [], 0, sender=foundation)
    reverts(receipt, "GenesisDistribution_UnknownGrant", number, 6)


@pytest.mark.parametrize("kind", [PERSONAL, REVOCABLE])
def test_split_reverts_when_the_grant_is_not_a_pool(genesis, foundation, curve, bob, outsider, kind):
    genesis.send("split", FOUNDATION, [piece(bob, AMOUNT, curve, kind)], 0, sender=foundation)
    for caller in (bob, outsider):
        receipt = genesis.try_send("split", 6, [piece(bob, 1, curve)], 0, sender=caller)
        reverts(receipt, "GenesisDistribution_NotPool", 6, kind)


def test_split_reverts_when_the_grant_was_revoked(genesis, foundation, curve, bob):
    genesis.send("split", FOUNDATION, [piece(bob, AMOUNT, curve, REVOCABLE)], 0, sender=foundation)
    genesis.send("revoke", 6, sender=foundation)
    receipt = genesis.try_send("split", 6, [piece(bob, 1, curve)], 0, sender=bob)
    reverts(receipt, "GenesisDistribution_NotPool", 6, REVOKED)


def test_split_reverts_when_the_caller_is_not_the_beneficiary(genesis, foundation, team, outsider, curve):
    for caller in (team, outsider):
        receipt = genesis.try_send("split", FOUNDATION, [piece(caller, 1, curve)], 0, sender=caller)
        reverts(receipt, "GenesisDistribution_NotBeneficiary", FOUNDATION, caller, foundation)


@pytest.mark.parametrize("salt", [0, 1, 255, 256, 2**255, 2**256 - 1])
def test_split_reverts_when_the_salt_was_used(genesis, foundation, curve, bob, salt):
    rows = [piece(bob, AMOUNT, curve)]
    genesis.send("split", FOUNDATION, rows, salt, sender=foundation)
    # Whatever the pieces are, also none.
    for again in (rows, [], [piece(NOBODY, 0, curve)]):
        receipt = genesis.try_send("split", FOUNDATION, again, salt, sender=foundation)
        reverts(receipt, "GenesisDistribution_SaltUsed", FOUNDATION, salt)


def test_split_reverts_when_there_are_no_pieces(genesis, foundation):
    receipt = genesis.try_send("split", FOUNDATION, [], 0, sender=foundation)
    reverts(receipt, "GenesisDistribution_NoPieces", FOUNDATION)


def test_split_reverts_when_there_would_be_too_many_grants(genesis, foundation, curve, bob):
    chain = genesis.chain
    if chain.name == "ganache":
        pytest.skip("2^40 grants take a storage write, which Ganache does not offer")
    limit = 2**40
    _set_grant_count(genesis, limit - 1)
    rows = [piece(bob, 1, curve), piece(NOBODY, 1, curve)]
    receipt = genesis.try_send("split", FOUNDATION, rows, 0, sender=foundation)
    reverts(receipt, "GenesisDistribution_TooManyGrants", FOUNDATION, limit + 1, limit)
    # The last number can be given.
    genesis.send("split", FOUNDATION, rows[:1], 0, sender=foundation)
    assert genesis.view("grants", limit - 1)[:2] == (bob, 1)
    receipt = genesis.try_send("split", FOUNDATION, rows[:1], 1, sender=foundation)
    reverts(receipt, "GenesisDistribution_TooManyGrants", FOUNDATION, limit + 1, limit)


def _set_grant_count(genesis, count):
    """Write the count of grants, wherever the compiler has put it."""
    for slot in range(16):
        for shift in range(0, 256, 8):
            mark = genesis.chain.snapshot()
            genesis.chain.store(genesis.address, slot, count << shift)
            if genesis.view("grantCount") == count:
                return
            genesis.chain.rollback(mark)
    raise AssertionError("no storage slot holds the count of grants")


# split: each piece


def test_split_reverts_when_a_piece_has_no_valid_beneficiary(genesis, lvo, refused):
    for to in (NOBODY, lvo.address, genesis.address):
        refused("GenesisDistribution_InvalidBeneficiary", 7, to, to=to)


def test_split_reverts_when_a_piece_is_empty(refused):
    refused("GenesisDistribution_PieceEmpty", FOUNDATION, 1, amount=0)


def test_split_reverts_when_a_piece_would_begin_revoked(refused):
    refused("GenesisDistribution_PieceRevoked", FOUNDATION, 1, kind=REVOKED)


@pytest.mark.parametrize("early", [1, 1_000, None])
def test_split_reverts_when_a_piece_starts_earlier(refused, curve, early):
    start = curve.start - early if early else 0
    refused("GenesisDistribution_StartEarlier", FOUNDATION, 1, start, curve.start, start=start)


@pytest.mark.parametrize("early", [1, 1_000])
def test_split_reverts_when_a_piece_has_an_earlier_cliff(genesis, team, bob, early):
    """Only a pool with its cliff after its start can have such a piece; the foundation's would start earlier."""
    curve = schedule_of(genesis, TEAM)
    rows = [piece(bob, 1, replace(curve, cliff=curve.cliff - early))]
    receipt = genesis.try_send("split", TEAM, rows, 0, sender=team)
    reverts(receipt, "GenesisDistribution_CliffEarlier", TEAM, 0, curve.cliff - early, curve.cliff)


@pytest.mark.parametrize("early", [1, 1_000])
def test_split_reverts_when_a_piece_ends_earlier(refused, curve, early):
    refused("GenesisDistribution_EndEarlier", FOUNDATION, 1, curve.end - early, curve.end, end=curve.end - early)


@pytest.mark.parametrize("more", [1, 9_500, 2**16 - 1 - 500])
def test_split_reverts_when_a_piece_has_a_higher_initial_share(refused, curve, more):
    bps = curve.initial_bps + more
    refused("GenesisDistribution_InitialHigher", FOUNDATION, 1, bps, curve.initial_bps, initial_bps=bps)


def test_split_reverts_when_a_piece_is_not_in_order(refused, curve):
    late = curve.end + 10
    refused("GenesisDistribution_ScheduleUnordered", 7, late, late - 1, late, start=late, cliff=late - 1, end=late)
    refused("GenesisDistribution_ScheduleUnordered", 7, curve.start, late, late - 1, cliff=late, end=late - 1)


def test_split_reverts_when_a_start_or_a_duration_does_not_fit(refused, curve):
    far = UINT32 + 1
    refused("GenesisDistribution_TimeTooLong", 7, far, UINT32, start=far, cliff=far, end=far)
    refused("GenesisDistribution_TimeTooLong", 7, far, UINT32, end=curve.start + far)
    refused("GenesisDistribution_TimeTooLong", 7, 2**40 - 1 - curve.start, UINT32, end=2**40 - 1)


def test_split_reverts_when_more_than_the_whole_is_initial_only_in_the_constructor(refused, curve):
    """A pool has at most the whole, so a piece with more is refused for being steeper than the pool."""
    refused("GenesisDistribution_InitialHigher", FOUNDATION, 1, 10_001, 500, initial_bps=10_001)


def test_split_checks_a_piece_in_a_fixed_order(refused, curve):
    """Amount, kind, start, cliff, end, initial share, beneficiary, order, range; the first that fails is told."""
    late, far = curve.end + 10, UINT32 + 1
    bad = {"amount": 0, "kind": REVOKED, "start": 0, "cliff": 1, "end": 2, "initial_bps": 501, "to": NOBODY}
    refused("GenesisDistribution_PieceEmpty", FOUNDATION, 1, **bad)
    bad |= {"amount": 1}
    refused("GenesisDistribution_PieceRevoked", FOUNDATION, 1, **bad)
    bad |= {"kind": POOL}
    refused("GenesisDistribution_StartEarlier", FOUNDATION, 1, 0, curve.start, **bad)
    bad |= {"start": late}
    refused("GenesisDistribution_CliffEarlier", FOUNDATION, 1, 1, curve.cliff, **bad)
    bad |= {"cliff": curve.end}
    refused("GenesisDistribution_EndEarlier", FOUNDATION, 1, 2, curve.end, **bad)
    bad |= {"end": late}
    refused("GenesisDistribution_InitialHigher", FOUNDATION, 1, 501, 500, **bad)
    bad |= {"initial_bps": 500}
    refused("GenesisDistribution_InvalidBeneficiary", 7, NOBODY, **bad)
    bad |= {"to": "0x" + "aa" * 20, "start": far}
    refused("GenesisDistribution_ScheduleUnordered", 7, far, curve.end, late, **bad)


def test_split_checks_the_first_bad_piece_first(genesis, foundation, curve):
    rows = [piece(NOBODY, 1, curve), piece(NOBODY, 0, curve)]
    receipt = genesis.try_send("split", FOUNDATION, rows, 0, sender=foundation)
    reverts(receipt, "GenesisDistribution_InvalidBeneficiary", 6, NOBODY)


# split: the sum


def test_split_reverts_when_the_pool_has_not_the_sum(genesis, foundation, curve, bob):
    rows = [piece(bob, SHARE, curve), piece(bob, 1, curve)]
    receipt = genesis.try_send("split", FOUNDATION, rows, 0, sender=foundation)
    reverts(receipt, "GenesisDistribution_PoolExceeded", FOUNDATION, SHARE + 1, SHARE)
    rows = [piece(bob, 2**96 - 1, curve)] * 3
    receipt = genesis.try_send("split", FOUNDATION, rows, 0, sender=foundation)
    reverts(receipt, "GenesisDistribution_PoolExceeded", FOUNDATION, 3 * (2**96 - 1), SHARE)


def test_split_reverts_for_a_bad_piece_before_the_sum(genesis, foundation, curve, bob):
    rows = [piece(bob, SHARE + 1, curve), piece(bob, 0, curve)]
    receipt = genesis.try_send("split", FOUNDATION, rows, 0, sender=foundation)
    reverts(receipt, "GenesisDistribution_PieceEmpty", FOUNDATION, 1)


def test_split_reverts_when_the_pool_is_ahead(genesis, foundation, curve, bob, start):
    genesis.send("release", FOUNDATION, sender=foundation, at=start + 12 * MONTH)
    released = genesis.view("grants", FOUNDATION)[2]
    now = start + 12 * MONTH + 1
    # The most that can be split off is what leaves everything released still vested.
    low, high = 0, SHARE
    while low < high:
        middle = (low + high + 1) // 2
        if curve.vested(SHARE - middle, now) >= released:
            low = middle
        else:
            high = middle - 1
    over = piece(bob, low + 1, curve)
    receipt = genesis.try_send("split", FOUNDATION, [over], 0, sender=foundation, at=now)
    facts = FOUNDATION, released, curve.vested(SHARE - low - 1, now)
    reverts(receipt, "GenesisDistribution_PoolAhead", *facts)
    assert released > facts[2]
    # And the most that can be split off can be: the failed call took a second, which only frees more.
    genesis.send("split", FOUNDATION, [piece(bob, low, curve)], 0, sender=foundation)
    assert_books_balance(genesis)


def test_split_opens_a_grant_for_each_piece(genesis, lvo, foundation, curve, bob, carol):
    """INV-GEN-1."""
    slower = Schedule(curve.start + 1, curve.cliff + MONTH, curve.end + 2, 0)
    longest = replace(curve, cliff=curve.start + UINT32, end=curve.start + UINT32)
    rows = [
        piece(bob, 1, curve, PERSONAL),
        piece(carol, 9_999, slower, REVOCABLE),
        piece(bob, AMOUNT, longest, POOL),
    ]
    receipt = genesis.send("split", FOUNDATION, rows, 77, sender=foundation)
    assert story(receipt) == [
        *[("GrantCreated", 6 + i, FOUNDATION, *row) for i, row in enumerate(rows)],
        ("PoolSplit", FOUNDATION, 77),
    ]
    assert genesis.view("grantCount") == 9
    for i, (to, amount, times, kind) in enumerate(rows):
        assert genesis.view("grants", 6 + i) == (to, amount, 0, times, FOUNDATION, FOUNDATION, kind)
    assert genesis.view("grants", FOUNDATION)[1:3] == (SHARE - AMOUNT - 10_000, 0)
    # Nothing is paid by a split.
    assert lvo.view("balanceOf", bob) == 0
    assert_books_balance(genesis)


def test_split_returns_the_first_number(genesis, foundation, curve, bob):
    assert answer(genesis, "split", FOUNDATION, [piece(bob, 1, curve)] * 2, 0, sender=foundation) == 6
    genesis.send("split", FOUNDATION, [piece(bob, 1, curve)] * 2, 0, sender=foundation)
    assert answer(genesis, "split", FOUNDATION, [piece(bob, 1, curve)], 1, sender=foundation) == 8


def test_split_of_a_pool_inside_a_pool_keeps_the_bucket(genesis, team, bob, carol):
    """INV-GEN-1."""
    curve = schedule_of(genesis, TEAM)
    genesis.send("split", TEAM, [piece(bob, AMOUNT, curve, POOL)], 0, sender=team)
    genesis.send("split", 6, [piece(carol, AMOUNT // 2, curve, POOL)], 0, sender=bob)
    genesis.send("split", 7, [piece(bob, AMOUNT // 4, curve, REVOCABLE)], 0, sender=carol)
    assert [genesis.view("grants", number)[4:6] for number in (6, 7, 8)] == [(TEAM, TEAM), (6, TEAM), (7, TEAM)]
    assert [genesis.view("grants", number)[1] for number in (6, 7, 8)] == [AMOUNT // 2, AMOUNT // 4, AMOUNT // 4]
    assert_books_balance(genesis)


def test_split_of_the_whole_pool_leaves_an_empty_one(genesis, foundation, curve, bob, outsider):
    """INV-GEN-7: the last wei can be split off, and the empty pool pays nothing for ever."""
    genesis.send("split", FOUNDATION, [piece(bob, SHARE, curve)], 0, sender=foundation)
    assert genesis.view("grants", FOUNDATION)[1] == 0
    receipt = genesis.try_send("release", FOUNDATION, sender=outsider, at=curve.end)
    reverts(receipt, "GenesisDistribution_NothingToRelease", FOUNDATION, 0)
    genesis.send("release", 6, sender=outsider)
    assert genesis.view("grants", 6)[2] == SHARE


def test_split_marks_its_salt_only(genesis, foundation, team, curve, bob):
    """INV-GEN-6: a salt counts for its pool, and its neighbours in the word stay free."""
    for salt in (0, 255, 256, 2**256 - 1):
        genesis.send("split", FOUNDATION, [piece(bob, 1, curve)], salt, sender=foundation)
    used = [salt for salt in (0, 1, 254, 255, 256, 257, 511, 512, 2**255, 2**256 - 1)
            if genesis.view("isSaltUsed", FOUNDATION, salt)]  # fmt: skip
    assert used == [0, 255, 256, 2**256 - 1]
    assert genesis.view("isSaltUsed", TEAM, 0) is False
    genesis.send("split", TEAM, [piece(bob, 1, schedule_of(genesis, TEAM))], 0, sender=team)
    assert genesis.view("isSaltUsed", TEAM, 0) is True


# revoke


@pytest.fixture
def revocable(genesis, foundation, curve, bob):
    """A revocable grant of bob, number 6, out of the foundation."""
    genesis.send("split", FOUNDATION, [piece(bob, AMOUNT, curve, REVOCABLE)], 0, sender=foundation)
    return 6


@pytest.mark.parametrize("number", [6, 2**256 - 1])
def test_revoke_reverts_when_the_grant_is_unknown(genesis, foundation, number):
    reverts(genesis.try_send("revoke", number, sender=foundation), "GenesisDistribution_UnknownGrant", number, 6)


@pytest.mark.parametrize("kind", [PERSONAL, POOL])
def test_revoke_reverts_when_the_grant_is_not_revocable(genesis, foundation, curve, bob, outsider, kind):
    genesis.send("split", FOUNDATION, [piece(bob, AMOUNT, curve, kind)], 0, sender=foundation)
    for caller in (foundation, outsider):
        reverts(genesis.try_send("revoke", 6, sender=caller), "GenesisDistribution_NotRevocable", 6, kind)
        reverts(genesis.try_send("revoke", 0, sender=caller), "GenesisDistribution_NotRevocable", 0, POOL)


def test_revoke_reverts_when_it_was_revoked(genesis, foundation, revocable):
    genesis.send("revoke", revocable, sender=foundation)
    receipt = genesis.try_send("revoke", revocable, sender=foundation)
    reverts(receipt, "GenesisDistribution_NotRevocable", revocable, REVOKED)


def test_revoke_reverts_when_the_caller_does_not_hold_the_pool(genesis, foundation, revocable, bob, team):
    for caller in (bob, team):
        receipt = genesis.try_send("revoke", revocable, sender=caller)
        reverts(receipt, "GenesisDistribution_NotBeneficiary", revocable, caller, foundation)


def test_revoke_before_anything_vested_gives_all_back(genesis, lvo, foundation, revocable, bob):
    receipt = genesis.send("revoke", revocable, sender=foundation)
    assert story(receipt) == [("Revoked", revocable, FOUNDATION, 0, AMOUNT)]
    assert genesis.view("grants", FOUNDATION)[1:3] == (SHARE, 0)
    assert lvo.view("balanceOf", bob) == 0
    assert_books_balance(genesis)


@pytest.mark.parametrize("months", [0, 1, 47])
def test_revoke_pays_what_has_vested_and_gives_back_the_rest(
    genesis, lvo, foundation, curve, revocable, bob, start, months
):
    """INV-GEN-1, INV-GEN-2: the pool stands as if the grant had never been split off."""
    at = start + months * MONTH
    due = curve.vested(AMOUNT, at)
    receipt = genesis.send("revoke", revocable, sender=foundation, at=at)
    assert story(receipt) == [
        ("Released", revocable, bob, due),
        ("Revoked", revocable, FOUNDATION, due, AMOUNT - due),
        ("Transfer", genesis.address, bob, due),
    ]
    assert genesis.view("grants", FOUNDATION)[1:3] == (SHARE, due)
    assert genesis.view("grants", revocable) == (bob, 0, 0, fields(curve), FOUNDATION, FOUNDATION, REVOKED)
    assert lvo.view("balanceOf", bob) == due
    assert_books_balance(genesis)
    # The pool pays the rest of what has vested of the whole.
    genesis.send("release", FOUNDATION, sender=foundation, at=at + 10)
    assert lvo.view("balanceOf", foundation) == curve.vested(SHARE, at + 10) - due


def test_revoke_after_a_release_counts_what_was_paid(genesis, lvo, foundation, curve, revocable, bob, start):
    """INV-GEN-1."""
    genesis.send("release", FOUNDATION, sender=foundation, at=start + MONTH)
    paid_pool = genesis.view("grants", FOUNDATION)[2]
    genesis.send("release", revocable, sender=bob, at=start + 2 * MONTH)
    first = genesis.view("grants", revocable)[2]
    at = start + 5 * MONTH
    due = curve.vested(AMOUNT, at)
    receipt = genesis.send("revoke", revocable, sender=foundation, at=at)
    assert story(receipt)[:2] == [
        ("Released", revocable, bob, due - first),
        ("Revoked", revocable, FOUNDATION, due, AMOUNT - due),
    ]
    assert genesis.view("grants", FOUNDATION)[1:3] == (SHARE, paid_pool + due)
    assert lvo.view("balanceOf", bob) == due
    assert_books_balance(genesis)


def test_revoke_in_the_second_of_a_release_pays_no_more(genesis, foundation, curve, revocable, bob, start):
    at = start + MONTH
    genesis.send("release", revocable, sender=bob, at=at)
    receipt = genesis.send("revoke", revocable, sender=foundation, at=at)
    due = curve.vested(AMOUNT, at)
    assert story(receipt) == [("Revoked", revocable, FOUNDATION, due, AMOUNT - due)]


def test_revoke_after_the_end_gives_nothing_back(genesis, lvo, foundation, curve, revocable, bob):
    receipt = genesis.send("revoke", revocable, sender=foundation, at=curve.end)
    assert ("Revoked", revocable, FOUNDATION, AMOUNT, 0) in story(receipt)
    assert lvo.view("balanceOf", bob) == AMOUNT
    assert genesis.view("grants", FOUNDATION)[1:3] == (SHARE, AMOUNT)
    assert_books_balance(genesis)


def test_revoke_belongs_to_whoever_holds_the_pool_now(genesis, foundation, revocable, carol):
    genesis.send("offer", FOUNDATION, carol, sender=foundation)
    genesis.send("accept", FOUNDATION, 0, sender=carol)
    receipt = genesis.try_send("revoke", revocable, sender=foundation)
    reverts(receipt, "GenesisDistribution_NotBeneficiary", revocable, foundation, carol)
    genesis.send("revoke", revocable, sender=carol)


def test_revoke_out_of_an_inner_pool_gives_back_to_it(genesis, team, bob, carol):
    curve = schedule_of(genesis, TEAM)
    genesis.send("split", TEAM, [piece(bob, AMOUNT, curve, POOL)], 0, sender=team)
    genesis.send("split", 6, [piece(carol, AMOUNT // 2, curve, REVOCABLE)], 0, sender=bob)
    receipt = genesis.try_send("revoke", 7, sender=team)
    reverts(receipt, "GenesisDistribution_NotBeneficiary", 7, team, bob)
    genesis.send("revoke", 7, sender=bob, at=curve.cliff)
    due = curve.vested(AMOUNT // 2, curve.cliff)
    assert genesis.view("grants", 6)[1:3] == (AMOUNT, due)
    assert_books_balance(genesis)


# Acts of the beneficiary


def test_split_and_revoke_show_life(genesis, foundation, curve, revocable, bob, carol):
    for function, *args in (("split", FOUNDATION, [piece(bob, 1, curve)], 9), ("revoke", revocable)):
        genesis.send("nameRescuer", FOUNDATION, carol, 90 * 86_400, sender=foundation)
        genesis.send("startRecovery", FOUNDATION, carol, sender=carol)
        receipt = genesis.send(function, *args, sender=foundation)
        assert story(receipt)[0] == ("RecoveryCanceled", FOUNDATION)
        assert genesis.view("successions", FOUNDATION) == (NOBODY, carol, 90 * 86_400, NOBODY, 0)


def test_a_split_that_fails_does_not_show_life(genesis, foundation, curve, carol):
    genesis.send("nameRescuer", FOUNDATION, carol, 90 * 86_400, sender=foundation)
    genesis.send("startRecovery", FOUNDATION, carol, sender=carol)
    receipt = genesis.try_send("split", FOUNDATION, [piece(carol, SHARE + 1, curve)], 9, sender=foundation)
    reverts(receipt, "GenesisDistribution_PoolExceeded", FOUNDATION, SHARE + 1, SHARE)
    assert genesis.view("successions", FOUNDATION)[3] == carol
    assert wait(genesis.chain, genesis.chain.time + 1).ok
