"""Measure attention: receipts a second through the engine, signatures a second, and what both need.

`make bench-attention` measures each thing in a process of its own on made receipts of real campaigns (see
:mod:`lvo.attention.generate`). Beside the seconds on the clock stand the seconds of processor time, because other work
on the machine takes its share of the former. What a row costs is what ``build`` does after the signatures: validating,
counting, the latest of each session, caps, limits, prices and sums.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from lvo.attention.engine import connect
from lvo.attention.generate import (
    Crowd,
    Wallets,
    read_offers,
    sign_digest,
    terms,
    write_checked,
    write_signed,
)
from lvo.attention.journal import bits
from lvo.attention.messages import Domain, recoverer
from lvo.attention.pipeline import Pipeline
from lvo.attention.signatures import Checker, Work, check_group
from lvo.attention.tree import campaign_tree
from lvo.merkle import keccak256

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "reports" / "attention.json"
CAMPAIGNS = ROOT / "examples" / "attention" / "campaigns.csv"
SIZES = (1_000_000, 10_000_000)
THREADS = 2
PUBLISHERS = 500
RECEIPTS_OF_A_VIEWER = 100
"""10^9 receipts a day among 10^7 viewers."""
TIGHT = {10_000_000: "250MB", 100_000_000: "2GB"}
"""Memory given to the engine where more is needed than there is."""
LEAST_A_SECOND = 5_000_000
MOST_GROWTH = 1.5
SIGNATURES = 6_000
SPARK_ROWS = 1_000_000
EPOCH = 18_528
DOMAIN = Domain(1337, "0x" + "ad" * 20)


def clock() -> tuple[float, float]:
    """Seconds on the clock, and seconds of processor time of this process and its children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(each.ru_utime + each.ru_stime for each in used)


def since(begun: tuple[float, float]) -> dict[str, float]:
    """What passed."""
    now = clock()
    return {"seconds": now[0] - begun[0], "processorSeconds": now[1] - begun[1]}


def peak() -> int:
    """Resident bytes of this process at its peak."""
    try:
        return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


# ------------------------------------------------------------------------------------- measured in their own process


def measure_rows(data: str, count: int, engine: str, memory: str) -> dict[str, Any]:
    """Compute checked receipts."""
    offers, _ = read_offers(CAMPAIGNS)
    campaigns = [terms(offer, 86_400) for offer in offers]
    viewers = count // RECEIPTS_OF_A_VIEWER
    paths = sorted(Path(data).glob("*.parquet"))
    with tempfile.TemporaryDirectory() as scratch, connect(engine, THREADS, memory or None) as work:
        pipeline = Pipeline(
            work,
            paths,
            campaigns,
            EPOCH,
            PUBLISHERS,
            viewers,
            (bits(PUBLISHERS), bits(viewers)),
            [],
            Path(scratch),
        )
        begun = clock()
        found = pipeline.compute()
        counts, _ = pipeline.count()
        result = since(begun)
    return result | {
        "rows": counts["read"],
        "sessions": counts["accepted"] - counts["merged"],
        "lines": len(found.lines),
        "accounts": len(found.viewers) + len(found.publishers),
        "wei": str(sum(wei for _, wei in (*found.viewers, *found.publishers)) + found.platform),
        "dataBytes": sum(path.stat().st_size for path in paths),
        "peakBytes": peak(),
    }


def recoverers() -> dict[str, Callable[[bytes, bytes], bytes | None]]:
    """Every way to a signer's address that is installed; the key's owner must come out."""
    found: dict[str, Callable[[bytes, bytes], bytes | None]] = {"coincurve": recoverer()}
    from eth_account import Account
    from eth_keys import KeyAPI
    from eth_keys.backends import CoinCurveECCBackend, NativeECCBackend

    def of_keys(api: Any) -> Callable[[bytes, bytes], bytes | None]:
        def signer(digest: bytes, signature: bytes) -> bytes:
            plain = api.Signature(signature[:64] + bytes((signature[64] - 27,)))
            return bytes(plain.recover_public_key_from_msg_hash(digest).to_canonical_address())

        return signer

    found["eth-keys, its own arithmetic"] = of_keys(KeyAPI(NativeECCBackend))
    found["eth-keys on coincurve"] = of_keys(KeyAPI(CoinCurveECCBackend))
    found["eth-account"] = lambda digest, signature: bytes.fromhex(
        Account._recover_hash(digest, signature=signature)[2:]
    )
    if importlib.util.find_spec("pyrevm"):
        from pyrevm import EVM

        evm = EVM(spec_id="SHANGHAI")

        def precompile(digest: bytes, signature: bytes) -> bytes:
            data = digest + bytes(31) + signature[64:] + signature[:64]
            return bytes(evm.message_call("0x" + "11" * 20, "0x" + "01".zfill(40), calldata=data))[12:]

        found["pyrevm, the precompile"] = precompile
    if importlib.util.find_spec("wallycore"):
        import wallycore

        def wally(digest: bytes, signature: bytes) -> bytes:
            plain = bytes((signature[64] + 4,)) + signature[:64]
            key = wallycore.ec_public_key_decompress(wallycore.ec_sig_to_public_key(digest, plain))
            return keccak256(bytes(key)[1:])[12:]

        found["wallycore"] = wally
    return found


VERSIONS = ("coincurve", "eth-keys", "eth-account", "pyrevm", "wallycore", "cryptography", "safe-pysha3")


def measure_signatures() -> dict[str, Any]:
    """Recover signers by every library, and check whole receipts as ``build`` does."""
    wallets = Wallets("bench", 1)
    digests = [keccak256(i.to_bytes(4, "big")) for i in range(SIGNATURES)]
    signatures = [sign_digest(wallets[i % 64][0], digest) for i, digest in enumerate(digests)]
    libraries = {}
    for name, signer in recoverers().items():
        count = SIGNATURES if name in ("coincurve", "wallycore") else SIGNATURES // 20
        begun = clock()
        for i in range(count):
            if signer(digests[i], signatures[i]) != wallets[i % 64][1]:
                raise AssertionError(f"{name} finds another signer")
        libraries[name] = {"microseconds": since(begun)["processorSeconds"] / count * 1e6}
    libraries |= known_keys(wallets, digests, signatures)
    offers, _ = read_offers(CAMPAIGNS)
    campaigns = [terms(offer, 86_400) for offer in offers]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        weights = [offer.impressions for offer in offers]
        journal = write_signed(folder / "j", campaigns, weights, DOMAIN, EPOCH, SIGNATURES, 600, 20, 1)
        work = Work(journal, Checker(DOMAIN, EPOCH, journal.keys), EPOCH)
        begun = clock()
        checked = sum(check_group(work, path, 0, folder / "checked.parquet") for path in journal.receipts)
        receipts = since(begun)
    return {
        "libraries": {name: {"microseconds": round(each["microseconds"], 1)} for name, each in libraries.items()},
        "versions": {name: version for name in VERSIONS if (version := _version(name))},
        "receiptMicroseconds": round(receipts["processorSeconds"] / checked * 1e6, 1),
    }


def known_keys(wallets: Wallets, digests: list[bytes], signatures: list[bytes]) -> dict[str, dict[str, float]]:
    """Verify with a public key that is known already, where that is another operation than recovering."""
    from coincurve.ecdsa import cdata_to_der, deserialize_recoverable, recoverable_convert

    der = [
        cdata_to_der(recoverable_convert(deserialize_recoverable(each[:64] + bytes((each[64] - 27,)))))
        for each in signatures
    ]
    public = [wallets[i][0].public_key for i in range(64)]
    found = {}
    begun = clock()
    for i in range(SIGNATURES):
        if not public[i % 64].verify(der[i], digests[i], hasher=None):
            raise AssertionError("coincurve does not verify")
    found["coincurve, key known"] = {"microseconds": since(begun)["processorSeconds"] / SIGNATURES * 1e6}
    if importlib.util.find_spec("cryptography"):
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        kind = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
        keys = [ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), key.format(False)) for key in public]
        begun = clock()
        for i in range(SIGNATURES // 20):
            keys[i % 64].verify(der[i], digests[i], kind)
        used = since(begun)["processorSeconds"]
        found["cryptography (OpenSSL), key known"] = {"microseconds": used / (SIGNATURES // 20) * 1e6}
    return found


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def measure_tree(count: int) -> dict[str, Any]:
    """Hash a campaign's receipts."""
    leaves = [
        (bytes(32), i.to_bytes(20, "big"), keccak256(i.to_bytes(4, "big"))[:20], EPOCH, i, bytes(32))
        for i in range(count)
    ]
    begun = clock()
    campaign_tree(leaves)
    return {"rows": count, "microseconds": round(since(begun)["processorSeconds"] / count * 1e6, 2)}


# --------------------------------------------------------------------------------------------------------- the bench


def apart(what: str, **given: Any) -> Any:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.attention", "--measure", what]
    for name, value in given.items():
        command += [f"--{name}", str(value)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def make(folder: Path, count: int) -> None:
    """Make receipts, once for each size."""
    offers, _ = read_offers(CAMPAIGNS)
    crowd = Crowd([offer.impressions for offer in offers], count // RECEIPTS_OF_A_VIEWER, PUBLISHERS, 1)
    write_checked(folder, crowd, count, EPOCH)


def figures(found: dict[str, Any], memory: str = "") -> dict[str, Any]:
    """What is reported of a run."""
    count = found["rows"]
    return {
        "rows": count,
        "sessions": found["sessions"],
        "seconds": round(found["seconds"], 2),
        "processorSeconds": round(found["processorSeconds"], 2),
        "aSecond": round(count / found["seconds"]),
        "aSecondIfBothCoresWereFree": round(THREADS * count / found["processorSeconds"]),
        "memory": memory or "as DuckDB likes",
        "dataBytes": found["dataBytes"],
        "peakBytes": found["peakBytes"],
        "wei": found["wei"],
    }


def bench(rows: int, accept: bool, console: Console) -> int:
    """Measure everything, draw it, and return the exit code."""
    missed = []
    load = [round(os.getloadavg()[0], 1)]
    runs: list[dict[str, Any]] = []
    tight: list[dict[str, Any]] = []
    spark = None
    with tempfile.TemporaryDirectory(prefix="bench-attention-", dir=ROOT / "build") as name:
        for count in sorted({*SIZES, rows}):
            data = Path(name) / str(count)
            with console.status(f"making {count:,} receipts"):
                make(data, count)
            with console.status(f"computing {count:,} receipts"):
                found = [apart("rows", data=data, rows=count) for _ in range(1 if count > SIZES[-1] else 2)]
                runs.append(figures(min(found, key=lambda run: run["seconds"])))
            if count in TIGHT:
                with console.status(f"computing {count:,} receipts in {TIGHT[count]}"):
                    tight.append(
                        figures(apart("rows", data=data, rows=count, memory=TIGHT[count]), memory=TIGHT[count])
                    )
                if tight[-1]["wei"] != runs[-1]["wei"]:
                    missed.append(f"{count:,} rows: with less memory the result is another")
            if count == SPARK_ROWS and importlib.util.find_spec("pyspark") and shutil.which("java"):
                with console.status("the same on Spark"):
                    spark = figures(apart("rows", data=data, rows=count, engine="spark"), memory="as Spark likes")
                for key in ("processorSeconds", "aSecondIfBothCoresWereFree"):
                    spark[key] = None  # Java's are not those of this process
                if spark["wei"] != runs[-1]["wei"]:
                    missed.append("Spark and DuckDB differ")
            shutil.rmtree(data)
    with console.status("signatures"):
        signatures = apart("signatures")
    with console.status("receipts tree"):
        tree = apart("tree", rows=200_000)
    load.append(round(os.getloadavg()[0], 1))
    best = max(run["aSecond"] for run in runs)
    if best < LEAST_A_SECOND:
        free = max(run["aSecondIfBothCoresWereFree"] for run in runs)
        missed.append(
            f"{best:,} receipts a second on the clock at a load of {load[0]} to {load[1]} ({free:,} by processor time) "
            f"and {LEAST_A_SECOND:,} is the aim"
        )
    large = [run for run in runs if run["rows"] >= SIZES[0]]
    cost = [run["processorSeconds"] / run["rows"] for run in large]
    if cost[-1] > MOST_GROWTH * cost[0]:
        missed.append(
            f"a row costs {cost[-1] / cost[0]:.2f} times as much among {large[-1]['rows']:,} as among the first"
        )
    report = {
        "machine": {
            "cpus": os.cpu_count(),
            "loadBeforeAndAfter": load,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "duckdb": _version("duckdb"),
            "ibis-framework": _version("ibis-framework"),
        },
        "engine": runs,
        "lessMemory": tight,
        "spark": spark,
        "signatures": signatures,
        "tree": tree,
        "missed": missed,
    }
    if accept:
        REPORT.write_text(json.dumps(report, indent=1) + "\n")
    draw(report, console)
    return 1 if missed else 0


def draw(report: dict[str, Any], console: Console) -> None:
    """Print what was measured."""
    rows = Table(title="After the signatures", title_justify="left")
    for column in (
        "engine",
        "receipts",
        "s",
        "processor s",
        "a second",
        "if both cores were free",
        "memory",
        "peak, MB",
    ):
        rows.add_column(column, justify="left" if column in ("engine", "memory") else "right")
    spark = [("Spark", report["spark"])] if report["spark"] else []
    for engine, run in [("DuckDB", run) for run in (*report["engine"], *report["lessMemory"])] + spark:
        rows.add_row(
            engine,
            f"{run['rows']:,}",
            f"{run['seconds']:.1f}",
            f"{run['processorSeconds']:.1f}" if run["processorSeconds"] else "",
            f"{run['aSecond']:,}",
            f"{run['aSecondIfBothCoresWereFree']:,}" if run["aSecondIfBothCoresWereFree"] else "",
            run["memory"],
            f"{run['peakBytes'] / 1e6:,.0f}",
        )
    console.print(rows)
    table = Table(title="From a digest and a signature to the signer", title_justify="left")
    table.add_column("library")
    table.add_column("µs", justify="right")
    table.add_column("a second and core", justify="right")
    libraries = report["signatures"]["libraries"]
    for name, each in sorted(libraries.items(), key=lambda item: item[1]["microseconds"]):
        table.add_row(name, str(each["microseconds"]), f"{1e6 / each['microseconds']:,.0f}")
    console.print(table)
    micro = report["signatures"]["receiptMicroseconds"]
    console.print(
        f"A receipt with both signatures, read and written: {micro} µs, {1e6 / micro:,.0f} a second and core."
    )
    console.print(f"A receipt in its campaign's tree: {report['tree']['microseconds']} µs.")
    machine = report["machine"]
    console.print(
        f"{machine['cpus']} processors, load {machine['loadBeforeAndAfter'][0]} before and "
        f"{machine['loadBeforeAndAfter'][1]} after: a load above what this bench makes is other work."
    )
    for sentence in report["missed"]:
        console.print(f"MISSED: {sentence}", style="red")


def main() -> int:
    """Bench, or measure one thing for a bench."""
    parser = argparse.ArgumentParser(prog="make bench-attention", description=__doc__)
    parser.add_argument("--accept", action="store_true", help="write reports/attention.json")
    parser.add_argument("--rows", type=int, default=SIZES[-1], help="measure so many receipts too")
    parser.add_argument("--measure", choices=("rows", "signatures", "tree"), help=argparse.SUPPRESS)
    parser.add_argument("--data", default="", help=argparse.SUPPRESS)
    parser.add_argument("--engine", default="duckdb", help=argparse.SUPPRESS)
    parser.add_argument("--memory", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure is None:
        return bench(given.rows, given.accept, Console())
    if given.measure == "rows":
        result: Any = measure_rows(given.data, given.rows, given.engine, given.memory)
    elif given.measure == "signatures":
        result = measure_signatures()
    else:
        result = measure_tree(given.rows)
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
