"""What the report page says, as data: every figure is a query over the build folder. `report/report.json` holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from curation.base.errors import BuildError
from curation.base.sections import Section
from curation.ledger.build import Build
from curation.ledger.observation import Observation, near_pairs
from curation.report.examples import Pair, Reject, Sample, pairs, rejects, samples
from curation.schemas.manifest import SPLITS

_BINS = 40
_LABELS = 100  # named on the page; the JSONL has all
_LINES = 50  # of a table


@dataclass(frozen=True)
class Lengths:
    """Tokens of the rows of a split: `counts[i]` rows have from `edges[i]` up to, not including, `edges[i + 1]`."""

    split: str
    edges: tuple[int, ...]
    counts: tuple[int, ...]
    median: int
    p95: int
    longest: int


@dataclass(frozen=True)
class Between:
    """What two splits (or one with itself) share: groups, pairs of near-duplicate records, equal user's words."""

    a: str
    b: str
    groups: int
    near_pairs: int
    equal_texts: int


@dataclass(frozen=True)
class Baseline:
    """Always the same answer: the share of rows it matches exactly, and the mean F1 of its set of words."""

    name: str
    answer: str
    split: str
    exact: float
    f1: float


@dataclass(frozen=True)
class Table:
    """A table of the recipe, its first lines; `lines` is how many tables/<name>.csv has."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    lines: int


@dataclass(frozen=True)
class Report:
    """Everything on the page but what the manifest holds: books, splits, figures, gate, provenance."""

    limit: int
    lengths: tuple[Lengths, ...]
    labels: tuple[tuple[str, tuple[int, ...]], ...]
    """Label and its rows in train, validation, test; the commonest first."""
    more_labels: int
    family_sizes: tuple[tuple[int, int], ...]
    """Records in a family, and how many families have so many."""
    between: tuple[Between, ...]
    pairs: tuple[Pair, ...]
    sections: tuple[Section, ...]
    """Those of the recipe."""
    tables: tuple[Table, ...]
    samples: tuple[Sample, ...]
    rejects: tuple[Reject, ...]
    baselines: tuple[Baseline, ...]

    def json(self) -> dict[str, Any]:
        """The object in report.json."""
        return asdict(self)


def gather(seen: Observation, sections: Sequence[Section]) -> Report:
    """All of it. `sections`: those that the recipe adds."""
    rows = seen.rows
    labels, more = _labels(rows)
    longest = seen.rows.select(pl.col("tokens").max()).item()
    return Report(
        limit=int(seen.build.manifest.max_tokens or longest or 0),
        lengths=_lengths(rows),
        labels=labels,
        more_labels=more,
        family_sizes=_family_sizes(rows),
        between=_between(seen),
        pairs=pairs(seen),
        sections=tuple(sections),
        tables=_tables(seen.build.folder),
        samples=samples(seen),
        rejects=rejects(seen),
        baselines=_baselines(seen),
    )


def sections_of(build: Build) -> list[Section]:
    """The recipe's own sections as the build's report holds them; none where that file is gone."""
    file = build.folder / "report" / "report.json"
    if not file.is_file():
        return []
    try:
        held = orjson.loads(file.read_bytes()).get("sections", [])
        return [Section(s["title"], s["text"], tuple(s["columns"]), tuple(map(tuple, s["rows"]))) for s in held]
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        raise BuildError(f"{file} has changed since it was built", "Build again, or take it from a backup.") from error


def _lengths(rows: pl.DataFrame) -> tuple[Lengths, ...]:
    longest = int(rows["tokens"].max() or 0)  # type: ignore[arg-type]
    step = max(1, -(-(longest + 1) // _BINS))
    edges = np.arange(0, longest + step + 1, step)
    found = []
    for split in SPLITS:
        tokens = rows.filter(pl.col("split") == split)["tokens"].to_numpy()
        if len(tokens):
            counts, _ = np.histogram(tokens, edges)
            middle, late = (int(np.quantile(tokens, q)) for q in (0.5, 0.95))
            whole = tuple(map(int, edges)), tuple(map(int, counts))
            found.append(Lengths(split, *whole, middle, late, int(tokens.max())))
    return tuple(found)


def _labels(rows: pl.DataFrame) -> tuple[tuple[tuple[str, tuple[int, ...]], ...], int]:
    counts = rows.group_by("label").agg(
        *((pl.col("split") == split).sum().alias(split) for split in SPLITS), n=pl.len()
    )
    counts = counts.with_columns(pl.col("label").fill_null("(none)")).sort("n", "label", descending=[True, False])
    named = tuple((str(row[0]), tuple(row[1:4])) for row in counts.head(_LABELS).iter_rows())
    return named, max(0, len(counts) - _LABELS)


def _family_sizes(rows: pl.DataFrame) -> tuple[tuple[int, int], ...]:
    sizes = rows.group_by("group").agg(size=pl.col("record").n_unique()).filter(pl.col("size") > 1)
    return tuple(sizes.group_by("size").len().sort("size").iter_rows())


def _between(seen: Observation) -> tuple[Between, ...]:
    near = seen.once(near_pairs).group_by("split_a", "split_b").len()
    found = []
    for i, a in enumerate(SPLITS):
        for b in SPLITS[i:]:
            count = sum(n for x, y, n in near.iter_rows() if (x, y) in {(a, b), (b, a)})
            found.append(Between(a, b, _shared(seen.rows, "group", a, b), count, _shared(seen.rows, "asked", a, b)))
    return tuple(found)


def _shared(rows: pl.DataFrame, column: str, a: str, b: str) -> int:
    """How many values stand in both splits; of one split alone, how many stand there more than once."""
    one = rows.filter(pl.col("split") == a).select(column).drop_nulls()
    if a == b:
        return int((one.group_by(column).len()["len"] > 1).sum())
    other = rows.filter(pl.col("split") == b).select(column).drop_nulls()
    return len(one.unique().join(other, on=column, how="semi"))


def _tables(folder: Path) -> tuple[Table, ...]:
    tables = []
    for file in sorted((folder / "tables").glob("*.csv")):
        read = pl.read_csv(file, infer_schema=False)
        tables.append(Table(file.stem, tuple(read.columns), tuple(read.head(_LINES).iter_rows()), len(read)))
    return tuple(tables)


def _baselines(seen: Observation) -> tuple[Baseline, ...]:
    """What a model must beat: the commonest answer of the training rows, always, and saying nothing."""
    rows, last = seen.rows, pl.col("messages").list.last().struct.field("content")
    train = rows.filter(pl.col("split") == "train")
    if train.is_empty():
        return ()
    counts = train.group_by("answer").agg(n=pl.len(), row=pl.col("row").min())
    commonest = counts.sort("n", "row", descending=[True, False])["row"][0]
    held = rows.filter(pl.col("split") != "train").select("row", "split")
    wanted = pl.concat([held["row"], pl.Series([commonest], dtype=pl.UInt32)])
    texts = seen.build.files.base("rows").filter(pl.col("row").is_in(wanted.implode())).select("row", answer=last)
    texts_of = texts.collect()
    first = texts_of.filter(pl.col("row") == commonest)["answer"][0]
    answers = held.join(texts_of, on="row", maintain_order="left")
    return tuple(
        _baseline(name, answer, split, answers.filter(pl.col("split") == split)["answer"])
        for split in SPLITS[1:]
        if split in answers["split"]
        for name, answer in (("the commonest training answer", first), ("an empty answer", ""))
    )


def _baseline(name: str, answer: str, split: str, gold: pl.Series) -> Baseline:
    texts_of = pl.lit(answer).str.to_lowercase().str.split(" ").list.unique()
    theirs = pl.col("gold").str.to_lowercase().str.split(" ").list.unique()
    both = theirs.list.set_intersection(texts_of).list.len()
    f1 = 2 * both / (theirs.list.len() + texts_of.list.len())
    exact, mean = gold.alias("gold").to_frame().select((pl.col("gold") == answer).mean(), f1.mean().alias("f1")).row(0)
    return Baseline(name, answer[:400], split, round(exact, 4), round(mean if answer else 0.0, 4))
