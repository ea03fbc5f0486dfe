"""The report of reviewed submissions: what was judged, how everyone voted, and who got what and why."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from lvo.report.page import amount, page
from lvo.units import LVO

SCHEMA = "live-video/review-report/1"
"""The shape of the input that this version draws."""

WIDTH = 160
"""Of a bar to either side of its axis, in pixels."""


def render(report: Mapping[str, Any]) -> str:
    """Draw a review report as one HTML file that needs no network.

    Parameters
    ----------
    report
        A report of the schema ``live-video/review-report/1``: amounts are decimal strings of wei, times integers of
        Unix seconds. Nothing in it is trusted: every string is escaped.

    Returns
    -------
    str
        The page, ending in a line break; the same bytes for the same report.

    Raises
    ------
    ValueError
        If the report has another schema, no cases, an amount that is no integer, or lines that do not sum to zero.
    KeyError
        If a field is missing.
    """
    if report["schema"] != SCHEMA:
        raise ValueError(f"schema {report['schema']!r} is not {SCHEMA!r}")
    if not report["cases"]:
        raise ValueError("cases: there are none")
    names = report["names"]
    return page(
        "review.html",
        {
            "title": "LIVE VIDEO: who judged what, and who got what",
            "chain": report["chain"],
            "contract": report["contract"],
            "now": report["time"],
            "cases": [_case(case, index, names) for index, case in enumerate(report["cases"])],
        },
    )


def signed(wei: int) -> Markup:
    """Write wei for a table with its sign; nothing for zero."""
    if not wei:
        return Markup('<span class="faint">0</span>')
    return Markup("{}{}").format("+" if wei > 0 else "\N{MINUS SIGN}", amount(abs(wei)))


def _case(case: Mapping[str, Any], index: int, names: Mapping[str, str]) -> dict[str, Any]:
    lines = [dict(line) | {"amount": int(line["amount"])} for line in case["lines"]]
    if sum(line["amount"] for line in lines):
        raise ValueError(f"cases[{index}].lines: they do not sum to zero")
    people: dict[str, dict[str, Any]] = {}
    for line in lines:
        row = people.setdefault(
            line["who"], {"name": names.get(line["who"], line["who"]), "account": line["who"], "paid": 0, "got": 0}
        )
        row["paid" if line["amount"] < 0 else "got"] += line["amount"]
        why = line["why"] + (f" (round {line['round']})" if line["round"] else "")
        if line["amount"] > 0:
            row.setdefault("why", []).append((signed(line["amount"]), why))
    most = max(1, *(abs(row["paid"] + row["got"]) for row in people.values()))
    for row in people.values():
        net = row["paid"] + row["got"]
        row |= {"net": net, "bar": _bar(net, most), "why": row.get("why", [])}
    return {
        **{key: case[key] for key in ("title", "id", "content", "uri", "since", "outcome")},
        "anchor": f"case-{index + 1}",
        "author": names.get(case["author"], case["author"]),
        "stake": int(case["stake"]),
        "people": sorted(people.values(), key=lambda row: -row["net"]),
        "rounds": [_round(each, names) for each in case["rounds"]],
        "moved": sum(line["amount"] for line in lines if line["amount"] > 0),
        "signed": signed,
    }


def _round(each: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    seats = [
        {"name": names.get(seat["reviewer"], seat["reviewer"]), "vote": seat["vote"], "bid": int(seat["collateral"])}
        for seat in each["seats"]
    ]
    return {
        "payer": names.get(each["payer"], each["payer"]),
        "verdict": each["verdict"],
        "seats": seats,
        "yes": sum(seat["vote"] == "yes" for seat in seats),
        "no": sum(seat["vote"] == "no" for seat in seats),
    }


def _bar(net: int, most: int) -> Markup:
    """A bar to the right for a gain, to the left for a loss."""
    length = abs(net) * WIDTH // most
    start = WIDTH if net >= 0 else WIDTH - length
    return Markup(
        '<svg viewBox="0 0 {0} 12" width="{0}" height="12" role="img" aria-label="{1} LVO">'
        '<rect class="f{2}" x="{3}" y="1" width="{4}" height="10" rx="2"/></svg>'
    ).format(2 * WIDTH, net // LVO, 2 if net >= 0 else 4, start, length)
