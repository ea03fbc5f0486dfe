"""What went wrong in other escrows, tried here: five attacks on Kleros' escrow, and defects of others."""

import re

import pytest

from lvo.models.base import NOBODY
from lvo.models.escrow import Fault, Offer, Outcome, State
from lvo.units import LVO
from tests.escrow_scenes import disputed_order, funded_order, shipped_order
from tests.helpers import FOREVER, event_args, reverts
from tests.retail import HALF, RULING, SHIP, balances, draft, facts, offered, position, signed

HUNDRED = 100 * LVO


# Five attacks on Kleros' escrow


def test_kleros_1_deadline_in_the_past_lets_a_stranger_execute_at_once(escrow, buyer, outsider):
    """There an order with a past deadline can be created; here deadlines are counted from now, and all are ahead."""
    late = draft(escrow, fund_by=escrow.chain.time)
    args = (late.call, b"", signed(late, "merchant"))
    reverts(
        escrow.try_send("fund", *args, sender=buyer, at=escrow.chain.time),
        "RetailEscrow_TooLate", late.id, escrow.chain.time, late.fund_by,
    )  # fmt: skip
    order = funded_order(escrow, 2)
    receipt = escrow.try_send("timeout", order.call, sender=outsider, at=escrow.chain.time)
    reverts(receipt, "RetailEscrow_TooEarly", order.id, escrow.chain.time, escrow.chain.time + SHIP)


def test_kleros_2_free_settlement_offer_disables_the_release(escrow, token, buyer, merchant, outsider):
    """There an offer, which is free, ends the automatic release for ever; here no offer moves a deadline."""
    order = shipped_order(escrow, 1)
    deadline = position(escrow, order)[1]
    offer = Offer(HUNDRED, HUNDRED, 0, FOREVER)
    for who in ("buyer", "outsider"):
        consent = offered("Settlement", order, offer, who)
        receipt = escrow.try_send("settle", order.call, facts(offer), consent, b"", sender=buyer)
        assert receipt.error.name == "RetailEscrow_InvalidSigner"
    for _ in range(3):
        escrow.send("voidOffers", order.call, sender=buyer)
    escrow.send("confirmPart", order.call, 1, sender=buyer)
    escrow.send("refund", order.call, 1, sender=merchant)
    assert position(escrow, order)[1] == deadline
    escrow.send("timeout", order.call, sender=outsider, at=deadline)
    assert position(escrow, order)[3] == State.CLOSED
    assert token.view("balanceOf", escrow.address) == 0


def test_kleros_3_changing_the_arbitrator_of_open_cases(escrow, outsider, arbiter):
    """There governance changes the arbitrator of open cases; here it is signed, and nothing can write to it."""
    order = disputed_order(escrow, 1)
    powers = re.compile("(set|change|replace|transfer|renounce|upgrade|pause|grant|revoke)[A-Z]|pause|upgrade|owner")
    assert [name for name, _ in escrow.artifact.functions if powers.match(name)] == []
    begins = position(escrow, order)[1] - RULING + HALF
    # An order with another arbiter is another order, of which nothing is known.
    swapped = draft(escrow, salt=1, arbiter=outsider)
    receipt = escrow.try_send("rule", swapped.call, 0, Fault.NONE, sender=outsider, at=begins)
    reverts(receipt, "RetailEscrow_WrongState", swapped.id, State.NONE)
    assert escrow.send("rule", order.call, 0, Fault.NONE, sender=arbiter).error is None


@pytest.mark.parametrize("role", ["buyer", "merchant", "fee_to"])
def test_kleros_4_ruling_for_who_cannot_receive_loses_the_money(escrow, token, role):
    """There a failed payment is ignored; here nobody is named who cannot be paid, and LVO refuses nobody else."""
    for account in (NOBODY, token.address, escrow.address):
        order = draft(escrow, **{role: account})
        receipt = escrow.try_send("fund", order.call, b"", b"", sender=escrow.chain.actor("buyer"))
        reverts(receipt, "TokenIntake_InvalidReceiver", account)


def test_kleros_4_a_wallet_without_any_code_for_money_is_paid_all_the_same(escrow, token, chain, alice, merchant):
    wallet = chain.deploy("OwnerWallet", alice, sender=alice)
    token.send("transfer", wallet.address, HUNDRED, sender=alice)
    order = draft(escrow, buyer=wallet.address)
    approve = token.encode("approve", escrow.address, FOREVER)
    wallet.send("execute", token.address, approve, sender=alice)
    escrow.send("fund", order.call, signed(order, "alice"), b"", sender=merchant)
    escrow.send("cancel", order.call, sender=merchant)
    assert token.view("balanceOf", wallet.address) == HUNDRED


@pytest.mark.parametrize("act", ["rule", "timeout"])
def test_kleros_5_gas_starvation_pays_one_side_and_closes(chain, escrow, token, buyer, merchant, platform, act):
    """There a gas limit was found at which one of two payments failed unseen; here it is all or nothing."""
    order = disputed_order(escrow, 1)
    deadline = position(escrow, order)[1]
    at, sender = (deadline - 1, order.arbiter) if act == "rule" else (deadline, chain.actor("outsider"))
    args = (order.call, 30 * LVO, Fault.MERCHANT) if act == "rule" else (order.call,)
    data = escrow.encode(act, *args)
    before = balances(token, buyer, merchant, platform, escrow.address)
    seen = set()
    for gas in range(30_000, 130_000, 500):
        mark = chain.snapshot()
        outcome = chain.transact(sender, escrow.address, data, at, gas=gas)
        after = balances(token, buyer, merchant, platform, escrow.address)
        assert (after == before) is not outcome.ok
        if outcome.ok:
            assert after[3] == 0
            assert sum(after) == sum(before)
        seen.add(outcome.ok)
        chain.rollback(mark)
    assert seen == {True, False}


# Defects of others


def test_boson_silent_seller_wins_the_dispute(escrow, token, buyer, outsider):
    """There a seller that ignores a dispute gets everything; here silence in a dispute favours nobody but as signed."""
    order = disputed_order(escrow, 1, claim=HUNDRED)
    escrow.send("timeout", order.call, sender=outsider, at=position(escrow, order)[1])
    assert token.view("balanceOf", buyer) == 900 * LVO + 60 * LVO


def test_boson_signed_resolution_cannot_be_taken_back(escrow, buyer, merchant):
    """There it has neither round nor expiry; here it has both, and what is paid in between voids it too."""
    order = disputed_order(escrow, 1)
    offer = Offer(60 * LVO, 50 * LVO, 0, FOREVER)
    consent = offered("Settlement", order, offer, "buyer")
    escrow.send("voidOffers", order.call, sender=buyer)
    receipt = escrow.try_send("settle", order.call, facts(offer), consent, b"", sender=merchant)
    reverts(receipt, "RetailEscrow_RoundDiffers", order.id, 0, 1)


def test_settlement_of_one_order_is_refused_at_another(escrow, merchant, buyer):
    one, other = funded_order(escrow, 1), funded_order(escrow, 2)
    offer = Offer(HUNDRED, 1, 0, FOREVER)
    consent = offered("Settlement", one, offer, "buyer")
    receipt = escrow.try_send("settle", other.call, facts(offer), consent, b"", sender=merchant)
    assert receipt.error.name == "RetailEscrow_InvalidSigner"
    assert receipt.error.facts[1] == buyer


def test_old_settlement_cannot_undo_a_missed_deadline(escrow, token, buyer, merchant, outsider):
    """A merchant that did not ship cannot save its bond with an offer that the buyer had signed before."""
    order = funded_order(escrow, 1)
    offer = Offer(HUNDRED, HUNDRED, 0, FOREVER)
    consent = offered("Settlement", order, offer, "buyer")
    deadline = position(escrow, order)[1]
    receipt = escrow.try_send("settle", order.call, facts(offer), consent, b"", sender=merchant, at=deadline)
    reverts(receipt, "RetailEscrow_TooLate", order.id, deadline, deadline)
    escrow.send("timeout", order.call, sender=outsider)
    assert token.view("balanceOf", buyer) == 1_020 * LVO


def test_smart_invoice_silent_resolver_locks_for_ever(escrow, token, outsider):
    order = disputed_order(escrow, 1)
    receipt = escrow.send("timeout", order.call, sender=outsider, at=position(escrow, order)[1])
    assert event_args(receipt, "OrderClosed")[0][1] == Outcome.UNRULED
    assert token.view("balanceOf", escrow.address) == 0


def test_request_payer_freezes_and_takes_all_back(escrow, token, buyer, outsider):
    """There a payer that freezes gets everything after a year; here the rest is paid at once, the claim is judged."""
    order = disputed_order(escrow, 1, claim=1)
    assert token.view("balanceOf", order.merchant) > 1_070 * LVO
    escrow.send("timeout", order.call, sender=outsider, at=position(escrow, order)[1])
    assert token.view("balanceOf", buyer) == 900 * LVO


def test_ruling_twice_late_or_by_the_wrong_arbiter(escrow, arbiter, outsider, merchant):
    order = disputed_order(escrow, 1)
    deadline = position(escrow, order)[1]
    args = (order.call, 1, Fault.NONE)
    wrong = escrow.try_send("rule", *args, sender=outsider, at=deadline - RULING + HALF)
    reverts(wrong, "RetailEscrow_NotAllowed", outsider, arbiter)
    escrow.send("rule", *args, sender=arbiter)
    reverts(escrow.try_send("rule", *args, sender=arbiter), "RetailEscrow_WrongState", order.id, State.CLOSED)
    late = disputed_order(escrow, 2)
    end = position(escrow, late)[1]
    receipt = escrow.try_send("rule", late.call, 1, Fault.NONE, sender=arbiter, at=end)
    reverts(receipt, "RetailEscrow_TooLate", late.id, end, end)


def test_ruling_with_a_fault_that_does_not_exist(escrow, arbiter):
    order = disputed_order(escrow, 1)
    begins = position(escrow, order)[1] - RULING + HALF
    data = escrow.encode("rule", order.call, 1, 2)
    outcome = escrow.chain.transact(arbiter, escrow.address, data[:-1] + b"\3", begins)
    assert not outcome.ok
    assert position(escrow, order)[3] == State.DISPUTED


def test_closed_order_can_never_be_funded_again(escrow, order, buyer, merchant, outsider):
    """Tombstones: the signatures of both are still good, and good for nothing."""
    consents = (signed(order, "buyer"), signed(order, "merchant"))
    escrow.send("fund", order.call, *consents, sender=outsider)
    escrow.send("cancel", order.call, sender=merchant)
    receipt = escrow.try_send("fund", order.call, *consents, sender=outsider)
    reverts(receipt, "RetailEscrow_WrongState", order.id, State.CLOSED)


def test_donation_changes_nothing(escrow, token, alice, outsider):
    order = shipped_order(escrow, 1)
    token.send("transfer", escrow.address, 7, sender=alice)
    escrow.send("timeout", order.call, sender=outsider, at=position(escrow, order)[1])
    assert token.view("balanceOf", escrow.address) == 7
