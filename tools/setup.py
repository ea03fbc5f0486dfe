"""Set the project up on a machine that has CPython 3.10 to 3.12, Node 20 or later and make: `make setup`.

Every step writes only inside the project. A finished set-up is recognised by a fingerprint of the lock files and of the
interpreters and costs a fraction of a second; one that was interrupted is begun again. Runs on any Python 3, so that a
wrong version is a sentence and not a syntax error.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "setup.sha256"
LOG = ROOT / "build" / "setup.log"
PYTHONS = ((3, 10), (3, 12))
NODE = 20
SOLC = "0.8.30"


def fail(message):
    """End with a message for people and exit code 1."""
    sys.exit("setup: " + message)


def output(*command):
    """Standard output of a command, or an empty string where it cannot run."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return ""
    return done.stdout.decode().strip() if done.returncode == 0 else ""


def find_python():
    """Path and version of an interpreter in range: $PYTHON, `python3`, or one that carries its version in its name."""
    low, high = PYTHONS
    names = [os.environ["PYTHON"]] if os.environ.get("PYTHON") else ["python3", "python3.12", "python3.11", "python3.10"]
    seen = []
    for name in names:
        probe = "import platform, sys; print(sys.executable, platform.python_implementation(), *sys.version_info[:3])"
        words = output(name, "-c", probe).rsplit(" ", 4)
        if len(words) != 5:
            continue
        path, kind, version = words[0], words[1], tuple(int(word) for word in words[2:])
        seen.append("%s is %s %d.%d.%d" % ((name, kind) + version))
        if kind == "CPython" and low <= version[:2] <= high:
            return path, "%d.%d.%d" % version
    fail(
        "CPython %d.%d to %d.%d is needed, and %s. Install one of them (on Debian: apt-get install python3 python3-venv), "
        "or name one: make PYTHON=/path/to/python3.11" % (low + high + ("; ".join(seen) or "none was found",))
    )


def find_node():
    """Version of node, which must be recent enough and come with npm."""
    version = output("node", "--version")
    found = re.match(r"v(\d+)\.", version)
    if not found or int(found.group(1)) < NODE:
        fail("Node %d or later is needed, and %s. Install it from https://nodejs.org" % (NODE, "node is " + version if version else "none was found"))
    npm = output("npm", "--version")
    if not npm:
        fail("npm is needed beside node, and none was found. Install it (it comes with Node from https://nodejs.org)")
    return version


def fingerprint(python_version, node_version):
    """What the installed environment depends on."""
    digest = hashlib.sha256(("%s %s %s" % (ROOT, python_version, node_version.split(".")[0])).encode())
    for name in ("requirements.lock", "package-lock.json", "pyproject.toml", "tools/setup.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def step(title, *command, **environment):
    """Run one command, its output in the log; on failure show the end of it and say what to do."""
    print("setup: " + title, flush=True)
    with open(str(LOG), "ab") as log:
        log.write(("\n$ %s\n" % " ".join(str(word) for word in command)).encode())
        log.flush()
        try:
            code = subprocess.run(
                [str(word) for word in command], cwd=str(ROOT), stdout=log, stderr=log, env=dict(os.environ, **environment), check=False
            ).returncode
        except OSError as error:
            log.write(str(error).encode())
            code = 1
    if code:
        tail = LOG.read_text(errors="replace").splitlines()[-15:]
        fail("%s failed. The last lines of %s:\n  %s\nMend that (is the network there?) and run make again: it goes on from a clean state."
             % (title, LOG.relative_to(ROOT), "\n  ".join(tail)))


def link_tools():
    """Let the environment's Python find the project's compiler and chain (see tools/brownie_env.py)."""
    solcx = ROOT / "build" / "solcx"
    solcx.mkdir(parents=True, exist_ok=True)
    compiler = solcx / ("solc-v" + SOLC)
    if compiler.is_symlink() or compiler.exists():
        compiler.unlink()
    compiler.symlink_to(ROOT / "tools" / "solc.js")
    site = next(VENV.glob("lib/python3.*/site-packages"))
    (site / "live_video.pth").write_text("%s\nimport sys; sys.path.append(%r); import brownie_env\n" % (ROOT, str(ROOT / "tools")))


def main():
    """Bring the environment up to date, or notice that it is."""
    python, python_version = find_python()
    node_version = find_node()
    wanted = fingerprint(python_version, node_version)
    if STAMP.exists() and STAMP.read_text() == wanted and (ROOT / "node_modules" / ".bin" / "ganache").exists():
        return
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_bytes(b"")
    shutil.rmtree(str(VENV), ignore_errors=True)
    step("virtual environment (Python %s)" % python_version, python, "-m", "venv", VENV)
    step(
        "Python packages, exactly as locked (about a minute)",
        VENV / "bin" / "pip", "install", "--no-input", "--disable-pip-version-check", "--require-hashes", "-r", "requirements.lock",
        BROWNIE_NOCOMPILE="1",
    )
    step("compiler, chain and libraries from npm, exactly as locked (Node %s)" % node_version,
         "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    link_tools()
    step("the compiler's first start", VENV / "bin" / "python", "-c", "import brownie._config as c; assert c.__file__.endswith('.py')")
    STAMP.write_text(wanted)
    print("setup: done", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        fail("interrupted; run make again, it begins anew")
