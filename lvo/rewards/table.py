"""The rows of a reward table: CSV, plain or gzip, or Parquet; every row comes out, sound or not."""

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
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
    account, value
        The two cells, trimmed.
    flaw
        Why it has no cells; empty where it has.
    """

    line: int
    account: str
    value: str
    flaw: str = ""


def read_table(path: Path, name: str, account: str, value: str, separator: str = ",") -> Iterator[Row]:
    """Yield the rows of a table.

    Parameters
    ----------
    path
        The file.
    name
        Its name, whose ending says what it is: ``.parquet``, ``.gz``, anything else is CSV.
    account, value
        Headers of the two columns.
    separator
        Of a CSV, one character.

    Raises
    ------
    TableError
        If the file is missing, empty, truncated, no table, has not exactly one such column, or keeps amounts in floats.
    """
    try:
        if name.endswith(_PARQUET):
            yield from _read_parquet(path, account, value)
        else:
            opener: Callable[[Path], Any] = gzip.open if name.endswith(".gz") else io.FileIO
            with (
                opener(path) as opened,
                io.TextIOWrapper(opened, encoding="utf-8-sig", errors="replace", newline="") as text,
            ):
                yield from _read_csv(text, account, value, separator)
    except FileNotFoundError:
        raise TableError(f"{name}: there is no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"{name}: the file cannot be read: {error}") from None


def _read_csv(text: io.TextIOWrapper, account: str, value: str, separator: str) -> Iterator[Row]:
    records = csv.reader(text, delimiter=separator, strict=True)
    try:
        header = [cell.strip() for cell in next(records, [])]
        columns = []
        for column in (account, value):
            if header.count(column) != 1:
                raise TableError(
                    f"the column {column} must be there once, and the header is: {', '.join(header) or 'empty'}"
                )
            columns.append(header.index(column))
        of_account, of_value = columns
        for record in records:
            if not record:
                continue
            if len(record) != len(header):
                yield Row(records.line_num, "", "", f"{len(record)} cells under {len(header)} headers")
                continue
            yield Row(records.line_num, record[of_account].strip(), record[of_value].strip())
    except csv.Error as error:
        raise TableError(f"line {records.line_num} is not CSV: {error}") from None


def _read_parquet(path: Path, account: str, value: str) -> Iterator[Row]:
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
            for column in (account, value):
                if column not in kinds:
                    raise TableError(f"there is no column {column}: the file has {', '.join(kinds)}")
            if not (kinds[value] in _EXACT or kinds[value].startswith("DECIMAL")):
                raise TableError(f"{value} is of type {kinds[value]}, which is not exact: write integers or text")
            quoted = (f'''"{column.replace('"', '""')}"::VARCHAR''' for column in (account, value))
            connection.execute("SET preserve_insertion_order = true")
            cursor = connection.execute(f"SELECT {', '.join(quoted)} FROM read_parquet(?)", [str(path)])
            number = 0
            while rows := cursor.fetchmany(10_000):
                for first, second in rows:
                    number += 1
                    yield Row(number, (first or "").strip(), (second or "").strip())
    except duckdb.Error as error:
        raise TableError(f"this is not Parquet: {str(error).splitlines()[0]}") from None
