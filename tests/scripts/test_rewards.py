"""The verbs of ``rewards`` on Ganache: end to end, again, interrupted, vetoed, poor, and on another chain."""

import json
import shutil

import brownie
import pytest
from brownie import accounts, chain
from eth_utils import keccak

import scripts.rewards as script
from lvo.rewards import claims, read_manifest
from lvo.units import DAY, LVO
from scripts.support import records, sending
from scripts.support import rewards as support
from tests.unit.lvo.test_rewards import account, people, rows, write_order

FUNDED = 1_000 * LVO
BATCH = 5
WHOLE_BATCH = claims.ROWS_PER_PUSH
"""What an operator's batches hold."""
OPERATOR, GUARDIAN, HOLDER = range(3)
"""Who of Ganache's accounts has which role."""


@pytest.fixture(autouse=True)
def ganache():
    """Ganache forgets the test when it is over."""
    chain.snapshot()
    yield
    chain.revert()


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """Batches of five; what others must send goes to the test's folder."""
    monkeypatch.setattr(claims, "ROWS_PER_PUSH", BATCH)
    monkeypatch.setattr(claims.push_batches, "__defaults__", (BATCH,))
    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(records, "FOLDER", tmp_path / "deployments")
    monkeypatch.setattr(script, "CALLS", tmp_path / "calls")


@pytest.fixture
def operator():
    return accounts[OPERATOR]


@pytest.fixture
def guardian():
    return accounts[GUARDIAN]


@pytest.fixture
def holder():
    """Has all the LVO."""
    return accounts[HOLDER]


@pytest.fixture
def token(holder):
    return brownie.LVOToken.deploy(holder, {"from": holder}, silent=True)


@pytest.fixture
def ledger(token, operator, guardian, holder):
    """A stream that lives on deposits and has received 1,000 LVO."""
    terms = (token, brownie.ZERO_ADDRESS, 0, operator, guardian, guardian, holder, DAY)
    made = brownie.RewardLedger.deploy(terms, {"from": holder}, silent=True)
    token.approve(made, 2**256 - 1, {"from": holder}, silent=True)
    made.fund(FUNDED, {"from": holder}, silent=True)
    return made


@pytest.fixture
def make(tmp_path, ledger):
    """Builds an epoch and returns its folder, as the shell would name it."""

    def build(text, epoch=1, **changes):
        keys = {"ledger": f'"{ledger.address}"', "chain": 1337} | changes
        path = write_order(tmp_path, text, f"list-{epoch}.csv", epoch, token=None, **(table(epoch) | keys))
        assert exit_code(script.build, str(path)) == 0
        return str(tmp_path / f"epoch-{epoch}")

    return build


def table(epoch):
    return {"table": f"{{file: list-{epoch}.csv, account: account, value: amount}}"}


@pytest.fixture
def folder(make):
    """Twelve accounts with a little more than one LVO each."""
    return make(people(12))


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


def wait(seconds=DAY):
    chain.sleep(seconds + 1)
    chain.mine()


def stands(folder):
    """Propose a folder and wait until its root is active."""
    assert exit_code(script.propose, folder) == 0
    wait()


def paid(ledger, count, first=0):
    return [ledger.paid(account(i)) for i in range(first, first + count)]


def others_only(monkeypatch, able=()):
    """Let nobody sign here but those."""
    monkeypatch.setattr(sending, "signers", lambda: {str(each.address): each for each in able})


# -------------------------------------------------------------------------------------------------- build and check


def test_build_reverts_when_rows_are_bad_and_lists_them(tmp_path, ledger, capsys):
    keys = {"ledger": f'"{ledger.address}"'} | table(1)
    path = write_order(tmp_path, rows(f"{account(1)},7", "0x12,7"), "list-1.csv", **keys)
    assert exit_code(script.build, str(path)) == 1
    said = words(capsys)
    assert "1 of 2 rows are bad" in said
    assert "Traceback" not in said
    assert "not an address" in (tmp_path / "epoch-1.rejects.csv").read_text()


def test_build_reverts_when_the_order_is_wrong(tmp_path, capsys):
    assert exit_code(script.build, str(write_order(tmp_path, people(1), chain=0))) == 1
    assert "epoch-1.yaml:3: chain" in words(capsys)


def test_verbs_revert_when_an_argument_is_missing(capsys):
    assert exit_code(script.claim, "shard.json") == 1
    assert "brownie run rewards claim SHARD ACCOUNT" in words(capsys)


def test_check_needs_no_chain_and_finds_a_change(folder, tmp_path, capsys):
    assert exit_code(script.check, folder) == 0
    shard = tmp_path / "epoch-1" / "proofs" / "all.json"
    shard.write_text(shard.read_text().replace("a", "b", 1))
    assert exit_code(script.check, folder) == 1
    assert "1 difference: " in words(capsys)


# ---------------------------------------------------------------------------------------------------------- propose


def test_propose_queues_root_total_and_data_hash(folder, ledger, capsys):
    assert exit_code(script.propose, folder) == 0
    made = read_manifest(script.Path(folder))
    root, total, active = ledger.proposal()
    assert (str(root), total) == (made.root, made.total)
    assert active == chain[-1].timestamp + DAY
    assert support.told(ledger, made.root) == (made.total, made.data_hash)
    assert "in 1 d 0 h" in words(capsys) or "in 23 h" in words(capsys)


def test_propose_sends_nothing_when_the_root_is_there(folder, ledger, capsys):
    assert exit_code(script.propose, folder) == 0
    block = chain.height
    assert exit_code(script.propose, folder) == 0
    assert "Nothing was sent" in words(capsys)
    assert chain.height == block


def refused(folder, capsys, said):
    """Propose, and expect a refusal in words and no transaction."""
    block = chain.height
    assert exit_code(script.propose, folder) == 1
    assert said in words(capsys)
    assert chain.height == block


def test_propose_reverts_when_the_folder_was_changed(folder, tmp_path, capsys):
    path = tmp_path / "epoch-1" / "entitlements.csv"
    path.write_text(path.read_text() + "\n")
    refused(folder, capsys, "is not what its table gives")


def test_propose_reverts_when_the_ledger_has_not_received_enough(make, capsys):
    refused(make(rows(f"{account(1)},{FUNDED + 1}")), capsys, "fund it with 0.000000000000000001 LVO more")


def test_propose_reverts_when_another_root_waits(make, capsys):
    first = make(people(12))
    assert exit_code(script.propose, first) == 0
    refused(make(people(12), epoch=2), capsys, "is queued until")


def test_propose_reverts_when_the_epoch_before_was_dropped(make, capsys):
    first = make(people(12))
    assert exit_code(script.propose, first) == 0
    assert exit_code(script.drop, first) == 0
    refused(make(people(12), epoch=2), capsys, "is not on the ledger: it was never proposed, or dropped")


def test_propose_reverts_when_the_ledger_went_on_without_this_stream_of_epochs(make, tmp_path, capsys):
    stands(make(people(12)))
    shutil.rmtree(tmp_path / "epoch-1")
    refused(make(people(13)), capsys, "build it on the last epoch that stands")


def test_propose_reverts_when_the_list_is_for_another_chain(make, capsys):
    refused(make(people(12), chain=1), capsys, "This is chain 1337, and the list is for a ledger on chain 1")


def test_propose_reverts_when_there_is_no_ledger_at_the_address(make, token, capsys):
    refused(make(people(12), ledger=f'"{account(50)}"'), capsys, "There is no contract at")


def test_propose_reverts_when_the_contract_is_no_ledger(make, token, capsys):
    refused(make(people(12), ledger=f'"{token.address}"'), capsys, "is not a RewardLedger")


def test_propose_writes_the_call_when_the_operator_cannot_sign_here(
    folder, ledger, operator, guardian, tmp_path, monkeypatch, capsys
):
    others_only(monkeypatch, [guardian])
    refused(folder, capsys, "which cannot sign here")
    [path] = (tmp_path / "calls").iterdir()
    [call] = json.loads(path.read_text())
    operator.transfer(call["to"], 0, data=call["data"], silent=True)
    assert call["from"] == operator.address
    assert str(ledger.proposal()[0]) == read_manifest(script.Path(folder)).root


# ------------------------------------------------------------------------------------------------------------- drop


def test_drop_vetoes_a_queued_root_for_the_guardian(folder, ledger, guardian, monkeypatch):
    assert exit_code(script.propose, folder) == 0
    others_only(monkeypatch, [guardian])
    assert exit_code(script.drop, folder) == 0
    assert ledger.activeAt(read_manifest(script.Path(folder)).root) == 0


def test_drop_reverts_when_the_root_is_not_queued(folder, capsys):
    assert exit_code(script.drop, folder) == 1
    assert "is not queued" in words(capsys)
    stands(folder)
    assert exit_code(script.drop, folder) == 1
    assert "is active, and stays so for ever" in words(capsys)


def test_drop_reverts_when_nobody_here_may(folder, holder, tmp_path, monkeypatch, capsys):
    assert exit_code(script.propose, folder) == 0
    others_only(monkeypatch, [holder])
    assert exit_code(script.drop, folder) == 1
    assert "neither can sign here" in words(capsys)
    assert len(list((tmp_path / "calls").iterdir())) == 1


# ----------------------------------------------------------------------------------------------------------- verify


def test_verify_finds_the_ledger_as_the_folder_says(make, capsys):
    first = make(people(12))
    assert exit_code(script.verify, first) == 1
    assert "never proposed" in words(capsys)
    assert exit_code(script.propose, first) == 0
    assert exit_code(script.verify, first) == 0
    assert "until then it can be vetoed" in words(capsys)
    wait()
    second = make(people(12), epoch=2)
    stands(second)
    assert exit_code(script.verify, first) == 0
    assert exit_code(script.verify, second) == 0
    said = words(capsys)
    assert "4 of 4 checks hold" in said
    assert "7 of 7 checks hold" in said
    assert "active, for ever" in said


def test_verify_finds_a_root_that_was_dropped(folder, capsys):
    assert exit_code(script.propose, folder) == 0
    assert exit_code(script.drop, folder) == 0
    assert exit_code(script.verify, folder) == 1
    assert "differ in: root of this epoch" in words(capsys)


@pytest.mark.parametrize(("more", "data"), [(1, None), (0, "0x" + "12" * 32)])
def test_verify_finds_another_total_or_data_hash_on_chain(folder, ledger, operator, more, data, capsys):
    made = read_manifest(script.Path(folder))
    arguments = (made.root, made.total + more, data or made.data_hash)
    ledger.propose(*arguments, {"from": operator}, silent=True)
    assert exit_code(script.verify, folder) == 1
    assert f"differ in: {'total' if more else 'data hash'} of this epoch" in words(capsys)


# ------------------------------------------------------------------------------------------------------------ claim


def shard_of(folder):
    return f"{folder}/proofs/all.json"


def test_claim_pays_with_a_shard_and_an_address_alone(folder, ledger, token, tmp_path, capsys):
    stands(folder)
    alone = tmp_path / "alone.json"
    shutil.copy(shard_of(folder), alone)
    shutil.rmtree(folder)
    assert exit_code(script.claim, str(alone), account(3)) == 0
    assert token.balanceOf(account(3)) == 10**18 + 3
    assert "1.000000000000000003 LVO paid" in words(capsys)
    block = chain.height
    assert exit_code(script.claim, str(alone), account(3)) == 0
    assert "was paid everything" in words(capsys)
    assert chain.height == block


def test_claim_reverts_when_the_root_waits_or_is_unknown(folder, capsys):
    assert exit_code(script.claim, shard_of(folder), account(3)) == 1
    assert "is not on the ledger" in words(capsys)
    assert exit_code(script.propose, folder) == 0
    assert exit_code(script.claim, shard_of(folder), account(3)) == 1
    assert "claim then" in words(capsys)


def test_claim_reverts_when_the_account_is_not_in_the_shard(folder, capsys):
    stands(folder)
    assert exit_code(script.claim, shard_of(folder), account(77)) == 1
    assert "is not in all.json" in words(capsys)


def test_claim_gives_the_call_when_nobody_can_sign_here(folder, ledger, operator, monkeypatch, capsys):
    stands(folder)
    others_only(monkeypatch)
    assert exit_code(script.claim, shard_of(folder), account(3)) == 1
    data = next(word for word in words(capsys).split() if word.startswith(ledger.claim.signature))
    operator.transfer(ledger, 0, data=data, silent=True)
    assert ledger.paid(account(3)) == 10**18 + 3


# ------------------------------------------------------------------------------------------------------------- push


def test_push_pays_everyone_once(make, ledger, token, capsys):
    first = make(people(12))
    stands(first)
    assert exit_code(script.claim, shard_of(first), account(3)) == 0
    assert exit_code(script.push, first) == 0
    assert paid(ledger, 12) == [10**18 + i for i in range(12)]
    said = words(capsys)
    assert "1 of 12 accounts are paid" in said
    assert "11 accounts paid in 3 transactions" in said
    block = chain.height
    assert exit_code(script.push, first) == 0
    assert chain.height == block

    second = make(people(12, first=6), epoch=2)
    stands(second)
    assert exit_code(script.push, second) == 0
    assert paid(ledger, 18) == [(10**18 + i) * (2 if 6 <= i < 12 else 1) for i in range(18)]
    assert sum(paid(ledger, 18)) == read_manifest(script.Path(second)).total == FUNDED - token.balanceOf(ledger)


def test_push_goes_on_when_it_was_killed_after_any_batch(folder, ledger, monkeypatch):
    stands(folder)
    real = script.push_one

    def killed(*arguments):
        real(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(script, "push_one", killed)
    assert exit_code(script.push, folder) == 130
    assert sum(amount > 0 for amount in paid(ledger, 12)) == BATCH
    assert exit_code(script.push, folder) == 130
    assert sum(amount > 0 for amount in paid(ledger, 12)) == 2 * BATCH
    monkeypatch.setattr(script, "push_one", real)
    assert exit_code(script.push, folder) == 0
    assert paid(ledger, 12) == [10**18 + i for i in range(12)]


def test_push_reverts_when_the_root_is_dropped_while_it_waits(folder, ledger, capsys):
    assert exit_code(script.propose, folder) == 0
    assert exit_code(script.push, folder) == 1
    assert "is active in" in words(capsys)
    assert exit_code(script.drop, folder) == 0
    wait()
    assert exit_code(script.push, folder) == 1
    assert "never proposed, or dropped" in words(capsys)
    assert sum(paid(ledger, 12)) == 0


def test_push_says_who_is_left_when_the_ledger_holds_too_little(make, ledger, operator, holder, capsys):
    """The operator proposed a total below what the leaves sum to: the last are left out, and told."""
    folder = make(rows(*(f"{account(i)},{300 * LVO}" for i in range(4))))
    made = read_manifest(script.Path(folder))
    ledger.propose(made.root, FUNDED, made.data_hash, {"from": operator}, silent=True)
    wait()
    assert exit_code(script.push, folder) == 1
    said = words(capsys)
    assert "3 accounts paid in 1 transactions" in said
    assert "1 accounts are not paid, 300 LVO; the ledger holds 100 LVO" in said
    ledger.fund(200 * LVO, {"from": holder}, silent=True)
    assert exit_code(script.push, folder) == 0
    assert paid(ledger, 4) == [300 * LVO] * 4


# ---------------------------------------------------------------------------------------------------------- status


def test_status_shows_claims_funds_and_days(folder, ledger, capsys):
    stands(folder)
    assert exit_code(script.claim, shard_of(folder), account(3)) == 0
    capsys.readouterr()
    assert exit_code(script.status, folder) == 0
    said = words(capsys)
    assert "1 of 12" in said
    assert "1.000000000000000003" in said
    assert "in 179 d" in said
    assert "8 %" in said


def test_demo_pays_two_epochs_on_a_fresh_chain(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(script, "DEMO", tmp_path / "demo")
    assert exit_code(script.demo) == 0
    said = words(capsys)
    assert "Everyone in the folder is paid" in said
    assert "7 of 7 checks hold" in said
    assert "100 %" in said


def test_rehearse_pushes_some_thousand_of_a_whole_list(tmp_path, monkeypatch, capsys):
    """Two epochs of 3,000 accounts and some bad rows; claims by shards, then thousands in batches."""
    monkeypatch.setattr(script, "DEMO", tmp_path)
    monkeypatch.setattr(script, "CLAIMS", 50)
    monkeypatch.setattr(script, "PUSHED", 2_500)
    monkeypatch.setattr(claims.push_batches, "__defaults__", (WHOLE_BATCH,))
    everyone = [f"0x{keccak(text=f'account {number}').hex()[-40:]}" for number in range(3_000)]
    rows = [f"{account},{number + 1}" for number, account in enumerate(everyone)]
    table = tmp_path / "list.csv"
    table.write_text("\n".join(["account,amount_wei", *rows, f"{everyone[0]},1x", "0x0,5"]) + "\n")
    assert exit_code(script.rehearse, str(table)) == 0
    said = words(capsys)
    assert "4 of 4 checks hold" in said
    assert "7 of 7 checks hold" in said
    assert "50 accounts claim by their shards, 2,500 are pushed" in said
