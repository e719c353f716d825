"""A chat template: rendering by a library, and the same text by filling a skeleton, many rows at a time.

`transformers` renders a conversation in a tenth of a millisecond. A template that treats contents as opaque text
writes, for one sequence of roles, always the same literal pieces around the contents: its skeleton. Rendering
once with sentinels finds it; `Template.fill` then joins strings. Whether a template is opaque is tested on
awkward contents when its skeleton is made, and a template that is not is rendered row by row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import compress
from threading import Lock
from typing import Any, NamedTuple

from curation.base.errors import InputError, one_line, reraise_as
from curation.base.messages import as_messages, for_template, reasoning_key
from curation.base.rows import BESIDE
from curation.tokens import builtin_templates as own

Messages = Sequence[Mapping[str, Any]]
"""As chat templates take them: role, content, and where there are any reasoning_content, tool_calls (arguments as
an object), tool_call_id, name."""
PINNED_DATE = "01 Jan 2025"
_PIN = "{%- macro strftime_now(form) -%}" + PINNED_DATE + "{%- endmacro -%}"
_RENDERING = Lock()  # the library keeps one compiled template, and in it the place where an answer begins
_SENTINEL = re.compile("\ue000(\\d+)\ue001")
_AWKWARD = (" a ", "", " ", "\n\nb\n", "c", "<think>d</think>", "e <|x|> [INST]", "f\u2028'g\"", "1.5 {{ h }}")


class Rendered(NamedTuple):
    """`text` as the model will see it; `trained`: [start, end) in characters of what carries loss."""

    text: str
    trained: list[tuple[int, int]]


class Skeleton(NamedTuple):
    """`literals[i]` comes before the contents of message `order[i]`, the last one after all of them.

    `marks`: each boundary of a trained span, as (index of the literal, offset in it).
    """

    literals: tuple[str, ...]
    order: tuple[int, ...]
    marks: tuple[tuple[int, int], ...]


def pin_date(jinja: str) -> str:
    """The same template with a fixed date wherever it asks for today's: rows must not change overnight."""
    return _PIN + jinja if "strftime_now" in jinja and not jinja.startswith(_PIN) else jinja


@dataclass(frozen=True)
class Template:
    """Jinja text with `{% generation %}` marks, and the special tokens that it may use."""

    name: str
    jinja: str = field(repr=False)
    specials: dict[str, str] = field(repr=False, default_factory=dict)
    _skeletons: dict[tuple[str, ...], Skeleton | None] = field(repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        if not re.search(r"{%-?\s*generation\s*-?%}", self.jinja):
            raise InputError(
                f"The chat template {self.name!r} has no {{% generation %}} marks, which say which tokens to train",
                "Give --template llama3, llama2, zephyr or chatml, or a template file with generation marks.",
            )

    @cached_property
    def sha256(self) -> str:
        """Of the Jinja text."""
        return sha256(self.jinja.encode()).hexdigest()

    def render(
        self,
        messages: Messages,
        generation_prompt: bool = False,
        tools: Sequence[Any] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Rendered:
        """As `apply_chat_template` does it. InputError where the template refuses the conversation.

        `options`: other names that the template may ask for, a row's `chat_template_kwargs`.
        """
        hint = "Correct the chat template, or give another --template."

        def refusal(error: Exception) -> InputError:
            return InputError(f"The chat template {self.name!r} refuses a conversation: {one_line(error)}", hint)

        if self.jinja in own.texts():
            with reraise_as(refusal):
                names = {**(options or {}), "add_generation_prompt": generation_prompt, "tools": tools, **self.specials}
                found = own.render(self.jinja, messages, names)
            if found:
                return Rendered(*found)
        with reraise_as(refusal), _RENDERING:
            given = {
                **(options or {}),
                "tools": list(tools) if tools else None,
                "chat_template": self.jinja,
                "return_assistant_tokens_mask": True,
                "add_generation_prompt": generation_prompt,
            }
            texts, spans = _library()([list(messages)], **given, **self.specials)
        return Rendered(texts[0], [(int(a), int(b)) for a, b in spans[0]])

    def render_row(self, row: Mapping[str, Any]) -> Rendered:
        """A row: `messages` as in curation.base.rows.MESSAGES, tools and options as JSON. InputError as above."""
        tools, options = (json.loads(row[name]) if row.get(name) else None for name in BESIDE)
        return self.render(for_template(as_messages(row["messages"]), self.jinja), tools=tools, options=options)

    @cached_property
    def writes(self) -> frozenset[str]:
        """What of a conversation comes out in its text: tools, tool_calls, tool (their results), reasoning, name."""
        return frozenset(_written(self))

    @cached_property
    def opaque(self) -> bool:
        """Whether contents stand in the text as they are, but for white space around them."""
        with suppress(InputError):
            return self._skeleton(("user", "assistant", "user", "assistant")) is not None
        return False

    @cached_property
    def reasoning_key(self) -> str:
        """The key by which the template asks for what was thought before an answer."""
        return reasoning_key(self.jinja)

    def fill(self, roles: tuple[str, ...], contents: Sequence[str]) -> tuple[Rendered, dict[int, int]]:
        """The same as `render`, by the skeleton of `roles`; and where in the text each content starts."""
        if roles not in self._skeletons:
            self._skeletons[roles] = self._skeleton(roles)
        skeleton = self._skeletons[roles]
        if skeleton is None:
            return self.render([{"role": r, "content": c} for r, c in zip(roles, contents, strict=True)]), {}
        return _fill(skeleton, contents)

    def _skeleton(self, roles: tuple[str, ...]) -> Skeleton | None:
        marked = self.render([{"role": r, "content": f"\ue000{i}\ue001"} for i, r in enumerate(roles)])
        literals: list[str] = []
        order: list[int] = []
        marks: list[tuple[int, int]] = []
        last = 0
        edges = [edge for span in marked.trained for edge in span]
        for found in [*_SENTINEL.finditer(marked.text), None]:
            end = found.start() if found else len(marked.text)
            marks += [(len(literals), edge - last) for edge in edges if last <= edge <= end]
            literals.append(marked.text[last:end])
            if found:
                order.append(int(found[1]))
                last = found.end()
        skeleton = Skeleton(tuple(literals), tuple(order), tuple(marks))
        for shift in range(len(_AWKWARD)):
            contents = [_AWKWARD[(i + shift) % len(_AWKWARD)] for i in range(len(roles))]
            messages = [{"role": r, "content": c} for r, c in zip(roles, contents, strict=True)]
            if _fill(skeleton, contents)[0] != self.render(messages):
                return None
        return skeleton


def learned(template: Template, row: Mapping[str, Any]) -> Rendered:
    """A row as `Template.render_row` has it, but for the answers of weight 0, which are shown and not learned.

    InputError also where some have weight 0 and the template does not mark one part to learn for each answer.
    """
    text, trained = template.render_row(row)
    weights = [turn["weight"] for turn in row["messages"] if turn["role"] == "assistant"]
    if 0 not in weights:
        return Rendered(text, trained)
    if len(weights) != len(trained):
        raise InputError(
            f"The chat template {template.name!r} marks {len(trained)} parts to learn in {len(weights)} answers, of "
            "which some have weight 0",
            "Choose a template that marks each answer.",
        )
    return Rendered(text, list(compress(trained, (weight != 0 for weight in weights))))


_TOOL = {"type": "function", "function": {"name": "zqtool", "description": "d", "parameters": {"type": "object"}}}
_CALL = {"id": "zqcallid1", "type": "function", "function": {"name": "zqtool", "arguments": {"zqkey": "zqvalue"}}}


def _written(template: Template) -> Iterator[str]:
    """By probes: each holds a word that stands in the text only where the template writes that part."""
    ask, said = {"role": "user", "content": "zqask", "name": "zqname"}, {"role": "assistant", "content": "zqanswer"}
    call = {"role": "assistant", "content": "", "tool_calls": [_CALL]}
    result = {"role": "tool", "content": "zqresult", "tool_call_id": "zqcallid1", "name": "zqtool"}
    thought = {**said, template.reasoning_key: "zqthought"}
    probes: tuple[tuple[str, str, Messages, list[Any] | None], ...] = (
        ("tools", "zqtool", [ask, said], [_TOOL]),
        ("tool_calls", "zqvalue", [ask, call, result, said], [_TOOL]),
        ("tool", "zqresult", [ask, call, result, said], [_TOOL]),
        ("reasoning", "zqthought", [ask, thought], None),
        ("name", "zqname", [ask, said], None),
    )
    for part, word, messages, tools in probes:
        with suppress(InputError):
            if word in template.render(messages, tools=tools).text:
                yield part


def _fill(skeleton: Skeleton, contents: Sequence[str]) -> tuple[Rendered, dict[int, int]]:
    pieces, starts, places, at = [], {}, [], 0
    for i, literal in enumerate(skeleton.literals):
        places.append(at)
        pieces.append(literal)
        at += len(literal)
        if i < len(skeleton.order):
            content = contents[skeleton.order[i]].strip()
            starts[skeleton.order[i]] = at
            pieces.append(content)
            at += len(content)
    edges = [places[literal] + offset for literal, offset in skeleton.marks]
    return Rendered("".join(pieces), list(zip(edges[::2], edges[1::2], strict=True))), starts


def _library() -> Any:
    import os

    # Rendering needs no framework; without this the import prints that PyTorch is missing.
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    import logging

    logging.getLogger("transformers").setLevel(logging.ERROR)
    from transformers.utils.chat_template_utils import render_jinja_template

    return render_jinja_template
