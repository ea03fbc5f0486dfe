"""Orders that weigh what people did: the samples, bad rows, and formulas in manifests."""

import csv
import hashlib
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from lvo.plan import PlanError
from lvo.rewards import RewardsError, build, read_entitlements, read_order, verify
from lvo.rewards.weights import PromotionFactors, TradingRules
from lvo.units import LVO
from tests.unit.lvo.test_rewards import LEDGER, TOKEN, account, reasons, write_order

SAMPLES = Path(__file__).resolve().parents[3] / "examples" / "rewards"
PROMOTION = "{formula: promotion, region: {asia: 12000, europe: 10000}, period: {now: 10000}, node: {none: 10000}}"
TRADING = "{formula: trading, maker: 10000, taker: 5000, cap: 6000, round_trip: 8000}"


def order_of(folder, lines, formula=PROMOTION, **changes):
    """An order that weighs a table."""
    header = "account,volume,region,period,node" if "promotion" in formula else "maker,taker,amount"
    text = "\n".join((header, *lines)) + "\n"
    keys = {"table": "{file: list.csv}", "weigh": formula, "pot": 100} | changes
    return write_order(folder, text, **keys)


def given(order):
    """What a built epoch gives everyone, by address."""
    return {"0x" + who.hex(): amount for who, amount in read_entitlements(order.out, build(order)).rows()}


def sample(name, folder):
    order = replace(read_order(SAMPLES / f"{name}.yaml"), out=folder / name)
    with order.table.open(newline="") as file:
        return order, list(csv.DictReader(file))


def test_promotion_sample_pays_by_the_documented_formula(tmp_path):
    order, rows = sample("promotion", tmp_path)
    formula = order.rules.weigh
    assert isinstance(formula, PromotionFactors)
    weights = defaultdict(int)
    for row in rows:
        factors = formula.region[row["region"]] * formula.period[row["period"]] * formula.node[row["node"]]
        weights[row["account"]] += int(row["volume"]) * factors
    paid = given(order)
    assert sum(paid.values()) == order.rules.pot == 10**6 * LVO
    assert paid.keys() == weights.keys()
    for who, amount in paid.items():
        assert abs(amount * sum(weights.values()) - order.rules.pot * weights[who]) < sum(weights.values())
    assert verify(order.out)[1] == []


def test_trading_sample_caps_everyone_and_pays_no_washer(tmp_path):
    order, rows = sample("trading", tmp_path)
    assert isinstance(order.rules.weigh, TradingRules)
    paid = given(order)
    assert sum(paid.values()) == order.rules.pot
    assert max(paid.values()) <= order.rules.pot * order.rules.weigh.cap // 10_000 + 1
    alone = [row["maker"] for row in rows if row["maker"] == row["taker"]]
    assert alone
    # Without those trades it comes out the same.
    honest = [row for row in rows if row["maker"] != row["taker"]]
    table = tmp_path / "honest.csv"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(honest)
    assert given(replace(order, table=table, out=tmp_path / "again")) == paid
    assert verify(order.out)[1] == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"{account(1)},5,mars,now,none", "no factor for the region 'mars'"),
        (f"{account(1)},5,asia,then,none", "no factor for the period 'then'"),
        (f"{account(1)},5,asia,now,gold", "no factor for the node 'gold'"),
        (f"{account(1)},0,asia,now,none", "nothing to pay"),
        (f"{account(1)},1.5,asia,now,none", "whole number"),
        (f"{account(1)},-5,asia,now,none", "whole number"),
        (f"{account(1)},{10**27 + 1},asia,now,none", "above the supply"),
        (f"{account(1)},5,asia,now", "4 cells under 5 headers"),
        (f"0x{'0' * 40},5,asia,now,none", "zero address"),
        (f"0x{'0' * 38}09,5,asia,now,none", "precompiled"),
        (f"{LEDGER},5,asia,now,none", "the ledger itself"),
        (f"{TOKEN},5,asia,now,none", "the token itself"),
        ("nobody,5,asia,now,none", "not an address"),
    ],
)
def test_promotion_refuses_when_a_row_is_bad_and_leaves_it_out_when_told_to(tmp_path, line, said):
    sound = f"{account(2)},7,europe,now,none"
    with pytest.raises(RewardsError, match="1 of 2 rows are bad"):
        build(read_order(order_of(tmp_path, (sound, line))))
    ((number, reason),) = reasons(tmp_path / "epoch-1.rejects.csv")
    assert number == 3
    assert said in reason
    assert given(read_order(order_of(tmp_path, (sound, line), bad_rows="leave_out"))) == {account(2): 100 * LVO}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"{account(1)},0x12,5", "not an address"),
        (f"0x12,{account(1)},5", "not an address"),
        (f"{account(1)},{LEDGER},5", "the ledger itself"),
        (f"{account(1)},{account(2)},", "whole number"),
        (f"{account(1)},{account(2)},0", "nothing to pay"),
        (f"{account(1)},{account(2)}", "2 cells under 3 headers"),
    ],
)
def test_trading_refuses_when_a_row_is_bad(tmp_path, line, said):
    with pytest.raises(RewardsError, match="1 of 2 rows are bad"):
        build(read_order(order_of(tmp_path, (f"{account(3)},{account(4)},9", line), TRADING)))
    ((_, reason),) = reasons(tmp_path / "epoch-1.rejects.csv")
    assert said in reason


def test_rows_of_one_account_add_up(tmp_path):
    lines = (f"{account(1)},10,asia,now,none", f"{account(1)},10,europe,now,none", f"{account(2)},22,europe,now,none")
    assert given(read_order(order_of(tmp_path, lines))) == {account(1): 50 * LVO, account(2): 50 * LVO}


def test_trading_weighs_makers_twice_as_much_as_takers(tmp_path):
    paid = given(read_order(order_of(tmp_path, (f"{account(1)},{account(2)},9",), TRADING.replace("6000", "9000"))))
    assert abs(paid[account(1)] - 2 * paid[account(2)]) <= 2


def test_formula_that_leaves_nobody_is_refused(tmp_path):
    with pytest.raises(RewardsError, match="no row can be paid"):
        build(read_order(order_of(tmp_path, (f"{account(1)},{account(1)},9",), TRADING)))


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("{formula: lottery}", "not known here"),
        ("{formula: promotion, region: {asia: 1}, period: {now: 1}}", "key node is missing"),
        (PROMOTION.replace("12000", "1.2"), "basis points"),
        (PROMOTION.replace("12000", "-1"), "basis points"),
        (PROMOTION.replace("12000", "1000001"), "basis points"),
        (PROMOTION.replace("{now: 10000}", "{}"), "names with their values"),
        (PROMOTION.replace("{now: 10000}", "7"), "names with their values"),
        (PROMOTION.replace("europe", "asia"), "written twice"),
        (TRADING.replace("6000", "0"), "cap of nothing"),
        (TRADING.replace("cap: 6000, ", ""), "key cap is missing"),
        (TRADING.replace("cap", "cup"), "not known here"),
        (TRADING.replace("cap: 6000", "cap: 6000, region: {asia: 1}"), "not known here"),
    ],
)
def test_read_order_refuses_when_a_formula_is_wrong(tmp_path, formula, said):
    with pytest.raises(PlanError, match=said):
        read_order(order_of(tmp_path, (f"{account(1)},5,asia,now,none",), formula))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pot": None}, "belong together"),
        ({"table": "{file: list.csv, account: account, value: volume}"}, "not known here"),
        ({"table": "{file: list.csv, unit: weight}"}, "not known here"),
    ],
)
def test_read_order_refuses_when_a_formula_does_not_fit_the_rest(tmp_path, changes, said):
    with pytest.raises(PlanError, match=said):
        read_order(order_of(tmp_path, (f"{account(1)},5,asia,now,none",), **changes))


def test_build_refuses_when_a_column_of_the_formula_is_missing(tmp_path):
    order = read_order(order_of(tmp_path, ()))
    order.table.write_text("account,volume,region,period\n")
    with pytest.raises(RewardsError, match="the column node must be there once"):
        build(order)


@pytest.mark.parametrize(
    "change",
    [
        {"maker": 10_001},
        {"cap": 0},
        {"cap": "6000"},
        {"taker": -1},
        {"taker": True},
        {"formula": "promotion"},
        {"formula": "lottery"},
        {"extra": 1},
    ],
)
def test_verify_finds_a_forged_formula_under_a_checksum_that_fits(tmp_path, change):
    order = read_order(order_of(tmp_path, (f"{account(1)},{account(2)},9", f"{account(2)},{account(3)},5"), TRADING))
    build(order)
    path = order.out / "manifest.json"
    document = json.loads(path.read_bytes())
    document["rules"]["weigh"] |= change
    path.write_bytes(json.dumps(document, indent=1, ensure_ascii=True).encode() + b"\n")
    made = hashlib.sha256(path.read_bytes()).hexdigest()
    (order.out / "manifest.sha256").write_text(f"{made}  manifest.json\n")
    if change == {"maker": 10_001}:
        assert verify(order.out)[1] != []
        return
    with pytest.raises(RewardsError, match="the rules in manifest"):
        verify(order.out)
