"""Facts about the set-similarity join: however it goes about it, it finds what comparing all sets would find."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.stages.near import set_join as setjoin
from curation.stages.near.set_join import Sets, least_shared, similar

Family = list[frozenset[int]]
Found = list[tuple[int, int, int]]

THRESHOLDS = ["0.3", "1/3", "0.5", "0.6", "2/3", "0.75", "0.8", "0.9", "0.95", "1.0"]
VOCABULARIES = [3, 6, 20, 60, 400, 5000]


def packed(family: Family) -> Sets:
    starts = np.cumsum([0, *map(len, family)], dtype=np.int64)
    return Sets(starts, np.array([element for one in family for element in sorted(one)], dtype=np.uint32))


def every_pair(family: Family, jaccard: str) -> Found:
    """The same pairs, by comparing every two sets, in fractions."""
    sized = [(one, len(one)) for one in family]
    pairs = []
    for (a, (one, m)), (b, (two, n)) in combinations(enumerate(sized), 2):
        both = len(one & two)
        if both and both >= Fraction(jaccard) * (m + n - both):
            pairs.append((a, b, both))
    return pairs


def found_pairs(family: Family, jaccard: str) -> Found:
    found = similar(packed(family), float(Fraction(jaccard)))
    assert found.schema == {"a": pl.UInt32, "b": pl.UInt32, "both": pl.UInt32}
    return found.rows()


def a_family(seed: int, vocabulary: int, count: int = 160, longest: int = 60) -> Family:
    """Distinct sets of 1 to `longest` elements, half of them another one with a few elements gone, new or both."""
    random = Random(seed)
    made: dict[frozenset[int], None] = {}
    for _ in range(count):
        one = frozenset(random.choices(range(vocabulary), k=random.randint(1, longest)))
        if made and random.random() < 0.5:
            kin = random.choice(list(made))
            fewer = random.sample(sorted(kin), max(0, len(kin) - random.randint(0, 3)))
            one = frozenset([*fewer, *random.choices(range(vocabulary), k=random.randint(0, 3))])
        if 1 <= len(one) <= longest:
            made[one] = None
    return list(made)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
@pytest.mark.parametrize("jaccard", THRESHOLDS)
def test_the_join_finds_every_pair_and_no_other(vocabulary: int, jaccard: str) -> None:
    """For sets of all sizes over few words or many, the pairs and what they share are those of comparing all."""
    for seed in range(2):
        family = a_family(seed, vocabulary)
        expected = every_pair(family, jaccard)
        assert found_pairs(family, jaccard) == expected
        if Fraction(jaccard) <= Fraction("0.8"):
            assert expected or vocabulary == 3, "the family proves nothing"


@settings(deadline=None, max_examples=150)
@given(st.sets(st.frozensets(st.integers(0, 12), max_size=9), max_size=25), st.sampled_from(THRESHOLDS))
def test_any_small_family(family: set[frozenset[int]], jaccard: str) -> None:
    """Whatever the sets are, the empty one among them, the join equals comparing all."""
    listed = sorted(family, key=sorted)
    assert found_pairs(listed, jaccard) == every_pair(listed, jaccard)


@pytest.mark.parametrize("jaccard", ["0.3", "0.5", "0.8"])
def test_many_sets_of_short_words(jaccard: str) -> None:
    """Where every word is common, subsets of several words are filed, and the pairs are the same."""
    family = a_family(1, 40, count=1200, longest=12)
    assert max(setjoin._levels(packed(family), float(jaccard)).values()) > 1
    assert found_pairs(family, jaccard) == every_pair(family, jaccard)


def test_sizes_that_share_too_little_are_filed_by_smaller_subsets() -> None:
    """In a band of sizes the small ones may have fewer elements in a subset, and still meet the large ones."""
    random = Random(3)
    family = list({frozenset(random.sample(range(16), random.randint(4, 7))): None for _ in range(900)})
    levels = setjoin._levels(packed(family), 0.3)
    assert levels[4] < levels[7]
    expected = every_pair(family, "0.3")
    assert any({len(family[a]), len(family[b])} == {4, 7} for a, b, _ in expected)
    assert found_pairs(family, "0.3") == expected


@pytest.mark.parametrize("forced", [1, 2, 3, 5, 9])
def test_any_number_of_elements_in_a_subset(forced: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of elements in a subset decides what the join costs, never what it finds."""
    family = a_family(5, 30, longest=14)

    def levels(sets: Sets, jaccard: float) -> dict[int, int]:
        return {n: min(1 + n % forced, least_shared(n, jaccard)) for n in sets.of_size}

    monkeypatch.setattr(setjoin, "_levels", levels)
    for jaccard in THRESHOLDS:
        assert found_pairs(family, jaccard) == every_pair(family, jaccard)


@pytest.mark.parametrize("at_once", [1, 17, 150])
@pytest.mark.parametrize("jaccard", ["0.3", "0.8"])
def test_signatures_in_parts(at_once: int, jaccard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory for a few signatures and a few exact checks at a time is enough: the pairs are the same."""
    family = a_family(7, 60, count=60 if at_once > 1 else 12)
    calls = set()
    file = setjoin._file

    def watched(sets: Sets, jaccard: float, levels: dict[int, int], part: int, parts: int, alone: bool = False):
        calls.add((part, parts, alone))
        return file(sets, jaccard, levels, part, parts, alone)

    monkeypatch.setattr(setjoin, "_AT_ONCE", at_once)
    monkeypatch.setattr(setjoin, "_file", watched)
    expected = every_pair(family, jaccard)
    assert len(expected) > 2
    assert found_pairs(family, jaccard) == expected
    parts = max(parts for _, parts, alone in calls if not alone)
    assert parts > 1
    assert {part for part, _, alone in calls if not alone} == set(range(parts))


def test_a_cost_guessed_from_few_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample that the cost is guessed from decides nothing but the cost."""
    family = a_family(11, 40)
    for sample in (1, 50):
        monkeypatch.setattr(setjoin, "_SAMPLE", sample)
        assert found_pairs(family, "0.5") == every_pair(family, "0.5")


@pytest.mark.parametrize("size", [2, 3, 7, 10, 20, 25, 41, 60])
def test_thresholds_are_reached_at_equality(size: int) -> None:
    """The p commonest of q elements are as similar as p/q: near at p/q, however it is rounded, and not at more."""
    whole = frozenset(range(size))
    for part in range(1, size):
        family = [whole, frozenset(range(size - part, size))]
        assert similar(packed(family), part / size).rows() == [(0, 1, part)]
        assert similar(packed(family), part / size + 1e-6).rows() == []


@pytest.mark.parametrize("jaccard", ["1/3", "2/3", *(f"{n}/100" for n in range(1, 101))])
def test_least_shared_is_what_the_nearest_smaller_set_shares(jaccard: str) -> None:
    """A set of n has that Jaccard with p of its own elements, and with no fewer."""
    for size in range(1, 80):
        fewest = next(p for p in range(1, size + 1) if Fraction(p, size) >= Fraction(jaccard))
        assert least_shared(size, float(Fraction(jaccard))) == fewest


@pytest.mark.parametrize("vocabulary", [6, 60])
def test_numbers_of_elements_mean_nothing(vocabulary: int) -> None:
    """Which element is called the rarest decides the speed: under other numbers the same pairs are found."""
    family = a_family(13, vocabulary)
    for seed in range(3):
        names = Random(seed).sample(range(1_000_000), vocabulary)
        renamed = [frozenset(names[element] for element in one) for one in family]
        assert found_pairs(renamed, "0.5") == every_pair(family, "0.5")


def test_the_order_of_sets_means_nothing() -> None:
    """The sets in another order give the same pairs, a < b, and in their order; a second run gives them again."""
    family = a_family(17, 60)
    order = Random(1).sample(range(len(family)), len(family))
    shuffled = found_pairs([family[i] for i in order], "0.5")
    assert shuffled == sorted(set(shuffled))
    assert all(a < b for a, b, _ in shuffled)
    back = sorted((min(order[a], order[b]), max(order[a], order[b]), both) for a, b, both in shuffled)
    assert back == found_pairs(family, "0.5") == found_pairs(family, "0.5")


@pytest.mark.parametrize("jaccard", ["0.75", "1.0"])
def test_empty_sets_are_near_nothing(jaccard: str) -> None:
    """Empty sets, wherever they are, are in no pair, and the others keep their numbers."""
    empty: frozenset[int] = frozenset()
    one, two = frozenset({1, 2, 3, 4}), frozenset({2, 3, 4})
    family = [empty, one, empty, empty, two, empty]
    assert found_pairs(family, jaccard) == ([(1, 4, 3)] if jaccard == "0.75" else [])
    assert found_pairs([empty, empty], jaccard) == []
    assert found_pairs([], jaccard) == []
    assert found_pairs([one], jaccard) == []


@pytest.mark.parametrize("jaccard", THRESHOLDS)
def test_sets_of_long_texts(jaccard: str) -> None:
    """Sets of hundreds of elements, a few small ones among them, are compared as rightly as small ones."""
    family = a_family(23, 3000, count=60, longest=900) + a_family(29, 40, count=20, longest=12)
    assert found_pairs(family, jaccard) == every_pair(family, jaccard)
    kin = [frozenset(range(i, 600 + i)) for i in range(0, 400, 9)]
    assert found_pairs(kin, jaccard) == every_pair(kin, jaccard)


def test_very_large_sets() -> None:
    """Sets that may differ in 65,536 elements, more than a sketch has bits or two bytes can count, are compared too."""
    family = [frozenset(range(60_855)), frozenset(range(32_768, 93_623))]
    assert found_pairs(family, "0.3") == [(0, 1, 28_087)]


def test_distinct_sets_are_never_wholly_alike() -> None:
    """At 1.0 no two distinct sets are near."""
    for vocabulary in VOCABULARIES:
        assert found_pairs(a_family(19, vocabulary), "1.0") == []
