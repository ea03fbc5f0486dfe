"""Who takes part in the tests of the scripts."""

import pytest


@pytest.fixture
def payer(accounts):
    """Has ether and pays for what anyone may do."""
    return accounts[0]


@pytest.fixture
def stranger(accounts):
    """Holds no bucket in any plan."""
    return accounts[9]
