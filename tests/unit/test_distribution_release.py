"""GenesisDistribution: release and releaseMany."""

import pytest

from lvo.models.distribution import SHARES
from lvo.units import MONTH
from tests.helpers import reverts
from tests.scenes import (
    EXCHANGE,
    FOUNDATION,
    PERSONAL,
    REVOCABLE,
    TEAM,
    answer,
    assert_books_balance,
    piece,
    schedule_of,
    story,
    wait,
)

AMOUNT = 1_000_000 * 10**18


@pytest.fixture
def personal(genesis, foundation, bob):
    """A personal grant of bob, number 6, on the curve of the foundation."""
    genesis.send("split", FOUNDATION, [piece(bob, AMOUNT, schedule_of(genesis, FOUNDATION))], 0, sender=foundation)
    return 6


# release


@pytest.mark.parametrize("number", [6, 7, 2**24, 2**256 - 1])
def test_release_reverts_when_the_grant_is_unknown(genesis, foundation, number):
    reverts(genesis.try_send("release", number, sender=foundation), "GenesisDistribution_UnknownGrant", number, 6)


def test_release_reverts_when_a_stranger_releases_a_running_pool(genesis, foundation, outsider):
    end = schedule_of(genesis, FOUNDATION).end
    receipt = genesis.try_send("release", FOUNDATION, sender=outsider, at=end - 1)
    reverts(receipt, "GenesisDistribution_NotBeneficiary", FOUNDATION, outsider, foundation)


def test_release_reverts_for_the_caller_before_the_amount(genesis, foundation, outsider):
    receipt = genesis.try_send("release", FOUNDATION, sender=outsider)
    reverts(receipt, "GenesisDistribution_NotBeneficiary", FOUNDATION, outsider, foundation)


def test_release_reverts_when_nothing_has_vested(genesis, team):
    cliff = schedule_of(genesis, TEAM).cliff
    receipt = genesis.try_send("release", TEAM, sender=team, at=cliff - 1)
    reverts(receipt, "GenesisDistribution_NothingToRelease", TEAM, 0)


def test_release_reverts_when_everything_vested_is_paid(genesis, personal, start, bob, outsider):
    end = start + 48 * MONTH
    genesis.send("release", personal, sender=bob, at=end)
    for caller in (bob, outsider):
        receipt = genesis.try_send("release", personal, sender=caller)
        reverts(receipt, "GenesisDistribution_NothingToRelease", personal, AMOUNT)


def test_release_reverts_when_the_grant_was_revoked(genesis, foundation, bob, start):
    row = piece(bob, AMOUNT, schedule_of(genesis, FOUNDATION), REVOCABLE)
    genesis.send("split", FOUNDATION, [row], 0, sender=foundation)
    genesis.send("revoke", 6, sender=foundation, at=start + MONTH)
    receipt = genesis.try_send("release", 6, sender=bob, at=start + 48 * MONTH)
    reverts(receipt, "GenesisDistribution_NothingToRelease", 6, 0)


@pytest.mark.parametrize("bucket", range(6))
def test_release_pays_what_has_vested(genesis, lvo, holders, start, bucket):
    """INV-GEN-2."""
    schedule = schedule_of(genesis, bucket)
    paid = 0
    for at in (schedule.cliff, schedule.cliff + 1, start + 20 * MONTH + 7, schedule.end - 1, schedule.end):
        due = schedule.vested(SHARES[bucket], at) - paid
        if due == 0:
            reverts(
                genesis.try_send("release", bucket, sender=holders[bucket], at=at),
                "GenesisDistribution_NothingToRelease", bucket, paid,
            )  # fmt: skip
            continue
        receipt = genesis.send("release", bucket, sender=holders[bucket], at=at)
        assert story(receipt) == [
            ("Released", bucket, holders[bucket], due),
            ("Transfer", genesis.address, holders[bucket], due),
        ]
        paid += due
        assert lvo.view("balanceOf", holders[bucket]) == paid == genesis.view("grants", bucket)[2]
        assert_books_balance(genesis)
    assert paid == SHARES[bucket]


def test_release_of_a_personal_grant_is_open_to_all(genesis, lvo, personal, bob, outsider, start):
    at = start + 7 * MONTH
    due = schedule_of(genesis, personal).vested(AMOUNT, at)
    receipt = genesis.send("release", personal, sender=outsider, at=at)
    assert story(receipt) == [("Released", personal, bob, due), ("Transfer", genesis.address, bob, due)]
    assert lvo.view("balanceOf", bob) == due
    assert lvo.view("balanceOf", outsider) == 0


def test_release_of_a_pool_is_open_to_all_from_its_end(genesis, lvo, exchange, outsider):
    end = schedule_of(genesis, EXCHANGE).end
    genesis.send("release", EXCHANGE, sender=outsider, at=end)
    assert lvo.view("balanceOf", exchange) == SHARES[EXCHANGE]


def test_release_returns_what_it_paid(genesis, foundation, start):
    wait(genesis.chain, start + 48 * MONTH)
    assert answer(genesis, "release", FOUNDATION, sender=foundation) == SHARES[FOUNDATION]


# releaseMany


def test_release_many_reverts_never_and_reports_what_it_skips(genesis, personal, bob, outsider, start):
    """INV-GEN-4: an unknown grant, another's pool, a duplicate and nothing vested are each left out."""
    at = start + MONTH
    due = schedule_of(genesis, personal).vested(AMOUNT, at)
    numbers = [99, FOUNDATION, TEAM, personal, personal, 2**256 - 1]
    assert story(genesis.send("releaseMany", numbers, sender=outsider, at=at)) == [
        ("ReleaseSkipped", 99),
        ("ReleaseSkipped", FOUNDATION),
        ("ReleaseSkipped", TEAM),
        ("Released", personal, bob, due),
        ("Transfer", genesis.address, bob, due),
        ("ReleaseSkipped", personal),
        ("ReleaseSkipped", 2**256 - 1),
    ]
    assert_books_balance(genesis)


def test_release_many_pays_the_callers_own_pools(genesis, lvo, foundation, start):
    at = start + MONTH
    due = schedule_of(genesis, FOUNDATION).vested(SHARES[FOUNDATION], at)
    assert story(genesis.send("releaseMany", [FOUNDATION, EXCHANGE], sender=foundation, at=at)) == [
        ("Released", FOUNDATION, foundation, due),
        ("Transfer", genesis.address, foundation, due),
        ("ReleaseSkipped", EXCHANGE),
    ]
    assert lvo.view("balanceOf", foundation) == due


def test_release_many_pays_all_pools_from_their_ends(genesis, lvo, holders, start, outsider):
    """INV-GEN-7."""
    genesis.send("releaseMany", list(range(6)), sender=outsider, at=start + 48 * MONTH)
    assert [lvo.view("balanceOf", holder) for holder in holders] == list(SHARES)
    assert lvo.view("balanceOf", genesis.address) == 0
    assert_books_balance(genesis)


def test_release_many_of_nothing_does_nothing(genesis, outsider):
    assert story(genesis.send("releaseMany", [], sender=outsider)) == []


def test_release_many_returns_the_sum(genesis, holders, foundation, bob, start):
    rows = [piece(bob, AMOUNT, schedule_of(genesis, FOUNDATION), PERSONAL)] * 2
    genesis.send("split", FOUNDATION, rows, 0, sender=foundation)
    wait(genesis.chain, start + 48 * MONTH)
    assert answer(genesis, "releaseMany", [6, 7, 8, FOUNDATION], sender=bob) == SHARES[FOUNDATION]


def test_release_many_by_the_beneficiary_shows_life(genesis, foundation, bob, carol):
    """Even where nothing is due: any act of the beneficiary ends a recovery."""
    genesis.send("nameRescuer", FOUNDATION, carol, 90 * 86_400, sender=foundation)
    genesis.send("startRecovery", FOUNDATION, bob, sender=carol)
    receipt = genesis.send("releaseMany", [FOUNDATION], sender=foundation)
    assert story(receipt) == [("RecoveryCanceled", FOUNDATION), ("ReleaseSkipped", FOUNDATION)]


def test_release_reverts_when_a_stranger_would_pay_a_key_that_may_be_lost(
    genesis, personal, bob, carol, outsider, start
):
    """Until 30 days after the recovery could be finished; the beneficiary may at any time, which ends the recovery."""
    genesis.send("nameRescuer", personal, carol, 90 * 86_400, sender=bob)
    genesis.send("startRecovery", personal, outsider, sender=carol)
    before = genesis.view("successions", personal)
    receipt = genesis.try_send("release", personal, sender=outsider, at=start + MONTH)
    reverts(receipt, "GenesisDistribution_NotBeneficiary", personal, outsider, bob)
    receipt = genesis.send("releaseMany", [personal], sender=outsider, at=before[4] + 30 * 86_400 - 1)
    assert story(receipt) == [("ReleaseSkipped", personal)]
    assert genesis.view("successions", personal) == before
    mark = genesis.chain.snapshot()
    genesis.send("release", personal, sender=outsider, at=before[4] + 30 * 86_400)
    assert genesis.view("successions", personal) == before
    genesis.chain.rollback(mark)
    # The beneficiary's own release does.
    receipt = genesis.send("release", personal, sender=bob)
    assert story(receipt)[0] == ("RecoveryCanceled", personal)
