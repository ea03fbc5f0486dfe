"""docs/INVARIANTS.md and the tests say the same."""

import pathlib
import re

import pytest

TABLE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "INVARIANTS.md"
COLUMNS = ["id", "formula", "scope", "tolerance", "where kept", "test", "mutant killed"]
ID = re.compile(r"\bINV-[A-Z]{3}-\d+\b")


def cells(line):
    """The cells of a row; a bar inside code is escaped."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


@pytest.fixture(scope="module")
def rows():
    """The rows of the table, each a dict by column."""
    lines = [cells(line) for line in TABLE.read_text().splitlines() if line.startswith("|")]
    tables = [line for line in lines if not re.fullmatch(r":?-+:?", line[0])]
    assert tables[0] == COLUMNS
    return [dict(zip(COLUMNS, line, strict=True)) for line in tables if line != COLUMNS]


def test_rows_are_complete_and_ids_unique(rows):
    ids = [row["id"] for row in rows]
    assert ids
    assert [each for each in ids if not ID.fullmatch(each)] == []
    assert sorted({each for each in ids if ids.count(each) > 1}) == []
    assert [row["id"] for row in rows if not all(row.values())] == []


def test_every_invariant_has_a_test(rows, tests):
    known = {f"{path}::{name}" for path, name, _ in tests}
    missing = []
    for row in rows:
        named = re.findall(r"tests/[\w/]+\.py::[\w:]+", row["test"])
        missing += [f"{row['id']}: {each}" for each in named or ["no test"] if each not in known]
    assert missing == []


def test_every_invariant_that_tests_name_is_in_the_table(rows):
    root = TABLE.parents[1]
    paths = [path for path in (root / "tests").rglob("*.py") if "meta" not in path.parts]
    used = {found for path in paths for found in ID.findall(path.read_text())}
    assert sorted(used - {row["id"] for row in rows}) == []


def test_every_invariant_is_named_by_its_test(rows):
    root = TABLE.parents[1]
    missing = []
    for row in rows:
        files = re.findall(r"tests/[\w/]+\.py", row["test"])
        if not any(row["id"] in (root / path).read_text() for path in files if (root / path).exists()):
            missing.append(row["id"])
    assert missing == []


def test_invariants_are_kept_by_functions_that_exist(rows):
    root = TABLE.parents[1]
    missing = []
    for row in rows:
        contract = ""
        for name in re.findall(r"`([\w.]+)`", row["where kept"]):
            contract, _, function = name.rpartition(".") if "." in name else (contract, "", name)
            (source,) = (root / "contracts").rglob(f"{contract}.sol")
            if not re.search(rf"function {function}\(", source.read_text()):
                missing.append(f"{contract}.{function}")
    assert missing == []
