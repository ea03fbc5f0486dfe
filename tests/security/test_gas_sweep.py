"""Gas starvation: every permissionless call, at every gas limit, has its full effect or none.

A peer once lost money because a payment that ran out of gas was swallowed while the state said paid.
"""

import pytest

from lvo.models.distribution import MIN_RECOVERY_DELAY
from tests.helpers import FOREVER, sign_token
from tests.scenes import EXCHANGE, FOUNDATION, HOLDERS, piece, schedule_of

NONCE = bytes(32)


@pytest.fixture
def scene(chain, genesis, lvo, holders, foundation, bob, carol, outsider):
    """Grants, an offer and a recovery at the end of the exchange's pool: every call below has something to do."""
    if chain.name == "ganache":
        pytest.skip("hundreds of gas limits take too long there, and both chains run the same code")
    curve = schedule_of(genesis, FOUNDATION)
    genesis.send("split", FOUNDATION, [piece(each, 10**18, curve) for each in (bob, carol)], 0, sender=foundation)
    genesis.send("offer", FOUNDATION, bob, sender=foundation)
    genesis.send("nameRescuer", 6, outsider, MIN_RECOVERY_DELAY, sender=bob)
    genesis.send("startRecovery", 6, carol, sender=outsider)
    wallet = chain.deploy("OwnerWallet", chain.actor("alice"), sender=bob)
    genesis.send("release", FOUNDATION, sender=foundation, at=schedule_of(genesis, EXCHANGE).end)
    lvo.send("transfer", wallet.address, 1_000, sender=foundation)
    lvo.send("delegate", bob, sender=bob)
    return wallet.address


def calls(genesis, lvo, wallet, bob, carol, outsider):
    """Contract, function, arguments, caller."""
    permit = {"owner": wallet, "spender": bob, "value": 7, "deadline": FOREVER}
    pay = {"from": wallet, "to": bob, "value": 7, "validAfter": 0, "validBefore": FOREVER, "nonce": NONCE}
    delegation = {"account": wallet, "delegatee": bob, "nonce": 0, "expiry": FOREVER}
    cancel = {"authorizer": wallet, "nonce": NONCE}

    def signed(kind, **fields):
        return sign_token(lvo, "alice", kind, **fields)

    return {
        "release": (genesis, "release", (6,), outsider),
        "release of an ended pool": (genesis, "release", (EXCHANGE,), outsider),
        "releaseMany": (genesis, "releaseMany", ([99, 6, FOUNDATION, 7, EXCHANGE],), outsider),
        "accept": (genesis, "accept", (FOUNDATION, 1), bob),
        "finishRecovery": (genesis, "finishRecovery", (6,), carol),
        "permit": (lvo, "permit", (*permit.values(), signed("Permit", nonce=0, **permit)), outsider),
        "transferWithAuthorization": (
            lvo, "transferWithAuthorization", (*pay.values(), signed("TransferWithAuthorization", **pay)), outsider,
        ),
        "cancelAuthorization": (
            lvo, "cancelAuthorization", (*cancel.values(), signed("CancelAuthorization", **cancel)), outsider,
        ),
        "delegateBySig": (
            lvo, "delegateBySig", (*delegation.values(), signed("AccountDelegation", **delegation)), outsider,
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", [
    "release", "release of an ended pool", "releaseMany", "accept", "finishRecovery", "permit",
    "transferWithAuthorization", "cancelAuthorization", "delegateBySig",
])  # fmt: skip
def test_gas_limit_decides_between_all_and_nothing(chain, genesis, lvo, scene, bob, carol, outsider, name):
    contract, function, args, caller = calls(genesis, lvo, scene, bob, carol, outsider)[name]
    data = contract.artifact.functions[function, len(args)].encode(args)
    people = [*map(chain.actor, HOLDERS), bob, carol, outsider, scene, genesis.address]

    def everything():
        return (
            [genesis.view("grants", number) for number in range(8)],
            [genesis.view("successions", number) for number in range(8)],
            [(lvo.view("balanceOf", each), lvo.view("delegates", each), lvo.view("getVotes", each)) for each in people],
            [(lvo.view("nonces", each), lvo.view("authorizationState", each, NONCE)) for each in people],
            lvo.view("allowance", scene, bob),
        )

    before = everything()
    mark = chain.snapshot()
    full = chain.transact(caller, contract.address, data, chain.time)
    assert full.ok
    after = everything()
    assert after != before
    chain.rollback(mark)
    seen = set()
    for gas in [*range(21_000, 30_000, 1_500), *range(30_000, 150_000, 1_500)]:
        mark = chain.snapshot()
        outcome = chain.transact(caller, contract.address, data, chain.time, gas=gas)
        assert everything() == (after if outcome.ok else before), gas
        if outcome.ok:
            assert outcome.logs == full.logs
        seen.add(outcome.ok)
        chain.rollback(mark)
    # The sweep began below what the call needs and ended above it.
    assert seen == {True, False}
