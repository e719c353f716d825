"""Facts about the ledger: every number and every life is read back from the build folder."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from curation.base.errors import BuildError
from curation.base.rows import VERDICT
from curation.demo import legal
from curation.ledger.build import Build
from curation.runner.folder import clean, verify


@pytest.fixture(scope="module")
def cleaned(demo_build: Build, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A copy of the demo build without its phases."""
    folder = tmp_path_factory.mktemp("cleaned") / "legal"
    shutil.copytree(demo_build.folder, folder)
    assert clean(folder) > 100_000
    return Build.open(folder)


def test_open_reads_what_build_returned(demo_build: Build) -> None:
    """A build opened from disk is equal to the one that the runner returned."""
    assert Build.open(demo_build.folder) == demo_build


def test_kept_is_the_dataset(demo_build: Build) -> None:
    """`kept` are the rows of the three splits, in order and without a verdict; over records, those that were shaped."""
    kept = demo_build.kept().select("row", "split").collect()
    assert kept["row"].is_sorted()
    assert Counter(kept["split"]) == {name: split.rows for name, split in demo_build.manifest.splits.items()}
    assert not set(VERDICT) & set(demo_build.kept().collect_schema())
    records = demo_build.kept("records").select("id", "group").collect()
    assert len(records) == demo_build.flow()[4].kept
    assert records.null_count().row(0) == (0, 0)


def test_rejected_counts_and_flow_agree(demo_build: Build) -> None:
    """The rejects by phase and reason are the books of that phase, and their sums are `counts`."""
    found = demo_build.rejected().frame.group_by("level", "phase", "reason").len().collect()
    assert {(level, phase, reason): n for level, phase, reason, n in found.iter_rows()} == {
        (phase.level, phase.name, reason): n for phase in demo_build.flow() for reason, n in phase.rejected.items()
    }
    assert demo_build.counts() == dict(
        sorted(demo_build.rejected().frame.collect()["reason"].value_counts().iter_rows())
    )
    for phase in demo_build.flow():
        assert phase.entered == phase.kept + sum(phase.rejected.values())
    assert [phase.name for phase in demo_build.flow()][:2] == ["read", "checks"]
    assert demo_build.phases("records") == ["checks", "duplicates", "families", "tokens"]


def test_life_of_a_kept_row(demo_build: Build) -> None:
    """A kept row went through shape and every phase over rows, and is told what each of them added."""
    row = demo_build.kept().select("id", "split", "tokens").head(1).collect().to_dicts()[0]
    life = [step for step in demo_build.life(row["id"]) if step["level"] == "rows"]
    assert [step["phase"] for step in life] == ["shape", *demo_build.phases("rows")]
    assert {step["id"] for step in life} == {row["id"]}
    assert all(step["reason"] is None for step in life)
    assert life[0]["messages"][0]["role"] == "system"
    assert "messages" not in life[1]
    assert life[-1]["split"] == row["split"]
    assert next(step for step in life if step["phase"] == "tokens")["tokens"] == row["tokens"]


def test_life_of_a_duplicate_contract(demo_build: Build) -> None:
    """The exact copy of a contract ends in the phase `duplicates`, which says what it repeats."""
    life = demo_build.life(legal.EXACT_COPY)
    assert [(step["level"], step["phase"]) for step in life] == [
        ("records", "read"),
        ("records", "checks"),
        ("records", "duplicates"),
    ]
    assert (life[-1]["reason"], life[-1]["other"]) == ("duplicate", legal.ORIGINAL)
    assert life[-1]["detail"] == f"repeats {legal.ORIGINAL}"


@pytest.mark.parametrize(
    ("title", "reason"), [(legal.BROKEN_SPAN, "span_mismatch"), (legal.LONG_SPAN, "span_too_long")]
)
def test_life_of_a_rejected_span(title: str, reason: str, demo_build: Build) -> None:
    """A span that cannot be quoted has a life of one step: shape, the reason, and the value that decided."""
    id = f"{title}__{legal.TRAP_CATEGORY[title]}#span0"
    (step,) = demo_build.life(id)
    assert (step["level"], step["phase"], step["reason"]) == ("rows", "shape", reason)
    assert step["record"] == title
    assert step["detail"]
    assert not step["messages"]
    found = demo_build.rejected().frame.filter(pl.col("id") == id).collect().to_dicts()
    assert [(row["reason"], row["detail"]) for row in found] == [(reason, step["detail"])]


def test_life_of_a_record_ends_with_its_rows(demo_build: Build) -> None:
    """The life of a record goes through every phase over records and then names the rows that were made of it."""
    record = demo_build.kept().select("record").head(1).collect().item()
    life = demo_build.life(record)
    assert [step["phase"] for step in life if step["level"] == "records"] == ["read", *demo_build.phases("records")]
    shaped = pl.read_parquet(demo_build.folder / "phases" / "rows.parquet", columns=["id", "record"])
    assert {step["id"] for step in life if step["level"] == "rows"} == set(shaped.filter(record=record)["id"])


def test_life_of_nobody(demo_build: Build) -> None:
    """An id that no record and no row has is an error that says the id and where ids are found."""
    with pytest.raises(BuildError, match=r"has the id 'Nobody'.*rejects\.parquet"):
        demo_build.life("Nobody")


def test_a_cleaned_build_is_still_proved(cleaned: Build, demo_build: Build) -> None:
    """Without its phases a build verifies, and its rejects, counts and flow are what they were."""
    verify(cleaned.folder, cleaned.manifest)
    assert not (cleaned.folder / "phases").exists()
    assert cleaned.rejected().frame.collect().equals(demo_build.rejected().frame.collect())
    assert cleaned.counts() == demo_build.counts()
    assert cleaned.flow() == demo_build.flow()
    assert clean(cleaned.folder) == 0


def test_a_cleaned_build_says_that_it_cannot_trace(cleaned: Build, demo_build: Build) -> None:
    """Asking a cleaned build for a life or for its rows is an error that says why and what to do."""
    for ask in (lambda: cleaned.life(legal.EXACT_COPY), lambda: cleaned.kept()):
        with pytest.raises(BuildError, match=r"were removed \(curate clean\).*Build it again"):
            ask()


def test_a_folder_that_is_no_build(demo_build: Build, tmp_path: Path) -> None:
    """A folder without a manifest is named, with the build beside it whose name is nearest."""
    with pytest.raises(BuildError, match=r"There is no build .*leagl\. Did you mean legal\?"):
        Build.open(demo_build.folder.with_name("leagl"))
    with pytest.raises(BuildError, match=r"There is no build .*nowhere/legal\. Make one"):
        Build.open(tmp_path / "nowhere" / "legal")
    with pytest.raises(BuildError, match=r"is not a build: it has no manifest\.json\. Make one"):
        Build.open(tmp_path)


@pytest.mark.parametrize(
    ("text", "where"),
    [(text, "the whole file") for text in ("", "[]", "\xff")] + [(text, "name") for text in ("{}", '{"name": 1}')],
)
def test_a_damaged_manifest(text: str, where: str, tmp_path: Path) -> None:
    """A manifest that cannot be read is an error that names the file and the field."""
    (tmp_path / "manifest.json").write_text(text, "latin-1")
    with pytest.raises(
        BuildError, match=f"manifest.json cannot be read at {where}: .*It is damaged, or of another version"
    ):
        Build.open(tmp_path)


def test_a_field_that_no_manifest_has(demo_build: Build, tmp_path: Path) -> None:
    """A manifest with a field too many, such as one of a later version, is not read by guessing."""
    text = (demo_build.folder / "manifest.json").read_text("utf8")
    (tmp_path / "manifest.json").write_text(text.replace('"format": 2', '"format": 2, "later": 2', 1), "utf8")
    with pytest.raises(BuildError, match="cannot be read at later: "):
        Build.open(tmp_path)
