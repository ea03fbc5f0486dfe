"""Approval of a plan: reviewers sign its hash for one chain (EIP-712), and the signatures stand beside the plan."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address

from lvo import typed_data
from lvo.plan.model import Plan

_DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
]
_APPROVAL = [
    {"name": "plan", "type": "bytes32"},
    {"name": "name", "type": "string"},
    {"name": "grants", "type": "uint256"},
    {"name": "amount", "type": "uint256"},
]
SCHEMA = "live-video/plan-approvals/1"


def approval_message(plan: Plan, chain_id: int) -> dict[str, Any]:
    """Build the typed data that a reviewer signs: the plan's hash, and what a wallet can show of it.

    Parameters
    ----------
    chain_id
        Where the plan may then be carried out; an approval for a rehearsal is none for the real chain.

    Returns
    -------
    dict
        The full EIP-712 message; its domain has no contract, since the plan is approved before there is one. ``amount``
        is what the grants sum to, in wei.
    """
    return {
        "types": {"EIP712Domain": _DOMAIN, "Approval": _APPROVAL},
        "domain": {"name": "LIVE VIDEO plan", "version": "1", "chainId": chain_id},
        "primaryType": "Approval",
        "message": {
            "plan": plan.hash,
            "name": plan.name,
            "grants": len(plan.grants),
            "amount": sum(grant.amount for grant in plan.grants),
        },
    }


@dataclass(frozen=True)
class Approvals:
    """The signatures of a plan for one chain, and who gave them.

    Attributes
    ----------
    path
        The file beside the plan that holds them.
    by
        Signature by reviewer; signatures of anybody else, or of another state of the plan, are left out.
    """

    path: Path
    by: dict[str, str]

    def missing(self, plan: Plan) -> int:
        """How many more reviewers must sign; a plan that names none needs none here."""
        return 0 if plan.reviewers is None else max(plan.reviewers.needed - len(self.by), 0)

    def document(self, plan: Plan, chain_id: int) -> dict[str, Any]:
        """Return what the file holds, as JSON."""
        return {"schema": SCHEMA, "plan": plan.hash, "chain": chain_id, "signatures": self.by}


def read_approvals(plan: Plan, chain_id: int, more: str = "") -> Approvals:
    """Read the approvals of a plan for a chain, and check every signature.

    Parameters
    ----------
    more
        One more signature, 65 bytes as 0x and digits; it counts if a reviewer gave it for this plan and chain.
    """
    path = Path(plan.file).with_suffix(f".approvals-{chain_id}.json")
    found: list[str] = [more] if more else []
    try:
        document = json.loads(path.read_text())
        found += [str(signature) for signature in document["signatures"].values()]
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # what cannot be read approves nothing
    message = approval_message(plan, chain_id)
    by: dict[str, str] = {}
    for signature in found:
        try:
            who = to_checksum_address(typed_data.recover(message, bytes.fromhex(signature.removeprefix("0x"))))
        except Exception:  # eth-account raises much for what is no signature
            continue
        if plan.reviewers is not None and who in plan.reviewers.accounts:
            by[who] = signature
    return Approvals(path, dict(sorted(by.items())))
