"""The transactions of a plan: which grants go together, and the salt by which the chain remembers each."""

from dataclasses import dataclass

from eth_utils.crypto import keccak

from lvo.plan.model import BUCKETS, PIECES_PER_BATCH, Bucket, Grant, Plan

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


def _salt(plan: Plan, level: int, key: str, number: int) -> int:
    """Return the salt of a batch of a plan, or of one of those that it continues, by its place among them.

    The batches of a rest take over the salts of those that were left, in their order, as far as these reach. So a batch
    of the abandoned plan that is sent after all, by whom and when ever, and the one that took its place cannot both
    happen.
    """
    if level:
        left = [old for bucket, old in plan.continues[level - 1].left if bucket == key]
        if number < len(left):
            return _salt(plan, level - 1, key, left[number])
    return batch_salt([*(each.plan for each in plan.continues), ""][level] or plan.hash, number)


def batches(plan: Plan) -> list[Batch]:
    """Return the batches of all buckets, at most `PIECES_PER_BATCH` grants each, in the order they are sent."""
    level = len(plan.continues)
    return [
        Batch(
            bucket,
            number,
            _salt(plan, level, bucket.facts.key, number),
            bucket.grants[first : first + PIECES_PER_BATCH],
        )
        for bucket in plan.buckets
        for number, first in enumerate(range(0, len(bucket.grants), PIECES_PER_BATCH))
    ]


def earlier_salts(plan: Plan) -> set[tuple[int, int]]:
    """Return the pools and salts of the batches that the plans which this one continues had done."""
    ids = {facts.key: facts.id for facts in BUCKETS}
    return {
        (ids[key], _salt(plan, level, key, number))
        for level, each in enumerate(plan.continues)
        for key, number in each.done
    }
