"""Facts about what a build writes: lines, tokens, rejects, card."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from curation.base.messages import as_messages
from curation.export.tokenized import IGNORED
from curation.ledger.build import Build
from curation.schemas.manifest import SPLITS


def lines(build: Build, split: str) -> list[dict[str, object]]:
    """The rows of a split as any reader of JSON lines gets them: split at \\n alone, each parsed strictly."""
    text = (build.folder / f"{split}.jsonl").read_bytes().decode("utf8")
    assert not text or text.endswith("\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def test_lines_have_three_fields(demo_build: Build) -> None:
    """Every line is a JSON object with messages, id and meta; messages are roles and contents; meta is as promised."""
    for split in SPLITS:
        for row in lines(demo_build, split):
            assert list(row) == ["messages", "id", "meta"]
            assert isinstance(row["messages"], list)
            assert isinstance(row["meta"], dict)
            assert [message["role"] for message in row["messages"]] == ["system", "user", "assistant"]
            assert all(list(message) == ["role", "content"] for message in row["messages"])
            assert all(isinstance(message["content"], str) and message["content"] for message in row["messages"])
            assert tuple(row["meta"]) == demo_build.manifest.meta


def test_lines_are_the_kept_rows(demo_build: Build) -> None:
    """The lines of the three files are the kept rows, each once, in order, with the texts and values they had."""
    ids: list[str] = []
    for split in SPLITS:
        rows = lines(demo_build, split)
        assert len(rows) == demo_build.manifest.splits[split].rows
        kept = demo_build.kept().filter(pl.col("split") == split).collect()
        assert [row["id"] for row in rows] == kept["id"].to_list()
        assert [row["messages"] for row in rows] == [as_messages(turns) for turns in kept["messages"].to_list()]
        assert [row["meta"] for row in rows] == kept.select(demo_build.manifest.meta).to_dicts()
        ids += kept["id"].to_list()
    assert len(set(ids)) == len(ids)


def test_lines_keep_every_character(demo_build: Build, demo_source: Path) -> None:
    """Characters that look like ends of lines, invisible ones and those beyond the BMP come through unchanged."""
    excerpts = "".join(row["messages"][1]["content"] for split in SPLITS for row in lines(demo_build, split))  # type: ignore[index]
    source = demo_source.read_text("utf8")
    for character in "\u2028\u200b\u201c\U0001f37a":
        assert character in source
        assert character in excerpts


@pytest.mark.parametrize("split", SPLITS)
def test_tokens(split: str, demo_build: Build) -> None:
    """The token files hold the rows of the lines, in order; labels are the ids where the mask is 1, else -100."""
    file = demo_build.folder / "tokenized" / f"{split}.parquet"
    schema = pq.read_schema(file)
    assert schema.names == ["id", "input_ids", "assistant_masks", "labels"]
    types = {name: str(schema.field(name).type.value_type) for name in schema.names[1:]}
    assert types == {"input_ids": "int32", "assistant_masks": "int8", "labels": "int32"}
    rows = pl.read_parquet(file)
    assert rows["id"].to_list() == [row["id"] for row in lines(demo_build, split)]
    assert rows.null_count().row(0) == (0, 0, 0, 0)
    tokens = trained = 0
    for ids, mask, labels in rows.select("input_ids", "assistant_masks", "labels").iter_rows():
        assert len(ids) == len(mask) == len(labels)
        assert set(mask) <= {0, 1}
        assert labels == [token if bit else IGNORED for token, bit in zip(ids, mask, strict=True)]
        tokens += len(ids)
        trained += sum(mask)
    sizes = demo_build.manifest.splits[split]
    assert (tokens, trained) == (sizes.tokens, sizes.trained_tokens)


def test_what_is_trained_is_the_answer(demo_build: Build, builtin: object) -> None:
    """Decoded, the trained tokens of a row are its assistant's words and the end of the turn."""
    rows = pl.read_parquet(demo_build.folder / "tokenized" / "test.parquet")
    answers = {row["id"]: row["messages"][-1]["content"].strip() for row in lines(demo_build, "test")}  # type: ignore[index]
    ends = demo_build.manifest.contract.end_of_turn_ids
    for id, labels in rows.select("id", "labels").iter_rows():
        trained = [token for token in labels if token != IGNORED]
        assert trained[-1] in ends
        assert builtin.backend.decode(trained[:-1], skip_special_tokens=False).strip() == answers[id]  # type: ignore[attr-defined]


def test_tokens_only_when_asked(demo_build: Build) -> None:
    """The token files are in the manifest like every other file."""
    names = {file.name for file in demo_build.manifest.files if file.name.startswith("tokenized/")}
    assert names == {f"tokenized/{split}.parquet" for split in SPLITS}


def test_rejects(demo_build: Build) -> None:
    """rejects.parquet has one line a rejection: where, which, whose, from where, why, the value, and the other id."""
    rejects = pl.read_parquet(demo_build.folder / "rejects.parquet")
    assert rejects.columns == ["level", "phase", "id", "record", "source", "reason", "detail", "other"]
    assert rejects.drop("other").null_count().row(0) == (0,) * 7
    naming = rejects.filter(pl.col("other").is_not_null())
    assert set(naming["reason"]) == {"duplicate", "duplicate_row"} & set(rejects["reason"])
    assert naming.select(expected=pl.format("repeats {}", "other"))["expected"].equals(naming["detail"])
    known = {*demo_build.files.base("records").collect()["id"], *demo_build.files.base("rows").collect()["id"]}
    assert set(naming["other"]) <= known
    assert (rejects["detail"].str.len_chars() > 0).all()
    assert Counter(rejects.select("level", "phase", "reason").iter_rows()) == {
        (phase.level, phase.name, reason): n for phase in demo_build.flow() for reason, n in phase.rejected.items()
    }
    assert len(rejects) == sum(demo_build.counts().values())
    assert rejects.select("level", "id").is_unique().all()
    read = [tuple(vars(reject).values()) for reject in demo_build.rejected()]
    assert read == rejects.rows()
    assert len(demo_build.rejected()) == len(read)
    assert demo_build.rejected().head(3) == list(demo_build.rejected())[:3]
    assert {reject.id for reject in demo_build.rejected("duplicate")} == {
        id for id, reason in rejects.select("id", "reason").iter_rows() if reason == "duplicate"
    }


def test_template_is_the_one_that_was_counted_with(demo_build: Build, builtin: object) -> None:
    """chat_template.jinja is, byte for byte, the text whose hash is in the contract."""
    written = (demo_build.folder / "chat_template.jinja").read_bytes()
    assert written == builtin.template.jinja.encode()  # type: ignore[attr-defined]
    assert next(f.sha256 for f in demo_build.manifest.files if f.name == "chat_template.jinja") == (
        demo_build.manifest.contract.template_sha256
    )


def test_card(demo_build: Build) -> None:
    """The card begins with metadata that the Hub reads, and holds the sizes, the books and every figure."""
    card = (demo_build.folder / "README.md").read_text("utf8")
    assert card.startswith("---\nlicense: cc-by-4.0\n")
    assert card.count("\n---\n") == 1
    for split in SPLITS:
        assert f"  - split: {split}\n    path: {split}.jsonl\n" in card
        assert f"| {split} | {demo_build.manifest.splits[split].rows:,} |" in card
    for phase in demo_build.flow():
        assert f"| {phase.level} | {phase.name} | {phase.entered:,} | {phase.kept:,} |" in card
    for name in demo_build.manifest.figures:
        assert f"| {name.replace('_', ' ')} | " in card
    assert demo_build.manifest.about.attribution in card


def test_no_clock_and_no_paths(demo_build: Build, demo_source: Path) -> None:
    """Neither the manifest nor the card holds the path of the source or of the build."""
    for name in ("manifest.json", "README.md"):
        text = (demo_build.folder / name).read_text("utf8")
        assert str(demo_source.parent) not in text
        assert str(demo_build.folder.parent) not in text
        assert str(Path(__file__).parents[2]) not in text
