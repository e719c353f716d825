"""tokenized/: what training reads, assembled from the tokens that were counted; nothing is tokenized again."""

from __future__ import annotations

import numpy as np
import polars as pl

from curation.export import parquet
from curation.ledger.build import Build
from curation.schemas.manifest import SPLITS

IGNORED = -100
"""The label that carries no loss, as PyTorch's cross entropy skips it."""

_SCHEMA = {
    "id": pl.String(),
    "input_ids": pl.List(pl.Int32()),
    "assistant_masks": pl.List(pl.Int8()),
    "labels": pl.List(pl.Int32()),
}


def write(build: Build) -> None:
    """One Parquet file a split: id, input_ids (list[int32]), assistant_masks (list[int8]), labels (list[int32])."""
    folder = build.folder / "tokenized"
    folder.mkdir(exist_ok=True)
    rows = build.kept().select("split", "id", "input_ids", "trained")
    for split in SPLITS:
        chosen = rows.filter(pl.col("split") == split).drop("split")
        made = chosen.map_batches(_assemble, streamable=True, schema=_SCHEMA)
        parquet.write(made, folder / f"{split}.parquet")


def _assemble(rows: pl.DataFrame) -> pl.DataFrame:
    lengths = rows["input_ids"].list.len().to_numpy()
    starts = np.concatenate(([0], np.cumsum(lengths[:-1], dtype=np.int64))) if len(rows) else np.zeros(0, np.int64)
    ids = rows["input_ids"].list.explode(empty_as_null=False).to_numpy().astype(np.int32)
    mask = np.zeros(len(ids), dtype=np.int8)
    for start, spans in zip(starts, rows["trained"].to_list(), strict=True):
        for span in spans:
            mask[start + span["start"] : start + span["end"]] = 1
    flat = pl.DataFrame({"input_ids": ids, "assistant_masks": mask, "labels": np.where(mask == 1, ids, IGNORED)})
    owner = np.repeat(np.arange(len(rows)), lengths)
    lists = flat.with_columns(owner=owner).group_by("owner", maintain_order=True).all().drop("owner")
    return pl.concat([rows.select("id"), lists], how="horizontal").select(pl.col(n).cast(t) for n, t in _SCHEMA.items())
