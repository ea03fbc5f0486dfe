"""AdLedger, lines: booking, becoming final, objections and the settler's deposit; first how each fails."""

from dataclasses import astuple

import pytest

from lvo.models.ads import SILENCE, LineStatus, Resolution, Status, batch_tree, line_id
from lvo.models.base import NOBODY, Event
from lvo.units import LVO
from tests.ads import (
    BOND,
    BUDGET,
    DATA,
    LATE,
    PRICE,
    RECEIPTS,
    RULES,
    SPEND,
    UNITS,
    authorize,
    contest,
    draft,
    id_of,
    now,
    objection_id,
    opened,
    posted,
    remaining,
    sign_ad,
    time_of,
    try_post,
)
from tests.helpers import event_args, reverts

MORE = 2**256 - 1
HALF, WINDOW = RULES.ruling_window // 2, RULES.ruling_window
DISPUTED = UNITS - UNITS // 4
"""Units that the fixture ``contested`` contests."""
DISPUTED_BOND = DISPUTED * PRICE // 4

# Posting


def test_post_reverts_when_the_caller_is_not_the_settler(ads, campaign, settler, guardian):
    receipt = ads.try_send("post", now(ads), [(id_of(ads, campaign), 1)], RECEIPTS, DATA, sender=guardian)
    reverts(receipt, "AdLedger_NotAllowed", guardian, settler)


def test_post_reverts_when_there_are_no_lines(ads):
    reverts(try_post(ads, now(ads) - 1, []), "AdLedger_BatchEmpty")


def test_post_reverts_when_a_campaign_was_never_opened_or_canceled(ads, campaign, settler):
    epoch, unknown = now(ads), draft(ads)
    late = time_of(epoch + 1)
    receipt = try_post(ads, epoch, [(campaign, 1), (unknown, 1)], at=late)
    reverts(receipt, "AdLedger_WrongStatus", id_of(ads, unknown), Status.NONE)
    ads.send("cancel", astuple(unknown), sender=settler)
    receipt = try_post(ads, epoch, [(unknown, 1)], at=late)
    reverts(receipt, "AdLedger_WrongStatus", id_of(ads, unknown), Status.CANCELED)


def test_post_reverts_when_the_epoch_was_booked_or_a_later_one(ads, campaign):
    """INV-ADS-4."""
    epoch = now(ads) + 1
    posted(ads, [(campaign, 1)], epoch)
    for earlier in (epoch - 1, epoch):
        receipt = try_post(ads, earlier, [(campaign, 1)])
        reverts(receipt, "AdLedger_EpochOutOfBounds", id_of(ads, campaign), earlier, epoch, campaign.end)


def test_post_reverts_when_a_batch_names_a_campaign_twice(ads, campaign):
    epoch = now(ads)
    receipt = try_post(ads, epoch, [(campaign, 1), (campaign, 1)], at=time_of(epoch + 1))
    reverts(receipt, "AdLedger_EpochOutOfBounds", id_of(ads, campaign), epoch, epoch, campaign.end)


def test_post_reverts_when_the_epoch_is_not_before_the_stop(ads, campaign):
    for epoch in (campaign.end, campaign.end + 1):
        receipt = try_post(ads, epoch, [(campaign, 1)], at=time_of(campaign.end + 2))
        reverts(receipt, "AdLedger_EpochOutOfBounds", id_of(ads, campaign), epoch, campaign.start - 1, campaign.end)


def test_post_reverts_when_the_epoch_is_running(ads, campaign):
    epoch = now(ads)
    over, late = time_of(epoch + 1), time_of(campaign.end + LATE)
    receipt = try_post(ads, epoch, [(campaign, 1)], at=over - 1)
    reverts(receipt, "AdLedger_NotNow", id_of(ads, campaign), over - 1, over, late)
    assert try_post(ads, epoch, [(campaign, 1)], at=over).error is None


def test_post_reverts_when_the_late_window_is_over(ads, campaign):
    other = opened(ads, end=campaign.end)
    epoch, late = campaign.end - 1, time_of(campaign.end + LATE)
    assert try_post(ads, epoch, [(other, 1)], at=late - 1).error is None
    receipt = try_post(ads, epoch, [(campaign, 1)], at=late)
    reverts(receipt, "AdLedger_NotNow", id_of(ads, campaign), late, time_of(campaign.end), late)


def test_post_reverts_when_a_line_is_empty_or_above_cap_or_budget(ads, campaign):
    epoch, cap = now(ads), 500 * LVO
    at = time_of(epoch + 1)
    for units in (0, 500_001):
        receipt = try_post(ads, epoch, [(campaign, units)], at=at)
        reverts(receipt, "AdLedger_SpendOutOfBounds", id_of(ads, campaign), units * PRICE, cap, BUDGET)
    posted(ads, [(campaign, 500_000)], epoch)
    posted(ads, [(campaign, 400_000)], epoch + 1)
    receipt = try_post(ads, epoch + 2, [(campaign, 100_001)], at=time_of(epoch + 3))
    reverts(receipt, "AdLedger_SpendOutOfBounds", id_of(ads, campaign), 100_001 * PRICE, cap, 100 * LVO)
    posted(ads, [(campaign, 100_000)], epoch + 2)
    assert remaining(ads, campaign) == 0


def test_post_reverts_when_a_line_comes_to_more_than_fits_a_word(ads):
    dear = opened(ads, price=2**72 - 1, epoch_cap=2**24 - 1)
    epoch = now(ads)
    receipt = try_post(ads, epoch, [(dear, 2**64 - 1)], at=time_of(epoch + 1))
    spend, cap = (2**64 - 1) * (2**72 - 1), (2**24 - 1) * LVO
    reverts(receipt, "AdLedger_SpendOutOfBounds", id_of(ads, dear), spend, cap, BUDGET)


def test_post_reverts_when_the_deposit_does_not_cover_the_bond(ads, campaign, settler):
    ads.send("withdraw", 10_000 * LVO - BOND + 1, sender=settler)
    epoch = now(ads)
    receipt = try_post(ads, epoch, [(campaign, UNITS)], at=time_of(epoch + 1))
    reverts(receipt, "AdLedger_DepositTooSmall", BOND, BOND - 1)
    ads.send("deposit", 1, sender=settler)
    posted(ads, [(campaign, UNITS)], epoch)
    assert ads.view("settlerDeposit")[:2] == (0, BOND)


def test_post_books_lines_and_locks_the_deposit_to_the_wei(ads, token, campaign):
    other = opened(ads, price=3, viewer_part=1, publisher_part=1)
    held = token.view("balanceOf", ads.address)
    epoch = now(ads)
    batch = posted(ads, [(campaign, UNITS), (other, 7)], epoch)
    spend, bond = SPEND + 21, (SPEND + 21) // 4
    assert batch.receipt.events == [
        Event(ads.address, "LinePosted", (id_of(ads, campaign), epoch, UNITS, SPEND)),
        Event(ads.address, "LinePosted", (id_of(ads, other), epoch, 7, 21)),
        Event(
            ads.address,
            "BatchPosted",
            (batch.root, epoch, 2, spend, bond, batch.until, RECEIPTS, DATA),
        ),
    ]
    assert ads.view("batches", batch.root) == (spend, bond, batch.until, False)
    assert remaining(ads, campaign) == BUDGET - SPEND
    assert remaining(ads, other) == BUDGET - 21
    assert ads.view("settlerDeposit") == (10_000 * LVO - bond, bond, batch.receipt.time)
    assert token.view("balanceOf", ads.address) == held


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
def test_post_builds_the_tree_that_proofs_are_made_from(ads, count):
    rows = [(opened(ads, salt=number.to_bytes(32, "big")), number + 1) for number in range(count)]
    batch = posted(ads, rows)
    assert batch.receipt.events[-1].args[0] == batch.root
    for index in range(count):
        assert ads.view("lineId", id_of(ads, rows[index][0]), batch.epoch, index + 1) == batch.id(index)
        assert contest(batch, index=index).error is None


def test_post_splits_an_epoch_into_batches(ads, campaign):
    other = opened(ads)
    epoch = now(ads)
    first, second = posted(ads, [(campaign, 1)], epoch), posted(ads, [(other, 1)], epoch)
    assert ads.view("batches", first.root)[0] == ads.view("batches", second.root)[0] == PRICE


# Final with the batch


def test_finalize_leaves_out_what_is_unknown_waits_or_is_done(ads, batch, outsider):
    early = ads.send("finalize", [batch.root, b"\7" * 32], sender=outsider, at=batch.until - 1)
    assert early.events == [Event(ads.address, "BatchSkipped", (each,)) for each in (batch.root, b"\7" * 32)]
    ads.send("finalize", [batch.root], sender=outsider, at=batch.until)
    again = ads.send("finalize", [batch.root], sender=outsider)
    assert again.events == [Event(ads.address, "BatchSkipped", (batch.root,))]


def test_finalize_funds_the_reward_ledger_and_frees_the_deposit_to_the_wei(ads, token, rewards, batch, outsider):
    spend = 3 * SPEND + PRICE
    receipt = ads.send("finalize", [batch.root, batch.root], sender=outsider, at=batch.until)
    assert receipt.events == [
        Event(ads.address, "BatchFinalized", (batch.root, spend)),
        Event(ads.address, "BatchSkipped", (batch.root,)),
        Event(rewards.address, "Funded", (ads.address, spend)),
        Event(token.address, "Transfer", (ads.address, rewards.address, spend)),
    ]
    assert rewards.view("funded") == token.view("balanceOf", rewards.address) == spend
    assert ads.view("batches", batch.root) == (0, 0, batch.until, True)
    assert ads.view("settlerDeposit")[:2] == (10_000 * LVO, 0)


# Accepting


@pytest.fixture
def acceptance(ads, batch):
    """What the advertiser signs to make the first line final, for a signer and a nonce."""

    def make(signer="advertiser", nonce=0, units=UNITS):
        fields = {"campaign": id_of(ads, batch.rows[0][0]), "epoch": batch.epoch, "units": units}
        return sign_ad(ads, signer, "Acceptance", **fields, nonce=nonce)

    return make


def test_accept_reverts_when_the_advertiser_did_not_sign(ads, batch, acceptance, advertiser, settler, outsider):
    args = (*batch.line(), batch.proof())
    reverts(ads.try_send("accept", *args, b"", sender=outsider), "AdLedger_InvalidSigner", NOBODY, advertiser)
    receipt = ads.try_send("accept", *args, acceptance("settler"), sender=settler)
    reverts(receipt, "AdLedger_InvalidSigner", settler, advertiser)


def test_accept_reverts_when_the_acceptance_was_canceled(ads, batch, acceptance, advertiser, outsider):
    receipt = ads.send("cancelAcceptances", sender=advertiser)
    assert receipt.events == [Event(ads.address, "AcceptancesCanceled", (advertiser, 0))]
    assert ads.view("acceptanceNonces", advertiser) == 1
    args = (*batch.line(), batch.proof())
    stale = ads.try_send("accept", *args, acceptance(), sender=outsider)
    assert stale.error.name == "AdLedger_InvalidSigner"
    ads.send("accept", *args, acceptance(nonce=1), sender=outsider)


def test_accept_reverts_when_the_proof_leads_to_no_batch(ads, batch, advertiser):
    terms, epoch, units = batch.line()
    other = line_id(id_of(ads, batch.rows[0][0]), epoch, units + 1)
    receipt = ads.try_send("accept", terms, epoch, units + 1, [], b"", sender=advertiser)
    reverts(receipt, "AdLedger_BatchUnknown", other)


def test_accept_reverts_when_the_batch_is_final(ads, batch, advertiser, outsider):
    ads.send("finalize", [batch.root], sender=outsider, at=batch.until)
    receipt = ads.try_send("accept", *batch.line(), batch.proof(), b"", sender=advertiser)
    reverts(receipt, "AdLedger_BatchDone", batch.root)


def test_accept_reverts_when_the_line_was_accepted_or_contested(ads, batch, advertiser):
    ads.send("accept", *batch.line(), batch.proof(), b"", sender=advertiser)
    receipt = ads.try_send("accept", *batch.line(), batch.proof(), b"", sender=advertiser)
    reverts(receipt, "AdLedger_WrongLineStatus", batch.id(), LineStatus.ACCEPTED)
    contest(batch, index=1)
    receipt = ads.try_send("accept", *batch.line(1), batch.proof(1), b"", sender=advertiser)
    reverts(receipt, "AdLedger_WrongLineStatus", batch.id(1), LineStatus.CONTESTED)


def test_accept_makes_one_line_final_to_the_wei(ads, token, rewards, batch, acceptance, outsider):
    terms, epoch, units = batch.line()
    campaign = id_of(ads, batch.rows[0][0])
    receipt = ads.send("accept", terms, epoch, units, batch.proof(), acceptance(), sender=outsider)
    assert receipt.events == [
        Event(ads.address, "LineAccepted", (campaign, epoch, batch.root, UNITS, SPEND)),
        Event(rewards.address, "Funded", (ads.address, SPEND)),
        Event(token.address, "Transfer", (ads.address, rewards.address, SPEND)),
    ]
    assert ads.view("lines", batch.id()) == (0, 0, 0, LineStatus.ACCEPTED)
    rest = 2 * SPEND + PRICE
    assert ads.view("batches", batch.root) == (rest, (SPEND + rest) // 4 - BOND, batch.until, False)
    assert rewards.view("funded") == SPEND
    ads.send("finalize", [batch.root], sender=outsider, at=batch.until)
    assert rewards.view("funded") == SPEND + rest
    assert ads.view("settlerDeposit")[:2] == (10_000 * LVO, 0)


# Objecting


def test_object_reverts_when_the_caller_is_not_the_advertiser(ads, batch, advertiser, arbiter):
    receipt = ads.try_send("object", *batch.line(), 0, batch.proof(), sender=arbiter)
    reverts(receipt, "AdLedger_NotAllowed", arbiter, advertiser)


def test_object_reverts_when_the_proof_leads_to_no_batch(ads, batch, advertiser):
    receipt = ads.try_send("object", *batch.line(), 0, [], sender=advertiser)
    reverts(receipt, "AdLedger_BatchUnknown", batch.id())


def test_object_reverts_when_the_window_is_over(batch):
    receipt = contest(batch, at=batch.until)
    reverts(receipt, "AdLedger_NotNow", batch.root, batch.until, 0, batch.until)


def test_object_is_possible_in_the_last_second_of_the_window(batch):
    assert contest(batch, at=batch.until - 1).error is None


def test_object_reverts_when_the_line_was_contested_before(contested):
    reverts(contest(contested), "AdLedger_WrongLineStatus", contested.id(), LineStatus.CONTESTED)


def test_object_reverts_when_nothing_is_contested(batch):
    for conceded in (UNITS, 2**64 - 1):
        reverts(contest(batch, conceded), "AdLedger_OutOfBounds", conceded, 0, UNITS - 1)


def test_object_reverts_when_the_advertiser_cannot_pay_the_bond(ads, batch, token, advertiser):
    token.send("approve", ads.address, BOND - 1, sender=advertiser)
    reverts(contest(batch), "ERC20InsufficientAllowance", ads.address, BOND - 1, BOND)


def test_object_keeps_what_is_contested_aside_and_takes_the_bond_to_the_wei(ads, token, batch, advertiser):
    held, pending = token.view("balanceOf", ads.address), 3 * SPEND + PRICE
    receipt = contest(batch, conceded=UNITS // 4)
    campaign = id_of(ads, batch.rows[0][0])
    facts = (campaign, batch.epoch, batch.root, UNITS, DISPUTED, DISPUTED_BOND)
    assert receipt.events[0] == Event(ads.address, "Objected", facts)
    assert ads.view("lines", batch.id()) == (DISPUTED, DISPUTED_BOND, receipt.time, LineStatus.CONTESTED)
    left = (pending - DISPUTED * PRICE, pending // 4 - DISPUTED_BOND, batch.until, False)
    assert ads.view("batches", batch.root) == left
    assert token.view("balanceOf", ads.address) == held + DISPUTED_BOND


def test_object_with_authorization_works_whoever_sends_it(ads, batch, advertiser, outsider):
    paid = authorize(ads, "advertiser", advertiser, BOND, objection_id(batch, 0))
    campaign = id_of(ads, batch.rows[0][0])
    assert ads.view("objectionId", campaign, batch.epoch, UNITS, 0) == objection_id(batch, 0)
    receipt = ads.send("objectWithAuthorization", *batch.line(), 0, batch.proof(), paid, sender=outsider)
    assert receipt.events[0].name == "Objected"
    assert ads.view("lines", batch.id())[1] == BOND


def test_object_with_authorization_reverts_when_the_payment_is_for_another_objection(ads, batch, advertiser, outsider):
    paid = authorize(ads, "advertiser", advertiser, BOND, objection_id(batch, 1))
    receipt = ads.try_send("objectWithAuthorization", *batch.line(), 0, batch.proof(), paid, sender=outsider)
    assert receipt.error.name == "LVOToken_InvalidSigner"


# Giving in


def test_concede_reverts_when_the_line_is_not_contested(ads, batch, settler):
    receipt = ads.try_send("concede", *batch.line(), sender=settler)
    reverts(receipt, "AdLedger_WrongLineStatus", batch.id(), LineStatus.UNTOUCHED)


def test_concede_reverts_when_the_caller_is_no_side(ads, contested, advertiser, arbiter):
    receipt = ads.try_send("concede", *contested.line(), sender=arbiter)
    reverts(receipt, "AdLedger_NotAllowed", arbiter, advertiser)


@pytest.mark.parametrize("who", ["settler", "advertiser"])
def test_concede_reverts_when_the_arbiter_may_rule(ads, contested, who):
    since = ads.view("lines", contested.id())[2]
    sender = ads.chain.actor(who)
    receipt = ads.try_send("concede", *contested.line(), sender=sender, at=since + HALF)
    reverts(receipt, "AdLedger_NotNow", contested.id(), since + HALF, since, since + HALF)


def test_concede_by_the_settler_strikes_all_and_sends_bonds_home_to_the_wei(ads, token, contested, settler, advertiser):
    since = ads.view("lines", contested.id())[2]
    before, left = token.view("balanceOf", advertiser), remaining(ads, contested.rows[0][0])
    receipt = ads.send("concede", *contested.line(), sender=settler, at=since + HALF - 1)
    facts = (Resolution.SETTLER_CONCEDED, 0, DISPUTED, DISPUTED_BOND)
    resolved(receipt, contested, *facts)
    assert token.view("balanceOf", advertiser) == before + DISPUTED_BOND
    assert remaining(ads, contested.rows[0][0]) == left + DISPUTED * PRICE
    assert ads.view("settlerDeposit")[0] == 10_000 * LVO - (3 * SPEND + PRICE) // 4 + DISPUTED_BOND


def resolved(receipt, batch, *facts):
    """Assert how an objection to the first line ended."""
    campaign = id_of(batch.ads, batch.rows[0][0])
    expected = Event(batch.ads.address, "ObjectionResolved", (campaign, batch.epoch, *facts))
    assert [event for event in receipt.events if event.name == "ObjectionResolved"] == [expected]


def test_concede_by_the_advertiser_lets_all_stand(ads, token, rewards, contested, advertiser):
    before = token.view("balanceOf", advertiser)
    receipt = ads.send("concede", *contested.line(), sender=advertiser)
    resolved(receipt, contested, Resolution.ADVERTISER_CONCEDED, DISPUTED, 0, DISPUTED_BOND)
    assert token.view("balanceOf", advertiser) == before + DISPUTED_BOND
    assert rewards.view("funded") == DISPUTED * PRICE


# Rulings


def test_rule_reverts_when_the_line_is_not_contested(ads, batch, arbiter):
    receipt = ads.try_send("rule", *batch.line(), 0, sender=arbiter)
    reverts(receipt, "AdLedger_WrongLineStatus", batch.id(), LineStatus.UNTOUCHED)


def test_rule_reverts_when_the_caller_is_not_the_arbiter(ads, contested, arbiter, settler):
    receipt = ads.try_send("rule", *contested.line(), 0, sender=settler)
    reverts(receipt, "AdLedger_NotAllowed", settler, arbiter)


def test_rule_reverts_when_it_comes_too_early_or_too_late(ads, contested, arbiter):
    since = ads.view("lines", contested.id())[2]
    for time in (since + HALF - 1, since + WINDOW):
        receipt = ads.try_send("rule", *contested.line(), 0, sender=arbiter, at=time)
        reverts(receipt, "AdLedger_NotNow", contested.id(), time, since + HALF, since + WINDOW)


@pytest.mark.parametrize("second", [HALF, WINDOW - 1])
def test_rule_is_possible_in_the_first_and_the_last_second(ads, contested, arbiter, second):
    since = ads.view("lines", contested.id())[2]
    ads.send("rule", *contested.line(), 0, sender=arbiter, at=since + second)


def test_rule_reverts_when_more_is_upheld_than_is_contested(ads, contested, arbiter):
    since = ads.view("lines", contested.id())[2]
    receipt = ads.try_send("rule", *contested.line(), DISPUTED + 1, sender=arbiter, at=since + HALF)
    reverts(receipt, "AdLedger_OutOfBounds", DISPUTED + 1, 0, DISPUTED)


def test_rule_reverts_when_it_is_a_second_ruling(ads, contested, arbiter):
    since = ads.view("lines", contested.id())[2]
    ads.send("rule", *contested.line(), 5, sender=arbiter, at=since + HALF)
    receipt = ads.try_send("rule", *contested.line(), 6, sender=arbiter)
    reverts(receipt, "AdLedger_WrongLineStatus", contested.id(), LineStatus.RESOLVED)


@pytest.mark.parametrize("upheld", [0, 1, DISPUTED // 3, DISPUTED - 1, DISPUTED])
def test_rule_splits_spend_and_bonds_by_who_was_wrong_to_the_wei(
    ads, token, rewards, contested, arbiter, advertiser, settler, upheld
):
    before = token.view("balanceOf", advertiser), remaining(ads, contested.rows[0][0])
    free, locked, active = ads.view("settlerDeposit")
    since = ads.view("lines", contested.id())[2]
    receipt = ads.send("rule", *contested.line(), upheld, sender=arbiter, at=since + HALF)
    struck = DISPUTED - upheld
    to_advertiser = 2 * DISPUTED_BOND * struck // DISPUTED
    paid = ((rewards.address, upheld * PRICE), (advertiser, to_advertiser))
    assert event_args(receipt, "Transfer") == [(ads.address, to, amount) for to, amount in paid if amount]
    resolved(receipt, contested, Resolution.RULING, upheld, struck, to_advertiser)
    assert token.view("balanceOf", advertiser) == before[0] + to_advertiser
    assert remaining(ads, contested.rows[0][0]) == before[1] + struck * PRICE
    assert rewards.view("funded") == upheld * PRICE
    after = (free + 2 * DISPUTED_BOND - to_advertiser, locked - DISPUTED_BOND, active)
    assert ads.view("settlerDeposit") == after
    assert ads.view("lines", contested.id()) == (DISPUTED, DISPUTED_BOND, since, LineStatus.RESOLVED)


# Silence


def test_expire_reverts_when_the_ruling_window_is_open(ads, contested, outsider):
    since = ads.view("lines", contested.id())[2]
    receipt = ads.try_send("expire", *contested.line(), sender=outsider, at=since + WINDOW - 1)
    reverts(receipt, "AdLedger_NotNow", contested.id(), since + WINDOW - 1, since + WINDOW, MORE)


def test_expire_reverts_when_the_line_is_not_contested(ads, batch, outsider):
    receipt = ads.try_send("expire", *batch.line(), sender=outsider)
    reverts(receipt, "AdLedger_WrongLineStatus", batch.id(), LineStatus.UNTOUCHED)


def test_expire_lets_the_signed_share_stand_to_the_wei(ads, token, rewards, contested, advertiser, outsider):
    since = ads.view("lines", contested.id())[2]
    before = token.view("balanceOf", advertiser)
    receipt = ads.send("expire", *contested.line(), sender=outsider, at=since + WINDOW)
    upheld = DISPUTED * 4_000 // 10_000
    resolved(receipt, contested, Resolution.SILENCE, upheld, DISPUTED - upheld, DISPUTED_BOND)
    assert rewards.view("funded") == upheld * PRICE
    assert token.view("balanceOf", advertiser) == before + DISPUTED_BOND


# The settler's deposit


def test_deposit_reverts_when_the_caller_has_too_little(ads, settler):
    for amount in (10**6 * LVO, 2**96 - 1):
        receipt = ads.try_send("deposit", amount, sender=settler)
        reverts(receipt, "ERC20InsufficientBalance", settler, (10**6 - 10**4) * LVO, amount)


def test_deposit_of_a_stranger_is_no_sign_of_life(ads, token, advertiser, settler):
    _, _, active = ads.view("settlerDeposit")
    receipt = ads.send("deposit", 5, sender=advertiser, at=active + 100)
    assert receipt.events[0] == Event(ads.address, "Deposited", (advertiser, 5))
    assert ads.view("settlerDeposit") == (10_000 * LVO + 5, 0, active)
    ads.send("deposit", 5, sender=settler, at=active + 200)
    assert ads.view("settlerDeposit") == (10_000 * LVO + 10, 0, active + 200)


def test_withdraw_reverts_when_the_settler_was_active(ads, outsider):
    _, _, active = ads.view("settlerDeposit")
    early = ads.try_send("withdraw", 1, sender=outsider, at=active + SILENCE - 1)
    reverts(early, "AdLedger_NotNow", bytes(32), active + SILENCE - 1, active + SILENCE, MORE)
    assert ads.send("withdraw", 1, sender=outsider, at=active + SILENCE).error is None


def test_withdraw_reverts_when_so_much_is_not_free(ads, batch, settler):
    free, locked, _ = ads.view("settlerDeposit")
    assert locked
    reverts(ads.try_send("withdraw", free + 1, sender=settler), "AdLedger_DepositTooSmall", free + 1, free)
    ads.send("withdraw", free, sender=settler)


def test_withdraw_pays_the_settler_whoever_sends_it_to_the_wei(ads, token, settler, outsider):
    before = token.view("balanceOf", settler)
    receipt = ads.send("withdraw", 7, sender=settler)
    assert receipt.events == [
        Event(ads.address, "Withdrawn", (7,)),
        Event(token.address, "Transfer", (ads.address, settler, 7)),
    ]
    ads.send("withdraw", 8, sender=outsider, at=ads.chain.time + SILENCE)
    assert token.view("balanceOf", settler) == before + 15


def test_twin_builds_the_tree_of_a_batch_in_the_order_of_its_lines():
    """A campaign's line is found by its place, not by its hash."""
    lines = [(bytes([number]) * 32, number + 1) for number in range(6)]
    tree = batch_tree(9, lines)
    assert [tree.leaf_hash(row) for row in tree.values] == [line_id(campaign, 9, units) for campaign, units in lines]
