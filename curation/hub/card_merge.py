"""A card that stands on the Hub and the one of a new build, as one: what a person wrote stays."""

from __future__ import annotations

import re
from typing import Any

import yaml

from curation.base.errors import ShareError
from curation.export.card import BEGIN, END
from curation.export.card_metadata import front

_FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.S)
_COUNTED = ("size_categories", "configs")
"""What follows from the data; the rest of the metadata may be a person's."""
_OF_OTHER_DATA = ("dataset_info",)


def merged(stands: str | None, new: str) -> str:
    """The card `new`, with what else `stands` in the old one: words outside the marks, and metadata of a person.

    ShareError where the old card's metadata cannot be read, or one of its two marks is gone.
    """
    if stands is None or not stands.strip():
        return new
    old, body = parts(stands.replace("\r\n", "\n"))
    fresh, generated = parts(new)
    marks = body.count(BEGIN), body.count(END)
    if marks == (0, 0):
        text = f"{body.rstrip()}\n\n{generated.strip()}\n" if body.strip() else generated
    elif marks == (1, 1) and body.index(BEGIN) < body.index(END):
        before, _, rest = body.partition(BEGIN)
        text = f"{before}{generated.strip()}{rest.partition(END)[2]}"
    else:
        raise ShareError(
            f"The card on the Hub holds {marks[0]} of the line {BEGIN!r} and {marks[1]} of {END!r}",
            "Expected each once, in this order: mend the card on its page, or delete both lines there.",
        )
    return f"{front(_metadata(old, fresh))}{text if text.startswith(chr(10)) else chr(10) + text}"


def parts(text: str) -> tuple[dict[str, Any], str]:
    """Metadata and the rest."""
    found = _FRONT.match(text)
    if not found:
        return {}, text
    try:
        told = yaml.safe_load(found[1])
    except yaml.YAMLError as error:
        raise ShareError("The metadata of the card on the Hub are no YAML", "Mend them on its page.") from error
    if not isinstance(told, dict | None):
        raise ShareError("The metadata of the card on the Hub are no mapping", "Mend them on its page.")
    return told or {}, text[found.end() :]


def _metadata(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What follows from the data is new; lists hold what either holds; all else that stands there stays."""
    told = {name: value for name, value in old.items() if name not in _OF_OTHER_DATA}
    for name, value in new.items():
        if name in _COUNTED or name not in told:
            told[name] = value
        elif isinstance(value, list):
            held = told[name] if isinstance(told[name], list) else [told[name]]
            told[name] = [*held, *(one for one in value if one not in held)]
    return told
