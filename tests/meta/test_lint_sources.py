"""The project's own lint rules see what they are there to see, and nothing else."""

import ast

import lint_sources
import pytest

HEAD = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.30;\n"
CLEAN = {
    "interfaces/IClean.sol": f"{HEAD}interface IClean {{ error Clean_Odd(uint256 number); }}\n",
    "contracts/test/Clean.sol": f"""{HEAD}import {{IClean}} from "../../interfaces/IClean.sol";
import {{IERC20}} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
contract Clean is IClean {{
    mapping(address owner => mapping(uint256 id => bool flag)) private _flags;
    constructor(IERC20) {{ _flags[msg.sender][0] = true; }}
    function check(uint256 number) external pure {{
        if (_odd(number)) revert Clean_Odd(number);
    }}
    function _odd(uint256 number) private pure returns (bool) {{ return number % 2 == 1; }}
}}
""",
    "contracts/Packed.sol": f"""{HEAD}type Packed is uint256;
using PackedLib for Packed global;
library PackedLib {{ function raw(Packed self) internal pure returns (uint256) {{ return Packed.unwrap(self); }} }}
""",
}
BAD = {
    "no licence": ("contracts/test/A1.sol", "pragma solidity 0.8.30;\ncontract A1 {}\n", "the first line is not"),
    "loose pragma": (
        "contracts/test/A2.sol",
        HEAD.replace("0.8.30", "^0.8.30") + "contract A2 {}\n",
        "the pragma is not",
    ),
    "long line": ("contracts/test/A3.sol", f"{HEAD}contract A3 {{}} //{'x' * 120}\n", "characters in a line"),
    "console": (
        "contracts/test/A4.sol",
        f'{HEAD}import {{Strings as S}} from "./console.sol";\ncontract A4 {{}}\n',
        "a debugging console",
    ),
    "two types": ("contracts/test/A5.sol", f"{HEAD}contract A5 {{}}\ncontract B5 {{}}\n", "B5 belongs into a file"),
    "file name": ("contracts/test/A6.sol", f"{HEAD}contract B6 {{}}\n", "does not define A6"),
    "no interface": (
        "contracts/tipping/Jar.sol",
        f"{HEAD}contract Jar {{\n    function tip() external {{}}\n}}\n",
        "interfaces/IJar.sol is missing",
    ),
    "interface in contracts": ("contracts/test/IB.sol", f"{HEAD}interface IB {{}}\n", "is not where interfaces are"),
    "interface name": ("interfaces/Api.sol", f"{HEAD}interface Api {{}}\n", "does not begin with I"),
    "name taken": (
        "contracts/test/IA.sol",
        f"{HEAD}interface IA {{}}\n",
        "also the name of a type in interfaces/IA.sol",
    ),
    "name taken in npm": ("interfaces/IERC20.sol", f"{HEAD}interface IERC20 {{}}\n", "in node_modules/@openzeppelin"),
    "order": (
        "contracts/test/A12.sol",
        f"{HEAD}contract A12 {{ function f() private {{}}\n constructor() {{ f(); }} }}\n",
        "comes too late",
    ),
    "unnamed key": (
        "contracts/test/A13.sol",
        f"{HEAD}contract A13 {{ mapping(address => uint256 x) m; }}\n",
        "the key",
    ),
    "unnamed value": (
        "contracts/test/A14.sol",
        f"{HEAD}contract A14 {{ mapping(address x => uint256) m; }}\n",
        "the value",
    ),
    "require": (
        "contracts/test/A15.sol",
        f"{HEAD}contract A15 {{ constructor() {{ require(msg.sender != address(0)); }} }}\n",
        "without a custom error",
    ),
    "string": (
        "contracts/test/A16.sol",
        f'{HEAD}contract A16 {{ constructor() {{ require(msg.sender != address(0), "no"); }} }}\n',
        "a revert string",
    ),
    "warning": (
        "contracts/test/A17.sol",
        f"{HEAD}contract A17 {{ constructor() {{ uint256 unused; }} }}\n",
        "compiler: Unused local variable",
    ),
}
BAD_PYTHON = {
    "float": ("lvo/a.py", "x = 0.5", "the float 0.5"),
    "conversion": ("scripts/a.py", "x = float(1)", "a conversion to float"),
    "brownie": ("lvo/a.py", "from brownie.network import chain", "imports Brownie"),
    "account": ("tests/test_a.py", "def test_a(accounts):\n    accounts[3]", "accounts[3]"),
    "literal": ("tests/test_a.py", "with reverts('Plain: '): pass", "a literal revert string"),
}


@pytest.fixture(scope="module")
def findings():
    """What the rules say of the clean sources and of the bad ones, all compiled at once."""
    others = {
        "contracts/test/console.sol": f"{HEAD}library Strings {{}}\n",
        "interfaces/IA.sol": f"{HEAD}interface IA {{}}\n",
    }
    sources = CLEAN | others | {path: text for path, text, _ in BAD.values()}
    return [f"{path}: {message}" for path, _, message in lint_sources.solidity_findings(sources)]


def test_clean_sources_pass(findings):
    assert [each for each in findings if each.startswith(tuple(CLEAN))] == []


@pytest.mark.parametrize(("path", "message"), [(path, message) for path, _, message in BAD.values()], ids=BAD)
def test_bad_source_is_found(findings, path, message):
    assert [each for each in findings if each.startswith(f"{path}: ") and message in each]


def python_messages(path, text):
    """What the rules say of a Python file."""
    return [message for _, _, message in lint_sources.python_findings(path, ast.parse(text))]


@pytest.mark.parametrize(("path", "text", "message"), BAD_PYTHON.values(), ids=BAD_PYTHON)
def test_bad_python_is_found(path, text, message):
    found = python_messages(path, text)
    assert len(found) == 1
    assert message in found[0]


def test_python_rules_hold_where_they_belong():
    assert python_messages("tools/a.py", "x = 0.5; accounts[3]; import brownie") == []
    assert python_messages("tests/conftest.py", "buyer = accounts[3]") == []
    assert python_messages("tests/test_a.py", "reverts(receipt, 'TooMuch', 1); accounts[index]") == []
