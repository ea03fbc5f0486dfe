"""The manifest of an epoch: its root, its rules, and the hash of every other file."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from lvo.rewards.epoch import Epoch
from lvo.rewards.order import BAD_ROWS, DUPLICATES, MEANINGS, SEPARATORS, UNITS, Rules
from lvo.rewards.rows import ADDRESS, RewardsError
from lvo.rewards.weigh import from_document, to_document
from lvo.units import Wei

SCHEMA = "live-video/rewards/1"


@dataclass(frozen=True)
class Manifest:
    """What an epoch is, for machines.

    Attributes
    ----------
    document
        The JSON object.
    content
        Its bytes as published.
    """

    document: dict[str, Any]
    content: bytes

    @property
    def data_hash(self) -> str:
        """SHA-256 of the published bytes with 0x: what the ledger is told beside the root."""
        return "0x" + hashlib.sha256(self.content).hexdigest()

    @property
    def root(self) -> str:
        """The root, 0x-hexadecimal."""
        return str(self.document["root"])

    @property
    def total(self) -> int:
        """What all leaves sum to, in wei."""
        return int(self.document["total"])

    @property
    def ledger(self) -> str:
        """Address of the RewardLedger, lower case."""
        return str(self.document["rules"]["ledger"])

    @property
    def chain_id(self) -> int:
        """Chain of the ledger."""
        return int(self.document["rules"]["chain_id"])

    @property
    def epoch(self) -> int:
        """Number of the epoch, from 1."""
        return int(self.document["rules"]["epoch"])


def to_json(document: Any) -> bytes:
    """Write JSON as all files have it: keys as given, an indent of one, a newline at the end."""
    return json.dumps(document, indent=1, ensure_ascii=True).encode() + b"\n"


def manifest(epoch: Epoch, files: dict[str, dict[str, Any]]) -> Manifest:
    """Return the manifest.

    Parameters
    ----------
    files
        SHA-256 and size of every other file, by name.
    """
    rules = asdict(epoch.rules)
    for key in ("pot", "funded"):
        rules[key] = None if rules[key] is None else str(rules[key])
    formula = epoch.rules.weigh
    del rules["weigh"]
    if formula is not None:
        rules["weigh"] = to_document(formula)
    previous = epoch.previous
    document = {
        "schema": SCHEMA,
        "root": epoch.root,
        "total": str(epoch.now.total),
        "added": str(epoch.now.total - epoch.before.total),
        "accounts": len(epoch.now),
        "rows": epoch.counts,
        "shardDigits": epoch.digits,
        "rules": rules,
        "previous": None
        if previous is None
        else {
            "epoch": previous.epoch,
            "root": previous.root,
            "total": str(previous.total),
            "manifest": previous.manifest_hash,
        },
        "files": dict(sorted(files.items())),
    }
    return Manifest(document, to_json(document))


def rules_of(document: dict[str, Any]) -> Rules:
    """Read the rules back from a manifest.

    Raises
    ------
    RewardsError
        If they are not as :func:`manifest` writes them.
    """
    try:
        raw = dict(document["rules"])
        formula = from_document(raw["weigh"]) if "weigh" in raw else None
        rules = Rules(**raw | {"weigh": formula})
        for key in ("ledger", "account", "value"):
            if not isinstance(raw[key], str):
                raise TypeError
        if not ADDRESS.fullmatch(rules.ledger) or (rules.token and not ADDRESS.fullmatch(rules.token)):
            raise ValueError
        if type(rules.chain_id) is not int or type(rules.epoch) is not int or rules.epoch < 1:
            raise ValueError
        choices = (
            (rules.unit, UNITS),
            (rules.means, MEANINGS),
            (rules.duplicates, DUPLICATES),
            (rules.bad_rows, BAD_ROWS),
        )
        if rules.separator not in SEPARATORS or any(word not in words for word, words in choices):
            raise ValueError
        if formula is not None and rules.unit != "weight":
            raise ValueError
        if (rules.epoch == 1) != (document["previous"] is None) or (rules.unit == "weight") != (rules.pot is not None):
            raise ValueError
        amounts = {key: None if raw[key] is None else Wei(int(raw[key])) for key in ("pot", "funded")}
        return replace(rules, pot=amounts["pot"], funded=amounts["funded"])
    except (KeyError, TypeError, ValueError):
        raise RewardsError("the rules in manifest.json are damaged") from None
