"""Where the records stand in one JSON value: in a list, under a key, under the names of splits, numbered, by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from curation.readers.splits import split_of_word
from curation.readers.turn_lists import list_key

_LIST_KEYS = ("data", "rows", "train", "records", "examples")
"""Keys that hold the list where there are several lists."""


class Listed(NamedTuple):
    """A record: its place in the value, and the split that it stands under."""

    position: str
    value: Any
    split: str | None = None


def listed(root: Any) -> Iterator[Listed] | None:
    """The records of `root`; null where it is no list and no object."""
    if isinstance(root, list):
        return iter([Listed("[0]", root)]) if _is_conversation(root) else _each("", root)
    return _of_object(root, "") if isinstance(root, dict) else None


def _of_object(root: Mapping[str, Any], way: str) -> Iterator[Listed]:
    dot = f"{way}." if way else ""
    splits = {key: split for key in root if isinstance(root[key], list) and (split := split_of_word(key))}
    if splits:
        for key, split in splits.items():
            yield from _each(f"{dot}{key}", root[key], split)
        return
    if columns := _columns(root):
        yield from columns
        return
    if root and all(key.isdecimal() and isinstance(item, dict) for key, item in root.items()):
        for key, item in root.items():
            yield Listed(f"{dot}{key}", item)
        return
    found = _list(root)
    if found is None:
        yield Listed(way or "[0]", root)
    elif isinstance(root[found], dict):
        yield from _of_object(root[found], f"{dot}{found}")
    else:
        yield from _each(f"{dot}{found}", root[found])


def _each(way: str, items: list[Any], split: str | None = None) -> Iterator[Listed]:
    return (Listed(f"{way}[{n}]", item, split) for n, item in enumerate(items))


def _list(root: Mapping[str, Any]) -> str | None:
    """The key of the list of records, if the object is not a record itself: a known one, else the only one."""
    if list_key(root) and not isinstance(root.get("data"), list):
        return None
    lists = [key for key, item in root.items() if isinstance(item, list) and item and isinstance(item[0], dict | list)]
    known = next((key for key in _LIST_KEYS if isinstance(root.get(key), list)), None)
    if known and not (known in lists and isinstance(root[known][0], str)):
        return known
    inner = root.get("data")
    if isinstance(inner, dict) and any(isinstance(item, list) for item in inner.values()):
        return "data"
    other = [key for key in root if key not in lists and isinstance(root[key], str) and len(root[key]) > 200]
    return lists[0] if len(lists) == 1 and not other and not _is_record(root, lists[0]) else None


def _is_record(root: Mapping[str, Any], key: str) -> bool:
    """Whether the list belongs to a record: a paragraph with its questions, a task with its annotations."""
    return key in ("paragraphs", "qas", "annotations", "answers", "completions") or "question" in root


def _is_conversation(items: list[Any]) -> bool:
    """Whether the elements are the turns of one conversation."""
    return bool(items) and all(
        isinstance(one, dict) and {"role", "from"} & {*one} and {"content", "value"} & {*one} for one in items
    )


def _columns(root: Mapping[str, Any]) -> list[Listed]:
    """Records out of columns, as pandas writes a table: {"question": {"0": ..., "1": ...}, "answer": {...}}."""
    names = [tuple(column) if isinstance(column, dict) else () for column in root.values()]
    numbered = len(root) > 1 and names and names[0] and all(key.isdecimal() for key in names[0])
    if not numbered or len({*names}) != 1:
        return []
    return [Listed(f"[{n}]", {key: column[n] for key, column in root.items()}) for n in names[0]]
