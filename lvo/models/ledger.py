"""The twin of ``contracts/settlement/RewardLedger.sol``.

Merkle proofs are not modelled: a call names the root that its proof leads to.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lvo.models.base import NOBODY, Address, Clock, Revert
from lvo.models.distribution import GenesisDistribution
from lvo.models.token import LVOToken
from lvo.units import DAY

LEAST_DELAY = 3_600
"""Seconds."""
MOST_DELAY = 30 * DAY
"""Seconds."""
SILENCE = 180 * DAY
"""Without a new root for so long, in seconds, what is promised to nobody goes to the fallback receiver."""
NO_ROOT = b"\0" * 32


@dataclass(frozen=True)
class Terms:
    """What a ledger is made with; ``delay`` in seconds. No source: the stream lives on deposits."""

    source: GenesisDistribution | None
    grant: int
    operator: Address
    guardian: Address
    governance: Address
    fallback_receiver: Address
    delay: int


@dataclass(frozen=True)
class Delegation:
    """A delegation that travels with a claim; ``signer`` is who signed it."""

    delegatee: Address
    nonce: int
    expiry: int
    signer: Address


@dataclass
class Proposal:
    """The newest root that was neither vetoed nor withdrawn."""

    root: bytes = NO_ROOT
    total: int = 0
    active_at: int = 0


class RewardLedger:
    """A stream of rewards that were computed off chain.

    Every public method takes ``sender``, the account that calls. Amounts are in wei, times in Unix seconds. A method
    raises :class:`~lvo.models.base.Revert` where the contract reverts, and then has changed nothing.
    """

    def __init__(self, clock: Clock, address: Address, lvo: LVOToken, terms: Terms) -> None:
        self.clock = clock
        self.address = address
        self.lvo = lvo
        self.terms = terms
        for account in (terms.operator, terms.guardian, terms.governance, terms.fallback_receiver):
            self._check_account(account)
        if not LEAST_DELAY <= terms.delay <= MOST_DELAY:
            raise Revert("RewardLedger_DelayOutOfBounds", terms.delay, LEAST_DELAY, MOST_DELAY)
        self.operator, self.guardian = terms.operator, terms.guardian
        self.active_at: dict[bytes, int] = {}
        self.paid: defaultdict[Address, int] = defaultdict(int)
        self.nonces: defaultdict[Address, int] = defaultdict(int)
        self.newest = Proposal()
        self.settled_total = 0
        self.settled_at = clock.time
        self.deposited = 0
        self.swept = 0

    # Funding

    def fund(self, amount: int, *, sender: Address) -> None:
        """Deposit ``amount`` of the sender, from its allowance."""
        with self._booking(sender, amount):
            self.lvo.transfer_from(sender, self.address, amount, sender=self.address)

    def fund_with_authorization(
        self,
        funder: Address,
        amount: int,
        action: bytes,
        valid_after: int,
        valid_before: int,
        *,
        signer: Address,
        sender: Address,
    ) -> None:
        """Deposit ``amount`` of the funder, who signed for ``action``, the hash of this deposit."""
        with self._booking(funder, amount):
            self.lvo.receive_with_authorization(
                funder, self.address, amount, valid_after, valid_before, action, signer=signer, sender=self.address
            )

    @contextmanager
    def _booking(self, funder: Address, amount: int) -> Iterator[None]:
        before = len(self.clock.events)
        self._emit("Funded", funder, amount)
        try:
            yield
        except Revert:
            del self.clock.events[before:]
            raise
        self.deposited += amount

    def replenish(self, *, sender: Address) -> None:
        """Take what has vested of the stream's pool."""
        if self.terms.source is None:
            raise Revert("RewardLedger_NoSource")
        self._emit("Replenished", self.terms.source.release(self.terms.grant, sender=self.address))

    # Roots

    def propose(self, root: bytes, total: int, data_hash: bytes, *, sender: Address) -> None:
        """Queue a root whose leaves sum to ``total``."""
        if sender != self.operator:
            raise Revert("RewardLedger_NotAllowed", sender, self.operator)
        newest = self.newest
        if self.clock.time < newest.active_at:
            raise Revert("RewardLedger_RootQueued", newest.root, newest.active_at)
        if root == NO_ROOT:
            raise Revert("RewardLedger_RootZero")
        if root in self.active_at:
            raise Revert("RewardLedger_RootKnown", root, self.active_at[root])
        last = self.total()
        if total < last:
            raise Revert("RewardLedger_TotalFalls", total, last)
        if total > self.funded():
            raise Revert("RewardLedger_TotalUnfunded", total, self.funded())
        if newest.root != NO_ROOT:
            self.settled_total, self.settled_at = newest.total, newest.active_at
        self.newest = Proposal(root, total, self.clock.time + self.terms.delay)
        self.active_at[root] = self.newest.active_at
        self._emit("RootProposed", root, total, data_hash, self.newest.active_at)

    def drop(self, *, sender: Address) -> None:
        """Veto or withdraw the queued root."""
        if sender not in (self.guardian, self.operator):
            raise Revert("RewardLedger_NotAllowed", sender, self.guardian)
        newest = self.newest
        if self.clock.time >= newest.active_at:
            raise Revert("RewardLedger_NothingQueued", newest.root, newest.active_at)
        del self.active_at[newest.root]
        self.newest = Proposal()
        self._emit("RootDropped", newest.root, sender)

    # Claims

    def claim(self, account: Address, cumulative: int, root: bytes, *, sender: Address) -> None:
        """Pay ``account`` what is due under ``root``."""
        due = self._due(account, cumulative, root)
        self.lvo.check_transfer(self.address, account, due)
        self.paid[account] = cumulative
        self._emit("Claimed", account, due)
        self.lvo.transfer(account, due, sender=self.address)

    def claim_to(
        self,
        account: Address,
        cumulative: int,
        root: bytes,
        receiver: Address,
        deadline: int,
        delegation: Delegation | None = None,
        *,
        signer: Address,
        sender: Address,
    ) -> None:
        """Pay what is due to ``account`` to a receiver it chose, by its signature or its own call."""
        if self.clock.time >= deadline:
            raise Revert("RewardLedger_ClaimExpired", account, self.clock.time, deadline)
        if account not in (sender, signer):
            raise Revert("RewardLedger_InvalidSigner", signer, account)
        self._check_account(receiver)
        due = self._due(account, cumulative, root)
        self.lvo.check_transfer(self.address, receiver, due)
        if delegation is not None and delegation.nonce < self.lvo.nonces[account]:
            delegation = None
        if delegation is not None:
            if self.clock.time > delegation.expiry:
                raise Revert("VotesExpiredSignature", delegation.expiry)
            if delegation.nonce != self.lvo.nonces[account]:
                raise Revert("InvalidAccountNonce", account, self.lvo.nonces[account])
            if delegation.signer != account:
                raise Revert("LVOToken_InvalidSigner", delegation.signer, account)
        self.paid[account] = cumulative
        self._emit("ClaimedTo", account, receiver, due)
        self.lvo.transfer(receiver, due, sender=self.address)
        if delegation is not None:
            self.lvo.delegate_by_sig_for(
                account,
                delegation.delegatee,
                delegation.nonce,
                delegation.expiry,
                signer=delegation.signer,
                sender=self.address,
            )

    def claim_many(self, entitlements: Sequence[tuple[Address, int]], root: bytes, *, sender: Address) -> None:
        """Pay many accounts under one root; whoever cannot be paid is left out."""
        if not entitlements:
            raise Revert("RewardLedger_BatchEmpty")
        self._check_active(root)
        payments: list[tuple[Address, int]] = []
        left = self.lvo.balances[self.address]
        for account, cumulative in entitlements:
            due = cumulative - self.paid[account]
            if due <= 0 or due > left or account in (NOBODY, self.lvo.address):
                self._emit("ClaimSkipped", account)
                continue
            left -= due
            self.paid[account] = cumulative
            payments.append((account, due))
        self._emit("ClaimedMany", len(payments))
        self.lvo.transfer_batch(payments, sender=self.address)

    def cancel_claims(self, *, sender: Address) -> None:
        """Make every claim void that the sender has signed so far."""
        self._emit("ClaimsCanceled", sender, self.nonces[sender])
        self.nonces[sender] += 1

    # Governance

    def set_operator(self, account: Address, *, sender: Address) -> None:
        """Name who proposes roots."""
        self._check_governance(sender)
        self._check_account(account)
        former, self.operator = self.operator, account
        self._emit("OperatorChanged", former, account)

    def set_guardian(self, account: Address, *, sender: Address) -> None:
        """Name who may veto queued roots."""
        self._check_governance(sender)
        self._check_account(account)
        former, self.guardian = self.guardian, account
        self._emit("GuardianChanged", former, account)

    def sweep(self, *, sender: Address) -> None:
        """Send what is promised to nobody to the fallback receiver."""
        last = self.settled_at if self.newest.root == NO_ROOT else self.newest.active_at
        if self.clock.time < last + SILENCE:
            raise Revert("RewardLedger_StreamAlive", self.clock.time, last + SILENCE)
        funded, total = self.funded(), self.total()
        amount = min(funded - total, self.lvo.balances[self.address])
        if amount == 0:
            raise Revert("RewardLedger_NothingLeft", funded, total)
        self.swept += amount
        self._emit("Swept", self.terms.fallback_receiver, amount)
        self.lvo.transfer(self.terms.fallback_receiver, amount, sender=self.address)

    # Views

    def funded(self) -> int:
        """Return what the stream has received in all, less what went to the fallback receiver, in wei."""
        source = self.terms.source
        return self.deposited + (source.grants[self.terms.grant].released if source else 0) - self.swept

    def total(self) -> int:
        """Return what all active roots promise together, in wei."""
        active = self.newest.root != NO_ROOT and self.clock.time >= self.newest.active_at
        return self.newest.total if active else self.settled_total

    # What the public methods share

    def _emit(self, name: str, *args: object) -> None:
        self.clock.emit(self.address, name, *args)

    def _due(self, account: Address, cumulative: int, root: bytes) -> int:
        self._check_active(root)
        paid = self.paid[account]
        if cumulative <= paid:
            raise Revert("RewardLedger_NothingDue", account, cumulative, paid)
        return cumulative - paid

    def _check_active(self, root: bytes) -> None:
        time = self.active_at.get(root, 0)
        if time == 0 or self.clock.time < time:
            raise Revert("RewardLedger_RootNotActive", root, time)

    def _check_governance(self, sender: Address) -> None:
        if sender != self.terms.governance:
            raise Revert("RewardLedger_NotAllowed", sender, self.terms.governance)

    def _check_account(self, account: Address) -> None:
        if account in (NOBODY, self.lvo.address, self.address):
            raise Revert("TokenIntake_InvalidReceiver", account)
