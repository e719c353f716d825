"""A question and its answer under any common keys, with what was said before and what goes with the question."""

from __future__ import annotations

from curation.readers.contents import Json, RefusedError, json_type
from curation.readers.tool_calls import calls_in_text
from curation.readers.turns import Turn, text_turn, turns_of

ASKED = ("prompt", "instruction", "question", "query", "input", "inputs", "user", "human")
ANSWERED = ("completion", "response", "output", "answer", "target", "targets", "assistant", "answers")
"""Keys of one question and its answer, the likelier first."""


def asked_in(given: Json) -> tuple[str, str] | None:
    """The keys of a question and its answer."""
    answer = next((key for key in ANSWERED if given.get(key) is not None), None)
    question = next((key for key in ASKED if given.get(key) is not None), None)
    return (question, answer) if question and answer else None


def question_and_answer(given: Json, question: str, answer: str, notes: list[str], used: set[str]) -> list[Turn]:
    """What was said before, the question with what goes with it, and the answer."""
    used.add(answer)
    asked, said = asked_turns(given, question, notes, used), given[answer]
    if answer == "answers" and isinstance(said, str) and said.lstrip().startswith("[") and given.get("tools"):
        return [*asked, Turn("assistant", "", tool_calls=calls_in_text(said, "answers", notes))]
    return [*asked, *_side(said, answer, "assistant", notes)]


def asked_turns(given: Json, question: str, notes: list[str], used: set[str]) -> list[Turn]:
    """What was said before, and the question under the key `question` with what goes with it.

    Alpaca's `input` goes on a line of its own after the instruction, as LLaMA-Factory joins them; a `context` goes
    before the question, with a blank line between.
    """
    turns = _history(given.get("history"), notes)
    asked = _side(given[question], question, "user", notes)
    used.update((question, "history"))
    for key in ("input", "context") if question == "instruction" else ("context",):
        extra = given.get(key)
        if extra is None or key in used:
            continue
        if not isinstance(extra, str):
            raise RefusedError("not_text", f"{key}: {json_type(extra)}")
        if len(asked) == 1:  # several turns say themselves what goes with them
            used.add(key)
            asked = [asked[0]._replace(content=_joined(asked[0].content, key, extra))]
    return [*turns, *asked]


def _joined(question: str, key: str, extra: str) -> str:
    if not extra or not question:
        return extra or question
    return f"{extra}\n\n{question}" if key == "context" else f"{question}\n{extra}"


def _side(side: object, key: str, role: str, notes: list[str]) -> list[Turn]:
    """One side of a question and answer: a text, a turn, or turns."""
    if isinstance(side, dict) and {"role", "from"} & {*side}:
        side = [side]
    if isinstance(side, list) and all(isinstance(turn, dict) and {"role", "from"} & {*turn} for turn in side):
        return turns_of(side, notes)
    if isinstance(side, list) and len(side) > 1 and all(isinstance(one, str) for one in side):
        raise RefusedError("not_text", f"{key}: a list of {len(side)} texts, expected one")
    return [text_turn(role, side, key)]


def _history(history: object, notes: list[str]) -> list[Turn]:
    if history is None or history == []:
        return []
    if not isinstance(history, list):
        raise RefusedError("not_text", f"history: {json_type(history)}, expected a list of pairs")
    if all(isinstance(turn, dict) for turn in history):
        return turns_of(history, notes)
    for n, two in enumerate(history, 1):
        if not isinstance(two, list) or len(two) != 2:
            raise RefusedError("not_text", f"history {n}: {json_type(two)}, expected a question and an answer")
    return [turn for n, two in enumerate(history, 1) for turn in pair(two[0], two[1], f"history {n}")]


def pair(question: object, answer: object, place: str) -> list[Turn]:
    """Two turns of texts. RefusedError."""
    return [text_turn("user", question, place), text_turn("assistant", answer, place)]
