"""Batches cover a plan exactly once, and their salts never meet."""

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from lvo.plan import PIECES_PER_BATCH, batch_salt, batches, read_plan
from tests.plans import account, rows, sound_plan, write_plan

HASH = "0x" + "ab" * 32


def test_batch_salt_is_the_plans_hash_with_the_number_in_its_lowest_byte():
    assert batch_salt(HASH, 0) == int("ab" * 31 + "00", 16)
    assert batch_salt(HASH, 255) == int("ab" * 31 + "ff", 16)


def test_batch_salt_goes_on_after_256_batches_with_a_new_word():
    again = keccak(bytes.fromhex("ab" * 32) + (1).to_bytes(32, "big"))
    assert batch_salt(HASH, 256) == int.from_bytes(again[:31] + b"\x00", "big")
    assert batch_salt(HASH, 511) == int.from_bytes(again[:31] + b"\xff", "big")


@given(numbers=st.lists(st.integers(0, 70_000), min_size=2, max_size=200, unique=True))
def test_batch_salt_is_another_for_every_batch(numbers):
    assert len({batch_salt(HASH, number) for number in numbers}) == len(numbers)


def test_batch_salt_is_another_for_every_plan():
    other = "0x" + "ab" * 30 + "acab"
    assert not {batch_salt(HASH, i) for i in range(600)} & {batch_salt(other, i) for i in range(600)}


@pytest.mark.parametrize("count", [1, PIECES_PER_BATCH, PIECES_PER_BATCH + 1, 3 * PIECES_PER_BATCH - 1])
def test_batches_hold_every_grant_once_in_order(tmp_path, count):
    plan = read_plan(write_plan(tmp_path, sound_plan(), rows(*(f"{account(i)},1" for i in range(count)))))
    found = batches(plan)
    assert [grant for batch in found for grant in batch.grants] == plan.grants
    assert all(1 <= len(batch.grants) <= PIECES_PER_BATCH for batch in found)
    assert [batch.number for batch in found] == list(range(len(found)))
    assert sum(batch.amount for batch in found) == plan.buckets[1].granted
    assert [batch.salt for batch in found] == [batch_salt(plan.hash, number) for number in range(len(found))]
