"""LVOGovernor, LVOTimelock and CouncilGuard: their terms, and the whole life of a proposal."""

import pytest
from eth_utils import keccak

from lvo.models.base import NOBODY, Event
from lvo.models.governance import ABSTAIN, AGAINST, FOR, State
from lvo.typed_data import governor_message, sign
from lvo.units import DAY, LVO, SUPPLY
from tests.chain.interface import ChainError, person
from tests.government import Motion, governor_terms
from tests.helpers import reverts
from tests.scenes import APPLICATION, FOUNDATION, wait

PROPOSER, CANCELLER, EXECUTOR = (keccak(text=f"{role}_ROLE") for role in ("PROPOSER", "CANCELLER", "EXECUTOR"))
ADMIN = bytes(32)


@pytest.fixture
def fund_an_application(stage, carol):
    """The timelock takes what has vested of the application pool and pays a million of it to Carol."""
    release = (stage.genesis.address, stage.genesis.encode("release", APPLICATION))
    pay = (stage.token.address, stage.token.encode("transfer", carol, 10**6 * LVO))
    return Motion(stage, release, pay)


# The terms


@pytest.mark.parametrize("share", [0, 99, 5_001, 10_000])
def test_constructor_reverts_when_the_quorum_share_is_out_of_bounds(stage, chain, deployer, share):
    terms = list(governor_terms(stage.genesis.address, stage.timelock.address, stage.twin.terms))
    terms[5] = share
    with pytest.raises(ChainError) as failure:
        chain.deploy("LVOGovernor", tuple(terms), sender=deployer)
    assert failure.value.error.name == "LVOGovernor_QuorumShareOutOfBounds"
    assert failure.value.error.facts == (share, 100, 5_000)


@pytest.mark.parametrize("floor", [0, SUPPLY + 1])
def test_constructor_reverts_when_the_quorum_floor_is_out_of_bounds(stage, chain, deployer, floor):
    terms = [*governor_terms(stage.genesis.address, stage.timelock.address, stage.twin.terms)[:-1], floor]
    with pytest.raises(ChainError) as failure:
        chain.deploy("LVOGovernor", tuple(terms), sender=deployer)
    assert failure.value.error.name == "LVOGovernor_QuorumFloorOutOfBounds"
    assert failure.value.error.facts == (floor, 1, SUPPLY)


@pytest.mark.parametrize("wrong", ["council", "timelock", "now", "far"])
def test_guard_constructor_reverts_when_its_terms_are_invalid(stage, chain, deployer, council, wrong):
    until = {"now": chain.time + 1, "far": chain.time + 2 + 400 * DAY}.get(wrong, chain.time + DAY)
    facts = (
        NOBODY if wrong == "council" else council,
        NOBODY if wrong == "timelock" else stage.timelock.address,
        until,
    )
    with pytest.raises(ChainError) as failure:
        chain.deploy("CouncilGuard", *facts, sender=deployer)
    assert failure.value.error.name == "CouncilGuard_TermsInvalid"
    assert failure.value.error.facts == facts


def test_governor_tells_its_terms(stage):
    terms, governor = stage.twin.terms, stage.governor
    assert governor.view("name") == "LIVE VIDEO Governor"
    assert governor.view("token") == stage.token.address
    assert governor.view("timelock") == stage.timelock.address
    assert governor.view("DISTRIBUTION") == stage.genesis.address
    assert governor.view("votingDelay") == terms.voting_delay == DAY
    assert governor.view("votingPeriod") == terms.voting_period == 7 * DAY
    assert governor.view("lateQuorumVoteExtension") == terms.extension == 2 * DAY
    assert governor.view("proposalThreshold") == terms.threshold == 100_000 * LVO
    assert governor.view("QUORUM_BPS") == terms.quorum_bps == 400
    assert governor.view("QUORUM_FLOOR") == terms.quorum_floor == 10**6 * LVO
    assert governor.view("CLOCK_MODE") == "mode=timestamp"
    assert stage.guard.view("UNTIL") == stage.curves[0].start + 12 * 2_629_800


def test_nobody_but_the_contracts_holds_a_role(stage, deployer, council):
    """INV-GOV-3."""
    timelock = stage.timelock
    for role, holders in (
        (PROPOSER, {stage.governor.address}),
        (CANCELLER, {stage.governor.address, stage.guard.address}),
        (EXECUTOR, {NOBODY}),
        (ADMIN, {timelock.address}),
    ):
        candidates = {deployer, council, NOBODY, stage.governor.address, stage.guard.address, timelock.address}
        assert {each for each in candidates if timelock.view("hasRole", role, each)} == holders
    assert timelock.view("getMinDelay") == 2 * DAY
    for pool in (FOUNDATION, APPLICATION):
        assert stage.genesis.view("grants", pool)[0] == timelock.address


# The quorum


def test_quorum_is_a_share_of_what_the_curves_have_unlocked(stage, chain):
    start = stage.curves[0].start
    # 5 % of 20 %, 10 % of 20 % and 20 % of 15 % open at the start; the promotion pool has a cliff of a month: 6 %.
    assert stage.genesis.view("unlockedAt", start) == 6 * SUPPLY // 100
    assert stage.governor.view("quorum", start) == 6 * SUPPLY // 100 * 4 // 100
    end = stage.curves[0].end
    assert stage.governor.view("quorum", end) == SUPPLY * 4 // 100
    odd = start + 12_345_677
    assert stage.governor.view("quorum", odd) == -(-stage.genesis.view("unlockedAt", odd) * 400 // 10_000)


def test_quorum_never_falls_below_its_floor(stage):
    assert stage.genesis.view("unlockedAt", stage.curves[0].start - 1) == 0
    assert stage.governor.view("quorum", stage.curves[0].start - 1) == 10**6 * LVO


# The life of a proposal


def test_passed_proposal_funds_an_application(stage, voters, fund_an_application, carol, outsider):
    alice, bob = voters
    motion = fund_an_application.propose(alice)
    assert motion.state == State.PENDING
    motion.vote((alice, FOR), (bob, AGAINST))
    assert motion.state == State.ACTIVE
    motion.queue(outsider)
    assert motion.state == State.QUEUED
    receipt = motion.execute(outsider)
    assert receipt.error is None
    assert Event(stage.token.address, "Transfer", (stage.timelock.address, carol, 10**6 * LVO)) in receipt.events
    assert motion.state == State.EXECUTED
    assert stage.token.view("balanceOf", carol) == 10**6 * LVO


def test_execute_reverts_when_the_timelock_has_not_waited(stage, voters, fund_an_application, outsider):
    alice, _ = voters
    motion = fund_an_application.propose(alice).vote((alice, FOR)).queue(outsider)
    reverts(motion.execute(outsider, late=-1), "TimelockUnexpectedOperationState", motion.operation, _bits(2))
    assert motion.execute(outsider).error is None


def test_anyone_executes_what_is_ready_at_the_timelock_itself(stage, voters, fund_an_application, outsider):
    alice, _ = voters
    motion = fund_an_application.propose(alice).vote((alice, FOR)).queue(outsider)
    args = (*motion.columns, bytes(32), motion.salt)
    at = stage.governor.view("proposalEta", motion.id)
    stage.timelock.send("executeBatch", *args, sender=outsider, at=at)
    assert motion.state == State.EXECUTED
    reverts(motion.execute(outsider, late=1), "GovernorUnexpectedProposalState", motion.id, 7, _bits(4, 5))


def test_proposal_is_defeated_when_a_vote_is_missing_for_the_quorum(stage, voters, fund_an_application, chain):
    alice, bob = voters
    quorum = stage.governor.view("quorum", chain.time + DAY)
    # Bob keeps a wei less than the quorum; abstentions count for the quorum, votes against do not.
    stage.token.send("transfer", alice, 4 * 10**6 * LVO - (quorum - 10**4 * LVO), sender=bob)
    motion = fund_an_application.propose(alice).vote((bob, FOR))
    wait(chain, stage.governor.view("proposalDeadline", motion.id) + 1)
    assert motion.state == State.DEFEATED


def test_abstentions_help_the_quorum_and_not_the_proposal(stage, voters, chain, outsider, carol):
    alice, bob = voters
    pay = (stage.token.address, stage.token.encode("transfer", carol, 0))
    motion = Motion(stage, pay).propose(alice).vote((alice, ABSTAIN))
    wait(chain, stage.governor.view("proposalDeadline", motion.id) + 1)
    assert motion.state == State.DEFEATED
    other = Motion(stage, pay, description="Again").propose(alice).vote((alice, ABSTAIN), (bob, FOR))
    other.queue(outsider)
    assert other.state == State.QUEUED


def test_late_quorum_keeps_the_vote_open(stage, voters, fund_an_application):
    alice, bob = voters
    motion = fund_an_application.propose(alice)
    end = stage.governor.view("proposalDeadline", motion.id)
    receipt = stage.governor.send("castVote", motion.id, FOR, sender=alice, at=end)
    assert Event(stage.governor.address, "ProposalExtended", (motion.id, end + 2 * DAY)) in receipt.events
    stage.governor.send("castVote", motion.id, AGAINST, sender=bob, at=end + 2 * DAY)
    assert motion.state == State.ACTIVE


def test_vote_by_signature_counts_once(stage, voters, fund_an_application, chain, outsider):
    alice, bob = voters
    motion = fund_an_application.propose(alice)
    ballot = {"proposalId": motion.id, "support": FOR, "voter": bob, "nonce": 0}
    message = governor_message("Ballot", chain.chain_id, stage.governor.address, **ballot)
    signature = sign(message, person("bob").key)
    at = stage.governor.view("proposalSnapshot", motion.id) + 1
    receipt = stage.governor.send("castVoteBySig", motion.id, FOR, bob, signature, sender=outsider, at=at)
    assert receipt.events == [Event(stage.governor.address, "VoteCast", (bob, motion.id, FOR, 4 * 10**6 * LVO, ""))]
    again = stage.governor.try_send("castVoteBySig", motion.id, FOR, bob, signature, sender=outsider)
    reverts(again, "GovernorInvalidSignature", bob)


def test_vote_can_change_the_settings_and_the_operator_of_a_ledger(stage, voters, chain, alice, outsider, council):
    governor = stage.governor
    terms = (stage.token.address, NOBODY, 0, outsider, council, stage.timelock.address, stage.timelock.address, DAY)
    ledger = chain.deploy("RewardLedger", terms, sender=outsider)
    motion = Motion(
        stage,
        (governor.address, governor.encode("setVotingPeriod", 14 * DAY)),
        (ledger.address, ledger.encode("setOperator", alice)),
    )
    motion.propose(alice).vote((alice, FOR)).queue(outsider)
    # A call of the governor to itself goes through the governor, not through the timelock alone.
    at = governor.view("proposalEta", motion.id)
    direct = stage.timelock.try_send("executeBatch", *motion.columns, bytes(32), motion.salt, sender=outsider, at=at)
    assert direct.error is not None
    assert motion.execute(outsider, late=1).error is None
    assert governor.view("votingPeriod") == 14 * DAY
    assert ledger.view("operator") == alice


# The council's guard


def test_cancel_reverts_when_the_caller_is_not_the_council(stage, voters, fund_an_application, outsider, council):
    alice, _ = voters
    motion = fund_an_application.propose(alice).vote((alice, FOR)).queue(outsider)
    receipt = stage.guard.try_send("cancel", motion.operation, sender=outsider)
    reverts(receipt, "CouncilGuard_NotCouncil", outsider, council)


def test_cancel_reverts_when_the_guard_has_ended(stage, chain, council):
    until = stage.guard.view("UNTIL")
    before = stage.guard.try_send("cancel", bytes(32), sender=council, at=until - 1)
    reverts(before, "TimelockUnexpectedOperationState", bytes(32), _bits(1, 2))
    receipt = stage.guard.try_send("cancel", bytes(32), sender=council, at=until)
    reverts(receipt, "CouncilGuard_Ended", until, until)


def test_cancel_stops_an_operation_for_good(stage, voters, fund_an_application, outsider, council):
    alice, _ = voters
    motion = fund_an_application.propose(alice).vote((alice, FOR)).queue(outsider)
    receipt = stage.guard.send("cancel", motion.operation, sender=council)
    assert receipt.events == [
        Event(stage.guard.address, "OperationCanceled", (motion.operation,)),
        Event(stage.timelock.address, "Cancelled", (motion.operation,)),
    ]
    assert motion.state == State.CANCELED
    reverts(motion.execute(outsider), "GovernorUnexpectedProposalState", motion.id, 2, _bits(4, 5))


def _bits(*states):
    return sum(1 << state for state in states).to_bytes(32, "big")
