"""`make bench`: measure, compare with `reports/gas.json`, and say so."""

import argparse
import sys
from collections.abc import Iterable
from typing import TypeVar

from rich.console import Console

from benchmarks import advertising, compiler, content, report, retail, rewards, tipping, tokens, vesting
from benchmarks.chain import Built, Chain, ganache

Figure = TypeVar("Figure")

PARTS = (tokens, vesting, rewards, retail, tipping, advertising, content)
"""What is measured, in the order of the report."""


def measure() -> report.Report:
    """Everything on one chain, in one order."""
    compiler.install_peers()
    own, settings = compiler.own(), compiler.peers()
    with ganache() as chain:
        ours = merged(chain.apart(part.ours, own) for part in PARTS)
        peers = [of_each("peers", chain, built) for built in settings]
        context = [of_each("context", chain, built) for built in settings]
    return report.compose(ours, report.cheapest(peers), report.cheapest(context))


def of_each(kind: str, chain: Chain, built: Built) -> dict[str, dict[str, int]]:
    """What every part that has peers, or context, of its own says of them."""
    return merged(chain.apart(getattr(part, kind), built) for part in PARTS if hasattr(part, kind))


def merged(results: Iterable[dict[str, Figure]]) -> dict[str, Figure]:
    """All figures, none of which two parts have."""
    return {name: figure for result in results for name, figure in result.items()}


def main() -> int:
    """Run the bench; the exit code is 0 when the figures are the committed ones and none is above its aim."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--accept", action="store_true", help="write the new figures into reports/gas.json")
    accept = parser.parse_args().accept
    console = Console()
    if not console.is_terminal:
        console = Console(width=150)
    measured = measure()
    report.draw(measured, console)
    return report.settle(measured, accept, console)


if __name__ == "__main__":
    sys.exit(main())
