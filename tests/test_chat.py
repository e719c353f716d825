"""Facts about the verdict: what Keep rejects, why, and that it loses nothing."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.rows import MESSAGE, MESSAGES, Keep, message, no_verdict, reject

RULES = (
    Keep("small", when=pl.col("n") >= 2, detail=pl.col("n")),
    Keep("odd", when=pl.col("n") % 2 == 0, detail=pl.format("{} is odd", "n")),
    Keep("unnamed", when=pl.col("name").str.len_chars() > 0, detail=pl.col("name")),
    Keep("late", when=pl.col("row") < 5, detail=pl.col("row")),
)


def frame(n: list[int | None], names: list[str | None] | None = None) -> pl.LazyFrame:
    names = names if names is not None else ["x"] * len(n)
    columns = {"n": pl.Series(n, dtype=pl.Int64), "name": pl.Series(names, dtype=pl.String)}
    return pl.LazyFrame(columns).with_row_index("row").with_columns(no_verdict())


def test_null_counts_as_false() -> None:
    """A row whose condition is null is rejected like one whose condition is false, with `null` as the value."""
    rows = Keep("small", when=pl.col("n") >= 2, detail=pl.col("n"))(frame([1, None, 2])).collect()
    assert rows["reason"].to_list() == ["small", "small", None]
    assert rows["detail"].to_list() == ["1", "null", None]


def test_a_condition_without_a_column_rejects_every_row() -> None:
    """A literal condition holds for every row alike."""
    rows = Keep("none", when=pl.lit(False), detail=pl.lit("all fall"))(frame([1, 2])).collect()
    assert rows["reason"].to_list() == ["none", "none"]
    kept = Keep("none", when=pl.lit(True), detail=pl.lit("all fall"))(frame([1, 2])).collect()
    assert kept["reason"].to_list() == [None, None]


def test_the_first_rule_that_rejects_wins() -> None:
    """A later rule overwrites neither the reason nor the value of an earlier one."""
    rows = RULES[1](RULES[0](frame([1, 3, 2]))).collect()
    assert rows["reason"].to_list() == ["small", "odd", None]
    assert rows["detail"].to_list() == ["1", "3 is odd", None]
    rows = RULES[0](RULES[1](frame([1, 3, 2]))).collect()
    assert rows["reason"].to_list() == ["odd", "odd", None]
    assert rows["detail"].to_list() == ["1 is odd", "3 is odd", None]


def test_detail_holds_the_value_that_decided() -> None:
    """Numbers, truth values and texts are written as they are; kept rows have no value."""
    for value, told in ((pl.lit(0.5), "0.5"), (pl.lit(True), "true"), (pl.lit("ড়"), "ড়"), (pl.lit(-3), "-3")):
        rows = Keep("low", when=pl.col("n") > 1, detail=value)(frame([1, 2])).collect()
        assert rows["detail"].to_list() == [told, None]


def test_reject_with_a_null_condition_rejects_nothing() -> None:
    """`reject` asks for a condition that is true; null is not."""
    rows = frame([1, None, 3]).with_columns(reject(pl.col("n") < 2, "low", pl.col("n"))).collect()
    assert rows["reason"].to_list() == ["low", None, None]


def test_the_manifest_line_tells_rules_apart() -> None:
    """The line of a rule names its reason and its condition, and is the same each time."""
    one, two = (Keep("small", when=pl.col("n") > limit, detail=pl.col("n")) for limit in (1, 2))
    assert "'small'" in repr(one)
    assert repr(one) != repr(two)
    assert repr(one) == repr(Keep("small", when=pl.col("n") > 1, detail=pl.col("n")))


def test_message_builds_a_turn() -> None:
    """A role and a text column become one element of `messages`."""
    turns = pl.concat_list(message("user", pl.col("name")), message("assistant", pl.lit("b")))
    made = frame([1], ["a"]).select(messages=turns.cast(MESSAGES)).collect()["messages"].to_list()
    empty = dict.fromkeys(MESSAGE.to_schema())
    assert made == [[{**empty, "role": "user", "content": "a"}, {**empty, "role": "assistant", "content": "b"}]]


numbers = st.lists(st.none() | st.integers(-3, 6), max_size=12)
labels = st.none() | st.sampled_from(["", "a", "b"])


@settings(deadline=None, max_examples=40)
@given(st.data(), numbers, st.permutations(range(len(RULES))))
def test_order_of_rules_changes_no_kept_row(data: st.DataObject, n: list[int | None], order: list[int]) -> None:
    """Whatever the order of the rules, the same rows are kept, every row comes out, once and in place, and each
    rejected row has a reason and a value."""
    names = data.draw(st.lists(labels, min_size=len(n), max_size=len(n)))
    given_rows = frame(n, names)
    plain, permuted = given_rows, given_rows
    for i in range(len(RULES)):
        plain, permuted = RULES[i](plain), RULES[order[i]](permuted)
    one, two = plain.collect(), permuted.collect()
    assert one.select("row", "n", "name").equals(given_rows.select("row", "n", "name").collect())
    assert two.select("row", "n", "name").equals(one.select("row", "n", "name"))
    assert one.filter(pl.col("reason").is_null())["row"].equals(two.filter(pl.col("reason").is_null())["row"])
    expected = [
        i
        for i, (x, name) in enumerate(zip(n, names, strict=True))
        if x is not None and x >= 2 and x % 2 == 0 and name and i < 5
    ]
    assert one.filter(pl.col("reason").is_null())["row"].to_list() == expected
    for rows in (one, two):
        assert rows["reason"].is_null().equals(rows["detail"].is_null())
