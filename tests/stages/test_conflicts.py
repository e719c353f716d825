"""Facts about label conflicts and held-out rows: what is named and what falls is what comparing all texts gives."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.rows import VERDICT, Keep, across_rows, no_verdict, reasons_of
from curation.stages.conflicts import CONFLICTS, Conflicts, RejectNearTest
from curation.stages.near.word_sets import WordSets

Row = tuple[str | None, str | None, bool]
"""Text, label, and whether it is of the test set."""
Kin = list[tuple[int, float]]
Verdict = tuple[str | None, str | None, str | None]
"""Reason, detail, and the id of the row that decided."""

ALIKE = WordSets(pl.col("text"), 0.5)
TEST = pl.col("test")
SCHEMA = {"text": pl.String, "label": pl.String, "test": pl.Boolean}


def frame(rows: list[Row]) -> pl.LazyFrame:
    made = pl.LazyFrame(rows, schema=SCHEMA, orient="row").with_row_index("row")
    return made.with_columns(no_verdict()).with_columns(id=pl.format("id{}", "row"))


def kin(rows: list[Row]) -> list[Kin]:
    """For each row the others that are near it, the nearest first, then in the order of the file."""
    sets = [set((text or "").split()) for text, _, _ in rows]
    near: list[Kin] = []
    for a, one in enumerate(sets):
        alike = [(b, len(one & two) / len(one | two)) for b, two in enumerate(sets) if b != a and one and two]
        near.append(sorted(((b, j) for b, j in alike if j >= 0.5), key=lambda pair: (-pair[1], pair[0])))
    return near


def conflicting(rows: list[Row]) -> list[list[tuple[int, float]] | None]:
    """For each row the 16 nearest that are under another label."""
    return [
        [(b, j) for b, j in near if None not in (rows[a][1], rows[b][1]) and rows[a][1] != rows[b][1]][:16] or None
        for a, near in enumerate(kin(rows))
    ]


texts = st.none() | st.lists(st.sampled_from("abcdef"), max_size=5).map(" ".join)
corpora = st.lists(st.tuples(texts, st.none() | st.sampled_from("xyz"), st.booleans()), min_size=1, max_size=14)
some = settings(deadline=None, max_examples=80)


@some
@given(corpora)
def test_conflicts_are_the_near_rows_under_another_label(rows: list[Row]) -> None:
    """Each row names the near rows under other labels, nearest first; no label is no other label; nothing falls."""
    made = Conflicts(ALIKE)(frame(rows)).collect()
    assert made["conflicts"].dtype == CONFLICTS
    expected = [
        None if near is None else [{"id": f"id{b}", "label": rows[b][1], "jaccard": j} for b, j in near]
        for near in conflicting(rows)
    ]
    assert made["conflicts"].to_list() == expected
    assert made.drop("conflicts").equals(frame(rows).collect())


@some
@given(corpora)
def test_the_judge_rejects_of_these_rows_alone(rows: list[Row]) -> None:
    """Rows that the judge means and that have a conflict fall, naming the nearest, its label and the Jaccard."""
    made = Conflicts(ALIKE, judge=~TEST)(frame(rows)).collect()
    expected: list[Verdict] = []
    for (_, _, test), near in zip(rows, conflicting(rows), strict=True):
        if near and not test:
            b, j = near[0]
            detail = f"near id{b}, which is {rows[b][1]} (Jaccard {round(j, 3)})"
            expected.append(("label_conflict", detail, f"id{b}"))
        else:
            expected.append((None, None, None))
    assert made.select(*VERDICT).rows() == expected
    assert made.drop(*VERDICT, "conflicts").equals(frame(rows).collect().drop(*VERDICT))
    assert made["conflicts"].equals(Conflicts(ALIKE)(frame(rows)).collect()["conflicts"])


@some
@given(corpora)
def test_rows_near_the_test_set_fall(rows: list[Row]) -> None:
    """A row not in the test set that is near one of it falls, naming the nearest; no other row does."""
    made = RejectNearTest(ALIKE, TEST)(frame(rows)).collect()
    expected: list[Verdict] = []
    for (_, _, test), near in zip(rows, kin(rows), strict=True):
        near_test = [(b, j) for b, j in near if rows[b][2]]
        repeats = near_test and not test
        detail = f"repeats id{near_test[0][0]} (Jaccard {round(near_test[0][1], 3)})" if repeats else None
        expected.append(("repeats_test" if repeats else None, detail, f"id{near_test[0][0]}" if repeats else None))
    assert made.select(*VERDICT).rows() == expected
    assert made.drop(*VERDICT).equals(frame(rows).collect().drop(*VERDICT))


@some
@given(corpora, st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(rows: list[Row], seed: int) -> None:
    """The same rows in another order get the same verdicts and conflicts, and stay in that order."""
    plain = frame(rows).collect()
    shuffled = plain.sample(fraction=1, shuffle=True, seed=seed)
    for stage in (Conflicts(ALIKE, judge=~TEST), RejectNearTest(ALIKE, TEST)):
        made = stage(shuffled.lazy()).collect()
        assert made["row"].equals(shuffled["row"])
        assert made.sort("row").equals(stage(plain.lazy()).collect())


def test_sixteen_conflicts_are_named() -> None:
    """Of more than 16 the nearest 16 are named, and kin under the row's own label take no place among them."""
    own: list[Row] = [("a b c d", "x", False)] * 20
    others: list[Row] = [("a b c d e", "y", False)] * 10 + [("a b c d", "z", False)] * 8
    conflicts = Conflicts(ALIKE)(frame([*own, *others])).collect()["conflicts"].to_list()
    named = [f"id{i}" for i in [*range(30, 38), *range(20, 28)]]
    assert [[one["id"] for one in of] for of in conflicts[:20]] == [named] * 20
    assert [one["jaccard"] for one in conflicts[0]] == [1.0] * 8 + [0.8] * 8
    assert all(len(of) == 16 for of in conflicts)


def test_what_rows_say() -> None:
    """The sentences of both verdicts, with the Jaccard to three digits."""
    rows: list[Row] = [("a b c", "x", True), ("a b", "y", False), ("b c a", "y", False)]
    conflicts = Conflicts(ALIKE, judge=~TEST)(frame(rows)).collect()
    assert conflicts["detail"].to_list() == [
        None,
        "near id0, which is x (Jaccard 0.667)",
        "near id0, which is x (Jaccard 1.0)",
    ]
    verdicts = RejectNearTest(WordSets(pl.col("text"), 0.3), TEST)(
        frame([("a b c", "x", True), ("a b c d e f g", "x", False)])
    )
    assert verdicts.collect()["detail"].to_list() == [None, "repeats id0 (Jaccard 0.429)"]


def test_the_nearest_is_named() -> None:
    """Of several near rows the verdicts name the nearest, of equally near ones the first in the file."""
    rows: list[Row] = [("a b c d", "y", False), ("a b", "x", True), ("a b c e", "x", True), ("a b c f", "x", True)]
    conflicts = Conflicts(ALIKE, judge=~TEST)(frame(rows)).collect()
    assert conflicts["detail"][0] == "near id2, which is x (Jaccard 0.6)"
    assert conflicts["other"][0] == "id2"
    assert [one["id"] for one in conflicts["conflicts"][0]] == ["id2", "id3", "id1"]
    verdicts = RejectNearTest(ALIKE, TEST)(frame(rows)).collect().select(*VERDICT)
    assert verdicts.row(0) == ("repeats_test", "repeats id2 (Jaccard 0.6)", "id2")


def test_the_label_is_any_column() -> None:
    """Conflicts are looked for in the column that is named, whose name does not show in what is listed."""
    renamed = frame([("a b", "x", False), ("a b", "y", False)]).rename({"label": "category"})
    made = Conflicts(ALIKE, label="category")(renamed).collect()
    assert made["conflicts"].to_list() == [
        [{"id": "id1", "label": "y", "jaccard": 1.0}],
        [{"id": "id0", "label": "x", "jaccard": 1.0}],
    ]
    assert made.columns == [*renamed.collect_schema().names(), "conflicts"]


@pytest.mark.parametrize("stage", [Conflicts(ALIKE, judge=~TEST), RejectNearTest(ALIKE, TEST)])
def test_an_earlier_verdict_stays(stage: Conflicts | RejectNearTest) -> None:
    """A row that another rule rejected keeps that reason, and is still what others repeat."""
    rows: list[Row] = [("a b", "x", True), ("a b", "y", False), ("a b", "y", False)]
    earlier = Keep("earlier", when=~pl.col("row").is_in([0, 1]), detail=pl.lit("value"))(frame(rows))
    made = stage(earlier).collect().select(*VERDICT).rows()
    assert made[:2] == [("earlier", "value", None)] * 2
    assert made[2][:1] == reasons_of(stage)
    assert "id0" in made[2][1]
    assert made[2][2] == "id0"


def test_both_stages_in_one_phase() -> None:
    """One after the other they judge each row once, and the list of conflicts stays as it was."""
    rows: list[Row] = [("a b", "x", True), ("a b", "y", False), ("a b", "x", False), ("c d", "x", False)]
    made = RejectNearTest(ALIKE, TEST)(Conflicts(ALIKE, judge=~TEST)(frame(rows))).collect()
    assert made["reason"].to_list() == [None, "label_conflict", "label_conflict", None]
    reported = RejectNearTest(ALIKE, TEST)(Conflicts(ALIKE)(frame(rows))).collect()
    assert reported["reason"].to_list() == [None, "repeats_test", "repeats_test", None]
    assert reported["conflicts"].equals(made["conflicts"])
    assert [made["conflicts"].is_null()[i] for i in range(4)] == [False, False, False, True]


def test_no_rows_are_no_trouble() -> None:
    """Both take a frame without rows, and rows of which none is near another."""
    for rows in ([], [("a", "x", True), ("b", "y", False), (None, None, False)]):
        for stage in (Conflicts(ALIKE), Conflicts(ALIKE, judge=~TEST), RejectNearTest(ALIKE, TEST)):
            made = stage(frame(rows)).collect()
            assert made["reason"].null_count() == len(rows) == made.height
        assert Conflicts(ALIKE)(frame(rows)).collect()["conflicts"].dtype == CONFLICTS


def test_manifest_lines_tell_stages_apart() -> None:
    """Stages that judge otherwise have different lines in the manifest."""
    other = WordSets(pl.col("text"), 0.6)
    stages = [Conflicts(ALIKE), Conflicts(other), Conflicts(ALIKE, judge=~TEST), Conflicts(ALIKE, label="category")]
    assert (
        len(
            {
                repr(stage)
                for stage in (
                    *stages,
                    RejectNearTest(ALIKE, TEST),
                    RejectNearTest(other, TEST),
                    RejectNearTest(ALIKE, ~TEST),
                )
            }
        )
        == 7
    )


def test_what_the_stages_say_of_themselves() -> None:
    """Both look across rows; Conflicts rejects only where a judge is given."""
    stages = [Conflicts(ALIKE), Conflicts(ALIKE, judge=TEST), RejectNearTest(ALIKE, TEST)]
    assert all(map(across_rows, stages))
    assert [reasons_of(stage) for stage in stages] == [(), ("label_conflict",), ("repeats_test",)]
