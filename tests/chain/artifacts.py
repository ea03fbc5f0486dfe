"""Compiled contracts, and how to speak to them: calldata, events and errors by their ABI."""

import json
import os
import pathlib
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import brownie_env
from eth_abi import decode, encode
from eth_utils import keccak

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "contracts"


def abi_type(item: dict[str, Any]) -> str:
    """The canonical type of an ABI input, tuples spelled out."""
    if not item["type"].startswith("tuple"):
        return item["type"]
    inner = ",".join(abi_type(component) for component in item["components"])
    return f"({inner}){item['type'][5:]}"


@dataclass(frozen=True)
class Entry:
    """A function, event or error of an ABI."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    indexed: tuple[bool, ...]

    @classmethod
    def of(cls, item: dict[str, Any]) -> "Entry":
        inputs = item.get("inputs", [])
        return cls(
            item.get("name", ""),
            tuple(abi_type(each) for each in inputs),
            tuple(abi_type(each) for each in item.get("outputs", [])),
            tuple(each.get("indexed", False) for each in inputs),
        )

    @cached_property
    def hash(self) -> bytes:
        return keccak(text=f"{self.name}({','.join(self.inputs)})")

    @cached_property
    def selector(self) -> bytes:
        return self.hash[:4]

    def encode(self, args: tuple[Any, ...]) -> bytes:
        return self.selector + encode(self.inputs, args)

    def decode_log(self, topics: list[bytes], data: bytes) -> tuple[Any, ...]:
        plain = iter(decode([kind for kind, at in zip(self.inputs, self.indexed, strict=True) if not at], data))
        indexed = iter(topics[1:])
        return tuple(
            decode([kind], next(indexed))[0] if at else next(plain)
            for kind, at in zip(self.inputs, self.indexed, strict=True)
        )


@dataclass(frozen=True)
class Artifact:
    """The ABI and creation code of a contract."""

    name: str
    abi: tuple[dict[str, Any], ...]
    bytecode: bytes

    def _entries(self, kind: str) -> list[Entry]:
        return [Entry.of(item) for item in self.abi if item["type"] == kind]

    @cached_property
    def functions(self) -> dict[tuple[str, int], Entry]:
        """Functions by name and number of arguments, which no two of ours share."""
        return {(entry.name, len(entry.inputs)): entry for entry in self._entries("function")}

    @cached_property
    def events(self) -> dict[bytes, Entry]:
        return {entry.hash: entry for entry in self._entries("event")}

    @cached_property
    def errors(self) -> dict[bytes, Entry]:
        return {entry.selector: entry for entry in self._entries("error")}

    @cached_property
    def constructor(self) -> Entry:
        return next(iter(self._entries("constructor")), Entry("", (), (), ()))

    def creation_code(self, args: tuple[Any, ...]) -> bytes:
        return self.bytecode + encode(self.constructor.inputs, args)


@cache
def _standard_output(path: str) -> dict[str, Any]:
    output = json.loads(pathlib.Path(path).read_text())
    return {name: contract for file in output["contracts"].values() for name, contract in file.items()}


@cache
def load(name: str) -> Artifact:
    """The artifact of a contract: from Brownie's build, or from solc's standard output if LVO_ARTIFACTS names one."""
    if path := os.environ.get("LVO_ARTIFACTS"):
        contract = _standard_output(path)[name]
        return Artifact(name, tuple(contract["abi"]), bytes.fromhex(contract["evm"]["bytecode"]["object"]))
    _refuse_stale()
    contract = json.loads((BUILD / f"{name}.json").read_text())
    return Artifact(name, tuple(contract["abi"]), bytes.fromhex(contract["bytecode"]))


@cache
def _refuse_stale() -> None:
    """Brownie makes sure of it where it runs; pytest may run without it."""
    stamp = ROOT / "build" / "sources.sha256"
    if not stamp.exists() or stamp.read_text() != brownie_env.sources_fingerprint():
        raise RuntimeError("The artifacts in build/ are of other sources: run `make compile` first.")


_PANIC = Entry("Panic", ("uint256",), (), ())
_MESSAGE = Entry("Error", ("string",), (), ())


@dataclass(frozen=True)
class Error:
    """A decoded revert: the Solidity error and its facts."""

    name: str
    facts: tuple[Any, ...]


def decode_error(output: bytes, *artifacts: Artifact) -> Error:
    """Name a revert by the errors of the given contracts."""
    for artifact in artifacts:
        if entry := artifact.errors.get(output[:4]):
            return Error(entry.name, decode(entry.inputs, output[4:]))
    for entry in (_PANIC, _MESSAGE):
        if entry.selector == output[:4]:
            return Error(entry.name, decode(entry.inputs, output[4:]))
    return Error("", (output,))
