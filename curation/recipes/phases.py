"""What every recipe does with its rows: check the turns, count the tokens, deal the splits."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from curation.chat import Stage
from curation.stages.checks import no_control_token, no_empty_turn, roles
from curation.stages.duplicates import ExactDuplicates, conversation
from curation.tokens import Count, Fits, Tokenizer, trainable

Phases = dict[str, list[Stage]]


def row_phases(
    tokens: Tokenizer, max_tokens: int, *split: Stage, checks: Sequence[Stage] = (), spare: pl.Expr | None = None
) -> Phases:
    """Phases over rows with `messages`, `group` and `label`.

    `split`: how it is dealt, if the rows do not know. `checks`: a recipe's own. `spare`: rows that may repeat others.
    """
    said = conversation() if spare is None else pl.when(~spare).then(conversation())
    return {
        "checks": [roles(), no_empty_turn(), no_control_token(tokens.control), *checks],
        "duplicates": [ExactDuplicates(said, reason="duplicate_row")],
        "tokens": [Count(tokens), Fits(max_tokens), trainable()],
        **({"split": list(split)} if split else {}),
    }
