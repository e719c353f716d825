"""Facts about what a fine-tuning learns by mistake: each trap is a finding, or is read as it was meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from curation.validation import ValidateOptions, Validation

ASK, SAY = {"role": "user", "content": "Why is the sky blue?"}, {"role": "assistant", "content": "By scattering."}
STRIP = (
    "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m.role + '<|end_header_id|>' }}"
    "{% if m.role == 'assistant' %}{% generation %}"
    "{{ m.content if loop.last else m.content.split('</think>')[-1] }}{{ '<|eot_id|>' }}{% endgeneration %}"
    "{% else %}{{ m.content + '<|eot_id|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>' }}{% endif %}"
)


class Trap(NamedTuple):
    """Rows, and the findings (id: detail of the first place) that validate has of them beside notes on repetitions."""

    rows: list[Any]
    found: dict[str, str]
    template: str | None = None


TRAPS = {
    "all shown": Trap([{"messages": [ASK, {**SAY, "weight": 0}]}], {"nothing_learned": "all 1 answers have weight 0"}),
    "half a weight": Trap([{"messages": [ASK, {**SAY, "weight": 0.5}]}], {"bad_weight": "turn 2: weight is 0.5"}),
    "an image": Trap(
        [{"messages": [ASK, SAY], "images": ["a.png"]}], {"not_text": "images: list, which no text model"}
    ),
    "undesired": Trap([{"prompt": "Why?", "completion": "No.", "label": False}], {}),
    "two alike": Trap([{"prompt": "Why?", "chosen": "So.", "rejected": "So."}], {"identical_sides": ""}),
    "thoughts that pass": Trap(
        [{"messages": [ASK, {**SAY, "content": "<think>Hm.</think>So."}, ASK, SAY]}],
        {"template_drops": "turn 2 (assistant): 16 characters of its content: 'think>Hm.</think'"},
        STRIP,
    ),
    "thoughts that are not written": Trap(
        [{"messages": [ASK, {**SAY, "reasoning_content": "Hm, light."}]}],
        {"template_drops": "turn 2 (assistant): 9 characters of its reasoning: 'Hm, light'"},
        "llama3",
    ),
    "tools that are not written": Trap(
        [{"messages": [ASK, SAY], "tools": [{"name": "f", "parameters": {}}]}],
        {"template_drops": "tools: the template writes none"},
        "zephyr",
    ),
    "an empty system": Trap(
        [{"messages": [{"role": "system", "content": " "}, ASK, SAY]}], {"read_as": "turn 1: an empty system turn"}
    ),
    "spoken of in code": Trap(
        [{"messages": [{**ASK, "content": "What is <s>old</s> in HTML?"}, SAY]}], {"control_word": "<s>"}
    ),
    "a thought as text": Trap([{"messages": [ASK, {**SAY, "content": "<think>Hm.</think>So."}]}], {}, "llama3"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str, look: Callable[..., Validation], tmp_path: Path) -> None:
    """What is wrong is said with its place; what is right as it stands has no finding."""
    trap, template = TRAPS[name], TRAPS[name].template
    if template == STRIP:
        template = str(tmp_path / "strip.jinja")
        (tmp_path / "strip.jinja").write_text(STRIP, "utf8")
    asked = ValidateOptions(tokenizer="builtin", template=template) if template else None
    found = {one.id: one.places[0].detail for one in look(trap.rows, asked).findings}
    assert {*found} == {*trap.found}
    for id, detail in trap.found.items():
        assert detail in found[id]
