"""A small HTTP service for a payee, a creator or a hub: ``python -m lvo.channels.service settings.json``.

The settings are a JSON object: ``jar``, ``chain`` (its id), ``rpc`` (a node's URL), ``me`` (the account), ``store`` (a
file), and optionally ``role`` (``payee``, the default; ``creator``; ``hub``), ``host``, ``port`` (0: any), ``rate``
(requests a second from one address), ``creators`` (of a hub: URL by account). A creator and a hub sign with the key in
the environment variable ``LVO_CHANNEL_KEY``.

One process, one loop. Vouchers that arrive together are written together, and each is answered when it is on the disk.
Everything that grows has a bound: bodies, channels, waiting requests, remembered addresses.
"""

import asyncio
import contextlib
import html
import json
import os
import sys
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from coincurve import PrivateKey

from lvo.channels import wire
from lvo.channels.api import openapi
from lvo.channels.books import Standing
from lvo.channels.hub import Hub, make_invoice
from lvo.channels.sides import RESERVE, Accepted, Payee, Refused, Ticket
from lvo.channels.store import Change, Route, Store, StoreError
from lvo.channels.vouchers import Channel, Domain, Signed, address_of
from lvo.merkle import keccak256

MOST_BODY = 16_384
"""Bytes of a request."""
MOST_CHANNELS = 100_000
MOST_WAITING = 2_000
"""Requests that wait for the disk."""
MOST_ADDRESSES = 10_000
"""Addresses whose rate is remembered."""
MOST_LOCKS = 1_000
"""Locks of one invoice."""
REFRESH = 15
"""Seconds between two looks at the chain."""
LOOK_BACK = 2_000
"""Blocks in which a secret is looked for; some hours."""
_STATE_OF = keccak256(b"stateOf(bytes32)")[:4].hex()
_SETTLED = wire.hexed(keccak256(b"ChannelSettled(bytes32,uint256,bytes32)"))
_CLOSED = wire.hexed(keccak256(b"ChannelClosed(bytes32,uint256,bytes32)"))

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Committer:
    """Writes what many requests changed in one transaction, and answers them when it is on the disk."""

    def __init__(self, store: Store, most: int = MOST_WAITING) -> None:
        self.store = store
        self.most = most
        self.commits = 0
        self._waiting: list[tuple[list[Change], asyncio.Future[None]]] = []
        self._wake = asyncio.Event()

    def check_room(self) -> None:
        """Refuse while too many wait."""
        if self.store.broken:
            raise StoreError(f"{self.store.path} failed before: start again.")
        if len(self._waiting) >= self.most:
            raise Refused("busy", "Too many requests wait for the disk; try again.")

    async def commit(self, changes: list[Change]) -> None:
        """Return when the changes, and all before them, are on the disk.

        Raises
        ------
        StoreError
            If they never will be.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((changes, done))
        self._wake.set()
        await done

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._waiting = self._waiting, []
            if not batch:
                continue
            together = [change for changes, _ in batch for change in changes]
            try:
                if together:
                    await asyncio.to_thread(self.store.commit, together)
            except StoreError as error:
                for _, done in batch:
                    if not done.done():
                        done.set_exception(StoreError(str(error)))
                continue
            self.commits += bool(together)
            for _, done in batch:
                if not done.done():
                    done.set_result(None)


class Limiter:
    """A bucket of requests for each address, the longest silent forgotten first.

    Parameters
    ----------
    rate
        Requests a second, for ever; a burst may be twice that.
    """

    def __init__(self, rate: int, most: int = MOST_ADDRESSES, now: Callable[[], int] = time.monotonic_ns) -> None:
        self.rate = rate
        self.most = most
        self._now = now
        self._buckets: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def allows(self, address: str) -> bool:
        """Take one request out of an address' bucket, if there is one in it."""
        now = self._now()
        full = 2 * self.rate * 10**9
        left, before = self._buckets.pop(address, (full, now))
        left = min(full, left + (now - before) * self.rate) - 10**9
        self._buckets[address] = (max(left, 0) if left >= 0 else left + 10**9, now)
        if len(self._buckets) > self.most:
            self._buckets.popitem(last=False)
        return left >= 0


class ChainView:
    """Reads channels of a TipJar from a node."""

    def __init__(self, session: aiohttp.ClientSession, rpc: str, jar: str) -> None:
        self._session = session
        self._rpc = rpc
        self._jar = jar

    async def standings(self, channels: list[Channel]) -> list[Standing | None]:
        """Return the channels as the chain has them; None for one that was never opened."""
        requests = [
            {
                "jsonrpc": "2.0",
                "id": number,
                "method": "eth_call",
                "params": [{"to": self._jar, "data": f"0x{_STATE_OF}{channel.id.hex()}"}, "latest"],
            }
            for number, channel in enumerate(channels)
        ]
        async with self._session.post(self._rpc, json=requests) as response:
            answers = {answer["id"]: answer["result"] for answer in await response.json()}
        made: list[Standing | None] = []
        for number, channel in enumerate(channels):
            words = bytes.fromhex(answers[number][2:])
            deposit, settled, close_at, closed = (
                int.from_bytes(words[at : at + 32], "big") for at in range(0, 128, 32)
            )
            made.append(Standing(channel, deposit, settled, close_at, bool(closed)) if deposit else None)
        return made

    async def secret(self, channel: bytes, lock: bytes) -> bytes:
        """Return the secret behind a lock if a settlement of the channel has shown it; empty: none has."""
        newest = int(str(await self._ask("eth_blockNumber")), 16)
        query = {
            "address": self._jar,
            "fromBlock": hex(max(0, newest - LOOK_BACK)),
            "toBlock": hex(newest),
            "topics": [[_SETTLED, _CLOSED], wire.hexed(channel)],
        }
        for log in await self._ask("eth_getLogs", query):
            transaction = await self._ask("eth_getTransactionByHash", log["transactionHash"])
            sent = bytes.fromhex(transaction["input"][2:])
            # Wherever it stands, be it in a batch or in a call through a wallet.
            for at in range(len(sent) - 31):
                if keccak256(sent[at : at + 32]) == lock:
                    return sent[at : at + 32]
        return b""

    async def _ask(self, method: str, *parameters: object) -> Any:
        request = {"jsonrpc": "2.0", "id": 0, "method": method, "params": list(parameters)}
        async with self._session.post(self._rpc, json=request) as response:
            return (await response.json())["result"]


class Service:
    """The application of one payee, creator or hub; see the module."""

    def __init__(self, settings: Mapping[str, Any], key: PrivateKey | None) -> None:
        self.settings = settings
        self.role = str(settings.get("role", "payee"))
        self.me = wire.address(settings["me"])
        self.domain = Domain(int(settings["chain"]), wire.address(settings["jar"]))
        self.key = key
        self.started = time.monotonic()
        self.accepted = 0
        reserve = int(settings.get("reserve", RESERVE))
        store = Store(Path(settings["store"]), f"{self.role} {self.me} of {self.domain.jar} on {self.domain.chain_id}")
        self.committer = Committer(store)
        self.limiter = Limiter(int(settings.get("rate", 50)))
        self.creators: dict[str, str] = dict(settings.get("creators", {}))
        self.hub: Hub | None = None
        if self.role == "hub":
            if key is None:
                raise SystemExit("service: a hub needs its key in LVO_CHANNEL_KEY")
            self.hub = Hub(self.domain, store, self.me, key, margin=int(settings.get("margin", 1_800)), reserve=reserve)
            self.payee = self.hub.payee
        else:
            seed = keccak256(b"LIVE VIDEO secrets" + key.secret) if key is not None and self.role == "creator" else b""
            self.payee = Payee(self.domain, store, self.me, seed=seed, reserve=reserve)
        self._locks: dict[bytes, asyncio.Lock] = {}
        self._session: aiohttp.ClientSession | None = None
        self.chain: ChainView | None = None

    def application(self) -> web.Application:
        """Return what aiohttp serves."""
        app = web.Application(middlewares=[self._guard], client_max_size=MOST_BODY)
        app.add_routes(
            [
                web.get("/", self.page),
                web.get("/openapi.json", self.document),
                web.get("/status", self.status),
                web.get("/due", self.due),
                web.post("/channels", self.channels),
                web.post("/vouchers", self.vouchers),
                *([web.post("/invoices", self.invoices)] if self.role != "payee" else []),
                *([web.post("/tips", self.tips)] if self.hub else []),
            ]
        )
        app.cleanup_ctx.append(self._background)
        return app

    # What runs beside the requests

    async def _background(self, _: web.Application) -> AsyncIterator[None]:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20))
        self.chain = ChainView(self._session, str(self.settings["rpc"]), self.domain.jar)
        tasks = [asyncio.create_task(self.committer.run()), asyncio.create_task(self._refresh())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._session.close()
        self.committer.store.close()

    async def _refresh(self) -> None:
        """Look at the chain again and again, and pass on once more what a stop interrupted."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, asyncio.TimeoutError, KeyError, ValueError, StoreError):
                await self._retry()
                await self.look()
                await self._look_for_secrets()
            await asyncio.sleep(int(self.settings.get("refresh", REFRESH)))

    async def look(self) -> None:
        """Take over what the chain says of every channel that is not closed."""
        assert self.chain is not None
        open_ones = [each.channel for each in self.payee.standings.values() if not each.closed]
        for first in range(0, len(open_ones), 200):
            for standing in await self.chain.standings(open_ones[first : first + 200]):
                if standing is not None and standing != self.payee.standings[standing.channel.id]:
                    await self.committer.commit(self._watch(standing))

    def _watch(self, standing: Standing) -> list[Change]:
        return self.hub.watch(standing) if self.hub else self.payee.watch(standing)

    # The guard

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not self.limiter.allows(request.remote or ""):
            return _problem(429, "rate", "Too many requests from this address; wait a second.")
        try:
            return await handler(request)
        except wire.WireError as error:
            return _problem(400, "malformed", str(error))
        except Refused as refusal:
            return _problem(503 if refusal.reason in ("busy", "full") else 409, refusal.reason, str(refusal))
        except (StoreError, aiohttp.ClientError, asyncio.TimeoutError) as error:
            return _problem(502, "unavailable", str(error) or type(error).__name__)

    # The requests

    async def page(self, _: web.Request) -> web.Response:
        """Describe the interface to people."""
        return web.Response(text=_page(openapi(self.role)), content_type="text/html")

    async def document(self, _: web.Request) -> web.Response:
        """Describe the interface to programs."""
        return web.json_response(openapi(self.role))

    async def status(self, _: web.Request) -> web.Response:
        """Tell how it goes."""
        return web.json_response(
            {
                "role": self.role,
                "me": self.me,
                "jar": self.domain.jar,
                "chain": self.domain.chain_id,
                "seconds": int(time.monotonic() - self.started),
                "channels": len(self.payee.standings),
                "accepted": self.accepted,
                "commits": self.committer.commits,
                "earned": str(sum(held.earned() for held in self.payee.held.values())),
            }
        )

    async def due(self, request: web.Request) -> web.Response:
        """List what should be settled; only to this machine."""
        if request.remote not in ("127.0.0.1", "::1"):
            return _problem(403, "local", "Only programs on this machine may ask.")
        await self.look()
        worth = wire.read(request.query, "worth", wire.amount, 1)
        rows = [
            {
                "channel": wire.write_channel(channel),
                "voucher": wire.write_voucher(held.signed),
                "secret": wire.hexed(held.secret),
            }
            for channel, held in self.payee.due(worth)
        ]
        return web.json_response({"due": rows})

    async def channels(self, request: web.Request) -> web.Response:
        """Take up a channel, or look at it again, and tell what is promised on it."""
        channel = wire.read_channel(await _body(request))
        mine = channel.payee == self.me or (self.hub is not None and channel.payer == self.me)
        if not mine:
            raise Refused("unknown", f"The channel is none of {self.me}.")
        if channel.id not in self.payee.standings and len(self.payee.standings) >= MOST_CHANNELS:
            raise Refused("full", "No more channels are taken up.")
        self.committer.check_room()
        assert self.chain is not None
        (standing,) = await self.chain.standings([channel])
        if standing is None:
            raise Refused("unknown", "The chain does not know this channel.")
        await self.committer.commit(self._watch(standing))
        held = self.payee.newest(channel.id)
        return web.json_response({"channel": wire.hexed(channel.id), "earned": str(held.earned())})

    async def vouchers(self, request: web.Request) -> web.Response:
        """Accept a voucher; the answer says that it is on the disk."""
        record = await _body(request)
        signed = wire.read_voucher(record)
        if self.hub and signed.voucher.locked:
            raise Refused("lock", "A lock needs to know where it goes: send it to /tips.")
        accepted = await self._accept(signed, _ticket(record))
        answer = {"accepted": str(accepted.amount)}
        if accepted.secret:
            answer["secret"] = wire.hexed(accepted.secret)
        return web.json_response(answer)

    async def _accept(self, signed: Signed, ticket: Ticket | None) -> Accepted:
        self.committer.check_room()
        accepted, changes = self.payee.stage(signed, ticket)
        await self.committer.commit(changes)
        self.accepted += 1
        return accepted

    async def invoices(self, request: web.Request) -> web.Response:
        """Make locks for a viewer; a hub lets the creator make them."""
        record = await _body(request)
        creator = wire.read(record, "creator", wire.address)
        if self.hub:
            return web.json_response(await self._ask(creator, "/invoices", record))
        if creator != self.me or self.key is None or address_of(self.key) != self.me:
            raise Refused("unknown", f"This service makes no invoices of {creator}.")
        invoice = make_invoice(
            self.domain,
            self.payee.seed,
            self.key,
            wire.read(record, "viewer", wire.address),
            wire.read(record, "first", wire.SECONDS),
            wire.read(record, "amount", wire.amount),
            wire.read(record, "count", wire.count(MOST_LOCKS)),
        )
        return web.json_response(wire.write_invoice(invoice))

    async def tips(self, request: web.Request) -> web.Response:
        """Pass a tip on to a creator; the answer is the secret, which is the receipt."""
        assert self.hub is not None
        record = await _body(request)
        creator = wire.read(record, "creator", wire.address)
        ticket = wire.read(record, "ticket", wire.text(120))
        item = wire.read(record, "item", wire.text(500), "")
        signed = wire.read_voucher(record)
        if creator not in self.creators:
            raise Refused("unknown", f"The hub has no way to {creator}.")
        known = self.payee.newest(signed.voucher.channel)
        if signed == known.signed and known.secret:
            await self.committer.commit([])  # it may be on its way to the disk
            return web.json_response({"secret": wire.hexed(known.secret)})
        secret = await self._forward(signed, creator, ticket, item.encode())
        return web.json_response({"secret": wire.hexed(secret)})

    async def _forward(self, signed: Signed, creator: str, ticket: str, item: bytes) -> bytes:
        assert self.hub is not None
        route = self.hub.routes.get(signed.voucher.lock)
        if route is not None and signed == self.payee.newest(signed.voucher.channel).signed:
            async with self._lock(route.outgoing):
                return await self._pass_on(route, creator)
        outgoing = min(self.hub.outgoing(creator), key=lambda each: self._lock(each).locked(), default=None)
        if outgoing is None:
            raise Refused("unknown", f"The hub has no open channel to {creator}.")
        async with self._lock(outgoing):
            self.committer.check_room()
            _, route, changes = self.hub.stage(signed, outgoing, ticket, item)
            # The viewer's lock and the hub's promise are on the disk before the creator hears of them.
            await self.committer.commit(changes)
            return await self._pass_on(route, creator)

    async def _pass_on(self, route: Route, creator: str) -> bytes:
        assert self.hub is not None
        forwarded = self.hub.payer.newest(route.outgoing).signed
        record = {**wire.write_voucher(forwarded), "ticket": route.ticket}
        answer = await self._ask(creator, "/vouchers", record)
        secret = wire.read(answer, "secret", wire.data(32))
        if keccak256(secret) != route.lock:
            raise Refused("lock", "The creator told a secret that opens nothing.")
        await self.committer.commit(self.hub.stage_secret(secret))
        self.accepted += 1
        return secret

    async def _retry(self) -> None:
        if self.hub is None:
            return
        await self.committer.commit(self.hub.stage_lapsed())
        for route in list(self.hub.routes.values()):
            creator = self.hub.payer.standings[route.outgoing].channel.payee
            if creator in self.creators and not self._lock(route.outgoing).locked():
                async with self._lock(route.outgoing):
                    with contextlib.suppress(Refused, aiohttp.ClientError, asyncio.TimeoutError):
                        await self._pass_on(route, creator)

    async def _look_for_secrets(self) -> None:
        """A creator that settled a lock on the chain has told its secret there."""
        if self.hub is None:
            return
        assert self.chain is not None
        for route in list(self.hub.routes.values()):
            secret = await self.chain.secret(route.outgoing, route.lock)
            if secret:
                await self.committer.commit(self.hub.stage_secret(secret))

    async def _ask(self, creator: str, path: str, record: Mapping[str, Any]) -> dict[str, Any]:
        assert self._session is not None
        if creator not in self.creators:
            raise Refused("unknown", f"The hub has no way to {creator}.")
        async with self._session.post(self.creators[creator] + path, json=record) as response:
            answer: dict[str, Any] = await response.json()
        if response.status != 200:
            raise Refused(str(answer.get("reason", "busy")), f"The creator says: {answer.get('words', '')}")
        return answer

    def _lock(self, channel: bytes) -> asyncio.Lock:
        return self._locks.setdefault(channel, asyncio.Lock())


def _ticket(record: Mapping[str, Any]) -> Ticket | None:
    if "ticket" not in record:
        return None
    try:
        return Ticket.parse(wire.read(record, "ticket", wire.text(120)))
    except ValueError:
        raise wire.WireError("ticket is missing or malformed") from None


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        record = json.loads(await request.read())
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise wire.WireError("the body is no JSON object")
    return record


def _problem(status: int, reason: str, words: str) -> web.Response:
    return web.json_response({"reason": reason, "words": words}, status=status)


def _page(document: dict[str, Any]) -> str:
    rows = []
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            shape = about.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            body = f"<pre>{html.escape(json.dumps(shape, indent=1))}</pre>" if shape else ""
            rows.append(f"<h2>{method.upper()} {path}</h2><p>{html.escape(about['summary'])}</p>{body}")
    title = html.escape(document["info"]["title"])
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
        "<style>body{font:16px/1.5 system-ui;max-width:44rem;margin:2rem auto;padding:0 1rem}"
        "pre{background:#8881;padding:1rem;overflow:auto}</style>"
        f"<h1>{title}</h1><p>{html.escape(document['info']['description'])} "
        f"For programs: <a href=/openapi.json>openapi.json</a>.</p>{''.join(rows)}</html>"
    )


async def serve(settings: Mapping[str, Any], key: PrivateKey | None) -> None:
    """Serve until the task is cancelled; prints the address when it listens."""
    runner = web.AppRunner(Service(settings, key).application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, str(settings.get("host", "127.0.0.1")), int(settings.get("port", 0)))
    await site.start()
    host, port = runner.addresses[0][:2]
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def main() -> None:
    """Serve what the settings file says."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m lvo.channels.service settings.json")
    settings = json.loads(Path(sys.argv[1]).read_text())
    text = os.environ.get("LVO_CHANNEL_KEY", "").removeprefix("0x")
    if text and len(text) != 64:
        raise SystemExit("service: LVO_CHANNEL_KEY is no key of 64 hexadecimal digits")
    key = PrivateKey(bytes.fromhex(text)) if text else None
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(settings, key))


if __name__ == "__main__":
    main()
