"""Facts about template, mask and decoding together: a model that has learned rows by heart answers them exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from runs import preset

if TYPE_CHECKING:
    from curation.training.compare import Comparison

pytestmark = pytest.mark.usefixtures("libraries")
WORDS = ["--targets", "all-linear", "--rank", "32", "--learning-rate", "5e-3", "--schedule", "constant"]
WORDS += ["--dropout", "0", "--batch", "16", "--accumulation", "1", "--no-checkpointing", "--epochs", "40"]
WORDS += ["--log-steps", "20", "--compare", "32", "--new-tokens", "24"]


class Learned(NamedTuple):
    model: Any
    tokenizer: Any
    rows: Any
    found: Comparison


@pytest.fixture(scope="module")
def learned(trainers: Any, opened: Any) -> Learned:
    """The tiny model, having seen the 32 shortest rows forty times."""
    from curation.training.compare import compare
    from curation.training.libraries import libraries as quiet

    rows = opened.rows("train")
    lengths = [len(ids) for ids in rows["input_ids"]]
    rows = rows.select(sorted(range(len(rows)), key=lambda at: lengths[at])[:32])
    settings = preset(*WORDS)
    trainer = trainers(settings, rows)
    trainer.args.eval_strategy = "no"
    with quiet():
        trainer.train()
    tokenizer = trainer.processing_class
    found = compare(trainer.model, tokenizer, opened.manifest.contract, "train", rows, settings)
    return Learned(trainer.model, tokenizer, rows, found)


def test_rows_learned_by_heart_are_answered_exactly(learned: Learned) -> None:
    """Over nine in ten of the rows that were seen forty times are answered to the letter; by the base none."""
    assert learned.found.answered == 32
    assert learned.found.adapter.scores
    assert learned.found.base.scores
    assert learned.found.adapter.scores.exact > 0.9
    assert learned.found.adapter.loss < 1 < learned.found.base.loss
    assert learned.found.base.scores.exact == 0


def test_an_answer_stops_at_the_end_of_its_turn(learned: Learned, opened: Any) -> None:
    """An answer that was learned ends by itself, long before as many tokens as it may have."""
    from curation.training.inference.decoding import ends, generate, last_turn

    contract = opened.manifest.contract
    turns = [last_turn(row["input_ids"], row["labels"], ends(contract)) for row in learned.rows]
    pad = learned.tokenizer.pad_token_id
    made = generate(learned.model, [turn.prompt for turn in turns], ends(contract), pad, 100)
    right = [answer for answer, turn in zip(made, turns, strict=True) if answer == turn.answer]
    assert len(right) > 0.9 * len(turns)
    assert max(map(len, right)) < 30
    assert not {token for answer in right for token in answer} & ends(contract)


def test_the_shown_examples_are_the_rows(learned: Learned, opened: Any) -> None:
    """An example shows the prompt with its control tokens, the row's own answer, and what both sides said."""
    references = {line["messages"][-1]["content"] for line in opened.lines("train")}
    assert learned.found.examples
    for example in learned.found.examples:
        assert example.prompt.startswith("<|begin_of_text|>")
        assert example.reference in references
        assert example.base != example.reference
    assert any(example.adapter == example.reference for example in learned.found.examples)
