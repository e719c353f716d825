"""Facts about files that are written whole, folders that are locked, and where a tokenizer's files are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.base.errors import BusyError, DiskError, InputError
from curation.base.files import write_whole
from curation.base.folders import locked
from curation.base.tokenizer_files import tokenizer_folder
from curation.schemas.template import BUILTIN


def test_a_file_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new content replaces the old one at once; where writing fails the old one is still there."""
    file = tmp_path / "run.json"
    write_whole(file, b"one")
    write_whole(file, b"two")
    assert file.read_bytes() == b"two"

    def full(self: Path, content: bytes) -> int:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskError, match="No space"):
        write_whole(file, b"three")
    assert file.read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_folder_is_locked_once(tmp_path: Path) -> None:
    """A second holder is refused by what it works at; after the first has ended the folder is free."""
    with locked(tmp_path / "deep" / "run", "run"):
        with pytest.raises(BusyError, match="Another run is writing to"), locked(tmp_path / "deep" / "run", "run"):
            pytest.fail("two hold one lock")
        with locked(tmp_path / "deep" / "other", "run"):
            pass
    with locked(tmp_path / "deep" / "run", "run"):
        pass


def test_where_a_tokenizer_is(tmp_path: Path) -> None:
    """builtin, a folder, or an error: of a folder without tokenizer.json, and of a path that is none."""
    assert tokenizer_folder("builtin") == BUILTIN
    assert tokenizer_folder(str(BUILTIN)) == BUILTIN
    with pytest.raises(InputError, match=r"holds no tokenizer\.json"):
        tokenizer_folder(str(tmp_path))
    with pytest.raises(InputError, match="There is no tokenizer folder"):
        tokenizer_folder(str(tmp_path / "none"))
