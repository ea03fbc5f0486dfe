"""The in-process backend: pyrevm, thousands of steps a second."""

import re
from typing import Any

from pyrevm import EVM, AccountInfo, BlockEnv, CfgEnv, Env

from lvo.models.base import NOBODY, Address
from tests.chain.interface import GAS_LIMIT, Chain, Log, Outcome, person

_REVERT = re.compile(r"Revert \{ gas_used: \d+, output: (0x[0-9a-f]*) \}")


class RevmChain(Chain):
    """A fresh chain inside the process. Gas is not measured here: slots stay warm between transactions."""

    name = "revm"
    chain_id = 1

    def __init__(self, time: int = 1_800_000_000) -> None:
        super().__init__()
        self._evm = EVM(spec_id="SHANGHAI")
        self._number = 1
        self._actors: dict[str, Address] = {}
        self._move_to(time)

    def _move_to(self, time: int) -> None:
        self.time = time
        self._number += 1
        self._evm.set_block_env(BlockEnv(number=self._number, timestamp=time, basefee=0, gas_limit=30_000_000))

    def actor(self, name: str) -> Address:
        if name not in self._actors:
            address = person(name).key.address.lower()
            self._evm.set_balance(address, 10**24)
            self._actors[name] = address
        return self._actors[name]

    def create(self, sender: Address, code: bytes) -> tuple[Outcome, Address]:
        self._move_to(self.time + 1)
        try:
            address = self._evm.deploy(sender, code).lower()
        except RuntimeError as error:
            return self._failure(error), NOBODY
        return Outcome(self.time, True, b"", self._logs()), address

    def nonce(self, sender: Address) -> int:
        return int(self._evm.basic(sender).nonce)

    def transact(
        self, sender: Address, to: Address, data: bytes, at: int, gas: int = GAS_LIMIT, *, value: int = 0
    ) -> Outcome:
        self._move_to(at)
        try:
            output = self._evm.message_call(sender, to, calldata=data, gas=gas, value=value)
        except RuntimeError as error:
            return self._failure(error)
        return Outcome(self.time, True, bytes(output), self._logs())

    def call(self, sender: Address, to: Address, data: bytes) -> Outcome:
        try:
            output = self._evm.message_call(sender, to, calldata=data, is_static=True)
        except RuntimeError as error:
            return self._failure(error)
        return Outcome(self.time, True, bytes(output))

    def store(self, address: Address, slot: int, value: int) -> None:
        """Write a storage slot, for states that no sequence of calls can reach in a test."""
        self._evm.insert_account_storage(address, slot, value)

    def load(self, address: Address, slot: int) -> int:
        """Read a storage slot, for what no view tells."""
        return int(self._evm.storage(address, slot))

    def fork(self, chain_id: int) -> "RevmChain":
        """A chain of another id on which every contract has its code and its address, but an empty storage."""
        other = RevmChain(self.time)
        other.chain_id = chain_id
        other._evm = EVM(env=Env(cfg=CfgEnv(chain_id=chain_id)), spec_id="SHANGHAI")
        other._move_to(self.time)
        for address, contract in self.contracts.items():
            other._evm.insert_account_info(address, AccountInfo(nonce=1, code=self._evm.get_code(address)))
            other.at(contract.artifact.name, address)
        return other

    def ether(self, account: Address) -> int:
        """What an account has, in wei of ether."""
        return int(self._evm.get_balance(account))

    def snapshot(self) -> Any:
        return self._evm.snapshot(), self.time, dict(self.contracts)

    def rollback(self, mark: Any) -> None:
        checkpoint, time, contracts = mark
        self._evm.revert(checkpoint)
        self.contracts = contracts
        self._move_to(time)

    def _logs(self) -> list[Log]:
        return [Log(log.address.lower(), list(log.data[0]), bytes(log.data[1])) for log in self._evm.result.logs]

    def _failure(self, error: RuntimeError) -> Outcome:
        match = _REVERT.search(str(error))
        if match is None:
            # An exceptional halt: out of gas, an invalid opcode, a precompile that failed.
            return Outcome(self.time, False, b"")
        return Outcome(self.time, False, bytes.fromhex(match[1][2:]))
