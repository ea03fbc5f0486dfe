"""GenesisDistribution: views and the books."""

import pytest

from lvo.models.base import NOBODY
from lvo.models.distribution import SHARES
from lvo.units import MONTH, SUPPLY
from tests.chain.artifacts import Error
from tests.chain.interface import ChainError
from tests.scenes import (
    EXCHANGE,
    FOUNDATION,
    PERSONAL,
    POOL,
    REVOCABLE,
    TEAM,
    assert_books_balance,
    piece,
    schedule_of,
    schedules,
    wait,
)

AMOUNT = 1_000_000 * 10**18


def failure(genesis, function, *args):
    with pytest.raises(ChainError) as caught:
        genesis.view(function, *args)
    return caught.value.error


@pytest.mark.parametrize("number", [6, 2**24, 2**256 - 1])
@pytest.mark.parametrize(("function", "more"), [("grants", ()), ("vestedAt", (0,)), ("releasable", ())])
def test_view_reverts_when_the_grant_is_unknown(genesis, function, more, number):
    assert failure(genesis, function, number, *more) == Error("GenesisDistribution_UnknownGrant", (number, 6))


@pytest.mark.parametrize("to", [7, 2**256 - 1])
def test_sum_grants_reverts_when_the_page_goes_past_the_last_grant(genesis, to):
    assert failure(genesis, "sumGrants", 0, to) == Error("GenesisDistribution_UnknownGrant", (to, 6))


@pytest.mark.parametrize(("first", "to"), [(1, 0), (6, 5), (7, 6), (2**256 - 1, 6)])
def test_sum_grants_reverts_when_the_page_is_reversed(genesis, first, to):
    assert failure(genesis, "sumGrants", first, to) == Error("GenesisDistribution_PageReversed", (first, to))


@pytest.mark.parametrize("bucket", range(6))
def test_vested_at_follows_the_curve(genesis, bucket):
    schedule = schedule_of(genesis, bucket)
    for edge in (0, schedule.start, schedule.cliff, schedule.end, (schedule.start + schedule.end) // 2, 2**256 - 2):
        for at in (max(edge - 1, 0), edge, edge + 1):
            assert genesis.view("vestedAt", bucket, at) == schedule.vested(SHARES[bucket], at)


def test_releasable_is_what_a_release_pays(genesis, lvo, foundation, start):
    assert genesis.view("releasable", FOUNDATION) == 0
    wait(genesis.chain, start + MONTH)
    vested = schedule_of(genesis, FOUNDATION).vested
    assert genesis.view("releasable", FOUNDATION) == vested(SHARES[FOUNDATION], start + MONTH)
    receipt = genesis.send("release", FOUNDATION, sender=foundation)
    assert genesis.view("releasable", FOUNDATION) == 0
    wait(genesis.chain, receipt.time + 100)
    due = genesis.view("releasable", FOUNDATION)
    assert due == vested(SHARES[FOUNDATION], receipt.time + 100) - lvo.view("balanceOf", foundation)


def test_unlocked_at_is_the_sum_of_the_published_curves(genesis, start):
    curves = list(zip(SHARES, schedules(start), strict=True))
    for months in (0, 1, 6, 12, 13, 24, 30, 36, 47, 48, 1_000):
        for at in (start + months * MONTH - 1, start + months * MONTH, start + months * MONTH + 1):
            assert genesis.view("unlockedAt", at) == sum(curve.vested(share, at) for share, curve in curves)
    assert genesis.view("unlockedAt", 0) == 0
    assert genesis.view("unlockedAt", 2**256 - 1) == SUPPLY


def test_unlocked_at_does_not_change_with_splits_and_releases(genesis, foundation, bob, start):
    moments = [start + months * MONTH for months in (0, 5, 40, 48)]
    before = [genesis.view("unlockedAt", at) for at in moments]
    curve = schedule_of(genesis, FOUNDATION)
    genesis.send("split", FOUNDATION, [piece(bob, AMOUNT, curve, REVOCABLE)], 0, sender=foundation)
    genesis.send("release", FOUNDATION, sender=foundation, at=start + MONTH)
    assert [genesis.view("unlockedAt", at) for at in moments] == before
    genesis.send("revoke", 6, sender=foundation)
    assert [genesis.view("unlockedAt", at) for at in moments] == before


def test_sum_grants_adds_up_page_by_page(genesis, foundation, team, bob, start):
    """INV-GEN-1: pages sum to the books, and a page counts its own grants only."""
    rows = [piece(bob, AMOUNT + i, schedule_of(genesis, FOUNDATION), PERSONAL) for i in range(3)]
    genesis.send("split", FOUNDATION, rows, 0, sender=foundation)
    genesis.send("split", TEAM, [piece(bob, 7, schedule_of(genesis, TEAM), POOL)], 0, sender=team)
    genesis.send("releaseMany", [FOUNDATION, 6, 8], sender=foundation, at=start + MONTH)
    whole, balance = genesis.view("proveBuckets")
    pages = [genesis.view("sumGrants", first, min(first + 4, 10)) for first in (0, 4, 8)]
    for bucket in range(6):
        assert all(page[bucket][0] == SHARES[bucket] for page in pages)
        for column in (1, 2, 3):
            assert sum(page[bucket][column] for page in pages) == whole[bucket][column]
    vested = schedule_of(genesis, FOUNDATION).vested
    assert pages[2][FOUNDATION][1:] == (
        AMOUNT + 2,
        vested(AMOUNT + 2, start + MONTH),
        AMOUNT + 2 - vested(AMOUNT + 2, start + MONTH),
    )
    assert pages[2][TEAM][1:] == (7, 0, 7)
    assert pages[2][EXCHANGE][1:] == (0, 0, 0)
    assert balance == SUPPLY - sum(row[2] for row in whole)
    assert_books_balance(genesis)


def test_sum_grants_of_an_empty_page_is_zero(genesis):
    for first in (0, 3, 6):
        assert [row[1:] for row in genesis.view("sumGrants", first, first)] == [(0, 0, 0)] * 6


def test_successions_and_salts_of_an_unknown_grant_are_empty(genesis):
    assert genesis.view("successions", 99) == (NOBODY, NOBODY, 0, NOBODY, 0)
    assert genesis.view("isSaltUsed", 99, 0) is False


def test_lvo_is_the_token_that_it_created(genesis, lvo):
    assert lvo.view("name") == "LIVE VIDEO"
    assert lvo.view("balanceOf", genesis.address) == SUPPLY
