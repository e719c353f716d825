"""The legal build against its floor and against the usual scripts, whole processes, in one sitting.

    python benchmarks/legal.py [--data FOLDER] [--runs 3] [--peers usual careful]

FOLDER (or CURATION_DATA) holds cuad/CUADv1.json and tokenizers/llama-3.1. The floor parses the file, tokenizes each
contract once and writes as many bytes as the build. Build and floor alternate; medians are compared. The report page
of the build is timed alone, without the imports, by peers/legal_page.py.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import orjson
from measure import Run, run

HERE = Path(__file__).parent


def main() -> None:
    """Measure and print a Markdown table with the ratios, and the targets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("CURATION_DATA"), required="CURATION_DATA" not in os.environ
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", nargs="*", choices=["usual", "careful"], default=["careful", "usual"])
    given = parser.parse_args()
    source, tokenizer = str(given.data / "cuad" / "CUADv1.json"), str(given.data / "tokenizers" / "llama-3.1")
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "legal"
        build = [
            "-m",
            "curation.cli",
            "build",
            "legal",
            "--source",
            source,
            "--tokenizer",
            tokenizer,
            "--fresh",
            "--json",
        ]
        builds, floors = [], []
        for _ in range(given.runs):
            builds.append(_run([*build, "--out", str(out)]))
            written = sum(file.stat().st_size for file in out.glob("*.jsonl"))
            floors.append(
                _run(
                    [
                        str(HERE / "peers" / "legal_floor.py"),
                        source,
                        tokenizer,
                        str(Path(scratch) / "floor"),
                        str(written),
                    ]
                )
            )
        figures = orjson.loads(builds[-1].stdout)["figures"]
        page = float(_run([str(HERE / "peers" / "legal_page.py"), str(out)]).stdout)
        floor, ours = (statistics.median(r.seconds for r in runs) for runs in (floors, builds))
        print(
            "| what | seconds | x floor | x build | peak MB of all processes | spans whole |\n|---|---|---|---|---|---|"
        )
        _line("floor: parse, tokenize once, write", floor, floor, ours, floors[-1], "-")
        whole = f"{100 * figures['span_coverage']:.2f} % of {figures['spans']:,}"
        _line("curate build legal", ours, floor, ours, builds[-1], whole)
        print(f"| without its report page, {page:.1f} s | {ours - page:.1f} | {(ours - page) / floor:.2f} | | | |")
        for peer in given.peers:
            done = _run([str(HERE / "peers" / f"legal_{peer}.py"), source, tokenizer, str(Path(scratch) / peer)])
            told = orjson.loads(done.stdout.strip().splitlines()[-1])
            seconds = done.seconds - told["counting_seconds"]
            share, cut = told["spans_whole"] / told["spans_total"], told["positive_windows_cutting_another_span"]
            whole = f"{100 * share:.2f} %, {cut} windows cut another"
            _line(f"{peer} script", seconds, floor, ours, done, whole)
            shutil.rmtree(Path(scratch) / peer, ignore_errors=True)
    print(
        f"\nruns of floor {[round(r.seconds, 1) for r in floors]}, of build {[round(r.seconds, 1) for r in builds]} s"
    )
    print("targets: build without its page <= 2 x floor; usual >= 40 x build, careful >= 10 x build; build <= 2,000 MB")


def _run(arguments: list[str]) -> Run:
    done = run([sys.executable, *arguments])
    if done.returncode:
        sys.exit(f"{arguments} ended with {done.returncode}")
    return done


def _line(name: str, seconds: float, floor: float, ours: float, last: Run, whole: str) -> None:
    print(
        f"| {name} | {seconds:.1f} | {seconds / floor:.2f} | {seconds / ours:.1f} | {last.peak_mb:,.0f} | {whole} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
