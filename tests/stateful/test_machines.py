"""Every machine on every backend."""

import pytest

from tests.chain.revm import RevmChain
from tests.differential.token_machine import DifferentialTokenMachine
from tests.stateful.conftest import DEPTH, GANACHE_STEPS, REVM_STEPS
from tests.stateful.distribution_machine import DistributionMachine
from tests.stateful.machine import run
from tests.stateful.token_machine import TokenMachine

MACHINES = (TokenMachine, DistributionMachine, DifferentialTokenMachine)


def ganache():
    from tests.chain.ganache import GanacheChain

    return GanacheChain()


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.__name__)
def test_machine_agrees_with_its_twin(machine, backend, profile, machine_seed, capsys):
    wanted = (REVM_STEPS if backend == "revm" else GANACHE_STEPS)[profile]
    make_chain = RevmChain if backend == "revm" else ganache
    steps, seeds = run(machine, make_chain, steps=wanted, depth=DEPTH[backend], first_seed=machine_seed, seconds=480)
    with capsys.disabled():
        print(f"\n{machine.__name__} on {backend}: {steps:,} steps, {seeds} seeds from {machine_seed}")
    assert steps >= wanted
