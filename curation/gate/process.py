"""The gate in a process of its own, for importing Great Expectations takes two seconds of processor time.

One core spends them while the other reads and tokenizes. Only what is needed to start it is imported here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from curation.base.errors import BuildError, InputError
from curation.base.scratch import scratch

if TYPE_CHECKING:
    import polars as pl

    from curation.schemas.manifest import Check


class GateProcess:
    """`judge` of curation.gate.judge: handed its work now, asked for the result later; it ends with the context."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._at_end = ExitStack()

    def __enter__(self) -> GateProcess:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
        self._at_end.close()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process, if it does not run yet."""
        if self._process is None:
            command = [sys.executable, "-P", "-m", "curation.gate.judge"]
            quiet = subprocess.DEVNULL  # what the library prints must not stand in the output of --json
            alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, env=alone)
        return self._process

    def submit(self, frames: Mapping[str, pl.DataFrame], suites: Mapping[str, Sequence[str]]) -> None:
        """Hand over what is to be judged, and go on."""
        self._folder = self._at_end.enter_context(scratch("gate"))
        for name, frame in frames.items():
            frame.write_parquet(self._folder / f"{name}.parquet")
        job = {"folder": str(self._folder), "suites": {k: list(v) for k, v in suites.items()}, "frames": list(frames)}
        channel = self.start().stdin
        assert channel is not None
        with suppress(BrokenPipeError), channel:  # a process that is no longer there leaves no answer
            channel.write(orjson.dumps(job))

    def result(self) -> tuple[Check, ...]:
        """What was found, once it was asked. InputError for a suite that is none; BuildError where judging failed."""
        from curation.schemas.manifest import Check

        assert self._folder is not None
        self.start().wait()
        answer = self._folder / "answer.json"
        if not answer.is_file():
            raise BuildError("The gate ended without an answer", "Is memory short? Run again; phases are kept.")
        found = orjson.loads(answer.read_bytes())
        if isinstance(found, dict):
            kind = InputError if found["kind"] == "InputError" else BuildError
            raise kind(found["fact"], found["hint"])
        return tuple(Check(**check) for check in found)
