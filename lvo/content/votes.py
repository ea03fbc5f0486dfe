"""A vote that cannot be lost: its salt comes from a wallet's signature, its reasons travel masked with the commitment.

A wallet signs the same words the same way every time (RFC 6979), so the salt can be made again anywhere. The hash of
the reasons, exclusive-or a mask that follows from the salt, is appended to the calldata of the commitment, where the
contract does not look and the chain keeps it. Of the choice there are only two. So a key and the chain are enough to
reveal a vote, and nobody without the key learns anything from what the chain keeps.
"""

from typing import Any

from lvo.content.hashes import NOTHING, Ballot, ballot_hash, keccak256
from lvo.typed_data import review_message

CHOICES = {"yes": 1, "no": 2}
"""What a vote can be, by its word."""


def salt_message(chain_id: int, contract: str, submission: bytes, round: int, reviewer: str) -> dict[str, Any]:
    """Return the typed data whose signature is the source of the salt of a vote."""
    return review_message(
        "VoteSalt", chain_id, contract, submission=submission, round=round, reviewer=reviewer, use="Keep this secret"
    )


def seal_message(chain_id: int, contract: str, author: str, content_hash: bytes) -> dict[str, Any]:
    """Return the typed data whose signature is the source of the salt of an announced seal."""
    return review_message(
        "SealSalt", chain_id, contract, contentHash=content_hash, author=author, use="Keep this secret"
    )


def salt_of(signature: bytes) -> bytes:
    """Return the salt that follows from a signature: never the signature itself, which a reveal would publish."""
    return keccak256(b"LIVE VIDEO salt" + signature)


def masked(reasons: bytes, salt: bytes) -> bytes:
    """Hide the hash of the reasons by the salt, or show it again: the same operation."""
    mask = keccak256(b"LIVE VIDEO reasons" + salt)
    return bytes(a ^ b for a, b in zip(reasons, mask, strict=True))


def recover(
    commitment: bytes, note: bytes, salt: bytes, *, chain_id: int, contract: str, submission: bytes, round: int,
    reviewer: str, seat: int,
) -> Ballot | None:  # fmt: skip
    """Make a ballot again from what the chain keeps.

    Parameters
    ----------
    commitment
        What the seat committed to.
    note
        The masked hash of the reasons; empty if none was appended.
    salt
        Of the reviewer's wallet; see :func:`salt_of`.

    Returns
    -------
    Ballot
        That fits the commitment; None if this salt, these reasons and neither choice do.
    """
    candidates = [masked(note, salt)] if len(note) == len(NOTHING) else []
    for reasons in (*candidates, NOTHING):
        for choice in CHOICES.values():
            if ballot_hash(chain_id, contract, submission, round, reviewer, choice, reasons, salt) == commitment:
                return Ballot(seat, choice, reasons, salt)
    return None
