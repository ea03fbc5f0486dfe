"""LVOToken: deployment, transfers, allowances and batches."""

import pytest

from lvo.models.base import NOBODY
from lvo.units import SUPPLY
from tests.chain.interface import ChainError
from tests.helpers import FOREVER, reverts
from tests.scenes import answer, story

VALUE = 1_234_567


def test_constructor_reverts_when_the_holder_is_zero(chain, alice):
    with pytest.raises(ChainError) as caught:
        chain.deploy("LVOToken", NOBODY, sender=alice)
    assert (caught.value.error.name, caught.value.error.facts) == ("ERC20InvalidReceiver", (NOBODY,))


def test_constructor_reverts_when_the_holder_is_the_token_itself(chain, alice):
    if chain.name == "ganache":
        pytest.skip("Ganache does not tell what a creation reverted with, and asked again it takes the next address")
    mark = chain.snapshot()
    future = chain.deploy("LVOToken", alice, sender=alice).address
    chain.rollback(mark)
    # The same sender at the same nonce creates the same address.
    with pytest.raises(ChainError) as caught:
        chain.deploy("LVOToken", future, sender=alice)
    assert (caught.value.error.name, caught.value.error.facts) == ("ERC20InvalidReceiver", (future,))


def test_constructor_gives_the_whole_supply_to_the_holder(token, alice, bob):
    """INV-TOK-1."""
    assert token.view("totalSupply") == SUPPLY == 10**27
    assert token.view("balanceOf", alice) == SUPPLY
    assert token.view("balanceOf", bob) == 0
    assert (token.view("name"), token.view("symbol"), token.view("decimals")) == ("LIVE VIDEO", "LVO", 18)


# transfer


@pytest.mark.parametrize("value", [0, VALUE, SUPPLY + 1])
def test_transfer_reverts_when_the_receiver_is_zero(token, alice, value):
    """Also where the balance would be missing, too: the receiver is checked first."""
    reverts(token.try_send("transfer", NOBODY, value, sender=alice), "ERC20InvalidReceiver", NOBODY)


def test_transfer_reverts_when_the_receiver_is_the_token(token, alice):
    reverts(token.try_send("transfer", token.address, 1, sender=alice), "ERC20InvalidReceiver", token.address)


@pytest.mark.parametrize("value", [SUPPLY + 1, 2**96 - 1, 2**96, 2**96 + SUPPLY, 2**255, FOREVER])
def test_transfer_reverts_when_the_balance_is_too_small(token, alice, bob, value):
    reverts(token.try_send("transfer", bob, value, sender=alice), "ERC20InsufficientBalance", alice, SUPPLY, value)
    assert token.view("balanceOf", alice) == SUPPLY


def test_transfer_reverts_when_the_sender_has_nothing(token, alice, outsider):
    reverts(token.try_send("transfer", alice, 1, sender=outsider), "ERC20InsufficientBalance", outsider, 0, 1)


@pytest.mark.parametrize("value", [0, 1, 2, 9_999, SUPPLY - 1, SUPPLY])
def test_transfer_moves_the_value(token, alice, bob, value):
    """INV-TOK-1."""
    receipt = token.send("transfer", bob, value, sender=alice)
    assert story(receipt) == [("Transfer", alice, bob, value)]
    assert token.view("balanceOf", alice) == SUPPLY - value
    assert token.view("balanceOf", bob) == value


def test_transfer_to_oneself_changes_nothing(token, alice):
    assert story(token.send("transfer", alice, SUPPLY, sender=alice)) == [("Transfer", alice, alice, SUPPLY)]
    assert token.view("balanceOf", alice) == SUPPLY
    reverts(
        token.try_send("transfer", alice, SUPPLY + 1, sender=alice),
        "ERC20InsufficientBalance", alice, SUPPLY, SUPPLY + 1,
    )  # fmt: skip


def test_transfer_and_approve_return_true(token, alice, bob):
    token.send("approve", alice, 1, sender=alice)
    assert answer(token, "transfer", bob, 1, sender=alice) is True
    assert answer(token, "approve", bob, 1, sender=alice) is True
    assert answer(token, "transferFrom", alice, bob, 1, sender=alice) is True


def test_transfer_moves_votes_of_both_sides(token, alice, bob, carol, outsider):
    """INV-TOK-2."""
    token.send("delegate", carol, sender=alice)
    token.send("delegate", outsider, sender=bob)
    assert story(token.send("transfer", bob, VALUE, sender=alice)) == [
        ("Transfer", alice, bob, VALUE),
        ("DelegateVotesChanged", carol, SUPPLY, SUPPLY - VALUE),
        ("DelegateVotesChanged", outsider, 0, VALUE),
    ]
    assert token.view("getVotes", carol) == SUPPLY - VALUE
    assert token.view("getVotes", outsider) == VALUE
    # A transfer keeps whom each side delegates to.
    assert token.view("delegates", alice) == carol
    assert token.view("delegates", bob) == outsider


def test_transfer_within_one_delegate_leaves_its_votes_alone(token, alice, bob, carol):
    """INV-TOK-2."""
    token.send("delegate", carol, sender=alice)
    token.send("delegate", carol, sender=bob)
    assert story(token.send("transfer", bob, VALUE, sender=alice)) == [("Transfer", alice, bob, VALUE)]
    assert token.view("getVotes", carol) == SUPPLY


def test_transfer_of_nothing_moves_no_votes(token, alice, bob, carol):
    token.send("delegate", carol, sender=alice)
    assert story(token.send("transfer", bob, 0, sender=alice)) == [("Transfer", alice, bob, 0)]


# approve


def test_approve_reverts_when_the_spender_is_zero(token, alice):
    reverts(token.try_send("approve", NOBODY, 1, sender=alice), "ERC20InvalidSpender", NOBODY)


@pytest.mark.parametrize("value", [0, 1, VALUE, FOREVER])
def test_approve_sets_the_allowance(token, alice, carol, value):
    token.send("approve", carol, 7, sender=alice)
    assert story(token.send("approve", carol, value, sender=alice)) == [("Approval", alice, carol, value)]
    assert token.view("allowance", alice, carol) == value
    assert token.view("allowance", carol, alice) == 0


# transferFrom


@pytest.mark.parametrize(("allowed", "value"), [(0, 1), (VALUE, VALUE + 1), (VALUE, FOREVER), (FOREVER - 1, FOREVER)])
def test_transfer_from_reverts_when_the_allowance_is_too_small(token, alice, bob, carol, allowed, value):
    token.send("approve", carol, allowed, sender=alice)
    receipt = token.try_send("transferFrom", alice, bob, value, sender=carol)
    reverts(receipt, "ERC20InsufficientAllowance", carol, allowed, value)
    assert token.view("allowance", alice, carol) == allowed


def test_transfer_from_reverts_when_the_owner_is_zero(token, bob, carol):
    """Only for a value of zero: the zero address approves nobody, so for more the allowance is missing first."""
    reverts(token.try_send("transferFrom", NOBODY, bob, 0, sender=carol), "ERC20InvalidApprover", NOBODY)
    reverts(token.try_send("transferFrom", NOBODY, bob, 1, sender=carol), "ERC20InsufficientAllowance", carol, 0, 1)


def test_transfer_from_reverts_when_the_balance_is_too_small(token, alice, bob, carol):
    token.send("approve", carol, SUPPLY + 1, sender=alice)
    receipt = token.try_send("transferFrom", alice, bob, SUPPLY + 1, sender=carol)
    reverts(receipt, "ERC20InsufficientBalance", alice, SUPPLY, SUPPLY + 1)
    # What failed did not cost allowance.
    assert token.view("allowance", alice, carol) == SUPPLY + 1


def test_transfer_from_reverts_when_the_receiver_is_zero_or_the_token(token, alice, carol):
    token.send("approve", carol, FOREVER, sender=alice)
    for to in (NOBODY, token.address):
        reverts(token.try_send("transferFrom", alice, to, FOREVER, sender=carol), "ERC20InvalidReceiver", to)


def test_transfer_from_reverts_for_the_allowance_before_the_receiver(token, alice, carol):
    receipt = token.try_send("transferFrom", alice, NOBODY, 1, sender=carol)
    reverts(receipt, "ERC20InsufficientAllowance", carol, 0, 1)


def test_transfer_from_reverts_when_the_owner_itself_has_no_allowance(token, alice, bob):
    receipt = token.try_send("transferFrom", alice, bob, 1, sender=alice)
    reverts(receipt, "ERC20InsufficientAllowance", alice, 0, 1)


def test_transfer_from_spends_the_allowance(token, alice, bob, carol):
    token.send("approve", carol, VALUE, sender=alice)
    receipt = token.send("transferFrom", alice, bob, VALUE - 1, sender=carol)
    assert story(receipt) == [("Transfer", alice, bob, VALUE - 1)]
    assert token.view("allowance", alice, carol) == 1
    assert token.view("balanceOf", bob) == VALUE - 1
    token.send("transferFrom", alice, bob, 1, sender=carol)
    assert token.view("allowance", alice, carol) == 0


def test_transfer_from_keeps_an_unlimited_allowance(token, alice, bob, carol):
    token.send("approve", carol, FOREVER, sender=alice)
    token.send("transferFrom", alice, bob, VALUE, sender=carol)
    assert token.view("allowance", alice, carol) == FOREVER
    assert token.view("balanceOf", bob) == VALUE


def test_transfer_from_spends_an_allowance_of_one_less_than_unlimited(token, alice, bob, carol):
    token.send("approve", carol, FOREVER - 1, sender=alice)
    token.send("transferFrom", alice, bob, VALUE, sender=carol)
    assert token.view("allowance", alice, carol) == FOREVER - 1 - VALUE


# transferBatch


def test_transfer_batch_reverts_when_the_balance_is_too_small(token, alice, bob, carol):
    rows = [(bob, SUPPLY), (carol, 1)]
    receipt = token.try_send("transferBatch", rows, sender=alice)
    reverts(receipt, "ERC20InsufficientBalance", alice, SUPPLY, SUPPLY + 1)
    assert token.view("balanceOf", bob) == 0


def test_transfer_batch_reverts_when_the_rows_sum_past_96_bits(token, alice, bob):
    rows = [(bob, 2**96 - 1), (bob, 1)]
    reverts(token.try_send("transferBatch", rows, sender=alice), "ERC20InsufficientBalance", alice, SUPPLY, 2**96)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_transfer_batch_reverts_when_a_receiver_is_zero_or_the_token(token, alice, bob, index):
    for to in (NOBODY, token.address):
        rows = [(bob, 1)] * 3
        rows[index] = (to, 0)
        reverts(token.try_send("transferBatch", rows, sender=alice), "ERC20InvalidReceiver", to)
    assert token.view("balanceOf", bob) == 0


def test_transfer_batch_reverts_for_the_balance_before_the_receivers(token, outsider):
    receipt = token.try_send("transferBatch", [(NOBODY, 1)], sender=outsider)
    reverts(receipt, "ERC20InsufficientBalance", outsider, 0, 1)


def test_transfer_batch_pays_every_row(token, alice, bob, carol, outsider):
    """INV-TOK-1: receivers repeat, and the sender is one of them."""
    rows = [(bob, 1), (carol, 9_999), (alice, 5), (bob, 2), (outsider, 0)]
    receipt = token.send("transferBatch", rows, sender=alice)
    assert story(receipt) == [("Transfer", alice, to, amount) for to, amount in rows]
    balances = [token.view("balanceOf", account) for account in (alice, bob, carol, outsider)]
    assert balances == [SUPPLY - 10_002, 3, 9_999, 0]


def test_transfer_batch_moves_the_whole_balance(token, alice, bob, carol):
    token.send("transferBatch", [(bob, SUPPLY - 1), (carol, 1)], sender=alice)
    assert [token.view("balanceOf", account) for account in (alice, bob, carol)] == [0, SUPPLY - 1, 1]


def test_transfer_batch_without_rows_does_nothing(token, alice, carol, outsider):
    token.send("delegate", carol, sender=alice)
    assert story(token.send("transferBatch", [], sender=alice)) == []
    assert story(token.send("transferBatch", [], sender=outsider)) == []


def test_transfer_batch_writes_the_votes_of_the_sender_once(token, alice, bob, carol, outsider):
    """INV-TOK-2."""
    token.send("delegate", carol, sender=alice)
    token.send("delegate", outsider, sender=bob)
    receipt = token.send("transferBatch", [(bob, 10), (carol, 20), (bob, 30)], sender=alice)
    assert story(receipt) == [
        ("DelegateVotesChanged", carol, SUPPLY, SUPPLY - 60),
        ("Transfer", alice, bob, 10),
        ("DelegateVotesChanged", outsider, 0, 10),
        ("Transfer", alice, carol, 20),
        ("Transfer", alice, bob, 30),
        ("DelegateVotesChanged", outsider, 10, 40),
    ]
    assert token.view("getVotes", carol) == SUPPLY - 60
    assert token.view("getVotes", outsider) == 40
