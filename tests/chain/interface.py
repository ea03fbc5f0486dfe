"""What a machine needs of a chain, and how it speaks to a contract on it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import rlp
from eth_abi import decode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from lvo.models.base import NOBODY, Address, Event
from tests.chain.artifacts import Artifact, Error, decode_error, load

GAS_LIMIT = 16_777_216
"""What a transaction may burn at most (EIP-7825)."""


@dataclass(frozen=True)
class Actor:
    """A person with a name and a key, the same on every chain."""

    name: str

    @cached_property
    def key(self) -> LocalAccount:
        return _key_of(self.name)


@cache
def _key_of(name: str) -> LocalAccount:
    """Computed once for a name: the multiplication on the curve takes milliseconds."""
    return Account.from_key(keccak(text=f"live video actor {name}"))


@cache
def person(name: str) -> Actor:
    """The actor of a name."""
    return Actor(name)


@dataclass(frozen=True)
class Log:
    """A raw event."""

    source: Address
    topics: list[bytes]
    data: bytes


@dataclass(frozen=True)
class Outcome:
    """What a transaction did: when, whether it stood, what it returned or why it reverted, and its raw events."""

    time: int
    ok: bool
    output: bytes
    logs: list[Log] = field(default_factory=list)


class Chain(ABC):
    """A chain whose clock the test sets.

    Attributes
    ----------
    name
        The backend, for messages.
    chain_id
        As ``block.chainid`` gives it.
    time
        The second of the newest block.
    contracts
        Everything deployed through this object, by address.
    """

    name: str
    chain_id: int
    time: int

    def __init__(self) -> None:
        self.contracts: dict[Address, Contract] = {}

    @abstractmethod
    def actor(self, name: str) -> Address:
        """The address of a person who can send transactions and has the means to."""

    @abstractmethod
    def create(self, sender: Address, code: bytes) -> tuple[Outcome, Address]:
        """Deploy creation code; the address is the zero address where it failed."""

    @abstractmethod
    def nonce(self, sender: Address) -> int:
        """How many transactions the account has sent that count for the address of what it creates."""

    @abstractmethod
    def transact(self, sender: Address, to: Address, data: bytes, at: int, *, value: int = 0) -> Outcome:
        """Send a transaction in a block of the second ``at``, or a little later where the backend cannot help it.

        ``value`` is what it brings in wei of ether.
        """

    @abstractmethod
    def call(self, sender: Address, to: Address, data: bytes) -> Outcome:
        """Call without a trace, in the state and the time of the newest block."""

    @abstractmethod
    def snapshot(self) -> Any:
        """Remember the present state."""

    @abstractmethod
    def rollback(self, mark: Any) -> None:
        """Go back to a remembered state, which may be done once for a mark."""

    def next_address(self, sender: Address, after: int = 0) -> Address:
        """The address of the contract that ``sender`` creates next, ``after`` others."""
        made = keccak(rlp.encode([bytes.fromhex(sender[2:]), self.nonce(sender) + after]))
        return "0x" + made[-20:].hex()

    def deploy(self, name: str, *args: Any, sender: Address) -> "Contract":
        """Deploy a contract of the project; a failing constructor raises :class:`ChainError`."""
        artifact = load(name)
        outcome, address = self.create(sender, artifact.creation_code(args))
        if not outcome.ok:
            raise ChainError(decode_error(outcome.output, artifact))
        return self.at(name, address)

    def at(self, name: str, address: Address) -> "Contract":
        """Speak to a contract that is there already."""
        self.contracts[address] = Contract(self, load(name), address)
        return self.contracts[address]

    def events(self, logs: list[Log]) -> list[Event]:
        """Decode raw events by the contracts that emitted them."""
        return [self.contracts[log.source].decode(log) for log in logs]


class ChainError(Exception):
    """A call that had to stand was reverted, with ``error``."""

    def __init__(self, error: Error) -> None:
        super().__init__(f"{error.name}{error.facts}")
        self.error = error


@dataclass(frozen=True)
class Receipt:
    """A transaction as a test compares it: the second, the error or none, and the events."""

    time: int
    error: Error | None
    events: list[Event]


class Contract:
    """A contract on a chain."""

    def __init__(self, chain: Chain, artifact: Artifact, address: Address) -> None:
        self.chain = chain
        self.artifact = artifact
        self.address = address

    def encode(self, function: str, *args: Any) -> bytes:
        """The calldata of a call, for a batch."""
        return self.artifact.functions[function, len(args)].encode(args)

    def try_send(self, function: str, *args: Any, sender: Address, at: int | None = None, value: int = 0) -> Receipt:
        """Send a transaction and report what it did, also if it reverted."""
        data = self.encode(function, *args)
        at = self.chain.time + 1 if at is None else at
        outcome = self.chain.transact(sender, self.address, data, at, value=value)
        if outcome.ok:
            return Receipt(outcome.time, None, self.chain.events(outcome.logs))
        return Receipt(outcome.time, self._error(outcome.output), [])

    def send(self, function: str, *args: Any, sender: Address, at: int | None = None, value: int = 0) -> Receipt:
        """Send a transaction that must stand."""
        receipt = self.try_send(function, *args, sender=sender, at=at, value=value)
        if receipt.error:
            raise ChainError(receipt.error)
        return receipt

    def view(self, function: str, *args: Any, sender: Address = NOBODY) -> Any:
        """Call a view and return its value, or the tuple of its values."""
        entry = self.artifact.functions[function, len(args)]
        outcome = self.chain.call(sender, self.address, entry.encode(args))
        if not outcome.ok:
            raise ChainError(self._error(outcome.output))
        values = decode(entry.outputs, outcome.output)
        return values[0] if len(values) == 1 else values

    def decode(self, log: Log) -> Event:
        entry = self.artifact.events[log.topics[0]]
        return Event(self.address, entry.name, entry.decode_log(log.topics, log.data))

    def _error(self, output: bytes) -> Error:
        others = (contract.artifact for contract in self.chain.contracts.values() if contract is not self)
        return decode_error(output, self.artifact, *others)
