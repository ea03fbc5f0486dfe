"""Orders off chain: files, words, mistakes and the wallets' descriptor."""

import json
import pathlib
from dataclasses import replace

import pytest
from eth_utils import to_checksum_address

from lvo.models.base import NOBODY, Clock, Revert
from lvo.models.escrow import MOST_PRICE, MOST_WINDOW, Position, RetailEscrow, State
from lvo.models.token import LVOToken
from lvo.plan import PlanError
from lvo.retail import Item, Order, items_hash
from lvo.retail.files import choose, read_draft, read_order, to_json
from lvo.retail.mistakes import RetailError, problems, warnings
from lvo.retail.record import Books
from lvo.retail.text import duration, moment, percent, render, what_next
from lvo.typed_data import ESCROW_TYPES, digest, recover, sign
from lvo.units import DAY, LVO
from tests.chain.interface import person

DESCRIPTOR = pathlib.Path(__file__).resolve().parents[3] / "wallets" / "eip712-RetailEscrow.json"
NOW = 1_800_000_000


def account(number):
    """An address in checksum case."""
    return to_checksum_address(f"0x{number:02x}" + "ab" * 19)


@pytest.fixture
def order():
    """Two lines, 100 LVO."""
    return Order(
        chain_id=1337,
        escrow=account(1),
        buyer=account(2),
        merchant=account(3),
        arbiter=account(4),
        fee_to=account(5),
        price=100 * LVO,
        merchant_bond=20 * LVO,
        dispute_bond=10 * LVO,
        fee_bps=250,
        silent_buyer_bps=6_000,
        fund_by=NOW + DAY,
        ship_window=7 * DAY,
        inspect_window=14 * DAY,
        ruling_window=30 * DAY,
        items=(Item("mug, blue", 2, 30 * LVO), Item("poster", 1, 40 * LVO)),
        terms_hash=bytes(range(32)),
        salt=2**64 - 1,
    )


# Files


def test_order_comes_back_from_its_file(order, tmp_path):
    path = tmp_path / "order.json"
    for each in (order, replace(order, fee_to=NOBODY, fee_bps=0), replace(order, salt=2**256 - 1)):
        path.write_text(to_json(each.message))
        assert read_order(path) == each


def test_order_in_a_file_is_what_is_signed(order):
    """A wallet that reads the JSON, with its numbers as text, signs the same hash."""
    document = json.loads(to_json(order.message))
    assert digest(document) == order.id
    key = person("buyer").key
    assert recover(order.message, sign(document, key)) == key.address.lower()


def test_numbers_as_numbers_and_lower_case_are_the_same_order(order, tmp_path):
    document = json.loads(to_json(order.message))
    message = document["message"]
    message |= {"salt": int(message["salt"]), "buyer": message["buyer"].lower(), "price": hex(int(message["price"]))}
    path = tmp_path / "order.json"
    path.write_text(json.dumps(document))
    assert read_order(path).id == order.id


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["message"].update(extra="1"),
        lambda document: document.update(primaryType="Item"),
        lambda document: document["domain"].update(version="2"),
        lambda document: document["types"]["Item"].reverse(),
        lambda document: document["message"]["items"][0].update(note="free"),
    ],
)
def test_file_with_anything_beside_an_order_is_refused(order, tmp_path, change):
    document = json.loads(to_json(order.message))
    change(document)
    path = tmp_path / "order.json"
    path.write_text(json.dumps(document))
    with pytest.raises(RetailError, match="do not sign it"):
        read_order(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"domain": {}, "message": {}}', "\x00"])
def test_file_that_is_no_order_is_refused(tmp_path, text):
    path = tmp_path / "order.json"
    path.write_text(text)
    with pytest.raises(RetailError, match="is not an order"):
        read_order(path)
    with pytest.raises(RetailError, match="There is no file"):
        read_order(tmp_path / "missing.json")


def test_draft_reads_the_example():
    path = DESCRIPTOR.parents[1] / "examples" / "escrow" / "order.yaml"
    order = read_draft(path, 7)
    assert (order.price, order.fee_bps, order.silent_buyer_bps, order.salt) == (100 * LVO, 250, 6_000, 7)
    assert (order.ship_window, order.inspect_window, order.ruling_window) == (7 * DAY, 14 * DAY, 30 * DAY)
    assert order.terms_hash != bytes(32)
    assert problems(order, NOW) == []


def test_draft_names_every_mistake_at_once(tmp_path):
    path = tmp_path / "order.yaml"
    path.write_text("chain: one\nescrow: 0x0\nfee: 2 %\nitems:\n  - { sku: mug, quantity: -1, price: 1e3 }\nsalt: 1\n")
    with pytest.raises(PlanError) as failure:
        read_draft(path, 0)
    words = str(failure.value)
    for part in ("the key buyer is missing", "'one' is not a whole number", "'0x0' is not an address",
                 "'-1' is not a whole number", "scientific notation", "write fee_to"):  # fmt: skip
        assert part in words


def test_draft_names_a_file_of_terms_that_is_not_there(tmp_path):
    path = tmp_path / "order.yaml"
    path.write_text("terms: nothing.txt\n")
    with pytest.raises(PlanError, match="the file cannot be read"):
        read_draft(path, 0)


def test_items_are_chosen_by_name_and_number(order):
    assert choose(order, ("poster",)) == 40 * LVO
    assert choose(order, ("mug, blue",)) == 60 * LVO
    assert choose(order, ("mug, blue=1", "poster")) == 70 * LVO
    for wrong in ("cup", "mug, blue=0", "mug, blue=3", "mug, blue=x"):
        with pytest.raises(RetailError):
            choose(order, (wrong,))


def test_hash_of_items_tells_lists_apart(order):
    lists = [(), order.items, order.items[::-1], order.items[:1], order.items * 2]
    assert len({items_hash(items) for items in lists}) == len(lists)


# Words


def test_rendering_leaves_nothing_out(order):
    """Changing any field changes what people read before they sign."""
    before = render(order)
    changes = {"items": order.items[:1], "terms_hash": bytes(32), "chain_id": 1, "fund_by": NOW + 1}
    for name in order.__dataclass_fields__:
        old = getattr(order, name)
        new = changes.get(name, account(9) if isinstance(old, str) else old + 1 if isinstance(old, int) else None)
        after = dict(render(replace(order, **{name: new})))
        del after["order"]
        assert after != {label: text for label, text in before if label != "order"}, name


def test_lengths_times_and_shares_in_words():
    assert [duration(each) for each in (0, 1, 60, 3_661, DAY, 400 * DAY, 90_061)] == [
        "0 seconds", "1 second", "1 minute", "1 hour 1 minute", "1 day", "400 days", "1 day 1 hour",
    ]  # fmt: skip
    assert moment(NOW) == "2027-01-15 08:00:00 UTC"
    assert moment(2**256 - 1).startswith("second ")
    assert [percent(each) for each in (0, 1, 250, 10_000)] == ["0 %", "0.01 %", "2.5 %", "100 %"]


@pytest.mark.parametrize(
    ("position", "words"),
    [
        (Position(), "can be funded until"),
        (Position(1, NOW + 60, 0, State.FUNDED), "waits for the merchant to ship until"),
        (Position(1, NOW + 60, 0, State.SHIPPED), "waits for the buyer to confirm or dispute until"),
        (Position(1, NOW + 29 * DAY, 0, State.DISPUTED), "before that a side may concede"),
        (Position(1, NOW + DAY, 0, State.DISPUTED), "waits for the arbiter to rule until"),
        (Position(1, NOW, 0, State.DISPUTED), "is overdue: anyone sends timeout, and 60 % of the claim goes to the"),
        (Position(state=State.CLOSED), "is closed"),
    ],
)
def test_what_comes_next_in_words(order, position, words):
    assert words in what_next(order, position, NOW)


def test_order_that_was_never_funded_in_words(order):
    assert "is void" in what_next(order, Position(), order.fund_by)


# Mistakes


BAD = [
    {"buyer": NOBODY}, {"merchant": NOBODY}, {"fee_to": NOBODY}, {"price": 0}, {"price": MOST_PRICE + 1},
    {"fee_bps": 10_001}, {"silent_buyer_bps": 10_001}, {"ship_window": 0}, {"inspect_window": MOST_WINDOW + 1},
    {"ruling_window": 0}, {"fund_by": NOW}, {"arbiter": NOBODY}, {"arbiter": account(2)}, {"arbiter": account(3)},
    {"arbiter": account(5)}, {"merchant": account(2)},
]  # fmt: skip


@pytest.mark.parametrize("change", BAD)
def test_scripts_refuse_with_the_contracts_own_error(order, change):
    """The first problem is the contract's error with the same facts."""
    bad = replace(order, **change)
    clock = Clock(NOW)
    twin = RetailEscrow(clock, order.escrow, LVOToken(clock, account(7), account(8)))
    with pytest.raises(Revert) as failure:
        twin.fund(bad, bad.buyer, bad.merchant, sender=account(9))
    first = problems(bad, NOW, account(7))[0]
    assert (first.name, first.facts) == (failure.value.name, failure.value.facts)
    assert first.advice.endswith(".")


def test_good_order_has_no_problem_and_one_whose_items_do_not_sum_has(order):
    assert problems(order, NOW) == []
    assert [each.name for each in problems(replace(order, price=order.price + 1), NOW)] == ["ItemsDoNotSum"]


def test_warnings_name_what_is_rarely_meant(order):
    assert warnings(order) == []
    odd = replace(order, ship_window=60, dispute_bond=101 * LVO, merchant_bond=101 * LVO, fee_bps=5_000)
    assert len(warnings(odd)) == 4


def test_books_know_the_escrows_events_only():
    with pytest.raises(ValueError, match="no event Transfer"):
        Books().read("Transfer", ())


# The wallets' descriptor (ERC-7730)


def leaves(kind, prefix=""):
    """The paths of everything that a type holds."""
    found = []
    for member in ESCROW_TYPES[kind].split(","):
        of, name = member.split()
        inner = of.removesuffix("[]")
        found += leaves(inner, f"{prefix}{name}.[].") if inner in ESCROW_TYPES else [prefix + name]
    return found


@pytest.mark.parametrize("kind", ["Order", "Settlement", "Confirmation"])
def test_descriptor_shows_every_field_of_what_is_signed(order, kind):
    document = json.loads(DESCRIPTOR.read_text())
    shown = document["display"]["formats"][kind]
    paths = [field["path"] for field in shown["fields"]]
    assert sorted(paths) == sorted(leaves(kind))
    assert sorted(shown["required"]) == sorted(paths)
    for field in shown["fields"]:
        assert field["label"]
        assert field["format"] in {"raw", "unit", "date", "duration", "addressName"}


def test_descriptor_has_the_types_and_the_domain_that_are_signed(order):
    eip712 = json.loads(DESCRIPTOR.read_text())["context"]["eip712"]
    domain = order.message["domain"]
    assert eip712["domain"] == {"name": domain["name"], "version": domain["version"]}
    types = {schema["primaryType"]: schema["types"] for schema in eip712["schemas"]}
    assert types["Order"] == json.loads(json.dumps(order.message["types"]))
    assert sorted(types) == ["Confirmation", "Order", "Settlement"]


@pytest.mark.parametrize(("path", "unit"), [("price", ("LVO", 18)), ("feeBps", ("%", 2))])
def test_descriptor_writes_amounts_in_lvo_and_shares_in_percent(path, unit):
    fields = json.loads(DESCRIPTOR.read_text())["display"]["formats"]["Order"]["fields"]
    params = next(field["params"] for field in fields if field["path"] == path)
    assert (params["base"], params["decimals"]) == unit
