"""`lvo` installs by itself, in an empty environment, without Brownie."""

import subprocess
import sys

import pytest

IMPORT_ALL = """
import importlib, importlib.metadata, importlib.util, pkgutil, sys
import lvo
assert importlib.metadata.metadata("lvo")["License-Expression"] == "MIT"
assert "MIT License" in importlib.metadata.distribution("lvo").read_text("licenses/LICENSE")
names = [module.name for module in pkgutil.walk_packages(lvo.__path__, "lvo.")]
for name in names:
    importlib.import_module(name)
assert importlib.util.find_spec("brownie") is None
assert not [name for name in sys.modules if name.split(".")[0] == "brownie"]
assert "site-packages" in lvo.__file__, lvo.__file__
print(*names)
"""


def has_index(python, folder):
    """Whether pip can download anything at all."""
    command = [python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, "wheel"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_lvo_installs_alone(copy, tmp_path):
    venv = tmp_path / "empty"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    python = str(venv / "bin" / "python")
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(copy.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        if not has_index(python, tmp_path / "download"):
            pytest.skip("pip reaches no package index: needed to install what lvo depends on")
        pytest.fail(done.stdout + done.stderr)
    done = subprocess.run([python, "-c", IMPORT_ALL], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"lvo.units", "lvo.curve"} <= set(done.stdout.split())
