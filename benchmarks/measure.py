"""Run a command and say how long it took and how much memory its whole process tree held."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass

import psutil

INTERVAL = 0.05
MB = 1e6


@dataclass(frozen=True)
class Run:
    """One finished command. Memory is resident set size: pages shared by forked workers count for each."""

    seconds: float
    peak_mb: float
    peak_one_mb: float
    stdout: str
    returncode: int


@dataclass
class _Peak:
    tree: int = 0
    one: int = 0

    def sample(self, root: psutil.Process) -> None:
        """Take one look at the tree; processes that end while it is read count as nothing."""
        try:
            processes = [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        sizes = [_rss(process) for process in processes]
        self.tree = max(self.tree, sum(sizes))
        self.one = max(self.one, *sizes)


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _watch(pid: int, peak: _Peak, stop: threading.Event) -> None:
    try:
        root = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return
    while not stop.is_set():
        peak.sample(root)
        stop.wait(INTERVAL)


def run(command: list[str], env: dict[str, str] | None = None) -> Run:
    """Run `command` to its end; `env` is added to the current environment, stderr is passed through."""
    peak, stop = _Peak(), threading.Event()
    with tempfile.TemporaryFile() as out:
        started = time.perf_counter()
        process = subprocess.Popen(command, env={**os.environ, **(env or {})}, stdout=out)
        watcher = threading.Thread(target=_watch, args=(process.pid, peak, stop), daemon=True)
        watcher.start()
        try:
            returncode = process.wait()
            seconds = time.perf_counter() - started
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            stop.set()
            watcher.join()
        out.seek(0)
        stdout = out.read().decode(errors="replace")
    return Run(seconds, peak.tree / MB, peak.one / MB, stdout, returncode)
