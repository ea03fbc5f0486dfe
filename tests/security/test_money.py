"""Attacks on amounts: hostile numbers, donations, dust, batches; nothing is made, lost or stalled."""

import pytest

from lvo.curve import Schedule
from lvo.models.base import NOBODY
from lvo.models.distribution import SHARES
from lvo.units import MONTH, SUPPLY
from tests.chain.interface import GAS_LIMIT
from tests.helpers import FOREVER, reverts, sign_token
from tests.scenes import (
    FOUNDATION,
    PERSONAL,
    assert_books_balance,
    open_genesis,
    piece,
    schedule_of,
    story,
)

HOSTILE = (0, 1, 2, 9_999, SUPPLY - 1, SUPPLY, SUPPLY + 1, 2**96 - 1, 2**96, 2**160, 2**255, FOREVER)
"""Amounts at the edges of what a balance, a packed word and an argument can be, wei."""


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_amounts_conserve_the_supply(token, alice, bob, carol, outsider, value):
    """INV-TOK-1, INV-TOK-2: by every function that moves LVO, to another and to oneself."""
    token.send("delegate", outsider, sender=alice)
    token.send("delegate", carol, sender=bob)
    token.send("approve", carol, FOREVER, sender=alice)
    people = [alice, bob, carol, outsider, token.address, NOBODY]
    for to in (bob, alice):
        terms = {"from": alice, "to": to, "value": value, "validAfter": 0, "validBefore": FOREVER, "nonce": bytes(32)}
        signature = sign_token(token, "alice", "TransferWithAuthorization", **terms)
        for function, args, sender in (
            ("transfer", (to, value), alice),
            ("transferFrom", (alice, to, value), carol),
            ("transferBatch", ([(to, min(value, 2**96 - 1)), (to, 0)],), alice),
            ("transferWithAuthorization", (*terms.values(), signature), carol),
        ):
            mark = token.chain.snapshot()
            before = [token.view("balanceOf", each) for each in people]
            receipt = token.try_send(function, *args, sender=sender)
            after = [token.view("balanceOf", each) for each in people]
            assert (receipt.error is None) is (value <= SUPPLY)
            assert sum(after) == SUPPLY
            moved = value if value <= SUPPLY and to == bob else 0
            assert after == [before[0] - moved, before[1] + moved, *before[2:]]
            assert token.view("getVotes", outsider) == after[0]
            assert token.view("getVotes", carol) == after[1]
            token.chain.rollback(mark)


def test_hostile_amounts_do_not_reach_the_delegate_that_shares_the_word(token, alice, bob):
    """A balance and a delegate share a storage word: the largest amounts carry nothing into the other half."""
    delegate = "0x" + "ff" * 20
    token.send("delegate", delegate, sender=alice)
    token.send("delegate", delegate, sender=bob)
    token.send("transfer", bob, SUPPLY, sender=alice)
    token.send("transfer", alice, SUPPLY, sender=bob)
    for value in (2**96 - SUPPLY, 2**96, 2**96 + 1, FOREVER):
        receipt = token.try_send("transfer", bob, value, sender=alice)
        reverts(receipt, "ERC20InsufficientBalance", alice, SUPPLY, value)
    assert token.view("delegates", alice) == token.view("delegates", bob) == delegate
    assert (token.view("balanceOf", alice), token.view("balanceOf", bob)) == (SUPPLY, 0)
    assert token.view("getVotes", delegate) == SUPPLY


def test_hostile_calldata_does_not_reach_upper_bits(token, alice, bob):
    """Dirty upper bits of an address or of a batch amount are refused, not cut off."""
    entry = token.artifact.functions["transfer", 2]
    dirty = entry.selector + (1 << 200 | int(bob, 16)).to_bytes(32, "big") + (5).to_bytes(32, "big")
    assert not token.chain.transact(alice, token.address, dirty, token.chain.time + 1).ok
    good = token.artifact.functions["transferBatch", 1].encode(([(bob, 2**96 - 1)],))
    dirty = good[:-32] + (2**96).to_bytes(32, "big")
    assert not token.chain.transact(alice, token.address, dirty, token.chain.time + 1).ok
    assert token.view("balanceOf", bob) == 0


def test_ether_sent_along_is_refused(token, genesis, alice):
    """No function takes ether, and unknown functions fail: nothing can be stuck."""
    for contract in (token, genesis):
        for data in (b"", b"\xde\xad\xbe\xef"):
            assert not token.chain.transact(alice, contract.address, data, token.chain.time + 1).ok


@pytest.mark.parametrize("rows", [0, 1, 300])
def test_batch_of_many_rows(token, alice, rows):
    """INV-TOK-1: 300 new receivers fit one transaction under the cap of EIP-7825."""
    batch = [(f"0x{0xABC000 + i:040x}", i * i) for i in range(rows)]
    assert GAS_LIMIT == 16_777_216
    receipt = token.send("transferBatch", batch, sender=alice)
    assert story(receipt) == [("Transfer", alice, to, amount) for to, amount in batch]
    assert token.view("balanceOf", alice) == SUPPLY - sum(amount for _, amount in batch)
    for to, amount in (batch[0], batch[-1]) if batch else ():
        assert token.view("balanceOf", to) == amount


def test_batch_to_oneself_only(token, alice):
    token.send("delegate", alice, sender=alice)
    token.send("transferBatch", [(alice, SUPPLY), (alice, 0)], sender=alice)
    assert token.view("balanceOf", alice) == token.view("getVotes", alice) == SUPPLY
    receipt = token.try_send("transferBatch", [(alice, SUPPLY), (alice, 1)], sender=alice)
    reverts(receipt, "ERC20InsufficientBalance", alice, SUPPLY, SUPPLY + 1)


# Donations


def test_donation_changes_no_books_and_vests_nothing(genesis, lvo, foundation, start):
    """INV-GEN-5: the owed stay, the balance is higher, the curves and the votes unlocked are what they were."""
    at = start + MONTH
    genesis.send("release", FOUNDATION, sender=foundation, at=at)
    paid = lvo.view("balanceOf", foundation)
    books, balance = genesis.view("proveBuckets")
    lvo.send("transfer", genesis.address, paid, sender=foundation)
    assert genesis.view("proveBuckets") == (books, balance + paid)
    assert_books_balance(genesis, donated=paid)
    due = genesis.view("releasable", FOUNDATION)
    assert due == schedule_of(genesis, FOUNDATION).vested(SHARES[FOUNDATION], genesis.chain.time) - paid
    assert genesis.view("unlockedAt", at) == sum(
        schedule_of(genesis, bucket).vested(share, at) for bucket, share in enumerate(SHARES)
    )


def test_donation_is_never_paid_out(genesis, lvo, foundation, holders, start, outsider):
    """INV-GEN-7: at the end everything owed is out and the donation alone is left."""
    genesis.send("release", FOUNDATION, sender=foundation, at=start)
    lvo.send("transfer", genesis.address, 9_999, sender=foundation)
    genesis.send("releaseMany", list(range(6)), sender=outsider, at=start + 48 * MONTH)
    assert lvo.view("balanceOf", genesis.address) == 9_999
    assert_books_balance(genesis, donated=9_999)
    for bucket, holder in enumerate(holders):
        receipt = genesis.try_send("release", bucket, sender=holder)
        reverts(receipt, "GenesisDistribution_NothingToRelease", bucket, SHARES[bucket])


# Poke to stall


@pytest.mark.parametrize(("amount", "seconds"), [(1, 50), (2, 50), (3, 1_000), (99, 1_000), (10_000, 997)])
def test_poking_every_second_never_stalls_a_tiny_grant(chain, holders, outsider, bob, amount, seconds):
    """INV-GEN-4: what rounding keeps back in one second it pays in a later one."""
    start = chain.time + 100
    curve = Schedule(start, start, start + seconds, 0)
    genesis = open_genesis(chain, [(holder, curve) for holder in holders], outsider)
    genesis.send("split", FOUNDATION, [piece(bob, amount, curve, PERSONAL)], 0, sender=holders[FOUNDATION])
    lvo = chain.at("LVOToken", genesis.view("LVO"))
    step = 1 if chain.name == "revm" else seconds // 25
    for at in range(start, start + seconds + 1, step):
        receipt = genesis.try_send("release", 6, sender=outsider, at=at)
        if receipt.error:
            reverts(receipt, "GenesisDistribution_NothingToRelease", 6, curve.vested(amount, at))
        assert genesis.view("grants", 6)[2] == curve.vested(amount, receipt.time)
    genesis.try_send("release", 6, sender=outsider, at=start + seconds)
    assert lvo.view("balanceOf", bob) == amount
    assert_books_balance(genesis)


def test_amounts_of_one_wei_round_in_favour_of_the_pool(genesis, lvo, foundation, bob, start):
    """A grant of one wei pays nothing before its end, and 10,000 of them no more than one of 10,000 wei."""
    curve = schedule_of(genesis, FOUNDATION)
    genesis.send("split", FOUNDATION, [piece(bob, 1, curve)] * 50, 0, sender=foundation)
    genesis.send("releaseMany", list(range(6, 56)), sender=bob, at=curve.end - 1)
    assert lvo.view("balanceOf", bob) == 0
    genesis.send("releaseMany", list(range(6, 56)), sender=bob, at=curve.end)
    assert lvo.view("balanceOf", bob) == 50
    assert_books_balance(genesis)
