"""Questions to a loaded model: its base and its adapters, each by its name."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from curation.base.errors import UsageError
from curation.training.data import TrainingData
from curation.training.inference.decoding import ends, generate, last_turn, prompt_ids
from curation.training.inference.load import BASE, Loaded

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Question:
    """`ids` as the model gets them; `reference`: the row's own answer, where a row is asked."""

    ids: tuple[int, ...]
    reference: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Answer:
    """Of one adapter, or of the base, by its name; `prompt` with its control tokens."""

    name: str
    prompt: str
    answer: str
    reference: str | None


def ask(
    loaded: Loaded, question: Question, *, base: bool = False, new_tokens: int = 256, temperature: float = 0.0
) -> list[Answer]:
    """The answer of each adapter, of at most `new_tokens`; with `base` also the base's own, first."""
    from curation.training.compare import text

    model, tokenizer = loaded.model, loaded.tokenizer
    stops, pad = ends(loaded.contract), int(tokenizer.pad_token_id)
    prompt = str(tokenizer.decode(question.ids))
    reference = None if question.reference is None else text(tokenizer, question.reference)
    answers = []
    for name in [*([BASE] if base else []), *loaded.names]:
        if name != BASE:
            model.set_adapter(name)
        with model.disable_adapter() if name == BASE else nullcontext():
            (ids,) = generate(model, [question.ids], stops, pad, new_tokens, temperature)
        answers.append(Answer(name, prompt, text(tokenizer, ids), reference))
    return answers


def from_prompt(tokenizer: PreTrainedTokenizerBase, prompt: str, system: str | None = None) -> Question:
    """What a user says, after a system prompt if there is one, by the template that the run was trained with."""
    messages = [{"role": "system", "content": system}] if system else []
    return Question(prompt_ids(tokenizer, [*messages, {"role": "user", "content": prompt}]))


def from_row(data: TrainingData, id: str) -> Question:
    """The question of a row of the build, and its answer. UsageError where there is no such row."""
    import pyarrow.parquet as pq

    for split in data.manifest.splits:
        ids = pq.read_table(data.ids(split), columns=["id"])["id"].to_pylist()
        if id in ids:
            found = data.rows(split)[ids.index(id)]
            turn = last_turn(found["input_ids"], found["labels"], ends(data.manifest.contract))
            return Question(turn.prompt, turn.answer)
    raise UsageError(f"{data.folder} has no row {id!r}", "curate inspect BUILD shows rows with their ids.")
