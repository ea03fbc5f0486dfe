"""How the scripts speak: one console, sentences instead of stack traces, an exit code that a pipeline can trust."""

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

from brownie.exceptions import (
    BrownieEnvironmentError,
    ContractNotFound,
    RPCRequestError,
    UnknownAccount,
    VirtualMachineError,
)
from requests.exceptions import RequestException
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from web3.exceptions import Web3Exception

from lvo.plan import PlanError
from lvo.rewards import RewardsError

WIDTH = 130
"""Columns where the output does not go to a terminal."""

console = Console(highlight=False, soft_wrap=True)
if not console.is_terminal:
    console = Console(highlight=False, soft_wrap=True, width=WIDTH)

FROM_THE_CHAIN = (
    BrownieEnvironmentError,
    ContractNotFound,
    RPCRequestError,
    RequestException,
    UnknownAccount,
    VirtualMachineError,
    Web3Exception,
)
"""What Brownie and web3 raise when a chain refuses or does not answer."""


opening: list[Callable[[], None]] = []
"""What every verb does first; modules that need it add it when they are imported."""
closing: list[Callable[[], None]] = []
"""What every verb does last, if it got so far."""


class ScriptError(Exception):
    """A reason to stop, in sentences that say what to do."""


def verb(function: Callable[..., None]) -> Callable[..., None]:
    """Make a function one of the verbs of a script: its mistakes are sentences and end in exit code 1."""

    @functools.wraps(function)
    def run(*arguments: str) -> None:
        try:
            bound = inspect.signature(function).bind(*arguments)
        except TypeError:
            words = " ".join(name.upper() for name in inspect.signature(function).parameters)
            script = function.__module__.rpartition(".")[2]
            _fail(f"{function.__name__} is used so: brownie run {script} {function.__name__} {words}".rstrip())
        try:
            for hook in opening:
                hook()
            function(*bound.args)
            for hook in closing:
                hook()
        except PlanError as error:
            count = len(error.mistakes)
            _fail("\n".join(map(str, error.mistakes)), f"{count} mistake{'s' * (count != 1)}: nothing was done.")
        except (ScriptError, RewardsError) as error:
            _fail(str(error))
        except FROM_THE_CHAIN as error:
            _fail(
                f"The chain refused or did not answer: {error}",
                "What was sent before stays as it is; mend the cause and run the same command again.",
            )
        except OSError as error:
            _fail(f"A file could not be read or written: {error}")
        except KeyboardInterrupt:
            console.print("\nInterrupted. Run the same command again: it goes on where this one stopped.")
            raise SystemExit(130) from None

    return run


def _fail(*lines: str) -> None:
    for line in lines:
        console.print(line, style="red", markup=False)
    raise SystemExit(1)


def say(line: str, style: str = "") -> None:
    """Print a line as it is."""
    console.print(line, style=style, markup=False)


def confirm(question: str) -> None:
    """Ask once whether to go on; ``LVO_YES=1`` answers for a pipeline.

    Raises
    ------
    ScriptError
        If the answer is not yes, or nobody is there to ask.
    """
    if os.environ.get("LVO_YES") == "1":
        return
    if not sys.stdin.isatty():
        raise ScriptError(f"{question} Nobody is there to ask: set LVO_YES=1. Nothing was sent.")
    if console.input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise ScriptError("Not confirmed. Nothing was sent.")


def brief(address: str) -> str:
    """Shorten an address for a table; files and records have it in full."""
    return f"{address[:6]}…{address[-4:]}"


def step(title: str) -> None:
    """Name what comes next."""
    console.print(f"\n{title}", style="bold", markup=False)


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]], numbers: Iterable[str] = ()) -> None:
    """Print a table; the columns named in `numbers` are set to the right."""
    numbers = set(numbers)
    drawn = Table(
        title=title, title_justify="left", title_style="bold", header_style="", box=SIMPLE_HEAD, pad_edge=False
    )
    for column in columns:
        drawn.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*map(str, row))
    console.print(drawn, markup=False)


def progress() -> Progress:
    """Return a progress bar that disappears when it is done; without a terminal it stays silent."""
    return Progress(
        TextColumn("  {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
