"""The verbs of ``govern`` on Ganache: a proposal from its file to its execution, and what is refused on the way."""

import pytest
from brownie import accounts, chain, web3

import scripts.govern as govern
from lvo.models.governance import State
from lvo.units import LVO, MONTH
from scripts.support import governance, records
from scripts.support.sending import send
from scripts.support.suite import deploy_suite, prepare

BUILDER = "0x21b42413bA931038f35e7A5224FaDb065d297Ba3"
CORNERSTONE = 4


@pytest.fixture(autouse=True)
def ganache(tmp_path, monkeypatch):
    """Ganache forgets the test when it is over; its records are the test's own."""
    monkeypatch.setattr(records, "FOLDER", tmp_path / "deployments")
    chain.snapshot()
    yield
    chain.revert()


@pytest.fixture
def suite():
    """A suite, seven months after its genesis; the cornerstone's holder votes with what has vested."""
    project, _ = prepare(govern.SUITE)
    deploy_suite(project, None)
    made = governance.offices()
    chain.mine(timestamp=project.genesis + 7 * MONTH)
    holder = project.plan.buckets[CORNERSTONE].holder.address
    send(made.contracts["GenesisDistribution"].release, CORNERSTONE, sender=holder)
    send(made.token.delegate, holder, sender=holder)
    chain.mine(timestamp=chain[-1].timestamp + 12)
    return made


@pytest.fixture
def proposer(suite, monkeypatch):
    """The cornerstone's holder, as the only account that can sign here."""
    address = str(suite.contracts["GenesisDistribution"].grants(CORNERSTONE)[0])
    monkeypatch.setattr(govern, "signer", lambda *wanted: None if wanted and address not in wanted else address)
    return address


@pytest.fixture
def number(suite, proposer):
    """A proposal that was just made."""
    govern.propose(govern.EXAMPLE)
    (made,) = governance.motions(suite)
    return made


def refused(capsys, function, *arguments):
    """Run a verb that must fail; returns what it said."""
    with pytest.raises(SystemExit) as ended:
        function(*arguments)
    assert ended.value.code == 1
    return " ".join(capsys.readouterr().out.split())


def test_verbs_revert_when_no_suite_is_recorded(capsys):
    assert "records no governor: deploy the suite first" in refused(capsys, govern.status)


def test_propose_reverts_when_the_file_has_mistakes(suite, tmp_path, capsys):
    file = tmp_path / "bad.yaml"
    file.write_text(
        "title: Bad\ntext: Bad\ncalls:\n"
        "  - {contract: Bank, function: pay, arguments: []}\n"
        "  - {contract: LVOToken, function: mint, arguments: []}\n"
        "  - {contract: LVOToken, function: transfer, arguments: [LVOTimelock]}\n"
        "  - {contract: LVOToken, function: transfer, arguments: [LVOTimelock, 1e3 LVO]}\n"
    )
    said = refused(capsys, govern.propose, str(file))
    assert "'Bank' is not known here" in said
    assert "LVOToken has no function 'mint'" in said
    assert "transfer does not take these" in said
    assert "scientific notation" in said
    assert "4 mistakes: nothing was done." in said


def test_propose_reverts_when_the_account_has_too_few_votes(suite, monkeypatch, capsys):
    poor = next(str(each) for each in accounts if suite.token.getVotes(each) == 0)
    monkeypatch.setattr(govern, "signer", lambda *wanted: poor)
    assert "GovernorInsufficientProposerVotes" in refused(capsys, govern.propose, govern.EXAMPLE)


def test_verbs_revert_when_the_proposal_is_not_there_yet(number, capsys):
    assert "is pending: the vote begins after" in refused(capsys, govern.vote, str(number), "for")
    assert "is pending" in refused(capsys, govern.queue, str(number))
    assert "is pending" in refused(capsys, govern.execute, str(number))
    assert "is pending" in refused(capsys, govern.veto, str(number))
    assert "'maybe' is no vote: write against or for or abstain" in refused(capsys, govern.vote, str(number), "maybe")
    assert "No proposal has an id that begins with 9999999" in refused(capsys, govern.vote, "9999999", "for")


def test_proposal_goes_from_its_file_to_its_execution(suite, number, capsys):
    short, governor = str(number)[:12], suite.governor
    assert governance.find(suite, short)[1].description.endswith(str(governor.proposalProposer(number)))
    chain.mine(timestamp=governor.proposalSnapshot(number) + 1)
    govern.vote(short, "for")
    chain.mine(timestamp=governor.proposalDeadline(number) + 1)
    govern.queue(short)
    assert "waits in the timelock until" in refused(capsys, govern.execute, short)
    chain.mine(timestamp=governor.proposalEta(number))
    before = suite.token.balanceOf(BUILDER)
    govern.execute(short)
    assert suite.token.balanceOf(BUILDER) - before == 10**6 * LVO
    govern.status()
    assert "executed" in capsys.readouterr().out


def test_cancel_withdraws_a_proposal(suite, number):
    govern.cancel(str(number))
    assert governance.state_of(suite, number) == State.CANCELED


def test_veto_reverts_when_the_council_cannot_sign_here_and_cancels_when_it_can(suite, number, monkeypatch, capsys):
    governor = suite.governor
    chain.mine(timestamp=governor.proposalSnapshot(number) + 1)
    govern.vote(str(number), "for")
    chain.mine(timestamp=governor.proposalDeadline(number) + 1)
    govern.queue(str(number))
    council = str(suite.contracts["CouncilGuard"].COUNCIL())
    assert f"{council} must sign this" in refused(capsys, govern.veto, str(number))
    monkeypatch.setattr(govern, "signer", lambda *wanted: wanted[0])
    govern.veto(str(number))
    assert governance.state_of(suite, number) == State.CANCELED
    assert web3.eth.get_code(council) == b""
