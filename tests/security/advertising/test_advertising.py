"""What went wrong with advertising ledgers elsewhere, and what a settler that lies can do here."""

from dataclasses import astuple, replace

import pytest

from lvo.merkle import process_proof
from lvo.models.ads import SILENCE, LineStatus, Status
from lvo.models.base import NOBODY
from lvo.typed_data import ad_message, sign
from lvo.units import DAY, LVO
from tests.ads import (
    BOND,
    BUDGET,
    LATE,
    PAYOUT_DELAY,
    PRICE,
    RULES,
    SPEND,
    UNITS,
    Posted,
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
    sign_campaign,
    state,
    time_of,
    try_open,
    try_post,
)
from tests.chain.interface import person
from tests.helpers import FOREVER, reverts
from tests.merkle import Tree, leaf

HALF, WINDOW = RULES.ruling_window // 2, RULES.ruling_window

# Advertising


def test_a_refund_takes_nothing_that_was_earned(ads, campaign, token, rewards, advertiser, outsider):
    """AdEx gave the guardian at close what was earned and not yet withdrawn."""
    epoch = now(ads)
    ads.send("close", astuple(campaign), sender=advertiser)
    # Served in the epoch in which the advertiser closed, posted in the last second of the late window.
    receipt = try_post(ads, epoch, [(campaign, UNITS)], at=time_of(epoch + 1 + LATE) - 1)
    batch = Posted(ads, epoch, [(campaign, UNITS)], receipt)
    before = token.view("balanceOf", advertiser)
    ads.send("refund", [astuple(campaign)], sender=outsider, at=time_of(epoch + 1 + LATE))
    assert token.view("balanceOf", advertiser) == before + BUDGET - SPEND
    ads.send("finalize", [batch.root], sender=outsider, at=batch.until)
    assert rewards.view("funded") == SPEND


def test_a_refund_cannot_be_had_before_the_late_window_is_over(ads, campaign, advertiser):
    epoch = now(ads)
    ads.send("close", astuple(campaign), sender=advertiser)
    for at in (ads.chain.time, time_of(epoch + 1), time_of(epoch + 1 + LATE) - 1):
        ads.send("refund", [astuple(campaign)], sender=advertiser, at=at)
        assert remaining(ads, campaign) == BUDGET


def test_a_strike_after_the_refund_goes_home_too(ads, campaign, token, advertiser, arbiter, outsider):
    epoch = campaign.end - 1
    batch = posted(ads, [(campaign, UNITS)], epoch)
    contest(batch, at=batch.until - 1)
    since = ads.chain.time
    ads.send("refund", [astuple(campaign)], sender=outsider, at=time_of(campaign.end + LATE))
    assert remaining(ads, campaign) == 0
    ads.send("rule", *batch.line(), 0, sender=arbiter, at=since + WINDOW - 1)
    assert remaining(ads, campaign) == SPEND
    ads.send("refund", [astuple(campaign)], sender=outsider)
    # The advertiser has all of it back, and the settler's bond.
    assert token.view("balanceOf", advertiser) == 10**6 * LVO + BOND


def test_a_payout_root_is_never_rolled_back(ads, campaign, token, rewards, settler, guardian, outsider):
    """AdEx computed the refund from an older root; here what a root promised stays claimable under every later one."""
    viewer = ads.chain.actor("viewer")
    batch = posted(ads, [(campaign, UNITS)])
    ads.send("finalize", [batch.root], sender=outsider, at=batch.until)
    tree = Tree.of([leaf(rewards.address, ads.chain.chain_id, viewer, SPEND // 2)])
    rewards.send("propose", tree.root, SPEND // 2, b"\1" * 32, sender=settler)
    lower = Tree.of([leaf(rewards.address, ads.chain.chain_id, viewer, 1)])
    at = ads.chain.time + PAYOUT_DELAY
    receipt = rewards.try_send("propose", lower.root, SPEND // 2 - 1, b"\1" * 32, sender=settler, at=at)
    reverts(receipt, "RewardLedger_TotalFalls", SPEND // 2 - 1, SPEND // 2)
    rewards.send("propose", lower.root, SPEND // 2, b"\1" * 32, sender=settler)
    rewards.send("claim", viewer, SPEND // 2, [], sender=outsider, at=at + 1 + PAYOUT_DELAY)
    assert token.view("balanceOf", viewer) == SPEND // 2


def test_the_smallest_amount_is_paid(ads, token, rewards, settler, outsider):
    """AdEx did not count earnings below a threshold: a unit of one wei is booked, final and claimed."""
    viewer = ads.chain.actor("viewer")
    cheap = opened(ads, price=1, viewer_part=1, publisher_part=0)
    batch = posted(ads, [(cheap, 1)])
    ads.send("finalize", [batch.root], sender=outsider, at=batch.until)
    tree = Tree.of([leaf(rewards.address, ads.chain.chain_id, viewer, 1)])
    rewards.send("propose", tree.root, 1, b"\1" * 32, sender=settler)
    rewards.send("claim", viewer, 1, [], sender=outsider, at=ads.chain.time + PAYOUT_DELAY)
    assert token.view("balanceOf", viewer) == 1


@pytest.mark.parametrize("units", [1, 2, 9_999, 333_333])
def test_no_line_is_ever_rounded(ads, rewards, outsider, units):
    """Its parts sum to the price, so what viewers, publishers and the platform get sums to what was booked."""
    odd = opened(ads, price=1_000_003, viewer_part=333_334, publisher_part=333_335)
    batch = posted(ads, [(odd, units)])
    ads.send("finalize", [batch.root], sender=outsider, at=batch.until)
    assert rewards.view("funded") == units * (odd.viewer_part + odd.publisher_part + odd.platform_part)


def test_money_is_not_stuck_when_the_settler_is_down(ads, campaign, token, advertiser, outsider):
    """AdEx needed its validators for ever: here the whole budget goes home after the end."""
    ads.send("refund", [astuple(campaign)], sender=outsider, at=time_of(campaign.end + LATE))
    assert token.view("balanceOf", advertiser) == 10**6 * LVO


def test_money_is_not_stuck_when_everybody_is_silent(ads, contested, token, advertiser, settler, rewards, outsider):
    """INV-ADS-2, by hand: an open objection, a batch, three campaigns and the deposit, and one stranger."""
    since = ads.view("lines", contested.id())[2]
    ads.send("expire", *contested.line(), sender=outsider, at=since + WINDOW)
    ads.send("finalize", [contested.root], sender=outsider)
    end = max(terms.end for terms, _ in contested.rows)
    every = [astuple(terms) for terms, _ in contested.rows]
    ads.send("refund", every, sender=outsider, at=time_of(end + LATE))
    free, locked, active = ads.view("settlerDeposit")
    assert locked == 0
    ads.send("withdraw", free, sender=outsider, at=active + SILENCE)
    assert token.view("balanceOf", ads.address) == 0
    # Nobody was wrong: the settler has its deposit back, and what did not stand is the advertiser's again.
    assert token.view("balanceOf", settler) == 10**6 * LVO
    assert token.view("balanceOf", advertiser) == 10**6 * LVO - rewards.view("funded")


def test_a_line_counts_in_one_campaign_and_epoch_only(ads, batch, advertiser):
    """Receipts replayed across campaigns and epochs: the line that carries them is bound to both."""
    (terms, epoch, units), proof = batch.line(), batch.proof()
    other = batch.rows[1][0]
    for call in ((astuple(other), epoch, units), (terms, epoch + 1, units), (terms, epoch, units + 1)):
        assert ads.try_send("accept", *call, proof, b"", sender=advertiser).error.name == "AdLedger_BatchUnknown"
        assert ads.try_send("object", *call, 0, proof, sender=advertiser).error.name == "AdLedger_BatchUnknown"


def test_an_epoch_is_booked_once_for_a_campaign_whatever_became_of_it(ads, contested, arbiter, outsider):
    """Also a line that was struck cannot come again."""
    since = ads.view("lines", contested.id())[2]
    ads.send("rule", *contested.line(), 0, sender=arbiter, at=since + HALF)
    ads.send("finalize", [contested.root], sender=outsider)
    terms = contested.rows[0][0]
    for units in (UNITS, 1):
        receipt = try_post(ads, contested.epoch, [(terms, units)])
        reverts(receipt, "AdLedger_EpochOutOfBounds", id_of(ads, terms), contested.epoch, contested.epoch, terms.end)


def test_no_line_comes_to_more_than_the_cap_however_much_the_settler_claims(ads, campaign):
    """What an advertiser that sleeps through a window can lose to the settler is the cap for each of its epochs."""
    epoch = now(ads)
    receipt = try_post(ads, epoch, [(campaign, 2**64 - 1)], at=time_of(epoch + 1))
    assert receipt.error.name == "AdLedger_SpendOutOfBounds"
    posted(ads, [(campaign, campaign.epoch_cap * LVO // PRICE)], epoch)


# A settler that lies


def test_a_lying_settler_loses_its_bond_and_gains_nothing(ads, campaign, token, rewards, advertiser, arbiter, settler):
    """It books four times what was served; the arbiter lets a quarter stand."""
    free = ads.view("settlerDeposit")[0]
    batch = posted(ads, [(campaign, 4 * UNITS)])
    contest(batch, conceded=UNITS)
    since = ads.chain.time
    ads.send("rule", *batch.line(), 0, sender=arbiter, at=since + HALF)
    ads.send("finalize", [batch.root], sender=settler)
    assert rewards.view("funded") == SPEND
    assert ads.view("settlerDeposit")[:2] == (free - 3 * BOND, 0)
    assert token.view("balanceOf", advertiser) == 10**6 * LVO - BUDGET + 3 * BOND
    assert remaining(ads, campaign) == BUDGET - SPEND


def test_a_lying_settler_cannot_run_from_its_bond(ads, batch, settler):
    free, locked, _ = ads.view("settlerDeposit")
    ads.send("withdraw", free, sender=settler)
    assert ads.try_send("withdraw", 1, sender=settler).error.name == "AdLedger_DepositTooSmall"
    contest(batch)
    assert ads.try_send("withdraw", 1, sender=settler).error.name == "AdLedger_DepositTooSmall"
    assert ads.view("settlerDeposit")[1] == locked


def test_a_lying_settler_cannot_promise_more_than_became_final(ads, contested, rewards, settler, outsider):
    """What is contested is not funded, so no root can promise it."""
    ads.send("finalize", [contested.root], sender=outsider, at=contested.until)
    funded = rewards.view("funded")
    receipt = rewards.try_send("propose", b"\6" * 32, funded + 1, b"\6" * 32, sender=settler)
    reverts(receipt, "RewardLedger_TotalUnfunded", funded + 1, funded)


def test_a_wrong_objection_costs_the_advertiser_its_bond(ads, batch, token, arbiter, settler):
    contest(batch)
    since = ads.chain.time
    free = ads.view("settlerDeposit")[0]
    ads.send("rule", *batch.line(), UNITS, sender=arbiter, at=since + HALF)
    assert ads.view("settlerDeposit")[0] == free + 2 * BOND


def test_an_arbiter_can_take_nothing_for_itself(ads, contested, token, arbiter):
    since = ads.view("lines", contested.id())[2]
    ads.send("rule", *contested.line(), 0, sender=arbiter, at=since + HALF)
    assert token.view("balanceOf", arbiter) == 0


def test_an_objection_stops_no_other_line(ads, contested, rewards, outsider):
    receipt = ads.send("finalize", [contested.root], sender=outsider, at=contested.until)
    assert receipt.events[0].name == "BatchFinalized"
    # What was conceded of the contested line, and both others in full.
    assert rewards.view("funded") == (UNITS // 4 + 2 * UNITS + 1) * PRICE


# Money


def test_donations_are_nobodys_and_hurt_nothing(ads, campaign, token, alice, advertiser, outsider):
    token.send("transfer", ads.address, 10**6 * LVO, sender=alice)
    receipt = try_post(ads, now(ads), [(campaign, 10**6 + 1)], at=time_of(now(ads) + 1))
    assert receipt.error.name == "AdLedger_SpendOutOfBounds"
    ads.send("refund", [astuple(campaign)], sender=outsider, at=time_of(campaign.end + LATE))
    assert token.view("balanceOf", advertiser) == 10**6 * LVO


def test_a_strangers_dust_moves_no_clock(ads, campaign, token, alice, advertiser, outsider):
    """Neither the stop of a campaign nor the silence of a settler."""
    token.send("approve", ads.address, FOREVER, sender=alice)
    before, active = state(ads, campaign), ads.view("settlerDeposit")[2]
    ads.send("topUp", id_of(ads, campaign), 1, sender=alice)
    ads.send("topUp", id_of(ads, campaign), 0, sender=outsider)
    ads.send("deposit", 1, sender=alice)
    assert state(ads, campaign) == (BUDGET + 1, *before[1:])
    assert ads.view("settlerDeposit")[2] == active


def test_a_stranger_cannot_end_a_pause_with_a_refund(ads, campaign, advertiser, outsider):
    ads.send("pause", astuple(campaign), sender=advertiser)
    ads.send("refund", [astuple(campaign)], sender=outsider, at=time_of(now(ads) + 1 + LATE))
    assert remaining(ads, campaign) == BUDGET
    ads.send("resume", astuple(campaign), sender=advertiser)


def test_bonds_of_parts_never_exceed_the_bond_of_the_batch(ads, outsider):
    """Every line comes to three wei, of which a quarter rounds to nothing; the bond of all is rounded once."""
    rows = [(opened(ads, price=3, viewer_part=1, publisher_part=1, salt=bytes([n]) * 32), 1) for n in range(7)]
    batch = posted(ads, rows)
    assert ads.view("batches", batch.root)[:2] == (21, 5)
    for index in range(7):
        assert contest(batch, index=index).error is None
    assert ads.view("batches", batch.root)[:2] == (0, 5)
    ads.send("finalize", [batch.root], sender=outsider, at=batch.until)
    assert ads.view("settlerDeposit")[:2] == (10_000 * LVO, 0)


# Merkle


def test_only_the_whole_proof_leads_to_the_batch(ads, batch, advertiser):
    """A line is hashed from 96 bytes and hashed again, a node from 64: no node is a line, and no part a proof."""
    proof = batch.proof()
    for bad in ([], proof[:-1], [*proof, bytes(32)], proof[::-1], [*proof[:-1], batch.root]):
        if bad == proof:
            continue
        receipt = ads.try_send("object", *batch.line(), 0, bad, sender=advertiser)
        reverts(receipt, "AdLedger_BatchUnknown", process_proof(batch.id(), bad))
    assert contest(batch).error is None


# Time: both actions in the second of the deadline, in both orders


def test_the_last_second_belongs_to_one_side_only(ads, batch, advertiser, outsider):
    mark = ads.chain.snapshot()
    assert contest(batch, at=batch.until).error.name == "AdLedger_NotNow"
    assert ads.send("finalize", [batch.root], sender=outsider, at=ads.chain.time).events[0].name == "BatchFinalized"
    ads.chain.rollback(mark)
    assert ads.send("finalize", [batch.root], sender=outsider, at=batch.until).events[0].name == "BatchFinalized"
    assert contest(batch, at=ads.chain.time).error.name == "AdLedger_NotNow"


def test_ruling_and_silence_never_meet(ads, contested, arbiter, outsider):
    until = ads.view("lines", contested.id())[2] + WINDOW
    mark = ads.chain.snapshot()
    assert ads.try_send("rule", *contested.line(), 0, sender=arbiter, at=until).error.name == "AdLedger_NotNow"
    assert ads.try_send("expire", *contested.line(), sender=outsider, at=until).error is None
    ads.chain.rollback(mark)
    assert ads.try_send("expire", *contested.line(), sender=outsider, at=until).error is None
    assert ads.try_send("rule", *contested.line(), 0, sender=arbiter, at=until).error.name == "AdLedger_WrongLineStatus"


def test_posting_and_refunding_never_meet(ads, campaign, outsider):
    """INV-ADS-5."""
    over, epoch = time_of(campaign.end + LATE), campaign.end - 1
    mark = ads.chain.snapshot()
    assert try_post(ads, epoch, [(campaign, 1)], at=over).error.name == "AdLedger_NotNow"
    ads.chain.rollback(mark)
    ads.send("refund", [astuple(campaign)], sender=outsider, at=over - 1)
    assert remaining(ads, campaign) == BUDGET
    assert try_post(ads, epoch, [(campaign, 1)], at=over - 1).error is None


# Signatures


def test_a_signature_counts_on_one_ledger_and_chain_only(ads, chain, reward_terms, advertiser, outsider):
    other = chain.deploy("AdLedger", reward_terms, astuple(RULES), sender=outsider)
    chain.at("RewardLedger", other.view("REWARDS"))
    terms = draft(ads)
    for_other = sign_campaign(other, "settler", terms)
    receipt = ads.try_send("open", astuple(terms), b"", for_other, sender=advertiser)
    assert receipt.error.name == "AdLedger_InvalidSigner"
    message = ad_message("Campaign", chain.chain_id + 1, ads.address, **terms.fields())
    foreign = sign(message, person("settler").key)
    receipt = ads.try_send("open", astuple(terms), b"", foreign, sender=advertiser)
    assert receipt.error.name == "AdLedger_InvalidSigner"


def test_a_fork_has_its_own_domain(ads, chain):
    terms = draft(ads)
    fork = chain.fork(chain.chain_id + 1)
    twin = fork.contracts[ads.address]
    assert twin.view("DOMAIN_SEPARATOR") != ads.view("DOMAIN_SEPARATOR")
    assert twin.view("campaignId", astuple(terms)) == terms.id(fork.chain_id, ads.address)


def test_no_field_can_be_changed_after_it_was_signed(ads, advertiser):
    terms = draft(ads)
    signature = sign_campaign(ads, "settler", terms)
    for field, value in terms.__dict__.items():
        if field == "advertiser":
            continue
        other = value + 1 if isinstance(value, int) else ads.chain.actor("bob") if len(value) == 42 else b"\x09" * 32
        changed = replace(terms, **{field: other})
        receipt = ads.try_send("open", astuple(changed), b"", signature, sender=advertiser)
        assert receipt.error.name == "AdLedger_InvalidSigner", field


def test_roles_cannot_be_swapped(ads, advertiser, settler, outsider):
    """The advertiser's signature is none of the settler's, and the reverse."""
    terms = draft(ads)
    by = {who: sign_campaign(ads, who, terms) for who in ("advertiser", "settler")}
    receipt = ads.try_send("open", astuple(terms), by["settler"], by["advertiser"], sender=outsider)
    reverts(receipt, "AdLedger_InvalidSigner", settler, advertiser)


def test_malformed_signatures_are_nobodys(ads, advertiser, settler):
    terms = draft(ads)
    good = sign_campaign(ads, "settler", terms)
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = (order - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
    compact = good[:32] + (int.from_bytes(good[32:64], "big") | (good[64] - 27) << 255).to_bytes(32, "big")
    for bad in (b"", compact, good[:32] + high + bytes([55 - good[64]]), bytes(65), good + b"\0"):
        receipt = ads.try_send("open", astuple(terms), b"", bad, sender=advertiser)
        reverts(receipt, "AdLedger_InvalidSigner", NOBODY, settler)
    ads.send("open", astuple(terms), b"", good, sender=advertiser)


def test_a_contract_wallet_can_advertise(ads, chain, token, alice, settler, outsider):
    wallet = chain.deploy("OwnerWallet", chain.actor("owner"), sender=outsider)
    token.send("transfer", wallet.address, BUDGET + BOND, sender=alice)
    terms = draft(ads, advertiser=wallet.address)
    paid = authorize(ads, "owner", wallet.address, BUDGET, id_of(ads, terms))
    ads.send("openWithAuthorization", astuple(terms), sign_campaign(ads, "settler", terms), paid, sender=outsider)
    batch = posted(ads, [(terms, UNITS)])
    mark = chain.snapshot()
    acceptance = sign_ad(
        ads, "owner", "Acceptance", campaign=id_of(ads, terms), epoch=batch.epoch, units=UNITS, nonce=0
    )
    ads.send("accept", *batch.line(), batch.proof(), acceptance, sender=settler)
    chain.rollback(mark)
    bond = authorize(ads, "owner", wallet.address, BOND, objection_id(batch, 0))
    ads.send("objectWithAuthorization", *batch.line(), 0, batch.proof(), bond, sender=outsider)
    assert ads.view("lines", batch.id())[3] == LineStatus.CONTESTED


@pytest.mark.parametrize(
    ("name", "made_with"), [("RevertingWallet", ()), ("BurningWallet", ()), ("VerboseWallet", (b"\1" * 32, 10**5))]
)
def test_a_hostile_wallet_signs_nothing(ads, chain, outsider, settler, name, made_with):
    wallet = chain.deploy(name, *made_with, sender=outsider)
    terms = draft(ads, advertiser=wallet.address, budget=0)
    receipt = ads.try_send("open", astuple(terms), b"\1" * 65, b"", sender=settler)
    assert receipt.error.name == "AdLedger_InvalidSigner"


def test_an_authorization_pays_for_one_action_only(ads, campaign, advertiser, outsider):
    """What pays for a campaign opens no other one, and pays for no objection."""
    terms = draft(ads, budget=BOND)
    paid = authorize(ads, "advertiser", advertiser, BOND, id_of(ads, terms))
    other = replace(terms, salt=b"\x09" * 32)
    receipt = ads.try_send(
        "openWithAuthorization", astuple(other), sign_campaign(ads, "settler", other), paid, sender=outsider
    )
    assert receipt.error.name == "LVOToken_InvalidSigner"
    batch = posted(ads, [(campaign, UNITS)])
    receipt = ads.try_send("objectWithAuthorization", *batch.line(), 0, batch.proof(), paid, sender=outsider)
    assert receipt.error.name == "LVOToken_InvalidSigner"


def test_an_acceptance_counts_for_one_line_only(ads, campaign, advertiser, outsider):
    """Not for the same units of another epoch, and not for more units of the same."""
    first, second = posted(ads, [(campaign, UNITS)]), posted(ads, [(campaign, UNITS)])
    signature = sign_ad(
        ads, "advertiser", "Acceptance", campaign=id_of(ads, campaign), epoch=first.epoch, units=UNITS, nonce=0
    )
    receipt = ads.try_send("accept", *second.line(), second.proof(), signature, sender=outsider)
    assert receipt.error.name == "AdLedger_InvalidSigner"
    ads.send("accept", *first.line(), first.proof(), signature, sender=outsider)
    receipt = ads.try_send("accept", *first.line(), first.proof(), signature, sender=outsider)
    assert receipt.error.name == "AdLedger_WrongLineStatus"


# Gas starvation


@pytest.mark.parametrize("name", ["finalize", "refund", "expire", "withdraw", "openWithAuthorization"])
def test_gas_limit_decides_between_all_and_nothing(ads, chain, contested, token, rewards, advertiser, outsider, name):
    since, terms = ads.view("lines", contested.id())[2], draft(ads, end=now(ads) + 700, open_by=2**40 - 1)
    paid = authorize(ads, "advertiser", advertiser, BUDGET, id_of(ads, terms))
    everything = [astuple(each) for each, _ in contested.rows]
    calls = {
        "finalize": ([contested.root],),
        "refund": (everything,),
        "expire": contested.line(),
        "withdraw": (1_000 * LVO,),
        "openWithAuthorization": (astuple(terms), sign_campaign(ads, "settler", terms), paid),
    }
    chain.transact(outsider, outsider, b"", since + SILENCE + 30 * DAY)
    data = ads.encode(name, *calls[name])

    def books():
        people = (advertiser, ads.address, rewards.address, chain.actor("settler"))
        return (
            [token.view("balanceOf", each) for each in people],
            [state(ads, each) for each in (*(row[0] for row in contested.rows), terms)],
            ads.view("batches", contested.root),
            ads.view("lines", contested.id()),
            ads.view("settlerDeposit"),
            rewards.view("funded"),
        )

    before = books()
    mark = chain.snapshot()
    full = chain.transact(outsider, ads.address, data, chain.time)
    assert full.ok
    after = books()
    assert after != before
    chain.rollback(mark)
    seen = set()
    for gas in range(24_000, 260_000, 3_000):
        mark = chain.snapshot()
        outcome = chain.transact(outsider, ads.address, data, chain.time, gas=gas)
        assert books() == (after if outcome.ok else before), gas
        if outcome.ok:
            assert outcome.logs == full.logs
        seen.add(outcome.ok)
        chain.rollback(mark)
    assert seen == {True, False}


def test_a_canceled_offer_stays_void(ads, settler):
    terms = draft(ads)
    ads.send("cancel", astuple(terms), sender=settler)
    assert try_open(ads, terms).error.name == "AdLedger_WrongStatus"
    assert state(ads, terms)[6] == Status.CANCELED
