"""The verbs of ``ads`` on the chain, on Ganache: a campaign from its draft to its end, an objection, and bad input."""

import hashlib
import json
from dataclasses import astuple, replace
from pathlib import Path

import brownie
import pytest
from brownie import accounts, chain

import scripts.ads as script
from lvo.advertising.offer import read_draft, read_offer
from lvo.models.ads import LineStatus
from lvo.plan import PlanError
from lvo.units import DAY, LVO
from scripts.support import campaigns as support

SETTLER, ADVERTISER, ARBITER, HOLDER, GUARDIAN = range(5)
"""Who of Ganache's accounts has which role."""
HOUR = 3_600
RULES = (HOUR, 2_500, 2 * HOUR, 4 * HOUR)
UNITS = 100_000
"""Of a line; 100 LVO."""


@pytest.fixture(autouse=True)
def ganache():
    """Ganache forgets the test when it is over."""
    chain.snapshot()
    yield
    chain.revert()


@pytest.fixture
def token():
    """An LVO of its own."""
    return brownie.LVOToken.deploy(accounts[HOLDER], {"from": accounts[HOLDER]}, silent=True)


@pytest.fixture
def ledger(token):
    """A ledger without a deposit; settler and advertiser have 10,000 LVO."""
    settler, guardian, holder = accounts[SETTLER], accounts[GUARDIAN], accounts[HOLDER]
    terms = (token, brownie.ZERO_ADDRESS, 0, settler, guardian, guardian, guardian, DAY)
    made = brownie.AdLedger.deploy(terms, RULES, {"from": settler}, silent=True)
    for each in (settler, accounts[ADVERTISER]):
        token.transfer(each, 10_000 * LVO, {"from": holder}, silent=True)
    return made


@pytest.fixture
def draft(tmp_path, ledger):
    """A draft of a campaign that runs for ten hours, and the name of its offer."""

    def make(name="offer.json", **changes):
        start = int(chain.time())
        keys = {
            "chain": 1337, "ledger": f'"{ledger.address}"', "advertiser": f'"{accounts[ADVERTISER]}"',
            "arbiter": f'"{accounts[ARBITER]}"', "budget": 1000, "price": 0.001, "viewer": "50 %", "publisher": 0.0003,
            "epoch_cap": 500, "viewer_cap": 100, "start": start, "end": start + 10 * HOUR, "late": "3 hours",
            "silent": "40 %", "open_by": start + HOUR, **changes,
        }  # fmt: skip
        path = tmp_path / "campaign.yaml"
        path.write_text("".join(f"{key}: {value}\n" for key, value in keys.items() if value is not None))
        return str(path), str(tmp_path / name)

    return make


@pytest.fixture
def opened(draft, ledger):
    """A campaign that is open, by the name of its offer; the settler has deposited 1,000 LVO."""
    yaml, offer = draft()
    assert [exit_code(script.draft, yaml, offer), exit_code(script.sign, offer), exit_code(script.open, offer)] == [
        0
    ] * 3
    assert exit_code(script.deposit, ledger.address, "1000") == 0
    return offer


@pytest.fixture
def folder(tmp_path, ledger):
    """Makes the folder of an epoch, as a pipeline publishes it."""

    def make(rows, epoch, name=""):
        where = tmp_path / (name or f"epoch-{epoch}")
        where.mkdir()
        lines = "".join(f"0x{campaign.hex()},{units}\n" for campaign, units in rows)
        (where / "lines.csv").write_text("campaign,units\n" + lines)
        rules = {"ledger": ledger.address.lower(), "chain_id": 1337, "epoch": epoch}
        (where / "manifest.json").write_text(json.dumps({"root": "0x" + "22" * 32, "rules": rules}))
        return str(where)

    return make


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


def wait(seconds):
    chain.sleep(seconds + 1)
    chain.mine()


def post(opened, folder, ledger):
    """Book one line of the running epoch, after it."""
    epoch = int(chain.time()) // HOUR
    where = folder([(read_offer_of(opened), UNITS)], epoch)
    wait(HOUR)
    assert exit_code(script.post, where) == 0
    return where, epoch


def read_offer_of(name):
    """The id of an offer's campaign."""
    return read_offer(Path(name)).id


def test_campaign_goes_from_its_draft_to_final_lines_and_home(opened, folder, ledger, token, capsys):
    key = read_offer_of(opened)
    assert ledger.campaigns(key)[0] == 1_000 * LVO
    assert exit_code(script.topup, opened, "1.5") == 0
    where, _ = post(opened, folder, ledger)
    assert ledger.campaigns(key)[0] == 901 * LVO + LVO // 2
    # A rerun books nothing twice.
    before = accounts[SETTLER].nonce
    assert exit_code(script.post, where) == 0
    assert accounts[SETTLER].nonce == before
    wait(2 * HOUR)
    assert exit_code(script.close, opened) == 0
    assert exit_code(script.finalize, ledger.address) == 0
    rewards = brownie.RewardLedger.at(ledger.REWARDS())
    assert rewards.funded() == 100 * LVO
    wait(4 * HOUR)
    assert exit_code(script.finalize, ledger.address) == 0
    assert token.balanceOf(accounts[ADVERTISER]) == 9_900 * LVO + LVO * 3 // 2
    assert exit_code(script.withdraw, ledger.address, "1000") == 0
    assert token.balanceOf(ledger) == 0
    capsys.readouterr()
    assert exit_code(script.status, ledger.address) == 0
    assert "closed" in words(capsys)


def test_batch_tells_the_hash_of_the_manifest(opened, folder, ledger):
    where, _ = post(opened, folder, ledger)
    content = Path(where, "manifest.json").read_bytes()
    (batch,) = support.read_books(support.find_ledger(ledger.address)).batches.values()
    assert batch.data_hash == hashlib.sha256(content).digest()
    assert batch.receipts_root == b"\x22" * 32


def test_objection_is_ruled_on(opened, folder, ledger, tmp_path, capsys):
    _, epoch = post(opened, folder, ledger)
    line = (ledger.address, opened, str(epoch))
    assert exit_code(script.object, *line, "40000") == 0
    assert exit_code(script.rule, *line, "20000") == 1  # Only in the second half of the window.
    wait(2 * HOUR)
    capsys.readouterr()
    assert exit_code(script.status, ledger.address) == 0
    assert "the arbiter rules" in words(capsys)
    assert exit_code(script.rule, *line, "60001") == 1
    assert exit_code(script.rule, *line, "20000") == 0
    first, rest = str(tmp_path / "first.csv"), str(tmp_path / "rest.csv")
    assert exit_code(script.finals, ledger.address, str(epoch), first) == 0
    campaign = "0x" + read_offer_of(opened).hex()
    assert Path(first).read_text() == f"campaign,units\n{campaign},20000\n"
    assert exit_code(script.finalize, ledger.address) == 0
    books = support.read_books(support.find_ledger(ledger.address))
    assert exit_code(script.finals, ledger.address, str(epoch), rest, first) == 0
    assert Path(rest).read_text() == f"campaign,units\n{campaign},40000\n"
    assert exit_code(script.finals, ledger.address, str(epoch + 1), rest, first) == 1
    assert "not final on this ledger" in words(capsys)
    (found,) = books.lines.values()
    assert (found.final, found.struck, found.status) == (60_000, 40_000, LineStatus.RESOLVED)
    assert brownie.RewardLedger.at(ledger.REWARDS()).funded() == 60 * LVO
    capsys.readouterr()
    assert exit_code(script.status, ledger.address, opened) == 0
    assert "60,000 final, 40,000 struck" in words(capsys)


def test_objection_can_be_given_up_and_a_line_accepted(opened, folder, ledger):
    _, epoch = post(opened, folder, ledger)
    line = (ledger.address, opened, str(epoch))
    assert exit_code(script.object, *line) == 0
    assert exit_code(script.concede, *line) == 0
    second = post(opened, folder, ledger)[1]
    assert exit_code(script.accept, ledger.address, opened, str(second)) == 0
    books = support.read_books(support.find_ledger(ledger.address))
    # The settler is the first whose key is here, so it was the settler that gave in.
    assert [each.final for each in books.lines.values()] == [0, UNITS]


def test_campaign_is_paused_and_goes_on(opened, ledger):
    assert exit_code(script.pause, opened) == 0
    assert exit_code(script.resume, opened) == 1
    wait(5 * HOUR)
    assert exit_code(script.resume, opened) == 0


def test_offer_can_be_canceled(draft, ledger, capsys):
    yaml, offer = draft()
    assert [exit_code(script.draft, yaml, offer), exit_code(script.cancel, offer)] == [0, 0]
    assert exit_code(script.sign, offer) == 0
    assert exit_code(script.open, offer) == 1
    assert "WrongStatus" in words(capsys)


def test_open_refuses_what_a_side_has_not_signed(draft, monkeypatch, capsys):
    yaml, offer = draft()
    assert exit_code(script.draft, yaml, offer) == 0
    assert exit_code(script.open, offer) == 1
    assert "has not signed" in words(capsys)


def test_offer_that_was_changed_by_hand_is_refused(draft, tmp_path, capsys):
    yaml, offer = draft()
    assert exit_code(script.draft, yaml, offer) == 0
    assert exit_code(script.draft, yaml, offer) == 1
    assert "is there already" in words(capsys)
    document = json.loads(Path(offer).read_text())
    document["types"]["Campaign"][2]["type"] = "uint256"
    (tmp_path / "offer.json").write_text(json.dumps(document))
    assert exit_code(script.sign, offer) == 1
    assert "changed by hand" in words(capsys)
    assert exit_code(script.sign, str(tmp_path / "none.json")) == 1
    assert "cannot be read" in words(capsys)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"price": 0}, "must cost something"),
        ({"viewer": "80 %"}, "more than the price"),
        ({"budget": 10**12}, "below 2^96"),
        ({"epoch_cap": 2**24}, "below 2^24"),
        ({"end": 1}, "later than the start"),
        ({"criteria": "nowhere.txt"}, "cannot be read"),
        ({"arbiter": '"0x0000000000000000000000000000000000000000"'}, "zero address"),
        ({"silent": None}, "the key silent is missing"),
        ({"viewer_cap": "many"}, "not a whole number"),
        ({"chain": 5}, "This is chain 1337"),
    ],
)
def test_bad_draft_is_a_sentence(draft, capsys, changes, said):
    yaml, offer = draft(**changes)
    assert exit_code(script.draft, yaml, offer) == 1
    assert said in words(capsys)


def test_post_refuses_what_the_ledger_would(opened, folder, ledger, tmp_path, capsys):
    key, epoch = read_offer_of(opened), int(chain.time()) // HOUR
    running = folder([(key, UNITS)], epoch)
    assert exit_code(script.post, running) == 1
    assert "seconds more" in words(capsys)
    wait(HOUR)
    for number, (rows, said) in enumerate(
        [
            ([(b"\7" * 32, 1)], "never opened"),
            ([(key, 10**6 + 1)], "left"),
            ([(key, 500_001)], "above its cap"),
        ]
    ):
        where = folder(rows, epoch, name=f"bad-{number}")
        assert exit_code(script.post, where) == 1
        assert said in words(capsys)
    assert exit_code(script.withdraw, ledger.address, "990") == 0
    assert exit_code(script.post, running) == 1
    assert "deposit 15 LVO more" in words(capsys)


def test_strangers_are_told_who_may(opened, folder, ledger, stranger, monkeypatch, capsys):
    _, epoch = post(opened, folder, ledger)
    monkeypatch.setattr(support, "signer", lambda *who: None if who else stranger)
    assert exit_code(script.object, ledger.address, opened, str(epoch)) == 1
    assert "Only the advertiser" in words(capsys)
    assert exit_code(script.close, opened) == 1
    assert "Only the advertiser" in words(capsys)


def test_wrong_names_are_sentences(opened, ledger, token, capsys):
    assert exit_code(script.status, token.address) == 1
    assert "There is no AdLedger" in words(capsys)
    assert exit_code(script.status, ledger.address, "0xff") == 1
    assert "names 0 campaigns" in words(capsys)
    assert exit_code(script.accept, ledger.address, opened, "7") == 1
    assert "has no line for epoch 7" in words(capsys)
    assert exit_code(script.topup, opened, "1e3") == 1
    assert "scientific notation" in words(capsys)


def test_sample_draft_can_be_read():
    sample = Path(script.__file__).parents[1] / "examples" / "advertising" / "campaign.yaml"
    made = read_draft(sample)
    terms = made.terms(DAY, b"\1" * 32)
    assert terms.platform_part == LVO // 1_000 // 5
    assert (terms.end - terms.start, terms.late_epochs) == (31, 7)
    assert astuple(replace(terms, salt=b"\2" * 32)) != astuple(terms)
    with pytest.raises(PlanError):
        read_draft(sample.with_name("criteria.txt"))


def test_main_names_every_verb(capsys):
    script.main()
    said = words(capsys)
    for name in ("draft", "sign", "cancel", "open", "topup", "pause", "close", "deposit", "post", "accept", "object"):
        assert name in said
