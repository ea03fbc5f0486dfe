"""GenesisDistribution: what the constructor refuses and what it opens."""

from dataclasses import replace

import pytest

from lvo.models.base import NOBODY
from lvo.models.distribution import SHARES
from lvo.units import SUPPLY
from tests.chain.interface import ChainError
from tests.scenes import POOL, assert_books_balance, fields, lvo_of, open_genesis, schedules

UINT32 = 2**32 - 1


@pytest.fixture
def refused(chain, holders, start, outsider):
    """Deploy with one bucket changed and return the error."""

    def deploy(bucket, holder=None, **changes):
        plan = list(zip(holders, schedules(start), strict=True))
        plan[bucket] = holder or plan[bucket][0], replace(plan[bucket][1], **changes)
        with pytest.raises(ChainError) as caught:
            open_genesis(chain, plan, outsider)
        return caught.value.error.name, caught.value.error.facts

    return deploy


@pytest.mark.parametrize("bucket", range(6))
def test_constructor_reverts_when_a_start_is_in_the_past(refused, chain, bucket):
    name, (number, start, time) = refused(bucket, start=chain.time - 5)
    assert (name, number, start) == ("GenesisDistribution_StartInPast", bucket, time - 6)


def test_constructor_reverts_when_the_start_is_now(chain, holders, outsider):
    """And not when it is the next second."""
    now = chain.time + 1
    plan = list(zip(holders, schedules(now + 1), strict=True))
    mark = chain.snapshot()
    genesis = open_genesis(chain, plan, outsider)
    assert genesis.view("grants", 0)[3][0] == now + 1
    chain.rollback(mark)
    plan[3] = plan[3][0], replace(plan[3][1], start=now)
    with pytest.raises(ChainError) as caught:
        open_genesis(chain, plan, outsider)
    assert caught.value.error.facts == (3, now, now)


@pytest.mark.parametrize("bucket", range(6))
def test_constructor_reverts_when_a_beneficiary_is_zero(refused, bucket):
    assert refused(bucket, holder=NOBODY) == ("GenesisDistribution_InvalidBeneficiary", (bucket, NOBODY))


def test_constructor_reverts_when_a_beneficiary_is_itself_or_its_token(chain, holders, start, outsider):
    if chain.name == "ganache":
        pytest.skip("Ganache does not tell what a creation reverted with, and asked again it takes the next address")
    mark = chain.snapshot()
    plan = list(zip(holders, schedules(start), strict=True))
    genesis = open_genesis(chain, plan, outsider)
    futures = genesis.address, lvo_of(genesis).address
    for future in futures:
        # The same sender at the same nonce creates the same addresses.
        chain.rollback(mark)
        mark = chain.snapshot()
        plan[4] = future, plan[4][1]
        with pytest.raises(ChainError) as caught:
            open_genesis(chain, plan, outsider)
        assert (caught.value.error.name, caught.value.error.facts) == (
            "GenesisDistribution_InvalidBeneficiary",
            (4, future),
        )


@pytest.mark.parametrize("bucket", [0, 5])
def test_constructor_reverts_when_a_schedule_is_not_in_order(refused, start, bucket):
    name = "GenesisDistribution_ScheduleUnordered"
    late = start + 10
    assert refused(bucket, start=late, cliff=late - 1, end=late) == (name, (bucket, late, late - 1, late))
    assert refused(bucket, start=late, cliff=late, end=late - 1) == (name, (bucket, late, late, late - 1))


def test_constructor_reverts_when_a_start_or_a_duration_does_not_fit(refused, start):
    name = "GenesisDistribution_TimeTooLong"
    far = UINT32 + 1
    assert refused(1, start=far, cliff=far, end=far) == (name, (1, far, UINT32))
    assert refused(1, end=start + far) == (name, (1, far, UINT32))
    assert refused(1, cliff=2**40 - 1, end=2**40 - 1) == (name, (1, 2**40 - 1 - start, UINT32))


def test_constructor_reverts_when_more_than_the_whole_is_initial(refused):
    for bps in (10_001, 2**16 - 1):
        assert refused(2, initial_bps=bps) == ("GenesisDistribution_InitialAboveWhole", (2, bps, 10_000))


def test_constructor_takes_the_extremes(chain, holders, start, outsider):
    plan = list(zip(holders, schedules(start), strict=True))
    plan[0] = holders[0], replace(plan[0][1], cliff=start + UINT32, end=start + UINT32, initial_bps=10_000)
    plan[1] = holders[1], replace(plan[1][1], start=UINT32, cliff=UINT32, end=2 * UINT32)
    plan[2] = holders[2], replace(plan[2][1], cliff=start, end=start)
    genesis = open_genesis(chain, plan, outsider)
    for bucket, (_, schedule) in enumerate(plan):
        assert genesis.view("grants", bucket)[3] == fields(schedule)


def test_constructor_opens_the_six_buckets(chain, genesis, lvo, holders, start):
    """INV-GEN-1: the shares are 20, 15, 20, 15, 15 and 15 %, and the whole supply lies in the contract."""
    assert genesis.view("grantCount") == 6
    assert sum(SHARES) == SUPPLY
    assert [share * 100 // SUPPLY for share in SHARES] == [20, 15, 20, 15, 15, 15]
    for bucket, schedule in enumerate(schedules(start)):
        grant = genesis.view("grants", bucket)
        assert grant == (holders[bucket], SHARES[bucket], 0, fields(schedule), bucket, bucket, POOL)
        assert genesis.view("successions", bucket) == (NOBODY, NOBODY, 0, NOBODY, 0)
    assert lvo.view("balanceOf", genesis.address) == SUPPLY
    assert_books_balance(genesis)


def test_constructor_tells_the_six_buckets(chain, holders, start, outsider):
    plan = list(zip(holders, schedules(start), strict=True))
    from tests.chain.artifacts import load

    code = load("GenesisDistribution").creation_code(([(holder, fields(each)) for holder, each in plan],))
    outcome, address = chain.create(outsider, code)
    genesis = chain.at("GenesisDistribution", address)
    token = chain.at("LVOToken", genesis.view("LVO"))
    told = [(event.source, event.name, *event.args) for event in chain.events(outcome.logs)]
    assert told == [(token.address, "Transfer", NOBODY, address, SUPPLY)] + [
        (address, "GrantCreated", bucket, bucket, holder, SHARES[bucket], fields(schedule), POOL)
        for bucket, (holder, schedule) in enumerate(plan)
    ]
