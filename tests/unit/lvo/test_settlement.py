"""Explanations of settlements: a second computation, which agrees with the twin to the wei."""

import random

import pytest

from lvo.content.settlement import Line, Round, explain, net, outcome_of
from lvo.models.review import Choice, Status
from lvo.units import LVO
from tests.unit.lvo.test_review_model import APPELLANT, AUTHOR, BID, COMMONS, PEOPLE, REVIEWERS, STAKE, Stage


def rounds_of(stage):
    """The rounds of a stage's submission, as the explanation takes them."""
    return [
        Round(panel.payer, tuple((seat.reviewer, seat.bid, seat.vote, "") for seat in panel.seats))
        for panel in stage.review.dossiers[stage.key].panels
    ]


@pytest.mark.parametrize("seed", range(150))
def test_explanation_agrees_with_the_twin(seed):
    """On random votes and odd terms, with full panels and short ones."""
    pick = random.Random(seed)
    stage = Stage(
        fee_bps=777, bond_bps=12_345, reject_bps=1_999, no_show_bps=5_001, minority_bps=999,
        refund_bps=pick.choice((0, 3_333, 10_000)),
    )  # fmt: skip
    for number in range(pick.randint(1, 3)):
        if number:
            stage.review.appeal(stage.key, sender=APPELLANT)
        seated = 7 if pick.random() < 0.85 else pick.randint(0, 6)
        for who in REVIEWERS[7 * number : 7 * number + seated]:
            stage.review.bid(stage.key, BID * 2**number + pick.randint(0, 10), sender=who)
        stage.close()
        if seated < 7:
            stage.close()
            break
        favour = pick.choice(("yyyyyyn", "nnnnnny", "yn-"))
        stage.vote("".join(pick.choice(favour) for _ in range(7)))
    else:
        stage.clock.time += stage.review.terms.appeal_window
    rounds = rounds_of(stage)
    lines = explain(stage.review.terms, AUTHOR, STAKE, rounds)
    assert stage.review.status(stage.key) == outcome_of(rounds)
    stage.review.finalise(stage.key, sender=PEOPLE[-1])
    sums = net(lines)
    assert sum(sums.values()) == 0
    assert {who: stage.gained(who) * LVO for who in PEOPLE} == {who: sums.get(who, 0) for who in PEOPLE}


def test_explanation_of_a_leak_names_the_finder():
    seats = [(who, BID, Choice.YES, "") for who in REVIEWERS[:6]] + [(REVIEWERS[6], BID, Choice.LEAKED, "finder")]
    lines = explain(Stage().review.terms, AUTHOR, STAKE, [Round(AUTHOR, tuple(seats))])
    assert Line("finder", BID // 2, 1, "half of a seat whose leak it proved") in lines
    assert sum(line.amount for line in lines) == 0


def test_explanation_says_why():
    def case(*votes):
        letters = {"y": Choice.YES, "n": Choice.NO, "-": Choice.NONE}
        people = iter(REVIEWERS)
        return [
            Round(APPELLANT if number else AUTHOR, tuple((next(people), BID, letters[each], "") for each in panel))
            for number, panel in enumerate(votes)
        ]

    terms = Stage().review.terms
    rejected = case("yyyyynn", "nnnnnnn", "nnnnnn-")
    assert outcome_of(rejected) == Status.REJECTED
    why = {(line.who, line.why) for line in explain(terms, AUTHOR, STAKE, rejected)}
    assert (REVIEWERS[0], "collateral; nothing for a panel that was overturned") in why
    assert (AUTHOR, "stake less the first panel's fee and what a rejected author loses") in why
    assert (COMMONS, "what an overturned or silent panel did not earn") in why
    assert (REVIEWERS[20], "collateral less the penalty for not revealing") in why
