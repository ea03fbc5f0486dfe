"""Typed data: what a key signs is recovered from its signature, and nothing else is."""

import pytest
from eth_utils import keccak
from hypothesis import strategies as st
from hypothesis.core import given  # Brownie puts its own in hypothesis.given, for tests of its chain

from lvo.typed_data import TOKEN_TYPES, recover, sign, signable, token_message
from tests.chain.interface import Actor
from tests.property.strategies import FEW

DRAWN = {
    "address": st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
    "uint256": st.one_of(st.sampled_from([0, 1, 2**256 - 1]), st.integers(0, 2**256 - 1)),
    "bytes32": st.binary(min_size=32, max_size=32),
}


@st.composite
def messages(draw):
    """A kind, a chain, a token and fields of the right types."""
    kind = draw(st.sampled_from(sorted(TOKEN_TYPES)))
    members = [member.split() for member in TOKEN_TYPES[kind].split(",")]
    values = {name: draw(DRAWN[each]) for each, name in members}
    return kind, draw(st.integers(1, 2**64)), draw(DRAWN["address"]), values


@FEW
@given(messages(), messages(), st.text(max_size=5))
def test_sign_and_recover_are_a_round_trip(drawn, other, name):
    message, different = (token_message(*each[:3], **each[3]) for each in (drawn, other))
    key = Actor(name).key
    signature = sign(message, key)
    assert len(signature) == 65
    assert signature[64] in (27, 28)
    assert recover(message, signature) == key.address.lower()
    if drawn != other:
        assert signable(message) != signable(different)
        assert recover(different, signature) != key.address.lower()


@FEW
@given(messages())
def test_encoding_is_that_of_eip_712(drawn):
    """Computed by hand: the struct and the domain are hashes over 32-byte words."""
    kind, chain_id, token, values = drawn
    message = signable(token_message(kind, chain_id, token, **values))

    def word(value):
        if isinstance(value, bytes):
            return value
        return (int(value, 16) if isinstance(value, str) else value).to_bytes(32, "big")

    domain_type = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    domain = [keccak(text=domain_type), keccak(text="LIVE VIDEO"), keccak(text="1"), word(chain_id), word(token)]
    assert message.header == keccak(b"".join(domain))
    body = [keccak(text=f"{kind}({TOKEN_TYPES[kind]})"), *map(word, values.values())]
    assert message.body == keccak(b"".join(body))


def test_token_message_refuses_unknown_kinds():
    with pytest.raises(ValueError, match="'Mint' is not one of Permit"):
        token_message("Mint", 1, "0x" + "11" * 20)


@pytest.mark.parametrize("fields", [{}, {"authorizer": "0x"}, {"authorizer": "0x", "nonce": b"", "more": 1}])
def test_token_message_refuses_other_fields(fields):
    with pytest.raises(ValueError, match="CancelAuthorization has the fields authorizer, nonce, not"):
        token_message("CancelAuthorization", 1, "0x" + "11" * 20, **fields)
