"""The plan of a distribution: who gets how much out of which bucket, when, and in which transactions."""

from lvo.plan.batching import Batch, batch_salt, batches
from lvo.plan.mistakes import Mistake, Place, PlanError
from lvo.plan.model import (
    BUCKETS,
    PIECES_PER_BATCH,
    Bucket,
    BucketFacts,
    Genesis,
    Grant,
    Holder,
    Plan,
    Refused,
    shift,
)
from lvo.plan.reader import read_plan

__all__ = [
    "BUCKETS",
    "PIECES_PER_BATCH",
    "Batch",
    "Bucket",
    "BucketFacts",
    "Genesis",
    "Grant",
    "Holder",
    "Mistake",
    "Place",
    "Plan",
    "PlanError",
    "Refused",
    "batch_salt",
    "batches",
    "read_plan",
    "shift",
]
