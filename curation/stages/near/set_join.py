"""Every pair of sets with Jaccard >= t, and no other: a set-similarity join by subsets of the rarest elements.

Two sets that share at least c elements share at least l among the |A| - c + l rarest of each (the prefix filter of
Chaudhuri, Ganti and Kaushik, A Primitive Operator for Similarity Joins, ICDE 2006, for l = 1). So each set is filed
under the l-subsets of its rarest elements, and only sets filed together are compared: more elements in a subset, more
subsets and fewer unrelated sets compared. l is chosen for each band of sizes
by its cost, estimated on a sample.
Candidates are first compared by a sketch of odd counts (two sets differ in at least as many elements as their
sketches in bits), then exactly. No sampling in the answer, no cap: recall and precision are 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Longs = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

_SIGNATURE_COST, _CANDIDATE_COST = 6.0, 1.0  # one sorted, one compared by sketch
_COMPARED = 1 << 20  # candidates at a time
_WIDEST = 32  # words of a sketch
_SUBSETS = 400  # of one set, at most, unless l = 1
_AT_ONCE = 1 << 24  # signatures held at a time
_SAMPLE = 1 << 20  # signatures by which the cost is estimated
_PAIRS: pl.Schema = pl.Schema({"a": pl.UInt32, "b": pl.UInt32, "both": pl.UInt32})


@dataclass(frozen=True, eq=False)
class Sets:
    """Set i holds `elements[starts[i] : starts[i + 1]]`, uint32, ascending: the rarest element is the smallest."""

    starts: Ints
    elements: npt.NDArray[np.uint32]

    @cached_property
    def sizes(self) -> Ints:
        """Elements of each set (int64)."""
        return np.diff(self.starts)

    @cached_property
    def of_size(self) -> dict[int, Ints]:
        """The sets of each size, ascending; empty sets are left out."""
        order = np.argsort(self.sizes, kind="stable")
        sizes, first = np.unique(self.sizes[order], return_index=True)
        ends = [*first[1:], len(order)]
        return {int(n): order[a:b] for n, a, b in zip(sizes, first, ends[: len(sizes)], strict=True) if n}

    def may_differ(self, jaccard: float) -> npt.NDArray[np.uint16]:
        """For the sizes of two sets together, how many elements at most may be in one of them alone, up to 2,048."""
        both = np.arange(2 * int(self.sizes.max(initial=0)) + 1)
        alone = both - 2 * np.ceil(jaccard / (1 + jaccard) * both - 1e-9)
        return np.asarray(alone.clip(0, 64 * _WIDEST), dtype=np.uint16)


class _Filed(NamedTuple):
    """Signatures of subsets, and the sets that have them."""

    signatures: Longs
    owners: npt.NDArray[np.uint32]


def similar(sets: Sets, jaccard: float, sides: Ints | None = None) -> pl.DataFrame:
    """Pairs a < b of distinct, non-empty sets with Jaccard >= `jaccard` (0 < jaccard <= 1): a, b, both (uint32).

    `sides`: for each set a number; only sets that differ in it are paired, or of which one is -1.
    """
    levels = _levels(sets, jaccard)
    sketches = _sketches(sets)
    found = [np.zeros(0, np.uint64)]
    parts = max(
        1, math.ceil(sum(_signature_count(n, len(own), levels, jaccard) for n, own in sets.of_size.items()) / _AT_ONCE)
    )
    for part in range(parts):
        filed = _file(sets, jaccard, levels, part, parts)
        candidates = [_near(sets, sketches, jaccard, a, b) for a, b in _candidates(filed, sides)]
        found.append(np.unique(np.concatenate([np.zeros(0, np.uint64), *candidates])))
    return _exact(sets, jaccard, np.unique(np.concatenate(found)))


def least_shared(size: int, jaccard: float) -> int:
    """Elements that a set of `size` shares at least with any set as similar as `jaccard`."""
    return max(1, math.ceil(jaccard * size - 1e-9))


def _levels(sets: Sets, jaccard: float) -> dict[int, int]:
    """For each size the number of elements in a subset: the cheapest for its band, a power of two of sizes."""
    chosen = {}
    sizes = list(sets.of_size)
    for band in sorted({size.bit_length() for size in sizes}):
        inside = [size for size in sizes if size.bit_length() == band]
        best, least = 1, math.inf
        for level in range(1, least_shared(inside[-1], jaccard) + 1):
            cost = _cost(sets, jaccard, {size: min(level, least_shared(size, jaccard)) for size in inside})
            if cost > 2 * least:
                break
            best, least = (level, cost) if cost < least else (best, least)
        chosen.update({size: min(best, least_shared(size, jaccard)) for size in inside})
    return chosen


def _cost(sets: Sets, jaccard: float, levels: dict[int, int]) -> float:
    """What filing and comparing the sets of these sizes would cost, estimated from a part of the signatures."""
    subsets = {size: math.comb(_prefix(size, level, jaccard), level) for size, level in levels.items()}
    if any(subsets[size] > _SUBSETS and level > 1 for size, level in levels.items()):
        return math.inf
    total = sum(len(sets.of_size[size]) * subsets[size] for size in levels)
    parts = max(1, total // _SAMPLE)
    signatures = np.sort(_file(sets, jaccard, levels, 0, parts, alone=True).signatures)
    edges = np.flatnonzero(np.diff(signatures, prepend=signatures[:1] ^ np.uint64(1), append=~signatures[-1:]))
    alike = np.diff(edges).astype(float)
    return total * _SIGNATURE_COST + float((alike * (alike - 1)).sum()) / 2 * parts * _CANDIDATE_COST


def _prefix(size: int, level: int, jaccard: float) -> int:
    return size - least_shared(size, jaccard) + level


def _filed_levels(size: int, levels: dict[int, int], jaccard: float) -> set[int]:
    """The levels at which a set is filed: its own, and those of the smaller sizes that it can be similar to."""
    return {levels[n] for n in range(least_shared(size, jaccard), size + 1) if n in levels}


def _signature_count(size: int, count: int, levels: dict[int, int], jaccard: float) -> int:
    return count * sum(math.comb(_prefix(size, lv, jaccard), lv) for lv in _filed_levels(size, levels, jaccard))


def _file(sets: Sets, jaccard: float, levels: dict[int, int], part: int, parts: int, alone: bool = False) -> _Filed:
    """The signatures that fall into one of `parts` equal ranges. `alone`: each size at its own level only."""
    low, high = (np.uint64(min((1 << 64) - 1, ((1 << 64) * i) // parts)) for i in (part, part + 1))
    signatures, owners = [np.zeros(0, np.uint64)], [np.zeros(0, np.uint32)]
    for size in levels:
        own = sets.of_size[size]
        for level in {levels[size]} if alone else _filed_levels(size, levels, jaccard):
            columns = sets.starts[own][None, :] + np.arange(_prefix(size, level, jaccard))[:, None]
            mixed = _mix(sets.elements[columns].astype(np.uint64) + np.uint64(level << 40))
            for subset in combinations(range(len(mixed)), level):
                made = _mix(mixed[list(subset)].sum(axis=0, dtype=np.uint64)) if level > 1 else mixed[subset[0]]
                inside = (made >= low) & (made < high) if parts > 1 else np.ones(len(own), dtype=bool)
                signatures.append(made[inside])
                owners.append(own[inside].astype(np.uint32))
    return _Filed(np.concatenate(signatures), np.concatenate(owners))


def _mix(values: Longs) -> Longs:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input moves half the bits out."""
    values = (values + np.uint64(0x9E3779B97F4A7C15)) & np.uint64(0xFFFFFFFFFFFFFFFF)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)), dtype=np.uint64)


def _candidates(filed: _Filed, sides: Ints | None) -> Iterator[tuple[Ints, Ints]]:
    """Every two sets with a signature in common, as (a, b) with a < b; once for each signature."""
    sorted_ = pl.DataFrame(filed._asdict()).sort("signatures", "owners")
    signatures, owners = sorted_["signatures"].to_numpy(), sorted_["owners"].to_numpy().astype(np.int64)
    last = np.flatnonzero(np.append(signatures[1:] != signatures[:-1], True)) if len(signatures) else np.zeros(0, int)
    ends = np.repeat(last, np.diff(last, prepend=-1))
    at, step = np.arange(len(owners)), 1
    while len(at := at[at + step <= ends[at]]):
        a, b = owners[at], owners[at + step]
        if sides is not None:
            apart = (sides[a] != sides[b]) | (sides[a] < 0)
            a, b = a[apart], b[apart]
        for start in range(0, len(a), _COMPARED):
            yield a[start : start + _COMPARED], b[start : start + _COMPARED]
        step += 1


def _sketches(sets: Sets) -> Longs:
    """A row of bits per set, 64 for each 24 elements of a large one: set where an odd number of elements falls."""
    full = np.flatnonzero(sets.sizes)
    large = int(np.quantile(sets.sizes[full], 0.99)) if len(full) else 0
    width = min(_WIDEST, 1 + large // 24)
    mixed = _mix(sets.elements.astype(np.uint64))
    bits, word = np.uint64(1) << (mixed & np.uint64(63)), (mixed >> np.uint64(6)) % np.uint64(width)
    sketches = np.zeros((len(sets.sizes), width), np.uint64)
    for column in range(width):
        own = np.where(word == column, bits, np.uint64(0))
        if len(full):
            sketches[full, column] = np.bitwise_xor.reduceat(own, sets.starts[full])
    return sketches


def _near(sets: Sets, sketches: Longs, jaccard: float, a: Ints, b: Ints) -> Longs:
    """The pairs that the sketches do not rule out, each as one number a << 32 | b."""
    may_differ, total = sets.may_differ(jaccard), np.zeros(len(a), np.uint16)
    for column in range(sketches.shape[1]):  # each word rules out more, and the next looks at fewer
        total = total + np.bitwise_count(sketches[a, column] ^ sketches[b, column])
        may = total <= may_differ[sets.sizes[a] + sets.sizes[b]]
        a, b, total = a[may], b[may], total[may]
    return np.asarray((a.astype(np.uint64) << np.uint64(32)) | b.astype(np.uint64), dtype=np.uint64)


def _exact(sets: Sets, jaccard: float, pairs: Longs) -> pl.DataFrame:
    """How many elements each two share, by merging their sorted elements; those below the threshold are dropped."""
    if not len(pairs):
        return pl.DataFrame(schema=_PAIRS)
    from scipy.sparse import csr_array

    ones = np.ones(len(sets.elements), dtype=np.int32)
    width = int(sets.elements.max(initial=0)) + 1
    matrix = csr_array((ones, sets.elements.astype(np.int64), sets.starts), shape=(len(sets.sizes), width))
    found = [pl.DataFrame(schema=_PAIRS)]
    step = max(1, _AT_ONCE // max(1, int(sets.sizes.max(initial=0))))
    for start in range(0, len(pairs), step):
        chunk = pairs[start : start + step]
        a, b = (chunk >> np.uint64(32)).astype(np.int64), (chunk & np.uint64(0xFFFFFFFF)).astype(np.int64)
        both = np.asarray(matrix[a].multiply(matrix[b]).sum(axis=1)).ravel()
        near = both >= jaccard * (sets.sizes[a] + sets.sizes[b] - both) - 1e-9
        found.append(pl.DataFrame({"a": a[near], "b": b[near], "both": both[near]}, schema_overrides=_PAIRS))
    return pl.concat(found)
