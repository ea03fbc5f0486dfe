"""What a side of a channel must never forget, in an SQLite file that survives being killed.

A transaction is on the disk when :meth:`Store.commit` returns: write-ahead log, ``synchronous=FULL``. One process at a
time has the file, because two payers that did not know of each other would promise the same money twice.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lvo.channels.books import Standing
from lvo.channels.vouchers import NO_HASH, Channel, Signed, Voucher

GIVEN, TAKEN = 0, 1
"""Which side of a channel a voucher is remembered for: who signed it, who is paid by it."""

Change = tuple[str, tuple[object, ...]]
"""A statement and what goes into it."""

_TABLES = (
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS channels (id BLOB PRIMARY KEY, payer TEXT, payee TEXT, signer TEXT, notice INTEGER, "
    "expiry INTEGER, deposit TEXT, settled TEXT, close_at INTEGER, closed INTEGER) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS vouchers (channel BLOB, side INTEGER, cumulative TEXT, memo BLOB, lock BLOB, "
    "locked TEXT, lock_expiry INTEGER, signature BLOB, secret BLOB, PRIMARY KEY (channel, side)) "
    "WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS routes (lock BLOB PRIMARY KEY, incoming BLOB, outgoing BLOB, ticket TEXT, item BLOB) "
    "WITHOUT ROWID",
)


class StoreError(Exception):
    """The file cannot be used, or something could not be written: nothing more may be promised or accepted."""


@dataclass(frozen=True)
class Held:
    """The newest voucher of a channel on one side.

    Attributes
    ----------
    signed
        The voucher.
    secret
        What opens its lock; empty: not known.
    """

    signed: Signed
    secret: bytes = b""

    @property
    def voucher(self) -> Voucher:
        """The voucher without its signature."""
        return self.signed.voucher

    def earned(self) -> int:
        """Return what it is worth with the secret that is known, wei."""
        return self.voucher.cumulative + (self.voucher.locked if self.secret else 0)

    def is_pending(self, time: int) -> bool:
        """Whether its lock may still be opened by a secret that is not known yet."""
        return bool(self.voucher.locked and not self.secret and time < self.voucher.lock_expiry)


@dataclass(frozen=True)
class Route:
    """A lock that a hub has passed on and whose secret it does not know yet."""

    lock: bytes
    incoming: bytes
    outgoing: bytes
    ticket: str
    item: bytes


class Store:
    """An SQLite file; see the module.

    Parameters
    ----------
    path
        The file; made if it is not there.
    owner
        Whose state it is, for example a chain, a contract and an account: another owner is refused.

    Raises
    ------
    StoreError
        If another process has the file, it is another owner's, or it is damaged.
    """

    def __init__(self, path: Path, owner: str) -> None:
        self.path = path
        self.broken = False
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(path, timeout=1 / 5, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("BEGIN IMMEDIATE")
            for table in _TABLES:
                self._db.execute(table)
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('owner', ?)", (owner,))
            known = self._db.execute("SELECT value FROM meta WHERE key = 'owner'").fetchone()[0]
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreError(f"{path} cannot be used ({error}): another process has it, or it is damaged.") from None
        if known != owner:
            self.close()
            raise StoreError(f"{path} is the state of {known}, not of {owner}.")

    def commit(self, changes: Iterable[Change]) -> None:
        """Write changes, all or none; they are on the disk when this returns.

        Raises
        ------
        StoreError
            If they could not be written, and for ever after: what is in memory is ahead of the disk then.
        """
        if self.broken:
            raise StoreError(f"{self.path} failed before: start again.")
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for statement, values in changes:
                self._db.execute(statement, values)
            self._db.execute("COMMIT")
        except BaseException as error:
            self.broken = True
            raise StoreError(f"{self.path} could not be written: {error}") from error

    def close(self) -> None:
        """Let another process have the file."""
        self._db.close()

    # Reading, at the start

    def standings(self) -> dict[bytes, Standing]:
        """Return every channel that was watched, as it was last seen."""
        rows = self._db.execute("SELECT * FROM channels")
        return {
            bytes(row[0]): Standing(Channel(*row[1:6]), int(row[6]), int(row[7]), row[8], bool(row[9])) for row in rows
        }

    def vouchers(self, side: int) -> dict[bytes, Held]:
        """Return the newest voucher of every channel on one side."""
        held = {}
        for row in self._db.execute("SELECT * FROM vouchers WHERE side = ?", (side,)):
            channel = bytes(row[0])
            voucher = Voucher(channel, int(row[2]), bytes(row[3]), bytes(row[4]), int(row[5]), row[6])
            held[channel] = Held(Signed(voucher, bytes(row[7])), bytes(row[8]))
        return held

    def routes(self) -> dict[bytes, Route]:
        """Return what a hub has passed on and has no secret for, by lock."""
        return {
            bytes(row[0]): Route(bytes(row[0]), bytes(row[1]), bytes(row[2]), row[3], bytes(row[4]))
            for row in self._db.execute("SELECT * FROM routes")
        }


def put_standing(standing: Standing) -> Change:
    """Remember a channel as the chain has it."""
    row = (
        standing.channel.id, *standing.channel.row, str(standing.deposit), str(standing.settled), standing.close_at,
        int(standing.closed),
    )  # fmt: skip
    return "INSERT OR REPLACE INTO channels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row


def put_voucher(side: int, held: Held) -> Change:
    """Remember the newest voucher of a channel."""
    voucher = held.voucher
    row = (
        voucher.channel, side, str(voucher.cumulative), voucher.memo_hash, voucher.lock, str(voucher.locked),
        voucher.lock_expiry, held.signed.signature, held.secret,
    )  # fmt: skip
    return "INSERT OR REPLACE INTO vouchers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row


def put_route(route: Route) -> Change:
    """Remember a lock that is passed on."""
    row = (route.lock, route.incoming, route.outgoing, route.ticket, route.item)
    return "INSERT OR REPLACE INTO routes VALUES (?, ?, ?, ?, ?)", row


def drop_route(lock: bytes) -> Change:
    """Forget a lock: its secret is known, or its time is over."""
    return "DELETE FROM routes WHERE lock = ?", (lock,)


def nothing(channel: bytes) -> Held:
    """Return what stands for no voucher at all."""
    return Held(Signed(Voucher(channel, 0), NO_HASH * 2))
