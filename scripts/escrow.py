"""Trade through the retail escrow: ``brownie run escrow draft | sign | fund | ship | confirm | ... | demo``.

What every verb needs, prints and refuses is in docs/OPERATE.md.
"""

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import brownie
from brownie import chain, web3
from eth_utils.address import to_checksum_address
from rich.live import Live
from rich.table import Table

from lvo.models.escrow import Fault, Offer, Outcome, Position, State
from lvo.plan.fields import parse_address, parse_amount, parse_share
from lvo.retail import Order
from lvo.retail.files import choose, read_draft, to_json
from lvo.retail.mistakes import RetailError
from lvo.retail.record import BUYER, MERCHANT, PRICE, Books
from lvo.retail.text import duration, moment, what_next
from lvo.typed_data import escrow_message
from lvo.units import DAY, LVO, format_lvo
from scripts.support.console import ScriptError, brief, console, say, step, table, verb
from scripts.support.console import confirm as ask
from scripts.support.escrow import (
    FOREVER,
    SIDES,
    STATES,
    Agreement,
    able,
    books,
    find,
    fresh_salt,
    keep,
    lvo_of,
    now,
    only,
    payment_of,
    position,
    refuse_bad,
    refuse_state,
    refuse_unpayable,
    show,
    shown,
    sign_permit,
)
from scripts.support.escrow import (
    sign as sign_with,
)
from scripts.support.records import read_record, write_record
from scripts.support.sending import Receipt, attach, is_development, send, signer, signers

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "build" / "escrow" / "demo"
SAMPLE = ROOT / "examples" / "escrow"
FAULTS = {"none": Fault.NONE, "merchant": Fault.MERCHANT, "buyer": Fault.BUYER}
OFFER_LIFE = 7 * DAY
"""How long a settlement can be accepted, in seconds."""
REFRESH = 12
"""Seconds between two looks at the chain: a block of Ethereum."""
LIVE = (State.FUNDED, State.SHIPPED, State.DISPUTED)
CONTRACTS = ("RetailEscrow", "TipJar", "ContentReview", "AdLedger", "RewardLedger")
"""Of the suite, those that take LVO by allowance."""


def main() -> None:
    """Say which verbs there are."""
    for usage, words in (
        ("deploy [TOKEN]", "deploy an escrow; on a chain of one's own with a token to try it with"),
        ("draft ORDER.yaml ORDER.json", "write an order that wallets can sign"),
        ("sign ORDER.json", "read it in words, and sign it as buyer or merchant"),
        ("allow ESCROW AMOUNT [ACCOUNT]", "let an escrow take LVO: a merchant's bonds"),
        ("authorize ORDER.json", "as the buyer, let anyone pay it for you who has ether, and nothing else"),
        ("fund ORDER.json", "pay it"),
        ("ship ORDER.json TRACKING", "say that the goods are on their way"),
        ("confirm ORDER.json [SKU ...]", "pay the merchant, for everything or for some items"),
        ("refund ORDER.json [SKU ...]", "pay the buyer back, everything or some items"),
        ("dispute ORDER.json EVIDENCE [SKU ...]", "freeze everything or some items; EVIDENCE is a file"),
        ("concede ORDER.json", "give in"),
        ("rule ORDER.json SHARE FAULT", "as the arbiter: the buyer's share of the claim; none, merchant or buyer"),
        ("settle ORDER.json [AMOUNT]", "offer a split that gives the buyer AMOUNT, or accept the other's offer"),
        ("void ORDER.json", "take back all offers that were signed for it"),
        ("cancel ORDER.json", "before it is funded for good; before it is shipped as the merchant"),
        ("timeout ORDER.json [...]", "close orders whose deadlines have come"),
        ("status ORDER.json", "where it stands, and what happens next"),
        ("watch ESCROW MERCHANT", "all orders of a merchant with their next deadlines, live"),
        ("revoke", "take back every allowance of LVO to the suite"),
        ("demo", "a trade, a dispute with a ruling and one with a silent arbiter, on a fresh chain"),
    ):
        say(f"brownie run escrow {usage:<40}{words}")


@verb
def deploy(token: str = "") -> None:
    """Deploy an escrow for a token, or for the one that is recorded here."""
    _deploy(token)


@verb
def draft(yaml_file: str, order_file: str) -> None:
    """Write an order as the JSON that wallets sign."""
    _draft(Path(yaml_file), Path(order_file))


@verb
def sign(order_file: str) -> None:
    """Show an order and sign it for every side that can sign here."""
    _sign(Agreement.load(order_file))


@verb
def allow(escrow: str, amount: str, account: str = "") -> None:
    """Let an escrow take so many LVO of an account, the first one here if none is named."""
    _allow(escrow, amount, account)


@verb
def authorize(order_file: str) -> None:
    """Sign, as the buyer, an authorization that pays this order and nothing else; anyone may send it."""
    _authorize(Agreement.load(order_file))


@verb
def fund(order_file: str) -> None:
    """Fund an order; a buyer that has allowed nothing pays by a permit in the same transaction."""
    _fund(Agreement.load(order_file))


@verb
def ship(order_file: str, tracking: str) -> None:
    """Say that the goods are on their way."""
    _ship(Agreement.load(order_file), tracking)


@verb
def confirm(order_file: str, *skus: str) -> None:
    """Confirm everything, or some items (``SKU`` or ``SKU=2``)."""
    _confirm(Agreement.load(order_file), skus)


@verb
def refund(order_file: str, *skus: str) -> None:
    """Pay back everything, or some items."""
    _refund(Agreement.load(order_file), skus)


@verb
def dispute(order_file: str, evidence: str, *skus: str) -> None:
    """Dispute everything, or some items."""
    _dispute(Agreement.load(order_file), Path(evidence), skus)


@verb
def concede(order_file: str) -> None:
    """Give in, as buyer or merchant."""
    _concede(Agreement.load(order_file))


@verb
def rule(order_file: str, share: str, fault: str) -> None:
    """Rule, as the arbiter: ``40 % merchant``."""
    _rule(Agreement.load(order_file), share, fault)


@verb
def settle(order_file: str, amount: str = "") -> None:
    """Offer a split, or accept the one that the other side signed."""
    _settle(Agreement.load(order_file), amount)


@verb
def void(order_file: str) -> None:
    """Take back all offers."""
    _void(Agreement.load(order_file))


@verb
def cancel(order_file: str) -> None:
    """Cancel an order."""
    _cancel(Agreement.load(order_file))


@verb
def timeout(order_file: str, *more: str) -> None:
    """Close an order that is due, or many in one transaction."""
    if more:
        _timeout_many([Agreement.load(each) for each in (order_file, *more)])
    else:
        _timeout(Agreement.load(order_file))


@verb
def status(order_file: str) -> None:
    """Say where an order stands."""
    _status(Agreement.load(order_file))


@verb
def watch(escrow: str, merchant: str) -> None:
    """Show a merchant's orders, again and again; once where the output goes to no terminal."""
    _watch(find(_address(escrow)), _address(merchant))


@verb
def revoke() -> None:
    """Set every allowance to a contract of the suite to zero, for all accounts here."""
    _revoke()


@verb
def demo() -> None:
    """Trade, dispute and rule on a fresh chain."""
    if not is_development():
        raise ScriptError("The demo moves the clock, which only a chain of one's own allows: leave --network away.")
    _demo()


# ------------------------------------------------------------------------------------------------------ the verbs


def _deploy(token_address: str) -> Any:
    deployer = signer()
    if deployer is None:
        raise ScriptError("No account can sign here: name one of Brownie's keystore in LVO_KEYSTORE.")
    chain_id = int(web3.eth.chain_id)
    record = read_record(chain_id)
    if token_address:
        address = _address(token_address)
    elif record is not None:
        address = record["contracts"]["LVOToken"]["address"]
    elif is_development():
        address = _trial(deployer)
    else:
        raise ScriptError("There is no record of LVO on this chain: name the token's address.")
    if not web3.eth.get_code(to_checksum_address(address)):
        raise ScriptError(f"There is no contract at {address}: the address or the network is wrong. Nothing was sent.")
    receipt = send(brownie.RetailEscrow, address, sender=deployer)
    made = receipt.contract
    say(f"The escrow for LVO {address} is {made.address}: {receipt.txid}, {receipt.gas_used:,} gas.", style="green")
    if record is not None:
        record["contracts"][f"RetailEscrow {made.address}"] = {
            "address": str(made.address),
            "block": receipt.block_number,
            "transaction": receipt.txid,
        }
        kept = {key: value for key, value in record.items() if key not in ("schema", "chainId")}
        say(f"It is in {shown(write_record(chain_id, kept))}.")
    return made


def _trial(holder: Any) -> str:
    """Make a token to try things with, and give some of it to the accounts of a chain of one's own."""
    token = send(brownie.LVOToken, str(holder.address), sender=holder).contract
    others = [address for address in signers() if address != str(holder.address)][:9]
    send(token.transferBatch, [(address, 1_000 * LVO) for address in others], sender=holder)
    for number, address in enumerate(others, 1):
        say(f"account {number}  {address}  1,000 LVO")
    return str(token.address)


def _draft(yaml_file: Path, order_file: Path) -> Agreement:
    order = read_draft(yaml_file, fresh_salt())
    refuse_bad(order)
    if order_file.exists():
        raise ScriptError(f"{order_file} is there already, and may be signed: name another file. Nothing was written.")
    keep(order_file, to_json(order.message))
    path = shown(order_file)
    say(f"{path} is what both sides sign, with `brownie run escrow sign {path}` or in any wallet.")
    return Agreement(order_file, order)


def _sign(agreement: Agreement) -> None:
    order = agreement.order
    escrow = find(order.escrow, order.chain_id)
    show(order)
    refuse_bad(order, str(escrow.LVO()))
    refuse_state(order, position(escrow, order), State.NONE)
    here = able(agreement)
    if not here:
        raise ScriptError(
            f"Neither the buyer {agreement.account('buyer')} nor the merchant {agreement.account('merchant')} can sign "
            "here: name a key of Brownie's keystore in LVO_KEYSTORE, or sign the file in a wallet and put the "
            f"signature into {agreement.beside('buyer.sig')} or {agreement.beside('merchant.sig')}."
        )
    ask(f"Sign this as {' and '.join(here)}?")
    for side, account in here.items():
        path = agreement.beside(f"{side}.sig")
        keep(path, "0x" + sign_with(account, order.message).hex() + "\n")
        say(f"Signed as {side}: {shown(path)}. Give it to the other side with {shown(agreement.path)}.")


def _allow(escrow_address: str, amount: str, owner: str) -> None:
    escrow = find(_address(escrow_address))
    wei = _amount(amount)
    account = only(_address(owner), "owner") if owner else signer()
    if account is None:
        raise ScriptError("No account can sign here: name one of Brownie's keystore in LVO_KEYSTORE.")
    send(lvo_of(escrow).approve, str(escrow.address), wei, sender=account)
    say(f"The escrow may take {format_lvo(wei)} LVO of {account}, for orders that it signs. `revoke` takes that back.")


def _authorize(agreement: Agreement) -> None:
    order = agreement.order
    escrow = find(order.escrow, order.chain_id)
    show(order)
    refuse_bad(order, str(escrow.LVO()))
    refuse_state(order, position(escrow, order), State.NONE)
    buyer = only(order.buyer, "buyer")
    ask(f"Let anyone who has ether pay {format_lvo(order.price)} LVO of {buyer.address} for this order?")
    path = agreement.beside("buyer.payment.sig")
    keep(path, "0x" + sign_with(buyer, payment_of(escrow, order)).hex() + "\n")
    say(f"Signed: {shown(path)}. It pays this order until {moment(order.fund_by)}, once, and nothing else.")


def _fund(agreement: Agreement) -> Receipt:
    order = agreement.order
    escrow = find(order.escrow, order.chain_id)
    refuse_bad(order, str(escrow.LVO()))
    refuse_state(order, position(escrow, order), State.NONE)
    here = able(agreement)
    authorized = agreement.signature("buyer", payment_of(escrow, order), "payment.sig")
    if authorized and "buyer" not in here:
        return _fund_authorized(escrow, agreement, here, authorized)
    sender_side = next(iter(here), "")
    sender = here.get(sender_side) or signer()
    if sender is None:
        raise ScriptError("No account can sign here: name one of Brownie's keystore in LVO_KEYSTORE.")
    consents = []
    for side in SIDES:
        consent = b"" if side == sender_side else agreement.signature(side)
        if not consent and side != sender_side:
            raise ScriptError(
                f"RetailEscrow_InvalidSigner(nobody, {agreement.account(side)}): {agreement.beside(f'{side}.sig')} is "
                f"missing. Let the {side} run `brownie run escrow sign {agreement.path}`. Nothing was sent."
            )
        consents.append(consent)
    if order.merchant_bond:
        refuse_unpayable(escrow, agreement.account("merchant"), order.merchant_bond, "the merchant's bond")
    receipt = _pay(escrow, agreement, order.price, "the price", "fund", sender, order.call, *consents)
    say(f"{format_lvo(order.price)} LVO are in escrow: {receipt.txid}, {receipt.gas_used:,} gas.", style="green")
    _next(escrow, order)
    return receipt


def _fund_authorized(escrow: Any, agreement: Agreement, here: dict[str, Any], authorized: bytes) -> Receipt:
    """Fund with the buyer's authorization; whoever sends needs no LVO."""
    order = agreement.order
    consent = b"" if "merchant" in here else agreement.signature("merchant")
    if not consent and "merchant" not in here:
        raise ScriptError(
            f"RetailEscrow_InvalidSigner(nobody, {agreement.account('merchant')}): {agreement.beside('merchant.sig')} "
            f"is missing. Let the merchant run `brownie run escrow sign {agreement.path}`. Nothing was sent."
        )
    sender = here.get("merchant") or signer()
    if sender is None:
        raise ScriptError("No account can sign here: name one of Brownie's keystore in LVO_KEYSTORE.")
    if order.merchant_bond:
        refuse_unpayable(escrow, agreement.account("merchant"), order.merchant_bond, "the merchant's bond")
    facts = (0, order.fund_by, authorized)
    receipt = send(escrow.fundWithAuthorization, order.call, facts, consent, sender=sender)
    say(f"{format_lvo(order.price)} LVO of the buyer are in escrow: {receipt.txid}, {receipt.gas_used:,} gas.")
    _next(escrow, order)
    return receipt


def _pay(
    escrow: Any, agreement: Agreement, amount: int, what: str, function: str, sender: Any, *arguments: Any
) -> Receipt:
    """Call a function that takes LVO of the buyer; with a permit if it sends and has not allowed enough."""
    buyer = agreement.account("buyer")
    method = getattr(escrow, function)
    allowed = int(lvo_of(escrow).allowance(buyer, escrow))
    if allowed >= amount or str(getattr(sender, "address", sender)) != buyer:
        refuse_unpayable(escrow, buyer, amount, what)
        return send(method, *arguments, sender=sender)
    if int(lvo_of(escrow).balanceOf(buyer)) < amount:
        refuse_unpayable(escrow, buyer, amount, what)
    permit = escrow.usePermit.encode_input(amount, FOREVER, sign_permit(escrow, sender, amount))
    return send(escrow.multicall, [permit, method.encode_input(*arguments)], sender=sender)


def _ship(agreement: Agreement, tracking: str) -> None:
    escrow, order = _standing(agreement, State.FUNDED)
    receipt = send(escrow.ship, order.call, web3.keccak(text=tracking), sender=only(order.merchant, "merchant"))
    say(f"Shipped, with the hash of {tracking!r}: {receipt.txid}, {receipt.gas_used:,} gas.", style="green")
    _next(escrow, order)


def _confirm(agreement: Agreement, skus: tuple[str, ...]) -> None:
    escrow, order = _standing(agreement, State.SHIPPED)
    buyer = only(order.buyer, "buyer")
    if skus:
        receipt = send(escrow.confirmPart, order.call, _part(escrow, order, skus), sender=buyer)
    else:
        receipt = send(escrow.confirm, order.call, sender=buyer)
    say(f"Confirmed {', '.join(skus) or 'everything'}: {receipt.txid}, {receipt.gas_used:,} gas.", style="green")
    _next(escrow, order)


def _refund(agreement: Agreement, skus: tuple[str, ...]) -> None:
    escrow, order = _standing(agreement, State.FUNDED, State.SHIPPED)
    amount = _part(escrow, order, skus)
    receipt = send(escrow.refund, order.call, amount, sender=only(order.merchant, "merchant"))
    say(f"{format_lvo(amount)} LVO paid back: {receipt.txid}, {receipt.gas_used:,} gas.", style="green")
    _next(escrow, order)


def _dispute(agreement: Agreement, evidence: Path, skus: tuple[str, ...]) -> None:
    escrow, order = _standing(agreement, State.SHIPPED)
    buyer = only(order.buyer, "buyer")
    claim = _part(escrow, order, skus)
    hashed = web3.keccak(evidence.read_bytes())
    receipt = _pay(
        escrow, agreement, order.dispute_bond, "the dispute bond", "dispute", buyer, order.call, claim, hashed
    )
    say(f"{format_lvo(claim)} LVO are disputed: {receipt.txid}, {receipt.gas_used:,} gas.", style="green")
    say(f"Keep {shown(evidence)} as it is: its hash {'0x' + bytes(hashed).hex()} is on the chain.")
    _next(escrow, order)


def _concede(agreement: Agreement) -> None:
    escrow, order = _standing(agreement, State.DISPUTED)
    here = able(agreement)
    if not here:
        raise ScriptError("Neither side can sign here: name a key in LVO_KEYSTORE. Nothing was sent.")
    side, account = next(iter(here.items()))
    receipt = send(escrow.concede, order.call, sender=account)
    say(f"Conceded as {side}: {receipt.txid}.", style="green")
    _closed(receipt)


def _rule(agreement: Agreement, share: str, fault: str) -> None:
    escrow, order = _standing(agreement, State.DISPUTED)
    if fault not in FAULTS:
        raise ScriptError(f"{fault!r} is nobody to blame: write {', '.join(FAULTS)}. Nothing was sent.")
    try:
        bps = parse_share(share)
    except ValueError as error:
        raise ScriptError(f"{error}. Nothing was sent.") from None
    claim = position(escrow, order).remaining
    receipt = send(escrow.rule, order.call, claim * bps // 10_000, FAULTS[fault], sender=only(order.arbiter, "arbiter"))
    say(f"Ruled: {receipt.txid}, {receipt.gas_used:,} gas.", style="green")
    _closed(receipt)


def _settle(agreement: Agreement, amount: str) -> None:
    escrow, order = _standing(agreement, *LIVE)
    stored = position(escrow, order)
    here = able(agreement)
    if not here:
        raise ScriptError("Neither side can sign here: name a key in LVO_KEYSTORE. Nothing was sent.")
    path = agreement.beside("settlement.json")
    if amount:
        offer = Offer(stored.remaining, _amount(amount), stored.round, now() + OFFER_LIFE)
        if offer.amount > offer.remaining:
            raise ScriptError(
                f"RetailEscrow_AwardOutOfBounds(0x{order.id.hex()}, {offer.amount}, {offer.remaining}): only "
                f"{format_lvo(offer.remaining)} LVO remain. Nothing was signed."
            )
        message = _settlement(order, offer)
        _say_offer(order, offer)
        ask(f"Sign this as {' and '.join(here)}?")
        keep(path, to_json(message))
        for side in SIDES:
            agreement.beside(f"{side}.settlement.sig").unlink(missing_ok=True)
        for side, account in here.items():
            keep(agreement.beside(f"{side}.settlement.sig"), "0x" + sign_with(account, message).hex() + "\n")
        if len(here) < len(SIDES):
            say(
                f"Offered. Give {shown(path)} and the signature beside it to the other side, who runs settle to accept."
            )
            say("`void` takes it back.")
            return
    if not path.exists():
        raise ScriptError(f"There is no offer in {path}: offer one with an amount. Nothing was sent.")
    offer = _read_offer(path, order)
    consents = [
        agreement.signature(side, _settlement(order, offer), "settlement.sig") if side not in here else b""
        for side in SIDES
    ]
    side = next(iter(here))
    if not amount:
        _say_offer(order, offer)
        ask(f"Accept this as {side}?")
    missing = [name for name, consent in zip(SIDES, consents, strict=True) if name not in here and not consent]
    if missing:
        raise ScriptError(f"The {missing[0]} has not signed this offer. Nothing was sent.")
    # Who sends needs no signature; the other's is in its file also if both keys are here.
    consents = [
        b"" if name == side else consent or agreement.signature(name, _settlement(order, offer), "settlement.sig")
        for name, consent in zip(SIDES, consents, strict=True)
    ]
    facts = (offer.remaining, offer.amount, offer.round, offer.expiry)
    receipt = send(escrow.settle, order.call, facts, *consents, sender=here[side])
    say(f"Settled: {receipt.txid}, {receipt.gas_used:,} gas.", style="green")
    _closed(receipt)


def _settlement(order: Order, offer: Offer) -> dict[str, Any]:
    fields = {"remaining": offer.remaining, "toBuyer": offer.amount, "round": offer.round, "expiry": offer.expiry}
    return escrow_message("Settlement", order.chain_id, order.escrow, order=order.id, **fields)


def _read_offer(path: Path, order: Order) -> Offer:
    try:
        message = json.loads(path.read_text())["message"]
        offer = Offer(*(int(message[key]) for key in ("remaining", "toBuyer", "round", "expiry")))
        same = message["order"] == "0x" + order.id.hex()
    except (ValueError, KeyError, TypeError) as error:
        raise ScriptError(f"{path} is not an offer as settle writes it ({error}): ask for it again.") from None
    if not same:
        raise ScriptError(f"{path} is an offer for another order. Nothing was sent.")
    return offer


def _say_offer(order: Order, offer: Offer) -> None:
    rest = offer.remaining - offer.amount
    table(
        "Settlement",
        ("", "value"),
        [
            ("order", "0x" + order.id.hex()),
            ("of what remains", f"{format_lvo(offer.remaining)} LVO"),
            ("to the buyer", f"{format_lvo(offer.amount)} LVO"),
            ("to the merchant", f"{format_lvo(rest - rest * order.fee_bps // 10_000)} LVO after the fee"),
            ("bonds", "go home"),
            ("until", moment(offer.expiry)),
        ],
    )


def _void(agreement: Agreement) -> None:
    escrow, order = _standing(agreement, *LIVE)
    here = able(agreement)
    if not here:
        raise ScriptError("Neither side can sign here: name a key in LVO_KEYSTORE. Nothing was sent.")
    receipt = send(escrow.voidOffers, order.call, sender=next(iter(here.values())))
    say(f"Every offer that was signed for this order is void: {receipt.txid}.", style="green")


def _cancel(agreement: Agreement) -> None:
    order = agreement.order
    escrow = find(order.escrow, order.chain_id)
    stored = position(escrow, order)
    refuse_state(order, stored, State.NONE, State.FUNDED)
    sides = SIDES if stored.state == State.NONE else ("merchant",)
    here = able(agreement, sides)
    if not here:
        raise ScriptError(
            f"Only the {' or the '.join(sides)} can cancel it now, and cannot sign here. Nothing was sent."
        )
    receipt = send(escrow.cancel, order.call, sender=next(iter(here.values())))
    if stored.state == State.NONE:
        say(f"Canceled for good: {receipt.txid}. No signature of it is worth anything.", style="green")
    else:
        say(f"Canceled: {receipt.txid}.", style="green")
        _closed(receipt)


def _timeout(agreement: Agreement) -> None:
    order = agreement.order
    escrow = find(order.escrow, order.chain_id)
    stored = position(escrow, order)
    refuse_state(order, stored, *LIVE)
    if now() < stored.deadline:
        raise ScriptError(
            f"RetailEscrow_TooEarly(0x{order.id.hex()}, {now()}, {stored.deadline}): the order "
            f"{what_next(order, stored, now())}. Nothing was sent."
        )
    sender = signer()
    if sender is None:
        raise ScriptError("No account can sign here; anyone's will do: name one of Brownie's keystore in LVO_KEYSTORE.")
    receipt = send(escrow.timeout, order.call, sender=sender)
    say(f"Closed: {receipt.txid}, {receipt.gas_used:,} gas.", style="green")
    _closed(receipt)


def _timeout_many(agreements: list[Agreement]) -> None:
    escrow = find(agreements[0].order.escrow, agreements[0].order.chain_id)
    for each in agreements:
        if (each.order.escrow, each.order.chain_id) != (str(escrow.address), agreements[0].order.chain_id):
            raise ScriptError(f"{each.path} is an order of another escrow: close it alone. Nothing was sent.")
    sender = signer()
    if sender is None:
        raise ScriptError("No account can sign here; anyone's will do: name one of Brownie's keystore in LVO_KEYSTORE.")
    receipt = send(escrow.timeoutMany, [each.order.call for each in agreements], sender=sender)
    closed, skipped = len(receipt.events("OrderClosed")), len(receipt.events("OrderSkipped"))
    say(f"{closed:,} closed, {skipped:,} not due: {receipt.txid}, {receipt.gas_used:,} gas.", style="green")


def _status(agreement: Agreement) -> None:
    order = agreement.order
    escrow = find(order.escrow, order.chain_id)
    show(order)
    stored = position(escrow, order)
    for side in SIDES:
        signed = "signed" if agreement.signature(side) else "has not signed this file"
        say(f"The {side} {agreement.account(side)} {signed}.")
    say(f"It is {STATES[stored.state]}; {format_lvo(stored.remaining)} LVO remain.")
    _next(escrow, order)


def _watch(escrow: Any, merchant: str) -> None:
    once = not console.is_terminal or os.environ.get("LVO_WATCH") == "once"
    if once:
        console.print(_orders(books(escrow), merchant, now()))
        return
    with Live(_orders(books(escrow), merchant, now()), console=console, screen=False) as live:
        while True:
            time.sleep(REFRESH)
            live.update(_orders(books(escrow), merchant, now()))


def _orders(told: Books, merchant: str, at: int) -> Table:
    """Draw a merchant's orders, the next deadline first, and what happens then."""
    drawn = Table(title=f"Orders of {merchant}, {moment(at)}", title_justify="left")
    for column in ("order", "buyer", "price, LVO", "remains, LVO", "state", "deadline", "in", "then"):
        drawn.add_column(column, justify="right" if "LVO" in column else "left")
    mine = [
        (id_, entry, entry.order)
        for id_, entry in told.entries.items()
        if entry.order is not None and to_checksum_address(entry.order[MERCHANT]) == merchant
    ]
    for id_, entry, order in sorted(mine, key=lambda row: (row[1].position.deadline or FOREVER, row[0])):
        stored = entry.position
        left = stored.deadline - at
        drawn.add_row(
            brief("0x" + id_.hex()),
            brief(to_checksum_address(order[BUYER])),
            format_lvo(order[PRICE]),
            format_lvo(stored.remaining),
            STATES[stored.state] if entry.outcome is None else _words(entry.outcome),
            moment(stored.deadline) if stored.live else "",
            ("overdue" if left <= 0 else duration(left)) if stored.live else "",
            _then(stored, order) if stored.live else "",
        )
    for (account, fee_to), record in told.records.items():
        if to_checksum_address(account) == merchant:
            drawn.caption = (
                f"fees to {brief(fee_to)}: {format_lvo(record.fees)} LVO on {record.completed:,} completed orders; "
                f"refunded {format_lvo(record.refunded)}, lost {format_lvo(record.lost)}, undecided "
                f"{format_lvo(record.undecided)} LVO"
            )
    return drawn


def _then(stored: Position, order: tuple[Any, ...]) -> str:
    bps = 8
    return {
        State.FUNDED: "all to the buyer, with the bond: ship",
        State.SHIPPED: "all to the merchant",
        State.DISPUTED: f"{format_lvo(stored.remaining * order[bps] // 10_000)} LVO to the buyer",
    }[stored.state]


def _words(outcome: Outcome) -> str:
    return outcome.name.lower().replace("_", " ")


def _revoke() -> None:
    record = read_record(int(web3.eth.chain_id))
    if record is None:
        raise ScriptError("There is no record of a deployment on this chain: nothing to revoke is known.")
    contracts = {
        key: entry["address"]
        for key, entry in record["contracts"].items()
        if entry.get("contract", key).startswith(CONTRACTS) or key.startswith(CONTRACTS)
    }
    token = attach(brownie.LVOToken, record["contracts"]["LVOToken"]["address"])
    count = 0
    for address, account in signers().items():
        for name, spender in contracts.items():
            if int(token.allowance(address, spender)):
                send(token.approve, spender, 0, sender=account)
                say(f"{name} {spender} can take nothing of {address} any more.")
                count += 1
    say(f"{count} allowance{'s' * (count != 1)} revoked; {len(contracts)} contracts looked at.", style="green")


# ------------------------------------------------------------------------------------------------ what they share


def _standing(agreement: Agreement, *states: State) -> tuple[Any, Order]:
    """Return escrow and order if it is in one of the states and its deadline has not come."""
    order = agreement.order
    escrow = find(order.escrow, order.chain_id)
    stored = position(escrow, order)
    refuse_state(order, stored, *states)
    if now() >= stored.deadline:
        raise ScriptError(
            f"RetailEscrow_TooLate(0x{order.id.hex()}, {now()}, {stored.deadline}): the order "
            f"{what_next(order, stored, now())}. Nothing was sent."
        )
    return escrow, order


def _part(escrow: Any, order: Order, skus: tuple[str, ...]) -> int:
    """Return what some items cost together; everything that remains if none is named."""
    remaining = position(escrow, order).remaining
    try:
        amount = choose(order, skus) if skus else remaining
    except RetailError as error:
        raise ScriptError(f"{error} Nothing was sent.") from None
    if amount > remaining:
        raise ScriptError(
            f"RetailEscrow_AmountOutOfBounds(0x{order.id.hex()}, {amount}, {remaining}): these items cost "
            f"{format_lvo(amount)} LVO and {format_lvo(remaining)} LVO remain. Nothing was sent."
        )
    return amount


def _next(escrow: Any, order: Order) -> None:
    say(f"The order {what_next(order, position(escrow, order), now())}.")


def _closed(receipt: Receipt) -> None:
    for told in receipt.events("OrderClosed"):
        say(
            f"Closed ({_words(Outcome(told['outcome']))}): {format_lvo(told['toBuyer'])} LVO to the buyer, "
            f"{format_lvo(told['toMerchant'])} LVO to the merchant, {format_lvo(told['fee'])} LVO fee."
        )
    for told in receipt.events("BondForfeited"):
        side = "merchant" if told["fault"] == Fault.MERCHANT else "buyer"
        say(f"The {side}'s bond paid {format_lvo(told['penalty'])} LVO to the other side.")


def _address(text: str) -> str:
    try:
        return parse_address(text)
    except ValueError as error:
        raise ScriptError(f"{error}. Nothing was sent.") from None


def _amount(text: str) -> int:
    try:
        return int(parse_amount(text))
    except ValueError as error:
        raise ScriptError(f"{error}. Nothing was sent.") from None


# ------------------------------------------------------------------------------------------------------- the demo


def _demo() -> None:
    os.environ.setdefault("LVO_YES", "1")
    people = list(signers().values())
    buyer, merchant, arbiter, platform = people[1:5]
    step("1  An escrow, a shopper and a merchant, each with 1,000 LVO")
    token = send(brownie.LVOToken, str(people[0].address), sender=people[0]).contract
    escrow = send(brownie.RetailEscrow, str(token.address), sender=people[0]).contract
    for account in (buyer, merchant):
        send(token.transfer, str(account.address), 1_000 * LVO, sender=people[0])
    send(token.approve, str(escrow.address), 100 * LVO, sender=merchant)
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir(parents=True)

    def agree(name: str) -> Agreement:
        text = (SAMPLE / "order.yaml").read_text()
        for number, account in enumerate((escrow, buyer, merchant, arbiter, platform), 1):
            text = text.replace(f"0x{'0' * 35}1000{number}", str(account.address))
        shutil.copy(SAMPLE / "terms.txt", DEMO)
        (DEMO / f"{name}.yaml").write_text(text)
        agreement = _draft(DEMO / f"{name}.yaml", DEMO / f"{name}.json")
        _sign(agreement)
        return agreement

    step("2  They trade: agreed, paid, shipped, confirmed item by item")
    trade = agree("trade")
    _fund(trade)
    _ship(trade, "1Z 999 AA1")
    _confirm(trade, ("poster",))
    _confirm(trade, ())

    step("3  The mugs of another order are broken, and the arbiter rules")
    ruled = agree("ruled")
    _fund(ruled)
    _ship(ruled, "1Z 999 AA2")
    photo = DEMO / "broken.txt"
    photo.write_text("Both mugs arrived in pieces.\n")
    _dispute(ruled, photo, ("mug-blue",))
    chain.sleep(20 * DAY)
    chain.mine()
    _rule(ruled, "100 %", "merchant")

    step("4  The same, and the arbiter is silent: it ends as both had signed, by anyone's call")
    silent = agree("silent")
    _fund(silent)
    _ship(silent, "1Z 999 AA3")
    _dispute(silent, photo, ("mug-blue",))
    _watch(escrow, str(merchant.address))
    chain.sleep(30 * DAY)
    chain.mine()
    _timeout(silent)

    step("5  What became of it")
    _watch(escrow, str(merchant.address))
    table(
        "Balances",
        ("who", "LVO"),
        [
            (who, format_lvo(int(token.balanceOf(account))))
            for who, account in (
                ("buyer", buyer), ("merchant", merchant), ("platform", platform), ("arbiter", arbiter),
                ("escrow", escrow),
            )
        ],
        ("LVO",),
    )  # fmt: skip
    say("Every wei is where the signed orders say.", style="green")
