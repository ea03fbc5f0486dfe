"""The stage of the tests of governance: the genesis distribution with the timelock as holder of two pools."""

from dataclasses import dataclass

import pytest
from eth_utils import keccak

from lvo.curve import Schedule
from lvo.models import Clock, GenesisDistribution, Governance
from lvo.models.base import Address
from lvo.models.governance import Addresses, State, Terms, operation_of
from lvo.units import DAY, LVO, MONTH
from tests.chain.interface import Chain, Contract
from tests.scenes import APPLICATION, EXCHANGE, FOUNDATION, HOLDERS, fields, schedules, wait

GENESIS_IN = 1_000
"""How long before the genesis everything is deployed, seconds."""


@dataclass(frozen=True)
class Government:
    """The contracts and their twin."""

    genesis: Contract
    token: Contract
    governor: Contract
    timelock: Contract
    guard: Contract
    twin: Governance
    curves: list[Schedule]


def default_terms(council: Address, guard_until: int) -> Terms:
    """The terms that LIVE VIDEO starts with."""
    return Terms(
        voting_delay=DAY,
        voting_period=7 * DAY,
        extension=2 * DAY,
        quorum_bps=400,
        threshold=100_000 * LVO,
        quorum_floor=1_000_000 * LVO,
        timelock_delay=2 * DAY,
        council=council,
        guard_until=guard_until,
    )


def found(chain: Chain, clock: Clock, deployer: Address, council: Address) -> Government:
    """Deploy guard, timelock, distribution and governor in this order; the addresses of the later are known before."""
    start = chain.time + GENESIS_IN
    terms = default_terms(council, start + 12 * MONTH)
    guard, timelock, governor = (chain.next_address(deployer, after=each) for each in (0, 1, 3))
    made = [
        chain.deploy("CouncilGuard", council, timelock, terms.guard_until, sender=deployer),
        chain.deploy("LVOTimelock", terms.timelock_delay, governor, guard, sender=deployer),
    ]
    curves = schedules(start)
    holders = [timelock if each in (FOUNDATION, APPLICATION) else chain.actor(HOLDERS[each]) for each in range(6)]
    plan = [(holder, fields(curve)) for holder, curve in zip(holders, curves, strict=True)]
    genesis = chain.deploy("GenesisDistribution", plan, sender=deployer)
    token = chain.at("LVOToken", genesis.view("LVO"))
    clock.time = chain.time
    books = GenesisDistribution(clock, genesis.address, token.address, list(zip(holders, curves, strict=True)))
    made.append(chain.deploy("LVOGovernor", governor_terms(genesis.address, timelock, terms), sender=deployer))
    assert [each.address for each in made] == [guard, timelock, governor]
    clock.time = chain.time
    twin = Governance(clock, Addresses(governor, timelock, guard), books, terms)
    return Government(genesis, token, made[2], made[1], made[0], twin, curves)


def governor_terms(genesis: Address, timelock: Address, terms: Terms) -> tuple[Address | int, ...]:
    """The terms as the governor's constructor takes them."""
    return (
        genesis,
        timelock,
        terms.voting_delay,
        terms.voting_period,
        terms.extension,
        terms.quorum_bps,
        terms.threshold,
        terms.quorum_floor,
    )


class Motion:
    """A proposal and the calls that carry it through its life."""

    def __init__(self, stage, *calls, description="Fund an application"):
        self.stage, self.description = stage, description
        self.columns = ([call[0] for call in calls], [0] * len(calls), [call[1] for call in calls])
        self.hash = keccak(text=description)
        self.id = stage.governor.view("getProposalId", *self.columns, self.hash)
        _, self.salt = operation_of(stage.governor.address, *self.columns, description)
        self.operation = stage.timelock.view("hashOperationBatch", *self.columns, bytes(32), self.salt)

    def propose(self, sender):
        """Put it to the vote."""
        self.stage.governor.send("propose", *self.columns, self.description, sender=sender)
        return self

    def vote(self, *ballots):
        """Let each voter cast its ballot a second after the other, from the first possible one on."""
        governor = self.stage.governor
        for voter, support in ballots:
            at = max(governor.chain.time, governor.view("proposalSnapshot", self.id)) + 1
            governor.send("castVote", self.id, support, sender=voter, at=at)
        return self

    def queue(self, sender):
        """Hand it to the timelock in the first possible second."""
        governor = self.stage.governor
        at = governor.view("proposalDeadline", self.id) + 1
        governor.send("queue", *self.columns, self.hash, sender=sender, at=at)
        return self

    def execute(self, sender, late=0):
        """Try to carry it out, `late` seconds after the first possible second."""
        governor = self.stage.governor
        at = governor.view("proposalEta", self.id) + late
        return governor.try_send("execute", *self.columns, self.hash, sender=sender, at=at)

    @property
    def state(self):
        """Where it stands now."""
        return State(self.stage.governor.view("state", self.id))


@pytest.fixture
def council(chain):
    """A multisig, played by a key."""
    return chain.actor("council")


@pytest.fixture
def deployer(chain):
    """Deploys everything and keeps nothing."""
    return chain.actor("deployer")


@pytest.fixture
def stage(chain, deployer, council):
    """Governance at its genesis."""
    return found(chain, Clock(chain.time), deployer, council)


@pytest.fixture
def voters(stage, chain, alice, bob):
    """Alice with 6 and Bob with 4 million LVO, both with a voice since a second ago."""
    exchange = chain.actor("exchange")
    stage.genesis.send("release", EXCHANGE, sender=exchange, at=stage.curves[EXCHANGE].start)
    for voter, millions in ((alice, 6), (bob, 4)):
        stage.token.send("transfer", voter, millions * 10**6 * LVO, sender=exchange)
        stage.token.send("delegate", voter, sender=voter)
    wait(chain, chain.time + 1)
    return alice, bob
