"""The twin of ``contracts/token/LVOToken.sol``."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

from lvo.models.base import NOBODY, Address, Clock, Revert
from lvo.units import SUPPLY

UNLIMITED = 2**256 - 1
"""An allowance that never shrinks, in wei."""


class LVOToken:
    """The LIVE VIDEO token: ERC-20 with permits, authorised transfers and votes.

    Every public method takes ``sender``, the account that calls. Amounts are in wei, times in Unix seconds. A method
    raises :class:`~lvo.models.base.Revert` where the contract reverts, and then has changed nothing.

    Attributes
    ----------
    address
        The token's own address, which it refuses as a receiver.
    balances, allowances, delegatee, nonces, used
        What the contract stores, as plain dictionaries.
    history
        For each delegate the pairs (second, votes from then on), oldest first, one for a second.
    """

    def __init__(self, clock: Clock, address: Address, holder: Address) -> None:
        self.clock = clock
        self.address = address
        self.balances: defaultdict[Address, int] = defaultdict(int)
        self.allowances: defaultdict[tuple[Address, Address], int] = defaultdict(int)
        self.delegatee: defaultdict[Address, Address] = defaultdict(lambda: NOBODY)
        self.nonces: defaultdict[Address, int] = defaultdict(int)
        self.used: set[tuple[Address, bytes]] = set()
        self.history: defaultdict[Address, list[tuple[int, int]]] = defaultdict(list)
        self._check_receiver(holder)
        self.balances[holder] = SUPPLY
        self._emit("Transfer", NOBODY, holder, SUPPLY)

    # ERC-20

    def approve(self, spender: Address, value: int, *, sender: Address) -> None:
        """Let ``spender`` take up to ``value`` from the sender."""
        self._approve(sender, spender, value)

    def transfer(self, to: Address, value: int, *, sender: Address) -> None:
        """Send ``value`` of the sender to ``to``."""
        self._transfer(sender, to, value)

    def transfer_from(self, origin: Address, to: Address, value: int, *, sender: Address) -> None:
        """Send ``value`` of ``origin`` to ``to`` out of the sender's allowance."""
        allowed = self.allowances[origin, sender]
        if allowed != UNLIMITED:
            if allowed < value:
                raise Revert("ERC20InsufficientAllowance", sender, allowed, value)
            if origin == NOBODY:
                raise Revert("ERC20InvalidApprover", NOBODY)
        self._transfer(origin, to, value)
        if allowed != UNLIMITED:
            self.allowances[origin, sender] = allowed - value

    def transfer_batch(self, payments: Iterable[tuple[Address, int]], *, sender: Address) -> None:
        """Pay all rows ``(to, amount)`` from the sender, or none."""
        rows = list(payments)
        total = sum(amount for _, amount in rows)
        if total > self.balances[sender]:
            raise Revert("ERC20InsufficientBalance", sender, self.balances[sender], total)
        for to, _ in rows:
            self._check_receiver(to)
        self.balances[sender] -= total
        self._move_votes(self.delegatee[sender], NOBODY, total)
        for to, amount in rows:
            self.balances[to] += amount
            self._emit("Transfer", sender, to, amount)
            self._move_votes(NOBODY, self.delegatee[to], amount)

    # ERC-2612

    def permit(
        self, owner: Address, spender: Address, value: int, deadline: int, *, signer: Address, sender: Address
    ) -> None:
        """Approve for ``owner``, with a signature of ``signer`` over the next nonce of ``owner``."""
        if self.clock.time > deadline:
            raise Revert("ERC2612ExpiredSignature", deadline)
        if NOBODY in (signer, owner) or signer != owner:
            raise Revert("ERC2612InvalidSigner", signer, owner)
        self._approve(owner, spender, value)
        self.nonces[owner] += 1

    def cancel_nonce(self, nonce: int, *, sender: Address) -> None:
        """Use up the sender's ``nonce``, which must be its next."""
        self._use_nonce(sender, nonce)
        self._emit("NonceCanceled", sender, nonce)

    # ERC-3009

    def transfer_with_authorization(
        self,
        origin: Address,
        to: Address,
        value: int,
        valid_after: int,
        valid_before: int,
        nonce: bytes,
        *,
        signer: Address,
        sender: Address,
    ) -> None:
        """Send ``value`` of ``origin`` to ``to`` with its signature, once."""
        if self.clock.time <= valid_after:
            raise Revert("LVOToken_AuthorizationNotYetValid", nonce, self.clock.time, valid_after)
        if self.clock.time >= valid_before:
            raise Revert("LVOToken_AuthorizationExpired", nonce, self.clock.time, valid_before)
        self._check_authorization(origin, nonce, signer)
        before = len(self.clock.events)
        self._emit("AuthorizationUsed", origin, nonce)
        try:
            self._transfer(origin, to, value)
        except Revert:
            del self.clock.events[before:]
            raise
        self.used.add((origin, nonce))

    def receive_with_authorization(
        self,
        origin: Address,
        to: Address,
        value: int,
        valid_after: int,
        valid_before: int,
        nonce: bytes,
        *,
        signer: Address,
        sender: Address,
    ) -> None:
        """As :meth:`transfer_with_authorization`, sent by the receiver itself."""
        if sender != to:
            raise Revert("LVOToken_CallerNotReceiver", nonce, sender, to)
        self.transfer_with_authorization(
            origin, to, value, valid_after, valid_before, nonce, signer=signer, sender=sender
        )

    def cancel_authorization(self, authorizer: Address, nonce: bytes, *, signer: Address, sender: Address) -> None:
        """Make an authorisation void with its authorizer's signature."""
        self._check_authorization(authorizer, nonce, signer)
        self.used.add((authorizer, nonce))
        self._emit("AuthorizationCanceled", authorizer, nonce)

    # ERC-5805

    def delegate(self, delegatee: Address, *, sender: Address) -> None:
        """Let ``delegatee`` vote with the sender's balance."""
        self._delegate(sender, delegatee)

    def delegate_by_sig(self, delegatee: Address, nonce: int, expiry: int, *, signer: Address, sender: Address) -> None:
        """Delegate for whoever signed."""
        if self.clock.time > expiry:
            raise Revert("VotesExpiredSignature", expiry)
        if signer == NOBODY:
            raise Revert("LVOToken_InvalidSigner", NOBODY, NOBODY)
        self._use_nonce(signer, nonce)
        self._delegate(signer, delegatee)

    def delegate_by_sig_for(
        self, account: Address, delegatee: Address, nonce: int, expiry: int, *, signer: Address, sender: Address
    ) -> None:
        """Delegate for ``account``, which must be who signed."""
        if self.clock.time > expiry:
            raise Revert("VotesExpiredSignature", expiry)
        if nonce != self.nonces[account]:
            raise Revert("InvalidAccountNonce", account, self.nonces[account])
        if NOBODY in (signer, account) or signer != account:
            raise Revert("LVOToken_InvalidSigner", signer, account)
        self.nonces[account] += 1
        self._delegate(account, delegatee)

    def votes(self, account: Address) -> int:
        """Return the votes of ``account`` now, in wei."""
        return self.history[account][-1][1] if self.history[account] else 0

    def past_votes(self, account: Address, timepoint: int) -> int:
        """Return the votes of ``account`` at the end of the second ``timepoint``, in wei."""
        if timepoint >= self.clock.time:
            raise Revert("ERC5805FutureLookup", timepoint, self.clock.time)
        checkpoints = self.history[account]
        index = bisect_right(checkpoints, timepoint, key=lambda checkpoint: checkpoint[0])
        return checkpoints[index - 1][1] if index else 0

    # What the public methods share

    def _emit(self, name: str, *args: object) -> None:
        self.clock.emit(self.address, name, *args)

    def _check_receiver(self, to: Address) -> None:
        if to in (NOBODY, self.address):
            raise Revert("ERC20InvalidReceiver", to)

    def _use_nonce(self, account: Address, nonce: int) -> None:
        if nonce != self.nonces[account]:
            raise Revert("InvalidAccountNonce", account, self.nonces[account])
        self.nonces[account] += 1

    def _check_authorization(self, authorizer: Address, nonce: bytes, signer: Address) -> None:
        if (authorizer, nonce) in self.used:
            raise Revert("LVOToken_AuthorizationUsed", authorizer, nonce)
        if NOBODY in (signer, authorizer) or signer != authorizer:
            raise Revert("LVOToken_InvalidSigner", signer, authorizer)

    def _approve(self, owner: Address, spender: Address, value: int) -> None:
        if spender == NOBODY:
            raise Revert("ERC20InvalidSpender", spender)
        self.allowances[owner, spender] = value
        self._emit("Approval", owner, spender, value)

    def check_transfer(self, origin: Address, to: Address, value: int) -> None:
        """Raise as a transfer would, and move nothing."""
        self._check_receiver(to)
        if value > self.balances[origin]:
            raise Revert("ERC20InsufficientBalance", origin, self.balances[origin], value)

    def _transfer(self, origin: Address, to: Address, value: int) -> None:
        self.check_transfer(origin, to, value)
        self.balances[origin] -= value
        self.balances[to] += value
        self._emit("Transfer", origin, to, value)
        self._move_votes(self.delegatee[origin], self.delegatee[to], value)

    def _delegate(self, account: Address, delegatee: Address) -> None:
        former, self.delegatee[account] = self.delegatee[account], delegatee
        self._emit("DelegateChanged", account, former, delegatee)
        self._move_votes(former, delegatee, self.balances[account])

    def _move_votes(self, origin: Address, to: Address, amount: int) -> None:
        if origin == to or amount == 0:
            return
        for delegate, change in ((origin, -amount), (to, amount)):
            if delegate == NOBODY:
                continue
            before = self.votes(delegate)
            checkpoints = self.history[delegate]
            if checkpoints and checkpoints[-1][0] == self.clock.time:
                checkpoints.pop()
            checkpoints.append((self.clock.time, before + change))
            self._emit("DelegateVotesChanged", delegate, before, before + change)
