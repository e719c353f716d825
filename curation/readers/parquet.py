"""Parquet in batches of bounded size."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from curation.base.errors import InputError
from curation.base.files import check_file, unreadable
from curation.readers.batches import CHARACTERS, ROWS


def names(path: Path) -> list[str]:
    """The names of the columns. InputError where it is not a Parquet file."""
    import pyarrow.parquet as pq

    with _reraise_arrow_errors(path):
        return list(pq.read_schema(path).names)


def record_batches(path: Path) -> Iterator[Any]:
    """pyarrow.RecordBatch, in order; fewer rows in each where rows are large."""
    import pyarrow.parquet as pq

    with _reraise_arrow_errors(path), pq.ParquetFile(path) as file:
        groups = [file.metadata.row_group(n) for n in range(file.metadata.num_row_groups)]
        width = max((group.total_byte_size // max(1, group.num_rows) for group in groups), default=0)
        yield from file.iter_batches(batch_size=max(1, min(ROWS, 4 * CHARACTERS // max(1, width))))


def arrow_batches(path: Path) -> Iterator[Any]:
    """pyarrow.RecordBatch of an .arrow file: the stream that `datasets` writes, or Arrow's file form."""
    import pyarrow as pa

    with _reraise_arrow_errors(path, "Arrow"), pa.memory_map(str(path)) as source:
        try:
            reader: Any = pa.ipc.open_file(source)
            yield from map(reader.get_batch, range(reader.num_record_batches))
            return
        except pa.ArrowInvalid:
            source.seek(0)
        yield from pa.ipc.open_stream(source)


def cells(path: Path) -> Iterator[tuple[str | None, ...]]:
    """Every row as text. Null stays null; nested values are JSON, bytes that are not UTF-8 are base64."""
    for batch in record_batches(path):
        yield from zip(*map(_as_text, batch.columns), strict=True)


def _as_text(column: Any) -> list[str | None]:
    import pyarrow as pa

    try:
        texts: list[str | None] = column.cast(pa.large_string()).to_pylist()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):  # nested, or bytes that are no UTF-8
        return [_value_as_text(value) for value in column.to_pylist()]
    return texts


def _value_as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return b64encode(value).decode()
    return orjson.dumps(value, default=str).decode()


@contextmanager
def _reraise_arrow_errors(path: Path, form: str = "Parquet") -> Iterator[None]:
    from pyarrow import ArrowException

    check_file(path)
    with unreadable(path):
        try:
            yield
        except (ArrowException, UnicodeDecodeError) as error:  # a column's name may be damaged, too
            reason = str(error).splitlines()[0]
            raise InputError(f"{path} is not a complete {form} file: {reason}", "Write or fetch it again.") from error
