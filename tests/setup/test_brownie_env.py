"""Brownie in the project: artifacts are never stale, no stranger's chain is used, the user's own settings stay."""

import json
import pathlib
import socket
import threading

import brownie
import brownie_env
import pytest

PROBE = """
from brownie import accounts, chain, network, web3
def main():
    print("PROBE", web3.provider.endpoint_uri, chain.id, len(accounts), network.show_active())
"""


def add_field(copy):
    """Add a field to a struct that the ABI of GenesisDistribution speaks of, in an interface it imports."""
    interface = copy.root / "interfaces" / "IGenesisDistribution.sol"
    text = interface.read_text()
    edited = text.replace("        uint256 owed;\n", "        uint256 owed;\n        uint256 spare;\n")
    assert edited != text
    interface.write_text(edited)


def books_fields(copy, folder, name):
    """The fields of BucketBooks as a compiled ABI has them."""
    abi = json.loads((copy.root / "build" / folder / f"{name}.json").read_text())["abi"]
    prove = next(item for item in abi if item.get("name") == "proveBuckets")
    return [component["name"] for component in prove["outputs"][0]["components"]]


@pytest.mark.parametrize("command", ["brownie compile", "pytest"])
def test_edit_of_an_interface_is_noticed(working_copy, command):
    copy = working_copy
    copy.take_artifacts()
    assert books_fields(copy, "contracts", "GenesisDistribution")[-1] == "owed"
    add_field(copy)
    if command == "brownie compile":
        copy.brownie("compile")
    else:
        python = copy.root / ".venv" / "bin" / "python"
        copy.run(python, "-m", "pytest", "--collect-only", "tests/meta/test_third_party.py")
    assert books_fields(copy, "contracts", "GenesisDistribution")[-1] == "spare"
    assert books_fields(copy, "interfaces", "IGenesisDistribution")[-1] == "spare"


@pytest.mark.parametrize(
    "name", ["contracts/token/LVOToken.sol", "interfaces/ILVOToken.sol", "brownie-config.yaml", "package-lock.json"]
)
def test_artifacts_go_when_what_they_depend_on_changes(tmp_path, monkeypatch, name):
    for source in ("contracts/token/LVOToken.sol", "interfaces/ILVOToken.sol", *brownie_env.SOURCES[2:]):
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / source).write_text("as it was")
    monkeypatch.setattr(brownie_env, "ROOT", tmp_path)
    brownie_env.discard_stale_artifacts()
    artifact = tmp_path / "build" / "contracts" / "LVOToken.json"
    artifact.parent.mkdir()
    artifact.write_text("{}")
    deployments = tmp_path / "build" / "deployments" / "map.json"
    deployments.parent.mkdir()
    deployments.write_text("{}")

    brownie_env.discard_stale_artifacts()
    assert artifact.exists()
    (tmp_path / name).write_text("changed")
    brownie_env.discard_stale_artifacts()
    assert not artifact.exists()
    assert deployments.exists()


@pytest.fixture
def ports(monkeypatch):
    """Let the ports begin at one where three in a row are free, and forget what this process has claimed of them."""
    for first in range(20_000, 30_000, 3):
        if all(brownie_env._is_free(port) for port in range(first, first + 3)):
            monkeypatch.setattr(brownie_env, "FIRST_PORT", first)
            claims = []
            monkeypatch.setattr(brownie_env, "_claims", claims)
            yield first
            for claim in claims:
                claim.close()
            return


def test_port_that_a_stranger_listens_on_is_passed_over(ports):
    with socket.create_server(("127.0.0.1", ports)), socket.create_server(("", ports + 1)):
        assert brownie_env.free_port() == ports + 2


def test_port_that_another_run_has_chosen_is_passed_over(ports):
    assert brownie_env.free_port() == ports
    assert brownie_env.free_port() == ports + 1


def test_port_of_ones_own_chain_is_used(ports, monkeypatch):
    monkeypatch.setenv("LVO_GANACHE_PORT", "12345")
    networks = {"ganache-cli": {"cmd_settings": {}}}
    brownie_env.choose_port(networks)
    assert networks["ganache-cli"]["cmd_settings"]["port"] == 12345


@pytest.mark.parametrize("value", ["", "abc", "0", "65536", "-1"])
def test_port_that_is_none_is_refused(monkeypatch, value):
    monkeypatch.setenv("LVO_GANACHE_PORT", value)
    with pytest.raises(SystemExit, match="set it to a port number"):
        brownie_env.choose_port({"ganache-cli": {"cmd_settings": {}}})


def answer_as_a_chain(server, asked):
    """Answer every request as a chain of another number would, and note that somebody asked."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": "0x5"}).encode()
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            asked.append(connection.recv(65_536))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def test_stranger_is_left_alone_and_the_home_as_it_was(working_copy):
    copy = working_copy
    (copy.root / "scripts").mkdir(exist_ok=True)
    (copy.root / "scripts" / "probe.py").write_text(PROBE)
    settings = copy.home / ".brownie"
    (settings / "accounts").mkdir(parents=True)
    (settings / "accounts" / "mine.json").write_text("a keystore")
    networks = pathlib.Path(brownie.__file__).parent / "data" / "network-config.yaml"
    mine = networks.read_text() + "# mine\n"
    (settings / "network-config.yaml").write_text(mine)

    stranger = next(port for port in range(brownie_env.FIRST_PORT, 65_536) if brownie_env._is_free(port))
    asked = []
    with socket.create_server(("127.0.0.1", stranger)) as server:
        threading.Thread(target=answer_as_a_chain, args=(server, asked), daemon=True).start()
        printed = copy.brownie("run", "probe")
        server.shutdown(socket.SHUT_RDWR)

    line = next(line for line in printed.splitlines() if line.startswith("PROBE"))
    assert line.split()[2:] == ["1337", "20", "ganache-cli"]
    assert f":{stranger} " not in line
    assert asked == []
    assert "Attached" not in printed
    assert (settings / "network-config.yaml").read_text() == mine
    assert [path.name for path in (settings / "accounts").iterdir()] == ["mine.json"]
    assert (settings / "accounts" / "mine.json").read_text() == "a keystore"
    assert not (copy.home / ".solcx").exists()
