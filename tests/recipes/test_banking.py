"""Facts about the banking recipe: what becomes of every awkward query, an untouched test set, replies and labels."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from books import SPLITS, Fate, check_books, fates, hashes, ledger, lines, said, table

from curation.base.errors import UsageError
from curation.base.text import words
from curation.demo import banking
from curation.demo.banking import Row
from curation.ledger.build import Build
from curation.recipes.banking_replies import REPLIES
from curation.recipes.loading import load, make
from curation.runner.build import build


@pytest.fixture(scope="session")
def demo(demos: Callable[[str], Any]) -> Build:
    return demos("banking").build


@pytest.fixture(scope="session")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The demo for both tasks, conflicts rejected, its test file longer by five awkward rows."""
    folder = tmp_path_factory.mktemp("changed")
    banking.write_banking(folder)
    with (folder / "test.csv").open("a", encoding="utf8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(MORE)
    options = {"task": "both", "conflicting": "reject"}
    return build(make(load("banking"), folder, options), folder / "datasets_out" / "banking")


@pytest.fixture(scope="session")
def real(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    made = make(load("banking"), data / "banking77", {})
    return build(made, tmp_path_factory.mktemp("real") / "banking")


FIRST_OF_TEST = next(row for row in banking.splits()["test"])
MORE = (
    Row("", "age_limit"),
    Row(" \n", "age_limit"),
    Row("Does a savings pot <|eot_id|> for toddlers exist here?", "age_limit"),
    FIRST_OF_TEST,
    Row(FIRST_OF_TEST.text.upper(), FIRST_OF_TEST.category),
)


def where(row: Row, split: str) -> str:
    """The place of a row of the demo: train.csv is the first file, test.csv the second."""
    return f"{1 if split == 'train' else 2}#record {banking.splits()[split].index(row) + 1}"


def fate(build: Build, row: Row, split: str = "train") -> Fate:
    return fates(build)[where(row, split)]


def id_of(build: Build, row: Row, split: str) -> str:
    (made,) = fate(build, row, split).rows
    return str(made["meta"]["record"])


def test_every_row_is_kept_or_in_the_ledger(demo: Build) -> None:
    """The books balance, and each row of both files has a line in the dataset or one in the ledger, not both."""
    check_books(demo)
    expected = {where(row, split) for split, rows in banking.splits().items() for row in rows}
    assert set(fates(demo)) == expected
    assert demo.flow()[0].entered == sum(map(len, banking.splits().values()))


def test_what_repeats_the_test_set_goes(demo: Build) -> None:
    """A training query that is equal or near to a test query, whatever the labels, goes and names that query."""
    equal, near = banking.REPEATED_IN_TEST, (*banking.NEAR_IN_TEST, *banking.NEAR_IN_TEST_TWO_LABELS)
    for ours, theirs in (*equal, *near):
        reason, detail, _ = fate(demo, ours)
        found = re.fullmatch(r"repeats (\S+) \(Jaccard (\S+)\)", detail or "")
        assert (reason, found and found[1]) == ("repeats_test", id_of(demo, theirs, "test"))
        assert found
        assert float(found[2]) == 1 if (ours, theirs) in equal else 0.8 <= float(found[2]) < 1
    assert demo.counts()["repeats_test"] == len(equal) + len(near) == 7


def test_the_first_of_equal_queries_stays(demo: Build) -> None:
    """Of training queries that are equal but for case and punctuation, under one label, the first in the file stays."""
    for pair in banking.REPEATED_IN_TRAIN:
        first, second = sorted(pair, key=banking.splits()["train"].index)
        assert fate(demo, first).reason is None
        assert fate(demo, second)[:2] == ("duplicate", f"repeats {id_of(demo, first, 'train')}")
    assert demo.counts()["duplicate"] == len(banking.REPEATED_IN_TRAIN)


def test_near_training_queries_share_a_split(demo: Build) -> None:
    """Near queries of the training file are all kept, in one group and so on one side."""
    for pair in banking.NEAR_IN_TRAIN:
        rows = [fate(demo, row).rows[0] for row in pair]
        assert len({(row["split"], row["meta"]["group"]) for row in rows}) == 1
    groups = {row["meta"]["group"]: row["split"] for row in lines(demo)}
    assert all(groups[row["meta"]["group"]] == row["split"] for row in lines(demo))


def test_conflicts_are_listed(demo: Build) -> None:
    """tables/conflicts.csv has near-identical queries under two labels, once a pair, with both texts and labels."""
    found = {
        frozenset(
            {(row["file"], row["text"], row["label"]), (row["other_file"], row["other_text"], row["other_label"])}
        )
        for row in table(demo, "conflicts")
    }
    both = {frozenset({("train", *a), ("train", *b)}) for a, b in banking.TWO_LABELS}
    across = {frozenset({("train", *a), ("test", *b)}) for a, b in banking.NEAR_IN_TEST_TWO_LABELS}
    assert found == both | across
    assert len(table(demo, "conflicts")) == len(found) == 3
    told = demo.manifest.figures
    assert (told["conflicts"], told["conflicts_with_test"], told["test_queries_in_conflict"]) == (3, 2, 2)
    assert [fate(demo, row).reason for pair in banking.TWO_LABELS for row in pair] == [None, None]


def test_empty_queries_and_control_tokens_go(demo: Build) -> None:
    """A query without text and one that holds a control token of the tokenizer are in the ledger by that name."""
    assert fate(demo, banking.EMPTY)[:2] == ("empty", "no text")
    assert fate(demo, banking.CONTROL_TOKEN)[:2] == ("control_token", "<|eot_id|> in turn 2 (user)")


def test_texts_are_kept_as_they_are(demo: Build) -> None:
    """The user says the query letter for letter, newlines, quotes and all, but for white space at its edges."""
    awkward = {"train": (*banking.NEWLINE_IN_TRAIN, *banking.EDGE_SPACE_IN_TRAIN, banking.QUOTED)}
    awkward["test"] = (*banking.NEWLINE_IN_TEST, *banking.EDGE_SPACE_IN_TEST)
    for split, rows in awkward.items():
        for row in rows:
            assert said(fate(demo, row, split).rows[0], "user") == [row.text.strip()]
    for split, rows in banking.splits().items():
        for row in rows:
            if made := fate(demo, row, split).rows:
                assert said(made[0], "user") == [row.text.strip()]
                assert made[0]["meta"]["label"] == row.category


def test_the_test_set_is_the_published_one(demo: Build, changed: Build) -> None:
    """Every row of test.csv is in test.jsonl, in order, repetitions too, but for those without text or with a token."""
    assert [said(row, "user")[0] for row in lines(demo, "test")] == [r.text.strip() for r in banking.splits()["test"]]
    rows = [*banking.splits()["test"], *MORE[3:]]
    for task in ("reply", "intent"):
        found = [said(row, "user")[0] for row in lines(changed, "test") if row["meta"]["task"] == task]
        assert found == [row.text.strip() for row in rows]
    fallen = ledger(changed).filter(pl.col("source").str.starts_with("2#"))
    assert Counter(fallen["reason"]) == {"empty": 2, "control_token": 2}


def test_replies(demo: Build) -> None:
    """By default the assistant answers with the reply to the label, after a system turn."""
    for row in lines(demo):
        assert [message["role"] for message in row["messages"]] == ["system", "user", "assistant"]
        assert said(row, "assistant") == [REPLIES[row["meta"]["label"]]]
        assert row["meta"]["task"] == "reply"


def test_intents(tmp_path: Path, demos: Callable[[str], Any]) -> None:
    """With `task=intent` the assistant says the label alone, and a label that has no reply is one like others."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("train", "test"):
        text = (demos("banking").source / f"{name}.csv").read_text("utf8")
        (source / f"{name}.csv").write_text(text.replace(",age_limit\n", ",how_old\n"), "utf8", newline="")
    assert "how_old" in (source / "test.csv").read_text("utf8")
    made = build(make(load("banking"), source, {"task": "intent"}), tmp_path / "out")
    assert all(said(row, "assistant") == [row["meta"]["label"]] for row in lines(made))
    assert "how_old" in {row["meta"]["label"] for row in lines(made)}
    assert load("banking").SORTER in said(lines(made)[0], "system")


def test_both_tasks(changed: Build) -> None:
    """With `task=both` a record makes two rows, one of each task, in one group and one split."""
    check_books_of_two(changed)
    made: dict[str, list[dict[str, Any]]] = {}
    for row in lines(changed):
        made.setdefault(row["meta"]["record"], []).append(row)
    for record, rows in made.items():
        assert [row["id"] for row in rows] == [f"{record}#reply", f"{record}#intent"]
        label = rows[0]["meta"]["label"]
        assert [said(row, "assistant")[0] for row in rows] == [REPLIES[label], label]
        assert len({(row["split"], row["meta"]["group"]) for row in rows}) == 1


def check_books_of_two(made: Build) -> None:
    """Two rows a record: what the records kept makes twice as many rows."""
    check_books(made)
    kept = [phase.kept for phase in made.flow() if phase.level == "records"][-1]
    assert next(phase for phase in made.flow() if phase.name == "shape").entered == 2 * kept


def test_conflicts_can_be_rejected(changed: Build) -> None:
    """With `conflicting=reject` training queries near one of another label go and name it; test queries stay."""
    fallen = ledger(changed).filter(pl.col("reason") == "label_conflict")
    rows = [*banking.TWO_LABELS[0], *(ours for ours, _ in banking.NEAR_IN_TEST_TWO_LABELS)]
    assert {source.partition(", line")[0] for source in fallen["source"]} == {where(row, "train") for row in rows}
    for detail in fallen["detail"]:
        assert re.fullmatch(r"near \w+(#\d+)?, which is [\w?]+ \(Jaccard (1\.0|0\.8\d*)\)", detail)
    assert len(table(changed, "conflicts")) == 3


@pytest.mark.parametrize("which", ["demo", "changed", pytest.param("real", marks=pytest.mark.real)])
def test_every_label_is_in_every_split(which: str, request: pytest.FixtureRequest) -> None:
    """Each of the 77 labels stands in train, in validation and in test."""
    made = request.getfixturevalue(which)
    for split in SPLITS:
        assert {row["meta"]["label"] for row in lines(made, split)} == set(REPLIES)


@pytest.mark.parametrize("threads", [1, 2])
def test_same_bytes_with_any_number_of_threads(threads: int, demo: Build, tmp_path: Path) -> None:
    """A build in another process, with one thread or two, has the same files and the same manifest to the byte."""
    command = [sys.executable, "-m", "curation.cli.app", "build", "banking", "--demo", "--out", str(tmp_path / "out")]
    environment = {**os.environ, "POLARS_MAX_THREADS": str(threads)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment)
    assert done.returncode == 0, done.stderr
    assert hashes(tmp_path / "out") == hashes(demo.folder)


@pytest.mark.parametrize("option", ["validation", "near"])
def test_options_that_cannot_be_meant(option: str, tmp_path: Path) -> None:
    """A share for validation that is none, and a likeness that is none, are refused with their value."""
    for value in (0.0, -0.5, 1.5, float("nan")):
        with pytest.raises(UsageError, match=f"--{option} {value} is out of range"):
            make(load("banking"), tmp_path, {option: value})


# The real corpus.


def folded(texts: Iterable[str]) -> list[str]:
    return pl.DataFrame({"text": list(texts)}).select(words(pl.col("text"))).to_series().to_list()


@pytest.mark.real
def test_banking77(real: Build) -> None:
    """Of 13,083 queries each has a line or a place in the ledger, and the test set is whole: 3,080 rows."""
    check_books(real)
    assert real.flow()[0].entered == len(fates(real)) == 13_083
    assert len(lines(real, "test")) == 3_080
    texts = {split: set(folded(said(row, "user")[0] for row in lines(real, split))) for split in SPLITS}
    assert not (texts["train"] | texts["validation"]) & texts["test"]
    assert not texts["train"] & texts["validation"]


@pytest.mark.real
def test_no_training_row_of_banking77_is_near_a_test_row(real: Build) -> None:
    """Compared one with the other: no kept training query shares four fifths of its words with a test query."""
    from scipy.sparse import csr_array

    texts = [
        [set(text.split()) for text in folded(said(row, "user")[0] for row in lines(real, *splits))]
        for splits in (("train", "validation"), ("test",))
    ]
    numbers = {word: n for n, word in enumerate(sorted(set().union(*texts[0], *texts[1])))}
    matrices = []
    for sets in texts:
        cells = [(row, numbers[word]) for row, found in enumerate(sets) for word in found]
        rows, columns = np.array(cells).T
        matrices.append(csr_array((np.ones(len(cells)), (rows, columns)), shape=(len(sets), len(numbers))))
    ours, theirs = (np.array([len(found) for found in sets]) for sets in texts)
    nearest = 0.0
    for start in range(0, len(theirs), 500):
        shared = (matrices[0] @ matrices[1][start : start + 500].T).toarray()
        nearest = max(nearest, (shared / (ours[:, None] + theirs[None, start : start + 500] - shared)).max())
    assert 0.7 < nearest < 0.8
