"""The files of an epoch: lists, the tree, and proofs in shards; a function of the epoch, byte for byte."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from lvo.rewards.entitlements import Entitlements
from lvo.rewards.epoch import Epoch
from lvo.rewards.rows import ADDRESS, Reject, RewardsError


def rejects_csv(rejects: Iterable[Reject]) -> bytes:
    """List bad rows with their reasons; line 0 where more rows than one were meant."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("line", "account", "value", "reason"))
    for reject in rejects:
        # Cells that a spreadsheet would take for a formula are quoted by an apostrophe.
        cells = (f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell for cell in (reject.account, reject.value))
        writer.writerow((reject.line, *cells, reject.reason))
    return text.getvalue().encode("utf-8", "backslashreplace")


def entitlements_csv(epoch: Epoch) -> bytes:
    """List every account with what it was given before, what this epoch adds, and both together, in wei."""
    before = dict(epoch.before.rows())
    lines = ["account,previous,added,cumulative"]
    for account, amount in epoch.now.rows():
        last = before.get(account, 0)
        lines.append(f"0x{account.hex()},{last},{amount - last},{amount}")
    return ("\n".join(lines) + "\n").encode()


def parse_entitlements(content: bytes, ledger: str, chain_id: int) -> Entitlements:
    """Read what :func:`entitlements_csv` wrote.

    Raises
    ------
    RewardsError
        If anything in it is not as it was written.
    """
    lines = content.decode("ascii", "replace").split("\n")
    if lines[0] != "account,previous,added,cumulative" or lines[-1] != "":
        raise RewardsError("the list of entitlements is damaged: its first or last line is not as it was written")

    def rows() -> Iterator[tuple[bytes, int]]:
        for number, line in enumerate(lines[1:-1], 2):
            try:
                account, previous, added, cumulative = line.split(",")
                amount = int(cumulative)
                whole = f"{account.lower()},{int(previous)},{int(added)},{amount}"
                if whole != line or int(previous) + int(added) != amount or not ADDRESS.fullmatch(account):
                    raise ValueError
            except ValueError:
                raise RewardsError(f"the list of entitlements is damaged in line {number}: {line[:80]!r}") from None
            yield bytes.fromhex(account[2:]), amount

    try:
        return Entitlements(bytes.fromhex(ledger[2:]), chain_id, rows())
    except ValueError as error:
        raise RewardsError(f"the list of entitlements is damaged: {error}") from None


def shard_name(account: str, digits: int) -> str:
    """Name the file that has the proof of an account."""
    return f"proofs/{account[2 : 2 + digits].lower() or 'all'}.json"


def shards(epoch: Epoch) -> Iterator[tuple[str, bytes]]:
    """Yield every proof shard with its name, in the order of the accounts."""
    digits = epoch.digits
    current = ""
    rows: dict[str, Any] = {}
    for (account, amount), proof in zip(epoch.now.rows(), epoch.tree.hex_proofs(), strict=True):
        address = "0x" + account.hex()
        name = shard_name(address, digits)
        if name != current:
            if rows:
                yield current, _shard(epoch, rows)
            current, rows = name, {}
        rows[address] = {"cumulative": str(amount), "proof": proof}
    yield current, _shard(epoch, rows)


def _shard(epoch: Epoch, rows: dict[str, Any]) -> bytes:
    rules = epoch.rules
    head = {"ledger": rules.ledger, "chainId": rules.chain_id, "epoch": rules.epoch, "root": epoch.root}
    return json.dumps({**head, "accounts": rows}, separators=(",", ":")).encode() + b"\n"


def outputs(epoch: Epoch) -> Iterator[tuple[str, bytes]]:
    """Yield every computed file of the folder but the manifest, with its name."""
    yield "entitlements.csv", entitlements_csv(epoch)
    yield "rejects.csv", rejects_csv(epoch.rejects)
    tree = io.BytesIO()
    epoch.tree.write_dump(tree)
    yield "tree.json", tree.getvalue()
    yield from shards(epoch)
