"""Facts about encoded texts as flat arrays, and about list columns made of them."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from curation.tokens.arrays import list_column, span_lists
from curation.tokens.encoded import EncodedTexts

STEPS = st.lists(st.lists(st.integers(0, 4), max_size=6), min_size=1, max_size=6)
"""For each text the characters that each of its tokens represents; of a character in several tokens the last has it."""
LISTS = st.lists(st.none() | st.lists(st.sampled_from(["", "a", "a text longer than twelve bytes", "ড়"]), max_size=4))


def encoded(texts: list[list[int]]) -> EncodedTexts:
    ids = np.arange(sum(map(len, texts)), dtype=np.uint32)
    edges = [np.concatenate(([0], np.cumsum(steps))) for steps in texts]
    return EncodedTexts(ids, np.array(list(map(len, texts))), np.concatenate(edges).astype(np.uint32))


@given(texts=STEPS)
def test_each_text_has_its_own_tokens_and_edges(texts: list[list[int]]) -> None:
    """Taken one by one, or as two columns, the texts are those that were laid one after another."""
    found = encoded(texts)
    assert [np.diff(one.edges).tolist() for one in found] == texts
    assert [id for one in found for id in one.ids] == found.ids.tolist()
    ids, edges = found.columns()
    assert ids.to_list() == [one.ids.tolist() for one in found]
    assert edges.to_list() == [one.edges.tolist() for one in found]


@given(texts=STEPS)
def test_the_token_at_a_character(texts: list[list[int]]) -> None:
    """For every character of every text at once: the first token that starts there, or else the one it lies in."""
    found = encoded(texts)
    places = [(i, character) for i, steps in enumerate(texts) for character in range(sum(steps))]
    if not places:
        return
    expected = []
    for i, character in places:
        edges = [0, *np.cumsum(texts[i]).tolist()]
        starts = [n for n, edge in enumerate(edges) if edge == character]
        expected.append(starts[0] if starts else next(n for n, edge in enumerate(edges) if edge > character) - 1)
    text, character = (np.array(column) for column in zip(*places, strict=True))
    assert found.token_at(text, character).tolist() == expected


@given(rows=LISTS)
def test_a_list_column_holds_what_it_was_made_of(rows: list[list[str] | None]) -> None:
    """Texts and numbers laid flat come back as the lists they were, and rows that are not there as null."""
    flat = [item for row in rows for item in row or []]
    sizes = np.array([len(row or []) for row in rows], dtype=np.int64)
    there = np.array([row is not None for row in rows], dtype=bool)
    texts = list_column(pl.Series(flat, dtype=pl.String), sizes, there)
    assert texts.dtype == pl.List(pl.String)
    assert texts.to_list() == rows
    lengths = list_column(np.array([len(text) for text in flat], dtype=np.uint32), sizes)
    assert lengths.to_list() == [[len(text) for text in row or []] for row in rows]


def test_spans_are_pairs_of_a_row() -> None:
    """Spans laid flat come back as the pairs of each row, none where a row has none."""
    found = span_lists(np.array([[1, 2], [3, 4], [5, 6]]), np.array([1, 0, 2]))
    assert found.to_list() == [[{"start": 1, "end": 2}], [], [{"start": 3, "end": 4}, {"start": 5, "end": 6}]]
