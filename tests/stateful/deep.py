"""Run the machines for millions of steps on the EVM inside the process: ``make deep``.

Stopping it (Ctrl-C) loses nothing but the seeds under way; the next run goes on where it was. A failure is shrunk,
written down for ``make replay``, and ends the run with exit code 1. The result is reports/deep.json.
"""

import argparse
import json
import multiprocessing
import pathlib
import subprocess
import sys
import time
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.stateful.machine import Budget, run
from tests.stateful.machines import CHAINS, MACHINES

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATE = ROOT / "build" / "deep.json"
REPORT = ROOT / "reports" / "deep.json"
SEED = Budget(steps=1, depth=60, examples=100, seconds=0)
"""One seed is the unit of work: about 5,500 steps."""


def run_seed(task: tuple[str, int]) -> tuple[str, int, int, str]:
    """Run one seed of a machine; returns its name, the seed, the steps made, and what failed."""
    name, number = task
    machine = next(machine for machine in MACHINES if machine.__name__ == name)
    try:
        steps, _ = run(machine, CHAINS["revm"], SEED, number)
    except AssertionError as failure:
        return name, number, 0, str(failure)
    return name, number, steps, ""


def tasks(state: dict[str, Any]) -> Any:
    """Endless work, the machine with the fewest steps first."""
    issued = {name: each["next"] for name, each in state["machines"].items()}
    while True:
        for name in issued:
            yield name, issued[name]
            issued[name] += 1


def load(first_seed: int) -> dict[str, Any]:
    """What earlier runs of this commit have done; another commit begins anew."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    fresh = {
        "commit": commit.stdout.strip(),
        "seconds": 0,
        "machines": {m.__name__: {"first": first_seed, "next": first_seed, "steps": 0} for m in MACHINES},
    }
    if STATE.exists() and (old := json.loads(STATE.read_text()))["commit"] == fresh["commit"]:
        return old
    return fresh


def main() -> int:
    """Run until all machines together have made the wanted number of steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=10_000_000, help="in all, over all machines and runs")
    parser.add_argument("--seed", type=int, default=0, help="the first seed of a fresh start")
    parser.add_argument("--jobs", type=int, default=multiprocessing.cpu_count())
    wanted = parser.parse_args()

    state = load(wanted.seed)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    pool = multiprocessing.get_context("spawn").Pool(wanted.jobs)
    mark = time.monotonic()
    try:
        with Progress(*columns) as progress:
            done = sum(each["steps"] for each in state["machines"].values())
            bar = progress.add_task("steps", total=wanted.steps, completed=done)
            for name, number, steps, failure in pool.imap(run_seed, tasks_until(state, wanted, done)):
                if failure:
                    progress.console.print(failure)
                    return 1
                each = state["machines"][name]
                each["next"], each["steps"] = number + 1, each["steps"] + steps
                state["seconds"] += round(time.monotonic() - mark)
                mark = time.monotonic()
                STATE.write_text(json.dumps(state))
                progress.advance(bar, steps)
    except KeyboardInterrupt:
        print("stopped; make deep goes on from here")
        return 130
    finally:
        pool.terminate()
    REPORT.write_text(
        json.dumps(state | {"steps": sum(m["steps"] for m in state["machines"].values())}, indent=1) + "\n"
    )
    print(f"{REPORT.relative_to(ROOT)} written")
    return 0


def tasks_until(state: dict[str, Any], wanted: argparse.Namespace, done: int) -> Any:
    """As many seeds as the missing steps need, counting on what a seed has made so far."""
    missing = wanted.steps - done
    source = tasks(state)
    while missing > 0:
        yield next(source)
        missing -= SEED.depth * SEED.examples * 9 // 10


if __name__ == "__main__":
    sys.exit(main())
