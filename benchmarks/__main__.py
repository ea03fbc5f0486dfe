"""`make bench`: measure, compare with `reports/gas.json`, and say so."""

import argparse
import sys

from rich.console import Console

from benchmarks import compiler, report, tipping, tokens, vesting
from benchmarks.chain import ganache


def measure() -> report.Report:
    """Everything on one chain, in one order."""
    compiler.install_peers()
    own, settings = compiler.own(), compiler.peers()
    with ganache() as chain:
        ours = chain.apart(tokens.ours, own) | chain.apart(vesting.ours, own) | chain.apart(tipping.ours, own)
        peers = [chain.apart(tokens.peers, built) | chain.apart(vesting.peers, built) for built in settings]
        context = [chain.apart(tokens.context, built) | chain.apart(tipping.context, built) for built in settings]
    return report.compose(ours, report.cheapest(peers), report.cheapest(context))


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
