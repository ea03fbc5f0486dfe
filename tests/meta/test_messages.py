"""docs/OPERATE.md says what to do about every message with which the scripts that move a plan's money stop."""

import ast
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = (
    "distribute",
    *(
        f"support/{name}"
        for name in (
            "chain",
            "console",
            "delivery",
            "distribution",
            "journal",
            "node",
            "records",
            "sending",
            "simulation",
        )
    ),
)
RAISED = ("ScriptError", "RefusalError")
ANYTHING = "\0"


def told(node):
    """The text of a string in the source, with a mark where it is filled in; None if it is no string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else ANYTHING for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = told(node.left), told(node.right)
        return "".join(ANYTHING if side is None else side for side in sides) if any(sides) else None
    return None


def messages():
    """Every message with which a script stops, and where it stands."""
    for module in MODULES:
        path = ROOT / "scripts" / f"{module}.py"
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                if node.func.id in RAISED and (text := told(node.args[0])):
                    yield f"{module}:{node.lineno}", " ".join(text.split())
                if node.func.id == "_fail" and module.endswith("console"):
                    for argument in node.args:
                        if (text := told(argument)) and text.strip(ANYTHING):
                            yield f"{module}:{node.lineno}", " ".join(text.split())


def rows():
    """The first cell of every row of the tables of messages in docs/OPERATE.md."""
    text = (ROOT / "docs" / "OPERATE.md").read_text()
    for table in re.findall(r"^\| (?:message|said) \|[^\n]*\n\|[-| ]+\n((?:\|[^\n]*\n)+)", text, re.MULTILINE):
        for line in table.splitlines():
            yield line.split("|")[1].strip()


def says(row, message):
    """Whether a row is about a message: its words are there in order, with anything where it has three dots."""
    place = 0
    for part in filter(None, (piece.strip(" `") for piece in row.split("..."))):
        place = message.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return True


@pytest.mark.parametrize(("where", "message"), [pytest.param(*each, id=each[0]) for each in messages()])
def test_every_message_is_in_the_tables(where, message):
    assert any(says(row, message) for row in rows()), message.replace(ANYTHING, "...")


def test_every_row_is_about_a_message():
    text = (ROOT / "docs" / "OPERATE.md").read_text()
    ours = text[text.index("### Messages") : text.index("### verify")]
    known = [message for _, message in messages()]
    listed = [line.split("|")[1].strip() for line in ours.splitlines() if line.startswith("|")][2:]
    assert listed
    assert [row for row in listed if not any(says(row, message) for message in known)] == []
