"""The governor, the timelock and the council's guard beside their twin: four years of proposals, votes and vetoes."""

from typing import Any

from eth_utils import keccak
from hypothesis import strategies as st

from lvo.models.governance import Action, State
from lvo.units import DAY, LVO, MONTH
from tests.government import found
from tests.scenes import APPLICATION, EXCHANGE, FOUNDATION, PROMOTION, TEAM
from tests.stateful.machine import Machine, step

PEOPLE = ("alice", "bob", "carol")
SOURCES = {"team": TEAM, "promotion": PROMOTION, "exchange": EXCHANGE}

waits = st.sampled_from((0, 0, 1, 3_600, DAY, 2 * DAY, 2 * DAY + 1, 7 * DAY, MONTH))
people = st.sampled_from(PEOPLE)
picks = st.integers(0, 31)
mostly = st.integers(0, 7)
"""Zero: the unlikely case."""


class GovernanceMachine(Machine):
    """Every rule predicts events or the exact error; no proposal counts more votes than were unlocked."""

    def build(self) -> None:
        chain = self.chain
        names = (*PEOPLE, *SOURCES, "cornerstone", "council", "outsider", "deployer")
        self.names = {name: chain.actor(name) for name in names}
        self.stage = found(chain, self.clock, self.names["deployer"], self.names["council"])
        self.twin = self.stage.twin
        self.books = self.twin.distribution
        self.proposals: list[tuple[list[Action], str, int]] = []
        # The exchange pool opens at once: alice and bob get a voice of it, and keep it.
        wait = self.stage.curves[EXCHANGE].start - chain.time
        self._do(
            "release", EXCHANGE, sender="exchange", wait=wait, contract=self.stage.genesis, twin=self.books.release
        )
        for voter, share in (("alice", 4), ("bob", 3)):
            args = (self.names[voter], share * 10**6 * LVO)
            token, books = self.stage.token, self.books.lvo
            self._do("transfer", *args, sender="exchange", contract=token, twin=books.transfer)
            self._do("delegate", self.names[voter], sender=voter, contract=token, twin=books.delegate)

    def _do(self, function: str, *args: Any, sender: str, wait: int = 0, **how: Any) -> Any:
        contract = how.pop("contract", self.stage.governor)
        return self.act(contract, function, *args, sender=self.names[sender], wait=wait, **how)

    # Votes

    @step(source=st.sampled_from(sorted(SOURCES)), wait=waits)
    def release(self, source: str, wait: int) -> None:
        genesis = self.stage.genesis
        self._do("release", SOURCES[source], sender=source, wait=wait, contract=genesis, twin=self.books.release)

    @step(
        giver=st.sampled_from((*SOURCES, *PEOPLE)), to=people, part=st.sampled_from((1, 50, 1_000, 10_000)), wait=waits
    )
    def transfer(self, giver: str, to: str, part: int, wait: int) -> None:
        amount = self.books.lvo.balances[self.names[giver]] * part // 10_000
        args, token = (self.names[to], amount), self.stage.token
        self._do("transfer", *args, sender=giver, wait=wait, contract=token, twin=self.books.lvo.transfer)

    @step(voter=people, to=people, wait=waits)
    def delegate(self, voter: str, to: str, wait: int) -> None:
        token, lvo = self.stage.token, self.books.lvo
        self._do("delegate", self.names[to], sender=voter, wait=wait, contract=token, twin=lvo.delegate)

    # Proposals

    @step(
        proposer=people,
        kinds=st.lists(st.sampled_from(("foundation", "application", "pay", "overdraw")), min_size=1, max_size=2),
        again=mostly,
        wait=waits,
    )
    def propose(self, proposer: str, kinds: list[str], again: int, wait: int) -> None:
        actions, description = self._actions(kinds), f"Proposal {len(self.proposals)}"
        if again == 0 and self.proposals:
            actions, description, _ = self.proposals[-1]
        receipt = self._do(
            "propose",
            *self._columns(actions),
            description,
            sender=proposer,
            wait=wait,
            twin=self.twin.propose,
            twin_args=(actions, description),
        )
        if receipt.error is None:
            self.proposals.append((actions, description, self.twin.id_of(actions, description)))

    def _actions(self, kinds: list[str]) -> list[Action]:
        """Calls of the timelock. Only the first may fail: what fails later is not modelled."""
        genesis, token = self.stage.genesis, self.stage.token
        made = []
        for index, kind in enumerate(kinds):
            if index and kind != "pay":
                continue
            if kind in ("foundation", "application"):
                pool = FOUNDATION if kind == "foundation" else APPLICATION
                data = genesis.encode("release", pool)
                made.append(
                    Action(genesis.address, 0, data, lambda sender, p=pool: self.books.release(p, sender=sender))
                )
            else:
                # Nothing is always there to be paid; a billion never is.
                amount = 10**9 * LVO if kind == "overdraw" else 0
                args = (self.names["carol"], amount)
                data = token.encode("transfer", *args)
                made.append(
                    Action(token.address, 0, data, lambda sender, a=args: self.books.lvo.transfer(*a, sender=sender))
                )
        return made

    def _columns(self, actions: list[Action]) -> tuple[list[Any], list[int], list[bytes]]:
        return [each.target for each in actions], [each.value for each in actions], [each.data for each in actions]

    @step(
        lambda self: bool(self.proposals),
        voter=people,
        pick=picks,
        support=st.sampled_from((0, 1, 1, 1, 2, 3)),
        patient=mostly,
        wait=waits,
    )
    def vote(self, voter: str, pick: int, support: int, patient: int, wait: int) -> None:
        _, _, number = self.proposals[-1 - pick % min(2, len(self.proposals))]
        proposal = self.twin.proposals[number]
        if patient == 1:
            wait = max(0, proposal.snapshot - self.chain.time)
        elif patient > 4:
            wait = max(0, proposal.snapshot + 1 - self.chain.time)
        elif patient == 2:
            wait = max(0, proposal.deadline - self.chain.time)
        self._do("castVote", number, support, sender=voter, wait=wait, twin=self.twin.cast_vote)

    @step(lambda self: bool(self.proposals), pick=picks, patient=mostly, wait=waits)
    def queue(self, pick: int, patient: int, wait: int) -> None:
        if patient:
            wait = max(0, self._deadline(pick) + patient % 2 - self.chain.time)
        self._carry("queue", pick, wait, "outsider", self.twin.queue)

    @step(lambda self: bool(self.proposals), pick=picks, direct=st.booleans(), patient=mostly, wait=waits)
    def execute(self, pick: int, direct: bool, patient: int, wait: int) -> None:
        actions, description, number = self._pick(pick)
        if patient:
            ready = self.twin.ready_at.get(self.twin.proposals[number].operation, 0)
            wait = max(0, ready - 1 + min(1, patient - 1) - self.chain.time)
        if not direct:
            self._carry("execute", pick, wait, "outsider", self.twin.execute)
            return
        _, salt = self.twin.operation(actions, description)
        args = (*self._columns(actions), bytes(32), salt)
        self._do(
            "executeBatch",
            *args,
            sender="outsider",
            wait=wait,
            contract=self.stage.timelock,
            twin=self.twin.execute_batch,
            twin_args=(actions, description),
        )

    @step(lambda self: bool(self.proposals), pick=picks, against=mostly, early=mostly)
    def advance(self, pick: int, against: int, early: int) -> None:
        """Do what a proposal waits for, mostly at the first second in which it can be done."""
        _, _, number = self._pick(pick)
        proposal = self.twin.proposals[number]
        self.clock.time = self.chain.time
        state, slip = self.twin.state(number), -1 if early == 0 else 0
        if state in (State.PENDING, State.ACTIVE):
            wait = max(0, proposal.snapshot + 1 + slip - self.chain.time)
            for voter in PEOPLE:
                support = 0 if against == 0 else 1
                self._do("castVote", number, support, sender=voter, wait=wait, twin=self.twin.cast_vote)
                wait = 0
            wait = max(0, proposal.deadline + 1 + slip - self.chain.time)
            self._carry("queue", pick, wait, "outsider", self.twin.queue)
        elif state == State.SUCCEEDED:
            self._carry("queue", pick, 0, "outsider", self.twin.queue)
        else:
            wait = max(0, proposal.eta + slip - self.chain.time)
            self._carry("execute", pick, wait, "outsider", self.twin.execute)

    @step(lambda self: bool(self.proposals), pick=picks, who=people, wait=waits)
    def cancel(self, pick: int, who: str, wait: int) -> None:
        self._carry("cancel", pick, wait, who, self.twin.cancel)

    @step(lambda self: bool(self.proposals), pick=picks, rightful=mostly, wait=waits)
    def veto(self, pick: int, rightful: int, wait: int) -> None:
        actions, description, _ = self._pick(pick)
        operation, _ = self.twin.operation(actions, description)
        who, guard = ("council" if rightful else "outsider"), self.stage.guard
        self._do("cancel", operation, sender=who, wait=wait, contract=guard, twin=self.twin.guard_cancel)

    def _pick(self, pick: int) -> tuple[list[Action], str, int]:
        return self.proposals[-1 - pick % min(2, len(self.proposals))]

    def _deadline(self, pick: int) -> int:
        return self.twin.proposals[self._pick(pick)[2]].deadline

    def _carry(self, function: str, pick: int, wait: int, sender: str, twin: Any) -> None:
        actions, description, _ = self._pick(pick)
        args = (*self._columns(actions), keccak(text=description))
        self._do(function, *args, sender=sender, wait=wait, twin=twin, twin_args=(actions, description))

    # What holds after every step

    def after_step(self) -> None:
        """INV-GOV-1 and INV-GOV-2: votes cast never exceed what was unlocked; the quorum is the twin's."""
        if not self.proposals:
            return
        _, _, number = self._pick(len(self.trace))
        proposal = self.twin.proposals[number]
        votes = self.stage.governor.view("proposalVotes", number)
        assert list(votes) == proposal.votes
        assert sum(votes) <= self.books.unlocked_at(proposal.snapshot)
        self.clock.time = self.chain.time
        assert self.stage.governor.view("state", number) == int(self.twin.state(number))
        quorum = self.stage.governor.view("quorum", proposal.snapshot)
        assert quorum == self.twin.quorum(proposal.snapshot) >= self.twin.terms.quorum_floor

    def finish(self) -> None:
        """Whatever waits in the timelock is carried out by an outsider alone."""
        for actions, description, number in self.proposals:
            self.clock.time = self.chain.time
            if self.twin.state(number) == State.QUEUED:
                ready = self.twin.proposals[number].eta
                args = (*self._columns(actions), keccak(text=description))
                wait = max(0, ready - self.chain.time)
                self._do(
                    "execute",
                    *args,
                    sender="outsider",
                    wait=wait,
                    twin=self.twin.execute,
                    twin_args=(actions, description),
                )
