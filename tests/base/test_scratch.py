"""Facts about temporary folders: they go with their process, or with the next run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from curation.base.scratch import scratch

HOLD = """
import os, signal, sys
from curation.base.scratch import scratch
with scratch("gate") as folder:
    (folder / "rows.parquet").write_text("text of the corpus")
    print(folder, flush=True)
    sys.stdin.read()
"""


def _hold(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process that holds a temporary folder until its input ends."""
    pipe = subprocess.PIPE
    environment = {**os.environ, "TMPDIR": str(folder)}
    process = subprocess.Popen([sys.executable, "-P", "-c", HOLD], stdin=pipe, stdout=pipe, text=True, env=environment)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_those_of_dead_processes_are_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed process left goes at the next run; what a living one works in stays, and so do other folders."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "curate-gate-old").mkdir()
    dead, left = _hold(tmp_path)
    living, held = _hold(tmp_path)
    os.kill(dead.pid, signal.SIGKILL)
    dead.communicate()
    assert left.exists()
    with scratch("validate") as mine:
        assert sorted(tmp_path.iterdir()) == sorted([mine, held, tmp_path / "curate-gate-old"])
    living.communicate()
    assert not held.exists()
    assert not mine.exists()


def test_a_link_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link with the name of one of ours leads to nobody's removal."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    (tmp_path / f"curate-gate-{2**22 + 1}-abc").symlink_to(tmp_path / "mine")
    with scratch("gate"):
        pass
    assert (tmp_path / "mine" / "thesis.txt").exists()
