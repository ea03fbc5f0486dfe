"""Batches for Safe's Transaction Builder, and the hashes that its owners see when they sign them."""

import json
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from lvo import typed_data
from lvo.models.base import NOBODY

MULTI_SEND_CALL_ONLY = "0x9641d764fc13c8B624c04430C7356C1C7C8102e2"
"""Where MultiSendCallOnly of Safe 1.4.1 is on every chain that Safe supports; the builder joins calls through it."""
CALLS_PER_BATCH = 100
"""Calls of one file: the builder's service has refused 200."""
CALL, DELEGATE_CALL = 0, 1
"""``Enum.Operation`` of Safe."""
_SAFE_TX = (
    ("address", "to"),
    ("uint256", "value"),
    ("bytes", "data"),
    ("uint8", "operation"),
    ("uint256", "safeTxGas"),
    ("uint256", "baseGas"),
    ("uint256", "gasPrice"),
    ("address", "gasToken"),
    ("address", "refundReceiver"),
    ("uint256", "nonce"),
)


@dataclass(frozen=True)
class Call:
    """A call that an account is to make.

    Attributes
    ----------
    to
        The contract.
    value
        Wei of ether that go with it.
    data
        Selector and arguments, 0x and hexadecimal digits.
    """

    to: str
    value: int
    data: str


def builder_file(chain_id: int, safe: str, calls: list[Call], name: str, created_at: int = 0) -> dict[str, Any]:
    """Write calls as the Transaction Builder imports them, with the checksum by which it notices a changed file.

    Parameters
    ----------
    safe
        The Safe that is to make the calls.
    name
        What its owners see.
    created_at
        Unix milliseconds; 0 makes the same file of the same calls.
    """
    document: dict[str, Any] = {
        "version": "1.0",
        "chainId": str(chain_id),
        "createdAt": created_at,
        "meta": {
            "name": name,
            "description": "",
            "txBuilderVersion": "1.17.1",
            "createdFromSafeAddress": safe,
            "createdFromOwnerAddress": "",
        },
        "transactions": [
            {
                "to": call.to,
                "value": str(call.value),
                "data": call.data,
                "contractMethod": None,
                "contractInputsValues": None,
            }
            for call in calls
        ],
    }
    document["meta"]["checksum"] = checksum(document)
    return document


def checksum(document: dict[str, Any]) -> str:
    """Return what the Transaction Builder expects as ``meta.checksum`` of a batch; the batch's name does not count."""
    meta = {key: value for key, value in document["meta"].items() if key != "checksum"} | {"name": None}
    return "0x" + keccak(text=_serialize(document | {"meta": meta})).hex()


def _serialize(value: Any) -> str:
    """Write JSON as the builder hashes it: the sorted keys of an object, then its values, each with a comma."""
    if isinstance(value, list):
        return "[" + ",".join(map(_serialize, value)) + "]"
    if isinstance(value, dict):
        keys = sorted(value)
        return "{" + _text(keys) + "".join(_serialize(value[key]) + "," for key in keys) + "}"
    return _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Transaction:
    """What a Safe does at one nonce, as its owners sign it; they refund nobody and set no limit of gas."""

    to: str
    value: int
    data: bytes
    operation: int
    nonce: int


@dataclass(frozen=True)
class Hashes:
    """What wallets show of a Safe's transaction: a Ledger the first two, Safe's own page the last."""

    domain: str
    message: str
    safe_tx: str


def transaction(calls: list[Call], nonce: int, multi_send: str = MULTI_SEND_CALL_ONLY) -> Transaction:
    """Join calls into one transaction of a Safe, as the Transaction Builder does: one call is made directly.

    Parameters
    ----------
    nonce
        Of the Safe: it must be the one at which the batch is queued, or the hashes are others.
    """
    if len(calls) == 1:
        return Transaction(calls[0].to, calls[0].value, _bytes(calls[0].data), CALL, nonce)
    packed = b"".join(_pack(call) for call in calls)
    return Transaction(multi_send, 0, keccak(text="multiSend(bytes)")[:4] + encode(["bytes"], [packed]), 1, nonce)


def _pack(call: Call) -> bytes:
    data = _bytes(call.data)
    return bytes([CALL]) + _bytes(call.to) + call.value.to_bytes(32, "big") + len(data).to_bytes(32, "big") + data


def _bytes(digits: str) -> bytes:
    return bytes.fromhex(digits.removeprefix("0x"))


def message(chain_id: int, safe: str, what: Transaction) -> dict[str, Any]:
    """Build the typed data (EIP-712) that an owner signs, as Safe 1.3.0 and later hash it."""
    return {
        "types": {
            "EIP712Domain": [
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "SafeTx": [{"name": name, "type": kind} for kind, name in _SAFE_TX],
        },
        "primaryType": "SafeTx",
        "domain": {"chainId": chain_id, "verifyingContract": safe},
        "message": {
            "to": what.to,
            "value": what.value,
            "data": what.data,
            "operation": what.operation,
            "safeTxGas": 0,
            "baseGas": 0,
            "gasPrice": 0,
            "gasToken": NOBODY,
            "refundReceiver": NOBODY,
            "nonce": what.nonce,
        },
    }


def hashes(chain_id: int, safe: str, what: Transaction) -> Hashes:
    """Compute the hashes of a transaction of a Safe."""
    signable = typed_data.signable(message(chain_id, safe, what))
    whole = keccak(b"\x19" + signable.version + signable.header + signable.body)
    return Hashes(*("0x" + each.hex() for each in (signable.header, signable.body, whole)))
