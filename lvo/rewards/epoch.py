"""One epoch of a stream: validate a table, apportion, add to what was before, and make the files of it.

Everything here is a function of the table, the entitlements before it and the rules: no clock, no random number, no
order of a hash table, no path. So two machines make the same bytes.
"""

import csv
import hashlib
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lvo.apportion import apportion
from lvo.merkle import StandardMerkleTree, keccak256
from lvo.plan.fields import RESERVED_ADDRESSES, parse_amount
from lvo.rewards.entitlements import Entitlements
from lvo.rewards.order import BAD_ROWS, DUPLICATES, MEANINGS, SEPARATORS, UNITS, Rules
from lvo.rewards.table import Row, TableError, read_table
from lvo.units import SUPPLY, Wei, format_lvo

SCHEMA = "live-video/rewards/1"
ROWS_PER_SHARD = 128
"""A shard holds fewer rows than this on average."""
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_MOST_DIGITS = 40
_HEX = 16


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


@dataclass(frozen=True)
class Reject:
    """A row that is not paid, and why."""

    line: int
    account: str
    value: str
    reason: str


@dataclass(frozen=True)
class Previous:
    """The epoch before.

    Attributes
    ----------
    manifest_hash
        SHA-256 of its manifest, hexadecimal.
    """

    epoch: int
    root: str
    total: int
    manifest_hash: str


@dataclass(frozen=True)
class Manifest:
    """What an epoch is, for machines.

    Attributes
    ----------
    document
        The JSON object.
    content
        Its bytes as published.
    """

    document: dict[str, Any]
    content: bytes

    @property
    def data_hash(self) -> str:
        """SHA-256 of the published bytes with 0x: what the ledger is told beside the root."""
        return "0x" + hashlib.sha256(self.content).hexdigest()

    @property
    def root(self) -> str:
        """The root, 0x-hexadecimal."""
        return str(self.document["root"])

    @property
    def total(self) -> int:
        """What all leaves sum to, in wei."""
        return int(self.document["total"])

    @property
    def ledger(self) -> str:
        """Address of the RewardLedger, lower case."""
        return str(self.document["rules"]["ledger"])

    @property
    def chain_id(self) -> int:
        """Chain of the ledger."""
        return int(self.document["rules"]["chain_id"])

    @property
    def epoch(self) -> int:
        """Number of the epoch, from 1."""
        return int(self.document["rules"]["epoch"])


# ----------------------------------------------------------------------------------------------------- validating


def read_account(text: str) -> bytes:
    """Read an account that can be paid.

    Raises
    ------
    ValueError
        If it is not an address, fails its checksum (EIP-55; one case throughout has none), is zero, or is reserved for
        precompiled contracts.
    """
    if not _ADDRESS.fullmatch(text):
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


def validate(rows: Iterable[Row], rules: Rules) -> tuple[dict[bytes, int], list[Reject], dict[str, int]]:
    """Sort rows into what is paid and what is not.

    Returns
    -------
    dict
        Value of each account, in the rules' unit.
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
    never = {bytes.fromhex(address[2:]): name for name, address in _never(rules)}
    read = 0
    for row in rows:
        read += 1
        try:
            if row.flaw:
                raise ValueError(row.flaw)
            account = read_account(row.account)
            if account in never:
                raise ValueError(f"the {never[account]} itself cannot be paid")
            value = read_value(row.value, rules.unit)
        except ValueError as error:
            rejects.append(Reject(row.line, row.account, row.value, str(error)))
            continue
        seen[account].append(row)
        paid[account] = paid.get(account, 0) + value
    merged = 0
    for account, group in seen.items():
        if len(group) == 1:
            continue
        if rules.duplicates == "merge":
            merged += len(group) - 1
            if rules.unit == "weight" or paid[account] <= SUPPLY:
                continue
            reason = "together above the supply"
        else:
            reason = f"the same account in lines {', '.join(str(row.line) for row in group)}"
        del paid[account]
        rejects += [Reject(row.line, row.account, row.value, reason) for row in group]
    rejects.sort(key=lambda reject: reject.line)
    counts = {"read": read, "accepted": read - len(rejects), "rejected": len(rejects), "merged": merged}
    return paid, rejects, counts


def _never(rules: Rules) -> Iterator[tuple[str, str]]:
    yield "ledger", rules.ledger
    if rules.token:
        yield "token", rules.token


# ------------------------------------------------------------------------------------------------------- computing


@dataclass(frozen=True)
class Epoch:
    """A computed epoch.

    Attributes
    ----------
    rules, previous
        What it was made by, and from.
    before, now
        Entitlements before and after.
    rejects
        Rows that are left out.
    counts
        See :func:`validate`.
    tree
        The tree of `now`.
    """

    rules: Rules
    previous: Previous | None
    before: Entitlements
    now: Entitlements
    rejects: list[Reject]
    counts: dict[str, int]
    tree: StandardMerkleTree

    @property
    def root(self) -> str:
        """The root, 0x-hexadecimal."""
        return "0x" + self.tree.root.hex()

    @property
    def digits(self) -> int:
        """Hexadecimal digits of an account that name its shard."""
        digits = 0
        while len(self.now) >= ROWS_PER_SHARD * _HEX**digits:
            digits += 1
        return digits


def compute(rules: Rules, table: Path, name: str, before: Entitlements, previous: Previous | None) -> Epoch:
    """Compute an epoch.

    Parameters
    ----------
    rules
        How.
    table
        The table's file.
    name
        Its name, whose ending says its format.
    before
        Entitlements of the epoch before; empty for the first.
    previous
        What that epoch was; None for the first.

    Raises
    ------
    RewardsError
        If the table cannot be read, has bad rows that are not to be left out, pays nobody, or the total is above the
        supply or above what the ledger received.
    """
    try:
        rows = read_table(table, name, rules.account, rules.value, rules.separator)
        paid, rejects, counts = validate(rows, rules)
    except TableError as error:
        raise RewardsError(str(error) if str(error).startswith(name) else f"{name}: {error}") from None
    if rules.means == "cumulative":
        rejects, counts, paid = _refuse_falling(before, paid, rejects, counts)
    if rejects and rules.bad_rows == "refuse":
        raise RewardsError(
            f"{name}: {len(rejects):,} of {counts['read']:,} rows are bad. Mend them, or leave them out with "
            "bad_rows: leave_out",
            rejects,
        )
    if not paid:
        raise RewardsError(f"{name}: no row can be paid", rejects)
    if rules.unit == "weight":
        accounts = sorted(paid)
        parts = apportion(rules.pot or 0, [paid[account] for account in accounts], [a.hex() for a in accounts])
        paid = dict(zip(accounts, parts, strict=True))

    cumulative = dict(before.rows())
    for account, value in paid.items():
        cumulative[account] = value if rules.means == "cumulative" else cumulative.get(account, 0) + value
    ledger = bytes.fromhex(rules.ledger[2:])
    total = sum(cumulative.values())
    if total > SUPPLY:
        raise RewardsError(f"the total, {format_lvo(total)} LVO, is above the supply: nothing can be paid")
    if rules.funded is not None and total > rules.funded:
        raise RewardsError(
            f"the total, {format_lvo(total)} LVO, is {format_lvo(total - rules.funded)} LVO above what the ledger has "
            f"received, {format_lvo(rules.funded)} LVO: fund it first, or pay less"
        )
    # A leaf of nothing could never be claimed.
    payable = ((account, amount) for account, amount in sorted(cumulative.items()) if amount)
    now = Entitlements(ledger, rules.chain_id, payable)
    if not len(now):
        raise RewardsError("nobody gets anything: the pot is nothing")
    return Epoch(rules, previous, before, now, rejects, counts, now.tree())


def _refuse_falling(
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
    falling.sort(key=lambda reject: reject.account)
    lost = len(falling)
    counts = counts | {"accepted": counts["accepted"] - lost, "rejected": counts["rejected"] + lost}
    return rejects + falling, counts, sound


# ---------------------------------------------------------------------------------------------------------- files


def to_json(document: Any) -> bytes:
    """Write JSON as all files have it: keys as given, an indent of one, a newline at the end."""
    return json.dumps(document, indent=1, ensure_ascii=True).encode() + b"\n"


def rejects_csv(rejects: Iterable[Reject]) -> bytes:
    """List bad rows with their reasons; line 0 where more rows than one were meant."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("line", "account", "value", "reason"))
    for reject in rejects:
        # Cells that a spreadsheet would take for a formula are quoted by an apostrophe.
        cells = (f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell for cell in (reject.account, reject.value))
        writer.writerow((reject.line, *cells, reject.reason))
    return text.getvalue().encode("utf-8", "backslashreplace")


def entitlements_csv(epoch: Epoch) -> bytes:
    """List every account with what it was given before, what this epoch adds, and both together, in wei."""
    before = dict(epoch.before.rows())
    lines = ["account,previous,added,cumulative"]
    for account, amount in epoch.now.rows():
        last = before.get(account, 0)
        lines.append(f"0x{account.hex()},{last},{amount - last},{amount}")
    return ("\n".join(lines) + "\n").encode()


def parse_entitlements(content: bytes, ledger: str, chain_id: int) -> Entitlements:
    """Read what :func:`entitlements_csv` wrote.

    Raises
    ------
    RewardsError
        If anything in it is not as it was written.
    """
    lines = content.decode("ascii", "replace").split("\n")
    if lines[0] != "account,previous,added,cumulative" or lines[-1] != "":
        raise RewardsError("the list of entitlements is damaged: its first or last line is not as it was written")

    def rows() -> Iterator[tuple[bytes, int]]:
        for number, line in enumerate(lines[1:-1], 2):
            try:
                account, previous, added, cumulative = line.split(",")
                amount = int(cumulative)
                whole = f"{account.lower()},{int(previous)},{int(added)},{amount}"
                if whole != line or int(previous) + int(added) != amount or not _ADDRESS.fullmatch(account):
                    raise ValueError
            except ValueError:
                raise RewardsError(f"the list of entitlements is damaged in line {number}: {line[:80]!r}") from None
            yield bytes.fromhex(account[2:]), amount

    try:
        return Entitlements(bytes.fromhex(ledger[2:]), chain_id, rows())
    except ValueError as error:
        raise RewardsError(f"the list of entitlements is damaged: {error}") from None


def shard_name(account: str, digits: int) -> str:
    """Name the file that has the proof of an account."""
    return f"proofs/{account[2 : 2 + digits].lower() or 'all'}.json"


def shards(epoch: Epoch) -> Iterator[tuple[str, bytes]]:
    """Yield every proof shard with its name, in the order of the accounts."""
    digits = epoch.digits
    current = ""
    rows: dict[str, Any] = {}
    for (account, amount), proof in zip(epoch.now.rows(), epoch.tree.hex_proofs(), strict=True):
        address = "0x" + account.hex()
        name = shard_name(address, digits)
        if name != current:
            if rows:
                yield current, _shard(epoch, rows)
            current, rows = name, {}
        rows[address] = {"cumulative": str(amount), "proof": proof}
    yield current, _shard(epoch, rows)


def _shard(epoch: Epoch, rows: dict[str, Any]) -> bytes:
    rules = epoch.rules
    head = {"ledger": rules.ledger, "chainId": rules.chain_id, "epoch": rules.epoch, "root": epoch.root}
    return json.dumps({**head, "accounts": rows}, separators=(",", ":")).encode() + b"\n"


def outputs(epoch: Epoch) -> Iterator[tuple[str, bytes]]:
    """Yield every computed file of the folder but the manifest, with its name."""
    yield "entitlements.csv", entitlements_csv(epoch)
    yield "rejects.csv", rejects_csv(epoch.rejects)
    tree = io.BytesIO()
    epoch.tree.write_dump(tree)
    yield "tree.json", tree.getvalue()
    yield from shards(epoch)


def manifest(epoch: Epoch, files: dict[str, dict[str, Any]]) -> Manifest:
    """Return the manifest.

    Parameters
    ----------
    files
        SHA-256 and size of every other file, by name.
    """
    rules = asdict(epoch.rules)
    for key in ("pot", "funded"):
        rules[key] = None if rules[key] is None else str(rules[key])
    previous = epoch.previous
    document = {
        "schema": SCHEMA,
        "root": epoch.root,
        "total": str(epoch.now.total),
        "added": str(epoch.now.total - epoch.before.total),
        "accounts": len(epoch.now),
        "rows": epoch.counts,
        "shardDigits": epoch.digits,
        "rules": rules,
        "previous": None
        if previous is None
        else {
            "epoch": previous.epoch,
            "root": previous.root,
            "total": str(previous.total),
            "manifest": previous.manifest_hash,
        },
        "files": dict(sorted(files.items())),
    }
    return Manifest(document, to_json(document))


def rules_of(document: dict[str, Any]) -> Rules:
    """Read the rules back from a manifest.

    Raises
    ------
    RewardsError
        If they are not as :func:`manifest` writes them.
    """
    try:
        raw = dict(document["rules"])
        rules = Rules(**raw)
        for key in ("ledger", "account", "value"):
            if not isinstance(raw[key], str):
                raise TypeError
        if not _ADDRESS.fullmatch(rules.ledger) or (rules.token and not _ADDRESS.fullmatch(rules.token)):
            raise ValueError
        if type(rules.chain_id) is not int or type(rules.epoch) is not int or rules.epoch < 1:
            raise ValueError
        choices = (
            (rules.unit, UNITS),
            (rules.means, MEANINGS),
            (rules.duplicates, DUPLICATES),
            (rules.bad_rows, BAD_ROWS),
        )
        if rules.separator not in SEPARATORS or any(word not in words for word, words in choices):
            raise ValueError
        if (rules.epoch == 1) != (document["previous"] is None) or (rules.unit == "weight") != (rules.pot is not None):
            raise ValueError
        amounts = {key: None if raw[key] is None else Wei(int(raw[key])) for key in ("pot", "funded")}
        return replace(rules, pot=amounts["pot"], funded=amounts["funded"])
    except (KeyError, TypeError, ValueError):
        raise RewardsError("the rules in manifest.json are damaged") from None
