"""The file of a suite: what it says, what is refused, and where its contracts will be."""

from pathlib import Path

import pytest
import yaml

from lvo.plan import PlanError, read_plan
from lvo.suite import MADE, Ref, created_address, describe, read_suite, resolve

SUITE = Path(__file__).resolve().parents[3] / "plans" / "suite" / "suite.yaml"
DEPLOYER = "0x0063046686E46Dc6F15918b61AE2B121458534a5"


@pytest.fixture
def written(tmp_path):
    """Writes a copy of the suite with other entries; a value of None leaves an entry out."""

    def write(**changes):
        terms = yaml.safe_load(SUITE.read_text()) | changes
        path = tmp_path / "suite.yaml"
        path.write_text(yaml.safe_dump({key: value for key, value in terms.items() if value is not None}))
        (tmp_path / "distribution.yaml").write_text((SUITE.parent / "distribution.yaml").read_text())
        return path

    return write


def mistakes(path):
    with pytest.raises(PlanError) as caught:
        read_suite(path)
    return [f"{each.place.field}: {each.message}" for each in caught.value.mistakes]


def test_read_suite_reverts_with_every_mistake_at_once(written):
    terms = yaml.safe_load(SUITE.read_text())
    found = mistakes(
        written(
            name=None,
            chains=["0"],
            council="0x" + "00" * 20,
            governance=terms["governance"] | {"quorum": "4", "quorum_floor": "1e6"},
            content=terms["content"] | {"appeals": "two", "bond": "1.5 %"},
            ledgers=terms["ledgers"] | {"clicks": {"operator": DEPLOYER}},
        )
    )
    said = "\n".join(found)
    for expected in (
        "the key name is missing",
        "'0' is not a chain id",
        "the zero address owns nothing",
        "governance.quorum: '4' is not a share",
        "governance.quorum_floor: '1e6' is in scientific notation",
        "content.appeals: 'two' is not a number",
        "content.bond: '1.5 %' is not a percentage",
        "ledgers.clicks: the key delay is missing",
    ):
        assert expected in said
    assert len(found) == 8


def test_read_suite_reverts_when_a_room_is_missing(written):
    assert [each for each in mistakes(written(advertising=None)) if "advertising" in each] == [
        ": the key advertising is missing"
    ]


def test_distribution_reverts_when_its_holders_are_not_known_yet():
    with pytest.raises(PlanError) as caught:
        read_plan(SUITE.parent / "distribution.yaml")
    assert [each.message.split(":")[0] for each in caught.value.mistakes] == [
        "the suite decides where LVOTimelock is",
        "the suite decides where LVOTimelock is",
        "the suite decides where RewardLedger.promotion is",
        "the suite decides where RewardLedger.exchange is",
    ]


@pytest.mark.parametrize(
    ("nonce", "address"),
    [
        # The example that the community has used since 2015.
        (0, "0xcd234A471b72ba2F1Ccf0A70FCABA648a5eeCD8d"),
        (1, "0x343c43A37D37dfF08AE8C4A11544c718AbB4fCF8"),
        (2, "0xf778B86FA74E846c4f0a1fBd1335FE81c00a0C91"),
    ],
)
def test_created_address_is_that_of_the_yellow_paper(nonce, address):
    assert created_address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0", nonce) == address


def test_steps_name_every_contract_once_and_end_in_known_addresses():
    suite = read_suite(SUITE)
    addresses = suite.addresses(DEPLOYER, 7)
    assert sorted(addresses) == sorted([*suite.keys, *MADE])
    assert len(set(addresses.values())) == len(addresses)
    plan = read_plan(suite.distribution, addresses)
    steps = suite.steps(plan, 1_800_000_000)
    assert tuple(step.key for step in steps) == suite.keys
    for step in steps:
        assert "Ref" not in describe(resolve(step.arguments, addresses))


def test_resolve_reaches_into_every_depth():
    assert resolve(((Ref("a"), 1), "b"), {"a": "0x1"}) == (("0x1", 1), "b")
