"""A file as text, by its byte-order mark or a given encoding; errors name the byte and encodings that would work."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, BytesIO, IncrementalNewlineDecoder, TextIOWrapper
from pathlib import Path

from curation.base.errors import InputError, nearest
from curation.readers.files import open_decompressed

_BYTE_ORDER_MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_COMMON = ["utf-8", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "cp1251", "gb18030", "big5", "shift_jis", "euc_kr"]
_BLOCK = 1 << 20


def check_encoding(encoding: str) -> None:
    """InputError where Python knows no text encoding of this name."""
    try:
        TextIOWrapper(BytesIO(), encoding)
    except (LookupError, ValueError) as error:
        raise InputError(
            f"There is no text encoding {encoding!r}",
            f"Common ones: {', '.join(_COMMON)}.{nearest(encoding.lower(), _COMMON)}",
        ) from error


@contextmanager
def decoded(path: Path, compression: str | None, encoding: str) -> Iterator[TextIOWrapper]:
    """The text of the file, line ends as they are. `encoding` is used where there is no byte-order mark.

    InputError with offset, line and byte where something does not decode.
    """
    with open_decompressed(path, compression) as stream:
        mark, encoding = _byte_order_mark(stream.peek(4), encoding)
        stream.read(len(mark))
        try:
            with TextIOWrapper(stream, encoding, newline="") as text:
                yield text
        except UnicodeDecodeError as error:
            raise _decode_error(path, compression, len(mark), encoding) from error
        except UnicodeError as error:  # Python's utf-16 needs a byte-order mark
            raise InputError(f"{path}: {error}", f"Give --encoding {encoding}-le or {encoding}-be.") from error


def as_utf8(path: Path, stream: BufferedReader) -> bytes | None:
    """The whole content as UTF-8, where the mark at its start says UTF-16 or 32; null where it is UTF-8, its mark read.

    InputError where it does not decode, or looks like UTF-16 without a mark.
    """
    start = stream.peek(4)
    mark, encoding = _byte_order_mark(start, "utf-8")
    if encoding == "utf-8":
        if b"\0" in start[:4]:
            guess = "utf-16-be" if start[:1] == b"\0" else "utf-16-le"
            raise InputError(
                f"{path} begins with 0x{start[:4].hex()}: it may be {guess.upper()} without a byte-order mark",
                "Save it as UTF-8.",
            )
        stream.read(len(mark))
        return None
    try:
        return stream.read()[len(mark) :].decode(encoding).encode()
    except UnicodeError as error:
        raise InputError(
            f"{path} is not {encoding.upper()}, as its first bytes say: {error}", "Save it as UTF-8."
        ) from error


def _byte_order_mark(start: bytes, encoding: str) -> tuple[bytes, str]:
    return next(((mark, name) for mark, name in _BYTE_ORDER_MARKS if start.startswith(mark)), (b"", encoding))


def _decode_error(path: Path, compression: str | None, skipped: int, encoding: str) -> InputError:
    """The error for the first byte that does not decode; the file is read a second time to find it."""
    offset, line, found = _first_undecodable(path, compression, skipped, encoding)
    others = [other for other in ("cp1252", "latin-1") if _decodes(path, compression, other)]
    utf16 = _guess_utf16(path, compression)
    if utf16 and _decodes(path, compression, utf16):
        others.insert(0, utf16)
    return InputError(
        f"{path}: the byte 0x{found.hex()} at offset {offset:,} (line {line:,}) is not {encoding.upper()}",
        f"{' and '.join(others)} would decode the file: if one is right, give --encoding {others[0]} "
        f"(encoding={others[0]!r} in a recipe).",
    )


def _first_undecodable(path: Path, compression: str | None, skipped: int, encoding: str) -> tuple[int, int, bytes]:
    decoder, newlines = codecs.getincrementaldecoder(encoding)(), IncrementalNewlineDecoder(None, translate=True)
    done, line = skipped, 1
    with open_decompressed(path, compression) as stream:
        stream.read(skipped)
        while True:
            block, pending = stream.read(_BLOCK), len(decoder.getstate()[0])
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(encoding, "replace")
                line += newlines.decode(before, final=True).count("\n")
                return done - pending + error.start, line, error.object[error.start : error.end]
            if not block:
                raise InputError(f"{path} changed while it was read", "Read it again when it is complete.")
            line += newlines.decode(text).count("\n")
            done += len(block)


def _guess_utf16(path: Path, compression: str | None) -> str:
    """UTF-16 without a byte-order mark: of Latin letters, digits, spaces and line ends every other byte is zero."""
    with open_decompressed(path, compression) as stream:
        block = stream.read(_BLOCK)
    even, odd = block[::2].count(0), block[1::2].count(0)
    if even + odd <= len(block) // 64:
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _decodes(path: Path, compression: str | None, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with open_decompressed(path, compression) as stream:
        try:
            while block := stream.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
