"""The two sides of a channel: who pays, and who is paid.

Each act is *staged*: it changes what is in memory and returns the changes that have to be on the disk before anybody
else learns of it. A program that serves many at once commits the changes of many acts together; :meth:`Payer.pay` and
:meth:`Payee.accept` commit each by itself.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from coincurve import PrivateKey

from lvo.channels.books import Standing
from lvo.channels.store import GIVEN, TAKEN, Change, Held, Store, StoreError, nothing, put_standing, put_voucher
from lvo.channels.vouchers import NO_HASH, Address, Channel, Domain, Signed, Voucher, address_of, chain_memo
from lvo.merkle import keccak256

Clock = Callable[[], int]
"""Returns the present time, Unix seconds."""

RESERVE = 900
"""Seconds that a payee keeps to get a transaction mined before something ends."""


class Refused(Exception):  # noqa: N818 (it is no error: the other side asked for what it cannot have)
    """A voucher is not signed, or not accepted.

    Attributes
    ----------
    reason
        One word, for programs: unknown, ended, overspent, pending, stale, small, signature, lock, busy, full.
    """

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


def wall_clock() -> int:
    """Return the time of this machine, Unix seconds."""
    return int(time.time())


class _Side:
    """What both sides share: a store, and what the chain says of their channels."""

    def __init__(self, domain: Domain, store: Store, now: Clock, side: int) -> None:
        self.domain = domain
        self.store = store
        self.now = now
        self.standings = store.standings()
        self.held = store.vouchers(side)
        self._side = side

    def watch(self, standing: Standing) -> list[Change]:
        """Take over what the chain says of a channel; returns what to commit."""
        self.standings[standing.channel.id] = standing
        return [put_standing(standing)]

    def newest(self, channel: bytes) -> Held:
        """Return the newest voucher of a channel; of a channel without one a voucher of nothing."""
        return self.held.get(channel) or nothing(channel)

    def learn(self, channel: bytes, secret: bytes) -> list[Change]:
        """Take in the secret that opens the lock of a channel's newest voucher; another secret changes nothing."""
        held = self.newest(channel)
        if not held.voucher.locked or held.secret or keccak256(secret) != held.voucher.lock:
            return []
        return self._keep(replace(held, secret=secret))

    def _keep(self, held: Held) -> list[Change]:
        self.held[held.voucher.channel] = held
        return [put_voucher(self._side, held)]

    def _running(self, channel: bytes) -> Standing:
        if self.store.broken:
            raise StoreError(f"{self.store.path} failed before: start again.")
        standing = self.standings.get(channel)
        if standing is None or standing.closed:
            raise Refused("unknown", f"No open channel 0x{channel.hex()} is known here.")
        return standing


class Payer(_Side):
    """Signs vouchers that only ever rise, never above the deposit, and remembers across restarts what it promised.

    Parameters
    ----------
    domain
        The TipJar and its chain.
    store
        Where it remembers.
    key
        The signer of its channels.
    now
        The clock.
    """

    def __init__(self, domain: Domain, store: Store, key: PrivateKey, now: Clock = wall_clock) -> None:
        super().__init__(domain, store, now, GIVEN)
        self._key = key
        self.signer = address_of(key)

    def stage(
        self, channel: bytes, amount: int, item: bytes, lock: bytes = NO_HASH, lock_expiry: int = 0
    ) -> tuple[Signed, list[Change]]:
        """Promise ``amount`` wei more, at once or behind a lock; nobody may see it before the changes are committed.

        Parameters
        ----------
        item
            What it is for; the voucher's memo is the hash of the memo before and of this.
        lock, lock_expiry
            The hash of the secret, and until when it counts, Unix seconds; without them the promise is unconditional.

        Raises
        ------
        Refused
            If the channel is unknown or over, has too little left, or the lock of the voucher before may yet be opened.
        """
        standing = self._running(channel)
        time, held = self.now(), self.newest(channel)
        if standing.channel.signer != self.signer:
            raise Refused("unknown", f"The signer of the channel is {standing.channel.signer}, not {self.signer}.")
        if time >= standing.end:
            raise Refused("ended", f"The channel ended at {standing.end}.")
        if amount <= 0:
            raise Refused("small", "A promise of nothing is none.")
        if held.is_pending(time):
            raise Refused("pending", "The lock of the voucher before may yet be opened.")
        earned = held.earned()
        if earned + amount > standing.deposit:
            left = standing.deposit - earned
            raise Refused("overspent", f"{amount} wei are more than the {left} wei that the channel has left.")
        memo = chain_memo(held.voucher.memo_hash, item)
        if lock == NO_HASH:
            voucher = Voucher(channel, earned + amount, memo)
        else:
            voucher = Voucher(channel, earned, memo, lock, amount, lock_expiry)
        signed = self.domain.sign(voucher, self._key)
        return signed, self._keep(Held(signed))

    def stage_final(self, channel: bytes) -> tuple[Signed, list[Change]]:
        """Sign what the newest voucher is worth with its secret, without a lock; the same again if it has none."""
        self._running(channel)
        held = self.newest(channel)
        if not (held.voucher.locked and held.secret):
            return held.signed, []
        signed = self.domain.sign(Voucher(channel, held.earned(), held.voucher.memo_hash), self._key)
        return signed, self._keep(Held(signed))

    def pay(self, channel: bytes, amount: int, item: bytes = b"") -> Signed:
        """Promise ``amount`` wei more and remember it; see :meth:`stage`."""
        signed, changes = self.stage(channel, amount, item)
        self.store.commit(changes)
        return signed


@dataclass(frozen=True)
class Ticket:
    """For whom and for how much a creator made a secret; its lock opens for no less.

    Attributes
    ----------
    viewer
        Who asked for it.
    number
        Tells apart what a viewer asked for.
    amount
        In wei.
    """

    viewer: Address
    number: int
    amount: int

    def __str__(self) -> str:
        return f"{self.viewer}-{self.number}-{self.amount}"

    @classmethod
    def parse(cls, text: str) -> "Ticket":
        """Read what ``str`` wrote."""
        viewer, number, amount = text.split("-")
        return cls(viewer, int(number), int(amount))

    def secret(self, seed: bytes) -> bytes:
        """Return the secret, which only who has the seed can tell."""
        return keccak256(keccak256(seed) + str(self).encode())


@dataclass(frozen=True)
class Accepted:
    """A voucher was accepted; how many wei it is worth more than the one before, and the secret if there is one."""

    amount: int
    secret: bytes = b""


class Payee(_Side):
    """Accepts vouchers that it could settle, keeps the best, and knows when to settle.

    Parameters
    ----------
    me
        Whose channels these are.
    seed
        What a creator's secrets are made of; a hub has none.
    reserve
        Seconds that it keeps to get a transaction mined before a channel or a lock ends.
    least
        The smallest amount it accepts a voucher for, wei.
    """

    def __init__(
        self,
        domain: Domain,
        store: Store,
        me: Address,
        now: Clock = wall_clock,
        seed: bytes = b"",
        reserve: int = RESERVE,
        least: int = 1,
    ) -> None:
        super().__init__(domain, store, now, TAKEN)
        self.me = me
        self.seed = seed
        self.reserve = reserve
        self.least = least

    def stage(self, signed: Signed, ticket: Ticket | None = None) -> tuple[Accepted, list[Change]]:
        """Check a voucher; it is accepted once the changes are committed.

        Parameters
        ----------
        ticket
            For whom the lock was made, if it has one that opens with a secret of one's own.

        Raises
        ------
        Refused
            If it could not be settled in full, or would be worth less than the one before.
        """
        voucher = signed.voucher
        standing = self._running(voucher.channel)
        channel, time, held = standing.channel, self.now(), self.newest(voucher.channel)
        if channel.payee != self.me:
            raise Refused("unknown", f"The payee of the channel is {channel.payee}, not {self.me}.")
        if signed == held.signed:
            return Accepted(0, held.secret), []  # sent again because the answer was lost
        if time + self.reserve >= standing.end:
            raise Refused("ended", f"The channel ends at {standing.end}: that is too near to settle it.")
        if channel.notice <= self.reserve:
            raise Refused("ended", f"A notice of {channel.notice} seconds is too short to settle within it.")
        if held.is_pending(time):
            raise Refused("pending", "The lock of the voucher before may yet be opened.")
        earned = held.earned()
        if voucher.cumulative < earned:
            raise Refused("stale", f"{voucher.cumulative} wei are less than the {earned} wei promised before.")
        if voucher.reach - earned < self.least:
            raise Refused("small", f"It is worth {voucher.reach - earned} wei more; {self.least} wei are the least.")
        if voucher.reach > standing.deposit:
            raise Refused("overspent", f"{voucher.reach} wei are above the deposit of {standing.deposit} wei.")
        secret = self._check_lock(voucher, standing, ticket, time)
        if self.domain.signer(signed) != channel.signer:
            raise Refused("signature", f"The channel's signer {channel.signer} did not sign it.")
        return Accepted(voucher.reach - earned, secret), self._keep(Held(signed, secret))

    def accept(self, signed: Signed, ticket: Ticket | None = None) -> Accepted:
        """Check a voucher and remember it; see :meth:`stage`."""
        accepted, changes = self.stage(signed, ticket)
        self.store.commit(changes)
        return accepted

    def due(self, worth: int) -> Iterator[tuple[Channel, Held]]:
        """Yield what should be settled now: at least ``worth`` wei, or what would be lost by waiting.

        What would be lost: all of a channel that ends soon, and an opened lock whose time is running out.
        """
        time = self.now()
        for identity, held in self.held.items():
            standing = self.standings[identity]
            amount = min(held.earned(), standing.deposit) - standing.settled
            if standing.closed or amount <= 0 or time >= standing.end:
                continue
            opened = held.voucher.locked and held.secret
            ends = min(standing.end, held.voucher.lock_expiry) if opened else standing.end
            if amount >= worth or time + 2 * self.reserve >= ends:
                yield standing.channel, held

    def _check_lock(self, voucher: Voucher, standing: Standing, ticket: Ticket | None, time: int) -> bytes:
        if not voucher.locked:
            return b""
        latest = min(time + standing.channel.notice, standing.end)
        if not time + self.reserve <= voucher.lock_expiry <= latest:
            raise Refused(
                "lock", f"A lock has to end between {time + self.reserve} and {latest}, not at {voucher.lock_expiry}."
            )
        if not self.seed:
            return b""
        if ticket is None or keccak256(ticket.secret(self.seed)) != voucher.lock:
            raise Refused("lock", "The lock opens with no secret of this payee for that ticket.")
        if voucher.locked < ticket.amount:
            raise Refused("lock", f"The ticket is for {ticket.amount} wei, and only {voucher.locked} are locked.")
        return ticket.secret(self.seed)
