"""Texts of others for display: what a terminal obeys, or what turns or hides writing, is shown and not obeyed."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text for display: control and direction characters become escapes like `\\x1b` and `\\u202e`.

    So do halves of characters, as file names in no encoding have them. Line ends and tabs stay. The joiners U+200C and
    U+200D stay too: scripts need them, and they hide nothing.
    """
    return _UNPRINTABLE.sub(lambda found: _escape(found[0]), text)


def in_a_line(text: str) -> str:
    """`visible` where one line is expected: line ends and tabs are shown as well, so that no text adds a line."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def _escape(character: str) -> str:
    return character if character in "\u200c\u200d" else character.encode("unicode_escape").decode()
