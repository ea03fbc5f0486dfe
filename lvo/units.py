"""The units of LIVE VIDEO, the facts of its token, and exact conversion of decimal amounts."""

import re
from typing import NewType

Wei = NewType("Wei", int)
"""An amount of LVO in wei, 10^-18 LVO."""
Bps = NewType("Bps", int)
"""A share in basis points, 1/10,000."""
Timestamp = NewType("Timestamp", int)
"""A time in Unix seconds."""

DECIMALS = 18
LVO = Wei(10**DECIMALS)
"""One LVO in wei."""
SUPPLY = Wei(1_000_000_000 * LVO)
"""The whole supply in wei, constant for ever."""
WHOLE = Bps(10_000)
"""The whole in basis points."""

DAY = 86_400
"""Seconds."""
MONTH = 30 * DAY + 10 * 3_600 + 1_800
"""A twelfth of 365.25 days, in seconds: 2,629,800. The month of every schedule."""

_DECIMAL = re.compile(r"(?P<whole>\d+)(?:\.(?P<fraction>\d{1,18}))?")


def parse_lvo(text: str) -> Wei:
    """Read a decimal amount of LVO exactly, such as ``12.5``.

    Parameters
    ----------
    text
        Digits, optionally a point and one to 18 digits: no sign, exponent, blank or thousands separator.

    Returns
    -------
    Wei
        The amount in wei.

    Raises
    ------
    ValueError
        If the text is anything else; the message says what is wrong.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None or not text.isascii():
        raise ValueError(f"{text!r} is not a decimal amount of LVO: write digits with at most 18 after the point")
    return Wei(int(match["whole"]) * LVO + int((match["fraction"] or "").ljust(DECIMALS, "0")))


def format_lvo(amount: int) -> str:
    """Write an amount of wei as exact decimal LVO with thousands separators, such as ``1,234.5``."""
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    whole, fraction = divmod(amount, LVO)
    digits = f"{fraction:018d}".rstrip("0")
    return f"{sign}{whole:,}" + (f".{digits}" if digits else "")
