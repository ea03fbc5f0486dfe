"""What can be drawn: the whole domain of the curve, with a taste for its edges."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from lvo.curve import Schedule

LOADED = (HealthCheck.too_slow, HealthCheck.data_too_large)
"""What only says that the machine has other things to do."""
MANY = settings(max_examples=300, deadline=None, suppress_health_check=LOADED)
"""For pure Python."""
FEW = settings(max_examples=25, deadline=None, suppress_health_check=LOADED)
"""For what deploys contracts or signs."""

UINT32 = 2**32 - 1
TOTALS = st.one_of(st.sampled_from([0, 1, 2, 9_999, 10_000, 10_001, 2**96 - 2, 2**96 - 1]), st.integers(0, 2**96 - 1))
"""Amounts of a grant, wei."""
BPS = st.one_of(st.sampled_from([0, 1, 9_999, 10_000]), st.integers(0, 10_000))
"""Initial shares, 1/10,000."""
DURATIONS = st.one_of(st.sampled_from([0, 1, 2, UINT32 - 1, UINT32]), st.integers(0, 100), st.integers(0, UINT32))
"""Seconds from the start to the end."""


@st.composite
def curves(draw, first=0):
    """Any schedule that the contract accepts, starting at ``first`` or later."""
    start = draw(st.one_of(st.sampled_from([first, first + 1, UINT32]), st.integers(first, UINT32)))
    duration = draw(DURATIONS)
    edges = sorted({0, min(1, duration), max(0, duration - 1), duration})
    to_cliff = draw(st.one_of(st.sampled_from(edges), st.integers(0, duration)))
    return Schedule(start, start + to_cliff, start + duration, draw(BPS))


@st.composite
def slower(draw, pool):
    """Any schedule that may be split off ``pool``."""
    delay = st.one_of(st.sampled_from([0, 1]), st.integers(0, UINT32 - pool.start))
    start = pool.start + min(draw(delay), UINT32 - pool.start)
    latest = start + UINT32
    cliff = draw(st.one_of(st.just(max(start, pool.cliff)), st.integers(max(start, pool.cliff), latest)))
    least = max(cliff, pool.end)
    end = draw(st.one_of(st.sampled_from([least, min(least + 1, latest)]), st.integers(least, latest)))
    bps = draw(st.one_of(st.sampled_from([0, pool.initial_bps]), st.integers(0, pool.initial_bps)))
    return Schedule(start, cliff, end, bps)


@st.composite
def times(draw, *schedules):
    """A second anywhere, or at, before or after a start, a cliff or an end."""
    marks = [mark for each in schedules for mark in (each.start, each.cliff, each.end)]
    near = st.builds(lambda mark, late: max(0, mark + late), st.sampled_from(marks), st.sampled_from([-1, 0, 1]))
    return draw(st.one_of(near, st.integers(max(0, min(marks) - 2), max(marks) + 2), st.just(2**40 - 1)))
