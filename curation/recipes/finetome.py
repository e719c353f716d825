"""Open chat to chat rows: FineTome, or any ShareGPT or messages file (JSON, JSONL, Parquet).

A record is a conversation of one turn or many. Where it came from and what it was scored stay in its meta.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl
from pydantic import PositiveInt

from curation.build import Recipe
from curation.chat import Keep, spoken
from curation.demo.finetome import write as demo
from curation.readers.chat import chat
from curation.readers.published import Published
from curation.recipes.chat_figures import figures, language_table
from curation.recipes.phases import row_phases
from curation.stages.checks import turn_rules
from curation.stages.duplicates import ExactDuplicates
from curation.stages.language import Language
from curation.stages.neardup import Families
from curation.stages.sample import Limit, limits_from
from curation.stages.split import Split, shares_from
from curation.stages.turns import Turns
from curation.stages.wordsets import WordSets
from curation.text import fold
from curation.tokens import load
from schemas.manifest import About

__all__ = ["ABOUT", "PUBLISHED", "demo", "recipe"]

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
    max_tokens: int = 2048,
    min_score: float | None = None,
    languages: str = "",
    sample: PositiveInt | None = None,
    near: float = 0.8,
    split: str = "80/10/10",
    limit: str = "",
    seed: int = 7,
) -> Recipe:
    """`min_score`: conversations scored lower, or not at all, are rejected. `languages`: en,de say; all if empty.

    `sample`: so many conversations, drawn by `seed`. `near`: user's words with this Jaccard similarity share a split.
    """
    tokens = load(tokenizer, template)
    scored = [Keep("low_score", pl.col("score") >= min_score, pl.col("score"))] if min_score is not None else []
    kept = tuple(filter(None, languages.replace(" ", "").split(",")))
    return Recipe(
        name="finetome",
        about=ABOUT,
        sources=(source,),
        read=chat,
        records={
            "checks": [*turn_rules(), *scored],
            **({"language": [Language(spoken(), kept)]} if kept else {}),
            "duplicates": [ExactDuplicates(fold(spoken()))],
            **({"sample": [Limit({"": sample}, seed, reason="not_sampled")]} if sample is not None else {}),
            "families": [Families(WordSets(spoken("user"), near))],
        },
        shape=Turns({"chat": pl.col("messages")}, label=pl.col("origin").fill_null("unknown")),
        rows=row_phases(
            tokens, max_tokens, Split(("label",), seed, shares_from(split)), Limit(limits_from(limit), seed, "split")
        ),
        tokenizer=tokens,
        meta=("record", "label", "group", "source", "origin", "score", "tokens"),
        suites={"rows": ["common", "split"], "figures": ["chat.figures"]},
        figures=partial(figures, shares=shares_from(split) if not limit else None),
        tables={"languages": language_table} if kept else {},
    )
