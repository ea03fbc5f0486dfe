"""LVOToken: delegation and votes, now and in the past (ERC-5805, ERC-6372)."""

import pytest

from lvo.models.base import NOBODY
from lvo.typed_data import recover, token_message
from lvo.units import SUPPLY
from tests.chain.artifacts import Error
from tests.chain.interface import ChainError
from tests.helpers import FOREVER, reverts, sign_token
from tests.scenes import in_form, sign_delegation, story, wait


@pytest.fixture
def delegation(token, alice, carol, form):
    """A delegation of alice to carol for `delegateBySig`, which names the account in the bytes form only."""

    def sign(by="alice", account=alice, nonce=0, expiry=FOREVER):
        return sign_delegation(token, form, by, account, delegatee=carol, nonce=nonce, expiry=expiry)

    return sign


def lookup_error(token, function, *args):
    with pytest.raises(ChainError) as caught:
        token.view(function, *args)
    return caught.value.error


# clock


def test_clock_is_the_time(token, chain):
    wait(chain, chain.time + 12_345)
    assert token.view("clock") == chain.time
    assert token.view("CLOCK_MODE") == "mode=timestamp"


# delegate


def test_delegate_moves_the_votes(token, alice, bob, carol):
    """INV-TOK-2."""
    assert story(token.send("delegate", bob, sender=alice)) == [
        ("DelegateChanged", alice, NOBODY, bob),
        ("DelegateVotesChanged", bob, 0, SUPPLY),
    ]
    assert story(token.send("delegate", carol, sender=alice)) == [
        ("DelegateChanged", alice, bob, carol),
        ("DelegateVotesChanged", bob, SUPPLY, 0),
        ("DelegateVotesChanged", carol, 0, SUPPLY),
    ]
    assert [token.view("getVotes", account) for account in (alice, bob, carol)] == [0, 0, SUPPLY]
    assert token.view("delegates", alice) == carol
    assert token.view("balanceOf", alice) == SUPPLY


def test_delegate_to_nobody_takes_the_votes_back(token, alice, bob):
    token.send("delegate", bob, sender=alice)
    assert story(token.send("delegate", NOBODY, sender=alice)) == [
        ("DelegateChanged", alice, bob, NOBODY),
        ("DelegateVotesChanged", bob, SUPPLY, 0),
    ]
    assert token.view("delegates", alice) == NOBODY
    assert token.view("getVotes", NOBODY) == 0
    # And again, from nobody to nobody.
    assert story(token.send("delegate", NOBODY, sender=alice)) == [("DelegateChanged", alice, NOBODY, NOBODY)]


def test_delegate_again_to_the_same_changes_no_votes(token, alice, bob):
    token.send("delegate", bob, sender=alice)
    assert story(token.send("delegate", bob, sender=alice)) == [("DelegateChanged", alice, bob, bob)]
    assert token.view("getVotes", bob) == SUPPLY


def test_delegate_without_balance_counts_what_comes_later(token, alice, bob, carol):
    """INV-TOK-2."""
    assert story(token.send("delegate", carol, sender=bob)) == [("DelegateChanged", bob, NOBODY, carol)]
    token.send("transfer", bob, 5, sender=alice)
    assert token.view("getVotes", carol) == 5


def test_delegate_may_name_any_account(token, alice):
    for to in (token.address, "0x" + "ff" * 20):
        token.send("delegate", to, sender=alice)
        assert token.view("delegates", alice) == to
        assert token.view("getVotes", to) == token.view("balanceOf", alice) == SUPPLY


# delegateBySig


@pytest.mark.parametrize("by", ["alice", "bob"])
def test_delegate_by_sig_reverts_when_it_has_expired(token, chain, delegation, outsider, by):
    """Also where somebody else signed, or with another nonce: the time is looked at first."""
    expiry = chain.time + 10
    terms = delegation(by=by, nonce=1 if by == "bob" else 0, expiry=expiry)
    receipt = token.try_send("delegateBySig", *terms, sender=outsider, at=expiry + 1)
    reverts(receipt, "VotesExpiredSignature", expiry)


@pytest.mark.parametrize("nonce", [1, FOREVER])
def test_delegate_by_sig_reverts_when_the_nonce_is_not_the_next(token, delegation, alice, outsider, nonce):
    receipt = token.try_send("delegateBySig", *delegation(nonce=nonce), sender=outsider)
    reverts(receipt, "InvalidAccountNonce", alice, 0)


def test_delegate_by_sig_reverts_when_the_nonce_was_used(token, delegation, alice, outsider):
    token.send("delegateBySig", *delegation(), sender=outsider)
    reverts(token.try_send("delegateBySig", *delegation(), sender=outsider), "InvalidAccountNonce", alice, 1)


def test_delegate_by_sig_reverts_when_somebody_else_signed(token, delegation, form, alice, bob, carol, outsider):
    """The form without an account delegates for whoever signed, and never for anybody else."""
    receipt = token.try_send("delegateBySig", *delegation(by="bob"), sender=outsider)
    if form == "bytes":
        reverts(receipt, "LVOToken_InvalidSigner", bob, alice)
    else:
        assert story(receipt) == [("DelegateChanged", bob, NOBODY, carol)]
    assert token.view("delegates", alice) == NOBODY


def test_delegate_by_sig_reverts_when_the_signature_is_malformed(token, form, alice, carol, outsider):
    named, account = ((), NOBODY) if form == "parts" else ((alice,), alice)
    receipt = token.try_send(
        "delegateBySig", *named, carol, 0, FOREVER, *in_form(form, bytes(65)), sender=outsider
    )  # fmt: skip
    reverts(receipt, "LVOToken_InvalidSigner", NOBODY, account)


def test_delegate_by_sig_checks_signer_and_nonce_in_the_order_of_its_form(token, form, alice, carol, outsider):
    named, error = ((), ("LVOToken_InvalidSigner", NOBODY, NOBODY))
    if form == "bytes":
        named, error = (alice,), ("InvalidAccountNonce", alice, 0)
    receipt = token.try_send("delegateBySig", *named, carol, 7, FOREVER, *in_form(form, bytes(65)), sender=outsider)
    reverts(receipt, *error)


def test_delegate_by_sig_of_changed_terms_is_somebody_elses(token, chain, form, alice, bob, outsider, carol):
    kind, named = ("Delegation", {}) if form == "parts" else ("AccountDelegation", {"account": alice})
    signature = sign_token(token, "alice", kind, **named, delegatee=carol, nonce=0, expiry=FOREVER)
    changed = token_message(kind, chain.chain_id, token.address, **named, delegatee=bob, nonce=0, expiry=FOREVER)
    stranger = recover(changed, signature)
    call = (*named.values(), bob, 0, FOREVER, *in_form(form, signature))
    receipt = token.try_send("delegateBySig", *call, sender=outsider)
    if form == "bytes":
        reverts(receipt, "LVOToken_InvalidSigner", stranger, alice)
    else:
        assert story(receipt) == [("DelegateChanged", stranger, NOBODY, bob)]
    assert token.view("delegates", alice) == NOBODY


def test_delegate_by_sig_delegates_for_who_signed(token, delegation, alice, carol, outsider):
    receipt = token.send("delegateBySig", *delegation(), sender=outsider)
    assert story(receipt) == [
        ("DelegateChanged", alice, NOBODY, carol),
        ("DelegateVotesChanged", carol, 0, SUPPLY),
    ]
    assert token.view("nonces", alice) == 1
    assert token.view("delegates", outsider) == NOBODY
    # The next nonce works, too.
    token.send("delegateBySig", *delegation(nonce=1), sender=outsider)


# getPastVotes, getPastTotalSupply


def test_get_past_votes_reverts_when_the_second_has_not_passed(token, chain, alice):
    token.send("delegate", alice, sender=alice)
    for timepoint in (chain.time, chain.time + 1, FOREVER):
        error = lookup_error(token, "getPastVotes", alice, timepoint)
        assert error == Error("ERC5805FutureLookup", (timepoint, chain.time))


def test_get_past_total_supply_reverts_when_the_second_has_not_passed(token, chain):
    for timepoint in (chain.time, chain.time + 1, FOREVER):
        error = lookup_error(token, "getPastTotalSupply", timepoint)
        assert error == Error("ERC5805FutureLookup", (timepoint, chain.time))


def test_get_past_total_supply_is_the_supply(token, chain):
    assert token.view("getPastTotalSupply", chain.time - 1) == SUPPLY
    assert token.view("getPastTotalSupply", 0) == SUPPLY


@pytest.mark.parametrize("changes", range(1, 10))
def test_get_past_votes_finds_every_second(token, chain, alice, bob, changes):
    """INV-TOK-3: for a history of any length, odd and even, at, before and after each change."""
    begin = chain.time + 10
    token.send("delegate", alice, sender=alice, at=begin)
    steps = [(begin, SUPPLY)]
    for i in range(1, changes):
        at = begin + i * 10
        token.send("transfer", bob, i, sender=alice, at=at)
        steps.append((at, steps[-1][1] - i))
    wait(chain, chain.time + 100)
    assert token.view("getPastVotes", alice, 0) == token.view("getPastVotes", alice, begin - 1) == 0
    for at, votes in steps:
        assert [token.view("getPastVotes", alice, at + late) for late in (0, 1, 9)] == [votes] * 3
    assert token.view("getPastVotes", alice, chain.time - 1) == token.view("getVotes", alice) == steps[-1][1]


def test_get_past_votes_of_one_who_never_had_any_is_zero(token, chain, outsider):
    assert token.view("getPastVotes", outsider, chain.time - 1) == 0
