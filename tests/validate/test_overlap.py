"""Facts about items of benchmarks in rows: planted ones are found wherever they stand, others are not."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from planted import chat, clean, places, write

from curation.base.errors import InputError, UsageError
from curation.validation import ValidateOptions, Validation, validate

WORDS = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in "bdgklmnrst"]
DRAWN = random.Random(11)
LONG = [" ".join(DRAWN.sample(WORDS, 30)) for _ in range(6)]
SHORT = [" ".join(DRAWN.sample(WORDS, n)) for n in (8, 10, 12)]
TINY = " ".join(DRAWN.sample(WORDS, 7))


@pytest.fixture
def against(tmp_path: Path) -> Callable[..., Validation]:
    """against(name, content, rows): what is found in rows, the third from `clean`, against a benchmark file."""

    def run(name: str, content: str, rows: list[Any], file: str = "train.jsonl", **options: Any) -> Validation:
        (tmp_path / name).write_text(content, "utf8")
        target = write(tmp_path / file, [*clean()[:20], *rows])
        return validate([target], ValidateOptions(against=(tmp_path / name,), **options))

    return run


def found(validation: Validation) -> dict[str, str]:
    """Detail by line of the rows that hold an item."""
    one = next((one for one in validation.findings if one.id == "benchmark_overlap"), None)
    return {place.at.rpartition(" ")[2]: place.detail for place in one.places} if one else {}


def test_planted_items_are_found(against: Callable[..., Validation]) -> None:
    """Whole or by half, in question or answer, in other case, lines and punctuation; exactly those rows, and named."""
    words = LONG[4].split()
    rows = [
        chat(f"Please solve: {LONG[0].title()}!", "It is 4."),
        chat("What was it?", f"They asked\n{LONG[1].replace(' ', ',  ')}, and I knew."),
        chat(f"So: {SHORT[0].upper()}? Answer.", "No."),
        chat(" ".join(words[:22]), "Ten of its eighteen grams."),
        chat(" ".join(words[:20]), "Eight of its eighteen grams."),
        chat("Say more.", f"Well: {LONG[5]}."),
        chat(f"{LONG[0]} {LONG[1]}", "Two of them."),
    ]
    content = "".join(
        json.dumps({"question": question, "answer": answer}) + "\n"
        for question, answer in [(LONG[0], "4"), (LONG[1], "5"), (SHORT[0], "no"), (LONG[4], "x"), (SHORT[1], LONG[5])]
    )
    result = against("bench.jsonl", content, rows)
    assert found(result) == {
        "21": "bench.jsonl#line 1: 18 of the 18 13-grams of its question",
        "22": "bench.jsonl#line 2: 18 of the 18 13-grams of its question",
        "23": "bench.jsonl#line 3: 1 of the 1 8-grams of its question",
        "24": "bench.jsonl#line 4: 10 of the 18 13-grams of its question",
        "26": "bench.jsonl#line 5: 18 of the 18 13-grams of its answer",
        "27": "bench.jsonl#line 1: 18 of the 18 13-grams of its question; and 1 more items",
    }
    assert (result.ok, result.faulty) == (False, 6)
    assert set(found(against("bench.jsonl", content, rows, overlap=0.4))) - set(found(result)) == {"25"}


def test_other_words_are_not_found(against: Callable[..., Validation]) -> None:
    """Paraphrases, words in another order, questions below eight words, short answers: no overlap, and it is said."""
    words = LONG[0].split()
    mixed = " ".join(word if n % 6 else DRAWN.choice(WORDS) for n, word in enumerate(words))
    rows = [chat(" ".join(reversed(words)), "One."), chat(mixed, "Two."), chat(TINY, "Three."), chat("Why?", SHORT[1])]
    content = json.dumps([{"question": LONG[0], "answer": "4"}, {"question": TINY, "answer": SHORT[1]}])
    result = against("bench.json", content, rows)
    assert found(result) == {}
    assert any("1 of 2 items of the benchmarks were not looked for" in note for note in result.notes)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("b.txt", f"\n{LONG[2]}\n{SHORT[2]}\n"),
        ("b.csv", f"question,answer\n{LONG[2]},4\n{SHORT[2]},5\n"),
        (
            "b.jsonl",
            "".join(
                json.dumps({"question": q, "choices": ["a", "b"], "answer": 1}) + "\n" for q in LONG[2:3] + SHORT[2:]
            ),
        ),
        ("b.json", json.dumps([{"task_id": 1, "prompt": q, "test": "assert f() == 1"} for q in (LONG[2], SHORT[2])])),
        ("b.json", json.dumps([chat(LONG[2], "Yes."), chat(SHORT[2], "No.")])),
    ],
)
def test_benchmarks_of_every_form(name: str, content: str, against: Callable[..., Validation]) -> None:
    """Lines of text, tables, choices by number, prompts with tests, conversations: each of the two items is found."""
    rows = [chat(f"Now {LONG[2]}", "Yes."), chat(f"Now {SHORT[2]}", "No.")]
    assert [*found(against(name, content, rows))] == ["21", "22"]


def test_the_frame_of_a_benchmark_does_not_count(against: Callable[..., Validation]) -> None:
    """What more than ten items begin with is no item: a row with it alone is fine, one with an item is not."""
    frame, own = LONG[3], [" ".join(DRAWN.sample(WORDS, 16)) for _ in range(12)]
    content = "".join(f"{frame} {one}\n" for one in own)
    rows = [chat(f"{frame} something else", "Fine."), chat(f"{frame} {own[7]}", "Not fine.")]
    result = against("b.txt", content, rows)
    assert [*found(result)] == ["22"]
    assert found(result)["22"].startswith("b.txt#line 8: ")


def test_held_out_rows_may_hold_them(against: Callable[..., Validation]) -> None:
    """A test split is no training data."""
    assert found(against("b.txt", LONG[0], [chat(LONG[0], "Yes.")], file="test.jsonl")) == {}
    assert places(against("b.txt", LONG[0], [chat(LONG[0], "Yes.")]))["benchmark_overlap"] == ["21"]


def test_errors(against: Callable[..., Validation], tmp_path: Path) -> None:
    """A share out of range, a benchmark that is validated too, that is missing, or that holds no text."""
    with pytest.raises(UsageError, match=r"--overlap 1\.5"):
        ValidateOptions(overlap=1.5)
    file = write(tmp_path / "a.jsonl", clean()[:20])
    for benchmark, error in ((file, UsageError), (tmp_path / "none.txt", InputError)):
        with pytest.raises(error):
            validate([file], ValidateOptions(against=(benchmark,)))
    with pytest.raises(InputError, match="holds no item"):
        against("b.json", '[{"a": 1}]', [])


@pytest.mark.real
def test_no_false_alarm_on_real_files(data: Path) -> None:
    """FastChat's and Alpaca's rows hold nothing of each other; Alpaca has two with personal data."""
    fastchat, alpaca = (
        data / "sharegpt" / name for name in ("fastchat_dummy_conversation.json", "alpaca_en_demo.json")
    )
    for file, other, personal in ((fastchat, alpaca, 0), (alpaca, fastchat, 2)):
        result = validate([file], ValidateOptions(against=(other,)))
        counts = {one.id: one.count for one in result.findings}
        assert (counts.get("benchmark_overlap", 0), counts.get("personal_data", 0)) == (0, personal)
