"""ContentReview: every function, first how it fails, then what it does."""

import pytest

from lvo.content import (
    NOTHING,
    Submission,
    appeal_hash,
    ballot_hash,
    bid_hash,
    finding_hash,
    seal_hash,
    submission_hash,
    submission_id,
)
from lvo.models.base import NOBODY, Event
from lvo.models.review import BOUNDS, Terms
from lvo.units import DAY
from tests.chain.artifacts import load
from tests.chain.interface import ChainError
from tests.chain.revm import RevmChain
from tests.helpers import FOREVER, event_args, reverts, sign_token
from tests.reviews import (
    APPEALABLE,
    BID,
    BIDDING,
    BOND,
    COMMITTING,
    CONTENT,
    FEE,
    INCONCLUSIVE,
    PUBLISHED,
    REASONS,
    REJECTED,
    REVEALING,
    REVIEWERS,
    STAKE,
    UNKNOWN,
    UNREVIEWED,
    Stage,
    fields,
)
from tests.scenes import story

OTHER = Submission(b"\2" * 32, b"\3" * 32, "ipfs://two", NOTHING, STAKE)
SALT = b"\4" * 32
NEXT = BID * 105 // 100
"""The least bid that displaces one of BID."""


@pytest.fixture
def stage():
    """One submission, on the chain inside the process."""
    return Stage(RevmChain())


# The constructor


@pytest.mark.parametrize("who", ["nobody", "token"])
def test_constructor_reverts_when_the_commons_cannot_be_paid(stage, who):
    account = NOBODY if who == "nobody" else stage.token.address
    with pytest.raises(ChainError) as failure:
        stage.chain.deploy("ContentReview", fields(stage.token.address, Terms(account)), sender=stage.names["bank"])
    assert failure.value.error.name == "TokenIntake_InvalidReceiver"


@pytest.mark.parametrize(("place", "name"), list(enumerate(BOUNDS, 2)))
def test_constructor_reverts_when_a_term_is_out_of_bounds(stage, place, name):
    least, most = BOUNDS[name]
    for value in {least - 1, most + 1} - {-1, 2**96}:
        terms = Terms(stage.names["commons"], **{name: value})
        with pytest.raises(ChainError) as failure:
            stage.chain.deploy("ContentReview", fields(stage.token.address, terms), sender=stage.names["bank"])
        assert failure.value.error.name == "ContentReview_TermOutOfBounds"
        assert failure.value.error.facts == (place, value, least, most)


@pytest.mark.parametrize("side", [0, 1])
def test_constructor_takes_every_term_at_its_bounds_and_tells_it(stage, side):
    terms = Terms(stage.names["commons"], **{name: bounds[side] for name, bounds in BOUNDS.items()})
    given = fields(stage.token.address, terms)
    outcome, address = stage.chain.create(stage.names["bank"], load("ContentReview").creation_code((given,)))
    made = stage.chain.at("ContentReview", address)
    assert stage.chain.events(outcome.logs) == [Event(address, "ReviewOpened", (given,))]
    assert made.view("terms") == given


# Submitting


def test_announce_reverts_when_the_seal_is_known(stage):
    time = stage.send("announce", SALT).time
    reverts(stage.try_send("announce", SALT, by="rival"), "ContentReview_SealKnown", SALT, time)


def test_submit_reverts_when_the_content_hash_is_zero(stage):
    nothing = Submission(NOTHING, stake=STAKE).fields()
    reverts(stage.try_send("submit", nothing, by="author"), "ContentReview_ContentHashZero")


def test_submit_reverts_when_the_author_submitted_it_before(stage):
    again = Submission(CONTENT, b"\3" * 32, stake=STAKE).fields()
    reverts(stage.try_send("submit", again, by="author"), "ContentReview_AlreadySubmitted", stage.id)


def test_submit_reverts_when_the_stake_is_too_low(stage):
    low = Submission(OTHER.content_hash, stake=STAKE - 1).fields()
    reverts(stage.try_send("submit", low, by="author"), "ContentReview_StakeTooLow", STAKE - 1, STAKE)


def test_submit_reverts_when_the_parent_is_not_the_authors(stage):
    child = Submission(OTHER.content_hash, parent=stage.id, stake=STAKE).fields()
    rival = stage.names["rival"]
    reverts(stage.try_send("submit", child, by="rival"), "ContentReview_ParentUnknown", stage.id, rival)
    orphan = Submission(OTHER.content_hash, parent=SALT, stake=STAKE).fields()
    reverts(stage.try_send("submit", orphan, by="author"), "ContentReview_ParentUnknown", SALT, stage.names["author"])


def test_submit_reverts_when_the_seal_was_not_announced(stage):
    author = stage.names["author"]
    seal = seal_hash(stage.chain.chain_id, stage.review.address, author, OTHER.content_hash, SALT)
    sealed = Submission(OTHER.content_hash, stake=STAKE, salt=SALT).fields()
    reverts(stage.try_send("submit", sealed, by="author"), "ContentReview_SealUnknown", seal)
    # Another author's seal over the same content is another seal.
    stage.send("announce", seal_hash(stage.chain.chain_id, stage.review.address, author, OTHER.content_hash, SALT))
    theirs = seal_hash(stage.chain.chain_id, stage.review.address, stage.names["rival"], OTHER.content_hash, SALT)
    reverts(stage.try_send("submit", sealed, by="rival"), "ContentReview_SealUnknown", theirs)


def test_submit_with_authorization_reverts_when_somebody_else_signed_or_for_something_else(stage):
    author = stage.names["author"]
    nonce = submission_hash(author, OTHER)
    forged = stage.authorization("author", STAKE, nonce, signer="rival")
    receipt = stage.try_send("submitWithAuthorization", author, OTHER.fields(), forged)
    reverts(receipt, "LVOToken_InvalidSigner", stage.names["rival"], author)
    signed = stage.authorization("author", STAKE, nonce)
    for change in ("manifest_hash", "parent", "salt", "uri"):
        values = {"uri": "elsewhere", "parent": stage.id}
        altered = Submission(**{**OTHER.__dict__, change: values.get(change, b"\x09" * 32)})
        receipt = stage.try_send("submitWithAuthorization", author, altered.fields(), signed)
        assert receipt.error is not None


def test_submit_records_who_what_when_and_of_what(stage):
    child = Submission(OTHER.content_hash, OTHER.manifest_hash, OTHER.uri, stage.id, STAKE + 1)
    receipt = stage.send("submit", child.fields(), by="author")
    author, id_ = stage.names["author"], submission_id(stage.names["author"], OTHER.content_hash)
    assert story(receipt) == [
        (
            "Submitted",
            id_,
            author,
            child.content_hash,
            child.manifest_hash,
            child.uri,
            stage.id,
            STAKE + 1,
            receipt.time,
        ),
        ("Transfer", author, stage.review.address, STAKE + 1),
    ]
    assert stage.review.view("authorOf", id_) == (author, STAKE + 1)
    assert stage.review.view("idOf", author, OTHER.content_hash) == id_
    assert stage.review.view("courseOf", id_)[:3] == (receipt.time, receipt.time, receipt.time + DAY)


def test_submit_of_the_same_content_by_another_author_is_another_submission(stage):
    receipt = stage.send("submit", Submission(CONTENT, stake=STAKE).fields(), by="rival")
    assert event_args(receipt, "Submitted")[0][0] != stage.id


def test_submit_with_a_seal_counts_from_its_announcement(stage):
    seal = seal_hash(stage.chain.chain_id, stage.review.address, stage.names["author"], OTHER.content_hash, SALT)
    announced = stage.send("announce", seal)
    assert story(announced) == [("Announced", seal)]
    assert stage.review.view("announcedAt", seal) == announced.time
    sealed = Submission(OTHER.content_hash, stake=STAKE, salt=SALT)
    receipt = stage.send("submit", sealed.fields(), by="author", at=stage.chain.time + 1_000)
    assert event_args(receipt, "Submitted")[0][-1] == announced.time


def test_submit_with_authorization_lets_somebody_else_pay_the_gas(stage):
    author = stage.names["author"]
    signed = stage.authorization("author", STAKE, submission_hash(author, OTHER))
    receipt = stage.send("submitWithAuthorization", author, OTHER.fields(), signed, by="rival")
    assert event_args(receipt, "Submitted")[0][1] == author
    assert stage.gained("rival") == 0
    assert stage.gained("author") == -2 * STAKE
    assert stage.review.view("submissionHash", author, OTHER.fields()) == submission_hash(author, OTHER)


def test_submit_with_permit_is_one_transaction(stage):
    author = stage.names["author"]
    stage.token.send("approve", stage.review.address, 0, sender=author)
    permit = {"owner": author, "spender": stage.review.address, "value": STAKE, "nonce": 0, "deadline": FOREVER}
    calls = [
        stage.review.encode("usePermit", STAKE, FOREVER, sign_token(stage.token, "author", "Permit", **permit)),
        stage.review.encode("submit", OTHER.fields()),
    ]
    stage.send("multicall", calls, by="author")
    assert stage.gained("author") == -2 * STAKE


# Bidding


def test_bid_reverts_when_there_is_no_submission(stage):
    reverts(stage.try_send("bid", SALT, BID, by="rival"), "ContentReview_WrongStatus", SALT, UNKNOWN, BIDDING)


def test_bid_reverts_when_the_bidding_is_over(stage):
    stage.seat()
    receipt = stage.try_send("bid", stage.id, 10 * BID, by="rival", at=stage.close())
    reverts(receipt, "ContentReview_WrongStatus", stage.id, COMMITTING, BIDDING)


def test_bid_reverts_when_the_bidder_is_excluded(stage):
    author = stage.names["author"]
    reverts(stage.try_send("bid", stage.id, BID, by="author"), "ContentReview_BidderExcluded", stage.id, author)
    stage.panels("yyyyyyy")
    stage.send("appeal", stage.id, by="appellant")
    for name in ("author", "appellant", REVIEWERS[0], REVIEWERS[6]):
        receipt = stage.try_send("bid", stage.id, 2 * BID, by=name)
        reverts(receipt, "ContentReview_BidderExcluded", stage.id, stage.names[name])
    stage.seat(REVIEWERS[7:14], 2 * BID)
    stage.vote("nnnnnnn")
    stage.send("appeal", stage.id, by="second")
    for name in ("author", "appellant", "second", REVIEWERS[3], REVIEWERS[7], REVIEWERS[13]):
        receipt = stage.try_send("bid", stage.id, 4 * BID, by=name)
        reverts(receipt, "ContentReview_BidderExcluded", stage.id, stage.names[name])


def test_bid_reverts_when_it_is_below_the_least(stage):
    reverts(stage.try_send("bid", stage.id, BID - 1, by="rival"), "ContentReview_BidTooLow", stage.id, BID - 1, BID)


def test_bid_reverts_when_it_does_not_beat_the_lowest_by_the_step(stage):
    stage.seat()
    receipt = stage.try_send("bid", stage.id, NEXT - 1, by="rival")
    reverts(receipt, "ContentReview_BidTooLow", stage.id, NEXT - 1, NEXT)


def test_bid_reverts_when_a_raise_raises_nothing(stage):
    stage.seat(REVIEWERS[:1])
    receipt = stage.try_send("bid", stage.id, BID, by=REVIEWERS[0])
    reverts(receipt, "ContentReview_BidTooLow", stage.id, BID, BID + 1)


def test_bid_with_authorization_reverts_when_it_was_signed_for_another_amount_or_round(stage):
    who = stage.names["rival"]
    signed = stage.authorization("rival", BID, bid_hash(stage.id, 0, who, BID))
    assert stage.try_send("bidWithAuthorization", stage.id, who, BID + 1, signed).error is not None
    stage.panels("yyyyyyy")
    stage.send("appeal", stage.id, by="appellant")
    later = stage.authorization("rival", 2 * BID, bid_hash(stage.id, 0, who, 2 * BID))
    assert stage.try_send("bidWithAuthorization", stage.id, who, 2 * BID, later).error is not None


def test_bid_takes_a_free_seat(stage):
    receipt = stage.send("bid", stage.id, BID, by=REVIEWERS[0])
    who = stage.names[REVIEWERS[0]]
    assert story(receipt) == [
        ("BidPlaced", stage.id, who, 0, BID, 0),
        ("Transfer", who, stage.review.address, BID),
    ]
    assert stage.review.view("seatsOf", stage.id, 0)[0] == (who, BID)


def test_bid_displaces_the_latest_of_the_lowest_and_credits_it(stage):
    stage.seat()
    receipt = stage.send("bid", stage.id, NEXT, by="rival")
    who, out = stage.names["rival"], stage.names[REVIEWERS[6]]
    assert story(receipt)[:2] == [
        ("Credited", stage.id, out, BID),
        ("BidPlaced", stage.id, who, 6, NEXT, 0),
    ]
    assert stage.review.view("credits", out) == BID


def test_bid_uses_credit_first(stage):
    stage.seat()
    stage.send("bid", stage.id, NEXT, by="rival")
    receipt = stage.send("bid", stage.id, 2 * BID, by=REVIEWERS[6])
    placed = event_args(receipt, "BidPlaced")[0]
    assert placed[3:5] == (2 * BID, BID)
    assert event_args(receipt, "Transfer")[0][2] == BID
    assert stage.review.view("credits", stage.names[REVIEWERS[6]]) == 0


def test_bid_that_is_less_than_the_credit_leaves_the_rest_of_it(stage):
    stage.seat(REVIEWERS[:6])
    stage.seat((REVIEWERS[6],), 3 * BID)
    stage.seat(REVIEWERS[:6], 4 * BID)
    stage.send("bid", stage.id, 5 * BID, by="rival")
    other = stage.send("submit", Submission(b"\6" * 32, stake=STAKE).fields(), by="author")
    receipt = stage.send("bid", event_args(other, "Submitted")[0][0], BID, by=REVIEWERS[6])
    assert event_args(receipt, "Transfer") == []
    assert stage.review.view("credits", stage.names[REVIEWERS[6]]) == 2 * BID


def test_bid_raises_the_bidders_own_and_pays_the_difference(stage):
    stage.seat()
    receipt = stage.send("bid", stage.id, BID + 5, by=REVIEWERS[2])
    assert event_args(receipt, "BidPlaced")[0][2:4] == (2, BID + 5)
    assert event_args(receipt, "Transfer")[0][2] == 5
    assert event_args(receipt, "Credited") == []


def test_bid_with_authorization_leaves_credit_alone(stage):
    stage.seat()
    stage.send("bid", stage.id, NEXT, by="rival")
    who = stage.names[REVIEWERS[6]]
    signed = stage.authorization(REVIEWERS[6], 2 * BID, bid_hash(stage.id, 0, who, 2 * BID))
    stage.send("bidWithAuthorization", stage.id, who, 2 * BID, signed)
    assert stage.review.view("credits", who) == BID
    assert stage.review.view("bidHash", stage.id, 0, who, 2 * BID) == bid_hash(stage.id, 0, who, 2 * BID)


def test_withdraw_reverts_when_there_is_no_credit(stage):
    who = stage.names["rival"]
    reverts(stage.try_send("withdraw", who), "ContentReview_NothingToWithdraw", who)


def test_withdraw_pays_one_account_alone(stage):
    stage.seat()
    stage.send("bid", stage.id, NEXT, by="rival")
    stage.send("bid", stage.id, NEXT, by="second")
    first, other = stage.names[REVIEWERS[6]], stage.names[REVIEWERS[5]]
    receipt = stage.send("withdraw", first)
    assert story(receipt) == [("Withdrawn", first, BID), ("Transfer", stage.review.address, first, BID)]
    assert stage.review.view("credits", other) == BID
    reverts(stage.try_send("withdraw", first), "ContentReview_NothingToWithdraw", first)


def test_equalise_reverts_when_the_bidding_is_not_over_or_the_panel_short(stage):
    reverts(stage.try_send("equalise", stage.id), "ContentReview_WrongStatus", stage.id, BIDDING, COMMITTING)
    stage.seat(REVIEWERS[:6], 2 * BID)
    receipt = stage.try_send("equalise", stage.id, at=stage.opened + 2 * DAY)
    reverts(receipt, "ContentReview_WrongStatus", stage.id, UNREVIEWED, COMMITTING)


def test_equalise_reverts_when_everyone_was_paid(stage):
    stage.seat((REVIEWERS[0],), 2 * BID)
    stage.seat(REVIEWERS[1:7])
    stage.vote("yyyyyyy")
    stage.end()
    reverts(stage.try_send("equalise", stage.id), "ContentReview_WrongStatus", stage.id, PUBLISHED, COMMITTING)


def test_equalise_reverts_when_all_are_equal(stage):
    stage.seat()
    receipt = stage.try_send("equalise", stage.id, at=stage.close())
    reverts(receipt, "ContentReview_NothingToEqualise", stage.id)


def test_equalise_credits_what_was_bid_above_the_lowest(stage):
    for number, name in enumerate(REVIEWERS[:7]):
        stage.send("bid", stage.id, BID + number, by=name)
    receipt = stage.send("equalise", stage.id, at=stage.close())
    assert story(receipt) == [
        ("Credited", stage.id, stage.names[name], number) for number, name in enumerate(REVIEWERS[:7]) if number
    ]
    assert [bid for _, bid in stage.review.view("seatsOf", stage.id, 0)] == [BID] * 7


# Voting


def test_commit_reverts_when_it_is_not_the_time(stage):
    stage.seat()
    early = stage.try_send("commit", stage.id, SALT, by=REVIEWERS[0], at=stage.close() - 1)
    reverts(early, "ContentReview_WrongStatus", stage.id, BIDDING, COMMITTING)
    late = stage.try_send("commit", stage.id, SALT, by=REVIEWERS[0], at=stage.close() + DAY)
    reverts(late, "ContentReview_WrongStatus", stage.id, REVEALING, COMMITTING)


def test_commit_reverts_when_the_commitment_is_zero(stage):
    stage.seat()
    receipt = stage.try_send("commit", stage.id, NOTHING, by=REVIEWERS[0], at=stage.close())
    reverts(receipt, "ContentReview_CommitmentZero", stage.id)


def test_commit_reverts_when_the_account_has_committed(stage):
    stage.seat()
    stage.send("commit", stage.id, SALT, by=REVIEWERS[0], at=stage.close())
    receipt = stage.try_send("commit", stage.id, CONTENT, by=REVIEWERS[0])
    reverts(receipt, "ContentReview_AlreadyCommitted", stage.id, stage.names[REVIEWERS[0]], SALT)


def test_commit_keeps_the_commitment_of_its_round(stage):
    stage.seat()
    receipt = stage.send("commit", stage.id, SALT, by=REVIEWERS[0], at=stage.close())
    who = stage.names[REVIEWERS[0]]
    assert story(receipt) == [("Committed", stage.id, who, SALT)]
    assert stage.review.view("commitmentOf", stage.id, 0, who) == SALT
    assert stage.review.view("commitmentOf", stage.id, 1, who) == NOTHING


def test_reveal_reverts_when_it_is_not_the_time(stage):
    stage.seat()
    ballots = stage.commit("yyyyyyy")
    end = stage.close() + DAY
    early = stage.try_send("reveal", stage.id, ballots, at=end - 1)
    reverts(early, "ContentReview_WrongStatus", stage.id, COMMITTING, REVEALING)
    late = stage.try_send("reveal", stage.id, ballots, at=end + DAY)
    reverts(late, "ContentReview_WrongStatus", stage.id, APPEALABLE, REVEALING)


def test_reveal_reverts_when_nothing_counts(stage):
    stage.seat()
    ballot = stage.commit("yyyyyyy")[0]
    stage.wait(stage.close() + DAY)
    wrong = [
        (0, 2, *ballot[2:]),
        (7, *ballot[1:]),
        (1, *ballot[1:]),
        (*ballot[:3], b"\x0a" * 32),
        (0, 1, CONTENT, ballot[3]),
    ]
    for batch in ([], wrong):
        reverts(stage.try_send("reveal", stage.id, batch), "ContentReview_NothingRevealed", stage.id, len(batch))


def test_reveal_counts_what_fits_and_reports_the_rest(stage):
    stage.seat()
    ballots = stage.commit("ynyyyyy")
    stage.wait(stage.close() + DAY)
    receipt = stage.send("reveal", stage.id, [ballots[0], ballots[0], (9, *ballots[1][1:]), ballots[1]])
    first, second = (stage.names[name] for name in REVIEWERS[:2])
    assert story(receipt) == [
        ("Revealed", stage.id, first, 0, 1, REASONS),
        ("RevealSkipped", stage.id, 0),
        ("RevealSkipped", stage.id, 9),
        ("Revealed", stage.id, second, 1, 2, REASONS),
    ]
    assert stage.course[3] == 1 | 2 << 2
    assert stage.review.view("commitmentOf", stage.id, 0, first) == NOTHING


def test_ballot_hash_is_what_the_library_computes(stage):
    who = stage.names["rival"]
    facts = (stage.id, 2, who, 1, REASONS, SALT)
    assert stage.review.view("ballotHash", *facts) == ballot_hash(stage.chain.chain_id, stage.review.address, *facts)
    assert stage.review.view("findingHash", who, *facts) == finding_hash(who, *facts)


def leaked(stage, finder="finder", votes="y------"):
    """Seat 0 committed, and a finder noted its vote; returns the ballot."""
    stage.seat()
    ballot = stage.commit(votes)[0]
    finding = finding_hash(stage.names[finder], stage.id, 0, stage.names[REVIEWERS[0]], *ballot[1:])
    receipt = stage.send("noteLeak", finding, by="outsider")
    assert story(receipt) == [("LeakNoted", finding)]
    assert stage.review.view("notedAt", finding) == receipt.time
    return ballot, finding, receipt.time


def test_note_leak_reverts_when_it_was_noted_before(stage):
    time = stage.send("noteLeak", SALT).time
    reverts(stage.try_send("noteLeak", SALT), "ContentReview_FindingKnown", SALT, time)


def test_prove_leak_reverts_when_votes_are_not_being_committed_to(stage):
    ballot, _, _ = leaked(stage)
    receipt = stage.try_send("proveLeak", stage.id, ballot, by="finder", at=stage.close() + DAY)
    reverts(receipt, "ContentReview_WrongStatus", stage.id, REVEALING, COMMITTING)


def test_prove_leak_reverts_when_the_finding_is_not_the_callers_or_fresh(stage):
    ballot, finding, time = leaked(stage)
    receipt = stage.try_send("proveLeak", stage.id, ballot, by="finder", at=time + 59)
    reverts(receipt, "ContentReview_FindingNotRipe", finding, time)
    thief = stage.names["rival"]
    theirs = finding_hash(thief, stage.id, 0, stage.names[REVIEWERS[0]], *ballot[1:])
    receipt = stage.try_send("proveLeak", stage.id, ballot, by="rival", at=time + 60)
    reverts(receipt, "ContentReview_FindingNotRipe", theirs, 0)


def test_prove_leak_reverts_when_it_is_not_the_commitment_or_the_seat_is_void(stage):
    ballot, _, time = leaked(stage)
    reverts(
        stage.try_send("proveLeak", stage.id, (7, *ballot[1:]), by="finder"), "ContentReview_LeakNotProved", stage.id, 7
    )
    wrong = (0, 2, *ballot[2:])
    guess = finding_hash(stage.names["finder"], stage.id, 0, stage.names[REVIEWERS[0]], *wrong[1:])
    stage.send("noteLeak", guess)
    receipt = stage.try_send("proveLeak", stage.id, wrong, by="finder", at=time + 200)
    reverts(receipt, "ContentReview_LeakNotProved", stage.id, 0)
    stage.send("proveLeak", stage.id, ballot, by="finder")
    receipt = stage.try_send("proveLeak", stage.id, ballot, by="finder")
    reverts(receipt, "ContentReview_LeakNotProved", stage.id, 0)


def test_prove_leak_voids_the_seat_and_pays_the_finder_in_the_end(stage):
    ballot, _, time = leaked(stage, votes="yyyyyyy")
    receipt = stage.send("proveLeak", stage.id, ballot, by="finder", at=time + 60)
    who, finder = stage.names[REVIEWERS[0]], stage.names["finder"]
    assert story(receipt) == [("LeakProved", stage.id, who, finder, 0)]
    end = stage.close() + DAY
    receipt = stage.send("reveal", stage.id, [ballot, *(stage.ballot(seat, 1) for seat in range(1, 7))], at=end)
    assert event_args(receipt, "RevealSkipped") == [(stage.id, 0)]
    stage.wait(end + DAY)
    stage.end()
    assert stage.gained(REVIEWERS[0]) == -BID
    assert stage.gained("finder") == BID // 2
    assert sum(stage.gained(name) for name in REVIEWERS[1:7]) == FEE + BID // 2


# Appeal and end


def test_appeal_reverts_when_it_cannot_be_appealed(stage):
    reverts(stage.try_send("appeal", stage.id), "ContentReview_WrongStatus", stage.id, BIDDING, APPEALABLE)
    stage.panels("yyyyyyy")
    late = stage.try_send("appeal", stage.id, by="appellant", at=stage.chain.time + 2 * DAY)
    reverts(late, "ContentReview_WrongStatus", stage.id, PUBLISHED, APPEALABLE)


def test_appeal_reverts_when_there_were_two(stage):
    stage.panels("yyyyyyy", "nnnnnnn", "yyyyyyy")
    receipt = stage.try_send("appeal", stage.id, by="rival")
    reverts(receipt, "ContentReview_WrongStatus", stage.id, PUBLISHED, APPEALABLE)


def test_appeal_opens_another_round_for_a_bond(stage):
    stage.panels("yyyyyyy")
    receipt = stage.send_at_once("appeal", stage.id, by="appellant")
    who = stage.names["appellant"]
    assert story(receipt) == [
        ("Appealed", stage.id, who, 1, BOND),
        ("Transfer", who, stage.review.address, BOND),
    ]
    assert stage.review.view("appellantOf", stage.id, 1) == who
    assert stage.course[1:3] == (receipt.time, receipt.time + DAY)
    assert stage.course[3] == 0b01010101010101
    assert stage.course[4:] == (0, 1, 0, False, False)
    low = stage.try_send("bid", stage.id, 2 * BID - 1, by="rival")
    reverts(low, "ContentReview_BidTooLow", stage.id, 2 * BID - 1, 2 * BID)


def test_appeal_with_authorization_takes_the_bond_of_who_signed(stage):
    stage.panels("yyyyyyy")
    who = stage.names["appellant"]
    nonce = appeal_hash(stage.id, 1, who)
    assert stage.review.view("appealHash", stage.id, 1, who) == nonce
    signed = stage.authorization("appellant", BOND, nonce)
    stage.send("appealWithAuthorization", stage.id, who, signed)
    assert stage.gained("appellant") == -BOND


def test_finalise_reverts_when_it_is_not_over_or_was_settled(stage):
    reverts(stage.try_send("finalise", SALT), "ContentReview_NothingToSettle", SALT, UNKNOWN, False)
    stage.panels("yyyyyyy")
    last = stage.chain.time + 2 * DAY
    receipt = stage.try_send("finalise", stage.id, at=last - 1)
    reverts(receipt, "ContentReview_NothingToSettle", stage.id, APPEALABLE, False)
    stage.send("finalise", stage.id, at=last)
    reverts(stage.try_send("finalise", stage.id), "ContentReview_NothingToSettle", stage.id, PUBLISHED, True)


def test_finalise_pays_a_published_case(stage):
    stage.panels("yyyyyy-")
    receipt = stage.end()
    pot = FEE + BID // 2
    assert event_args(receipt, "PanelSettled") == [(stage.id, 0, 1, BID, pot // 6)]
    assert event_args(receipt, "Settled") == [(stage.id, PUBLISHED, 0)]
    assert stage.gained("author") == -FEE
    assert [stage.gained(name) for name in REVIEWERS[:7]] == [pot // 6 + pot % 6, *[pot // 6] * 5, -BID // 2]


def test_finalise_pays_a_rejected_case_after_a_bought_first_panel(stage):
    stage.panels("yyyyynn", "nnnnnnn", "nnnnnnn")
    receipt = stage.end()
    assert event_args(receipt, "Settled") == [(stage.id, REJECTED, FEE + STAKE // 5)]
    assert [stage.gained(name) for name in REVIEWERS[:7]] == [0] * 7
    assert sum(stage.gained(name) for name in REVIEWERS[7:]) == 2 * BOND
    assert stage.gained("author") == -FEE - STAKE // 5
    assert stage.gained("appellant") == stage.gained("second") == -BOND
    assert stage.gained("commons") == FEE + STAKE // 5


def test_finalise_lets_the_minority_lose_only_where_no_panel_said_the_opposite():
    once, twice = Stage(RevmChain()), Stage(RevmChain())
    once.panels("yyyyynn")
    once.end()
    assert once.gained(REVIEWERS[6]) == -BID // 10
    assert once.gained("commons") == 2 * (BID // 10)
    twice.panels("yyyyynn", "nnnnnnn")
    twice.end()
    assert twice.gained(REVIEWERS[6]) == 0
    assert twice.status() == INCONCLUSIVE


def test_finalise_refunds_the_appellant_of_an_overturned_panel_as_far_as_the_terms_say():
    stage = Stage(RevmChain(), refund_bps=2_500)
    stage.panels("yyyyyyy", "nnnnnnn", "yyyyyyy")
    stage.end()
    assert stage.gained("appellant") == -BOND
    assert stage.gained("second") == -BOND + BOND // 4
    assert stage.gained("commons") == BOND - BOND // 4


def test_finalise_charges_nobody_for_a_panel_that_revealed_nothing(stage):
    stage.panels("-------", "-------")
    stage.end()
    assert stage.gained("author") == stage.gained("appellant") == 0
    assert stage.gained("commons") == 7 * (BID // 2) + 7 * BID


def test_finalise_returns_everything_when_seven_were_not_found(stage):
    stage.seat(REVIEWERS[:6])
    stage.wait(stage.opened + 2 * DAY)
    receipt = stage.end()
    assert event_args(receipt, "Settled") == [(stage.id, UNREVIEWED, 0)]
    assert stage.gained("author") == 0
    assert [stage.gained(name) for name in REVIEWERS[:6]] == [0] * 6


def test_finalise_returns_the_bond_when_an_appeal_finds_too_few(stage):
    stage.panels("yyyyyyy")
    stage.send("appeal", stage.id, by="appellant")
    stage.seat(REVIEWERS[7:13], 2 * BID)
    stage.wait(stage.chain.time + 2 * DAY)
    assert stage.status() == PUBLISHED
    stage.end()
    assert stage.gained("appellant") == 0
    assert [stage.gained(name) for name in REVIEWERS[7:13]] == [0] * 6


def test_status_is_published_the_second_the_last_window_ends(stage):
    stage.panels("yyyyyyy")
    stage.wait(stage.chain.time + 2 * DAY - 1)
    assert stage.status() == APPEALABLE
    stage.wait(stage.chain.time + 1)
    assert stage.status() == PUBLISHED
    assert not stage.course[-1]


def test_terms_without_appeals_end_with_the_reveals():
    stage = Stage(RevmChain(), appeals=0)
    stage.panels("nnnnnnn")
    assert stage.status() == REJECTED
