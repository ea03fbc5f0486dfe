"""Weights of promotion and of trading: the formulas, the cap, and pairs that trade back and forth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvo.rewards.weights import (
    Promotion,
    PromotionFactors,
    Trade,
    TradingRules,
    promotion_weights,
    trading_weights,
    washed,
)

FACTORS = PromotionFactors(
    region={"asia": 10_000, "africa": 15_000, "closed": 0},
    period={"first": 20_000, "later": 10_000},
    node={"full": 12_000},
)
RULES = TradingRules(maker=12_000, taker=10_000, cap=10_000, round_trip=9_000)


def test_promotion_weighs_volume_by_all_three_factors_and_adds_rows_up():
    rows = [
        Promotion("0xaa", 5, "asia", "first", "full"),
        Promotion("0xaa", 2, "africa", "later", "full"),
        Promotion("0xbb", 7, "closed", "later", "full"),
        Promotion("0x0c", 1, "asia", "later", "full"),
    ]
    assert promotion_weights(rows, FACTORS) == {
        "0x0c": 10_000 * 10_000 * 12_000,
        "0xaa": 5 * 10_000 * 20_000 * 12_000 + 2 * 15_000 * 10_000 * 12_000,
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Promotion("0xaa", 5, "moon", "first", "full"), "region 'moon'"),
        (Promotion("0xaa", 5, "asia", "never", "full"), "period 'never'"),
        (Promotion("0xaa", 5, "asia", "first", "light"), "node standard 'light'"),
        (Promotion("0xaa", -5, "asia", "first", "full"), "negative"),
    ],
)
def test_promotion_refuses_when_a_row_is_wrong(row, said):
    with pytest.raises(ValueError, match=said):
        promotion_weights([row], FACTORS)


def test_trading_weighs_makers_and_takers():
    assert trading_weights([Trade("0xaa", "0xbb", 5), Trade("0xbb", "0xcc", 3)], RULES) == {
        "0xaa": 5 * 12_000,
        "0xbb": 5 * 10_000 + 3 * 12_000,
        "0xcc": 3 * 10_000,
    }


@pytest.mark.parametrize(
    ("back", "idle"), [(0, False), (89, False), (90, True), (100, True), (111, True), (112, False)]
)
def test_trading_leaves_out_pairs_that_trade_to_and_fro(back, idle):
    trades = [
        Trade("0xaa", "0xbb", 60),
        Trade("0xaa", "0xbb", 40),
        Trade("0xbb", "0xaa", back),
        Trade("0xaa", "0xcc", 1),
    ]
    assert washed(trades, RULES) == ({("0xaa", "0xbb")} if idle else set())
    assert ("0xbb" in trading_weights(trades, RULES)) != idle


def test_trading_leaves_out_who_trades_with_itself_also_when_round_trips_count():
    lenient = TradingRules(maker=1, taker=1, cap=10_000, round_trip=10_001)
    trades = [Trade("0xaa", "0xaa", 5), Trade("0xaa", "0xbb", 1), Trade("0xbb", "0xaa", 1)]
    assert trading_weights(trades, lenient) == {"0xaa": 2, "0xbb": 2}


def test_trading_leaves_out_who_trades_with_itself():
    assert trading_weights([Trade("0xaa", "0xaa", 5), Trade("0xaa", "0xbb", 1)], RULES) == {
        "0xaa": 12_000,
        "0xbb": 10_000,
    }


@pytest.mark.parametrize("rules", [(-1, 1, 1, 1), (1, -1, 1, 1), (1, 1, 0, 1), (1, 1, 1, -1)])
def test_trading_refuses_when_a_rule_is_wrong(rules):
    with pytest.raises(ValueError, match="cannot be"):
        trading_weights([], TradingRules(*rules))


def test_trading_refuses_when_an_amount_is_negative():
    with pytest.raises(ValueError, match="negative"):
        trading_weights([Trade("0xaa", "0xbb", -1)], RULES)


def test_trading_of_nobody_is_nothing():
    assert trading_weights([], RULES) == {}


@given(amounts=st.lists(st.integers(1, 10**27), min_size=1, max_size=30), cap=st.integers(1, 10_000))
def test_trading_caps_the_share_of_what_is_paid(amounts, cap):
    """Takers that weigh nothing, so that each maker's volume is its weight."""
    rules = TradingRules(maker=1, taker=0, cap=cap, round_trip=10_001)
    weights = trading_weights([Trade(f"0x{i:02x}", "0xff", amount) for i, amount in enumerate(amounts)], rules)
    whole = sum(weights.values())
    assert len(weights) == len(amounts)
    if len(amounts) * cap >= 10_000 + cap:
        # Rounding the limit down can cost the others a few wei each: the bound is loose by as much.
        assert all((weight - 1) * 10_000 <= cap * (whole + len(amounts)) for weight in weights.values())
        assert all(weights[f"0x{i:02x}"] <= amount for i, amount in enumerate(amounts))
    if len(amounts) * cap < 10_000:
        assert set(weights.values()) == {min(amounts)}
    if all(amount * 10_000 <= cap * sum(amounts) for amount in amounts):
        assert [weights[f"0x{i:02x}"] for i in range(len(amounts))] == amounts
