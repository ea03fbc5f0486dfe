"""LVOToken: authorised transfers (ERC-3009), in both signature forms and, where it applies, both kinds of transfer."""

import pytest

from lvo.models.base import NOBODY
from lvo.units import SUPPLY
from tests.helpers import FOREVER, reverts, sign_token
from tests.scenes import in_form, story

VALUE = 1_000
NONCE = bytes(range(32))
TYPES = {
    "transferWithAuthorization": "TransferWithAuthorization",
    "receiveWithAuthorization": "ReceiveWithAuthorization",
}


@pytest.fixture(params=TYPES)
def function(request):
    """Both ways to carry out an authorisation."""
    return request.param


@pytest.fixture
def authorized(token, alice, bob, function, form):
    """An authorisation of alice to pay bob as arguments of the function; fields may be changed before `by` signs."""

    def sign(by="alice", **changes):
        terms = {"from": alice, "to": bob, "value": VALUE, "validAfter": 0, "validBefore": FOREVER, "nonce": NONCE}
        terms |= changes
        signature = sign_token(token, by, TYPES[function], **terms)
        return *terms.values(), *in_form(form, signature)

    return sign


@pytest.fixture
def cancellation(token, alice, form):
    """A cancellation of alice as arguments of `cancelAuthorization`."""

    def sign(by="alice", nonce=NONCE):
        signature = sign_token(token, by, "CancelAuthorization", authorizer=alice, nonce=nonce)
        return alice, nonce, *in_form(form, signature)

    return sign


@pytest.mark.parametrize("after", [0, 1, FOREVER])
def test_authorization_reverts_when_it_is_not_yet_valid(token, chain, function, authorized, bob, after):
    valid_after = min(chain.time + 5 + after, FOREVER)
    now = chain.time + 5
    receipt = token.try_send(function, *authorized(validAfter=valid_after), sender=bob, at=now)
    reverts(receipt, "LVOToken_AuthorizationNotYetValid", NONCE, now, valid_after)


@pytest.mark.parametrize("late", [0, 1])
def test_authorization_reverts_when_it_has_expired(token, chain, function, authorized, bob, late):
    valid_before = chain.time + 10
    receipt = token.try_send(function, *authorized(validBefore=valid_before), sender=bob, at=valid_before + late)
    reverts(receipt, "LVOToken_AuthorizationExpired", NONCE, valid_before + late, valid_before)


def test_authorization_reverts_for_its_beginning_before_its_end(token, chain, function, authorized, bob):
    now = chain.time + 5
    receipt = token.try_send(function, *authorized(validAfter=now, validBefore=now), sender=bob, at=now)
    reverts(receipt, "LVOToken_AuthorizationNotYetValid", NONCE, now, now)


def test_authorization_reverts_when_it_was_used(token, function, authorized, alice, bob):
    token.send(function, *authorized(), sender=bob)
    reverts(token.try_send(function, *authorized(), sender=bob), "LVOToken_AuthorizationUsed", alice, NONCE)
    # The nonce is spent whatever the terms, and whoever signs: it is looked at before the signature.
    receipt = token.try_send(function, *authorized(by="bob", value=1), sender=bob)
    reverts(receipt, "LVOToken_AuthorizationUsed", alice, NONCE)
    assert token.view("balanceOf", bob) == VALUE


def test_authorization_reverts_for_its_end_before_its_use(token, chain, function, authorized, bob):
    token.send(function, *authorized(), sender=bob)
    now = chain.time + 5
    receipt = token.try_send(function, *authorized(validBefore=now), sender=bob, at=now)
    reverts(receipt, "LVOToken_AuthorizationExpired", NONCE, now, now)


def test_authorization_reverts_when_somebody_else_signed(token, function, authorized, alice, bob):
    receipt = token.try_send(function, *authorized(by="bob"), sender=bob)
    reverts(receipt, "LVOToken_InvalidSigner", bob, alice)
    assert token.view("authorizationState", alice, NONCE) is False


@pytest.mark.parametrize("function", ["transferWithAuthorization"], indirect=True)
def test_authorization_reverts_when_the_receiver_is_zero_or_the_token(token, authorized, function, alice, bob):
    for to in (NOBODY, token.address):
        reverts(token.try_send(function, *authorized(to=to), sender=bob), "ERC20InvalidReceiver", to)
    assert token.view("authorizationState", alice, NONCE) is False


def test_authorization_reverts_when_the_balance_is_too_small(token, function, authorized, alice, bob):
    receipt = token.try_send(function, *authorized(value=SUPPLY + 1), sender=bob)
    reverts(receipt, "ERC20InsufficientBalance", alice, SUPPLY, SUPPLY + 1)
    assert token.view("authorizationState", alice, NONCE) is False


def test_authorization_pays_once(token, function, authorized, alice, bob):
    receipt = token.send(function, *authorized(), sender=bob)
    assert story(receipt) == [("AuthorizationUsed", alice, NONCE), ("Transfer", alice, bob, VALUE)]
    assert token.view("balanceOf", bob) == VALUE
    assert token.view("balanceOf", alice) == SUPPLY - VALUE
    assert token.view("authorizationState", alice, NONCE) is True
    assert token.view("authorizationState", bob, NONCE) is False
    # Authorisations and permits count their nonces apart.
    assert token.view("nonces", alice) == 0


def test_authorization_works_in_any_order_of_nonces(token, function, authorized, bob):
    for nonce in (bytes(32), b"\xff" * 32, NONCE):
        token.send(function, *authorized(nonce=nonce), sender=bob)
    assert token.view("balanceOf", bob) == 3 * VALUE


@pytest.mark.parametrize("function", ["transferWithAuthorization"], indirect=True)
def test_transfer_with_authorization_may_be_sent_by_anyone(token, function, authorized, bob, outsider):
    token.send(function, *authorized(), sender=outsider)
    assert token.view("balanceOf", bob) == VALUE


@pytest.mark.parametrize("function", ["receiveWithAuthorization"], indirect=True)
def test_receive_with_authorization_reverts_when_the_caller_is_not_the_receiver(
    token, function, authorized, alice, bob, outsider
):
    for caller in (alice, outsider):
        receipt = token.try_send(function, *authorized(), sender=caller)
        reverts(receipt, "LVOToken_CallerNotReceiver", NONCE, caller, bob)
    # The caller is looked at before everything else.
    receipt = token.try_send(function, *authorized(by="bob", validBefore=0), sender=outsider)
    reverts(receipt, "LVOToken_CallerNotReceiver", NONCE, outsider, bob)


def test_cancel_authorization_reverts_when_it_was_used(token, cancellation, alice, bob, outsider):
    terms = {"from": alice, "to": bob, "value": 1, "validAfter": 0, "validBefore": FOREVER, "nonce": NONCE}
    signature = sign_token(token, "alice", "TransferWithAuthorization", **terms)
    token.send("transferWithAuthorization", *terms.values(), signature, sender=outsider)
    receipt = token.try_send("cancelAuthorization", *cancellation(), sender=outsider)
    reverts(receipt, "LVOToken_AuthorizationUsed", alice, NONCE)


def test_cancel_authorization_reverts_when_it_was_cancelled(token, cancellation, alice, outsider):
    token.send("cancelAuthorization", *cancellation(), sender=outsider)
    for by in ("alice", "bob"):
        receipt = token.try_send("cancelAuthorization", *cancellation(by=by), sender=outsider)
        reverts(receipt, "LVOToken_AuthorizationUsed", alice, NONCE)


def test_cancel_authorization_reverts_when_somebody_else_signed(token, cancellation, alice, bob):
    receipt = token.try_send("cancelAuthorization", *cancellation(by="bob"), sender=bob)
    reverts(receipt, "LVOToken_InvalidSigner", bob, alice)
    assert token.view("authorizationState", alice, NONCE) is False


def test_cancel_authorization_makes_the_authorization_void(
    token, function, authorized, cancellation, alice, bob, outsider
):
    receipt = token.send("cancelAuthorization", *cancellation(), sender=outsider)
    assert story(receipt) == [("AuthorizationCanceled", alice, NONCE)]
    assert token.view("authorizationState", alice, NONCE) is True
    reverts(token.try_send(function, *authorized(), sender=bob), "LVOToken_AuthorizationUsed", alice, NONCE)
    # Another nonce is untouched.
    token.send(function, *authorized(nonce=bytes(32)), sender=bob)
