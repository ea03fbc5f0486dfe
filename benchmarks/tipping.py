"""What tips and channels cost."""

from typing import Any

from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.contract import Contract

from benchmarks.chain import Built, Chain, key, receiver
from benchmarks.tokens import AMOUNT, SUPPLY, Figures, token

BATCH = 100
"""Vouchers of a batch, of as many payers for one payee, as a hub settles them."""
CONTENT = Web3.keccak(text="LIVE VIDEO bench, content")
MEMO = Web3.keccak(text="LIVE VIDEO bench, memo")
NOTHING = bytes(32)
NOTICE = 86_400
"""Seconds."""
LIFE = 200 * 86_400
"""Seconds from the opening of a channel to its expiry."""
INFINITE = 2**256 - 1

VOUCHER = {
    "Voucher": [
        {"name": "channel", "type": "bytes32"},
        {"name": "cumulative", "type": "uint256"},
        {"name": "memoHash", "type": "bytes32"},
        {"name": "lock", "type": "bytes32"},
        {"name": "locked", "type": "uint256"},
        {"name": "lockExpiry", "type": "uint256"},
    ]
}

Row = tuple[Any, ...]


def _settlement(jar: Contract, channel: Row, signer: LocalAccount, cumulative: int) -> Row:
    """A signed voucher with a memo and without a lock."""
    voucher = (cumulative, MEMO, NOTHING, 0, 0)
    names = [member["name"] for member in VOUCHER["Voucher"]]
    fields = dict(zip(names, (jar.functions.channelId(channel).call(), *voucher), strict=True))
    domain = {"name": "LIVE VIDEO TipJar", "version": "1", "chainId": 1337, "verifyingContract": jar.address}
    signed = signer.sign_typed_data(domain, VOUCHER, fields)
    vs = signed.s | (signed.v - 27) << 255
    return channel, voucher, NOTHING, signed.r.to_bytes(32, "big"), vs.to_bytes(32, "big")


def ours(chain: Chain, built: Built) -> Figures:
    """Tips to a holder; a channel of the treasury, which then settles twice and closes; a hub's batch."""
    lvo = token(chain, built["LVOToken"])
    jar = chain.deploy(built["TipJar"], lvo.address)[0]
    treasury, operator = key("treasury"), key("operator")
    creator = receiver("creator")
    for person in (creator, operator.address, key("alice").address):
        chain.gas("treasury", lvo, "transfer", person, AMOUNT)
    for sender in ("treasury", "alice"):
        chain.gas(sender, lvo, "approve", jar.address, INFINITE)

    def channel(salt: int, payee: str, signer: LocalAccount) -> Row:
        return treasury.address, payee, signer.address, NOTICE, chain.time() + LIFE + salt

    # The contract holds somebody's deposit already.
    chain.gas("treasury", jar, "open", channel(1, receiver("other"), treasury), 10 * AMOUNT)
    tip = (creator, CONTENT, AMOUNT, 1, NOTHING)
    figures = {"tip with content event": chain.gas("treasury", jar, "tip", *tip)}
    terms = channel(2, operator.address, treasury)
    figures["channel open"] = chain.gas("treasury", jar, "open", terms, 10 * AMOUNT)
    chain.gas("operator", jar, "settle", _settlement(jar, terms, treasury, AMOUNT))
    again = _settlement(jar, terms, treasury, 2 * AMOUNT)
    figures["channel settle, again"] = chain.gas("operator", jar, "settle", again)
    last = _settlement(jar, terms, treasury, 6 * AMOUNT)
    figures["channel close with a voucher"] = chain.gas("operator", jar, "closeWith", last)

    rows = []
    for row in range(BATCH):
        signer = key(f"viewer {row}")
        each = channel(100 + row, operator.address, signer)
        chain.gas("treasury", jar, "open", each, 10 * AMOUNT)
        rows.append(_settlement(jar, each, signer, AMOUNT + row))
    many = chain.gas("operator", jar, "settleMany", rows)
    return figures | {f"vouchers settled in a batch of {BATCH}, each": -(-many // BATCH)}


def context(chain: Chain, built: Built) -> dict[str, Figures]:
    """A transfer, which says nothing of what it is for."""
    asset = token(chain, built["OpenZeppelinToken"], SUPPLY)
    chain.gas("treasury", asset, "transfer", receiver("creator"), AMOUNT)
    gas = chain.gas("treasury", asset, "transfer", receiver("creator"), AMOUNT)
    return {"OpenZeppelin ERC20 5.3.0, a plain transfer": {"tip with content event": gas}}
