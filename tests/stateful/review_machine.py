"""ContentReview beside its twin: bidders, ties, snipers, no-shows, leaks and appeals in all rounds, and the end."""

from typing import Any

from hypothesis import strategies as st

from lvo.content import Ballot, Submission, appeal_hash, bid_hash, finding_hash, seal_hash, submission_hash
from lvo.content.hashes import NOTHING
from lvo.models import NOBODY, ContentReview, LVOToken
from lvo.models.review import SEATS, Authorization, Choice, Status, Terms
from lvo.units import DAY
from tests.helpers import FOREVER, sign_token
from tests.stateful.machine import Machine, step

REVIEWERS = tuple(f"reviewer{number}" for number in range(25))
AUTHORS = ("alice", "bob")
APPELLANTS = ("carol", "dave", "reviewer0", "alice")
PEOPLE = (*REVIEWERS, *AUTHORS, "carol", "dave", "commons")
MONEY = 10**18
"""What each of them has, in wei: amounts are small, so that every division leaves something."""
CONTENTS = 4
"""Files that an author may submit."""
ODD = {
    "min_stake": 1_000_003,
    "min_bid": 1_000_007,
    "bidding_window": DAY,
    "snipe_window": 900,
    "snipe_cap": 2_000,
    "appeal_window": 2 * DAY,
    "fee_bps": 777,
    "bond_bps": 12_345,
    "reject_bps": 1_999,
    "no_show_bps": 5_001,
    "minority_bps": 999,
    "refund_bps": 3_333,
}
"""Terms that divide nothing evenly."""

picks = st.integers(0, 63)
mostly = st.integers(0, 7)
"""Zero: the unlikely case."""
moments = st.sampled_from((*["now"] * 8, "second", "minute", "hour", "before", "at", "after"))
"""When a step happens: in the second of the last one, soon, or around the next end of a window."""
letters = st.one_of(
    st.sampled_from(("yyyyyyy", "nnnnnnn", "yynyyny", "nnynn-n", "yy-yy-y", "nnnnnny")),
    st.sampled_from(("yyyyyyy", "nnnnnnn", "yyy-nnn", "yyyynnn", "nnnn-y-", "-------")),
    st.text("yn-", min_size=SEATS, max_size=SEATS),
)
"""What a panel votes; a dash for a no-show."""


def salt_of(name: str, round_: int) -> bytes:
    """What keeps a reviewer's vote secret."""
    return f"{name} {round_}".encode().ljust(32, b".")


class ReviewMachine(Machine):
    """Every rule predicts events or the exact error; after every step the contract owes what it holds."""

    def build(self) -> None:
        chain = self.chain
        self.names = {name: chain.actor(name) for name in (*PEOPLE, "bank", "outsider")}
        self.people = {address: name for name, address in self.names.items()}
        self.token = chain.deploy("LVOToken", self.names["bank"], sender=self.names["bank"])
        self.clock.time = chain.time
        self.lvo = LVOToken(self.clock, self.token.address, self.names["bank"])
        terms = Terms(self.names["commons"], **ODD)
        fields = (self.token.address, *(getattr(terms, name) for name in terms.__dataclass_fields__))
        self.contract = chain.deploy("ContentReview", fields, sender=self.names["bank"])
        self.twin = ContentReview(self.clock, self.contract.address, self.lvo, terms, chain.chain_id)
        rows = [(self.names[name], MONEY) for name in PEOPLE]
        self.act(self.token, "transferBatch", rows, sender=self.names["bank"], twin=self.lvo.transfer_batch)
        # Ganache does some tens of transactions a second: fewer people there, who fill one panel and not three.
        self.quick = chain.name == "revm"
        self.reviewers = REVIEWERS if self.quick else REVIEWERS[:10]
        self.allowed: set[str] = set()
        self.keys: list[bytes] = []
        self.donated = 0
        type(self).submit.untraced(self, "alice", 1, 9_999, "", 1, "", "now")  # type: ignore[attr-defined]

    def _allow(self, name: str) -> str:
        """Let the contract take LVO of somebody who is about to pay; returns the address."""
        if name not in self.allowed:
            self.allowed.add(name)
            args = (self.contract.address, FOREVER)
            self.act(self.token, "approve", *args, sender=self.names[name], twin=self.lvo.approve)
        return self.names[name]

    # When, and on which submission

    def _wait(self, key: bytes | None, moment: str) -> int:
        soon = {"now": 0, "second": 1, "minute": 60, "hour": 3_600}
        if moment in soon:
            return soon[moment]
        ends = [end for end in self._ends(key) if end > self.chain.time] if key else []
        if not ends:
            return 0
        return max(0, ends[0] - self.chain.time + {"before": -1, "at": 0, "after": 1}[moment])

    def _ends(self, key: bytes) -> list[int]:
        """The ends of the windows of the present round."""
        self.clock.time = self.chain.time
        close, terms = self.twin.close(key), self.twin.terms
        commit = close + terms.commit_window
        reveal = commit + terms.reveal_window
        return [close, commit, reveal, reveal + terms.appeal_window]

    def _key(self, pick: int, wanted: Status | None = None) -> bytes:
        """One that stands where the step needs it, most of the time; sometimes one that nobody made."""
        if not self.keys or pick == 63:
            return b"\7" * 32
        fitting = [key for key in self.keys if wanted in (None, self._status(key))]
        if not fitting or pick % 8 == 7:
            return self.keys[pick // 8 % len(self.keys)]
        return fitting[-1 - pick % len(fitting)]

    def _status(self, key: bytes) -> Status:
        self.clock.time = self.chain.time
        return self.twin.status(key)

    def _do(self, function: str, *args: Any, sender: str, wait: int = 0, **more: Any) -> Any:
        twin = getattr(self.twin, "".join("_" + each.lower() if each.isupper() else each for each in function))
        return self.act(self.contract, function, *args, sender=sender, wait=wait, twin=twin, **more)

    def _authorized(self, name: str, signer: str, value: int, nonce: bytes) -> tuple[tuple[Any, ...], Authorization]:
        """An authorization as the contract and as the twin takes it."""
        fields = {"from": self.names[name], "to": self.contract.address, "value": value}
        fields |= {"validAfter": 0, "validBefore": FOREVER, "nonce": nonce}
        signature = sign_token(self.token, signer, "ReceiveWithAuthorization", **fields)
        return (0, FOREVER, signature), Authorization(0, FOREVER, self.names[signer])

    # Submitting

    @step(author=st.sampled_from(AUTHORS), content=st.integers(1, CONTENTS), moment=moments)
    def announce(self, author: str, content: int, moment: str) -> None:
        seal = self._seal(author, content)
        self._do("announce", seal, sender=self.names["outsider"], wait=self._wait(None, moment))

    def _seal(self, author: str, content: int) -> bytes:
        address, contract = self.names[author], self.contract.address
        return seal_hash(self.chain.chain_id, contract, address, bytes([content] * 32), b"\3" * 32)

    @step(
        author=st.sampled_from(AUTHORS),
        content=st.integers(0, CONTENTS),
        stake=st.sampled_from((-1, 0, 1, 9_999, 10**12)),
        parent=st.sampled_from(("", "", "any")),
        sealed=mostly,
        signer=st.sampled_from(("", "", "alice", "bob")),
        moment=moments,
    )
    def submit(self, author: str, content: int, stake: int, parent: str, sealed: int, signer: str, moment: str) -> None:
        submission = Submission(
            bytes([content] * 32),
            b"\5" * 32,
            f"ipfs://{author}/{content}",
            self.keys[-1] if parent and self.keys else NOTHING,
            ODD["min_stake"] + stake,
            NOTHING if sealed else b"\3" * 32,
        )
        wait = self._wait(None, moment)
        if signer:
            account = self.names[author]
            nonce = submission_hash(account, submission)
            given, meant = self._authorized(author, signer, submission.stake, nonce)
            receipt = self._do(
                "submitWithAuthorization",
                *(account, submission.fields(), given),
                sender=self.names["outsider"],
                wait=wait,
                twin_args=(account, submission, meant),
            )
        else:
            receipt = self._do(
                "submit", submission.fields(), sender=self._allow(author), wait=wait, twin_args=(submission,)
            )
        if receipt.error is None:
            self.keys.append(next(event for event in receipt.events if event.name == "Submitted").args[0])

    # Bidding

    @step(
        pick=picks,
        who=st.sampled_from((*REVIEWERS, "alice", "carol")),
        extra=st.sampled_from((-1, 0, 0, 0, 1, 50_000, 10**9)),
        signer=st.sampled_from(("", "", "", "same", "bob")),
        moment=moments,
    )
    def bid(self, pick: int, who: str, extra: int, signer: str, moment: str) -> None:
        key = self._key(pick, Status.BIDDING)
        wait = self._wait(key if key in self.keys else None, moment)
        least = ODD["min_bid"]
        if key in self.keys:
            least = self.twin.least_bid(key, self.names[who])
        amount = max(0, least + extra)
        if not signer or key not in self.keys:
            self._do("bid", key, amount, sender=self._allow(who), wait=wait)
            return
        account, dossier = self.names[who], self.twin.dossiers[key]
        own = next((seat.bid for seat in dossier.panel.seats if seat.reviewer == account), 0)
        nonce = bid_hash(key, dossier.round, account, amount)
        name = who if signer == "same" else signer
        given, meant = self._authorized(who, name, max(0, amount - own), nonce)
        self._do(
            "bidWithAuthorization",
            *(key, account, amount, given),
            sender=self.names["outsider"],
            wait=wait,
            twin_args=(key, account, amount, meant),
        )

    @step(lambda self: self.keys, pick=picks, first=picks, few=mostly, equal=st.booleans(), moment=moments)
    def gather(self, pick: int, first: int, few: int, equal: bool, moment: str) -> None:
        """Let people take the free seats, all of them most of the time."""
        self._gather(self._key(pick, Status.BIDDING), first, 6 if few == 0 else 7, equal, moment)

    def _gather(self, key: bytes, first: int, upto: int, equal: bool, moment: str) -> None:
        wait = self._wait(key, moment) if key in self.keys else 0
        if key not in self.keys or self._status(key) != Status.BIDDING:
            return
        dossier = self.twin.dossiers[key]
        seated = [seat.reviewer for seat in dossier.panel.seats]
        start = first % len(self.reviewers)
        free = [self.names[name] for name in (*self.reviewers[start:], *self.reviewers[:start])]
        free = [each for each in free if each not in seated and not self.twin.is_excluded(key, each)]
        least = self.twin.terms.min_bid * self.twin.terms.bid_factor**dossier.round
        for number, account in enumerate(free[: max(0, upto - len(seated))]):
            self._allow(self.people[account])
            self._do("bid", key, least + (0 if equal else number), sender=account, wait=wait if number == 0 else 0)

    @step(
        lambda self: self.keys,
        pick=picks,
        rivals=st.lists(st.tuples(st.sampled_from(REVIEWERS), st.sampled_from((0, 0, 1, -1))), min_size=2, max_size=9),
        moment=moments,
    )
    def outbid(self, pick: int, rivals: list[tuple[str, int]], moment: str) -> None:
        """A rush of bids, each as low as it can be: ties, raises, displacements, and people who come back."""
        key = self._key(pick, Status.BIDDING)
        if key not in self.keys:
            return
        wait = self._wait(key, moment)
        for name, extra in rivals if self.quick else rivals[:3]:
            amount = self.twin.least_bid(key, self.names[name]) + extra
            self._do("bid", key, amount, sender=self._allow(name), wait=wait)
            wait = 0

    @step(who=st.sampled_from(PEOPLE), moment=moments)
    def withdraw(self, who: str, moment: str) -> None:
        self._do("withdraw", self.names[who], sender=self.names["outsider"], wait=self._wait(None, moment))

    @step(pick=picks, moment=moments)
    def equalise(self, pick: int, moment: str) -> None:
        key = self._key(pick, Status.COMMITTING)
        wait = self._wait(key if key in self.keys else None, moment)
        self._do("equalise", key, sender=self.names["outsider"], wait=wait)

    @step(wei=st.sampled_from((1, 7)), who=st.sampled_from(AUTHORS))
    def donate(self, wei: int, who: str) -> None:
        args = (self.contract.address, wei)
        self.act(self.token, "transfer", *args, sender=self.names[who], twin=self.lvo.transfer)
        self.donated += wei

    # Voting

    def _ballot(self, key: bytes, seat: int, choice: int) -> tuple[str, int, Ballot]:
        """Who holds a seat, in which round, and its vote."""
        dossier = self.twin.dossiers[key]
        reviewer = dossier.panel.seats[seat].reviewer
        salt = salt_of(self.people[reviewer], dossier.round)
        return reviewer, dossier.round, Ballot(seat, choice, bytes([seat + 1] * 32), salt)

    def _commitment(self, key: bytes, seat: int, choice: int) -> tuple[str, bytes]:
        reviewer, round_, ballot = self._ballot(key, seat, choice)
        return reviewer, self.twin.ballot_hash(key, round_, reviewer, choice, ballot.reasons, ballot.salt)

    def _has_panel(self, key: bytes) -> bool:
        return key in self.keys and self.twin.dossiers[key].panel.full

    @step(pick=picks, seat=st.integers(0, 6), choice=st.sampled_from((1, 1, 2, 3)), bad=mostly, moment=moments)
    def commit(self, pick: int, seat: int, choice: int, bad: int, moment: str) -> None:
        key = self._key(pick, Status.COMMITTING)
        wait = self._wait(key if key in self.keys else None, moment)
        if not self._has_panel(key):
            self._do("commit", key, b"\1" * 32, sender=self.names["outsider"], wait=wait)
            return
        reviewer, commitment = self._commitment(key, seat, choice)
        if bad == 0:
            # The commitment of another seat, or nothing.
            commitment = self._commitment(key, (seat + 1) % 7, choice)[1] if seat % 2 else NOTHING
        self._do("commit", key, commitment, sender=reviewer, wait=wait)

    @step(
        pick=picks,
        ballots=st.lists(st.tuples(st.integers(0, 8), st.sampled_from((1, 1, 2, 3))), max_size=4),
        moment=moments,
    )
    def reveal(self, pick: int, ballots: list[tuple[int, int]], moment: str) -> None:
        key = self._key(pick, Status.REVEALING)
        wait = self._wait(key if key in self.keys else None, moment)
        made = []
        for seat, choice in ballots:
            known = self._has_panel(key) and seat < SEATS
            made.append(self._ballot(key, seat, choice)[2] if known else Ballot(seat, choice))
        self._reveal(key, made, wait)

    def _reveal(self, key: bytes, ballots: list[Ballot], wait: int) -> None:
        given = [each.fields() for each in ballots]
        self._do("reveal", key, given, sender=self.names["outsider"], wait=wait, twin_args=(key, ballots))

    @step(
        lambda self: any(map(self._has_panel, self.keys)),
        pick=picks,
        seat=st.integers(0, 7),
        choice=st.integers(1, 2),
        finder=st.sampled_from(("carol", "reviewer1", "outsider")),
        steal=mostly,
        moment=st.sampled_from(("now", "minute", "minute", "minute", "before", "at")),
    )
    def leak(self, pick: int, seat: int, choice: int, finder: str, steal: int, moment: str) -> None:
        """Somebody notes a vote and proves it a moment later; sometimes a thief tries the proof first."""
        key = self._key(pick, Status.COMMITTING)
        if not self._has_panel(key):
            return
        known = seat < SEATS
        reviewer, round_, ballot = self._ballot(key, seat, choice) if known else (NOBODY, 0, Ballot(seat, choice))
        if known and self._status(key) == Status.COMMITTING:
            self._do("commit", key, self._commitment(key, seat, choice)[1], sender=reviewer)
        finding = finding_hash(self.names[finder], key, round_, reviewer, ballot.choice, ballot.reasons, ballot.salt)
        self._do("noteLeak", finding, sender=self.names["outsider"])
        wait = self._wait(key, moment)
        args = (key, ballot.fields())
        if steal == 0:
            self._do("proveLeak", *args, sender=self.names["dave"], wait=wait, twin_args=(key, ballot))
            wait = 0
        self._do("proveLeak", *args, sender=self.names[finder], wait=wait, twin_args=(key, ballot))

    @step(
        lambda self: self.keys,
        pick=picks,
        first=picks,
        rounds=st.lists(letters, min_size=1, max_size=3),
        equal=st.booleans(),
    )
    def judge(self, pick: int, first: int, rounds: list[str], equal: bool) -> None:
        """Let panels come together and judge, each up to the end of its reveals, with appeals between them."""
        key = self._key(pick, Status.BIDDING)
        for number, votes in enumerate(rounds if self.quick else rounds[:1]):
            if number:
                self._do("appeal", key, sender=self._allow("carol" if number == 1 else "dave"))
            self._judge(key, first + number, votes, equal)

    def _judge(self, key: bytes, first: int, votes: str, equal: bool) -> None:
        self._gather(key, first, 7, equal, "now")
        if not self._has_panel(key):
            return
        close = self._ends(key)[0]
        ballots = []
        for seat, letter in enumerate(votes):
            if letter == "-" or self._status(key) > Status.COMMITTING:
                continue
            choice = Choice.YES if letter == "y" else Choice.NO
            reviewer, commitment = self._commitment(key, seat, choice)
            self._do("commit", key, commitment, sender=reviewer, wait=max(0, close - self.chain.time))
            ballots.append(self._ballot(key, seat, choice)[2])
        commit, reveal = self._ends(key)[1:3]
        self._reveal(key, ballots, max(0, commit - self.chain.time))
        self._do("equalise", key, sender=self.names["outsider"], wait=max(0, reveal - self.chain.time))

    # Appeal and end

    @step(
        pick=picks,
        who=st.sampled_from(APPELLANTS),
        signer=st.sampled_from(("", "", "same", "bob")),
        moment=moments,
    )
    def appeal(self, pick: int, who: str, signer: str, moment: str) -> None:
        key = self._key(pick, Status.APPEALABLE)
        wait = self._wait(key if key in self.keys else None, moment)
        if not signer or key not in self.keys:
            self._do("appeal", key, sender=self._allow(who), wait=wait)
            return
        nonce = appeal_hash(key, self.twin.dossiers[key].round + 1, self.names[who])
        name = who if signer == "same" else signer
        given, meant = self._authorized(who, name, self.twin.bond(key), nonce)
        self._do(
            "appealWithAuthorization",
            *(key, self.names[who], given),
            sender=self.names["outsider"],
            wait=wait,
            twin_args=(key, self.names[who], meant),
        )

    @step(pick=picks, patient=mostly, moment=moments)
    def finalise(self, pick: int, patient: int, moment: str) -> None:
        key = self._key(pick)
        ended = [each for each in self.keys if self._status(each) >= Status.PUBLISHED]
        key = ended[pick % len(ended)] if ended and pick % 4 else key
        wait = self._wait(key if key in self.keys else None, moment)
        if patient == 0 and key in self.keys:
            wait = max(0, self._ends(key)[-1] - self.chain.time)
        self._do("finalise", key, sender=self.names["outsider"], wait=wait)

    # What holds after every step

    def after_step(self) -> None:
        """INV-REV-1, INV-REV-2, INV-REV-5: it owes what it holds, the views are the twin's, no close beyond the cap."""
        self.clock.time = self.chain.time
        balance = self.token.view("balanceOf", self.contract.address)
        assert balance == self.twin.owed() + self.donated
        account = self.names[PEOPLE[len(self.trace) % len(PEOPLE)]]
        assert self.contract.view("credits", account) == self.twin.credits[account]
        if not self.keys:
            return
        key = self.keys[-1 - len(self.trace) % min(2, len(self.keys))]
        assert self.contract.view("statusOf", key) == self.twin.status(key)
        assert self.contract.view("closeOf", key) == self.twin.close(key)
        dossier = self.twin.dossiers[key]
        panel = dossier.panel
        votes = sum(
            seat.vote << (14 * number + 2 * index)
            for number, each in enumerate(dossier.panels)
            for index, seat in enumerate(each.seats)
        )
        order = sum(number << (3 * place) for place, number in enumerate(panel.order))
        course = (dossier.since, panel.opened_at, panel.closes_at, votes, order, dossier.round, len(panel.seats))
        assert self.contract.view("courseOf", key) == (*course, panel.extended, dossier.settled)
        seats = [(seat.reviewer, seat.bid) for seat in panel.seats]
        assert list(self.contract.view("seatsOf", key, dossier.round)) == seats + [(NOBODY, 0)] * (7 - len(seats))
        assert panel.closes_at <= panel.opened_at + DAY * (1 + panel.extended) + ODD["snipe_cap"]

    def finish(self) -> None:
        """INV-REV-3, INV-REV-4: with everybody silent an outsider pays everyone, and nothing but donations stays."""
        for key in self.keys:
            if self.twin.dossiers[key].settled:
                continue
            # The ends of a short panel move when its second window begins.
            wait = max(0, self._ends(key)[-1] - self.chain.time)
            self._do("finalise", key, sender=self.names["outsider"], wait=wait)
            if not self.twin.dossiers[key].settled:
                wait = max(0, self._ends(key)[-1] - self.chain.time)
                self._do("finalise", key, sender=self.names["outsider"], wait=wait)
            assert self.twin.dossiers[key].settled
        for account in list(self.twin.credits):
            if self.twin.credits[account]:
                self._do("withdraw", account, sender=self.names["outsider"])
        self.clock.time = self.chain.time
        assert self.twin.owed() == 0
        assert self.token.view("balanceOf", self.contract.address) == self.donated
        if self.quick:
            total = sum(self.token.view("balanceOf", self.names[name]) for name in (*PEOPLE, "outsider"))
            assert total + self.donated == len(PEOPLE) * MONEY


__all__ = ["ReviewMachine"]
