"""Two builds compared: which rows came, went, changed or moved, and what else is not the same.

Works from the JSONL and the manifests, so a build without its phases will do. What is held in memory of a row are
hashes: 55 bytes, whatever its texts.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace)

from curation.ledger.build import Build
from curation.ledger.forms import rendered
from curation.ledger.lines import collect, lines
from curation.report.manifest_diff import Pairs, differing
from curation.report.row_view import template
from curation.schemas.manifest import SPLITS
from curation.stages.duplicates import conversation

_SAME_ANYWAY = {"tokenizer", "template"}  # names, for people: the hashes decide
_BEFORE, _AFTER = 30, 60  # characters shown before and after the place where two texts begin to differ


@dataclass(frozen=True)
class Example:
    """A row by its id; the split that it is in, null where it is not there."""

    id: str
    a: str | None
    b: str | None
    text_a: str = ""
    """Of a row with other messages or meta: the part where the two begin to differ, in A and in B."""
    text_b: str = ""


@dataclass(frozen=True)
class Rows:
    """How many rows, and the first of them."""

    count: int
    first: tuple[Example, ...]


@dataclass(frozen=True)
class Difference:
    """As JSON: an object with these fields, and `same`."""

    a: str
    b: str
    rows: tuple[int, int]
    added: Rows
    removed: Rows
    changed: Rows
    """The same id, other messages."""
    relabelled: Rows
    """The same id and messages, other meta. Lines of two forms are not compared in this."""
    moved: Rows
    """The same id in another split."""
    moves: tuple[tuple[str, str, int], ...]
    """From, to, and how many rows."""
    contract: Pairs
    """Tokenizer, template and special tokens."""
    splits: Pairs
    """Rows, groups and tokens of each split."""
    reasons: Pairs
    """How many were rejected, by reason."""
    sources: Pairs
    options: Pairs
    """What the recipe was called with, the recipe itself, and the form of the lines."""
    stages: Pairs
    """The stages of a phase."""
    versions: Pairs
    figures: Pairs

    @property
    def same(self) -> bool:
        """Whether the data are: the rows, in which split each is, and the contract. Nothing else counts."""
        parts = (self.added, self.removed, self.changed, self.relabelled, self.moved)
        return not any(part.count for part in parts) and self.contract.keys() <= _SAME_ANYWAY

    def json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {"same": self.same, **asdict(self)}


def compare(a: Build, b: Build, limit: int = 10) -> Difference:
    """What is not the same in `a` and `b`; of each kind of difference between rows the first `limit` rows."""
    old, new = _hashed(a, b), _hashed(b, a)
    both = old.join(new, on="key", how="full", coalesce=True, suffix="_b").sort("n_b", "n", nulls_last=True)
    here, there = pl.col("n").is_not_null(), pl.col("n_b").is_not_null()
    other = pl.col("text") != pl.col("text_b")
    kinds = {
        "added": ~here,
        "removed": ~there,
        "changed": here & there & other,
        "relabelled": here & there & ~other & (pl.col("line") != pl.col("line_b")),
        "moved": here & there & (pl.col("split") != pl.col("split_b")),
    }
    found = {kind: both.filter(which) for kind, which in kinds.items()}
    moves = found["moved"].group_by("split", "split_b").len().sort("split", "split_b")
    few = {kind: rows.head(limit)["key"] for kind, rows in found.items()}
    examples = _examples(a, b, pl.concat(list(few.values())))
    rows = {kind: Rows(len(found[kind]), tuple(examples[key] for key in few[kind])) for kind in kinds}
    differing_parts = differing(a, b)
    return Difference(
        a=str(a.folder),
        b=str(b.folder),
        rows=(len(old), len(new)),
        added=rows["added"],
        removed=rows["removed"],
        changed=rows["changed"],
        relabelled=rows["relabelled"],
        moved=rows["moved"],
        moves=tuple((str(x), str(y), int(n)) for x, y, n in moves.iter_rows()),
        contract=differing_parts["contract"],
        splits=differing_parts["splits"],
        reasons=differing_parts["reasons"],
        sources=differing_parts["sources"],
        options=differing_parts["options"],
        stages=differing_parts["stages"],
        versions=differing_parts["versions"],
        figures=differing_parts["figures"],
    )


def _hashed(build: Build, other: Build) -> pl.DataFrame:
    """A line a row: key (of the id), text (of what it says), line (null where the forms differ), split, n."""
    same_form = build.manifest.form == other.manifest.form
    line = _hash(pl.col("line")) if same_form else pl.lit(None, pl.UInt128)
    rows = lines(build).select(
        _hash(pl.col("id")).alias("key"),
        _hash(_text(build, other)).alias("text"),
        line.alias("line"),
        pl.col("split").cast(pl.Enum(SPLITS)),
    )
    return collect(rows, build).with_row_index("n")


def _text(build: Build, other: Build) -> pl.Expr:
    """All that a row says, as one text; where one of the builds holds rendered texts, the rendered text."""
    if build.manifest.form == "text":
        return pl.col("text")
    if other.manifest.form == "text":
        return rendered(template(build))
    return conversation()


def _hash(text: pl.Expr) -> pl.Expr:
    hashed: pl.Expr = text.nchash.xxh3_128()  # type: ignore[attr-defined]
    return hashed


def _examples(a: Build, b: Build, keys: pl.Series) -> dict[int, Example]:
    """The rows with these keys, by key."""
    few = keys.unique().alias("key").to_frame().lazy()
    sides: list[dict[int, dict[str, str]]] = []
    for build, other in ((a, b), (b, a)):
        rows = lines(build).select("split", "id", "line", text=_text(build, other), key=_hash(pl.col("id")))
        named = collect(rows.join(few, on="key", how="semi"), build)
        sides.append({row.pop("key"): row for row in named.to_dicts()})
    same_form = a.manifest.form == b.manifest.form
    return {key: _example(sides[0].get(key), sides[1].get(key), same_form) for key in sides[0] | sides[1]}


def _example(a: dict[str, str] | None, b: dict[str, str] | None, same_form: bool) -> Example:
    if a is None or b is None:
        return Example((a or b or {})["id"], a["split"] if a else None, b["split"] if b else None)
    what = "text" if a["text"] != b["text"] or not same_form else "line"
    if a[what] == b[what]:
        return Example(a["id"], a["split"], b["split"])
    at = first_difference(a[what], b[what])
    text = (side[what][max(0, at - _BEFORE) : at + _AFTER] for side in (a, b))
    return Example(a["id"], a["split"], b["split"], *text)


def first_difference(a: str, b: str) -> int:
    """The place of the first character in which they differ, or where the shorter ends."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
