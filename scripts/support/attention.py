"""What the off-chain verbs of ``ads`` do: build, check and open epochs, settle what became final, answer queries."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from brownie import web3
from eth_utils.address import to_checksum_address

from lvo import rewards
from lvo.attention import generate as generator
from lvo.attention.audit import audit
from lvo.attention.engine import Engine, connect
from lvo.attention.epoch import final_lines
from lvo.attention.folder import build, compare_booked, read_manifest, read_signed, verify
from lvo.attention.messages import Domain
from lvo.attention.order import read_order
from lvo.attention.payouts import read_settlement, settle
from lvo.attention.query import by_campaign, by_epoch, read_lines, to_csv
from lvo.merkle import keccak256
from lvo.report import attention as report
from lvo.rewards.manifest import Manifest
from lvo.units import DAY, format_lvo
from scripts.support.chain import events
from scripts.support.console import ScriptError, brief, console, say, table
from scripts.support.records import write_file

ROWS_SHOWN = 20
"""Rows of a table on the console; the files have all."""
BAR = 40
"""Columns of a bar on the console."""
LINE_POSTED = "LinePosted(bytes32,uint24,uint256,uint256)"
BATCH_POSTED = "BatchPosted(bytes32,uint24,uint256,uint256,uint256,uint40,bytes32,bytes32)"
"""The events of AdLedger that say what was booked."""


def engine() -> Engine:
    """Connect to the engine that ``LVO_ENGINE`` names: duckdb, if nothing else is said, or spark."""
    return connect(os.environ.get("LVO_ENGINE", "duckdb"), memory=os.environ.get("LVO_MEMORY"))


def build_epoch(order_file: Path) -> Manifest:
    """Carry out an order and show what came of it."""
    order = read_order(order_file)
    with console.status("computing") as shown, engine() as work:
        made = build(order, work, progress=lambda what: shown.update(f"computing: {what}"))
    document = made.document
    receipts = document["receipts"]
    table(
        f"Epoch {made.epoch} of {made.ledger} on chain {made.chain_id}",
        ("", "value"),
        [
            ("receipts read", f"{receipts['read']:,}"),
            ("rejected", f"{receipts['rejected']:,}"),
            *((f"  {reason}", f"{count:,}") for reason, count in document["rejected"].items()),
            ("replaced by a later receipt", f"{receipts['merged']:,}"),
            ("units shown", f"{document['unitsShown']:,}"),
            ("units that count", f"{document['units']:,}"),
            ("lines", f"{document['lines']:,}"),
            ("campaigns at their limit", f"{len(document['atTheirLimit']):,}"),
            ("accounts to pay", f"{document['accounts']:,}"),
            ("spend, LVO", format_lvo(made.total)),
        ],
        ("value",),
    )
    say(f"Receipts root {made.root}")
    say(f"Data hash {made.data_hash}, the SHA-256 of manifest.json")
    if receipts["rejected"]:
        say(f"The rejected receipts, and why, are in {order.out / 'rejects.csv'}.", style="yellow")
    say(f"{order.out} is complete: publish it, then post its lines.")
    return made


def check_folder(folder: Path, witnesses: Sequence[Path] = ()) -> Manifest:
    """Compute a folder again from its journal and compare every byte.

    Raises
    ------
    ScriptError
        With every difference.
    """
    kept = [each for path in witnesses for each in read_signed(path.read_bytes(), path.name)]
    with console.status("checking every signature and computing everything again") as shown, engine() as work:
        made, differences = verify(folder, work, kept, progress=lambda what: shown.update(f"checking: {what}"))
    _refuse(differences, f"{folder} is not what its receipts give.")
    receipts = made.document["receipts"]
    say(
        f"{folder}: {receipts['read']:,} receipts, {made.document['lines']:,} lines and root {made.root} are what the "
        "receipts give, to the byte.",
        style="green",
    )
    if kept:
        say(f"None of {len(kept):,} receipts that were kept is missing.", style="green")
    return made


def verify_on_chain(folder: Path, made: Manifest) -> None:
    """Compare a folder that was checked with what the ledger was told of its epoch.

    Raises
    ------
    ScriptError
        If this is another chain, there is no contract, or something differs.
    """
    here = int(web3.eth.chain_id)
    if here != made.chain_id:
        raise ScriptError(
            f"This is chain {here}, and the folder is of chain {made.chain_id}: choose it with --network."
        )
    ledger = to_checksum_address(made.ledger)
    if not web3.eth.get_code(ledger):
        raise ScriptError(f"There is no contract at {ledger} on chain {here}: nothing was booked.")
    booked, commitments = read_booked(ledger, made.epoch)
    if not commitments:
        raise ScriptError(f"The ledger {ledger} was told nothing of epoch {made.epoch} yet.")
    _refuse(compare_booked(folder, booked, commitments), f"{folder} is not what the ledger was told.")
    say(
        f"All {len(booked):,} lines that the ledger booked for epoch {made.epoch} are those of the folder.",
        style="green",
    )


def read_booked(ledger: str, epoch: int) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Return the units that a ledger booked for an epoch, by campaign, and root and data hash of each batch."""
    last = int(web3.eth.block_number)
    number = "0x" + epoch.to_bytes(32, "big").hex()
    lines = events(ledger, 0, last, [_topic(LINE_POSTED), None, number])
    booked = {_hex(log["topics"][1]): int.from_bytes(_plain(log["data"])[:32], "big") for log in lines}
    batches = [_plain(log["data"]) for log in events(ledger, 0, last, [_topic(BATCH_POSTED), None, number])]
    return booked, [("0x" + data[128:160].hex(), "0x" + data[160:192].hex()) for data in batches]


def _topic(event: str) -> str:
    return "0x" + keccak256(event.encode()).hex()


def _plain(value: Any) -> bytes:
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)


def _hex(value: Any) -> str:
    return "0x" + _plain(value).hex()


def _refuse(differences: Sequence[str], verdict: str) -> None:
    if differences:
        count = len(differences)
        raise ScriptError(
            "\n".join(f"  {difference}" for difference in differences)
            + f"\n{count:,} difference{'s' * (count != 1)}: {verdict}"
        )


def audit_folder(folder: Path, count: int, seed: str) -> None:
    """Open random receipts of a folder.

    Raises
    ------
    ScriptError
        If one of them is not what it should be.
    """
    seed = seed or "0x" + secrets.token_bytes(32).hex()
    plain = bytes.fromhex(seed[2:]) if seed.startswith("0x") else seed.encode()
    with console.status("opening"):
        made, found = audit(folder, count, plain)
    table(
        f"{len(found):,} of {made.document['receipts']['counted']:,} receipts, drawn by {seed}",
        ("campaign", "publisher", "viewer", "units", ""),
        [
            (
                brief("0x" + opening.signed.receipt.campaign.hex()),
                brief("0x" + opening.signed.receipt.publisher.hex()),
                brief("0x" + opening.signed.receipt.viewer.hex()),
                opening.signed.receipt.units,
                "; ".join(flaws) or "ok",
            )
            for opening, flaws in found[:ROWS_SHOWN]
        ],
        ("units",),
    )
    bad = [(opening, flaws) for opening, flaws in found if flaws]
    _refuse(
        [f"viewer 0x{opening.signed.receipt.viewer.hex()}: {'; '.join(flaws)}" for opening, flaws in bad],
        f"{len(bad):,} of {len(found):,} receipts are not what they should be.",
    )
    say(f"{len(found):,} receipts hold: both signatures, and a proof up to {made.root}.", style="green")


def settle_lines(path: Path) -> None:
    """Turn what became final into a reward list and build its folder."""
    settlement = read_settlement(path)
    with console.status("computing what became final"), engine() as work:
        order = settle(settlement, work)
    made = rewards.build(rewards.read_order(order))
    say(f"{made.document['accounts']:,} accounts, {format_lvo(made.total)} LVO promised in all, root {made.root}.")
    folder = order.parent / "rewards"
    say(f"{folder} is complete: publish it. Next: brownie run rewards propose {folder}")


def query_folders(folders: Sequence[Path], out: Path) -> None:
    """Show and write tables and charts of published epochs."""
    if not folders:
        raise ScriptError("Name the folders of one epoch or more.")
    entries = read_lines(folders)
    made = read_manifest(folders[0])
    epochs, campaigns = by_epoch(entries), by_campaign(entries)
    most = max((entry.spend for entry in epochs), default=0) or 1
    table(
        f"Epochs of {made.ledger} on chain {made.chain_id}",
        ("epoch", "lines", "receipts", "units", "spend, LVO", ""),
        [
            (
                e.epoch,
                f"{e.lines:,}",
                f"{e.receipts:,}",
                f"{e.units:,}",
                format_lvo(e.spend),
                "█" * (BAR * e.spend // most),
            )
            for e in epochs[-ROWS_SHOWN:]
        ],
        ("lines", "receipts", "units", "spend, LVO"),
    )
    most = campaigns[0].spend if campaigns else 1
    table(
        f"The largest of {len(campaigns):,} campaigns",
        ("campaign", "epochs", "units", "spend, LVO", ""),
        [
            (brief(e.campaign), e.lines, f"{e.units:,}", format_lvo(e.spend), "█" * (BAR * e.spend // max(most, 1)))
            for e in campaigns[:ROWS_SHOWN]
        ],
        ("epochs", "units", "spend, LVO"),
    )
    for name, rows in (("lines", entries), ("epochs", epochs), ("campaigns", campaigns)):
        write_file(out / f"{name}.csv", to_csv(rows))
    write_file(out / "attention.html", report.render(made.ledger, made.chain_id, entries).encode())
    say(f"Tables and charts are in {out}: lines.csv, epochs.csv, campaigns.csv, attention.html.")


def expand_campaigns(source: Path, out: Path, count: int, seed: int) -> None:
    """Make signed receipts of real campaigns for a rehearsal, and the order to build them by."""
    ledger, platform = "0x" + "00" * 17 + "ad1ed6", "0x" + "00" * 17 + "91af03"
    offers, refused = generator.read_offers(source)
    campaigns = [generator.terms(offer, DAY) for offer in offers]
    running: dict[int, int] = {}
    for campaign in campaigns:
        for epoch in range(campaign.start, campaign.stop):
            running[epoch] = running.get(epoch, 0) + 1
    epoch = max(running, key=lambda number: (running[number], -number))
    chosen = [(c, o) for c, o in zip(campaigns, offers, strict=True) if c.start <= epoch < c.stop]
    if (out / "journal").exists():
        raise ScriptError(f"{out / 'journal'} is there already: name another folder.")
    with console.status("signing"):
        generator.write_signed(
            out / "journal",
            [c for c, _ in chosen],
            [o.impressions for _, o in chosen],
            Domain(1337, ledger),
            epoch,
            count,
            viewers=max(count // 10, 10),
            publishers=min(max(count // 100, 3), 500),
            seed=seed,
        )
    order = f'ledger: "{ledger}"\nchain: 1337\nepoch: {epoch}\nplatform: "{platform}"\njournal: journal\nout: epoch\n'
    write_file(out / "epoch.yaml", order.encode())
    reasons: dict[str, int] = {}
    for reason in refused.values():
        reasons[reason] = reasons.get(reason, 0) + 1
    table(
        f"{source.name}: {len(offers) + len(refused):,} campaigns",
        ("", "campaigns"),
        [
            ("can run", f"{len(offers):,}"),
            *((f"left out: {reason}", f"{number:,}") for reason, number in sorted(reasons.items())),
            (f"run in epoch {epoch}, the busiest", f"{len(chosen):,}"),
        ],
        ("campaigns",),
    )
    say(f"{count:,} signed receipts are in {out / 'journal'}; the wallets follow from the seed, so anyone has them.")
    say(f"Next: brownie run ads build {out / 'epoch.yaml'}")


def lines_of(folder: Path) -> dict[str, int]:
    """Return the units of every line of a folder, by campaign id: what is to be posted."""
    return {campaign: line.units for campaign, line in final_lines((folder / "lines.csv").read_bytes()).items()}
