"""What the verbs of ``distribute`` do: deploy a plan, send its batches, read it back."""

import time
from dataclasses import dataclass
from typing import Any

import brownie
from brownie import chain, web3

from lvo import safe
from lvo.plan import Batch, Plan, batches, earlier_salts, read_approvals, read_plan, shift
from lvo.reconcile import KINDS, ChainState, Record, describe_time
from lvo.safe import Call
from lvo.units import LVO, SUPPLY, format_lvo
from scripts.support.chain import attach, call_many, events, read_state
from scripts.support.console import ScriptError, progress, say, table
from scripts.support.node import NodeError, ask, head
from scripts.support.records import facts, read_record, record_path, write_record
from scripts.support.sending import GAS_CAP, RefusalError, finish, hex_of, is_development, send, signers

GAS_PER_BATCH = 60_000
"""What a split costs before its first piece, rounded up; measured on Ganache, Shanghai."""
GAS_PER_PIECE = 54_100
"""What a piece costs with an account of no zero byte, rounded up; measured on Ganache, Shanghai."""
SAFE_GAS = 15_500_000
"""What the calls of one transaction of a Safe may use; its own part fits between this and the cap."""
CLOCK_TOLERANCE = 600
"""Seconds by which the operator's clock and the newest block may differ."""


def load_plan(plan_file: str) -> Plan:
    """Read a plan; a holder that the suite deploys is where the record of this chain says.

    Raises
    ------
    PlanError
        If anything is wrong with the plan, or it names such a holder and no suite is recorded.
    """
    document = read_record(int(web3.eth.chain_id)) or {"contracts": {}}
    return read_plan(plan_file, {key: str(entry["address"]) for key, entry in document["contracts"].items()})


@dataclass(frozen=True)
class Deployment:
    """A distribution on the chain and its record."""

    distribution: Any
    token: Any
    document: dict[str, Any]

    @property
    def record(self) -> Record:
        """What the comparison with a plan needs."""
        return facts(self.document)

    @property
    def first_block(self) -> int:
        """Where its events begin."""
        return int(self.document["contracts"]["GenesisDistribution"]["block"])

    def state(self) -> ChainState:
        """Read all of it at the newest block."""
        return read_state(self.distribution, self.token, self.first_block)


def check_chain(plan: Plan) -> None:
    """Refuse a chain that the plan is not for."""
    if web3.eth.chain_id not in plan.chains:
        raise ScriptError(
            f"This is chain {web3.eth.chain_id}, and the plan is for {' or '.join(map(str, plan.chains))}: choose the "
            "network with --network, or write a plan for this chain. Nothing was sent."
        )


def check_clock() -> None:
    """Refuse to send where the operator's clock and the chain's differ: one of them is wrong, or the node is behind."""
    if is_development():
        return
    block = int(head()["timestamp"], 16)
    here = int(time.time())
    if abs(here - block) > CLOCK_TOLERANCE:
        raise ScriptError(
            f"It is {describe_time(here)} here, and the newest block is of {describe_time(block)}: set this clock, or "
            "wait until the node has caught up, or connect to another one. Nothing was sent."
        )


def check_approvals(plan: Plan) -> None:
    """Refuse to carry out a plan on a live chain that its reviewers have not approved."""
    if is_development():
        return
    if plan.reviewers is None:
        raise ScriptError(
            "The plan names no reviewers, and on a live chain nothing is sent without their approval: add the key "
            "reviewers, then let them approve it. Nothing was sent."
        )
    approvals = read_approvals(plan, int(web3.eth.chain_id))
    if approvals.missing(plan):
        raise ScriptError(
            f"{len(approvals.by)} of {len(plan.reviewers.accounts)} reviewers have approved the plan, and "
            f"{plan.reviewers.needed} must: let them run approve, and put their signatures into {approvals.path}. "
            "Nothing was sent."
        )


def check_identity(plan: Plan, deployment: Deployment) -> None:
    """Refuse a record that names another token or distribution than the plan's, or another start."""
    block = int(head()["number"], 16)
    distribution, record = deployment.distribution, deployment.record
    token = str(distribution.LVO.call(block_identifier=block))
    if token != record.token:
        raise ScriptError(
            f"The token of {record.distribution} is {token}, and the record says {record.token}: it is of another "
            f"deployment. Restore {record_path(int(web3.eth.chain_id))}. Nothing was sent."
        )
    facts = tuple(call.call(block_identifier=block) for call in (deployment.token.name, deployment.token.totalSupply))
    if facts != ("LIVE VIDEO", SUPPLY):
        raise ScriptError(f"{token} is {facts[0]} with a supply of {facts[1]} wei, not LVO. Nothing was sent.")
    if plan.genesis.at is not None and plan.genesis.at != record.genesis:
        raise ScriptError(
            f"The plan begins at {describe_time(plan.genesis.at)}, and the record says "
            f"{describe_time(record.genesis)}: it was made for another start. Nothing was sent."
        )
    for bucket in plan.buckets:
        schedule = tuple(distribution.grants.call(bucket.facts.id, block_identifier=block)[3])
        planned = shift(bucket.schedule, record.genesis)
        if schedule != (planned.start, planned.cliff, planned.end, planned.initial_bps):
            raise ScriptError(
                f"The {bucket.facts.key} pool of {record.distribution} begins at {describe_time(schedule[0])}, and the "
                f"plan's at {describe_time(planned.start)}, or their curves differ: the plan was made for another "
                "start or another distribution. Nothing was sent."
            )


# --------------------------------------------------------------------------------------------------- deploying


def deploy_plan(plan: Plan, replaces: bool = False) -> Deployment:
    """Deploy the distribution of a plan and write its record.

    Parameters
    ----------
    replaces
        Whether a distribution that is already recorded on a development chain is to be forgotten.
    """
    check_chain(plan)
    check_clock()
    check_approvals(plan)
    _refuse_second(replaces and is_development())
    able = signers()
    if not able:
        raise ScriptError("No account can sign here: name one of Brownie's keystore in LVO_KEYSTORE.")
    deployer = next(iter(able.values()))

    now = max(int(web3.eth.get_block("latest")["timestamp"]), int(chain.time()))
    genesis = plan.genesis.after(now)
    if genesis <= now:
        raise ScriptError(
            f"The plan's genesis, {describe_time(genesis)}, has passed ({describe_time(now)} now), and no curve may "
            "begin in the past: choose a later one."
        )
    arguments = []
    for bucket in plan.buckets:
        schedule = shift(bucket.schedule, genesis)
        arguments.append([bucket.holder.address, [schedule.start, schedule.cliff, schedule.end, schedule.initial_bps]])
    receipt = send(brownie.GenesisDistribution, arguments, sender=deployer)
    distribution = receipt.contract
    token = attach(brownie.LVOToken, distribution.LVO.call(block_identifier=int(head()["number"], 16)))
    document: dict[str, Any] = {
        "plan": {"name": plan.name, "file": plan.file, "hash": plan.hash, "sha256": plan.sha256},
        "genesis": genesis,
        "contracts": {
            "GenesisDistribution": {
                "address": str(distribution.address),
                "block": int(receipt.block_number),
                "transaction": receipt.txid,
                "deployer": str(deployer.address),
                "gas": int(receipt.gas_used),
                "arguments": [arguments],
            },
            "LVOToken": {
                "address": str(token.address),
                "block": int(receipt.block_number),
                "transaction": receipt.txid,
                "arguments": [str(distribution.address)],
            },
        },
    }
    write_record(int(web3.eth.chain_id), document)
    return Deployment(distribution, token, document)


def _refuse_second(replaces: bool) -> None:
    """One chain has one LVO: refuse a deployment beside one that stands."""
    chain_id = int(web3.eth.chain_id)
    document = read_record(chain_id)
    if document is None or replaces:
        return
    address = facts(document).distribution
    if not is_development() or web3.eth.get_code(address):
        raise ScriptError(
            f"LVO is deployed on chain {chain_id} already: {address}, by {record_path(chain_id)}. There is one of it. "
            "Go on with execute, or, if that was a rehearsal, move the record away first."
        )


def find(plan: Plan) -> Deployment:
    """Return the distribution of a plan on this chain."""
    check_chain(plan)
    chain_id = int(web3.eth.chain_id)
    document = read_record(chain_id)
    if document is None:
        raise ScriptError(f"There is no record of a deployment on chain {chain_id}: run deploy first.")
    record = facts(document)
    if not web3.eth.get_code(record.distribution):
        raise ScriptError(
            f"There is no contract at {record.distribution}, where {record_path(chain_id)} says the distribution is: "
            "that was another chain of this id, or it was started anew. Run deploy first, or connect to the right node."
        )
    distribution = attach(brownie.GenesisDistribution, record.distribution)
    token = attach(brownie.LVOToken, record.token)
    return Deployment(distribution, token, document)


# --------------------------------------------------------------------------------------------------- splitting


@dataclass(frozen=True)
class Sending:
    """How the batches of a plan stand."""

    done: list[Batch]
    due: list[Batch]
    elsewhere: list[Batch]
    """Whose holder cannot sign here."""


def survey(plan: Plan, deployment: Deployment, able: dict[str, Any]) -> Sending:
    """Ask the chain which batches it knows, and see who could send the others."""
    distribution = deployment.distribution
    if deployment.record.plan_hash != plan.origin:
        raise ScriptError(
            f"The distribution was deployed from plan {deployment.record.plan_hash}, and this one is {plan.hash}: the "
            "plan or a list was changed since. Its batches would be new to the chain, and grant again what was "
            "granted. Restore the plan; its canonical form is in build/plans/. Nothing was sent."
        )
    check_identity(plan, deployment)
    planned = batches(plan)
    topic = "0x" + brownie.web3.keccak(text="PoolSplit(uint256,uint256)").hex().removeprefix("0x")
    block = int(head()["number"], 16)
    logs = events(distribution.address, deployment.first_block, block, [topic])
    used = {(int(log["topics"][1].hex(), 16), int(log["topics"][2].hex(), 16)) for log in logs}
    earlier = earlier_salts(plan)
    if not earlier <= used:
        raise ScriptError(
            f"The plan continues others, and {len(earlier - used)} batches that they are said to have done are not on "
            "the chain: it was made for another chain, or the chain was reorganised. Abandon the other plan again. "
            "Nothing was sent."
        )
    ours = {(batch.bucket.facts.id, batch.salt) for batch in planned}
    foreign = {pool for pool, _ in used - ours - earlier}
    for bucket in plan.buckets:
        if bucket.grants and bucket.facts.id in foreign:
            raise ScriptError(
                f"The {bucket.facts.key} pool was split by something else than this plan, perhaps for the same people: "
                "verify shows what. Settle by hand what it still owes. Nothing was sent."
            )
    sending = Sending([], [], [])
    # Asked of the contract itself: the salt it knows is what keeps a batch from being paid twice.
    for batch, known in zip(planned, _known(deployment, planned, block), strict=True):
        if known:
            sending.done.append(batch)
        elif batch.bucket.holder.address in able:
            sending.due.append(batch)
        else:
            sending.elsewhere.append(batch)
    return sending


def _known(deployment: Deployment, planned: list[Batch], block: int) -> list[bool]:
    """Ask the contract which batches it knows, at one block."""
    method = deployment.distribution.isSaltUsed
    inputs = [method.encode_input(batch.bucket.facts.id, batch.salt) for batch in planned]
    return [int(answer, 16) == 1 for answer in call_many(deployment.distribution.address, inputs, block)]


def show(sending: Sending) -> None:
    """Print what will be sent, what it will cost, and what others must send."""
    rows = []
    for word, group in (("done", sending.done), ("to send", sending.due), ("not from here", sending.elsewhere)):
        for batch in group:
            size = len(batch.grants)
            rows.append(
                (
                    f"{batch.bucket.facts.key} {batch.number + 1}",
                    f"{size:,}",
                    f"{batch.amount // LVO:,}",
                    f"{GAS_PER_BATCH + size * GAS_PER_PIECE:,}",
                    word,
                )
            )
    table(
        "Batches",
        ("batch", "grants", "LVO, floor", "gas, at most", "state"),
        rows,
        ("grants", "LVO, floor", "gas, at most"),
    )
    gas = sum(GAS_PER_BATCH + len(batch.grants) * GAS_PER_PIECE for batch in sending.due)
    price = int(web3.eth.gas_price)
    say(
        f"{len(sending.due)} to send, {gas:,} gas at most; at {price / 10**9:g} gwei now that is "
        f"{web3.from_wei(gas * price, 'ether'):.6f} ETH."
    )
    for bucket in {batch.bucket.facts.id: batch.bucket for batch in sending.elsewhere}.values():
        say(
            f"The {bucket.facts.key} pool belongs to {bucket.holder.address} ({bucket.holder.kind}), which cannot sign "
            "here: " + _advice(bucket.holder.kind),
            style="yellow",
        )


def _advice(kind: str) -> str:
    if kind == "account":
        return "name its key of Brownie's keystore in LVO_KEYSTORE and run execute again."
    return f"the {kind} must send the calls that follow; run verify when it has."


def send_all(deployment: Deployment, able: dict[str, Any], sending: Sending) -> int:
    """Send the batches that are due, one by one; return the gas they used.

    Each is one transaction that happens whole or not at all, and happens once: killed between any two instructions,
    this can be run again.
    """
    used = 0
    with progress() as bar:
        task = bar.add_task("splitting", total=sum(len(batch.grants) for batch in sending.due))
        for before, batch in zip([None, *sending.due], sending.due, strict=False):
            if before is not None and before.bucket.holder != batch.bucket.holder:
                finish()  # nonces keep the order of one sender only
            used += send_one(deployment, batch, able[batch.bucket.holder.address])
            bar.advance(task, len(batch.grants))
    return used


def send_one(deployment: Deployment, batch: Batch, sender: Any) -> int:
    """Send one batch and wait for it; return the gas it used."""
    most = GAS_PER_BATCH + len(batch.grants) * GAS_PER_PIECE
    try:
        return send(deployment.distribution.split, *call_of(deployment, batch), sender=sender, gas=most).gas_used
    except RefusalError as refused:
        # A node that was behind had not seen it, or another operator was faster.
        if refused.error == "GenesisDistribution_SaltUsed" and all(
            _known(deployment, [batch], int(head()["number"], 16))
        ):
            say(f"The batch {batch.bucket.facts.key} {batch.number + 1} was granted meanwhile.")
            return 0
        raise


def call_of(deployment: Deployment, batch: Batch) -> tuple[int, list[Any], int]:
    """Return the arguments of ``split`` that carry out a batch."""
    pieces: list[Any] = []
    for grant in batch.grants:
        schedule = shift(grant.schedule, deployment.record.genesis)
        times = [schedule.start, schedule.cliff, schedule.end, schedule.initial_bps]
        pieces.append([grant.account, int(grant.amount), times, KINDS.index(grant.kind)])
    return batch.bucket.facts.id, pieces, batch.salt


def calls(deployment: Deployment, sending: Sending) -> list[dict[str, Any]]:
    """Return the transactions that others must send, whoever they are."""
    return [
        {
            "batch": f"{batch.bucket.facts.key} {batch.number + 1}",
            "from": batch.bucket.holder.address,
            "to": str(deployment.distribution.address),
            "value": "0",
            "data": _call(deployment, batch).data,
        }
        for batch in sending.elsewhere
    ]


def _call(deployment: Deployment, batch: Batch) -> Call:
    data = deployment.distribution.split.encode_input(*call_of(deployment, batch))
    return Call(str(deployment.distribution.address), 0, hex_of(data))


@dataclass(frozen=True)
class Handed:
    """A file for those who must send something, and the hashes that they must see, if it is a Safe."""

    name: str
    document: dict[str, Any]
    nonce: int = 0
    hashes: safe.Hashes | None = None


def hand_over(deployment: Deployment, sending: Sending) -> list[Handed]:
    """Write what others must send in the form in which they take it.

    A multisig gets batches for Safe's Transaction Builder, each one transaction under the cap of gas, with the hashes
    at the nonces that come next; a timelock gets one proposal for each batch, which ``brownie run govern propose``
    takes.
    """
    handed: list[Handed] = []
    by_bucket: dict[str, list[Batch]] = {}
    for batch in sending.elsewhere:
        by_bucket.setdefault(batch.bucket.facts.key, []).append(batch)
    nonces: dict[str, int] = {}
    for key, group in by_bucket.items():
        holder = group[0].bucket.holder
        if holder.kind == "multisig":
            first = nonces.setdefault(holder.address, safe_nonce(holder.address))
            made = _for_safe(deployment, key, group, first)
            nonces[holder.address] = first + len(made)
            handed += made
        elif holder.kind == "timelock":
            handed += [Handed(f"{key}-proposal-{batch.number + 1}.json", _motion(deployment, batch)) for batch in group]
    return handed


def _for_safe(deployment: Deployment, key: str, group: list[Batch], nonce: int) -> list[Handed]:
    parts: list[list[Batch]] = []
    gas = SAFE_GAS + 1
    for batch in group:
        own = GAS_PER_BATCH + len(batch.grants) * GAS_PER_PIECE
        if gas + own > SAFE_GAS or len(parts[-1]) == safe.CALLS_PER_BATCH:
            parts.append([])
            gas = 0
        parts[-1].append(batch)
        gas += own
    chain_id, holder = int(web3.eth.chain_id), group[0].bucket.holder.address
    made = []
    for number, part in enumerate(parts):
        whole = [_call(deployment, batch) for batch in part]
        numbers = ", ".join(str(batch.number + 1) for batch in part)
        document = safe.builder_file(chain_id, holder, whole, f"LIVE VIDEO {key} {numbers}")
        hashes = safe.hashes(chain_id, holder, safe.transaction(whole, nonce + number))
        made.append(Handed(f"{key}-safe-{number + 1}.json", document, nonce + number, hashes))
    return made


def safe_nonce(address: str) -> int:
    """Return the nonce at which a Safe's next transaction is, 0 if there is no Safe yet."""
    try:
        answer = ask("eth_call", {"to": address, "data": "0xaffed0e0"}, head()["number"])  # nonce()
    except NodeError:
        return 0
    return int(answer, 16) if len(answer) == 66 else 0


def _motion(deployment: Deployment, batch: Batch) -> dict[str, Any]:
    name = f"{batch.bucket.facts.name} {batch.number + 1}"
    pool, pieces, salt = call_of(deployment, batch)
    return {
        "title": f"Grants of the plan: {name}",
        "text": (
            f"{len(batch.grants)} grants, {format_lvo(batch.amount)} LVO of the {batch.bucket.facts.key} pool, by plan "
            f"{deployment.record.plan_hash}. Carried out once, whoever proposes it and however often."
        ),
        "calls": [
            {
                "contract": "GenesisDistribution",
                "function": "split",
                "arguments": [str(pool), [_text(piece) for piece in pieces], str(salt)],
            }
        ],
    }


def _text(value: Any) -> Any:
    return [_text(each) for each in value] if isinstance(value, list) else str(value)


# --------------------------------------------------------------------------------------------------- releasing


def release_some(deployment: Deployment, ids: list[int], sender: Any) -> int:
    """Release grants by one call; return the wei that were paid."""
    before = int(deployment.token.balanceOf(deployment.distribution))
    send(deployment.distribution.releaseMany, ids, sender=sender, gas=GAS_CAP)
    return before - int(deployment.token.balanceOf(deployment.distribution))
