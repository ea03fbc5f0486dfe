"""What makes plain `brownie` and `pytest` work in this project, without flags or an activated shell.

`tools/setup.py` puts one line into the virtual environment that imports this module at every start of its Python. It
costs nothing until Brownie is imported *inside the project*; then, before Brownie reads its settings,

* the project's own solc, Ganache and npm programs are the ones that are found;
* Ganache gets port 8549, or the next free one (Brownie would silently attach to a stranger's chain otherwise; set
  LVO_GANACHE_PORT to attach to a chain of your own on purpose);
* the live networks of networks.yaml are known, with the node that LVO_RPC_URL names;
* artifacts of other sources are thrown away. Brownie does not notice an edit of a struct in an interface, of a free
  function, of the compiler's settings or of an npm package: a fingerprint over all of them does.
"""

import hashlib
import importlib.abc
import importlib.machinery
import os
import pathlib
import shutil
import socket
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SOURCES = ("contracts", "interfaces", "brownie-config.yaml", "package-lock.json", "tools/solc.js")
FIRST_PORT = 8549
_claims: list[socket.socket] = []


def sources_fingerprint() -> str:
    """SHA-256 over the names and contents of everything that an artifact depends on."""
    digest = hashlib.sha256()
    for name in SOURCES:
        top = ROOT / name
        for path in sorted(top.rglob("*.sol")) if top.is_dir() else [top]:
            content = path.read_bytes()
            digest.update(f"{path.relative_to(ROOT).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def discard_stale_artifacts() -> None:
    """Delete the compiled artifacts unless they were made from the present sources."""
    build = ROOT / "build"
    stamp = build / "sources.sha256"
    fingerprint = sources_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    for folder in ("contracts", "interfaces"):
        shutil.rmtree(build / folder, ignore_errors=True)
    build.mkdir(exist_ok=True)
    stamp.write_text(fingerprint)


def free_port() -> int:
    """Port 8549 of the loopback interface, or the first free one after it; it is this process's until it ends."""
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        if _is_free(port) and _claim(port):
            return port
    raise SystemExit(f"Ports {FIRST_PORT} to {FIRST_PORT + 99} are all taken: stop some of what listens there.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _claim(port: int) -> bool:
    """Keep two runs from choosing one port: minutes may pass between the choice and Ganache's start.

    Linux lets one process at a time hold a name that is no file, and frees it when the process ends.
    """
    if sys.platform != "linux":
        return True
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0live-video-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def choose_port(networks: dict) -> None:
    """Set the port of the local Ganache network before Brownie connects to it."""
    wanted = os.environ.get("LVO_GANACHE_PORT")
    if wanted is not None and not (wanted.isdigit() and 0 < int(wanted) < 65536):
        raise SystemExit(f"LVO_GANACHE_PORT is {wanted!r}: set it to a port number, 1 to 65535, or unset it.")
    networks["ganache-cli"]["cmd_settings"]["port"] = int(wanted) if wanted else free_port()


def add_networks(networks: dict) -> None:
    """Make the live networks of networks.yaml known to this process; the user's own list stays as it is."""
    import yaml

    for name, network in yaml.safe_load((ROOT / "networks.yaml").read_text()).items():
        # As text: Brownie sorts chain ids that it has read from JSON, which are text, together with this one.
        networks[name] = {"id": name, "host": "$LVO_RPC_URL", **network, "chainid": str(network["chainid"])}


def prepare(networks: dict) -> None:
    """Do all of it before Brownie loads the project."""
    discard_stale_artifacts()
    choose_port(networks)
    add_networks(networks)


def pytest_load_initial_conftests(early_config) -> None:
    """pytest rewrites plugins past import hooks: `addopts` names this module as a plugin, to be first here."""
    if early_config.pluginmanager.hasplugin("pytest-brownie") and _inside_project():
        from brownie._config import CONFIG

        prepare(CONFIG.networks)


pytest_load_initial_conftests.pytest_impl = {"tryfirst": True}


class _AfterBrownieConfig(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Prepares right after `brownie._config` has been executed."""

    def find_spec(self, name, path, target=None):
        if name != "brownie._config":
            return None
        self.found = importlib.machinery.PathFinder.find_spec(name, path)
        return importlib.machinery.ModuleSpec(name, self, origin=self.found.origin) if self.found else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        sys.meta_path.remove(self)
        module.__spec__, module.__loader__ = self.found, self.found.loader
        module.__file__ = self.found.origin
        self.found.loader.exec_module(module)
        prepare(module.CONFIG.networks)


def _inside_project() -> bool:
    try:
        here = pathlib.Path.cwd()
    except FileNotFoundError:
        return False
    return here == ROOT or ROOT in here.parents


def install() -> None:
    """Point the environment at the project's tools and wait for Brownie."""
    os.environ.setdefault("SOLCX_BINARY_PATH", str(ROOT / "build" / "solcx"))
    tools = os.pathsep.join((str(ROOT / "tools" / "bin"), str(ROOT / "node_modules" / ".bin")))
    if not os.environ.get("PATH", "").startswith(tools):
        os.environ["PATH"] = tools + os.pathsep + os.environ.get("PATH", "")
    if _inside_project():
        sys.meta_path.insert(0, _AfterBrownieConfig())


install()
