"""A bad network in front of a Ganache: an HTTP JSON-RPC proxy that loses, delays, forgets and lies, by a seed.

``python -m tests.faults.proxy UPSTREAM PORT`` starts it in fair weather; ``faults_weather`` (one dictionary, the fields
of :class:`Weather`) changes it, ``faults_report`` tells how often each fault came. Everything else goes to Ganache.

What a public network does and a Ganache does not is played here: transactions wait in a pool until somebody asks, some
are dropped, some wait until they are replaced by a dearer one; blocks come while one looks on; the newest two can be
exchanged for others, without the transactions; answers come from nodes that are some blocks behind.
"""

import json
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from eth_utils.crypto import keccak
from hexbytes import HexBytes

READS = ("eth_call", "eth_getTransactionCount", "eth_getBalance", "eth_getCode", "eth_estimateGas", "eth_getStorageAt")
HEADS = ("eth_blockNumber", "eth_getBlockByNumber", "eth_getTransactionReceipt")
REORG = 2
"""Blocks that a reorganisation takes back."""


@dataclass
class Weather:
    """How bad it is: probabilities in thousandths, limits as they are; 0 is fair."""

    seed: int = 0
    lost_question: int = 0
    """The connection breaks before the node has heard the question."""
    lost_answer: int = 0
    """The connection breaks after the node did what it was asked."""
    silence: int = 0
    """No answer comes until the client gives up."""
    too_many: int = 0
    """HTTP 429."""
    busy: int = 0
    """A JSON-RPC error that says so."""
    low_estimate: int = 0
    """A gas estimate that is half of what is needed."""
    high_estimate: int = 0
    """A gas estimate above what a transaction may use."""
    behind: int = 0
    """An answer from a node that is one to three blocks behind."""
    dropped: int = 0
    """A transaction that the node takes and forgets."""
    delayed: int = 0
    """A transaction that waits for some questions before it is mined."""
    stuck: int = 0
    """A transaction that waits until a dearer one replaces it."""
    reorganised: int = 0
    """The newest two blocks are exchanged, of each question about blocks."""
    rival: int = 0
    """Another process uses the key of a transaction that arrives, just before it."""
    quiet: int = 700
    """A question about blocks that finds no new one."""
    log_blocks: int = 0
    """Blocks that one question for logs may span."""
    kept_blocks: int = 0
    """Blocks whose state is kept."""
    silence_seconds: int = 2


@dataclass
class Waiting:
    """A transaction in the pool."""

    raw: str
    txid: str
    sender: str
    nonce: int
    fee: int
    polls: int
    stuck: bool


@dataclass
class Network:
    """Ganache and the weather around it."""

    upstream: str
    weather: Weather = field(default_factory=Weather)
    dice: random.Random = field(default_factory=random.Random)
    lock: threading.RLock = field(default_factory=threading.RLock)
    told: Counter[str] = field(default_factory=Counter)
    pool: list[Waiting] = field(default_factory=list)
    marks: list[tuple[int, str]] = field(default_factory=list)
    """Height and Ganache's snapshot before each of the newest blocks."""
    session: requests.Session = field(default_factory=requests.Session)

    # ---------------------------------------------------------------------------------------------- upstream

    def ask(self, method: str, *params: Any) -> dict[str, Any]:
        """Ask Ganache."""
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        return self.session.post(self.upstream, json=question, timeout=60).json()

    def height(self) -> int:
        """Where Ganache is."""
        return int(self.ask("eth_blockNumber")["result"], 16)

    def mark(self) -> None:
        """Remember the chain as it is before a block."""
        height = self.height()
        self.marks = [(at, id) for at, id in self.marks if at < height][-REORG:]
        self.marks.append((height, self.ask("evm_snapshot")["result"]))

    def mine(self) -> None:
        """Add an empty block."""
        self.mark()
        self.ask("evm_mine")

    def forward(self, waiting: Waiting) -> dict[str, Any]:
        """Give a transaction to Ganache, which mines it at once."""
        self.mark()
        return self.ask("eth_sendRawTransaction", waiting.raw)

    # ----------------------------------------------------------------------------------------------- weather

    def comes(self, fault: str) -> bool:
        """Roll the dice for a fault, and count it."""
        chance = getattr(self.weather, fault)
        hit = chance > 0 and self.dice.randrange(1000) < chance
        self.told[fault] += hit
        return hit

    def change(self, wanted: dict[str, Any]) -> None:
        """Begin a new weather, with dice of its own; the pool is emptied."""
        self.weather = Weather(**wanted)
        self.dice = random.Random(self.weather.seed)
        self.told.clear()
        self.pool.clear()
        self.marks.clear()

    def pass_time(self) -> None:
        """Let something happen, as it does while one looks on."""
        for waiting in sorted(self.pool, key=lambda each: each.nonce):
            waiting.polls -= 1
            if waiting.polls <= 0 and not waiting.stuck:
                self.pool.remove(waiting)
                self.forward(waiting)
        if self.weather.reorganised and self.comes("reorganised"):
            self.reorganise()
        elif self.dice.randrange(1000) >= self.weather.quiet:
            self.mine()

    def reorganise(self) -> None:
        """Take back the newest two blocks and put three empty ones in their place."""
        height = self.height()
        target = height - REORG
        mark = next((id for at, id in self.marks if at == target), None)
        if mark is None:
            self.told["reorganised"] -= 1
            return
        self.ask("evm_revert", mark)
        self.marks = [(at, id) for at, id in self.marks if at < target]
        for _ in range(REORG + 1):
            self.mine()

    # --------------------------------------------------------------------------------------------- questions

    def answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        """Answer one question, more or less."""
        if method == "eth_sendRawTransaction":
            return self.take(params[0])
        if method in HEADS:
            self.pass_time()
        lag = self.dice.randrange(1, 4) if self.comes("behind") else 0
        head = max(self.height() - lag, 0) if lag or self.weather.kept_blocks else None
        if method == "eth_getLogs":
            return self.logs(params, head)
        if head is not None:
            params, error = self.at_head(method, list(params), head)
            if error is not None:
                return error
        answer = self.ask(method, *params)
        if method == "eth_estimateGas" and "result" in answer:
            return self.estimate(int(answer["result"], 16))
        if method == "eth_getTransactionReceipt" and head is not None and answer.get("result"):
            return answer if int(answer["result"]["blockNumber"], 16) <= head else {"result": None}
        if method == "eth_blockNumber" and head is not None:
            return {"result": hex(head)}
        if method == "eth_getTransactionCount" and params[1] == "pending" and "result" in answer:
            mine = {each.nonce for each in self.pool if each.sender == params[0].lower()}
            count = int(answer["result"], 16)
            while count in mine:
                count += 1
            return {"result": hex(count)}
        return answer

    def at_head(self, method: str, params: list[Any], head: int) -> tuple[list[Any], dict[str, Any] | None]:
        """Put a question to a node whose newest block is another."""
        place = {"eth_getBlockByNumber": 0, "eth_getStorageAt": 2}.get(method, 1)
        if method not in READS and method != "eth_getBlockByNumber":
            return params, None
        if len(params) <= place:
            params.append("latest")
        block = params[place]
        if block in ("latest", "pending"):
            if block == "latest":
                params[place] = hex(head)
        elif isinstance(block, str) and block.startswith("0x"):
            if int(block, 16) > head:
                if method == "eth_getBlockByNumber":
                    return params, {"result": None}
                return params, {"error": {"code": -32000, "message": "header not found"}}
            kept = self.weather.kept_blocks
            if method in READS and kept and int(block, 16) < self.height() - kept:
                self.told["kept_blocks"] += 1
                return params, {"error": {"code": -32000, "message": "missing trie node 0x00 (path ) state is gone"}}
        return params, None

    def logs(self, params: list[Any], head: int | None) -> dict[str, Any]:
        """Answer for a few blocks at a time; a node that is behind leaves out what it has not."""
        query = dict(params[0])
        first, last = int(query["fromBlock"], 16), int(query["toBlock"], 16)
        if self.weather.log_blocks and last - first + 1 > self.weather.log_blocks:
            self.told["log_blocks"] += 1
            words = f"query exceeds max block range {self.weather.log_blocks}"
            return {"error": {"code": -32005, "message": words}}
        if head is not None and last > head:
            query["toBlock"] = hex(max(head, first))
        return self.ask("eth_getLogs", query)

    def estimate(self, gas: int) -> dict[str, Any]:
        """Lie about gas, or not."""
        if self.comes("low_estimate"):
            gas //= 2
        elif self.comes("high_estimate"):
            gas = 20_000_000
        return {"result": hex(gas)}

    def take(self, raw: str) -> dict[str, Any]:
        """Take a signed transaction."""
        data = HexBytes(raw)
        told = TypedTransaction.from_bytes(data).as_dict()
        txid = "0x" + keccak(bytes(data)).hex()
        sender = str(Account.recover_transaction(raw)).lower()
        answer = {"result": txid}
        if any(each.txid == txid for each in self.pool):
            return {"error": {"code": -32000, "message": "already known"}}
        twin = next((each for each in self.pool if (each.sender, each.nonce) == (sender, told["nonce"])), None)
        if twin is not None and told["maxFeePerGas"] * 10 < twin.fee * 11:
            return {"error": {"code": -32000, "message": "replacement transaction underpriced"}}
        if twin is not None:
            self.pool.remove(twin)
        if self.comes("rival"):
            self.use_nonce(sender)
        if self.comes("dropped"):
            return answer
        stuck = twin is None and self.comes("stuck")
        if stuck or self.comes("delayed"):
            polls = self.dice.randrange(1, 8)
            self.pool.append(Waiting(raw, txid, sender, told["nonce"], told["maxFeePerGas"], polls, stuck))
            return answer
        return self.forward(Waiting(raw, txid, sender, told["nonce"], told["maxFeePerGas"], 0, False))

    def use_nonce(self, sender: str) -> None:
        """Spend a nonce of an account whose key Ganache holds too."""
        self.mark()
        base = int(self.ask("eth_getBlockByNumber", "latest", False)["result"]["baseFeePerGas"], 16)
        fees = {"maxFeePerGas": hex(2 * base + 10**9), "maxPriorityFeePerGas": hex(10**9)}
        self.ask("eth_sendTransaction", {"from": sender, "to": sender, "value": "0x0", "gas": "0x5208", **fees})


class Handler(BaseHTTPRequestHandler):
    """Takes questions, alone or in batches."""

    protocol_version = "HTTP/1.1"
    network: Network

    def do_POST(self) -> None:  # the name that http.server wants
        """Answer, or do not."""
        try:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        except ValueError:  # who asked was killed in the middle of the question
            self._hang_up()
            return
        network = self.network
        with network.lock:
            if isinstance(body, dict) and body["method"].startswith("faults_"):
                self._reply(200, {"jsonrpc": "2.0", "id": body["id"], "result": self._control(body)})
                return
            if network.comes("lost_question"):
                self._hang_up()
                return
            silent = network.comes("silence")
            if network.comes("too_many"):
                self._reply(429, {"error": "too many requests"})
                return
            busy = network.comes("busy")
            try:
                answers = [self._one(question, busy) for question in (body if isinstance(body, list) else [body])]
            except requests.RequestException:
                self._reply(502, {"error": "no node"})
                return
            lost = network.comes("lost_answer")
        if silent:
            time.sleep(network.weather.silence_seconds)
        if lost or silent:
            self._hang_up()
            return
        self._reply(200, answers if isinstance(body, list) else answers[0])

    def _one(self, question: dict[str, Any], busy: bool) -> dict[str, Any]:
        answer = (
            {"error": {"code": -32005, "message": "rate limit exceeded"}}
            if busy
            else self.network.answer(question["method"], question.get("params") or [])
        )
        return {"jsonrpc": "2.0"} | answer | {"id": question["id"]}

    def _control(self, body: dict[str, Any]) -> Any:
        if body["method"] == "faults_weather":
            self.network.change(body["params"][0])
        return dict(self.network.told)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _reply(self, status: int, document: Any) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def handle_one_request(self) -> None:
        """Serve; who asked may have been killed."""
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def finish(self) -> None:
        """Close; who asked may have been killed."""
        try:
            super().finish()
        except (OSError, ValueError):
            self.close_connection = True

    def log_message(self, format: str, *arguments: Any) -> None:
        """Stay silent."""


def faults() -> list[str]:
    """Names of everything that can happen."""
    return [each.name for each in fields(Weather) if each.name not in ("seed", "quiet", "silence_seconds")]


def main() -> None:
    """Serve until the end."""
    upstream, port = sys.argv[1], int(sys.argv[2])
    Handler.network = Network(upstream)
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
