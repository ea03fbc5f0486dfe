"""Who can sign here, and the one way in which every script sends a transaction.

``send(contract.method, *arguments, sender=account)`` estimates, sets fees, signs, writes into the journal, sends, waits
and returns the receipt; ``send(brownie.Contract, *arguments, sender=account).contract`` deploys. Whatever goes wrong is
a :class:`ScriptError` whose sentence names the contract's error and says what to do.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brownie import accounts, web3
from brownie.network.account import LocalAccount
from brownie.network.contract import ContractContainer, OverloadedMethod
from hexbytes import HexBytes
from web3.datastructures import AttributeDict

from lvo import typed_data
from lvo.safe import Call, builder_file
from scripts.support.chain import attach
from scripts.support.console import ScriptError, say
from scripts.support.delivery import GAS_CAP, GWEI, Order, RefusalError, deliver, finish, hex_of
from scripts.support.node import ask, is_development
from scripts.support.records import write_file

__all__ = [
    "GAS_CAP",
    "GWEI",
    "Receipt",
    "RefusalError",
    "attach",
    "finish",
    "hex_of",
    "is_development",
    "send",
    "sign_message",
    "signer",
    "signers",
]
_loaded: dict[str, Any] = {}
"""Accounts whose keys were given, by their name in the keystore, or by the key."""


# -------------------------------------------------------------------------------------------------- who can sign


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
            able |= _of(_loaded.get(key) or _loaded.setdefault(key, _with_key(key)))
        except Exception:  # whatever it is, its words may hold the key
            raise ScriptError(f"Key {number + 1} of LVO_PRIVATE_KEY is none: it has 0x and 64 digits.") from None
    for account in accounts:
        able.setdefault(str(account.address), account)
    return able


def _of(account: Any) -> dict[str, Any]:
    return {str(account.address): account}


def _with_key(key: str) -> LocalAccount:
    owner = web3.eth.account.from_key(key)
    return LocalAccount(owner.address, owner, key)


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


def sign_message(account: Any, message: dict[str, Any]) -> str:
    """Sign typed data (EIP-712) with an account that can sign here; return 0x and the 65 bytes."""
    key = getattr(account, "private_key", None)
    if key is None:
        return str(ask("eth_signTypedData_v4", str(account.address), message))
    return hex_of(typed_data.sign(message, web3.eth.account.from_key(key)))


# ------------------------------------------------------------------------------------------------------- sending


@dataclass(frozen=True)
class Receipt:
    """What became of a transaction.

    Attributes
    ----------
    txid
        Its hash; empty if it was written for a Safe instead of sent.
    block_number, gas_used
        Where it was mined and what it used; 0 if it was not sent.
    contract
        Brownie's contract, if it deployed one.
    logs
        As the node gives them; :meth:`events` reads them.
    abi
        Of the contract.
    """

    txid: str
    block_number: int = 0
    gas_used: int = 0
    contract: Any = None
    logs: list[dict[str, Any]] = field(default_factory=list, repr=False)
    abi: list[dict[str, Any]] = field(default_factory=list, repr=False)

    @property
    def sent(self) -> bool:
        """Whether it went to the chain."""
        return bool(self.txid)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the arguments of every event of this name and of the called contract's form, in order."""
        event = web3.eth.contract(abi=self.abi).events[name]()
        topic = hex_of(event.topic)
        found = [log for log in self.logs if log["topics"] and log["topics"][0] == topic]
        return [dict(event.process_log(_formatted(log))["args"]) for log in found]


def _formatted(log: dict[str, Any]) -> Any:
    """Give a log of the node the types that web3 decodes."""
    numbers = {name: int(log[name], 16) for name in ("blockNumber", "logIndex", "transactionIndex")}
    words = {name: HexBytes(log[name]) for name in ("data", "blockHash", "transactionHash")}
    return AttributeDict({**log, **numbers, **words, "topics": [HexBytes(topic) for topic in log["topics"]]})


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
    txid, mined = deliver(Order(request.name, request.to, request.data, value, account, gas))
    contract = None
    if request.container is not None:
        contract = attach(request.container, web3.to_checksum_address(mined["contractAddress"]))
    block, used = int(mined["blockNumber"], 16), int(mined["gasUsed"], 16)
    return Receipt(txid, block, used, contract, mined["logs"], request.abi)


def _request(method: Any, arguments: tuple[Any, ...], value: int) -> _Request:
    if isinstance(method, ContractContainer):
        name = f"deployment of {method._name}"
        return _Request(name, None, hex_of(method.deploy.encode_input(*arguments)), value, method.abi, method)
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
