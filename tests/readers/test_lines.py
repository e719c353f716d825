"""Facts about reading JSON, JSON lines and Parquet as objects: positions, problems, and wrong suffixes."""

from __future__ import annotations

import gzip
from pathlib import Path

import orjson
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.base.errors import InputError
from curation.readers.lines import Item, objects


def file(folder: Path, content: str | bytes, name: str = "x.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path) -> list[tuple[str, object]]:
    """Position (without the file's name) and value; no problems."""
    items = list(objects(path))
    assert [item.problem for item in items] == [None] * len(items)
    return [(item.position, item.value) for item in items]


def error_of(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        list(objects(path))
    assert str(path) in caught.value.fact
    return caught.value


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("name", ["x.jsonl", "x.ndjson", "x .JSONL"])
def test_one_object_a_line(tmp_path: Path, end: str, mark: str, name: str) -> None:
    """Lines may end either way and a mark may come first; blank lines are counted and skipped."""
    content = mark + end.join(["", '{"a":1}', " ", ' {"a":2} ', '{"a":3}'])
    assert read(file(tmp_path, content, name)) == [("line 2", {"a": 1}), ("line 4", {"a": 2}), ("line 5", {"a": 3})]


def test_only_line_feeds_end_lines(tmp_path: Path) -> None:
    """U+2028, U+0085 and the like may be raw in a text: they end no line."""
    text = "a\u2028b\u2029c\u0085d\x7fe"
    assert read(file(tmp_path, f'{{"a":"{text}"}}\n{{"a":2}}')) == [("line 1", {"a": text}), ("line 2", {"a": 2})]


@pytest.mark.parametrize("content", ["", "\n \r\n", "\ufeff"])
def test_nothing_to_read(tmp_path: Path, content: str) -> None:
    """A JSONL file without lines has no objects; a JSON file that is empty is no JSON."""
    assert read(file(tmp_path, content)) == []
    assert "is not JSON" in error_of(file(tmp_path, content, "x.json")).fact


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('[{"a":1},{"a":2}]', "[{}]"),
        ('\ufeff[\n {"a":\n1},\n\n{"a":2}\n]\n', "[{}]"),
        ('{"version":1,"data":[{"a":1},{"a":2}]}', "data[{}]"),
        ('{\n"rows":[{"a":1},{"a":2}]}', "rows[{}]"),
        ('{"data":null,"train":[{"a":1},\n{"a":2}]}', "train[{}]"),
        ('{"version":1,"data":{"train":[{"a":1},{"a":2}]}}', "data.train[{}]"),
        ('{"documents":[{"a":1},{"a":2}]}', "documents[{}]"),
        ('{"a":{"0":1,"1":2},"b":{"0":null,"1":null}}', "[{}]"),
        ('{"0":{"a":1},"1":{"a":2}}', "{}"),
    ],
)
def test_a_list_of_objects(tmp_path: Path, content: str, place: str) -> None:
    """A JSON file holds a list, alone, under a key, numbered or by column; positions count from 0."""
    found = [
        (at, {"a": value["a"]}) for at, value in read(file(tmp_path, content, "x.json")) if isinstance(value, dict)
    ]
    assert found == [(place.format(n), {"a": n + 1}) for n in range(2)]


def test_splits_in_one_file(tmp_path: Path) -> None:
    """Lists under the names of splits are all read, each record with its split."""
    content = {"train": [{"a": 1}], "dev": [{"a": 2}], "test": [{"a": 3}]}
    items = list(objects(file(tmp_path, orjson.dumps(content), "x.json")))
    assert [(item.position, item.split) for item in items] == [
        ("train[0]", "train"),
        ("dev[0]", "validation"),
        ("test[0]", "test"),
    ]


def test_a_conversation_alone_is_one_record(tmp_path: Path) -> None:
    """An array of turns is a conversation: as the whole file, as an element, as a line."""
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    assert read(file(tmp_path, orjson.dumps(turns), "x.json")) == [("[0]", turns)]
    assert read(file(tmp_path, orjson.dumps([turns, turns]), "x.json")) == [("[0]", turns), ("[1]", turns)]
    lines = orjson.dumps(turns) + b"\n" + orjson.dumps(turns)
    assert read(file(tmp_path, lines)) == [("line 1", turns), ("line 2", turns)]


@pytest.mark.parametrize(
    ("content", "places"),
    [
        ('{\n "a": 1\n}\n{\n "a": 2\n}\n', ["lines 1 to 3", "lines 4 to 6"]),
        ('{"a":1}{"a":2}\n', ["line 1, value 1", "line 1, value 2"]),
        ('{"a":1},\n{"a":2},\n', ["line 1", "line 2"]),
        ('{"a":1}\r{"a":2}\r', ["line 1, value 1", "line 1, value 2"]),
    ],
)
def test_lines_that_are_not_one_value_each(tmp_path: Path, content: str, places: list[str]) -> None:
    """Pretty-printed objects, glued ones, commas at the ends and lone carriage returns are read, with their places."""
    assert read(file(tmp_path, content)) == [(place, {"a": n}) for n, place in enumerate(places, 1)]


def test_what_was_read_as_it_was_meant_is_noted(tmp_path: Path) -> None:
    """Python's notation, and a key that stands twice, in the object or in a turn."""
    lines = [
        "{'a': None, 'b': True}",
        '{"a":1,"a":2}',
        '{"messages":[{"role":"user","content":"a","content":"b"}]}',
        '{"messages":[{"role":"user","content":"say \\"content\\" twice: \\"content\\""}]}',
    ]
    python, twice, inner, text = objects(file(tmp_path, "\n".join(lines)))
    assert (python.value, python.note) == ({"a": None, "b": True}, "it is written as Python writes it, not as JSON")
    assert (twice.value, twice.note) == ({"a": 2}, "the key 'a' stands twice in an object: the last one counts")
    assert inner.note == "the key 'content' stands twice in an object: the last one counts"
    assert text.note is None


def test_numbers_keep_their_digits(tmp_path: Path) -> None:
    """Integers of any length; NaN and infinities are the floats that Python reads."""
    one, two = objects(file(tmp_path, '{"a":123456789012345678901234567890}\n{"a":NaN,"b":-Infinity,"c":1}'))
    assert one.value == {"a": 123456789012345678901234567890}
    assert isinstance(two.value, dict)
    assert two.value["c"] == 1
    assert two.value["a"] != two.value["a"]


def test_one_bad_record_of_a_list_is_one_problem(tmp_path: Path) -> None:
    """The others are read; a list that breaks off says so, last of all."""
    bad, good = objects(file(tmp_path, '[{"a":"\\ud83d"},\n{"a":1}]', "x.json"))
    assert bad.problem == "half of a character: \\ud83d stands alone; the text was cut there"
    assert (good.position, good.value) == ("[1]", {"a": 1})
    one, cut = objects(file(tmp_path, '[{"a":1},\n{"a":2, "b', "x.json"))
    assert one.value == {"a": 1}
    assert cut.problem
    one, end = objects(file(tmp_path, '[{"a":1},\n', "x.json"))
    assert end.problem == "the list does not end: the file was cut"
    (bad, good) = objects(file(tmp_path, b'[{"a":"caf\xe9"},\n{"a":1}]', "x.json"))
    assert bad.problem == "not UTF-8: byte 0xe9 at 10"
    assert good.value == {"a": 1}


def test_arrays_say_what_lines_say(tmp_path: Path) -> None:
    """Integers of any length and keys that stand twice, in an array too; a comment before it is a bad record."""
    one, two = objects(file(tmp_path, '[{"a":123456789012345678901234567890},{"a":1,"a":2}]', "x.json"))
    assert one.value == {"a": 123456789012345678901234567890}
    assert two.note == "the key 'a' stands twice in an object: the last one counts"
    comment, *others = objects(file(tmp_path, '// hi\n[{"a":1},{"a":2}]', "x.json"))
    assert comment.problem
    assert [item.value for item in others] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("content", ['{"a":1}', '{\n "a": 1\n}'])
def test_one_object_alone(tmp_path: Path, content: str) -> None:
    """An object that holds no list is the only one."""
    assert read(file(tmp_path, content, "x.json")) == [("[0]", {"a": 1})]


@pytest.mark.parametrize(
    ("name", "content", "places"),
    [
        ("x.json", '{"a":1}\n{"a":2}\n', ["line 1", "line 2"]),
        ("x.json", '\n{"a":1}\n\n{"a":2}', ["line 2", "line 4"]),
        ("x.jsonl", '[{"a":1},{"a":2}]', ["[0]", "[1]"]),
        ("x.jsonl", '[\n{"a":1},\n{"a":2}]', ["[0]", "[1]"]),
        ("x.ndjson", '  \n [{"a":1},\n{"a":2}]', ["[0]", "[1]"]),
    ],
)
def test_suffixes_that_are_wrong(tmp_path: Path, name: str, content: str, places: list[str]) -> None:
    """An array in a JSONL file and lines in a JSON file are known by what they hold."""
    assert read(file(tmp_path, content, name)) == [(place, {"a": n}) for n, place in enumerate(places, 1)]


def test_a_first_line_that_is_bad_hides_no_other(tmp_path: Path) -> None:
    """Where the first line does not parse, or is an array, the others are lines all the same, whatever the suffix."""
    for name in ("x.json", "x.jsonl"):
        for first in ('{"a":', "[1]", "7"):
            one, two = objects(file(tmp_path, f'{first}\n{{"a":1}}\n', name))
            assert one.problem
            assert two == Item("line 2", {"a": 1}, None)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"a":1', "not JSON: unexpected end of data at column 7: '{\"a\":1'"),
        (b"{'a':open}", "not JSON: unexpected character"),
        (b'{"a":"' + b"x" * 99, f'\'{{"a":"{"x" * 54}\''),
        (b'{"a":"\\ud800"}', "half of a character"),
        (b'{"a":"\xff"}', "not UTF-8: byte 0xff at 7"),
        (b"[" * 2000, "not JSON: depth limit exceeded"),
    ],
)
def test_lines_that_do_not_parse(tmp_path: Path, line: bytes, problem: str) -> None:
    """A bad line is an item with its problem and its bytes; the others are read."""
    items = list(objects(file(tmp_path, b'{"b":1}\n' + line + b'\n{"c":1}')))
    assert [item.value for item in items] == [{"b": 1}, line, {"c": 1}]
    assert items[1].position == "line 2"
    assert items[1].problem
    assert problem in items[1].problem


@pytest.mark.parametrize(
    ("value", "found"),
    [([1], "list"), ("x", "text"), (1, "number"), (0.5, "number"), (None, "null"), (True, "boolean")],
)
def test_values_that_are_no_objects(tmp_path: Path, value: object, found: str) -> None:
    """A value of another kind is an item with a problem, in a line as in a list."""
    line = orjson.dumps(value)
    problem = f"expected an object, found {found}"
    assert list(objects(file(tmp_path, b"{}\n" + line)))[1] == Item("line 2", value, problem)
    assert list(objects(file(tmp_path, b"[{}," + line + b"]", "x.json")))[1] == Item("[1]", value, problem)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"[\n1,\n2,x]", "line 3, column 3: unexpected character"),
        (b'[\n1,\n"caf\xe9"]', "line 3, column 5: the byte 0xe9 is not UTF-8"),
    ],
)
def test_a_list_that_does_not_parse(tmp_path: Path, content: bytes, place: str) -> None:
    """One error, with the line and the column."""
    error = error_of(file(tmp_path, content, "x.json"))
    assert f"is not JSON: {place}" in error.fact
    assert "one object a line" in error.hint


@pytest.mark.parametrize(("content", "kind"), [("3", "number"), ('"x"', "text"), ("null", "null")])
def test_a_value_that_holds_nothing(tmp_path: Path, content: str, kind: str) -> None:
    """A JSON file with neither a list nor an object is an error."""
    assert error_of(file(tmp_path, content, "x.json")).fact.endswith(f"holds {kind}")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_other_encodings_by_their_mark(tmp_path: Path, encoding: str) -> None:
    """A file that begins with the mark of UTF-16 or UTF-32 is read; one without a mark is one error."""
    for name in ("x.json", "x.jsonl"):
        assert read(file(tmp_path, '{"a":"é"}\n{"a":2}'.encode(encoding), name)) == [
            ("line 1", {"a": "é"}),
            ("line 2", {"a": 2}),
        ]
    wrong = error_of(file(tmp_path, '{"a":1}\n'.encode("utf-16-le")))
    assert "it may be UTF-16-LE without a byte-order mark" in wrong.fact


def test_packed_files(tmp_path: Path) -> None:
    """.gz and .zst hold the same objects; one that was cut is an error."""
    content = b'\xef\xbb\xbf{"a":"b\xe2\x80\xa8"}\r\n{"a":2}'
    expected = read(file(tmp_path, content))
    two = gzip.compress(content[:20]) + gzip.compress(content[20:])
    assert read(file(tmp_path, two, "x.jsonl.gz")) == expected
    assert read(file(tmp_path, pa.Codec("zstd").compress(content).to_pybytes(), "x.jsonl.zst")) == expected
    assert read(file(tmp_path, gzip.compress(b'[{"a":1}]'), "x.json.gz")) == [("[0]", {"a": 1})]
    assert "cannot be read" in error_of(file(tmp_path, two[:-9], "x.jsonl.gz")).fact


def test_parquet_row_by_row(tmp_path: Path) -> None:
    """A row is an object, with its lists and structs; records count from 1."""
    rows = [{"a": [{"from": "human", "value": "x\u2028"}], "b": 0.5}, {"a": None, "b": None}]
    pl.DataFrame(rows).write_parquet(tmp_path / "x.parquet")
    assert read(tmp_path / "x.parquet") == [("record 1", rows[0]), ("record 2", rows[1])]
    assert "is not a complete Parquet file" in error_of(file(tmp_path, "PAR1 no", "y.parquet")).fact


@pytest.mark.parametrize("name", ["x.txt", "x.csv", "x", "x.parquet.gz", "x.jsonl.bz2"])
def test_suffixes_that_are_unknown(tmp_path: Path, name: str) -> None:
    """A file that is none of the known kinds by its name is reported, with the known ones."""
    error = error_of(file(tmp_path, "{}", name))
    suffix = ".bz2" if name.endswith(".bz2") else name.removeprefix("x") or "no suffix"
    assert error.fact == f"Cannot read {tmp_path / name}: {suffix} is not a supported format"
    assert error.hint.startswith("Expected .json, .jsonl, .ndjson, .parquet, .arrow; ")


@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x.jsonl.zst", "x.parquet"])
def test_files_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    """A path that is missing, or a folder, is named."""
    path = tmp_path / name
    assert error_of(path).fact == f"There is no file {path}"
    path.mkdir()
    assert error_of(path).fact == f"{path} is a folder"


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.dictionaries(texts, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts | st.lists(texts))


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(values, max_size=5), st.booleans(), st.sampled_from(["x.json", "x.jsonl"]))
def test_what_is_written_is_read(tmp_path: Path, rows: list[dict[str, object]], lines: bool, name: str) -> None:
    """Objects come back as they were written, as a list or as lines, under either suffix."""
    if lines:
        content = b"".join(orjson.dumps(row) + b"\n" for row in rows)
        if len(rows) < 2 and name == "x.json":
            name = "x.jsonl"  # one object alone may be a whole file that holds a list
    else:
        content = orjson.dumps(rows)
    assert [value for _, value in read(file(tmp_path, content, name))] == rows
