"""The report of a stream of tips: what was promised off chain, what was settled on chain, and that they agree."""

from collections.abc import Mapping
from typing import Any

from lvo.report.page import page

SCHEMA = "live-video/tips-report/1"
"""The shape of the input that this version draws."""


def render(report: Mapping[str, Any]) -> str:
    """Draw a report of tips as one HTML file that needs no network.

    Parameters
    ----------
    report
        A report of the schema ``live-video/tips-report/1``: amounts are decimal strings of wei, times integers of Unix
        seconds. Nothing in it is trusted: every string is escaped.

    Returns
    -------
    str
        The page; the same bytes for the same report.

    Raises
    ------
    ValueError
        If the report has another schema, or an amount is no integer.
    KeyError
        If a field is missing.
    """
    if report["schema"] != SCHEMA:
        raise ValueError(f"schema {report['schema']!r} is not {SCHEMA!r}")
    people = {
        kind: [
            {"account": row["account"], "tips": int(row["tips"]), **{name: int(row[name]) for name in names}}
            for row in report[kind]
        ]
        for kind, names in (("creators", ("promised", "paid")), ("viewers", ("deposited", "spent", "refunded")))
    }
    checks = list(report["checks"])
    gas = sum(int(row["gas"]) for row in report["transactions"])
    tips = int(report["tips"])
    return page(
        "tips.html",
        {
            "title": "LIVE VIDEO: a stream of tips, settled",
            "chain": report["chain"],
            "jar": report["jar"],
            "hub": report["hub"],
            "tips": tips,
            "milliseconds": int(report["milliseconds"]),
            "rate": tips * 1_000 // max(1, int(report["milliseconds"])),
            **people,
            "promised": sum(row["promised"] for row in people["creators"]),
            "paid": sum(row["paid"] for row in people["creators"]),
            "transactions": list(report["transactions"]),
            "gas": gas,
            "gas_per_tip": gas // max(1, tips),
            "direct": int(report["direct_gas"]) * tips,
            "settling": sum(1 for row in report["transactions"] if row["phase"] == "settle"),
            "checks": checks,
            "failed": [check for check in checks if not check["ok"]],
        },
    )
