"""The catalogue of reasons: every id that a build rejects for or `curate validate` reports, with what it means.

A rule that looks at one row by itself and gives `find` is applied by both: validation reports it, and, where
`rejects` is set, every recipe rejects for it (`conversation_rules`). The order is that of precedence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from curation.rules import texts, turns
from curation.rules.turns import Given

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")


@dataclass(frozen=True, eq=False)
class Rule:
    """One reason. `meaning` and `remedy` may name {near}, {max_tokens}, {at_most} and {languages}."""

    id: str
    level: Level
    """What validation makes of it."""
    meaning: str
    remedy: str
    find: Callable[[Given], pl.Expr] | None = None
    """The value that decided, null for a row that keeps the rule; None where one row alone does not show it."""
    rejects: bool = False
    """Whether a build rejects the row as well."""

    def sentence(self) -> str:
        """The meaning where no values are known, as `curate show` says it."""
        general = {"near": "the threshold", "max_tokens": "max_tokens", "at_most": "", "languages": "asked for"}
        return self.meaning.format_map(general)


_ERRORS = (
    Rule("bad_line", "error", "It cannot be parsed, or is no object.", "Mend the line, or write the file anew."),
    Rule(
        "no_messages",
        "error",
        "It holds no turns of a conversation.",
        "Name the turns messages or conversations, or give prompt and completion, or instruction and output.",
    ),
    Rule(
        "preference",
        "error",
        "It is a chosen/rejected pair, for DPO and its like; supervised fine-tuning cannot read it.",
        "Train with it elsewhere, or keep prompt and chosen as a conversation.",
    ),
    Rule(
        "unknown_role",
        "error",
        "A turn's role is none of system, user, assistant and tool, nor one of their usual names.",
        "Rename the role.",
    ),
    Rule(
        "not_text",
        "error",
        "A turn holds something that is no text: an image, a number, a call of a tool.",
        "Turn it into text, or take the row out.",
    ),
    Rule(
        "bad_alternation",
        "error",
        "User and assistant do not take turns after an optional system turn; chat templates refuse it or garble it.",
        "Join turns of one role, and let the user begin.",
        find=turns.bad_alternation,
        rejects=True,
    ),
    Rule(
        "ends_on_user",
        "error",
        "The last turn is the user's: nothing is learnt from it.",
        "Add the answer, or take the last turn away.",
        find=turns.ends_on_user,
        rejects=True,
    ),
    Rule(
        "empty_turn",
        "error",
        "A turn is empty or white.",
        "Fill it, or take the row out.",
        find=turns.empty_turn,
        rejects=True,
    ),
    Rule(
        "double_bos",
        "error",
        "A text begins with the BOS string, and the tokenizer or the template writes one of its own.",
        "Strip it from the text: rendered texts stand without their BOS.",
        find=turns.double_bos,
        rejects=True,
    ),
    Rule(
        "control_token",
        "error",
        "A text holds a string that becomes a control token: it ends or begins turns inside of a turn.",
        "Strip it, or spell it differently.",
        find=turns.control_token,
        rejects=True,
    ),
    Rule(
        "no_trainable_token",
        "error",
        "No token that carries loss is left{at_most}: the row teaches nothing, and may make the loss NaN.",
        "Shorten what stands before the answers, or mend the template's generation marks.",
    ),
    Rule(
        "answer_cut",
        "error",
        "At {max_tokens} tokens the last answer would lose its end, so the model would learn to stop in mid-sentence.",
        "Raise --max-tokens, or shorten or split the row.",
    ),
    Rule(
        "wrong_language",
        "error",
        "The row is in none of the languages {languages}.",
        "Take it out, or name its language in --languages.",
    ),
    Rule(
        "duplicate",
        "error",
        "The conversation repeats an earlier one of its split, but for case, white space, quotes and invisible signs.",
        "Keep the first: --fix does.",
    ),
    Rule(
        "leak",
        "error",
        "What the user says stands, equal or near (Jaccard of its words >= {near}), in a split held out from this one.",
        "Take the row out of the split that is trained on: --fix does.",
    ),
)
_WARNINGS = (
    Rule(
        "tool_turn",
        "warning",
        "There are turns of tools; roles and tokens of these rows are not judged further.",
        "Be sure that your template knows the role tool.",
        find=turns.tool_turn,
        rejects=True,
    ),
    Rule(
        "too_long",
        "warning",
        "The rendered row has more than {max_tokens} tokens; the trainer will cut it or drop it.",
        "Raise --max-tokens, or shorten or split the row.",
    ),
    Rule(
        "label_conflict",
        "warning",
        "The same words of the user are answered differently (near ones too, if short and answered in up to 5 words).",
        "Decide which answer holds, unless several may.",
    ),
    Rule(
        "mixed_language",
        "warning",
        "The rows of one file are in several languages.",
        "If that is not meant, name the ones that are with --languages.",
    ),
    Rule(
        "mojibake",
        "warning",
        "A text was decoded wrongly once: UTF-8 read as Windows-1252 or Latin-1, or characters lost to U+FFFD.",
        "Decode the source again as UTF-8.",
        find=lambda given: texts.mojibake(given.said),
    ),
    Rule(
        "not_nfc",
        "warning",
        "Letters and their marks stand apart (NFD): they read the same, and their tokens differ.",
        "Normalise to NFC. \u09dc and \u09df, which NFC itself takes apart, are no defect in one character or in two.",
        find=lambda given: texts.not_nfc(given.said),
    ),
    Rule(
        "system_repeated",
        "warning",
        "The system prompt stands once more inside a user's turn.",
        "Strip it from the turn: the template writes the system prompt.",
        find=turns.system_repeated,
    ),
)
_NOTES = (
    Rule(
        "near_duplicate",
        "note",
        "What the user says nearly repeats an earlier row of its split (Jaccard of its words >= {near}).",
        "Keep what adds something; the same question in many words weighs more in training.",
    ),
    Rule(
        "invisible",
        "note",
        "There are zero-width characters, soft hyphens or marks that turn the direction of writing.",
        "Strip them, unless the language needs them.",
        find=lambda given: texts.invisible(given.said),
    ),
    Rule(
        "rendered_text",
        "note",
        "It is a text already rendered: only what can be told of a text was looked at, no roles and no answers.",
        "Validate the conversations that it was rendered from.",
    ),
)
RULES: tuple[Rule, ...] = (*_ERRORS, *_WARNINGS, *_NOTES)
"""What `curate validate` looks for."""
LEVEL: dict[str, Level] = {rule.id: rule.level for rule in RULES}
ERRORS = tuple(rule.id for rule in _ERRORS)


def _build(id: str, meaning: str, remedy: str) -> Rule:
    return Rule(id, "error", meaning, remedy)


_OF_BUILDS = (
    _build("bad_record", "The record cannot be read as the form of its file says.", "Correct it in the source."),
    _build("empty", "The record holds no text.", "Nothing: there is nothing to learn from it."),
    _build("no_question", "The question is empty.", "Fill it in the source, or leave the record out."),
    _build("no_answer", "The answer is empty.", "Fill it in the source, or leave the record out."),
    _build("no_questions", "Nothing is asked of the document.", "Add questions, or leave the document out."),
    _build("too_short", "The question or the answer has too few characters to teach anything.", "Lengthen it."),
    _build("too_many_characters", "The question or the answer has too many characters.", "Shorten it, or split it."),
    _build("unknown_label", "The label is none that the recipe has an answer for.", "Add a response for it."),
    _build(
        "low_score", "The source scored the conversation lower than asked for, or not at all.", "Lower --min-score."
    ),
    _build("unknown_language", "The text is too short to tell its language.", "Keep such texts: --unknown keep."),
    _build("duplicate_row", "The row says what an earlier row says, word for word.", "Nothing: one of them is enough."),
    _build(
        "repeats_test", "The record is equal or near to one of a split held out from it.", "Nothing: it would leak."
    ),
    _build("not_sampled", "The drawn sample does not hold it.", "Raise --sample."),
    _build("over_limit", "Its split has as many rows as --limit allows; which ones stay is drawn.", "Raise --limit."),
    _build("over_share", "Its part of the mix has its share of tokens without it.", "Ask for another share in --from."),
    _build("span_mismatch", "The answer does not stand at the place that the source gives.", "Correct the offset."),
    _build("span_too_long", "The answer fits no row, once in its window and once as answer.", "Raise --max-tokens."),
    _build(
        "not_drawn",
        "No window of the document holds an answer, and none was drawn as one without.",
        "Raise --negatives, or leave the document out.",
    ),
    _build("ungrounded", "A quoted line does not stand in the excerpt.", "Report it: a build should never make one."),
)
CATALOGUE: dict[str, Rule] = {rule.id: rule for rule in (*RULES, *_OF_BUILDS)}
"""Every reason by its id."""
