"""LVOToken: permits, nonces and the signature domain (ERC-2612, ERC-5267). Every test runs in both signature forms."""

import pytest

from lvo.models.base import NOBODY
from lvo.typed_data import signable, token_message
from tests.helpers import FOREVER, reverts, sign_token
from tests.scenes import in_form, story

VALUE = 1_000


@pytest.fixture
def signed(token, alice, bob, form):
    """A permit of alice for bob as arguments of `permit`; any field may be changed before it is signed by `by`."""

    def sign(by="alice", nonce=0, **changes):
        terms = {"owner": alice, "spender": bob, "value": VALUE, "deadline": FOREVER} | changes
        signature = sign_token(token, by, "Permit", nonce=nonce, **terms)
        return terms["owner"], terms["spender"], terms["value"], terms["deadline"], *in_form(form, signature)

    return sign


def test_permit_reverts_when_the_deadline_has_passed(token, chain, signed, outsider):
    deadline = chain.time + 10
    receipt = token.try_send("permit", *signed(deadline=deadline), sender=outsider, at=deadline + 1)
    reverts(receipt, "ERC2612ExpiredSignature", deadline)


def test_permit_reverts_when_somebody_else_signed(token, signed, alice, bob):
    receipt = token.try_send("permit", *signed(by="bob"), sender=bob)
    reverts(receipt, "ERC2612InvalidSigner", bob, alice)
    assert token.view("nonces", alice) == 0


def test_permit_reverts_for_the_deadline_before_the_signer(token, signed, bob):
    reverts(token.try_send("permit", *signed(by="bob", deadline=0), sender=bob), "ERC2612ExpiredSignature", 0)


def test_permit_reverts_when_the_signature_is_malformed(token, alice, bob, form):
    receipt = token.try_send("permit", alice, bob, VALUE, FOREVER, *in_form(form, bytes(65)), sender=bob)
    reverts(receipt, "ERC2612InvalidSigner", NOBODY, alice)


def test_permit_reverts_when_the_spender_is_zero(token, signed, alice, bob):
    reverts(token.try_send("permit", *signed(spender=NOBODY), sender=bob), "ERC20InvalidSpender", NOBODY)
    assert token.view("nonces", alice) == 0


def test_permit_reverts_for_the_signer_before_the_spender(token, signed, alice, bob):
    receipt = token.try_send("permit", *signed(by="bob", spender=NOBODY), sender=bob)
    reverts(receipt, "ERC2612InvalidSigner", bob, alice)


def test_permit_sets_the_allowance_and_uses_the_nonce(token, signed, alice, bob, outsider):
    receipt = token.send("permit", *signed(), sender=outsider)
    assert story(receipt) == [("Approval", alice, bob, VALUE)]
    assert token.view("allowance", alice, bob) == VALUE
    assert token.view("nonces", alice) == 1
    assert token.view("nonces", outsider) == 0


@pytest.mark.parametrize("value", [0, 1, FOREVER])
def test_permit_replaces_the_allowance(token, signed, alice, bob, value):
    token.send("approve", bob, 77, sender=alice)
    token.send("permit", *signed(value=value), sender=bob)
    assert token.view("allowance", alice, bob) == value


def test_permit_works_one_nonce_after_the_other(token, signed, alice, bob):
    for nonce in range(3):
        token.send("permit", *signed(nonce=nonce, value=nonce + 5), sender=bob)
        assert token.view("allowance", alice, bob) == nonce + 5
    assert token.view("nonces", alice) == 3


@pytest.mark.parametrize("nonce", [0, 2, FOREVER])
def test_cancel_nonce_reverts_when_the_nonce_is_not_the_next(token, signed, alice, bob, nonce):
    token.send("permit", *signed(), sender=bob)
    reverts(token.try_send("cancelNonce", nonce, sender=alice), "InvalidAccountNonce", alice, 1)
    assert token.view("nonces", alice) == 1


def test_cancel_nonce_uses_the_nonce(token, alice, bob):
    assert story(token.send("cancelNonce", 0, sender=alice)) == [("NonceCanceled", alice, 0)]
    assert story(token.send("cancelNonce", 1, sender=alice)) == [("NonceCanceled", alice, 1)]
    assert token.view("nonces", alice) == 2
    assert token.view("nonces", bob) == 0


# The domain


def test_domain_separator_is_that_of_eip_712(chain, token, alice, bob):
    fields = {"owner": alice, "spender": bob, "value": 0, "nonce": 0, "deadline": 0}
    message = token_message("Permit", chain.chain_id, token.address, **fields)
    assert token.view("DOMAIN_SEPARATOR") == signable(message).header


def test_eip712_domain_names_name_version_chain_and_contract(chain, token):
    fields, name, version, chain_id, contract, salt, extensions = token.view("eip712Domain")
    # The bits say which of the five fields count: all but the salt.
    assert fields == bytes([0b01111])
    assert (name, version, chain_id, contract) == ("LIVE VIDEO", "1", chain.chain_id, token.address)
    assert salt == bytes(32)
    assert list(extensions) == []


def test_domain_separator_differs_between_tokens(chain, token, alice):
    other = chain.deploy("LVOToken", alice, sender=alice)
    assert other.view("DOMAIN_SEPARATOR") != token.view("DOMAIN_SEPARATOR")
