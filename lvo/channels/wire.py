"""How vouchers, channels and invoices travel: as JSON, amounts as decimal text, hashes in hexadecimal."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from lvo.channels.hub import Invoice
from lvo.channels.vouchers import MOST, NO_HASH, Channel, Signed, Voucher

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_AMOUNT = re.compile(r"0|[1-9][0-9]{0,28}")
T = TypeVar("T")


class WireError(ValueError):
    """What came in is not what the interface says; the text names the field."""


def _field(record: Mapping[str, Any], name: str, read: Callable[[Any], T], default: T | None = None) -> T:
    if name not in record and default is not None:
        return default
    try:
        return read(record[name])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise WireError(f"{name} is missing or malformed") from None


def address(value: Any) -> str:
    """Read a lower-case address."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise ValueError
    return value


def amount(value: Any) -> int:
    """Read wei as decimal text, below 2^96."""
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value) or int(value) > MOST:
        raise ValueError
    return int(value)


def count(most: int) -> Callable[[Any], int]:
    """Make a reader of whole numbers from 0 to ``most``."""

    def read(value: Any) -> int:
        if type(value) is not int or not 0 <= value <= most:
            raise ValueError
        return value

    return read


def data(size: int) -> Callable[[Any], bytes]:
    """Make a reader of exactly ``size`` bytes: 0x and hexadecimal digits."""

    def read(value: Any) -> bytes:
        if not isinstance(value, str) or len(value) != 2 + 2 * size or value[:2] != "0x":
            raise ValueError
        return bytes.fromhex(value[2:])

    return read


def text(most: int) -> Callable[[Any], str]:
    """Make a reader of text of at most ``most`` characters."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > most:
            raise ValueError
        return value

    return read


SECONDS = count(2**40 - 1)
_HASH = data(32)
_SIGNATURE = data(64)
_LONG_SIGNATURE = data(65)


def hexed(value: bytes) -> str:
    """Write bytes as 0x and digits."""
    return "0x" + value.hex()


def read_voucher(record: Mapping[str, Any]) -> Signed:
    """Read a signed voucher; without lock, locked and lockExpiry it has no lock."""
    voucher = Voucher(
        _field(record, "channel", _HASH),
        _field(record, "cumulative", amount),
        _field(record, "memoHash", _HASH, NO_HASH),
        _field(record, "lock", _HASH, NO_HASH),
        _field(record, "locked", amount, 0),
        _field(record, "lockExpiry", SECONDS, 0),
    )
    return Signed(voucher, _field(record, "signature", _SIGNATURE))


def write_voucher(signed: Signed) -> dict[str, Any]:
    """Write a signed voucher."""
    voucher = signed.voucher
    record: dict[str, Any] = {
        "channel": hexed(voucher.channel),
        "cumulative": str(voucher.cumulative),
        "memoHash": hexed(voucher.memo_hash),
        "signature": hexed(signed.signature),
    }
    if voucher.locked:
        record |= {"lock": hexed(voucher.lock), "locked": str(voucher.locked), "lockExpiry": voucher.lock_expiry}
    return record


def read_channel(record: Mapping[str, Any]) -> Channel:
    """Read the terms of a channel."""
    return Channel(
        _field(record, "payer", address),
        _field(record, "payee", address),
        _field(record, "signer", address),
        _field(record, "notice", count(2**32 - 1)),
        _field(record, "expiry", SECONDS),
    )


def write_channel(channel: Channel) -> dict[str, Any]:
    """Write the terms of a channel."""
    return dict(zip(("payer", "payee", "signer", "notice", "expiry"), channel.row, strict=True))


def read_invoice(record: Mapping[str, Any]) -> Invoice:
    """Read an invoice."""
    locks = record.get("locks")
    if not isinstance(locks, list) or len(locks) > 1_000:
        raise WireError("locks is missing or malformed")
    return Invoice(
        _field(record, "creator", address),
        _field(record, "viewer", address),
        _field(record, "first", SECONDS),
        _field(record, "amount", amount),
        tuple(_field({"locks": each}, "locks", _HASH) for each in locks),
        _field(record, "signature", _LONG_SIGNATURE),
    )


def write_invoice(invoice: Invoice) -> dict[str, Any]:
    """Write an invoice."""
    return {
        "creator": invoice.creator,
        "viewer": invoice.viewer,
        "first": invoice.first,
        "amount": str(invoice.amount),
        "locks": [hexed(lock) for lock in invoice.locks],
        "signature": hexed(invoice.signature),
    }


def read(record: Mapping[str, Any], name: str, reader: Callable[[Any], T], default: T | None = None) -> T:
    """Read one field of a record; :class:`WireError` names it if it is missing or malformed."""
    return _field(record, name, reader, default)
