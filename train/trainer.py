"""TRL's SFTTrainer, handed token ids and labels, with evaluations weighed by token and steps that are checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from datasets import Dataset
from transformers import PreTrainedModel, PreTrainedTokenizerBase, PrinterCallback, TrainerControl
from trl import SFTConfig, SFTTrainer

from curation.base.errors import TrainingError
from curation.training.loss import mean_loss
from curation.training.model import keep_exact, lora

if TYPE_CHECKING:
    from curation.training.callbacks import Watch
    from curation.training.precision import Precision
    from curation.training.preset import Preset


class Trainer(SFTTrainer):  # type: ignore[misc]
    """No dataset is mapped, no text tokenized, no row cut: the columns are input_ids and labels (and seq_lengths)."""

    _total_train_tokens: int  # of TRL, which does not say its type

    def training_step(self, model: Any, inputs: dict[str, Any], *rest: Any) -> torch.Tensor:
        """As TRL's; TrainingError where the loss is no number, or the batch has no token to learn."""
        if not (inputs["labels"] != -100).any():
            raise TrainingError(
                f"A batch at step {self.state.global_step + 1} has no token with loss: the mask covers nothing",
                "Look at the rows: curate inspect BUILD.",
            )
        if not self._total_train_tokens:  # TRL counts from none in a resumed run, too
            self._total_train_tokens = int(self._initial_num_input_tokens_seen)
        loss: torch.Tensor = super().training_step(model, inputs, *rest)
        if not torch.isfinite(loss):
            raise TrainingError(
                f"The loss became {loss.item()} at step {self.state.global_step + 1}",
                "Lower --learning-rate, or --clip; the checkpoints before it are kept.",
            )
        return loss

    def _run_epoch(self, *given: Any, **named: Any) -> None:
        """As the library's; nothing where every step is done: resumed within an epoch, it would take one more."""
        if self.state.global_step < self.state.max_steps:
            super()._run_epoch(*given, **named)
        else:
            self.control.should_training_stop = True

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Mean loss per trained token and its perplexity; the library's own is a mean of means of batches."""
        found = mean_loss(self.model, self.eval_dataset, self.args.per_device_eval_batch_size)
        values = {"loss": found.mean, "perplexity": found.perplexity, "tokens": found.tokens}
        metrics = {f"{metric_key_prefix}_{name}": float(value) for name, value in values.items()}
        self.log(dict(metrics))
        control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        self.control: TrainerControl = control
        return metrics

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """The adapter's card is ours, and written once."""


def make(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    rows: Dataset,
    validation: Dataset | None,
    preset: Preset,
    precision: Precision,
    folder: Path,
    watch: Watch,
    report_to: str,
) -> Trainer:
    """A trainer that saves into `folder`, its LoRA weights in float32."""
    trainer = Trainer(
        model=model,
        args=_arguments(preset, precision, folder, len(rows), validation is not None, report_to),
        train_dataset=rows,
        eval_dataset=validation,
        processing_class=tokenizer,
        peft_config=lora(preset),
        callbacks=[watch],
    )
    trainer.remove_callback(PrinterCallback)
    keep_exact(trainer.model)
    return trainer


def _arguments(
    preset: Preset, precision: Precision, folder: Path, rows: int, evaluates: bool, report_to: str
) -> SFTConfig:
    steps = max(1, -(-rows // (preset.batch * preset.accumulation)))
    return SFTConfig(
        output_dir=str(folder),
        num_train_epochs=preset.epochs,
        per_device_train_batch_size=preset.batch,
        per_device_eval_batch_size=preset.batch,
        gradient_accumulation_steps=preset.accumulation,
        gradient_checkpointing=preset.checkpointing,
        learning_rate=preset.learning_rate,
        lr_scheduler_type="constant_with_warmup" if preset.schedule == "constant" else preset.schedule,
        warmup_steps=round(preset.warmup * steps * preset.epochs),
        weight_decay=preset.weight_decay,
        max_grad_norm=preset.clip,
        optim=precision.optimizer,
        bf16=precision.format == "bf16",
        fp16=precision.scaler,
        use_cpu=not torch.cuda.is_available(),
        torch_compile=precision.compile,
        max_length=None,  # with a length set, rows would be cut or vanish
        padding_free=preset.packing,
        dataset_kwargs={"skip_prepare_dataset": True},
        eval_strategy="epoch" if evaluates else "no",
        save_strategy="steps",
        save_steps=preset.save_steps,
        save_total_limit=None,  # see checkpoints.drop
        logging_steps=preset.log_steps,
        logging_first_step=True,
        logging_nan_inf_filter=False,
        include_num_input_tokens_seen="non_padding",
        seed=preset.seed,
        data_seed=preset.seed,
        dataloader_pin_memory=torch.cuda.is_available(),
        report_to=report_to,
        disable_tqdm=True,
    )
