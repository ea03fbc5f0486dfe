"""The published epochs as a ledger one can ask: by epoch, by campaign, and both together."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from lvo.attention.folder import read_manifest
from lvo.attention.journal import AttentionError

_SUMS = ("units", "spend", "to_viewers", "to_publishers", "to_platform", "receipts", "units_shown")


@dataclass(frozen=True)
class Entry:
    """One line of the ledger, or the sum of several.

    Attributes
    ----------
    epoch
        Its number; -1 in a sum over epochs.
    campaign
        Its id; empty in a sum over campaigns.
    lines
        How many lines these are.
    units, units_shown
        Units that count, and units before caps and limits.
    spend, to_viewers, to_publishers, to_platform
        Wei.
    receipts
        Receipts that count.
    """

    epoch: int
    campaign: str
    lines: int
    units: int
    spend: int
    to_viewers: int
    to_publishers: int
    to_platform: int
    receipts: int
    units_shown: int


def read_lines(folders: Iterable[Path]) -> list[Entry]:
    """Return every line of published epochs, by epoch and campaign.

    Raises
    ------
    AttentionError
        If a folder is damaged, or two are of the same epoch or of different ledgers.
    """
    found: dict[int, list[Entry]] = {}
    ledger = None
    for folder in folders:
        made = read_manifest(folder)
        here = (made.ledger, made.chain_id)
        if ledger not in (None, here):
            raise AttentionError(f"{folder} is of another ledger or chain than the folder before")
        ledger = here
        if made.epoch in found:
            raise AttentionError(f"{folder} is of epoch {made.epoch}, of which there is another folder")
        try:
            content = (folder / "lines.csv").read_bytes()
        except OSError as error:
            raise AttentionError(f"{folder / 'lines.csv'} cannot be read: {error.strerror}") from None
        if hashlib.sha256(content).hexdigest() != made.document["files"].get("lines.csv", {}).get("sha256"):
            raise AttentionError(f"{folder / 'lines.csv'} is not the file that the manifest names: it was changed")
        rows = csv.DictReader(io.StringIO(content.decode()))
        found[made.epoch] = [Entry(made.epoch, row["campaign"], 1, *(int(row[name]) for name in _SUMS)) for row in rows]
    return [entry for _, entries in sorted(found.items()) for entry in entries]


def by_epoch(entries: Iterable[Entry]) -> list[Entry]:
    """Sum over campaigns; by rising epoch."""
    return _sum(entries, lambda entry: (entry.epoch, ""))


def by_campaign(entries: Iterable[Entry]) -> list[Entry]:
    """Sum over epochs; the largest spend first, then by id."""
    return sorted(_sum(entries, lambda entry: (-1, entry.campaign)), key=lambda entry: (-entry.spend, entry.campaign))


def _sum(entries: Iterable[Entry], key: Callable[[Entry], tuple[int, str]]) -> list[Entry]:
    sums: dict[tuple[int, str], list[int]] = {}
    for entry in entries:
        row = sums.setdefault(key(entry), [0] * (1 + len(_SUMS)))
        for i, name in enumerate(("lines", *_SUMS)):
            row[i] += getattr(entry, name)
    return [Entry(*name, *row) for name, row in sorted(sums.items())]


def to_csv(entries: Sequence[Entry]) -> bytes:
    """Write entries, without the column that all of them lack; amounts in wei."""
    names = [field.name for field in fields(Entry)]
    if all(entry.epoch < 0 for entry in entries):
        names.remove("epoch")
    if not any(entry.campaign for entry in entries):
        names.remove("campaign")
    lines = [",".join(names), *(",".join(str(getattr(entry, name)) for name in names) for entry in entries)]
    return ("\n".join(lines) + "\n").encode()
