"""The people and orders of :mod:`tests.escrow_scenes`; on the EVM inside the process, since both run the same code."""

import pathlib

import pytest

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
    without_ganache,
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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Leave out what would only cost time."""
    without_ganache(config, items, pathlib.Path(__file__).parent)
