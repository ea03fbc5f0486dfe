"""Attacks on vesting: whatever insiders split, revoke, sell and release, nothing is paid before its curve."""

import random
from dataclasses import replace

import pytest

from lvo.curve import Schedule
from lvo.models.distribution import MIN_RECOVERY_DELAY, SHARES
from lvo.units import MONTH
from tests.helpers import event_args, reverts
from tests.scenes import (
    FOUNDATION,
    PERSONAL,
    POOL,
    REVOCABLE,
    REVOKED,
    assert_books_balance,
    lvo_of,
    open_genesis,
    piece,
    schedule_of,
    schedules,
    story,
)

SHARE = SHARES[FOUNDATION]
AMOUNT = 10**24 + 7


def assert_under_the_curves(genesis, curves):
    """Assert INV-GEN-2 now: what was paid under each bucket is not above its share on its published curve."""
    books, _ = genesis.view("proveBuckets")
    for bucket, (share, _, paid, _) in enumerate(books):
        assert paid <= curves[bucket].vested(share, genesis.chain.time)


# Revoking


@pytest.mark.parametrize("months", [0, 7, 30, 48])
def test_revoke_after_partial_release_takes_nothing_back(genesis, lvo, foundation, bob, start, months):
    curve = schedule_of(genesis, FOUNDATION)
    genesis.send("split", FOUNDATION, [piece(bob, AMOUNT, curve, REVOCABLE)], 0, sender=foundation)
    genesis.send("release", 6, sender=bob, at=start)
    had = lvo.view("balanceOf", bob)
    at = start + months * MONTH + 1
    genesis.send("revoke", 6, sender=foundation, at=at)
    assert lvo.view("balanceOf", bob) == curve.vested(AMOUNT, at) >= had > 0
    assert_under_the_curves(genesis, schedules(start))
    assert_books_balance(genesis)


def test_double_revoke_gives_the_pool_nothing_more(genesis, foundation, bob, start):
    curve = schedule_of(genesis, FOUNDATION)
    genesis.send("split", FOUNDATION, [piece(bob, AMOUNT, curve, REVOCABLE)] * 2, 0, sender=foundation)
    genesis.send("revoke", 6, sender=foundation, at=start + MONTH)
    before = genesis.view("grants", FOUNDATION)
    for at in (start + MONTH, start + 48 * MONTH):
        receipt = genesis.try_send("revoke", 6, sender=foundation, at=at)
        reverts(receipt, "GenesisDistribution_NotRevocable", 6, REVOKED)
    assert genesis.view("grants", FOUNDATION) == before
    assert_books_balance(genesis)


def test_sold_revocable_grant_can_be_revoked(genesis, lvo, foundation, bob, carol, start):
    """Selling by rotation launders nothing: the buyer gets what has vested and no more, and keeps it."""
    curve = schedule_of(genesis, FOUNDATION)
    genesis.send("split", FOUNDATION, [piece(bob, AMOUNT, curve, REVOCABLE)], 0, sender=foundation)
    genesis.send("offer", 6, carol, sender=bob)
    genesis.send("accept", 6, 0, sender=carol)
    at = start + 3 * MONTH
    genesis.send("revoke", 6, sender=foundation, at=at)
    assert lvo.view("balanceOf", carol) == curve.vested(AMOUNT, at)
    assert lvo.view("balanceOf", bob) == 0
    receipt = genesis.try_send("release", 6, sender=carol, at=curve.end)
    reverts(receipt, "GenesisDistribution_NothingToRelease", 6, 0)


def test_sold_pool_does_not_vest_faster(genesis, lvo, foundation, bob, carol, start):
    """Rotation back and forth within one second pays what one beneficiary would have been paid."""
    at = start + 5 * MONTH
    for seller, buyer in ((foundation, bob), (bob, carol)):
        genesis.try_send("release", FOUNDATION, sender=seller, at=at)
        genesis.send("offer", FOUNDATION, buyer, sender=seller, at=at)
        genesis.send("accept", FOUNDATION, 0, sender=buyer, at=at)
    receipt = genesis.try_send("release", FOUNDATION, sender=carol, at=at)
    vested = schedule_of(genesis, FOUNDATION).vested(SHARE, at)
    reverts(receipt, "GenesisDistribution_NothingToRelease", FOUNDATION, vested)
    assert sum(lvo.view("balanceOf", each) for each in (foundation, bob, carol)) == vested


def test_pool_that_is_split_or_released_before_it_is_accepted_cheats_no_buyer(genesis, foundation, bob, carol, start):
    """A seller who empties what it offered, ahead of the buyer's transaction, sells nothing."""
    curve = schedule_of(genesis, FOUNDATION)
    genesis.send("offer", FOUNDATION, bob, sender=foundation)
    mark = genesis.chain.snapshot()
    genesis.send("split", FOUNDATION, [piece(carol, SHARE, curve)], 0, sender=foundation)
    receipt = genesis.try_send("accept", FOUNDATION, SHARE, sender=bob)
    reverts(receipt, "GenesisDistribution_LessOwed", FOUNDATION, 0, SHARE)
    genesis.chain.rollback(mark)
    at = start + MONTH
    genesis.send("release", FOUNDATION, sender=foundation, at=at)
    owed = SHARE - curve.vested(SHARE, at)
    receipt = genesis.try_send("accept", FOUNDATION, SHARE, sender=bob)
    reverts(receipt, "GenesisDistribution_LessOwed", FOUNDATION, owed, SHARE)
    genesis.send("accept", FOUNDATION, owed, sender=bob)
    assert genesis.view("grants", FOUNDATION)[0] == bob


def test_rescuer_of_a_former_beneficiary_has_no_power(genesis, foundation, bob, carol, outsider):
    """A seller cannot take the grant back through a rescuer that it named before the sale."""
    genesis.send("nameRescuer", FOUNDATION, carol, MIN_RECOVERY_DELAY, sender=foundation)
    genesis.send("offer", FOUNDATION, bob, sender=foundation)
    at = genesis.send("startRecovery", FOUNDATION, outsider, sender=carol).time + MIN_RECOVERY_DELAY
    genesis.send("accept", FOUNDATION, 0, sender=bob)
    assert genesis.try_send("finishRecovery", FOUNDATION, sender=outsider, at=at).error is not None
    assert genesis.try_send("startRecovery", FOUNDATION, outsider, sender=carol).error is not None
    assert genesis.view("grants", FOUNDATION)[0] == bob


# Splitting


SMALL = [
    Schedule(100, 100, 107, 0),
    Schedule(100, 103, 107, 0),
    Schedule(100, 107, 107, 0),
    Schedule(100, 102, 107, 3_333),
    Schedule(100, 100, 113, 9_999),
    Schedule(100, 100, 100, 0),
]
"""Short curves, on which every second and every wei can be tried."""


@pytest.mark.parametrize("curve", SMALL, ids=str)
def test_no_split_frees_a_wei_early_in_small_numbers(curve):
    """INV-GEN-2, INV-GEN-3: all totals to 40 wei, all splits that the contract allows, all later seconds.

    The most that a pool may have released when it is split is what is vested of it and, after the split, of the rest.
    """
    ahead = 0
    times = range(curve.start - 1, curve.end + 2)
    for total in range(41):
        for now in times:
            vested = curve.vested(total, now)
            for taken in range(1, total + 1):
                released = min(vested, curve.vested(total - taken, now))
                for later in range(now, times.stop):
                    pool = max(released, curve.vested(total - taken, later))
                    assert pool + curve.vested(taken, later) <= curve.vested(total, later)
                ahead += vested > released and vested + curve.vested(taken, now) > vested
    # Had the contract let a pool be split that released all it could, pool and piece would often be ahead of the curve.
    assert ahead > 0


def test_no_split_frees_a_wei_early_on_chain(chain, holders, outsider, bob, carol):
    """INV-GEN-2: pools of at most 40 wei, released, split and released again at random; nothing is paid early."""
    choose = random.Random(40)
    start = chain.time + 100
    curves = [Schedule(start, start + 3, start + 17, bps) for bps in (0, 1, 3_333, 5_000, 9_999, 10_000)]
    genesis = open_genesis(chain, list(zip(holders, curves, strict=True)), outsider)
    lvo = lvo_of(genesis)
    split = refused = 0
    for _ in range(400 if chain.name == "revm" else 12):
        mark = chain.snapshot()
        bucket, total = choose.randrange(6), choose.randint(1, 40)
        curve = curves[bucket]
        genesis.send("split", bucket, [piece(bob, total, curve, POOL)], 0, sender=holders[bucket])
        now = start + choose.randint(3, 16)
        genesis.try_send("release", 6, sender=bob, at=now)
        released = genesis.view("grants", 6)[2]
        now += choose.randint(0, 2)
        taken = choose.randint(1, total)
        receipt = genesis.try_send("split", 6, [piece(carol, taken, curve)], 0, sender=bob, at=now)
        allowed = released <= curve.vested(total - taken, now)
        assert (receipt.error is None) is allowed
        split, refused = split + allowed, refused + (not allowed)
        for at in range(now, start + 18, 3):
            genesis.send("releaseMany", [6, 7], sender=bob, at=at)
            paid = lvo.view("balanceOf", bob) + lvo.view("balanceOf", carol)
            assert paid <= curve.vested(total, at)
        genesis.send("releaseMany", [6, 7], sender=bob, at=start + 18)
        assert lvo.view("balanceOf", bob) + lvo.view("balanceOf", carol) == total
        chain.rollback(mark)
    assert min(split, refused) > (3 if chain.name == "revm" else 0)


def test_split_and_revoke_in_loops_never_unlock_earlier(genesis, lvo, holders, foundation, bob, carol, start, chain):
    """INV-GEN-1, INV-GEN-2, INV-GEN-5, INV-GEN-7: at the end everything is out, and nothing before its time."""
    choose = random.Random(7)
    curves = schedules(start)
    at = start - 10
    for turn in range(60 if chain.name == "revm" else 8):
        at += choose.choice((0, 1, MONTH // 7, MONTH // 2))
        total = genesis.view("grants", FOUNDATION)[1]
        rows = [piece(bob, choose.randint(1, max(1, total // 3)), curves[FOUNDATION], REVOCABLE) for _ in range(2)]
        receipt = genesis.try_send("split", FOUNDATION, rows, turn, sender=foundation, at=at)
        first = genesis.view("grantCount") - 2
        genesis.try_send("release", FOUNDATION, sender=foundation, at=at + choose.choice((0, 1)))
        assert_under_the_curves(genesis, curves)
        if receipt.error is None:
            genesis.try_send("release", first, sender=carol)
            at = genesis.chain.time
            genesis.send("revoke", first, sender=foundation, at=at)
            if choose.random() < 0.7:
                genesis.send("revoke", first + 1, sender=foundation, at=at + choose.choice((0, 9)))
        at = genesis.chain.time
        assert_under_the_curves(genesis, curves)
        assert_books_balance(genesis)
    genesis.send("releaseMany", list(range(genesis.view("grantCount"))), sender=carol, at=start + 48 * MONTH)
    paid = [lvo.view("balanceOf", each) for each in (*holders, bob)]
    assert sum(paid) == sum(SHARES)
    assert paid[FOUNDATION] + paid[-1] == SHARE
    assert lvo.view("balanceOf", genesis.address) == 0


def test_split_after_releasing_everything_is_refused(genesis, foundation, bob, start):
    """What is paid is gone: it cannot be promised to another as unvested."""
    curve = schedule_of(genesis, FOUNDATION)
    at = start + 12 * MONTH
    genesis.send("release", FOUNDATION, sender=foundation, at=at)
    released = curve.vested(SHARE, at)
    for amount in (10**18, SHARE // 2, SHARE):
        receipt = genesis.try_send("split", FOUNDATION, [piece(bob, amount, curve)], 0, sender=foundation, at=at)
        left = curve.vested(SHARE - amount, at)
        reverts(receipt, "GenesisDistribution_PoolAhead", FOUNDATION, released, left)
    genesis.send("release", FOUNDATION, sender=foundation, at=curve.end)
    receipt = genesis.try_send("split", FOUNDATION, [piece(bob, 1, curve)], 0, sender=foundation)
    reverts(receipt, "GenesisDistribution_PoolAhead", FOUNDATION, SHARE, SHARE - 1)


def test_split_with_the_salt_of_a_predecessor_is_refused(genesis, foundation, bob, carol):
    """INV-GEN-6: a salt is the pool's, not its holder's: a rerun after a rotation pays nobody twice."""
    rows = [piece(carol, AMOUNT, schedule_of(genesis, FOUNDATION))]
    genesis.send("split", FOUNDATION, rows, 5, sender=foundation)
    genesis.send("offer", FOUNDATION, bob, sender=foundation)
    genesis.send("accept", FOUNDATION, 0, sender=bob)
    receipt = genesis.try_send("split", FOUNDATION, rows, 5, sender=bob)
    reverts(receipt, "GenesisDistribution_SaltUsed", FOUNDATION, 5)
    assert genesis.view("grantCount") == 7
    # The same salt in a pool that was split off is another pool's.
    inner = [piece(bob, AMOUNT, schedule_of(genesis, FOUNDATION), POOL)]
    genesis.send("split", FOUNDATION, inner, 6, sender=bob)
    genesis.send("split", 7, [piece(carol, 1, schedule_of(genesis, FOUNDATION))], 5, sender=bob)


def test_slower_in_one_field_does_not_pay_for_faster_in_another(genesis, foundation, bob):
    """Every field is compared alone: a later end buys no higher initial share."""
    curve = schedule_of(genesis, FOUNDATION)
    much_later = replace(curve, start=curve.start + MONTH, cliff=curve.cliff + 40 * MONTH, end=curve.end + 90 * MONTH)
    for faster in (
        replace(much_later, initial_bps=curve.initial_bps + 1),
        replace(much_later, start=curve.start - 1),
        replace(curve, cliff=curve.end, end=curve.end - 0, initial_bps=10_000),
    ):
        receipt = genesis.try_send("split", FOUNDATION, [piece(bob, 1, faster)], 0, sender=foundation)
        assert receipt.error is not None
        assert faster.faster_than(curve)
    genesis.send("split", FOUNDATION, [piece(bob, 1, much_later)], 0, sender=foundation)


def test_release_many_with_hostile_numbers_pays_each_grant_once(genesis, lvo, foundation, bob, outsider, start):
    """Duplicates, unknown numbers and other people's pools: one bad item neither blocks nor pays twice."""
    curve = schedule_of(genesis, FOUNDATION)
    genesis.send("split", FOUNDATION, [piece(bob, AMOUNT, curve, PERSONAL)], 0, sender=foundation)
    at = start + 9 * MONTH
    numbers = [*range(6), *[6] * 20, 7, 2**24, 2**255, 2**256 - 1]
    receipt = genesis.send("releaseMany", numbers, sender=outsider, at=at)
    assert event_args(receipt, "Released") == [(6, bob, curve.vested(AMOUNT, at))]
    assert len(event_args(receipt, "ReleaseSkipped")) == len(numbers) - 1
    assert lvo.view("balanceOf", bob) == curve.vested(AMOUNT, at)
    assert_books_balance(genesis)


# Odd curves


@pytest.mark.parametrize("bps", [0, 1, 9_999, 10_000])
def test_cliff_at_the_last_second_pays_all_at_once(chain, holders, outsider, bps):
    start = chain.time + 100
    curve = Schedule(start, start + 50, start + 50, bps)
    genesis = open_genesis(chain, [(holder, curve) for holder in holders], outsider)
    receipt = genesis.try_send("release", 0, sender=holders[0], at=start + 49)
    reverts(receipt, "GenesisDistribution_NothingToRelease", 0, 0)
    receipt = genesis.send("release", 0, sender=outsider, at=start + 50)
    assert story(receipt)[0] == ("Released", 0, holders[0], SHARE)


@pytest.mark.parametrize("bps", [0, 1, 9_999, 10_000])
def test_duration_of_zero_divides_by_nothing(chain, holders, outsider, bob, bps):
    start = chain.time + 100
    curve = Schedule(start, start, start, bps)
    genesis = open_genesis(chain, [(holder, curve) for holder in holders], outsider)
    genesis.send("split", 0, [piece(bob, 3, curve, REVOCABLE)], 0, sender=holders[0])
    assert genesis.view("vestedAt", 6, start - 1) == 0
    assert genesis.view("vestedAt", 6, start) == 3
    assert genesis.try_send("release", 6, sender=bob, at=start - 1).error is not None
    genesis.send("revoke", 6, sender=holders[0], at=start)
    assert lvo_of(genesis).view("balanceOf", bob) == 3
    genesis.send("releaseMany", list(range(6)), sender=outsider)
    assert lvo_of(genesis).view("balanceOf", genesis.address) == 0
    assert_books_balance(genesis)


# A recovery


def test_stranger_does_not_pay_a_lost_key_during_a_recovery(genesis, lvo, foundation, bob, carol, outsider):
    """A release that somebody sends for a lost key would lose for ever what the recovery is about to save."""
    curve = schedule_of(genesis, FOUNDATION)
    genesis.send("split", FOUNDATION, [piece(bob, 10**18, curve)], 0, sender=foundation)
    genesis.send("nameRescuer", 6, carol, MIN_RECOVERY_DELAY, sender=bob)
    started = genesis.send("startRecovery", 6, carol, sender=carol, at=curve.end).time
    genesis.try_send("release", 6, sender=outsider)
    genesis.send("finishRecovery", 6, sender=carol, at=started + MIN_RECOVERY_DELAY)
    genesis.try_send("release", 6, sender=carol)
    assert (lvo.view("balanceOf", bob), lvo.view("balanceOf", carol)) == (0, 10**18)
