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
    place = "data[0].paragraphs[0]"
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
                "spans": [
                    {"text": "one", "start": 0, "problem": None, "searched": None},
                    {"text": "two", "start": 4, "problem": None, "searched": None},
                ],
            }
        ],
        "reason": None,
        "detail": None,
        "other": None,
    }


def test_several_paragraphs_are_several_records(tmp_path: Path) -> None:
    """Paragraphs of one document are numbered, and share the title."""
    records = read(
        write(tmp_path, document("A", paragraph(context="x"), paragraph(context="y")), document("B", paragraph()))
    )
    assert [record["id"] for record in records] == ["A [0]", "A [1]", "B"]
    assert [record["title"] for record in records] == ["A", "A", "B"]
    assert [record["context"] for record in records] == ["x", "y", "one two three"]
    assert [record["source"] for record in records] == [
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


def test_documents_without_a_title_are_called_by_their_content(tmp_path: Path) -> None:
    """A missing, null or empty title is a hash of the texts: it stays where documents are added before."""
    bare = document(None, paragraph(question("q"), context="x"))
    ids = [record["id"] for record in read(write(tmp_path, bare, document(None, paragraph()), document("A"), bare))]
    assert ids[2] == f"{ids[0]} #2"
    assert len(set(ids)) == 3
    assert [record["id"] for record in read(write(tmp_path, document("B", paragraph()), bare))] == ["B", ids[0]]
    for title in (None, ""):
        assert read(write(tmp_path, bare | {"title": title}))[0]["id"] == ids[0]


def test_files_are_read_in_order(tmp_path: Path) -> None:
    """Records come by file, then by place; of several files the source gives the number, never the name."""
    one, two = (write(tmp_path, document(name, paragraph()), name=f"{name}.json") for name in ("b", "a"))
    assert [(record["id"], record["source"]) for record in read(one, two)] == [
        ("b", "1#data[0].paragraphs[0]"),
        ("a", "2#data[0].paragraphs[0]"),
    ]


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
    given_spans = [("two", 4), ("one", 0), ("one", 0), (" two ", 3), ("zzz", 99), ("x", -2), ("", 0)]
    (record,) = read(write(tmp_path, document("A", paragraph(question("q", *given_spans)))))
    assert questions_of(record) == {"q": given_spans}
    assert {span["problem"] for span in record["questions"][0]["spans"]} == {None}


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


WHOLE = orjson.dumps({"data": [document("A", paragraph(question("q", ("one", 0)) | {"is_impossible": False}))]})


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
        (b"", "line 1, column 1"),
        (b"   ", "line 1, column"),
        (WHOLE[:-20], "line 1, column"),
        (WHOLE.replace(b'"qas"', b'\n"qas'), "line 2, column"),
        (WHOLE.decode().encode("utf-16-le"), "UTF-16-LE without a byte-order mark"),
        (b"not json", "line 1, column"),
        (b"\x00" * 10, "without a byte-order mark"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_files_that_are_no_json(tmp_path: Path, content: bytes, position: str) -> None:
    """A file that is cut, in another encoding or no JSON at all: one error with the file and what is wrong where."""
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_squad([path])
    assert str(path) in caught.value.fact
    assert position in caught.value.fact


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b'"data"', "is 'data'"),
        (b"{}", "is an object with no keys"),
        (damaged(data=...), "is an object with no keys"),
        (damaged(data="x"), "is an object with data"),
        (damaged(data=["x"]), "data[0] is 'x'"),
        (b'[{"question": "Who?", "answer": "I"}]', "[0] is an object with question, answer"),
        (b'{"messages": []}', "is an object with messages"),
    ],
)
def test_files_that_are_no_span_data(tmp_path: Path, content: bytes, found: str) -> None:
    """A file of something else is one error that says what it holds and what was expected."""
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_squad([path])
    assert str(path) in caught.value.fact
    assert found in caught.value.fact
    assert "SQuAD" in caught.value.hint
    assert caught.value.exit_code == 3


GOOD = document("good", paragraph(question("g", ("one", 0))))
PARAGRAPH = "data[0].paragraphs[0]"


@pytest.mark.parametrize(
    ("content", "source", "detail"),
    [
        (damaged(title=["x"]), "data[0]", "title: expected text, found list ['x']"),
        (damaged(title=True), "data[0]", "title: expected text, found boolean True"),
        (damaged(paragraphs="x"), "data[0]", "expected a text with questions or labels, found an object with"),
        (damaged(paragraphs=["x"]), PARAGRAPH, "expected an object, found text 'x'"),
        (damaged(context=...), PARAGRAPH, "context: expected text, found null"),
        (damaged(context=["x"]), PARAGRAPH, "context: expected text, found list ['x']"),
        (damaged(context="x").replace(b'"x"', b'"a \\ud83d b"'), PARAGRAPH, "character 2 is a lone surrogate, U+D83D"),
        (damaged(context="x").replace(b'"x"', b'"caf\xe9"'), PARAGRAPH, "context: character 3 is the byte 0xe9"),
        (damaged(qas="x"), PARAGRAPH, "qas: expected a list, found text 'x'"),
        (damaged(qas=["x"]), f"{PARAGRAPH}.qas[0]", "expected an object, found text 'x'"),
        (damaged(id=[7]), f"{PARAGRAPH}.qas[0]", "id: expected text, found list [7]"),
        (damaged(question=...), f"{PARAGRAPH}.qas[0]", "question: expected text, found null"),
        (damaged(answers="one"), f"{PARAGRAPH}.qas[0]", "answers: expected a list of {text, answer_start}, found text"),
        (damaged(answers={"text": ["a", "b"], "answer_start": [0]}), f"{PARAGRAPH}.qas[0]", "2 texts and 1 offsets"),
        (damaged(is_impossible=True), f"{PARAGRAPH}.qas[0]", "is_impossible is true, and there is the answer 'one'"),
    ],
)
def test_one_bad_record_is_one_reject(tmp_path: Path, content: bytes, source: str, detail: str) -> None:
    """A record or a question that cannot be read is rejected with its place and value; the rest is read."""
    path = tmp_path / "bad.json"
    path.write_bytes(content[:-2] + b", " + orjson.dumps(GOOD) + b"]}")
    records = read(path)
    (bad,) = (record for record in records if record["reason"])
    assert (bad["reason"], bad["source"], bad["questions"]) == ("bad_record", source, [])
    assert detail in bad["detail"]
    assert questions_of(records[-1]) == {"g": [("one", 0)]}
    assert len({record["id"] for record in records}) == len(records)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"answer_start": 1.5}, "answers[0].answer_start: expected a whole number, found number 1.5"),
        ({"answer_start": "x"}, "answers[0].answer_start: expected a whole number, found text 'x'"),
        ({"answer_start": True}, "answers[0].answer_start: expected a whole number, found boolean True"),
        ({"answer_start": 10**30}, "answers[0].answer_start: expected a whole number, found number 1000"),
        ({"text": 7}, "answers[0].text: expected text, found number 7"),
        ({"answers": ["one"]}, "answers[0]: expected an object, found text 'one'"),
        ({"text": "o", "answer_start": -1}, "the source gives no offset (-1), and 'o' stands more than once"),
        ({"text": "four", "answer_start": -1}, "the source gives no offset (-1), and 'four' stands nowhere"),
    ],
)
def test_one_bad_answer_is_a_span_with_its_problem(tmp_path: Path, changes: Json, problem: str) -> None:
    """An answer that cannot be used stays one of its question, which is then not taken for unanswerable."""
    path = tmp_path / "bad.json"
    large = changes.get("answer_start") == 10**30
    content = damaged(**(changes | {"answer_start": 12345} if large else changes))
    path.write_bytes(content.replace(b"12345", str(10**30).encode()))
    (record,) = read(path)
    ((span,),) = (asked["spans"] for asked in record["questions"])
    assert record["reason"] is None
    assert span["problem"].startswith(problem)


@pytest.mark.parametrize(
    ("changes", "spans"),
    [
        ({"answers": []}, []),
        ({"answers": None}, []),
        ({"answers": ...}, []),
        ({"text": "", "answer_start": -1}, []),
        ({"text": None, "answer_start": None}, []),
        ({"answers": {"text": [], "answer_start": []}}, []),
        ({"answers": {"text": ["one", "two"], "answer_start": [0, 4]}}, [("one", 0, None), ("two", 4, None)]),
        ({"answer_start": 0.0}, [("one", 0, None)]),
        ({"text": "two", "answer_start": -1}, [("two", 4, True)]),
        ({"text": "two", "answer_start": None}, [("two", 4, True)]),
        ({"text": "two", "answer_start": ...}, [("two", 4, True)]),
    ],
)
def test_answers_of_every_maker(tmp_path: Path, changes: Json, spans: list[tuple[str, int, bool | None]]) -> None:
    """No answer in all its spellings; -1 as an offset that is not known, and whose text stands once, is found."""
    path = tmp_path / "odd.json"
    path.write_bytes(damaged(**changes))
    (record,) = read(path)
    assert [
        tuple(span[key] for key in ("text", "start", "searched")) for span in record["questions"][0]["spans"]
    ] == spans


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A path that is missing, or a folder, is named."""
    for path in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            read_squad([path])


words = st.text(st.sampled_from('ab ’চুল\n🍺\u00a0\u2028"\\'), max_size=8)
spans = st.lists(st.tuples(words, st.integers(0, 40)), max_size=3)


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
