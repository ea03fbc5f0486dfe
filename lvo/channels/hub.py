"""A hub: takes tips from the one deposit of each viewer and passes them on to many creators, trusted by nobody.

A viewer asks a creator, through the hub, for *invoices*: locks whose secrets the creator alone knows, signed by the
creator for this viewer and this amount. The viewer's voucher to the hub and the hub's to the creator bear the same
lock. The creator, once its voucher is safe, shows the secret; it gets the creator the hub's money and the hub the
viewer's, and the viewer keeps it as a receipt.

What the hub has signed stands until its lock ends, also if the creator says that it does not want it: else a creator
could refuse, wait until the viewer's lock is forgotten, and then use it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from coincurve import PrivateKey, PublicKey

from lvo.channels.books import Standing
from lvo.channels.sides import Clock, Payee, Payer, Refused, Ticket, wall_clock
from lvo.channels.store import Change, Route, Store, drop_route, put_route
from lvo.channels.vouchers import Address, Domain, Signed, address_of
from lvo.merkle import keccak256

MARGIN = 1_800
"""Seconds between the end of the outgoing lock and the end of the incoming one: in them the hub must get the secret
that it learns from the chain into a transaction of its own."""


@dataclass(frozen=True)
class Invoice:
    """Locks that a creator made for a viewer: numbers ``first``, ``first + 1``, ..., each for ``amount`` wei."""

    creator: Address
    viewer: Address
    first: int
    amount: int
    locks: tuple[bytes, ...]
    signature: bytes = b""

    def digest(self, domain: Domain) -> bytes:
        """Return what the creator signs, 32 bytes."""
        text = f"{self.creator} {self.viewer} {self.first} {self.amount}"
        return keccak256(b"\x19LIVE VIDEO Invoice" + domain.separator + keccak256(text.encode() + b"".join(self.locks)))

    def ticket(self, place: int) -> Ticket:
        """Return the ticket of one of the locks."""
        return Ticket(self.viewer, self.first + place, self.amount)

    def is_signed(self, domain: Domain) -> bool:
        """Whether the creator signed it: then its secrets are receipts, and the hub can sell none of them twice."""
        try:
            key = PublicKey.from_signature_and_message(self.signature, self.digest(domain), hasher=None)
        except Exception:  # coincurve raises a bare Exception for a signature that no key made
            return False
        return address_of(key) == self.creator


def make_invoice(
    domain: Domain, seed: bytes, key: PrivateKey, viewer: Address, first: int, amount: int, count: int
) -> Invoice:
    """Make ``count`` locks for a viewer and sign them, as the creator whose key this is."""
    locks = tuple(keccak256(Ticket(viewer, first + place, amount).secret(seed)) for place in range(count))
    invoice = Invoice(address_of(key), viewer, first, amount, locks)
    signature = key.sign_recoverable(invoice.digest(domain), hasher=None)
    return Invoice(invoice.creator, viewer, first, amount, locks, signature)


class Hub:
    """Both sides in one store: a payee of viewers and a payer of creators.

    Parameters
    ----------
    me
        The hub's account: payee of the incoming channels, payer of the outgoing ones.
    key
        The signer of the outgoing channels.
    margin
        Seconds between the ends of the two locks of a tip.
    """

    def __init__(
        self,
        domain: Domain,
        store: Store,
        me: Address,
        key: PrivateKey,
        now: Clock = wall_clock,
        margin: int = MARGIN,
        reserve: int = 900,
    ) -> None:
        self.store = store
        self.now = now
        self.me = me
        self.margin = margin
        self.payee = Payee(domain, store, me, now, reserve=reserve)
        self.payer = Payer(domain, store, key, now)
        self.routes = store.routes()

    def watch(self, standing: Standing) -> list[Change]:
        """Take over what the chain says of a channel."""
        self.payer.standings[standing.channel.id] = standing
        return self.payee.watch(standing)

    def outgoing(self, creator: Address) -> Iterable[bytes]:
        """Return the channels to a creator that run."""
        time = self.now()
        return [
            identity
            for identity, standing in self.payer.standings.items()
            if standing.channel.payer == self.me and standing.channel.payee == creator
            if not standing.closed and time < standing.end
        ]

    def stage(self, signed: Signed, outgoing: bytes, ticket: str, item: bytes) -> tuple[Signed, Route, list[Change]]:
        """Accept a viewer's lock and promise the creator the same; committed together, before the creator sees it.

        Raises
        ------
        Refused
            If the incoming voucher is bad, the outgoing channel has too little left or is busy, or there is no room
            for the margin: ``outgoing expiry + margin <= incoming expiry <= min(now + notice, end)``.
        """
        voucher = signed.voucher
        time = self.now()
        if not voucher.locked:
            raise Refused("lock", "A tip through the hub needs a lock.")
        if voucher.lock in self.routes:
            raise Refused("lock", "This lock was passed on already.")
        standing = self.payer.standings.get(outgoing)
        if standing is None or standing.closed or standing.channel.signer != self.payer.signer:
            raise Refused("unknown", "The hub has no such channel to the creator.")
        latest = min(time + standing.channel.notice, standing.end)
        expiry = min(voucher.lock_expiry - self.margin, latest)
        if expiry <= time + self.payee.reserve:
            raise Refused("lock", f"The lock leaves no room for the hub's margin of {self.margin} seconds.")
        if self.payer.newest(outgoing).is_pending(time):
            raise Refused("busy", "Another tip to this creator is under way on this channel.")
        spent = self.payer.newest(outgoing).earned()
        if spent + voucher.locked > standing.deposit:
            raise Refused("overspent", "The hub's channel to the creator has too little left.")
        _, changes = self.payee.stage(signed)
        forwarded, more = self.payer.stage(outgoing, voucher.locked, item, voucher.lock, expiry)
        route = Route(voucher.lock, voucher.channel, outgoing, ticket, item)
        self.routes[route.lock] = route
        return forwarded, route, [*changes, *more, put_route(route)]

    def stage_secret(self, secret: bytes) -> list[Change]:
        """Take in a secret, from the creator or from the chain; from now on both vouchers are worth their locks."""
        route = self.routes.pop(keccak256(secret), None)
        if route is None:
            return []
        changes = [*self.payee.learn(route.incoming, secret), *self.payer.learn(route.outgoing, secret)]
        return [*changes, drop_route(route.lock)]

    def stage_lapsed(self) -> list[Change]:
        """Forget the locks whose time is over on both hops."""
        time = self.now()
        over = [lock for lock, route in self.routes.items() if not self.payee.newest(route.incoming).is_pending(time)]
        for lock in over:
            del self.routes[lock]
        return [drop_route(lock) for lock in over]
