"""Reviewers of a plan, and the plan of what an abandoned one has left."""

import pytest

from lvo.plan import batches, batching, earlier_salts, read_plan, rest_files
from tests.plans import account, changed, mistakes, rows, sound_plan, write_plan

HASH = "0x" + "ab" * 32


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    """Two grants in a transaction."""
    monkeypatch.setattr(batching, "PIECES_PER_BATCH", 2)


def test_reviewers_and_what_is_continued_are_part_of_the_hash(tmp_path):
    plain = read_plan(write_plan(tmp_path, sound_plan()))
    hashes = {plain.hash}
    for needed, accounts in ((1, 2), (2, 2), (2, 3)):
        reviewers = {"needed": needed, "accounts": [account(i) for i in range(accounts)]}
        hashes.add(read_plan(write_plan(tmp_path, sound_plan() | {"reviewers": reviewers})).hash)
    for done, left in (([], [1]), ([1], []), ([1], [2])):
        continues = [{"plan": HASH, "done": {"team": done}, "left": {"team": left}}]
        plan = read_plan(write_plan(tmp_path, sound_plan() | {"continues": continues}))
        hashes.add(plan.hash)
        assert plan.origin == HASH
    assert len(hashes) == 7
    assert plain.origin == plain.hash


@pytest.mark.parametrize(
    ("needed", "accounts", "said"),
    [
        (0, [account(1)], "write 1 to 1"),
        (2, [account(1)], "write 1 to 1"),
        ("two", [account(1), account(2)], "write 1 to 2"),
        (1, [account(1), account(1)], "named twice"),
        (1, ["0x12"], "address"),
    ],
)
def test_reviewers_revert_when_they_cannot_approve(tmp_path, needed, accounts, said):
    plan = sound_plan() | {"reviewers": {"needed": needed, "accounts": accounts}}
    assert any(said in message for _, _, _, message in mistakes(write_plan(tmp_path, plan)))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"plan": "0x12", "done": {}, "left": {}}, "is not the hash of a plan"),
        ({"plan": HASH, "done": {"team": [0]}, "left": {}}, "is not the number of a batch"),
        ({"plan": HASH, "done": {}, "left": {"team": ["one"]}}, "is not the number of a batch"),
        ({"plan": HASH, "done": {"crew": [1]}, "left": {}}, "not known here"),
        ({"plan": HASH, "done": {}}, "left is missing"),
    ],
)
def test_continues_reverts_when_it_is_not_what_abandon_writes(tmp_path, entry, said):
    plan = sound_plan() | {"continues": [entry]}
    assert any(said in message for _, _, _, message in mistakes(write_plan(tmp_path, plan)))


def rest_of(folder, plan, done, name):
    """Write the plan of what is left besides these numbers of batches of the team, and read it."""
    planned = batches(plan)
    files = rest_files(
        plan, [each for each in planned if each.number in done], [each for each in planned if each.number not in done]
    )
    (folder / name).mkdir()
    for file, content in files.items():
        (folder / name / file).write_bytes(content)
    return read_plan(folder / name / "plan.yaml")


def salts(plan):
    return [batch.salt for batch in batches(plan)]


def test_the_rest_has_the_grants_and_the_salts_of_what_was_left(tmp_path):
    csv = rows(*(f"{account(i)},{i + 1}.5" for i in range(9)))
    plan = read_plan(write_plan(tmp_path, changed(sound_plan(), "buckets.team.schedule", {"end": "50 months"}), csv))
    first = rest_of(tmp_path, plan, {0, 2}, "first")
    left = [batch for batch in batches(plan) if batch.number not in (0, 2)]
    assert salts(first) == [batch.salt for batch in left]
    assert [(g.account, g.amount, g.schedule, g.kind) for batch in batches(first) for g in batch.grants] == [
        (g.account, g.amount, g.schedule, g.kind) for batch in left for g in batch.grants
    ]
    assert [bucket.schedule for bucket in first.buckets] == [bucket.schedule for bucket in plan.buckets]
    assert earlier_salts(first) == {(1, salts(plan)[0]), (1, salts(plan)[2])}
    assert first.hash != plan.hash

    # Abandoned once more after its second batch: the salts are still those of the first plan.
    second = rest_of(tmp_path, first, {1}, "second")
    assert salts(second) == [salts(plan)[1], salts(plan)[4]]
    assert earlier_salts(second) == {(1, salts(plan)[i]) for i in (0, 2, 3)}
    assert second.origin == plan.hash


def test_batches_beyond_those_that_were_left_have_salts_of_their_own(tmp_path):
    plan = read_plan(write_plan(tmp_path, sound_plan(), rows(*(f"{account(i)},1" for i in range(4)))))
    rest_of(tmp_path, plan, {0}, "rest")
    (tmp_path / "rest" / "team.csv").open("a").write(
        "".join(f"{account(i)},1,0 seconds,12 months,48 months,0 bps,personal\n" for i in range(10, 14))
    )
    grown = read_plan(tmp_path / "rest" / "plan.yaml")
    assert salts(grown)[0] == salts(plan)[1]
    assert len({*salts(plan), *salts(grown)}) == 4
