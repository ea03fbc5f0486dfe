"""The transactions of a plan: which grants go together, and the salt by which the chain remembers each."""

from dataclasses import dataclass

from eth_utils.crypto import keccak

from lvo.plan.model import PIECES_PER_BATCH, Bucket, Grant, Plan

WORD = 256
"""Salts that share a storage word of the contract."""


@dataclass(frozen=True)
class Batch:
    """One call of ``split``.

    Attributes
    ----------
    bucket
        Whose pool is split.
    number
        Counted from 0 within the bucket.
    salt
        Works once on the pool, so the chain itself is the journal of what was sent.
    grants
        In the order of the plan.
    """

    bucket: Bucket
    number: int
    salt: int
    grants: tuple[Grant, ...]

    @property
    def amount(self) -> int:
        """The sum of its grants, in wei."""
        return sum(grant.amount for grant in self.grants)


def batch_salt(plan_hash: str, number: int) -> int:
    """Return the salt of a batch: the plan's hash with the number in its lowest 8 bits.

    The first 256 batches of a bucket share one storage word of the contract, which saves 17,100 gas a batch. Each
    further 256 take the Keccak-256 of the plan's hash and of their group's number, 1 onwards, 32 bytes each, instead.

    Parameters
    ----------
    plan_hash
        0x and 64 hexadecimal digits.
    number
        Of the batch within its bucket, from 0.
    """
    group, low = divmod(number, WORD)
    base = bytes.fromhex(plan_hash[2:])
    if group:
        base = keccak(base + group.to_bytes(32, "big"))
    return int.from_bytes(base[:-1] + bytes([low]), "big")


def batches(plan: Plan) -> list[Batch]:
    """Return the batches of all buckets, at most `PIECES_PER_BATCH` grants each, in the order they are sent."""
    return [
        Batch(bucket, number, batch_salt(plan.hash, number), bucket.grants[first : first + PIECES_PER_BATCH])
        for bucket in plan.buckets
        for number, first in enumerate(range(0, len(bucket.grants), PIECES_PER_BATCH))
    ]
