"""The people, campaigns and batches of :mod:`tests.ads`."""

import pathlib

import pytest

from tests.ads import (
    ads,
    advertiser,
    arbiter,
    batch,
    campaign,
    contested,
    guardian,
    keep_off_ganache,
    reward_terms,
    rewards,
    settler,
)

__all__ = [
    "ads",
    "advertiser",
    "arbiter",
    "batch",
    "campaign",
    "contested",
    "guardian",
    "reward_terms",
    "rewards",
    "settler",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Only tests of whole flows of money run on Ganache too."""
    keep_off_ganache(config, items, pathlib.Path(__file__).parent)
