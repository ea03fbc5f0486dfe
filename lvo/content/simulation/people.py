"""Who takes part in the simulated market of reviews, what they know, and what a seat is worth to them."""

from dataclasses import dataclass, field
from enum import Enum
from hashlib import blake2b

from lvo.models.base import Address
from lvo.models.review import Terms
from lvo.units import DAY, LVO, WHOLE

HOUR = 3_600
"""Seconds."""
YEAR = 365 * DAY
"""Seconds."""
MEMORY = 10
"""Seats of experience that a newcomer is taken to have: so slowly it gives up what it believes at first."""
_MILLION = 10**6


class Kind(str, Enum):
    """How somebody judges, and when it bids."""

    HONEST = "honest"
    """Looks at the content, which costs it effort, and votes what it found."""
    LAZY = "lazy"
    """Looks at nothing and says yes."""
    HERDING = "herding"
    """Looks at nothing and says what the panel before said, or what became of the author's other content."""
    SNIPER = "sniper"
    """Honest, but bids in the last minutes only."""
    COLLUDING = "colluding"
    """Of a cartel, which bids where it was hired to turn a verdict, and nowhere else."""


@dataclass(frozen=True)
class World:
    """What is assumed about people; nothing of it is known to the contract. Wei, seconds and basis points.

    Attributes
    ----------
    submissions, interval
        How many, and how far apart.
    honest, lazy, herding, snipers, cartel
        How many reviewers of each kind.
    bad_bps
        Submissions that should be rejected.
    error_bps, hard_bps, hard_error_bps
        How often who looks is mistaken; how many submissions are hard, and how often it is mistaken there.
    absent_bps, slow_bps
        Seats that are forgotten; reactions that take up to three days instead of up to 16 hours.
    effort
        Least and most that looking costs.
    rate_bps
        Least and most that somebody wants for its locked LVO in a year.
    capital
        What a reviewer owns.
    price
        Most for which a conscience can be had: prices are spread evenly from 0.
    curious_bps
        How often somebody takes an empty seat although it expects to lose: how the discouraged learn better.
    target_bps
        Submissions whose verdict somebody wants to turn, if there is a cartel or a bribe.
    chest
        How many times the least bid the cartel bids at most.
    bribe
        What a briber pays for each vote.
    vigilance_bps
        Bad publications that somebody notices who could appeal.
    bluff_bps
        Authors of bad content who appeal nevertheless.
    value, concern
        Least and most of what publication is worth to an author, and its prevention to who notices.
    """

    submissions: int = 50
    interval: int = 6 * HOUR
    honest: int = 40
    lazy: int = 4
    herding: int = 4
    snipers: int = 6
    cartel: int = 0
    bad_bps: int = 2_500
    error_bps: int = 1_000
    hard_bps: int = 1_000
    hard_error_bps: int = 3_500
    absent_bps: int = 100
    slow_bps: int = 1_000
    effort: tuple[int, int] = (2 * LVO, 6 * LVO)
    rate_bps: tuple[int, int] = (500, 2_500)
    capital: int = 20_000 * LVO
    price: int = 400 * LVO
    curious_bps: int = 300
    target_bps: int = 2_500
    chest: int = 3
    bribe: int = 0
    vigilance_bps: int = 7_000
    bluff_bps: int = 2_000
    value: tuple[int, int] = (200 * LVO, 2_000 * LVO)
    concern: tuple[int, int] = (100 * LVO, 1_000 * LVO)


@dataclass(frozen=True)
class Dice:
    """Chance that depends on a seed and on what it is asked about, and not on what was asked before.

    So two runs that differ in one parameter meet the same submissions, the same mistakes and the same delays.
    """

    seed: int

    def roll(self, sides: int, *about: object) -> int:
        """Return a number from 0 to ``sides - 1``."""
        digest = blake2b(repr((self.seed, *about)).encode(), digest_size=32).digest()
        return int.from_bytes(digest, "big") % sides

    def happens(self, bps: int, *about: object) -> bool:
        """Return whether something happens that does in so many of 10,000 cases."""
        return self.roll(WHOLE, *about) < bps

    def between(self, bounds: tuple[int, int], *about: object) -> int:
        """Return a number from the least to the most, both included."""
        return bounds[0] + self.roll(bounds[1] - bounds[0] + 1, *about)


@dataclass
class Person:
    """A reviewer: what it is like, what it has learned, and what became of it. Wei, seconds and basis points.

    Attributes
    ----------
    fees, won, collateral, lost
        Experience: fees of the panels it sat in, what it got of them, what it had locked, what it lost of that.
    held, since, wei_seconds
        What it has locked in seats now, since when, and what it has had locked so far times how long.
    seats, paid, punished, gain, spent
        Its seats in settled panels, in how many it was paid or lost, its sum of both, and its effort.
    bribed
        What it was paid by bribers.
    """

    account: Address
    kind: Kind
    effort: int
    rate_bps: int
    price: int
    fees: int = 0
    won: int = 0
    collateral: int = 0
    lost: int = 0
    held: int = 0
    since: int = 0
    wei_seconds: int = 0
    seats: int = 0
    paid: int = 0
    punished: int = 0
    gain: int = 0
    spent: int = 0
    bribed: int = 0

    @property
    def looks(self) -> bool:
        """Whether it looks at what it judges."""
        return self.kind in (Kind.HONEST, Kind.SNIPER)

    def expect(self, terms: Terms) -> None:
        """Begin with the belief that a seat earns a seventh of the fee and is in the minority one time in ten."""
        self.fees = MEMORY * (terms.min_stake * terms.fee_bps // WHOLE)
        self.won = self.fees // 7
        self.collateral = MEMORY * terms.min_bid
        self.lost = self.collateral * terms.minority_bps // WHOLE // 10

    def worth(self, fee: int, duration: int) -> int:
        """Return the highest bid at which a seat is expected to cost it nothing.

        Parameters
        ----------
        fee
            The panel's, in wei.
        duration
            How long the collateral will be locked, in seconds.

        Returns
        -------
        int
            Wei, rounded down: expected income less effort, over what a locked wei costs it in expected penalties and
            in forgone return.
        """
        income = fee * self.won // self.fees - (self.effort if self.looks else 0)
        cost = self.lost * _MILLION // self.collateral + self.rate_bps * (_MILLION // WHOLE) * duration // YEAR
        return max(0, income) * _MILLION // max(1, cost)

    def hold(self, change: int, now: int) -> None:
        """Note that what it has locked changes."""
        self.wei_seconds += self.held * (now - self.since)
        self.held, self.since = self.held + change, now

    def learn(self, fee: int, collateral: int, gain: int) -> None:
        """Take in what a seat brought, in wei."""
        self.seats += 1
        self.gain += gain
        self.paid += gain > 0
        self.punished += gain < 0
        self.fees += fee
        self.won += max(0, gain)
        self.collateral += collateral
        self.lost += max(0, -gain)


@dataclass
class Case:
    """A submission, what is true of it, who paid bonds, and what bribes it took, in wei."""

    number: int
    key: bytes
    author: Address
    good: bool
    hard: bool
    target: bool
    submitted: int
    bribes: int = 0
    bonds: dict[Address, int] = field(default_factory=dict)
