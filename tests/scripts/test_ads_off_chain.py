"""The verbs of ``ads`` that need no ledger: a rehearsal from real campaigns to a reward list, and what they refuse."""

import json
import shutil
from pathlib import Path

import pytest
from brownie import web3
from eth_abi.abi import encode
from hexbytes import HexBytes

import scripts.ads as script
from lvo.attention.folder import read_manifest, signed_json
from lvo.merkle import keccak256
from lvo.rewards import read_manifest as read_rewards
from scripts.support import attention as support
from tests.attention import receipt, signed

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "attention"


def exit_code(verb, *arguments):
    """Run a verb as Brownie does; return its exit code."""
    try:
        verb(*map(str, arguments))
    except SystemExit as stop:
        return stop.code
    return 0


def words(capsys):
    return " ".join(capsys.readouterr().out.split())


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    """Receipts of every real campaign of a day, and the folder that was built from them."""
    folder = tmp_path_factory.mktemp("rehearsal")
    assert exit_code(script.expand, SAMPLE / "campaigns.csv", folder, 2_000) == 0
    assert exit_code(script.build, folder / "epoch.yaml") == 0
    return folder


@pytest.fixture
def folder(rehearsal, tmp_path):
    """A copy that a test may change."""
    shutil.copytree(rehearsal / "epoch", tmp_path / "epoch")
    return tmp_path / "epoch"


def test_real_campaigns_become_an_epoch_that_checks(rehearsal, capsys):
    made = read_manifest(rehearsal / "epoch")
    assert made.document["lines"] == 1_911
    assert made.document["receipts"]["rejected"] == 0
    assert exit_code(script.check, rehearsal / "epoch") == 0
    assert "are what the receipts give, to the byte" in words(capsys)


def test_expand_says_what_becomes_of_odd_campaigns_and_overwrites_nothing(rehearsal, tmp_path, capsys):
    assert exit_code(script.expand, SAMPLE / "campaigns.csv", tmp_path, 5) == 0
    assert "left out: nothing was spent, so a unit has no price 33" in words(capsys)
    assert exit_code(script.expand, SAMPLE / "campaigns.csv", rehearsal, 5) == 1
    assert "is there already" in words(capsys)
    assert exit_code(script.expand, SAMPLE / "campaigns.csv", tmp_path / "x", "many") == 1


def test_build_never_overwrites(rehearsal, capsys):
    assert exit_code(script.build, rehearsal / "epoch.yaml") == 1
    assert "never overwritten" in words(capsys)


def test_check_exits_1_when_a_byte_is_flipped(folder, capsys):
    path = folder / "payouts.csv"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert exit_code(script.check, folder) == 1
    assert "payouts.csv is not what the receipts give" in words(capsys)


def test_check_exits_1_when_a_receipt_that_was_kept_is_missing(folder, tmp_path, capsys):
    from lvo.attention.messages import Domain

    made = read_manifest(folder)
    domain = Domain(made.chain_id, made.ledger)
    campaign = (folder / "lines.csv").read_text().split("\n")[1].split(",")[0]
    plain = receipt(units=3, epoch=made.epoch)
    plain = type(plain)(bytes.fromhex(campaign[2:]), plain.publisher, plain.viewer, plain.epoch, 3, plain.context)
    kept = tmp_path / "kept.json"
    kept.write_bytes(signed_json([signed(plain, domain=domain)]))
    assert exit_code(script.check, folder, kept) == 1
    assert "signed 3 units" in words(capsys)
    kept.write_bytes(b"[{}]")
    assert exit_code(script.check, folder, kept) == 1
    assert "not a list of signed receipts" in words(capsys)


def test_audit_opens_receipts_and_exits_1_when_they_do_not_hold(folder, capsys):
    assert exit_code(script.audit, folder, 7, "0x" + "ab" * 32) == 0
    assert "7 receipts hold" in words(capsys)
    assert exit_code(script.audit, folder, "0") == 1
    (folder / "tree.json").write_text("{}")
    assert exit_code(script.audit, folder, 7) == 1
    assert "tree.json" in words(capsys)


def test_settle_makes_a_reward_list(rehearsal, tmp_path, capsys):
    path = tmp_path / "settlement.yaml"
    path.write_text(
        f'ledger: "0x{"1e" * 20}"\nchain: 1337\nnumber: 1\nepochs:\n  - folder: {rehearsal / "epoch"}\nout: paid\n'
    )
    assert exit_code(script.settle, path) == 0
    assert "rewards propose" in words(capsys)
    assert read_rewards(tmp_path / "paid" / "rewards").total == read_manifest(rehearsal / "epoch").total
    assert exit_code(script.settle, path) == 1
    path.write_text("ledger: x\nnumber: y\nepochs:\n  - final: z\nout: paid\n")
    assert exit_code(script.settle, path) == 1
    said = words(capsys)
    for expected in ("not an address", "chain is missing", "not a whole number", "folder is missing"):
        assert expected in said


def test_settle_takes_what_became_final_alone(rehearsal, tmp_path):
    campaign, units = (rehearsal / "epoch" / "lines.csv").read_text().split("\n")[1].split(",")[:2]
    (tmp_path / "final.csv").write_text(f"campaign,units\n{campaign},{units}\n")
    path = tmp_path / "settlement.yaml"
    path.write_text(
        f'ledger: "0x{"1e" * 20}"\nchain: 1337\nnumber: 1\nepochs:\n'
        f"  - folder: {rehearsal / 'epoch'}\n    final: final.csv\nout: paid\n"
    )
    assert exit_code(script.settle, path) == 0
    spend = (rehearsal / "epoch" / "lines.csv").read_text().split("\n")[1].split(",")[3]
    assert read_rewards(tmp_path / "paid" / "rewards").total == int(spend)


def test_query_writes_tables_and_charts(rehearsal, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(script, "TABLES", tmp_path)
    assert exit_code(script.query, rehearsal / "epoch") == 0
    assert "The largest of 1,911 campaigns" in words(capsys)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "attention.html",
        "campaigns.csv",
        "epochs.csv",
        "lines.csv",
    ]
    assert (tmp_path / "campaigns.csv").read_text().count("\n") == 1_912
    assert exit_code(script.query) == 1


def test_verify_compares_with_what_the_ledger_was_told(rehearsal, monkeypatch, capsys):
    folder = rehearsal / "epoch"
    made = read_manifest(folder)
    lines = support.lines_of(folder)
    assert exit_code(script.verify, folder) == 1
    said = words(capsys)
    assert "There is no contract" in said or "This is chain" in said

    told = dict(lines)
    root = made.root
    number = HexBytes(made.epoch.to_bytes(32, "big"))

    def events(address, first, last, topics):
        """The ledger's logs, as a node gives them: lines, and two batches."""
        assert topics[2] == "0x" + number.hex().removeprefix("0x")
        assert address.lower() == made.ledger
        if topics[0] == "0x" + keccak256(support.LINE_POSTED.encode()).hex():
            return [
                {"topics": [b"", HexBytes(campaign), number], "data": encode(["uint256", "uint256"], [units, 1])}
                for campaign, units in told.items()
            ]
        kinds = ["uint256", "uint256", "uint256", "uint40", "bytes32", "bytes32"]
        values = [1, 2, 3, 4, bytes.fromhex(root[2:]), bytes.fromhex(made.data_hash[2:])]
        return [{"topics": [b"", b"", number], "data": HexBytes(encode(kinds, values))}] * 2

    monkeypatch.setattr(support, "events", events)
    monkeypatch.setattr(type(web3.eth), "get_code", lambda *_: b"\x01")
    monkeypatch.setattr(type(web3.eth), "chain_id", property(lambda _: made.chain_id))
    assert exit_code(script.verify, folder) == 0
    assert "All 1,911 lines" in words(capsys)
    campaign = next(iter(told))
    told[campaign] += 1
    assert exit_code(script.verify, folder) == 1
    assert f"{told[campaign]} units are booked, and the receipts give {told[campaign] - 1}" in words(capsys)
    told[campaign] -= 1
    root = "0x" + "11" * 32
    assert exit_code(script.verify, folder) == 1
    assert "posted with the receipts root" in words(capsys)


def test_an_engine_that_is_not_there_is_refused(folder, monkeypatch, capsys):
    monkeypatch.setenv("LVO_ENGINE", "abacus")
    assert exit_code(script.check, folder) == 1
    assert "duckdb or spark" in words(capsys)


def test_a_damaged_manifest_is_refused(folder, capsys):
    document = json.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps(document))
    assert exit_code(script.check, folder) == 1
    assert "does not have the hash" in words(capsys)
