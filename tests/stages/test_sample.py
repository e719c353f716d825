"""Facts about drawn samples: limits and shares are met, and a draw depends on nothing but the seed and the id."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.errors import UsageError
from curation.base.rows import VERDICT, across_rows, reasons_of
from curation.stages.sample import Limit, limits_from
from curation.stages.shares import TokenShares

Row = tuple[str, str, str, int, str | None]
"""Id, split, part, tokens, and why it was rejected."""

SPLITS, PARTS = ("train", "validation", "test"), ("one", "two", "three")
SCHEMA = {"id": pl.String, "split": pl.String, "part": pl.String, "tokens": pl.UInt32, "reason": pl.String}
NAMES = pl.Series("id", [f"id{i}" for i in range(60)])
PINNED = [f"id{i}" for i in (1, 6, 0, 4, 2, 3, 5, 7)]


def frame(rows: list[Row]) -> pl.LazyFrame:
    made = pl.LazyFrame(rows, schema=SCHEMA, orient="row").with_row_index("row")
    verdict = {"detail": "value", "other": "id7"}
    earlier = pl.col("reason").is_not_null()
    return made.with_columns(pl.when(earlier).then(pl.lit(value)).alias(name) for name, value in verdict.items())


def plain(count: int, split: str = "train") -> list[Row]:
    return [(f"id{i}", split, "one", 1, None) for i in range(count)]


def kept(stage: Callable[[pl.LazyFrame], pl.LazyFrame], rows: list[Row]) -> set[str]:
    made = stage(frame(rows)).collect()
    assert made["id"].to_list() == [row[0] for row in rows]
    return set(made.filter(pl.col("reason").is_null())["id"])


def drawn(rows: list[Row], seed: int) -> list[str]:
    """The drawn order of the rows, by a limit that rejects them all."""
    made = Limit({"": 0}, seed)(frame(rows)).collect().filter(reason="over_limit")
    number = pl.col("detail").str.extract(r"^number (\d+) in the drawn order, the limit is 0$").cast(pl.Int64)
    ordered = made.with_columns(number=number).sort("number")
    assert ordered["number"].to_list() == list(range(1, len(made) + 1))
    return ordered["id"].to_list()


earlier = st.sampled_from([None, None, None, "earlier"])
fields = (st.sampled_from(SPLITS), st.sampled_from(PARTS), st.integers(1, 40), earlier)
corpora = st.lists(st.tuples(st.sampled_from(NAMES.to_list()), *fields), max_size=25, unique_by=lambda row: row[0])
limits = st.dictionaries(st.sampled_from(SPLITS), st.integers(0, 6))
some = settings(deadline=None, max_examples=60)


@some
@given(corpora, limits, st.integers(0, 3))
def test_each_value_has_its_limit(rows: list[Row], limits: dict[str, int], seed: int) -> None:
    """Of every value as many are kept as the limit says, all without one; rows rejected before take no place."""
    stays = kept(Limit(limits, seed, "split"), rows)
    for split in SPLITS:
        there = {id for id, of, _, _, reason in rows if of == split and reason is None}
        assert len(stays & there) == min(len(there), limits.get(split, len(there)))
    assert stays <= {row[0] for row in rows if row[4] is None}


@some
@given(corpora, st.integers(0, 3))
def test_a_larger_sample_holds_every_smaller_one(rows: list[Row], seed: int) -> None:
    """With one more allowed, every row stays that was kept, and one more does: the next of the drawn order."""
    order = drawn(rows, seed)
    for count in range(len(rows) + 1):
        assert kept(Limit({"": count}, seed), rows) == set(order[:count])


@some
@given(corpora, st.data(), st.integers(0, 3))
def test_others_never_change_the_order(rows: list[Row], data: st.DataObject, seed: int) -> None:
    """Whatever rows come, go or move, any two rows keep the order they are drawn in."""
    order = drawn(rows, seed)
    fewer = data.draw(st.lists(st.sampled_from(rows), unique=True)) if rows else []
    stays = {row[0] for row in fewer if row[4] is None}
    assert drawn(fewer, seed) == [id for id in order if id in stays]


@some
@given(corpora, limits, st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(rows: list[Row], limits: dict[str, int], seed: int) -> None:
    """The same rows in another order get the same verdicts, word for word, and stay in that order."""
    one = frame(rows).collect()
    shuffled = one.sample(fraction=1, shuffle=True, seed=seed)
    for stage in (Limit(limits, 7, "split"), TokenShares(dict.fromkeys(PARTS, 1 / 3), 7)):
        made = stage(shuffled.lazy()).collect()
        assert made["row"].equals(shuffled["row"])
        assert made.sort("row").equals(stage(one.lazy()).collect())


def test_what_falls_says_why() -> None:
    """The reason is the stage's own, with the place in the order and the limit; nothing else changes."""
    rows: list[Row] = [*plain(3), ("gone", "train", "one", 1, "earlier")]
    made = Limit({"": 2}, 7, reason="not_sampled")(frame(rows)).collect()
    rejected = made.filter(reason="not_sampled")
    assert rejected["detail"].to_list() == ["number 3 in the drawn order, the limit is 2"]
    assert rejected["id"].to_list() == drawn(plain(3), 7)[2:]
    assert made.filter(id="gone").select(*VERDICT).rows() == [("earlier", "value", "id7")]
    assert made.drop("reason", "detail").equals(frame(rows).collect().drop("reason", "detail"))


def test_the_seed_draws() -> None:
    """Another seed draws another order, none is that of the file, and a seed draws from all of the file."""
    orders = [drawn(plain(60), seed) for seed in range(5)]
    assert len({tuple(order) for order in [*orders, NAMES.to_list()]}) == 6
    for seed in range(5):
        half = kept(Limit({"": 1000}, seed), plain(2000))
        assert 430 <= sum(int(id.removeprefix("id")) < 1000 for id in half) <= 570


def test_the_draw_is_pinned() -> None:
    """A seed draws the same rows with every version of Polars."""
    assert drawn(plain(8), 7) == PINNED
    order = TokenShares({"one": 1.0, "two": 1.0}, 7)
    rows: list[Row] = [*plain(8), ("other", "train", "two", 4, None)]
    assert kept(order, rows) == {*PINNED[:4], "other"}


def test_limits_in_words() -> None:
    """Splits and numbers, with spaces or without, any of the three; nothing is no limit."""
    assert limits_from("train=4000,validation=300,test=300") == {"train": 4000, "validation": 300, "test": 300}
    assert limits_from(" test = 5 ,train=0") == {"test": 5, "train": 0}
    assert limits_from("") == {}
    assert kept(Limit({}, 7, "split"), plain(5)) == {row[0] for row in plain(5)}


@pytest.mark.parametrize(
    "words", ["dev=3", "train", "train=", "=3", "train=-1", "train=1.5", "train=²", "Train=1", "5", "train:5"]
)
def test_limits_that_are_not_valid(words: str) -> None:
    """An unknown split, or what is no number, is named in the error with what was expected."""
    for several in (words, f"test=1,{words}"):
        with pytest.raises(UsageError, match="train=4000,validation=300,test=300") as caught:
            limits_from(several)
        assert repr(words) in str(caught.value)


def test_a_split_has_one_limit() -> None:
    """A split that is named twice is an error, not the last number."""
    with pytest.raises(UsageError, match="names train twice"):
        limits_from("train=1,test=3,train=2")


shares = st.fixed_dictionaries({part: st.sampled_from([0.05, 0.2, 1 / 3, 0.7]) for part in PARTS})


@settings(deadline=None, max_examples=150)
@given(corpora, shares, st.integers(0, 3))
def test_parts_have_their_shares_of_the_tokens(rows: list[Row], shares: dict[str, float], seed: int) -> None:
    """In each split the scarcest part is used up, and no other misses its share by as much as its longest row."""
    stays = kept(TokenShares(shares, seed), rows)
    for split in SPLITS:
        parts: dict[str, list[tuple[str, int]]] = {}
        for id, of, part, tokens, reason in rows:
            if of == split and reason is None:
                parts.setdefault(part, []).append((id, tokens))
        tokens_of = {part: sum(tokens for _, tokens in there) for part, there in parts.items()}
        whole = min((tokens_of[part] / shares[part] for part in parts), default=0.0)
        for part, there in parts.items():
            taken, aim = sum(tokens for id, tokens in there if id in stays), whole * shares[part]
            assert aim - max(tokens for _, tokens in there) < taken <= aim + 1e-6
            if tokens_of[part] / shares[part] == whole:
                assert taken == tokens_of[part]


def test_a_part_without_rows_leaves_its_share() -> None:
    """Where a part has no rows in a split, or none that is left, the others share that split as they would alone."""
    rows = [(f"{part}{i}", "train", part, 5, None) for part in PARTS for i in range(10)]
    rows += [(f"test {part}{i}", "test", part, 5, None) for part in PARTS[1:] for i in range(10)]
    rows += [("gone", "test", "one", 5, "earlier")]
    made = TokenShares({"one": 0.5, "two": 0.1, "three": 0.4}, 7)(frame(rows)).collect()
    counts = made.filter(pl.col("reason").is_null()).group_by("split", "part").len()
    expected = {("train", "one"): 10, ("train", "two"): 2, ("train", "three"): 8}
    assert {(split, part): n for split, part, n in counts.iter_rows()} == expected | {
        ("test", "two"): 2,
        ("test", "three"): 10,
    }


def test_what_is_over_its_share_says_so() -> None:
    """The reason names the tokens up to the row and the share; an earlier verdict stays; the seed decides."""
    rows = [*plain(4), ("a", "train", "two", 2, None), ("b", "train", "two", 9, "earlier")]
    made = TokenShares({"one": 0.5, "two": 0.5}, 7)(frame(rows)).collect()
    details = made.filter(reason="over_share")["detail"].to_list()
    assert sorted(details) == [f"token {n} of the part, its share is 2" for n in (3, 4)]
    assert made.filter(id="b").select(*VERDICT).rows() == [("earlier", "value", "id7")]
    assert made.drop("reason", "detail").equals(frame(rows).collect().drop("reason", "detail"))
    many = [*plain(40), ("a", "train", "two", 20, None)]
    assert len({frozenset(kept(TokenShares({"one": 0.5, "two": 0.5}, seed), many)) for seed in range(5)}) == 5


def test_tokens_beyond_32_bits() -> None:
    """A part may hold more tokens than the column of a single row can count."""
    rows: list[Row] = [(f"id{i}", "train", "one", 3_000_000_000, None) for i in range(4)]
    rows.append(("other", "train", "two", 4_000_000_000, None))
    assert kept(TokenShares({"one": 0.7, "two": 0.3}, 7), rows) == {*drawn(rows[:4], 7)[:3], "other"}


def test_a_long_row_is_not_jumped_over() -> None:
    """What is taken of a part is the beginning of its drawn order: a larger share holds every smaller one."""
    rows = [(f"id{i}", "train", "one", 1 + i % 7, None) for i in range(40)]
    before: set[str] = set()
    for tokens in range(1, 60, 4):
        stays = kept(TokenShares({"one": 0.5, "two": 0.5}, 3), [*rows, ("other", "train", "two", tokens, None)])
        assert before <= stays
        order = drawn(rows, 3)
        assert stays - {"other"} == set(order[: len(stays) - 1])
        before = stays


def test_no_rows_are_no_trouble() -> None:
    """Every draw takes a frame without rows."""
    for stage in (Limit({"": 1}, 7), Limit({}, 7, "split"), TokenShares({"one": 1.0}, 7)):
        assert stage(frame([])).collect().equals(frame([]).collect())


def test_what_the_stages_say_of_themselves() -> None:
    """Both draws look across rows, each for one reason."""
    stages = [Limit({"": 1}, 7), Limit({"": 1}, 7, reason="not_sampled"), TokenShares({"one": 1.0}, 7)]
    assert all(map(across_rows, stages))
    assert [reasons_of(stage) for stage in stages] == [("over_limit",), ("not_sampled",), ("over_share",)]
