"""An order in words, as people read it before they sign."""

from datetime import datetime, timezone

from lvo.models.escrow import Position, State
from lvo.retail.order import Order
from lvo.units import DAY, format_lvo

_UNITS = (("day", DAY), ("hour", 3_600), ("minute", 60), ("second", 1))


def duration(seconds: int) -> str:
    """Write a length of time in its largest units, such as ``2 days 3 hours``."""
    words = []
    for name, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count:,} {name}{'s' * (count != 1)}")
    return " ".join(words[:2]) or "0 seconds"


def moment(time: int) -> str:
    """Write a time, UTC."""
    try:
        return datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"second {time:,}"


def percent(bps: int) -> str:
    """Write basis points as percent, exactly."""
    whole, rest = divmod(bps, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") + " %"


def render(order: Order) -> list[tuple[str, str]]:
    """Return what an order says, as pairs of a label and its text; nothing that is signed is left out."""
    first_half = order.ruling_window // 2
    return [
        ("order", "0x" + order.id.hex()),
        ("counts at", f"escrow {order.escrow} on chain {order.chain_id}"),
        ("buyer pays", f"{format_lvo(order.price)} LVO, from {order.buyer}"),
        ("merchant", order.merchant),
        *((f"item {i}", _item(order, i)) for i in range(1, len(order.items) + 1)),
        ("funded by", f"{moment(order.fund_by)}, or it is void"),
        ("shipped within", f"{duration(order.ship_window)} of that, or the buyer gets everything back, and the bond"),
        ("merchant's bond", f"{format_lvo(order.merchant_bond)} LVO"),
        ("inspected within", f"{duration(order.inspect_window)} of the shipment, or the merchant gets everything"),
        ("dispute bond", f"{format_lvo(order.dispute_bond)} LVO, of the buyer"),
        ("arbiter", order.arbiter),
        (
            "ruled within",
            f"{duration(order.ruling_window)} of a dispute; in the first {duration(first_half)} a side may concede",
        ),
        ("if the arbiter is silent", f"the buyer gets {percent(order.silent_buyer_bps)} of the claim"),
        (
            "fee",
            f"{percent(order.fee_bps)} of what the merchant receives, to {order.fee_to}" if order.fee_bps else "none",
        ),
        ("other terms", "0x" + order.terms_hash.hex()),
        ("salt", str(order.salt)),
    ]


def _item(order: Order, number: int) -> str:
    item = order.items[number - 1]
    return f"{item.quantity:,} x {item.sku}, {format_lvo(item.price)} LVO each, {format_lvo(item.amount)} LVO"


def what_next(order: Order, position: Position, now: int) -> str:
    """Say what an order waits for, and what happens if nothing comes; `now` in Unix seconds."""
    state, over = position.state, now >= position.deadline
    if state == State.NONE:
        return (
            "can be funded until " + moment(order.fund_by) if now < order.fund_by else "was never funded, and is void"
        )
    if state == State.CLOSED:
        return "is closed"
    if state == State.FUNDED:
        end = "all goes to the buyer, with the bond"
        wait = "for the merchant to ship"
    elif state == State.SHIPPED:
        end = "all goes to the merchant"
        wait = "for the buyer to confirm or dispute"
    else:
        end = f"{percent(order.silent_buyer_bps)} of the claim goes to the buyer, the rest to the merchant"
        begins = position.deadline - (order.ruling_window - order.ruling_window // 2)
        early = "" if now >= begins else f", who has the word from {moment(begins)} (before that a side may concede),"
        wait = f"for the arbiter to rule{early}"
    if over:
        return f"is overdue: anyone sends timeout, and {end}"
    return f"waits {wait} until {moment(position.deadline)} ({duration(position.deadline - now)}); else {end}"
