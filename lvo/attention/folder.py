"""The folder of an epoch: written whole or not at all, and checked byte for byte from the journal that it contains."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lvo.attention.engine import Engine
from lvo.attention.epoch import SCHEMA, Epoch, compute, final_lines, manifest, outputs, read_rules
from lvo.attention.journal import AttentionError, Journal, read_journal, read_receipts
from lvo.attention.messages import CONTEXT, MOST_UNITS, SIGNATURE, Domain, Receipt, Signed
from lvo.attention.order import Order, Rules
from lvo.attention.signatures import Checker
from lvo.rewards.manifest import Manifest

MANIFEST = "manifest.json"
CHECKSUM = "manifest.sha256"
INPUT = "input"
"""Folder of the copied journal."""

Progress = Callable[[str], None]


def build(order: Order, engine: Engine, processes: int | None = None, progress: Progress = lambda _: None) -> Manifest:
    """Carry out an order: compute the epoch and write its folder.

    The folder appears when it is complete; what an interrupted build left is thrown away by the next.

    Parameters
    ----------
    order
        See :func:`lvo.attention.order.read_order`.
    engine
        What computes; the result does not depend on it.
    processes
        How many check signatures; by default as many as processors.
    progress
        Is told what is done.

    Raises
    ------
    AttentionError
        If the folder is there already, or nothing can be computed from the journal.
    """
    out = order.out
    if out.exists():
        raise AttentionError(f"{out} is there already: an epoch is never overwritten; move it away, or name another")
    fresh = out.with_name(out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    source = read_journal(order.journal)
    files: dict[str, dict[str, Any]] = {}
    for name in source.files:
        path = fresh / INPUT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(order.journal / name, path)
        files[f"{INPUT}/{name}"] = _facts_of(path)
    # What is computed from is what is published, even if somebody still writes to the journal.
    epoch = compute(order.rules, read_journal(fresh / INPUT), engine, processes, progress)
    for name, content in outputs(epoch):
        progress(name)
        (fresh / name).write_bytes(content)
        files[name] = _facts(content)
    made = manifest(epoch, files)
    (fresh / MANIFEST).write_bytes(made.content)
    (fresh / CHECKSUM).write_text(_checksum(made))
    fresh.rename(out)
    return made


def _facts(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _facts_of(path: Path) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
            size += len(piece)
    return {"sha256": digest.hexdigest(), "bytes": size}


def _checksum(made: Manifest) -> str:
    return f"{made.data_hash[2:]}  {MANIFEST}\n"


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder and check it against its checksum.

    Raises
    ------
    AttentionError
        If it is missing, is no manifest of attention, or does not have its checksum.
    """
    try:
        content, checksum = (folder / MANIFEST).read_bytes(), (folder / CHECKSUM).read_bytes()
    except OSError as error:
        raise AttentionError(f"{error.filename} cannot be read: {error.strerror}") from None
    try:
        document = json.loads(content)
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise ValueError
        made = Manifest(document, content)
        _ = made.root, made.total, made.ledger, made.chain_id, made.epoch, dict(document["files"])
    except (ValueError, KeyError, TypeError):
        raise AttentionError(f"{folder / MANIFEST} is not the manifest of an epoch of attention, or damaged") from None
    if checksum != _checksum(made).encode():
        raise AttentionError(f"{folder / MANIFEST} does not have the hash that {CHECKSUM} says: one of them is damaged")
    return made


# -------------------------------------------------------------------------------------------------------------- verify


def verify(
    folder: Path,
    engine: Engine,
    witnesses: Iterable[Signed] = (),
    processes: int | None = None,
    progress: Progress = lambda _: None,
) -> tuple[Manifest, list[str]]:
    """Check every signature again, compute the epoch again from its journal, and compare every byte of every file.

    Parameters
    ----------
    folder
        As published.
    engine
        What computes; it need not be the engine that built the folder.
    witnesses
        Receipts that viewers or publishers kept: one that counts and is not in the journal is a difference.
    processes
        How many check signatures.
    progress
        Is told what is done.

    Returns
    -------
    Manifest
        As published.
    list
        Differences in sentences; empty if there are none.

    Raises
    ------
    AttentionError
        If the manifest is so damaged that nothing can be compared with it.
    """
    made = read_manifest(folder)
    rules = read_rules(made.document)
    named: dict[str, Any] = dict(made.document["files"])
    inputs = sorted(name for name in named if name.startswith(INPUT + "/"))
    differences = []
    for name in inputs:
        progress(name)
        path = folder / name
        if not path.is_file():
            differences.append(f"{name} is missing")
        elif _facts_of(path) != named[name]:
            differences.append(f"{name} is not the file that the manifest names: it was changed")
    if differences:
        return made, differences
    try:
        journal = read_journal(folder / INPUT)
        epoch = compute(rules, journal, engine, processes, progress)
    except AttentionError as error:
        return made, [f"nothing can be computed from the journal: {error}"]
    expected = _compare(folder, epoch, {name: named[name] for name in inputs}, made, differences)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    for name in sorted(there - expected - {MANIFEST, CHECKSUM}):
        differences.append(f"{name} does not belong here")
    differences += missing(journal, rules, witnesses)
    return made, differences


def _compare(folder: Path, epoch: Epoch, files: dict[str, Any], made: Manifest, differences: list[str]) -> set[str]:
    """Compare all computed files with those there; return the names of all that belong there."""
    files = dict(files)
    for name, content in outputs(epoch):
        files[name] = _facts(content)
        try:
            published = (folder / name).read_bytes()
        except OSError:
            differences.append(f"{name} is missing")
            continue
        if published != content:
            differences.append(_first_difference(name, published, content))
    again = manifest(epoch, files)
    if made.content != again.content:
        differences.append(_first_difference(MANIFEST, made.content, again.content))
    return set(files)


def _first_difference(name: str, published: bytes, computed: bytes) -> str:
    theirs, ours = published.split(b"\n"), computed.split(b"\n")
    shorter = min(len(theirs), len(ours))
    line = next((i for i in range(shorter) if theirs[i] != ours[i]), shorter)
    said, right = (each[line][:160].decode("utf-8", "replace") if line < len(each) else "" for each in (theirs, ours))
    return f"{name} is not what the receipts give: line {line + 1} says {said!r}, and {right!r} is right"


def compare_booked(folder: Path, booked: Mapping[str, int], commitments: Iterable[tuple[str, str]]) -> list[str]:
    """Compare a folder that was verified with what AdLedger was told of its epoch.

    Parameters
    ----------
    folder
        As published.
    booked
        Units of every line of the epoch that the ledger booked, by campaign id in lower case.
    commitments
        Receipts root and data hash of every batch of the epoch, 0x-hexadecimal in lower case.

    Returns
    -------
    list
        Differences in sentences; empty if there are none.
    """
    made = read_manifest(folder)
    lines = {campaign: line.units for campaign, line in final_lines(_read(folder, "lines.csv")).items()}
    differences = []
    for campaign in sorted(set(lines) | set(booked)):
        here, there = lines.get(campaign, 0), booked.get(campaign, 0)
        if here != there:
            differences.append(f"campaign {campaign}: {there} units are booked, and the receipts give {here}")
    for root, data_hash in sorted(set(commitments)):
        if root != made.root:
            differences.append(f"a batch was posted with the receipts root {root}, and the folder has {made.root}")
        if data_hash != made.data_hash:
            differences.append(
                f"a batch was posted with the data hash {data_hash}, and the folder has {made.data_hash}"
            )
    return differences


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise AttentionError(f"{folder / name} cannot be read: {error.strerror}") from None


# ----------------------------------------------------------------------------------------------------------- witnesses


def read_signed(content: bytes, name: str = "the file") -> list[Signed]:
    """Read receipts that somebody kept: a JSON list of objects with the fields of the typed data and both signatures.

    Raises
    ------
    AttentionError
        If it is anything else.
    """
    try:
        found, entries = [], json.loads(content)
        if not isinstance(entries, list):
            raise TypeError
        for entry in entries:
            sizes = {
                "campaign": 32,
                "publisher": 20,
                "viewer": 20,
                "contextHash": CONTEXT,
                "signature": SIGNATURE,
                "countersignature": SIGNATURE,
            }
            plain = {key: bytes.fromhex(entry[key].removeprefix("0x")) for key in sizes}
            epoch, units = int(entry["epoch"]), int(entry["units"])
            if any(len(plain[key]) != size for key, size in sizes.items()) or not 0 < units <= MOST_UNITS or epoch < 0:
                raise ValueError
            receipt = Receipt(
                plain["campaign"], plain["publisher"], plain["viewer"], epoch, units, plain["contextHash"]
            )
            found.append(Signed(receipt, plain["signature"], plain["countersignature"]))
        return found
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AttentionError(f"{name} is not a list of signed receipts") from None


def signed_json(signed: Iterable[Signed]) -> bytes:
    """Write receipts as :func:`read_signed` reads them."""
    entries = [
        {
            "campaign": "0x" + each.receipt.campaign.hex(),
            "publisher": "0x" + each.receipt.publisher.hex(),
            "viewer": "0x" + each.receipt.viewer.hex(),
            "epoch": each.receipt.epoch,
            "units": each.receipt.units,
            "contextHash": "0x" + each.receipt.context.hex(),
            "signature": "0x" + each.signature.hex(),
            "countersignature": "0x" + each.countersignature.hex(),
        }
        for each in signed
    ]
    return json.dumps(entries, indent=1).encode() + b"\n"


def missing(journal: Journal, rules: Rules, witnesses: Iterable[Signed]) -> list[str]:
    """Say which receipts that somebody kept should count more than the journal lets them.

    Those that would be rejected, or are of another ledger or epoch, prove nothing and are passed over.
    """
    witnesses = [each for each in witnesses if each.receipt.epoch == rules.epoch]
    if not witnesses:
        return []
    checker = Checker(Domain(rules.chain_id, rules.ledger), rules.epoch, journal.keys)
    places = {campaign.id: i for i, campaign in enumerate(journal.campaigns)}
    differences = []
    for each in witnesses:
        receipt = each.receipt
        place = places.get(receipt.campaign)
        if receipt.publisher == receipt.viewer or checker.flaw(receipt, each.signature, each.countersignature):
            continue
        if place is None:
            differences.append(f"campaign 0x{receipt.campaign.hex()}, of which there is a receipt, is not in the list")
            continue
        campaign = journal.campaigns[place]
        if not campaign.start <= rules.epoch < campaign.stop:
            continue
        publisher, viewer = journal.publishers.find(receipt.publisher), journal.viewers.find(receipt.viewer)
        best = max((row.receipt.units for row in _rows(journal, place, publisher, viewer, checker)), default=0)
        if best < receipt.units:
            differences.append(
                f"viewer 0x{receipt.viewer.hex()} signed {receipt.units} units of campaign {campaign.campaign} with "
                f"publisher 0x{receipt.publisher.hex()}, and the journal has {best}"
            )
    return differences


def _rows(
    journal: Journal, campaign: int, publisher: int | None, viewer: int | None, checker: Checker
) -> Sequence[Signed]:
    """Return the sound receipts of one campaign, publisher and viewer."""
    import pyarrow.compute as pc

    if publisher is None or viewer is None:
        return []
    found = []
    for path in journal.receipts:
        for batch in read_receipts(path):
            wanted = pc.and_(
                pc.equal(batch.column("campaign"), campaign),
                pc.and_(pc.equal(batch.column("publisher"), publisher), pc.equal(batch.column("viewer"), viewer)),
            )
            for row in batch.filter(wanted).to_pylist():
                if not 0 < row["units"] <= MOST_UNITS:
                    continue
                receipt = Receipt(
                    journal.campaigns[campaign].id,
                    journal.publishers[publisher],
                    journal.viewers[viewer],
                    row["epoch"],
                    row["units"],
                    row["context"],
                )
                if not checker.flaw(receipt, row["signature"], row["countersignature"]):
                    found.append(Signed(receipt, row["signature"], row["countersignature"]))
    return found
