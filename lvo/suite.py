"""The whole suite as a list of deployments whose addresses are known before the first of them.

A contract's address follows from who deploys it and from that account's nonce (the yellow paper, section 7: the last 20
bytes of ``keccak(rlp(sender, nonce))``). So contracts that name each other need no set-up call after their deployment,
and nobody ever holds a role that has to be given up.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import rlp
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from lvo.plan import BUCKETS, Plan
from lvo.plan.document import Node, read_document
from lvo.plan.fields import parse_address, parse_amount, parse_duration, parse_share
from lvo.plan.mistakes import Mistakes
from lvo.plan.model import shift
from lvo.units import MONTH

NOBODY = "0x" + "00" * 20
GUARD_MONTHS = 12
"""How long after the genesis the council can cancel what waits in the timelock, in months."""
STREAMS = ("promotion", "exchange", "clicks", "advertising")
"""The streams of rewards, each a ledger of its own; the first two live on the pools of their names, the last is made by
the advertising ledger."""


MADE = {"LVOToken": "GenesisDistribution", f"RewardLedger.{STREAMS[-1]}": "AdLedger"}
"""Contracts that another contract of the suite makes, as the first that it makes, and which."""


@dataclass(frozen=True)
class Ref:
    """The address of another contract of the suite, by its key."""

    key: str


@dataclass(frozen=True)
class Step:
    """One deployment.

    Attributes
    ----------
    key
        Its name in the suite, such as ``RewardLedger.promotion``.
    contract
        What is deployed.
    arguments
        Of the constructor; addresses of other contracts of the suite as :class:`Ref`.
    """

    key: str
    contract: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Governance:
    """How holders decide: times in seconds, votes in wei, the quorum's share in basis points."""

    voting_delay: int
    voting_period: int
    late_quorum: int
    quorum: int
    threshold: int
    quorum_floor: int
    timelock_delay: int


@dataclass(frozen=True)
class Stream:
    """A stream of rewards: who proposes its lists, and how many seconds each of them waits."""

    operator: str
    delay: int


@dataclass(frozen=True)
class Content:
    """How content is staked and judged, as ``IContentReview.Terms`` says it: wei, seconds, counts, basis points."""

    min_stake: int
    min_bid: int
    bidding_window: int
    snipe_window: int
    snipe_cap: int
    commit_window: int
    reveal_window: int
    appeal_window: int
    appeals: int
    bid_factor: int
    step: int
    fee: int
    bond: int
    reject: int
    no_show: int
    minority: int
    refund: int


@dataclass(frozen=True)
class Advertising:
    """How attention is booked, as ``IAdLedger.Rules`` says it: seconds, basis points."""

    epoch_length: int
    bond: int
    objection_window: int
    ruling_window: int


@dataclass(frozen=True)
class Suite:
    """What a suite is made of, as its file says.

    Attributes
    ----------
    chains
        Chain ids that it is meant for.
    distribution
        The plan of its genesis.
    council
        Guards the ledgers, and the timelock in the first year.
    streams
        By their names, all of :data:`STREAMS`; the operator of the last is the settler of advertising.
    """

    name: str
    chains: tuple[int, ...]
    distribution: Path
    council: str
    governance: Governance
    streams: Mapping[str, Stream]
    content: Content
    advertising: Advertising

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all deployments, in their order."""
        ledgers = (f"RewardLedger.{name}" for name in STREAMS[:-1])
        rooms = ("AdLedger", "RetailEscrow", "ContentReview", "TipJar")
        return ("CouncilGuard", "LVOTimelock", "GenesisDistribution", "LVOGovernor", *ledgers, *rooms)

    def addresses(self, deployer: str, nonce: int) -> dict[str, str]:
        """Return where every contract will be, also those that others make, if ``deployer`` begins with ``nonce``."""
        found = {key: created_address(deployer, nonce + index) for index, key in enumerate(self.keys)}
        return found | {key: created_address(found[maker], 1) for key, maker in MADE.items()}

    def steps(self, plan: Plan, genesis: int) -> tuple[Step, ...]:
        """Return all deployments.

        Parameters
        ----------
        plan
            The distribution's, its holders' addresses known.
        genesis
            When its curves begin, Unix seconds.
        """
        terms = self.governance
        buckets = []
        for bucket in plan.buckets:
            curve = shift(bucket.schedule, genesis)
            buckets.append((bucket.holder.address, (curve.start, curve.cliff, curve.end, curve.initial_bps)))
        votes = (
            *(Ref("GenesisDistribution"), Ref("LVOTimelock"), terms.voting_delay, terms.voting_period),
            *(terms.late_quorum, terms.quorum, terms.threshold, terms.quorum_floor),
        )
        made = [
            Step("CouncilGuard", "CouncilGuard", (self.council, Ref("LVOTimelock"), genesis + GUARD_MONTHS * MONTH)),
            Step("LVOTimelock", "LVOTimelock", (terms.timelock_delay, Ref("LVOGovernor"), Ref("CouncilGuard"))),
            Step("GenesisDistribution", "GenesisDistribution", (tuple(buckets),)),
            Step("LVOGovernor", "LVOGovernor", (votes,)),
            *(Step(f"RewardLedger.{name}", "RewardLedger", (self._stream(name),)) for name in STREAMS[:-1]),
            Step("AdLedger", "AdLedger", (self._stream(STREAMS[-1]), astuple(self.advertising))),
            Step("RetailEscrow", "RetailEscrow", (Ref("LVOToken"),)),
            Step("ContentReview", "ContentReview", ((Ref("LVOToken"), Ref("LVOTimelock"), *astuple(self.content)),)),
            Step("TipJar", "TipJar", (Ref("LVOToken"),)),
        ]
        assert tuple(step.key for step in made) == self.keys
        return tuple(made)

    def _stream(self, name: str) -> tuple[Any, ...]:
        """The terms of a stream's ledger."""
        pools = {facts.key: facts.id for facts in BUCKETS}
        source = (Ref("GenesisDistribution"), pools[name]) if name in pools else (NOBODY, 0)
        stream, timelock = self.streams[name], Ref("LVOTimelock")
        return (Ref("LVOToken"), *source, stream.operator, self.council, timelock, timelock, stream.delay)


def created_address(sender: str, nonce: int) -> str:
    """Return the address of the contract that ``sender`` creates with ``nonce``, with its checksum."""
    return str(to_checksum_address(keccak(rlp.encode([bytes.fromhex(sender[2:]), nonce]))[-20:]))


def resolve(value: Any, addresses: Mapping[str, str]) -> Any:
    """Put addresses in the place of every :class:`Ref` of a constructor's arguments."""
    if isinstance(value, Ref):
        return addresses[value.key]
    if isinstance(value, list | tuple):
        return tuple(resolve(each, addresses) for each in value)
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is not a number: write digits only")
    return int(text)


def _bps(text: str) -> int:
    """Read a percentage that may be more than the whole."""
    number, _, sign = text.rpartition("%")
    if sign or not number.strip().isdigit():
        raise ValueError(f"{text!r} is not a percentage: write whole percents such as 100 %")
    return int(number) * 100


def _chain(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ValueError(f"{text!r} is not a chain id: write a number such as 11155111")
    return int(text)


_GOVERNANCE: dict[str, Callable[[str], int]] = {
    "voting_delay": parse_duration,
    "voting_period": parse_duration,
    "late_quorum": parse_duration,
    "quorum": parse_share,
    "threshold": parse_amount,
    "quorum_floor": parse_amount,
    "timelock_delay": parse_duration,
}


_CONTENT: dict[str, Callable[[str], int]] = {
    "min_stake": parse_amount,
    "min_bid": parse_amount,
    "bidding_window": parse_duration,
    "snipe_window": parse_duration,
    "snipe_cap": parse_duration,
    "commit_window": parse_duration,
    "reveal_window": parse_duration,
    "appeal_window": parse_duration,
    "appeals": _count,
    "bid_factor": _count,
    "step": parse_share,
    "fee": parse_share,
    "bond": _bps,
    "reject": parse_share,
    "no_show": parse_share,
    "minority": parse_share,
    "refund": parse_share,
}
_ADVERTISING: dict[str, Callable[[str], int]] = {
    "epoch_length": parse_duration,
    "bond": parse_share,
    "objection_window": parse_duration,
    "ruling_window": parse_duration,
}
_ROOMS = {"content": _CONTENT, "advertising": _ADVERTISING}


def read_suite(path: Path | str) -> Suite:
    """Read the file of a suite, YAML.

    Raises
    ------
    PlanError
        If anything is wrong, with every mistake that was found, each with its line and field.
    """
    path, mistakes = Path(path), Mistakes()
    document = read_document(path)
    keys = document.keys(mistakes, ("name", "chains", "distribution", "council", "governance", "ledgers", *_ROOMS))

    def value(node: Node | None, parse: Callable[[str], Any]) -> Any:
        text = node.text(mistakes) if node else None
        return None if node is None or text is None else mistakes.read(node.place, parse, text)

    chains = [value(item, _chain) for item in keys["chains"].items(mistakes)] if "chains" in keys else []
    governance = _fields(keys.get("governance"), _GOVERNANCE, mistakes)
    rooms = {name: _fields(keys.get(name), parsers, mistakes) for name, parsers in _ROOMS.items()}
    streams: dict[str, dict[str, Any]] = {}
    ledgers = keys["ledgers"].keys(mistakes, STREAMS) if "ledgers" in keys else {}
    for name, node in ledgers.items():
        streams[name] = _fields(node, {"operator": parse_address, "delay": parse_duration}, mistakes)
    name, distribution = value(keys.get("name"), str), value(keys.get("distribution"), str)
    council = value(keys.get("council"), parse_address)
    mistakes.raise_if_any()
    return Suite(
        name,
        tuple(chains),
        path.parent / distribution,
        council,
        Governance(**governance),
        {name: Stream(**fields) for name, fields in streams.items()},
        Content(**rooms["content"]),
        Advertising(**rooms["advertising"]),
    )


def _fields(node: Node | None, parsers: Mapping[str, Callable[[str], Any]], mistakes: Mistakes) -> dict[str, Any]:
    """Read a mapping whose keys are all needed, each with its parser."""
    if node is None:
        return {}
    read = {}
    for key, entry in node.keys(mistakes, tuple(parsers)).items():
        if (text := entry.text(mistakes)) is not None:
            read[key] = mistakes.read(entry.place, parsers[key], text)
    return read


def describe(arguments: Iterable[Any]) -> str:
    """Write a constructor's arguments in one line, for people."""
    return ", ".join(f"({describe(each)})" if isinstance(each, list | tuple) else str(each) for each in arguments)
