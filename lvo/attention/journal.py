"""The journal of an epoch: campaigns, accounts, session keys and receipts, as a collector keeps and publishes them.

A folder of

- ``campaigns.csv``: one a row, by rising id, with what AdLedger holds of it;
- ``publishers.parquet``, ``viewers.parquet``: addresses, strictly rising, so that none is there twice;
- ``keys.parquet``: session keys with their accounts' signatures;
- ``receipts/*.parquet``: receipts that name campaign, publisher and viewer by their places in these lists.

Places are integers of 32 bits, with which an engine joins and groups several times faster than with addresses.
"""

import csv
import io
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lvo.attention.messages import CONTEXT, SIGNATURE, SessionKey, Signed
from lvo.rewards.rows import RewardsError
from lvo.units import LVO

if TYPE_CHECKING:
    import pyarrow as pa

CAMPAIGNS = "campaigns.csv"
PUBLISHERS = "publishers.parquet"
VIEWERS = "viewers.parquet"
KEYS = "keys.parquet"
RECEIPTS = "receipts"

ADDRESS = 20
ROWS_PER_FILE = 1 << 22
ROWS_PER_GROUP = 1 << 17
BITS = 63
"""Bits that the places of a campaign, a viewer and a publisher may need together: they share one signed word."""
_ID = re.compile(r"0x[0-9a-f]{64}")


class AttentionError(RewardsError):
    """A journal, order or folder from which nothing can be computed; the message says why."""


@dataclass(frozen=True)
class Campaign:
    """A campaign as AdLedger holds it when the epoch is computed.

    Attributes
    ----------
    campaign
        Its id, 0x and 64 hexadecimal digits.
    price
        Wei for a unit of attention.
    viewer_part, publisher_part
        Wei of the price for the viewer and for the publisher; the rest is the platform's.
    viewer_cap
        Units of one viewer that count in an epoch, over all publishers.
    epoch_cap
        What a line may come to at most, in whole LVO.
    start, stop
        First epoch that counts, first that does not.
    remaining
        What is escrowed and not booked, in wei.
    """

    campaign: str
    price: int
    viewer_part: int
    publisher_part: int
    viewer_cap: int
    epoch_cap: int
    start: int
    stop: int
    remaining: int

    @property
    def platform_part(self) -> int:
        """Wei of the price for the platform."""
        return self.price - self.viewer_part - self.publisher_part

    @property
    def most_units(self) -> int:
        """Units that a line can have, by what is escrowed and by the cap, rounded down."""
        return min(self.remaining, self.epoch_cap * LVO) // self.price

    @property
    def id(self) -> bytes:
        """Its id, 32 bytes."""
        return bytes.fromhex(self.campaign[2:])


_COLUMNS = tuple(field.name for field in fields(Campaign))
_LIMITS = {
    "price": 1 << 72,
    "viewer_part": 1 << 72,
    "publisher_part": 1 << 72,
    "viewer_cap": 1 << 64,
    "epoch_cap": 1 << 24,
    "start": 1 << 24,
    "stop": 1 << 24,
    "remaining": 1 << 96,
}
"""What each number is below, as in the contract."""


def campaigns_csv(campaigns: Iterable[Campaign]) -> bytes:
    """Write a list of campaigns, by rising id."""
    lines = [",".join(_COLUMNS)]
    for each in sorted(campaigns, key=lambda campaign: campaign.campaign):
        lines.append(",".join(str(getattr(each, name)) for name in _COLUMNS))
    return ("\n".join(lines) + "\n").encode()


def read_campaigns(content: bytes) -> list[Campaign]:
    """Read what :func:`campaigns_csv` wrote.

    Raises
    ------
    AttentionError
        If a row is not as the contract could have it, or the ids do not rise.
    """
    rows = csv.DictReader(io.StringIO(content.decode("ascii", "replace"), newline=""))
    if tuple(rows.fieldnames or ()) != _COLUMNS:
        raise AttentionError(f"{CAMPAIGNS}: the header must be {','.join(_COLUMNS)}")
    found: list[Campaign] = []
    for number, row in enumerate(rows, 2):
        where = f"{CAMPAIGNS}, line {number}"
        if not _ID.fullmatch(row["campaign"] or ""):
            raise AttentionError(f"{where}: {row['campaign']!r} is not 0x and 64 lower-case hexadecimal digits")
        numbers = {}
        for name, limit in _LIMITS.items():
            text = row[name] or ""
            if not (text.isascii() and text.isdigit()) or int(text) >= limit:
                raise AttentionError(f"{where}: {name} is {text!r}, and must be a whole number below {limit}")
            numbers[name] = int(text)
        each = Campaign(row["campaign"], **numbers)
        if each.price == 0 or each.platform_part < 0:
            raise AttentionError(f"{where}: the price must be positive and its parts not above it")
        if found and found[-1].campaign >= each.campaign:
            raise AttentionError(f"{where}: ids must rise, so that no campaign is there twice")
        found.append(each)
    if not found:
        raise AttentionError(f"{CAMPAIGNS}: there is no campaign")
    return found


class Accounts(Sequence[bytes]):
    """Addresses in rising order, 20 bytes each, in one piece of memory."""

    def __init__(self, packed: bytes) -> None:
        """Take the addresses one behind the other.

        Raises
        ------
        AttentionError
            If they do not rise strictly: an account that is there twice would have two caps.
        """
        self._packed = packed
        if len(packed) % ADDRESS or any(a >= b for a, b in pairwise(self)):
            raise AttentionError("a list of accounts must rise strictly, so that no account is there twice")

    def __len__(self) -> int:
        return len(self._packed) // ADDRESS

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._packed[ADDRESS * index : ADDRESS * (index + 1)]

    def __iter__(self) -> Iterator[bytes]:
        packed = self._packed
        return (packed[at : at + ADDRESS] for at in range(0, len(packed), ADDRESS))

    def find(self, account: bytes) -> int | None:
        """Return the place of an account, or None."""
        i = bisect_left(range(len(self)), account, key=self.__getitem__)
        return i if i < len(self) and self[i] == account else None


def bits(count: int) -> int:
    """Return how many bits the places of a list of `count` need."""
    return max(count - 1, 1).bit_length()


# ------------------------------------------------------------------------------------------------------------- Parquet


def receipt_schema() -> "pa.Schema":
    """Return the columns of a file of receipts."""
    import pyarrow as pa

    return pa.schema(
        [
            ("campaign", pa.int32()),
            ("publisher", pa.int32()),
            ("viewer", pa.int32()),
            ("epoch", pa.int32()),
            ("units", pa.int64()),
            ("context", pa.binary(CONTEXT)),
            ("signature", pa.binary(SIGNATURE)),
            ("countersignature", pa.binary(SIGNATURE)),
        ]
    )


def key_schema() -> "pa.Schema":
    """Return the columns of the file of session keys."""
    import pyarrow as pa

    return pa.schema(
        [
            ("account", pa.binary(ADDRESS)),
            ("key", pa.binary(ADDRESS)),
            ("first_epoch", pa.int32()),
            ("last_epoch", pa.int32()),
            ("signature", pa.binary(SIGNATURE)),
        ]
    )


def _read_parquet(path: Path, schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise AttentionError(f"{path.name}: there is no such file") from None
    except (OSError, pa.ArrowException) as error:
        raise AttentionError(f"{path.name}: this is not Parquet: {str(error).splitlines()[0]}") from None
    if not table.schema.equals(schema) or any(column.null_count for column in table.columns):
        raise AttentionError(f"{path.name}: the columns must be {', '.join(schema.names)}, typed and without gaps")
    return table


def write_accounts(path: Path, accounts: Iterable[bytes]) -> Accounts:
    """Write a list of accounts, sorted, each once; return it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = Accounts(b"".join(sorted(set(accounts))))
    pq.write_table(pa.table({"account": pa.array(list(made), pa.binary(ADDRESS))}), path)
    return made


def read_accounts(path: Path) -> Accounts:
    """Read a list of accounts.

    Raises
    ------
    AttentionError
        If it is damaged or does not rise strictly.
    """
    import pyarrow as pa

    column = _read_parquet(path, pa.schema([("account", pa.binary(ADDRESS))])).column("account")
    return Accounts(b"".join(b"".join(chunk.to_pylist()) for chunk in column.chunks))


def write_keys(path: Path, keys: Iterable[SessionKey]) -> None:
    """Write session keys, by account and key."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = key_schema().names
    ordered = sorted(set(keys), key=lambda key: (key.account, key.key, key.first_epoch, key.last_epoch, key.signature))
    columns = {name: [getattr(key, name) for key in ordered] for name in names}
    pq.write_table(pa.table(columns, schema=key_schema()), path)


def read_keys(path: Path) -> list[SessionKey]:
    """Read session keys; their signatures are checked later, with the receipts'."""
    return [SessionKey(**row) for row in _read_parquet(path, key_schema()).to_pylist()]


def row_groups(path: Path) -> int:
    """Return how many row groups a file of receipts has.

    Raises
    ------
    AttentionError
        If it is not Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_row_groups)
    except (OSError, pa.ArrowException) as error:
        raise AttentionError(f"{path.name}: this is not Parquet: {str(error).splitlines()[0]}") from None


def read_receipts(path: Path, group: int | None = None) -> "Iterator[pa.RecordBatch]":
    """Yield the receipts of one file, or of one of its row groups, in batches.

    Raises
    ------
    AttentionError
        If it has other columns, or gaps.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        if not file.schema_arrow.equals(receipt_schema()):
            raise AttentionError(f"{path.name}: the columns must be {', '.join(receipt_schema().names)}, typed")
        groups = None if group is None else [group]
        for batch in file.iter_batches(ROWS_PER_GROUP // 8, groups):
            if any(column.null_count for column in batch.columns):
                raise AttentionError(f"{path.name}: a receipt has gaps")
            yield batch
    except (OSError, pa.ArrowException) as error:
        raise AttentionError(f"{path.name}: this is not Parquet: {str(error).splitlines()[0]}") from None


@dataclass(frozen=True)
class Journal:
    """The lists of a journal, read; its receipts stay on disk.

    Attributes
    ----------
    folder
        Where it is.
    campaigns
        By rising id.
    publishers, viewers
        By rising address.
    keys
        Session keys, not yet checked.
    """

    folder: Path
    campaigns: list[Campaign]
    publishers: Accounts
    viewers: Accounts
    keys: list[SessionKey]

    @property
    def receipts(self) -> list[Path]:
        """The files of receipts, by name."""
        return sorted((self.folder / RECEIPTS).glob("*.parquet"))

    @property
    def files(self) -> list[str]:
        """The names of all files of the journal."""
        return [CAMPAIGNS, PUBLISHERS, VIEWERS, KEYS, *(f"{RECEIPTS}/{path.name}" for path in self.receipts)]

    @property
    def widths(self) -> tuple[int, int]:
        """Bits of a publisher's and of a viewer's place."""
        return bits(len(self.publishers)), bits(len(self.viewers))


def read_journal(folder: Path) -> Journal:
    """Read the lists of a journal.

    Raises
    ------
    AttentionError
        If one is missing or damaged, there are no receipts, or the lists are too long together.
    """
    try:
        content = (folder / CAMPAIGNS).read_bytes()
    except OSError as error:
        raise AttentionError(f"{folder / CAMPAIGNS} cannot be read: {error.strerror}") from None
    found = Journal(
        folder,
        read_campaigns(content),
        read_accounts(folder / PUBLISHERS),
        read_accounts(folder / VIEWERS),
        read_keys(folder / KEYS),
    )
    if not found.receipts:
        raise AttentionError(f"{folder / RECEIPTS}: there are no receipts")
    if bits(len(found.campaigns)) + sum(found.widths) > BITS:
        raise AttentionError(
            f"{len(found.campaigns):,} campaigns, {len(found.publishers):,} publishers and {len(found.viewers):,} "
            f"viewers need more than {BITS} bits together: divide the epoch's journal by campaigns"
        )
    return found


def write_journal(
    folder: Path,
    campaigns: Sequence[Campaign],
    receipts: Iterable[Signed],
    keys: Iterable[SessionKey] = (),
    rows_per_file: int = ROWS_PER_FILE,
) -> Journal:
    """Write a journal from receipts as they came, in any order.

    What names no known campaign is left out by whoever collects: here it is an error.

    Raises
    ------
    AttentionError
        If a receipt names a campaign that is not in the list.
    """
    (folder / RECEIPTS).mkdir(parents=True)
    (folder / CAMPAIGNS).write_bytes(campaigns_csv(campaigns))
    signed = list(receipts)
    publishers = write_accounts(folder / PUBLISHERS, (each.receipt.publisher for each in signed))
    viewers = write_accounts(folder / VIEWERS, (each.receipt.viewer for each in signed))
    write_keys(folder / KEYS, keys)
    places = {each.id: i for i, each in enumerate(sorted(campaigns, key=lambda campaign: campaign.campaign))}
    for number, first in enumerate(range(0, len(signed), rows_per_file)):
        _write_receipts(
            folder / RECEIPTS / f"part-{number:05d}.parquet",
            signed[first : first + rows_per_file],
            places,
            _places(publishers),
            _places(viewers),
        )
    return read_journal(folder)


def _places(accounts: Accounts) -> dict[bytes, int]:
    return {account: i for i, account in enumerate(accounts)}


def _write_receipts(
    path: Path,
    signed: Sequence[Signed],
    campaigns: Mapping[bytes, int],
    publishers: Mapping[bytes, int],
    viewers: Mapping[bytes, int],
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def column(kind: str, of: Callable[[Signed], int]) -> "array[int]":
        return array(kind, map(of, signed))

    try:
        places = column("i", lambda each: campaigns[each.receipt.campaign])
    except KeyError as error:
        raise AttentionError(
            f"a receipt names the campaign 0x{error.args[0].hex()}, which is not in the list"
        ) from None
    table = pa.table(
        [
            places,
            column("i", lambda each: publishers[each.receipt.publisher]),
            column("i", lambda each: viewers[each.receipt.viewer]),
            column("i", lambda each: each.receipt.epoch),
            column("q", lambda each: each.receipt.units),
            [each.receipt.context for each in signed],
            [each.signature for each in signed],
            [each.countersignature for each in signed],
        ],
        schema=receipt_schema(),
    )
    pq.write_table(table, path, row_group_size=ROWS_PER_GROUP)
