"""What the verbs of ``tips`` do: find the jar, read its books, talk to a service, settle."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import brownie
import requests
from brownie import chain, web3
from coincurve import PrivateKey
from eth_utils.address import to_checksum_address
from web3.exceptions import BadFunctionCallOutput, ContractLogicError

from lvo.channels import wire
from lvo.channels.books import Books
from lvo.channels.vouchers import Channel, Domain, Signed
from scripts.support.chain import events
from scripts.support.console import ScriptError
from scripts.support.records import write_file
from scripts.support.sending import Receipt, send

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / "build" / "tips"
"""Where channels and what was promised on them are kept."""
BATCH = 100
"""Vouchers of one transaction, some 1,700,000 gas."""
EVENTS = (
    "Tipped",
    "ChannelOpened",
    "ChannelToppedUp",
    "ChannelSettled",
    "CloseRequested",
    "ChannelClosed",
)

Due = tuple[Channel, Signed, bytes]
"""A channel, its best voucher, and the secret that opens its lock, or nothing."""


def find_jar(address: str) -> Any:
    """Return the TipJar at an address of this chain.

    Raises
    ------
    ScriptError
        If there is none.
    """
    try:
        address = to_checksum_address(address)
    except ValueError:
        raise ScriptError(f"{address} is no address: it has 0x and 40 digits.") from None
    if not web3.eth.get_code(address):
        here = int(web3.eth.chain_id)
        raise ScriptError(f"There is no contract at {address} on chain {here}: the address or the network is wrong.")
    try:
        web3.eth.contract(address=address, abi=brownie.TipJar.abi).functions.stateOf(bytes(32)).call()
    except (ContractLogicError, BadFunctionCallOutput, ValueError):  # Brownie raises ValueError for a revert
        raise ScriptError(f"The contract at {address} is not a TipJar: the address is wrong.") from None
    return brownie.TipJar.at(address)


def token_of(jar: Any) -> Any:
    """Return the token of a jar."""
    return brownie.LVOToken.at(jar.LVO())


def domain_of(jar: Any) -> Domain:
    """Return what vouchers of a jar are bound to."""
    return Domain(int(web3.eth.chain_id), str(jar.address))


def read_books(jar: Any) -> Books:
    """Rebuild the state of a jar from its events."""
    codec = web3.eth.contract(abi=jar.abi)
    decoders = {
        "0x" + event.topic.removeprefix("0x"): event for event in (codec.events[name]() for name in EVENTS)
    }  # fmt: skip
    orders = {
        entry["name"]: [member["name"] for member in entry["inputs"]] for entry in jar.abi if entry["type"] == "event"
    }
    books = Books()
    for log in events(jar.address, 0, int(web3.eth.block_number)):
        event = decoders.get("0x" + log["topics"][0].hex().removeprefix("0x"))
        if event is not None:
            told = event.process_log(log)
            books.apply(told["event"], [_plain(told["args"][name]) for name in orders[told["event"]]])
    return books


def _plain(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def now() -> int:
    """Return the time that the next transaction will see, at least, Unix seconds."""
    return max(int(web3.eth.get_block("latest")["timestamp"]), int(chain.time()))


def session_key() -> PrivateKey:
    """Return the key that signs vouchers, from the environment."""
    text = os.environ.get("LVO_CHANNEL_KEY", "").removeprefix("0x")
    try:
        if len(text) != 64:
            raise ValueError
        return PrivateKey(bytes.fromhex(text))
    except ValueError:
        raise ScriptError(
            "LVO_CHANNEL_KEY names no key to sign vouchers with: put 64 hexadecimal digits there, for a session any "
            "fresh ones, such as `python -c 'import secrets; print(secrets.token_hex(32))'` gives. Whoever has them "
            "can spend the channel's deposit on its payee, and nothing else."
        ) from None


def allow(jar: Any, account: Any, amount: int) -> None:
    """Let the jar take an amount of an account, if it may not yet."""
    token = token_of(jar)
    if int(token.allowance(account, jar)) < amount:
        send(token.approve, jar, amount, sender=account)


# ------------------------------------------------------------------------------------------------------ channels


def channel_path(jar: Any, channel: Channel) -> Path:
    """Where the terms of a channel are kept."""
    return STATE / f"{int(web3.eth.chain_id)}-{str(jar.address).lower()}" / f"{channel.id.hex()}.json"


def write_terms(jar: Any, channel: Channel) -> Path:
    """Keep the terms of a channel; whoever has the file can settle it, close it, or show it to a service."""
    path = channel_path(jar, channel)
    record = {"jar": str(jar.address).lower(), "chain": int(web3.eth.chain_id), **wire.write_channel(channel)}
    write_file(path, json.dumps(record, indent=1).encode() + b"\n")
    return path


def read_terms(path: Path) -> tuple[Any, Channel]:
    """Return the jar and the terms that a file names; another chain is refused."""
    try:
        record = json.loads(path.read_text())
        channel = wire.read_channel(record)
        address, chain_id = str(record["jar"]), int(record["chain"])
    except (ValueError, KeyError, TypeError) as error:
        raise ScriptError(f"{path} does not name a channel ({error}): `open` writes such files.") from None
    if chain_id != int(web3.eth.chain_id):
        raise ScriptError(f"The channel is on chain {chain_id}, and this is {web3.eth.chain_id}: see --network.")
    return find_jar(address), channel


# ------------------------------------------------------------------------------------------------------- services


def ask(url: str, path: str) -> dict[str, Any]:
    """Ask a service; whatever it refuses is a :class:`ScriptError`."""
    response = requests.get(url.rstrip("/") + path, timeout=30)
    answer: dict[str, Any] = response.json()
    if response.status_code != 200:
        raise ScriptError(f"{url}{path} refused: {answer.get('words', response.status_code)}")
    return answer


def due(url: str, worth: int) -> list[Due]:
    """Return what a service says should be settled."""
    rows = ask(url, f"/due?worth={worth}")["due"]
    return [
        (wire.read_channel(row["channel"]), wire.read_voucher(row["voucher"]), bytes.fromhex(row["secret"][2:]))
        for row in rows
    ]


def settlement(item: Due) -> tuple[object, ...]:
    """Return what the contract takes to settle a voucher."""
    channel, signed, secret = item
    return signed.settlement(channel, secret or bytes(32))


def settle_all(jar: Any, items: list[Due], account: Any) -> list[Receipt]:
    """Settle vouchers, a hundred in a transaction."""
    return [
        send(jar.settleMany, [settlement(item) for item in items[first : first + BATCH]], sender=account)
        for first in range(0, len(items), BATCH)
    ]


@contextmanager
def service(settings: Mapping[str, Any], key: PrivateKey, folder: Path) -> Iterator[str]:
    """Run a service in a process of its own for as long as the block lasts; yields where it listens."""
    name = f"{settings['role']}-{settings['me']}"
    write_file(folder / f"{name}.json", json.dumps({**settings, "store": str(folder / f"{name}.db")}).encode())
    process = subprocess.Popen(
        [sys.executable, "-m", "lvo.channels.service", str(folder / f"{name}.json")],
        cwd=ROOT,
        env=os.environ | {"LVO_CHANNEL_KEY": key.to_hex()},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise ScriptError(f"The service {name} did not start; its settings are in {folder}.")
        yield url
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        if process.poll() is None:
            process.kill()


def rpc() -> str:
    """Return the URL of the node, for services."""
    url = getattr(web3.provider, "endpoint_uri", None)
    if not isinstance(url, str):
        raise ScriptError("The node is not reached by HTTP, which a service needs.")
    return url


async def beside(task: "asyncio.Task[None]", work: Any) -> Any:
    """Do some work while a task runs, and end the task with it."""
    try:
        return await work
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
