"""The user's backend: Ganache, through Brownie's connection to it."""

from typing import Any

from brownie import web3

from lvo.models.base import NOBODY, Address
from tests.chain.interface import GAS_LIMIT, Chain, Log, Outcome, person

GAS_PRICE = hex(2 * 10**9)
"""In wei; Ganache's base fee is never zero."""


class GanacheChain(Chain):
    """The Ganache that Brownie runs. People are accounts that Ganache signs for; their keys sign typed data."""

    name = "ganache"

    def __init__(self) -> None:
        super().__init__()
        self.chain_id = int(self._ask("eth_chainId"), 16)
        self.time = self._newest_time()
        self._actors: dict[str, Address] = {}

    def _request(self, method: str, *params: Any) -> dict[str, Any]:
        return web3.provider.make_request(method, list(params))

    def _ask(self, method: str, *params: Any) -> Any:
        answer = self._request(method, *params)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _newest_time(self) -> int:
        return int(self._ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def actor(self, name: str) -> Address:
        if name not in self._actors:
            address = person(name).key.address.lower()
            self._ask("evm_addAccount", address, "")
            self._ask("personal_unlockAccount", address, "", 0)
            self._ask("evm_setAccountBalance", address, hex(10**24))
            self._actors[name] = address
        return self._actors[name]

    def _send(self, transaction: dict[str, str], at: int) -> tuple[Outcome, Address]:
        # Ganache's clock runs on from the given millisecond, so the block falls into the wanted second.
        self._ask("evm_setTime", at * 1000)
        answer = self._request("eth_sendTransaction", transaction | {"gas": hex(GAS_LIMIT), "gasPrice": GAS_PRICE})
        if "error" in answer:
            if not isinstance(answer["error"].get("data"), dict):
                raise RuntimeError(answer["error"]["message"])
            self.time = self._newest_time()
            # Ganache does not keep what a transaction reverted with: the same call in the same second tells.
            output = self._request("eth_call", transaction | {"gas": hex(GAS_LIMIT)}, "latest")["error"].get("data")
            return Outcome(self.time, False, _bytes(output or "0x")), NOBODY
        receipt = self._ask("eth_getTransactionReceipt", answer["result"])
        self.time = int(self._ask("eth_getBlockByNumber", receipt["blockNumber"], False)["timestamp"], 16)
        logs = [
            Log(log["address"].lower(), list(map(_bytes, log["topics"])), _bytes(log["data"]))
            for log in receipt["logs"]
        ]
        return Outcome(self.time, True, b"", logs), (receipt["contractAddress"] or NOBODY).lower()

    def create(self, sender: Address, code: bytes) -> tuple[Outcome, Address]:
        return self._send({"from": sender, "data": "0x" + code.hex()}, self.time + 1)

    def nonce(self, sender: Address) -> int:
        return int(self._ask("eth_getTransactionCount", sender, "latest"), 16)

    def transact(self, sender: Address, to: Address, data: bytes, at: int, *, value: int = 0) -> Outcome:
        return self._send({"from": sender, "to": to, "data": "0x" + data.hex(), "value": hex(value)}, at)[0]

    def call(self, sender: Address, to: Address, data: bytes) -> Outcome:
        call = {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(GAS_LIMIT)}
        answer = self._request("eth_call", call, "latest")
        if "error" in answer:
            return Outcome(self.time, False, _bytes(answer["error"].get("data") or "0x"))
        return Outcome(self.time, True, _bytes(answer["result"]))

    def snapshot(self) -> Any:
        return self._ask("evm_snapshot"), self.time, dict(self.contracts)

    def rollback(self, mark: Any) -> None:
        name, self.time, self.contracts = mark
        self._ask("evm_revert", name)


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)
