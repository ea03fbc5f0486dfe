"""The stage of unit and security tests: the genesis distribution with six holders, and signatures in both forms."""

from typing import Any

import pytest
from eth_abi import decode

from lvo.curve import Schedule
from lvo.models.base import Address
from lvo.models.distribution import SHARES, Kind
from lvo.units import MONTH
from tests.chain.interface import Chain, Contract, Outcome, Receipt
from tests.helpers import parts, sign_token

HOLDERS = ("foundation", "team", "application", "promotion", "cornerstone", "exchange")
"""The roles that hold the buckets 0 to 5."""
FOUNDATION, TEAM, APPLICATION, PROMOTION, CORNERSTONE, EXCHANGE = range(6)
"""The buckets by name."""
SHAPES = ((0, 0, 48, 500), (0, 12, 48, 0), (0, 0, 48, 1_000), (0, 1, 36, 500), (0, 6, 30, 0), (0, 0, 24, 2_000))
"""Start, cliff, end in months after the genesis, and the initial share in basis points."""
LEAD = 1_000
"""How long before the genesis the fixture deploys, seconds."""
POOL, PERSONAL, REVOCABLE, REVOKED = Kind


def schedules(start: int) -> list[Schedule]:
    """The six published curves for a genesis at ``start``."""
    return [Schedule(*(start + months * MONTH for months in shape[:3]), shape[3]) for shape in SHAPES]


def fields(schedule: Schedule) -> tuple[int, int, int, int]:
    """A schedule as the ABI takes it."""
    return schedule.start, schedule.cliff, schedule.end, schedule.initial_bps


def piece(to: Address, amount: int, schedule: Schedule, kind: Kind = PERSONAL) -> tuple[Any, ...]:
    """A piece of a split as the ABI takes it."""
    return to, amount, fields(schedule), int(kind)


def open_genesis(chain: Chain, plan: list[tuple[Address, Schedule]], sender: Address) -> Contract:
    """Deploy a distribution and make its token known to the chain, so that its events can be read."""
    genesis = chain.deploy(
        "GenesisDistribution", [(holder, fields(schedule)) for holder, schedule in plan], sender=sender
    )
    chain.at("LVOToken", genesis.view("LVO"))
    return genesis


def lvo_of(genesis: Contract) -> Contract:
    """The token of a distribution."""
    return genesis.chain.contracts[genesis.view("LVO")]


def schedule_of(genesis: Contract, grant: int) -> Schedule:
    """The curve of a grant."""
    return Schedule(*genesis.view("grants", grant)[3])


def wait(chain: Chain, until: int) -> Outcome:
    """Let time pass: a block of the second ``until`` in which nothing happens."""
    return chain.transact(chain.actor("clockmaker"), chain.actor("clockmaker"), b"", until)


def story(receipt: Receipt) -> list[tuple[Any, ...]]:
    """All events of a transaction that stood, in order, each as its name and arguments."""
    assert receipt.error is None, receipt.error
    return [(event.name, *event.args) for event in receipt.events]


def answer(contract: Contract, function: str, *args: Any, sender: Address) -> Any:
    """What a transaction would return, without its effects: views are static on the EVM inside the process."""
    chain = contract.chain
    if chain.name == "ganache":
        return contract.view(function, *args, sender=sender)
    entry = contract.artifact.functions[function, len(args)]
    mark = chain.snapshot()
    outcome = chain.transact(sender, contract.address, entry.encode(args), chain.time + 1)
    chain.rollback(mark)
    assert outcome.ok
    return decode(entry.outputs, outcome.output)[0]


def in_form(form: str, signature: bytes) -> tuple[Any, ...]:
    """A 65-byte signature as the arguments v, r, s or as one argument of bytes."""
    return parts(signature) if form == "parts" else (signature,)


def sign_delegation(token: Contract, form: str, signer: str, account: Address, **terms: Any) -> tuple[Any, ...]:
    """The signed arguments of `delegateBySig`: in parts they name no account, in bytes the account is signed too."""
    if form == "parts":
        return *terms.values(), *parts(sign_token(token, signer, "Delegation", **terms))
    terms = {"account": account, **terms}
    return *terms.values(), sign_token(token, signer, "AccountDelegation", **terms)


def assert_books_balance(genesis: Contract, donated: int = 0) -> None:
    """Assert INV-GEN-1 and INV-GEN-5: shares are allotted to the wei; the balance is what is owed plus donations."""
    books, balance = genesis.view("proveBuckets")
    assert [row[0] for row in books] == list(SHARES)
    for share, allotted, paid, owed in books:
        assert allotted == share
        assert owed == share - paid
    assert balance == sum(row[3] for row in books) + donated


@pytest.fixture(params=("parts", "bytes"))
def form(request):
    """Both forms in which a signature is taken."""
    return request.param


@pytest.fixture
def holders(chain):
    """The six roles that hold the buckets, in order."""
    return [chain.actor(name) for name in HOLDERS]


@pytest.fixture
def foundation(holders):
    """Holds bucket 0, with 5 % at the start and 48 months."""
    return holders[FOUNDATION]


@pytest.fixture
def team(holders):
    """Holds bucket 1, with a cliff of 12 months."""
    return holders[TEAM]


@pytest.fixture
def exchange(holders):
    """Holds bucket 5, with 20 % at the start and 24 months."""
    return holders[EXCHANGE]


@pytest.fixture
def start(chain):
    """When the curves of :func:`genesis` begin, Unix seconds."""
    return chain.time + LEAD


@pytest.fixture
def genesis(chain, holders, start, outsider):
    """A distribution that begins a little after its deployment."""
    return open_genesis(chain, list(zip(holders, schedules(start), strict=True)), outsider)


@pytest.fixture
def lvo(genesis):
    """The token of :func:`genesis`."""
    return lvo_of(genesis)
