"""Facts about splits: groups go whole, shares are met as far as whole groups allow, and published splits are kept."""

from __future__ import annotations

from pathlib import Path

import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.errors import InputError, UsageError
from curation.base.rows import no_verdict
from curation.ledger.build import Build
from curation.readers.squad import read_squad
from curation.stages.split import SHARES, Split, by_titles, split_from, stratify

BY = ("label", "found")
Row = tuple[str, str | None, bool]
SCHEMA = {"group": pl.String, "label": pl.String, "found": pl.Boolean}


def frame(rows: list[Row]) -> pl.LazyFrame:
    made = pl.LazyFrame(rows, schema=SCHEMA, orient="row").with_row_index("row").with_columns(no_verdict())
    return made.with_columns(record=pl.format("record {}", "row"), title=pl.format("record {}", "row"))


labels = st.none() | st.sampled_from("abc")


@st.composite
def corpora(draw: st.DrawFn) -> list[Row]:
    """Groups of 1 to 12 rows, each row with one of a few labels."""
    sizes = draw(st.lists(st.integers(1, draw(st.sampled_from([1, 3, 12]))), min_size=1, max_size=25))
    rows = []
    for g, size in enumerate(sizes):
        cells = draw(st.lists(st.tuples(labels, st.booleans()), min_size=size, max_size=size))
        rows += [(f"group {g}", *cell) for cell in cells]
    return rows


shares = st.sampled_from([(0.8, 0.1, 0.1), (0.34, 0.33, 0.33), (0.9, 0.1, 0.0), (1.0, 0.0, 0.0)])
some = settings(deadline=None, max_examples=40)


def dealt(
    rows: list[Row], seed: int = 7, by: tuple[str, ...] = BY, to: tuple[float, ...] = (0.8, 0.1, 0.1)
) -> pl.DataFrame:
    return Split(by, seed, (to[0], to[1], to[2]))(frame(rows)).collect()


@some
@given(corpora(), shares, st.integers(0, 3))
def test_no_group_straddles_and_every_row_is_dealt(rows: list[Row], to: tuple[float, ...], seed: int) -> None:
    """Each row gets one of the three splits, rows stay in order, and a group is in one split only."""
    made = dealt(rows, seed, to=to)
    assert made["row"].to_list() == list(range(len(rows)))
    assert set(made["split"]) <= set(SHARES)
    assert made.group_by("group").agg(pl.col("split").n_unique())["split"].to_list() == [1] * made["group"].n_unique()


@some
@given(corpora(), shares)
def test_a_split_without_a_share_is_empty(rows: list[Row], to: tuple[float, ...]) -> None:
    """What is given no share gets no row."""
    counts = dict(dealt(rows, to=to).group_by("split").len().iter_rows())
    assert all(name not in counts for name, share in zip(SHARES, to, strict=True) if share == 0)


@settings(deadline=None, max_examples=80)
@given(corpora(), shares, st.integers(0, 3))
def test_no_split_is_off_by_more_than_the_largest_group(rows: list[Row], to: tuple[float, ...], seed: int) -> None:
    """Every split has its share of the rows, give or take the largest group."""
    made = dealt(rows, seed, to=to)
    largest = made.group_by("group").len()["len"].max()
    assert isinstance(largest, int)
    for name, share in zip(SHARES, to, strict=True):
        assert abs(made.filter(pl.col("split") == name).height - share * len(rows)) <= largest + 1e-9


def test_groups_of_one_row_with_many_labels_are_shared_out() -> None:
    """Where each label is rare, the splits still get their shares."""
    rows: list[Row] = [(f"group {i}", label, True) for i, label in enumerate("abbaacc")]
    counts = dict(dealt(rows).group_by("split").len().iter_rows())
    assert abs(counts.get("train", 0) - 5.6) <= 1


@some
@given(corpora(), st.integers(0, 3), st.integers(0, 1000))
def test_order_of_the_rows_does_not_matter(rows: list[Row], seed: int, shuffle: int) -> None:
    """The same rows in another order are dealt the same, and a second run deals them the same again."""
    plain = frame(rows).collect()
    shuffled = plain.sample(fraction=1, shuffle=True, seed=shuffle)
    stage = Split(BY, seed)
    one, two = stage(plain.lazy()).collect(), stage(shuffled.lazy()).collect()
    assert two["row"].equals(shuffled["row"])
    assert two.sort("row").equals(one)
    assert stage(plain.lazy()).collect().equals(one)


def test_the_seed_decides() -> None:
    """Another seed deals groups of one size otherwise."""
    rows: list[Row] = [(f"group {i}", "a", True) for i in range(50)]
    assert len({tuple(dealt(rows, seed)["split"]) for seed in range(4)}) == 4


def test_every_label_is_in_every_split() -> None:
    """With groups enough, each label is in each split in about its share."""
    rows: list[Row] = [(f"group {i}", "abcd"[i % 4], i % 8 < 4) for i in range(400)]
    counts = dealt(rows).group_by("label", "found", "split").len()
    for label, found, split, n in counts.iter_rows():
        cell = sum(row[1:] == (label, found) for row in rows)
        assert abs(n - SHARES[split] * cell) <= 1
    assert len(counts) == 8 * 3


def test_a_group_of_all_rows_goes_to_train() -> None:
    """One group that holds everything is not torn, and is what is trained on."""
    assert set(dealt([("one", "a", True)] * 10)["split"]) == {"train"}


def test_without_labels_sizes_are_kept() -> None:
    """A recipe without a label stratifies by any one column, whose nulls are one stratum."""
    rows: list[Row] = [(f"group {i}", None, True) for i in range(100)]
    counts = dict(dealt(rows, by=("label",)).group_by("split").len().iter_rows())
    assert counts == {"train": 80, "validation": 10, "test": 10}


def test_stratify_names_each_group_once() -> None:
    """The table of groups has a line for each."""
    rows: list[Row] = [(f"group {i % 5}", "ab"[i % 2], True) for i in range(30)]
    table = stratify(frame(rows), BY, SHARES, 7)
    assert table.columns == ["group", "split"]
    assert sorted(table["group"]) == [f"group {i}" for i in range(5)]


def test_no_rows_are_no_trouble() -> None:
    """A frame without rows gets the column all the same."""
    assert "split" in Split(BY, 7)(frame([])).collect().columns
    assert "split" in by_titles(["x"], BY, 7)(frame([])).collect().columns


official = by_titles({"record 0", "record 3", "no such record"}, BY, 7)


def test_the_official_split_is_kept() -> None:
    """Records named in it are test, no other is; of the others a ninth of the groups is validation."""
    rows: list[Row] = [(f"group {i}", "a", True) for i in range(92)]
    made = official(frame(rows)).collect()
    assert made.filter(pl.col("split") == "test")["record"].to_list() == ["record 0", "record 3"]
    counts = dict(made.group_by("split").len().iter_rows())
    assert counts == {"train": 80, "validation": 10, "test": 2}
    assert made["row"].to_list() == list(range(92))
    assert "dealt" not in made.columns


def test_the_official_split_keeps_a_group_on_both_sides() -> None:
    """A group of which one record is published as test and another is not stays on both sides."""
    rows: list[Row] = [("kin", "a", True), ("kin", "a", True), ("own", "a", True), ("test", "a", True)]
    splits = official(frame(rows)).collect()["split"].to_list()
    assert splits[0] == splits[3] == "test"
    assert splits[1] != "test"


@some
@given(corpora(), st.integers(0, 1000))
def test_the_official_split_does_not_depend_on_order(rows: list[Row], shuffle: int) -> None:
    """The same rows in another order are dealt the same; beside test no group straddles."""
    plain = frame(rows).collect()
    shuffled = plain.sample(fraction=1, shuffle=True, seed=shuffle)
    one, two = official(plain.lazy()).collect(), official(shuffled.lazy()).collect()
    assert two.sort("row").equals(one)
    assert not one["split"].has_nulls()
    rest = one.filter(pl.col("split") != "test").group_by("group").agg(pl.col("split").n_unique())
    assert rest["split"].to_list() == [1] * len(rest)


def test_the_published_split_of_the_demo(json_build: Build, demo_source: Path) -> None:
    """In a build the titles of the published split are test and no other is; torn groups are in the manifest."""
    titles = {title.strip() for title in orjson.loads((demo_source.parent / "test_titles.json").read_bytes())}
    kept = json_build.kept().select("record", "group", "split").unique().collect()
    assert set(kept.filter(pl.col("split") == "test")["record"]) == titles & set(kept["record"])
    torn = kept.group_by("group").agg(pl.col("split").n_unique()).filter(pl.col("split") > 1)["group"].to_list()
    assert set(json_build.manifest.straddling) == set(torn)


def test_all_records_may_be_test() -> None:
    """Where every record is named, all is test."""
    made = by_titles({"record 0", "record 1"}, BY, 7)(frame([("a", "a", True), ("b", "a", True)])).collect()
    assert made["split"].to_list() == ["test", "test"]


def test_shares_in_percent(tmp_path: Path) -> None:
    """Three shares that add up to 100 make a split of them."""
    stage = split_from("70/20/10", tmp_path / "CUADv1.json", BY, 3)
    assert stage == Split(BY, 3, (0.7, 0.2, 0.1))
    assert split_from("100/0/0", tmp_path / "CUADv1.json", BY, 3) == Split(BY, 3, (1.0, 0.0, 0.0))
    assert split_from("33/33/34", tmp_path / "CUADv1.json", BY, 3) == Split(BY, 3, (0.33, 0.33, 0.34))


@pytest.mark.parametrize("words", ["90/20/10", "80/10/9", "0/50/50", "8/1/1"])
def test_shares_that_are_not_valid(tmp_path: Path, words: str) -> None:
    """Shares that do not add up to 100, or leave nothing to train on, are named in the error."""
    with pytest.raises(UsageError, match=words):
        split_from(words, tmp_path / "CUADv1.json", BY, 7)


@pytest.mark.parametrize("words", ["80/20", "offical", "nowhere.json", "80/10/10%", "-80/90/90", ""])
def test_words_that_name_nothing(tmp_path: Path, words: str) -> None:
    """Words that are neither shares nor a file say so, and what is expected."""
    with pytest.raises(UsageError, match="80/10/10"):
        split_from(words, tmp_path / "CUADv1.json", BY, 7)


def test_no_official_split_beside_the_source(tmp_path: Path) -> None:
    """`official` without its file names the path where it was looked for."""
    with pytest.raises(UsageError, match=r"test_titles\.json"):
        split_from("official", tmp_path / "CUADv1.json", BY, 7)


def test_a_list_of_titles(tmp_path: Path) -> None:
    """A file of titles, beside the source or anywhere, is read; outer whitespace of a title does not count."""
    file = tmp_path / "test_titles.json"
    file.write_bytes(orjson.dumps(["A ", "B", "চুল"]))
    for words in ("official", str(file)):
        made = split_from(words, tmp_path / "CUADv1.json", BY, 7)
        assert repr(made) == repr(by_titles({"A", "B", "চুল"}, BY, 7))


@pytest.mark.parametrize("content", [b"", b"[", b'{"titles": []}', b'["A", 1]', b"null", b'"A"', b"\xff\xfe"])
def test_a_file_that_is_no_list_of_titles(tmp_path: Path, content: bytes) -> None:
    """Anything but a JSON list of strings is an error that names the file."""
    file = tmp_path / "titles.json"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"titles\.json"):
        split_from(str(file), tmp_path / "CUADv1.json", BY, 7)


def test_manifest_lines_tell_splits_apart(tmp_path: Path) -> None:
    """Stages that deal otherwise have different lines in the manifest."""
    stages = [Split(BY, 7), Split(BY, 8), Split(("label",), 7), Split(BY, 7, (0.7, 0.2, 0.1)), official]
    assert len({repr(stage) for stage in stages}) == len(stages)


def test_a_title_names_all_paragraphs_of_its_document(tmp_path: Path) -> None:
    """The published split names documents: where one has several paragraphs, each of its records is test."""
    paragraphs = [{"context": f"Text {i}.", "qas": []} for i in range(3)]
    source = tmp_path / "source.json"
    documents = [{"title": "Held Out", "paragraphs": paragraphs}, {"title": "Other", "paragraphs": paragraphs}]
    source.write_bytes(orjson.dumps({"data": documents}))
    (tmp_path / "test_titles.json").write_bytes(orjson.dumps(["Held Out"]))
    records = read_squad([source]).with_row_index("row").select("row", "title", record="id", group="title")
    rows = records.with_columns(label=pl.lit("a"), found=pl.lit(True))
    made = split_from("official", source, BY, 7)(rows).collect()
    assert made.filter(pl.col("split") == "test")["title"].to_list() == ["Held Out"] * 3
