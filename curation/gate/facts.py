"""The facts frame: what is true of each row, in numbers and booleans. No text of the corpus is in it."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace)

from curation.base.columns import column
from curation.ledger.observation import Observation
from curation.schemas.manifest import Figure

_HASHED = ("id", "group")
_KEYS = ("split", "label")


def facts(seen: Observation) -> pl.DataFrame:
    """One line a kept row: id and group (hashes), split, label, and every number and boolean of `seen.rows`."""
    schema = seen.rows.schema.items()
    plain = [name for name, dtype in schema if dtype == pl.Boolean or (dtype.is_numeric() and name not in _NONE)]
    hashed = [pl.col(name).nchash.xxh3_64() for name in _HASHED]  # type: ignore[attr-defined]
    return seen.rows.select(*hashed, *_KEYS, *(column(name) for name in plain if name not in _KEYS))


_NONE = ("row", "asked", "answer")  # a place and hashes: no number that an expectation could be about


def figures_frame(figures: Mapping[str, Figure]) -> pl.DataFrame:
    """One row of the figures; one that is null is a missing number."""
    frame = pl.DataFrame([figures])
    return frame.with_columns(pl.col(pl.Null).cast(pl.Float64))
