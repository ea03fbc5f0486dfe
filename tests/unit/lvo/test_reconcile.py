"""The comparison of chain and plan: silent on a faithful chain, red on every single difference."""

from dataclasses import replace

import pytest

from lvo.plan import BUCKETS, batches, read_plan, shift
from lvo.reconcile import (
    Books,
    ChainState,
    Created,
    GrantState,
    Record,
    Split,
    distribution_report,
    reconcile,
)
from lvo.units import LVO, MONTH, SUPPLY
from tests.plans import account, rows, sound_plan, write_plan

GENESIS = 1_800_000_000
TOKEN, DISTRIBUTION = "0x" + "11" * 20, "0x" + "22" * 20


@pytest.fixture
def plan(tmp_path):
    return read_plan(write_plan(tmp_path, sound_plan(), rows(*(f"{account(i)},{i + 1}.5" for i in range(300)))))


@pytest.fixture
def record(plan):
    return Record(plan.hash, GENESIS, DISTRIBUTION, TOKEN)


def chain_of(plan, time=GENESIS + 20 * MONTH, paying=(7, 8)):
    """What a chain says on which the plan was carried out, and some grants were released."""
    created = [
        Created(b.facts.id, b.facts.id, b.holder.address, b.facts.share, shift(b.schedule, GENESIS), "pool")
        for b in plan.buckets
    ]
    splits = []
    for batch in batches(plan):
        pieces = tuple(
            Created(len(created) + i, batch.bucket.facts.id, g.account, g.amount, shift(g.schedule, GENESIS), g.kind)
            for i, g in enumerate(batch.grants)
        )
        created += pieces
        splits.append(Split(batch.bucket.facts.id, batch.salt, pieces, "0x" + "33" * 32))
    released = [
        (piece.id, piece.beneficiary, piece.schedule.vested(piece.amount, time))
        for piece in created
        if piece.id in paying
    ]
    paid = {id: amount for id, _, amount in released}
    left = {b.facts.id: b.facts.share - b.granted for b in plan.buckets}
    grants = tuple(
        GrantState(
            p.id, p.beneficiary, left.get(p.id, p.amount), paid.get(p.id, 0), p.schedule, p.parent, p.parent, p.kind
        )
        for p in created
    )
    books = []
    for facts in BUCKETS:
        out = sum(grant.released for grant in grants if grant.bucket == facts.id)
        books.append(Books(facts.share, facts.share, out, facts.share - out))
    return ChainState(
        chain_id=1337,
        block=9,
        time=time,
        client="test",
        distribution=DISTRIBUTION,
        token=TOKEN,
        token_name="LIVE VIDEO",
        token_symbol="LVO",
        token_decimals=18,
        total_supply=SUPPLY,
        balance=SUPPLY - sum(paid.values()),
        unlocked=sum(shift(b.schedule, GENESIS).vested(b.facts.share, time) for b in plan.buckets),
        books=tuple(books),
        grants=grants,
        created=tuple(created),
        splits=tuple(splits),
        released=tuple(released),
        paid_out=tuple((to, amount) for _, to, amount in released),
        handed_on=(),
    )


def failed(plan, record, state):
    """The names of the checks that do not hold."""
    return [check.name for check in reconcile(plan, record, state) if not check.ok]


def put(entries, index, **changes):
    """A copy of a sequence with one entry changed."""
    return tuple(replace(entry, **changes) if i == index else entry for i, entry in enumerate(entries))


def test_reconcile_finds_nothing_on_a_faithful_chain(plan, record):
    assert failed(plan, record, chain_of(plan)) == []
    assert failed(plan, record, chain_of(plan, GENESIS - 1, ())) == []


def test_reconcile_accepts_donations_rotations_revocations_and_splits_of_planned_pools(plan, record):
    state = chain_of(plan)
    assert failed(plan, record, replace(state, balance=state.balance + 1)) == []
    handed = replace(state, handed_on=((20, account(999)),), grants=put(state.grants, 20, beneficiary=account(999)))
    assert failed(plan, record, handed) == []


DAMAGES = {
    "another chain": (lambda s: {"chain_id": 1}, "the chain is one of the plan's"),
    "another token": (lambda s: {"token": DISTRIBUTION}, "the token is the distribution's own"),
    "another symbol": (lambda s: {"token_symbol": "LV0"}, "the token's name"),
    "a wei of supply": (lambda s: {"total_supply": SUPPLY + 1}, "the supply"),
    "a share": (lambda s: {"books": put(s.books, 2, share=1)}, "application: the share"),
    "a wei of a bucket": (
        lambda s: {"books": put(s.books, 1, allotted=s.books[1].allotted - 1)},
        "team: its grants sum",
    ),
    "a bucket's schedule": (
        lambda s: {"grants": put(s.grants, 3, schedule=shift(s.grants[3].schedule, -1))},
        "promotion: the schedule",
    ),
    "a bucket's holder": (lambda s: {"grants": put(s.grants, 4, beneficiary=TOKEN)}, "cornerstone: the holder"),
    "paid ahead of the curve": (
        lambda s: {"books": put(s.books, 5, paid=BUCKETS[5].share)},
        "exchange: paid no more than the curve",
    ),
    "a batch": (lambda s: {"splits": s.splits[:1]}, "batches of the plan"),
    "a split of somebody": (lambda s: {"splits": (*s.splits, Split(1, 5, (), "0x"))}, "splits of the six pools"),
    "a planned account": (
        lambda s: {"splits": put(s.splits, 1, pieces=put(s.splits[1].pieces, 3, beneficiary=TOKEN))},
        "team: grants as planned",
    ),
    "a planned wei": (
        lambda s: {"splits": put(s.splits, 0, pieces=put(s.splits[0].pieces, 0, amount=1))},
        "team: grants as planned",
    ),
    "a planned kind": (
        lambda s: {"splits": put(s.splits, 0, pieces=put(s.splits[0].pieces, 0, kind="revocable"))},
        "team: grants as planned",
    ),
    "a planned second": (
        lambda s: {
            "splits": put(
                s.splits, 0, pieces=put(s.splits[0].pieces, 0, schedule=shift(s.splits[0].pieces[0].schedule, 1))
            )
        },
        "team: grants as planned",
    ),
    "two planned grants in one": (
        lambda s: {"splits": put(s.splits, 0, pieces=s.splits[0].pieces[1:])},
        "team: grants as planned",
    ),
    "a stored account": (lambda s: {"grants": put(s.grants, 50, beneficiary=TOKEN)}, "grants stored otherwise"),
    "a stored kind": (lambda s: {"grants": put(s.grants, 50, kind="revoked", total=0)}, "grants stored otherwise"),
    "a stored parent": (lambda s: {"grants": put(s.grants, 50, parent=2)}, "grants stored otherwise"),
    "a stored second": (
        lambda s: {"grants": put(s.grants, 50, schedule=shift(s.grants[50].schedule, 1))},
        "grants stored otherwise",
    ),
    "a stored wei": (
        lambda s: {"grants": put(s.grants, 50, total=s.grants[50].total + 1)},
        "the promises of all grants",
    ),
    "a wei from one grant to another": (
        lambda s: {"grants": put(put(s.grants, 50, total=s.grants[50].total + 1), 51, total=s.grants[51].total - 1)},
        "grants stored otherwise",
    ),
    "a grant without an event": (lambda s: {"created": s.created[:-1]}, "grants created, by events"),
    "a released wei": (
        lambda s: {"grants": put(s.grants, 7, released=s.grants[7].released - 1)},
        "the contract's own sum of p",
    ),
    "a release event": (lambda s: {"released": s.released[1:]}, "payments by the distribution's events"),
    "a transfer": (lambda s: {"paid_out": s.paid_out[1:]}, "payments by the token's transfers"),
    "two receivers mixed up": (
        lambda s: {"paid_out": ((s.paid_out[0][0], s.paid_out[1][1]), (s.paid_out[1][0], s.paid_out[0][1]))},
        "accounts that were paid anything else",
    ),
    "a wei that was not vested": (
        lambda s: {"grants": put(s.grants, 7, released=s.grants[7].released + 1)},
        "grants that were paid more",
    ),
    "a wei of the balance": (lambda s: {"balance": s.balance - 1}, "the balance covers"),
    "an unlocked wei": (lambda s: {"unlocked": s.unlocked - 1}, "what the six curves have unlocked"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_reconcile_finds_a_difference_when_the_chain_has(plan, record, damage):
    change, name = DAMAGES[damage]
    state = chain_of(plan)
    found = failed(plan, record, replace(state, **change(state)))
    assert any(check.startswith(name) for check in found), found


def test_reconcile_finds_another_plan_another_token_and_another_genesis(plan, record):
    state = chain_of(plan)
    assert failed(plan, replace(record, plan_hash="0x" + "00" * 32), state) == ["it was deployed from this plan"]
    assert failed(plan, replace(record, token=DISTRIBUTION), state) == ["the token is the distribution's own"]
    assert "team: the schedule" in failed(plan, replace(record, genesis=GENESIS + 1), state)


def test_reconcile_accepts_a_revoked_grant(plan, record):
    plan = replace(
        plan,
        buckets=tuple(replace(b, grants=tuple(replace(g, kind="revocable") for g in b.grants)) for b in plan.buckets),
    )
    state = chain_of(plan, paying=())
    pool, stopped = state.grants[1], state.grants[50]
    grants = put(put(state.grants, 50, kind="revoked", total=0), 1, total=pool.total + stopped.total)
    assert failed(plan, replace(record, plan_hash=plan.hash), replace(state, grants=grants)) == []


def test_distribution_report_says_it_all_in_text_of_wei(plan, record):
    state = chain_of(plan)
    gas = {"deploy": 1, "split": 2, "transactions": 3}
    report = distribution_report(plan, record, state, reconcile(plan, record, state), gas)
    assert report["schema"] == "live-video/distribution-report/1"
    assert report["chain"] == {"id": 1337, "block": 9, "time": GENESIS + 20 * MONTH, "client": "test"}
    assert report["plan"]["hash"] == plan.hash
    assert report["verify"]["ok"] is True
    assert len(report["verify"]["checks"]) > 40
    assert report["gas"] == gas
    assert report["token"]["totalSupply"] == str(SUPPLY)
    team = report["buckets"][1]
    assert team["grants"] == len(report["grants"]) == 300
    assert int(team["split"]) + int(team["total"]) == int(team["share"]) == 150_000_000 * LVO
    assert int(team["released"]) + int(team["releasable"]) == int(team["vested"])
    first = report["grants"][0]
    assert (first["id"], first["bucket"], first["parent"], first["kind"]) == (6, 1, 1, "personal")
    assert first["beneficiary"].lower() == account(0)
    assert first["amount"] == str(3 * LVO // 2)
    assert first["source"].endswith("team.csv:2")
    assert first["schedule"] == {
        "start": GENESIS,
        "cliff": GENESIS + 12 * MONTH,
        "end": GENESIS + 48 * MONTH,
        "initialBps": 0,
    }
    # Grant 7 was paid all that has vested.
    assert report["grants"][1]["releasable"] == "0"
    assert int(report["grants"][1]["released"]) > 0


def test_distribution_report_lists_what_was_refused(tmp_path, record):
    document = sound_plan()
    document["buckets"]["team"]["grants"][0]["schedule"] = {"end": "47 months"}
    plan = read_plan(write_plan(tmp_path, document))
    state = chain_of(plan, paying=())
    report = distribution_report(plan, record, state, reconcile(plan, record, state), {})
    assert [(row["line"], row["amount"]) for row in report["refused"]] == [(2, str(1000 * LVO)), (3, str(LVO // 2))]
    assert "30 days earlier" in report["refused"][0]["reason"]
