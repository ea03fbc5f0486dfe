"""The plan of what an abandoned plan has not done, and the list of what it has."""

import csv
import io
from typing import Any

import yaml

from lvo.curve import Schedule
from lvo.plan.batching import Batch
from lvo.plan.model import Plan

COLUMNS = ("account", "amount", "start", "cliff", "end", "initial", "kind")


def rest_files(plan: Plan, done: list[Batch], left: list[Batch]) -> dict[str, bytes]:
    """Write the plan of the rest: grants as they were planned, times as seconds after the same genesis.

    It continues the abandoned plan: it names the batches that were done, so that it is carried out only where these are
    on the chain, and those that were left, whose salts it takes over, so that nothing can be granted by both.

    Returns
    -------
    dict[str, bytes]
        Contents by file name: ``plan.yaml`` and a CSV for each bucket with grants left.
    """
    files: dict[str, bytes] = {}
    buckets: dict[str, Any] = {}
    for bucket in plan.buckets:
        grants = [grant for batch in left if batch.bucket == bucket for grant in batch.grants]
        entry: dict[str, Any] = {
            "share": f"{bucket.facts.share_bps} bps",
            "schedule": dict(zip(("start", "cliff", "end", "initial"), _words(bucket.schedule), strict=True)),
            "holder": {"kind": bucket.holder.kind, "address": bucket.holder.address},
        }
        if bucket.holder.kind != "ledger":
            entry["grants"] = []
        if grants:
            name = f"{bucket.facts.key}.csv"
            entry["grants"] = [{"file": name, "unit": "wei", "columns": {column: column for column in COLUMNS}}]
            files[name] = _csv(
                COLUMNS, [(each.account, each.amount, *_words(each.schedule), each.kind) for each in grants]
            )
        buckets[bucket.facts.key] = entry
    document: dict[str, Any] = {
        "name": plan.name,
        "chains": list(plan.chains),
        "genesis": plan.genesis.at if plan.genesis.delay is None else f"deployment + {plan.genesis.delay} seconds",
        "continues": [
            *({"plan": each.plan, "done": _numbers(each.done), "left": _numbers(each.left)} for each in plan.continues),
            {"plan": plan.hash, "done": _numbers(_named(done)), "left": _numbers(_named(left))},
        ],
        **(
            {}
            if plan.reviewers is None
            else {"reviewers": {"needed": plan.reviewers.needed, "accounts": list(plan.reviewers.accounts)}}
        ),
        "buckets": buckets,
    }
    return {"plan.yaml": yaml.safe_dump(document, sort_keys=False).encode(), **files}


def account_of(done: list[tuple[Batch, str]], left: list[Batch]) -> bytes:
    """List every grant of a plan as CSV, in wei and seconds after the genesis, with what became of it.

    Parameters
    ----------
    done
        Batches that are on the chain, with the hash of the transaction that did it.
    """
    rows: list[tuple[Any, ...]] = []
    for batch, transaction in [*done, *((batch, "") for batch in left)]:
        for grant in batch.grants:
            times = (grant.schedule.start, grant.schedule.cliff, grant.schedule.end, grant.schedule.initial_bps)
            state = "granted" if transaction else "not granted"
            name = batch.bucket.facts.key
            rows.append((name, batch.number + 1, grant.account, grant.amount, *times, grant.kind, state, transaction))
    head = ("bucket", "batch", "account", "wei", "start", "cliff", "end", "initial_bps", "kind", "state", "transaction")
    return _csv(head, rows)


def _words(schedule: Schedule) -> tuple[str, str, str, str]:
    return (
        f"{schedule.start} seconds",
        f"{schedule.cliff} seconds",
        f"{schedule.end} seconds",
        f"{schedule.initial_bps} bps",
    )


def _named(batches: list[Batch]) -> tuple[tuple[str, int], ...]:
    return tuple((batch.bucket.facts.key, batch.number) for batch in batches)


def _numbers(batches: tuple[tuple[str, int], ...]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for key, number in batches:
        numbers.setdefault(key, []).append(number + 1)
    return numbers


def _csv(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode()
