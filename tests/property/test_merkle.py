"""lvo.merkle against @openzeppelin/merkle-tree on random lists, in both directions, to the byte."""

import io
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lvo.merkle import MultiProof, StandardMerkleTree, process_multi_proof, verify
from tests.merkle import Reference

REWARD = ["address", "uint256", "address", "uint256"]

FIELDS = {
    "address": st.binary(min_size=20, max_size=20).map(lambda b: "0x" + b.hex()),
    "uint256": st.integers(0, 2**256 - 1).map(str) | st.sampled_from(["0", "1", str(2**256 - 1)]),
    "uint8": st.integers(0, 255).map(str),
    "uint96": st.integers(0, 2**96 - 1).map(str),
    "int256": st.integers(-(2**255), 2**255 - 1).map(str),
    "bool": st.booleans(),
    "bytes32": st.binary(min_size=32, max_size=32).map(lambda b: "0x" + b.hex()),
    "bytes4": st.binary(min_size=4, max_size=4).map(lambda b: "0x" + b.hex()),
    "bytes": st.binary(max_size=70).map(lambda b: "0x" + b.hex()),
    "string": st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
    "uint256[]": st.lists(st.integers(0, 2**256 - 1).map(str), max_size=4),
}
SIZES = st.sampled_from([1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33]) | st.integers(1, 40)


TYPES = st.just(REWARD) | st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=4)


@st.composite
def lists(draw, types=TYPES):
    """Types and a list of leaves, some of them equal."""
    kinds = draw(types)
    size = draw(SIZES)
    leaf = st.tuples(*(FIELDS[kind] for kind in kinds)).map(list)
    values = draw(st.lists(leaf, min_size=size, max_size=size))
    for _ in range(draw(st.integers(0, 2))):
        values.append(values[draw(st.integers(0, len(values) - 1))])
    return kinds, values


@pytest.fixture(scope="module")
def reference():
    library = Reference()
    yield library
    library.close()


def hexed(nodes):
    return ["0x" + node.hex() for node in nodes]


def choices(count, seed):
    """Some sets of leaves: none, all, one, and random ones."""
    rng = random.Random(seed)
    drawn = [rng.sample(range(count), rng.randint(1, count)) for _ in range(3)]
    return [[], list(range(count)), [count - 1], *drawn]


FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(drawn=lists(), seed=st.integers(0, 2**32), sort_leaves=st.booleans())
def test_tree_is_that_of_the_library(reference, drawn, seed, sort_leaves):
    types, values = drawn
    chosen = choices(len(values), seed)
    theirs = reference.ask("build", values=values, types=types, sortLeaves=sort_leaves, chosen=chosen)
    ours = StandardMerkleTree.of(values, types, sort_leaves=sort_leaves)

    assert "0x" + ours.root.hex() == theirs["root"]
    dump = io.BytesIO()
    ours.write_dump(dump)
    assert dump.getvalue().decode() == theirs["dump"]
    assert ours.dump() == json.loads(theirs["dump"])
    assert [hexed(ours.get_proof(i)) for i in range(len(values))] == theirs["proofs"]
    assert list(ours.hex_proofs()) == theirs["proofs"]
    assert ours.render() == theirs["render"]
    for indices, expected in zip(chosen, theirs["multi"], strict=True):
        proof = ours.get_multi_proof(indices)
        assert [list(leaf) for leaf in proof.leaves] == expected["leaves"]
        assert hexed(proof.proof) == expected["proof"]
        assert list(proof.flags) == expected["proofFlags"]


@FEW
@given(drawn=lists(), seed=st.integers(0, 2**32))
def test_dump_of_the_library_loads_and_verifies_here(reference, drawn, seed):
    types, values = drawn
    chosen = choices(len(values), seed)
    theirs = reference.ask("build", values=values, types=types, sortLeaves=True, chosen=chosen)
    tree = StandardMerkleTree.load(json.loads(theirs["dump"]))
    for i, proof in enumerate(theirs["proofs"]):
        nodes = [bytes.fromhex(node[2:]) for node in proof]
        assert tree.verify(i, nodes)
        assert verify(tree.root, types, values[i], nodes)
    for proof in theirs["multi"]:
        assert tree.verify_multi_proof(
            MultiProof(
                tuple(proof["leaves"]),
                tuple(bytes.fromhex(node[2:]) for node in proof["proof"]),
                tuple(proof["proofFlags"]),
            )
        )


@FEW
@given(drawn=lists(), seed=st.integers(0, 2**32), sort_leaves=st.booleans())
def test_dump_from_here_loads_and_verifies_in_the_library(reference, drawn, seed, sort_leaves):
    types, values = drawn
    tree = StandardMerkleTree.of(values, types, sort_leaves=sort_leaves)
    dump = io.BytesIO()
    tree.write_dump(dump)
    multi = [tree.get_multi_proof(indices) for indices in choices(len(values), seed)]
    theirs = reference.ask(
        "load",
        dump=dump.getvalue().decode(),
        proofs=list(tree.hex_proofs()),
        multi=[
            {"leaves": list(proof.leaves), "proof": hexed(proof.proof), "proofFlags": list(proof.flags)}
            for proof in multi
        ],
    )
    assert theirs["root"] == "0x" + tree.root.hex()
    assert all(theirs["proofs"])
    assert all(theirs["multi"])
    assert theirs["lookups"] == [tree.index_of(value) for value in values]


@FEW
@given(drawn=lists(st.just(REWARD)), data=st.data())
def test_verify_refuses_when_anything_is_changed(drawn, data):
    types, values = drawn
    tree = StandardMerkleTree.of(values, types)
    index = data.draw(st.integers(0, len(values) - 1))
    proof = tree.get_proof(index)
    assert verify(tree.root, types, values[index], proof)

    other = list(values[index])
    other[3] = str((int(other[3]) + 1) % 2**256)
    assert list(other) in values or not verify(tree.root, types, other, proof)
    assert not verify(tree.root, types, values[index], [*proof, bytes(32)])
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        flipped = bytearray(proof[place])
        flipped[data.draw(st.integers(0, 31))] ^= 1 << data.draw(st.integers(0, 7))
        assert not verify(tree.root, types, values[index], [*proof[:place], bytes(flipped), *proof[place + 1 :]])
        assert not verify(tree.root, types, values[index], proof[:-1])


@FEW
@given(drawn=lists(st.just(REWARD)), data=st.data())
def test_load_refuses_when_a_character_of_the_dump_is_changed(drawn, data):
    types, values = drawn
    tree = StandardMerkleTree.of(values, types)
    sound = json.dumps(tree.dump(), separators=(",", ":"))
    at = data.draw(st.integers(0, len(sound) - 1))
    changed = sound[:at] + data.draw(st.sampled_from('0123456789abcdefx"[],:{} ')) + sound[at + 1 :]
    try:
        document = json.loads(changed)
    except ValueError:
        return
    if document == json.loads(sound):
        return
    try:
        loaded = StandardMerkleTree.load(document)
    except ValueError:
        return
    # What loads all the same says the same in other words (a leading zero, a key that nobody reads).
    assert loaded.root == tree.root
    assert [loaded.leaf_hash(value) for value in loaded.values] == [tree.leaf_hash(value) for value in values]


@FEW
@given(
    leaves=st.lists(st.binary(min_size=32, max_size=32), max_size=5),
    proof=st.lists(st.binary(min_size=32, max_size=32), max_size=5),
    flags=st.lists(st.booleans(), max_size=8),
)
def test_process_multi_proof_never_makes_a_root_of_parts_that_do_not_fit(leaves, proof, flags):
    try:
        root = process_multi_proof(leaves, proof, flags)
    except ValueError:
        return
    assert len(leaves) + len(proof) == len(flags) + 1
    assert len(root) == 32
