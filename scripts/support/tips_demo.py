"""The demo of ``tips``: ten viewers, a hub, five creators, ten thousand tips, a report that adds up to the wei."""

import asyncio
import json
import shutil
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import brownie
from brownie import chain, web3
from coincurve import PrivateKey

from lvo.channels.books import Standing
from lvo.channels.client import Client
from lvo.channels.service import Committer
from lvo.channels.sides import Payer
from lvo.channels.store import Store
from lvo.channels.vouchers import Channel, Domain, address_of
from lvo.report import tips as report
from lvo.units import DAY, LVO, format_lvo
from scripts.support.console import ScriptError, brief, progress, say, step, table
from scripts.support.records import write_file
from scripts.support.sending import Receipt, send, signers
from scripts.support.tips import ROOT, STATE, beside, domain_of, due, now, read_books, rpc, service, settle_all

FOLDER = STATE / "demo"
REPORT = ROOT / "reports" / "tips.html"
VIEWERS, CREATORS, EACH = 10, 5, 200
"""Every viewer tips every creator so many times."""
DEPOSIT, OUTGOING = 1_000 * LVO, 20_000 * LVO
"""Of every viewer, and of the hub for every creator, wei."""
DIRECT_GAS = 43_899
"""A tip in a transaction of its own, measured by ``make bench``."""


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


def play() -> None:
    """All of it, on a fresh chain; a difference is a :class:`ScriptError`."""
    shutil.rmtree(FOLDER, ignore_errors=True)
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
        made.sent("open", "the hub opens", send(jar.open, channel.row, OUTGOING, sender=hub))
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
            urls[me] = stack.enter_context(service({**common, "role": "creator", "me": me}, key, FOLDER))
        settings = {**common, "role": "hub", "me": str(stage.hub.address).lower(), "creators": urls}
        hub = stack.enter_context(service(settings, stage.hub_key, FOLDER))
        say(f"The hub listens on {hub}, and the creators on {', '.join(urls.values())}.")
        milliseconds = asyncio.run(_crowd(stage, hub, urls))
        dues = [("viewers", due(hub, 1)), ("creators", [item for url in urls.values() for item in due(url, 1)])]
    return milliseconds, dues


async def _crowd(stage: Stage, hub: str, urls: dict[str, str]) -> int:
    domain = domain_of(stage.jar)
    store = Store(FOLDER / "viewers.db", f"viewers of {domain.jar}")
    committer = Committer(store)

    async def streaming() -> int:
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

    milliseconds: int = await beside(asyncio.create_task(committer.run()), streaming())
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


async def _one_viewer(
    client: Client, viewer: Viewer, number: int, creators: list[str], advance: Callable[[], None]
) -> None:
    """Tip every creator in turn, each with an amount that tells who tipped."""
    invoices = [
        await client.invoice(creator, 1, (number + 1) * 10**16 + place * 10**9 + 7, EACH)
        for place, creator in enumerate(creators)
    ]
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
    check("wei that the hub won or lost", 0, held[hub] - before[hub] - CREATORS * OUTGOING)
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
