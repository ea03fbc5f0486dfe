"""ArbitratorAdapter against Kleros' own arbitrator with appeals: requests, rulings, appeals, evidence, silence."""

import pytest

from lvo.models.base import Event
from lvo.models.escrow import Fault, Outcome, State
from lvo.units import DAY, LVO
from tests.chain.artifacts import load
from tests.escrow_scenes import disputed_order, shipped_order
from tests.helpers import event_args, reverts
from tests.retail import position

COST = 10**15
"""What the court asks, in wei of ether."""
APPEAL_WINDOW = 180
"""The court's, seconds."""
WINDOW = 20 * DAY
CLAIM = 60 * LVO
UNKNOWN, REQUESTED, RULED = range(3)


@pytest.fixture
def judge(chain):
    """Owns the court and rules."""
    return chain.actor("judge")


@pytest.fixture
def court(chain, judge):
    """Kleros' CentralizedArbitratorWithAppeal."""
    return chain.deploy("Court", sender=judge)


@pytest.fixture
def adapter(chain, escrow, court, judge):
    """Speaks for the court."""
    return chain.deploy("ArbitratorAdapter", escrow.address, court.address, b"\7", "/ipfs/meta.json", sender=judge)


@pytest.fixture
def case(escrow, adapter):
    """An order whose arbiter is the adapter, with 60 LVO disputed."""
    return disputed_order(escrow, 1, arbiter=adapter.address, ruling_window=WINDOW)


def begins(escrow, order):
    """When the arbiter's half begins, Unix seconds."""
    return position(escrow, order)[1] - WINDOW // 2


@pytest.fixture
def requested(adapter, case, buyer):
    """The same, before the court."""
    adapter.send("requestRuling", case.call, sender=buyer, value=COST)
    return case


def decide(court, judge, ruling, at=None):
    """The court rules and nobody appeals."""
    court.send("giveRuling", 0, ruling, sender=judge, at=at)
    return court.try_send("executeRuling", 0, sender=judge, at=court.chain.time + APPEAL_WINDOW + 1)


# Requesting


def test_request_ruling_reverts_when_the_order_names_another_arbiter(escrow, adapter, disputed, buyer, arbiter):
    receipt = adapter.try_send("requestRuling", disputed.call, sender=buyer, value=COST)
    reverts(receipt, "ArbitratorAdapter_NotArbiter", arbiter, adapter.address)


def test_request_ruling_reverts_when_the_order_is_not_disputed(escrow, adapter, buyer):
    order = shipped_order(escrow, 2, arbiter=adapter.address)
    receipt = adapter.try_send("requestRuling", order.call, sender=buyer, value=COST)
    reverts(receipt, "ArbitratorAdapter_NotDisputed", order.id, State.SHIPPED)


def test_request_ruling_reverts_when_the_dispute_is_over(escrow, adapter, case, buyer):
    deadline = position(escrow, case)[1]
    receipt = adapter.try_send("requestRuling", case.call, sender=buyer, value=COST, at=deadline)
    reverts(receipt, "ArbitratorAdapter_TooLate", case.id, deadline, deadline)


def test_request_ruling_reverts_when_it_was_requested(adapter, requested, merchant):
    receipt = adapter.try_send("requestRuling", requested.call, sender=merchant, value=COST)
    reverts(receipt, "ArbitratorAdapter_RequestedAlready", requested.id, 0)


def test_request_ruling_reverts_when_the_cost_is_not_paid(adapter, case, buyer):
    receipt = adapter.try_send("requestRuling", case.call, sender=buyer, value=COST - 1)
    reverts(receipt, "ArbitratorAdapter_CostNotPaid", COST - 1, COST)


def test_request_ruling_pays_the_court_and_gives_change(chain, adapter, court, case, buyer, outsider):
    """Anyone may pay; here a stranger, and too much."""
    assert adapter.view("arbitrationCost") == COST
    had = chain.ether(outsider) if chain.name == "revm" else 0
    receipt = adapter.send("requestRuling", case.call, sender=outsider, value=3 * COST)
    assert receipt.events == [
        Event(court.address, "DisputeCreation", (0, adapter.address)),
        Event(adapter.address, "Dispute", (court.address, 0, 0, int.from_bytes(case.id, "big"))),
    ]
    assert adapter.view("cases", case.id) == (0, REQUESTED, 0)
    assert court.view("disputes", 0)[:2] == (adapter.address, 2)
    if chain.name == "revm":
        assert [chain.ether(each) for each in (outsider, court.address, adapter.address)] == [had - COST, COST, 0]


def test_constructor_tells_what_is_asked(chain, escrow, court, judge):
    args = (escrow.address, court.address, b"\7", "/ipfs/meta.json")
    outcome, address = chain.create(judge, load("ArbitratorAdapter").creation_code(args))
    made = chain.at("ArbitratorAdapter", address)
    assert chain.events(outcome.logs) == [Event(address, "MetaEvidence", (0, "/ipfs/meta.json"))]
    assert (made.view("ESCROW"), made.view("ARBITRATOR"), made.view("extraData")) == args[:3]


# Evidence


def test_submit_evidence_reverts_when_a_stranger_does_it(adapter, case, outsider):
    receipt = adapter.try_send("submitEvidence", case.call, "/ipfs/x", sender=outsider)
    reverts(receipt, "ArbitratorAdapter_NotParty", outsider)


def test_submit_evidence_reverts_when_nothing_is_disputed(escrow, adapter, disputed, arbiter, buyer):
    receipt = adapter.try_send("submitEvidence", disputed.call, "/ipfs/x", sender=buyer)
    reverts(receipt, "ArbitratorAdapter_NotArbiter", arbiter, adapter.address)
    order = shipped_order(escrow, 2, arbiter=adapter.address)
    receipt = adapter.try_send("submitEvidence", order.call, "/ipfs/x", sender=buyer)
    reverts(receipt, "ArbitratorAdapter_NotDisputed", order.id, State.SHIPPED)


@pytest.mark.parametrize("who", ["buyer", "merchant"])
def test_submit_evidence_is_an_event_of_erc_1497(adapter, court, case, who):
    sender = adapter.chain.actor(who)
    receipt = adapter.send("submitEvidence", case.call, "/ipfs/photo.json", sender=sender)
    group = int.from_bytes(case.id, "big")
    assert event_args(receipt, "Evidence") == [(court.address, group, sender, "/ipfs/photo.json")]


# Ruling


def test_rule_reverts_when_somebody_else_than_the_arbitrator_rules(adapter, court, requested, judge):
    receipt = adapter.try_send("rule", 0, 1, sender=judge)
    reverts(receipt, "ArbitratorAdapter_NotArbitrator", judge, court.address)


def test_rule_reverts_when_the_dispute_is_unknown_or_the_ruling_none_of_the_choices(adapter, court, requested, judge):
    """Kleros' court would not do any of this; an arbitrator that does is refused."""

    def misrule(dispute, ruling):
        return court.try_send("misrule", adapter.address, dispute, ruling, sender=judge)

    reverts(misrule(7, 1), "ArbitratorAdapter_NotRequested", 7)
    reverts(misrule(0, 3), "ArbitratorAdapter_RulingOutOfBounds", 3, 2)
    assert decide(court, judge, 1).error is None
    reverts(misrule(0, 2), "ArbitratorAdapter_NotRequested", 0)
    assert adapter.view("cases", requested.id) == (0, RULED, 1)


def test_forward_reverts_when_there_is_no_ruling(adapter, case, buyer, outsider):
    receipt = adapter.try_send("forward", case.call, sender=outsider)
    reverts(receipt, "ArbitratorAdapter_NotRuled", case.id, UNKNOWN)
    adapter.send("requestRuling", case.call, sender=buyer, value=COST)
    receipt = adapter.try_send("forward", case.call, sender=outsider)
    reverts(receipt, "ArbitratorAdapter_NotRuled", case.id, REQUESTED)


@pytest.mark.parametrize(
    ("ruling", "award", "fault"),
    [(0, 36 * LVO, Fault.NONE), (1, CLAIM, Fault.MERCHANT), (2, 0, Fault.BUYER)],
)
def test_early_ruling_is_kept_and_pays_when_anyone_forwards_it(
    escrow, adapter, court, requested, judge, outsider, ruling, award, fault
):
    assert decide(court, judge, ruling).error is None
    assert adapter.view("cases", requested.id) == (0, RULED, ruling)
    starts = begins(escrow, requested)
    early = adapter.try_send("forward", requested.call, sender=outsider, at=starts - 1)
    reverts(early, "RetailEscrow_TooEarly", requested.id, starts - 1, starts)
    receipt = adapter.send("forward", requested.call, sender=outsider, at=starts)
    assert event_args(receipt, "RulingForwarded") == [(requested.id, ruling, award)]
    assert event_args(receipt, "OrderRuled") == [(requested.id, award, fault)]
    assert event_args(receipt, "OrderClosed")[0][:3] == (requested.id, Outcome.RULED, award)
    again = adapter.try_send("forward", requested.call, sender=outsider)
    reverts(again, "RetailEscrow_WrongState", requested.id, State.CLOSED)


def test_appeal_changes_the_ruling_that_pays(escrow, adapter, court, requested, judge, merchant, outsider):
    """The merchant, who lost, appeals and wins; the adapter hears only of the last ruling."""
    court.send("giveRuling", 0, 1, sender=judge)
    court.send("appeal", 0, b"", sender=merchant, value=2 * COST)
    assert adapter.view("cases", requested.id)[1] == REQUESTED
    assert decide(court, judge, 2).error is None
    receipt = adapter.send("forward", requested.call, sender=outsider, at=begins(escrow, requested))
    assert event_args(receipt, "OrderRuled") == [(requested.id, 0, Fault.BUYER)]


def test_ruling_in_the_second_half_can_be_forwarded_until_the_deadline(
    escrow, adapter, court, requested, judge, outsider
):
    deadline = position(escrow, requested)[1]
    assert decide(court, judge, 1, at=deadline - 400).error is None
    assert adapter.send("forward", requested.call, sender=outsider, at=deadline - 1).error is None


def test_late_ruling_is_taken_and_moves_nothing(escrow, adapter, court, requested, judge, outsider):
    """Appeals that do not fit the window cost the ruling: the signed split stands, and the court is not stopped."""
    deadline = position(escrow, requested)[1]
    assert decide(court, judge, 1, at=deadline).error is None
    late = escrow.chain.time + 1
    receipt = adapter.try_send("forward", requested.call, sender=outsider, at=late)
    reverts(receipt, "RetailEscrow_TooLate", requested.id, late, deadline)
    receipt = escrow.send("timeout", requested.call, sender=outsider)
    assert event_args(receipt, "OrderClosed")[0][1:3] == (Outcome.UNRULED, 36 * LVO)
    receipt = adapter.try_send("forward", requested.call, sender=outsider)
    reverts(receipt, "RetailEscrow_WrongState", requested.id, State.CLOSED)


def test_nobody_requests_and_the_signed_split_pays(escrow, token, adapter, case, outsider):
    escrow.send("timeout", case.call, sender=outsider, at=position(escrow, case)[1])
    assert token.view("balanceOf", escrow.address) == token.view("balanceOf", adapter.address) == 0


def test_court_rules_at_any_gas_limit_or_not_at_all(chain, escrow, adapter, court, requested, judge, outsider):
    """Kleros' starvation: whoever executes the ruling chooses the gas."""
    court.send("giveRuling", 0, 1, sender=judge)
    data, at = court.encode("executeRuling", 0), chain.time + APPEAL_WINDOW + 1
    seen = set()
    for gas in range(22_000, 120_000, 1_000):
        mark = chain.snapshot()
        outcome = chain.transact(outsider, court.address, data, at, gas=gas)
        status, kept = court.view("disputes", 0)[3], adapter.view("cases", requested.id)
        assert (status == 2, kept[1] == RULED) == (outcome.ok, outcome.ok)
        seen.add(outcome.ok)
        chain.rollback(mark)
    assert seen == {True, False}
