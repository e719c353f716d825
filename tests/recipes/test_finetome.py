"""Facts about the open chat recipe: what becomes of every awkward line, whole conversations, scores and samples."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from books import Fate, check_books, fates, ledger, lines, said, table

from curation.base.errors import GateError, UsageError
from curation.base.rows import no_verdict
from curation.demo import finetome
from curation.ledger.build import Build
from curation.recipes.loading import load, make
from curation.runner.build import build

LINES = finetome.lines()
NAMES = {"human": "user", "gpt": "assistant", "system": "system", "observation": "tool"}
FELL: list[tuple[tuple[Any, ...], str, str]] = [
    (finetome.UNPARSABLE[:1], "bad_line", "not JSON: unexpected end of data at column 164: "),
    (finetome.UNPARSABLE[1:], "bad_line", "not JSON: unexpected character, expected a JSON value at column 1: "),
    ((finetome.NOT_AN_OBJECT,), "bad_line", "expected an object, found list"),
    ((finetome.NO_CONVERSATIONS,), "rendered_text", "31 characters: 'A chat was meant to stand here.'"),
    ((finetome.UNKNOWN_ROLE,), "unknown_role", "turn 2: 'moderator'"),
    (finetome.TWO_HUMANS[:1], "bad_alternation", "user user assistant"),
    (finetome.TWO_HUMANS[1:], "bad_alternation", "user assistant user user assistant"),
    ((finetome.STARTS_WITH_GPT,), "bad_alternation", "assistant user assistant"),
    (finetome.ENDS_ON_HUMAN[:1], "ends_on_user", "user assistant user"),
    (finetome.ENDS_ON_HUMAN[1:], "ends_on_user", "user"),
    ((finetome.EMPTY_TURN[0], finetome.NULL_VALUE), "empty_turn", "turn 2 (assistant) holds no text"),
    (finetome.EMPTY_TURN[1:], "empty_turn", "turn 1 (user) holds no text"),
    ((finetome.IMAGE_PART,), "not_text", "turn 1: a part that is image"),
    (finetome.CONTROL_TOKENS[1:], "control_token", "<|eot_id|> in turn 2 (assistant)"),
    ((*finetome.EXACT_COPIES, finetome.CASE_COPY), "duplicate", "repeats "),
    ((finetome.OVERLONG,), "too_long", "23920 tokens, the limit is 2048"),
]


@pytest.fixture(scope="session")
def demo(demos: Callable[[str], Any]) -> Build:
    return demos("finetome").build


@pytest.fixture(scope="session")
def with_options(demos: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Build]:
    """with_options(sample=40, ...): the demo built with options."""

    def made(**options: object) -> Build:
        source = demos("finetome").source
        return build(make(load("finetome"), source, options), tmp_path_factory.mktemp("options") / "out")

    return made


@pytest.fixture(scope="session")
def english(with_options: Callable[..., Build]) -> Build:
    return with_options(languages="en", min_score=4.0)


def place(trap: object) -> str:
    """The line of a trap in the file; of equal ones the later."""
    number = max(n for n, found in enumerate(finetome.TRAPS) if found is trap)
    return f"line {3 + 3 * number}"


def fate(build: Build, trap: object) -> Fate:
    return fates(build)[place(trap)]


def turn_of(turn: dict[str, str]) -> dict[str, Any]:
    """A turn of ShareGPT as a line of a build has it; a call is an object, not text."""
    if turn["from"] == "function_call":
        call = {"type": "function", "function": json.loads(turn["value"])}
        return {"role": "assistant", "content": "", "tool_calls": [call]}
    return {"role": NAMES[turn["from"]], "content": turn["value"]}


def read(line: str) -> list[dict[str, Any]]:
    """The conversation of a good line, read anew: roles as we call them, text parts joined."""
    chat = json.loads(line)
    if "conversations" in chat:
        return [turn_of(turn) for turn in chat["conversations"]]
    said = [(turn["role"], turn["content"]) for turn in chat["messages"]]
    return [{"role": role, "content": text if isinstance(text, str) else text[0]["text"]} for role, text in said]


def test_every_line_is_kept_or_in_the_ledger(demo: Build) -> None:
    """The books balance, and each line that is not blank is in the dataset or in the ledger, by its number."""
    check_books(demo)
    filled = [n for n, line in enumerate(LINES, 1) if line.strip()]
    assert set(fates(demo)) == {f"line {n}" for n in filled}
    assert len(filled) == len(LINES) - 1


def test_what_falls_says_why(demo: Build) -> None:
    """Every awkward line falls by its own reason, with its number in the file and the value that decided."""
    for traps, reason, detail in FELL:
        for trap in traps:
            assert fate(demo, trap).reason == reason
            assert (fate(demo, trap).detail or "").startswith(detail)


def test_nothing_else_falls(demo: Build) -> None:
    """Beside the traps that are meant to fall every line is kept."""
    traps = [trap for traps, _, _ in FELL for trap in traps]
    assert {where for where, found in fates(demo).items() if found.reason} == {place(trap) for trap in traps}
    assert Counter(ledger(demo)["reason"]) == Counter(reason for traps, reason, _ in FELL for _ in traps)


def test_copies_name_what_they_repeat(demo: Build) -> None:
    """A copy, exact or but for case and white space, names the first; the first is kept."""
    for copy, first in zip((*finetome.EXACT_COPIES, finetome.CASE_COPY), finetome.ORIGINALS, strict=True):
        (kept,) = fate(demo, first).rows
        assert fate(demo, copy).detail == f"repeats {kept['meta']['record']}"


def test_conversations_are_kept_whole(demo: Build) -> None:
    """Every turn of every kept line stands in its row, letter for letter and in order, of one question or of four."""
    turns = Counter()
    for n, line in enumerate(LINES, 1):
        for row in fates(demo).get(f"line {n}", Fate(None, None, [])).rows:
            assert row["messages"] == read(line)
            turns[len(said(row, "assistant"))] += 1
    assert {1, 2, 3, 4} <= set(turns)
    assert turns.total() == len(lines(demo))
    assert "\u2028" in said(fate(demo, finetome.LINE_SEPARATOR).rows[0], "assistant")[0]
    assert "<|im_end|>" in said(fate(demo, finetome.CONTROL_TOKENS[0]).rows[0], "user")[0]  # no token of this one
    for chat in finetome.TOOLS:
        (row,) = fate(demo, chat).rows
        assert [message["role"] for message in row["messages"]] == ["user", "assistant", "tool", "assistant"]
        assert row["messages"][1]["tool_calls"][0]["function"]["name"] in ("forecast", "timer")
    for chat in finetome.SYSTEM:
        assert [message["role"] for message in fate(demo, chat).rows[0]["messages"]] == ["system", "user", "assistant"]


def test_parts_of_text_are_read(demo: Build) -> None:
    """A turn that is a list of text parts says what they say."""
    for chat in finetome.PARTS:
        parts = [message["content"][0]["text"] for message in chat["messages"]]  # type: ignore[attr-defined]
        assert [message["content"] for message in fate(demo, chat).rows[0]["messages"]] == parts


def test_origin_and_score_stay(demo: Build) -> None:
    """The object's own source and score stand in the meta, null where it has none; the label is the source."""
    for n, line in enumerate(LINES, 1):
        for row in fates(demo).get(f"line {n}", Fate(None, None, [])).rows:
            chat, meta = json.loads(line), row["meta"]
            assert (meta["origin"], meta["score"]) == (chat.get("source"), chat.get("score"))
            assert meta["label"] == chat.get("source", "unknown")
            assert meta["source"] == f"line {n}"
    for chat in (*finetome.NO_SCORE, *finetome.NO_SOURCE):
        assert fate(demo, chat).rows


def test_near_conversations_share_a_split(demo: Build) -> None:
    """Conversations in which the user says nearly the same are all kept, in one split: compared one with the other."""
    for pair in finetome.NEAR_PAIRS:
        rows = [fate(demo, chat).rows[0] for chat in pair]
        assert len({(row["split"], row["meta"]["group"]) for row in rows}) == 1
    spoken = [(set(re.findall(r"\w+", " ".join(said(row, "user")).lower())), row) for row in lines(demo)]
    near = [(a, b) for (x, a), (y, b) in combinations(spoken, 2) if len(x & y) >= 0.8 * len(x | y)]
    assert len(near) == demo.manifest.figures["near_pairs"] > len(finetome.NEAR_PAIRS)
    assert all(a["meta"]["group"] == b["meta"]["group"] for a, b in near)
    assert all(a["split"] == b["split"] for a, b in near)


def test_min_score(demo: Build, english: Build) -> None:
    """`min_score` rejects what is scored lower, or not at all, with the score; what is scored as high is kept."""
    for where, found in fates(english).items():
        chat = fates(demo)[where]
        if found.reason == "low_score":
            assert found.detail == "null" or float(found.detail or 9) < 4.0
        for row in found.rows:
            assert row["meta"]["score"] >= 4.0
            assert chat.rows
    assert [fate(english, chat)[:2] for chat in finetome.NO_SCORE] == [("low_score", "null")] * 2
    lost = {where for where, found in fates(demo).items() if found.rows and not fates(english)[where].rows}
    assert {fates(english)[where].reason for where in lost} == {"low_score", "wrong_language"}
    asked = english.manifest.invocation
    assert asked is not None
    assert asked.options["min_score"] == 4.0


def test_languages(english: Build, tmp_path: Path) -> None:
    """`languages=en` rejects the German and the French conversation by name, and nothing else of the demo."""
    check_books(english)
    assert fate(english, finetome.GERMAN)[:2] == ("wrong_language", "de, expected en")
    assert fate(english, finetome.FRENCH)[:2] == ("wrong_language", "fr, expected en")
    assert english.counts()["wrong_language"] == 2
    (phase,) = (phase for phase in english.flow() if phase.name == "language")
    counts = {row["language"]: (int(row["records"]), int(row["kept"])) for row in table(english, "languages")}
    assert counts == {"en": (phase.kept, phase.kept), "de": (1, 0), "fr": (1, 0)}
    with pytest.raises(UsageError, match=r"'english' is not a known language code\. Expected one of: .* de, .* en, "):
        make(load("finetome"), finetome.write_finetome(tmp_path), {"languages": "english"})


def test_a_sample(demo: Build, demos: Callable[[str], Any], with_options: Callable[..., Build]) -> None:
    """A smaller sample holds fewer of the same records as a larger, another seed draws others; the rest says so."""
    kept = demo.kept("records").select("row", "id").with_columns(no_verdict())

    def drawn(sample: int, seed: int = 7) -> set[str]:
        options = {"sample": sample, "seed": seed}
        (stage,) = make(load("finetome"), demos("finetome").source, options).records["sample"]
        return set(stage(kept).filter(pl.col("reason").is_null()).collect()["id"])

    sets = [drawn(size) for size in (0, 1, 40, 80, 1_000)]
    assert [len(ids) for ids in sets] == [0, 1, 40, 80, 199]
    assert all(small < large for small, large in pairwise(sets))
    assert len(drawn(40, seed=8) & sets[2]) < 20
    made = with_options(sample=40)
    check_books(made)
    assert {*(row["meta"]["record"] for row in lines(made)), *ledger(made).filter(level="rows")["record"]} == sets[2]
    assert made.counts()["not_sampled"] == 159
    assert all(b.endswith(", the limit is 40") for b in ledger(made).filter(reason="not_sampled")["detail"])


SIDES: list[dict[str, Any]] = [
    {"prompt": "Where is the quay?", "chosen": "On the left.", "rejected": "Nowhere."},
    {"prompt": "Who mends sails?", "completion": "The loft by the lock.", "label": True},
    {"prompt": "Is the ferry free?", "completion": "Ask somebody else.", "label": False},
]


def test_preferences(tmp_path: Path) -> None:
    """They are rejected; `--as sft` takes the chosen answers, and an answer that was not wanted is in no row."""
    source = tmp_path / "sides.jsonl"
    source.write_text("".join(f"{json.dumps(side)}\n" for side in SIDES) + "\n".join(LINES[:30]))
    plain = build(make(load("finetome"), source, {}), tmp_path / "plain")
    assert plain.counts()["preference"] == 3
    made = build(make(load("finetome"), source, {"as_": "sft"}), tmp_path / "sft")
    check_books(made)
    assert [fates(made)[f"line {n}"].reason for n in (1, 2, 3)] == [None, None, "undesired"]
    answers = [said(fates(made)[f"line {n}"].rows[0], "assistant") for n in (1, 2)]
    assert answers == [["On the left."], ["The loft by the lock."]]
    assert not any(bad in line for bad in ("Nowhere.", "Ask somebody else.") for line in map(str, lines(made)))


def given_splits(folder: Path) -> Path:
    """Files of train and test; of the test rows one stands in train as well, one nearly."""
    folder.mkdir()
    rows = [json.dumps(chat) for chat in finetome.plain()]
    said = finetome.plain()[100]["conversations"]
    nearly = [{**said[0], "value": f"{said[0]['value']} !"}, {**said[1], "value": "Another answer."}, *said[2:]]  # type: ignore[index,misc]
    (folder / "train.jsonl").write_text("\n".join([*rows[:81], rows[90], json.dumps({"conversations": nearly})]))
    (folder / "test.jsonl").write_text("\n".join(rows[81:103]))
    return folder


def test_given_splits_stay(tmp_path: Path) -> None:
    """Test rows stay test, what repeats them in train goes by name, and `--split 80/10/10` deals anew."""
    made = build(make(load("finetome"), given_splits(tmp_path / "corpus"), {}), tmp_path / "out")
    check_books(made)
    splits = {where: [row["split"] for row in found.rows] for where, found in fates(made).items()}
    test = {where for where in splits if where.startswith("2#")}
    assert [splits[where] for where in sorted(test)] == [["test"]] * 22
    assert Counter(split for where in {*splits} - test for split in splits[where]) == {"train": 72, "validation": 9}
    fell = {row["source"]: row["reason"] for row in ledger(made).iter_rows(named=True)}
    assert fell == {"1#line 82": "duplicate", "1#line 83": "repeats_test"}
    anew = build(make(load("finetome"), tmp_path / "corpus", {"split": "80/10/10"}), tmp_path / "anew")
    assert {row["split"] for where, found in fates(anew).items() if where in test for row in found.rows} != {"test"}


def test_a_renamed_file_gives_the_same_build(demo: Build, tmp_path: Path) -> None:
    """Ids, splits and bytes are those of the file under its old name."""
    source = finetome.write_finetome(tmp_path).rename(tmp_path / "other-name.jsonl")
    made = build(make(load("finetome"), source, {}), tmp_path / "out")
    for name in ("train.jsonl", "validation.jsonl", "test.jsonl", "rejects.parquet"):
        assert (made.folder / name).read_bytes() == (demo.folder / name).read_bytes()


def test_a_file_without_a_conversation(tmp_path: Path) -> None:
    """A file in which no line is a conversation fails at the gate, with each line in the ledger."""
    (tmp_path / "chat.jsonl").write_text("[1, 2]\n\n3\n")
    with pytest.raises(GateError, match="A dataset has rows"):
        build(make(load("finetome"), tmp_path / "chat.jsonl", {}), tmp_path / "out")
    assert Build.open(tmp_path / "out.failed").counts() == {"bad_line": 2}


@pytest.mark.real
def test_the_dummy_conversations_of_fastchat(data: Path, tmp_path: Path) -> None:
    """Of the 500 conversations of FastChat's file each is in the dataset or in the ledger, read letter for letter."""
    source = data / "sharegpt" / "fastchat_dummy_conversation.json"
    made = build(make(load("finetome"), source, {}), tmp_path / "out")
    check_books(made)
    chats = {chat["id"]: chat for chat in json.loads(source.read_bytes())}
    assert made.flow()[0].entered == len(fates(made)) == 500
    for row in lines(made):
        turns = chats[row["meta"]["record"].partition("#")[0]]["conversations"]
        assert [message["content"] for message in row["messages"]] == [turn["value"] for turn in turns]
