"""Set the project up on a machine that has CPython 3.10 to 3.12, Node 20 or later and make: `make setup`.

Every step writes only inside the project. A finished set-up is recognised by a fingerprint of the lock files and of the
interpreters and costs a fraction of a second; one that was interrupted is begun again; two at once wait for each other.
Runs on any Python 3, so that a wrong version is a sentence and not a syntax error.
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
BUILD = ROOT / "build"
LOG = BUILD / "setup.log"
PYTHONS = ((3, 10), (3, 12))
NODE = 20
SOLC = "0.8.30"
NPM_CI = ("npm", "ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund")
PIP_INSTALL = ("-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--require-hashes")
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP")  # would lead the environment's Python to other packages


class SetupError(Exception):
    """What is wrong and what to do about it, for people."""


def output(*command):
    """Standard output of a command, or an empty string where it cannot run."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(), check=False
        )
    except OSError:
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


def environment(**more):
    """The variables of the commands that are run."""
    return dict({name: value for name, value in os.environ.items() if name not in FOREIGN}, **more)


def find_python():
    """Path and version of an interpreter in range: $PYTHON; else that of the present environment, `python3`, or one
    that carries its version in its name."""
    named = os.environ.get("PYTHON")
    names = [named] if named else [str(VENV / "bin" / "python"), "python3", "python3.12", "python3.11", "python3.10"]
    probe = (
        "import platform, sys; print(getattr(sys, '_base_executable', sys.executable),"
        " platform.python_implementation(), *sys.version_info[:3])"
    )
    seen = []
    for name in names:
        words = output(name, "-c", probe).rsplit(" ", 4)
        if len(words) != 5:
            continue
        path, kind, version = words[0], words[1], tuple(int(word) for word in words[2:])
        seen.append("%s is %s %d.%d.%d" % (name, kind, *version))
        if kind == "CPython" and PYTHONS[0] <= version[:2] <= PYTHONS[1]:
            return path, "%d.%d.%d" % version
    if named and not seen:
        seen = ["%s does not run" % named]
    raise SetupError(
        "CPython %d.%d to %d.%d is needed, and %s.\nInstall one of them (on Debian: apt-get install python3 "
        "python3-venv), or name one: make PYTHON=/path/to/python3.11"
        % (*PYTHONS[0], *PYTHONS[1], "; ".join(seen) or "none was found")
    )


def find_node():
    """Version of node, which must be recent enough."""
    version = output("node", "--version")
    found = re.match(r"v(\d+)\.", version)
    if not found or int(found.group(1)) < NODE:
        raise SetupError(
            "Node %d or later is needed, and %s. Install it from https://nodejs.org"
            % (NODE, "node is " + version if version else "none was found")
        )
    return version


def fingerprint(python_version, node_version):
    """What the installed environment depends on."""
    digest = hashlib.sha256(("%s %s %s" % (ROOT, python_version, node_version.split(".")[0])).encode())
    for name in ("requirements.lock", "package-lock.json", "tools/setup.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_done(wanted):
    """Whether an earlier set-up came to its end and what it installed is still there."""
    installed = (VENV / "bin" / "brownie", ROOT / "node_modules" / ".bin" / "ganache")
    return STAMP.exists() and STAMP.read_text() == wanted and all(path.exists() for path in installed)


def step(title, *command, **variables):
    """Run one command, its output in the log; on failure show the end of it and say what to do."""
    print("setup: " + title, flush=True)
    with open(str(LOG), "ab") as log:
        log.write(("\n$ %s\n" % " ".join(str(word) for word in command)).encode())
        log.flush()
        code = subprocess.run(
            [str(word) for word in command],
            cwd=str(ROOT),
            stdout=log,
            stderr=log,
            env=environment(**variables),
            check=False,
        ).returncode
    if code:
        tail = LOG.read_text(errors="replace").splitlines()[-15:]
        raise SetupError(
            "%s: failed. The last lines of %s:\n  %s\n"
            "Mend that (is the network there?) and run make again: it goes on from a clean state."
            % (title, LOG.relative_to(ROOT), "\n  ".join(tail))
        )


def compiler_link():
    """Where py-solc-x looks for the compiler."""
    return BUILD / "solcx" / ("solc-v" + SOLC)


def link_tools():
    """Let the environment's Python find the project's compiler and chain (see tools/brownie_env.py)."""
    link = compiler_link()
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink() or link.exists():
        link.unlink()
    link.symlink_to(ROOT / "tools" / "solc.js")
    site = next(VENV.glob("lib/python3.*/site-packages"))
    tools = str(ROOT / "tools")
    (site / "live_video.pth").write_text("%s\nimport sys; sys.path.append(%r); import brownie_env\n" % (ROOT, tools))


def install(python, python_version, node_version):
    """Install everything anew."""
    if not output("npm", "--version"):
        raise SetupError("npm is needed beside node, and none was found. It comes with Node: https://nodejs.org")
    if not output(python, "-c", "import ensurepip, venv; print('there')"):
        raise SetupError(
            "%s comes without the modules venv and ensurepip. On Debian: apt-get install python%s-venv"
            % (python, python_version.rsplit(".", 1)[0])
        )
    LOG.write_bytes(b"")
    shutil.rmtree(str(VENV), ignore_errors=True)
    step("virtual environment (Python %s)" % python_version, python, "-m", "venv", "--clear", VENV)
    step(
        "Python packages, exactly as locked (about a minute)",
        *(VENV / "bin" / "python", *PIP_INSTALL, "-r", "requirements.lock"),
        BROWNIE_NOCOMPILE="1",
    )
    step("compiler, chain and libraries from npm, exactly as locked (Node %s)" % node_version, *NPM_CI)
    link_tools()
    check = "import brownie._config as config; assert config.__file__.endswith('.py')"
    step("the compiler's first start", VENV / "bin" / "python", "-c", check)


def wait_for_others():
    """Hold a lock until the process ends, so that one set-up works at a time."""
    import fcntl

    BUILD.mkdir(exist_ok=True)
    lock = open(str(BUILD / "setup.lock"), "w")  # noqa: SIM115
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("setup: another one is at work here, waiting for it", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def main():
    """Bring the environment up to date, or notice that it is."""
    python, python_version = find_python()
    node_version = find_node()
    wanted = fingerprint(python_version, node_version)
    if is_done(wanted) and compiler_link().exists():
        return
    with wait_for_others():
        if not is_done(wanted):
            install(python, python_version, node_version)
            STAMP.write_text(wanted)
            print("setup: done", flush=True)
        link_tools()  # also when only the build folder was deleted


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("setup: interrupted; run make again, it begins anew")
    except (SetupError, OSError) as error:
        sys.exit("setup: %s" % error)
