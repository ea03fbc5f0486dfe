"""The sides of a channel: what they refuse, what they remember, and that a killed process forgets nothing."""

import os
import random
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from coincurve import PrivateKey

from lvo.channels.books import Standing
from lvo.channels.hub import Hub, make_invoice
from lvo.channels.sides import Payee, Payer, Refused, Ticket
from lvo.channels.store import GIVEN, TAKEN, Store, StoreError, put_voucher
from lvo.channels.vouchers import MOST, NO_HASH, Channel, Domain, Signed, Voucher, address_of, chain_memo
from lvo.merkle import keccak256
from lvo.units import DAY, LVO

VIEWER, CREATOR, HUB, OTHER = (PrivateKey(bytes([i]) * 32) for i in range(1, 5))
viewer, creator, hub, other = map(address_of, (VIEWER, CREATOR, HUB, OTHER))
START = 1_800_000_000
DOMAIN = Domain(1, "0x" + "aa" * 20)
SEED = b"seed of a creator"
RESERVE = 900


class Clock:
    """A clock that the test sets."""

    def __init__(self):
        self.time = START

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def channel():
    """From the viewer to the creator."""
    return Channel(viewer, creator, viewer, DAY, START + 30 * DAY)


@pytest.fixture
def payer(tmp_path, clock, channel):
    made = Payer(DOMAIN, Store(tmp_path / "payer.db", "viewer"), VIEWER, clock)
    made.store.commit(made.watch(Standing(channel, 100)))
    return made


@pytest.fixture
def payee(tmp_path, clock, channel):
    made = Payee(DOMAIN, Store(tmp_path / "payee.db", "creator"), creator, clock, SEED, RESERVE)
    made.store.commit(made.watch(Standing(channel, 100)))
    return made


def refuses(reason, act, *args, **facts):
    with pytest.raises(Refused) as refusal:
        act(*args, **facts)
    assert refusal.value.reason == reason


# The payer


def test_payer_signs_what_rises_and_never_above_the_deposit(payer, channel):
    for amount, total in ((40, 40), (59, 99)):
        signed = payer.pay(channel.id, amount, b"tip")
        assert signed.voucher.cumulative == total
        assert DOMAIN.signer(signed) == viewer
    refuses("overspent", payer.pay, channel.id, 2)
    assert payer.pay(channel.id, 1).voucher.cumulative == 100
    refuses("overspent", payer.pay, channel.id, 1)
    refuses("small", payer.pay, channel.id, 0)
    refuses("small", payer.pay, channel.id, -1)


def test_payer_refuses_a_channel_that_is_unknown_over_or_anothers(payer, channel, clock):
    refuses("unknown", payer.pay, b"\1" * 32, 1)
    foreign = replace(channel, signer=other)
    payer.watch(Standing(foreign, 100))
    refuses("unknown", payer.pay, foreign.id, 1)
    payer.watch(Standing(channel, 100, closed=True))
    refuses("unknown", payer.pay, channel.id, 1)
    payer.watch(Standing(channel, 100, close_at=START + 10))
    clock.time = START + 9
    payer.pay(channel.id, 1)
    clock.time = START + 10
    refuses("ended", payer.pay, channel.id, 1)


def test_payer_remembers_across_restarts(payer, channel, tmp_path, clock):
    payer.pay(channel.id, 60, b"one")
    payer.store.close()
    again = Payer(DOMAIN, Store(tmp_path / "payer.db", "viewer"), VIEWER, clock)
    refuses("overspent", again.pay, channel.id, 41)
    signed = again.pay(channel.id, 40, b"two")
    assert signed.voucher.cumulative == 100
    assert signed.voucher.memo_hash == chain_memo(chain_memo(NO_HASH, b"one"), b"two")


def test_payer_waits_for_a_lock_and_pays_it_once(payer, channel, clock):
    secret = b"\5" * 32
    signed, _ = payer.stage(channel.id, 10, b"", keccak256(secret), START + 1_000)
    assert (signed.voucher.cumulative, signed.voucher.locked) == (0, 10)
    refuses("pending", payer.pay, channel.id, 1)
    assert payer.learn(channel.id, b"\6" * 32) == []
    payer.store.commit(payer.learn(channel.id, secret))
    assert payer.pay(channel.id, 5).voucher.cumulative == 15


def test_payer_takes_back_a_lock_when_its_time_is_over(payer, channel, clock):
    payer.stage(channel.id, 100, b"", b"\5" * 32, START + 1_000)
    clock.time = START + 999
    refuses("pending", payer.pay, channel.id, 1)
    clock.time = START + 1_000
    assert payer.pay(channel.id, 100).voucher.cumulative == 100


# The payee


def promise(channel, cumulative, key=VIEWER, **lock):
    return DOMAIN.sign(Voucher(channel.id, cumulative, **lock), key)


def test_payee_accepts_what_rises_and_says_how_much(payee, channel):
    assert payee.accept(promise(channel, 10)).amount == 10
    assert payee.accept(promise(channel, 25)).amount == 15
    assert payee.accept(promise(channel, 25)).amount == 0  # the same again, because the answer was lost
    refuses("stale", payee.accept, promise(channel, 24))
    refuses("small", payee.accept, replace(promise(channel, 25), signature=bytes(64)))


def test_payee_refuses_what_it_could_not_settle(payee, channel, clock):
    refuses("overspent", payee.accept, promise(channel, 101))
    refuses("overspent", payee.accept, promise(channel, MOST))
    refuses("signature", payee.accept, promise(channel, 5, OTHER))
    refuses("signature", payee.accept, Signed(Voucher(channel.id, 5), bytes(64)))
    elsewhere = Domain(2, DOMAIN.jar).sign(Voucher(channel.id, 5), VIEWER)
    refuses("signature", payee.accept, elsewhere)
    refuses("unknown", payee.accept, promise(replace(channel, expiry=channel.expiry + 1), 5))
    clock.time = channel.expiry - RESERVE
    refuses("ended", payee.accept, promise(channel, 5))
    clock.time -= 1
    assert payee.accept(promise(channel, 5)).amount == 5


def test_payee_refuses_channels_of_others_and_without_notice(payee, channel):
    foreign = replace(channel, payee=other)
    payee.watch(Standing(foreign, 100))
    refuses("unknown", payee.accept, promise(foreign, 5))
    brief = replace(channel, notice=RESERVE)
    payee.watch(Standing(brief, 100))
    refuses("ended", payee.accept, promise(brief, 5))


def test_payee_takes_locks_that_its_own_secrets_open_in_time(payee, channel):
    ticket = Ticket(viewer, 3, 10)
    lock = keccak256(ticket.secret(SEED))
    latest = START + channel.notice

    def locked(amount=10, lock=lock, expiry=latest):
        return promise(channel, 0, lock=lock, locked=amount, lock_expiry=expiry)

    refuses("lock", payee.accept, locked(), None)
    refuses("lock", payee.accept, locked(), Ticket(viewer, 4, 10))
    refuses("lock", payee.accept, locked(), Ticket(other, 3, 10))
    refuses("lock", payee.accept, locked(9), ticket)
    refuses("lock", payee.accept, locked(expiry=latest + 1), ticket)
    refuses("lock", payee.accept, locked(expiry=START + RESERVE - 1), ticket)
    assert payee.held == {}
    accepted = payee.accept(locked(expiry=START + RESERVE), ticket)
    assert accepted.amount == 10
    assert keccak256(accepted.secret) == lock
    # The lock is earned: the next voucher has to contain it.
    refuses("stale", payee.accept, promise(channel, 9))
    assert payee.accept(promise(channel, 11)).amount == 1


def test_payee_settles_what_is_worth_it_or_would_be_lost(payee, channel, clock):
    payee.accept(promise(channel, 50))
    assert [found for found, _ in payee.due(51)] == []
    assert [found for found, _ in payee.due(50)] == [channel]
    payee.watch(Standing(channel, 100, settled=50))
    assert list(payee.due(1)) == []
    ticket = Ticket(viewer, 3, 10)
    lock = {"lock": keccak256(ticket.secret(SEED)), "locked": 10, "lock_expiry": START + 5_000}
    payee.accept(promise(channel, 50, **lock), ticket)
    assert list(payee.due(11)) == []
    clock.time = START + 5_000 - 2 * RESERVE
    assert [held.earned() for _, held in payee.due(11)] == [60]
    payee.watch(Standing(channel, 100, settled=60))
    assert list(payee.due(1)) == []


def test_every_accepted_voucher_is_on_the_disk(payee, channel, tmp_path, clock):
    payee.accept(promise(channel, 50))
    payee.store.close()
    again = Payee(DOMAIN, Store(tmp_path / "payee.db", "creator"), creator, clock, SEED, RESERVE)
    assert again.newest(channel.id).signed == promise(channel, 50)
    assert again.standings[channel.id] == Standing(channel, 100)
    refuses("stale", again.accept, promise(channel, 49))


# The store


def test_store_is_one_owners_and_one_processes(tmp_path):
    store = Store(tmp_path / "a.db", "somebody")
    other_process = (
        "import pathlib, sys\nfrom lvo.channels.store import Store, StoreError\n"
        "try:\n    Store(pathlib.Path(sys.argv[1]), 'somebody')\nexcept StoreError:\n    sys.exit(3)\n"
    )
    assert subprocess.run([sys.executable, "-c", other_process, str(tmp_path / "a.db")], check=False).returncode == 3
    store.close()
    with pytest.raises(StoreError, match="not of"):
        Store(tmp_path / "a.db", "somebody else")
    (tmp_path / "b.db").write_bytes(b"no database at all, whatever its name says" * 100)
    with pytest.raises(StoreError, match="damaged"):
        Store(tmp_path / "b.db", "somebody")


def test_store_that_failed_once_takes_and_gives_nothing_more(payer, payee, channel):
    for side in (payer, payee):
        with pytest.raises(StoreError):
            side.store.commit([("INSERT INTO nowhere VALUES (1)", ())])
        with pytest.raises(StoreError):
            side.store.commit([])
    with pytest.raises(StoreError):
        payer.pay(channel.id, 1)
    with pytest.raises(StoreError):
        payee.accept(promise(channel, 1))


def test_commit_is_all_or_nothing(payee, channel, tmp_path):
    held = payee.newest(channel.id)
    with pytest.raises(StoreError):
        payee.store.commit([put_voucher(TAKEN, held), ("INSERT INTO nowhere VALUES (1)", ())])
    payee.store.close()
    assert Store(tmp_path / "payee.db", "creator").vouchers(TAKEN) == {}


CHILD = """
import pathlib, sys
from coincurve import PrivateKey
from lvo.channels.books import Standing
from lvo.channels.sides import Payee, Payer
from lvo.channels.store import Store
from lvo.channels.vouchers import Channel, Domain, address_of
folder = pathlib.Path(sys.argv[1])
key = PrivateKey(bytes([1]) * 32)
channel = Channel(address_of(key), sys.argv[2], address_of(key), 86400, 1800000000 + 30 * 86400)
domain, clock = Domain(1, "0x" + "aa" * 20), lambda: 1800000000
payer = Payer(domain, Store(folder / "payer.db", "viewer"), key, clock)
payee = Payee(domain, Store(folder / "payee.db", "creator"), channel.payee, clock)
for side in (payer, payee):
    side.store.commit(side.watch(Standing(channel, 10**9)))
while True:
    signed = payer.pay(channel.id, 1, b"tip")
    print("signed", signed.voucher.cumulative, flush=True)
    payee.accept(signed)
    print("accepted", signed.voucher.cumulative, flush=True)
"""


def test_killed_at_any_moment_neither_side_forgets(tmp_path):
    """SIGKILL again and again: what was signed is never signed again, what was accepted is never lost."""
    draw = random.Random(1)
    signed = accepted = 0
    for _ in range(8):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path), creator], stdout=subprocess.PIPE, text=True
        )
        lines = []
        for _ in range(draw.randrange(1, 60)):
            lines.append(child.stdout.readline().split())
        os.kill(child.pid, signal.SIGKILL)
        lines += [line.split() for line in child.communicate()[0].splitlines(keepends=True) if line.endswith("\n")]
        told = [int(total) for word, total in lines if word == "signed"]
        assert told == sorted(set(told))
        assert told[0] > signed
        signed = max(told)
        accepted = max([accepted, *(int(total) for word, total in lines if word == "accepted")])
        stores = (Store(tmp_path / "payer.db", "viewer"), Store(tmp_path / "payee.db", "creator"))
        given, taken = (store.vouchers(side) for store, side in zip(stores, (GIVEN, TAKEN), strict=True))
        for store in stores:
            store.close()
        assert next(iter(given.values())).voucher.cumulative >= signed
        assert next(iter(taken.values()), next(iter(given.values()))).voucher.cumulative >= accepted
    assert accepted > 10


# The hub


class Scene:
    """A viewer, a hub and a creator, each with a store, and their two channels."""

    def __init__(self, folder, clock):
        self.clock, self.folder = clock, folder
        self.incoming = Channel(viewer, hub, viewer, 2 * 3_600, START + 30 * DAY)
        self.outgoing = Channel(hub, creator, hub, DAY, START + 60 * DAY)
        self.viewer = Payer(DOMAIN, Store(folder / "viewer.db", "viewer"), VIEWER, clock)
        self.creator = Payee(DOMAIN, Store(folder / "creator.db", "creator"), creator, clock, SEED, RESERVE)
        self.hub = Hub(DOMAIN, Store(folder / "hub.db", "hub"), hub, HUB, clock)
        for side, channel, deposit in (
            (self.viewer, self.incoming, 100), (self.hub, self.incoming, 100), (self.hub, self.outgoing, 70),
            (self.creator, self.outgoing, 70),
        ):  # fmt: skip
            side.store.commit(side.watch(Standing(channel, deposit)))
        self.number = 0

    def lock(self, amount, **changed):
        """A ticket, and the viewer's voucher for it."""
        self.number += 1
        ticket = Ticket(viewer, self.number, amount)
        expiry = changed.get("expiry", self.clock() + self.incoming.notice)
        signed, changes = self.viewer.stage(
            self.incoming.id, amount, b"tip", keccak256(ticket.secret(SEED)), expiry
        )  # fmt: skip
        self.viewer.store.commit(changes)
        return ticket, signed

    def tip(self, amount):
        """All of it, as it should go."""
        ticket, signed = self.lock(amount)
        forwarded, _, changes = self.hub.stage(signed, self.outgoing.id, str(ticket), b"tip")
        self.hub.store.commit(changes)
        secret = self.creator.accept(forwarded, ticket).secret
        self.hub.store.commit(self.hub.stage_secret(secret))
        self.viewer.store.commit(self.viewer.learn(self.incoming.id, secret))
        return forwarded


@pytest.fixture
def scene(tmp_path, clock):
    return Scene(tmp_path, clock)


def test_hub_passes_on_every_wei_and_keeps_the_margin(scene):
    for amount in (1, 30, 9):
        forwarded = scene.tip(amount)
        incoming = scene.hub.payee.newest(scene.incoming.id).voucher
        assert forwarded.voucher.lock_expiry + scene.hub.margin <= incoming.lock_expiry
        assert incoming.lock_expiry <= min(START + scene.incoming.notice, scene.incoming.expiry)
        assert forwarded.voucher.locked == incoming.locked == amount
    worth = [
        side.newest(channel.id).earned()
        for side, channel in (
            (scene.viewer, scene.incoming), (scene.hub.payee, scene.incoming), (scene.hub.payer, scene.outgoing),
            (scene.creator, scene.outgoing),
        )
    ]  # fmt: skip
    assert worth == [40] * 4
    assert scene.hub.routes == {}


def test_hub_refuses_what_it_could_not_collect_or_pay(scene):
    ticket, signed = scene.lock(71)
    refuses("overspent", scene.hub.stage, signed, scene.outgoing.id, str(ticket), b"")
    refuses("unknown", scene.hub.stage, signed, b"\1" * 32, str(ticket), b"")
    assert scene.hub.payee.held == scene.hub.payer.held == scene.hub.routes == {}
    plain = promise(scene.incoming, 5)
    refuses("lock", scene.hub.stage, plain, scene.outgoing.id, str(ticket), b"")


@pytest.mark.parametrize(("late", "reason"), [(0, None), (1, "lock"), (-4_000, None), (-4_600, "lock")])
def test_hub_keeps_its_safety_rule(scene, late, reason):
    """INV-TIP-7: the incoming lock ends within the notice, and the margin after the outgoing."""
    ticket, signed = scene.lock(5, expiry=START + scene.incoming.notice + late)
    act = (signed, scene.outgoing.id, str(ticket), b"")
    if reason:
        refuses(reason, scene.hub.stage, *act)
        assert scene.hub.payee.held == {}
    else:
        scene.hub.stage(*act)


def test_hub_refuses_a_lock_that_would_outlive_a_closing_channel(scene, clock):
    closing = Standing(scene.incoming, 100, close_at=START + 3_600)
    scene.hub.watch(closing)
    ticket, signed = scene.lock(5, expiry=START + 3_601)
    refuses("lock", scene.hub.stage, signed, scene.outgoing.id, str(ticket), b"")


def test_hub_never_passes_a_lock_on_twice(scene):
    """Else it could pay the creator once and two viewers would have paid."""
    ticket, signed = scene.lock(5)
    scene.hub.stage(signed, scene.outgoing.id, str(ticket), b"")
    refuses("lock", scene.hub.stage, signed, scene.outgoing.id, str(ticket), b"")


def test_hub_waits_for_a_creator_that_says_nothing_until_the_locks_end(scene, clock):
    """A creator that refuses may use the lock all the same: neither channel is free before its lock ends."""
    ticket, signed = scene.lock(5)
    forwarded, _, changes = scene.hub.stage(signed, scene.outgoing.id, str(ticket), b"")
    scene.hub.store.commit(changes)
    assert scene.hub.stage_lapsed() == []
    refuses("busy", scene.hub.stage, replace_lock(scene, signed), scene.outgoing.id, "x", b"")
    clock.time = forwarded.voucher.lock_expiry
    assert scene.hub.stage_lapsed() == []
    # In the margin the secret may still come from the chain.
    assert scene.hub.payee.newest(scene.incoming.id).is_pending(clock())
    clock.time = signed.voucher.lock_expiry
    scene.hub.store.commit(scene.hub.stage_lapsed())
    assert scene.hub.routes == {}
    scene.tip(5)


def replace_lock(scene, signed):
    voucher = replace(signed.voucher, lock=b"\7" * 32)
    return DOMAIN.sign(voucher, VIEWER)


def test_hub_goes_on_after_a_restart_with_what_it_had_passed_on(scene):
    ticket, signed = scene.lock(5)
    forwarded, route, changes = scene.hub.stage(signed, scene.outgoing.id, str(ticket), b"item")
    scene.hub.store.commit(changes)
    scene.hub.store.close()
    again = Hub(DOMAIN, Store(scene.folder / "hub.db", "hub"), hub, HUB, scene.clock)
    assert again.routes == {route.lock: route}
    assert again.payer.newest(scene.outgoing.id).signed == forwarded
    # The creator gets it a second time, and tells the secret a second time.
    secret = scene.creator.accept(forwarded, ticket).secret
    assert scene.creator.accept(forwarded, ticket).secret == secret
    again.store.commit(again.stage_secret(secret))
    assert again.payee.newest(scene.incoming.id).earned() == again.payer.newest(scene.outgoing.id).earned() == 5


def test_invoice_is_the_creators_for_one_viewer_and_amount():
    invoice = make_invoice(DOMAIN, SEED, CREATOR, viewer, 7, LVO, 3)
    assert invoice.is_signed(DOMAIN)
    assert not invoice.is_signed(Domain(2, DOMAIN.jar))
    for changed in (
        replace(invoice, viewer=other), replace(invoice, amount=2), replace(invoice, first=8),
        replace(invoice, creator=other), replace(invoice, locks=invoice.locks[:2]),
        replace(invoice, signature=bytes(65)), replace(invoice, signature=b""),
    ):  # fmt: skip
        assert not changed.is_signed(DOMAIN)
    tickets = [invoice.ticket(place) for place in range(3)]
    assert [keccak256(ticket.secret(SEED)) for ticket in tickets] == list(invoice.locks)
    assert [Ticket.parse(str(ticket)) for ticket in tickets] == tickets
