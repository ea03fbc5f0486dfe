"""Tips: ``brownie run tips tip | open | stream | settle | close | status | leaderboard | demo``.

What every verb needs, prints and refuses is in docs/OPERATE.md.
"""

import asyncio
import json
import shutil
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import brownie
from brownie import chain, web3
from coincurve import PrivateKey
from rich.live import Live
from rich.table import Table

from lvo.channels.books import Books, Standing
from lvo.channels.client import Client
from lvo.channels.hub import Invoice
from lvo.channels.service import Committer
from lvo.channels.sides import Payer, Refused
from lvo.channels.store import Store, StoreError
from lvo.channels.vouchers import NO_HASH, Channel, Domain, address_of
from lvo.channels.wire import WireError
from lvo.merkle import keccak256
from lvo.report import tips as report
from lvo.units import DAY, LVO, format_lvo, parse_lvo
from scripts.support.console import ScriptError, brief, console, progress, say, step, table, verb
from scripts.support.records import write_file
from scripts.support.sending import Receipt, is_development, send, signer, signers
from scripts.support.tips import (
    ROOT,
    STATE,
    allow,
    beside,
    domain_of,
    due,
    find_jar,
    now,
    read_books,
    read_terms,
    rpc,
    service,
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
DEMO = STATE / "demo"
REPORT = ROOT / "reports" / "tips.html"
VIEWERS, CREATORS, EACH = 10, 5, 200
"""Of the demo: every viewer tips every creator so many times."""
DIRECT_GAS = 44_066
"""A tip in a transaction of its own, measured by ``make bench``."""


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
        _demo()
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


# ------------------------------------------------------------------------------------------------------ the demo


@dataclass
class Viewer:
    """A simulated viewer: its account, its session key, its channel, and what it promised to whom."""

    account: Any
    key: PrivateKey
    channel: Channel
    promised: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    tips: int = 0


@dataclass
class Stage:
    """What the demo set up."""

    jar: Any
    token: Any
    hub: Any
    hub_key: PrivateKey
    creators: list[PrivateKey]
    viewers: list[Viewer]
    outgoing: list[Channel]
    transactions: list[dict[str, Any]] = field(default_factory=list)

    def sent(self, phase: str, what: str, receipt: Receipt) -> None:
        """Note a transaction for the report."""
        self.transactions.append(
            {"phase": phase, "what": what, "txid": receipt.txid, "gas": receipt.gas_used}
        )  # fmt: skip


DEPOSIT = 1_000 * LVO
"""Of every viewer of the demo."""


def _demo() -> None:
    shutil.rmtree(DEMO, ignore_errors=True)
    step(f"1  {VIEWERS} viewers open a channel each to a hub, the hub one to each of {CREATORS} creators")
    stage = _set_up()
    before = {account: int(stage.token.balanceOf(account)) for account in _accounts(stage)}
    step("2  They stream")
    milliseconds, dues = _run(stage)
    step("3  Everything is settled")
    for what, items in dues:
        for receipt in settle_all(stage.jar, items, stage.hub):
            stage.sent("settle", f"settle {len(items)} vouchers of {what}", receipt)
            say(f"{len(items)} vouchers of {what} in {receipt.txid}, {receipt.gas_used:,} gas.")
    step("4  Every channel is closed")
    _wind_up(stage)
    document = _document(stage, before, milliseconds)
    write_file(REPORT, report.render(document).encode())
    write_file(REPORT.with_suffix(".json"), json.dumps(document, indent=1).encode() + b"\n")
    _show(document)


def _set_up() -> Stage:
    people = list(signers().values())
    holder, hub, accounts = people[0], people[1], people[2 : 2 + VIEWERS]
    token = send(brownie.LVOToken, holder, sender=holder).contract
    jar = send(brownie.TipJar, token, sender=holder).contract
    send(token.transferBatch, [(hub, 100_000 * LVO), *((each, DEPOSIT) for each in accounts)], sender=holder)
    for account in (hub, *accounts):
        send(token.approve, jar, 2**256 - 1, sender=account)
    keys = [PrivateKey() for _ in range(1 + CREATORS + VIEWERS)]
    made = Stage(jar, token, hub, keys[0], keys[1 : 1 + CREATORS], [], [])
    expiry, me = now() + 7 * DAY, str(hub.address).lower()
    for account, key in zip(accounts, keys[1 + CREATORS :], strict=True):
        channel = Channel(str(account.address).lower(), me, address_of(key), 6 * 3_600, expiry)
        made.sent("open", "a viewer opens", send(jar.open, channel.row, DEPOSIT, sender=account))
        made.viewers.append(Viewer(account, key, channel))
    for key in made.creators:
        channel = Channel(me, address_of(key), address_of(made.hub_key), DAY, expiry + DAY)
        made.sent("open", "the hub opens", send(jar.open, channel.row, 20_000 * LVO, sender=hub))
        made.outgoing.append(channel)
    say(f"TipJar {jar.address}: {VIEWERS + CREATORS} channels, {_gas(made, 'open'):,} gas.")
    return made


def _gas(stage: Stage, phase: str) -> int:
    return sum(row["gas"] for row in stage.transactions if row["phase"] == phase)


def _accounts(stage: Stage) -> list[str]:
    return [
        str(stage.hub.address),
        *(str(viewer.account.address) for viewer in stage.viewers),
        *(web3.to_checksum_address(address_of(key)) for key in stage.creators),
    ]


def _run(stage: Stage) -> tuple[int, list[tuple[str, Any]]]:
    """Start the services, stream, and ask what is due; returns milliseconds and what to settle."""
    common = {
        "jar": str(stage.jar.address).lower(), "chain": int(web3.eth.chain_id), "rpc": rpc(), "rate": 100_000,
        "refresh": 5,
    }  # fmt: skip
    with ExitStack() as stack:
        urls = {}
        for key in stage.creators:
            me = address_of(key)
            urls[me] = stack.enter_context(service({**common, "role": "creator", "me": me}, key, DEMO))
        settings = {**common, "role": "hub", "me": str(stage.hub.address).lower(), "creators": urls}
        hub = stack.enter_context(service(settings, stage.hub_key, DEMO))
        say(f"The hub listens on {hub}, and the creators on {', '.join(urls.values())}.")
        milliseconds = asyncio.run(_crowd(stage, hub, urls))
        dues = [("viewers", due(hub, 1)), ("creators", [item for url in urls.values() for item in due(url, 1)])]
    return milliseconds, dues


async def _crowd(stage: Stage, hub: str, urls: dict[str, str]) -> int:
    domain = domain_of(stage.jar)
    store = Store(DEMO / "viewers.db", f"viewers of {domain.jar}")
    committer = Committer(store)

    async def play() -> int:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            for channel in stage.outgoing:
                for url in (urls[channel.payee], hub):
                    await Client(session, url, _dummy(domain, store), committer, channel).introduce()
            clients = [await _client(session, hub, domain, store, committer, viewer) for viewer in stage.viewers]
            begin = time.monotonic_ns()
            with progress() as bar:
                task = bar.add_task("tips", total=VIEWERS * CREATORS * EACH)
                await asyncio.gather(
                    *(
                        _one_viewer(client, viewer, number, list(urls), lambda: bar.advance(task))
                        for number, (client, viewer) in enumerate(zip(clients, stage.viewers, strict=True))
                    )
                )
            return (time.monotonic_ns() - begin) // 10**6

    milliseconds: int = await beside(asyncio.create_task(committer.run()), play())
    store.close()
    say(
        f"{VIEWERS * CREATORS * EACH:,} tips in {milliseconds / 1000:,.1f} s, "
        f"{VIEWERS * CREATORS * EACH * 1000 // milliseconds:,} a second."
    )
    return milliseconds


def _dummy(domain: Domain, store: Store) -> Payer:
    return Payer(domain, store, PrivateKey())


async def _client(
    session: aiohttp.ClientSession, url: str, domain: Domain, store: Store, committer: Committer, viewer: Viewer
) -> Client:
    payer = Payer(domain, store, viewer.key)
    await committer.commit(payer.watch(Standing(viewer.channel, DEPOSIT)))
    client = Client(session, url, payer, committer, viewer.channel)
    await client.introduce()
    return client


async def _one_viewer(client: Client, viewer: Viewer, number: int, creators: list[str], advance: Any) -> None:
    """Tip every creator in turn, each with an amount that tells who tipped."""
    invoices: list[Invoice] = []
    for place, creator in enumerate(creators):
        amount = (number + 1) * 10**16 + place * 10**9 + 7
        invoices.append(await client.invoice(creator, 1, amount, EACH))
    for place in range(EACH):
        for turn in range(len(creators)):
            invoice = invoices[(turn + number) % len(creators)]
            await client.tip(invoice, place, f"tip {place} of viewer {number}")
            viewer.promised[invoice.creator] += invoice.amount
            viewer.tips += 1
            advance()


def _wind_up(stage: Stage) -> None:
    """The hub closes what it is paid by at once, and asks to close what it pays by; then anyone does the rest."""
    jar, hub = stage.jar, stage.hub
    calls = [jar.close.encode_input(viewer.channel.row) for viewer in stage.viewers]
    stage.sent("close", "the hub closes the viewers' channels", send(jar.multicall, calls, sender=hub))
    calls = [jar.requestClose.encode_input(channel.row) for channel in stage.outgoing]
    stage.sent("close", "the hub asks to close its own", send(jar.multicall, calls, sender=hub))
    chain.sleep(DAY + 1)
    chain.mine()
    calls = [jar.close.encode_input(channel.row) for channel in stage.outgoing]
    stage.sent("close", "a viewer closes them", send(jar.multicall, calls, sender=stage.viewers[0].account))
    say(f"{len(stage.viewers) + len(stage.outgoing)} channels closed, {_gas(stage, 'close'):,} gas.")


def _document(stage: Stage, before: dict[str, int], milliseconds: int) -> dict[str, Any]:
    held = {account: int(stage.token.balanceOf(account)) for account in _accounts(stage)}
    creators, viewers, checks = [], [], []

    def check(name: str, expected: object, actual: object) -> None:
        checks.append({"name": name, "expected": str(expected), "actual": str(actual), "ok": expected == actual})

    for key in stage.creators:
        account = web3.to_checksum_address(address_of(key))
        promised = sum(viewer.promised[address_of(key)] for viewer in stage.viewers)
        paid = held[account] - before[account]
        creators.append(
            {"account": account, "tips": VIEWERS * EACH, "promised": str(promised), "paid": str(paid)}
        )  # fmt: skip
        check(f"wei paid to {brief(account)}", promised, paid)
    for viewer in stage.viewers:
        account = str(viewer.account.address)
        spent, refunded = sum(viewer.promised.values()), held[account] - before[account]
        viewers.append(
            {
                "account": account, "tips": viewer.tips, "deposited": str(DEPOSIT), "spent": str(spent),
                "refunded": str(refunded),
            }
        )  # fmt: skip
        check(f"wei back to {brief(account)}", DEPOSIT - spent, refunded)
    hub = str(stage.hub.address)
    check("wei that the hub won or lost", 0, held[hub] - before[hub] - CREATORS * 20_000 * LVO)
    check("wei left in the jar", 0, int(stage.token.balanceOf(stage.jar)))
    books = read_books(stage.jar)
    check("channels still open, by the events", 0, sum(not each.closed for each in books.standings.values()))
    for row in creators:
        check(
            f"wei to {brief(row['account'])}, by the events", int(row["paid"]), books.received[row["account"].lower()]
        )
    newest = web3.eth.get_block("latest")
    return {
        "schema": report.SCHEMA,
        "chain": {"id": int(web3.eth.chain_id), "block": int(newest["number"]), "time": int(newest["timestamp"])},
        "jar": str(stage.jar.address),
        "hub": hub,
        "tips": sum(viewer.tips for viewer in stage.viewers),
        "milliseconds": milliseconds,
        "creators": creators,
        "viewers": viewers,
        "transactions": stage.transactions,
        "direct_gas": DIRECT_GAS,
        "checks": checks,
    }


def _show(document: dict[str, Any]) -> None:
    table(
        "Creators",
        ("creator", "tips", "promised, LVO", "paid, LVO", "difference, wei"),
        [
            (
                row["account"],
                f"{row['tips']:,}",
                format_lvo(int(row["promised"])),
                format_lvo(int(row["paid"])),
                f"{int(row['paid']) - int(row['promised']):,}",
            )
            for row in document["creators"]
        ],
        ("tips", "promised, LVO", "paid, LVO", "difference, wei"),
    )
    gas = sum(row["gas"] for row in document["transactions"])
    settling = [row for row in document["transactions"] if row["phase"] == "settle"]
    say(
        f"{document['tips']:,} tips settled in {len(settling)} transactions; {gas:,} gas in all with opening and "
        f"closing, {gas // document['tips']:,} a tip. One transaction each would be {DIRECT_GAS:,}."
    )
    say(f"{REPORT.relative_to(ROOT)} and {REPORT.with_suffix('.json').relative_to(ROOT)} are written.")
    failed = [check["name"] for check in document["checks"] if not check["ok"]]
    if failed:
        raise ScriptError(f"Promises and payments differ: {'; '.join(failed)}.")
    say(
        f"{len(document['checks'])} of {len(document['checks'])} checks hold: every creator is paid to the wei.",
        "green",
    )
