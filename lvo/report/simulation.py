"""The report of the simulated market of reviews: errors, yields, delays and the cost of corruption against terms."""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from lvo.report.charts import Line, lines
from lvo.report.page import page, percent
from lvo.units import DAY, LVO, WHOLE

SCHEMA = "live-video/review-simulation/1"
"""The shape of the input that this version draws."""

_ATTACKED = ("cartel", "chest", "bribe")
"""Sweeps in which somebody wants to turn verdicts."""
_NARROW = "\N{NARROW NO-BREAK SPACE}"


def render(report: Mapping[str, Any]) -> str:
    """Draw a study of the market of reviews as one HTML file that needs no network.

    Parameters
    ----------
    report
        A document of the schema ``live-video/review-simulation/1``, as :func:`lvo.content.simulation.sweeps.study`
        makes it: amounts are decimal strings of wei, times integers of seconds, shares integers of basis points.
        Nothing in it is trusted: every string is escaped.

    Returns
    -------
    str
        The page, ending in a line break; the same bytes for the same report.

    Raises
    ------
    ValueError
        If the report has another schema, nothing that was varied, or an amount that is no integer.
    KeyError
        If a field is missing.
    """
    if report["schema"] != SCHEMA:
        raise ValueError(f"schema {report['schema']!r} is not {SCHEMA!r}")
    if not report["sweeps"] or not all(sweep["points"] for sweep in report["sweeps"]):
        raise ValueError("sweeps: nothing was varied")
    return page(
        "simulation.html",
        {
            "title": "LIVE VIDEO: the market of reviews, simulated",
            "submissions": int(report["submissions"]),
            "runs": int(report["runs"]),
            "checks": int(report["checks"]),
            "seed": int(report["seed"]),
            "seeds": int(report["seeds"]),
            "each": int(report["assumptions"]["submissions"]),
            "sweeps": [_sweep(sweep, index) for index, sweep in enumerate(report["sweeps"])],
            "compared": [
                {"name": row["name"], "scenes": [_cells(each["scene"], each) for each in row["scenes"]]}
                for row in report["compared"]
            ],
            "assumptions": {name: _assumption(value) for name, value in report["assumptions"].items()},
            "terms": {name: _assumption(value) for name, value in report["terms"].items()},
        },
    )


def hundredths(bps: int) -> str:
    """Write basis points in percent with at most one decimal, rounded towards zero, and a sign if negative."""
    return ("-" if bps < 0 else "") + percent(abs(bps), WHOLE)


def coins(wei: int) -> str:
    """Write wei as LVO with one decimal below a hundred and none above, rounded towards zero."""
    sign, wei = ("-" if wei < 0 else ""), abs(wei)
    tenths = wei * 10 // LVO
    return f"{sign}{tenths // 10:,}" + (f".{tenths % 10}" if tenths % 10 and tenths < 1_000 else "")


def days(seconds: int) -> str:
    """Write seconds as days with one decimal, rounded down."""
    tenths = seconds * 10 // DAY
    return f"{tenths // 10}.{tenths % 10}" + _NARROW + "d"


def _share(part: int, whole: int) -> int:
    """Return a share in basis points, rounded down; 0 of nothing."""
    return int(part) * WHOLE // int(whole) if whole else 0


def _label(value: int, unit: str) -> str:
    """Write a value of what is varied."""
    return {
        "bps": lambda: percent(value, WHOLE, 2),
        "hours": lambda: f"{value}{_NARROW}h",
        "times": lambda: f"\N{MULTIPLICATION SIGN}{_NARROW}{value}",
        "lvo": lambda: f"{value:,}",
        "count": lambda: f"{value:,}",
    }[unit]()


def _sweep(sweep: Mapping[str, Any], index: int) -> dict[str, Any]:
    points, unit, attacked = sweep["points"], str(sweep["unit"]), sweep["name"] in _ATTACKED
    places = [_label(int(point["value"]), unit) for point in points]
    values = [int(point["value"]) for point in points]
    marked = values.index(sweep["default"]) if sweep["default"] in values else -1

    def take(read: Callable[[Mapping[str, Any]], int]) -> tuple[int, ...]:
        return tuple(read(point) for point in points)

    def per_seat(kind: str) -> tuple[int, ...]:
        return take(lambda point: int(point["people"][kind]["net_each"]))

    charts: list[tuple[str, str, list[Line], Callable[[int], str]]] = [
        (
            "Errors",
            "wrong endings, bars from the best to the worst run; judged without a result, or not judged",
            [
                Line(
                    "wrong",
                    5,
                    take(lambda point: int(point["wrong_bps"])),
                    tuple((int(point["wrong_least"]), int(point["wrong_most"])) for point in points),
                ),
                Line("no result", 4, take(lambda point: int(point["open_bps"]))),
            ],
            hundredths,
        ),
        (
            "Who sits there",
            "seats of lazy and herding reviewers, and seats that revealed nothing",
            [
                Line("mindless", 0, take(lambda point: int(point["mindless_bps"]))),
                Line("no-shows", 4, take(lambda point: _share(point["no_shows"], point["seats"]))),
            ],
            hundredths,
        ),
        (
            "Yield",
            "LVO that a seat brings after effort",
            [
                Line("honest", 2, per_seat("honest")),
                Line("lazy", 0, per_seat("lazy")),
                Line("herding", 1, per_seat("herding")),
            ],
            coins,
        ),
        (
            "Time",
            "from submission to the end, mean and 95th of a hundred",
            [
                Line("mean", 2, take(lambda point: int(point["mean_seconds"]) * 10 // DAY)),
                Line("95 %", 3, take(lambda point: int(point["late_seconds"]) * 10 // DAY)),
            ],
            lambda tenths: days(tenths * DAY // 10),
        ),
    ]
    if attacked:
        charts.append(
            (
                "Corruption",
                "attacks that ended as wanted; the others end right or without a result",
                [
                    Line("as wanted", 5, take(lambda point: int(point["forced_bps"]))),
                ],
                hundredths,
            )
        )
        charts.append(
            (
                "Its cost",
                "LVO for each attack: what seats and bonds brought its hand, and what it paid in bribes",
                [
                    Line("seats, bonds", 0, take(lambda point: int(point["hand_each"]))),
                    Line("bribes", 3, take(lambda point: int(point["bribes_each"]))),
                ],
                coins,
            )
        )
    else:
        charts.append(
            (
                "Appeals",
                "for each submission, and those that found no seven reviewers",
                [
                    Line("appeals", 2, take(lambda point: _share(point["appeals"], point["submissions"]))),
                    Line("unfilled", 5, take(lambda point: _share(point["empty_appeals"], point["submissions"]))),
                ],
                hundredths,
            )
        )
        charts.append(
            (
                "Collateral",
                "LVO that a seat of a first, second and third panel locks; 0 where there was none",
                [
                    Line(name, colour, take(lambda point, place=place: int(point["collateral"][place])))  # type: ignore[misc]
                    for place, (name, colour) in enumerate((("first", 0), ("second", 1), ("third", 3)))
                ],
                coins,
            )
        )
    name = f"sweep{index}"
    return {
        "id": name,
        "title": sweep["title"],
        "lead": sweep["lead"],
        "attacked": attacked,
        "charts": [
            {
                "title": title,
                "note": note,
                "svg": lines(series, places, f"{title}: {sweep['title']}", write, f"{name}-{place}", marked),
            }
            for place, (title, note, series, write) in enumerate(charts)
        ],
        "rows": [
            {**_cells(label, point), "marked": place == marked}
            for place, (label, point) in enumerate(zip(places, points, strict=True))
        ],
    }


def _cells(label: str, point: Mapping[str, Any]) -> dict[str, Any]:
    """What a table says of a point."""
    people = point["people"]
    return {
        "label": label,
        "wrong": hundredths(int(point["wrong_bps"])),
        "range": Markup("{}\u2013{}").format(
            hundredths(int(point["wrong_least"])), hundredths(int(point["wrong_most"]))
        ),
        "open": hundredths(int(point["open_bps"])),
        "unreviewed": int(point["unreviewed"]),
        "mindless": hundredths(int(point["mindless_bps"])),
        "appeals": int(point["appeals"]),
        "empty": int(point["empty_appeals"]),
        "no_shows": percent(int(point["no_shows"]), int(point["seats"])),
        "locked": coins(int(point["collateral"][0])),
        "bids": percent(int(point["bids"]), 100 * int(point["submissions"])).removesuffix(_NARROW + "%"),
        "honest": coins(int(people["honest"]["net_each"])),
        "lazy": coins(int(people["lazy"]["net_each"])),
        "yearly": hundredths(int(people["honest"]["yield_bps"])),
        "mean": days(int(point["mean_seconds"])),
        "late": days(int(point["late_seconds"])),
        "author": coins(int(point["good_cost_each"])),
        "attacks": int(point["attacks"]),
        "forced": int(point["forced"]),
        "one": int(point["forced_one_panel"]),
        "hand": coins(int(point["hand_each"])),
        "bribes": coins(int(point["bribes_each"])),
        "days": f"{int(point['days_each']):,}",
    }


def _assumption(value: Any) -> str:
    """Write an assumption or a term as it is, amounts of a thousandth of an LVO and more as LVO."""
    if isinstance(value, list):
        return " to ".join(map(_assumption, value))
    if isinstance(value, str):
        return f"{coins(int(value))} LVO"
    return f"{int(value):,}"
