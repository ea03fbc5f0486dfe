"""One epoch of a stream: validate a table, apportion, and add to what was before.

Everything here is a function of the table, the entitlements before it and the rules: no clock, no random number, no
order of a hash table, no path. So two machines make the same bytes.
"""

from dataclasses import dataclass
from pathlib import Path

from lvo.apportion import apportion
from lvo.merkle import StandardMerkleTree
from lvo.rewards.entitlements import Entitlements
from lvo.rewards.order import Rules
from lvo.rewards.rows import Reject, RewardsError, refuse_falling, validate
from lvo.rewards.table import TableError, read_table
from lvo.rewards.weigh import columns_of, weigh
from lvo.units import SUPPLY, format_lvo

ROWS_PER_SHARD = 128
"""A shard holds fewer rows than this on average."""
_HEX = 16


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
        See :func:`lvo.rewards.rows.validate`.
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
        paid, rejects, counts = _read(rules, table, name)
    except TableError as error:
        raise RewardsError(str(error) if str(error).startswith(name) else f"{name}: {error}") from None
    if rules.means == "cumulative":
        rejects, counts, paid = refuse_falling(before, paid, rejects, counts)
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


def _read(rules: Rules, table: Path, name: str) -> tuple[dict[bytes, int], list[Reject], dict[str, int]]:
    never = {bytes.fromhex(rules.ledger[2:]): "ledger"}
    if rules.token:
        never[bytes.fromhex(rules.token[2:])] = "token"
    if rules.weigh is not None:
        columns, exact = columns_of(rules.weigh)
        return weigh(read_table(table, name, columns, exact, rules.separator), rules.weigh, never)
    rows = read_table(table, name, (rules.account, rules.value), rules.value, rules.separator)
    return validate(rows, rules.unit, rules.duplicates == "merge", never)
