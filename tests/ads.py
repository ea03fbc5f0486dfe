"""The stage of tests of the advertising ledger: its people, campaigns, and batches with their proofs."""

import pathlib
from dataclasses import astuple, replace
from typing import Any

import pytest

from lvo.merkle import StandardMerkleTree
from lvo.models.ads import Campaign, Rules, batch_tree, digest, line_id
from lvo.models.base import NOBODY, Address
from lvo.typed_data import ad_message, sign, token_message
from lvo.units import DAY, LVO
from tests.chain.interface import Contract, Receipt, person
from tests.helpers import FOREVER

RULES = Rules(epoch_length=DAY, bond_bps=2_500, objection_window=2 * DAY, ruling_window=4 * DAY)
PAYOUT_DELAY = DAY
PRICE = 10**15
"""In wei for a unit."""
BUDGET = 1_000 * LVO
LATE = 3
"""Epochs."""
RECEIPTS, DATA = b"\2" * 32, b"\3" * 32
UNITS = 100_000
"""Of a line; 100 LVO."""
SPEND = UNITS * PRICE
BOND = SPEND // 4


ON_GANACHE = "_to_the_wei"
"""Ends the names of the tests that Ganache runs too."""


def keep_off_ganache(config: pytest.Config, items: list[pytest.Item], folder: pathlib.Path) -> None:
    """Leave out what would only cost time: both chains run the same code, and the ledger's machine runs on both."""
    left_out = [
        item
        for item in items
        if item.path.is_relative_to(folder)
        and getattr(item, "callspec", None)
        and item.callspec.params.get("chain") == "ganache"
        and not item.originalname.endswith(ON_GANACHE)
    ]
    gone = set(map(id, left_out))
    items[:] = [item for item in items if id(item) not in gone]
    config.hook.pytest_deselected(items=left_out)


def now(ads: Contract) -> int:
    """The epoch of the newest block."""
    return ads.chain.time // RULES.epoch_length


def time_of(epoch: int) -> int:
    """When an epoch begins, Unix seconds."""
    return epoch * RULES.epoch_length


def draft(ads: Contract, **changes: Any) -> Campaign:
    """A campaign of ten epochs, from now on, with another salt each second."""
    actor, epoch = ads.chain.actor, now(ads)
    terms = Campaign(
        advertiser=actor("advertiser"),
        arbiter=actor("arbiter"),
        budget=BUDGET,
        price=PRICE,
        viewer_part=5 * 10**14,
        publisher_part=3 * 10**14,
        epoch_cap=500,
        start=epoch,
        end=epoch + 10,
        late_epochs=LATE,
        silent_bps=4_000,
        viewer_cap=100,
        open_by=ads.chain.time + 10 * DAY,
        criteria_hash=b"\1" * 32,
        salt=ads.chain.time.to_bytes(32, "big"),
    )
    return replace(terms, **changes)


def id_of(ads: Contract, terms: Campaign) -> bytes:
    """The campaign's id in this ledger."""
    return terms.id(ads.chain.chain_id, ads.address)


def sign_ad(ads: Contract, signer: str, kind: str, **fields: Any) -> bytes:
    """Let the actor ``signer`` sign typed data for a ledger; 65 bytes r, s, v."""
    return sign(ad_message(kind, ads.chain.chain_id, ads.address, **fields), person(signer).key)


def sign_campaign(ads: Contract, signer: str, terms: Campaign) -> bytes:
    """Let an actor sign a campaign."""
    return sign_ad(ads, signer, "Campaign", **terms.fields())


def try_open(ads: Contract, terms: Campaign) -> Receipt:
    """Open a campaign as its advertiser, with the settler's signature."""
    return ads.try_send("open", astuple(terms), b"", sign_campaign(ads, "settler", terms), sender=terms.advertiser)


def opened(ads: Contract, **changes: Any) -> Campaign:
    """A campaign that is open."""
    terms = draft(ads, **changes)
    receipt = try_open(ads, terms)
    assert receipt.error is None, receipt.error
    return terms


def state(ads: Contract, terms: Campaign) -> tuple[Any, ...]:
    """What the ledger keeps of a campaign."""
    return tuple(ads.view("campaigns", id_of(ads, terms)))


def remaining(ads: Contract, terms: Campaign) -> int:
    """What a campaign has left, in wei."""
    return int(state(ads, terms)[0])


class Posted:
    """A batch that was posted, with the proofs of its lines."""

    def __init__(self, ads: Contract, epoch: int, rows: list[tuple[Campaign, int]], receipt: Receipt) -> None:
        self.ads, self.epoch, self.rows, self.receipt = ads, epoch, rows, receipt
        self.tree: StandardMerkleTree = batch_tree(epoch, [(id_of(ads, terms), units) for terms, units in rows])
        self.root = self.tree.root
        self.until = receipt.time + RULES.objection_window

    def line(self, index: int = 0) -> tuple[tuple[Any, ...], int, int]:
        """What names a line in a call: terms, epoch, units."""
        terms, units = self.rows[index]
        return astuple(terms), self.epoch, units

    def id(self, index: int = 0) -> bytes:
        """A line's id."""
        terms, units = self.rows[index]
        return line_id(id_of(self.ads, terms), self.epoch, units)

    def proof(self, index: int = 0) -> list[bytes]:
        """A line's proof."""
        return self.tree.get_proof(index)


def try_post(ads: Contract, epoch: int, rows: list[tuple[Campaign, int]], at: int | None = None) -> Receipt:
    """Post lines as the settler."""
    lines = [(id_of(ads, terms), units) for terms, units in rows]
    return ads.try_send("post", epoch, lines, RECEIPTS, DATA, sender=ads.chain.actor("settler"), at=at)


def posted(ads: Contract, rows: list[tuple[Campaign, int]], epoch: int | None = None) -> Posted:
    """A batch of the running epoch, posted as soon as that is over."""
    epoch = now(ads) if epoch is None else epoch
    receipt = try_post(ads, epoch, rows, at=max(ads.chain.time + 1, time_of(epoch + 1)))
    assert receipt.error is None, receipt.error
    return Posted(ads, epoch, rows, receipt)


def contest(batch: Posted, conceded: int = 0, index: int = 0, at: int | None = None) -> Receipt:
    """Object to a line as its advertiser."""
    sender = batch.rows[index][0].advertiser
    return batch.ads.try_send("object", *batch.line(index), conceded, batch.proof(index), sender=sender, at=at)


def authorize(ads: Contract, signer: str, account: Address, value: int, nonce: bytes) -> tuple[int, int, bytes]:
    """An authorization that pays for one action."""
    fields = {"from": account, "to": ads.address, "value": value, "validAfter": 0, "validBefore": FOREVER}
    message = token_message("ReceiveWithAuthorization", ads.chain.chain_id, ads.view("LVO"), **fields, nonce=nonce)
    return 0, FOREVER, sign(message, person(signer).key)


def objection_id(batch: Posted, conceded: int) -> bytes:
    """The nonce of the authorization that pays for an objection to the first line."""
    terms, units = batch.rows[0]
    fields = {"campaign": id_of(batch.ads, terms), "epoch": batch.epoch, "units": units, "conceded": conceded}
    return digest("Objection", batch.ads.chain.chain_id, batch.ads.address, **fields)


@pytest.fixture
def advertiser(chain):
    """Pays for campaigns."""
    return chain.actor("advertiser")


@pytest.fixture
def settler(chain):
    """Books, and proposes payouts."""
    return chain.actor("settler")


@pytest.fixture
def arbiter(chain):
    """Rules on objections."""
    return chain.actor("arbiter")


@pytest.fixture
def guardian(chain):
    """Vetoes payouts."""
    return chain.actor("guardian")


@pytest.fixture
def reward_terms(token, settler, guardian):
    """What the reward ledger behind the ledger is made with."""
    return token.address, NOBODY, 0, settler, guardian, guardian, guardian, PAYOUT_DELAY


@pytest.fixture
def ads(chain, token, reward_terms, advertiser, settler, alice, outsider):
    """A ledger with a deposit of 10,000 LVO; advertiser and settler let it take any amount of their million."""
    made = chain.deploy("AdLedger", reward_terms, astuple(RULES), sender=outsider)
    chain.at("RewardLedger", made.view("REWARDS"))
    for account in (advertiser, settler):
        token.send("transfer", account, 10**6 * LVO, sender=alice)
        token.send("approve", made.address, FOREVER, sender=account)
    made.send("deposit", 10_000 * LVO, sender=settler)
    return made


@pytest.fixture
def rewards(ads):
    """The reward ledger that gets what is final."""
    return ads.chain.contracts[ads.view("REWARDS")]


@pytest.fixture
def campaign(ads):
    """An open campaign."""
    return opened(ads)


@pytest.fixture
def batch(ads, campaign):
    """Three lines of three campaigns, the first of :func:`campaign`; nothing is final."""
    others = [opened(ads), opened(ads)]
    return posted(ads, [(campaign, UNITS), (others[0], 2 * UNITS), (others[1], 1)])


@pytest.fixture
def contested(ads, batch):
    """The first line of :func:`batch`, contested but for a quarter of its units."""
    receipt = contest(batch, conceded=UNITS // 4)
    assert receipt.error is None, receipt.error
    return batch
