"""Deploy the whole suite: ``brownie run deploy plan SUITE`` rehearses, ``suite`` deploys, ``check`` reads it back.

A rerun goes on where the last one stopped. What every verb prints, and what to do about each message, is in
docs/OPERATE.md.
"""

from os.path import relpath

from brownie import web3

from lvo.reconcile import describe_time
from lvo.suite import describe
from scripts.support.console import ScriptError, confirm, console, say, step, table, verb
from scripts.support.records import record_path
from scripts.support.sending import is_development
from scripts.support.suite import Project, deploy_suite, inspect, prepare

SUITE = "plans/suite/suite.yaml"


def main() -> None:
    """Say which verbs there are."""
    say("brownie run deploy plan SUITE     rehearse: addresses, arguments, gas and cost; sends nothing")
    say("brownie run deploy suite SUITE    deploy what is not deployed yet, then check it")
    say("brownie run deploy check SUITE    compare what is deployed with the suite and with this build")
    say("brownie run deploy demo           all of it on a fresh chain, with " + SUITE)


@verb
def plan(suite_file: str) -> None:
    """Show what a deployment would do and cost."""
    project, document = prepare(suite_file)
    for each in project.rehearsed:
        say(f"{each.step.key}({describe(each.arguments)})")
    _show(project, set() if document is None else set(document["contracts"]))


@verb
def suite(suite_file: str) -> None:
    """Deploy a suite, or the rest of it, and check it."""
    _deploy(suite_file)


@verb
def check(suite_file: str) -> None:
    """Read a deployed suite back; exit code 1 on any difference."""
    project, document = prepare(suite_file)
    if document is None or not document["suite"]["complete"]:
        raise ScriptError(
            f"No whole suite is recorded in {record_path(int(web3.eth.chain_id))}: run brownie run deploy suite "
            f"{suite_file}."
        )
    _check(project, document)


@verb
def demo() -> None:
    """Deploy the suite on a fresh chain and check it."""
    if not is_development():
        raise ScriptError("The demo is for a chain of one's own: leave --network away.")
    _deploy(SUITE, replaces=True)


def _deploy(suite_file: str, replaces: bool = False) -> None:
    step("1  The suite")
    project, document = prepare(suite_file, replaces)
    done = set() if document is None else set(document["contracts"])
    _show(project, done)
    if document is None or not document["suite"]["complete"]:
        if not is_development():
            confirm(f"Deploy from {project.deployer} on chain {int(web3.eth.chain_id)}?")
        step("2  The contracts")
        document = deploy_suite(project, document)
        path = relpath(record_path(int(web3.eth.chain_id)))
        say(f"{len(document['contracts'])} contracts are deployed and recorded in {path}.")
    else:
        say("The suite is deployed already: nothing was sent.")
    step("3  Read back")
    _check(project, document)


def _show(project: Project, done: set[str]) -> None:
    rows = [
        (each.step.key, each.address, f"{each.gas:,}", "deployed" if each.step.key in done else "to deploy")
        for each in project.rehearsed
    ]
    table(f"{project.suite.name}, rehearsed", ("contract", "address", "gas", "state"), rows, ("gas",))
    gas = sum(each.gas for each in project.rehearsed if each.step.key not in done)
    price = int(web3.eth.gas_price)
    say(
        f"Deployer {project.deployer}, first nonce {project.nonce}; {gas:,} gas, at {price / 10**9:g} gwei now "
        f"{web3.from_wei(gas * price, 'ether'):.6f} ETH. The curves begin at {describe_time(project.genesis)}."
    )


def _check(project: Project, document: dict[str, object]) -> None:
    with console.status("reading the chain"):
        checks = inspect(project, document)
    failed = [each for each in checks if not each.ok]
    table(
        "The suite as it stands",
        ("check", "suite", "chain", ""),
        [
            (each.name, each.expected, "the same" if each.ok else each.actual, "ok" if each.ok else "DIFFERENT")
            for each in checks
        ],
    )
    say(f"{len(checks) - len(failed)} of {len(checks)} checks hold.", style="red" if failed else "green")
    if failed:
        lines = (f"  {each.name}: {each.expected} expected, {each.actual} found" for each in failed)
        raise ScriptError(
            "Chain and suite differ:\n"
            + "\n".join(lines)
            + "\nA setting may have been changed by a vote: look for it. Anything else, look into before "
            "anybody relies on it."
        )
