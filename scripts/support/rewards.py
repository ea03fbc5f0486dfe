"""What the verbs of ``rewards`` do on a chain: find the ledger, read what it paid, send roots and claims."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import brownie
from brownie import chain, web3
from eth_utils.address import to_checksum_address
from web3.exceptions import BadFunctionCallOutput, ContractLogicError

from lvo.rewards import Entitlements, Manifest, Push
from lvo.units import DAY, format_lvo
from scripts.support.chain import call_many, events
from scripts.support.console import ScriptError
from scripts.support.sending import attach, send

NO_ROOT = "0x" + "00" * 32
SILENCE = 180 * DAY
"""After so long without a new root, what nobody was promised goes to the fallback receiver."""


def find_ledger(address: str, chain_id: int | None = None) -> Any:
    """Return the ledger at an address of this chain.

    Raises
    ------
    ScriptError
        If this is another chain than ``chain_id``, or there is no ledger.
    """
    here = int(web3.eth.chain_id)
    if chain_id is not None and here != chain_id:
        raise ScriptError(
            f"This is chain {here}, and the list is for a ledger on chain {chain_id}: choose the network with "
            "--network. Nothing was sent."
        )
    address = to_checksum_address(address)
    if not web3.eth.get_code(address):
        raise ScriptError(f"There is no contract at {address} on chain {here}: the address or the network is wrong.")
    try:
        web3.eth.contract(address=address, abi=brownie.RewardLedger.abi).functions.terms().call()
    except (ContractLogicError, BadFunctionCallOutput, ValueError):  # Brownie raises ValueError for a revert
        raise ScriptError(f"The contract at {address} is not a RewardLedger: the address is wrong.") from None
    return attach(brownie.RewardLedger, address)


def now() -> int:
    """Return the time that the next transaction will see, at least, in Unix seconds."""
    return max(int(web3.eth.get_block("latest")["timestamp"]), int(chain.time()))


@dataclass(frozen=True)
class Queued:
    """The newest proposal of a ledger."""

    root: str
    total: int
    active_at: int

    @property
    def waiting(self) -> bool:
        """Whether it can still be vetoed."""
        return self.root != NO_ROOT and now() < self.active_at


def newest(ledger: Any) -> Queued:
    """Read the newest proposal."""
    root, total, active_at = ledger.proposal()
    return Queued(_hex(root), int(total), int(active_at))


def _hex(value: Any) -> str:
    return "0x" + str(value.hex() if hasattr(value, "hex") else value).removeprefix("0x")


def active_at(ledger: Any, root: str) -> int:
    """Return from when on a root is active; 0 if the ledger does not know it."""
    return int(ledger.activeAt(root))


def told(ledger: Any, root: str) -> tuple[int, str] | None:
    """Return total and data hash that were proposed with a root, most recently; None if it never was."""
    codec = web3.eth.contract(abi=ledger.abi).events.RootProposed()
    topic = "0x" + str(codec.topic).removeprefix("0x")
    logs = events(ledger.address, 0, int(web3.eth.block_number), [topic, root])
    if not logs:
        return None
    arguments = codec.process_log(logs[-1])["args"]
    return int(arguments["total"]), _hex(arguments["dataHash"])


def paid(ledger: Any, accounts: Iterable[bytes], advance: Callable[[], None] = lambda: None) -> Iterator[int]:
    """Yield what the ledger has paid to each account, in wei, all at one block."""
    block = int(web3.eth.block_number)
    inputs = (ledger.paid.encode_input("0x" + account.hex()) for account in accounts)
    for answer in call_many(ledger.address, inputs, block):
        advance()
        yield int(answer, 16)


def outstanding(
    ledger: Any, entitlements: Entitlements, advance: Callable[[], None] = lambda: None
) -> tuple[list[int], int]:
    """Return the rows to which something is due, and how much in all, in wei."""
    accounts = (account for account, _ in entitlements.rows())
    rows, due = [], 0
    for row, before in enumerate(paid(ledger, accounts, advance)):
        if before < entitlements.amount(row):
            rows.append(row)
            due += entitlements.amount(row) - before
    return rows, due


# ----------------------------------------------------------------------------------------------------- sending


def call_for_others(ledger: Any, who: str, method: Any, *arguments: Any) -> list[dict[str, str]]:
    """Return a transaction that another must send, as a multisig takes it."""
    return [{"from": who, "to": str(ledger.address), "value": "0", "data": method.encode_input(*arguments)}]


def check_proposal(ledger: Any, made: Manifest) -> None:
    """Refuse a root that the ledger would refuse, or that does not continue what it has.

    Raises
    ------
    ScriptError
        With what is wrong and what to do.
    """
    queued = newest(ledger)
    if queued.waiting:
        raise ScriptError(
            f"Root {queued.root} is queued until {queued.active_at}, {wait_words(queued.active_at)}: only then, or "
            "when it is dropped, can another be proposed. Nothing was sent."
        )
    previous = made.document["previous"]
    if previous is not None and not active_at(ledger, previous["root"]):
        raise ScriptError(
            f"The epoch before, root {previous['root']}, is not on the ledger: it was never proposed, or dropped. "
            "Build this epoch on the last one that stands. Nothing was sent."
        )
    last = int(ledger.total())
    expected = 0 if previous is None else int(previous["total"])
    if last != expected:
        raise ScriptError(
            f"The ledger has promised {format_lvo(last)} LVO so far, and this epoch adds to {format_lvo(expected)} "
            "LVO: build it on the last epoch that stands. Nothing was sent."
        )
    funded = int(ledger.funded())
    if made.total > funded:
        raise ScriptError(
            f"The ledger has received {format_lvo(funded)} LVO, and this epoch promises {format_lvo(made.total)} LVO "
            f"in all: fund it with {format_lvo(made.total - funded)} LVO more, or replenish it from its pool. Nothing "
            "was sent."
        )


def wait_words(time: int) -> str:
    """Say how far away a time is."""
    seconds = time - now()
    if seconds <= 0:
        return "now"
    days, rest = divmod(seconds, DAY)
    return f"in {days} d {rest // 3600} h" if days else f"in {rest // 3600} h {rest % 3600 // 60} min"


def push_one(ledger: Any, account: Any, batch: Push) -> tuple[int, int]:
    """Send one batch of claims; return how many it skipped, and its gas."""
    receipt = send(ledger.claimMany, batch.entitlements, batch.proof, batch.flags, sender=account)
    return len(receipt.events("ClaimSkipped")), receipt.gas_used
