"""The distribution through a bad network: the exercise of tests/faults, one seed of it, in a process of its own."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_execute_ends_reconciled_to_the_wei_in_a_bad_network_and_killed_ten_times():
    command = [sys.executable, "-m", "tests.faults.exercise", "--seeds", "1", "--first", "1"]
    ran = subprocess.run([*command, "--accounts", "2", "--batch", "2"], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    told = {name: int(number) for name, number in re.findall(r"([a-z_]+) (\d+)(?:,|$)", ran.stdout.splitlines()[-1])}
    assert told["seeds"] == 1
    assert told["killed"] > 0
    assert told["runs"] > 10
    # Each of these comes by chance, most of them in every run.
    assert sum(told.get(fault, 0) > 0 for fault in ("lost_question", "lost_answer", "behind", "too_many", "busy")) >= 3
