"""Facts about span files of other makers than SQuAD's: flat questions, haystack, doccano, Label Studio."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.base.errors import UsageError
from curation.readers.spans.forms import holds_spans
from curation.readers.squad import read_squad
from curation.scaffold.sniff import profile
from curation.validation.inputs import input_files
from curation.validation.read import read as read_for_validation

Json = dict[str, Any]
PIER, MOOR = "The pier of Aule was built in 1902.", "Heather grows on the moor."


def flat(id: object, context: str, asked: str, *answers: tuple[str, int], **more: object) -> Json:
    texts, starts = [text for text, _ in answers], [start for _, start in answers]
    return {"id": id, "context": context, "question": asked, "answers": {"text": texts, "answer_start": starts}, **more}


ROWS = [
    flat("p1", PIER, "When?", ("1902", 30), title="Aule"),
    flat("p2", PIER, "Who built it?", title="Aule"),
    flat("m1", MOOR, "What grows?", ("Heather", 0), title="Aule"),
    flat("p3", PIER, "What?", ("pier", 4), title="Aule"),
    flat("m2", MOOR, "Where?", ("moor", 21), title="Moor"),
]


def lines(path: Path, rows: list[Any]) -> Path:
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return path


def whole(path: Path, value: object) -> Path:
    path.write_bytes(orjson.dumps(value))
    return path


def read(*paths: Path) -> list[Json]:
    return read_squad(paths).collect().to_dicts()


def spans_of(record: Json) -> dict[str, list[tuple[str, int]]]:
    return {
        one["category"] if "__" in one["id"] else one["id"]: [(span["text"], span["start"]) for span in one["spans"]]
        for one in record["questions"]
    }


def parquet(path: Path, rows: list[Json]) -> Path:
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def packed(path: Path, rows: list[Json]) -> Path:
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + orjson.dumps(rows)))
    return path


def zstd(path: Path, rows: list[Json]) -> Path:
    with pa.output_stream(str(path), compression="zstd") as stream:
        stream.write(orjson.dumps({"version": "1", "data": rows}))
    return path


FLAT = {
    "flat.jsonl": (lines, "line 1"),
    "flat.json": (whole, "[0]"),
    "lines.json": (lines, "line 1"),
    "data.json": (lambda path, rows: whole(path, {"version": "1", "data": rows}), "data[0]"),
    "splits.json": (lambda path, rows: whole(path, {"train": rows[:2], "test": rows[2:]}), "train[0]"),
    "flat.parquet": (parquet, "record 1"),
    "flat.json.gz": (packed, "[0]"),
    "flat.json.zst": (zstd, "data[0]"),
}


@pytest.mark.parametrize("name", FLAT)
def test_flat_questions_come_together_by_their_context(tmp_path: Path, name: str) -> None:
    """In every container the questions of one text and title are one record, numbered where titles repeat."""
    write, source = FLAT[name]
    path = write(tmp_path / name, ROWS)  # type: ignore[operator]
    records = read(path)
    assert [(record["id"], record["title"], record["context"]) for record in records] == [
        ("Aule [0]", "Aule", PIER),
        ("Aule [1]", "Aule", MOOR),
        ("Moor", "Moor", MOOR),
    ]
    assert records[0]["source"] == source
    assert [spans_of(record) for record in records] == [
        {"p1": [("1902", 30)], "p2": [], "p3": [("pier", 4)]},
        {"m1": [("Heather", 0)]},
        {"m2": [("moor", 21)]},
    ]
    assert profile(path).form == "squad"


def test_flat_questions_come_together_over_files(tmp_path: Path) -> None:
    """Shards are one corpus: a text that stands in two of them is one record, where it first stood."""
    one, two = lines(tmp_path / "a.jsonl", ROWS[:3]), lines(tmp_path / "b.jsonl", ROWS[3:])
    shards, whole = read(one, two), read(lines(tmp_path / "c.jsonl", ROWS))
    assert [record["source"] for record in shards] == ["1#line 1", "1#line 3", "2#line 2"]
    assert [(record["id"], spans_of(record)) for record in shards] == [(one["id"], spans_of(one)) for one in whole]


def test_a_bad_flat_row_is_one_reject(tmp_path: Path) -> None:
    """What is no JSON, cut characters, rows without offsets are rejected where they stand; the rest is read."""
    path = lines(tmp_path / "x.jsonl", [*ROWS[:1], {"context": PIER, "question": "Who?", "answer": "Ada"}, [1]])
    path.write_bytes(path.read_bytes() + b'\n{"context": "\\ud83d"}\n{"context": \n' + orjson.dumps(ROWS[1]))
    records = read(path)
    assert spans_of(records[0]) == {"p1": [("1902", 30)], "p2": []}
    assert [(record["source"], record["reason"]) for record in records[1:]] == [
        (f"line {n}", "bad_record") for n in (2, 3, 4, 5)
    ]
    assert "no answers with offsets among context, question, answer" in records[1]["detail"]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), max_size=3), min_size=1, max_size=4))
def test_flat_and_nested_are_the_same_records(tmp_path: Path, asked: list[list[tuple[int, int]]]) -> None:
    """A document written nested and flat gives the same ids, texts and spans; only the places differ."""
    contexts = [f"{n} {PIER}" for n in range(len(asked))]
    spans = [[(context[a : a + b], a) for a, b in one] for context, one in zip(contexts, asked, strict=True)]
    nested = [
        {
            "context": context,
            "qas": [{"id": context[0], "question": "?", "answers": [{"text": t, "answer_start": a} for t, a in one]}],
        }
        for context, one in zip(contexts, spans, strict=True)
    ]
    rows = [flat(context[0], context, "?", *one, title="T") for context, one in zip(contexts, spans, strict=True)]
    one = read(whole(tmp_path / "nested.json", {"data": [{"title": "T", "paragraphs": nested}]}))
    two = read(whole(tmp_path / "flat.json", rows))
    same = [[(r["id"], r["title"], r["context"], spans_of(r)) for r in records] for records in (one, two)]
    assert same[0] == same[1]


QA = {"id": 7, "question": "When?", "answers": [{"answer_id": 1, "document_id": 2, "text": "1902", "answer_start": 30}]}
PARAGRAPH = {"context": PIER, "qas": [QA], "document_id": 2}


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"data": [{"paragraphs": [PARAGRAPH]}]}, "data[0].paragraphs[0]"),
        ([{"paragraphs": [PARAGRAPH]}], "[0].paragraphs[0]"),
        ({"paragraphs": [PARAGRAPH]}, "[0].paragraphs[0]"),
        ([PARAGRAPH], "[0]"),
        ({"documents": [PARAGRAPH]}, "documents[0]"),
        (PARAGRAPH, "[0]"),
    ],
)
def test_paragraphs_under_anything(tmp_path: Path, value: object, place: str) -> None:
    """Documents, a list of them, one alone, a paragraph alone; ids are whole numbers, and titles are missing."""
    path = whole(tmp_path / "x.json", value)
    (record,) = read(path)
    assert (record["source"], spans_of(record)) == (place, {"7": [("1902", 30)]})
    assert len(record["id"]) == 16
    assert profile(path).form == "squad"


LABELLED = [
    {"id": 1, "text": MOOR, "label": []},
    {"id": 2, "text": PIER, "label": [[12, 16, "PLACE"], [30, 34, "YEAR"], [4, 8, "PLACE"], [12, 16, "PLACE"]]},
]
EXPECTED = [{"PLACE": [], "YEAR": []}, {"PLACE": [("Aule", 12), ("pier", 4)], "YEAR": [("1902", 30)]}]


def entities(row: Json, key: str = "entities", start: str = "start_offset", end: str = "end_offset") -> Json:
    made = [{"id": n, start: a, end: b, "label": label} for n, (a, b, label) in enumerate(row["label"])]
    return {"id": row["id"], "text": row["text"], key: made, "relations": [{"id": 0, "from_id": 0, "to_id": 1}]}


def task(row: Json) -> Json:
    regions = [
        {"type": "labels", "value": {"start": a, "end": b, "text": row["text"][a:b], "labels": [label]}}
        for a, b, label in row["label"]
    ]
    choice = {"type": "choices", "value": {"choices": ["good"]}}
    skipped = {"was_cancelled": True, "result": [{"type": "labels", "value": {"start": 0, "end": 1, "labels": ["NO"]}}]}
    return {"id": row["id"], "data": {"text": row["text"]}, "annotations": [{"result": [choice, *regions]}, skipped]}


@pytest.mark.parametrize(
    "rows",
    [
        LABELLED,
        [{"data": row["text"], "labels": row["label"]} for row in LABELLED],
        [entities(row) for row in LABELLED],
        [entities(row, "spans", "start", "end") for row in LABELLED],
        [task(row) for row in LABELLED],
    ],
)
def test_labels_are_categories(tmp_path: Path, rows: list[Json]) -> None:
    """Every text is asked for every label of the file, in the words of the label; equal spans count once."""
    for path in (lines(tmp_path / "x.jsonl", rows), whole(tmp_path / "x.json", rows)):
        records = read(path)
        assert [spans_of(record) for record in records] == EXPECTED
        assert [record["context"] for record in records] == [MOOR, PIER]
        assert {one["question"] for record in records for one in record["questions"]} == {"PLACE", "YEAR"}
        assert {record["reason"] for record in records} == {None}
        assert profile(path).form == "squad"


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        ({"text": PIER, "label": ["PLACE"]}, "label[0]: expected [start, end, label], found text 'PLACE'"),
        ({"text": PIER, "label": "PLACE"}, "label: expected a list, found text 'PLACE'"),
        ({"text": PIER, "label": [[0, 3, None]]}, "label[0]: a span without a label"),
        ({"text": PIER}, "expected a text with questions or labels, found an object with 'text'"),
        ({"data": {"text": PIER}, "annotations": []}, "no annotation: the task was not done, or skipped"),
        ({"data": {"image": 7}, "annotations": [{"result": []}]}, "data: expected text, found null"),
    ],
)
def test_a_bad_labelled_text_is_one_reject(tmp_path: Path, row: Json, detail: str) -> None:
    """A text whose labels cannot be read, or were never given, is no text without labels."""
    records = read(lines(tmp_path / "x.jsonl", [*LABELLED, row]))
    assert [spans_of(record) for record in records[:2]] == EXPECTED
    assert (records[2]["reason"], records[2]["source"]) == ("bad_record", "line 3")
    assert detail in records[2]["detail"]


@pytest.mark.parametrize("edges", [(30, 99), (5, 5), (-1, 4), (3.5, 4), ("3", 4)])
def test_a_label_outside_its_text_is_a_span_with_its_problem(tmp_path: Path, edges: tuple[Any, Any]) -> None:
    """A start or an end that the text does not have is told."""
    (record,) = read(lines(tmp_path / "x.jsonl", [{"text": PIER, "label": [[*edges, "PLACE"]]}]))
    ((span,),) = (one["spans"] for one in record["questions"])
    assert span["problem"].startswith("label[0]")


@pytest.mark.parametrize(
    "value",
    [
        {"question": "Who?", "answer": "Ada #### 3"},
        {"context": PIER, "question": "When?", "answer": "1902"},
        {"context": PIER, "question": "When?", "answers": ["1902"]},
        {"context": PIER, "question": "When?", "answers": {"text": ["1902"]}},
        {"text": PIER, "label": "good"},
        {"text": PIER, "label": ["good", "short"]},
        {"text": PIER, "labels": [1, 2, 3]},
        {"data": {"text": PIER}, "annotations": [{"result": [{"type": "choices", "value": {"choices": ["a"]}}]}]},
        {"paragraphs": ["one", "two"]},
        {"messages": [{"role": "user", "content": "hi"}]},
        {"data": []},
        [],
        None,
    ],
)
def test_what_has_no_offsets_is_no_span_data(value: object) -> None:
    """Tables of questions, labels of whole texts and chats are not taken for spans."""
    assert not holds_spans(value)


def test_validate_says_that_it_is_span_data(tmp_path: Path) -> None:
    """Validation names the command that reads the file, and stops before it reads a row of it as something else."""
    for n, rows in enumerate((ROWS, LABELLED[1:], [task(LABELLED[1])], [{"paragraphs": [PARAGRAPH]}])):
        path = lines(tmp_path / f"{n}.jsonl", rows)
        with pytest.raises(UsageError, match=f"curate build legal --source {path}"):
            list(read_for_validation(input_files([path]), tmp_path / "rows.parquet"))


def test_what_was_not_read_is_seen_in_a_profile(tmp_path: Path) -> None:
    """The look at a file counts its records that cannot be read."""
    seen = profile(lines(tmp_path / "x.jsonl", [*ROWS, {"context": 7, "question": "?"}]))
    assert (seen.records, seen.unread) == (4, {"bad_record": 1})
    assert pl.Series([column.name for column in seen.columns]).to_list() == ["context", "question"]
