"""Facts about stories: each tells the whole way of a record or row, with the value that decided, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from curation.base.errors import BuildError, UsageError
from curation.cli.app import main
from curation.demo import banking, legal
from curation.ledger.build import Build
from curation.recipes.loading import load, make
from curation.report.explain import Story, story
from curation.report.row_view import view
from curation.runner.build import build
from curation.runner.folder import clean

Demos = Callable[[str], Any]


@pytest.fixture(scope="session")
def bare(demo_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The legal demo without negatives: of a contract without answers nothing is drawn."""
    return build(make(load("legal"), demo_source, {"negatives": 0.0}), tmp_path_factory.mktemp("bare") / "legal")


@pytest.fixture(scope="session")
def strict(demos: Demos, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The banking demo for both tasks, conflicts rejected."""
    options = {"task": "both", "conflicting": "reject"}
    return build(make(load("banking"), demos("banking").source, options), tmp_path_factory.mktemp("strict") / "banking")


def said(told: Story, phase: str, level: str = "") -> str:
    """What the story says of a phase."""
    return " ".join(step.text for step in told.steps if step.phase == phase and step.level.startswith(level))


def phases(told: Story) -> list[tuple[str, str]]:
    return [(step.level, step.phase) for step in told.steps]


def record_of(made: Build, row: banking.Row, split: str) -> str:
    """The id of a demo query, by its place in the file."""
    number = banking.splits()[split].index(row) + 1
    read = pl.read_parquet(made.folder / "phases" / "records.parquet", columns=["id", "source"])
    place = f"{1 if split == 'train' else 2}#record {number},"
    return str(read.filter(pl.col("source").str.starts_with(place))["id"].item())


def test_a_kept_row(demo_build: Build) -> None:
    """A kept row: its contract and place, every phase, window, label, spans, tokens of the limit, split, family."""
    row = demo_build.kept().filter(pl.col("found"), pl.col("record") != legal.ORIGINAL).head(1).collect().to_dicts()[0]
    told = story(demo_build, row["id"])
    assert (told.id, told.asked, told.level) == (row["id"], row["id"], "row")
    assert told.fate == f"This row is kept in {row['split']}."
    names = [("records", name) for name in ("read", *demo_build.phases("records"))]
    assert phases(told) == [*names, *(("rows", name) for name in ("shape", *demo_build.phases("rows")))]
    assert re.match(r"Read from CUADv1\.json data\[\d+\]\.paragraphs\[0\]\. It has ", said(told, "read"))
    shape = said(told, "shape")
    assert shape.startswith(f"Made of the record {row['record']} (CUADv1.json {row['source']}).")
    assert f"It shows characters {row['start']:,}-{row['end']:,} of the record's text." in shape
    assert f"label '{row['label']}'" in shape
    assert f"Whole spans in the excerpt: {len(row['spans'])}; in part: {row['cut']}." in shape
    assert "A negative" not in shape
    checks = said(told, "checks", "rows")
    rules = (
        "bad_alternation, ends_on_user, empty_turn, nothing_learned, double_bos, control_token, tool_turn or ungrounded"
    )
    assert checks == f"Not rejected as {rules}. Every quote is in the excerpt."
    assert (
        f"{row['tokens']:,} of at most 2,048 tokens ({2048 - row['tokens']:,} to spare), "
        f"{row['trained_tokens']} of them with loss." in said(told, "tokens", "rows")
    )
    others = demo_build.kept().filter(pl.col("group") == row["group"]).collect()["split"]
    assert set(others) == {row["split"]}
    assert said(told, "split").startswith(f"Dealt to {row['split']} by Split(by=('label', 'found'), seed=7")
    assert f"The {len(others)} rows of its family in the dataset: all in {row['split']}" in said(told, "split")
    assert row["record"] in told.related
    assert row["id"] not in told.related


def test_a_duplicate_contract(demo_build: Build) -> None:
    """A copy ends where it was found out; the story names the contract it repeats, and what became of that one."""
    told = story(demo_build, legal.EXACT_COPY)
    assert told.level == "record"
    assert told.fate == (
        f"This record is rejected as duplicate in the phase duplicates of the records: repeats {legal.ORIGINAL}."
    )
    assert phases(told)[-1] == ("records", "duplicates")
    rows = demo_build.kept().filter(pl.col("record") == legal.ORIGINAL).collect()
    end = said(told, "duplicates")
    (split,) = set(rows["split"])
    assert end == (
        f"Rejected as duplicate: repeats {legal.ORIGINAL}. "
        f"{legal.ORIGINAL} is made into {len(rows)} rows of the dataset, all in {split}."
    )
    assert told.related == (legal.ORIGINAL,)


def test_a_family_member(demo_build: Build) -> None:
    """Its group, the members by name, the nearest with its similarity, the split of the family, and who repeats it."""
    records = demo_build.kept("records").select("id", "group", "near").collect()
    mine = records.filter(pl.col("id") == legal.ORIGINAL).to_dicts()[0]
    told = story(demo_build, legal.ORIGINAL)
    family = said(told, "families")
    nearest = mine["near"][0]
    assert nearest["id"] == legal.NEAR_COPY
    assert (
        f"Near {legal.NEAR_COPY} (jaccard {nearest['jaccard']:.3f}, containment {nearest['containment']:.3f})."
        in family
    )
    members = records.filter(pl.col("group") == mine["group"])["id"].to_list()
    assert f"In the family of {mine['group']}, {len(members)} records: {' and '.join(members)}." in family
    (split,) = set(demo_build.kept().filter(pl.col("group") == mine["group"]).collect()["split"])
    assert family.endswith(f"Its rows are all in {split}.")
    assert f"1 other rejected here for repeating it: {legal.EXACT_COPY}." in said(told, "duplicates")
    assert {legal.NEAR_COPY, legal.EXACT_COPY} <= set(told.related)
    rows = demo_build.kept().filter(pl.col("record") == legal.ORIGINAL).collect()
    assert told.fate == f"This record is made into {len(rows)} rows of the dataset, all in {split}."


def test_a_record_with_rejected_rows(demo_build: Build) -> None:
    """A contract of which rows fell: how many were made, by split and answer, and the rejected ones by reason."""
    told = story(demo_build, legal.CONTROL_TOKEN)
    rows = demo_build.kept().filter(pl.col("record") == legal.CONTROL_TOKEN).collect()
    fallen = demo_build.rejected().frame.filter(pl.col("record") == legal.CONTROL_TOKEN).collect()
    assert len(fallen) > 3
    (split,) = set(rows["split"])
    made = said(told, "shape")
    assert made.startswith(
        f"Made into {len(rows)} rows of the dataset, all in {split}; "
        f"{len(fallen)} more rejected (control_token {len(fallen)}). Rejected: "
    )
    assert f"{fallen['id'][0]} (control_token: <|eot_id|> in turn 2 (user))" in made
    assert made.endswith(f"and {len(fallen) - 3} more.")


def test_a_span_that_is_too_long(demo_build: Build) -> None:
    """A span without a row: where the source puts it, how many tokens it has, and how many would fit."""
    id = f"{legal.LONG_SPAN}__{legal.TRAP_CATEGORY[legal.LONG_SPAN]}#span0"
    told = story(demo_build, id)
    assert told.level == "row"
    found = re.fullmatch(
        r"This row is rejected as span_too_long in the phase shape of the rows: \d+ tokens at characters (\d+)-(\d+); "
        r"a window holds 1024, and window and answer together \d+\.",
        told.fate,
    )
    assert found
    assert f"Rejected as span_too_long: {told.fate.partition('the rows: ')[2]}" in said(told, "shape")
    start, end = map(int, found.groups())
    assert end - start > 9_000
    record = demo_build.kept("records").filter(pl.col("id") == legal.LONG_SPAN).collect().to_dicts()[0]
    asked = (one for one in record["questions"] if one["category"] == legal.TRAP_CATEGORY[legal.LONG_SPAN])
    (span,) = (span for one in asked for span in one["spans"])
    assert record["context"][start:end] == span["text"].strip()
    assert told.related == (legal.LONG_SPAN,)


def test_a_negative(demo_build: Build) -> None:
    """A row without an answer was drawn among the free windows of its label, and the story says among how many."""
    row = demo_build.kept().filter(~pl.col("found")).head(1).collect().to_dicts()[0]
    told = story(demo_build, row["id"])
    free = row["free_windows"]
    assert "A negative: the excerpt holds no span. " in said(told, "shape")
    assert f"Free windows of its label in the whole corpus: {free:,}." in said(told, "shape")
    assert "Whole spans" not in said(told, "shape")
    assert told.fate == f"This row is kept in {row['split']}."


def test_a_record_of_which_nothing_is_drawn(bare: Build) -> None:
    """A contract without answers, no negatives asked for: made into no row, and why; its row of the ledger agrees."""
    told = story(bare, legal.UNANSWERED)
    why = "no window with an answer, and none drawn as a negative"
    assert told.fate == f"This record is made into no row of the dataset (not_drawn 1: {why})."
    assert f"{legal.UNANSWERED}#not_drawn (not_drawn: {why})" in said(told, "shape")
    assert "No row of it is in the dataset." in said(told, "families")
    row = story(bare, f"{legal.UNANSWERED}#not_drawn")
    assert row.level == "row"
    assert row.fate == f"This row is rejected as not_drawn in the phase shape of the rows: {why}."


def test_a_query_that_repeats_the_test_set(demos: Demos) -> None:
    """It names the test query, how near the two are, that this one is kept in test; which in turn names it."""
    made = demos("banking").build
    ours, theirs = (
        record_of(made, row, split) for row, split in zip(banking.NEAR_IN_TEST[0], ("train", "test"), strict=True)
    )
    told = story(made, ours)
    end = said(told, "published")
    assert re.match(rf"Rejected as repeats_test: repeats {theirs} \(Jaccard 0\.\d+\)\. {theirs} is kept in test\.", end)
    assert told.related == (theirs,)
    other = story(made, theirs)
    assert (other.level, other.fate) == ("record and row", "This row is kept in test.")
    assert f"1 other rejected here for repeating it: {ours}." in said(other, "published")
    assert other.related == (ours,)


def test_a_label_conflict(demos: Demos, strict: Build) -> None:
    """Near-identical queries under two labels: told where both are kept; where rejected, with the other's fate."""
    one, two = banking.TWO_LABELS[0]
    made = demos("banking").build
    ids = [record_of(made, row, "train") for row in (one, two)]
    told = story(made, ids[0])
    assert f"Near others under another label: {ids[1]} is '{two.category}' (jaccard 1.000)." in said(told, "published")
    assert told.fate.startswith("This row is kept in ")
    fallen = story(strict, ids[0])
    end = said(fallen, "published")
    assert end.startswith(f"Rejected as label_conflict: near {ids[1]}, which is {two.category} (Jaccard 1.0).")
    assert f"{ids[1]} is rejected as label_conflict in the phase published of the records" in end
    assert ids[1] in fallen.related


def test_a_record_with_two_tasks(strict: Build) -> None:
    """Where a record gives several rows, it says how many and where they are; a row says which record it is of."""
    query = next(row for row in banking.splits()["test"] if row.text.isascii())
    id = record_of(strict, query, "test")
    told = story(strict, id)
    assert told.level == "record"
    assert told.fate == "This record is made into 2 rows of the dataset, all in test."
    assert {f"{id}#reply", f"{id}#intent"} <= set(told.related)
    row = story(strict, f"{id}#intent")
    assert (row.level, row.fate) == ("row", "This row is kept in test.")
    assert "task 'intent'" in said(row, "shape")


def test_a_text_in_another_language(demos: Demos) -> None:
    """An English question in the Bengali corpus: what language was found, which was expected, what held before."""
    made = demos("bengali").build
    fallen = made.rejected().frame.filter(pl.col("reason") == "wrong_language").collect().to_dicts()
    assert Counter(row["detail"] for row in fallen)["en, expected bn"] >= 1
    row = next(row for row in fallen if row["detail"] == "en, expected bn")
    told = story(made, row["id"])
    assert (
        told.fate == "This record is rejected as wrong_language in the phase language of the records: en, expected bn."
    )
    assert "Not rejected as no_question, no_answer, too_short or too_many_characters." in said(told, "checks")
    assert re.search(r"It has question_language '\w+' and language '\w+'", said(told, "language"))
    assert phases(told)[-1] == ("records", "language")


def test_every_id_has_a_story(demo_build: Build, demos: Demos) -> None:
    """Of each kind of end one record and one row: the story ends as the ledger says, in every demo."""
    for made in (demo_build, *(demos(name).build for name in ("banking", "bengali", "finetome", "mix"))):
        fallen = made.rejected().frame.unique(["level", "reason"], keep="first", maintain_order=True).collect()
        for level, id, reason, phase in fallen.select("level", "id", "reason", "phase").iter_rows():
            told = story(made, id)
            assert told.fate.startswith(
                f"This {level[:-1]} is rejected as {reason} in the phase {phase} of the {level}: "
            )
            assert told.steps[-1].phase == phase
        for split in made.manifest.splits:
            row = made.kept().filter(pl.col("split") == split).head(1).collect()["id"][0]
            told = story(made, row)
            assert told.fate == f"This row is kept in {split}."
            assert all(step.text for step in told.steps)


def test_a_split_that_came_with_the_record(demos: Demos) -> None:
    """In a mix a record came with its split; what is left over names its share and the token that it would be."""
    made = demos("mix").build
    row = made.kept().head(1).collect().to_dicts()[0]
    told = story(made, row["id"])
    assert f"It came with its split, {row['split']}." in said(told, "read")
    left = made.rejected().frame.filter(pl.col("reason") == "over_share").head(1).collect()["id"][0]
    assert re.search(r"over_share: token \d+ of the part, its share is \d+\.", said(story(made, left), "shares"))


def test_a_family_that_straddles(demo_source: Path, tmp_path: Path) -> None:
    """Where a published split puts a family on two sides, its members say so, with the rows on each side."""
    (tmp_path / "titles.json").write_text(json.dumps([legal.NEAR_COPY]))
    options = {"split": str(tmp_path / "titles.json")}
    made = build(make(load("legal"), demo_source, options), tmp_path / "legal")
    rows = made.kept().filter(pl.col("group") == legal.ORIGINAL).collect()
    sizes = dict(rows.group_by("split").len().iter_rows())
    assert "test" in sizes
    assert len(sizes) == 2
    family = said(story(made, legal.NEAR_COPY), "families")
    assert family.endswith(". The published split leaks here.")
    for split, n in sizes.items():
        assert f"{n} in {split}" in family
    row = made.kept().filter(pl.col("record") == legal.NEAR_COPY).head(1).collect()["id"][0]
    assert re.match(r"Dealt to test by OfficialSplit\(1 test titles", said(story(made, row), "split"))


def test_a_part_of_an_id(demo_build: Build) -> None:
    """A part that one record has is enough, though all its rows have it too; the story says what was asked."""
    told = story(demo_build, "ostrelmills")
    assert (told.id, told.asked, told.level) == (legal.NEAR_COPY, "ostrelmills", "record")
    with pytest.raises(
        UsageError, match=rf"'Brindle' is a part of \d+ ids of legal, first '{re.escape(legal.ORIGINAL)}'"
    ):
        story(demo_build, "Brindle")
    with pytest.raises(UsageError, match=f"has the id .*Did you mean {re.escape(legal.LARGEST)}"):
        story(demo_build, legal.LARGEST.replace("Tide", "Tied"))
    with pytest.raises(UsageError, match=r"No record or row of legal has the id 'zzz'\. Ids stand in"):
        story(demo_build, "zzz")


def test_ids_that_hold_one_another(tmp_path: Path) -> None:
    """`repeats fact 10` is about fact 10, not fact 1, and an id with what may follow one in a reason is found whole."""
    text = (Path(__file__).parents[1] / "golden" / "tiny.py").read_text("utf8")
    ids = [
        "fact 1",
        "fact 10",
        "fact 10 (Jaccard 1.0)",
        "fact 100",
        "fact 7",
        "fact 5",
        "fact 6",
        "fact 1: told b",
        "fact 9",
    ]
    text = text.replace('[f"fact {i}" for i in range(len(TEXTS))]', repr(ids))
    text = text.replace('"a fathom is  six feet."', '"the moon has  no rain."').replace(
        '    "",\n', '    "Owls are deaf.",\n'
    )
    (tmp_path / "mine.py").write_text(text, "utf8")
    made = build(make(load(str(tmp_path / "mine.py")), tmp_path, {}), tmp_path / "out")
    told = story(made, "fact 7")
    assert said(told, "duplicates").startswith(
        "Rejected as duplicate: repeats fact 100. fact 100 is made into 1 row of the dataset, all in "
    )
    assert said(story(made, "fact 10"), "duplicates") == "Not rejected as duplicate."
    assert "1 other rejected here for repeating it: fact 7." in said(story(made, "fact 100"), "duplicates")
    assert view(made, "fact 1: told").id == "fact 1: told"
    with pytest.raises(
        UsageError, match="'fact 1: tol' is a part of 2 ids of out, first 'fact 1: told'; 'fact 1: told b"
    ):
        view(made, "fact 1: tol")


def test_a_cleaned_build(demo_build: Build, tmp_path: Path) -> None:
    """Without its phases a build has no stories to tell, and says why and what to do."""
    shutil.copytree(demo_build.folder, tmp_path / "legal")
    clean(tmp_path / "legal")
    with pytest.raises(BuildError, match=r"were removed \(curate clean\).*Build it again"):
        story(Build.open(tmp_path / "legal"), legal.ORIGINAL)


def test_explain_on_the_command_line(demo_build: Build, capsys: pytest.CaptureFixture[str]) -> None:
    """A line a phase; JSON is the story; a wrong id is one line and exit code 2."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["explain", str(demo_build.folder), *arguments])
        return (int(ended.value.code or 0), *capsys.readouterr())

    code, out, err = run("OstrelMills")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == [legal.NEAR_COPY, "the only record that 'OstrelMills' fits"]
    assert [line.split()[:2] for line in lines if line.startswith("records ")] == [
        ["records", name] for name in ("read", *demo_build.phases("records"))
    ]
    code, out, err = run(legal.EXACT_COPY, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert set(told) == {"id", "asked", "level", "fate", "steps", "related"}
    assert told["steps"][-1]["names"] == [legal.ORIGINAL]
    code, out, err = run("nobody")
    assert (code, out) == (2, "")
    assert err.startswith("error: No record or row of legal has the id 'nobody'")


def test_hostile_ids_and_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What an id or a reason holds reaches a terminal by name: escapes, marks of direction, markup."""
    text = (Path(__file__).parents[1] / "golden" / "tiny.py").read_text("utf8")
    text = text.replace('f"fact {i}"', 'f"fact {i} \\x1b[31m\\u202e[red]"').replace(
        'pl.lit("no text")', 'pl.lit("\\x1b]0;x\\x07 \\x9b")'
    )
    (tmp_path / "mine.py").write_text(text, "utf8")
    build(make(load(str(tmp_path / "mine.py")), tmp_path, {}), tmp_path / "out")
    for arguments in (["fact 2"], ["fact 4"], ["fact 2", "--json"], ["fact"], ["fact 9"]):
        with pytest.raises(SystemExit):
            main(["explain", str(tmp_path / "out"), *arguments])
        printed = "".join(capsys.readouterr())
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", printed), arguments
        assert "[red]" in printed or arguments == ["fact 9"]
