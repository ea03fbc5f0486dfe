"""Orders of live-stream retail: what a shopper and a merchant sign, as Python, as typed data and as calldata."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eth_utils.crypto import keccak

from lvo.typed_data import ESCROW_TYPES, digest, escrow_message

Call = tuple[Any, ...]
"""An order as the ABI takes it."""

_ITEM_TYPE = keccak(text=f"Item({ESCROW_TYPES['Item']})")


@dataclass(frozen=True)
class Item:
    """A line of an order.

    Attributes
    ----------
    sku
        What it is, as the merchant's catalogue calls it.
    quantity
        How many.
    price
        Of one, in wei.
    """

    sku: str
    quantity: int
    price: int

    @property
    def amount(self) -> int:
        """The price of the whole line, in wei."""
        return self.quantity * self.price


def items_hash(items: Iterable[Item]) -> bytes:
    """Return what EIP-712 makes of ``Item[]``: the hash of the items' hashes, in order."""
    hashes = (
        keccak(_ITEM_TYPE + keccak(text=item.sku) + item.quantity.to_bytes(32, "big") + item.price.to_bytes(32, "big"))
        for item in items
    )
    return bytes(keccak(b"".join(hashes)))


@dataclass(frozen=True)
class Order:
    """An agreement, for one escrow on one chain; see ``IRetailEscrow.Order``.

    Attributes
    ----------
    chain_id, escrow
        Where it counts.
    buyer, merchant, arbiter, fee_to
        Accounts, as 0x and 40 hexadecimal digits.
    price, merchant_bond, dispute_bond
        In wei.
    fee_bps, silent_buyer_bps
        In basis points.
    fund_by
        Unix seconds.
    ship_window, inspect_window, ruling_window
        In seconds.
    items
        The lines, whose amounts sum to the price.
    terms_hash
        32 bytes.
    salt
        Below 2^256.
    """

    chain_id: int
    escrow: str
    buyer: str
    merchant: str
    arbiter: str
    fee_to: str
    price: int
    merchant_bond: int
    dispute_bond: int
    fee_bps: int
    silent_buyer_bps: int
    fund_by: int
    ship_window: int
    inspect_window: int
    ruling_window: int
    items: tuple[Item, ...]
    terms_hash: bytes
    salt: int

    @cached_property
    def message(self) -> dict[str, Any]:
        """The typed data that both sides sign; every wallet shows its items."""
        return escrow_message("Order", self.chain_id, self.escrow, **self._fields(), items=self._lines())

    @cached_property
    def id(self) -> bytes:
        """The EIP-712 hash: what is signed, and the name of the order on the chain."""
        return digest(self.message)

    @cached_property
    def call(self) -> Call:
        """The order as the contract takes it: the list of items is its hash."""
        fields = self._fields()
        salt, terms_hash = fields.pop("salt"), fields.pop("termsHash")
        return (*fields.values(), items_hash(self.items), terms_hash, salt)

    def _fields(self) -> dict[str, Any]:
        return {
            "buyer": self.buyer,
            "merchant": self.merchant,
            "arbiter": self.arbiter,
            "feeTo": self.fee_to,
            "price": self.price,
            "merchantBond": self.merchant_bond,
            "disputeBond": self.dispute_bond,
            "feeBps": self.fee_bps,
            "silentBuyerBps": self.silent_buyer_bps,
            "fundBy": self.fund_by,
            "shipWindow": self.ship_window,
            "inspectWindow": self.inspect_window,
            "rulingWindow": self.ruling_window,
            "termsHash": self.terms_hash,
            "salt": self.salt,
        }

    def _lines(self) -> list[dict[str, Any]]:
        return [{"sku": item.sku, "quantity": item.quantity, "price": item.price} for item in self.items]
