"""Fixtures of the whole suite, and two repairs that Brownie needs on Ganache.

``chain`` runs a test on both backends, Ganache and the EVM inside the process; ``--backend revm`` or
``--backend ganache`` runs one of them. ``--profile`` sets how deep the machines go.
"""

import pytest

from tests.chain.revm import RevmChain

BACKENDS = ("revm", "ganache")


def pytest_addoption(parser):
    group = parser.getgroup("live video")
    group.addoption("--backend", choices=("both", *BACKENDS), default="both", help="which chains to test on")
    group.addoption("--profile", choices=("quick", "ci"), default="ci", help="how many steps the machines make")
    group.addoption("--machine-seed", type=int, default=None, help="first seed of the machines; random without it")


def pytest_configure(config):
    if config.pluginmanager.hasplugin("pytest-brownie"):
        _repair_brownie()


def _repair_brownie():
    """Without these, coverage on Ganache hangs at the first view, and contracts with immutables lose their traces."""
    import brownie.network.contract as contract_module
    from brownie import network

    transact = contract_module.ContractCall.transact
    same_code = contract_module._verify_deployed_code

    def transact_with_gas_price(self, *args, **kwargs):
        # In coverage mode Brownie sends views as transactions of price zero, which Ganache leaves waiting for ever.
        if args and isinstance(args[-1], dict) and args[-1].get("gas_price") == 0:
            args[-1]["gas_price"] = network.gas_price()
        return transact(self, *args, **kwargs)

    def same_code_but_for_immutables(address, expected, language):
        # Immutables are zeros in the artifact and values on chain.
        if same_code(address, expected, language):
            return True
        actual = network.web3.eth.get_code(address).hex().removeprefix("0x")
        expected = expected.removeprefix("0x")
        return len(actual) == len(expected) and all(e in (a, "0") for a, e in zip(actual, expected, strict=True))

    contract_module.ContractCall.transact = transact_with_gas_price
    contract_module._verify_deployed_code = same_code_but_for_immutables


def pytest_generate_tests(metafunc):
    chosen = metafunc.config.getoption("--backend")
    for name in {"chain", "backend"} & set(metafunc.fixturenames):
        metafunc.parametrize(name, BACKENDS if chosen == "both" else (chosen,), indirect=name == "chain")


@pytest.fixture(scope="session")
def profile(request):
    """How deep the machines go: quick or ci."""
    return request.config.getoption("--profile")


@pytest.fixture
def chain(request):
    """A chain of one backend, which forgets the test when it is over."""
    if request.param == "revm":
        yield RevmChain()
        return
    from tests.chain.ganache import GanacheChain

    ganache = GanacheChain()
    mark = ganache.snapshot()
    yield ganache
    ganache.rollback(mark)


@pytest.fixture
def alice(chain):
    """Holds the supply in tests of the token."""
    return chain.actor("alice")


@pytest.fixture
def bob(chain):
    """Receives."""
    return chain.actor("bob")


@pytest.fixture
def carol(chain):
    """Spends for others, votes for others."""
    return chain.actor("carol")


@pytest.fixture
def outsider(chain):
    """Has no part in anything."""
    return chain.actor("outsider")


@pytest.fixture
def token(chain, alice):
    """An LVOToken of its own; alice holds the supply."""
    return chain.deploy("LVOToken", alice, sender=alice)
