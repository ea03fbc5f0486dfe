"""What is wrong with an order, by the names that the contract gives it."""

from dataclasses import dataclass
from typing import Any

from lvo.models.base import NOBODY
from lvo.models.escrow import MOST_PRICE, MOST_WINDOW, WHOLE
from lvo.retail.order import Order
from lvo.units import DAY, format_lvo

_LONGEST = f"the longest is {MOST_WINDOW // DAY} days"


class RetailError(Exception):
    """A file that must not be used; the message says what to do."""


@dataclass(frozen=True)
class Problem:
    """A reason for the contract to refuse an order.

    Attributes
    ----------
    name, facts
        The contract's error and its arguments; of what only the scripts look at, a name without facts.
    advice
        What to do, in a sentence.
    """

    name: str
    facts: tuple[Any, ...]
    advice: str

    def __str__(self) -> str:
        facts = ", ".join("0x" + fact.hex() if isinstance(fact, bytes) else str(fact) for fact in self.facts)
        return f"{self.name}({facts}): {self.advice}"


def problems(order: Order, now: int, token: str = "") -> list[Problem]:
    """Return everything for which the contract would refuse the terms of an order, in the order in which it looks.

    Parameters
    ----------
    now
        Unix seconds.
    token
        The address of LVO, if it is known.
    """
    found: list[Problem] = []

    def refuse(name: str, facts: tuple[Any, ...], advice: str) -> None:
        found.append(Problem(name, facts, advice))

    unpayable = {NOBODY, order.escrow.lower(), token.lower()}
    roles = [
        ("buyer", order.buyer),
        ("merchant", order.merchant),
        *([("fee_to", order.fee_to)] if order.fee_bps else []),
    ]
    for role, account in roles:
        if account.lower() in unpayable:
            refuse("TokenIntake_InvalidReceiver", (account,), f"name as {role} an account that can be paid.")
    if order.buyer.lower() == order.merchant.lower():
        refuse("RetailEscrow_PartiesEqual", (order.buyer,), "buyer and merchant are two different accounts.")
    if order.arbiter.lower() in {NOBODY, order.buyer.lower(), order.merchant.lower(), order.fee_to.lower()}:
        advice = "name an arbiter who is neither buyer, merchant nor fee_to, and not zero."
        refuse("RetailEscrow_ArbiterNotNeutral", (order.arbiter,), advice)
    if not 0 < order.price <= MOST_PRICE:
        refuse("RetailEscrow_PriceOutOfBounds", (order.price, MOST_PRICE), "the price is from 1 wei to 2^96 - 1.")
    for role, bps in (("fee", order.fee_bps), ("silent_buyer", order.silent_buyer_bps)):
        if bps > WHOLE:
            refuse("RetailEscrow_BpsOutOfBounds", (bps, WHOLE), f"{role} is at most 100 %, 10,000 basis points.")
    windows = (("ship", order.ship_window), ("inspect", order.inspect_window), ("rule", order.ruling_window))
    for role, window in windows:
        if not 0 < window <= MOST_WINDOW:
            advice = f"{role}_within is at least a second, and {_LONGEST}."
            refuse("RetailEscrow_WindowOutOfBounds", (window, MOST_WINDOW), advice)
    if now >= order.fund_by:
        advice = "its time to be funded is over: draft it again with a later fund_by, and let both sign."
        refuse("RetailEscrow_TooLate", (order.id, now, order.fund_by), advice)
    total = sum(item.amount for item in order.items)
    if total != order.price:
        advice = f"the items cost {format_lvo(total)} LVO and the price is {format_lvo(order.price)} LVO: do not sign."
        refuse("ItemsDoNotSum", (), advice)
    return found


def warnings(order: Order) -> list[str]:
    """Return what is allowed and yet rarely meant."""
    found = []
    for what, window in (
        ("to ship", order.ship_window), ("to inspect", order.inspect_window), ("to rule", order.ruling_window),
    ):  # fmt: skip
        if window < DAY:
            found.append(f"Only {window:,} seconds {what}: who is away for so long loses by it.")
    if order.dispute_bond > order.price:
        found.append("The dispute bond is above the price: a buyer who cannot pledge it cannot dispute.")
    if order.merchant_bond > order.price:
        found.append("The merchant's bond is above the price: no fault can cost more than the price.")
    if order.fee_bps >= WHOLE // 2:
        found.append("Half or more of what the merchant receives is the fee.")
    return found
