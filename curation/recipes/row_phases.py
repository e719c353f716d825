"""What every recipe does with its rows: check the turns, count the tokens, deal the splits."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from curation.base.rows import Keep, Stage
from curation.rules.preferences import OnRejected, both_sides, preference_rules
from curation.rules.stage import conversation_rules
from curation.stages.duplicates import ExactDuplicates, conversation
from curation.stages.tokens import Count, Fits, trainable
from curation.tokens import Tokenizer

Phases = dict[str, list[Stage]]


def row_phases(
    tokens: Tokenizer,
    max_tokens: int,
    *split: Stage,
    checks: Sequence[Stage] = (),
    allow_duplicates: pl.Expr | None = None,
    sides: bool = False,
) -> Phases:
    """Phases over rows with `messages`, `group` and `label`.

    `split`: how it is dealt, if the rows do not know. `checks`: a recipe's own. `allow_duplicates`: rows that may
    repeat others. `sides`: rows are preferences (curation.base.rows.SIDES): both sides are checked and counted.
    """
    whole = both_sides() if sides else conversation()
    text = whole if allow_duplicates is None else pl.when(~allow_duplicates).then(whole)
    bos = tuple(filter(None, [tokens.template.specials.get("bos_token")]))
    rules = conversation_rules(tokens.control, bos, tokens.template.writes)
    other: list[Stage] = [OnRejected(rules), *preference_rules()] if sides else []
    return {
        "checks": [rules, *other, *checks],
        "duplicates": [ExactDuplicates(text, reason="duplicate_row")],
        "tokens": [Count(tokens), Fits(max_tokens), trainable(), *(_other_side(tokens, max_tokens) if sides else [])],
        **({"split": list(split)} if split else {}),
    }


def _other_side(tokens: Tokenizer, max_tokens: int) -> list[Stage]:
    """The rejected answer is counted as the chosen one is, and neither is cut."""
    spent = pl.col("rejected_tokens")
    detail = pl.format(f"{{}} tokens with the rejected answer, the limit is {max_tokens}", spent)
    fits = Keep("too_long", when=spent.fill_null(0) <= max_tokens, detail=detail)
    return [OnRejected(Count(tokens), adds=("tokens",)), fits]
