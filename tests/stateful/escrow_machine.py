"""The RetailEscrow beside its twin: random orders, parties that act or are silent, contract wallets, edges of time."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from lvo.models import NOBODY, LVOToken, RetailEscrow
from lvo.models.escrow import MOST_PRICE, MOST_WINDOW, Offer, Payment, State
from lvo.retail import Item, Order
from lvo.typed_data import recover, sign
from lvo.units import DAY, LVO
from tests.chain.interface import Receipt, person
from tests.helpers import FOREVER
from tests.retail import EVIDENCE, TERMS, TRACKING, dispute_hash, facts, offer_message, payment_message
from tests.stateful.machine import Machine, step

BUYERS = ("ben", "bea", "buyer wallet")
MERCHANTS = ("mia", "max", "merchant wallet")
KEYS = {"buyer wallet": "ben", "merchant wallet": "owner"}
"""Whose key speaks for a contract wallet. One of them also shops for itself."""
PEOPLE = ("ben", "bea", "mia", "max", "owner", "judge", "platform", "outsider")
PRICES = (1, 2, 3, 9_999, 10_001, 7 * LVO, 333 * LVO + 1)
WINDOWS = (1, 2, 3_601, DAY, DAY, 30 * DAY, 30 * DAY, MOST_WINDOW)

picks = st.integers(0, 31)
mostly = st.integers(0, 7)
"""Zero: the unlikely case."""
shares = st.sampled_from((-1, 0, 1, 1, 5_000, 9_999, 10_000, 10_000, 10_001))
"""Of what remains, in basis points; -1: a wei, 10,001: a wei too much."""
whens = st.sampled_from(
    (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3_600, "half-1", "half", "half+1", "end-1", "end-1", "end", "end+1")
)
"""Seconds to wait, or when beside the edges of the order at hand."""
masks = st.lists(st.integers(0, 23), max_size=3).map(lambda bits: sum({1 << bit for bit in bits}))
"""Which orders of a batch."""
damages = st.sampled_from(("", "", "", "", "round", "remaining", "expired", "expiring", "other signer", "other amount"))


def standing(*states: State) -> Any:
    """Whether some order stands there, so that a rule has something to do."""
    return lambda self: any(self.twin.position(order).state in states for order in self.orders)


LIVE = (State.FUNDED, State.SHIPPED, State.DISPUTED)


class EscrowMachine(Machine):
    """Every rule predicts events or the exact error; whatever happens, the books balance and all money gets out."""

    def build(self) -> None:
        chain = self.chain
        self.names = {name: chain.actor(name) for name in PEOPLE}
        self.token = chain.deploy("LVOToken", self.names["outsider"], sender=self.names["outsider"])
        self.contract = chain.deploy("RetailEscrow", self.token.address, sender=self.names["outsider"])
        self.wallets = {
            name: chain.deploy("OwnerWallet", self.names[owner], sender=self.names[owner])
            for name, owner in KEYS.items()
        }
        self.names |= {name: wallet.address for name, wallet in self.wallets.items()}
        self.names |= {"nobody": NOBODY, "token": self.token.address, "escrow": self.contract.address}
        self.clock.time = chain.time
        lvo = LVOToken(self.clock, self.token.address, self.names["outsider"])
        owners = {self.names[wallet]: self.names[owner] for wallet, owner in KEYS.items()}
        self.twin = RetailEscrow(self.clock, self.contract.address, lvo, owners)
        self.orders: list[Order] = []
        self.donated = 0
        rows = [(self.names[name], 3_000 * LVO) for name in (*BUYERS, *MERCHANTS)]
        self.act(self.token, "transferBatch", rows, sender=self.names["outsider"], twin=lvo.transfer_batch)
        for name in (*BUYERS, *MERCHANTS):
            self._send(name, self.token, "approve", (self.contract.address, FOREVER), lvo.approve)

    # Who sends, which order, when

    def _send(
        self,
        who: str,
        contract: Any,
        function: str,
        args: tuple[Any, ...],
        twin: Any,
        *twin_args: Any,
        wait: int = 0,
        **twin_facts: Any,
    ) -> Receipt:
        """Let a person, or a wallet by its owner, call; the twin takes the same arguments unless others are given."""
        twin_args = twin_args or args
        if who not in KEYS:
            sender = self.names[who]
            return self.act(contract, function, *args, sender=sender, wait=wait, twin=twin, twin_args=twin_args)
        account = self.names[who]

        def as_wallet(*_: Any, sender: str) -> None:
            twin(*twin_args, sender=account)

        call = (contract.address, contract.encode(function, *args))
        return self.act(self.wallets[who], "execute", *call, sender=self.names[KEYS[who]], wait=wait, twin=as_wallet)

    def _call(self, who: str, function: str, order: Order, *args: Any, twin: Any, when: Any, twin_args: Any = None):
        """Call something on an order at its time."""
        given = args if twin_args is None else twin_args
        wait = self._wait(order, when)
        return self._send(who, self.contract, function, (order.call, *args), twin, order, *given, wait=wait)

    def _pick(self, pick: int, *wanted: State) -> Order:
        """An order, mostly in a state in which something can be done with it."""
        fit = [each for each in self.orders if self.twin.position(each).state in wanted] if pick % 8 else []
        if pick % 4:
            fit = [each for each in fit if (self.twin.position(each).deadline or each.fund_by) > self.chain.time] or fit
        among = fit or self.orders
        return among[pick % len(among)]

    def _wait(self, order: Order, when: int | str) -> int:
        if isinstance(when, int):
            return when
        position = self.twin.position(order)
        edge = position.deadline or order.fund_by
        if when.startswith("half") and position.state == State.DISPUTED:
            edge = self.twin.ruling_from(order)
        return max(0, edge + {"-": -1, "+": 1}.get(when[-2], 0) - self.chain.time)

    def _amount(self, order: Order, share: int) -> int:
        remaining = self.twin.position(order).remaining or order.price
        return {-1: 1, 10_001: remaining + 1}.get(share, remaining * share // 10_000)

    def _name(self, account: str) -> str:
        return next((name for name, address in self.names.items() if address == account), "nobody")

    def _who(self, account: str, rightful: int) -> str:
        """The person of an account, or, unlikely, somebody else."""
        name = self._name(account)
        return name if rightful and name not in ("nobody", "token", "escrow") else "outsider"

    # Orders

    @step(
        lambda self: len(self.orders) < 24,
        buyer=st.sampled_from(BUYERS),
        merchant=st.sampled_from(MERCHANTS),
        price=st.sampled_from(PRICES),
        bonds=st.tuples(st.sampled_from((0, 0, 1, 5_000, LVO, 500 * LVO)), st.sampled_from((0, 0, 1, 5_000, LVO))),
        fee_bps=st.sampled_from((0, 1, 250, 9_999, 10_000)),
        silent_bps=st.sampled_from((0, 1, 3_333, 5_000, 10_000)),
        windows=st.tuples(st.sampled_from(WINDOWS), st.sampled_from(WINDOWS), st.sampled_from(WINDOWS)),
        fund_in=st.sampled_from((0, 1, DAY, DAY, DAY, DAY)),
        stage=st.integers(0, 5),
        damage=st.sampled_from(
            ("",) * 60
            + tuple("bmaqpz")
            + ("fee", "silent", "ship", "inspect", "ruling", "feeTo", "paid judge", "paid judge")
        ),
    )
    def draft(
        self,
        buyer: str,
        merchant: str,
        price: int,
        bonds: list[int],
        fee_bps: int,
        silent_bps: int,
        windows: list[int],
        fund_in: int,
        stage: int,
        damage: str,
    ) -> None:
        """Draft an order, and mostly let both sides go on with it at once: so there is always something to do."""
        order = Order(
            chain_id=self.chain.chain_id,
            escrow=self.contract.address,
            buyer=self.names[buyer],
            merchant=self.names[merchant],
            arbiter=self.names["judge"],
            fee_to=self.names["platform"] if fee_bps else NOBODY,
            price=price,
            merchant_bond=bonds[0],
            dispute_bond=bonds[1],
            fee_bps=fee_bps,
            silent_buyer_bps=silent_bps,
            fund_by=self.chain.time + fund_in,
            ship_window=windows[0],
            inspect_window=windows[1],
            ruling_window=windows[2],
            items=(Item("thing", 1, price),),
            terms_hash=TERMS,
            salt=len(self.orders),
        )
        changes: dict[str, dict[str, Any]] = {
            "b": {"buyer": NOBODY},
            "m": {"merchant": self.contract.address},
            "a": {"arbiter": order.merchant},
            "q": {"merchant": order.buyer},
            "p": {"price": MOST_PRICE + 1},
            "z": {"price": 0},
            "fee": {"fee_bps": 10_001, "fee_to": self.names["platform"]},
            "silent": {"silent_buyer_bps": 10_001},
            "ship": {"ship_window": 0},
            "inspect": {"inspect_window": MOST_WINDOW + 1},
            "ruling": {"ruling_window": 0},
            "paid judge": {"fee_bps": 1, "fee_to": self.names["judge"]},
            "feeTo": {"fee_bps": 1, "fee_to": self.token.address},
        }
        order = replace(order, **changes.get(damage, {}))
        self.orders.append(order)
        if stage == 0:
            return
        pairs = [self._signed(order.message, account) for account in (order.buyer, order.merchant)]
        signatures, signers = zip(*pairs, strict=True)
        self._call("outsider", "fund", order, *signatures, twin=self.twin.fund, when=0, twin_args=signers)
        if stage >= 2:
            self._call(self._who(order.merchant, 1), "ship", order, TRACKING, twin=self.twin.ship, when=0)
        if stage >= 4:
            claim = (order.price + 1) // 2
            self._call(self._who(order.buyer, 1), "dispute", order, claim, EVIDENCE, twin=self.twin.dispute, when=0)

    def _signed(self, message: dict[str, Any], account: str, right: bool = True) -> tuple[bytes, str]:
        """A signature for an account, or of another person; and whose the twin should take it for."""
        name = self._name(account)
        name = KEYS.get(name, name)
        key = person(name if right and name in PEOPLE else "platform").key
        return sign(message, key), key.address.lower()

    @step(
        standing(State.NONE),
        pick=picks,
        who=st.sampled_from(("buyer", "buyer", "merchant", "outsider")),
        forged=st.sampled_from(("", "", "", "", "", "buyer", "merchant", "altered")),
        when=st.sampled_from((0, 0, 0, 1, "end-1", "end")),
    )
    def fund(self, pick: int, who: str, forged: str, when: int | str) -> None:
        order = self._pick(pick, State.NONE)
        name = {"buyer": self._who(order.buyer, 1), "merchant": self._who(order.merchant, 1)}.get(who, who)
        message = replace(order, price=order.price + 1).message if forged == "altered" else order.message
        signatures = [
            self._signed(message, account, forged != side)
            for side, account in (("buyer", order.buyer), ("merchant", order.merchant))
        ]
        blank = [(b"", NOBODY) if name == self._name(each) else pair for each, pair in
                 zip((order.buyer, order.merchant), signatures, strict=True)]  # fmt: skip
        if forged == "altered":
            blank = [(sig, recover(order.message, sig) if sig else NOBODY) for sig, _ in blank]
        self._call(
            name,
            "fund",
            order,
            *(signature for signature, _ in blank),
            twin=self.twin.fund,
            when=when,
            twin_args=tuple(signer for _, signer in blank),
        )

    @step(
        standing(State.NONE),
        pick=picks,
        right=mostly,
        valid=st.sampled_from(("", "", "", "early", "late", "other order")),
        when=st.sampled_from((0, 0, 1, "end-1", "end")),
    )
    def fund_with_authorization(self, pick: int, right: int, valid: str, when: int | str) -> None:
        order = self._pick(pick, State.NONE)
        wait = self._wait(order, when)
        after = self.chain.time + wait + 9 if valid == "early" else 0
        before = self.chain.time + wait if valid == "late" else FOREVER
        nonce = TERMS if valid == "other order" else order.id
        message = payment_message(self.token, order, order.price, nonce, after, before)
        signature, signer = self._signed(message, order.buyer, right != 0)
        named = payment_message(self.token, order, order.price, order.id, after, before)
        signer = recover(named, signature) if valid == "other order" else signer
        signer = order.buyer if signer == self.twin.owners.get(order.buyer) else signer
        consent, merchant_signer = self._signed(order.message, order.merchant)
        self._call(
            "outsider",
            "fundWithAuthorization",
            order,
            (after, before, signature),
            consent,
            twin=self.twin.fund_with_authorization,
            when=wait,
            twin_args=(Payment(after, before, signer), merchant_signer),
        )

    @step(lambda self: self.orders, pick=picks, who=st.sampled_from(("buyer", "merchant", "outsider")), when=whens)
    def cancel(self, pick: int, who: str, when: int | str) -> None:
        # Rarely, or few orders would get anywhere.
        if pick % 3:
            return
        order = self._pick(pick, State.FUNDED)
        account = {"buyer": order.buyer, "merchant": order.merchant}.get(who, NOBODY)
        self._call(self._who(account, 1), "cancel", order, twin=self.twin.cancel, when=when)

    # Shipping, receipt

    @step(standing(State.FUNDED), pick=picks, right=mostly, when=whens)
    def ship(self, pick: int, right: int, when: int | str) -> None:
        order = self._pick(pick, State.FUNDED)
        self._call(self._who(order.merchant, right), "ship", order, TRACKING, twin=self.twin.ship, when=when)

    @step(standing(State.SHIPPED), pick=picks, right=mostly, when=whens)
    def confirm(self, pick: int, right: int, when: int | str) -> None:
        order = self._pick(pick, State.SHIPPED)
        self._call(self._who(order.buyer, right), "confirm", order, twin=self.twin.confirm, when=when)

    @step(standing(State.SHIPPED), pick=picks, share=shares, right=mostly, when=whens)
    def confirm_part(self, pick: int, share: int, right: int, when: int | str) -> None:
        order = self._pick(pick, State.SHIPPED)
        args = (self._amount(order, share),)
        who = self._who(order.buyer, right)
        self._call(who, "confirmPart", order, *args, twin=self.twin.confirm_part, when=when)

    def _offer(self, order: Order, share: int, damage: str, wait: int) -> Offer:
        position = self.twin.position(order)
        expiry = self.chain.time + wait + {"expired": 0, "expiring": 1}.get(damage, DAY)
        return Offer(
            position.remaining + (damage == "remaining"),
            self._amount(order, share),
            position.round + (damage == "round"),
            expiry,
        )

    @step(standing(State.SHIPPED), pick=picks, share=shares, damage=damages, when=whens)
    def confirm_by_sig(self, pick: int, share: int, damage: str, when: int | str) -> None:
        order = self._pick(pick, State.SHIPPED)
        wait = self._wait(order, when)
        offer = self._offer(order, share, damage, wait)
        said = replace(offer, amount=offer.amount + 1) if damage == "other amount" else offer
        signature, _ = self._signed(offer_message("Confirmation", order, said), order.buyer, damage != "other signer")
        signer = recover(offer_message("Confirmation", order, offer), signature)
        self._call(
            "outsider",
            "confirmBySig",
            order,
            facts(offer),
            signature,
            twin=self.twin.confirm_by_sig,
            when=wait,
            twin_args=(offer, signer),
        )

    @step(standing(*LIVE), who=st.sampled_from(BUYERS), mask=masks, wait=st.sampled_from((0, 0, 0, 1, DAY)))
    def confirm_many(self, who: str, mask: int, wait: int) -> None:
        orders = [order for bit, order in enumerate(self.orders) if mask >> bit & 1]
        orders += orders[: mask % 2]
        args = ([order.call for order in orders],)
        self._send(who, self.contract, "confirmMany", args, self.twin.confirm_many, orders, wait=wait)

    @step(standing(State.FUNDED, State.SHIPPED), pick=picks, share=shares, right=mostly, when=whens)
    def refund(self, pick: int, share: int, right: int, when: int | str) -> None:
        order = self._pick(pick, State.FUNDED, State.SHIPPED)
        args = (self._amount(order, share),)
        self._call(self._who(order.merchant, right), "refund", order, *args, twin=self.twin.refund, when=when)

    # Dispute

    @step(standing(State.SHIPPED), pick=picks, share=shares, right=mostly, when=whens)
    def dispute(self, pick: int, share: int, right: int, when: int | str) -> None:
        order = self._pick(pick, State.SHIPPED)
        args = (self._amount(order, share), EVIDENCE)
        self._call(self._who(order.buyer, right), "dispute", order, *args, twin=self.twin.dispute, when=when)

    @step(standing(State.SHIPPED), pick=picks, share=shares, right=mostly, when=whens)
    def dispute_with_authorization(self, pick: int, share: int, right: int, when: int | str) -> None:
        order = self._pick(pick, State.SHIPPED)
        claim = self._amount(order, share)
        nonce = dispute_hash(order, claim)
        message = payment_message(self.token, order, order.dispute_bond, nonce, 0, FOREVER)
        signature, signer = self._signed(message, order.buyer, right != 0)
        signer = order.buyer if signer == self.twin.owners.get(order.buyer) else signer
        self._call(
            "outsider",
            "disputeWithAuthorization",
            order,
            claim,
            EVIDENCE,
            (0, FOREVER, signature),
            twin=self.twin.dispute_with_authorization,
            when=when,
            twin_args=(claim, EVIDENCE, Payment(0, FOREVER, signer), nonce),
        )

    @step(
        standing(State.DISPUTED),
        pick=picks,
        who=st.sampled_from(("buyer", "merchant", "merchant", "judge")),
        when=whens,
    )
    def concede(self, pick: int, who: str, when: int | str) -> None:
        order = self._pick(pick, State.DISPUTED)
        account = {"buyer": order.buyer, "merchant": order.merchant}.get(who, order.arbiter)
        self._call(self._who(account, 1), "concede", order, twin=self.twin.concede, when=when)

    @step(
        standing(State.DISPUTED),
        pick=picks,
        share=shares,
        fault=st.integers(0, 2),
        right=mostly,
        when=st.sampled_from((0, "half-1", "half", "half", "half+1", "end-1", "end-1", "end")),
    )
    def rule(self, pick: int, share: int, fault: int, right: int, when: int | str) -> None:
        order = self._pick(pick, State.DISPUTED)
        args = (self._amount(order, share), fault)
        self._call(self._who(order.arbiter, right), "rule", order, *args, twin=self.twin.rule, when=when)

    @step(
        standing(*LIVE),
        pick=picks,
        share=shares,
        who=st.sampled_from(("buyer", "merchant", "outsider")),
        damage=damages,
        when=whens,
    )
    def settle(self, pick: int, share: int, who: str, damage: str, when: int | str) -> None:
        order = self._pick(pick, State.FUNDED, State.SHIPPED, State.DISPUTED)
        wait = self._wait(order, when)
        offer = self._offer(order, share, damage, wait)
        said = replace(offer, amount=offer.amount + 1) if damage == "other amount" else offer
        message, named = offer_message("Settlement", order, said), offer_message("Settlement", order, offer)
        name = {"buyer": self._who(order.buyer, 1), "merchant": self._who(order.merchant, 1)}.get(who, who)
        pairs = []
        for account in (order.buyer, order.merchant):
            signature, _ = self._signed(message, account, damage != "other signer")
            pairs.append((b"", NOBODY) if name == self._name(account) else (signature, recover(named, signature)))
        self._call(
            name,
            "settle",
            order,
            facts(offer),
            *(signature for signature, _ in pairs),
            twin=self.twin.settle,
            when=wait,
            twin_args=(offer, *(signer for _, signer in pairs)),
        )

    @step(standing(*LIVE), pick=picks, who=st.sampled_from(("buyer", "merchant", "outsider")), when=whens)
    def void_offers(self, pick: int, who: str, when: int | str) -> None:
        order = self._pick(pick, State.SHIPPED, State.DISPUTED)
        account = {"buyer": order.buyer, "merchant": order.merchant}.get(who, NOBODY)
        self._call(self._who(account, 1), "voidOffers", order, twin=self.twin.void_offers, when=when)

    # Silence

    @step(standing(*LIVE), pick=picks, when=st.sampled_from((0, 1, "half", "end-1", "end-1", "end", "end", "end+1")))
    def timeout(self, pick: int, when: int | str) -> None:
        order = self._pick(pick, State.FUNDED, State.SHIPPED, State.DISPUTED)
        self._call("outsider", "timeout", order, twin=self.twin.timeout, when=when)

    @step(standing(*LIVE), mask=masks, wait=st.sampled_from((0, 0, 0, 1, DAY)))
    def timeout_many(self, mask: int, wait: int) -> None:
        orders = [order for bit, order in enumerate(self.orders) if mask >> bit & 1]
        orders += orders[: mask % 2]
        args = ([order.call for order in orders],)
        self._send("outsider", self.contract, "timeoutMany", args, self.twin.timeout_many, orders, wait=wait)

    @step(wei=st.sampled_from((1, 7 * LVO)))
    def donate(self, wei: int) -> None:
        args = (self.contract.address, wei)
        self.act(self.token, "transfer", *args, sender=self.names["outsider"], twin=self.twin.lvo.transfer)
        self.donated += wei

    # What holds after every step

    def after_step(self) -> None:
        """INV-ESC-1 and INV-ESC-3: what the escrow has is what it owes and what was donated; no arbiter has a wei."""
        balance = self.token.view("balanceOf", self.contract.address)
        assert balance == self.twin.lvo.balances[self.contract.address] == self.twin.liabilities() + self.donated
        assert self.twin.lvo.balances[self.names["judge"]] == 0
        if self.orders:
            order = self.orders[len(self.trace) % len(self.orders)]
            kept = self.twin.position(order)
            stored = self.contract.view("positions", order.id)
            assert stored == (kept.remaining, kept.deadline, kept.round, kept.state)

    def finish(self) -> None:
        """INV-ESC-4: everybody silent, an outsider alone brings every wei out, wherever the orders stand."""
        live = [order for order in self.orders if self.twin.position(order).live]
        if live:
            last = max(self.twin.position(order).deadline for order in live)
            wait = max(0, last - self.chain.time)
            args = ([order.call for order in live],)
            self._send("outsider", self.contract, "timeoutMany", args, self.twin.timeout_many, live, wait=wait)
        assert self.twin.liabilities() == 0
        assert self.token.view("balanceOf", self.contract.address) == self.donated
        for order in live:
            assert self.contract.view("positions", order.id) == (0, 0, 0, State.CLOSED)
