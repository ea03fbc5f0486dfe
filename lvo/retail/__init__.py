"""Live-stream retail off chain: orders, their items, and what a merchant has done so far."""

from lvo.retail.order import Item, Order, items_hash

__all__ = ["Item", "Order", "items_hash"]
