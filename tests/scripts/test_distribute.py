"""The verbs of ``distribute`` on Ganache: end to end, again, interrupted, and on a chain that differs."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import brownie
import pytest
from brownie import chain, web3

import scripts.distribute as distribute
from lvo.plan import PIECES_PER_BATCH, batches, batching, read_plan
from lvo.units import LVO, MONTH
from scripts.support import distribution, records, sending
from tests.plans import HOLDERS, account, changed, rows, sound_plan, write_plan

BATCH = 3
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def ganache():
    """Ganache forgets the test when it is over."""
    chain.snapshot()
    yield
    chain.revert()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Records, plans and reports of the test alone; batches of three grants."""
    monkeypatch.setattr(records, "FOLDER", tmp_path / "deployments")
    monkeypatch.setattr(distribute, "ROOT", tmp_path)
    monkeypatch.setattr(distribute, "PLANS", tmp_path / "plans")
    monkeypatch.setattr(distribute, "REPORTS", tmp_path / "reports")
    monkeypatch.setattr(batching, "PIECES_PER_BATCH", BATCH)
    return tmp_path


@pytest.fixture
def document():
    """Eight grants of the team in three batches, two of the foundation in one."""
    plan = sound_plan()
    plan["buckets"]["foundation"]["grants"] = [{"file": "foundation.csv", "kind": "pool"}]
    return plan


@pytest.fixture
def plan_file(folder, document):
    return write_small(folder, document)


def write_small(folder, document):
    """Write the small plan and both its lists."""
    (folder / "foundation.csv").write_text(rows(f"{account(1)},1000000", f"{account(2)},0.000000000000000001"))
    csv = rows(*(f"{account(i)},{i + 1}.000000000000000007" for i in range(8)))
    return str(write_plan(folder, document, csv))


def exit_code(verb, *arguments):
    """Run a verb; return what the shell would see."""
    try:
        verb(*arguments)
    except SystemExit as stop:
        return stop.code
    return 0


def words(capsys):
    """What was printed since the last time, as one line."""
    return " ".join(capsys.readouterr().out.split())


def deployed(plan_file):
    """Deploy a plan; return its deployment."""
    assert exit_code(distribute.deploy, plan_file) == 0
    return distribution.find(read_plan(plan_file))


def totals(deployment):
    """Beneficiary, total and schedule of every grant."""
    return [(g.beneficiary, g.total, g.schedule, g.kind) for g in deployment.state().grants]


# ----------------------------------------------------------------------------------------------------- plan


def test_plan_reverts_when_there_are_mistakes(folder, document, capsys):
    path = write_small(folder, changed(document, "buckets.team.share", "14.99 %"))
    assert exit_code(distribute.plan, path) == 1
    said = words(capsys)
    assert "buckets.team.share" in said
    assert "the shares sum to 99.99 %" in said
    assert "2 mistakes" in said
    assert "Traceback" not in said
    assert not (folder / "plans").exists()


def test_plan_reverts_when_the_argument_is_missing(capsys):
    assert exit_code(distribute.plan) == 1
    assert "brownie run distribute plan PLAN_FILE" in words(capsys)


def test_plan_writes_its_canonical_form_under_its_hash(folder, plan_file, capsys):
    assert exit_code(distribute.plan, plan_file) == 0
    plan = read_plan(plan_file)
    path = folder / "plans" / f"{plan.hash[2:18]}.json"
    assert path.read_bytes() == plan.canonical
    assert json.loads(path.read_text())["name"] == "test"
    said = words(capsys)
    assert plan.hash in said
    assert plan.sha256 in said
    assert "10 grants to 8 accounts" in said


# ----------------------------------------------------------------------------------------------------- deploy


def test_deploy_records_addresses_block_arguments_and_plan(folder, plan_file):
    deployment = deployed(plan_file)
    plan = read_plan(plan_file)
    document = json.loads((folder / "deployments" / "1337.json").read_text())
    recorded = document["contracts"]["GenesisDistribution"]
    assert document["plan"]["hash"] == plan.hash
    assert recorded["address"] == deployment.distribution.address
    assert web3.eth.get_transaction_receipt(recorded["transaction"])["blockNumber"] == recorded["block"]
    assert [bucket[0] for bucket in recorded["arguments"][0]] == list(HOLDERS)
    assert document["contracts"]["LVOToken"]["address"] == deployment.distribution.LVO()
    deployed_at = web3.eth.get_block(recorded["block"])["timestamp"]
    assert 0 < document["genesis"] - deployed_at <= 3600


def test_deploy_reverts_when_it_is_deployed_already(plan_file, capsys):
    deployed(plan_file)
    block = web3.eth.block_number
    assert exit_code(distribute.deploy, plan_file) == 1
    assert "is deployed on chain 1337 already" in words(capsys)
    assert web3.eth.block_number == block


def test_deploy_replaces_the_record_of_a_development_chain_that_is_gone(folder, plan_file):
    deployed(plan_file)
    record = folder / "deployments" / "1337.json"
    gone = json.loads(record.read_text())
    gone["contracts"]["GenesisDistribution"]["address"] = HOLDERS[0]
    record.write_text(json.dumps(gone))
    deployed(plan_file)


def test_deploy_reverts_when_the_genesis_has_passed(folder, document, capsys):
    path = write_small(folder, changed(document, "genesis", "2020-01-01"))
    assert exit_code(distribute.deploy, path) == 1
    assert "has passed" in words(capsys)
    assert not (folder / "deployments").exists()


@pytest.mark.parametrize("verb", ["deploy", "execute", "verify", "report"])
def test_verbs_revert_when_the_chain_is_not_the_plans(folder, document, capsys, verb):
    path = write_small(folder, changed(document, "chains", [1, 11155111]))
    block = web3.eth.block_number
    assert exit_code(getattr(distribute, verb), path) == 1
    assert "This is chain 1337, and the plan is for 1 or 11155111" in words(capsys)
    assert web3.eth.block_number == block


@pytest.mark.parametrize("verb", ["execute", "verify", "report"])
def test_verbs_revert_when_nothing_is_deployed(plan_file, capsys, verb):
    assert exit_code(getattr(distribute, verb), plan_file) == 1
    assert "run deploy first" in words(capsys)


# ----------------------------------------------------------------------------------------------------- execute


def test_execute_splits_as_planned_and_a_rerun_pays_nothing(plan_file, capsys):
    deployment = deployed(plan_file)
    assert exit_code(distribute.execute, plan_file) == 0
    assert "10 grants in 4 transactions" in words(capsys)
    after, block = totals(deployment), web3.eth.block_number
    assert len(after) == 6 + 10
    assert exit_code(distribute.verify, plan_file) == 0
    assert "54 of 54 checks hold" in words(capsys)

    assert exit_code(distribute.execute, plan_file) == 0
    assert "nothing was paid again" in words(capsys)
    assert web3.eth.block_number == block
    assert totals(deployment) == after


@pytest.mark.parametrize("sent", range(4))
@pytest.mark.parametrize("mined", [False, True], ids=["before it is sent", "after it is mined"])
def test_execute_ends_the_same_when_it_was_killed(plan_file, monkeypatch, capsys, sent, mined):
    deployment = deployed(plan_file)
    count = 0
    send_one = distribution.send_one

    def killed(*arguments):
        nonlocal count
        count += 1
        if count > sent and not mined:
            raise KeyboardInterrupt
        gas = send_one(*arguments)
        if count > sent:
            raise KeyboardInterrupt
        return gas

    with monkeypatch.context() as patch:
        patch.setattr(distribution, "send_one", killed)
        assert exit_code(distribute.execute, plan_file) == 130
    assert "Run the same command again" in words(capsys)
    assert len(deployment.state().splits) == sent + mined
    assert (exit_code(distribute.verify, plan_file) == 0) == (sent + mined == 4)

    assert exit_code(distribute.execute, plan_file) == 0
    assert len(deployment.state().splits) == 4
    assert exit_code(distribute.verify, plan_file) == 0


def test_execute_reverts_when_the_plan_was_changed(folder, document, capsys):
    deployed(write_small(folder, document))
    path = write_small(folder, changed(document, "buckets.team.grants.0.kind", "revocable"))
    block = web3.eth.block_number
    assert exit_code(distribute.execute, path) == 1
    assert "the plan or a list was changed since" in words(capsys)
    assert web3.eth.block_number == block


def test_execute_reverts_when_somebody_else_split_the_pool(plan_file, capsys):
    deployment = deployed(plan_file)
    split_by_hand(deployment, 1)
    block = web3.eth.block_number
    assert exit_code(distribute.execute, plan_file) == 1
    assert "the team pool was split by something else" in words(capsys).lower()
    assert web3.eth.block_number == block


def split_by_hand(deployment, pool):
    """Let the holder of a pool split it outside the plan."""
    state = deployment.distribution.grants(pool)
    piece = [account(99), 5, state[3], 1]
    deployment.distribution.split(pool, [piece], 12345, {"from": state[0]})


def test_execute_leaves_to_others_what_cannot_be_signed_here(folder, document, capsys, payer):
    path = write_small(folder, changed(document, "buckets.team.holder", {"kind": "multisig", "address": account(500)}))
    deployment = deployed(path)
    assert exit_code(distribute.execute, path) == 0
    said = words(capsys)
    assert "not from here" in said
    assert "the multisig must send the calls that follow" in said
    assert len(deployment.state().splits) == 1
    assert exit_code(distribute.verify, path) == 1

    # The calls are what the holder has to send: let it.
    calls = json.loads(next((folder / "plans").glob("*-calls.json")).read_text())
    assert [call["batch"] for call in calls] == ["team 1", "team 2", "team 3"]
    web3.provider.make_request("evm_addAccount", [account(500), ""])
    web3.provider.make_request("personal_unlockAccount", [account(500), "", 0])
    payer.transfer(account(500), 10**18)
    for call in calls:
        fields = {name: call[name] for name in ("from", "to", "data")}
        sent = web3.provider.make_request("eth_sendTransaction", [fields | {"gas": hex(sending.GAS_CAP)}])
        assert "error" not in sent
    assert exit_code(distribute.verify, path) == 0


def test_execute_keeps_a_full_batch_of_the_dearest_pieces_under_the_cap(folder, document, monkeypatch):
    monkeypatch.setattr(batching, "PIECES_PER_BATCH", PIECES_PER_BATCH)
    # No zero byte in an account, an amount or a time costs the most calldata.
    document = changed(document, "buckets.team.grants.0.kind", "revocable")
    csv = rows(*(f"{account(i)},{123_456 + i}.123456789123456789" for i in range(PIECES_PER_BATCH)))
    write_small(folder, document)
    path = str(write_plan(folder, document, csv))
    deployment = deployed(path)
    able = distribution.signers()
    due = distribution.survey(read_plan(path), deployment, able).due
    full = next(batch for batch in due if len(batch.grants) == PIECES_PER_BATCH)
    most = distribution.GAS_PER_BATCH + PIECES_PER_BATCH * distribution.GAS_PER_PIECE
    assert distribution.send_one(deployment, full, able[HOLDERS[1]]) <= most < 0.95 * sending.GAS_CAP


# ----------------------------------------------------------------------------------------------------- verify


def test_verify_reverts_when_the_chain_differs(folder, plan_file, capsys):
    deployment = deployed(plan_file)
    assert exit_code(distribute.verify, plan_file) == 1
    assert "batches of the plan on the chain: 4 expected, 0 found" in words(capsys)
    assert exit_code(distribute.execute, plan_file) == 0
    assert exit_code(distribute.verify, plan_file) == 0
    words(capsys)

    split_by_hand(deployment, 2)
    assert exit_code(distribute.verify, plan_file) == 1
    assert "splits of the six pools that are not the plan's: 0 expected, 1 found" in words(capsys)


def test_verify_reverts_when_a_bucket_has_another_holder(plan_file, capsys, stranger):
    deployment = deployed(plan_file)
    assert exit_code(distribute.execute, plan_file) == 0
    deployment.distribution.offer(3, stranger, {"from": HOLDERS[3]})
    deployment.distribution.accept(3, 0, {"from": stranger})
    words(capsys)
    assert exit_code(distribute.verify, plan_file) == 1
    assert f"promotion: the holder: {HOLDERS[3]} expected, {stranger} found" in words(capsys)


def test_verify_reverts_when_the_record_names_another_token(folder, plan_file, stranger):
    deployed(plan_file)
    assert exit_code(distribute.execute, plan_file) == 0
    record = folder / "deployments" / "1337.json"
    other = brownie.LVOToken.deploy(stranger, {"from": stranger})
    record.write_text(record.read_text().replace(distribution.find(read_plan(plan_file)).token.address, other.address))
    assert exit_code(distribute.verify, plan_file) == 1


def test_verify_holds_while_grants_are_released_revoked_rotated_and_split(folder, document, capsys, payer):
    path = write_small(folder, changed(document, "buckets.team.grants.0.kind", "revocable"))
    deployment = deployed(path)
    assert exit_code(distribute.execute, path) == 0
    contract, genesis = deployment.distribution, deployment.record.genesis
    chain.mine(timestamp=genesis + 20 * MONTH)
    paid = distribution.release_some(deployment, list(range(6, contract.grantCount())), payer)
    assert paid > 0
    state = deployment.state()
    revocable = next(grant for grant in state.grants if grant.kind == "revocable")
    contract.revoke(revocable.id, {"from": HOLDERS[1]})
    deployment.token.transfer(contract, deployment.token.balanceOf(HOLDERS[1]), {"from": HOLDERS[1]})
    contract.release(0, {"from": HOLDERS[0]})
    deployment.token.transfer(contract, 5, {"from": HOLDERS[0]})
    words(capsys)
    assert exit_code(distribute.verify, path) == 0


# ----------------------------------------------------------------------------------------------------- report, demo


def test_report_writes_json_and_html_that_agree_with_the_chain(folder, plan_file, payer):
    deployment = deployed(plan_file)
    assert exit_code(distribute.execute, plan_file) == 0
    chain.mine(timestamp=deployment.record.genesis + 14 * MONTH)
    paid = distribution.release_some(deployment, [8, 9, 10], payer)
    assert exit_code(distribute.report, plan_file) == 0
    report = json.loads((folder / "reports" / "distribution.json").read_text())
    assert report["verify"]["ok"] is True
    assert sum(int(bucket["released"]) for bucket in report["buckets"]) == paid > 0
    assert [int(grant["released"]) > 0 for grant in report["grants"]] == [i in (2, 3, 4) for i in range(10)]
    assert sum(int(grant["amount"]) for grant in report["grants"]) == 1_000_000 * LVO + 36 * LVO + 8 * 7 + 1
    # The contract itself says what could be released of each.
    for grant in report["grants"]:
        assert int(grant["releasable"]) == deployment.distribution.releasable(grant["id"])
    assert report["gas"]["transactions"] == 5
    assert report["gas"]["split"] > 10 * 50_000
    assert "<html" in (folder / "reports" / "distribution.html").read_text()


def test_report_reverts_when_the_chain_differs_but_draws_it(folder, plan_file):
    deployed(plan_file)
    assert exit_code(distribute.report, plan_file) == 1
    assert json.loads((folder / "reports" / "distribution.json").read_text())["verify"]["ok"] is False


def test_demo_ends_with_a_reconciliation_to_the_wei(folder, plan_file, monkeypatch, capsys):
    monkeypatch.setattr(distribute, "GENESIS_PLAN", plan_file)
    assert exit_code(distribute.demo) == 0
    said = words(capsys)
    assert said.endswith("difference 0")
    assert "1000000000000000000000000000" in said
    assert (folder / "reports" / "distribution.html").exists()
    # A second one on the same chain starts anew.
    assert exit_code(distribute.demo) == 0


# ----------------------------------------------------------------------------------------------------- the shell


def brownie_run(folder, *arguments):
    """Start `brownie run distribute` as an operator does, on this Ganache."""
    port = web3.provider.endpoint_uri.rsplit(":", 1)[1]
    environment = os.environ | {"LVO_GANACHE_PORT": port, "LVO_DEPLOYMENTS": str(folder / "deployments")}
    return subprocess.Popen(
        [str(Path(sys.executable).with_name("brownie")), "run", "distribute", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_brownie_run_exits_as_verify_finds_and_survives_a_kill(folder, document, monkeypatch):
    monkeypatch.setattr(batching, "PIECES_PER_BATCH", PIECES_PER_BATCH)
    write_small(folder, document)
    csv = rows(*(f"{account(i)},1.5" for i in range(2 * PIECES_PER_BATCH + 5)))
    path = str(write_plan(folder, document, csv))
    deployment = deployed(path)

    differing = brownie_run(folder, "verify", path)
    said = differing.communicate(timeout=60)[0]
    assert differing.returncode == 1, said
    assert "Chain and plan differ" in said
    assert "Traceback" not in said

    # SIGKILL as soon as the first batch is on the chain, wherever that finds it.
    killed = brownie_run(folder, "execute", path)
    before = web3.eth.block_number
    deadline = time.monotonic() + 60
    while web3.eth.block_number == before and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate(timeout=60)
    done = len(deployment.state().splits)
    assert 1 <= done <= len(batches(read_plan(path)))

    assert exit_code(distribute.execute, path) == 0
    agreeing = brownie_run(folder, "verify", path)
    said = agreeing.communicate(timeout=60)[0]
    assert agreeing.returncode == 0, said
    assert len(deployment.state().splits) == len(batches(read_plan(path))) == 4


def test_signers_revert_when_the_keystore_has_no_such_account(plan_file, monkeypatch, capsys):
    monkeypatch.setenv("LVO_KEYSTORE", "surely-nobody-has-this")
    assert exit_code(distribute.deploy, plan_file) == 1
    assert "Brownie's keystore has no surely-nobody-has-this" in words(capsys)
