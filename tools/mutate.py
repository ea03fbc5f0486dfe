"""Break a contract on purpose, in many small ways, and count how many of them the tests notice: `make mutate`.

Every mutant is the contract with one change, found in the compiler's syntax tree: a comparison or an operator swapped,
a condition turned around, a statement or a guard removed, a number off by one, two arguments exchanged, the caller
taken for somebody else; in assembly too. Mutants that do not compile, or compile to the same code, are no mutants. The
others are handed to a test command as a file of artifacts (`LVO_ARTIFACTS`). One that passes has survived: a test is
missing.

The sources are never touched. What was found is kept in build/mutation, so that a run can be interrupted and goes on
where it was; when the tests have changed, survivors are tried again. The result goes to reports/mutation.json.
"""

import argparse
import concurrent.futures
import hashlib
import itertools
import json
import os
import pathlib
import random
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import lint_sources
import standard_json
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

ROOT = pathlib.Path(__file__).resolve().parents[1]
STATE = ROOT / "build" / "mutation"
REPORT = ROOT / "reports" / "mutation.json"
OUTPUTS = ("abi", "evm.bytecode.object", "evm.deployedBytecode.object")
WORKERS = 2

PYTEST = "-m pytest -x -q -p no:pytest-brownie -p no:cacheprovider --backend revm --profile quick --machine-seed 1"
# What lvo does by itself is not the contracts' doing.
PYTEST += " --ignore tests/unit/lvo --ignore tests/property/test_merkle.py --ignore tests/property/test_rewards.py"
TESTS = ("unit", "property", "differential", "stateful", "security")

OPERATORS = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "&&": ("||",),
    "||": ("&&",),
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "%": ("/",),
    "&": ("|",),
    "|": ("&",),
    "^": ("&",),
    "<<": (">>",),
    ">>": ("<<",),
    "+=": ("-=", "="),
    "-=": ("+=", "="),
    "*=": ("/=",),
    "/=": ("*=",),
    "|=": ("&=", "="),
    "&=": ("|=", "="),
    "++": ("--",),
    "--": ("++",),
}
YUL_OPERATORS = {"add": "sub", "sub": "add", "gt": "lt", "lt": "gt", "eq": "xor", "or": "and", "and": "or"}
YUL_COMMUTATIVE = ("add", "mul", "eq", "or", "and", "xor")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")  # one of their swaps turns the condition around
REMOVABLE = (
    "ExpressionStatement",
    "YulExpressionStatement",
    "EmitStatement",
    "Return",
    "Break",
    "Continue",  # guards are removed whole
)

Node = lint_sources.Node


@dataclass(frozen=True)
class Mutant:
    """One change of a source file: bytes `start` to `end` become `after`."""

    path: str
    start: int
    end: int
    line: int
    operator: str
    before: str
    after: str

    @property
    def id(self) -> str:
        """Names the change in a given source."""
        return hashlib.sha256(f"{self.path}:{self.start}:{self.end}:{self.after}".encode()).hexdigest()[:16]

    def apply(self, text: str) -> str:
        """Return the source with the change."""
        source = text.encode()
        return (source[: self.start] + self.after.encode() + source[self.end :]).decode()


class Mutator:
    """Finds every change that can be made to a file."""

    def __init__(self, path: str, text: str, tree: Node) -> None:
        self.path, self.source, self.tree = path, text.encode(), tree

    def mutants(self) -> list[Mutant]:
        """Return all of them, in the order of the source, no two the same."""
        found: dict[str, Mutant] = {}
        for contract in self.tree["nodes"]:
            for member in contract.get("nodes", []):
                for mutant in self._of_member(member):
                    found.setdefault(mutant.id, mutant)
        return sorted(found.values(), key=lambda mutant: (mutant.start, mutant.end, mutant.after))

    def _of_member(self, member: Node) -> Iterator[Mutant]:
        if member["nodeType"] == "VariableDeclaration" and member.get("value"):
            yield from self._of_nodes(member["value"], [])
        elif member["nodeType"] in ("FunctionDefinition", "ModifierDefinition") and member.get("body"):
            addresses = [
                parameter["name"]
                for parameter in member["parameters"]["parameters"]
                if parameter["name"] and parameter["typeDescriptions"]["typeString"] == "address"
            ]
            yield from self._of_nodes(member["body"], addresses)

    def _of_nodes(self, top: Node, addresses: list[str]) -> Iterator[Mutant]:
        for node in lint_sources.walk(top):
            kind = node["nodeType"]
            if kind in ("BinaryOperation", "Assignment"):
                left, right = (
                    ("leftExpression", "rightExpression") if kind[0] == "B" else ("leftHandSide", "rightHandSide")
                )
                yield from self._swap(node["operator"], self._span(node[left])[1], self._span(node[right])[0])
            elif kind == "UnaryOperation":
                yield from self._unary(node)
            elif kind == "Literal":
                yield from self._literal(node)
            elif kind in ("IfStatement", "Conditional", "WhileStatement"):
                yield from self._condition(node)
            elif kind in REMOVABLE:
                yield self._removal("statement removed", node)
            elif kind == "FunctionCall":
                yield from self._exchange(node)
            elif kind == "YulLiteral" and node["kind"] == "number":
                yield from self._yul_literal(node)
            elif kind == "YulFunctionCall":
                yield from self._yul_call(node)
            elif kind == "MemberAccess" and self._text(node) == "msg.sender":
                for name in addresses:
                    yield self._mutant("somebody else for the caller", *self._span(node), name)

    def _span(self, node: Node) -> tuple[int, int]:
        start, length, _ = node["src"].split(":")
        return int(start), int(start) + int(length)

    def _text(self, node: Node) -> str:
        start, end = self._span(node)
        return self.source[start:end].decode()

    def _mutant(self, operator: str, start: int, end: int, after: str) -> Mutant:
        line = self.source[:start].count(b"\n") + 1
        return Mutant(self.path, start, end, line, operator, self.source[start:end].decode(), after)

    def _swap(self, operator: str, start: int, end: int) -> Iterator[Mutant]:
        at = self.source.find(operator.encode(), start, end)
        for other in OPERATORS.get(operator, ()) if at >= 0 else ():
            yield self._mutant("operator swapped", at, at + len(operator), other)

    def _unary(self, node: Node) -> Iterator[Mutant]:
        start, end = self._span(node)
        operand_start, operand_end = self._span(node["subExpression"])
        if node["operator"] == "!":
            yield self._mutant("condition turned around", start, end, self._text(node["subExpression"]))
        elif node["operator"] == "~":
            yield self._mutant("complement removed", start, end, self._text(node["subExpression"]))
        elif node["prefix"]:
            yield from self._swap(node["operator"], start, operand_start)
        else:
            yield from self._swap(node["operator"], operand_end, end)

    def _literal(self, node: Node) -> Iterator[Mutant]:
        text = self._text(node)
        if node["kind"] == "bool":
            yield self._mutant("truth swapped", *self._span(node), "false" if text == "true" else "true")
        elif node["kind"] == "number" and not node["typeDescriptions"]["typeString"].startswith("address"):
            yield self._mutant("number off by one", *self._span(node), f"({text} + 1)")
            if node["value"] != "0":
                yield self._mutant("number off by one", *self._span(node), f"({text} - 1)")

    def _yul_literal(self, node: Node) -> Iterator[Mutant]:
        value = int(node["value"], 0)
        for other in (value + 1, value - 1) if value else (1,):
            yield self._mutant("number off by one", *self._span(node), hex(other))

    def _yul_call(self, node: Node) -> Iterator[Mutant]:
        name, arguments = node["functionName"]["name"], node["arguments"]
        if name in YUL_OPERATORS:
            yield self._mutant("operator swapped", *self._span(node["functionName"]), YUL_OPERATORS[name])
        for one, other in itertools.pairwise(arguments):
            if name not in YUL_COMMUTATIVE and self._text(one) != self._text(other):
                yield self._swapped(one, other)

    def _condition(self, node: Node) -> Iterator[Mutant]:
        condition = node["condition"]
        if condition["nodeType"] != "UnaryOperation" and condition.get("operator") not in COMPARISONS:
            yield self._mutant("condition turned around", *self._span(condition), f"!({self._text(condition)})")
        if node["nodeType"] == "IfStatement" and not node.get("falseBody"):
            yield self._removal("guard removed", node)

    def _removal(self, operator: str, node: Node) -> Mutant:
        start, end = self._span(node)
        semicolon = self.source[end : end + 1] == b";"  # not part of a statement's span
        return self._mutant(operator, start, end + semicolon, "{}")

    def _exchange(self, node: Node) -> Iterator[Mutant]:
        if node["kind"] == "typeConversion" or node.get("names"):
            return
        for one, other in zip(node["arguments"], node["arguments"][1:], strict=False):
            same = one["typeDescriptions"]["typeString"] == other["typeDescriptions"]["typeString"]
            if same and self._text(one) != self._text(other):
                yield self._swapped(one, other)

    def _swapped(self, one: Node, other: Node) -> Mutant:
        (start, one_end), (other_start, end) = self._span(one), self._span(other)
        between = self.source[one_end:other_start].decode()
        return self._mutant("arguments exchanged", start, end, self._text(other) + between + self._text(one))


class Bench:
    """Compiles mutants of one file and shows them to the tests."""

    def __init__(self, path: str, sources: dict[str, str], command: list[str]) -> None:
        self.path, self.sources, self.command = path, sources, command
        self.whole = standard_json.compile_sources(sources, OUTPUTS, ast=True, only=sources, metadata=False)
        self.affected = self._dependents()
        self.timeout = 600.0

    def _dependents(self) -> list[str]:
        """The file and all that import it, directly or not: their code may change with it."""
        imports = {
            path: {
                node["absolutePath"] for node in self.whole["sources"][path]["ast"]["nodes"] if "absolutePath" in node
            }
            for path in self.sources
        }
        affected = {self.path}
        while True:
            more = {path for path, imported in imports.items() if imported & affected} - affected
            if not more:
                return sorted(affected)
            affected |= more

    def check_unbroken(self) -> None:
        """Run the tests on the contract as it is; they must pass, and give the time that a mutant may take."""
        begin = time.monotonic()
        code, shown = self._run_tests("unbroken", self.whole["contracts"])
        if code != 0:
            raise SystemExit(f"The tests fail on the contract as it is:\n{shown}")
        self.timeout = 30 + 3 * WORKERS * (time.monotonic() - begin)

    def judge(self, mutant: Mutant) -> str:
        """Return `killed`, `survived`, `same code` or `does not compile`."""
        sources = self.sources | {self.path: mutant.apply(self.sources[self.path])}
        affected = {path: sources[path] for path in self.affected}
        try:
            output = standard_json.compile_sources(affected, OUTPUTS, only=self.affected, metadata=False)
        except standard_json.CompilerError:
            return "does not compile"
        changed = {path: output["contracts"].get(path, {}) for path in self.affected}
        if all(contracts == self.whole["contracts"].get(path, {}) for path, contracts in changed.items()):
            return "same code"
        code, _ = self._run_tests(mutant.id, self.whole["contracts"] | changed)
        return "killed" if code != 0 else "survived"

    def _run_tests(self, name: str, contracts: dict[str, Any]) -> tuple[int, str]:
        artifacts = STATE / f"{name}.json"
        artifacts.write_text(json.dumps({"contracts": contracts}))
        variables = {
            "LVO_ARTIFACTS": str(artifacts),
            # What fails on a mutant is nothing to remember of the contract.
            "LVO_FAILURES": str(STATE / "failures" / name),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(STATE / "hypothesis" / name),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        try:
            done = subprocess.run(
                self.command,
                cwd=ROOT,
                env=os.environ | variables,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=self.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return 1, "too slow"
        finally:
            artifacts.unlink()
        return done.returncode, done.stdout[-3_000:]


class Ledger:
    """What earlier runs found out about the mutants of a contract, in build/mutation/<contract>.jsonl."""

    def __init__(
        self, name: str, sources: dict[str, str], affected: list[str], command: list[str], fresh: bool
    ) -> None:
        self.file = STATE / f"{name}.jsonl"
        self.key = digest(*(sources[path] for path in affected), *command)
        self.tests = digest(
            *(path.read_text() for top in ("tests", "lvo") for path in sorted((ROOT / top).rglob("*.py")))
        )
        self.verdicts: dict[str, str] = {}
        rows = (
            [] if fresh or not self.file.exists() else [json.loads(line) for line in self.file.read_text().splitlines()]
        )
        for row in rows:
            if row["key"] == self.key and (row["verdict"] != "survived" or row["tests"] == self.tests):
                self.verdicts[row["id"]] = row["verdict"]
        if fresh:
            self.file.unlink(missing_ok=True)

    def add(self, mutant: Mutant, verdict: str) -> None:
        """Remember a verdict at once."""
        self.verdicts[mutant.id] = verdict
        with self.file.open("a") as file:
            file.write(json.dumps({"id": mutant.id, "verdict": verdict, "key": self.key, "tests": self.tests}) + "\n")


def digest(*texts: str) -> str:
    """SHA-256 over texts in order."""
    return hashlib.sha256(b"\0".join(text.encode() for text in texts)).hexdigest()


def mutate(
    name: str, path: str, sources: dict[str, str], options: argparse.Namespace, console: Console
) -> dict[str, Any]:
    """Run the mutants of one contract; return its part of the report."""
    bench = Bench(path, sources, options.command)
    mutants = Mutator(path, sources[path], bench.whole["sources"][path]["ast"]).mutants()
    if options.limit and options.limit < len(mutants):
        mutants = random.Random(options.seed).sample(mutants, options.limit)
    ledger = Ledger(name, sources, bench.affected, options.command, options.fresh)
    waiting = [mutant for mutant in mutants if mutant.id not in ledger.verdicts]
    if waiting:
        bench.check_unbroken()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress, concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        task = progress.add_task(name, total=len(mutants), completed=len(mutants) - len(waiting))
        runs = {pool.submit(bench.judge, mutant): mutant for mutant in waiting}
        try:
            for run in concurrent.futures.as_completed(runs):
                ledger.add(runs[run], run.result())
                progress.advance(task)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    return summary(mutants, ledger.verdicts)


def summary(mutants: list[Mutant], verdicts: dict[str, str]) -> dict[str, Any]:
    """Count: those that differ from the contract, those that the tests noticed, and the rest one by one."""
    survivors = sorted((mutant for mutant in mutants if verdicts[mutant.id] == "survived"), key=lambda each: each.start)
    killed = sum(verdicts[mutant.id] == "killed" for mutant in mutants)
    count = killed + len(survivors)
    return {
        "mutants": count,
        "killed": killed,
        "survived": [
            {key: value for key, value in asdict(mutant).items() if key in ("line", "operator", "before", "after")}
            for mutant in survivors
        ],
        "rate": round(killed / count, 4) if count else None,
    }


def targets(sources: dict[str, str], names: list[str]) -> dict[str, str]:
    """Return the file of each contract or library that is named; of all of ours if none is."""
    ours = {
        pathlib.PurePosixPath(path).stem: path
        for path in sources
        if path.startswith("contracts/") and not path.startswith("contracts/test/")
    }
    unknown = sorted(set(names) - set(ours))
    if unknown:
        raise SystemExit(f"There is no {', '.join(unknown)}: choose from {', '.join(sorted(ours))}.")
    return {name: ours[name] for name in names or sorted(ours)}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    tests = [f"tests/{name}" for name in TESTS if list((ROOT / "tests" / name).glob("test_*.py"))]
    parser = argparse.ArgumentParser(description="Count how many small faults of a contract the tests notice.")
    parser.add_argument("contracts", nargs="*", help="contracts or libraries by name; all if none is given")
    parser.add_argument("--limit", type=int, default=0, help="take so many mutants of each, at random; 0 takes all")
    parser.add_argument("--seed", type=int, default=0, help="of that choice")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found out")
    parser.add_argument(
        "--command", default=shlex.join([sys.executable, *shlex.split(PYTEST), *tests]), help="the tests"
    )
    options = parser.parse_args()
    options.command = shlex.split(options.command)
    return options


def main() -> None:
    """Run the mutants, write the report, show the survivors."""
    options = arguments()
    console = Console()
    STATE.mkdir(parents=True, exist_ok=True)
    sources = standard_json.read_sources()
    for name, path in targets(sources, options.contracts).items():
        result = mutate(name, path, sources, options, console)
        report = json.loads(REPORT.read_text()) if REPORT.exists() else {}
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(json.dumps(dict(sorted((report | {name: result}).items())), indent=2) + "\n")
        console.print(f"{name}: {result['killed']} of {result['mutants']} mutants killed")
        for survivor in result["survived"]:
            change = f"{survivor['before']!r} -> {survivor['after']!r}"
            console.print(
                f"  {path}:{survivor['line']} {survivor['operator']}: {change}", markup=False, highlight=False
            )


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("mutate: interrupted; run it again, it goes on from here")
