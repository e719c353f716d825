"""Facts about rows that repeat others: in a split, across splits, under another answer, and by a template."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from planted import AT, FEW, Row, chat, clean, only, places, planted, write

from curation.validation import ValidateOptions, Validation, near, validate

Look = Callable[..., Validation]
ASKED = "How long does a ferry need from the old harbour to the outer islands in winter"
ANSWER = "About two hours, when the wind is kind and the ice has not yet closed the sound."


def repeat(row: Row) -> Row:
    """The same conversation, in other case, white space and quotes."""
    return chat(*(turn["content"].upper().replace(" ", "  ").replace("'", "’") for turn in row["messages"]))


def test_a_duplicate(look: Look) -> None:
    """The later of two equal conversations is found, whatever their case, spaces and quotes; it names the first."""
    first = chat("Where's the pier?", ANSWER, "And then?", "Left.")
    found = look([first, *planted(repeat(first))])
    one = only(found, "duplicate")
    assert (one.count, one.places[0].at) == (1, f"chat.jsonl#line {AT + 2}")
    assert one.places[0].detail == "repeats chat.jsonl#line 1"


def test_turns_that_are_cut_elsewhere_are_no_duplicate(look: Look) -> None:
    """The same words in other turns, or by others, are another conversation."""
    rows = [chat("one two", "three four"), chat("one", "two three four"), chat("one two", "three", "four", "five")]
    assert "duplicate" not in places(look([*rows, chat("three four", "one two"), *clean()[:FEW]]))
    turns = [("user", "one"), ("user", "two"), ("assistant", "three"), ("assistant", "four")]
    orders = [
        {"messages": [{"role": r, "content": c} for r, c in (turns[n] for n in o)]}
        for o in ((0, 1, 2, 3), (0, 2, 1, 3))
    ]
    assert set(places(look([*orders, *clean()[:FEW]]))) == {"bad_alternation", "near_duplicate"}


def test_of_duplicates_one_without_an_error_is_the_first(look: Look) -> None:
    """Where the first has an error of its own, the next one counts as the first, so that one is left."""
    dirty, sound = (
        chat(f"Where is the pier, behind the {tag}?", "Left of the crane.") for tag in ("<|eot_id|>", "<|EOT_ID|>")
    )
    found = look([dirty, sound, sound, *clean()[:FEW]], ValidateOptions(tokenizer="builtin"))
    assert places(found) == {"duplicate": ["1", "3"], "control_token": ["1"]}
    assert {place.detail for place in found.findings[0].places} == {"repeats chat.jsonl#line 2"}


def test_a_near_duplicate(look: Look) -> None:
    """A row whose user's words nearly repeat an earlier row's is a note with the similarity; --near moves the line."""
    rows = [chat(f"{ASKED}?", ANSWER), *planted(chat(f"{ASKED}, please?", "No idea."))]
    one = only(look(rows), "near_duplicate")
    assert one.places[0].at == f"chat.jsonl#line {AT + 2}"
    assert one.places[0].detail == "chat.jsonl#line 1 (Jaccard 0.938)"
    assert look(rows, ValidateOptions(near=0.95)).findings == ()


def test_another_answer(look: Look) -> None:
    """Equal words of the user with another answer: both rows name each other; under other system prompts neither."""
    rows = [chat(f"{ASKED}?", ANSWER), *planted(chat(f"{ASKED.upper()}?", "Nobody can tell you that for sure."))]
    found = look(rows)
    assert places(found) == {"label_conflict": ["1", str(AT + 2)]}
    assert found.findings[0].places[0].detail == f"chat.jsonl#line {AT + 2} has another answer"
    prompts = [
        chat("Where to?", answer, system=f"Answer as {who}.") for who, answer in (("cook", "In."), ("hen", "Out."))
    ]
    assert "label_conflict" not in places(look([*prompts, *clean()[:FEW]]))
    prompts = [chat(f"{ASKED} {who}?", who, system=f"Answer as {who}.") for who in ("cook", "hen")]
    assert set(places(look([*prompts, *clean()[:FEW]]))) == {"near_duplicate"}


def test_near_questions_under_two_labels(look: Look) -> None:
    """Near words with different answers of at most five words conflict, and both answers are reported.

    What is asked about one passage is no conflict.
    """
    rows = [chat(f"{ASKED}?", "ferry_times"), *planted(chat(f"{ASKED}, please?", "island_trips"))]
    found = look(rows)
    assert places(found) == {"label_conflict": ["1", str(AT + 2)]}
    expected = "chat.jsonl#line 1 answers ferry_times, this one island_trips (Jaccard 0.938)"
    assert found.findings[0].places[1].detail == expected
    passage = " ".join(clean()[n]["conversations"][0]["value"] for n in range(9))
    rows = [chat(f"{passage} {what}", what) for what in ("Name the place.", "Name the year.")]
    assert set(places(look([*rows, *clean()[:FEW]]))) == {"near_duplicate"}
    rows = planted(chat(f"{ASKED}, please?", "island_trips"))
    rows[0] = chat(f"{ASKED}?", "island_trips")
    assert set(places(look(rows))) == {"near_duplicate"}


# Files as splits.


@pytest.fixture
def splits(tmp_path: Path) -> Callable[..., Validation]:
    """splits(asked, name=rows, ...): files of these names, in this order."""

    def run(asked: ValidateOptions | None = None, **files: list[Row | str]) -> Validation:
        return validate([write(tmp_path / f"{name}.jsonl", rows) for name, rows in files.items()], asked)

    return run


def half(which: int) -> list[Row | str]:
    return [*clean()[which::2]]


def test_clean_splits_have_nothing(splits: Callable[..., Validation]) -> None:
    """Two files without a row in common; their names say which splits they are."""
    found = splits(**{"faq-train": half(0), "faq_dev": half(1)})
    assert found.findings == ()
    assert [(file.name, file.split) for file in found.files] == [
        ("faq-train.jsonl", "train"),
        ("faq_dev.jsonl", "validation"),
    ]


@pytest.mark.parametrize(
    ("asked", "similarity"), [(f"{ASKED.upper()} ?", "Jaccard 1.0"), (f"{ASKED}, please?", "Jaccard 0.938")]
)
def test_a_leak(asked: str, similarity: str, splits: Callable[..., Validation]) -> None:
    """Equal or near words of the user in train and test: the train row is found, and names the test row."""
    for order in (("train", "test"), ("test", "train")):
        rows = {"train": [*half(0), chat(f"{ASKED}?", ANSWER)], "test": [chat(asked, ANSWER), *half(1)]}
        one = only(splits(**{name: rows[name] for name in order}), "leak")
        assert [place.at for place in one.places] == ["train.jsonl#line 101"]
        assert one.places[0].detail == f"test.jsonl#line 1 ({similarity})"


def test_which_split_gives_way(splits: Callable[..., Validation]) -> None:
    """Train gives way to validation and that to test; of files whose names name no split the earlier gives way."""
    row = chat(f"{ASKED}?", ANSWER)
    found = splits(test=[row, *half(0)[:30]], validation=[row, *half(1)[:30]], train=[row, *half(0)[30:60]])
    assert {place.at: place.detail for place in only(found, "leak").places} == {
        "train.jsonl#line 1": "test.jsonl#line 1 (Jaccard 1.0)",
        "validation.jsonl#line 1": "test.jsonl#line 1 (Jaccard 1.0)",
    }
    found = splits(validation=[row, *half(1)[:30]], train=[row, *half(0)[30:60]])
    assert [place.at for place in only(found, "leak").places] == ["train.jsonl#line 1"]
    found = splits(one=[row, *half(0)[:30]], two=[row, *half(1)[:30]])
    assert [place.at for place in only(found, "leak").places] == ["one.jsonl#line 1"]


def test_shards_of_one_split(splits: Callable[..., Validation]) -> None:
    """Two files of one split do not leak into each other; a conversation in both is a duplicate."""
    row = chat(f"{ASKED}?", ANSWER)
    found = splits(**{"train-0": [*half(0), row], "train-1": [row, *half(1)]})
    assert [place.at for place in only(found, "duplicate").places] == ["train-1.jsonl#line 1"]


def test_folders_tell_splits_too(tmp_path: Path) -> None:
    """Files of one name are distinguished by their folders, whose names say which splits they are."""
    for name, rows in (("train", half(0)), ("test", [chat("a b c d", "e"), *half(1)])):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "0000.jsonl", rows)
    write(tmp_path / "train" / "0000.jsonl", [chat("A b c  d", "e"), *half(0)])
    found = validate([tmp_path / "test" / "0000.jsonl", tmp_path / "train" / "0000.jsonl"])
    assert [file.split for file in found.files] == ["test", "train"]
    assert only(found, "leak").places[0].at == f"{tmp_path}/train/0000.jsonl#line 1"
    assert only(found, "leak").places[0].detail == f"{tmp_path}/test/0000.jsonl#line 1 (Jaccard 1.0)"


# Templates and size.


def templated(count: int) -> list[Row]:
    """Rows that differ in six of fifty words."""
    words = sorted({word for row in clean() for turn in row.get("messages", []) for word in str(turn).split()})
    drawn = random.Random(3)
    head = "Below stands a customer's message to a bank. Tell which of the intents that you know it has, and answer "
    head += (
        "with the name of the intent alone, in lower case, without a full stop and without any further word. Message: "
    )
    return [chat(head + " ".join(drawn.sample(words, 6)), f"intent {n}") for n in range(count)]


def test_what_a_template_says_makes_no_row_near(splits: Callable[..., Validation]) -> None:
    """250 rows of one template, in two splits, are neither near nor leaks; a message that is in both still is."""
    rows = templated(280)
    found = splits(train=rows[:250], test=[*rows[250:], rows[0]])
    assert [(place.at, place.detail) for place in only(found, "leak").places] == [
        ("train.jsonl#line 1", "test.jsonl#line 31 (Jaccard 1.0)")
    ]
    assert any("280 rows begin or end like" in note for note in found.notes)


def test_long_texts_are_compared_by_both_ends(look: Look) -> None:
    """What a user says is compared by its ends; an answer, or a middle, that differs makes no difference."""
    drawn = random.Random(4)
    ends = [
        " ".join(drawn.sample(sorted({w for r in clean() for w in str(r).split() if w.isalpha()}), 90))
        for _ in range(2)
    ]
    rows = [
        chat(f"{ends[0]} {middle * 200} {ends[1]}", f"So it is, and I shall say no more than {middle}.")
        for middle in ("sea ", "sky ")
    ]
    assert set(places(look([*rows, *clean()[:FEW]]))) == {"near_duplicate"}


def test_parts_lose_no_leak(splits: Callable[..., Validation], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rows are compared in parts, every train row still meets every test row, and it is said."""
    train = [chat(f"{row['messages'][0]['content']} today", "Yes.") for row in clean()[-20:]]
    test = [chat(f"{row['messages'][0]['content']} tomorrow", "No.") for row in clean()[-20:]]
    whole = splits(train=train, test=test)
    monkeypatch.setattr(near, "PART", 1_000)
    parts = splits(train=train, test=test)
    assert whole.findings == parts.findings
    assert {one.id: one.count for one in parts.findings} == {"leak": 20, "label_conflict": 40}
    assert any(" parts, so some may be missed" in note for note in parts.notes)


def test_too_many_pairs_raise_the_threshold(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a sample shows more pairs than are affordable, the threshold is raised, with a note."""
    monkeypatch.setattr(near, "_SAMPLE", 40)
    monkeypatch.setattr(near, "_PAIRS", 100)
    same = "one two three four five six seven eight nine ten"
    found = look([chat(f"{same} and w{n}", f"So be it, says number {n} of them.") for n in range(70)])
    assert found.findings == ()
    assert any("were searched at 0.9" in note for note in found.notes)
