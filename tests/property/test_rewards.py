"""Reward lists on random tables: sums to the wei, no amount falls, every claim proves, in any number of epochs."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lvo.merkle import verify as verify_proof
from lvo.rewards import (
    LEAF_TYPES,
    build,
    find_claim,
    push_batches,
    read_entitlements,
    read_manifest,
    read_order,
    verify,
)
from lvo.rewards.outputs import shard_name
from lvo.units import SUPPLY
from tests.unit.lvo.test_rewards import account, rows, write_order

FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
TABLE = "{{file: list-{}.csv, account: account, value: amount, unit: {}}}"

people = st.integers(0, 30)
tables = st.lists(
    st.tuples(people, st.integers(1, 10**24) | st.sampled_from([1, 2, 9_999, 10**24])), min_size=1, max_size=40
)


@FEW
@given(lists=st.lists(tables, min_size=1, max_size=3), size=st.integers(1, 9))
def test_every_epoch_adds_exactly_its_table_and_every_leaf_proves(lists, size):
    given_to: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for epoch, table in enumerate(lists, 1):
            text = rows(*(f"{account(who)},{amount}" for who, amount in table))
            order = read_order(
                write_order(
                    folder, text, f"list-{epoch}.csv", epoch, table=TABLE.format(epoch, "wei"), duplicates="merge"
                )
            )
            made = build(order)
            for who, amount in table:
                given_to[account(who)] = given_to.get(account(who), 0) + amount
            found = read_entitlements(order.out, made)
            assert {"0x" + each.hex(): amount for each, amount in found.rows()} == given_to
            assert made.total == sum(given_to.values()) <= SUPPLY
            assert int(made.document["added"]) == sum(amount for _, amount in table)
            assert verify(order.out) == (made, [])
        for who, amount in given_to.items():
            claim = find_claim(order.out / shard_name(who, made.document["shardDigits"]), who)
            nodes = [bytes.fromhex(node[2:]) for node in claim.proof]
            assert claim.cumulative == amount
            assert verify_proof(bytes.fromhex(made.root[2:]), LEAF_TYPES, (claim.ledger, 1337, who, amount), nodes)
        pushed = [
            pair for batch in push_batches(found, found.tree(), range(len(found)), size) for pair in batch.entitlements
        ]
        assert dict(pushed) == given_to
        assert len(pushed) == len(given_to)


@FEW
@given(
    weights=st.lists(st.integers(1, 10**30), min_size=1, max_size=40),
    pot=st.integers(1, SUPPLY) | st.sampled_from([1, 2, SUPPLY]),
)
def test_a_pot_is_divided_to_the_wei_and_nobody_is_a_wei_off(weights, pot):
    digits = f"{pot // 10**18}.{pot % 10**18:018d}"
    with tempfile.TemporaryDirectory() as name:
        text = rows(*(f"{account(i)},{weight}" for i, weight in enumerate(weights)))
        order = read_order(write_order(Path(name), text, "list-1.csv", table=TABLE.format(1, "weight"), pot=digits))
        build(order)
        made = read_manifest(order.out)
        found = dict(read_entitlements(order.out, made).rows())
        assert made.total == pot == sum(found.values())
        whole = sum(weights)
        for i, weight in enumerate(weights):
            part = found.get(bytes.fromhex(account(i)[2:]), 0)
            assert abs(part * whole - pot * weight) < whole
