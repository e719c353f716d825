"""The rule that every quote of an answer is in its excerpt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import orjson
import polars as pl

from curation.base.rows import reject
from curation.base.text import squeeze


@dataclass(frozen=True)
class Grounded:
    """Adds `grounded`: whether every line of the answer is in the user's turn, up to whitespace; rejects others.

    JSON arrays are checked string by string. Rows with `found` false quote nothing and pass.
    """

    answers: str

    across_rows: ClassVar[bool] = False
    reasons: ClassVar[tuple[str, ...]] = ("ungrounded",)

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        excerpt, answer = (pl.col("messages").list.get(i).struct.field("content") for i in (-2, -1))
        quoted = rows.select("row", "found", excerpt=squeeze(excerpt), answer=answer).filter(pl.col("found"))
        split = pl.col("answer").str.split("\n")
        if self.answers == "json":
            split = pl.col("answer").map_elements(_strings, pl.List(pl.String))
        lines = quoted.with_columns(line=split).explode("line").with_columns(line=squeeze(pl.col("line")))
        quoted_exactly = pl.col("excerpt").str.contains(pl.col("line"), literal=True)
        loose = lines.filter(~quoted_exactly.fill_null(False)).select("row", "line").collect()
        loose = loose.group_by("row").agg(line=pl.col("line").sort().first())
        judged = rows.join(loose.lazy(), on="row", how="left", maintain_order="left")
        grounded = pl.col("line").is_null().alias("grounded")
        detail = pl.format("not in the excerpt: {}", pl.col("line").str.slice(0, 80))
        return judged.with_columns(grounded, *reject(pl.col("line").is_not_null(), "ungrounded", detail)).drop("line")


def _strings(answer: str) -> list[str]:
    """The strings of a JSON array; for an answer that is not one, a text that no excerpt contains."""
    try:
        read = orjson.loads(answer)
    except orjson.JSONDecodeError:
        read = None
    if isinstance(read, list) and read and all(isinstance(text, str) for text in read):
        return read
    return [f"(expected a JSON array of strings) {answer}"]
