"""The hashes by which ContentReview knows submissions, votes and payments: ``keccak256(abi.encode(...))`` of words."""

from dataclasses import dataclass

from sha3 import keccak_256

NOTHING = b"\0" * 32
"""A hash or salt that is not given."""


@dataclass(frozen=True)
class Submission:
    """What an author publishes; hashes are 32 bytes, the stake is in wei."""

    content_hash: bytes
    manifest_hash: bytes = NOTHING
    uri: str = ""
    parent: bytes = NOTHING
    stake: int = 0
    salt: bytes = NOTHING

    def fields(self) -> tuple[bytes, bytes, str, bytes, int, bytes]:
        """The struct as the ABI takes it."""
        return self.content_hash, self.manifest_hash, self.uri, self.parent, self.stake, self.salt


@dataclass(frozen=True)
class Ballot:
    """A vote as it is revealed: ``choice`` 1 for yes and 2 for no, ``reasons`` the hash of the reasons."""

    seat: int
    choice: int
    reasons: bytes = NOTHING
    salt: bytes = NOTHING

    def fields(self) -> tuple[int, int, bytes, bytes]:
        """The struct as the ABI takes it."""
        return self.seat, self.choice, self.reasons, self.salt


def keccak256(data: bytes) -> bytes:
    """Ethereum's hash."""
    digest: bytes = keccak_256(data).digest()
    return digest


_SUBMISSION = keccak256(
    b"Submission(address author,bytes32 contentHash,bytes32 manifestHash,string uri,bytes32 parent,uint96 stake,"
    b"bytes32 salt)"
)
_BID = keccak256(b"Bid(bytes32 id,uint256 round,address bidder,uint96 amount)")
_APPEAL = keccak256(b"Appeal(bytes32 id,uint256 round,address appellant)")


def _words(*values: bytes | int | str) -> bytes:
    """``abi.encode`` of 32-byte words, unsigned integers and addresses."""
    return b"".join(
        value.to_bytes(32, "big") if isinstance(value, int)
        else bytes(12) + bytes.fromhex(value[2:]) if isinstance(value, str)
        else value
        for value in values
    )  # fmt: skip


def submission_id(author: str, content_hash: bytes) -> bytes:
    """Return the id of an author's content."""
    return keccak256(_words(author, content_hash))


def seal_hash(chain_id: int, contract: str, author: str, content_hash: bytes, salt: bytes) -> bytes:
    """Return the seal that an author announces before the content hash is seen."""
    return keccak256(_words(chain_id, contract, author, content_hash, salt))


def ballot_hash(
    chain_id: int, contract: str, submission: bytes, round: int, reviewer: str, choice: int, reasons: bytes, salt: bytes
) -> bytes:
    """Return the commitment to a vote, which counts for this reviewer in this round and nowhere else."""
    return keccak256(_words(chain_id, contract, submission, round, reviewer, choice, reasons, salt))


def finding_hash(
    finder: str, submission: bytes, round: int, reviewer: str, choice: int, reasons: bytes, salt: bytes
) -> bytes:
    """Return what a finder notes a minute before it proves that a vote has leaked."""
    return keccak256(_words(finder, submission, round, reviewer, choice, reasons, salt))


def submission_hash(author: str, submission: Submission) -> bytes:
    """Return the nonce of an authorization that pays for a submission."""
    uri = keccak256(submission.uri.encode())
    return keccak256(
        _words(
            _SUBMISSION,
            author,
            submission.content_hash,
            submission.manifest_hash,
            uri,
            submission.parent,
            submission.stake,
            submission.salt,
        )
    )


def bid_hash(submission: bytes, round: int, bidder: str, amount: int) -> bytes:
    """Return the nonce of an authorization that pays for a bid; ``amount`` in wei."""
    return keccak256(_words(_BID, submission, round, bidder, amount))


def appeal_hash(submission: bytes, round: int, appellant: str) -> bytes:
    """Return the nonce of an authorization that pays for the appeal that opens ``round``."""
    return keccak256(_words(_APPEAL, submission, round, appellant))
