"""Says in sentences why a node or a contract refused a transaction, and what to do about it."""

import functools
from collections.abc import Iterator
from typing import Any

import brownie
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple
from eth_utils.crypto import keccak

REMEDIES = {
    "ERC20InsufficientAllowance": "let the owner of the LVO approve more, or permit it",
    "ERC20InsufficientBalance": "let the sender receive that much LVO first",
    "GenesisDistribution_NotBeneficiary": "run verify: it shows who holds the grant now",
    "GenesisDistribution_PoolExceeded": "run verify: it shows what the pool still has",
    "GenesisDistribution_SaltUsed": "this batch was granted before: run the same command again, which leaves it out",
    "RetailEscrow_InvalidSigner": "let that account read the order and sign it again",
    "RetailEscrow_NotAllowed": "only the account named there may do this: sign with its key",
    "RetailEscrow_RemainingDiffers": "something was paid since it was signed: offer it again",
    "RetailEscrow_RoundDiffers": "the offer was taken back: ask for a new one",
    "RetailEscrow_TooEarly": "wait until then",
    "RetailEscrow_TooLate": "its time is over: status says what happens now",
    "RetailEscrow_WrongState": "run status: it shows where the order stands",
    "RewardLedger_TotalUnfunded": "fund the ledger, or replenish it from its pool",
}
"""What to do about errors of contracts, by name, where the error's own words leave that open."""

_TEXT = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")


def why(answer: Any) -> str:
    """Explain the error of a node's answer: the contract's own error if there is one, and a remedy if one is known.

    Parameters
    ----------
    answer
        ``error`` of a JSON-RPC answer.
    """
    data = next(_payloads(answer), b"")
    if data:
        return explain(data)
    message = answer.get("message", answer) if isinstance(answer, dict) else answer
    return " ".join(str(message).split())


def error_name(answer: Any) -> str:
    """Return the name of the custom error in a node's answer; empty if there is none."""
    data = next(_payloads(answer), b"")
    known = _errors().get(data[:4])
    return known[0]["name"] if known else ""


def explain(data: bytes) -> str:
    """Explain what a call returned when it reverted."""
    selector, rest = data[:4], data[4:]
    try:
        if selector == _TEXT:
            return str(decode(["string"], rest)[0])
        if selector == _PANIC:
            return f"panic 0x{decode(['uint256'], rest)[0]:02x}"
        if known := _errors().get(selector):
            abi, notice = known
            values = decode([collapse_if_tuple(field) for field in abi["inputs"]], rest)
            facts = ", ".join(
                f"{field['name']} {_shown(value)}" for field, value in zip(abi["inputs"], values, strict=True)
            )
            words = f"{abi['name']}({facts})" + (f", {notice[0].lower()}{notice[1:].rstrip('.')}" if notice else "")
            remedy = REMEDIES.get(abi["name"])
            return f"{words}: {remedy}" if remedy else words
    except DecodingError:
        pass
    return f"0x{data.hex()}, which no contract of this project says"


def _payloads(value: Any) -> Iterator[bytes]:
    """Find what a revert returned: nodes put it at the top, below `data`, or below the transaction's hash."""
    if isinstance(value, str):
        digits = value.removeprefix("Reverted ").removeprefix("0x")
        if len(digits) >= 8 and len(digits) % 64 == 8 and value != digits:
            try:
                yield bytes.fromhex(digits)
            except ValueError:
                return
    elif isinstance(value, dict):
        for key in ("data", "result", "return"):
            if key in value:
                yield from _payloads(value[key])
        for key, inner in value.items():
            if isinstance(inner, dict) and key not in ("data", "result", "return"):
                yield from _payloads(inner)


@functools.cache
def _errors() -> dict[bytes, tuple[dict[str, Any], str]]:
    """Return every error of every contract: its ABI and what its interface says about it."""
    found: dict[bytes, tuple[dict[str, Any], str]] = {}
    for project in brownie.project.get_loaded_projects():
        for container in project:
            notices = container._build.get("natspec", {}).get("errors", {})
            for abi in container.abi:
                if abi.get("type") != "error":
                    continue
                signature = f"{abi['name']}({','.join(collapse_if_tuple(field) for field in abi['inputs'])})"
                said = notices.get(signature) or [{}]
                selector = keccak(text=signature)[:4]
                if selector not in found or said[0].get("notice"):
                    found[selector] = (abi, said[0].get("notice", ""))
    return found


def _shown(value: Any) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else f"{value}"
