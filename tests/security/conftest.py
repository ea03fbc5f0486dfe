"""The stages of :mod:`tests.scenes` and :mod:`tests.government`."""

from tests.government import council, deployer, stage, voters
from tests.scenes import exchange, form, foundation, genesis, holders, lvo, start, team

__all__ = [
    "council",
    "deployer",
    "exchange",
    "form",
    "foundation",
    "genesis",
    "holders",
    "lvo",
    "stage",
    "start",
    "team",
    "voters",
]
