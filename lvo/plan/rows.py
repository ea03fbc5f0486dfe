"""A grants CSV: rows of text with their line numbers, and everything that real files get wrong."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from lvo.plan.mistakes import Mistakes, Place

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class Row:
    """The cells of a row by the plan's names of the columns, trimmed."""

    file: str
    line: int
    cells: dict[str, str]
    headers: dict[str, str]

    def place(self, name: str) -> Place:
        """Where the cell of a column stands, by the file's own name of it."""
        return Place(self.file, self.line, self.headers.get(name, name))


def read_rows(path: Path, columns: dict[str, str], separator: str, mistakes: Mistakes) -> list[Row]:
    """Read the columns that the plan names.

    A byte order mark, any line ending, blank lines and blanks around a cell are accepted.

    Parameters
    ----------
    path
        The file.
    columns
        The file's header of each column the plan uses.
    separator
        One character.
    mistakes
        Takes what is wrong: a file that is missing, empty or not UTF-8, another separator, a header that is missing or
        doubled, a row with too few or too many cells, no rows at all.
    """
    top = Place(str(path), 1, "")
    try:
        text = path.read_bytes().decode("utf-8-sig")
        records = csv.reader(io.StringIO(text, newline=None), delimiter=separator, strict=True)
        lines = [(records.line_num, [cell.strip() for cell in record]) for record in records if record]
    except FileNotFoundError:
        mistakes.add(top, "there is no such file")
        return []
    except (OSError, UnicodeDecodeError) as error:
        mistakes.add(top, f"the file cannot be read as UTF-8 text: {error}")
        return []
    except csv.Error as error:
        mistakes.add(Place(str(path), records.line_num, ""), f"this is not CSV: {error}")
        return []
    if not lines:
        mistakes.add(top, "the file is empty: a header and at least one row are needed")
        return []

    header_line, header = lines[0]
    top = Place(str(path), header_line, "header")
    if len(header) == 1:
        for other, name in _SEPARATORS.items():
            if other != separator and other in header[0]:
                mistakes.add(top, f"the columns are separated by {name}: say so in the plan by separator: {other!r}")
                return []
    indices = {}
    for name, column in columns.items():
        if header.count(column) == 1:
            indices[name] = header.index(column)
        elif column in header:
            mistakes.add(top, f"the column {column} is there {header.count(column)} times: rename all but one")
        else:
            mistakes.add(top, f"there is no column {column}: the file has {', '.join(header)}")
    if len(indices) < len(columns):
        return []
    if len(lines) == 1:
        mistakes.add(top, "there are no rows under the header")

    rows = []
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            mistakes.add(
                Place(str(path), line, "row"),
                f"there are {len(cells)} cells under {len(header)} headers: is an amount written with a comma?",
            )
            continue
        rows.append(Row(str(path), line, {name: cells[i] for name, i in indices.items()}, columns))
    return rows
