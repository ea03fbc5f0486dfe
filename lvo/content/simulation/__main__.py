"""``python -m lvo.content.simulation [FOLDER] [SEED]``: run the study and write its report into a folder."""

import json
import sys
from pathlib import Path

from lvo.content.simulation.sweeps import study
from lvo.report.simulation import render

NAME = "review-simulation"
"""Of both files."""


def main(folder: str = "reports", seed: str = "1") -> None:
    """Run everything and write ``review-simulation.json`` and ``review-simulation.html`` into a folder that exists."""
    if not Path(folder).is_dir():
        raise SystemExit(f"{folder} is no folder")
    if not (seed.isascii() and seed.isdigit()):
        raise SystemExit(f"{seed!r} is no seed: write digits")
    report = study(seed=int(seed), tell=_tell)
    (Path(folder) / f"{NAME}.json").write_text(json.dumps(report, indent=1) + "\n")
    (Path(folder) / f"{NAME}.html").write_text(render(report))
    _tell(f"{report['submissions']:,} submissions in {report['runs']} runs; all books balance")
    _tell(f"{folder}/{NAME}.html and {folder}/{NAME}.json are written.")


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
