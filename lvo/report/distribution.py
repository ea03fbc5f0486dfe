"""The report of a genesis distribution: where every LVO went, how it unlocks, and whether chain and plan agree."""

from collections.abc import Mapping
from typing import Any

from lvo.curve import Schedule
from lvo.report.charts import (
    NARROW,
    WIDE,
    Band,
    Slice,
    describe,
    donut,
    genesis,
    horizon,
    monthly,
    progress,
    sample,
    stacked_curve,
)
from lvo.report.page import count_word, embed, page, percent, short
from lvo.units import MONTH, WHOLE

SCHEMA = "live-video/distribution-report/1"
"""The shape of the input that this version draws."""

KINDS = ("pool", "personal", "revocable", "revoked")
"""What may be done with a grant, in the order of the contract's ``Kind``."""


def render(report: Mapping[str, Any]) -> str:
    """Draw a distribution report as one HTML file that needs no network.

    Parameters
    ----------
    report
        A report of the schema ``live-video/distribution-report/1``: amounts are decimal strings of wei, times
        integers of Unix seconds, shares integers of basis points. Nothing in it is trusted: every string is escaped.

    Returns
    -------
    str
        The page, ending in a line break; the same bytes for the same report.

    Raises
    ------
    ValueError
        If the report has another schema, no buckets, an amount that is not a decimal string of wei, a grant of
        an unknown bucket or kind; the message names the place.
    KeyError
        If a field is missing.
    """
    if report["schema"] != SCHEMA:
        raise ValueError(f"schema {report['schema']!r} is not {SCHEMA!r}")
    if not report["buckets"]:
        raise ValueError("buckets: there are none")
    now = int(report["chain"]["time"])
    supply = _wei(report["token"]["totalSupply"], "token.totalSupply")
    bands = [
        Band(bucket["name"], index % 6, _wei(bucket["share"], f"buckets[{index}].share"), _schedule(bucket["schedule"]))
        for index, bucket in enumerate(report["buckets"])
    ]
    buckets = [
        _bucket(bucket, band, index, now, bands)
        for index, (bucket, band) in enumerate(zip(report["buckets"], bands, strict=True))
    ]
    months = horizon(bands)
    samples = monthly(bands, months)
    today = sample(bands, now)
    sums = {
        name: sum(bucket[name] for bucket in buckets)
        for name in ("share", "total", "split", "vested", "released", "releasable")
    }
    grants = _grants(report["grants"], {bucket["id"]: index for index, bucket in enumerate(report["buckets"])}, bands)
    checks = report["verify"]["checks"]
    failed = [check for check in checks if not check["ok"]]
    return page(
        "distribution.html",
        {
            "title": f"{report['token']['name']}: where every {report['token']['symbol']} begins",
            "chain": report["chain"],
            "network": _network(int(report["chain"]["id"])),
            "plan": report["plan"],
            "contracts": report["contracts"],
            "token": report["token"],
            "gas": report["gas"],
            "supply": supply,
            "buckets": buckets,
            "sums": sums,
            "now": now,
            "genesis": genesis(bands),
            "month_now": (now - genesis(bands)) // MONTH,
            "unlocked": today.total,
            "today": today,
            "samples": samples,
            "months": months,
            "checks": checks,
            "failed": failed,
            # Green only if something was checked, nothing differs, and the verifier itself says so.
            "verified": bool(report["verify"]["ok"] and checks and not failed),
            "grant_count": len(report["grants"]),
            "account_count": len(grants["accounts"]),
            "refused_count": len(report["refused"]),
            "pie": donut(
                [Slice(band.name, band.colour, band.total) for band in bands],
                "Allocation of the supply to the buckets",
                (short(supply), f"{report['token']['symbol']}, {count_word(len(bands))} buckets"),
                "pie",
            ),
            "curves": [
                stacked_curve(bands, now, "What the buckets unlock over time, stacked", frame, prefix)
                for frame, prefix in ((WIDE, "wide"), (NARROW, "narrow"))
            ],
            "data": embed(
                {
                    "buckets": [[bucket["id"], bucket["name"]] for bucket in report["buckets"]],
                    "kinds": KINDS,
                    "grants": grants,
                    "refused": _refused(report["refused"]),
                    "today": (now - genesis(bands)) * 1000 // MONTH,
                    "curve": [[point.time, *map(str, point.values)] for point in (*samples, today)],
                    "totals": [str(band.total) for band in bands],
                }
            ),
        },
        ("distribution.js",),
    )


def _wei(text: object, place: str) -> int:
    if isinstance(text, str) and text.isascii() and text.isdigit():
        return int(text)
    raise ValueError(f"{place}: {text!r} is not a decimal string of wei")


def _schedule(fields: Mapping[str, Any]) -> Schedule:
    return Schedule(int(fields["start"]), int(fields["cliff"]), int(fields["end"]), int(fields["initialBps"]))


def _network(chain: int) -> str:
    known = {1: "Ethereum", 11155111: "Sepolia", 17000: "Holesky", 560048: "Hoodi", 1337: "a local chain"}
    return known.get(chain, f"chain {chain}")


def _bucket(bucket: Mapping[str, Any], band: Band, index: int, now: int, bands: list[Band]) -> dict[str, Any]:
    amounts = {
        name: _wei(bucket[name], f"buckets[{index}].{name}")
        for name in ("share", "total", "split", "vested", "released", "releasable")
    }
    limit = band.schedule.vested(band.total, now)
    label = (
        f"{band.name}: {percent(amounts['released'], band.total)} released, "
        f"{percent(amounts['releasable'], band.total)} releasable; the curve allows {percent(limit, band.total)}"
    )
    return {
        **amounts,
        "id": bucket["id"],
        "key": bucket["key"],
        "name": band.name,
        "purpose": bucket["purpose"],
        "beneficiary": bucket["beneficiary"],
        "holder": bucket["holder"],
        "grants": int(bucket["grants"]),
        "colour": band.colour,
        "share_percent": percent(int(bucket["shareBps"]), WHOLE, 2),
        "limit": limit,
        "schedule": describe(band.schedule, genesis(bands)),
        "bar": progress(band.colour, band.total, amounts["released"], amounts["releasable"], limit, label),
    }


class _Index:
    """Numbers values in the order they are first seen, so that each is written once."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}

    def __call__(self, value: Any) -> int:
        return self.numbers.setdefault(value, len(self.numbers))


def _grants(grants: list[Mapping[str, Any]], buckets: Mapping[int, int], bands: list[Band]) -> dict[str, Any]:
    accounts, files, schedules = _Index(), _Index(), _Index()
    rows = []
    for index, grant in enumerate(grants):
        if grant["bucket"] not in buckets:
            raise ValueError(f"grants[{index}].bucket: there is no bucket {grant['bucket']!r}")
        if grant["kind"] not in KINDS:
            raise ValueError(f"grants[{index}].kind: {grant['kind']!r} is not one of {', '.join(KINDS)}")
        amounts = [str(_wei(grant[name], f"grants[{index}].{name}")) for name in ("amount", "released", "releasable")]
        file, line = _source(grant["source"])
        rows.append(
            [
                int(grant["id"]),
                buckets[grant["bucket"]],
                int(grant["parent"]),
                accounts(grant["beneficiary"]),
                *amounts,
                schedules(_schedule(grant["schedule"])),
                KINDS.index(grant["kind"]),
                files(file),
                line,
            ]
        )
    return {
        "accounts": list(accounts.numbers),
        "files": list(files.numbers),
        "schedules": [
            [schedule.start, schedule.end, describe(schedule, genesis(bands))] for schedule in schedules.numbers
        ],
        "rows": rows,
    }


def _source(source: str) -> tuple[str, int]:
    """Split ``file:line``; a source without a line has line 0."""
    file, colon, line = source.rpartition(":")
    return (file, int(line)) if colon and line.isascii() and line.isdigit() and len(line) < 10 else (source, 0)


def _refused(rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    files, reasons = _Index(), _Index()
    return {
        "rows": [
            [files(row["file"]), int(row["line"]), str(row["account"]), str(row["amount"]), reasons(row["reason"])]
            for row in rows
        ],
        "files": list(files.numbers),
        "reasons": list(reasons.numbers),
    }
