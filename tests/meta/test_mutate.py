"""The mutation run finds the faults it promises, and tells what tests notice from what they do not."""

import argparse
import sys

import mutate
import pytest
from eth_utils import keccak
from rich.console import Console

PATH = "contracts/test/Sum.sol"
SOURCE = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;
contract Sum {
    event Added(address who);
    // a < b, "1 + 1"
    function add(uint256 a, uint256 b, address who) external returns (uint256) {
        if (a > 10) return 7;
        a == b;
        emit Added(msg.sender);
        return a + b;
    }
}
"""
TEST = """
import json, os
from eth_abi import encode
from pyrevm import EVM
files = json.load(open(os.environ["LVO_ARTIFACTS"]))["contracts"]
code = files["contracts/test/Sum.sol"]["Sum"]["evm"]["bytecode"]["object"]
evm, sender = EVM(spec_id="SHANGHAI"), "0x" + "11" * 20
target = evm.deploy(sender, bytes.fromhex(code))
def add(a, b):
    arguments = encode(["uint256", "uint256", "address"], [a, b, "0x" + "22" * 20])
    return int.from_bytes(evm.message_call(sender, target, calldata=bytes.fromhex("%s") + arguments), "big")
assert add(2, 3) == 5 and add(11, 1) == 7
"""


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """The folder of the run's state; in it the script that tests."""
    folder = tmp_path_factory.mktemp("mutation")
    (folder / "check.py").write_text(TEST % keccak(text="add(uint256,uint256,address)")[:4].hex())
    return folder


def run(state, *command):
    """Run the mutants of SOURCE against a test command."""
    options = argparse.Namespace(command=list(command), limit=0, seed=0, fresh=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mutate, "STATE", state)
        return mutate.mutate("Sum", PATH, {PATH: SOURCE}, options, Console(quiet=True))


ASSEMBLY = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;
contract Difference {
    function subtract(uint256 a, uint256 b) external pure returns (uint256) {
        assembly {
            mstore(0x00, sub(a, b))
            return(0x00, 0x20)
        }
    }
}
"""


@pytest.fixture(scope="module")
def result(state):
    """What a first run finds out."""
    return run(state, sys.executable, str(state / "check.py"))


def test_survivors_are_what_the_test_does_not_see(result):
    survived = {(row["line"], row["operator"], row["before"], row["after"]) for row in result["survived"]}
    # What line 8 computes is thrown away: changes of it are the same code, and no mutants.
    assert survived == {
        (7, "operator swapped", ">", ">="),
        (7, "number off by one", "10", "(10 - 1)"),
        (9, "statement removed", "emit Added(msg.sender);", "{}"),
        (9, "somebody else for the caller", "msg.sender", "who"),
    }


def test_assembly_is_broken_too():
    tree = mutate.standard_json.compile_sources({PATH: ASSEMBLY}, ast=True, only=[PATH])["sources"][PATH]["ast"]
    mutants = mutate.Mutator(PATH, ASSEMBLY, tree).mutants()
    found = {(mutant.line, mutant.operator, mutant.before, mutant.after) for mutant in mutants}
    assert found == {
        (6, "statement removed", "mstore(0x00, sub(a, b))", "{}"),
        (6, "arguments exchanged", "0x00, sub(a, b)", "sub(a, b), 0x00"),
        (6, "number off by one", "0x00", "0x1"),
        (6, "operator swapped", "sub", "add"),
        (6, "arguments exchanged", "a, b", "b, a"),
        (7, "statement removed", "return(0x00, 0x20)", "{}"),
        (7, "arguments exchanged", "0x00, 0x20", "0x20, 0x00"),
        (7, "number off by one", "0x00", "0x1"),
        (7, "number off by one", "0x20", "0x21"),
        (7, "number off by one", "0x20", "0x1f"),
    }


def test_killed_are_what_the_test_sees(result):
    # `<=`, `10 + 1`, `7 + 1`, `7 - 1`, the guard, both returns, `a - b`.
    assert result["killed"] == 8
    assert result["mutants"] == 12
    assert result["rate"] == round(8 / 12, 4)


def test_a_second_run_goes_on_where_the_first_was(state, result, monkeypatch):
    monkeypatch.setattr(mutate.Bench, "judge", lambda self, mutant: pytest.fail("judged again"))
    assert run(state, sys.executable, str(state / "check.py")) == result


def test_failing_tests_are_refused(state):
    with pytest.raises(SystemExit, match="fail on the contract as it is"):
        run(state, "false")
