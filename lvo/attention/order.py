"""An order: a YAML file that says which journal is computed for which ledger and epoch."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lvo.attention.messages import LAST_EPOCH
from lvo.plan.document import Node, read_document
from lvo.plan.fields import parse_address
from lvo.plan.mistakes import Mistakes

T = TypeVar("T")


@dataclass(frozen=True)
class Rules:
    """What the result depends on beside the journal.

    Attributes
    ----------
    ledger
        The AdLedger, lower case.
    chain_id
        Its chain.
    epoch
        Its number of the epoch.
    platform
        Account that gets the platform's part, lower case.
    """

    ledger: str
    chain_id: int
    epoch: int
    platform: str


@dataclass(frozen=True)
class Order:
    """Rules, and where the files are.

    Attributes
    ----------
    rules
        See there.
    journal
        Folder of the journal.
    out
        Folder to build.
    """

    rules: Rules
    journal: Path
    out: Path


def read_order(path: Path) -> Order:
    """Read an order.

    Raises
    ------
    lvo.plan.PlanError
        With every mistake at once, each with its line.
    """
    mistakes = Mistakes()
    keys = read_document(path).keys(mistakes, ("ledger", "chain", "epoch", "platform", "journal", "out"))

    def read(key: str, parse: Callable[[str], T], default: T) -> T:
        node: Node | None = keys.get(key)
        text = None if node is None else node.text(mistakes)
        value = None if node is None or text is None else mistakes.read(node.place, parse, text)
        return default if value is None else value

    order = Order(
        Rules(
            ledger=read("ledger", parse_address, "").lower(),
            chain_id=read("chain", whole, 0),
            epoch=read("epoch", _epoch, 0),
            platform=read("platform", parse_address, "").lower(),
        ),
        read("journal", path.parent.joinpath, path.parent),
        read("out", path.parent.joinpath, path.parent),
    )
    mistakes.raise_if_any()
    return order


def whole(text: str) -> int:
    """Read a whole number of digits only."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def _epoch(text: str) -> int:
    if whole(text) > LAST_EPOCH:
        raise ValueError(f"{text!r} is above {LAST_EPOCH}, the last epoch of a ledger")
    return int(text)
