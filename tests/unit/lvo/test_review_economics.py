"""What it costs to buy a verdict, to stall and to grief: the figures of docs/SPEC.md, from the twin.

Default terms, stakes and bids at their least, in LVO. A hand is everybody who acts together: its seats and its bonds.
"""

import pathlib

import pytest

from lvo.models.review import SEATS, Status
from lvo.units import DAY
from tests.unit.lvo.test_review_model import APPELLANT, AUTHOR, COMMONS, REVIEWERS, Stage

SPEC = pathlib.Path(__file__).resolve().parents[3] / "docs" / "SPEC.md"


def seats(round_, votes, letter):
    """The reviewers of a round who vote so."""
    return [REVIEWERS[SEATS * round_ + seat] for seat, each in enumerate(votes) if each == letter]


def locked(stage, hand):
    """LVO times days that a hand has locked in seats by the end."""
    total = 0
    for panel in stage.review.dossiers[stage.key].panels:
        held = sum(seat.bid for seat in panel.seats if seat.reviewer in hand) // 10**18
        total += held * (stage.clock.time - panel.opened_at) // DAY
    return total


CASES = [
    # What, the rounds, whose the hand is: letters by round, "A" the author, "B" the appellant.
    ("the author buys the first panel, nobody appeals", ["yyyyynn"], "y A", 0, Status.PUBLISHED),
    ("a stranger buys the first panel, nobody appeals", ["nnnnnyy"], "n", 100, Status.REJECTED),
    ("the author buys the first panel, one honest appeal", ["yyyyynn", "nnnnnnn"], "y A", 0, Status.INCONCLUSIVE),
    ("the author buys the first panel, two honest appeals", ["yyyyynn", "nnnnnnn", "nnnnnnn"], "y A", -300, 6),
    ("a stranger buys both appeal panels", ["yyyyyyy", "nnnnnyy", "nnnnnyy"], "n B", 0, Status.REJECTED),
    ("a stranger blocks all three panels", ["yyyynnn", "yyyynnn", "yyyynnn"], "n", 0, Status.INCONCLUSIVE),
    ("the author buys the first panel and blocks its own appeals", ["yyyyynn", "nnnnyyy", "nnnnyyy"], "y A B", -200, 5),
    ("five seats do not show up", ["yy-----"], "-", -1_250, Status.INCONCLUSIVE),
]


def play(rounds, hand, **terms):
    """What a hand gains, what it has locked, and the outcome."""
    stage = Stage(**terms)
    people = [
        who for letter in hand if letter in "yn-" for r, votes in enumerate(rounds) for who in seats(r, votes, letter)
    ]
    people += [AUTHOR] * ("A" in hand) + [APPELLANT] * ("B" in hand)
    outcome = stage.rounds(*rounds)
    return sum(map(stage.gained, people)), locked(stage, people), outcome


@pytest.mark.parametrize(("what", "rounds", "hand", "gain", "outcome"), CASES, ids=[case[0] for case in CASES])
def test_hand_gains_what_the_specification_says(what, rounds, hand, gain, outcome):
    gained, days, ended = play(rounds, hand)
    assert (gained, ended) == (gain, outcome)
    line = next(line for line in SPEC.read_text().splitlines() if line.startswith(f"| {what} "))
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert [int(cells[2].replace(",", "").replace("+", "")), int(cells[3].replace(",", ""))] == [gain, days]


@pytest.mark.parametrize("share", [0, 2_500, 10_000])
def test_two_forced_panels_gain_the_refund_and_nothing_else(share):
    """INV-REV-6: whatever an overturned panel does not earn and the appellant gets is the whole gain."""
    rounds = ["yyyyyyy", "nnnnnyy", "nnnnnyy"]
    assert play(rounds, "n B", refund_bps=share)[0] == 100 * share // 10_000


def test_penalties_of_the_majority_would_pay_for_buying_it():
    """The commons gets what the minority loses: 50 each, which the five bought seats would otherwise have earned."""
    stage = Stage()
    stage.rounds("yyyyynn")
    assert stage.gained(COMMONS) == 100
    assert sum(map(stage.gained, REVIEWERS[:5])) == 100
