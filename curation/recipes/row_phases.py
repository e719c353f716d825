"""What every recipe does with its rows: check the turns, count the tokens, deal the splits."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from curation.base.rows import Stage
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
) -> Phases:
    """Phases over rows with `messages`, `group` and `label`.

    `split`: how it is dealt, if the rows do not know. `checks`: a recipe's own. `allow_duplicates`: rows that may
    repeat others.
    """
    text = conversation() if allow_duplicates is None else pl.when(~allow_duplicates).then(conversation())
    bos = tuple(filter(None, [tokens.template.specials.get("bos_token")]))
    return {
        "checks": [conversation_rules(tokens.control, bos, tokens.template.writes), *checks],
        "duplicates": [ExactDuplicates(text, reason="duplicate_row")],
        "tokens": [Count(tokens), Fits(max_tokens), trainable()],
        **({"split": list(split)} if split else {}),
    }
