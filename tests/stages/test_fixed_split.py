"""Facts about splits that others cannot move, and about strata of which each split shall have some groups."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.rows import no_verdict
from curation.stages.split import SHARES, FixedSplit, OfficialSplit, Split, stratify

Row = tuple[str, str | None, bool]
"""Group, label, and whether it is published as test."""

TEST = pl.col("test")
SCHEMA = {"group": pl.String, "label": pl.String, "test": pl.Boolean}


def frame(rows: list[Row]) -> pl.LazyFrame:
    return pl.LazyFrame(rows, schema=SCHEMA, orient="row").with_row_index("row").with_columns(no_verdict())


def of(*groups: str) -> list[Row]:
    return [(group, "a", False) for group in groups]


def split_of(stage: FixedSplit, *groups: str) -> dict[str, str]:
    made = stage(frame(of(*groups))).collect()
    assert made["row"].to_list() == list(range(len(groups)))
    return dict(made.select("group", "split").iter_rows())


shares = st.sampled_from([(0.8, 0.1, 0.1), (0.34, 0.33, 0.33), (0.9, 0.1, 0.0), (1.0, 0.0, 0.0)])
names = st.lists(st.text(max_size=5), max_size=15)
some = settings(deadline=None, max_examples=60)


@some
@given(names, names, shares, st.integers(0, 3))
def test_a_row_keeps_its_split(stay: list[str], others: list[str], to: tuple[float, float, float], seed: int) -> None:
    """Whatever groups come, go or move, a group is dealt as it is when it is alone."""
    stage = FixedSplit(seed, to)
    alone = {group: split_of(stage, group)[group] for group in stay}
    assert split_of(stage, *stay) == alone
    assert split_of(stage, *others, *reversed(stay)).items() >= alone.items()


@some
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("xy"), st.booleans())), shares, st.integers(0, 3))
def test_no_group_straddles(rows: list[Row], to: tuple[float, float, float], seed: int) -> None:
    """All rows of a group get one split, and the rows are otherwise as they were."""
    made = FixedSplit(seed, to)(frame(rows)).collect()
    assert set(made["split"]) <= set(SHARES)
    assert made.select("group", "split").n_unique() == made["group"].n_unique()
    assert made.drop("split").equals(frame(rows).collect())


@pytest.mark.parametrize("to", [(0.8, 0.1, 0.1), (0.5, 0.2, 0.3), (0.98, 0.01, 0.01), (0.7, 0.3, 0.0)])
@pytest.mark.parametrize("seed", [0, 7])
def test_shares_hold_for_many_groups(to: tuple[float, float, float], seed: int) -> None:
    """Of 20,000 groups each split gets its share to a hundredth, and none where it has no share."""
    made = split_of(FixedSplit(seed, to), *(f"group-{i}" for i in range(20_000)))
    counts = [list(made.values()).count(name) for name in SHARES]
    assert all(abs(count - share * 20_000) <= 200 for count, share in zip(counts, to, strict=True))
    assert all(count == 0 for count, share in zip(counts, to, strict=True) if share == 0)


def test_seeds_deal_otherwise() -> None:
    """Where two seeds put a group has nothing to do with one another."""
    one, two = (split_of(FixedSplit(seed, (0.5, 0.0, 0.5)), *(f"g{i}" for i in range(4000))) for seed in (1, 2))
    assert 1850 <= sum(one[group] == two[group] for group in one) <= 2150


def test_the_split_is_pinned() -> None:
    """A seed deals the same groups to the same splits with every version of Polars."""
    made = split_of(FixedSplit(7, (0.4, 0.3, 0.3)), *"abcdefghij", "চুল")
    assert "".join(split[0:2] for split in made.values()) == "vatrvatrtrtevatrtrtrte"


def test_shares_only_move_edges() -> None:
    """With a larger share for train what was train stays so: no row trained on becomes a test row."""
    groups = [f"g{i}" for i in range(500)]
    before, after = (split_of(FixedSplit(7, to), *groups) for to in ((0.5, 0.2, 0.3), (0.6, 0.2, 0.2)))
    assert {group for group in groups if before[group] == "train"} < {g for g in groups if after[g] == "train"}
    assert {group for group in groups if after[group] == "test"} < {g for g in groups if before[g] == "test"}


@st.composite
def plain_strata(draw: st.DrawFn) -> list[Row]:
    """Groups of 1 to 9 rows, all of a group under one label; some rows are published as test."""
    sizes = draw(st.lists(st.sampled_from([1, 1, 1, 2, 3, 9]), min_size=1, max_size=30))
    rows: list[Row] = []
    for g, size in enumerate(sizes):
        label, test = draw(st.sampled_from([None, *"abcd"])), draw(st.sampled_from([False, False, False, True]))
        rows += [(f"group {g}", label, test)] * size
    return rows


def strata(rows: list[Row], least: int, seed: int = 7) -> list[tuple[int, int]]:
    """For each label how many groups of it are train and validation."""
    stage = OfficialSplit(TEST, ("label",), seed, "by title", 0.1, least)
    made = stage(frame([*rows, ("published", "z", True)])).collect().filter(~TEST)
    assert set(made["split"]) <= {"train", "validation"}
    groups = (
        made.unique(["group", "label"])
        .group_by("label")
        .agg(train=(pl.col("split") == "train").sum(), validation=(pl.col("split") == "validation").sum())
    )
    return groups.select("train", "validation").rows()


@settings(deadline=None, max_examples=150)
@given(plain_strata(), st.integers(1, 4), st.integers(0, 3))
def test_every_stratum_with_enough_groups_is_in_both(rows: list[Row], least: int, seed: int) -> None:
    """A label with 2 x `least` groups or more has `least` in train and in validation, however large they are."""
    for train, validation in strata(rows, least, seed):
        if train + validation >= 2 * least:
            assert min(train, validation) >= least


@some
@given(plain_strata())
def test_a_group_alone_is_trained_on(rows: list[Row]) -> None:
    """With `least` 1, a label that has one group has it on one side; a label with two or more is on both."""
    assert all((min(counts) > 0) == (sum(counts) > 1) for counts in strata(rows, 1))


def test_without_least_a_stratum_may_be_missing() -> None:
    """Five groups want half a group of validation: none is there, unless one is asked for."""
    rows = of(*(f"g{i}" for i in range(5)))
    assert strata(rows, 0) == [(5, 0)]
    assert strata(rows, 1) == [(4, 1)]
    assert strata(rows, 2) == [(3, 2)]


def test_groups_are_counted_not_rows() -> None:
    """Of large groups as many are asked for as of small ones, and where they abound none is moved."""
    rows = [row for row in of(*(f"g{i}" for i in range(4))) for _ in range(9)]
    assert strata(rows, 1) == [(3, 1)]
    assert strata(rows, 2) == [(2, 2)]
    many = [row for row in of(*(f"g{i}" for i in range(10))) for _ in range(9)]
    assert strata(many, 1) == strata(many, 0) == [(9, 1)]
    tables = [stratify(frame(many), ("label",), SHARES, seed, least) for seed in range(5) for least in (0, 1)]
    assert all(one.equals(two) for one, two in zip(tables[::2], tables[1::2], strict=True))


def test_shares_are_met_where_groups_abound() -> None:
    """With groups enough of every label, `least` changes nothing."""
    rows: list[Row] = [(f"group {i}", "abcde"[i % 5], i % 7 == 0) for i in range(700)]
    assert all(108 <= train <= 109 and train + validation in (120, 121) for train, validation in strata(rows, 1))
    by = ("label",)
    tables = [stratify(frame(rows), by, SHARES, 7, least) for least in (0, 1, 5)]
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])


@pytest.mark.parametrize("seed", range(10))
def test_groups_of_several_strata(seed: int) -> None:
    """A group under two labels counts for both: what is dealt for one leaves enough for the other."""
    labels = ("ad", "ad", "ab", "ab")
    rows = [(f"group {i}", label, False) for i, several in enumerate(labels) for label in several]
    assert len(strata(rows, 1, seed)) == 3
    assert all(min(counts) > 0 for counts in strata(rows, 1, seed))


@some
@given(plain_strata(), st.integers(0, 3), st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(rows: list[Row], least: int, shuffle: int) -> None:
    """The same rows in another order are dealt the same, stay in that order, and no group beside test straddles."""
    plain = frame([*rows, ("published", "z", True)]).collect()
    shuffled = plain.sample(fraction=1, shuffle=True, seed=shuffle)
    for stage in (OfficialSplit(TEST, ("label",), 7, "by title", 0.1, least), FixedSplit(7)):
        one, two = stage(plain.lazy()).collect(), stage(shuffled.lazy()).collect()
        assert two["row"].equals(shuffled["row"])
        assert two.sort("row").equals(one)
        rest = one.filter(~TEST)
        assert rest.select("group", "split").n_unique() == rest["group"].n_unique()


def test_no_rows_are_no_trouble() -> None:
    """A frame without rows gets the column all the same."""
    for stage in (FixedSplit(7), OfficialSplit(TEST, ("label",), 7, "by title", least=1)):
        assert stage(frame([])).collect().columns == [*frame([]).collect_schema(), "split"]


def test_manifest_lines_tell_splits_apart() -> None:
    """Stages that deal otherwise have different lines in the manifest."""
    stages = [FixedSplit(7), FixedSplit(8), FixedSplit(7, (0.7, 0.2, 0.1)), Split(("label",), 7)]
    stages += [OfficialSplit(TEST, ("label",), 7, "by title", least=least) for least in (0, 1)]
    assert len({repr(stage) for stage in stages}) == len(stages)
