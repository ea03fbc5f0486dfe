"""What the escrow's events tell: where every order stands, and what each merchant has done so far.

Nothing of a merchant's record is stored on the chain, so that a confirmation stays cheap; anyone rebuilds it from
events. A self-dealer, who buys from itself, cannot inflate it for nothing: what counts are the *fees* that completed
orders paid, for each receiver of fees apart. Whoever reads a record counts the receivers it knows, and there every wei
was paid to somebody else.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lvo.models.base import Address
from lvo.models.escrow import Fault, Outcome, Position, State
from lvo.retail.order import Call

BUYER, MERCHANT, ARBITER, FEE_TO, PRICE = 0, 1, 2, 3, 4
"""Places of an order as the ABI gives it."""
COMPLETED = (Outcome.CONFIRMED, Outcome.ACCEPTED, Outcome.BUYER_CONCEDED)
"""How an order ends that went well in the end."""
GIVEN_BACK = (Outcome.CANCELED, Outcome.REFUNDED, Outcome.MERCHANT_CONCEDED, Outcome.SETTLED)
"""How an order ends of which the merchant gave something back by itself."""


@dataclass
class Entry:
    """An order of which the chain has spoken.

    Attributes
    ----------
    order
        As the ABI gives it; None if it was canceled before it was funded.
    position
        What the contract stores.
    fees
        Paid so far, in wei.
    outcome
        How it was closed; None while it is live, or if it was canceled before it was funded.
    """

    order: Call | None
    position: Position
    fees: int = 0
    outcome: Outcome | None = None


@dataclass
class Record:
    """What a merchant has done under one receiver of fees; amounts in wei.

    Attributes
    ----------
    completed
        Orders that went well in the end.
    fees
        Paid on those.
    refunded
        Given back to buyers without a ruling.
    lost
        Awarded to buyers because the merchant did not ship or by a ruling, with what its bond paid.
    undecided
        Went to buyers because an arbiter was silent.
    """

    completed: int = 0
    fees: int = 0
    refunded: int = 0
    lost: int = 0
    undecided: int = 0


@dataclass
class Books:
    """Everything that the events of one escrow tell, oldest first."""

    entries: dict[bytes, Entry] = field(default_factory=dict)
    records: defaultdict[tuple[Address, Address], Record] = field(default_factory=lambda: defaultdict(Record))
    penalties: dict[bytes, int] = field(default_factory=dict)

    def read(self, name: str, args: Sequence[Any]) -> None:
        """Take one event of the escrow: its name and its arguments in the order of the interface.

        Raises
        ------
        ValueError
            If the escrow has no such event.
        """
        reader = getattr(self, f"_{name}", None)
        if reader is None:
            raise ValueError(f"the escrow has no event {name}")
        reader(*args)

    def _OrderFunded(self, id_: bytes, _buyer: str, _merchant: str, order: Call, deadline: int) -> None:  # noqa: N802
        self.entries[id_] = Entry(order, Position(order[PRICE], deadline, 0, State.FUNDED))

    def _OrderCanceled(self, id_: bytes, _by: str) -> None:  # noqa: N802
        self.entries[id_] = Entry(None, Position(state=State.CLOSED))

    def _OrderShipped(self, id_: bytes, _tracking: bytes, deadline: int) -> None:  # noqa: N802
        position = self.entries[id_].position
        position.deadline, position.state = deadline, State.SHIPPED

    def _PartConfirmed(self, id_: bytes, _to_merchant: int, fee: int, remaining: int) -> None:  # noqa: N802
        entry = self.entries[id_]
        entry.fees, entry.position.remaining = entry.fees + fee, remaining

    def _PartRefunded(self, id_: bytes, amount: int, remaining: int) -> None:  # noqa: N802
        entry = self.entries[id_]
        entry.position.remaining = remaining
        self._record(entry).refunded += amount

    def _OrderDisputed(  # noqa: N802
        self, id_: bytes, claim: int, _evidence: bytes, _to_merchant: int, fee: int, deadline: int
    ) -> None:
        entry = self.entries[id_]
        entry.fees += fee
        entry.position = Position(claim, deadline, entry.position.round, State.DISPUTED)

    def _OrderRuled(self, id_: bytes, award: int, fault: int) -> None:  # noqa: N802
        pass

    def _BondForfeited(self, id_: bytes, fault: int, penalty: int) -> None:  # noqa: N802
        if fault == Fault.MERCHANT:
            self.penalties[id_] = penalty

    def _OrderClosed(self, id_: bytes, outcome: int, to_buyer: int, _to_merchant: int, fee: int) -> None:  # noqa: N802
        entry = self.entries[id_]
        entry.fees += fee
        entry.outcome, entry.position = Outcome(outcome), Position(state=State.CLOSED)
        record, penalty = self._record(entry), self.penalties.pop(id_, 0)
        if entry.outcome in COMPLETED:
            record.completed += 1
            record.fees += entry.fees
        elif entry.outcome in GIVEN_BACK:
            record.refunded += to_buyer
        elif entry.outcome == Outcome.UNRULED:
            record.undecided += to_buyer
        else:
            record.lost += to_buyer + penalty

    def _OffersVoided(self, id_: bytes, _by: str, round_: int) -> None:  # noqa: N802
        self.entries[id_].position.round = round_

    def _OrderSkipped(self, id_: bytes) -> None:  # noqa: N802
        pass

    def _record(self, entry: Entry) -> Record:
        order = entry.order
        assert order is not None
        return self.records[order[MERCHANT], order[FEE_TO]]
