"""Readable Python twins of the contracts.

A twin does what its contract does, in integers and without a chain: it emits the same events in the same order and
raises :class:`Revert` with the same error and the same facts. Tests run both side by side and compare every step, so a
twin is the contract's specification in executable form. Nobody signs anything here: where a contract takes a signature,
its twin takes the account whose key made it (:data:`NOBODY` for a signature that no key made).
"""

from lvo.models.ads import AdLedger
from lvo.models.base import NOBODY, Address, Clock, Event, Revert
from lvo.models.distribution import GenesisDistribution
from lvo.models.escrow import RetailEscrow
from lvo.models.governance import Governance
from lvo.models.ledger import RewardLedger
from lvo.models.review import ContentReview
from lvo.models.tips import TipJar
from lvo.models.token import LVOToken

__all__ = [
    "NOBODY",
    "AdLedger",
    "Address",
    "Clock",
    "ContentReview",
    "Event",
    "GenesisDistribution",
    "Governance",
    "LVOToken",
    "RetailEscrow",
    "Revert",
    "RewardLedger",
    "TipJar",
]
