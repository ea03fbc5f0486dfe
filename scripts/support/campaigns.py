"""What the verbs of advertising do on a chain: find a ledger, rebuild its books from events, sign, send, show."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import brownie
from brownie import chain, web3
from eth_abi.abi import decode
from eth_utils.address import to_checksum_address
from web3.exceptions import BadFunctionCallOutput, ContractLogicError
from web3.types import RPCEndpoint

from lvo.advertising.books import Books, CampaignBook, LineBook
from lvo.advertising.offer import Offer, read_offer, words
from lvo.merkle import keccak256
from lvo.models.ads import LineStatus, Rules, Status, batch_tree
from lvo.typed_data import signable
from lvo.units import DAY, format_lvo
from scripts.support.chain import events
from scripts.support.console import ScriptError, brief, say, table
from scripts.support.records import write_file
from scripts.support.sending import attach, send, signer, signers

LINES_PER_POST = 1_000
"""Lines of one transaction: some eleven million gas."""
BATCHES_PER_CALL = 100
"""Batches that one transaction makes final."""
SILENCE = 180 * DAY
"""After so long without a sign of life of the settler anyone returns its deposit, seconds."""


def now() -> int:
    """Return the time that the next transaction will see, at least, in Unix seconds."""
    return max(int(web3.eth.get_block("latest")["timestamp"]), int(chain.time()))


def find_ledger(address: str, chain_id: int | None = None) -> Any:
    """Return the advertising ledger at an address of this chain.

    Raises
    ------
    ScriptError
        If this is another chain than ``chain_id``, or there is no such ledger.
    """
    here = int(web3.eth.chain_id)
    if chain_id is not None and here != chain_id:
        raise ScriptError(f"This is chain {here}, and the file is for chain {chain_id}: choose it with --network.")
    address = to_checksum_address(address)
    try:
        web3.eth.contract(address=address, abi=brownie.AdLedger.abi).functions.rules().call()
    except (ContractLogicError, BadFunctionCallOutput, ValueError):
        raise ScriptError(
            f"There is no AdLedger at {address} on chain {here}: the address or the network is wrong."
        ) from None
    return attach(brownie.AdLedger, address)


def rules_of(ledger: Any) -> Rules:
    """Return what holds for every campaign of a ledger."""
    return Rules(*(int(value) for value in ledger.rules()))


# ------------------------------------------------------------------------------------------------ books from events


def _types(inputs: Sequence[dict[str, Any]]) -> list[str]:
    return [
        f"({','.join(_types(each['components']))})" if each["type"] == "tuple" else str(each["type"]) for each in inputs
    ]


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)


def read_events(ledger: Any, last: int) -> Iterator[tuple[str, tuple[Any, ...], int]]:
    """Yield the events of a ledger up to a block: name, arguments in order, and block."""
    known = {}
    for item in ledger.abi:
        if item["type"] == "event":
            known[keccak256(f"{item['name']}({','.join(_types(item['inputs']))})".encode())] = item
    for log in events(ledger.address, 0, last):
        item = known.get(_bytes(log["topics"][0]))
        if item is None:
            continue
        topics = iter(log["topics"][1:])
        plain = iter(decode(_types([each for each in item["inputs"] if not each["indexed"]]), _bytes(log["data"])))
        arguments = tuple(
            decode(_types([each]), _bytes(next(topics)))[0] if each["indexed"] else next(plain)
            for each in item["inputs"]
        )
        yield item["name"], arguments, int(log["blockNumber"])


def read_books(ledger: Any) -> Books:
    """Rebuild the books of a ledger from its events, up to the newest block."""
    last = int(web3.eth.block_number)
    times: dict[int, int] = {}
    books: Books | None = None
    for name, arguments, block in read_events(ledger, last):
        if block not in times:
            times[block] = int(web3.eth.get_block(block)["timestamp"])
        if books is None:
            # AdLedgerOpened, which its constructor tells first.
            books = Books(str(arguments[0]).lower(), rules_of(ledger), times[block])
        else:
            books.read(name, arguments, times[block])
    if books is None:
        raise ScriptError(f"The node knows no events of {ledger.address}: connect to one that keeps them.")
    return books


def campaign_of(books: Books, text: str) -> tuple[bytes, CampaignBook]:
    """Return the campaign that an id, or the beginning of one, or an offer file names.

    Raises
    ------
    ScriptError
        If it names none, or several.
    """
    if Path(text).is_file():
        key = read_offer(Path(text)).id
        if key not in books.campaigns:
            raise ScriptError(f"The campaign of {text} was not opened yet: run open first.")
        return key, books.campaigns[key]
    wanted = text.lower().removeprefix("0x")
    found = [key for key in books.campaigns if key.hex().startswith(wanted)]
    if len(found) != 1:
        raise ScriptError(f"{text} names {len(found)} campaigns of the ledger: give more of its id, or its offer file.")
    return found[0], books.campaigns[found[0]]


def line_of(books: Books, text: str, epoch: str) -> LineBook:
    """Return the line of a campaign for an epoch.

    Raises
    ------
    ScriptError
        If there is none.
    """
    key, _ = campaign_of(books, text)
    line = books.lines.get((key, int(epoch)) if epoch.isdigit() else (key, -1))
    if line is None:
        have = ", ".join(str(each.epoch) for each in books.of_campaign(key)) or "none"
        raise ScriptError(f"Campaign 0x{key.hex()} has no line for epoch {epoch}; it has {have}.")
    return line


def proof_of(books: Books, line: LineBook) -> list[bytes]:
    """Return what proves that a line is in its batch."""
    batch = books.batches[line.batch]
    rows = [(key, books.lines[key, epoch].units) for key, epoch in batch.lines]
    return batch_tree(batch.epoch, rows).get_proof(batch.lines.index((line.campaign, line.epoch)))


def terms_of(books: Books, line: LineBook) -> tuple[Any, ...]:
    """Return the terms of a line's campaign, as the contract takes them."""
    terms = books.campaigns[line.campaign].terms
    if terms is None:
        raise ScriptError(f"Campaign 0x{line.campaign.hex()} was never opened.")
    return astuple(terms)


# ---------------------------------------------------------------------------------------------------------- offers


def sign_offer(path: Path) -> Offer:
    """Show an offer and sign it for every side whose key is here.

    Raises
    ------
    ScriptError
        If neither side can sign here.
    """
    offer = read_offer(path)
    ledger = find_ledger(offer.ledger, offer.chain_id)
    show_offer(offer, rules_of(ledger))
    able = {address.lower(): account for address, account in signers().items()}
    sides = {"advertiser": offer.terms.advertiser, "settler": str(ledger.SETTLER()).lower()}
    made = dict(offer.signatures)
    for side, address in sides.items():
        account = able.get(address)
        if account is not None:
            made[side] = sign(account, offer)
            say(f"Signed as the {side}, {address}.", style="green")
    if made == offer.signatures:
        raise ScriptError(f"Neither {sides['advertiser']} nor {sides['settler']} can sign here: see LVO_KEYSTORE.")
    signed = replace(offer, signatures=made)
    write_file(path, signed.to_json())
    return signed


def sign(account: Any, offer: Offer) -> bytes:
    """Sign an offer: with the key, or by the node of a chain of one's own."""
    key = getattr(account, "private_key", None)
    if key is not None:
        return bytes(web3.eth.account.sign_message(signable(offer.message), key).signature)
    answer: Any = web3.provider.make_request(
        RPCEndpoint("eth_signTypedData_v4"), [str(account.address), offer.typed_data()]
    )
    if "error" in answer:
        raise ScriptError(f"The node did not sign for {account.address}: {answer['error']}.")
    return _bytes(answer["result"])


def show_offer(offer: Offer, rules: Rules) -> None:
    """Show an offer in words."""
    table(f"Campaign 0x{offer.id.hex()}", ("", ""), words(offer.terms, rules.epoch_length))


def ensure_allowance(ledger: Any, account: Any, amount: int) -> None:
    """Let the ledger take an amount of an account, where it may not yet.

    Raises
    ------
    ScriptError
        If the account has less.
    """
    token = attach(brownie.LVOToken, ledger.LVO())
    has = int(token.balanceOf(str(account)))
    if has < amount:
        raise ScriptError(
            f"{account} has {format_lvo(has)} LVO, and {format_lvo(amount)} LVO are needed: send it more."
        )
    if int(token.allowance(str(account), ledger.address)) < amount:
        send(token.approve, ledger.address, amount, sender=account)


def account_of(who: str, role: str) -> Any:
    """Return the account of a role that can sign here.

    Raises
    ------
    ScriptError
        If it cannot.
    """
    account = signer(to_checksum_address(who))
    if account is None:
        raise ScriptError(f"Only the {role}, {who}, may do this, and it cannot sign here: see LVO_KEYSTORE.")
    return account


def anyone() -> Any:
    """Return any account that can pay for a transaction."""
    account = signer()
    if account is None:
        raise ScriptError("Nobody can sign here: see LVO_KEYSTORE.")
    return account


# ------------------------------------------------------------------------------------------------------------ lines


def missing_lines(books: Books, epoch: int, wanted: dict[bytes, int]) -> list[tuple[bytes, int]]:
    """Return the lines of an epoch that are not booked yet, in the order of the file.

    Raises
    ------
    ScriptError
        If a line is booked with other units, or a campaign cannot take its line.
    """
    missing = []
    for key, units in wanted.items():
        line = books.lines.get((key, epoch))
        if line is not None:
            if line.units != units:
                raise ScriptError(
                    f"Campaign 0x{key.hex()} is booked with {line.units:,} units for epoch {epoch}, and the folder "
                    f"says {units:,}: this is another folder than the one that was posted."
                )
            continue
        flaw = _flaw(books, key, epoch, units)
        if flaw:
            raise ScriptError(f"Campaign 0x{key.hex()}: {flaw}. Nothing was sent.")
        missing.append((key, units))
    return missing


def _flaw(books: Books, key: bytes, epoch: int, units: int) -> str:
    """Say why a campaign cannot take a line; empty if it can."""
    book = books.campaigns.get(key)
    if book is None or book.terms is None:
        return "it was never opened on this ledger"
    late = (book.stop + book.terms.late_epochs) * books.rules.epoch_length
    spend = units * book.terms.price
    if epoch <= book.booked:
        return f"epoch {epoch} is not after {book.booked}, the last that was booked or let go"
    if epoch >= book.stop:
        return f"epoch {epoch} is not before its stop, {book.stop}"
    if now() >= late:
        return "its late window is over"
    if spend > book.remaining:
        return f"it has {format_lvo(book.remaining)} LVO left, and the line comes to {format_lvo(spend)}"
    if spend > book.terms.epoch_cap * 10**18:
        return f"the line comes to {format_lvo(spend)} LVO, above its cap of {book.terms.epoch_cap:,} for an epoch"
    return ""


def due_batches(books: Books) -> list[bytes]:
    """Return the batches that anyone can make final now."""
    return [root for root, batch in books.batches.items() if not batch.done and now() >= batch.until]


def over_campaigns(books: Books) -> list[CampaignBook]:
    """Return the campaigns whose rest can go home now."""
    found = []
    for book in books.campaigns.values():
        if book.terms is None or not book.remaining:
            continue
        stop = book.stop if book.status == Status.CLOSED else book.terms.end
        if now() >= (stop + book.terms.late_epochs) * books.rules.epoch_length:
            found.append(book)
    return found


# ------------------------------------------------------------------------------------------------------------- show


def show_campaigns(books: Books) -> None:
    """Show every campaign, the newest last."""
    rows = []
    for key, book in books.campaigns.items():
        if book.terms is not None:
            amounts = (book.remaining, book.posted, book.final, book.struck, book.pending)
            rows.append((brief("0x" + key.hex()), book.status.name.lower(), book.stop, *map(format_lvo, amounts)))
    columns = ("campaign", "status", "stop", "left", "posted", "final", "struck", "pending")
    table("Campaigns, amounts in LVO", columns, rows, columns[2:])


def show_contested(books: Books) -> None:
    """Show the lines that wait for a decision, and till when."""
    rows = []
    for line in books.lines.values():
        if line.status == LineStatus.CONTESTED:
            end = line.since + books.rules.ruling_window
            half = line.since + books.rules.ruling_window // 2
            next_step = "give in" if now() < half else "the arbiter rules" if now() < end else "anyone expires it"
            rows.append((brief("0x" + line.campaign.hex()), line.epoch, f"{line.disputed:,}", next_step, end - now()))
    if rows:
        columns = ("campaign", "epoch", "units contested", "what can happen", "seconds left")
        table("Contested lines", columns, rows, ("epoch", "units contested", "seconds left"))


def show_totals(books: Books) -> None:
    """Show the sums over all lines, and the settler's deposit."""
    sums = books.totals()
    batches = sum(not batch.done for batch in books.batches.values())
    rows = [
        ("lines", f"{sums.lines:,}"),
        ("units", f"{sums.units:,}"),
        ("posted, LVO", format_lvo(sums.posted)),
        ("final, LVO", format_lvo(sums.final)),
        ("struck, LVO", format_lvo(sums.struck)),
        ("pending, LVO", format_lvo(sums.pending)),
        ("batches that are not final", f"{batches:,}, {len(due_batches(books)):,} of them due"),
        ("campaigns with a rest to refund", f"{len(over_campaigns(books)):,}"),
        ("settler's deposit, free, LVO", format_lvo(books.free)),
        ("settler's deposit, locked, LVO", format_lvo(books.locked)),
    ]
    table("The ledger in all", ("", "value"), rows, ("value",))
