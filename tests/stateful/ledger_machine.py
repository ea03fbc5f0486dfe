"""Two RewardLedgers beside their twins: roots honest and not, vetoes, claims in any order, silence and the end."""

from typing import Any

from hypothesis import strategies as st

from lvo.curve import Schedule
from lvo.models import NOBODY, GenesisDistribution, RewardLedger
from lvo.models.ledger import NO_ROOT, SILENCE, Delegation, Terms
from lvo.typed_data import ledger_message, recover, sign, struct_hash, token_message
from lvo.units import DAY, LVO, MONTH
from tests.chain.interface import Contract, Receipt, person
from tests.merkle import Tree, leaf
from tests.stateful.ledger_story import Story
from tests.stateful.machine import Machine, step

PEOPLE = ("alice", "bob", "carol", "dave", "erin")
ROLES = ("operator", "guardian", "governance", "fallback")
DELAYS = (2 * DAY, 3_600)

waits = st.sampled_from((0, 0, 1, 3_599, 3_600, DAY, 2 * DAY, 20 * DAY))
streams = st.integers(0, 1)
people = st.sampled_from(PEOPLE)
picks = st.integers(0, 63)
mostly = st.integers(0, 7)
"""Zero: the unlikely case."""


class Stream:
    """A ledger, its twin, and the lists whose trees were proposed to it."""

    def __init__(self, contract: Contract, twin: RewardLedger) -> None:
        self.contract = contract
        self.twin = twin
        self.story = Story(contract.address, twin.terms.grant, twin.operator, twin.guardian)
        self.donated = 0
        self.lists: list[dict[str, int]] = []
        self.trees: list[Tree] = []


class LedgerMachine(Machine):
    """Every rule predicts events or the exact error; after every step no stream has paid more than it received."""

    def build(self) -> None:
        chain = self.chain
        self.names = {name: chain.actor(name) for name in (*PEOPLE, *ROLES, "holder", "outsider")}
        start = chain.time + 10
        schedule = Schedule(start, start, start + 12 * MONTH, 500)
        terms = (schedule.start, schedule.cliff, schedule.end, schedule.initial_bps)
        # The ledger's address is known before the distribution is made: it is the sender's contract after the next.
        ledger = chain.next_address(self.names["outsider"], after=1)
        holders = [ledger if bucket == 3 else self.names["holder"] for bucket in range(6)]
        pool = chain.deploy("GenesisDistribution", [(each, terms) for each in holders], sender=self.names["outsider"])
        token = chain.at("LVOToken", pool.view("LVO"))
        self.clock.time = chain.time
        self.pool = GenesisDistribution(self.clock, pool.address, token.address, [(each, schedule) for each in holders])
        self.token, self.distribution = token, pool
        self.names |= {"nobody": NOBODY, "token": token.address}
        self.streams: list[Stream] = []
        self.streams = [self._open(pool.address, 3, 0), self._open(NOBODY, 0, 1)]
        assert self.streams[0].contract.address == ledger
        # Somebody has money to deposit.
        self.act(pool, "release", 0, sender=self.names["holder"], wait=DAY, twin=self.pool.release)
        for each in self.streams:
            args = (each.contract.address, 2**256 - 1)
            self.act(token, "approve", *args, sender=self.names["holder"], twin=self.pool.lvo.approve)
            self.act(each.contract, "fund", 10**6 * LVO, sender=self.names["holder"], twin=each.twin.fund)

    def _open(self, source: str, grant: int, number: int) -> Stream:
        roles = [self.names[role] for role in ROLES]
        terms = (self.token.address, source, grant, *roles, DELAYS[number])
        contract = self.chain.deploy("RewardLedger", terms, sender=self.names["outsider"])
        self.clock.time = self.chain.time
        facts = Terms(self.pool if source != NOBODY else None, grant, *roles, DELAYS[number])
        return Stream(contract, RewardLedger(self.clock, contract.address, self.pool.lvo, facts))

    def act(self, *args: Any, **facts: Any) -> Receipt:
        receipt = super().act(*args, **facts)
        for event in receipt.events:
            for each in self.streams:
                each.story.read(event)
        return receipt

    # Funding

    @step(stream=streams, share=st.sampled_from((0, 1, 10**6, 10_001)), wait=waits)
    def fund(self, stream: int, share: int, wait: int) -> None:
        each, holder = self.streams[stream], self.names["holder"]
        held = self.pool.lvo.balances[holder]
        amount = held + 1 if share == 10_001 else min(held, share * LVO)
        self.act(each.contract, "fund", amount, sender=holder, wait=wait, twin=each.twin.fund)

    @step(
        stream=streams,
        salt=st.integers(0, 3),
        wei=st.sampled_from((1, 5 * LVO)),
        damage=st.sampled_from(("", "", "", "salt", "amount", "signer")),
        late=st.integers(-2, 1),
        wait=waits,
    )
    def fund_signed(self, stream: int, salt: int, wei: int, damage: str, late: int, wait: int) -> None:
        """By an authorization; its salts are few, so that some are used again."""
        each, holder = self.streams[stream], self.names["holder"]
        after, before = self.chain.time + wait - 1, self.chain.time + wait - late + 1

        def action(salt: int, wei: int) -> bytes:
            fields = {"funder": holder, "amount": wei, "salt": salt.to_bytes(32, "big")}
            return struct_hash(ledger_message("Fund", self.chain.chain_id, each.contract.address, **fields))

        fields = {
            "from": holder,
            "to": each.contract.address,
            "value": wei,
            "validAfter": after,
            "validBefore": before,
            "nonce": action(salt, wei),
        }
        message = token_message("ReceiveWithAuthorization", self.chain.chain_id, self.token.address, **fields)
        signer = "outsider" if damage == "signer" else "holder"
        signature = sign(message, person(signer).key)
        salt, wei = salt + 9 * (damage == "salt"), wei + (damage == "amount")
        # Of what was not signed nobody knows who did.
        recovered = self._recovered(fields | {"value": wei, "nonce": action(salt, wei)}, signature)
        self.act(
            each.contract,
            "fundWithAuthorization",
            *(holder, wei, salt.to_bytes(32, "big"), (after, before, signature)),
            sender=self.names["outsider"],
            wait=wait,
            twin=each.twin.fund_with_authorization,
            twin_args=(holder, wei, action(salt, wei), after, before),
            signer=recovered,
        )

    def _recovered(self, fields: dict[str, Any], signature: bytes) -> str:
        message = token_message("ReceiveWithAuthorization", self.chain.chain_id, self.token.address, **fields)
        return recover(message, signature)

    @step(stream=streams, wait=waits)
    def replenish(self, stream: int, wait: int) -> None:
        each = self.streams[stream]
        self.act(each.contract, "replenish", sender=self.names["outsider"], wait=wait, twin=each.twin.replenish)

    @step(stream=streams, wei=st.sampled_from((1, 7 * LVO)), wait=waits)
    def donate(self, stream: int, wei: int, wait: int) -> None:
        each, holder = self.streams[stream], self.names["holder"]
        args = (each.contract.address, wei)
        self.act(self.token, "transfer", *args, sender=holder, wait=wait, twin=self.pool.lvo.transfer)
        each.donated += wei

    # Roots

    @step(
        stream=streams,
        raises=st.lists(
            st.tuples(st.sampled_from((*PEOPLE, *PEOPLE, "nobody", "token")), picks), min_size=1, max_size=5
        ),
        damage=st.sampled_from(("", "", "", "", "", "", "greedy", "poor", "zero", "again", "lower", "rich")),
        rightful=mostly,
        wait=waits,
    )
    def propose(self, stream: int, raises: list[tuple[str, int]], damage: str, rightful: int, wait: int) -> None:
        each, twin = self.streams[stream], self.streams[stream].twin
        rows = dict(each.lists[-1]) if each.lists else {}
        free = max(0, twin.funded() - twin.newest.total) // max(1, len(raises))
        for name, part in raises:
            rows[name] = rows.get(name, 0) + (part if part < 3 else free * part // 64)
        if damage == "lower":
            # A later list that takes back must take nothing that was promised.
            rows = {name: cumulative // 2 for name, cumulative in rows.items()}
        tree = self._tree(each, rows or {"alice": 0})
        total = sum(rows.values())
        total = {"greedy": twin.funded() + 1, "poor": twin.total() - 1 if twin.total() else 0}.get(damage, total)
        if damage == "rich":
            # The leaves sum to more than the total says: the operator lies.
            total = max(twin.total(), total // 2)
        root = {"zero": NO_ROOT, "again": each.trees[0].root if each.trees else NO_ROOT}.get(damage, tree.root)
        sender = self.names["operator"] if rightful else self.names["outsider"]
        if rightful:
            sender = twin.operator
        args = (root, total, b"\7" * 32)
        receipt = self.act(each.contract, "propose", *args, sender=sender, wait=wait, twin=twin.propose)
        if receipt.error is None:
            each.lists.append(rows or {"alice": 0})
            each.trees.append(tree)

    def _tree(self, stream: Stream, rows: dict[str, int]) -> Tree:
        return Tree.of([self._leaf(stream, name, cumulative) for name, cumulative in rows.items()])

    def _leaf(self, stream: Stream, name: str, cumulative: int) -> bytes:
        return leaf(stream.contract.address, self.chain.chain_id, self.names[name], cumulative)

    @step(stream=streams, who=st.sampled_from(("operator", "guardian", "guardian", "outsider")), wait=waits)
    def drop(self, stream: int, who: str, wait: int) -> None:
        each = self.streams[stream]
        sender = {"operator": each.twin.operator, "guardian": each.twin.guardian}.get(who, self.names[who])
        self.act(each.contract, "drop", sender=sender, wait=wait, twin=each.twin.drop)

    # Claims

    def _pick(self, stream: int, pick: int) -> tuple[Stream, dict[str, int], Tree]:
        each = self.streams[stream] if self.streams[stream].trees else self.streams[1 - stream]
        index = -1 - pick % 2 if len(each.trees) > 1 else -1
        return each, each.lists[index], each.trees[index]

    @step(lambda self: any(each.trees for each in self.streams), stream=streams, pick=picks, bad=mostly, wait=waits)
    def claim(self, stream: int, pick: int, bad: int, wait: int) -> None:
        each, rows, tree = self._pick(stream, pick)
        name = sorted(rows)[pick % len(rows)]
        proof = tree.proof(self._leaf(each, name, rows[name]))
        cumulative, root = rows[name], tree.root
        if bad == 0:
            # Somebody asks for a wei more, or with the proof of the other stream.
            other = self.streams[1 - self.streams.index(each)]
            cumulative += 1
            each = other if pick % 2 else each
            root = self._led_to(each, name, cumulative, proof)
        args = (self.names[name], cumulative, proof)
        self.act(
            each.contract,
            "claim",
            *args,
            sender=self.names["outsider"],
            wait=wait,
            twin=each.twin.claim,
            twin_args=(self.names[name], cumulative, root),
        )

    def _led_to(self, stream: Stream, name: str, cumulative: int, proof: list[bytes]) -> bytes:
        """Where a proof leads that does not fit."""
        node = self._leaf(stream, name, cumulative)
        for sibling in proof:
            node = Tree.of([node, sibling]).root
        return node

    @step(
        lambda self: any(each.trees for each in self.streams),
        stream=streams,
        pick=picks,
        to=st.sampled_from((*PEOPLE, "outsider", "nobody", "token")),
        signer=st.sampled_from(("", "", "", *PEOPLE)),
        late=st.integers(-3, 1),
        votes=st.sampled_from(("none", "none", "good", "forged", "stale", "expired")),
        wait=waits,
    )
    def claim_to(self, stream: int, pick: int, to: str, signer: str, late: int, votes: str, wait: int) -> None:
        each, rows, tree = self._pick(stream, pick)
        named = [name for name in sorted(rows) if name in PEOPLE]
        if not named:
            return
        name = named[pick % len(named)]
        account, receiver, deadline = self.names[name], self.names[to], self.chain.time + wait - late + 1
        fields = {
            "account": account,
            "cumulative": rows[name],
            "receiver": receiver,
            "nonce": each.twin.nonces[account],
            "deadline": deadline,
        }
        message = ledger_message("ClaimTo", self.chain.chain_id, each.contract.address, **fields)
        signature = sign(message, person(signer or name).key)
        proof = tree.proof(self._leaf(each, name, rows[name]))
        delegation, facts = self._delegation(name, to, votes)
        self.act(
            each.contract,
            "claimTo",
            *(account, rows[name], proof, receiver, deadline, signature, delegation),
            sender=self.names["outsider"],
            wait=wait,
            twin=each.twin.claim_to,
            twin_args=(account, rows[name], tree.root, receiver, deadline, facts),
            signer=self.names[signer or name],
        )

    def _delegation(self, name: str, to: str, votes: str) -> tuple[tuple[str, int, int, bytes], Delegation | None]:
        """As the contract takes it, and as the twin does."""
        if votes == "none":
            return (NOBODY, 0, 0, b""), None
        account, delegatee = self.names[name], self.names[to]
        nonce = self.pool.lvo.nonces[account] + (votes == "stale")
        expiry = self.chain.time - 1 if votes == "expired" else 2**40
        signer = "outsider" if votes == "forged" else name
        fields = {"account": account, "delegatee": delegatee, "nonce": nonce, "expiry": expiry}
        message = token_message("AccountDelegation", self.chain.chain_id, self.token.address, **fields)
        signature = sign(message, person(signer).key)
        return (delegatee, nonce, expiry, signature), Delegation(delegatee, nonce, expiry, self.names[signer])

    @step(
        lambda self: any(each.trees for each in self.streams),
        stream=streams,
        pick=picks,
        mask=st.integers(0, 127),
        bad=mostly,
        wait=waits,
    )
    def claim_many(self, stream: int, pick: int, mask: int, bad: int, wait: int) -> None:
        each, rows, tree = self._pick(stream, pick)
        by_leaf = {self._leaf(each, name, rows[name]): name for name in sorted(rows)}
        wanted = [node for bit, node in enumerate(by_leaf) if mask >> bit & 1]
        ordered, proof, flags = tree.multiproof(wanted)
        chosen = [by_leaf[node] for node in ordered]
        root = tree.root
        if bad == 0 and proof:
            # Somebody drops a node of the proof, which then fits nothing.
            proof, root = proof[:-1], NO_ROOT
        entitlements = [(self.names[name], rows[name]) for name in chosen]
        self.act(
            each.contract,
            "claimMany",
            *(entitlements, proof, flags),
            sender=self.names["outsider"],
            wait=wait,
            twin=each.twin.claim_many,
            twin_args=(entitlements, root),
        )

    @step(stream=streams, who=people, wait=waits)
    def cancel_claims(self, stream: int, who: str, wait: int) -> None:
        each = self.streams[stream]
        self.act(each.contract, "cancelClaims", sender=self.names[who], wait=wait, twin=each.twin.cancel_claims)

    # Governance

    @step(
        stream=streams,
        role=st.booleans(),
        to=st.sampled_from((*PEOPLE, *ROLES, "nobody", "token")),
        rightful=mostly,
        wait=waits,
    )
    def appoint(self, stream: int, role: bool, to: str, rightful: int, wait: int) -> None:
        each = self.streams[stream]
        function, twin = ("setOperator", each.twin.set_operator) if role else ("setGuardian", each.twin.set_guardian)
        sender = self.names["governance" if rightful else "outsider"]
        self.act(each.contract, function, self.names[to], sender=sender, wait=wait, twin=twin)

    @step(stream=streams, patient=st.integers(-1, 3), wait=waits)
    def sweep(self, stream: int, patient: int, wait: int) -> None:
        each, twin = self.streams[stream], self.streams[stream].twin
        if patient <= 1:
            last = twin.settled_at if twin.newest.root == NO_ROOT else twin.newest.active_at
            wait = max(0, last + SILENCE + patient - self.chain.time)
        self.act(each.contract, "sweep", sender=self.names["outsider"], wait=wait, twin=twin.sweep)

    # What holds after every step

    def after_step(self) -> None:
        """INV-RWD-1 and INV-RWD-2: each stream paid out of its own money, and the chain's views are the twin's."""
        each = self.streams[len(self.trace) % 2]
        contract, twin = each.contract, each.twin
        balance = self.token.view("balanceOf", contract.address)
        assert balance == self.pool.lvo.balances[contract.address]
        assert contract.view("funded") == twin.funded()
        assert contract.view("total") == twin.total() <= twin.funded()
        assert contract.view("proposal") == (twin.newest.root, twin.newest.total, twin.newest.active_at)
        account = self.names[PEOPLE[len(self.trace) % len(PEOPLE)]]
        assert contract.view("paid", account) == twin.paid[account]
        assert sum(twin.paid.values()) + balance == twin.funded() + each.donated

    def finish(self) -> None:
        """INV-RWD-3: the newest honest list is paid in full, in any order, by an outsider alone; INV-RWD-4."""
        for each in self.streams:
            self._compare_story(each)
            for rows, tree in zip(each.lists, each.trees, strict=True):
                active = each.twin.active_at.get(tree.root, 0)
                if not active:
                    continue
                wait = max(0, active - self.chain.time)
                for name in sorted(rows, reverse=True):
                    args: tuple[Any, ...] = (self.names[name], rows[name])
                    self.act(
                        each.contract,
                        "claim",
                        *(*args, tree.proof(self._leaf(each, name, rows[name]))),
                        sender=self.names["outsider"],
                        wait=wait,
                        twin=each.twin.claim,
                        twin_args=(*args, tree.root),
                    )
                    wait = 0

    def _compare_story(self, stream: Stream) -> None:
        """Everything that the chain says of a stream is in the events."""
        contract, story = stream.contract, stream.story
        assert contract.view("operator") == story.operator
        assert contract.view("guardian") == story.guardian
        assert contract.view("proposal") == story.newest
        assert contract.view("funded") == story.funded
        assert contract.view("total") == story.total(self.chain.time)
        for root in (tree.root for tree in stream.trees):
            assert contract.view("activeAt", root) == story.active_at[root]
        for account in self.names.values():
            assert contract.view("paid", account) == story.paid[account]
            assert contract.view("claimNonces", account) == story.nonces[account]
