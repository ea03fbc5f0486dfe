"""The twin of ContentReview by itself: the windows, the auction, the verdicts, and who gets what at the end."""

from fractions import Fraction

import pytest

from lvo.content import Ballot, Submission, finding_hash
from lvo.models import ContentReview
from lvo.models.base import Clock, Revert
from lvo.models.review import Choice, Status, Terms
from lvo.models.token import UNLIMITED, LVOToken
from lvo.units import DAY, LVO

CONTENT = b"\1" * 32
START = 1_800_000_000
BID = 500 * LVO
STAKE = 1_000 * LVO
FEE = 100 * LVO


def account(number):
    return f"0x{number:040x}"


BANK, COMMONS, AUTHOR, APPELLANT, RIVAL, OUTSIDER = map(account, range(100, 106))
REVIEWERS = [account(number) for number in range(1, 31)]
PEOPLE = (COMMONS, AUTHOR, APPELLANT, RIVAL, OUTSIDER, *REVIEWERS)


class Stage:
    """A contract, and people with a million LVO each who let it take them."""

    def __init__(self, **terms):
        self.clock = Clock(START)
        self.lvo = LVOToken(self.clock, account(200), BANK)
        self.review = ContentReview(self.clock, account(201), self.lvo, Terms(COMMONS, **terms))
        for each in PEOPLE:
            self.lvo.transfer(each, 10**6 * LVO, sender=BANK)
            self.lvo.approve(self.review.address, UNLIMITED, sender=each)
        self.key = self.review.submit(Submission(CONTENT, stake=STAKE), sender=AUTHOR)

    def gained(self, who):
        """In LVO, since the start."""
        return Fraction(self.lvo.balances[who], LVO) - 10**6

    def seat(self, people, bid=BID):
        for each in people:
            self.review.bid(self.key, bid, sender=each)

    def close(self):
        self.clock.time = self.review.close(self.key)

    def vote(self, votes):
        """Let the seated commit and reveal `votes`, a letter for each seat: y, n, or - for a no-show."""
        people = [seat.reviewer for seat in self.review.dossiers[self.key].panel.seats]
        ballots = []
        round_ = self.review.dossiers[self.key].round
        for number, (who, letter) in enumerate(zip(people, votes, strict=True)):
            if letter == "-":
                continue
            ballot = Ballot(number, 1 if letter == "y" else 2, salt=bytes([number + 1]) * 32)
            ballots.append(ballot)
            self.review.commit(self.key, self.hash(ballot, who, round_), sender=who)
        self.clock.time += self.review.terms.commit_window
        if ballots:
            self.review.reveal(self.key, ballots, sender=OUTSIDER)
        self.clock.time += self.review.terms.reveal_window

    def hash(self, ballot, who, round_=0):
        return self.review.ballot_hash(self.key, round_, who, ballot.choice, ballot.reasons, ballot.salt)

    def round(self, votes, bid=BID, offset=0):
        self.seat(REVIEWERS[offset : offset + 7], bid)
        self.close()
        self.vote(votes)

    def rounds(self, *rounds):
        """Let panels vote one after the other, with the appellant before each but the first; then settle."""
        for number, votes in enumerate(rounds):
            if number:
                self.review.appeal(self.key, sender=APPELLANT)
            self.round(votes, BID * 2**number, 7 * number)
        if len(rounds) < 3:
            self.clock.time += self.review.terms.appeal_window
        status = self.review.status(self.key)
        self.review.finalise(self.key, sender=OUTSIDER)
        assert self.review.owed() == 0
        assert self.lvo.balances[self.review.address] == 0
        return status


@pytest.fixture
def stage():
    return Stage()


def fails(name, call, *args, **kwargs):
    with pytest.raises(Revert) as failure:
        call(*args, **kwargs)
    assert failure.value.name == f"ContentReview_{name}"


# Outcomes


@pytest.mark.parametrize(
    ("rounds", "outcome"),
    [
        (["yyyyynn"], Status.PUBLISHED),
        (["yyyyy--"], Status.PUBLISHED),
        (["yyyynnn"], Status.INCONCLUSIVE),
        (["yyyy---"], Status.INCONCLUSIVE),
        (["nnnnnyy"], Status.REJECTED),
        (["-------"], Status.INCONCLUSIVE),
        (["yyyyyyy", "nnnnnnn"], Status.INCONCLUSIVE),
        (["yyyyyyy", "yyynnnn"], Status.PUBLISHED),
        (["yyynnnn", "nnnnnnn"], Status.REJECTED),
        (["yyyyyyy", "nnnnnnn", "nnnnnyy"], Status.REJECTED),
        (["yyyyyyy", "nnnnnnn", "yyyyynn"], Status.PUBLISHED),
        (["yyyyyyy", "nnnnnnn", "yyyynnn"], Status.INCONCLUSIVE),
        (["yyyyyyy", "yyyyyyy", "nnnnnnn"], Status.PUBLISHED),
        (["yyyynnn", "yyyynnn", "yyyynnn"], Status.INCONCLUSIVE),
    ],
)
def test_outcome_is_what_more_panels_said(stage, rounds, outcome):
    assert stage.rounds(*rounds) == outcome


def test_unanimous_panel_shares_the_fee(stage):
    assert stage.rounds("yyyyyyy") == Status.PUBLISHED
    assert stage.gained(AUTHOR) == -100
    assert sum(map(stage.gained, REVIEWERS[:7])) == 100
    assert stage.gained(COMMONS) == 0


def test_minority_loses_to_the_commons_and_not_to_who_outvoted_it(stage):
    stage.rounds("yyyyynn")
    assert [stage.gained(each) for each in REVIEWERS[:7]] == [20] * 5 + [-50] * 2
    assert stage.gained(COMMONS) == 100


def test_nobody_is_punished_for_a_vote_in_a_panel_without_a_verdict(stage):
    stage.rounds("yyyynnn")
    assert [stage.gained(each) for each in REVIEWERS[:7]] == [25] * 4 + [0] * 3
    assert stage.gained(COMMONS) == 0


def test_equal_sides_are_both_paid(stage):
    stage.rounds("yyynnn-")
    fee_and_penalty = 100 + 250
    assert sum(map(stage.gained, REVIEWERS[:6])) == fee_and_penalty
    assert abs(stage.gained(REVIEWERS[0]) - stage.gained(REVIEWERS[5])) < Fraction(7, LVO)
    assert stage.gained(REVIEWERS[6]) == -250


def test_panel_that_reveals_nothing_costs_the_author_nothing(stage):
    assert stage.rounds("-------") == Status.INCONCLUSIVE
    assert stage.gained(AUTHOR) == 0
    assert stage.gained(COMMONS) == 7 * 250


def test_rejected_author_loses_a_fifth_to_the_commons(stage):
    stage.rounds("nnnnnnn")
    assert stage.gained(AUTHOR) == -100 - 200
    assert stage.gained(COMMONS) == 200
    assert sum(map(stage.gained, REVIEWERS[:7])) == 100


def test_reviewers_earn_the_same_for_yes_and_for_no():
    yes, no = Stage(), Stage()
    yes.rounds("yyyyynn")
    no.rounds("nnnnnyy")
    assert list(map(yes.gained, REVIEWERS)) == list(map(no.gained, REVIEWERS))


def test_penalties_follow_the_final_outcome_and_not_the_round(stage):
    """A bought first panel: five for it, two honest against it. Two more panels reject."""
    assert stage.rounds("yyyyynn", "nnnnnnn", "nnnnnnn") == Status.REJECTED
    assert [stage.gained(each) for each in REVIEWERS[:7]] == [0] * 7
    assert sum(map(stage.gained, REVIEWERS[7:21])) == 200
    assert stage.gained(APPELLANT) == -200
    assert stage.gained(COMMONS) == 100 + 200


def test_refund_lets_the_appellant_recover_the_fee_of_the_panel_it_overturned():
    stage = Stage(refund_bps=10_000)
    stage.rounds("yyyyynn", "nnnnnnn", "nnnnnnn")
    assert stage.gained(APPELLANT) == -200 + 100
    assert stage.gained(COMMONS) == 200


def test_who_holds_both_appeal_panels_earns_nothing_from_an_honest_first_one(stage):
    """Ten seats and both bonds of one hand; two honest seats in each panel vote the other way."""
    stage.rounds("nnnnnnn", "yyyyynn", "yyyyynn")
    hand = [APPELLANT, *REVIEWERS[7:12], *REVIEWERS[14:19]]
    assert sum(map(stage.gained, hand)) == 0
    assert sum(map(stage.gained, REVIEWERS[:7])) == 0


# The auction


def test_seven_highest_hold_the_seats_and_the_displaced_are_credited(stage):
    stage.seat(REVIEWERS[:7])
    fails("BidTooLow", stage.review.bid, stage.key, BID * 105 // 100 - 1, sender=RIVAL)
    stage.review.bid(stage.key, BID * 105 // 100, sender=RIVAL)
    # Among equal bids the earlier stays.
    assert stage.review.credits[REVIEWERS[6]] == BID
    assert [seat.reviewer for seat in stage.review.dossiers[stage.key].panel.seats] == [*REVIEWERS[:6], RIVAL]
    stage.review.withdraw(REVIEWERS[6], sender=OUTSIDER)
    assert stage.gained(REVIEWERS[6]) == 0


def test_earlier_of_equal_bids_stays_after_many_displacements(stage):
    stage.seat(REVIEWERS[:7])
    stage.seat(REVIEWERS[7:14], BID * 105 // 100)
    # All seven bid the same again; seat 6 was taken first, seat 0 last.
    stage.review.bid(stage.key, 2 * BID, sender=RIVAL)
    assert stage.review.credits[REVIEWERS[13]] == BID * 105 // 100
    assert stage.review.credits[REVIEWERS[7]] == 0


def test_raise_moves_to_the_end_of_its_equals(stage):
    stage.seat(REVIEWERS[:6])
    stage.seat([REVIEWERS[6]], BID + 1)
    stage.seat(REVIEWERS[:6], BID + 1)
    stage.review.bid(stage.key, 2 * BID, sender=RIVAL)
    assert stage.review.credits[REVIEWERS[5]] == BID + 1
    fails("BidTooLow", stage.review.bid, stage.key, BID + 1, sender=REVIEWERS[0])


def test_credit_is_used_for_the_next_bid(stage):
    stage.seat(REVIEWERS[:7])
    stage.review.bid(stage.key, 2 * BID, sender=RIVAL)
    before = stage.lvo.balances[REVIEWERS[6]]
    stage.review.bid(stage.key, 2 * BID, sender=REVIEWERS[6])
    assert before - stage.lvo.balances[REVIEWERS[6]] == BID
    assert stage.review.credits[REVIEWERS[6]] == 0


def test_seats_lock_the_same_and_the_excess_is_credited(stage):
    stage.seat(REVIEWERS[:3], 3 * BID)
    stage.seat(REVIEWERS[3:7])
    fails("WrongStatus", stage.review.equalise, stage.key, sender=OUTSIDER)
    stage.close()
    stage.review.equalise(stage.key, sender=OUTSIDER)
    assert [stage.review.credits[each] for each in REVIEWERS[:7]] == [2 * BID] * 3 + [0] * 4
    fails("NothingToEqualise", stage.review.equalise, stage.key, sender=OUTSIDER)


def test_penalty_is_of_the_lowest_bid_also_for_who_bid_more(stage):
    stage.seat(REVIEWERS[:3], 3 * BID)
    stage.seat(REVIEWERS[3:7])
    stage.close()
    stage.vote("-yyyyyy")
    stage.clock.time += stage.review.terms.appeal_window
    stage.review.finalise(stage.key, sender=OUTSIDER)
    assert stage.gained(REVIEWERS[0]) == -250


def test_late_seats_move_the_close_within_the_cap_and_low_bids_do_not(stage):
    stage.seat(REVIEWERS[:7])
    panel = stage.review.dossiers[stage.key].panel
    end = START + DAY
    for number in range(20):
        stage.clock.time = panel.closes_at - 1
        fails("BidTooLow", stage.review.bid, stage.key, BID, sender=RIVAL)
        before = panel.closes_at
        stage.review.bid(stage.key, stage.review.least_bid(stage.key), sender=REVIEWERS[7 + number])
        assert panel.closes_at == min(before - 1 + 900, end + 7_200)
    stage.review.bid(stage.key, 10 * BID, sender=REVIEWERS[26])
    stage.close()
    fails("WrongStatus", stage.review.bid, stage.key, 20 * BID, sender=RIVAL)


def test_short_panel_is_given_a_second_window_and_then_everyone_everything(stage):
    stage.seat(REVIEWERS[:6])
    stage.clock.time = START + DAY
    assert stage.review.status(stage.key) == Status.BIDDING
    stage.clock.time = START + 2 * DAY
    assert stage.review.status(stage.key) == Status.UNREVIEWED
    stage.review.finalise(stage.key, sender=OUTSIDER)
    assert [stage.gained(each) for each in PEOPLE] == [0] * len(PEOPLE)


def test_panel_that_is_filled_in_the_second_window_judges(stage):
    stage.seat(REVIEWERS[:6])
    stage.clock.time = START + DAY + 5
    stage.seat(REVIEWERS[6:7])
    assert stage.review.status(stage.key) == Status.BIDDING
    stage.close()
    assert stage.clock.time == START + 2 * DAY
    assert stage.review.status(stage.key) == Status.COMMITTING


def test_short_appeal_leaves_the_outcome_and_returns_the_bond(stage):
    stage.round("yyyyyyy")
    stage.review.appeal(stage.key, sender=APPELLANT)
    stage.seat(REVIEWERS[7:13], 2 * BID)
    stage.clock.time += 2 * DAY
    assert stage.review.status(stage.key) == Status.PUBLISHED
    stage.review.finalise(stage.key, sender=OUTSIDER)
    assert stage.gained(APPELLANT) == 0
    assert [stage.gained(each) for each in REVIEWERS[7:13]] == [0] * 6


def test_author_appellant_and_earlier_panels_are_excluded(stage):
    fails("BidderExcluded", stage.review.bid, stage.key, BID, sender=AUTHOR)
    stage.round("yyyyyyy")
    stage.review.appeal(stage.key, sender=APPELLANT)
    for each in (AUTHOR, APPELLANT, REVIEWERS[0], REVIEWERS[6]):
        fails("BidderExcluded", stage.review.bid, stage.key, 2 * BID, sender=each)
    fails("BidTooLow", stage.review.bid, stage.key, 2 * BID - 1, sender=REVIEWERS[7])
    stage.review.bid(stage.key, 2 * BID, sender=REVIEWERS[7])


# Votes


def test_vote_counts_for_its_reviewer_only(stage):
    stage.seat(REVIEWERS[:7])
    stage.close()
    ballot = Ballot(0, 1, salt=b"\5" * 32)
    stolen = stage.hash(ballot, REVIEWERS[0])
    stage.review.commit(stage.key, stolen, sender=REVIEWERS[0])
    stage.review.commit(stage.key, stolen, sender=REVIEWERS[1])
    fails("AlreadyCommitted", stage.review.commit, stage.key, b"\1" * 32, sender=REVIEWERS[1])
    stage.clock.time += DAY
    stage.review.reveal(stage.key, [ballot], sender=OUTSIDER)
    copied = Ballot(1, 1, salt=ballot.salt)
    fails("NothingRevealed", stage.review.reveal, stage.key, [copied, ballot], sender=REVIEWERS[1])


def test_leak_costs_the_seat_everything_and_pays_who_noted_it_first(stage):
    stage.seat(REVIEWERS[:7])
    stage.close()
    ballot = Ballot(0, 1, salt=b"\5" * 32)
    stage.review.commit(stage.key, stage.hash(ballot, REVIEWERS[0]), sender=REVIEWERS[0])
    args = (stage.key, 0, REVIEWERS[0], ballot.choice, ballot.reasons, ballot.salt)
    stage.review.note_leak(finding_hash(OUTSIDER, *args), sender=OUTSIDER)
    stage.clock.time += 59
    fails("FindingNotRipe", stage.review.prove_leak, stage.key, ballot, sender=OUTSIDER)
    stage.clock.time += 1
    fails("FindingNotRipe", stage.review.prove_leak, stage.key, ballot, sender=RIVAL)
    stage.review.prove_leak(stage.key, ballot, sender=OUTSIDER)
    fails("LeakNotProved", stage.review.prove_leak, stage.key, ballot, sender=OUTSIDER)
    stage.vote("-yyyyyy")
    assert stage.review.dossiers[stage.key].panel.seats[0].vote == Choice.LEAKED
    stage.clock.time += stage.review.terms.appeal_window
    stage.review.finalise(stage.key, sender=OUTSIDER)
    assert stage.gained(REVIEWERS[0]) == -500
    assert stage.gained(OUTSIDER) == 250
    assert sum(map(stage.gained, REVIEWERS[1:7])) == 350


# The end


def test_status_is_final_the_second_the_last_window_ends(stage):
    stage.round("yyyyyyy")
    end = stage.clock.time + stage.review.terms.appeal_window
    stage.clock.time = end - 1
    assert stage.review.status(stage.key) == Status.APPEALABLE
    fails("NothingToSettle", stage.review.finalise, stage.key, sender=OUTSIDER)
    stage.clock.time = end
    assert stage.review.status(stage.key) == Status.PUBLISHED
    fails("WrongStatus", stage.review.appeal, stage.key, sender=APPELLANT)
    stage.review.finalise(stage.key, sender=OUTSIDER)
    fails("NothingToSettle", stage.review.finalise, stage.key, sender=OUTSIDER)


def test_third_panel_is_the_last(stage):
    for number in range(3):
        if number:
            stage.review.appeal(stage.key, sender=APPELLANT)
        stage.round("yyyyyyy", BID * 2**number, 7 * number)
    assert stage.review.status(stage.key) == Status.PUBLISHED


def test_submission_names_its_parent_and_is_unique(stage):
    fails("AlreadySubmitted", stage.review.submit, Submission(CONTENT, stake=STAKE), sender=AUTHOR)
    other = Submission(b"\2" * 32, parent=stage.key, stake=STAKE)
    fails("ParentUnknown", stage.review.submit, other, sender=RIVAL)
    stage.review.submit(other, sender=AUTHOR)
    fails("StakeTooLow", stage.review.submit, Submission(b"\3" * 32, stake=STAKE - 1), sender=AUTHOR)
    fails("ContentHashZero", stage.review.submit, Submission(bytes(32), stake=STAKE), sender=AUTHOR)


@pytest.mark.parametrize(("name", "value"), [("min_bid", 0), ("appeals", 3), ("fee_bps", 5_001), ("bond_bps", 4_999)])
def test_terms_are_bounded(name, value):
    fails("TermOutOfBounds", Stage, **{name: value})
