"""The people and orders of :mod:`tests.escrow_scenes`."""
from tests.escrow_scenes import (
    arbiter,
    buyer,
    disputed,
    escrow,
    funded,
    merchant,
    order,
    other_order,
    platform,
    shipped,
)

__all__ = [
    "arbiter",
    "buyer",
    "disputed",
    "escrow",
    "funded",
    "merchant",
    "order",
    "other_order",
    "platform",
    "shipped",
]

