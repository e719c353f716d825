"""Facts about tables/<name>.csv: a spreadsheet computes nothing in it, and what is read back is what was written."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.export import tables


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=HYPERLINK(A1)", "'=1"])
def test_a_text_that_would_be_computed(text: str, tmp_path: Path) -> None:
    """It stands behind an apostrophe in cells and heads, and is read back as it was."""
    table = pl.DataFrame({text: ["plain", text], "kind": pl.Series([text, "b"], dtype=pl.Categorical)})
    tables.write(table, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="", encoding="utf8") as file:
        assert list(csv.reader(file)) == [[f"'{text}", "kind"], ["plain", f"'{text}"], [f"'{text}", "b"]]
    assert tables.read(tmp_path / "a.csv").rows() == [("plain", text), (text, "b")]
    assert tables.read(tmp_path / "a.csv").columns == [text, "kind"]


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    """A negative number is one, not a text."""
    tables.write(pl.DataFrame({"n": [-1, 2], "share": [-0.5, None], "yes": [True, False]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "n,share,yes\n-1,-0.5,true\n2,,false\n"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(alphabet="'=+-@\t\r\n a", min_size=1, max_size=5), min_size=1, max_size=5))
def test_what_is_read_is_what_was_written(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Whatever the texts, apostrophes included, and no cell begins with what is computed."""
    file = tmp_path_factory.mktemp("tables") / "a.csv"
    tables.write(pl.DataFrame({"text": texts}), file)
    assert tables.read(file)["text"].to_list() == texts
    with file.open(newline="", encoding="utf8") as stream:
        assert not any(row[0].startswith(tuple("=+-@\t\r\n")) for row in csv.reader(stream))
