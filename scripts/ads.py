"""The advertising ledger: ``brownie run ads draft | sign | open | build | post | finalize | settle | query`` and more.

What the verbs on the chain need, print and refuse is in docs/OPERATE.md. ``LVO_ENGINE=spark`` lets those that compute
attention do so on Apache Spark.
"""

import csv
import json
import secrets
from collections import Counter
from dataclasses import astuple
from pathlib import Path
from typing import Any

from brownie import web3

from lvo.advertising.books import Books, LineBook
from lvo.advertising.offer import SIDES, Offer, read_draft, read_offer
from lvo.attention.payouts import Part, parts_csv, read_parts
from lvo.models.ads import LineStatus
from lvo.plan.fields import parse_amount
from lvo.rewards.manifest import Manifest
from lvo.units import format_lvo
from scripts.support import attention
from scripts.support.campaigns import (
    BATCHES_PER_CALL,
    LINES_PER_POST,
    SILENCE,
    account_of,
    anyone,
    campaign_of,
    due_batches,
    ensure_allowance,
    find_ledger,
    line_of,
    missing_lines,
    now,
    over_campaigns,
    proof_of,
    read_books,
    rules_of,
    show_campaigns,
    show_contested,
    show_offer,
    show_totals,
    sign_offer,
    terms_of,
)
from scripts.support.console import ScriptError, say, verb
from scripts.support.records import write_file
from scripts.support.sending import Receipt, send, signer

ROOT = Path(__file__).resolve().parents[1]
TABLES = ROOT / "reports" / "attention"


def main() -> None:
    """Say which verbs there are."""
    for usage, words in (
        ("draft CAMPAIGN.yaml OFFER.json", "write an offer that wallets can sign"),
        ("sign OFFER.json", "read it in words, and sign it as advertiser or settler"),
        ("cancel OFFER.json", "make it void before it is opened"),
        ("open OFFER.json", "open the campaign and escrow its budget"),
        ("topup OFFER.json AMOUNT", "add LVO to it"),
        ("pause | resume | close OFFER.json", "as the advertiser"),
        ("deposit | withdraw LEDGER AMOUNT", "the settler's deposit, in LVO"),
        ("expand TABLE FOLDER RECEIPTS [SEED]", "signed receipts of real campaigns, for a rehearsal"),
        ("build ORDER", "compute an epoch from its receipts, write its folder"),
        ("post FOLDER", "as the settler: book the lines of an epoch; a rerun goes on"),
        ("check FOLDER [KEPT...]", "compute a folder again, byte for byte; no chain"),
        ("verify FOLDER [KEPT...]", "check, and compare with what the ledger was told"),
        ("audit FOLDER [COUNT] [SEED]", "open random receipts; no chain"),
        ("accept LEDGER CAMPAIGN EPOCH", "as the advertiser: make a line final at once"),
        ("object LEDGER CAMPAIGN EPOCH [UNITS]", "as the advertiser: contest a line but for UNITS, with a bond"),
        ("concede LEDGER CAMPAIGN EPOCH", "give in, as settler or advertiser"),
        ("rule LEDGER CAMPAIGN EPOCH UNITS", "as the arbiter: how many contested units stand"),
        ("finalize LEDGER", "make everything final, expire and refund what is due; anyone"),
        ("finals LEDGER EPOCH FILE [EARLIER...]", "what became final of an epoch, but for what earlier files have"),
        ("settle SETTLEMENT", "a reward list of what became final; no chain"),
        ("status LEDGER [CAMPAIGN]", "campaigns, contested lines, sums"),
        ("query FOLDER...", "tables and charts by epoch and by campaign; no chain"),
    ):
        say(f"brownie run ads {usage:<40}{words}")


# ---------------------------------------------------------------------------------------------------------- campaigns


@verb
def draft(yaml_file: str, offer_file: str) -> None:
    """Write an offer from a draft."""
    made = read_draft(Path(yaml_file))
    ledger = find_ledger(made.ledger, made.chain_id)
    rules = rules_of(ledger)
    offer = Offer(made.chain_id, str(ledger.address), made.terms(rules.epoch_length, secrets.token_bytes(32)))
    show_offer(offer, rules)
    if Path(offer_file).exists():
        raise ScriptError(f"{offer_file} is there already: an offer is never overwritten; name another file.")
    write_file(Path(offer_file), offer.to_json())
    say(f"{offer_file} is written: sign it.")


@verb
def sign(offer_file: str) -> None:
    """Show an offer and sign it for every side that can sign here."""
    offer = sign_offer(Path(offer_file))
    missing = [side for side in SIDES if side not in offer.signatures]
    say(f"Not signed yet by the {' and the '.join(missing)}." if missing else "Both sides have signed: open it.")


@verb
def cancel(offer_file: str) -> None:
    """Make an offer void."""
    offer = read_offer(Path(offer_file))
    ledger = find_ledger(offer.ledger, offer.chain_id)
    sender = signer(str(ledger.SETTLER())) or account_of(offer.terms.advertiser, "advertiser or settler")
    _told(send(ledger.cancel, astuple(offer.terms), sender=sender), "The offer is void, for good.")


@verb
def open(offer_file: str) -> None:
    """Open a campaign; whoever of the two sends it need not have signed."""
    offer = read_offer(Path(offer_file))
    ledger = find_ledger(offer.ledger, offer.chain_id)
    settler = str(ledger.SETTLER())
    show_offer(offer, rules_of(ledger))
    advertiser = signer(web3.to_checksum_address(offer.terms.advertiser))
    sender = advertiser or signer(settler) or anyone()
    if advertiser is not None:
        ensure_allowance(ledger, advertiser, offer.terms.budget)
    signatures = []
    for side, address in zip(SIDES, (offer.terms.advertiser, settler), strict=True):
        signed = offer.signatures.get(side, b"")
        if not signed and str(sender).lower() != address.lower():
            raise ScriptError(
                f"The {side}, {address}, has not signed {offer_file}: run sign with its key. Nothing sent."
            )
        signatures.append(b"" if str(sender).lower() == address.lower() else signed)
    receipt = send(ledger.open, astuple(offer.terms), *signatures, sender=sender)
    _told(receipt, f"Campaign 0x{offer.id.hex()} is open with {format_lvo(offer.terms.budget)} LVO.")


@verb
def topup(offer_file: str, amount: str) -> None:
    """Add LVO of the first account here to a campaign."""
    offer = read_offer(Path(offer_file))
    ledger, wei, payer = find_ledger(offer.ledger, offer.chain_id), _amount(amount), anyone()
    ensure_allowance(ledger, payer, wei)
    _told(send(ledger.topUp, offer.id, wei, sender=payer), f"{amount} LVO were added.")


@verb
def pause(offer_file: str) -> None:
    """Let a campaign count nothing from the next epoch on."""
    _stop("pause", Path(offer_file), "It counts nothing from the next epoch on.")


@verb
def resume(offer_file: str) -> None:
    """Let a paused campaign go on."""
    _stop("resume", Path(offer_file), "It goes on with the next epoch.")


@verb
def close(offer_file: str) -> None:
    """Let a campaign count nothing from the next epoch on, for good."""
    _stop("close", Path(offer_file), "It is closed; what is left goes home when its late window is over.")


def _stop(function: str, path: Path, words: str) -> None:
    offer = read_offer(path)
    ledger = find_ledger(offer.ledger, offer.chain_id)
    sender = account_of(offer.terms.advertiser, "advertiser")
    _told(send(getattr(ledger, function), astuple(offer.terms), sender=sender), words)


# ------------------------------------------------------------------------------------------------------------ lines


@verb
def deposit(ledger: str, amount: str) -> None:
    """Add to the settler's deposit."""
    found, wei = find_ledger(ledger), _amount(amount)
    payer = signer(str(found.SETTLER())) or anyone()
    ensure_allowance(found, payer, wei)
    _told(send(found.deposit, wei, sender=payer), f"{amount} LVO were deposited.")


@verb
def withdraw(ledger: str, amount: str) -> None:
    """Pay the settler of its free deposit."""
    found, wei = find_ledger(ledger), _amount(amount)
    _free, _locked, active_at = found.settlerDeposit()
    settler = str(found.SETTLER())
    sender = anyone() if now() >= int(active_at) + SILENCE else account_of(settler, "settler")
    _told(send(found.withdraw, wei, sender=sender), f"{amount} LVO went to {settler}.")


@verb
def post(folder: str) -> None:
    """Book the lines of an epoch that are not booked yet."""
    made, wanted = _read_folder(Path(folder))
    ledger = find_ledger(made.ledger, made.chain_id)
    books = read_books(ledger)
    missing = missing_lines(books, made.epoch, wanted)
    if not missing:
        say(f"All {len(wanted):,} lines of epoch {made.epoch} are booked.", style="green")
        return
    over = (made.epoch + 1) * books.rules.epoch_length
    if now() < over:
        raise ScriptError(f"Epoch {made.epoch} runs for {over - now():,} seconds more. Nothing was sent.")
    settler = account_of(str(ledger.SETTLER()), "settler")
    need = sum(_bond(books, missing[at : at + LINES_PER_POST]) for at in range(0, len(missing), LINES_PER_POST))
    if need > books.free:
        raise ScriptError(
            f"The lines need {format_lvo(need)} LVO of the deposit, and {format_lvo(books.free)} LVO are free: deposit "
            f"{format_lvo(need - books.free)} LVO more. Nothing was sent."
        )
    for at in range(0, len(missing), LINES_PER_POST):
        rows = missing[at : at + LINES_PER_POST]
        receipt = send(ledger.post, made.epoch, rows, made.root, made.data_hash, sender=settler)
        if receipt.sent:
            say(f"{len(rows):,} lines booked with {receipt.gas_used:,} gas: {receipt.txid}")
    say(f"Epoch {made.epoch}: {len(wanted):,} lines are booked.", style="green")


def _bond(books: Books, rows: list[tuple[bytes, int]]) -> int:
    spend = 0
    for key, units in rows:
        terms = books.campaigns[key].terms
        spend += 0 if terms is None else units * terms.price
    return spend * books.rules.bond_bps // 10_000


def _read_folder(folder: Path) -> tuple[Manifest, dict[bytes, int]]:
    """Read what is posted of an epoch: its manifest, and units by campaign in the order of the file."""
    try:
        content = (folder / "manifest.json").read_bytes()
        made = Manifest(json.loads(content), content)
        _ = made.root, made.ledger, made.chain_id, made.epoch
        rows = list(csv.DictReader((folder / "lines.csv").read_text().splitlines()))
        wanted = {bytes.fromhex(row["campaign"].removeprefix("0x")): int(row["units"]) for row in rows}
    except (ValueError, KeyError, TypeError):
        raise ScriptError(f"{folder} is not the folder of an epoch, or damaged: build it again.") from None
    if len(wanted) != len(rows):
        raise ScriptError(f"{folder / 'lines.csv'} names a campaign twice: build it again.")
    return made, wanted


@verb
def accept(ledger: str, campaign: str, epoch: str) -> None:
    """Make a line final at once."""
    found, books, line = _find_line(ledger, campaign, epoch)
    sender = account_of(_advertiser(books, line), "advertiser")
    call = (terms_of(books, line), line.epoch, line.units, proof_of(books, line), b"")
    _told(send(found.accept, *call, sender=sender), f"{format_lvo(line.units * line.price)} LVO are final.")


@verb
def object(ledger: str, campaign: str, epoch: str, units: str = "0") -> None:
    """Contest a line but for some of its units."""
    found, books, line = _find_line(ledger, campaign, epoch)
    conceded = _whole(units)
    if conceded >= line.units:
        raise ScriptError(f"The line has {line.units:,} units: concede fewer, or do not object. Nothing was sent.")
    sender = account_of(_advertiser(books, line), "advertiser")
    bond = (line.units - conceded) * line.price * books.rules.bond_bps // 10_000
    ensure_allowance(found, sender, bond)
    call = (terms_of(books, line), line.epoch, line.units, conceded, proof_of(books, line))
    receipt = send(found.object, *call, sender=sender)
    _told(
        receipt, f"{line.units - conceded:,} of {line.units:,} units are contested; the bond is {format_lvo(bond)} LVO."
    )


@verb
def concede(ledger: str, campaign: str, epoch: str) -> None:
    """Give in to an objection, or take it back."""
    found, books, line = _find_line(ledger, campaign, epoch)
    sender = signer(str(found.SETTLER())) or account_of(_advertiser(books, line), "settler or the advertiser")
    call = (terms_of(books, line), line.epoch, line.units)
    _told(send(found.concede, *call, sender=sender), "Decided; both bonds went home.")


@verb
def rule(ledger: str, campaign: str, epoch: str, units: str) -> None:
    """Decide how many of the contested units stand."""
    found, books, line = _find_line(ledger, campaign, epoch)
    terms = books.campaigns[line.campaign].terms
    upheld = _whole(units)
    if upheld > line.disputed or terms is None:
        raise ScriptError(f"{line.disputed:,} units are contested: no more can stand. Nothing was sent.")
    call = (terms_of(books, line), line.epoch, line.units, upheld)
    receipt = send(found.rule, *call, sender=account_of(terms.arbiter, "arbiter"))
    _told(receipt, f"{upheld:,} of {line.disputed:,} contested units stand.")


@verb
def finalize(ledger: str) -> None:
    """Do everything that anyone may do now."""
    found = find_ledger(ledger)
    books, sender = read_books(found), anyone()
    expired = 0
    for line in books.lines.values():
        if line.status == LineStatus.CONTESTED and now() >= line.since + books.rules.ruling_window:
            send(found.expire, terms_of(books, line), line.epoch, line.units, sender=sender)
            expired += 1
    due = due_batches(books)
    for at in range(0, len(due), BATCHES_PER_CALL):
        send(found.finalize, due[at : at + BATCHES_PER_CALL], sender=sender)
    # What was struck just now may go home at once.
    books = read_books(found)
    over = [astuple(book.terms) for book in over_campaigns(books) if book.terms is not None]
    for at in range(0, len(over), BATCHES_PER_CALL):
        send(found.refund, over[at : at + BATCHES_PER_CALL], sender=sender)
    say(
        f"{expired:,} objections expired, {len(due):,} batches became final, {len(over):,} campaigns were refunded.",
        style="green",
    )
    show_totals(read_books(found))


@verb
def finals(ledger: str, epoch: str, file: str, *earlier: str) -> None:
    """Write what became final of an epoch's lines, part by part, for `settle`; what earlier files have is left out."""
    books = read_books(find_ledger(ledger))
    settled = Counter(part for name in earlier for part in read_parts(Path(name).read_bytes()))
    parts = []
    for line in books.of_epoch(_whole(epoch)):
        for units in line.parts:
            part = Part("0x" + line.campaign.hex(), units)
            if settled[part]:
                settled[part] -= 1
            else:
                parts.append(part)
    if settled.total():
        raise ScriptError(
            "An earlier file has lines that are not final on this ledger: it is of another epoch or ledger."
        )
    write_file(Path(file), parts_csv(parts))
    open_lines = sum(line.pending > 0 for line in books.of_epoch(_whole(epoch)))
    say(f"{file}: {len(parts):,} parts became final since; {open_lines:,} lines wait for more.", style="green")


@verb
def status(ledger: str, campaign: str = "") -> None:
    """Show where everything stands."""
    found = find_ledger(ledger)
    books = read_books(found)
    if campaign:
        key, book = campaign_of(books, campaign)
        if book.terms is not None:
            show_offer(Offer(int(web3.eth.chain_id), str(found.address), book.terms), books.rules)
        for line in books.of_campaign(key):
            say(
                f"epoch {line.epoch}: {line.units:,} units, {line.final:,} final, {line.struck:,} struck, "
                f"{line.pending:,} pending, {line.status.name.lower()}"
            )
        return
    show_campaigns(books)
    show_contested(books)
    show_totals(books)


# --------------------------------------------------------------------------------------------------------- attention


@verb
def expand(source: str, folder: str, receipts: str, seed: str = "1") -> None:
    """Make signed receipts of real campaigns, and an order to build them by."""
    attention.expand_campaigns(Path(source), Path(folder), _number(receipts), _number(seed))


@verb
def build(order_file: str) -> None:
    """Carry out an order."""
    attention.build_epoch(Path(order_file))


@verb
def check(folder: str, *kept: str) -> None:
    """Compute a folder again; exit code 1 on any difference, or if a receipt that somebody kept is missing."""
    attention.check_folder(Path(folder), [Path(name) for name in kept])


@verb
def verify(folder: str, *kept: str) -> None:
    """Check a folder and compare it with the ledger; exit code 1 on any difference."""
    attention.verify_on_chain(Path(folder), attention.check_folder(Path(folder), [Path(name) for name in kept]))


@verb
def audit(folder: str, count: str = "32", seed: str = "") -> None:
    """Open random receipts; exit code 1 if one of them is not what it should be."""
    attention.audit_folder(Path(folder), _number(count), seed)


@verb
def settle(settlement: str) -> None:
    """Turn lines that became final into a reward list."""
    attention.settle_lines(Path(settlement))


@verb
def query(*folders: str) -> None:
    """Show published epochs by epoch and by campaign; write CSV and charts."""
    attention.query_folders([Path(name) for name in folders], TABLES)


# ------------------------------------------------------------------------------------------------------------ shared


def _find_line(ledger: str, campaign: str, epoch: str) -> tuple[Any, Books, LineBook]:
    found = find_ledger(ledger)
    books = read_books(found)
    return found, books, line_of(books, campaign, epoch)


def _advertiser(books: Books, line: LineBook) -> str:
    return str(terms_of(books, line)[0])


def _told(receipt: Receipt, words: str) -> None:
    if receipt.sent:
        say(words, style="green")


def _amount(text: str) -> int:
    try:
        return parse_amount(text)
    except ValueError as error:
        raise ScriptError(f"{error}. Nothing was sent.") from None


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ScriptError(f"{text!r} is not a whole number of units. Nothing was sent.")
    return int(text)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise ScriptError(f"{text!r} is not a whole number from 1.")
    return int(text)
