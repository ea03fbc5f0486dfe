"""The verbs of ``escrow`` on Ganache: a trade from draft to confirmation, a silent arbiter, and whatever is bad."""

import json
import os

import brownie
import pytest
from brownie import accounts, chain

import scripts.escrow as script
from lvo.models.escrow import State
from lvo.units import DAY, LVO
from scripts.support import escrow as support
from scripts.support import sending

DRAFT = """\
chain: 1337
escrow: "{escrow}"
buyer: "{buyer}"
merchant: "{merchant}"
arbiter: "{arbiter}"
fee: 2.5 %
fee_to: "{platform}"
merchant_bond: 20
dispute_bond: 10
silent_buyer: 60 %
fund_by: 2100-01-01
ship_within: 7 days
inspect_within: 14 days
rule_within: 30 days
items:
  - {{ sku: mug-blue, quantity: 2, price: 30 }}
  - {{ sku: poster, quantity: 1, price: 40 }}
"""
ROLES = ("deployer", "buyer", "merchant", "arbiter", "platform", "outsider")


@pytest.fixture(autouse=True)
def ganache(monkeypatch):
    """Ganache forgets the test when it is over; questions are answered with yes."""
    monkeypatch.setenv("LVO_YES", "1")
    chain.snapshot()
    yield
    chain.revert()


@pytest.fixture
def people():
    """Ganache's accounts by role."""
    return dict(zip(ROLES, accounts, strict=False))


@pytest.fixture
def token(people):
    made = brownie.LVOToken.deploy(people["deployer"], {"from": people["deployer"]}, silent=True)
    for role in ("buyer", "merchant"):
        made.transfer(people[role], 1_000 * LVO, {"from": people["deployer"]}, silent=True)
    return made


@pytest.fixture
def escrow(token, people):
    made = brownie.RetailEscrow.deploy(token, {"from": people["deployer"]}, silent=True)
    token.approve(made, 100 * LVO, {"from": people["merchant"]}, silent=True)
    return made


@pytest.fixture
def only(people, monkeypatch):
    """Lets only some roles sign here, as on their own machines."""

    def let(*roles):
        here = {str(people[role].address): people[role] for role in roles}
        for module in (script, support, sending):
            monkeypatch.setattr(module, "signers", lambda: here)

    return let


@pytest.fixture
def write(tmp_path, escrow, people):
    """Writes a draft, with anything replaced."""

    def make(name="order", **changes):
        text = DRAFT.format(escrow=escrow.address, **{role: people[role].address for role in ROLES[1:5]})
        for old, new in changes.values():
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        return str(path)

    return make


@pytest.fixture
def order(tmp_path, write, only):
    """A drafted order that buyer and merchant signed, each on a machine of its own."""
    path = str(tmp_path / "order.json")
    assert exit_code(script.draft, write(), path) == 0
    for role in ("merchant", "buyer"):
        only(role)
        assert exit_code(script.sign, path) == 0
    return path


def exit_code(verb, *arguments):
    """What the shell would see."""
    try:
        verb(*arguments)
    except SystemExit as leaving:
        return leaving.code
    return 0


def said(capsys):
    """What was printed, in one line, so that a break of a line hides nothing."""
    return " ".join(capsys.readouterr().out.split())


def state(escrow, path):
    """Where the order of a file stands."""
    return State(escrow.positions(support.Agreement.load(path).order.id)[3])


def later(seconds):
    """Let time pass."""
    chain.sleep(seconds)
    chain.mine()


# End to end


def test_merchant_and_shopper_trade_from_draft_to_confirmation(escrow, token, people, order, only, capsys):
    only("buyer")
    assert token.allowance(people["buyer"], escrow) == 0
    assert exit_code(script.fund, order) == 0
    assert state(escrow, order) == State.FUNDED
    only("merchant")
    assert exit_code(script.ship, order, "1Z 999") == 0
    only("buyer")
    assert exit_code(script.confirm, order, "mug-blue=1") == 0
    assert token.balanceOf(people["merchant"]) == (1_000 - 20 + 30) * LVO - 75 * 10**16
    assert exit_code(script.confirm, order) == 0
    assert state(escrow, order) == State.CLOSED
    assert token.balanceOf(escrow) == 0
    assert token.balanceOf(people["merchant"]) == 1_100 * LVO - 25 * 10**17
    capsys.readouterr()
    assert exit_code(script.status, order) == 0
    assert "It is closed; 0 LVO remain." in said(capsys)


def test_dispute_with_a_silent_arbiter_ends_as_signed(escrow, token, people, order, only, tmp_path, capsys):
    evidence = tmp_path / "photo.jpg"
    evidence.write_bytes(b"in pieces")
    only("buyer", "merchant")
    for verb, *arguments in (
        (script.fund, order), (script.ship, order, "1Z"), (script.dispute, order, str(evidence), "mug-blue"),
    ):  # fmt: skip
        assert exit_code(verb, *arguments) == 0
    assert token.balanceOf(people["merchant"]) == (980 + 39) * LVO
    only("outsider")
    capsys.readouterr()
    assert exit_code(script.timeout, order) == 1
    assert "RetailEscrow_TooEarly" in said(capsys)
    later(30 * DAY)
    assert exit_code(script.timeout, order) == 0
    assert "Closed (unruled): 36 LVO to the buyer, 23.4 LVO to the merchant, 0.6 LVO fee." in said(capsys)
    assert token.balanceOf(people["buyer"]) == 936 * LVO
    assert exit_code(script.watch, escrow.address, people["merchant"].address) == 0
    assert "undecided 36 LVO" in said(capsys)


def test_arbiter_rules_in_the_second_half(escrow, token, people, order, only, tmp_path, capsys):
    evidence = tmp_path / "photo.jpg"
    evidence.write_bytes(b"in pieces")
    only("buyer", "merchant")
    exit_code(script.fund, order)
    exit_code(script.ship, order, "1Z")
    exit_code(script.dispute, order, str(evidence))
    only("arbiter")
    assert exit_code(script.rule, order, "40 %", "merchant") == 1
    later(15 * DAY)
    assert exit_code(script.rule, order, "40 %", "judge") == 1
    assert exit_code(script.rule, order, "140 %", "merchant") == 1
    capsys.readouterr()
    assert exit_code(script.rule, order, "40 %", "merchant") == 0
    words = said(capsys)
    assert "Closed (ruled): 40 LVO to the buyer, 58.5 LVO to the merchant, 1.5 LVO fee." in words
    assert "The merchant's bond paid 20 LVO to the other side." in words


def test_settlement_is_offered_taken_back_and_accepted(escrow, token, people, order, only, capsys):
    only("buyer", "merchant")
    exit_code(script.fund, order)
    only("buyer")
    assert exit_code(script.settle, order) == 1
    assert exit_code(script.settle, order, "101") == 1
    assert exit_code(script.settle, order, "35") == 0
    assert exit_code(script.void, order) == 0
    only("merchant")
    capsys.readouterr()
    assert exit_code(script.settle, order) == 1
    assert "RetailEscrow_RoundDiffers" in said(capsys)
    only("buyer")
    assert exit_code(script.settle, order, "35") == 0
    only("merchant")
    assert exit_code(script.settle, order) == 0
    assert token.balanceOf(people["buyer"]) == 935 * LVO


def test_refund_concede_and_cancel(escrow, token, people, order, only, write, tmp_path):
    only("buyer", "merchant")
    exit_code(script.fund, order)
    only("merchant")
    assert exit_code(script.refund, order, "poster") == 0
    assert token.balanceOf(people["buyer"]) == 940 * LVO
    assert exit_code(script.cancel, order) == 0
    assert token.balanceOf(people["buyer"]) == token.balanceOf(people["merchant"]) == 1_000 * LVO
    other = str(tmp_path / "other.json")
    assert exit_code(script.draft, write(), other) == 0
    only("buyer")
    assert exit_code(script.cancel, other) == 0
    assert state(escrow, other) == State.CLOSED
    assert exit_code(script.sign, other) == 1


def test_allow_and_revoke(escrow, token, people, only, tmp_path, monkeypatch):
    only("buyer")
    assert exit_code(script.allow, escrow.address, "12.5") == 0
    assert token.allowance(people["buyer"], escrow) == 125 * 10**17
    record = {"contracts": {"LVOToken": {"address": token.address}, "RetailEscrow": {"address": escrow.address}}}
    monkeypatch.setattr(script, "read_record", lambda chain_id: record)
    assert exit_code(script.revoke) == 0
    assert token.allowance(people["buyer"], escrow) == 0
    assert token.allowance(people["merchant"], escrow) == 100 * LVO


def test_shopper_without_ether_pays_by_an_authorization_that_anyone_sends(escrow, token, people, order, only, capsys):
    only("buyer")
    assert exit_code(script.authorize, order) == 0
    os.remove(order.replace(".json", ".buyer.sig"))
    only("outsider")
    assert exit_code(script.fund, order) == 0
    assert state(escrow, order) == State.FUNDED
    assert token.balanceOf(people["buyer"]) == 900 * LVO
    assert token.allowance(people["buyer"], escrow) == 0
    assert exit_code(script.fund, order) == 1
    later(7 * DAY)
    capsys.readouterr()
    assert exit_code(script.timeout, order, order) == 0
    assert "1 closed, 1 not due" in said(capsys)
    assert token.balanceOf(people["buyer"]) == 1_020 * LVO


def test_deploy_makes_an_escrow_to_try_or_for_a_token(token, people, only, monkeypatch, tmp_path, capsys):
    only(*ROLES)
    monkeypatch.setattr(script, "read_record", lambda chain_id: None)
    assert exit_code(script.deploy) == 0
    assert "account 5" in said(capsys)
    assert exit_code(script.deploy, token.address) == 0
    assert f"The escrow for LVO {token.address} is 0x" in said(capsys)
    assert exit_code(script.deploy, people["buyer"].address) == 1
    written = {}
    monkeypatch.setattr(script, "read_record", lambda chain_id: {"contracts": {"LVOToken": {"address": token.address}}})
    monkeypatch.setattr(script, "write_record", lambda chain_id, document: written.update(document) or tmp_path)
    assert exit_code(script.deploy) == 0
    (key,) = set(written["contracts"]) - {"LVOToken"}
    assert key.startswith("RetailEscrow 0x")


# Bad input, each with the contract's error and a sentence


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("inspect_within: 14 days", "inspect_within: 0", "RetailEscrow_WindowOutOfBounds(0, 34560000)"),
        ("ship_within: 7 days", "ship_within: 401 days", "RetailEscrow_WindowOutOfBounds(34646400, 34560000)"),
        ("fund_by: 2100-01-01", "fund_by: 2020-01-01", "RetailEscrow_TooLate("),
        ("price: 30", "price: 99999999999", "RetailEscrow_PriceOutOfBounds("),
        ("silent_buyer: 60 %", "silent_buyer: 101 %", "'101 %' is more than the whole"),
        ("silent_buyer: 60 %", "silent_buyer: 10001 bps", "'10001 bps' is more than the whole"),
        ("price: 40", "price: forty", "is not a decimal amount of LVO"),
        ("fee_to:", "pay_to:", "this key is not known here"),
        ("chain: 1337\n", "", "the key chain is missing"),
    ],
)
def test_draft_refuses_what_the_contract_would(write, tmp_path, capsys, old, new, words):
    path = tmp_path / "order.json"
    assert exit_code(script.draft, write(change=(old, new)), str(path)) == 1
    assert words in said(capsys)
    assert not path.exists()


def test_draft_refuses_a_price_of_zero_and_an_arbiter_that_takes_part(write, people, tmp_path, capsys):
    path = str(tmp_path / "order.json")
    free = {"mugs": ("price: 30", "price: 0"), "poster": ("price: 40", "price: 0")}
    assert exit_code(script.draft, write(**free), path) == 1
    assert "RetailEscrow_PriceOutOfBounds(0, 79228162514264337593543950335)" in said(capsys)
    arbiter = (people["arbiter"].address, people["merchant"].address)
    assert exit_code(script.draft, write(arbiter=arbiter), path) == 1
    assert "RetailEscrow_ArbiterNotNeutral" in said(capsys)


def test_fund_refuses_an_order_that_is_not_signed_altered_or_of_another_chain(order, only, capsys):
    only("buyer")
    signature = order.replace(".json", ".merchant.sig")
    with open(signature) as file:
        good = file.read()
    os.remove(signature)
    assert exit_code(script.fund, order) == 1
    assert "RetailEscrow_InvalidSigner(nobody" in said(capsys)
    with open(signature, "w") as file:
        file.write(good)
    with open(order) as file:
        document = json.load(file)

    def altered(change):
        copy = json.loads(json.dumps(document))
        change(copy)
        with open(order, "w") as file:
            json.dump(copy, file)
        assert exit_code(script.fund, order) == 1
        return said(capsys)

    assert "RetailEscrow_InvalidSigner(0x" in altered(lambda copy: copy["message"].update(salt="7"))
    assert "ItemsDoNotSum" in altered(lambda copy: copy["message"].update(price=str(LVO)))
    assert "This is chain 1337" in altered(lambda copy: copy["domain"].update(chainId=1))
    assert "do not sign it" in altered(lambda copy: copy["domain"].update(name="RetailEscrow"))
    assert "do not sign it" in altered(lambda copy: copy["types"]["Order"].pop())
    assert "is not an order" in altered(lambda copy: copy["message"].pop("buyer"))


def test_fund_says_who_has_not_allowed_or_has_not_enough(escrow, token, people, order, only, capsys):
    token.approve(escrow, 0, {"from": people["merchant"]}, silent=True)
    only("buyer")
    assert exit_code(script.fund, order) == 1
    words = said(capsys)
    assert "ERC20InsufficientAllowance(" in words
    assert "brownie run escrow allow" in words
    token.approve(escrow, 100 * LVO, {"from": people["merchant"]}, silent=True)
    token.transfer(people["deployer"], 950 * LVO, {"from": people["buyer"]}, silent=True)
    assert exit_code(script.fund, order) == 1
    assert "ERC20InsufficientBalance(" in said(capsys)
    # Somebody else cannot permit for the buyer.
    only("merchant")
    token.transfer(people["buyer"], 950 * LVO, {"from": people["deployer"]}, silent=True)
    assert exit_code(script.fund, order) == 1
    assert "ERC20InsufficientAllowance(" in said(capsys)


def test_verbs_refuse_the_wrong_moment_and_the_wrong_person(escrow, order, only, capsys):
    only("buyer")
    assert exit_code(script.confirm, order) == 1
    assert "RetailEscrow_WrongState" in said(capsys)
    assert exit_code(script.fund, order) == 0
    assert exit_code(script.ship, order, "x") == 1
    assert "Only the merchant" in said(capsys)
    assert exit_code(script.cancel, order) == 1
    only("merchant")
    later(7 * DAY)
    capsys.readouterr()
    assert exit_code(script.ship, order, "x") == 1
    words = said(capsys)
    assert "RetailEscrow_TooLate" in words
    assert "is overdue: anyone sends timeout, and all goes to the buyer, with the bond" in words


def test_items_are_chosen_by_name(escrow, order, only, capsys):
    only("buyer", "merchant")
    exit_code(script.fund, order)
    for skus, words in (
        (("cup",), "has no item 'cup'"),
        (("mug-blue=3",), "is not from 1 to 2"),
        (("mug-blue", "poster", "poster"), "RetailEscrow_AmountOutOfBounds"),
    ):
        capsys.readouterr()
        assert exit_code(script.refund, order, *skus) == 1
        assert words in said(capsys)


def test_demo_runs_to_its_end(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(script, "DEMO", tmp_path / "demo")
    assert exit_code(script.demo) == 0
    words = said(capsys)
    assert "Closed (unruled): 36 LVO to the buyer" in words
    assert "Every wei is where the signed orders say." in words
