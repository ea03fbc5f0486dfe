"""What it costs to claim by a Merkle root, and to push claims to many: ours, and the peers."""

import json
import random
from collections.abc import Callable
from functools import cache

from eth_abi.packed import encode_packed
from web3 import Web3
from web3.contract import Contract

from benchmarks.chain import Built, Chain, key, receiver
from benchmarks.compiler import HERE, Artifact
from benchmarks.tokens import AMOUNT, ROWS, SUPPLY, Figures, token
from lvo.merkle import StandardMerkleTree, hash_pair, keccak256
from lvo.rewards.claims import push_batches
from lvo.rewards.entitlements import Entitlements

SIZES = {"1k": 1_000, "100k": 100_000}
"""Leaves of the trees."""
BIG = SIZES["100k"]
CHAIN_ID = 1337
DAY = 86_400
"""Seconds."""
FUNDS = 10**6 * 10**18
"""In wei; what a ledger holds."""

FRESH, HOLDERS = f"claims pushed to {ROWS} fresh, each", f"claims pushed to {ROWS} holders, each"
Enact = Callable[[str], None]
"""Lets a root count."""


def _first(size: str) -> str:
    return f"claim, first, {size} tree"


def _again(size: str) -> str:
    return f"claim again, {size} tree"


@cache
def _accounts(count: int) -> list[bytes]:
    """Addresses without a zero byte, ascending, always the same."""
    rng = random.Random(count)
    found: set[bytes] = set()
    while len(found) < count:
        if 0 not in (account := rng.randbytes(20)):
            found.add(account)
    return sorted(found)


@cache
def _tree(ledger: str, count: int, rounds: int) -> tuple[Entitlements, StandardMerkleTree]:
    """What everyone was given in so many rounds."""
    rows = ((account, rounds * AMOUNT) for account in _accounts(count))
    entitlements = Entitlements(bytes.fromhex(ledger[2:]), CHAIN_ID, rows)
    return entitlements, entitlements.tree()


def _claims(chain: Chain, drop: Contract, enact: Enact) -> Figures:
    """Single claims of accounts at the bottom of their trees, sent by a third party."""
    figures = {}
    for size, count in SIZES.items():
        for rounds, name in ((1, _first(size)), (2, _again(size))):
            entitlements, tree = _tree(drop.address, count, rounds)
            enact("0x" + tree.root.hex())
            # The same account in both rounds, which is where the proofs are longest in both.
            deepest = count.bit_length()
            row = next(
                row
                for row in range(count)
                if all(len(_tree(drop.address, count, n)[1].get_proof(row)) == deepest for n in (1, 2))
            )
            account = "0x" + entitlements.account(row).hex()
            proof = ["0x" + node.hex() for node in tree.get_proof(row)]
            arguments = (Web3.to_checksum_address(account), entitlements.amount(row), proof)
            figures[name] = chain.gas("operator", drop, "claim", *arguments)
    return figures


def _pushes(chain: Chain, drop: Contract, enact: Enact, fund: Callable[[list[str]], object]) -> Figures:
    """Batches of neighbours of a big tree, as `rewards push` makes them, to accounts that never claimed."""
    entitlements, tree = _tree(drop.address, BIG, 3)
    enact("0x" + tree.root.hex())
    batches = push_batches(entitlements, tree, range(BIG), ROWS)
    figures = {}
    for name in (FRESH, HOLDERS):
        batch = next(batches)
        rows = [(Web3.to_checksum_address(account), amount) for account, amount in batch.entitlements]
        if name == HOLDERS:
            fund([account for account, _ in rows])
        gas = chain.gas("operator", drop, "claimMany", rows, batch.proof, batch.flags)
        figures[name] = -(-gas // ROWS)
    return figures


def ours(chain: Chain, built: Built) -> Figures:
    """A RewardLedger that lives on deposits."""
    lvo = token(chain, built["LVOToken"])
    roles = [key("operator").address, key("bob").address, key("alice").address, receiver("fallback")]
    terms = (lvo.address, "0x" + "00" * 20, 0, *roles, DAY)
    ledger = chain.deploy(built["RewardLedger"], terms)[0]
    chain.gas("treasury", lvo, "approve", ledger.address, FUNDS)
    chain.gas("treasury", ledger, "fund", FUNDS)
    total = 0

    def enact(root: str) -> None:
        nonlocal total
        total += 1
        chain.gas("operator", ledger, "propose", root, total, root)
        chain.jump(chain.time() + DAY)

    def fund(accounts: list[str]) -> None:
        chain.gas("treasury", lvo, "transferBatch", [(each, AMOUNT) for each in accounts])

    return _claims(chain, ledger, enact) | _pushes(chain, ledger, enact, fund)


def peers(chain: Chain, built: Built) -> dict[str, Figures]:
    """The same of the parts that npm has, with tokens that vote."""
    figures = {}
    for name, drop_name, token_name in (
        ("OpenZeppelin MerkleProof, SafeERC20, ERC20Permit+Votes 5.3.0", "OpenZeppelinDrop", "OpenZeppelinVotesToken"),
        ("Solady MerkleProofLib, SafeTransferLib, ERC20Votes 0.1.26", "SoladyDrop", "SoladyVotesToken"),
    ):
        asset = token(chain, built[token_name], SUPPLY)
        drop = chain.deploy(built[drop_name], asset.address)[0]
        chain.gas("treasury", asset, "transfer", drop.address, FUNDS)
        figures[name] = _drop(chain, asset, drop)
    return figures


def _drop(chain: Chain, asset: Contract, drop: Contract) -> Figures:
    def enact(root: str) -> None:
        chain.gas("treasury", drop, "setRoot", root)

    def fund(accounts: list[str]) -> None:
        for each in accounts:
            chain.gas("treasury", asset, "transfer", each, AMOUNT)

    return _claims(chain, drop, enact) | _pushes(chain, drop, enact, fund)


def context(chain: Chain, built: Built) -> dict[str, Figures]:
    """Uniswap's distributor with a plain token: one list, once, a bit for each claim, as its package was compiled."""
    package = HERE / "node_modules" / "@uniswap" / "merkle-distributor" / "build" / "MerkleDistributor.json"
    document = json.loads(package.read_text())
    distributor = Artifact("MerkleDistributor", document["abi"], document["bytecode"])
    asset = token(chain, built["OpenZeppelinToken"], SUPPLY)
    figures = {}
    for size, count in SIZES.items():
        rows = [("0x" + account.hex(), AMOUNT) for account in _accounts(count)]
        leaves = [
            keccak256(encode_packed(("uint256", "address", "uint256"), (index, *row))) for index, row in enumerate(rows)
        ]
        contract = chain.deploy(distributor, asset.address, _proof(leaves, 0)[0])[0]
        chain.gas("treasury", asset, "transfer", contract.address, FUNDS)
        for index in (0, 1):  # The first finds a word of bits that nobody has written yet.
            arguments = (index, Web3.to_checksum_address(rows[index][0]), AMOUNT, _proof(leaves, index)[1])
            gas = chain.gas("operator", contract, "claim", *arguments)
        figures[_first(size)] = gas
    return {"Uniswap merkle-distributor 1.0.1, one list only": figures}


def _proof(leaves: list[bytes], index: int) -> tuple[bytes, list[bytes]]:
    """The root of a tree in layers, where a node without a sibling moves up, and the proof of a leaf."""
    proof, layer = [], leaves
    while len(layer) > 1:
        if index ^ 1 < len(layer):
            proof.append(layer[index ^ 1])
        pairs = [layer[i : i + 2] for i in range(0, len(layer), 2)]
        layer = [hash_pair(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
        index //= 2
    return layer[0], proof
