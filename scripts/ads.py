"""The advertising ledger: ``brownie run ads expand | build | check | verify | audit | settle | query``.

What every verb needs, prints and refuses is in docs/ATTENTION.md. ``LVO_ENGINE=spark`` computes on Apache Spark.
"""

from pathlib import Path

from scripts.support import attention
from scripts.support.console import ScriptError, say, verb

ROOT = Path(__file__).resolve().parents[1]
TABLES = ROOT / "reports" / "attention"


def main() -> None:
    """Say which verbs there are."""
    say("brownie run ads expand TABLE FOLDER RECEIPTS [SEED]   signed receipts of real campaigns, for a rehearsal")
    say("brownie run ads build ORDER                           compute an epoch from its receipts, write its folder")
    say("brownie run ads check FOLDER [KEPT...]                compute a folder again, byte for byte; no chain")
    say("brownie run ads verify FOLDER [KEPT...]               check, and compare with what the ledger was told")
    say("brownie run ads audit FOLDER [COUNT] [SEED]           open random receipts; no chain")
    say("brownie run ads settle SETTLEMENT                     a reward list of what became final; no chain")
    say("brownie run ads query FOLDER...                       tables and charts by epoch and by campaign; no chain")


@verb
def expand(source: str, folder: str, receipts: str, seed: str = "1") -> None:
    """Make signed receipts of real campaigns, and an order to build them by."""
    attention.expand_campaigns(Path(source), Path(folder), _number(receipts), _number(seed))


@verb
def build(order_file: str) -> None:
    """Carry out an order."""
    attention.build_epoch(Path(order_file))


@verb
def check(folder: str, *kept: str) -> None:
    """Compute a folder again; exit code 1 on any difference, or if a receipt that somebody kept is missing."""
    attention.check_folder(Path(folder), [Path(name) for name in kept])


@verb
def verify(folder: str, *kept: str) -> None:
    """Check a folder and compare it with the ledger; exit code 1 on any difference."""
    attention.verify_on_chain(Path(folder), attention.check_folder(Path(folder), [Path(name) for name in kept]))


@verb
def audit(folder: str, count: str = "32", seed: str = "") -> None:
    """Open random receipts; exit code 1 if one of them is not what it should be."""
    attention.audit_folder(Path(folder), _number(count), seed)


@verb
def settle(settlement: str) -> None:
    """Turn lines that became final into a reward list."""
    attention.settle_lines(Path(settlement))


@verb
def query(*folders: str) -> None:
    """Show published epochs by epoch and by campaign; write CSV and charts."""
    attention.query_folders([Path(name) for name in folders], TABLES)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise ScriptError(f"{text!r} is not a whole number from 1.")
    return int(text)
