"""What becomes of a transaction: journal, lock, replacement, a nonce that is lost, a block that is forgotten."""

import os
import sqlite3
import subprocess
import sys

import brownie
import pytest
from brownie import chain, web3
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes
from requests.exceptions import ConnectionError as NoConnection

from lvo.units import LVO
from scripts.support import delivery, journal, node, records, sending
from scripts.support.console import ScriptError


@pytest.fixture(autouse=True)
def ganache(tmp_path, monkeypatch):
    """Ganache forgets the test when it is over; the journal is the test's alone."""
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    monkeypatch.setattr(delivery, "LONGEST_PAUSE_MS", 20)
    monkeypatch.setattr(delivery, "RESEND_AFTER_MS", 50)
    chain.snapshot()
    yield
    chain.revert()


@pytest.fixture
def token(payer):
    """An LVOToken; the payer holds the supply, and its nonces have begun."""
    payer.transfer(payer, 0, silent=True)
    return sending.send(brownie.LVOToken, payer, sender=payer).contract


@pytest.fixture
def entries(tmp_path):
    """Reads the journal: name, nonce, state and whether it was reported, in order."""

    def read():
        with sqlite3.connect(tmp_path / "journal" / "1337.sqlite") as database:
            return database.execute("SELECT nonce, state, reported FROM transactions ORDER BY rowid").fetchall()

    return read


class Wire:
    """Stands between the scripts and Ganache, and does what a test wants with some questions."""

    def __init__(self, monkeypatch):
        self.ask = web3.provider.make_request
        self.rules = {}
        self.raw = []
        monkeypatch.setattr(web3.provider, "make_request", self)

    def __call__(self, method, parameters):
        if method == "eth_sendRawTransaction":
            self.raw.append(parameters[0])
        rule = self.rules.get(method)
        return self.ask(method, parameters) if rule is None else rule(parameters)


@pytest.fixture
def wire(monkeypatch, token):
    return Wire(monkeypatch)


def killed(_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("heard", [False, True], ids=["before a node hears of it", "after it is mined"])
def test_send_goes_on_with_the_same_bytes_when_it_was_killed(token, payer, stranger, wire, entries, heard, capsys):
    def die(parameters):
        if heard:
            wire.ask("eth_sendRawTransaction", parameters)
        raise KeyboardInterrupt

    wire.rules["eth_sendRawTransaction"] = die
    with pytest.raises(KeyboardInterrupt):
        sending.send(token.transfer, stranger, LVO, sender=payer)
    nonce, state, reported = entries()[-1]
    assert (state, reported) == ("sent", 0)
    wire.rules.clear()
    receipt = sending.send(token.transfer, stranger, LVO, sender=payer)
    assert token.balanceOf(stranger) == LVO
    assert len(set(wire.raw)) == 1
    assert entries()[-1] == (nonce, "final", 1)
    assert f"was sent before, in {receipt.txid}" in capsys.readouterr().out
    # What was reported is no continuation: the same call again is another one.
    sending.send(token.transfer, stranger, LVO, sender=payer)
    assert token.balanceOf(stranger) == 2 * LVO


def test_send_carries_out_what_a_killed_run_left_before_anything_else(token, payer, stranger, wire):
    wire.rules["eth_sendRawTransaction"] = killed
    with pytest.raises(KeyboardInterrupt):
        sending.send(token.transfer, stranger, 3, sender=payer)
    wire.rules.clear()
    sending.send(token.transfer, stranger, 4, sender=payer)
    assert token.balanceOf(stranger) == 7


def test_send_sends_again_what_a_node_took_and_forgot(token, payer, stranger, wire):
    left = [1, 2]

    def forget(parameters):
        if left:
            left.pop()
            return {"result": "0x" + "00" * 32}
        return wire.ask("eth_sendRawTransaction", parameters)

    wire.rules["eth_sendRawTransaction"] = forget
    sending.send(token.transfer, stranger, LVO, sender=payer)
    assert len(wire.raw) == 3
    assert len(set(wire.raw)) == 1


def test_send_does_not_pay_twice_when_the_answer_is_lost(token, payer, stranger, wire):
    def lose(parameters):
        wire.ask("eth_sendRawTransaction", parameters)
        raise NoConnection

    wire.rules["eth_sendRawTransaction"] = lose
    sending.send(token.transfer, stranger, LVO, sender=payer)
    assert token.balanceOf(stranger) == LVO


def test_send_replaces_what_nobody_mines_by_a_dearer_one_with_the_same_nonce(token, payer, stranger, wire, monkeypatch):
    monkeypatch.setattr(delivery, "REPLACE_AFTER_MS", 0)
    first = []

    def too_cheap(parameters):
        if not first or parameters[0] == first[0]:
            first[:] = first or [parameters[0]]
            return {"result": "0x" + "00" * 32}
        return wire.ask("eth_sendRawTransaction", parameters)

    wire.rules["eth_sendRawTransaction"] = too_cheap
    sending.send(token.transfer, stranger, LVO, sender=payer)
    assert token.balanceOf(stranger) == LVO
    cheap, dear = (TypedTransaction.from_bytes(HexBytes(raw)).as_dict() for raw in (first[0], wire.raw[-1]))
    assert cheap["nonce"] == dear["nonce"]
    assert cheap["data"] == dear["data"]
    for fee in ("maxFeePerGas", "maxPriorityFeePerGas"):
        assert dear[fee] * 10 >= cheap[fee] * 11  # what nodes want of a replacement


def test_send_signs_anew_when_another_process_used_the_nonce(token, payer, stranger, wire, entries, capsys):
    before = []

    def overtaken(parameters):
        if not before:
            before.append(True)
            payer.transfer(payer, 0, silent=True)
        return wire.ask("eth_sendRawTransaction", parameters)

    wire.rules["eth_sendRawTransaction"] = overtaken
    sending.send(token.transfer, stranger, LVO, sender=payer)
    assert token.balanceOf(stranger) == LVO
    assert [state for _, state, _ in entries()[-2:]] == ["lost", "final"]
    assert "Another process used nonce" in capsys.readouterr().out


def test_send_reverts_when_nobody_mines_it_and_goes_on_later(token, payer, stranger, wire, monkeypatch):
    monkeypatch.setenv("LVO_WAIT", "0")
    wire.rules["eth_sendRawTransaction"] = lambda _: {"result": "0x" + "00" * 32}
    with pytest.raises(ScriptError, match="nobody has mined it in 0 seconds"):
        sending.send(token.transfer, stranger, LVO, sender=payer)
    wire.rules.clear()
    monkeypatch.setenv("LVO_WAIT", "30")
    sending.send(token.transfer, stranger, LVO, sender=payer)
    assert len(set(wire.raw)) == 1
    assert token.balanceOf(stranger) == LVO


def test_finish_sends_again_what_the_chain_has_forgotten(token, payer, stranger, monkeypatch, capsys):
    monkeypatch.setenv("LVO_CONFIRMATIONS", "3")
    mark = web3.provider.make_request("evm_snapshot", [])["result"]
    sending.send(token.transfer, stranger, LVO, sender=payer)
    web3.provider.make_request("evm_revert", [mark])
    assert token.balanceOf(stranger) == 0
    rest = delivery._rest
    monkeypatch.setattr(delivery, "_rest", lambda polls: (rest(polls), chain.mine()))
    sending.finish()
    assert "The chain has forgotten" in capsys.readouterr().out
    assert token.balanceOf(stranger) == LVO


def test_send_reverts_while_another_process_sends(token, payer, stranger, tmp_path):
    held = (
        "import fcntl,sys; file=open(sys.argv[1],'a+'); fcntl.flock(file, fcntl.LOCK_SH); file.write('process 7');"
        "file.flush(); print('held', flush=True); sys.stdin.read()"
    )
    path = str(tmp_path / "journal" / "1337.lock")
    os.truncate(path, 0)
    with subprocess.Popen([sys.executable, "-c", held, path], stdin=-1, stdout=-1) as other:
        other.stdout.readline()
        with pytest.raises(ScriptError, match=r"Another run is sending on chain 1337 \(process 7\)"):
            sending.send(token.transfer, stranger, LVO, sender=payer)
        other.stdin.close()
    sending.send(token.transfer, stranger, LVO, sender=payer)
    assert token.balanceOf(stranger) == LVO


def test_journal_reverts_when_its_file_is_damaged(token, payer, tmp_path):
    (tmp_path / "journal" / "1337.sqlite").write_bytes(b"this is no database, whoever wrote it" * 100)
    with pytest.raises(ScriptError, match="cannot be read"):
        sending.send(token.transfer, payer, 1, sender=payer)


def test_journal_keeps_chains_of_one_id_apart(token, payer):
    other = journal.Journal(1337, "0x" + "11" * 32)
    assert other.unfinished() == []
    assert other.next_nonce(str(payer)) == 0
    other.close()


@pytest.mark.parametrize(
    ("error", "again", "fewer", "old"),
    [
        ({"code": -32005, "message": "rate limit exceeded"}, True, False, False),
        ({"code": 429, "message": "Too Many Requests"}, True, False, False),
        ({"code": -32000, "message": "header not found"}, True, False, False),
        ({"code": -32005, "message": "query returned more than 10000 results"}, False, True, False),
        ({"code": -32602, "message": "block range is too wide"}, False, True, False),
        ({"code": -32000, "message": "missing trie node 1234"}, False, False, True),
        ({"code": 3, "message": "execution reverted"}, False, False, False),
    ],
)
def test_errors_of_nodes_are_told_apart(error, again, fewer, old):
    assert node.transient(error) is again
    assert node.limits_range(error) is fewer
    assert node.lacks_history(error) is old


def test_node_asks_again_until_its_patience_ends(monkeypatch):
    answers = [NoConnection(), {"error": {"code": -32005, "message": "rate limit"}}, {"result": "0x1"}]

    def ask():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(node, "FIRST_PAUSE_MS", 1)
    assert node._patiently("it", ask) == {"result": "0x1"}
    monkeypatch.setenv("LVO_PATIENCE", "0")
    answers[:] = [NoConnection()]
    with pytest.raises(ScriptError, match=r"The node did not answer it for 0 seconds \(ConnectionError\)"):
        node._patiently("it", ask)
