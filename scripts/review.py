"""Publish and judge: ``brownie run review submit``, ``bid``, ``commit``, ``reveal``, ``appeal``; alone it lists all.

What every verb needs, prints and refuses is in docs/OPERATE.md.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import brownie
from brownie import accounts, chain, web3
from eth_account import Account
from eth_utils.crypto import keccak
from web3.types import RPCEndpoint

from lvo.content import NOTHING, Ballot, ballot_hash, finding_hash, seal_hash, submission_id
from lvo.content.settlement import Line, explain, net
from lvo.content.votes import CHOICES, masked
from lvo.models.review import SEATS, Status, Terms
from lvo.reconcile import describe_time
from lvo.report.review import render
from lvo.units import LVO, format_lvo, parse_lvo
from scripts.support.console import ScriptError, brief, confirm, say, step, table, verb
from scripts.support.records import write_file
from scripts.support.review import (
    PLAIN,
    WORDS,
    Case,
    WithNote,
    expect,
    find_review,
    hash_file,
    own_ballots,
    paid_out,
    parse_id,
    read_case,
    read_rounds,
    read_terms,
    seal_salt,
    told_by,
    vote_salt,
)
from scripts.support.sending import is_development, send, signer

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "build" / "review"
REPORT = ROOT / "reports" / "review"
POLL = 5
"""Seconds between two looks at a live chain."""
MARGIN = 60
"""Seconds that a finding has to be old, and a little."""


def main() -> None:
    """Say which verbs there are."""
    say("brownie run review announce FILE                        seal content before anyone sees its hash")
    say("brownie run review submit FILE STAKE [URI] [MANIFEST] [PARENT]")
    say("brownie run review bid ID AMOUNT                        bid in all so many LVO for a seat, or raise")
    say("brownie run review commit ID yes|no [REASONS]           vote in secret; nothing has to be kept")
    say("brownie run review reveal ID                            show the votes of every account that can sign here")
    say("brownie run review leak ID SEAT yes|no REASONS SALT     prove that a vote is known before its time")
    say("brownie run review appeal ID                            call seven others, for a bond")
    say("brownie run review finalise ID                          pay everyone, and say why")
    say("brownie run review withdraw [ACCOUNT]                   pay an account its credit")
    say("brownie run review status ID | watch ID                 how a submission stands; follow it")
    say("brownie run review verify FILE                          who published this file, when, which revision")
    say("brownie run review demo                                 two cases on a fresh chain, and their report")


@verb
def announce(file: str) -> None:
    """Announce the seal of a file."""
    _announce(find_review(), _account(), Path(file))


@verb
def submit(file: str, stake: str, uri: str = "", manifest: str = "", parent: str = "") -> None:
    """Hash a file and stake for it."""
    _submit(find_review(), _account(), Path(file), _amount(stake), uri, manifest, parent)


@verb
def bid(id: str, amount: str) -> None:
    """Bid for a seat."""
    review = find_review()
    _bid(review, _account(), read_case(review, parse_id(id)), _amount(amount))


@verb
def commit(id: str, choice: str, reasons: str = "") -> None:
    """Commit to a vote."""
    review = find_review()
    _commit(review, _account(), read_case(review, parse_id(id)), choice, reasons)


@verb
def reveal(id: str) -> None:
    """Reveal the votes of every account that can sign here."""
    review = find_review()
    _reveal(review, read_case(review, parse_id(id)), _account())


@verb
def leak(id: str, seat: str, choice: str, reasons: str, salt: str) -> None:
    """Prove that a vote is known while votes are committed to."""
    review = find_review()
    if not seat.isdigit() or int(seat) >= SEATS:
        raise ScriptError(f"{seat!r} is no seat: write a number from 0 to 6.")
    ballot = Ballot(int(seat), _choice(choice), parse_id(reasons), parse_id(salt))
    _leak(review, _account(), read_case(review, parse_id(id)), ballot)


@verb
def appeal(id: str) -> None:
    """Call another panel."""
    review = find_review()
    _appeal(review, _account(), read_case(review, parse_id(id)))


@verb
def finalise(id: str) -> None:
    """Pay everyone, and say why; exit code 1 if the chain paid anything else than the rules say."""
    review = find_review()
    _finalise(review, _account(), read_case(review, parse_id(id)))


@verb
def withdraw(account: str = "") -> None:
    """Pay an account its credit."""
    _withdraw(find_review(), _account(), account)


@verb
def status(id: str) -> None:
    """Show how a submission stands."""
    review = find_review()
    _status(review, read_case(review, parse_id(id)))


@verb
def watch(id: str) -> None:
    """Follow a submission until it is final and everyone is paid."""
    _watch(find_review(), parse_id(id))


@verb
def verify(file: str) -> None:
    """Say who submitted a file, when, and what became of it; exit code 1 if nobody published it."""
    _verify(find_review(), Path(file))


@verb
def demo() -> None:
    """Play two cases and draw their report."""
    if not is_development():
        raise ScriptError("The demo moves the clock, which only a chain of one's own allows: leave --network away.")
    _demo()


# ----------------------------------------------------------------------------------------------------- the verbs


def _account() -> Any:
    account = signer()
    if account is None:
        raise ScriptError("No account can sign here: name one of Brownie's keystore in LVO_KEYSTORE.")
    return account


def _amount(text: str) -> int:
    try:
        return int(parse_lvo(text))
    except ValueError as error:
        raise ScriptError(f"{error}.") from None


def _choice(word: str) -> int:
    if word not in CHOICES:
        raise ScriptError(f"{word!r} is no vote: write {' or '.join(CHOICES)}.")
    return CHOICES[word]


def _pay(review: Any, account: Any, amount: int, what: str) -> None:
    """Let the contract take an amount, if it may not yet; asks on a live network."""
    token = brownie.interface.ILVOToken(review.LVO())
    held = int(token.balanceOf(account.address))
    if held < amount:
        raise ScriptError(
            f"{account.address} has {format_lvo(held)} LVO, and {what} takes {format_lvo(amount)}. Nothing was sent."
        )
    if not is_development():
        confirm(f"{what}: let {review.address} take {format_lvo(amount)} LVO of {account.address}?")
    if int(token.allowance(account.address, review.address)) < amount:
        send(token.approve, review.address, amount, sender=account)


def _announce(review: Any, account: Any, path: Path) -> None:
    content = hash_file(path).sha256
    salt = seal_salt(review, account, content)
    seal = _seal(review, account, content, salt)
    if known := int(review.announcedAt(seal)):
        say(f"This was announced at {describe_time(known)}. Nothing was sent.")
        return
    send(review.announce, seal, sender=account)
    say("Announced. Nothing has to be kept: submit makes the salt again from the wallet's signature.")


def _seal(review: Any, account: Any, content: bytes, salt: bytes) -> bytes:
    where = (int(web3.eth.chain_id), str(review.address).lower(), str(account.address).lower())
    return seal_hash(*where, content, salt)


def _submit(
    review: Any, account: Any, path: Path, stake: int, uri: str = "", manifest: str = "", parent: str = ""
) -> bytes:
    made = hash_file(path)
    say(f"SHA-256     0x{made.sha256.hex()}")
    say(f"keccak-256  0x{made.keccak256.hex()}, {made.size:,} bytes")
    id = submission_id(str(account.address).lower(), made.sha256)
    if int(review.authorOf(id)[1]):
        raise ScriptError(f"{account.address} has submitted this file already: 0x{id.hex()}. Nothing was sent.")
    least = read_terms(review).min_stake
    if stake < least:
        raise ScriptError(f"The stake is at least {format_lvo(least)} LVO. Nothing was sent.")
    salt = seal_salt(review, account, made.sha256)
    if not int(review.announcedAt(_seal(review, account, made.sha256, salt))):
        salt = NOTHING
    described = hash_file(Path(manifest)).sha256 if manifest else NOTHING
    _pay(review, account, stake, "the submission")
    row = (made.sha256, described, uri, parse_id(parent) if parent else NOTHING, stake, salt)
    send(review.submit, row, sender=account)
    case = read_case(review, id)
    say(f"Submitted as 0x{id.hex()}; known since {describe_time(case.since)}, open for bids until "
        f"{describe_time(case.closes_at)}.")  # fmt: skip
    return id


def _bid(review: Any, account: Any, case: Case, amount: int) -> None:
    expect(case, Status.BIDDING, "A bid")
    own = next((held for who, held in case.present if who == account.address), 0)
    credit = int(review.credits(account.address))
    _pay(review, account, max(0, amount - own - credit), "the bid")
    send(review.bid, case.id, amount, sender=account)
    used = format_lvo(min(credit, amount - own))
    say(f"{account.address} has a seat for {format_lvo(amount)} LVO, {used} of it from its credit.")


def _commit(review: Any, account: Any, case: Case, word: str, reasons: str = "") -> None:
    choice = _choice(word)
    expect(case, Status.COMMITTING, "A commitment")
    if account.address not in [who for who, _ in case.present]:
        raise ScriptError(f"{account.address} has no seat in this round. Nothing was sent.")
    hashed = hash_file(Path(reasons)).sha256 if reasons else NOTHING
    salt = vote_salt(review, account, case.id, case.round)
    where = (int(web3.eth.chain_id), str(review.address).lower(), case.id, case.round, str(account.address).lower())
    commitment = ballot_hash(*where, choice, hashed, salt)
    send(WithNote(review.commit, masked(hashed, salt)), case.id, commitment, sender=account)
    say(f"{account.address} has committed. Nothing has to be kept: reveal makes the vote again from wallet and chain.")


def _reveal(review: Any, case: Case, account: Any) -> None:
    expect(case, Status.REVEALING, "A reveal")
    ballots = list(own_ballots(review, case))
    if not ballots:
        raise ScriptError("No account that can sign here has a vote to reveal. Nothing was sent.")
    send(review.reveal, case.id, [ballot.fields() for _, ballot in ballots], sender=account)
    for who, ballot in ballots:
        say(f"Seat {ballot.seat}, {brief(who)}: {PLAIN[ballot.choice]}")


def _leak(review: Any, account: Any, case: Case, ballot: Ballot) -> None:
    expect(case, Status.COMMITTING, "A proof of a leak")
    reviewer = case.present[ballot.seat][0]
    vote = (ballot.choice, ballot.reasons, ballot.salt)
    place = (case.id, case.round, reviewer.lower())
    if ballot_hash(int(web3.eth.chain_id), str(review.address).lower(), *place, *vote) != bytes(
        review.commitmentOf(case.id, case.round, reviewer)
    ):
        raise ScriptError(f"That is not what {reviewer} has committed to. Nothing was sent.")
    finding = finding_hash(str(account.address).lower(), *place, *vote)
    if not int(review.notedAt(finding)):
        send(review.noteLeak, finding, sender=account)
        say("Noted. In a minute it can be proved, and by nobody else.")
    ripe = int(review.notedAt(finding)) + MARGIN
    _wait_until(ripe)
    send(review.proveLeak, case.id, ballot.fields(), sender=account)
    say(f"Proved: the seat of {reviewer} is void, and half of its collateral is {account.address}'s in the end.")


def _wait_until(moment: int) -> None:
    while int(web3.eth.get_block("latest")["timestamp"]) < moment:
        if is_development():
            chain.mine(timestamp=moment)
        else:
            time.sleep(POLL)


def _appeal(review: Any, account: Any, case: Case) -> None:
    expect(case, Status.APPEALABLE, "An appeal")
    terms = read_terms(review)
    bond = case.stake * terms.fee_bps // 10_000 * terms.bond_bps // 10_000
    _pay(review, account, bond, "the appeal")
    send(review.appeal, case.id, sender=account)
    case = read_case(review, case.id)
    say(f"{account.address} has appealed for {format_lvo(bond)} LVO: round {case.round + 1} is open for bids from "
        f"{format_lvo(terms.min_bid * terms.bid_factor**case.round)} LVO on.")  # fmt: skip


def _finalise(review: Any, account: Any, case: Case) -> list[Line]:
    if case.status < Status.PUBLISHED:
        raise ScriptError(f"This submission is {WORDS[case.status]}, and not final yet. Nothing was sent.")
    rounds = read_rounds(review, case)
    if case.settled:
        say("Everyone was paid before. Nothing was sent.")
    else:
        receipt = send(review.finalise, case.id, sender=account)
        say(f"{WORDS[case.status]}: everyone was paid in one transaction, {receipt.gas_used:,} gas.")
    lines = explain(read_terms(review), case.author, case.stake, rounds)
    table(
        "Who got what, and why",
        ("account", "round", "LVO", "why"),
        [(brief(line.who), line.round or "", format_lvo(line.amount), line.why) for line in lines if line.amount > 0],
        ("LVO",),
    )
    _compare(review, case, lines)
    return lines


def _compare(review: Any, case: Case, lines: list[Line]) -> None:
    """Compare what the rules say with what the token's own events say."""
    actual = paid_out(review, case.id)
    expected = net(line for line in lines if line.amount > 0)
    wrong = [who for who in expected | actual if expected.get(who, 0) != actual.get(who, 0)]
    if wrong:
        told = [(who, format_lvo(actual.get(who, 0)), format_lvo(expected.get(who, 0))) for who in wrong]
        raise ScriptError("\n".join(f"{who} was paid {paid} LVO, and the rules say {due}." for who, paid, due in told))
    say(f"All {len(expected)} payments are what the rules say, to the wei.", style="green")


def _withdraw(review: Any, account: Any, named: str = "") -> None:
    who = web3.to_checksum_address(named) if named else str(account.address)
    credit = int(review.credits(who))
    if not credit:
        raise ScriptError(f"{who} has no credit. Nothing was sent.")
    send(review.withdraw, who, sender=account)
    say(f"{who} was paid its credit of {format_lvo(credit)} LVO.")


def _status(review: Any, case: Case) -> None:
    say(f"0x{case.id.hex()} of {case.author}: {WORDS[case.status]}", style="bold")
    say(f"Known since {describe_time(case.since)}; {format_lvo(case.stake)} LVO staked; "
        f"{'everyone was paid' if case.settled else 'not settled'}.")  # fmt: skip
    for words, moment in _windows(review, case):
        say(f"{words} {describe_time(moment)}")
    for number, (seats, votes) in enumerate(zip(case.seats, case.votes, strict=True), 1):
        rows = [
            (seat, who, format_lvo(held), PLAIN[vote])
            for seat, ((who, held), vote) in enumerate(zip(seats, votes, strict=True))
        ]
        table(f"Round {number}", ("seat", "reviewer", "bid, LVO", "vote"), rows, ("seat", "bid, LVO"))


def _windows(review: Any, case: Case) -> list[tuple[str, int]]:
    """The ends of the windows that are still open, if the panel is full."""
    terms = read_terms(review)
    if case.status == Status.BIDDING:
        return [("Bids until", case.closes_at)]
    moment = case.closes_at
    ends = []
    for status, words, window in (
        (Status.COMMITTING, "Commitments until", terms.commit_window),
        (Status.REVEALING, "Reveals until", terms.reveal_window),
        (Status.APPEALABLE, "Appeals until", terms.appeal_window),
    ):
        moment += window
        if case.status <= status:
            ends.append((words, moment))
    return ends[: len(ends) - (case.round == terms.appeals and case.status < Status.APPEALABLE)]


STORY = (
    "Submitted", "BidPlaced", "CloseMoved", "Credited", "Committed", "Revealed", "LeakProved", "Appealed",
    "PanelSettled", "Settled",
)  # fmt: skip


def _watch(review: Any, id: bytes) -> None:
    read_case(review, id)
    first = 0
    while True:
        block = int(web3.eth.block_number)
        for log, told in told_by(review, STORY, id, first=first):
            moment = describe_time(int(web3.eth.get_block(log["blockNumber"])["timestamp"]))
            facts = ", ".join(f"{name} {_plain(value)}" for name, value in told.items() if name not in ("id", "event"))
            say(f"{moment}  {told['event']}: {facts}")
        case = read_case(review, id)
        if case.settled or is_development():
            say(f"Now: {WORDS[case.status]}.")
            return
        first = block + 1
        time.sleep(POLL)


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()[:16] + "…"
    return format_lvo(value) if isinstance(value, int) and value > 10**9 * 10 else str(value)


def _verify(review: Any, path: Path) -> None:
    made = hash_file(path)
    say(f"SHA-256 0x{made.sha256.hex()}, {made.size:,} bytes")
    found = told_by(review, ("Submitted",), content=made.sha256)
    if not found:
        raise ScriptError(f"Nobody has submitted this file to {review.address}.")
    rows, published = [], False
    for _, told in sorted(found, key=lambda row: int(row[1]["since"])):
        case = read_case(review, bytes(told["id"]))
        published = published or case.status == Status.PUBLISHED
        rows.append((
            case.author, describe_time(case.since), WORDS[case.status], _revision(review, bytes(told["id"])),
            "0x" + case.id.hex(),
        ))  # fmt: skip
    table("Submissions of exactly this file, who knew it first on top",
          ("author", "since", "status", "revision", "id"), rows, ("revision",))  # fmt: skip
    if not published:
        raise ScriptError("None of them is published.")
    say("This file is published, unchanged to the bit.", style="green")


def _revision(review: Any, id: bytes) -> int:
    """Which revision a submission is: 1 for one without a parent."""
    number = 1
    while True:
        (_, told), *_ = told_by(review, ("Submitted",), id)
        id = bytes(told["parent"])
        if id == NOTHING:
            return number
        number += 1


# ------------------------------------------------------------------------------------------------------- the demo


def _demo() -> None:
    people = {name: _actor(name) for name in ("author", "briber", "reader", "editor", "commons")}
    reviewers = [_actor(f"reviewer {number}") for number in range(1, 22)]
    step("1  A token, a place of review, and people with LVO")
    bank = _account()
    token = send(brownie.LVOToken, bank, sender=bank).contract
    terms = Terms(str(people["commons"].address))
    settings = (token.address, *(getattr(terms, name) for name in terms.__dataclass_fields__))
    review = send(brownie.ContentReview, settings, sender=bank).contract
    os.environ["LVO_REVIEW"] = str(review.address)
    rows = [(each.address, 100_000 * LVO) for each in (*people.values(), *reviewers)]
    send(token.transferBatch, rows, sender=bank)
    say(f"ContentReview {review.address}; stake and bids from {format_lvo(terms.min_stake)} and "
        f"{format_lvo(terms.min_bid)} LVO on.")  # fmt: skip

    step("2  An honest report: sealed, submitted, judged, published")
    DEMO.mkdir(parents=True, exist_ok=True)
    honest, bought = DEMO / "report.txt", DEMO / "advertorial.txt"
    honest.write_text("Water levels at the dam, measured every hour for a week.\n")
    bought.write_text("Nothing beats our miracle cure.\n")
    reasons = DEMO / "reasons.txt"
    reasons.write_text("The readings agree with those of the two stations downstream.\n")
    _announce(review, people["author"], honest)
    first = _submit(review, people["author"], honest, terms.min_stake, "ipfs://report")
    _round(review, first, reviewers[:7], "yyyyyyn", str(reasons))
    published = _close_case(review, first, people["reader"])
    _verify(review, honest)

    step("3  A bought first panel: five seats say yes for money, two honest ones say no")
    second = _submit(review, people["briber"], bought, terms.min_stake, "ipfs://advertorial")
    _round(review, second, reviewers[:7], "yyyyynn")
    _status(review, read_case(review, second))
    step("4  A reader appeals, and seven others reject; an editor appeals against the tie, and seven more reject")
    _appeal(review, people["reader"], read_case(review, second))
    _round(review, second, reviewers[7:14], "nnnnnnn")
    _appeal(review, people["editor"], read_case(review, second))
    _round(review, second, reviewers[14:21], "nnnnny-")
    rejected = _close_case(review, second, people["reader"])

    step("5  Why nobody is paid for corruption")
    names = {str(each.address): name for name, each in people.items()}
    names |= {str(each.address): f"reviewer {number}" for number, each in enumerate(reviewers, 1)}
    document = _document(review, [(first, "An honest report", published), (second, "A bought panel", rejected)], names)
    write_file(REPORT.with_suffix(".json"), json.dumps(document, indent=1).encode() + b"\n")
    write_file(REPORT.with_suffix(".html"), render(document).encode())
    left = int(token.balanceOf(review.address))
    if left:
        raise ScriptError(f"{format_lvo(left)} LVO stayed in the contract, which owes nobody anything.")
    say("The contract owes nobody anything and holds nothing.", style="green")
    say(f"{REPORT.with_suffix('.html').relative_to(ROOT)} says who got what, and why.")


def _actor(name: str) -> Any:
    """A person of the demo: a key that everybody can compute, with ether of the development chain."""
    account = accounts.add(Account.from_key(keccak(text=f"LIVE VIDEO demo, {name}")).key.hex())
    web3.provider.make_request(RPCEndpoint("evm_setAccountBalance"), [str(account.address), hex(10**20)])
    return account


def _round(review: Any, id: bytes, people: list[Any], votes: str, reasons: str = "") -> None:
    """Let seven bid, commit and reveal; a dash is a reviewer who does not reveal."""
    terms = read_terms(review)
    case = read_case(review, id)
    least = terms.min_bid * terms.bid_factor**case.round
    for number, who in enumerate(people):
        _bid(review, who, read_case(review, id), least + number * 10 * LVO)
    chain.mine(timestamp=case.closes_at)
    send(review.equalise, id, sender=people[0])
    case = read_case(review, id)
    for who, letter in zip(people, votes, strict=True):
        if letter != "-":
            _commit(review, who, case, "yes" if letter == "y" else "no", reasons)
    chain.mine(timestamp=case.closes_at + terms.commit_window)
    _reveal(review, read_case(review, id), people[0])
    chain.mine(timestamp=case.closes_at + terms.commit_window + terms.reveal_window)
    for who in people[1:]:
        if int(review.credits(who.address)):
            _withdraw(review, who)


def _close_case(review: Any, id: bytes, account: Any) -> list[Line]:
    """Wait for the end and settle."""
    case = read_case(review, id)
    if case.status == Status.APPEALABLE:
        chain.mine(timestamp=int(web3.eth.get_block("latest")["timestamp"]) + read_terms(review).appeal_window)
    case = read_case(review, id)
    say(f"{WORDS[case.status]}, by the time alone: no transaction was needed for that.")
    return _finalise(review, account, case)


def _document(review: Any, cases: list[tuple[bytes, str, list[Line]]], names: dict[str, str]) -> dict[str, Any]:
    """The report as data: amounts in decimal strings of wei, times in Unix seconds."""
    made = []
    for id, title, lines in cases:
        case = read_case(review, id)
        rounds = read_rounds(review, case)
        submitted = told_by(review, ("Submitted",), id)[0][1]
        made.append({
            "title": title,
            "id": "0x" + id.hex(),
            "author": case.author,
            "content": "0x" + bytes(submitted["contentHash"]).hex(),
            "uri": submitted["uri"],
            "since": case.since,
            "stake": str(case.stake),
            "outcome": WORDS[case.status].capitalize(),
            "rounds": [
                {
                    "payer": each.payer,
                    "verdict": PLAIN[each.verdict] if each.verdict else "none",
                    "seats": [
                        {"reviewer": who, "collateral": str(held), "vote": PLAIN[vote]}
                        for who, held, vote, _ in each.seats
                    ],
                }
                for each in rounds
            ],
            "lines": [
                {"who": line.who, "amount": str(line.amount), "round": line.round, "why": line.why} for line in lines
            ],
        })  # fmt: skip
    return {
        "schema": "live-video/review-report/1",
        "chain": {"id": int(web3.eth.chain_id), "block": int(web3.eth.block_number)},
        "contract": str(review.address),
        "time": int(web3.eth.get_block("latest")["timestamp"]),
        "names": names,
        "cases": made,
    }
