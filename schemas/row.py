"""One line of train.jsonl, validation.jsonl or test.jsonl."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Message(BaseModel):
    """One turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["system", "user", "assistant", "tool"]
    content: str


class Row(BaseModel):
    """A training conversation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    messages: tuple[Message, ...] = Field(min_length=2)
    id: str
    meta: dict[str, Any]
    """Where it came from and what was counted; its keys are the manifest's `meta`."""
