"""Every declaration that others rely on is explained, tested and frozen."""

import ast
import re

import abi

EXPLAINED = ("Function", "Event", "Error", "Struct", "Enum", "Contract")


def words_of(node):
    """Every word in the strings and names below a node of a Python syntax tree."""
    words = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            words.update(re.findall(r"\w+", each.value))
        elif isinstance(each, ast.Name | ast.Attribute):
            words.add(each.id if isinstance(each, ast.Name) else each.attr)
    return words


def declared(declarations, kind):
    """The names of a kind that the interfaces declare."""
    names = {each.name for each in declarations if each.kind == kind and each.place.startswith("interfaces/")}
    assert names
    return names


def test_interfaces_explain_every_declaration(declarations):
    ours = [each for each in declarations if each.place.startswith("interfaces/") and each.kind in EXPLAINED]
    assert {each.kind for each in ours} == set(EXPLAINED)
    assert [f"{each.place}: {each.name}" for each in ours if "@notice " not in each.natspec] == []


def test_interfaces_explain_every_member_of_a_struct_or_enum(declarations):
    missing = [
        f"{each.place}: {each.name}.{member}"
        for each in declarations
        if each.place.startswith("interfaces/")
        for member in each.members
        if f"@param {member} " not in each.natspec
    ]
    assert missing == []


def test_contracts_take_their_prose_from_the_interface(declarations):
    missing = [
        f"{each.place}: {each.name}"
        for each in declarations
        if each.place.startswith("contracts/") and not each.place.startswith("contracts/test/")
        if each.visible and each.kind in ("Function", "VariableDeclaration")
        if not re.search(r"@(inheritdoc|notice) ", each.natspec)
    ]
    assert missing == []


def test_every_error_has_a_revert_test(declarations, tests):
    tested = set()
    for _, name, node in tests:
        if "_reverts_when_" in name:
            tested |= words_of(node)
    assert sorted(declared(declarations, "Error") - tested) == []


def test_every_event_is_expected_by_a_test(declarations, modules):
    expected = set().union(*map(words_of, modules.values()))
    assert sorted(declared(declarations, "Event") - expected) == []


def test_abi_is_the_accepted_one():
    committed, compiled = abi.committed_abis(), abi.compiled_abis()
    assert compiled
    changed = sorted(name for name in committed.keys() | compiled.keys() if committed.get(name) != compiled.get(name))
    assert changed == [], "the ABI changed: if that is wanted, `make abi` and commit reports/abi"
