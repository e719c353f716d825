"""Two sections of a card: how to load the dataset and train on it, and how to build the same bytes again."""

from __future__ import annotations

import shlex

from schemas.manifest import Manifest

_LOAD = """```python
from datasets import load_dataset

rows = load_dataset("{place}")  # train, validation, test
print(rows["train"][0])
```"""
_TRAIN = """With TRL, by the template that the rows were counted with:

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
    """The command, the hashes that what it reads must have, and the versions."""
    inputs = [(f"source {file.name}", f"sha256 {file.sha256}") for file in manifest.sources]
    if "recipe_sha256" in manifest.provenance:
        inputs.append((f"recipe {manifest.provenance['recipe']}", f"sha256 {manifest.provenance['recipe_sha256']}"))
    contract = manifest.contract
    inputs += [
        (f"tokenizer {contract.tokenizer}", f"sha256 {contract.tokenizer_sha256}"),
        (f"template {contract.template}", f"sha256 {contract.template_sha256}"),
        *manifest.versions.items(),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in inputs)
    return (
        f"```sh\n{command(manifest)}\ncurate verify {manifest.name}\n```\n\n"
        "With these inputs and versions, and the split that the phases in manifest.json name, every file has the hash "
        f"that manifest.json says:\n\n| input | is |\n|---|---|\n{table}"
    )


def command(manifest: Manifest) -> str:
    """The `curate build` that made it, as far as a manifest knows: files by name, and the split not at all."""
    told = dict(manifest.provenance)
    told.pop("recipe_sha256", None)
    demo = told.pop("demo", None)
    recipe = told.pop("recipe", f"{manifest.name}.py")
    words = ["curate", "build", manifest.name if recipe == f"{manifest.name}.py" else f"./{recipe}"]
    words += ["--demo"] if demo else _source([file.name for file in manifest.sources])
    for name, value in told.items():
        words += [f"--{name.strip('_').replace('_', '-')}", value]
    if manifest.contract.tokenizer != "builtin":
        words += ["--tokenizer", manifest.contract.tokenizer]
    if manifest.form != "messages":
        words += ["--format", manifest.form]
    return shlex.join(words)


def _source(names: list[str]) -> list[str]:
    """A file, or the folder of several; files of one name come from folders that the recipe knows."""
    if len(names) == 1:
        return ["--source", names[0]]
    return ["--source", "."] if len(set(names)) == len(names) > 0 else []
