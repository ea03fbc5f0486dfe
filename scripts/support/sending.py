"""Who can sign here, and the one way in which every script sends a transaction.

``send(contract.method, *arguments, sender=account)`` checks the chain, estimates, sets fees, signs, sends, waits and
returns the receipt; ``send(brownie.Contract, *arguments, sender=account).contract`` deploys. Whatever goes wrong is a
:class:`ScriptError` whose sentence names the contract's error and says what to do.
"""

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import brownie
from brownie import accounts, web3
from brownie._config import CONFIG
from brownie.network.contract import ContractContainer, OverloadedMethod
from web3.logs import DISCARD
from web3.types import RPCEndpoint

from lvo.safe import Call, builder_file
from scripts.support.console import ScriptError, say
from scripts.support.records import write_file
from scripts.support.refusals import why

GAS_CAP = 16_777_216
"""The most gas that one transaction may ask for (EIP-7825)."""
MARGIN = 105
"""Gas limit in percent of the node's estimate."""
MAX_FEE_GWEI = 100
"""The most that a unit of gas may cost, in gwei, unless ``LVO_MAX_FEE_GWEI`` says otherwise."""
WAIT = 900
"""Seconds to wait for a transaction to be mined, unless ``LVO_WAIT`` says otherwise."""
GWEI = 10**9
_loaded: dict[str, Any] = {}
"""Accounts of the keystore whose password was given, by name."""


# -------------------------------------------------------------------------------------------------- who can sign


def is_development() -> bool:
    """Whether this is a chain of one's own, whose clock can be moved."""
    return bool(CONFIG.network_type == "development")


def signers() -> dict[str, Any]:
    """Return the accounts that can sign here, by address; the first one deploys.

    Those of Brownie's keystore that ``LVO_KEYSTORE`` names, separated by commas (the password is asked for, or taken
    from ``LVO_KEYSTORE_PASSWORD``); those of the private keys in ``LVO_PRIVATE_KEY``; and on a chain of one's own all
    its accounts.
    """
    able: dict[str, Any] = {}
    for name in filter(None, map(str.strip, os.environ.get("LVO_KEYSTORE", "").split(","))):
        able |= _of(_loaded.get(name) or _load(name))
    for number, key in enumerate(filter(None, map(str.strip, os.environ.get("LVO_PRIVATE_KEY", "").split(",")))):
        try:
            able |= _of(accounts.add(key))
        except Exception:  # whatever it is, its words may hold the key
            raise ScriptError(f"Key {number + 1} of LVO_PRIVATE_KEY is none: it has 0x and 64 digits.") from None
    for account in accounts:
        able |= _of(account)
    return able


def _of(account: Any) -> dict[str, Any]:
    return {str(account.address): account}


def _load(name: str) -> Any:
    try:
        _loaded[name] = accounts.load(name, password=os.environ.get("LVO_KEYSTORE_PASSWORD"))
    except FileNotFoundError:
        raise ScriptError(f"Brownie's keystore has no {name}: see brownie accounts list.") from None
    except ValueError:
        raise ScriptError(f"The password of {name} is wrong: set LVO_KEYSTORE_PASSWORD, or type it.") from None
    return _loaded[name]


def signer(*wanted: str) -> Any | None:
    """Return an account that can sign here: the first of those wanted, or, if none is named, any.

    Where ``LVO_SAFE`` names a file, an address that cannot sign is returned as it is: :func:`send` takes it.
    """
    able = signers()
    if not wanted:
        return next(iter(able.values()), None)
    absent = wanted[0] if os.environ.get("LVO_SAFE") else None
    return next((able[address] for address in wanted if address in able), absent)


# ------------------------------------------------------------------------------------------------------- sending


def attach(container: Any, address: str) -> Any:
    """Return a contract that stands at an address.

    On a live network Brownie would write it down below build/, and refuse to connect once a chain of the same id has
    been started anew; the records of LIVE VIDEO are in deployments/.

    Parameters
    ----------
    container
        Brownie's, of the contract that stands there.
    """
    if is_development():
        return container.at(address)
    return brownie.Contract.from_abi(container._name, address, container.abi, persist=False)


@dataclass(frozen=True)
class Receipt:
    """What became of a transaction.

    Attributes
    ----------
    txid
        Its hash; empty if it was written for a Safe instead of sent.
    block_number, gas_used
        Where it was mined and what it used; 0 if it was not sent.
    logs
        Its logs, as web3 gives them.
    contract
        Brownie's contract, if it deployed one.
    """

    txid: str
    block_number: int = 0
    gas_used: int = 0
    logs: tuple[Any, ...] = ()
    contract: Any = None
    raw: Any = field(default=None, repr=False)
    abi: list[dict[str, Any]] = field(default_factory=list, repr=False)

    @property
    def sent(self) -> bool:
        """Whether it went to the chain."""
        return bool(self.txid)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the arguments of every event of this name that the called contract emitted."""
        if self.raw is None:
            return []
        event = web3.eth.contract(abi=self.abi).events[name]()
        return [
            dict(told["args"])
            for told in event.process_receipt(self.raw, errors=DISCARD)
            if self.contract is None or told["address"] == self.contract.address
        ]


@dataclass(frozen=True)
class _Request:
    """A call, or a deployment, with what is needed to talk about it."""

    name: str
    to: str | None
    data: str
    value: int
    abi: list[dict[str, Any]]
    container: Any = None


def send(method: Any, *arguments: Any, sender: Any, value: int = 0, gas: int = 0) -> Receipt:
    """Send one transaction and wait until it is mined.

    Parameters
    ----------
    method
        A method of one of Brownie's contracts, or a Brownie contract container to deploy it.
    sender
        One of Brownie's accounts, or an address. An address that cannot sign here is a Safe's: the call is added to
        the file that ``LVO_SAFE`` names, for its owners to sign.
    value
        Wei of ether that go with it.
    gas
        The most it was measured to use, if that is known: the limit is never below. On a chain of one's own, where a
        refusal costs nothing, it is the limit, and nothing is estimated.

    Returns
    -------
    Receipt
        Of a transaction that succeeded.

    Raises
    ------
    ScriptError
        If the chain refuses it, the sender cannot sign or pay, fees are above the ceiling, or nobody mines it.
    """
    request = _request(method, arguments, value)
    account = signers().get(str(sender))
    if account is None:
        return _collect(request, str(sender))
    fields = {
        "type": 2,
        "chainId": int(web3.eth.chain_id),
        "from": str(account.address),
        "value": value,
        "data": request.data,
        **({} if request.to is None else {"to": request.to}),
        **_fees(),
    }
    fields["gas"] = _limit(request, fields, gas)
    fields["nonce"] = int(_ask("eth_getTransactionCount", fields["from"], "pending"), 16)
    return _deliver(request, fields, _sign(account, fields))


def _request(method: Any, arguments: tuple[Any, ...], value: int) -> _Request:
    if isinstance(method, ContractContainer):
        name = f"deployment of {method._name}"
        return _Request(name, None, _hex(method.deploy.encode_input(*arguments)), value, method.abi, method)
    if isinstance(method, OverloadedMethod):
        method = method._get_fn_from_args(arguments)
    contract = method._name.rpartition(".")[0]
    named = f"{contract}.{method.abi['name']}" if contract else str(method.abi["name"])
    return _Request(named, str(method._address), method.encode_input(*arguments), value, _whole_abi(method))


def _whole_abi(method: Any) -> list[dict[str, Any]]:
    """Return the ABI of a method's contract, so that its events can be read."""
    from brownie.network.state import _find_contract

    contract = _find_contract(method._address)
    return [method.abi] if contract is None else list(contract.abi)


def _hex(data: Any) -> str:
    return "0x" + str(data.hex() if hasattr(data, "hex") else data).removeprefix("0x")


def _ask(method: str, *parameters: Any) -> Any:
    """Ask the node, past everything that Brownie would do to the question."""
    answer: Any = web3.provider.make_request(RPCEndpoint(method), parameters)
    if "error" in answer:
        raise ScriptError(f"The node refused {method}: {why(answer['error'])}.")
    return answer["result"]


def _fees() -> dict[str, int]:
    """Return EIP-1559 fees for twice the present base fee, under the ceiling, in wei."""
    text = os.environ.get("LVO_MAX_FEE_GWEI", str(MAX_FEE_GWEI))
    if not text.isdigit() or int(text) == 0:
        raise ScriptError(f"LVO_MAX_FEE_GWEI is {text!r}: write the most that gas may cost as a whole number of gwei.")
    ceiling = int(text) * GWEI
    block = _ask("eth_getBlockByNumber", "latest", False)
    if "baseFeePerGas" not in block:
        raise ScriptError("This chain has no base fee (EIP-1559), so no ceiling of fees would hold. Nothing was sent.")
    base, tip = int(block["baseFeePerGas"], 16), int(_ask("eth_maxPriorityFeePerGas"), 16)
    if base + tip > ceiling:
        raise ScriptError(
            f"Gas costs {-(-(base + tip) // GWEI):,} gwei now, above the ceiling of {ceiling // GWEI:,}: wait, or "
            "raise LVO_MAX_FEE_GWEI, and run the same command again. Nothing was sent."
        )
    return {"maxFeePerGas": min(2 * base + tip, ceiling), "maxPriorityFeePerGas": tip}


def _limit(request: _Request, fields: dict[str, Any], least: int) -> int:
    """Return a gas limit: the node's estimate and 5 % more, under the cap of one transaction."""
    if least and is_development():
        return min(least, GAS_CAP)
    answer: Any = web3.provider.make_request(RPCEndpoint("eth_estimateGas"), [_encoded(fields)])
    if "error" in answer:
        raise ScriptError(f"The transaction {request.name} was not sent: {why(answer['error'])}.")
    estimate = int(answer["result"], 16)
    if estimate > GAS_CAP:
        raise ScriptError(
            f"The node estimates {estimate:,} gas for one transaction, above the cap of {GAS_CAP:,} (EIP-7825), so it "
            "was not sent. The chain prices storage or calldata higher than Ethereum does, or the batch is too large."
        )
    return max(min(estimate * MARGIN // 100, GAS_CAP), min(least, GAS_CAP))


def _encoded(fields: dict[str, Any]) -> dict[str, Any]:
    """Write the fields of a transaction as JSON-RPC has them."""
    return {name: hex(value) if isinstance(value, int) else value for name, value in fields.items()}


def _sign(account: Any, fields: dict[str, Any]) -> str:
    """Return the signed transaction, 0x and digits: with the key, or by the node of a chain of one's own."""
    key = getattr(account, "private_key", None)
    if key is None:
        return str(_ask("eth_signTransaction", _encoded(fields)))
    unsigned = {name: value for name, value in fields.items() if name != "from"}
    return _hex(web3.eth.account.sign_transaction(unsigned, key).raw_transaction)


def _deliver(request: _Request, fields: dict[str, Any], raw: str) -> Receipt:
    """Send a signed transaction and wait for it."""
    txid = _hex(web3.keccak(hexstr=raw))
    answer: Any = web3.provider.make_request(RPCEndpoint("eth_sendRawTransaction"), [raw])
    refused = answer.get("error")
    deadline = time.monotonic() + int(os.environ.get("LVO_WAIT", WAIT))
    polls = 0
    while (mined := _ask("eth_getTransactionReceipt", txid)) is None:
        if refused is not None:
            raise ScriptError(f"The transaction {request.name} was not sent: {_of_the_node(refused, fields)}.")
        if time.monotonic() > deadline:
            raise ScriptError(
                f"{txid} was sent, and nobody has mined it yet: look at it, then run the same command again."
            )
        time.sleep(min(2**polls, 100) / 50)
        polls += 1
    if int(mined["status"], 16) != 1:
        raise ScriptError(
            f"{txid} ({request.name}) failed, so nothing of it happened: {_replay(fields, mined)}. Mend that and run "
            "the same command again."
        )
    contract = None
    if request.container is not None:
        contract = attach(request.container, web3.to_checksum_address(mined["contractAddress"]))
    whole = web3.eth.get_transaction_receipt(txid)
    return Receipt(
        txid, int(whole["blockNumber"]), int(whole["gasUsed"]), tuple(whole["logs"]), contract, whole, request.abi
    )


def _of_the_node(refused: Any, fields: dict[str, Any]) -> str:
    """Explain why a node did not take a signed transaction."""
    words = why(refused)
    if "insufficient funds" in words.lower():
        most = fields["gas"] * fields["maxFeePerGas"] + fields["value"]
        has = int(_ask("eth_getBalance", fields["from"], "latest"), 16)
        return f"{fields['from']} has {_ether(has)} ether and this may cost {_ether(most)}: send it ether for gas"
    if "nonce" in words.lower():
        return f"another process used the key of {fields['from']} in this moment ({words}): run the same command again"
    return words


def _ether(wei: int) -> str:
    return f"{wei // 10**18}.{wei % 10**18 // 10**14:04}"


def _replay(fields: dict[str, Any], mined: dict[str, Any]) -> str:
    """Say why a mined transaction failed, by calling it again where it was."""
    if int(mined["gasUsed"], 16) * 64 >= fields["gas"] * 63:
        return f"it used up its {fields['gas']:,} gas"
    call: dict[str, Any] = {name: fields[name] for name in ("from", "to", "data", "value", "gas") if name in fields}
    answer: Any = web3.provider.make_request(RPCEndpoint("eth_call"), [_encoded(call), mined["blockNumber"]])
    return why(answer["error"]) if "error" in answer else "the chain was in another state then"


# -------------------------------------------------------------------------------------------------------- a Safe


def _collect(request: _Request, safe: str) -> Receipt:
    """Add a call to the file of a Safe whose owners sign elsewhere."""
    name = os.environ.get("LVO_SAFE")
    if not name or request.to is None:
        raise ScriptError(
            f"{safe} cannot sign here: name its key of Brownie's keystore in LVO_KEYSTORE, or, if it is a Safe, a file "
            "in LVO_SAFE to which the call is written for its owners to sign. Nothing was sent."
        )
    path, chain_id = Path(name), int(web3.eth.chain_id)
    calls: list[Call] = []
    if path.exists():
        before = json.loads(path.read_text())
        if (before.get("chainId"), before["meta"].get("createdFromSafeAddress")) != (str(chain_id), safe):
            raise ScriptError(f"{path} holds calls of another Safe or chain: name another file in LVO_SAFE.")
        calls = [Call(each["to"], int(each["value"]), each["data"]) for each in before["transactions"]]
    call = Call(request.to, request.value, request.data)
    if call not in calls:
        calls.append(call)
        write_file(path, json.dumps(builder_file(chain_id, safe, calls, "LIVE VIDEO"), indent=1).encode() + b"\n")
    say(f"{request.name} is call {calls.index(call) + 1} of {path}: import it into {safe}'s Transaction Builder.")
    return Receipt("", abi=request.abi)
