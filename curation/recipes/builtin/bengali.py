"""Counselling in Bengali to chat rows: Bengali Empathetic Conversations, or any such CSV.

A record is a line of the table. The system turn names the topic, the user says title and question. A row keeps its
split when rows are added or a limit changes.
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
    Turns,
    WordSets,
    demos,
    figures,
    fold,
    load_tokenizer,
    readers,
    row_phases,
    squeeze,
    stages,
    turns,
)

Similarity = Annotated[float, Field(gt=0, le=1)]
__all__ = ["ABOUT", "PUBLISHED", "demo", "recipe"]

demo = demos.write_bengali

PUBLISHED = Published(
    repo="",
    file="BengaliEmpatheticConversationsCorpus .csv",  # with a space, as published
    called="Bengali Empathetic Conversations",
    blob="65f6f61ed1e491c28e4d16e5a2e5724bb2237252",
    elsewhere="Kaggle, by that name (an account is needed): download it there; it has 38,233 rows",
)
ABOUT = About(
    title="Counselling in Bengali",
    licence="unknown",
    attribution="Bengali Empathetic Conversations; its licence is not stated, ask before you publish",
    languages=("bn",),
    task="text-generation",
    limits=(
        "Counsel in it is no help for a person in need, and nobody who treats people has checked it here.",
        "Whoever wrote the source is not established here, so there is nothing to cite.",
    ),
)
COLUMNS = ("Topics", "Question-Title", "Questions", "Answers")
TOPIC, TITLE, QUESTION, ANSWER = (pl.col(name).fill_null("").str.strip_chars() for name in COLUMNS)
LISTENER = "আপনি একজন সহানুভূতিশীল পরামর্শদাতা। মন দিয়ে শুনুন, দোষ দেবেন না, আর বাংলায় উত্তর দিন।"  # a counsellor who listens
SYSTEM = (
    pl.when(TOPIC != "").then(pl.format("{} বিষয়: {}।", pl.lit(LISTENER), squeeze(TOPIC))).otherwise(pl.lit(LISTENER))
)
ASKED = pl.when(TITLE != "").then(pl.format("{}\n\n{}", TITLE, QUESTION)).otherwise(QUESTION)
FIRST = Keep(
    "near_duplicate",
    when=pl.col("group") == pl.col("id"),
    detail=pl.format("near {}", "group"),
    other=pl.col("group"),
)
LONGEST = 5_000  # characters of a question or an answer


def recipe(
    source: Path,
    *,
    tokenizer: str = "builtin",
    template: str = "auto",
    max_tokens: PositiveInt = 8192,
    near: Similarity = 0.8,
    repeated: Literal["keep", "reject"] = "keep",
    unknown: Literal["keep", "reject"] = "reject",
    split: str = "80/10/10",
    limit: str = "",
    seed: int = 7,
) -> Recipe:
    """A CSV file, `source`, with the columns Topics, Question-Title, Questions and Answers, to rows.

    tokenizer: that of your model: a folder with tokenizer.json, a Hub id, or builtin for a small one
    template: the chat template: auto, own (the tokenizer's), llama3, llama2, zephyr, chatml, or a .jinja file
    max_tokens: the longest row, in tokens, once rendered
    near: the Jaccard similarity of word sets from which two questions share a split
    repeated: whether near-duplicate questions are kept beside the first, or rejected
    unknown: what becomes of texts too short to tell their language
    split: shares of train, validation and test, in percent
    limit: rows of each split at most: train=4000,validation=300,test=300
    seed: of how groups are dealt and which rows a limit keeps
    """
    tokens = load_tokenizer(tokenizer, template)
    longest = pl.max_horizontal(QUESTION.str.len_chars(), ANSWER.str.len_chars())
    return Recipe(
        name="bengali",
        about=ABOUT,
        sources=(source,),
        read=partial(readers.read_table, columns=COLUMNS),
        records={
            "checks": [
                Keep("no_question", when=QUESTION.str.len_chars() > 0, detail=pl.lit("the question is empty")),
                Keep("no_answer", when=ANSWER.str.len_chars() > 0, detail=pl.lit("the answer is empty")),
                Keep("too_short", when=QUESTION.str.len_chars() >= 10, detail=QUESTION),
                Keep("too_short", when=ANSWER.str.len_chars() >= 20, detail=ANSWER),
                Keep(
                    "too_many_characters",
                    when=longest <= LONGEST,
                    detail=pl.format(f"{{}} characters, the limit is {LONGEST}", longest),
                ),
            ],
            "language": [
                Language(QUESTION, ("bn",), unknown, column="question_language"),
                Language(ANSWER, ("bn",), unknown),
            ],
            "duplicates": [ExactDuplicates(fold(ASKED))],
            "families": [Families(WordSets(ASKED, near))],
            **({"near": [FIRST]} if repeated == "reject" else {}),
        },
        shape=Turns({"answer": turns(ASKED, ANSWER, SYSTEM)}, label=TOPIC),
        rows=row_phases(
            tokens,
            max_tokens,
            stages.FixedSplit(seed, stages.shares_from(split)),
            Limit(stages.limits_from(limit), seed, "split"),
        ),
        tokenizer=tokens,
        meta=("record", "label", "group", "source", "language", "tokens"),
        suites={"rows": ["common", "split"], "figures": ["chat.figures"]},
        figures=partial(figures.chat.figures, shares=None),
        tables={"languages": figures.chat.languages},
    )
