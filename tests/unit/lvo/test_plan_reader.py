"""A plan is read whole or refused with every mistake, each with its file, line and field."""

import pytest

from lvo.curve import Schedule
from lvo.plan import BUCKETS, batches, read_plan
from lvo.units import LVO, MONTH, SUPPLY
from tests.plans import GRANTS, HOLDERS, account, changed, mistakes, rows, sound_plan, write_plan

WEIGHTS = {"file": GRANTS, "unit": "weight", "apportion": "largest-remainder", "pot": "rest"}


def only(found):
    """The only mistake."""
    assert len(found) == 1, found
    return found[0]


# ------------------------------------------------------------------------------------------------- the document


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("name: x\nbuckets: [a\n", 3, "not YAML"),
        ("name: x\n\tchains: 1\n", 2, "not YAML"),
        ("name: *a\n", 1, "not YAML"),
        ("name: a\n---\nname: b\n", 2, "not YAML"),
        ("name: \x07\n", 1, "not YAML"),
    ],
)
def test_read_plan_reverts_when_it_is_not_yaml(tmp_path, text, line, says):
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    file, where, _, message = only(mistakes(path))
    assert (file, where) == ("plan.yaml", line)
    assert says in message


def test_read_plan_reverts_when_there_is_no_file(tmp_path):
    assert "no such file" in only(mistakes(tmp_path / "plan.yaml"))[3]


def test_read_plan_reverts_when_the_file_is_not_utf8(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_bytes("name: Zürich".encode("latin-1"))
    assert "UTF-8" in only(mistakes(path))[3]


@pytest.mark.parametrize(
    ("path", "value", "field", "says"),
    [
        ("colour", "red", "colour", "not known"),
        ("buckets.team.color", "red", "buckets.team.color", "not known"),
        ("buckets.marketing", {}, "buckets.marketing", "not known"),
        ("buckets.team.holder.name", "x", "buckets.team.holder.name", "not known"),
        ("buckets.team.grants.0.cols", {}, "buckets.team.grants[0].cols", "not known"),
        ("name", None, "", "name is missing"),
        ("chains", None, "", "chains is missing"),
        ("genesis", None, "", "genesis is missing"),
        ("buckets.exchange", None, "buckets", "exchange is missing"),
        ("buckets.team.holder", None, "buckets.team", "holder is missing"),
        ("buckets.team.grants", None, "buckets.team", "grants is missing"),
        ("chains", 1337, "chains", "a list"),
        ("chains", ["mainnet"], "chains[0]", "not a chain id"),
        ("chains", [], "chains", "at least one"),
        ("buckets.team.share", {"a": 1}, "buckets.team.share", "single value"),
        ("buckets.team.holder.kind", "friend", "buckets.team.holder.kind", "not known here"),
        ("buckets.team.holder.address", "0x" + "0" * 40, "buckets.team.holder.address", "zero address"),
        (
            "buckets.team.holder.address",
            HOLDERS[1].swapcase().replace("X", "x"),
            "buckets.team.holder.address",
            "EIP-55",
        ),
        ("genesis", "deployment + 59 seconds", "genesis", "60 seconds"),
        ("genesis", "deployment", "genesis", "length of time"),
        ("genesis", "soon", "genesis", "not a time"),
        ("buckets.team.schedule", {"cliff": "49 months"}, "buckets.team.schedule", "order"),
        ("buckets.team.schedule", {"start": "13 months", "cliff": "12 months"}, "buckets.team.schedule", "order"),
        ("buckets.team.schedule", {"end": "137 years"}, "buckets.team.schedule", "136 years"),
        ("genesis", "4294967296", "buckets.team", "2106"),
        ("buckets.team.schedule", {"end": "2031-01-01"}, "buckets.team.schedule.end", "depends on the deployment"),
        ("buckets.team.schedule", {"initial": "101 %"}, "buckets.team.schedule.initial", "whole"),
        ("buckets.team.holder.kind", "ledger", "buckets.team.grants", "ledger"),
        ("buckets.team.grants.0.file", "none.csv", "", "no such file"),
        ("buckets.team.grants.0.file", "/etc/hosts", "buckets.team.grants[0].file", "from the plan"),
        ("buckets.team.grants.0.unit", "euro", "buckets.team.grants[0].unit", "not known here"),
        ("buckets.team.grants.0.unit", "weight", "buckets.team.grants[0]", "apportion|pot"),
        ("buckets.team.grants.0.pot", "rest", "buckets.team.grants[0].pot", "unit: weight"),
        ("buckets.team.grants.0.rebase", "genesis", "buckets.team.grants[0].rebase", "no column start"),
        ("buckets.team.grants.0.separator", "::", "buckets.team.grants[0].separator", "separator"),
        ("buckets.team.grants.0.columns", {"start": "a", "end": "b", "duration": "c"}, None, "either end or duration"),
        ("buckets.team.grants.0.columns", {"amount": "sum"}, "header", "no column sum"),
    ],
)
def test_read_plan_reverts_when_a_key_is_wrong(tmp_path, path, value, field, says):
    found = mistakes(write_plan(tmp_path, changed(sound_plan(), path, value)))
    assert any(
        any(word in message for word in says.split("|")) and field in (None, where) for _, _, where, message in found
    ), found


def test_read_plan_reverts_when_a_key_is_written_twice(tmp_path):
    path = write_plan(tmp_path, sound_plan())
    path.write_text(path.read_text() + "name: again\n")
    file, line, field, message = only(mistakes(path))
    assert (file, field) == ("plan.yaml", "name")
    assert line == len(path.read_text().splitlines())
    assert "twice" in message


@pytest.mark.parametrize(("share", "sum"), [("14.99 %", "99.99 %"), ("15.01 %", "100.01 %"), ("1499 bps", "99.99 %")])
def test_read_plan_reverts_when_the_shares_are_not_the_whole(tmp_path, share, sum):
    found = mistakes(write_plan(tmp_path, changed(sound_plan(), "buckets.team.share", share)))
    assert ("buckets", f"the shares sum to {sum}: they must sum to 100 % exactly") in [found[0][2:], found[1][2:]]


def test_read_plan_reverts_when_a_share_is_not_the_contracts(tmp_path):
    plan = changed(changed(sound_plan(), "buckets.team.share", "10 %"), "buckets.exchange.share", "20 %")
    fields = [field for _, _, field, _ in mistakes(write_plan(tmp_path, plan))]
    assert fields == ["buckets.team.share", "buckets.exchange.share"]


def test_read_plan_reports_every_mistake_at_once_with_its_line(tmp_path):
    plan = changed(sound_plan(), "buckets.foundation.share", "20.001 %")
    plan = changed(plan, "buckets.team.holder.address", "0x1234")
    csv = rows(f"{account(1)},1e3", f"{account(2)},1", "0x" + "0" * 40 + ",1", f"{account(2)},1", f"{account(3)},0")
    path = write_plan(tmp_path, plan, csv)
    text = path.read_text().splitlines()
    assert sorted((file, line, field) for file, line, field, _ in mistakes(path)) == [
        ("plan.yaml", text.index("    share: 20.001 %") + 1, "buckets.foundation.share"),
        ("plan.yaml", next(i for i, line in enumerate(text, 1) if "0x1234" in line), "buckets.team.holder.address"),
        ("team.csv", 2, "amount"),
        ("team.csv", 4, "account"),
        ("team.csv", 5, "row"),
        ("team.csv", 6, "amount"),
    ]


# ------------------------------------------------------------------------------------------------- the lists


@pytest.mark.parametrize(
    ("csv", "line", "says"),
    [
        (b" ", 1, "no column account"),
        (b"\n\n", 1, "empty"),
        (b"account,amount\n", 1, "no rows"),
        (b"account;amount\n0x1;5\n", 1, "separated by semicolons"),
        (b"account\tamount\n", 1, "separated by tabs"),
        (b"account,amount,amount\n", 1, "2 times"),
        (b"Account,amount\n", 1, "there is no column account"),
        (b"account,amount\n\xff,1\n", 1, "UTF-8"),
        (b'account,amount\n"0x1,5\n', 2, "not CSV"),
        (f"account,amount\n{account(1)},1,000\n".encode(), 2, "3 cells under 2 headers"),
        (f"account,amount\n\n{account(1)}\n".encode(), 3, "1 cells under 2 headers"),
        (f"account,amount\n{account(1)},1.5e+21\n".encode(), 2, "scientific notation"),
        (f"account,amount\n{account(1)},150000000.000000000000000001\n".encode(), 2, "more than the whole bucket"),
        (f"account,amount\n{account(1)},0\n".encode(), 2, "a grant of nothing"),
        (f"account,amount\n{account(1)},-5\n".encode(), 2, "not a decimal amount"),
        (f"account,amount\n{account(1)},5\n{account(1)},5.0\n".encode(), 3, "exactly what"),
        (f"account,amount\n{account(1)},5\n{account(1).upper().replace('X', 'x')},5\n".encode(), 3, "exactly what"),
        ((HOLDERS[0].replace("A", "a").join(["account,amount\n", ",5\n"])).encode(), 2, "EIP-55"),
        (f"account,amount\n0x{'0' * 38}01,5\n".encode(), 2, "EIP-1352"),
    ],
)
def test_read_plan_reverts_when_a_list_is_wrong(tmp_path, csv, line, says):
    found = mistakes(write_plan(tmp_path, sound_plan(), csv))
    assert any(file == GRANTS and where == line and says in message for file, where, _, message in found), found


def test_read_plan_reverts_when_the_list_is_an_empty_file(tmp_path):
    path = write_plan(tmp_path, sound_plan())
    (tmp_path / GRANTS).write_bytes(b"")
    assert "empty" in only(mistakes(path))[3]


@pytest.mark.parametrize(
    "damage",
    [
        lambda csv: b"\xef\xbb\xbf" + csv,
        lambda csv: csv.replace(b"\n", b"\r\n"),
        lambda csv: csv.replace(b"\n", b"\r"),
        lambda csv: csv.replace(b"\n", b"\n\n"),
        lambda csv: csv.rstrip(b"\n"),
        lambda csv: csv.replace(b",", b" , "),
        lambda csv: csv.replace(b"1000", b'"1000"'),
    ],
    ids=["BOM", "CRLF", "CR", "blank lines", "no last newline", "blanks", "quotes"],
)
def test_read_plan_accepts_what_spreadsheets_write(tmp_path, damage):
    clean = read_plan(write_plan(tmp_path, sound_plan()))
    csv = (tmp_path / GRANTS).read_bytes()
    assert damage(csv) != csv
    assert read_plan(write_plan(tmp_path, sound_plan(), damage(csv))).hash == clean.hash


def test_read_plan_reads_semicolons_when_the_plan_says_so(tmp_path):
    plan = changed(sound_plan(), "buckets.team.grants.0.separator", ";")
    whole = read_plan(write_plan(tmp_path, plan, f"account;amount\n{account(1)};0.25\n"))
    assert [grant.amount for grant in whole.grants] == [LVO // 4]


def test_read_plan_accepts_10_001_rows(tmp_path):
    csv = rows(*(f"{account(i)},1.5" for i in range(10_001)))
    whole = read_plan(write_plan(tmp_path, sound_plan(), csv))
    assert len(whole.grants) == 10_001
    assert whole.buckets[1].granted == 10_001 * 3 * LVO // 2
    assert sum(len(batch.grants) for batch in batches(whole)) == 10_001


def test_read_plan_accepts_several_grants_to_one_account(tmp_path):
    csv = rows(f"{account(1)},5", f"{account(1)},6")
    assert len(read_plan(write_plan(tmp_path, sound_plan(), csv)).grants) == 2


@pytest.mark.parametrize(
    ("first", "second", "sound"), [("149999999", "1", True), ("149999999", "1.000000000000000001", False)]
)
def test_read_plan_reverts_when_the_grants_exceed_their_bucket(tmp_path, first, second, sound):
    found = mistakes(write_plan(tmp_path, sound_plan(), rows(f"{account(1)},{first}", f"{account(2)},{second}")))
    assert sound == (not found)
    if not sound:
        assert "150,000,000.000000000000000001 LVO and the bucket has 150,000,000 LVO" in only(found)[3]


def test_read_plan_reverts_when_two_lists_exceed_their_bucket_together(tmp_path):
    plan = changed(sound_plan(), "buckets.team.grants", [{"file": GRANTS}, {**WEIGHTS, "pot": "150000000"}])
    assert "the grants sum to" in only(mistakes(write_plan(tmp_path, plan, rows(f"{account(1)},5"))))[3]


def test_read_plan_reverts_when_nothing_is_left_to_apportion(tmp_path):
    plan = changed(sound_plan(), "buckets.team.grants", [{"file": GRANTS}, WEIGHTS])
    found = mistakes(write_plan(tmp_path, plan, rows(f"{account(1)},150000000")))
    assert "leave nothing" in only(found)[3]


def test_read_plan_reverts_when_a_row_is_in_two_lists_of_a_bucket(tmp_path):
    plan = changed(sound_plan(), "buckets.team.grants", [{"file": GRANTS}, {"file": "./team.csv"}])
    assert "exactly what" in only(mistakes(write_plan(tmp_path, plan, rows(f"{account(1)},5"))))[3]


# ------------------------------------------------------------------------------------------------- apportioning


def test_read_plan_apportions_a_pot_exactly(tmp_path):
    plan = changed(sound_plan(), "buckets.team.grants", [{**WEIGHTS, "pot": "0.000000000000000010"}])
    whole = read_plan(write_plan(tmp_path, plan, rows(*(f"{account(i)},1" for i in range(3)))))
    # Equal weights: the odd wei goes to the smallest account.
    assert [grant.amount for grant in whole.grants] == [4, 3, 3]


def test_read_plan_apportions_the_rest_beside_fixed_amounts(tmp_path):
    lists = [{"file": "fixed.csv"}, WEIGHTS]
    (tmp_path / "fixed.csv").write_text(rows(f"{account(9)},49.000000000000000001"))
    csv = rows(*(f"{account(i)},{i + 1}" for i in range(7)))
    whole = read_plan(write_plan(tmp_path, changed(sound_plan(), "buckets.team.grants", lists), csv))
    assert whole.buckets[1].granted == BUCKETS[1].share


def test_read_plan_skips_zero_cells_when_the_plan_says_so(tmp_path):
    plan = changed(sound_plan(), "buckets.team.grants", [{**WEIGHTS, "zero": "skip"}])
    whole = read_plan(write_plan(tmp_path, plan, rows(f"{account(1)},0", f"{account(2)},7")))
    assert [grant.place.line for grant in whole.grants] == [3]


def test_read_plan_reverts_when_a_weight_gets_no_wei(tmp_path):
    plan = changed(sound_plan(), "buckets.team.grants", [{**WEIGHTS, "pot": "0.000000000000000001"}])
    found = only(mistakes(write_plan(tmp_path, plan, rows(f"{account(1)},1", f"{account(2)},3"))))
    assert found[:2] == (GRANTS, 2)
    assert "not a single wei" in found[3]


# ------------------------------------------------------------------------------------------------- schedules

COLUMNS = {"start": "start", "cliff_after": "cliff", "duration": "duration", "revocable": "revocable"}
GENESIS = 1_798_761_600  # 2027-01-01


def schedules(*lines):
    return "\n".join(("account,amount,start,cliff,duration,revocable", *lines)) + "\n"


def scheduled(**changes):
    plan = changed(sound_plan(), "genesis", "2027-01-01")
    return changed(plan, "buckets.team.grants", [{"file": GRANTS, "columns": COLUMNS, **changes}])


def test_read_plan_lists_and_refuses_rows_faster_than_their_pool(tmp_path):
    year, end = 12 * MONTH, 48 * MONTH
    csv = schedules(
        f"{account(1)},10,{GENESIS},{year},{end},0",
        f"{account(2)},11,{GENESIS - 1},{year + 1},{end + 1},0",
        f"{account(3)},12,{GENESIS},{year - 1},{end},0",
        f"{account(4)},13,{GENESIS},{year},{end - 1},1",
        f"{account(5)},14,{GENESIS + 5},{year},{end},1",
    )
    whole = read_plan(write_plan(tmp_path, scheduled(), csv))
    assert [grant.place.line for grant in whole.grants] == [2, 6]
    assert [(row.place.line, row.amount // LVO) for row in whole.refused] == [(3, 11), (4, 12), (5, 13)]
    assert ["start is 1 s" in whole.refused[0].reason, "cliff is 1 s" in whole.refused[1].reason] == [True, True]
    assert "end is 1 s" in whole.refused[2].reason
    assert [grant.kind for grant in whole.grants] == ["personal", "revocable"]
    assert whole.grants[1].schedule == Schedule(5, year + 5, end + 5, 0)
    assert whole.buckets[1].granted == 24 * LVO


def test_read_plan_refuses_a_higher_initial_share(tmp_path):
    plan = changed(sound_plan(), "buckets.team.grants.0.schedule", {"initial": "0.01 %"})
    whole = read_plan(write_plan(tmp_path, plan))
    assert not whole.grants
    assert all("initial share is 1 bps higher" in row.reason for row in whole.refused)


def test_read_plan_rebases_a_start_and_keeps_cliff_and_duration(tmp_path):
    csv = schedules(f"{account(1)},10,1660000000,{13 * MONTH},{50 * MONTH},0")
    assert not read_plan(write_plan(tmp_path, scheduled(), csv)).grants
    moved = read_plan(write_plan(tmp_path, scheduled(rebase="genesis"), csv))
    assert moved.grants[0].schedule == Schedule(0, 13 * MONTH, 50 * MONTH, 0)
    # Also where the genesis is not known yet.
    plan = changed(scheduled(rebase="genesis"), "genesis", "deployment + 1 hour")
    assert read_plan(write_plan(tmp_path, plan, csv)).grants[0].schedule == moved.grants[0].schedule


def test_read_plan_rebases_cliff_and_end_that_are_times(tmp_path):
    columns = {"start": "start", "cliff": "cliff", "end": "duration"}
    csv = schedules(f"{account(1)},10,1000000000,{1000000000 + 12 * MONTH},{1000000000 + 48 * MONTH},0")
    moved = read_plan(write_plan(tmp_path, scheduled(rebase="genesis", columns=columns), csv))
    assert moved.grants[0].schedule == Schedule(0, 12 * MONTH, 48 * MONTH, 0)


def test_read_plan_reverts_when_a_row_is_out_of_order(tmp_path):
    csv = schedules(f"{account(1)},10,{GENESIS},{60 * MONTH},{50 * MONTH},0")
    found = only(mistakes(write_plan(tmp_path, scheduled(), csv)))
    assert found[:3] == (GRANTS, 2, "row")
    assert "order" in found[3]


def test_read_plan_reverts_when_a_date_meets_a_genesis_that_is_not_known(tmp_path):
    csv = schedules(f"{account(1)},10,{GENESIS},{12 * MONTH},{48 * MONTH},0")
    plan = changed(scheduled(), "genesis", "deployment + 1 hour")
    assert "rebase: genesis" in only(mistakes(write_plan(tmp_path, plan, csv)))[3]


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ("soon,1,1,0", "start"),
        (f"{GENESIS},x,1,0", "cliff"),
        (f"{GENESIS},1,1e3,0", "duration"),
        (f"{GENESIS},1,1,2", "revocable"),
    ],
)
def test_read_plan_reverts_when_a_cell_of_a_schedule_is_wrong(tmp_path, cells, field):
    found = mistakes(write_plan(tmp_path, scheduled(), schedules(f"{account(1)},10,{cells}")))
    assert [place[:3] for place in found] == [(GRANTS, 2, field)]


def test_read_plan_gives_rows_the_pools_schedule_by_default(tmp_path):
    whole = read_plan(write_plan(tmp_path, sound_plan()))
    assert {grant.schedule for grant in whole.grants} == {Schedule(0, 12 * MONTH, 48 * MONTH, 0)}


# ------------------------------------------------------------------------------------------------- the hash


def test_hash_does_not_depend_on_comments_lines_and_spelling(tmp_path):
    csv = rows(f"{account(1)},1000", f"{account(2)},0.5")
    path = write_plan(tmp_path, sound_plan(), csv)
    before = read_plan(path)
    path.write_text("# a comment\n\n" + path.read_text())
    (tmp_path / GRANTS).write_text(csv.replace("0.5", "0.50").replace("\n", "\n\n"))
    after = read_plan(path)
    assert (after.hash, after.sha256) == (before.hash, before.sha256)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "other"),
        ("chains", [1337, 1]),
        ("genesis", "deployment + 2 hours"),
        ("buckets.team.holder.kind", "multisig"),
        ("buckets.team.holder.address", HOLDERS[0]),
        ("buckets.team.schedule", {"end": "49 months"}),
        ("buckets.team.grants.0.kind", "revocable"),
        ("buckets.team.grants.0.unit", "wei"),
        ("buckets.team.grants.0.schedule", {"end": "49 months"}),
    ],
)
def test_hash_depends_on_everything_that_is_executed(tmp_path, path, value):
    csv = rows(f"{account(1)},1000")
    before = read_plan(write_plan(tmp_path, sound_plan(), csv))
    after = read_plan(write_plan(tmp_path, changed(sound_plan(), path, value), csv))
    assert before.hash != after.hash


def test_facts_sum_to_the_supply():
    assert sum(facts.share for facts in BUCKETS) == SUPPLY
