"""The market of reviews, run on the twin of the contract: one event after the other, in integers, from a seed."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from math import comb

from lvo.content.hashes import Ballot, Submission
from lvo.content.simulation.people import HOUR, Case, Dice, Kind, Person, World
from lvo.models.base import Address, Clock
from lvo.models.review import MAJORITY, SEATS, Choice, ContentReview, Dossier, Panel, Status, Terms
from lvo.models.token import UNLIMITED, LVOToken
from lvo.units import LVO, WHOLE

START = 1_800_000_000
"""When a run begins, Unix seconds."""
RICH = 10**6 * LVO
"""What authors, appellants and bribers have, in wei."""
AUTHORS = 20
"""Authors who submit."""
CHANCE_BPS = 5_000
"""How likely an appellant takes it to be that its appeals succeed."""


@dataclass
class Yield:
    """What one kind of reviewer got out of a run: seats, wei, wei times seconds."""

    people: int = 0
    seats: int = 0
    paid: int = 0
    punished: int = 0
    gain: int = 0
    effort: int = 0
    bribes: int = 0
    wei_seconds: int = 0


@dataclass
class Outcome:
    """What came out of a run.

    Attributes
    ----------
    endings
        How many submissions ended in each way, by whether they were good: ``("good", Status.PUBLISHED)``.
    first_panels
        What first panels said of the truth: right, wrong or nothing.
    durations
        Seconds from submission to the end, for each submission, in the order of their numbers.
    attacks, forced, blocked
        Submissions whose verdict somebody wanted to turn; those that ended so; those that ended neither way.
    forced_panels
        For each forced one, how many panels judged it.
    hand_gain, hand_bribes, hand_wei_seconds
        What the corrupters gained in seats and bonds, paid in bribes, and had locked times seconds.
    appeals, empty_appeals
        How many, and how many of those found no seven.
    seats, no_shows, bids, moved
        Seats of full panels, those of them that revealed nothing, bids, and closes that were moved.
    collateral, panels
        Sum of what a seat of a full panel had locked, by round, and how many such panels there were.
    good_cost
        What authors of good content paid in fees, penalties and bonds, in wei.
    commons
        What the commons received, in wei.
    checks
        How often it was checked that the contract holds exactly what it owes.
    yields
        By kind.
    """

    endings: Counter[tuple[str, Status]] = field(default_factory=Counter)
    first_panels: Counter[str] = field(default_factory=Counter)
    durations: list[int] = field(default_factory=list)
    attacks: int = 0
    forced: int = 0
    blocked: int = 0
    forced_panels: list[int] = field(default_factory=list)
    hand_gain: int = 0
    hand_bribes: int = 0
    hand_wei_seconds: int = 0
    appeals: int = 0
    empty_appeals: int = 0
    seats: int = 0
    no_shows: int = 0
    bids: int = 0
    moved: int = 0
    collateral: list[int] = field(default_factory=lambda: [0, 0, 0])
    panels: list[int] = field(default_factory=lambda: [0, 0, 0])
    good_cost: int = 0
    commons: int = 0
    checks: int = 0
    yields: dict[Kind, Yield] = field(default_factory=dict)

    @property
    def submissions(self) -> int:
        """How many there were."""
        return sum(self.endings.values())

    @property
    def wrong(self) -> int:
        """Bad content that was published and good content that was rejected."""
        return self.endings["bad", Status.PUBLISHED] + self.endings["good", Status.REJECTED]

    @property
    def undecided(self) -> int:
        """Submissions that were judged without a result."""
        return sum(self.endings[truth, Status.INCONCLUSIVE] for truth in ("good", "bad"))

    @property
    def unreviewed(self) -> int:
        """Submissions for which seven reviewers were not found."""
        return sum(self.endings[truth, Status.UNREVIEWED] for truth in ("good", "bad"))


def panel_odds(error_bps: int) -> tuple[int, int, int]:
    """Return how often, of ``10_000 ** 7`` panels, seven independent reviewers are right, wrong, or say nothing."""
    wrong = sum(comb(SEATS, k) * error_bps**k * (WHOLE - error_bps) ** (SEATS - k) for k in range(MAJORITY, SEATS + 1))
    right = sum(
        comb(SEATS, k) * error_bps ** (SEATS - k) * (WHOLE - error_bps) ** k for k in range(MAJORITY, SEATS + 1)
    )
    return right, wrong, WHOLE**SEATS - right - wrong


def account(number: int) -> Address:
    """Return an account that has no key."""
    return f"0x{number:040x}"


class Market:
    """One run: reviewers, authors and appellants, and the twin that holds their money.

    Parameters
    ----------
    world
        What is assumed about people.
    seed
        Of all chance.
    terms
        Of the contract, by name, where they differ from its defaults.
    """

    def __init__(self, world: World, seed: int, **terms: int) -> None:
        self.world, self.dice = world, Dice(seed)
        self.clock = Clock(START)
        bank, self.commons, self.relay = account(1), account(2), account(3)
        self.lvo = LVOToken(self.clock, account(4), bank)
        self.terms = Terms(self.commons, **terms)
        self.review = ContentReview(self.clock, account(5), self.lvo, self.terms)
        self.watcher, self.briber, self.cartel = account(6), account(7), account(8)
        self.authors = [account(100 + number) for number in range(AUTHORS)]
        self.people: dict[Address, Person] = {}
        kinds = {
            Kind.HONEST: world.honest,
            Kind.LAZY: world.lazy,
            Kind.HERDING: world.herding,
            Kind.SNIPER: world.snipers,
            Kind.COLLUDING: world.cartel,
        }
        for place, (kind, number) in enumerate(kinds.items()):
            for index in range(number):
                # Numbered by kind, so that more of one kind leave the others as they are.
                self._join(account(1_000 * (place + 1) + index), kind)
        funds = [(person, world.capital) for person in self.people]
        funds += [(each, RICH) for each in (self.watcher, self.briber, self.cartel, *self.authors)]
        for each, amount in funds:
            self.lvo.transfer(each, amount, sender=bank)
            self.lvo.approve(self.review.address, UNLIMITED, sender=each)
        self.funds = dict(funds)
        self.cases: dict[bytes, Case] = {}
        self.record: defaultdict[Address, int] = defaultdict(int)
        self.outcome = Outcome(yields={kind: Yield(people=number) for kind, number in kinds.items()})
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        # From half the bidding on, to the end of the appeals' window.
        terms_ = self.terms
        self.duration = terms_.bidding_window // 2 + terms_.commit_window + terms_.reveal_window + terms_.appeal_window

    def run(self) -> Outcome:
        """Play every submission to its end, pay out every wei, and return what came out of it.

        Raises
        ------
        AssertionError
            If the contract ever holds another amount than it owes, or anything in the end.
        """
        for number in range(self.world.submissions):
            self._at(START + number * self.world.interval, self._submit, number)
        while self._agenda:
            time, _, act = heapq.heappop(self._agenda)
            self.clock.time = max(self.clock.time, time)
            act()
            self._follow()
        for each in [each for each, credit in self.review.credits.items() if credit]:
            self.review.withdraw(each, sender=self.relay)
        self._check()
        if self.lvo.balances[self.review.address]:
            raise AssertionError("the contract keeps what nobody is owed")
        return self._sum()

    def _join(self, who: Address, kind: Kind) -> None:
        dice, world = self.dice, self.world
        person = Person(
            who,
            kind,
            dice.between(world.effort, "effort", who),
            dice.between(world.rate_bps, "rate", who),
            dice.roll(world.price + 1, "price", who),
            since=START,
        )
        person.expect(self.terms)
        self.people[who] = person

    def _at(self, time: int, act: Callable[..., None], *facts: object) -> None:
        heapq.heappush(self._agenda, (time, next(self._order), lambda: act(*facts)))

    def _follow(self) -> None:
        """Read what the contract said: who was displaced or got back what it bid too much."""
        events, self.clock.events = self.clock.events, []
        for event in events:
            if event.name == "Credited":
                key, who, amount = event.args
                self.people[who].hold(-amount, self.clock.time)
                if self.review.status(key) == Status.BIDDING:
                    self._at(self.clock.time + self._reaction(self.people[who], key), self._bid, key, who)
            elif event.name == "CloseMoved":
                self.outcome.moved += 1

    def _reaction(self, person: Person, key: bytes) -> int:
        """How soon somebody who was displaced is back, in seconds."""
        longest = 10 * 60 if person.kind in (Kind.COLLUDING, Kind.SNIPER) else 8 * HOUR
        return 60 + self.dice.roll(longest, "reaction", person.account, key, self.clock.time)

    def _delay(self, *about: object) -> int:
        """How long somebody takes to notice, or to judge, in seconds."""
        slow = self.dice.happens(self.world.slow_bps, "slow", *about)
        return 60 + self.dice.roll((72 if slow else 16) * HOUR, "delay", *about)

    # An author

    def _submit(self, number: int) -> None:
        dice, world = self.dice, self.world
        # Authors differ: one in four makes twice as much that is bad as the others.
        index = dice.roll(AUTHORS, "author", number)
        author, share = self.authors[index], world.bad_bps * (1 if index % 4 else 2) * 4 // 5
        good = not dice.happens(share, "bad", number)
        content = (number + 1).to_bytes(32, "big")
        key = self.review.submit(Submission(content, stake=self.terms.min_stake), sender=author)
        hired = (world.cartel > 0 or world.bribe > 0) and dice.happens(world.target_bps, "target", number)
        hard = dice.happens(world.hard_bps, "hard", number)
        self.cases[key] = Case(number, key, author, good, hard, hired, self.clock.time)
        self._open(self.cases[key])

    def _open(self, case: Case) -> None:
        """Let everybody hear of a round."""
        round_ = self.review.dossiers[case.key].round
        close = self.review.close(case.key)
        team = 0
        for who, person in self.people.items():
            if person.kind == Kind.COLLUDING:
                if not case.target or self.review.is_excluded(case.key, who) or team == SEATS:
                    continue
                # No more of them than a panel has seats: the others are kept for the appeals.
                team += 1
                self._at(self.clock.time + 60 * team, self._bid, case.key, who)
            elif person.kind == Kind.SNIPER:
                late = self.dice.roll(max(60, self.terms.snipe_window), "late", case.number, round_, who)
                self._at(close - 1 - late, self._bid, case.key, who)
            else:
                self._at(self.clock.time + self._delay("notice", case.number, round_, who), self._bid, case.key, who)
        self._at(close, self._close, case)

    # A reviewer

    def _limit(self, case: Case, person: Person, panel: Panel) -> int:
        """What somebody bids at most, in wei."""
        if person.kind == Kind.COLLUDING:
            round_ = self.review.dossiers[case.key].round
            least: int = self.terms.min_bid * self.terms.bid_factor**round_
            return self.world.chest * least
        return person.worth(panel.fee, self.duration)

    def _bid(self, key: bytes, who: Address) -> None:
        review, person, case = self.review, self.people[who], self.cases[key]
        if review.status(key) != Status.BIDDING or review.is_excluded(key, who):
            return
        dossier = review.dossiers[key]
        panel = dossier.panel
        if any(seat.reviewer == who for seat in panel.seats):
            return
        least, funds = review.least_bid(key, who), self.lvo.balances[who] + review.credits[who]
        curious = not panel.full and self.dice.happens(
            self.world.curious_bps, "curious", case.number, dossier.round, who
        )
        limit = self._limit(case, person, panel)
        if least > funds or (least > limit and not (curious and person.kind != Kind.COLLUDING)):
            return
        # What is bid above the lowest comes back, so nobody creeps up step by step: half of the way at once.
        amount = least + max(0, min(limit, funds) - least) // 2
        review.bid(key, amount, sender=who)
        person.hold(amount, self.clock.time)
        self.outcome.bids += 1

    def _vote(self, case: Case, person: Person, round_: int) -> Choice:
        truth, lie = (Choice.YES, Choice.NO) if case.good else (Choice.NO, Choice.YES)
        if person.kind == Kind.COLLUDING:
            return lie
        if case.target and self.world.bribe > person.price:
            return lie
        if person.kind == Kind.LAZY:
            return Choice.YES
        if person.kind == Kind.HERDING:
            panels = self.review.dossiers[case.key].panels
            if round_:
                before = panels[round_ - 1]
                return Choice.YES if before.count(Choice.YES) >= before.count(Choice.NO) else Choice.NO
            return Choice.YES if self.record[case.author] >= 0 else Choice.NO
        error = self.world.hard_error_bps if case.hard else self.world.error_bps
        return lie if self.dice.happens(error, "error", case.number, round_, person.account) else truth

    # The rounds

    def _close(self, case: Case) -> None:
        close = self.review.close(case.key)
        if self.clock.time < close:
            self._at(close, self._close, case)
            return
        status = self.review.status(case.key)
        if status >= Status.PUBLISHED:
            self.outcome.empty_appeals += self.review.dossiers[case.key].round > 0
            self._finalise(case)
            return
        dossier = self.review.dossiers[case.key]
        panel, round_ = dossier.panel, dossier.round
        if any(seat.bid > panel.collateral for seat in panel.seats):
            self.review.equalise(case.key, sender=self.relay)
        ballots: list[Ballot] = []
        for number, seat in enumerate(panel.seats):
            person = self.people[seat.reviewer]
            diligent = person.kind == Kind.COLLUDING
            delay = 60 if diligent else self._delay("commit", case.number, round_, seat.reviewer)
            absent = not diligent and self.dice.happens(
                self.world.absent_bps, "absent", case.number, round_, seat.reviewer
            )
            if absent or delay >= self.terms.commit_window:
                continue
            self._at(self.clock.time + delay, self._commit, case, number, round_, ballots)
        self._at(self.clock.time + self.terms.commit_window, self._reveal, case, ballots)

    def _commit(self, case: Case, number: int, round_: int, ballots: list[Ballot]) -> None:
        person = self.people[self.review.dossiers[case.key].panel.seats[number].reviewer]
        choice = self._vote(case, person, round_)
        if person.looks:
            person.spent += person.effort
        salt = self.dice.roll(2**64, "salt", case.number, round_, number).to_bytes(32, "big")
        ballot = Ballot(number, choice, salt=salt)
        commitment = self.review.ballot_hash(case.key, round_, person.account, choice, ballot.reasons, ballot.salt)
        self.review.commit(case.key, commitment, sender=person.account)
        ballots.append(ballot)

    def _reveal(self, case: Case, ballots: list[Ballot]) -> None:
        dossier = self.review.dossiers[case.key]
        if ballots:
            self.review.reveal(case.key, ballots, sender=self.relay)
        if case.target and self.world.bribe:
            lie = Choice.NO if case.good else Choice.YES
            for seat in dossier.panel.seats:
                person = self.people[seat.reviewer]
                if seat.vote == lie and self.world.bribe > person.price and person.kind != Kind.COLLUDING:
                    self.lvo.transfer(person.account, self.world.bribe, sender=self.briber)
                    person.bribed += self.world.bribe
                    case.bribes += self.world.bribe
        self._at(self.clock.time + self.terms.reveal_window, self._consider, case)

    def _consider(self, case: Case) -> None:
        """See who appeals, and when."""
        dossier = self.review.dossiers[case.key]
        if dossier.round == self.terms.appeals:
            self._finalise(case)
            return
        until = self.clock.time + self.terms.appeal_window
        wishes = [
            (self.clock.time + self._delay("appeal", case.number, dossier.round, who), who)
            for who in self._appellants(case, dossier)
        ]
        self._at(until, self._finalise, case)
        for time, who in sorted(wishes)[:1]:
            if time < until:
                self._at(time, self._appeal, case, who)

    def _appellants(self, case: Case, dossier: Dossier) -> list[Address]:
        """Who would rather pay bonds than let it rest."""
        verdicts = [panel.verdict() for panel in dossier.panels]
        lead = verdicts.count(Choice.YES) - verdicts.count(Choice.NO)
        left = self.terms.appeals - dossier.round
        bond, dice, number = self.review.bond(case.key), self.dice, case.number
        found: list[Address] = []

        def pays(value: int, panels: int) -> bool:
            return panels <= left and value * CHANCE_BPS // WHOLE >= bond * panels

        hopes = case.good or dice.happens(self.world.bluff_bps, "bluff", number)
        # To be published takes one more that says yes than no.
        if lead <= 0 and hopes and pays(dice.between(self.world.value, "value", number), 1 - lead):
            found.append(case.author)
        noticed = not case.good and dice.happens(self.world.vigilance_bps, "vigilance", number)
        # To be kept from publication it takes as many that say no as yes.
        if lead > 0 and noticed and pays(dice.between(self.world.concern, "concern", number), lead):
            found.append(self.watcher)
        if case.target:
            failed = lead >= 0 if case.good else lead <= 0
            fresh = sum(
                person.kind == Kind.COLLUDING and not self._sat(dossier, who) for who, person in self.people.items()
            )
            if failed and self.world.cartel and fresh >= MAJORITY:
                found.append(self.cartel)
            elif failed and self.world.bribe:
                found.append(self.briber)
        return found

    @staticmethod
    def _sat(dossier: Dossier, who: Address) -> bool:
        return any(seat.reviewer == who for panel in dossier.panels for seat in panel.seats)

    def _appeal(self, case: Case, who: Address) -> None:
        bond = self.review.bond(case.key)
        self.review.appeal(case.key, sender=who)
        case.bonds[who] = case.bonds.get(who, 0) + bond
        self.outcome.appeals += 1
        self._open(case)

    # The end

    def _finalise(self, case: Case) -> None:
        review, lvo = self.review, self.lvo
        status = review.status(case.key)
        if status < Status.PUBLISHED:
            # There was an appeal.
            return
        dossier = review.dossiers[case.key]
        given: defaultdict[Address, int] = defaultdict(int)
        given[case.author] += dossier.stake
        for who, bond in case.bonds.items():
            given[who] += bond
        for panel in dossier.panels:
            for seat in panel.seats:
                given[seat.reviewer] += seat.bid
                self.people[seat.reviewer].hold(-seat.bid, self.clock.time)
        before = {who: lvo.balances[who] for who in (*given, self.commons)}
        review.finalise(case.key, sender=self.relay)
        gains = {who: lvo.balances[who] - before[who] - given[who] for who in before}
        if sum(gains.values()):
            raise AssertionError("a settlement pays another amount than it takes")
        for panel in dossier.panels:
            if panel.full:
                for seat in panel.seats:
                    self.people[seat.reviewer].learn(panel.fee, panel.collateral, gains[seat.reviewer])
        self._note(case, dossier, status, gains)
        self._check()

    def _note(self, case: Case, dossier: Dossier, status: Status, gains: dict[Address, int]) -> None:
        result = self.outcome
        result.endings["good" if case.good else "bad", status] += 1
        result.durations.append(self.clock.time - case.submitted)
        result.commons += gains[self.commons]
        if case.good:
            result.good_cost -= gains[case.author]
        self.record[case.author] += {Status.PUBLISHED: 1, Status.REJECTED: -1}.get(status, 0)
        truth = Choice.YES if case.good else Choice.NO
        for round_, panel in enumerate(dossier.panels):
            if not panel.full:
                continue
            result.panels[round_] += 1
            result.collateral[round_] += panel.collateral
            result.seats += SEATS
            result.no_shows += panel.count(Choice.NONE)
            if not round_:
                said = panel.verdict()
                result.first_panels["nothing" if said == Choice.NONE else "right" if said == truth else "wrong"] += 1
        if case.target:
            result.attacks += 1
            if status == (Status.REJECTED if case.good else Status.PUBLISHED):
                result.forced += 1
                result.forced_panels.append(sum(panel.full for panel in dossier.panels))
            elif status in (Status.INCONCLUSIVE, Status.UNREVIEWED):
                result.blocked += 1
            result.hand_bribes += case.bribes
            result.hand_gain += sum(
                gain
                for who, gain in gains.items()
                if who in (self.cartel, self.briber) or (who in self.people and self._colludes(who))
            )

    def _colludes(self, who: Address) -> bool:
        return self.people[who].kind == Kind.COLLUDING

    def _check(self) -> None:
        if self.lvo.balances[self.review.address] != self.review.owed():
            raise AssertionError("the contract holds another amount than it owes")
        self.outcome.checks += 1

    def _sum(self) -> Outcome:
        """Add up by kind, and check that nobody's account differs from what was noted of it."""
        result = self.outcome
        for who, person in self.people.items():
            if self.lvo.balances[who] - self.funds[who] != person.gain + person.bribed or person.held:
                raise AssertionError("a reviewer has another amount than its seats brought it")
            part = result.yields[person.kind]
            part.seats += person.seats
            part.paid += person.paid
            part.punished += person.punished
            part.gain += person.gain
            part.effort += person.spent
            part.bribes += person.bribed
            part.wei_seconds += person.wei_seconds
        result.hand_wei_seconds = result.yields[Kind.COLLUDING].wei_seconds
        return result


def simulate(world: World, seed: int, **terms: int) -> Outcome:
    """Run a market once.

    Parameters
    ----------
    world
        What is assumed about people.
    seed
        Of all chance: the same seed, the same outcome.
    terms
        Of the contract, by name, where they differ from its defaults.

    Raises
    ------
    lvo.models.base.Revert
        If a term is out of bounds.
    AssertionError
        If the books do not balance.
    """
    return Market(world, seed, **terms).run()
