"""The folder of an epoch: written whole or not at all, and checked byte for byte from what it contains."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lvo.rewards.entitlements import Entitlements
from lvo.rewards.epoch import Epoch, Previous, compute
from lvo.rewards.manifest import SCHEMA, Manifest, manifest, rules_of
from lvo.rewards.order import Order, Rules
from lvo.rewards.outputs import outputs, parse_entitlements, rejects_csv
from lvo.rewards.rows import RewardsError

MANIFEST = "manifest.json"
CHECKSUM = "manifest.sha256"
PREVIOUS = "previous.csv"
"""A copy of the entitlements before, so that the folder can be checked alone."""
INPUT = "input"
"""Folder of the copied table."""

Progress = Callable[[str], None]


def build(order: Order, progress: Progress = lambda _: None) -> Manifest:
    """Carry out an order: compute the epoch and write its folder.

    The folder appears when it is complete; what an interrupted build left is thrown away by the next.

    Parameters
    ----------
    order
        See :func:`lvo.rewards.read_order`.
    progress
        Is told the name of each file that is written.

    Raises
    ------
    RewardsError
        If the folder is there already, the epoch before does not belong to this one, or the table cannot be paid; bad
        rows are then in ``<out>.rejects.csv``.
    """
    out = order.out
    if out.exists():
        raise RewardsError(f"{out} is there already: an epoch is never overwritten; move it away, or name another")
    before, previous = _read_previous(order)
    listed = out.with_name(out.name + ".rejects.csv")
    try:
        epoch = compute(order.rules, order.table, order.table.name, before, previous)
    except RewardsError as error:
        if error.rejects:
            listed.parent.mkdir(parents=True, exist_ok=True)
            listed.write_bytes(rejects_csv(error.rejects))
            raise RewardsError(f"{error}. They are listed in {listed}.", error.rejects) from None
        raise

    fresh = out.with_name(out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    files: dict[str, dict[str, Any]] = {}

    def write(name: str, content: bytes) -> None:
        progress(name)
        path = fresh / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        files[name] = _facts(content)

    write(f"{INPUT}/{order.table.name}", order.table.read_bytes())
    if order.previous is not None:
        write(PREVIOUS, (order.previous / "entitlements.csv").read_bytes())
    for name, content in outputs(epoch):
        write(name, content)
    made = manifest(epoch, files)
    (fresh / MANIFEST).write_bytes(made.content)
    (fresh / CHECKSUM).write_text(_checksum(made))
    fresh.rename(out)
    listed.unlink(missing_ok=True)
    return made


def _facts(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _checksum(made: Manifest) -> str:
    """Return a line as ``sha256sum`` writes it and checks it."""
    return f"{made.data_hash[2:]}  {MANIFEST}\n"


def _read_previous(order: Order) -> tuple[Entitlements, Previous | None]:
    rules = order.rules
    if order.previous is None:
        return _nobody(rules), None
    last = read_manifest(order.previous)
    for what, there, here in (
        ("ledger", last.ledger, rules.ledger),
        ("chain", last.chain_id, rules.chain_id),
        ("epoch", last.epoch + 1, rules.epoch),
    ):
        if there != here:
            raise RewardsError(
                f"{order.previous} is not the epoch before this one: its {what} leads to {there}, not {here}"
            )
    before = read_entitlements(order.previous, last)
    return before, Previous(last.epoch, last.root, last.total, last.data_hash[2:])


def _nobody(rules: Rules) -> Entitlements:
    return Entitlements(bytes.fromhex(rules.ledger[2:]), rules.chain_id, ())


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder and check it against its checksum.

    Raises
    ------
    RewardsError
        If it is missing, is not a manifest, or does not have its checksum.
    """
    content = _read(folder, MANIFEST)
    try:
        document = json.loads(content)
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise ValueError
        made = Manifest(document, content)
        _ = made.root, made.total, made.ledger, made.chain_id, made.epoch, dict(document["files"])
    except (ValueError, KeyError, TypeError):
        raise RewardsError(f"{folder / MANIFEST} is not the manifest of an epoch, or damaged") from None
    if _read(folder, CHECKSUM) != _checksum(made).encode():
        raise RewardsError(f"{folder / MANIFEST} does not have the hash that {CHECKSUM} says: one of them is damaged")
    return made


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise RewardsError(f"{folder / name} cannot be read: {error.strerror}") from None


def read_entitlements(folder: Path, made: Manifest) -> Entitlements:
    """Read who gets what in a folder, checked against its manifest.

    Raises
    ------
    RewardsError
        If the list is missing, was changed, or does not sum to the manifest's total.
    """
    content = _read(folder, "entitlements.csv")
    if _facts(content) != made.document["files"].get("entitlements.csv"):
        raise RewardsError(f"{folder / 'entitlements.csv'} is not the file that the manifest names: it was changed")
    found = parse_entitlements(content, made.ledger, made.chain_id)
    if found.total != made.total:
        raise RewardsError(
            f"{folder / 'entitlements.csv'} sums to {found.total} wei, and the manifest says {made.total}"
        )
    return found


def verify(folder: Path, progress: Progress = lambda _: None) -> tuple[Manifest, list[str]]:
    """Compute an epoch again from the table in its folder and compare every byte of every file.

    Returns
    -------
    Manifest
        As published.
    list
        Differences in sentences; empty if there are none.

    Raises
    ------
    RewardsError
        If the manifest or the inputs are so damaged that nothing can be computed from them.
    """
    made = read_manifest(folder)
    rules = rules_of(made.document)
    named = dict(made.document["files"])
    tables = [name for name in named if name.startswith(INPUT + "/")]
    if len(tables) != 1 or Path(tables[0]).parent != Path(INPUT):
        raise RewardsError(f"the manifest names {len(tables)} tables, and one is needed, in the folder {INPUT}")
    differences: list[str] = []
    inputs = [tables[0]] if made.document["previous"] is None else [tables[0], PREVIOUS]
    for name in inputs:
        progress(name)
        if _facts(_read(folder, name)) != named.get(name):
            raise RewardsError(f"{folder / name} is not the file that the manifest names: it was changed")

    before, previous = _nobody(rules), None
    if made.document["previous"] is not None:
        before = parse_entitlements(_read(folder, PREVIOUS), rules.ledger, rules.chain_id)
        try:
            previous = Previous(
                rules.epoch - 1, "0x" + before.tree().root.hex(), before.total, made.document["previous"]["manifest"]
            )
        except (KeyError, TypeError, ValueError):
            raise RewardsError("what the manifest says of the epoch before is damaged") from None
    epoch = compute(rules, folder / tables[0], Path(tables[0]).name, before, previous)

    expected = _compare(folder, epoch, {name: named[name] for name in inputs}, differences, progress)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    for name in sorted(there - expected - {MANIFEST, CHECKSUM}):
        differences.append(f"{name} does not belong here")
    return made, differences


def _compare(folder: Path, epoch: Epoch, files: dict[str, Any], differences: list[str], progress: Progress) -> set[str]:
    """Compare all computed files with those there; return the names of all that belong there."""
    files = dict(files)
    for name, content in outputs(epoch):
        progress(name)
        files[name] = _facts(content)
        try:
            published = (folder / name).read_bytes()
        except OSError:
            differences.append(f"{name} is missing")
            continue
        if published != content:
            differences.append(_first_difference(name, published, content))
    again = manifest(epoch, files)
    published = (folder / MANIFEST).read_bytes()
    if published != again.content:
        differences.append(_first_difference(MANIFEST, published, again.content))
    return set(files)


def _first_difference(name: str, published: bytes, computed: bytes) -> str:
    shorter = min(len(published), len(computed))
    at = next((i for i in range(shorter) if published[i] != computed[i]), shorter)
    line = published.count(b"\n", 0, at) + 1
    return (
        f"{name} differs from what its table gives, first at byte {at} (line {line}); "
        f"it has {len(published)} bytes, {len(computed)} are right"
    )
