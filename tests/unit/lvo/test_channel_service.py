"""The HTTP service: what it takes and refuses, that it answers from the disk, that killing it loses nothing."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from coincurve import PrivateKey

from benchmarks import vouchers
from lvo.channels import service as service_module
from lvo.channels import wire
from lvo.channels.api import openapi
from lvo.channels.books import Standing
from lvo.channels.hub import make_invoice
from lvo.channels.service import Committer, Limiter, Service
from lvo.channels.sides import Payer, Refused, wall_clock
from lvo.channels.store import TAKEN, Store, StoreError
from lvo.channels.vouchers import Channel, Domain, Voucher, address_of
from lvo.merkle import keccak256

VIEWER, CREATOR, HUB = (PrivateKey(bytes([i]) * 32) for i in (1, 2, 3))
viewer, creator, hub = map(address_of, (VIEWER, CREATOR, HUB))
DOMAIN = Domain(1337, "0x" + "aa" * 20)
DEPOSIT = 1_000


def channel_of(payer, payee, days=30):
    return Channel(payer, payee, payer, 86_400, wall_clock() + days * 86_400)


@asynccontextmanager
async def running(folder, role="payee", me=creator, key=None, known=(), **settings):
    """A service in this process with a node that knows the channels ``known``."""
    told = []
    states = {channel.id.hex(): (DEPOSIT.to_bytes(32, "big") + bytes(96)).hex() for channel in known}

    async def node(request):
        answers = []
        asked = await request.json()
        if isinstance(asked, dict):
            answer = {"eth_blockNumber": "0x10", "eth_getLogs": [{"transactionHash": "0x1"}] if told else []}
            return web.json_response({"result": answer.get(asked["method"], {"input": "0x" + b"".join(told).hex()})})
        for each in asked:
            identity = each["params"][0]["data"][10:]
            answers.append({"id": each["id"], "result": "0x" + states.get(identity, "00" * 128)})
        return web.json_response(answers)

    chain = web.Application()
    chain.router.add_post("/", node)
    async with TestServer(chain) as rpc:
        facts = {
            "jar": DOMAIN.jar, "chain": DOMAIN.chain_id, "rpc": str(rpc.make_url("/")), "me": me, "role": role,
            "store": str(folder / f"{role}-{me}.db"), "rate": 10_000, "refresh": 1, **settings,
        }  # fmt: skip
        made = Service(facts, key)
        async with TestClient(TestServer(made.application())) as client:
            client.service, client.calldata = made, told
            yield client


async def post(client, path, record):
    response = await client.post(path, json=record)
    return response.status, await response.json()


def signed(channel, cumulative, key=VIEWER):
    return DOMAIN.sign(Voucher(channel.id, cumulative), key)


def play(scene):
    asyncio.run(scene)


# The interface


@pytest.mark.parametrize("role", ["payee", "creator", "hub"])
def test_openapi_names_every_route_and_no_other(tmp_path, role):
    made = Service(
        {"jar": DOMAIN.jar, "chain": 1, "rpc": "", "me": creator, "role": role, "store": str(tmp_path / "a.db")},
        CREATOR,
    )
    routes = {
        (route.resource.canonical, route.method.lower())
        for route in made.application().router.routes()
        if route.method != "HEAD"
    }
    paths = openapi(role)["paths"]
    assert routes == {(path, method) for path, methods in paths.items() for method in methods}
    made.committer.store.close()


def test_page_and_document_are_served(tmp_path):
    async def scene():
        async with running(tmp_path, "hub", hub, HUB) as client:
            page = await (await client.get("/")).text()
            assert all(path in page for path in ("/tips", "/vouchers", "/invoices"))
            assert "http" not in page.replace("http-equiv", "")  # nothing is fetched from elsewhere
            assert (await (await client.get("/openapi.json")).json())["openapi"].startswith("3.1")
            status = await (await client.get("/status")).json()
            assert (status["role"], status["me"], status["channels"]) == ("hub", hub, 0)

    play(scene())


def test_voucher_is_accepted_and_on_the_disk_when_answered(tmp_path):
    channel = channel_of(viewer, creator)

    async def scene():
        async with running(tmp_path, known=[channel]) as client:
            assert (await post(client, "/channels", wire.write_channel(channel)))[0] == 200
            assert await post(client, "/vouchers", wire.write_voucher(signed(channel, 5))) == (200, {"accepted": "5"})
            assert await post(client, "/vouchers", wire.write_voucher(signed(channel, 5))) == (200, {"accepted": "0"})
            status, answer = await post(client, "/vouchers", wire.write_voucher(signed(channel, 4)))
            assert (status, answer["reason"]) == (409, "stale")
            due = (await (await client.get("/due?worth=5")).json())["due"]
            assert [wire.read_voucher(row["voucher"]) for row in due] == [signed(channel, 5)]
            assert (await (await client.get("/due?worth=6")).json())["due"] == []

    play(scene())
    store = Store(tmp_path / f"payee-{creator}.db", f"payee {creator} of {DOMAIN.jar} on 1337")
    assert store.vouchers(TAKEN)[channel.id].signed == signed(channel, 5)
    store.close()


def test_channels_are_taken_up_only_if_the_chain_knows_them_and_they_are_ours(tmp_path, monkeypatch):
    known, unknown, foreign = channel_of(viewer, creator), channel_of(viewer, creator, 40), channel_of(viewer, hub)

    async def scene():
        async with running(tmp_path, known=[known, foreign]) as client:
            for channel in (unknown, foreign):
                status, answer = await post(client, "/channels", wire.write_channel(channel))
                assert (status, answer["reason"]) == (409, "unknown")
                status, answer = await post(client, "/vouchers", wire.write_voucher(signed(channel, 1)))
                assert (status, answer["reason"]) == (409, "unknown")
            monkeypatch.setattr(service_module, "MOST_CHANNELS", 0)
            status, answer = await post(client, "/channels", wire.write_channel(known))
            assert (status, answer["reason"]) == (503, "full")
            assert client.service.payee.standings == {}

    play(scene())


def test_malformed_requests_are_named_and_change_nothing(tmp_path):
    channel = channel_of(viewer, creator)
    good = wire.write_voucher(signed(channel, 5))
    bad = [
        ("channel", "0x12"), ("channel", None), ("channel", "zz" * 33), ("cumulative", 5), ("cumulative", "-1"),
        ("cumulative", "05"), ("cumulative", str(2**96)), ("cumulative", "1e3"), ("memoHash", 7), ("lock", "0x"),
        ("locked", "x"), ("lockExpiry", "5"), ("lockExpiry", True), ("lockExpiry", 2**40),
        ("signature", "0x" + "0" * 130),
        ("ticket", "a-b"), ("ticket", "x" * 121),
    ]  # fmt: skip

    async def scene():
        async with running(tmp_path, known=[channel]) as client:
            await post(client, "/channels", wire.write_channel(channel))
            for field, value in bad:
                status, answer = await post(client, "/vouchers", good | {field: value})
                assert status == 400, (field, value)
                assert field in answer["words"]
            for body in (b"", b"[]", b"{", b"[" * 5_000, b"\xff"):
                response = await client.post("/vouchers", data=body)
                assert response.status == 400
            assert (await client.post("/vouchers", data=b" " * 100_000)).status == 413
            assert client.service.payee.held == {}
            assert (await post(client, "/vouchers", good))[0] == 200

    play(scene())


# Bounds


def test_limiter_lets_a_rate_through_and_forgets_the_longest_silent():
    time = [0]
    limiter = Limiter(10, most=3, now=lambda: time[0])
    assert [limiter.allows("a") for _ in range(22)] == [True] * 20 + [False] * 2
    time[0] += 10**9
    assert [limiter.allows("a") for _ in range(12)] == [True] * 10 + [False] * 2
    for name in ("b", "c", "d"):
        assert limiter.allows(name)
    assert list(limiter._buckets) == ["b", "c", "d"]


def test_service_refuses_an_address_that_asks_too_often(tmp_path):
    async def scene():
        async with running(tmp_path, rate=3) as client:
            assert [(await client.get("/status")).status for _ in range(7)] == [200] * 6 + [429]

    play(scene())


def test_committer_answers_when_written_together_refuses_when_full_and_after_a_failure(tmp_path):
    async def scene():
        store = Store(tmp_path / "a.db", "x")
        committer = Committer(store, most=5)
        insert = "INSERT INTO meta VALUES (?, '')"
        waiting = [asyncio.create_task(committer.commit([(insert, (str(number),))])) for number in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(Refused):
            committer.check_room()
        assert not any(each.done() for each in waiting)
        writer = asyncio.create_task(committer.run())
        await asyncio.gather(*waiting)
        assert committer.commits == 1
        await committer.commit([])
        assert committer.commits == 1
        with pytest.raises(StoreError):
            await committer.commit([(insert, ("0",))])  # the key is there
        with pytest.raises(StoreError):
            committer.check_room()
        writer.cancel()
        store.close()

    play(scene())


# The hub


@asynccontextmanager
async def two_hops(folder):
    """A hub and a creator, their channels, and the viewer's side."""
    incoming, outgoing = channel_of(viewer, hub), channel_of(hub, creator)
    async with running(folder, "creator", creator, CREATOR, [outgoing]) as end:
        url = str(end.make_url("")).rstrip("/")
        async with running(folder, "hub", hub, HUB, [incoming, outgoing], creators={creator: url}) as middle:
            for client, channel in ((end, outgoing), (middle, outgoing), (middle, incoming)):
                assert (await post(client, "/channels", wire.write_channel(channel)))[0] == 200
            payer = Payer(DOMAIN, Store(folder / "viewer.db", "viewer"), VIEWER)
            payer.store.commit(payer.watch(Standing(incoming, DEPOSIT)))
            yield end, middle, payer, incoming, outgoing
            payer.store.close()


def tip(payer, channel, invoice, place):
    ticket = invoice.ticket(place)
    locked, changes = payer.stage(
        channel.id, ticket.amount, b"nice", invoice.locks[place], wall_clock() + channel.notice - 60
    )
    payer.store.commit(changes)
    return {**wire.write_voucher(locked), "creator": invoice.creator, "ticket": str(ticket), "item": "nice"}


def test_tips_go_through_the_hub_and_the_secret_comes_back(tmp_path):
    async def scene():
        async with two_hops(tmp_path) as (end, middle, payer, incoming, outgoing):
            wanted = {"creator": creator, "viewer": viewer, "first": 1, "amount": "7", "count": 3}
            status, answer = await post(middle, "/invoices", wanted)
            invoice = wire.read_invoice(answer)
            assert (status, invoice.is_signed(DOMAIN), len(invoice.locks)) == (200, True, 3)
            for place in range(3):
                record = tip(payer, incoming, invoice, place)
                status, answer = await post(middle, "/tips", record)
                assert status == 200, answer
                secret = bytes.fromhex(answer["secret"][2:])
                assert keccak256(secret) == invoice.locks[place]
                assert await post(middle, "/tips", record) == (200, answer)  # the answer was lost: the same again
                payer.store.commit(payer.learn(incoming.id, secret))
            sides = (payer, middle.service.payee, middle.service.hub.payer, end.service.payee)
            assert [
                side.newest(channel.id).earned()
                for side, channel in zip(sides, (incoming, incoming, outgoing, outgoing), strict=True)
            ] == [21] * 4
            status, answer = await post(middle, "/tips", {**tip(payer, incoming, invoice, 0), "creator": viewer})
            assert (status, answer["reason"]) == (409, "unknown")
            status, answer = await post(middle, "/vouchers", tip_again(payer, incoming))
            assert (status, answer["reason"]) == (409, "lock")

    play(scene())


def tip_again(payer, channel):
    """What the viewer signed last, sent to where no lock belongs."""
    return wire.write_voucher(payer.newest(channel.id).signed)


def test_hub_passes_on_again_what_the_creator_missed(tmp_path, monkeypatch):
    """The creator is away while the tip is passed on; the hub tries again, and both hops are worth the tip."""

    async def scene():
        async with two_hops(tmp_path) as (end, middle, payer, incoming, outgoing):
            invoice = make_invoice(DOMAIN, end.service.payee.seed, CREATOR, viewer, 1, 7, 1)
            url = middle.service.creators[creator]
            middle.service.creators[creator] = "http://127.0.0.1:1"
            record = tip(payer, incoming, invoice, 0)
            status, answer = await post(middle, "/tips", record)
            assert (status, answer["reason"]) == (502, "unavailable")
            assert middle.service.payee.newest(incoming.id).earned() == 0
            assert len(middle.service.hub.routes) == 1
            middle.service.creators[creator] = url
            for _ in range(60):
                await asyncio.sleep(0.05)
                if not middle.service.hub.routes:
                    break
            assert (
                middle.service.payee.newest(incoming.id).earned() == end.service.payee.newest(outgoing.id).earned() == 7
            )
            status, answer = await post(middle, "/tips", record)
            assert keccak256(bytes.fromhex(answer["secret"][2:])) == invoice.locks[0]

    play(scene())


def test_hub_finds_a_secret_that_a_creator_told_the_chain_alone(tmp_path):
    """INV-TIP-7: the creator keeps silent and settles; the hub's hop is worth the tip all the same."""

    async def scene():
        async with two_hops(tmp_path) as (end, middle, payer, incoming, _):
            invoice = make_invoice(DOMAIN, end.service.payee.seed, CREATOR, viewer, 1, 7, 1)
            middle.service.creators[creator] = "http://127.0.0.1:1"
            assert (await post(middle, "/tips", tip(payer, incoming, invoice, 0)))[0] == 502
            secret = invoice.ticket(0).secret(end.service.payee.seed)
            middle.calldata += [b"\1\2\3\4" * 30, b"\7" * 7, secret, b"\0" * 50]
            for _ in range(60):
                await asyncio.sleep(0.05)
                if not middle.service.hub.routes:
                    break
            assert middle.service.payee.newest(incoming.id).earned() == 7
            due = (await (await middle.get("/due")).json())["due"]
            assert [row["secret"] for row in due] == [wire.hexed(secret)]

    play(scene())


def test_due_is_told_to_this_machine_only(tmp_path, monkeypatch):
    async def scene():
        async with running(tmp_path) as client:
            assert (await client.get("/due")).status == 200
            monkeypatch.setattr(web.Request, "remote", "192.0.2.7")
            assert (await client.get("/due")).status == 403

    play(scene())


# Under fire


def test_service_killed_at_random_while_accepting_loses_nothing():
    """From a second process over loopback: everything it said yes to is in its file."""
    _, accepted, lost = asyncio.run(vouchers.run(connections=8, each=120, kills=3))
    assert accepted > 0
    assert lost == 0
