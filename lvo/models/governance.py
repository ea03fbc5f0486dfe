"""The twin of ``contracts/governance/``: governor, timelock and guard in one, as they only work together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from lvo.models.base import Address, Clock, Revert
from lvo.models.distribution import GenesisDistribution
from lvo.units import WHOLE

ZERO = b"\0" * 32


class State(IntEnum):
    """Where a proposal stands (OpenZeppelin's ``ProposalState``)."""

    PENDING = 0
    ACTIVE = 1
    CANCELED = 2
    DEFEATED = 3
    SUCCEEDED = 4
    QUEUED = 5
    EXPIRED = 6
    EXECUTED = 7


AGAINST, FOR, ABSTAIN = range(3)
"""What a vote can be."""


@dataclass(frozen=True)
class Action:
    """A call that the timelock makes if the proposal passes.

    Attributes
    ----------
    target, value, data
        The call: whom, with how much ether in wei, with what calldata.
    effect
        What the call does to other twins; it takes ``sender``, which is the timelock.
    """

    target: Address
    value: int
    data: bytes
    effect: Callable[..., object]


@dataclass(frozen=True)
class Terms:
    """What governance starts with: times in seconds, votes in wei, the quorum's share in basis points."""

    voting_delay: int
    voting_period: int
    extension: int
    quorum_bps: int
    threshold: int
    quorum_floor: int
    timelock_delay: int
    council: Address
    guard_until: int


@dataclass(frozen=True)
class Addresses:
    """Where the three contracts are."""

    governor: Address
    timelock: Address
    guard: Address


@dataclass
class Proposal:
    """A proposal and what became of it."""

    proposer: Address
    snapshot: int
    deadline: int
    eta: int = 0
    votes: list[int] = field(default_factory=lambda: [0, 0, 0])
    voted: set[Address] = field(default_factory=set)
    extended: int = 0
    executed: bool = False
    canceled: bool = False
    operation: bytes = ZERO


class Governance:
    """Proposals of holders, from the first word to their execution by the timelock.

    Every public method takes ``sender``, the account that calls. A method raises :class:`~lvo.models.base.Revert` where
    the contract reverts, and then has changed nothing.

    Attributes
    ----------
    proposals
        By their ids.
    ready_at
        When the operations of the timelock can be carried out, Unix seconds; 1 for those that were.
    """

    def __init__(self, clock: Clock, at: Addresses, distribution: GenesisDistribution, terms: Terms) -> None:
        self.clock = clock
        self.at = at
        self.distribution = distribution
        self.lvo = distribution.lvo
        self.terms = terms
        self.proposals: dict[int, Proposal] = {}
        self.ready_at: dict[bytes, int] = {}

    # The life of a proposal

    def propose(self, actions: Sequence[Action], description: str, *, sender: Address) -> int:
        """Put calls to the vote; returns the proposal's id."""
        votes = self.lvo.past_votes(sender, self.clock.time - 1)
        if votes < self.terms.threshold:
            raise Revert("GovernorInsufficientProposerVotes", sender, votes, self.terms.threshold)
        number = self.id_of(actions, description)
        if number in self.proposals:
            raise Revert("GovernorUnexpectedProposalState", number, int(self.state(number)), ZERO)
        snapshot = self.clock.time + self.terms.voting_delay
        deadline = snapshot + self.terms.voting_period
        self.proposals[number] = Proposal(sender, snapshot, deadline)
        targets, values, data = _columns(actions)
        signatures = ("",) * len(actions)
        self._emit(
            "ProposalCreated",
            *(number, sender, targets, values, signatures, data, snapshot, deadline, description),
        )
        return number

    def cast_vote(self, number: int, support: int, *, sender: Address) -> None:
        """Vote with what the sender had at the snapshot."""
        proposal = self._expect(number, State.ACTIVE)
        weight = self.lvo.past_votes(sender, proposal.snapshot)
        if sender in proposal.voted:
            raise Revert("GovernorAlreadyCastVote", sender)
        if support not in (AGAINST, FOR, ABSTAIN):
            raise Revert("GovernorInvalidVoteType")
        proposal.voted.add(sender)
        proposal.votes[support] += weight
        self._emit("VoteCast", sender, number, support, weight, "")
        if not proposal.extended and self._quorum_reached(proposal):
            proposal.extended = self.clock.time + self.terms.extension
            if proposal.extended > proposal.deadline:
                proposal.deadline = proposal.extended
                self._emit("ProposalExtended", number, proposal.deadline)

    def queue(self, actions: Sequence[Action], description: str, *, sender: Address) -> None:
        """Hand a proposal that passed to the timelock; anyone may."""
        number = self.id_of(actions, description)
        proposal = self._expect(number, State.SUCCEEDED)
        delay = self.terms.timelock_delay
        operation, salt = self.operation(actions, description)
        self.ready_at[operation] = self.clock.time + delay
        for index, action in enumerate(actions):
            self._emit(
                "CallScheduled", operation, index, action.target, action.value, action.data, ZERO, delay, timelock=True
            )
        self._emit("CallSalt", operation, salt, timelock=True)
        proposal.operation, proposal.eta = operation, self.clock.time + delay
        self._emit("ProposalQueued", number, proposal.eta)

    def execute(self, actions: Sequence[Action], description: str, *, sender: Address) -> None:
        """Carry out a proposal that waited long enough; anyone may."""
        number = self.id_of(actions, description)
        proposal = self._expect(number, State.SUCCEEDED, State.QUEUED)
        self._execute(self.operation(actions, description)[0], actions)
        proposal.executed = True
        self._emit("ProposalExecuted", number)

    def execute_batch(self, actions: Sequence[Action], description: str, *, sender: Address) -> None:
        """Carry out an operation at the timelock itself; anyone may."""
        self._execute(self.operation(actions, description)[0], actions)

    def cancel(self, actions: Sequence[Action], description: str, *, sender: Address) -> None:
        """Withdraw one's own proposal before the vote begins."""
        number = self.id_of(actions, description)
        if self.state(number) != State.PENDING or sender != self.proposals[number].proposer:
            raise Revert("GovernorUnableToCancel", number, sender)
        self.proposals[number].canceled = True
        self._emit("ProposalCanceled", number)

    def guard_cancel(self, operation: bytes, *, sender: Address) -> None:
        """The council cancels an operation that waits."""
        if sender != self.terms.council:
            raise Revert("CouncilGuard_NotCouncil", sender, self.terms.council)
        if self.clock.time >= self.terms.guard_until:
            raise Revert("CouncilGuard_Ended", self.clock.time, self.terms.guard_until)
        if self.ready_at.get(operation, 0) <= 1:
            raise Revert("TimelockUnexpectedOperationState", operation, _bitmap(1, 2))
        del self.ready_at[operation]
        self.clock.emit(self.at.guard, "OperationCanceled", operation)
        self._emit("Cancelled", operation, timelock=True)

    # Views

    def id_of(self, actions: Sequence[Action], description: str) -> int:
        """The id of a proposal: the hash of its calls and of the hash of its description."""
        packed = encode(
            ["address[]", "uint256[]", "bytes[]", "bytes32"], [*_columns(actions), keccak(text=description)]
        )
        return int.from_bytes(keccak(packed), "big")

    def quorum(self, timepoint: int) -> int:
        """The votes, for and abstaining, that a proposal with its snapshot at ``timepoint`` needs; wei, rounded up."""
        unlocked = self.distribution.unlocked_at(timepoint)
        return max(self.terms.quorum_floor, -(-unlocked * self.terms.quorum_bps // WHOLE))

    def state(self, number: int) -> State:
        """Where a proposal stands now."""
        if number not in self.proposals:
            raise Revert("GovernorNonexistentProposal", number)
        proposal = self.proposals[number]
        if proposal.executed:
            return State.EXECUTED
        if proposal.canceled:
            return State.CANCELED
        if self.clock.time <= proposal.snapshot:
            return State.PENDING
        if self.clock.time <= proposal.deadline:
            return State.ACTIVE
        if not self._quorum_reached(proposal) or proposal.votes[FOR] <= proposal.votes[AGAINST]:
            return State.DEFEATED
        if not proposal.eta:
            return State.SUCCEEDED
        ready = self.ready_at.get(proposal.operation, 0)
        return State.QUEUED if ready > 1 else State.EXECUTED if ready == 1 else State.CANCELED

    def operation(self, actions: Sequence[Action], description: str) -> tuple[bytes, bytes]:
        """The id of a proposal's operation in the timelock, and its salt."""
        return operation_of(self.at.governor, *_columns(actions), description)

    # Private

    def _emit(self, name: str, *args: object, timelock: bool = False) -> None:
        self.clock.emit(self.at.timelock if timelock else self.at.governor, name, *args)

    def _expect(self, number: int, *allowed: State) -> Proposal:
        state = self.state(number)
        if state not in allowed:
            raise Revert("GovernorUnexpectedProposalState", number, int(state), _bitmap(*allowed))
        return self.proposals[number]

    def _quorum_reached(self, proposal: Proposal) -> bool:
        return self.quorum(proposal.snapshot) <= proposal.votes[FOR] + proposal.votes[ABSTAIN]

    def _execute(self, operation: bytes, actions: Sequence[Action]) -> None:
        ready = self.ready_at.get(operation, 0)
        if ready <= 1 or ready > self.clock.time:
            raise Revert("TimelockUnexpectedOperationState", operation, _bitmap(2))
        before = len(self.clock.events)
        for index, action in enumerate(actions):
            try:
                action.effect(sender=self.at.timelock)
            except Revert:
                if index:
                    raise AssertionError("a batch whose later call fails is not modelled") from None
                del self.clock.events[before:]
                raise
            self._emit("CallExecuted", operation, index, action.target, action.value, action.data, timelock=True)
        self.ready_at[operation] = 1


def operation_of(
    governor: Address, targets: Sequence[Address], values: Sequence[int], data: Sequence[bytes], description: str
) -> tuple[bytes, bytes]:
    """Compute the id of a proposal's operation in the timelock, and its salt.

    The salt is the governor's address over the description's hash (OpenZeppelin's ``GovernorTimelockControl``), the id
    the hash of the calls, of no predecessor and of the salt (``TimelockController.hashOperationBatch``).
    """
    shifted = bytes.fromhex(governor[2:]).ljust(32, b"\0")
    salt = bytes(a ^ b for a, b in zip(shifted, keccak(text=description), strict=True))
    types = ["address[]", "uint256[]", "bytes[]", "bytes32", "bytes32"]
    return keccak(encode(types, [tuple(targets), tuple(values), tuple(data), ZERO, salt])), salt


def _columns(actions: Sequence[Action]) -> tuple[tuple[Address, ...], tuple[int, ...], tuple[bytes, ...]]:
    """Targets, values and calldata of actions, as the contracts take them."""
    return (
        tuple(action.target for action in actions),
        tuple(action.value for action in actions),
        tuple(action.data for action in actions),
    )


def _bitmap(*states: int) -> bytes:
    """A set of states as OpenZeppelin's errors give it."""
    return sum(1 << state for state in states).to_bytes(32, "big")
