"""Distributes the six-class list through a bad network, killed at random instants, and ends reconciled to the wei.

``python -m tests.faults.exercise --seeds 100`` starts a Ganache and the proxy, deploys once, and for each seed sets the
chain back, changes the weather, and runs ``execute`` in processes of their own: ten are killed at random instants, and
it is run again until it says that all is done. Then ``verify`` must hold, through the same weather and in fair weather,
and the grants must be those of an undisturbed run. Every seed also stops the chain itself once, and every third takes
the ether of a holder away. The last line counts what happened.
"""

import argparse
import contextlib
import csv
import faulthandler
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import requests
from eth_account import Account
from eth_utils.crypto import keccak

ROOT = Path(__file__).resolve().parents[2]
CHAIN_ID = 31337
KEYS = ["0x" + keccak(text=f"holder {i} of the exercise").hex() for i in range(7)]
"""One of a deployer, six of holders."""
KILLS = 10
LONGEST_RUN = 120
"""Seconds after which a run is stuck."""
ATTEMPTS = 60
"""Runs that one seed may take."""
CLASSES = {
    "foundation": "Advisor",
    "team": "Team",
    "application": "GnoOption",
    "promotion": "Airdrop",
    "cornerstone": "Investor",
    "exchange": "UserOption",
}
FOUL = {
    "lost_question": 15,
    "lost_answer": 15,
    "silence": 2,
    "too_many": 15,
    "busy": 10,
    "low_estimate": 80,
    "high_estimate": 50,
    "behind": 60,
    "dropped": 100,
    "delayed": 250,
    "stuck": 100,
    "reorganised": 40,
    "rival": 60,
    "log_blocks": 7,
    "kept_blocks": 40,
}
"""The weather of every seed; each seed makes one of them five times as bad."""


class Chain:
    """A Ganache that can be stopped and goes on where it was, behind a proxy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.proxy_port = _free_port(), _free_port()
        self.url, self.proxy_url = (f"http://127.0.0.1:{port}" for port in (self.port, self.proxy_port))
        self.start()
        command = [sys.executable, "-m", "tests.faults.proxy", self.url, str(self.proxy_port)]
        self.proxy = subprocess.Popen(command, cwd=ROOT)
        _until_answers(self.proxy_url)

    def start(self) -> None:
        """Start Ganache, from its files if there are any."""
        keys = [f"--wallet.accounts={key},{10**21}" for key in KEYS]
        command = [
            str(ROOT / "tools" / "bin" / "ganache-cli"),
            "--hardfork=shanghai",
            f"--chain.chainId={CHAIN_ID}",
            "--miner.blockGasLimit=30000000",
            f"--database.dbPath={self.folder / 'chain'}",
            f"--server.port={self.port}",
            "--logging.quiet=true",
            *keys,
        ]
        self.ganache = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        _until_answers(self.url)

    def stop(self) -> None:
        """Stop Ganache; what it had is in its files."""
        self.ganache.terminate()
        self.ganache.wait(30)

    def keep(self) -> None:
        """Keep the chain as it is."""
        self.stop()
        shutil.copytree(self.folder / "chain", self.folder / "kept")
        self.start()

    def restore(self) -> None:
        """Go back to the chain that was kept."""
        self.stop()
        shutil.rmtree(self.folder / "chain")
        shutil.copytree(self.folder / "kept", self.folder / "chain")
        self.start()

    def close(self) -> None:
        """Stop both."""
        for process in (self.proxy, self.ganache):
            process.terminate()
            process.wait(30)

    def ask(self, method: str, *params: Any) -> Any:
        """Ask Ganache itself."""
        return rpc(self.url, method, *params)

    def weather(self, **wanted: int) -> None:
        """Change the weather."""
        rpc(self.proxy_url, "faults_weather", wanted)

    def told(self) -> Counter[str]:
        """What the weather did since it changed."""
        return Counter(rpc(self.proxy_url, "faults_report"))


def rpc(url: str, method: str, *params: Any) -> Any:
    """Ask once."""
    answer = requests.post(
        url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}, timeout=60
    ).json()
    if "error" in answer:
        raise RuntimeError(f"{method}: {answer['error']}")
    return answer["result"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_answers(url: str) -> None:
    for _ in range(600):
        with contextlib.suppress(requests.RequestException):
            rpc(url, "eth_chainId")
            return
        time.sleep(0.1)
    raise SystemExit(f"nothing answers at {url}")


def _timeout(batch: int) -> int:
    """Seconds that a client waits for an answer: Ganache needs some for a transaction of hundreds of grants."""
    return 1 if batch <= 10 else 20


def write_plan(folder: Path, accounts: int) -> Path:
    """Write the plan: the first accounts of each class of the six-class list, divided by weight."""
    with (ROOT / "plans" / "genesis" / "six-class-allocations.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    document: dict[str, Any] = {
        "name": "exercise",
        "chains": [CHAIN_ID],
        "genesis": "deployment + 1 day",
        "buckets": {},
        "reviewers": {"needed": 2, "accounts": [Account.from_key(key).address for key in KEYS[:3]]},
    }
    shares = {"foundation": 20, "team": 15, "application": 20, "promotion": 15, "cornerstone": 15, "exchange": 15}
    for number, (bucket, column) in enumerate(CLASSES.items()):
        chosen = [row for row in rows if int(row[column] or 0)][:accounts]
        lines = ["account,amount", *(f"{row['Account']},{row[column]}" for row in chosen)]
        (folder / f"{bucket}.csv").write_text("\n".join(lines) + "\n")
        document["buckets"][bucket] = {
            "share": f"{shares[bucket]} %",
            "holder": {"kind": "account", "address": Account.from_key(KEYS[number + 1]).address},
            "grants": [{"file": f"{bucket}.csv", "unit": "weight", "apportion": "largest-remainder", "pot": "rest"}],
        }
    path = folder / "plan.yaml"
    path.write_text(json.dumps(document))  # JSON is YAML
    return path


class Operator:
    """Runs verbs of ``distribute`` in processes of their own, against the proxy."""

    def __init__(self, chain: Chain, folder: Path, batch: int) -> None:
        os.environ["LVO_PRIVATE_KEY"] = ",".join(KEYS)
        os.environ["LVO_PATIENCE"] = os.environ["LVO_WAIT"] = str(20 * _timeout(batch))
        os.environ.pop("LVO_KEYSTORE", None)
        from brownie import network, project
        from brownie._config import CONFIG

        CONFIG.networks["bad-weather"] = {
            "id": "bad-weather",
            "name": "bad weather",
            "host": chain.proxy_url,
            "chainid": str(CHAIN_ID),
            "timeout": _timeout(batch),
        }
        self.project = project.load(ROOT, "ExerciseProject")
        self.project.load_config()
        import brownie

        for container in self.project:
            setattr(brownie, container._name, container)
        network.connect("bad-weather")

        import scripts.distribute as distribute
        from lvo.plan import batching
        from scripts.support import delivery, node, records

        batching.PIECES_PER_BATCH = batch
        node.FIRST_PAUSE_MS, node.LONGEST_PAUSE_MS = 10, 200
        delivery.RESEND_AFTER_MS, delivery.REPLACE_AFTER_MS, delivery.LONGEST_PAUSE_MS = 200, 600, 100
        distribute.SECOND_LOOK = 0
        distribute.PLANS = folder / "plans"
        distribute.ROOT = folder
        self.timeout = _timeout(batch)
        self.records, self.distribute, self.node = records, distribute, node
        self.said = folder / "said.txt"

    def run(self, verb: str, plan: Path, kill_after: float | None = None, stopped: Chain | None = None) -> int:
        """Run a verb; return its exit code, -9 if it was killed.

        Parameters
        ----------
        kill_after
            Seconds after which the process is killed.
        stopped
            A chain that stops and starts again meanwhile.
        """
        sys.stdout.flush()
        child = os.fork()
        if not child:
            self._run(verb, plan)
        begun = time.monotonic()
        if stopped is not None:
            time.sleep(0.5)
            stopped.stop()
            stopped.start()
        while kill_after is not None:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() - begun > kill_after:
                os.kill(child, signal.SIGKILL)
                break
            time.sleep(0.005)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _run(self, verb: str, plan: Path) -> None:
        code = 70
        try:
            from brownie import web3
            from web3 import HTTPProvider

            web3.provider = HTTPProvider(web3.provider.endpoint_uri, {"timeout": self.timeout})
            import requests

            from scripts.support import console

            fail = console._fail

            def told(*lines: str) -> None:
                error = sys.exc_info()[1]
                if isinstance(error, requests.RequestException):
                    traceback.print_exc(file=console.console.file)
                fail(*lines)

            console._fail = told
            with self.said.open("a") as file:
                file.write(f"\n--- {verb}, process {os.getpid()}, {time.strftime('%H:%M:%S')}\n")
                console.console.file = file
                faulthandler.dump_traceback_later(LONGEST_RUN, file=file, exit=True)
                try:
                    getattr(self.distribute, verb)(str(plan))
                    code = 0
                except SystemExit as stop:
                    code = stop.code if isinstance(stop.code, int) else 1
                except BaseException:
                    traceback.print_exc(file=file)
                file.flush()
        finally:
            os._exit(code)

    def totals(self, plan: Path) -> list[Any]:
        """Every grant as the chain has it, in the order of its numbers."""
        from lvo.plan import read_plan

        self.node.install()
        state = self.distribute.find(read_plan(str(plan))).state()
        return [(g.beneficiary, g.total, g.schedule, g.kind, g.parent) for g in state.grants]


def exercise(seeds: list[int], accounts: int, batch: int) -> Counter[str]:
    """Run every seed; raise AssertionError at the first that does not end as it should."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chain = Chain(folder)
        try:
            return _exercise(chain, folder, seeds, accounts, batch)
        except BaseException:
            said = folder / "said.txt"
            print(said.read_text()[-6000:] if said.exists() else "", file=sys.stderr)
            raise
        finally:
            if keep := os.environ.get("LVO_KEEP"):
                shutil.copy(folder / "said.txt", keep)
            chain.close()


def _exercise(chain: Chain, folder: Path, seeds: list[int], accounts: int, batch: int) -> Counter[str]:
    plan = write_plan(folder, accounts)
    for key in KEYS:  # Ganache takes a signed transaction of nonce 0 as often as it comes
        address = Account.from_key(key).address
        chain.ask("eth_sendTransaction", {"from": address, "to": address, "value": "0x0"})
    operator = Operator(chain, folder, batch)
    chain.weather(quiet=0)
    operator.records.FOLDER = folder / "deployed"
    assert operator.run("approve", plan) == 0, "no reviewer could approve"
    assert operator.run("deploy", plan) == 1, "one of two approvals was enough"
    assert operator.run("approve", plan) == 0, "no other reviewer could approve"
    assert operator.run("deploy", plan) == 0, "the deployment failed"
    chain.keep()
    shutil.copytree(folder / "deployed", folder / "undisturbed")
    operator.records.FOLDER = folder / "undisturbed"
    begun = time.monotonic()
    assert operator.run("execute", plan) == 0, "the undisturbed run failed"
    undisturbed = time.monotonic() - begun
    assert operator.run("verify", plan) == 0, "the undisturbed run does not verify"
    wanted = operator.totals(plan)
    count: Counter[str] = Counter()
    for seed in seeds:
        chain.restore()
        operator.records.FOLDER = folder / f"seed-{seed}"
        shutil.copytree(folder / "deployed", operator.records.FOLDER)
        begun = time.monotonic()
        runs = _survive(chain, operator, plan, seed, undisturbed)
        told = chain.told()
        chain.weather(quiet=0)
        assert operator.run("verify", plan) == 0, f"seed {seed}: chain and plan differ"
        grants = operator.totals(plan)
        assert Counter(grants) == Counter(wanted), f"seed {seed}: the end is not that of an undisturbed run"
        count += told + Counter({"seeds": 1, "same numbers": int(grants == wanted), "runs": sum(runs.values())}) + runs
        print(f"seed {seed}: {dict(runs)}, {sum(told.values())} faults, {time.monotonic() - begun:.1f} s", flush=True)
    return count


def _survive(chain: Chain, operator: Operator, plan: Path, seed: int, undisturbed: float) -> Counter[str]:
    """Run until it is done, in a foul weather of this seed; return the runs by how they ended.

    Parameters
    ----------
    undisturbed
        Seconds that a run takes without all this: the first ten are killed within the first half of it.
    """
    dice = random.Random(seed)
    weather = dict(FOUL)
    worst = dice.choice([name for name in FOUL if name not in ("log_blocks", "kept_blocks", "silence")])
    weather[worst] = min(5 * weather[worst], 400)
    chain.weather(seed=seed, **weather)
    runs: Counter[str] = Counter()
    poor = Account.from_key(KEYS[1 + seed % 6]).address
    stop_at = dice.randrange(KILLS)
    for attempt in range(ATTEMPTS):
        if attempt == 1 and seed % 3 == 0:
            chain.ask("evm_setAccountBalance", poor, hex(10**12))
        if attempt > KILLS and seed % 3 == 0:  # a reorganisation may take it away again
            chain.ask("evm_setAccountBalance", poor, hex(10**21))
        kill = dice.uniform(0, undisturbed / 2) if attempt < KILLS else None
        code = operator.run("execute", plan, kill, chain if attempt == stop_at else None)
        runs[{0: "done", 1: "stopped with a sentence", -9: "killed"}.get(code, f"exit code {code}")] += 1
        assert code in (0, 1, -9), f"seed {seed}: execute ended with {code}"
        if code == 0 and attempt >= KILLS:
            for _ in range(ATTEMPTS):
                if operator.run("verify", plan) == 0:
                    return runs
            raise AssertionError(f"seed {seed}: verify does not hold in foul weather")
    raise AssertionError(f"seed {seed}: not done after {ATTEMPTS} runs")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Distribute through a bad network.")
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--accounts", type=int, default=8, help="of each class")
    parser.add_argument("--batch", type=int, default=3, help="grants in a transaction")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    count = exercise(list(range(chosen.first, chosen.first + chosen.seeds)), chosen.accounts, chosen.batch)
    print(", ".join(f"{name} {number:,}" for name, number in sorted(count.items())))


if __name__ == "__main__":
    main()
