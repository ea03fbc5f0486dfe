"""Copies of the project in folders of their own."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "node_modules", "build", "reports", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis"
)


class Copy:
    """A copy of the project that runs what this one has installed."""

    def __init__(self, root, home):
        self.root, self.home = root, home
        shutil.copytree(ROOT, root, ignore=LEFT_OUT)

    def link_installed(self):
        """Give it an environment with the packages of this one, but tools of its own, as the set-up makes it."""
        (self.root / "node_modules").symlink_to(ROOT / "node_modules")
        venv = self.root / ".venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
        site = next(venv.glob("lib/python3.*/site-packages"))
        packages = pathlib.Path(pytest.__file__).parents[1]
        (site / "installed_elsewhere.pth").write_text(f"{packages}\n")
        self.run(
            venv / "bin" / "python", "-c", "import sys; sys.path.append('tools'); import setup; setup.link_tools()"
        )
        program = venv / "bin" / "brownie"
        program.write_text(f"#!{venv}/bin/python\nfrom brownie._cli.__main__ import main\nmain()\n")
        program.chmod(0o755)

    def take_artifacts(self):
        """Copy what is compiled here, with the stamp of the sources that it was compiled from."""
        for name in ("contracts", "interfaces"):
            shutil.copytree(ROOT / "build" / name, self.root / "build" / name, dirs_exist_ok=True)
        shutil.copy(ROOT / "build" / "sources.sha256", self.root / "build")

    def run(self, *command, **variables):
        """Run a program in the copy; it must succeed. Return what it printed."""
        words = [str(word) for word in command]
        environment = {"HOME": str(self.home), "PATH": os.environ["PATH"], **variables}
        done = subprocess.run(words, cwd=self.root, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def brownie(self, *arguments):
        """Run its Brownie."""
        return self.run(self.root / ".venv" / "bin" / "brownie", *arguments)


@pytest.fixture
def copy(tmp_path):
    """A copy of the project with an empty home and with nothing installed."""
    (tmp_path / "home").mkdir()
    return Copy(tmp_path / "project", tmp_path / "home")


@pytest.fixture
def working_copy(copy):
    """A copy of the project that works."""
    copy.link_installed()
    return copy
