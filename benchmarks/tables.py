"""Banking77 and a Bengali corpus of its published size (generated), built whole, against their floor.

    python benchmarks/tables.py [--data FOLDER] [--rows 38233] [--runs 3]

FOLDER (or CURATION_DATA) holds banking77/ and tokenizers/llama-3.1. The floor parses the table, tokenizes every text
once and writes it. Floor and build alternate; medians are compared. Language detection is in the Bengali build.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import sys
import tempfile
from pathlib import Path

import orjson
from measure import Run, run

from curation.demo.bengali import rows

HERE = Path(__file__).parent


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = os.environ.get("CURATION_DATA")
    parser.add_argument("--data", type=Path, default=known, required=known is None)
    parser.add_argument("--rows", type=int, default=38_233)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    print(
        "| build | records | seconds | records/s | x floor | peak MB | floor, s |\n|---|---|---|---|---|---|---|",
        flush=True,
    )
    banking = given.data / "banking77"
    tokenizer = str(given.data / "tokenizers" / "llama-3.1")
    with tempfile.TemporaryDirectory() as scratch:
        bengali = Path(scratch) / "bengali.csv"
        with bengali.open("w", newline="", encoding="utf8") as file:
            csv.writer(file).writerows([("Topics", "Question-Title", "Questions", "Answers"), *rows(given.rows, 7)])
        _compare(
            "banking",
            str(banking),
            [str(banking / f"{s}.csv") for s in ("train", "test")],
            tokenizer,
            scratch,
            given.runs,
        )
        _compare("bengali", str(bengali), [str(bengali)], tokenizer, scratch, given.runs)


def _compare(recipe: str, source: str, files: list[str], tokenizer: str, scratch: str, runs: int) -> None:
    out, floors, builds = Path(scratch) / recipe, [], []
    command = ["-m", "curation.cli", "build", recipe, "--source", source, "--tokenizer", tokenizer, "--fresh", "--json"]
    for _ in range(runs):
        floors.append(_run([str(HERE / "peers" / "table_floor.py"), tokenizer, f"{scratch}/floor.jsonl", *files]))
        builds.append(_run([*command, "--out", str(out)]))
    records = orjson.loads(builds[-1].stdout)["phases"][0]["entered"]
    floor, ours = (statistics.median(r.seconds for r in timed) for timed in (floors, builds))
    peak = max(r.peak_mb for r in builds)
    speed = f"{ours:.1f} | {records / ours:,.0f} | {ours / floor:.2f}"
    print(f"| {recipe} | {records:,} | {speed} | {peak:,.0f} | {floor:.1f} |", flush=True)


def _run(arguments: list[str]) -> Run:
    done = run([sys.executable, *arguments])
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}")
    return done


if __name__ == "__main__":
    main()
