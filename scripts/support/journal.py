"""What was signed and sent: ``journal/<chain id>.sqlite`` beside the records of deployments.

Every transaction is on the disk before the first node hears of it, so that a run which was killed at any instant can be
continued with the same bytes. One process at a time sends on a chain from one journal.
"""

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.support import records
from scripts.support.console import ScriptError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS transactions (
    txid     TEXT PRIMARY KEY,
    genesis  TEXT NOT NULL,    -- hash of block 0: chains of one's own share their id
    sender   TEXT NOT NULL,
    nonce    INTEGER NOT NULL,
    call     TEXT NOT NULL,    -- Keccak-256 of receiver, value and data: what is done, whatever it costs
    name     TEXT NOT NULL,
    fields   TEXT NOT NULL,    -- JSON
    raw      TEXT NOT NULL,
    time     INTEGER NOT NULL, -- Unix seconds
    state    TEXT NOT NULL,    -- sent, mined, final, lost
    status   INTEGER,          -- 1 if it succeeded, 0 if it failed
    block    INTEGER,
    reported INTEGER NOT NULL  -- 1 once the script that wanted it knows what became of it
)
"""
_locks: dict[Path, tuple[int, Any]] = {}
"""Depth and file of the locks that this process holds."""


@dataclass(frozen=True)
class Entry:
    """A signed transaction and what became of it."""

    txid: str
    sender: str
    nonce: int
    call: str
    name: str
    fields: dict[str, Any]
    raw: str
    time: int
    state: str
    status: int | None = None
    block: int | None = None
    reported: bool = False


class Journal:
    """The transactions of one chain.

    Every method that writes returns after the disk has it.
    """

    def __init__(self, chain_id: int, genesis: str) -> None:
        self.path = _folder() / f"{chain_id}.sqlite"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.genesis = genesis
        try:
            self.database = sqlite3.connect(self.path, isolation_level=None)
            self.database.row_factory = sqlite3.Row
            self.database.execute("PRAGMA synchronous = FULL")
            self.database.execute(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise ScriptError(
                f"The journal {self.path} cannot be read ({error}): restore it, or move it away once nothing that it "
                "sent is under way any more."
            ) from None

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    def record(self, entry: Entry) -> None:
        """Write down a transaction that is about to be sent."""
        self.database.execute(
            "INSERT OR REPLACE INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                entry.txid,
                self.genesis,
                entry.sender,
                entry.nonce,
                entry.call,
                entry.name,
                json.dumps(entry.fields),
                entry.raw,
                entry.time,
                entry.state,
                entry.status,
                entry.block,
                int(entry.reported),
            ),
        )

    def unfinished(self, sender: str | None = None) -> list[list[Entry]]:
        """Return what is neither final nor lost, or unknown to the script that wanted it: versions by nonce, in order.

        Versions of one nonce do the same at another price; the newest is the last.
        """
        rows = self.database.execute(
            "SELECT txid, sender, nonce, call, name, fields, raw, time, state, status, block, reported "
            "FROM transactions WHERE genesis = ? AND (? IS NULL OR sender = ?) "
            "AND (state IN ('sent', 'mined') OR (state = 'final' AND reported = 0)) ORDER BY sender, nonce, rowid",
            (self.genesis, sender, sender),
        )
        groups: dict[tuple[str, int], list[Entry]] = {}
        for row in rows:
            values = dict(row) | {"fields": json.loads(row["fields"]), "reported": bool(row["reported"])}
            entry = Entry(**values)
            groups.setdefault((entry.sender, entry.nonce), []).append(entry)
        return list(groups.values())

    def mark(self, version: Entry, state: str, status: int | None = None, block: int | None = None) -> None:
        """Note what became of the nonce of a transaction."""
        self.database.execute(
            "UPDATE transactions SET state = ?, status = ?, block = ? WHERE genesis = ? AND sender = ? AND nonce = ?",
            (state, status, block, self.genesis, version.sender, version.nonce),
        )

    def report(self, version: Entry) -> None:
        """Note that the script which wanted a transaction knows what became of it."""
        self.database.execute(
            "UPDATE transactions SET reported = 1 WHERE genesis = ? AND sender = ? AND nonce = ?",
            (self.genesis, version.sender, version.nonce),
        )

    def reopen(self, sender: str, nonce: int) -> None:
        """Take back that transactions were mined, from a nonce on: the chain has forgotten them."""
        self.database.execute(
            "UPDATE transactions SET state = 'sent' WHERE genesis = ? AND sender = ? AND nonce >= ? "
            "AND state IN ('mined', 'final')",
            (self.genesis, sender, nonce),
        )

    def next_nonce(self, sender: str) -> int:
        """Return the lowest nonce that nothing here has used: a node that is behind may name a lower one."""
        row = self.database.execute(
            "SELECT MAX(nonce) FROM transactions WHERE genesis = ? AND sender = ?", (self.genesis, sender)
        ).fetchone()
        return 0 if row[0] is None else int(row[0]) + 1


def _folder() -> Path:
    return records.FOLDER / "journal"


@contextmanager
def sole(chain_id: int) -> Iterator[None]:
    """Keep other processes from sending on a chain; may be nested. The kernel lets go if this process is killed.

    Raises
    ------
    ScriptError
        If another process is sending.
    """
    path = _folder() / f"{chain_id}.lock"
    depth, file = _locks.get(path, (0, None))
    if file is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            who = file.read().strip()
            file.close()
            raise ScriptError(
                f"Another run is sending on chain {chain_id} ({who or 'it has just begun'}): wait until it ends, then "
                "run the same command again. Nothing was sent."
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}")
        file.flush()
    _locks[path] = (depth + 1, file)
    try:
        yield
    finally:
        if depth:
            _locks[path] = (depth, file)
        else:
            del _locks[path]
            file.close()
