"""Facts about the rules that every recipe applies to its conversations, and about the catalogue they are in."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import curation.readers
from curation.base.rows import MESSAGES, VERDICT, across_rows, no_verdict, reasons_of
from curation.readers.chat import read_chat
from curation.readers.forms import messages_of
from curation.readers.table import read_table
from curation.recipes.loading import load, make, names
from curation.rules.catalogue import CATALOGUE, ERRORS, LEVEL, LEVELS, RULES
from curation.rules.stage import ConversationRules, conversation_rules
from curation.runner.recipe import Recipe
from curation.tokens import load_tokenizer

Turns = list[tuple[str | None, str | None]]
Verdict = tuple[str | None, str | None]

GOOD: Turns = [("user", "a"), ("assistant", "b")]
KEPT: Verdict = (None, None)
CONTROL, BOS = ("<|eot_id|>", "[INST]", "</s>", "<s>"), ("<s>",)
WAYS = {
    None: [
        "user assistant",
        "system user assistant",
        "user assistant user assistant",
        "system user assistant user assistant",
    ],
    "ends_on_user": ["user", "system user", "user assistant user"],
    "bad_alternation": [
        "",
        "assistant",
        "system",
        "system assistant",
        "assistant user",
        "user user",
        "gpt user",
        "user user assistant",
        "user assistant assistant",
        "user system assistant",
        "system system user assistant",
        "user assistant system user assistant",
        "human gpt",
        "User assistant",
        "Tool",
        "user tool assistant",
        "tool",
        "user assistant tool",
        "tool tool",
        "system assistant tool assistant",
        "human tool user",
    ],
}
WITH_CALLS = {
    None: [
        "user call tool assistant",
        "system user call tool tool assistant",
        "user call tool call tool assistant user assistant",
        "user call",
        "user assistant user call tool call",
        "user call user assistant",
    ],
    "ends_on_user": ["user call tool", "user call tool tool", "user assistant user call tool", "user call user"],
    "bad_alternation": [
        "call",
        "call tool assistant",
        "user call assistant",
        "user call call",
        "user call tool user",
        "user call tool system assistant",
        "user assistant tool assistant",
        "user call tool assistant tool",
    ],
}
"""Roles, and `call` for an assistant that calls a tool."""
CALL = '[{"type":"function","function":{"name":"f","arguments":{}}}]'


def frame(conversation: list[Turns | None]) -> pl.LazyFrame:
    messages = [turns if turns is None else [{"role": r, "content": c} for r, c in turns] for turns in conversation]
    rows = pl.LazyFrame({"messages": pl.Series(messages, dtype=MESSAGES)}).with_row_index("row")
    return rows.with_columns(no_verdict())


def ruled(conversation: list[Turns | None], rules: ConversationRules | None = None) -> list[Verdict]:
    """Reason and detail of each row; nothing else is added, and no row names another."""
    given_rows = frame(conversation)
    made = (rules or conversation_rules(CONTROL, BOS))(given_rows).collect()
    assert made.drop("reason", "detail").equals(given_rows.collect().drop("reason", "detail"))
    return made.select("reason", "detail").rows()


def one(conversation: Turns | None, rules: ConversationRules | None = None) -> Verdict:
    (verdict,) = ruled([conversation], rules)
    return verdict


# Roles


@pytest.mark.parametrize(
    ("reason", "conversation"), [(reason, conversation) for reason, ways in WAYS.items() for conversation in ways]
)
def test_each_way_to_break_the_turns_has_a_name(reason: str | None, conversation: str) -> None:
    """A user at the end, and any other order or role are distinguished, with the roles as the value."""
    assert one([(role, "x") for role in conversation.split()]) == (reason, conversation if reason else None)


def test_turns_that_are_not_there() -> None:
    """No messages, a turn without a role, and an empty turn; the order of roles is reported before the missing text."""
    broken: list[Turns | None] = [
        None,
        [],
        [*GOOD, (None, "b")],
        [("user", "a"), (None, "x"), ("assistant", "b")],
        [(None, None)],
        [("user", "a"), ("assistant", " ")],
        [("user", "")],
    ]
    assert ruled(broken) == [
        ("bad_alternation", "null"),
        ("bad_alternation", ""),
        ("bad_alternation", "user assistant null"),
        ("bad_alternation", "user null assistant"),
        ("bad_alternation", "null"),
        ("empty_turn", "turn 2 (assistant) holds no text"),
        ("ends_on_user", "user"),
    ]


def test_a_role_of_two_words_is_rejected() -> None:
    """One turn of the role `user assistant` is not two turns."""
    assert one([("user assistant", "x")]) == ("bad_alternation", "user assistant")


def test_of_many_roles_the_first_are_shown() -> None:
    """The detail of a long conversation is not as long as it."""
    reason, detail = one([("user", "x"), ("assistant", "y")] * 200 + [("user", "x")])
    assert reason == "ends_on_user"
    assert detail == " ".join(["user assistant"] * 200)[:120]


# Tools and weights


def calling(words: str, in_the_text: bool = False) -> list[dict[str, str]]:
    """Turns by their roles; a call stands in the field of the turn, or in its text as Hermes writes it."""
    called = {"content": f"<tool_call>{CALL}</tool_call>"} if in_the_text else {"content": "", "tool_calls": CALL}
    plain = {"content": "x"}
    return [{"role": word, **plain} if word != "call" else {"role": "assistant", **called} for word in words.split()]


def judged(turns: list[dict[str, Any]], rules: ConversationRules | None = None) -> Verdict:
    rows = pl.LazyFrame({"messages": pl.Series([turns], dtype=MESSAGES)}).with_columns(no_verdict())
    (verdict,) = (rules or conversation_rules(CONTROL, BOS))(rows).select("reason", "detail").collect().rows()
    return verdict


@pytest.mark.parametrize("in_the_text", [False, True])
@pytest.mark.parametrize(
    ("reason", "words"), [(reason, words) for reason, ways in WITH_CALLS.items() for words in ways]
)
def test_tools_answer_calls(reason: str | None, words: str, in_the_text: bool) -> None:
    """Only after a call, by however many results and calls; an answer or a call ends the row, the result does not."""
    roles = words.replace("call", "assistant") if reason else None
    assert judged(calling(words, in_the_text)) == (reason, roles)


def test_tools_that_the_template_does_not_write() -> None:
    """Rejected with the roles, where a template is known: results of tools, and calls but for those in a text."""
    whole, roles = "user call tool assistant", "user assistant tool assistant"
    for writes in (None, {"tool", "tool_calls"}, {"tool", "tool_calls", "tools", "name"}):
        assert judged(calling(whole), conversation_rules(writes=writes)) == KEPT
        assert judged(calling("user call"), conversation_rules(writes=writes)) == KEPT
    for missing in ({"tool"}, {"tool_calls"}, set[str]()):
        assert judged(calling(whole), conversation_rules(writes=missing)) == ("tool_turn", roles)
    assert judged(calling("user call"), conversation_rules(writes={"tool"})) == ("tool_turn", "user assistant")
    assert judged(calling("user call"), conversation_rules(writes={"tool_calls"})) == KEPT
    assert judged(calling(whole, in_the_text=True), conversation_rules(writes={"tool"})) == KEPT
    assert judged(calling(whole, in_the_text=True), conversation_rules(writes=())) == ("tool_turn", roles)
    assert one(GOOD, conversation_rules(writes=())) == KEPT


def test_a_call_needs_no_words_and_a_result_may_have_none() -> None:
    """Neither is an empty turn; the answer after them is."""
    turns = calling("user call tool assistant")
    turns[2]["content"] = ""
    assert judged(turns) == KEPT
    turns[3]["content"] = " "
    assert judged(turns) == ("empty_turn", "turn 4 (assistant) holds no text")


@pytest.mark.parametrize("field", ["reasoning", "tool_calls", "name"])
def test_control_tokens_beside_the_content(field: str) -> None:
    """What was thought, what is called and who speaks come out in the text as well."""
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", field: "be[INST]fore"}]
    assert judged(turns) == ("control_token", "[INST] in turn 2 (assistant)")


def test_weights_that_leave_nothing_to_learn() -> None:
    """A row whose every answer has weight 0; weights of other turns say nothing, and one answer is enough."""
    user = {"role": "user", "content": "a"}
    shown, learned = ({"role": "assistant", "content": "b", "weight": weight} for weight in (0, 1))
    nothing = "nothing_learned"
    assert judged([user, shown]) == (nothing, "all 1 answers have weight 0")
    assert judged([user, shown, user, shown]) == (nothing, "all 2 answers have weight 0")
    for answers in ((shown, learned), (learned, shown), (shown, {**shown, "weight": None}), (learned, learned)):
        assert judged([user, answers[0], user, answers[1]]) == KEPT
    assert judged([{**user, "weight": 0}, {**shown, "weight": None}]) == KEPT


# Texts


@pytest.mark.parametrize("content", ["", " ", "\n\t", "\u00a0", "\u2028", "\u3000", None])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_empty_turns(content: str | None, place: int) -> None:
    """A turn with no text, or only whitespace of any kind, rejects its row and is named, wherever it is."""
    turns: Turns = [("system", "s"), *GOOD]
    role = turns[place][0]
    turns[place] = (role, content)
    assert one(turns) == ("empty_turn", f"turn {place + 1} ({role}) holds no text")


def test_the_first_empty_turn_is_named() -> None:
    assert one([("user", ""), ("assistant", None)]) == ("empty_turn", "turn 1 (user) holds no text")


def test_full_turns_are_kept() -> None:
    """One visible character is enough."""
    assert ruled([GOOD, [("user", " . "), ("assistant", "0")], [("user", "\u200b"), ("assistant", "0")]]) == [KEPT] * 3


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("text", ["be[INST]fore", "[INST]", "a </s>", "\n<|eot_id|>", "a <s>", "a<s>b"])
def test_control_tokens(place: int, text: str) -> None:
    """A control token in any turn, even inside a word, rejects the row; it and the turn are named."""
    turns: Turns = [("system", "s"), *GOOD]
    role = turns[place][0]
    turns[place] = (role, text)
    (token,) = (token for token in CONTROL if token in text)
    assert one(turns) == ("control_token", f"{token} in turn {place + 1} ({role})")


def test_what_is_no_control_token() -> None:
    """Parts of a token, another case, regex look-alikes and a token torn over two turns are only text."""
    for text in ("<|eot_id|", "[inst]", "I N S T", "N", "<eot_id>", "<S>", "[INST", "< s >"):
        assert one([("user", text), ("assistant", "b")]) == KEPT
    assert one([("user", "[IN"), ("assistant", "ST]")]) == KEPT


def test_the_first_control_token_is_named() -> None:
    """With several, the first in the text is the value, whichever is first among the tokenizer's."""
    conversation: Turns = [("user", "b </s> a [INST]"), ("assistant", "[INST]")]
    for order in permutations(CONTROL):
        assert one(conversation, conversation_rules(order, BOS)) == ("control_token", "</s> in turn 1 (user)")
    later: Turns = [("user", "a"), ("assistant", "b [INST]"), ("user", "</s>"), ("assistant", "c")]
    assert one(later) == ("control_token", "[INST] in turn 2 (assistant)")


def test_no_control_tokens_reject_nothing() -> None:
    """A tokenizer that has none rejects no row for one."""
    for rules in (conversation_rules(), conversation_rules([], [])):
        assert one([("user", "<s>[INST] </s>"), ("assistant", "<|eot_id|>")], rules) == KEPT


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("text", ["<s>", "<s>Hello", " \n<s> Hello [INST]"])
def test_a_bos_at_the_start_of_a_turn(place: int, text: str) -> None:
    """A turn that begins with the BOS is reported as such; elsewhere in a turn, or as no BOS, it is a control token."""
    turns: Turns = [("system", "s"), *GOOD]
    role = turns[place][0]
    turns[place] = (role, text)
    assert one(turns) == ("double_bos", f"<s> at the start of turn {place + 1} ({role})")
    assert one(turns, conversation_rules(CONTROL)) == ("control_token", f"<s> in turn {place + 1} ({role})")


# All of them together


role = st.sampled_from(["system", "user", "user", "assistant", "assistant", "tool", "human", None])
text = st.sampled_from(["x", "x", "x", " ", "<s>x", "x</s>", None])
conversation = st.lists(st.tuples(role, text), max_size=5)


def is_good(conversation: Turns | None) -> bool:
    """What the rules keep, said once more in Python: the order of the roles, and a text without control tokens."""
    order = "".join(
        {"system": "s", "user": "u", "assistant": "a"}.get(role or "", "?") for role, _ in conversation or []
    )
    texts = [content or "" for _, content in conversation or []]
    clean = not any(token in text for token in CONTROL for text in texts)
    return re.fullmatch("s?(ua)+", order) is not None and all(text.strip() for text in texts) and clean


@settings(deadline=None, max_examples=150)
@given(st.lists(st.none() | conversation | st.just(GOOD), max_size=20))
def test_the_rules_keep_good_conversations_alone(conversation: list[Turns | None]) -> None:
    """What is kept is in order, has a text in every turn and no control token; all else has a reason and a value."""
    found = ruled(conversation)
    assert [reason is None for reason, _ in found] == [is_good(turns) for turns in conversation]
    assert all((reason is None) == (detail is None) for reason, detail in found)
    assert {reason for reason, _ in found} <= {None, *reasons_of(conversation_rules())}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.none() | conversation, max_size=12), st.randoms(use_true_random=False))
def test_each_row_is_judged_alone(conversation: list[Turns | None], random: Any) -> None:
    """A row has the same verdict beside any others, in any order."""
    order = list(range(len(conversation)))
    random.shuffle(order)
    found = ruled(conversation)
    assert ruled([conversation[i] for i in order]) == [found[i] for i in order]
    assert [one(turns) for turns in conversation] == found


def test_the_first_rule_of_the_catalogue_is_the_reason() -> None:
    """Of several rules that a row breaks, the first in the order of the catalogue gives the reason."""
    reasons = reasons_of(conversation_rules())
    assert reasons == tuple(rule.id for rule in RULES if rule.rejects)
    assert reasons == (
        "bad_alternation", "ends_on_user", "empty_turn", "nothing_learned", "double_bos", "control_token", "tool_turn",
    )  # fmt: skip
    rules = conversation_rules(CONTROL, BOS, writes=())
    turns = [{**turn, "weight": 0} for turn in calling("user user call tool")]
    turns[0]["content"], turns[3]["content"] = "<s>[INST]", "x"
    call, learned = turns[2], {"role": "assistant", "content": "x"}
    breaks: list[list[dict[str, Any]]] = [
        [*turns, {"role": "user", "content": ""}],
        [turns[0], *turns[2:3], {"role": "user", "content": " "}],
        [turns[0], call, turns[3], {**learned, "content": " ", "weight": 0}],
        [turns[0], call, turns[3], {**learned, "weight": 0}],
        [turns[0], call, turns[3], learned],
        [{"role": "user", "content": "[INST]"}, call, turns[3], learned],
        [{"role": "user", "content": "x"}, call, turns[3], learned],
    ]
    assert tuple(judged(conversation, rules)[0] for conversation in breaks) == reasons


def test_an_earlier_verdict_stays() -> None:
    """A row that another rule rejected keeps that reason, its detail and the row that it names."""
    verdict = {"reason": pl.lit("earlier"), "detail": pl.lit("value"), "other": pl.lit("id7")}
    rejected = frame([[("user", "")], None, GOOD]).with_columns(**verdict)
    made = conversation_rules(CONTROL, BOS)(rejected).collect()
    assert made.select(*VERDICT).rows() == [("earlier", "value", "id7")] * 3


def test_no_conversations_are_no_trouble() -> None:
    """The rules take a frame without rows."""
    assert ruled([]) == []
    assert ruled([], conversation_rules()) == []


def test_the_line_in_the_manifest() -> None:
    """It names the reasons and how many control strings there are, so that other strings make another line."""
    assert repr(conversation_rules(CONTROL, BOS)) == (
        "ConversationRules(bad_alternation, ends_on_user, empty_turn, nothing_learned, double_bos, control_token, "
        "tool_turn; 4 control strings)"
    )
    assert not across_rows(conversation_rules())


# The catalogue


SENTENCE = re.compile(r"[A-Z\u0980-\u09ff].*\.$", re.DOTALL)


def test_every_reason_has_sentences() -> None:
    """Each has a level, a meaning and a remedy of its own; ids are unique."""
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert list(CATALOGUE)[: len(ids)] == ids
    for id, rule in CATALOGUE.items():
        assert rule.id == id
        assert re.fullmatch("[a-z]+(_[a-z]+)*", id)
        assert rule.level in LEVELS
        assert SENTENCE.fullmatch(rule.meaning)
        assert SENTENCE.fullmatch(rule.remedy)
        assert {*re.findall(r"{(.*?)}", rule.meaning + rule.remedy)} <= {
            "near",
            "max_tokens",
            "at_most",
            "languages",
            "overlap",
        }
    assert len({rule.meaning for rule in CATALOGUE.values()}) == len(CATALOGUE)
    assert [rule.id for rule in RULES if rule.level == "error"] == list(ERRORS)
    assert {rule.id: rule.level for rule in RULES} == LEVEL


def test_no_id_of_the_catalogue_is_written_twice() -> None:
    """A dictionary would keep the second of two entries and say nothing."""
    from curation.rules import catalogue

    written = re.findall(r'(?:Rule|_build)\(\s*"(\w+)"', Path(catalogue.__file__).read_text("utf8"))
    assert sorted(written) == sorted(CATALOGUE)


OPTIONS: dict[str, list[dict[str, object]]] = {
    "banking": [{}, {"conflicting": "reject", "task": "both"}, {"task": "intent"}],
    "bengali": [{}, {"repeated": "reject", "limit": "train=5"}, {"unknown": "keep"}],
    "finetome": [{}, {"min_score": 4.0, "languages": "en", "sample": 50, "limit": "train=5"}],
    "legal": [{}, {"split": "official", "answers": "json"}],
    "mix": [{}],
}
"""Options that add every stage that a recipe has."""


def recipes(name: str, source: Path) -> list[Recipe]:
    return [make(load(name), source, options) for options in OPTIONS[name]]


def stated(recipe: Recipe) -> set[str]:
    stages = [stage for phases in (recipe.records, recipe.rows) for some in phases.values() for stage in some]
    return {reason for stage in [*stages, recipe.shape] for reason in reasons_of(stage)}


def test_every_recipe_is_looked_at() -> None:
    assert sorted(OPTIONS) == names()


@pytest.mark.parametrize("name", OPTIONS)
def test_every_reason_of_a_recipe_is_in_the_catalogue(name: str, demos: Callable[[str], Any]) -> None:
    """What any stage of a built-in recipe says that it rejects for, and what its demo is rejected for."""
    demo = demos(name)
    rejected_for = set().union(*map(stated, recipes(name, demo.source)))
    assert len(rejected_for) >= len(reasons_of(conversation_rules())) + 3
    assert rejected_for <= set(CATALOGUE)
    assert set(demo.build.counts()) <= set(CATALOGUE)


@pytest.mark.parametrize("name", OPTIONS)
def test_stages_say_all_that_they_reject_for(name: str, demos: Callable[[str], Any]) -> None:
    """No phase of a demo rejects for what its stages do not name; a reader's reasons are the file's own."""
    for phase in demos(name).build.flow():
        if phase.name != "read":
            assert set(phase.rejected) <= set(phase.reasons)
            assert phase.reasons or not phase.rejected


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"a": 1}, "no_messages"),
    ({}, "no_messages"),
    ({"prompt": "a", "chosen": "b", "rejected": "c"}, "preference"),
    ({"chosen": "a", "rejected": "b"}, "preference_prompt"),
    ({"text": "rendered"}, "rendered_text"),
    ({"messages": [{"role": "wizard", "content": "a"}]}, "unknown_role"),
    ({"messages": [{"role": "user", "content": 3}]}, "not_text"),
    ({"messages": [{"role": "assistant", "content": "a", "tool_calls": [{}]}]}, "bad_tool_call"),
    ({"messages": [{"role": "user", "content": "a"}], "tools": "f"}, "bad_tools"),
    ({"messages": [{"role": "assistant", "content": "a", "weight": 0.5}]}, "bad_weight"),
    ({"question": "a", "context": "b", "answers": {"text": ["b"], "answer_start": [0]}}, "spans"),
]


def test_every_reason_of_a_reader_is_in_the_catalogue(tmp_path: Path) -> None:
    """What an object, a line or a record that cannot be read is rejected for."""
    found = {messages_of(value).reason for value, _ in REFUSED}
    assert [messages_of(value).reason for value, _ in REFUSED] == [reason for _, reason in REFUSED]
    (tmp_path / "chat.jsonl").write_text("[]\n{\n")
    found |= set(read_chat([tmp_path / "chat.jsonl"]).collect()["reason"])
    (tmp_path / "table.csv").write_text("a,b\n1\n")
    found |= set(read_table([tmp_path / "table.csv"], columns=("a",)).collect()["reason"])
    assert found == {*(reason for _, reason in REFUSED), "bad_line", "bad_record"}
    assert found <= set(CATALOGUE)
    folder = Path(curation.readers.__file__).parent
    source = "\n".join(file.read_text("utf8") for file in sorted(folder.rglob("*.py")))
    assert set(re.findall(r'RefusedError\(\s*"(\w+)"', source)) == {*(reason for _, reason in REFUSED), "bad_line"}


def test_the_rules_of_a_recipe_know_its_tokenizer(demo_source: Path) -> None:
    """They have the control strings and the BOS of the tokenizer that it is given."""
    tokenizer = load_tokenizer("builtin")
    (recipe, *_) = recipes("legal", demo_source)
    (rules,) = (stage for stage in recipe.rows["checks"] if isinstance(stage, ConversationRules))
    assert rules.control == tuple(tokenizer.control)
    assert rules.bos == (tokenizer.template.specials["bos_token"],)
