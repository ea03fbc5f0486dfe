"""What TipJar's events tell: every channel as it stands, and who tipped whom how much."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lvo.channels.vouchers import Channel


@dataclass
class Standing:
    """A channel and what changed about it; amounts in wei, ``close_at`` in Unix seconds, 0: the payer did not ask."""

    channel: Channel
    deposit: int
    settled: int = 0
    close_at: int = 0
    closed: bool = False

    @property
    def end(self) -> int:
        """When the channel ends, as things stand, Unix seconds."""
        return self.close_at or self.channel.expiry


@dataclass
class Books:
    """The state of a TipJar, rebuilt from its events alone.

    Attributes
    ----------
    standings
        Every channel that was ever opened, by its id.
    received, given
        By account, wei: tips at once and what channels paid. A tip to oneself counts for nothing.
    contents
        By content id, wei: tips at once.
    """

    standings: dict[bytes, Standing] = field(default_factory=dict)
    received: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    given: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    contents: defaultdict[bytes, int] = field(default_factory=lambda: defaultdict(int))

    def apply(self, name: str, args: Sequence[Any]) -> None:
        """Take in one event of the jar, in the order of the chain; addresses in lower case.

        Parameters
        ----------
        name, args
            The event and its arguments in the order of the interface.
        """
        if name == "Tipped":
            viewer, creator, content, amount = args[:4]
            self._count(viewer, creator, amount)
            if viewer != creator:
                self.contents[content] += amount
            return
        if name == "ChannelOpened":
            identity, payer, payee, signer, notice, expiry, deposit = args
            self.standings[identity] = Standing(Channel(payer, payee, signer, notice, expiry), deposit)
            return
        standing = self.standings.get(args[0])
        if standing is None:
            return  # VoucherSkipped of a channel that was never opened
        if name == "ChannelToppedUp":
            standing.deposit += args[2]
        elif name == "CloseRequested":
            standing.close_at = args[1]
        elif name in ("ChannelSettled", "ChannelClosed"):
            self._count(standing.channel.payer, standing.channel.payee, args[1] - standing.settled)
            standing.settled = args[1]
            standing.closed = name == "ChannelClosed"

    def _count(self, giver: str, receiver: str, amount: int) -> None:
        if giver != receiver:
            self.received[receiver] += amount
            self.given[giver] += amount
