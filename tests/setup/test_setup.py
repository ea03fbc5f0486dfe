"""`make setup` on machines that are not as they should be. Python, Node and npm are played by small scripts."""

import functools
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = ("tools/setup.py", "tools/solc.js", "requirements.lock", "package-lock.json")

# A Python that tells the version it is given and makes environments whose Python is itself.
PYTHON = r"""#!/bin/sh
echo "python $*" >> "$CALLS"
case "$*" in
  *version_info*) echo "{path} {kind} {version}" ;;
  *ensurepip*) {ensurepip} ;;
  *"-m venv"*) for folder in "$@"; do :; done
    mkdir -p "$folder/bin" "$folder/lib/python3.11/site-packages"; cp "$0" "$folder/bin/python" ;;
  *"-m pip"*) test -n "$SLOW" && sleep "$SLOW"
    test -n "$PIP_FAILS" && echo "ERROR: Could not find a version that satisfies the requirement" >&2 && exit 1
    touch "$(dirname "$0")/brownie" ;;
esac
"""
NODE = "#!/bin/sh\necho {version}\n"
NPM = r"""#!/bin/sh
echo "npm $*" >> "$CALLS"
case "$1" in
  --version) echo 10.8.2 ;;
  ci) test -n "$NPM_FAILS" && echo "npm error network request failed" >&2 && exit 1
    mkdir -p node_modules/.bin; touch node_modules/.bin/ganache ;;
esac
"""


class Machine:
    """A folder with the files of the set-up, and a PATH with nothing but what the test puts there."""

    def __init__(self, folder):
        self.root, self.bin, self.calls = folder / "project", folder / "bin", folder / "calls"
        for name in FILES:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)
        self.bin.mkdir()
        for name in ("sh", "cp", "dirname", "mkdir", "sleep", "touch", "test"):
            (self.bin / name).symlink_to(shutil.which(name))
        self.python()
        self.node()
        self.program("npm", NPM)

    def program(self, name, text):
        """Put a program on the PATH."""
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def python(self, name="python3", kind="CPython", version="3 11 7", ensurepip="echo there"):
        """Install a Python."""
        text = PYTHON.replace("{path}", str(self.bin / name)).replace("{kind}", kind).replace("{version}", version)
        self.program(name, text.replace("{ensurepip}", ensurepip))

    def node(self, version="v20.20.2"):
        """Install a Node."""
        self.program("node", NODE.format(version=version))

    def start(self, **variables):
        """Begin a set-up."""
        environment = {"PATH": str(self.bin), "CALLS": str(self.calls), **variables}
        command = [sys.executable, str(self.root / "tools" / "setup.py")]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        # Whoever runs the suite in the background may have it ignore Ctrl-C, and children inherit that.
        heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        return subprocess.Popen(command, env=environment, text=True, start_new_session=True, preexec_fn=heed, **pipes)

    def setup(self, **variables):
        """Run a set-up to its end; return its exit code and what it printed."""
        process = self.start(**variables)
        printed, _ = process.communicate(timeout=60)
        assert "Traceback" not in printed
        return process.returncode, printed

    def count(self, words):
        """How often a program was called with these words."""
        return self.calls.read_text().count(words) if self.calls.exists() else 0

    @property
    def stamp(self):
        """What marks a finished set-up."""
        return self.root / ".venv" / "setup.sha256"


@pytest.fixture
def machine(tmp_path):
    """A machine that has what is needed."""
    return Machine(tmp_path)


def test_setup_fails_when_python_is_too_old(machine):
    machine.python(version="3 9 2")
    code, printed = machine.setup()
    assert code == 1
    assert "CPython 3.10 to 3.12 is needed, and python3 is CPython 3.9.2" in printed
    assert machine.count("venv") == 0


def test_setup_fails_when_python_is_too_new(machine):
    machine.python(version="3 13 0")
    code, printed = machine.setup()
    assert code == 1
    assert "python3 is CPython 3.13.0" in printed


def test_setup_fails_when_python_is_another_one(machine):
    machine.python(kind="PyPy", version="3 10 14")
    code, printed = machine.setup()
    assert code == 1
    assert "python3 is PyPy 3.10.14" in printed


def test_setup_fails_when_the_named_python_does_not_run(machine):
    code, printed = machine.setup(PYTHON="/nowhere/python3")
    assert code == 1
    assert "/nowhere/python3 does not run" in printed


def test_setup_takes_another_python_when_the_first_is_wrong(machine):
    machine.python(version="3 13 0")
    machine.python("python3.12", version="3 12 1")
    code, printed = machine.setup()
    assert code == 0
    assert "(Python 3.12.1)" in printed


def test_setup_keeps_to_the_python_that_was_named(machine):
    machine.python("python3.12", version="3 12 1")
    assert machine.setup(PYTHON="python3.12")[0] == 0
    assert machine.setup() == (0, "")


@pytest.mark.parametrize(("version", "message"), [("v18.19.0", "node is v18.19.0"), ("", "none was found")])
def test_setup_fails_when_node_is_wrong(machine, version, message):
    machine.node(version)
    code, printed = machine.setup()
    assert code == 1
    assert f"Node 20 or later is needed, and {message}" in printed


def test_setup_fails_when_npm_is_missing(machine):
    (machine.bin / "npm").unlink()
    code, printed = machine.setup()
    assert code == 1
    assert "npm is needed" in printed


def test_setup_fails_when_python_cannot_make_environments(machine):
    machine.python(ensurepip="exit 1")
    code, printed = machine.setup()
    assert code == 1
    assert "apt-get install python3.11-venv" in printed


@pytest.mark.parametrize(
    ("flag", "message"), [("PIP_FAILS", "Could not find a version"), ("NPM_FAILS", "network request failed")]
)
def test_setup_recovers_when_a_step_has_failed(machine, flag, message):
    code, printed = machine.setup(**{flag: "1"})
    assert code == 1
    assert message in printed
    assert "is the network there?" in printed
    assert not machine.stamp.exists()
    code, printed = machine.setup()
    assert code == 0
    assert printed.endswith("setup: done\n")
    assert machine.stamp.exists()


def test_setup_recovers_when_it_was_interrupted(machine):
    process = machine.start(SLOW="30")
    while machine.count("-m pip") == 0:
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    printed, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "interrupted; run make again" in printed
    assert "Traceback" not in printed
    assert machine.setup()[0] == 0
    assert machine.stamp.exists()


def test_setup_does_each_step_once_and_then_nothing(machine):
    code, printed = machine.setup()
    assert code == 0
    assert [line.split(":")[0] for line in printed.splitlines()] == ["setup"] * 5
    site = machine.root / ".venv" / "lib" / "python3.11" / "site-packages"
    assert "import brownie_env" in (site / "live_video.pth").read_text()
    link = machine.root / "build" / "solcx" / "solc-v0.8.30"
    assert link.resolve() == machine.root / "tools" / "solc.js"
    written = machine.stamp.stat().st_mtime_ns
    assert machine.setup() == (0, "")
    assert machine.stamp.stat().st_mtime_ns == written
    assert (machine.count("-m venv"), machine.count("-m pip"), machine.count("npm ci")) == (1, 1, 1)


@pytest.mark.parametrize("name", ["requirements.lock", "package-lock.json"])
def test_setup_begins_anew_when_a_lock_changes(machine, name):
    machine.setup()
    with (machine.root / name).open("a") as lock:
        lock.write("\n")
    assert machine.setup()[0] == 0
    assert (machine.count("-m pip"), machine.count("npm ci")) == (2, 2)


@pytest.mark.parametrize("name", ["node_modules", ".venv"])
def test_setup_begins_anew_when_something_installed_is_gone(machine, name):
    machine.setup()
    shutil.rmtree(machine.root / name)
    assert machine.setup()[0] == 0
    assert (machine.count("-m pip"), machine.count("npm ci")) == (2, 2)


def test_setup_links_the_compiler_again_when_the_build_is_gone(machine):
    machine.setup()
    shutil.rmtree(machine.root / "build")
    assert machine.setup() == (0, "")
    assert (machine.root / "build" / "solcx" / "solc-v0.8.30").exists()
    assert machine.count("-m pip") == 1


def test_setup_waits_when_another_one_is_at_work(machine):
    first = machine.start(SLOW="1")
    while machine.count("-m pip") == 0:
        time.sleep(0.05)
    code, printed = machine.setup()
    assert (code, printed) == (0, "setup: another one is at work here, waiting for it\n")
    assert first.wait(timeout=20) == 0
    first.stdout.close()
    assert machine.count("-m pip") == 1


def test_setup_keeps_foreign_packages_out(machine):
    machine.program("npm", NPM + 'test -z "$PYTHONPATH$PYTHONHOME" || echo "npm foreign" >> "$CALLS"\n')
    assert machine.setup(PYTHONPATH="/somewhere")[0] == 0
    assert machine.count("npm foreign") == 0
