"""Facts about reading tables: cells as they are, positions, ids, and the errors of a broken table."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from curation.base.columns import RESERVED
from curation.base.errors import InputError
from curation.readers import batches, malformed, parquet, spreadsheet
from curation.readers.delimited import tidy
from curation.readers.table import read_table

Rows = list[dict[str, Any]]


def file(folder: Path, content: str | bytes, name: str = "train.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(*paths: Path, columns: Sequence[str] = ("text", "label")) -> Rows:
    return read_table(paths, columns).collect().to_dicts()


def texts(records: Rows) -> list[tuple[Any, Any]]:
    return [(record["text"], record["label"]) for record in records]


def error_of(path: Path, columns: Sequence[str] = ("text", "label"), encoding: str = "utf-8") -> InputError:
    with pytest.raises(InputError) as caught:
        read_table([path], columns, encoding).collect()
    assert str(path) in caught.value.fact
    return caught.value


def test_a_record_is_a_line_of_the_table(tmp_path: Path) -> None:
    """Every column comes as text under its name, with the file's name, the position, and no verdict."""
    path = file(tmp_path, "text,label,n\nHow?,card,1\n")
    frame = read_table([path], ["text"]).collect()
    assert frame.schema == dict.fromkeys(
        ("id", "source", "file", "given", "text", "label", "n", "reason", "detail", "other"), pl.String()
    )
    (record,) = frame.to_dicts()
    assert record.pop("id") == "44b6fb5de06f8363"
    assert record == {
        "source": "record 1, line 2",
        "file": "train",
        "given": None,
        "text": "How?",
        "label": "card",
        "n": "1",
        "reason": None,
        "detail": None,
        "other": None,
    }


def test_cells_are_what_csv_gives(tmp_path: Path) -> None:
    """Nothing is trimmed, an empty cell is the empty text, quotes inside an unquoted cell are letters."""
    content = 'text,label\r\n"  a, ""b""\r\nc ", x \r\n,\r\n5" wide,NA\r\n""," "\r\n'
    assert texts(read(file(tmp_path, content))) == [
        ('  a, "b"\r\nc ', " x "),
        ("", ""),
        ('5" wide', "NA"),
        ("", " "),
    ]


def test_positions_count_records_and_lines(tmp_path: Path) -> None:
    """A record's line is where it starts; line ends in quotes and wholly empty lines count as lines, not as records."""
    path = file(tmp_path, '\ntext,label\n\n"a\nb",x\n\n\nc,y\r\nd,"\r\n"\re,z')
    assert [record["source"] for record in read(path)] == [
        "record 1, line 4",
        "record 2, line 8",
        "record 3, line 9",
        "record 4, line 11",
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_header_decides_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    """The delimiter is the one that splits the header, quotes respected; others are letters."""
    header = delimiter.join(["text", '"label,;\t|"'])
    (record,) = read(file(tmp_path, f'{header}\n"a,;\t|b"{delimiter}c\n'), columns=["text"])
    assert (record["text"], record["label,;\t|"]) == ("a,;\t|b", "c")


def test_wanted_columns_settle_the_delimiter(tmp_path: Path) -> None:
    """Where several delimiters split the header, the one that gives the wanted columns is right."""
    path = file(tmp_path, "text;a,b,c\n1,5;2\n")
    assert read(path, columns=["text", "a,b,c"])[0]["text"] == "1,5"


@pytest.mark.parametrize("name", ["t.tsv", "t.TAB", "t.csv", "t .CSV", " t.Tsv "])
def test_tabs_and_names_of_files(tmp_path: Path, name: str) -> None:
    """The suffix is known in any case, and the stem is stripped; one column needs no delimiter."""
    (record,) = read(file(tmp_path, "text\na b\n", name), columns=["text"])
    assert (record["text"], record["file"]) == ("a b", "t")


def test_packed_text_is_read(tmp_path: Path) -> None:
    """.gz and .zst, gzip in several members too, give the same records as the plain file, but for the name."""
    content = b'text,label\n"a\nb",x\nc,y\n'
    plain = read(file(tmp_path, content))
    two = gzip.compress(content[:15]) + gzip.compress(content[15:])
    zst = pa.Codec("zstd").compress(content).to_pybytes()
    for path in (file(tmp_path, two, "train.csv.gz"), file(tmp_path, zst, "train.CSV .zst")):
        records = read(path)
        assert [record["source"].replace(path.name, "train.csv") for record in records] == [r["source"] for r in plain]
        assert [record["id"] for record in records] == [record["id"] for record in plain]
    assert "cannot be read" in error_of(file(tmp_path, two[:-9], "cut.csv.gz")).fact
    assert "cannot be read" in error_of(file(tmp_path, content, "no.csv.gz")).fact


def test_ids_stay(tmp_path: Path) -> None:
    """An id is of the record's cells: it stays when records come, go or change places, and copies are numbered."""
    before = read(file(tmp_path, "text,label\na,x\nb,y\na,x\na,x\n"))
    after = read(file(tmp_path, "text,label\nb,y\nnew,z\na,x\n"))
    ids = [record["id"] for record in before]
    assert ids[2:] == [f"{ids[0]}#2", f"{ids[0]}#3"]
    assert [record["id"] for record in after][::2] == [ids[1], ids[0]]


def test_other_cells_are_other_ids(tmp_path: Path) -> None:
    """Texts that could run together, an empty cell and a null one do not share an id."""
    path = tmp_path / "x.parquet"
    cells = [("ab", ""), ("a", "b"), ("", "ab"), (None, "ab"), ('a","b', ""), ("null", "ab"), ("a,b", None)]
    pl.DataFrame(cells, schema=["text", "label"], orient="row").write_parquet(path)
    ids = [record["id"] for record in read(path)]
    assert len(set(ids)) == len(cells)
    assert not any("#" in id for id in ids)


def test_files_come_in_order_with_all_their_columns(tmp_path: Path) -> None:
    """Records come by file, then by place; a column that a file does not have is null there."""
    one, two = file(tmp_path, "text,label,b\n1,x,2\n", "z.csv"), file(tmp_path, "c,label,text\n3,x,1\n", "a.csv")
    records = read(one, two, one)
    assert [(r["file"], r["text"], r["b"], r["c"]) for r in records] == [
        ("z", "1", "2", None),
        ("a", "1", None, "3"),
        ("z", "1", "2", None),
    ]
    assert records[2]["id"] == f"{records[0]['id']}#2"
    assert [r["source"] for r in records] == [f"{n}#record 1, line 2" for n in (1, 2, 3)]


def test_ragged_records_are_rejected(tmp_path: Path) -> None:
    """Too few or too many cells: rejected with both numbers and how it begins, the cells it has in their places."""
    path = file(tmp_path, f"text,label\na,x\nb\nc,y,z\n{'d' * 99}\n   \n")
    records = read(path)
    assert texts(records) == [("a", "x"), ("b", None), ("c", "y"), ("d" * 99, None), ("   ", None)]
    assert [record["reason"] for record in records] == [None, *["bad_record"] * 4]
    assert [record["detail"] for record in records] == [
        None,
        "1 cell, the header has 2: 'b'",
        "3 cells, the header has 2: 'c, y, z'",
        f"1 cell, the header has 2: '{'d' * 60}'",
        "1 cell, the header has 2: '   '",
    ]
    assert records[4]["source"] == "record 5, line 6"


def test_names_are_tidy(tmp_path: Path) -> None:
    """Whitespace and byte-order marks fall from the edges of a name; a column without one is called by its place."""
    path = file(tmp_path, '\ufeff" text ",\ufeff\tlabel\u00a0,,\nb,c,d,e\n')
    frame = read_table([path], ["text", "label"]).collect()
    assert frame.columns[4:-3] == ["text", "label", "column 3", "column 4"]


def test_our_own_names_are_kept_free(tmp_path: Path) -> None:
    """A file's own column with the name of one of ours gets an underscore, or two where that is taken."""
    path = file(tmp_path, f"{','.join(RESERVED)},id_\n{','.join(RESERVED)},other\n")
    (record,) = read(path, columns=["id", "id_"])
    assert record["source"] == "record 1, line 2"
    assert record["reason"] is None
    assert record["id_"] == "other"
    assert record["id__"] == "id"
    assert {record[f"{name}_"] for name in RESERVED if name != "id"} == {*RESERVED} - {"id"}


@pytest.mark.parametrize(
    ("header", "wanted", "found"),
    [
        (",text,label", ["text"], ["column 1", "text", "label"]),
        (";text", ["text"], ["column 1", "text"]),
        ("text,label,,", [], ["text", "label", "column 3", "column 4"]),
        ("text\t", ["text"], ["text"]),
        ('"a,b";c', [], ["a,b", "c"]),
    ],
)
def test_headers_with_blanks(tmp_path: Path, header: str, wanted: list[str], found: list[str]) -> None:
    """Blank names, as of an index column or of commas at the end, do not make another delimiter the better one."""
    assert read_table([file(tmp_path, header + "\n")], wanted).collect_schema().names()[4:-3] == found


def test_a_header_alone_is_no_records(tmp_path: Path) -> None:
    """A table without records has its columns; no files at all have those that were asked for."""
    for frame in (read_table([file(tmp_path, "text,label\n\n")], ["text"]), read_table([], ["text", "id"])):
        assert frame.collect().height == 0
        assert "text" in frame.collect_schema()
    assert "id_" in frame.collect_schema()


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_query_over_batches(tmp_path: Path, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a query is pushed down and however often it is asked, it gives what it gives over the whole frame."""
    path = file(tmp_path, "text,label\n" + "".join(f"{n % 7},x{n}\n" for n in range(50)))
    whole = read_table([path, path], ["text"]).collect().head(50)
    monkeypatch.setattr(batches, "ROWS", 4)
    frame = read_table([path, path], ["text"])
    assert frame.head(50).collect(engine=engine).equals(whole)
    assert frame.collect(engine=engine)["id"].is_duplicated().sum() == 0
    for query in (
        lambda f: f.head(3),
        lambda f: f.head(9).filter(pl.col("text") == "1").select("label"),
        lambda f: f.filter(pl.col("text") == "1").head(2),
        lambda f: f.head(50).select("label", "id").tail(3),
        lambda f: f.slice(5, 8).with_row_index("row"),
        lambda f: f.head(50).select(pl.len()),
    ):
        assert query(frame).collect(engine=engine).equals(query(whole.lazy()).collect())


def test_a_batch_ends_by_rows_or_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is full at ROWS items or CHARACTERS in them, whichever is first; the last holds the rest."""
    monkeypatch.setattr(batches, "ROWS", 3)
    monkeypatch.setattr(batches, "CHARACTERS", 10)
    sizes = [1, 1, 1, 1, 20, 5, 4, 1, 1]
    assert list(batches.batches(sizes, lambda n: n)) == [[1, 1, 1], [1, 20], [5, 4, 1], [1]]
    assert list(batches.batches([], len)) == []


def test_an_error_in_the_middle_stays_itself(tmp_path: Path) -> None:
    """What is found while records are streamed comes out of a query as the InputError it is."""
    path = file(tmp_path, b"text,label\n" + b"a,b\n" * 30_000 + b"c,\xff")
    frame = read_table([path], ["text"])
    for run in (frame.collect, lambda: frame.sink_parquet(tmp_path / "out.parquet")):
        with pytest.raises(InputError, match=r"line 30,002\) is not UTF-8"):
            run()


def test_columns_that_are_missing(tmp_path: Path) -> None:
    """A missing column is named, with those that are there and the nearest of them."""
    error = error_of(file(tmp_path, "txt,Label\n"), columns=["Label", "text"])
    assert error.fact.endswith("has the columns 'txt', 'Label', and no 'text'")
    assert error.hint.endswith("Did you mean txt?")


def test_columns_with_one_name(tmp_path: Path) -> None:
    """Two columns that are called the same once tidy: both places are named."""
    assert "two columns 'text', 1 and 3" in error_of(file(tmp_path, "text,label, text \n1,2,3\n")).fact


@pytest.mark.parametrize("content", ["", "\n\r\n\n", b"\xef\xbb\xbf"])
def test_files_without_a_header(tmp_path: Path, content: str | bytes) -> None:
    """A file with no line that holds anything is empty."""
    assert error_of(file(tmp_path, content)).fact.endswith("is empty")


def test_another_encoding_is_named(tmp_path: Path) -> None:
    """Bytes that are not UTF-8: the first one, its offset and line, and what would decode the file."""
    good = "text,label\r\n" + "naïve,x\r\n" * 200_000
    path = file(tmp_path, good.encode() + "café,\u201cy\u201d\r\n".encode("cp1252"))
    error = error_of(path)
    assert f"the byte 0xe9 at offset {len(good.encode()) + 3:,} (line 200,002) is not UTF-8" in error.fact
    assert error.hint.startswith("cp1252 and latin-1 would decode the file: if one is right, give --encoding cp1252")
    path.write_bytes("text,label\ncafé,\u201cy\u201d\n".encode("cp1252"))
    assert texts(read_table([path], ["text"], "cp1252").collect().to_dicts()) == [("café", "\u201cy\u201d")]
    path.write_bytes(b"text,label\n\xe9\x81,x\n")
    assert error_of(path).hint.startswith("latin-1 would")
    assert "the byte 0x81 at offset 12 (line 2) is not CP1252" in error_of(path, encoding="cp1252").fact


def test_a_text_that_ends_in_the_middle_of_a_letter(tmp_path: Path) -> None:
    """The last bytes of a truncated file are reported like others that do not decode; the mark counts as bytes."""
    content = "text,label\na,আ".encode()[:-1]
    assert "0xe0a6 at offset 13 (line 2)" in error_of(file(tmp_path, content)).fact
    assert "0xe0a6 at offset 16 (line 2)" in error_of(file(tmp_path, b"\xef\xbb\xbf" + content)).fact


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_are_believed(tmp_path: Path, encoding: str) -> None:
    """A file that begins with a byte-order mark is decoded by it, without being asked."""
    path = file(tmp_path, "text,label\r\n\u0985\r\u20ac,\U0001f37a\r\n".encode(encoding))
    assert texts(read(path))[-1] == ("\u20ac", "\U0001f37a")
    assert texts(read_table([path], ["text"], "cp1252").collect().to_dicts()) == texts(read(path))


def test_utf_16_without_its_mark(tmp_path: Path) -> None:
    """UTF-16 without a byte-order mark is recognised by its zero bytes, and read where the encoding is given."""
    plain, accented = "text,label\na,b\n", "text,label\né\u0985,b\n"
    assert "utf-16-le" in error_of(file(tmp_path, plain.encode("utf-16-le"))).hint
    path = file(tmp_path, accented.encode("utf-16-be"))
    assert "give --encoding utf-16-be" in error_of(path).hint
    assert "utf-16-be" in error_of(path, encoding="utf-16").hint
    assert texts(read_table([path], ["text"], "utf-16-be").collect().to_dicts()) == [("é\u0985", "b")]


@pytest.mark.parametrize("encoding", ["utf-9", "rot13", "", "latin-one"])
def test_encodings_that_are_none(tmp_path: Path, encoding: str) -> None:
    """A name that is no text encoding is reported, with common ones."""
    path = file(tmp_path, "text,label\n")
    with pytest.raises(InputError, match="no text encoding") as caught:
        read_table([path], ["text"], encoding)
    assert repr(encoding) in caught.value.fact
    assert ("Did you mean latin-1?" in caught.value.hint) == (encoding == "latin-one")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('text,"label\na,b\n', "line 1: a quote does not close"),
        ('"text"x,label\na,b\n', "line 1: text after a closing quote"),
    ],
)
def test_a_malformed_header(tmp_path: Path, content: str, expected: str) -> None:
    """Without a header there are no columns: the line where it starts, and what is wrong with its quotes."""
    assert f"the record that starts on {expected}" in error_of(file(tmp_path, content)).fact


@pytest.mark.parametrize(
    ("bad", "lost", "problem"),
    [
        ('c,"d', 1, "a quote does not close"),
        ('"c, with "quotes" in it",d', 1, "text after a closing quote"),
        ('"c\nc"c,d', 2, "text after a closing quote"),
        (r'"c \"c\"",d', 1, "a quote is escaped by a backslash"),
        ('"c\ne, f\n' + r'g \"h\"",d', 3, "a quote is escaped by a backslash"),
    ],
)
def test_a_malformed_record_costs_itself(tmp_path: Path, bad: str, lost: int, problem: str) -> None:
    """One reject with its line, its text and the reason; the records around it are read as if it were not there."""
    good = ["a,b", 'e,"f, ""g"""', "h,i"]
    content = "\n".join(["text,label", good[0], bad, *good[1:]]) + "\n"
    records = read(file(tmp_path, content))
    whole = [record for record in records if record["reason"] is None]
    assert texts(whole) == [("a", "b"), ("e", 'f, "g"'), ("h", "i")]
    rejected = [record for record in records if record["reason"]]
    assert {record["reason"] for record in rejected} == {"bad_record"}
    assert rejected[0]["source"] == "record 2, line 3"
    assert problem in rejected[0]["detail"]
    assert str(rejected[0]["text"]).splitlines() == bad.splitlines()[:lost]


@given(
    rows=st.lists(st.lists(st.text('ab,\n\r" ', max_size=6), min_size=2, max_size=2), min_size=1, max_size=9),
    at=st.integers(0, 8),
    bad=st.sampled_from(['x,"y', '"x"y,z', r'"\"x\"",y', '"x']),
)
def test_records_around_a_malformed_one(rows: list[list[str]], at: int, bad: str) -> None:
    """Whatever surrounds it, a malformed record on a line of its own never takes one of the records above it."""
    above, below = rows[: at % len(rows)], rows[at % len(rows) :]
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(above)
    stream.write(f"{bad}\n")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(below)
    stream.seek(0)
    found = list(malformed.raw_records(stream, ",", 2))
    assert [list(raw.cells) for raw in found[: len(above)]] == above
    assert [raw.line for raw in found] == sorted({raw.line for raw in found})


def test_a_quote_cannot_swallow_a_file(tmp_path: Path) -> None:
    """A cell longer than any text is malformed, and the lines below it are read; a long text is read."""
    csv.field_size_limit(131_072)
    (record,) = read(file(tmp_path, f'text,label\n"{"x" * 200_000}",y\n'))
    assert len(record["text"]) == 200_000
    path = file(tmp_path, 'text,label\na,b\nc,"d\n' + "e,f\n" * (malformed.LONGEST // 4) + '"\n')
    frame = read_table([path], ("text", "label")).select("text", "detail").head(3).collect()
    assert frame["text"].to_list() == ["a", 'c,"d\n', "e"]
    assert "a cell of more than 16,777,216 characters" in frame["detail"][1]


@pytest.mark.parametrize(
    ("content", "names", "place"),
    [
        ("q;a\none, two;x\nthree;y, z\n", ["q", "a"], "record 1, line 2"),
        ("q (a, b, c)\ta\none\tx, y\n", ["q (a, b, c)", "a"], "record 1, line 2"),
        ("q,a (x|y|z)\none,x\n", ["q", "a (x|y|z)"], "record 1, line 2"),
        ("sep=;\r\nq;a\r\none,two;x\r\n", ["q", "a"], "record 1, line 3"),
        ("An export,,\n,,\nq,a,t\none,x,y\n", ["q", "a", "t"], "record 1, line 4"),
        ("An export\n\nq,a,t\none,x,y\ntwo,x,y\n", ["q", "a", "t"], "record 1, line 4"),
        (",q,a\n0,one,x\n", ["column 1", "q", "a"], "record 1, line 2"),
    ],
)
def test_the_records_decide_the_delimiter_and_the_header(
    tmp_path: Path, content: str, names: list[str], place: str
) -> None:
    """Delimiters in names and texts, Excel's first line and titles above the header do not mislead."""
    frame = read_table([file(tmp_path, content)], ()).collect()
    assert frame.columns[4:-3] == names
    whole = frame.filter(pl.col("reason").is_null())
    assert whole["source"][0] == place
    above = frame.drop_nulls("reason")["detail"].to_list()
    assert above == ["stands above the header: 'An export'"] * content.startswith("An export")


def test_a_file_without_a_header(tmp_path: Path) -> None:
    """Told so, the columns are counted, and the first record is one."""
    records = read_table([file(tmp_path, "one;x\ntwo;y\n")], ["column 2"], header=False).collect()
    assert records.select("column 1", "column 2", "source").rows()[0] == ("one", "x", "record 1, line 1")


def test_what_is_told_of_a_file_is_held_to(tmp_path: Path) -> None:
    """A delimiter that is given is taken; one that is none, or of a file without one, is refused by its option."""
    path = file(tmp_path, "text,label\n1,2\n")
    assert read_table([path], (), delimiter=";").collect().columns[4:-3] == ["text,label"]
    for options, words in (({"delimiter": "ab"}, "--delimiter 'ab'"), ({"sheet": "x"}, "has no sheets")):
        with pytest.raises(InputError, match=words):
            read_table([path], (), **options)


def test_sheets_are_asked_for(tmp_path: Path) -> None:
    """Of several sheets with records none is taken in silence; one of notes beside them is no question."""
    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, rows in (("Notes", [["An export"]]), ("FAQ", [["text", "label"], ["a", "b"]])):
            page = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                page.write_row(number, 0, cells)
    assert texts(read(path)) == [("a", "b")]
    with xlsxwriter.Workbook(path) as book:
        for name in ("FAQ", "Old"):
            page = book.add_worksheet(name)
            page.write_row(0, 0, ["text", "label"])
            page.write_row(1, 0, [name, "b"])
        page.hide()
    error = error_of(path)
    assert "2 sheets with records: 'FAQ' (2 rows), 'Old' (2 rows, hidden)" in error.fact
    assert "--sheet" in error.hint
    for wanted in ("Old", "2"):
        assert texts(read_table([path], ("text",), sheet=wanted).collect().to_dicts()) == [("Old", "b")]
    with pytest.raises(InputError, match="no sheet 'New'"):
        read_table([path], (), sheet="New")


def test_a_renamed_file_gives_the_same_records(tmp_path: Path) -> None:
    """Ids and places come from content and position: only the column `file` knows the name."""
    one, two = (file(tmp_path, "text,label\na,b\nc,d\n", name) for name in ("one.csv", "two.csv"))
    first, second = (read_table([path], ()).drop("file").collect() for path in (one, two))
    assert first.equals(second)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("train.txt", ".txt"),
        ("train", "no suffix"),
        ("train.csv.bz2", ".bz2"),
        ("x.parquet.gz", ".parquet.gz"),
        ("csv", "no suffix"),
        (".gz", ".gz"),
        ("a.xls", ".xls"),
    ],
)
def test_suffixes_that_are_unknown(tmp_path: Path, name: str, suffix: str) -> None:
    """A file that is none of the known kinds by its name: the suffix and the known ones."""
    error = error_of(file(tmp_path, "text,label\n", name))
    assert error.fact == f"Cannot read {tmp_path / name}: {suffix} is not a supported format"
    assert ".csv, .tsv, .tab, .parquet, .xlsx" in error.hint


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet", "a.xlsx"])
def test_files_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    """A file that is not there, a folder, and one that is not what its suffix says."""
    path = tmp_path / name
    assert error_of(path).fact == f"There is no file {path}"
    path.mkdir()
    assert error_of(path).fact == f"{path} is a folder"
    path.rmdir()
    if name != "a.csv":
        error_of(file(tmp_path, b"PAR1 or not, this is none of them", name))


def test_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every column of a Parquet file comes as text; null stays null, and nested values are JSON."""
    monkeypatch.setattr(parquet, "ROWS", 2)
    columns = {
        "text": ["a", None, ""],
        " label ": [1, None, 3],
        "real": [0.5, None, 1e300],
        "flag": [True, None, False],
        "day": [datetime.date(2020, 1, 2), None, None],
        "list": [["x", None], None, []],
        "struct": [{"a": "é"}, None, {"a": None}],
        "bytes": [b"plain", None, b"\xff"],
        "nothing": [None, None, None],
        "many": pa.array(["x", None, "y"]).dictionary_encode(),
        "when": [datetime.datetime(2020, 1, 2, 3), None, None],
    }
    pq.write_table(pa.table(columns), tmp_path / "a.b.parquet")
    records = read(tmp_path / "a.b.parquet")
    assert [record["source"] for record in records] == [f"record {n}" for n in (1, 2, 3)]
    values = [list(record.values())[4:-3] for record in records]
    day = ["2020-01-02 03:00:00.000000"]
    assert values[0] == ["a", "1", "0.5", "true", "2020-01-02", '["x",null]', '{"a":"é"}', "plain", None, "x", *day]
    assert values[1] == [None] * 11
    assert values[2] == ["", "3", "1e+300", "false", None, "[]", '{"a":null}', "/w==", None, "y", None]
    assert records[0]["file"] == "a.b"


def test_parquet_that_is_cut(tmp_path: Path) -> None:
    """A Parquet file with a damaged page is reported when it is reached; one without an end at once."""
    path = tmp_path / "a.parquet"
    pl.DataFrame({"text": ["abc" * 1000] * 50, "label": ["x"] * 50}).write_parquet(path, compression="zstd")
    whole = path.read_bytes()
    path.write_bytes(whole[:60] + bytes(30) + whole[90:])
    assert read_table([path], ["text"]).collect_schema().names()[4] == "text"
    error_of(path)
    path.write_bytes(whole[:-20])
    error_of(path)


def workbook(path: Path, *rows: Sequence[Any]) -> Path:
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for n, row in enumerate(rows):
        sheet.write_row(n, 0, row)
    book.add_worksheet("other").write_row(0, 0, ["other"])
    book.close()
    return path


def test_xlsx(tmp_path: Path) -> None:
    """The first sheet, numbers and dates as text, an empty cell as null; wholly empty rows are no records."""
    day = datetime.datetime(2020, 1, 2)
    path = workbook(
        tmp_path / "a.xlsx", [], ["text", " label ", "n"], ["  a\nb", "007", 7], [], ["é", None, 0.5], [day, True]
    )
    records = read(path)
    assert [tuple(record.values())[4:-3] for record in records] == [
        ("  a\nb", "007", "7"),
        ("é", None, "0.5"),
        ("2020-01-02 00:00:00", "true", None),
    ]
    assert [record["source"] for record in records] == ["record 1, row 2", "record 2, row 4", "record 3, row 5"]
    assert records[0]["file"] == "a"


def test_a_formula_that_failed_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that holds an error reads as null, and its record is rejected with the column and the error."""
    monkeypatch.setattr(spreadsheet, "ROWS", 2)
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["text", "label"])
    sheet.write_row(1, 0, ["a", "x"])
    sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
    book.close()
    records = read(tmp_path / "a.xlsx")
    assert texts(records) == [("a", "x"), (None, None)]
    assert [record["reason"] for record in records] == [None, "bad_record"]
    assert records[1]["detail"].startswith("column 2: ")
    assert "Div0" in records[1]["detail"]


def test_an_empty_sheet(tmp_path: Path) -> None:
    """A workbook whose first sheet is empty has no header; one with a header alone has no records."""
    assert error_of(workbook(tmp_path / "a.xlsx")).fact.endswith("is empty")
    assert read(workbook(tmp_path / "b.xlsx", ["text", "label"])) == []


letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
awkward = st.text(st.sampled_from("ab ,;\t|\"'\\\r\n\u2028\ufeff\u00a0\0é\U0001f37a"), max_size=8)
cells = letters | awkward
headers = st.lists(
    cells.filter(lambda name: tidy(name) != "" and "\0" not in name and tidy(name) not in RESERVED),
    min_size=1,
    max_size=4,
    unique_by=tidy,
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), names=headers, delimiter=st.sampled_from(",;\t|"), every=st.booleans())
def test_what_csv_writes_is_read(
    tmp_path: Path, data: st.DataObject, names: list[str], delimiter: str, every: bool
) -> None:
    """Any table that Python's csv module writes comes back cell by cell, whatever is in it and whichever delimiter."""
    assume(len(names) > 1 or delimiter == ",")  # one name alone shows no delimiter
    rows = data.draw(st.lists(st.lists(cells, min_size=len(names), max_size=len(names)), max_size=6))
    path = tmp_path / "t.csv"
    # csv leaves a lone carriage return unquoted unless it is part of the line end
    quoting, end = (csv.QUOTE_ALL, "\n") if every else (csv.QUOTE_MINIMAL, "\r\n")
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows([names, *rows])
    frame = read_table([path], [tidy(name) for name in names]).collect()
    assert frame.columns[4:-3] == [tidy(name) for name in names]
    assert [list(row[4:-3]) for row in frame.rows()] == rows
    assert frame["reason"].null_count() == len(rows)
    assert frame["id"].n_unique() == len(rows)


@pytest.mark.real
def test_banking_is_read_whole(data: Path) -> None:
    """BANKING77 has 10,003 and 3,080 records; 10 and 3 texts hold line ends, and none is trimmed."""
    for name, records, with_line_ends, edges in (("train", 10_003, 10, 9), ("test", 3_080, 3, 3)):
        path = data / "banking77" / f"{name}.csv"
        frame = read_table([path], ["text", "category"]).collect()
        assert frame.height == records
        assert frame["reason"].null_count() == records
        assert frame["text"].str.contains("\n").sum() == with_line_ends
        assert (frame["text"] != frame["text"].str.strip_chars()).sum() == edges
        assert frame["id"].n_unique() == records
        assert frame["category"].n_unique() == 77
        lines = path.read_bytes().count(b"\n")
        assert frame["source"][-1] == f"record {records}, line {lines}"


@pytest.mark.real
def test_bengali_is_read(data: Path) -> None:
    """The two real rows of the Bengali corpus, the first with its leading space and its long answer."""
    columns = ["Topics", "Question-Title", "Questions", "Answers"]
    frame = read_table([data / "bengali" / "real_rows.csv"], columns).collect()
    assert frame.height == 2
    assert frame["reason"].null_count() == 2
    assert frame["Questions"][0].startswith(" আমার")
    assert frame["Answers"].str.len_chars()[0] == 2_997
