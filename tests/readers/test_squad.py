"""Facts about reading SQuAD JSON, in either dialect, well-formed or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.base.errors import InputError
from curation.readers.squad import ANY_QUESTION, SCHEMA, read_squad

Json = dict[str, Any]


def question(id: str, *answers: tuple[str, int], asked: str = "Who?") -> Json:
    return {"id": id, "question": asked, "answers": [{"text": text, "answer_start": start} for text, start in answers]}


def paragraph(*questions: Json, context: str = "one two three") -> Json:
    return {"context": context, "qas": list(questions)}


def document(title: str | None, *paragraphs: Json) -> Json:
    return {"paragraphs": list(paragraphs)} | ({} if title is None else {"title": title})


def write(folder: Path, *documents: Json, name: str = "squad.json") -> Path:
    path = folder / name
    path.write_bytes(orjson.dumps({"version": "1", "data": list(documents)}))
    return path


def read(*paths: Path) -> list[Json]:
    frame = read_squad(paths).collect()
    assert frame.schema == pl.Schema(SCHEMA)
    return frame.to_dicts()


def questions_of(record: Json) -> dict[str, list[tuple[str, int]]]:
    return {q["id"]: [(span["text"], span["start"]) for span in q["spans"]] for q in record["questions"]}


def test_a_record_is_a_paragraph(tmp_path: Path) -> None:
    """A document of one paragraph is a record under its title, with every field in its place."""
    asked = question("A__Parties", ("one", 0), ("two", 4), asked="Who are\u00a0the parties?")
    (record,) = read(write(tmp_path, document("A", paragraph(asked, context="one two\u2028three"))))
    place = "squad.json#data[0].paragraphs[0]"
    assert record == {
        "id": "A",
        "source": place,
        "title": "A",
        "context": "one two\u2028three",
        "questions": [
            {
                "id": "A__Parties",
                "source": f"{place}.qas[0]",
                "category": "Parties",
                "question": "Who are\u00a0the parties?",
                "spans": [{"text": "one", "start": 0}, {"text": "two", "start": 4}],
            }
        ],
    }


def test_several_paragraphs_are_several_records(tmp_path: Path) -> None:
    """Paragraphs of one document are numbered, and share the title."""
    records = read(
        write(tmp_path, document("A", paragraph(context="x"), paragraph(context="y")), document("B", paragraph()))
    )
    assert [record["id"] for record in records] == ["A [0]", "A [1]", "B"]
    assert [record["title"] for record in records] == ["A", "A", "B"]
    assert [record["context"] for record in records] == ["x", "y", "one two three"]
    assert [record["source"].partition("#")[2] for record in records] == [
        "data[0].paragraphs[0]",
        "data[0].paragraphs[1]",
        "data[1].paragraphs[0]",
    ]


def test_titles_that_repeat_get_ids_of_their_own(tmp_path: Path) -> None:
    """No two records and no two questions have one id, over all files; titles stay as they are."""
    kin = [document(title, paragraph(question("A__X"), question("plain"))) for title in ("A", "A", "A ", "A #2")]
    one, two = write(tmp_path, *kin), write(tmp_path, kin[0], name="two.json")
    records = read(one, two)
    ids = [record["id"] for record in records] + [q["id"] for record in records for q in record["questions"]]
    assert len(ids) == len(set(ids)) == 15
    assert records[0]["id"] == "A"
    assert [record["title"] for record in records] == ["A", "A", "A ", "A #2", "A"]
    assert [q["category"] for record in records for q in record["questions"]] == ["X", ANY_QUESTION] * 5


def test_outer_whitespace_of_a_title_is_not_in_the_id(tmp_path: Path) -> None:
    """An id is the title without its outer whitespace, and so are the ids of its questions."""
    (record,) = read(write(tmp_path, document(" A \n", paragraph(question(" A \n__X")))))
    assert (record["id"], record["title"]) == ("A", " A \n")
    assert record["questions"][0]["id"] == "A__X"


def test_documents_without_a_title_are_numbered(tmp_path: Path) -> None:
    """A missing title is made of the document's place."""
    records = read(write(tmp_path, document(None, paragraph()), document(None, paragraph())))
    assert [record["id"] for record in records] == ["document 0", "document 1"]


def test_files_are_read_in_order(tmp_path: Path) -> None:
    """Records come by file, then by place; the source names the file."""
    one, two = (write(tmp_path, document(name, paragraph()), name=f"{name}.json") for name in ("b", "a"))
    assert [record["source"].partition("#")[0] for record in read(one, two)] == ["b.json", "a.json"]


def test_nothing_to_read(tmp_path: Path) -> None:
    """No documents, a document without paragraphs, and one without questions are no errors."""
    assert read(write(tmp_path)) == []
    assert read(write(tmp_path, document("A"))) == []
    assert read(write(tmp_path, document("A", paragraph())))[0]["questions"] == []
    assert read() == []


def test_squad_v2_fields_are_ignored(tmp_path: Path) -> None:
    """Unanswerable questions have no spans; fields that are not asked for do not matter."""
    asked = question("5a8d7bf7df8bba001a0f9ab1") | {
        "is_impossible": True,
        "plausible_answers": [{"text": "x", "answer_start": 1}],
    }
    (record,) = read(write(tmp_path, document("A", paragraph(asked))))
    assert record["questions"][0]["spans"] == []
    assert record["questions"][0]["category"] == ANY_QUESTION


def test_answers_are_read_as_they_are(tmp_path: Path) -> None:
    """Order, repetition, outer whitespace, wrong and negative offsets are for the stages to judge."""
    given_spans = [("two", 4), ("one", 0), ("one", 0), (" two ", 3), ("zzz", 99), ("x", -1), ("", 0)]
    (record,) = read(write(tmp_path, document("A", paragraph(question("q", *given_spans)))))
    assert questions_of(record) == {"q": given_spans}


def test_separate_questions_are_merged(tmp_path: Path) -> None:
    """In the dialect of one answer a question, `_<k>` falls from the id and the answers come together, in order."""
    asked = [
        question("A__X_0", ("one", 0)),
        question("A__Y_0"),
        question("A__X_1", ("two", 4)),
        question("A__X_10", ("three", 8)),
    ]
    (record,) = read(write(tmp_path, document("A", paragraph(*asked))))
    assert questions_of(record) == {"A__X": [("one", 0), ("two", 4), ("three", 8)], "A__Y": []}
    assert [q["category"] for q in record["questions"]] == ["X", "Y"]
    assert [q["source"][-6:] for q in record["questions"]] == ["qas[0]", "qas[1]"]


@pytest.mark.parametrize("other", [question("A__Y"), question("A__Y_0", ("one", 0), ("two", 4))])
def test_one_other_question_makes_it_no_dialect(tmp_path: Path, other: Json) -> None:
    """Where one id has no number, or one question two answers, the file is plain and every id stays."""
    asked = [question("A__X_0", ("one", 0)), question("A__X_1", ("two", 4)), other]
    (record,) = read(write(tmp_path, document("A", paragraph(*asked))))
    assert list(questions_of(record)) == ["A__X_0", "A__X_1", other["id"]]


def test_different_questions_are_not_merged(tmp_path: Path) -> None:
    """Numbered ids alone are no dialect: questions with other words stay questions of their own."""
    asked = [question("q_1", ("one", 0), asked="Who sells?"), question("q_2", ("two", 4), asked="Who buys?")]
    (record,) = read(write(tmp_path, document("A", paragraph(*asked))))
    assert [q["question"] for q in record["questions"]] == ["Who sells?", "Who buys?"]


def test_the_dialect_merges_within_a_paragraph_only(tmp_path: Path) -> None:
    """Equal ids in other paragraphs are other questions."""
    records = read(write(tmp_path, *(document("A", paragraph(question("A__X_0", ("one", 0)))) for _ in range(2))))
    assert [list(questions_of(record).values()) for record in records] == [[[("one", 0)]]] * 2


WHOLE = orjson.dumps({"data": [document("A", paragraph(question("q", ("one", 0))))]})


def damaged(**changes: object) -> bytes:
    """The file with one field set to a value, or left out where the value is `...`."""
    parsed = orjson.loads(WHOLE)
    first = parsed["data"][0]
    paragraphs = first["paragraphs"][0]
    asked = paragraphs["qas"][0]
    for holder in (parsed, first, paragraphs, asked, asked["answers"][0]):
        for field in set(changes) & set(holder):
            holder[field] = changes[field]
            if changes[field] is ...:
                del holder[field]
    return orjson.dumps(parsed)


@pytest.mark.parametrize(
    ("content", "position"),
    [
        (b"", "line 1 column 0"),
        (b"   ", "line 1 column"),
        (WHOLE[:-20], f"line 1 column {len(WHOLE) - 20}"),
        (WHOLE.replace(b'"qas"', b'\n"qas'), "line 2 column"),
        (WHOLE + b"x", "line 1 column"),
        (WHOLE.replace(b"one two", b"one \xff two"), "line 1 column"),
        (WHOLE.replace(b"one two", b"caf\xe9 two"), "line 1 column"),
        (WHOLE.decode().encode("utf-16"), "line 1 column"),
        (WHOLE.replace(b"one two", b"\\ud800 two"), "line 1 column"),
        (b"not json", "line 1 column"),
        (b"\x00" * 10, "line 1 column"),
    ],
)
def test_files_that_are_no_json(tmp_path: Path, content: bytes, position: str) -> None:
    """A file that is cut, in another encoding or no JSON at all: one error with the file, the line and the column."""
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_squad([path])
    assert str(path) in caught.value.fact
    assert position in caught.value.fact
    assert "SQuAD" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        (b"[]", "the whole file", "an object"),
        (b"null", "the whole file", "an object"),
        (b'"data"', "the whole file", "an object"),
        (b"{}", "data", "missing"),
        (damaged(data=...), "data", "missing"),
        (damaged(data="x"), "data", "a list"),
        (damaged(data={}), "data", "a list"),
        (damaged(data=["x"]), "data[0]", "an object"),
        (damaged(title=None), "data[0].title", "a string"),
        (damaged(title=7), "data[0].title", "a string"),
        (damaged(paragraphs=...), "data[0].paragraphs", "missing"),
        (damaged(paragraphs="x"), "data[0].paragraphs", "a list"),
        (damaged(context=...), "data[0].paragraphs[0].context", "missing"),
        (damaged(context=["x"]), "data[0].paragraphs[0].context", "a string"),
        (damaged(qas=None), "data[0].paragraphs[0].qas", "a list"),
        (damaged(id=7), "data[0].paragraphs[0].qas[0].id", "a string"),
        (damaged(question=...), "data[0].paragraphs[0].qas[0].question", "missing"),
        (damaged(answers="one"), "data[0].paragraphs[0].qas[0].answers", "a list"),
        (damaged(answers={"text": ["one"], "answer_start": [0]}), "data[0].paragraphs[0].qas[0].answers", "a list"),
        (damaged(answer_start=...), "data[0].paragraphs[0].qas[0].answers[0].answer_start", "missing"),
        (damaged(answer_start=1.5), "data[0].paragraphs[0].qas[0].answers[0].answer_start", "a whole number"),
        (damaged(answer_start="x"), "data[0].paragraphs[0].qas[0].answers[0].answer_start", "a whole number"),
        (damaged(answer_start=None), "data[0].paragraphs[0].qas[0].answers[0].answer_start", "a whole number"),
        (damaged(text=None), "data[0].paragraphs[0].qas[0].answers[0].text", "a string"),
    ],
)
def test_files_that_are_no_squad(tmp_path: Path, content: bytes, where: str, what: str) -> None:
    """A field that is missing or of another kind: one error with the file, the field's place and what was expected."""
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_squad([path])
    fact = caught.value.fact
    assert str(path) in fact
    if what == "missing":
        assert fact.endswith(f"the field {where} is missing")
    else:
        assert f": {where}: expected {what}, found " in fact
    assert caught.value.exit_code == 3


def test_the_place_of_an_error_is_its_own(tmp_path: Path) -> None:
    """The place counts documents, paragraphs, questions and answers from 0."""
    bad = question("q", ("one", 0), ("two", 0))
    bad["answers"][1]["answer_start"] = 0.5
    path = write(tmp_path, document("A", paragraph()), document("B", paragraph(), paragraph(question("p"), bad)))
    with pytest.raises(InputError, match=r"data\[1\]\.paragraphs\[1\]\.qas\[1\]\.answers\[1\]\.answer_start: .* 0\.5"):
        read_squad([path])


@pytest.mark.parametrize("start", [2**63, -(2**63) - 1, 10**30])
def test_an_offset_beyond_all_texts_is_an_error(tmp_path: Path, start: int) -> None:
    """A number too large for any text is no offset; it does not become null."""
    path = tmp_path / "bad.json"
    path.write_bytes(damaged(answer_start=12345).replace(b"12345", str(start).encode()))
    with pytest.raises(InputError, match="answer_start"):
        read_squad([path])


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A path that is missing, or a folder, is named."""
    for path in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            read_squad([path])


words = st.text(st.sampled_from('ab ’চুল\n🍺\u00a0\u2028"\\'), max_size=8)
spans = st.lists(st.tuples(words, st.integers(-2, 40)), max_size=3)


@st.composite
def corpora(draw: st.DrawFn) -> list[Json]:
    """Documents with titles and question ids of their own; ids hold no `__` and do not end in a number."""
    documents = []
    for d in range(draw(st.integers(0, 3))):
        paragraphs = []
        for p in range(draw(st.integers(0, 3))):
            asked = [
                question(f"q{d}.{p}.{q}?", *draw(spans), asked=draw(words)) for q in range(draw(st.integers(0, 3)))
            ]
            paragraphs.append(paragraph(*asked, context=draw(words)))
        documents.append(document(f"title {d}", *paragraphs))
    return documents


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpora())
def test_what_is_written_is_read(tmp_path: Path, documents: list[Json]) -> None:
    """Ids, titles, texts, questions and spans of any valid file come back, in order."""
    records = read(write(tmp_path, *documents))
    paragraphs = [(d, p) for d in documents for p in d["paragraphs"]]
    assert len(records) == len(paragraphs)
    for record, (d, p) in zip(records, paragraphs, strict=True):
        assert record["title"] == d["title"]
        assert record["id"].startswith(d["title"])
        assert record["context"] == p["context"]
        assert [q["question"] for q in record["questions"]] == [q["question"] for q in p["qas"]]
        expected = {q["id"]: [(a["text"], a["answer_start"]) for a in q["answers"]] for q in p["qas"]}
        assert list(questions_of(record).items()) == list(expected.items())


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpora())
def test_both_dialects_give_the_same_questions(tmp_path: Path, documents: list[Json]) -> None:
    """A corpus written with one answer a question reads as the one it was made of."""
    separate = orjson.loads(orjson.dumps(documents))
    for entry in (p for d in separate for p in d["paragraphs"]):
        parts = [(q, q["answers"] or [None]) for q in entry["qas"]]
        entry["qas"] = [
            q | {"id": f"{q['id']}_{k}", "answers": [a] if a else []}
            for q, answers in parts
            for k, a in enumerate(answers)
        ]
    one, two = read(write(tmp_path, *documents)), read(write(tmp_path, *separate))
    drop = [
        [{k: v for k, v in q.items() if k != "source"} for record in x for q in record["questions"]] for x in (one, two)
    ]
    assert drop[0] == drop[1]


@pytest.mark.real
def test_both_published_files_give_the_same_questions(data: Path, tmp_path: Path) -> None:
    """Of the contracts in both published files the ids, categories and questions are the same, and so are the spans
    of each as sets."""
    dialect = data / "cuad" / "train_separate_questions.first11.json"
    titles = {d["title"] for d in orjson.loads(dialect.read_bytes())["data"]}
    documents = [d for d in orjson.loads((data / "cuad" / "CUADv1.json").read_bytes())["data"] if d["title"] in titles]
    plain = {record["id"]: record for record in read(write(tmp_path, *documents))}
    separate = {record["id"]: record for record in read(dialect)}
    assert len(separate) == 11
    assert set(plain) == set(separate)
    for id, record in separate.items():
        assert record["context"] == plain[id]["context"]
        asked = [{q["id"]: (q["category"], q["question"]) for q in r["questions"]} for r in (record, plain[id])]
        assert asked[0] == asked[1]
        assert len(asked[0]) == 41
        offsets = [
            {q["category"]: {(s["text"], s["start"]) for s in q["spans"]} for q in r["questions"]}
            for r in (record, plain[id])
        ]
        assert offsets[0] == offsets[1]
