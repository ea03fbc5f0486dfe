"""Merkle trees in the form of OpenZeppelin's StandardMerkleTree, fast enough for ten million leaves.

A leaf is ``keccak256(keccak256(abi.encode(values)))``. Leaves are sorted by hash and fill the end of an array from the
back; node ``i`` has the children ``2 i + 1`` and ``2 i + 2`` and is the hash of the two, the smaller first; node 0 is
the root. Roots, proofs, multiproofs and dumps are those of ``@openzeppelin/merkle-tree`` 1.0.8, and a proof is what
``MerkleProof.sol`` verifies.

All nodes lie in one array of 32 bytes each, so memory is a small multiple of the leaves, and no object stands for a
node.
"""

from lvo.merkle.dump import FORMAT
from lvo.merkle.leaves import NODE, Leaf, MerkleError, Value, hash_leaf, hash_pair, keccak256
from lvo.merkle.proofs import MultiProof, process_multi_proof, process_proof, verify, verify_multi_proof
from lvo.merkle.tree import StandardMerkleTree

__all__ = [
    "FORMAT",
    "NODE",
    "Leaf",
    "MerkleError",
    "MultiProof",
    "StandardMerkleTree",
    "Value",
    "hash_leaf",
    "hash_pair",
    "keccak256",
    "process_multi_proof",
    "process_proof",
    "verify",
    "verify_multi_proof",
]
