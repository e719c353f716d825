"""Damaged files through every command that reads files: no traceback, nothing hangs, no row is unaccounted for.

    python benchmarks/mutated.py [--cases 300] [--first 0] [--builds 0.3] [--keep FOLDER]

Each case is a seed: a small file of some kind, damaged in its structure or its bytes. It goes through validate (also
--fix) and init; a share of what init takes is built, looked at, then damaged itself. What fails is printed with its
seed, and its files stay in FOLDER.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from queue import Empty, Queue
from random import Random
from threading import Thread
from typing import Any

from mutations import KINDS, damaged, replace_any

LONGEST = 60  # seconds that a case may take


def main() -> None:
    """Run the cases and print the table; exit code 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--builds", type=float, default=0.3, help="share of what can be built that is")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "curate-mutated")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        return work(given.builds, given.keep)
    endings: Counter[str] = Counter()
    failures = 0
    for seed, found in campaign(range(given.first, given.first + given.cases), given.builds, given.keep):
        endings.update(found["endings"])
        for failure in found["failures"]:
            failures += 1
            print(f"seed {seed}, {found['kind']}: {failure}  (files in {given.keep / str(seed)})", flush=True)
    print("| command and exit code | cases |\n|---|---|")
    print("\n".join(f"| {ending} | {n:,} |" for ending, n in sorted(endings.items())))
    print(f"{given.cases:,} cases, {failures:,} failures")
    sys.exit(1 if failures else 0)


def campaign(seeds: range, builds: float, keep: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each seed with what its case gave, in a process that is ended, and started again, where a case takes too long."""
    command = [sys.executable, __file__, "--worker", "--builds", str(builds), "--keep", str(keep)]
    worker: subprocess.Popen[str] | None = None
    for seed in seeds:
        if worker is None:
            worker = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            answers: Queue[str] = Queue()
            Thread(target=_forward, args=(worker, answers), daemon=True).start()
        assert worker.stdin
        worker.stdin.write(f"{seed}\n")
        worker.stdin.flush()
        try:
            answer = answers.get(timeout=LONGEST)
        except Empty:
            answer = ""
        if answer:
            yield seed, json.loads(answer)
            continue
        ended = worker.poll()
        worker.kill()
        worker = None
        what = f"no answer after {LONGEST} s" if ended is None else f"the process ended with {ended}"
        yield seed, {"kind": kind_of(seed)[0], "endings": {}, "failures": [what]}
    if worker and worker.stdin:
        worker.stdin.close()


def _forward(worker: subprocess.Popen[str], answers: Queue[str]) -> None:
    assert worker.stdout
    for line in worker.stdout:
        answers.put(line)
    answers.put("")


def work(builds: float, keep: Path) -> None:
    """Seeds on standard input, what their cases gave on standard output."""
    answers = os.fdopen(os.dup(1), "w")
    keep.mkdir(parents=True, exist_ok=True)
    for line in sys.stdin:
        folder = keep / line.strip()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        os.chdir(folder)
        found = Case(int(line), builds).run()
        os.chdir(keep)
        if not found["failures"]:
            shutil.rmtree(folder)
        answers.write(json.dumps(found) + "\n")
        answers.flush()


def kind_of(seed: int) -> tuple[str, Random]:
    """The kind of file of a case, and what its damage is drawn from."""
    random = Random(seed)
    return random.choice(KINDS), random


class Case:
    """One damaged file in the current folder, and what every command made of it."""

    def __init__(self, seed: int, builds: float) -> None:
        self.kind, self.random = kind_of(seed)
        self.builds = builds
        self.endings: Counter[str] = Counter()
        self.failures: list[str] = []

    def run(self) -> dict[str, Any]:
        """Kind, how often each command ended with each exit code, and what failed."""
        file = Path(self.kind)
        file.write_bytes(damaged(self.kind, self.random))
        if file.suffix in (".json", ".jsonl", ".parquet"):
            self._validate(file)
        source: tuple[object, ...] = ("./mine.py",)
        if self.kind == "preset.toml":
            self._call("estimate", "nowhere", "--gpu", "t4", "--preset", file)
            source = ()
        elif self.kind == "squad.json":
            source = ("legal", "--source", file)
        elif self._call("init", file, "--out", "mine.py")[0]:
            source = ()
        if source and self.random.random() < self.builds:
            self._build(*source)
        return {"kind": self.kind, "endings": dict(self.endings), "failures": self.failures}

    def _call(self, *words: object) -> tuple[int, str]:
        from curation.cli.app import main as curate

        out, err = StringIO(), StringIO()
        code: object = 0
        with redirect_stdout(out), redirect_stderr(err):
            try:
                curate([str(word) for word in words])
            except SystemExit as ended:
                code = ended.code or 0
        self.endings[f"{words[0]} {code}"] += 1
        said = err.getvalue().strip()
        if code not in range(11) or (code and said.count("\n") and not said.startswith("Usage")):
            self.failures.append(f"{' '.join(map(str, words))}: {code}: {said[-400:]}")
        return int(str(code)), out.getvalue()

    def _validate(self, file: Path) -> None:
        code, out = self._call("validate", file, "--json", "--fix", "fixed")
        if code > 1:
            return
        found = json.loads(out)
        fixed, lines = found["fixed"], _lines(file)
        if sum(fixed["kept"].values()) + fixed["dropped"] != found["rows"]:
            self.failures.append(f"validate: {found['rows']} rows, {fixed}")
        if lines is not None and lines != found["rows"]:
            self.failures.append(f"validate: {found['rows']} rows of {lines} records")

    def _build(self, *source: object) -> None:
        code, _ = self._call("build", *source, "--out", "made", "--json")
        if code:
            return
        manifest = json.loads(Path("made/manifest.json").read_text("utf8"))
        for phase in manifest["phases"]:
            if phase["entered"] != phase["kept"] + sum(phase["rejected"].values()):
                self.failures.append(f"build: the phase {phase['name']} does not balance: {phase}")
        lines = _lines(Path(self.kind))
        if lines is not None and lines != manifest["phases"][0]["entered"]:
            self.failures.append(f"build: {manifest['phases'][0]['entered']} of {lines} records entered")
        shutil.copytree("made", "whole")
        files = sorted(path for path in Path("made").rglob("*") if path.is_file() and path.stat().st_size)
        damage = self.random.choice(files)
        content = bytearray(damage.read_bytes())
        content[self.random.randrange(len(content))] ^= 1 << self.random.randrange(8)
        damage.write_bytes(content[: self.random.choice([len(content), len(content) // 2])])
        if damage.name != "manifest.json" and self._call("verify", "made")[0] == 0:
            self.failures.append(f"verify: 0, and {damage} is damaged")
        self._look()
        shutil.rmtree("made")
        shutil.copytree("whole", "made")
        replace_any(manifest, self.random)
        Path("made/manifest.json").write_text(json.dumps(manifest), "utf8")
        self._call("verify", "made")
        self._look()

    def _look(self) -> None:
        for words in ("inspect made", "explain made a", "report made --out page", "diff made whole", "report made"):
            self._call(*words.split())


def _lines(file: Path) -> int | None:
    """How many records JSON lines hold, by counting; None where that is not well defined."""
    content = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    filled = [line for line in content.split(b"\n") if line.strip()]
    plain = file.suffix == ".jsonl" and filled and not any(line.lstrip().startswith(b"[") for line in filled[:2])
    return len(filled) if plain else None


if __name__ == "__main__":
    main()
