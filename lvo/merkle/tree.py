"""The tree itself."""

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, BinaryIO

from lvo.merkle.dump import FORMAT, as_json, read_dump, write_dump
from lvo.merkle.leaves import NODE, Leaf, MerkleError, leaf_hasher
from lvo.merkle.nodes import CHUNK, hash_levels, sibling
from lvo.merkle.proofs import MultiProof, verify, verify_multi_proof


class StandardMerkleTree:
    """A tree over leaves of given types; see the module.

    Attributes
    ----------
    types
        Solidity types of the fields of a leaf.
    values
        The leaves, in the order in which they were given.
    """

    def __init__(self, types: Sequence[str], values: Sequence[Leaf], nodes: bytearray, positions: "array[int]") -> None:
        """Take over finished arrays; use :meth:`of` or :meth:`load`."""
        self.types = tuple(types)
        self.values = values
        self._nodes = nodes
        self._positions = positions
        self._hash = leaf_hasher(self.types)

    @classmethod
    def of(cls, values: Sequence[Leaf], types: Sequence[str], *, sort_leaves: bool = True) -> "StandardMerkleTree":
        """Build a tree.

        Parameters
        ----------
        values
            The leaves. The tree refers to them and copies nothing, so they may be computed when asked for. Equal leaves
            are allowed, as in the library.
        types
            Solidity types of their fields.
        sort_leaves
            Whether leaves are sorted by hash, as the library does unless told otherwise. Some on-chain code that reads
            multiproofs in order needs unsorted ones.

        Raises
        ------
        MerkleError
            If there are no leaves, or one does not fit the types.
        """
        count = len(values)
        if count == 0:
            raise MerkleError("a tree needs at least one leaf")
        hasher = leaf_hasher(types)
        nodes = bytearray(NODE * (2 * count - 1))
        positions = array("Q", bytes(8 * count))
        last = 2 * count - 2
        if sort_leaves:
            # The index behind the hash keeps equal leaves in their order and comes along for free.
            keyed = [hasher(value) + i.to_bytes(8, "big") for i, value in enumerate(values)]
            keyed.sort()
            for rank, key in enumerate(keyed):
                positions[int.from_bytes(key[NODE:], "big")] = last - rank
            for first in range(0, count, CHUNK):
                chunk = b"".join([key[:NODE] for key in reversed(keyed[first : first + CHUNK])])
                end = NODE * (last - first + 1)
                nodes[end - len(chunk) : end] = chunk
            del keyed
        else:
            for i, value in enumerate(values):
                positions[i] = last - i
                nodes[NODE * (last - i) : NODE * (last - i + 1)] = hasher(value)
        hash_levels(nodes, count)
        return cls(types, values, nodes, positions)

    # -------------------------------------------------------------------------------------------------- reading it

    @property
    def root(self) -> bytes:
        """The root, 32 bytes."""
        return bytes(self._nodes[:NODE])

    def __len__(self) -> int:
        return len(self.values)

    def leaf_hash(self, value: Leaf) -> bytes:
        """Return the node that a leaf of this tree's types has."""
        return self._hash(value)

    def index_of(self, value: Leaf) -> int:
        """Return where a leaf is in :attr:`values`; of equal leaves, the last.

        Raises
        ------
        MerkleError
            If the tree has no such leaf.
        """
        wanted = self.leaf_hash(value)
        found = self._by_hash.get(wanted) if self._by_hash is not None else self._search(wanted)
        if found is None:
            raise MerkleError("the tree has no such leaf")
        return found

    def position(self, index: int) -> int:
        """Return the place of a value's leaf among the nodes."""
        return self._positions[index]

    def _search(self, wanted: bytes) -> int | None:
        """Find a hash among sorted leaves, from the front of the array the largest first."""
        first, count = len(self) - 1, len(self)
        # Leaf number k from the front; descending, so its complement ascends.
        k = bisect_left(range(count), True, key=lambda k: self._node(first + k) <= wanted)
        return self._value_at[k] if k < count and self._node(first + k) == wanted else None

    @cached_property
    def _value_at(self) -> "array[int]":
        """Index of the value whose leaf is number k from the front of the leaves."""
        inverse = array("Q", bytes(8 * len(self)))
        first = len(self) - 1
        for index, position in enumerate(self._positions):
            inverse[position - first] = index
        return inverse

    @cached_property
    def _by_hash(self) -> dict[bytes, int] | None:
        """Index by hash, only where the leaves are not sorted."""
        first, count = len(self) - 1, len(self)
        if all(self._node(first + k) >= self._node(first + k + 1) for k in range(count - 1)):
            return None
        return {self._node(position): index for index, position in enumerate(self._positions)}

    def _node(self, position: int) -> bytes:
        return bytes(self._nodes[NODE * position : NODE * (position + 1)])

    def _index(self, leaf: int | Leaf) -> int:
        if not isinstance(leaf, int):
            return self.index_of(leaf)
        if not 0 <= leaf < len(self):
            raise MerkleError(f"the tree has leaves 0 to {len(self) - 1}, not {leaf}")
        return leaf

    # ---------------------------------------------------------------------------------------------------- proofs

    def get_proof(self, leaf: int | Leaf) -> list[bytes]:
        """Return the siblings from a leaf up to the root.

        Parameters
        ----------
        leaf
            Its index in :attr:`values`, or its fields.

        Raises
        ------
        MerkleError
            If there is no such leaf.
        """
        position = self._positions[self._index(leaf)]
        proof = []
        while position:
            proof.append(self._node(sibling(position)))
            position = (position - 1) >> 1
        return proof

    def hex_proofs(self) -> Iterator[list[str]]:
        """Yield the proof of every leaf in the order of :attr:`values`, as 0x-hexadecimal.

        Each node is written as text once, so this is the fast way to all proofs; it takes some 115 bytes a node.
        """
        text = self._hex_nodes()
        for start in self._positions:
            proof = []
            position = start
            while position:
                proof.append(text[position + 1 if position & 1 else position - 1])
                position = (position - 1) >> 1
            yield proof

    def _hex_nodes(self) -> list[str]:
        return ["0x" + self._nodes[start : start + NODE].hex() for start in range(0, len(self._nodes), NODE)]

    def get_multi_proof(self, leaves: Iterable[int | Leaf]) -> MultiProof:
        """Return what proves several leaves together; of no leaves, what proves the root.

        Raises
        ------
        MerkleError
            If there is no such leaf, or one is named twice.
        """
        start = sorted((self._positions[self._index(leaf)] for leaf in leaves), reverse=True)
        if any(a == b for a, b in pairwise(start)):
            raise MerkleError("a leaf is named twice")
        stack, proof, flags = deque(start), [], []
        while stack and stack[0] > 0:
            position = stack.popleft()
            other = sibling(position)
            together = bool(stack) and stack[0] == other
            flags.append(together)
            if together:
                stack.popleft()
            else:
                proof.append(self._node(other))
            stack.append((position - 1) >> 1)
        if not start:
            proof.append(self.root)
        first = len(self) - 1
        proved = tuple(self.values[self._value_at[position - first]] for position in start)
        return MultiProof(proved, tuple(proof), tuple(flags))

    def verify(self, leaf: int | Leaf, proof: Iterable[bytes]) -> bool:
        """Tell whether a proof leads from a leaf to this root."""
        value = self.values[self._index(leaf)] if isinstance(leaf, int) else leaf
        return verify(self.root, self.types, value, proof)

    def verify_multi_proof(self, proof: MultiProof) -> bool:
        """Tell whether a multiproof leads to this root."""
        return verify_multi_proof(self.root, self.types, proof)

    def render(self) -> str:
        """Draw a small tree as text, a node a line, as the library does."""
        lines, stack = [], [(0, "", "")]
        while stack:
            position, indent, branch = stack.pop()
            lines.append(f"{indent}{branch}{position}) 0x{self._node(position).hex()}")
            if position < len(self) - 1:
                deeper = indent + {"": "", "├─ ": "│  ", "└─ ": "   "}[branch]
                stack += [(2 * position + 2, deeper, "└─ "), (2 * position + 1, deeper, "├─ ")]
        return "\n".join(lines)

    # ----------------------------------------------------------------------------------------------------- dumps

    def dump(self) -> dict[str, Any]:
        """Return the tree as the library's ``dump()`` does, for JSON; integers become decimal text."""
        return {
            "format": FORMAT,
            "leafEncoding": list(self.types),
            "tree": self._hex_nodes(),
            "values": [
                {"value": [as_json(field) for field in value], "treeIndex": position}
                for value, position in zip(self.values, self._positions, strict=True)
            ],
        }

    def write_dump(self, stream: BinaryIO) -> None:
        """Write the dump as JSON, byte for byte what ``JSON.stringify(tree.dump())`` gives in JavaScript.

        Takes the memory of a few thousand rows whatever the size of the tree.
        """
        write_dump(stream, self.types, self.values, self._nodes, self._positions)

    @classmethod
    def load(cls, document: Any) -> "StandardMerkleTree":
        """Read a dump, of this module or of the library, and check every leaf and every node of it.

        Parameters
        ----------
        document
            What JSON of the dump gives.

        Raises
        ------
        MerkleError
            If it has another format, lacks something, or if any value, place or node of it is wrong.
        """
        return cls(*read_dump(document))
