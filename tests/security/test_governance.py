"""Attacks on governance: borrowed votes, copied proposals, the open executor, the council, replayed ballots."""

import pytest
from eth_utils import keccak

from lvo.models import Clock
from lvo.models.governance import AGAINST, FOR, State
from lvo.typed_data import governor_message, sign
from lvo.units import DAY, LVO
from tests.chain.interface import person
from tests.government import Motion, default_terms, found
from tests.helpers import reverts
from tests.scenes import EXCHANGE, TEAM, wait


@pytest.fixture
def nothing(stage, outsider):
    """A proposal to pay nothing."""
    return Motion(stage, (stage.token.address, stage.token.encode("transfer", outsider, 0)))


def test_borrowed_votes_neither_propose_nor_vote(stage, voters, chain, nothing, outsider):
    alice, _ = voters
    flash = chain.deploy("FlashVoter", sender=outsider)
    stage.token.send("approve", flash.address, 10**9 * LVO, sender=alice)
    # The loan stands for a whole transaction, and in no second of the past.
    ((borrowed, past),) = [
        event.args
        for event in flash.send("borrow", stage.token.address, alice, 10**6 * LVO, sender=outsider).events
        if event.name == "Borrowed"
    ]
    assert (borrowed, past) == (10**6 * LVO, 0)
    lent = 10**6 * LVO
    stage.token.send("transfer", outsider, lent, sender=alice)
    stage.token.send("delegate", outsider, sender=outsider, at=chain.time)
    receipt = stage.governor.try_send("propose", *nothing.columns, "now", sender=outsider, at=chain.time)
    reverts(receipt, "GovernorInsufficientProposerVotes", outsider, 0, 100_000 * LVO)
    nothing.propose(alice)
    # Held until a second before the snapshot, returned: nothing. Held over the snapshot's second: it is a real holding.
    snapshot = stage.governor.view("proposalSnapshot", nothing.id)
    stage.token.send("transfer", alice, lent, sender=outsider, at=snapshot)
    stage.governor.send("castVote", nothing.id, FOR, sender=outsider, at=snapshot + 1)
    assert stage.governor.view("proposalVotes", nothing.id) == (0, 0, 0)


def test_votes_that_move_after_the_snapshot_are_cast_once(stage, voters, nothing):
    alice, bob = voters
    nothing.propose(alice).vote((alice, FOR))
    stage.token.send("transfer", bob, 6 * 10**6 * LVO, sender=alice)
    nothing.vote((bob, AGAINST))
    assert stage.governor.view("proposalVotes", nothing.id) == (4 * 10**6 * LVO, 6 * 10**6 * LVO, 0)


def test_proposal_that_names_its_proposer_cannot_be_copied_and_canceled(stage, voters, nothing, chain):
    alice, bob = voters
    open_to_all = Motion(stage, *zip(nothing.columns[0], nothing.columns[2], strict=True), description="For all")
    open_to_all.propose(bob)
    stage.governor.send("cancel", *open_to_all.columns, open_to_all.hash, sender=bob)
    receipt = stage.governor.try_send("propose", *open_to_all.columns, open_to_all.description, sender=alice)
    reverts(receipt, "GovernorUnexpectedProposalState", open_to_all.id, int(State.CANCELED), bytes(32))
    named = f"For all#proposer={alice}"
    receipt = stage.governor.try_send("propose", *nothing.columns, named, sender=bob)
    reverts(receipt, "GovernorRestrictedProposer", bob)
    stage.governor.send("propose", *nothing.columns, named, sender=alice)


@pytest.mark.parametrize("who", ["alice", "outsider", "council", "deployer"])
def test_nobody_but_the_governor_schedules(stage, chain, who):
    sender = chain.actor(who)
    args = (stage.token.address, 0, b"", bytes(32), bytes(32), 30 * DAY)
    receipt = stage.timelock.try_send("schedule", *args, sender=sender)
    reverts(receipt, "AccessControlUnauthorizedAccount", sender, keccak(text="PROPOSER_ROLE"))


def test_open_executor_carries_out_only_what_passed(stage, voters, nothing, outsider, chain):
    alice, _ = voters
    nothing.propose(alice).vote((alice, FOR)).queue(outsider)
    ready = stage.governor.view("proposalEta", nothing.id)
    targets, values, _ = nothing.columns
    stolen = [stage.token.encode("transfer", outsider, 10**6 * LVO)]
    operation = stage.timelock.view("hashOperationBatch", targets, values, stolen, bytes(32), nothing.salt)
    args = (targets, values, stolen, bytes(32), nothing.salt)
    receipt = stage.timelock.try_send("executeBatch", *args, sender=outsider, at=ready)
    reverts(receipt, "TimelockUnexpectedOperationState", operation, (4).to_bytes(32, "big"))


def test_council_cancels_and_can_do_nothing_else(stage, chain, council):
    timelock, governor = stage.timelock, stage.governor
    for contract, function, args in (
        (timelock, "updateDelay", (0,)),
        (timelock, "grantRole", (keccak(text="PROPOSER_ROLE"), council)),
        (timelock, "cancel", (bytes(32),)),
        (governor, "setVotingPeriod", (1,)),
        (governor, "relay", (stage.token.address, 0, b"")),
        (governor, "updateTimelock", (council,)),
        (stage.genesis, "release", (0,)),
    ):
        assert contract.try_send(function, *args, sender=council).error is not None


def test_quorum_at_the_genesis_is_not_nothing(chain, deployer, council):
    """With a share of nothing for a quorum, the first holder of a wei would decide alone."""
    stage = found(chain, Clock(chain.time), deployer, council)
    assert stage.genesis.view("unlockedAt", chain.time) == 0
    assert stage.governor.view("quorum", chain.time) == default_terms(council, 0).quorum_floor


def test_ballot_counts_for_one_proposal_one_choice_one_governor_and_one_chain(stage, voters, nothing, chain, outsider):
    alice, bob = voters
    nothing.propose(alice)
    other = Motion(stage, (stage.token.address, b""), description="Other").propose(alice)
    at = stage.governor.view("proposalSnapshot", other.id) + 1
    wait(chain, at)
    right = {"proposalId": nothing.id, "support": FOR, "voter": bob, "nonce": 0}
    governor = stage.governor.address
    for chain_id, contract, fields, key in (
        (chain.chain_id + 1, governor, right, "bob"),
        (chain.chain_id, stage.timelock.address, right, "bob"),
        (chain.chain_id, governor, right | {"proposalId": other.id}, "bob"),
        (chain.chain_id, governor, right | {"support": AGAINST}, "bob"),
        (chain.chain_id, governor, right | {"nonce": 1}, "bob"),
        (chain.chain_id, governor, right, "alice"),
    ):
        signature = sign(governor_message("Ballot", chain_id, contract, **fields), person(key).key)
        receipt = stage.governor.try_send("castVoteBySig", nothing.id, FOR, bob, signature, sender=outsider)
        reverts(receipt, "GovernorInvalidSignature", bob)
    signature = sign(governor_message("Ballot", chain.chain_id, governor, **right), person("bob").key)
    stage.governor.send("castVoteBySig", nothing.id, FOR, bob, signature, sender=outsider)


def test_locked_tokens_have_no_voice(stage, chain, voters):
    """Before its cliff the team has no vote, and the distribution that holds its tokens has none either."""
    assert stage.token.view("getVotes", stage.genesis.address) == 0
    assert stage.token.view("getVotes", chain.actor("team")) == 0
    receipt = stage.genesis.try_send("release", TEAM, sender=chain.actor("team"))
    reverts(receipt, "GenesisDistribution_NothingToRelease", TEAM, 0)
    assert stage.curves[TEAM].cliff > chain.time > stage.curves[EXCHANGE].cliff
