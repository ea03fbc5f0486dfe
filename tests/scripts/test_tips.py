"""The verbs of ``tips`` on Ganache: end to end, with a service beside them, refused, and the demo in small."""

import json

import brownie
import pytest
from brownie import accounts, chain, web3
from coincurve import PrivateKey

import scripts.tips as script
from lvo.channels.books import Books
from lvo.channels.vouchers import NO_HASH, Channel, address_of
from lvo.merkle import keccak256
from lvo.units import DAY, LVO
from scripts.support import tips as support
from scripts.support import tips_demo as demo

VIEWER, CREATOR = range(2)
"""Who of Ganache's accounts has which role; the first signer sends where nobody is named."""
SESSION = PrivateKey(b"\7" * 32)


@pytest.fixture(autouse=True)
def ganache():
    """Ganache forgets the test when it is over."""
    chain.snapshot()
    yield
    chain.revert()


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """Files go to the test's folder; the session has a key."""
    monkeypatch.setattr(support, "STATE", tmp_path)
    monkeypatch.setattr(demo, "FOLDER", tmp_path / "demo")
    monkeypatch.setattr(demo, "ROOT", tmp_path)
    monkeypatch.setattr(demo, "REPORT", tmp_path / "tips.html")
    monkeypatch.setenv("LVO_CHANNEL_KEY", SESSION.to_hex())


@pytest.fixture
def viewer():
    """Holds all the LVO."""
    return accounts[VIEWER]


@pytest.fixture
def creator():
    return accounts[CREATOR]


@pytest.fixture
def token(viewer):
    return brownie.LVOToken.deploy(viewer, {"from": viewer}, silent=True)


@pytest.fixture
def jar(token, viewer):
    return brownie.TipJar.deploy(token, {"from": viewer}, silent=True)


@pytest.fixture
def said(capsys):
    """What was printed since it was last asked."""
    return lambda: capsys.readouterr().out


@pytest.fixture
def opened(jar, creator, tmp_path):
    """The file of a channel to the creator with 10 LVO."""
    script.open(str(jar.address), str(creator.address), "10")
    (path,) = tmp_path.rglob("*.json")
    return path


def fails(said, words, verb, *arguments):
    """A verb ends with exit code 1 and says so."""
    with pytest.raises(SystemExit) as stop:
        verb(*arguments)
    assert stop.value.code == 1
    assert words in " ".join(said().split())


def test_tip_pays_the_creator(jar, token, viewer, creator, said):
    script.tip(str(jar.address), str(creator.address), "1.5", "a film", "comment", "well done")
    assert token.balanceOf(creator) == 15 * LVO // 10
    books = support.read_books(jar)
    assert books.received == {str(creator.address).lower(): 15 * LVO // 10}
    assert books.contents == {keccak256(b"a film"): 15 * LVO // 10}
    script.leaderboard(str(jar.address))
    assert str(creator.address).lower() in said()
    # Allowed once more than needed, nothing is approved again.
    token.approve(jar, 100 * LVO, {"from": viewer}, silent=True)
    blocks = web3.eth.block_number
    script.tip(str(jar.address), str(creator.address), "1")
    assert web3.eth.block_number == blocks + 1


def test_verbs_refuse_in_sentences(jar, creator, said, tmp_path, monkeypatch):
    address, payee = str(jar.address), str(creator.address)
    fails(said, "is not one of", script.tip, address, payee, "1", "", "gift")
    fails(said, "is not a decimal amount", script.tip, address, payee, "1e3")
    fails(said, "is no address", script.status, "0x12")
    fails(said, "There is no contract", script.status, payee)
    fails(said, "is not a TipJar", script.status, str(jar.LVO()))
    fails(said, "whole number", script.open, address, payee, "1", "soon")
    fails(said, "does not name a channel", script.close, str(write(tmp_path / "x.json", "{}")))
    monkeypatch.setenv("LVO_CHANNEL_KEY", "12")
    fails(said, "LVO_CHANNEL_KEY", script.open, address, payee, "1")


def write(path, text):
    path.write_text(text)
    return path


def test_channel_of_another_chain_is_refused(opened, said):
    record = json.loads(opened.read_text())
    opened.write_text(json.dumps(record | {"chain": 5}))
    fails(said, "The channel is on chain 5", script.close, str(opened))


def test_open_stream_settle_and_close(jar, token, viewer, creator, opened, said, tmp_path):
    """Against a service in a process of its own; the payee settles in between and closes with the last voucher."""
    channel = support.read_terms(opened)[1]
    before = token.balanceOf(viewer)
    settings = {
        "jar": str(jar.address).lower(), "chain": int(web3.eth.chain_id), "rpc": support.rpc(), "role": "payee",
        "me": str(creator.address).lower(), "refresh": 1,
    }  # fmt: skip
    with support.service(settings, SESSION, tmp_path / "service") as url:
        script.stream(url, str(opened), "0.25", "2")
        script.settle(str(jar.address), url, "0.6")
        assert "Nothing is due" in said()
        script.settle(str(jar.address), url)
        assert token.balanceOf(creator) == LVO // 2
        script.status(str(jar.address))
        assert "open, ends in" in said()
        # A second run goes on from the first; then the payee closes with the voucher.
        script.stream(url, str(opened), "1", "1")
        fails(said, "channel has left", script.stream, url, str(opened), "9", "1")
        script.close(str(opened), url)
    assert token.balanceOf(creator) == 15 * LVO // 10
    assert token.balanceOf(viewer) == before + 85 * LVO // 10
    assert token.balanceOf(jar) == 0
    assert jar.stateOf(channel.id)[3]
    script.close(str(opened))
    assert "is closed" in said()


def test_payer_asks_to_close_and_anyone_closes(jar, token, viewer, said, tmp_path):
    """The payee cannot sign here."""
    payee = address_of(SESSION)
    script.open(str(jar.address), payee, "10", "30", "1")
    (path,) = tmp_path.rglob("*.json")
    script.close(str(path))
    script.status(str(jar.address))
    assert "closing, ends in" in said()
    script.close(str(path))
    assert "The payer has asked" in said()
    chain.sleep(3_601)
    chain.mine()
    script.status(str(jar.address))
    assert "ended: anyone closes it" in said()
    script.close(str(path))
    assert "Closed in" in said()
    assert token.balanceOf(jar) == 0


def test_demo_in_small_adds_up_to_the_wei(monkeypatch, said):
    for name, value in (("VIEWERS", 3), ("CREATORS", 2), ("EACH", 4)):
        monkeypatch.setattr(demo, name, value)
    script.demo()
    document = json.loads(demo.REPORT.with_suffix(".json").read_text())
    assert document["tips"] == 3 * 2 * 4
    assert all(check["ok"] for check in document["checks"])
    assert len([row for row in document["transactions"] if row["phase"] == "settle"]) == 2
    text = said()
    assert "every creator is paid to the wei" in " ".join(text.split())
    page = demo.REPORT.read_text()
    assert "Every creator is paid to the wei" in page
    assert document["jar"] in page


def test_report_says_so_when_a_wei_is_missing(monkeypatch, said):
    """A check that cannot fail is none."""
    for name, value in (("VIEWERS", 1), ("CREATORS", 1), ("EACH", 2)):
        monkeypatch.setattr(demo, name, value)
    whole = demo._document

    def short_of_a_wei(stage, before, milliseconds):
        for viewer in stage.viewers:
            for creator in viewer.promised:
                viewer.promised[creator] += 1
        return whole(stage, before, milliseconds)

    monkeypatch.setattr(demo, "_document", short_of_a_wei)
    fails(said, "Promises and payments differ: wei paid to", script.demo)
    assert "Failed: promises and payments differ" in demo.REPORT.read_text()


def test_books_count_no_tip_to_oneself():
    books = Books()
    one, two = "0x" + "11" * 20, "0x" + "22" * 20
    books.apply("Tipped", (one, one, NO_HASH, 5, 0, NO_HASH))
    assert (books.received, books.given, books.contents) == ({}, {}, {})
    books.apply("VoucherSkipped", (b"\1" * 32, 1))
    channel = Channel(one, two, one, DAY, 2**31)
    books.apply("ChannelOpened", (channel.id, *channel.row, 7))
    books.apply("ChannelSettled", (channel.id, 3, NO_HASH))
    books.apply("ChannelClosed", (channel.id, 5, NO_HASH))
    assert (books.received, books.given) == ({two: 5}, {one: 5})
    assert books.standings[channel.id].closed
