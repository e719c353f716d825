"""The page of a recipe that `curate init` writes, with holes for what differs."""

from __future__ import annotations

PAGE = '''"""{name}: chat rows from {files}.

Written by `curate init`, yours to change.
{seen}
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl

from curation import (
{imports})

HERE = Path(__file__).parent
FILES = ({paths},)
ABOUT = About(
    title="{name}",
    licence="unknown",  # as the Hub writes it: cc-by-4.0, apache-2.0, ...
    attribution="say here whose data these are",
    languages=("en",),
    task="text-generation",
)
{constants}

def recipe(
    source: Path | None = None,
    *,
    tokenizer: str = "builtin",
    template: str = "auto",
    max_tokens: int = 2048,
    split: str = "80/10/10",
    seed: int = 7,
) -> Recipe:
    """The files above, or `source`, to rows.

    tokenizer: that of your model: a folder with tokenizer.json, a Hub id, or builtin for a small one
    template: the chat template: auto, own (the tokenizer's), llama3, llama2, zephyr, chatml, or a .jinja file
    max_tokens: the longest row, in tokens, once rendered
    split: shares of train, validation and test, in percent
    seed: of how groups are dealt
    """
    tokens, shares = load_tokenizer(tokenizer, template), stages.shares_from(split)
    return Recipe(
        name="{name}",
        about=ABOUT,
        sources=(source,) if source else FILES,
        read={read},
        records={{
            "checks": [
{checks}
            ],
            "duplicates": [ExactDuplicates(fold({whole}))],
            "families": [Families(WordSets({near}, jaccard=0.8){together})],  # near-duplicates share a split
        }},
        shape={shape},
        rows=row_phases(tokens, max_tokens, Split(("label",), seed, shares)),
        tokenizer=tokens,
        meta=("record", "label", "group", "source", "tokens"),
        suites={{"rows": ["common", "split"], "figures": ["chat.figures", "split.figures"]}},
        figures=partial(figures.chat.figures, shares=shares),
    )
'''
IMPORTS = (
    *("About", "ExactDuplicates", "Families", "Recipe", "Split", "Turns", "WordSets", "figures", "fold"),
    *("load_tokenizer", "readers", "row_phases", "stages"),
)
