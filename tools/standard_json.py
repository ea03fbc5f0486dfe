"""The project's Solidity through the compiler's standard JSON, with the settings of brownie-config.yaml.

Brownie keeps the compiler's warnings, NatSpec and syntax tree to itself; what looks at those (the linter, the tests
of the project itself, the mutation run) compiles here.
"""

import json
import pathlib
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = ("contracts", "interfaces")


class CompilerError(Exception):
    """The sources do not compile; the message is the compiler's."""


def read_sources() -> dict[str, str]:
    """Return every Solidity file of the project by its path, relative to the project."""
    paths = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.sol")))
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in paths}


def settings() -> dict[str, Any]:
    """Return the compiler's settings as brownie-config.yaml gives them to Brownie."""
    solc = yaml.safe_load((ROOT / "brownie-config.yaml").read_text())["compiler"]["solc"]
    return {"evmVersion": solc["evm_version"], "optimizer": solc["optimizer"], "remappings": solc["remappings"]}


def compile_sources(
    sources: Mapping[str, str],
    outputs: Iterable[str] = (),
    *,
    ast: bool = False,
    only: Iterable[str] | None = None,
    metadata: bool = True,
) -> dict[str, Any]:
    """Compile.

    Parameters
    ----------
    sources
        Text by path; what they import from npm is found by the compiler.
    outputs
        Names of what is wanted of each contract, such as ``abi``, ``userdoc`` or ``evm.bytecode``.
    ast
        Whether the syntax tree of each file is wanted, also of those from npm.
    only
        Paths to generate code for; all if not given.
    metadata
        Whether the code ends in the hash of its metadata, which changes with every comment.

    Returns
    -------
    dict
        The compiler's standard output, with ``errors`` (warnings among them) always there.

    Raises
    ------
    CompilerError
        If the sources have errors.
    """
    selection: dict[str, Any] = {"*": {"": ["ast"] if ast else []}}
    for path in ["*"] if only is None else only:
        selection.setdefault(path, {})["*"] = list(outputs)
    request = {
        "language": "Solidity",
        "sources": {path: {"content": text} for path, text in sources.items()},
        "settings": settings() | {"outputSelection": selection},
    }
    if not metadata:
        request["settings"]["metadata"] = {"appendCBOR": False, "bytecodeHash": "none"}
    done = subprocess.run(
        ["node", str(ROOT / "tools" / "solc.js"), "--standard-json"],
        input=json.dumps(request),
        capture_output=True,
        check=True,
        cwd=ROOT,
        text=True,
    )
    output: dict[str, Any] = json.loads(done.stdout)
    messages = output.setdefault("errors", [])
    errors = [message["formattedMessage"] for message in messages if message["severity"] == "error"]
    if errors:
        raise CompilerError("\n".join(errors))
    output.setdefault("contracts", {})
    return output
