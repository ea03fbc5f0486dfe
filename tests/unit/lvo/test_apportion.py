"""Largest-remainder apportionment: exact sums, quota, a total order of ties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvo.apportion import apportion

WEIGHTS = st.lists(st.integers(0, 2**96), min_size=1, max_size=40).filter(any)


@pytest.mark.parametrize(
    ("pot", "weights", "keys"),
    [(-1, [1], None), (1, [1, -1], None), (1, [], None), (1, [0, 0], None), (1, [1, 1], ["a"])],
    ids=["negative pot", "negative weight", "no weights", "no sum", "too few keys"],
)
def test_apportion_reverts_when_there_is_no_proportion(pot, weights, keys):
    with pytest.raises(ValueError):  # noqa: PT011 - any sentence will do
        apportion(pot, weights, keys)


@given(pot=st.integers(0, 10**27), weights=WEIGHTS)
def test_apportion_sums_to_the_pot_and_keeps_the_quota(pot, weights):
    parts = apportion(pot, weights)
    assert sum(parts) == pot
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - pot * weight) < sum(weights)


@given(pot=st.integers(0, 10**27), weights=WEIGHTS, data=st.data())
def test_apportion_does_not_depend_on_the_order_of_the_rows(pot, weights, data):
    keys = [f"{i:03d}" for i in range(len(weights))]
    order = data.draw(st.permutations(range(len(weights))))
    parts = apportion(pot, weights, keys)
    shuffled = apportion(pot, [weights[i] for i in order], [keys[i] for i in order])
    assert shuffled == [parts[i] for i in order]


def test_apportion_gives_what_is_left_to_the_largest_remainders():
    # Quotas 0.6, 1.2 and 4.2.
    assert apportion(6, [1, 2, 7]) == [1, 1, 4]


def test_apportion_breaks_ties_by_weight_then_key_then_position():
    # Quotas 0.5 and 1.5: equal remainders, the larger weight goes first.
    assert apportion(2, [1, 3]) == [0, 2]
    assert apportion(1, [1, 1], ["b", "a"]) == [0, 1]
    assert apportion(1, [1, 1], ["a", "a"]) == [1, 0]
