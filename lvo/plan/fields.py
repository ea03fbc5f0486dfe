"""How the values of a plan are written: addresses, amounts, shares, times. Each parser raises a ValueError that says
what to write instead."""

import re
from datetime import date, datetime, timezone

from eth_utils.address import is_checksum_address, to_checksum_address

from lvo.units import DAY, MONTH, WHOLE, Bps, Timestamp, Wei, parse_lvo

RESERVED_ADDRESSES = 0xFFFF
"""The last address of the range that EIP-1352 reserves for precompiled and system contracts, from zero on. Nobody holds
a key of such an address; what is sent there is lost. Chains add to it: 0x01 to 0x11 on Ethereum, 0x100 since Osaka."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?\s*%")
_BPS = re.compile(r"(\d{1,5})\s*bps")
_DURATION = re.compile(r"(\d{1,9})\s*(second|minute|hour|day|week|month|year)s?")
_EXPONENT = re.compile(r"[+-]?[\d.,]+[eE][+-]?\d+")
_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": DAY, "week": 7 * DAY, "month": MONTH, "year": 12 * MONTH}
_TRUTH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def parse_address(text: str) -> str:
    """Read an address that can hold LVO; lower case is accepted, mixed case must match its EIP-55 checksum.

    Returns
    -------
    str
        The address with its checksum.

    Raises
    ------
    ValueError
        If it is not 0x and 40 hexadecimal digits, fails its checksum, is zero, or is one of `RESERVED_ADDRESSES`.
    """
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"{text!r} is not an address: write 0x and 40 hexadecimal digits")
    number = int(text, 16)
    if number == 0:
        raise ValueError("the zero address owns nothing: what it is given is lost")
    if number <= RESERVED_ADDRESSES:
        raise ValueError(
            f"{text} is reserved for precompiled contracts (0x1 to {RESERVED_ADDRESSES:#x}, EIP-1352): "
            "what it is given is lost"
        )
    digits = text[2:]
    # One case throughout carries no checksum.
    if digits not in (digits.lower(), digits.upper()) and not is_checksum_address(text):
        raise ValueError(f"{text} fails its checksum (EIP-55), so a digit or a case is wrong: copy it again")
    return str(to_checksum_address(text))


def _refuse_exponent(text: str) -> None:
    if _EXPONENT.fullmatch(text):
        raise ValueError(
            f"{text!r} is in scientific notation, which a spreadsheet rounds to: export the column as text, all digits"
        )


def parse_wei(text: str) -> Wei:
    """Read a whole amount of wei, digits only."""
    _refuse_exponent(text)
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is not an amount of wei: write digits only")
    return Wei(int(text))


def parse_amount(text: str) -> Wei:
    """Read a decimal amount of LVO into wei, exactly; no sign, exponent or separator."""
    _refuse_exponent(text)
    return parse_lvo(text)


def parse_share(text: str) -> Bps:
    """Read a share such as ``15 %``, ``7.5 %`` or ``1500 bps`` into basis points, exactly; at most the whole."""
    if match := _PERCENT.fullmatch(text):
        share = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    elif match := _BPS.fullmatch(text):
        share = int(match[1])
    else:
        raise ValueError(f"{text!r} is not a share: write a percentage such as 7.5 % or basis points such as 750 bps")
    if share > WHOLE:
        raise ValueError(f"{text!r} is more than the whole")
    return Bps(share)


def parse_duration(text: str) -> int:
    """Read a length of time such as ``12 months`` into seconds; a month is a twelfth of 365.25 days."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a length of time: write a whole number and its unit, such as 12 months")
    return int(match[1]) * _SECONDS[match[2]]


def is_duration(text: str) -> bool:
    """Whether this is written as a length of time."""
    return _DURATION.fullmatch(text) is not None


def parse_time(text: str) -> Timestamp:
    """Read a time: Unix seconds, a date (midnight UTC), or ISO 8601 with its offset from UTC.

    Raises
    ------
    ValueError
        If it is none of them, or a time of day without an offset.
    """
    advice = "write Unix seconds, 2027-01-31 (midnight UTC) or 2027-01-31T12:00:00Z"
    if text.isascii() and text.isdigit():
        return Timestamp(int(text))
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            moment = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
        else:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(f"{text!r} is not a time: {advice}") from None
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} does not say its offset from UTC: {advice}")
    if moment.microsecond:
        raise ValueError(f"{text!r} has a fraction of a second: {advice}")
    return Timestamp(int((moment - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds()))


def parse_seconds(text: str) -> int:
    """Read a length of time in whole seconds, or with its unit."""
    return int(text) if text.isascii() and text.isdigit() else parse_duration(text)


def parse_truth(text: str) -> bool:
    """Read yes or no, true or false, 1 or 0."""
    if text.lower() not in _TRUTH:
        raise ValueError(f"{text!r} is neither yes nor no: write 1 or 0, true or false, yes or no")
    return _TRUTH[text.lower()]
