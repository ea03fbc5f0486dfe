"""What the verbs of ``govern`` do: read a proposal's file, find proposals on the chain, carry them on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brownie
import yaml
from brownie import web3
from eth_utils.crypto import keccak

from lvo.models.governance import State, operation_of
from lvo.plan.document import Node, read_document
from lvo.plan.fields import parse_address, parse_amount
from lvo.plan.mistakes import Mistakes
from scripts.support.chain import events
from scripts.support.console import ScriptError
from scripts.support.records import read_record, record_path
from scripts.support.sending import attach

WORDS = {"against": 0, "for": 1, "abstain": 2}
"""How a vote is written, and what the governor takes for it."""


@dataclass(frozen=True)
class Offices:
    """The contracts of a deployed suite, by their keys, and where its events begin."""

    contracts: dict[str, Any]
    first_block: int

    @property
    def governor(self) -> Any:
        """LVOGovernor."""
        return self.contracts["LVOGovernor"]

    @property
    def token(self) -> Any:
        """LVOToken."""
        return self.contracts["LVOToken"]


@dataclass(frozen=True)
class Motion:
    """A proposal: its calls, and the words with which it was made."""

    targets: tuple[str, ...]
    values: tuple[int, ...]
    data: tuple[str, ...]
    description: str

    @property
    def hashed(self) -> tuple[list[str], list[int], list[str], str]:
        """The calls with the hash of the description, as the governor takes them after the proposal."""
        return list(self.targets), list(self.values), list(self.data), "0x" + keccak(text=self.description).hex()


def offices() -> Offices:
    """Return the suite that is recorded on this chain.

    Raises
    ------
    ScriptError
        If none is.
    """
    chain_id = int(web3.eth.chain_id)
    document = read_record(chain_id)
    if document is None or "LVOGovernor" not in document["contracts"]:
        raise ScriptError(f"{record_path(chain_id)} records no governor: deploy the suite first (brownie run deploy).")
    found = {}
    for key, entry in document["contracts"].items():
        if not web3.eth.get_code(entry["address"]):
            raise ScriptError(
                f"There is no contract at {entry['address']}, where {record_path(chain_id)} says {key} is: that was "
                "another chain of this id, or it was started anew. Deploy again, or connect to the right node."
            )
        found[key] = attach(getattr(brownie, entry.get("contract", key)), entry["address"])
    return Offices(found, int(document.get("suite", {}).get("block", 0)))


def read_motion(path: Path | str, suite: Offices, proposer: str) -> Motion:
    """Read the file of a proposal, YAML: a title, a text, and the calls that the timelock is to make.

    Parameters
    ----------
    proposer
        Who will propose it; the description ends with this account, so that nobody else can propose the same.

    Raises
    ------
    PlanError
        If anything is wrong, with every mistake that was found, each with its line and field.
    """
    mistakes = Mistakes()
    keys = read_document(Path(path)).keys(mistakes, ("title", "text", "calls"))
    title = keys["title"].text(mistakes) if "title" in keys else None
    text = keys["text"].text(mistakes) if "text" in keys else None
    calls = [_call(item, suite, mistakes) for item in keys["calls"].items(mistakes)] if "calls" in keys else []
    if "calls" in keys and not calls and not mistakes.found:
        mistakes.add(keys["calls"].place, "a proposal makes one call at least")
    mistakes.raise_if_any()
    sound = [call for call in calls if call is not None]
    return Motion(
        tuple(to for to, _ in sound),
        (0,) * len(sound),
        tuple(data for _, data in sound),
        f"# {title}\n\n{text}\n\n#proposer={proposer}",
    )


def _call(node: Node, suite: Offices, mistakes: Mistakes) -> tuple[str, str] | None:
    keys = node.keys(mistakes, ("contract", "function", "arguments"))
    if len(keys) < 3:
        return None
    key = keys["contract"].choice(mistakes, tuple(suite.contracts))
    name = keys["function"].text(mistakes)
    arguments = [_argument(item, suite, mistakes) for item in keys["arguments"].items(mistakes)]
    if key is None or name is None or any(each is None for each in arguments):
        return None
    contract = suite.contracts[key]
    method = getattr(contract, name, None)
    if method is None or not hasattr(method, "encode_input"):
        mistakes.add(keys["function"].place, f"{key} has no function {name!r}")
        return None
    try:
        return str(contract.address), str(method.encode_input(*arguments))
    except Exception as error:  # Brownie and eth-abi raise a dozen kinds for what does not fit.
        mistakes.add(keys["arguments"].place, f"{name} does not take these: {error}")
        return None


def _argument(node: Node, suite: Offices, mistakes: Mistakes) -> Any:
    """Read an argument: a contract of the suite by its key, an address, an amount such as 5 LVO, a number, a word, or a
    list of arguments."""
    if isinstance(node.raw, yaml.SequenceNode):
        return [_argument(item, suite, mistakes) for item in node.items(mistakes)]
    text = node.text(mistakes)
    if text is None:
        return None
    if text in suite.contracts:
        return str(suite.contracts[text].address)
    if text.startswith("0x") and len(text) == 42:
        return mistakes.read(node.place, parse_address, text)
    if text.endswith(" LVO"):
        return mistakes.read(node.place, parse_amount, text[: -len(" LVO")])
    return int(text) if text.isascii() and text.isdigit() else text


def motions(suite: Offices) -> dict[int, Motion]:
    """Return every proposal that was ever made, by its id, from the governor's events."""
    created = web3.eth.contract(abi=suite.governor.abi).events.ProposalCreated()
    logs = events(suite.governor.address, suite.first_block, int(web3.eth.block_number), [created.topic])
    found = {}
    for log in logs:
        told = created.process_log(log)["args"]
        data = tuple("0x" + bytes(each).hex() for each in told["calldatas"])
        found[int(told["proposalId"])] = Motion(
            tuple(told["targets"]), tuple(told["values"]), data, str(told["description"])
        )
    return found


def find(suite: Offices, number: str) -> tuple[int, Motion]:
    """Return a proposal by its id, or by the first digits of it."""
    known = motions(suite)
    fitting = [each for each in known if str(each).startswith(number)]
    if len(fitting) != 1:
        what = "no proposal has" if not fitting else f"{len(fitting)} proposals have"
        raise ScriptError(f"{what.capitalize()} an id that begins with {number}: brownie run govern status lists them.")
    return fitting[0], known[fitting[0]]


def state_of(suite: Offices, number: int) -> State:
    """Return where a proposal stands."""
    return State(int(suite.governor.state(number)))


def operation(suite: Offices, motion: Motion) -> str:
    """Return the id of a proposal's operation in the timelock, 0x and digits."""
    data = [bytes.fromhex(each[2:]) for each in motion.data]
    id, _ = operation_of(str(suite.governor.address), motion.targets, motion.values, data, motion.description)
    return "0x" + id.hex()
