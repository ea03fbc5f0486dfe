"""The people and orders of :mod:`tests.escrow_scenes`.

Both chains run the same code, and the escrow's machine runs on both; of these tests Ganache gets those that let money
through from beginning to end.
"""

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
    here = __file__.rpartition("/")[0]
    left_out = [
        item
        for item in items
        if str(item.path).startswith(here)
        and getattr(item, "callspec", None)
        and item.callspec.params.get("chain") == "ganache"
        and not any(word in item.name for word in ON_GANACHE)
    ]
    gone = set(map(id, left_out))
    items[:] = [item for item in items if id(item) not in gone]
    config.hook.pytest_deselected(items=left_out)
