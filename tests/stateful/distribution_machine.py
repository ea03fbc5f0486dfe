"""GenesisDistribution beside its twin: four years of splits, releases, revocations, rotations and recoveries."""

from collections import defaultdict
from typing import Any

from hypothesis import strategies as st

from lvo.curve import Schedule
from lvo.models import NOBODY, GenesisDistribution
from lvo.models.distribution import RECOVERY_GRACE, SHARES, Kind, Piece
from lvo.units import DAY, MONTH, SUPPLY
from tests.chain.interface import Contract
from tests.stateful.machine import Machine, step

HOLDERS = ("foundation", "team", "application", "promotion", "cornerstone", "exchange")
PEOPLE = ("alice", "bob", "carol")

BUCKETS = ((0, 48, 500), (12, 48, 0), (0, 48, 1_000), (0, 36, 500), (6, 30, 0), (0, 24, 2_000))
"""Cliff and end in months, initial bps: the published defaults."""

waits = st.sampled_from((0, 0, 0, 1, 3_600, DAY, 20 * DAY, MONTH, 4 * MONTH))
picks = st.integers(0, 255)
receivers = st.sampled_from((*PEOPLE, *PEOPLE, *HOLDERS, "nobody", "token", "self"))
pieces = st.tuples(
    st.sampled_from((*PEOPLE, *HOLDERS)),
    st.sampled_from((1, 2, 7, 333, 1_000, 3_333, 10_000)),
    st.sampled_from((0, 0, 1, MONTH)),
    st.sampled_from((0, 0, 1, 6 * MONTH)),
    st.sampled_from((0, 0, 1, 12 * MONTH)),
    st.sampled_from((0, 0, 1, 500)),
    st.sampled_from((Kind.POOL, Kind.POOL, Kind.PERSONAL, Kind.REVOCABLE, Kind.REVOCABLE)),
)
"""Receiver, amount (up to 7: wei; else 1/10,000 of the pool), how much later start, cliff and end are, how much smaller
the initial share is, and the kind."""
damages = st.sampled_from(
    (
        *("none",) * 12,
        "start",
        "cliff",
        "end",
        "initial",
        "empty",
        "revoked",
        "order",
        "far",
        "nobody",
        "self",
        "exceed",
    )
)
"""What is wrong with the first piece of a split; mostly nothing."""


class DistributionMachine(Machine):
    """Every rule predicts events or the exact error; after every step no bucket is ahead of its published curve."""

    def build(self) -> None:
        chain = self.chain
        self.names = {name: chain.actor(name) for name in (*HOLDERS, *PEOPLE, "outsider")}
        start = chain.time + 100
        schedules = [Schedule(start, start + cliff * MONTH, start + end * MONTH, bps) for cliff, end, bps in BUCKETS]
        buckets = [
            (self.names[holder], (each.start, each.cliff, each.end, each.initial_bps))
            for holder, each in zip(HOLDERS, schedules, strict=True)
        ]
        self.pool: Contract = chain.deploy("GenesisDistribution", buckets, sender=self.names["outsider"])
        self.token: Contract = chain.at("LVOToken", self.pool.view("LVO"))
        self.clock.time = chain.time
        twin_buckets = [(self.names[holder], each) for holder, each in zip(HOLDERS, schedules, strict=True)]
        self.twin = GenesisDistribution(self.clock, self.pool.address, self.token.address, twin_buckets)
        self.published = schedules
        self.paid: defaultdict[int, int] = defaultdict(int)
        self.names |= {"nobody": NOBODY, "token": self.token.address, "self": self.pool.address}

    def do(self, function: str, *args: Any, sender: str, wait: int, twin: Any, twin_args: Any = None) -> None:
        """Act, and count what each bucket paid from the token's own events."""
        receipt = self.act(self.pool, function, *args, sender=sender, wait=wait, twin=twin, twin_args=twin_args or args)
        released = [event for event in receipt.events if event.name == "Released"]
        moved = [event for event in receipt.events if event.name == "Transfer"]
        assert [event.args[2] for event in released] == [event.args[2] for event in moved]
        for event in released:
            self.paid[self.twin.grants[event.args[0]].bucket] += event.args[2]

    def some(self, pick: int, *kinds: Kind) -> int:
        """A grant of one of the kinds, or any if there is none; now and then one that does not exist."""
        if pick == 255:
            return len(self.twin.grants)
        wanted = [number for number, grant in enumerate(self.twin.grants) if grant.kind in kinds]
        return (wanted or range(len(self.twin.grants)))[pick % len(wanted or self.twin.grants)]

    def beneficiary(self, number: int, rightful: bool) -> str:
        known = number < len(self.twin.grants)
        return self.twin.grants[number].beneficiary if rightful and known else self.names["outsider"]

    # Paying out

    @step(pick=picks, rightful=st.booleans(), wait=waits)
    def release(self, pick: int, rightful: bool, wait: int) -> None:
        number = self.some(pick, *Kind)
        sender = self.beneficiary(number, rightful)
        self.do("release", number, sender=sender, wait=wait, twin=self.twin.release)

    @step(many=st.lists(picks, max_size=6), wait=waits)
    def release_many(self, many: list[int], wait: int) -> None:
        numbers = [self.some(pick, *Kind) for pick in many]
        sender = self.beneficiary(numbers[0], True) if numbers else self.names["outsider"]
        self.do("releaseMany", numbers, sender=sender, wait=wait, twin=self.twin.release_many)

    # Splitting and revoking

    @step(rows=st.lists(pieces, min_size=1, max_size=3), pick=picks, wait=waits)
    def split(self, rows: list[Any], pick: int, wait: int) -> None:
        pool = self.some(pick % 255, Kind.POOL)
        self._split(pool, self._pieces(pool, rows), len(self.trace) << 8, self.beneficiary(pool, True), wait)

    @step(rows=st.lists(pieces, min_size=1, max_size=3), wait=waits)
    def split_the_newest(self, rows: list[Any], wait: int) -> None:
        pool = self.some(-1, Kind.POOL)
        self._split(pool, self._pieces(pool, rows), len(self.trace) << 8, self.beneficiary(pool, True), wait)

    @step(
        pick=picks,
        rows=st.lists(pieces, max_size=2),
        damage=damages,
        salt=st.sampled_from((0, 1, 255, 256, 2**256 - 1)),
        rightful=st.integers(0, 7),
        wait=waits,
    )
    def split_badly(self, pick: int, rows: list[Any], damage: str, salt: int, rightful: int, wait: int) -> None:
        pool = self.some(pick, *Kind) if rightful == 1 else self.some(pick, Kind.POOL)
        made = self._pieces(pool, rows)
        if made:
            made[0] = self._damaged(made[0], damage, self.twin.grants[pool].total if pick < 255 else 0)
        self._split(pool, made, salt, self.beneficiary(pool, rightful != 0), wait)

    def _pieces(self, pool: int, rows: list[Any]) -> list[Piece]:
        parent = self.twin.grants[pool] if pool < len(self.twin.grants) else self.twin.grants[0]
        limit = parent.schedule
        made = []
        for to, share, start, cliff, end, lower, kind in rows:
            first = limit.start + start
            middle = max(limit.cliff + cliff, first)
            schedule = Schedule(first, middle, max(limit.end + end, middle), max(0, limit.initial_bps - lower))
            amount = share if share <= 7 else parent.total * share // 10_000 // len(rows)
            made.append(Piece(self.names[to], amount, schedule, Kind(kind)))
        return made

    def _split(self, pool: int, made: list[Piece], salt: int, sender: str, wait: int) -> None:
        encoded = [
            (piece.to, piece.amount, (each.start, each.cliff, each.end, each.initial_bps), piece.kind)
            for piece in made
            for each in [piece.schedule]
        ]
        args, twin_args = (pool, encoded, salt), (pool, made, salt)
        self.do("split", *args, sender=sender, wait=wait, twin=self.twin.split, twin_args=twin_args)

    def _damaged(self, piece: Piece, damage: str, whole: int) -> Piece:
        s = piece.schedule
        schedule = {
            "start": Schedule(s.start - 40 * MONTH, s.cliff, s.end, s.initial_bps),
            "cliff": Schedule(s.start, s.cliff - 40 * MONTH, s.end, s.initial_bps),
            "end": Schedule(s.start, s.cliff, s.end - 40 * MONTH, s.initial_bps),
            "initial": Schedule(s.start, s.cliff, s.end, s.initial_bps + 2_001),
            "order": Schedule(s.end + 1, s.cliff, s.end, s.initial_bps),
            "far": Schedule(s.start, s.cliff, s.start + 2**32, s.initial_bps),
        }.get(damage, s)
        to = self.names[damage] if damage in ("nobody", "self") else piece.to
        amount = {"empty": 0, "exceed": whole + 1}.get(damage, piece.amount)
        return Piece(to, amount, schedule, Kind.REVOKED if damage == "revoked" else piece.kind)

    @step(
        lambda self: any(grant.kind == Kind.REVOCABLE for grant in self.twin.grants),
        pick=picks,
        rightful=st.integers(0, 7),
        wait=waits,
    )
    def revoke(self, pick: int, rightful: int, wait: int) -> None:
        number = self.some(pick, Kind.REVOCABLE)
        parent = self.twin.grants[number].parent if number < len(self.twin.grants) else 0
        sender = self.beneficiary(parent, rightful != 0)
        self.do("revoke", number, sender=sender, wait=wait, twin=self.twin.revoke)

    # Succession

    @step(pick=picks, to=receivers, rightful=st.integers(0, 7), wait=waits)
    def offer(self, pick: int, to: str, rightful: int, wait: int) -> None:
        number = self.some(pick, *Kind)
        sender = self.beneficiary(number, rightful != 0)
        self.do("offer", number, self.names[to], sender=sender, wait=wait, twin=self.twin.offer)

    def _where(self, wanted: str) -> list[int]:
        """The grants whose offer, rescuer or recovery is on."""
        return [number for number, each in sorted(self.twin.successions.items()) if getattr(each, wanted) != NOBODY]

    @step(
        lambda self: self._where("offered_to"),
        pick=picks,
        rightful=st.integers(0, 3),
        hoped=st.sampled_from((-1, 0, 0, 1)),
        wait=waits,
    )
    def accept(self, pick: int, rightful: int, hoped: int, wait: int) -> None:
        offered = self._where("offered_to")
        number = offered[pick % len(offered)]
        grant = self.twin.grants[number]
        sender = self.twin.successions[number].offered_to if rightful else self.names["outsider"]
        least = max(0, grant.total - grant.released + hoped)
        self.do("accept", number, least, sender=sender, wait=wait, twin=self.twin.accept)

    @step(
        pick=picks,
        to=st.sampled_from((*PEOPLE, "nobody")),
        short=st.integers(0, 3),
        rightful=st.integers(0, 7),
        wait=waits,
    )
    def name_rescuer(self, pick: int, to: str, short: int, rightful: int, wait: int) -> None:
        number, delay = self.some(pick, *Kind), 90 * DAY - (short == 0) + (short == 3) * MONTH
        sender = self.beneficiary(number, rightful != 0)
        args = (number, self.names[to], delay)
        self.do("nameRescuer", *args, sender=sender, wait=wait, twin=self.twin.name_rescuer)

    @step(lambda self: self._where("rescuer"), pick=picks, candidate=receivers, rightful=st.integers(0, 7), wait=waits)
    def start_recovery(self, pick: int, candidate: str, rightful: int, wait: int) -> None:
        named = self._where("rescuer")
        number = named[pick % len(named)]
        sender = self.twin.successions[number].rescuer if rightful else self.names["outsider"]
        args = (number, self.names[candidate])
        self.do("startRecovery", *args, sender=sender, wait=wait, twin=self.twin.start_recovery)

    @step(pick=picks, rightful=st.booleans(), wait=waits)
    def cancel_recovery(self, pick: int, rightful: bool, wait: int) -> None:
        running = self._where("candidate")
        number = running[pick % len(running)] if running else self.some(pick, *Kind)
        sender = self.beneficiary(number, rightful)
        self.do("cancelRecovery", number, sender=sender, wait=wait, twin=self.twin.cancel_recovery)

    @step(lambda self: self._where("candidate"), pick=picks, rightful=st.integers(0, 7), patient=st.integers(-1, 2))
    def finish_recovery(self, pick: int, rightful: int, patient: int) -> None:
        running = self._where("candidate")
        number = running[pick % len(running)]
        succession = self.twin.successions[number]
        sender = succession.candidate if rightful else self.names["outsider"]
        # In the second before, of and after the end of the delay; or now.
        wait = 0 if patient == 2 else max(0, succession.effective_at + patient - self.chain.time)
        self.do("finishRecovery", number, sender=sender, wait=wait, twin=self.twin.finish_recovery)

    # What holds after every step

    def after_step(self) -> None:
        """INV-GEN-1, INV-GEN-2 and INV-GEN-5, on the chain's own books and on its payments."""
        books, balance = self.pool.view("proveBuckets")
        assert list(map(tuple, books)) == self.twin.books()
        for bucket, (share, allotted, paid, _) in enumerate(books):
            assert share == allotted == SHARES[bucket]
            assert paid == self.paid[bucket]
            assert paid <= self.published[bucket].vested(share, self.clock.time)
        assert balance == sum(owed for *_, owed in books)
        number = len(self.trace) * 13 % len(self.twin.grants)
        assert self.pool.view("releasable", number) == self.twin.releasable(number)

    def finish(self) -> None:
        """The grants are the twin's; then INV-GEN-7: with everybody silent, an outsider alone drains all of it."""
        twin = self.twin
        assert self.pool.view("grantCount") == len(twin.grants)
        for number, grant in enumerate(twin.grants):
            s = grant.schedule
            terms = (s.start, s.cliff, s.end, s.initial_bps)
            expected = (grant.beneficiary, grant.total, grant.released, terms, grant.parent, grant.bucket, grant.kind)
            assert self.pool.view("grants", number) == expected
        later = self.chain.time + 11 * MONTH
        assert self.pool.view("unlockedAt", later) == twin.unlocked_at(later)

        ends = [grant.schedule.end for grant in twin.grants]
        ends += [each.effective_at + RECOVERY_GRACE for each in twin.successions.values() if each.candidate != NOBODY]
        end = max(self.chain.time, *ends)
        everything = list(range(len(twin.grants)))
        outsider = self.names["outsider"]
        wait = end - self.chain.time
        self.do("releaseMany", everything, sender=outsider, wait=wait, twin=twin.release_many)
        assert self.token.view("balanceOf", self.pool.address) == 0
        assert [self.paid[bucket] for bucket in range(6)] == list(SHARES)
        assert sum(twin.lvo.balances.values()) == SUPPLY
