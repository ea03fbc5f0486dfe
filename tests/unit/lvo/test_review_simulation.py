"""The simulated market of reviews: the same for the same seed, balanced, and right where the answer is known."""

import json
import pathlib
from dataclasses import asdict

import pytest

from lvo.content.simulation import Dice, Kind, Market, World, panel_odds, simulate
from lvo.content.simulation.sweeps import SWEEPS, Setting, outcomes, point, study
from lvo.models.base import Revert
from lvo.models.review import MAJORITY, SEATS, Choice, Status
from lvo.report.charts import Line, lines, scale
from lvo.report.simulation import render
from lvo.units import DAY, LVO, WHOLE
from tests.unit.lvo.test_review_economics import CASES, play

ROOT = pathlib.Path(__file__).resolve().parents[3]

CAREFUL = {"lazy": 0, "herding": 0, "snipers": 0, "hard_bps": 0, "absent_bps": 0, "slow_bps": 0}
"""People who all look at what they judge, in time."""
UNERRING = {**CAREFUL, "error_bps": 0, "bluff_bps": 0}
WATCHED = {
    "vigilance_bps": WHOLE,
    "value": (10**5 * LVO, 10**5 * LVO),
    "concern": (10**5 * LVO, 10**5 * LVO),
}
"""Authors and watchers who appeal whatever it costs."""
RICH = {"capital": 10**6 * LVO, "chest": 1_000, "interval": 14 * DAY, "target_bps": WHOLE}
"""A cartel that attacks every submission, one after the other, and cannot be outbid."""
PAID = {"fee_bps": 3_000}
"""A fee for which seven are always found, in appeals too."""


# Determinism


def test_same_seed_gives_the_same_outcome():
    world = World(submissions=12, cartel=7, bribe=100 * LVO)
    assert simulate(world, 7) == simulate(world, 7)
    assert simulate(world, 7) != simulate(world, 8)


def test_chance_depends_on_what_is_asked_and_not_on_the_order():
    dice, other = Dice(1), Dice(1)
    first = [dice.roll(10**9, "a", number) for number in range(20)]
    assert [other.roll(10**9, "a", number) for number in reversed(range(20))] == first[::-1]
    assert len(set(first)) == 20


def test_chance_covers_amounts_of_wei():
    """A range of 10^21 wei is wider than 64 bits."""
    rolls = [Dice(1).between((100 * LVO, 1_000 * LVO), number) for number in range(200)]
    assert min(rolls) < 200 * LVO
    assert max(rolls) > 900 * LVO


# Books


@pytest.mark.parametrize(
    ("world", "terms"),
    [
        ({}, {}),
        ({"cartel": 14, "bribe": 200 * LVO}, {"refund_bps": 3_333}),
        ({"honest": 3, "lazy": 2, "herding": 1, "snipers": 0}, {}),
        ({}, {"minority_bps": 0, "fee_bps": 1_777, "bond_bps": 12_345, "bid_factor": 1}),
        ({"absent_bps": 9_000}, {"no_show_bps": 3_333}),
    ],
)
def test_books_balance(world, terms):
    """Each settlement pays out what it took, the contract holds what it owes, and nobody's account is off by a wei."""
    market = Market(World(submissions=15, **world), 3, **terms)
    outcome = market.run()
    assert outcome.submissions == 15
    assert outcome.checks == 16
    assert market.review.owed() == 0
    assert market.lvo.balances[market.review.address] == 0
    held = [market.commons, market.watcher, market.briber, market.cartel, *market.authors, *market.people]
    before = sum(market.funds.values())
    assert sum(market.lvo.balances[each] for each in held) == before


def test_books_that_do_not_balance_stop_the_run():
    market = Market(World(submissions=5), 1)
    market.lvo.balances[market.review.address] += 1
    with pytest.raises(AssertionError, match="another amount than it owes"):
        market.run()


def test_terms_out_of_bounds_are_refused():
    with pytest.raises(Revert) as failure:
        simulate(World(submissions=1), 1, fee_bps=0)
    assert failure.value.name == "ContentReview_TermOutOfBounds"


# Known extremes


def test_panels_err_as_often_as_the_binomial_formula_says():
    """Seven who err independently one time in five: right 85.2 %, wrong 0.5 %, nothing 14.3 % of panels."""
    outcome = simulate(World(submissions=240, error_bps=2_000, **CAREFUL), 5, minority_bps=0)
    right, wrong, nothing = panel_odds(2_000)
    assert right + wrong + nothing == WHOLE**SEATS
    assert sum(outcome.first_panels.values()) == 240
    for said, odds in (("right", right), ("wrong", wrong), ("nothing", nothing)):
        expected = 240 * odds / WHOLE**SEATS
        deviation = (expected * (1 - odds / WHOLE**SEATS)) ** 0.5
        assert abs(outcome.first_panels[said] - expected) <= 4 * deviation


@pytest.mark.parametrize(
    ("error", "odds"),
    [(0, (WHOLE**7, 0, 0)), (WHOLE, (0, WHOLE**7, 0)), (5_000, (29 * 5_000**7, 29 * 5_000**7, 70 * 5_000**7))],
)
def test_odds_of_panels_are_exact(error, odds):
    assert panel_odds(error) == odds


def test_reviewers_who_never_err_are_always_right():
    outcome = simulate(World(submissions=30, **UNERRING), 2)
    assert set(outcome.endings) == {("good", Status.PUBLISHED), ("bad", Status.REJECTED)}
    assert outcome.first_panels["right"] == 30


def test_fewer_than_seven_reviewers_judge_nothing():
    outcome = simulate(World(submissions=5, honest=6, **UNERRING), 2, **PAID)
    assert outcome.unreviewed == 5
    assert outcome.good_cost == 0


@pytest.mark.parametrize("cartel", [1, 2])
def test_two_of_seven_change_nothing(cartel):
    world = World(submissions=24, cartel=cartel, **RICH, **UNERRING, **WATCHED)
    outcome = simulate(world, 4, **PAID)
    assert outcome.yields[Kind.COLLUDING].seats > 0
    assert (outcome.attacks, outcome.forced, outcome.blocked, outcome.wrong) == (24, 0, 0, 0)


@pytest.mark.parametrize("cartel", [3, 4])
def test_four_of_seven_block_and_do_not_force(cartel):
    world = World(submissions=24, cartel=cartel, **RICH, **UNERRING)
    outcome = simulate(world, 4)
    assert (outcome.forced, outcome.wrong) == (0, 0)
    assert outcome.first_panels["nothing"] > 0


def test_five_of_seven_force_what_nobody_appeals_against():
    quiet = {"vigilance_bps": 0, "value": (0, 0)}
    outcome = simulate(World(submissions=24, cartel=5, **RICH, **UNERRING, **quiet), 4, minority_bps=0)
    assert outcome.forced == outcome.attacks == 24
    assert set(outcome.forced_panels) == {1}


def attacked(cartel):
    """Every submission is attacked, every verdict is appealed against, and every appeal finds its seven."""
    world = World(submissions=24, cartel=cartel, **RICH, **UNERRING, **WATCHED)
    market = Market(world, 4, **PAID)
    outcome = market.run()
    assert outcome.empty_appeals == 0
    return market, outcome


def test_one_bought_panel_does_not_turn_a_verdict_that_is_appealed_against():
    market, outcome = attacked(SEATS)
    assert outcome.first_panels["wrong"] == 24
    assert (outcome.forced, outcome.wrong) == (0, 0)
    assert market.outcome.appeals >= 24


def test_verdict_that_is_appealed_against_takes_two_panels_to_buy():
    """Five seats in one and at least three, which block, in another."""
    market, outcome = attacked(2 * SEATS)
    assert outcome.forced > 0
    assert min(outcome.forced_panels) >= 2
    for case in market.cases.values():
        status = market.review.status(case.key)
        if status != (Status.REJECTED if case.good else Status.PUBLISHED):
            continue
        bought = sorted(
            sum(market.people[seat.reviewer].kind == Kind.COLLUDING for seat in panel.seats)
            for panel in market.review.dossiers[case.key].panels
        )
        assert bought[-1] >= MAJORITY
        assert bought[-2] >= SEATS - MAJORITY + 1


def test_bribes_above_every_price_turn_every_panel_and_are_paid_for_each_vote():
    world = World(submissions=6, target_bps=WHOLE, price=50 * LVO, bribe=51 * LVO, **UNERRING, **WATCHED)
    market = Market(world, 4, **PAID)
    outcome = market.run()
    assert outcome.forced == 6
    lies = sum(
        panel.count(Choice.NO if case.good else Choice.YES)
        for case in market.cases.values()
        for panel in market.review.dossiers[case.key].panels
    )
    assert outcome.hand_bribes == lies * 51 * LVO
    assert market.lvo.balances[market.briber] == market.funds[market.briber] - outcome.hand_bribes + outcome.hand_gain


def test_a_seat_is_worth_its_income_over_its_cost():
    market = Market(World(effort=(4 * LVO, 4 * LVO), rate_bps=(0, 0)), 1)
    person = next(iter(market.people.values()))
    # A seventh of 100 LVO less 4, over one per cent: a tenth of the penalty of ten.
    assert person.worth(100 * LVO, 0) // LVO == (100 * 100 // 7) - 400
    assert person.worth(20 * LVO, 0) == 0
    person.learn(100 * LVO, 500 * LVO, -50 * LVO)
    assert person.worth(100 * LVO, 0) // LVO < 1_000


def test_time_to_a_verdict_is_that_of_the_windows():
    outcome = simulate(World(submissions=10, **UNERRING), 2)
    assert outcome.appeals == 0
    terms = Market(World(submissions=0), 1).terms
    least = terms.bidding_window + terms.commit_window + terms.reveal_window + terms.appeal_window
    assert min(outcome.durations) >= least
    assert max(outcome.durations) <= least + terms.snipe_cap


# The study and its report


@pytest.fixture(scope="module")
def small():
    """Two sweeps of few values and the defaults alone, in short runs."""
    sweeps = tuple(sweep for sweep in SWEEPS if sweep.name in ("fee", "cartel"))
    return study(submissions=4, seed=1, sweeps=sweeps, candidates=(("defaults", Setting()),))


def test_points_add_up(small):
    for sweep in small["sweeps"]:
        for each in sweep["points"]:
            assert each["submissions"] == 4 * small["seeds"]
            assert each["wrong_least"] <= each["wrong_bps"] <= each["wrong_most"]
            assert each["looking_bps"] + each["mindless_bps"] <= WHOLE
            assert each["seats"] == SEATS * sum(each["panels"])
    assert small["submissions"] == 4 * small["runs"]
    assert small["checks"] == 5 * small["runs"]


def test_default_points_of_all_sweeps_are_one_run(small):
    fee, cartel = (
        next(each for each in sweep["points"] if each["value"] == sweep["default"]) for sweep in small["sweeps"]
    )
    assert {**fee, "value": 0} == {**cartel, "value": 0}
    assert outcomes(Setting(), 4, 1) is outcomes(Setting(terms=(("fee_bps", 1_000),)), 4, 1)


def test_point_sums_runs():
    runs = [simulate(World(submissions=3), seed) for seed in (1, 2)]
    both = point(runs)
    assert both["submissions"] == 6
    assert both["seats"] == sum(run.seats for run in runs)
    assert int(both["hand_gain"]) == sum(run.hand_gain for run in runs)
    assert both["mean_seconds"] == sum(time for run in runs for time in run.durations) // 6


def test_report_is_one_file_and_the_same_every_time(small):
    text = render(small)
    assert text == render(small)
    assert text.count("<svg") == 6 + 6
    assert "http" not in text.replace("http-equiv", "")
    for sweep in small["sweeps"]:
        assert sweep["title"] in text


@pytest.mark.parametrize(
    ("least", "most", "ticks"),
    [
        (0, 9, [0, 2, 4, 6, 8, 10]),
        (-3, 9, [-5, 0, 5, 10]),
        (40, 41, [0, 10, 20, 30, 40, 50]),
        (-7, -5, [-8, -6, -4, -2, 0]),
        (0, 0, [0, 1]),
    ],
)
def test_scales_are_round_and_hold_zero_and_all_values(least, most, ticks):
    assert scale(least, most) == ticks


def test_lines_are_drawn_to_scale_and_spelled_out():
    drawn = lines([Line("a", 2, (0, 10), ((0, 5), (10, 10)))], ["x", "y"], "title", str, "p", 1)
    # The plot is 398 wide and 220 high, 58 from the left and 16 from the top.
    assert 'points="58,236 456,16"' in drawn
    assert '<line class="spread s2" x1="58" x2="58" y1="126" y2="236"/>' in drawn
    assert ">title</title>" in drawn
    assert ">a: 0 at x, 10 at y</desc>" in drawn
    assert 'class="axis mid marked" x="456"' in drawn


def test_report_escapes_what_it_shows(small):
    evil = {**small, "sweeps": [{**small["sweeps"][0], "title": "<script>alert(1)</script>"}]}
    assert "<script>alert" not in render(evil)


@pytest.mark.parametrize(
    ("change", "message"), [({"schema": "other"}, "schema"), ({"sweeps": []}, "nothing was varied")]
)
def test_report_refuses_what_it_cannot_draw(small, change, message):
    with pytest.raises(ValueError, match=message):
        render({**small, **change})


def test_assumptions_are_all_written_down(small):
    assert set(small["assumptions"]) == set(asdict(World()))


# What the specification says of it


@pytest.fixture(scope="module")
def filed():
    """The study that is kept with the sources."""
    return json.loads((ROOT / "reports" / "review-simulation.json").read_text())


def test_filed_report_is_what_these_sources_produce(filed):
    """A point of it is run again; a whole study takes a minute."""
    (everyday,) = (row for row in filed["compared"][0]["scenes"] if row["scene"] == "everyday")
    again = point(outcomes(Setting(), filed["assumptions"]["submissions"], filed["seed"]))
    assert everyday == {"scene": "everyday", **again}
    assert (ROOT / "reports" / "review-simulation.html").read_text() == render(filed)


def test_specification_says_what_the_runs_show(filed):
    def places(bps):
        return f"{bps // 100}.{bps % 100 // 10}"

    def coins(wei):
        return f"{abs(int(wei)) // LVO * (-1 if int(wei) < 0 else 1):+,}"

    wanted = {}
    for candidate in filed["compared"]:
        for row in candidate["scenes"]:
            attacked = row["attacks"] > 0
            wanted[candidate["name"], row["scene"]] = [
                f"{places(row['wrong_bps'])} ({row['wrong_least'] // 100}-{row['wrong_most'] // 100})",
                places(row["open_bps"]),
                places(row["mindless_bps"]),
                f"{row['appeals']}, {row['empty_appeals']}",
                f"{row['forced']} of {row['attacks']}" if attacked else "-",
                coins(row["hand_each"]) if attacked else "-",
                f"{int(row['good_cost_each']) // LVO:,}",
            ]
    text = (ROOT / "docs" / "SPEC.md").read_text().split("### What runs of the market show")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:2] == "| "]
    assert len(rows) > 20
    for terms, scene, *cells in rows[1:]:
        assert cells == wanted[terms, scene]
    assert f"{filed['submissions']:,} submissions in {filed['runs']} runs" in text


@pytest.mark.parametrize(("what", "rounds", "hand", "gain", "outcome"), CASES, ids=[case[0] for case in CASES])
def test_recommended_terms_make_no_corruption_cheaper(what, rounds, hand, gain, outcome):
    dearer = 200 if what == "the author buys the first panel and blocks its own appeals" else 0
    assert play(rounds, hand, minority_bps=250)[0] == gain
    assert play(rounds, hand, minority_bps=250, bond_bps=20_000)[0] == gain - dearer
