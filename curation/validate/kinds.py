"""The kinds of findings: identifier, level, what it means in a sentence, what to do. The order is that of reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Kind:
    """`means` and `do` may name {near} and {max_tokens}."""

    id: str
    level: Level
    means: str
    do: str


_ERRORS = (
    Kind("bad_line", "error", "It cannot be parsed, or is no object.", "Mend the line, or write the file anew."),
    Kind(
        "no_messages",
        "error",
        "It holds no turns of a conversation.",
        "Name the turns messages or conversations, or give prompt and completion, or instruction and output.",
    ),
    Kind(
        "preference",
        "error",
        "It is a chosen/rejected pair, for DPO and its like; supervised fine-tuning cannot read it.",
        "Train with it elsewhere, or keep prompt and chosen as a conversation.",
    ),
    Kind(
        "unknown_role",
        "error",
        "A turn's role is none of system, user, assistant and tool, nor one of their usual names.",
        "Rename the role.",
    ),
    Kind(
        "not_text",
        "error",
        "A turn holds something that is no text: an image, a number, a call of a tool.",
        "Turn it into text, or take the row out.",
    ),
    Kind(
        "bad_alternation",
        "error",
        "User and assistant do not take turns after an optional system turn; chat templates refuse it or garble it.",
        "Join turns of one role, and let the user begin.",
    ),
    Kind(
        "ends_on_user",
        "error",
        "The last turn is the user's: nothing is learnt from it.",
        "Add the answer, or take the last turn away.",
    ),
    Kind("empty_turn", "error", "A turn is empty or white.", "Fill it, or take the row out."),
    Kind(
        "double_bos",
        "error",
        "A text begins with the BOS string, and the tokenizer or the template writes one of its own.",
        "Strip it from the text: rendered texts stand without their BOS.",
    ),
    Kind(
        "control_token",
        "error",
        "A text holds a string that becomes a control token: it ends or begins turns inside of a turn.",
        "Strip it, or spell it differently.",
    ),
    Kind(
        "no_trainable_token",
        "error",
        "No token that carries loss is left{at_most}: the row teaches nothing, and may make the loss NaN.",
        "Shorten what stands before the answers, or mend the template's generation marks.",
    ),
    Kind(
        "answer_cut",
        "error",
        "At {max_tokens} tokens the last answer would lose its end, so the model would learn to stop in mid-sentence.",
        "Raise --max-tokens, or shorten or split the row.",
    ),
    Kind(
        "wrong_language",
        "error",
        "The row is in none of the languages {languages}.",
        "Take it out, or name its language in --languages.",
    ),
    Kind(
        "duplicate",
        "error",
        "The conversation repeats an earlier one of its split, but for case, white space, quotes and invisible signs.",
        "Keep the first: --fix does.",
    ),
    Kind(
        "leak",
        "error",
        "What the user says stands, equal or near (Jaccard of its words >= {near}), in a split held out from this one.",
        "Take the row out of the split that is trained on: --fix does.",
    ),
)
_WARNINGS = (
    Kind(
        "tool_turn",
        "warning",
        "There are turns of tools; roles and tokens of these rows are not judged further.",
        "Be sure that your template knows the role tool.",
    ),
    Kind(
        "too_long",
        "warning",
        "The rendered row has more than {max_tokens} tokens; the trainer will cut it or drop it.",
        "Raise --max-tokens, or shorten or split the row.",
    ),
    Kind(
        "label_conflict",
        "warning",
        "The same words of the user are answered differently (near ones too, if short and answered in up to 5 words).",
        "Decide which answer holds, unless several may.",
    ),
    Kind(
        "mixed_language",
        "warning",
        "The rows of one file are in several languages.",
        "If that is not meant, name the ones that are with --languages.",
    ),
    Kind(
        "mojibake",
        "warning",
        "A text was decoded wrongly once: UTF-8 read as Windows-1252 or Latin-1, or characters lost to U+FFFD.",
        "Decode the source again as UTF-8.",
    ),
    Kind(
        "not_nfc",
        "warning",
        "Letters and their marks stand apart (NFD): they read the same, and their tokens differ.",
        "Normalise to NFC. \u09dc and \u09df, which NFC itself takes apart, are no defect in one character or in two.",
    ),
    Kind(
        "system_repeated",
        "warning",
        "The system prompt stands once more inside a user's turn.",
        "Strip it from the turn: the template writes the system prompt.",
    ),
)
_NOTES = (
    Kind(
        "near_duplicate",
        "note",
        "What the user says nearly repeats an earlier row of its split (Jaccard of its words >= {near}).",
        "Keep what adds something; the same question in many words weighs more in training.",
    ),
    Kind(
        "invisible",
        "note",
        "There are zero-width characters, soft hyphens or marks that turn the direction of writing.",
        "Strip them, unless the language needs them.",
    ),
    Kind(
        "rendered_text",
        "note",
        "It is a text already rendered: only what can be told of a text was looked at, no roles and no answers.",
        "Validate the conversations that it was rendered from.",
    ),
)
KINDS: tuple[Kind, ...] = (*_ERRORS, *_WARNINGS, *_NOTES)
LEVEL: dict[str, Level] = {kind.id: kind.level for kind in KINDS}
ERRORS = tuple(kind.id for kind in _ERRORS)
