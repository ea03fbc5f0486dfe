"""AdLedger, campaigns: every function, first how it fails, then what it does."""

from dataclasses import astuple, replace

import pytest

from lvo.models.ads import Status
from lvo.models.base import NOBODY, Event
from lvo.typed_data import ad_message, signable
from lvo.units import DAY, LVO
from tests.ads import (
    BUDGET,
    LATE,
    PRICE,
    RULES,
    authorize,
    draft,
    id_of,
    now,
    opened,
    posted,
    remaining,
    sign_campaign,
    state,
    time_of,
    try_open,
    try_post,
)
from tests.chain.artifacts import load
from tests.chain.interface import ChainError
from tests.helpers import FOREVER, reverts, sign_token

MORE = 2**256 - 1

# The constructor


@pytest.mark.parametrize(
    ("field", "bad", "least", "most"),
    [
        ("epoch_length", 3_599, 3_600, 30 * DAY),
        ("epoch_length", 30 * DAY + 1, 3_600, 30 * DAY),
        ("bond_bps", 0, 1, 10_000),
        ("bond_bps", 10_001, 1, 10_000),
        ("objection_window", 3_599, 3_600, 30 * DAY),
        ("objection_window", 30 * DAY + 1, 3_600, 30 * DAY),
        ("ruling_window", 7_199, 7_200, 60 * DAY),
        ("ruling_window", 60 * DAY + 1, 7_200, 60 * DAY),
    ],
)
def test_constructor_reverts_when_a_rule_is_out_of_bounds(chain, reward_terms, outsider, field, bad, least, most):
    rules = astuple(replace(RULES, **{field: bad}))
    with pytest.raises(ChainError) as failure:
        chain.deploy("AdLedger", reward_terms, rules, sender=outsider)
    assert failure.value.error.name == "AdLedger_OutOfBounds"
    assert failure.value.error.facts == (bad, least, most)


def test_constructor_reverts_when_the_settler_cannot_be_paid(chain, token, reward_terms, outsider):
    for account in (NOBODY, token.address):
        terms = (*reward_terms[:3], account, *reward_terms[4:])
        with pytest.raises(ChainError) as failure:
            chain.deploy("AdLedger", terms, astuple(RULES), sender=outsider)
        assert failure.value.error.name == "TokenIntake_InvalidReceiver"


def test_constructor_makes_the_reward_ledger_and_tells_the_rules(chain, token, reward_terms, settler, outsider):
    outcome, address = chain.create(outsider, load("AdLedger").creation_code((reward_terms, astuple(RULES))))
    ads = chain.at("AdLedger", address)
    rewards = chain.at("RewardLedger", ads.view("REWARDS"))
    assert chain.events(outcome.logs) == [
        Event(rewards.address, "LedgerOpened", (reward_terms,)),
        Event(address, "AdLedgerOpened", (settler, rewards.address, astuple(RULES))),
        Event(token.address, "Approval", (address, rewards.address, FOREVER)),
    ]
    assert ads.view("SETTLER") == rewards.view("operator") == settler
    assert ads.view("rules") == astuple(RULES)
    assert ads.view("epochNow") == now(ads)
    assert ads.view("settlerDeposit") == (0, 0, chain.time)


# Opening


def test_open_reverts_when_the_campaign_was_opened_or_canceled(ads, campaign, advertiser, settler):
    reverts(try_open(ads, campaign), "AdLedger_WrongStatus", id_of(ads, campaign), Status.LIVE)
    other = draft(ads)
    ads.send("cancel", astuple(other), sender=settler)
    reverts(try_open(ads, other), "AdLedger_WrongStatus", id_of(ads, other), Status.CANCELED)
    ads.send("close", astuple(campaign), sender=advertiser)
    reverts(try_open(ads, campaign), "AdLedger_WrongStatus", id_of(ads, campaign), Status.CLOSED)


def test_open_reverts_when_the_offer_has_expired(ads, advertiser):
    terms = draft(ads, open_by=ads.chain.time + 5)
    args = (astuple(terms), b"", sign_campaign(ads, "settler", terms))
    late = ads.try_send("open", *args, sender=advertiser, at=terms.open_by)
    reverts(late, "AdLedger_NotNow", id_of(ads, terms), terms.open_by, 0, terms.open_by)
    late = ads.try_send("open", *args, sender=advertiser, at=terms.open_by + 1)
    reverts(late, "AdLedger_NotNow", id_of(ads, terms), terms.open_by + 1, 0, terms.open_by)


def test_open_is_possible_in_the_last_second_of_the_offer(ads, advertiser):
    terms = draft(ads, open_by=ads.chain.time + 5)
    args = (astuple(terms), b"", sign_campaign(ads, "settler", terms))
    ads.send("open", *args, sender=advertiser, at=terms.open_by - 1)


def test_open_reverts_when_the_advertiser_cannot_be_paid(ads, token, outsider):
    for account in (NOBODY, token.address, ads.address):
        terms = draft(ads, advertiser=account)
        receipt = ads.try_send("openWithAuthorization", astuple(terms), b"", (0, 0, b""), sender=outsider)
        reverts(receipt, "TokenIntake_InvalidReceiver", account)


def test_open_reverts_when_the_parties_are_not_distinct(ads, advertiser, settler, arbiter, outsider):
    for first, second in ((settler, arbiter), (advertiser, advertiser), (advertiser, settler), (advertiser, NOBODY)):
        terms = draft(ads, advertiser=first, arbiter=second)
        receipt = ads.try_send("openWithAuthorization", astuple(terms), b"", (0, 0, b""), sender=outsider)
        reverts(receipt, "AdLedger_PartiesNotDistinct", first, second, settler)


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({"price": 0, "viewer_part": 0, "publisher_part": 0}, (0, 1, 2**72 - 1)),
        ({"viewer_part": PRICE, "publisher_part": 1}, (PRICE + 1, 0, PRICE)),
        ({"viewer_part": 2**72 - 1, "publisher_part": 2**72 - 1}, (2**73 - 2, 0, PRICE)),
        ({"late_epochs": 0}, (0, 1, 90)),
        ({"late_epochs": 91}, (91, 1, 90)),
        ({"silent_bps": 10_001}, (10_001, 0, 10_000)),
    ],
)
def test_open_reverts_when_a_term_is_out_of_bounds(ads, changes, facts):
    reverts(try_open(ads, draft(ads, **changes)), "AdLedger_OutOfBounds", *facts)


def test_open_reverts_when_the_end_is_no_later_epoch_or_too_far_away(ads):
    epoch = now(ads)
    for end in (0, epoch, epoch + 731):
        receipt = try_open(ads, draft(ads, start=0, end=end))
        reverts(receipt, "AdLedger_OutOfBounds", end, epoch + 1, epoch + 730)
    for start in (epoch + 5, epoch + 6):
        reverts(try_open(ads, draft(ads, start=start, end=epoch + 5)), "AdLedger_OutOfBounds", start, 0, epoch + 4)
    for end in (epoch + 1, epoch + 730):
        opened(ads, end=end)


def test_open_reverts_when_the_advertiser_did_not_sign(ads, token, advertiser, settler, outsider):
    terms = draft(ads)
    by_settler = sign_campaign(ads, "settler", terms)
    receipt = ads.try_send("open", astuple(terms), b"", b"", sender=settler)
    reverts(receipt, "AdLedger_InvalidSigner", NOBODY, advertiser)
    receipt = ads.try_send("open", astuple(terms), by_settler, by_settler, sender=outsider)
    reverts(receipt, "AdLedger_InvalidSigner", settler, advertiser)
    stolen = authorize(ads, "outsider", advertiser, BUDGET, id_of(ads, terms))
    receipt = ads.try_send("openWithAuthorization", astuple(terms), by_settler, stolen, sender=outsider)
    reverts(receipt, "LVOToken_InvalidSigner", outsider, advertiser)


def test_open_reverts_when_the_settler_did_not_sign(ads, advertiser, settler, outsider):
    terms = draft(ads)
    by_advertiser = sign_campaign(ads, "advertiser", terms)
    receipt = ads.try_send("open", astuple(terms), b"", by_advertiser, sender=advertiser)
    reverts(receipt, "AdLedger_InvalidSigner", advertiser, settler)
    receipt = ads.try_send("open", astuple(terms), by_advertiser, b"", sender=outsider)
    reverts(receipt, "AdLedger_InvalidSigner", NOBODY, settler)


def test_open_reverts_when_the_advertiser_has_too_little(ads, token, advertiser):
    receipt = try_open(ads, draft(ads, budget=10**6 * LVO + 1))
    reverts(receipt, "ERC20InsufficientBalance", advertiser, 10**6 * LVO, 10**6 * LVO + 1)


@pytest.mark.parametrize("sender", ["advertiser", "settler", "outsider"])
def test_open_escrows_the_budget_whoever_sends_it_to_the_wei(ads, token, advertiser, sender):
    terms = draft(ads)
    signatures = [b"" if sender == each else sign_campaign(ads, each, terms) for each in ("advertiser", "settler")]
    before = token.view("balanceOf", ads.address)
    receipt = ads.send("open", astuple(terms), *signatures, sender=ads.chain.actor(sender))
    assert receipt.events == [
        Event(ads.address, "CampaignOpened", (id_of(ads, terms), advertiser, astuple(terms))),
        Event(token.address, "Transfer", (advertiser, ads.address, BUDGET)),
    ]
    assert token.view("balanceOf", ads.address) == before + BUDGET
    assert state(ads, terms) == (BUDGET, PRICE, 500, now(ads) - 1, now(ads) + 10, LATE, Status.LIVE)


def test_open_works_with_a_permit_also_when_a_stranger_sent_it_first(ads, token, advertiser, outsider):
    for taken in (False, True):
        terms = draft(ads)
        nonce = token.view("nonces", advertiser)
        fields = {"owner": advertiser, "spender": ads.address, "value": BUDGET, "nonce": nonce, "deadline": FOREVER}
        token.send("approve", ads.address, 0, sender=advertiser)
        permit = sign_token(token, "advertiser", "Permit", **fields)
        if taken:
            token.send("permit", advertiser, ads.address, BUDGET, FOREVER, permit, sender=outsider)
        calls = [
            ads.encode("usePermit", BUDGET, FOREVER, permit),
            ads.encode("open", astuple(terms), b"", sign_campaign(ads, "settler", terms)),
        ]
        ads.send("multicall", calls, sender=advertiser)
        assert remaining(ads, terms) == BUDGET
        assert token.view("allowance", advertiser, ads.address) == 0


def test_open_with_authorization_takes_the_budget_once(ads, token, advertiser, outsider):
    terms = draft(ads)
    paid = authorize(ads, "advertiser", advertiser, BUDGET, id_of(ads, terms))
    args = (astuple(terms), sign_campaign(ads, "settler", terms), paid)
    receipt = ads.send("openWithAuthorization", *args, sender=outsider)
    assert [event.name for event in receipt.events] == ["CampaignOpened", "AuthorizationUsed", "Transfer"]
    assert remaining(ads, terms) == BUDGET
    again = ads.try_send("openWithAuthorization", *args, sender=outsider)
    reverts(again, "AdLedger_WrongStatus", id_of(ads, terms), Status.LIVE)


def test_open_counts_no_epoch_before_the_start_or_before_it_is_opened(ads):
    epoch = now(ads)
    assert state(ads, opened(ads, start=epoch + 4))[3] == epoch + 3
    assert state(ads, opened(ads, start=0))[3] == epoch - 1


def test_campaign_id_is_what_wallets_sign(ads):
    terms = draft(ads)
    assert ads.view("campaignId", astuple(terms)) == id_of(ads, terms)
    message = ad_message("Campaign", ads.chain.chain_id, ads.address, **terms.fields())
    assert ads.view("DOMAIN_SEPARATOR") == signable(message).header


# Canceling


def test_cancel_reverts_when_the_caller_is_no_party(ads, advertiser, arbiter):
    receipt = ads.try_send("cancel", astuple(draft(ads)), sender=arbiter)
    reverts(receipt, "AdLedger_NotAllowed", arbiter, advertiser)


def test_cancel_reverts_when_the_campaign_is_open(ads, campaign, advertiser):
    receipt = ads.try_send("cancel", astuple(campaign), sender=advertiser)
    reverts(receipt, "AdLedger_WrongStatus", id_of(ads, campaign), Status.LIVE)


@pytest.mark.parametrize("who", ["advertiser", "settler"])
def test_cancel_makes_the_offer_void(ads, who):
    terms = draft(ads)
    sender = ads.chain.actor(who)
    receipt = ads.send("cancel", astuple(terms), sender=sender)
    assert receipt.events == [Event(ads.address, "CampaignCanceled", (id_of(ads, terms), sender))]
    assert state(ads, terms) == (0, 0, 0, 0, 0, 0, Status.CANCELED)
    assert try_open(ads, terms).error.name == "AdLedger_WrongStatus"


# Topping up


def test_top_up_reverts_when_the_campaign_is_not_live(ads, campaign, advertiser):
    reverts(ads.try_send("topUp", b"\7" * 32, 1, sender=advertiser), "AdLedger_WrongStatus", b"\7" * 32, Status.NONE)
    ads.send("pause", astuple(campaign), sender=advertiser)
    receipt = ads.try_send("topUp", id_of(ads, campaign), 1, sender=advertiser)
    reverts(receipt, "AdLedger_WrongStatus", id_of(ads, campaign), Status.PAUSED)


def test_top_up_reverts_when_the_stop_has_come(ads, campaign, advertiser):
    last = ads.send("topUp", id_of(ads, campaign), 1, sender=advertiser, at=time_of(campaign.end) - 1)
    assert last.error is None
    receipt = ads.try_send("topUp", id_of(ads, campaign), 1, sender=advertiser, at=time_of(campaign.end))
    reverts(receipt, "AdLedger_EpochOutOfBounds", id_of(ads, campaign), campaign.end, 0, campaign.end)


def test_top_up_reverts_when_the_caller_has_too_little(ads, campaign, token, advertiser):
    receipt = ads.try_send("topUp", id_of(ads, campaign), 2**96 - 1, sender=advertiser)
    reverts(receipt, "ERC20InsufficientBalance", advertiser, 10**6 * LVO - BUDGET, 2**96 - 1)
    assert remaining(ads, campaign) == BUDGET


def test_top_up_adds_what_anyone_pays_and_moves_no_time(ads, campaign, token, settler):
    before = state(ads, campaign)
    receipt = ads.send("topUp", id_of(ads, campaign), 7, sender=settler)
    assert receipt.events[0] == Event(ads.address, "ToppedUp", (id_of(ads, campaign), settler, 7))
    assert state(ads, campaign) == (BUDGET + 7, *before[1:])


# Pausing, resuming and closing


@pytest.mark.parametrize("function", ["pause", "resume", "close"])
def test_stopping_reverts_when_the_caller_is_not_the_advertiser(ads, campaign, advertiser, settler, function):
    receipt = ads.try_send(function, astuple(campaign), sender=settler)
    reverts(receipt, "AdLedger_NotAllowed", settler, advertiser)


def test_pause_reverts_when_the_campaign_is_not_live_or_at_its_stop(ads, campaign, advertiser):
    receipt = ads.try_send("pause", astuple(campaign), sender=advertiser, at=time_of(campaign.end))
    reverts(receipt, "AdLedger_EpochOutOfBounds", id_of(ads, campaign), campaign.end, 0, campaign.end)
    other = opened(ads)
    ads.send("pause", astuple(other), sender=advertiser)
    receipt = ads.try_send("pause", astuple(other), sender=advertiser)
    reverts(receipt, "AdLedger_WrongStatus", id_of(ads, other), Status.PAUSED)


def test_pause_lets_the_running_epoch_count_and_no_other(ads, campaign, advertiser):
    epoch = now(ads)
    receipt = ads.send("pause", astuple(campaign), sender=advertiser)
    assert receipt.events == [Event(ads.address, "CampaignPaused", (id_of(ads, campaign), epoch + 1))]
    late = try_post(ads, epoch + 1, [(campaign, 1)], at=time_of(epoch + 2))
    reverts(late, "AdLedger_EpochOutOfBounds", id_of(ads, campaign), epoch + 1, epoch - 1, epoch + 1)
    posted(ads, [(campaign, 1)], epoch)


def test_resume_reverts_when_the_campaign_is_not_paused(ads, campaign, advertiser):
    receipt = ads.try_send("resume", astuple(campaign), sender=advertiser)
    reverts(receipt, "AdLedger_WrongStatus", id_of(ads, campaign), Status.LIVE)


def test_resume_reverts_when_the_late_window_is_open(ads, campaign, advertiser):
    stop = now(ads) + 1
    ads.send("pause", astuple(campaign), sender=advertiser)
    over = time_of(stop + LATE)
    early = ads.try_send("resume", astuple(campaign), sender=advertiser, at=over - 1)
    reverts(early, "AdLedger_NotNow", id_of(ads, campaign), over - 1, over, MORE)
    ads.send("resume", astuple(campaign), sender=advertiser, at=over)


def test_resume_reverts_when_no_epoch_is_left(ads, campaign, advertiser):
    ads.send("pause", astuple(campaign), sender=advertiser)
    receipt = ads.try_send("resume", astuple(campaign), sender=advertiser, at=time_of(campaign.end - 1))
    reverts(receipt, "AdLedger_EpochOutOfBounds", id_of(ads, campaign), campaign.end, 0, campaign.end)
    ads.send("resume", astuple(opened_and_paused(ads, campaign.end)), sender=advertiser, at=ads.chain.time + 5 * DAY)


def opened_and_paused(ads, start):
    """A campaign that was paused in its first epoch."""
    terms = opened(ads, start=start, end=start + 20)
    ads.send("pause", astuple(terms), sender=terms.advertiser)
    return terms


def test_resume_lets_later_epochs_count_up_to_the_end(ads, campaign, advertiser):
    ads.send("pause", astuple(campaign), sender=advertiser)
    epoch = now(ads) + 5
    receipt = ads.send("resume", astuple(campaign), sender=advertiser, at=time_of(epoch))
    assert receipt.events == [Event(ads.address, "CampaignResumed", (id_of(ads, campaign), epoch, campaign.end))]
    for earlier in (epoch - 5, epoch):
        receipt = try_post(ads, earlier, [(campaign, 1)], at=time_of(epoch + 1))
        reverts(receipt, "AdLedger_EpochOutOfBounds", id_of(ads, campaign), earlier, epoch, campaign.end)
    posted(ads, [(campaign, 1)], epoch + 1)


def test_resume_does_not_begin_a_campaign_before_its_start(ads, advertiser):
    """A pause before the start must not make the start earlier."""
    terms = opened(ads, start=now(ads) + 30, end=now(ads) + 40)
    ads.send("pause", astuple(terms), sender=advertiser)
    ads.send("resume", astuple(terms), sender=advertiser, at=time_of(now(ads) + 1 + LATE))
    assert state(ads, terms)[3] == terms.start - 1


def test_close_reverts_when_the_campaign_is_not_open(ads, campaign, advertiser):
    ads.send("close", astuple(campaign), sender=advertiser)
    receipt = ads.try_send("close", astuple(campaign), sender=advertiser)
    reverts(receipt, "AdLedger_WrongStatus", id_of(ads, campaign), Status.CLOSED)
    unknown = draft(ads)
    receipt = ads.try_send("close", astuple(unknown), sender=advertiser)
    reverts(receipt, "AdLedger_WrongStatus", id_of(ads, unknown), Status.NONE)


def test_close_stops_with_the_running_epoch_and_never_later_than_before(ads, campaign, advertiser):
    epoch = now(ads)
    receipt = ads.send("close", astuple(campaign), sender=advertiser)
    assert receipt.events == [Event(ads.address, "CampaignClosed", (id_of(ads, campaign), epoch + 1))]
    paused = opened_and_paused(ads, epoch)
    ads.send("close", astuple(paused), sender=advertiser, at=time_of(epoch + 7))
    assert state(ads, paused)[4] == epoch + 1


# Refunds


def test_refund_leaves_out_what_is_not_over_and_what_is_empty(ads, campaign, outsider):
    unknown, empty = draft(ads), opened(ads, budget=0)
    every = [astuple(each) for each in (campaign, unknown, empty)]
    receipt = ads.send("refund", every, sender=outsider, at=time_of(campaign.end + LATE) - 1)
    ids = [id_of(ads, each) for each in (campaign, unknown, empty)]
    assert receipt.events == [Event(ads.address, "RefundSkipped", (each,)) for each in ids]


def test_refund_waits_for_the_late_window_after_a_close(ads, campaign, token, advertiser, outsider):
    stop = now(ads) + 1
    ads.send("close", astuple(campaign), sender=advertiser)
    early = ads.send("refund", [astuple(campaign)], sender=outsider, at=time_of(stop + LATE) - 1)
    assert early.events[0].name == "RefundSkipped"
    before = token.view("balanceOf", advertiser)
    receipt = ads.send("refund", [astuple(campaign)] * 2, sender=outsider, at=time_of(stop + LATE))
    assert receipt.events == [
        Event(ads.address, "Refunded", (id_of(ads, campaign), advertiser, BUDGET)),
        Event(token.address, "Transfer", (ads.address, advertiser, BUDGET)),
        Event(ads.address, "RefundSkipped", (id_of(ads, campaign),)),
    ]
    assert token.view("balanceOf", advertiser) == before + BUDGET


def test_refund_of_a_paused_campaign_waits_for_its_end(ads, campaign, advertiser, outsider):
    ads.send("pause", astuple(campaign), sender=advertiser)
    over = time_of(campaign.end + LATE)
    early = ads.send("refund", [astuple(campaign)], sender=outsider, at=over - 1)
    assert early.events[0].name == "RefundSkipped"
    assert ads.send("refund", [astuple(campaign)], sender=outsider, at=over).events[0].name == "Refunded"


def test_refund_pays_many_at_once_to_the_wei(ads, token, advertiser, outsider):
    every = [opened(ads, budget=number) for number in (1, 2, 9_999)]
    before = token.view("balanceOf", advertiser)
    calls = [astuple(each) for each in every]
    ads.send("refund", calls, sender=outsider, at=time_of(every[0].end + LATE))
    assert token.view("balanceOf", advertiser) == before + 10_002
    assert [remaining(ads, each) for each in every] == [0, 0, 0]
