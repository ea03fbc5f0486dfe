"""LVOToken beside OpenZeppelin's ERC20 + Permit + Votes: the same sequence of calls on both, compared after each."""

from typing import Any

from lvo.models import NOBODY
from tests.chain.interface import Contract, Receipt
from tests.stateful.token_machine import PEOPLE, Signed, TokenMachine

PLAIN = ("transfer", "approve", "transferFrom", "delegate", "cancelNonce", "permit", "delegateBySig")
"""Calls that the reference has too. A batch is made there one by one, an authorised transfer by its owner."""


class DifferentialTokenMachine(TokenMachine):
    """Whatever LVOToken does, the reference does; where LVOToken does more, the reference is led to the same state."""

    def build(self) -> None:
        super().build()
        holder = self.names["alice"]
        self.reference: Contract = self.chain.deploy("ReferenceToken", holder, sender=holder)
        self.reference_since = self.chain.time
        # The one wanted difference is that LVOToken cannot be sent to itself: nobody tries here.
        self.names["token"] = self.chain.actor("frank")

    def call(
        self, function: str, *args: Any, sender: str, wait: int, twin: Any, signed: Signed | None = None
    ) -> Receipt:
        receipt = super().call(function, *args, sender=sender, wait=wait, twin=twin, signed=signed)
        own = receipt.error is not None and receipt.error.name.startswith("LVOToken_")
        if function in PLAIN and not own:
            self._mirror(receipt, function, args, sender, signed)
        elif function == "transferBatch" and not receipt.error:
            for to, amount in args[0]:
                self.reference.send("transfer", to, amount, sender=sender, at=receipt.time)
        elif function.endswith("WithAuthorization") and not receipt.error:
            origin, to, value, *_ = args
            self.reference.send("transfer", to, value, sender=origin, at=receipt.time)
        return receipt

    def _mirror(self, receipt: Receipt, function: str, args: Any, sender: str, signed: Signed | None) -> None:
        if signed:
            kind, fields = signed.kind, dict(signed.fields)
            if kind == "AccountDelegation":
                # The reference has no form that names the account: there the key that signs is the account.
                if self.names[signed.signer] != fields.pop("account"):
                    return
                kind, args = "Delegation", args[1:]
            signed = Signed(signed.signer, kind, fields, whole=False)
        form = signed.on(self.reference) if signed else ()
        other = self.reference.try_send(function, *args, *form, sender=sender, at=receipt.time)
        assert other.error == receipt.error
        ours = [(event.name, event.args) for event in receipt.events if event.name != "NonceCanceled"]
        assert [(event.name, event.args) for event in other.events] == ours

    def after_step(self) -> None:
        """One account in turn, wholly, with its votes at one past second."""
        account = self.names[PEOPLE[len(self.trace) % len(PEOPLE)]]
        past = self._past(len(self.trace))
        self._same("balanceOf", account)
        self._same("nonces", account)
        self._same("delegates", account)
        self._same("getVotes", account)
        self._same("getPastVotes", account, past)
        for name in PEOPLE:
            self._same("allowance", account, self.names[name])

    def finish(self) -> None:
        """Every account, and its votes at every second that ever mattered."""
        seconds = {second + near for trace in self.twin.history.values() for second, _ in trace for near in (-1, 0, 1)}
        for account in self.names.values():
            if account == NOBODY:
                continue
            self._same("balanceOf", account)
            self._same("getVotes", account)
            for second in sorted(seconds):
                if second < self.clock.time:
                    self._same("getPastVotes", account, second)
        for second in seconds:
            # Before it was deployed the reference knew no supply; LVOToken's never was another.
            if self.reference_since <= second < self.clock.time:
                self._same("getPastTotalSupply", second)

    def _same(self, view: str, *args: Any) -> None:
        assert self.token.view(view, *args) == self.reference.view(view, *args), f"{view}{args}"
