"""Fingerprints of files, and votes that a key and the chain are enough to reveal."""

import hashlib

import pytest
from eth_account import Account
from eth_utils import keccak

from lvo.content import NOTHING, Ballot, ballot_hash
from lvo.content.files import BLOCK, fingerprint
from lvo.content.votes import masked, recover, salt_message, salt_of, seal_message
from lvo.typed_data import sign

KEY = Account.from_key(b"\1" * 32)
OTHER = Account.from_key(b"\2" * 32)
REVIEWER = KEY.address.lower()
CONTRACT = "0x" + "12" * 20
WHERE = {"chain_id": 5, "contract": CONTRACT, "submission": b"\7" * 32, "round": 1, "reviewer": REVIEWER, "seat": 3}
REASONS = b"\6" * 32


def salt(key=KEY, **change):
    facts = {name: value for name, value in WHERE.items() if name != "seat"} | change
    return salt_of(sign(salt_message(*facts.values()), key))


def commitment(choice, reasons, its_salt):
    facts = [value for name, value in WHERE.items() if name != "seat"]
    return ballot_hash(*facts, choice, reasons, its_salt)


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK + 1])
def test_fingerprint_is_that_of_the_whole_file(tmp_path, size):
    data = bytes(range(256)) * (size // 256 + 1)
    data = data[:size]
    (tmp_path / "file").write_bytes(data)
    told = []
    made = fingerprint(tmp_path / "file", told.append)
    assert (made.sha256, made.keccak256, made.size) == (hashlib.sha256(data).digest(), keccak(data), size)
    assert told == ([] if not size else [*range(BLOCK, size, BLOCK), size])


def test_fingerprint_of_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(OSError, match="missing"):
        fingerprint(tmp_path / "missing")


@pytest.mark.parametrize("choice", [1, 2])
@pytest.mark.parametrize("reasons", [NOTHING, REASONS])
def test_vote_is_recovered_from_the_key_and_the_chain(choice, reasons):
    its_salt = salt()
    note = masked(reasons, its_salt)
    assert note != reasons
    found = recover(commitment(choice, reasons, its_salt), note, salt(), **WHERE)
    assert found == Ballot(3, choice, reasons, its_salt)


def test_vote_without_reasons_is_recovered_without_a_note():
    assert recover(commitment(2, NOTHING, salt()), b"", salt(), **WHERE) == Ballot(3, 2, NOTHING, salt())


@pytest.mark.parametrize("change", ["key", "round", "submission", "chain_id", "contract", "reviewer"])
def test_vote_is_not_recovered_by_another_salt(change):
    its_salt = salt()
    others = {"round": 2, "submission": b"\x08" * 32, "chain_id": 6, "contract": "0x" + "13" * 20}
    others |= {"reviewer": OTHER.address.lower()}
    wrong = salt(OTHER) if change == "key" else salt(**{change: others[change]})
    assert wrong != its_salt
    made = commitment(1, REASONS, its_salt)
    assert recover(made, masked(REASONS, its_salt), wrong, **WHERE) is None


def test_salts_are_made_again_and_are_no_signatures():
    signature = sign(seal_message(5, CONTRACT, REVIEWER, b"\3" * 32), KEY)
    assert salt() == salt()
    assert salt_of(signature) not in (signature[:32], signature[32:64])
