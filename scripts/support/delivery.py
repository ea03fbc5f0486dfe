"""Gets a call onto the chain once, through whatever happens on the way.

A transaction is signed, written into the journal, and only then sent. Until its receipt is there it is sent again with
the same bytes; if nobody mines it, it is replaced by a dearer one with the same nonce, up to the ceiling; if another
process has used its nonce, it can never be mined, and the call is signed anew. What was mined is looked after until
enough blocks are on top of it: if the chain forgets it, it is sent again.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from brownie import web3
from requests.exceptions import RequestException
from web3.types import RPCEndpoint

from scripts.support.console import ScriptError, closing, say
from scripts.support.journal import Entry, Journal, sole
from scripts.support.node import NodeError, ask, head, is_development
from scripts.support.refusals import error_name, why

GAS_CAP = 16_777_216
"""The most gas that one transaction may ask for (EIP-7825)."""
MARGIN = 105
"""Gas limit in percent of the node's estimate."""
MAX_FEE_GWEI = 100
"""The most that a unit of gas may cost, in gwei, unless ``LVO_MAX_FEE_GWEI`` says otherwise."""
BUMP = 1125
"""What a replacement offers at least, in thousandths of the fees before; nodes want 1,100."""
WAIT = 900
"""Seconds to wait for a transaction to be mined, unless ``LVO_WAIT`` says otherwise."""
RESEND_AFTER_MS = 10_000
"""Milliseconds without a receipt after which the same bytes are sent again: a node may have dropped them."""
REPLACE_AFTER_MS = 90_000
"""Milliseconds without a receipt after which a dearer one is sent."""
CONFIRMATIONS = 3
"""Blocks, its own among them, that make a transaction final, unless ``LVO_CONFIRMATIONS`` says otherwise."""
ATTEMPTS = 5
"""How often a call is signed anew because another process used the nonce, or because it ran out of gas."""
LOST_POLLS = 5
"""How often a nonce must be seen used, and no receipt, before a transaction is given up."""
SAME_RUN = 7 * 86_400
"""Seconds within which the same call is the continuation of one that was killed before it knew what became of it."""
LONGEST_PAUSE_MS = 2_000
GWEI = 10**9
_KNOWN = ("already known", "known transaction", "already imported", "nonce", "already exists", "replacement")
_CHEAP = ("underpriced", "less than block base fee", "less than the block's basefee", "max fee per gas less than")


@dataclass(frozen=True)
class Order:
    """A call, or a deployment, that is to be carried out once."""

    name: str
    to: str | None
    data: str
    value: int
    account: Any
    gas: int

    @property
    def sender(self) -> str:
        """The address that pays."""
        return str(self.account.address)

    @property
    def hash(self) -> str:
        """Keccak-256 of receiver, value and data."""
        whole = json.dumps([self.to, str(self.value), self.data]).encode()
        return hex_of(web3.keccak(whole))


class RefusalError(ScriptError):
    """A call that the chain refuses.

    Attributes
    ----------
    error
        Name of the contract's error; empty if it was not one.
    """

    def __init__(self, words: str, error: str = "") -> None:
        super().__init__(words)
        self.error = error


def hex_of(data: Any) -> str:
    """Write bytes, or digits with or without 0x, as 0x and digits."""
    return "0x" + str(data.hex() if hasattr(data, "hex") else data).removeprefix("0x")


def deliver(order: Order) -> tuple[str, dict[str, Any]]:
    """Carry out an order once.

    Returns
    -------
    tuple[str, dict]
        The hash of the transaction and its receipt as the node gives it; it succeeded.

    Raises
    ------
    RefusalError
        If the chain refuses it, before or after it was mined.
    ScriptError
        If it cannot be sent now; run again, it goes on.
    """
    with _opened() as journal:
        mined = _settle(journal, order)
        least = order.gas
        for _ in range(ATTEMPTS):
            if mined is not None:
                break
            entry = _sign(order, _fields(journal, order, least))
            journal.record(entry)
            mined = _pursue(journal, [entry], order.account)
            if mined is None:
                say(f"Another process used nonce {entry.nonce} of {entry.sender}: {order.name} is signed anew.")
            elif _ran_out(mined, entry.fields) and entry.fields["gas"] < GAS_CAP:
                say(f"{entry.txid} used up its {entry.fields['gas']:,} gas, which the node had estimated: once more.")
                journal.report(entry)
                least, mined = min(2 * entry.fields["gas"], GAS_CAP), None
        if mined is None:
            raise ScriptError(
                f"{order.name} was not carried out: other transactions of {order.sender} took its place {ATTEMPTS} "
                "times. Stop the other process that uses this key, then run the same command again."
            )
        version = _version(journal, order.sender, mined["transactionHash"])
        journal.report(version)
        if int(mined["status"], 16) != 1:
            reason, error = _replay(version.fields, mined)
            raise RefusalError(
                f"{version.txid} ({order.name}) failed, so nothing of it happened: {reason}. Mend that and run the "
                "same command again.",
                error,
            )
        return version.txid, mined


def finish(accounts: dict[str, Any] | None = None) -> None:
    """Wait until everything that was sent on this chain is final; send again what the chain has forgotten.

    Parameters
    ----------
    accounts
        Who can sign, by address: see also to what they left behind in a run that was killed.
    """
    _unfinished_here.update(accounts or {})
    if not _unfinished_here:
        return
    with _opened() as journal:
        deadline = time.monotonic() + _wait()
        polls = 0
        while groups := [group for group in journal.unfinished() if group[-1].state != "final"]:
            for versions in groups:
                _look_after(journal, versions, _unfinished_here.get(versions[-1].sender))
            if time.monotonic() > deadline:
                raise ScriptError(
                    f"{groups[0][-1].txid} is mined, and not {confirmations()} blocks deep yet: run the same command "
                    "again; it goes on waiting."
                )
            _rest(polls)
            polls += 1


closing.append(finish)
_unfinished_here: dict[str, Any] = {}
"""Accounts by address for which this process sent something."""


def confirmations() -> int:
    """Return how many blocks, its own among them, make a transaction final."""
    text = os.environ.get("LVO_CONFIRMATIONS")
    if text is not None and text.isdigit() and int(text):
        return int(text)
    return 1 if is_development() else CONFIRMATIONS


@contextmanager
def _opened() -> Iterator[Journal]:
    chain_id = int(web3.eth.chain_id)
    with sole(chain_id):
        journal = Journal(chain_id, str(ask("eth_getBlockByNumber", "0x0", False)["hash"]))
        try:
            yield journal
        finally:
            journal.close()


def _version(journal: Journal, sender: str, txid: str) -> Entry:
    return next(each for group in journal.unfinished(sender) for each in group if each.txid == txid)


# -------------------------------------------------------------------------------------------- what was sent before


def _settle(journal: Journal, order: Order) -> dict[str, Any] | None:
    """See to what a killed run left behind; return the receipt if that was this very call."""
    _unfinished_here[order.sender] = order.account
    used = int(ask("eth_getTransactionCount", order.sender, "latest"), 16)
    if not is_development() and used < journal.next_nonce(order.sender):
        journal.reopen(order.sender, used)  # behind, or the chain has forgotten: both are seen to below
    found = None
    for versions in journal.unfinished(order.sender):
        newest = versions[-1]
        mined = _look_after(journal, versions, order.account)
        if mined is None or newest.reported or newest.call != order.hash:
            continue
        if time.time() - newest.time < SAME_RUN:
            if int(mined["status"], 16) == 1:
                say(f"{order.name} was sent before, in {mined['transactionHash']}: it is not sent again.")
                found = mined
            else:
                journal.report(newest)
    return found


def _look_after(journal: Journal, versions: list[Entry], account: Any) -> dict[str, Any] | None:
    """Bring one nonce forward: send again what is not mined, and note what is final. Return its receipt, if any."""
    newest = versions[-1]
    mined = _receipt(versions)
    if mined is None:
        if newest.state != "sent":
            say(f"The chain has forgotten {newest.txid} ({newest.name}): it is sent again.")
        mined = _pursue(journal, versions, account)
        if mined is None:
            say(f"Another process used nonce {newest.nonce} of {newest.sender}: {newest.name} never happened.")
            return None
    block = int(mined["blockNumber"], 16)
    deep = int(head()["number"], 16) - block + 1 >= confirmations()
    journal.mark(newest, "final" if deep else "mined", int(mined["status"], 16), block)
    return mined


def _receipt(versions: list[Entry]) -> dict[str, Any] | None:
    for version in reversed(versions):
        mined: dict[str, Any] | None = ask("eth_getTransactionReceipt", version.txid)
        if mined is not None and mined.get("blockNumber") is not None:
            return mined
    return None


def _pursue(journal: Journal, versions: list[Entry], account: Any) -> dict[str, Any] | None:
    """Send a transaction until it is mined; None if another process has used its nonce.

    Parameters
    ----------
    versions
        What was signed for this nonce; dearer ones are added.
    account
        Signs replacements; None if it cannot sign here.
    """
    begun = sent = replaced = time.monotonic()
    polls = lost = 0
    refused = _broadcast(versions[-1])
    while (mined := _receipt(versions)) is None:
        newest, now = versions[-1], time.monotonic()
        used = int(ask("eth_getTransactionCount", newest.sender, "latest"), 16) > newest.nonce
        lost = lost + 1 if used else 0
        if lost >= LOST_POLLS and _is_buried(newest):
            journal.mark(newest, "lost")
            return None
        if now - begun > _wait():
            raise ScriptError(
                f"{newest.txid} ({newest.name}) was sent, and nobody has mined it in {_wait()} seconds; it offers at "
                f"most {newest.fields['maxFeePerGas'] // GWEI:,} gwei. If gas is dearer now, raise LVO_MAX_FEE_GWEI. "
                "Run the same command again: it goes on with this one."
            )
        if not used:
            cheap = any(words in (refused or "").lower() for words in _CHEAP)
            if refused and not cheap and polls >= LOST_POLLS:
                raise ScriptError(f"The transaction {newest.name} was not sent: {_of_the_node(refused, newest)}.")
            if refused != "" and not cheap:
                replaced = now  # a price that no node has taken is not too low
            if account is not None and (cheap or 1000 * (now - replaced) > REPLACE_AFTER_MS):
                replaced = now
                if (dearer := _dearer(newest, account)) is not None:
                    journal.record(dearer)
                    versions.append(dearer)
                    say(f"{newest.txid} is stuck: {dearer.txid} replaces it at {_gwei(dearer)} gwei.")
                    refused, sent = _broadcast(dearer), now
            if 1000 * (now - sent) > RESEND_AFTER_MS or refused != "":
                refused, sent = _broadcast(versions[-1]), now
        _rest(polls)
        polls += 1
    state = "mined" if confirmations() > 1 else "final"
    journal.mark(versions[-1], state, int(mined["status"], 16), int(mined["blockNumber"], 16))
    return mined


def _rest(polls: int) -> None:
    time.sleep(min(20 * 2 ** min(polls, 10), LONGEST_PAUSE_MS) / 1000)


def _wait() -> int:
    return int(os.environ.get("LVO_WAIT", WAIT))


def _is_buried(entry: Entry) -> bool:
    """Whether the nonce was used so long ago that no likely reorganisation gives it back."""
    if is_development():
        return True
    block = max(int(head()["number"], 16) - confirmations() + 1, 0)
    try:
        return int(ask("eth_getTransactionCount", entry.sender, hex(block)), 16) > entry.nonce
    except NodeError:
        return False


def _broadcast(entry: Entry) -> str | None:
    """Send the bytes; return why they were refused, empty if they were taken, None if no answer came."""
    try:
        answer: Any = web3.provider.make_request(RPCEndpoint("eth_sendRawTransaction"), [entry.raw])
    except (RequestException, ValueError):
        return None  # it may have arrived: the receipt will tell
    if "error" not in answer:
        return ""
    words = why(answer["error"])
    harmless = any(known in words.lower() for known in _KNOWN) or "VM Exception" in str(answer["error"])
    return words if any(cheap in words.lower() for cheap in _CHEAP) or not harmless else ""


def _of_the_node(refused: str, entry: Entry) -> str:
    if "insufficient funds" not in refused.lower():
        return refused
    most = entry.fields["gas"] * entry.fields["maxFeePerGas"] + entry.fields["value"]
    has = int(ask("eth_getBalance", entry.sender, "latest"), 16)
    return (
        f"{entry.sender} has {ether(has)} ether and this may cost {ether(most)}: send it ether for gas, then run the "
        "same command again"
    )


def ether(wei: int) -> str:
    """Write wei of ether with four places, rounded down."""
    return f"{wei // 10**18:,}.{wei % 10**18 // 10**14:04}"


# ------------------------------------------------------------------------------------------------------ what is signed


def _fields(journal: Journal, order: Order, least: int) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "type": 2,
        "chainId": int(web3.eth.chain_id),
        "from": order.sender,
        "value": order.value,
        "data": order.data,
        **({} if order.to is None else {"to": order.to}),
        **fees(),
    }
    fields["gas"] = _limit(order, fields, least)
    fields["nonce"] = _nonce(journal, order)
    return fields


def fees() -> dict[str, int]:
    """Return EIP-1559 fees for twice the present base fee, under the ceiling, in wei."""
    limit = ceiling()
    base, tip = market()
    if base + tip > limit:
        raise ScriptError(
            f"Gas costs {-(-(base + tip) // GWEI):,} gwei now, above the ceiling of {limit // GWEI:,}: wait, or raise "
            "LVO_MAX_FEE_GWEI, and run the same command again. Nothing was sent."
        )
    return {"maxFeePerGas": min(2 * base + tip, limit), "maxPriorityFeePerGas": tip}


def ceiling() -> int:
    """Return the most that a unit of gas may cost, in wei."""
    text = os.environ.get("LVO_MAX_FEE_GWEI", str(MAX_FEE_GWEI))
    if not text.isdigit() or int(text) == 0:
        raise ScriptError(f"LVO_MAX_FEE_GWEI is {text!r}: write the most that gas may cost as a whole number of gwei.")
    return int(text) * GWEI


def market() -> tuple[int, int]:
    """Return the base fee of the newest block and the usual tip, in wei a unit of gas."""
    block = head()
    if "baseFeePerGas" not in block:
        raise ScriptError("This chain has no base fee (EIP-1559), so no ceiling of fees would hold. Nothing was sent.")
    return int(block["baseFeePerGas"], 16), int(ask("eth_maxPriorityFeePerGas"), 16)


def _limit(order: Order, fields: dict[str, Any], least: int) -> int:
    """Return a gas limit: the node's estimate and 5 % more, under the cap of one transaction."""
    if least and is_development():
        return min(least, GAS_CAP)
    for _ in range(3):  # a node may be mistaken
        estimate = estimate_gas(order.name, fields)
        if estimate <= GAS_CAP:
            return max(min(estimate * MARGIN // 100, GAS_CAP), min(least, GAS_CAP))
    raise ScriptError(
        f"The node estimates {estimate:,} gas for one transaction, above the cap of {GAS_CAP:,} (EIP-7825), so it was "
        "not sent. The chain prices storage or calldata higher than Ethereum does, or the batch is too large."
    )


def estimate_gas(name: str, fields: dict[str, Any]) -> int:
    """Ask the node how much gas a transaction needs, as the newest block stands.

    Raises
    ------
    RefusalError
        If it would revert.
    """
    call: dict[str, Any] = {key: fields[key] for key in ("from", "to", "data", "value") if key in fields}
    try:
        return int(ask("eth_estimateGas", _encoded(call), head()["number"]), 16)
    except NodeError as refused:
        raise RefusalError(
            f"The transaction {name} was not sent: {why(refused.error)}.", error_name(refused.error)
        ) from None


def _nonce(journal: Journal, order: Order) -> int:
    """Return the nonce that comes next, when nothing waits before it: it is neither behind a gap nor used twice."""
    deadline = time.monotonic() + _wait()
    polls = 0
    while True:
        latest = int(ask("eth_getTransactionCount", order.sender, "latest"), 16)
        if is_development():
            return latest
        ours = journal.next_nonce(order.sender)
        waiting = max(int(ask("eth_getTransactionCount", order.sender, "pending"), 16), ours)
        if waiting <= latest:
            return latest
        if time.monotonic() > deadline:
            raise ScriptError(
                f"Transactions of {order.sender} that another process sent wait to be mined (nonces {latest} to "
                f"{waiting - 1}): wait until they are, or replace them where they were sent. Then run the same command "
                "again."
            )
        if latest < ours:
            _settle(journal, order)  # the node is behind, or the chain has forgotten what was mined
        _rest(polls)
        polls += 1


def _encoded(fields: dict[str, Any]) -> dict[str, Any]:
    """Write the fields of a transaction as JSON-RPC has them."""
    return {name: hex(value) if isinstance(value, int) else value for name, value in fields.items()}


def _sign(order: Order, fields: dict[str, Any]) -> Entry:
    """Sign: with the key, or by the node of a chain of one's own."""
    raw = _signed(order.account, fields)
    txid = hex_of(web3.keccak(hexstr=raw))
    return Entry(txid, order.sender, fields["nonce"], order.hash, order.name, fields, raw, int(time.time()), "sent")


def _signed(account: Any, fields: dict[str, Any]) -> str:
    key = getattr(account, "private_key", None)
    if key is None:
        return str(ask("eth_signTransaction", _encoded(fields)))
    unsigned = {name: value for name, value in fields.items() if name != "from"}
    return hex_of(web3.eth.account.sign_transaction(unsigned, key).raw_transaction)


def _dearer(entry: Entry, account: Any) -> Entry | None:
    """Sign the same call with the same nonce for more; None if the ceiling forbids it."""
    base, tip = market()
    raised = {name: -(-entry.fields[name] * BUMP // 1000) for name in ("maxFeePerGas", "maxPriorityFeePerGas")}
    tip = max(raised["maxPriorityFeePerGas"], tip)
    fee = min(max(raised["maxFeePerGas"], 2 * base + tip), ceiling())
    if fee < raised["maxFeePerGas"] or tip > fee:
        return None
    fields = entry.fields | {"maxFeePerGas": fee, "maxPriorityFeePerGas": tip}
    raw = _signed(account, fields)
    txid = hex_of(web3.keccak(hexstr=raw))
    return Entry(
        txid,
        entry.sender,
        entry.nonce,
        entry.call,
        entry.name,
        fields,
        raw,
        int(time.time()),
        "sent",
        reported=entry.reported,
    )


def _gwei(entry: Entry) -> str:
    return f"{entry.fields['maxFeePerGas'] / GWEI:.2f}"


def _ran_out(mined: dict[str, Any], fields: dict[str, Any]) -> bool:
    return int(mined["status"], 16) == 0 and int(mined["gasUsed"], 16) * 64 >= fields["gas"] * 63


def _replay(fields: dict[str, Any], mined: dict[str, Any]) -> tuple[str, str]:
    """Say why a mined transaction failed, by calling it again where it was; the error's name beside it."""
    if _ran_out(mined, fields):
        return f"it used up its {fields['gas']:,} gas", ""
    call: dict[str, Any] = {name: fields[name] for name in ("from", "to", "data", "value", "gas") if name in fields}
    try:
        ask("eth_call", _encoded(call), mined["blockNumber"])
    except NodeError as refused:
        return why(refused.error), error_name(refused.error)
    return "the chain was in another state then", ""
