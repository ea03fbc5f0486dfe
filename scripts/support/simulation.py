"""Carries out the rest of a plan without a trace: in the twin one after the other, in the node each alone."""

from dataclasses import dataclass

from brownie import web3

from lvo.models.base import Clock, Revert
from lvo.models.distribution import GenesisDistribution, Grant, Kind, Piece
from lvo.plan import Batch, shift
from lvo.reconcile import KINDS, ChainState
from scripts.support.delivery import GAS_CAP, RefusalError, ceiling, confirmations, estimate_gas, hex_of, market
from scripts.support.distribution import GAS_PER_BATCH, GAS_PER_PIECE, Deployment, call_of
from scripts.support.node import ask, head

SAMPLE = 100
"""Blocks over which the time between two of them is averaged."""


@dataclass(frozen=True)
class Step:
    """What would become of a batch."""

    batch: Batch
    gas: int
    """As the node estimates; what it cost when measured, if the node would refuse."""
    refusal: str
    """Why it would be refused; empty if it would not."""


def simulate(deployment: Deployment, rest: list[Batch]) -> list[Step]:
    """Say what would become of batches, sent in this order onto the chain as it stands.

    The twin, set to the state of the chain, carries them out one after the other, so that it finds what one batch
    leaves too little of for the next. The node estimates each alone, so that it finds whatever the twin does not know.
    """
    twin = _twin(deployment.state())
    return [_simulate(deployment, twin, batch) for batch in rest]


def _simulate(deployment: Deployment, twin: GenesisDistribution, batch: Batch) -> Step:
    holder = batch.bucket.holder.address
    pieces = []
    for grant in batch.grants:
        schedule = shift(grant.schedule, deployment.record.genesis)
        pieces.append(Piece(grant.account.lower(), grant.amount, schedule, Kind(KINDS.index(grant.kind))))
    refusal = ""
    try:
        twin.split(batch.bucket.facts.id, pieces, batch.salt, sender=holder.lower())
    except Revert as error:
        refusal = str(error)
    split = deployment.distribution.split
    data = hex_of(split.encode_input(*call_of(deployment, batch)))
    fields = {"from": holder, "to": str(deployment.distribution.address), "data": data}
    gas = GAS_PER_BATCH + len(batch.grants) * GAS_PER_PIECE
    try:
        gas = estimate_gas(f"{batch.bucket.facts.key} {batch.number + 1}", fields)
    except RefusalError as refused:
        refusal = refusal or str(refused)
    if not refusal and gas > GAS_CAP:
        refusal = f"{gas:,} gas is above the cap of {GAS_CAP:,} of one transaction (EIP-7825)"
    return Step(batch, gas, refusal)


def _twin(state: ChainState) -> GenesisDistribution:
    """Set a twin to the state of the chain."""
    clock = Clock(0)
    buckets = [(grant.beneficiary.lower(), grant.schedule) for grant in state.grants[:6]]
    twin = GenesisDistribution(clock, state.distribution.lower(), state.token.lower(), buckets)
    clock.time = state.time
    twin.grants = [
        Grant(
            grant.beneficiary.lower(),
            grant.total,
            grant.released,
            grant.schedule,
            grant.parent,
            grant.bucket,
            Kind(KINDS.index(grant.kind)),
        )
        for grant in state.grants
    ]
    twin.salts = {(split.pool, split.salt) for split in state.splits}
    return twin


@dataclass(frozen=True)
class Prices:
    """What gas costs, in wei, and how long a block takes, in seconds."""

    expected: int
    most: int
    block: int

    def seconds(self, steps: list[Step]) -> int:
        """How long sending takes: a block a transaction, and the confirmations of the last of each holder."""
        holders = {step.batch.bucket.holder.address for step in steps}
        return self.block * (len(steps) + len(holders) * (confirmations() - 1))


def prices(gwei: str = "") -> Prices:
    """Return the prices of now, or at a given price of gas in gwei.

    Raises
    ------
    ValueError
        If the price is not a whole number.
    """
    base, tip = market()
    newest = head()
    span = min(SAMPLE, int(newest["number"], 16))
    before = ask("eth_getBlockByNumber", hex(int(newest["number"], 16) - span), False)
    block = -(-(int(newest["timestamp"], 16) - int(before["timestamp"], 16)) // max(span, 1))
    expected = int(gwei) * 10**9 if gwei else base + tip
    return Prices(expected, int(gwei) * 10**9 if gwei else ceiling(), block)


def purses(steps: list[Step], price: int) -> list[tuple[str, int, int]]:
    """Return who pays, what it has and what it needs at a price of gas, in wei."""
    needs: dict[str, int] = {}
    for step in steps:
        holder = step.batch.bucket.holder.address
        needs[holder] = needs.get(holder, 0) + step.gas * price
    return [(holder, int(web3.eth.get_balance(holder)), need) for holder, need in needs.items()]
