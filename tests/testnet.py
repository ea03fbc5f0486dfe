"""A local node that plays a testnet: its chain id, a block every second, no unlocked account but a faucet."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3

ROOT = Path(__file__).resolve().parents[1]
SEPOLIA = 11_155_111


class Testnet:
    """The node, and how a person runs the project's scripts on it.

    Attributes
    ----------
    url
        Of its JSON-RPC.
    folder
        Where the person's records are, and everything else that a run leaves.
    """

    __test__ = False

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.web3 = Web3(HTTPProvider(url))

    def person(self, name: str, ether: int = 100) -> LocalAccount:
        """A key that the node does not know, with some ether."""
        account: LocalAccount = Account.from_key(Web3.keccak(text=f"LIVE VIDEO testnet, {name}"))
        (faucet,) = self.web3.eth.accounts
        paid = self.web3.eth.send_transaction({"from": faucet, "to": account.address, "value": ether * 10**18})
        self.web3.eth.wait_for_transaction_receipt(paid, timeout=60)
        return account

    def begin(self, *words: str, key: LocalAccount, **environment: str) -> subprocess.Popen[str]:
        """Start ``brownie run ...`` as that person would."""
        told = {
            "LVO_RPC_URL": self.url,
            "LVO_PRIVATE_KEY": "0x" + bytes(key.key).hex(),
            "LVO_DEPLOYMENTS": str(self.folder / "deployments"),
            "LVO_YES": "1",
        }
        brownie = str(Path(sys.executable).with_name("brownie"))
        return subprocess.Popen(
            [brownie, "run", *words, "--network", "lvo-sepolia"],
            cwd=ROOT,
            env=os.environ | told | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, key: LocalAccount, code: int = 0, **environment: str) -> str:
        """Run ``brownie run ...`` to its end, with the exit code that is expected; returns what it printed."""
        process = self.begin(*words, key=key, **environment)
        printed, _ = process.communicate(timeout=300)
        assert process.returncode == code, printed
        return printed


@contextlib.contextmanager
def play_testnet(folder: Path) -> Iterator[Testnet]:
    """Run the node for as long as the block lasts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    waste = tempfile.mkdtemp(prefix="live-video-testnet-")
    faucet = Web3.keccak(text="LIVE VIDEO testnet, faucet").hex().removeprefix("0x")
    command = [
        str(ROOT / "node_modules" / ".bin" / "ganache"),
        *("--server.host=127.0.0.1", f"--server.port={port}", "--logging.quiet", f"--chain.chainId={SEPOLIA}"),
        *("--chain.hardfork=shanghai", "--miner.blockTime=1", f"--wallet.accounts=0x{faucet},{10**24}"),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"TMPDIR": waste}
    )
    try:
        made = Testnet(f"http://127.0.0.1:{port}", folder)
        deadline = time.monotonic() + 60
        while not made.web3.is_connected():
            assert process.poll() is None, "the node ended"
            assert time.monotonic() < deadline, "the node did not start"
            time.sleep(0.1)
        yield made
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(waste, ignore_errors=True)
