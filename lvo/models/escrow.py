"""The twin of ``contracts/retail/RetailEscrow.sol``."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum

from lvo.models.base import NOBODY, Address, Clock, Revert
from lvo.models.token import LVOToken
from lvo.retail.order import Order
from lvo.units import DAY

WHOLE = 10_000
"""Basis points."""
MOST_PRICE = 2**96 - 1
"""In wei."""
MOST_WINDOW = 400 * DAY
"""In seconds."""


class State(IntEnum):
    """Where an order stands."""

    NONE = 0
    FUNDED = 1
    SHIPPED = 2
    DISPUTED = 3
    CLOSED = 4


class Fault(IntEnum):
    """Who is to blame, as the arbiter sees it."""

    NONE = 0
    MERCHANT = 1
    BUYER = 2


class Outcome(IntEnum):
    """How an order was closed."""

    CONFIRMED = 0
    ACCEPTED = 1
    CANCELED = 2
    UNSHIPPED = 3
    REFUNDED = 4
    MERCHANT_CONCEDED = 5
    BUYER_CONCEDED = 6
    RULED = 7
    UNRULED = 8
    SETTLED = 9


@dataclass
class Position:
    """What is stored of an order: wei, Unix seconds, a counter."""

    remaining: int = 0
    deadline: int = 0
    round: int = 0
    state: State = State.NONE

    @property
    def live(self) -> bool:
        """Whether the order holds money."""
        return self.state not in (State.NONE, State.CLOSED)


@dataclass(frozen=True)
class Offer:
    """What signed offers have in common.

    Attributes
    ----------
    remaining, round
        What must be left of the order, in wei, and its round.
    amount
        To the buyer, of a settlement; to the merchant, of a confirmation; in wei.
    expiry
        Unix seconds.
    """

    remaining: int
    amount: int
    round: int
    expiry: int


@dataclass(frozen=True)
class Payment:
    """An ERC-3009 authorization: times in Unix seconds, and whose signature the token takes it for."""

    valid_after: int
    valid_before: int
    signer: Address


class RetailEscrow:
    """Escrow between a shopper and a merchant, under an agreement that both signed.

    Every public method takes ``sender``, the account that calls. Amounts are in wei, times in Unix seconds. A method
    raises :class:`~lvo.models.base.Revert` where the contract reverts, and then has changed nothing.

    Attributes
    ----------
    owners
        Of each contract wallet, whose key speaks for it.
    """

    def __init__(self, clock: Clock, address: Address, lvo: LVOToken, owners: Mapping[Address, Address] = {}) -> None:
        self.clock = clock
        self.address = address
        self.lvo = lvo
        self.owners = dict(owners)
        self.positions: dict[bytes, Position] = {}
        self.orders: dict[bytes, Order] = {}

    # Funding

    def fund(self, order: Order, buyer_signer: Address, merchant_signer: Address, *, sender: Address) -> None:
        """Fund an order from the allowances of both."""
        self._check_new(order)
        self._check_consent(order.buyer, buyer_signer, sender)
        self._check_consent(order.merchant, merchant_signer, sender)
        with self._whole():
            self._fund(order)
            self._pull(order.buyer, order.price)
            if order.merchant_bond:
                self._pull(order.merchant, order.merchant_bond)

    def fund_with_authorization(
        self, order: Order, payment: Payment, merchant_signer: Address, *, sender: Address
    ) -> None:
        """Fund an order; the price comes by the buyer's authorization, whose nonce is the order's id."""
        self._check_new(order)
        self._check_consent(order.merchant, merchant_signer, sender)
        with self._whole():
            self._fund(order)
            self._pull_authorized(order.buyer, order.price, order.id, payment)
            if order.merchant_bond:
                self._pull(order.merchant, order.merchant_bond)

    def cancel(self, order: Order, *, sender: Address) -> None:
        """Cancel an order that is not funded, or, as its merchant, not shipped."""
        position = self.position(order)
        if position.state == State.NONE:
            if sender != order.buyer:
                self._check_caller(sender, order.merchant)
            self.positions[order.id] = Position(state=State.CLOSED)
            self._emit("OrderCanceled", order.id, sender)
            return
        self._check_caller(sender, order.merchant)
        self._check_state(order, State.FUNDED)
        self._check_in_time(order, position.deadline)
        self._close(order, Outcome.CANCELED, position.remaining)

    # Shipping, receipt

    def ship(self, order: Order, tracking_hash: bytes, *, sender: Address) -> None:
        """Say that the goods are on their way."""
        self._check_caller(sender, order.merchant)
        position = self._open(order, State.FUNDED)
        position.state, position.deadline = State.SHIPPED, self.clock.time + order.inspect_window
        self._emit("OrderShipped", order.id, tracking_hash, position.deadline)

    def confirm(self, order: Order, *, sender: Address) -> None:
        """Confirm everything that remains."""
        self._check_caller(sender, order.buyer)
        self._open(order, State.SHIPPED)
        self._close(order, Outcome.CONFIRMED, 0)

    def confirm_part(self, order: Order, amount: int, *, sender: Address) -> None:
        """Confirm ``amount``."""
        self._check_caller(sender, order.buyer)
        self._open(order, State.SHIPPED)
        self._confirm_part(order, amount)

    def confirm_by_sig(self, order: Order, offer: Offer, signer: Address, *, sender: Address) -> None:
        """Confirm what the buyer signed."""
        self._open(order, State.SHIPPED)
        self._check_offer(order, offer)
        self._check_signature(order.buyer, signer)
        self._confirm_part(order, offer.amount)

    def confirm_many(self, orders: Sequence[Order], *, sender: Address) -> None:
        """Confirm many orders of the sender; what cannot be confirmed is left out."""
        if not orders:
            raise Revert("RetailEscrow_BatchEmpty")
        for order in orders:
            position = self.position(order)
            in_time = position.state == State.SHIPPED and self.clock.time < position.deadline
            if in_time and sender == order.buyer:
                self._close(order, Outcome.CONFIRMED, 0)
            else:
                self._emit("OrderSkipped", order.id)

    def refund(self, order: Order, amount: int, *, sender: Address) -> None:
        """Pay ``amount`` back to the buyer."""
        self._check_caller(sender, order.merchant)
        position = self.position(order)
        self._check_state(order, State.FUNDED, State.SHIPPED)
        self._check_in_time(order, position.deadline)
        self._check_amount(order, amount)
        if amount == position.remaining:
            self._close(order, Outcome.REFUNDED, amount)
            return
        position.remaining -= amount
        self._emit("PartRefunded", order.id, amount, position.remaining)
        self._pay(order, amount, 0, 0)

    # Dispute

    def dispute(self, order: Order, claim: int, evidence_hash: bytes, *, sender: Address) -> None:
        """Freeze ``claim`` and the dispute bond; pay the merchant the rest."""
        self._check_caller(sender, order.buyer)
        self._open(order, State.SHIPPED)
        with self._whole():
            rest = self._dispute(order, claim, evidence_hash)
            if order.dispute_bond:
                self._pull(order.buyer, order.dispute_bond)
            self._pay_merchant(order, rest)

    def dispute_with_authorization(
        self, order: Order, claim: int, evidence_hash: bytes, payment: Payment, nonce: bytes, *, sender: Address
    ) -> None:
        """Dispute for the buyer, whose authorization pays the bond; ``nonce`` is the hash of the dispute."""
        self._open(order, State.SHIPPED)
        with self._whole():
            rest = self._dispute(order, claim, evidence_hash)
            self._pull_authorized(order.buyer, order.dispute_bond, nonce, payment)
            self._pay_merchant(order, rest)

    def concede(self, order: Order, *, sender: Address) -> None:
        """Give in."""
        if sender != order.merchant:
            self._check_caller(sender, order.buyer)
        position = self._open(order, State.DISPUTED)
        self._check_in_time(order, self.ruling_from(order))
        if sender == order.merchant:
            self._close(order, Outcome.MERCHANT_CONCEDED, position.remaining)
        else:
            self._close(order, Outcome.BUYER_CONCEDED, 0)

    def rule(self, order: Order, buyer_award: int, fault: Fault, *, sender: Address) -> None:
        """Rule, as the arbiter."""
        self._check_caller(sender, order.arbiter)
        self._open(order, State.DISPUTED)
        if self.clock.time < self.ruling_from(order):
            raise Revert("RetailEscrow_TooEarly", order.id, self.clock.time, self.ruling_from(order))
        self._check_award(order, buyer_award)
        self._emit("OrderRuled", order.id, buyer_award, fault)
        self._close(order, Outcome.RULED, buyer_award, fault)

    def settle(
        self, order: Order, offer: Offer, buyer_signer: Address, merchant_signer: Address, *, sender: Address
    ) -> None:
        """Split what remains as both signed."""
        position = self._live(order)
        self._check_in_time(order, position.deadline)
        self._check_offer(order, offer)
        self._check_award(order, offer.amount)
        self._check_consent(order.buyer, buyer_signer, sender)
        self._check_consent(order.merchant, merchant_signer, sender)
        self._close(order, Outcome.SETTLED, offer.amount)

    def void_offers(self, order: Order, *, sender: Address) -> None:
        """Make void whatever was signed for this order so far."""
        if sender != order.buyer:
            self._check_caller(sender, order.merchant)
        position = self._live(order)
        position.round += 1
        self._emit("OffersVoided", order.id, sender, position.round)

    # Silence

    def timeout(self, order: Order, *, sender: Address) -> None:
        """Close an order whose deadline has come."""
        position = self._live(order)
        if self.clock.time < position.deadline:
            raise Revert("RetailEscrow_TooEarly", order.id, self.clock.time, position.deadline)
        self._timeout(order)

    def timeout_many(self, orders: Sequence[Order], *, sender: Address) -> None:
        """Close many; what cannot be closed is left out."""
        if not orders:
            raise Revert("RetailEscrow_BatchEmpty")
        for order in orders:
            position = self.position(order)
            if position.live and self.clock.time >= position.deadline:
                self._timeout(order)
            else:
                self._emit("OrderSkipped", order.id)

    # Views

    def position(self, order: Order) -> Position:
        """Return what is stored of an order."""
        return self.positions.get(order.id, Position())

    def ruling_from(self, order: Order) -> int:
        """Return when the arbiter's half of the window begins, Unix seconds."""
        return self.position(order).deadline - (order.ruling_window - order.ruling_window // 2)

    def liabilities(self) -> int:
        """Return what the escrow owes in all, in wei."""
        owed = 0
        for id_, position in self.positions.items():
            if position.live:
                order = self.orders[id_]
                owed += position.remaining + order.merchant_bond
                owed += order.dispute_bond if position.state == State.DISPUTED else 0
        return owed

    # Effects

    def _fund(self, order: Order) -> None:
        deadline = self.clock.time + order.ship_window
        self.positions[order.id] = Position(order.price, deadline, 0, State.FUNDED)
        self.orders[order.id] = order
        self._emit("OrderFunded", order.id, order.buyer, order.merchant, order.call, deadline)

    def _confirm_part(self, order: Order, amount: int) -> None:
        position = self.position(order)
        self._check_amount(order, amount)
        if amount == position.remaining:
            self._close(order, Outcome.CONFIRMED, 0)
            return
        position.remaining -= amount
        fee = self._fee(order, amount)
        self._emit("PartConfirmed", order.id, amount - fee, fee, position.remaining)
        self._pay_merchant(order, amount)

    def _dispute(self, order: Order, claim: int, evidence_hash: bytes) -> int:
        position = self.position(order)
        self._check_amount(order, claim)
        rest = position.remaining - claim
        fee, deadline = self._fee(order, rest), self.clock.time + order.ruling_window
        position.remaining, position.deadline, position.state = claim, deadline, State.DISPUTED
        self._emit("OrderDisputed", order.id, claim, evidence_hash, rest - fee, fee, deadline)
        return rest

    def _timeout(self, order: Order) -> None:
        position = self.position(order)
        if position.state == State.FUNDED:
            self._close(order, Outcome.UNSHIPPED, position.remaining, Fault.MERCHANT)
        elif position.state == State.SHIPPED:
            self._close(order, Outcome.ACCEPTED, 0)
        else:
            self._close(order, Outcome.UNRULED, position.remaining * order.silent_buyer_bps // WHOLE)

    def _close(self, order: Order, outcome: Outcome, to_buyer: int, fault: Fault = Fault.NONE) -> None:
        position = self.position(order)
        to_merchant = position.remaining - to_buyer
        dispute_bond = order.dispute_bond if position.state == State.DISPUTED else 0
        penalty = 0
        if fault == Fault.MERCHANT:
            penalty = min(order.merchant_bond, to_buyer)
        elif fault == Fault.BUYER:
            penalty = -min(dispute_bond, to_merchant)
        if penalty:
            self._emit("BondForfeited", order.id, fault, abs(penalty))
        fee = self._fee(order, to_merchant)
        self.positions[order.id] = Position(state=State.CLOSED)
        self._emit("OrderClosed", order.id, outcome, to_buyer, to_merchant - fee, fee)
        self._pay(order, to_buyer + dispute_bond + penalty, to_merchant - fee + order.merchant_bond - penalty, fee)

    def _pay(self, order: Order, to_buyer: int, to_merchant: int, fee: int) -> None:
        for account, amount in ((order.buyer, to_buyer), (order.merchant, to_merchant), (order.fee_to, fee)):
            if amount:
                self.lvo.transfer(account, amount, sender=self.address)

    def _pay_merchant(self, order: Order, amount: int) -> None:
        fee = self._fee(order, amount)
        self._pay(order, 0, amount - fee, fee)

    def _pull(self, account: Address, amount: int) -> None:
        self.lvo.transfer_from(account, self.address, amount, sender=self.address)

    def _pull_authorized(self, account: Address, amount: int, nonce: bytes, payment: Payment) -> None:
        self.lvo.receive_with_authorization(
            account,
            self.address,
            amount,
            payment.valid_after,
            payment.valid_before,
            nonce,
            signer=payment.signer,
            sender=self.address,
        )

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """All or nothing, as a transaction is: several accounts may be asked for money."""
        lvo, emitted = self.lvo, len(self.clock.events)
        kept = copy.deepcopy((self.positions, lvo.balances, lvo.allowances, lvo.used, lvo.history))
        try:
            yield
        except Revert:
            self.positions, lvo.balances, lvo.allowances, lvo.used, lvo.history = kept
            del self.clock.events[emitted:]
            raise

    # Checks

    def _emit(self, name: str, *args: object) -> None:
        self.clock.emit(self.address, name, *args)

    def _open(self, order: Order, state: State) -> Position:
        position = self.position(order)
        self._check_state(order, state)
        self._check_in_time(order, position.deadline)
        return position

    def _live(self, order: Order) -> Position:
        self._check_state(order, State.FUNDED, State.SHIPPED, State.DISPUTED)
        return self.position(order)

    def _check_new(self, order: Order) -> None:
        for account in (order.buyer, order.merchant, *((order.fee_to,) if order.fee_bps else ())):
            if account in (NOBODY, self.lvo.address, self.address):
                raise Revert("TokenIntake_InvalidReceiver", account)
        if order.buyer == order.merchant:
            raise Revert("RetailEscrow_PartiesEqual", order.buyer)
        if order.arbiter in (NOBODY, order.buyer, order.merchant, order.fee_to):
            raise Revert("RetailEscrow_ArbiterNotNeutral", order.arbiter)
        if not 0 < order.price <= MOST_PRICE:
            raise Revert("RetailEscrow_PriceOutOfBounds", order.price, MOST_PRICE)
        for bps in (order.fee_bps, order.silent_buyer_bps):
            if bps > WHOLE:
                raise Revert("RetailEscrow_BpsOutOfBounds", bps, WHOLE)
        for window in (order.ship_window, order.inspect_window, order.ruling_window):
            if not 0 < window <= MOST_WINDOW:
                raise Revert("RetailEscrow_WindowOutOfBounds", window, MOST_WINDOW)
        self._check_state(order, State.NONE)
        self._check_in_time(order, order.fund_by)

    def _check_state(self, order: Order, *states: State) -> None:
        state = self.position(order).state
        if state not in states:
            raise Revert("RetailEscrow_WrongState", order.id, state)

    def _check_in_time(self, order: Order, deadline: int) -> None:
        if self.clock.time >= deadline:
            raise Revert("RetailEscrow_TooLate", order.id, self.clock.time, deadline)

    def _check_caller(self, sender: Address, allowed: Address) -> None:
        if sender != allowed:
            raise Revert("RetailEscrow_NotAllowed", sender, allowed)

    def _check_signature(self, account: Address, signer: Address) -> None:
        if signer == NOBODY or signer not in (account, self.owners.get(account)):
            raise Revert("RetailEscrow_InvalidSigner", signer, account)

    def _check_consent(self, account: Address, signer: Address, sender: Address) -> None:
        if sender != account:
            self._check_signature(account, signer)

    def _check_offer(self, order: Order, offer: Offer) -> None:
        position = self.position(order)
        if offer.round != position.round:
            raise Revert("RetailEscrow_RoundDiffers", order.id, offer.round, position.round)
        if offer.remaining != position.remaining:
            raise Revert("RetailEscrow_RemainingDiffers", order.id, offer.remaining, position.remaining)
        self._check_in_time(order, offer.expiry)

    def _check_amount(self, order: Order, amount: int) -> None:
        most = self.position(order).remaining
        if not 0 < amount <= most:
            raise Revert("RetailEscrow_AmountOutOfBounds", order.id, amount, most)

    def _check_award(self, order: Order, award: int) -> None:
        most = self.position(order).remaining
        if award > most:
            raise Revert("RetailEscrow_AwardOutOfBounds", order.id, award, most)

    @staticmethod
    def _fee(order: Order, amount: int) -> int:
        return amount * order.fee_bps // WHOLE
