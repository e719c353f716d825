"""Rows that repeat others: duplicates, leaks between splits, the same question with another answer, near-duplicates.

`keys` has a line per row: row, split (its place among the splits: the smaller one must drop a shared row), faulty (it
has an error already), and the hashes of curation.validation.row_checks. Each function returns row, other, jaccard: the
row, which one it repeats, and the share of the user's words in common.
"""

from __future__ import annotations

import polars as pl

SHORT = 300  # characters of a question with a label; longer ones hold a passage
FOUND: pl.Schema = pl.Schema({"row": pl.UInt32, "other": pl.UInt32, "jaccard": pl.Float64})


def distinct(keys: pl.DataFrame) -> pl.DataFrame:
    """One row for each distinct user text: the first that is held out, or the first."""
    asks = keys.drop_nulls("ask").sort("split", "row", descending=[True, False])
    return asks.unique("ask", keep="first", maintain_order=True)


def duplicates(keys: pl.DataFrame) -> pl.DataFrame:
    """Equal conversations in one split: all but the first, or, where that has an error, the first without one."""
    same = keys.drop_nulls("whole").filter(pl.len().over("split", "whole") > 1).sort("faulty", "row")
    kept = same.with_columns(other=pl.col("row").first().over("split", "whole"))
    return _found(kept.filter(pl.col("row") != pl.col("other")), pl.lit(1.0))


def leaks(keys: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Rows whose user's words are also in a later split, with the nearest row there."""
    asks = keys.drop_nulls("ask").group_by("split", "ask").agg(other=pl.col("row").min())
    if asks["split"].n_unique() < 2:
        return pl.DataFrame(schema=FOUND)
    equal = asks.select("split", "ask", to="ask", jaccard=pl.lit(1.0))
    ways = _ways(pairs, keys)
    near = asks.select("split", "ask").join(ways, on="ask")
    both = pl.concat([equal, near.select(equal.columns)])
    across = both.join(asks.rename({"split": "after"}), left_on="to", right_on="ask").filter(
        pl.col("split") < pl.col("after")
    )
    best = across.sort("jaccard", "after", "other", descending=[True, True, False]).unique(
        ["split", "ask"], keep="first"
    )
    return _found(keys.join(best.select("split", "ask", "other", "jaccard"), on=["split", "ask"]), pl.col("jaccard"))


def conflicts(keys: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Equal words under one system prompt with different answers; near ones if short and answered with labels.

    Near ones are not the same question where their numbers or signs differ: 2 + 2, 2 + 3.
    """
    answered = keys.drop_nulls(["frame", "answer"])
    same = answered.filter(pl.col("answer").n_unique().over("frame") > 1).sort("row")
    first = pl.col("answer").first().over("frame")
    another = pl.col("row").filter(pl.col("answer") != pl.col("answer").first()).first().over("frame")
    other = pl.when(pl.col("answer") == first).then(another).otherwise(pl.col("row").first().over("frame"))
    equal = _found(same.with_columns(other=other), pl.lit(1.0))
    labelled = keys.filter(pl.col("asked_characters") <= SHORT).select("row", "label", "others", "numbers")
    ways = _both_ways(pairs).join(labelled, on="row").join(labelled, left_on="other", right_on="row", suffix="_other")
    ways = ways.filter(pl.col("label") != pl.col("label_other"), pl.col("others").eq_missing(pl.col("others_other")))
    ways = ways.filter(pl.col("numbers").eq_missing(pl.col("numbers_other")))
    near = ways.sort("row", "jaccard", "other", descending=[False, True, False]).unique("row", keep="first")
    near = near.join(equal, on="row", how="anti")
    return pl.concat([equal, _found(near, pl.col("jaccard"))])


def contradictions(keys: pl.DataFrame) -> pl.DataFrame:
    """Preferences whose chosen answer another row of the same prompt rejects, each with the first such row."""
    sides = keys.filter(pl.col("chosen").is_not_null() | pl.col("refused").is_not_null()).drop_nulls("frame")
    good = sides.drop_nulls("chosen").select("row", "frame", "chosen")
    bad = sides.drop_nulls("refused").select("frame", other="row", chosen="refused")
    both = good.join(bad, on=["frame", "chosen"]).filter(pl.col("row") != pl.col("other"))
    ways = pl.concat([both.select("row", "other"), both.select(row="other", other="row")])
    first = ways.sort("row", "other").unique("row", keep="first", maintain_order=True)
    return _found(first, pl.lit(1.0))


def near_duplicates(
    keys: pl.DataFrame, pairs: pl.DataFrame, copies: pl.DataFrame, more_severe: pl.DataFrame
) -> pl.DataFrame:
    """Rows whose user's words are near an earlier row's in the same split.

    Left out are duplicates (`copies`) and rows with a more severe finding (`more_severe`).
    """
    asks = keys.drop_nulls("ask").join(copies, on="row", how="anti").sort("row")
    firsts = asks.group_by("split", "ask").agg(other=pl.col("row").first())
    again = asks.join(firsts, on=["split", "ask"]).filter(pl.col("row") != pl.col("other"))
    near = firsts.rename({"other": "row"}).join(_ways(pairs, keys), on="ask")
    near = near.join(firsts, left_on=["split", "to"], right_on=["split", "ask"]).filter(pl.col("other") < pl.col("row"))
    near = near.sort("jaccard", "other", descending=[True, False]).unique("row", keep="first")
    both = pl.concat([_found(again, pl.lit(1.0)), _found(near, pl.col("jaccard"))])
    return both.join(more_severe, on="row", how="anti")


def _found(frame: pl.DataFrame, jaccard: pl.Expr) -> pl.DataFrame:
    return frame.select("row", "other", jaccard.alias("jaccard")).cast(FOUND).sort("row")


def _both_ways(pairs: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([pairs.select(row=one, other=two, jaccard="jaccard") for one, two in (("a", "b"), ("b", "a"))])


def _ways(pairs: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """The pairs, both ways, by the user's words instead of their rows: ask, to, jaccard."""
    asks = keys.select("row", "ask")
    ways = _both_ways(pairs).join(asks, on="row").join(asks, left_on="other", right_on="row", suffix="_other")
    return ways.select("ask", "jaccard", to="ask_other")
