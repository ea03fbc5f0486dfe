"""The roles and the distribution of :mod:`tests.scenes`, and the roles of tests in Brownie's own style."""

import pytest

from tests.scenes import exchange, form, foundation, genesis, holders, lvo, start, team

__all__ = ["exchange", "form", "foundation", "genesis", "holders", "lvo", "start", "team"]


@pytest.fixture(scope="module")
def holder(accounts):
    """Holds the supply, or all six buckets."""
    return accounts[0]


@pytest.fixture(scope="module")
def buyer(accounts):
    """Is paid."""
    return accounts[1]


@pytest.fixture(scope="module")
def merchant(accounts):
    """Spends for others."""
    return accounts[2]
