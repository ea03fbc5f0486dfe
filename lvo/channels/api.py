"""The interface of the service, as an OpenAPI document."""

from typing import Any

_HASH = {"type": "string", "pattern": "^0x[0-9a-fA-F]{64}$"}
_ADDRESS = {"type": "string", "pattern": "^0x[0-9a-f]{40}$"}
_WEI = {"type": "string", "pattern": "^(0|[1-9][0-9]{0,28})$", "description": "wei, decimal, below 2^96"}
_SECONDS = {"type": "integer", "minimum": 0, "maximum": 2**40 - 1, "description": "Unix seconds"}

_VOUCHER: dict[str, Any] = {
    "channel": _HASH | {"description": "the channel's id"},
    "cumulative": _WEI,
    "memoHash": _HASH,
    "lock": _HASH,
    "locked": _WEI,
    "lockExpiry": _SECONDS,
    "signature": {"type": "string", "pattern": "^0x[0-9a-fA-F]{128}$", "description": "r, vs of EIP-2098"},
}
_TICKET = {"type": "string", "maxLength": 120, "description": "viewer-number-amount, as the invoice has it"}
_CHANNEL: dict[str, Any] = {
    "payer": _ADDRESS,
    "payee": _ADDRESS,
    "signer": _ADDRESS,
    "notice": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1, "description": "seconds"},
    "expiry": _SECONDS,
}


def _operation(summary: str, fields: dict[str, Any] | None = None, required: tuple[str, ...] = ()) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": {
            "200": {"description": "done, and on the disk"},
            "400": {"description": "malformed; {reason, words}"},
            "409": {"description": "refused; reason is one word, words say why"},
            "429": {"description": "too many requests from this address"},
            "503": {"description": "busy; try again"},
        },
    }
    if fields is not None:
        schema = {"type": "object", "properties": fields, "required": list(required)}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def openapi(role: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of a service of this role: payee, creator or hub."""
    paths: dict[str, Any] = {
        "/": {"get": _operation("This page.")},
        "/openapi.json": {"get": _operation("The same for programs.")},
        "/status": {"get": _operation("How it goes: channels, vouchers accepted, wei earned.")},
        "/due": {"get": _operation("What should be settled now, worth at least ?worth= wei; only to this machine.")},
        "/channels": {"post": _operation("Take up an open channel, or look at it again.", _CHANNEL, tuple(_CHANNEL))},
        "/vouchers": {
            "post": _operation(
                "Accept a voucher. The answer {accepted} tells the wei it adds; with a lock, {secret}.",
                _VOUCHER | {"ticket": _TICKET},
                ("channel", "cumulative", "signature"),
            )
        },
    }
    if role != "payee":
        fields = {
            "creator": _ADDRESS,
            "viewer": _ADDRESS,
            "first": _SECONDS | {"description": "the number of the first lock"},
            "amount": _WEI,
            "count": {"type": "integer", "minimum": 0, "maximum": 1_000},
        }
        paths["/invoices"] = {
            "post": _operation("Locks of a creator for a viewer, signed by the creator.", fields, tuple(fields))
        }
    if role == "hub":
        fields = _VOUCHER | {
            "creator": _ADDRESS,
            "ticket": _TICKET,
            "item": {"type": "string", "maxLength": 500, "description": "what the tip is for"},
        }
        paths["/tips"] = {
            "post": _operation(
                "Pass a tip on to a creator. The answer {secret} is the receipt.",
                fields,
                ("creator", "ticket", "channel", "cumulative", "lock", "locked", "lockExpiry", "signature"),
            )
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"LIVE VIDEO tips: a {role}",
            "version": "1",
            "description": "Vouchers over payment channels of TipJar.",
        },
        "paths": paths,
    }
