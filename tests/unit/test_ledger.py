"""RewardLedger: every function, first how it fails, then what it does."""

import pytest

from lvo.models.base import NOBODY, Event
from lvo.models.distribution import Kind
from lvo.typed_data import ledger_message, sign, struct_hash
from lvo.units import DAY, LVO, MONTH
from tests.chain.artifacts import load
from tests.chain.interface import ChainError, person
from tests.helpers import FOREVER, event_args, reverts, sign_token
from tests.streams import DATA, DELAY, NONE, SILENCE, List, authorize

# The constructor


def test_constructor_reverts_when_the_pool_is_anothers(chain, terms, genesis, lvo, token, alice, holders):
    """Also one of another token: what somebody else took would count as the stream's."""
    for money, beneficiary in ((lvo, holders[3]), (token, holders[3])):
        with pytest.raises(ChainError) as failure:
            chain.deploy("RewardLedger", (money.address, genesis.address, 3, *terms[3:]), sender=alice)
        assert failure.value.error.name == "RewardLedger_SourceNotOurs"
        assert failure.value.error.facts == (genesis.address, 3, beneficiary)


@pytest.mark.parametrize("kind", [Kind.PERSONAL, Kind.REVOCABLE])
def test_constructor_reverts_when_its_source_is_no_pool(chain, terms, alice, outsider, kind):
    """A revoked grant forgets what it released: money that came from it could be neither promised nor swept."""
    schedule = (chain.time + 10, chain.time + 10, chain.time + 10 + 10 * MONTH, 1_000)
    genesis = chain.deploy("GenesisDistribution", [(alice, schedule)] * 6, sender=outsider)
    ledger = chain.next_address(outsider)
    genesis.send("split", 3, [(ledger, 10_000 * LVO, schedule, int(kind))], 0, sender=alice)
    with pytest.raises(ChainError) as failure:
        chain.deploy("RewardLedger", (genesis.view("LVO"), genesis.address, 6, *terms[3:]), sender=outsider)
    assert failure.value.error.name == "RewardLedger_SourceNotOurs"
    assert failure.value.error.facts == (genesis.address, 6, ledger)


@pytest.mark.parametrize("role", [3, 4, 5, 6])
def test_constructor_reverts_when_an_account_cannot_act_or_be_paid(chain, token, terms, alice, role):
    for account in (NOBODY, token.address):
        broken = [*terms[:role], account, *terms[role + 1 :]]
        with pytest.raises(ChainError) as failure:
            chain.deploy("RewardLedger", tuple(broken), sender=alice)
        assert failure.value.error.name == "TokenIntake_InvalidReceiver"
        assert failure.value.error.facts == (account,)


@pytest.mark.parametrize("delay", [0, 3_599, 30 * DAY + 1])
def test_constructor_reverts_when_the_delay_is_out_of_bounds(chain, terms, alice, delay):
    with pytest.raises(ChainError) as failure:
        chain.deploy("RewardLedger", (*terms[:7], delay), sender=alice)
    assert failure.value.error.name == "RewardLedger_DelayOutOfBounds"
    assert failure.value.error.facts == (delay, 3_600, 30 * DAY)


def test_constructor_tells_the_terms(chain, terms, alice):
    """By the event LedgerOpened."""
    code = load("RewardLedger").creation_code((tuple(terms),))
    outcome, address = chain.create(alice, code)
    made = chain.at("RewardLedger", address)
    assert chain.events(outcome.logs) == [Event(made.address, "LedgerOpened", (tuple(terms),))]


def test_constructor_keeps_the_terms(ledger, terms):
    assert ledger.view("terms") == tuple(terms)
    assert ledger.view("operator") == terms[3]
    assert ledger.view("guardian") == terms[4]


# Funding


def test_fund_reverts_when_the_caller_has_too_little(ledger, token, bob):
    token.send("approve", ledger.address, FOREVER, sender=bob)
    reverts(ledger.try_send("fund", 1, sender=bob), "ERC20InsufficientBalance", bob, 0, 1)
    reverts(ledger.try_send("fund", 2**96, sender=bob), "ERC20InsufficientBalance", bob, 0, 2**96)
    assert ledger.view("funded") == 1_000 * LVO


def test_fund_reverts_when_nothing_is_allowed(ledger, carol):
    reverts(ledger.try_send("fund", 1, sender=carol), "ERC20InsufficientAllowance", ledger.address, 0, 1)


def test_fund_takes_the_deposit(ledger, token, alice):
    receipt = ledger.send("fund", 5, sender=alice)
    assert receipt.events == [
        Event(ledger.address, "Funded", (alice, 5)),
        Event(token.address, "Transfer", (alice, ledger.address, 5)),
    ]
    assert ledger.view("funded") == token.view("balanceOf", ledger.address) == 1_000 * LVO + 5


def test_fund_with_permit_works_also_when_the_permit_was_sent_by_a_stranger(ledger, token, alice, outsider):
    for taken in (False, True):
        nonce = token.view("nonces", alice)
        fields = {"owner": alice, "spender": ledger.address, "value": 7, "nonce": nonce, "deadline": FOREVER}
        signature = sign_token(token, "alice", "Permit", **fields)
        if taken:
            token.send("permit", alice, ledger.address, 7, FOREVER, signature, sender=outsider)
        calls = [ledger.encode("usePermit", 7, FOREVER, signature), ledger.encode("fund", 7)]
        ledger.send("multicall", calls, sender=alice)
        assert token.view("allowance", alice, ledger.address) == 0
    assert ledger.view("funded") == 1_000 * LVO + 14


def test_fund_with_authorization_reverts_when_another_signed_or_signed_something_else(ledger, token, alice, outsider):
    amount, salt = 7 * LVO, b"\1" * 32
    forged = authorize(ledger, token, alice, amount, salt, "outsider")
    receipt = ledger.try_send("fundWithAuthorization", alice, amount, salt, forged, sender=outsider)
    reverts(receipt, "LVOToken_InvalidSigner", outsider, alice)
    signed = authorize(ledger, token, alice, amount, salt)
    for changed in ((alice, amount + 1, salt), (alice, amount, b"\2" * 32), (outsider, amount, salt)):
        receipt = ledger.try_send("fundWithAuthorization", *changed, signed, sender=outsider)
        assert receipt.error.name == "LVOToken_InvalidSigner"
    assert ledger.view("funded") == 1_000 * LVO


def test_fund_with_authorization_reverts_when_it_was_used(ledger, token, alice, outsider):
    amount, salt = 7 * LVO, b"\1" * 32
    args = (alice, amount, salt, authorize(ledger, token, alice, amount, salt))
    ledger.send("fundWithAuthorization", *args, sender=outsider)
    receipt = ledger.try_send("fundWithAuthorization", *args, sender=outsider)
    reverts(receipt, "LVOToken_AuthorizationUsed", alice, ledger.view("fundHash", alice, amount, salt))
    salt = b"\2" * 32
    args = (alice, amount, salt, authorize(ledger, token, alice, amount, salt))
    ledger.send("fundWithAuthorization", *args, sender=outsider)
    assert ledger.view("funded") == token.view("balanceOf", ledger.address) == 1_014 * LVO


def test_fund_with_authorization_takes_the_deposit_of_who_signed(ledger, token, alice, outsider):
    amount, salt = 7 * LVO, b"\1" * 32
    fields = {"funder": alice, "amount": amount, "salt": salt}
    action = struct_hash(ledger_message("Fund", ledger.chain.chain_id, ledger.address, **fields))
    assert action == ledger.view("fundHash", alice, amount, salt)
    args = (alice, amount, salt, authorize(ledger, token, alice, amount, salt))
    receipt = ledger.send("fundWithAuthorization", *args, sender=outsider)
    assert receipt.events == [
        Event(ledger.address, "Funded", (alice, amount)),
        Event(token.address, "AuthorizationUsed", (alice, action)),
        Event(token.address, "Transfer", (alice, ledger.address, amount)),
    ]
    assert ledger.view("funded") == 1_007 * LVO


def test_replenish_reverts_when_there_is_no_pool(ledger, outsider):
    reverts(ledger.try_send("replenish", sender=outsider), "RewardLedger_NoSource")


def test_replenish_takes_what_has_vested(chain, operator, guardian, governance, heir, alice, outsider):
    start = chain.time + 10
    schedule = (start, start, start + 10 * MONTH, 1_000)
    address = chain.next_address(outsider, after=1)
    buckets = [(address if bucket == 3 else alice, schedule) for bucket in range(6)]
    pool = chain.deploy("GenesisDistribution", buckets, sender=outsider)
    token = chain.at("LVOToken", pool.view("LVO"))
    facts = (token.address, pool.address, 3, operator, guardian, governance, heir, DELAY)
    stream = chain.deploy("RewardLedger", facts, sender=outsider)
    assert stream.address == address
    receipt = stream.send("replenish", sender=outsider, at=start + MONTH)
    due = pool.view("grants", 3)[2]
    assert due == token.view("balanceOf", address) == stream.view("funded") > 15 * 10**6 * LVO
    assert receipt.events[-1] == Event(address, "Replenished", (due,))
    again = stream.try_send("replenish", sender=outsider, at=chain.time)
    reverts(again, "GenesisDistribution_NothingToRelease", 3, due)


# Roots


def test_propose_reverts_when_the_caller_is_not_the_operator(ledger, operator, outsider):
    receipt = ledger.try_send("propose", DATA, 1, DATA, sender=outsider)
    reverts(receipt, "RewardLedger_NotAllowed", outsider, operator)


def test_propose_reverts_when_a_root_is_queued_until_the_second_it_is_active(ledger, operator):
    ledger.send("propose", DATA, 1, DATA, sender=operator)
    active = ledger.chain.time + DELAY
    late = ledger.try_send("propose", b"\1" * 32, 1, DATA, sender=operator, at=active - 1)
    reverts(late, "RewardLedger_RootQueued", DATA, active)
    assert ledger.send("propose", b"\1" * 32, 1, DATA, sender=operator, at=active).error is None
    assert ledger.view("total") == 1


def test_propose_reverts_when_the_root_is_zero_or_known(ledger, paying, operator):
    reverts(ledger.try_send("propose", bytes(32), 1, DATA, sender=operator), "RewardLedger_RootZero")
    known = ledger.view("activeAt", paying.tree.root)
    receipt = ledger.try_send("propose", paying.tree.root, 600 * LVO, DATA, sender=operator)
    reverts(receipt, "RewardLedger_RootKnown", paying.tree.root, known)


def test_propose_reverts_when_the_total_falls_or_is_unfunded(ledger, paying, operator):
    lower = ledger.try_send("propose", DATA, 600 * LVO - 1, DATA, sender=operator)
    reverts(lower, "RewardLedger_TotalFalls", 600 * LVO - 1, 600 * LVO)
    higher = ledger.try_send("propose", DATA, 1_000 * LVO + 1, DATA, sender=operator)
    reverts(higher, "RewardLedger_TotalUnfunded", 1_000 * LVO + 1, 1_000 * LVO)
    assert ledger.send("propose", DATA, 1_000 * LVO, DATA, sender=operator).error is None


def test_propose_is_not_fooled_by_a_donation(ledger, token, alice, operator):
    token.send("transfer", ledger.address, 10**6 * LVO, sender=alice)
    receipt = ledger.try_send("propose", DATA, 1_000 * LVO + 1, DATA, sender=operator)
    reverts(receipt, "RewardLedger_TotalUnfunded", 1_000 * LVO + 1, 1_000 * LVO)


def test_propose_queues_the_root(ledger, operator):
    receipt = ledger.send("propose", DATA, 5, b"\1" * 32, sender=operator)
    active = receipt.time + DELAY
    assert receipt.events == [Event(ledger.address, "RootProposed", (DATA, 5, b"\1" * 32, active))]
    assert ledger.view("proposal") == (DATA, 5, active)
    assert ledger.view("activeAt", DATA) == active
    assert ledger.view("total") == 0


def test_drop_reverts_when_the_caller_is_neither_guardian_nor_operator(ledger, guardian, governance, operator):
    ledger.send("propose", DATA, 5, DATA, sender=operator)
    reverts(ledger.try_send("drop", sender=governance), "RewardLedger_NotAllowed", governance, guardian)


def test_drop_reverts_when_nothing_is_queued_or_the_root_is_active(ledger, guardian, operator):
    reverts(ledger.try_send("drop", sender=guardian), "RewardLedger_NothingQueued", bytes(32), 0)
    ledger.send("propose", DATA, 5, DATA, sender=operator)
    active = ledger.chain.time + DELAY
    receipt = ledger.try_send("drop", sender=guardian, at=active)
    reverts(receipt, "RewardLedger_NothingQueued", DATA, active)


@pytest.mark.parametrize("who", ["guardian", "operator"])
def test_drop_forgets_the_queued_root_only(ledger, paying, bob, operator, who):
    ledger.send("propose", DATA, 700 * LVO, DATA, sender=operator)
    sender = ledger.chain.actor(who)
    receipt = ledger.send("drop", sender=sender, at=ledger.chain.time + DELAY - 1)
    assert receipt.events == [Event(ledger.address, "RootDropped", (DATA, sender))]
    assert ledger.view("activeAt", DATA) == 0
    assert ledger.view("total") == 600 * LVO
    ledger.send("claim", bob, 100 * LVO, paying.proof(bob), sender=bob)
    # What was dropped can be proposed again, and waits again.
    assert ledger.send("propose", DATA, 700 * LVO, DATA, sender=operator).error is None


# Claims


def test_claim_reverts_when_the_root_is_unknown_or_waits(ledger, operator, bob, carol):
    one = List(ledger, {bob: 1, carol: 2})
    root = one.tree.root
    reverts(ledger.try_send("claim", bob, 1, one.proof(bob), sender=bob), "RewardLedger_RootNotActive", root, 0)
    ledger.send("propose", root, 3, DATA, sender=operator)
    active = ledger.chain.time + DELAY
    early = ledger.try_send("claim", bob, 1, one.proof(bob), sender=bob, at=active - 1)
    reverts(early, "RewardLedger_RootNotActive", root, active)
    assert ledger.send("claim", bob, 1, one.proof(bob), sender=bob, at=active).error is None


def test_claim_reverts_when_all_was_paid(ledger, paying, bob):
    args = (bob, 100 * LVO, paying.proof(bob))
    ledger.send("claim", *args, sender=bob)
    reverts(ledger.try_send("claim", *args, sender=bob), "RewardLedger_NothingDue", *args[:2], args[1])


def test_claim_pays_the_account_whoever_sends_it(ledger, token, paying, carol, outsider):
    receipt = ledger.send("claim", carol, 200 * LVO, paying.proof(carol), sender=outsider)
    assert receipt.events == [
        Event(ledger.address, "Claimed", (carol, 200 * LVO)),
        Event(token.address, "Transfer", (ledger.address, carol, 200 * LVO)),
    ]
    assert ledger.view("paid", carol) == token.view("balanceOf", carol) == 200 * LVO


def test_claim_under_an_old_root_still_works_and_pays_no_more(ledger, token, paying, operator, bob, carol):
    newer = List(ledger, {bob: 150 * LVO, carol: 250 * LVO})
    ledger.send("propose", newer.tree.root, 800 * LVO, DATA, sender=operator)
    at = ledger.chain.time + DELAY
    ledger.send("claim", bob, 100 * LVO, paying.proof(bob), sender=bob, at=at)
    ledger.send("claim", bob, 150 * LVO, newer.proof(bob), sender=bob)
    assert token.view("balanceOf", bob) == 150 * LVO
    receipt = ledger.try_send("claim", bob, 100 * LVO, paying.proof(bob), sender=bob)
    reverts(receipt, "RewardLedger_NothingDue", bob, 100 * LVO, 150 * LVO)


@pytest.fixture
def signed(ledger, bob, carol):
    """What bob signs to be paid at carol's, for a deadline and a nonce."""

    def make(deadline=FOREVER, nonce=0, signer="bob", receiver=carol):
        fields = {"account": bob, "cumulative": 100 * LVO, "receiver": receiver, "nonce": nonce, "deadline": deadline}
        message = ledger_message("ClaimTo", ledger.chain.chain_id, ledger.address, **fields)
        return sign(message, person(signer).key)

    return make


def test_claim_to_reverts_when_its_deadline_has_come(ledger, paying, signed, bob, carol, outsider):
    deadline = ledger.chain.time + 5
    args = (bob, 100 * LVO, paying.proof(bob), carol, deadline, signed(deadline), NONE)
    late = ledger.try_send("claimTo", *args, sender=outsider, at=deadline)
    reverts(late, "RewardLedger_ClaimExpired", bob, deadline, deadline)


def test_claim_to_reverts_when_another_signed_or_the_nonce_was_cancelled(ledger, paying, signed, bob, carol, outsider):
    proof = paying.proof(bob)
    args = (bob, 100 * LVO, proof, carol, FOREVER)
    forged = ledger.try_send("claimTo", *args, signed(signer="carol"), NONE, sender=outsider)
    reverts(forged, "RewardLedger_InvalidSigner", carol, bob)
    unsigned = ledger.try_send("claimTo", *args, b"", NONE, sender=outsider)
    reverts(unsigned, "RewardLedger_InvalidSigner", NOBODY, bob)
    assert ledger.send("cancelClaims", sender=bob).events == [Event(ledger.address, "ClaimsCanceled", (bob, 0))]
    assert ledger.view("claimNonces", bob) == 1
    stale = ledger.try_send("claimTo", *args, signed(), NONE, sender=outsider)
    assert stale.error.name == "RewardLedger_InvalidSigner"
    ledger.send("claimTo", *args, signed(nonce=1), NONE, sender=outsider)


def test_claim_to_reverts_when_the_receiver_cannot_be_paid(ledger, token, paying, bob):
    for receiver in (NOBODY, token.address, ledger.address):
        args = (bob, 100 * LVO, paying.proof(bob), receiver, FOREVER, b"", NONE)
        reverts(ledger.try_send("claimTo", *args, sender=bob), "TokenIntake_InvalidReceiver", receiver)


def test_claim_to_pays_the_receiver_once(ledger, token, paying, signed, bob, carol, outsider):
    args = (bob, 100 * LVO, paying.proof(bob), carol, FOREVER, signed(), NONE)
    receipt = ledger.send("claimTo", *args, sender=outsider)
    assert receipt.events[0] == Event(ledger.address, "ClaimedTo", (bob, carol, 100 * LVO))
    assert token.view("balanceOf", carol) == 100 * LVO
    reverts(ledger.try_send("claimTo", *args, sender=outsider), "RewardLedger_NothingDue", bob, 100 * LVO, 100 * LVO)


def test_claim_to_needs_no_signature_from_the_account_itself_and_delegates(ledger, token, paying, bob, carol):
    fields = {"account": bob, "delegatee": carol, "nonce": 0, "expiry": FOREVER}
    delegation = (carol, 0, FOREVER, sign_token(token, "bob", "AccountDelegation", **fields))
    args = (bob, 100 * LVO, paying.proof(bob), bob, FOREVER, b"", delegation)
    ledger.send("claimTo", *args, sender=bob)
    assert token.view("getVotes", carol) == 100 * LVO


def test_claim_to_pays_although_a_stranger_sent_the_delegation_first(ledger, token, paying, bob, carol, outsider):
    fields = {"account": bob, "delegatee": carol, "nonce": 0, "expiry": FOREVER}
    signature = sign_token(token, "bob", "AccountDelegation", **fields)
    token.send("delegateBySig", bob, carol, 0, FOREVER, signature, sender=outsider)
    delegation = (carol, 0, FOREVER, signature)
    ledger.send("claimTo", bob, 100 * LVO, paying.proof(bob), bob, FOREVER, b"", delegation, sender=bob)
    assert token.view("getVotes", carol) == 100 * LVO


def test_claim_to_reverts_when_its_delegation_comes_too_early(ledger, token, paying, bob, carol):
    """Something else that bob signed has the nonce before it: left out, the delegation would be lost."""
    fields = {"account": bob, "delegatee": carol, "nonce": 1, "expiry": FOREVER}
    delegation = (carol, 1, FOREVER, sign_token(token, "bob", "AccountDelegation", **fields))
    args = (bob, 100 * LVO, paying.proof(bob), bob, FOREVER, b"", delegation)
    reverts(ledger.try_send("claimTo", *args, sender=bob), "InvalidAccountNonce", bob, 0)
    assert ledger.view("paid", bob) == 0


@pytest.mark.parametrize("flaw", ["forged", "expired"])
def test_claim_to_reverts_when_its_delegation_is_not_valid(ledger, token, paying, bob, carol, flaw):
    """All or nothing: whoever sends too little gas would otherwise have the claim without the delegation."""
    expiry = ledger.chain.time - 1 if flaw == "expired" else FOREVER
    fields = {"account": bob, "delegatee": carol, "nonce": 0, "expiry": expiry}
    signer = "carol" if flaw == "forged" else "bob"
    delegation = (carol, 0, expiry, sign_token(token, signer, "AccountDelegation", **fields))
    args = (bob, 100 * LVO, paying.proof(bob), bob, FOREVER, b"", delegation)
    receipt = ledger.try_send("claimTo", *args, sender=bob)
    if flaw == "expired":
        reverts(receipt, "VotesExpiredSignature", expiry)
    else:
        reverts(receipt, "LVOToken_InvalidSigner", carol, bob)
    assert ledger.view("paid", bob) == token.view("balanceOf", bob) == 0


def test_claim_many_reverts_when_the_batch_is_empty(ledger, paying, outsider):
    """Also where the root itself is passed as the proof of nothing."""
    empty = ledger.try_send("claimMany", [], [paying.tree.root], [], sender=outsider)
    reverts(empty, "RewardLedger_BatchEmpty")


def test_claim_many_reverts_when_the_proof_leads_elsewhere(ledger, paying, bob, carol, outsider):
    entitlements, proof, flags = paying.many(bob, carol)
    entitlements[0] = (entitlements[0][0], entitlements[0][1] + 1)
    receipt = ledger.try_send("claimMany", entitlements, proof, flags, sender=outsider)
    assert receipt.error.name == "RewardLedger_RootNotActive"


def test_claim_many_pays_what_is_due_and_reports_the_rest(ledger, token, paying, bob, carol, outsider):
    ledger.send("claim", carol, 200 * LVO, paying.proof(carol), sender=carol)
    entitlements, proof, flags = paying.many(bob, carol, outsider)
    receipt = ledger.send("claimMany", entitlements, proof, flags, sender=outsider)
    own = [event for event in receipt.events if event.source == ledger.address]
    assert own == [Event(ledger.address, "ClaimSkipped", (carol,)), Event(ledger.address, "ClaimedMany", (2,))]
    assert event_args(receipt, "Transfer") == [
        (ledger.address, account, amount) for account, amount in entitlements if account != carol
    ]
    assert [ledger.view("paid", account) for account, _ in entitlements] == [amount for _, amount in entitlements]
    assert token.view("balanceOf", ledger.address) == 400 * LVO


def test_claim_many_is_not_stopped_by_rows_that_nobody_can_pay(ledger, token, operator, bob, outsider):
    rows = {bob: 10, NOBODY: 20, token.address: 30, outsider: 2**200, ledger.address: 5}
    bad = List(ledger, rows)
    ledger.send("propose", bad.tree.root, 65, DATA, sender=operator)
    entitlements, proof, flags = bad.many(*rows)
    at = ledger.chain.time + DELAY
    receipt = ledger.send("claimMany", entitlements, proof, flags, sender=outsider, at=at)
    skipped = {event.args[0] for event in receipt.events if event.name == "ClaimSkipped"}
    assert skipped == {NOBODY, token.address, outsider}
    assert token.view("balanceOf", bob) == 10


# Governance and the end


@pytest.mark.parametrize(
    ("function", "view", "event"),
    [("setOperator", "operator", "OperatorChanged"), ("setGuardian", "guardian", "GuardianChanged")],
)
def test_appointment_reverts_when_it_is_not_governances(
    ledger, token, governance, operator, bob, function, view, event
):
    reverts(ledger.try_send(function, bob, sender=operator), "RewardLedger_NotAllowed", operator, governance)
    for account in (NOBODY, token.address, ledger.address):
        receipt = ledger.try_send(function, account, sender=governance)
        reverts(receipt, "TokenIntake_InvalidReceiver", account)
    before = ledger.view(view)
    receipt = ledger.send(function, bob, sender=governance)
    assert receipt.events == [Event(ledger.address, event, (before, bob))]
    assert ledger.view(view) == ledger.view("terms")[3 if view == "operator" else 4] == bob


def test_sweep_reverts_when_the_newest_root_is_younger_than_half_a_year(ledger, paying, outsider):
    last = ledger.view("activeAt", paying.tree.root)
    early = ledger.try_send("sweep", sender=outsider, at=last + SILENCE - 1)
    reverts(early, "RewardLedger_StreamAlive", last + SILENCE - 1, last + SILENCE)


def test_sweep_reverts_when_a_root_is_queued_however_long_the_silence_was(ledger, operator, outsider):
    start = ledger.chain.time
    ledger.send("propose", DATA, 1_000 * LVO, DATA, sender=operator, at=start + 2 * SILENCE)
    active = start + 2 * SILENCE + DELAY
    receipt = ledger.try_send("sweep", sender=outsider)
    reverts(receipt, "RewardLedger_StreamAlive", receipt.time, active + SILENCE)


def test_sweep_leaves_everything_that_is_promised(ledger, token, paying, heir, bob, carol, outsider):
    """INV-RWD-3."""
    at = ledger.view("activeAt", paying.tree.root) + SILENCE
    receipt = ledger.send("sweep", sender=outsider, at=at)
    assert receipt.events[0] == Event(ledger.address, "Swept", (heir, 400 * LVO))
    assert token.view("balanceOf", heir) == 400 * LVO
    assert ledger.view("funded") == 600 * LVO
    for account in (bob, carol, outsider):
        ledger.send("claim", account, paying.rows[account], paying.proof(account), sender=outsider)
    assert token.view("balanceOf", ledger.address) == 0


def test_sweep_reverts_when_everything_is_promised(ledger, paying, outsider):
    ledger.send("sweep", sender=outsider, at=ledger.view("activeAt", paying.tree.root) + SILENCE)
    receipt = ledger.try_send("sweep", sender=outsider)
    reverts(receipt, "RewardLedger_NothingLeft", 600 * LVO, 600 * LVO)


def test_sweep_takes_no_more_than_there_is_after_a_root_that_lied(ledger, token, operator, heir, bob, outsider):
    lie = List(ledger, {bob: 900 * LVO, outsider: 1})
    ledger.send("propose", lie.tree.root, 1, DATA, sender=operator)
    at = ledger.chain.time + DELAY
    ledger.send("claim", bob, 900 * LVO, lie.proof(bob), sender=bob, at=at)
    ledger.send("sweep", sender=outsider, at=at + SILENCE)
    assert token.view("balanceOf", heir) == 100 * LVO
    # Of what the books say is left, the lie has paid the rest.
    reverts(ledger.try_send("sweep", sender=outsider), "RewardLedger_NothingLeft", 900 * LVO, 1)
