"""Facts about the shape of conversations: a row for each record and task, and nothing of the record is lost."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.rows import MESSAGE, MESSAGES, no_verdict
from curation.rules.stage import conversation_rules
from curation.stages.shapes.turns import Turns, turns

QUESTION, ANSWER = pl.col("question"), pl.col("answer")
ONE = {"reply": turns(QUESTION, ANSWER, "Be kind.")}
TWO = {"reply": turns(QUESTION, ANSWER), "intent": turns(QUESTION, pl.col("topic"), "Sort.")}

cells = st.none() | st.text(max_size=4)
corpora = st.lists(st.tuples(st.text(max_size=6), cells, cells, cells), max_size=8, unique_by=lambda record: record[0])


def records(listed: list[tuple[str | None, ...]]) -> pl.LazyFrame:
    schema = dict.fromkeys(("id", "question", "answer", "topic"), pl.String)
    return pl.LazyFrame(listed, schema=schema, orient="row").with_row_index("row")


def conversation_of(*turns: tuple[str, str | None]) -> list[dict[str, str | None]]:
    """Turns of nothing but a role and a content: the other fields of each are null."""
    return [{**dict.fromkeys(MESSAGE.to_schema()), "role": role, "content": content} for role, content in turns]


@settings(deadline=None, max_examples=60)
@given(corpora)
def test_one_task_is_one_row_a_record(listed: list[tuple[str, ...]]) -> None:
    """The row keeps the id of its record, in its order, with the conversation, the label and the task added."""
    plain = records(listed).collect()
    made = Turns(ONE, label=pl.col("topic"))(plain.lazy()).collect()
    assert made.select(plain.columns).equals(plain)
    assert made.columns == [*plain.columns, "messages", "record", "label", "task"]
    assert made["messages"].dtype == MESSAGES
    assert made["messages"].to_list() == [
        conversation_of(("system", "Be kind."), ("user", question), ("assistant", answer))
        for _, question, answer, _ in listed
    ]
    assert made.select("record", "label", "task").rows() == [(id, topic, "reply") for id, _, _, topic in listed]


@settings(deadline=None, max_examples=60)
@given(corpora)
def test_several_tasks_are_as_many_rows_a_record(listed: list[tuple[str, ...]]) -> None:
    """The rows of a record follow one another in the order of the tasks, each with the task's name after its id."""
    plain = records(listed).collect()
    made = Turns(TWO, label=pl.lit("all"))(plain.lazy()).collect()
    assert made["id"].to_list() == [f"{id}#{task}" for id, *_ in listed for task in TWO]
    assert made["id"].n_unique() == len(made) == 2 * len(listed)
    assert made["record"].to_list() == [id for id, *_ in listed for _ in TWO]
    assert made["task"].to_list() == [*TWO] * len(listed)
    assert set(made["label"]) <= {"all"}
    twice = plain.select(pl.all().repeat_by(2)).explode(pl.all()) if len(plain) else plain
    assert made.select("row", "question", "answer", "topic").equals(twice.drop("id"))
    assert made["messages"].to_list() == [
        conversation
        for _, question, answer, topic in listed
        for conversation in (
            conversation_of(("user", question), ("assistant", answer)),
            conversation_of(("system", "Sort."), ("user", question), ("assistant", topic)),
        )
    ]


def test_ids_with_the_sign_in_them() -> None:
    """Records whose ids look like those of rows make rows with ids of their own."""
    made = Turns(TWO, label=pl.lit("x"))(
        records([(id, "q", "a", "t") for id in ("a", "a#reply", "{}", "a#")])
    ).collect()
    assert made["id"].n_unique() == 8
    assert made["id"].to_list()[4:6] == ["{}#reply", "{}#intent"]


def test_tasks_read_the_records_own_columns() -> None:
    """A task that reads the record's id, or a column that the shape writes, sees what the record held."""
    source = records([("a", "q", "x", "t")]).with_columns(label=pl.lit("own"), messages=pl.lit("theirs"))
    tasks = {name: turns(pl.col("id"), pl.col("label")) for name in ("one", "two")}
    made = Turns(tasks, label=pl.col("messages"))(source).collect()
    assert made["messages"].to_list() == [conversation_of(("user", "a"), ("assistant", "own"))] * 2
    assert made["label"].to_list() == ["theirs"] * 2


def test_a_system_turn_of_each_record() -> None:
    """The system turn may be one text for all, a column, or none."""
    listed = records([("1", "q", "a", "s1"), ("2", "q", "a", "s2")])
    made = listed.select(
        none=turns(QUESTION, ANSWER), all=turns(QUESTION, ANSWER, "s"), each=turns(QUESTION, ANSWER, pl.col("topic"))
    ).collect()
    rest = [("user", "q"), ("assistant", "a")]
    assert made["none"].to_list() == [conversation_of(*rest)] * 2
    assert made["all"].to_list() == [conversation_of(("system", "s"), *rest)] * 2
    assert made["each"].to_list() == [
        conversation_of(("system", "s1"), *rest),
        conversation_of(("system", "s2"), *rest),
    ]
    assert set(made.dtypes) == {MESSAGES}


def test_a_null_cell_is_an_empty_turn() -> None:
    """A cell without text stays a turn with its role, and the rule for empty turns names it."""
    listed = [("1", None, "a", "t"), ("2", "q", None, "t"), ("3", "q", "a", "t"), ("4", "q", "a", None)]
    task = {"one": turns(QUESTION, ANSWER, pl.col("topic"))}
    rows = Turns(task, label=pl.lit("x"))(records(listed)).with_columns(no_verdict())
    made = conversation_rules()(rows).collect()
    assert made["messages"].list.len().to_list() == [3] * 4
    assert made["messages"].list.eval(pl.element().is_null()).list.any().to_list() == [False] * 4
    assert made["reason"].to_list() == ["empty_turn", "empty_turn", None, "empty_turn"]
    assert made["detail"].to_list() == [
        "turn 2 (user) holds no text",
        "turn 3 (assistant) holds no text",
        None,
        "turn 1 (system) holds no text",
    ]


def test_words_of_the_recipe_alone() -> None:
    """A conversation that reads no column is said once for each record, none where there are no records."""
    task = {"one": turns(pl.lit("q"), pl.lit("a"), "s")}
    conversation = conversation_of(("system", "s"), ("user", "q"), ("assistant", "a"))
    for listed in ([], [("1", "x", "y", "z")], [("1", "x", "y", "z"), ("2", "x", "y", "z")]):
        made = Turns(task, label=pl.lit("x"))(records(listed)).collect()
        assert made["messages"].to_list() == [conversation] * len(listed)


def test_manifest_lines_tell_shapes_apart() -> None:
    """Shapes that say something else, under other names or labels, have different lines in the manifest."""
    label = pl.col("topic")
    shapes = [Turns(ONE, label), Turns(TWO, label), Turns({"other": ONE["reply"]}, label), Turns(ONE, pl.lit("x"))]
    shapes.append(Turns({"reply": turns(QUESTION, ANSWER, "Be short.")}, label))
    assert len({repr(shape) for shape in shapes}) == len(shapes)
