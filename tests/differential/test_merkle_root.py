"""The proofs of the ledger beside OpenZeppelin's MerkleProof: on random trees, and on input that fits nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chain.interface import ChainError
from tests.chain.revm import RevmChain
from tests.merkle import Tree
from tests.property.strategies import MANY

nodes = st.binary(min_size=32, max_size=32) | st.sampled_from([bytes(32), b"\xff" * 32])


@pytest.fixture(scope="module")
def reader():
    """Has both."""
    chain = RevmChain()
    return chain.deploy("MerkleReader", sender=chain.actor("alice"))


def reference(reader, function, *args):
    """What OpenZeppelin's library says; zero where it reverts."""
    try:
        return reader.view(function, *args)
    except ChainError:
        return bytes(32)


@MANY
@given(leaves=st.lists(nodes, min_size=1, max_size=40, unique=True), data=st.data())
def test_proofs_of_a_tree_lead_to_its_root(reader, leaves, data):
    tree = Tree.of(leaves)
    leaf = data.draw(st.sampled_from(leaves))
    chosen = data.draw(st.lists(st.sampled_from(leaves), min_size=1, unique=True))
    assert reader.view("ofOne", leaf, tree.proof(leaf)) == tree.root
    assert reader.view("referenceOfOne", leaf, tree.proof(leaf)) == tree.root
    ordered, proof, flags = tree.multiproof(chosen)
    assert reader.view("ofMany", ordered, proof, flags) == tree.root
    assert reader.view("referenceOfMany", ordered, proof, flags) == tree.root


@MANY
@given(leaf=nodes, proof=st.lists(nodes, max_size=5))
def test_any_proof_leads_where_the_reference_says(reader, leaf, proof):
    assert reader.view("ofOne", leaf, proof) == reader.view("referenceOfOne", leaf, proof)


@MANY
@given(
    leaves=st.lists(nodes, min_size=1, max_size=5),
    flags=st.lists(st.booleans(), max_size=7),
    proof=st.lists(nodes, max_size=7),
    fit=st.booleans(),
)
def test_any_multiproof_leads_where_the_reference_says(reader, leaves, flags, proof, fit):
    """Where the reference reverts it is zero, which is no root."""
    if fit and len(flags) + 1 >= len(leaves):
        proof = (proof + [b"\x05" * 32] * 7)[: len(flags) + 1 - len(leaves)]
    assert reader.view("ofMany", leaves, proof, flags) == reference(reader, "referenceOfMany", leaves, proof, flags)


@MANY
@given(flags=st.lists(st.booleans(), max_size=4), proof=st.lists(nodes, max_size=6))
def test_a_multiproof_of_nothing_is_no_root(reader, flags, proof):
    """Where OpenZeppelin's library takes a proof of one node for the root."""
    assert reader.view("ofMany", [], proof, flags) == bytes(32)
