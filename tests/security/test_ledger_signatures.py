"""Attacks on what RewardLedger takes signatures for: claims to a receiver, and deposits."""

import pytest

from lvo.models.base import NOBODY
from lvo.typed_data import ledger_message, sign
from lvo.units import LVO
from tests.chain.interface import person
from tests.helpers import FOREVER, reverts, sign_token
from tests.security.test_signatures import CURVE_ORDER, MAGIC
from tests.streams import DATA, DELAY, NONE, List

AMOUNT = 100 * LVO


@pytest.fixture
def chain(chain):
    """Signatures are checked by the same code on both chains, and the machines use them on both."""
    if chain.name == "ganache":
        pytest.skip("the machines check signatures on both chains")
    return chain


def signature_of(ledger, signer, account, receiver, chain_id=None, contract=None, **changes):
    """What ``signer`` signs so that ``account`` is paid at the receiver's."""
    fields = {"account": account, "cumulative": AMOUNT, "receiver": receiver, "nonce": 0, "deadline": FOREVER} | changes
    where = (chain_id or ledger.chain.chain_id, contract or ledger.address)
    return sign(ledger_message("ClaimTo", *where, **fields), person(signer).key)


def refused(ledger, paying, account, receiver, signature, **changes):
    """Assert that the claim is taken for unsigned, and nothing moves."""
    terms = {"cumulative": AMOUNT, "receiver": receiver, "deadline": FOREVER} | changes
    args = (account, terms["cumulative"], paying.proof(account), terms["receiver"], terms["deadline"])
    sender = ledger.chain.actor("outsider")
    receipt = ledger.try_send("claimTo", *args, signature, NONE, sender=sender)
    assert receipt.error.name == "RewardLedger_InvalidSigner", receipt
    assert ledger.view("paid", account) == 0


def test_signature_of_another_chain_ledger_or_account_is_refused(chain, ledger, token, paying, terms, bob, carol):
    neighbour = chain.deploy("RewardLedger", tuple(terms), sender=bob).address
    refused(ledger, paying, bob, carol, signature_of(ledger, "bob", bob, carol, chain_id=chain.chain_id + 1))
    refused(ledger, paying, bob, carol, signature_of(ledger, "bob", bob, carol, contract=neighbour))
    refused(ledger, paying, bob, carol, signature_of(ledger, "bob", bob, carol, contract=token.address))
    # Carol is listed too, and signed with her own key: neither as bob, nor bob as her.
    refused(ledger, paying, bob, carol, signature_of(ledger, "carol", carol, carol))
    refused(ledger, paying, carol, bob, signature_of(ledger, "bob", bob, bob))


def test_signature_covers_every_field(ledger, paying, bob, carol, outsider):
    """The thief of a signature cannot change who receives, how much, under which nonce or until when."""
    signature = signature_of(ledger, "bob", bob, carol, deadline=2**40)
    refused(ledger, paying, bob, carol, signature)
    refused(ledger, paying, bob, outsider, signature, deadline=2**40)
    refused(ledger, paying, bob, carol, signature, deadline=2**40 + 1)
    refused(ledger, paying, bob, carol, signature_of(ledger, "bob", bob, carol, cumulative=AMOUNT - 1))
    refused(ledger, paying, bob, carol, signature_of(ledger, "bob", bob, carol, nonce=1))
    args = (bob, AMOUNT, paying.proof(bob), carol, 2**40, signature, NONE)
    assert ledger.send("claimTo", *args, sender=outsider).error is None


def test_signature_in_another_form_is_refused(ledger, paying, bob, carol):
    """High s, 64 bytes, none, one byte more, twice, ten thousand zeros: there is one form."""
    signature = signature_of(ledger, "bob", bob, carol)
    r, s, v = signature[:32], signature[32:64], signature[64]
    twin = r + (CURVE_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big") + bytes([55 - v])
    compact = r + (int.from_bytes(s, "big") | (v - 27) << 255).to_bytes(32, "big")
    for form in (twin, compact, b"", signature + b"\0", signature * 2, bytes(65), bytes(10_000)):
        refused(ledger, paying, bob, carol, form)


def test_nobody_signs_for_the_zero_address(ledger, token, operator, bob, carol, outsider):
    made = List(ledger, {NOBODY: AMOUNT, bob: AMOUNT})
    ledger.send("propose", made.tree.root, 2 * AMOUNT, DATA, sender=operator)
    ledger.send("cancelClaims", sender=bob, at=ledger.chain.time + DELAY)
    for signature in (b"", bytes(65), b"\xff" * 65, signature_of(ledger, "bob", NOBODY, carol)):
        refused(ledger, made, NOBODY, carol, signature)
    # And nobody can have it paid to where no tokens can be.
    receipt = ledger.try_send("claim", NOBODY, AMOUNT, made.proof(NOBODY), sender=outsider)
    reverts(receipt, "ERC20InvalidReceiver", NOBODY)


def test_signed_claim_is_carried_out_once_and_not_after_a_rise(ledger, token, paying, operator, bob, carol, outsider):
    """A used signature does not take what later lists give."""
    args = (bob, AMOUNT, paying.proof(bob), carol, FOREVER, signature_of(ledger, "bob", bob, carol), NONE)
    ledger.send("claimTo", *args, sender=outsider)
    later = List(ledger, {bob: 3 * AMOUNT, carol: 200 * LVO, outsider: 300 * LVO})
    ledger.send("propose", later.tree.root, 800 * LVO, DATA, sender=operator)
    at = ledger.chain.time + DELAY
    again = ledger.try_send("claimTo", *args, sender=outsider, at=at)
    reverts(again, "RewardLedger_NothingDue", bob, AMOUNT, AMOUNT)
    more = (bob, 3 * AMOUNT, later.proof(bob), *args[3:])
    assert ledger.try_send("claimTo", *more, sender=outsider).error.name == "RewardLedger_InvalidSigner"
    assert token.view("balanceOf", carol) == AMOUNT


# Contract wallets


@pytest.fixture
def wallet_list(ledger, operator, bob):
    """Makes a contract wallet that a list names."""

    def make(name, *args):
        wallet = ledger.chain.deploy(name, *args, sender=bob)
        made = List(ledger, {wallet.address: AMOUNT, bob: AMOUNT})
        ledger.send("propose", made.tree.root, ledger.view("total") + 2 * AMOUNT, DATA, sender=operator)
        ledger.send("cancelClaims", sender=bob, at=ledger.chain.time + DELAY)
        return wallet, made

    return make


def test_wallet_that_accepts_is_paid_where_it_says(ledger, token, wallet_list, bob, carol, outsider):
    wallet, made = wallet_list("OwnerWallet", bob)
    refused(ledger, made, wallet.address, carol, signature_of(ledger, "carol", wallet.address, carol))
    signature = signature_of(ledger, "bob", wallet.address, carol)
    args = (wallet.address, AMOUNT, made.proof(wallet.address), carol, FOREVER)
    ledger.send("claimTo", *args, signature, NONE, sender=outsider)
    assert token.view("balanceOf", carol) == AMOUNT


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("RevertingWallet", ()),
        ("BurningWallet", ()),
        ("VerboseWallet", (bytes(32), 32)),
        ("VerboseWallet", (b"\xff" * 32, 32)),
        ("VerboseWallet", (MAGIC.ljust(32, b"\0"), 4)),
        ("VerboseWallet", (b"", 200_000)),
        ("FickleWallet", ()),
    ],
    ids=["reverts", "burns", "zeros", "ones", "too short", "returns much", "fickle"],
)
def test_wallet_that_does_not_accept_is_not_paid_elsewhere_and_not_locked_out(
    ledger, token, wallet_list, carol, outsider, name, args
):
    wallet, made = wallet_list(name, *(each.ljust(32, b"\0") if isinstance(each, bytes) else each for each in args))
    refused(ledger, made, wallet.address, carol, b"\1" * 65)
    ledger.send("claim", wallet.address, AMOUNT, made.proof(wallet.address), sender=outsider)
    assert token.view("balanceOf", wallet.address) == AMOUNT


def test_wallet_that_changes_its_mind_is_asked_when_it_counts(ledger, token, wallet_list, bob, carol, outsider):
    wallet, made = wallet_list("FickleWallet")
    wallet.send("setMind", True, sender=bob)
    wallet.send("setMind", False, sender=bob)
    refused(ledger, made, wallet.address, carol, b"")
    wallet.send("setMind", True, sender=bob)
    args = (wallet.address, AMOUNT, made.proof(wallet.address), carol, FOREVER, b"", NONE)
    ledger.send("claimTo", *args, sender=outsider)
    assert token.view("balanceOf", carol) == AMOUNT


# Deposits


def test_authorization_of_a_deposit_pays_for_nothing_else(chain, ledger, token, terms, alice, outsider):
    """Neither at another ledger, nor as a transfer, nor by who sends it straight to the token."""
    neighbour = chain.deploy("RewardLedger", tuple(terms), sender=alice)
    salt = bytes(32)
    nonce = ledger.view("fundHash", alice, 5, salt)
    fields = {"from": alice, "to": ledger.address, "value": 5, "validAfter": 0, "validBefore": FOREVER, "nonce": nonce}
    signature = sign_token(token, "alice", "ReceiveWithAuthorization", **fields)
    args = (alice, 5, salt, (0, FOREVER, signature))
    assert neighbour.try_send("fundWithAuthorization", *args, sender=outsider).error.name == "LVOToken_InvalidSigner"
    straight = token.try_send("receiveWithAuthorization", *fields.values(), signature, sender=outsider)
    reverts(straight, "LVOToken_CallerNotReceiver", nonce, outsider, ledger.address)
    as_transfer = token.try_send("transferWithAuthorization", *fields.values(), signature, sender=outsider)
    assert as_transfer.error.name == "LVOToken_InvalidSigner"
    ledger.send("fundWithAuthorization", *args, sender=outsider)
    assert ledger.view("funded") == 1_000 * LVO + 5
