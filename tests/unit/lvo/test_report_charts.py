"""The charts of the reports: what they draw is what the integers say."""

import itertools
import math
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import lvo.report
from lvo.curve import Schedule
from lvo.report.charts import (
    CIRCLE,
    NARROW,
    WIDE,
    Band,
    Slice,
    arcs,
    describe,
    donut,
    genesis,
    horizon,
    monthly,
    progress,
    stacked_curve,
)
from lvo.report.page import count_word, day, grouped, percent, short
from lvo.report.page import lvo as lvo_text
from lvo.units import DAY, LVO, MONTH, SUPPLY

START = 1_772_323_200
SHARES = (2_000, 1_500, 2_000, 1_500, 1_500, 1_500)
CURVES = ((0, 48, 500), (12, 48, 0), (0, 48, 1_000), (0, 36, 500), (6, 30, 0), (0, 24, 2_000))
NBSP = "\N{NARROW NO-BREAK SPACE}"


def bands() -> list[Band]:
    return [
        Band(f"Bucket {i}", i, SUPPLY * bps // 10_000, Schedule(START, START + c * MONTH, START + e * MONTH, first))
        for i, (bps, (c, e, first)) in enumerate(zip(SHARES, CURVES, strict=True))
    ]


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def points(svg: str) -> list[list[tuple[float, float]]]:
    areas = [node for node in parse(svg).iter("polygon") if "area" in node.get("class", "")]
    return [[tuple(map(float, pair.split(","))) for pair in node.get("points", "").split()] for node in areas]


@pytest.mark.parametrize(
    "values", [[1], [0, 5, 0], list(SHARES), [1, 1, 1], [1] * 7, [10**27, 1], [3, 7, 11, 13, 17, 19], [SUPPLY // 3] * 3]
)
def test_arcs_sum_to_the_whole_turn(values: list[int]) -> None:
    drawn = arcs(values)
    assert sum(sweep for _, sweep in drawn) == CIRCLE
    assert drawn[0][0] == 0
    assert all(begin + sweep == after for (begin, sweep), (after, _) in itertools.pairwise(drawn))
    for value, (_, sweep) in zip(values, drawn, strict=True):
        assert abs(sweep * sum(values) - CIRCLE * value) <= sum(values)


def test_arcs_of_nothing_are_nothing() -> None:
    assert arcs([0, 0]) == [(0, 0), (0, 0)]
    assert arcs([]) == []


def test_donut_draws_each_slice_from_where_the_last_one_ended() -> None:
    drawn = donut([Slice(f"n{i}", i, share) for i, share in enumerate(SHARES)], "shares", ("1", "2"), "p")
    paths = [node.get("d", "") for node in parse(drawn).iter("path")]
    assert len(paths) == 6
    begins = [re.match(r"M(\S+) (\S+)A", path) for path in paths]
    ends = [re.search(r"1 (-?[\d.]+) (-?[\d.]+)L", path) for path in paths]
    assert [m.groups() for m in ends[:-1] if m] == [m.groups() for m in begins[1:] if m]
    assert begins[0] is not None
    assert begins[0].groups() == ("0.00", "-126.00")


def test_donut_of_one_slice_is_a_full_ring() -> None:
    (path,) = parse(donut([Slice("all", 0, 5)], "t", ("1", "2"), "p")).iter("path")
    assert path.get("d", "").count("A126") == 2


def test_donut_names_itself_and_its_slices_for_screen_readers() -> None:
    root = parse(donut([Slice("One", 0, 1), Slice("Two", 1, 3)], "Two parts", ("1", "2"), "x"))
    assert root.get("role") == "img"
    ids = (root.get("aria-labelledby") or "").split()
    texts = {node.get("id"): node.text for node in root.iter() if node.get("id")}
    assert [texts[i] for i in ids] == ["Two parts", f"One 25{NBSP}%; Two 75{NBSP}%"]


def test_monthly_equals_the_schedules_at_every_month() -> None:
    series = monthly(bands(), 48)
    assert [point.time for point in series] == [START + MONTH * count for count in range(49)]
    for point in series:
        assert point.values == tuple(band.schedule.vested(band.total, point.time) for band in bands())
    assert series[-1].total == SUPPLY
    assert series[0].total == SUPPLY * (100 + 200 + 75 + 300) // 10_000


@pytest.mark.parametrize("frame", [WIDE, NARROW])
def test_stacked_curve_draws_the_schedules(frame) -> None:  # type: ignore[no-untyped-def]
    areas = points(stacked_curve(bands(), START, "curve", frame, "w"))
    down, across = frame.height - frame.top - frame.bottom, frame.width - frame.left - frame.right
    assert len(areas) == 6
    for count in range(49):
        at = START + MONTH * count
        x = frame.left + across * count / 48
        height = 0
        for band, area in zip(bands(), areas, strict=True):
            height += band.schedule.vested(band.total, at)
            roof = area[: len(area) // 2]
            y = frame.top + down - down * height / SUPPLY
            # Where a cliff makes a step, two points stand at the same place: the step's top is the later one.
            drawn = [py for px, py in roof if abs(px - x) < 0.11]
            assert drawn
            assert min(abs(value - y) for value in drawn) < 0.11


def test_stacked_curve_steps_at_a_cliff() -> None:
    areas = points(stacked_curve(bands(), START, "curve", WIDE, "w"))
    x = WIDE.left + (WIDE.width - WIDE.left - WIDE.right) * 12 / 48
    roof = areas[1][: len(areas[1]) // 2]
    step = [y for px, y in roof if abs(px - x) < 0.11]
    assert max(step) - min(step) > 10


@pytest.mark.parametrize(("now", "marked"), [(-1, False), (0, True), (48 * MONTH, True), (48 * MONTH + 1, False)])
def test_stacked_curve_marks_today_only_within_the_chart(now: int, marked: bool) -> None:
    assert ('class="today"' in stacked_curve(bands(), START + now, "curve", WIDE, "w")) is marked


def test_stacked_curve_marks_today_where_it_is() -> None:
    (line,) = re.findall(
        r'class="today">.*?<line x1="([\d.]+)"', stacked_curve(bands(), START + 12 * MONTH, "c", WIDE, "w")
    )
    assert float(line) == pytest.approx(WIDE.left + (WIDE.width - WIDE.left - WIDE.right) / 4, abs=0.1)


def test_horizon_reaches_the_last_end_within_bounds() -> None:
    one = Band("b", 0, 1, Schedule(START, START, START + 60 * MONTH + 1, 0))
    assert horizon(bands()) == 48
    assert horizon([*bands(), one]) == 61
    assert horizon([Band("b", 0, 1, Schedule(START, START, START + 2**32 - 1, 0))]) == 1_200
    assert genesis([one]) == START


@pytest.mark.parametrize("months", [1, 24, 48, 49, 96, 120, 999, 1_200])
def test_stacked_curve_labels_at_most_nine_months(months: int) -> None:
    one = Band("b", 0, SUPPLY, Schedule(START, START, START + months * MONTH, 0))
    for frame, most in ((WIDE, 9), (NARROW, 5)):
        ticks = stacked_curve([one], START, "curve", frame, "w").count('class="tick"')
        assert 3 <= ticks <= most


def test_progress_draws_paid_due_and_limit() -> None:
    root = parse(progress(3, 1_000, 250, 100, 500, "a < b"))
    widths = [node.get("width") for node in root.iter("rect")]
    assert widths == ["120", "42", "30"]
    assert [node.get("x1") for node in root.iter("line")] == ["60"]
    assert root.get("aria-label") == "a < b"


def test_progress_of_an_empty_bucket_is_empty() -> None:
    assert [node.get("width") for node in parse(progress(0, 0, 0, 0, 0, "")).iter("rect")] == ["120", "0", "0"]


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Schedule(START, START, START + 48 * MONTH, 500), f"5{NBSP}% at start, then linear to month 48"),
        (
            Schedule(START, START + 12 * MONTH, START + 48 * MONTH, 0),
            "nothing before month 12, then linear to month 48",
        ),
        (
            Schedule(START, START + 6 * MONTH, START + 30 * MONTH, 2_025),
            f"nothing before month 6, 20.25{NBSP}% at month 6, then linear to month 30",
        ),
        (Schedule(START, START, START + 24 * MONTH, 0), "linear to month 24"),
        (Schedule(START, START + 6 * MONTH, START + 6 * MONTH, 0), "all at month 6"),
        (Schedule(START + DAY, START + DAY, START + 24 * MONTH, 0), "rising from 2 Mar 2026, then linear to month 24"),
    ],
)
def test_describe_says_a_schedule_in_words(schedule: Schedule, words: str) -> None:
    assert describe(schedule, START) == words


@pytest.mark.parametrize(
    ("amount", "long", "brief"),
    [
        (0, "0.00", "0"),
        (1, "<0.01", "<0.01"),
        (10**16, "0.01", "0.01"),
        (LVO, "1.00", "1"),
        (999 * LVO + 999 * 10**15, "999.99", "999.99"),
        (1_000 * LVO - 1, "999.99", "999.99"),
        (1_250 * LVO, "1,250.00", f"1.2{NBSP}k"),
        (225_674_946 * LVO, "225,674,946.00", f"225.6{NBSP}M"),
        (SUPPLY - 1, "999,999,999.99", f"999.9{NBSP}M"),
        (SUPPLY, "1,000,000,000.00", f"1{NBSP}bn"),
    ],
)
def test_amounts_are_rounded_down(amount: int, long: str, brief: str) -> None:
    assert lvo_text(amount) == long
    assert short(amount) == brief


def test_small_words() -> None:
    assert percent(1, 3, 2) == f"33.33{NBSP}%"
    assert percent(1, 1) == f"100{NBSP}%"
    assert percent(1, 0) == f"0{NBSP}%"
    assert day(0) == "1 Jan 1970"
    assert (count_word(6), count_word(12)) == ("six", "12")
    assert [grouped(text) for text in ("1234567", "0x12", "007", "", "\u0663")] == [
        "1,234,567",
        "0x12",
        "007",
        "",
        "\u0663",
    ]


# How colours look to people who lack one kind of cone: Machado, Oliveira, Fernandes 2009, severity 1, linear RGB.
SIGHT = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def lab(colour: str, sight: str) -> tuple[float, float, float]:
    """Return the CIE L*a*b* of an sRGB colour such as ``4477aa`` under a kind of sight."""
    raw = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in raw]
    r, g, b = (min(max(sum(m * c for m, c in zip(row, linear, strict=True)), 0), 1) for row in SIGHT[sight])
    x, y, z = (
        value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116
        for value in (
            (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
            0.2126 * r + 0.7152 * g + 0.0722 * b,
            (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", [0, 1])
def test_neighbouring_buckets_differ_for_every_kind_of_sight(theme: int, sight: str) -> None:
    css = (Path(next(iter(lvo.report.__path__))) / "templates" / "page.css").read_text(encoding="utf-8")
    colours = re.findall(r"--b\d: #([0-9a-f]{6})", css)[theme * 6 :][:6]
    assert len(colours) == 6
    for one, other in zip(colours, colours[1:] + colours[:1], strict=True):
        assert math.dist(lab(one, sight), lab(other, sight)) > 20
