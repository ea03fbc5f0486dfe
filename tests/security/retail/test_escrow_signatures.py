"""Attacks on the signatures that the escrow takes: elsewhere, altered, by another, in another form, again."""

from dataclasses import fields, replace

import pytest

from lvo.models.base import NOBODY
from lvo.models.escrow import Offer, State
from lvo.typed_data import recover
from lvo.units import LVO
from tests.escrow_scenes import funded_order, shipped_order
from tests.helpers import FOREVER, reverts
from tests.retail import draft, facts, offer_message, offered, payment, position, signed

HUNDRED = 100 * LVO
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
MAGIC = bytes.fromhex("1626ba7e")


def refused(escrow, order, signature, signer, buyer):
    """The merchant wants to fund with what should be the buyer's signature."""
    receipt = escrow.try_send("fund", order.call, signature, b"", sender=order.merchant)
    reverts(receipt, "RetailEscrow_InvalidSigner", signer, buyer)
    assert position(escrow, order)[3] == State.NONE


def test_signed_order_works_when_nobody_attacks(escrow, order, merchant):
    """What the attacks are measured against."""
    assert escrow.send("fund", order.call, signed(order, "buyer"), b"", sender=merchant).error is None


@pytest.mark.parametrize("name", [field.name for field in fields(draft.__annotations__["return"])])
def test_altering_any_field_makes_the_signature_a_strangers(escrow, chain, order, buyer, merchant, name):
    """Also chain and contract, which are in the domain, and every line of the list of items."""
    old = getattr(order, name)
    changes = {"items": (*old, old[0]) if name == "items" else None, "merchant": None, "buyer": None}
    new = changes.get(name)
    if name in ("buyer", "merchant", "arbiter", "fee_to", "escrow"):
        new = chain.actor("outsider")
    elif new is None:
        new = old[::-1] if isinstance(old, bytes) else old + 1
    signature = signed(replace(order, **{name: new}), "buyer")
    refused(escrow, order, signature, recover(order.message, signature), buyer)


@pytest.mark.parametrize("change", [{"sku": "mug, red"}, {"quantity": 3}, {"price": 1}])
def test_altering_an_item_makes_the_signature_a_strangers(escrow, order, buyer, change):
    items = (replace(order.items[0], **change), order.items[1])
    signature = signed(replace(order, items=items), "buyer")
    refused(escrow, order, signature, recover(order.message, signature), buyer)


def test_signature_of_another_escrow_is_refused(chain, escrow, token, alice, order, buyer):
    other = chain.deploy("RetailEscrow", token.address, sender=alice)
    signature = signed(replace(order, escrow=other.address), "buyer")
    refused(escrow, order, signature, recover(order.message, signature), buyer)


def test_signature_from_before_a_fork_is_refused_after_it(chain, escrow, order, buyer):
    """The chain id is read when a signature is checked, not remembered from the deployment."""
    fork = chain.fork(chain.chain_id + 1)
    forked = fork.contracts[escrow.address]
    assert forked.view("DOMAIN_SEPARATOR") != escrow.view("DOMAIN_SEPARATOR")
    there = replace(order, chain_id=fork.chain_id)
    assert forked.view("orderId", order.call) == there.id != order.id
    receipt = forked.try_send("fund", order.call, signed(order, "buyer"), b"", sender=order.merchant)
    reverts(receipt, "RetailEscrow_InvalidSigner", recover(there.message, signed(order, "buyer")), buyer)


def test_signature_of_one_side_does_not_count_as_the_others(escrow, order, buyer, merchant, outsider):
    consents = signed(order, "merchant"), signed(order, "buyer")
    receipt = escrow.try_send("fund", order.call, *consents, sender=outsider)
    reverts(receipt, "RetailEscrow_InvalidSigner", merchant, buyer)


def test_malformed_signatures_are_nobodys(escrow, order, buyer):
    good = signed(order, "buyer")
    s = int.from_bytes(good[32:64], "big")
    high = good[:32] + (CURVE_ORDER - s).to_bytes(32, "big") + bytes([55 - good[64]])
    compact = good[:32] + (s | (good[64] - 27) << 255).to_bytes(32, "big")
    wrong = [good[:64] + bytes([v]) for v in (0, 1, 26, 29, 255)]
    for signature in (b"", bytes(65), compact, high, good + b"\0", good * 2, bytes(5_000), *wrong):
        refused(escrow, order, signature, NOBODY, buyer)


# Contract wallets


@pytest.fixture
def wallets(chain, escrow, token, alice):
    """Makes a wallet with 100 LVO and, written into the token, an allowance for the escrow."""

    def make(name, *args):
        wallet = chain.deploy(name, *args, sender=alice)
        token.send("transfer", wallet.address, HUNDRED, sender=alice)
        return wallet

    return make


def test_wallet_buys_and_sells(chain, escrow, token, wallets, alice, bob, outsider):
    """Both sides are wallets; a stranger carries their signatures."""
    buyer, merchant = wallets("OwnerWallet", alice), wallets("OwnerWallet", bob)
    for wallet, owner in ((buyer, alice), (merchant, bob)):
        wallet.send("execute", token.address, token.encode("approve", escrow.address, FOREVER), sender=owner)
    order = draft(escrow, buyer=buyer.address, merchant=merchant.address)
    escrow.send("fund", order.call, signed(order, "alice"), signed(order, "bob"), sender=outsider)
    merchant.send("execute", escrow.address, escrow.encode("ship", order.call, bytes(32)), sender=bob)
    offer = Offer(HUNDRED, HUNDRED, 0, FOREVER)
    signature = offered("Confirmation", order, offer, "alice")
    escrow.send("confirmBySig", order.call, facts(offer), signature, sender=outsider)
    assert token.view("balanceOf", merchant.address) == 2 * HUNDRED - 25 * 10**17


def test_wallet_pays_by_authorization(escrow, token, wallets, alice, merchant, outsider):
    wallet = wallets("OwnerWallet", alice)
    order = draft(escrow, buyer=wallet.address)
    paid = payment(token, order, HUNDRED, order.id, "alice")
    escrow.send("fundWithAuthorization", order.call, paid, signed(order, "merchant"), sender=outsider)
    assert token.view("balanceOf", wallet.address) == 0


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("RevertingWallet", ()),
        ("BurningWallet", ()),
        ("FickleWallet", ()),
        ("VerboseWallet", (MAGIC.ljust(32, b"\0"), 31)),
        ("VerboseWallet", (bytes(31) + b"\1", 32)),
        ("VerboseWallet", (bytes(32), 100_000)),
    ],
)
def test_wallet_that_does_not_say_yes_is_refused(escrow, wallets, merchant, outsider, name, args):
    """Reverting, burning all gas, answering too little, wrongly or much of nothing."""
    wallet = wallets(name, *args)
    order = draft(escrow, buyer=wallet.address)
    receipt = escrow.try_send("fund", order.call, b"\1", signed(order, "merchant"), sender=outsider)
    reverts(receipt, "RetailEscrow_InvalidSigner", NOBODY, wallet.address)


def test_wallet_that_changes_its_mind_counts_when_asked(escrow, token, wallets, alice, merchant, outsider):
    """A yes is not remembered, and a no afterwards does not stop the money."""
    wallet = wallets("FickleWallet")
    order = draft(escrow, merchant=wallet.address, merchant_bond=0)
    args = (order.call, signed(order, "buyer"), b"")
    reverts(escrow.try_send("fund", *args, sender=outsider), "RetailEscrow_InvalidSigner", NOBODY, wallet.address)
    wallet.send("setMind", True, sender=alice)
    escrow.send("fund", *args, sender=outsider)
    wallet.send("setMind", False, sender=alice)
    escrow.send("timeout", order.call, sender=outsider, at=position(escrow, order)[1])
    assert token.view("balanceOf", escrow.address) == 0


def test_authorization_pays_for_its_order_only(escrow, token, order, other_order, buyer, merchant, outsider):
    """Nobody can spend it directly, on another order, for another amount, or twice."""
    paid = payment(token, order, HUNDRED, order.id, "buyer")
    direct = (buyer, escrow.address, HUNDRED, paid[0], paid[1], order.id, paid[2])
    receipt = token.try_send("receiveWithAuthorization", *direct, sender=outsider)
    reverts(receipt, "LVOToken_CallerNotReceiver", order.id, outsider, escrow.address)
    receipt = token.try_send("transferWithAuthorization", *direct, sender=outsider)
    assert receipt.error.name == "LVOToken_InvalidSigner"
    args = (other_order.call, paid, signed(other_order, "merchant"))
    receipt = escrow.try_send("fundWithAuthorization", *args, sender=outsider)
    assert receipt.error.name == "LVOToken_InvalidSigner"
    token_free = escrow.send("fundWithAuthorization", order.call, paid, signed(order, "merchant"), sender=outsider)
    assert token_free.error is None


def test_canceled_order_is_not_paid_by_its_authorization(escrow, token, order, buyer, outsider):
    paid = payment(token, order, HUNDRED, order.id, "buyer")
    escrow.send("cancel", order.call, sender=buyer)
    args = (order.call, paid, signed(order, "merchant"))
    receipt = escrow.try_send("fundWithAuthorization", *args, sender=outsider)
    reverts(receipt, "RetailEscrow_WrongState", order.id, State.CLOSED)


def test_allowance_is_spent_on_signed_orders_only(escrow, order, buyer, merchant, outsider):
    """The buyer allowed the escrow everything; neither merchant nor stranger can name it as a buyer."""
    for sender, consent in ((merchant, b""), (outsider, signed(order, "merchant"))):
        receipt = escrow.try_send("fund", order.call, b"", consent, sender=sender)
        reverts(receipt, "RetailEscrow_InvalidSigner", NOBODY, buyer)


def test_confirmation_and_settlement_are_told_apart(escrow, merchant, buyer):
    """Same fields, another type: one does not count as the other."""
    order = shipped_order(escrow, 1)
    offer = Offer(HUNDRED, HUNDRED, 0, FOREVER)
    given = offered("Confirmation", order, offer, "buyer")
    receipt = escrow.try_send("settle", order.call, facts(offer), given, b"", sender=merchant)
    reverts(receipt, "RetailEscrow_InvalidSigner", recover(offer_message("Settlement", order, offer), given), buyer)


def test_dirty_address_is_not_the_same_order(escrow, merchant):
    """The id hashes calldata as it is; an address with dirty upper bits can neither be funded nor closed."""
    order = funded_order(escrow, 1)
    for function in ("cancel", "timeout", "orderId"):
        data = bytearray(escrow.encode(function, order.call))
        data[4] = 1
        outcome = escrow.chain.transact(merchant, escrow.address, bytes(data), escrow.chain.time)
        if function == "orderId":
            assert outcome.output != order.id
        else:
            assert not outcome.ok
    assert position(escrow, order)[3] == State.FUNDED
