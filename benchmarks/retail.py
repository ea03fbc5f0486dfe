"""What it costs to buy through the escrow: fund, ship, confirm, dispute, rule and run out of time."""

from web3 import Web3
from web3.contract import Contract

from benchmarks.chain import Built, Chain, key, receiver
from benchmarks.tokens import AMOUNT, Figures, token
from lvo.retail import Item, Order
from lvo.typed_data import sign

DAY = 86_400
"""Seconds."""
SHIP, INSPECT, RULING = 7 * DAY, 14 * DAY, 30 * DAY
"""The windows, seconds."""
BOND = AMOUNT // 10
"""Of the merchant and of a dispute, in wei."""
MANY = 20
"""Orders of a batch, each of another merchant."""
DEADLINE = 1_798_761_599
"""The last second in which orders can be funded."""

FUND, BONDED = "escrow fund", "escrow fund, with a merchant's bond"
CONFIRM, MORE = "escrow confirm, to holder, with fee", "escrow confirm, one more order in a batch"
SHIPPED, DISPUTED, RULED = "escrow ship", "escrow dispute, half the price, bonded", "escrow ruling, split, with fee"
TIMEOUT = "escrow timeout, buyer silent, with fee"


class Shop:
    """An escrow and orders of alice at bob's, which the operator arbitrates; every receiver holds LVO already."""

    def __init__(self, chain: Chain, built: Built) -> None:
        self.chain, self.orders = chain, 0
        self.token = token(chain, built["LVOToken"])
        self.escrow: Contract = chain.deploy(built["RetailEscrow"], self.token.address)[0]
        for name in ("alice", "bob"):
            self._give(key(name).address)
            chain.gas(name, self.token, "approve", self.escrow.address, 2**256 - 1)
        self._give(receiver("platform"))

    def _give(self, account: str) -> None:
        self.chain.gas("treasury", self.token, "transfer", account, 1_000 * AMOUNT)

    def open(self, name: str) -> None:
        """Let another merchant send transactions; it holds LVO already."""
        account = key(name).address
        self.chain.ask("evm_addAccount", account, "")
        self.chain.ask("personal_unlockAccount", account, "", 0)
        self.chain.ask("evm_setAccountBalance", account, hex(10**21))
        self._give(account)

    def order(self, merchant: str, merchant_bond: int = 0, dispute_bond: int = 0) -> Order:
        """An order that differs from all before by its salt."""
        self.orders += 1
        return Order(
            chain_id=1337,
            escrow=self.escrow.address,
            buyer=key("alice").address,
            merchant=key(merchant).address,
            arbiter=key("operator").address,
            fee_to=receiver("platform"),
            price=AMOUNT,
            merchant_bond=merchant_bond,
            dispute_bond=dispute_bond,
            fee_bps=250,
            silent_buyer_bps=5_000,
            fund_by=DEADLINE,
            ship_window=SHIP,
            inspect_window=INSPECT,
            ruling_window=RULING,
            items=(Item("mug, blue", 2, AMOUNT // 2),),
            terms_hash=bytes(Web3.keccak(text="terms")),
            salt=int.from_bytes(Web3.keccak(text=f"salt {self.orders}")[:8], "big"),
        )

    def fund(self, order: Order, merchant: str = "bob") -> int:
        """Alice funds; the merchant has signed."""
        return self.act("alice", "fund", order, b"", sign(order.message, key(merchant)))

    def act(self, sender: str, function: str, order: Order, *args: object) -> int:
        """Call a function on an order in a transaction of its own; returns the gas of all of it."""
        return self.chain.gas(sender, self.escrow, function, order.call, *args)

    def shipped(self, merchant: str = "bob", **bonds: int) -> Order:
        """An order on its way."""
        order = self.order(merchant, **bonds)
        self.fund(order, merchant)
        self.act(merchant, "ship", order, order.terms_hash)
        return order


def ours(chain: Chain, built: Built) -> Figures:
    """Each act once, on an order of its own; the escrow holds LVO of another."""
    shop = Shop(chain, built)
    shop.shipped()
    figures = {FUND: shop.fund(shop.order("bob")), BONDED: shop.fund(shop.order("bob", merchant_bond=BOND))}
    order = shop.order("bob")
    shop.fund(order)
    figures[SHIPPED] = shop.act("bob", "ship", order, order.terms_hash)
    figures[CONFIRM] = shop.act("alice", "confirm", order)
    merchants = [f"merchant {number}" for number in range(MANY)]
    for name in merchants:
        shop.open(name)
    one, many = shop.shipped(), [shop.shipped(name) for name in merchants]
    first = chain.gas("alice", shop.escrow, "confirmMany", [one.call])
    rest = chain.gas("alice", shop.escrow, "confirmMany", [each.call for each in many])
    figures[MORE] = -(-(rest - first) // (MANY - 1))
    order = shop.shipped(merchant_bond=BOND, dispute_bond=BOND)
    figures[DISPUTED] = shop.act("alice", "dispute", order, AMOUNT // 2, order.terms_hash)
    chain.jump(chain.time() + RULING // 2)
    figures[RULED] = shop.act("operator", "rule", order, AMOUNT // 4, 1)
    order = shop.shipped()
    chain.jump(chain.time() + INSPECT)
    figures[TIMEOUT] = shop.act("operator", "timeout", order)
    return figures
