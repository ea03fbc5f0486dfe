"""GenesisDistribution: offers, rescuers and recoveries."""

import pytest

from lvo.models.base import NOBODY
from lvo.models.distribution import MIN_RECOVERY_DELAY, SHARES
from lvo.units import DAY, MONTH
from tests.helpers import reverts
from tests.scenes import FOUNDATION, REVOCABLE, TEAM, piece, schedule_of, story, wait

DELAY = 100 * DAY


@pytest.fixture
def rescuer(chain):
    """Named by the foundation to recover its pool."""
    return chain.actor("rescuer")


@pytest.fixture
def recovery(genesis, foundation, rescuer, bob):
    """A running recovery of the foundation's pool for bob; when it can be finished."""
    genesis.send("nameRescuer", FOUNDATION, rescuer, DELAY, sender=foundation)
    receipt = genesis.send("startRecovery", FOUNDATION, bob, sender=rescuer)
    return receipt.time + DELAY


# offer and accept


@pytest.mark.parametrize("number", [6, 2**256 - 1])
def test_acts_of_the_beneficiary_revert_when_the_grant_is_unknown(genesis, foundation, bob, number):
    for function, *args in (("offer", bob), ("nameRescuer", bob, DELAY), ("cancelRecovery",)):
        receipt = genesis.try_send(function, number, *args, sender=foundation)
        reverts(receipt, "GenesisDistribution_UnknownGrant", number, 6)


def test_offer_reverts_when_the_caller_is_not_the_beneficiary(genesis, foundation, team, bob, lvo):
    for to in (bob, lvo.address):
        receipt = genesis.try_send("offer", FOUNDATION, to, sender=team)
        reverts(receipt, "GenesisDistribution_NotBeneficiary", FOUNDATION, team, foundation)


def test_offer_reverts_when_the_receiver_is_the_token_or_the_distribution(genesis, lvo, foundation):
    for to in (lvo.address, genesis.address):
        receipt = genesis.try_send("offer", FOUNDATION, to, sender=foundation)
        reverts(receipt, "GenesisDistribution_InvalidBeneficiary", FOUNDATION, to)


def test_offer_changes_nothing_until_it_is_accepted(genesis, foundation, bob, start):
    receipt = genesis.send("offer", FOUNDATION, bob, sender=foundation)
    assert story(receipt) == [("GrantOffered", FOUNDATION, foundation, bob)]
    assert genesis.view("successions", FOUNDATION) == (bob, NOBODY, 0, NOBODY, 0)
    assert genesis.view("grants", FOUNDATION)[0] == foundation
    genesis.send("release", FOUNDATION, sender=foundation, at=start)


def test_offer_to_nobody_takes_the_offer_back(genesis, foundation, bob):
    genesis.send("offer", FOUNDATION, bob, sender=foundation)
    receipt = genesis.send("offer", FOUNDATION, NOBODY, sender=foundation)
    assert story(receipt) == [("GrantOffered", FOUNDATION, foundation, NOBODY)]
    receipt = genesis.try_send("accept", FOUNDATION, 0, sender=bob)
    reverts(receipt, "GenesisDistribution_NotOffered", FOUNDATION, bob, NOBODY)


def test_offer_replaces_an_earlier_one(genesis, foundation, bob, carol):
    genesis.send("offer", FOUNDATION, bob, sender=foundation)
    genesis.send("offer", FOUNDATION, carol, sender=foundation)
    receipt = genesis.try_send("accept", FOUNDATION, 0, sender=bob)
    reverts(receipt, "GenesisDistribution_NotOffered", FOUNDATION, bob, carol)


@pytest.mark.parametrize("number", [FOUNDATION, 6, 2**256 - 1])
def test_accept_reverts_when_nothing_is_offered(genesis, bob, number):
    receipt = genesis.try_send("accept", number, 0, sender=bob)
    reverts(receipt, "GenesisDistribution_NotOffered", number, bob, NOBODY)


def test_accept_reverts_when_it_is_offered_to_another(genesis, foundation, bob, carol):
    genesis.send("offer", FOUNDATION, bob, sender=foundation)
    for caller in (carol, foundation):
        receipt = genesis.try_send("accept", FOUNDATION, 0, sender=caller)
        reverts(receipt, "GenesisDistribution_NotOffered", FOUNDATION, caller, bob)


def test_accept_reverts_when_less_is_owed_than_agreed(genesis, foundation, bob, carol):
    genesis.send("offer", FOUNDATION, bob, sender=foundation)
    receipt = genesis.try_send("accept", FOUNDATION, SHARES[FOUNDATION] + 1, sender=bob)
    reverts(receipt, "GenesisDistribution_LessOwed", FOUNDATION, SHARES[FOUNDATION], SHARES[FOUNDATION] + 1)
    # Who the grant is offered to comes first.
    receipt = genesis.try_send("accept", FOUNDATION, 2**256 - 1, sender=carol)
    reverts(receipt, "GenesisDistribution_NotOffered", FOUNDATION, carol, bob)
    genesis.send("accept", FOUNDATION, SHARES[FOUNDATION], sender=bob)


def test_accept_makes_the_caller_the_beneficiary(genesis, lvo, foundation, bob, start):
    before = genesis.view("grants", FOUNDATION)
    genesis.send("offer", FOUNDATION, bob, sender=foundation)
    receipt = genesis.send("accept", FOUNDATION, 0, sender=bob)
    assert story(receipt) == [("BeneficiaryChanged", FOUNDATION, foundation, bob)]
    assert genesis.view("grants", FOUNDATION) == (bob, *before[1:])
    assert genesis.view("successions", FOUNDATION) == (NOBODY, NOBODY, 0, NOBODY, 0)
    # Once only, and for good.
    receipt = genesis.try_send("accept", FOUNDATION, 0, sender=bob)
    reverts(receipt, "GenesisDistribution_NotOffered", FOUNDATION, bob, NOBODY)
    receipt = genesis.try_send("release", FOUNDATION, sender=foundation, at=start)
    reverts(receipt, "GenesisDistribution_NotBeneficiary", FOUNDATION, foundation, bob)
    genesis.send("release", FOUNDATION, sender=bob)
    assert lvo.view("balanceOf", bob) > 0


def test_accept_ends_everything_that_the_predecessor_arranged(genesis, foundation, rescuer, recovery, carol, bob):
    # An offer shows life, so the recovery is started after it.
    genesis.send("offer", FOUNDATION, carol, sender=foundation)
    genesis.send("startRecovery", FOUNDATION, bob, sender=rescuer)
    genesis.send("accept", FOUNDATION, 0, sender=carol)
    assert genesis.view("successions", FOUNDATION) == (NOBODY, NOBODY, 0, NOBODY, 0)
    receipt = genesis.try_send("finishRecovery", FOUNDATION, sender=bob, at=genesis.chain.time + 2 * DELAY)
    reverts(receipt, "GenesisDistribution_NotCandidate", FOUNDATION, bob, NOBODY)
    receipt = genesis.try_send("startRecovery", FOUNDATION, bob, sender=rescuer)
    reverts(receipt, "GenesisDistribution_NotRescuer", FOUNDATION, rescuer, NOBODY)
    # Nothing runs any more, so the next act of the beneficiary cancels nothing.
    assert story(genesis.send("cancelRecovery", FOUNDATION, sender=carol)) == []


def test_accept_of_one_grant_leaves_the_others_alone(genesis, foundation, team, bob):
    genesis.send("offer", FOUNDATION, bob, sender=foundation)
    genesis.send("offer", TEAM, bob, sender=team)
    genesis.send("accept", FOUNDATION, 0, sender=bob)
    assert genesis.view("grants", TEAM)[0] == team
    assert genesis.view("successions", TEAM)[0] == bob


# nameRescuer


def test_name_rescuer_reverts_when_the_caller_is_not_the_beneficiary(genesis, foundation, bob, rescuer):
    for delay in (0, DELAY):
        receipt = genesis.try_send("nameRescuer", FOUNDATION, bob, delay, sender=bob)
        reverts(receipt, "GenesisDistribution_NotBeneficiary", FOUNDATION, bob, foundation)


@pytest.mark.parametrize("delay", [0, 1, MIN_RECOVERY_DELAY - 1])
def test_name_rescuer_reverts_when_the_delay_is_too_short(genesis, foundation, rescuer, delay):
    receipt = genesis.try_send("nameRescuer", FOUNDATION, rescuer, delay, sender=foundation)
    reverts(receipt, "GenesisDistribution_DelayTooShort", FOUNDATION, delay, MIN_RECOVERY_DELAY)


@pytest.mark.parametrize("delay", [MIN_RECOVERY_DELAY, 2**32 - 1])
def test_name_rescuer_sets_rescuer_and_delay(genesis, foundation, rescuer, delay):
    receipt = genesis.send("nameRescuer", FOUNDATION, rescuer, delay, sender=foundation)
    assert story(receipt) == [("RescuerNamed", FOUNDATION, rescuer, delay)]
    assert genesis.view("successions", FOUNDATION) == (NOBODY, rescuer, delay, NOBODY, 0)
    receipt = genesis.send("startRecovery", FOUNDATION, rescuer, sender=rescuer)
    assert story(receipt) == [("RecoveryStarted", FOUNDATION, rescuer, receipt.time + delay)]


def test_name_rescuer_names_nobody_with_any_delay(genesis, foundation, rescuer):
    genesis.send("nameRescuer", FOUNDATION, rescuer, DELAY, sender=foundation)
    receipt = genesis.send("nameRescuer", FOUNDATION, NOBODY, 0, sender=foundation)
    assert story(receipt) == [("RescuerNamed", FOUNDATION, NOBODY, 0)]
    receipt = genesis.try_send("startRecovery", FOUNDATION, rescuer, sender=rescuer)
    reverts(receipt, "GenesisDistribution_NotRescuer", FOUNDATION, rescuer, NOBODY)


def test_name_rescuer_cancels_a_running_recovery(genesis, foundation, rescuer, recovery):
    receipt = genesis.send("nameRescuer", FOUNDATION, rescuer, DELAY + 1, sender=foundation)
    assert story(receipt) == [
        ("RecoveryCanceled", FOUNDATION),
        ("RescuerNamed", FOUNDATION, rescuer, DELAY + 1),
    ]
    assert genesis.view("successions", FOUNDATION) == (NOBODY, rescuer, DELAY + 1, NOBODY, 0)


def test_name_rescuer_keeps_an_offer(genesis, foundation, rescuer, bob):
    genesis.send("offer", FOUNDATION, bob, sender=foundation)
    genesis.send("nameRescuer", FOUNDATION, rescuer, DELAY, sender=foundation)
    assert genesis.view("successions", FOUNDATION) == (bob, rescuer, DELAY, NOBODY, 0)


# startRecovery


@pytest.mark.parametrize("number", [FOUNDATION, 6, 2**256 - 1])
def test_start_recovery_reverts_when_nobody_was_named(genesis, foundation, number):
    receipt = genesis.try_send("startRecovery", number, foundation, sender=foundation)
    reverts(receipt, "GenesisDistribution_NotRescuer", number, foundation, NOBODY)


def test_start_recovery_reverts_when_the_caller_is_not_the_rescuer(genesis, foundation, rescuer, bob):
    genesis.send("nameRescuer", FOUNDATION, rescuer, DELAY, sender=foundation)
    for caller in (bob, foundation):
        receipt = genesis.try_send("startRecovery", FOUNDATION, NOBODY, sender=caller)
        reverts(receipt, "GenesisDistribution_NotRescuer", FOUNDATION, caller, rescuer)


def test_start_recovery_reverts_when_the_candidate_is_invalid(genesis, lvo, foundation, rescuer):
    genesis.send("nameRescuer", FOUNDATION, rescuer, DELAY, sender=foundation)
    for candidate in (NOBODY, lvo.address, genesis.address):
        receipt = genesis.try_send("startRecovery", FOUNDATION, candidate, sender=rescuer)
        reverts(receipt, "GenesisDistribution_InvalidBeneficiary", FOUNDATION, candidate)


def test_start_recovery_starts_the_clock(genesis, foundation, rescuer, recovery, bob):
    assert genesis.view("successions", FOUNDATION) == (NOBODY, rescuer, DELAY, bob, recovery)
    assert genesis.view("grants", FOUNDATION)[0] == foundation


def test_start_recovery_begins_anew(genesis, rescuer, recovery, bob, carol):
    receipt = genesis.send("startRecovery", FOUNDATION, carol, sender=rescuer, at=recovery - 1)
    assert story(receipt) == [("RecoveryStarted", FOUNDATION, carol, recovery - 1 + DELAY)]
    receipt = genesis.try_send("finishRecovery", FOUNDATION, sender=bob, at=recovery)
    reverts(receipt, "GenesisDistribution_NotCandidate", FOUNDATION, bob, carol)


# cancelRecovery


def test_cancel_recovery_reverts_when_the_caller_is_not_the_beneficiary(genesis, foundation, rescuer, recovery, bob):
    for caller in (bob, rescuer):
        receipt = genesis.try_send("cancelRecovery", FOUNDATION, sender=caller)
        reverts(receipt, "GenesisDistribution_NotBeneficiary", FOUNDATION, caller, foundation)


def test_cancel_recovery_ends_it(genesis, foundation, rescuer, recovery, bob):
    receipt = genesis.send("cancelRecovery", FOUNDATION, sender=foundation)
    assert story(receipt) == [("RecoveryCanceled", FOUNDATION)]
    assert genesis.view("successions", FOUNDATION) == (NOBODY, rescuer, DELAY, NOBODY, 0)
    receipt = genesis.try_send("finishRecovery", FOUNDATION, sender=bob, at=recovery)
    reverts(receipt, "GenesisDistribution_NotCandidate", FOUNDATION, bob, NOBODY)
    # The rescuer may begin again, with the whole delay.
    receipt = genesis.send("startRecovery", FOUNDATION, bob, sender=rescuer)
    assert genesis.view("successions", FOUNDATION)[4] == receipt.time + DELAY


def test_cancel_recovery_without_one_does_nothing(genesis, foundation):
    assert story(genesis.send("cancelRecovery", FOUNDATION, sender=foundation)) == []


def test_offer_and_release_end_a_recovery(genesis, foundation, rescuer, recovery, bob, start):
    assert story(genesis.send("offer", FOUNDATION, NOBODY, sender=foundation))[0] == ("RecoveryCanceled", FOUNDATION)
    genesis.send("startRecovery", FOUNDATION, bob, sender=rescuer)
    receipt = genesis.send("release", FOUNDATION, sender=foundation, at=start + MONTH)
    assert story(receipt)[0] == ("RecoveryCanceled", FOUNDATION)
    assert genesis.view("successions", FOUNDATION)[3:] == (NOBODY, 0)


# finishRecovery


@pytest.mark.parametrize("number", [FOUNDATION, 6, 2**256 - 1])
def test_finish_recovery_reverts_when_none_runs(genesis, bob, number):
    receipt = genesis.try_send("finishRecovery", number, sender=bob)
    reverts(receipt, "GenesisDistribution_NotCandidate", number, bob, NOBODY)


def test_finish_recovery_reverts_when_the_caller_is_not_the_candidate(genesis, foundation, rescuer, recovery, bob):
    for caller, at in ((rescuer, recovery - 10), (foundation, recovery - 9), (rescuer, recovery)):
        receipt = genesis.try_send("finishRecovery", FOUNDATION, sender=caller, at=at)
        reverts(receipt, "GenesisDistribution_NotCandidate", FOUNDATION, caller, bob)


def test_finish_recovery_reverts_when_the_delay_has_not_passed(genesis, recovery, bob):
    receipt = genesis.try_send("finishRecovery", FOUNDATION, sender=bob, at=recovery - 1)
    reverts(receipt, "GenesisDistribution_RecoveryTooEarly", FOUNDATION, recovery - 1, recovery)


def test_finish_recovery_makes_the_candidate_the_beneficiary(genesis, foundation, recovery, bob):
    before = genesis.view("grants", FOUNDATION)
    receipt = genesis.send("finishRecovery", FOUNDATION, sender=bob, at=recovery)
    assert story(receipt) == [("BeneficiaryChanged", FOUNDATION, foundation, bob)]
    assert genesis.view("grants", FOUNDATION) == (bob, *before[1:])
    assert genesis.view("successions", FOUNDATION) == (NOBODY, NOBODY, 0, NOBODY, 0)
    receipt = genesis.try_send("finishRecovery", FOUNDATION, sender=bob)
    reverts(receipt, "GenesisDistribution_NotCandidate", FOUNDATION, bob, NOBODY)
    assert story(genesis.send("cancelRecovery", FOUNDATION, sender=bob)) == []


def test_finish_recovery_voids_an_offer(genesis, foundation, rescuer, bob, carol):
    genesis.send("offer", FOUNDATION, carol, sender=foundation)
    genesis.send("nameRescuer", FOUNDATION, rescuer, DELAY, sender=foundation)
    at = genesis.send("startRecovery", FOUNDATION, bob, sender=rescuer).time + DELAY
    genesis.send("finishRecovery", FOUNDATION, sender=bob, at=at)
    receipt = genesis.try_send("accept", FOUNDATION, 0, sender=carol)
    reverts(receipt, "GenesisDistribution_NotOffered", FOUNDATION, carol, NOBODY)


def test_recovery_works_on_a_personal_grant(genesis, foundation, bob, rescuer, carol):
    row = piece(bob, 5, schedule_of(genesis, FOUNDATION), REVOCABLE)
    genesis.send("split", FOUNDATION, [row], 0, sender=foundation)
    genesis.send("nameRescuer", 6, rescuer, MIN_RECOVERY_DELAY, sender=bob)
    at = genesis.send("startRecovery", 6, carol, sender=rescuer).time + MIN_RECOVERY_DELAY
    wait(genesis.chain, at - 1)
    genesis.send("finishRecovery", 6, sender=carol, at=at)
    assert genesis.view("grants", 6)[0] == carol
