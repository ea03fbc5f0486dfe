"""Run every linter, two at a time: `make lint`. With `--fix` run the formatters: `make format`."""

import concurrent.futures
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = pathlib.Path(sys.executable).parent
NODE_BIN = ROOT / "node_modules" / ".bin"
SOLIDITY = ("contracts/**/*.sol", "interfaces/**/*.sol")
PRETTY = (*SOLIDITY, "tools/**/*.js", "*.json", "!package*.json")

LINTERS = {
    "solhint": (NODE_BIN / "solhint", "--disc", "--noPoster", "--max-warnings", "0", *SOLIDITY),
    "prettier": (NODE_BIN / "prettier", "--check", "--log-level", "warn", *PRETTY),
    "sources": (sys.executable, "tools/lint_sources.py"),
    "mypy": (BIN / "mypy", "--no-error-summary"),
    "ruff": (BIN / "ruff", "check", "--quiet"),
    "ruff format": (BIN / "ruff", "format", "--check", "--quiet"),
    "codespell": (BIN / "codespell",),
}
FORMATTERS = {
    "prettier": (NODE_BIN / "prettier", "--write", "--log-level", "warn", *PRETTY),
    "ruff": (BIN / "ruff", "check", "--fix", "--quiet"),
    "ruff format": (BIN / "ruff", "format", "--quiet"),
}


def run(title: str, command: tuple[object, ...]) -> bool:
    """Run one program; print a line about it and, if it fails, what it wrote."""
    begin = time.monotonic()
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    verdict = "ok" if done.returncode == 0 else f"FAILED\n{done.stdout.rstrip()}"
    print(f"{title:<12}{time.monotonic() - begin:5.1f} s  {verdict}", flush=True)
    return done.returncode == 0


def main() -> int:
    """Return 0 if all are content, else 1."""
    commands, workers = (FORMATTERS, 1) if "--fix" in sys.argv[1:] else (LINTERS, 2)
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(run, commands, commands.values()))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
