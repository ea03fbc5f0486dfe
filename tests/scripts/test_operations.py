# ruff: noqa: F811 (fixtures of another module are named as they are)
"""What guards a plan before it is carried out, and in what form others get their part of it."""

import csv
import json
import time

import brownie
import pytest
import yaml
from brownie import accounts, chain, web3
from eth_account import Account

import scripts.distribute as distribute
from lvo import safe
from lvo.plan import approval_message, read_approvals, read_plan
from lvo.typed_data import sign
from lvo.units import LVO
from scripts.support import delivery, distribution, governance, node, sending
from tests.plans import HOLDERS, account, changed
from tests.scripts.test_distribute import (  # noqa: F401 (fixtures)
    deployed,
    document,
    exit_code,
    folder,
    ganache,
    plan_file,
    split_by_hand,
    words,
    write_small,
)

KEYS = ["0x" + f"{i:02x}" * 32 for i in (0x31, 0x32, 0x33)]
REVIEWERS = [Account.from_key(key) for key in KEYS]
ROOT = distribute.ROOT
ARTIFACTS = ROOT / "node_modules" / "@safe-global" / "safe-smart-account" / "build" / "artifacts" / "contracts"


@pytest.fixture
def live(monkeypatch):
    """Lets the scripts believe that this chain is nobody's own."""
    for module in (delivery, distribution, distribute, node, sending):
        monkeypatch.setattr(module, "is_development", lambda: False)
    monkeypatch.setenv("LVO_CONFIRMATIONS", "1")
    web3.provider.make_request("evm_setTime", [int(time.time() * 1000)])
    chain.mine()


@pytest.fixture
def reviewed(document):
    """The small plan, of whose three reviewers two must approve."""
    return document | {"reviewers": {"needed": 2, "accounts": [each.address for each in REVIEWERS]}}


def refused(capsys, said, verb, *arguments):
    """Run a verb; it must stop with this and send nothing."""
    block = web3.eth.block_number
    assert exit_code(verb, *arguments) == 1
    assert said in words(capsys)
    assert web3.eth.block_number == block


# -------------------------------------------------------------------------------------------------------- approve


def test_deploy_and_execute_revert_on_a_live_chain_when_the_plan_names_no_reviewers(plan_file, live, capsys):
    refused(capsys, "The plan names no reviewers", distribute.deploy, plan_file)
    refused(capsys, "The plan names no reviewers", distribute.approve, plan_file)


def test_deploy_and_execute_revert_on_a_live_chain_until_enough_reviewers_approved(
    folder,
    reviewed,
    live,
    capsys,
    monkeypatch,
):
    path = write_small(folder, reviewed)
    refused(capsys, "0 of 3 reviewers have approved the plan, and 2 must", distribute.deploy, path)
    monkeypatch.setenv("LVO_PRIVATE_KEY", KEYS[0])
    assert exit_code(distribute.approve, path) == 0
    assert "1 more must approve" in words(capsys)
    refused(capsys, "No reviewer who has not approved yet can sign here", distribute.approve, path)
    refused(capsys, "1 of 3 reviewers have approved", distribute.deploy, path)
    # The second signs in a wallet, elsewhere.
    told = json.loads(next((folder / "plans").glob("*-approve-1337.json")).read_text())
    assert exit_code(distribute.approve, path, "0x" + sign(told, REVIEWERS[2]).hex()) == 0
    assert "Approved." in words(capsys)
    monkeypatch.delenv("LVO_PRIVATE_KEY")
    assert exit_code(distribute.deploy, path) == 0
    assert exit_code(distribute.execute, path) == 0
    assert exit_code(distribute.verify, path) == 0
    # A changed plan is another one, and approved by nobody.
    other = write_small(folder, changed(reviewed, "name", "another"))
    refused(capsys, "0 of 3 reviewers have approved", distribute.execute, other)


@pytest.mark.parametrize("who", ["stranger", "other chain", "other plan", "no signature"])
def test_approve_reverts_when_the_signature_is_no_reviewers_of_this_plan_and_chain(folder, reviewed, capsys, who):
    path = write_small(folder, reviewed)
    plan = read_plan(path)
    signature = {
        "stranger": sign(approval_message(plan, 1337), Account.from_key("0x" + "77" * 32)),
        "other chain": sign(approval_message(plan, 1), REVIEWERS[0]),
        "other plan": sign(
            approval_message(read_plan(write_small(folder, changed(reviewed, "name", "b"))), 1337), REVIEWERS[0]
        ),
        "no signature": b"\x05" * 65,
    }[who]
    refused(
        capsys, "This is no new signature", distribute.approve, write_small(folder, reviewed), "0x" + signature.hex()
    )


def test_approvals_that_cannot_be_read_approve_nothing(folder, reviewed):
    plan = read_plan(write_small(folder, reviewed))
    signature = "0x" + sign(approval_message(plan, 1337), REVIEWERS[1]).hex()
    assert list(read_approvals(plan, 1337, signature).by) == [REVIEWERS[1].address]
    for text in ("", "[]", '{"signatures": []}', '{"signatures": {"a": 5, "b": "0x12"}}'):
        read_approvals(plan, 1337).path.write_text(text)
        assert read_approvals(plan, 1337).missing(plan) == 2


# --------------------------------------------------------------------------------------------- clock and identity


@pytest.mark.parametrize("seconds", [-700, 700])
def test_execute_reverts_when_the_operators_clock_is_wrong(plan_file, live, monkeypatch, capsys, seconds):
    now = time.time() + seconds
    monkeypatch.setattr(distribution.time, "time", lambda: now)
    refused(capsys, "set this clock, or wait until the node has caught up", distribute.deploy, plan_file)


def test_execute_reverts_when_the_record_names_another_token(folder, plan_file, payer, capsys):
    deployment = deployed(plan_file)
    other = sending.send(brownie.LVOToken, payer, sender=payer).contract
    record = folder / "deployments" / "1337.json"
    record.write_text(record.read_text().replace(deployment.token.address, other.address))
    refused(capsys, "it is of another deployment", distribute.execute, plan_file)


def test_execute_reverts_when_the_record_names_another_distribution(folder, document, capsys):
    first = deployed(write_small(folder, document))
    record = folder / "deployments" / "1337.json"
    kept = record.read_text()
    record.unlink()
    path = write_small(folder, changed(document, "buckets.team.schedule", {"end": "50 months"}))
    second = deployed(path)
    assert first.distribution.address != second.distribution.address
    mixed = json.loads(record.read_text())
    mixed["contracts"] = json.loads(kept)["contracts"]
    record.write_text(json.dumps(mixed))
    refused(capsys, "made for another start or another distribution", distribute.execute, path)


def test_execute_reverts_when_the_record_has_another_start(folder, plan_file, capsys):
    deployed(plan_file)
    record = folder / "deployments" / "1337.json"
    told = json.loads(record.read_text())
    record.write_text(json.dumps(told | {"genesis": told["genesis"] + 1}))
    refused(capsys, "the plan was made for another start", distribute.execute, plan_file)


# ------------------------------------------------------------------------------------------------------- simulate


def test_simulate_says_what_execute_will_use_and_leaves_no_trace(folder, plan_file, capsys):
    deployed(plan_file)
    block, nonces = web3.eth.block_number, [web3.eth.get_transaction_count(str(each)) for each in accounts]
    journal = (folder / "deployments" / "journal" / "1337.sqlite").read_bytes()
    words(capsys)
    assert exit_code(distribute.simulate, plan_file, "7") == 0
    said = words(capsys)
    assert "4 transactions, 0 done before" in said
    assert "at 7 gwei that is" in said
    assert web3.eth.block_number == block
    assert [web3.eth.get_transaction_count(str(each)) for each in accounts] == nonces
    assert (folder / "deployments" / "journal" / "1337.sqlite").read_bytes() == journal
    estimated = int(said.split(" gas; at 7 gwei")[0].split()[-1].replace(",", ""))
    assert exit_code(distribute.execute, plan_file) == 0
    used = int(words(capsys).split(" gas, ")[-2].split()[-1].replace(",", ""))
    assert used <= estimated <= used * 1.35  # estimated cold, each alone; sent, the first pays for the word of salts
    assert exit_code(distribute.simulate, plan_file) == 0
    assert "0 transactions, 4 done before" in words(capsys)


def test_simulate_finds_what_one_batch_leaves_too_little_of_for_the_next(folder, document, payer, capsys):
    path = write_small(folder, document)
    deployment = deployed(path)
    # The team gives nearly all of its pool away, so that its first batch fits and its second does not.
    state = deployment.distribution.grants(1)
    rest = state[1] - 7 * LVO
    deployment.distribution.split(1, [[account(99), rest, state[3], 1]], 12345, {"from": state[0]})
    plan = read_plan(path)
    team = [batch for batch in distribution.batches(plan) if batch.bucket.facts.key == "team"]
    from scripts.support.simulation import simulate

    outcomes = [step.refusal for step in simulate(deployment, team)]
    assert [bool(each) for each in outcomes] == [False, True, True]
    assert "GenesisDistribution_PoolExceeded" in outcomes[1]


def test_simulate_reverts_when_a_pool_was_handed_on(folder, plan_file, stranger, capsys):
    deployment = deployed(plan_file)
    deployment.distribution.offer(1, stranger, {"from": HOLDERS[1]})
    deployment.distribution.accept(1, deployment.distribution.grants(1)[1], {"from": stranger})
    refused(capsys, "3 of 4 transactions would be refused", distribute.simulate, plan_file)


def test_simulate_reverts_when_the_price_is_no_number(plan_file, capsys):
    deployed(plan_file)
    refused(capsys, "write a whole number of gwei", distribute.simulate, plan_file, "2.5")


# ------------------------------------------------------------------------------------------------- what others send


def contract_of_safe(name, folder_name="", sender=None):
    """Deploy one of Safe's own contracts from its npm package."""
    artifact = json.loads((ARTIFACTS / folder_name / f"{name}.sol" / f"{name}.json").read_text())
    made = web3.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"])
    receipt = web3.eth.wait_for_transaction_receipt(made.constructor().transact({"from": sender, "gas": 8_000_000}))
    return web3.eth.contract(address=receipt["contractAddress"], abi=artifact["abi"])


@pytest.fixture
def owner():
    """The only owner of the Safe."""
    return Account.from_key("0x" + "0a" * 32)


@pytest.fixture
def multisig(payer, owner):
    """Safe's own contracts: a Safe of one owner, and MultiSendCallOnly."""
    singleton = contract_of_safe("Safe", sender=str(payer))
    factory = contract_of_safe("SafeProxyFactory", "proxies", sender=str(payer))
    multi = contract_of_safe("MultiSendCallOnly", "libraries", sender=str(payer))
    nobody = brownie.ZERO_ADDRESS
    setup = singleton.encode_abi("setup", [[owner.address], 1, nobody, b"", nobody, nobody, 0, nobody])
    made = factory.functions.createProxyWithNonce(singleton.address, setup, 1).transact(
        {"from": str(payer), "gas": 2_000_000}
    )
    [event] = factory.events.ProxyCreation().process_receipt(web3.eth.wait_for_transaction_receipt(made))
    return web3.eth.contract(address=event["args"]["proxy"], abi=singleton.abi), multi


@pytest.mark.parametrize("count", [1, 3])
def test_hashes_are_those_of_safes_own_contract_and_its_owners_signature_of_them_carries_the_batches_out(
    folder,
    document,
    multisig,
    owner,
    payer,
    capsys,
    count,
):
    vault, multi = multisig
    document = changed(document, "buckets.team.holder", {"kind": "multisig", "address": vault.address})
    path = write_small(folder, document)
    deployment = deployed(path)
    plan = read_plan(path)
    sending_ = distribution.survey(plan, deployment, {})
    calls = [
        safe.Call(each["to"], 0, each["data"])
        for each in distribution.calls(deployment, sending_)
        if each["from"] == vault.address
    ]
    assert len(calls) == 3
    for first in range(0, 3, count):
        nonce = distribution.safe_nonce(vault.address)
        what = safe.transaction(calls[first : first + count], nonce, multi.address)
        nobody = brownie.ZERO_ADDRESS
        fields = (what.to, what.value, what.data, what.operation, 0, 0, 0, nobody, nobody)
        hashes = safe.hashes(1337, vault.address, what)
        assert hashes.safe_tx == "0x" + vault.functions.getTransactionHash(*fields, nonce).call().hex().removeprefix(
            "0x"
        )
        assert hashes.domain == "0x" + vault.functions.domainSeparator().call().hex().removeprefix("0x")
        signature = sign(safe.message(1337, vault.address, what), owner)
        vault.functions.execTransaction(*fields, signature).transact({"from": str(payer), "gas": sending.GAS_CAP})
    assert exit_code(distribute.execute, path) == 0
    assert exit_code(distribute.verify, path) == 0


def test_execute_hands_a_multisig_batches_under_the_cap_with_the_hashes_of_the_next_nonces(folder, document, capsys):
    path = write_small(folder, changed(document, "buckets.team.holder", {"kind": "multisig", "address": account(500)}))
    deployment = deployed(path)
    words(capsys)
    assert exit_code(distribute.execute, path) == 0
    said = words(capsys)
    [file] = sorted((folder / "plans").glob("*-team-safe-*.json"))
    batch = json.loads(file.read_text())
    assert batch["meta"]["checksum"] == safe.checksum(batch)
    calls = [safe.Call(each["to"], int(each["value"]), each["data"]) for each in batch["transactions"]]
    assert len(calls) == 3
    holder = read_plan(path).buckets[1].holder.address
    hashes = safe.hashes(1337, holder, safe.transaction(calls, 0))
    assert f"at nonce 0: safeTxHash {hashes.safe_tx}" in said
    assert f"domain hash {hashes.domain}, message hash {hashes.message}" in said
    assert deployment.distribution.address == calls[0].to


def test_batches_for_a_safe_are_split_by_gas_and_by_number(folder, document, monkeypatch):
    path = write_small(folder, changed(document, "buckets.team.holder", {"kind": "multisig", "address": account(500)}))
    deployment = deployed(path)
    others = distribution.survey(read_plan(path), deployment, {})
    for limit, value in (("SAFE_GAS", 250_000), ("CALLS_PER_BATCH", 1)):
        with monkeypatch.context() as patch:
            patch.setattr(distribution if limit == "SAFE_GAS" else safe, limit, value)
            files = [each for each in distribution.hand_over(deployment, others) if each.hashes]
            assert [each.name for each in files] == [f"team-safe-{i}.json" for i in (1, 2, 3)]
            assert [each.nonce for each in files] == [0, 1, 2]


def test_execute_hands_a_timelock_proposals_that_govern_reads(folder, document, capsys):
    path = write_small(folder, changed(document, "buckets.team.holder", {"kind": "timelock", "address": account(500)}))
    deployment = deployed(path)
    assert exit_code(distribute.execute, path) == 0
    files = sorted((folder / "plans").glob("*-team-proposal-*.json"))
    assert len(files) == 3
    suite = governance.Offices({"GenesisDistribution": deployment.distribution}, 0)
    wanted = [each["data"] for each in json.loads(next((folder / "plans").glob("*-calls.json")).read_text())]
    for file, data in zip(files, wanted, strict=True):
        motion = governance.read_motion(file, suite, account(1))
        assert motion.data == (data,)
        assert motion.targets == (str(deployment.distribution.address),)
    assert yaml.safe_load(files[0].read_text())["title"] == "Grants of the plan: Founding team 1"


# --------------------------------------------------------------------------------------------------------- abandon


def stop_after(count, monkeypatch):
    """Let execute be interrupted after so many batches."""
    send_one = distribution.send_one
    left = [None] * count

    def stopped(*arguments):
        if not left:
            raise KeyboardInterrupt
        left.pop()
        return send_one(*arguments)

    monkeypatch.setattr(distribution, "send_one", stopped)


@pytest.mark.parametrize("sent", range(5))
def test_abandon_lists_what_is_done_and_the_rest_is_carried_out_once(folder, plan_file, monkeypatch, capsys, sent):
    deployment = deployed(plan_file)
    with monkeypatch.context() as patch:
        stop_after(sent, patch)
        exit_code(distribute.execute, plan_file)
    assert exit_code(distribute.abandon, plan_file) == 0
    plan = read_plan(plan_file)
    with (folder / "plans" / f"{plan.hash[2:18]}-abandoned.csv").open(newline="") as file:
        listed = list(csv.DictReader(file))
    assert [row["account"] for row in listed] == [grant.account for grant in plan.grants]
    done = [row for row in listed if row["state"] == "granted"]
    assert len(done) == sum(len(batch.grants) for batch in distribution.batches(plan)[:sent])
    for row in done:
        logs = web3.eth.get_transaction_receipt(row["transaction"])["logs"]
        assert any(int(row["wei"]) == int(log["data"].hex().removeprefix("0x")[:64], 16) for log in logs)
    if sent == 4:
        assert "Nothing is left" in words(capsys)
        return
    rest = str(folder / "plans" / f"{plan.hash[2:18]}-rest" / "plan.yaml")
    with monkeypatch.context() as patch:  # the rest is abandoned once more, after its first batch
        stop_after(1, patch)
        exit_code(distribute.execute, rest)
    assert exit_code(distribute.abandon, rest) == 0
    again = read_plan(rest)
    last = folder / "plans" / f"{again.hash[2:18]}-rest" / "plan.yaml"
    if last.exists():
        rest = str(last)
    assert exit_code(distribute.execute, rest) == 0
    assert exit_code(distribute.verify, rest) == 0
    assert sorted((g.beneficiary, g.total) for g in deployment.state().grants[6:]) == sorted(
        (grant.account, grant.amount) for grant in plan.grants
    )
    # Whoever runs the abandoned one again grants nothing twice.
    block = web3.eth.block_number
    exit_code(distribute.execute, plan_file)
    assert web3.eth.block_number == block


def test_a_batch_of_an_abandoned_plan_that_comes_late_takes_the_place_of_the_one_that_continues_it(
    folder, plan_file, monkeypatch
):
    deployment = deployed(plan_file)
    assert exit_code(distribute.abandon, plan_file) == 0
    plan = read_plan(plan_file)
    rest = str(folder / "plans" / f"{plan.hash[2:18]}-rest" / "plan.yaml")
    late = distribution.batches(plan)[2]
    distribution.send_one(deployment, late, sending.signers()[late.bucket.holder.address])
    assert exit_code(distribute.execute, rest) == 0
    assert exit_code(distribute.verify, rest) == 0
    assert len(deployment.state().grants) == 6 + 10


def test_execute_reverts_when_what_was_done_before_is_not_on_the_chain(folder, plan_file, monkeypatch, capsys):
    deployed(plan_file)
    mark = web3.provider.make_request("evm_snapshot", [])["result"]
    with monkeypatch.context() as patch:
        stop_after(2, patch)
        exit_code(distribute.execute, plan_file)
    assert exit_code(distribute.abandon, plan_file) == 0
    web3.provider.make_request("evm_revert", [mark])
    rest = str(folder / "plans" / f"{read_plan(plan_file).hash[2:18]}-rest" / "plan.yaml")
    refused(capsys, "The plan continues others, and 2 batches", distribute.execute, rest)
