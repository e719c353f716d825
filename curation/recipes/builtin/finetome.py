"""Open chat to chat rows: FineTome, or any ShareGPT or messages file (JSON, JSONL, Parquet).

A record is a conversation of one turn or many. Where it came from and what it was scored stay in its meta.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import Field, PositiveInt

from curation import (
    About,
    ExactDuplicates,
    Families,
    Keep,
    Language,
    Limit,
    Published,
    Recipe,
    Split,
    Turns,
    WordSets,
    conversation_rules,
    demos,
    figures,
    fold,
    load_tokenizer,
    readers,
    row_phases,
    spoken,
    stages,
)

Similarity = Annotated[float, Field(gt=0, le=1)]
__all__ = ["ABOUT", "PUBLISHED", "demo", "recipe"]

demo = demos.write_finetome

ABOUT = About(
    title="Open chat",
    licence="mit",
    attribution="FineTome-100k, Maxime Labonne, MIT; a subset of The Tome by Arcee AI",
    languages=("en",),
    task="text-generation",
    citation="Maxime Labonne: FineTome-100k, huggingface.co/datasets/mlabonne/FineTome-100k",
    limits=("Answers were written by language models; nobody checked them, and the scores are the source's own.",),
)
PUBLISHED = Published(
    repo="mlabonne/FineTome-100k", file="data/train-00000-of-00001.parquet", called="FineTome-100k"
)  # no hash of it is known here: what comes is written down


def recipe(
    source: Path,
    *,
    tokenizer: str = "builtin",
    template: str = "auto",
    max_tokens: PositiveInt = 2048,
    min_score: float | None = None,
    languages: str = "",
    sample: PositiveInt | None = None,
    near: Similarity = 0.8,
    split: str = "80/10/10",
    limit: str = "",
    seed: int = 7,
) -> Recipe:
    """A ShareGPT or messages file, `source` (JSON, JSONL or Parquet), to rows of one turn or many.

    tokenizer: that of your model: a folder with tokenizer.json, a Hub id, or builtin for a small one
    template: the chat template: auto, own (the tokenizer's), llama3, llama2, zephyr, chatml, or a .jinja file
    max_tokens: the longest row, in tokens, once rendered
    min_score: conversations that the source scored lower, or not at all, are rejected
    languages: the ones to keep, by code: en,de; all if empty
    sample: so many conversations, drawn by seed
    near: the Jaccard similarity of the user's words from which conversations share a split
    split: shares of train, validation and test, in percent
    limit: rows of each split at most: train=4000,validation=300,test=300
    seed: of which conversations are drawn and how groups are dealt
    """
    tokens = load_tokenizer(tokenizer, template)
    scored = [Keep("low_score", pl.col("score") >= min_score, pl.col("score"))] if min_score is not None else []
    kept = tuple(filter(None, languages.replace(" ", "").split(",")))
    return Recipe(
        name="finetome",
        about=ABOUT,
        sources=(source,),
        read=readers.read_chat,
        records={
            "checks": [conversation_rules(), *scored],
            **({"language": [Language(spoken(), kept)]} if kept else {}),
            "duplicates": [ExactDuplicates(fold(spoken()))],
            **({"sample": [Limit({"": sample}, seed, reason="not_sampled")]} if sample is not None else {}),
            "families": [Families(WordSets(spoken("user"), near))],
        },
        shape=Turns({"chat": pl.col("messages")}, label=pl.col("origin").fill_null("unknown")),
        rows=row_phases(
            tokens,
            max_tokens,
            Split(("label",), seed, stages.shares_from(split)),
            Limit(stages.limits_from(limit), seed, "split"),
        ),
        tokenizer=tokens,
        meta=("record", "label", "group", "source", "origin", "score", "tokens"),
        suites={"rows": ["common", "split"], "figures": ["chat.figures"]},
        figures=partial(figures.chat.figures, shares=stages.shares_from(split) if not limit else None),
        tables={"languages": figures.chat.languages} if kept else {},
    )
