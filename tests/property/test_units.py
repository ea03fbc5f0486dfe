"""Amounts and times as people write them."""

import pytest
from hypothesis import strategies as st
from hypothesis.core import given  # Brownie puts its own in hypothesis.given, for tests of its chain

from lvo.units import DECIMALS, LVO, MONTH, SUPPLY, format_lvo, parse_lvo
from tests.property.strategies import MANY

AMOUNTS = st.one_of(st.sampled_from([0, 1, LVO - 1, LVO, LVO + 1, SUPPLY, 2**256 - 1]), st.integers(0, 2**256 - 1))


@MANY
@given(AMOUNTS)
def test_format_and_parse_are_a_round_trip(amount):
    text = format_lvo(amount)
    assert parse_lvo(text.replace(",", "")) == amount
    assert format_lvo(-amount) == (f"-{text}" if amount else text)
    assert not text.endswith((".", "0")) or "." not in text


@MANY
@given(st.integers(0, 10**12), st.text("0123456789", min_size=1, max_size=DECIMALS))
def test_parse_is_exact(whole, fraction):
    assert parse_lvo(f"{whole}.{fraction}") * 10 ** len(fraction) == int(f"{whole}{fraction}") * LVO
    assert parse_lvo(f"000{whole}") == whole * LVO


@MANY
@given(st.text(max_size=30))
def test_parse_refuses_everything_else(text):
    digits = set("0123456789")
    whole, point, fraction = text.partition(".")
    good = whole and set(whole) <= digits and set(fraction) <= digits and len(fraction) <= DECIMALS
    if good and bool(point) is bool(fraction):
        assert parse_lvo(text) >= 0
    else:
        with pytest.raises(ValueError, match="is not a decimal amount of LVO"):
            parse_lvo(text)


@pytest.mark.parametrize(
    "text",
    [
     "", " 1", "1 ", "1\n", "+1", "-1", "1e3", "1,000", "1_000", ".5", "5.", "0x10", "1.2.3", "NaN", "inf", "\u0661",
     "1\u00b2",
     "0." + "0" * 19, "1/2"],
)  # fmt: skip
def test_parse_refuses_what_looks_like_a_number(text):
    with pytest.raises(ValueError, match="is not a decimal amount of LVO"):
        parse_lvo(text)


def test_month_is_a_twelfth_of_a_julian_year():
    assert MONTH * 12 == 36_525 * 86_400 // 100
