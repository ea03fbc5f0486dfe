"""Compiles LIVE VIDEO and its peers by the project's own compiler, and remembers the result."""

import hashlib
import json
import pathlib
import subprocess
from dataclasses import dataclass, replace
from typing import Any

import yaml
from web3 import Web3

ROOT = pathlib.Path(__file__).resolve().parents[1]
HERE = ROOT / "benchmarks"
CACHE = ROOT / "build" / "bench"

PEER_REMAPPINGS = (
    "@chainlink/contracts/src/v0.8/shared/interfaces/=benchmarks/peers/",
    "@openzeppelin/=benchmarks/node_modules/@openzeppelin/",
    "@prb/=benchmarks/node_modules/@prb/",
    "@sablier/=benchmarks/node_modules/@sablier/",
    "solady/=benchmarks/node_modules/solady/",
    "solmate/=benchmarks/node_modules/solmate/",
)
PEER_SETTINGS: tuple[dict[str, Any], ...] = (
    {"optimizer": {"enabled": True, "runs": 200}},
    {"optimizer": {"enabled": True, "runs": 1_000_000}},
)
"""What every peer is compiled with; its cheapest counts."""


@dataclass(frozen=True)
class Artifact:
    """The ABI and creation code of a contract; `name` is `file:contract`, by which libraries are linked."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: str

    def link(self, library: "Artifact", address: str) -> "Artifact":
        """The same contract with the address of a deployed library in it."""
        placeholder = f"__${Web3.keccak(text=library.name).to_0x_hex()[2:36]}$__"
        return replace(self, bytecode=self.bytecode.replace(placeholder, address[2:].lower()))


def install_peers() -> None:
    """Let npm install what `benchmarks/package-lock.json` names, unless it has."""
    stamp = HERE / "node_modules" / ".lock.sha256"
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bench: npm could not install the peers:\n{done.stderr}")
    stamp.write_text(wanted)


def own() -> dict[str, Artifact]:
    """LIVE VIDEO with the settings of brownie-config.yaml, by contract name."""
    solc = yaml.safe_load((ROOT / "brownie-config.yaml").read_text())["compiler"]["solc"]
    settings = {key: solc[key] for key in ("optimizer", "remappings")} | {"evmVersion": solc["evm_version"]}
    sources = [path for folder in ("contracts", "interfaces") for path in (ROOT / folder).rglob("*.sol")]
    return _compile(sources, settings, ROOT / "package-lock.json")


def peers() -> list[dict[str, Artifact]]:
    """The peers, once for each of :data:`PEER_SETTINGS`, by contract name."""
    sources = list((HERE / "peers").glob("*.sol"))
    common = {"evmVersion": "shanghai", "remappings": list(PEER_REMAPPINGS)}
    return [_compile(sources, common | settings, HERE / "package-lock.json") for settings in PEER_SETTINGS]


def _compile(sources: list[pathlib.Path], settings: dict[str, Any], lock: pathlib.Path) -> dict[str, Artifact]:
    request = json.dumps(
        {
            "language": "Solidity",
            "sources": {path.relative_to(ROOT).as_posix(): {"content": path.read_text()} for path in sorted(sources)},
            "settings": settings | {"outputSelection": {"*": {"*": ["abi", "evm.bytecode.object"]}}},
        },
        sort_keys=True,
    )
    digest = hashlib.sha256(request.encode() + lock.read_bytes()).hexdigest()[:16]
    cached = CACHE / f"{digest}.json"
    if not cached.exists():
        solc = subprocess.run(
            ["node", "tools/solc.js", "--standard-json"],
            cwd=ROOT, input=request, capture_output=True, text=True, check=True,
        )  # fmt: skip
        errors = [each for each in json.loads(solc.stdout).get("errors", []) if each["severity"] == "error"]
        if errors:
            raise SystemExit("bench: " + "\n".join(each["formattedMessage"] for each in errors))
        CACHE.mkdir(parents=True, exist_ok=True)
        cached.write_text(solc.stdout)
    output = json.loads(cached.read_text())
    return {
        name: Artifact(f"{file}:{name}", contract["abi"], contract["evm"]["bytecode"]["object"])
        for file, contracts in output["contracts"].items()
        for name, contract in contracts.items()
    }
