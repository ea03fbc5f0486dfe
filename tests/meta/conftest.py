"""What the tests of the project itself look at: the compiler's view of the sources, and the text of the tests."""

import ast
import pathlib
from dataclasses import dataclass

import lint_sources
import pytest
import standard_json

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Declaration:
    """Something that a Solidity file declares, with its NatSpec."""

    place: str
    kind: str
    name: str
    natspec: str
    members: tuple[str, ...]
    visible: bool


@pytest.fixture(scope="session")
def trees():
    """The syntax tree of every Solidity file of the project, by path."""
    sources = standard_json.read_sources()
    output = standard_json.compile_sources(sources, ast=True)
    return {path: output["sources"][path]["ast"] for path in sources}


@pytest.fixture(scope="session")
def declarations(trees):
    """Every function, event, error, struct, enum, public variable, contract and library."""
    return [declaration(path, node) for path, tree in trees.items() for node in lint_sources.walk(tree) if named(node)]


def named(node):
    """Whether a node of the syntax tree declares something that has a name of its own."""
    return node["nodeType"].endswith("Definition") or node.get("stateVariable", False)


def declaration(path, node):
    """The declaration that a node makes."""
    members = node.get("members", [])
    documentation = node.get("documentation") or {"text": ""}
    return Declaration(
        place=path,
        kind=node["nodeType"].removesuffix("Definition"),
        name=node.get("name") or node.get("kind", ""),
        natspec=documentation["text"],
        members=tuple(member["name"] for member in members),
        visible=node.get("visibility") in ("external", "public") or node.get("kind") == "constructor",
    )


@pytest.fixture(scope="session")
def modules():
    """The syntax tree of every test module, by path; the tests of the project itself are left out."""
    paths = [path for path in sorted((ROOT / "tests").rglob("*.py")) if "meta" not in path.parts]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in paths}


@pytest.fixture(scope="session")
def tests(modules):
    """Every test function and every class of the suite as (path, name, syntax tree); methods as class::method."""
    found = []
    for path, module in modules.items():
        for node in module.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign):
                names = [node.name] if not isinstance(node, ast.Assign) else [ast.unparse(to) for to in node.targets]
                found += [(path, name, node) for name in names]
            if isinstance(node, ast.ClassDef):
                methods = (method for method in node.body if isinstance(method, ast.FunctionDef))
                found += [(path, f"{node.name}::{method.name}", method) for method in methods]
    return found
