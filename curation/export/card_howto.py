"""Two sections of a card: how to load the dataset and train on it, and how to build the same bytes again."""

from __future__ import annotations

from curation.schemas.manifest import Manifest

_LOAD = """```python
from datasets import load_dataset

rows = load_dataset("{place}")  # train, validation, test
print(rows["train"][0])
```"""
_TRAIN = """With TRL, and the chat template that the rows were counted with:

```python
from pathlib import Path

from transformers import AutoTokenizer
from trl import SFTConfig, SFTTrainer

tokenizer = AutoTokenizer.from_pretrained("the/model")
tokenizer.chat_template = Path("chat_template.jinja").read_text("utf8")  # the file beside this card
trainer = SFTTrainer(
    model="the/model",
    args=SFTConfig({options}),
    train_dataset=rows["train"],
    eval_dataset=rows["validation"],
    processing_class=tokenizer,
)
trainer.train()
```

`max_length=None`: no row is cut. {note}"""
_OPTIONS = {
    "messages": ("max_length=None, assistant_only_loss=True", "The loss is on what the assistant says."),
    "prompt-completion": ("max_length=None", "The loss is on the completion."),
    "text": (
        'max_length=None, dataset_text_field="text"',
        "The loss is on the whole text; the BOS is left out, for the tokenizer adds it.",
    ),
}
_OTHERS = "The form `{form}` is for trainers that read it; for TRL build with `--format messages`."


def use(manifest: Manifest, place: str) -> str:
    """How to load it with datasets from `place`, and how to train on it with TRL where that reads its form."""
    loaded = _LOAD.format(place=place)
    if manifest.form not in _OPTIONS:
        return f"{loaded}\n\n{_OTHERS.format(form=manifest.form)}"
    options, note = _OPTIONS[manifest.form]
    return f"{loaded}\n\n{_TRAIN.format(options=options, note=note)}"


def rebuild(manifest: Manifest) -> str:
    """The command, the hashes of its inputs, and the versions."""
    invocation, contract = manifest.invocation, manifest.contract
    inputs = [(f"source {file.name}", f"sha256 {file.sha256}") for file in manifest.sources]
    inputs += [(f"recipe {invocation.recipe}", f"sha256 {invocation.recipe_sha256}")] if invocation else []
    inputs += [
        (f"tokenizer {contract.tokenizer}", f"sha256 {contract.tokenizer_sha256}"),
        (f"template {contract.template}", f"sha256 {contract.template_sha256}"),
        *manifest.versions.items(),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in inputs)
    how = (
        f"```sh\n{invocation.command}\ncurate verify {manifest.name}\n```\n\nRun it where the files that it names are."
        if invocation
        else "It was built from Python, so there is no command for it."
    )
    return (
        f"{how} With these inputs and versions every file has the hash that manifest.json says:\n\n"
        f"| input | is |\n|---|---|\n{table}"
    )
