"""Facts about traps of these library versions: each was seen once, and none catches a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from runs import go, preset

from curation.base.errors import InputError

pytestmark = pytest.mark.usefixtures("libraries")
Trainers = Callable[..., Any]


@pytest.fixture(scope="module")
def tokenizer(finished: Any) -> Any:
    """The tokenizer of the finished run."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(finished.run.adapter)


@pytest.fixture(scope="module")
def packing(trainers: Trainers) -> Any:
    """A trainer of packed rows, without dropout, whose adapter is not nothing."""
    made = trainers(preset("--packing", "--max-tokens", "256", "--batch", "2", "--dropout", "0"))
    return stirred(made)


@pytest.fixture(scope="module")
def plain(trainers: Trainers) -> Any:
    return stirred(trainers(preset("--dropout", "0")))


def stirred(trainer: Any) -> Any:
    """Random numbers where LoRA's B begin as zeros."""
    import torch

    torch.manual_seed(1)
    for name, weight in trainer.model.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(weight, std=0.05)
    return trainer


def told(dataset: Any, *columns: str) -> list[Any]:
    return sorted(zip(*(dataset[column] for column in columns or ("input_ids", "labels")), strict=True))


# 4-bit weights


def test_the_base_is_in_four_bits_and_stays_packed(plain: Any) -> None:
    """Every linear layer but the head is NF4 with double quantization, and none may be repacked for AVX512-BF16."""
    import bitsandbytes as bnb

    layers = [module for module in plain.model.modules() if isinstance(module, bnb.nn.Linear4bit)]
    assert len(layers) == 7 * 4
    assert {layer.support_avx512bf16_for_cpu for layer in layers} == {False}
    assert {layer.weight.quant_state.quant_type for layer in layers} == {"nf4"}
    assert all(layer.weight.quant_state.nested for layer in layers)


def test_gradients_are_the_same_after_an_evaluation(plain: Any, opened: Any) -> None:
    """An evaluation between two steps leaves the 4-bit weights, so that the gradients are the same before and after."""
    import torch

    from curation.training.loss import mean_loss

    batch = next(iter(plain.get_train_dataloader()))

    def gradients() -> list[torch.Tensor]:
        plain.model.train()
        plain.model.zero_grad()
        plain.compute_loss(plain.model, dict(batch)).backward()
        return [weight.grad.clone() for weight in plain.model.parameters() if weight.requires_grad]

    before = gradients()
    mean_loss(plain.model, opened.rows("validation"), 4)
    after = gradients()
    assert before
    assert any(gradient.any() for gradient in before)
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


def test_the_adapter_is_in_fp32(plain: Any) -> None:
    """LoRA's weights are float32 when training begins, though TRL casts them to bf16 on a 4-bit base."""
    import torch

    trained = {name: weight.dtype for name, weight in plain.model.named_parameters() if weight.requires_grad}
    assert len(trained) == 2 * 7 * 4
    assert all("lora_" in name for name in trained)
    assert set(trained.values()) == {torch.float32}


# Rows


def batches(trainer: Any) -> Iterator[tuple[list[int], list[int]]]:
    """Ids and labels of every row as the model is handed them, padding left out."""
    for batch in trainer.get_train_dataloader():
        for ids, labels, mask in zip(batch["input_ids"], batch["labels"], batch["attention_mask"], strict=True):
            assert not (labels[mask == 0] != -100).any()
            yield ids[mask == 1].tolist(), labels[mask == 1].tolist()


def test_no_row_is_cut_none_vanishes_and_labels_arrive_as_they_are(plain: Any, opened: Any) -> None:
    """An epoch hands the model every row of the build once and whole, with the build's own labels."""
    seen = sorted(batches(plain))
    assert [(list(ids), list(labels)) for ids, labels in told(opened.rows("train"))] == seen
    assert len(plain.train_dataset) == opened.manifest.splits["train"].rows


def test_the_loss_is_on_the_answer_alone(plain: Any, tokenizer: Any, opened: Any) -> None:
    """What is trained of a row reads as the assistant's message and its end of turn; the rest has no loss."""
    answers = {line["messages"][-1]["content"] for line in opened.lines("train")}
    found = {tokenizer.decode([token for token in labels if token != -100]) for _, labels in batches(plain)}
    assert found == {f"{answer}<|eot_id|>" for answer in answers}
    assert all(labels[0] == -100 for _, labels in batches(plain))


def test_evaluation_weighs_every_token_the_same(plain: Any, opened: Any) -> None:
    """The evaluation's loss is that of all tokens by hand, with full logits, whatever the lengths and the batch."""
    import torch

    from curation.training.loss import mean_loss

    rows = opened.rows("validation")
    assert len({len(ids) for ids in rows["input_ids"]}) > 3
    total, tokens = 0.0, 0
    plain.model.eval()
    with torch.no_grad():
        for ids, labels in zip(rows["input_ids"], rows["labels"], strict=True):
            logits = plain.model(input_ids=torch.tensor([list(ids)])).logits[0, :-1].float()
            answer = torch.tensor(list(labels[1:]))
            total += torch.nn.functional.cross_entropy(logits, answer, ignore_index=-100, reduction="sum").item()
            tokens += int((answer != -100).sum())
    for batch in (1, 5):
        found = mean_loss(plain.model, rows, batch)
        assert found.tokens == tokens == opened.manifest.splits["validation"].trained_tokens
        assert found.mean == pytest.approx(total / tokens, abs=1e-4)
    assert plain.evaluate()["eval_loss"] == pytest.approx(total / tokens, abs=1e-4)


# Packing


def test_packed_rows_do_not_see_each_other(packing: Any, opened: Any) -> None:
    """Rows in one sequence have the logits and the loss that each has alone, in training as it runs."""
    import torch

    packed = packing.train_dataset.select(range(2))
    assert all(len(lengths) > 2 for lengths in packed["seq_lengths"])
    batch = packing.data_collator(list(packed))
    packing.model.train()
    with torch.no_grad():
        ours = packing.model(batch["input_ids"], position_ids=batch["position_ids"], use_cache=False).logits[0]
        alone = [
            packing.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0]
            for ids in split(packed, "input_ids")
        ]
        found = packing.compute_loss(packing.model, dict(batch)).item()
    assert torch.allclose(ours, torch.cat(alone), atol=1e-4)
    answers = [torch.tensor(labels[1:]) for labels in split(packed, "labels")]
    loss = torch.nn.functional.cross_entropy(
        torch.cat([logits[:-1] for logits in alone]), torch.cat(answers), ignore_index=-100
    )
    assert found == pytest.approx(loss.item(), abs=1e-4)


def split(packed: Any, column: str) -> list[list[int]]:
    """The rows in packed sequences, by `seq_lengths`."""
    made = []
    for row in packed:
        left = list(row[column])
        for length in row["seq_lengths"]:
            made.append(left[:length])
            left = left[length:]
        assert left == []
    return made


def test_packing_keeps_every_token(packing: Any, opened: Any) -> None:
    """The packed sequences hold every row of the build whole, with its labels, and none is over the limit."""
    packed = packing.train_dataset
    ours = sorted(zip(split(packed, "input_ids"), split(packed, "labels"), strict=True))
    assert ours == [(list(ids), list(labels)) for ids, labels in told(opened.rows("train"))]
    assert max(map(len, packed["input_ids"])) <= 256


def test_a_packed_run_counts_every_token(build: Path, opened: Any, tmp_path: Path) -> None:
    """An epoch of packed rows has seen exactly the manifest's tokens, and says how full the sequences were."""
    from curation.training.run_folder import open_run

    lines: list[str] = []
    words = ("--packing", "--epochs", "1", "--max-tokens", "512", "--batch", "1", "--compare", "0")
    go(build, tmp_path / "run", *words, lines=lines)
    result = open_run(tmp_path / "run").result()
    assert result
    assert result["tokens_seen"] == opened.manifest.splits["train"].tokens
    assert any(line.startswith(f"packed: {opened.manifest.splits['train'].rows:,} rows in") for line in lines)


# Templates


def test_a_rendered_prompt_is_a_dictionary_of_two(tokenizer: Any) -> None:
    """apply_chat_template gives a dictionary whose len is 2, whatever the text: no length is ever taken of it."""
    messages = [{"role": "user", "content": "word " * 500}]
    assert len(tokenizer.apply_chat_template(messages)) == 2
    from curation.training.inference.decoding import prompt_ids

    assert len(prompt_ids(tokenizer, messages)) > 500


def test_a_prompt_is_rendered_as_the_model_saw_it_in_training(tokenizer: Any, opened: Any) -> None:
    """The ids of a row's messages without the answer are the ids that stand before it in the tokenized row."""
    from curation.training.inference.decoding import ends, last_turn, prompt_ids

    rows, lines = opened.rows("train"), opened.lines("train")
    for row, line in list(zip(rows, lines, strict=True))[::10]:
        turn = last_turn(row["input_ids"], row["labels"], ends(opened.manifest.contract))
        assert prompt_ids(tokenizer, line["messages"][:-1]) == turn.prompt
        assert tokenizer.decode(turn.answer) == line["messages"][-1]["content"]


def test_padding_is_no_end_of_turn(tokenizer: Any, opened: Any) -> None:
    """Rows are padded with a token that ends no answer, on the right."""
    from curation.training.inference.decoding import ends

    assert tokenizer.pad_token_id not in ends(opened.manifest.contract)
    assert tokenizer.padding_side == "right"


def test_answers_do_not_depend_on_their_batch(plain: Any, tokenizer: Any, opened: Any) -> None:
    """Prompts of unequal length answered together, padded on the left, are answered as each is alone."""
    from curation.training.inference.decoding import ends, generate, last_turn

    stops, pad = ends(opened.manifest.contract), tokenizer.pad_token_id
    rows = sorted(opened.rows("train"), key=lambda row: len(row["input_ids"]))
    prompts = [last_turn(row["input_ids"], row["labels"], stops).prompt for row in (rows[0], rows[60], rows[-1])]
    assert len(set(map(len, prompts))) == 3
    alone = [generate(plain.model, [prompt], stops, pad, 16)[0] for prompt in prompts]
    assert generate(plain.model, prompts, stops, pad, 16) == alone


def test_a_tokenizer_larger_than_the_model_is_refused(finished: Any, tokenizer: Any) -> None:
    """Ids that the model has no embedding for are an InputError with both sizes."""
    from copy import deepcopy

    from curation.training import model
    from curation.training.precision import decide, here

    larger = deepcopy(tokenizer)
    larger.add_tokens(["<|one|>", "<|more|>"])
    base = model.base(finished.run.model, decide(here(), finished.run.preset))
    model.check_vocabulary(base, tokenizer)
    with pytest.raises(InputError, match=r"has 8,194 tokens and the model embeds 8,192"):
        model.check_vocabulary(base, larger)
