"""What the verbs of ``deploy`` and ``check`` do: rehearse a suite, deploy it step by step, read it back."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from brownie import chain, web3
from eth_utils.crypto import keccak

from lvo.plan import BUCKETS, Plan, read_plan
from lvo.reconcile import Check, describe_time
from lvo.suite import GUARD_MONTHS, MADE, NOBODY, STREAMS, Suite, read_suite
from lvo.units import MONTH, SUPPLY, format_lvo
from scripts.support.chain import events
from scripts.support.console import ScriptError, progress
from scripts.support.records import read_record, record_path, write_record
from scripts.support.rehearsal import Rehearsed, container, encode_arguments, rehearse
from scripts.support.sending import Receipt, attach, is_development, send, signer

ROOT = Path(__file__).resolve().parents[2]
MARGIN = 110
"""Gas limit in percent of what the rehearsal used, whose slots are warm."""
BLOCKS_BACK = 5_000
"""How far back a lost deployment is looked for, in blocks."""


@dataclass(frozen=True)
class Project:
    """A suite that is to be deployed, or is: everything that follows from its file, the deployer and its nonce.

    Attributes
    ----------
    deployer, nonce
        Who deploys, and the nonce of its first transaction.
    genesis
        When the curves begin, Unix seconds.
    time
        When the deployment was begun, Unix seconds; the rehearsal happens then.
    """

    suite: Suite
    plan: Plan
    deployer: str
    nonce: int
    genesis: int
    time: int
    addresses: Mapping[str, str]
    rehearsed: tuple[Rehearsed, ...]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over every contract's address and code, in which its terms are, 0x and digits."""
        digest = hashlib.sha256()
        for each in self.rehearsed:
            digest.update(f"{each.step.key} {each.address} {each.code_hash}\n".encode())
        return "0x" + digest.hexdigest()

    def contract(self, key: str) -> Any:
        """Return Brownie's contract of a key."""
        return attach(container(key.partition(".")[0]), self.addresses[key])


def prepare(suite_file: str, replaces: bool = False) -> tuple[Project, dict[str, Any] | None]:
    """Read a suite and find out how it stands on this chain.

    Parameters
    ----------
    replaces
        Whether what is recorded on a development chain is to be forgotten.

    Returns
    -------
    tuple
        The project, and the record of what was begun, if anything was.
    """
    suite = read_suite(suite_file)
    chain_id = int(web3.eth.chain_id)
    if chain_id not in suite.chains:
        raise ScriptError(
            f"This is chain {chain_id}, and the suite is for {', '.join(map(str, suite.chains))}: choose the network "
            "with --network, or add the chain to a suite of your own. Nothing was sent."
        )
    document = _recorded(chain_id, replaces)
    if document is not None:
        begun = document["suite"]
        project = _project(suite, begun["deployer"], int(begun["nonce"]), int(document["genesis"]), int(begun["time"]))
        if project.fingerprint != begun["fingerprint"]:
            raise ScriptError(
                f"{record_path(chain_id)} was begun with other terms or another build ({begun['fingerprint'][:10]}, "
                f"and this is {project.fingerprint[:10]}): restore them, or move the record away and begin again. "
                "Nothing was sent."
            )
        return project, document
    account = signer()
    if account is None:
        raise ScriptError("No account can sign here: name one of Brownie's keystore in LVO_KEYSTORE.")
    deployer = str(account.address)
    now = max(int(web3.eth.get_block("latest")["timestamp"]), int(chain.time()) if is_development() else 0)
    nonce = int(web3.eth.get_transaction_count(web3.to_checksum_address(deployer)))
    plan = read_plan(suite.distribution, suite.addresses(deployer, nonce))
    genesis = plan.genesis.after(now)
    if genesis <= now:
        raise ScriptError(f"The genesis, {describe_time(genesis)}, has passed: choose a later one. Nothing was sent.")
    return _project(suite, deployer, nonce, genesis, now), None


def _recorded(chain_id: int, replaces: bool) -> dict[str, Any] | None:
    document = read_record(chain_id)
    if document is None or (is_development() and replaces):
        return None
    if is_development():
        first = next(iter(document["contracts"].values()), None)
        if first is None or not web3.eth.get_code(first["address"]):
            return None  # The record of a chain that was thrown away.
    if "suite" not in document:
        raise ScriptError(
            f"{record_path(chain_id)} records a distribution without its suite. There is one LVO on a chain: if that "
            "was a rehearsal, move the record away first. Nothing was sent."
        )
    return document


def _project(suite: Suite, deployer: str, nonce: int, genesis: int, time: int) -> Project:
    addresses = suite.addresses(deployer, nonce)
    plan = read_plan(suite.distribution, addresses)
    steps = suite.steps(plan, genesis)
    rehearsed = rehearse(steps, addresses, deployer, nonce, time)
    return Project(suite, plan, deployer, nonce, genesis, time, addresses, tuple(rehearsed))


# --------------------------------------------------------------------------------------------------- deploying


def deploy_suite(project: Project, document: dict[str, Any] | None) -> dict[str, Any]:
    """Deploy what is not deployed yet, recording each contract before the next is sent.

    Raises
    ------
    ScriptError
        If a transaction is refused, or the deployer's account was used for something else meanwhile.
    """
    chain_id = int(web3.eth.chain_id)
    if document is None:
        document = _begin(project)
        write_record(chain_id, document)
    with progress() as bar:
        task = bar.add_task("deploying", total=len(project.rehearsed))
        for index, each in enumerate(project.rehearsed):
            if each.step.key not in document["contracts"]:
                document["contracts"][each.step.key] = _deploy(project, index, each, int(document["suite"]["block"]))
                for key, maker in MADE.items():
                    if each.step.key == maker:
                        document["contracts"][key] = _made(project, key, document["contracts"][maker])
                write_record(chain_id, document)
            bar.advance(task)
    document["suite"]["complete"] = True
    write_record(chain_id, document)
    return document


def _begin(project: Project) -> dict[str, Any]:
    plan = project.plan
    return {
        "plan": {"name": plan.name, "file": plan.file, "hash": plan.hash, "sha256": plan.sha256},
        "suite": {
            "name": project.suite.name,
            "fingerprint": project.fingerprint,
            "deployer": project.deployer,
            "nonce": project.nonce,
            "block": int(web3.eth.block_number),
            "time": project.time,
            "commit": _commit(),
            "complete": False,
        },
        "compiler": container("LVOToken")._build["compiler"],
        "genesis": project.genesis,
        "contracts": {},
    }


def _commit() -> str:
    """Return the commit of the sources, with a plus where they were changed since; empty outside a repository."""
    git = shutil.which("git")
    if git is None:
        return ""
    head = subprocess.run([git, "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    dirty = subprocess.run(
        [git, "status", "--porcelain", "contracts", "interfaces"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return head.stdout.strip() + "+" * bool(dirty.stdout.strip())


def _deploy(project: Project, index: int, each: Rehearsed, first_block: int) -> dict[str, Any]:
    expected = project.nonce + index
    next_nonce = int(web3.eth.get_transaction_count(web3.to_checksum_address(project.deployer)))
    if next_nonce > expected:
        # Sent, and killed before it was written down.
        found = _lost(project, expected, each, first_block)
        return _entry(project, each, found["hash"], int(found["blockNumber"]), 0)
    if next_nonce < expected:
        raise ScriptError(
            f"{project.deployer} has nonce {next_nonce}, and {each.step.key} needs {expected}: the chain has lost what "
            "was deployed, perhaps by a reorganisation. Move the record away and begin again."
        )
    receipt: Receipt = send(
        container(each.step.contract), *each.arguments, sender=project.deployer, gas=each.gas * 11 // 10
    )
    made = str(receipt.contract.address)
    if made != each.address:
        raise ScriptError(
            f"{each.step.key} is at {made} and not at {each.address}: another process used the deployer's key in this "
            "moment, so the contracts would not find each other. Move the record away and begin again with a fresh key."
        )
    return _entry(project, each, receipt.txid, receipt.block_number, receipt.gas_used)


def _lost(project: Project, nonce: int, each: Rehearsed, first_block: int) -> Any:
    """Find the transaction that deployed a contract and was not recorded."""
    if (
        web3.keccak(web3.eth.get_code(web3.to_checksum_address(each.address))).hex().removeprefix("0x")
        == each.code_hash[2:]
    ):
        last = int(web3.eth.block_number)
        for number in range(max(first_block, last - BLOCKS_BACK), last + 1):
            for sent in web3.eth.get_block(number, full_transactions=True)["transactions"]:
                if sent["from"] == project.deployer and sent["nonce"] == nonce:
                    return {"hash": "0x" + sent["hash"].hex().removeprefix("0x"), "blockNumber": number}
    raise ScriptError(
        f"{project.deployer} was used for something else since the deployment began (nonce {nonce} did not deploy "
        f"{each.step.key}), so the contracts would not find each other. Move the record away and begin again with a "
        "key that nothing else uses."
    )


def _entry(project: Project, each: Rehearsed, txid: str, block: int, gas: int) -> dict[str, Any]:
    artifact = container(each.step.contract)
    return {
        "contract": each.step.contract,
        "address": each.address,
        "block": block,
        "transaction": txid,
        "deployer": project.deployer,
        "gas": gas or int(web3.eth.get_transaction_receipt(txid)["gasUsed"]),
        "arguments": _plain(each.arguments),
        "encodedArguments": "0x" + encode_arguments(artifact.abi, each.arguments).hex(),
        "codeHash": each.code_hash,
    }


def _plain(value: Any) -> Any:
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _made(project: Project, key: str, maker: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a contract that another made in its constructor."""
    address = project.addresses[key]
    return {
        "contract": key.partition(".")[0],
        "address": address,
        "block": maker["block"],
        "transaction": maker["transaction"],
        "madeBy": maker["address"],
        "codeHash": _code_hash(address),
    }


# ------------------------------------------------------------------------------------------------- reading it back


def _code_hash(address: str) -> str:
    return "0x" + keccak(bytes(web3.eth.get_code(web3.to_checksum_address(address)))).hex()


def inspect(project: Project, document: Mapping[str, Any]) -> list[Check]:
    """Compare a deployed suite with its file: code, supply, shares, and every role and who holds it."""
    return [*_code(project, document), *_supply(project), *_roles(project, document), *_terms(project)]


def _same(name: str, expected: object, actual: object) -> Check:
    return Check(name, str(expected) == str(actual), str(expected), str(actual))


def _code(project: Project, document: Mapping[str, Any]) -> Iterator[Check]:
    for each in project.rehearsed:
        yield _same(f"{each.step.key}: code", each.code_hash, _code_hash(each.address))
        yield _same(f"{each.step.key}: recorded at", each.address, document["contracts"][each.step.key]["address"])
        for key, code_hash in each.makes.items():
            yield _same(f"{key}: code", code_hash, _code_hash(project.addresses[key]))
            yield _same(f"{key}: recorded at", project.addresses[key], document["contracts"][key]["address"])


def _supply(project: Project) -> Iterator[Check]:
    genesis, token = project.contract("GenesisDistribution"), project.contract("LVOToken")
    yield _same("LVO: supply", f"{format_lvo(SUPPLY)} LVO", f"{format_lvo(token.totalSupply())} LVO")
    yield _same("LVO: the distribution's token", project.addresses["LVOToken"], genesis.LVO())
    proven, _ = genesis.proveBuckets()
    for facts, books in zip(BUCKETS, proven, strict=True):
        yield _same(f"{facts.key}: share proven", f"{format_lvo(facts.share)} LVO", f"{format_lvo(int(books[0]))} LVO")
    for bucket in project.plan.buckets:
        holder = genesis.grants(bucket.facts.id)[0]
        yield _same(f"{bucket.facts.key}: holder", bucket.holder.address, holder)
    yield _same("the deployer's LVO", 0, token.balanceOf(project.deployer))
    yield _same("the deployer's votes", 0, token.getVotes(project.deployer))


def _roles(project: Project, document: Mapping[str, Any]) -> Iterator[Check]:
    timelock, at = project.contract("LVOTimelock"), project.addresses
    holders = {
        "PROPOSER": (at["LVOGovernor"],),
        "CANCELLER": (at["LVOGovernor"], at["CouncilGuard"]),
        "EXECUTOR": (NOBODY,),
        "ADMIN": (at["LVOTimelock"],),
    }
    for role, expected in holders.items():
        number = "0x" + ("00" * 32 if role == "ADMIN" else keccak(text=f"{role}_ROLE").hex())
        granted = _members(project, document, number)
        yield _same(f"LVOTimelock: {role}", ", ".join(sorted(expected)), ", ".join(sorted(granted)))
        yield _same(f"LVOTimelock: {role} of the deployer", False, timelock.hasRole(number, project.deployer))
    guard = project.contract("CouncilGuard")
    yield _same("CouncilGuard: council", project.suite.council, guard.COUNCIL())
    yield _same(
        "CouncilGuard: ends", describe_time(project.genesis + GUARD_MONTHS * MONTH), describe_time(guard.UNTIL())
    )
    yield _same(
        "AdLedger: settler", project.suite.streams[STREAMS[-1]].operator, project.contract("AdLedger").SETTLER()
    )
    yield _same("AdLedger: pays into", at[f"RewardLedger.{STREAMS[-1]}"], project.contract("AdLedger").REWARDS())
    for room in ("AdLedger", "RetailEscrow", "ContentReview", "TipJar"):
        yield _same(f"{room}: token", at["LVOToken"], project.contract(room).LVO())
    for name in STREAMS:
        terms = dict(project.contract(f"RewardLedger.{name}").terms().dict())
        stream = project.suite.streams[name]
        for field, expected_value in (
            ("operator", stream.operator),
            ("guardian", project.suite.council),
            ("governance", at["LVOTimelock"]),
            ("fallbackReceiver", at["LVOTimelock"]),
        ):
            yield _same(f"RewardLedger.{name}: {field}", expected_value, terms[field])


def _members(project: Project, document: Mapping[str, Any], role: str) -> set[str]:
    """Return who has a role, from the timelock's events: nobody can list them otherwise."""
    address = project.addresses["LVOTimelock"]
    first = int(document["suite"]["block"])
    granted = web3.keccak(text="RoleGranted(bytes32,address,address)").hex().removeprefix("0x")
    revoked = web3.keccak(text="RoleRevoked(bytes32,address,address)").hex().removeprefix("0x")
    members: set[str] = set()
    for log in events(address, first, int(web3.eth.block_number), [["0x" + granted, "0x" + revoked], role]):
        account = web3.to_checksum_address("0x" + log["topics"][2].hex()[-40:])
        change = members.add if log["topics"][0].hex().removeprefix("0x") == granted else members.discard
        change(str(account))
    return members


def _terms(project: Project) -> Iterator[Check]:
    governor, terms = project.contract("LVOGovernor"), project.suite.governance
    for name, expected, actual in (
        ("voting delay, seconds", terms.voting_delay, governor.votingDelay()),
        ("voting period, seconds", terms.voting_period, governor.votingPeriod()),
        ("late quorum, seconds", terms.late_quorum, governor.lateQuorumVoteExtension()),
        ("quorum, bps", terms.quorum, governor.QUORUM_BPS()),
        ("quorum floor, wei", terms.quorum_floor, governor.QUORUM_FLOOR()),
        ("threshold, wei", terms.threshold, governor.proposalThreshold()),
        ("timelock", project.addresses["LVOTimelock"], governor.timelock()),
    ):
        yield _same(f"LVOGovernor: {name}", expected, actual)
    review = project.contract("ContentReview").terms()
    content = (project.addresses["LVOToken"], project.addresses["LVOTimelock"], *astuple(project.suite.content))
    yield _same("ContentReview: terms", content, tuple(review))
    rules = tuple(int(each) for each in project.contract("AdLedger").rules())
    yield _same("AdLedger: rules", astuple(project.suite.advertising), rules)
    yield _same("LVOTimelock: delay, seconds", terms.timelock_delay, project.contract("LVOTimelock").getMinDelay())
