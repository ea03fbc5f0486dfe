"""Merkle trees in the form of OpenZeppelin's StandardMerkleTree, fast enough for ten million leaves.

A leaf is ``keccak256(keccak256(abi.encode(values)))``. Leaves are sorted by hash and fill the end of an array from the
back; node ``i`` has the children ``2 i + 1`` and ``2 i + 2`` and is the hash of the two, the smaller first; node 0 is
the root. Roots, proofs, multiproofs and dumps are those of ``@openzeppelin/merkle-tree`` 1.0.8, and a proof is what
``MerkleProof.sol`` verifies.

All nodes lie in one array of 32 bytes each, so memory is a small multiple of the leaves, and no object stands for a
node.
"""

import json
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, BinaryIO

from eth_abi.abi import encode as abi_encode
from sha3 import keccak_256

FORMAT = "standard-v1"
"""What a dump calls its format."""
NODE = 32
"""Bytes of a node."""
_CHUNK = 1 << 14
"""Nodes that are hashed, or written, in one go: what bounds the memory beside the arrays."""

Value = str | int | bytes | bool | Sequence[Any]
"""One field of a leaf: an address or bytes as bytes or 0x-hexadecimal, an integer as int, decimal or 0x text."""
Leaf = Sequence[Value]
"""The fields of a leaf, one for each type."""


class MerkleError(ValueError):
    """A tree, dump, value or proof is not what it should be; the message says where and why."""


@dataclass(frozen=True)
class MultiProof:
    """What proves several leaves together.

    Attributes
    ----------
    leaves
        The proved leaves, in the order that the proof needs: that of the tree, from the back.
    proof
        Nodes of 32 bytes that cannot be computed from the leaves.
    flags
        For each step whether the second child comes from the leaves and their parents (true) or from the proof.
    """

    leaves: tuple[Leaf, ...]
    proof: tuple[bytes, ...]
    flags: tuple[bool, ...]


# ---------------------------------------------------------------------------------------------------------- hashing


def keccak256(data: bytes) -> bytes:
    """Hash as Ethereum does; 32 bytes."""
    digest: bytes = keccak_256(data).digest()
    return digest


def hash_pair(a: bytes, b: bytes) -> bytes:
    """Return the parent of two nodes, which does not depend on their order."""
    digest: bytes = keccak_256(a + b if a < b else b + a).digest()
    return digest


def hash_leaf(types: Sequence[str], value: Leaf) -> bytes:
    """Return the node of a leaf.

    Parameters
    ----------
    types
        Solidity types of the fields, such as ``address`` and ``uint256``.
    value
        One value for each.

    Raises
    ------
    MerkleError
        If a value does not fit its type.
    """
    return _leaf_hasher(types)(value)


def _unsigned(bits: int) -> Callable[[Value], bytes]:
    limit = 1 << bits

    def word(value: Value) -> bytes:
        number = _integer(value)
        if not 0 <= number < limit:
            raise MerkleError(f"{number} does not fit uint{bits}")
        return number.to_bytes(NODE, "big")

    return word


def _address(value: Value) -> bytes:
    plain = _bytes(value)
    if len(plain) != 20:
        raise MerkleError(f"{value!r} is not an address of 20 bytes")
    return bytes(12) + plain


def _fixed_bytes(size: int) -> Callable[[Value], bytes]:
    def word(value: Value) -> bytes:
        plain = _bytes(value)
        if len(plain) != size:
            raise MerkleError(f"{value!r} does not have the {size} bytes of bytes{size}")
        return plain.ljust(NODE, b"\0")

    return word


def _integer(value: Value) -> int:
    if isinstance(value, str):
        try:
            return int(value, 16) if value[:2] in ("0x", "0X") else int(value)
        except ValueError:
            raise MerkleError(f"{value!r} is not an integer") from None
    if isinstance(value, bool) or not isinstance(value, int):
        raise MerkleError(f"{value!r} is not an integer")
    return value


def _bytes(value: Value) -> bytes:
    if isinstance(value, str) and value[:2] in ("0x", "0X"):
        try:
            return bytes.fromhex(value[2:])
        except ValueError:
            pass
    elif isinstance(value, bytes):
        return value
    raise MerkleError(f"{value!r} is neither bytes nor 0x-hexadecimal")


_WORDS: dict[str, Callable[[Value], bytes]] = {
    "address": _address,
    "uint": _unsigned(256),
    **{f"uint{bits}": _unsigned(bits) for bits in range(8, 257, 8)},
    **{f"bytes{size}": _fixed_bytes(size) for size in range(1, 33)},
}
"""How the types that fill exactly one word are encoded; eth-abi, some ten times slower, encodes all others."""


def _plain(kind: str, value: Value) -> Any:
    """Return a value as eth-abi takes it."""
    if kind.endswith("]"):
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            raise MerkleError(f"{value!r} is not a list, as {kind} needs")
        inner = kind[: kind.rindex("[")]
        return [_plain(inner, item) for item in value]
    if kind in _WORDS or kind.startswith(("int", "uint")):
        return _bytes(value) if kind.startswith(("bytes", "address")) else _integer(value)
    return _bytes(value) if kind.startswith("bytes") else value


def _leaf_hasher(types: Sequence[str]) -> Callable[[Leaf], bytes]:
    """Return a function that hashes leaves of the given types and remembers fields that do not change."""
    count = len(types)
    words = [_WORDS.get(kind) for kind in types]

    def general(value: Leaf) -> bytes:
        if isinstance(value, str) or len(value) != count:
            raise MerkleError(f"a leaf of {len(value)} fields was given for the {count} types {', '.join(types)}")
        try:
            fields = [_plain(kind, field) for kind, field in zip(types, value, strict=True)]
            return keccak256(keccak256(abi_encode(types, fields)))
        except MerkleError:
            raise
        except Exception as error:  # eth-abi raises errors of many kinds
            raise MerkleError(f"{value!r} cannot be encoded as {', '.join(types)}: {error}") from None

    if any(word is None for word in words):
        return general
    encoders = [word for word in words if word is not None]
    seen: list[Any] = [None] * count
    cached: list[bytes] = [b""] * count

    def fast(value: Leaf) -> bytes:
        if isinstance(value, str) or len(value) != count:
            raise MerkleError(f"a leaf of {len(value)} fields was given for the {count} types {', '.join(types)}")
        for i, field in enumerate(value):
            if field is not seen[i]:
                cached[i] = encoders[i](field)
                seen[i] = field
        digest: bytes = keccak_256(keccak_256(b"".join(cached)).digest()).digest()
        return digest

    return fast


# ------------------------------------------------------------------------------------------------------------ trees


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
        self._hash = _leaf_hasher(self.types)

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
        hasher = _leaf_hasher(types)
        nodes = bytearray(NODE * (2 * count - 1))
        positions = array("Q", bytes(8 * count))
        last = 2 * count - 2
        if sort_leaves:
            # The index behind the hash keeps equal leaves in their order and comes along for free.
            keyed = [hasher(value) + i.to_bytes(8, "big") for i, value in enumerate(values)]
            keyed.sort()
            for rank, key in enumerate(keyed):
                positions[int.from_bytes(key[NODE:], "big")] = last - rank
            for first in range(0, count, _CHUNK):
                chunk = b"".join([key[:NODE] for key in reversed(keyed[first : first + _CHUNK])])
                end = NODE * (last - first + 1)
                nodes[end - len(chunk) : end] = chunk
            del keyed
        else:
            for i, value in enumerate(values):
                positions[i] = last - i
                nodes[NODE * (last - i) : NODE * (last - i + 1)] = hasher(value)
        _hash_levels(nodes, count)
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
            proof.append(self._node(_sibling(position)))
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
            sibling = _sibling(position)
            together = bool(stack) and stack[0] == sibling
            flags.append(together)
            if together:
                stack.popleft()
            else:
                proof.append(self._node(sibling))
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
                {"value": [_text(field) for field in value], "treeIndex": position}
                for value, position in zip(self.values, self._positions, strict=True)
            ],
        }

    def write_dump(self, stream: BinaryIO) -> None:
        """Write the dump as JSON, byte for byte what ``JSON.stringify(tree.dump())`` gives in JavaScript.

        Takes the memory of a few thousand rows whatever the size of the tree.
        """
        stream.write(f'{{"format":"{FORMAT}","leafEncoding":{_json(list(self.types))},"tree":['.encode())
        total = len(self._nodes)
        for first in range(0, total, NODE * _CHUNK):
            end = min(first + NODE * _CHUNK, total)
            text = self._nodes[first:end].hex()
            rows = [f'"0x{text[at : at + 2 * NODE]}"' for at in range(0, len(text), 2 * NODE)]
            stream.write(("," * bool(first) + ",".join(rows)).encode())
        stream.write(b'],"values":[')
        for start in range(0, len(self), _CHUNK):
            rows = [
                f'{{"value":{_json([_text(field) for field in self.values[i]])},"treeIndex":{self._positions[i]}}}'
                for i in range(start, min(start + _CHUNK, len(self)))
            ]
            stream.write(("," * bool(start) + ",".join(rows)).encode())
        stream.write(b"]}")

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
        if not isinstance(document, Mapping):
            raise MerkleError("a dump is a JSON object")
        if document.get("format") != FORMAT:
            raise MerkleError(f"the format of the dump is {document.get('format')!r}, and {FORMAT!r} is needed")
        types, tree, entries = (document.get(key) for key in ("leafEncoding", "tree", "values"))
        if not isinstance(types, list) or not types or not all(isinstance(kind, str) for kind in types):
            raise MerkleError("the dump has no list of types in leafEncoding")
        if not isinstance(tree, list) or not isinstance(entries, list):
            raise MerkleError("the dump lacks its tree or its values")
        count = len(entries)
        if count == 0 or len(tree) != 2 * count - 1:
            raise MerkleError(f"{count} leaves need {max(2 * count - 1, 1)} nodes, and the dump has {len(tree)}")
        nodes = _read_nodes(tree)
        values, positions = _read_values(entries)
        hasher = _leaf_hasher(types)
        for i, (value, position) in enumerate(zip(values, positions, strict=True)):
            if hasher(value) != nodes[NODE * position : NODE * (position + 1)]:
                raise MerkleError(f"value {i} of the dump is not the leaf at place {position} of the tree")
        again = bytearray(NODE * (count - 1)) + nodes[NODE * (count - 1) :]
        _hash_levels(again, count)
        if again != nodes:
            place = (
                next(at for at in range(0, len(nodes), NODE) if again[at : at + NODE] != nodes[at : at + NODE]) // NODE
            )
            raise MerkleError(f"node {place} of the dump is not the hash of its children")
        return cls(types, values, nodes, positions)


def _hash_levels(nodes: bytearray, count: int) -> None:
    """Fill the inner nodes of an array whose last ``count`` nodes are leaves, level by level from below."""
    hash_one = keccak_256
    end = count - 1  # inner nodes are 0 to count - 2
    while end > 0:
        # The level of the last inner node begins at the largest 2^d - 1 that is not behind it.
        level = (1 << (end.bit_length() - 1)) - 1
        for first in range(level, end, _CHUNK):
            stop = min(first + _CHUNK, end)
            children = bytes(nodes[NODE * (2 * first + 1) : NODE * (2 * stop + 1)])
            parents = []
            for at in range(0, len(children), 2 * NODE):
                pair = children[at : at + 2 * NODE]
                if pair[:NODE] > pair[NODE:]:
                    pair = pair[NODE:] + pair[:NODE]
                parents.append(hash_one(pair).digest())
            nodes[NODE * first : NODE * stop] = b"".join(parents)
        end = level


def _sibling(position: int) -> int:
    return position + 1 if position & 1 else position - 1


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _text(field: Value) -> Any:
    if isinstance(field, bytes):
        return "0x" + field.hex()
    if isinstance(field, str | bool):
        return field
    return str(field) if isinstance(field, int) else [_text(item) for item in field]


def _read_nodes(tree: list[Any]) -> bytearray:
    nodes = bytearray(NODE * len(tree))
    for i, text in enumerate(tree):
        try:
            node = bytes.fromhex(text[2:]) if text[:2] == "0x" and len(text) == 2 * NODE + 2 else b""
        except (TypeError, ValueError):
            node = b""
        if len(node) != NODE:
            raise MerkleError(f"node {i} of the dump is not 0x and {2 * NODE} hexadecimal digits")
        nodes[NODE * i : NODE * (i + 1)] = node
    return nodes


def _read_values(entries: list[Any]) -> tuple[list[Leaf], "array[int]"]:
    count = len(entries)
    values: list[Leaf] = []
    positions = array("Q")
    used = bytearray(2 * count - 1)
    for i, entry in enumerate(entries):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("value"), list):
            raise MerkleError(f"value {i} of the dump is not a list of fields with a place")
        position = entry.get("treeIndex")
        if isinstance(position, bool) or not isinstance(position, int) or not count - 1 <= position < 2 * count - 1:
            raise MerkleError(f"value {i} of the dump has place {position!r}, which is not that of a leaf")
        if used[position]:
            raise MerkleError(f"value {i} of the dump has place {position}, which another has too")
        used[position] = 1
        values.append(tuple(entry["value"]))
        positions.append(position)
    return values, positions


# ------------------------------------------------------------------------------------------------------- verifying


def process_proof(leaf: bytes, proof: Iterable[bytes]) -> bytes:
    """Return the root to which a proof leads from the node of a leaf.

    Raises
    ------
    MerkleError
        If a node does not have 32 bytes.
    """
    node = leaf
    _check_nodes((leaf,))
    for sibling in proof:
        _check_nodes((sibling,))
        node = hash_pair(node, sibling)
    return node


def process_multi_proof(leaves: Sequence[bytes], proof: Sequence[bytes], flags: Sequence[bool]) -> bytes:
    """Return the root to which a multiproof leads from the nodes of its leaves.

    Raises
    ------
    MerkleError
        If a node does not have 32 bytes, or the parts do not fit each other.
    """
    _check_nodes(leaves)
    _check_nodes(proof)
    if len(proof) < sum(1 for flag in flags if not flag) or len(leaves) + len(proof) != len(flags) + 1:
        raise MerkleError(f"{len(leaves)} leaves, {len(proof)} nodes and {len(flags)} flags do not make a multiproof")
    stack, rest = deque(leaves), deque(proof)
    for flag in flags:
        source = stack if flag else rest
        if not stack or len(source) < (2 if flag else 1):
            raise MerkleError("the flags of the multiproof ask for nodes that it does not have")
        first = stack.popleft()
        stack.append(hash_pair(first, source.popleft()))
    return stack[0] if stack else rest[0]


def verify(root: bytes, types: Sequence[str], value: Leaf, proof: Iterable[bytes]) -> bool:
    """Tell whether a proof leads from a leaf to a root."""
    return process_proof(hash_leaf(types, value), proof) == root


def verify_multi_proof(root: bytes, types: Sequence[str], proof: MultiProof) -> bool:
    """Tell whether a multiproof leads from its leaves to a root."""
    hasher = _leaf_hasher(types)
    return process_multi_proof([hasher(value) for value in proof.leaves], proof.proof, proof.flags) == root


def _check_nodes(nodes: Iterable[bytes]) -> None:
    for node in nodes:
        if len(node) != NODE:
            raise MerkleError(f"a node of {len(node)} bytes was given, and {NODE} are needed")
