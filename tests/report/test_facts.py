"""Facts about the facts frame: one line a row, numbers and booleans, and no text of the corpus."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from curation.base.rows import MESSAGES, message
from curation.figures import common
from curation.gate.facts import facts
from curation.ledger.build import Build
from curation.ledger.observation import observe
from curation.recipes.loading import load, make
from curation.runner.build import build

TINY = Path(__file__).parents[1] / "golden" / "tiny.py"


def test_no_text_of_the_corpus(demo_build: Build) -> None:
    """The only strings are split and label; everything else is a number or a boolean."""
    schema = facts(observe(demo_build)).schema
    assert {name for name, dtype in schema.items() if dtype == pl.String} == {"split", "label"}
    others = [dtype for name, dtype in schema.items() if name not in ("split", "label")]
    assert all(dtype.is_numeric() or dtype == pl.Boolean for dtype in others)
    assert {"id", "group", "tokens", "spare_tokens", "turns", "characters", "one_bos", "ends_in_turn"} <= set(schema)
    assert schema["id"] == schema["group"] == pl.UInt64()


def test_one_line_a_row(demo_build: Build) -> None:
    """Every kept row has one line, with the values that the stages and the texts give."""
    found = facts(observe(demo_build))
    kept = demo_build.kept().collect()
    assert len(found) == len(kept)
    assert found["id"].n_unique() == len(kept)
    assert found["group"].n_unique() == kept["group"].n_unique()
    assert found["tokens"].to_list() == kept["tokens"].to_list()
    assert found["characters"].to_list() == [sum(len(m["content"]) for m in row) for row in kept["messages"].to_list()]
    assert set(found["turns"]) == {3}
    assert found["one_bos"].all()
    assert found["ends_in_turn"].all()
    assert set(found["splits_of_group"]) == {1}


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (lambda bos, ids: pl.concat_list(ids.list.slice(1), pl.lit([bos], pl.List(pl.UInt32))), "one_bos"),
        (lambda bos, ids: pl.concat_list(ids.list.slice(1, 1), ids.list.slice(0, 1), ids.list.slice(2)), "one_bos"),
        (lambda bos, ids: pl.concat_list(ids, pl.lit([bos], pl.List(pl.UInt32))), "one_bos"),
        (lambda bos, ids: pl.concat_list(ids.list.slice(1, 1), ids.list.slice(1)), "one_bos"),
        (lambda bos, ids: pl.concat_list(ids.list.head(1), ids.list.slice(2), ids.list.slice(1, 1)), "ends_in_turn"),
    ],
    ids=["bos at the end", "bos second", "two bos", "no bos", "another token last"],
)
def test_what_is_not_one_bos(change: object, broken: str, tmp_path: Path) -> None:
    """`one_bos` holds where the one BOS is the first token, `ends_in_turn` where the last trained one ends a turn."""
    made = make(load(str(TINY)), TINY, {})
    bos = made.tokenizer.contract.bos_id
    assert bos is not None

    def spoilt(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.with_columns(input_ids=change(bos, pl.col("input_ids")))  # type: ignore[operator]

    spoilt_rows = {**made.rows, "tokens": [*made.rows["tokens"], spoilt]}
    built = build(replace(made, rows=spoilt_rows, suites={}), tmp_path / "out")
    assert not facts(observe(built))[broken].any()
    plain = build(replace(made, suites={}), tmp_path / "out")
    assert facts(observe(plain))[broken].all()


def test_a_group_in_two_splits_is_seen(tmp_path: Path) -> None:
    """Rows of one group in two splits are counted, and their group is one that straddles."""
    made = make(load(str(TINY)), TINY, {})

    def torn(rows: pl.LazyFrame) -> pl.LazyFrame:
        where = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("train")).otherwise(pl.lit("test"))
        return rows.with_columns(split=where)

    one = {**made.records, "families": [lambda records: records.with_columns(group=pl.lit("one"))]}
    built = build(replace(made, records=one, rows={**made.rows, "split": [torn]}), tmp_path / "out")
    seen = observe(built)
    found = facts(seen)
    assert set(found["splits_of_group"]) == {2}
    figures = common.figures(seen, None)
    assert figures["groups_in_two_splits"] == 1
    assert (figures["rows"], figures["groups"], figures["largest_group"]) == (6, 1, 6)
    assert figures["max_split_error_rows"] is None


def test_figures_of_the_demo(demo_build: Build) -> None:
    """The common figures are what a count over the kept rows gives."""
    kept = demo_build.kept().select("group", "split", "label").collect()
    figures = demo_build.manifest.figures
    sizes = kept["group"].value_counts()["count"]
    assert figures["rows"] == len(kept)
    assert figures["groups"] == len(sizes)
    assert figures["largest_group"] == sizes.max()
    shares = {"train": 0.8, "validation": 0.1, "test": 0.1}
    off = max(abs((kept["split"] == split).sum() - share * len(kept)) for split, share in shares.items())
    assert figures["max_split_error_rows"] == pytest.approx(off, abs=0.051)
    by_split = {s: kept.filter(split=s)["label"].value_counts(normalize=True) for s in shares}
    shares_of = {s: dict(counts.iter_rows()) for s, counts in by_split.items()}
    labels = set(kept["label"])
    distances = [
        sum(abs(shares_of["train"].get(label, 0) - shares_of[s].get(label, 0)) for label in labels) / 2
        for s in ("validation", "test")
    ]
    assert figures["label_tv_distance"] == pytest.approx(max(distances), abs=1e-4)


def test_texts_without_a_word_are_not_compared(tmp_path: Path) -> None:
    """Two texts of the same words in two splits count once; question marks and emoji in both do not."""
    texts = {
        "Why not?": "train",
        "why NOT": "test",
        "??": "train",
        "!!": "test",
        "\U0001f600": "validation",
        "Yes": "test",
    }
    made = make(load(str(TINY)), TINY, {})
    read = pl.LazyFrame({"id": [f"{n}" for n in range(len(texts))], "text": list(texts)})
    said = pl.concat_list(message("user", pl.col("text")), message("assistant", pl.col("id"))).cast(MESSAGES)
    split = pl.col("record").replace_strict({f"{n}": split for n, split in enumerate(texts.values())})
    recipe = replace(
        made,
        read=lambda paths: read.with_columns(source=pl.lit("texts")),
        records={"families": [lambda records: records.with_columns(group=pl.col("id"))]},
        shape=lambda records: records.select(
            "id", "source", "group", record=pl.col("id"), label=pl.lit("text"), messages=said
        ),
        rows={"tokens": made.rows["tokens"], "split": [lambda rows: rows.with_columns(split=split)]},
        suites={},
    )
    seen = observe(build(recipe, tmp_path / "out"))
    assert len(seen.rows) == len(texts)
    assert common.texts_in_two_splits(seen) == 1
