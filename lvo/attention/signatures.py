"""Checks the signatures of a journal in bulk, on as many processors as there are.

What comes out is the table that the engine computes from: the receipts without their signatures, with a column that
says which signature is wrong. Checking is by far the dearest step, and one row group needs nothing of another.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from lvo.attention.journal import AttentionError, Journal, read_journal, read_receipts, row_groups
from lvo.attention.messages import LAST_EPOCH, MOST_UNITS, Domain, Receipt, SessionKey, recoverer

if TYPE_CHECKING:
    import pyarrow as pa

VIEWER_FLAW = 6
"""The viewer's signature is by nobody who may sign for the viewer."""
PUBLISHER_FLAW = 7
"""The same of the publisher's."""
WORTH_A_PROCESS = 1 << 23
"""Bytes of receipts from which other processes are started."""

Progress = Callable[[str], None]


def checked_schema() -> "pa.Schema":
    """Return the columns of a checked file."""
    import pyarrow as pa

    return pa.schema(
        [
            ("campaign", pa.int32()),
            ("publisher", pa.int32()),
            ("viewer", pa.int32()),
            ("epoch", pa.int32()),
            ("units", pa.int64()),
            ("context", pa.binary()),
            ("flaw", pa.int8()),
        ]
    )


class Checker:
    """Says which signature of a receipt is wrong.

    A session key is checked when something is first signed with it: of millions, most may sign nothing here.
    """

    def __init__(self, domain: Domain, epoch: int, keys: Iterable[SessionKey]) -> None:
        """Take the session keys.

        Parameters
        ----------
        domain
            Of the ledger.
        epoch
            Number of the epoch; keys count if their range has it.
        keys
            Session keys as published.
        """
        self._domain = domain
        self._recover = recoverer()
        self._named: dict[tuple[bytes, bytes], list[SessionKey]] = defaultdict(list)
        self._known: dict[tuple[bytes, bytes], bool] = {}
        for key in keys:
            if key.first_epoch <= epoch <= key.last_epoch:
                self._named[key.account, key.key].append(key)

    def key_flaw(self, key: SessionKey) -> str:
        """Say what is wrong with a session key; empty if nothing is."""
        if not 0 <= key.first_epoch <= key.last_epoch <= LAST_EPOCH:
            return "its epochs are no range"
        if self._recover(self._domain.key_digest(key), key.signature) != key.account:
            return "its account did not sign it"
        return ""

    def flaw(self, receipt: Receipt, signature: bytes, countersignature: bytes) -> int:
        """Return `VIEWER_FLAW`, `PUBLISHER_FLAW` or, if both signatures hold, 0."""
        digest, counter = self._domain.digests(receipt)
        if not self._signed(digest, signature, receipt.viewer):
            return VIEWER_FLAW
        return 0 if self._signed(counter, countersignature, receipt.publisher) else PUBLISHER_FLAW

    def _signed(self, digest: bytes, signature: bytes, account: bytes) -> bool:
        signer = self._recover(digest, signature)
        return signer is not None and (signer == account or self._may_sign(account, signer))

    def _may_sign(self, account: bytes, key: bytes) -> bool:
        pair = (account, key)
        if pair not in self._known:
            self._known[pair] = any(not self.key_flaw(named) for named in self._named.get(pair, ()))
        return self._known[pair]


@dataclass
class Work:
    """What a process keeps between row groups."""

    journal: Journal
    checker: Checker
    epoch: int


_work: Work | None = None


def _begin(folder: Path, chain_id: int, ledger: str, epoch: int) -> None:
    global _work
    journal = read_journal(folder)
    _work = Work(journal, Checker(Domain(chain_id, ledger), epoch, journal.keys), epoch)


def _check_there(source: Path, group: int, target: Path) -> int:
    assert _work is not None
    return check_group(_work, source, group, target)


def check_journal(
    journal: Journal,
    domain: Domain,
    epoch: int,
    out: Path,
    processes: int | None = None,
    progress: Progress = lambda _: None,
) -> int:
    """Check every receipt of a journal.

    Parameters
    ----------
    journal
        Its lists, already read.
    domain, epoch
        What the receipts must be for. A receipt that is rejected without its signatures is not checked.
    out
        Folder of the checked files, which gets one for each row group of receipts.
    processes
        How many work at it; by default as many as processors, or one for a small journal.
    progress
        Is told the name of each checked file.

    Returns
    -------
    int
        How many receipts were checked.

    Raises
    ------
    AttentionError
        If there are no receipts, or a file of them is damaged.
    """
    groups = [(path, group) for path in journal.receipts for group in range(row_groups(path))]
    if not groups:
        raise AttentionError(f"{journal.folder}: there are no receipts")
    out.mkdir(parents=True)
    targets = [out / f"{path.stem}-{group:05d}.parquet" for path, group in groups]
    if processes is None:
        large = sum(path.stat().st_size for path in journal.receipts) >= WORTH_A_PROCESS
        processes = min(os.cpu_count() or 1, len(groups)) if large else 1
    checked = 0
    if processes == 1:
        work = Work(journal, Checker(domain, epoch, journal.keys), epoch)
        for (source, group), target in zip(groups, targets, strict=True):
            checked += check_group(work, source, group, target)
            progress(target.name)
        return checked
    arguments = (journal.folder, domain.chain_id, domain.ledger, epoch)
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, arguments) as pool:
        counts = pool.map(_check_there, *zip(*groups, strict=True), targets)
        for target, count in zip(targets, counts, strict=True):
            checked += count
            progress(target.name)
    return checked


def check_group(work: Work, source: Path, group: int, target: Path) -> int:
    """Check one row group of a file of receipts; returns how many receipts were checked."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    checked = 0
    with pq.ParquetWriter(target, checked_schema()) as writer:
        for batch in read_receipts(source, group):
            flaws, count = _check_batch(work, batch)
            checked += count
            columns = [batch.column(name) for name in ("campaign", "publisher", "viewer", "epoch", "units")]
            columns += [batch.column("context").cast(pa.binary()), pa.array(flaws, pa.int8())]
            writer.write_batch(pa.record_batch(columns, schema=checked_schema()))
    return checked


def _check_batch(work: Work, batch: "pa.RecordBatch") -> tuple[list[int], int]:
    journal, flaw_of = work.journal, work.checker.flaw
    ids = [campaign.id for campaign in journal.campaigns]
    publishers, viewers = journal.publishers, journal.viewers
    flaws, checked = [], 0
    for campaign, publisher, viewer, epoch, units, context, signature, countersignature in zip(
        *(column.to_pylist() for column in batch.columns), strict=True
    ):
        flaw = 0
        if (
            epoch == work.epoch
            and 0 < units <= MOST_UNITS
            and 0 <= campaign < len(ids)
            and 0 <= publisher < len(publishers)
            and 0 <= viewer < len(viewers)
        ):
            receipt = Receipt(ids[campaign], publishers[publisher], viewers[viewer], epoch, units, context)
            flaw = flaw_of(receipt, signature, countersignature)
            checked += 1
        flaws.append(flaw)
    return flaws, checked
