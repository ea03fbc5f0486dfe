"""What the verbs of ``escrow`` do: read orders and their signatures, sign, and read the escrow."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brownie
from brownie import chain, web3
from eth_account import Account
from eth_utils.address import to_checksum_address
from web3.exceptions import BadFunctionCallOutput, ContractLogicError
from web3.types import RPCEndpoint

from lvo.models.escrow import Position, State
from lvo.retail import Order
from lvo.retail.files import read_order, to_json
from lvo.retail.mistakes import RetailError, problems, warnings
from lvo.retail.record import Books
from lvo.retail.text import render
from lvo.typed_data import recover, signable, token_message
from lvo.units import format_lvo
from scripts.support.chain import events
from scripts.support.console import ScriptError, say, table
from scripts.support.records import write_file
from scripts.support.sending import attach, signers

SIDES = ("buyer", "merchant")
MAGIC = "1626ba7e"
"""How a contract wallet says yes (ERC-1271)."""
FOREVER = 2**256 - 1
STATES = {
    State.NONE: "not funded",
    State.FUNDED: "funded",
    State.SHIPPED: "shipped",
    State.DISPUTED: "disputed",
    State.CLOSED: "closed",
}


def now() -> int:
    """Return the time that the next transaction will see, at least, in Unix seconds."""
    return max(int(web3.eth.get_block("latest")["timestamp"]), int(chain.time()))


def fresh_salt() -> int:
    """Return 64 random bits: enough to tell orders apart, and cheap to send."""
    return secrets.randbits(64)


@dataclass(frozen=True)
class Agreement:
    """An order in a file, with the signatures beside it.

    Attributes
    ----------
    path
        Of the order; the signature of a side is in the same folder, as ``<name>.<side>.sig``.
    """

    path: Path
    order: Order

    @classmethod
    def load(cls, path: str) -> "Agreement":
        """Read an order's file."""
        try:
            return cls(Path(path), read_order(Path(path)))
        except RetailError as error:
            raise ScriptError(f"{error} Nothing was sent.") from None

    def account(self, side: str) -> str:
        """Return who is the buyer, or the merchant."""
        return to_checksum_address(self.order.buyer if side == "buyer" else self.order.merchant)

    def beside(self, ending: str) -> Path:
        """Return the path of a file that belongs to the order."""
        return self.path.with_name(f"{self.path.stem}.{ending}")

    def signature(self, side: str, message: dict[str, Any] | None = None, ending: str = "sig") -> bytes:
        """Return the signature of a side, empty if there is none.

        Raises
        ------
        ScriptError
            If there is one, and another key made it or the order was altered since.
        """
        message = self.order.message if message is None else message
        path = self.beside(f"{side}.{ending}")
        if not path.exists():
            return b""
        try:
            signature = bytes.fromhex(path.read_text().strip().removeprefix("0x"))
        except ValueError:
            raise ScriptError(f"{path} holds no signature: 0x and hexadecimal digits. Ask for it again.") from None
        account = self.account(side)
        if not accepts(account, message, signature):
            try:
                signer = str(to_checksum_address(recover(message, signature)))
            except Exception:  # eth-account has many ways to say that this is no signature
                signer = "nobody"
            raise ScriptError(
                f"RetailEscrow_InvalidSigner({signer}, {account}): {path} is not the {side}'s signature of this file. "
                "Either another key signed, or something was altered since: let the "
                f"{side} read it and sign again. Nothing was sent."
            )
        return signature


def accepts(account: str, message: dict[str, Any], signature: bytes) -> bool:
    """Tell whether an account signed: by its key, or, as a contract wallet, by ERC-1271."""
    try:
        if to_checksum_address(recover(message, signature)) == account:
            return True
    except Exception:  # a malformed signature may still satisfy a wallet
        pass
    if not web3.eth.get_code(account):
        return False
    encoded = signable(message)
    hashed = web3.keccak(b"\x19" + encoded.version + encoded.header + encoded.body)
    data = bytes.fromhex(MAGIC) + _encode(["bytes32", "bytes"], [hashed, signature])
    try:
        return bytes(web3.eth.call({"to": account, "data": data}))[:4].hex() == MAGIC
    except (ContractLogicError, ValueError):
        return False


def _encode(kinds: list[str], values: list[Any]) -> bytes:
    return bytes(web3.codec.encode(kinds, values))


# ------------------------------------------------------------------------------------------------------ contracts


def find(address: str, chain_id: int | None = None) -> Any:
    """Return the escrow at an address of this chain.

    Raises
    ------
    ScriptError
        If this is another chain than ``chain_id``, or there is no escrow.
    """
    here = int(web3.eth.chain_id)
    if chain_id is not None and here != chain_id:
        raise ScriptError(
            f"This is chain {here}, and the order is for chain {chain_id}, so no signature of it counts here: choose "
            "the network with --network. Nothing was sent."
        )
    address = to_checksum_address(address)
    if not web3.eth.get_code(address):
        raise ScriptError(f"There is no contract at {address} on chain {here}: the address or the network is wrong.")
    try:
        web3.eth.contract(address=address, abi=brownie.RetailEscrow.abi).functions.positions(bytes(32)).call()
    except (ContractLogicError, BadFunctionCallOutput, ValueError):
        raise ScriptError(f"The contract at {address} is not a RetailEscrow: the address is wrong.") from None
    return attach(brownie.RetailEscrow, address)


def lvo_of(escrow: Any) -> Any:
    """Return the token of an escrow."""
    return attach(brownie.LVOToken, str(escrow.LVO()))


def position(escrow: Any, order: Order) -> Position:
    """Read what the chain stores of an order."""
    remaining, deadline, round_, state = escrow.positions(order.id)
    return Position(int(remaining), int(deadline), int(round_), State(state))


def books(escrow: Any) -> Books:
    """Read everything that the events of an escrow tell."""
    codec = web3.eth.contract(abi=escrow.abi)
    ours = [each for each in escrow.abi if each["type"] == "event"]
    decoders = {_digits(codec.events[each["name"]]().topic): codec.events[each["name"]]() for each in ours}
    told = Books()
    for log in events(str(escrow.address), 0, int(web3.eth.block_number)):
        decoder = decoders.get(_digits(log["topics"][0]))
        if decoder is None or decoder.event_name == "EIP712DomainChanged":
            continue
        arguments = decoder.process_log(log)["args"]
        told.read(decoder.event_name, [_plain(arguments[each["name"]]) for each in decoder.abi["inputs"]])
    return told


def _digits(value: Any) -> str:
    return str(value.hex() if hasattr(value, "hex") else value).removeprefix("0x")


def _plain(value: Any) -> Any:
    """A struct as a tuple in the order of its fields; everything else as it is."""
    return tuple(value.values()) if hasattr(value, "values") else value


# ----------------------------------------------------------------------------------------------------- what is said


def shown(path: Path) -> Path:
    """Return a path as one would type it from here."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path


def show(order: Order, title: str = "Order") -> None:
    """Print an order in words."""
    table(title, ("", "value"), render(order))
    for line in warnings(order):
        say(f"Mind: {line}", style="yellow")


def refuse_bad(order: Order, token: str = "") -> None:
    """Stop if the contract would refuse the terms."""
    found = problems(order, now(), token)
    if found:
        raise ScriptError(
            "\n".join(map(str, found)) + f"\n{len(found)} reason{'s' * (len(found) != 1)} not to: nothing was done."
        )


def refuse_state(order: Order, stored: Position, *states: State) -> None:
    """Stop if an order is not where something can be done with it."""
    if stored.state in states:
        return
    wanted = " or ".join(STATES[state] for state in states)
    raise ScriptError(
        f"RetailEscrow_WrongState(0x{order.id.hex()}, {stored.state.name.capitalize()}): the order is "
        f"{STATES[stored.state]}, and this needs one that is {wanted}. Run status. Nothing was sent."
    )


def refuse_unpayable(escrow: Any, account: str, amount: int, what: str) -> None:
    """Stop if an account lacks LVO, or has not allowed the escrow to take it."""
    token = lvo_of(escrow)
    held, allowed = int(token.balanceOf(account)), int(token.allowance(account, escrow))
    if held < amount:
        raise ScriptError(
            f"ERC20InsufficientBalance({account}, {held}, {amount}): {what} is {format_lvo(amount)} LVO and the "
            f"account has {format_lvo(held)} LVO: send it the rest. Nothing was sent."
        )
    if allowed < amount:
        raise ScriptError(
            f"ERC20InsufficientAllowance({escrow.address}, {allowed}, {amount}): {account} has not allowed the escrow "
            f"to take {what}: let it run `brownie run escrow allow {escrow.address} {format_lvo(amount)} {account}`. "
            "Nothing was sent."
        )


# ---------------------------------------------------------------------------------------------------------- signing


def sign(account: Any, message: dict[str, Any]) -> bytes:
    """Sign typed data with one of Brownie's accounts: by its key, or by the node of a chain of one's own."""
    key = getattr(account, "private_key", None)
    if key is not None:
        return bytes(Account.sign_message(signable(message), key).signature)
    document = json.loads(to_json(message))
    answer: Any = web3.provider.make_request(RPCEndpoint("eth_signTypedData_v4"), [str(account.address), document])
    if "error" in answer:
        raise ScriptError(f"The node does not sign typed data for {account.address}: {answer['error'].get('message')}.")
    return bytes.fromhex(str(answer["result"]).removeprefix("0x"))


def sign_permit(escrow: Any, account: Any, amount: int) -> bytes:
    """Sign a permit of LVO for an escrow, which does not expire before it is used."""
    token = lvo_of(escrow)
    owner = str(account.address)
    fields = {"owner": owner, "spender": str(escrow.address), "value": amount, "deadline": FOREVER}
    nonce = int(token.nonces(owner))
    return sign(account, token_message("Permit", int(web3.eth.chain_id), str(token.address), nonce=nonce, **fields))


def payment_of(escrow: Any, order: Order) -> dict[str, Any]:
    """Return the authorization (ERC-3009) by which the buyer pays an order: its nonce is the order's id."""
    token = lvo_of(escrow)
    fields = {"from": order.buyer, "to": order.escrow, "value": order.price, "validAfter": 0}
    fields |= {"validBefore": order.fund_by, "nonce": order.id}
    return token_message("ReceiveWithAuthorization", order.chain_id, str(token.address), **fields)


def able(agreement: Agreement, sides: Iterable[str] = SIDES) -> dict[str, Any]:
    """Return those of the sides that can sign here, with Brownie's account of each."""
    here = signers()
    return {side: here[agreement.account(side)] for side in sides if agreement.account(side) in here}


def only(account: str, who: str) -> Any:
    """Return the account that alone may do something.

    Raises
    ------
    ScriptError
        If it cannot sign here.
    """
    found = signers().get(to_checksum_address(account))
    if found is None:
        raise ScriptError(
            f"Only the {who} {to_checksum_address(account)} may do this, and it cannot sign here: name its key of "
            "Brownie's keystore in LVO_KEYSTORE. Nothing was sent."
        )
    return found


def keep(path: Path, text: str) -> None:
    """Write a file of an agreement, whole or not at all."""
    write_file(path, text.encode())
