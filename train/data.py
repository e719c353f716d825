"""A build folder as training reads it: manifest, contract, and rows of token ids. Nothing here tokenizes."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from curation.base.errors import BuildError, InputError, UsageError
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
        return (self.folder / "chat_template.jinja").read_text("utf8")

    @property
    def sha256(self) -> str:
        """Of the manifest, which holds the hash of every file: the name of this very data."""
        return sha256((self.folder / "manifest.json").read_bytes()).hexdigest()

    def rows(self, split: str) -> Dataset:
        """`input_ids` and `labels`, both list[int32], mapped from the file and not copied.

        BuildError where they are not as many rows and tokens as the manifest counts, or a row trains no token.
        """
        import pyarrow.compute as pc
        import pyarrow.parquet as pq
        from datasets import Dataset

        table = pq.read_table(self.tokenized / f"{split}.parquet", columns=COLUMNS)
        told = self.manifest.splits[split]
        trained = pc.sum(pc.not_equal(pc.list_flatten(table["labels"]), -100)).as_py() or 0
        found = (table.num_rows, pc.sum(pc.list_value_length(table["input_ids"])).as_py() or 0, trained)
        if found != (told.rows, told.tokens, told.trained_tokens):
            raise BuildError(
                f"{self.tokenized / split}.parquet holds {found[0]:,} rows of {found[1]:,} tokens, {found[2]:,} of "
                f"them trained; the manifest says {told.rows:,}, {told.tokens:,} and {told.trained_tokens:,}",
                "Build again with --tokenized.",
            )
        return Dataset(table)

    def lines(self, split: str) -> list[dict[str, Any]]:
        """The messages, id and meta of each row, in the order of `rows`."""
        import orjson

        with (self.folder / f"{split}.jsonl").open("rb") as file:
            return [orjson.loads(line) for line in file]


def open_build(name: str | Path) -> TrainingData:
    """A build by folder, or by its name in datasets_out/. UsageError, InputError, BuildError."""
    folder = Path(name) if Path(name).is_dir() else Path("datasets_out") / name
    file = folder / "manifest.json"
    if not file.is_file():
        raise UsageError(f"There is no build {name}", f"Make it first: curate build {Path(name).name} --tokenized.")
    try:
        manifest = Manifest.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise InputError(f"{file} is not a manifest of this version", "Build again with this version.") from error
    if not manifest.splits.get("train") or not manifest.splits["train"].rows:
        raise BuildError(f"{folder} has no rows to train on", "Look at its report, and build again.")
    return TrainingData(folder, manifest, folder / "tokenized")


def check_lengths(data: TrainingData, split: str, rows: Dataset, limit: int) -> None:
    """UsageError where a row is longer than `limit` tokens: it is never cut, and never left out silently."""
    import pyarrow.compute as pc

    lengths = pc.list_value_length(rows.data.column("input_ids"))
    longer = pc.sum(pc.greater(lengths, limit)).as_py() or 0
    if longer:
        raise UsageError(
            f"{longer:,} of {len(rows):,} {split} rows of {data.folder} are longer than --max-tokens {limit:,}, the "
            f"longest has {pc.max(lengths).as_py():,} tokens",
            f"Train with --max-tokens {pc.max(lengths).as_py()}, or build again with --max-tokens {limit}.",
        )
