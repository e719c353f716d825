"""What a build of conversations must prove, and which languages its records are in."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from curation.figures import common
from curation.ledger.observation import Observation
from curation.schemas.manifest import Figure


def figures(seen: Observation, shares: Sequence[float] | None) -> dict[str, Figure]:
    """The figures of the closing table and of the suites chat.figures and, with `shares`, split.figures.

    Splits that the source gives have the shares that they have, and the groups: those that stand in two are counted
    under a name of their own.
    """
    given = common.gives_splits(seen)
    found = common.figures(seen, None if given else shares)
    if given:
        found |= {"groups_in_two_splits": None, "groups_in_two_given_splits": found["groups_in_two_splits"]}
    return {
        **found,
        **common.families(seen),
        "texts_in_two_splits": common.texts_in_two_splits(seen),
    }


def languages(seen: Observation) -> pl.DataFrame:
    """language, records, kept: of every record that was looked at, the commonest first."""
    found = seen.build.files.added("records", "language").select("id", "language", "reason")
    counts = found.group_by("language").agg(records=pl.len(), kept=pl.col("reason").is_null().sum())
    return counts.sort("records", "language", descending=[True, False]).collect()
