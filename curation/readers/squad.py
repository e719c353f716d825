"""Texts with questions and the places of their answers, to records, one per text.

SQuAD v1 and v2 and what is written like them (CUAD v1 and its `train_separate_questions` dialect, haystack), the Hub's
flat form of one object a question, and labelled spans of doccano and Label Studio (curation.readers.spans.labels): as
JSON, JSON lines and Parquet, also compressed. Offsets are read as they are; the stages check whether the span's text is
there.

The dialect holds one answer a question, with ids ending `_<k>`: they are merged back into one question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from curation.base.rows import VERDICT
from curation.readers.batches import Schema, digest
from curation.readers.files import place
from curation.readers.lines import Item
from curation.readers.spans.files import span_objects
from curation.readers.spans.forms import form_of
from curation.readers.spans.labels import Labelled, as_passage, of_labelled, of_task
from curation.readers.spans.questions import of_document, of_flat, of_paragraph
from curation.readers.spans.values import Bad, Passage, Question, Unreadable, bad, shown

SPANS = pl.List(pl.Struct({"text": pl.String(), "start": pl.Int64(), "problem": pl.String(), "searched": pl.Boolean()}))
"""`start` in characters. `problem`: why it cannot be used, else null. `searched`: true where the source gave no offset
(-1), and the text stands once in the context; else null."""
QUESTIONS = pl.List(
    pl.Struct(
        {"id": pl.String(), "source": pl.String(), "category": pl.String(), "question": pl.String(), "spans": SPANS}
    )
)
SCHEMA = {
    "id": pl.String(),
    "source": pl.String(),
    "title": pl.String(),
    "context": pl.String(),
    "questions": QUESTIONS,
    **VERDICT,
}

ANY_QUESTION = "question"
"""The category of a question whose id does not end in `__<category>`."""

_PART = re.compile(r"_\d+$")


class _Row(NamedTuple):
    id: str
    source: str
    title: str | None
    context: str | None
    questions: list[Question]
    reason: str | None = None
    detail: str | None = None
    other: str | None = None


def read_squad(paths: Sequence[Path]) -> pl.LazyFrame:
    """Records with the columns of SCHEMA, in the order of the files; a record or question that cannot be read is one
    rejected as `bad_record`, an answer that cannot be used a span with its problem.

    A question without answers, or whose answers have no text and the offset -1, has no spans. A text with the offset
    -1, or none, is found where it stands once. Questions that stand apart (an object each) come together by title and
    context, over all files. InputError where a file is no JSON, or nothing of it is span data.
    """
    read: list[Passage | Bad] = []
    for number, path in enumerate(paths, 1):
        items = (item._replace(position=place(item.position, number, len(paths))) for item in span_objects(path))
        read += _joined_answers(_gathered(_labels_asked([one for item in items for one in _read(item)])))
    counts: dict[str, int] = {}
    return _frame([row for one in _numbered(_gathered(read)) for row in _rows(one, counts)]).lazy()


def _read(item: Item) -> Iterator[Passage | Labelled | Bad]:
    value: Any = item.value
    if item.problem:
        yield Bad(item.position, item.problem, digest(value if isinstance(value, bytes) else repr(value).encode()))
        return
    form = form_of(value)
    if form == "document":
        yield from of_document(value, item.position)
    elif form == "paragraph":
        yield of_paragraph(value, item.position)
    elif form == "flat":
        yield of_flat(value, item.position)
    elif form == "label studio":
        yield of_task(value, item.position)
    elif form == "labelled":
        yield of_labelled(value, item.position)
    else:
        yield bad(item.position, Unreadable(f"expected a text with questions or labels, found {shown(value)}"), value)


def _labels_asked(read: Sequence[Passage | Labelled | Bad]) -> list[Passage | Bad]:
    """Every labelled text asked for every label of the file."""
    labels = dict.fromkeys(label for one in read if isinstance(one, Labelled) for label in one.spans)
    return [as_passage(one, list(labels)) if isinstance(one, Labelled) else one for one in read]


def _gathered(read: Sequence[Passage | Bad]) -> list[Passage | Bad]:
    """Passages of one title and text as one, where the first of them stands."""
    first: dict[tuple[str, str], Passage] = {}
    kept: list[Passage | Bad] = []
    for one in read:
        if not isinstance(one, Passage) or not one.gathered:
            kept.append(one)
        elif known := first.get((one.title, one.context)):
            known.questions.extend(one.questions)
        else:
            first[one.title, one.context] = one
            kept.append(one)
    return kept


def _numbered(read: Sequence[Passage | Bad]) -> Iterator[Passage | Bad]:
    """Gathered passages that share a title, numbered as the paragraphs of a document are."""
    titles = Counter(one.title for one in read if isinstance(one, Passage) and one.gathered)
    given: Counter[str] = Counter()
    for one in read:
        if isinstance(one, Passage) and one.gathered and titles[one.title] > 1:
            yield one._replace(number=given[one.title])
            given[one.title] += 1
        else:
            yield one


def _joined_answers(read: list[Passage | Bad]) -> list[Passage | Bad]:
    """The questions of a file in the dialect of one answer a question, joined; any other file as it is."""
    if not _is_separate([one for one in read if isinstance(one, Passage)]):
        return read
    return [one._replace(questions=_joined(one.questions)) if isinstance(one, Passage) else one for one in read]


def _is_separate(passages: Sequence[Passage]) -> bool:
    """Whether the file holds one answer a question: ids end `_<k>`, and those that differ in k ask the same."""
    words: dict[tuple[int, str], str] = {}
    for p, passage in enumerate(passages):
        for question in passage.questions:
            key = _PART.sub("", question.id or "")
            if key == (question.id or "") or len(question.spans) > 1:
                return False
            if words.setdefault((p, key), question.question) != question.question:
                return False
    return bool(words)


def _joined(questions: Sequence[Question]) -> list[Question]:
    joined: dict[str, Question] = {}
    for question in questions:
        key = _PART.sub("", question.id or "")
        if key in joined:
            joined[key].spans.extend(question.spans)
        else:
            joined[key] = question._replace(id=key)
    return list(joined.values())


def _rows(one: Passage | Bad, counts: dict[str, int]) -> Iterator[_Row]:
    """A record, and a rejected one for each of its questions that cannot be read."""
    if isinstance(one, Bad):
        yield _Row(_unique_id(one.content, counts), one.place, None, None, [], "bad_record", one.detail)
        return
    title = one.title.strip() or digest(one.context.encode())
    id = _unique_id(title if one.number is None else f"{title} [{one.number}]", counts)
    yield _Row(id, one.place, one.title, one.context, [_question(asked, id, counts) for asked in one.questions])
    for question in one.bad:
        yield from _rows(question, counts)


def _question(question: Question, record: str, counts: dict[str, int]) -> Question:
    """With its id, its own or a hash of its words, and its category: `<title>__<category>` has it."""
    own = question.id or digest(question.question.encode())
    _, marked, category = own.rpartition("__")
    if question.category is not None:
        marked, category = "__", question.category
    id = _unique_id(f"{record}__{category}" if marked else own, counts)
    return Question(id, question.place, category if marked else ANY_QUESTION, question.question, question.spans)


def _frame(rows: Sequence[_Row]) -> pl.DataFrame:
    """The columns of SCHEMA. Texts go in as flat columns: as objects in lists they take twice the time."""
    spans = _lists([question.spans for row in rows for question in row.questions], SPANS)
    questions = _lists([row.questions for row in rows], QUESTIONS, spans)
    return _columns(rows, SCHEMA, {"questions": questions})


def _columns(rows: Sequence[tuple[Any, ...]], schema: Schema, made: dict[str, pl.Series]) -> pl.DataFrame:
    """Tuples as a frame, field by field; `made` holds the columns that stand for what the tuples have there."""
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pl.DataFrame(dict(zip(schema, columns, strict=True)) | made, schema=schema)


def _lists(lists: Sequence[Sequence[tuple[Any, ...]]], dtype: pl.List, spans: pl.Series | None = None) -> pl.Series:
    """Lists of tuples as a column of lists of structs; `spans`, flat, are the field of this name, if there is one."""
    fields = {field.name: field.dtype for field in dtype.inner.fields}  # type: ignore[union-attr]
    made = {} if spans is None else {"spans": spans}
    flat = _columns([one for each in lists for one in each], fields, made)
    numbers = pl.Series("n", [n for n, each in enumerate(lists) for _ in each], pl.UInt32)
    listed = flat.select(numbers, made=pl.struct(*fields)).group_by("n").agg("made")
    all = pl.DataFrame({"n": pl.int_range(len(lists), eager=True, dtype=pl.UInt32)})
    return all.join(listed, on="n", how="left", maintain_order="left")["made"].fill_null([])


def _unique_id(id: str, counts: dict[str, int]) -> str:
    """`id`, or `id #2`, `id #3` ... where it was given before: real files repeat titles and question ids."""
    free = id
    while free in counts:
        counts[id] += 1
        free = f"{id} #{counts[id]}"
    counts[free] = 1
    return free
