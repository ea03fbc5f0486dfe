"""The twin of ``contracts/tipping/TipJar.sol``.

Signatures are not modelled: a settlement names who signed its voucher.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lvo.channels.vouchers import NO_HASH, Channel, Voucher
from lvo.models.base import NOBODY, Address, Clock, Revert
from lvo.models.token import UNLIMITED, LVOToken
from lvo.units import DAY

LEAST_NOTICE = 3_600
"""Seconds."""
MOST_NOTICE = 30 * DAY
"""Seconds."""
MOST_LIFE = 1_461 * DAY
"""Seconds from the opening of a channel to its expiry, at most."""

NOT_OPEN, ENDED, WRONG_SIGNER, NOTHING_DUE = 1, 2, 3, 4
"""Why a voucher of a batch paid nothing; 0: it paid."""


@dataclass(frozen=True)
class Tip:
    """One tip; ``amount`` in wei, ``kind`` 0 like, 1 reward, 2 comment, 3 subsidy."""

    creator: Address
    content_id: bytes
    amount: int
    kind: int
    memo_hash: bytes


@dataclass(frozen=True)
class Settlement:
    """A voucher for a channel, the secret that is shown, and whose key signed it."""

    channel: Channel
    voucher: Voucher
    secret: bytes
    signer: Address


@dataclass
class Purse:
    """What changes about a channel; amounts in wei, ``close_at`` in Unix seconds, 0 if the payer did not ask."""

    deposit: int
    settled: int = 0
    close_at: int = 0
    closed: bool = False


@dataclass
class TipJar:
    """Tips at once, and channels over which they stream.

    Every public method takes ``sender``, the account that calls. Amounts are in wei, times in Unix seconds. A method
    raises :class:`~lvo.models.base.Revert` where the contract reverts, and then has changed nothing.

    Attributes
    ----------
    purses
        What changes about each channel that was ever opened.
    """

    clock: Clock
    address: Address
    lvo: LVOToken
    purses: dict[Channel, Purse] = field(default_factory=dict)

    # Tips

    def tip(
        self, creator: Address, content_id: bytes, amount: int, kind: int, memo_hash: bytes, *, sender: Address
    ) -> None:
        """Send a tip of the sender, from its allowance."""
        self._tip_all([Tip(creator, content_id, amount, kind, memo_hash)], sender)

    def tip_many(self, items: Sequence[Tip], *, sender: Address) -> None:
        """Send many tips of the sender, from its allowance: all or none."""
        if not items:
            raise Revert("TipJar_BatchEmpty")
        self._tip_all(items, sender)

    def tip_many_with_authorization(
        self,
        viewer: Address,
        items: Sequence[Tip],
        nonce: bytes,
        valid_after: int,
        valid_before: int,
        *,
        signer: Address,
        sender: Address,
    ) -> None:
        """Send tips of ``viewer`` with an authorization whose nonce is the hash of them."""
        if not items:
            raise Revert("TipJar_BatchEmpty")
        before = len(self.clock.events)
        try:
            total = 0
            for item in items:
                self._announce(viewer, item)
                total += item.amount
                if total >= 2**256:
                    raise Revert("Panic", 17)
            self._pull_authorized(viewer, total, nonce, valid_after, valid_before, signer)
            self.lvo.transfer_batch([(item.creator, item.amount) for item in items], sender=self.address)
        except Revert:
            del self.clock.events[before:]
            raise

    # Channels

    def open(self, channel: Channel, amount: int, *, sender: Address) -> None:
        """Open a channel of the sender with a deposit, from its allowance."""
        if sender != channel.payer:
            raise Revert("TipJar_NotAllowed", channel.id, sender, channel.payer)
        self._open(channel, amount, lambda: self._pull(sender, amount))

    def open_with_authorization(
        self,
        channel: Channel,
        amount: int,
        nonce: bytes,
        valid_after: int,
        valid_before: int,
        *,
        signer: Address,
        sender: Address,
    ) -> None:
        """Open a channel of its payer, with an authorization whose nonce is the channel's id."""

        def pull() -> None:
            self._pull_authorized(channel.payer, amount, nonce, valid_after, valid_before, signer)

        self._open(channel, amount, pull)

    def top_up(self, channel: Channel, amount: int, *, sender: Address) -> None:
        """Put more into a channel, from the sender's allowance."""
        self._top_up(channel, amount, sender, lambda: self._pull(sender, amount))

    def top_up_with_authorization(
        self,
        channel: Channel,
        amount: int,
        funder: Address,
        nonce: bytes,
        valid_after: int,
        valid_before: int,
        *,
        signer: Address,
        sender: Address,
    ) -> None:
        """Put more into a channel, with an authorization whose nonce is the hash of that."""

        def pull() -> None:
            self._pull_authorized(funder, amount, nonce, valid_after, valid_before, signer)

        self._top_up(channel, amount, funder, pull)

    def settle(self, item: Settlement, *, sender: Address) -> None:
        """Pay the payee what a voucher promises beyond what was settled."""
        amount = self._check(item)
        self._book(item, amount)
        self.lvo.transfer(item.channel.payee, amount, sender=self.address)

    def settle_many(self, items: Sequence[Settlement], *, sender: Address) -> None:
        """Settle many vouchers; what pays nothing is left out."""
        if not items:
            raise Revert("TipJar_BatchEmpty")
        payee, due = NOBODY, 0
        for item in items:
            fault, amount = self._judge(item)
            if fault:
                self._emit("VoucherSkipped", item.channel.id, fault)
                continue
            self._book(item, amount)
            if item.channel.payee != payee:
                self._pay(payee, due)
                payee, due = item.channel.payee, 0
            due += amount
        self._pay(payee, due)

    def request_close(self, channel: Channel, *, sender: Address) -> None:
        """Announce that the payer closes."""
        if sender != channel.payer:
            raise Revert("TipJar_NotAllowed", channel.id, sender, channel.payer)
        purse = self._running(channel)
        if purse.close_at:
            raise Revert("TipJar_AlreadyClosing", channel.id, purse.close_at)
        purse.close_at = min(self.clock.time + channel.notice, channel.expiry)
        self._emit("CloseRequested", channel.id, purse.close_at)

    def close(self, channel: Channel, *, sender: Address) -> None:
        """Close a channel and give the payer what is left."""
        purse = self.purses.get(channel)
        if purse is None or purse.closed:
            raise Revert("TipJar_NotOpen", channel.id)
        end = self.end(channel)
        if self.clock.time < end and sender != channel.payee:
            raise Revert("TipJar_NotEnded", channel.id, self.clock.time, end)
        self._close(channel, NO_HASH)

    def close_with(self, item: Settlement, *, sender: Address) -> None:
        """Settle a last voucher, close the channel and give the payer what is left."""
        channel = item.channel
        if sender != channel.payee:
            raise Revert("TipJar_NotAllowed", channel.id, sender, channel.payee)
        amount = self._check(item)
        self.purses[channel].settled += amount
        self._close(channel, item.voucher.memo_hash)
        self.lvo.transfer(channel.payee, amount, sender=self.address)

    # Views

    def end(self, channel: Channel) -> int:
        """Return when a channel ends, as things stand, Unix seconds."""
        return self.purses[channel].close_at or channel.expiry

    def owed(self) -> int:
        """Return what all channels hold together, in wei."""
        return sum(purse.deposit - purse.settled for purse in self.purses.values() if not purse.closed)

    # What the public methods share

    def _emit(self, name: str, *args: object) -> None:
        self.clock.emit(self.address, name, *args)

    def _check_tip(self, item: Tip) -> None:
        if item.amount == 0:
            raise Revert("TipJar_AmountZero")
        self._check_receiver(item.creator)

    def _announce(self, viewer: Address, item: Tip) -> None:
        self._check_tip(item)
        self._emit("Tipped", viewer, item.creator, item.content_id, item.amount, item.kind, item.memo_hash)

    def _tip_all(self, items: Sequence[Tip], viewer: Address) -> None:
        self._rehearse(items, viewer)
        for item in items:
            self._announce(viewer, item)
            self.lvo.transfer_from(viewer, item.creator, item.amount, sender=self.address)

    def _rehearse(self, items: Sequence[Tip], viewer: Address) -> None:
        allowed, held = self.lvo.allowances[viewer, self.address], self.lvo.balances[viewer]
        for item in items:
            self._check_tip(item)
            if allowed != UNLIMITED:
                if item.amount > allowed:
                    raise Revert("ERC20InsufficientAllowance", self.address, allowed, item.amount)
                allowed -= item.amount
            if item.amount > held:
                raise Revert("ERC20InsufficientBalance", viewer, held, item.amount)
            held -= item.amount if item.creator != viewer else 0

    def _open(self, channel: Channel, amount: int, pull: Callable[[], None]) -> None:
        if amount == 0:
            raise Revert("TipJar_AmountZero")
        self._check_receiver(channel.payee)
        if channel.signer == NOBODY:
            raise Revert("TipJar_SignerZero")
        if not LEAST_NOTICE <= channel.notice <= MOST_NOTICE:
            raise Revert("TipJar_NoticeOutOfBounds", channel.notice, LEAST_NOTICE, MOST_NOTICE)
        time = self.clock.time
        if not time < channel.expiry <= time + MOST_LIFE:
            raise Revert("TipJar_ExpiryOutOfBounds", channel.expiry, time, time + MOST_LIFE)
        if channel in self.purses:
            raise Revert("TipJar_ChannelKnown", channel.id)
        facts = (channel.payer, channel.payee, channel.signer, channel.notice, channel.expiry, amount)
        self._paid_by(pull, "ChannelOpened", channel.id, *facts)
        self.purses[channel] = Purse(amount)

    def _top_up(self, channel: Channel, amount: int, funder: Address, pull: Callable[[], None]) -> None:
        if amount == 0:
            raise Revert("TipJar_AmountZero")
        purse = self._running(channel)
        self._paid_by(pull, "ChannelToppedUp", channel.id, funder, amount)
        purse.deposit += amount

    def _paid_by(self, pull: Callable[[], None], name: str, *args: object) -> None:
        before = len(self.clock.events)
        self._emit(name, *args)
        try:
            pull()
        except Revert:
            del self.clock.events[before:]
            raise

    def _pull(self, origin: Address, amount: int) -> None:
        self.lvo.transfer_from(origin, self.address, amount, sender=self.address)

    def _pull_authorized(
        self, origin: Address, amount: int, nonce: bytes, valid_after: int, valid_before: int, signer: Address
    ) -> None:
        self.lvo.receive_with_authorization(
            origin, self.address, amount, valid_after, valid_before, nonce, signer=signer, sender=self.address
        )

    def _check(self, item: Settlement) -> int:
        channel, name = item.channel, item.channel.id
        fault, amount = self._judge(item)
        if fault in (NOT_OPEN, ENDED):
            self._running(channel)
        if fault == NOTHING_DUE:
            raise Revert("TipJar_NothingDue", name, self._worth(item), self.purses[channel].settled)
        if fault == WRONG_SIGNER:
            raise Revert("TipJar_WrongSigner", name, item.signer, channel.signer)
        return amount

    def _judge(self, item: Settlement) -> tuple[int, int]:
        channel = item.channel
        purse = self.purses.get(channel)
        if purse is None or purse.closed:
            return NOT_OPEN, 0
        if self.clock.time >= self.end(channel):
            return ENDED, 0
        total = self._worth(item)
        if total <= purse.settled:
            return NOTHING_DUE, 0
        if item.signer != channel.signer:
            return WRONG_SIGNER, 0
        return 0, total - purse.settled

    def _worth(self, item: Settlement) -> int:
        return min(item.voucher.promised(item.secret, self.clock.time), self.purses[item.channel].deposit)

    def _book(self, item: Settlement, amount: int) -> None:
        purse = self.purses[item.channel]
        purse.settled += amount
        self._emit("ChannelSettled", item.channel.id, purse.settled, item.voucher.memo_hash)

    def _close(self, channel: Channel, memo_hash: bytes) -> None:
        purse = self.purses[channel]
        purse.closed = True
        self._emit("ChannelClosed", channel.id, purse.settled, memo_hash)
        self._pay(channel.payer, purse.deposit - purse.settled)

    def _pay(self, account: Address, amount: int) -> None:
        if amount:
            self.lvo.transfer(account, amount, sender=self.address)

    def _running(self, channel: Channel) -> Purse:
        purse = self.purses.get(channel)
        if purse is None or purse.closed:
            raise Revert("TipJar_NotOpen", channel.id)
        if self.clock.time >= self.end(channel):
            raise Revert("TipJar_Ended", channel.id, self.clock.time, self.end(channel))
        return purse

    def _check_receiver(self, account: Address) -> None:
        if account in (NOBODY, self.lvo.address, self.address):
            raise Revert("TokenIntake_InvalidReceiver", account)
