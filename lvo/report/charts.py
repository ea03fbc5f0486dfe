"""Charts as inline SVG: plain functions from integers to markup.

Values are integers and stay so; only positions on the paper are rounded, to a tenth or a hundredth of a unit. Colours
come from the page's classes ``f0`` to ``f5``, so a series looks the same in every chart, in light and in dark.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lvo.curve import Schedule
from lvo.report.page import day, month, percent, short
from lvo.units import MONTH, WHOLE

PLOT = (560, 270, 58, 104, 16, 34)
"""Width, height, and the margins left, right, top and bottom of a line chart, in SVG units."""
CIRCLE = 360_000
"""A full turn in thousandths of a degree."""


@dataclass(frozen=True)
class Slice:
    """One slice of a donut: its name, its colour (0 to 5), and its value in any unit that the slices share."""

    name: str
    colour: int
    value: int


@dataclass(frozen=True)
class Band:
    """One band of a stacked curve: its name, its colour (0 to 5), its total in wei and the schedule it unlocks by."""

    name: str
    colour: int
    total: int
    schedule: Schedule


@dataclass(frozen=True)
class Line:
    """One line of a chart: its name, its colour (0 to 5), a value for each place, and how far runs spread there.

    Attributes
    ----------
    values
        In any unit that the lines share.
    spread
        For each place the least and the most; empty: nothing is drawn.
    """

    name: str
    colour: int
    values: tuple[int, ...]
    spread: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Sample:
    """What each band has unlocked at a time.

    Attributes
    ----------
    time
        Unix seconds.
    values
        Wei, in the order of the bands.
    """

    time: int
    values: tuple[int, ...]

    @property
    def total(self) -> int:
        """The sum of the bands, in wei."""
        return sum(self.values)


@dataclass(frozen=True)
class Frame:
    """The size of a chart in SVG units, and whether it has room for labels beside the curve."""

    width: int
    height: int
    left: int
    right: int
    tick_months: int
    labels: bool
    top: int = 26
    bottom: int = 44


WIDE = Frame(width=1140, height=430, left=84, right=206, tick_months=6, labels=True)
NARROW = Frame(width=360, height=300, left=50, right=24, tick_months=12, labels=False)


def arcs(values: Sequence[int]) -> list[tuple[int, int]]:
    """Return where each slice begins and how far it sweeps, in thousandths of a degree, clockwise from the top.

    The sweeps of values that are not all zero sum to a full turn exactly: each boundary is rounded, never each sweep.
    """
    whole = sum(values)
    bounds, seen = [0], 0
    for value in values:
        seen += value
        bounds.append(CIRCLE * seen // whole if whole else 0)
    return [(begin, end - begin) for begin, end in itertools.pairwise(bounds)]


def donut(slices: Sequence[Slice], title: str, centre: tuple[str, str], prefix: str) -> Markup:
    """Draw shares of a whole as a ring.

    Parameters
    ----------
    slices
        In the order they are drawn, clockwise from the top.
    title
        What the chart is, for screen readers; the slices are spelled out in its description.
    centre
        Two lines for the hole: a large one and a small one.
    prefix
        Begins every id in the chart, so that it is unique on the page.
    """
    whole = sum(part.value for part in slices)
    spelled = "; ".join(f"{part.name} {percent(part.value, whole, 2)}" for part in slices)
    body = []
    for part, (begin, sweep) in zip(slices, arcs([part.value for part in slices]), strict=True):
        if not sweep:
            continue
        x, y = _polar(begin + sweep // 2, 94)
        label = percent(part.value, whole, 2)
        body.append(
            Markup('<g><title>{}: {}</title><path class="slice f{}" d="{}"/>').format(
                part.name, label, part.colour, _ring(begin, sweep)
            )
        )
        if sweep >= CIRCLE // 25:
            body.append(Markup('<text class="on c{}t" x="{}" y="{}">{}</text>').format(part.colour, x, y, label))
        body.append(Markup("</g>"))
    return Markup(
        '<svg class="donut" viewBox="-130 -130 260 260" role="img" aria-labelledby="{0}-t {0}-d">'
        '<title id="{0}-t">{1}</title><desc id="{0}-d">{2}</desc>{3}'
        '<text class="big" x="0" y="1">{4}</text><text class="small" x="0" y="20">{5}</text></svg>'
    ).format(prefix, title, spelled, Markup("").join(body), *centre)


def _polar(angle: int, radius: int) -> tuple[str, str]:
    turn = math.radians(angle / 1000)
    return f"{radius * math.sin(turn):.2f}", f"{-radius * math.cos(turn):.2f}"


def _ring(begin: int, sweep: int, outer: int = 126, inner: int = 64) -> str:
    if sweep == CIRCLE:
        # An arc that ends where it begins is not drawn, so a full ring is two halves.
        return _ring(0, CIRCLE // 2, outer, inner) + _ring(CIRCLE // 2, CIRCLE // 2, outer, inner)
    large = int(sweep > CIRCLE // 2)
    (x0, y0), (x1, y1) = _polar(begin, outer), _polar(begin + sweep, outer)
    (x2, y2), (x3, y3) = _polar(begin + sweep, inner), _polar(begin, inner)
    return f"M{x0} {y0}A{outer} {outer} 0 {large} 1 {x1} {y1}L{x2} {y2}A{inner} {inner} 0 {large} 0 {x3} {y3}Z"


def genesis(bands: Sequence[Band]) -> int:
    """Return when the first band starts, Unix seconds."""
    return min(band.schedule.start for band in bands)


def horizon(bands: Sequence[Band], least: int = 48, most: int = 1_200) -> int:
    """Return how many months from genesis a chart spans: until the last band ends, within the bounds given."""
    last = max(band.schedule.end for band in bands) - genesis(bands)
    return min(max(least, -(-last // MONTH)), most)


def sample(bands: Sequence[Band], time: int) -> Sample:
    """Return what each band has unlocked at a time."""
    return Sample(time, tuple(band.schedule.vested(band.total, time) for band in bands))


def monthly(bands: Sequence[Band], months: int) -> list[Sample]:
    """Return what each band has unlocked at each month point from genesis, both ends included."""
    begin = genesis(bands)
    return [sample(bands, begin + MONTH * count) for count in range(months + 1)]


def _outline(bands: Sequence[Band], months: int) -> list[Sample]:
    """Sample the curve where it bends or jumps as well as every month, so that a cliff is drawn as a step."""
    begin = genesis(bands)
    until = begin + MONTH * months
    times = {begin + MONTH * count for count in range(months + 1)}
    for band in bands:
        edges = (band.schedule.start, band.schedule.cliff, band.schedule.end)
        times.update(time for edge in edges for time in (edge - 1, edge) if begin <= time <= until)
    return [sample(bands, time) for time in sorted(times)]


def stacked_curve(bands: Sequence[Band], now: int, title: str, frame: Frame, prefix: str) -> Markup:
    """Draw how the bands unlock over the months from genesis, one on the other, with today marked.

    Parameters
    ----------
    bands
        From the bottom up.
    now
        Today, Unix seconds; marked if it lies within the chart.
    title
        What the chart is, for screen readers.
    frame
        Its size and how much it is labelled.
    prefix
        Begins every id in the chart, so that it is unique on the page.
    """
    whole = sum(band.total for band in bands) or 1
    begin, months = genesis(bands), horizon(bands)
    across, down = frame.width - frame.left - frame.right, frame.height - frame.top - frame.bottom

    def x(time: int) -> str:
        return _tenths(frame.left * 10 + across * 10 * (time - begin) // (MONTH * months))

    def y(value: int) -> str:
        return _tenths((frame.top + down) * 10 - down * 10 * value // whole)

    body = []
    for quarter in range(5):
        value = whole * quarter // 4
        body.append(
            Markup(
                '<line class="grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
                '<text class="axis end" x="{3}" y="{2}" dy="{4}">{5}'
            ).format(
                frame.left,
                frame.left + across,
                y(value),
                frame.left - 8,
                "-.2em" if frame.labels and quarter else ".35em",
                short(value) if frame.labels or quarter else "0",
            )
        )
        if frame.labels and quarter:
            body.append(
                Markup('<tspan class="faint" x="{}" dy="1.15em">{}</tspan>').format(
                    frame.left - 8, percent(value, whole)
                )
            )
        body.append(Markup("</text>"))
    outline = _outline(bands, months)
    floor = [0] * len(outline)
    areas = []
    for index, band in enumerate(bands):
        roof = [base + point.values[index] for base, point in zip(floor, outline, strict=True)]
        up = " ".join(f"{x(point.time)},{y(value)}" for point, value in zip(outline, roof, strict=True))
        back = " ".join(
            f"{x(point.time)},{y(value)}" for point, value in zip(reversed(outline), reversed(floor), strict=True)
        )
        areas.append(
            Markup('<g><title>{}</title><polygon class="area f{}" points="{} {}"/></g>').format(
                band.name, band.colour, up, back
            )
        )
        if frame.labels:
            middle = (floor[-1] + roof[-1]) // 2
            areas.append(
                Markup('<text class="label c{}" x="{}" y="{}" dy=".32em">{}</text>').format(
                    band.colour, frame.left + across + 10, y(middle), band.name
                )
            )
        floor = roof
    body.extend(areas)
    ticks = frame.tick_months * -(-months // 48)
    for count in range(0, months + 1, ticks):
        at = begin + MONTH * count
        body.append(
            Markup(
                '<line class="tick" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/><text class="axis mid" x="{0}" y="{3}">{4}'
                '<tspan class="faint" x="{0}" dy="1.25em">{5}</tspan></text>'
            ).format(
                x(at),
                frame.top + down,
                frame.top + down + 5,
                frame.top + down + 19,
                f"month {count}" if frame.labels and not count else count,
                month(at),
            )
        )
    if begin <= now <= begin + MONTH * months:
        value = sample(bands, now).total
        right = 2 * (now - begin) > MONTH * months
        body.append(
            Markup(
                '<g class="today"><title>Today, {0}: {1} LVO unlocked</title>'
                '<line x1="{2}" x2="{2}" y1="{3}" y2="{4}"/>'
                '<circle cx="{2}" cy="{5}" r="3.5"/><text x="{2}" y="{6}" dx="{7}" class="{8}">'
                "today{9}</text></g>"
            ).format(
                day(now),
                short(value),
                x(now),
                frame.top - 8,
                frame.top + down,
                y(value),
                frame.top - 1,
                -7 if right else 7,
                "end" if right else "start",
                f", {day(now)}: {short(value)} unlocked" if frame.labels else f": {short(value)}",
            )
        )
    body.append(
        Markup('<line class="cursor" x1="0" x2="0" y1="{}" y2="{}" visibility="hidden"/>').format(
            frame.top, frame.top + down
        )
    )
    spelled = f"From {day(begin)} over {months} months; " + "; ".join(
        f"{point.total * 100 // whole} percent at month {count}"
        for count, point in enumerate(monthly(bands, months))
        if count % 12 == 0
    )
    return Markup(
        '<svg class="curve {0}" viewBox="0 0 {1} {2}" role="img" aria-labelledby="{3}-t {3}-d" data-left="{4}" '
        'data-across="{5}" data-months="{6}"><title id="{3}-t">{7}</title><desc id="{3}-d">{8}</desc>{9}</svg>'
    ).format(
        "wide" if frame.labels else "narrow",
        frame.width,
        frame.height,
        prefix,
        frame.left,
        across,
        months,
        title,
        spelled,
        Markup("").join(body),
    )


def progress(colour: int, whole: int, paid: int, due: int, limit: int, label: str) -> Markup:
    """Draw how far a bucket is: what was paid, what could be released, and a mark where its curve stands today.

    All amounts in wei of the ``whole``; the label is what a screen reader says.
    """

    def x(value: int) -> str:
        return _tenths(min(max(value, 0), whole) * 1_200 // whole if whole else 0)

    return Markup(
        '<svg class="progress" viewBox="0 0 120 14" preserveAspectRatio="none" role="img" aria-label="{0}">'
        '<title>{0}</title><rect class="rest" x="0" y="3" width="120" height="8"/>'
        '<rect class="due f{1}" x="0" y="3" width="{2}" height="8"/>'
        '<rect class="f{1}" x="0" y="3" width="{3}" height="8"/>'
        '<line class="limit" x1="{4}" x2="{4}" y1="0" y2="14"/></svg>'
    ).format(label, colour, x(paid + due), x(paid), x(limit))


def scale(least: int, most: int, steps: int = 5) -> list[int]:
    """Return round numbers, evenly apart, that span from ``least`` to ``most`` and have zero among them or beside."""
    least, most = min(0, least), max(0, most)
    units = (digit * 10**power for power in itertools.count() for digit in (1, 2, 5))
    unit = next(unit for unit in units if most - least <= unit * steps)
    if least == most:
        most = unit
    return list(range(least // unit * unit, -(-most // unit) * unit + 1, unit))


def lines(
    series: Sequence[Line],
    places: Sequence[str],
    title: str,
    write: Callable[[int], str],
    prefix: str,
    marked: int = -1,
) -> Markup:
    """Draw values at places as lines, each with its name at its end and its spread as a bar.

    Parameters
    ----------
    series
        Each with a value for each place.
    places
        What stands below, evenly apart.
    title
        What the chart is, for screen readers; the values are spelled out in its description.
    write
        Writes a value for the axis.
    prefix
        Begins every id in the chart, so that it is unique on the page.
    marked
        The number of the place that is set off from the others; negative: none.
    """
    width, height, left, right, top, bottom = PLOT
    across, down = width - left - right, height - top - bottom
    values = [value for line in series for value in (*line.values, *itertools.chain(*line.spread))]
    ticks = scale(min(values, default=0), max(values, default=0))
    low, whole = ticks[0], ticks[-1] - ticks[0]

    def x(place: int) -> int:
        return left * 10 + across * 10 * place // max(1, len(places) - 1)

    def y(value: int) -> int:
        return (top + down) * 10 - down * 10 * (value - low) // whole

    body = []
    for value in ticks:
        body.append(
            Markup(
                '<line class="{4}" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
                '<text class="axis end" x="{3}" y="{2}" dy=".35em">{5}</text>'
            ).format(left, left + across, _tenths(y(value)), left - 8, "grid" if value else "tick", write(value))
        )
    for place, label in enumerate(places):
        body.append(
            Markup('<text class="axis mid{3}" x="{0}" y="{1}">{2}</text>').format(
                _tenths(x(place)), top + down + 20, label, " marked" if place == marked else ""
            )
        )
    for line in series:
        for place, (least, most) in enumerate(line.spread):
            body.append(
                Markup('<line class="spread s{0}" x1="{1}" x2="{1}" y1="{2}" y2="{3}"/>').format(
                    line.colour, _tenths(x(place)), _tenths(y(most)), _tenths(y(least))
                )
            )
        points = " ".join(f"{_tenths(x(place))},{_tenths(y(value))}" for place, value in enumerate(line.values))
        body.append(Markup('<polyline class="line s{}" points="{}"/>').format(line.colour, points))
        for place, value in enumerate(line.values):
            body.append(
                Markup('<circle class="f{}" cx="{}" cy="{}" r="3.2"><title>{}, {}: {}</title></circle>').format(
                    line.colour, _tenths(x(place)), _tenths(y(value)), line.name, places[place], write(value)
                )
            )
    at = -(10**6)
    for line in sorted((line for line in series if line.values), key=lambda line: y(line.values[-1])):
        # Names of lines that end close together are set one below the other.
        at = max(at + 150, y(line.values[-1]))
        body.append(
            Markup('<text class="label" x="{}" y="{}" dy=".35em"><tspan class="f{}">\u25cf</tspan> {}</text>').format(
                left + across + 9, _tenths(at), line.colour, line.name
            )
        )
    spelled = "; ".join(
        f"{line.name}: "
        + ", ".join(f"{write(value)} at {place}" for value, place in zip(line.values, places, strict=True))
        for line in series
    )
    return Markup(
        '<svg class="plot" viewBox="0 0 {0} {1}" role="img" aria-labelledby="{2}-t {2}-d">'
        '<title id="{2}-t">{3}</title><desc id="{2}-d">{4}</desc>{5}</svg>'
    ).format(width, height, prefix, title, spelled, Markup("").join(body))


def describe(schedule: Schedule, begin: int) -> str:
    """Put a schedule in words, its times in months from ``begin`` where they are whole ones.

    Such as ``5 % at start, then linear to month 48``.
    """

    def when(time: int) -> str:
        count, rest = divmod(time - begin, MONTH)
        return f"month {count}" if not rest else day(time)

    if schedule.cliff == schedule.end:
        return f"all at {when(schedule.end)}"
    words = []
    if schedule.start != begin:
        words.append(f"rising from {when(schedule.start)}")
    if schedule.cliff > schedule.start:
        words.append(f"nothing before {when(schedule.cliff)}")
    if schedule.initial_bps:
        cliff = "start" if schedule.cliff == begin else when(schedule.cliff)
        words.append(f"{percent(schedule.initial_bps, WHOLE, 2)} at {cliff}")
    words.append(("then " if words else "") + f"linear to {when(schedule.end)}")
    return ", ".join(words)


def _tenths(value: int) -> str:
    return f"{value // 10}.{value % 10}" if value % 10 else f"{value // 10}"
