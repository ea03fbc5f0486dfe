"""The rows of a reward table: CSV, plain or gzip, or Parquet; every row comes out, sound or not."""

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PARQUET = ".parquet"
_EXACT = ("VARCHAR", "HUGEINT", "UHUGEINT", "BIGINT", "UBIGINT", "INTEGER", "UINTEGER", "SMALLINT", "USMALLINT")


class TableError(ValueError):
    """A file that cannot be read as a table at all; the message says why."""


@dataclass(frozen=True)
class Row:
    """A row as it was written.

    Attributes
    ----------
    line
        Where it ends in the file, counted from 1; of Parquet, its number.
    cells
        Those of the columns that were asked for, trimmed.
    flaw
        Why it has no cells; empty where it has.
    """

    line: int
    cells: tuple[str, ...]
    flaw: str = ""


def read_table(path: Path, name: str, columns: Sequence[str], exact: str, separator: str = ",") -> Iterator[Row]:
    """Yield the rows of a table.

    Parameters
    ----------
    path
        The file.
    name
        Its name, whose ending says what it is: ``.parquet``, ``.gz``, anything else is CSV.
    columns
        Headers of the columns that are wanted.
    exact
        The one that holds amounts, which must not be floats.
    separator
        Of a CSV, one character.

    Raises
    ------
    TableError
        If the file is missing, empty, truncated, no table, has not exactly one such column, or keeps amounts in floats.
    """
    try:
        if name.endswith(_PARQUET):
            yield from _read_parquet(path, columns, exact)
        else:
            opener: Callable[[Path], Any] = gzip.open if name.endswith(".gz") else io.FileIO
            with (
                opener(path) as opened,
                io.TextIOWrapper(opened, encoding="utf-8-sig", errors="replace", newline="") as text,
            ):
                yield from _read_csv(text, columns, separator)
    except FileNotFoundError:
        raise TableError(f"{name}: there is no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"{name}: the file cannot be read: {error}") from None


def _read_csv(text: io.TextIOWrapper, columns: Sequence[str], separator: str) -> Iterator[Row]:
    records = csv.reader(text, delimiter=separator, strict=True)
    try:
        header = [cell.strip() for cell in next(records, [])]
        places = []
        for column in columns:
            if header.count(column) != 1:
                raise TableError(
                    f"the column {column} must be there once, and the header is: {', '.join(header) or 'empty'}"
                )
            places.append(header.index(column))
        for record in records:
            if not record:
                continue
            if len(record) != len(header):
                yield Row(records.line_num, (), f"{len(record)} cells under {len(header)} headers")
                continue
            yield Row(records.line_num, tuple(record[place].strip() for place in places))
    except csv.Error as error:
        raise TableError(f"line {records.line_num} is not CSV: {error}") from None


def _read_parquet(path: Path, columns: Sequence[str], exact: str) -> Iterator[Row]:
    try:
        import duckdb
    except ImportError:
        raise TableError("reading Parquet needs duckdb: install lvo[parquet], or write the table as CSV") from None
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        with duckdb.connect() as connection:
            table = connection.read_parquet(str(path))
            kinds = dict(zip(table.columns, map(str, table.types), strict=True))
            for column in columns:
                if column not in kinds:
                    raise TableError(f"there is no column {column}: the file has {', '.join(kinds)}")
            if not (kinds[exact] in _EXACT or kinds[exact].startswith("DECIMAL")):
                raise TableError(f"{exact} is of type {kinds[exact]}, which is not exact: write integers or text")
            quoted = (f'''"{column.replace('"', '""')}"::VARCHAR''' for column in columns)
            connection.execute("SET preserve_insertion_order = true")
            cursor = connection.execute(f"SELECT {', '.join(quoted)} FROM read_parquet(?)", [str(path)])
            number = 0
            while rows := cursor.fetchmany(10_000):
                for cells in rows:
                    number += 1
                    yield Row(number, tuple((cell or "").strip() for cell in cells))
    except duckdb.Error as error:
        raise TableError(f"this is not Parquet: {str(error).splitlines()[0]}") from None
