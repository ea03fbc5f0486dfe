"""Attacks by trees, proofs and batches on a reward ledger: by strangers, and by an operator who lies."""

import pytest
from eth_utils import keccak

from lvo.models.base import NOBODY
from lvo.units import LVO
from tests.helpers import event_args, reverts
from tests.merkle import Tree, leaf
from tests.streams import DATA, DELAY, List

ONE_WEI = 1


@pytest.fixture
def chain(chain):
    """What a proof leads to does not depend on the chain that computes it."""
    if chain.name == "ganache":
        pytest.skip("the same code; the machines go through proofs on both")
    return chain


@pytest.fixture
def crowd(chain):
    """Eleven accounts: leaves at two depths."""
    return [chain.actor(f"number {number}") for number in range(11)]


def active(ledger, operator, rows, total=None):
    """A list whose root is active; unless told otherwise the operator tells the truth about its sum."""
    made = List(ledger, rows)
    propose(ledger, operator, made.tree.root, sum(rows.values()) if total is None else total)
    return made


def propose(ledger, operator, root, total):
    ledger.send("propose", root, total, DATA, sender=operator)
    ledger.send("cancelClaims", sender=operator, at=ledger.chain.time + DELAY)


@pytest.fixture
def listed(ledger, operator, crowd):
    """Everyone of the crowd is given another amount."""
    return active(ledger, operator, {account: (row + 1) * LVO for row, account in enumerate(crowd)})


def paid_out(ledger, token):
    """What has left a ledger of 1,000 LVO, in wei."""
    return 1_000 * LVO - token.view("balanceOf", ledger.address)


# Proofs


def test_inner_node_is_no_leaf(ledger, token, listed, outsider):
    """Second preimage: the 64 bytes below a node, passed as account and amount with the rest of a proof."""
    nodes = listed.tree.nodes
    for index in range(len(nodes) // 2):
        left, right = sorted(nodes[2 * index + 1 : 2 * index + 3])
        assert keccak(left + right) == nodes[index]
        proof, position = [], index
        while position:
            proof.append(nodes[position - 1 if position % 2 == 0 else position + 1])
            position = (position - 1) // 2
        for first, second in ((left, right), (right, left)):
            args = ("0x" + first[-20:].hex(), int.from_bytes(second, "big"), proof)
            assert ledger.try_send("claim", *args, sender=outsider).error.name == "RewardLedger_RootNotActive"
            # A proof that goes on to the root from the node itself proves no leaf either.
            batch = ledger.try_send("claimMany", [args[:2]], [nodes[index], *proof], [False] * 5, sender=outsider)
            assert batch.error.name == "RewardLedger_RootNotActive"
    assert paid_out(ledger, token) == 0


def test_root_that_is_a_leaf_elsewhere_proves_nothing_more(ledger, token, operator, bob, outsider):
    """The operator proposes an inner node of an honest tree: only what is below it can be claimed."""
    honest = List(ledger, {bob: 5 * LVO, outsider: 7 * LVO, operator: 9 * LVO, NOBODY: 11 * LVO})
    half = honest.tree.nodes[1]
    below = {account for account in honest.rows if half in _way(honest, account)}
    propose(ledger, operator, half, sum(honest.rows[account] for account in below))
    for account in (bob, outsider, operator):
        receipt = ledger.try_send("claim", account, honest.rows[account], honest.proof(account), sender=outsider)
        assert receipt.error.name == "RewardLedger_RootNotActive"
        shorter = honest.proof(account)[:-1]
        assert (ledger.try_send("claim", account, honest.rows[account], shorter, sender=outsider).error is None) == (
            account in below
        )


def _way(made, account):
    """The nodes from a leaf up, without the root."""
    way = [made.leaf(account)]
    for sibling in made.proof(account):
        way.append(keccak(min(way[-1], sibling) + max(way[-1], sibling)))
    return way[:-1]


def test_proof_that_was_damaged_pays_nobody(ledger, token, listed, crowd, outsider):
    for account in crowd:
        proof, amount = listed.proof(account), listed.rows[account]
        damaged = [
            [],
            proof[:-1],
            proof[1:],
            [*proof, listed.tree.root],
            [*proof, bytes(32)],
            [listed.leaf(account), *proof],
            proof[::-1],
            [bytes(32), *proof[1:]],
            [listed.tree.root],
        ]
        for attempt in damaged:
            if attempt != proof:
                receipt = ledger.try_send("claim", account, amount, attempt, sender=outsider)
                assert receipt.error.name == "RewardLedger_RootNotActive"
        for changed in (amount + 1, amount - 1, 2**256 - 1, 0):
            receipt = ledger.try_send("claim", account, changed, proof, sender=outsider)
            assert receipt.error.name == "RewardLedger_RootNotActive"
    assert paid_out(ledger, token) == 0


def test_tree_of_one_leaf_is_its_root(ledger, token, operator, bob, carol, outsider):
    made = active(ledger, operator, {bob: 5 * LVO})
    assert made.tree.root == made.leaf(bob)
    reverts(
        ledger.try_send("claim", carol, 5 * LVO, [], sender=outsider),
        *("RewardLedger_RootNotActive", leaf(ledger.address, ledger.chain.chain_id, carol, 5 * LVO), 0),
    )
    ledger.send("claimMany", [(bob, 5 * LVO)], [], [], sender=outsider)
    reverts(
        ledger.try_send("claim", bob, 5 * LVO, [], sender=outsider),
        *("RewardLedger_NothingDue", bob, 5 * LVO, 5 * LVO),
    )
    assert token.view("balanceOf", bob) == 5 * LVO


# Multiproofs


def flip(flags):
    return [not flag for flag in flags]


DAMAGE = {
    "no proof": lambda rows, proof, flags: (rows, [], flags),
    "a node less": lambda rows, proof, flags: (rows, proof[:-1], flags),
    "a node more": lambda rows, proof, flags: (rows, [*proof, bytes(32)], flags),
    "a flag less": lambda rows, proof, flags: (rows, proof, flags[:-1]),
    "a false flag more": lambda rows, proof, flags: (rows, proof, [*flags, False]),
    "a true flag more": lambda rows, proof, flags: (rows, proof, [*flags, True]),
    "a node and a flag less": lambda rows, proof, flags: (rows, proof[:-1], flags[:-1]),
    "a node and a flag more": lambda rows, proof, flags: (rows, [*proof, bytes(32)], [*flags, False]),
    "flags upside down": lambda rows, proof, flags: (rows, proof, flip(flags)),
    "all true": lambda rows, proof, flags: (rows, proof, [True] * len(flags)),
    "all false": lambda rows, proof, flags: (rows, proof, [False] * len(flags)),
    "another order": lambda rows, proof, flags: (rows[::-1], proof, flags),
    "a row less": lambda rows, proof, flags: (rows[:-1], proof, flags),
    "a row twice": lambda rows, proof, flags: ([rows[0], *rows], proof, flags),
    "a row twice with a flag": lambda rows, proof, flags: ([rows[0], *rows], proof, [True, *flags]),
    "a row of nobody": lambda rows, proof, flags: ([(NOBODY, 2**256 - 1), *rows], proof, [*flags, True]),
    "a wei more": lambda rows, proof, flags: ([(rows[0][0], rows[0][1] + 1), *rows[1:]], proof, flags),
    "accounts swapped": lambda rows, proof, flags: (
        [(rows[1][0], rows[0][1]), (rows[0][0], rows[1][1]), *rows[2:]], proof, flags,
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_multiproof_that_was_damaged_pays_nobody(ledger, token, listed, crowd, outsider, damage):
    for chosen in (crowd[:3], crowd[2:9:2], crowd):
        sound = listed.many(*chosen)
        batch = DAMAGE[damage](*sound)
        if batch == sound:
            continue
        receipt = ledger.try_send("claimMany", *batch, sender=outsider)
        assert receipt.error.name == "RewardLedger_RootNotActive", chosen
    assert paid_out(ledger, token) == 0


def test_root_itself_proves_no_batch(ledger, token, listed, crowd, outsider):
    """Advisory of OpenZeppelin's multiproofs: no leaves, and the root as the proof."""
    root = listed.tree.root
    reverts(ledger.try_send("claimMany", [], [root], [], sender=outsider), "RewardLedger_BatchEmpty")
    for rows in ([(crowd[0], ONE_WEI)], [(crowd[0], ONE_WEI), (crowd[1], ONE_WEI)]):
        for flags in ([], [False], [True], [True, False], [False, True], [True, True, True]):
            receipt = ledger.try_send("claimMany", rows, [root], flags, sender=outsider)
            assert receipt.error.name == "RewardLedger_RootNotActive"
    assert paid_out(ledger, token) == 0


def test_zero_node_below_the_root_proves_nothing(ledger, token, operator, bob, outsider):
    """CVE-2023-34459: a tree with a node of zeros at depth 1, and a queue that hands out zeros that nobody wrote."""
    honest = leaf(ledger.address, ledger.chain.chain_id, bob, 5 * LVO)
    propose(ledger, operator, keccak(bytes(32) + honest), 5 * LVO)
    fake = (outsider, 900 * LVO)
    batches = (
        ([fake], [honest], [False, False]),
        ([fake, fake], [honest], [False, True, True]),
        ([fake], [honest, bytes(32)], [False, False]),
        ([fake, fake], [honest], [True, False]),
        ([fake] * 3, [honest], [True, True, False]),
    )
    for batch in batches:
        receipt = ledger.try_send("claimMany", *batch, sender=outsider)
        assert receipt.error.name == "RewardLedger_RootNotActive"
    ledger.send("claim", bob, 5 * LVO, [bytes(32)], sender=outsider)
    assert paid_out(ledger, token) == 5 * LVO


# Lists that lie


def test_account_that_is_listed_twice_is_paid_the_larger_amount_once(ledger, token, operator, bob, carol, outsider):
    leaves = [
        leaf(ledger.address, ledger.chain.chain_id, *row)
        for row in ((bob, 30 * LVO), (bob, 50 * LVO), (bob, 50 * LVO), (carol, 20 * LVO))
    ]
    tree = Tree.of(leaves)
    propose(ledger, operator, tree.root, 150 * LVO)
    rows = {leaves[0]: (bob, 30 * LVO), leaves[1]: (bob, 50 * LVO), leaves[3]: (carol, 20 * LVO)}
    ordered, proof, flags = tree.multiproof([leaves[0], leaves[1], leaves[3]])
    ledger.send("claimMany", [rows[node] for node in ordered], proof, flags, sender=outsider)
    again = ledger.try_send("claim", bob, 50 * LVO, tree.proof(leaves[1]), sender=outsider)
    reverts(again, "RewardLedger_NothingDue", bob, 50 * LVO, 50 * LVO)
    assert token.view("balanceOf", bob) == ledger.view("paid", bob) == 50 * LVO
    assert token.view("balanceOf", carol) == 20 * LVO


def test_same_leaf_twice_in_a_batch_is_paid_once(ledger, token, operator, bob, carol, outsider):
    """Two equal leaves side by side: both are proven, one is due."""
    row = leaf(ledger.address, ledger.chain.chain_id, bob, 50 * LVO)
    other = leaf(ledger.address, ledger.chain.chain_id, carol, 20 * LVO)
    pair = keccak(row + row)
    propose(ledger, operator, keccak(min(pair, other) + max(pair, other)), 120 * LVO)
    receipt = ledger.send("claimMany", [(bob, 50 * LVO)] * 2, [other], [True, False], sender=outsider)
    assert event_args(receipt, "ClaimSkipped") == [(bob,)]
    assert event_args(receipt, "ClaimedMany") == [(1,)]
    assert token.view("balanceOf", bob) == 50 * LVO


def test_list_that_falls_blocks_nobody_and_takes_nothing_back(ledger, token, operator, bob, carol, outsider):
    first = active(ledger, operator, {bob: 100 * LVO, carol: 100 * LVO})
    ledger.send("claim", bob, 100 * LVO, first.proof(bob), sender=bob)
    second = active(ledger, operator, {bob: 40 * LVO, carol: 40 * LVO}, 200 * LVO)
    third = active(ledger, operator, {bob: 120 * LVO, carol: 120 * LVO}, 240 * LVO)
    falls = ledger.try_send("claim", bob, 40 * LVO, second.proof(bob), sender=bob)
    reverts(falls, "RewardLedger_NothingDue", bob, 40 * LVO, 100 * LVO)
    ledger.send("claim", bob, 120 * LVO, third.proof(bob), sender=bob)
    # Whoever slept through all of it still has what the first list gave, and the rest.
    ledger.send("claim", carol, 40 * LVO, second.proof(carol), sender=carol)
    ledger.send("claim", carol, 100 * LVO, first.proof(carol), sender=carol)
    ledger.send("claim", carol, 120 * LVO, third.proof(carol), sender=carol)
    assert token.view("balanceOf", bob) == token.view("balanceOf", carol) == 120 * LVO


def test_new_root_takes_nothing_from_who_has_not_claimed(ledger, token, paying, operator, bob, outsider):
    """Also one that leaves the account out altogether."""
    other = active(ledger, operator, {outsider: 1_000 * LVO}, 1_000 * LVO)
    assert ledger.view("total") == 1_000 * LVO
    ledger.send("claim", bob, 100 * LVO, paying.proof(bob), sender=outsider)
    assert token.view("balanceOf", bob) == 100 * LVO
    # Both lists together promise more than there is: the second is a lie, and pays no more than is left.
    late = ledger.try_send("claim", outsider, 1_000 * LVO, other.proof(outsider), sender=outsider)
    reverts(late, "ERC20InsufficientBalance", ledger.address, 900 * LVO, 1_000 * LVO)


def test_list_that_promises_too_much_drains_its_own_stream_only(
    chain, ledger, token, terms, operator, alice, bob, carol, outsider
):
    """INV-RWD-1, against the worst operator with a guardian who sleeps."""
    neighbour = chain.deploy("RewardLedger", tuple(terms), sender=alice)
    token.send("approve", neighbour.address, 500 * LVO, sender=alice)
    neighbour.send("fund", 500 * LVO, sender=alice)
    lie = active(ledger, operator, {bob: 2**255, carol: 600 * LVO, outsider: 600 * LVO, operator: 400 * LVO}, 1)
    huge = ledger.try_send("claim", bob, 2**255, lie.proof(bob), sender=bob)
    reverts(huge, "ERC20InsufficientBalance", ledger.address, 1_000 * LVO, 2**255)
    rows, proof, flags = lie.many(bob, carol, outsider, operator)
    receipt = ledger.send("claimMany", rows, proof, flags, sender=outsider)
    paid = sum(amount for _, _, amount in event_args(receipt, "Transfer"))
    skipped = {account for (account,) in event_args(receipt, "ClaimSkipped")}
    assert bob in skipped
    assert paid == sum(amount for account, amount in rows if account not in skipped) <= 1_000 * LVO
    assert token.view("balanceOf", ledger.address) == 1_000 * LVO - paid
    assert token.view("balanceOf", neighbour.address) == neighbour.view("funded") == 500 * LVO


def test_list_of_another_stream_or_chain_is_worthless(chain, ledger, token, terms, operator, alice, bob, carol):
    """The very same root is active in both ledgers, and each pays only what names it."""
    neighbour = chain.deploy("RewardLedger", tuple(terms), sender=alice)
    token.send("approve", neighbour.address, 500 * LVO, sender=alice)
    neighbour.send("fund", 500 * LVO, sender=alice)
    mine, theirs, elsewhere = (
        leaf(ledger.address, chain.chain_id, bob, 5 * LVO),
        leaf(neighbour.address, chain.chain_id, bob, 7 * LVO),
        leaf(ledger.address, chain.chain_id + 1, carol, 9 * LVO),
    )
    tree = Tree.of([mine, theirs, elsewhere])
    for stream in (ledger, neighbour):
        propose(stream, operator, tree.root, 30 * LVO)
    for stream, account, amount, node in (
        (ledger, bob, 7, theirs),
        (neighbour, bob, 5, mine),
        (ledger, carol, 9, elsewhere),
        (neighbour, carol, 9, elsewhere),
    ):
        receipt = stream.try_send("claim", account, amount * LVO, tree.proof(node), sender=bob)
        assert receipt.error.name == "RewardLedger_RootNotActive"
    ledger.send("claim", bob, 5 * LVO, tree.proof(mine), sender=bob)
    neighbour.send("claim", bob, 7 * LVO, tree.proof(theirs), sender=bob)
    assert token.view("balanceOf", bob) == 12 * LVO


def test_batch_with_bad_rows_pays_all_the_others(ledger, token, operator, crowd, outsider):
    bad = {NOBODY: 3 * LVO, token.address: 5 * LVO, outsider: 2**256 - 1, ledger.address: 2 * LVO}
    rows = dict.fromkeys(crowd, LVO) | bad
    made = active(ledger, operator, rows, 500 * LVO)
    early = crowd[3]
    ledger.send("claim", early, LVO, made.proof(early), sender=early)
    receipt = ledger.send("claimMany", *made.many(*rows), sender=outsider)
    assert {account for (account,) in event_args(receipt, "ClaimSkipped")} == {NOBODY, token.address, outsider, early}
    assert [token.view("balanceOf", account) for account in crowd] == [LVO] * len(crowd)
    # What a list gives the ledger itself stays in it.
    assert paid_out(ledger, token) == len(crowd) * LVO
