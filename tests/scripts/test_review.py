"""The verbs of ``review`` on Ganache: two cases from their files to their report, and what is refused on the way."""

import json
import os

import brownie
import pytest
from brownie import chain, web3

import scripts.review as review
from lvo.content import NOTHING, Ballot
from lvo.content.files import fingerprint
from lvo.models.review import Status, Terms
from lvo.units import LVO
from scripts.support import records
from scripts.support.console import ScriptError
from scripts.support.review import find_review, own_ballots, parse_id, read_case, vote_salt
from scripts.support.sending import send

STAKE = "1000"


@pytest.fixture(autouse=True)
def ganache(tmp_path, monkeypatch):
    """Ganache forgets the test when it is over; files and records are the test's own."""
    monkeypatch.setattr(records, "FOLDER", tmp_path / "deployments")
    monkeypatch.setattr(review, "DEMO", tmp_path / "demo")
    monkeypatch.setattr(review, "ROOT", tmp_path)
    monkeypatch.setattr(review, "REPORT", tmp_path / "reports" / "review")
    monkeypatch.setenv("LVO_REVIEW", "")
    chain.snapshot()
    yield
    chain.revert()


@pytest.fixture
def place(payer, monkeypatch):
    """A contract; the payer has all LVO, and signs."""
    token = send(brownie.LVOToken, payer, sender=payer).contract
    terms = Terms(str(payer.address))
    settings = (token.address, *(getattr(terms, name) for name in terms.__dataclass_fields__))
    made = send(brownie.ContentReview, settings, sender=payer).contract
    monkeypatch.setenv("LVO_REVIEW", str(made.address))
    return made


@pytest.fixture
def film(tmp_path):
    """A file to publish."""
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film" * 1_000)
    return path


def last_id(out):
    """The id that submit told last."""
    return next(line.split()[2].rstrip(";") for line in reversed(out.splitlines()) if line.startswith("Submitted as"))


def words(capsys):
    """What was printed, as one line: the console may break it."""
    return " ".join(capsys.readouterr().out.split())


def refuses(capsys, verb, *arguments):
    """Run a verb that must end in exit code 1; returns its words."""
    with pytest.raises(SystemExit) as ended:
        verb(*map(str, arguments))
    assert ended.value.code == 1
    return words(capsys)


def test_demo_ends_with_a_report_that_explains_every_payment(capsys):
    review.demo()
    out = words(capsys)
    assert "PUBLISHED: everyone was paid" in out
    assert "REJECTED: everyone was paid" in out
    assert "The contract owes nobody anything and holds nothing." in out
    document = json.loads(review.REPORT.with_suffix(".json").read_text())
    assert [case["outcome"] for case in document["cases"]] == ["Published", "Rejected"]
    assert [[each["verdict"] for each in case["rounds"]] for case in document["cases"]] == [
        ["yes"],
        ["yes", "no", "no"],
    ]
    page = review.REPORT.with_suffix(".html").read_text()
    assert "nothing for a panel that was overturned" in page
    # The verbs that look do so from the chain alone.
    ids = [case["id"] for case in document["cases"]]
    review.status(ids[1])
    out = words(capsys)
    assert "REJECTED" in out
    assert "Round 3" in out
    review.watch(ids[1])
    out = words(capsys)
    assert [out.count(each) for each in ("Appealed:", "PanelSettled:", "Revealed:")] == [2, 3, 20]
    review.verify(str(review.DEMO / "report.txt"))
    assert "This file is published, unchanged to the bit." in words(capsys)
    assert "None of them is published." in refuses(capsys, review.verify, review.DEMO / "advertorial.txt")
    (review.DEMO / "report.txt").write_text("Water levels, made up.\n")
    assert "Nobody has submitted this file" in refuses(capsys, review.verify, review.DEMO / "report.txt")
    assert "Everyone was paid before." in (review.finalise(ids[0]), words(capsys))[1]


def test_demo_is_for_a_chain_of_ones_own(capsys, monkeypatch):
    monkeypatch.setattr(review, "is_development", lambda: False)
    assert "moves the clock" in refuses(capsys, review.demo)


def test_submission_is_sealed_hashed_and_told_of(place, film, payer, capsys):
    review.announce(str(film))
    since = chain[-1].timestamp
    review.announce(str(film))
    assert "Nothing was sent." in words(capsys)
    chain.sleep(100)
    review.submit(str(film), STAKE, "ipfs://film")
    out = capsys.readouterr().out
    made = fingerprint(film)
    assert made.sha256.hex() in out
    assert made.keccak256.hex() in out
    case = read_case(place, parse_id(last_id(out)))
    assert (case.author, case.since, case.status) == (payer.address, since, Status.BIDDING)
    assert "submitted this file already" in refuses(capsys, review.submit, film, STAKE)
    film.write_bytes(b"director's cut")
    review.submit(str(film), STAKE, "ipfs://cut", "", "0x" + case.id.hex())
    capsys.readouterr()
    out = refuses(capsys, review.verify, film)
    assert "None of them is published." in out
    assert " 2 0x" in out


def test_verbs_refuse_in_sentences(place, film, capsys, monkeypatch):
    assert "is no id" in refuses(capsys, review.status, "0x12")
    assert "Nobody has submitted" in refuses(capsys, review.status, "0x" + "12" * 32)
    assert "There is no file" in refuses(capsys, review.submit, film.with_name("none"), STAKE)
    assert "The stake is at least 1,000 LVO" in refuses(capsys, review.submit, film, "1")
    assert "is not a decimal amount" in refuses(capsys, review.submit, film, "many")
    review.submit(str(film), STAKE)
    id = last_id(capsys.readouterr().out)
    assert "is not a decimal amount" in refuses(capsys, review.bid, id, "x")
    for verb, arguments in (
        (review.commit, (id, "yes")),
        (review.reveal, (id,)),
        (review.appeal, (id,)),
        (review.finalise, (id,)),
    ):
        assert "open for bids" in refuses(capsys, verb, *arguments)
    assert "is no vote" in refuses(capsys, review.commit, id, "maybe")
    assert "has no credit" in refuses(capsys, review.withdraw)
    assert "is no seat" in refuses(capsys, review.leak, id, "7", "yes", id, id)
    assert "is used so: brownie run review bid ID AMOUNT" in refuses(capsys, review.bid, id)
    monkeypatch.setenv("LVO_REVIEW", str(place.LVO()))
    assert "is not a ContentReview" in refuses(capsys, review.status, id)
    monkeypatch.setenv("LVO_REVIEW", "0x" + "12" * 20)
    assert "no contract at" in refuses(capsys, review.status, id)
    monkeypatch.setenv("LVO_REVIEW", "")
    assert "No ContentReview is known" in refuses(capsys, review.status, id)


def test_vote_is_made_again_from_wallet_and_chain_and_a_leak_costs_it(place, film, payer, capsys):
    review.submit(str(film), STAKE)
    id = parse_id(last_id(capsys.readouterr().out))
    people = [review._actor(f"juror {number}") for number in range(7)]
    token = brownie.LVOToken.at(place.LVO())
    send(token.transferBatch, [(each.address, 1_000 * LVO) for each in people], sender=payer)
    for each in people:
        review._bid(place, each, read_case(place, id), 500 * LVO)
    chain.mine(timestamp=int(place.closeOf(id)))
    case = read_case(place, id)
    reasons = film.with_name("reasons.txt")
    reasons.write_text("It is what it says.")
    review._commit(place, people[0], case, "no", str(reasons))
    review._commit(place, people[1], case, "yes")
    with pytest.raises(ScriptError, match="has no seat"):
        review._commit(place, payer, case, "yes")
    salts = [vote_salt(place, each, id, 0) for each in people[:2]]
    hashed = fingerprint(reasons).sha256
    found = list(own_ballots(place, case))
    assert found == [
        (people[0].address, Ballot(0, 2, hashed, salts[0])),
        (people[1].address, Ballot(1, 1, NOTHING, salts[1])),
    ]
    capsys.readouterr()
    with pytest.raises(ScriptError, match="not what"):
        review._leak(place, payer, case, Ballot(0, 1, hashed, salts[0]))
    review._leak(place, payer, case, found[0][1])
    assert "is void" in words(capsys)
    assert read_case(place, id).votes == ((3, 0, 0, 0, 0, 0, 0),)
    chain.mine(timestamp=case.closes_at + 86_400)
    review._reveal(place, read_case(place, id), people[1])
    assert read_case(place, id).votes == ((3, 1, 0, 0, 0, 0, 0),)


def test_finalise_notices_a_payment_that_the_rules_do_not_explain(place, film, payer, capsys, monkeypatch):
    review.submit(str(film), STAKE)
    id = last_id(capsys.readouterr().out)
    chain.mine(timestamp=chain[-1].timestamp + 2 * 86_400)
    monkeypatch.setattr(review, "explain", lambda *facts: [review.Line(payer.address, 1, 0, "a wei too few")])
    assert "and the rules say" in refuses(capsys, review.finalise, id)


def test_contract_is_found_by_the_record_of_the_chain(place):
    here = int(web3.eth.chain_id)
    os.environ["LVO_REVIEW"] = ""
    records.write_record(here, {"contracts": {"ContentReview": {"address": str(place.address)}}})
    assert find_review().address == place.address
