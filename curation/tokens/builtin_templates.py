"""The project's own chat templates, rendered by Jinja alone.

Other templates are rendered by `transformers`, in a hardened sandbox; importing it takes half a second. The templates
in schemas/templates need no sandbox, and a test compares their texts and spans with the library's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NoReturn

from jinja2 import Environment, Template, TemplateError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from curation.schemas.template import TEMPLATES

_OPEN, _CLOSE = "\ue002", "\ue003"
_MARKS = re.compile(f"[{_OPEN}{_CLOSE}]")


@cache
def texts() -> frozenset[str]:
    """The project's own templates."""
    return frozenset(file.read_text("utf8") for file in TEMPLATES.glob("*.jinja"))


def render(
    jinja: str, messages: Sequence[Mapping[str, Any]], names: Mapping[str, object]
) -> tuple[str, list[tuple[int, int]]] | None:
    """The text, and [start, end) in characters of what is between generation marks; `names`: its variables.

    None where a message holds a character that serves as a mark. jinja2.TemplateError where the template refuses.
    """
    if any(_MARKS.search(str(value)) for message in (*messages, names) for value in message.values()):
        return None
    pieces = _MARKS.split(_compiled(jinja).render(messages=messages, **names))
    edges = [0]
    for piece in pieces:
        edges.append(edges[-1] + len(piece))
    return "".join(pieces), list(pairwise(edges))[1::2]


@cache
def _compiled(jinja: str) -> Template:
    environment = Environment(trim_blocks=True, lstrip_blocks=True, extensions=[_Generation])
    environment.globals["raise_exception"] = _refuse
    environment.filters["tojson"] = _tojson
    return environment.from_string(jinja)


class _Generation(Extension):
    """`{% generation %}` as in transformers; its content is rendered between two marks."""

    tags = {"generation"}  # noqa: RUF012 (as Jinja declares it)

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_marked"), [], [], body).set_lineno(line)

    def _marked(self, caller: Any) -> str:
        return f"{_OPEN}{caller()}{_CLOSE}"


def _tojson(value: object, indent: int | None = None) -> str:
    """As transformers has it: Jinja's own escapes letters for HTML."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)
