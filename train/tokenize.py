"""Token ids and labels of a build that was made without --tokenized, by the library's own chat template rendering.

A second way to the figures that `curate build` counted: where the two differ by one token, the run is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curation.base.errors import BuildError
from curation.base.messages import for_template
from curation.training.data import TrainingData

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_BATCH = 500


def tokenize(data: TrainingData, tokenizer: PreTrainedTokenizerBase, into: Path) -> None:
    """`into`/<split>.parquet with id, input_ids and labels (list[int32], -100 where no loss).

    BuildError where the lines are in another form than messages.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if data.manifest.form != "messages":
        raise BuildError(
            f"{data.folder} holds rows in the form {data.manifest.form!r}, and no token ids",
            "Build again with --tokenized, or with --format messages.",
        )
    numbers = pa.list_(pa.int32())
    schema = pa.schema([("id", pa.string()), ("input_ids", numbers), ("labels", numbers)])
    for split in data.manifest.splits:
        lines = data.lines(split)
        with pq.ParquetWriter(into / f"{split}.parquet", schema) as file:
            for start in range(0, len(lines), _BATCH):
                file.write_table(pa.Table.from_pylist(list(_rows(lines[start : start + _BATCH], tokenizer)), schema))


def _rows(lines: Sequence[dict[str, Any]], tokenizer: PreTrainedTokenizerBase) -> Iterator[dict[str, Any]]:
    for line in lines:
        options = {
            **line.get("chat_template_kwargs", {}),
            "tools": line.get("tools"),
            "add_generation_prompt": False,
            "return_dict": True,
            "return_assistant_tokens_mask": True,
        }
        made = tokenizer.apply_chat_template(for_template(line["messages"], str(tokenizer.chat_template)), **options)
        ids, mask = made["input_ids"], _without_shown(made["assistant_masks"], line["messages"])
        labels = [token if on else -100 for token, on in zip(ids, mask, strict=True)]
        yield {"id": line["id"], "input_ids": ids, "labels": labels}


def _without_shown(mask: list[int], messages: Sequence[Mapping[str, Any]]) -> list[int]:
    """The mask but for the answers of weight 0: the template marks one run of tokens for each answer."""
    weights = [turn.get("weight", 1) for turn in messages if turn["role"] == "assistant"]
    if 0 not in weights:
        return mask
    runs = [(on, len(list(run))) for on, run in groupby(mask)]
    left = iter(weights)
    return [token for on, n in runs for token in [on and next(left)] * n]
