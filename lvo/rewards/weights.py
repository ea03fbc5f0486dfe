"""Weights of two reward streams: promotion by volume, region, period and node standard, and trading incentives.

Everything is an integer; the pot is divided by the weights only afterwards, to the wei (see :mod:`lvo.apportion`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lvo.units import WHOLE, Bps, Wei


@dataclass(frozen=True)
class Promotion:
    """What somebody did for the promotion of LIVE VIDEO in an epoch.

    Attributes
    ----------
    account
        Who is paid, lower case.
    volume
        Wei of LVO that changed hands through what the account runs.
    region, period, node
        Names of the factors that apply.
    """

    account: str
    volume: Wei
    region: str
    period: str
    node: str


@dataclass(frozen=True)
class PromotionFactors:
    """Factors in basis points, 10,000 being once, by their names."""

    region: Mapping[str, Bps]
    period: Mapping[str, Bps]
    node: Mapping[str, Bps]


def promotion_weights(rows: Iterable[Promotion], factors: PromotionFactors) -> dict[str, int]:
    """Weigh promotion: the sum over an account's rows of ``volume * region * period * node``.

    Nothing is divided, so the factors' common denominator of 10,000^3 cancels when a pot is divided by the weights.

    Returns
    -------
    dict[str, int]
        Weight of each account, in wei times 10,000^3; accounts of no weight are left out.

    Raises
    ------
    ValueError
        If a factor has no such name, or a volume or factor is negative.
    """
    weights: dict[str, int] = defaultdict(int)
    for row in rows:
        weight = int(row.volume)
        for kind, table, name in (
            ("region", factors.region, row.region),
            ("period", factors.period, row.period),
            ("node standard", factors.node, row.node),
        ):
            if name not in table:
                raise ValueError(
                    f"{row.account}: there is no factor for the {kind} {name!r}: {', '.join(table)} are known"
                )
            weight *= table[name]
            if weight < 0:
                raise ValueError(f"{row.account}: volumes and factors cannot be negative")
        weights[row.account] += weight
    return {account: weight for account, weight in sorted(weights.items()) if weight}


@dataclass(frozen=True)
class Trade:
    """A trade on an exchange.

    Attributes
    ----------
    maker, taker
        Accounts, lower case.
    amount
        Wei of LVO traded.
    """

    maker: str
    taker: str
    amount: Wei


@dataclass(frozen=True)
class TradingRules:
    """How trades become weights.

    Attributes
    ----------
    maker, taker
        What a wei of maker's and of taker's volume weighs, in basis points.
    cap
        Share of all weight that one account may have at most, in basis points.
    round_trip
        From which share of the smaller direction in the larger two accounts are taken to trade with each other back
        and forth, in basis points; above the whole: never.
    """

    maker: Bps
    taker: Bps
    cap: Bps
    round_trip: Bps


def washed(trades: Iterable[Trade], rules: TradingRules) -> set[tuple[str, str]]:
    """Return the pairs of accounts, the smaller first, whose trades with each other count for nothing.

    An account with itself always. Two accounts if each was maker to the other, and the smaller of the two directions is
    ``round_trip`` of the larger or more: what goes there and comes back moves nothing and costs a washer only fees.
    """
    directions: dict[tuple[str, str], int] = defaultdict(int)
    for trade in trades:
        directions[trade.maker, trade.taker] += trade.amount
    found = set()
    for (maker, taker), there in directions.items():
        back = directions.get((taker, maker), 0)
        if maker == taker or (back and min(there, back) * WHOLE >= rules.round_trip * max(there, back)):
            found.add((min(maker, taker), max(maker, taker)))
    return found


def trading_weights(trades: Iterable[Trade], rules: TradingRules) -> dict[str, int]:
    """Weigh trades: ``maker volume * maker + taker volume * taker``, without washed pairs, each account capped.

    The cap holds for the share of what is paid, not only of what was traded: it is lowered until no account has more
    than ``cap`` of the sum of all capped weights. Where so few accounts trade that all would be capped, all weigh the
    same.

    Returns
    -------
    dict[str, int]
        Weight of each account, in wei times 10,000; accounts of no weight are left out.

    Raises
    ------
    ValueError
        If an amount or a rule is negative, or the cap is nothing.
    """
    trades = list(trades)
    if min(rules.maker, rules.taker, rules.round_trip) < 0 or rules.cap <= 0 or any(t.amount < 0 for t in trades):
        raise ValueError("amounts and rules cannot be negative, and the cap cannot be nothing")
    idle = washed(trades, rules)
    weights: dict[str, int] = defaultdict(int)
    for trade in trades:
        if (min(trade.maker, trade.taker), max(trade.maker, trade.taker)) not in idle:
            weights[trade.maker] += trade.amount * rules.maker
            weights[trade.taker] += trade.amount * rules.taker
    limit = _limit(sorted((weight for weight in weights.values() if weight), reverse=True), rules.cap)
    return {account: min(weight, limit) for account, weight in sorted(weights.items()) if weight}


def _limit(weights: list[int], cap: int) -> int:
    """Return the largest weight that no account may exceed, of weights in descending order."""
    if not weights:
        return 0
    rest = sum(weights)
    for capped, weight in enumerate(weights):
        # The accounts before this one are capped at c: c <= cap * (capped * c + rest) / WHOLE.
        # The divisor is positive: as soon as it is not above the cap, the limit is not below the rest, and returned.
        limit = cap * rest // (WHOLE - cap * capped)
        if weight <= limit:
            return limit
        rest -= weight
    return weights[-1]
