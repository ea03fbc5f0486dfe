"""Attacks on channels: replay, stale and forged vouchers, dust, races at the end, locks over two hops, starved gas."""

from dataclasses import replace

import pytest

from lvo.channels.vouchers import MOST, NO_HASH, Channel, Domain, Signed
from lvo.merkle import keccak256
from lvo.models.base import NOBODY
from lvo.models.tips import ENDED, LEAST_NOTICE
from lvo.units import DAY, LVO, SUPPLY
from tests.helpers import FOREVER, reverts, sign_token
from tests.tips import CONTENT, LOCK, MEMO, SECRET, domain_of, key_of, promise

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
MARGIN = 600
"""What the hub of these tests demands between its two locks, seconds."""


@pytest.fixture
def viewer(alice):
    """Deposits; holds the supply."""
    return alice


@pytest.fixture
def creator(bob):
    """Is paid."""
    return bob


@pytest.fixture
def hub(carol):
    """Routes."""
    return carol


@pytest.fixture
def jar(chain, token, viewer, hub, outsider):
    """A TipJar that viewer and hub let take any amount."""
    made = chain.deploy("TipJar", token.address, sender=outsider)
    token.send("transfer", hub, 1_000 * LVO, sender=viewer)
    for account in (viewer, hub):
        token.send("approve", made.address, FOREVER, sender=account)
    return made


@pytest.fixture
def channel(chain, jar, viewer, creator):
    """An open channel with 100 LVO and a session key."""
    made = Channel(viewer, creator, chain.actor("session"), DAY, chain.time + 30 * DAY)
    jar.send("open", made.row, 100 * LVO, sender=viewer)
    return made


def settle(jar, channel, signed, outsider, secret=NO_HASH, at=None):
    return jar.try_send("settle", signed.settlement(channel, secret), sender=outsider, at=at)


# Replay


def test_voucher_of_a_closed_channel_is_worthless_for_its_successor(jar, token, channel, viewer, creator, outsider):
    """INV-TIP-5. The same payer, payee, signer and notice: the id is another, and the old id is taken for ever."""
    signed = promise(jar, channel, 10 * LVO)
    jar.send("closeWith", signed.settlement(channel), sender=creator)
    reverts(jar.try_send("open", channel.row, 100 * LVO, sender=viewer), "TipJar_ChannelKnown", channel.id)
    successor = replace(channel, expiry=channel.expiry + 1)
    jar.send("open", successor.row, 100 * LVO, sender=viewer)
    receipt = settle(jar, successor, signed, outsider)
    assert receipt.error.name == "TipJar_WrongSigner"
    assert token.view("balanceOf", creator) == 10 * LVO


def test_channel_closed_in_the_second_it_was_opened_stays_closed(jar, channel, viewer, creator):
    other = replace(channel, expiry=channel.expiry + 1)
    at = jar.chain.time + 1
    jar.send("open", other.row, 5, sender=viewer, at=at)
    jar.send("close", other.row, sender=creator, at=at)
    reverts(jar.try_send("open", other.row, 5, sender=viewer, at=at), "TipJar_ChannelKnown", other.id)


def test_voucher_for_another_channel_jar_or_chain_is_refused(chain, jar, token, channel, viewer, creator, outsider):
    """One key signs for all of them."""
    other = replace(channel, payee=outsider)
    jar.send("open", other.row, 5, sender=viewer)
    second = chain.deploy("TipJar", token.address, sender=outsider)
    token.send("approve", second.address, FOREVER, sender=viewer)
    second.send("open", channel.row, 5, sender=viewer)
    elsewhere = Domain(chain.chain_id + 1, jar.address)
    for signed in (
        promise(jar, other, 1),
        promise(second, channel, 1),
        elsewhere.sign(promise(jar, channel, 1).voucher, key_of("session")),
    ):
        assert settle(jar, channel, signed, outsider).error.name == "TipJar_WrongSigner"
    assert settle(second, channel, promise(jar, channel, 1), outsider).error.name == "TipJar_WrongSigner"
    assert token.view("balanceOf", creator) == 0


def test_voucher_from_before_a_fork_is_refused_after_it(chain, jar, token, viewer, creator, outsider):
    if chain.name == "ganache":
        pytest.skip("Ganache cannot change its chain id while it runs")
    fork = chain.fork(chain.chain_id + 1)
    there = fork.contracts[jar.address]
    assert there.view("DOMAIN_SEPARATOR") == domain_of(there).separator != jar.view("DOMAIN_SEPARATOR")


def test_nobody_settles_a_channel_twice_by_two_forms_of_a_signature(jar, token, channel, creator, outsider):
    """Neither a high s nor the other parity is a second voucher; a cumulative amount would be paid once anyway."""
    signed = promise(jar, channel, 5)
    tail = int.from_bytes(signed.signature[32:], "big")
    parity, s = divmod(tail, 2**255)
    for bent in ((parity ^ 1) << 255 | s, CURVE_ORDER - s, (parity ^ 1) << 255 | (CURVE_ORDER - s) % 2**255):
        forged = Signed(signed.voucher, signed.signature[:32] + bent.to_bytes(32, "big"))
        receipt = settle(jar, channel, forged, outsider)
        assert receipt.error.name == "TipJar_WrongSigner"
        assert receipt.error.facts[1] == domain_of(jar).signer(forged) != channel.signer
    assert settle(jar, channel, signed, outsider).error is None
    assert settle(jar, channel, signed, outsider).error.name == "TipJar_NothingDue"
    assert token.view("balanceOf", creator) == 5


@pytest.mark.parametrize("field", range(5))
def test_every_field_of_a_voucher_is_signed(jar, channel, outsider, field):
    signed = promise(jar, channel, 5, locked=3, lock=LOCK, lock_expiry=jar.chain.time + DAY)
    row = list(signed.settlement(channel, SECRET))
    voucher = list(signed.voucher.row)
    voucher[field] = keccak256(b"other") if isinstance(voucher[field], bytes) else voucher[field] + 1
    row[1] = tuple(voucher)
    assert jar.try_send("settle", tuple(row), sender=outsider).error.name == "TipJar_WrongSigner"
    assert settle(jar, channel, signed, outsider, SECRET).error is None


def test_stale_voucher_without_a_signature_changes_nothing(jar, channel, outsider):
    """A peer took an unsigned voucher for settled because its amount was old."""
    settle(jar, channel, promise(jar, channel, 10), outsider)
    garbage = Signed(promise(jar, channel, 10).voucher, b"\xff" * 64)
    assert settle(jar, channel, garbage, outsider).error.name == "TipJar_NothingDue"
    garbage = Signed(promise(jar, channel, 11).voucher, b"\xff" * 64)
    reverts(settle(jar, channel, garbage, outsider), "TipJar_WrongSigner", channel.id, NOBODY, channel.signer)
    assert jar.view("stateOf", channel.id) == (100 * LVO, 10, 0, False)


def test_dirty_calldata_is_refused(jar, channel, viewer, outsider):
    """Upper bits beside a field that the voucher's hash is read with."""
    data = jar.encode("settle", promise(jar, channel, 5).settlement(channel))
    for word in (2, 3, 4, 5, 8):
        at = 4 + 32 * word
        dirty = data[:at] + bytes([1]) + data[at + 1 :]
        assert not jar.chain.transact(outsider, jar.address, dirty, jar.chain.time + 1).ok
    opening = jar.encode("open", replace(channel, expiry=channel.expiry + 1).row, 5)
    for word in range(6):
        at = 4 + 32 * word
        dirty = opening[:at] + bytes([1]) + opening[at + 1 :]
        assert not jar.chain.transact(viewer, jar.address, dirty, jar.chain.time + 1).ok
    assert jar.chain.transact(outsider, jar.address, data, jar.chain.time + 1).ok


# Amounts


@pytest.mark.parametrize("cumulative", [0, 1, 100 * LVO - 1, 100 * LVO, MOST, FOREVER])
@pytest.mark.parametrize("batch", [True, False])
def test_payee_never_gets_more_than_the_deposit(jar, token, channel, viewer, creator, outsider, cumulative, batch):
    """INV-TIP-2, by the largest numbers that fit: no sum overflows, and nothing stops a batch."""
    signed = promise(jar, channel, cumulative, locked=FOREVER, lock=LOCK, lock_expiry=FOREVER)
    other = replace(channel, expiry=channel.expiry + 1)
    jar.send("open", other.row, 7, sender=viewer)
    if batch:
        jar.send("settleMany", [signed.settlement(channel, SECRET)], sender=outsider)
    else:
        assert settle(jar, channel, signed, outsider, SECRET).error is None
    assert token.view("balanceOf", creator) == 100 * LVO
    assert token.view("balanceOf", jar.address) == 7
    assert jar.view("stateOf", channel.id) == (100 * LVO, 100 * LVO, 0, False)


def test_donation_is_nobodys_and_harms_nobody(jar, token, channel, viewer, creator, outsider):
    token.send("transfer", jar.address, 7, sender=viewer)
    settle(jar, channel, promise(jar, channel, 500 * LVO), outsider)
    jar.send("close", channel.row, sender=creator)
    assert token.view("balanceOf", jar.address) == 7
    assert token.view("balanceOf", creator) == 100 * LVO


# Clocks


def test_dust_and_nothing_from_a_stranger_move_no_clock(jar, token, channel, viewer, hub, outsider):
    """INV-TIP-6. A peer's unlock was cancelled by anybody's deposit of zero."""
    end = jar.send("requestClose", channel.row, sender=viewer).time + channel.notice
    reverts(jar.try_send("topUp", channel.row, 0, sender=hub), "TipJar_AmountZero")
    for amount in (1, 50 * LVO):
        jar.send("topUp", channel.row, amount, sender=hub)
        assert jar.view("stateOf", channel.id)[2] == end
    settle(jar, channel, promise(jar, channel, 1), outsider)
    assert jar.view("stateOf", channel.id)[2] == end
    jar.send("close", channel.row, sender=outsider, at=end)
    assert jar.view("stateOf", channel.id)[3]


@pytest.mark.parametrize("asked", [True, False])
def test_both_orders_of_settle_and_close_around_the_end(jar, token, channel, viewer, creator, outsider, asked):
    """INV-TIP-6: in the second before the end only settling works, from the end only closing: no gap, no overlap."""
    end = jar.send("requestClose", channel.row, sender=viewer).time + DAY if asked else channel.expiry
    signed = promise(jar, channel, 10)
    mark = jar.chain.snapshot()
    early = jar.try_send("close", channel.row, sender=viewer, at=end - 1)
    reverts(early, "TipJar_NotEnded", channel.id, end - 1, end)
    assert settle(jar, channel, signed, outsider, at=end - 1).error is None
    jar.chain.rollback(mark)
    reverts(settle(jar, channel, signed, outsider, at=end), "TipJar_Ended", channel.id, end, end)
    batch = jar.send("settleMany", [signed.settlement(channel)], sender=outsider, at=end)
    assert [event.args for event in batch.events] == [(channel.id, ENDED)]
    assert jar.try_send("close", channel.row, sender=viewer, at=end).error is None
    assert token.view("balanceOf", creator) == 0


@pytest.mark.parametrize("asked_before_expiry", [30 * DAY - 100, DAY + 1, DAY, DAY - 1, 2, 1])
def test_payee_can_always_settle_within_the_notice(jar, token, channel, viewer, creator, outsider, asked_before_expiry):
    """INV-TIP-6: however late the payer asks, an accepted voucher pays in the last second."""
    at = channel.expiry - asked_before_expiry
    jar.send("requestClose", channel.row, sender=viewer, at=at)
    end = jar.view("stateOf", channel.id)[2]
    assert end == min(at + channel.notice, channel.expiry)
    last = max(end - 1, at)
    assert settle(jar, channel, promise(jar, channel, 10), outsider, at=last).error is None
    assert token.view("balanceOf", creator) == 10


# Wallets


def test_wallet_opens_with_a_session_key_and_cannot_take_its_word_back(chain, jar, token, viewer, creator, outsider):
    """No contract is asked about a voucher, so none can change its mind."""
    wallet = chain.deploy("OwnerWallet", viewer, sender=viewer)
    token.send("transfer", wallet.address, 10, sender=viewer)
    made = Channel(wallet.address, creator, chain.actor("session"), LEAST_NOTICE, chain.time + DAY)
    for target, data in (
        (token.address, token.encode("approve", jar.address, 10)),
        (jar.address, jar.encode("open", made.row, 10)),
    ):
        wallet.send("execute", target, data, sender=viewer)
    assert settle(jar, made, promise(jar, made, 4), outsider).error is None
    jar.send("close", made.row, sender=creator)
    assert token.view("balanceOf", wallet.address) == 6
    of_wallet = replace(made, signer=wallet.address, expiry=made.expiry + 1)
    token.send("transfer", outsider, 5, sender=viewer)
    token.send("approve", jar.address, 5, sender=outsider)
    mine = replace(of_wallet, payer=outsider)
    jar.send("open", mine.row, 5, sender=outsider)
    # The owner's key would satisfy the wallet; a channel asks for the signer's own key, which a wallet has not.
    assert settle(jar, mine, promise(jar, mine, 4, signer="alice"), outsider).error.name == "TipJar_WrongSigner"


def test_authorization_cannot_be_spent_without_its_action(jar, token, channel, viewer, creator, outsider):
    """A stranger who sees it can send the action and nothing else."""
    other = replace(channel, expiry=channel.expiry + 1)
    fields = {
        "from": viewer, "to": jar.address, "value": 5, "validAfter": 0, "validBefore": FOREVER, "nonce": other.id,
    }  # fmt: skip
    signature = sign_token(token, "alice", "ReceiveWithAuthorization", **fields)
    direct = token.try_send("receiveWithAuthorization", *fields.values(), signature, sender=outsider)
    reverts(direct, "LVOToken_CallerNotReceiver", other.id, outsider, jar.address)
    proof = (0, FOREVER, signature)
    assert jar.try_send("topUpWithAuthorization", channel.row, 5, viewer, 0, proof, sender=outsider).error is not None
    tips = [(creator, CONTENT, 5, 0, NO_HASH)]
    assert jar.try_send("tipManyWithAuthorization", viewer, tips, 0, proof, sender=outsider).error is not None
    assert jar.try_send("openWithAuthorization", other.row, 5, proof, sender=outsider).error is None


# Two hops


@pytest.fixture
def hops(chain, jar, viewer, creator, hub):
    """Viewer to hub with a short notice, hub to creator."""
    incoming = Channel(viewer, hub, chain.actor("session"), 2 * LEAST_NOTICE, chain.time + 10 * DAY)
    outgoing = Channel(hub, creator, hub, DAY, chain.time + 20 * DAY)
    jar.send("open", incoming.row, 50 * LVO, sender=viewer)
    jar.send("open", outgoing.row, 50 * LVO, sender=hub)
    return incoming, outgoing


def test_hub_that_keeps_the_rule_loses_nothing_when_all_others_are_hostile(
    jar, token, hops, viewer, creator, hub, outsider
):
    """INV-TIP-7. The viewer asks to close at once; the creator shows the secret in the last second of its lock."""
    incoming, outgoing = hops
    now = jar.chain.time
    into = now + incoming.notice
    out = into - MARGIN
    promised = promise(jar, incoming, 0, locked=10, lock=LOCK, lock_expiry=into)
    forwarded = promise(jar, outgoing, 0, locked=10, lock=LOCK, lock_expiry=out, signer="carol")
    before = token.view("balanceOf", hub)
    jar.send("requestClose", incoming.row, sender=viewer, at=now + 1)
    assert jar.view("stateOf", incoming.id)[2] >= into
    assert settle(jar, outgoing, forwarded, outsider, SECRET, at=out - 1).error is None
    # The secret is public now; the hub has the margin, and the last second of it is enough.
    late = settle(jar, incoming, promised, outsider, SECRET, at=into - 1)
    assert late.error is None
    assert token.view("balanceOf", hub) - before == 10 == token.view("balanceOf", creator)


def test_lock_that_ran_out_pays_on_neither_hop(jar, token, hops, creator, outsider):
    incoming, outgoing = hops
    into = jar.chain.time + incoming.notice
    out = into - MARGIN
    promised = promise(jar, incoming, 0, locked=10, lock=LOCK, lock_expiry=into)
    forwarded = promise(jar, outgoing, 0, locked=10, lock=LOCK, lock_expiry=out, signer="carol")
    assert settle(jar, outgoing, forwarded, outsider, SECRET, at=out).error.name == "TipJar_NothingDue"
    assert settle(jar, incoming, promised, outsider, SECRET, at=into).error.name == "TipJar_NothingDue"
    assert token.view("balanceOf", creator) == 0


def test_lock_is_paid_once_also_when_its_amount_was_promised_again(jar, token, hops, hub, outsider):
    """Once the secret is known the payer signs the same amount without a lock: both vouchers together pay it once."""
    incoming, _ = hops
    before = token.view("balanceOf", hub)
    locked = promise(jar, incoming, 5, locked=10, lock=LOCK, lock_expiry=jar.chain.time + DAY)
    after = promise(jar, incoming, 15)
    rows = [each.settlement(incoming, SECRET) for each in (locked, after, locked)]
    jar.send("settleMany", rows, sender=outsider)
    assert token.view("balanceOf", hub) - before == 15


# Gas


def test_gas_limit_decides_between_all_and_nothing(chain, jar, token, channel, viewer, creator, hub, outsider):
    """A payment that runs out of gas takes everything back with it."""
    if chain.name == "ganache":
        pytest.skip("hundreds of gas limits take too long there, and both chains run the same code")
    other = replace(channel, payee=hub)
    jar.send("open", other.row, 50 * LVO, sender=viewer)
    rows = [promise(jar, each, 10).settlement(each) for each in (channel, other)]
    calls = [
        ("settle", (rows[0],), outsider),
        ("settleMany", (rows,), outsider),
        ("closeWith", (rows[0],), creator),
        ("close", (channel.row,), creator),
        ("topUp", (channel.row, 5), viewer),
        ("tip", (creator, CONTENT, 5, 1, MEMO), viewer),
    ]

    def everything():
        accounts = (viewer, creator, hub, jar.address)
        return [token.view("balanceOf", each) for each in accounts] + [
            jar.view("stateOf", each.id) for each in (channel, other)
        ]

    before = everything()
    for function, args, caller in calls:
        data = jar.encode(function, *args)
        mark = chain.snapshot()
        full = chain.transact(caller, jar.address, data, chain.time)
        after = everything()
        assert full.ok
        assert after != before
        chain.rollback(mark)
        seen = set()
        for gas in range(21_000, 180_000, 1_500):
            mark = chain.snapshot()
            outcome = chain.transact(caller, jar.address, data, chain.time, gas=gas)
            assert everything() == (after if outcome.ok else before), (function, gas)
            seen.add(outcome.ok)
            chain.rollback(mark)
        assert seen == {True, False}, function
    assert sum(token.view("balanceOf", each) for each in (viewer, creator, hub, jar.address)) == SUPPLY
