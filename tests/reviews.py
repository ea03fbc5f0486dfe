"""The stage of tests of content review: a contract, people with money, and whole rounds in a line."""

from typing import Any

from lvo.content import Ballot, Submission, ballot_hash, submission_id
from lvo.models.review import SEATS, Terms
from lvo.units import LVO
from tests.chain.interface import Chain, Contract, Receipt
from tests.helpers import FOREVER, sign_token

CONTENT = b"\1" * 32
REASONS = b"\7" * 32
STAKE = 1_000 * LVO
FEE = STAKE // 10
BOND = FEE
BID = 500 * LVO
WEALTH = 10**6 * LVO
REVIEWERS = tuple(f"reviewer{number}" for number in range(21))
PEOPLE = ("author", "rival", "appellant", "second", "commons", "finder", *REVIEWERS)
UNKNOWN, BIDDING, COMMITTING, REVEALING, APPEALABLE, PUBLISHED, REJECTED, INCONCLUSIVE, UNREVIEWED = range(9)


def fields(token: str, terms: Terms) -> tuple[Any, ...]:
    """The terms as the ABI takes them."""
    return token, *(getattr(terms, name) for name in terms.__dataclass_fields__)


class Stage:
    """A contract with one submission by the author, and everyone's allowance."""

    def __init__(self, chain: Chain, **terms: int) -> None:
        self.chain = chain
        self.names = {name: chain.actor(name) for name in (*PEOPLE, "bank", "outsider")}
        self.token = chain.deploy("LVOToken", self.names["bank"], sender=self.names["bank"])
        self.terms = Terms(self.names["commons"], **terms)
        given = fields(self.token.address, self.terms)
        self.review: Contract = chain.deploy("ContentReview", given, sender=self.names["bank"])
        self.token.send("transferBatch", [(self.names[name], WEALTH) for name in PEOPLE], sender=self.names["bank"])
        for name in PEOPLE:
            self.token.send("approve", self.review.address, FOREVER, sender=self.names[name])
        self.id = submission_id(self.names["author"], CONTENT)
        self.opened = self.send("submit", Submission(CONTENT, stake=STAKE).fields(), by="author").time

    # Short words

    def send(self, function: str, *args: Any, by: str = "outsider", at: int | None = None) -> Receipt:
        """A transaction that must stand."""
        return self.review.send(function, *args, sender=self.names[by], at=at)

    def send_at_once(self, function: str, *args: Any, by: str = "outsider") -> Receipt:
        """The same in the second of the last one."""
        return self.send(function, *args, by=by, at=self.chain.time)

    def try_send(self, function: str, *args: Any, by: str = "outsider", at: int | None = None) -> Receipt:
        """A transaction that may fail."""
        return self.review.try_send(function, *args, sender=self.names[by], at=at)

    def gained(self, name: str) -> int:
        """What somebody has more than at first, in wei."""
        return int(self.token.view("balanceOf", self.names[name])) - WEALTH

    def authorization(self, name: str, value: int, nonce: bytes, signer: str | None = None) -> tuple[int, int, bytes]:
        """An ERC-3009 authorization for the contract, as the ABI takes it."""
        message = {"from": self.names[name], "to": self.review.address, "value": value}
        message |= {"validAfter": 0, "validBefore": FOREVER, "nonce": nonce}
        return 0, FOREVER, sign_token(self.token, signer or name, "ReceiveWithAuthorization", **message)

    def wait(self, until: int) -> None:
        """Let time pass: a block in which nothing happens."""
        self.chain.transact(self.names["outsider"], self.names["outsider"], b"", until)

    def status(self) -> int:
        """Where the submission stands."""
        return int(self.review.view("statusOf", self.id))

    # A round

    @property
    def course(self) -> tuple[Any, ...]:
        """since, openedAt, closesAt, votes, order, round, filled, extended, settled"""
        return tuple(self.review.view("courseOf", self.id))

    def round_number(self) -> int:
        return int(self.course[5])

    def close(self) -> int:
        return int(self.review.view("closeOf", self.id))

    def seat(self, names: tuple[str, ...] = REVIEWERS[:SEATS], bid: int = BID) -> None:
        """Let people bid, a second after each other."""
        for name in names:
            self.send("bid", self.id, bid, by=name)

    def ballot(self, seat: int, choice: int) -> tuple[int, int, bytes, bytes]:
        """The vote of a seat, as it will be revealed."""
        return Ballot(seat, choice, REASONS, bytes([seat + 1]) * 32).fields()

    def commitment(self, name: str, ballot: tuple[int, int, bytes, bytes], round_: int | None = None) -> bytes:
        """What somebody has to commit to for a ballot."""
        number = self.round_number() if round_ is None else round_
        where = (self.chain.chain_id, self.review.address, self.id, number)
        return ballot_hash(*where, self.names[name], *ballot[1:])

    def seated(self) -> list[str]:
        """Who holds the seats, by name."""
        people = {address: name for name, address in self.names.items()}
        rows = self.review.view("seatsOf", self.id, self.round_number())
        return [people[reviewer] for reviewer, bid in rows if bid]

    def commit(self, votes: str) -> list[tuple[int, int, bytes, bytes]]:
        """Go to the close and let the seats commit: y, n, or a dash for a no-show; returns the ballots."""
        self.wait(self.close())
        ballots = []
        for seat, (name, letter) in enumerate(zip(self.seated(), votes, strict=True)):
            if letter != "-":
                ballots.append(self.ballot(seat, 1 if letter == "y" else 2))
                self.send_at_once("commit", self.id, self.commitment(name, ballots[-1]), by=name)
        return ballots

    def vote(self, votes: str) -> None:
        """Let the seats commit and reveal, and go to the end of the reveals."""
        ballots = self.commit(votes)
        end = self.close() + self.terms.commit_window
        self.wait(end)
        if ballots:
            self.send_at_once("reveal", self.id, ballots)
        self.wait(end + self.terms.reveal_window)

    def panels(self, *rounds: str) -> None:
        """Let panels judge one after the other, with an appeal between them."""
        for number, votes in enumerate(rounds):
            if number:
                self.send_at_once("appeal", self.id, by="appellant" if number == 1 else "second")
            self.seat(REVIEWERS[SEATS * number : SEATS * (number + 1)], BID * 2**number)
            self.vote(votes)

    def end(self) -> Receipt:
        """Go to the end and settle."""
        if self.status() == APPEALABLE:
            self.wait(self.chain.time + self.terms.appeal_window)
        receipt = self.send_at_once("finalise", self.id)
        assert self.token.view("balanceOf", self.review.address) == sum(
            self.review.view("credits", self.names[name]) for name in PEOPLE
        )
        return receipt
