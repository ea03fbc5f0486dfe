"""Gas starvation: every permissionless call, at every gas limit, has its full effect or none.

A peer once lost money because a payment that ran out of gas was swallowed while the state said paid.
"""

import pytest

from lvo.models.distribution import MIN_RECOVERY_DELAY
from lvo.typed_data import ledger_message, sign
from lvo.units import MONTH
from tests.chain.interface import person
from tests.helpers import FOREVER, sign_token
from tests.scenes import (
    EXCHANGE,
    FOUNDATION,
    HOLDERS,
    PROMOTION,
    lvo_of,
    open_genesis,
    piece,
    schedule_of,
    schedules,
)
from tests.streams import DELAY, SILENCE, List, authorize

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


LEDGER_CALLS = (
    "claim", "claimTo with a delegation", "claimMany", "fundWithAuthorization", "replenish", "sweep",
)  # fmt: skip


@pytest.fixture
def stream(chain, operator, guardian, governance, heir, holders, start, outsider):
    """A stream with a pool and an active list, half a year later: every call below has something to do."""
    if chain.name == "ganache":
        pytest.skip("hundreds of gas limits take too long there, and both chains run the same code")
    address = chain.next_address(outsider, after=1)
    named = [address if bucket == PROMOTION else holder for bucket, holder in enumerate(holders)]
    genesis = open_genesis(chain, list(zip(named, schedules(start), strict=True)), outsider)
    terms = (lvo_of(genesis).address, genesis.address, PROMOTION, operator, guardian, governance, heir, DELAY)
    ledger = chain.deploy("RewardLedger", terms, sender=outsider)
    ledger.send("replenish", sender=outsider, at=start + 2 * MONTH)
    return ledger


@pytest.mark.parametrize("name", LEDGER_CALLS)
def test_gas_limit_decides_between_all_and_nothing_at_a_ledger(
    chain, stream, operator, foundation, bob, carol, outsider, heir, name
):
    """Above all: no claim without the delegation that came with it, no batch that is booked and not paid."""
    lvo = chain.contracts[stream.view("LVO")]
    genesis = chain.contracts[stream.view("terms")[1]]
    genesis.send("release", FOUNDATION, sender=foundation)
    wallet = chain.deploy("OwnerWallet", bob, sender=bob).address
    made = List(stream, {bob: 5, carol: 6, wallet: 7, heir: 8})
    stream.send("propose", made.tree.root, 26, bytes(32), sender=operator)
    later = stream.view("activeAt", made.tree.root) + SILENCE
    claim = {"account": wallet, "cumulative": 7, "receiver": carol, "nonce": 0, "deadline": FOREVER}
    signed = sign(ledger_message("ClaimTo", chain.chain_id, stream.address, **claim), person("bob").key)
    votes = {"account": wallet, "delegatee": carol, "nonce": 0, "expiry": FOREVER}
    delegation = (carol, 0, FOREVER, sign_token(lvo, "bob", "AccountDelegation", **votes))
    function, args = {
        "claim": ("claim", (bob, 5, made.proof(bob))),
        "claimTo with a delegation": (
            "claimTo", (wallet, 7, made.proof(wallet), carol, FOREVER, signed, delegation),
        ),
        "claimMany": ("claimMany", made.many(bob, carol, heir)),
        "fundWithAuthorization": (
            "fundWithAuthorization",
            (foundation, 9, NONCE, authorize(stream, lvo, foundation, 9, NONCE, "foundation")),
        ),
        "replenish": ("replenish", ()),
        "sweep": ("sweep", ()),
    }[name]  # fmt: skip
    data = stream.encode(function, *args)
    people = (bob, carol, heir, wallet, foundation, stream.address, outsider)

    def everything():
        return (
            [(lvo.view("balanceOf", each), lvo.view("delegates", each), lvo.view("getVotes", each)) for each in people],
            [(stream.view("paid", each), lvo.view("nonces", each)) for each in people],
            stream.view("funded"),
            genesis.view("grants", PROMOTION),
        )

    before = everything()
    mark = chain.snapshot()
    full = chain.transact(outsider, stream.address, data, later)
    assert full.ok
    after = everything()
    assert after != before
    chain.rollback(mark)
    seen = set()
    for gas in range(22_000, 260_000, 1_100):
        mark = chain.snapshot()
        outcome = chain.transact(outsider, stream.address, data, later, gas=gas)
        assert everything() == (after if outcome.ok else before), gas
        if outcome.ok:
            assert outcome.logs == full.logs
        seen.add(outcome.ok)
        chain.rollback(mark)
    assert seen == {True, False}
