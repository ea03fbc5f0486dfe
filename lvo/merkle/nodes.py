"""The array of nodes: hashed level by level, the children of node ``i`` at ``2 i + 1`` and ``2 i + 2``."""

from sha3 import keccak_256

from lvo.merkle.leaves import NODE

CHUNK = 1 << 14
"""Nodes that are hashed, or written, in one go: what bounds the memory beside the arrays."""


def hash_levels(nodes: bytearray, count: int) -> None:
    """Fill the inner nodes of an array whose last ``count`` nodes are leaves, level by level from below."""
    hash_one = keccak_256
    end = count - 1  # inner nodes are 0 to count - 2
    while end > 0:
        # The level of the last inner node begins at the largest 2^d - 1 that is not behind it.
        level = (1 << (end.bit_length() - 1)) - 1
        for first in range(level, end, CHUNK):
            stop = min(first + CHUNK, end)
            children = bytes(nodes[NODE * (2 * first + 1) : NODE * (2 * stop + 1)])
            parents = []
            for at in range(0, len(children), 2 * NODE):
                pair = children[at : at + 2 * NODE]
                if pair[:NODE] > pair[NODE:]:
                    pair = pair[NODE:] + pair[:NODE]
                parents.append(hash_one(pair).digest())
            nodes[NODE * first : NODE * stop] = b"".join(parents)
        end = level


def sibling(position: int) -> int:
    return position + 1 if position & 1 else position - 1
