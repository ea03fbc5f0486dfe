"""LVOToken beside its twin: transfers, permits, authorisations, delegations, and time."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from lvo.models import NOBODY, LVOToken
from lvo.units import SUPPLY
from tests.chain.interface import Contract, Receipt
from tests.helpers import FOREVER, parts, sign_token
from tests.stateful.machine import Machine, step, waits

PEOPLE = ("alice", "bob", "carol", "dave", "erin")

people = st.sampled_from(PEOPLE)
anyone = st.sampled_from((*PEOPLE, *PEOPLE, "nobody", "token"))
"""A receiver, now and then one that is refused."""
signers = st.sampled_from(("", "", "", *PEOPLE))
"""Who signs: mostly whom the call names, sometimes anybody."""
shares = st.sampled_from((0, 1, 2, 333, 5_000, 9_999, 10_000, 10_001))
"""How much of what there is, in 1/10,000: nothing, odd parts, all, more than all; 1 and 2 stand for as many wei."""


@dataclass(frozen=True)
class Signed:
    """What a call carries: the signature of a person over typed data, whole (``bytes``) or in parts (``v, r, s``)."""

    signer: str
    kind: str
    fields: dict[str, Any]
    whole: bool

    def on(self, token: Contract) -> tuple[Any, ...]:
        """The arguments that carry it, for a token's domain."""
        signature = sign_token(token, self.signer, self.kind, **self.fields)
        return (signature,) if self.whole else parts(signature)


class TokenMachine(Machine):
    """Every rule predicts events or the exact error; after every step the books balance."""

    def build(self) -> None:
        self.names = {name: self.chain.actor(name) for name in PEOPLE}
        self.token: Contract = self.chain.deploy("LVOToken", self.names["alice"], sender=self.names["alice"])
        self.clock.time = self.chain.time
        self.twin = LVOToken(self.clock, self.token.address, self.names["alice"])
        self.names |= {"nobody": NOBODY, "token": self.token.address}
        self.nonce = 0
        self.seen: list[tuple[str, int, int]] = []

    def amount(self, share: int, whole: int) -> int:
        return share if share <= 2 else whole * share // 10_000 + (share > 10_000)

    def call(
        self, function: str, *args: Any, sender: str, wait: int, twin: Any, signed: Signed | None = None
    ) -> Receipt:
        """Act on the token, with a signature if one is given; its twin takes who signed."""
        facts = {"signer": self.names[signed.signer]} if signed else {}
        form = signed.on(self.token) if signed else ()
        return self.act(
            self.token, function, *args, *form, sender=sender, wait=wait, twin=twin, twin_args=args, **facts
        )

    # ERC-20

    @step(who=people, to=anyone, share=shares, wait=waits)
    def transfer(self, who: str, to: str, share: int, wait: int) -> None:
        sender = self.names[who]
        value = self.amount(share, self.twin.balances[sender])
        self.call("transfer", self.names[to], value, sender=sender, wait=wait, twin=self.twin.transfer)

    @step(who=people, spender=anyone, share=shares, endless=st.booleans(), wait=waits)
    def approve(self, who: str, spender: str, share: int, endless: bool, wait: int) -> None:
        sender = self.names[who]
        value = FOREVER if endless else self.amount(share, self.twin.balances[sender])
        self.call("approve", self.names[spender], value, sender=sender, wait=wait, twin=self.twin.approve)

    @step(who=people, origin=anyone, to=anyone, share=shares, wait=waits)
    def transfer_from(self, who: str, origin: str, to: str, share: int, wait: int) -> None:
        sender, source = self.names[who], self.names[origin]
        value = self.amount(share, min(self.twin.allowances[source, sender], self.twin.balances[source]))
        args = (source, self.names[to], value)
        self.call("transferFrom", *args, sender=sender, wait=wait, twin=self.twin.transfer_from)

    @step(who=people, rows=st.lists(st.tuples(anyone, shares), max_size=5), wait=waits)
    def transfer_batch(self, who: str, rows: list[tuple[str, int]], wait: int) -> None:
        sender = self.names[who]
        whole = self.twin.balances[sender] // max(1, len(rows))
        payments = [(self.names[to], self.amount(share, whole)) for to, share in rows]
        self.call("transferBatch", payments, sender=sender, wait=wait, twin=self.twin.transfer_batch)

    # Signatures: who is named and who really signs may differ

    @step(who=people, owner=people, signer=signers, spender=anyone, share=shares, late=st.integers(-1, 1), wait=waits)
    def permit(self, who: str, owner: str, signer: str, spender: str, share: int, late: int, wait: int) -> None:
        account = self.names[owner]
        fields = {
            "owner": account,
            "spender": self.names[spender],
            "value": self.amount(share, self.twin.balances[account]),
            "deadline": self.chain.time + wait - late,
        }
        signed = Signed(signer or owner, "Permit", fields | {"nonce": self.twin.nonces[account]}, whole=late == 0)
        sender = self.names[who]
        self.call("permit", *fields.values(), sender=sender, wait=wait, twin=self.twin.permit, signed=signed)

    @step(who=people, off=st.sampled_from((-1, 0, 0, 0, 1)), wait=waits)
    def cancel_nonce(self, who: str, off: int, wait: int) -> None:
        sender = self.names[who]
        nonce = max(0, self.twin.nonces[sender] + off)
        self.call("cancelNonce", nonce, sender=sender, wait=wait, twin=self.twin.cancel_nonce)

    @step(
        who=people,
        origin=people,
        signer=signers,
        to=anyone,
        share=shares,
        off=st.sampled_from((-1, 0, 0, 0, 1)),
        again=st.integers(0, 4),
        receive=st.booleans(),
        wait=waits,
    )
    def authorization(
        self, who: str, origin: str, signer: str, to: str, share: int, off: int, again: int, receive: bool, wait: int
    ) -> None:
        source, receiver, now = self.names[origin], self.names[to], self.chain.time + wait
        self.nonce += again != 0
        fields = {
            "from": source,
            "to": receiver,
            "value": self.amount(share, self.twin.balances[source]),
            "validAfter": now - 1 + max(0, off),
            "validBefore": now + 1 + min(0, off),
            "nonce": self.nonce.to_bytes(32, "big"),
        }
        kind, twin = "TransferWithAuthorization", self.twin.transfer_with_authorization
        if receive:
            kind, twin = "ReceiveWithAuthorization", self.twin.receive_with_authorization
        signed = Signed(signer or origin, kind, fields, whole=again % 2 == 0)
        sender = receiver if receive and to in PEOPLE else self.names[who]
        function = kind[0].lower() + kind[1:]
        self.call(function, *fields.values(), sender=sender, wait=wait, twin=twin, signed=signed)

    @step(who=people, authorizer=people, signer=signers, again=st.integers(0, 4), wait=waits)
    def cancel_authorization(self, who: str, authorizer: str, signer: str, again: int, wait: int) -> None:
        self.nonce += again != 0
        fields = {"authorizer": self.names[authorizer], "nonce": self.nonce.to_bytes(32, "big")}
        signed = Signed(signer or authorizer, "CancelAuthorization", fields, whole=again % 2 == 0)
        sender, twin = self.names[who], self.twin.cancel_authorization
        self.call("cancelAuthorization", *fields.values(), sender=sender, wait=wait, twin=twin, signed=signed)

    # Votes

    @step(who=people, to=anyone, wait=waits)
    def delegate(self, who: str, to: str, wait: int) -> None:
        self.call("delegate", self.names[to], sender=self.names[who], wait=wait, twin=self.twin.delegate)

    @step(
        who=people,
        account=people,
        signer=signers,
        to=anyone,
        off=st.sampled_from((0, 0, 0, 1)),
        late=st.integers(-1, 1),
        named=st.booleans(),
        wait=waits,
    )
    def delegate_by_sig(
        self, who: str, account: str, signer: str, to: str, off: int, late: int, named: bool, wait: int
    ) -> None:
        holder = self.names[account]
        expiry = self.chain.time + wait - late
        fields = {"delegatee": self.names[to], "nonce": self.twin.nonces[holder] + off, "expiry": expiry}
        if named:
            fields = {"account": holder, **fields}
        kind = "AccountDelegation" if named else "Delegation"
        signed = Signed(signer or account, kind, fields, whole=named)
        args = tuple(fields.values())
        twin = self.twin.delegate_by_sig_for if named else self.twin.delegate_by_sig
        self.call("delegateBySig", *args, sender=self.names[who], wait=wait, twin=twin, signed=signed)

    # What holds after every step

    def after_step(self) -> None:
        """INV-TOK-1 and INV-TOK-2 on the twin; the chain agrees on one person, in turn, and on one past second."""
        twin = self.twin
        assert sum(twin.balances.values()) == SUPPLY
        name = PEOPLE[len(self.trace) % len(PEOPLE)]
        account = self.names[name]
        assert self.token.view("balanceOf", account) == twin.balances[account]
        votes = self.token.view("getVotes", account)
        assert votes == twin.votes(account)
        assert votes == sum(held for holder, held in twin.balances.items() if twin.delegatee[holder] == account)
        if self.clock.time > 0 and self.trace:
            past = self._past(len(self.trace))
            assert self.token.view("getPastVotes", account, past) == twin.past_votes(account, past)
            self.seen.append((account, past, twin.past_votes(account, past)))

    def _past(self, draw: int) -> int:
        """A past second: on, before or after a checkpoint of anybody, spread by the number of the step."""
        seconds = [second for checkpoints in self.twin.history.values() for second, _ in checkpoints]
        if not seconds:
            return self.clock.time - 1
        return min(self.clock.time - 1, seconds[draw * 7 % len(seconds)] + draw % 3 - 1)

    def finish(self) -> None:
        """INV-TOK-3: the past is as it was when it was looked at; then all storage agrees with the twin."""
        for account, past, votes in self.seen[-50:]:
            assert self.token.view("getPastVotes", account, past) == votes
        for name in PEOPLE:
            account = self.names[name]
            assert self.token.view("balanceOf", account) == self.twin.balances[account]
            assert self.token.view("delegates", account) == self.twin.delegatee[account]
            assert self.token.view("nonces", account) == self.twin.nonces[account]
            for other in PEOPLE:
                spender = self.names[other]
                assert self.token.view("allowance", account, spender) == self.twin.allowances[account, spender]
        for authorizer, nonce in self.twin.used:
            assert self.token.view("authorizationState", authorizer, nonce)
