"""The stages of :mod:`tests.scenes` and :mod:`tests.government`, and the roles of tests in Brownie's own style."""

import pytest

from tests.government import council, deployer, stage, voters
from tests.scenes import exchange, form, foundation, genesis, holders, lvo, start, team
from tests.streams import governance, guardian, heir, ledger, operator, paying, terms

__all__ = [
    "council",
    "deployer",
    "exchange",
    "form",
    "foundation",
    "genesis",
    "governance",
    "guardian",
    "heir",
    "holders",
    "ledger",
    "lvo",
    "operator",
    "paying",
    "stage",
    "start",
    "team",
    "terms",
    "voters",
]


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
