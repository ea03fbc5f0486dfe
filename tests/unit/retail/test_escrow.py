"""RetailEscrow: every function, first how it fails, then what it does."""

from dataclasses import replace

import pytest

from lvo.models.base import NOBODY, Event
from lvo.models.escrow import MOST_PRICE, MOST_WINDOW, Fault, Offer, Outcome, State
from lvo.typed_data import recover, signable
from lvo.units import LVO
from tests.helpers import FOREVER, event_args, reverts, sign_token
from tests.retail import (
    EVIDENCE,
    HALF,
    INSPECT,
    RULING,
    SHIP,
    TRACKING,
    balances,
    dispute_hash,
    draft,
    facts,
    offer_message,
    offered,
    payment,
    position,
    signed,
)

HUNDRED = 100 * LVO
STRANGE = b"\1" * 65
"""A signature that a key unknown to anyone might have made."""


# Funding


def fund(escrow, order, sender="buyer"):
    """Fund an order with whatever signature the sender does not need."""
    names = {"buyer": (b"", signed(order, "merchant")), "merchant": (signed(order, "buyer"), b"")}
    consents = names.get(sender, (signed(order, "buyer"), signed(order, "merchant")))
    return escrow.try_send("fund", order.call, *consents, sender=escrow.chain.actor(sender))


@pytest.mark.parametrize("role", ["buyer", "merchant", "fee_to"])
def test_fund_reverts_when_a_party_cannot_be_paid(escrow, token, role):
    for account in (NOBODY, token.address, escrow.address):
        order = draft(escrow, **{role: account})
        receipt = escrow.try_send("fund", order.call, b"", b"", sender=escrow.chain.actor("buyer"))
        reverts(receipt, "TokenIntake_InvalidReceiver", account)


def test_fund_reverts_when_buyer_and_merchant_are_the_same(escrow, buyer):
    order = draft(escrow, merchant=buyer)
    reverts(escrow.try_send("fund", order.call, b"", b"", sender=buyer), "RetailEscrow_PartiesEqual", buyer)


def test_fund_reverts_when_the_arbiter_has_a_part_in_it(escrow, buyer, merchant, platform):
    for account in (NOBODY, buyer, merchant, platform):
        reverts(fund(escrow, draft(escrow, arbiter=account)), "RetailEscrow_ArbiterNotNeutral", account)


@pytest.mark.parametrize("price", [0, 2**96, 2**256 - 1])
def test_fund_reverts_when_the_price_is_out_of_bounds(escrow, price):
    reverts(fund(escrow, draft(escrow, price=price)), "RetailEscrow_PriceOutOfBounds", price, MOST_PRICE)


@pytest.mark.parametrize("share", ["fee_bps", "silent_buyer_bps"])
def test_fund_reverts_when_a_share_is_above_the_whole(escrow, share):
    reverts(fund(escrow, draft(escrow, **{share: 10_001})), "RetailEscrow_BpsOutOfBounds", 10_001, 10_000)
    assert fund(escrow, draft(escrow, **{share: 10_000})).error is None


@pytest.mark.parametrize("window", ["ship_window", "inspect_window", "ruling_window"])
@pytest.mark.parametrize("seconds", [0, MOST_WINDOW + 1, 2**256 - 1])
def test_fund_reverts_when_a_window_is_zero_or_too_long(escrow, window, seconds):
    receipt = fund(escrow, draft(escrow, **{window: seconds}))
    reverts(receipt, "RetailEscrow_WindowOutOfBounds", seconds, MOST_WINDOW)


@pytest.mark.parametrize("seconds", [1, MOST_WINDOW])
def test_fund_takes_the_shortest_and_the_longest_windows(escrow, seconds):
    windows = dict.fromkeys(("ship_window", "inspect_window", "ruling_window"), seconds)
    assert fund(escrow, draft(escrow, **windows)).error is None


def test_fund_reverts_when_it_is_funded_or_canceled_already(escrow, order, other_order, merchant):
    assert fund(escrow, order).error is None
    reverts(fund(escrow, order), "RetailEscrow_WrongState", order.id, State.FUNDED)
    escrow.send("cancel", other_order.call, sender=merchant)
    reverts(fund(escrow, other_order), "RetailEscrow_WrongState", other_order.id, State.CLOSED)


def test_fund_reverts_when_its_time_is_over(escrow, buyer):
    at = escrow.chain.time + 10
    order = draft(escrow, fund_by=at)
    args = (order.call, b"", signed(order, "merchant"))
    late = escrow.try_send("fund", *args, sender=buyer, at=at)
    reverts(late, "RetailEscrow_TooLate", order.id, at, at)


def test_fund_reverts_when_a_side_neither_signed_nor_sends(escrow, order, buyer, merchant, outsider):
    theirs = signed(order, "buyer"), signed(order, "merchant")
    cases = [
        (outsider, b"", theirs[1], NOBODY, buyer),
        (outsider, theirs[0], b"", NOBODY, merchant),
        (outsider, theirs[1], theirs[0], merchant, buyer),
        (buyer, b"", theirs[0], buyer, merchant),
        (merchant, theirs[1], b"", merchant, buyer),
        (buyer, b"", signed(order, "outsider"), outsider, merchant),
    ]
    for sender, first, second, signer, account in cases:
        receipt = escrow.try_send("fund", order.call, first, second, sender=sender)
        reverts(receipt, "RetailEscrow_InvalidSigner", signer, account)


def test_fund_reverts_when_nothing_is_allowed_or_there(escrow, token, order, buyer, merchant):
    token.send("approve", escrow.address, HUNDRED - 1, sender=buyer)
    reverts(fund(escrow, order), "ERC20InsufficientAllowance", escrow.address, HUNDRED - 1, HUNDRED)
    token.send("approve", escrow.address, HUNDRED, sender=buyer)
    token.send("approve", escrow.address, 0, sender=merchant)
    reverts(fund(escrow, order), "ERC20InsufficientAllowance", escrow.address, 0, 20 * LVO)
    poor = draft(escrow, price=1_001 * LVO)
    token.send("approve", escrow.address, FOREVER, sender=buyer)
    reverts(fund(escrow, poor), "ERC20InsufficientBalance", buyer, 1_000 * LVO, 1_001 * LVO)
    dear = draft(escrow, merchant_bond=2**256 - 1)
    token.send("approve", escrow.address, FOREVER, sender=merchant)
    reverts(fund(escrow, dear), "ERC20InsufficientBalance", merchant, 1_000 * LVO, 2**256 - 1)
    assert position(escrow, order) == (0, 0, 0, State.NONE)


@pytest.mark.parametrize("sender", ["buyer", "merchant", "outsider"])
def test_fund_pulls_price_and_bond(escrow, token, order, buyer, merchant, sender):
    receipt = fund(escrow, order, sender)
    deadline = receipt.time + SHIP
    assert receipt.events == [
        Event(escrow.address, "OrderFunded", (order.id, buyer, merchant, order.call, deadline)),
        Event(token.address, "Transfer", (buyer, escrow.address, HUNDRED)),
        Event(token.address, "Transfer", (merchant, escrow.address, 20 * LVO)),
    ]
    assert position(escrow, order) == (HUNDRED, deadline, 0, State.FUNDED)
    assert escrow.view("orderId", order.call) == order.id


def test_fund_with_permit_in_one_transaction_also_when_it_was_front_run(escrow, token, buyer, outsider):
    for salt, taken in enumerate((False, True)):
        order = draft(escrow, salt=salt)
        token.send("approve", escrow.address, 0, sender=buyer)
        nonce = token.view("nonces", buyer)
        fields = {"owner": buyer, "spender": escrow.address, "value": HUNDRED, "nonce": nonce, "deadline": FOREVER}
        permit = sign_token(token, "buyer", "Permit", **fields)
        if taken:
            token.send("permit", buyer, escrow.address, HUNDRED, FOREVER, permit, sender=outsider)
        calls = [
            escrow.encode("usePermit", HUNDRED, FOREVER, permit),
            escrow.encode("fund", order.call, b"", signed(order, "merchant")),
        ]
        escrow.send("multicall", calls, sender=buyer)
        assert position(escrow, order)[3] == State.FUNDED


def test_fund_with_authorization_reverts_when_the_merchant_did_not_sign(escrow, token, order, merchant, outsider):
    paid = payment(token, order, HUNDRED, order.id, "buyer")
    receipt = escrow.try_send("fundWithAuthorization", order.call, paid, b"", sender=outsider)
    reverts(receipt, "RetailEscrow_InvalidSigner", NOBODY, merchant)


def test_fund_with_authorization_reverts_when_it_was_signed_for_another_order(
    escrow, token, order, other_order, buyer, outsider
):
    paid = payment(token, other_order, HUNDRED, other_order.id, "buyer")
    args = (order.call, paid, signed(order, "merchant"))
    receipt = escrow.try_send("fundWithAuthorization", *args, sender=outsider)
    assert receipt.error.name == "LVOToken_InvalidSigner"
    assert receipt.error.facts[1] == buyer


def test_fund_with_authorization_pays_from_the_buyer_whoever_sends_it(escrow, token, order, buyer, merchant, outsider):
    token.send("approve", escrow.address, 0, sender=buyer)
    args = (order.call, payment(token, order, HUNDRED, order.id, "buyer"), signed(order, "merchant"))
    receipt = escrow.send("fundWithAuthorization", *args, sender=outsider)
    assert [event.name for event in receipt.events] == ["OrderFunded", "AuthorizationUsed", "Transfer", "Transfer"]
    assert balances(token, buyer, merchant, escrow.address) == [900 * LVO, 980 * LVO, 120 * LVO]
    again = escrow.try_send("fundWithAuthorization", *args, sender=outsider)
    reverts(again, "RetailEscrow_WrongState", order.id, State.FUNDED)


# Canceling


def test_cancel_reverts_when_the_caller_is_no_party(escrow, order, funded, merchant, arbiter, outsider, buyer):
    for caller in (arbiter, outsider):
        reverts(escrow.try_send("cancel", order.call, sender=caller), "RetailEscrow_NotAllowed", caller, merchant)
    # What is paid for the buyer cannot take back alone.
    reverts(escrow.try_send("cancel", funded.call, sender=buyer), "RetailEscrow_NotAllowed", buyer, merchant)


def test_cancel_reverts_when_it_is_shipped_or_closed(escrow, funded, merchant):
    escrow.send("ship", funded.call, TRACKING, sender=merchant)
    receipt = escrow.try_send("cancel", funded.call, sender=merchant)
    reverts(receipt, "RetailEscrow_WrongState", funded.id, State.SHIPPED)
    escrow.send("refund", funded.call, HUNDRED, sender=merchant)
    receipt = escrow.try_send("cancel", funded.call, sender=merchant)
    reverts(receipt, "RetailEscrow_WrongState", funded.id, State.CLOSED)


def test_cancel_reverts_when_the_merchant_should_have_shipped(escrow, funded, merchant):
    deadline = position(escrow, funded)[1]
    receipt = escrow.try_send("cancel", funded.call, sender=merchant, at=deadline)
    reverts(receipt, "RetailEscrow_TooLate", funded.id, deadline, deadline)


@pytest.mark.parametrize("who", ["buyer", "merchant"])
def test_cancel_before_it_is_funded_is_for_good(escrow, order, who):
    sender = escrow.chain.actor(who)
    receipt = escrow.send("cancel", order.call, sender=sender)
    assert receipt.events == [Event(escrow.address, "OrderCanceled", (order.id, sender))]
    assert position(escrow, order) == (0, 0, 0, State.CLOSED)


def test_cancel_sends_price_and_bond_home(escrow, token, funded, buyer, merchant):
    receipt = escrow.send("cancel", funded.call, sender=merchant, at=position(escrow, funded)[1] - 1)
    assert receipt.events[0] == Event(
        escrow.address, "OrderClosed", (funded.id, Outcome.CANCELED, HUNDRED, 0, 0)
    )  # fmt: skip
    assert balances(token, buyer, merchant, escrow.address) == [1_000 * LVO, 1_000 * LVO, 0]


# Shipping


def test_ship_reverts_when_the_caller_is_not_the_merchant(escrow, funded, buyer, merchant):
    receipt = escrow.try_send("ship", funded.call, TRACKING, sender=buyer)
    reverts(receipt, "RetailEscrow_NotAllowed", buyer, merchant)


def test_ship_reverts_when_it_is_not_funded_or_late(escrow, order, funded, merchant):
    receipt = escrow.try_send("ship", order.call, TRACKING, sender=merchant)
    reverts(receipt, "RetailEscrow_WrongState", order.id, State.NONE)
    deadline = position(escrow, funded)[1]
    receipt = escrow.try_send("ship", funded.call, TRACKING, sender=merchant, at=deadline)
    reverts(receipt, "RetailEscrow_TooLate", funded.id, deadline, deadline)


def test_ship_begins_the_inspection(escrow, funded, merchant):
    receipt = escrow.send("ship", funded.call, TRACKING, sender=merchant)
    deadline = receipt.time + INSPECT
    assert receipt.events == [Event(escrow.address, "OrderShipped", (funded.id, TRACKING, deadline))]
    assert position(escrow, funded) == (HUNDRED, deadline, 0, State.SHIPPED)


# Receipt


def test_confirm_reverts_when_the_caller_is_not_the_buyer(escrow, shipped, buyer, merchant):
    receipt = escrow.try_send("confirm", shipped.call, sender=merchant)
    reverts(receipt, "RetailEscrow_NotAllowed", merchant, buyer)
    receipt = escrow.try_send("confirmPart", shipped.call, 1, sender=merchant)
    reverts(receipt, "RetailEscrow_NotAllowed", merchant, buyer)


def test_confirm_reverts_when_it_is_not_shipped_or_late(escrow, funded, buyer, merchant):
    receipt = escrow.try_send("confirm", funded.call, sender=buyer)
    reverts(receipt, "RetailEscrow_WrongState", funded.id, State.FUNDED)
    escrow.send("ship", funded.call, TRACKING, sender=merchant)
    deadline = position(escrow, funded)[1]
    receipt = escrow.try_send("confirm", funded.call, sender=buyer, at=deadline)
    reverts(receipt, "RetailEscrow_TooLate", funded.id, deadline, deadline)


def test_confirm_pays_the_merchant_and_the_fee(escrow, token, shipped, buyer, merchant, platform):
    receipt = escrow.send("confirm", shipped.call, sender=buyer, at=position(escrow, shipped)[1] - 1)
    fee = HUNDRED * 250 // 10_000
    assert receipt.events == [
        Event(escrow.address, "OrderClosed", (shipped.id, Outcome.CONFIRMED, 0, HUNDRED - fee, fee)),
        Event(token.address, "Transfer", (escrow.address, merchant, HUNDRED - fee + 20 * LVO)),
        Event(token.address, "Transfer", (escrow.address, platform, fee)),
    ]
    assert balances(token, merchant, platform, escrow.address) == [1_100 * LVO - fee, fee, 0]
    assert position(escrow, shipped) == (0, 0, 0, State.CLOSED)


@pytest.mark.parametrize("amount", [0, HUNDRED + 1])
def test_confirm_part_reverts_when_the_amount_is_out_of_bounds(escrow, shipped, buyer, amount):
    receipt = escrow.try_send("confirmPart", shipped.call, amount, sender=buyer)
    reverts(receipt, "RetailEscrow_AmountOutOfBounds", shipped.id, amount, HUNDRED)


def test_confirm_part_pays_item_by_item(escrow, token, shipped, buyer, merchant, platform):
    poster = shipped.items[1].amount
    receipt = escrow.send("confirmPart", shipped.call, poster, sender=buyer)
    assert event_args(receipt, "PartConfirmed") == [(shipped.id, 39 * LVO, LVO, 60 * LVO)]
    assert balances(token, merchant, platform, escrow.address) == [1_019 * LVO, LVO, 80 * LVO]
    last = escrow.send("confirmPart", shipped.call, 60 * LVO, sender=buyer)
    assert event_args(last, "OrderClosed") == [
        (shipped.id, Outcome.CONFIRMED, 0, 585 * 10**17, 15 * 10**17),
    ]
    assert balances(token, merchant, platform, escrow.address) == [10_975 * 10**17, 25 * 10**17, 0]


@pytest.mark.parametrize("price", [1, 39, 40, 41, 9_999])
@pytest.mark.parametrize("bond", [0, 20 * LVO])
def test_fee_is_rounded_down_and_nothing_is_paid_in_zeros(escrow, token, price, bond, buyer, merchant, platform):
    """40 wei are the least that pay a fee, of one wei."""
    order = draft(escrow, price=price, merchant_bond=bond)
    assert fund(escrow, order).error is None
    _ship(escrow, order)
    receipt = escrow.send("confirm", order.call, sender=buyer)
    fee = price * 250 // 10_000
    assert balances(token, merchant, platform, escrow.address) == [1_000 * LVO + price - fee, fee, 0]
    assert 0 not in [amount for _, _, amount in event_args(receipt, "Transfer")]


@pytest.mark.parametrize("claim", [1, 2])
def test_single_wei_reaches_each_side(escrow, token, buyer, merchant, outsider, claim):
    order = draft(escrow, price=claim, merchant_bond=0, dispute_bond=0, silent_buyer_bps=5_000)
    assert fund(escrow, order).error is None
    _ship(escrow, order)
    escrow.send("dispute", order.call, claim, EVIDENCE, sender=buyer)
    receipt = escrow.send("timeout", order.call, sender=outsider, at=position(escrow, order)[1])
    assert [amount for _, _, amount in event_args(receipt, "Transfer")] == [1] * claim
    assert balances(token, buyer, merchant, escrow.address) == [1_000 * LVO - claim + claim // 2, 1_000 * LVO + 1, 0]


def _ship(escrow, order):
    return escrow.send("ship", order.call, TRACKING, sender=escrow.chain.actor("merchant"))


@pytest.fixture
def confirmation(shipped):
    """What the buyer would sign for a poster."""
    return Offer(HUNDRED, 40 * LVO, 0, FOREVER)


def test_confirm_by_sig_reverts_when_it_is_not_shipped_or_late(escrow, funded, shipped, confirmation, outsider):
    args = (facts(confirmation), offered("Confirmation", funded, confirmation, "buyer"))
    receipt = escrow.try_send("confirmBySig", funded.call, *args, sender=outsider)
    reverts(receipt, "RetailEscrow_WrongState", funded.id, State.FUNDED)
    args = (facts(confirmation), offered("Confirmation", shipped, confirmation, "buyer"))
    deadline = position(escrow, shipped)[1]
    receipt = escrow.try_send("confirmBySig", shipped.call, *args, sender=outsider, at=deadline)
    reverts(receipt, "RetailEscrow_TooLate", shipped.id, deadline, deadline)


def test_confirm_by_sig_reverts_when_the_offer_is_stale(escrow, shipped, confirmation, outsider, merchant):
    soon = escrow.chain.time + 5
    cases = [
        (replace(confirmation, round=1), "RetailEscrow_RoundDiffers", (1, 0)),
        (replace(confirmation, remaining=HUNDRED - 1), "RetailEscrow_RemainingDiffers", (HUNDRED - 1, HUNDRED)),
        (replace(confirmation, expiry=soon), "RetailEscrow_TooLate", (soon, soon)),
        (replace(confirmation, amount=0), "RetailEscrow_AmountOutOfBounds", (0, HUNDRED)),
        (replace(confirmation, amount=HUNDRED + 1), "RetailEscrow_AmountOutOfBounds", (HUNDRED + 1, HUNDRED)),
    ]
    for offer, name, numbers in cases:
        args = (facts(offer), offered("Confirmation", shipped, offer, "buyer"))
        receipt = escrow.try_send("confirmBySig", shipped.call, *args, sender=outsider, at=max(soon, escrow.chain.time))
        assert receipt.error.name == name
        assert receipt.error.facts == (shipped.id, *numbers)


def test_confirm_by_sig_reverts_when_another_signed_or_it_was_altered(
    escrow, shipped, confirmation, buyer, merchant, outsider
):
    theirs = offered("Confirmation", shipped, confirmation, "merchant")
    receipt = escrow.try_send("confirmBySig", shipped.call, facts(confirmation), theirs, sender=merchant)
    reverts(receipt, "RetailEscrow_InvalidSigner", merchant, buyer)
    more = replace(confirmation, amount=HUNDRED)
    given = offered("Confirmation", shipped, confirmation, "buyer")
    receipt = escrow.try_send("confirmBySig", shipped.call, facts(more), given, sender=merchant)
    reverts(receipt, "RetailEscrow_InvalidSigner", recover(offer_message("Confirmation", shipped, more), given), buyer)


def test_confirm_by_sig_counts_once(escrow, token, shipped, confirmation, platform, outsider):
    args = (facts(confirmation), offered("Confirmation", shipped, confirmation, "buyer"))
    receipt = escrow.send("confirmBySig", shipped.call, *args, sender=outsider)
    assert event_args(receipt, "PartConfirmed") == [(shipped.id, 39 * LVO, LVO, 60 * LVO)]
    again = escrow.try_send("confirmBySig", shipped.call, *args, sender=outsider)
    reverts(again, "RetailEscrow_RemainingDiffers", shipped.id, HUNDRED, 60 * LVO)


def test_confirm_many_reverts_when_there_is_none(escrow, buyer):
    reverts(escrow.try_send("confirmMany", [], sender=buyer), "RetailEscrow_BatchEmpty")


def test_confirm_many_leaves_out_what_cannot_be_confirmed(escrow, token, shipped, other_order, buyer, merchant):
    assert fund(escrow, other_order).error is None
    orders = [other_order.call, shipped.call, shipped.call]
    receipt = escrow.send("confirmMany", orders, sender=buyer)
    assert [event.name for event in receipt.events if event.source == escrow.address] == [
        "OrderSkipped", "OrderClosed", "OrderSkipped",
    ]  # fmt: skip
    assert event_args(receipt, "OrderSkipped") == [(other_order.id,), (shipped.id,)]
    assert token.view("balanceOf", merchant) == (1_000 - 20 + 100) * LVO - 25 * 10**17


def test_confirm_many_is_for_ones_own_orders_in_time(escrow, shipped, buyer, merchant):
    assert event_args(escrow.send("confirmMany", [shipped.call], sender=merchant), "OrderSkipped") == [(shipped.id,)]
    deadline = position(escrow, shipped)[1]
    late = escrow.send("confirmMany", [shipped.call], sender=buyer, at=deadline)
    assert event_args(late, "OrderSkipped") == [(shipped.id,)]


# Refunding


def test_refund_reverts_when_the_caller_is_not_the_merchant(escrow, funded, buyer, merchant):
    receipt = escrow.try_send("refund", funded.call, 1, sender=buyer)
    reverts(receipt, "RetailEscrow_NotAllowed", buyer, merchant)


def test_refund_reverts_when_it_is_disputed_or_late(escrow, shipped, disputed, merchant):
    receipt = escrow.try_send("refund", disputed.call, 1, sender=merchant)
    reverts(receipt, "RetailEscrow_WrongState", disputed.id, State.DISPUTED)
    deadline = position(escrow, shipped)[1]
    receipt = escrow.try_send("refund", shipped.call, 1, sender=merchant, at=deadline)
    reverts(receipt, "RetailEscrow_TooLate", shipped.id, deadline, deadline)


@pytest.mark.parametrize("amount", [0, HUNDRED + 1])
def test_refund_reverts_when_the_amount_is_out_of_bounds(escrow, funded, merchant, amount):
    receipt = escrow.try_send("refund", funded.call, amount, sender=merchant)
    reverts(receipt, "RetailEscrow_AmountOutOfBounds", funded.id, amount, HUNDRED)


def test_refund_pays_a_part_back_without_a_fee(escrow, token, funded, buyer, merchant):
    deadline = position(escrow, funded)[1]
    receipt = escrow.send("refund", funded.call, 30 * LVO, sender=merchant)
    assert receipt.events == [
        Event(escrow.address, "PartRefunded", (funded.id, 30 * LVO, 70 * LVO)),
        Event(token.address, "Transfer", (escrow.address, buyer, 30 * LVO)),
    ]
    # It moves no deadline.
    assert position(escrow, funded) == (70 * LVO, deadline, 0, State.FUNDED)


def test_refund_of_everything_closes_and_the_bond_goes_home(escrow, token, shipped, buyer, merchant):
    receipt = escrow.send("refund", shipped.call, HUNDRED, sender=merchant)
    assert event_args(receipt, "OrderClosed") == [(shipped.id, Outcome.REFUNDED, HUNDRED, 0, 0)]
    assert balances(token, buyer, merchant, escrow.address) == [1_000 * LVO, 1_000 * LVO, 0]


# Disputing


def test_dispute_reverts_when_the_caller_is_not_the_buyer(escrow, shipped, buyer, merchant):
    receipt = escrow.try_send("dispute", shipped.call, 1, EVIDENCE, sender=merchant)
    reverts(receipt, "RetailEscrow_NotAllowed", merchant, buyer)


def test_dispute_reverts_when_it_is_not_shipped_or_late(escrow, funded, shipped, buyer):
    receipt = escrow.try_send("dispute", funded.call, 1, EVIDENCE, sender=buyer)
    reverts(receipt, "RetailEscrow_WrongState", funded.id, State.FUNDED)
    deadline = position(escrow, shipped)[1]
    receipt = escrow.try_send("dispute", shipped.call, 1, EVIDENCE, sender=buyer, at=deadline)
    reverts(receipt, "RetailEscrow_TooLate", shipped.id, deadline, deadline)


@pytest.mark.parametrize("claim", [0, HUNDRED + 1])
def test_dispute_reverts_when_the_claim_is_out_of_bounds(escrow, shipped, buyer, claim):
    receipt = escrow.try_send("dispute", shipped.call, claim, EVIDENCE, sender=buyer)
    reverts(receipt, "RetailEscrow_AmountOutOfBounds", shipped.id, claim, HUNDRED)


def test_dispute_reverts_when_the_bond_is_not_allowed(escrow, token, shipped, buyer):
    token.send("approve", escrow.address, 1, sender=buyer)
    receipt = escrow.try_send("dispute", shipped.call, 1, EVIDENCE, sender=buyer)
    reverts(receipt, "ERC20InsufficientAllowance", escrow.address, 1, 10 * LVO)


def test_dispute_freezes_the_claim_and_pays_the_rest_at_once(escrow, token, shipped, buyer, merchant, platform):
    receipt = escrow.send("dispute", shipped.call, 60 * LVO, EVIDENCE, sender=buyer)
    deadline = receipt.time + RULING
    assert receipt.events == [
        Event(escrow.address, "OrderDisputed", (shipped.id, 60 * LVO, EVIDENCE, 39 * LVO, LVO, deadline)),
        Event(token.address, "Transfer", (buyer, escrow.address, 10 * LVO)),
        Event(token.address, "Transfer", (escrow.address, merchant, 39 * LVO)),
        Event(token.address, "Transfer", (escrow.address, platform, LVO)),
    ]
    assert position(escrow, shipped) == (60 * LVO, deadline, 0, State.DISPUTED)
    assert token.view("balanceOf", escrow.address) == (60 + 10 + 20) * LVO


def test_dispute_with_authorization_reverts_when_another_signed(escrow, token, shipped, buyer, merchant):
    paid = payment(token, shipped, 10 * LVO, dispute_hash(shipped, 5), "merchant")
    args = (shipped.call, 5, EVIDENCE, paid)
    receipt = escrow.try_send("disputeWithAuthorization", *args, sender=merchant)
    reverts(receipt, "LVOToken_InvalidSigner", merchant, buyer)


def test_dispute_with_authorization_reverts_when_the_claim_was_altered(escrow, token, shipped, buyer, merchant):
    paid = payment(token, shipped, 10 * LVO, dispute_hash(shipped, 5), "buyer")
    for claim, evidence in ((6, EVIDENCE), (5, TRACKING)):
        args = (shipped.call, claim, evidence, paid)
        receipt = escrow.try_send("disputeWithAuthorization", *args, sender=merchant)
        assert receipt.error.name == "LVOToken_InvalidSigner"
        assert receipt.error.facts[1] == buyer


@pytest.mark.parametrize("bond", [0, 10 * LVO])
def test_dispute_with_authorization_disputes_for_the_buyer(escrow, token, buyer, merchant, platform, outsider, bond):
    order = draft(escrow, dispute_bond=bond)
    assert fund(escrow, order).error is None
    _ship(escrow, order)
    token.send("approve", escrow.address, 0, sender=buyer)
    paid = payment(token, order, bond, dispute_hash(order, 60 * LVO), "buyer")
    receipt = escrow.send("disputeWithAuthorization", order.call, 60 * LVO, EVIDENCE, paid, sender=outsider)
    deadline = receipt.time + RULING
    assert event_args(receipt, "OrderDisputed") == [(order.id, 60 * LVO, EVIDENCE, 39 * LVO, LVO, deadline)]
    held = [900 * LVO - bond, 1_019 * LVO, LVO, 80 * LVO + bond]
    assert balances(token, buyer, merchant, platform, escrow.address) == held


def test_concede_reverts_when_the_caller_is_no_party(escrow, disputed, buyer, arbiter):
    receipt = escrow.try_send("concede", disputed.call, sender=arbiter)
    reverts(receipt, "RetailEscrow_NotAllowed", arbiter, buyer)


def test_concede_reverts_when_it_is_not_disputed_or_the_arbiter_has_the_word(escrow, shipped, disputed, buyer):
    receipt = escrow.try_send("concede", shipped.call, sender=buyer)
    reverts(receipt, "RetailEscrow_WrongState", shipped.id, State.SHIPPED)
    begins = position(escrow, disputed)[1] - RULING + HALF
    receipt = escrow.try_send("concede", disputed.call, sender=buyer, at=begins)
    reverts(receipt, "RetailEscrow_TooLate", disputed.id, begins, begins)


def test_concede_by_the_merchant_gives_the_claim_to_the_buyer(escrow, token, disputed, buyer, merchant):
    at = position(escrow, disputed)[1] - RULING + HALF - 1
    receipt = escrow.send("concede", disputed.call, sender=merchant, at=at)
    assert event_args(receipt, "OrderClosed") == [(disputed.id, Outcome.MERCHANT_CONCEDED, 60 * LVO, 0, 0)]
    assert balances(token, buyer, merchant, escrow.address) == [960 * LVO, 1_039 * LVO, 0]


def test_concede_by_the_buyer_gives_the_claim_to_the_merchant(escrow, token, disputed, buyer, merchant):
    receipt = escrow.send("concede", disputed.call, sender=buyer)
    assert event_args(receipt, "OrderClosed") == [(disputed.id, Outcome.BUYER_CONCEDED, 0, 585 * 10**17, 15 * 10**17)]
    assert balances(token, buyer, merchant, escrow.address) == [900 * LVO, 10_975 * 10**17, 0]


def test_rule_reverts_when_the_caller_is_not_the_arbiter(escrow, disputed, arbiter, merchant):
    at = position(escrow, disputed)[1] - 1
    receipt = escrow.try_send("rule", disputed.call, 0, Fault.NONE, sender=merchant, at=at)
    reverts(receipt, "RetailEscrow_NotAllowed", merchant, arbiter)


def test_rule_reverts_when_it_is_not_disputed(escrow, shipped, arbiter):
    receipt = escrow.try_send("rule", shipped.call, 0, Fault.NONE, sender=arbiter)
    reverts(receipt, "RetailEscrow_WrongState", shipped.id, State.SHIPPED)


def test_rule_reverts_when_it_is_early_or_late(escrow, disputed, arbiter):
    deadline = position(escrow, disputed)[1]
    begins = deadline - RULING + HALF
    args = (disputed.call, 0, Fault.NONE)
    early = escrow.try_send("rule", *args, sender=arbiter, at=begins - 1)
    reverts(early, "RetailEscrow_TooEarly", disputed.id, begins - 1, begins)
    late = escrow.try_send("rule", *args, sender=arbiter, at=deadline)
    reverts(late, "RetailEscrow_TooLate", disputed.id, deadline, deadline)


def test_rule_reverts_when_the_award_is_above_the_claim(escrow, disputed, arbiter):
    at = position(escrow, disputed)[1] - 1
    receipt = escrow.try_send("rule", disputed.call, 60 * LVO + 1, Fault.NONE, sender=arbiter, at=at)
    reverts(receipt, "RetailEscrow_AwardOutOfBounds", disputed.id, 60 * LVO + 1, 60 * LVO)


@pytest.mark.parametrize(
    ("award", "fault", "penalty"),
    [
        (0, Fault.NONE, 0),
        (20 * LVO, Fault.NONE, 0),
        (60 * LVO, Fault.MERCHANT, 20 * LVO),
        (7 * LVO, Fault.MERCHANT, 7 * LVO),
        (0, Fault.MERCHANT, 0),
        (0, Fault.BUYER, -10 * LVO),
        (57 * LVO, Fault.BUYER, -3 * LVO),
        (60 * LVO, Fault.BUYER, 0),
    ],
)
def test_rule_splits_the_claim_and_the_bond_of_who_is_at_fault(
    escrow, token, disputed, arbiter, buyer, merchant, platform, award, fault, penalty
):
    at = position(escrow, disputed)[1] - RULING + HALF
    receipt = escrow.send("rule", disputed.call, award, fault, sender=arbiter, at=at)
    fee = (60 * LVO - award) * 250 // 10_000
    assert event_args(receipt, "OrderRuled") == [(disputed.id, award, fault)]
    assert event_args(receipt, "OrderClosed") == [
        (disputed.id, Outcome.RULED, award, 60 * LVO - award - fee, fee),
    ]
    assert event_args(receipt, "BondForfeited") == ([(disputed.id, fault, abs(penalty))] if penalty else [])
    assert balances(token, buyer, merchant, platform, escrow.address, arbiter) == [
        900 * LVO + award + penalty,
        1_039 * LVO + 60 * LVO - award - fee - penalty,
        LVO + fee,
        0,
        0,
    ]


# Settling


def settle(escrow, order, offer, sender, *names, at=None):
    """Send a settlement with the signatures of those named (no name: an empty one)."""
    consents = [offered("Settlement", order, offer, name) if name else b"" for name in names]
    return escrow.try_send("settle", order.call, facts(offer), *consents, sender=escrow.chain.actor(sender), at=at)


@pytest.fixture
def split():
    """A split of 100 LVO that does not expire."""
    return Offer(HUNDRED, 35 * LVO, 0, FOREVER)


def test_settle_reverts_when_the_order_is_not_live(escrow, order, split):
    receipt = settle(escrow, order, split, "outsider", "buyer", "merchant")
    reverts(receipt, "RetailEscrow_WrongState", order.id, State.NONE)


def test_settle_reverts_when_the_deadline_has_come(escrow, funded, split):
    deadline = position(escrow, funded)[1]
    receipt = settle(escrow, funded, split, "outsider", "buyer", "merchant", at=deadline)
    reverts(receipt, "RetailEscrow_TooLate", funded.id, deadline, deadline)


def test_settle_reverts_when_it_is_stale_or_too_generous(escrow, funded, split):
    soon = escrow.chain.time + 5
    cases = [
        (replace(split, round=1), "RetailEscrow_RoundDiffers", (1, 0)),
        (replace(split, remaining=HUNDRED + 1), "RetailEscrow_RemainingDiffers", (HUNDRED + 1, HUNDRED)),
        (replace(split, expiry=soon), "RetailEscrow_TooLate", (soon, soon)),
        (replace(split, amount=HUNDRED + 1), "RetailEscrow_AwardOutOfBounds", (HUNDRED + 1, HUNDRED)),
    ]
    for offer, name, numbers in cases:
        at = max(soon, escrow.chain.time)
        receipt = settle(escrow, funded, offer, "outsider", "buyer", "merchant", at=at)
        assert receipt.error.name == name
        assert receipt.error.facts == (funded.id, *numbers)


def test_settle_reverts_when_a_side_did_not_agree(escrow, funded, split, buyer, merchant, outsider):
    cases = [
        ("outsider", "", "merchant", NOBODY, buyer),
        ("outsider", "buyer", "", NOBODY, merchant),
        ("outsider", "merchant", "buyer", merchant, buyer),
        ("buyer", "", "buyer", buyer, merchant),
        ("merchant", "merchant", "", merchant, buyer),
        ("arbiter", "buyer", "arbiter", escrow.chain.actor("arbiter"), merchant),
    ]
    for sender, first, second, signer, account in cases:
        receipt = settle(escrow, funded, split, sender, first, second)
        reverts(receipt, "RetailEscrow_InvalidSigner", signer, account)


@pytest.mark.parametrize(("sender", "names"), [
    ("outsider", ("buyer", "merchant")), ("buyer", ("", "merchant")), ("merchant", ("buyer", "")),
])  # fmt: skip
def test_settle_splits_what_remains(escrow, token, funded, split, buyer, merchant, platform, sender, names):
    receipt = settle(escrow, funded, split, sender, *names)
    fee = 65 * LVO * 250 // 10_000
    assert event_args(receipt, "OrderClosed") == [
        (funded.id, Outcome.SETTLED, 35 * LVO, 65 * LVO - fee, fee),
    ]
    assert balances(token, buyer, merchant, platform, escrow.address) == [935 * LVO, 1_065 * LVO - fee, fee, 0]


def test_settle_in_a_dispute_sends_both_bonds_home(escrow, token, disputed, split, buyer, merchant):
    offer = replace(split, remaining=60 * LVO, amount=60 * LVO)
    assert settle(escrow, disputed, offer, "buyer", "", "merchant", at=position(escrow, disputed)[1] - 1).error is None
    assert balances(token, buyer, merchant, escrow.address) == [960 * LVO, 1_039 * LVO, 0]


def test_void_offers_reverts_when_the_caller_is_no_party_or_nothing_is_live(escrow, order, funded, merchant, arbiter):
    receipt = escrow.try_send("voidOffers", funded.call, sender=arbiter)
    reverts(receipt, "RetailEscrow_NotAllowed", arbiter, merchant)
    receipt = escrow.try_send("voidOffers", order.call, sender=merchant)
    reverts(receipt, "RetailEscrow_WrongState", order.id, State.NONE)


@pytest.mark.parametrize("who", ["buyer", "merchant"])
def test_void_offers_takes_back_what_was_signed(escrow, shipped, split, confirmation, buyer, outsider, who):
    deadline, sender = position(escrow, shipped)[1], escrow.chain.actor(who)
    receipt = escrow.send("voidOffers", shipped.call, sender=sender)
    assert receipt.events == [Event(escrow.address, "OffersVoided", (shipped.id, sender, 1))]
    assert position(escrow, shipped) == (HUNDRED, deadline, 1, State.SHIPPED)
    receipt = settle(escrow, shipped, split, "outsider", "buyer", "merchant")
    reverts(receipt, "RetailEscrow_RoundDiffers", shipped.id, 0, 1)
    args = (facts(confirmation), offered("Confirmation", shipped, confirmation, "buyer"))
    receipt = escrow.try_send("confirmBySig", shipped.call, *args, sender=outsider)
    reverts(receipt, "RetailEscrow_RoundDiffers", shipped.id, 0, 1)
    assert settle(escrow, shipped, replace(split, round=1), "outsider", "buyer", "merchant").error is None


# Silence


def test_timeout_reverts_when_the_order_is_not_live(escrow, order, outsider, buyer):
    for sender in (outsider, buyer):
        receipt = escrow.try_send("timeout", order.call, sender=sender)
        reverts(receipt, "RetailEscrow_WrongState", order.id, State.NONE)


@pytest.mark.parametrize("state", ["funded", "shipped", "disputed"])
def test_timeout_reverts_when_it_is_early(request, escrow, outsider, state):
    order = request.getfixturevalue(state)
    deadline = position(escrow, order)[1]
    receipt = escrow.try_send("timeout", order.call, sender=outsider, at=deadline - 1)
    reverts(receipt, "RetailEscrow_TooEarly", order.id, deadline - 1, deadline)


@pytest.mark.parametrize(("bond", "penalty"), [(20 * LVO, 20 * LVO), (300 * LVO, HUNDRED), (0, 0)])
def test_timeout_of_a_silent_merchant_pays_the_buyer_and_the_bond_up_to_the_price(
    escrow, token, buyer, merchant, outsider, bond, penalty
):
    order = draft(escrow, merchant_bond=bond)
    assert fund(escrow, order).error is None
    receipt = escrow.send("timeout", order.call, sender=outsider, at=position(escrow, order)[1])
    assert event_args(receipt, "OrderClosed") == [(order.id, Outcome.UNSHIPPED, HUNDRED, 0, 0)]
    forfeited = [(order.id, Fault.MERCHANT, penalty)] if penalty else []
    assert event_args(receipt, "BondForfeited") == forfeited
    assert balances(token, buyer, merchant, escrow.address) == [1_000 * LVO + penalty, 1_000 * LVO - penalty, 0]


def test_timeout_of_a_silent_buyer_pays_the_merchant(escrow, token, shipped, merchant, platform, outsider):
    receipt = escrow.send("timeout", shipped.call, sender=outsider, at=position(escrow, shipped)[1])
    fee = HUNDRED * 250 // 10_000
    assert event_args(receipt, "OrderClosed") == [(shipped.id, Outcome.ACCEPTED, 0, HUNDRED - fee, fee)]
    assert balances(token, merchant, platform, escrow.address) == [1_100 * LVO - fee, fee, 0]


@pytest.mark.parametrize(("claim", "bps"), [(60 * LVO, 6_000), (1, 9_999), (9_999, 3_333), (3, 5_000), (5, 0)])
def test_timeout_of_a_silent_arbiter_splits_as_signed(escrow, token, buyer, merchant, platform, outsider, claim, bps):
    order = draft(escrow, price=claim, silent_buyer_bps=bps)
    assert fund(escrow, order).error is None
    _ship(escrow, order)
    escrow.send("dispute", order.call, claim, EVIDENCE, sender=buyer)
    receipt = escrow.send("timeout", order.call, sender=outsider, at=position(escrow, order)[1])
    to_buyer = claim * bps // 10_000
    fee = (claim - to_buyer) * 250 // 10_000
    assert event_args(receipt, "OrderClosed") == [
        (order.id, Outcome.UNRULED, to_buyer, claim - to_buyer - fee, fee),
    ]
    held = [1_000 * LVO - claim + to_buyer, 1_000 * LVO + claim - to_buyer - fee, fee, 0]
    assert balances(token, buyer, merchant, platform, escrow.address) == held


def test_timeout_many_reverts_when_there_is_none(escrow, outsider):
    reverts(escrow.try_send("timeoutMany", [], sender=outsider), "RetailEscrow_BatchEmpty")


def test_timeout_many_closes_what_is_due(escrow, token, order, funded, shipped, disputed, outsider):
    at = position(escrow, funded)[1]
    orders = [each.call for each in (order, funded, shipped, disputed, funded)]
    receipt = escrow.send("timeoutMany", orders, sender=outsider, at=at)
    closed = [(args[0], args[1]) for args in event_args(receipt, "OrderClosed")]
    assert closed == [(funded.id, Outcome.UNSHIPPED), (disputed.id, Outcome.UNRULED)]
    assert event_args(receipt, "OrderSkipped") == [(order.id,), (shipped.id,), (funded.id,)]
    assert token.view("balanceOf", escrow.address) == 120 * LVO


# What others read


def test_domain_is_named(escrow, order):
    assert escrow.view("eip712Domain")[1:5] == (
        "LIVE VIDEO RetailEscrow", "1", escrow.chain.chain_id, escrow.address,
    )  # fmt: skip
    assert escrow.view("DOMAIN_SEPARATOR") == signable(order.message).header


def test_order_id_is_what_wallets_sign(escrow, order):
    """Also of a list of items as long as one likes, and of none."""
    for items in ((), order.items, order.items * 20):
        each = replace(order, items=items)
        assert escrow.view("orderId", each.call) == each.id
