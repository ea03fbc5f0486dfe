"""A TipJar beside its twin: tips, channels by keys and by sessions, vouchers old, forged, locked and too large."""

from typing import Any

from hypothesis import strategies as st

from lvo.channels.books import Books, Standing
from lvo.channels.vouchers import MOST, Channel, Domain, Signed, Voucher
from lvo.merkle import keccak256
from lvo.models import NOBODY, LVOToken, TipJar
from lvo.models.tips import LEAST_NOTICE, MOST_LIFE, MOST_NOTICE, NO_HASH, Settlement, Tip
from lvo.typed_data import sign, token_message
from lvo.units import DAY, LVO
from tests.chain.interface import Contract, Receipt, person
from tests.helpers import FOREVER
from tests.stateful.machine import Machine, step
from tests.tips import key_of

PAYERS = ("alice", "bob")
PAYEES = ("carol", "hub", "alice")
SIGNERS = ("alice", "bob", "session")
HOSTILE = ("nobody", "token", "jar")
FIRST = (("alice", "carol", "alice"), ("alice", "hub", "session"), ("bob", "hub", "bob"), ("bob", "carol", "session"))
"""Payer, payee and signer of the channels that are there from the start."""

waits = st.sampled_from((0, 0, 0, 0, 1, 1, 12, 12, 60, 3_599, DAY))
picks = st.integers(0, 127)
payers = st.sampled_from(PAYERS)
edges = st.sampled_from((*[None] * 20, -1, -1, 0, 1))
"""Seconds from the end of the channel at hand, if the rule is to be tried there."""
amounts = st.sampled_from(
    (0, 1, 2, 9_999, LVO, 1_000 * LVO, 1_001 * LVO, 10**9 * LVO, MOST, MOST + 1, 2**232, 2**255, FOREVER)
)
small = st.sampled_from((1, 2, 3, 9_999, LVO, LVO + 1, 1_000 * LVO, 1_001 * LVO, 10**9 * LVO))
"""Mostly possible."""
receivers = st.sampled_from((*PAYEES * 6, *HOSTILE))
tips = st.tuples(receivers, st.one_of(small, small, amounts), st.integers(0, 3), st.booleans())
vouchers = st.fixed_dictionaries(
    {
        "pick": picks,
        "old": st.sampled_from((*[None] * 6, 0, 1)),
        "to": st.sampled_from(
            ("half", "half", "above", "above", "half", "settled", "zero", "deposit", "beyond", "most")
        ),
        "lock": st.sampled_from(("none", "none", "none", "open", "open", "open", "wrong", "late")),
        "part": st.integers(1, 3),
        "signer": st.sampled_from((*["right"] * 24, *SIGNERS, "damaged", "other")),
    }
)


class TipsMachine(Machine):
    """Every rule predicts events or the exact error; after every step the jar holds what its channels hold."""

    def build(self) -> None:
        chain = self.chain
        self.names = {name: chain.actor(name) for name in ("alice", "bob", "carol", "hub", "session", "outsider")}
        self.keys = {name: key_of(name) for name in SIGNERS}
        self.token = chain.deploy("LVOToken", self.names["alice"], sender=self.names["alice"])
        self.jar = chain.deploy("TipJar", self.token.address, sender=self.names["outsider"])
        self.clock.time = chain.time
        self.lvo = LVOToken(self.clock, self.token.address, self.names["alice"])
        self.twin = TipJar(self.clock, self.jar.address, self.lvo)
        self.names |= {"nobody": NOBODY, "token": self.token.address, "jar": self.jar.address}
        self.domain = Domain(chain.chain_id, self.jar.address)
        self.channels: list[Channel] = []
        self.old: dict[Channel, list[Signed]] = {}
        self.donated = 0
        self.books = Books()
        args = (self.names["bob"], 10**6 * LVO)
        self.act(self.token, "transfer", *args, sender=self.names["alice"], twin=self.lvo.transfer)
        for name in PAYERS:
            args = (self.jar.address, FOREVER)
            self.act(self.token, "approve", *args, sender=self.names[name], twin=self.lvo.approve)
        for number, (payer, payee, signer) in enumerate(FIRST):
            expiry = self.chain.time + (10, 100, 400, 1_400)[number] * DAY
            channel = Channel(*(self.names[name] for name in (payer, payee, signer)), LEAST_NOTICE, expiry)
            self._open(channel, payer, 1_000 * LVO + number, "self", 0)

    def act(self, contract: Contract, function: str, *args: Any, **facts: Any) -> Receipt:
        receipt = super().act(contract, function, *args, **facts)
        for event in receipt.events:
            if event.source == self.jar.address:
                self.books.apply(event.name, event.args)
        return receipt

    # Tips

    def _tip(self, drawn: tuple[str, int, int, bool]) -> Tip:
        creator, amount, kind, memo = drawn
        return Tip(self.names[creator], b"\3" * 32, amount, kind, b"\7" * 32 if memo else NO_HASH)

    @staticmethod
    def _row(tip: Tip) -> tuple[Any, ...]:
        return tip.creator, tip.content_id, tip.amount, tip.kind, tip.memo_hash

    @step(who=st.sampled_from(("alice", "bob", "bob", "outsider")), tip=tips, wait=waits)
    def tip(self, who: str, tip: tuple[str, int, int, bool], wait: int) -> None:
        args = self._row(self._tip(tip))
        self.act(self.jar, "tip", *args, sender=self.names[who], wait=wait, twin=self.twin.tip)

    @step(who=payers, rows=st.lists(tips, min_size=0, max_size=4), wait=waits)
    def tip_many(self, who: str, rows: list[tuple[str, int, int, bool]], wait: int) -> None:
        items = [self._tip(row) for row in rows]
        self.act(
            self.jar, "tipMany", list(map(self._row, items)),
            sender=self.names[who], wait=wait, twin=self.twin.tip_many, twin_args=(items,),
        )  # fmt: skip

    @step(
        who=payers, rows=st.lists(tips, max_size=3), salt=st.integers(0, 2), signer=st.integers(0, 5), late=edges,
        wait=waits,
    )  # fmt: skip
    def tip_many_authorized(
        self, who: str, rows: list[tuple[str, int, int, bool]], salt: int, signer: int, late: int | None, wait: int
    ) -> None:
        items = [self._tip(row) for row in rows]
        struct = list(map(self._row, items))
        nonce = self.jar.view("tipsHash", struct, salt)
        self._authorized(
            "tipManyWithAuthorization", (self.names[who], struct, salt), (self.names[who], items), who,
            sum(item.amount for item in items), nonce, signer, late, wait, self.twin.tip_many_with_authorization,
        )  # fmt: skip

    def _authorized(
        self, function: str, args: tuple[Any, ...], facts: tuple[Any, ...], payer: str, amount: int, nonce: bytes,
        signer: int, late: int | None, wait: int, twin: Any,
    ) -> None:  # fmt: skip
        by = payer if signer else "session"
        before = FOREVER if late is None else self.chain.time + wait - late + 1
        fields = {
            "from": self.names[payer], "to": self.jar.address, "value": amount % 2**256,
            "validAfter": 0, "validBefore": before, "nonce": nonce,
        }  # fmt: skip
        message = token_message("ReceiveWithAuthorization", self.chain.chain_id, self.token.address, **fields)
        signature = sign(message, person(by).key)
        self.act(
            self.jar, function, *args, (0, before, signature),
            sender=self.names["outsider"], wait=wait, twin=twin, twin_args=(*facts, nonce, 0, before),
            signer=self.names[by],
        )  # fmt: skip

    # Opening and filling

    @step(
        payer=payers,
        payee=st.sampled_from(PAYEES),
        signer=st.sampled_from(SIGNERS),
        notice=st.sampled_from((LEAST_NOTICE, DAY, MOST_NOTICE)),
        life=st.sampled_from((1, 100, 2 * DAY, 30 * DAY, MOST_LIFE)),
        amount=small,
        damage=st.sampled_from((*[None] * 10, "payee", "signer", "brief", "long", "past", "far", "zero", "most")),
        how=st.sampled_from((*["self"] * 4, *["signed"] * 4, "stranger", "forged")),
        wait=waits,
    )
    def open(
        self, payer: str, payee: str, signer: str, notice: int, life: int, amount: int, damage: str | None, how: str,
        wait: int,
    ) -> None:  # fmt: skip
        payee = HOSTILE[notice % 3] if damage == "payee" else payee
        signer = "nobody" if damage == "signer" else signer
        notice = {"brief": LEAST_NOTICE - 1, "long": MOST_NOTICE + 1}.get(damage or "", notice)
        life = {"past": 0, "far": MOST_LIFE + 1}.get(damage or "", life)
        amount = {"zero": 0, "most": MOST + 1}.get(damage or "", amount)
        expiry = self.chain.time + wait + life
        channel = Channel(*(self.names[name] for name in (payer, payee, signer)), notice, expiry)
        self._open(channel, payer, amount, how, wait)

    def _open(self, channel: Channel, payer: str, amount: int, how: str, wait: int) -> None:
        before = set(self.twin.purses)
        if how in ("signed", "forged"):
            self._authorized(
                "openWithAuthorization", (channel.row, amount), (channel, amount), payer, amount, channel.id,
                how == "signed", None, wait, self.twin.open_with_authorization,
            )  # fmt: skip
        else:
            sender = self.names[payer if how == "self" else "outsider"]
            self.act(
                self.jar, "open", channel.row, amount,
                sender=sender, wait=wait, twin=self.twin.open, twin_args=(channel, amount),
            )  # fmt: skip
        if set(self.twin.purses) != before:
            self.channels.append(channel)
            self.old[channel] = []

    @step(lambda self: self.channels, pick=picks, amount=small, signed=st.booleans(), wait=waits)
    def reopen(self, pick: int, amount: int, signed: bool, wait: int) -> None:
        channel = self._pick(pick)
        payer = next(name for name in PAYERS if self.names[name] == channel.payer)
        self._open(channel, payer, amount, "signed" if signed else "self", wait)

    @step(
        lambda self: self.channels, pick=picks, amount=st.one_of(small, amounts),
        who=st.sampled_from((*PAYERS, "outsider")),
        signed=st.booleans(), salt=st.integers(0, 1), edge=edges, wait=waits,
    )  # fmt: skip
    def top_up(self, pick: int, amount: int, who: str, signed: bool, salt: int, edge: int | None, wait: int) -> None:
        channel = self._pick(pick)
        wait = self._near(channel, edge, wait)
        if signed and who in PAYERS:
            nonce = self.jar.view("topUpHash", channel.id, amount, salt)
            self._authorized(
                "topUpWithAuthorization", (channel.row, amount, self.names[who], salt),
                (channel, amount, self.names[who]), who, amount, nonce, 1, None, wait,
                self.twin.top_up_with_authorization,
            )  # fmt: skip
            return
        self.act(
            self.jar, "topUp", channel.row, amount,
            sender=self.names[who], wait=wait, twin=self.twin.top_up, twin_args=(channel, amount),
        )  # fmt: skip

    # Vouchers

    def _pick(self, pick: int) -> Channel:
        live = [channel for channel in self.channels if not self.twin.purses[channel].closed]
        running = [channel for channel in live if self.chain.time < self.twin.end(channel)]
        among = (pick % 8 < 6 and running) or (pick % 8 < 7 and live) or self.channels
        return among[-1 - pick // 8 % len(among)]

    def _near(self, channel: Channel, edge: int | None, wait: int) -> int:
        return wait if edge is None else max(0, self.twin.end(channel) + edge - self.chain.time)

    def _voucher(self, drawn: dict[str, Any], time: int) -> tuple[tuple[Any, ...], Settlement]:
        channel = self._pick(drawn["pick"])
        purse, secret = self.twin.purses[channel], b"\5" * 32
        if drawn["old"] is not None and self.old[channel]:
            # A voucher that was used or refused before, with its secret.
            signed = self.old[channel][-1 - drawn["old"] % len(self.old[channel])]
            by = self.domain.signer(signed)
            return signed.settlement(channel, secret), Settlement(channel, signed.voucher, secret, by)
        left = purse.deposit - purse.settled
        cumulative = {
            "zero": 0, "settled": purse.settled, "above": purse.settled + 1,
            "half": purse.settled + left // 2, "deposit": purse.deposit, "beyond": purse.deposit + 1, "most": FOREVER,
        }[drawn["to"]]  # fmt: skip
        lock, locked, expiry = NO_HASH, 0, 0
        if drawn["lock"] != "none":
            lock = keccak256(secret if drawn["lock"] != "wrong" else b"\6" * 32)
            locked = FOREVER if drawn["to"] == "beyond" else max(1, left // drawn["part"])
            expiry = time + (drawn["part"] if drawn["lock"] != "late" else 1 - drawn["part"])
        identity = channel.id
        if drawn["signer"] == "other":
            # Of another channel, with the same payer if there is one.
            identity = self.channels[drawn["pick"] % len(self.channels)].id
        voucher = Voucher(identity, cumulative, b"\7" * 32, lock, locked, expiry)
        right = next((name for name in SIGNERS if self.names[name] == channel.signer), "outsider")
        signer = drawn["signer"] if drawn["signer"] in SIGNERS else right
        signed = self.domain.sign(voucher, self.keys[signer])
        signed = Signed(Voucher(channel.id, *voucher.row), signed.signature)
        if drawn["signer"] == "damaged":
            signed = Signed(signed.voucher, bytes(32) + signed.signature[32:])
        self.old[channel].append(signed)
        by = self.domain.signer(signed)
        return signed.settlement(channel, secret), Settlement(channel, signed.voucher, secret, by)

    @step(lambda self: self.channels, voucher=vouchers, edge=edges, wait=waits)
    def settle(self, voucher: dict[str, Any], edge: int | None, wait: int) -> None:
        wait = self._near(self._pick(voucher["pick"]), edge, wait)
        row, item = self._voucher(voucher, self.chain.time + wait)
        self.act(
            self.jar, "settle", row,
            sender=self.names["outsider"], wait=wait, twin=self.twin.settle, twin_args=(item,),
        )  # fmt: skip

    @step(lambda self: self.channels, rows=st.lists(vouchers, max_size=6), edge=edges, wait=waits)
    def settle_many(self, rows: list[dict[str, Any]], edge: int | None, wait: int) -> None:
        if rows:
            wait = self._near(self._pick(rows[0]["pick"]), edge, wait)
        made = [self._voucher(row, self.chain.time + wait) for row in rows]
        self.act(
            self.jar, "settleMany", [row for row, _ in made],
            sender=self.names["outsider"], wait=wait, twin=self.twin.settle_many,
            twin_args=([item for _, item in made],),
        )  # fmt: skip

    @step(lambda self: self.channels, voucher=vouchers, rightful=st.integers(0, 5), edge=edges, wait=waits)
    def close_with(self, voucher: dict[str, Any], rightful: int, edge: int | None, wait: int) -> None:
        channel = self._pick(voucher["pick"])
        wait = self._near(channel, edge, wait)
        row, item = self._voucher(voucher, self.chain.time + wait)
        sender = channel.payee if rightful else self.names["outsider"]
        self.act(
            self.jar, "closeWith", row, sender=sender, wait=wait, twin=self.twin.close_with, twin_args=(item,)
        )  # fmt: skip

    # Closing

    @step(lambda self: self.channels, pick=picks, rightful=st.integers(0, 5), edge=edges, wait=waits)
    def request_close(self, pick: int, rightful: int, edge: int | None, wait: int) -> None:
        channel = self._pick(pick)
        wait = self._near(channel, edge, wait)
        sender = channel.payer if rightful else channel.payee
        self.act(
            self.jar, "requestClose", channel.row,
            sender=sender, wait=wait, twin=self.twin.request_close, twin_args=(channel,),
        )  # fmt: skip

    @step(
        lambda self: self.channels, pick=picks, who=st.sampled_from(("outsider", "payer", "outsider", "payee")),
        edge=edges, wait=waits,
    )  # fmt: skip
    def close(self, pick: int, who: str, edge: int | None, wait: int) -> None:
        channel = self._pick(pick)
        wait = self._near(channel, edge, wait)
        sender = {"payee": channel.payee, "payer": channel.payer}.get(who, self.names["outsider"])
        self.act(
            self.jar, "close", channel.row, sender=sender, wait=wait, twin=self.twin.close, twin_args=(channel,)
        )  # fmt: skip

    @step(amount=st.sampled_from((1, 7 * LVO)), wait=waits)
    def donate(self, amount: int, wait: int) -> None:
        args = (self.jar.address, amount)
        receipt = self.act(self.token, "transfer", *args, sender=self.names["alice"], wait=wait, twin=self.lvo.transfer)
        self.donated += 0 if receipt.error else amount

    # What holds after every step

    def after_step(self) -> None:
        """INV-TIP-1 and INV-TIP-2: the jar holds what its channels hold, and no payee got more than the deposit."""
        held = self.token.view("balanceOf", self.jar.address)
        assert held == self.lvo.balances[self.jar.address] == self.twin.owed() + self.donated
        if self.channels:
            channel = self.channels[len(self.trace) % len(self.channels)]
            purse = self.twin.purses[channel]
            state = self.jar.view("stateOf", channel.id)
            assert state == (purse.deposit, purse.settled, purse.close_at, purse.closed)
            assert purse.settled <= purse.deposit

    def finish(self) -> None:
        """INV-TIP-3: with everybody silent an outsider brings every token home, and only donations are left.

        INV-TIP-4: the events alone tell all of it.
        """
        live = [channel for channel in self.channels if not self.twin.purses[channel].closed]
        wait = max([0, *(self.twin.end(channel) - self.chain.time for channel in live)])
        for channel in live:
            self.act(
                self.jar, "close", channel.row,
                sender=self.names["outsider"], wait=wait, twin=self.twin.close, twin_args=(channel,),
            )  # fmt: skip
            wait = 0
        assert self.token.view("balanceOf", self.jar.address) == self.donated
        assert self.twin.owed() == 0
        rebuilt = {each.channel: (each.deposit, each.settled, each.close_at, each.closed) for each in self._standings()}
        stored = {channel: self.jar.view("stateOf", channel.id) for channel in self.channels}
        assert rebuilt == stored

    def _standings(self) -> list[Standing]:
        assert all(identity == each.channel.id for identity, each in self.books.standings.items())
        return list(self.books.standings.values())
