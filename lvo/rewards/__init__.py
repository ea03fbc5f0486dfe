"""Reward lists: from a table of accounts and amounts to a root that RewardLedger takes, and to files that prove it.

An *order* says which table is paid by which ledger in which epoch. `build` turns it into a folder that anyone can check
with `verify`, a static web host can serve, and an account can claim from.
"""

from lvo.rewards.claims import Claim, Push, find_claim, push_batches
from lvo.rewards.entitlements import LEAF_TYPES, Entitlements
from lvo.rewards.epoch import Epoch
from lvo.rewards.folder import build, read_entitlements, read_manifest, verify
from lvo.rewards.manifest import Manifest
from lvo.rewards.order import Order, read_order
from lvo.rewards.rows import RewardsError

__all__ = [
    "LEAF_TYPES",
    "Claim",
    "Entitlements",
    "Epoch",
    "Manifest",
    "Order",
    "Push",
    "RewardsError",
    "build",
    "find_claim",
    "push_batches",
    "read_entitlements",
    "read_manifest",
    "read_order",
    "verify",
]
