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
FILES = ({paths},)  # files, or folders of them
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
    split: str = "given",
{options}    seed: int = 7,
) -> Recipe:
    """The files above, or `source`, to rows.

    tokenizer: that of your model: a folder with tokenizer.json, a Hub id, or builtin for a small one
    template: the chat template: auto, own (the tokenizer's), llama3, llama2, zephyr, chatml, or a .jinja file
    max_tokens: the longest row, in tokens, once rendered
    split: given keeps the splits that files, folders or keys name, else deals 80/10/10; shares in percent deal anew
{explained}    seed: of how groups are dealt
    """
    tokens, files = load_tokenizer(tokenizer, template), readers.expand([source] if source else FILES)
    alike = WordSets({near}, jaccard=0.8)
    deal = Split(("label",), seed, stages.shares_from("80/10/10" if split == "given" else split))
    held_out = pl.col("given").replace_strict({{"test": 0, "validation": 1}}, default=2)  # whose copy stays
    return Recipe(
        name="{name}",
        about=ABOUT,
        sources=tuple(file.path for file in files),
        read={read},
        records={{
            "checks": [
{checks}
            ],
            "duplicates": [ExactDuplicates(fold({whole}), first=held_out)],
            **({{"given": [stages.RejectLeaks(alike)]}} if split == "given" else {{}}),  # what repeats a held-out row
            "families": [Families(alike{together})],  # near-duplicates share a split
        }},
        shape={shape},
        rows=row_phases(tokens, max_tokens, stages.GivenSplit(deal) if split == "given" else deal{sides}),
        tokenizer=tokens,
        meta=({meta}),
        suites={{"rows": ["common", "split"], "figures": ["chat.figures", "split.figures"]}},
        figures=partial(figures.chat.figures, shares=deal.shares),
    )
'''
IMPORTS = (
    *("About", "ExactDuplicates", "Families", "Recipe", "Split", "Turns", "WordSets", "figures", "fold"),
    *("load_tokenizer", "readers", "row_phases", "stages"),
)
