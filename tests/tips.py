"""What tests of TipJar and of channels share."""

from coincurve import PrivateKey

from lvo.channels.vouchers import NO_HASH, Channel, Domain, Signed, Voucher
from lvo.merkle import keccak256
from tests.chain.interface import Contract, person

SECRET = b"\5" * 32
LOCK = keccak256(SECRET)
MEMO = b"\7" * 32
CONTENT = b"\3" * 32


def key_of(name: str) -> PrivateKey:
    """The key of an actor, for vouchers."""
    return PrivateKey(bytes(person(name).key.key))


def domain_of(jar: Contract) -> Domain:
    """What vouchers of a TipJar are bound to."""
    return Domain(jar.chain.chain_id, jar.address)


def promise(
    jar: Contract,
    channel: Channel,
    cumulative: int,
    *,
    locked: int = 0,
    lock_expiry: int = 0,
    lock: bytes = NO_HASH,
    signer: str = "session",
) -> Signed:
    """A voucher of a channel, signed by the actor ``signer``."""
    voucher = Voucher(channel.id, cumulative, MEMO, lock, locked, lock_expiry)
    return domain_of(jar).sign(voucher, key_of(signer))
