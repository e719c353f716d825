"""Facts about the demo questions to a bank."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from curation.demo import banking
from curation.demo.banking import Row
from curation.demo.banking_text import QUERIES

Pair = tuple[Row, Row]


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", text.lower()))


def likeness(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / max(1, len(a | b))


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(row["text"], row["category"]) for row in csv.DictReader(file)]


@cache
def alike() -> dict[tuple[str, str], dict[Pair, float]]:
    """(split, split) -> the pairs of rows with 0.7 of their words in common, and their Jaccard."""
    rows = [(split, row, words(row.text)) for split, rows in banking.splits().items() for row in rows]
    found: dict[tuple[str, str], dict[Pair, float]] = {}
    for (one, a, left), (two, b, right) in combinations(rows, 2):
        if (jaccard := likeness(left, right)) >= 0.7:
            found.setdefault((one, two), {})[a, b] = jaccard
    return found


def pairs(split: str, *, equal: bool) -> set[frozenset[Row]]:
    """The pairs of a train row with a row of `split` that are equal after folding, or else near."""
    return {frozenset(pair) for pair, jaccard in alike()["train", split].items() if (jaccard == 1) is equal}


def sets(*pairs: tuple[Pair, ...]) -> set[frozenset[Row]]:
    return {frozenset(pair) for some in pairs for pair in some}


def test_same_bytes_each_time(tmp_path: Path) -> None:
    """Two runs write the same bytes and return their folder; what is read back is what splits() returns."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert banking.write_banking(tmp_path / name) == tmp_path / name
    for split, rows in banking.splits().items():
        one, two = (tmp_path / name / f"{split}.csv" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
        assert read(one) == rows


def test_the_files_have_the_form_of_banking77(tmp_path: Path) -> None:
    """A header, CRLF after every row and nowhere else, line feeds inside texts alone, rows sorted by label."""
    banking.write_banking(tmp_path)
    for split, rows in banking.splits().items():
        written = (tmp_path / f"{split}.csv").read_bytes()
        assert written.startswith(b"text,category\r\n")
        assert written.count(b"\r") == written.count(b"\r\n") == len(rows) + 1
        assert written.count(b"\n") - written.count(b"\r\n") == sum(row.text.count("\n") for row in rows)
        assert rows == sorted(rows, key=lambda row: row.category)


def test_every_label_has_plain_rows() -> None:
    """Each label has six or more train rows and two test rows that are near no other row."""
    trapped = {row for found in alike().values() for pair in found for row in pair} | {banking.EMPTY}
    for split, least in (("train", 6), ("test", 2)):
        plain = Counter(row.category for row in banking.splits()[split] if row not in trapped)
        assert sorted(plain) == sorted(QUERIES)
        assert min(plain.values()) >= least


def test_queries_are_short_and_apart() -> None:
    """Eight to ten queries a label, 4 to 25 words each, and no two with 0.7 of their words in common."""
    assert {len(texts) for texts in QUERIES.values()} <= {8, 9, 10}
    texts = [text for texts in QUERIES.values() for text in texts]
    assert [text for text in texts if not 4 <= len(text.split()) <= 25] == []
    near = [(a, b) for a, b in combinations(map(words, texts), 2) if likeness(a, b) >= 0.7]
    assert near == []
    assert {"£", "€", "’", "“"} <= set("".join(texts))


def test_awkward_texts() -> None:
    """Newlines, spaces at the edges, a quote with a comma, an empty text and a control token stand where named."""
    for split, newline, edge in (
        ("train", banking.NEWLINE_IN_TRAIN, banking.EDGE_SPACE_IN_TRAIN),
        ("test", banking.NEWLINE_IN_TEST, banking.EDGE_SPACE_IN_TEST),
    ):
        rows = banking.splits()[split]
        assert {row for row in rows if "\n" in row.text} == set(newline)
        assert {row for row in rows if row.text != row.text.strip()} == set(edge)
    train = banking.splits()["train"]
    assert [row for row in train if '"' in row.text] == [banking.QUOTED]
    assert "," in banking.QUOTED.text
    assert [row for row in train if not row.text.strip()] == [banking.EMPTY]
    assert [row for row in train if "<|" in row.text] == [banking.CONTROL_TOKEN]
    assert [len(banking.NEWLINE_IN_TRAIN), len(banking.NEWLINE_IN_TEST)] == [3, 1]
    assert [len(banking.EDGE_SPACE_IN_TRAIN), len(banking.EDGE_SPACE_IN_TEST)] == [2, 1]


def test_rows_equal_after_folding() -> None:
    """The pairs that are equal but for case and punctuation are those planted: 4 within train, 2 across."""
    assert pairs("train", equal=True) == sets(banking.REPEATED_IN_TRAIN, banking.TWO_LABELS)
    assert pairs("test", equal=True) == sets(banking.REPEATED_IN_TEST)
    assert [len(banking.REPEATED_IN_TRAIN), len(banking.TWO_LABELS), len(banking.REPEATED_IN_TEST)] == [3, 1, 2]


def test_near_rows() -> None:
    """The near pairs are those planted, 3 within train and 5 across; no other pair has a Jaccard above 0.7."""
    assert pairs("train", equal=False) == sets(banking.NEAR_IN_TRAIN)
    assert pairs("test", equal=False) == sets(banking.NEAR_IN_TEST, banking.NEAR_IN_TEST_TWO_LABELS)
    assert ("test", "test") not in alike()
    assert min(jaccard for found in alike().values() for jaccard in found.values()) >= 0.8
    assert [len(banking.NEAR_IN_TRAIN), len(banking.NEAR_IN_TEST), len(banking.NEAR_IN_TEST_TWO_LABELS)] == [3, 3, 2]


def test_pairs_have_the_labels_that_their_names_say() -> None:
    """Two labels where the name says so, one label elsewhere."""
    two = (*banking.TWO_LABELS, *banking.NEAR_IN_TEST_TWO_LABELS)
    one = (*banking.REPEATED_IN_TEST, *banking.REPEATED_IN_TRAIN, *banking.NEAR_IN_TEST, *banking.NEAR_IN_TRAIN)
    assert {len({a.category, b.category}) for a, b in two} == {2}
    assert {len({a.category, b.category}) for a, b in one} == {1}


@pytest.mark.real
def test_no_text_is_taken_from_banking77(data: Path) -> None:
    """No text of the demo has 0.8 of its words in common with one of Banking77."""
    real = [words(row.text) for split in ("train", "test") for row in read(data / "banking77" / f"{split}.csv")]
    holding: dict[str, list[int]] = {}
    for place, text in enumerate(real):
        for word in text:
            holding.setdefault(word, []).append(place)
    near = []
    for text in {words(row.text) for rows in banking.splits().values() for row in rows}:
        shared = Counter(place for word in text for place in holding.get(word, ()))
        close = [real[place] for place, both in shared.items() if both >= 0.8 * max(len(text), len(real[place]))]
        near += [(text, other) for other in close if likeness(text, other) >= 0.8]
    assert len(real) > 10_000
    assert near == []
