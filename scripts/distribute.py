"""Distribute LVO by a plan: ``brownie run distribute plan | deploy | execute | verify | report PLAN``, or ``demo``.

What every verb prints, and what to do about each message, is in docs/OPERATE.md.
"""

import json
import time
from os.path import relpath
from pathlib import Path

from brownie import accounts, chain, web3

from lvo.plan import BUCKETS, Plan, account_of, approval_message, batches, read_approvals, read_plan, rest_files
from lvo.reconcile import ChainState, Check, describe_time, distribution_report, reconcile
from lvo.report.distribution import render
from lvo.units import MONTH, SUPPLY, format_lvo
from scripts.support.chain import gas_used
from scripts.support.console import ScriptError, brief, console, progress, say, step, table, verb
from scripts.support.delivery import ether
from scripts.support.distribution import (
    Deployment,
    Sending,
    calls,
    check_approvals,
    check_chain,
    check_clock,
    deploy_plan,
    find,
    hand_over,
    load_plan,
    release_some,
    send_all,
    show,
    survey,
)
from scripts.support.journal import sole
from scripts.support.records import record_path, write_file
from scripts.support.sending import finish, is_development, sign_message, signers
from scripts.support.simulation import prices, purses
from scripts.support.simulation import simulate as simulate_batches

ROOT = Path(__file__).resolve().parents[1]
PLANS = ROOT / "build" / "plans"
REPORTS = ROOT / "reports"
GENESIS_PLAN = "plans/genesis/plan.yaml"
SHOWN_REFUSED = 20
"""Refused rows that the console lists; the report has all of them."""
SECOND_LOOK = 5
"""Seconds before a difference between chain and plan is looked at again."""
DEMO_STOPS = (1, 7, 14)
"""Months after the genesis at which the demo releases."""
DEMO_RELEASES = 200
"""Grants that the demo releases at each stop, by one transaction."""


def main() -> None:
    """Say which verbs there are."""
    say("brownie run distribute plan PLAN      read a plan, report every mistake, write its canonical form")
    say("brownie run distribute deploy PLAN    create LVO and the six buckets")
    say("brownie run distribute approve PLAN   sign it as a reviewer, for the chain it is run on")
    say("brownie run distribute simulate PLAN  what is left to send: gas, cost, time, and what would be refused")
    say("brownie run distribute execute PLAN   split the buckets to the grants; a rerun goes on")
    say("brownie run distribute verify PLAN    compare chain and plan to the wei")
    say("brownie run distribute abandon PLAN   stop it: list what it has done, and make the plan of the rest")
    say("brownie run distribute report PLAN    write reports/distribution.html and .json")
    say("brownie run distribute demo           all of it on a fresh chain, with " + GENESIS_PLAN)


@verb
def plan(plan_file: str) -> None:
    """Read and check a plan, show it, and write its canonical form."""
    _plan(plan_file)


@verb
def deploy(plan_file: str) -> None:
    """Deploy the distribution of a plan and record it."""
    _deploy(load_plan(plan_file))


@verb
def approve(plan_file: str, signature: str = "") -> None:
    """Sign a plan as one of its reviewers, or take the signature of one who signed elsewhere."""
    _approve(load_plan(plan_file), signature)


@verb
def simulate(plan_file: str, gwei: str = "") -> None:
    """Say what execute would do, at the price of now or at another; exit code 1 if anything would be refused."""
    whole = load_plan(plan_file)
    _simulate(whole, find(whole), gwei)


@verb
def execute(plan_file: str) -> None:
    """Send the batches of a plan that the chain does not know yet."""
    whole = load_plan(plan_file)
    _execute(whole, find(whole))


@verb
def abandon(plan_file: str) -> None:
    """List what a plan has and has not done, and make the plan of the rest; sends nothing new."""
    whole = load_plan(plan_file)
    _abandon(whole, find(whole))


@verb
def verify(plan_file: str) -> None:
    """Compare chain and plan; exit code 1 on any difference."""
    whole = load_plan(plan_file)
    _verify(whole, find(whole))


@verb
def report(plan_file: str) -> None:
    """Draw the distribution as it stands; exit code 1 if it is not as planned."""
    whole = load_plan(plan_file)
    deployment = find(whole)
    state = deployment.state()
    checks = reconcile(whole, deployment.record, state)
    _report(whole, deployment, state, checks)
    _refuse_differences(checks)


@verb
def demo() -> None:
    """Distribute a billion LVO to real grants on a fresh chain, travel, release, verify and draw."""
    if not is_development():
        raise ScriptError("The demo moves the clock, which only a chain of one's own allows: leave --network away.")
    step("1  The plan")
    whole = _plan(GENESIS_PLAN)
    step("2  The token and its six buckets")
    deployment = _deploy(whole, replaces=True)
    step("3  The grants")
    _execute(whole, deployment)
    step(f"4  {DEMO_STOPS[-1]} months")
    _live(deployment)
    step("5  Chain against plan")
    state, checks = _verify(whole, deployment)
    step("6  The report")
    _report(whole, deployment, state, checks)
    _balance(state)


# ----------------------------------------------------------------------------------------------------- the verbs


def _plan(plan_file: str) -> Plan:
    whole = load_plan(plan_file)
    table(
        whole.name,
        ("bucket", "share", "holder", "grants", "granted, LVO", "stays in the pool, LVO", "refused"),
        [
            (
                bucket.facts.name,
                f"{bucket.facts.share_bps // 100} %",
                f"{bucket.holder.kind} {brief(bucket.holder.address)}",
                f"{len(bucket.grants):,}",
                format_lvo(bucket.granted),
                format_lvo(bucket.facts.share - bucket.granted),
                len(bucket.refused),
            )
            for bucket in whole.buckets
        ],
        ("share", "grants", "granted, LVO", "stays in the pool, LVO", "refused"),
    )
    granted = sum(bucket.granted for bucket in whole.buckets)
    people = len({grant.account for grant in whole.grants})
    say(
        f"{len(whole.grants):,} grants to {people:,} accounts, {format_lvo(granted)} of {format_lvo(SUPPLY)} LVO, "
        f"in {len(batches(whole))} transactions."
    )
    if whole.refused:
        table(
            f"Refused: {len(whole.refused)} rows that are faster than their pool (not executed)",
            ("row", "account", "LVO", "why"),
            [
                (f"{row.place.file}:{row.place.line}", brief(row.account), format_lvo(row.amount), row.reason)
                for row in whole.refused[:SHOWN_REFUSED]
            ],
            ("LVO",),
        )
        if len(whole.refused) > SHOWN_REFUSED:
            say(f"and {len(whole.refused) - SHOWN_REFUSED:,} more: the canonical plan has all of them.")
    path = PLANS / f"{whole.hash[2:18]}.json"
    write_file(path, whole.canonical)
    say(f"Plan hash {whole.hash}; SHA-256 of {path.relative_to(ROOT)} {whole.sha256}.")
    return whole


def _deploy(whole: Plan, replaces: bool = False) -> Deployment:
    deployment = deploy_plan(whole, replaces)
    gas = deployment.document["contracts"]["GenesisDistribution"]["gas"]
    say(f"GenesisDistribution {deployment.distribution.address}, {gas:,} gas")
    say(f"LVOToken            {deployment.token.address}, {format_lvo(deployment.token.totalSupply())} LVO")
    begin = describe_time(deployment.record.genesis)
    say(f"The curves begin at {begin}. Recorded in {relpath(record_path(int(web3.eth.chain_id)))}.")
    return deployment


def _approve(whole: Plan, signature: str) -> None:
    check_chain(whole)
    if whole.reviewers is None:
        raise ScriptError("The plan names no reviewers: add the key reviewers to it first.")
    chain_id = int(web3.eth.chain_id)
    message = approval_message(whole, chain_id)
    before = read_approvals(whole, chain_id)
    if not signature:
        able = signers()
        account = next(
            (able[each] for each in whole.reviewers.accounts if each in able and each not in before.by), None
        )
        if account is None:
            path = PLANS / f"{whole.hash[2:18]}-approve-{chain_id}.json"
            write_file(path, json.dumps(message, indent=1).encode() + b"\n")
            raise ScriptError(
                f"No reviewer who has not approved yet can sign here. Let one sign {relpath(path)} in a wallet "
                "(eth_signTypedData_v4), then run approve with the plan and the signature."
            )
        signature = sign_message(account, message)
    approvals = read_approvals(whole, chain_id, signature)
    if len(approvals.by) == len(before.by):
        raise ScriptError(
            "This is no new signature of a reviewer for this plan and chain: the plan was changed since, it is for "
            "another chain, or somebody else signed."
        )
    write_file(approvals.path, json.dumps(approvals.document(whole, chain_id), indent=1).encode() + b"\n")
    say(f"Plan {whole.hash} on chain {chain_id}, {len(whole.grants):,} grants:")
    table(
        "Reviewers",
        ("reviewer", "approved"),
        [(each, "yes" if each in approvals.by else "not yet") for each in whole.reviewers.accounts],
    )
    left = approvals.missing(whole)
    say(f"{left} more must approve." if left else f"Approved. The signatures are in {relpath(approvals.path)}.")


def _simulate(whole: Plan, deployment: Deployment, gwei: str) -> None:
    if gwei and not gwei.isdigit():
        raise ScriptError(f"The price of gas is {gwei!r}: write a whole number of gwei.")
    sending = survey(whole, deployment, signers())
    with console.status("simulating"):
        steps = simulate_batches(deployment, sending.due + sending.elsewhere)
        cost = prices(gwei)
    gas = sum(each.gas for each in steps)
    table(
        f"{len(steps)} transactions, {len(sending.done)} done before",
        ("batch", "grants", "gas", "cost, ether", "outcome"),
        [
            (
                f"{each.batch.bucket.facts.key} {each.batch.number + 1}",
                len(each.batch.grants),
                f"{each.gas:,}",
                ether(each.gas * cost.expected),
                each.refusal or "granted",
            )
            for each in steps
        ],
        ("grants", "gas", "cost, ether"),
    )
    table(
        "Ether for gas",
        ("payer", "has", "needs at most", ""),
        [
            (who, ether(has), ether(need), "enough" if has >= need else "too little")
            for who, has, need in purses(steps, cost.most)
        ],
        ("has", "needs at most"),
    )
    say(
        f"{gas:,} gas; at {cost.expected / 10**9:g} gwei that is {ether(gas * cost.expected)} ether, at most "
        f"{ether(gas * cost.most)}. It takes some {-(-cost.seconds(steps) // 60)} min. Nothing was sent."
    )
    if refused := [each for each in steps if each.refusal]:
        raise ScriptError(
            f"{len(refused)} of {len(steps)} transactions would be refused: do not execute this plan yet."
        )


def _execute(whole: Plan, deployment: Deployment) -> None:
    check_clock()
    check_approvals(whole)
    with sole(int(web3.eth.chain_id)):
        _send_due(whole, deployment)


def _send_due(whole: Plan, deployment: Deployment) -> None:
    able = signers()
    sending = survey(whole, deployment, able)
    show(sending)
    if sending.elsewhere:
        _hand_over(whole, deployment, sending)
    if not sending.due:
        say("Nothing to send from here: nothing was paid again.")
        return
    used = send_all(deployment, able, sending)
    finish()
    if again := survey(whole, deployment, able).due:
        raise ScriptError(
            f"{len(again)} batches that were mined are not on the chain any more, which was reorganised: run execute "
            "again."
        )
    grants = sum(len(batch.grants) for batch in sending.due)
    say(f"{grants:,} grants in {len(sending.due)} transactions, {used:,} gas, {used // grants:,} a grant.")


def _abandon(whole: Plan, deployment: Deployment) -> None:
    with sole(int(web3.eth.chain_id)):
        able = signers()
        finish(able)  # what is under way would happen after it was listed as not done
        sending = survey(whole, deployment, able)
    transactions = {(split.pool, split.salt): split.transaction for split in deployment.state().splits}
    done = [(batch, transactions[batch.bucket.facts.id, batch.salt]) for batch in sending.done]
    left = [batch for batch in batches(whole) if batch not in sending.done]
    path = PLANS / f"{whole.hash[2:18]}-abandoned.csv"
    write_file(path, account_of(done, left))
    counts = [sum(len(batch.grants) for batch in group) for group in (sending.done, left)]
    say(f"{counts[0]:,} grants are done, {counts[1]:,} are not: {path.relative_to(ROOT)} lists them.")
    if not left:
        say("Nothing is left, so there is no plan of the rest.")
        return
    folder = PLANS / f"{whole.hash[2:18]}-rest"
    for name, content in rest_files(whole, sending.done, left).items():
        write_file(folder / name, content)
    rest = read_plan(str(folder / "plan.yaml"))
    say(f"The plan of the rest is {relpath(folder / 'plan.yaml')}, {rest.hash}.")
    say("Do not run this one any more, and recall what others were given to send.")


def _hand_over(whole: Plan, deployment: Deployment, sending: Sending) -> None:
    path = PLANS / f"{whole.hash[2:18]}-calls.json"
    write_file(path, json.dumps(calls(deployment, sending), indent=1).encode() + b"\n")
    say(f"The {len(sending.elsewhere)} calls that others must send are in {path.relative_to(ROOT)}.")
    for each in hand_over(deployment, sending):
        path = PLANS / f"{whole.hash[2:18]}-{each.name}"
        write_file(path, json.dumps(each.document, indent=1).encode() + b"\n")
        say(f"{path.relative_to(ROOT)}")
        if each.hashes is not None:
            say(f"  at nonce {each.nonce}: safeTxHash {each.hashes.safe_tx}")
            say(f"  domain hash {each.hashes.domain}, message hash {each.hashes.message}")


def _live(deployment: Deployment) -> None:
    """Travel to each stop and release grants there, spread over the whole list."""
    genesis, count = deployment.record.genesis, int(deployment.distribution.grantCount())
    ids = range(len(BUCKETS), count)
    stride = max(1, len(ids) // DEMO_RELEASES)
    with progress() as bar:
        task = bar.add_task("releasing", total=len(DEMO_STOPS))
        for number, months in enumerate(DEMO_STOPS):
            chain.mine(timestamp=genesis + months * MONTH)
            chosen = list(ids[number % stride :: stride])[:DEMO_RELEASES]
            paid = release_some(deployment, chosen, accounts[0])
            say(f"Month {months:>2}: {len(chosen)} grants asked, {format_lvo(paid)} LVO paid.")
            bar.advance(task)


def _verify(whole: Plan, deployment: Deployment) -> tuple[ChainState, list[Check]]:
    with console.status("reading the chain"):
        state = deployment.state()
    checks = reconcile(whole, deployment.record, state)
    if not all(check.ok for check in checks) and not is_development():
        # Nodes behind one address differ in age: a difference counts if a second reading finds it too.
        time.sleep(SECOND_LOOK)
        state = deployment.state()
        checks = reconcile(whole, deployment.record, state)
    failed = [check for check in checks if not check.ok]
    table(
        f"Chain {state.chain_id}, block {state.block}",
        ("check", "plan", "chain", ""),
        [
            (
                check.name,
                check.expected,
                "the same" if check.expected == check.actual else check.actual,
                "ok" if check.ok else "DIFFERENT",
            )
            for check in checks
        ],
    )
    say(f"{len(checks) - len(failed)} of {len(checks)} checks hold.", style="red" if failed else "green")
    _refuse_differences(checks)
    return state, checks


def _refuse_differences(checks: list[Check]) -> None:
    failed = [check for check in checks if not check.ok]
    if failed:
        raise ScriptError(
            "Chain and plan differ:\n"
            + "\n".join(f"  {check.name}: {check.expected} expected, {check.actual} found" for check in failed)
            + "\nIf batches are missing, run execute; anything else, look into before anybody is told that it is done."
        )


def _report(whole: Plan, deployment: Deployment, state: ChainState, checks: list[Check]) -> None:
    splits = {split.transaction for split in state.splits}
    gas = {
        "deploy": int(deployment.document["contracts"]["GenesisDistribution"]["gas"]),
        "split": gas_used(splits),
        "transactions": len(splits) + 1,
    }
    drawn = distribution_report(whole, deployment.record, state, checks, gas)
    write_file(REPORTS / "distribution.json", json.dumps(drawn, indent=1).encode() + b"\n")
    write_file(REPORTS / "distribution.html", render(drawn).encode())
    say("reports/distribution.html and reports/distribution.json are written.")


def _balance(state: ChainState) -> None:
    """End with the sum of everything: what was paid, what is held, and that nothing is missing."""
    paid = sum(books.paid for books in state.books)
    owed = sum(books.owed for books in state.books)
    table(
        "Reconciliation, in wei",
        ("", "wei"),
        [
            ("paid to grants", paid),
            ("owed to grants", owed),
            ("paid + owed", paid + owed),
            ("the supply", state.total_supply),
            ("held by the distribution", state.balance),
            ("difference", state.total_supply - paid - state.balance),
        ],
        ("wei",),
    )
