"""The receipts tree: one tree for each campaign's receipts, and one over the campaigns, whose root AdLedger is told.

Both are OpenZeppelin StandardMerkleTrees. An advertiser checks its campaign with its own receipts alone, and campaigns
are hashed one by one, so memory is that of the largest campaign and machines can divide them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lvo.attention.journal import Journal
from lvo.attention.pipeline import Line
from lvo.merkle import Leaf, StandardMerkleTree

RECEIPT_TYPES = ("bytes32", "address", "address", "uint24", "uint64", "bytes32")
"""A receipt: campaign, publisher, viewer, epoch, units, context hash, as it was signed."""
CAMPAIGN_TYPES = ("bytes32", "uint24", "uint64", "uint64", "bytes32")
"""A campaign: id, epoch, units of its line, how many receipts, root of their tree."""


@dataclass(frozen=True)
class Branch:
    """A campaign's tree, in short.

    Attributes
    ----------
    campaign
        Its place.
    receipts
        How many.
    root
        32 bytes.
    """

    campaign: int
    receipts: int
    root: bytes


def receipt_leaf(journal: Journal, epoch: int, row: tuple[int, int, int, int, bytes]) -> Leaf:
    """Return the leaf of (campaign, viewer, publisher, units, context)."""
    campaign, viewer, publisher, units, context = row
    return (
        journal.campaigns[campaign].id,
        journal.publishers[publisher],
        journal.viewers[viewer],
        epoch,
        units,
        context,
    )


def campaign_tree(leaves: Sequence[Leaf]) -> StandardMerkleTree:
    """Return the tree of a campaign's receipts."""
    return StandardMerkleTree.of(leaves, RECEIPT_TYPES)


def branches(journal: Journal, epoch: int, rows: Iterable[tuple[int, int, int, int, bytes]]) -> list[Branch]:
    """Hash the receipts of all campaigns, given by rising campaign."""
    found: list[Branch] = []
    current, leaves = -1, list[Leaf]()

    def end() -> None:
        if leaves:
            found.append(Branch(current, len(leaves), campaign_tree(leaves).root))

    for row in rows:
        if row[0] != current:
            end()
            current, leaves = row[0], []
        leaves.append(receipt_leaf(journal, epoch, row))
    end()
    return found


def epoch_tree(
    journal: Journal, epoch: int, lines: Iterable[Line], found: Iterable[Branch]
) -> StandardMerkleTree | None:
    """Return the tree over campaigns, or None if no receipt counts. A campaign without a line has zero units."""
    units = {line.campaign: line.units for line in lines}
    leaves: list[Leaf] = [
        (journal.campaigns[each.campaign].id, epoch, units.get(each.campaign, 0), each.receipts, each.root)
        for each in found
    ]
    return StandardMerkleTree.of(leaves, CAMPAIGN_TYPES) if leaves else None
