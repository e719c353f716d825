"""The adapter's card: its base, what it learned from, what it scored, how to load it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curation.base.files import write_whole
from curation.training.compare import Comparison, Side
from curation.training.data import TrainingData
from curation.training.run_folder import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

_CARD = """---
base_model: {base}
library_name: peft
pipeline_tag: text-generation
license: other
language:
{languages}
tags:
- lora
- trl
- sft
---

# {name}: a LoRA adapter for {base}

Trained on the build `{build}` ({about}), {rows:,} rows of {tokens:,} tokens, {trained:,} of them trained.

| on {held:,} {split} rows | base | adapter |
|---|---|---|
{scores}

{moved} of {matrices} LoRA matrices moved from zero.

## What it was made from

| | |
|---|---|
| build | `{build}`, manifest sha256 `{data}` |
| tokenizer | `{tokenizer}`, sha256 `{tokenizer_sha256}` |
| chat template | `{template}`, sha256 `{template_sha256}` |
| LoRA | r {rank}, alpha {alpha}, dropout {dropout}, on {targets} |
| steps | {epochs:g} epochs, batch {batch} x {accumulation}, {optimizer} |
| learning rate | {learning_rate:g}, {schedule} |
| number format | {format}, base in {bits} bits |
| source of the data | {attribution} ({licence}) |

## How to load it

```python
from peft import AutoPeftModelForCausalLM
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{name}")
model = AutoPeftModelForCausalLM.from_pretrained("{name}")
prompt = tokenizer.apply_chat_template(
    [{{"role": "user", "content": "..."}}], add_generation_prompt=True, return_tensors="pt", return_dict=True
)
answer = model.generate(**prompt, max_new_tokens=256, do_sample=False, eos_token_id={stops})
print(tokenizer.decode(answer[0, prompt["input_ids"].shape[1]:], skip_special_tokens=True))
```
"""


def write(run: Run, data: TrainingData, found: Comparison) -> None:
    """adapter/README.md."""
    from curation.training.inference.decoding import ends

    settings, manifest = run.settings, data.manifest
    counted = manifest.splits["train"]
    card = _CARD.format(
        **settings.preset.model_dump(include={"rank", "alpha", "dropout", "targets", "epochs", "batch"}),
        **settings.preset.model_dump(include={"accumulation", "learning_rate", "schedule"}),
        base=run.preset.model,
        languages="\n".join(f"- {code}" for code in manifest.about.languages),
        name=run.folder.name,
        build=settings.build,
        about=manifest.about.title,
        rows=counted.rows,
        tokens=counted.tokens,
        trained=counted.trained_tokens,
        held=found.rows,
        split=found.split,
        scores="\n".join(scores(found.base, found.adapter)),
        moved=found.moved,
        matrices=found.matrices,
        data=settings.data_sha256,
        tokenizer=settings.contract.tokenizer,
        tokenizer_sha256=settings.contract.tokenizer_sha256,
        template=settings.contract.template,
        template_sha256=settings.contract.template_sha256,
        optimizer=settings.optimizer,
        format=settings.format,
        bits=settings.bits,
        attribution=manifest.about.attribution,
        licence=manifest.about.licence,
        stops=sorted(ends(settings.contract)),
    )
    write_whole(run.adapter / "README.md", card.encode())


def scores(base: Side, adapter: Side) -> Iterator[str]:
    """Lines of a Markdown table."""
    yield f"| loss per trained token | {base.loss:.4f} | {adapter.loss:.4f} |"
    yield f"| perplexity | {base.perplexity:,.2f} | {adapter.perplexity:,.2f} |"
    if base.scores and adapter.scores:
        for name, title in TITLES.items():
            before, after = getattr(base.scores, name), getattr(adapter.scores, name)
            if before is not None:
                yield f"| {title} | {before:.1%} | {after:.1%} |"


TITLES = {
    "exact": "answers exactly right",
    "over_90": "similar above 90 of 100",
    "over_70": "above 70",
    "over_50": "above 50",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
}
