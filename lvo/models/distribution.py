"""The twin of ``contracts/distribution/GenesisDistribution.sol``."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from lvo.curve import Schedule
from lvo.models.base import NOBODY, Address, Clock, Revert
from lvo.models.token import LVOToken
from lvo.units import DAY, SUPPLY, WHOLE

SHARES_BPS = (2_000, 1_500, 2_000, 1_500, 1_500, 1_500)
"""The published shares: foundation, founding team, application construction, global promotion, cornerstone investment,
exchange ecology."""
SHARES = tuple(SUPPLY * bps // WHOLE for bps in SHARES_BPS)
"""The same in wei."""
MIN_RECOVERY_DELAY = 90 * DAY
"""The least time in which a beneficiary can object to a recovery, seconds."""
RECOVERY_GRACE = 30 * DAY
"""For so long after a recovery could be finished, in seconds, nobody but the beneficiary may release."""
MAX_GRANTS = 2**40
"""How many grants can be numbered."""
UINT32 = 2**32 - 1


class Kind(IntEnum):
    """What may be done with a grant."""

    POOL = 0
    PERSONAL = 1
    REVOCABLE = 2
    REVOKED = 3


@dataclass(frozen=True)
class Piece:
    """One piece of a split: ``amount`` wei for ``to`` on ``schedule``."""

    to: Address
    amount: int
    schedule: Schedule
    kind: Kind


@dataclass
class Grant:
    """A grant: ``total`` wei promised to ``beneficiary``, ``released`` of them paid."""

    beneficiary: Address
    total: int
    released: int
    schedule: Schedule
    parent: int
    bucket: int
    kind: Kind


@dataclass
class Succession:
    """Who may follow the beneficiary of a grant; times in Unix seconds."""

    offered_to: Address = NOBODY
    rescuer: Address = NOBODY
    delay: int = 0
    candidate: Address = NOBODY
    effective_at: int = 0


class GenesisDistribution:
    """Six buckets that nobody can open early.

    Every public method takes ``sender``, the account that calls. Amounts are in wei, times in Unix seconds. A method
    raises :class:`~lvo.models.base.Revert` where the contract reverts, and then has changed nothing.
    """

    def __init__(
        self, clock: Clock, address: Address, token: Address, buckets: Sequence[tuple[Address, Schedule]]
    ) -> None:
        self.clock = clock
        self.address = address
        self.lvo = LVOToken(clock, token, address)
        self.grants: list[Grant] = []
        self.salts: set[tuple[int, int]] = set()
        self.successions: defaultdict[int, Succession] = defaultdict(Succession)
        for index, (beneficiary, schedule) in enumerate(buckets):
            if schedule.start <= clock.time:
                raise Revert("GenesisDistribution_StartInPast", index, schedule.start, clock.time)
            piece = Piece(beneficiary, SHARES[index], schedule, Kind.POOL)
            self._check_new(index, piece)
            self._open(index, index, piece)

    # Paying out what is vested

    def release(self, number: int, *, sender: Address) -> int:
        """Pay the beneficiary of a grant everything that has vested and is not paid; return the wei."""
        grant = self._grant(number)
        if sender != grant.beneficiary and not self._open_to_all(number):
            raise Revert("GenesisDistribution_NotBeneficiary", number, sender, grant.beneficiary)
        if self._due(grant) == 0:
            raise Revert("GenesisDistribution_NothingToRelease", number, grant.released)
        if sender == grant.beneficiary:
            self._show_life(number)
        return self._pay(number)

    def release_many(self, numbers: Sequence[int], *, sender: Address) -> int:
        """Release what can be released among many grants; return the sum in wei."""
        paid = 0
        for number in numbers:
            grant = self.grants[number] if number < len(self.grants) else None
            if grant and sender == grant.beneficiary:
                self._show_life(number)
            if grant and (sender == grant.beneficiary or self._open_to_all(number)) and self._due(grant):
                paid += self._pay(number)
            else:
                self._emit("ReleaseSkipped", number)
        return paid

    # Splitting and revoking

    def split(self, pool: int, pieces: Sequence[Piece], salt: int, *, sender: Address) -> int:
        """Make new grants out of a pool; return the number of the first."""
        parent = self._grant(pool)
        if parent.kind != Kind.POOL:
            raise Revert("GenesisDistribution_NotPool", pool, parent.kind)
        if sender != parent.beneficiary:
            raise Revert("GenesisDistribution_NotBeneficiary", pool, sender, parent.beneficiary)
        if (pool, salt) in self.salts:
            raise Revert("GenesisDistribution_SaltUsed", pool, salt)
        if not pieces:
            raise Revert("GenesisDistribution_NoPieces", pool)
        first = len(self.grants)
        if first + len(pieces) > MAX_GRANTS:
            raise Revert("GenesisDistribution_TooManyGrants", pool, first + len(pieces), MAX_GRANTS)
        for index, piece in enumerate(pieces):
            self._check_piece(pool, index, parent, piece)
            self._check_new(first + index, piece)
        rest = parent.total - sum(piece.amount for piece in pieces)
        if rest < 0:
            raise Revert("GenesisDistribution_PoolExceeded", pool, parent.total - rest, parent.total)
        vested = parent.schedule.vested(rest, self.clock.time)
        if parent.released > vested:
            raise Revert("GenesisDistribution_PoolAhead", pool, parent.released, vested)

        self._show_life(pool)
        self.salts.add((pool, salt))
        parent.total = rest
        for piece in pieces:
            self._open(pool, parent.bucket, piece)
        self._emit("PoolSplit", pool, salt)
        return first

    def revoke(self, number: int, *, sender: Address) -> None:
        """Stop a revocable grant: pay what has vested, give the rest back to its pool."""
        grant = self._grant(number)
        if grant.kind != Kind.REVOCABLE:
            raise Revert("GenesisDistribution_NotRevocable", number, grant.kind)
        pool = self.grants[grant.parent]
        if sender != pool.beneficiary:
            raise Revert("GenesisDistribution_NotBeneficiary", number, sender, pool.beneficiary)
        self._show_life(grant.parent)
        due = self._due(grant)
        if due:
            grant.released += due
            self._emit("Released", number, grant.beneficiary, due)
        self._emit("Revoked", number, grant.parent, grant.released, grant.total - grant.released)
        if due:
            self.lvo.transfer(grant.beneficiary, due, sender=self.address)
        pool.total += grant.total
        pool.released += grant.released
        grant.total = grant.released = 0
        grant.kind = Kind.REVOKED

    # Who is the beneficiary

    def offer(self, number: int, to: Address, *, sender: Address) -> None:
        """Offer a grant to another account."""
        self._check_beneficiary(number, sender)
        if to != NOBODY:
            self._check_receiver(number, to)
        self._show_life(number)
        self.successions[number].offered_to = to
        self._emit("GrantOffered", number, sender, to)

    def accept(self, number: int, min_owed: int, *, sender: Address) -> None:
        """Take over a grant that was offered and still owes ``min_owed`` wei."""
        offered_to = self.successions[number].offered_to
        if sender != offered_to:
            raise Revert("GenesisDistribution_NotOffered", number, sender, offered_to)
        owed = self.grants[number].total - self.grants[number].released
        if owed < min_owed:
            raise Revert("GenesisDistribution_LessOwed", number, owed, min_owed)
        self._succeed(number, sender)

    def name_rescuer(self, number: int, rescuer: Address, delay: int, *, sender: Address) -> None:
        """Name who may recover the grant, after ``delay`` seconds."""
        self._check_beneficiary(number, sender)
        if rescuer != NOBODY and delay < MIN_RECOVERY_DELAY:
            raise Revert("GenesisDistribution_DelayTooShort", number, delay, MIN_RECOVERY_DELAY)
        self._show_life(number)
        succession = self.successions[number]
        succession.rescuer, succession.delay = rescuer, delay
        self._emit("RescuerNamed", number, rescuer, delay)

    def start_recovery(self, number: int, candidate: Address, *, sender: Address) -> None:
        """Ask to hand the grant to ``candidate``."""
        succession = self.successions[number]
        if sender != succession.rescuer:
            raise Revert("GenesisDistribution_NotRescuer", number, sender, succession.rescuer)
        self._check_receiver(number, candidate)
        succession.candidate = candidate
        succession.effective_at = self.clock.time + succession.delay
        self._emit("RecoveryStarted", number, candidate, succession.effective_at)

    def cancel_recovery(self, number: int, *, sender: Address) -> None:
        """Show that the key is not lost."""
        self._check_beneficiary(number, sender)
        self._show_life(number)

    def finish_recovery(self, number: int, *, sender: Address) -> None:
        """Take over the grant after a recovery to which nobody objected."""
        succession = self.successions[number]
        if sender != succession.candidate:
            raise Revert("GenesisDistribution_NotCandidate", number, sender, succession.candidate)
        if self.clock.time < succession.effective_at:
            raise Revert("GenesisDistribution_RecoveryTooEarly", number, self.clock.time, succession.effective_at)
        self._succeed(number, sender)

    # Views

    def vested_at(self, number: int, time: int) -> int:
        """Return what has vested of a grant at ``time``, in wei."""
        grant = self._grant(number)
        return grant.schedule.vested(grant.total, time)

    def releasable(self, number: int) -> int:
        """Return what a release would pay now, in wei."""
        return self._due(self._grant(number))

    def unlocked_at(self, time: int) -> int:
        """Return what the six published curves have unlocked at ``time``, in wei."""
        return sum(grant.schedule.vested(share, time) for grant, share in zip(self.grants, SHARES, strict=False))

    def books(self) -> list[tuple[int, int, int, int]]:
        """Return share, sum of totals, sum of releases and what is owed for each bucket, in wei."""
        result = []
        for bucket, share in enumerate(SHARES):
            grants = [grant for grant in self.grants if grant.bucket == bucket]
            allotted, paid = sum(g.total for g in grants), sum(g.released for g in grants)
            result.append((share, allotted, paid, allotted - paid))
        return result

    # What the public methods share

    def _emit(self, name: str, *args: object) -> None:
        self.clock.emit(self.address, name, *args)

    def _grant(self, number: int) -> Grant:
        if number >= len(self.grants):
            raise Revert("GenesisDistribution_UnknownGrant", number, len(self.grants))
        return self.grants[number]

    def _open_to_all(self, number: int) -> bool:
        grant, succession = self.grants[number], self.successions[number]
        if grant.kind == Kind.POOL and self.clock.time < grant.schedule.end:
            return False
        return succession.candidate == NOBODY or self.clock.time >= succession.effective_at + RECOVERY_GRACE

    def _due(self, grant: Grant) -> int:
        return grant.schedule.vested(grant.total, self.clock.time) - grant.released

    def _pay(self, number: int) -> int:
        grant = self.grants[number]
        due = self._due(grant)
        grant.released += due
        self._emit("Released", number, grant.beneficiary, due)
        self.lvo.transfer(grant.beneficiary, due, sender=self.address)
        return due

    def _open(self, parent: int, bucket: int, piece: Piece) -> None:
        number = len(self.grants)
        self.grants.append(Grant(piece.to, piece.amount, 0, piece.schedule, parent, bucket, piece.kind))
        schedule = piece.schedule
        self._emit(
            "GrantCreated",
            number,
            parent,
            piece.to,
            piece.amount,
            (schedule.start, schedule.cliff, schedule.end, schedule.initial_bps),
            piece.kind,
        )

    def _succeed(self, number: int, sender: Address) -> None:
        grant = self.grants[number]
        former, grant.beneficiary = grant.beneficiary, sender
        self.successions[number] = Succession()
        self._emit("BeneficiaryChanged", number, former, sender)

    def _show_life(self, number: int) -> None:
        succession = self.successions[number]
        if succession.candidate != NOBODY:
            succession.candidate, succession.effective_at = NOBODY, 0
            self._emit("RecoveryCanceled", number)

    def _check_beneficiary(self, number: int, sender: Address) -> None:
        grant = self._grant(number)
        if sender != grant.beneficiary:
            raise Revert("GenesisDistribution_NotBeneficiary", number, sender, grant.beneficiary)

    def _check_receiver(self, number: int, account: Address) -> None:
        if account in (NOBODY, self.lvo.address, self.address):
            raise Revert("GenesisDistribution_InvalidBeneficiary", number, account)

    def _check_new(self, number: int, piece: Piece) -> None:
        start, cliff, end = piece.schedule.start, piece.schedule.cliff, piece.schedule.end
        self._check_receiver(number, piece.to)
        if not start <= cliff <= end:
            raise Revert("GenesisDistribution_ScheduleUnordered", number, start, cliff, end)
        for time in (start, end - start):
            if time > UINT32:
                raise Revert("GenesisDistribution_TimeTooLong", number, time, UINT32)
        if piece.schedule.initial_bps > WHOLE:
            raise Revert("GenesisDistribution_InitialAboveWhole", number, piece.schedule.initial_bps, WHOLE)

    def _check_piece(self, pool: int, index: int, parent: Grant, piece: Piece) -> None:
        mine, limit = piece.schedule, parent.schedule
        if piece.amount == 0:
            raise Revert("GenesisDistribution_PieceEmpty", pool, index)
        if piece.kind == Kind.REVOKED:
            raise Revert("GenesisDistribution_PieceRevoked", pool, index)
        if mine.start < limit.start:
            raise Revert("GenesisDistribution_StartEarlier", pool, index, mine.start, limit.start)
        if mine.cliff < limit.cliff:
            raise Revert("GenesisDistribution_CliffEarlier", pool, index, mine.cliff, limit.cliff)
        if mine.end < limit.end:
            raise Revert("GenesisDistribution_EndEarlier", pool, index, mine.end, limit.end)
        if mine.initial_bps > limit.initial_bps:
            raise Revert("GenesisDistribution_InitialHigher", pool, index, mine.initial_bps, limit.initial_bps)
