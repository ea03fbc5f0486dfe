"""Silence and gas: from every state everything gets out by strangers alone, at every gas limit whole or not at all."""

import pytest

from lvo.models.escrow import Fault, Offer
from lvo.units import LVO
from tests.escrow_scenes import disputed_order, funded_order, shipped_order
from tests.helpers import FOREVER
from tests.retail import EVIDENCE, balances, dispute_hash, draft, facts, offered, payment, position, signed

HUNDRED = 100 * LVO
BONDS = [(0, 0), (1, 1), (20 * LVO, 10 * LVO), (500 * LVO, 300 * LVO)]


def with_history(escrow, order, history):
    """Something that happened to a live order and left it live."""
    act = {
        "part refunded": ("refund", (order.call, 33 * LVO), order.merchant),
        "part confirmed": ("confirmPart", (order.call, 1), order.buyer),
        "offers voided": ("voidOffers", (order.call,), order.buyer),
    }
    if history:
        function, args, sender = act[history]
        escrow.send(function, *args, sender=sender)
    return order


@pytest.mark.parametrize(("make", "history"), [
    (funded_order, ""), (funded_order, "part refunded"), (funded_order, "offers voided"),
    (shipped_order, ""), (shipped_order, "part refunded"), (shipped_order, "part confirmed"),
    (disputed_order, ""), (disputed_order, "offers voided"),
])  # fmt: skip
@pytest.mark.parametrize("bonds", BONDS)
@pytest.mark.parametrize("fee_bps", [0, 250, 10_000])
def test_everyone_silent_a_stranger_brings_everything_out(
    escrow, token, buyer, merchant, platform, arbiter, outsider, make, history, bonds, fee_bps
):
    """INV-ESC-4, from every reachable state: sums are kept, nothing stays, strangers get nothing."""
    held = sum(balances(token, buyer, merchant, platform))
    order = make(escrow, 1, merchant_bond=bonds[0], dispute_bond=bonds[1], fee_bps=fee_bps)
    with_history(escrow, order, history)
    escrow.send("timeout", order.call, sender=outsider, at=position(escrow, order)[1])
    assert balances(token, escrow.address, outsider, arbiter) == [0, 0, 0]
    assert sum(balances(token, buyer, merchant, platform)) == held


PERMISSIONLESS = (
    "fund", "fundWithAuthorization", "confirmBySig", "disputeWithAuthorization", "settle",
    "timeout of a funded order", "timeout of a shipped order", "timeout of a disputed order", "timeoutMany",
)  # fmt: skip


def permissionless(escrow, token, name):
    """A call that anyone may send: the orders it is about, the calldata, and when it can be sent."""
    if name == "fund":
        order = draft(escrow, salt=1)
        data = escrow.encode("fund", order.call, signed(order, "buyer"), signed(order, "merchant"))
        return [order], data, escrow.chain.time
    if name == "fundWithAuthorization":
        order = draft(escrow, salt=1)
        paid = payment(token, order, HUNDRED, order.id, "buyer")
        return [order], escrow.encode(name, order.call, paid, signed(order, "merchant")), escrow.chain.time
    if name == "confirmBySig":
        order, offer = shipped_order(escrow, 1), Offer(HUNDRED, HUNDRED, 0, FOREVER)
        data = escrow.encode(name, order.call, facts(offer), offered("Confirmation", order, offer, "buyer"))
        return [order], data, escrow.chain.time
    if name == "disputeWithAuthorization":
        order = shipped_order(escrow, 1)
        paid = payment(token, order, 10 * LVO, dispute_hash(order, 60 * LVO), "buyer")
        return [order], escrow.encode(name, order.call, 60 * LVO, EVIDENCE, paid), escrow.chain.time
    if name == "settle":
        order, offer = disputed_order(escrow, 1), Offer(60 * LVO, LVO, 0, FOREVER)
        consents = [offered("Settlement", order, offer, who) for who in ("buyer", "merchant")]
        return [order], escrow.encode(name, order.call, facts(offer), *consents), escrow.chain.time
    if name == "timeoutMany":
        orders = [funded_order(escrow, 1), shipped_order(escrow, 2), disputed_order(escrow, 3), draft(escrow, salt=4)]
        at = max(position(escrow, order)[1] for order in orders)
        return orders, escrow.encode(name, [order.call for order in orders]), at
    make = {"funded": funded_order, "shipped": shipped_order, "disputed": disputed_order}[name.split()[3]]
    order = make(escrow, 1)
    return [order], escrow.encode("timeout", order.call), position(escrow, order)[1]


@pytest.mark.parametrize("name", PERMISSIONLESS)
def test_gas_limit_decides_between_all_and_nothing(chain, escrow, token, buyer, merchant, platform, outsider, name):
    orders, data, at = permissionless(escrow, token, name)

    def everything():
        return (
            [position(escrow, order) for order in orders],
            balances(token, buyer, merchant, platform, escrow.address),
        )

    before = everything()
    mark = chain.snapshot()
    full = chain.transact(outsider, escrow.address, data, at)
    assert full.ok
    after = everything()
    assert after != before
    chain.rollback(mark)
    seen = set()
    for gas in range(24_000, 240_000 if name == "timeoutMany" else 170_000, 1_000):
        mark = chain.snapshot()
        outcome = chain.transact(outsider, escrow.address, data, at, gas=gas)
        assert everything() == (after if outcome.ok else before), gas
        if outcome.ok:
            assert outcome.logs == full.logs
        seen.add(outcome.ok)
        chain.rollback(mark)
    # The sweep began below what the call needs and ended above it.
    assert seen == {True, False}


def test_confirm_many_and_rule_at_every_gas_limit(chain, escrow, token, buyer, merchant, platform, arbiter):
    """These two are not for anyone, but whoever carries their transactions may choose the gas."""
    shipped, disputed = shipped_order(escrow, 1), disputed_order(escrow, 2)
    begins = position(escrow, disputed)[1] - 1
    for sender, data in (
        (buyer, escrow.encode("confirmMany", [shipped.call, disputed.call])),
        (arbiter, escrow.encode("rule", disputed.call, LVO, Fault.MERCHANT)),
    ):
        before = balances(token, buyer, merchant, platform, escrow.address)
        seen = set()
        for gas in range(30_000, 150_000, 1_000):
            mark = chain.snapshot()
            outcome = chain.transact(sender, escrow.address, data, begins, gas=gas)
            now = balances(token, buyer, merchant, platform, escrow.address)
            seen.add((outcome.ok, tuple(now)))
            chain.rollback(mark)
        assert len(seen) == 2
        assert (False, tuple(before)) in seen
