"""Commands that are killed at their Nth step in the file system, whatever N, and what they leave.

A step is a file opened for writing, or a file or folder made, renamed or removed, in the folder where the command
works or in its TMPDIR: Python tells of each before it is done (sys.addaudithook). Polars writes without telling, but
under another name, from which it is renamed when it is whole: a torn step of renaming, with half of the file there,
stands for that. So do safetensors and PyTorch, under the name itself: a torn step also halves the last file that came
since the step before without being told of.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

_STEPS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_TMP = ".tmp"


@dataclass(frozen=True)
class Scenario:
    """A command line, which runs in a folder of its own, and what it is about.

    After a kill `state` must be what it was before the command, or what it is after one that is not disturbed; after
    the same command again it must be the latter, with the same files beside.
    """

    name: str
    words: tuple[str, ...]
    prepare: Callable[[Path], None]
    """Puts into the empty folder what the command finds there."""
    state: Callable[[Path], object]
    """Of that folder, to be compared."""
    exchange: bool = True
    """Whether the system can exchange two folders in one step."""
    environment: dict[str, str] = field(default_factory=dict)
    between: tuple[object, ...] = ()
    """States that a kill may also leave."""
    code: int = 0
    """What the command ends with."""
    once: bool = False
    """Whether it refuses to do again what it has done: by exit code 2."""


@dataclass(frozen=True)
class Ended:
    """Of a run: its exit code, negative for a signal; how many steps it took; what it said."""

    code: int
    steps: int
    said: str


@dataclass(frozen=True)
class Undisturbed:
    """The states before and after, the steps between them, and every path that is there at the end."""

    before: object
    after: object
    steps: int
    left: frozenset[str]


class Zygote:
    """A process that has imported everything, and runs each command in a fork of itself."""

    def __init__(self, environment: dict[str, str] | None = None, modules: Sequence[str] = ()) -> None:
        command = [sys.executable, "-P", str(Path(__file__)), *modules]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
        )

    def run(self, scenario: Scenario, work: Path, at: int = 0, torn: bool = False) -> Ended:
        """The command in `work`, killed before its step `at` (from 1), or in the middle of it; 0: not killed."""
        (work / _TMP).mkdir(exist_ok=True)
        job = {
            "words": scenario.words,
            "work": str(work),
            "at": at,
            "torn": torn,
            "exchange": scenario.exchange,
            "environment": {**scenario.environment, "TMPDIR": str(work / _TMP), "HF_HUB_CACHE": f"{work}.hf"},
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@contextmanager
def zygote(environment: dict[str, str] | None = None, modules: Sequence[str] = ()) -> Iterator[Zygote]:
    """One for as long as it is needed, which imports `modules` too."""
    made = Zygote(environment, modules)
    try:
        yield made
    finally:
        made.close()


def undisturbed(scenario: Scenario, run: Zygote, work: Path) -> Undisturbed:
    """The command without a kill, which must end well."""
    _begin(scenario, work)
    before = scenario.state(work)
    ended = run.run(scenario, work)
    assert ended.code == scenario.code, f"{scenario.name}: {ended}"
    return Undisturbed(before, scenario.state(work), ended.steps, frozenset(tree(work)))


def points(known: Undisturbed) -> list[tuple[int, bool]]:
    """Every step of a command, each before it and in the middle of it."""
    return [(step, torn) for step in range(1, known.steps + 1) for torn in (False, True)]


def fault(scenario: Scenario, run: Zygote, work: Path, known: Undisturbed, at: int, torn: bool) -> str | None:
    """What is wrong after a kill at that step, and after the same command again; None where nothing is."""
    _begin(scenario, work)
    killed = run.run(scenario, work, at, torn)
    if killed.code != -signal.SIGKILL:
        return f"not killed: {killed}"
    state = scenario.state(work)
    if state not in (known.before, known.after, *scenario.between):
        return f"after the kill neither the old nor the new stands whole: {state}; {tree(work)}"
    again = run.run(scenario, work)
    if again.code != (2 if scenario.once and state == known.after else scenario.code):
        return f"the same command ends with {again.code}: {again.said.strip()[-600:]}"
    if scenario.state(work) != known.after:
        return "the same command ends in another state"
    if set(tree(work)) != known.left:
        return f"left beside: {sorted(set(tree(work)) ^ known.left)}"
    return None


def tree(work: Path) -> list[str]:
    """Every path below `work`; one that tells a time is the same at any time."""
    paths = (path.relative_to(work).as_posix() for path in work.rglob("*"))
    return sorted(re.sub(r"\d{8}T\d{6}\.\d+Z", "TIME", path) for path in paths)


def contents(*names: str) -> Callable[[Path], object]:
    """The state that is told by the contents of these files and folders."""

    def state(work: Path) -> object:
        files = (file for name in names for file in (work / name, *sorted((work / name).rglob("*"))) if file.is_file())
        return tuple((file.relative_to(work).as_posix(), sha256(file.read_bytes()).hexdigest()) for file in files)

    return state


def _begin(scenario: Scenario, work: Path) -> None:
    for folder in (work, Path(f"{work}.hf")):
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
    (work / _TMP).mkdir(parents=True)
    scenario.prepare(work)


def _serve() -> None:
    """Fork a process for each job on standard input. Nothing of Polars or PyTorch may have run: threads do not fork."""
    import curation.cli.app
    import curation.runner.build
    import curation.validation.run  # noqa: F401
    from curation.gate.judge import library
    from curation.gate.process import GateProcess

    for module in sys.argv[1:]:
        import_module(module)
    library().get_context(mode="ephemeral")
    GateProcess.start = _fork_gate
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        job = json.loads(line)
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            _run(job, write)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            counted = len(pipe.read())
        _, status = os.waitpid(child, 0)
        said = Path(f"{job['work']}.said")
        answer = {
            "code": os.waitstatus_to_exitcode(status),
            "steps": counted,
            "said": said.read_text("utf8", "replace"),
        }
        said.unlink()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _run(job: dict[str, Any], pipe: int) -> None:
    """The command line, in a fork; it does not come back. A byte in `pipe` for every step."""
    from curation.base import folders
    from curation.cli.app import main

    os.environ.update(job["environment"])
    tempfile.tempdir = job["environment"]["TMPDIR"]  # Python looks for one, with a file of its own, once a process
    os.chdir(job["work"])
    said = os.open(f"{job['work']}.said", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(said, stream)
    if not job["exchange"]:
        folders._exchange = lambda a, b: False
    _arm(job, pipe)
    code = 1
    try:
        main(job["words"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


class _Forked:
    """The gate's process as a fork, which need not import for seconds: what GateProcess asks of a Popen."""

    def __init__(self) -> None:
        from curation.gate.judge import _serve

        read, write = os.pipe()
        self.process = os.fork()
        if not self.process:
            os.close(write)
            os.dup2(read, 0)
            sys.stdin = os.fdopen(0)
            try:
                _serve()
            finally:
                os._exit(0)  # never up into the command line that it was forked from
        os.close(read)
        self.stdin = os.fdopen(write, "wb")
        self.ended = False

    def wait(self) -> None:
        if not self.ended:
            os.waitpid(self.process, 0)
        self.ended = True

    communicate = wait

    def kill(self) -> None:
        if not self.ended:
            os.kill(self.process, signal.SIGKILL)


def _fork_gate(gate: Any) -> _Forked:
    if gate._process is None:
        gate._process = _Forked()
    return gate._process


def _arm(job: dict[str, Any], pipe: int) -> None:
    taken, busy, root, process = 0, False, job["work"] + os.sep, os.getpid()
    told, before, began = "", dict[int, int](), _times(root)

    def hook(event: str, given: tuple[Any, ...]) -> None:
        nonlocal taken, busy, told, before
        if busy or os.getpid() != process or not _is_step(event, given, root):  # not the gate, which is a fork of it
            return
        taken += 1
        os.write(pipe, b".")
        if taken == job["at"]:
            busy = True
            if job["torn"]:
                _halve_untold(root, before, told)
                _tear(event, given, began)
            os.kill(os.getpid(), signal.SIGKILL)
        if taken == job["at"] - 1:
            told, before = os.path.abspath(os.fsdecode(given[0])), _times(root)

    sys.addaudithook(hook)


def _is_step(event: str, given: Sequence[Any], root: str) -> bool:
    if event == "open":
        path, _, flags = given
        return bool(flags & _WRITES) and isinstance(path, str | bytes) and _is_below(path, root)
    if event not in _STEPS:
        return False
    in_open_folder = event in ("os.remove", "os.rmdir") and given[-1] != -1  # shutil.rmtree
    return in_open_folder or _is_below(given[0], root)


def _is_below(path: Any, root: str) -> bool:
    return os.path.abspath(os.fsdecode(path)).startswith(root)


def _times(root: str) -> dict[int, int]:
    """When each file was written, by its number in the file system, which renaming does not change."""
    found = (file.stat() for file in Path(root).rglob("*") if file.is_file())
    return {one.st_ino: one.st_mtime_ns for one in found}


def _halve_untold(root: str, before: dict[int, int], told: str) -> None:
    """Of the last file that was written since `before`, but for the one of which the step then told, half is there."""
    files = [file for file in Path(root).rglob("*") if file.is_file() and str(file) != told]
    new = [file for file in files if before and before.get(file.stat().st_ino) != file.stat().st_mtime_ns]
    if new:
        last = max(new, key=lambda file: file.stat().st_mtime_ns)
        os.truncate(last, last.stat().st_size // 2)


def _tear(event: str, given: Sequence[Any], began: dict[int, int]) -> None:
    """The file that was to be opened is there and empty; of the file that was to be renamed half is there.

    Not of one that the command found and did not write (`began`): to rename that moves a name, and no content.
    """
    if event == "open":
        os.close(os.open(given[0], os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
    elif event == "os.rename" and os.path.isfile(given[0]):
        found = os.stat(given[0])
        if began.get(found.st_ino) != found.st_mtime_ns:
            os.truncate(given[0], found.st_size // 2)


if __name__ == "__main__":
    _serve()
