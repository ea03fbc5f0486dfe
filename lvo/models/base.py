"""What all twins share: time, events and errors."""

from dataclasses import dataclass, field
from typing import Any

Address = str
"""An account: 0x and 40 lower-case hexadecimal digits."""

NOBODY: Address = "0x" + "00" * 20
"""The zero address."""


class Revert(Exception):  # noqa: N818 (the word of the field)
    """The call fails and changes nothing.

    Attributes
    ----------
    name
        The Solidity error.
    facts
        Its arguments: integers, booleans, addresses, ``bytes``, tuples.
    """

    def __init__(self, name: str, *facts: Any) -> None:
        super().__init__(f"{name}({', '.join(map(str, facts))})")
        self.name = name
        self.facts = facts


@dataclass(frozen=True)
class Event:
    """An emitted event: the contract's address, the event's name, and its arguments in the order of the interface."""

    source: Address
    name: str
    args: tuple[Any, ...]


@dataclass
class Clock:
    """The time that all twins of a chain share, and what they have emitted.

    Attributes
    ----------
    time
        The second of the present block, Unix time. The caller moves it; it never goes back.
    events
        Everything emitted so far, oldest first. The caller may empty it.
    """

    time: int
    events: list[Event] = field(default_factory=list)

    def emit(self, source: Address, name: str, *args: Any) -> None:
        """Append an event."""
        self.events.append(Event(source, name, args))
