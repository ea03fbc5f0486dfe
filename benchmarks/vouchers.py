"""`make bench-vouchers`: how many vouchers a second the service accepts, signature checked and on the disk.

A service runs in a process of its own; this one plays the chain and the viewers, over loopback. Then the service is
killed by SIGKILL in the middle of the same load, again and again, and everything it said yes to must be in its file.
"""

import argparse
import asyncio
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

from aiohttp import web
from coincurve import PrivateKey

from lvo.channels import wire
from lvo.channels.store import TAKEN, Store
from lvo.channels.vouchers import Channel, Domain, Voucher, address_of

JAR = "0x" + "aa" * 20
PAYEE = "0x" + "bb" * 20
DOMAIN = Domain(1337, JAR)
OWNER = f"payee {PAYEE} of {JAR} on 1337"
DEPOSIT = 10**24
"""In wei."""


@dataclass
class Viewer:
    """A channel, and what was accepted on it."""

    key: PrivateKey
    channel: Channel
    signed: int = 0
    accepted: int = 0
    requests: list[bytes] = field(default_factory=list)


def viewers(count: int) -> list[Viewer]:
    """Make viewers with a channel each."""
    made = []
    for number in range(count):
        key = PrivateKey((number + 1).to_bytes(32, "big"))
        expiry = int(time.time()) + 30 * 86_400
        made.append(Viewer(key, Channel(address_of(key), PAYEE, address_of(key), 86_400, expiry)))
    return made


def request(path: str, record: object) -> bytes:
    """A POST request as it travels."""
    body = json.dumps(record).encode()
    lines = (f"POST {path} HTTP/1.1", "Host: service", "Content-Type: application/json", f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + body


def prepare(viewer: Viewer, count: int) -> None:
    """Sign vouchers ahead, so that the measurement is the service's."""
    viewer.requests = []
    for _ in range(count):
        viewer.signed += 1
        signed = DOMAIN.sign(Voucher(viewer.channel.id, viewer.signed), viewer.key)
        viewer.requests.append(request("/vouchers", wire.write_voucher(signed)))


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one response: its status and its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return int(head.split(b" ", 2)[1]), await reader.readexactly(length)


async def play(viewer: Viewer, host: str, port: int) -> int:
    """Send what a viewer prepared, one after the other; returns how many were accepted before the service died."""
    count = 0
    reader, writer = await asyncio.open_connection(host, port)
    try:
        first = viewer.signed - len(viewer.requests)
        for place, each in enumerate(viewer.requests):
            writer.write(each)
            status, body = await answer(reader)
            if status != 200:
                raise RuntimeError(body.decode())
            viewer.accepted = first + place + 1
            count += 1
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()
    return count


async def chain(deposits: int) -> web.AppRunner:
    """A node that knows every channel, each with a large deposit."""
    state = (deposits.to_bytes(32, "big") + bytes(96)).hex()

    async def rpc(asked: web.Request) -> web.Response:
        return web.json_response([{"id": each["id"], "result": "0x" + state} for each in await asked.json()])

    app = web.Application(client_max_size=2**20)
    app.router.add_post("/", rpc)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner


def start(folder: pathlib.Path, rpc: str) -> tuple[subprocess.Popen[str], str, int]:
    """Start a service; returns its process and where it listens."""
    settings = {"jar": JAR, "chain": 1337, "rpc": rpc, "me": PAYEE, "store": str(folder / "payee.db"), "rate": 10**6}
    (folder / "settings.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "lvo.channels.service", str(folder / "settings.json")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    host, port = process.stdout.readline().strip().removeprefix("http://").split(":")
    return process, host, int(port)


async def introduce(people: list[Viewer], host: str, port: int) -> None:
    """Tell the service of the channels."""
    reader, writer = await asyncio.open_connection(host, port)
    for viewer in people:
        writer.write(request("/channels", wire.write_channel(viewer.channel)))
        status, body = await answer(reader)
        if status != 200:
            raise RuntimeError(body.decode())
    writer.close()


async def measure(people: list[Viewer], each: int, folder: pathlib.Path, rpc: str) -> float:
    """Accepted vouchers a second, of all viewers at once."""
    process, host, port = start(folder, rpc)
    try:
        await introduce(people, host, port)
        for viewer in people:
            prepare(viewer, each)
        begin = time.perf_counter()
        counts = await asyncio.gather(*(play(viewer, host, port) for viewer in people))
        return sum(counts) / (time.perf_counter() - begin)
    finally:
        process.kill()
        process.wait()


async def kill(people: list[Viewer], each: int, folder: pathlib.Path, rpc: str, after: float) -> tuple[int, int]:
    """Kill the service in the middle of a load; returns how many it accepted, and how many of them are lost."""
    process, host, port = start(folder, rpc)
    await introduce(people, host, port)
    for viewer in people:
        prepare(viewer, each)
    playing = asyncio.gather(*(play(viewer, host, port) for viewer in people))
    await asyncio.sleep(after)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    accepted = sum(await playing)
    store = Store(folder / "payee.db", OWNER)
    kept = store.vouchers(TAKEN)
    store.close()
    lost = 0
    for viewer in people:
        cumulative = kept[viewer.channel.id].voucher.cumulative if viewer.channel.id in kept else 0
        lost += max(0, viewer.accepted - cumulative)
        # What it did not answer may be on the disk too: a viewer that asks again is told so.
        viewer.signed = cumulative
    return accepted, lost


async def run(connections: int, each: int, kills: int) -> tuple[float, int, int]:
    """Everything: vouchers a second, accepted under fire, lost."""
    node = await chain(DEPOSIT)
    host, port = node.addresses[0][:2]
    rpc = f"http://{host}:{port}/"
    people = viewers(connections)
    with tempfile.TemporaryDirectory(prefix="live-video-vouchers-") as name:
        folder = pathlib.Path(name)
        rate = await measure(people, each, folder, rpc)
        accepted = lost = 0
        for number in range(kills):
            more, gone = await kill(people, each, folder, rpc, 0.1 + 0.15 * number)
            accepted, lost = accepted + more, lost + gone
    await node.cleanup()
    return rate, accepted, lost


def main() -> int:
    """Measure, kill, and say so; exit code 1 if an accepted voucher is lost."""
    parser = argparse.ArgumentParser(prog="make bench-vouchers", description=__doc__)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--each", type=int, default=200, help="vouchers of each connection")
    parser.add_argument("--kills", type=int, default=5)
    options = parser.parse_args()
    rate, accepted, lost = asyncio.run(run(options.connections, options.each, options.kills))
    print(
        f"{rate:,.0f} vouchers a second accepted over {options.connections} connections, each checked and on the disk"
    )
    print(f"{accepted:,} accepted while the service was killed {options.kills} times; {lost} of them lost")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
