"""langdetect over many texts, in a pool of processes. The only module that imports langdetect.

The result for a text depends on that text alone: each gets a detector with the same seed, and the profiles are
loaded in the order of their names, not of the file system.
"""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import orjson

from curation.base import progress
from curation.base.errors import BuildError

UNKNOWN = "unknown"
_CODES = """af ar bg bn ca cs cy da de el en es et fa fi fr gu he hi hr hu id it ja kn ko lt lv mk ml mr ne nl no pa pl
pt ro ru sk sl so sq sv sw ta te th tl tr uk ur vi zh-cn zh-tw"""
LANGUAGES = tuple(_CODES.split())
"""The languages that langdetect detects, besides UNKNOWN."""

_MIN_POOLED = 300  # texts below which starting processes takes longer
_CHUNK = 200
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")


def detect(texts: list[str], processes: int) -> list[str]:
    """The code of LANGUAGES for each text, UNKNOWN where it has no letters; in up to `processes` processes.

    Each process takes 0.5 s to start and 110 MB. BuildError where one ends early.
    """
    if len(texts) < _MIN_POOLED or processes < 2:
        return [code for start in range(0, len(texts), _CHUNK) for code in _detect_here(texts[start : start + _CHUNK])]
    chunks = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)]
    idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()

    def work(chunk: list[str]) -> list[str]:
        worker = idle.get()
        try:
            return _detect_in(worker, chunk)
        finally:
            idle.put(worker)

    codes: list[str] = []
    with ThreadPoolExecutor(min(processes, len(chunks))) as threads, ExitStack() as ending:
        for _ in range(min(processes, len(chunks))):
            worker = _start()
            ending.callback(_end, worker)
            idle.put(worker)
        for done in threads.map(work, chunks):
            codes += done
            progress.advance(len(done))
    return codes


def _detect_here(chunk: list[str]) -> list[str]:
    codes = [_detect_one(text) for text in chunk]
    progress.advance(len(codes))
    return codes


def _detect_one(text: str) -> str:
    from langdetect.lang_detect_exception import LangDetectException  # type: ignore[import-untyped]

    factory, not_korean = _factory()
    detector = factory.create()
    if not _HANGUL.search(text):
        detector.set_prior_map(not_korean)
    detector.append(text.lower() if text.isupper() else text)  # it ignores words in capitals
    try:
        return str(detector.detect())
    except LangDetectException:
        return UNKNOWN


@cache
def _factory() -> tuple[Any, dict[str, float]]:
    """langdetect's factory, and a prior without ko for texts without Hangul: short Chinese texts would get ko."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory  # type: ignore[import-untyped]

    factory = DetectorFactory()
    factory.set_seed(0)
    factory.load_json_profile([(Path(PROFILES_DIRECTORY) / code).read_text("utf8") for code in LANGUAGES])
    return factory, dict.fromkeys((code for code in LANGUAGES if code != "ko"), 1.0)


def _start() -> subprocess.Popen[bytes]:
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-P", "-m", __name__], stdin=pipe, stdout=pipe, stderr=quiet)


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.communicate()  # waits, and closes the pipes without an error for a broken one


def _detect_in(worker: subprocess.Popen[bytes], texts: list[str]) -> list[str]:
    assert worker.stdin
    assert worker.stdout
    try:
        worker.stdin.write(orjson.dumps(texts) + b"\n")
        worker.stdin.flush()
        answer = worker.stdout.readline()
    except BrokenPipeError:
        answer = b""
    if not answer.endswith(b"\n"):
        raise BuildError(
            f"A language detection process ended with exit status {worker.wait()}",
            "It may have run out of memory. Run again: finished phases are kept.",
        )
    codes: list[str] = orjson.loads(answer)
    return codes


def _serve() -> None:
    """A worker process: a line of texts in, a line of codes out, until the input ends."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(orjson.dumps([_detect_one(text) for text in orjson.loads(line)]) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
