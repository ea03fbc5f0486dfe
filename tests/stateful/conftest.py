"""Budgets of the machines, and their seeds."""

import random

import pytest

REVM_STEPS = {"quick": 1_000, "ci": 10_000}
GANACHE_STEPS = {"quick": 60, "ci": 200}
DEPTH = {"revm": 50, "ganache": 40}


def pytest_addoption(parser):
    parser.getgroup("live video").addoption(
        "--machine-seed", type=int, default=None, help="first seed of the machines; random without it"
    )


@pytest.fixture(scope="session")
def machine_seed(request):
    """The first seed, printed with every result so that a run can be had again."""
    given = request.config.getoption("--machine-seed")
    return random.SystemRandom().randrange(10**9) if given is None else given
