"""The three laws of the vesting curve, on which the distribution rests (INV-VES-1, INV-VES-2, INV-VES-3)."""

from hypothesis import given
from hypothesis import strategies as st

from lvo.curve import Schedule
from lvo.units import SUPPLY, WHOLE

START_LIMIT = 2**32
AMOUNTS = st.one_of(st.sampled_from([0, 1, 2, 9_999, 10_000, 10_001, SUPPLY]), st.integers(0, SUPPLY))
SHORT = st.integers(0, 12)
SPANS = st.one_of(SHORT, st.integers(0, START_LIMIT - 1))


@st.composite
def schedules(draw):
    """Any schedule that the contract takes; short ones are as likely as long ones."""
    start = draw(st.integers(0, START_LIMIT - 1))
    cliff, end = sorted((start + draw(SPANS), start + draw(SPANS)))
    return Schedule(start, cliff, end, draw(st.one_of(st.sampled_from([0, 1, WHOLE]), st.integers(0, WHOLE))))


def times(schedule):
    """A second within the schedule, at an edge of it, or next to one."""
    edges = (schedule.start, schedule.cliff, schedule.end)
    near = [max(0, edge + offset) for edge in edges for offset in (-1, 0, 1)]
    return st.one_of(st.sampled_from(near), st.integers(schedule.start, schedule.end))


@given(schedules(), AMOUNTS, st.data())
def test_vesting_never_falls(schedule, total, data):
    """INV-VES-1."""
    earlier, later = sorted((data.draw(times(schedule)), data.draw(times(schedule))))
    assert 0 <= schedule.vested(total, earlier) <= schedule.vested(total, later) <= total


@given(schedules(), AMOUNTS, st.tuples(SHORT, SHORT, SHORT, SHORT), st.data())
def test_vesting_of_a_slower_schedule_is_never_ahead(pool, total, delays, data):
    """INV-VES-2."""
    cliff = pool.cliff + delays[1]
    end = max(pool.end + delays[2], cliff)
    start = min(pool.start + delays[0], cliff)
    piece = Schedule(start, cliff, end, max(0, pool.initial_bps - delays[3]))
    assert piece.faster_than(pool) == []
    for time in (data.draw(times(pool)), data.draw(times(piece))):
        assert piece.vested(total, time) <= pool.vested(total, time)


@given(schedules(), AMOUNTS, st.integers(0, WHOLE), st.data())
def test_vesting_of_parts_is_never_ahead_of_the_whole(schedule, total, share, data):
    """INV-VES-3."""
    part = total * share // WHOLE
    time = data.draw(times(schedule))
    apart = schedule.vested(part, time) + schedule.vested(total - part, time)
    assert apart <= schedule.vested(total, time) <= apart + 2
