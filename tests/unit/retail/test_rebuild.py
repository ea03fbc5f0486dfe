"""INV-ESC-5: where every order stands, and every merchant's record, is rebuilt from events alone."""

import random

from lvo.models.base import NOBODY
from lvo.models.escrow import Fault, Offer, State
from lvo.retail.record import Books, Record
from lvo.units import LVO
from tests.escrow_scenes import shipped_order
from tests.helpers import FOREVER
from tests.retail import EVIDENCE, HALF, RULING, TRACKING, draft, facts, offered, position, signed


def test_every_state_is_rebuilt_from_events(chain, escrow, buyer, merchant, arbiter, outsider):
    """Random acts, most of which stand; the rebuilt state is the stored one, for every order."""
    dice, books, orders = random.Random(5), Books(), []

    def send(function, *args, sender):
        receipt = escrow.try_send(function, *args, sender=sender, at=chain.time + dice.choice((0, 1, 5, 40, 50_000)))
        for event in receipt.events:
            if event.source == escrow.address:
                books.read(event.name, event.args)

    for salt in range(60):
        free = {"fee_to": NOBODY, "fee_bps": 0} if salt % 2 else {}
        order = draft(escrow, salt=salt, merchant_bond=salt % 3, price=1_000 + salt, fund_by=FOREVER, **free)
        orders.append(order)
        if salt % 9:
            send("fund", order.call, b"", signed(order, "merchant"), sender=buyer)
        for _ in range(4):
            each = dice.choice(orders[-12:])
            now = position(escrow, each)
            act = dice.randrange(14)
            match act:
                case 0 | 1 | 2 | 3:
                    send("ship", each.call, TRACKING, sender=merchant)
                case 4:
                    send("confirm", each.call, sender=buyer)
                case 5:
                    send("confirmPart", each.call, dice.randrange(1, 600), sender=buyer)
                case 6:
                    send("refund", each.call, dice.choice((1, 300, now[0])), sender=merchant)
                case 7 | 8:
                    send("dispute", each.call, dice.randrange(1, 1_000), EVIDENCE, sender=buyer)
                case 9:
                    send("voidOffers", each.call, sender=buyer)
                case 10:
                    send("cancel", each.call, sender=merchant)
                case 11:
                    send("concede", each.call, sender=dice.choice((buyer, merchant)))
                case 12:
                    send("rule", each.call, min(now[0], 7), dice.choice(list(Fault)), sender=arbiter)
                case 13:
                    some = dice.sample(orders, min(3, len(orders)))
                    send("timeoutMany", [order.call for order in some], sender=outsider)
    rebuilt = {id_: entry.position for id_, entry in books.entries.items()}
    seen = set()
    for order in orders:
        stored = position(escrow, order)
        kept = rebuilt.get(order.id)
        assert stored == ((kept.remaining, kept.deadline, kept.round, kept.state) if kept else (0, 0, 0, 0))
        seen.add(stored[3])
    assert seen == set(State)


def test_a_merchants_record_counts_what_each_end_means(chain, escrow, buyer, merchant, arbiter, platform, outsider):
    books = Books()

    def send(function, order, *args, sender, at=None):
        for event in escrow.send(function, order.call, *args, sender=sender, at=at).events:
            if event.source == escrow.address:
                books.read(event.name, event.args)

    orders = {}
    for salt, name in enumerate(("confirmed", "refunded", "settled", "ruled", "unruled", "unshipped", "canceled"), 10):
        order = draft(escrow, salt=salt)
        send("fund", order, b"", signed(order, "merchant"), sender=buyer)
        if name not in ("unshipped", "canceled"):
            send("ship", order, TRACKING, sender=merchant)
        orders[name] = order
    send("confirmPart", orders["confirmed"], 40 * LVO, sender=buyer)
    send("confirm", orders["confirmed"], sender=buyer)
    send("refund", orders["refunded"], 30 * LVO, sender=merchant)
    send("refund", orders["refunded"], 70 * LVO, sender=merchant)
    offer = Offer(100 * LVO, 25 * LVO, 0, FOREVER)
    consent = offered("Settlement", orders["settled"], offer, "buyer")
    send("settle", orders["settled"], facts(offer), consent, b"", sender=merchant)
    send("cancel", orders["canceled"], sender=merchant)
    send("dispute", orders["unruled"], 50 * LVO, EVIDENCE, sender=buyer)
    send("dispute", orders["ruled"], 50 * LVO, EVIDENCE, sender=buyer)
    begins = position(escrow, orders["ruled"])[1] - RULING + HALF
    send("rule", orders["ruled"], 10 * LVO, Fault.MERCHANT, sender=arbiter, at=begins)
    send("timeout", orders["unruled"], sender=outsider, at=position(escrow, orders["unruled"])[1])
    send("timeout", orders["unshipped"], sender=outsider, at=position(escrow, orders["unshipped"])[1])
    assert dict(books.records) == {
        (merchant, platform): Record(
            completed=1,
            fees=25 * 10**17,
            refunded=(100 + 25 + 100) * LVO,
            lost=(10 + 10) * LVO + (100 + 20) * LVO,
            undecided=30 * LVO,
        )
    }


def test_a_self_dealer_pays_for_every_wei_of_its_record(escrow, token, buyer, merchant, platform):
    """Two accounts of one person: what stands in the record has left both."""
    books = Books()
    before = token.view("balanceOf", buyer) + token.view("balanceOf", merchant)
    for salt in range(20, 23):
        order = shipped_order(escrow, salt)
        books.read("OrderFunded", (order.id, buyer, merchant, order.call, 0))
        for event in escrow.send("confirm", order.call, sender=buyer).events[:1]:
            books.read(event.name, event.args)
    after = token.view("balanceOf", buyer) + token.view("balanceOf", merchant)
    assert books.records[merchant, platform].fees == before - after > 0
    # Under a receiver of fees of its own it pays itself; a reader does not count that one.
    assert {fee_to for _, fee_to in books.records} == {platform}
