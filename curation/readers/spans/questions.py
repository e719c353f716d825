"""SQuAD's questions, nested under their paragraphs or one an object (as the Hub holds them), to passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from curation.readers.batches import digest
from curation.readers.spans.values import (
    Bad,
    Json,
    Passage,
    Question,
    Span,
    Unreadable,
    bad,
    hash_of,
    name,
    objects_of,
    shown,
    text,
    whole,
)

_LONGEST = 2**40


def of_document(value: Json, place: str) -> Iterator[Passage | Bad]:
    """The paragraphs of a document. Without a title it has a hash of its contexts in the place of one."""
    try:
        title = name(value.get("title"), "title")
    except Unreadable as error:
        yield bad(place, error, value)
        return
    title = title or hash_of([one.get("context") if isinstance(one, dict) else one for one in value["paragraphs"]])
    several = len(value["paragraphs"]) > 1
    for p, paragraph in enumerate(value["paragraphs"]):
        yield of_paragraph(paragraph, f"{place}.paragraphs[{p}]", title, p if several else None)


def of_paragraph(value: Any, place: str, title: str | None = None, number: int | None = None) -> Passage | Bad:
    """A paragraph with its questions; `title` and `number` are from its document, if it is in one."""
    try:
        if not isinstance(value, dict):
            raise Unreadable(f"expected an object, found {shown(value)}")
        context = text(value.get("context"), "context")
        asked = objects_of(value, "qas")
        title = title or name(value.get("title"), "title") or digest(context.encode())
    except Unreadable as error:
        return bad(place, error, value)
    read = [_question(one, f"{place}.qas[{q}]", context) for q, one in enumerate(asked)]
    questions = [one for one in read if isinstance(one, Question)]
    return Passage(place, title, context, questions, [one for one in read if isinstance(one, Bad)], number)


def of_flat(value: Json, place: str) -> Passage | Bad:
    """One object a question: a passage with this question alone, to be gathered with the others of its context."""
    try:
        context = text(value.get("context"), "context")
        title = name(value.get("title"), "title") or digest(context.encode())
        if not {"answers", "is_impossible", "answer_start"} & set(value):
            raise Unreadable(f"no answers with offsets among {', '.join(value)}")
    except Unreadable as error:
        return bad(place, error, value)
    read = _question(value, place, context)
    return Passage(place, title, context, [read], [], gathered=True) if isinstance(read, Question) else read


def _question(value: Any, place: str, context: str) -> Question | Bad:
    try:
        if not isinstance(value, dict):
            raise Unreadable(f"expected an object, found {shown(value)}")
        asked, id = text(value.get("question"), "question"), name(value.get("id"), "id")
        answers = _answers(value)
        spans = [span for n, one in enumerate(answers) if (span := _span(one, n, context))] if answers else []
        if value.get("is_impossible") is True and spans:
            raise Unreadable(f"is_impossible is true, and there is the answer {spans[0].text[:60]!r}")
    except Unreadable as error:
        return bad(place, error, value)
    return Question(id, place, None, asked, spans)


def _answers(value: Json) -> Sequence[Any]:
    """The answers as a list of {text, answer_start}. A missing or empty list, or null: there is none."""
    found = value.get("answers", value.get("answer"))
    if "answer_start" in value:  # one answer, its offset beside it
        given = next((value[key] for key in ("answer_text", "text", "answer", "answers") if key in value), None)
        found = {"text": given, "answer_start": value["answer_start"]}
    if isinstance(found, dict):
        texts, starts = (_column(found.get(key)) for key in ("text", "answer_start"))
        if len(texts) != len(starts) and starts:
            raise Unreadable(f"answers: {len(texts)} texts and {len(starts)} offsets")
        return [{"text": one, "answer_start": start} for one, start in zip_longest(texts, starts)]
    if found is None or isinstance(found, list):
        return found or []
    raise Unreadable(f"answers: expected a list of {{text, answer_start}}, found {shown(found)}")


def _column(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _span(answer: Any, n: int, context: str) -> Span | None:
    """The span of an answer, None where it says that there is none: no text, and the offset -1 or none at all.

    A text without an offset is where it stands, if it stands there once. What cannot be used keeps its problem.
    """
    if not isinstance(answer, dict):
        return Span("", -1, f"answers[{n}]: expected an object, found {shown(answer)}")
    given, start = answer.get("text"), answer.get("answer_start")
    if type(given) is str and type(start) is int and 0 <= start < _LONGEST and given.isascii():  # nearly all of them
        return Span(given, start)
    try:
        offset = -1 if start is None else whole(start, "answer_start")
        if offset == -1 and given in (None, ""):
            return None
        words = text(given, "text")
    except Unreadable as error:
        return Span("", -1, f"answers[{n}].{error}")
    return Span(words, offset) if offset != -1 else _searched(words, context)


def _searched(words: str, context: str) -> Span:
    first = context.find(words)
    if first >= 0 and context.find(words, first + 1) < 0:
        return Span(words, first, None, True)
    times = "nowhere" if first < 0 else "more than once"
    return Span(words, -1, f"the source gives no offset (-1), and {words[:60]!r} stands {times} in the text")
