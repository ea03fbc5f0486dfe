"""The state of a RewardLedger as its events tell it, with those of the token and of the pool that name it."""

from collections import defaultdict
from typing import Any

from lvo.models.base import Address, Event
from lvo.models.ledger import NO_ROOT

EMPTY = (NO_ROOT, 0, 0)
"""No proposal."""


class Story:
    """Read events in their order, from the first after the deployment on; then compare."""

    def __init__(self, ledger: Address, grant: int, operator: Address, guardian: Address) -> None:
        self.ledger, self.grant = ledger, grant
        self.operator, self.guardian = operator, guardian
        self.active_at: defaultdict[bytes, int] = defaultdict(int)
        self.paid: defaultdict[Address, int] = defaultdict(int)
        self.nonces: defaultdict[Address, int] = defaultdict(int)
        self.newest, self.settled_total, self.funded = EMPTY, 0, 0
        self._pushed = 0

    def read(self, event: Event) -> None:
        """Take in the next event of the chain."""
        if event.name == "Released" and event.args[:2] == (self.grant, self.ledger):
            self.funded += event.args[2]
        elif event.name == "Transfer" and event.args[0] == self.ledger and self._pushed:
            # After ClaimedMany: each says who was paid and how much.
            self._pushed -= 1
            self.paid[event.args[1]] += event.args[2]
        elif event.source == self.ledger:
            self._read_own(event.name, event.args)

    def _read_own(self, name: str, args: tuple[Any, ...]) -> None:
        match name:
            case "Funded":
                self.funded += args[1]
            case "Swept":
                self.funded -= args[1]
            case "RootProposed":
                root, total, _, time = args
                if self.newest != EMPTY:
                    self.settled_total = self.newest[1]
                self.newest, self.active_at[root] = (root, total, time), time
            case "RootDropped":
                assert self.newest[0] == args[0]
                self.newest, self.active_at[args[0]] = EMPTY, 0
            case "Claimed":
                self.paid[args[0]] += args[1]
            case "ClaimedTo":
                self.paid[args[0]] += args[2]
            case "ClaimedMany":
                self._pushed = args[0]
            case "ClaimsCanceled":
                self.nonces[args[0]] = args[1] + 1
            case "OperatorChanged":
                assert self.operator == args[0]
                self.operator = args[1]
            case "GuardianChanged":
                assert self.guardian == args[0]
                self.guardian = args[1]

    def total(self, now: int) -> int:
        """What the active roots promise at a time, in wei."""
        _, total, time = self.newest
        return total if self.newest != EMPTY and now >= time else self.settled_total
