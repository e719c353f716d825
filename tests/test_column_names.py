"""Facts about the names of columns: a name is a name, also where Polars would take it for a pattern, or we use it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from books import check_books
from commands import Curate

from curation.base.columns import column
from curation.ledger.build import Build
from curation.readers.table import read_table

ROWS = [
    (
        f"How does one get to {town} by line {n}?",
        f"Take line {n} to {town}, it leaves at the {town} gate.",
        "abc"[n % 3],
    )
    for n, town in enumerate(
        ["Aron", "Brugis", "Chue", "Davag", "Elm", "Frot", "Gint", "Hux", "Ilo", "Jant", "Kelm", "Lox"]
    )
]
NAMES = (
    *(("^q.*$", "*", "^l$"), ("*", "^.*$", "topic"), ("messages", "ids", "^$"), ("row", "id", "reason")),
    *(("q" * 5_000, "a'\"\\x", "l\tm"), ("line 1\nline 2", "{0}", "%s"), ("content", "near", "[red]x[/red]")),
)


def written(file: Path, names: tuple[str, ...]) -> Path:
    """The rows under these names, in the format of the file's suffix."""
    if file.suffix in (".csv", ".tsv"):
        with file.open("w", newline="", encoding="utf8") as stream:
            csv.writer(stream, delimiter="\t" if file.suffix == ".tsv" else ",").writerows([names, *ROWS])
    elif file.suffix == ".xlsx":
        with xlsxwriter.Workbook(file) as book:
            sheet = book.add_worksheet()
            for n, row in enumerate([names, *ROWS]):
                sheet.write_row(n, 0, row)
    elif file.suffix == ".parquet":
        pq.write_table(pa.table(dict(zip(names, zip(*ROWS, strict=True), strict=True))), file)
    else:
        file.write_text("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in ROWS), "utf8")
    return file


@pytest.mark.parametrize("suffix", ["csv", "tsv", "xlsx", "parquet", "jsonl"])
@pytest.mark.parametrize("names", NAMES, ids=lambda names: names[0][:8])
def test_names_of_columns_are_names(names: tuple[str, ...], suffix: str, tmp_path: Path) -> None:
    """Each column of a table is read under its own name, and can be asked for by it, alone and with others."""
    records = read_table([written(tmp_path / f"t.{suffix}", names)], names)
    free = [
        name
        for name in records.collect_schema()
        if name not in ("id", "source", "file", "given", "reason", "detail", "other")
    ]
    assert [name.rstrip("_") for name in free] == [name.strip() for name in names]
    assert records.select(map(column, free)).collect().rows() == ROWS
    assert records.select(found=column(free[1])).collect()["found"].to_list() == [row[1] for row in ROWS]


def test_pl_col_would_take_them_for_patterns() -> None:
    """Why `column` is there: of these names `pl.col` gives other columns, or none."""
    frame = pl.DataFrame({"*": [1], "^q.*$": [2], "q1": [3]})
    assert frame.select(pl.col("*")).columns == frame.columns
    assert frame.select(pl.col("^q.*$")).columns == ["q1"]
    assert frame.select(column("*"), column("^q.*$")).row(0) == (1, 2)


@pytest.mark.parametrize(("names", "suffix"), [(NAMES[0], "csv"), (NAMES[2], "jsonl")], ids=["csv", "jsonl"])
def test_a_recipe_for_such_names(
    names: tuple[str, ...], suffix: str, curate: Curate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From `init` to `report` a file with such names goes the way of any other; nothing is lost."""
    monkeypatch.chdir(tmp_path)
    file = written(tmp_path / f"t.{suffix}", names)
    for words in (("init", file, "--out", "mine.py"), ("build", "./mine.py", "--out", "made")):
        assert curate(*words).code == 0
    build = Build.open("made")
    check_books(build)
    record = build.kept("records").select("id").head(1).collect().item()
    told = (
        ("explain", "made", record),
        ("inspect", "made"),
        ("report", "made", "--out", "page"),
        ("diff", "made", "made"),
    )
    for words in told:
        assert curate(*words).code == 0, words
    assert curate("validate", tmp_path / "made" / "train.jsonl").code == 0
