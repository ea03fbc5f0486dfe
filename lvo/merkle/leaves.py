"""The leaves of a tree: how values are encoded and hashed."""

from collections.abc import Callable, Sequence
from typing import Any

from eth_abi.abi import encode as abi_encode
from sha3 import keccak_256

NODE = 32
"""Bytes of a node."""

Value = str | int | bytes | bool | Sequence[Any]
"""One field of a leaf: an address or bytes as bytes or 0x-hexadecimal, an integer as int, decimal or 0x text."""
Leaf = Sequence[Value]
"""The fields of a leaf, one for each type."""


class MerkleError(ValueError):
    """A tree, dump, value or proof is not what it should be; the message says where and why."""


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
    return leaf_hasher(types)(value)


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


def leaf_hasher(types: Sequence[str]) -> Callable[[Leaf], bytes]:
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
