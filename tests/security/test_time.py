"""Time has no gaps and no overlaps: the second before, the second of and the second after every deadline."""

import pytest

from lvo.models.base import NOBODY
from lvo.models.distribution import MIN_RECOVERY_DELAY, SHARES
from tests.helpers import reverts, sign_token
from tests.scenes import EXCHANGE, FOUNDATION, REVOCABLE, TEAM, in_form, piece, schedule_of, sign_delegation, story

NONCE = bytes(32)
VALUE = 5


@pytest.fixture
def deadline(chain):
    return chain.time + 100


@pytest.mark.parametrize(("late", "stands"), [(-1, True), (0, True), (1, False)])
def test_permit_at_its_deadline(token, form, alice, bob, deadline, late, stands):
    terms = {"owner": alice, "spender": bob, "value": VALUE, "deadline": deadline}
    signature = sign_token(token, "alice", "Permit", nonce=0, **terms)
    receipt = token.try_send("permit", *terms.values(), *in_form(form, signature), sender=bob, at=deadline + late)
    assert (receipt.error is None) is stands
    assert token.view("allowance", alice, bob) == VALUE * stands


@pytest.mark.parametrize(("late", "stands"), [(-1, True), (0, True), (1, False)])
def test_delegation_at_its_expiry(token, form, alice, bob, deadline, late, stands):
    call = sign_delegation(token, form, "alice", alice, delegatee=bob, nonce=0, expiry=deadline)
    receipt = token.try_send("delegateBySig", *call, sender=bob, at=deadline + late)
    assert (receipt.error is None) is stands
    assert token.view("delegates", alice) == (bob if stands else NOBODY)


def authorize(token, function, form, alice, bob, after, before, at):
    terms = {"from": alice, "to": bob, "value": VALUE, "validAfter": after, "validBefore": before, "nonce": NONCE}
    signature = sign_token(token, "alice", function[0].upper() + function[1:], **terms)
    return token.try_send(function, *terms.values(), *in_form(form, signature), sender=bob, at=at)


@pytest.mark.parametrize("function", ["transferWithAuthorization", "receiveWithAuthorization"])
@pytest.mark.parametrize(
    ("after", "before", "stands"),
    [(-1, 1, True), (0, 1, False), (-1, 0, False), (1, 2, False), (-2, -1, False), (0, 0, False), (1, -1, False)],
    ids=["only second", "too early", "too late", "next", "past", "empty", "reversed"],
)
def test_authorization_at_the_edges_of_its_window(token, function, form, alice, bob, deadline, after, before, stands):
    """Both edges are excluded, so the shortest window that works is of one second, after + 2 == before."""
    receipt = authorize(token, function, form, alice, bob, deadline + after, deadline + before, deadline)
    assert (receipt.error is None) is stands
    assert token.view("balanceOf", bob) == VALUE * stands


@pytest.mark.parametrize("second", [-1, 0, 1, 2])
def test_authorization_of_an_empty_window_never_stands(token, form, alice, bob, deadline, second):
    """A window of validBefore == validAfter + 1 holds no second."""
    window = deadline, deadline + 1, deadline + second
    receipt = authorize(token, "transferWithAuthorization", form, alice, bob, *window)
    assert receipt.error is not None
    late = second > 0
    reverts(
        receipt,
        "LVOToken_AuthorizationExpired" if late else "LVOToken_AuthorizationNotYetValid",
        NONCE, deadline + second, deadline + late,
    )  # fmt: skip


def test_cliff_at_its_second(genesis, team):
    curve = schedule_of(genesis, TEAM)
    receipt = genesis.try_send("release", TEAM, sender=team, at=curve.cliff - 1)
    reverts(receipt, "GenesisDistribution_NothingToRelease", TEAM, 0)
    receipt = genesis.send("release", TEAM, sender=team, at=curve.cliff)
    assert story(receipt)[0] == ("Released", TEAM, team, curve.vested(SHARES[TEAM], curve.cliff))
    assert curve.vested(SHARES[TEAM], curve.cliff) == SHARES[TEAM] // 4


def test_pool_opens_to_all_at_its_end(genesis, lvo, exchange, outsider):
    """The second before, strangers may not; from the end they may, and everything is out: silence locks nothing."""
    end = schedule_of(genesis, EXCHANGE).end
    receipt = genesis.try_send("release", EXCHANGE, sender=outsider, at=end - 1)
    reverts(receipt, "GenesisDistribution_NotBeneficiary", EXCHANGE, outsider, exchange)
    genesis.send("release", EXCHANGE, sender=outsider, at=end)
    assert lvo.view("balanceOf", exchange) == SHARES[EXCHANGE]


@pytest.fixture
def recovery(genesis, foundation, bob, carol):
    """Carol recovers the foundation's pool for bob; when it is effective."""
    genesis.send("nameRescuer", FOUNDATION, carol, MIN_RECOVERY_DELAY, sender=foundation)
    return genesis.send("startRecovery", FOUNDATION, bob, sender=carol).time + MIN_RECOVERY_DELAY


@pytest.mark.parametrize(("late", "stands"), [(-1, False), (0, True), (1, True)])
def test_recovery_at_its_delay(genesis, recovery, foundation, bob, late, stands):
    receipt = genesis.try_send("finishRecovery", FOUNDATION, sender=bob, at=recovery + late)
    assert (receipt.error is None) is stands
    assert genesis.view("grants", FOUNDATION)[0] == (bob if stands else foundation)


def test_recovery_and_objection_in_one_second(genesis, recovery, foundation, bob):
    """In the second of the deadline the first of the two wins, in both orders, and the other fails."""
    mark = genesis.chain.snapshot()
    genesis.send("finishRecovery", FOUNDATION, sender=bob, at=recovery)
    receipt = genesis.try_send("cancelRecovery", FOUNDATION, sender=foundation, at=recovery)
    reverts(receipt, "GenesisDistribution_NotBeneficiary", FOUNDATION, foundation, bob)
    genesis.chain.rollback(mark)
    genesis.send("cancelRecovery", FOUNDATION, sender=foundation, at=recovery)
    receipt = genesis.try_send("finishRecovery", FOUNDATION, sender=bob, at=recovery)
    reverts(receipt, "GenesisDistribution_NotCandidate", FOUNDATION, bob, NOBODY)


def test_recovery_and_acceptance_in_one_second(genesis, foundation, bob, carol, outsider):
    """An offer and a recovery that run together: whoever comes first has the grant, the other has nothing."""
    genesis.send("offer", FOUNDATION, outsider, sender=foundation)
    genesis.send("nameRescuer", FOUNDATION, carol, MIN_RECOVERY_DELAY, sender=foundation)
    at = genesis.send("startRecovery", FOUNDATION, bob, sender=carol).time + MIN_RECOVERY_DELAY
    mark = genesis.chain.snapshot()
    genesis.send("accept", FOUNDATION, 0, sender=outsider, at=at)
    receipt = genesis.try_send("finishRecovery", FOUNDATION, sender=bob, at=at)
    reverts(receipt, "GenesisDistribution_NotCandidate", FOUNDATION, bob, NOBODY)
    genesis.chain.rollback(mark)
    genesis.send("finishRecovery", FOUNDATION, sender=bob, at=at)
    receipt = genesis.try_send("accept", FOUNDATION, 0, sender=outsider, at=at)
    reverts(receipt, "GenesisDistribution_NotOffered", FOUNDATION, outsider, NOBODY)


def test_release_and_revocation_in_one_second_pay_the_same_in_both_orders(genesis, lvo, foundation, bob, outsider):
    """INV-GEN-4."""
    curve = schedule_of(genesis, FOUNDATION)
    genesis.send("split", FOUNDATION, [piece(bob, 10**18 + 1, curve, REVOCABLE)], 0, sender=foundation)
    at = (curve.start + curve.end) // 2
    mark = genesis.chain.snapshot()
    genesis.send("release", 6, sender=outsider, at=at)
    genesis.send("revoke", 6, sender=foundation, at=at)
    first = lvo.view("balanceOf", bob), genesis.view("grants", FOUNDATION)
    genesis.chain.rollback(mark)
    genesis.send("revoke", 6, sender=foundation, at=at)
    receipt = genesis.try_send("release", 6, sender=outsider, at=at)
    reverts(receipt, "GenesisDistribution_NothingToRelease", 6, 0)
    assert (lvo.view("balanceOf", bob), genesis.view("grants", FOUNDATION)) == first
    assert first[0] == curve.vested(10**18 + 1, at)
