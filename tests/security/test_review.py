"""What peers of content review suffered, tried on ContentReview: copied and bought votes, stalls, lost stakes."""

import pytest

from lvo.content import NOTHING, Submission, bid_hash, finding_hash, seal_hash, submission_hash
from lvo.units import DAY, LVO
from tests.chain.artifacts import Error
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
    REVIEWERS,
    STAKE,
    WEALTH,
    Stage,
)

NEXT = BID * 105 // 100


@pytest.fixture
def stage():
    """One submission, on the chain inside the process."""
    return Stage(RevmChain())


def commit(stage, name, commitment):
    stage.send_at_once("commit", stage.id, commitment, by=name)


# Votes


def test_commitment_copied_from_another_cannot_be_revealed(stage):
    stage.seat()
    stage.wait(stage.close())
    ballot = stage.ballot(0, 1)
    original = stage.commitment(REVIEWERS[0], ballot)
    commit(stage, REVIEWERS[0], original)
    commit(stage, REVIEWERS[1], original)
    stage.wait(stage.close() + DAY)
    stage.send("reveal", stage.id, [ballot])
    copied = (1, *ballot[1:])
    reverts(stage.try_send("reveal", stage.id, [copied]), "ContentReview_NothingRevealed", stage.id, 1)


def test_commitment_does_not_count_in_another_round(stage):
    """What was committed to for the first round is not a vote of a later one."""
    stage.panels("yyyyyyy")
    stage.send_at_once("appeal", stage.id, by="appellant")
    stage.seat(REVIEWERS[7:14], 2 * BID)
    stage.wait(stage.close())
    ballot = stage.ballot(0, 1)
    commit(stage, REVIEWERS[7], stage.commitment(REVIEWERS[7], ballot, round_=0))
    stage.wait(stage.close() + DAY)
    assert stage.try_send("reveal", stage.id, [ballot]).error is not None


def test_commitment_does_not_count_for_another_submission_contract_or_chain(stage):
    other = event_args(stage.send("submit", Submission(b"\2" * 32, stake=STAKE).fields(), by="author"), "Submitted")
    chain = (stage.chain.chain_id, stage.review.address, stage.id)
    ballot = stage.ballot(0, 1)
    right = stage.commitment(REVIEWERS[0], ballot)
    facts = (0, stage.names[REVIEWERS[0]], *ballot[1:])
    assert stage.review.view("ballotHash", chain[2], *facts) == right
    assert stage.review.view("ballotHash", other[0][0], *facts) != right
    twin = stage.chain.fork(5).contracts[stage.review.address]
    assert twin.view("ballotHash", chain[2], *facts) != right
    elsewhere = Stage(stage.chain).review
    assert elsewhere.view("ballotHash", chain[2], *facts) != right


@pytest.mark.parametrize("choice", [0, 3, 4, 255])
def test_invalid_choice_counts_as_nothing(stage, choice):
    stage.seat()
    stage.wait(stage.close())
    ballot = (0, choice, REASONS, b"\1" * 32)
    commit(stage, REVIEWERS[0], stage.commitment(REVIEWERS[0], ballot))
    stage.wait(stage.close() + DAY)
    reverts(stage.try_send("reveal", stage.id, [ballot]), "ContentReview_NothingRevealed", stage.id, 1)
    stage.wait(stage.chain.time + DAY)
    stage.end()
    # It is a no-show, neither a yes nor a no.
    assert stage.gained(REVIEWERS[0]) == -BID // 2


def test_commitment_cannot_be_changed(stage):
    """Neither after a look at others, nor by voting twice."""
    stage.seat()
    stage.wait(stage.close())
    commit(stage, REVIEWERS[0], CONTENT)
    receipt = stage.try_send("commit", stage.id, REASONS, by=REVIEWERS[0])
    reverts(receipt, "ContentReview_AlreadyCommitted", stage.id, stage.names[REVIEWERS[0]], CONTENT)


def test_commitment_of_somebody_without_a_seat_is_worth_nothing(stage):
    stage.seat()
    stage.wait(stage.close())
    ballot = stage.ballot(0, 1)
    commit(stage, "rival", stage.commitment("rival", ballot))
    stage.wait(stage.close() + DAY)
    assert stage.try_send("reveal", stage.id, [ballot]).error is not None
    assert stage.try_send("reveal", stage.id, [(7, *ballot[1:])]).error is not None


def test_leak_cannot_be_taken_from_its_finder(stage):
    """A thief who sees the proof on its way has noted nothing a minute before."""
    stage.seat()
    ballot = stage.commit("y------")[0]
    who = stage.names[REVIEWERS[0]]
    stage.send("noteLeak", finding_hash(stage.names["finder"], stage.id, 0, who, *ballot[1:]), by="finder")
    stage.wait(stage.chain.time + 60)
    theirs = finding_hash(stage.names["rival"], stage.id, 0, who, *ballot[1:])
    stage.send_at_once("noteLeak", theirs, by="rival")
    stolen = stage.try_send("proveLeak", stage.id, ballot, by="rival", at=stage.chain.time)
    assert stolen.error is not None
    assert stolen.error.name == "ContentReview_FindingNotRipe"
    stage.send_at_once("proveLeak", stage.id, ballot, by="finder")


def test_leak_of_oneself_is_no_cheaper_than_not_to_show_up(stage):
    stage.seat()
    ballot = stage.commit("y------")[0]
    who = stage.names[REVIEWERS[0]]
    stage.send("noteLeak", finding_hash(stage.names["finder"], stage.id, 0, who, *ballot[1:]))
    stage.send("proveLeak", stage.id, ballot, by="finder", at=stage.chain.time + 60)
    stage.wait(stage.close() + 2 * DAY)
    stage.end()
    assert stage.gained(REVIEWERS[0]) + stage.gained("finder") == stage.gained(REVIEWERS[1]) == -BID // 2


def test_revealed_votes_are_the_same_in_every_order(stage):
    other = Stage(RevmChain())
    for each, step in ((stage, 1), (other, -1)):
        each.seat()
        ballots = each.commit("yyyynnn")
        each.wait(each.close() + DAY)
        for ballot in ballots[::step]:
            each.send_at_once("reveal", each.id, [ballot])
        each.wait(each.close() + 2 * DAY)
        each.end()
    assert [stage.gained(name) for name in REVIEWERS] == [other.gained(name) for name in REVIEWERS]


# The outcome and the money


def test_nobody_voted_and_nobody_takes_both_stakes(stage):
    stage.panels("-------", "-------")
    stage.end()
    assert stage.status() == INCONCLUSIVE
    assert stage.gained("author") == stage.gained("appellant") == 0


def test_penalties_follow_the_final_outcome_and_not_the_round(stage):
    """The two honest seats of a bought panel lose nothing, and the bought panel earns nothing."""
    stage.panels("yyyyynn", "nnnnnnn", "nnnnnnn")
    stage.end()
    assert stage.status() == REJECTED
    assert [stage.gained(name) for name in REVIEWERS[:7]] == [0] * 7


def test_honest_first_panel_is_not_robbed_by_two_bought_ones(stage):
    """Ten bought seats and both bonds earn nothing, and nobody of the first panel loses a wei of collateral."""
    stage.panels("nnnnnnn", "yyyyynn", "yyyyynn")
    stage.end()
    assert stage.status() == PUBLISHED
    bought = ["appellant", "second", *REVIEWERS[7:12], *REVIEWERS[14:19]]
    assert sum(stage.gained(name) for name in bought) == 0
    assert [stage.gained(name) for name in REVIEWERS[:7]] == [0] * 7


def test_five_bought_seats_take_nothing_from_the_honest_two(stage):
    stage.panels("yyyyynn")
    stage.end()
    assert sum(stage.gained(name) for name in REVIEWERS[:5]) == FEE
    assert stage.gained("commons") == 2 * (BID // 10)


def test_three_seats_that_block_a_verdict_earn_nothing(stage):
    stage.panels("yyyynnn")
    stage.end()
    assert [stage.gained(name) for name in REVIEWERS[4:7]] == [0] * 3


def test_reviewer_cannot_leave_before_the_penalty(stage):
    """There is no way out of a seat: what is credited is only what was bid above the lowest."""
    stage.seat()
    stage.wait(stage.close())
    receipt = stage.try_send("withdraw", stage.names[REVIEWERS[0]])
    reverts(receipt, "ContentReview_NothingToWithdraw", stage.names[REVIEWERS[0]])
    assert stage.try_send("equalise", stage.id).error == Error("ContentReview_NothingToEqualise", (stage.id,))
    stage.wait(stage.close() + 2 * DAY)
    stage.end()
    assert [stage.gained(name) for name in REVIEWERS[:7]] == [-BID // 2] * 7


def test_penalty_is_the_same_for_who_bid_more(stage):
    stage.seat((REVIEWERS[0],), 9 * BID)
    stage.seat(REVIEWERS[1:7])
    stage.vote("--yyyyy")
    stage.end()
    assert stage.gained(REVIEWERS[0]) == stage.gained(REVIEWERS[1]) == -BID // 2


def test_smallest_amounts_lose_no_wei():
    """Every division leaves something, and everything goes out."""
    least = {"min_stake": 10**6, "min_bid": 10**6, "fee_bps": 1, "minority_bps": 1, "refund_bps": 3_333}
    stage = Stage(RevmChain(), **least)
    other = Submission(b"\2" * 32, stake=1_000_003)
    stage.id = event_args(stage.send("submit", other.fields(), by="author"), "Submitted")[0][0]
    for number, votes in enumerate(("yyyyynn", "nnnnnn-", "yyyyyy-")):
        if number:
            stage.send_at_once("appeal", stage.id, by="appellant")
        stage.seat(REVIEWERS[7 * number : 7 * number + 7], (10**6 + 7) * 2**number)
        stage.vote(votes)
    before = stage.token.view("balanceOf", stage.review.address)
    receipt = stage.send_at_once("finalise", stage.id)
    paid = sum(args[2] for args in event_args(receipt, "Transfer"))
    # The first submission of the stage is still there with its stake.
    assert before - paid == stage.token.view("balanceOf", stage.review.address) == STAKE


def test_largest_amounts_do_not_overflow(stage):
    """Bids of all the money there is."""
    everything = 10**27 - len(stage.names) * WEALTH
    who = stage.names["bank"]
    held = stage.token.view("balanceOf", who)
    stage.token.send("approve", stage.review.address, FOREVER, sender=who)
    receipt = stage.try_send("bid", stage.id, 2**96 - 1, by="bank")
    reverts(receipt, "ERC20InsufficientBalance", who, held, 2**96 - 1)
    stage.send("bid", stage.id, held, by="bank")
    stage.seat(REVIEWERS[:6])
    receipt = stage.send("equalise", stage.id, at=stage.close())
    assert event_args(receipt, "Credited") == [(stage.id, who, held - BID)]
    assert held > everything > 10**26


def test_donations_are_harmless(stage):
    stage.token.send("transfer", stage.review.address, 5, sender=stage.names["rival"])
    stage.panels("yyyyyyy")
    stage.wait(stage.chain.time + 2 * DAY)
    stage.send("finalise", stage.id)
    assert stage.token.view("balanceOf", stage.review.address) == 5


# The auction


def test_failed_low_bid_does_not_extend_the_auction(stage):
    stage.seat()
    close = stage.close()
    assert stage.try_send("bid", stage.id, NEXT - 1, by="rival", at=close - 1).error is not None
    assert stage.close() == close


def test_raise_does_not_extend_the_auction(stage):
    stage.seat()
    close = stage.close()
    stage.send("bid", stage.id, BID + 1, by=REVIEWERS[0], at=close - 1)
    assert stage.close() == close


def test_auction_cannot_be_extended_for_ever(stage):
    stage.seat()
    last = stage.opened + DAY + 2 * 3_600
    moved = []
    for name in (*REVIEWERS[7:], "rival", "second", "finder"):
        amount = min(bid for _, bid in stage.review.view("seatsOf", stage.id, 0)) * 106 // 100
        receipt = stage.send("bid", stage.id, amount, by=name, at=stage.close() - 1)
        moved += [args[1] for args in event_args(receipt, "CloseMoved")]
    assert moved == sorted(set(moved))
    assert moved[-1] == last == stage.close()
    receipt = stage.try_send("bid", stage.id, 100 * BID, by="appellant", at=last)
    reverts(receipt, "ContentReview_WrongStatus", stage.id, COMMITTING, BIDDING)


def test_equal_bids_are_evicted_latest_first(stage):
    stage.seat()
    out = []
    for name in REVIEWERS[7:14]:
        out += [args[1] for args in event_args(stage.send("bid", stage.id, NEXT, by=name), "Credited")]
    assert out == [stage.names[name] for name in REVIEWERS[6::-1]]
    # All seven are equal again, and again the latest of them goes first, whatever seat it has.
    again = stage.send("bid", stage.id, 2 * BID, by="rival")
    assert event_args(again, "Credited")[0][1] == stage.names[REVIEWERS[13]]


def test_bidder_without_a_way_to_take_refunds_stops_nobody(stage):
    """A contract that bids by ERC-1271 and has no code for anything else is displaced and paid like everyone."""
    wallet = stage.chain.deploy("OwnerWallet", stage.names["rival"], sender=stage.names["bank"]).address
    stage.token.send("transfer", wallet, 10 * BID, sender=stage.names["rival"])
    stage.seat(REVIEWERS[:6])
    message = {"from": wallet, "to": stage.review.address, "value": BID}
    message |= {"validAfter": 0, "validBefore": FOREVER, "nonce": bid_hash(stage.id, 0, wallet, BID)}
    signature = sign_token(stage.token, "rival", "ReceiveWithAuthorization", **message)
    stage.send("bidWithAuthorization", stage.id, wallet, BID, (0, FOREVER, signature))
    receipt = stage.send("bid", stage.id, NEXT, by="second")
    assert event_args(receipt, "Credited") == [(stage.id, wallet, BID)]
    stage.send("withdraw", wallet)
    assert stage.token.view("balanceOf", wallet) == 10 * BID


def test_displaced_bidder_can_come_back(stage):
    stage.seat()
    stage.send("bid", stage.id, NEXT, by="rival")
    stage.send("bid", stage.id, 2 * BID, by=REVIEWERS[6])
    assert REVIEWERS[6] in stage.seated()


def test_author_and_appellant_cannot_judge(stage):
    """By another account they can: that is what appeals are for, and SPEC says what it costs."""
    assert stage.try_send("bid", stage.id, BID, by="author").error is not None
    stage.panels("yyyyyyy")
    stage.send("appeal", stage.id, by="appellant")
    assert stage.try_send("bid", stage.id, 2 * BID, by="appellant").error is not None


def test_author_bits_in_the_docket_exclude_nobody_else():
    """The docket bears 32 bits of the author; an account that shares them is asked for the rest."""
    stage = Stage(RevmChain())
    base = int(stage.names["author"], 16)
    lookalike = f"0x{(base ^ (1 << 100)):040x}"
    stage.token.send("transfer", lookalike, 10 * BID, sender=stage.names["rival"])
    stage.token.send("approve", stage.review.address, FOREVER, sender=lookalike)
    stage.review.send("bid", stage.id, BID, sender=lookalike)
    assert stage.review.view("seatsOf", stage.id, 0)[0] == (lookalike, BID)


# Time


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_every_window_ends_in_the_second_the_next_begins(stage, offset):
    stage.seat()
    close, day = stage.close(), DAY
    edges = [close, close + day, close + 2 * day, close + 4 * day]
    status = [BIDDING, COMMITTING, COMMITTING + 1, APPEALABLE, INCONCLUSIVE]
    for number, edge in enumerate(edges):
        stage.wait(edge + offset)
        assert stage.status() == status[number + (offset >= 0)]


def test_short_panel_cannot_be_stalled_beyond_its_second_window(stage):
    stage.seat(REVIEWERS[:6])
    stage.send("bid", stage.id, BID, by=REVIEWERS[6], at=stage.opened + 2 * DAY - 1)
    assert stage.close() <= stage.opened + 2 * DAY + 900
    stage.wait(stage.close())
    assert stage.status() == COMMITTING


def test_whole_case_ends_after_three_rounds_at_most(stage):
    """Whoever stalls, with appeals in their last second and short panels, the end comes."""
    for number in range(3):
        if number:
            stage.send("appeal", stage.id, by="appellant", at=stage.chain.time + 2 * DAY - 1)
        stage.wait(stage.chain.time + DAY)
        stage.seat(REVIEWERS[7 * number : 7 * number + 7], BID * 2**number)
        stage.wait(stage.close() + 2 * DAY)
    assert stage.status() == INCONCLUSIVE
    assert stage.chain.time <= stage.opened + 3 * (4 * DAY + 7_200) + 4 * DAY


def test_appeal_that_finds_nobody_costs_time_and_nothing_else(stage):
    """It ends the case: there is no second appeal after an empty one."""
    stage.panels("yyyyyyy")
    stage.send_at_once("appeal", stage.id, by="appellant")
    stage.wait(stage.chain.time + 2 * DAY)
    assert stage.status() == PUBLISHED
    assert stage.try_send("appeal", stage.id, by="second").error is not None
    stage.end()
    assert stage.gained("appellant") == 0


# Provenance and signatures


def test_thief_of_a_hash_cannot_stop_or_predate_the_author(stage):
    """The thief sees the author's submission on its way and comes first: both stand, and the seal tells who knew it."""
    author = stage.names["author"]
    content, salt = b"\x0b" * 32, b"\x0c" * 32
    abi = (stage.chain.chain_id, stage.review.address, author, content, salt)
    sealed = stage.send("announce", seal_hash(*abi)).time
    theft = stage.send("submit", Submission(content, stake=STAKE).fields(), by="rival")
    honest = stage.send("submit", Submission(content, stake=STAKE, salt=salt).fields(), by="author")
    assert event_args(honest, "Submitted")[0][-1] == sealed < event_args(theft, "Submitted")[0][-1]


def test_signed_submission_works_once(stage):
    author = stage.names["author"]
    other = Submission(b"\2" * 32, NOTHING, "uri", NOTHING, STAKE)
    signed = stage.authorization("author", STAKE, submission_hash(author, other))
    stage.send("submitWithAuthorization", author, other.fields(), signed)
    receipt = stage.try_send("submitWithAuthorization", author, other.fields(), signed)
    assert receipt.error.name == "ContentReview_AlreadySubmitted"


def test_signed_bid_cannot_be_used_in_another_round_or_by_somebody_else(stage):
    who = stage.names[REVIEWERS[8]]
    signed = stage.authorization(REVIEWERS[8], 2 * BID, bid_hash(stage.id, 1, who, 2 * BID))
    assert stage.try_send("bidWithAuthorization", stage.id, who, 2 * BID, signed).error is not None
    rival = stage.names["rival"]
    assert stage.try_send("bidWithAuthorization", stage.id, rival, 2 * BID, signed).error is not None
    stage.panels("yyyyyyy")
    stage.send("appeal", stage.id, by="appellant")
    stage.send("bidWithAuthorization", stage.id, who, 2 * BID, signed)


# Gas


@pytest.mark.parametrize("function", ["finalise", "withdraw", "equalise", "reveal"])
def test_gas_limit_decides_between_all_and_nothing(function):
    """Whatever gas a stranger sends a permissionless call with: it reverts, or has its full effect."""
    stage = Stage(RevmChain())
    stage.seat((REVIEWERS[0],), 2 * BID)
    stage.seat(REVIEWERS[1:7])
    if function == "reveal":
        ballots = stage.commit("yyyyynn")
        stage.wait(stage.close() + DAY)
        args = (stage.id, ballots)
    elif function == "finalise":
        stage.vote("yyyyynn")
        stage.wait(stage.chain.time + 2 * DAY)
        args = (stage.id,)
    else:
        stage.wait(stage.close())
        args = (stage.id,)
        if function == "withdraw":
            stage.send_at_once("equalise", stage.id)
            args = (stage.names[REVIEWERS[0]],)
    data = stage.review.encode(function, *args)

    def everything():
        return (
            [stage.token.view("balanceOf", each) for each in (*stage.names.values(), stage.review.address)],
            [stage.review.view("credits", each) for each in stage.names.values()],
            stage.course,
            stage.review.view("seatsOf", stage.id, 0),
        )

    def attempt(gas):
        mark = stage.chain.snapshot()
        outcome = stage.chain.transact(stage.names["outsider"], stage.review.address, data, stage.chain.time, gas=gas)
        after = everything()
        stage.chain.rollback(mark)
        return outcome.ok, after

    before = everything()
    done, after = attempt(10_000_000)
    assert done
    assert after != before
    seen = set()
    for gas in range(22_000, 400_000, 6_000):
        ok, state = attempt(gas)
        assert state == (after if ok else before), gas
        seen.add(ok)
    assert seen == {True, False}


def test_settling_three_rounds_fits_into_a_transaction(stage):
    """All receivers delegate, every seat leaks or votes: far below the cap of a transaction."""
    stage.panels("yyyyynn", "nnnnnnn", "yyyyynn")
    for name in (*REVIEWERS, "author", "appellant", "second", "commons"):
        stage.token.send("delegate", stage.names[name], sender=stage.names[name])
    data = stage.review.encode("finalise", stage.id)
    outcome = stage.chain.transact(stage.names["outsider"], stage.review.address, data, stage.chain.time, gas=3_000_000)
    assert outcome.ok
    assert stage.review.view("authorOf", stage.id) == (stage.names["author"], STAKE)
    assert BOND == FEE == 100 * LVO
