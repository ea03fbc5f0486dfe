"""The engines that compute an epoch: DuckDB in this process, or Apache Spark. Both get the same Ibis expressions.

Integers all the way: units are 64-bit, amounts DECIMAL(38,0), and a result that does not fit raises on both. Nothing
here divides.
"""

import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from lvo.attention.journal import AttentionError

ENGINES = ("duckdb", "spark")
FETCH = 1 << 16
"""Rows that come out of an engine at a time."""


class Engine(ABC):
    """A connection to one engine; use it in a ``with``.

    Attributes
    ----------
    name
        One of `ENGINES`.
    """

    name: str

    def __init__(self) -> None:
        self._connection: Any = None
        self._kept = 0

    def read(self, paths: Sequence[Path]) -> Any:
        """Return the rows of Parquet files as an Ibis table."""
        return self._connection.read_parquet([str(path) for path in paths])

    @abstractmethod
    def keep(self, table: Any) -> Any:
        """Compute a table now, and return it as one that is read again without computing it."""

    def rows(self, table: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a table as plain tuples; decimals as integers.

        Raises
        ------
        AttentionError
            If a number does not fit: the amounts of an epoch are below 10^38 wei, units below 2^63.
        """
        decimals = [i for i, kind in enumerate(table.schema().types) if kind.is_decimal()]
        try:
            for rows in self._fetch(table):
                for row in rows:
                    if decimals:
                        plain = list(row)
                        for i in decimals:
                            plain[i] = int(plain[i])
                        yield tuple(plain)
                    else:
                        yield tuple(row)
        except Exception as error:
            raise self._explain(error) from error

    @abstractmethod
    def _fetch(self, table: Any) -> Iterator[Iterable[Sequence[Any]]]:
        """Yield the rows of a table in pieces of some `FETCH`."""

    def _explain(self, error: Exception) -> Exception:
        text = str(error)
        if any(word in text.lower() for word in ("overflow", "out of range", "out_of_range", "to cast")):
            return AttentionError(f"an amount or a count does not fit: {text.splitlines()[0]}")
        return error

    @abstractmethod
    def forget(self) -> None:
        """Let go of the tables that the engine keeps."""

    @abstractmethod
    def close(self) -> None:
        """Disconnect."""

    def __enter__(self) -> "Engine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class DuckDB(Engine):
    """DuckDB inside this process."""

    name = "duckdb"

    def __init__(self, threads: int | None = None, memory: str | None = None, scratch: Path | None = None) -> None:
        """Connect.

        Parameters
        ----------
        threads
            By default as many as processors.
        memory
            What it may use, such as ``4GB``; by default what DuckDB finds right. What is larger goes to `scratch`.
        scratch
            A folder for that; by default a new one, which is removed at the end.
        """
        super().__init__()
        import ibis

        self._folder = tempfile.TemporaryDirectory(prefix="lvo-attention-", dir=scratch)
        settings: dict[str, Any] = {
            "threads": threads or os.cpu_count() or 1,
            "temp_directory": self._folder.name,
            "preserve_insertion_order": False,
        }
        if memory:
            settings["memory_limit"] = memory
        # In a file, what is kept need not fit into memory.
        self._connection = ibis.duckdb.connect(f"{self._folder.name}/kept.duckdb", **settings)
        self._names: list[str] = []

    def keep(self, table: Any) -> Any:
        """Write a table into the engine's scratch database."""
        self._kept += 1
        name = f"kept_{self._kept}"
        try:
            made = self._connection.create_table(name, table, temp=True)
        except Exception as error:
            raise self._explain(error) from error
        self._names.append(name)
        return made

    def _fetch(self, table: Any) -> Iterator[Iterable[Sequence[Any]]]:
        # Ibis 12 asks DuckDB for Arrow by a name that DuckDB 2 no longer has, so the rows come without Arrow.
        cursor = self._connection.raw_sql(self._connection.compile(table))
        while rows := cursor.fetchmany(FETCH):
            yield rows

    def forget(self) -> None:
        """Drop what was kept."""
        for name in self._names:
            self._connection.raw_sql(f"DROP TABLE {name}")
        self._names.clear()

    def close(self) -> None:
        """Disconnect and remove the scratch folder."""
        self._connection.disconnect()
        self._folder.cleanup()


class Spark(Engine):
    """Apache Spark: the session that is there, or one in this process."""

    name = "spark"

    def __init__(self, threads: int | None = None, master: str | None = None) -> None:
        """Connect.

        Parameters
        ----------
        threads
            Of a local session; by default as many as processors.
        master
            Where the cluster is; by default the session in this process.

        Raises
        ------
        AttentionError
            If PySpark is not installed.
        """
        super().__init__()
        import ibis

        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise AttentionError(
                "Spark needs Java 17 or later and PySpark: make spark, or pip install -r requirements-spark.txt"
            ) from None
        threads = threads or os.cpu_count() or 1
        self._session = (
            SparkSession.builder.master(master or f"local[{threads}]")
            .appName("live-video-attention")
            .config("spark.sql.ansi.enabled", "true")  # raise where a number does not fit
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", str(4 * threads))
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )
        self._connection = ibis.pyspark.connect(self._session)
        self._frames: list[Any] = []

    def read(self, paths: Sequence[Path]) -> Any:
        """Return the rows of Parquet files as an Ibis table."""
        return self._view(self._session.read.parquet(*map(str, paths)))

    def keep(self, table: Any) -> Any:
        """Persist a table in the cluster's memory and on its disks."""
        return self._view(self._session.sql(self._connection.compile(table)).persist())

    def _fetch(self, table: Any) -> Iterator[Iterable[Sequence[Any]]]:
        for batch in self._connection.to_pyarrow_batches(table, chunk_size=FETCH):
            yield zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def _view(self, frame: Any) -> Any:
        self._kept += 1
        name = f"attention_{id(self)}_{self._kept}"
        frame.createOrReplaceTempView(name)
        self._frames.append((name, frame))
        return self._connection.table(name)

    def forget(self) -> None:
        """Drop what was kept or read."""
        for name, frame in self._frames:
            self._session.catalog.dropTempView(name)
            frame.unpersist()
        self._frames.clear()

    def close(self) -> None:
        """End the session."""
        self.forget()
        self._session.stop()


def connect(name: str, threads: int | None = None, memory: str | None = None) -> Engine:
    """Connect to an engine by its name.

    Raises
    ------
    AttentionError
        If there is no such engine, or what it needs is not installed.
    """
    try:
        if name == "duckdb":
            return DuckDB(threads, memory)
        if name == "spark":
            return Spark(threads, os.environ.get("LVO_SPARK_MASTER"))
    except ImportError as error:
        raise AttentionError(f"computing attention needs {error.name}: install lvo[attention]") from None
    raise AttentionError(f"{name!r} is no engine: write {' or '.join(ENGINES)}")
