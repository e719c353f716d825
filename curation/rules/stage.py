"""The rules of the catalogue as a stage: what every recipe does with its conversations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from curation.base.rows import reject
from curation.rules.catalogue import RULES
from curation.rules.texts import Controls
from curation.rules.turns import for_messages

_REJECTING = tuple(rule for rule in RULES if rule.rejects)
_FOUND = "found_{}"


@dataclass(frozen=True)
class ConversationRules:
    """Rejects a row whose `messages` break a rule of the catalogue, for the first one that they break."""

    control: tuple[str, ...] = ()
    """Strings that the tokenizer or the template would read as control tokens."""
    bos: tuple[str, ...] = ()
    """Those that are a BOS."""
    writes: frozenset[str] | None = None
    """What of tools the chat template writes; null where it is not known yet, and nothing is rejected for it."""

    across_rows: ClassVar[bool] = False
    reasons: ClassVar[tuple[str, ...]] = tuple(rule.id for rule in _REJECTING)

    def __repr__(self) -> str:
        return f"ConversationRules({', '.join(self.reasons)}; {len(self.control)} control strings)"

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        given = for_messages(Controls(self.control, self.bos, adds_bos=bool(self.bos)), self.writes)
        names = {rule.id: _FOUND.format(rule.id) for rule in _REJECTING}
        rows = rows.with_columns(reject(pl.col("messages").is_null(), "bad_alternation", pl.lit("null")))
        judged = rows.with_columns(rule.find(given).alias(names[rule.id]) for rule in _REJECTING if rule.find)
        for id, name in names.items():
            judged = judged.with_columns(reject(pl.col(name).is_not_null(), id, pl.col(name)))
        return judged.drop(names.values())


def conversation_rules(
    control: Sequence[str] = (), bos: Sequence[str] = (), writes: Collection[str] | None = None
) -> ConversationRules:
    """The stage that rejects turns out of order, empty turns, control strings, and tool turns that are not written."""
    return ConversationRules(tuple(control), tuple(bos), None if writes is None else frozenset(writes))
