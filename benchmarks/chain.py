"""A Ganache on which every run goes the same way: same keys, same seconds, one block for each transaction."""

import contextlib
import datetime
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeVar

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3
from web3.contract import Contract

from benchmarks.compiler import ROOT, Artifact

GENESIS = 1_767_225_677
"""The first second of the chain (1 January 2026); like the addresses, it has no zero byte."""

SENDERS = ("treasury", "alice", "bob", "operator")
"""Who sends transactions."""

Built = dict[str, Artifact]
"""Compiled contracts by name."""
Result = TypeVar("Result")

GAS_LIMIT = 60_000_000
GAS_PRICE = 2 * 10**9


@cache
def key(name: str) -> LocalAccount:
    """A key whose address has no zero byte, always the same for a name."""
    for attempt in range(1_000):
        account: LocalAccount = Account.from_key(Web3.keccak(text=f"LIVE VIDEO bench, {name}, {attempt}"))
        if 0 not in bytes.fromhex(account.address[2:]):
            return account
    raise AssertionError("an address without a zero byte comes every thirteenth time")


@cache
def receiver(name: str) -> str:
    """An address without a zero byte that nobody has the key of, always the same for a name."""
    for attempt in range(1_000):
        address = Web3.keccak(text=f"LIVE VIDEO bench, {name}, {attempt}")[12:]
        if 0 not in address:
            return Web3.to_checksum_address(address.hex())
    raise AssertionError("an address without a zero byte comes every thirteenth time")


class Chain:
    """Sends transactions one by one and tells what each of them cost."""

    def __init__(self, url: str) -> None:
        self.web3 = Web3(HTTPProvider(url, request_kwargs={"timeout": 120}))

    def ask(self, method: str, *params: Any) -> Any:
        """The result of a raw request."""
        answer = self.web3.provider.make_request(method, list(params))  # type: ignore[arg-type]
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def jump(self, timestamp: int) -> None:
        """Mine an empty block in the given second; the next ones follow a second apart."""
        self.ask("evm_mine", {"timestamp": timestamp})

    def time(self) -> int:
        """The second of the newest block."""
        return int(self.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def send(self, sender: str, to: str | None, data: str) -> dict[str, Any]:
        """Send one transaction and return its receipt; a failed one ends the bench."""
        transaction = {"from": key(sender).address, "data": data, "gas": hex(GAS_LIMIT), "gasPrice": hex(GAS_PRICE)}
        if to is not None:
            transaction["to"] = to
        receipt: dict[str, Any] = self.ask("eth_getTransactionReceipt", self.ask("eth_sendTransaction", transaction))
        if int(receipt["status"], 16) != 1:
            raise RuntimeError(f"a transaction of {sender} failed: {data[:10]} to {to}")
        return receipt

    def apart(self, job: Callable[["Chain", Built], Result], built: Built) -> Result:
        """Do a job and put everything back, the time too, so that no measurement depends on another."""
        before = self.ask("evm_snapshot")
        result = job(self, built)
        self.ask("evm_revert", before)
        return result

    def deploy(self, artifact: Artifact, *args: Any) -> tuple[Contract, int]:
        """Deploy from the treasury; returns the contract and the gas of it."""
        factory = self.web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
        receipt = self.send("treasury", None, factory.constructor(*args).data_in_transaction)
        address = Web3.to_checksum_address(receipt["contractAddress"])
        return self.web3.eth.contract(address=address, abi=artifact.abi), int(receipt["gasUsed"], 16)

    def gas(self, sender: str, contract: Contract, function: str, *args: Any) -> int:
        """Call a function in a transaction of its own; returns the gas of all of it."""
        data = contract.encode_abi(function, args=list(args))
        return int(self.send(sender, contract.address, data)["gasUsed"], 16)


@contextlib.contextmanager
def ganache() -> Iterator[Chain]:
    """Run a Ganache of its own on a free port for as long as the block lasts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    genesis = datetime.datetime.fromtimestamp(GENESIS, datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    folder = tempfile.mkdtemp(prefix="live-video-bench-")
    command = [
        str(ROOT / "node_modules" / ".bin" / "ganache"),
        "--server.host=127.0.0.1", f"--server.port={port}", "--logging.quiet",
        "--chain.hardfork=shanghai", "--chain.chainId=1337", f"--chain.time={genesis}",
        "--chain.allowUnlimitedContractSize", "--miner.timestampIncrement=1", f"--miner.blockGasLimit={GAS_LIMIT}",
        *(f"--wallet.accounts=0x{bytes(key(name).key).hex()},{10**24}" for name in SENDERS),
    ]  # fmt: skip
    log = pathlib.Path(folder) / "ganache.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=folder, env=os.environ | {"TMPDIR": folder}
        )
        try:
            chain = Chain(f"http://127.0.0.1:{port}")
            deadline = time.monotonic() + 60
            while not chain.web3.is_connected():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"bench: Ganache did not start:\n{log.read_text(errors='replace')}")
                time.sleep(0.1)
            yield chain
        finally:
            process.terminate()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)
