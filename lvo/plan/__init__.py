"""The plan of a distribution: who gets how much out of which bucket, when, and in which transactions."""

from lvo.plan.approval import Approvals, approval_message, read_approvals
from lvo.plan.batching import Batch, batch_salt, batches, earlier_salts
from lvo.plan.mistakes import Mistake, Place, PlanError
from lvo.plan.model import (
    BUCKETS,
    PIECES_PER_BATCH,
    Bucket,
    BucketFacts,
    Continued,
    Genesis,
    Grant,
    Holder,
    Plan,
    Refused,
    Reviewers,
    shift,
)
from lvo.plan.reader import read_plan
from lvo.plan.rest import account_of, rest_files

__all__ = [
    "BUCKETS",
    "PIECES_PER_BATCH",
    "Approvals",
    "Batch",
    "Bucket",
    "BucketFacts",
    "Continued",
    "Genesis",
    "Grant",
    "Holder",
    "Mistake",
    "Place",
    "Plan",
    "PlanError",
    "Refused",
    "Reviewers",
    "account_of",
    "approval_message",
    "batch_salt",
    "batches",
    "earlier_salts",
    "read_approvals",
    "read_plan",
    "rest_files",
    "shift",
]
