"""Near-duplicates of long texts, exactly: every pair above the thresholds is found, and no other.

A set-similarity join over word 5-grams. Grams in one text only cannot match and are dropped; the rest is
multiplied out and counted: Jaccard = both / (a + b - both), containment = both / min(a, b). No bands, no
sampling, no cap on common grams, so recall and precision are 1 (up to collisions of 64-bit hashes).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from curation.base.columns import column
from curation.stages.near.word_sets import word_hashes

_NO_PAIRS = pl.DataFrame(
    schema={"a": pl.UInt32(), "b": pl.UInt32(), "jaccard": pl.Float64(), "containment": pl.Float64()}
)
_BLOCK_PAIRS = 16_000_000
_WEIGHT = 0x9E3779B97F4A7C15  # odd, so that no word is lost


@dataclass(frozen=True)
class Shingles:
    """Pairs of rows with Jaccard >= `jaccard` or containment >= `containment` over word 5-grams of `column`."""

    column: str
    jaccard: float = 0.3
    containment: float = 0.5

    def __call__(self, rows: pl.LazyFrame) -> pl.DataFrame:
        """Pairs a < b of `row` (uint32), jaccard and containment (float64), sorted. Below 5 words there are no pairs.

        Texts and shared grams make a sparse matrix; its product with its transpose counts what each two have in
        common. It is taken in blocks of rows: memory holds the pairs of one block and those above the thresholds.
        """
        from scipy.sparse import csr_array

        every = grams(rows, self.column)
        spread = every.lazy().group_by("gram").agg(lo=pl.col("row").min(), hi=pl.col("row").max())
        shared = spread.filter(pl.col("lo") < pl.col("hi")).select("gram").with_row_index("g").collect()
        sizes = every.group_by("row").agg(size=pl.col("gram").n_unique().cast(pl.Int64)).sort("row").with_row_index("d")
        cells = every.join(shared, on="gram").join(sizes, on="row").select("d", "g").unique()
        ones = np.ones(len(cells), dtype=np.int32)
        matrix = csr_array((ones, (cells["d"].to_numpy(), cells["g"].to_numpy())), shape=(len(sizes), len(shared)))
        size, block = sizes["size"].to_numpy(), max(1, _BLOCK_PAIRS // max(1, len(sizes)))
        found = []
        for start in range(0, len(sizes), block):
            counts = (matrix[start : start + block] @ matrix.T).tocoo()
            a, b, both = counts.coords[0] + start, counts.coords[1], counts.data
            upper = a < b
            a, b, both = a[upper], b[upper], both[upper]
            similar = both / (size[a] + size[b] - both)
            contained = both / np.minimum(size[a], size[b])
            near = (similar >= self.jaccard) | (contained >= self.containment)
            found.append(
                pl.DataFrame({"a": a[near], "b": b[near], "jaccard": similar[near], "containment": contained[near]})
            )
        pairs = pl.concat([_NO_PAIRS, *(frame.cast(_NO_PAIRS.schema) for frame in found)])
        row = sizes["row"]
        return pairs.with_columns(a=row.gather(pairs["a"]), b=row.gather(pairs["b"])).sort("a", "b")


def grams(rows: pl.LazyFrame, name: str, n: int = 5) -> pl.DataFrame:
    """Word n-grams of a column as hashes: row (uint32), gram (uint64). A text of fewer than n words has none."""
    return grams_of(word_hashes(rows, column(name)), n)


def grams_of(words: pl.DataFrame, n: int) -> pl.DataFrame:
    """The same of words in their order: row (uint32), word (uint64)."""
    each = (pl.col("word").shift(i) * pl.lit(pow(_WEIGHT, i, 1 << 64), pl.UInt64) for i in range(1, n))
    gram = sum(each, pl.col("word"))
    whole = pl.col("row") == pl.col("row").shift(n - 1)
    return words.select("row", gram=pl.when(whole).then(gram)).drop_nulls()
