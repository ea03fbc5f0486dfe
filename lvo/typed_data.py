"""EIP-712 typed data that LIVE VIDEO's contracts understand, as the dictionaries that wallets sign."""

from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

_DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]

TOKEN_TYPES: dict[str, str] = {
    "Permit": "address owner,address spender,uint256 value,uint256 nonce,uint256 deadline",
    "Delegation": "address delegatee,uint256 nonce,uint256 expiry",
    "AccountDelegation": "address account,address delegatee,uint256 nonce,uint256 expiry",
    "TransferWithAuthorization": (
        "address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce"
    ),
    "ReceiveWithAuthorization": (
        "address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce"
    ),
    "CancelAuthorization": "address authorizer,bytes32 nonce",
}
"""What LVOToken takes signatures for (ERC-2612, ERC-3009, ERC-5805)."""


LEDGER_TYPES: dict[str, str] = {
    "ClaimTo": "address account,uint256 cumulative,address receiver,uint256 nonce,uint256 deadline",
    "Fund": "address funder,uint256 amount,bytes32 salt",
}
"""What RewardLedger takes signatures for; a Fund by the nonce of a token's ReceiveWithAuthorization."""


GOVERNOR_TYPES: dict[str, str] = {
    "Ballot": "uint256 proposalId,uint8 support,address voter,uint256 nonce",
    "ExtendedBallot": "uint256 proposalId,uint8 support,address voter,uint256 nonce,string reason,bytes params",
}
"""What LVOGovernor takes signatures for (OpenZeppelin's Governor)."""

TIPJAR_TYPES: dict[str, str] = {
    "Voucher": "bytes32 channel,uint256 cumulative,bytes32 memoHash,bytes32 lock,uint256 locked,uint256 lockExpiry",
}
"""What TipJar takes signatures for."""


ESCROW_TYPES: dict[str, str] = {
    "Order": (
        "address buyer,address merchant,address arbiter,address feeTo,"
        "uint256 price,uint256 merchantBond,uint256 disputeBond,uint256 feeBps,uint256 silentBuyerBps,"
        "uint256 fundBy,uint256 shipWindow,uint256 inspectWindow,uint256 rulingWindow,"
        "Item[] items,bytes32 termsHash,uint256 salt"
    ),
    "Item": "string sku,uint256 quantity,uint256 price",
    "Settlement": "bytes32 order,uint256 remaining,uint256 toBuyer,uint256 round,uint256 expiry",
    "Confirmation": "bytes32 order,uint256 remaining,uint256 amount,uint256 round,uint256 expiry",
    "Dispute": "bytes32 order,uint256 claim,bytes32 evidenceHash",
}
"""What RetailEscrow takes signatures for; a Dispute's hash is the nonce of the authorization that pays its bond."""
AD_TYPES: dict[str, str] = {
    "Campaign": (
        "address advertiser,address arbiter,uint96 budget,uint72 price,uint72 viewerPart,uint72 publisherPart,"
        "uint24 epochCap,uint24 start,uint24 end,uint8 lateEpochs,uint16 silentBps,uint64 viewerCap,uint40 openBy,"
        "bytes32 criteriaHash,bytes32 salt"
    ),
    "Acceptance": "bytes32 campaign,uint24 epoch,uint64 units,uint256 nonce",
    "Objection": "bytes32 campaign,uint24 epoch,uint64 units,uint64 conceded",
    "AttentionReceipt": (
        "bytes32 campaign,address publisher,address viewer,uint24 epoch,uint64 units,bytes32 contextHash"
    ),
}
"""What AdLedger takes signatures for; an AttentionReceipt is checked off chain only."""


REVIEW_TYPES: dict[str, str] = {
    "VoteSalt": "bytes32 submission,uint256 round,address reviewer,string use",
    "SealSalt": "bytes32 contentHash,address author,string use",
}
"""What reviewers and authors of ContentReview sign to make their salts from; no contract ever sees these signatures."""


def token_message(kind: str, chain_id: int, token: str, **fields: Any) -> dict[str, Any]:
    """Build the typed data of one of :data:`TOKEN_TYPES`; see :func:`message`."""
    return message("LIVE VIDEO", TOKEN_TYPES, kind, chain_id, token, fields)


def ledger_message(kind: str, chain_id: int, ledger: str, **fields: Any) -> dict[str, Any]:
    """Build the typed data of one of :data:`LEDGER_TYPES`; see :func:`message`."""
    return message("LIVE VIDEO RewardLedger", LEDGER_TYPES, kind, chain_id, ledger, fields)


def governor_message(kind: str, chain_id: int, governor: str, **fields: Any) -> dict[str, Any]:
    """Build the typed data of one of :data:`GOVERNOR_TYPES`; see :func:`message`."""
    return message("LIVE VIDEO Governor", GOVERNOR_TYPES, kind, chain_id, governor, fields)


def tipjar_message(kind: str, chain_id: int, jar: str, **fields: Any) -> dict[str, Any]:
    """Build the typed data of one of :data:`TIPJAR_TYPES`; see :func:`message`."""
    return message("LIVE VIDEO TipJar", TIPJAR_TYPES, kind, chain_id, jar, fields)


def escrow_message(kind: str, chain_id: int, escrow: str, **fields: Any) -> dict[str, Any]:
    """Build the typed data of one of :data:`ESCROW_TYPES`; see :func:`message`."""
    return message("LIVE VIDEO RetailEscrow", ESCROW_TYPES, kind, chain_id, escrow, fields)


def ad_message(kind: str, chain_id: int, ledger: str, **fields: Any) -> dict[str, Any]:
    """Build the typed data of one of :data:`AD_TYPES`; see :func:`message`."""
    return message("LIVE VIDEO AdLedger", AD_TYPES, kind, chain_id, ledger, fields)


def review_message(kind: str, chain_id: int, review: str, **fields: Any) -> dict[str, Any]:
    """Build the typed data of one of :data:`REVIEW_TYPES`; see :func:`message`."""
    return message("LIVE VIDEO ContentReview", REVIEW_TYPES, kind, chain_id, review, fields)


def message(
    name: str, types: dict[str, str], kind: str, chain_id: int, contract: str, fields: dict[str, Any]
) -> dict[str, Any]:
    """Build typed data for a contract of LIVE VIDEO.

    Parameters
    ----------
    name
        The name in the contract's EIP-712 domain; the version is 1.
    types, kind
        The types that the contract knows, and which one this is; a member may be a list of another of them.
    chain_id, contract
        The chain and the contract's address: a signature counts there only.
    fields
        The message, exactly the fields of the type; amounts in wei, times in Unix seconds.

    Returns
    -------
    dict
        The full EIP-712 message (types, domain, primary type, message), as ``eth_signTypedData_v4`` takes it.

    Raises
    ------
    ValueError
        If the kind is unknown or the fields are not those of the type.
    """
    if kind not in types:
        raise ValueError(f"{kind!r} is not one of {', '.join(types)}")
    members = _members(types[kind])
    names = [member["name"] for member in members]
    if sorted(fields) != sorted(names):
        raise ValueError(f"{kind} has the fields {', '.join(names)}, not {', '.join(fields)}")
    inner = {member["type"].removesuffix("[]") for member in members} & types.keys()
    return {
        "types": {"EIP712Domain": _DOMAIN, kind: members, **{name: _members(types[name]) for name in sorted(inner)}},
        "domain": {"name": name, "version": "1", "chainId": chain_id, "verifyingContract": contract},
        "primaryType": kind,
        "message": fields,
    }


def _members(text: str) -> list[dict[str, str]]:
    return [dict(zip(("type", "name"), member.split(), strict=True)) for member in text.split(",")]


def digest(message: dict[str, Any]) -> bytes:
    """Return the EIP-712 hash of typed data: the 32 bytes that are signed."""
    encoded = signable(message)
    return bytes(keccak(b"\x19" + encoded.version + encoded.header + encoded.body))


def signable(message: dict[str, Any]) -> SignableMessage:
    """Encode typed data for signing or recovering with eth-account."""
    return encode_typed_data(full_message=message)


def struct_hash(message: dict[str, Any]) -> bytes:
    """Hash the fields of typed data (EIP-712's hashStruct): the nonce of an authorization that pays for them."""
    return bytes(signable(message).body)


def sign(message: dict[str, Any], account: LocalAccount) -> bytes:
    """Sign typed data; returns the 65 bytes r, s, v."""
    return bytes(account.sign_message(signable(message)).signature)


def recover(message: dict[str, Any], signature: bytes) -> str:
    """Return the lower-case address whose key signed typed data."""
    return str(Account.recover_message(signable(message), signature=signature)).lower()
