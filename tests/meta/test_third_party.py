"""THIRD_PARTY.md names everything that the project installs."""

import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def named():
    """Every package that THIRD_PARTY.md names, in lower case."""
    return {word.lower() for word in re.findall(r"[@\w][\w@/.-]*\w", (ROOT / "THIRD_PARTY.md").read_text())}


def test_packages_from_pypi_are_named():
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert locked
    assert sorted({name.lower() for name in locked} - named()) == []


def test_packages_from_npm_are_named():
    names = set()
    for path in (ROOT / "package-lock.json", ROOT / "benchmarks" / "package-lock.json"):
        packages = json.loads(path.read_text())["packages"] if path.exists() else {}
        names |= {place.split("node_modules/")[-1].lower() for place in packages if place}
    assert names
    assert sorted(names - named()) == []
