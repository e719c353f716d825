"""Facts about the user's part of rendered texts."""

from __future__ import annotations

import polars as pl
import pytest

from curation.rules.rendered import asked_in
from curation.schemas.template import TEMPLATES
from curation.tokens.template import Template

SPECIALS = {"bos_token": "<s>", "eos_token": "</s>"}
TURNS = [
    {"role": "system", "content": "You are brief."},
    {"role": "user", "content": "First?\n\nWith [brackets] and <tags>"},
    {"role": "assistant", "content": "Yes."},
    {"role": "user", "content": "Second?"},
    {"role": "assistant", "content": "No."},
]


@pytest.mark.parametrize("name", ["llama3", "llama2", "chatml", "zephyr"])
def test_what_the_user_says(name: str) -> None:
    """Every turn of the user, of every template of ours, and nothing else."""
    template = Template(name, (TEMPLATES / f"{name}.jinja").read_text("utf8"), SPECIALS)
    text = template.render(TURNS).text
    assert pl.select(asked_in(pl.lit(text))).item() == "First?\n\nWith [brackets] and <tags>\nSecond?"


def test_other_texts_are_whole() -> None:
    """Where no template is seen; and null stays null."""
    texts = pl.Series("t", ["Just a text.", None])
    assert pl.select(asked_in(pl.lit(texts))).to_series().to_list() == ["Just a text.", None]
