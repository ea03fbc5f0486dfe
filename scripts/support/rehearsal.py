"""Deploys a suite on an EVM inside this process: what it will cost, whether it will work, and the code it will leave.

The EVM has the chain's id and time and the deployer's nonce, so every address, and with it every byte of the code that
the real deployment leaves, immutables included, is the same.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import brownie
from brownie import web3
from eth_abi.abi import encode
from eth_utils.abi import collapse_if_tuple
from pyrevm import EVM, AccountInfo, BlockEnv, CfgEnv, Env

from lvo.suite import MADE, Step, describe, resolve
from scripts.support.console import ScriptError
from scripts.support.refusals import explain

_OUTPUT = re.compile(r"output: 0x([0-9a-f]*)")
GAS_LIMIT = 30_000_000
"""Of a block in the rehearsal."""


@dataclass(frozen=True)
class Rehearsed:
    """What a deployment does: the gas of its transaction, and the code it leaves."""

    step: Step
    arguments: tuple[Any, ...]
    address: str
    gas: int
    code_hash: str
    """keccak-256 of the code, 0x and digits."""
    makes: Mapping[str, str]
    """The hashes of the code of the contracts that its constructor makes, by their keys."""


def container(name: str) -> Any:
    """Return Brownie's container of a contract."""
    return getattr(brownie, name)


def rehearse(
    steps: Sequence[Step], addresses: Mapping[str, str], deployer: str, nonce: int, time: int
) -> list[Rehearsed]:
    """Deploy everything in order, without sending anything.

    Parameters
    ----------
    addresses
        Where every contract of the suite will be.
    deployer, nonce
        Who deploys, and the nonce of its first transaction.
    time
        The second of all blocks of the rehearsal, Unix time.

    Raises
    ------
    ScriptError
        If a constructor refuses, with the contract's own error.
    """
    evm = EVM(env=Env(cfg=CfgEnv(chain_id=int(web3.eth.chain_id))), spec_id="SHANGHAI")
    evm.set_block_env(BlockEnv(number=1, timestamp=time, basefee=0, gas_limit=GAS_LIMIT))
    evm.insert_account_info(deployer, AccountInfo(nonce=nonce))
    done = []
    for step in steps:
        artifact, arguments = container(step.contract), resolve(step.arguments, addresses)
        data = bytes.fromhex(artifact.bytecode) + encode_arguments(artifact.abi, arguments)
        try:
            made = str(evm.deploy(deployer, data))
        except RuntimeError as error:
            output = _OUTPUT.search(str(error))
            reason = explain(bytes.fromhex(output[1])) if output else str(error)
            raise ScriptError(
                f"{step.key} would not deploy with ({describe(arguments)}): {reason}. Nothing was sent."
            ) from None
        if made.lower() != addresses[step.key].lower():
            raise AssertionError(f"{step.key} is at {made}, not at {addresses[step.key]}")
        gas = int(cast(Any, evm.result).gas_used)
        makes = {key: _code_hash(evm, addresses[key]) for key, maker in MADE.items() if maker == step.key}
        done.append(Rehearsed(step, arguments, addresses[step.key], gas, _code_hash(evm, made), makes))
    return done


def _code_hash(evm: EVM, address: str) -> str:
    return "0x" + (evm.basic(address).code_hash or b"").hex()


def encode_arguments(abi: Sequence[Mapping[str, Any]], arguments: Sequence[Any]) -> bytes:
    """Encode the arguments of a constructor by its ABI."""
    inputs: list[Any] = next((item["inputs"] for item in abi if item["type"] == "constructor"), [])
    return bytes(encode([collapse_if_tuple(each) for each in inputs], arguments))
