"""Dumps: the tree as JSON, byte for byte as the library writes it, read back with every leaf and node checked."""

import json
from array import array
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from lvo.merkle.leaves import NODE, Leaf, MerkleError, Value, leaf_hasher
from lvo.merkle.nodes import CHUNK, hash_levels

FORMAT = "standard-v1"
"""What a dump calls its format."""


def write_dump(
    stream: BinaryIO, types: Sequence[str], values: Sequence[Leaf], nodes: bytearray, positions: "array[int]"
) -> None:
    """Write a dump, in the memory of a few thousand rows whatever the size of the tree."""
    stream.write(f'{{"format":"{FORMAT}","leafEncoding":{_json(list(types))},"tree":['.encode())
    total = len(nodes)
    for first in range(0, total, NODE * CHUNK):
        end = min(first + NODE * CHUNK, total)
        text = nodes[first:end].hex()
        rows = [f'"0x{text[at : at + 2 * NODE]}"' for at in range(0, len(text), 2 * NODE)]
        stream.write(("," * bool(first) + ",".join(rows)).encode())
    stream.write(b'],"values":[')
    for start in range(0, len(values), CHUNK):
        rows = [
            f'{{"value":{_json([as_json(field) for field in values[i]])},"treeIndex":{positions[i]}}}'
            for i in range(start, min(start + CHUNK, len(values)))
        ]
        stream.write(("," * bool(start) + ",".join(rows)).encode())
    stream.write(b"]}")


def read_dump(document: Any) -> tuple[list[str], list[Leaf], bytearray, "array[int]"]:
    """Read a dump; return the types, the values, all nodes, and the place of each value's leaf.

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
    hasher = leaf_hasher(types)
    for i, (value, position) in enumerate(zip(values, positions, strict=True)):
        if hasher(value) != nodes[NODE * position : NODE * (position + 1)]:
            raise MerkleError(f"value {i} of the dump is not the leaf at place {position} of the tree")
    again = bytearray(NODE * (count - 1)) + nodes[NODE * (count - 1) :]
    hash_levels(again, count)
    if again != nodes:
        place = next(at for at in range(0, len(nodes), NODE) if again[at : at + NODE] != nodes[at : at + NODE]) // NODE
        raise MerkleError(f"node {place} of the dump is not the hash of its children")
    return types, values, nodes, positions


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def as_json(field: Value) -> Any:
    if isinstance(field, bytes):
        return "0x" + field.hex()
    if isinstance(field, str | bool):
        return field
    return str(field) if isinstance(field, int) else [as_json(item) for item in field]


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
