"""What is wrong with a plan: every mistake at once, each with its file, line and field."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, order=True)
class Place:
    """Where something is written.

    Attributes
    ----------
    file
        Name of the file as the operator gave it.
    line
        Counted from 1.
    field
        Path of the key in the plan (``buckets.team.share``) or column of the list.
    """

    file: str
    line: int
    field: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f": {self.field}" if self.field else "")


@dataclass(frozen=True, order=True)
class Mistake:
    """One thing to mend, in a sentence."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class PlanError(Exception):
    """A plan that must not be used.

    Attributes
    ----------
    mistakes
        All of them, in the order of the files.
    """

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


@dataclass
class Mistakes:
    """Collects mistakes, so that reading goes on to the next one."""

    found: list[Mistake] = field(default_factory=list)

    def add(self, place: Place, message: str) -> None:
        """Note a mistake."""
        self.found.append(Mistake(place, message))

    def read(self, place: Place, parse: Callable[[str], Value], text: str) -> Value | None:
        """Return ``parse(text)``, or note what it raised and return None."""
        try:
            return parse(text)
        except ValueError as error:
            self.add(place, str(error))
            return None

    def raise_if_any(self) -> None:
        """Raise `PlanError` with everything noted so far, if anything was."""
        if self.found:
            raise PlanError(self.found)
