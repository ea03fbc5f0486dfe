"""Proofs, and where they lead."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lvo.merkle.leaves import NODE, Leaf, MerkleError, hash_leaf, hash_pair, leaf_hasher


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
    hasher = leaf_hasher(types)
    return process_multi_proof([hasher(value) for value in proof.leaves], proof.proof, proof.flags) == root


def _check_nodes(nodes: Iterable[bytes]) -> None:
    for node in nodes:
        if len(node) != NODE:
            raise MerkleError(f"a node of {len(node)} bytes was given, and {NODE} are needed")
