"""A build folder as training reads it: manifest, contract, and rows of token ids. Nothing here tokenizes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curation.base.errors import BuildError, InputError
from curation.base.files import hashed
from curation.base.manifests import MANIFEST, open_manifest, own_file
from curation.base.seals import fault
from curation.schemas.manifest import Manifest

if TYPE_CHECKING:
    from datasets import Dataset

COLUMNS = ["input_ids", "labels"]


@dataclass(frozen=True)
class TrainingData:
    """A build folder and where its rows of token ids lie: in it, or in the run that had to make them."""

    folder: Path
    manifest: Manifest
    tokenized: Path

    @property
    def template(self) -> str:
        """The chat template's Jinja text."""
        return self.file("chat_template.jinja").read_text("utf8")

    @property
    def sha256(self) -> str:
        """Of the manifest, which holds the hash of every file: the name of this very data."""
        return hashed(self.folder / MANIFEST, MANIFEST).sha256

    def rows(self, split: str) -> Dataset:
        """`input_ids` and `labels`, both list[int32], mapped from the file and not copied.

        BuildError where they are not as many rows and tokens as the manifest counts, or a row trains no token.
        """
        import pyarrow.compute as pc
        import pyarrow.parquet as pq
        from datasets import Dataset

        table = pq.read_table(self.ids(split), columns=COLUMNS)
        counted = self.manifest.splits[split]
        trained = pc.sum(pc.not_equal(pc.list_flatten(table["labels"]), -100)).as_py() or 0
        found = (table.num_rows, pc.sum(pc.list_value_length(table["input_ids"])).as_py() or 0, trained)
        if found != (counted.rows, counted.tokens, counted.trained_tokens):
            raise BuildError(
                f"{self.tokenized / split}.parquet holds {found[0]:,} rows of {found[1]:,} tokens, {found[2]:,} of "
                f"them trained; the manifest says {counted.rows:,}, {counted.tokens:,} and {counted.trained_tokens:,}",
                "Build again with --tokenized.",
            )
        return Dataset(table)

    @property
    def has_ids(self) -> bool:
        """Whether the build was made with --tokenized."""
        return any(file.name == "tokenized/train.parquet" for file in self.manifest.files)

    def ids(self, split: str) -> Path:
        """The file of a split's rows of token ids, whole. BuildError, or InputError where the run made them."""
        if self.tokenized == self.folder / "tokenized":
            return self.file(f"tokenized/{split}.parquet")
        if wrong := fault(self.tokenized):
            raise InputError(f"{self.tokenized} is not whole: {wrong}", "The same curate train makes it again.")
        return self.tokenized / f"{split}.parquet"

    def lines(self, split: str) -> list[dict[str, Any]]:
        """The messages, id and meta of each row, in the order of `rows`."""
        import orjson

        with self.file(f"{split}.jsonl").open("rb") as file:
            return [orjson.loads(line) for line in file]

    def file(self, name: str) -> Path:
        """The path of one of the build's files. BuildError where it is missing or was changed."""
        return own_file(self.folder, self.manifest, name)


def open_build(build: str | Path) -> TrainingData:
    """A build by folder, or by its name in datasets_out/. BuildError where it is no finished one or has no rows."""
    folder, manifest = open_manifest(build)
    if not manifest.splits.get("train") or not manifest.splits["train"].rows:
        raise BuildError(f"{folder} has no rows to train on", "Look at its report, and build again.")
    if {"rejected", "wanted"} & {*manifest.keys}:
        raise BuildError(
            f"{folder} holds preferences, and curate train learns conversations",
            "Build it with --as sft, which takes the answers that were chosen, or give its lines to TRL's DPOTrainer.",
        )
    return TrainingData(folder, manifest, folder / "tokenized")
