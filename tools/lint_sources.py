"""The project's own rules, which no off-the-shelf linter knows: `make lint`.

Solidity, judged by the compiler's syntax tree:

* the compiler has nothing to warn of;
* SPDX MIT, pragma 0.8.30 exactly, no line above 120 characters (a string that is hashed cannot be broken);
* one type a file, named as the file; a user-defined value type is accompanied by the library of its name plus `Lib`;
* names of contracts, interfaces and libraries are unique, also among the npm packages' types that are imported: Brownie
  would take one for the other without a word;
* each contract has its interface `interfaces/I<Contract>.sol` (not the libraries, value types and test contracts);
* state, then constructor, then functions from outside to inside; keys of mappings are named, and values whose type is
  elementary;
* custom errors with facts, never strings; no debugging console.

Python, judged by its syntax tree:

* no floats in `lvo` and `scripts`, and `lvo` never imports Brownie;
* no `accounts[3]` in tests (roles have names, given in a conftest) and no literal revert strings.
"""

import ast
import collections
import pathlib
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import standard_json

ROOT = pathlib.Path(__file__).resolve().parents[1]
PRAGMA = ["solidity", "0.8", ".30"]
LINE_LENGTH = 120
TYPES = ("ContractDefinition", "UserDefinedValueTypeDefinition", "StructDefinition", "EnumDefinition")
WITHOUT_INTERFACE = ("contracts/libraries/", "contracts/test/")
VISIBILITIES = {"external": 3, "public": 3, "internal": 4, "private": 5}

Finding = tuple[str, int, str]
Node = dict[str, Any]


def walk(node: object) -> Iterator[Node]:
    """Yield every node of the compiler's syntax tree below and including `node`."""
    if isinstance(node, dict):
        if "nodeType" in node:
            yield node
        for child in node.values():
            yield from walk(child)
    elif isinstance(node, list):
        for child in node:
            yield from walk(child)


class SolidityFile:
    """One file of the project with its syntax tree."""

    def __init__(self, path: str, text: str, tree: Node) -> None:
        self.path, self.text, self.tree = path, text, tree
        self.types = [node for node in tree["nodes"] if node["nodeType"] in TYPES]

    def at(self, node: Node, message: str) -> Finding:
        """A finding at the line on which the node begins."""
        offset = int(node["src"].split(":")[0])
        return self.path, self.text.encode()[:offset].count(b"\n") + 1, message

    def findings(self) -> Iterator[Finding]:
        """Everything in this file that breaks a rule."""
        yield from self._head()
        yield from self._names()
        for contract in self.tree["nodes"]:
            if contract["nodeType"] == "ContractDefinition":
                yield from self._order(contract)
        for node in walk(self.tree):
            if node["nodeType"] == "Mapping":
                yield from self._mapping(node)
            elif node["nodeType"] == "FunctionCall":
                yield from self._revert(node)

    def _head(self) -> Iterator[Finding]:
        lines = self.text.splitlines()
        if lines[:1] != ["// SPDX-License-Identifier: MIT"]:
            yield self.path, 1, "the first line is not `// SPDX-License-Identifier: MIT`"
        pragmas = [node["literals"] for node in self.tree["nodes"] if node["nodeType"] == "PragmaDirective"]
        if pragmas != [PRAGMA]:
            yield self.path, 2, "the pragma is not exactly `pragma solidity 0.8.30;`"
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_LENGTH and not re.fullmatch(r'\s*"[^"]*"[,;]?', line):
                yield self.path, number, f"{len(line)} characters in a line, more than {LINE_LENGTH}"
        for node in self.tree["nodes"]:
            if node["nodeType"] == "ImportDirective" and re.search(r"\bconsole\d*\.sol$", node["file"]):
                yield self.at(node, "a debugging console is imported")

    def _names(self) -> Iterator[Finding]:
        stem = pathlib.PurePosixPath(self.path).stem
        kinds = {node["name"]: node["nodeType"] for node in self.types}
        allowed = {stem, stem + "Lib"} if kinds.get(stem) == "UserDefinedValueTypeDefinition" else {stem}
        if stem not in kinds and self.types:
            yield self.path, 1, f"the file does not define {stem}, whose name it bears"
        for node in self.types:
            if node["name"] not in allowed:
                yield self.at(node, f"{node['name']} belongs into a file of its own name")
            elif node["nodeType"] == "ContractDefinition":
                yield from self._interface(node)

    def _interface(self, node: Node) -> Iterator[Finding]:
        name, kind = node["name"], node["contractKind"]
        in_interfaces = self.path.startswith("interfaces/")
        if in_interfaces != (kind == "interface"):
            yield self.at(node, f"the {kind} {name} is not where {kind}s are")
        if kind == "interface" and not re.match(r"I[A-Z]", name):
            yield self.at(node, f"the interface {name} does not begin with I")
        if kind == "contract" and not self.path.startswith(WITHOUT_INTERFACE):
            bases = {base["baseName"]["name"] for base in node["baseContracts"]}
            spoken = (each for each in node["nodes"] if each.get("kind") == "function" or each.get("stateVariable"))
            if not any(each["visibility"] in ("external", "public") for each in spoken):
                return  # Nobody can say anything to it that its bases do not understand.
            if not (ROOT / "interfaces" / f"I{name}.sol").exists():
                yield self.at(node, f"interfaces/I{name}.sol is missing")
            elif f"I{name}" not in bases:
                yield self.at(node, f"{name} does not implement I{name}")

    def _order(self, contract: Node) -> Iterator[Finding]:
        highest = 0
        for node in contract["nodes"]:
            if node["nodeType"] == "VariableDeclaration":
                rank = 1
            elif node["nodeType"] == "FunctionDefinition":
                rank = 2 if node["kind"] == "constructor" else VISIBILITIES[node["visibility"]]
            else:
                continue
            if rank < highest:
                what = node["name"] or node.get("kind")
                yield self.at(node, f"{what} comes too late: state, constructor, external, internal, private")
            highest = max(highest, rank)

    def _mapping(self, node: Node) -> Iterator[Finding]:
        if not node["keyName"]:
            yield self.at(node, "the key of the mapping has no name")
        if not node["valueName"] and node["valueType"]["nodeType"] == "ElementaryTypeName":
            yield self.at(node, "the value of the mapping has no name")

    def _revert(self, node: Node) -> Iterator[Finding]:
        function, arguments = node["expression"], node["arguments"]
        if function["nodeType"] != "Identifier" or function["name"] not in ("require", "revert", "assert"):
            return
        reason = arguments[1:] if function["name"] == "require" else arguments[:1]
        if function["name"] == "revert" and not arguments:
            yield self.at(node, "a revert without a custom error")
        elif function["name"] == "require" and len(arguments) == 1:
            yield self.at(node, "a require without a custom error")
        elif any("string" in argument["typeDescriptions"]["typeString"] for argument in reason):
            yield self.at(node, "a revert string instead of a custom error")


def solidity_findings(sources: dict[str, str]) -> Iterator[Finding]:
    """Everything that the Solidity sources break, given as text by path."""
    output = standard_json.compile_sources(sources, ["evm.deployedBytecode.object"], ast=True, only=sources)
    for message in output["errors"]:
        place = message.get("sourceLocation", {"file": "", "start": 0})
        if place["file"] in sources or not place["file"]:
            line = sources.get(place["file"], "").encode()[: place["start"]].count(b"\n") + 1
            yield place["file"], line, f"compiler: {message['message']}"
    files = [SolidityFile(path, text, output["sources"][path]["ast"]) for path, text in sources.items()]
    for file in files:
        yield from file.findings()
    yield from _repeated_names(files, {path: source["ast"] for path, source in output["sources"].items()})


def _repeated_names(files: list[SolidityFile], trees: dict[str, Node]) -> Iterator[Finding]:
    places: dict[str, set[str]] = collections.defaultdict(set)
    for path, tree in trees.items():
        for node in tree["nodes"]:
            if node["nodeType"] in TYPES:
                places[node["name"]].add(path)
    for file in files:
        for node in file.types:
            others = sorted(places[node["name"]] - {file.path})
            if others:
                yield file.at(node, f"{node['name']} is also the name of a type in {', '.join(others)}")


def python_findings(path: str, tree: ast.Module) -> Iterator[Finding]:
    """Everything that a Python file breaks."""
    rules: list[Callable[[ast.AST], str | None]] = []
    if path.startswith(("lvo/", "scripts/")):
        rules.append(_float)
    if path.startswith("lvo/"):
        rules.append(_brownie_import)
    if path.startswith("tests/"):
        rules.append(_revert_string)
        if not path.endswith("/conftest.py"):
            rules.append(_numbered_account)
    for node in ast.walk(tree):
        for rule in rules:
            message = rule(node)
            if message:
                yield path, getattr(node, "lineno", 1), message


def _float(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        return f"the float {node.value!r}: amounts are integers, fractions `fractions.Fraction`"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
        return "a conversion to float"
    return None


def _brownie_import(node: ast.AST) -> str | None:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    if isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module]
    return "lvo imports Brownie" if any(name.split(".")[0] == "brownie" for name in names) else None


def _revert_string(node: ast.AST) -> str | None:
    if not (isinstance(node, ast.Call) and node.args):
        return None
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    literal = isinstance(node.args[0], ast.JoinedStr) or (
        isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    )
    return "a literal revert string: name the error and its facts" if name == "reverts" and literal else None


def _numbered_account(node: ast.AST) -> str | None:
    if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)):
        return None
    name = getattr(node.value, "id", getattr(node.value, "attr", ""))
    number = node.slice.value
    numbered = name == "accounts" and isinstance(number, int)
    return f"accounts[{number!r}]: take the fixture of its role" if numbered else None


def main() -> int:
    """Print what breaks a rule; return the number of findings, at most 1."""
    try:
        findings = list(solidity_findings(standard_json.read_sources()))
    except standard_json.CompilerError as error:
        print(error)
        return 1
    for folder in ("lvo", "scripts", "tests"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(file.read_text(), str(file))
            findings += python_findings(file.relative_to(ROOT).as_posix(), tree)
    for path, line, message in sorted(set(findings)):
        print(f"{path}:{line}: {message}")
    return min(1, len(findings))


if __name__ == "__main__":
    sys.exit(main())
