"""SQuAD JSON to records, one per paragraph: CUAD v1, its `train_separate_questions` dialect, SQuAD v1 and v2.

The dialect holds one answer a question, with ids ending `_<k>`: they are merged back into one question.
Offsets are read as they are; the stages check whether the span's text is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, NotRequired

import polars as pl
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from curation.base.errors import InputError
from curation.base.files import content


class _Answer(TypedDict):
    text: str
    answer_start: Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63)]


class _Question(TypedDict):
    id: str
    question: str
    answers: list[_Answer]


class _Paragraph(TypedDict):
    context: str
    qas: list[_Question]


class _Document(TypedDict):
    title: NotRequired[str]
    paragraphs: list[_Paragraph]


class _Squad(TypedDict):
    data: list[_Document]


SPANS = pl.List(pl.Struct({"text": pl.String(), "start": pl.Int64()}))
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
}

ANY_QUESTION = "question"
"""The category of a question whose id does not end in `__<category>`."""

_PART = re.compile(r"_\d+$")
_SQUAD = TypeAdapter(_Squad)
_KINDS = {
    "list_type": "a list",
    "dict_type": "an object",
    "string_type": "a string",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
}


def read_squad(paths: Sequence[Path]) -> pl.LazyFrame:
    """Records with the columns of SCHEMA, in the order of the files. InputError names file, position and field."""
    counts: dict[str, int] = {}
    return pl.LazyFrame([record for path in paths for record in _records(path, _parse(path), counts)], schema=SCHEMA)


def _parse(path: Path) -> _Squad:
    try:
        return _SQUAD.validate_json(content(path))
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
        hint = 'Expected SQuAD JSON: {"data": [{"title", "paragraphs": [{"context", "qas": [...]}]}]}.'
        if first["type"] == "json_invalid":
            raise InputError(f"{path} is not JSON in UTF-8: {first['ctx']['error']}", hint) from error
        if first["type"] == "missing":
            raise InputError(f"{path}: the field {place} is missing", hint) from error
        kind = _KINDS.get(first["type"], first["msg"])
        found = f"expected {kind}, found {_shown(first['input'])}"
        raise InputError(f"{path}: {place or 'the whole file'}: {found}", hint) from error


def _shown(value: Any) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 40 else text[:40] + '...'}"


def _records(path: Path, parsed: _Squad, counts: dict[str, int]) -> Iterator[dict[str, Any]]:
    separate = _is_separate([paragraph["qas"] for document in parsed["data"] for paragraph in document["paragraphs"]])
    for d, document in enumerate(parsed["data"]):
        title = document.get("title") or f"document {d}"
        several = len(document["paragraphs"]) > 1
        for p, paragraph in enumerate(document["paragraphs"]):
            source = f"{path.name}#data[{d}].paragraphs[{p}]"
            id = _unique_id(f"{title.strip()} [{p}]" if several else title.strip(), counts)
            yield {
                "id": id,
                "source": source,
                "title": title,
                "context": paragraph["context"],
                "questions": list(_questions(id, source, paragraph["qas"], separate, counts)),
            }


def _is_separate(paragraphs: list[list[_Question]]) -> bool:
    """Whether the file holds one answer a question: ids end `_<k>`, and those that differ in k ask the same."""
    words: dict[tuple[int, str], str] = {}
    for p, questions in enumerate(paragraphs):
        for question in questions:
            key = _PART.sub("", question["id"])
            if key == question["id"] or len(question["answers"]) > 1:
                return False
            if words.setdefault((p, key), question["question"]) != question["question"]:
                return False
    return bool(words)


def _questions(
    record: str, source: str, questions: list[_Question], separate: bool, counts: dict[str, int]
) -> Iterator[dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for q, question in enumerate(questions):
        key = _PART.sub("", question["id"]) if separate else question["id"]
        spans = [{"text": answer["text"], "start": answer["answer_start"]} for answer in question["answers"]]
        if separate and key in merged:
            merged[key]["spans"] += spans
            continue
        _, marked, category = key.rpartition("__")
        merged[key if separate else f"{q} {key}"] = {
            "id": _unique_id(f"{record}__{category}" if marked else key, counts),
            "source": f"{source}.qas[{q}]",
            "category": category if marked else ANY_QUESTION,
            "question": question["question"],
            "spans": spans,
        }
    yield from merged.values()


def _unique_id(id: str, counts: dict[str, int]) -> str:
    """`id`, or `id #2`, `id #3` ... where it was given before: real files repeat titles and question ids."""
    free = id
    while free in counts:
        counts[id] += 1
        free = f"{id} #{counts[id]}"
    counts[free] = 1
    return free
