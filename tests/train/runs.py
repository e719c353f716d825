"""Short runs of the tiny model, for the tests of training."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curation.training.preset import Preset, load

if TYPE_CHECKING:
    from curation.training.callbacks import Progress
    from curation.training.compare import Comparison

SHORT = ("--batch", "4", "--accumulation", "2", "--log-steps", "1", "--compare", "4", "--new-tokens", "8")


def preset(*words: str) -> Preset:
    """The tiny preset with short batches and answers, `words` laid over it: --field value."""
    return load("tiny", (*SHORT, *words))


def go(
    build: Path,
    out: Path,
    *words: str,
    lines: list[str] | None = None,
    steps: list[int] | None = None,
    **options: Any,
) -> Comparison:
    """A run in this process; the lines it reports are added to `lines`, the steps that it takes to `steps`."""
    from curation.training.run import Reporter, train

    def progress(now: Progress) -> None:
        assert 0 < now.step <= now.steps
        if steps is not None:
            steps.append(now.step)

    return train(build, preset(*words), out, Reporter((lines if lines is not None else []).append, progress), **options)


def apart(*words: object) -> subprocess.Popen[str]:
    """`curate` with these words, in a process of its own and on one thread."""
    command = [sys.executable, "-m", "curation.cli.app", *map(str, words)]
    alone = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, cwd=Path(__file__).parents[2], env=alone, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def metrics(run: Path) -> list[dict[str, float]]:
    """The lines of metrics.jsonl without the clock's."""
    from curation.training.callbacks import read

    clock = ("seconds", "runtime", "per_second")
    lines = read(run / "metrics.jsonl")
    return [{key: value for key, value in line.items() if not key.endswith(clock)} for line in lines]
