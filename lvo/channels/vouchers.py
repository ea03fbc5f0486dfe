"""Channels and vouchers as TipJar knows them: ids, digests, signing and recovering, fast.

Hashing is safe-pysha3's and curve arithmetic coincurve's, both C; what is signed is the EIP-712 type ``Voucher`` of
:data:`lvo.typed_data.TIPJAR_TYPES`, so any wallet can sign it too.
"""

from dataclasses import dataclass

from coincurve import PrivateKey, PublicKey

from lvo.merkle import keccak256

Address = str
"""An account: 0x and 40 lower-case hexadecimal digits."""
NOBODY: Address = "0x" + "00" * 20
"""Who signed what nobody signed."""
NO_HASH = bytes(32)
"""No memo, no lock."""
MOST = 2**96 - 1
"""The largest amount that fits a voucher, wei."""
_PARITY = 1 << 255
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def _address_word(address: Address) -> bytes:
    return bytes.fromhex(address[2:]).rjust(32, b"\0")


@dataclass(frozen=True)
class Channel:
    """What never changes about a channel; its hash is its id.

    Attributes
    ----------
    payer, payee, signer
        Who deposits, who is paid, whose key signs vouchers; lower-case addresses.
    notice
        How long vouchers still pay after the payer asked to close, seconds.
    expiry
        When the channel ends by itself, Unix seconds.
    """

    payer: Address
    payee: Address
    signer: Address
    notice: int
    expiry: int

    @property
    def id(self) -> bytes:
        """The id, 32 bytes."""
        words = [*map(_address_word, (self.payer, self.payee, self.signer)), _word(self.notice), _word(self.expiry)]
        return keccak256(b"".join(words))

    @property
    def row(self) -> tuple[Address, Address, Address, int, int]:
        """The struct as the contract takes it."""
        return self.payer, self.payee, self.signer, self.notice, self.expiry


@dataclass(frozen=True)
class Voucher:
    """What a channel's signer promises.

    Attributes
    ----------
    channel
        The channel's id.
    cumulative
        Everything so far that is due without condition, wei.
    memo_hash
        The hash of what it was paid for.
    lock
        The keccak-256 of a secret of 32 bytes.
    locked
        What is due on top to who shows the secret, wei; 0: there is no lock.
    lock_expiry
        The secret counts while ``now < lock_expiry``, Unix seconds.
    """

    channel: bytes
    cumulative: int
    memo_hash: bytes = NO_HASH
    lock: bytes = NO_HASH
    locked: int = 0
    lock_expiry: int = 0

    @property
    def row(self) -> tuple[int, bytes, bytes, int, int]:
        """The struct as the contract takes it."""
        return self.cumulative, self.memo_hash, self.lock, self.locked, self.lock_expiry

    @property
    def reach(self) -> int:
        """The most that it can ever pay, wei."""
        return self.cumulative + self.locked

    def promised(self, secret: bytes, time: int) -> int:
        """Return what it pays in all at a time and with a secret, wei."""
        opened = self.locked and time < self.lock_expiry and keccak256(secret) == self.lock
        return self.cumulative + (self.locked if opened else 0)


@dataclass(frozen=True)
class Signed:
    """A voucher with its signature in the 64-byte form of EIP-2098."""

    voucher: Voucher
    signature: bytes

    def settlement(self, channel: Channel, secret: bytes = NO_HASH) -> tuple[object, ...]:
        """Return the struct ``Settlement`` as the contract takes it."""
        return channel.row, self.voucher.row, secret, self.signature[:32], self.signature[32:]


class Domain:
    """The EIP-712 domain of one TipJar on one chain: a voucher counts there and nowhere else."""

    TYPE = keccak256(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    VOUCHER = keccak256(
        b"Voucher(bytes32 channel,uint256 cumulative,bytes32 memoHash,bytes32 lock,uint256 locked,uint256 lockExpiry)"
    )

    def __init__(self, chain_id: int, jar: Address) -> None:
        self.chain_id = chain_id
        self.jar = jar.lower()
        words = [self.TYPE, keccak256(b"LIVE VIDEO TipJar"), keccak256(b"1"), _word(chain_id), _address_word(self.jar)]
        self.separator = keccak256(b"".join(words))
        self._prefix = b"\x19\x01" + self.separator

    def digest(self, voucher: Voucher) -> bytes:
        """Return what is signed, 32 bytes."""
        return keccak256(
            self._prefix
            + keccak256(
                self.VOUCHER
                + voucher.channel
                + _word(voucher.cumulative)
                + voucher.memo_hash
                + voucher.lock
                + _word(voucher.locked)
                + _word(voucher.lock_expiry)
            )
        )

    def sign(self, voucher: Voucher, key: PrivateKey) -> Signed:
        """Sign a voucher."""
        raw = key.sign_recoverable(self.digest(voucher), hasher=None)
        return Signed(voucher, raw[:32] + _word(int.from_bytes(raw[32:64], "big") | (raw[64] * _PARITY)))

    def signer(self, signed: Signed) -> Address:
        """Return the lower-case address whose key signed; the zero address if none did, as the contract sees it."""
        signature = signed.signature
        if len(signature) != 64:
            return NOBODY
        tail = int.from_bytes(signature[32:], "big")
        parity, s = divmod(tail, _PARITY)
        if s > _HALF_ORDER:
            return NOBODY
        try:
            key = PublicKey.from_signature_and_message(
                signature[:32] + _word(s) + bytes((parity,)), self.digest(signed.voucher), hasher=None
            )
        except Exception:  # coincurve raises a bare Exception for a signature that no key made
            return NOBODY
        return address_of(key)


def address_of(key: PublicKey | PrivateKey) -> Address:
    """Return the lower-case address of a key."""
    public = key.public_key if isinstance(key, PrivateKey) else key
    return "0x" + keccak256(public.format(compressed=False)[1:])[12:].hex()


def chain_memo(previous: bytes, item: bytes) -> bytes:
    """Return the memo of a voucher that pays for ``item`` on top of all that ``previous`` stands for."""
    return keccak256(previous + keccak256(item))


__all__ = ["MOST", "NO_HASH", "Channel", "Domain", "Signed", "Voucher", "address_of", "chain_memo"]
