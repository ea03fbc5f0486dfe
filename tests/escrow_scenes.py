"""The stage of tests of the retail escrow: a buyer, a merchant, an arbiter, and orders in each state."""

import pytest

from lvo.units import LVO
from tests.helpers import FOREVER
from tests.retail import EVIDENCE, TRACKING, draft, signed


@pytest.fixture
def buyer(chain):
    """Buys; has 1,000 LVO."""
    return chain.actor("buyer")


@pytest.fixture
def merchant(chain):
    """Sells; has 1,000 LVO."""
    return chain.actor("merchant")


@pytest.fixture
def arbiter(chain):
    """Rules."""
    return chain.actor("arbiter")


@pytest.fixture
def platform(chain):
    """Gets the fee."""
    return chain.actor("platform")


@pytest.fixture
def escrow(chain, token, alice, buyer, merchant):
    """An escrow that buyer and merchant let take what they have."""
    made = chain.deploy("RetailEscrow", token.address, sender=alice)
    for account in (buyer, merchant):
        token.send("transfer", account, 1_000 * LVO, sender=alice)
        token.send("approve", made.address, FOREVER, sender=account)
    return made


@pytest.fixture
def order(escrow):
    """Not funded."""
    return draft(escrow)


@pytest.fixture
def other_order(escrow):
    """Not funded, and different by its salt."""
    return draft(escrow, salt=2)


def funded_order(escrow, salt, **terms):
    """An order of the buyer that is funded."""
    order = draft(escrow, salt=salt, **terms)
    consent = signed(order, "merchant")
    escrow.send("fund", order.call, b"", consent, sender=escrow.chain.actor("buyer"))
    return order


def shipped_order(escrow, salt, **terms):
    """An order on its way."""
    order = funded_order(escrow, salt, **terms)
    escrow.send("ship", order.call, TRACKING, sender=escrow.chain.actor("merchant"))
    return order


def disputed_order(escrow, salt, claim=60 * LVO, **terms):
    """An order of which 60 LVO are disputed."""
    order = shipped_order(escrow, salt, **terms)
    escrow.send("dispute", order.call, claim, EVIDENCE, sender=escrow.chain.actor("buyer"))
    return order


@pytest.fixture
def funded(escrow):
    """An order that is funded."""
    return funded_order(escrow, 3)


@pytest.fixture
def shipped(escrow):
    """An order on its way."""
    return shipped_order(escrow, 4)


@pytest.fixture
def disputed(escrow):
    """An order of which 60 LVO are disputed, and 40 were paid."""
    return disputed_order(escrow, 5)


def without_ganache(config, items, folder, except_for=()):
    """Leave the tests below a folder out of Ganache's part, but for those with one of the words in their name."""
    left_out = [
        item
        for item in items
        if item.path.is_relative_to(folder)
        and getattr(item, "callspec", None)
        and item.callspec.params.get("chain") == "ganache"
        and not any(word in item.name for word in except_for)
    ]
    gone = set(map(id, left_out))
    items[:] = [item for item in items if id(item) not in gone]
    config.hook.pytest_deselected(items=left_out)
