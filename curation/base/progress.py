"""Where long work says how far it is. The runner calls `start`, stages `advance`; whoever shows it calls `watch`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Listener(Protocol):
    """Called on the thread that works, so it must be quick and safe to call from several threads."""

    def start(self, task: str, total: int | None) -> None:
        """`task` begins (and the one before has ended); `total` items where that is known."""

    def advance(self, items: int) -> None:
        """`items` more of the running task are done."""


# A plain global, not a ContextVar: Polars runs stages on threads of its own, which see no context.
_listeners: list[Listener] = []


def start(task: str, total: int | None = None) -> None:
    """Tell all listeners that `task` begins, with `total` items where that is known."""
    for listener in _listeners:
        listener.start(task, total)


def advance(items: int) -> None:
    """Tell all listeners that `items` more are done."""
    for listener in _listeners:
        listener.advance(items)


@contextmanager
def watch(listener: Listener) -> Iterator[None]:
    """Tell `listener` of everything that happens inside the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
