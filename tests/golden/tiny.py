"""Nine short facts to chat rows: the smallest recipe that uses every part of the runner."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from curation.base.rows import MESSAGES, Keep, message
from curation.base.text import fold
from curation.rules.stage import conversation_rules
from curation.runner.recipe import Recipe
from curation.schemas.manifest import About
from curation.stages.duplicates import ExactDuplicates, conversation
from curation.stages.split import Split
from curation.stages.tokens import Count, Fits, trainable
from curation.tokens import load_tokenizer

ABOUT = About(title="Facts", licence="cc0-1.0", attribution="Nobody", languages=("en",), task="text-generation")
TEXTS = (
    "Tin melts at 232 degrees.",
    "A fathom is six feet.",
    "",
    "The moon has no rain.",
    "a fathom is  six feet.",
    "Ink was made of oak galls.",
    "A page once said <|eot_id|> and stopped.",
    "Salt is mined near Cheshire.",
    "Owls cannot turn their eyes.",
)


def read(paths: Sequence[Path]) -> pl.LazyFrame:
    """One record a text: id, source, text."""
    ids = [f"fact {i}" for i in range(len(TEXTS))]
    return pl.LazyFrame({"id": ids, "source": [f"facts[{i}]" for i in range(len(TEXTS))], "text": TEXTS})


def grouped(records: pl.LazyFrame) -> pl.LazyFrame:
    """Every record is a group of its own."""
    return records.with_columns(group=pl.col("id"))


def shape(records: pl.LazyFrame) -> pl.LazyFrame:
    """One row a record: the text is asked for and said."""
    asked = message("user", pl.format("Tell me {}.", "id"))
    messages = pl.concat_list(asked, message("assistant", pl.col("text"))).cast(MESSAGES)
    return records.select(
        pl.format("{}: told", "id").alias("id"),
        "source",
        "group",
        record=pl.col("id"),
        label=pl.lit("fact"),
        messages=messages,
    )


def recipe(source: Path, *, max_tokens: int = 256) -> Recipe:
    """Nine rows.

    max_tokens: the longest row, in tokens
    """
    tokens = load_tokenizer("builtin")
    return Recipe(
        name="tiny",
        about=ABOUT,
        sources=(),
        read=read,
        records={
            "checks": [Keep("empty", when=pl.col("text").str.len_chars() > 0, detail=pl.lit("no text"))],
            "duplicates": [ExactDuplicates(fold(pl.col("text")))],
            "families": [grouped],
        },
        shape=shape,
        rows={
            "checks": [conversation_rules(tokens.control)],
            "duplicates": [ExactDuplicates(conversation(), reason="duplicate_row")],
            "tokens": [Count(tokens), Fits(max_tokens), trainable()],
            "split": [Split(("label",), 7, (0.5, 0.25, 0.25))],
        },
        tokenizer=tokens,
        meta=("record", "label", "group", "source", "tokens"),
        suites={"rows": ["common"]},
    )
