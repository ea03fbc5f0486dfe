"""A plan that was read and found sound, its canonical form and its hash."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from eth_utils.crypto import keccak

from lvo.curve import Schedule
from lvo.plan.mistakes import Place
from lvo.units import MONTH, SUPPLY, WHOLE, Bps, Timestamp, Wei

SCHEMA = "live-video/distribution-plan/1"
PIECES_PER_BATCH = 275
"""Grants in one transaction. Measured on Ganache (Shanghai), a full batch of the dearest pieces, whose accounts and
amounts have no zero byte, uses 14,770,248 gas; the cap of one transaction (EIP-7825) is 16,777,216."""
MAX_GRANTS = 2**40
"""Grants that ``GenesisDistribution`` can number, its six buckets among them."""
HOLDER_KINDS = ("account", "multisig", "timelock", "ledger")
GRANT_KINDS = ("pool", "personal", "revocable")
"""In the order of ``IGenesisDistribution.Kind``."""


@dataclass(frozen=True)
class BucketFacts:
    """What is published about a bucket; its share is a constant of the contract."""

    id: int
    key: str
    name: str
    purpose: str
    share_bps: Bps
    default: Schedule
    """Seconds after the genesis; a plan may say otherwise."""

    @property
    def share(self) -> Wei:
        """The share of the supply in wei, exact."""
        return Wei(SUPPLY * self.share_bps // WHOLE)


def _facts(id: int, key: str, name: str, purpose: str, percent: int, initial: int, cliff: int, end: int) -> BucketFacts:
    return BucketFacts(
        id, key, name, purpose, Bps(100 * percent), Schedule(0, cliff * MONTH, end * MONTH, 100 * initial)
    )


BUCKETS = (
    _facts(0, "foundation", "Foundation", "ecosystem building, supervision", 20, 5, 0, 48),
    _facts(1, "team", "Founding team", "team incentive", 15, 0, 12, 48),
    _facts(2, "application", "Application construction", "building applications", 20, 10, 0, 48),
    _facts(3, "promotion", "Global promotion", "rewards by period, region, volume and node standard", 15, 5, 0, 36),
    _facts(4, "cornerstone", "Cornerstone investment", "early institutions", 15, 0, 6, 30),
    _facts(5, "exchange", "Exchange ecology", "trading incentives", 15, 20, 0, 24),
)
"""The six buckets in the order of the contract."""


@dataclass(frozen=True)
class Genesis:
    """When the curves begin: at a time, or a while after the deployment.

    Attributes
    ----------
    at
        Unix seconds; None if it depends on the deployment.
    delay
        Seconds after the deployment; None if the time is fixed.
    """

    at: Timestamp | None
    delay: int | None

    def after(self, deployment: int) -> Timestamp:
        """Return the genesis of a distribution that is deployed at this time, Unix seconds."""
        return Timestamp(deployment + self.delay) if self.delay is not None else Timestamp(self.at or 0)


def shift(schedule: Schedule, seconds: int) -> Schedule:
    """Move a schedule in time: from seconds after the genesis to Unix seconds, and back."""
    return Schedule(schedule.start + seconds, schedule.cliff + seconds, schedule.end + seconds, schedule.initial_bps)


@dataclass(frozen=True)
class Grant:
    """A grant that will be split off its bucket; the schedule in seconds after the genesis."""

    account: str
    amount: Wei
    schedule: Schedule
    kind: str
    place: Place


@dataclass(frozen=True)
class Refused:
    """A row that is faster than its pool, which the contract would refuse: listed, never executed."""

    account: str
    amount: Wei
    schedule: Schedule
    reason: str
    place: Place


@dataclass(frozen=True)
class Holder:
    """The beneficiary of a bucket and what it is."""

    kind: str
    address: str


@dataclass(frozen=True)
class Bucket:
    """A bucket as the plan has it; the schedule in seconds after the genesis."""

    facts: BucketFacts
    schedule: Schedule
    holder: Holder
    grants: tuple[Grant, ...]
    refused: tuple[Refused, ...]

    @property
    def granted(self) -> Wei:
        """The sum of its grants, in wei."""
        return Wei(sum(grant.amount for grant in self.grants))


@dataclass(frozen=True)
class Reviewers:
    """Who must have signed the plan's hash before it is carried out on a live chain."""

    needed: int
    accounts: tuple[str, ...]


@dataclass(frozen=True)
class Continued:
    """A plan that was abandoned: bucket and number, from 0, of each batch that it had done, and that it had left."""

    plan: str
    done: tuple[tuple[str, int], ...]
    left: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Plan:
    """Everything that is to be distributed, and how."""

    name: str
    chains: tuple[int, ...]
    genesis: Genesis
    buckets: tuple[Bucket, ...]
    file: str
    reviewers: Reviewers | None = None
    continues: tuple[Continued, ...] = ()
    """Abandoned plans whose rest this is, the oldest first."""

    @cached_property
    def canonical(self) -> bytes:
        """The plan as canonical JSON: ASCII, sorted keys, no blanks, amounts as decimal text of wei.

        It holds what is executed and what was refused, not where it was written, so a comment or a moved line changes
        nothing.
        """
        document: dict[str, object] = {
            "schema": SCHEMA,
            "name": self.name,
            "chains": sorted(self.chains),
            "genesis": {"at": self.genesis.at, "delay": self.genesis.delay},
            "piecesPerBatch": PIECES_PER_BATCH,
            "buckets": [
                {
                    "key": bucket.facts.key,
                    "shareBps": bucket.facts.share_bps,
                    "schedule": _times(bucket.schedule),
                    "holder": {"kind": bucket.holder.kind, "address": bucket.holder.address},
                    "grants": [
                        [grant.account, str(grant.amount), *_times(grant.schedule), grant.kind]
                        for grant in bucket.grants
                    ],
                    "refused": [[row.account, str(row.amount), *_times(row.schedule)] for row in bucket.refused],
                }
                for bucket in self.buckets
            ],
        }
        if self.reviewers is not None:
            document["reviewers"] = {"needed": self.reviewers.needed, "accounts": list(self.reviewers.accounts)}
        if self.continues:
            document["continues"] = [
                [each.plan, [list(batch) for batch in each.done], [list(batch) for batch in each.left]]
                for each in self.continues
            ]
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii") + b"\n"

    @cached_property
    def hash(self) -> str:
        """Keccak-256 of the canonical form, 0x and 64 digits; its batches are known by it on the chain."""
        return "0x" + keccak(self.canonical).hex()

    @property
    def origin(self) -> str:
        """The hash of the plan from which the distribution was deployed: its own, or that of the oldest abandoned."""
        return self.continues[0].plan if self.continues else self.hash

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the canonical form, as ``sha256sum`` prints it."""
        return hashlib.sha256(self.canonical).hexdigest()

    @property
    def grants(self) -> list[Grant]:
        """The grants of all buckets."""
        return [grant for bucket in self.buckets for grant in bucket.grants]

    @property
    def refused(self) -> list[Refused]:
        """The refused rows of all buckets."""
        return [row for bucket in self.buckets for row in bucket.refused]


def _times(schedule: Schedule) -> list[int]:
    return [schedule.start, schedule.cliff, schedule.end, schedule.initial_bps]
