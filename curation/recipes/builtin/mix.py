"""Finished builds to one, by shares of tokens: --from legal=0.7,banking=0.2,finetome=0.1.

A record is a row of a part. It keeps its group and its split, a test row stays test; in every split the parts have the
shares that were asked for, as much as there is of the scarcest. Rows left over are in the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import Field

from curation import (
    About,
    Build,
    ExactDuplicates,
    Recipe,
    Turns,
    UsageError,
    WordSets,
    build,
    demos,
    figures,
    fold,
    ledger,
    recipes,
    row_phases,
    spoken,
    stages,
)

Similarity = Annotated[float, Field(gt=0, le=1)]
__all__ = ["demo", "recipe"]


def demo(folder: Path) -> Path:
    """The demos of banking and finetome, built into `folder`."""
    parts = (("banking", recipes.banking, demos.write_banking), ("finetome", recipes.finetome, demos.write_finetome))
    for name, recipe_of, write in parts:
        (folder / name).mkdir()
        build(recipe_of(write(folder / name)), folder / f"{name}-build")
    return folder


def recipe(
    source: Path = Path("datasets_out"),
    *,
    from_: str = "banking-build=0.3,finetome-build=0.7",
    tokenizer: str = "",
    near: Similarity = 0.8,
    seed: int = 7,
) -> Recipe:
    """The folder `source` with finished builds, to one dataset of their rows.

    A row keeps its group and its split. What the user says nearly as in another part's test row goes, and of the rest
    training rows near a validation row.

    from_: the builds and their shares of the tokens: legal=0.7,banking=0.3
    tokenizer: the folder of the tokenizer that the parts were built with, where their manifests name no Hub id
    near: the Jaccard similarity of the user's words from which rows of two parts are near
    seed: of which rows are drawn
    """
    shares = shares_of(from_)
    parts = {name: Build.open(source / name) for name in shares}
    tokens = ledger.tokenizer_of(parts, tokenizer)
    longest = max(ledger.lines_of_part(part).select(pl.col("tokens").max()).collect().item() for part in parts.values())
    rank = pl.col("split").replace_strict({"test": 0, "validation": 1, "train": 2})
    asked = WordSets(spoken("user"), near, across="part")  # each part's own build saw to itself
    return Recipe(
        name="mix",
        about=about(parts),
        sources=tuple(part.folder / f"{split}.jsonl" for part in parts.values() for split in part.splits),
        read=partial(read, parts=tuple(parts)),
        records={
            "duplicates": [ExactDuplicates(fold(spoken()), first=rank)],  # the copy in the test set stays
            "test": [stages.RejectNearTest(asked, test=pl.col("split") == "test")],
            "validation": [stages.RejectNearTest(asked, test=pl.col("split") == "validation")],
            "shares": [stages.TokenShares(shares, seed)],
        },
        shape=Turns({"mix": pl.col("messages")}, label=pl.col("part")),
        rows=row_phases(tokens, longest),
        tokenizer=tokens,
        meta=("record", "label", "group", "source", "tokens"),
        suites={"rows": ["common", "split"], "figures": ["mix.figures"]},
        figures=partial(figures.mix.figures, shares=shares),
    )


def read(paths: Sequence[Path], parts: tuple[str, ...]) -> pl.LazyFrame:
    """The rows of `parts`, whose files are `paths`: several of each, in one folder."""
    folders = dict.fromkeys(path.parent for path in paths)
    return ledger.rows_of_parts({name: Build.open(folder) for name, folder in zip(parts, folders, strict=True)})


def shares_of(words: str) -> dict[str, float]:
    """`legal=0.7,banking=0.3` as a mapping to shares that add up to 1."""
    shares: dict[str, float] = {}
    for word in words.split(","):
        name, _, share = word.strip().rpartition("=")
        if not name or not share.replace(".", "", 1).isdecimal() or not float(share) or name in shares:
            raise UsageError(
                f"--from {words}: {word!r} is not NAME=SHARE", "Expected each build once, e.g. legal=0.7,banking=0.3"
            )
        shares[name] = float(share)
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()}


def about(parts: dict[str, Build]) -> About:
    """Of all parts together: the licences and attributions of each."""
    abouts = [build.manifest.about for build in parts.values()]
    licences = sorted({one.licence for one in abouts})
    return About(
        title="A mix of " + ", ".join(parts),
        licence=licences[0] if len(licences) == 1 else "other",
        attribution="; ".join(
            f"{name} ({one.licence}): {one.attribution}" for name, one in zip(parts, abouts, strict=True)
        ),
        languages=tuple(sorted({language for one in abouts for language in one.languages})),
        task="text-generation",
        citation="; ".join(dict.fromkeys(one.citation for one in abouts if one.citation)),
        limits=tuple(dict.fromkeys(limit for one in abouts for limit in one.limits)),
    )
