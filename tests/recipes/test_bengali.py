"""Facts about the Bengali recipe: what becomes of every awkward row, nested limits, and splits that last."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from books import Fate, check_books, fates, ledger, lines, said, table

from curation.base.errors import UsageError
from curation.base.rows import no_verdict
from curation.demo import bengali
from curation.demo.bengali import Row
from curation.ledger.build import Build
from curation.recipes.builtin.bengali import LISTENER
from curation.recipes.loading import load, make
from curation.runner.build import build

ROWS = bengali.table()
FELL = {
    **dict.fromkeys(bengali.NO_QUESTION, ("no_question", "the question is empty")),
    **dict.fromkeys(bengali.NO_ANSWER, ("no_answer", "the answer is empty")),
    **{row: ("too_short", row.question) for row in bengali.TOO_SHORT},
    bengali.OVERLONG: ("too_many_characters", f"{len(bengali.OVERLONG.answer)} characters, the limit is 5000"),
    **dict.fromkeys(bengali.ENGLISH, ("wrong_language", "en, expected bn")),
    bengali.HINDI: ("wrong_language", "hi, expected bn"),
    bengali.ASSAMESE: ("wrong_language", "as, expected bn"),
    bengali.DIGITS: ("unknown_language", "0 letters"),
    bengali.CONTROL_TOKEN: ("control_token", "<|eot_id|> in turn 3 (assistant)"),
}


@pytest.fixture(scope="session")
def demo(demos: Callable[[str], Any]) -> Build:
    return demos("bengali").build


@pytest.fixture(scope="session")
def of_rows(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Build]:
    """of_rows(rows, ...): a build of these rows with options."""

    def made(rows: Iterable[Row], **options: object) -> Build:
        folder = tmp_path_factory.mktemp("rows")
        with (folder / "corpus.csv").open("w", encoding="utf8", newline="") as file:
            csv.writer(file).writerows([bengali.HEADER, *rows])
        return build(make(load("bengali"), folder / "corpus.csv", options), folder / "out")

    return made


@pytest.fixture(scope="session")
def more(of_rows: Callable[..., Build]) -> Build:
    """400 clean rows, and four that say no topic or no title."""
    return of_rows([*bengali.rows(400, seed=3), *BARE])


@pytest.fixture(scope="session")
def fewer(of_rows: Callable[..., Build]) -> Build:
    """The first 300 of the same rows, at most 100 of them for training."""
    return of_rows(bengali.rows(300, seed=3), limit="train=100")


@pytest.fixture(scope="session")
def strict(of_rows: Callable[..., Build]) -> Build:
    """Near questions rejected and unknown languages kept, of fifty rows with two whose languages are mixed."""
    question, answer = bengali.rows(2, seed=5)
    english = bengali.ENGLISH[0]
    mixed = (question._replace(answer=english.answer), answer._replace(question=english.question))
    rows = [*bengali.rows(40, seed=9), *(row for pair in bengali.NEAR for row in pair), bengali.DIGITS, *mixed]
    return of_rows(rows, repeated="reject", unknown="keep")


SPARE = tuple(bengali.rows(4, seed=4))
BARE = (
    SPARE[0]._replace(topic=""),
    SPARE[1]._replace(topic=" "),
    SPARE[2]._replace(title=""),
    SPARE[3]._replace(title=" \t"),
)


def fate(build: Build, row: Row) -> Fate:
    return fates(build)[f"record {ROWS.index(row) + 1}"]


def test_every_row_is_kept_or_in_the_ledger(demo: Build) -> None:
    """The books balance, and each row of the table has a line in the dataset or one in the ledger, not both."""
    check_books(demo)
    assert set(fates(demo)) == {f"record {n}" for n in range(1, len(ROWS) + 1)}


def test_what_falls_says_why(demo: Build) -> None:
    """Every awkward row falls by its own reason with the value that decided, and nothing falls but those and copies."""
    assert {row: fate(demo, row)[:2] for row in FELL} == FELL
    copies = {bengali.DOTTED_COPY: bengali.DOTTED, bengali.VOWELS_COPY: bengali.VOWELS}
    for copy, first in copies.items():
        (kept,) = fate(demo, first).rows
        assert fate(demo, copy)[:2] == ("duplicate", f"repeats {kept['meta']['record']}")
    assert {ROWS[n] for n, row in enumerate(ROWS) if fate(demo, row).reason} == {*FELL, *copies}
    assert Counter(ledger(demo)["reason"]) == Counter([reason for reason, _ in FELL.values()] + ["duplicate"] * 2)


def test_what_is_said(demo: Build) -> None:
    """The system turn names the topic, the user says title and question, the assistant the answer, edges stripped."""
    for row in ROWS:
        for made in fate(demo, row).rows:
            topic, title, question, answer = (cell.strip() for cell in row)
            assert made["messages"] == [
                {"role": "system", "content": f"{LISTENER} বিষয়: {topic}।"},
                {"role": "user", "content": f"{title}\n\n{question}"},
                {"role": "assistant", "content": answer},
            ]
            assert (made["meta"]["label"], made["meta"]["language"]) == (topic, "bn")
    kept = (*bengali.SPACED, *bengali.CODE_MIXED, *bengali.LINES, bengali.JOINER, bengali.NON_JOINER)
    assert all(fate(demo, row).rows for row in kept)


def test_without_topic_or_title(more: Build) -> None:
    """Where no topic is said the system turn names none, and without a title the question stands alone."""
    made = {row["messages"][2]["content"]: row for row in lines(more)}
    for row in BARE:
        found = made[row.answer]
        assert said(found, "system") == [f"{LISTENER} বিষয়: {row.topic}।" if row.topic.strip() else LISTENER]
        assert said(found, "user") == [f"{row.title}\n\n{row.question}" if row.title.strip() else row.question]


def test_texts_that_differ_by_a_sign_are_two(demo: Build) -> None:
    """Two questions that are one text without their vowel signs are both kept, each in a group of its own."""
    groups = {fate(demo, row).rows[0]["meta"]["group"] for row in (bengali.HAIR, bengali.WALK)}
    assert len(groups) == 2


def test_near_questions_share_a_split(demo: Build) -> None:
    """Questions that differ in a word or two are all kept, each pair in one group and one split."""
    for pair in bengali.NEAR:
        rows = [fate(demo, row).rows[0] for row in pair]
        assert len({(row["split"], row["meta"]["group"]) for row in rows}) == 1
    assert demo.manifest.figures["near_pairs"] == len(bengali.NEAR)


def test_near_questions_can_be_rejected(strict: Build) -> None:
    """`repeated=reject` keeps the first of near questions, and the others name it."""
    check_books(strict)
    kept = {row["messages"][2]["content"]: row["meta"]["record"] for row in lines(strict)}
    fallen = ledger(strict).filter(reason="near_duplicate")["detail"]
    assert sorted(fallen) == sorted(f"near {kept[first.answer]}" for first, _ in bengali.NEAR)


def test_texts_too_short_to_tell_can_be_kept(strict: Build) -> None:
    """`unknown=keep` keeps what has too few letters to tell its language."""
    assert bengali.DIGITS.answer in {row["messages"][2]["content"] for row in lines(strict)}


def test_question_and_answer_are_both_in_bengali(strict: Build) -> None:
    """A Bengali question with an English answer falls, and an English question with a Bengali answer."""
    assert Counter(fate.reason for fate in fates(strict).values()) == {
        None: 44,
        "near_duplicate": 3,
        "wrong_language": 2,
    }
    assert set(ledger(strict).filter(reason="wrong_language")["detail"]) == {"en, expected bn"}


def test_limits(fewer: Build) -> None:
    """With `limit=train=100` a hundred rows stay for training, the rest says so, and other splits have no limit."""
    check_books(fewer)
    assert len(lines(fewer, "train")) == 100
    assert fewer.counts() == {"over_limit": 300 - len(lines(fewer))}
    assert all(detail.endswith("in the drawn order, the limit is 100") for detail in ledger(fewer)["detail"])


def test_limits_are_nested(more: Build) -> None:
    """A smaller limit keeps fewer of the rows that the larger one keeps, and leaves the other splits as they are."""
    rows = more.kept().with_columns(no_verdict())

    def kept(limit: str, *splits: str) -> set[str]:
        stage = make(load("bengali"), Path("corpus.csv"), {"limit": limit}).rows["split"][-1]
        left = stage(rows).filter(pl.col("reason").is_null() & pl.col("split").is_in(splits))
        return set(left.select("id").collect()["id"])

    sets = [kept(f"train={n}", "train") for n in (0, 1, 50, 100, 10_000)]
    assert [len(ids) for ids in sets] == [0, 1, 50, 100, len(lines(more, "train"))]
    assert all(small < large for small, large in pairwise(sets))
    others = ("validation", "test")
    assert kept("train=50", *others) == {row["id"] for row in lines(more, *others)}
    assert len(kept("test=3, validation=2", *others)) == 5


def test_a_row_keeps_its_split(fewer: Build, more: Build) -> None:
    """When a hundred rows are added and a limit goes, every row has the id and the split that it had before."""
    earlier, later = ({row["id"]: row["split"] for row in lines(made)} for made in (fewer, more))
    assert len(later) >= 400
    assert earlier.items() <= later.items()
    assert {"train", "validation", "test"} == set(earlier.values())


def test_languages_add_up(demo: Build) -> None:
    """tables/languages.csv counts every record that was looked at, and as kept those that the phase kept."""
    (phase,) = (phase for phase in demo.flow() if phase.name == "language")
    found = {row["language"]: (int(row["records"]), int(row["kept"])) for row in table(demo, "languages")}
    assert sum(records for records, _ in found.values()) == phase.entered
    assert sum(kept for _, kept in found.values()) == phase.kept
    assert {code: n for code, n in found.items() if code != "bn"} == {"en": (2, 0), "hi": (1, 0), "as": (1, 0)}


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("limit", "train", "--limit train"),
        ("limit", "all=5", "--limit all=5"),
        ("limit", "train=-1", "--limit train=-1"),
        ("split", "80/20", "--split needs three shares: got 80/20"),
    ],
)
def test_options_that_cannot_be_meant(option: str, value: str, told: str, tmp_path: Path) -> None:
    """A limit or shares that cannot be meant are refused with the word."""
    with pytest.raises(UsageError, match=told):
        make(load("bengali"), tmp_path, {option: value})


@pytest.mark.real
def test_two_real_rows(data: Path, tmp_path: Path) -> None:
    """The two real rows make two rows with the default options and the tokenizer of Llama 3.1."""
    options = {"tokenizer": str(data / "tokenizers" / "llama-3.1")}
    made = build(make(load("bengali"), data / "bengali" / "real_rows.csv", options), tmp_path / "out")
    check_books(made)
    with (data / "bengali" / "real_rows.csv").open(encoding="utf8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [[message["content"] for message in row["messages"]] for row in lines(made)]
    cells = [[row[name].strip() for name in bengali.HEADER] for row in rows]
    expected = [[f"{LISTENER} বিষয়: {t}।", f"{title}\n\n{asked}", answer] for t, title, asked, answer in cells]
    assert len(found) == 2
    assert sorted(found) == sorted(expected)
