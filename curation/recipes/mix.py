"""Finished builds to one, by shares of tokens: --from legal=0.7,banking=0.2,finetome=0.1.

A record is a row of a part. It keeps its group and its split, a test row stays test; in every split the parts have the
shares that were asked for, as much as there is of the scarcest. Rows left over are in the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import polars as pl

from curation.build import Recipe, build
from curation.chat import spoken
from curation.errors import UsageError
from curation.ledger import Build
from curation.readers.builds import lines, one_contract, rows_of
from curation.recipes.mix_figures import figures
from curation.recipes.phases import row_phases
from curation.stages.conflicts import HeldOut
from curation.stages.duplicates import ExactDuplicates
from curation.stages.shares import TokenShares
from curation.stages.turns import Turns
from curation.stages.wordsets import WordSets
from curation.text import fold
from curation.tokens import load
from schemas.manifest import SPLITS, About
from schemas.template import TEMPLATES

__all__ = ["demo", "recipe"]


def demo(folder: Path) -> Path:
    """The demos of banking and finetome, built into `folder`."""
    from curation.recipes import banking, finetome

    for name, one in (("banking", banking), ("finetome", finetome)):
        (folder / name).mkdir()
        build(one.recipe(one.demo(folder / name)), folder / f"{name}-build")
    return folder


def recipe(
    source: Path = Path("datasets_out"),
    *,
    from_: str = "banking-build=0.3,finetome-build=0.7",
    tokenizer: str = "",
    near: float = 0.8,
    seed: int = 7,
) -> Recipe:
    """`source`: where the builds are. `from_`: NAME=SHARE,... `tokenizer`: that of the parts, where it is a folder.

    `near`: Jaccard similarity of word sets. Rows whose user says nearly what the user of another part's test row says
    go; of the rest training rows near a validation row.
    """
    shares = shares_of(from_)
    parts = {name: Build.open(source / name) for name in shares}
    contract = one_contract(parts)
    known = (TEMPLATES / f"{contract.template}.jinja").is_file()
    template = contract.template if known else str(source / next(iter(parts)) / "chat_template.jinja")
    tokens = load(tokenizer or contract.tokenizer, template)
    if tokens.contract.tokenizer_sha256 != contract.tokenizer_sha256:
        raise UsageError(
            f"The tokenizer {tokenizer or contract.tokenizer!r} is not the one that the parts were built with",
            "Give its folder with --tokenizer.",
        )
    longest = max(lines(part.folder).select(pl.col("tokens").max()).collect().item() for part in parts.values())
    rank = pl.col("split").replace_strict({"test": 0, "validation": 1, "train": 2})
    asked = WordSets(spoken("user"), near, across="part")  # each part's own build saw to itself
    return Recipe(
        name="mix",
        about=about(parts),
        sources=tuple(part.folder / f"{split}.jsonl" for part in parts.values() for split in SPLITS),
        read=partial(read, parts=tuple(parts)),
        records={
            "duplicates": [ExactDuplicates(fold(spoken()), first=rank)],  # the copy in the test set stays
            "test": [HeldOut(asked, test=pl.col("split") == "test")],
            "validation": [HeldOut(asked, test=pl.col("split") == "validation")],
            "shares": [TokenShares(shares, seed)],
        },
        shape=Turns({"mix": pl.col("messages")}, label=pl.col("part")),
        rows=row_phases(tokens, longest),
        tokenizer=tokens,
        meta=("record", "label", "group", "source", "tokens"),
        suites={"rows": ["common", "split"], "figures": ["mix.figures"]},
        figures=partial(figures, shares=shares),
    )


def read(paths: Sequence[Path], parts: tuple[str, ...]) -> pl.LazyFrame:
    """The rows of `parts`, whose files are `paths`: one a split."""
    return rows_of(dict(zip(parts, (path.parent for path in paths[:: len(SPLITS)]), strict=True)))


def shares_of(words: str) -> dict[str, float]:
    """`legal=0.7,banking=0.3` as a mapping to shares that add up to 1."""
    shares: dict[str, float] = {}
    for word in words.split(","):
        name, _, share = word.strip().rpartition("=")
        if not name or not share.replace(".", "", 1).isdecimal() or not float(share) or name in shares:
            raise UsageError(
                f"--from {words}: {word!r} cannot be meant", "Expected NAME=SHARE, each once: legal=0.7,..."
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
