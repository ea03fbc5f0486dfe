"""Small words that tests use."""

from typing import Any

from lvo.models.base import Address
from lvo.typed_data import sign, token_message
from tests.chain.artifacts import Error
from tests.chain.interface import Contract, Receipt, person

FOREVER = 2**256 - 1
"""A deadline that never passes, seconds; also an allowance that never shrinks, wei."""


def reverts(receipt: Receipt, name: str, *facts: Any) -> None:
    """Assert that a transaction reverted with exactly this error and these facts."""
    assert receipt.error == Error(name, facts)


def sign_token(token: Contract, signer: str, kind: str, **fields: Any) -> bytes:
    """Let the actor ``signer`` sign typed data for a token; 65 bytes r, s, v."""
    message = token_message(kind, token.chain.chain_id, token.address, **fields)
    return sign(message, person(signer).key)


def parts(signature: bytes) -> tuple[int, bytes, bytes]:
    """Take a 65-byte signature apart: v, r, s."""
    return signature[64], signature[:32], signature[32:64]


def event_args(receipt: Receipt, name: str, source: Address | None = None) -> list[tuple[Any, ...]]:
    """The arguments of all events of a name, in order."""
    return [event.args for event in receipt.events if event.name == name and source in (None, event.source)]
