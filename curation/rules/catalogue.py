"""The catalogue of reasons: every id for which a build rejects or that `curate validate` reports, and its meaning.

A rule that needs one row alone has `find` and is applied by both: validation reports it, and, where
`rejects` is set, every recipe rejects for it (`conversation_rules`). The order is that of precedence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from curation.rules import texts, turns
from curation.rules.personal import personal_data
from curation.rules.turns import RuleInput

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")


@dataclass(frozen=True, eq=False)
class Rule:
    """One reason. `meaning` and `remedy` may name {near}, {max_tokens}, {at_most}, {languages} and {overlap}."""

    id: str
    level: Level
    """Its level in validation."""
    meaning: str
    remedy: str
    find: Callable[[RuleInput], pl.Expr] | None = None
    """The value that decided, null for a row without the defect; None where one row alone does not show it."""
    rejects: bool = False
    """Whether a build rejects the row as well."""

    def sentence(self) -> str:
        """The meaning where no values are known, as `curate show` says it."""
        general = {
            "near": "the threshold",
            "max_tokens": "max_tokens",
            "at_most": "",
            "languages": "asked for",
            "overlap": "a given share",
        }
        return self.meaning.format_map(general)


_ERRORS = (
    Rule("bad_line", "error", "It is not valid JSON, or not an object.", "Correct the line, or write the file again."),
    Rule(
        "no_messages",
        "error",
        "It has no turns of a conversation.",
        "Name the turns messages or conversations, or give prompt and completion, or instruction and output.",
    ),
    Rule(
        "preference_prompt",
        "error",
        "The two sides of a preference do not go on from one prompt, or an answer has no text or rank.",
        "Give both sides the same turns before the answer, or a prompt beside them.",
    ),
    Rule(
        "identical_sides",
        "error",
        "The chosen and the rejected answer are the same, but for case and white space: nothing is preferred.",
        "Remove the row, or correct one side.",
    ),
    Rule("empty_side", "error", "The rejected answer holds no text.", "Fill it, or remove the row."),
    Rule(
        "unknown_role",
        "error",
        "A turn's role is not system, user, assistant or tool, nor a common name for one.",
        "Rename the role.",
    ),
    Rule(
        "not_text",
        "error",
        "A turn holds something other than text: an image, a number, an object.",
        "Convert it to text, or remove the row.",
    ),
    Rule(
        "bad_tool_call",
        "error",
        "A call of a tool has no function's name, or arguments that are no JSON object.",
        "Correct the call, or remove the row.",
    ),
    Rule(
        "bad_tools",
        "error",
        "The list of tools is no list of functions with names.",
        "Give each tool as an object whose function has a name, a description and parameters.",
    ),
    Rule(
        "bad_weight",
        "error",
        "A turn is to be learned by a part, or it is no answer: only whole answers are learned or shown.",
        "Give weight 0 or 1, on the assistant's turns alone.",
    ),
    Rule(
        "spans",
        "error",
        "It holds answers by their offset in a context, which is no conversation yet.",
        "Build it with the recipe legal, or with one that curate init writes.",
    ),
    Rule(
        "bad_alternation",
        "error",
        "User and assistant (with its tools) do not take turns after an optional system turn: templates garble it.",
        "Join turns of one role, and let the user begin.",
        find=turns.bad_alternation,
        rejects=True,
    ),
    Rule(
        "ends_on_user",
        "error",
        "The last turn is the user's, or a tool's: there is no answer to learn.",
        "Add the answer, or remove the last turn.",
        find=turns.ends_on_user,
        rejects=True,
    ),
    Rule(
        "empty_turn",
        "error",
        "A turn is empty or only white space.",
        "Fill it, or remove the row.",
        find=turns.empty_turn,
        rejects=True,
    ),
    Rule(
        "nothing_learned",
        "error",
        "Every answer has weight 0: the row is shown and teaches nothing.",
        "Give one of its answers weight 1, or remove the row.",
        find=turns.nothing_learned,
        rejects=True,
    ),
    Rule(
        "double_bos",
        "error",
        "A text begins with the BOS string, and the tokenizer or the template writes one of its own.",
        "Remove it from the text: rendered texts are stored without BOS.",
        find=turns.double_bos,
        rejects=True,
    ),
    Rule(
        "control_token",
        "error",
        "A text holds a string that becomes a control token: it would end or begin a turn inside a turn.",
        "Remove it, or spell it differently.",
        find=turns.control_token,
        rejects=True,
    ),
    Rule(
        "tool_turn",
        "error",
        "There are calls or results of tools, and the chat template does not write them.",
        "Choose a template that does: --template llama3 or chatml, or a file of your own.",
        find=turns.tool_turn,
        rejects=True,
    ),
    Rule(
        "template_refused",
        "error",
        "The chat template refuses the conversation.",
        "Read what it says, and change the row or the template.",
    ),
    Rule(
        "no_trainable_token",
        "error",
        "No token that carries loss is left{at_most}: the row teaches nothing, and may make the loss NaN.",
        "Shorten what comes before the answers, or correct the template's generation marks.",
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
        "Remove it, or add its language to --languages.",
    ),
    Rule(
        "duplicate",
        "error",
        "It repeats an earlier row of its split, except for case, white space, quotes and invisible characters.",
        "Keep the first: --fix does.",
    ),
    Rule(
        "leak",
        "error",
        "The user's words are also, equal or near (Jaccard of the words >= {near}), in a split held out from this one.",
        "Remove the row from the training split: --fix does.",
    ),
    Rule(
        "benchmark_overlap",
        "error",
        "It holds an item of a benchmark ({overlap} or more of the item's 13-grams), which then measures memory.",
        "Remove the row: --fix does.",
    ),
)
_WARNINGS = (
    Rule(
        "control_word",
        "warning",
        "A text holds a string that is a control token of many models; no tokenizer was given to tell.",
        "Give --tokenizer: it is a fault only where your model has that token.",
        find=turns.control_word,
    ),
    Rule(
        "unanswered_call",
        "warning",
        "The user goes on where the result of a tool should stand: the model learns to call and not to wait.",
        "Add the tool's turn, or remove the call.",
        find=turns.unanswered_call,
    ),
    Rule(
        "too_long",
        "warning",
        "The rendered row has more than {max_tokens} tokens; the trainer will cut it or drop it.",
        "Raise --max-tokens, or shorten or split the row.",
    ),
    Rule(
        "contradiction",
        "warning",
        "The answer that this preference chooses another one rejects, for the same prompt.",
        "Decide which is better, or remove both.",
    ),
    Rule(
        "template_drops",
        "warning",
        "The chat template leaves words of the row out of its text: they are neither learned nor seen.",
        "Choose a template that writes them, or remove them if they are not meant to be learned.",
    ),
    Rule(
        "label_conflict",
        "warning",
        "The same words of the user are answered differently (near ones too, if short and answered in up to 5 words).",
        "Decide which answer is right, unless several are.",
    ),
    Rule(
        "mixed_language",
        "warning",
        "The rows of one file are in several languages.",
        "If that is not intended, list the expected ones with --languages.",
    ),
    Rule(
        "mojibake",
        "warning",
        "A text was decoded wrongly once: UTF-8 read as Windows-1252 or Latin-1, or characters lost to U+FFFD.",
        "Decode the source again as UTF-8.",
        find=lambda given: texts.mojibake(given.content),
    ),
    Rule(
        "not_nfc",
        "warning",
        "Letters and their marks are separate characters (NFD): they look the same, but their tokens differ.",
        "Normalise to NFC. \u09dc and \u09df, which NFC itself decomposes, are no defect in one character or in two.",
        find=lambda given: texts.not_nfc(given.content),
    ),
    Rule(
        "personal_data",
        "warning",
        "A text holds what is a person's or opens an account: an e-mail address, a phone, card or account number, "
        "an IP address, a key. A model learns it by heart.",
        "Remove it, or put something made up in its place, unless it is that already; it is shown masked.",
        find=personal_data,
    ),
    Rule(
        "system_repeated",
        "warning",
        "A user's turn repeats the system prompt.",
        "Remove it from the turn: the template writes the system prompt.",
        find=turns.system_repeated,
    ),
)
_NOTES = (
    Rule(
        "near_duplicate",
        "note",
        "What the user says nearly repeats an earlier row of its split (Jaccard of its words >= {near}).",
        "Keep the rows that add something; a question asked in many ways weighs more in training.",
    ),
    Rule(
        "invisible",
        "note",
        "There are zero-width characters, soft hyphens or marks that change the direction of writing.",
        "Remove them, unless the language needs them.",
        find=lambda given: texts.invisible(given.content),
    ),
    Rule(
        "read_as",
        "note",
        "Something was read as it was meant, and not as it was written.",
        "Nothing to do, if that is what was meant.",
    ),
    Rule(
        "rendered_text",
        "note",
        "The row is an already rendered text: only its text was checked, not roles or answers.",
        "Validate the conversations it was rendered from.",
    ),
)
RULES: tuple[Rule, ...] = (*_ERRORS, *_WARNINGS, *_NOTES)
"""The defects that `curate validate` looks for."""
LEVEL: dict[str, Level] = {rule.id: rule.level for rule in RULES}
ERRORS = tuple(rule.id for rule in _ERRORS)


def _build(id: str, meaning: str, remedy: str) -> Rule:
    return Rule(id, "error", meaning, remedy)


_OF_BUILDS = (
    _build(
        "preference",
        "It is a preference, for DPO, KTO and their like; supervised fine-tuning would take both sides for answers.",
        "Take the chosen side alone with --as sft, or use it for preference training.",
    ),
    _build("not_preference", "It is a conversation, and the build is of preferences.", "Build it apart."),
    _build("undesired", "It is an answer that was not wanted, alone.", "Use it for preference training."),
    _build("bad_record", "The record does not have the form of its file.", "Correct it in the source."),
    _build("empty", "The record holds no text.", "Nothing to do: it teaches nothing."),
    _build("no_question", "The question is empty.", "Fill it in the source, or remove the record."),
    _build("no_answer", "The answer is empty.", "Fill it in the source, or remove the record."),
    _build("no_questions", "The document has no questions.", "Add questions, or remove the document."),
    _build("too_short", "The question or the answer has too few characters to teach anything.", "Lengthen it."),
    _build("too_many_characters", "The question or the answer has too many characters.", "Shorten it, or split it."),
    _build("unknown_label", "The recipe has no answer for the label.", "Add a response for it."),
    _build("low_score", "The source scored the conversation below --min-score, or not at all.", "Lower --min-score."),
    _build("unknown_language", "The text is too short to detect its language.", "Keep such texts: --unknown keep."),
    _build("duplicate_row", "The row repeats an earlier row word for word.", "Nothing to do: one of them is enough."),
    _build(
        "repeats_test",
        "The record is equal or near to one of a split held out from it.",
        "Nothing to do: it would leak.",
    ),
    _build("not_sampled", "It is not in the drawn sample.", "Raise --sample."),
    _build("over_limit", "Its split has as many rows as --limit allows; which ones stay is drawn.", "Raise --limit."),
    _build("over_share", "Its part of the mix has reached its share of tokens.", "Give another share in --from."),
    _build("span_mismatch", "The answer is not at the offset that the source gives.", "Correct the offset."),
    _build("span_too_long", "The answer does not fit a row twice: in its window and as answer.", "Raise --max-tokens."),
    _build(
        "not_drawn",
        "No window of the document holds an answer, and none was drawn as a negative.",
        "Raise --negatives, or remove the document.",
    ),
    _build("ungrounded", "A quoted line is not in the excerpt.", "Report it: a build should never make one."),
)
CATALOGUE: dict[str, Rule] = {rule.id: rule for rule in (*RULES, *_OF_BUILDS)}
"""Every reason by its id."""
