"""An AdLedger beside its twin: several campaigns, epochs, objections, silent parties, refunds that race claims."""

from dataclasses import astuple, replace
from typing import Any

from hypothesis import strategies as st

from lvo.advertising import Books
from lvo.merkle import StandardMerkleTree, process_proof
from lvo.models import NOBODY, AdLedger, LVOToken
from lvo.models.ads import SILENCE, Batch, Campaign, LineState, LineStatus, Rules, Status, batch_tree, digest, line_id
from lvo.models.ledger import Terms
from lvo.typed_data import ad_message, sign, token_message
from lvo.units import DAY, LVO
from tests.chain.interface import Receipt, person
from tests.stateful.machine import Machine, step

ADVERTISERS = ("alice", "bob", "carol")
RULES = Rules(epoch_length=DAY, bond_bps=2_500, objection_window=2 * DAY, ruling_window=4 * DAY)
FOREVER = 2**256 - 1

waits = st.sampled_from((0, 0, 0, 0, 0, 1, 3_600, DAY // 2, DAY))
picks = st.integers(0, 63)
masks = st.integers(1, 63)
mostly = st.integers(0, 7)
"""Zero: the unlikely case."""


def now_and_then(machine: "AdMachine") -> bool:
    """For rules that need not be tried as often as the others."""
    return len(machine.trace) % 4 == 0


def contested(machine: "AdMachine") -> bool:
    """For rules on objections: there is one, or it is time to try without."""
    return len(machine.trace) % 8 == 0 or bool(machine.contested())


parties = st.sampled_from((*ADVERTISERS, "settler", "arbiter", "outsider"))
damages = st.sampled_from(
    ("",) * 14
    + ("again", "expired", "same", "nobody", "token", "free", "parts", "long", "past", "late", "share")
    + ("unsigned", "forged")
)


class AdMachine(Machine):
    """Every rule predicts events or the exact error; after every step the balance is what is owed, to the wei."""

    def build(self) -> None:
        chain = self.chain
        self.names = {name: chain.actor(name) for name in (*ADVERTISERS, "settler", "arbiter", "outsider", "guardian")}
        holder = self.names["outsider"]
        token = chain.deploy("LVOToken", holder, sender=holder)
        self.clock.time = chain.time
        self.lvo = LVOToken(self.clock, token.address, holder)
        settler, guardian = self.names["settler"], self.names["guardian"]
        facts = (token.address, NOBODY, 0, settler, guardian, guardian, guardian, DAY)
        contract = chain.deploy("AdLedger", facts, astuple(RULES), sender=settler)
        self.clock.time = chain.time
        self.rewards = chain.at("RewardLedger", contract.view("REWARDS"))
        terms = Terms(None, 0, settler, guardian, guardian, guardian, DAY)
        made = (self.rewards.address, terms)
        self.twin = AdLedger(self.clock, contract.address, self.lvo, made, RULES, chain.chain_id)
        self.token, self.contract = token, contract
        self.books = Books(settler, RULES, chain.time)
        self.names |= {"nobody": NOBODY, "token": token.address}
        self.offers: list[Campaign] = []
        self.booked: list[tuple[Campaign, int, int, bytes, StandardMerkleTree, int]] = []
        self.donated = 0
        for name in (*ADVERTISERS, "settler"):
            account = self.names[name]
            self.act(token, "transfer", account, 10**7 * LVO, sender=holder, twin=self.lvo.transfer)
        for name in (*ADVERTISERS, "settler", "outsider"):
            args = (contract.address, FOREVER)
            self.act(token, "approve", *args, sender=self.names[name], twin=self.lvo.approve)
        self.act(contract, "deposit", 10**6 * LVO, sender=settler, twin=self.twin.deposit)
        for who, price in (("alice", LVO), ("bob", 10**15 + 1), ("carol", 1)):
            facts = {"budget": 10**6 * LVO, "cap": 10**6, "start": 0, "length": 60, "late": 3, "silent": 5_000}
            type(self).open.untraced(
                self, who=who, price=price, parts=(40, 40), via="settler", damage="", wait=0, **facts
            )
        for share in (64, 8):
            type(self).post.untraced(self, pick=0, back=0, mask=63, share=share, damage="", wait=DAY)

    def act(self, *args: Any, **kwargs: Any) -> Receipt:
        """INV-ADS-3: the books are kept from the events alone."""
        receipt = super().act(*args, **kwargs)
        for event in receipt.events:
            if event.source == self.contract.address:
                self.books.read(event.name, event.args, receipt.time)
        return receipt

    def _sign(self, name: str, kind: str, **fields: Any) -> bytes:
        message = ad_message(kind, self.chain.chain_id, self.contract.address, **fields)
        return sign(message, person(name).key)

    def _authorize(self, name: str, account: str, value: int, nonce: bytes) -> bytes:
        fields = {"from": account, "to": self.contract.address, "value": value}
        fields |= {"validAfter": 0, "validBefore": FOREVER, "nonce": nonce}
        message = token_message("ReceiveWithAuthorization", self.chain.chain_id, self.token.address, **fields)
        return sign(message, person(name).key)

    def _who(self, account: str) -> str:
        return next(name for name, address in self.names.items() if address == account)

    # Campaigns

    @step(
        who=st.sampled_from(ADVERTISERS),
        price=st.sampled_from((1, 3, 10**12, 10**15 + 1, LVO, 5 * LVO, 2**72 - 1)),
        parts=st.tuples(picks, picks),
        budget=st.sampled_from((0, 1, 7 * LVO, 10**4 * LVO, 10**6 * LVO)),
        cap=st.sampled_from((1, 100, 10**6, 2**24 - 1)),
        start=st.integers(-2, 3),
        length=st.sampled_from((1, 3, 9, 30, 60)),
        late=st.integers(1, 3),
        silent=st.sampled_from((0, 1, 5_000, 9_999, 10_000)),
        via=st.sampled_from(("advertiser", "settler", "stranger", "authorization")),
        damage=damages,
        wait=waits,
    )
    def open(
        self,
        who: str,
        price: int,
        parts: tuple[int, int],
        budget: int,
        cap: int,
        start: int,
        length: int,
        late: int,
        silent: int,
        via: str,
        damage: str,
        wait: int,
    ) -> None:
        time = self.chain.time + wait
        epoch = time // RULES.epoch_length
        viewer = price * parts[0] // 64
        publisher = (price - viewer) * parts[1] // 64
        names = self.names
        terms = Campaign(
            *(names[who], names["arbiter"], budget, price, viewer, publisher, cap),
            *(epoch + start, max(epoch + start, epoch) + length, late, silent, 10, time + 10),
            *(b"\1" * 32, len(self.offers).to_bytes(32, "big")),
        )
        changes: dict[str, dict[str, Any]] = {
            "expired": {"open_by": time},
            "same": {"arbiter": names["settler" if late % 2 else who]},
            "nobody": {"advertiser": NOBODY, "arbiter": names[who]} if late % 2 else {"arbiter": NOBODY},
            "token": {"advertiser": names["token" if late % 2 else "settler"]},
            "free": {"price": 0, "viewer_part": 0, "publisher_part": 0},
            "parts": {"viewer_part": price, "publisher_part": 1},
            "long": {"end": epoch + 731},
            "past": {"end": epoch} if late % 2 else {"start": epoch + 5, "end": epoch + 5},
            "late": {"late_epochs": 0 if late % 2 else 91},
            "share": {"silent_bps": 10_001},
        }
        terms = replace(terms, **changes.get(damage, {}))
        if damage == "again" and self.offers:
            terms = self.offers[late % len(self.offers)]
        sender = names[{"advertiser": who, "settler": "settler"}.get(via, "outsider")]
        signers = {"advertiser": self._who(terms.advertiser) if damage not in ("nobody", "token") else who}
        signers["settler"] = "settler"
        if damage == "forged":
            signers = {"advertiser": "outsider", "settler": "outsider"}
        signatures = {
            role: b"" if via == role or damage == "unsigned" else self._sign(name, "Campaign", **terms.fields())
            for role, name in signers.items()
        }
        by = {role: names[signers[role]] if signature else NOBODY for role, signature in signatures.items()}
        if via == "authorization":
            payer = signers["advertiser"]
            proof = self._authorize(payer, terms.advertiser, terms.budget, self.twin.id_of(terms))
            self.act(
                self.contract,
                "openWithAuthorization",
                *(astuple(terms), signatures["settler"], (0, FOREVER, proof)),
                sender=sender,
                wait=wait,
                twin=self.twin.open_with_authorization,
                twin_args=(terms, 0, FOREVER),
                payer_signer=names[payer],
                settler_signer=by["settler"],
            )
        else:
            self.act(
                self.contract,
                "open",
                *(astuple(terms), signatures["advertiser"], signatures["settler"]),
                sender=sender,
                wait=wait,
                twin=self.twin.open,
                twin_args=(terms,),
                advertiser_signer=by["advertiser"],
                settler_signer=by["settler"],
            )
        if terms not in self.offers and self._who(terms.advertiser) in ADVERTISERS:
            self.offers.append(terms)

    def _offer(self, pick: int) -> Campaign:
        """One of the newest offers, opened or not."""
        return self.offers[-1 - pick % min(8, len(self.offers))]

    @step(now_and_then, pick=picks, who=parties, rightful=mostly, wait=waits)
    def cancel(self, pick: int, who: str, rightful: int, wait: int) -> None:
        terms = self._offer(pick)
        if rightful == 0:
            # An offer that nobody opened.
            terms = replace(terms, salt=pick.to_bytes(32, "little"))
            self.offers.append(terms)
        self._of_campaign("cancel", terms, self.names[who], wait)

    @step(now_and_then, pick=picks, rightful=mostly, wait=waits)
    def pause(self, pick: int, rightful: int, wait: int) -> None:
        terms = self._offer(pick)
        self._of_campaign("pause", terms, terms.advertiser if rightful else self.names["settler"], wait)

    @step(
        lambda self: now_and_then(self) or any(self._state(terms).status == Status.PAUSED for terms in self.offers),
        pick=picks,
        rightful=mostly,
        patient=mostly,
        wait=waits,
    )
    def resume(self, pick: int, rightful: int, patient: int, wait: int) -> None:
        paused = [terms for terms in self.offers if self._state(terms).status == Status.PAUSED]
        terms = paused[pick % len(paused)] if paused else self._offer(pick)
        state = self._state(terms)
        if patient:
            wait = max(0, self.twin.time_of(state.stop + state.late_epochs) - patient % 2 - self.chain.time)
        self._of_campaign("resume", terms, terms.advertiser if rightful else self.names["outsider"], wait)

    @step(now_and_then, pick=picks, rightful=mostly, wait=waits)
    def close(self, pick: int, rightful: int, wait: int) -> None:
        terms = self._offer(pick)
        self._of_campaign("close", terms, terms.advertiser if rightful else self.names["arbiter"], wait)

    def _of_campaign(self, function: str, terms: Campaign, sender: str, wait: int) -> None:
        twin = getattr(self.twin, function)
        self.act(
            self.contract, function, astuple(terms), sender=sender, wait=wait, twin=twin, twin_args=(terms,)
        )  # fmt: skip

    def _state(self, terms: Campaign) -> Any:
        return self.twin.campaigns[self.twin.id_of(terms)]

    @step(
        lambda self: self.offers, pick=picks, who=parties, amount=st.sampled_from((0, 1, LVO, 10**8 * LVO)), wait=waits
    )
    def top_up(self, pick: int, who: str, amount: int, wait: int) -> None:
        args = (self.twin.id_of(self._offer(pick)), amount)
        self.act(self.contract, "topUp", *args, sender=self.names[who], wait=wait, twin=self.twin.top_up)

    @step(lambda self: self.offers, mask=masks, patient=mostly, wait=waits)
    def refund(self, mask: int, patient: int, wait: int) -> None:
        chosen = [terms for bit, terms in enumerate(reversed(self.offers[-6:])) if mask >> bit & 1]
        if chosen and patient <= 2:
            # Just when it may be, or the second before.
            wait = min(20 * DAY, max(0, self.twin.refundable_from(chosen[0]) - patient % 2 - self.chain.time))
        self.act(
            self.contract,
            "refund",
            [astuple(terms) for terms in chosen],
            sender=self.names["outsider"],
            wait=wait,
            twin=self.twin.refund,
            twin_args=(chosen,),
        )

    # The ledger

    @step(
        lambda self: any(self._fitting(self.chain.time + 2 * DAY)),
        pick=picks,
        back=st.sampled_from((-1, 0, 0, 0, 0, 0, 0, 1)),
        mask=masks,
        share=st.sampled_from((1, 2, 8, 64, 64)),
        damage=st.sampled_from(("",) * 12 + ("twice", "rich", "zero", "unknown", "anyone", "stale")),
        wait=st.sampled_from((0, 0, DAY, 2 * DAY)),
    )
    def post(self, pick: int, back: int, mask: int, share: int, damage: str, wait: int) -> None:
        open_to_all = self._fitting(self.chain.time + wait)
        if not open_to_all:
            # Nothing is due yet: a day or two later there is.
            wait = wait % DAY + 2 * DAY
            open_to_all = self._fitting(self.chain.time + wait)
        # The newest epoch that some campaign can be booked for, or one before or after it.
        epoch = max(fitting[pick % len(fitting)] for fitting in [[*each] for each in open_to_all.values()]) - back
        lines, terms_of = [], {}
        for bit, terms in enumerate(reversed(self.offers[-6:])):
            state, key = self._state(terms), self.twin.id_of(terms)
            fits = epoch in open_to_all.get(key, ())
            if not ((mask >> bit & 1 or pick % 4 == 0) and (fits or damage == "stale")) or key in terms_of:
                continue
            most = min(state.remaining, state.epoch_cap * LVO) // max(1, state.price)
            units = min(2**64 - 1, most // share)
            units += {"rich": most + 1, "zero": -units}.get(damage, 0)
            if units or damage == "zero":
                lines.append((key, min(2**64 - 1, units)))
                terms_of[key] = terms
        if damage == "unknown":
            lines.append((b"\5" * 32, 1))
        if damage == "twice" and lines:
            lines.append(lines[0])
        sender = self.names["outsider" if damage == "anyone" else "settler"]
        args = (epoch, lines, b"\2" * 32, b"\3" * 32)
        receipt = self.act(self.contract, "post", *args, sender=sender, wait=wait, twin=self.twin.post)
        if receipt.error is None:
            tree = batch_tree(epoch, lines)
            for index, (key, units) in enumerate(lines):
                self.booked.append((terms_of[key], epoch, units, tree.root, tree, index))

    def _fitting(self, time: int) -> dict[bytes, range]:
        """The epochs that each of the newest campaigns can be booked for at a time, if there are any."""
        found = {}
        for terms in self.offers[-6:]:
            state, over = self._state(terms), time // RULES.epoch_length
            if state.status in (Status.NONE, Status.CANCELED) or state.remaining < state.price:
                continue
            if time < self.twin.time_of(state.stop + state.late_epochs):
                found[self.twin.id_of(terms)] = range(state.booked + 1, min(over, state.stop))
        return {key: epochs for key, epochs in found.items() if epochs}

    @step(mask=masks, patient=mostly, wait=waits)
    def finalize(self, mask: int, patient: int, wait: int) -> None:
        roots = [root for bit, root in enumerate(reversed([*self.twin.batches][-5:])) if mask >> bit & 1]
        if roots and patient <= 2:
            wait = max(0, self.twin.batches[roots[0]].until - patient % 2 - self.chain.time)
        if mask & 32:
            roots += [b"\4" * 32, *roots[:1]]
        self.act(
            self.contract, "finalize", roots, sender=self.names["outsider"], wait=wait, twin=self.twin.finalize
        )  # fmt: skip

    @step(
        lambda self: self.booked,
        pick=picks,
        by=st.sampled_from(("sender", "signer", "signer", "stranger")),
        bad=mostly,
        wait=waits,
    )
    def accept(self, pick: int, by: str, bad: int, wait: int) -> None:
        terms, epoch, units, root, proof = self._line(pick, bad)
        advertiser = self._who(terms.advertiser)
        fields = {"campaign": self.twin.id_of(terms), "epoch": epoch, "units": units}
        fields |= {"nonce": self.twin.nonces[terms.advertiser]}
        signer = "outsider" if by == "stranger" else advertiser
        signature = b"" if by == "sender" else self._sign(signer, "Acceptance", **fields)
        self.act(
            self.contract,
            "accept",
            *(astuple(terms), epoch, units, proof, signature),
            sender=terms.advertiser if by == "sender" else self.names["outsider"],
            wait=wait,
            twin=self.twin.accept,
            twin_args=(terms, epoch, units, root),
            signer=self.names[signer] if signature else NOBODY,
        )

    @step(now_and_then, who=st.sampled_from(ADVERTISERS))
    def cancel_acceptances(self, who: str) -> None:
        self.act(self.contract, "cancelAcceptances", sender=self.names[who], twin=self.twin.cancel_acceptances)

    def _line(self, pick: int, bad: int) -> tuple[Campaign, int, int, bytes, list[bytes]]:
        """One of the newest lines with its proof; ``bad`` 0: with a unit more, so that the proof leads elsewhere."""
        lines = [] if pick % 8 == 0 else [each for each in self.booked if self._can_be_contested(*each[:4])]
        terms, epoch, units, root, tree, index = (lines or self.booked[-8:])[pick % len(lines or self.booked[-8:])]
        proof = tree.get_proof(index)
        if bad == 0 and units < 2**64 - 1:
            units += 1
            root = process_proof(line_id(self.twin.id_of(terms), epoch, units), proof)
        return terms, epoch, units, root, proof

    # Objections

    @step(
        lambda self: self.booked,
        pick=picks,
        keep=st.sampled_from((0, 0, 1, 32, 63, 64)),
        via=st.sampled_from(("call", "call", "call", "authorization", "authorization", "stranger")),
        bad=mostly,
        patient=mostly,
        wait=st.sampled_from((0, 0, 1, 3_600)),
    )
    def object(self, pick: int, keep: int, via: str, bad: int, patient: int, wait: int) -> None:
        terms, epoch, units, root, proof = self._line(pick, bad)
        if patient <= 1 and root in self.twin.batches:
            wait = max(0, self.twin.batches[root].until - patient - self.chain.time)
        conceded = units * keep // 64
        args = (astuple(terms), epoch, units, conceded, proof)
        if via == "authorization":
            bond = (units - conceded) * terms.price * RULES.bond_bps // 10_000
            fields = {"campaign": self.twin.id_of(terms), "epoch": epoch, "units": units, "conceded": conceded}
            nonce = digest("Objection", self.chain.chain_id, self.contract.address, **fields)
            advertiser = self._who(terms.advertiser)
            proof_of_payment = (0, FOREVER, self._authorize(advertiser, terms.advertiser, bond, nonce))
            self.act(
                self.contract,
                "objectWithAuthorization",
                *(*args, proof_of_payment),
                sender=self.names["outsider"],
                wait=wait,
                twin=self.twin.object_to_with_authorization,
                twin_args=(terms, epoch, units, conceded, root, 0, FOREVER),
                payer_signer=terms.advertiser,
            )
            return
        self.act(
            self.contract,
            "object",
            *args,
            sender=self.names["settler"] if via == "stranger" else terms.advertiser,
            wait=wait,
            twin=self.twin.object_to,
            twin_args=(terms, epoch, units, conceded, root),
        )

    def contested(self) -> list[tuple[Campaign, int, int]]:
        """The lines with an objection that is not yet decided."""
        lines = [each[:3] for each in self.booked]
        return [each for each in lines if self._line_state(*each).status == LineStatus.CONTESTED]

    def _line_state(self, terms: Campaign, epoch: int, units: int) -> LineState:
        return self.twin.lines[line_id(self.twin.id_of(terms), epoch, units)]

    def _can_be_contested(self, terms: Campaign, epoch: int, units: int, root: bytes) -> bool:
        untouched = self._line_state(terms, epoch, units).status == LineStatus.UNTOUCHED
        return untouched and self.chain.time < self.twin.batches[root].until

    def _open_objection(self, pick: int) -> tuple[Campaign, int, int]:
        lines = self.contested() or [each[:3] for each in self.booked]
        return lines[pick % len(lines)]

    def _wait_for(self, terms: Campaign, epoch: int, units: int, patient: int, wait: int) -> int:
        """Often the seconds around the middle or the end of the ruling window."""
        since = self._line_state(terms, epoch, units).since
        at = {
            0: RULES.ruling_window - 1,
            1: RULES.ruling_window,
            2: RULES.ruling_window // 2 - 1,
            3: RULES.ruling_window // 2,
        }.get(patient)
        return wait if at is None else max(0, since + at - self.chain.time)

    @step(contested, pick=picks, who=parties, rightful=mostly, patient=mostly, wait=waits)
    def concede(self, pick: int, who: str, rightful: int, patient: int, wait: int) -> None:
        terms, epoch, units = self._open_objection(pick)
        sender = self.names[who] if rightful == 0 else (terms.advertiser if pick % 2 else self.names["settler"])
        wait = self._wait_for(terms, epoch, units, patient, wait)
        args = (terms, epoch, units)
        self.act(
            self.contract, "concede", *(astuple(terms), epoch, units),
            sender=sender, wait=wait, twin=self.twin.concede, twin_args=args,
        )  # fmt: skip

    @step(
        contested,
        pick=picks,
        share=st.sampled_from((0, 1, 32, 63, 64, 65)),
        rightful=mostly,
        patient=mostly,
        wait=waits,
    )
    def rule(self, pick: int, share: int, rightful: int, patient: int, wait: int) -> None:
        terms, epoch, units = self._open_objection(pick)
        disputed = self._line_state(terms, epoch, units).disputed
        upheld = min(2**64 - 1, disputed + 1 if share == 65 else disputed * share // 64)
        wait = self._wait_for(terms, epoch, units, patient, wait)
        self.act(
            self.contract,
            "rule",
            *(astuple(terms), epoch, units, upheld),
            sender=terms.arbiter if rightful else self.names["settler"],
            wait=wait,
            twin=self.twin.rule,
            twin_args=(terms, epoch, units, upheld),
        )

    @step(contested, pick=picks, patient=mostly, wait=waits)
    def expire(self, pick: int, patient: int, wait: int) -> None:
        terms, epoch, units = self._open_objection(pick)
        wait = self._wait_for(terms, epoch, units, patient, wait)
        self._expire(terms, epoch, units, wait)

    def _expire(self, terms: Campaign, epoch: int, units: int, wait: int) -> None:
        self.act(
            self.contract,
            "expire",
            *(astuple(terms), epoch, units),
            sender=self.names["outsider"],
            wait=wait,
            twin=self.twin.expire,
            twin_args=(terms, epoch, units),
        )

    # The deposit

    @step(now_and_then, who=parties, amount=st.sampled_from((1, 10**5 * LVO, 10**8 * LVO)), wait=waits)
    def deposit(self, who: str, amount: int, wait: int) -> None:
        self.act(self.contract, "deposit", amount, sender=self.names[who], wait=wait, twin=self.twin.deposit)

    @step(now_and_then, share=st.sampled_from((0, 1, 16, 64, 65)), patient=mostly, rightful=mostly, wait=waits)
    def withdraw(self, share: int, patient: int, rightful: int, wait: int) -> None:
        amount = self.twin.free + 1 if share == 65 else self.twin.free * share // 64
        if not rightful and patient <= 1:
            wait = max(0, self.twin.active_at + SILENCE - patient - self.chain.time)
        sender = self.names["settler" if rightful else "outsider"]
        self.act(self.contract, "withdraw", amount, sender=sender, wait=wait, twin=self.twin.withdraw)

    @step(now_and_then, wei=st.sampled_from((1, 3 * LVO)))
    def donate(self, wei: int) -> None:
        args = (self.contract.address, wei)
        self.act(self.token, "transfer", *args, sender=self.names["outsider"], twin=self.lvo.transfer)
        self.donated += wei

    # What holds after every step

    def after_step(self) -> None:
        """INV-ADS-1: the balance is what is owed; and what the chain keeps is what the twin keeps."""
        twin, contract, turn = self.twin, self.contract, len(self.trace)
        balance = self.token.view("balanceOf", contract.address)
        assert balance == self.lvo.balances[contract.address] == twin.owed() + self.donated
        assert contract.view("settlerDeposit") == (twin.free, twin.locked, twin.active_at)
        assert twin.locked == sum(each.bond for each in twin.batches.values()) + self._contested_bonds()
        assert self.rewards.view("funded") == twin.rewards.deposited == self.lvo.balances[self.rewards.address]
        if self.offers:
            terms = self.offers[turn % len(self.offers)]
            state = replace(self._state(terms))
            assert contract.view("campaigns", twin.id_of(terms)) == astuple(state)
        if self.booked:
            terms, epoch, units, root, *_ = self.booked[turn % len(self.booked)]
            assert contract.view("batches", root) == astuple(twin.batches[root])
            line = line_id(twin.id_of(terms), epoch, units)
            assert contract.view("lines", line) == astuple(twin.lines[line])[1:]

    def _contested_bonds(self) -> int:
        return sum(line.bond for line in self.twin.lines.values() if line.status == LineStatus.CONTESTED)

    def _check_books(self) -> None:
        """INV-ADS-3 and INV-ADS-6: what the events tell is what the ledger keeps, and what it has paid out."""
        books, twin = self.books, self.twin
        for key, state in twin.campaigns.items():
            if state.status in (Status.NONE, Status.CANCELED):
                continue
            book = books.campaigns[key]
            assert (book.remaining, book.booked, book.stop, book.status) == (
                *(state.remaining, state.booked, state.stop, state.status),
            )
            assert book.terms is not None
            assert book.terms.budget + book.topped_up == book.remaining + book.posted - book.struck + book.refunded
        assert books.batches.keys() == twin.batches.keys()
        for root, batch in twin.batches.items():
            book = books.batches[root]
            assert (book.pending, book.bond, book.until, book.done) == astuple(batch)
        for line in books.lines.values():
            kept = twin.lines[line_id(line.campaign, line.epoch, line.units)]
            assert (line.disputed, line.bond, line.since, line.status) == astuple(kept)[1:]
        assert (books.free, books.locked, books.active_at) == (twin.free, twin.locked, twin.active_at)
        assert all(books.nonces[who] == nonce for who, nonce in twin.nonces.items())
        assert books.owed() == twin.owed()
        assert books.totals().final == twin.rewards.deposited
        assert sum(books.totals(books.of_epoch(epoch)).posted for epoch in books.epochs()) == books.totals().posted
        assert sum(len(books.of_campaign(key)) for key in twin.campaigns) == len(books.lines)

    def finish(self) -> None:
        """INV-ADS-2: with everybody silent, an outsider alone brings every wei to its owner."""
        outsider = self.names["outsider"]
        self._check_books()
        for terms, epoch, units in self.contested():
            since = self._line_state(terms, epoch, units).since
            self._expire(terms, epoch, units, wait=max(0, since + RULES.ruling_window - self.chain.time))
        roots = [*self.twin.batches]
        last = max((each.until for each in self.twin.batches.values()), default=0)
        wait = max(0, last - self.chain.time)
        self.act(self.contract, "finalize", roots, sender=outsider, wait=wait, twin=self.twin.finalize)
        opened = [terms for terms in self.offers if self._state(terms).remaining]
        last = max(map(self.twin.refundable_from, opened), default=0)
        self.act(
            self.contract,
            "refund",
            [astuple(terms) for terms in opened],
            sender=outsider,
            wait=max(0, last - self.chain.time),
            twin=self.twin.refund,
            twin_args=(opened,),
        )
        wait = max(0, self.twin.active_at + SILENCE - self.chain.time)
        self.act(
            self.contract, "withdraw", self.twin.free, sender=outsider, wait=wait, twin=self.twin.withdraw
        )  # fmt: skip
        self._check_books()
        assert self.twin.owed() == self.books.totals().pending == 0
        assert all(batch == Batch(0, 0, batch.until, True) for batch in self.twin.batches.values())
        assert self.token.view("balanceOf", self.contract.address) == self.donated
        assert self.rewards.view("funded") == self.token.view("balanceOf", self.rewards.address)
