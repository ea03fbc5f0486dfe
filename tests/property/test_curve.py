"""The laws of the vesting curve, on its twin over the whole domain, and that the contract follows its twin.

INV-GEN-3 is the conjunction of the three laws that ``contracts/libraries/VestingCurve.sol`` states.
"""

from hypothesis import strategies as st
from hypothesis.core import given  # Brownie puts its own in hypothesis.given, for tests of its chain

from lvo.curve import Schedule
from lvo.models.distribution import SHARES
from tests.chain.revm import RevmChain
from tests.property.strategies import FEW, MANY, TOTALS, UINT32, curves, slower, times
from tests.scenes import HOLDERS, fields, open_genesis, piece


@MANY
@given(st.data(), curves(), TOTALS)
def test_curve_stays_between_nothing_and_everything(data, curve, total):
    """INV-GEN-3."""
    at = data.draw(times(curve))
    vested = curve.vested(total, at)
    assert 0 <= vested <= total
    if at < curve.cliff:
        assert vested == 0
    if at >= curve.end:
        assert vested == total
    if curve.cliff <= at < curve.end:
        # Never below the exact share by a wei or more for each of its two roundings.
        initial, passed, whole = curve.initial_bps, at - curve.start, curve.end - curve.start
        exact = total * (initial * whole + (10_000 - initial) * passed)
        assert exact - 2 * 10_000 * whole < vested * 10_000 * whole <= exact


@MANY
@given(st.data(), curves(), TOTALS)
def test_curve_never_falls(data, curve, total):
    """INV-GEN-3, the first law."""
    earlier, later = sorted((data.draw(times(curve)), data.draw(times(curve))))
    assert curve.vested(total, earlier) <= curve.vested(total, later)


@MANY
@given(st.data(), curves(), TOTALS)
def test_slower_curve_is_never_above(data, pool, total):
    """INV-GEN-3, the second law: what may be split off is nowhere above its pool."""
    mine = data.draw(slower(pool))
    at = data.draw(times(pool, mine))
    assert mine.faster_than(pool) == []
    assert mine.vested(total, at) <= pool.vested(total, at)


@MANY
@given(curves(), curves())
def test_faster_than_names_the_fields_that_are(mine, pool):
    """And nothing that is named may be split off."""
    named = mine.faster_than(pool)
    assert ("start" in named) is (mine.start < pool.start)
    assert ("cliff" in named) is (mine.cliff < pool.cliff)
    assert ("end" in named) is (mine.end < pool.end)
    assert ("initial_bps" in named) is (mine.initial_bps > pool.initial_bps)
    assert len(named) == len(set(named)) <= 4


@MANY
@given(st.data(), curves(), TOTALS, TOTALS)
def test_parts_never_vest_more_than_the_whole(data, curve, one, other):
    """INV-GEN-3, the third law, and that a split into many parts loses less than a wei for each rounding of a part."""
    at = data.draw(times(curve))
    parts = curve.vested(one, at) + curve.vested(other, at)
    assert parts <= curve.vested(one + other, at) <= parts + 2


@MANY
@given(st.data(), curves(), TOTALS, st.integers(1, 6))
def test_pieces_of_a_pool_stay_under_it(data, pool, total, count):
    """INV-GEN-2, INV-GEN-3: all laws at once, for pieces on curves of their own."""
    cuts = sorted(data.draw(st.integers(0, total)) for _ in range(count - 1))
    amounts = [after - before for before, after in zip([0, *cuts], [*cuts, total], strict=True)]
    mine = [data.draw(slower(pool)) for _ in amounts]
    at = data.draw(times(pool, *mine))
    assert sum(curve.vested(amount, at) for curve, amount in zip(mine, amounts, strict=True)) <= pool.vested(total, at)


# The contract follows the twin


@FEW
@given(st.data())
def test_contract_vests_as_the_twin(data):
    """All six buckets and a piece of each, on curves of their own, at random and at odd times."""
    chain = RevmChain()
    holders = [chain.actor(name) for name in HOLDERS]
    plan = [data.draw(curves(first=chain.time + 10)) for _ in holders]
    genesis = open_genesis(chain, list(zip(holders, plan, strict=True)), holders[0])
    for bucket, (holder, pool) in enumerate(zip(holders, plan, strict=True)):
        total = min(max(1, data.draw(TOTALS)), SHARES[bucket])
        mine = data.draw(slower(pool))
        genesis.send("split", bucket, [piece(holder, total, mine)], 0, sender=holder)
        assert genesis.view("grants", 6 + bucket)[3] == fields(mine)
        marks = (0, UINT32, *fields(pool)[:3], *fields(mine)[:3], (pool.start + pool.end) // 2, 2**256 - 2)
        for at in {max(0, mark + late) for mark in marks for late in (-1, 0, 1)}:
            assert genesis.view("vestedAt", bucket, at) == pool.vested(SHARES[bucket] - total, at)
            assert genesis.view("vestedAt", 6 + bucket, at) == mine.vested(total, at)
    at = data.draw(times(*plan))
    assert genesis.view("unlockedAt", at) == sum(
        curve.vested(share, at) for share, curve in zip(SHARES, plan, strict=True)
    )


@FEW
@given(st.data(), st.integers(1, 10**6), st.lists(st.integers(0, 3_000), max_size=12))
def test_amount_paid_does_not_depend_on_the_releases_before(data, total, pokes):
    """INV-GEN-4: two like grants, one released at random times and one only at the end, pay the same, to the wei."""
    chain = RevmChain()
    holders = [chain.actor(name) for name in HOLDERS]
    start = chain.time + 100
    to_cliff = data.draw(st.integers(0, 2_000))
    curve = Schedule(start, start + to_cliff, start + 2_000, data.draw(st.integers(0, 10_000)))
    genesis = open_genesis(chain, [(holder, curve) for holder in holders], holders[0])
    lvo = chain.contracts[genesis.view("LVO")]
    often, once = chain.actor("often"), chain.actor("once")
    genesis.send("split", 0, [piece(often, total, curve), piece(once, total, curve)], 0, sender=holders[0])
    last = start
    for poke in sorted(pokes):
        last = start + poke
        genesis.try_send("release", 6, sender=often, at=last)
        assert lvo.view("balanceOf", often) == curve.vested(total, last)
    last = max(last, start + data.draw(st.integers(0, 3_000)))
    genesis.send("releaseMany", [6, 7], sender=holders[1], at=last)
    assert lvo.view("balanceOf", often) == lvo.view("balanceOf", once) == curve.vested(total, last)
