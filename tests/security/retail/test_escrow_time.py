"""Every transition one second before its deadline, in it, and one after; and both sides in the same second."""

import pytest

from lvo.models.escrow import Fault, Offer, State
from lvo.units import LVO
from tests.escrow_scenes import disputed_order, funded_order, shipped_order
from tests.helpers import FOREVER, reverts
from tests.retail import (
    EVIDENCE,
    HALF,
    RULING,
    TRACKING,
    dispute_hash,
    draft,
    facts,
    offered,
    payment,
    position,
    signed,
)

HUNDRED = 100 * LVO
SECONDS = [-1, 0, 1]


def call(token, order, act):
    """Who does it, with which arguments."""
    offer = Offer(60 * LVO if act.endswith("disputed") else HUNDRED, 5, 0, FOREVER)
    consents = [offered("Settlement", order, offer, name) for name in ("buyer", "merchant")]
    return {
        "fund": ("buyer", "fund", (b"", signed(order, "merchant"))),
        "ship": ("merchant", "ship", (TRACKING,)),
        "cancel": ("merchant", "cancel", ()),
        "refund": ("merchant", "refund", (7,)),
        "refund of all": ("merchant", "refund", (HUNDRED,)),
        "confirm": ("buyer", "confirm", ()),
        "confirmPart": ("buyer", "confirmPart", (7,)),
        "confirmBySig": ("outsider", "confirmBySig", (facts(offer), offered("Confirmation", order, offer, "buyer"))),
        "dispute": ("buyer", "dispute", (5, EVIDENCE)),
        "disputeWithAuthorization": (
            "outsider", "disputeWithAuthorization",
            (5, EVIDENCE, payment(token, order, 10 * LVO, dispute_hash(order, 5), "buyer")),
        ),
        "settle": ("outsider", "settle", (facts(offer), *consents)),
        "settle, disputed": ("outsider", "settle", (facts(offer), *consents)),
        "rule": ("arbiter", "rule", (5, Fault.BUYER)),
        "concede by merchant": ("merchant", "concede", ()),
        "concede by buyer": ("buyer", "concede", ()),
    }[act]  # fmt: skip


ACTS = [
    ("fund", State.NONE), ("ship", State.FUNDED), ("cancel", State.FUNDED), ("refund", State.FUNDED),
    ("settle", State.FUNDED), ("refund", State.SHIPPED), ("refund of all", State.SHIPPED), ("confirm", State.SHIPPED),
    ("confirmPart", State.SHIPPED), ("confirmBySig", State.SHIPPED), ("dispute", State.SHIPPED),
    ("disputeWithAuthorization", State.SHIPPED), ("settle", State.SHIPPED), ("rule", State.DISPUTED),
    ("settle, disputed", State.DISPUTED),
]  # fmt: skip
MAKE = {State.NONE: draft, State.FUNDED: funded_order, State.SHIPPED: shipped_order, State.DISPUTED: disputed_order}


@pytest.mark.parametrize("late", SECONDS)
@pytest.mark.parametrize(("act", "state"), ACTS)
def test_act_at_its_deadline(escrow, token, act, state, late):
    """INV-ESC-2: it stands while now < deadline."""
    order = MAKE[state](escrow, salt=1)
    deadline = position(escrow, order)[1] or order.fund_by
    who, function, args = call(token, order, act)
    at = deadline + late
    receipt = escrow.try_send(function, order.call, *args, sender=escrow.chain.actor(who), at=at)
    if late < 0:
        assert receipt.error is None
    else:
        reverts(receipt, "RetailEscrow_TooLate", order.id, at, deadline)


@pytest.mark.parametrize("late", SECONDS)
@pytest.mark.parametrize("state", [State.FUNDED, State.SHIPPED, State.DISPUTED])
def test_timeout_at_the_deadline(escrow, token, outsider, state, late):
    """INV-ESC-2: it stands from now >= deadline."""
    order = MAKE[state](escrow, 1)
    deadline = position(escrow, order)[1]
    receipt = escrow.try_send("timeout", order.call, sender=outsider, at=deadline + late)
    if late < 0:
        reverts(receipt, "RetailEscrow_TooEarly", order.id, deadline + late, deadline)
    else:
        assert receipt.error is None
        assert token.view("balanceOf", escrow.address) == 0


@pytest.mark.parametrize("late", SECONDS)
@pytest.mark.parametrize("act", ["concede by merchant", "concede by buyer", "rule"])
def test_acts_at_the_middle_of_the_ruling_window(escrow, token, act, late):
    """Before it the sides, from it on the arbiter; the first half is the shorter of an odd window."""
    order = disputed_order(escrow, 1)
    begins = position(escrow, order)[1] - RULING + HALF
    assert begins == escrow.chain.time + 15
    who, function, args = call(token, order, act)
    at = begins + late
    receipt = escrow.try_send(function, order.call, *args, sender=escrow.chain.actor(who), at=at)
    if (act == "rule") is (late >= 0):
        assert receipt.error is None
    elif act == "rule":
        reverts(receipt, "RetailEscrow_TooEarly", order.id, at, begins)
    else:
        reverts(receipt, "RetailEscrow_TooLate", order.id, at, begins)


@pytest.mark.parametrize(("window", "early"), [(1, 0), (2, 1), (3, 1), (4, 2), (400 * 86_400, 200 * 86_400)])
def test_ruling_window_is_halved_rounding_down(escrow, arbiter, window, early):
    order = disputed_order(escrow, 1, ruling_window=window)
    begins = escrow.chain.time + early
    assert position(escrow, order)[1] == escrow.chain.time + window
    if early:
        receipt = escrow.try_send("rule", order.call, 0, Fault.NONE, sender=arbiter, at=begins - 1)
        reverts(receipt, "RetailEscrow_TooEarly", order.id, begins - 1, begins)
    assert escrow.try_send("rule", order.call, 0, Fault.NONE, sender=arbiter, at=begins).error is None


@pytest.mark.parametrize("late", SECONDS)
@pytest.mark.parametrize("kind", ["Settlement", "Confirmation"])
def test_offer_at_its_expiry(escrow, outsider, kind, late):
    order = shipped_order(escrow, 1)
    offer = Offer(HUNDRED, 5, 0, escrow.chain.time + 100)
    names = ("buyer", "merchant") if kind == "Settlement" else ("buyer",)
    consents = [offered(kind, order, offer, name) for name in names]
    function = {"Settlement": "settle", "Confirmation": "confirmBySig"}[kind]
    at = offer.expiry + late
    receipt = escrow.try_send(function, order.call, facts(offer), *consents, sender=outsider, at=at)
    if late < 0:
        assert receipt.error is None
    else:
        reverts(receipt, "RetailEscrow_TooLate", order.id, at, offer.expiry)


@pytest.mark.parametrize("first", ["act", "timeout"])
@pytest.mark.parametrize("late", [-1, 0])
@pytest.mark.parametrize(("act", "state"), ACTS[1:])
def test_act_and_timeout_in_one_second_in_both_orders(escrow, token, outsider, act, state, late, first):
    """Exactly one of them is possible in any second, so their order does not matter."""
    order = MAKE[state](escrow, salt=1)
    at = position(escrow, order)[1] + late
    who, function, args = call(token, order, act)
    results = {}
    for name in ("act", "timeout") if first == "act" else ("timeout", "act"):
        if name == "act":
            sent = escrow.try_send(function, order.call, *args, sender=escrow.chain.actor(who), at=at)
        else:
            sent = escrow.try_send("timeout", order.call, sender=outsider, at=at)
        results[name] = sent.error is None
    assert results == {"act": late < 0, "timeout": late >= 0}


def test_times_far_ahead_do_not_wrap(escrow, outsider):
    """The word holds 40 bits of seconds; an order that can be funded for ever works like any other."""
    order = funded_order(escrow, 1, fund_by=2**256 - 1)
    far = 2**39
    receipt = escrow.try_send("timeout", order.call, sender=outsider, at=far)
    assert receipt.error is None
    late = funded_order(escrow, 2, fund_by=2**256 - 1)
    assert position(escrow, late)[1] > far
