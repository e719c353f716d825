"""What builds prove: figures, tables and page sections of the built-in recipes, and those that every build has."""

from __future__ import annotations

from curation.figures import banking, chat, common, legal, mix

__all__ = ["banking", "chat", "common", "legal", "mix"]
