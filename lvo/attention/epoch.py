"""One epoch of attention: compute it, and make the files of it.

Everything here is a function of the journal and the rules: no clock, no random number, no path, no engine. So two
machines make the same bytes.
"""

import io
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lvo.attention.engine import Engine
from lvo.attention.journal import AttentionError, Journal, bits
from lvo.attention.messages import Domain
from lvo.attention.order import Rules
from lvo.attention.pipeline import REASONS, Computed, Line, Pipeline, Stages
from lvo.attention.signatures import check_journal
from lvo.attention.tree import Branch, branches, epoch_tree
from lvo.merkle import StandardMerkleTree
from lvo.rewards.manifest import Manifest, to_json
from lvo.rewards.rows import read_account
from lvo.units import SUPPLY, format_lvo

SCHEMA = "live-video/attention/1"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Epoch:
    """A computed epoch.

    Attributes
    ----------
    rules, journal
        What it was made from.
    computed
        Lines and amounts.
    rejects
        Rejected receipts: campaign, publisher, viewer, epoch, units, context, reason.
    branches
        The campaigns' trees.
    tree
        The tree over them; None if no receipt counts.
    """

    rules: Rules
    journal: Journal
    computed: Computed
    rejects: list[tuple[Any, ...]]
    branches: list[Branch]
    tree: StandardMerkleTree | None

    @property
    def root(self) -> str:
        """The receipts root, 0x-hexadecimal; zero if no receipt counts."""
        return "0x" + (self.tree.root if self.tree else bytes(32)).hex()

    @property
    def spend(self) -> int:
        """What all lines come to, in wei."""
        campaigns = self.journal.campaigns
        return sum(line.units * campaigns[line.campaign].price for line in self.computed.lines)

    @cached_property
    def paid(self) -> dict[bytes, tuple[int, int, int]]:
        """What each account gets as viewer, as publisher and as platform, in wei, by rising account."""
        return earnings(self.journal, self.rules, self.computed)


def earnings(journal: Journal, rules: Rules, computed: Computed) -> dict[bytes, tuple[int, int, int]]:
    """Return what each account gets as viewer, as publisher and as platform, in wei, by rising account."""
    found: dict[bytes, tuple[int, int, int]] = {journal.viewers[place]: (wei, 0, 0) for place, wei in computed.viewers}
    for place, wei in computed.publishers:
        account = journal.publishers[place]
        found[account] = (found.get(account, (0, 0, 0))[0], wei, 0)
    if computed.platform:
        platform = bytes.fromhex(rules.platform[2:])
        viewer, publisher, _ = found.get(platform, (0, 0, 0))
        found[platform] = (viewer, publisher, computed.platform)
    return dict(sorted(found.items()))


def pipeline(
    engine: Engine, journal: Journal, rules: Rules, checked: Path, scratch: Path, only: frozenset[int] | None = None
) -> Pipeline:
    """Return the expressions for a journal whose receipts were checked."""
    same = [
        (i, place) for i, each in enumerate(journal.publishers) if (place := journal.viewers.find(each)) is not None
    ]
    return Pipeline(
        engine,
        sorted(checked.glob("*.parquet")),
        journal.campaigns,
        rules.epoch,
        len(journal.publishers),
        len(journal.viewers),
        journal.widths,
        same,
        scratch,
        only,
    )


def compute(
    rules: Rules,
    journal: Journal,
    engine: Engine,
    processes: int | None = None,
    progress: Progress = lambda _: None,
) -> Epoch:
    """Check, validate, cap, price and split a journal.

    Parameters
    ----------
    rules
        For which ledger, epoch and platform.
    journal
        What was collected.
    engine
        What computes.
    processes
        How many check signatures; by default as many as processors.
    progress
        Is told what is done.

    Raises
    ------
    AttentionError
        If an amount does not fit, or the sums do not agree.
    """
    with tempfile.TemporaryDirectory(prefix="lvo-attention-") as name:
        folder = Path(name)
        progress("signatures")
        domain = Domain(rules.chain_id, rules.ledger)
        check_journal(journal, domain, rules.epoch, folder / "checked", processes, progress)
        work = pipeline(engine, journal, rules, folder / "checked", folder)
        progress("validating")
        counts, reasons = work.count()
        progress("lines and amounts")
        computed = work.compute()
        computed = Computed(counts, reasons, computed.lines, computed.viewers, computed.publishers, computed.platform)
        progress("receipts tree")
        found = branches(journal, rules.epoch, work.leaves())
        rejects = list(work.rejects())
        engine.forget()
        tree = epoch_tree(journal, rules.epoch, computed.lines, found)
    epoch = Epoch(rules, journal, computed, rejects, found, tree)
    _balance(epoch)
    return epoch


def compute_final(
    rules: Rules, journal: Journal, engine: Engine, stages: Sequence[Stages], processes: int | None = None
) -> list[dict[bytes, int]]:
    """Compute what accounts get of what became final of an epoch.

    Parameters
    ----------
    rules, journal, engine, processes
        As :func:`compute` takes them.
    stages
        What was final at one time, at another, and so on. Other campaigns than those named count nothing.

    Returns
    -------
    list
        For each of them the wei of each account.

    Raises
    ------
    AttentionError
        If more became final of a line than the journal gives for it.
    """
    only = frozenset(place for each in stages for place in each)
    with tempfile.TemporaryDirectory(prefix="lvo-attention-") as name:
        folder = Path(name)
        domain = Domain(rules.chain_id, rules.ledger)
        check_journal(journal, domain, rules.epoch, folder / "checked", processes, lambda _: None)
        work = pipeline(engine, journal, rules, folder / "checked", folder, only)
        found = []
        for each in stages:
            computed = work.compute(each)
            final = {place: sum(units) for place, units in each.items() if sum(units)}
            if {line.campaign: line.units for line in computed.lines} != final:
                raise AttentionError("more became final of a line than the journal gives for it")
            found.append({account: sum(parts) for account, parts in earnings(journal, rules, computed).items()})
        engine.forget()
        return found


def _balance(epoch: Epoch) -> None:
    """Refuse an epoch whose parts do not sum to its lines: no input can bring this about."""
    paid = sum(sum(parts) for parts in epoch.paid.values())
    if paid != epoch.spend:
        raise AttentionError(f"the amounts sum to {paid} wei, and the lines to {epoch.spend}: this is a defect")
    if paid > SUPPLY:
        raise AttentionError(f"the lines come to {format_lvo(paid)} LVO, which is above the supply")


# ---------------------------------------------------------------------------------------------------------------- files


def lines_csv(epoch: Epoch) -> bytes:
    """List the lines: what AdLedger is told, and how it comes about; by rising campaign."""
    head = "campaign,units,price,spend,to_viewers,to_publishers,to_platform,receipts,viewers,units_shown,receipts_root"
    roots = {branch.campaign: branch.root for branch in epoch.branches}
    rows = [head]
    for line in epoch.computed.lines:
        campaign = epoch.journal.campaigns[line.campaign]
        cells = (
            campaign.campaign,
            line.units,
            campaign.price,
            line.units * campaign.price,
            line.units * campaign.viewer_part,
            line.units * campaign.publisher_part,
            line.units * campaign.platform_part,
            line.receipts,
            line.viewers,
            line.shown,
            "0x" + roots[line.campaign].hex(),
        )
        rows.append(",".join(map(str, cells)))
    return ("\n".join(rows) + "\n").encode()


def payouts_csv(paid: dict[bytes, tuple[int, int, int]]) -> bytes:
    """List what each account gets if every line becomes final in full, in wei, by rising account."""
    rows = ["account,as_viewer,as_publisher,as_platform,amount"]
    for account, (viewer, publisher, platform) in paid.items():
        rows.append(f"0x{account.hex()},{viewer},{publisher},{platform},{viewer + publisher + platform}")
    return ("\n".join(rows) + "\n").encode()


def rejects_csv(epoch: Epoch) -> bytes:
    """List the receipts that count for nothing, with the reason; places that no list has as ``#place``."""
    journal = epoch.journal
    rows = ["campaign,publisher,viewer,epoch,units,context,reason"]

    def name(accounts: Any, place: int) -> str:
        return "0x" + accounts[place].hex() if 0 <= place < len(accounts) else f"#{place}"

    for campaign, publisher, viewer, number, units, context, reason in epoch.rejects:
        known = 0 <= campaign < len(journal.campaigns)
        cells = (
            journal.campaigns[campaign].campaign if known else f"#{campaign}",
            name(journal.publishers, publisher),
            name(journal.viewers, viewer),
            str(number),
            str(units),
            "0x" + context.hex(),
            f'"{REASONS[reason]}"',
        )
        rows.append(",".join(cells))
    return ("\n".join(rows) + "\n").encode()


def outputs(epoch: Epoch) -> Iterator[tuple[str, bytes]]:
    """Yield every computed file but the manifest, with its name."""
    yield "lines.csv", lines_csv(epoch)
    yield "payouts.csv", payouts_csv(epoch.paid)
    yield "rejects.csv", rejects_csv(epoch)
    if epoch.tree:
        tree = io.BytesIO()
        epoch.tree.write_dump(tree)
        yield "tree.json", tree.getvalue()


def manifest(epoch: Epoch, files: dict[str, dict[str, Any]]) -> Manifest:
    """Return the manifest, whose SHA-256 AdLedger is told beside the root.

    Parameters
    ----------
    files
        SHA-256 and size of every other file, by name.
    """
    computed = epoch.computed
    campaigns = epoch.journal.campaigns
    limited = [
        campaigns[line.campaign].campaign
        for line in computed.lines
        if line.units == campaigns[line.campaign].most_units
    ]
    document = {
        "schema": SCHEMA,
        "root": epoch.root,
        "total": str(epoch.spend),
        "rules": asdict(epoch.rules),
        "lines": len(computed.lines),
        "units": sum(line.units for line in computed.lines),
        "unitsShown": sum(line.shown for line in computed.lines),
        "accounts": len(epoch.paid),
        "receipts": computed.counts | {"counted": sum(branch.receipts for branch in epoch.branches)},
        "rejected": {REASONS[reason]: rows for reason, rows in sorted(computed.reasons.items())},
        "atTheirLimit": limited,
        "files": dict(sorted(files.items())),
    }
    return Manifest(document, to_json(document))


def read_rules(document: dict[str, Any]) -> Rules:
    """Read the rules back from a manifest.

    Raises
    ------
    AttentionError
        If they are not as :func:`manifest` writes them.
    """
    try:
        rules = Rules(**document["rules"])
        read_account(rules.ledger)
        read_account(rules.platform)
        if type(rules.chain_id) is not int or type(rules.epoch) is not int or bits(rules.epoch + 1) > 24:
            raise ValueError
        return rules
    except (KeyError, TypeError, ValueError):
        raise AttentionError("the rules in manifest.json are damaged") from None


def final_lines(epoch_lines: bytes) -> dict[str, Line]:
    """Read lines.csv back: the lines by campaign id, whose places are those of the file's rows.

    Raises
    ------
    AttentionError
        If it is damaged.
    """
    import csv

    try:
        rows = csv.DictReader(io.StringIO(epoch_lines.decode()))
        return {
            row["campaign"]: Line(
                place, int(row["units"]), int(row["receipts"]), int(row["viewers"]), int(row["units_shown"])
            )
            for place, row in enumerate(rows)
        }
    except (KeyError, TypeError, ValueError):
        raise AttentionError("lines.csv is damaged") from None


def json_of(content: bytes) -> Any:
    """Read JSON, or None if it is none."""
    try:
        return json.loads(content)
    except ValueError:
        return None
