"""Batches for Safe's Transaction Builder: the file that its owners import to look at calls and sign them."""

import json
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak


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
