"""Facts about `curate init` with tables of any maker: what it takes them for, and what it asks."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from books import check_books, lines, said
from commands import Curate

from curation.base.errors import UsageError
from curation.ledger.build import Build
from curation.scaffold.sniff import profile, roles_from

TOWNS = [f"{a}{b}" for a in ("Ar", "Brug", "Chu", "Dav", "El") for b in ("on", "is", "e", "ag")]
ASKED = [f"How does one get to {town}?" for town in TOWNS]
ANSWERED = [f"Take line {n} to {town}, it leaves at the {town} gate." for n, town in enumerate(TOWNS)]
TURNS = [
    [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
    for asked, answered in zip(ASKED, ANSWERED, strict=True)
]


def table(path: Path, header: Sequence[str], *columns: Sequence[object], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *zip(*columns, strict=True)])
    return path


def built(curate: Curate, path: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> Build:
    """What the recipe that `init` writes for the file builds."""
    monkeypatch.chdir(path.parent)
    made = path.parent / "made"
    for words in (("init", path, "--out", "mine.py", *options), ("build", "./mine.py", "--out", made)):
        done = curate(*words)
        assert done.code == 0, done
    build = Build.open(made)
    check_books(build)
    return build


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Frage", "Antwort"),
        ("Pregunta", "Respuesta"),
        ("pergunta", "resposta"),
        ("Question", "Réponse"),
        ("প্রশ্ন", "উত্তর"),
        ("सवाल", "जवाब"),
        ("问题", "答案"),
        ("سؤال", "جواب"),
        ("Question (short, plain)", "Answer [text]"),
    ],
)
def test_names_in_ten_languages(asked: str, answered: str, tmp_path: Path) -> None:
    """Common names are known, and are the reason that is given, whichever column is longer or comes first."""
    seen = profile(table(tmp_path / "t.csv", (answered, asked), ASKED, ANSWERED))
    assert seen.roles == {"question": asked, "answer": answered}
    assert seen.why["answer"] == f"the column is called {answered!r}"
    assert seen.examples[0] == (("user", ANSWERED[0]), ("assistant", ASKED[0]))


@pytest.mark.parametrize(
    ("header", "columns", "words"),
    [
        (("answer",), [ANSWERED], "could be the question"),
        (("x", "y"), [ANSWERED, ANSWERED[::-1]], "neither names nor lengths tell"),
        (
            ("question", "answer", "response"),
            [ASKED, ANSWERED, ANSWERED],
            "'answer', 'response' may each be the answer",
        ),
        ((ASKED[0], ANSWERED[0]), [ASKED[1:], ANSWERED[1:]], "its first row reads like a record"),
        (("prompt", "chosen", "rejected"), [ASKED, ANSWERED, ASKED], "preference pairs"),
        (("prompt", "completion", "label"), [ASKED, ANSWERED, ["true", "false"] * 10], "says true or false"),
        (("question", "answers"), [ASKED, ['{"text": ["a"]}'] * 20], "are lists or objects"),
        (("turn", "role", "content"), [range(20), ["user", "assistant"] * 10, ASKED], "known as its conversation"),
    ],
)
def test_what_is_asked(
    header: Sequence[str], columns: Sequence[Sequence[object]], words: str, curate: Curate, tmp_path: Path
) -> None:
    """Where names and texts do not decide, no recipe is written: the question is, with exit code 2."""
    done = curate("init", table(tmp_path / "t.csv", header, *columns), "--out", tmp_path / "x.py")
    assert done.code == 2
    assert words in done.err
    assert "--columns" in done.err
    assert not (tmp_path / "x.py").exists()


def test_two_delimiters_are_asked_about(curate: Curate, tmp_path: Path) -> None:
    """A file that two delimiters split as evenly is not split by a guess; told which, it is."""
    path = tmp_path / "t.csv"
    path.write_text("question,answer;topic\nWhy is it so?,One; two.\nHow is it?,Well;now.\n")
    done = curate("init", path, "--out", tmp_path / "x.py")
    assert (done.code, "give --delimiter" in done.err) == (2, True)
    assert curate("init", path, "--out", tmp_path / "x.py", "--delimiter", ",").code == 0
    assert 'delimiter=","' in (tmp_path / "x.py").read_text("utf8")


def test_columns_decide(curate: Curate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person says of the columns is taken, by name, or by number in a file without a header."""
    path = table(tmp_path / "t.csv", (ANSWERED[0], ASKED[0]), ANSWERED[1:], ASKED[1:], delimiter=";")
    build = built(curate, path, monkeypatch, "--columns", "question=2,answer=1", "--delimiter", ";")
    assert {(said(row, "user")[0], said(row, "assistant")[0]) for row in lines(build)} == {
        *zip(ASKED, ANSWERED, strict=True)
    }


def test_roles_are_read() -> None:
    """Names may hold commas and equal signs; a role that there is not is refused."""
    assert roles_from("question=a, b=c,answer = d") == {"question": "a, b=c", "answer": "d"}
    for wrong in ("asked=a", "question", "question="):
        with pytest.raises(UsageError, match="names no role and column"):
            roles_from(wrong)


def test_context_and_group(curate: Curate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A context comes before the question in the user's turn, and rows of one case share a split."""
    cases = [n // 4 for n in range(20)]
    contexts = [f"The {town} gate lies in the {town} street." for town in TOWNS]
    path = table(tmp_path / "t.csv", ("case_id", "context", "question", "answer"), cases, contexts, ASKED, ANSWERED)
    build = built(curate, path, monkeypatch)
    rows = lines(build)
    assert {said(row, "user")[0] for row in rows} == {f"{c}\n\n{q}" for c, q in zip(contexts, ASKED, strict=True)}
    assert (
        len({row["meta"]["group"] for row in rows}) == len({(row["meta"]["group"], row["split"]) for row in rows}) == 5
    )


@pytest.mark.parametrize("write", [json.dumps, repr], ids=["json", "python"])
def test_conversations_in_cells(write: object, curate: Curate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells that hold conversations, as JSON or as Python writes them, are read as conversations."""
    cells = [write(turns) for turns in TURNS]  # type: ignore[operator]
    build = built(curate, table(tmp_path / "t.csv", ("id", "chat"), range(20), cells), monkeypatch)
    assert {said(row, "user")[0] for row in lines(build)} == {*ASKED}


def test_a_turn_in_each_record(curate: Curate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns are put together by conversation and ordered by number, not by place; records without one are rejects."""
    parts = [(n, m, turn["role"], turn["content"]) for n, turns in enumerate(TURNS) for m, turn in enumerate(turns, 9)]
    parts = [*parts[::-1], ("", 1, "user", "Alone?")]
    header = ("conversation_id", "turn", "role", "content")
    build = built(curate, table(tmp_path / "t.csv", header, *zip(*parts, strict=True)), monkeypatch)
    assert {(said(row, "user")[0], said(row, "assistant")[0]) for row in lines(build)} == {
        *zip(ASKED, ANSWERED, strict=True)
    }
    assert build.counts() == {"bad_record": 1}


def test_nothing_to_build_is_said(curate: Curate, tmp_path: Path) -> None:
    """A file of which no record can be read, or that wraps its list, gives the reason and an example, and no recipe."""
    path = tmp_path / "t.jsonl"
    path.write_text('{"messages": [{"role": "wizard", "content": "Hm"}]}\n' * 3)
    done = curate("init", path, "--out", tmp_path / "x.py")
    assert done.code == 2
    assert "none of its 3 records can be read (3 unknown_role); for example" in done.err
    for name in ("w.json", "w.jsonl"):
        (tmp_path / name).write_text(json.dumps({"documents": [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}]}))
    done = curate("init", tmp_path / "w.json", "--out", tmp_path / "x.py")
    assert (done.code, "w.json holds text records, which are no conversations" in done.err) == (2, True)
    done = curate("init", tmp_path / "w.jsonl", "--out", tmp_path / "x.py")
    assert (done.code, "'documents' holds 2 objects with the keys 'id', 'text'" in done.err) == (3, True)
    assert not (tmp_path / "x.py").exists()
