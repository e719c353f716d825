"""`curate validate` over generated chat: seconds, rows a second, and the memory of the whole process tree.

    python benchmarks/validate.py [--megabytes 1000] [--tokenizer builtin --max-tokens 2048] [--runs 1] [--keep FOLDER]

train.jsonl and test.jsonl (2 %) are conversations of one to four questions over 60,000 words by Zipf's law, a tenth of
them in Bengali letters or with accents, a tenth with a system prompt. Of every hundred, one nearly repeats an earlier
one and one repeats it exactly; a few rows have a defect each.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from measure import Run, run

WORDS = 60_000
_LATIN = [a + b for a in "bdfgklmnprstvw" for b in "aeio"]
_ACCENTS = list("éèüöñçãêßå")
_BENGALI = [a + b for a in "কখগচজটডতথদনপফবভমরলশসহ" for b in "\u09be\u09bf\u09c7\u09c1"]
_BLOCK = 5_000  # conversations made at a time


def main() -> None:
    """Generate, measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--tokenizer")
    parser.add_argument("--max-tokens", type=int)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="where the generated files stay, and are found again")
    given = parser.parse_args()
    more = ["--tokenizer", given.tokenizer] if given.tokenizer else []
    more += ["--max-tokens", str(given.max_tokens)] if given.max_tokens else []
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        files = [folder / f"{given.megabytes}-{split}.jsonl" for split in ("train", "test")]
        if not all(file.is_file() for file in files):
            folder.mkdir(parents=True, exist_ok=True)
            write(*files, given.megabytes * 1_000_000)
        _report(files, [_run(files, more) for _ in range(given.runs)], " ".join(more) or "-")


def _run(files: list[Path], more: list[str]) -> Run:
    done = run([sys.executable, "-m", "curation.cli", "validate", *map(str, files), *more, "--json"])
    if done.returncode not in (0, 1):
        raise SystemExit(f"curate validate ended with {done.returncode}")
    return done


def _report(files: list[Path], runs: list[Run], options: str) -> None:
    found = orjson.loads(runs[-1].stdout)
    size = sum(file.stat().st_size for file in files)
    seconds = statistics.median(one.seconds for one in runs)
    rows, peak = found["rows"], max(one.peak_mb for one in runs)
    print("| MB | rows | options | seconds | rows/s | MB/s | peak MB |\n|---|---|---|---|---|---|---|")
    print(
        f"| {size / 1e6:,.0f} | {rows:,} | {options} | {seconds:.1f} | {rows / seconds:,.0f} "
        f"| {size / 1e6 / seconds:.1f} | {peak:,.0f} |"
    )
    print(", ".join(f"{one['id']} {one['count']:,}" for one in found["findings"]))


def write(train: Path, test: Path, size: int, seed: int = 11) -> None:
    """Both files, together of `size` bytes or a little more."""
    random = np.random.default_rng(seed)
    makers = [_Maker(random, parts) for parts in (_LATIN, _LATIN + _ACCENTS, _BENGALI)]
    written = 0
    with train.open("wb") as one, test.open("wb") as other:
        while written < size:
            for chat in _block(random, makers):
                line = orjson.dumps(chat) + b"\n"
                (other if random.random() < 0.02 else one).write(line)
                written += len(line)


class _Maker:
    """Texts over a vocabulary of words made of `parts`."""

    def __init__(self, random: np.random.Generator, parts: list[str]) -> None:
        sizes, picks = random.integers(1, 5, WORDS), random.integers(len(parts), size=(WORDS, 4))
        self.words = ["".join(parts[i] for i in pick[:n]) for n, pick in zip(sizes, picks, strict=True)]
        weights = 1 / np.arange(10, WORDS + 10)
        self.edges = np.cumsum(weights / weights.sum())

    def texts(self, random: np.random.Generator, lengths: np.ndarray) -> list[str]:
        """One text of so many words each."""
        drawn = np.searchsorted(self.edges, random.random(int(lengths.sum()))).clip(max=WORDS - 1)
        flat = [self.words[i] for i in drawn]
        ends = np.cumsum(lengths)
        return [" ".join(flat[end - n : end]) + "." for n, end in zip(lengths, ends, strict=True)]


def _block(random: np.random.Generator, makers: list[_Maker]) -> list[dict[str, Any]]:
    chats: list[dict[str, Any]] = []
    for maker, share in zip(makers, (0.9, 0.05, 0.05), strict=True):
        exchanges = random.integers(1, 5, int(_BLOCK * share))
        asked = iter(maker.texts(random, random.integers(5, 30, int(exchanges.sum()))))
        given = iter(maker.texts(random, random.integers(10, 90, int(exchanges.sum()))))
        for n in exchanges:
            turns = [t for _ in range(n) for t in (_turn("user", next(asked)), _turn("assistant", next(given)))]
            chats.append({"messages": turns, "score": round(float(random.random()), 3)})
    for at in random.permutation(len(chats)):
        draw = random.random()
        if draw < 0.1:
            chats[at]["messages"].insert(0, _turn("system", "You answer shortly, kindly and to the point."))
        elif draw < 0.11:
            chats[at] = chats[int(random.integers(len(chats)))]
        elif draw < 0.12:
            chats[at] = {**chats[at], "messages": _changed(chats[int(random.integers(len(chats)))]["messages"])}
        elif draw < 0.121:
            chats[at]["messages"][-1]["content"] += " <|eot_id|>"
    return chats


def _turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _changed(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same conversation with a word more in its first turn."""
    return [_turn(messages[0]["role"], "please " + messages[0]["content"]), *messages[1:]]


if __name__ == "__main__":
    main()
