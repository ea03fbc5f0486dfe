"""The records of deployments: ``deployments/<chain id>.json``."""

import json
import os
from pathlib import Path
from typing import Any

from lvo.reconcile import Record
from scripts.support.console import ScriptError

SCHEMA = "live-video/deployment/1"
FOLDER = Path(os.environ.get("LVO_DEPLOYMENTS") or Path(__file__).resolve().parents[2] / "deployments")
"""Where the records are; ``LVO_DEPLOYMENTS`` names another folder, for rehearsals."""


def record_path(chain_id: int) -> Path:
    """Where the record of a chain is."""
    return FOLDER / f"{chain_id}.json"


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    fresh.replace(path)


def write_record(chain_id: int, document: dict[str, Any]) -> Path:
    """Write the record of a chain.

    Parameters
    ----------
    document
        JSON: ``plan``, ``genesis`` and ``contracts``.
    """
    path = record_path(chain_id)
    whole = {"schema": SCHEMA, "chainId": chain_id, **document}
    write_file(path, json.dumps(whole, indent=2).encode() + b"\n")
    return path


def read_record(chain_id: int) -> dict[str, Any] | None:
    """Return the record of a chain, or None if there is none."""
    path = record_path(chain_id)
    try:
        document = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ScriptError(f"{path} is not JSON ({error}): restore it from the repository.") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ScriptError(f"{path} is not a record of a deployment: restore it from the repository.")
    return document


def facts(document: dict[str, Any]) -> Record:
    """Return what the comparison with a plan needs of a record."""
    contracts = document["contracts"]
    return Record(
        document["plan"]["hash"],
        document["genesis"],
        contracts["GenesisDistribution"]["address"],
        contracts["LVOToken"]["address"],
    )
