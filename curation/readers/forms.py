"""The form of a conversation, detected from its keys, and the conversation in it: whoever wrote it down.

Texts are not changed. Every key is accounted for: it is a part of the conversation, or it is handed back in `more`,
or the whole is refused with a reason and the value that decided. Null is the absence of a key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from curation.readers.contents import Json, RefusedError, json_type
from curation.readers.pairs import ANSWERED, ASKED, asked_in, question_and_answer
from curation.readers.preference import Sides, is_preference, sides_of, transcript
from curation.readers.tool_calls import as_json, tools_of
from curation.readers.trees import best_path, is_tree
from curation.readers.turn_lists import TURN_KEYS, list_key, listed, turns_in
from curation.readers.turns import Turn, text_turn, turns_of

_SYSTEM = ("system", "system_prompt", "system_instruction", "systeminstruction")
_TOOLS = ("tools", "functions")
_OPTIONS = "chat_template_kwargs"
_MEDIA = ("images", "image", "videos", "video", "audios", "audio")
_WRAPPED = ("body", "request", "input")
"""Keys that may hold the whole: requests for OpenAI's batches, and the last one its preferences."""
_KNOWN = {*TURN_KEYS, *ASKED, *ANSWERED, *_SYSTEM, *_TOOLS, "history", "context", "chosen", "rejected", "text"}


@dataclass
class ParsedChat:
    """A conversation, or why there is none: `reason` by its id, and the value that decided.

    `tools`, `options`: JSON. `more`: the keys that are no part of it; those of a turn are in its `rest`. `sides`: of a
    preference. `notes`: what was read as it was meant, and not as it was written, a sentence each.
    """

    form: str | None
    turns: list[Turn] | None = None
    tools: str | None = None
    options: str | None = None
    more: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    sides: Sides | None = None
    reason: str | None = None
    detail: str | None = None

    @property
    def conversation(self) -> list[Turn] | None:
        """The turns; of a preference the prompt with the answer that was chosen, or that stands alone."""
        return [*self.sides.prompt, *self.sides.answer] if self.sides else self.turns

    @property
    def messages(self) -> list[dict[str, str]] | None:
        """Roles and contents alone."""
        return None if self.turns is None else [{"role": turn.role, "content": turn.content} for turn in self.turns]


def detect_form(value: Json | list[Any]) -> str | None:
    """preference, sharegpt, messages, tree, spans, prompt-completion, alpaca, question-answer, text; or None.

    A preference comes before a list of turns: what is chosen and what is rejected are not one conversation.
    """
    given, _ = _plain_keys(value)
    return _form(given, list_key(given))


def messages_of(value: Json | list[Any]) -> ParsedChat:
    """The conversation in `value`, an object or a list of turns, or the reason why there is none."""
    given, names = _plain_keys(value)
    key = list_key(given)
    made, used = ParsedChat(_form(given, key)), set[str]()
    try:
        _read(made, given, key, made.notes, used)
    except RefusedError as error:
        made.turns, made.reason, made.detail = None, error.reason, error.detail
    rest = {key: item for key, item in given.items() if item is not None and key not in used}
    made.more = {names.get(key, key): item for key, item in rest.items()}
    return made


def _read(made: ParsedChat, given: Json, key: str | None, notes: list[str], used: set[str]) -> None:
    for media in _MEDIA:
        if given.get(media):
            raise RefusedError("not_text", f"{media}: {json_type(given[media])}, which no text model learns")
        used.add(media)
    if made.form == "preference":
        sides = sides_of(given, notes, used)
        made.sides = sides._replace(prompt=_with_system(sides.prompt, given, notes, used))
    else:
        made.turns = _with_system(_turns(made.form, given, key, notes, used), given, notes, used)
    _beside(made, given, used)
    if made.form == "preference":
        raise RefusedError("preference", "an answer that was chosen, or rejected, or both")


def _beside(made: ParsedChat, given: Json, used: set[str]) -> None:
    """The tools, and the options of the chat template."""
    for key in _TOOLS:
        if given.get(key) is not None:
            made.tools = tools_of(given[key])
            used.add(key)
            break
    options = listed(given.get(_OPTIONS))
    if isinstance(options, dict):
        made.options = as_json(options) if options else None
        used.add(_OPTIONS)


def _plain_keys(value: Json | list[Any]) -> tuple[Json, dict[str, str]]:
    """The object with its known keys in lower case, out of its wrapping, and how they were written."""
    if isinstance(value, list):
        return {"messages": value}, {}
    wrapped = _WRAPPED if is_preference(value) else _WRAPPED[:-1]
    inner = next((key for key in wrapped if isinstance(value.get(key), dict)), None)
    if inner and list_key(value[inner]) and not list_key(value):
        around = {key: item for key, item in value.items() if key != inner}
        twice = {key: item for key, item in value[inner].items() if key in around}
        value = {**value[inner], **around, **({inner: twice} if twice else {})}
    small = {key: key.strip().lower() for key in value if isinstance(key, str) and key not in _KNOWN}
    names = {plain: key for key, plain in small.items() if plain in _KNOWN and plain not in value}
    if not names:
        return value, {}
    plain = {key: word for word, key in names.items()}
    return {plain.get(key, key): item for key, item in value.items()}, names


def _form(given: Json, key: str | None) -> str | None:
    if is_preference(given):
        return "preference"
    if key:
        first = next((turn for turn in listed(given[key]) if isinstance(turn, dict)), {})
        return "sharegpt" if _has(first, "from") or _has(first, "value") else "messages"
    if is_tree(given):
        return "tree"
    if isinstance(given.get("paragraphs"), list) or _spans(given.get("answers")):
        return "spans"
    asked = asked_in(given)
    if asked:
        return {"prompt": "prompt-completion", "instruction": "alpaca"}.get(asked[0], "question-answer")
    if empty := [key for key in TURN_KEYS if given.get(key) == []]:
        return "sharegpt" if empty[0].startswith("conversation") else "messages"
    return "text" if isinstance(given.get("text"), str) else None


def _spans(answers: object) -> bool:
    return isinstance(answers, dict) and "answer_start" in answers


def _turns(form: str | None, given: Json, key: str | None, notes: list[str], used: set[str]) -> list[Turn]:
    if key:
        used.add(key)
        return turns_in(listed(given[key]), notes)
    if form in ("messages", "sharegpt"):
        used.update(name for name in TURN_KEYS if given.get(name) == [])
        return []
    if form == "tree":
        used.add("prompt")
        return turns_of(best_path(given["prompt"], notes), notes)
    if form == "spans":
        raise RefusedError("spans", "answers by their offset in a context: curate build legal reads them")
    if form == "text":
        text = given["text"]
        told = transcript(text)
        if told:
            used.add("text")
            return told
        raise RefusedError("rendered_text", f"{len(text):,} characters: {text[:60]!r}")
    asked = asked_in(given)
    if asked:
        return question_and_answer(given, *asked, notes, used)
    keys = ", ".join(f"{key}: {json_type(item)}" for key, item in given.items())
    raise RefusedError("no_messages", keys[:200] if keys else "no keys")


def _with_system(turns: list[Turn], given: Json, notes: list[str], used: set[str]) -> list[Turn]:
    """A `system` beside the turns comes first, unless there is one among them; an empty one is left out."""
    for n, turn in enumerate(turns, 1):
        if turn.role == "system" and not turn.content.strip():
            has = f", and with it {turn.name or ''} {turn.rest or ''}" if turn.name or turn.rest else ""
            notes.append(f"turn {n}: an empty system turn was left out{has}")
    turns = [turn for turn in turns if turn.role != "system" or turn.content.strip()]
    key = next((key for key in _SYSTEM if given.get(key) is not None), None)
    if key is None:
        return turns
    system = text_turn("system", given[key], key)
    if any(turn.role == "system" for turn in turns) and system.content.strip():
        return turns
    used.add(key)
    return [system, *turns] if system.content.strip() else turns


def _has(value: Json, *keys: str) -> bool:
    return all(value.get(key) is not None for key in keys)
