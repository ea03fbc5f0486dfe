"""The rows of a list: which can be paid, and why the others cannot."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lvo.merkle import keccak256
from lvo.plan.fields import RESERVED_ADDRESSES, parse_amount
from lvo.rewards.entitlements import Entitlements
from lvo.rewards.table import Row
from lvo.units import SUPPLY, format_lvo

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_MOST_DIGITS = 40


@dataclass(frozen=True)
class Reject:
    """A row that is not paid, and why."""

    line: int
    account: str
    value: str
    reason: str


class RewardsError(Exception):
    """A reason not to pay a list, or a folder that is not what it claims to be.

    Attributes
    ----------
    rejects
        Bad rows, if those are the reason.
    """

    def __init__(self, message: str, rejects: "list[Reject] | None" = None) -> None:
        super().__init__(message)
        self.rejects = rejects or []


def read_account(text: str) -> bytes:
    """Read an account that can be paid.

    Raises
    ------
    ValueError
        If it is not an address, fails its checksum (EIP-55; one case throughout has none), is zero, or is reserved for
        precompiled contracts.
    """
    if not ADDRESS.fullmatch(text):
        raise ValueError("not an address: 0x and 40 hexadecimal digits are needed")
    digits = text[2:]
    account = bytes.fromhex(digits)
    number = int.from_bytes(account, "big")
    if number == 0:
        raise ValueError("the zero address cannot be paid")
    if number <= RESERVED_ADDRESSES:
        raise ValueError(f"reserved for precompiled contracts (0x1 to {RESERVED_ADDRESSES:#x}, EIP-1352)")
    lower = digits.lower()
    if digits not in (lower, digits.upper()):
        mask = keccak256(lower.encode()).hex()
        if digits != "".join(c.upper() if int(m, 16) > 7 else c for c, m in zip(lower, mask, strict=False)):
            raise ValueError("fails its checksum (EIP-55)")
    return account


def read_value(text: str, unit: str) -> int:
    """Read a positive amount or weight.

    Raises
    ------
    ValueError
        If it is negative, zero, not of its unit, or an amount above the supply.
    """
    if unit == "lvo":
        value: int = parse_amount(text)
    elif text.isascii() and text.isdigit():
        if len(text) > _MOST_DIGITS:
            raise ValueError(f"more than {_MOST_DIGITS} digits")
        value = int(text)
    else:
        raise ValueError("not a whole number of digits only")
    if value == 0:
        raise ValueError("nothing to pay")
    if unit != "weight" and value > SUPPLY:
        raise ValueError(f"above the supply of {format_lvo(SUPPLY)} LVO")
    return value


def reject(row: Row, reason: str) -> Reject:
    """Say of a row why it is not paid: its first cell is its account, the others are its value."""
    account, *value = row.cells or ("",)
    return Reject(row.line, account, " ".join(value), reason)


def validate(
    rows: Iterable[Row], unit: str, merge: bool, never: Mapping[bytes, str]
) -> tuple[dict[bytes, int], list[Reject], dict[str, int]]:
    """Sort rows into what is paid and what is not.

    Parameters
    ----------
    rows
        Each with an account and a value.
    unit
        What a value is; see :data:`lvo.rewards.order.UNITS`.
    merge
        Whether rows of one account are added up; otherwise they are bad.
    never
        Accounts that cannot be paid, and what they are.

    Returns
    -------
    dict
        Value of each account, in that unit.
    list
        Every bad row, by line. Of an account that is there twice, and must not be, all rows: nobody knows which is
        meant.
    dict
        How many rows were ``read``, ``accepted`` and ``rejected``, and how many of the accepted were ``merged`` into an
        earlier one.
    """
    paid: dict[bytes, int] = {}
    rejects: list[Reject] = []
    seen: dict[bytes, list[Row]] = defaultdict(list)
    read = 0
    for row in rows:
        read += 1
        try:
            if row.flaw:
                raise ValueError(row.flaw)
            account = read_account(row.cells[0])
            if account in never:
                raise ValueError(f"the {never[account]} itself cannot be paid")
            value = read_value(row.cells[1], unit)
        except ValueError as error:
            rejects.append(reject(row, str(error)))
            continue
        seen[account].append(row)
        paid[account] = paid.get(account, 0) + value
    merged = 0
    for account, group in seen.items():
        if len(group) == 1:
            continue
        if merge:
            merged += len(group) - 1
            if unit == "weight" or paid[account] <= SUPPLY:
                continue
            reason = "together above the supply"
        else:
            reason = f"the same account in lines {', '.join(str(row.line) for row in group)}"
        del paid[account]
        rejects += [reject(row, reason) for row in group]
    rejects.sort(key=lambda each: each.line)
    counts = {"read": read, "accepted": read - len(rejects), "rejected": len(rejects), "merged": merged}
    return paid, rejects, counts


def refuse_falling(
    before: Entitlements, paid: dict[bytes, int], rejects: list[Reject], counts: dict[str, int]
) -> tuple[list[Reject], dict[str, int], dict[bytes, int]]:
    """Reject accounts whose cumulative amount would fall."""
    sound, falling = {}, []
    for account, value in paid.items():
        row = before.find(account)
        last = 0 if row is None else before.amount(row)
        if value < last:
            reason = f"below the {last} wei that the account was given before"
            falling.append(Reject(0, "0x" + account.hex(), str(value), reason))
        else:
            sound[account] = value
    falling.sort(key=lambda each: each.account)
    lost = len(falling)
    counts = counts | {"accepted": counts["accepted"] - lost, "rejected": counts["rejected"] + lost}
    return rejects + falling, counts, sound
