"""Compares a distribution on a chain with its plan, to the wei, and describes both for the report.

Pure: it is given what was read from the chain at one block, and reads nothing itself.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from lvo.curve import Schedule
from lvo.plan import BUCKETS, Bucket, Grant, Plan, batches, earlier_salts, shift
from lvo.units import DECIMALS, SUPPLY, format_lvo

KINDS = ("pool", "personal", "revocable", "revoked")
"""``IGenesisDistribution.Kind`` in its order."""
REPORT_SCHEMA = "live-video/distribution-report/1"


@dataclass(frozen=True)
class GrantState:
    """A grant as the contract stores it; amounts in wei, times in Unix seconds."""

    id: int
    beneficiary: str
    total: int
    released: int
    schedule: Schedule
    parent: int
    bucket: int
    kind: str

    def vested(self, time: int) -> int:
        """Return what has vested of it at a time, in wei."""
        return self.schedule.vested(self.total, time)


@dataclass(frozen=True)
class Created:
    """A ``GrantCreated`` event."""

    id: int
    parent: int
    beneficiary: str
    amount: int
    schedule: Schedule
    kind: str


@dataclass(frozen=True)
class Split:
    """A ``PoolSplit`` event and the grants that were created by the same call."""

    pool: int
    salt: int
    pieces: tuple[Created, ...]
    transaction: str


@dataclass(frozen=True)
class Books:
    """What ``proveBuckets`` says of a bucket, in wei."""

    share: int
    allotted: int
    paid: int
    owed: int


@dataclass(frozen=True)
class ChainState:
    """Everything that was read, at one block."""

    chain_id: int
    block: int
    time: int
    client: str
    distribution: str
    token: str
    token_name: str
    token_symbol: str
    token_decimals: int
    total_supply: int
    balance: int
    """What the distribution holds, in wei."""
    unlocked: int
    """What the contract says the six curves have unlocked, in wei."""
    books: tuple[Books, ...]
    grants: tuple[GrantState, ...]
    created: tuple[Created, ...]
    splits: tuple[Split, ...]
    released: tuple[tuple[int, str, int], ...]
    """``Released`` events: grant, account, wei."""
    paid_out: tuple[tuple[str, int], ...]
    """``Transfer`` events of the token from the distribution: account, wei."""
    handed_on: tuple[tuple[int, str], ...]
    """``BeneficiaryChanged`` events in their order: grant, new beneficiary."""


@dataclass(frozen=True)
class Record:
    """What was noted when a plan was deployed."""

    plan_hash: str
    genesis: int
    distribution: str
    token: str


@dataclass(frozen=True)
class Check:
    """One comparison; both sides as text."""

    name: str
    ok: bool
    expected: str
    actual: str


def describe_time(time: int) -> str:
    """Write Unix seconds as ISO 8601, UTC."""
    return datetime.fromtimestamp(time, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _equal(name: str, expected: object, actual: object) -> Check:
    return Check(name, expected == actual, str(expected), str(actual))


def _wei(name: str, expected: int, actual: int) -> Check:
    return Check(name, expected == actual, f"{format_lvo(expected)} LVO", f"{format_lvo(actual)} LVO")


def _describe(schedule: Schedule) -> str:
    start, cliff, end = (describe_time(time) for time in (schedule.start, schedule.cliff, schedule.end))
    return f"from {start} to {end}, cliff {cliff}, {schedule.initial_bps} bps at once"


def reconcile(plan: Plan, record: Record, state: ChainState) -> list[Check]:
    """Compare everything the plan says with everything the chain says.

    Returns
    -------
    list[Check]
        In the order in which a reader would ask; the plan is on the chain exactly when all are ok.
    """
    checks = [
        Check(
            "the chain is one of the plan's",
            state.chain_id in plan.chains,
            " or ".join(map(str, plan.chains)),
            str(state.chain_id),
        ),
        _equal("it was deployed from this plan", plan.origin, record.plan_hash),
        _equal("the token is the distribution's own", record.token, state.token),
        _equal(
            "the token's name, symbol and decimals",
            f"LIVE VIDEO, LVO, {DECIMALS}",
            f"{state.token_name}, {state.token_symbol}, {state.token_decimals}",
        ),
        _wei("the supply", SUPPLY, state.total_supply),
    ]
    for bucket in plan.buckets:
        checks += _check_bucket(bucket, record, state)
    checks += _check_grants(plan, record, state)
    checks += _check_money(state)
    return checks


def _check_bucket(bucket: Bucket, record: Record, state: ChainState) -> list[Check]:
    facts = bucket.facts
    pool, books = state.grants[facts.id], state.books[facts.id]
    ceiling = shift(bucket.schedule, record.genesis).vested(facts.share, state.time)
    return [
        _wei(f"{facts.key}: the share", facts.share, books.share),
        _equal(
            f"{facts.key}: the schedule", _describe(shift(bucket.schedule, record.genesis)), _describe(pool.schedule)
        ),
        _equal(f"{facts.key}: the holder", bucket.holder.address, pool.beneficiary),
        _wei(f"{facts.key}: its grants sum to the share", facts.share, books.allotted),
        Check(
            f"{facts.key}: paid no more than the curve",
            books.paid <= ceiling,
            f"at most {format_lvo(ceiling)} LVO",
            f"{format_lvo(books.paid)} LVO",
        ),
    ]


def _as_planned(grant: Grant, piece: Created, record: Record) -> bool:
    planned = (grant.account, grant.amount, shift(grant.schedule, record.genesis), grant.kind)
    return planned == (piece.beneficiary, piece.amount, piece.schedule, piece.kind)


def match_grants(plan: Plan, record: Record, state: ChainState) -> dict[int, tuple[int, Grant]]:
    """Find which grant of the plan each grant of the chain is, by the salt of its batch and its place in it.

    Returns
    -------
    dict[int, tuple[int, Grant]]
        Bucket and planned grant by number on the chain; only those that were created exactly as planned.
    """
    splits = {(split.pool, split.salt): split for split in state.splits}
    matched: dict[int, tuple[int, Grant]] = {}
    for batch in batches(plan):
        split = splits.get((batch.bucket.facts.id, batch.salt))
        if split is not None and len(split.pieces) == len(batch.grants):
            matched |= {
                piece.id: (split.pool, grant)
                for grant, piece in zip(batch.grants, split.pieces, strict=True)
                if _as_planned(grant, piece, record)
            }
    return matched


def _check_grants(plan: Plan, record: Record, state: ChainState) -> list[Check]:
    planned = batches(plan)
    ours = {(batch.bucket.facts.id, batch.salt) for batch in planned}
    known = ours | earlier_salts(plan)
    made = [(split.pool, split.salt) for split in state.splits]
    # A grant of the plan that is a pool may be split further by its beneficiary: that is its own affair.
    foreign = [(pool, salt) for pool, salt in made if pool < len(BUCKETS) and (pool, salt) not in known]
    matched = match_grants(plan, record, state)
    created = {piece.id: piece for piece in state.created}
    beneficiaries = {piece.id: piece.beneficiary for piece in state.created} | dict(state.handed_on)
    altered = sum(
        grant.id not in created
        or grant.beneficiary != beneficiaries[grant.id]
        or not _is_intact(grant, created[grant.id])
        for grant in state.grants
    )
    checks = [
        _equal("batches of the plan on the chain", len(planned), len(ours.intersection(made))),
        _equal("splits of the six pools that are not the plan's", 0, len(foreign)),
    ]
    for bucket in plan.buckets:
        amounts = [grant.amount for pool, grant in matched.values() if pool == bucket.facts.id]
        name = f"{bucket.facts.key}: grants as planned"
        checks.append(
            Check(
                name,
                len(amounts) == len(bucket.grants) and sum(amounts) == bucket.granted,
                f"{len(bucket.grants):,} of {format_lvo(bucket.granted)} LVO",
                f"{len(amounts):,} of {format_lvo(sum(amounts))} LVO",
            )
        )
    checks.append(_equal("grants stored otherwise than their events say", 0, altered))
    return checks


def _is_intact(grant: GrantState, created: Created) -> bool:
    """Whether a grant is what was created: a pool may have shrunk, a revocable grant may have been stopped."""
    if (grant.schedule, grant.parent) != (created.schedule, created.parent):
        return False
    if grant.kind == "pool":
        return created.kind == "pool" and grant.total <= created.amount
    if grant.kind == "revoked":
        return created.kind == "revocable" and grant.total == 0
    return grant.kind == created.kind and grant.total == created.amount


def _check_money(state: ChainState) -> list[Check]:
    stored = [sum(grant.total for grant in state.grants), sum(grant.released for grant in state.grants)]
    allotted, paid, owed = (sum(getattr(books, name) for books in state.books) for name in ("allotted", "paid", "owed"))
    by_events: Counter[str] = Counter()
    for _, account, amount in state.released:
        by_events[account] += amount
    by_transfers: Counter[str] = Counter()
    for account, amount in state.paid_out:
        by_transfers[account] += amount
    differing = sum(by_events[account] != by_transfers[account] for account in by_events | by_transfers)
    ahead = sum(grant.released > grant.vested(state.time) for grant in state.grants)
    curves = sum(grant.schedule.vested(BUCKETS[grant.id].share, state.time) for grant in state.grants[: len(BUCKETS)])
    return [
        _equal("grants created, by events, and stored", len(state.created), len(state.grants)),
        _wei("the promises of all grants sum to the supply", SUPPLY, stored[0]),
        _wei("the contract's own sum of promises", stored[0], allotted),
        _wei("the contract's own sum of payments", stored[1], paid),
        _wei("payments by the distribution's events", paid, sum(by_events.values())),
        _wei("payments by the token's transfers", paid, sum(by_transfers.values())),
        _equal("accounts that were paid anything else than was released to them", 0, differing),
        _equal("grants that were paid more than has vested", 0, ahead),
        Check(
            "the balance covers what is owed",
            state.balance >= owed,
            f"at least {format_lvo(owed)} LVO",
            f"{format_lvo(state.balance)} LVO",
        ),
        _wei("what the six curves have unlocked", curves, state.unlocked),
    ]


# ------------------------------------------------------------------------------------------------- the report


def _times(schedule: Schedule) -> dict[str, int]:
    return {
        "start": schedule.start,
        "cliff": schedule.cliff,
        "end": schedule.end,
        "initialBps": schedule.initial_bps,
    }


def _sum(amounts: Iterable[int]) -> str:
    return str(sum(amounts))


def distribution_report(
    plan: Plan, record: Record, state: ChainState, checks: list[Check], gas: dict[str, int]
) -> dict[str, Any]:
    """Describe a distribution as ``reports/distribution.json`` has it: amounts as decimal text of wei, times in Unix
    seconds.

    Parameters
    ----------
    gas
        ``deploy`` and ``split`` in gas, ``transactions`` as their number.
    """
    sources = {
        id: f"{grant.place.file}:{grant.place.line}" for id, (_, grant) in match_grants(plan, record, state).items()
    }
    return {
        "schema": REPORT_SCHEMA,
        "chain": {"id": state.chain_id, "block": state.block, "time": state.time, "client": state.client},
        "plan": {"name": plan.name, "hash": plan.hash, "file": plan.file},
        "contracts": {"distribution": state.distribution, "token": state.token},
        "token": {
            "name": state.token_name,
            "symbol": state.token_symbol,
            "decimals": state.token_decimals,
            "totalSupply": str(state.total_supply),
        },
        "buckets": [_bucket_report(bucket, state) for bucket in plan.buckets],
        "grants": [
            {
                "id": grant.id,
                "bucket": grant.bucket,
                "parent": grant.parent,
                "beneficiary": grant.beneficiary,
                "amount": str(grant.total),
                "released": str(grant.released),
                "releasable": str(grant.vested(state.time) - grant.released),
                "schedule": _times(grant.schedule),
                "kind": grant.kind,
                "source": sources.get(grant.id, ""),
            }
            for grant in state.grants[len(BUCKETS) :]
        ],
        "refused": [
            {
                "file": row.place.file,
                "line": row.place.line,
                "account": row.account,
                "amount": str(row.amount),
                "reason": row.reason,
            }
            for row in plan.refused
        ],
        "verify": {
            "ok": all(check.ok for check in checks),
            "checks": [
                {"name": check.name, "ok": check.ok, "expected": check.expected, "actual": check.actual}
                for check in checks
            ],
        },
        "gas": gas,
    }


def _bucket_report(bucket: Bucket, state: ChainState) -> dict[str, Any]:
    facts, pool = bucket.facts, state.grants[bucket.facts.id]
    inside = [grant for grant in state.grants if grant.bucket == facts.id]
    pieces = [grant for grant in inside if grant.id != facts.id]
    return {
        "id": facts.id,
        "key": facts.key,
        "name": facts.name,
        "purpose": facts.purpose,
        "shareBps": facts.share_bps,
        "share": str(state.books[facts.id].share),
        "beneficiary": pool.beneficiary,
        "holder": bucket.holder.kind,
        "schedule": _times(pool.schedule),
        "grants": len(pieces),
        "total": str(pool.total),
        "split": _sum(grant.total for grant in pieces),
        "vested": _sum(grant.vested(state.time) for grant in inside),
        "released": str(state.books[facts.id].paid),
        "releasable": _sum(grant.vested(state.time) - grant.released for grant in inside),
    }
