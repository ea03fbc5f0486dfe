"""The contracts as a user of Brownie meets them: deployments, calls, events, errors and a property test on Ganache.

Brownie names a custom error "Name: a, b" with lower-case addresses; :func:`error` writes that.
"""

import pytest

from lvo.curve import Schedule
from lvo.models.base import NOBODY
from lvo.models.distribution import SHARES
from lvo.units import LVO, MONTH, SUPPLY

brownie = pytest.importorskip("brownie")
if not brownie.project.get_loaded_projects():
    pytest.skip("Brownie's own objects need its pytest plugin", allow_module_level=True)

from brownie.test import given, strategy  # noqa: E402
from hypothesis import settings  # noqa: E402

pytestmark = pytest.mark.skipif("config.getoption('--backend') == 'revm'", reason="Brownie's objects live on Ganache")


def error(name, *facts):
    """A custom error as Brownie writes it."""
    return f"{name}: " + ", ".join(str(fact).lower() if str(fact).startswith("0x") else str(fact) for fact in facts)


@pytest.fixture(scope="module", autouse=True)
def shared(module_isolation, token, genesis):
    """What is deployed once lies below the snapshot of every test."""


@pytest.fixture(autouse=True)
def isolated(shared, fn_isolation):
    """Each test finds the chain as the first one did."""


@pytest.fixture(scope="module")
def token(LVOToken, holder):  # noqa: N803
    """A token of its own."""
    return LVOToken.deploy(holder, {"from": holder})


@pytest.fixture(scope="module")
def curve():
    """Begins in a minute, has no cliff, ends after 24 months, 20 % at once."""
    start = brownie.chain.time() + 60
    return Schedule(start, start, start + 24 * MONTH, 2_000)


@pytest.fixture(scope="module")
def genesis(GenesisDistribution, holder, curve):  # noqa: N803
    """A distribution of one holder and one curve."""
    schedule = (curve.start, curve.cliff, curve.end, curve.initial_bps)
    return GenesisDistribution.deploy([(holder, schedule)] * 6, {"from": holder})


@pytest.fixture(scope="module")
def lvo(LVOToken, genesis):  # noqa: N803
    """The token of :func:`genesis`."""
    return LVOToken.at(genesis.LVO())


def test_deploy_gives_the_supply_to_the_holder(token, holder):
    assert token.balanceOf(holder) == token.totalSupply() == SUPPLY
    assert (token.name(), token.symbol(), token.decimals()) == ("LIVE VIDEO", "LVO", 18)
    event = token.tx.events["Transfer"]
    assert (event["from"], event["to"], event["value"]) == (NOBODY, holder, SUPPLY)


def test_transfer_moves_the_value(token, holder, buyer):
    tx = token.transfer(buyer, "12.5 ether", {"from": holder})
    assert tx.return_value is True
    assert tx.events["Transfer"]["value"] == 25 * LVO // 2
    assert token.balanceOf(buyer) == 25 * LVO // 2


def test_transfer_reverts_when_the_balance_is_too_small(token, holder, buyer):
    with brownie.reverts(error("ERC20InsufficientBalance", buyer, 0, 1)):
        token.transfer(holder, 1, {"from": buyer})


def test_transfer_from_reverts_when_the_allowance_is_too_small(token, holder, buyer, merchant):
    token.approve(merchant, 5, {"from": holder})
    with brownie.reverts(error("ERC20InsufficientAllowance", merchant, 5, 6)):
        token.transferFrom(holder, buyer, 6, {"from": merchant})


def test_transfer_batch_pays_every_row(token, holder, buyer, merchant):
    tx = token.transferBatch([(buyer, 1), (merchant, 2)], {"from": holder})
    assert [event["value"] for event in tx.events["Transfer"]] == [1, 2]


def test_delegate_moves_the_votes(token, holder, buyer):
    tx = token.delegate(buyer, {"from": holder})
    assert tx.events["DelegateVotesChanged"] == {"delegate": buyer, "previousVotes": 0, "newVotes": SUPPLY}
    brownie.chain.sleep(10)
    brownie.chain.mine()
    assert token.getPastVotes(buyer, tx.timestamp) == token.getVotes(buyer) == SUPPLY
    with brownie.reverts(error("ERC5805FutureLookup", 2**40, brownie.chain[-1].timestamp)):
        token.getPastVotes(buyer, 2**40)


def test_release_pays_what_has_vested(genesis, lvo, curve, holder, buyer):
    brownie.chain.mine(timestamp=curve.start + 6 * MONTH)
    tx = genesis.release(0, {"from": holder})
    due = curve.vested(SHARES[0], tx.timestamp)
    assert tx.events["Released"] == {"id": 0, "beneficiary": holder, "amount": due}
    assert lvo.balanceOf(holder) == tx.return_value == due
    with brownie.reverts(error("GenesisDistribution_NotBeneficiary", 0, buyer, holder)):
        genesis.release(0, {"from": buyer})


def test_split_makes_grants(genesis, curve, holder, buyer):
    schedule = (curve.start, curve.cliff, curve.end, 0)
    tx = genesis.split(0, [(buyer, 5 * LVO, schedule, 1)], 42, {"from": holder})
    assert tx.return_value == 6
    assert tx.events["GrantCreated"]["beneficiary"] == buyer
    assert tx.events["PoolSplit"] == {"pool": 0, "salt": 42}
    beneficiary, total, released, times, parent, bucket, kind = genesis.grants(6)
    assert (beneficiary, total, released, times, parent, bucket, kind) == (buyer, 5 * LVO, 0, schedule, 0, 0, 1)
    with brownie.reverts(error("GenesisDistribution_SaltUsed", 0, 42)):
        genesis.split(0, [(buyer, 5 * LVO, schedule, 1)], 42, {"from": holder})


@given(value=strategy("uint96", max_value=SUPPLY))
@settings(max_examples=8)
def test_transfer_conserves_the_supply(token, holder, buyer, value):
    """INV-TOK-1, drawn by Brownie's own strategies."""
    token.transfer(buyer, value, {"from": holder})
    assert token.balanceOf(buyer) == value
    assert token.balanceOf(holder) == SUPPLY - value
