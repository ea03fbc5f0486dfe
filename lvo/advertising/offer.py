"""Offers of campaigns: a draft in YAML, the typed data that advertiser and settler sign, and its words.

An offer file is JSON: the EIP-712 message as wallets take it (``eth_signTypedData_v4``), and the signatures so far. Its
numbers are text, because wallets that read numbers as floats would sign others. It is read by building the message
again from its own terms, so no field can say something else than what is signed.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar

from lvo.merkle import keccak256
from lvo.models.ads import BPS, Campaign
from lvo.plan.document import Node, read_document
from lvo.plan.fields import parse_address, parse_amount, parse_duration, parse_share, parse_time
from lvo.plan.mistakes import Mistakes
from lvo.rewards.rows import RewardsError
from lvo.typed_data import AD_TYPES, ad_message
from lvo.units import format_lvo

SIDES = ("advertiser", "settler")
KEYS = ("chain", "ledger", "advertiser", "arbiter", "budget", "price", "viewer", "publisher", "epoch_cap", "viewer_cap",
        "start", "end", "late", "silent", "open_by")  # fmt: skip
T = TypeVar("T")


class OfferError(RewardsError):
    """An offer file from which nothing can be done; the message says why."""


@dataclass(frozen=True)
class Draft:
    """What an advertiser writes down; times in Unix seconds, amounts in wei, the cap of an epoch in whole LVO."""

    chain_id: int
    ledger: str
    advertiser: str
    arbiter: str
    budget: int
    price: int
    viewer_part: int
    publisher_part: int
    epoch_cap: int
    viewer_cap: int
    start: int
    end: int
    late: int
    silent_bps: int
    open_by: int
    criteria_hash: bytes

    def terms(self, epoch_length: int, salt: bytes) -> Campaign:
        """Return the terms in a ledger whose epochs are so many seconds long.

        The epoch in which the start lies counts, and so does the one in which the end lies; the late window is rounded
        up to whole epochs, one at least.
        """
        return Campaign(
            advertiser=self.advertiser.lower(),
            arbiter=self.arbiter.lower(),
            budget=self.budget,
            price=self.price,
            viewer_part=self.viewer_part,
            publisher_part=self.publisher_part,
            epoch_cap=self.epoch_cap,
            start=self.start // epoch_length,
            end=-(-self.end // epoch_length),
            late_epochs=max(1, -(-self.late // epoch_length)),
            silent_bps=self.silent_bps,
            viewer_cap=self.viewer_cap,
            open_by=self.open_by,
            criteria_hash=self.criteria_hash,
            salt=salt,
        )


def read_draft(path: Path) -> Draft:
    """Read a draft.

    Amounts are in LVO, the parts of viewer and publisher amounts or shares of the price; `criteria` names a file whose
    hash is signed.

    Raises
    ------
    PlanError
        With every mistake at once, each with its line.
    """
    mistakes = Mistakes()
    keys = read_document(path).keys(mistakes, KEYS, ("criteria",))

    def read(key: str, parse: Callable[[str], T], default: T) -> T:
        node: Node | None = keys.get(key)
        text = None if node is None else node.text(mistakes)
        value = None if node is None or text is None else mistakes.read(node.place, parse, text)
        return default if value is None else value

    price = read("price", parse_amount, 0)

    def part(text: str) -> int:
        return price * parse_share(text) // BPS if text.endswith(("%", "bps")) else parse_amount(text)

    criteria = keys.get("criteria")
    made = Draft(
        chain_id=read("chain", _whole, 0),
        ledger=read("ledger", parse_address, ""),
        advertiser=read("advertiser", parse_address, ""),
        arbiter=read("arbiter", parse_address, ""),
        budget=read("budget", parse_amount, 0),
        price=price,
        viewer_part=read("viewer", part, 0),
        publisher_part=read("publisher", part, 0),
        epoch_cap=read("epoch_cap", _whole, 0),
        viewer_cap=read("viewer_cap", _whole, 0),
        start=read("start", parse_time, 0),
        end=read("end", parse_time, 0),
        late=read("late", parse_duration, 0),
        silent_bps=read("silent", parse_share, 0),
        open_by=read("open_by", parse_time, 0),
        criteria_hash=bytes(32) if criteria is None else _hash_of(path, criteria, mistakes),
    )
    limits = {"budget": 96, "price": 72, "epoch_cap": 24, "viewer_cap": 64, "open_by": 40}
    for key, bits in limits.items():
        if key in keys and getattr(made, key) >= 1 << bits:
            mistakes.add(keys[key].place, f"this is too much: it must be below 2^{bits}")
    if "price" in keys and made.price == 0:
        mistakes.add(keys["price"].place, "a unit must cost something")
    if "publisher" in keys and made.viewer_part + made.publisher_part > made.price:
        mistakes.add(keys["publisher"].place, "the parts of viewer and publisher are more than the price")
    if "end" in keys and made.end <= made.start:
        mistakes.add(keys["end"].place, "the end must be later than the start")
    mistakes.raise_if_any()
    return made


def _hash_of(path: Path, node: Node, mistakes: Mistakes) -> bytes:
    name = node.text(mistakes)
    if name is None:
        return bytes(32)
    try:
        return keccak256(path.parent.joinpath(name).read_bytes())
    except OSError as error:
        mistakes.add(node.place, f"{name} cannot be read: {error.strerror}")
        return bytes(32)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is not a whole number: write digits only")
    return int(text)


@dataclass(frozen=True)
class Offer:
    """A campaign for a ledger on a chain, with the signatures so far, by side."""

    chain_id: int
    ledger: str
    terms: Campaign
    signatures: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def id(self) -> bytes:
        """The campaign's id, 32 bytes."""
        return self.terms.id(self.chain_id, self.ledger.lower())

    @property
    def message(self) -> dict[str, Any]:
        """What is signed, as ``eth_signTypedData_v4`` takes it."""
        return ad_message("Campaign", self.chain_id, self.ledger, **self.terms.fields())

    def to_json(self) -> bytes:
        """Write the offer file."""
        signatures = {side: "0x" + signature.hex() for side, signature in self.signatures.items()}
        return json.dumps({**self.typed_data(), "signatures": signatures}, indent=2).encode() + b"\n"

    def typed_data(self) -> dict[str, Any]:
        """Return the message as JSON has it: bytes in hexadecimal, numbers as text."""
        message = self.message
        return {**message, "message": {name: _text(value) for name, value in message["message"].items()}}


def _text(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def read_offer(path: Path) -> Offer:
    """Read an offer file.

    Raises
    ------
    OfferError
        If it is not one, or says something else than what its terms are.
    """
    try:
        document = json.loads(path.read_text())
        values: list[Any] = []
        for member in AD_TYPES["Campaign"].split(","):
            kind, name = member.split()
            value = document["message"][name]
            if kind == "bytes32":
                value = bytes.fromhex(value.removeprefix("0x"))
            values.append(int(value) if "int" in kind else value)
        domain = document["domain"]
        signatures = {
            side: bytes.fromhex(text.removeprefix("0x")) for side, text in document.get("signatures", {}).items()
        }
        made = Offer(int(domain["chainId"]), str(domain["verifyingContract"]), Campaign(*values), signatures)
        if made.typed_data() != {key: value for key, value in document.items() if key != "signatures"}:
            raise ValueError
        _ = made.id
    except OSError as error:
        raise OfferError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise OfferError(f"{path} is not an offer of a campaign, or was changed by hand: draft it again.") from None
    return made


def words(terms: Campaign, epoch_length: int) -> list[tuple[str, str]]:
    """Say what a campaign is, as rows of what and how much, for people to read before they sign."""

    def day(epoch: int) -> str:
        return datetime.fromtimestamp(epoch * epoch_length, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")

    opened = datetime.fromtimestamp(terms.open_by, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return [
        ("advertiser pays", terms.advertiser),
        ("budget, escrowed", f"{format_lvo(terms.budget)} LVO"),
        ("price of a unit of attention", f"{format_lvo(terms.price)} LVO"),
        ("  to the viewer", f"{format_lvo(terms.viewer_part)} LVO"),
        ("  to the publisher", f"{format_lvo(terms.publisher_part)} LVO"),
        ("  to the platform", f"{format_lvo(terms.platform_part)} LVO"),
        ("units that the budget buys", f"{terms.budget // terms.price:,}"),
        ("at most in an epoch", f"{terms.epoch_cap:,} LVO"),
        ("units of one viewer in an epoch", f"{terms.viewer_cap:,} at most"),
        ("counts from", f"{day(terms.start)}, epoch {terms.start}"),
        ("counts until", f"{day(terms.end)}, epoch {terms.end}"),
        ("then the rest goes home from", f"{day(terms.end + terms.late_epochs)}"),
        ("arbiter", terms.arbiter),
        ("stands if the arbiter is silent", f"{terms.silent_bps / 100:g} % of what is contested"),
        ("offer ends", opened),
        ("criteria", "none" if terms.criteria_hash == bytes(32) else f"hash 0x{terms.criteria_hash.hex()}"),
    ]
