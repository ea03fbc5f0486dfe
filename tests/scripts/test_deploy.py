"""Deploying the suite on a testnet: rehearsed, killed at any instant, gone on with, read back, and refused."""

import json
import time
from pathlib import Path

import pytest
import yaml

from lvo.suite import MADE, read_suite
from tests.testnet import SEPOLIA, play_testnet

SUITE = "plans/suite/suite.yaml"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    """The node."""
    with play_testnet(tmp_path_factory.mktemp("testnet")) as made:
        yield made


@pytest.fixture
def fresh(net, tmp_path):
    """The node, with records of the test alone."""
    net.folder = tmp_path
    return net


def record(net):
    return json.loads((net.folder / "deployments" / f"{SEPOLIA}.json").read_text())


def changed_suite(tmp_path, **changes):
    """A copy of the suite with other terms."""
    folder = tmp_path / "suite"
    folder.mkdir(exist_ok=True)
    for name in ("suite.yaml", "distribution.yaml"):
        (folder / name).write_text((ROOT / "plans" / "suite" / name).read_text())
    terms = yaml.safe_load((folder / "suite.yaml").read_text()) | changes
    (folder / "suite.yaml").write_text(yaml.safe_dump(terms))
    return str(folder / "suite.yaml")


def wait_for(process, net, key, count):
    """Wait until a running script has sent so many transactions."""
    deadline = time.monotonic() + 120
    while net.web3.eth.get_transaction_count(key.address) < count:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_plan_sends_nothing(fresh):
    key = fresh.person("planner")
    printed = fresh.run("deploy", "plan", SUITE, key=key)
    assert "LVOGovernor" in printed
    assert fresh.web3.eth.get_transaction_count(key.address) == 0
    assert not (fresh.folder / "deployments").exists()


def test_suite_reverts_when_the_chain_is_another(fresh, tmp_path):
    printed = fresh.run("deploy", "suite", changed_suite(tmp_path, chains=[1]), key=fresh.person("stranger"), code=1)
    assert f"This is chain {SEPOLIA}, and the suite is for 1" in printed


def test_suite_reverts_when_its_file_has_mistakes(fresh, tmp_path):
    path = changed_suite(tmp_path, council="0x0", chains=["x"])
    printed = fresh.run("deploy", "suite", path, key=fresh.person("writer"), code=1)
    assert "'x' is not a chain id" in printed
    assert "is not an address" in printed
    assert "2 mistakes: nothing was done." in printed


def test_suite_reverts_when_the_deployer_cannot_pay(fresh):
    printed = fresh.run("deploy", "suite", SUITE, key=fresh.person("beggar", ether=0), code=1)
    assert "send it ether for gas" in printed or "insufficient funds" in printed.lower()


def test_suite_reverts_when_a_constructor_would(fresh, tmp_path):
    terms = yaml.safe_load((ROOT / SUITE).read_text())["governance"] | {"quorum": "60 %"}
    key = fresh.person("dreamer")
    printed = fresh.run("deploy", "suite", changed_suite(tmp_path, governance=terms), key=key, code=1)
    assert "LVOGovernor_QuorumShareOutOfBounds" in printed
    assert fresh.web3.eth.get_transaction_count(key.address) == 0


@pytest.fixture(scope="module")
def deployed(net, tmp_path_factory):
    """A suite whose deployment was killed after the second contract went out, and again two contracts later."""
    net.folder = tmp_path_factory.mktemp("deployed")
    key = net.person("deployer")
    for count in (2, 4):
        process = net.begin("deploy", "suite", SUITE, key=key)
        wait_for(process, net, key, count)
        process.kill()
        process.communicate()
    return key, net.folder, net.run("deploy", "suite", SUITE, key=key)


def test_suite_goes_on_after_being_killed(net, deployed):
    key, net.folder, printed = deployed
    assert "checks hold" in printed
    contracts = record(net)["contracts"]
    assert sorted(contracts) == sorted([*read_suite(ROOT / SUITE).keys, *MADE])
    assert net.web3.eth.get_transaction_count(key.address) == len(contracts) - len(MADE)
    for each in contracts.values():
        receipt = net.web3.eth.get_transaction_receipt(each["transaction"])
        assert receipt["blockNumber"] == each["block"]


def test_suite_sends_nothing_twice(net, deployed):
    key, net.folder, _ = deployed
    count = net.web3.eth.get_transaction_count(key.address)
    assert "nothing was sent" in net.run("deploy", "suite", SUITE, key=key)
    assert net.web3.eth.get_transaction_count(key.address) == count


def test_check_reverts_when_the_suite_is_another(net, deployed, tmp_path):
    key, net.folder, _ = deployed
    assert "checks hold" in net.run("deploy", "check", SUITE, key=key)
    terms = yaml.safe_load((ROOT / SUITE).read_text())["governance"] | {"quorum": "5 %"}
    printed = net.run("deploy", "check", changed_suite(tmp_path, governance=terms), key=key, code=1)
    assert "was begun with other terms or another build" in printed


def test_suite_reverts_when_the_key_was_used_meanwhile(fresh):
    key = fresh.person("deployer in a hurry")
    process = fresh.begin("deploy", "suite", SUITE, key=key)
    wait_for(process, fresh, key, 1)
    process.kill()
    process.communicate()
    # Something else takes the nonce of the next contract.
    nonce = fresh.web3.eth.get_transaction_count(key.address, "pending")
    fields = {"nonce": nonce, "to": key.address, "value": 0, "gas": 21_000, "gasPrice": 10**10, "chainId": SEPOLIA}
    sent = fresh.web3.eth.send_raw_transaction(key.sign_transaction(fields).raw_transaction)
    fresh.web3.eth.wait_for_transaction_receipt(sent)
    printed = fresh.run("deploy", "suite", SUITE, key=key, code=1)
    assert "was used for something else" in printed
