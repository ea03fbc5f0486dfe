"""The machines, and how deep each profile lets them go."""

from collections.abc import Callable

from tests.chain.interface import Chain
from tests.chain.revm import RevmChain
from tests.differential.token_machine import DifferentialTokenMachine
from tests.stateful.ads_machine import AdMachine
from tests.stateful.distribution_machine import DistributionMachine
from tests.stateful.escrow_machine import EscrowMachine
from tests.stateful.governance_machine import GovernanceMachine
from tests.stateful.ledger_machine import LedgerMachine
from tests.stateful.machine import Budget, Machine
from tests.stateful.review_machine import ReviewMachine
from tests.stateful.tips_machine import TipsMachine
from tests.stateful.token_machine import TokenMachine

MACHINES: tuple[type[Machine], ...] = (
    TokenMachine,
    DistributionMachine,
    DifferentialTokenMachine,
    LedgerMachine,
    GovernanceMachine,
    TipsMachine,
    EscrowMachine,
    ReviewMachine,
    AdMachine,
)

BUDGETS = {
    ("revm", "quick"): Budget(steps=1_000, depth=50, examples=30, seconds=60),
    ("revm", "ci"): Budget(steps=10_000, depth=50, examples=50, seconds=150),
    ("ganache", "quick"): Budget(steps=60, depth=30, examples=4, seconds=60),
    ("ganache", "ci"): Budget(steps=200, depth=40, examples=8, seconds=150),
}
"""By backend and profile. The machines on revm share eight minutes."""


def _ganache() -> Chain:
    from tests.chain.ganache import GanacheChain

    return GanacheChain()


CHAINS: dict[str, Callable[[], Chain]] = {"revm": RevmChain, "ganache": _ganache}
