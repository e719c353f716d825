"""Which column of a table is asked, answered, given as context or kept together, why, or what only a person knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from curation.scaffold.words import called

CLEARLY = 1.5
"""So many times as long must the texts of a column be, to be taken for the answers by their length."""


@dataclass(frozen=True)
class Column:
    """`lengths`: least, median and greatest number of characters of what is filled.

    `asks`: the share of the filled cells that end in a question mark; `numbers`: the share that are numbers; `values`:
    whether most are lists or objects; `conversations`: whether most are conversations.
    """

    name: str
    filled: int
    empty: int
    distinct: int
    lengths: tuple[int, int, int]
    example: str
    asks: float = 0.0
    numbers: float = 0.0
    values: bool = False
    conversations: bool = False


@dataclass(frozen=True)
class Choice:
    """Role -> column, role -> the reason, and what must be answered before a recipe can be written, if anything."""

    roles: dict[str, str]
    why: dict[str, str]
    question: str = ""


def choose(columns: Sequence[Column], given: Mapping[str, str]) -> Choice:
    """The roles of the columns of a table of questions and answers. What was `given` decides."""
    roles, why = dict(given), dict.fromkeys(given, "you said so")
    names = [column.name for column in columns]
    if question := _preference(names, columns, given):
        return Choice(roles, why, question)
    for role in ("question", "answer", "context", "label", "system"):
        found = [c for c in columns if called(c.name, role) and c.name not in roles.values() and c.filled]
        if role in roles or not found:
            continue
        alike = [column.name for column in found]
        if len(found) > 1 and role in ("question", "answer") and "input" not in map(str.lower, alike):
            return Choice(roles, why, f"{_listed(alike)} may each be the {role}")
        roles[role], why[role] = alike[0], f"the column is called {alike[0]!r}"
    _input_is_context(columns, roles, why)
    _text_and_label(columns, roles, why)
    question = _by_content(columns, roles, why)
    _together(columns, roles, why)
    order = ("question", "answer", "context", "label", "system", "group")
    return Choice({role: roles[role] for role in order if role in roles}, why, question or _no_text(columns, roles))


def _preference(names: Sequence[str], columns: Sequence[Column], given: Mapping[str, str]) -> str:
    if {"chosen", "rejected"} <= {name.lower() for name in names} and "answer" not in given:
        return "it holds preference pairs (chosen, rejected), and the rejected side is no answer"
    judged = next((c for c in columns if c.name.lower() in ("label", "kto_tag") and c.distinct <= 2), None)
    if judged and judged.example.lower() in ("true", "false") and "label" not in given:
        return f"the column {judged.name!r} says true or false: whether an answer is wanted, or what it is about"
    return ""


def _input_is_context(columns: Sequence[Column], roles: dict[str, str], why: dict[str, str]) -> None:
    """An `input` beside an instruction belongs into the same turn, as in Alpaca files."""
    beside = next((c for c in columns if c.name.lower() == "input" and c.filled), None)
    if beside and "context" not in roles and beside.name not in roles.values() and "question" in roles:
        roles["context"], why["context"] = beside.name, "an input beside a question belongs to it"


def _text_and_label(columns: Sequence[Column], roles: dict[str, str], why: dict[str, str]) -> None:
    """A text is asked; a label is answered where nothing else is."""
    texts = [c.name for c in columns if called(c.name, "text") and c.filled and c.name not in roles.values()]
    if "question" not in roles and texts:
        roles["question"], why["question"] = texts[0], f"the column is called {texts[0]!r}"
    if "question" not in roles and "context" in roles and "label" in roles and "answer" not in roles:
        roles["question"], why["question"] = roles.pop("context"), why.pop("context")
    free = [c for c in _free(columns, roles) if not called(c.name, "group")]
    if "answer" not in roles and "label" in roles and not (free and "question" not in roles):
        longer = [c for c in free if c.lengths[1] > 30]
        if not longer:
            roles["answer"], why["answer"] = roles["label"], f"{roles['label']!r} labels it, and no column answers"


def _by_content(columns: Sequence[Column], roles: dict[str, str], why: dict[str, str]) -> str:
    """What names did not decide: question marks do, then lengths. The question, where they do not either."""
    missing = [role for role in ("question", "answer") if role not in roles]
    free = _free(columns, roles)
    asking = [column for column in free if column.asks >= 0.6]
    if "question" in missing and len(asking) == 1:
        column = asking[0]
        roles["question"], why["question"] = column.name, f"{column.asks:.0%} of its texts end in a question mark"
        missing, free = [role for role in missing if role != "question"], [c for c in free if c is not column]
    if not missing:
        return ""
    if len(free) < len(missing):
        return f"no column is left that could be the {' or the '.join(missing)}"
    ordered = sorted(free, key=lambda column: -column.lengths[1])
    for role in reversed(missing):
        longest, rest = ordered[0], ordered[1:]
        if rest and longest.lengths[1] < CLEARLY * rest[0].lengths[1]:
            return f"neither names nor lengths tell which of {_listed([c.name for c in ordered])} is the {role}"
        roles[role] = longest.name
        why[role] = f"its texts are the longest, {longest.lengths[1]:,} characters in the middle"
        if not rest and len(missing) == 1:
            why[role] = "no other column is left"
        ordered = rest
    return ""


def _free(columns: Sequence[Column], roles: Mapping[str, str]) -> list[Column]:
    """Columns of texts that have no role yet."""
    return [c for c in columns if c.filled and c.name not in roles.values() and c.numbers < 0.9]


def _together(columns: Sequence[Column], roles: dict[str, str], why: dict[str, str]) -> None:
    """A column whose values repeat keeps its rows in one split: one called so, else the context."""
    if "group" in roles:
        return
    repeated = [c for c in columns if not c.empty and 1 < c.distinct < c.filled]
    named = [c for c in repeated if called(c.name, "group") and c.name not in roles.values()]
    shared = [c for c in repeated if c.name == roles.get("context")]
    for column in [*named, *shared][:1]:
        roles["group"] = column.name
        why["group"] = f"{column.distinct:,} values in {column.filled:,} rows: rows that share one stay in one split"


def _no_text(columns: Sequence[Column], roles: Mapping[str, str]) -> str:
    """The question where a chosen column holds lists or objects."""
    for role in ("question", "answer", "context"):
        column = next((c for c in columns if c.name == roles.get(role)), None)
        if column and column.values:
            return f"the cells of {column.name!r}, the {role}, are lists or objects, no texts: {column.example[:60]!r}"
    return ""


def dialogue(columns: Sequence[Column], given: Mapping[str, str], speaks: Sequence[str]) -> Choice | None:
    """The roles in a table of conversations: whole ones in cells, or a turn in each record; None where it is neither.

    `speaks`: the columns whose values are names of speakers (user, assistant ...).
    """
    whole = given.get("messages") or next((c.name for c in columns if c.conversations), None)
    if whole and not {"question", "answer"} & {*given}:
        reason = "you said so" if "messages" in given else "its cells are conversations"
        return Choice({**given, "messages": whole}, {"messages": reason})
    roles = {role: name for role, name in given.items() if role in ("conversation", "turn", "role", "content")}
    if {"question", "answer"} & {*given} or (not roles and not [name for name in speaks if called(name, "role")]):
        return None
    why = dict.fromkeys(roles, "you said so")
    for role in ("role", "content", "conversation", "turn"):
        fit = [c.name for c in columns if called(c.name, role) and c.name not in roles.values()]
        if role not in roles and fit:
            roles[role], why[role] = fit[0], f"the column is called {fit[0]!r}"
    missing = [role for role in ("conversation", "role", "content") if role not in roles]
    unknown = " or its ".join(missing)
    question = f"each record holds one turn, and no column is known as its {unknown}" if missing else ""
    return Choice(roles, why, question)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
