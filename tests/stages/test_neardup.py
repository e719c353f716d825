"""Facts about near-duplicates: the join finds what comparing every pair would find, and families are its components."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.text import words
from curation.demo import legal
from curation.readers.squad import read_squad
from curation.stages.families import NEAR, Families
from curation.stages.near.pairs import components
from curation.stages.near.shingles import Shingles

Pairs = dict[tuple[int, int], tuple[float, float]]


def frame(texts: list[str | None], ids: list[str] | None = None, **columns: list[str]) -> pl.LazyFrame:
    ids = ids if ids is not None else [f"id{i}" for i in range(len(texts))]
    data = {"id": pl.Series(ids, dtype=pl.String), "text": pl.Series(texts, dtype=pl.String), **columns}
    return pl.LazyFrame(data).with_row_index("row")


def every_pair(rows: pl.LazyFrame, column: str, jaccard: float, containment: float) -> Pairs:
    """The same pairs, by comparing the sets of word 5-grams of every two texts."""
    split = rows.select("row", word=words(pl.col(column))).collect()
    sets = {}
    for row, text in split.iter_rows():
        w = (text or "").split()
        sets[row] = {tuple(w[i : i + 5]) for i in range(len(w) - 4)}
    pairs = {}
    for a, b in combinations(sorted(sets), 2):
        both = len(sets[a] & sets[b])
        if both:
            alike = both / len(sets[a] | sets[b]), both / min(len(sets[a]), len(sets[b]))
            if alike[0] >= jaccard or alike[1] >= containment:
                pairs[a, b] = alike
    return pairs


def found_pairs(rows: pl.LazyFrame, column: str, jaccard: float, containment: float) -> Pairs:
    pairs = Shingles(column, jaccard, containment)(rows)
    assert pairs.columns == ["a", "b", "jaccard", "containment"]
    assert pairs.select("a", "b").equals(pairs.select("a", "b").sort("a", "b"))
    found = {(a, b): (j, c) for a, b, j, c in pairs.iter_rows()}
    assert len(found) == len(pairs)
    return found


def smallest_linked(nodes: list[int], links: list[tuple[int, int]]) -> list[int]:
    """For each node the smallest one that it is linked with, by joining sets."""
    sets = {node: {node} for node in nodes}
    for a, b in links:
        joined = sets[a] | sets[b]
        for node in joined:
            sets[node] = joined
    return [min(sets[node]) for node in nodes]


vocabulary = [f"w{i}" for i in range(40)]
base = st.lists(st.sampled_from(vocabulary), min_size=0, max_size=30)


@st.composite
def corpora(draw: st.DrawFn) -> list[str | None]:
    """Texts of a few words, and after them copies with words dropped, changed, doubled, cut off or put together."""
    texts = draw(st.lists(base, min_size=1, max_size=4))
    for _ in range(draw(st.integers(0, 4))):
        copied = list(draw(st.sampled_from(texts)))
        for _ in range(draw(st.integers(0, 3))):
            if not copied:
                break
            at = draw(st.integers(0, len(copied) - 1))
            change = draw(st.integers(0, 4))
            if change == 0:
                del copied[at]
            elif change == 1:
                copied[at] = "x"
            elif change == 2:
                copied = copied + copied
            elif change == 3:
                copied = copied[:at]
            else:
                copied = copied + draw(base)
        texts.append(copied)
    gap = st.sampled_from([" ", ", ", "\n", "\u00a0", "-"])
    shown: list[str | None] = []
    for text in texts:
        joined = draw(gap).join(text)
        shown.append(draw(st.sampled_from([joined, joined.upper(), f"“{joined}”"])))
    if draw(st.booleans()):
        shown.insert(draw(st.integers(0, len(shown))), None)
    return shown


@settings(deadline=None, max_examples=60)
@given(corpora(), st.sampled_from([0.01, 0.3, 0.5, 0.9]), st.sampled_from([0.01, 0.5, 0.8, 1.0]))
def test_the_join_finds_every_pair_and_no_other(texts: list[str | None], jaccard: float, containment: float) -> None:
    """Pairs and their similarities equal those of comparing all texts with one another."""
    rows = frame(texts)
    assert found_pairs(rows, "text", jaccard, containment) == every_pair(rows, "text", jaccard, containment)


def test_pairs_of_the_demo(demo_source: Path) -> None:
    """On the demo contracts, low thresholds included, the join equals comparing all pairs."""
    rows = read_squad([demo_source]).with_row_index("row").collect().lazy()
    for jaccard, containment in ((0.3, 0.5), (0.02, 0.05)):
        expected = every_pair(rows, "context", jaccard, containment)
        assert len(expected) >= 4
        assert found_pairs(rows, "context", jaccard, containment) == expected


def test_short_texts_are_near_nothing() -> None:
    """A text of fewer than five words has no 5-gram: equal short texts are exact duplicates, not near ones."""
    assert not found_pairs(frame(["a b c d", "a b c d", "", "", None, None]), "text", 0.0, 0.0)
    assert found_pairs(frame(["aa b c dd ee", "Aa, B; C dd-ee"]), "text", 0.3, 0.5) == {(0, 1): (1.0, 1.0)}


def test_no_gram_reaches_over_two_texts() -> None:
    """The last words of one text and the first of the next make no 5-gram."""
    assert not found_pairs(frame(["a b c", "d e f", "a b c", "d e f"]), "text", 0.0, 0.0)


def test_a_gram_that_repeats_counts_once() -> None:
    """Texts are sets of grams: to say a thing twice changes no similarity."""
    once = "one two three four five"
    pairs = found_pairs(frame([once, f"{once} {once}"]), "text", 0.1, 0.1)
    assert pairs == {(0, 1): (1 / 5, 1.0)}


def test_thresholds_are_reached_at_equality() -> None:
    """A pair exactly at a threshold is near."""
    rows = frame(["a b c d e", "a b c d e f g h i"])  # 1 gram of 5
    assert found_pairs(rows, "text", 0.2, 2.0) == {(0, 1): (0.2, 1.0)}
    assert not found_pairs(rows, "text", 0.2000001, 2.0)
    assert found_pairs(rows, "text", 2.0, 1.0) == {(0, 1): (0.2, 1.0)}


def test_rows_need_not_count_up_from_zero() -> None:
    """After rejections `row` has gaps; pairs and families name the rows that are there."""
    rows = (
        frame(["a b c d e", "x", "a b c d e", "y"]).filter(pl.col("row") != 1).with_columns(row=pl.col("row") * 7 + 3)
    )
    rows = rows.with_columns(pl.col("row").cast(pl.UInt32))
    assert set(found_pairs(rows, "text", 0.3, 0.5)) == {(3, 17)}
    assert Families(Shingles("text"))(rows).collect()["group"].to_list() == ["id0", "id0", "id3"]


nodes = st.lists(st.integers(0, 300), min_size=1, max_size=25, unique=True).map(sorted)


@settings(deadline=None, max_examples=80)
@given(nodes, st.data())
def test_components_are_the_joined_sets(nodes: list[int], data: st.DataObject) -> None:
    """Each node gets the smallest one it is linked with, over any number of links, given twice or either way."""
    node = st.sampled_from(nodes)
    links = data.draw(st.lists(st.tuples(node, node), max_size=25))
    made = pl.DataFrame(links, schema={"a": pl.UInt32, "b": pl.UInt32}, orient="row")
    firsts = components(np.array(nodes, dtype=np.uint32), made)
    assert firsts.to_list() == smallest_linked(nodes, links)


def test_families_take_the_id_of_their_first_record() -> None:
    """Near records share a group, named by the first of them; a record that is near none is its own group."""
    one, two = "a b c d e f g h", "p q r s t u v w"
    rows = Families(Shingles("text"))(frame([two, one, two, one, "alone", None], list("uvwxyz"))).collect()
    assert rows["group"].to_list() == ["u", "v", "u", "v", "y", "z"]
    assert rows["near"].dtype == NEAR
    near = [None if n is None else [x["id"] for x in n] for n in rows["near"].to_list()]
    assert near == [["w"], ["x"], ["u"], ["v"], None, None]


def test_families_are_joined_over_others() -> None:
    """A record that is near two others joins them, though these two are not near each other."""
    one, two = "a b c d e f g h", "p q r s t u v w"
    rows = Families(Shingles("text"))(frame([one, two, f"{one} {two}"])).collect()
    assert rows["group"].to_list() == ["id0"] * 3
    near = [[x["id"] for x in n] for n in rows["near"].to_list()]
    assert near == [["id2"], ["id2"], ["id0", "id1"]]


def test_near_is_nearest_first() -> None:
    """The near-duplicates of a record come by falling Jaccard, then in the order of the file."""
    text = "a b c d e f g h i j"
    rows = Families(Shingles("text", jaccard=0.1))(frame([text, "a b c d e f g", text, "a b c d e f g h"])).collect()
    assert [x["id"] for x in rows["near"][0]] == ["id2", "id3", "id1"]
    assert [x["jaccard"] for x in rows["near"][0]] == [1.0, 4 / 6, 3 / 6]


def test_together_joins() -> None:
    """Records that share the column `together` are one family, with all that is near any of them."""
    text = "a b c d e f g h"
    rows = frame(["one", text, "two", "three", text], title=["A", "A", "B", "C", "C"])
    assert Families(Shingles("text"))(rows).collect()["group"].to_list() == ["id0", "id1", "id2", "id3", "id1"]
    joined = Families(Shingles("text"), together="title")(rows).collect()
    assert joined["group"].to_list() == ["id0", "id0", "id2", "id0", "id0"]
    assert joined["row"].to_list() == [0, 1, 2, 3, 4]


@settings(deadline=None, max_examples=25)
@given(corpora(), st.randoms(use_true_random=False))
def test_families_do_not_depend_on_the_order_of_rows(texts: list[str | None], rng: Random) -> None:
    """The same rows in another order get the same groups and neighbours, and stay in that order."""
    rows = frame(texts).collect()
    seed = rng.randrange(1000)
    shuffled = rows.sample(fraction=1, shuffle=True, seed=seed)
    one, two = Families(Shingles("text"))(rows.lazy()).collect(), Families(Shingles("text"))(shuffled.lazy()).collect()
    assert two["row"].equals(shuffled["row"])
    assert two.sort("row").equals(one)


@settings(deadline=None, max_examples=25)
@given(corpora())
def test_families_are_the_components_of_the_pairs(texts: list[str | None]) -> None:
    """Groups equal those of joining the pairs found by comparing all texts."""
    rows = frame(texts)
    made = Families(Shingles("text", 0.3, 0.5))(rows).collect()
    links = list(every_pair(rows, "text", 0.3, 0.5))
    assert made["group"].to_list() == [f"id{first}" for first in smallest_linked(list(range(len(texts))), links)]


def test_no_records_are_no_trouble() -> None:
    """A frame without rows gets the columns all the same."""
    made = Families(Shingles("text"))(frame([])).collect()
    assert made.height == 0
    assert {"group", "near"} <= set(made.columns)


@pytest.mark.parametrize("pair", [{legal.ORIGINAL, legal.NEAR_COPY}, {legal.AMENDED, legal.AMENDMENT}])
def test_kin_of_the_demo_share_a_group(demo_source: Path, pair: set[str]) -> None:
    """A contract on the form of another, and an amendment that restates another, are one family each."""
    made = Families(Shingles("context"), together="title")(read_squad([demo_source]).with_row_index("row")).collect()
    groups = dict(made.select("id", "group").iter_rows())
    assert len({groups[id] for id in pair}) == 1
    kin = {legal.ORIGINAL, legal.EXACT_COPY, legal.NEAR_COPY, legal.AMENDED, legal.AMENDMENT}
    assert made["group"].n_unique() == len(made) - len(kin) + 2
