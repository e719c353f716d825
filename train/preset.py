"""The settings of a run: every field, its meaning and bounds, in one place; five presets as small files beside it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from os.path import lexists
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from curation.base.errors import InputError, UsageError
from curation.base.files import content
from curation.base.flags import Flag, parse

PRESETS = Path(__file__).parent / "presets"
Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, lt=1)]
Bits = Annotated[Literal[4, 16, 32], BeforeValidator(lambda given: int(given) if str(given).isdecimal() else given)]
"""A word of the command line counts as a number, which a Literal alone would not see."""


def _check_model(model: str) -> str:
    """An address is refused here, before run.json holds it with the token that may be in it."""
    if "://" in model:
        raise PydanticCustomError("address", "Input should be a Hub id, a folder or tiny; a token belongs in HF_TOKEN")
    return model


class Preset(BaseModel):
    """The fields of a run. A preset file gives them as TOML; the command line overrides any: --learning-rate 1e-4."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    model: Annotated[str, AfterValidator(_check_model)]
    """Hub id or folder of the base model, or `tiny`: a random Llama of a few million parameters."""
    rank: Count
    """The rank r of LoRA's matrices."""
    alpha: Count
    """LoRA's update is scaled by alpha / rank."""
    dropout: Share
    """Dropout on LoRA's input."""
    targets: str
    """all-linear, or names of projections with commas: q_proj, v_proj."""
    learning_rate: Annotated[float, Field(gt=0, lt=1)]
    """The learning rate at its highest, after the warmup."""
    schedule: Literal["cosine", "linear", "constant"]
    """How the learning rate falls after the warmup."""
    warmup: Share
    """Share of all steps in which the learning rate rises."""
    epochs: Annotated[float, Field(gt=0)]
    """How often every row is trained on."""
    batch: Count
    """Rows a device holds at once."""
    accumulation: Count
    """Batches to one step of the optimizer."""
    optimizer: Literal["adamw_8bit", "paged_adamw_8bit", "adamw_torch"]
    """AdamW with its states in 8 bits, paged out where memory runs short, or in 32 bits."""
    max_tokens: Count | None = None
    """The longest row, in tokens; where not set, the build's own limit. A longer row is refused: nothing is cut."""
    weight_decay: Share = 0.0
    """Decay of LoRA's weights at each step."""
    clip: Annotated[float, Field(gt=0)] = 1.0
    """Largest norm of the gradient."""
    bits: Bits = 4
    """Bits of the frozen base: 4 is NF4 with double quantization (QLoRA), 16 and 32 are plain LoRA."""
    packing: bool = False
    """Several rows in one sequence of max_tokens, by best fit; none attends to another."""
    checkpointing: bool = True
    """Compute activations again in the backward pass: less memory, about a third more time."""
    save_steps: Count = 100
    """Steps between checkpoints."""
    keep: Annotated[int, Field(ge=2)] = 2
    """Checkpoints that stay; the newest may be half written when the power goes."""
    log_steps: Count = 5
    """Steps between lines of metrics.jsonl."""
    compare: Annotated[int, Field(ge=0)] = 32
    """Validation rows that base and adapter answer side by side at the end; 0 leaves that out."""
    new_tokens: Count = 256
    """The longest answer of that comparison, in tokens."""
    seed: int = 0
    """Seed of LoRA's first weights, dropout, and the order of the rows."""

    @property
    def modules(self) -> str | list[str]:
        """`targets` as PEFT takes it."""
        names = [name.strip() for name in self.targets.split(",") if name.strip()]
        return names[0] if names == ["all-linear"] else names


def names() -> list[str]:
    """The presets that come with the project."""
    return sorted(file.stem for file in PRESETS.glob("*.toml"))


def load(name: str, words: Sequence[str] = (), fields: Mapping[str, object] | None = None) -> Preset:
    """A preset by name or .toml file, with `--field value` words and then `fields` over it. UsageError, InputError."""
    file = Path(name) if name.endswith(".toml") else PRESETS / f"{name}.toml"
    written = _read(file, name)
    options = flags(written)
    given = {**parse(words, options, "A run"), **(fields or {})}
    values = {flag.parameter: flag.value(given[flag.parameter]) for flag in options if flag.parameter in given}
    return _validated(file, written).model_copy(update=values)


def load_for(
    build: str | Path, name: str | None, words: Sequence[str] = (), fields: Mapping[str, object] | None = None
) -> Preset:
    """The preset of that name; without one tiny for the tiny model, else the one that is named like the build."""
    from curation.training.data import open_build

    if name is None:
        model = {**parse(words, flags(), "A run"), **(fields or {})}.get("model")
        name = "tiny" if model == "tiny" else open_build(build).manifest.name
        if name not in names():
            raise UsageError(f"No preset is named {name}, like the build", f"Give --preset: {', '.join(names())}.")
    return load(name, words, fields)


def flags(values: Mapping[str, Any] | None = None) -> list[Flag]:
    """Every field as an option. Its default is that of `values`, else the field's own, else each preset's."""
    kinds = get_type_hints(Preset, include_extras=True)
    own = {
        name: "the preset's" if field.is_required() else field.default for name, field in Preset.model_fields.items()
    }
    defaults = {**own, **(values or {})}
    return [
        Flag(name, kinds[name], defaults[name], field.description or "") for name, field in Preset.model_fields.items()
    ]


def flags_of(words: Sequence[str]) -> list[Flag]:
    """As `flags`, with the values of the preset that `words` name: by --preset, by --model tiny, or as the build."""
    pairs = [*pairwise(words), *(word.partition("=")[::2] for word in words)]
    given = [value for flag, value in pairs if flag in ("--preset", "--model")]
    known = names()
    name = next((word for word in (*given, *words) if word in known or Path(word).suffix == ".toml"), None)
    return flags(load(name).model_dump() if name else None)


def _read(file: Path, name: str) -> dict[str, Any]:
    if not lexists(file):
        raise UsageError(f"There is no preset {name!r}", f"Expected {', '.join(names())}, or a .toml file.")
    try:
        return tomllib.loads(content(file).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is not TOML: {error}", "Correct it there.") from error


def _validated(file: Path, written: Mapping[str, Any]) -> Preset:
    """InputError naming the field that is missing, unknown or out of range."""
    try:
        return Preset.model_validate(written)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        if first["type"] == "missing":
            fact, hint = f"{file} gives no {field}", "Every preset gives it; copy a line of another one."
        elif first["type"] == "extra_forbidden":
            fact, hint = f"{file} gives {field}, which no run takes", f"It takes {', '.join(Preset.model_fields)}."
        else:
            expected = first["msg"].removeprefix("Input should be ")
            fact, hint = f"{file} gives {field} = {first['input']!r}", f"Expected {expected}."
        raise InputError(fact, hint) from error
