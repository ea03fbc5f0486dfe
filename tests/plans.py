"""Small plans for tests: sound as they stand, to be damaged one field at a time."""

import copy
from pathlib import Path
from typing import Any

import yaml

from lvo.plan import BUCKETS, PlanError, read_plan

# Accounts of the development chain, numbers 1 to 6 of the mnemonic "brownie".
HOLDERS = (
    "0x33A4622B82D4c04a53e170c638B944ce27cffce3",
    "0x0063046686E46Dc6F15918b61AE2B121458534a5",
    "0x21b42413bA931038f35e7A5224FaDb065d297Ba3",
    "0x46C0a5326E643E4f71D3149d50B48216e174Ae84",
    "0x807c47A89F720fe4Ee9b8343c286Fc886f43191b",
    "0x844ec86426F076647A5362706a04570A5965473B",
)
GRANTS = "team.csv"


def account(number: int) -> str:
    """An address in lower case, with no zero byte."""
    return "0x" + (int("1f" * 20, 16) + number * 0x10001).to_bytes(20, "big").hex()


def sound_plan() -> dict[str, Any]:
    """A plan whose team bucket has a list and whose other buckets keep their pools whole."""
    buckets = {
        facts.key: {
            "share": f"{facts.share_bps // 100} %",
            "holder": {"kind": "account", "address": HOLDERS[facts.id]},
            "grants": [],
        }
        for facts in BUCKETS
    }
    buckets["team"]["grants"] = [{"file": GRANTS}]
    return {"name": "test", "chains": [1337], "genesis": "deployment + 1 hour", "buckets": buckets}


def changed(plan: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of a plan with one key set, such as ``buckets.team.share``; None takes it away."""
    plan = copy.deepcopy(plan)
    *parents, last = path.split(".")
    node = plan
    for name in parents:
        node = node[int(name)] if isinstance(node, list) else node[name]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return plan


def rows(*lines: str) -> str:
    """A grants CSV with the usual header."""
    return "\n".join(("account,amount", *lines)) + "\n"


def write_plan(folder: Path, plan: dict[str, Any], csv: str | bytes = "", name: str = GRANTS) -> Path:
    """Write a plan and its list; return where the plan is."""
    csv = csv or rows(f"{account(1)},1000", f"{account(2)},0.5")
    (folder / name).write_bytes(csv if isinstance(csv, bytes) else csv.encode())
    path = folder / "plan.yaml"
    path.write_text(yaml.safe_dump(plan, sort_keys=False))
    return path


def mistakes(path: Path) -> list[tuple[str, int, str, str]]:
    """File name, line, field and message of every mistake in a plan; empty if there is none."""
    try:
        read_plan(path)
    except PlanError as error:
        return [
            (Path(found.place.file).name, found.place.line, found.place.field, found.message)
            for found in error.mistakes
        ]
    return []
