"""Pay reward lists: ``brownie run rewards build | check | propose | drop | verify | claim | push | status | demo``.

What every verb needs, prints and refuses is in docs/OPERATE.md.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import brownie
from brownie import chain, web3

from lvo import rewards
from lvo.rewards import Entitlements, Manifest, read_entitlements, read_manifest, read_order
from lvo.units import DAY, LVO, format_lvo
from scripts.support.console import ScriptError, brief, console, progress, say, step, table, verb
from scripts.support.records import write_file
from scripts.support.rewards import (
    NO_ROOT,
    SILENCE,
    active_at,
    call_for_others,
    check_proposal,
    find_ledger,
    newest,
    now,
    outstanding,
    paid,
    push_one,
    told,
    wait_words,
)
from scripts.support.sending import attach, is_development, send, signer, signers
from scripts.support.stream import Stopwatch, open_stream, write_order

ROOT = Path(__file__).resolve().parents[1]
CALLS = ROOT / "build" / "rewards"
DEMO = ROOT / "build" / "rewards" / "demo"
SAMPLE = ROOT / "examples" / "rewards"
BAR = 60
"""Columns of the chart."""
CLAIMS, PUSHED = 300, 3_000
"""Accounts that a rehearsal pays alone and by batches; a chain of one's own takes some ten transactions a second."""


def main() -> None:
    """Say which verbs there are."""
    say("brownie run rewards build ORDER           compute an epoch from a table and write its folder")
    say("brownie run rewards check FOLDER          compute a folder again from its own table, byte for byte; no chain")
    say("brownie run rewards propose FOLDER        queue its root on the ledger")
    say("brownie run rewards drop FOLDER           veto it (guardian) or withdraw it (operator) while it waits")
    say("brownie run rewards verify FOLDER         check, and compare with what the ledger was told")
    say("brownie run rewards claim SHARD ACCOUNT   pay an account what is due to it")
    say("brownie run rewards push FOLDER           pay everyone; a rerun goes on")
    say("brownie run rewards status FOLDER         what was claimed, what is left, how long roots wait")
    say("brownie run rewards rehearse TABLE        a whole list through two epochs on a fresh chain, timed")
    say("brownie run rewards demo                  two epochs on a fresh chain")


@verb
def build(order_file: str) -> None:
    """Carry out an order; exit code 1, and a list of the bad rows, if the table cannot be paid."""
    _build(Path(order_file))


@verb
def check(folder: str) -> None:
    """Compute a folder again and compare every byte; exit code 1 on any difference."""
    _check(Path(folder))


@verb
def propose(folder: str) -> None:
    """Check a folder and queue its root."""
    _propose(_check(Path(folder)))


@verb
def drop(folder: str) -> None:
    """Drop the root of a folder while it is queued."""
    _drop(read_manifest(Path(folder)))


@verb
def verify(folder: str) -> None:
    """Check a folder and compare it with the ledger; exit code 1 on any difference."""
    _verify(_check(Path(folder)))


@verb
def claim(shard: str, account: str) -> None:
    """Pay an account what a shard proves."""
    _claim(Path(shard), account)


@verb
def push(folder: str) -> None:
    """Pay everyone in a folder to whom something is due; exit code 1 if anyone is left."""
    made = read_manifest(Path(folder))
    _push(made, read_entitlements(Path(folder), made))


@verb
def status(folder: str) -> None:
    """Show how a folder and its ledger stand."""
    made = read_manifest(Path(folder))
    _status(made, read_entitlements(Path(folder), made))


@verb
def rehearse(table: str) -> None:
    """Take a whole list (columns account and amount_wei) through two epochs on a fresh chain, and time it."""
    if not is_development():
        raise ScriptError("The rehearsal moves the clock, which only a chain of one's own allows: leave --network.")
    _rehearse(Path(table))


@verb
def demo() -> None:
    """Fund a stream, pay two epochs of the sample, push, claim and verify."""
    if not is_development():
        raise ScriptError("The demo moves the clock, which only a chain of one's own allows: leave --network away.")
    _demo()


# ----------------------------------------------------------------------------------------------------- the verbs


def _build(order_file: Path) -> Manifest:
    order = read_order(order_file)
    with console.status("computing"):
        made = rewards.build(order)
    rows = made.document["rows"]
    table(
        f"Epoch {made.epoch} of {made.ledger} on chain {made.chain_id}",
        ("", "value"),
        [
            ("rows read", f"{rows['read']:,}"),
            ("rows left out", f"{rows['rejected']:,}"),
            ("rows merged into others", f"{rows['merged']:,}"),
            ("accounts", f"{made.document['accounts']:,}"),
            ("this epoch adds, LVO", format_lvo(int(made.document["added"]))),
            ("promised in all, LVO", format_lvo(made.total)),
            ("files", f"{len(made.document['files']) + 2:,}"),
        ],
        ("value",),
    )
    say(f"Root {made.root}")
    say(f"Data hash {made.data_hash}, the SHA-256 of manifest.json")
    if rows["rejected"]:
        say(f"The rows that are left out, and why, are in {order.out / 'rejects.csv'}.", style="yellow")
    say(f"{order.out} is complete: publish it, then propose it.")
    return made


def _check(folder: Path) -> Manifest:
    with console.status("computing everything again"):
        made, differences = rewards.verify(folder)
    if differences:
        raise ScriptError(
            "\n".join(f"  {difference}" for difference in differences)
            + f"\n{len(differences):,} difference{'s' * (len(differences) != 1)}: {folder} is not what its table gives."
        )
    say(
        f"{folder}: {len(made.document['files']) + 2:,} files and root {made.root} are what the table gives, to the "
        "byte.",
        style="green",
    )
    return made


def _propose(made: Manifest) -> None:
    ledger = find_ledger(made.ledger, made.chain_id)
    if time := active_at(ledger, made.root):
        say(f"The ledger has this root already; active {wait_words(time)}. Nothing was sent.")
        return
    check_proposal(ledger, made)
    operator = str(ledger.operator())
    account = signer(operator)
    arguments = (made.root, made.total, made.data_hash)
    if account is None:
        path = CALLS / f"propose-{made.root[2:18]}.json"
        write_file(path, json.dumps(call_for_others(ledger, operator, ledger.propose, *arguments), indent=1).encode())
        raise ScriptError(
            f"The operator is {operator}, which cannot sign here: name its key of Brownie's keystore in LVO_KEYSTORE, "
            f"or let it send the call in {path.relative_to(ROOT)}. Nothing was sent."
        )
    receipt = send(ledger.propose, *arguments, sender=account)
    time = active_at(ledger, made.root)
    say(f"Proposed in {receipt.txid}, {receipt.gas_used:,} gas; active at {time}, {wait_words(time)}.")


def _drop(made: Manifest) -> None:
    ledger = find_ledger(made.ledger, made.chain_id)
    queued = newest(ledger)
    if queued.root != made.root or not queued.waiting:
        state = "is active, and stays so for ever" if active_at(ledger, made.root) else "is not queued"
        raise ScriptError(f"Root {made.root} {state}: there is nothing to drop. Nothing was sent.")
    who = (str(ledger.guardian()), str(ledger.operator()))
    account = signer(*who)
    if account is None:
        path = CALLS / f"drop-{made.root[2:18]}.json"
        write_file(path, json.dumps(call_for_others(ledger, who[0], ledger.drop), indent=1).encode())
        raise ScriptError(
            f"Only the guardian {who[0]} and the operator {who[1]} can drop it, and neither can sign here: name a key "
            f"in LVO_KEYSTORE, or let the guardian send the call in {path.relative_to(ROOT)}. Nothing was sent."
        )
    receipt = send(ledger.drop, sender=account)
    say(f"Dropped in {receipt.txid}: nothing of this epoch can be claimed.")


def _verify(made: Manifest) -> None:
    ledger = find_ledger(made.ledger, made.chain_id)
    checks: list[tuple[str, Any, Any]] = []

    def compare(name: str, root: str, total: int, data_hash: str) -> None:
        known = told(ledger, root)
        checks.append((f"root of {name}", "proposed and not dropped", _standing(ledger, root)))
        checks.append((f"total of {name}, wei", total, "never proposed" if known is None else known[0]))
        checks.append((f"data hash of {name}", data_hash, "never proposed" if known is None else known[1]))

    compare("this epoch", made.root, made.total, made.data_hash)
    if previous := made.document["previous"]:
        compare("the epoch before", previous["root"], int(previous["total"]), "0x" + previous["manifest"])
    funded = int(ledger.funded())
    checks.append(("promised, at most what was received", "yes", "yes" if made.total <= funded else "no"))
    table(
        f"Ledger {made.ledger}, block {web3.eth.block_number}",
        ("check", "folder", "chain", ""),
        [
            (name, here, "the same" if here == there else there, "ok" if here == there else "DIFFERENT")
            for name, here, there in checks
        ],
    )
    failed = [name for name, here, there in checks if here != there]
    if failed:
        raise ScriptError(f"Folder and ledger differ in: {'; '.join(failed)}.")
    time = active_at(ledger, made.root)
    state = "active, for ever" if time <= now() else f"active {wait_words(time)}; until then it can be vetoed"
    say(f"{len(checks)} of {len(checks)} checks hold. The root is {state}.", style="green")


def _standing(ledger: Any, root: str) -> str:
    if active_at(ledger, root):
        return "proposed and not dropped"
    return "never proposed" if told(ledger, root) is None else "dropped"


def _claim(shard: Path, account: str) -> None:
    found = rewards.find_claim(shard, account)
    ledger = find_ledger(found.ledger, found.chain_id)
    time = active_at(ledger, found.root)
    if not time:
        raise ScriptError(
            f"Root {found.root} is not on the ledger: it was never proposed, or dropped. Nothing was sent."
        )
    if time > now():
        raise ScriptError(f"Root {found.root} is active {wait_words(time)}: claim then. Nothing was sent.")
    before = int(ledger.paid(found.account))
    if found.cumulative <= before:
        say(f"{found.account} was paid everything, {format_lvo(before)} LVO. Nothing was sent.")
        return
    arguments = (found.account, found.cumulative, found.proof)
    payer = signer()
    if payer is None:
        data = ledger.claim.encode_input(*arguments)
        raise ScriptError(
            f"No account can sign here. Anyone may send this to {found.ledger}, the account is paid:\n{data}"
        )
    receipt = send(ledger.claim, *arguments, sender=payer)
    due = format_lvo(found.cumulative - before)
    say(f"{due} LVO paid to {found.account} in {receipt.txid}, {receipt.gas_used:,} gas.")


def _push(made: Manifest, entitlements: Entitlements) -> None:
    ledger = find_ledger(made.ledger, made.chain_id)
    time = active_at(ledger, made.root)
    if not time or time > now():
        state = f"is active {wait_words(time)}" if time else "is not on the ledger: it was never proposed, or dropped"
        raise ScriptError(f"Root {made.root} {state}. Nothing was sent.")
    payer = signer()
    if payer is None:
        raise ScriptError("No account can sign here: name one of Brownie's keystore in LVO_KEYSTORE.")
    rows, due = _outstanding(ledger, entitlements)
    done = len(entitlements) - len(rows)
    say(f"{done:,} of {len(entitlements):,} accounts are paid; {format_lvo(due)} LVO are due to {len(rows):,}.")
    if not rows:
        return
    with console.status("building the tree"):
        tree = entitlements.tree()
    if "0x" + tree.root.hex() != made.root:
        raise ScriptError("The entitlements do not give the manifest's root: run check. Nothing was sent.")
    gas = sent = skipped = 0
    with progress() as bar:
        task = bar.add_task("paying", total=len(rows))
        for batch in rewards.push_batches(entitlements, tree, rows):
            left_out, used = push_one(ledger, payer, batch)
            gas, sent, skipped = gas + used, sent + 1, skipped + left_out
            bar.advance(task, len(batch.entitlements))
    count = len(rows) - skipped
    say(f"{count:,} accounts paid in {sent:,} transactions, {gas:,} gas, {gas // max(count, 1):,} each.")
    left, due = _outstanding(ledger, entitlements)
    if left:
        raise ScriptError(
            f"{len(left):,} accounts are not paid, {format_lvo(due)} LVO; the ledger holds "
            f"{format_lvo(_balance(ledger))} LVO. If it holds less than is due, fund it; then run push again."
        )
    say("Everyone in the folder is paid.", style="green")


def _outstanding(ledger: Any, entitlements: Entitlements) -> tuple[list[int], int]:
    with progress() as bar:
        task = bar.add_task("reading", total=len(entitlements))
        return outstanding(ledger, entitlements, lambda: bar.advance(task))


def _balance(ledger: Any) -> int:
    return int(attach(brownie.LVOToken, ledger.terms()[0]).balanceOf(ledger))


def _status(made: Manifest, entitlements: Entitlements) -> None:
    ledger = find_ledger(made.ledger, made.chain_id)
    amounts = list(paid(ledger, (account for account, _ in entitlements.rows())))
    whole = sum(1 for row, amount in enumerate(amounts) if amount >= entitlements.amount(row))
    claimed = sum(min(amount, entitlements.amount(row)) for row, amount in enumerate(amounts))
    queued, funded = newest(ledger), int(ledger.funded())
    last = queued.active_at if queued.root != NO_ROOT else 0
    time = active_at(ledger, made.root)
    state = "not on the ledger" if not time else "active" if time <= now() else f"active {wait_words(time)}"
    table(
        f"Epoch {made.epoch} of {made.ledger}",
        ("", "value"),
        [
            ("root", f"{brief(made.root)}, {state}"),
            ("accounts paid in full", f"{whole:,} of {len(entitlements):,}"),
            ("claimed of this list, LVO", format_lvo(claimed)),
            ("still due, LVO", format_lvo(made.total - claimed)),
            ("ledger received, LVO", format_lvo(funded)),
            ("ledger promised, LVO", format_lvo(int(ledger.total()))),
            ("ledger holds, LVO", format_lvo(_balance(ledger))),
            ("not promised goes to the fallback", wait_words(last + SILENCE) if last else "180 days after deployment"),
            ("newest root", _newest_words(queued, made)),
        ],
        ("value",),
    )
    filled = BAR * claimed // made.total
    say(f"claimed  {'█' * filled}{'░' * (BAR - filled)}  {100 * claimed // made.total} %")


def _newest_words(queued: Any, made: Manifest) -> str:
    if queued.root == NO_ROOT:
        return "none stands"
    which = "this" if queued.root == made.root else brief(queued.root)
    return f"{which}, " + (f"queued, active {wait_words(queued.active_at)}" if queued.waiting else "active")


# --------------------------------------------------------------------------------------- the demo and the rehearsal


def _demo() -> None:
    people = list(signers().values())
    operator, guardian, holder = people[0], people[1], people[2]
    step("1  A stream, fed by the promotion bucket and by a deposit")
    ledger = open_stream(operator, guardian, holder)
    folder = _fresh_folder(ledger)
    for epoch in (1, 2):
        step(f"{epoch + 1}  Epoch {epoch}: build, propose, wait, verify")
        order = write_order(folder, ledger, epoch, SAMPLE / f"epoch-{epoch}.csv", 10**6)
        made = _build(order)
        _propose(made)
        chain.sleep(2 * DAY)
        chain.mine()
        _verify(_check(folder / f"epoch-{epoch}"))
        if epoch == 1:
            step("   A claimer has a shard and an address")
            entitlements = read_entitlements(folder / "epoch-1", made)
            account = "0x" + entitlements.account(0).hex()
            _claim(_shard_of(folder / "epoch-1", made, account), account)
    step("4  Everyone who is left is pushed")
    entitlements = read_entitlements(folder / "epoch-2", made)
    _push(made, entitlements)
    _status(made, entitlements)


def _shard_of(folder: Path, made: Manifest, account: str) -> Path:
    digits = int(made.document["shardDigits"])
    return folder / "proofs" / f"{account[2 : 2 + digits] or 'all'}.json"


def _fresh_folder(ledger: Any) -> Path:
    folder = DEMO / str(ledger.address).lower()
    # A fresh chain gives the same address again.
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _rehearse(table_file: Path) -> None:
    people = list(signers().values())
    operator, guardian, holder = people[0], people[1], people[2]
    clock = Stopwatch()
    step("1  A stream that has received the whole promotion bucket")
    ledger = open_stream(operator, guardian, holder, whole=True)
    folder = _fresh_folder(ledger)
    pot = int(ledger.funded()) // LVO // 2
    for epoch in (1, 2):
        step(f"{epoch + 1}  Epoch {epoch}: half of the bucket")
        order = write_order(folder, ledger, epoch, table_file, pot)
        with clock.timing(f"build epoch {epoch}"):
            made = _build(order)
        with clock.timing(f"compute epoch {epoch} again and compare every byte"):
            made = _check(folder / f"epoch-{epoch}")
        _propose(made)
        chain.sleep(2 * DAY)
        chain.mine()
        with clock.timing(f"compare epoch {epoch} with the chain"):
            _verify(made)
    entitlements = read_entitlements(folder / "epoch-2", made)
    with clock.timing("build the tree to push from"):
        tree = entitlements.tree()
    rows = sorted(range(len(entitlements)), key=tree.position, reverse=True)[: CLAIMS + PUSHED]
    claimers, others = rows[:CLAIMS], rows[CLAIMS:]
    step(f"4  {len(claimers):,} accounts claim by their shards, {len(others):,} are pushed")
    gas = 0
    with clock.timing(f"{len(claimers):,} claims"):
        for row in claimers:
            account = "0x" + entitlements.account(row).hex()
            found = rewards.find_claim(_shard_of(folder / "epoch-2", made, account), account)
            gas += send(ledger.claim, found.account, found.cumulative, found.proof, sender=holder).gas_used
    say(f"A claim took {gas // len(claimers):,} gas.")
    batches = list(rewards.push_batches(entitlements, tree, others))
    with clock.timing(f"{len(others):,} pushed claims in {len(batches):,} transactions"):
        gas = sum(push_one(ledger, holder, batch)[1] for batch in batches)
    say(f"A pushed claim took {gas // max(len(others), 1):,} gas.")
    accounts = [entitlements.account(row) for row in rows]
    if list(paid(ledger, accounts)) != [entitlements.amount(row) for row in rows]:
        raise ScriptError("The ledger has not paid what the list gives.")
    table("How long it took", ("", "seconds"), [(what, f"{took:.1f}") for what, took in clock.took], ("seconds",))
