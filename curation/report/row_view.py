"""A row as the model will see it: rendered by the build's own template, in pieces of template and content."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from os.path import isfile
from pathlib import Path
from typing import Any, Literal

import orjson
import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace: hashes that no version of Polars changes)

from curation.base.errors import BuildError, UsageError, nearest
from curation.base.files import hashed
from curation.base.rows import BESIDE, PLAIN
from curation.ledger.build import Build
from curation.ledger.lines import collect, lines
from curation.ledger.lookup import find
from curation.schemas.manifest import SPLITS
from curation.schemas.template import BUILTIN
from curation.tokens import Template, Tokenizer, load_tokenizer
from curation.tokens.template import learned

Spans = list[tuple[int, int]]
_LOOKS_LIKE_ONE = r"<\|\w+\|>|\[/?INST\]|<</?SYS>>"


@dataclass(frozen=True)
class Piece:
    """A run of the rendered row: a literal of the template, special tokens included, or a part of a turn's content."""

    text: str
    kind: Literal["template", "content"]
    trained: bool
    """Whether it carries loss."""


@dataclass(frozen=True)
class RowView:
    """One row. As JSON: an object with these fields; `pieces` is a list of {text, kind, trained}.

    The texts of the pieces, joined, are the rendered row, character by character. Where a template changes the
    contents that it is given, nobody can say where they stand: all pieces are of the kind `content` then.
    """

    id: str
    asked: str
    """What was asked for: the id, or the part of it that was given."""
    split: str | None
    """Null for a rejected row."""
    rejected: str | None
    """The reason and the value that decided; null for a row of the dataset."""
    source: str | None
    label: str | None
    tokens: int | None
    """Of the whole row. This, trained_tokens and limit are null where a build was cleaned, or a row fell before."""
    trained_tokens: int | None
    limit: int | None
    """Tokens that a row may have."""
    meta: dict[str, Any]
    pieces: tuple[Piece, ...]
    edges: tuple[int, ...] | None = None
    """Where the tokens begin, and where the last one ends, in characters; null where no tokenizer is at hand."""

    @property
    def text(self) -> str:
        """The rendered row, character by character."""
        return "".join(piece.text for piece in self.pieces)


def view(build: Build, id: str, tokenizer: Tokenizer | None = None) -> RowView:
    """The row `id`, kept or rejected, from the phases; or from the JSONL, where the phases were removed.

    `id` may be a part of one (curation.ledger.lookup). BuildError where `tokenizer` counts other tokens than the build.
    """
    name = find(build, id, ("rows",))
    row = _traced(build, name) if build.has_phases else _line(build, name)
    pieces = _pieces(template(build), row)
    spare = row.get("spare_tokens")
    seen = RowView(
        id=name,
        asked=id,
        split=row.get("split") if not row["reason"] else None,
        rejected=f"{row['reason']}: {row['detail']}" if row["reason"] else None,
        source=build.manifest.place(row.get("source")),
        label=None if row.get("label") is None else str(row["label"]),
        tokens=row.get("tokens"),
        trained_tokens=row.get("trained_tokens"),
        limit=None if spare is None else row["tokens"] + spare,
        meta={key: row[key] for key in build.manifest.meta if key in row},
        pieces=pieces,
    )
    return seen if tokenizer is None else _with_edges(seen, tokenizer)


def drawn(build: Build, split: str, n: int, seed: int) -> list[str]:
    """The ids of `n` rows of `split`, drawn by `seed`: the same ones whatever else the build holds."""
    if split not in SPLITS:
        raise UsageError(f"There is no split {split!r}.{nearest(split, list(SPLITS))}", f"Known: {', '.join(SPLITS)}.")
    rows = (build.kept() if build.has_phases else lines(build)).filter(pl.col("split") == split)
    draw = pl.format(f"{seed}|{{}}", "id").nchash.xxh3_64()  # type: ignore[attr-defined]
    ids = collect(rows.select("id", draw=draw), build).sort("draw", "id").head(n)["id"].to_list()
    if not ids:
        raise UsageError(f"The split {split} of {build.folder.name} holds no row", "Give another --split.")
    return ids


def template(build: Build) -> Template:
    """The chat template that the build counted with."""
    file = build.file("chat_template.jinja")
    contract = build.manifest.contract
    found = Template(contract.template, file.read_bytes().decode("utf8", "replace"), contract.specials)
    if found.sha256 != contract.template_sha256:
        raise BuildError(f"{file} has changed since it was built", "Build again, or take the file from a backup.")
    return found


def tokenizer(build: Build, name: str | None) -> Tokenizer | None:
    """The tokenizer `name`, if it is the one that the build was made with; UsageError if it is not.

    Without a name, the one of this package, where the build was made with that; else none.
    """
    contract = build.manifest.contract
    wanted = name or (contract.tokenizer if contract.tokenizer == "builtin" else None)
    if wanted is None:
        return None
    file = (BUILTIN if wanted == "builtin" else Path(wanted)) / "tokenizer.json"
    found = hashed(file, wanted).sha256 if isfile(file) else contract.tokenizer_sha256
    if found == contract.tokenizer_sha256:
        loaded = load_tokenizer(wanted, str(build.file("chat_template.jinja")))
        found = loaded.contract.tokenizer_sha256
        if found == contract.tokenizer_sha256:
            return loaded
    if name is None:
        return None
    raise UsageError(
        f"The tokenizer {name!r} (sha256 {found[:12]}) is not the one that {build.folder.name} was built with: "
        f"{contract.tokenizer!r} ({contract.tokenizer_sha256[:12]})",
        "Give that one, or leave --tokenizer out.",
    )


def control(build: Build, tokenizer: Tokenizer | None) -> re.Pattern[str]:
    """The strings of the template that are, or look like, control tokens."""
    known = tokenizer.control if tokenizer else tuple(build.manifest.contract.specials.values())
    return re.compile("|".join([*map(re.escape, sorted(known, key=len, reverse=True)), _LOOKS_LIKE_ONE]))


def _traced(build: Build, id: str) -> dict[str, Any]:
    row = {key: value for step in build.steps("rows", id) for key, value in step.items()}
    if not row["messages"]:
        raise UsageError(
            f"The row {id!r} has no messages: {row['reason']}, {row['detail']}", "curate explain tells its story."
        )
    return row


def _line(build: Build, id: str) -> dict[str, Any]:
    if build.manifest.form == "text":
        raise BuildError(
            f"The lines of {build.folder} are rendered texts and its phases were removed, so what is trained of a row "
            "is not known",
            "Build it again with curate build.",
        )
    (found,) = collect(lines(build).filter(pl.col("id") == id), build).to_dicts()
    meta = orjson.loads(found["line"])["meta"]
    return {**meta, **found, "reason": None}


def _pieces(template: Template, row: Mapping[str, Any]) -> tuple[Piece, ...]:
    text, trained, contents_at = _rendered(template, row)
    edges = sorted({0, len(text), *(edge for span in (*trained, *contents_at) for edge in span)})
    return tuple(
        Piece(text[a:b], "content" if _within(contents_at, a, b) else "template", _within(trained, a, b))
        for a, b in pairwise(edges)
    )


def _rendered(template: Template, row: Mapping[str, Any]) -> tuple[str, Spans, Spans]:
    """The text, what of it is trained, and where contents stand in it."""
    turns = row["messages"]
    rich = any(turn.get(name) is not None for turn in turns for name in turn if name not in PLAIN)
    if not rich and not any(row.get(name) for name in BESIDE):
        contents = [turn["content"] or "" for turn in turns]
        (text, trained), starts = template.fill(tuple(turn["role"] or "" for turn in turns), contents)
        return text, trained, [(at, at + len(contents[i].strip())) for i, at in starts.items()] or [(0, len(text))]
    text, trained = learned(template, row)
    places, at = [], 0
    for turn in turns:
        for words in filter(None, ((turn.get("reasoning") or "").strip(), (turn["content"] or "").strip())):
            found = text.find(words, at)
            if found >= 0:
                at = found + len(words)
                places.append((found, at))
    return text, trained, places


def _within(spans: Sequence[tuple[int, int]], a: int, b: int) -> bool:
    return any(start <= a and b <= end for start, end in spans)


def _with_edges(seen: RowView, tokenizer: Tokenizer) -> RowView:
    (encoded,) = tokenizer.encode([seen.text])
    if seen.tokens is not None and len(encoded.ids) != seen.tokens:
        raise BuildError(
            f"The row {seen.id!r} has {len(encoded.ids):,} tokens, the build counted {seen.tokens:,}",
            "Was the package or the tokenizer changed since? Build again.",
        )
    return replace(seen, edges=tuple(map(int, encoded.edges)))
