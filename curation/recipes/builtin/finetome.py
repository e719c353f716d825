"""Open chat to chat rows: FineTome, or any ShareGPT or messages file (JSON, JSONL, Parquet).

A record is a conversation of one turn or many. Where it came from and what it was scored stay in its meta.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

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
    as_: Literal["", "sft"] = "",
    split: str = "given",
    limit: str = "",
    seed: int = 7,
) -> Recipe:
    """Conversations of any form, `source` (a JSON, JSONL, Parquet or Arrow file, or a folder of them), to rows.

    tokenizer: that of your model: a folder with tokenizer.json, a Hub id, or builtin for a small one
    template: the chat template: auto, own (the tokenizer's), llama3, llama2, zephyr, chatml, or a .jinja file
    max_tokens: the longest row, in tokens, once rendered
    min_score: conversations that the source scored lower, or not at all, are rejected
    languages: the ones to keep, by code: en,de; all if empty
    sample: so many conversations, drawn by seed
    near: the Jaccard similarity of the user's words from which conversations share a split
    as_: sft takes of preferences the answer that was chosen; without it they are rejected
    split: given keeps the splits that files, folders or keys name, else deals 80/10/10; shares in percent deal anew
    limit: rows of each split at most: train=4000,validation=300,test=300
    seed: of which conversations are drawn and how groups are dealt
    """
    tokens = load_tokenizer(tokenizer, template)
    scored = [Keep("low_score", pl.col("score") >= min_score, pl.col("score"))] if min_score is not None else []
    kept = tuple(filter(None, languages.replace(" ", "").split(",")))
    files, alike = readers.expand([source]), WordSets(spoken("user"), near)
    deal = Split(("label",), seed, stages.shares_from("80/10/10" if split == "given" else split))
    held_out = pl.col("given").replace_strict({"test": 0, "validation": 1}, default=2)
    return Recipe(
        name="finetome",
        about=ABOUT,
        sources=tuple(file.path for file in files),
        read=partial(readers.read_chat, splits=tuple(file.split for file in files), preferences=as_ == "sft"),
        records={
            "checks": [conversation_rules(), *scored],
            **({"language": [Language(spoken(), kept)]} if kept else {}),
            "duplicates": [ExactDuplicates(fold(spoken()), first=held_out)],
            **({"given": [stages.RejectLeaks(alike)]} if split == "given" else {}),
            **({"sample": [Limit({"": sample}, seed, reason="not_sampled")]} if sample is not None else {}),
            "families": [Families(alike)],
        },
        shape=Turns({"chat": pl.col("messages")}, label=pl.col("origin").fill_null("unknown")),
        rows=row_phases(
            tokens,
            max_tokens,
            stages.GivenSplit(deal) if split == "given" else deal,
            Limit(stages.limits_from(limit), seed, "split"),
        ),
        tokenizer=tokens,
        meta=("record", "label", "group", "source", "origin", "score", "tokens", "more"),
        suites={"rows": ["common", "split"], "figures": ["chat.figures"]},
        figures=partial(figures.chat.figures, shares=deal.shares if not limit else None),
        tables={"languages": figures.chat.languages} if kept else {},
    )
