"""The card on the Hub and the card of a new build, merged: what a person wrote is kept."""

from __future__ import annotations

import re
from typing import Any

import yaml

from curation.base.errors import ShareError
from curation.export.card import BEGIN, END
from curation.export.card_metadata import front_matter

_FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.S)
_COMPUTED = ("size_categories", "configs")
"""What is computed from the data; other metadata may be a person's."""
_DROPPED = ("dataset_info",)
"""What describes the earlier data."""


def merge_cards(remote_card: str | None, new: str) -> str:
    """The card `new`, with what a person added to `remote_card`: words outside the marks, and metadata.

    ShareError where the old card's metadata cannot be read, or one of its two marks is missing.
    """
    if remote_card is None or not remote_card.strip():
        return new
    old, body = split_card(remote_card.replace("\r\n", "\n"))
    fresh, generated = split_card(new)
    marks = body.count(BEGIN), body.count(END)
    if marks == (0, 0):
        text = f"{body.rstrip()}\n\n{generated.strip()}\n" if body.strip() else generated
    elif marks == (1, 1) and body.index(BEGIN) < body.index(END):
        before, _, rest = body.partition(BEGIN)
        text = f"{before}{generated.strip()}{rest.partition(END)[2]}"
    else:
        raise ShareError(
            f"The card on the Hub holds {marks[0]} of the line {BEGIN!r} and {marks[1]} of {END!r}",
            "Expected each once, in this order: correct the card on its page, or delete both lines.",
        )
    return f"{front_matter(_metadata(old, fresh))}{text if text.startswith(chr(10)) else chr(10) + text}"


def split_card(text: str) -> tuple[dict[str, Any], str]:
    """Metadata and the rest."""
    found = _FRONT.match(text)
    if not found:
        return {}, text
    try:
        metadata = yaml.safe_load(found[1])
    except yaml.YAMLError as error:
        raise ShareError("The metadata of the card on the Hub is not YAML", "Correct it on its page.") from error
    if not isinstance(metadata, dict | None):
        raise ShareError("The metadata of the card on the Hub is not a mapping", "Correct it on its page.")
    return metadata or {}, text[found.end() :]


def _metadata(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What is computed from the data is new; lists are joined; all else in `old` is kept."""
    merged = {name: value for name, value in old.items() if name not in _DROPPED}
    for name, value in new.items():
        if name in _COMPUTED or name not in merged:
            merged[name] = value
        elif isinstance(value, list):
            earlier = merged[name] if isinstance(merged[name], list) else [merged[name]]
            merged[name] = [*earlier, *(one for one in value if one not in earlier)]
    return merged
