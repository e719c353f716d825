"""Finished builds to records: their rows as they stand in the JSONL, with split, group and token count."""

from __future__ import annotations

from collections.abc import Mapping
from glob import escape

import polars as pl

from curation.base.errors import UsageError
from curation.base.rows import BESIDE, MESSAGES
from curation.ledger.build import Build
from curation.ledger.lines import lines
from curation.schemas.manifest import SPLITS
from curation.schemas.template import TEMPLATES, TemplateContract
from curation.tokens import Tokenizer, load_tokenizer

_PLAIN = pl.List(pl.Struct({"role": pl.String(), "content": pl.String()}))
_LINE = {"messages": _PLAIN, "id": pl.String(), "meta": pl.Struct({"group": pl.String(), "tokens": pl.UInt32()})}


def one_contract(parts: Mapping[str, Build]) -> TemplateContract:
    """The template contract of all of them. UsageError where two differ, or a part is not in the form `messages`."""
    (first, build), *others = parts.items()
    mine = build.manifest.contract
    for name, other in others:
        theirs = other.manifest.contract
        for what in ("tokenizer", "template"):
            if getattr(mine, f"{what}_sha256") != getattr(theirs, f"{what}_sha256"):
                raise UsageError(
                    f"{first} was built with the {what} {getattr(mine, what)!r}, {name} with {getattr(theirs, what)!r}",
                    f"Build both with one --{what}: a row of the other would be counted wrongly.",
                )
    for name, part in parts.items():
        if part.manifest.form != "messages" or not {"group", "tokens"} <= set(part.manifest.meta):
            raise UsageError(
                f"The lines of {name} are not messages with group and tokens in their meta",
                "Build it again with --format messages and such a meta.",
            )
    return mine


def lines_of_part(part: Build) -> pl.LazyFrame:
    """The rows of one build, in order: messages, id, group, tokens, split, number (of the line, from 1).

    Where some rows have more keys, also tools and chat_template_kwargs.
    """
    if part.manifest.keys:
        meta = pl.col("line").str.json_decode(pl.Struct({"meta": _LINE["meta"]})).struct.field("meta")
        number = pl.int_range(1, pl.len() + 1).over("split").cast(pl.UInt32).alias("number")
        return lines(part).with_columns(meta.alias("meta"), number).unnest("meta").drop("line")
    frames = [
        pl.scan_ndjson(
            escape(str(part.file(f"{split}.jsonl"))), schema=_LINE, row_index_name="number", row_index_offset=1
        )
        .unnest("meta")
        .with_columns(pl.col("messages").cast(MESSAGES), split=pl.lit(split))
        for split in SPLITS
        if part.manifest.splits[split].rows
    ]
    return pl.concat(frames)


def rows_of_parts(parts: Mapping[str, Build]) -> pl.LazyFrame:
    """Records of all `parts` (builds by name), in order: id, source, messages, group, tokens, split, part.

    Ids and groups begin with the part's name.
    """
    return pl.concat(
        [
            lines_of_part(part).select(
                pl.format(f"{name}/{{}}", "id").alias("id"),
                pl.format(f"{name}/{{}}.jsonl#line {{}}", "split", "number").alias("source"),
                "messages",
                pl.selectors.by_name(*BESIDE, require_all=False),
                pl.format(f"{name}/{{}}", "group").alias("group"),
                "tokens",
                "split",
                part=pl.lit(name),
            )
            for name, part in parts.items()
        ],
        how="diagonal",
    )


def tokenizer_of(parts: Mapping[str, Build], name: str = "") -> Tokenizer:
    """The tokenizer that all `parts` were counted with; `name` is its folder, where the manifest does not say it.

    UsageError where the parts differ, or `name` is another tokenizer.
    """
    contract = one_contract(parts)
    known = (TEMPLATES / f"{contract.template}.jinja").is_file()
    template = contract.template if known else str(next(iter(parts.values())).file("chat_template.jinja"))
    tokens = load_tokenizer(name or contract.tokenizer, template)
    if tokens.contract.tokenizer_sha256 != contract.tokenizer_sha256:
        raise UsageError(
            f"The tokenizer {name or contract.tokenizer!r} is not the one that the parts were built with",
            "Give its folder with --tokenizer.",
        )
    return tokens
