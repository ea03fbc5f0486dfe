"""Decide by vote: ``brownie run govern propose | vote | queue | execute | cancel | veto | status | demo``.

What every verb prints, and what to do about each message, is in docs/OPERATE.md.
"""

from brownie import accounts, chain, web3

from lvo.models.governance import State
from lvo.reconcile import describe_time
from lvo.units import LVO, MONTH, format_lvo
from scripts.support.console import ScriptError, confirm, say, step, table, verb
from scripts.support.governance import WORDS, Motion, Offices, find, motions, offices, operation, read_motion, state_of
from scripts.support.sending import is_development, send, signer, signers
from scripts.support.suite import deploy_suite, prepare

SUITE = "plans/suite/suite.yaml"
EXAMPLE = "plans/suite/fund-an-application.yaml"
CORNERSTONE = 4
"""The bucket whose holder votes in the demo."""
DEMO_MONTH = 7
"""Months after the genesis at which the demo votes: a month after the cornerstone's cliff."""


def main() -> None:
    """Say which verbs there are."""
    say("brownie run govern propose FILE          put calls of the timelock to the vote; needs 100,000 LVO of votes")
    say("brownie run govern vote ID for|against|abstain")
    say("brownie run govern queue ID              hand what passed to the timelock; anyone may")
    say("brownie run govern execute ID            carry out what waited long enough; anyone may")
    say("brownie run govern cancel ID             withdraw one's own proposal before the vote begins")
    say("brownie run govern veto ID               the council, in the first year: cancel what waits")
    say("brownie run govern status                every proposal, and what it waits for")
    say("brownie run govern demo                  fund an application on a fresh chain, from proposal to payment")


@verb
def propose(file: str) -> None:
    """Put the calls of a file to the vote."""
    suite, account = offices(), _account()
    motion = read_motion(file, suite, account)
    for to, data in zip(motion.targets, motion.data, strict=True):
        say(f"calls {to} with {data}")
    if not is_development():
        confirm(f"Propose this from {account}?")
    _propose(suite, motion, account)


@verb
def vote(number: str, support: str) -> None:
    """Vote on a proposal with what the account had at its snapshot."""
    if support not in WORDS:
        raise ScriptError(f"{support!r} is no vote: write {' or '.join(WORDS)}.")
    suite = offices()
    id, _ = find(suite, number)
    _expect(suite, id, State.ACTIVE)
    _vote(suite, id, support, _account())


@verb
def queue(number: str) -> None:
    """Hand a proposal that passed to the timelock."""
    suite = offices()
    id, motion = find(suite, number)
    _expect(suite, id, State.SUCCEEDED)
    send(suite.governor.queue, *motion.hashed, sender=_account())
    say(f"Queued. It can be executed from {describe_time(int(suite.governor.proposalEta(id)))} on, by anyone.")


@verb
def execute(number: str) -> None:
    """Carry out a proposal that waited in the timelock."""
    suite = offices()
    id, motion = find(suite, number)
    _expect(suite, id, State.QUEUED)
    eta = int(suite.governor.proposalEta(id))
    if int(web3.eth.get_block("latest")["timestamp"]) < eta:
        raise ScriptError(f"It waits in the timelock until {describe_time(eta)}: execute it then. Nothing was sent.")
    send(suite.governor.execute, *motion.hashed, sender=_account())
    say("Executed.")


@verb
def cancel(number: str) -> None:
    """Withdraw one's own proposal before the vote begins."""
    suite = offices()
    id, motion = find(suite, number)
    _expect(suite, id, State.PENDING)
    proposer = str(suite.governor.proposalProposer(id))
    send(suite.governor.cancel, *motion.hashed, sender=_account(proposer))
    say("Canceled.")


@verb
def veto(number: str) -> None:
    """Cancel an operation in the timelock, as the council."""
    suite = offices()
    id, motion = find(suite, number)
    _expect(suite, id, State.QUEUED)
    guard = suite.contracts["CouncilGuard"]
    waiting = operation(suite, motion)
    send(guard.cancel, waiting, sender=_account(str(guard.COUNCIL())))
    say(f"The operation {waiting} is canceled.")


@verb
def status() -> None:
    """List every proposal, newest first, with its votes and what it waits for."""
    _status(offices())


@verb
def demo() -> None:
    """Deploy the suite on a fresh chain and let its holders fund an application."""
    if not is_development():
        raise ScriptError("The demo moves the clock, which only a chain of one's own allows: leave --network away.")
    step("1  The suite")
    project, document = prepare(SUITE, replaces=True)
    deploy_suite(project, document)
    suite = offices()
    step(f"2  {DEMO_MONTH} months")
    chain.mine(timestamp=project.genesis + DEMO_MONTH * MONTH)
    holder = project.plan.buckets[CORNERSTONE].holder.address
    send(suite.contracts["GenesisDistribution"].release, CORNERSTONE, sender=holder)
    held = int(suite.token.balanceOf(holder))
    other = next(str(each) for each in accounts if str(each) != holder)
    send(suite.token.transfer, other, held // 3, sender=holder)
    for voter in (holder, other):
        send(suite.token.delegate, voter, sender=voter)
        say(f"{voter} votes with {format_lvo(suite.token.getVotes(voter))} LVO")
    chain.mine(timestamp=int(web3.eth.get_block("latest")["timestamp"]) + 12)
    step("3  A proposal")
    motion = read_motion(EXAMPLE, suite, holder)
    id = _propose(suite, motion, holder)
    step("4  The vote")
    chain.mine(timestamp=int(suite.governor.proposalSnapshot(id)) + 1)
    _vote(suite, id, "for", holder)
    _vote(suite, id, "against", other)
    step("5  The timelock")
    chain.mine(timestamp=int(suite.governor.proposalDeadline(id)) + 1)
    send(suite.governor.queue, *motion.hashed, sender=other)
    chain.mine(timestamp=int(suite.governor.proposalEta(id)))
    builder = str(accounts.at("0x21b42413bA931038f35e7A5224FaDb065d297Ba3", force=True))
    before = int(suite.token.balanceOf(builder))
    send(suite.governor.execute, *motion.hashed, sender=other)
    say(f"{builder} was paid {format_lvo(int(suite.token.balanceOf(builder)) - before)} LVO.")
    step("6  How it stands")
    _status(suite)


def _account(*wanted: str) -> str:
    account = signer(*wanted)
    if account is None:
        known = ", ".join(signers()) or "nobody"
        raise ScriptError(
            f"{wanted[0] if wanted else 'An account'} must sign this, and here can sign: {known}. Name its key of "
            "Brownie's keystore in LVO_KEYSTORE."
        )
    return str(account)


def _expect(suite: Offices, id: int, wanted: State) -> None:
    """Refuse what the governor would refuse, in words."""
    state = state_of(suite, id)
    if state == wanted:
        return
    waits = ""
    if state == State.PENDING:
        waits = f": the vote begins after {describe_time(int(suite.governor.proposalSnapshot(id)))}"
    elif state == State.ACTIVE:
        waits = f": the vote ends after {describe_time(int(suite.governor.proposalDeadline(id)))}"
    raise ScriptError(
        f"The proposal is {state.name.lower()}{waits}; for this it must be {wanted.name.lower()}. Nothing was sent."
    )


def _propose(suite: Offices, motion: Motion, account: str) -> int:
    targets, values, data, _ = motion.hashed
    receipt = send(suite.governor.propose, targets, values, data, motion.description, sender=account)
    if not receipt.sent:
        return 0
    (told,) = receipt.events("ProposalCreated")
    id = int(told["proposalId"])
    say(f"Proposal {id}")
    say(f"The vote begins after {describe_time(told['voteStart'])} and ends after {describe_time(told['voteEnd'])}.")
    return id


def _vote(suite: Offices, id: int, support: str, account: str) -> None:
    receipt = send(suite.governor.castVote, id, WORDS[support], sender=account)
    for told in receipt.events("VoteCast"):
        say(f"{told['voter']} voted {support} with {format_lvo(told['weight'])} LVO.")


def _status(suite: Offices) -> None:
    rows = []
    for id, motion in reversed(motions(suite).items()):
        against, supporting, abstaining = (int(each) for each in suite.governor.proposalVotes(id))
        quorum = int(suite.governor.quorum(suite.governor.proposalSnapshot(id)))
        rows.append(
            (
                f"{str(id)[:12]}…",
                motion.description.splitlines()[0].lstrip("# "),
                state_of(suite, id).name.lower(),
                *(f"{each // LVO:,}" for each in (supporting, against, abstaining, quorum)),
                _next(suite, id),
            )
        )
    numbers = ("for", "against", "abstain", "quorum")
    table("Proposals, LVO", ("id", "title", "state", *numbers, "next"), rows, numbers)
    say(f"{len(rows)} proposals.")


def _next(suite: Offices, id: int) -> str:
    """What a proposal waits for."""
    governor, state = suite.governor, state_of(suite, id)
    if state == State.PENDING:
        return f"the vote, after {describe_time(int(governor.proposalSnapshot(id)))}"
    if state == State.ACTIVE:
        return f"votes, until {describe_time(int(governor.proposalDeadline(id)))}"
    if state == State.QUEUED:
        return f"execute, by anyone from {describe_time(int(governor.proposalEta(id)))}"
    return "queue, by anyone" if state == State.SUCCEEDED else "nothing"
