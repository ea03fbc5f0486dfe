"""What the everyday acts of a token cost: ours, and those of the peers that do the same or less."""

from collections.abc import Callable

from web3.contract import Contract

from benchmarks.chain import Built, Chain, key, receiver
from benchmarks.compiler import Artifact

AMOUNT = 100 * 10**18
"""In wei; what every transfer moves (seven bytes that are not zero)."""
SUPPLY = 10**27
"""In wei."""
ROWS = 200
"""Receivers of a push."""
REPEATS = 40
"""Transfers that a mean is taken of; even, because our history holds two checkpoints a word."""
DEADLINE = 1_798_761_599
"""Of permits, seconds."""

PERMIT = {
    "Permit": [
        {"name": "owner", "type": "address"},
        {"name": "spender", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ]
}

Figures = dict[str, int]
"""Gas by scenario."""
Push = Callable[[list[str]], int]
"""Pays :data:`AMOUNT` to each receiver in one transaction; returns its gas."""


def mean(gas: list[int]) -> int:
    """The mean, rounded up: never better than it is."""
    return -(-sum(gas) // len(gas))


def token(chain: Chain, artifact: Artifact, *args: object) -> Contract:
    """Deploy a token whose whole supply is the treasury's."""
    return chain.deploy(artifact, key("treasury").address, *args)[0]


def _permit(chain: Chain, contract: Contract) -> int:
    """The first permit of Alice, who has never sent anything, handed in by the operator."""
    owner, spender = key("alice"), receiver("spender")
    domain = {"name": "LIVE VIDEO", "version": "1", "chainId": 1337, "verifyingContract": contract.address}
    message = {"owner": owner.address, "spender": spender, "value": AMOUNT, "nonce": 0, "deadline": DEADLINE}
    signed = owner.sign_typed_data(domain, PERMIT, message)
    r, s = (part.to_bytes(32, "big") for part in (signed.r, signed.s))
    return chain.gas("operator", contract, "permit", owner.address, spender, AMOUNT, DEADLINE, signed.v, r, s)


def plain(chain: Chain, contract: Contract) -> Figures:
    """Scenarios without votes; nobody has delegated."""
    chain.gas("treasury", contract, "approve", key("operator").address, 10 * AMOUNT)
    first = receiver("first")
    return {
        "transfer to fresh": chain.gas("treasury", contract, "transfer", first, AMOUNT),
        "transfer to holder": chain.gas("treasury", contract, "transfer", first, AMOUNT),
        "approve": chain.gas("treasury", contract, "approve", receiver("spender"), AMOUNT),
        "transferFrom, finite, to holder": chain.gas(
            "operator", contract, "transferFrom", key("treasury").address, first, AMOUNT
        ),
    }


def permit(chain: Chain, contract: Contract) -> Figures:
    """The scenario of a signed approval."""
    return {"permit, first": _permit(chain, contract)}


def votes(chain: Chain, contract: Contract) -> Figures:
    """Scenarios with delegations: one transfer a second, after both delegates have a history."""
    alice, bob, holder = key("alice").address, key("bob").address, receiver("first")
    for person in (alice, bob):
        chain.gas("treasury", contract, "transfer", person, 1_000 * AMOUNT)
    figures = {"delegate to self, first": chain.gas("alice", contract, "delegate", alice)}
    chain.gas("bob", contract, "delegate", bob)
    for _ in range(4):
        chain.gas("alice", contract, "transfer", bob, AMOUNT)
    both = [chain.gas("alice", contract, "transfer", bob, AMOUNT) for _ in range(REPEATS)]
    sender = [chain.gas("alice", contract, "transfer", holder, AMOUNT) for _ in range(REPEATS)]
    return figures | {"transfer, both delegated, mean": mean(both), "transfer, sender delegated, mean": mean(sender)}


def push(pay: Push) -> Figures:
    """Scenarios of paying many at once, for each of them."""
    receivers = [receiver(f"row {row}") for row in range(ROWS)]
    return {
        f"push to {ROWS} fresh, each": -(-pay(receivers) // ROWS),
        f"push to {ROWS} holders, each": -(-pay(receivers) // ROWS),
    }


def ours(chain: Chain, built: Built) -> Figures:
    """LVO."""
    lvo = token(chain, built["LVOToken"])
    figures = plain(chain, lvo) | permit(chain, lvo) | votes(chain, lvo)

    def pay(receivers: list[str]) -> int:
        return chain.gas("treasury", lvo, "transferBatch", [(each, AMOUNT) for each in receivers])

    return figures | push(pay)


def _loop(chain: Chain, built: Built, contract: Contract) -> Push:
    """A contract that holds what it is to pay."""
    loop = chain.deploy(built["SoladyLoop"])[0]
    chain.gas("treasury", contract, "transfer", loop.address, 10 * ROWS * AMOUNT)

    def pay(receivers: list[str]) -> int:
        return chain.gas("treasury", loop, "push", contract.address, receivers, [AMOUNT] * len(receivers))

    return pay


def peers(chain: Chain, built: Built) -> dict[str, Figures]:
    """Tokens with permits and votes, which do the same job."""
    figures = {}
    for name, contract_name in (
        ("OpenZeppelin ERC20Permit+Votes 5.3.0", "OpenZeppelinVotesToken"),
        ("Solady ERC20Votes 0.1.26", "SoladyVotesToken"),
    ):
        contract = token(chain, built[contract_name], SUPPLY)
        figures[name] = plain(chain, contract) | permit(chain, contract) | votes(chain, contract)
        figures[f"Solady SafeTransferLib loop, {name}"] = push(_loop(chain, built, contract))
    return figures


def context(chain: Chain, built: Built) -> dict[str, Figures]:
    """Tokens without votes, which do less."""
    figures = {}
    for name, contract_name, has_permit in (
        ("OpenZeppelin ERC20 5.3.0", "OpenZeppelinToken", False),
        ("Solady ERC20 0.1.26", "SoladyToken", True),
        ("solmate ERC20 6.8.0", "SolmateToken", True),
    ):
        contract = token(chain, built[contract_name], SUPPLY)
        figures[name] = plain(chain, contract) | (permit(chain, contract) if has_permit else {})
        figures[f"Solady SafeTransferLib loop, {name}"] = push(_loop(chain, built, contract))
    return figures
