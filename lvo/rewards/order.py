"""An order: a YAML file that says which table is paid by which ledger, in which epoch, and what to do with bad rows."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lvo.plan.document import Node, read_document
from lvo.plan.fields import parse_address, parse_amount
from lvo.plan.mistakes import Mistakes
from lvo.rewards.weigh import Formula, read_formula
from lvo.units import Wei

UNITS = ("wei", "lvo", "weight")
"""What a cell of the value column is."""
MEANINGS = ("added", "cumulative")
"""Whether the table gives what an epoch adds, or everything that an account ever got."""
DUPLICATES = ("refuse", "merge")
BAD_ROWS = ("refuse", "leave_out")
SEPARATORS = (",", ";", "|", "\t")

T = TypeVar("T")


@dataclass(frozen=True)
class Rules:
    """What makes two builds of one table the same.

    Attributes
    ----------
    ledger, token
        Addresses, lower case; the token empty if the order does not name it.
    chain_id
        Chain of the ledger.
    epoch
        From 1.
    account, value
        Headers of the two columns.
    separator
        Of a CSV.
    unit
        One of `UNITS`.
    means
        One of `MEANINGS`.
    duplicates
        One of `DUPLICATES`.
    bad_rows
        One of `BAD_ROWS`.
    pot
        What weights divide, in wei; None without weights.
    funded
        What the ledger has received, in wei, which no total may exceed; None: nobody looked yet.
    weigh
        How rows become weights, of a table of what people did, whose columns the formula names; None of a table of
        accounts and values.
    """

    ledger: str
    token: str
    chain_id: int
    epoch: int
    account: str
    value: str
    separator: str = ","
    unit: str = "wei"
    means: str = "added"
    duplicates: str = "refuse"
    bad_rows: str = "refuse"
    pot: Wei | None = None
    funded: Wei | None = None
    weigh: Formula | None = None


@dataclass(frozen=True)
class Order:
    """Rules, and where the files are.

    Attributes
    ----------
    rules
        What the output depends on beside the files.
    table
        The table.
    previous
        Folder of the epoch before, or None for the first.
    out
        Folder to build.
    """

    rules: Rules
    table: Path
    previous: Path | None
    out: Path


def read_order(path: Path) -> Order:
    """Read an order.

    Raises
    ------
    lvo.plan.PlanError
        With every mistake at once, each with its line.
    """
    mistakes = Mistakes()
    keys = read_document(path).keys(
        mistakes,
        ("ledger", "chain", "epoch", "table", "out"),
        ("token", "pot", "previous", "funded", "duplicates", "bad_rows", "weigh"),
    )
    table = {}
    if "table" in keys and "weigh" in keys:
        # The formula names the columns, and what it makes are weights.
        table = keys["table"].keys(mistakes, ("file",), ("separator",))
    elif "table" in keys:
        table = keys["table"].keys(mistakes, ("file", "account", "value"), ("unit", "means", "separator"))

    def read(found: dict[str, Node], key: str, parse: Callable[[str], T], default: T) -> T:
        if key not in found:
            return default
        text = found[key].text(mistakes)
        value = None if text is None else mistakes.read(found[key].place, parse, text)
        return default if value is None else value

    def choose(found: dict[str, Node], key: str, choices: tuple[str, ...]) -> str:
        return (found[key].choice(mistakes, choices) if key in found else None) or choices[0]

    folder = path.parent
    unit = "weight" if "weigh" in keys else choose(table, "unit", UNITS)
    rules = Rules(
        ledger=read(keys, "ledger", parse_address, "").lower(),
        token=read(keys, "token", parse_address, "").lower(),
        chain_id=read(keys, "chain", _positive, 0),
        epoch=read(keys, "epoch", _positive, 1),
        account=read(table, "account", str, ""),
        value=read(table, "value", str, ""),
        separator=read(table, "separator", _separator, ","),
        unit=unit,
        means=choose(table, "means", MEANINGS),
        duplicates=choose(keys, "duplicates", DUPLICATES),
        bad_rows=choose(keys, "bad_rows", BAD_ROWS),
        pot=read(keys, "pot", parse_amount, None),
        funded=read(keys, "funded", parse_amount, None),
        weigh=read_formula(keys["weigh"], mistakes) if "weigh" in keys else None,
    )
    previous = read(keys, "previous", folder.joinpath, None)
    if "table" in keys and (unit == "weight") != ("pot" in keys):
        mistakes.add(keys["table"].place, "a pot and the unit weight belong together: weights say how a pot is divided")
    if unit == "weight" and rules.means == "cumulative":
        mistakes.add(table["means"].place, "weights divide the pot of one epoch, so they cannot be cumulative")
    if "epoch" in keys and (rules.epoch == 1) != ("previous" not in keys):
        mistakes.add(keys["epoch"].place, "epoch 1 has no previous folder, and every later epoch has that of the last")
    order = Order(
        rules, read(table, "file", folder.joinpath, folder), previous, read(keys, "out", folder.joinpath, folder)
    )
    mistakes.raise_if_any()
    return order


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise ValueError(f"{text!r} is not a whole number from 1")
    return int(text)


def _separator(text: str) -> str:
    separator = "\t" if text == "tab" else text
    if separator not in SEPARATORS:
        raise ValueError(f"{text!r} does not separate columns: write a comma, a semicolon, a bar, or tab")
    return separator
