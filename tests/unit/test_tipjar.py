"""TipJar: every function, first how it fails, then what it does."""

from dataclasses import replace

import pytest

from lvo.channels.vouchers import MOST, NO_HASH, Channel, Signed
from lvo.models.base import NOBODY, Event
from lvo.models.tips import LEAST_NOTICE, MOST_LIFE, MOST_NOTICE, NOT_OPEN, NOTHING_DUE, WRONG_SIGNER
from lvo.typed_data import recover, tipjar_message
from lvo.units import DAY, LVO, SUPPLY
from tests.helpers import FOREVER, reverts, sign_token
from tests.tips import CONTENT, LOCK, MEMO, SECRET, promise

LIKE, REWARD, COMMENT, SUBSIDY = range(4)
HOSTILE = (MOST, MOST + 1, 2**96 + 1, 2**192, 2**232, 2**232 * 3, 2**256 - 2**232, FOREVER)
"""Amounts that nobody has, at the edges of the fields of a channel's word, wei."""


@pytest.fixture
def viewer(alice):
    """Tips; holds the supply."""
    return alice


@pytest.fixture
def creator(bob):
    """Is tipped."""
    return bob


@pytest.fixture
def other_creator(carol):
    """Is tipped too."""
    return carol


@pytest.fixture
def session(chain):
    """Signs vouchers for the viewer."""
    return chain.actor("session")


@pytest.fixture
def jar(chain, token, viewer, outsider):
    """A TipJar that the viewer lets take any amount."""
    made = chain.deploy("TipJar", token.address, sender=outsider)
    token.send("approve", made.address, FOREVER, sender=viewer)
    return made


@pytest.fixture
def terms(chain, viewer, creator, session):
    """A channel from the viewer to the creator that is not open yet."""
    return Channel(viewer, creator, session, DAY, chain.time + 30 * DAY)


@pytest.fixture
def channel(jar, terms, viewer):
    """The same, open, with 100 LVO."""
    jar.send("open", terms.row, 100 * LVO, sender=viewer)
    return terms


def authorize(token, jar, signer, payer, amount, nonce):
    """An authorization of the actor ``signer`` for one action of the jar."""
    fields = {
        "from": payer, "to": jar.address, "value": amount, "validAfter": 0, "validBefore": FOREVER, "nonce": nonce,
    }  # fmt: skip
    return 0, FOREVER, sign_token(token, signer, "ReceiveWithAuthorization", **fields)


# The constructor


def test_constructor_keeps_the_token(jar, token):
    assert jar.view("LVO") == token.address


# Tips


def test_tip_reverts_when_the_amount_is_zero(jar, viewer, creator):
    reverts(jar.try_send("tip", creator, CONTENT, 0, LIKE, NO_HASH, sender=viewer), "TipJar_AmountZero")


def test_tip_reverts_when_the_creator_cannot_be_paid(jar, token, viewer):
    for account in (NOBODY, token.address, jar.address):
        receipt = jar.try_send("tip", account, CONTENT, 1, LIKE, NO_HASH, sender=viewer)
        reverts(receipt, "TokenIntake_InvalidReceiver", account)


def test_tip_reverts_when_nothing_is_allowed(jar, creator, other_creator):
    receipt = jar.try_send("tip", creator, CONTENT, 1, LIKE, NO_HASH, sender=other_creator)
    reverts(receipt, "ERC20InsufficientAllowance", jar.address, 0, 1)


def test_tip_reverts_when_there_is_no_such_kind(jar, viewer, creator):
    data = jar.encode("tip", creator, CONTENT, 1, SUBSIDY, NO_HASH)
    for kind, stands in ((SUBSIDY, True), (SUBSIDY + 1, False)):
        bent = data[:-64] + kind.to_bytes(32, "big") + data[-32:]
        assert jar.chain.transact(viewer, jar.address, bent, jar.chain.time + 1).ok is stands


def test_tip_goes_to_the_creator_at_once(jar, token, viewer, creator):
    receipt = jar.send("tip", creator, CONTENT, 5 * LVO, COMMENT, MEMO, sender=viewer)
    assert receipt.events == [
        Event(jar.address, "Tipped", (viewer, creator, CONTENT, 5 * LVO, COMMENT, MEMO)),
        Event(token.address, "Transfer", (viewer, creator, 5 * LVO)),
    ]
    assert token.view("balanceOf", creator) == 5 * LVO
    assert token.view("balanceOf", jar.address) == 0


def test_tip_with_permit_works_also_when_a_stranger_sent_the_permit(jar, token, creator, other_creator, outsider):
    """The creator tips: it has allowed nothing before."""
    viewer, name = creator, "bob"
    for taken in (False, True):
        token.send("transfer", viewer, LVO, sender=token.chain.actor("alice"))
        fields = {"owner": viewer, "spender": jar.address, "value": LVO, "nonce": token.view("nonces", viewer)}
        signature = sign_token(token, name, "Permit", **fields, deadline=FOREVER)
        if taken:
            token.send("permit", viewer, jar.address, LVO, FOREVER, signature, sender=outsider)
        tip = jar.encode("tip", other_creator, CONTENT, LVO, LIKE, NO_HASH)
        jar.send("multicall", [jar.encode("usePermit", LVO, FOREVER, signature), tip], sender=viewer)
        assert token.view("allowance", viewer, jar.address) == 0
    assert token.view("balanceOf", other_creator) == 2 * LVO


def test_tip_many_reverts_when_there_is_none_or_one_is_bad(jar, token, viewer, creator):
    reverts(jar.try_send("tipMany", [], sender=viewer), "TipJar_BatchEmpty")
    good = (creator, CONTENT, LVO, LIKE, NO_HASH)
    none = jar.try_send("tipMany", [good, (creator, CONTENT, 0, LIKE, NO_HASH)], sender=viewer)
    reverts(none, "TipJar_AmountZero")
    bad = jar.try_send("tipMany", [good, (jar.address, CONTENT, LVO, LIKE, NO_HASH)], sender=viewer)
    reverts(bad, "TokenIntake_InvalidReceiver", jar.address)
    assert token.view("balanceOf", creator) == 0


def test_tip_many_pays_every_creator(jar, token, viewer, creator, other_creator):
    rows = [(creator, CONTENT, 1, LIKE, NO_HASH), (other_creator, MEMO, 2, SUBSIDY, MEMO), (viewer, MEMO, 3, 1, MEMO)]
    receipt = jar.send("tipMany", rows, sender=viewer)
    for row, tipped, transfer in zip(rows, receipt.events[::2], receipt.events[1::2], strict=True):
        assert tipped == Event(jar.address, "Tipped", (viewer, *row))
        assert transfer == Event(token.address, "Transfer", (viewer, row[0], row[2]))


def test_tip_many_with_authorization_reverts_when_the_tips_are_others(jar, token, viewer, creator, outsider):
    rows = [(creator, CONTENT, LVO, LIKE, NO_HASH)]
    proof = authorize(token, jar, "alice", viewer, LVO, jar.view("tipsHash", rows, 7))
    for changed, salt in (([(outsider, *rows[0][1:])], 7), ([(*rows[0][:4], MEMO)], 7), (rows, 8)):
        receipt = jar.try_send("tipManyWithAuthorization", viewer, changed, salt, proof, sender=outsider)
        assert receipt.error.name == "LVOToken_InvalidSigner"
    assert jar.try_send("tipManyWithAuthorization", viewer, [], 7, proof, sender=outsider).error.name == (
        "TipJar_BatchEmpty"
    )


def test_tip_many_with_authorization_reverts_when_the_sum_is_more_than_a_word(jar, token, viewer, creator, outsider):
    """Else tips that nobody paid would be announced."""
    rows = [(creator, CONTENT, 2**255, LIKE, NO_HASH)] * 2
    proof = authorize(token, jar, "alice", viewer, 0, jar.view("tipsHash", rows, 7))
    reverts(jar.try_send("tipManyWithAuthorization", viewer, rows, 7, proof, sender=outsider), "Panic", 17)
    rows = [(creator, CONTENT, 2**96, LIKE, NO_HASH)]
    proof = authorize(token, jar, "alice", viewer, 2**96, jar.view("tipsHash", rows, 7))
    receipt = jar.try_send("tipManyWithAuthorization", viewer, rows, 7, proof, sender=outsider)
    reverts(receipt, "ERC20InsufficientBalance", viewer, SUPPLY, 2**96)


def test_tip_many_with_authorization_pays_once_whoever_sends_it(jar, token, viewer, creator, other_creator, outsider):
    rows = [(creator, CONTENT, LVO, LIKE, NO_HASH), (other_creator, CONTENT, 2, REWARD, NO_HASH)]
    nonce = jar.view("tipsHash", rows, 7)
    args = (viewer, rows, 7, authorize(token, jar, "alice", viewer, LVO + 2, nonce))
    receipt = jar.send("tipManyWithAuthorization", *args, sender=outsider)
    assert receipt.events == [
        *(Event(jar.address, "Tipped", (viewer, *row)) for row in rows),
        Event(token.address, "AuthorizationUsed", (viewer, nonce)),
        Event(token.address, "Transfer", (viewer, jar.address, LVO + 2)),
        Event(token.address, "Transfer", (jar.address, creator, LVO)),
        Event(token.address, "Transfer", (jar.address, other_creator, 2)),
    ]
    again = jar.try_send("tipManyWithAuthorization", *args, sender=outsider)
    reverts(again, "LVOToken_AuthorizationUsed", viewer, nonce)


# Opening


def test_open_reverts_when_the_caller_is_not_the_payer(jar, terms, viewer, creator):
    receipt = jar.try_send("open", terms.row, 1, sender=creator)
    reverts(receipt, "TipJar_NotAllowed", terms.id, creator, viewer)


def test_open_reverts_when_the_deposit_is_zero(jar, terms, viewer):
    reverts(jar.try_send("open", terms.row, 0, sender=viewer), "TipJar_AmountZero")


def test_open_reverts_when_the_payee_cannot_be_paid(jar, token, terms, viewer):
    for account in (NOBODY, token.address, jar.address):
        receipt = jar.try_send("open", replace(terms, payee=account).row, 1, sender=viewer)
        reverts(receipt, "TokenIntake_InvalidReceiver", account)


def test_open_reverts_when_nobody_could_sign(jar, terms, viewer):
    """A signature that no key made recovers to zero: it must not be the signer's."""
    reverts(jar.try_send("open", replace(terms, signer=NOBODY).row, 1, sender=viewer), "TipJar_SignerZero")


@pytest.mark.parametrize("notice", [0, LEAST_NOTICE - 1, MOST_NOTICE + 1, 2**32 - 1])
def test_open_reverts_when_the_notice_is_out_of_bounds(jar, terms, viewer, notice):
    receipt = jar.try_send("open", replace(terms, notice=notice).row, 1, sender=viewer)
    reverts(receipt, "TipJar_NoticeOutOfBounds", notice, LEAST_NOTICE, MOST_NOTICE)


def test_open_reverts_when_the_expiry_has_come_or_is_far(jar, terms, viewer):
    for life in (-1, 0, MOST_LIFE + 1):
        at = jar.chain.time + 50
        receipt = jar.try_send("open", replace(terms, expiry=at + life).row, 1, sender=viewer, at=at)
        reverts(receipt, "TipJar_ExpiryOutOfBounds", at + life, at, at + MOST_LIFE)
    for life in (1, MOST_LIFE):
        at = jar.chain.time + 50
        assert jar.try_send("open", replace(terms, expiry=at + life).row, 1, sender=viewer, at=at).error is None


def test_open_reverts_when_the_channel_was_opened_before(jar, channel, viewer, creator):
    reverts(jar.try_send("open", channel.row, 1, sender=viewer), "TipJar_ChannelKnown", channel.id)
    jar.send("close", channel.row, sender=creator)
    reverts(jar.try_send("open", channel.row, 1, sender=viewer), "TipJar_ChannelKnown", channel.id)


def test_open_reverts_when_the_payer_has_too_little(jar, terms, viewer):
    """Also where the amount would reach the fields beside the deposit."""
    for amount in HOSTILE:
        receipt = jar.try_send("open", terms.row, amount, sender=viewer)
        reverts(receipt, "ERC20InsufficientBalance", viewer, SUPPLY, amount)
    assert jar.view("stateOf", terms.id) == (0, 0, 0, False)


def test_open_takes_the_deposit(jar, token, terms, viewer, creator, session):
    receipt = jar.send("open", terms.row, 100, sender=viewer)
    facts = (terms.id, viewer, creator, session, terms.notice, terms.expiry, 100)
    assert receipt.events == [
        Event(jar.address, "ChannelOpened", facts),
        Event(token.address, "Transfer", (viewer, jar.address, 100)),
    ]
    assert jar.view("channelId", terms.row) == terms.id
    assert jar.view("stateOf", terms.id) == (100, 0, 0, False)


def test_open_with_authorization_reverts_when_it_was_signed_for_another_channel(jar, token, terms, viewer, outsider):
    proof = authorize(token, jar, "alice", viewer, 5, terms.id)
    for row, amount in ((replace(terms, payee=outsider).row, 5), (replace(terms, signer=outsider).row, 5)):
        receipt = jar.try_send("openWithAuthorization", row, amount, proof, sender=outsider)
        assert receipt.error.name == "LVOToken_InvalidSigner"
    assert jar.try_send("openWithAuthorization", terms.row, 6, proof, sender=outsider).error is not None


def test_open_with_authorization_opens_once_whoever_sends_it(jar, token, terms, viewer, creator, session, outsider):
    proof = authorize(token, jar, "alice", viewer, 5, terms.id)
    receipt = jar.send("openWithAuthorization", terms.row, 5, proof, sender=outsider)
    facts = (terms.id, viewer, creator, session, terms.notice, terms.expiry, 5)
    assert receipt.events[0] == Event(jar.address, "ChannelOpened", facts)
    again = jar.try_send("openWithAuthorization", terms.row, 5, proof, sender=outsider)
    reverts(again, "TipJar_ChannelKnown", terms.id)


# Topping up


def test_top_up_reverts_when_the_amount_is_zero(jar, channel, viewer):
    reverts(jar.try_send("topUp", channel.row, 0, sender=viewer), "TipJar_AmountZero")


def test_top_up_reverts_when_the_channel_is_not_open(jar, terms, viewer, creator):
    reverts(jar.try_send("topUp", terms.row, 1, sender=viewer), "TipJar_NotOpen", terms.id)
    jar.send("open", terms.row, 1, sender=viewer)
    jar.send("close", terms.row, sender=creator)
    reverts(jar.try_send("topUp", terms.row, 1, sender=viewer), "TipJar_NotOpen", terms.id)


def test_top_up_reverts_when_the_channel_has_ended(jar, channel, viewer):
    late = jar.try_send("topUp", channel.row, 1, sender=viewer, at=channel.expiry)
    reverts(late, "TipJar_Ended", channel.id, channel.expiry, channel.expiry)


def test_top_up_adds_to_the_deposit(jar, token, channel, viewer):
    receipt = jar.send("topUp", channel.row, 7, sender=viewer, at=channel.expiry - 1)
    assert receipt.events[0] == Event(jar.address, "ChannelToppedUp", (channel.id, viewer, 7))
    assert jar.view("stateOf", channel.id) == (100 * LVO + 7, 0, 0, False)
    assert token.view("balanceOf", jar.address) == 100 * LVO + 7


def test_top_up_cannot_reach_the_fields_beside_the_deposit(jar, channel, viewer):
    for amount in HOSTILE:
        receipt = jar.try_send("topUp", channel.row, amount, sender=viewer)
        reverts(receipt, "ERC20InsufficientBalance", viewer, SUPPLY - 100 * LVO, amount)
    assert jar.view("stateOf", channel.id) == (100 * LVO, 0, 0, False)


def test_top_up_with_authorization_takes_from_the_funder_once_for_a_salt(jar, token, channel, viewer, outsider):
    proofs = {
        salt: authorize(token, jar, "alice", viewer, 5, jar.view("topUpHash", channel.id, 5, salt)) for salt in (0, 1)
    }
    for salt, proof in proofs.items():
        args = (channel.row, 5, viewer, salt, proof)
        receipt = jar.send("topUpWithAuthorization", *args, sender=outsider)
        assert receipt.events[0] == Event(jar.address, "ChannelToppedUp", (channel.id, viewer, 5))
        again = jar.try_send("topUpWithAuthorization", *args, sender=outsider)
        assert again.error.name == "LVOToken_AuthorizationUsed"
    assert jar.view("stateOf", channel.id)[0] == 100 * LVO + 10


# Settling


def test_settle_reverts_when_the_channel_is_not_open(jar, terms, viewer, creator, outsider):
    signed = promise(jar, terms, 1)
    reverts(jar.try_send("settle", signed.settlement(terms), sender=outsider), "TipJar_NotOpen", terms.id)
    jar.send("open", terms.row, 5, sender=viewer)
    jar.send("close", terms.row, sender=creator)
    reverts(jar.try_send("settle", signed.settlement(terms), sender=outsider), "TipJar_NotOpen", terms.id)


def test_settle_reverts_when_the_channel_has_ended(jar, channel, outsider):
    row = promise(jar, channel, 1).settlement(channel)
    late = jar.try_send("settle", row, sender=outsider, at=channel.expiry)
    reverts(late, "TipJar_Ended", channel.id, channel.expiry, channel.expiry)


def test_settle_reverts_when_another_signed(jar, channel, creator, session, outsider):
    """INV-TIP-2."""
    forged = promise(jar, channel, 1, signer="bob")
    receipt = jar.try_send("settle", forged.settlement(channel), sender=outsider)
    reverts(receipt, "TipJar_WrongSigner", channel.id, creator, session)
    nobody = Signed(forged.voucher, bytes(64))
    receipt = jar.try_send("settle", nobody.settlement(channel), sender=outsider)
    reverts(receipt, "TipJar_WrongSigner", channel.id, NOBODY, session)


def test_settle_reverts_when_nothing_is_due(jar, channel, outsider):
    zero = promise(jar, channel, 0).settlement(channel)
    reverts(jar.try_send("settle", zero, sender=outsider), "TipJar_NothingDue", channel.id, 0, 0)
    jar.send("settle", promise(jar, channel, 10).settlement(channel), sender=outsider)
    for cumulative in (10, 9):
        row = promise(jar, channel, cumulative).settlement(channel)
        receipt = jar.try_send("settle", row, sender=outsider)
        reverts(receipt, "TipJar_NothingDue", channel.id, cumulative, 10)


def test_settle_pays_the_difference_whoever_sends_it(jar, token, channel, creator, outsider):
    paid = 0
    for cumulative in (1, 10 * LVO, 100 * LVO):
        row = promise(jar, channel, cumulative).settlement(channel)
        receipt = jar.send("settle", row, sender=outsider)
        assert receipt.events == [
            Event(jar.address, "ChannelSettled", (channel.id, cumulative, MEMO)),
            Event(token.address, "Transfer", (jar.address, creator, cumulative - paid)),
        ]
        paid = cumulative
    assert jar.view("stateOf", channel.id) == (100 * LVO, 100 * LVO, 0, False)
    assert token.view("balanceOf", creator) == 100 * LVO


def test_settle_pays_as_far_as_the_deposit_goes(jar, token, channel, viewer, creator, outsider):
    row = promise(jar, channel, 150 * LVO).settlement(channel)
    jar.send("settle", row, sender=outsider)
    assert token.view("balanceOf", creator) == 100 * LVO
    reverts(jar.try_send("settle", row, sender=outsider), "TipJar_NothingDue", channel.id, 100 * LVO, 100 * LVO)
    jar.send("topUp", channel.row, 60 * LVO, sender=viewer)
    jar.send("settle", row, sender=outsider)
    assert token.view("balanceOf", creator) == 150 * LVO


def test_settle_counts_a_lock_with_its_secret_before_its_expiry_only(jar, token, channel, creator, outsider):
    start = jar.chain.time
    signed = promise(jar, channel, 10, locked=5, lock=LOCK, lock_expiry=start + 100)
    jar.send("settle", signed.settlement(channel, b"\6" * 32), sender=outsider, at=start + 10)
    assert token.view("balanceOf", creator) == 10
    mark = jar.chain.snapshot()
    late = jar.try_send("settle", signed.settlement(channel, SECRET), sender=outsider, at=start + 100)
    reverts(late, "TipJar_NothingDue", channel.id, 10, 10)
    jar.chain.rollback(mark)
    jar.send("settle", signed.settlement(channel, SECRET), sender=outsider, at=start + 99)
    assert token.view("balanceOf", creator) == 15
    again = jar.try_send("settle", signed.settlement(channel, SECRET), sender=outsider)
    assert again.error.name == "TipJar_NothingDue"


def test_settle_many_reverts_when_the_batch_is_empty(jar, outsider):
    reverts(jar.try_send("settleMany", [], sender=outsider), "TipJar_BatchEmpty")


def test_settle_many_pays_neighbours_at_once_and_skips_what_pays_nothing(
    jar, token, terms, channel, viewer, creator, other_creator, outsider
):
    channels = [channel, replace(terms, expiry=terms.expiry - 1), replace(terms, payee=other_creator)]
    for each in channels[1:]:
        jar.send("open", each.row, 100, sender=viewer)
    unknown = replace(terms, expiry=terms.expiry - 2)
    rows = [
        promise(jar, channels[0], 10).settlement(channels[0]),
        promise(jar, unknown, 10).settlement(unknown),
        promise(jar, channels[1], 20).settlement(channels[1]),
        promise(jar, channels[0], 10).settlement(channels[0]),
        promise(jar, channels[0], 30, signer="bob").settlement(channels[0]),
        promise(jar, channels[2], 40).settlement(channels[2]),
        promise(jar, channels[1], 50).settlement(channels[1]),
    ]
    receipt = jar.send("settleMany", rows, sender=outsider)
    ids = [each.id for each in channels]
    assert receipt.events == [
        Event(jar.address, "ChannelSettled", (ids[0], 10, MEMO)),
        Event(jar.address, "VoucherSkipped", (unknown.id, NOT_OPEN)),
        Event(jar.address, "ChannelSettled", (ids[1], 20, MEMO)),
        Event(jar.address, "VoucherSkipped", (ids[0], NOTHING_DUE)),
        Event(jar.address, "VoucherSkipped", (ids[0], WRONG_SIGNER)),
        Event(jar.address, "ChannelSettled", (ids[2], 40, MEMO)),
        Event(token.address, "Transfer", (jar.address, creator, 30)),
        Event(jar.address, "ChannelSettled", (ids[1], 50, MEMO)),
        Event(token.address, "Transfer", (jar.address, other_creator, 40)),
        Event(token.address, "Transfer", (jar.address, creator, 30)),
    ]


# Closing


def test_request_close_reverts_when_the_caller_is_not_the_payer(jar, channel, viewer, creator):
    receipt = jar.try_send("requestClose", channel.row, sender=creator)
    reverts(receipt, "TipJar_NotAllowed", channel.id, creator, viewer)


def test_request_close_reverts_when_the_channel_is_not_open_or_has_ended(jar, terms, viewer):
    reverts(jar.try_send("requestClose", terms.row, sender=viewer), "TipJar_NotOpen", terms.id)
    jar.send("open", terms.row, 1, sender=viewer)
    late = jar.try_send("requestClose", terms.row, sender=viewer, at=terms.expiry)
    reverts(late, "TipJar_Ended", terms.id, terms.expiry, terms.expiry)


def test_request_close_reverts_when_it_was_asked_for_before(jar, channel, viewer):
    at = jar.send("requestClose", channel.row, sender=viewer).time + DAY
    reverts(jar.try_send("requestClose", channel.row, sender=viewer), "TipJar_AlreadyClosing", channel.id, at)


@pytest.mark.parametrize(("before", "length"), [(10 * DAY, DAY), (DAY, DAY), (DAY - 1, DAY - 1), (1, 1)])
def test_request_close_ends_the_channel_after_the_notice_and_never_later_than_it_would(
    jar, token, channel, viewer, creator, outsider, before, length
):
    at = channel.expiry - before
    receipt = jar.send("requestClose", channel.row, sender=viewer, at=at)
    end = at + length
    assert receipt.events == [Event(jar.address, "CloseRequested", (channel.id, end))]
    assert jar.view("stateOf", channel.id) == (100 * LVO, 0, end, False)
    early = jar.try_send("close", channel.row, sender=viewer, at=end - 1) if length > 1 else None
    if early:
        reverts(early, "TipJar_NotEnded", channel.id, end - 1, end)
    # Up to here the payee was paid; from here it is not.
    late = jar.try_send("settle", promise(jar, channel, 1).settlement(channel), sender=outsider, at=end)
    reverts(late, "TipJar_Ended", channel.id, end, end)
    jar.send("close", channel.row, sender=outsider)
    assert token.view("balanceOf", viewer) == SUPPLY


def test_close_reverts_when_the_channel_is_not_open(jar, terms, outsider):
    reverts(jar.try_send("close", terms.row, sender=outsider), "TipJar_NotOpen", terms.id)


def test_close_reverts_when_the_channel_runs_and_the_caller_is_not_the_payee(jar, channel, viewer, outsider):
    for caller in (viewer, outsider):
        receipt = jar.try_send("close", channel.row, sender=caller)
        reverts(receipt, "TipJar_NotEnded", channel.id, receipt.time, channel.expiry)


def test_close_by_the_payee_gives_back_the_rest_at_once(jar, token, channel, viewer, creator, outsider):
    jar.send("settle", promise(jar, channel, 30 * LVO).settlement(channel), sender=outsider)
    receipt = jar.send("close", channel.row, sender=creator)
    assert receipt.events == [
        Event(jar.address, "ChannelClosed", (channel.id, 30 * LVO, NO_HASH)),
        Event(token.address, "Transfer", (jar.address, viewer, 70 * LVO)),
    ]
    assert jar.view("stateOf", channel.id) == (100 * LVO, 30 * LVO, 0, True)
    reverts(jar.try_send("close", channel.row, sender=creator), "TipJar_NotOpen", channel.id)


def test_close_of_a_spent_channel_moves_nothing(jar, channel, creator, outsider):
    jar.send("settle", promise(jar, channel, 100 * LVO).settlement(channel), sender=outsider)
    receipt = jar.send("close", channel.row, sender=creator)
    assert receipt.events == [Event(jar.address, "ChannelClosed", (channel.id, 100 * LVO, NO_HASH))]


def test_close_with_reverts_when_the_caller_is_not_the_payee(jar, channel, viewer, creator):
    row = promise(jar, channel, 1).settlement(channel)
    receipt = jar.try_send("closeWith", row, sender=viewer)
    reverts(receipt, "TipJar_NotAllowed", channel.id, viewer, creator)


def test_close_with_reverts_when_the_voucher_pays_nothing(jar, channel, creator, session):
    row = promise(jar, channel, 0).settlement(channel)
    reverts(jar.try_send("closeWith", row, sender=creator), "TipJar_NothingDue", channel.id, 0, 0)
    row = promise(jar, channel, 1, signer="bob").settlement(channel)
    reverts(jar.try_send("closeWith", row, sender=creator), "TipJar_WrongSigner", channel.id, creator, session)
    row = promise(jar, channel, 1).settlement(channel)
    late = jar.try_send("closeWith", row, sender=creator, at=channel.expiry)
    reverts(late, "TipJar_Ended", channel.id, channel.expiry, channel.expiry)


def test_close_with_pays_both(jar, token, channel, viewer, creator):
    row = promise(jar, channel, 30 * LVO).settlement(channel)
    receipt = jar.send("closeWith", row, sender=creator, at=channel.expiry - 1)
    assert receipt.events == [
        Event(jar.address, "ChannelClosed", (channel.id, 30 * LVO, MEMO)),
        Event(token.address, "Transfer", (jar.address, viewer, 70 * LVO)),
        Event(token.address, "Transfer", (jar.address, creator, 30 * LVO)),
    ]
    assert jar.view("stateOf", channel.id) == (100 * LVO, 30 * LVO, 0, True)


# Wallets


def test_vouchers_are_the_typed_data_that_wallets_sign(jar, channel, session):
    """What lvo.channels signs by itself and what eth-account makes of the same type are one."""
    signed = promise(jar, channel, 10, locked=5, lock=LOCK, lock_expiry=77)
    names = ("cumulative", "memoHash", "lock", "locked", "lockExpiry")
    fields = {"channel": channel.id, **dict(zip(names, signed.voucher.row, strict=True))}
    message = tipjar_message("Voucher", jar.chain.chain_id, jar.address, **fields)
    r, vs = signed.signature[:32], int.from_bytes(signed.signature[32:], "big")
    full = r + (vs % 2**255).to_bytes(32, "big") + bytes([27 + (vs >> 255)])
    assert recover(message, full) == session
