"""What the ledger of advertising costs: a campaign, a line of an epoch with many campaigns, and a viewer's claim."""

from dataclasses import astuple, replace

from web3 import Web3
from web3.contract import Contract

from benchmarks.chain import Built, Chain, key, receiver
from benchmarks.tokens import AMOUNT, Figures, token
from lvo.merkle import StandardMerkleTree
from lvo.models.ads import Campaign
from lvo.typed_data import ad_message, sign

CHAIN_ID = 1337
DAY = 86_400
"""Seconds; also the length of an epoch."""
BUDGET = 1_000 * 10**18
"""In wei."""
PRICE = 123_456_789_012_345
"""In wei for a unit of attention."""
UNITS = 1_000_000
"""Of a line."""
SIZES = (10, 100, 1_000)
"""Lines of an epoch, all in one transaction."""
VIEWERS = 1_000
"""Leaves of the payout tree."""
NOBODY = "0x" + "00" * 20

OPEN, TOP_UP = "campaign, open with deposit", "campaign, top-up"
FIRST, AGAIN = "advertising claim, first, 1k tree", "advertising claim, again, 1k tree"


def line(count: int) -> str:
    """The scenario of a line among so many, posted for the first time of their campaigns."""
    return f"advertising line, posted among {count:,}, each"


def final(count: int) -> str:
    """The scenario of a line among so many that become final without an objection."""
    return f"advertising line, final among {count:,}, each"


def _ledger(chain: Chain, built: Built) -> tuple[Contract, Contract]:
    """The ledger and its reward ledger; the operator is the settler."""
    lvo = token(chain, built["LVOToken"])
    roles = [key("operator").address, key("bob").address, key("alice").address, receiver("fallback")]
    terms = (lvo.address, NOBODY, 0, *roles, DAY)
    ads = chain.deploy(built["AdLedger"], terms, (DAY, 2_500, DAY, DAY))[0]
    address = ads.functions.REWARDS().call()
    rewards = chain.web3.eth.contract(address=address, abi=built["RewardLedger"].abi)
    chain.gas("treasury", lvo, "transfer", key("operator").address, 1_000 * BUDGET)
    for sender in ("treasury", "operator"):
        chain.gas(sender, lvo, "approve", ads.address, 2**256 - 1)
    chain.gas("operator", ads, "deposit", 900 * BUDGET)
    return ads, rewards


def _terms(chain: Chain, salt: int) -> Campaign:
    now = chain.time()
    return Campaign(
        advertiser=key("treasury").address,
        arbiter=receiver("arbiter"),
        budget=BUDGET,
        price=PRICE,
        viewer_part=PRICE // 2,
        publisher_part=PRICE // 3,
        epoch_cap=1_000,
        start=now // DAY,
        end=now // DAY + 60,
        late_epochs=7,
        silent_bps=5_000,
        viewer_cap=100,
        open_by=now + 30 * DAY,
        criteria_hash=bytes(Web3.keccak(text="criteria")),
        salt=bytes(Web3.keccak(salt)),
    )


def _open(chain: Chain, ads: Contract, terms: Campaign) -> int:
    """Open a campaign as its advertiser, with the settler's signature."""
    message = ad_message("Campaign", CHAIN_ID, ads.address, **terms.fields())
    return chain.gas("treasury", ads, "open", astuple(terms), b"", sign(message, key("operator")))


def _lines(chain: Chain, ads: Contract, first: Campaign) -> Figures:
    """Epochs of many campaigns, and their end."""
    figures = {}
    for count in SIZES:
        epoch = chain.time() // DAY
        campaigns = [replace(first, salt=bytes(Web3.keccak(text=f"{count} {each}"))) for each in range(count)]
        for terms in campaigns:
            _open(chain, ads, terms)
        chain.jump((epoch + 1) * DAY)
        rows = [(terms.id(CHAIN_ID, ads.address), UNITS) for terms in campaigns]
        data = ads.encode_abi("post", args=[epoch, rows, Web3.keccak(text="receipts"), Web3.keccak(text="manifest")])
        receipt = chain.send("operator", ads.address, data)
        figures[line(count)] = -(-int(receipt["gasUsed"], 16) // count)
        batch = receipt["logs"][-1]["topics"][1]
        chain.jump(chain.time() + DAY)
        figures[final(count)] = -(-chain.gas("operator", ads, "finalize", [batch]) // count)
    return figures


def _claims(chain: Chain, rewards: Contract) -> Figures:
    """A viewer who never held the token is paid for all campaigns at once, and again later."""
    viewers = [receiver(f"viewer {number}") for number in range(VIEWERS)]
    types = ("address", "uint256", "address", "uint256")
    figures = {}
    for rounds, name in ((1, FIRST), (2, AGAIN)):
        rows = [(rewards.address, CHAIN_ID, viewer, rounds * AMOUNT // 1_000) for viewer in viewers]
        tree = StandardMerkleTree.of(rows, types)
        total = VIEWERS * rows[0][3]
        chain.gas("operator", rewards, "propose", tree.root, total, Web3.keccak(text=f"round {rounds}"))
        chain.jump(chain.time() + DAY)
        row = rows[7]
        figures[name] = chain.gas("operator", rewards, "claim", row[2], row[3], tree.get_proof(row))
    return figures


def ours(chain: Chain, built: Built) -> Figures:
    """An AdLedger with epochs of a day; every campaign is booked for the first time."""
    ads, rewards = _ledger(chain, built)
    first, second = _terms(chain, 1), _terms(chain, 2)
    _open(chain, ads, first)
    figures = {OPEN: _open(chain, ads, second)}
    campaign = second.id(CHAIN_ID, ads.address)
    figures[TOP_UP] = chain.gas("treasury", ads, "topUp", campaign, AMOUNT)
    return figures | _lines(chain, ads, first) | _claims(chain, rewards)
