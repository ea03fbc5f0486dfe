"""Orders in files: drafted as YAML, kept as the JSON that wallets sign."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from eth_utils.crypto import keccak

from lvo.models.base import NOBODY
from lvo.plan.document import Node, read_document
from lvo.plan.fields import parse_address, parse_amount, parse_seconds, parse_share, parse_time
from lvo.plan.mistakes import Mistakes
from lvo.retail.mistakes import RetailError
from lvo.retail.order import Item, Order

NEEDED = (
    "chain", "escrow", "buyer", "merchant", "arbiter", "silent_buyer", "fund_by", "ship_within", "inspect_within",
    "rule_within", "items",
)  # fmt: skip
OPTIONAL = ("fee", "fee_to", "merchant_bond", "dispute_bond", "terms", "salt")
_NUMBERS = {
    "price": "price", "merchantBond": "merchant_bond", "disputeBond": "dispute_bond", "feeBps": "fee_bps",
    "silentBuyerBps": "silent_buyer_bps", "fundBy": "fund_by", "shipWindow": "ship_window",
    "inspectWindow": "inspect_window", "rulingWindow": "ruling_window", "salt": "salt",
}  # fmt: skip
_ACCOUNTS = {"buyer": "buyer", "merchant": "merchant", "arbiter": "arbiter", "feeTo": "fee_to"}

T = TypeVar("T")


def read_draft(path: Path, salt: int) -> Order:
    """Read an order as a merchant writes it down, in YAML.

    Parameters
    ----------
    salt
        If the file has none.

    Raises
    ------
    lvo.plan.PlanError
        With every mistake at once, each with its line.
    """
    mistakes = Mistakes()
    keys = read_document(path).keys(mistakes, NEEDED, OPTIONAL)

    def read(key: str, parse: Callable[[str], T], default: T) -> T:
        if key not in keys:
            return default
        return _value(mistakes, keys[key], parse, default)

    items = [_item(mistakes, node) for node in keys["items"].items(mistakes)] if "items" in keys else []
    if "items" in keys and not items:
        mistakes.add(keys["items"].place, "an order has at least one item")
    if "fee" in keys and "fee_to" not in keys:
        mistakes.add(keys["fee"].place, "a fee is paid to somebody: write fee_to")
    terms = read("terms", lambda text: (path.parent / text).read_bytes(), b"")
    order = Order(
        chain_id=read("chain", _whole, 0),
        escrow=read("escrow", parse_address, NOBODY),
        buyer=read("buyer", parse_address, NOBODY),
        merchant=read("merchant", parse_address, NOBODY),
        arbiter=read("arbiter", parse_address, NOBODY),
        fee_to=read("fee_to", parse_address, NOBODY),
        price=sum(item.amount for item in items),
        merchant_bond=read("merchant_bond", parse_amount, 0),
        dispute_bond=read("dispute_bond", parse_amount, 0),
        fee_bps=read("fee", parse_share, 0),
        silent_buyer_bps=read("silent_buyer", parse_share, 0),
        fund_by=read("fund_by", parse_time, 0),
        ship_window=read("ship_within", parse_seconds, 0),
        inspect_window=read("inspect_within", parse_seconds, 0),
        ruling_window=read("rule_within", parse_seconds, 0),
        items=tuple(items),
        terms_hash=bytes(keccak(terms)) if terms else bytes(32),
        salt=read("salt", _whole, salt),
    )
    mistakes.raise_if_any()
    return order


def _value(mistakes: Mistakes, node: Node, parse: Callable[[str], T], default: T) -> T:
    text = node.text(mistakes)
    try:
        value = None if text is None else mistakes.read(node.place, parse, text)
    except OSError as error:
        mistakes.add(node.place, f"the file cannot be read: {error.strerror}")
        return default
    return default if value is None else value


def _item(mistakes: Mistakes, node: Node) -> Item:
    keys = node.keys(mistakes, ("sku", "quantity", "price"))
    return Item(
        _value(mistakes, keys["sku"], str, "") if "sku" in keys else "",
        _value(mistakes, keys["quantity"], _whole, 0) if "quantity" in keys else 0,
        _value(mistakes, keys["price"], parse_amount, 0) if "price" in keys else 0,
    )


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is not a whole number: write digits only")
    return int(text)


def to_json(message: dict[str, Any]) -> str:
    """Write typed data as wallets take it: numbers as decimal text, bytes as hexadecimal."""

    def plain(value: Any) -> Any:
        if isinstance(value, bytes):
            return "0x" + value.hex()
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        if isinstance(value, list):
            return [plain(each) for each in value]
        return str(value) if isinstance(value, int) else value

    written = dict(message, message=plain(message["message"]))
    return json.dumps(written, indent=2, ensure_ascii=False) + "\n"


def read_order(path: Path) -> Order:
    """Read an order that :func:`to_json` or a wallet wrote.

    Raises
    ------
    RetailError
        If it is no such file, or says anything beside an order of the escrow's own type.
    """
    try:
        document = json.loads(path.read_text())
        domain, message = document["domain"], document["message"]
        values: dict[str, Any] = {name: int(str(message[key]), 0) for key, name in _NUMBERS.items()}
        values |= {name: parse_address(message[key]) for key, name in _ACCOUNTS.items() if key != "feeTo"}
        fee_to = str(message["feeTo"])
        values["fee_to"] = fee_to if fee_to == NOBODY else parse_address(fee_to)
        order = Order(
            chain_id=int(str(domain["chainId"]), 0),
            escrow=parse_address(domain["verifyingContract"]),
            items=tuple(
                Item(str(each["sku"]), int(str(each["quantity"]), 0), int(str(each["price"]), 0))
                for each in message["items"]
            ),
            terms_hash=bytes.fromhex(str(message["termsHash"]).removeprefix("0x")),
            **values,
        )
        same = json.loads(to_json(order.message)) == _normal(document)
    except FileNotFoundError:
        raise RetailError(f"There is no file {path}: draft writes one.") from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise RetailError(f"{path} is not an order as draft writes it ({error}): ask for it again.") from None
    if not same:
        raise RetailError(f"{path} has other types, another domain or more in it than an order: do not sign it.")
    return order


def _normal(document: dict[str, Any]) -> dict[str, Any]:
    """The same with numbers as text and addresses in checksum case, so that spelling does not matter."""
    message = dict(document["message"])
    for key in _NUMBERS:
        message[key] = str(int(str(message[key]), 0))
    for key in _ACCOUNTS:
        message[key] = message[key] if message[key] == NOBODY else parse_address(message[key])
    message["items"] = [
        {**each, "quantity": str(int(str(each["quantity"]), 0)), "price": str(int(str(each["price"]), 0))}
        for each in message["items"]
    ]
    message["termsHash"] = str(message["termsHash"]).lower()
    domain = dict(document["domain"])
    domain["chainId"] = int(str(domain["chainId"]), 0)
    domain["verifyingContract"] = parse_address(domain["verifyingContract"])
    return {**document, "domain": domain, "message": message}


def choose(order: Order, skus: tuple[str, ...]) -> int:
    """Return what some items of an order cost together, in wei; what remains of none named is for the caller to say.

    Raises
    ------
    RetailError
        If the order has no such item.
    """
    amount = 0
    for sku in skus:
        name, _, count = sku.partition("=")
        lines = [item for item in order.items if item.sku == name]
        if not lines:
            names = "; ".join(item.sku for item in order.items)
            raise RetailError(f"The order has no item {name!r}; it has {names}.")
        if not count:
            amount += sum(item.amount for item in lines)
            continue
        if len(lines) > 1 or not count.isdigit() or not 0 < int(count) <= lines[0].quantity:
            raise RetailError(f"{sku!r} is not from 1 to {lines[0].quantity:,} of one line of the order.")
        amount += int(count) * lines[0].price
    return amount
