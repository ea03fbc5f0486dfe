"""What the demo and the rehearsal of ``rewards`` begin with: a stream on a chain of one's own, and orders for it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import brownie
from brownie import chain, web3

from lvo.units import DAY, LVO, MONTH, format_lvo
from scripts.support.console import say
from scripts.support.records import write_file
from scripts.support.sending import send

PROMOTION = 3
"""The bucket that feeds the stream."""
MONTHS = 36
"""Over which it unlocks."""


class Stopwatch:
    """Says how long each part of a rehearsal took, in seconds: ``took``."""

    def __init__(self) -> None:
        self.took: list[tuple[str, float]] = []

    @contextmanager
    def timing(self, what: str) -> Iterator[None]:
        """Time what happens inside."""
        begun = time.perf_counter()
        yield
        self.took.append((what, time.perf_counter() - begun))


def open_stream(operator: Any, guardian: Any, holder: Any, *, whole: bool = False) -> Any:
    """Deploy a distribution and a ledger that holds its promotion bucket.

    Parameters
    ----------
    operator, guardian, holder
        Accounts: who deploys and proposes, who vetoes, and who holds the other buckets and gets the fallback.
    whole
        Whether the bucket has unlocked to the end; otherwise it has just begun.
    """
    start = int(chain.time()) + 60
    end = start + MONTHS * MONTH
    # The ledger is the holder of a bucket that is made before it, so its address is computed: the deployer's contract
    # after the distribution.
    address = operator.get_deployment_address(operator.nonce + 1)
    terms = (start, start, end, 500)
    holders = [address if bucket == PROMOTION else holder.address for bucket in range(6)]
    pools = send(brownie.GenesisDistribution, [(each, terms) for each in holders], sender=operator).contract
    settings = (pools.LVO(), pools.address, PROMOTION, operator, guardian, guardian, holder, DAY)
    ledger = send(brownie.RewardLedger, settings, sender=operator).contract
    chain.mine(timestamp=end if whole else start + 1)
    send(ledger.replenish, sender=holder)
    say(f"RewardLedger {ledger.address} has received {format_lvo(int(ledger.funded()))} LVO of its bucket.")
    return ledger


def write_order(folder: Path, ledger: Any, epoch: int, table: Path, pot: int) -> Path:
    """Write the order of an epoch: a table of accounts and amounts as weights of ``pot`` LVO."""
    lines = [
        f'ledger: "{ledger.address}"',
        f"chain: {web3.eth.chain_id}",
        f"epoch: {epoch}",
        f"funded: {int(ledger.funded()) // LVO}",
        f"table: {{file: {table.resolve()}, account: account, value: amount_wei, unit: weight}}",
        f"pot: {pot}",
        "bad_rows: leave_out",
        "duplicates: merge",
        f"out: epoch-{epoch}",
        *([f"previous: epoch-{epoch - 1}"] if epoch > 1 else []),
    ]
    path = folder / f"epoch-{epoch}.yaml"
    write_file(path, ("\n".join(lines) + "\n").encode())
    return path
