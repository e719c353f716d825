"""The two definitions everything stands on: a row, and a stage.

A record is what a source holds (a contract, a query, a conversation); a row is one training conversation made
from it. Both are frames with an `id`, a `source` (file and position) and a verdict that only stages write:
`reason` (null, or why it was rejected, an id of curation.rules.catalogue or of the recipe), `detail` (the value that
decided) and `other` (the id of the record or row that it repeats or conflicts with, if any). Inside a phase there is
also `row`, the position in the file that started the level (uint32): "the first one" always means by `row`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

Stage = Callable[[pl.LazyFrame], pl.LazyFrame]
"""The same rows come out, some of them now rejected, or with a column more. No stage drops a row.

A stage may say two things of itself as attributes: `across_rows` (bool; whether what it does to a row depends on
others, true where it does not say) and `reasons` (tuple of str; what it rejects for).
"""

PLAIN = ("role", "content", "rest")
"""The fields of a turn that nearly all have, and the one that no template writes."""
VERDICT = {"reason": pl.String(), "detail": pl.String(), "other": pl.String()}
MESSAGE = pl.Struct(
    {
        "role": pl.String(),
        "content": pl.String(),
        "reasoning": pl.String(),
        "tool_calls": pl.String(),
        "tool_call_id": pl.String(),
        "name": pl.String(),
        "weight": pl.Int8(),
        "rest": pl.String(),
    }
)
"""A turn. Null but for role and content in nearly all: what was thought before the content, the calls of tools as
JSON (a list of {"type": "function", "function": {"name", "arguments"}}), the call that a tool's turn answers, who
speaks, 0 for an answer that is shown and not learned (1 says what holds without it), and the other keys as JSON."""
MESSAGES = pl.List(MESSAGE)
BESIDE = {"tools": pl.String(), "chat_template_kwargs": pl.String()}
"""What a row may have beside its turns that its template writes, as JSON: the tools that can be called, options."""


SIDES = {"prompt_turns": pl.UInt32(), "rejected": MESSAGES, "wanted": pl.Boolean()}
"""Of a preference, null for any other row: how many of its messages are the prompt, the others being the chosen answer;
the turns that stand in the place of that; or, of an answer that stands alone, whether it is one to learn."""


def message(role: str, content: pl.Expr) -> pl.Expr:
    """One element of `messages` with a role and a content; a list of such is cast to MESSAGES."""
    return pl.struct(role=pl.lit(role), content=content)


def has_more(messages: str = "messages") -> pl.Expr:
    """Whether a turn of a row has more than a role and a content that a template may write, or a weight."""
    more = [pl.element().struct.field(name).is_not_null() for name in MESSAGE.to_schema() if name not in PLAIN]
    return pl.col(messages).list.eval(pl.any_horizontal(more)).list.any().fill_null(False)


def spoken(*roles: str) -> pl.Expr:
    """What stands in `messages`, turn after turn, as one text: the contents of `roles`, or all words of every turn.

    The words of a turn are its content, what was thought before it, its calls of tools and its name.
    """
    if roles:
        said = pl.element().filter(pl.element().struct.field("role").is_in(roles)).struct.field("content")
    else:
        said = words_of_turn()
    return pl.col("messages").list.eval(said).list.join("\n")


def words_of_turn() -> pl.Expr:
    """All words of an element of `messages`."""
    fields = [pl.element().struct.field(name) for name in ("content", "reasoning", "tool_calls", "name")]
    return pl.concat_str(fields, separator="\n", ignore_nulls=True)


def no_verdict() -> list[pl.Expr]:
    """The verdict columns, empty."""
    return [pl.lit(None, dtype).alias(name) for name, dtype in VERDICT.items()]


def reject(when: pl.Expr, reason: str, detail: pl.Expr, other: pl.Expr | None = None) -> list[pl.Expr]:
    """Columns that reject the rows where `when` is true and that no earlier rule has rejected.

    `other`: the id of the record or row that a rejected one repeats or conflicts with.
    """
    rejected = pl.col("reason").is_null() & when.fill_null(False)
    values = {"reason": pl.lit(reason), "detail": detail.cast(pl.String).fill_null("null"), "other": other}
    return [
        pl.when(rejected).then(value).otherwise(name).alias(name) for name, value in values.items() if value is not None
    ]


def across_rows(stage: object) -> bool:
    """Whether what `stage` does to a row may depend on other rows."""
    return bool(getattr(stage, "across_rows", True))


def reasons_of(stage: object) -> tuple[str, ...]:
    """What `stage` says that it rejects for; nothing where it does not say."""
    return tuple(getattr(stage, "reasons", ()))


@dataclass(frozen=True, eq=False)
class Keep:
    """Keep the rows where `when` is true; every other row, null included, is rejected as `reason`.

    `detail` is the value that decided, `other` the id that a rejected row repeats, if any. `meaning` says the rule in a
    sentence, for a reason that the catalogue does not know (curation.rules.catalogue). `repr(keep)` is its line in the
    manifest.
    """

    reason: str
    when: pl.Expr
    detail: pl.Expr
    meaning: str = ""
    other: pl.Expr | None = None

    across_rows: ClassVar[bool] = False

    @property
    def reasons(self) -> tuple[str, ...]:
        """What it rejects for."""
        return (self.reason,)

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.with_columns(reject(~self.when.fill_null(False), self.reason, self.detail, self.other))

    def __repr__(self) -> str:
        return f"Keep({self.reason!r}, when={self.when})"
