"""What a run is told: every field, its meaning and bounds, in one place; four presets as small files beside it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from curation.base.errors import InputError, UsageError, nearest

PRESETS = Path(__file__).parent / "presets"
Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, lt=1)]
Bits = Annotated[Literal[4, 16, 32], BeforeValidator(lambda given: int(given) if str(given).isdecimal() else given)]
"""A word of the command line counts as a number, which a Literal alone would not see."""


class Preset(BaseModel):
    """The fields of a run. A preset file gives them as TOML; the command line overrides any: --learning-rate 1e-4."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    model: str
    """Hub id or folder of the base model, or `tiny`: a random Llama of a few million parameters."""
    max_tokens: Count
    """The longest row, in tokens. A build with a longer one is refused: nothing is ever cut."""
    rank: Count
    """r of LoRA."""
    alpha: Count
    """LoRA's update is scaled by alpha / rank."""
    dropout: Share
    """Of LoRA's input."""
    targets: str
    """all-linear, or names of projections with commas: q_proj, v_proj."""
    learning_rate: Annotated[float, Field(gt=0, lt=1)]
    """At its highest, after the warmup."""
    schedule: Literal["cosine", "linear", "constant"]
    """After the warmup."""
    warmup: Share
    """Share of all steps."""
    epochs: Annotated[float, Field(gt=0)]
    """How often every row is seen."""
    batch: Count
    """Rows a device holds at once."""
    accumulation: Count
    """Batches to one step of the optimizer."""
    optimizer: Literal["adamw_8bit", "paged_adamw_8bit", "adamw_torch"]
    """Its states in 8 bits, paged out where memory runs short, or in 32."""
    weight_decay: Share = 0.0
    """Of LoRA's weights, at each step."""
    clip: Annotated[float, Field(gt=0)] = 1.0
    """Largest norm of the gradient."""
    bits: Bits = 4
    """Of the frozen base: 4 is NF4 with double quantization (QLoRA), 16 and 32 are plain LoRA."""
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
    """The longest answer then."""
    seed: int = 0
    """Of LoRA's first weights, dropout, and the order of the rows."""

    @property
    def modules(self) -> str | list[str]:
        """`targets` as PEFT takes it."""
        names = [name.strip() for name in self.targets.split(",") if name.strip()]
        return names[0] if names == ["all-linear"] else names


def names() -> list[str]:
    """The presets that come with the project."""
    return sorted(file.stem for file in PRESETS.glob("*.toml"))


def meanings() -> dict[str, str]:
    """What every field is."""
    return {name: field.description or "" for name, field in Preset.model_fields.items()}


def load(name: str, overrides: Sequence[str] = ()) -> Preset:
    """A preset by name or .toml file, with `--field value` words laid over it. UsageError, InputError."""
    file = Path(name) if name.endswith(".toml") else PRESETS / f"{name}.toml"
    if not file.is_file():
        raise UsageError(f"There is no preset {name!r}", f"Expected {', '.join(names())}, or a .toml file.")
    try:
        told = tomllib.loads(file.read_text("utf8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is not TOML: {error}", "Mend it there.") from error
    given = _given(overrides)
    try:
        return Preset.model_validate({**told, **given})
    except ValidationError as error:
        raise _blame(error, file, given) from error


def _given(words: Sequence[str]) -> dict[str, str]:
    left, given = list(words), {}
    while left:
        flag, equals, value = left.pop(0).partition("=")
        field = flag.removeprefix("--").replace("-", "_")
        if not flag.startswith("--") or field not in Preset.model_fields:
            known = [f"--{name.replace('_', '-')}" for name in Preset.model_fields]
            raise UsageError(f"A run takes no {flag}.{nearest(flag, known)}", f"It takes {', '.join(known)}.")
        if not equals:
            if Preset.model_fields[field].annotation is bool and (not left or left[0].startswith("--")):
                value = "true"
            elif left:
                value = left.pop(0)
            else:
                raise UsageError(f"{flag} needs a value", "Give one after it.")
        given[field] = value
    return given


def _blame(error: ValidationError, file: Path, given: dict[str, str]) -> InputError | UsageError:
    first = error.errors()[0]
    field, said = str(first["loc"][0]), first["msg"].removeprefix("Input should be ")
    if field in given:
        return UsageError(f"--{field.replace('_', '-')} {given[field]} cannot be meant", f"Expected {said}.")
    if first["type"] == "missing":
        return InputError(f"{file} gives no {field}", "Every preset says it; copy a line of another one.")
    if first["type"] == "extra_forbidden":
        return InputError(f"{file} gives {field}, which no run takes", f"It takes {', '.join(Preset.model_fields)}.")
    return InputError(f"{file} gives {field} = {first['input']!r}", f"Expected {said}.")
