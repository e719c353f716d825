"""Damaged files through every command that reads files: no traceback, nothing hangs, no row is unaccounted for.

    python benchmarks/mutated.py [--cases 300] [--first 0] [--builds 0.3] [--keep FOLDER]

Each case is a seed: a small file of some kind, damaged in its structure or its bytes. It goes through validate (also
--fix) and init, and a share of what init takes is built. Or it is a finished build, a repository on a Hub of this
machine, or a checkpoint, of which one file is damaged: a command that still ends well must say what it says of the
whole one. What fails is printed with its seed, and its files stay in FOLDER.
"""

from __future__ import annotations

import argparse
import json
import os
import re
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

from mutations import BUILD, CHECKPOINT, KINDS, REPOSITORY, damage_any, damaged, whole

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from hub_server import TOKEN, Hub, running

LONGEST = 60  # seconds that a case may take
LOOKS = ("inspect made", "explain made ID", "report made --out page", "report made --json", "diff made whole")


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
        try:
            ended = worker.wait(1)
        except subprocess.TimeoutExpired:
            ended = None
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
    with running() as hub, tempfile.TemporaryDirectory() as scratch:
        os.environ |= {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1", "NO_PROXY": "*"}
        os.environ |= {"HF_HUB_CACHE": f"{scratch}/hub", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        for line in sys.stdin:
            folder = keep / line.strip()
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            os.chdir(folder)
            found = Case(int(line), builds, Path(scratch), hub).run()
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
    """One damaged file in the current folder, and what every command made of it. `made`: where a whole build stands."""

    def __init__(self, seed: int, builds: float, made: Path, hub: Hub) -> None:
        self.seed, (self.kind, self.random) = seed, kind_of(seed)
        self.builds, self.whole, self.hub = builds, made / "build", hub
        self.endings: Counter[str] = Counter()
        self.failures: list[str] = []

    def run(self) -> dict[str, Any]:
        """Kind, how often each command ended with each exit code, and what failed."""
        damage = {
            BUILD: self._damaged_build,
            REPOSITORY: self._damaged_repository,
            CHECKPOINT: self._damaged_checkpoint,
        }
        if self.kind in damage:
            damage[self.kind]()
        else:
            self._damaged_file(Path(self.kind))
        return {"kind": self.kind, "endings": dict(self.endings), "failures": self.failures}

    def _damaged_file(self, file: Path) -> None:
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

    def _copied(self) -> Path:
        """A copy of a whole build with every kind of file, which is made once."""
        if not self.whole.exists():
            Path("mine.csv").write_bytes(whole("t.csv"))
            for words in ("init mine.csv --out mine.py", f"build ./mine.py --out {self.whole} --tokenized"):
                assert self._call(*words.split())[0] == 0, self.failures
        shutil.copytree(self.whole, "made")
        shutil.copytree(self.whole, "whole")
        return Path("made")

    def _damaged_build(self) -> None:
        made = self._copied()
        id = json.loads((made / "train.jsonl").read_bytes().split(b"\n")[0])["id"]
        looks = [[id if word == "ID" else word for word in words.split()] for words in LOOKS]
        before = [self._call(*words) for words in looks]
        file = self.random.choice(sorted(path for path in made.rglob("*") if path.is_file()))
        file.write_bytes(damage_any(file.name, file.read_bytes(), self.random))
        same = file.read_bytes() == (Path("whole") / file.relative_to(made)).read_bytes()
        if file.name != "manifest.json" and self._call("verify", "made")[0] == 0 and not same:
            self.failures.append(f"verify: 0, and {file} is damaged")
        for words, was in zip(looks, before, strict=True):
            told = self._call(*words)
            if told[0] == 0 and told != was and file.name != "manifest.json":
                self.failures.append(f"{words}: 0, and says something else, with {file} damaged")

    def _damaged_repository(self) -> None:
        made = self._copied()
        files = {path.relative_to(made).as_posix(): path.read_bytes() for path in made.rglob("*") if path.is_file()}
        name = self.random.choice(["manifest.json", *sorted(name for name in files if not name.startswith("phases"))])
        files[name] = damage_any(name, files[name], self.random)
        self.hub.repos.clear()
        repo = f"me/made{self.seed}"  # the client keeps what it has seen of another
        self.hub.add(repo, files)
        there = sorted(Path().iterdir())
        code, _ = self._call("pull", repo, "--out", "pulled")
        if code == 0 and self._call("verify", "pulled")[0]:
            self.failures.append(f"pull: 0, with {name} damaged")
        if code and sorted(Path().iterdir()) != there:
            self.failures.append(f"pull: {code}, and left {sorted(Path().iterdir())}")

    def _damaged_checkpoint(self) -> None:
        from curation.training import checkpoints

        folder = Path("checkpoints", "checkpoint-3")
        folder.mkdir(parents=True)
        for name in ("optimizer.pt", "scheduler.pt", "adapter_model.safetensors"):
            (folder / name).write_bytes(bytes(range(200)))
        (folder / "trainer_state.json").write_text('{"global_step": 3, "epoch": 1.5, "log_history": []}')
        checkpoints.seal(folder)
        file = self.random.choice(sorted(folder.iterdir()))
        was = file.read_bytes()
        file.write_bytes(damage_any(file.name, was, self.random))
        found, skipped = checkpoints.newest(folder.parent)
        self.endings["checkpoint " + ("taken" if found else "skipped")] += 1
        if (
            found
            and json.loads((folder / "seal.json").read_bytes())
            and file.name != "seal.json"
            and file.read_bytes() != was
        ):
            self.failures.append(f"checkpoint: taken, with {file} damaged {skipped}")


def _lines(file: Path) -> int | None:
    """How many records JSON lines hold, by counting; None where that is not well defined."""
    content = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    filled = [line for line in content.split(b"\n") if line.strip()]
    plain = file.suffix == ".jsonl" and filled and not any(line.lstrip().startswith(b"[") for line in filled[:2])
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    return sum(map(_objects, filled)) if plain and not utf16 else None


_EDGES = re.compile(r"^[\s,\ufeff]+|[\s,\ufeff]+$")


def _objects(line: bytes) -> int:
    """Several where a line is nothing but whole objects one after the other; else one, whatever it is."""
    count, text = 0, _EDGES.sub("", line.decode("utf8", "replace"))
    while text:
        try:
            value, end = json.JSONDecoder().raw_decode(text)
        except ValueError:
            return 1
        count, text = count + isinstance(value, dict), _EDGES.sub("", text[end:])
    return max(1, count)


if __name__ == "__main__":
    main()
