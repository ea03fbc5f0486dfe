"""What viewers and publishers sign, and its digest, computed fast enough for millions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_account.signers.local import LocalAccount

from lvo.merkle import keccak256
from lvo.typed_data import message, sign, signable

TYPES: dict[str, str] = {
    "AttentionReceipt": (
        "bytes32 campaign,address publisher,address viewer,uint24 epoch,uint64 units,bytes32 contextHash"
    ),
    "Countersignature": "bytes32 receipt",
    "SessionKey": "address account,address key,uint24 firstEpoch,uint24 lastEpoch",
}
"""What is signed in AdLedger's domain: a receipt by its viewer, its struct hash by its publisher, and a key that signs
for an account in a range of epochs."""
MOST_UNITS = (1 << 32) - 1
"""Units that one receipt can have; 30 days, the longest epoch, have 2,592,000 seconds."""
LAST_EPOCH = (1 << 24) - 1
"""The last epoch that AdLedger can number."""
CONTEXT = 32
"""Bytes of a context hash."""
SIGNATURE = 65
"""Bytes of a signature: r, s, v."""

_HALF_ORDER = (0x7FFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_5D576E73_57A4501D_DFE92F46_681B20A0).to_bytes(32, "big")
_PAD = bytes(12)


@dataclass(frozen=True)
class Receipt:
    """What a viewer attests: units of attention of a campaign with a publisher in an epoch, counted from its begin.

    Attributes
    ----------
    campaign
        Its id, 32 bytes.
    publisher, viewer
        Accounts, 20 bytes.
    epoch
        The ledger's number of the epoch.
    units
        All so far in this epoch: of several receipts the one with the most counts.
    context
        Hash of whatever the parties want to remember of the session, 32 bytes.
    """

    campaign: bytes
    publisher: bytes
    viewer: bytes
    epoch: int
    units: int
    context: bytes


@dataclass(frozen=True)
class Signed:
    """A receipt with both signatures, 65 bytes each: the viewer's over it, the publisher's over its struct hash."""

    receipt: Receipt
    signature: bytes
    countersignature: bytes


@dataclass(frozen=True)
class SessionKey:
    """A key that signs for an account, as viewer and as publisher, from one epoch to another, both included.

    Attributes
    ----------
    account, key
        Addresses, 20 bytes.
    signature
        The account's, 65 bytes.
    """

    account: bytes
    key: bytes
    first_epoch: int
    last_epoch: int
    signature: bytes


class Domain:
    """The EIP-712 domain of one AdLedger, and digests in it.

    The digests are those of :func:`lvo.typed_data.message`, computed without building its dictionaries.
    """

    def __init__(self, chain_id: int, ledger: str) -> None:
        """Take the chain and the ledger's address, 0x-hexadecimal."""
        self.chain_id = chain_id
        self.ledger = ledger
        kind = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        self._head = b"\x19\x01" + keccak256(
            keccak256(kind.encode())
            + keccak256(b"LIVE VIDEO AdLedger")
            + keccak256(b"1")
            + chain_id.to_bytes(32, "big")
            + _PAD
            + bytes.fromhex(ledger[2:])
        )
        self._kinds = {name: keccak256(f"{name}({fields})".encode()) for name, fields in TYPES.items()}

    def digests(self, receipt: Receipt) -> tuple[bytes, bytes]:
        """Return what the viewer and what the publisher signs, 32 bytes each."""
        struct = keccak256(
            b"".join(
                (
                    self._kinds["AttentionReceipt"],
                    receipt.campaign,
                    _PAD,
                    receipt.publisher,
                    _PAD,
                    receipt.viewer,
                    receipt.epoch.to_bytes(32, "big"),
                    receipt.units.to_bytes(32, "big"),
                    receipt.context,
                )
            )
        )
        return keccak256(self._head + struct), keccak256(
            self._head + keccak256(self._kinds["Countersignature"] + struct)
        )

    def key_digest(self, key: SessionKey) -> bytes:
        """Return what an account signs to register a session key, 32 bytes."""
        return keccak256(
            self._head
            + keccak256(
                b"".join(
                    (
                        self._kinds["SessionKey"],
                        _PAD,
                        key.account,
                        _PAD,
                        key.key,
                        key.first_epoch.to_bytes(32, "big"),
                        key.last_epoch.to_bytes(32, "big"),
                    )
                )
            )
        )


def recoverer() -> Callable[[bytes, bytes], bytes | None]:
    """Return a function that takes a digest and a signature and gives the signer's address, 20 bytes.

    None for what is no signature: not 65 bytes, v neither 27 nor 28, s in the upper half of its range (each signature
    has a twin there), or no point of the curve.

    Raises
    ------
    ImportError
        If coincurve is not installed.
    """
    from coincurve import PublicKey

    recover = PublicKey.from_signature_and_message

    def signer(digest: bytes, signature: bytes) -> bytes | None:
        if len(signature) != SIGNATURE or signature[64] not in (27, 28) or signature[32:64] > _HALF_ORDER:
            return None
        try:
            key = recover(signature[:64] + bytes((signature[64] - 27,)), digest, hasher=None)
        except Exception:  # coincurve raises a bare Exception for what cannot be recovered
            return None
        return keccak256(key.format(compressed=False)[1:])[12:]

    return signer


# --------------------------------------------------------------------------------------- for wallets, tests and samples


def _message(kind: str, domain: Domain, **fields: Any) -> dict[str, Any]:
    return message("LIVE VIDEO AdLedger", TYPES, kind, domain.chain_id, domain.ledger, fields)


def receipt_message(receipt: Receipt, domain: Domain) -> dict[str, Any]:
    """Return a receipt as the typed data that a viewer's wallet signs."""
    return _message(
        "AttentionReceipt",
        domain,
        campaign=receipt.campaign,
        publisher="0x" + receipt.publisher.hex(),
        viewer="0x" + receipt.viewer.hex(),
        epoch=receipt.epoch,
        units=receipt.units,
        contextHash=receipt.context,
    )


def countersignature_message(receipt: Receipt, domain: Domain) -> dict[str, Any]:
    """Return what a publisher's wallet signs of a receipt."""
    struct = signable(receipt_message(receipt, domain)).body
    return _message("Countersignature", domain, receipt=struct)


def key_message(key: SessionKey, domain: Domain) -> dict[str, Any]:
    """Return what an account's wallet signs to register a session key."""
    return _message(
        "SessionKey",
        domain,
        account="0x" + key.account.hex(),
        key="0x" + key.key.hex(),
        firstEpoch=key.first_epoch,
        lastEpoch=key.last_epoch,
    )


def sign_receipt(receipt: Receipt, domain: Domain, viewer: LocalAccount, publisher: LocalAccount) -> Signed:
    """Sign a receipt with the keys of both sides."""
    return Signed(
        receipt,
        sign(receipt_message(receipt, domain), viewer),
        sign(countersignature_message(receipt, domain), publisher),
    )


def register_key(account: LocalAccount, key: bytes, first_epoch: int, last_epoch: int, domain: Domain) -> SessionKey:
    """Let an account name a session key."""
    made = SessionKey(bytes.fromhex(account.address[2:]), key, first_epoch, last_epoch, b"")
    return SessionKey(made.account, key, first_epoch, last_epoch, sign(key_message(made, domain), account))
