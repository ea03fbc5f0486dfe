"""Every machine on every backend."""

import json
import os
import pathlib

import pytest

from tests.stateful.machine import replay, run
from tests.stateful.machines import BUDGETS, CHAINS, MACHINES


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.__name__)
def test_machine_agrees_with_its_twin(machine, backend, profile, machine_seed, capsys):
    budget = BUDGETS[backend, profile]
    steps, seeds = run(machine, CHAINS[backend], budget, machine_seed)
    with capsys.disabled():
        print(f"\n{machine.__name__} on {backend}: {steps:,} steps, {seeds} seeds from {machine_seed}")
    assert steps >= budget.steps


@pytest.mark.skipif("LVO_REPLAY" not in os.environ, reason="make replay FILE=... names the steps to run again")
def test_replay(backend):
    written = json.loads(pathlib.Path(os.environ["LVO_REPLAY"]).read_text())
    machine = next(machine for machine in MACHINES if machine.__name__ == written["machine"])
    replay(machine, CHAINS[backend], written["steps"])
