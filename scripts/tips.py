"""Tips: ``brownie run tips tip | open | stream | settle | close | status | leaderboard | demo``.

What every verb needs, prints and refuses is in docs/OPERATE.md.
"""

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp
from brownie import web3
from rich.live import Live
from rich.table import Table

from lvo.channels.books import Books, Standing
from lvo.channels.client import Client
from lvo.channels.service import Committer
from lvo.channels.sides import Payer, Refused
from lvo.channels.store import Store, StoreError
from lvo.channels.vouchers import NO_HASH, Channel, address_of
from lvo.channels.wire import WireError
from lvo.merkle import keccak256
from lvo.units import DAY, format_lvo, parse_lvo
from scripts.support import tips_demo
from scripts.support.console import ScriptError, brief, console, say, table, verb
from scripts.support.sending import is_development, send, signer, signers
from scripts.support.tips import (
    allow,
    beside,
    domain_of,
    due,
    find_jar,
    now,
    read_books,
    read_terms,
    session_key,
    settle_all,
    settlement,
    token_of,
    write_terms,
)

KINDS = ("like", "reward", "comment", "subsidy")
"""What a tip may say, in the order of the contract's ``Kind``."""
BEST = 10
"""Rows of a leaderboard."""


def main() -> None:
    """Say which verbs there are."""
    say("brownie run tips tip JAR CREATOR AMOUNT [CONTENT] [KIND] [MEMO]   tip in one transaction")
    say("brownie run tips open JAR PAYEE AMOUNT [DAYS] [NOTICE_HOURS]      open a channel, write its file")
    say("brownie run tips stream SERVICE CHANNEL AMOUNT [COUNT] [CREATOR]  tip every second, no transaction")
    say("brownie run tips settle JAR SERVICE [LEAST]                       settle what a service says is due")
    say("brownie run tips close CHANNEL [SERVICE]                          close a channel, or ask to")
    say("brownie run tips status JAR                                       the channels, from the events")
    say("brownie run tips leaderboard JAR                                  who received and gave most")
    say("brownie run tips demo                                             ten viewers, ten thousand tips")


@verb
def tip(jar: str, creator: str, amount: str, content: str = "", kind: str = "reward", memo: str = "") -> None:
    """Tip a creator in one transaction; amounts in LVO."""
    _tip(find_jar(jar), creator, _amount(amount), content, kind, memo)


@verb
def open(jar: str, payee: str, amount: str, days: str = "30", notice: str = "24") -> None:
    """Open a channel to a payee with a deposit; its vouchers are signed by LVO_CHANNEL_KEY."""
    _open(find_jar(jar), payee, _amount(amount), _number(days, "DAYS"), _number(notice, "NOTICE_HOURS"))


@verb
def stream(url: str, channel: str, amount: str, count: str = "60", creator: str = "") -> None:
    """Tip every second against a service; with a creator, through a hub."""
    _stream(url, Path(channel), _amount(amount), _number(count, "COUNT"), creator.lower())


@verb
def settle(jar: str, url: str, least: str = "0") -> None:
    """Settle what a service says is worth it."""
    _settle(find_jar(jar), url, _amount(least) if least != "0" else 1)


@verb
def close(channel: str, url: str = "") -> None:
    """Close a channel: at once as its payee, by asking as its payer, or as anyone when it has ended."""
    _close(Path(channel), url)


@verb
def status(jar: str) -> None:
    """Show the channels of a jar."""
    _status(find_jar(jar))


@verb
def leaderboard(jar: str) -> None:
    """Show who received and gave most."""
    _leaderboard(read_books(find_jar(jar)))


@verb
def demo() -> None:
    """Stream ten thousand tips of ten viewers through a hub to five creators, settle, and draw the report."""
    if not is_development():
        raise ScriptError("The demo moves the clock, which only a chain of one's own allows: leave --network away.")
    try:
        tips_demo.play()
    except (Refused, StoreError, WireError, aiohttp.ClientError) as error:
        raise ScriptError(f"The stream stopped: {error}") from error


# ----------------------------------------------------------------------------------------------------- the verbs


def _amount(text: str) -> int:
    try:
        return parse_lvo(text)
    except ValueError as error:
        raise ScriptError(f"{error}.") from None


def _number(text: str, name: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise ScriptError(f"{name} is {text!r}: write a whole number.")
    return int(text)


def _payer(*wanted: str) -> Any:
    account = signer(*wanted)
    if account is None:
        who = f"{' or '.join(wanted)} cannot sign" if wanted else "No account can sign"
        raise ScriptError(f"{who} here: name a key of Brownie's keystore in LVO_KEYSTORE. Nothing was sent.")
    return account


def _tip(jar: Any, creator: str, amount: int, content: str, kind: str, memo: str) -> None:
    if kind not in KINDS:
        raise ScriptError(f"{kind!r} is not one of {', '.join(KINDS)}.")
    account = _payer()
    allow(jar, account, amount)
    identity = keccak256(content.encode()) if content else NO_HASH
    memo_hash = keccak256(memo.encode()) if memo else NO_HASH
    receipt = send(jar.tip, creator, identity, amount, KINDS.index(kind), memo_hash, sender=account)
    say(f"{format_lvo(amount)} LVO to {creator} in {receipt.txid}, {receipt.gas_used:,} gas.")


def _open(jar: Any, payee: str, amount: int, days: int, notice: int) -> None:
    account, key = _payer(), session_key()
    channel = Channel(
        str(account.address).lower(), payee.lower(), address_of(key), notice * 3_600, now() + days * DAY
    )  # fmt: skip
    allow(jar, account, amount)
    receipt = send(jar.open, channel.row, amount, sender=account)
    path = write_terms(jar, channel)
    say(f"Channel 0x{channel.id.hex()} opened with {format_lvo(amount)} LVO, {receipt.gas_used:,} gas.")
    say(f"Its terms are in {path}: stream, settle and close take that file.")


def _stream(url: str, path: Path, amount: int, count: int, creator: str) -> None:
    jar, channel = read_terms(path)
    key = session_key()
    store = Store(path.with_suffix(".db"), f"viewer {address_of(key)} of {jar.address}")
    payer = Payer(domain_of(jar), store, key, now)
    state = jar.stateOf(channel.id)
    store.commit(payer.watch(Standing(channel, int(state[0]), int(state[1]), int(state[2]), bool(state[3]))))
    try:
        asyncio.run(_play(url, payer, channel, amount, count, creator))
    except (Refused, StoreError, WireError, aiohttp.ClientError) as error:
        raise ScriptError(f"The stream stopped: {error}. Run the same command again: it goes on from here.") from None
    finally:
        store.close()


async def _play(url: str, payer: Payer, channel: Channel, amount: int, count: int, creator: str) -> None:
    committer = Committer(payer.store)

    def drawn(done: int, took: int) -> Table:
        rows = Table(show_header=False, box=None)
        rows.add_row("tips", f"{done:,} of {count:,}")
        rows.add_row("promised on this channel, LVO", format_lvo(payer.newest(channel.id).earned()))
        rows.add_row("left of the deposit, LVO", format_lvo(_left(payer, channel)))
        rows.add_row("the last took", f"{took:,} ms")
        return rows

    async def play() -> None:
        async with aiohttp.ClientSession() as session:
            client = Client(session, url, payer, committer, channel)
            await client.introduce()
            # Numbers that were not used before, also if the same viewer streams again.
            invoice = await client.invoice(creator, int(time.time()), amount, count) if creator else None
            with Live(drawn(0, 0), console=console, refresh_per_second=4) as live:
                for place in range(count):
                    begin = time.monotonic_ns()
                    if invoice:
                        await client.tip(invoice, place)
                    else:
                        await client.pay(amount)
                    took = (time.monotonic_ns() - begin) // 10**6
                    live.update(drawn(place + 1, took))
                    if place + 1 < count:
                        await asyncio.sleep(max(0, 1_000 - took) / 1_000)

    await beside(asyncio.create_task(committer.run()), play())


def _left(payer: Payer, channel: Channel) -> int:
    return payer.standings[channel.id].deposit - payer.newest(channel.id).earned()


def _settle(jar: Any, url: str, least: int) -> None:
    items = due(url, least)
    if not items:
        say("Nothing is due. Nothing was sent.")
        return
    for receipt in settle_all(jar, items, _payer()):
        told = receipt.events("ChannelSettled")
        skipped = len(receipt.events("VoucherSkipped"))
        say(f"{len(told):,} vouchers settled, {skipped:,} skipped, in {receipt.txid}, {receipt.gas_used:,} gas.")


def _close(path: Path, url: str) -> None:
    jar, channel = read_terms(path)
    deposit, _, close_at, closed = jar.stateOf(channel.id)
    if closed or not deposit:
        say("The channel is closed." if closed else "The channel was never opened.")
        return
    able = {address.lower() for address in signers()}
    if now() >= (close_at or channel.expiry):
        receipt = send(jar.close, channel.row, sender=_payer())
    elif channel.payee in able:
        best = next((item for item in due(url, 1) if item[0] == channel), None) if url else None
        account = _payer(web3.to_checksum_address(channel.payee))
        method, argument = (jar.close, channel.row) if best is None else (jar.closeWith, settlement(best))
        receipt = send(method, argument, sender=account)
    elif channel.payer in able:
        if close_at:
            say(f"The payer has asked: anyone can close it at {close_at}, in {close_at - now():,} seconds.")
            return
        receipt = send(jar.requestClose, channel.row, sender=_payer(web3.to_checksum_address(channel.payer)))
        end = int(jar.stateOf(channel.id)[2])
        say(f"Asked to close in {receipt.txid}: vouchers pay until {end}; run close again then.")
        return
    else:
        raise ScriptError("Neither payee nor payer of the channel can sign here, and it has not ended.")
    paid = int(jar.stateOf(channel.id)[1])
    say(
        f"Closed in {receipt.txid}: {format_lvo(paid)} LVO to the payee in all, {format_lvo(int(deposit) - paid)} back."
    )


def _status(jar: Any) -> None:
    books = read_books(jar)
    time_now = now()
    table(
        f"Channels of {jar.address}",
        ("channel", "payer", "payee", "deposit, LVO", "settled, LVO", "state"),
        [
            (
                brief("0x" + identity.hex()),
                brief(each.channel.payer),
                brief(each.channel.payee),
                format_lvo(each.deposit),
                format_lvo(each.settled),
                _state(each, time_now),
            )
            for identity, each in books.standings.items()
        ],
        ("deposit, LVO", "settled, LVO"),
    )
    owed = sum(each.deposit - each.settled for each in books.standings.values() if not each.closed)
    held = int(token_of(jar).balanceOf(jar))
    say(f"The channels hold {format_lvo(owed)} LVO; the jar has {format_lvo(held)} LVO.")
    if held < owed:
        raise ScriptError("The jar has less than its channels hold: this cannot be.")


def _state(each: Standing, time_now: int) -> str:
    if each.closed:
        return "closed"
    if time_now >= each.end:
        return "ended: anyone closes it"
    return f"{'closing' if each.close_at else 'open'}, ends in {(each.end - time_now) // 3_600:,} h"


def _leaderboard(books: Books) -> None:
    for title, totals in (("Received", books.received), ("Given", books.given)):
        rows = sorted(totals.items(), key=lambda row: (-row[1], row[0]))[:BEST]
        table(
            title,
            ("place", "account", "LVO"),
            [(place, account, format_lvo(amount)) for place, (account, amount) in enumerate(rows, 1)],
            ("LVO",),
        )
