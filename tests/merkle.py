"""Two other Merkle trees for tests: a naive one, slow and short, and @openzeppelin/merkle-tree itself."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_abi import encode
from eth_utils import keccak

from lvo.models.base import Address

ROOT = Path(__file__).resolve().parents[1]


def leaf(ledger: Address, chain_id: int, account: Address, cumulative: int) -> bytes:
    """The leaf of an account in a reward tree."""
    row = encode(("address", "uint256", "address", "uint256"), (ledger, chain_id, account, cumulative))
    return keccak(keccak(row))


def _pair(a: bytes, b: bytes) -> bytes:
    return keccak(min(a, b) + max(a, b))


@dataclass(frozen=True)
class Tree:
    """All nodes, the root first; the leaves are the last, in falling order of their hashes."""

    nodes: list[bytes]

    @classmethod
    def of(cls, leaves: list[bytes]) -> "Tree":
        count = len(leaves)
        nodes = [b""] * (count - 1) + sorted(leaves, reverse=True)
        for index in range(count - 2, -1, -1):
            nodes[index] = _pair(nodes[2 * index + 1], nodes[2 * index + 2])
        return cls(nodes)

    @property
    def root(self) -> bytes:
        return self.nodes[0]

    def proof(self, wanted: bytes) -> list[bytes]:
        """The siblings from a leaf to the root."""
        index, proof = self._where(wanted), []
        while index:
            proof.append(self.nodes[index - 1 if index % 2 == 0 else index + 1])
            index = (index - 1) // 2
        return proof

    def multiproof(self, wanted: list[bytes]) -> tuple[list[bytes], list[bytes], list[bool]]:
        """The leaves in the order the contract takes them, the proof and its flags."""
        stack = sorted((self._where(each) for each in wanted), reverse=True)
        ordered = [self.nodes[index] for index in stack]
        proof, flags = [], []
        while stack and stack[0]:
            index = stack.pop(0)
            sibling = index - 1 if index % 2 == 0 else index + 1
            flags.append(bool(stack) and stack[0] == sibling)
            if flags[-1]:
                stack.pop(0)
            else:
                proof.append(self.nodes[sibling])
            stack.append((index - 1) // 2)
        if not wanted:
            proof.append(self.nodes[0])
        return ordered, proof, flags

    def _where(self, wanted: bytes) -> int:
        return self.nodes.index(wanted, len(self.nodes) // 2)


class Reference:
    """The library, as one Node process that answers a line with a line, for all questions of a session."""

    def __init__(self) -> None:
        self._node = subprocess.Popen(
            ["node", str(ROOT / "tests" / "merkle_reference.js")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, verb: str, **request: Any) -> Any:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps({"verb": verb, **request}) + "\n")
        self._node.stdin.flush()
        return json.loads(self._node.stdout.readline())

    def close(self) -> None:
        assert self._node.stdin
        self._node.stdin.close()
        self._node.wait(10)
