"""The seed of the machines."""

import random

import pytest


@pytest.fixture(scope="session")
def machine_seed(request):
    """The first seed, printed with every result so that a run can be had again (``--machine-seed``)."""
    given = request.config.getoption("--machine-seed")
    return random.SystemRandom().randrange(10**9) if given is None else given
