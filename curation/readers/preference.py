"""Preferences: one prompt, an answer that was chosen and one that was not. Never is the second taken for an answer.

Read are TRL's explicit and implicit prompts, LLaMA-Factory's and OpenAI's sides, KTO's single answers with a verdict,
HH's transcripts, and lists of ranked or scored answers (Nectar, UltraFeedback): the best and the worst of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from curation.readers.contents import Json, RefusedError, json_type
from curation.readers.pairs import asked_turns
from curation.readers.turns import ROLES, Turn, text_turn, turns_of

_PAIRS = (("chosen", "rejected"), ("preferred_output", "non_preferred_output"), ("preferred", "dispreferred"))
_VERDICTS = ("kto_tag", "label")
_PROMPTS = ("prompt", "instruction", "question", "query")
_LISTS = ("conversations", "messages", "conversation")
_ANSWERS = ("completion", "response", "output", "answer")
_RANKED = ("answers", "completions", "responses", "generations")
_BEST_FIRST = ("rank",)
_BEST_LAST = ("score", "overall_score", "rating")
_TRANSCRIPT = re.compile(r"(?:^|\n)\s*(Human|Assistant|User|System): ?")


class Sides(NamedTuple):
    """`chosen` and `rejected` go on where `prompt` ends; one of them is null where an answer stands alone (KTO)."""

    prompt: list[Turn]
    chosen: list[Turn] | None
    rejected: list[Turn] | None

    @property
    def answer(self) -> list[Turn]:
        """The one that was chosen, or that stands alone."""
        return (self.chosen if self.chosen is not None else self.rejected) or []

    @property
    def other(self) -> list[Turn] | None:
        """The rejected answer beside a chosen one."""
        return self.rejected if self.chosen is not None else None

    @property
    def wanted(self) -> bool | None:
        """Of an answer that stands alone, whether it is one to learn; null where there are two."""
        return None if self.chosen is not None and self.rejected is not None else self.chosen is not None

    def conversation(self) -> list[Turn] | None:
        """The prompt and the answer that is wanted; null where there is none."""
        return None if self.chosen is None else [*self.prompt, *self.chosen]


def is_preference(given: Json) -> bool:
    """Whether the keys are those of a preference in any of the forms above."""
    return bool(
        _pair(given)
        or _verdict_key(given)
        or (isinstance(given.get("output"), list) and _two_texts(given["output"]) and _has(given, "instruction"))
        or _ranked_key(given)
    )


def sides_of(given: Json, notes: list[str], used: set[str]) -> Sides:
    """Prompt and sides; the keys that hold them are added to `used`, but for ranked answers of which two are taken.

    RefusedError.
    """
    if pair := _pair(given):
        used.update(pair)
        return _two_sides(given, given[pair[0]], given[pair[1]], notes, used)
    if key := _verdict_key(given):
        used.add(key)
        return _alone(given, bool(_verdict(given[key])), notes, used)
    if key := _ranked_key(given):
        best, worst = _best_and_worst(given[key], key)
        return _two_sides(given, best, worst, notes, used)
    used.add("output")
    better, worse = given["output"]
    return _two_sides(given, better, worse, notes, used)


def _two_sides(given: Json, chosen: object, rejected: object, notes: list[str], used: set[str]) -> Sides:
    prompt = _prompt(given, notes, used)
    good, bad = (_side(side, name, notes) for side, name in ((chosen, "chosen"), (rejected, "rejected")))
    if prompt:
        good, bad = (side[len(prompt) :] if side[: len(prompt)] == prompt else side for side in (good, bad))
        return Sides(prompt, good, bad)
    same = [one for one, _ in takewhile(lambda two: two[0] == two[1], zip(good, bad, strict=False))]
    shared = len(same) - 1 if len(same) in (len(good), len(bad)) else len(same)
    if shared < 1:
        raise RefusedError("preference_prompt", f"the sides begin with {_start(good)} and {_start(bad)}")
    return Sides(good[:shared], good[shared:], bad[shared:])


def _alone(given: Json, wanted: bool, notes: list[str], used: set[str]) -> Sides:
    prompt = _prompt(given, notes, used)
    key = next((key for key in _ANSWERS if _has(given, key)), None)
    if key:
        used.add(key)
        answer = _side(given[key], key, notes)
    else:
        last = next((n for n in range(len(prompt), 0, -1) if prompt[n - 1].role != "assistant"), 0)
        prompt, answer = prompt[:last], prompt[last:]
    return Sides(prompt, answer, None) if wanted else Sides(prompt, None, answer)


def _prompt(given: Json, notes: list[str], used: set[str]) -> list[Turn]:
    """The turns before the sides; none where the sides hold them."""
    sides_hold_it = isinstance(given.get("chosen"), list) and len(given["chosen"]) > 1
    for key in _LISTS:
        if isinstance(given.get(key), list) and given[key] and not sides_hold_it:
            used.add(key)
            return turns_of(given[key], notes)
    name = next((key for key in _PROMPTS if _has(given, key)), None)
    if name is None:
        return []
    told = transcript(given[name]) if isinstance(given[name], str) else None
    if told:
        used.add(name)
        return told
    return asked_turns(given, name, notes, used)


def _side(side: object, name: str, notes: list[str]) -> list[Turn]:
    if isinstance(side, dict):
        side = [side]
    if isinstance(side, list) and side and all(isinstance(turn, dict) for turn in side) and _is_turn(side[0]):
        return turns_of(side, notes)
    return (transcript(side) if isinstance(side, str) else None) or [text_turn("assistant", side, name)]


def _is_turn(value: Json) -> bool:
    return not {"role", "from"}.isdisjoint(value)


def transcript(text: str) -> list[Turn] | None:
    """The turns of `Human: ... Assistant: ...`, as Anthropic's HH writes them; null where the text is no such."""
    parts = _TRANSCRIPT.split(text)
    if len(parts) < 3 or parts[0].strip():
        return None
    said = zip(parts[1::2], parts[2::2], strict=True)
    turns = [Turn(ROLES[name.lower()], words.strip()) for name, words in said]
    return turns[:-1] if turns[-1].role == "assistant" and not turns[-1].content else turns


def _best_and_worst(answers: Sequence[Json], key: str) -> tuple[object, object]:
    rank = next(name for name in (*_BEST_FIRST, *_BEST_LAST) if isinstance(answers[0].get(name), int | float))
    word = next((name for name in (*_ANSWERS, "text", "content") if isinstance(answers[0].get(name), str)), None)
    if word is None or not all(isinstance(one.get(rank), int | float) for one in answers):
        raise RefusedError("preference_prompt", f"{key}: answers without a text and a {rank} each")
    order = sorted(answers, key=lambda one: one[rank], reverse=rank in _BEST_LAST)
    return order[0].get(word), order[-1].get(word)


def _ranked_key(given: Json) -> str | None:
    for key in _RANKED:
        answers = given.get(key)
        if isinstance(answers, list) and len(answers) > 1 and all(isinstance(one, dict) for one in answers):
            names = {*_BEST_FIRST, *_BEST_LAST}
            if any(isinstance(answers[0].get(name), int | float) for name in names):
                return key
    return None


def _pair(given: Json) -> tuple[str, str] | None:
    return next((pair for pair in _PAIRS if _has(given, *pair)), None)


def _verdict_key(given: Json) -> str | None:
    if _verdict(given.get("kto_tag")) is not None:
        return "kto_tag"
    asked = _has(given, "prompt") and any(_has(given, key) for key in _ANSWERS)
    listed = isinstance(given.get("label"), bool) and any(isinstance(given.get(key), list) for key in _LISTS)
    return "label" if (asked or listed) and _verdict(given.get("label")) is not None else None


def _verdict(value: object) -> bool | None:
    if isinstance(value, bool | int) and value in (0, 1):
        return bool(value)
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


def _two_texts(value: list[Any]) -> bool:
    return len(value) == 2 and all(isinstance(one, str) for one in value)


def _has(value: Json, *keys: str) -> bool:
    return all(value.get(key) is not None for key in keys)


def _start(side: Sequence[Turn]) -> str:
    return repr(side[0].content[:40]) if side else json_type(None)
