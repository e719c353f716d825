"""Ask a run: its base, its adapter, and adapters of other runs on the same base, each by its name."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from curation.base.errors import UsageError
from curation.training.data import TrainingData
from curation.training.inference.decoding import answers, ends, last_turn, prompt_ids
from curation.training.run_folder import Run

BASE = "base"


@dataclass(frozen=True)
class Question:
    """`ids` as the model sees them; `reference`: the row's own answer, where a row is asked."""

    ids: tuple[int, ...]
    reference: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Said:
    """What one adapter (or the base) answered; `prompt` with its control tokens."""

    name: str
    prompt: str
    answer: str
    reference: str | None


def speak(
    runs: Sequence[Run],
    question: Question | str,
    *,
    system: str | None = None,
    base: bool = False,
    new_tokens: int = 256,
    temperature: float = 0.0,
) -> list[Said]:
    """The answer of each run's adapter, on one base that is loaded once; with `base` also the base's own.

    UsageError where the runs do not share a base and a template.
    """
    from peft import PeftModel
    from transformers import AutoTokenizer

    from curation.training import model
    from curation.training.compare import text
    from curation.training.precision import decide, here

    first = runs[0]
    _check(runs)
    words = AutoTokenizer.from_pretrained(first.adapter)
    messages = [{"role": "system", "content": system}] if system else []
    if isinstance(question, str):
        question = Question(prompt_ids(words, [*messages, {"role": "user", "content": question}]))
    loaded = model.base(first.model, decide(here(), first.preset))
    names = [run.folder.name for run in runs]
    speaker = PeftModel.from_pretrained(loaded, first.adapter, adapter_name=names[0])
    for run, name in zip(runs[1:], names[1:], strict=True):
        speaker.load_adapter(run.adapter, adapter_name=name)
    reference = text(words, question.reference) if question.reference is not None else None
    said = []
    for name in [*([BASE] if base else []), *names]:
        if name != BASE:
            speaker.set_adapter(name)
        with speaker.disable_adapter() if name == BASE else nullcontext():
            stops, pad = ends(first.settings.contract), int(words.pad_token_id)
            (answer,) = answers(speaker, [question.ids], stops, pad, new_tokens, temperature)
        said.append(Said(name, words.decode(question.ids), text(words, answer), reference))
    return said


def row(data: TrainingData, wanted: str) -> Question:
    """The question of a row of the build by its id, and its answer. UsageError where there is none."""
    import pyarrow.parquet as pq

    for split in data.manifest.splits:
        ids = pq.read_table(data.tokenized / f"{split}.parquet", columns=["id"])["id"].to_pylist()
        if wanted in ids:
            found = data.rows(split)[ids.index(wanted)]
            turn = last_turn(found["input_ids"], found["labels"], ends(data.manifest.contract))
            return Question(turn.prompt, turn.answer)
    raise UsageError(f"{data.folder} has no row {wanted!r}", "curate inspect BUILD shows rows with their ids.")


def _check(runs: Sequence[Run]) -> None:
    first = runs[0]
    for run in runs:
        if not run.adapter.is_dir():
            raise UsageError(f"{run.folder} has no adapter yet", "Train it to its end first.")
        if run.settings.contract != first.settings.contract or not _same_base(run, first):
            raise UsageError(
                f"{run.folder} stands on another base than {first.folder}: {run.model} and {first.model}",
                "Adapters are swapped on one base only; ask them one at a time.",
            )
    if len({run.folder.name for run in runs}) < len(runs) or BASE in {run.folder.name for run in runs}:
        raise UsageError("Two of the runs have the same name", f"Rename their folders; {BASE!r} is the base's own.")


def _same_base(one: Run, other: Run) -> bool:
    """The same name; tiny bases are equal by their weights."""
    if one.model == other.model:
        return True
    files = [run.base / "model.safetensors" for run in (one, other)]
    return all(file.is_file() for file in files) and files[0].read_bytes() == files[1].read_bytes()
