"""Opens receipts of a published epoch and checks each from its signatures up to the root that AdLedger was told.

Who has the whole folder can `verify` it. Who has little time, or only openings that somebody sent, checks a sample: of
an epoch in which a share ``p`` of the receipts is bad, ``k`` random ones show it with probability ``1 - (1 - p)^k``.
"""

import csv
import io
import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from lvo.attention.epoch import read_rules
from lvo.attention.folder import INPUT, read_manifest, read_signed, signed_json
from lvo.attention.journal import AttentionError, Journal, read_journal, read_receipts
from lvo.attention.messages import MOST_UNITS, Domain, Receipt, SessionKey, Signed
from lvo.attention.order import Rules
from lvo.attention.signatures import Checker
from lvo.attention.tree import CAMPAIGN_TYPES, RECEIPT_TYPES, campaign_tree
from lvo.merkle import MerkleError, StandardMerkleTree, hash_leaf, keccak256, process_proof, verify
from lvo.rewards.manifest import Manifest


@dataclass(frozen=True)
class Opening:
    """A receipt, and what proves that it is in an epoch.

    Attributes
    ----------
    signed
        The receipt with both signatures.
    keys
        Session keys of its viewer and its publisher.
    proof
        Siblings up to the campaign's root, 32 bytes each.
    units, receipts
        What the campaign's leaf says beside it.
    campaign_proof
        Siblings from there up to the receipts root.
    """

    signed: Signed
    keys: tuple[SessionKey, ...]
    proof: tuple[bytes, ...]
    units: int
    receipts: int
    campaign_proof: tuple[bytes, ...]


def check_opening(opening: Opening, rules: Rules, root: bytes) -> list[str]:
    """Check an opening by itself; needs nothing of the folder.

    Parameters
    ----------
    opening
        What somebody sent.
    rules
        Ledger, chain and epoch that it should be of.
    root
        The receipts root that AdLedger was told, 32 bytes.

    Returns
    -------
    list
        What is wrong, in sentences; empty if nothing is.
    """
    receipt = opening.signed.receipt
    flaws = []
    try:
        leaf = (receipt.campaign, receipt.publisher, receipt.viewer, receipt.epoch, receipt.units, receipt.context)
        branch = process_proof(hash_leaf(RECEIPT_TYPES, leaf), opening.proof)
        above = (receipt.campaign, receipt.epoch, opening.units, opening.receipts, branch)
        if not verify(root, CAMPAIGN_TYPES, above, opening.campaign_proof):
            flaws.append("its proof does not lead to the receipts root")
    except MerkleError as error:
        flaws.append(f"its proof is no proof: {error}")
    if receipt.epoch != rules.epoch:
        flaws.append(f"it is of epoch {receipt.epoch}")
    if receipt.viewer == receipt.publisher:
        flaws.append("viewer and publisher are the same account")
    checker = Checker(Domain(rules.chain_id, rules.ledger), rules.epoch, opening.keys)
    if checker.flaw(receipt, opening.signed.signature, opening.signed.countersignature):
        flaws.append("a signature is not by whom it should be")
    return flaws


def opening_json(opening: Opening) -> bytes:
    """Write an opening, to send it."""
    document = {
        **json.loads(signed_json([opening.signed]))[0],
        "keys": [
            {
                "account": "0x" + key.account.hex(),
                "key": "0x" + key.key.hex(),
                "firstEpoch": key.first_epoch,
                "lastEpoch": key.last_epoch,
                "signature": "0x" + key.signature.hex(),
            }
            for key in opening.keys
        ],
        "proof": ["0x" + node.hex() for node in opening.proof],
        "lineUnits": opening.units,
        "lineReceipts": opening.receipts,
        "campaignProof": ["0x" + node.hex() for node in opening.campaign_proof],
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def read_opening(content: bytes) -> Opening:
    """Read what :func:`opening_json` wrote.

    Raises
    ------
    AttentionError
        If it is anything else.
    """

    def plain(text: str) -> bytes:
        return bytes.fromhex(text.removeprefix("0x"))

    try:
        document = json.loads(content)
        (signed,) = read_signed(json.dumps([document]).encode())
        return Opening(
            signed,
            tuple(
                SessionKey(
                    plain(key["account"]),
                    plain(key["key"]),
                    int(key["firstEpoch"]),
                    int(key["lastEpoch"]),
                    plain(key["signature"]),
                )
                for key in document["keys"]
            ),
            tuple(map(plain, document["proof"])),
            int(document["lineUnits"]),
            int(document["lineReceipts"]),
            tuple(map(plain, document["campaignProof"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, AttentionError):
        raise AttentionError("this is not an opening") from None


def draw(total: int, count: int, seed: bytes) -> list[int]:
    """Draw numbers below `total` from a seed that nobody could know beforehand, such as the hash of a later block.

    Number ``i`` is ``keccak256(seed || uint256(i))`` modulo `total`; each counts once.
    """
    drawn: dict[int, None] = {}
    i = 0
    while len(drawn) < min(count, total):
        drawn[int.from_bytes(keccak256(seed + i.to_bytes(32, "big")), "big") % total] = None
        i += 1
    return list(drawn)


def audit(folder: Path, count: int, seed: bytes) -> tuple[Manifest, list[tuple[Opening, list[str]]]]:
    """Open random receipts of a folder and check each.

    Parameters
    ----------
    folder
        As published.
    count
        How many; all if there are fewer.
    seed
        See :func:`draw`.

    Returns
    -------
    Manifest
        As published.
    list
        The openings, each with what is wrong with it.

    Raises
    ------
    AttentionError
        If the folder does not let its receipts be opened: its tree is not that of its root, or the receipts of a
        campaign do not give that campaign's root.
    """
    made = read_manifest(folder)
    rules = read_rules(made.document)
    root = bytes.fromhex(made.root[2:])
    tree = _epoch_tree(folder, root)
    if tree is None:
        return made, []
    journal = read_journal(folder / INPUT)
    places = {campaign.id: i for i, campaign in enumerate(journal.campaigns)}
    rows = [_campaign_row(value) for value in tree.values]
    ends = list(accumulate(row[2] for row in rows))
    wanted: dict[int, list[int]] = {}
    for number in draw(ends[-1], count, seed):
        row = bisect_right(ends, number)
        wanted.setdefault(row, []).append(number - (ends[row] - rows[row][2]))
    rejected = _rejected(folder)
    found = []
    for row, numbers in sorted(wanted.items()):
        campaign, units, receipts, branch = rows[row]
        if campaign not in places:
            raise AttentionError(f"campaign 0x{campaign.hex()} of the tree is not in the journal")
        signed = latest_receipts(journal, rules, places[campaign], rejected)
        leaves = [
            (r.campaign, r.publisher, r.viewer, r.epoch, r.units, r.context) for r in (each.receipt for each in signed)
        ]
        if len(leaves) != receipts or campaign_tree(leaves).root != branch:
            raise AttentionError(
                f"the {len(leaves)} receipts of campaign 0x{campaign.hex()} do not give the root of the {receipts} "
                "that were booked: verify the folder"
            )
        own = campaign_tree(leaves)
        for number in sorted(numbers):
            receipt = signed[number].receipt
            keys = tuple(key for key in journal.keys if key.account in (receipt.viewer, receipt.publisher))
            opening = Opening(
                signed[number], keys, tuple(own.get_proof(number)), units, receipts, tuple(tree.get_proof(row))
            )
            found.append((opening, check_opening(opening, rules, root)))
    return made, found


def _epoch_tree(folder: Path, root: bytes) -> StandardMerkleTree | None:
    if root == bytes(32):
        return None
    try:
        tree = StandardMerkleTree.load(json.loads((folder / "tree.json").read_bytes()))
    except (OSError, ValueError) as error:
        raise AttentionError(f"tree.json is missing or damaged: {error}") from None
    if tree.root != root or tree.types != CAMPAIGN_TYPES:
        raise AttentionError("tree.json is not the tree of the receipts root")
    return tree


def _campaign_row(value: Any) -> tuple[bytes, int, int, bytes]:
    campaign, _, units, receipts, branch = value
    return bytes.fromhex(campaign[2:]), int(units), int(receipts), bytes.fromhex(branch[2:])


def _rejected(folder: Path) -> set[tuple[str, ...]]:
    """Return the rejected receipts as they are listed, without their reasons."""
    try:
        rows = csv.reader(io.StringIO((folder / "rejects.csv").read_text()))
        return {tuple(row[:6]) for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error):
        raise AttentionError("rejects.csv is missing or damaged") from None


def latest_receipts(
    journal: Journal, rules: Rules, campaign: int, rejected: set[tuple[str, ...]] | frozenset[tuple[str, ...]]
) -> Sequence[Signed]:
    """Return the receipts of a campaign that count, by viewer and publisher, without an engine.

    Parameters
    ----------
    journal, rules
        As published.
    campaign
        Its place.
    rejected
        Receipts whose signatures are to be checked, as rejects.csv lists them; those of all others are trusted here.
    """
    import pyarrow.compute as pc

    terms = journal.campaigns[campaign]
    if not terms.start <= rules.epoch < terms.stop:
        return []
    checker: Checker | None = None
    best: dict[tuple[int, int], tuple[tuple[int, bytes, bytes, bytes], Signed]] = {}
    for path in journal.receipts:
        for batch in read_receipts(path):
            for row in batch.filter(pc.equal(batch.column("campaign"), campaign)).to_pylist():
                publisher, viewer, units = row["publisher"], row["viewer"], row["units"]
                if (
                    row["epoch"] != rules.epoch
                    or not 0 < units <= MOST_UNITS
                    or not 0 <= publisher < len(journal.publishers)
                    or not 0 <= viewer < len(journal.viewers)
                ):
                    continue
                receipt = Receipt(
                    terms.id,
                    journal.publishers[publisher],
                    journal.viewers[viewer],
                    row["epoch"],
                    units,
                    row["context"],
                )
                if receipt.publisher == receipt.viewer:
                    continue
                cells = (
                    terms.campaign,
                    "0x" + receipt.publisher.hex(),
                    "0x" + receipt.viewer.hex(),
                    str(receipt.epoch),
                    str(units),
                    "0x" + receipt.context.hex(),
                )
                if cells in rejected:
                    checker = checker or Checker(Domain(rules.chain_id, rules.ledger), rules.epoch, journal.keys)
                    if checker.flaw(receipt, row["signature"], row["countersignature"]):
                        continue
                signed = Signed(receipt, row["signature"], row["countersignature"])
                rank = (-units, receipt.context, signed.signature, signed.countersignature)
                place = (viewer, publisher)
                if place not in best or rank < best[place][0]:
                    best[place] = (rank, signed)
    return [signed for _, (_, signed) in sorted(best.items(), key=lambda item: item[0])]
