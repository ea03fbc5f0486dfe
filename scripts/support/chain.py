"""Reads a distribution from the chain, all at one block, in few requests."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from brownie import web3
from brownie.network.contract import ProjectContract
from brownie.network.state import _add_contract, _find_contract
from eth_utils.address import to_checksum_address
from web3.exceptions import Web3Exception
from web3.types import RPCEndpoint

from lvo.curve import Schedule
from lvo.reconcile import KINDS, Books, ChainState, Created, GrantState, Split
from scripts.support.console import FROM_THE_CHAIN, ScriptError
from scripts.support.node import ask, head, is_development, lacks_history

CALLS_PER_REQUEST = 200
"""Calls that go in one JSON-RPC batch; public nodes accept a few hundred."""
BLOCKS_PER_REQUEST = 10_000
"""Blocks that one request for events spans at most; it is halved where a node allows less."""
READINGS = 5
"""How often a whole reading begins anew because the chain or the node forgot its block."""
GRANTS_PER_PAGE = 2_000
"""Grants that one call of ``sumGrants`` adds up, some 10,000,000 gas."""


def attach(container: Any, address: str) -> Any:
    """Return Brownie's contract of a kind at an address.

    On a live network Brownie would keep notes in ``build/deployments``, which a kill can leave half written, and which
    stop it when a rehearsal's chain was started anew: none are made.

    Raises
    ------
    ScriptError
        If there is no contract.
    """
    if is_development():
        return container.at(address)
    address = to_checksum_address(address)
    if ask("eth_getCode", address, head()["number"]) == "0x":
        raise ScriptError(f"There is no contract at {address}: the address or the network is wrong.")
    known = _find_contract(address)
    if known is None or known._name != container._name:
        known = ProjectContract(container._project, container._build, address)
        _add_contract(known)
    return known


def call_many(to: str, inputs: Iterable[str], block: int) -> Iterator[str]:
    """Make many calls of one contract at one block; yield what they return, in order."""
    waiting = list(inputs)
    for first in range(0, len(waiting), CALLS_PER_REQUEST):
        requests = [
            (RPCEndpoint("eth_call"), [{"to": to, "data": data}, hex(block)])
            for data in waiting[first : first + CALLS_PER_REQUEST]
        ]
        answers = cast(Any, web3.provider.make_batch_request(requests))
        if not isinstance(answers, list):
            raise ScriptError(f"The node takes no batches of calls: {answers.get('error')}. Connect to another node.")
        for answer in answers:
            if "result" not in answer:
                raise ScriptError(f"The node did not answer a call: {answer.get('error')}. Try again, or another node.")
            yield answer["result"]


def events(address: str, first: int, last: int, topics: list[Any] | None = None) -> list[Any]:
    """Return the logs of a contract between two blocks, both included, in their order."""
    logs: list[Any] = []
    span = BLOCKS_PER_REQUEST
    while first <= last:
        end = min(first + span - 1, last)
        query = {"address": address, "fromBlock": first, "toBlock": end, "topics": topics or []}
        try:
            logs += web3.eth.get_logs(query)
        except (Web3Exception, ValueError):
            if span == 1:
                raise
            span //= 2
            continue
        first = end + 1
    return sorted(logs, key=lambda log: (log["blockNumber"], log["logIndex"]))


def _schedule(values: Iterable[int]) -> Schedule:
    return Schedule(*(int(value) for value in values))


class _Tape:
    """Sorts the distribution's events into what they tell."""

    def __init__(self, distribution: Any) -> None:
        codec = web3.eth.contract(abi=distribution.abi)
        self.decoders = {
            "0x" + event.topic.removeprefix("0x"): event for event in (codec.events[name]() for name in self.NAMES)
        }
        self.created: list[Created] = []
        self.splits: list[Split] = []
        self.released: list[tuple[int, str, int]] = []
        self.handed_on: list[tuple[int, str]] = []
        self._open: list[Created] = []

    NAMES = ("GrantCreated", "PoolSplit", "Released", "BeneficiaryChanged")

    def read(self, log: Any) -> None:
        event = self.decoders.get("0x" + log["topics"][0].hex().removeprefix("0x"))
        if event is None:
            return
        told = event.process_log(log)
        arguments = told["args"]
        if told["event"] == "GrantCreated":
            schedule = arguments["schedule"]
            piece = Created(
                arguments["id"],
                arguments["parent"],
                arguments["beneficiary"],
                arguments["amount"],
                Schedule(schedule["start"], schedule["cliff"], schedule["end"], schedule["initialBps"]),
                KINDS[arguments["kind"]],
            )
            self.created.append(piece)
            if piece.id != piece.parent:
                self._open.append(piece)
        elif told["event"] == "PoolSplit":
            # A call emits its pieces and then this, so what is open belongs to it.
            transaction = "0x" + log["transactionHash"].hex().removeprefix("0x")
            self.splits.append(Split(arguments["pool"], arguments["salt"], tuple(self._open), transaction))
            self._open = []
        elif told["event"] == "Released":
            self.released.append((arguments["id"], arguments["beneficiary"], arguments["amount"]))
        else:
            self.handed_on.append((arguments["id"], arguments["current"]))


def read_state(distribution: Any, token: Any, first_block: int) -> ChainState:
    """Read everything that a comparison needs, at the newest block; begin anew if the chain forgets that block.

    Parameters
    ----------
    distribution, token
        Brownie's contracts.
    first_block
        Where the distribution was deployed; its events begin there.
    """
    for _ in range(READINGS):
        block = head()
        try:
            state = _read_state(distribution, token, first_block, block)
        except FROM_THE_CHAIN as error:
            if not lacks_history(error):
                raise
            continue
        if ask("eth_getBlockByNumber", block["number"], False) == block:
            return state
    raise ScriptError(
        f"The chain was read {READINGS} times, and each time the node had forgotten the block meanwhile: wait, or "
        "connect to one that keeps more, and run the same command again."
    )


def _read_state(distribution: Any, token: Any, first_block: int, head: dict[str, Any]) -> ChainState:
    """Read it all at one block.

    Parameters
    ----------
    distribution, token
        Brownie's contracts.
    first_block
        Where the distribution was deployed; its events begin there.
    """
    block = int(head["number"], 16)
    time = int(head["timestamp"], 16)

    tape = _Tape(distribution)
    for log in events(distribution.address, first_block, block):
        tape.read(log)
    sender = "0x" + distribution.address[2:].lower().rjust(64, "0")
    transfer = web3.eth.contract(abi=token.abi).events.Transfer()
    transfers = [
        transfer.process_log(log)["args"] for log in events(token.address, first_block, block, [transfer.topic, sender])
    ]

    def call(method: Any, *arguments: Any) -> Any:
        return method.call(*arguments, block_identifier=block)

    count = int(call(distribution.grantCount))
    inputs = [distribution.grants.encode_input(id) for id in range(count)]
    grants = []
    for id, output in enumerate(call_many(distribution.address, inputs, block)):
        account, total, released, schedule, parent, bucket, kind = distribution.grants.decode_output(output)
        grants.append(
            GrantState(
                id, str(account), int(total), int(released), _schedule(schedule), int(parent), int(bucket), KINDS[kind]
            )
        )
    pages = [
        call(distribution.sumGrants, first, min(first + GRANTS_PER_PAGE, count))
        for first in range(0, count, GRANTS_PER_PAGE)
    ]
    books = tuple(
        Books(int(pages[0][i][0]), *(sum(int(page[i][column]) for page in pages) for column in (1, 2, 3)))
        for i in range(6)
    )
    return ChainState(
        chain_id=int(web3.eth.chain_id),
        block=block,
        time=time,
        client=str(web3.client_version),
        distribution=str(distribution.address),
        token=str(call(distribution.LVO)),
        token_name=str(call(token.name)),
        token_symbol=str(call(token.symbol)),
        token_decimals=int(call(token.decimals)),
        total_supply=int(call(token.totalSupply)),
        balance=int(call(token.balanceOf, distribution.address)),
        unlocked=int(call(distribution.unlockedAt, time)),
        books=books,
        grants=tuple(grants),
        created=tuple(tape.created),
        splits=tuple(tape.splits),
        released=tuple(tape.released),
        paid_out=tuple((paid["to"], paid["value"]) for paid in transfers),
        handed_on=tuple(tape.handed_on),
    )


def gas_used(transactions: Iterable[str]) -> int:
    """Return the gas that transactions used, from their receipts."""
    return sum(int(web3.eth.get_transaction_receipt(hash)["gasUsed"]) for hash in transactions)
