"""Who takes part in the tests of the scripts."""

import brownie
import pytest


@pytest.fixture
def payer(accounts):
    """Has ether and pays for what anyone may do."""
    return accounts[0]


@pytest.fixture
def stranger(accounts):
    """Holds no bucket in any plan."""
    return accounts[9]


@pytest.fixture(autouse=True)
def accounts_as_before():
    """Brownie goes on to know what a test added to its accounts, and would sign with it in the next one."""
    known = list(brownie.accounts)
    yield
    for account in set(brownie.accounts).difference(known):
        brownie.accounts.remove(account)
