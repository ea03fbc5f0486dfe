"""Content off chain: what a submission is known by, how votes are kept secret, and where a file comes from."""

from lvo.content.hashes import (
    NOTHING,
    Ballot,
    Submission,
    appeal_hash,
    ballot_hash,
    bid_hash,
    finding_hash,
    seal_hash,
    submission_hash,
    submission_id,
)

__all__ = [
    "NOTHING",
    "Ballot",
    "Submission",
    "appeal_hash",
    "ballot_hash",
    "bid_hash",
    "finding_hash",
    "seal_hash",
    "submission_hash",
    "submission_id",
]
