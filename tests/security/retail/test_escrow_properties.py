"""The eight properties that the formal benchmark fsainas/contracts-verification-benchmark lists for an escrow.

Its escrow has three states (Agree, Dispute, Redeem), one deposit and an arbiter that is paid by it. Each test bears the
property's name and says what it means here.
"""

import pytest

from lvo.models.escrow import Fault, Offer, State
from lvo.units import LVO
from tests.escrow_scenes import disputed_order, funded_order, shipped_order
from tests.helpers import FOREVER, reverts
from tests.retail import EVIDENCE, HALF, RULING, TRACKING, balances, draft, facts, offered, position

HUNDRED = 100 * LVO
OFFER = Offer(HUNDRED, 1, 0, FOREVER)


def acts(order):
    """Everything that can be called on an order, with arguments that would do."""
    remaining = 60 * LVO
    offer = Offer(remaining, 1, 0, FOREVER)
    return {
        "fund": (order.call, b"", b""),
        "cancel": (order.call,),
        "ship": (order.call, TRACKING),
        "confirm": (order.call,),
        "confirmPart": (order.call, 1),
        "confirmBySig": (order.call, facts(offer), b""),
        "refund": (order.call, 1),
        "dispute": (order.call, 1, EVIDENCE),
        "disputeWithAuthorization": (order.call, 1, EVIDENCE, (0, FOREVER, b"")),
        "concede": (order.call,),
        "rule": (order.call, 1, Fault.NONE),
        "settle": (order.call, facts(offer), b"", b""),
        "voidOffers": (order.call,),
        "timeout": (order.call,),
    }


def changed_by(escrow, order, sender, at):
    """What changes anything when `sender` calls it alone."""
    before, found = position(escrow, order), set()
    for name, args in acts(order).items():
        mark = escrow.chain.snapshot()
        escrow.try_send(name, *args, sender=sender, at=at)
        if position(escrow, order) != before:
            found.add(name)
        escrow.chain.rollback(mark)
    return found


def test_arbitrate_send(escrow, token, arbiter, platform, buyer, merchant):
    """A ruling pays exactly the signed fee, to who was signed; the arbiter itself gets nothing, ever."""
    order = disputed_order(escrow, 1)
    paid = token.view("balanceOf", platform)
    begins = position(escrow, order)[1] - RULING + HALF
    escrow.send("rule", order.call, 20 * LVO, Fault.NONE, sender=arbiter, at=begins)
    assert token.view("balanceOf", platform) - paid == 40 * LVO * 250 // 10_000
    assert token.view("balanceOf", arbiter) == 0


@pytest.mark.parametrize(("state", "buyers", "merchants"), [
    ("none", {"cancel"}, {"cancel"}),
    ("funded", {"voidOffers"}, {"cancel", "ship", "refund", "voidOffers"}),
    ("shipped", {"confirm", "confirmPart", "dispute", "voidOffers"}, {"refund", "voidOffers"}),
])  # fmt: skip
def test_auth_in_agree(escrow, buyer, merchant, arbiter, outsider, platform, state, buyers, merchants):
    """Before a dispute only buyer and merchant act, each only as listed; arbiter and strangers do nothing."""
    order = {"none": draft, "funded": funded_order, "shipped": shipped_order}[state](escrow, salt=1)
    for sender, can in ((buyer, buyers), (merchant, merchants), (arbiter, set()), (outsider, set()), (platform, set())):
        assert changed_by(escrow, order, sender, escrow.chain.time) == can


def test_auth_in_dispute(escrow, buyer, merchant, arbiter, outsider, platform):
    """In the arbiter's half of a dispute only the arbiter decides; before it each side may give in."""
    order = disputed_order(escrow, 1)
    begins = position(escrow, order)[1] - RULING + HALF
    for sender in (buyer, merchant):
        assert changed_by(escrow, order, sender, begins - 1) == {"concede", "voidOffers"}
        assert changed_by(escrow, order, sender, begins) == {"voidOffers"}
    assert changed_by(escrow, order, arbiter, begins - 1) == set()
    assert changed_by(escrow, order, arbiter, begins) == {"rule"}
    for sender in (outsider, platform):
        assert changed_by(escrow, order, sender, begins) == set()


def test_dispute_if_agree(escrow, buyer):
    """The buyer can dispute, in the very last second; the merchant needs no dispute: silence pays it."""
    order = shipped_order(escrow, 1)
    escrow.send("dispute", order.call, HUNDRED, EVIDENCE, sender=buyer, at=position(escrow, order)[1] - 1)
    assert position(escrow, order)[3] == State.DISPUTED


def test_dispute_onlyif_agree(escrow, buyer, merchant):
    """A dispute opens in the state Shipped and in no other."""
    for order in (draft(escrow, salt=1), funded_order(escrow, 2), disputed_order(escrow, 3)):
        state = position(escrow, order)[3]
        receipt = escrow.try_send("dispute", order.call, 1, EVIDENCE, sender=buyer)
        reverts(receipt, "RetailEscrow_WrongState", order.id, state)
    closed = funded_order(escrow, 4)
    escrow.send("cancel", closed.call, sender=merchant)
    receipt = escrow.try_send("dispute", closed.call, 1, EVIDENCE, sender=buyer)
    reverts(receipt, "RetailEscrow_WrongState", closed.id, State.CLOSED)


@pytest.mark.parametrize("make", [funded_order, shipped_order])
def test_no_send_in_agree(escrow, token, buyer, merchant, arbiter, outsider, make):
    """While nobody disagrees and no deadline has come, nobody takes out a wei for itself."""
    order = make(escrow, 1)
    for sender in (buyer, merchant, arbiter, outsider):
        before = token.view("balanceOf", sender)
        for name, args in acts(order).items():
            mark = escrow.chain.snapshot()
            escrow.try_send(name, *args, sender=sender, at=position(escrow, order)[1] - 1)
            bond = 20 * LVO if name == "cancel" and sender == merchant else 0
            assert token.view("balanceOf", sender) <= before + bond
            escrow.chain.rollback(mark)


@pytest.mark.parametrize("award", [0, 1, 30 * LVO, 60 * LVO])
@pytest.mark.parametrize("fault", list(Fault))
def test_recipient_buyer_or_seller(escrow, token, arbiter, award, fault):
    """Every payment goes to buyer, merchant or, as the fee, to who was signed."""
    order = disputed_order(escrow, 1)
    begins = position(escrow, order)[1] - RULING + HALF
    receipt = escrow.send("rule", order.call, award, fault, sender=arbiter, at=begins)
    paid = [event.args for event in receipt.events if event.name == "Transfer"]
    assert {to for _, to, _ in paid} <= {order.buyer, order.merchant, order.fee_to}
    assert {origin for origin, _, _ in paid} == {escrow.address}


def test_redeem_send(escrow, token, buyer, merchant, platform):
    """Whoever wins, what was deposited is paid out to the wei: price and both bonds."""
    for salt, end in enumerate(("confirm", "concede", "settle")):
        held = sum(balances(token, buyer, merchant, platform))
        order = shipped_order(escrow, salt) if end == "confirm" else disputed_order(escrow, salt, claim=HUNDRED)
        if end == "settle":
            consent = offered("Settlement", order, OFFER, "merchant")
            escrow.send("settle", order.call, facts(OFFER), b"", consent, sender=buyer)
        else:
            escrow.send(end, order.call, sender=buyer)
        assert sum(balances(token, buyer, merchant, platform)) == held
        assert token.view("balanceOf", escrow.address) == 0
