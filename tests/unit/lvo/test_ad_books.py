"""The ledger of advertising off chain: books from events, and the descriptor that wallets show it by."""

import json
import pathlib

import pytest

from lvo.advertising import Books, Totals
from lvo.models.ads import Campaign, LineStatus, Resolution, Rules
from lvo.typed_data import AD_TYPES, ad_message
from lvo.units import DAY, LVO

DESCRIPTOR = pathlib.Path(__file__).resolve().parents[3] / "wallets" / "eip712-AdLedger.json"
RULES = Rules(epoch_length=DAY, bond_bps=1_000, objection_window=DAY, ruling_window=DAY)
ADVERTISER, SETTLER, ARBITER = ("0x" + digit * 40 for digit in "123")
FIRST, SECOND, BATCH = b"\1" * 32, b"\2" * 32, b"\3" * 32
NOW = 100 * DAY


def terms():
    """A campaign at two wei a unit."""
    facts = (1_000, 2, 1, 1, 10, 100, 110, 3, 5_000, 7, NOW, b"\4" * 32, b"\5" * 32)
    return Campaign(ADVERTISER, ARBITER, *facts)


@pytest.fixture
def books():
    """Two campaigns, one batch with a line of each, the first of which is contested but for 30 units."""
    made = Books(SETTLER, RULES, NOW)
    for campaign in (FIRST, SECOND):
        made.read("CampaignOpened", (campaign, ADVERTISER, tuple(terms().__dict__.values())), NOW)
    made.read("Deposited", (SETTLER, LVO), NOW)
    made.read("LinePosted", (FIRST, 100, 100, 200), NOW + DAY)
    made.read("LinePosted", (SECOND, 100, 5, 10), NOW + DAY)
    made.read("BatchPosted", (BATCH, 100, 2, 210, 21, NOW + 2 * DAY, b"\6" * 32, b"\7" * 32), NOW + DAY)
    made.read("Objected", (FIRST, 100, BATCH, 100, 70, 14), NOW + DAY + 1)
    return made


def test_books_answer_by_campaign_epoch_and_in_all(books):
    (line,) = books.of_campaign(FIRST)
    assert (line.batch, line.disputed, line.status, line.pending) == (BATCH, 70, LineStatus.CONTESTED, 100)
    assert [each.campaign for each in books.of_epoch(100)] == [FIRST, SECOND]
    assert books.epochs() == [100]
    assert books.totals() == Totals(lines=2, units=105, posted=210, final=0, struck=0, pending=210)
    # The advertiser's bond lies here too.
    assert books.owed() == 2_000 + LVO + 14


def test_books_keep_what_became_final_in_parts(books):
    books.read("BatchFinalized", (BATCH, 70), NOW + 2 * DAY)
    books.read("ObjectionResolved", (FIRST, 100, Resolution.RULING, 50, 20, 8), NOW + 3 * DAY)
    (line,) = books.of_campaign(FIRST)
    assert (line.parts, line.final, line.struck, line.pending) == ([30, 50], 80, 20, 0)
    assert books.campaigns[FIRST].remaining == 1_000 - 160
    assert books.totals() == Totals(lines=2, units=105, posted=210, final=170, struck=40, pending=0)
    # Of both bonds, 28 wei, the advertiser got eight.
    assert (books.free, books.locked) == (LVO + 6, 0)


def test_books_do_not_mind_events_of_others(books):
    before = books.totals()
    books.read("Transfer", (ADVERTISER, SETTLER, 5), NOW)
    books.read("BatchSkipped", (BATCH,), NOW)
    assert books.totals() == before


# The wallets' descriptor (ERC-7730)


@pytest.fixture(scope="module")
def descriptor():
    """What wallets that know it show by."""
    return json.loads(DESCRIPTOR.read_text())


@pytest.mark.parametrize("kind", AD_TYPES)
def test_descriptor_has_the_types_that_are_signed(descriptor, kind):
    values = {member.split()[1]: 0 if "int" in member else "0x" + "00" * 20 for member in AD_TYPES[kind].split(",")}
    message = ad_message(kind, 1, ARBITER, **values)
    (schema,) = (each for each in descriptor["context"]["eip712"]["schemas"] if each["primaryType"] == kind)
    assert schema["types"] == message["types"]
    domain = descriptor["context"]["eip712"]["domain"]
    assert domain == {name: message["domain"][name] for name in ("name", "version")}


@pytest.mark.parametrize("kind", AD_TYPES)
def test_descriptor_leaves_out_nothing_that_is_signed(descriptor, kind):
    shown = descriptor["display"]["formats"][kind]
    fields = sorted(member.split()[1] for member in AD_TYPES[kind].split(","))
    assert sorted(field["path"] for field in shown["fields"]) == sorted(shown["required"]) == fields
