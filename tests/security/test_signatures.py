"""Attacks on signatures: on another chain, at another contract, by another key, in another form, a second time.

Each runs against all five functions that take a signature, in both forms. The form of `delegateBySig` without an
account delegates for whoever signed: there an attack succeeds if it makes the victim delegate.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from lvo.models.base import NOBODY
from lvo.typed_data import recover, sign, token_message
from lvo.units import SUPPLY
from tests.chain.artifacts import Error
from tests.chain.interface import Actor
from tests.helpers import FOREVER, parts, reverts, sign_token
from tests.scenes import in_form, story

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The order of secp256k1: `s` and `order - s` sign the same."""
NONCE = b"\x07" * 32
VALUE = 5
MAGIC = bytes.fromhex("1626ba7e")
"""How a contract wallet says yes (ERC-1271)."""


@dataclass(frozen=True)
class Act:
    """A signed call: the function, the type that is signed, its fields in order, and what of them is in the call."""

    function: str
    kind: str
    fields: dict[str, Any]
    call: tuple[Any, ...]


def acts(account, other, form="bytes"):
    """The five things that `account` may sign, in favour of `other`; a delegation's type depends on its form."""
    transfer = {"from": account, "to": other, "value": VALUE, "validAfter": 0, "validBefore": FOREVER, "nonce": NONCE}
    permit = {"owner": account, "spender": other, "value": VALUE, "nonce": 0, "deadline": FOREVER}
    delegation = {"delegatee": other, "nonce": 0, "expiry": FOREVER}
    delegate = Act("delegateBySig", "Delegation", delegation, (other, 0, FOREVER))
    if form == "bytes":
        named = {"account": account, **delegation}
        delegate = Act("delegateBySig", "AccountDelegation", named, (account, other, 0, FOREVER))
    cancellation = {"authorizer": account, "nonce": NONCE}
    return {
        act.function: act
        for act in (
            Act("permit", "Permit", permit, (account, other, VALUE, FOREVER)),
            delegate,
            Act("transferWithAuthorization", "TransferWithAuthorization", transfer, tuple(transfer.values())),
            Act("receiveWithAuthorization", "ReceiveWithAuthorization", transfer, tuple(transfer.values())),
            Act("cancelAuthorization", "CancelAuthorization", cancellation, (account, NONCE)),
        )
    }


FUNCTIONS = tuple(acts("", ""))


@pytest.fixture(params=FUNCTIONS)
def act(request, form, alice, bob):
    """What alice could sign in favour of bob, one function after the other."""
    return acts(alice, bob, form)[request.param]


def attempt(token, act, form, signature, sender):
    return token.try_send(act.function, *act.call, *in_form(form, signature), sender=sender)


def state(token, account, other):
    """Everything that one of the five acts could change."""
    return (
        token.view("allowance", account, other),
        token.view("delegates", account),
        token.view("authorizationState", account, NONCE),
        token.view("balanceOf", account),
        token.view("nonces", account),
    )


def refused(receipt, act, form, signer, account):
    """The call failed because `signer` and not `account` signed; a nameless delegation can only be the signer's own."""
    if act.function == "delegateBySig" and form == "parts":
        if signer == NOBODY:
            reverts(receipt, "LVOToken_InvalidSigner", NOBODY, NOBODY)
        else:
            assert story(receipt)[0] == ("DelegateChanged", signer, NOBODY, act.fields["delegatee"])
        return
    name = "ERC2612InvalidSigner" if act.function == "permit" else "LVOToken_InvalidSigner"
    reverts(receipt, name, signer, account)


def test_signed_acts_work_when_nobody_attacks(token, act, form, alice, bob):
    """What the attacks are measured against."""
    before = state(token, alice, bob)
    signature = sign_token(token, "alice", act.kind, **act.fields)
    assert attempt(token, act, form, signature, bob).error is None
    assert state(token, alice, bob) != before


def test_signature_for_another_chain_is_refused(chain, token, act, form, alice, bob):
    before = state(token, alice, bob)
    elsewhere = sign(token_message(act.kind, chain.chain_id + 1, token.address, **act.fields), Actor("alice").key)
    here = token_message(act.kind, chain.chain_id, token.address, **act.fields)
    refused(attempt(token, act, form, elsewhere, bob), act, form, recover(here, elsewhere), alice)
    assert state(token, alice, bob) == before


def test_signature_for_another_contract_is_refused(chain, token, act, form, alice, bob):
    before = state(token, alice, bob)
    other = chain.deploy("LVOToken", alice, sender=alice)
    elsewhere = sign_token(other, "alice", act.kind, **act.fields)
    here = token_message(act.kind, chain.chain_id, token.address, **act.fields)
    refused(attempt(token, act, form, elsewhere, bob), act, form, recover(here, elsewhere), alice)
    assert state(token, alice, bob) == before


@pytest.mark.parametrize("function", ["permit", "delegateBySig", "cancelAuthorization"])
def test_signature_from_before_a_fork_is_refused_after_it(chain, token, form, alice, bob, function):
    """The chain id is read when a signature is checked, not remembered from the deployment."""
    if chain.name == "ganache":
        pytest.skip("Ganache cannot change its chain id while it runs")
    act = acts(alice, bob, form)[function]
    before = sign_token(token, "alice", act.kind, **act.fields)
    fork = chain.fork(chain.chain_id + 1)
    forked = fork.contracts[token.address]
    message = token_message(act.kind, fork.chain_id, token.address, **act.fields)
    assert forked.view("DOMAIN_SEPARATOR") != token.view("DOMAIN_SEPARATOR")
    assert forked.view("eip712Domain")[3] == fork.chain_id
    refused(attempt(forked, act, form, before, bob), act, form, recover(message, before), alice)
    # A signature for the fork is good there, and there only.
    after = sign(message, Actor("alice").key)
    assert attempt(forked, act, form, after, bob).error is None
    here = token_message(act.kind, chain.chain_id, token.address, **act.fields)
    refused(attempt(token, act, form, after, bob), act, form, recover(here, after), alice)


def test_signature_of_the_one_who_profits_is_refused(token, act, form, alice, bob):
    """Role swap: bob signs what alice should have signed."""
    before = state(token, alice, bob)
    signature = sign_token(token, "bob", act.kind, **act.fields)
    refused(attempt(token, act, form, signature, bob), act, form, bob, alice)
    assert state(token, alice, bob) == before


def test_signature_in_favour_of_somebody_does_not_work_in_reverse(chain, token, act, form, alice, bob):
    """Role swap: alice signed in favour of bob, and alice uses it as if bob had signed in hers."""
    before = state(token, bob, alice)
    signature = sign_token(token, "alice", act.kind, **act.fields)
    reverse = acts(bob, alice, form)[act.function]
    here = token_message(act.kind, chain.chain_id, token.address, **reverse.fields)
    refused(attempt(token, reverse, form, signature, alice), reverse, form, recover(here, signature), bob)
    assert state(token, bob, alice) == before


def test_every_field_is_signed(chain, token, act, form, alice, bob, outsider):
    """Changing any field of what was signed, or its order, gives the signature to a stranger."""
    signature = sign_token(token, "alice", act.kind, **act.fields)
    names = [
        name
        for name in act.fields
        if not (name == "nonce" and act.kind in ("Permit", "Delegation", "AccountDelegation"))
    ]
    for place, name in enumerate(names):
        was = act.fields[name]
        if name in ("owner", "from", "authorizer", "account"):
            continue
        changed = outsider if isinstance(was, str) else bytes(32) if isinstance(was, bytes) else abs(was - 1)
        if name == "validBefore":
            changed = FOREVER - 1
        if name == "validAfter":
            changed = 1
        fields = act.fields | {name: changed}
        call = list(act.call)
        call[call.index(was, min(place, len(call) - 1))] = changed
        forged = Act(act.function, act.kind, fields, tuple(call))
        message = token_message(act.kind, chain.chain_id, token.address, **fields)
        sender = fields.get("to", bob)
        receipt = attempt(token, forged, form, signature, sender)
        refused(receipt, forged, form, recover(message, signature), alice)
    assert state(token, alice, bob) == (0, NOBODY, False, SUPPLY, 0)


# Malformed signatures


def test_nobody_signs_for_the_zero_address(token, form, bob):
    """A signature that no key made recovers to zero, which must not be the zero address' consent."""
    for act in acts(NOBODY, bob, form).values():
        for signature in (bytes(65), bytes(64) + b"\x1b", b"\xff" * 65):
            receipt = attempt(token, act, form, signature, bob)
            refused(receipt, act, form, NOBODY, NOBODY)
    assert state(token, NOBODY, bob) == (0, NOBODY, False, 0, 0)


@pytest.mark.parametrize("v", [0, 1, 26, 29, 255])
def test_malformed_v_is_refused(token, act, form, alice, bob, v):
    signature = sign_token(token, "alice", act.kind, **act.fields)[:64] + bytes([v])
    refused(attempt(token, act, form, signature, bob), act, form, NOBODY, alice)
    assert state(token, alice, bob) == (0, NOBODY, False, SUPPLY, 0)


def test_high_s_is_refused(token, act, form, alice, bob):
    """Otherwise everybody could make a second valid signature out of the first."""
    v, r, s = parts(sign_token(token, "alice", act.kind, **act.fields))
    twin = r + (CURVE_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big") + bytes([27 + 28 - v])
    refused(attempt(token, act, form, twin, bob), act, form, NOBODY, alice)
    assert state(token, alice, bob) == (0, NOBODY, False, SUPPLY, 0)


@pytest.mark.parametrize("form", ["bytes"])
def test_any_other_length_is_refused(token, act, form, alice, bob):
    """Also the 64 bytes of EIP-2098: one signature has one form."""
    v, r, s = parts(sign_token(token, "alice", act.kind, **act.fields))
    compact = r + (int.from_bytes(s, "big") | (v - 27) << 255).to_bytes(32, "big")
    for signature in (compact, b"", r + s + bytes([v, 0]), (r + s + bytes([v])) * 2, bytes(10_000)):
        refused(attempt(token, act, form, signature, bob), act, form, NOBODY, alice)
    assert state(token, alice, bob) == (0, NOBODY, False, SUPPLY, 0)


# Contract wallets


@pytest.fixture
def wallet(chain, token, alice):
    """A contract wallet of alice with the whole supply."""
    wallet = chain.deploy("OwnerWallet", alice, sender=alice)
    token.send("transfer", wallet.address, SUPPLY, sender=alice)
    return wallet.address


def refused_wallet(token, account, signature, bob):
    """Every act in the name of a wallet fails in both forms, and nothing of the wallet changes."""
    before = state(token, account, bob)
    for act in acts(account, bob).values():
        for form in ("parts", "bytes") if len(signature) == 65 else ("bytes",):
            if act.function == "delegateBySig" and form == "parts":
                continue
            receipt = attempt(token, act, form, signature, bob)
            name = "ERC2612InvalidSigner" if act.function == "permit" else "LVOToken_InvalidSigner"
            assert receipt.error is not None
            assert receipt.error.name == name
            assert receipt.error.facts[1] == account
    assert state(token, account, bob) == before


@pytest.mark.parametrize("function", FUNCTIONS)
def test_wallet_signs_with_its_owners_key(chain, token, wallet, form, alice, bob, function):
    act = acts(wallet, bob, form)[function]
    before = state(token, wallet, bob)
    signature = sign_token(token, "alice", act.kind, **act.fields)
    receipt = attempt(token, act, form, signature, bob)
    assert receipt.error is None
    if function == "delegateBySig" and form == "parts":
        # This form is for keys: it delegated for the owner, not for the wallet.
        assert token.view("delegates", alice) == bob
        assert state(token, wallet, bob) == before
    else:
        assert state(token, wallet, bob) != before
        assert state(token, alice, bob) == (0, NOBODY, False, 0, 0)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_wallet_does_not_sign_with_another_key(chain, token, wallet, bob, function):
    act = acts(wallet, bob)[function]
    refused_wallet(token, wallet, sign_token(token, "bob", act.kind, **act.fields), bob)


def test_wallet_that_reverts_with_yes_is_refused(chain, token, alice, bob):
    wallet = chain.deploy("RevertingWallet", sender=alice).address
    token.send("transfer", wallet, SUPPLY, sender=alice)
    for signature in (bytes(65), b""):
        refused_wallet(token, wallet, signature, bob)


def test_wallet_that_burns_all_gas_is_refused(chain, token, alice, bob):
    """What is left of the gas, one part in 64, is enough to say so."""
    wallet = chain.deploy("BurningWallet", sender=alice).address
    token.send("transfer", wallet, SUPPLY, sender=alice)
    refused_wallet(token, wallet, b"", bob)


@pytest.mark.parametrize(
    ("word", "size"),
    [
        (MAGIC.ljust(32, b"\0"), 0),
        (MAGIC.ljust(32, b"\0"), 4),
        (MAGIC.ljust(32, b"\0"), 31),
        (MAGIC.rjust(32, b"\0"), 32),
        (MAGIC + bytes(27) + b"\1", 32),
        (b"\xff" * 32, 32),
        (bytes(31) + b"\1", 32),
        (bytes(32), 100_000),
    ],
    ids=["empty", "four bytes", "31 bytes", "right-aligned", "dirty", "all ones", "true", "much of nothing"],
)
def test_wallet_that_answers_anything_but_yes_is_refused(chain, token, alice, bob, word, size):
    wallet = chain.deploy("VerboseWallet", word, size, sender=alice).address
    token.send("transfer", wallet, SUPPLY, sender=alice)
    refused_wallet(token, wallet, b"", bob)


@pytest.mark.parametrize("size", [32, 33, 64, 300_000])
def test_wallet_that_says_yes_and_much_more_is_believed(chain, token, alice, bob, size):
    """A long answer costs whoever sends the transaction gas, nothing else."""
    wallet = chain.deploy("VerboseWallet", MAGIC.ljust(32, b"\0"), size, sender=alice).address
    token.send("transfer", wallet, SUPPLY, sender=alice)
    token.send("permit", *acts(wallet, bob)["permit"].call, b"", sender=bob)
    assert token.view("allowance", wallet, bob) == VALUE


def test_wallet_that_answers_more_than_the_gas_can_carry_changes_nothing(chain, token, alice, bob):
    wallet = chain.deploy("VerboseWallet", MAGIC.ljust(32, b"\0"), 2_500_000, sender=alice).address
    token.send("transfer", wallet, SUPPLY, sender=alice)
    before = state(token, wallet, bob)
    for act in acts(wallet, bob).values():
        assert attempt(token, act, "bytes", b"", bob).error == Error("", (b"",))
    assert state(token, wallet, bob) == before


def test_wallet_that_changes_its_mind_counts_when_asked(chain, token, alice, bob):
    """A yes is not remembered, and what was done under a yes stays done, once."""
    wallet = chain.deploy("FickleWallet", sender=alice)
    token.send("transfer", wallet.address, SUPPLY, sender=alice)
    act = acts(wallet.address, bob)["transferWithAuthorization"]
    refused_wallet(token, wallet.address, b"", bob)
    wallet.send("setMind", True, sender=alice)
    assert attempt(token, act, "bytes", b"", bob).error is None
    reverts(attempt(token, act, "bytes", b"", bob), "LVOToken_AuthorizationUsed", wallet.address, NONCE)
    token.send("permit", *acts(wallet.address, bob)["permit"].call, b"", sender=bob)
    wallet.send("setMind", False, sender=alice)
    assert token.view("balanceOf", bob) == VALUE
    assert token.view("allowance", wallet.address, bob) == VALUE
    receipt = token.try_send("permit", *acts(wallet.address, bob)["permit"].call, b"", sender=bob)
    reverts(receipt, "ERC2612InvalidSigner", NOBODY, wallet.address)


def test_wallet_moves_and_delegates_by_itself(chain, token, wallet, alice, bob):
    """A wallet needs no signature for what it calls itself."""
    owner = chain.contracts[wallet]
    for call in (("transfer", bob, 1), ("delegate", bob)):
        data = token.artifact.functions[call[0], len(call) - 1].encode(call[1:])
        owner.send("execute", token.address, data, sender=alice)
    assert token.view("balanceOf", bob) == 1
    assert token.view("getVotes", bob) == SUPPLY - 1


# Replay and races


def test_second_use_is_refused(token, act, form, alice, bob):
    signature = sign_token(token, "alice", act.kind, **act.fields)
    assert attempt(token, act, form, signature, bob).error is None
    after = state(token, alice, bob)
    receipt = attempt(token, act, form, signature, bob)
    if act.function == "permit":
        # With the next nonce the digest is another, and another key seems to have signed it.
        fields = act.fields | {"nonce": 1}
        message = token_message("Permit", token.chain.chain_id, token.address, **fields)
        reverts(receipt, "ERC2612InvalidSigner", recover(message, signature), alice)
    elif act.function == "delegateBySig":
        reverts(receipt, "InvalidAccountNonce", alice, 1)
    else:
        reverts(receipt, "LVOToken_AuthorizationUsed", alice, NONCE)
    assert state(token, alice, bob) == after


def test_front_run_permit_leaves_the_allowance(chain, token, alice, bob, outsider):
    """A stranger sends the permit first; the contract that wanted it goes on with the allowance and is paid."""
    taker = chain.deploy("PermitTaker", sender=bob)
    terms = {"owner": alice, "spender": taker.address, "value": VALUE, "deadline": FOREVER}
    signature = sign_token(token, "alice", "Permit", nonce=0, **terms)
    token.send("permit", *terms.values(), signature, sender=outsider)
    receipt = token.try_send("permit", *terms.values(), signature, sender=bob)
    assert receipt.error is not None
    assert receipt.error.name == "ERC2612InvalidSigner"
    assert token.view("allowance", alice, taker.address) == VALUE
    taker.send("take", token.address, alice, VALUE, FOREVER, signature, sender=bob)
    assert token.view("balanceOf", taker.address) == VALUE
    assert token.view("allowance", alice, taker.address) == 0


def test_permit_and_delegation_race_for_a_nonce(token, form, alice, bob):
    """Both bear nonce 0: the first that arrives wins, the other is void."""
    permit, delegation = acts(alice, bob, form)["permit"], acts(alice, bob, form)["delegateBySig"]
    signed = {each.function: sign_token(token, "alice", each.kind, **each.fields) for each in (permit, delegation)}
    mark = token.chain.snapshot()
    assert attempt(token, permit, form, signed["permit"], bob).error is None
    reverts(attempt(token, delegation, form, signed["delegateBySig"], bob), "InvalidAccountNonce", alice, 1)
    assert token.view("delegates", alice) == NOBODY
    token.chain.rollback(mark)
    assert attempt(token, delegation, form, signed["delegateBySig"], bob).error is None
    receipt = attempt(token, permit, form, signed["permit"], bob)
    assert receipt.error is not None
    assert receipt.error.name == "ERC2612InvalidSigner"
    assert token.view("allowance", alice, bob) == 0


@pytest.mark.parametrize("function", ["permit", "delegateBySig"])
def test_cancelled_nonce_is_void(token, form, alice, bob, function):
    act = acts(alice, bob, form)[function]
    signature = sign_token(token, "alice", act.kind, **act.fields)
    token.send("cancelNonce", 0, sender=alice)
    receipt = attempt(token, act, form, signature, bob)
    assert receipt.error is not None
    assert receipt.error.name == ("ERC2612InvalidSigner" if function == "permit" else "InvalidAccountNonce")
    assert state(token, alice, bob) == (0, NOBODY, False, SUPPLY, 1)


def test_cancellation_that_comes_too_late_spares_the_next_permit(token, form, alice, bob, outsider):
    """A front-run permit makes the cancellation revert; the permit that alice signed after it stays good."""
    act = acts(alice, bob, form)["permit"]
    signature = sign_token(token, "alice", act.kind, **act.fields)
    following = Act("permit", "Permit", act.fields | {"nonce": 1, "value": VALUE + 1}, (alice, bob, VALUE + 1, FOREVER))
    next_signature = sign_token(token, "alice", following.kind, **following.fields)
    assert attempt(token, act, form, signature, outsider).error is None
    reverts(token.try_send("cancelNonce", 0, sender=alice), "InvalidAccountNonce", alice, 1)
    assert attempt(token, following, form, next_signature, bob).error is None
    assert token.view("allowance", alice, bob) == VALUE + 1


@pytest.mark.parametrize("function", ["transferWithAuthorization", "receiveWithAuthorization"])
def test_authorization_of_one_kind_is_none_of_the_other(chain, token, form, alice, bob, outsider, function):
    """Else a stranger could front-run a contract that is paid by `receiveWithAuthorization`."""
    here = acts(alice, bob, form)[function]
    kinds = {"TransferWithAuthorization", "ReceiveWithAuthorization"} - {here.kind}
    (other,) = kinds
    signature = sign_token(token, "alice", other, **here.fields)
    message = token_message(here.kind, chain.chain_id, token.address, **here.fields)
    refused(attempt(token, here, form, signature, bob), here, form, recover(message, signature), alice)
    assert token.view("balanceOf", bob) == 0
    assert token.view("balanceOf", outsider) == 0


def test_authorization_of_another_account_has_its_own_nonces(token, form, alice, bob):
    """Bob using up a nonce does not void alice's authorisation of the same nonce."""
    cancel = acts(bob, alice, form)["cancelAuthorization"]
    signature = sign_token(token, "bob", cancel.kind, **cancel.fields)
    assert attempt(token, cancel, form, signature, bob).error is None
    act = acts(alice, bob, form)["transferWithAuthorization"]
    signature = sign_token(token, "alice", act.kind, **act.fields)
    assert attempt(token, act, form, signature, bob).error is None
    assert token.view("balanceOf", bob) == VALUE


# One key behind several accounts (ERC-7739): what it signs for one of them is worthless for the others


@pytest.fixture
def wallets(chain, token, alice):
    """Two contract wallets of alice's key; each holds half of the supply."""
    made = [chain.deploy("OwnerWallet", alice, sender=alice).address for _ in range(2)]
    for wallet in made:
        token.send("transfer", wallet, SUPPLY // 2, sender=alice)
    return made


def test_own_delegation_does_not_delegate_for_a_wallet(token, wallets, alice, bob, outsider):
    """Alice delegates the few LVO of her key, not her vaults."""
    signature = sign_token(token, "alice", "Delegation", delegatee=bob, nonce=0, expiry=FOREVER)
    token.send("delegateBySig", bob, 0, FOREVER, *parts(signature), sender=bob)
    receipt = token.try_send("delegateBySig", wallets[0], bob, 0, FOREVER, signature, sender=outsider)
    assert receipt.error.name == "LVOToken_InvalidSigner"
    assert token.view("getVotes", bob) == 0


def test_delegation_for_one_wallet_does_not_delegate_for_another(token, wallets, bob, outsider):
    terms = {"account": wallets[0], "delegatee": bob, "nonce": 0, "expiry": FOREVER}
    signature = sign_token(token, "alice", "AccountDelegation", **terms)
    receipt = token.try_send("delegateBySig", wallets[1], bob, 0, FOREVER, signature, sender=outsider)
    assert receipt.error.name == "LVOToken_InvalidSigner"
    token.send("delegateBySig", *terms.values(), signature, sender=outsider)
    assert token.view("getVotes", bob) == SUPPLY // 2
