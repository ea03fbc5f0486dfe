"""The twin of ``contracts/content/ContentReview.sol``."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import IntEnum

from lvo.content.hashes import (
    NOTHING,
    Ballot,
    Submission,
    appeal_hash,
    ballot_hash,
    bid_hash,
    finding_hash,
    seal_hash,
    submission_hash,
    submission_id,
)
from lvo.models.base import NOBODY, Address, Clock, Revert
from lvo.models.token import LVOToken
from lvo.units import DAY, LVO, WHOLE

SEATS = 7
"""Of a panel."""
MAJORITY = 5
"""Seats that make a verdict."""
RIPE = 60
"""So old, in seconds, a finding must be before it proves a leak."""


class Status(IntEnum):
    """Where a submission stands; from PUBLISHED on it is final."""

    UNKNOWN = 0
    BIDDING = 1
    COMMITTING = 2
    REVEALING = 3
    APPEALABLE = 4
    PUBLISHED = 5
    REJECTED = 6
    INCONCLUSIVE = 7
    UNREVIEWED = 8


class Choice(IntEnum):
    """What a seat voted, or a panel said."""

    NONE = 0
    YES = 1
    NO = 2
    LEAKED = 3


@dataclass(frozen=True)
class Terms:
    """What a contract is made with, for ever: wei, seconds and basis points.

    The defaults are those that the deployment scripts use; what they cost and forbid is worked out in ``docs/SPEC.md``.
    """

    commons: Address
    min_stake: int = 1_000 * LVO
    min_bid: int = 500 * LVO
    bidding_window: int = DAY
    snipe_window: int = 15 * 60
    snipe_cap: int = 2 * 3_600
    commit_window: int = DAY
    reveal_window: int = DAY
    appeal_window: int = 2 * DAY
    appeals: int = 2
    bid_factor: int = 2
    step_bps: int = 500
    fee_bps: int = 1_000
    bond_bps: int = 10_000
    reject_bps: int = 2_000
    no_show_bps: int = 5_000
    minority_bps: int = 1_000
    refund_bps: int = 0


_MINUTES, _MONTH = 600, 30 * DAY
_FIRST_BOUNDED = 2
"""The place, in the contract's struct, of the first term that has bounds: the token and the commons come before."""
BOUNDS: dict[str, tuple[int, int]] = {
    "min_stake": (10**6, 2**96 - 1),
    "min_bid": (10**6, 10**25),
    "bidding_window": (_MINUTES, _MONTH),
    "snipe_window": (0, DAY),
    "snipe_cap": (0, DAY),
    "commit_window": (_MINUTES, _MONTH),
    "reveal_window": (_MINUTES, _MONTH),
    "appeal_window": (_MINUTES, _MONTH),
    "appeals": (0, 2),
    "bid_factor": (1, 10),
    "step_bps": (1, 5_000),
    "fee_bps": (1, 5_000),
    "bond_bps": (5_000, 50_000),
    "reject_bps": (0, 5_000),
    "no_show_bps": (1_000, 10_000),
    "minority_bps": (0, 5_000),
    "refund_bps": (0, 10_000),
}
"""Least and most of each term."""


@dataclass(frozen=True)
class Authorization:
    """An ERC-3009 authorization of the token: when it is valid, and whose key signed it for this action."""

    valid_after: int
    valid_before: int
    signer: Address


@dataclass
class Seat:
    """A seat: who holds it, its collateral in wei, and what it voted."""

    reviewer: Address
    bid: int
    vote: Choice = Choice.NONE
    finder: Address = NOBODY


@dataclass
class Panel:
    """A round: its times in Unix seconds, and its seats.

    Attributes
    ----------
    seats
        By number, as far as they are taken.
    order
        The numbers of the taken seats in the order in which the bids came.
    fee
        What the panel is paid with, in wei: a part of the stake, or the appellant's bond.
    payer
        Who paid it: the author, or the appellant.
    """

    payer: Address
    fee: int
    opened_at: int
    closes_at: int
    extended: bool = False
    seats: list[Seat] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    commitments: dict[Address, bytes] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether all seven seats are taken."""
        return len(self.seats) == SEATS

    @property
    def collateral(self) -> int:
        """The lowest bid, which is what each of seven has locked, in wei."""
        return min(seat.bid for seat in self.seats)

    def count(self, choice: Choice) -> int:
        """How many seats voted so."""
        return sum(seat.vote == choice for seat in self.seats)

    def verdict(self) -> Choice:
        """What the panel said: five of seven, or nothing."""
        for choice in (Choice.YES, Choice.NO):
            if self.count(choice) >= MAJORITY:
                return choice
        return Choice.NONE

    def larger_side(self) -> tuple[Choice, ...]:
        """Whose votes are paid: the larger side's, or both where they are equal."""
        yes, no = self.count(Choice.YES), self.count(Choice.NO)
        if yes == no:
            return Choice.YES, Choice.NO
        return (Choice.YES,) if yes > no else (Choice.NO,)


@dataclass
class Dossier:
    """A submission: author, stake in wei, when it was announced or submitted, and its rounds, the present one last."""

    author: Address
    stake: int
    since: int
    panels: list[Panel]
    settled: bool = False

    @property
    def panel(self) -> Panel:
        """The present round."""
        return self.panels[-1]

    @property
    def round(self) -> int:
        """The number of the present round."""
        return len(self.panels) - 1


Payment = tuple[Address, int]
"""Who gets how much, in wei."""


class ContentReview:
    """Content staking and review: seven seats won by bidding, votes in secret, two appeals, and one settlement.

    Every public method takes ``sender``, the account that calls. Amounts are in wei, times in Unix seconds. A method
    raises :class:`~lvo.models.base.Revert` where the contract reverts, and then has changed nothing.

    Attributes
    ----------
    dossiers
        Every submission by its id.
    credits
        What each account can withdraw or bid with, in wei.
    seals, findings
        When each was announced or noted.
    """

    def __init__(self, clock: Clock, address: Address, lvo: LVOToken, terms: Terms, chain_id: int = 1) -> None:
        self.clock = clock
        self.address = address
        self.lvo = lvo
        self.terms = terms
        self.chain_id = chain_id
        if terms.commons in (NOBODY, lvo.address, address):
            raise Revert("TokenIntake_InvalidReceiver", terms.commons)
        for place, (name, (least, most)) in enumerate(BOUNDS.items(), _FIRST_BOUNDED):
            value = getattr(terms, name)
            if not least <= value <= most:
                raise Revert("ContentReview_TermOutOfBounds", place, value, least, most)
        self.dossiers: dict[bytes, Dossier] = {}
        self.credits: defaultdict[Address, int] = defaultdict(int)
        self.seals: dict[bytes, int] = {}
        self.findings: dict[bytes, int] = {}

    # Submitting

    def announce(self, seal: bytes, *, sender: Address) -> None:
        """Announce a seal over content that is not shown yet."""
        if seal in self.seals:
            raise Revert("ContentReview_SealKnown", seal, self.seals[seal])
        self.seals[seal] = self.clock.time
        self._emit("Announced", seal)

    def submit(self, submission: Submission, *, sender: Address) -> bytes:
        """Submit content of the sender and take its stake; returns the id."""
        return self._submit(sender, submission, None)

    def submit_with_authorization(
        self, author: Address, submission: Submission, authorization: Authorization, *, sender: Address
    ) -> bytes:
        """Submit content of an author who signed for its stake."""
        return self._submit(author, submission, authorization)

    def _submit(self, author: Address, submission: Submission, authorization: Authorization | None) -> bytes:
        if submission.content_hash == NOTHING:
            raise Revert("ContentReview_ContentHashZero")
        key = submission_id(author, submission.content_hash)
        if key in self.dossiers:
            raise Revert("ContentReview_AlreadySubmitted", key)
        if submission.stake < self.terms.min_stake:
            raise Revert("ContentReview_StakeTooLow", submission.stake, self.terms.min_stake)
        parent = self.dossiers.get(submission.parent)
        if submission.parent != NOTHING and (parent is None or parent.author != author):
            raise Revert("ContentReview_ParentUnknown", submission.parent, author)
        since = self.clock.time
        if submission.salt != NOTHING:
            seal = seal_hash(self.chain_id, self.address, author, submission.content_hash, submission.salt)
            if seal not in self.seals:
                raise Revert("ContentReview_SealUnknown", seal)
            since = self.seals[seal]
        before = len(self.clock.events)
        self._emit(
            "Submitted",
            key,
            author,
            submission.content_hash,
            submission.manifest_hash,
            submission.uri,
            submission.parent,
            submission.stake,
            since,
        )
        self._pull(author, submission.stake, authorization, submission_hash(author, submission), before)
        fee = submission.stake * self.terms.fee_bps // WHOLE
        self.dossiers[key] = Dossier(author, submission.stake, since, [self._open(author, fee)])
        return key

    # Bidding

    def bid(self, key: bytes, amount: int, *, sender: Address) -> None:
        """Bid ``amount`` in all for a seat, or raise the sender's bid to it; its credit is used first."""
        self._bid(key, sender, amount, None)

    def bid_with_authorization(
        self, key: bytes, bidder: Address, amount: int, authorization: Authorization, *, sender: Address
    ) -> None:
        """Bid for a bidder who signed for it."""
        self._bid(key, bidder, amount, authorization)

    def _bid(self, key: bytes, bidder: Address, amount: int, authorization: Authorization | None) -> None:
        self._check_status(key, Status.BIDDING)
        dossier = self.dossiers[key]
        panel, terms, now = dossier.panel, self.terms, self.clock.time
        if self.is_excluded(key, bidder):
            raise Revert("ContentReview_BidderExcluded", key, bidder)
        closes_at, extended = panel.closes_at, panel.extended
        if now >= closes_at:
            # Fewer than seven had bid when the first window ended: this is the second.
            closes_at, extended = closes_at + terms.bidding_window, True
        number, least, evicted = self._place(dossier, bidder)
        if amount < least:
            raise Revert("ContentReview_BidTooLow", key, amount, least)
        raised = number < len(panel.seats) and evicted is None
        if not raised:
            end = panel.opened_at + terms.bidding_window * (1 + extended) + terms.snipe_cap
            closes_at = max(closes_at, min(now + terms.snipe_window, end))
        due = amount - (panel.seats[number].bid if raised else 0)
        credit = 0 if authorization else min(due, self.credits[bidder])
        before = len(self.clock.events)
        if closes_at > panel.closes_at + (extended - panel.extended) * terms.bidding_window:
            self._emit("CloseMoved", key, closes_at)
        if evicted:
            self._emit("Credited", key, evicted.reviewer, evicted.bid)
        self._emit("BidPlaced", key, bidder, number, amount, credit)
        self._pull(bidder, due - credit, authorization, bid_hash(key, dossier.round, bidder, amount), before)
        self.credits[bidder] -= credit
        panel.closes_at, panel.extended = closes_at, extended
        if evicted:
            self.credits[evicted.reviewer] += evicted.bid
        if number < len(panel.seats):
            panel.seats[number] = Seat(bidder, amount)
            panel.order.remove(number)
        else:
            panel.seats.append(Seat(bidder, amount))
        panel.order.append(number)

    def _place(self, dossier: Dossier, bidder: Address) -> tuple[int, int, Seat | None]:
        """Return the number of the seat a bidder would take, the least bid for it in wei, and who would lose it."""
        panel = dossier.panel
        for number, seat in enumerate(panel.seats):
            if seat.reviewer == bidder:
                return number, seat.bid + 1, None
        if not panel.full:
            return len(panel.seats), self.terms.min_bid * self.terms.bid_factor**dossier.round, None
        # Of equal bids the latest goes.
        number = min(reversed(panel.order), key=lambda each: panel.seats[each].bid)
        lowest = panel.seats[number]
        return number, -(-lowest.bid * (WHOLE + self.terms.step_bps) // WHOLE), lowest

    def withdraw(self, account: Address, *, sender: Address) -> None:
        """Pay an account its credit."""
        amount = self.credits[account]
        if amount == 0:
            raise Revert("ContentReview_NothingToWithdraw", account)
        self.credits[account] = 0
        self._emit("Withdrawn", account, amount)
        self.lvo.transfer(account, amount, sender=self.address)

    def equalise(self, key: bytes, *, sender: Address) -> None:
        """Credit what the seven of the present round bid above the lowest of them."""
        status = self.status(key)
        dossier = self.dossiers.get(key)
        if dossier is None or status == Status.BIDDING or dossier.settled or not dossier.panel.full:
            raise Revert("ContentReview_WrongStatus", key, status, Status.COMMITTING)
        lowest = dossier.panel.collateral
        if all(seat.bid == lowest for seat in dossier.panel.seats):
            raise Revert("ContentReview_NothingToEqualise", key)
        for seat in dossier.panel.seats:
            if seat.bid > lowest:
                self.credits[seat.reviewer] += seat.bid - lowest
                self._emit("Credited", key, seat.reviewer, seat.bid - lowest)
                seat.bid = lowest

    # Voting

    def commit(self, key: bytes, commitment: bytes, *, sender: Address) -> None:
        """Commit to a vote in the present round, once."""
        self._check_status(key, Status.COMMITTING)
        if commitment == NOTHING:
            raise Revert("ContentReview_CommitmentZero", key)
        commitments = self.dossiers[key].panel.commitments
        if sender in commitments:
            raise Revert("ContentReview_AlreadyCommitted", key, sender, commitments[sender])
        commitments[sender] = commitment
        self._emit("Committed", key, sender, commitment)

    def reveal(self, key: bytes, ballots: Sequence[Ballot], *, sender: Address) -> None:
        """Reveal votes of the present round; what does not fit is left out."""
        self._check_status(key, Status.REVEALING)
        dossier = self.dossiers[key]
        before, revealed = len(self.clock.events), 0
        for ballot in ballots:
            if not self._matches(key, ballot) or ballot.choice not in (Choice.YES, Choice.NO):
                self._emit("RevealSkipped", key, ballot.seat)
                continue
            seat = dossier.panel.seats[ballot.seat]
            seat.vote = Choice(ballot.choice)
            del dossier.panel.commitments[seat.reviewer]
            revealed += 1
            self._emit("Revealed", key, seat.reviewer, ballot.seat, int(ballot.choice), ballot.reasons)
        if not revealed:
            del self.clock.events[before:]
            raise Revert("ContentReview_NothingRevealed", key, len(ballots))

    def note_leak(self, finding: bytes, *, sender: Address) -> None:
        """Note that the sender knows a vote before its time."""
        if finding in self.findings:
            raise Revert("ContentReview_FindingKnown", finding, self.findings[finding])
        self.findings[finding] = self.clock.time
        self._emit("LeakNoted", finding)

    def prove_leak(self, key: bytes, ballot: Ballot, *, sender: Address) -> None:
        """Prove that the sender knew a vote for a minute: the seat is void."""
        self._check_status(key, Status.COMMITTING)
        dossier = self.dossiers[key]
        if ballot.seat >= SEATS:
            raise Revert("ContentReview_LeakNotProved", key, ballot.seat)
        seat = dossier.panel.seats[ballot.seat]
        finding = finding_hash(sender, key, dossier.round, seat.reviewer, ballot.choice, ballot.reasons, ballot.salt)
        noted = self.findings.get(finding, 0)
        if noted == 0 or self.clock.time < noted + RIPE:
            raise Revert("ContentReview_FindingNotRipe", finding, noted)
        if not self._matches(key, ballot):
            raise Revert("ContentReview_LeakNotProved", key, ballot.seat)
        seat.vote, seat.finder = Choice.LEAKED, sender
        self._emit("LeakProved", key, seat.reviewer, sender, ballot.seat)

    def _matches(self, key: bytes, ballot: Ballot) -> bool:
        """Whether a ballot is what its seat committed to, and has not been revealed."""
        dossier = self.dossiers[key]
        if ballot.seat >= SEATS or dossier.panel.seats[ballot.seat].vote != Choice.NONE:
            return False
        reviewer = dossier.panel.seats[ballot.seat].reviewer
        return dossier.panel.commitments.get(reviewer) == self.ballot_hash(
            key, dossier.round, reviewer, ballot.choice, ballot.reasons, ballot.salt
        )

    # Appeal and end

    def appeal(self, key: bytes, *, sender: Address) -> None:
        """Open another round with a bond of the sender."""
        self._appeal(key, sender, None)

    def appeal_with_authorization(
        self, key: bytes, appellant: Address, authorization: Authorization, *, sender: Address
    ) -> None:
        """Open another round for an appellant who signed for the bond."""
        self._appeal(key, appellant, authorization)

    def _appeal(self, key: bytes, appellant: Address, authorization: Authorization | None) -> None:
        self._check_status(key, Status.APPEALABLE)
        dossier = self.dossiers[key]
        round_ = dossier.round + 1
        bond = self.bond(key)
        before = len(self.clock.events)
        self._emit("Appealed", key, appellant, round_, bond)
        self._pull(appellant, bond, authorization, appeal_hash(key, round_, appellant), before)
        dossier.panels.append(self._open(appellant, bond))

    def finalise(self, key: bytes, *, sender: Address) -> None:
        """Pay everyone what the end of a submission leaves to each."""
        status = self.status(key)
        dossier = self.dossiers.get(key)
        if dossier is None or status < Status.PUBLISHED or dossier.settled:
            raise Revert("ContentReview_NothingToSettle", key, status, dossier is not None and dossier.settled)
        dossier.settled = True
        payments: list[Payment] = []
        author, commons = self._settle_author(dossier, status), 0
        verdicts = [panel.verdict() for panel in dossier.panels if panel.full]
        if status == Status.REJECTED:
            commons = dossier.stake * self.terms.reject_bps // WHOLE
        for number, panel in enumerate(dossier.panels):
            if panel.full:
                commons += self._settle_panel(key, dossier, number, verdicts, status, payments)
                continue
            payments += [(seat.reviewer, seat.bid) for seat in panel.seats]
            if number:
                payments.append((panel.payer, panel.fee))
        payments += [(dossier.author, author), (self.terms.commons, commons)]
        self._emit("Settled", key, status, commons)
        self.lvo.transfer_batch([row for row in payments if row[1]], sender=self.address)

    def _settle_author(self, dossier: Dossier, status: Status) -> int:
        """What the author gets, in wei."""
        first = dossier.panels[0]
        fee = first.fee if first.full and first.count(Choice.YES) + first.count(Choice.NO) else 0
        lost = dossier.stake * self.terms.reject_bps // WHOLE if status == Status.REJECTED else 0
        return dossier.stake - fee - lost

    def _settle_panel(
        self,
        key: bytes,
        dossier: Dossier,
        number: int,
        verdicts: list[Choice],
        status: Status,
        payments: list[Payment],
    ) -> int:
        """Add what a full panel pays; returns what goes to the commons, in wei."""
        panel, terms = dossier.panels[number], self.terms
        outcome = {Status.PUBLISHED: Choice.YES, Status.REJECTED: Choice.NO}.get(status, Choice.NONE)
        verdict, collateral, sides = verdicts[number], panel.collateral, panel.larger_side()
        opposite = {Choice.YES: Choice.NO, Choice.NO: Choice.YES}.get(outcome)
        overturned = opposite is not None and verdict == opposite
        # The minority loses only where the panel's verdict is the outcome, and nobody said the opposite.
        punished = outcome != Choice.NONE and verdict == outcome and opposite not in verdicts
        commons, pot = 0, panel.fee
        lost, winners = [0] * SEATS, []
        for index, seat in enumerate(panel.seats):
            if seat.vote == Choice.NONE:
                lost[index] = collateral * terms.no_show_bps // WHOLE
                pot += lost[index]
            elif seat.vote == Choice.LEAKED:
                lost[index] = collateral
                pot += collateral - collateral // 2
            elif overturned:
                continue
            elif seat.vote in sides:
                winners.append(index)
            elif punished:
                lost[index] = collateral * terms.minority_bps // WHOLE
                commons += lost[index]
        revealed = panel.count(Choice.YES) + panel.count(Choice.NO)
        share = pot // len(winners) if winners else 0
        for index, seat in enumerate(panel.seats):
            won = share + (pot % len(winners) if index == winners[0] else 0) if index in winners else 0
            if seat.vote == Choice.LEAKED:
                payments.append((seat.finder, collateral // 2))
            payments.append((seat.reviewer, seat.bid - lost[index] + won))
        self._emit("PanelSettled", key, number, verdict, collateral, share)
        if winners:
            return commons
        if not revealed:
            # Nobody judged, so nobody pays for it. The author's part is added to what is left of the stake.
            if number:
                payments.append((panel.payer, panel.fee))
            return commons + pot - panel.fee
        refund = panel.fee * terms.refund_bps // WHOLE if number + 1 < len(verdicts) else 0
        if refund:
            payments.append((dossier.panels[number + 1].payer, refund))
        return commons + pot - refund

    # Views

    def status(self, key: bytes) -> Status:
        """Return where a submission stands now."""
        dossier = self.dossiers.get(key)
        if dossier is None:
            return Status.UNKNOWN
        now, terms, panels = self.clock.time, self.terms, dossier.panels
        time = self.close(key)
        if now < time:
            return Status.BIDDING
        if not dossier.panel.full:
            return _outcome(panels[:-1]) if dossier.round else Status.UNREVIEWED
        time += terms.commit_window
        if now < time:
            return Status.COMMITTING
        time += terms.reveal_window
        if now < time:
            return Status.REVEALING
        if dossier.round < terms.appeals and now < time + terms.appeal_window:
            return Status.APPEALABLE
        return _outcome(panels)

    def close(self, key: bytes) -> int:
        """Return when the bidding of the present round ends, as things stand, in Unix seconds."""
        panel = self.dossiers[key].panel
        second = self.clock.time >= panel.closes_at and not panel.full and not panel.extended
        return panel.closes_at + (self.terms.bidding_window if second else 0)

    def is_final(self, key: bytes) -> bool:
        """Return whether nothing can change the outcome any more."""
        return self.status(key) >= Status.PUBLISHED

    def least_bid(self, key: bytes, bidder: Address = NOBODY) -> int:
        """Return the least that ``bidder`` has to bid in all, in wei, for a seat of the present round."""
        return self._place(self.dossiers[key], bidder)[1]

    def is_excluded(self, key: bytes, bidder: Address) -> bool:
        """Return whether an account may not judge: the author, an appellant, or of an earlier panel."""
        dossier = self.dossiers[key]
        if any(bidder == panel.payer for panel in dossier.panels):
            return True
        return any(seat.reviewer == bidder for panel in dossier.panels[:-1] for seat in panel.seats)

    def bond(self, key: bytes) -> int:
        """Return the bond of an appeal, in wei."""
        dossier = self.dossiers[key]
        return dossier.stake * self.terms.fee_bps // WHOLE * self.terms.bond_bps // WHOLE

    def ballot_hash(
        self, key: bytes, round_: int, reviewer: Address, choice: int, reasons: bytes, salt: bytes
    ) -> bytes:
        """Return the commitment to a vote."""
        return ballot_hash(self.chain_id, self.address, key, round_, reviewer, choice, reasons, salt)

    def owed(self) -> int:
        """Return everything that the contract owes to anybody, in wei."""
        total = sum(self.credits.values())
        for dossier in self.dossiers.values():
            if not dossier.settled:
                total += dossier.stake + sum(panel.fee for panel in dossier.panels[1:])
                total += sum(seat.bid for panel in dossier.panels for seat in panel.seats)
        return total

    # What the public methods share

    def _emit(self, name: str, *args: object) -> None:
        self.clock.emit(self.address, name, *args)

    def _open(self, payer: Address, fee: int) -> Panel:
        now = self.clock.time
        return Panel(payer, fee, now, now + self.terms.bidding_window)

    def _check_status(self, key: bytes, needed: Status) -> None:
        status = self.status(key)
        if status != needed:
            raise Revert("ContentReview_WrongStatus", key, status, needed)

    def _pull(
        self, origin: Address, amount: int, authorization: Authorization | None, action: bytes, before: int
    ) -> None:
        """Take money for what was announced by the events since ``before``; if that fails, forget them."""
        try:
            if authorization:
                self.lvo.receive_with_authorization(
                    origin,
                    self.address,
                    amount,
                    authorization.valid_after,
                    authorization.valid_before,
                    action,
                    signer=authorization.signer,
                    sender=self.address,
                )
            elif amount:
                self.lvo.transfer_from(origin, self.address, amount, sender=self.address)
        except Revert:
            del self.clock.events[before:]
            raise


def _outcome(panels: list[Panel]) -> Status:
    """What more panels said."""
    verdicts = [panel.verdict() for panel in panels]
    yes, no = verdicts.count(Choice.YES), verdicts.count(Choice.NO)
    if yes == no:
        return Status.INCONCLUSIVE
    return Status.PUBLISHED if yes > no else Status.REJECTED


assert tuple(BOUNDS) == tuple(each.name for each in fields(Terms))[1:]
