"""What the verbs of ``review`` do: find the contract, read a case, sign for salts, make votes again from the chain."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brownie
from brownie import web3
from eth_account import Account
from eth_utils.address import to_checksum_address
from web3.exceptions import BadFunctionCallOutput, ContractLogicError
from web3.logs import DISCARD
from web3.types import RPCEndpoint

from lvo.content import NOTHING, Ballot
from lvo.content.files import Fingerprint, fingerprint
from lvo.content.settlement import Round
from lvo.content.votes import recover, salt_message, salt_of, seal_message
from lvo.models.review import SEATS, Choice, Status, Terms
from lvo.typed_data import sign
from scripts.support.chain import events
from scripts.support.console import ScriptError, progress
from scripts.support.records import read_record
from scripts.support.sending import attach, signers

WORDS = (
    "never submitted", "open for bids", "votes are committed to", "votes are revealed", "can be appealed",
    "PUBLISHED", "REJECTED", "INCONCLUSIVE", "UNREVIEWED",
)  # fmt: skip
"""A status in words."""
PLAIN = ("no vote", "yes", "no", "leaked")
"""A choice in words."""
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Case:
    """A submission as the chain has it.

    Attributes
    ----------
    votes
        Of every round: the choice of each seat, by its number.
    seats
        Of every round: reviewer and bid in wei, as far as they are taken.
    closes_at
        When the bidding of the present round ends, Unix seconds.
    """

    id: bytes
    author: str
    stake: int
    since: int
    status: Status
    round: int
    closes_at: int
    settled: bool
    seats: tuple[tuple[tuple[str, int], ...], ...]
    votes: tuple[tuple[int, ...], ...]

    @property
    def present(self) -> tuple[tuple[str, int], ...]:
        """The seats of the present round."""
        return self.seats[-1]


def find_review() -> Any:
    """Return the contract that ``LVO_REVIEW`` names, or the record of this chain."""
    here = int(web3.eth.chain_id)
    address = os.environ.get("LVO_REVIEW")
    if not address:
        record = read_record(here) or {"contracts": {}}
        address = record["contracts"].get("ContentReview", {}).get("address")
    if not address:
        raise ScriptError(f"No ContentReview is known on chain {here}: name its address in LVO_REVIEW.")
    if not web3.eth.get_code(to_checksum_address(address)):
        raise ScriptError(f"There is no contract at {address} on chain {here}: the address or the network is wrong.")
    try:
        terms = web3.eth.contract(address=to_checksum_address(address), abi=brownie.ContentReview.abi).functions.terms()
        terms.call()
    except (ContractLogicError, BadFunctionCallOutput, ValueError):
        raise ScriptError(f"The contract at {address} is not a ContentReview: the address is wrong.") from None
    return attach(brownie.ContentReview, to_checksum_address(address))


def parse_id(text: str) -> bytes:
    """Read the id of a submission."""
    try:
        made = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        made = b""
    if len(made) != len(NOTHING):
        raise ScriptError(f"{text!r} is no id: 0x and 64 digits, as submit has told it.")
    return made


def read_case(review: Any, id: bytes) -> Case:
    """Read a submission; a :class:`ScriptError` if there is none."""
    author, stake = review.authorOf(id)
    if not int(stake):
        raise ScriptError(f"Nobody has submitted 0x{id.hex()} to {review.address}.")
    since, _, _, votes, _, round_, _, _, settled = review.courseOf(id)
    seats = [
        tuple((str(who), int(bid)) for who, bid in review.seatsOf(id, number) if int(bid))
        for number in range(int(round_) + 1)
    ]
    choices = [
        tuple(int(votes) >> (2 * SEATS * number + 2 * seat) & 3 for seat in range(len(row)))
        for number, row in enumerate(seats)
    ]
    return Case(
        id, str(author), int(stake), int(since), Status(int(review.statusOf(id))), int(round_),
        int(review.closeOf(id)), bool(settled), tuple(seats), tuple(choices),
    )  # fmt: skip


def expect(case: Case, wanted: Status, doing: str) -> None:
    """Refuse, in a sentence, what cannot be done now."""
    if case.status != wanted:
        raise ScriptError(
            f"{doing} is for a submission that is {WORDS[wanted]}, and this one is {WORDS[case.status]}. "
            "Nothing was sent."
        )


# ----------------------------------------------------------------------------------------------------------- files


def hash_file(path: Path) -> Fingerprint:
    """Hash a file, with a bar where it is large."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise ScriptError(f"There is no file {path}.") from None
    if size < 64 * MEBIBYTE:
        return fingerprint(path)
    with progress() as bar:
        task = bar.add_task(f"hashing {path.name}, MiB", total=size // MEBIBYTE)
        return fingerprint(path, lambda read: bar.update(task, completed=read // MEBIBYTE))


# ----------------------------------------------------------------------------------------------------------- salts


def sign_typed(account: Any, message: dict[str, Any]) -> bytes:
    """Sign typed data with one of Brownie's accounts: by its key here, or by the node that keeps it."""
    key = getattr(account, "private_key", None)
    if key is not None:
        return sign(message, Account.from_key(key))
    plain = json.loads(json.dumps(message, default=lambda value: "0x" + value.hex()))
    answer: Any = web3.provider.make_request(RPCEndpoint("eth_signTypedData_v4"), [str(account.address), plain])
    if "error" in answer:
        raise ScriptError(f"The node cannot sign for {account.address}: {answer['error'].get('message')}.")
    return bytes.fromhex(str(answer["result"]).removeprefix("0x"))


def vote_salt(review: Any, account: Any, id: bytes, round: int) -> bytes:
    """Make the salt of an account's vote from its signature."""
    chain_id, who = int(web3.eth.chain_id), str(account.address).lower()
    return salt_of(sign_typed(account, salt_message(chain_id, str(review.address).lower(), id, round, who)))


def seal_salt(review: Any, account: Any, content: bytes) -> bytes:
    """Make the salt of an account's seal from its signature."""
    chain_id, who = int(web3.eth.chain_id), str(account.address).lower()
    return salt_of(sign_typed(account, seal_message(chain_id, str(review.address).lower(), who, content)))


class WithNote:
    """A method of a contract whose calldata is followed by some bytes that the contract does not read."""

    def __init__(self, method: Any, note: bytes) -> None:
        self._method, self._note = method, note
        self._name, self._address, self.abi = method._name, method._address, method.abi

    def encode_input(self, *arguments: Any) -> str:
        """Encode the call with the note behind it."""
        return str(self._method.encode_input(*arguments)) + self._note.hex()


def own_ballots(review: Any, case: Case) -> Iterator[tuple[str, Ballot]]:
    """Make the votes again that accounts which can sign here have committed to and not revealed, from the chain."""
    able = signers()
    for seat, (reviewer, _) in enumerate(case.present):
        account = able.get(reviewer)
        commitment = bytes(review.commitmentOf(case.id, case.round, reviewer))
        if account is None or commitment == NOTHING:
            continue
        ballot = recover(
            commitment,
            _note(review, case, reviewer, commitment),
            vote_salt(review, account, case.id, case.round),
            chain_id=int(web3.eth.chain_id),
            contract=str(review.address).lower(),
            submission=case.id,
            round=case.round,
            reviewer=reviewer.lower(),
            seat=seat,
        )
        if ballot is None:
            raise ScriptError(f"The vote of {reviewer} was committed to by another tool: reveal it with that one.")
        yield reviewer, ballot


def _note(review: Any, case: Case, reviewer: str, commitment: bytes) -> bytes:
    """What follows the arguments of the transaction that committed."""
    for log, told in told_by(review, ("Committed",), case.id):
        if told["account"] == reviewer and told["commitment"] == commitment:
            return bytes(web3.eth.get_transaction(log["transactionHash"])["input"])[4 + 2 * len(NOTHING) :]
    return b""


# ---------------------------------------------------------------------------------------------------------- events


def told_by(
    review: Any, names: tuple[str, ...], id: bytes | None = None, content: bytes | None = None, first: int = 0
) -> list[tuple[Any, dict[str, Any]]]:
    """Return the logs of some events with their arguments, oldest first.

    Parameters
    ----------
    id
        Of one submission; of all if None.
    content
        Of one content hash, for Submitted.
    first
        The block to begin with.
    """
    decoder = web3.eth.contract(abi=review.abi)
    by_topic = {"0x" + decoder.events[name]().topic.removeprefix("0x"): decoder.events[name]() for name in names}
    topics: list[Any] = [list(by_topic), None if id is None else "0x" + id.hex()]
    if content is not None:
        topics += [None, "0x" + content.hex()]
    found = []
    for log in events(str(review.address), first, int(web3.eth.block_number), topics):
        event = by_topic["0x" + log["topics"][0].hex().removeprefix("0x")]
        found += [(log, dict(event.process_log(log)["args"]) | {"event": event.event_name})]
    return found


# ---------------------------------------------------------------------------------------------------------- the end


def read_rounds(review: Any, case: Case) -> list[Round]:
    """Read the rounds of a submission, for the explanation of who gets what."""
    finders = {
        (told["reviewer"], told["seat"]): told["finder"] for _, told in told_by(review, ("LeakProved",), case.id)
    }
    rounds = []
    for number, (seats, votes) in enumerate(zip(case.seats, case.votes, strict=True)):
        payer = case.author if number == 0 else str(review.appellantOf(case.id, number))
        rows = tuple(
            (who, held, Choice(vote), finders.get((who, seat), ""))
            for seat, ((who, held), vote) in enumerate(zip(seats, votes, strict=True))
        )
        rounds.append(Round(payer, rows))
    return rounds


def read_terms(review: Any) -> Terms:
    """Read what the contract was made with."""
    _, commons, *numbers = review.terms()
    return Terms(str(commons), *map(int, numbers))


def paid_out(review: Any, id: bytes) -> dict[str, int]:
    """Return what the settlement of a submission paid to each account, in wei, by the token's own events."""
    settled = told_by(review, ("Settled",), id)
    if not settled:
        raise ScriptError(f"Nobody has finalised 0x{id.hex()} yet.")
    receipt = web3.eth.get_transaction_receipt(settled[0][0]["transactionHash"])
    token = web3.eth.contract(address=review.LVO(), abi=brownie.LVOToken.abi)
    sums: dict[str, int] = {}
    for log in token.events.Transfer().process_receipt(receipt, errors=DISCARD):
        if log["args"]["from"] == review.address:
            sums[log["args"]["to"]] = sums.get(log["args"]["to"], 0) + int(log["args"]["value"])
    return sums
