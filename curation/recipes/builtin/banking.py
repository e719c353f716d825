"""Queries of bank customers to chat rows that answer them, or name their intent: Banking77.

A record is a query. The published test set stays the test set; what repeats it in the training file is rejected, by
name. Near-identical queries under two labels are listed, and queries that are near one another share a split.
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
    Published,
    Recipe,
    Turns,
    WordSets,
    demos,
    figures,
    load_tokenizer,
    readers,
    recipes,
    row_phases,
    stages,
    turns,
    words,
)

Similarity = Annotated[float, Field(gt=0, le=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
__all__ = ["ABOUT", "PUBLISHED", "demo", "recipe"]

demo = demos.write_banking

_WHERE = (
    "github.com/PolyAI-LDN/task-specific-datasets, commit 57ec275d8078af65b7731c2a98be812d844a6d6b, folder "
    "banking_data: put train.csv and test.csv into one folder"
)
PUBLISHED = (
    Published(
        repo="",
        file="train.csv",
        called="training file of Banking77",
        bytes=839_073,
        sha256="b06e26ac675513959a63135f11b94ea7786ed02da65db93a5650d8838cbc664b",
        elsewhere=_WHERE,
    ),
    Published(
        repo="",
        file="test.csv",
        called="test file of Banking77",
        bytes=239_961,
        sha256="d12d6e3bc4c3103966ae786dc435913c0c563dfa328f5a3646d0e62cfeeb474d",
        elsewhere=_WHERE,
    ),
)
ABOUT = About(
    title="Bank customers' queries, answered and sorted",
    licence="cc-by-4.0",
    attribution="Banking77, Casanueva et al., PolyAI, CC BY 4.0, arXiv:2003.04807; responses written for curate",
    languages=("en",),
    task="text-classification",
    citation="Casanueva, Temčinas, Gerz, Henderson, Vulić: Efficient Intent Detection with Dual Sentence Encoders, "
    "2020, arXiv:2003.04807",
    limits=(
        "The responses are one for each intent, written for this project; they know no bank's fees, dates or rules.",
        "Near-identical queries stand under two labels in the source; tables/conflicts.csv lists them.",
    ),
)
REPLIES = recipes.BANKING_REPLIES
HELPER = "You are the support assistant of a bank. You answer shortly and kindly, and invent nothing."
SORTER = "You sort the messages of bank customers. You answer with the name of the intent and nothing else."
QUERY, LABEL, IS_TEST = pl.col("text").str.strip_chars(), pl.col("category"), pl.col("file") == "test"
REPLY = LABEL.replace_strict(REPLIES, default=None, return_dtype=pl.String)
TASKS = {
    "reply": {"reply": turns(QUERY, REPLY, HELPER)},
    "intent": {"intent": turns(QUERY, LABEL, SORTER)},
    "both": {"reply": turns(QUERY, REPLY, HELPER), "intent": turns(QUERY, LABEL, SORTER)},
}


def recipe(
    source: Path,
    *,
    tokenizer: str = "builtin",
    template: str = "auto",
    task: Literal["reply", "intent", "both"] = "reply",
    max_tokens: PositiveInt = 512,
    near: Similarity = 0.8,
    conflicting: Literal["report", "reject"] = "report",
    validation: Share = 0.1,
    seed: int = 7,
) -> Recipe:
    """The folder `source` with train.csv and test.csv, to rows that answer a query or name its intent.

    tokenizer: that of your model: a folder with tokenizer.json, a Hub id, or builtin for a small one
    template: the chat template: auto, own (the tokenizer's), llama3, llama2, zephyr, chatml, or a .jinja file
    task: what the assistant says: a reply, the name of the intent, or both, in a row each
    max_tokens: the longest row, in tokens, once rendered
    near: the Jaccard similarity of word sets from which two queries are near
    conflicting: whether near-identical queries under two labels are only listed, or rejected from the training file too
    validation: share of the training file
    seed: of how groups are dealt
    """
    tokens = load_tokenizer(tokenizer, template)
    alike = WordSets(pl.col("text"), near)
    known = LABEL.is_in(list(REPLIES))
    return Recipe(
        name="banking",
        about=ABOUT,
        sources=(source / "train.csv", source / "test.csv"),
        read=partial(readers.read_table, columns=("text", "category")),
        records={
            "checks": [
                Keep("empty", when=QUERY.str.len_chars() > 0, detail=pl.lit("no text")),
                Keep("unknown_label", when=known if task != "intent" else LABEL.str.len_chars() > 0, detail=LABEL),
            ],
            "duplicates": [
                # The test set is kept as it was published. Under two labels a text is a conflict, not a duplicate.
                ExactDuplicates(pl.when(~IS_TEST).then(pl.format("{}\n{}", LABEL, words(QUERY)))),
            ],
            "published": [
                stages.Conflicts(alike, label="category", judge=~IS_TEST if conflicting == "reject" else None),
                stages.RejectNearTest(alike, test=IS_TEST),
            ],
            "families": [Families(alike)],
        },
        shape=Turns(TASKS[task], label=LABEL),
        rows=row_phases(
            tokens,
            max_tokens,
            stages.OfficialSplit(IS_TEST, ("label",), seed, "test.csv", validation, least=1),
            allow_duplicates=IS_TEST,
        ),
        tokenizer=tokens,
        meta=("record", "label", "task", "group", "source", "tokens"),
        suites={"rows": ["common", "split"], "figures": ["chat.figures", "labels.figures"]},
        figures=figures.banking.figures,
        tables={"conflicts": figures.banking.conflicts},
    )
