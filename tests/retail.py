"""Orders, offers and authorizations of the retail escrow, as tests make and sign them."""

from dataclasses import replace
from typing import Any

from lvo.models.base import Address
from lvo.models.escrow import Offer
from lvo.retail import Item, Order
from lvo.typed_data import digest, escrow_message, sign, token_message
from lvo.units import DAY, LVO
from tests.chain.interface import Contract, person

SHIP, INSPECT, RULING = 7 * DAY, 14 * DAY, 31
"""The windows of :func:`draft`, in seconds; the ruling window is odd, so that its halves differ."""
HALF = RULING // 2
"""When the arbiter's half begins, seconds after the dispute."""
ITEMS = (Item("mug, blue", 2, 30 * LVO), Item("poster", 1, 40 * LVO))
"""100 LVO in all."""
TERMS = bytes(range(32))
TRACKING = b"\5" * 32
EVIDENCE = b"\6" * 32


def draft(escrow: Contract, **terms: Any) -> Order:
    """An order of the people named as in the fixtures; anything can be changed by name."""
    actor = escrow.chain.actor
    order = Order(
        chain_id=escrow.chain.chain_id,
        escrow=escrow.address,
        buyer=actor("buyer"),
        merchant=actor("merchant"),
        arbiter=actor("arbiter"),
        fee_to=actor("platform"),
        price=100 * LVO,
        merchant_bond=20 * LVO,
        dispute_bond=10 * LVO,
        fee_bps=250,
        silent_buyer_bps=6_000,
        fund_by=escrow.chain.time + DAY,
        ship_window=SHIP,
        inspect_window=INSPECT,
        ruling_window=RULING,
        items=ITEMS,
        terms_hash=TERMS,
        salt=1,
    )
    return replace(order, **terms)


def signed(order: Order, name: str) -> bytes:
    """The order, signed by a person."""
    return sign(order.message, person(name).key)


def offer_message(kind: str, order: Order, offer: Offer) -> dict[str, Any]:
    """The typed data of a Settlement or a Confirmation."""
    amount = {"Settlement": "toBuyer", "Confirmation": "amount"}[kind]
    fields = {"remaining": offer.remaining, amount: offer.amount, "round": offer.round, "expiry": offer.expiry}
    return escrow_message(kind, order.chain_id, order.escrow, order=order.id, **fields)


def offered(kind: str, order: Order, offer: Offer, name: str) -> bytes:
    """An offer, signed by a person."""
    return sign(offer_message(kind, order, offer), person(name).key)


def facts(offer: Offer) -> tuple[int, int, int, int]:
    """An offer as the ABI takes it."""
    return offer.remaining, offer.amount, offer.round, offer.expiry


def dispute_hash(order: Order, claim: int, evidence: bytes = EVIDENCE) -> bytes:
    """The nonce of the authorization that pays a dispute's bond."""
    fields = {"order": order.id, "claim": claim, "evidenceHash": evidence}
    return digest(escrow_message("Dispute", order.chain_id, order.escrow, **fields))


def payment_message(
    token: Contract, order: Order, amount: int, nonce: bytes, valid_after: int, valid_before: int
) -> dict[str, Any]:
    """The typed data of an authorization to the escrow."""
    fields = {"from": order.buyer, "to": order.escrow, "value": amount, "nonce": nonce}
    times = {"validAfter": valid_after, "validBefore": valid_before}
    return token_message("ReceiveWithAuthorization", token.chain.chain_id, token.address, **fields, **times)


def payment(token: Contract, order: Order, amount: int, nonce: bytes, name: str) -> tuple[int, int, bytes]:
    """An authorization that does not expire, signed by a person, as the ABI takes it."""
    message = payment_message(token, order, amount, nonce, 0, 2**256 - 1)
    return 0, 2**256 - 1, sign(message, person(name).key)


def position(escrow: Contract, order: Order) -> tuple[int, int, int, int]:
    """What the chain stores: remaining, deadline, round, state."""
    stored: tuple[int, int, int, int] = escrow.view("positions", order.id)
    return stored


def balances(token: Contract, *accounts: Address) -> list[int]:
    """What each has, in wei."""
    return [token.view("balanceOf", account) for account in accounts]
