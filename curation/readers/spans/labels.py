"""Exports of annotation tools to passages: doccano (JSONL) and its kin, Label Studio (JSON).

A label is a category, and its name the question, as it is ("ORG"); all its spans in a text are the answer. A label that
the file has, and a text has not, is a question without an answer there. Relations and choices are no spans.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from curation.readers.batches import digest
from curation.readers.spans.forms import LABEL_KEYS
from curation.readers.spans.values import (
    Bad,
    Json,
    Passage,
    Question,
    Span,
    Unreadable,
    bad,
    name,
    objects_of,
    shown,
    text,
    whole,
)


class Labelled(NamedTuple):
    """A text with spans under labels."""

    place: str
    context: str
    spans: dict[str, list[Span]]


def of_labelled(value: Json, place: str) -> Labelled | Bad:
    """{"text" or "data", "label" (or another of LABEL_KEYS): [[start, end, label], or {start, end, label}]}."""
    try:
        context = text(value.get("text", value.get("data")), "text")
        key = next(key for key in LABEL_KEYS if key in value)
        regions = [_region(one, f"{key}[{n}]", context) for n, one in enumerate(objects_of(value, key))]
    except Unreadable as error:
        return bad(place, error, value)
    return Labelled(place, context, _by_label(regions))


def of_task(value: Json, place: str) -> Labelled | Bad:
    """A task of Label Studio: the spans of all its annotations that were not cancelled, each once.

    Its text is `data.text`, or the longest one among `data`.
    """
    try:
        texts = [one for one in value["data"].values() if isinstance(one, str)]
        context = text(value["data"].get("text") or max(texts, key=len, default=None), "data")
        made = objects_of(value, "annotations" if "annotations" in value else "completions")
        done = [one for one in made if isinstance(one, dict) and not one.get("was_cancelled")]
        if not done:
            raise Unreadable("no annotation: the task was not done, or skipped")
        regions = [region for one in done for region in _results(objects_of(one, "result"), context)]
    except Unreadable as error:
        return bad(place, error, value)
    return Labelled(place, context, _by_label(regions))


def as_passage(read: Labelled, categories: Sequence[str]) -> Passage:
    """What was read, asked for every category."""
    asked = [Question(None, read.place, label, label, read.spans.get(label, [])) for label in categories]
    return Passage(read.place, digest(read.context.encode()), read.context, asked, [])


def _by_label(regions: Sequence[tuple[Sequence[str], Span]]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for labels, span in regions:
        for label in labels:
            spans = found.setdefault(label, [])
            if span not in spans:
                spans.append(span)
    return found


def _region(value: Any, field: str, context: str) -> tuple[Sequence[str], Span]:
    """The labels and the span of one annotation, whose text is what stands there unless it says."""
    if isinstance(value, list) and len(value) == 3:
        value = dict(zip(("start", "end", "label"), value, strict=True))
    if not isinstance(value, dict):
        raise Unreadable(f"{field}: expected [start, end, label], found {shown(value)}")
    labels = _labels(value.get("labels", value.get("label")), field)
    start = value.get("start_offset", value.get("start"))
    return labels, _span(start, value.get("end_offset", value.get("end")), value.get("text"), field, context)


def _labels(value: Any, field: str) -> Sequence[str]:
    names = [name(one, f"{field}.label") for one in (value if isinstance(value, list) else [value])]
    found = [one for one in names if one]
    if not found:
        raise Unreadable(f"{field}: a span without a label")
    return found


def _results(results: Sequence[Any], context: str) -> Iterator[tuple[Sequence[str], Span]]:
    for n, result in enumerate(results):
        region = result.get("value") if isinstance(result, dict) else None
        kind = str(result.get("type")) if isinstance(region, dict) else ""
        if isinstance(region, dict) and kind.endswith("labels") and "start" in region:
            labels = _labels(region.get(kind), f"result[{n}]")
            edges = region["globalOffsets"] if isinstance(region.get("globalOffsets"), dict) else region
            yield labels, _span(edges.get("start"), edges.get("end"), region.get("text"), f"result[{n}]", context)


def _span(start: Any, end: Any, words: Any, field: str, context: str) -> Span:
    try:
        first, after = whole(start, f"{field}.start"), whole(end, f"{field}.end")
        if words is not None:
            return Span(text(words, f"{field}.text"), first)
    except Unreadable as error:
        return Span("", -1, str(error))
    if not 0 <= first < after <= len(context):
        return Span("", first, f"{field}: a span from {first} to {after}, the text has {len(context):,} characters")
    return Span(context[first:after], first)
