"""What it costs to stake content and to judge it: ours; the peers are recorded, because npm has none of them."""

from web3 import Web3
from web3.contract import Contract

from benchmarks.chain import Built, Chain, key, receiver
from benchmarks.tokens import Figures, token
from lvo.content import Ballot, ballot_hash

STAKE, BID = 1_000 * 10**18, 500 * 10**18
"""In wei."""
DAY = 86_400
REVIEWERS = tuple(f"reviewer {seat}" for seat in range(8))
"""Seven, and one who comes later."""


def _digest(text: str) -> bytes:
    """A hash without a zero byte, which would be cheaper to send."""
    for attempt in range(1_000):
        digest = Web3.keccak(text=f"{text}, {attempt}")
        if 0 not in digest:
            return bytes(digest)
    raise AssertionError("a hash without a zero byte comes every eighth time")


REASONS = _digest("reasons")


def _terms(lvo: Contract) -> tuple[object, ...]:
    """The defaults of the deployment."""
    windows = (DAY, 900, 7_200, DAY, DAY, 2 * DAY)
    return lvo.address, receiver("commons"), STAKE, BID, *windows, 2, 2, 500, 1_000, 10_000, 2_000, 5_000, 1_000, 0


class Case:
    """A contract, and seven reviewers who hold LVO."""

    def __init__(self, chain: Chain, built: Built) -> None:
        self.chain = chain
        self.lvo = token(chain, built["LVOToken"])
        self.review = chain.deploy(built["ContentReview"], _terms(self.lvo))[0]
        for name in ("author", *REVIEWERS):
            address = key(name).address
            chain.ask("evm_addAccount", address, "")
            chain.ask("personal_unlockAccount", address, "", 0)
            chain.ask("evm_setAccountBalance", address, hex(10**24))
            chain.gas("treasury", self.lvo, "transfer", address, 10 * STAKE)
            chain.gas(name, self.lvo, "approve", self.review.address, 2**256 - 1)
        # The contract has been used before: it holds LVO, and the commons has some.
        chain.gas("treasury", self.lvo, "transfer", receiver("commons"), 1)
        self.submit("first of all")

    def submit(self, text: str) -> tuple[bytes, int]:
        """Submit content of the author; returns its id, and the gas."""
        content = _digest(text)
        uri = "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
        row = (content, _digest("manifest"), uri, bytes(32), STAKE, bytes(32))
        gas = self.chain.gas("author", self.review, "submit", row)
        return bytes(self.review.functions.idOf(key("author").address, content).call()), gas

    def bid(self, case: bytes, name: str, amount: int) -> int:
        """Bid; returns the gas."""
        return self.chain.gas(name, self.review, "bid", case, amount)

    def seat(self, case: bytes) -> list[int]:
        """Let seven bid; returns the gas of each."""
        return [self.bid(case, name, BID + seat) for seat, name in enumerate(REVIEWERS[:7])]

    def commit(self, case: bytes) -> tuple[list[tuple[int, int, bytes, bytes]], list[int]]:
        """Let all seven commit to yes after the close; returns their ballots, and the gas of each."""
        self.chain.jump(self.review.functions.closeOf(case).call())
        ballots = [Ballot(seat, 1, REASONS, _digest(f"salt {seat}")) for seat in range(7)]
        gas = []
        for name, ballot in zip(REVIEWERS, ballots, strict=False):
            where = (1337, self.review.address.lower(), case, 0, key(name).address.lower())
            hashed = ballot_hash(*where, ballot.choice, ballot.reasons, ballot.salt)
            gas.append(self.chain.gas(name, self.review, "commit", case, hashed))
        return [ballot.fields() for ballot in ballots], gas

    def reveal(self, case: bytes, ballots: list[tuple[int, int, bytes, bytes]]) -> int:
        """Reveal in one transaction of a third party; returns the gas."""
        return self.chain.gas("operator", self.review, "reveal", case, ballots)

    def finalise(self, case: bytes) -> int:
        """Settle after the last window, by a third party; returns the gas."""
        self.chain.jump(self.chain.time() + 4 * DAY)
        return self.chain.gas("operator", self.review, "finalise", case)


def ours(chain: Chain, built: Built) -> Figures:
    """ContentReview: one case whose votes are revealed one by one, and one whose votes are revealed at once."""
    stage = Case(chain, built)
    case, submitted = stage.submit("content")
    stage.seat(case)
    displaced = stage.bid(case, REVIEWERS[7], 2 * BID)
    stage.bid(case, REVIEWERS[0], 3 * BID)  # The table is again of seven whose commitments are known.
    other, _ = stage.submit("another")
    stage.seat(other)
    ballots, commits = stage.commit(other)
    chain.jump(chain.time() + DAY)
    single = [stage.reveal(other, [ballot]) for ballot in ballots]
    whole, _ = stage.submit("whole")
    stage.seat(whole)
    ballots, all_commits = stage.commit(whole)
    chain.jump(chain.time() + DAY)
    batch = stage.reveal(whole, ballots)
    return {
        "review submit": submitted,
        "review bid, displacing": displaced,
        "review commit, each of 7": -(-sum(commits) // 7),
        "review reveal, each of 7": -(-sum(single) // 7),
        "review case of 7: commits, batched reveal, finalise": sum(all_commits) + batch + stage.finalise(whole),
    }
