"""``make bench-merkle``: Merkle trees against @openzeppelin/merkle-tree on one machine in one run, and their scaling.

Every figure comes from a process of its own, so that memory is that of one tree alone. The list is
``LVO_REWARD_LIST`` (a CSV, plain or .gz, with the columns account and amount_wei) or, without it, as many rows made
from a seed. Times differ from run to run, so ``reports/merkle.json`` is
written only when told (ACCEPT=1); the exit code is 1 where an aim is missed.
"""

import argparse
import csv
import gzip
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from lvo.merkle import StandardMerkleTree, process_proof
from lvo.rewards import build, read_order, verify
from lvo.rewards.entitlements import LEAF_TYPES, Entitlements

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "reports" / "merkle.json"
ROWS = 252_803
"""Rows of the UNI airdrop, the list that everything is measured on."""
SIZES = (10_000, 100_000, 1_000_000)
DEEP = 10_000_000
LEDGER = bytes.fromhex("11" * 20)
CHAIN_ID = 1337
POT = 150_000_000
"""LVO of the promotion bucket, which the list is scaled to."""

LEAST_FACTOR = 5.0
"""How many times faster than the library building and proving must be."""
MOST_BYTES = 8 * 10**9
"""What ten million rows may take, in all."""
MOST_GROWTH = 2.0
"""How much more a row may cost among a million than among ten thousand."""


def real_list() -> list[tuple[bytes, int]] | None:
    """The rows of ``LVO_REWARD_LIST`` in the order of their accounts, or None without one."""
    name = os.environ.get("LVO_REWARD_LIST")
    if not name:
        return None
    opener: Callable[..., Any] = gzip.open if name.endswith(".gz") else open
    with opener(name, "rt", newline="") as file:
        return sorted((bytes.fromhex(row["account"][2:]), int(row["amount_wei"])) for row in csv.DictReader(file))


def made_list(count: int) -> Entitlements:
    """Rows from a seed: accounts ascending, amounts as airdrops have them."""
    rng = random.Random(count)
    step = (1 << 160) // count
    rows = (((i * step + rng.randrange(step)).to_bytes(20, "big"), rng.randrange(10**22)) for i in range(count))
    return Entitlements(LEDGER, CHAIN_ID, rows)


def entitlements(count: int) -> Entitlements:
    """The real list if it is asked for and there, or a made one."""
    rows = real_list() if count == ROWS else None
    return Entitlements(LEDGER, CHAIN_ID, rows) if rows else made_list(count)


def memory(which: str) -> int:
    """Resident bytes of this process, at its peak (``VmHWM``) or now (``VmRSS``).

    ``getrusage`` would give a child the peak of the parent that forked it; elsewhere than on Linux it has to do.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return int(status.split(which + ":")[1].split()[0]) * 1024


# ------------------------------------------------------------------------------------- measured in their own process


def measure_ours(count: int, check: bool) -> dict[str, Any]:
    """Build a tree and take every proof; with ``check`` also hash every proof up to the root, as the library does."""
    rows = entitlements(count)
    before = memory("VmRSS")
    begun = time.perf_counter()
    tree = rows.tree()
    built = time.perf_counter()
    after_build = memory("VmHWM")
    nodes = sum(len(proof) for proof in tree.hex_proofs())
    proved = time.perf_counter()
    result = {
        "root": "0x" + tree.root.hex(),
        "nodes": nodes,
        "buildSeconds": built - begun,
        "proofSeconds": proved - built,
        "buildBytes": after_build - before,
        "peakBytes": memory("VmHWM"),
    }
    if check:
        begun = time.perf_counter()
        for i, value in enumerate(rows):
            if process_proof(tree.leaf_hash(value), tree.get_proof(i)) != tree.root:
                raise AssertionError(f"the proof of row {i} is wrong")
        result["checkSeconds"] = time.perf_counter() - begun
    return result


def measure_build(count: int) -> dict[str, Any]:
    """Build only."""
    rows = entitlements(count)
    before = memory("VmRSS")
    begun = time.perf_counter()
    tree = StandardMerkleTree.of(rows, LEAF_TYPES)
    seconds = time.perf_counter() - begun
    return {
        "root": "0x" + tree.root.hex(),
        "buildSeconds": seconds,
        "buildBytes": memory("VmHWM") - before,
        "peakBytes": memory("VmHWM"),
    }


def measure_pipeline() -> dict[str, Any]:
    """Two epochs of the list from file to folder, each checked again from what was written."""
    result: dict[str, Any] = {"real": bool(os.environ.get("LVO_REWARD_LIST"))}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = Path(os.environ.get("LVO_REWARD_LIST") or folder / "made.csv").resolve()
        if not result["real"]:
            lines = (f"0x{account.hex()},{amount}\n" for account, amount in made_list(ROWS).rows())
            source.write_text("account,amount_wei\n" + "".join(lines))
        for epoch in (1, 2):
            order = folder / f"epoch-{epoch}.yaml"
            order.write_text(
                f'ledger: "0x{LEDGER.hex()}"\nchain: {CHAIN_ID}\nepoch: {epoch}\npot: {POT}\nbad_rows: leave_out\n'
                f"table: {{file: {source}, account: account, value: amount_wei, unit: weight}}\nout: epoch-{epoch}\n"
                + ("previous: epoch-1\n" if epoch == 2 else "")
            )
            begun = time.perf_counter()
            manifest = build(read_order(order))
            built = time.perf_counter()
            _, differences = verify(folder / f"epoch-{epoch}")
            if differences:
                raise AssertionError(differences)
            result[f"epoch{epoch}"] = {
                "buildSeconds": built - begun,
                "verifySeconds": time.perf_counter() - built,
                "root": manifest.root,
                "rows": manifest.document["rows"],
                "accounts": manifest.document["accounts"],
                "total": str(manifest.total),
            }
    return result | {"peakBytes": memory("VmHWM")}


def hashers() -> dict[str, Callable[[bytes], bytes]]:
    """Every keccak-256 that is installed, as a function of 64 bytes."""
    from Crypto.Hash import keccak
    from eth_hash.auto import keccak as auto
    from sha3 import keccak_256

    return {
        "safe-pysha3": lambda data: keccak_256(data).digest(),
        "pycryptodome": lambda data: keccak.new(digest_bits=256, data=data).digest(),
        "eth-hash (pycryptodome)": lambda data: auto(data),
    }


def measure_keccak(count: int) -> dict[str, float]:
    """Microseconds a hash of 64 bytes, the better of two runs."""
    data = random.Random(1).randbytes(64 * count)
    found = {}
    for name, hash_one in hashers().items():
        runs = []
        for _ in range(2):
            begun = time.perf_counter()
            for at in range(0, len(data), 64):
                hash_one(data[at : at + 64])
            runs.append(time.perf_counter() - begun)
        found[name] = min(runs) / count * 1e6
    return found


# --------------------------------------------------------------------------------------------------------- the bench


def apart(what: str, count: int) -> Any:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.merkle", "--measure", what, "--rows", str(count)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def library(count: int) -> Any:
    """Measure the library on the same rows."""
    rows = [["0x" + LEDGER.hex(), str(CHAIN_ID), "0x" + a.hex(), str(n)] for a, n in entitlements(count).rows()]
    command = ["node", "--max-old-space-size=8192", str(Path(__file__).with_name("merkle_reference.js"))]
    done = subprocess.run(command, input=json.dumps(rows).encode(), stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def per_row(count: int, figures: dict[str, Any]) -> dict[str, Any]:
    """What a row costs."""
    row: dict[str, Any] = {
        "rows": count,
        "buildMicrosecondsPerRow": round(figures["buildSeconds"] / count * 1e6, 2),
        "buildBytesPerRow": round(figures["buildBytes"] / count),
        "peakBytes": figures["peakBytes"],
    }
    if "proofSeconds" in figures:
        row["proofMicrosecondsPerRow"] = round(figures["proofSeconds"] / count * 1e6, 2)
        row["proofNodesPerRow"] = round(figures["nodes"] / count, 2)
    return row


def bench(deep: bool, accept: bool, console: Console) -> int:
    """Measure everything, write the report, draw it, and return the exit code."""
    missed = []
    with console.status("keccak"):
        keccak = apart("keccak", ROWS)
    with console.status("our tree"):
        ours = apart("checked", ROWS)
    with console.status("the library's tree (some minutes)"):
        theirs = library(ROWS)
    # Other work on the machine comes and goes: of our runs before and after the library's, the slower counts.
    with console.status("our tree again"):
        ours = max(ours, apart("checked", ROWS), key=lambda run: run["buildSeconds"] + run["proofSeconds"])
    if (ours["root"], ours["nodes"]) != (theirs["root"], theirs["nodes"]):
        missed.append("the roots differ")
    our_seconds, their_seconds = (each["buildSeconds"] + each["proofSeconds"] for each in (ours, theirs))
    factor = their_seconds / our_seconds
    checked = their_seconds / (our_seconds + ours["checkSeconds"])
    if factor < LEAST_FACTOR:
        missed.append(f"{factor:.1f} times faster than the library, and {LEAST_FACTOR} is the aim")

    with console.status("two epochs from file to folder, and checked"):
        pipeline = apart("pipeline", ROWS)

    scaling = []
    for count in SIZES + ((DEEP,) if deep else ()):
        with console.status(f"{count:,} rows"):
            scaling.append(per_row(count, apart("build" if count == DEEP else "plain", count)))
    for key in ("buildMicrosecondsPerRow", "buildBytesPerRow"):
        if scaling[len(SIZES) - 1][key] > MOST_GROWTH * scaling[0][key]:
            missed.append(f"{key} grows more than {MOST_GROWTH} times from {SIZES[0]:,} to {SIZES[-1]:,} rows")
    if deep and scaling[-1]["peakBytes"] > MOST_BYTES:
        missed.append(f"{DEEP:,} rows took {scaling[-1]['peakBytes']:,} bytes, and {MOST_BYTES:,} is the aim")

    report = {
        "machine": {
            "cpus": os.cpu_count(),
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "list": {"rows": ROWS, "real": bool(os.environ.get("LVO_REWARD_LIST")), "root": ours["root"]},
        "library": {"name": "@openzeppelin/merkle-tree", "version": "1.0.8", **rounded(theirs)},
        "ours": rounded(ours),
        "timesFaster": round(factor, 1),
        "timesFasterWithEveryProofHashedAgain": round(checked, 1),
        "scaling": scaling,
        "pipeline": {key: rounded(value) if isinstance(value, dict) else value for key, value in pipeline.items()},
        "keccakMicrosecondsPerHash": {name: round(value, 2) for name, value in keccak.items()},
        "missed": missed,
    }
    if accept:
        REPORT.write_text(json.dumps(report, indent=1) + "\n")
    draw(report, console)
    return 1 if missed else 0


def rounded(figures: dict[str, Any]) -> dict[str, Any]:
    """The same with seconds to the millisecond."""
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in figures.items()}


def draw(report: dict[str, Any], console: Console) -> None:
    """Print what was measured."""
    pair = Table(title=f"{report['list']['rows']:,} rows, root and every proof", title_justify="left")
    for column in ("", "build, s", "proofs, s", "peak, MB"):
        pair.add_column(column, justify="right" if column else "left")
    for name, figures in (("@openzeppelin/merkle-tree", report["library"]), ("lvo.merkle", report["ours"])):
        seconds = (f"{figures[key]:.2f}" for key in ("buildSeconds", "proofSeconds"))
        pair.add_row(name, *seconds, f"{figures['peakBytes'] / 1e6:,.0f}")
    console.print(pair)
    console.print(
        f"{report['timesFaster']} times faster; {report['timesFasterWithEveryProofHashedAgain']} times with every "
        "proof hashed up to the root again, as the library does."
    )
    rows = Table(title="A row", title_justify="left")
    for column in ("rows", "build, µs", "bytes", "proof, µs", "peak, MB"):
        rows.add_column(column, justify="right")
    for row in report["scaling"]:
        rows.add_row(
            f"{row['rows']:,}",
            str(row["buildMicrosecondsPerRow"]),
            str(row["buildBytesPerRow"]),
            str(row.get("proofMicrosecondsPerRow", "")),
            f"{row['peakBytes'] / 1e6:,.0f}",
        )
    console.print(rows)
    for epoch in ("epoch1", "epoch2"):
        figures = report["pipeline"][epoch]
        console.print(
            f"{epoch}: {figures['rows']['read']:,} rows to {figures['accounts']:,} accounts, folder written in "
            f"{figures['buildSeconds']:.1f} s, checked in {figures['verifySeconds']:.1f} s"
        )
    hashes = Table(title="keccak-256 of 64 bytes", title_justify="left")
    hashes.add_column("package")
    hashes.add_column("µs", justify="right")
    for name, value in report["keccakMicrosecondsPerHash"].items():
        hashes.add_row(name, f"{value:.2f}")
    console.print(hashes)
    for sentence in report["missed"]:
        console.print(f"MISSED: {sentence}", style="red")


def main() -> int:
    """Bench, or measure one thing for a bench."""
    parser = argparse.ArgumentParser(prog="make bench-merkle", description=__doc__)
    parser.add_argument("--accept", action="store_true", help="write reports/merkle.json")
    parser.add_argument("--deep", action="store_true", help="ten million rows too")
    parser.add_argument(
        "--measure", choices=("plain", "checked", "build", "keccak", "pipeline"), help=argparse.SUPPRESS
    )
    parser.add_argument("--rows", type=int, default=ROWS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure is None:
        return bench(given.deep, given.accept, Console())
    if given.measure == "keccak":
        result: Any = measure_keccak(given.rows)
    elif given.measure == "pipeline":
        result = measure_pipeline()
    elif given.measure == "build":
        result = measure_build(given.rows)
    else:
        result = measure_ours(given.rows, given.measure == "checked")
    json.dump(result, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
