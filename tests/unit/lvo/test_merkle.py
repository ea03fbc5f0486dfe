"""lvo.merkle: the root of RewardLedger's leaves, edges and refusals."""

import io
import json

import pytest
from eth_abi import encode

from lvo.merkle import (
    MerkleError,
    MultiProof,
    StandardMerkleTree,
    hash_leaf,
    hash_pair,
    keccak256,
    process_multi_proof,
    process_proof,
    verify,
    verify_multi_proof,
)

REWARD = ("address", "uint256", "address", "uint256")
LEDGER = "0x" + "11" * 20


def leaf(number, amount=None):
    return (LEDGER, 1337, "0x" + number.to_bytes(20, "big").hex(), number if amount is None else amount)


@pytest.fixture
def tree():
    return StandardMerkleTree.of([leaf(i) for i in range(1, 12)], REWARD)


def test_keccak256_is_that_of_ethereum():
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_hash_leaf_is_the_double_hash_of_the_abi_encoding():
    fields = (LEDGER, 1337, "0x" + "00" * 19 + "07", 10**27)
    assert hash_leaf(REWARD, fields) == keccak256(keccak256(encode(REWARD, fields)))


@pytest.mark.parametrize("value", ["0x0a", "10", 10])
def test_hash_leaf_reads_integers_in_any_notation(value):
    assert hash_leaf(("uint8",), (value,)) == hash_leaf(("uint8",), (10,))


@pytest.mark.parametrize(
    ("types", "value", "said"),
    [
        (("uint8",), (256,), "does not fit uint8"),
        (("uint8",), (-1,), "does not fit uint8"),
        (("uint8",), ("ten",), "not an integer"),
        (("uint8",), (True,), "not an integer"),
        (("uint8",), (1.0,), "not an integer"),
        (("address",), ("0x" + "11" * 19,), "not an address"),
        (("address",), ("11" * 20,), "neither bytes nor"),
        (("address",), ("0x" + "zz" * 20,), "neither bytes nor"),
        (("bytes4",), ("0x112233",), "bytes4"),
        (("uint8", "uint8"), (1,), "1 fields was given for the 2 types"),
        (("string",), (1,), "cannot be encoded"),
        (("string", "string"), "ab", "was given for the 2 types"),
        (("uint8[]",), ("12",), "not a list"),
        (("nonsense",), (1,), "cannot be encoded"),
    ],
)
def test_hash_leaf_refuses_when_a_value_does_not_fit(types, value, said):
    with pytest.raises(MerkleError, match=said):
        hash_leaf(types, value)


def test_of_refuses_when_there_are_no_leaves():
    with pytest.raises(MerkleError, match="at least one leaf"):
        StandardMerkleTree.of([], REWARD)


def test_of_one_leaf_is_its_own_root_with_an_empty_proof():
    tree = StandardMerkleTree.of([leaf(1)], REWARD)
    assert tree.root == tree.leaf_hash(leaf(1))
    assert tree.get_proof(0) == []
    assert tree.verify(leaf(1), [])
    assert not tree.verify(leaf(2), [])


def test_of_keeps_equal_leaves_as_the_library_does():
    tree = StandardMerkleTree.of([leaf(1), leaf(1), leaf(2)], REWARD)
    assert len(tree) == 3
    assert tree.index_of(leaf(1)) == 1
    assert tree.verify(0, tree.get_proof(0))


def test_of_does_not_depend_on_the_order_of_the_list():
    leaves = [leaf(i) for i in range(1, 50)]
    assert StandardMerkleTree.of(leaves, REWARD).root == StandardMerkleTree.of(leaves[::-1], REWARD).root


def test_of_does_not_depend_on_the_size_of_a_chunk(monkeypatch):
    leaves = [leaf(i) for i in range(1, 100)]
    whole = StandardMerkleTree.of(leaves, REWARD)
    for module in ("nodes", "dump", "tree"):
        monkeypatch.setattr(f"lvo.merkle.{module}.CHUNK", 3)
    chunked = StandardMerkleTree.of(leaves, REWARD)
    assert chunked.dump() == whole.dump()
    written = io.BytesIO()
    chunked.write_dump(written)
    assert json.loads(written.getvalue()) == whole.dump()


def test_an_inner_node_is_not_a_leaf(tree):
    """64 bytes of children cannot be taken for a leaf, which is hashed twice."""
    node = tree.get_proof(0)[-1]
    other = next(each for each in (tree._node(1), tree._node(2)) if each != node)
    assert hash_pair(node, other) == tree.root
    assert not verify(tree.root, ("bytes32", "bytes32"), (node, other), [])
    assert not verify(tree.root, ("bytes32", "bytes32"), (other, node), [])


def test_index_of_finds_every_leaf(tree):
    assert [tree.index_of(value) for value in tree.values] == list(range(len(tree)))


def test_index_of_finds_every_leaf_when_leaves_are_not_sorted():
    tree = StandardMerkleTree.of([leaf(i) for i in range(1, 12)], REWARD, sort_leaves=False)
    assert [tree.index_of(value) for value in tree.values] == list(range(len(tree)))


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_index_of_finds_two_leaves_in_either_order(order):
    tree = StandardMerkleTree.of([leaf(i) for i in order], REWARD, sort_leaves=False)
    assert [tree.index_of(leaf(i)) for i in order] == [0, 1]


@pytest.mark.parametrize("sort_leaves", [True, False])
def test_index_of_refuses_when_the_leaf_is_not_there(sort_leaves):
    tree = StandardMerkleTree.of([leaf(i) for i in range(1, 12)], REWARD, sort_leaves=sort_leaves)
    for number in range(100, 160):
        with pytest.raises(MerkleError, match="no such leaf"):
            tree.index_of(leaf(number))


@pytest.mark.parametrize("index", [-1, 11])
def test_get_proof_refuses_when_the_index_is_out_of_range(tree, index):
    with pytest.raises(MerkleError, match="leaves 0 to 10"):
        tree.get_proof(index)


def test_get_multi_proof_refuses_when_a_leaf_is_named_twice(tree):
    with pytest.raises(MerkleError, match="named twice"):
        tree.get_multi_proof([1, 2, 1])


def test_get_multi_proof_of_everything_needs_no_nodes(tree):
    proof = tree.get_multi_proof(range(len(tree)))
    assert proof.proof == ()
    assert all(proof.flags)
    assert verify_multi_proof(tree.root, REWARD, proof)


def test_verify_multi_proof_refuses_when_two_leaves_change_places(tree):
    proof = tree.get_multi_proof([0, 3, 7])
    a, b, c = proof.leaves
    assert verify_multi_proof(tree.root, REWARD, proof)
    assert not verify_multi_proof(tree.root, REWARD, MultiProof((b, a, c), proof.proof, proof.flags))


@pytest.mark.parametrize(
    ("leaves", "proof", "flags"),
    [
        ([], [], []),
        ([bytes(32)], [bytes(32)], []),
        ([bytes(32)], [], [False]),
        ([bytes(32)], [bytes(32)], [True]),
        ([bytes(32)] * 2, [bytes(32)] * 2, [True, True, True]),
        ([bytes(31)], [], []),
    ],
)
def test_process_multi_proof_refuses_when_the_parts_do_not_fit(leaves, proof, flags):
    with pytest.raises(MerkleError):
        process_multi_proof(leaves, proof, flags)


@pytest.mark.parametrize(("node", "proof"), [(bytes(31), []), (bytes(32), [bytes(64)])])
def test_process_proof_refuses_when_a_node_is_not_32_bytes(node, proof):
    with pytest.raises(MerkleError, match="32 are needed"):
        process_proof(node, proof)


def damaged(tree, change):
    document = json.loads(json.dumps(tree.dump()))
    change(document)
    return document


def _swap(document):
    values = document["values"]
    values[0]["treeIndex"], values[1]["treeIndex"] = values[1]["treeIndex"], values[0]["treeIndex"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(format="simple-v1"), "format"),
        (lambda d: d.pop("leafEncoding"), "leafEncoding"),
        (lambda d: d.update(leafEncoding=["address", "uint256"]), "types"),
        (lambda d: d.pop("tree"), "lacks its tree"),
        (lambda d: d["tree"].pop(), "need 21 nodes"),
        (lambda d: d.update(tree=[], values=[]), "0 leaves need"),
        (lambda d: d["values"].pop(), "nodes"),
        (lambda d: d["tree"].__setitem__(0, "0x" + "00" * 32), "node 0 .* not the hash"),
        (lambda d: d["tree"].__setitem__(5, "0x" + "00" * 32), "node [25] .* not the hash"),
        (lambda d: d["tree"].__setitem__(20, "0x" + "00" * 32), "is not the leaf"),
        (lambda d: d["tree"].__setitem__(3, "0x00"), "node 3"),
        (lambda d: d["tree"].__setitem__(3, None), "node 3"),
        (lambda d: d["tree"].__setitem__(3, "0x" + "zz" * 32), "node 3"),
        (lambda d: d["values"][4]["value"].__setitem__(3, "6"), "value 4"),
        (lambda d: d["values"][4].update(treeIndex=0), "not that of a leaf"),
        (lambda d: d["values"][4].update(treeIndex=99), "not that of a leaf"),
        (lambda d: d["values"][4].update(treeIndex=True), "not that of a leaf"),
        (lambda d: d["values"][4].pop("treeIndex"), "not that of a leaf"),
        (lambda d: d["values"][4].pop("value"), "value 4"),
        (lambda d: d["values"][4].update(treeIndex=d["values"][3]["treeIndex"]), "another has too"),
        (_swap, "is not the leaf"),
    ],
)
def test_load_refuses_when_the_dump_is_damaged(tree, change, said):
    with pytest.raises(MerkleError, match=said):
        StandardMerkleTree.load(damaged(tree, change))


@pytest.mark.parametrize("document", [None, [], "tree", 7])
def test_load_refuses_when_it_is_no_dump(document):
    with pytest.raises(MerkleError, match="JSON object"):
        StandardMerkleTree.load(document)


def test_load_gives_back_what_was_dumped(tree):
    again = StandardMerkleTree.load(tree.dump())
    assert again.root == tree.root
    assert again.dump() == tree.dump()
