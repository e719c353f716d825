"""Contracts to chat rows that quote clauses word for word: CUAD v1, or any SQuAD JSON.

A record is a contract; a row is one window of it, one clause type, and the passages of that type in the window,
or the answer that there is none. Contracts that are near one another share a split.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt

from curation import (
    About,
    ExactDuplicates,
    Families,
    Keep,
    Published,
    Recipe,
    Shingles,
    Split,
    UsageError,
    demos,
    figures,
    fold,
    load_tokenizer,
    readers,
    row_phases,
    squeeze,
    stages,
)

__all__ = ["ABOUT", "PUBLISHED", "demo", "recipe"]

demo = demos.write_legal

PUBLISHED = Published(
    repo="theatticusproject/cuad",
    file="CUAD_v1/CUAD_v1.json",
    called="CUAD v1",
    bytes=40_128_638,
    sha256="ed0b77d85bdf4014d7495800e8e4a70565b48ee6f8a2e5dca9cf8655dbf10eae",
)
ABOUT = About(
    title="Contract clauses, quoted word for word",
    licence="cc-by-4.0",
    attribution="CUAD v1 (Contract Understanding Atticus Dataset), The Atticus Project, CC BY 4.0, arXiv:2103.06268",
    languages=("en",),
    task="question-answering",
    citation="Hendrycks, Burns, Chen, Ball: CUAD: An Expert-Annotated NLP Dataset for Legal Contract Review, 2021, "
    "arXiv:2103.06268",
    limits=(
        "Rows without an answer are a drawn share of all windows: clauses are more frequent here than in a contract.",
        "What a contract means is a lawyer's to say; an answer here is a place in its text.",
    ),
    published={str(PUBLISHED.sha256): PUBLISHED.repo},
)
SYSTEM = "You find clauses in contracts. You quote the contract word for word and add nothing of your own."
REPLY = {
    "lines": f"Quote every passage of that type, one a line. If there is none, say: {stages.ABSENT['lines']}",
    "json": "Quote every passage of that type as a JSON array of strings, copied exactly. If there is none, say: []",
}


def ask(answers: stages.Answers) -> pl.Expr:
    """What the user says before the excerpt: the clause type and its description, or a question as it is."""
    if answers not in REPLY:
        raise UsageError(f"There is no form of answers {answers!r}", f"Expected {' or '.join(REPLY)}.")
    asked = pl.col("question")
    clause = asked.str.extract(r'related to "(.+?)"')
    detail = squeeze(asked.str.extract(r"(?s)Details:\s*(.*)$"))
    named = pl.format("Clause type: {}\nDescription: {}", clause, detail)
    return pl.concat_str(
        pl.coalesce(named, pl.format("Question: {}", squeeze(asked))),
        pl.lit(f"\n\n{REPLY[answers]}\n\nExcerpt of the contract:\n\n"),
    )


def recipe(
    source: Path,
    *,
    tokenizer: str = "builtin",
    template: str = "auto",
    max_tokens: PositiveInt = 2048,
    window: PositiveInt | None = None,
    overlap: NonNegativeInt = 256,
    negatives: NonNegativeFloat = 1.0,
    answers: stages.Answers = "lines",
    split: str = "80/10/10",
    seed: int = 7,
) -> Recipe:
    """A SQuAD JSON file, `source`, to rows that each quote one clause type from one excerpt.

    tokenizer: that of your model: a folder with tokenizer.json, a Hub id, or builtin for a small one
    template: the chat template: auto, own (the tokenizer's), llama3, llama2, zephyr, chatml, or a .jinja file
    max_tokens: the longest row, in tokens, once rendered
    window: the longest excerpt in a row, in tokens; half of max_tokens, at most 1,024, unless given
    overlap: tokens that neighbouring excerpts share; a quarter of the window at most
    negatives: rows without an answer for each row with one, per clause type
    answers: one passage a line, or a JSON array of the exact strings
    split: shares in percent, official (test_titles.json beside the source), or a JSON file of test titles
    seed: of which negatives are drawn and how groups are dealt
    """
    tokens = load_tokenizer(tokenizer, template)
    window = window or min(1024, max_tokens // 2)
    dealt = stages.split_from(split, source, by=("label", "found"), seed=seed)
    shares = dealt.shares if isinstance(dealt, Split) else None
    return Recipe(
        name="legal",
        about=ABOUT,
        sources=(source,),
        read=readers.read_squad,
        records={
            "checks": [
                Keep("empty", when=pl.col("context").str.strip_chars().str.len_chars() > 0, detail=pl.lit("no text")),
                Keep("no_questions", when=pl.col("questions").list.len() > 0, detail=pl.lit("nothing is asked of it")),
            ],
            # A copy is filed under a longer name, "... (1)": the one with the shorter name stays.
            "duplicates": [ExactDuplicates(fold(pl.col("context")), first=pl.col("id").str.len_chars())],
            "families": [Families(Shingles("context", jaccard=0.3, containment=0.5), together="title")],
            "tokens": [stages.Encode(tokens)],
        },
        shape=stages.Excerpts(
            tokens, SYSTEM, ask(answers), answers, window, min(overlap, window // 4), max_tokens, negatives, seed
        ),
        rows=row_phases(tokens, max_tokens, dealt, checks=[stages.Grounded(answers)]),
        tokenizer=tokens,
        meta=("record", "question", "label", "group", "source", "found", "start", "end", "spans", "tokens"),
        suites={
            "rows": ["common", "legal", "split"] if shares else ["common", "legal"],
            "figures": ["legal.figures", "split.figures"] if shares else ["legal.official.figures"],
        },
        figures=partial(figures.legal.figures, shares=shares),
        tables={"categories": figures.legal.categories},
        sections=[figures.legal.section],
        sentences=figures.legal.SENTENCES,
        warnings=figures.legal.WARNINGS,
    )
