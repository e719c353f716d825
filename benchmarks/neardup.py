"""Near-duplicates of short texts (Jaccard >= 0.8 of their words): the exact join beside datasketch and rensa.

    python benchmarks/neardup.py [--rows 200000 1000000] [--runs 3] [--peers datasketch rensa] [--peers-up-to 200000]

Whole processes, in one sitting. Recall and precision are against the pairs of an inverted index in plain NumPy that
knows no tricks, at 200,000 rows and below; above, recall of what the others find and the join does not.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from measure import Run, run
from short_texts import WORDS, write

HERE = Path(__file__).parent
_BRUTE = 200_000


def main() -> None:
    """Measure and print a Markdown table for every number of rows and both vocabularies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="*", type=int, default=[200_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", nargs="*", default=["datasketch", "rensa"], choices=["datasketch", "rensa"])
    parser.add_argument("--peers-up-to", type=int, default=200_000)
    given = parser.parse_args()
    print("| rows | vocabulary | what | seconds | x curate | peak MB | pairs | recall | precision |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for rows in given.rows:
            for vocabulary in WORDS:
                texts = Path(scratch) / f"{rows}-{vocabulary}.parquet"
                write(texts, rows, vocabulary)
                tools = ["exact", *(given.peers if rows <= given.peers_up_to else [])]
                _compare(texts, f"{rows:,} | {vocabulary}", tools, given.runs, rows <= _BRUTE)


def _compare(texts: Path, named: str, tools: list[str], runs: int, brute: bool) -> None:
    truth = _every_pair(texts) if brute else None
    found = {tool: _timed(tool, texts, runs) for tool in tools}
    ours = statistics.median(r.seconds for r in found["exact"][0])
    for tool, (times, pairs) in found.items():
        seconds = statistics.median(r.seconds for r in times)
        right = len(np.intersect1d(pairs, truth)) if truth is not None else None
        scores = f"{right / len(truth):.4f} | {right / max(1, len(pairs)):.4f}" if truth is not None else "- | -"
        peak = max(r.peak_mb for r in times)
        name = "curate" if tool == "exact" else tool
        print(
            f"| {named} | {name} | {seconds:.1f} | {seconds / ours:.1f} | {peak:,.0f} | {len(pairs):,} | {scores} |",
            flush=True,
        )


def _timed(tool: str, texts: Path, runs: int) -> tuple[list[Run], np.ndarray]:
    out = texts.with_suffix(f".{tool}.pairs")
    times = []
    for _ in range(runs if tool == "exact" else 1):
        times.append(run([sys.executable, str(HERE / "peers" / f"near_{tool}.py"), str(texts), str(out)]))
        if times[-1].returncode:
            raise SystemExit(f"{tool} failed")
    pairs = pl.read_parquet(out).select(pl.min_horizontal("a", "b").alias("a"), pl.max_horizontal("a", "b").alias("b"))
    return times, np.unique(pairs["a"].to_numpy().astype(np.uint64) << np.uint64(32) | pairs["b"].to_numpy())


def _every_pair(texts: Path) -> np.ndarray:
    """The truth: for each text, count the words it shares with every later text that shares its rarest words.

    A pair with Jaccard >= 0.8 shares at least 80 % of the words of either, so each has one of the other's rarest fifth.
    """
    split = pl.read_parquet(texts).with_row_index("row").select("row", word=pl.col("text").str.split(" ").list.unique())
    long = split.explode("word").with_columns(often=pl.len().over("word"), size=pl.len().over("row"))
    long = long.sort("row", "often", "word").with_columns(nth=pl.int_range(pl.len()).over("row"))
    fifth = pl.col("size") - (pl.col("size") * 0.8 - 1e-9).ceil()
    rare = long.filter(pl.col("nth") <= fifth).select("row", "word")
    words, sizes = dict(split.iter_rows()), {}
    sets = {row: set(said) for row, said in words.items()}
    del words, sizes
    met = rare.lazy().join(rare.lazy(), on="word").filter(pl.col("row") < pl.col("row_right"))
    pairs = []
    for batch in met.select("row", "row_right").collect_batches(chunk_size=1_000_000):
        for a, b in batch.unique().iter_rows():
            both = len(sets[a] & sets[b])
            if both >= 0.8 * (len(sets[a]) + len(sets[b]) - both) - 1e-9:
                pairs.append((a << 32) | b)
    return np.unique(np.array(pairs, dtype=np.uint64))


if __name__ == "__main__":
    main()
