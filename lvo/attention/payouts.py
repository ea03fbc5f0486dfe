"""From lines that became final to a reward list: what the settler proposes on the RewardLedger of advertising.

A *settlement* takes any number of epochs' folders and, for each, how many units of which lines became final since the
settlement before. What it adds for each account becomes a table and an order of :mod:`lvo.rewards`, which builds roots,
proofs and manifest as for every other stream. A line that becomes final in parts, as a contested one may, is shared
part by part, so what an account is owed never falls.
"""

import csv
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from lvo.attention.engine import Engine
from lvo.attention.epoch import compute_final, final_lines, read_rules
from lvo.attention.folder import INPUT, read_manifest
from lvo.attention.journal import AttentionError, read_journal
from lvo.attention.order import whole
from lvo.plan.document import Node, read_document
from lvo.plan.fields import parse_address
from lvo.plan.mistakes import Mistakes
from lvo.rewards.manifest import to_json

T = TypeVar("T")

SCHEMA = "live-video/attention-settlement/1"
TABLE = "added.csv"
RECORD = "settlement.json"
ORDER = "rewards.yaml"


@dataclass(frozen=True)
class Part:
    """Units of a line that became final together.

    Attributes
    ----------
    campaign
        Its id, lower case.
    units
        Units, not 0.
    """

    campaign: str
    units: int


def parts_csv(parts: Sequence[Part]) -> bytes:
    """Write what became final, in order."""
    return ("campaign,units\n" + "".join(f"{part.campaign},{part.units}\n" for part in parts)).encode()


def read_parts(content: bytes) -> list[Part]:
    """Read what :func:`parts_csv` wrote.

    Raises
    ------
    AttentionError
        If it is anything else.
    """
    try:
        rows = csv.DictReader(io.StringIO(content.decode()))
        found = [Part(row["campaign"].lower(), int(row["units"])) for row in rows]
        if any(part.units <= 0 for part in found):
            raise ValueError
        return found
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AttentionError("this is not a list of campaign,units") from None


def all_lines(folder: Path) -> list[Part]:
    """Return every line of a folder in full: what became final if nobody objects."""
    return [Part(campaign, line.units) for campaign, line in final_lines((folder / "lines.csv").read_bytes()).items()]


@dataclass(frozen=True)
class Settlement:
    """What to settle.

    Attributes
    ----------
    ledger, token
        The RewardLedger and LVO, lower case; the token may be empty.
    chain_id
        Their chain.
    number
        The reward epoch, from 1.
    epochs
        Folders of attention, each with what became final of it since the settlement before, in order.
    previous
        Folder of the settlement before, or None for the first.
    out
        Folder to write.
    """

    ledger: str
    token: str
    chain_id: int
    number: int
    epochs: Sequence[tuple[Path, Sequence[Part]]]
    previous: Path | None
    out: Path


def read_settlement(path: Path) -> Settlement:
    """Read a settlement: a YAML file with ``ledger``, ``chain``, ``number``, ``epochs`` and ``out``.

    Each of the epochs has its ``folder`` and perhaps ``final``, a list of campaign,units; without it, every line became
    final in full. ``token`` and ``previous`` may be there too.

    Raises
    ------
    lvo.plan.PlanError
        With every mistake at once, each with its line.
    AttentionError
        If a list of what became final is damaged.
    """
    mistakes = Mistakes()
    keys = read_document(path).keys(mistakes, ("ledger", "chain", "number", "epochs", "out"), ("token", "previous"))

    def read(found: Mapping[str, Node], key: str, parse: Callable[[str], T], default: T) -> T:
        text = found[key].text(mistakes) if key in found else None
        value = None if text is None else mistakes.read(found[key].place, parse, text)
        return default if value is None else value

    folder = path.parent
    named: list[tuple[Path, Path | None]] = []
    for node in keys["epochs"].items(mistakes) if "epochs" in keys else []:
        entry = node.keys(mistakes, ("folder",), ("final",))
        named.append((read(entry, "folder", folder.joinpath, folder), read(entry, "final", folder.joinpath, None)))
    made = Settlement(
        ledger=read(keys, "ledger", parse_address, "").lower(),
        token=read(keys, "token", parse_address, "").lower(),
        chain_id=read(keys, "chain", whole, 0),
        number=read(keys, "number", whole, 0),
        epochs=(),
        previous=read(keys, "previous", folder.joinpath, None),
        out=read(keys, "out", folder.joinpath, folder),
    )
    mistakes.raise_if_any()
    try:
        epochs = [(at, all_lines(at) if final is None else read_parts(final.read_bytes())) for at, final in named]
    except OSError as error:
        raise AttentionError(f"{error.filename} cannot be read: {error.strerror}") from None
    return replace(made, epochs=epochs)


def settle(settlement: Settlement, engine: Engine, processes: int | None = None) -> Path:
    """Write the table, the record and the order of a settlement.

    Returns
    -------
    Path
        The order, for :func:`lvo.rewards.read_order` and ``brownie run rewards build``.

    Raises
    ------
    AttentionError
        If the folder is there already, the settlement before is not that of this stream, an epoch is of another chain,
        or more became final of a line than its epoch gives.
    """
    out = settlement.out
    if out.exists():
        raise AttentionError(f"{out} is there already: a settlement is never overwritten")
    before = _before(settlement)
    added, record = _compute(settlement, before, engine, processes)
    out.mkdir(parents=True)
    (out / TABLE).write_bytes(added)
    (out / RECORD).write_bytes(record)
    lines = [
        f'ledger: "{settlement.ledger}"',
        *([f'token: "{settlement.token}"'] if settlement.token else []),
        f"chain: {settlement.chain_id}",
        f"epoch: {settlement.number}",
        f"table: {{file: {TABLE}, account: account, value: amount, unit: wei}}",
        "bad_rows: leave_out",
        "out: rewards",
    ]
    if settlement.previous is not None:
        relative = _relative(settlement.previous / "rewards", out)
        lines.append(f"previous: {relative}")
    (out / ORDER).write_text("\n".join(lines) + "\n")
    return out / ORDER


def _relative(path: Path, start: Path) -> str:
    import os.path

    return os.path.relpath(path, start)


def verify_settlement(settlement: Settlement, engine: Engine, processes: int | None = None) -> list[str]:
    """Compute a settlement again from the folders of attention and compare; return differences in sentences."""
    added, record = _compute(settlement, _before(settlement), engine, processes)
    differences = []
    for name, content in ((TABLE, added), (RECORD, record)):
        try:
            published = (settlement.out / name).read_bytes()
        except OSError:
            differences.append(f"{name} is missing")
            continue
        if published != content:
            differences.append(f"{name} is not what became final gives")
    return differences


def read_record(folder: Path) -> dict[str, Any]:
    """Read the record of a settlement.

    Raises
    ------
    AttentionError
        If it is missing or damaged.
    """
    try:
        document = json.loads((folder / RECORD).read_bytes())
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise ValueError
        return document
    except (OSError, ValueError):
        raise AttentionError(f"{folder / RECORD} is missing or damaged") from None


History = dict[str, list[tuple[str, int]]]
"""By the data hash of an epoch's folder, what became final of its lines, in order."""


def _before(settlement: Settlement) -> History:
    if settlement.previous is None:
        if settlement.number != 1:
            raise AttentionError("a settlement after the first needs the folder of the one before")
        return {}
    record = read_record(settlement.previous)
    mine = (settlement.ledger, settlement.chain_id, settlement.number - 1)
    theirs = (record.get("ledger"), record.get("chain"), record.get("number"))
    if theirs != mine:
        raise AttentionError(f"{settlement.previous} is not the settlement before this one")
    return {
        data_hash: [(str(campaign), int(units)) for campaign, units in parts]
        for data_hash, parts in record["final"].items()
    }


def _compute(settlement: Settlement, before: History, engine: Engine, processes: int | None) -> tuple[bytes, bytes]:
    added: dict[bytes, int] = defaultdict(int)
    now: History = {data_hash: list(parts) for data_hash, parts in before.items()}
    for folder, parts in settlement.epochs:
        made = read_manifest(folder)
        rules = read_rules(made.document)
        if rules.chain_id != settlement.chain_id:
            raise AttentionError(f"{folder} is of chain {rules.chain_id}, not {settlement.chain_id}")
        journal = read_journal(folder / INPUT)
        places = {campaign.campaign: i for i, campaign in enumerate(journal.campaigns)}
        for part in parts:
            if part.campaign not in places:
                raise AttentionError(f"campaign {part.campaign} is not in {folder}")
            now.setdefault(made.data_hash, []).append((part.campaign, part.units))
        fresh = {part.campaign for part in parts}
        first, second = (_stages(history.get(made.data_hash, []), places, fresh) for history in (before, now))
        earlier, later = compute_final(rules, journal, engine, [first, second], processes)
        for account in earlier.keys() | later.keys():
            added[account] += later.get(account, 0) - earlier.get(account, 0)
    if any(amount < 0 for amount in added.values()):
        raise AttentionError("an account would lose what it was given before: this is a defect")
    rows = [f"0x{account.hex()},{amount}\n" for account, amount in sorted(added.items()) if amount]
    table = ("account,amount\n" + "".join(rows)).encode()
    record = {
        "schema": SCHEMA,
        "ledger": settlement.ledger,
        "chain": settlement.chain_id,
        "number": settlement.number,
        "added": str(sum(added.values())),
        "table": hashlib.sha256(table).hexdigest(),
        "final": {data_hash: now[data_hash] for data_hash in sorted(now)},
    }
    return table, to_json(record)


def _stages(history: Sequence[tuple[str, int]], places: Mapping[str, int], wanted: set[str]) -> dict[int, list[int]]:
    stages: dict[int, list[int]] = defaultdict(list)
    for campaign, units in history:
        if campaign in wanted:
            stages[places[campaign]].append(units)
    return dict(stages)
