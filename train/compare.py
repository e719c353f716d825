"""Base against adapter on the same rows, and whether the adapter changed anything at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from curation.base.errors import TrainingError
from curation.training.inference.decoding import Turn, ends, generate, last_turn
from curation.training.loss import Loss, mean_loss, token_log_probs

if TYPE_CHECKING:
    from datasets import Dataset
    from peft import PeftModel
    from transformers import PreTrainedTokenizerBase

    from curation.schemas.template import TemplateContract
    from curation.training.preset import Preset


@dataclass(frozen=True)
class Scores:
    """Of answers against references, as shares of the rows. Fuzzy: rapidfuzz's ratio above 90, 70 and 50 of 100."""

    exact: float
    over_90: float
    over_70: float
    over_50: float
    accuracy: float | None
    """Where every reference is one of a few labels."""
    macro_f1: float | None


@dataclass(frozen=True)
class Side:
    """What base or adapter did on the compared rows."""

    loss: float
    perplexity: float
    scores: Scores | None


@dataclass(frozen=True)
class Example:
    """One row: its question's end, the right answer and both answers."""

    prompt: str
    reference: str
    base: str
    adapter: str


@dataclass(frozen=True)
class Comparison:
    """`moved` of `matrices` LoRA matrices B are no longer zero; `difference`: mean change of a log-probability."""

    split: str
    rows: int
    answered: int
    base: Side
    adapter: Side
    moved: int
    matrices: int
    difference: float
    examples: tuple[Example, ...]

    def report(self) -> dict[str, object]:
        """The figures as result.json holds them."""
        return asdict(self)


def compare(
    model: PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    contract: TemplateContract,
    split: str,
    rows: Dataset,
    preset: Preset,
) -> Comparison:
    """Loss over `rows`, answers to `preset.compare` of them, evenly spread. TrainingError where nothing moved."""
    moved, matrices, difference = changed(model, rows)
    chosen = rows.select(range(0, len(rows), max(1, len(rows) // preset.compare))) if preset.compare else None
    chosen = chosen.select(range(min(len(chosen), preset.compare))) if chosen else None
    stops, pad = ends(contract), int(tokenizer.pad_token_id)
    turns = [last_turn(row["input_ids"], row["labels"], stops) for row in chosen or ()]
    references = [text(tokenizer, turn.answer) for turn in turns]

    def side() -> tuple[Side, list[str]]:
        loss: Loss = mean_loss(model, rows, preset.batch)
        made = generate(model, [turn.prompt for turn in turns], stops, pad, preset.new_tokens, batch=preset.batch)
        written = [text(tokenizer, answer) for answer in made]
        return Side(loss.mean, loss.perplexity, score(written, references) if written else None), written

    adapter, theirs = side()
    with model.disable_adapter():
        base, before = side()
    shown = tuple(map(Example, _asked(tokenizer, turns), references, before, theirs))[:5]
    return Comparison(split, len(rows), len(turns), base, adapter, moved, matrices, difference, shown)


def changed(model: PeftModel, rows: Dataset) -> tuple[int, int, float]:
    """LoRA matrices B that moved from zero, how many there are, and what that does to a row's log-probabilities."""
    import torch

    weights = [weight for name, weight in model.named_parameters() if ".lora_B." in name]
    moved = sum(bool(weight.any()) for weight in weights)
    ids = torch.tensor([rows[0]["input_ids"]], device=model.device)
    labels = torch.tensor([rows[0]["labels"]], device=model.device)
    training = model.training
    model.eval()
    with torch.inference_mode():
        ours = token_log_probs(model, ids, labels)
        with model.disable_adapter():
            theirs = token_log_probs(model, ids, labels)
    model.train(training)
    difference = (ours - theirs).abs().mean().item()
    if not moved or not difference:
        raise TrainingError(
            f"The adapter changes nothing: {moved} of {len(weights)} LoRA matrices moved from zero, and the base's "
            f"log-probabilities change by {difference:g}",
            "Look at --learning-rate and --targets.",
        )
    return moved, len(weights), difference


def score(answers: Sequence[str], references: Sequence[str]) -> Scores:
    """Answers against references of the same order. Accuracy and macro-F1 where labels repeat: at most half as many."""
    from rapidfuzz import fuzz
    from sklearn.metrics import f1_score

    near = [fuzz.ratio(a, b) for a, b in zip(answers, references, strict=True)]
    exact = _share([a == b for a, b in zip(answers, references, strict=True)])
    labels = sorted(set(references))
    classes = 1 < len(labels) <= len(references) / 2 and max(map(len, labels)) <= 60
    f1 = float(f1_score(references, answers, labels=labels, average="macro", zero_division=0)) if classes else None
    over_90, over_70, over_50 = (_share([value > tier for value in near]) for tier in (90, 70, 50))
    return Scores(exact, over_90, over_70, over_50, exact if classes else None, f1)


def text(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]) -> str:
    """Token ids as text, without control tokens."""
    return str(tokenizer.decode(list(ids), skip_special_tokens=True)).strip()


def _asked(tokenizer: PreTrainedTokenizerBase, turns: Sequence[Turn]) -> list[str]:
    return [str(tokenizer.decode(list(turn.prompt), skip_special_tokens=False)) for turn in turns]


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / max(len(flags), 1)
