"""Rebuild an AdLedger from its events alone, and ask it questions.

The events tell the whole story: what :class:`Books` holds after the last of them is what the contract keeps, which the
state machine of the ledger compares after random stories.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lvo.models.ads import BPS, Campaign, LineStatus, Resolution, Rules, Status
from lvo.models.base import Address


@dataclass
class CampaignBook:
    """What became of a campaign; amounts in wei.

    Attributes
    ----------
    terms
        What was signed; None if the offer was only canceled.
    remaining, booked, stop, status
        As the contract keeps them.
    topped_up, refunded
        What was added after the opening, and what went back to the advertiser.
    posted, final, struck
        What its lines came to when they were posted, what of it went to the reward ledger, what was struck.
    """

    terms: Campaign | None = None
    remaining: int = 0
    booked: int = 0
    stop: int = 0
    status: Status = Status.NONE
    topped_up: int = 0
    refunded: int = 0
    posted: int = 0
    final: int = 0
    struck: int = 0

    @property
    def pending(self) -> int:
        """What is posted and neither final nor struck, in wei."""
        return self.posted - self.final - self.struck


@dataclass
class LineBook:
    """What became of a line.

    Attributes
    ----------
    campaign, epoch, units
        What it says.
    price
        In wei for a unit.
    batch
        In which it was posted.
    disputed, bond, since, status
        As the contract keeps them.
    parts
        The units that became final, one entry for each time some did, in that order.
    struck
        Units that were struck.
    """

    campaign: bytes
    epoch: int
    units: int
    price: int
    batch: bytes = b""
    disputed: int = 0
    bond: int = 0
    since: int = 0
    status: LineStatus = LineStatus.UNTOUCHED
    parts: list[int] = field(default_factory=list)
    struck: int = 0

    @property
    def final(self) -> int:
        """Units that are final."""
        return sum(self.parts)

    @property
    def pending(self) -> int:
        """Units that are neither final nor struck."""
        return self.units - self.final - self.struck


@dataclass
class BatchBook:
    """A batch: what the contract keeps of it, in wei and Unix seconds, its commitments, and its lines in order."""

    epoch: int
    pending: int
    bond: int
    until: int
    receipts_root: bytes
    data_hash: bytes
    lines: list[tuple[bytes, int]]
    done: bool = False


@dataclass(frozen=True)
class Totals:
    """Sums over some lines: how many, units, and wei posted, final, struck and pending."""

    lines: int
    units: int
    posted: int
    final: int
    struck: int
    pending: int


class Books:
    """An AdLedger as its events tell it.

    Attributes
    ----------
    campaigns, batches
        By id.
    lines
        By campaign and epoch.
    free, locked, active_at
        The settler's deposit, in wei, and its last sign of life.
    nonces
        Of acceptances, by advertiser.
    """

    def __init__(self, settler: Address, rules: Rules, opened_at: int) -> None:
        self.settler = settler
        self.rules = rules
        self.campaigns: defaultdict[bytes, CampaignBook] = defaultdict(CampaignBook)
        self.batches: dict[bytes, BatchBook] = {}
        self.lines: dict[tuple[bytes, int], LineBook] = {}
        self.free = 0
        self.locked = 0
        self.active_at = opened_at
        self.nonces: defaultdict[Address, int] = defaultdict(int)
        self._posting: list[LineBook] = []
        self._readers: dict[str, Callable[..., None]] = {
            "CampaignOpened": self._campaign_opened,
            "CampaignCanceled": self._campaign_canceled,
            "ToppedUp": self._topped_up,
            "CampaignPaused": self._campaign_paused,
            "CampaignResumed": self._campaign_resumed,
            "CampaignClosed": self._campaign_closed,
            "Refunded": self._refunded,
            "LinePosted": self._line_posted,
            "BatchPosted": self._batch_posted,
            "BatchFinalized": self._batch_finalized,
            "LineAccepted": self._line_accepted,
            "AcceptancesCanceled": self._acceptances_canceled,
            "Objected": self._objected,
            "ObjectionResolved": self._objection_resolved,
            "Deposited": self._deposited,
            "Withdrawn": self._withdrawn,
        }

    def read(self, name: str, args: Sequence[Any], time: int) -> None:
        """Take in the next event of the ledger.

        Parameters
        ----------
        name, args
            The event, with its arguments in the order of the interface.
        time
            The second of its block, Unix time.
        """
        if name in self._readers:
            self._readers[name](time, *args)

    # Questions

    def of_campaign(self, campaign: bytes) -> list[LineBook]:
        """Return the lines of a campaign, by epoch."""
        return sorted((line for line in self.lines.values() if line.campaign == campaign), key=lambda line: line.epoch)

    def of_epoch(self, epoch: int) -> list[LineBook]:
        """Return the lines of an epoch, in the order in which they were posted."""
        return [line for line in self.lines.values() if line.epoch == epoch]

    def epochs(self) -> list[int]:
        """Return the epochs that have lines, rising."""
        return sorted({epoch for _, epoch in self.lines})

    def totals(self, lines: Iterable[LineBook] | None = None) -> Totals:
        """Return the sums over some lines; over all if none are given."""
        rows = list(self.lines.values() if lines is None else lines)
        return Totals(
            lines=len(rows),
            units=sum(row.units for row in rows),
            posted=sum(row.units * row.price for row in rows),
            final=sum(row.final * row.price for row in rows),
            struck=sum(row.struck * row.price for row in rows),
            pending=sum(row.pending * row.price for row in rows),
        )

    def owed(self) -> int:
        """Return what the ledger holds for others, in wei."""
        left = sum(campaign.remaining for campaign in self.campaigns.values())
        bonds = sum(line.bond for line in self.lines.values() if line.status == LineStatus.CONTESTED)
        return left + self.totals().pending + bonds + self.free + self.locked

    # Campaigns

    def _campaign_opened(self, time: int, campaign: bytes, advertiser: Address, terms: Sequence[Any]) -> None:
        made = Campaign(*terms)
        book = self.campaigns[campaign]
        book.terms, book.remaining, book.stop, book.status = made, made.budget, made.end, Status.LIVE
        book.booked = max(made.start, time // self.rules.epoch_length) - 1

    def _campaign_canceled(self, time: int, campaign: bytes, by: Address) -> None:
        self.campaigns[campaign].status = Status.CANCELED

    def _topped_up(self, time: int, campaign: bytes, funder: Address, amount: int) -> None:
        self.campaigns[campaign].remaining += amount
        self.campaigns[campaign].topped_up += amount

    def _campaign_paused(self, time: int, campaign: bytes, stop: int) -> None:
        self.campaigns[campaign].stop, self.campaigns[campaign].status = stop, Status.PAUSED

    def _campaign_resumed(self, time: int, campaign: bytes, booked: int, stop: int) -> None:
        book = self.campaigns[campaign]
        book.booked, book.stop, book.status = booked, stop, Status.LIVE

    def _campaign_closed(self, time: int, campaign: bytes, stop: int) -> None:
        self.campaigns[campaign].stop, self.campaigns[campaign].status = stop, Status.CLOSED

    def _refunded(self, time: int, campaign: bytes, advertiser: Address, amount: int) -> None:
        self.campaigns[campaign].remaining -= amount
        self.campaigns[campaign].refunded += amount

    # Lines

    def _line_posted(self, time: int, campaign: bytes, epoch: int, units: int, spend: int) -> None:
        book = self.campaigns[campaign]
        book.remaining -= spend
        book.posted += spend
        book.booked = epoch
        line = LineBook(campaign, epoch, units, spend // units)
        self.lines[campaign, epoch] = line
        self._posting.append(line)

    def _batch_posted(
        self,
        time: int,
        batch: bytes,
        epoch: int,
        count: int,
        spend: int,
        bond: int,
        until: int,
        receipts_root: bytes,
        data_hash: bytes,
    ) -> None:
        keys = [(line.campaign, line.epoch) for line in self._posting]
        for line in self._posting:
            line.batch = batch
        self._posting = []
        self.batches[batch] = BatchBook(epoch, spend, bond, until, receipts_root, data_hash, keys)
        self.free, self.locked, self.active_at = self.free - bond, self.locked + bond, time

    def _batch_finalized(self, time: int, batch: bytes, spend: int) -> None:
        book = self.batches[batch]
        for key in book.lines:
            line = self.lines[key]
            if line.status != LineStatus.ACCEPTED and line.disputed < line.units:
                self._finish(line, line.units - line.disputed)
        self._unlock(book.bond, book.bond)
        book.pending, book.bond, book.done = 0, 0, True

    def _line_accepted(self, time: int, campaign: bytes, epoch: int, batch: bytes, units: int, spend: int) -> None:
        line, bond = self.lines[campaign, epoch], spend * self.rules.bond_bps // BPS
        line.status = LineStatus.ACCEPTED
        self._take(batch, spend, bond)
        self._unlock(bond, bond)
        self._finish(line, units)

    def _acceptances_canceled(self, time: int, advertiser: Address, nonce: int) -> None:
        self.nonces[advertiser] = nonce + 1

    def _objected(
        self, time: int, campaign: bytes, epoch: int, batch: bytes, units: int, disputed: int, bond: int
    ) -> None:
        line = self.lines[campaign, epoch]
        line.disputed, line.bond, line.since, line.status = disputed, bond, time, LineStatus.CONTESTED
        self._take(batch, disputed * line.price, bond)

    def _objection_resolved(
        self, time: int, campaign: bytes, epoch: int, how: Resolution, upheld: int, struck: int, to_advertiser: int
    ) -> None:
        line = self.lines[campaign, epoch]
        line.status, line.struck = LineStatus.RESOLVED, struck
        self.campaigns[campaign].remaining += struck * line.price
        self.campaigns[campaign].struck += struck * line.price
        self._unlock(line.bond, 2 * line.bond - to_advertiser)
        if upheld:
            self._finish(line, upheld)

    # The deposit

    def _deposited(self, time: int, funder: Address, amount: int) -> None:
        self.free += amount
        if funder == self.settler:
            self.active_at = time

    def _withdrawn(self, time: int, amount: int) -> None:
        self.free -= amount

    def _finish(self, line: LineBook, units: int) -> None:
        line.parts.append(units)
        self.campaigns[line.campaign].final += units * line.price

    def _take(self, batch: bytes, spend: int, bond: int) -> None:
        self.batches[batch].pending -= spend
        self.batches[batch].bond -= bond

    def _unlock(self, bond: int, to_settler: int) -> None:
        self.locked -= bond
        self.free += to_settler
