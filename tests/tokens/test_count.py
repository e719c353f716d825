"""Facts about counting: the tokens and the trained spans of a row are those that transformers trains on."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hard import ANSWERED, ROLES, Both, Conversation, conversations, say, texts
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curation.base.rows import MESSAGES, no_verdict
from curation.ledger.build import Build
from curation.stages.tokens import KNOWN, Count, Fits, trainable
from curation.tokens import SAFE_CUT, Tokenizer, load_tokenizer

Known = dict[str, Any]


def count(
    tokenizer: Tokenizer, rows: list[Conversation], known: list[Known | None] | None = None
) -> list[dict[str, Any]]:
    frame = pl.DataFrame({"messages": rows}, schema={"messages": MESSAGES})
    if known is not None:
        frame = frame.with_columns(pl.Series("known", known, dtype=KNOWN))
    return frame.lazy().pipe(Count(tokenizer).counted).drop("refused").collect().to_dicts()


def check(row: dict[str, Any], theirs: Any) -> None:
    """The row's ids, counts and spans are those of transformers for its messages."""
    found = theirs.apply_chat_template(row["messages"], return_dict=True, return_assistant_tokens_mask=True)
    assert row["input_ids"] == found["input_ids"]
    assert row["tokens"] == len(found["input_ids"])
    mask = [0] * row["tokens"]
    for span in row["trained"]:
        assert span["start"] < span["end"]
        mask[span["start"] : span["end"]] = [1] * (span["end"] - span["start"])
    assert mask == found["assistant_masks"]
    assert row["trained_tokens"] == sum(mask)


@pytest.mark.parametrize("template", ["llama3", "llama2", "zephyr"])
@settings(max_examples=30, deadline=None)
@given(messages=conversations(control=True))
def test_rows_are_those_of_transformers(both: Both, template: str, messages: Conversation) -> None:
    """Ids, counts and trained spans are those of transformers, whatever is said, control strings included."""
    tokenizer, theirs = both("builtin", template)
    check(count(tokenizer, [messages])[0], theirs)


PAIRS = [("llama-3.1", "llama3"), ("qwen2.5", "chatml"), ("phi-3-mini", "llama2"), ("phi-3-mini", "zephyr")]


@pytest.mark.real
@pytest.mark.parametrize(("name", "template"), PAIRS)
@settings(max_examples=30, deadline=None)
@given(messages=conversations(control=True))
def test_rows_are_those_of_transformers_with_real_tokenizers(
    data: Path, both: Both, name: str, template: str, messages: Conversation
) -> None:
    """Ids, counts and trained spans are those of transformers with the vocabularies that rows are counted for."""
    tokenizer, theirs = both(name, template)
    check(count(tokenizer, [messages])[0], theirs)


@pytest.mark.real
@pytest.mark.parametrize(("name", "template"), PAIRS)
def test_rows_of_real_contracts(data: Path, both: Both, contracts: list[str], name: str, template: str) -> None:
    """Conversations of several turns over real contracts have the ids and the trained spans of transformers."""
    tokenizer, theirs = both(name, template)
    rows = []
    for i, text in enumerate(contracts):
        roles = ANSWERED[i % len(ANSWERED)]
        rows.append(say(roles, tuple(text[600 * n : 600 * n + 1_400] for n in range(len(roles)))))
    for row in count(tokenizer, rows):
        check(row, theirs)
        assert theirs.apply_chat_template(row["messages"], return_dict=False) == row["input_ids"]


def test_every_row_of_the_demo_is_that_of_transformers(demo_build: Build, both: Both) -> None:
    """Each row of the built demo has the ids, the count and the trained spans that transformers gives its messages."""
    theirs = both("builtin", "llama3")[1]
    columns = ("messages", "input_ids", "trained", "trained_tokens", "tokens")
    rows = demo_build.kept().select(columns).collect().to_dicts()
    assert len(rows) > 1_000
    for row in rows:
        check(row, theirs)
    for row in rows[::50]:
        assert theirs.apply_chat_template(row["messages"], tokenize=True, return_dict=False) == row["input_ids"]


def test_the_demo_counts_the_same_without_known_runs(demo_build: Build, builtin: Tokenizer) -> None:
    """Rows of the demo that were assembled from their contract's tokens count the same when they are encoded anew."""
    rows = demo_build.kept().select("messages", "known", "input_ids", "trained", "tokens", "trained_tokens").collect()
    assert rows["known"].is_not_null().sum() > 1_000
    again = count(builtin, rows["messages"].to_list())
    assert again == rows.drop("known").select(again[0].keys()).to_dicts()


def runs(tokenizer: Tokenizer, messages: Conversation) -> list[Known]:
    """Known runs of every message: between its first and last safe cuts, neighbouring ones, and some between."""
    found = []
    for i, message in enumerate(messages):
        content = message["content"].strip()
        cuts = [cut.start() for cut in SAFE_CUT.finditer(content)]
        pairs = {(a, b) for a, b in [*pairwise(cuts), *zip(cuts[:1], cuts[-1:], strict=True)] if a < b}
        for a, b in sorted(pairs):
            (ids,) = tokenizer.ids([tokenizer.as_continuation(content[a:b])])
            found.append({"message": i, "start": a, "end": b, "ids": ids.tolist()})
    return found


def check_known(tokenizer: Tokenizer, messages: Conversation) -> None:
    """Rows with each possible known run, and one without, come out the same."""
    known: list[Known | None] = [None, *runs(tokenizer, messages)]
    (plain,) = count(tokenizer, [messages])
    for row in count(tokenizer, [messages] * len(known), known):
        assert row | {"known": None} == plain | {"known": None}


AT_THE_ENDS = say(("system", "user", "assistant"), ("s t u", "a b c d e", "x y z"))


@pytest.mark.parametrize("template", ["llama3", "llama2", "zephyr"])
@settings(max_examples=30, deadline=None)
@given(messages=conversations(ROLES, control=False))
@example(messages=AT_THE_ENDS)
def test_known_runs_change_nothing(both: Both, template: str, messages: Conversation) -> None:
    """A row with a known run, anywhere in any message, has the ids and spans of the row without it."""
    check_known(both("builtin", template)[0], messages)


@pytest.mark.real
@pytest.mark.parametrize(("name", "template"), PAIRS)
@settings(max_examples=30, deadline=None)
@given(messages=conversations(ROLES, control=False))
@example(messages=AT_THE_ENDS)
def test_known_runs_change_nothing_with_real_tokenizers(
    data: Path, both: Both, name: str, template: str, messages: Conversation
) -> None:
    """Known runs change nothing with the vocabularies that rows are counted for."""
    check_known(both(name, template)[0], messages)


@pytest.mark.real
@pytest.mark.parametrize(("name", "template"), PAIRS)
def test_known_runs_of_real_contracts(data: Path, both: Both, contracts: list[str], name: str, template: str) -> None:
    """A run cut out of a contract's own tokens by their edges gives the row that encoding its text gives."""
    tokenizer = both(name, template)[0]
    rows, known = [], []
    for text, encoded in zip(contracts, tokenizer.encode(contracts), strict=True):
        cuts = [cut.start() for cut in SAFE_CUT.finditer(text)]
        a, b = cuts[len(cuts) // 5], cuts[-len(cuts) // 5]
        edges = encoded.edges.tolist()
        ids = encoded.ids[edges.index(a) : edges.index(b)].tolist()
        prompt = "Clause type: Parties\n\nExcerpt:\n\n"
        left = len(text) - len(text.lstrip())
        rows.append(say(("system", "user", "assistant"), ("Be brief.", prompt + text[left:], text[a : a + 200])))
        shift = len(prompt) - left
        known.append({"message": 1, "start": a + shift, "end": b + shift, "ids": ids})
    plain = count(tokenizer, rows)
    assert [row | {"known": None} for row in count(tokenizer, rows, known)] == [row | {"known": None} for row in plain]


@pytest.mark.parametrize("content", ["a b c", "a b", "a b " + "_" * 500 + " c d", "\u00e9\n" * 300 + "a b c"])
def test_known_runs_where_the_text_itself_begins(tmp_path: Path, content: str) -> None:
    """A run changes nothing where nothing is before the content, or nothing that may be cut."""
    jinja = (
        "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content | trim }}<|eot_id|>"
        "{% endgeneration %}{% else %}{{ m.content | trim }}<|start_header_id|>{% endif %}{% endfor %}"
    )
    (tmp_path / "bare.jinja").write_text(jinja, "utf8")
    tokenizer = load_tokenizer("builtin", str(tmp_path / "bare.jinja"))
    check_known(tokenizer, say(("user", "assistant"), (content, content)))
    check_known(tokenizer, say(("user",), (content,)))


def test_a_template_that_is_rendered_row_by_row(tmp_path: Path, builtin: Tokenizer) -> None:
    """Where a template looks at contents, so that places in the text are not known, a known run changes nothing."""
    jinja = builtin.template.jinja.replace("message.content | trim", "message.content | trim | replace('b', 'bb')")
    (tmp_path / "curious.jinja").write_text(jinja, "utf8")
    tokenizer = load_tokenizer("builtin", str(tmp_path / "curious.jinja"))
    messages = say(("user", "assistant"), ("a b c d", "b"))
    assert tokenizer.template.fill(("user", "assistant"), ["a b c d", "b"])[1] == {}
    check_known(tokenizer, messages)
    assert "a bb c d" in tokenizer.backend.decode(count(tokenizer, [messages])[0]["input_ids"])


@settings(max_examples=15, deadline=None)
@given(contents=st.lists(texts(4), min_size=1, max_size=4))
def test_rows_do_not_mix(builtin: Tokenizer, contents: list[str]) -> None:
    """A row counts the same alone as among others, in whatever order they come."""
    rows = [say(("user", "assistant"), (one, other)) for one in contents for other in contents]
    together = count(builtin, rows)
    assert together == [count(builtin, [row])[0] for row in rows]
    assert count(builtin, rows[::-1]) == together[::-1]


def test_more_rows_than_are_counted_at_a_time(builtin: Tokenizer) -> None:
    """Rows beyond one batch keep their order and their own known runs."""
    rows = [say(("user", "assistant"), (f"a b {i} c d", str(i))) for i in range(4_500)]
    known = [runs(builtin, row)[0] if i % 3 else None for i, row in enumerate(rows)]
    plain = count(builtin, rows)
    told = [[{"role": turn["role"], "content": turn["content"]} for turn in row["messages"]] for row in plain]
    assert told == rows
    assert [builtin.backend.decode(row["input_ids"]).split()[-1] for row in plain] == [str(i) for i in range(4_500)]
    assembled = count(builtin, rows, known)
    assert [row["known"] is None for row in assembled] == [run is None for run in known]
    assert [row | {"known": None} for row in assembled] == [row | {"known": None} for row in plain]


def test_no_row_keeps_the_columns(builtin: Tokenizer) -> None:
    """Without a row the columns are there, with the types they have with rows, as the plan says before it runs."""
    some = pl.DataFrame({"messages": [say(("user", "assistant"), ("a", "b"))]}, schema={"messages": MESSAGES}).lazy()
    counted = some.pipe(Count(builtin).counted)
    none = some.filter(pl.lit(False)).pipe(Count(builtin).counted)
    assert none.collect().schema == counted.collect().schema == counted.collect_schema()
    assert none.collect().height == 0
    assert dict(counted.collect_schema()) == {
        "messages": MESSAGES,
        "tokens": pl.UInt32(),
        "trained_tokens": pl.UInt32(),
        "input_ids": pl.List(pl.UInt32()),
        "trained": pl.List(pl.Struct({"start": pl.UInt32(), "end": pl.UInt32()})),
        "refused": pl.String(),
    }


def verdicts(rows: pl.LazyFrame) -> list[tuple[str | None, str | None]]:
    return rows.select("reason", "detail").collect().rows()


def test_too_long() -> None:
    """A row of exactly the limit is kept, one token more is rejected as too_long with both numbers; none is cut."""
    rows = pl.LazyFrame({"tokens": [99, 100, 101, 5_000]}, schema={"tokens": pl.UInt32()}).with_columns(no_verdict())
    fitted = rows.pipe(Fits(100))
    assert fitted.collect()["spare_tokens"].to_list() == [1, 0, -1, -4_900]
    assert fitted.collect_schema()["spare_tokens"] == pl.Int32
    assert fitted.collect()["tokens"].to_list() == [99, 100, 101, 5_000]
    assert verdicts(fitted) == [
        (None, None),
        (None, None),
        ("too_long", "101 tokens, the limit is 100"),
        ("too_long", "5000 tokens, the limit is 100"),
    ]


def test_no_trainable_token() -> None:
    """A row in which no token carries loss is rejected as no_trainable_token; one token is enough."""
    rows = pl.LazyFrame({"trained_tokens": [0, 1, 7]}, schema={"trained_tokens": pl.UInt32()}).with_columns(
        no_verdict()
    )
    assert verdicts(rows.pipe(trainable())) == [("no_trainable_token", "0 trained tokens"), (None, None), (None, None)]


def test_an_earlier_verdict_stays() -> None:
    """A row that an earlier rule rejected keeps that reason, though it is too long and trains nothing."""
    rows = pl.LazyFrame({"tokens": [500], "trained_tokens": [0], "reason": ["earlier"], "detail": ["it"]})
    assert verdicts(rows.pipe(Fits(100)).pipe(trainable())) == [("earlier", "it")]


def test_a_conversation_without_an_answer_trains_nothing(builtin: Tokenizer) -> None:
    """A conversation that no answer closes has tokens and none of them is trained, so the rule rejects it."""
    frame = pl.DataFrame({"messages": [say(("user",), ("a",)), say(("user", "assistant"), ("a", ""))]})
    rows = frame.cast({"messages": MESSAGES}).lazy().with_columns(no_verdict()).pipe(Count(builtin))
    assert rows.select("trained_tokens").collect().to_series().to_list() == [0, 1]
    assert verdicts(rows.pipe(trainable())) == [("no_trainable_token", "0 trained tokens"), (None, None)]
