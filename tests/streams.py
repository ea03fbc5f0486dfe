"""The stage of tests of a reward stream: its roles, a ledger with money, and lists with their proofs."""

import pytest

from lvo.models.base import NOBODY
from lvo.units import DAY, LVO
from tests.helpers import FOREVER, sign_token
from tests.merkle import Tree, leaf

DELAY = 2 * DAY
SILENCE = 180 * DAY
DATA = b"\7" * 32
NONE = (NOBODY, 0, 0, b"")


@pytest.fixture
def operator(chain):
    """Proposes roots."""
    return chain.actor("operator")


@pytest.fixture
def guardian(chain):
    """Vetoes roots."""
    return chain.actor("guardian")


@pytest.fixture
def governance(chain):
    """Replaces operator and guardian."""
    return chain.actor("governance")


@pytest.fixture
def heir(chain):
    """Gets what nobody was promised, when the stream is silent."""
    return chain.actor("heir")


@pytest.fixture
def terms(token, operator, guardian, governance, heir):
    """A stream that lives on deposits."""
    return [token.address, NOBODY, 0, operator, guardian, governance, heir, DELAY]


@pytest.fixture
def ledger(chain, token, terms, alice):
    """A stream with 1,000 LVO; alice, who holds the supply, let it take more."""
    made = chain.deploy("RewardLedger", tuple(terms), sender=alice)
    token.send("approve", made.address, FOREVER, sender=alice)
    made.send("fund", 1_000 * LVO, sender=alice)
    return made


class List:
    """Who gets what in all, its tree, and the proofs of a ledger."""

    def __init__(self, ledger, rows):
        self.ledger, self.rows = ledger, rows
        self.tree = Tree.of([self.leaf(account) for account in rows])

    def leaf(self, account):
        return leaf(self.ledger.address, self.ledger.chain.chain_id, account, self.rows[account])

    def proof(self, account):
        return self.tree.proof(self.leaf(account))

    def many(self, *accounts):
        nodes = {self.leaf(account): account for account in accounts}
        ordered, proof, flags = self.tree.multiproof(list(nodes))
        chosen = [nodes[node] for node in ordered]
        return [(account, self.rows[account]) for account in chosen], proof, flags


@pytest.fixture
def paying(ledger, operator, bob, carol, outsider):
    """An active list: bob 100, carol 200, the outsider 300 LVO."""
    made = List(ledger, {bob: 100 * LVO, carol: 200 * LVO, outsider: 300 * LVO})
    ledger.send("propose", made.tree.root, 600 * LVO, DATA, sender=operator)
    ledger.send("cancelClaims", sender=operator, at=ledger.chain.time + DELAY)
    return made


def authorize(ledger, token, funder, amount, salt, signer="alice"):
    """What a funder signs, as the ledger takes it."""
    fields = {
        "from": funder,
        "to": ledger.address,
        "value": amount,
        "validAfter": 0,
        "validBefore": FOREVER,
        "nonce": ledger.view("fundHash", funder, amount, salt),
    }
    return 0, FOREVER, sign_token(token, signer, "ReceiveWithAuthorization", **fields)
