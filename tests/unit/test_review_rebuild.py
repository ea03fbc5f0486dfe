"""Events tell the whole story: every submission, seat, vote and credit, rebuilt from events alone."""

from collections import defaultdict
from dataclasses import dataclass, field

from tests.chain.interface import Chain
from tests.chain.revm import RevmChain
from tests.stateful.machine import Budget, run
from tests.stateful.review_machine import ODD, PEOPLE, ReviewMachine

WINDOW = ODD["bidding_window"]


@dataclass
class Case:
    """A submission, from its events."""

    author: str
    stake: int
    since: int
    opened: int
    closes: int
    votes: int = 0
    extended: bool = False
    settled: bool = False
    appellants: list = field(default_factory=list)
    panels: list = field(default_factory=lambda: [{}])
    commitments: dict = field(default_factory=dict)

    @property
    def number(self):
        return len(self.panels) - 1


class Books:
    """Everything that the events of a contract say."""

    def __init__(self):
        self.cases: dict[bytes, Case] = {}
        self.credits: defaultdict[str, int] = defaultdict(int)
        self.seals: dict[bytes, int] = {}
        self.findings: dict[bytes, int] = {}

    def read(self, time, name, args):
        case = self.cases.get(args[0])
        match name:
            case "Announced":
                self.seals[args[0]] = time
            case "LeakNoted":
                self.findings[args[0]] = time
            case "Submitted":
                self.cases[args[0]] = Case(args[1], args[6], args[7], time, time + WINDOW)
            case "CloseMoved":
                self._prolong(case, time)
                case.closes = args[1]
            case "BidPlaced":
                self._prolong(case, time)
                case.panels[-1][args[2]] = [args[1], args[3]]
                self.credits[args[1]] -= args[4]
            case "Credited":
                self.credits[args[1]] += args[2]
                for seat in case.panels[-1].values():
                    if seat[0] == args[1]:
                        seat[1] -= args[2]
            case "Withdrawn":
                self.credits[args[0]] -= args[1]
            case "Committed":
                case.commitments[case.number, args[1]] = args[2]
            case "Revealed":
                case.votes |= args[3] << (14 * case.number + 2 * args[2])
                del case.commitments[case.number, args[1]]
            case "LeakProved":
                case.votes |= 3 << (14 * case.number + 2 * args[3])
            case "Appealed":
                case.appellants.append(args[1])
                case.panels.append({})
                case.opened, case.closes, case.extended = time, time + WINDOW, False
            case "Settled":
                case.settled = True

    def _prolong(self, case, time):
        if time >= case.closes:
            case.closes, case.extended = case.closes + WINDOW, True


class Reading(ReviewMachine):
    """The machine, whose chain is read along."""

    compared = 0

    def build(self):
        self.books = Books()
        super().build()

    def act(self, contract, *args, **more):
        receipt = super().act(contract, *args, **more)
        for event in receipt.events:
            if event.source == self.contract.address:
                self.books.read(receipt.time, event.name, event.args)
        return receipt

    def finish(self):
        self.compare()
        super().finish()
        self.compare()

    def compare(self):
        """Ask the chain for everything and compare."""
        view = self.contract.view
        for name in (*PEOPLE, "outsider"):
            assert view("credits", self.names[name]) == self.books.credits[self.names[name]]
        assert sorted(self.books.cases) == sorted(self.keys)
        for seal, time in self.books.seals.items():
            assert view("announcedAt", seal) == time
        for finding, time in self.books.findings.items():
            assert view("notedAt", finding) == time
        for key, case in self.books.cases.items():
            course = view("courseOf", key)
            assert view("authorOf", key) == (case.author, case.stake)
            assert course[:4] == (case.since, case.opened, case.closes, case.votes)
            assert course[5:] == (case.number, len(case.panels[-1]), case.extended, case.settled)
            for number, panel in enumerate(case.panels):
                rows = view("seatsOf", key, number)
                assert [list(row) for row in rows[: len(panel)]] == [panel[seat] for seat in sorted(panel)]
                for account, _ in panel.values():
                    stored = view("commitmentOf", key, number, account)
                    assert stored == case.commitments.get((number, account), bytes(32))
            for number, appellant in enumerate(case.appellants, 1):
                assert view("appellantOf", key, number) == appellant
        type(self).compared += len(self.books.cases)


def test_state_is_rebuilt_from_events():
    """After random histories of every kind of act, and again after everyone was paid."""

    def make() -> Chain:
        return RevmChain()

    run(Reading, make, Budget(steps=1_500, depth=40, examples=25, seconds=60), first_seed=7)
