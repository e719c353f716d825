"""Facts about files and folders as a person gives them: what is read, in which order, and which split it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.base.errors import InputError, UsageError
from curation.readers.splits import expand, split_of_name


def tree(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"{}")
    return root


def found(*paths: Path, root: Path) -> list[tuple[str, str | None]]:
    return [(file.path.relative_to(root).as_posix(), file.split) for file in expand(paths)]


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"),
        ("my_Train-v2", "train"),
        ("dev", "validation"),
        ("eval", "validation"),
        ("val_set", "validation"),
        ("testing", "test"),
        ("test-00000-of-00002", "test"),
        ("train_test", None),
        ("latest", None),
        ("chats", None),
    ],
)
def test_the_split_that_a_name_holds(name: str, split: str | None) -> None:
    """Exactly one of the common words, in any case, with anything but letters around it."""
    assert split_of_name(name) == split


def test_shards_of_the_hub(tmp_path: Path) -> None:
    """Each with its split, train first, in their order; one that is missing is named."""
    names = [f"data/train-{n:05}-of-00012.parquet" for n in range(12)]
    tree(tmp_path, "data/test-00000-of-00001.parquet", *reversed(names), "README.md", ".cache/x.jsonl")
    assert found(tmp_path, root=tmp_path) == [
        *((name, "train") for name in names),
        ("data/test-00000-of-00001.parquet", "test"),
    ]
    (tmp_path / names[7]).unlink()
    with pytest.raises(InputError, match=r"one of 12 shards, and data/train-00007-of-00012\.parquet is missing"):
        expand([tmp_path])


def test_folders_that_are_splits(tmp_path: Path) -> None:
    """Of `save_to_disk`, of configurations, and beside files without a split; what stands beside rows is not read."""
    tree(tmp_path, "dataset_dict.json", "train/data-00000-of-00001.arrow", "train/state.json", "dev/a.jsonl", "b.csv")
    tree(tmp_path, "de/test.parquet", "part-2.jsonl", "part-10.jsonl")
    assert found(tmp_path, root=tmp_path) == [
        ("train/data-00000-of-00001.arrow", "train"),
        ("b.csv", None),
        ("part-2.jsonl", None),
        ("part-10.jsonl", None),
        ("dev/a.jsonl", "validation"),
        ("de/test.parquet", "test"),
    ]


def test_files_and_patterns_stay_in_their_order(tmp_path: Path) -> None:
    """A file counts by its own name alone; a pattern is what it matches, and gives no file twice."""
    root = tree(tmp_path / "test", "b.jsonl", "a_train.jsonl", "c.csv")
    assert found(root / "b.jsonl", root / "a_train.jsonl", root=root) == [("b.jsonl", None), ("a_train.jsonl", "train")]
    assert found(root / "*.jsonl", root=root) == [("a_train.jsonl", "train"), ("b.jsonl", None)]
    with pytest.raises(UsageError, match="is given twice"):
        expand([root / "b.jsonl", root / "*.jsonl"])
    (root / "[1].jsonl").write_bytes(b"{}")
    assert found(root / "[1].jsonl", root=root) == [("[1].jsonl", None)]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """Nothing there, nothing of a known kind, a link that leads nowhere."""
    with pytest.raises(InputError, match="There is no file"):
        expand([tmp_path / "none.jsonl"])
    with pytest.raises(InputError, match="No file matches"):
        expand([tmp_path / "*.jsonl"])
    with pytest.raises(InputError, match=r"holds nothing to read: notes\.txt"):
        expand([tree(tmp_path / "x", "notes.txt")])
    tree(tmp_path / "y", "a.jsonl")
    (tmp_path / "y" / "loop.jsonl").symlink_to("loop.jsonl")
    with pytest.raises(InputError, match=r"loop\.jsonl is a link that leads nowhere"):
        expand([tmp_path / "y"])
