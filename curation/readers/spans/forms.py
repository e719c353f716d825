"""Which objects are span data: by their keys alone, and never without offsets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

SpanForm = Literal["document", "paragraph", "flat", "label studio", "labelled"]
LABEL_KEYS = ("label", "labels", "entities", "spans", "annotations")
"""Keys under which doccano and its kin hold a list of spans."""


def form_of(value: object) -> SpanForm | None:
    """How `value` is to be read, once it is known to be of a span file; None where no reader fits."""
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("paragraphs"), list):
        return "document"
    if "context" in value and "qas" in value:
        return "paragraph"
    if "context" in value and "question" in value:
        return "flat"
    if isinstance(value.get("data"), dict) and ("annotations" in value or "completions" in value):
        return "label studio"
    if (isinstance(value.get("text"), str) or isinstance(value.get("data"), str)) and any(
        key in value for key in LABEL_KEYS
    ):
        return "labelled"
    return None


def holds_spans(value: object) -> bool:
    """Whether `value` is for certain span data, or an object around a list of it.

    A question beside a context is that only with offsets, a text with labels only where they have a start and an end.
    """
    form = form_of(value)
    if form is None:
        return any(holds_spans(one) for one in _first_of_lists(value))
    assert isinstance(value, dict)
    if form == "flat":
        return "answer_start" in value or any(_has(one, "answer_start") for one in _listed(value.get("answers")))
    if form == "label studio":
        tasks = (value.get("annotations"), value.get("completions"))
        results = (one.get("result") for task in tasks for one in _listed(task) if isinstance(one, dict))
        return any(_has(region, "value", "start", "end") for result in results for region in _listed(result))
    if form == "labelled":
        return any(_is_label(one) for key in LABEL_KEYS for one in _listed(value.get(key)))
    return form == "paragraph" or any(form_of(one) == "paragraph" for one in value["paragraphs"])


def lists_of(value: dict[str, Any]) -> dict[str, list[Any]]:
    """The lists of span data that an object is the wrapping of: under `data`, or under any keys, as train and test."""
    found = {key: one for key, one in value.items() if isinstance(one, list) and any(map(holds_spans, one[:100]))}
    return found or ({"data": value["data"]} if isinstance(value.get("data"), list) else {})


def _first_of_lists(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for one in value.values():
            if isinstance(one, list):
                yield from (item for item in one[:100] if form_of(item))


def _listed(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _has(value: object, *keys: str) -> bool:
    """Whether `keys` lead through objects: each but the last two to the next, and the last ones are there."""
    if len(keys) > 2:
        return isinstance(value, dict) and _has(value.get(keys[0]), *keys[1:])
    return isinstance(value, dict) and all(key in value for key in keys)


def _is_label(value: object) -> bool:
    if isinstance(value, list):
        return len(value) == 3 and all(isinstance(edge, int) and not isinstance(edge, bool) for edge in value[:2])
    return _has(value, "start_offset", "end_offset") or _has(value, "start", "end")
