"""Tables of what people did instead of what they are paid: a formula of the order turns their rows into weights.

Each formula knows the columns of its table and what its rows have to be; see :mod:`lvo.rewards.weights` for the
arithmetic.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, cast

from lvo.plan.document import Node
from lvo.plan.mistakes import Mistakes
from lvo.rewards.rows import Reject, read_account, read_value, reject
from lvo.rewards.table import Row
from lvo.rewards.weights import (
    Promotion,
    PromotionFactors,
    Trade,
    TradingRules,
    promotion_weights,
    trading_weights,
)
from lvo.units import WHOLE, Bps, Wei

Formula = PromotionFactors | TradingRules
"""What an order may weigh by."""
FORMULAS = ("promotion", "trading")
MOST_FACTOR = 100 * WHOLE
"""Basis points: no factor is above a hundred."""
_FACTORS = ("region", "period", "node")
_RULES = ("maker", "taker", "cap", "round_trip")


def name_of(formula: Formula) -> str:
    """Name a formula as the order does."""
    return "promotion" if isinstance(formula, PromotionFactors) else "trading"


def columns_of(formula: Formula) -> tuple[tuple[str, ...], str]:
    """Return the columns that its table has, and which of them holds wei."""
    if isinstance(formula, PromotionFactors):
        return ("account", "volume", *_FACTORS), "volume"
    return ("maker", "taker", "amount"), "amount"


# ------------------------------------------------------------------------------------- in the order and the manifest


def read_formula(node: Node, mistakes: Mistakes) -> Formula | None:
    """Read the key ``weigh`` of an order; None where it has mistakes."""
    keys = node.keys(mistakes, ("formula",), _FACTORS + _RULES)
    kind = keys["formula"].choice(mistakes, FORMULAS) if "formula" in keys else None
    if kind is None:
        return None
    wanted = _FACTORS if kind == "promotion" else _RULES
    # Read again, so that each formula names its own keys only.
    keys = node.keys(mistakes, ("formula", *wanted))
    if any(name not in keys for name in wanted):
        return None
    if kind == "trading":
        maker, taker, cap, round_trip = (_number(keys[name], mistakes) for name in _RULES)
        if cap == 0:
            mistakes.add(keys["cap"].place, "a cap of nothing pays nobody")
        return TradingRules(maker, taker, cap, round_trip)
    region, period, standard = (_numbers(keys[name], mistakes) for name in _FACTORS)
    return PromotionFactors(region, period, standard)


def _numbers(node: Node, mistakes: Mistakes) -> dict[str, Bps]:
    return {name: _number(child, mistakes) for name, child in node.mapping(mistakes).items()}


def _number(node: Node, mistakes: Mistakes) -> Bps:
    text = node.text(mistakes)
    value = None if text is None else mistakes.read(node.place, _basis_points, text)
    return Bps(0) if value is None else value


def _basis_points(text: str) -> Bps:
    if not (text.isascii() and text.isdigit()) or int(text) > MOST_FACTOR:
        raise ValueError(f"{text!r} is not a whole number of basis points from 0 to {MOST_FACTOR:,}")
    return Bps(int(text))


def to_document(formula: Formula) -> dict[str, Any]:
    """Return a formula as the manifest has it."""
    return {"formula": name_of(formula), **asdict(formula)}


def from_document(raw: Mapping[str, Any]) -> Formula:
    """Read a formula back from a manifest.

    Raises
    ------
    ValueError, KeyError, TypeError
        If it is not as :func:`to_document` writes it.
    """
    fields = dict(raw)
    formula: Formula
    if fields.pop("formula") == "promotion":
        formula = PromotionFactors(**fields)
        numbers = [factor for table in asdict(formula).values() for factor in dict(table).values()]
    else:
        formula = TradingRules(**fields)
        numbers = list(asdict(formula).values())
        if formula.cap == 0:
            raise ValueError("a cap of nothing pays nobody")
    if to_document(formula) != raw or not all(type(each) is int and 0 <= each <= MOST_FACTOR for each in numbers):
        raise ValueError("not a formula")
    return formula


# ------------------------------------------------------------------------------------------------------- weighing


def weigh(
    rows: Iterable[Row], formula: Formula, never: Mapping[bytes, str]
) -> tuple[dict[bytes, int], list[Reject], dict[str, int]]:
    """Weigh the sound rows of a table.

    Parameters
    ----------
    rows
        With the cells of :func:`columns_of`.
    formula
        How.
    never
        Accounts that cannot be paid, and what they are.

    Returns
    -------
    tuple
        As :func:`lvo.rewards.rows.validate`: the weight of each account, every bad row, and the counts.
    """

    def account(text: str) -> str:
        found = read_account(text)
        if found in never:
            raise ValueError(f"the {never[found]} itself cannot be paid")
        return "0x" + found.hex()

    parse: Callable[[Row], Promotion | Trade]
    if isinstance(formula, PromotionFactors):
        tables = [getattr(formula, name) for name in _FACTORS]

        def parse(row: Row) -> Promotion | Trade:
            who, volume, *names = row.cells
            for kind, table, name in zip(_FACTORS, tables, names, strict=True):
                if name not in table:
                    raise ValueError(f"no factor for the {kind} {name!r}: {', '.join(table)} are known")
            return Promotion(account(who), Wei(read_value(volume, "wei")), *names)
    else:

        def parse(row: Row) -> Promotion | Trade:
            maker, taker, amount = row.cells
            return Trade(account(maker), account(taker), Wei(read_value(amount, "wei")))

    sound, rejects, read = [], [], 0
    for row in rows:
        read += 1
        try:
            if row.flaw:
                raise ValueError(row.flaw)
            sound.append(parse(row))
        except ValueError as error:
            rejects.append(reject(row, str(error)))
    weights = (
        promotion_weights(cast("list[Promotion]", sound), formula)
        if isinstance(formula, PromotionFactors)
        else trading_weights(cast("list[Trade]", sound), formula)
    )
    counts = {"read": read, "accepted": len(sound), "rejected": len(rejects), "merged": 0}
    return {bytes.fromhex(who[2:]): weight for who, weight in weights.items()}, rejects, counts
