"""Damaged files of every kind, a seeded sample of the campaign `benchmarks/mutated.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CAMPAIGN = Path(__file__).parents[1] / "benchmarks" / "mutated.py"


def test_damaged_files_end_in_a_line_or_are_accounted_for(tmp_path: Path) -> None:
    """Three hundred of them through every command that reads files: no fault, nothing hangs, no row is lost."""
    command = [sys.executable, str(CAMPAIGN), "--cases", "300", "--builds", "0.02", "--keep", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("300 cases, 0 failures\n")
