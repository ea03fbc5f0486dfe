"""The plan that ships: real grants, to the wei."""

import csv
from pathlib import Path

import pytest
import yaml

from lvo.plan import BUCKETS, PlanError, batches, read_plan
from lvo.units import LVO, MONTH, SUPPLY

FOLDER = Path(__file__).resolve().parents[3] / "plans" / "genesis"
CLASSES = {
    "foundation": "Advisor",
    "team": "Team",
    "application": "GnoOption",
    "promotion": "Airdrop",
    "cornerstone": "Investor",
    "exchange": "UserOption",
}


@pytest.fixture(scope="module")
def plan():
    return read_plan(FOLDER / "plan.yaml")


@pytest.fixture(scope="module")
def cells():
    """The non-zero cells of the six classes, by class."""
    with (FOLDER / "six-class-allocations.csv").open() as file:
        table = list(csv.DictReader(file))
    assert len(table) == 1_465
    return {name: [int(row[name]) for row in table if int(row[name])] for name in CLASSES.values()}


def test_genesis_plan_grants_the_whole_supply_to_the_wei(plan):
    assert sum(grant.amount for grant in plan.grants) == SUPPLY
    for bucket in plan.buckets:
        assert bucket.granted == bucket.facts.share


def test_genesis_plan_has_every_cell_of_the_six_classes_and_every_vesting_grant(plan, cells):
    assert sum(map(len, cells.values())) == 2_946
    assert len(plan.grants) == 2_946 + 166
    assert len(plan.refused) == 7


def test_genesis_plan_apportions_each_class_by_quota(plan, cells):
    for bucket in plan.buckets:
        shares = [grant.amount for grant in bucket.grants if "six-class" in grant.place.file]
        weights = cells[CLASSES[bucket.facts.key]]
        pot = sum(shares)
        assert len(shares) == len(weights)
        for share, weight in zip(shares, weights, strict=True):
            assert abs(share * sum(weights) - pot * weight) < sum(weights)


def test_genesis_plan_keeps_amount_cliff_and_duration_of_the_vesting_grants(plan):
    with (FOLDER / "vesting-grants.csv").open() as file:
        table = list(csv.DictReader(file))
    rows = {
        row.place.line: row
        for bucket in plan.buckets
        for row in (*bucket.grants, *bucket.refused)
        if "vesting" in row.place.file
    }
    assert len(rows) == len(table) == 173
    for line, row in enumerate(table, 2):
        found = rows[line]
        assert found.account.lower() == row["recipient"].lower()
        assert found.amount == int(row["amount_wei"])
        assert (found.schedule.start, found.schedule.cliff, found.schedule.end) == (
            0,
            int(row["cliff_length"]),
            int(row["vesting_duration"]),
        )
    assert sum(row.amount for row in rows.values()) == 2_195_859_662 * LVO // 100


def test_genesis_plan_refuses_every_vesting_grant_as_it_stands(tmp_path):
    document = yaml.safe_load((FOLDER / "plan.yaml").read_text())
    document["genesis"] = "2027-01-01"
    del document["buckets"]["foundation"]["grants"][0]["rebase"]
    for name in ("six-class-allocations.csv", "vesting-grants.csv"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(document))
    plan = read_plan(tmp_path / "plan.yaml")
    assert len(plan.refused) == 173
    assert all("start" in row.reason for row in plan.refused)
    assert len(plan.grants) == 2_946


def test_genesis_plan_refuses_the_real_airdrop_list_of_addresses_nobody_owns(tmp_path):
    # The first row of a published airdrop of 252,803 accounts is the zero address; some are precompiles.
    document = yaml.safe_load((FOLDER / "plan.yaml").read_text())
    for bucket in document["buckets"].values():
        bucket["grants"] = []
    document["buckets"]["promotion"]["grants"] = [{"file": "airdrop.csv", "unit": "wei"}]
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(document))
    (tmp_path / "airdrop.csv").write_text(
        "account,amount\n0x0000000000000000000000000000000000000000,400000000000000000000\n"
        "0x0000000000000000000000000000000000000001,400000000000000000000\n"
    )
    with pytest.raises(PlanError) as caught:
        read_plan(tmp_path / "plan.yaml")
    assert [mistake.place.line for mistake in caught.value.mistakes] == [2, 3]


def test_genesis_plan_uses_the_published_schedules(plan):
    for bucket, facts in zip(plan.buckets, BUCKETS, strict=True):
        assert bucket.schedule == facts.default
    ends = [bucket.schedule.end // MONTH for bucket in plan.buckets]
    assert ends == [48, 48, 48, 36, 30, 24]


def test_genesis_plan_needs_16_transactions(plan):
    assert len(batches(plan)) == 16
