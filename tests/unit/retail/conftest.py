"""The people and orders of :mod:`tests.escrow_scenes`.

Both chains run the same code, and the escrow's machine runs on both; of these tests Ganache gets those that let money
through from beginning to end.
"""

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

ON_GANACHE = ("_pulls_", "_pays_", "_splits_", "_whoever_", "_one_transaction_", "_closes_", "_for_the_buyer")
"""Words in the names of the tests that Ganache runs too."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Leave out of Ganache's part what would only cost time."""
    without_ganache(config, items, pathlib.Path(__file__).parent, ON_GANACHE)
