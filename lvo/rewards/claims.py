"""What an account needs to claim, and what an operator needs to push many claims."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lvo.merkle import MultiProof, StandardMerkleTree, verify
from lvo.rewards.entitlements import LEAF_TYPES, Entitlements
from lvo.rewards.rows import RewardsError, read_account

ROWS_PER_PUSH = 200
"""Claims that go in one transaction: some 10,000,000 gas to fresh accounts, under the cap of 16,777,216."""


@dataclass(frozen=True)
class Claim:
    """A claim that was checked against the root beside it.

    Attributes
    ----------
    ledger, account
        Addresses, lower case.
    cumulative
        Everything the account was ever given, in wei.
    proof
        Siblings up to the root, 0x-hexadecimal.
    root
        The root, 0x-hexadecimal.
    """

    ledger: str
    chain_id: int
    epoch: int
    account: str
    cumulative: int
    proof: list[str]
    root: str


def find_claim(shard: Path, account: str) -> Claim:
    """Take the claim of an account from a shard and check its proof.

    Raises
    ------
    RewardsError
        If the file is no shard, the account is not in it, or the proof does not lead to the root.
    """
    try:
        wanted = "0x" + read_account(account).hex()
    except ValueError as error:
        raise RewardsError(f"{account}: {error}") from None
    try:
        document: dict[str, Any] = json.loads(shard.read_bytes())
        entry = document["accounts"].get(wanted)
        if entry is None:
            raise RewardsError(
                f"{wanted} is not in {shard.name}. The shard of an account is named by its first digits after 0x; if "
                "it is the right one, the account was given nothing."
            )
        claim = Claim(
            str(document["ledger"]),
            int(document["chainId"]),
            int(document["epoch"]),
            wanted,
            int(entry["cumulative"]),
            [str(node) for node in entry["proof"]],
            str(document["root"]),
        )
        nodes = [bytes.fromhex(node[2:]) for node in claim.proof]
        leaf = (claim.ledger, claim.chain_id, claim.account, claim.cumulative)
        sound = verify(bytes.fromhex(claim.root[2:]), LEAF_TYPES, leaf, nodes)
    except OSError as error:
        raise RewardsError(f"{shard} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RewardsError(f"{shard} is not a shard of proofs, or damaged: fetch it again") from None
    if not sound:
        raise RewardsError(f"{shard}: the proof of {wanted} does not lead to the root beside it: fetch the file again")
    return claim


@dataclass(frozen=True)
class Push:
    """One transaction of claims: the arguments of ``claimMany``.

    Attributes
    ----------
    entitlements
        Account and cumulative wei, in the order that the proof needs.
    proof, flags
        See :class:`lvo.merkle.MultiProof`; nodes as 0x-hexadecimal.
    """

    entitlements: list[tuple[str, int]]
    proof: list[str]
    flags: list[bool]


def push_batches(
    entitlements: Entitlements, tree: StandardMerkleTree, rows: Iterable[int], size: int = ROWS_PER_PUSH
) -> Iterator[Push]:
    """Yield batches of claims.

    Rows that are neighbours in the tree go together, because they share most of their proofs.

    Parameters
    ----------
    entitlements
        Who gets what.
    tree
        Their tree.
    rows
        Indices of the rows to claim.
    size
        Rows in a batch, at most.
    """
    ordered = sorted(rows, key=tree.position, reverse=True)
    for first in range(0, len(ordered), size):
        yield _push(tree.get_multi_proof(ordered[first : first + size]))


def _push(proof: MultiProof) -> Push:
    entitlements = []
    for _, _, account, cumulative in proof.leaves:
        assert isinstance(account, bytes)
        assert isinstance(cumulative, int)
        entitlements.append(("0x" + account.hex(), cumulative))
    return Push(entitlements, ["0x" + node.hex() for node in proof.proof], list(proof.flags))
