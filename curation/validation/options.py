"""The options of `curate validate`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from curation.base.errors import UsageError
from curation.gate.suites import read_suite
from curation.stages.language import Language
from curation.stages.near.word_sets import WordSets
from curation.validation import fix


@dataclass(frozen=True)
class ValidateOptions:
    """The options. UsageError or InputError for one that is not valid, before anything is read."""

    tokenizer: str | None = None
    template: str = "auto"
    max_tokens: int | None = None
    near: float = 0.8
    languages: tuple[str, ...] = ()
    suite: str | None = None
    fix: Path | None = None
    against: tuple[Path, ...] = ()
    overlap: float = 0.5

    def __post_init__(self) -> None:
        if self.max_tokens is not None and self.max_tokens < 1:
            raise UsageError(f"--max-tokens {self.max_tokens} is out of range", "Expected 1 or more, e.g. 2048.")
        for option, given in (("--max-tokens", self.max_tokens), ("--template", self.template != "auto")):
            if given and self.tokenizer is None:
                raise UsageError(f"{option} needs --tokenizer", "Give the tokenizer of your model, or builtin.")
        if not 0 < self.overlap <= 1:
            raise UsageError(f"--overlap {self.overlap} is out of range", "Expected 0 < x <= 1, e.g. 0.5.")
        WordSets(pl.col("text"), self.near)  # checks the threshold
        Language(pl.col("text"), allowed=self.languages)  # checks the codes
        if self.suite is not None:
            read_suite(self.suite)
        if self.fix is not None:
            fix.check(self.fix)

    def placeholders(self) -> Mapping[str, str]:
        """The values of the placeholders in the sentences about findings."""
        limit = f"{self.max_tokens:,}" if self.max_tokens else ""
        return {
            "near": str(self.near),
            "max_tokens": limit,
            "at_most": f" in the first {limit} tokens" if limit else "",
            "languages": " or ".join(self.languages),
            "overlap": f"{self.overlap:.0%}",
        }
