"""Many runs of the market, one parameter varied at a time, as one document of integers."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

from lvo.content.simulation.market import CHANCE_BPS, Outcome, Yield, simulate
from lvo.content.simulation.people import HOUR, YEAR, Kind, World
from lvo.models.base import NOBODY
from lvo.models.review import Terms
from lvo.units import DAY, LVO, WHOLE

SCHEMA = "live-video/review-simulation/1"
"""The shape of the document."""
SEEDS = 3
"""Runs at each point; the seeds follow one another."""


@dataclass(frozen=True)
class Setting:
    """People and terms of one point: what differs from the assumptions, and from the contract's defaults."""

    world: tuple[tuple[str, Any], ...] = ()
    terms: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Sweep:
    """One parameter, its values, and how a value is set.

    Attributes
    ----------
    name, title, lead
        What it is called, in the document and on paper, and what varies with it.
    unit
        How values are written: ``bps``, ``hours``, ``count``, ``lvo`` or ``times``.
    values
        In rising order.
    default
        The value that the contract's defaults, or the assumptions, have.
    setting
        What a value changes.
    """

    name: str
    title: str
    lead: str
    unit: str
    values: tuple[int, ...]
    default: int
    setting: Callable[[int], Setting]


def term(name: str) -> Callable[[int], Setting]:
    """Return how a value of one of the contract's terms is set."""
    return lambda value: Setting(terms=((name, value),))


def assumption(name: str) -> Callable[[int], Setting]:
    """Return how a value of one assumption about people is set."""
    return lambda value: Setting(world=((name, value),))


def windows(hours: int) -> Setting:
    """Return bidding, committing and revealing of so many hours each, and twice that for appeals."""
    seconds = hours * HOUR
    names = ("bidding_window", "commit_window", "reveal_window")
    return Setting(terms=(*((name, seconds) for name in names), ("appeal_window", 2 * seconds)))


def mindless(number: int) -> Setting:
    """Return half as many lazy and half as many herding reviewers."""
    return Setting(world=(("lazy", number // 2), ("herding", number - number // 2)))


SWEEPS = (
    Sweep(
        "fee",
        "The fee",
        "What the first panel is paid, of the stake of 1,000 LVO; bonds follow it.",
        "bps",
        (250, 500, 1_000, 2_000, 3_000),
        1_000,
        term("fee_bps"),
    ),
    Sweep(
        "minority",
        "The penalty of the minority",
        "What a seat loses of its collateral for the smaller side, where nobody contradicts the panel.",
        "bps",
        (0, 250, 500, 1_000, 2_000, 4_000),
        1_000,
        term("minority_bps"),
    ),
    Sweep(
        "no_show",
        "The penalty of a no-show",
        "What a seat loses of its collateral that reveals nothing. People forget here; nobody stays away on purpose.",
        "bps",
        (1_000, 5_000, 10_000),
        5_000,
        term("no_show_bps"),
    ),
    Sweep(
        "step",
        "The step of the auction",
        "By how much a bid must beat the lowest of seven.",
        "bps",
        (50, 500, 1_500, 5_000),
        500,
        term("step_bps"),
    ),
    Sweep(
        "window",
        "The windows",
        "Hours for each of bidding, committing and revealing; twice as many for appeals.",
        "hours",
        (8, 12, 24, 48, 72),
        24,
        windows,
    ),
    Sweep(
        "bond",
        "The bond of an appeal",
        "Of the first panel's fee; it is what the appeal's panel is paid.",
        "bps",
        (5_000, 10_000, 15_000, 20_000, 30_000),
        10_000,
        term("bond_bps"),
    ),
    Sweep(
        "factor",
        "The rise of the least bid",
        "The least bid of a round, as a multiple of that of the round before.",
        "times",
        (1, 2, 3, 4),
        2,
        term("bid_factor"),
    ),
    Sweep(
        "mindless",
        "Reviewers who look at nothing",
        "Half of them lazy, half herding, beside 46 who look.",
        "count",
        (0, 4, 8, 14, 20),
        8,
        mindless,
    ),
    Sweep(
        "cartel",
        "Colluding reviewers",
        "A cartel that was hired for one submission in four, bids up to three times the least bid, and appeals.",
        "count",
        (0, 2, 4, 5, 7, 10, 14),
        0,
        assumption("cartel"),
    ),
    Sweep(
        "chest",
        "How much a cartel bids",
        "Fourteen who bid up to so many times the least bid.",
        "times",
        (1, 2, 3, 6, 12),
        3,
        lambda value: Setting(world=(("cartel", 14), ("chest", value))),
    ),
    Sweep(
        "bribe",
        "Bribes",
        "What a briber pays for each vote in one submission in four; consciences cost from 0 to 400 LVO.",
        "lvo",
        (0, 100, 200, 300, 400),
        0,
        lambda value: Setting(world=(("bribe", value * LVO),)),
    ),
    Sweep(
        "interval",
        "Hours between submissions",
        "How busy the same reviewers are.",
        "hours",
        (1, 6, 24),
        6,
        lambda value: Setting(world=(("interval", value * HOUR),)),
    ),
)
"""Everything that is varied."""

CANDIDATES = (
    ("defaults", Setting()),
    ("penalty 2.5 %", Setting(terms=(("minority_bps", 250),))),
    ("bond 200 %", Setting(terms=(("bond_bps", 20_000),))),
    ("fee 20 %", Setting(terms=(("fee_bps", 2_000),))),
    ("penalty 2.5 %, bond 200 %", Setting(terms=(("minority_bps", 250), ("bond_bps", 20_000)))),
    (
        "penalty 2.5 %, bond 200 %, fee 20 %",
        Setting(terms=(("minority_bps", 250), ("bond_bps", 20_000), ("fee_bps", 2_000))),
    ),
)
"""Terms that are compared."""

SCENES = (
    ("everyday", Setting()),
    ("20 who look at nothing", mindless(20)),
    ("cartel of 14", Setting(world=(("cartel", 14),))),
    ("rich cartel of 14", Setting(world=(("cartel", 14), ("chest", 10)))),
    ("bribes of 200 LVO", Setting(world=(("bribe", 200 * LVO),))),
    ("half as many mistakes", Setting(world=(("error_bps", 500), ("hard_bps", 500)))),
    ("a quarter of the capital", Setting(world=(("capital", 5_000 * LVO),))),
)
"""What they are compared in: a rich cartel bids up to ten times the least bid instead of three times."""


def outcomes(setting: Setting, submissions: int, seed: int) -> tuple[Outcome, ...]:
    """Run a point once with each seed from ``seed`` on; what was run before is remembered."""
    world, terms = asdict(World()), asdict(Terms(NOBODY))
    # What equals the default is left out, so that the points which sweeps have in common are run once.
    return _outcomes(
        Setting(
            tuple(sorted((name, value) for name, value in setting.world if value != world[name])),
            tuple(sorted((name, value) for name, value in setting.terms if value != terms[name])),
        ),
        submissions,
        seed,
    )


@cache
def _outcomes(setting: Setting, submissions: int, seed: int) -> tuple[Outcome, ...]:
    world = replace(World(submissions=submissions), **dict(setting.world))
    return tuple(simulate(world, seed + each, **dict(setting.terms)) for each in range(SEEDS))


def point(runs: Iterable[Outcome]) -> dict[str, Any]:
    """Add up runs.

    Returns
    -------
    dict
        Counts, seconds and basis points as integers, amounts as decimal strings of wei, negative ones with a sign.
        Rates are for the runs together; ``wrong_least`` and ``wrong_most`` are those of the best and the worst run.
    """
    runs = list(runs)
    total = {name: sum(getattr(run, name) for run in runs) for name in _COUNTS}
    number = total["submissions"]
    rates = [run.wrong * WHOLE // run.submissions for run in runs]
    durations = sorted(time for run in runs for time in run.durations)
    full = [sum(run.panels[round_] for run in runs) for round_ in range(3)]
    locked = [sum(run.collateral[round_] for run in runs) for round_ in range(3)]
    people = {kind: _join(run.yields[kind] for run in runs) for kind in Kind}
    seats = sum(part.seats for part in people.values())
    looking = people[Kind.HONEST].seats + people[Kind.SNIPER].seats
    idle = people[Kind.LAZY].seats + people[Kind.HERDING].seats
    attacks = max(1, total["attacks"])
    good = sum(count for run in runs for (truth, _), count in run.endings.items() if truth == "good")
    return {
        **total,
        "wrong_bps": total["wrong"] * WHOLE // number,
        "wrong_least": min(rates),
        "wrong_most": max(rates),
        "open_bps": (total["undecided"] + total["unreviewed"]) * WHOLE // number,
        "mean_seconds": sum(durations) // number,
        "late_seconds": durations[number * 95 // 100],
        "first_panels": {said: sum(run.first_panels[said] for run in runs) for said in ("right", "wrong", "nothing")},
        "panels": full,
        "collateral": [str(wei // count if count else 0) for wei, count in zip(locked, full, strict=True)],
        "looking_bps": looking * WHOLE // max(1, seats),
        "mindless_bps": idle * WHOLE // max(1, seats),
        "forced_bps": total["forced"] * WHOLE // attacks,
        "forced_one_panel": sum(panels < 2 for run in runs for panels in run.forced_panels),
        "hand_each": str(total["hand_gain"] // attacks),
        "bribes_each": str(total["hand_bribes"] // attacks),
        "days_each": total["hand_wei_seconds"] // (LVO * DAY) // attacks,
        "good_cost_each": str(total["good_cost"] // max(1, good)),
        "commons": str(sum(run.commons for run in runs)),
        "people": {
            kind.value: {
                "seats": part.seats,
                "paid": part.paid,
                "punished": part.punished,
                "gain": str(part.gain),
                "effort": str(part.effort),
                "net_each": str((part.gain - part.effort) // part.seats if part.seats else 0),
                "yield_bps": (part.gain - part.effort) * YEAR * WHOLE // part.wei_seconds if part.wei_seconds else 0,
            }
            for kind, part in people.items()
        },
    } | {name: str(total[name]) for name in ("hand_gain", "hand_bribes", "hand_wei_seconds", "good_cost")}


_COUNTS = (
    "submissions",
    "wrong",
    "undecided",
    "unreviewed",
    "appeals",
    "empty_appeals",
    "seats",
    "no_shows",
    "bids",
    "moved",
    "attacks",
    "forced",
    "blocked",
    "hand_gain",
    "hand_bribes",
    "hand_wei_seconds",
    "good_cost",
    "checks",
)  # fmt: skip


def _join(parts: Iterable[Yield]) -> Yield:
    result = Yield()
    for part in parts:
        for name, value in asdict(part).items():
            setattr(result, name, getattr(result, name) + value)
    return result


def study(
    submissions: int = World.submissions,
    seed: int = 1,
    sweeps: tuple[Sweep, ...] = SWEEPS,
    candidates: tuple[tuple[str, Setting], ...] = CANDIDATES,
    tell: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Run everything that is varied, and everything that is compared.

    Parameters
    ----------
    submissions
        Of each run.
    seed
        The first of the seeds.
    sweeps, candidates
        What is varied and what is compared.
    tell
        Is called with a line for each part that is done.

    Returns
    -------
    dict
        The document: what was assumed, and a :func:`point` for each value. The same for the same arguments.
    """
    parts = []
    for sweep in sweeps:
        points = []
        for value in sweep.values:
            points.append({"value": value, **point(outcomes(sweep.setting(value), submissions, seed))})
        parts.append(
            {
                "name": sweep.name,
                "title": sweep.title,
                "lead": sweep.lead,
                "unit": sweep.unit,
                "default": sweep.default,
                "points": points,
            }
        )
        tell(f"{sweep.title}: {len(points)} values")
    compared = []
    for name, candidate in candidates:
        rows = []
        for scene, people in SCENES:
            both = Setting(people.world, candidate.terms)
            rows.append({"scene": scene, **point(outcomes(both, submissions, seed))})
        compared.append({"name": name, "terms": dict(candidate.terms), "scenes": rows})
        tell(f"{name}: {len(rows)} scenes")
    settings = [sweep.setting(value) for sweep in sweeps for value in sweep.values]
    settings += [Setting(people.world, candidate.terms) for _, candidate in candidates for _, people in SCENES]
    played = {id(run): run for setting in settings for run in outcomes(setting, submissions, seed)}.values()
    world = {name: _plain(value) for name, value in asdict(World(submissions=submissions)).items()}
    terms = {name: _plain(value) for name, value in asdict(Terms(NOBODY)).items() if name != "commons"}
    return {
        "schema": SCHEMA,
        "seed": seed,
        "seeds": SEEDS,
        "runs": len(played),
        "submissions": sum(run.submissions for run in played),
        "checks": sum(run.checks for run in played),
        "chance_bps": CHANCE_BPS,
        "assumptions": world,
        "terms": terms,
        "sweeps": parts,
        "compared": compared,
    }


def _plain(value: Any) -> Any:
    """Write integers that a reader of JSON might round as strings."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, int) and value >= 2**53 else value
