"""One line of train.jsonl, validation.jsonl or test.jsonl, as --format messages writes it.

A key that is absent and one that is null say the same; a build writes no nulls but in `meta`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Function(BaseModel):
    """What is called, and with what. Other keys are the source's own."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str = Field(min_length=1)
    arguments: dict[str, Any]


class ToolCall(BaseModel):
    """A call of a tool; `id` is what the answer of the tool names."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: Literal["function"]
    function: Function
    id: str | int | None = None


class Message(BaseModel):
    """One turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    reasoning_content: str | None = None
    """What was thought before the content."""
    tool_calls: tuple[ToolCall, ...] | None = Field(None, min_length=1)
    tool_call_id: str | None = None
    """Of a tool's turn: the call that it answers."""
    name: str | None = None
    """Who speaks, or the tool that answers."""
    weight: Literal[0, 1] | None = None
    """0: shown and not learned."""


class Row(BaseModel):
    """A training conversation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    messages: tuple[Message, ...] = Field(min_length=2)
    tools: tuple[dict[str, Any], ...] | None = Field(None, min_length=1)
    """What can be called: {"type": "function", "function": {"name", "description", "parameters"}}."""
    chat_template_kwargs: dict[str, Any] | None = None
    """Options that the chat template is given."""
    id: str
    meta: dict[str, Any]
    """Where it came from and what was counted; its keys are the manifest's `meta`."""
