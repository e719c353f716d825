"""From a build to a trainer ready for its first step: token ids handed over, beside TRL's own preparation of messages.

    curate build legal --source CUADv1.json --tokenizer llama-3.1 --tokenized
    python benchmarks/handoff.py datasets_out/legal --tokenizer llama-3.1 [--rows 20000]

Both end with the same labels, which is checked. Importing the libraries and loading the tiny model are left out.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from pathlib import Path

from datasets import Dataset
from transformers import AutoModelForCausalLM
from trl import SFTConfig, SFTTrainer

from curation.base.tokenizer_files import tokenizer_folder
from curation.training.data import open_build
from curation.training.tiny_model import write
from curation.training.tokenizer import load


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--tokenizer", default="builtin")
    parser.add_argument("--rows", type=int, default=20_000)
    given = parser.parse_args()
    logging.getLogger("trl").setLevel(logging.ERROR)
    data = open_build(given.build)
    tokenizer = load(tokenizer_folder(given.tokenizer), data.manifest.contract, data.template)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(folder / "model", tokenizer)

        def trainer(rows: Dataset, config: SFTConfig) -> SFTTrainer:
            model = AutoModelForCausalLM.from_pretrained(folder / "model")
            began.append(time.perf_counter())
            return SFTTrainer(model=model, args=config, train_dataset=rows, processing_class=tokenizer)

        def config(**options: object) -> SFTConfig:
            return SFTConfig(output_dir=str(folder / "out"), use_cpu=True, report_to="none", max_length=None, **options)

        began: list[float] = []
        lines = Dataset.from_list([{"messages": line["messages"]} for line in data.lines("train")[: given.rows]])
        theirs = trainer(lines, config(assistant_only_loss=True))
        slow = time.perf_counter() - began[-1]
        start = time.perf_counter()
        rows = data.rows("train")
        read = time.perf_counter() - start
        rows = rows.select(range(min(given.rows, len(rows))))
        ours = trainer(rows, config(dataset_kwargs={"skip_prepare_dataset": True}))
        fast = time.perf_counter() - began[-1] + read
    for column in ("input_ids", "labels"):
        assert ours.train_dataset[column][:] == theirs.train_dataset[column][:], f"{column} differ"
    tokens = sum(map(len, rows["input_ids"]))
    print("| what | rows | tokens | seconds | x handed over |\n|---|---|---|---|---|")
    for name, seconds in (("handed over", fast), ("TRL prepares messages", slow)):
        print(f"| {name} | {len(rows):,} | {tokens:,} | {seconds:.1f} | {seconds / fast:.0f} |")


if __name__ == "__main__":
    main()
