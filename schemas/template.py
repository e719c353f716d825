"""The template contract: what a build counted with, and what training must find again."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

TEMPLATES = Path(__file__).parent / "templates"
"""The chat templates of this project, each with generation marks: llama3, llama2, zephyr, chatml."""
BUILTIN = Path(__file__).parent / "tokenizer"
"""The small tokenizer for demos and tests, `builtin` by name: 8,192 tokens, Llama 3's control tokens."""


class TemplateContract(BaseModel):
    """A tokenizer and a chat template, pinned. Two builds with equal contracts give a row the same tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokenizer: str
    """Folder name, Hub id or `builtin`: for people; the hash below decides."""
    tokenizer_sha256: str
    """Of tokenizer.json."""
    template: str
    """llama3, llama2, zephyr, chatml, own (the tokenizer's) or a file name."""
    template_sha256: str
    """Of the Jinja text, which stands beside the manifest as chat_template.jinja."""
    specials: dict[str, str]
    """What the template may name: bos_token, eos_token and the like, as they stand in the text."""
    bos_id: int | None
    """The one BOS that every row starts with; null where the template writes none."""
    eos_id: int | None
    end_of_turn_ids: tuple[int, ...]
    """The last trained token of an assistant's turn is always one of these."""
    pinned_date: str | None
    """The day that is written into a template which asks for today; null where it does not ask."""
