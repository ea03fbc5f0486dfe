"""The stages of :mod:`tests.scenes` and :mod:`tests.government`."""

from tests.government import council, deployer, stage, voters
from tests.scenes import exchange, form, foundation, genesis, holders, lvo, start, team
from tests.streams import governance, guardian, heir, ledger, operator, paying, terms

__all__ = [
    "council",
    "deployer",
    "exchange",
    "form",
    "foundation",
    "genesis",
    "governance",
    "guardian",
    "heir",
    "holders",
    "ledger",
    "lvo",
    "operator",
    "paying",
    "stage",
    "start",
    "team",
    "terms",
    "voters",
]
