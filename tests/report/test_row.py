"""Facts about a row as it is shown: its pieces are the rendered row, its marks the mask, hostile texts only texts."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from books import resealed
from commands import Curate
from rich.console import Console

from curation.base import console as seam
from curation.base.errors import BuildError, UsageError
from curation.base.messages import as_messages
from curation.cli import print_row as shown
from curation.demo import legal
from curation.export import jsonl
from curation.ledger.build import Build
from curation.recipes.loading import load, make
from curation.report import row_view as rows
from curation.report.row_view import RowView, control, drawn, template, tokenizer, view
from curation.runner.build import build
from curation.runner.folder import clean
from curation.schemas.template import BUILTIN
from curation.tokens import Tokenizer

TINY = Path(__file__).parents[1] / "golden" / "tiny.py"
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> & {{ 7*7 }}",
    "red \x1b[31mink\x1b]0;title\x07 \x9b2J and a bell \x07, a\rreturn, a\x08back",
    "left \u202eright\u202c \u2066isolated\u2069 \u200fmark\u200e",
    "one\u2028two\u2029three\u0085four\ufeff",
    "x" * 1_000_000,
    "[bold]no markup[/bold] :smile: <|im_end|> [INST]",
    "\u09ac\u09be\u0982\u09b2\u09be \u09b0\u200d\u09cd\u09af\u09be\u09ac \U0001f469\u200d\U0001f4bb",
    "  white at both ends \n\n",
)
RAW = re.compile("[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
FORMS = ("messages", "sharegpt", "prompt-completion", "alpaca")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return build(make(load(str(TINY)), TINY, {}), tmp_path_factory.mktemp("tiny") / "tiny")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The tiny recipe over texts that would harm a terminal or a page; ids and labels as well."""
    folder = tmp_path_factory.mktemp("hostile")
    text = re.sub(r"(?s)TEXTS = \(.*?\n\)\n", lambda _: f"TEXTS = {HOSTILE!r}\n", TINY.read_text("utf8"))
    for old, new in (
        ('f"fact {i}"', 'f"fact {i} \\x1b[31m\\u202e<b>"'),
        ('pl.lit("fact")', 'pl.lit("fact\\x1b[5m<i>")'),
        ("max_tokens: int = 256", "max_tokens: int = 2_000_000"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "hostile.py").write_text(text, "utf8")
    made = make(load(str(folder / "hostile.py")), TINY, {})
    return build(made, folder / "hostile")


@pytest.fixture
def copied(tiny: Build, tmp_path: Path) -> Build:
    shutil.copytree(tiny.folder, tmp_path / "tiny")
    return Build.open(tmp_path / "tiny")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal with colours would get."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, color_system="256", highlight=False, width=100)
    monkeypatch.setattr(seam, "_out", console)
    return screen


def seen_of(made: Build, messages: list[dict[str, Any]]) -> tuple[rows.Piece, ...]:
    return rows._pieces(template(made), {"messages": messages})


def kept(made: Build) -> list[dict[str, Any]]:
    return made.kept().select("id", "messages", "tokens", "trained_tokens", "split").collect().to_dicts()


def test_pieces_are_the_rendered_row(demo_build: Build, demos: Callable[[str], Any]) -> None:
    """For every row of three demos the texts of the pieces, joined, are what the library renders; so is what trains."""
    for made in (demo_build, demos("banking").build, demos("bengali").build):
        chat = template(made)
        for row in kept(made):
            rendered, pieces = chat.render(as_messages(row["messages"])), seen_of(made, row["messages"])
            assert "".join(piece.text for piece in pieces) == rendered.text
            trained = "".join(piece.text for piece in pieces if piece.trained)
            assert trained == "".join(rendered.text[a:b] for a, b in rendered.trained)
            said = [piece.text for piece in pieces if piece.kind == "content"]
            assert said == [turn["content"].strip() for turn in row["messages"]]


def test_trained_pieces_are_the_mask(demo_build: Build, builtin: Tokenizer) -> None:
    """For every row of the demo the tokens that the mask names, decoded, are the texts of the trained pieces."""
    texts = {row["id"]: row["messages"] for row in kept(demo_build)}
    compared = 0
    for split in demo_build.manifest.splits:
        held = pl.read_parquet(demo_build.folder / "tokenized" / f"{split}.parquet")
        for id, ids, mask in held.select("id", "input_ids", "assistant_masks").iter_rows():
            chosen = [token for token, on in zip(ids, mask, strict=True) if on]
            decoded = builtin.backend.decode(chosen, skip_special_tokens=False)
            assert decoded == "".join(p.text for p in seen_of(demo_build, texts[id]) if p.trained)
            compared += 1
    assert compared == len(texts) > 1000


def test_what_a_view_says(demo_build: Build, builtin: Tokenizer) -> None:
    """A view has the row's split, source, label, counts and meta as the JSONL has them; an edge more than tokens."""
    line = orjson.loads((demo_build.folder / "test.jsonl").read_bytes().split(b"\n")[0])
    seen = view(demo_build, line["id"], builtin)
    assert (seen.id, seen.asked, seen.split, seen.rejected) == (line["id"], line["id"], "test", None)
    assert (seen.source, seen.label) == (f"CUADv1.json {line['meta']['source']}", line["meta"]["label"])
    assert seen.meta == line["meta"]
    row = demo_build.kept().filter(pl.col("id") == seen.id).collect().to_dicts()[0]
    assert (seen.tokens, seen.trained_tokens) == (row["tokens"], row["trained_tokens"])
    assert seen.limit == 2048
    assert seen.edges is not None
    assert len(seen.edges) == row["tokens"] + 1
    assert (seen.edges[0], seen.edges[-1]) == (0, len(seen.text))


def in_form(made: Build, form: str, folder: Path) -> Build:
    """A copy of a build without its phases, its lines in another form."""
    shutil.copytree(made.folder, folder)
    there = Build(folder, made.manifest.model_copy(update={"form": form}))
    jsonl.write(there, template(there))
    clean(folder)
    return resealed(folder, there.manifest)


def test_a_cleaned_build_in_every_form(demos: Callable[[str], Any], tmp_path: Path) -> None:
    """Without phases a row is read from its line, whatever the form, many turns too; its counts are what meta says."""
    before = demos("finetome").build
    ids = [row["id"] for row in kept(before)]
    for form in FORMS:
        made = in_form(before, form, tmp_path / form)
        for id in ids[:40]:
            seen = view(made, id)
            assert seen == replace(view(before, id), trained_tokens=None, limit=None), form
        assert drawn(made, "train", 5, 7) == drawn(before, "train", 5, 7)
    assert any(len(row["messages"]) > 3 for row in kept(before)[:40])
    assert any(row["messages"][0]["role"] == "system" for row in kept(before)[:40])


def test_a_cleaned_build_of_texts(tiny: Build, tmp_path: Path) -> None:
    """Where only rendered texts are left, nobody knows what is trained: an error that says so."""
    made = in_form(tiny, "text", tmp_path / "tiny")
    assert drawn(made, "train", 9, 7) == drawn(tiny, "train", 9, 7)
    with pytest.raises(BuildError, match=r"are rendered texts and its phases were removed.*Build it again"):
        view(made, "fact 0: told")


def test_rows_are_drawn_by_seed(demo_build: Build) -> None:
    """The same seed draws the same rows, all of the split; another seed others; fewer are the first of more."""
    first = drawn(demo_build, "train", 3, 7)
    assert first == drawn(demo_build, "train", 3, 7) == drawn(demo_build, "train", 9, 7)[:3]
    assert first != drawn(demo_build, "train", 3, 8)
    splits = demo_build.kept().filter(pl.col("id").is_in(first)).select("split").collect()["split"]
    assert splits.to_list() == ["train"] * 3
    assert len(drawn(demo_build, "test", 10_000, 7)) == demo_build.manifest.splits["test"].rows


def test_a_part_of_an_id(demo_build: Build) -> None:
    """A part that one row has is enough, in any case; of several rows the first are named, of none the nearest."""
    id = kept(demo_build)[0]["id"]
    part = id.partition("_")[0].upper() + "_" + id.partition("_")[2]
    seen = view(demo_build, part)
    assert (seen.id, seen.asked) == (id, part)
    with pytest.raises(UsageError, match=r"'RookeryPress' is a part of \d+ ids of legal, first 'RookeryPress"):
        view(demo_build, "RookeryPress")
    wrong = id[:-1] + "x"
    with pytest.raises(UsageError, match=f"No row of legal has the id .*Did you mean {re.escape(id)}\\?"):
        view(demo_build, wrong)


def test_a_rejected_row(demo_build: Build) -> None:
    """A row that fell is shown with its reason; one without messages is an error that says where its story is."""
    fallen = demo_build.rejected().frame.filter(pl.col("reason") == "control_token").collect()["id"][0]
    seen = view(demo_build, fallen)
    assert (seen.split, seen.tokens, seen.rejected) == (None, None, "control_token: <|eot_id|> in turn 2 (user)")
    assert "<|eot_id|>" in "".join(piece.text for piece in seen.pieces if piece.kind == "content")
    span = f"{legal.LONG_SPAN}__{legal.TRAP_CATEGORY[legal.LONG_SPAN]}#span0"
    with pytest.raises(UsageError, match=r"has no messages: span_too_long, .*curate explain"):
        view(demo_build, span)


def test_the_tokenizer_is_the_builds(tiny: Build, tmp_path: Path) -> None:
    """The built-in tokenizer needs no naming; one whose file differs in a byte is refused with both hashes."""
    found = tokenizer(tiny, None)
    assert found is not None
    assert found.contract.tokenizer_sha256 == tiny.manifest.contract.tokenizer_sha256
    assert found.template.sha256 == tiny.manifest.contract.template_sha256
    assert tokenizer(tiny, "builtin") is not None
    assert tokenizer(tiny, str(BUILTIN)) is not None
    shutil.copytree(BUILTIN, tmp_path / "other")
    with (tmp_path / "other" / "tokenizer.json").open("a") as file:
        file.write("\n")
    own = tiny.manifest.contract.tokenizer_sha256[:12]
    with pytest.raises(UsageError, match=rf"other' \(sha256 \w{{12}}\) is not the one .* 'builtin' \({own}\)"):
        tokenizer(tiny, str(tmp_path / "other"))
    (tmp_path / "other" / "tokenizer.json").write_text("{}")
    with pytest.raises(UsageError, match="is not the one that tiny was built with"):
        tokenizer(tiny, str(tmp_path / "other"))
    later = tiny.manifest.contract.model_copy(update={"tokenizer_sha256": "0" * 64})
    assert tokenizer(Build(tiny.folder, tiny.manifest.model_copy(update={"contract": later})), None) is None


def test_tokens_that_are_not_the_counted_ones(copied: Build, builtin: Tokenizer) -> None:
    """A row that has other tokens than the build counted is an error, not a picture of other tokens."""
    clean(copied.folder)
    file = copied.folder / "train.jsonl"
    id = orjson.loads(file.read_bytes().split(b"\n")[0])["id"]
    tokens = view(copied, id, builtin).tokens
    assert tokens
    file.write_text(file.read_text("utf8").replace(f'"tokens":{tokens}', f'"tokens":{tokens + 1}'), "utf8")
    copied = resealed(copied.folder, copied.manifest)
    with pytest.raises(BuildError, match=f"has {tokens} tokens, the build counted {tokens + 1}"):
        view(copied, id, builtin)


def test_a_template_that_changes_contents(tmp_path: Path) -> None:
    """Where a template is not opaque, the pieces are cut at what is trained, and joined they are the rendered row."""
    loud = (
        "{%- for m in messages -%}<|start_header_id|>{{- m.role + '<|end_header_id|>' -}}"
        "{%- if m.role == 'assistant' -%}{%- generation -%}{{- m.content | trim + '<|eot_id|>' -}}{%- endgeneration -%}"
        "{%- else -%}{{- m.content | upper -}}{%- endif -%}{%- endfor -%}"
        "{%- if add_generation_prompt -%}<|start_header_id|>assistant<|end_header_id|>{%- endif -%}"
    )
    (tmp_path / "loud.jinja").write_text(loud)
    text = TINY.read_text("utf8").replace(
        'load_tokenizer("builtin")', f'load_tokenizer("builtin", {str(tmp_path / "loud.jinja")!r})'
    )
    (tmp_path / "mine.py").write_text(text, "utf8")
    made = build(make(load(str(tmp_path / "mine.py")), TINY, {}), tmp_path / "out")
    seen = view(made, "fact 0: told", tokenizer(made, None))
    assert seen.text == template(made).render(kept(made)[0]["messages"]).text
    assert [(piece.trained, piece.kind) for piece in seen.pieces] == [(False, "content"), (True, "content")]
    assert "TELL ME FACT 0." in seen.pieces[0].text
    assert seen.pieces[1].text == "Tin melts at 232 degrees.<|eot_id|>"


def test_a_template_file_that_was_changed(copied: Build) -> None:
    """A chat_template.jinja that is missing, or not the one that was counted with, is an error."""
    file = copied.folder / "chat_template.jinja"
    file.write_text(file.read_text("utf8") + " ", "utf8")
    with pytest.raises(BuildError, match="has changed since it was built"):
        view(copied, "fact 0: told")
    file.unlink()
    with pytest.raises(BuildError, match="is missing"):
        view(copied, "fact 0: told")


def views(made: Build, tokens: bool) -> list[RowView]:
    known = tokenizer(made, None) if tokens else None
    return [view(made, row["id"], known) for row in kept(made)]


def test_hostile_texts_never_reach_the_terminal(hostile: Build, terminal: io.StringIO) -> None:
    """Of control characters, escapes and marks of direction a terminal gets the names; joiners come through."""
    for tokens in (False, True):
        shown.rows(views(hostile, tokens), control(hostile, None), whole=False)
    screen = COLOURS.sub("", terminal.getvalue())
    assert "\x1b" not in screen
    assert RAW.search(screen) is None
    for words in (r"red \x1b[31mink\x1b]0;title\x07", r"\x9b2J", r"left \u202eright\u202c", r"one\u2028two\u2029three"):
        assert words in screen
    assert r"fact 1 \x1b[31m\u202e<b>: told" in screen
    assert r"label fact\x1b[5m<i>" in screen
    assert "[bold]no markup[/bold] :smile:" in screen
    assert HOSTILE[6] in screen
    assert len(screen) < 50_000


def test_hostile_texts_are_text_on_the_page(hostile: Build, tmp_path: Path) -> None:
    """A page holds no script, asks for nothing, and says what the texts say, control characters by their names."""
    shown.page(views(hostile, tokens=False), control(hostile, None), whole=True, file=tmp_path / "rows.html")
    page = (tmp_path / "rows.html").read_text("utf8")
    expected = "html head meta link title style body main h1 p b section h2 div span"
    assert set(re.findall(r"<(\w+)", page)) == set(expected.split())
    assert RAW.search(page) is None
    assert "\x1b" not in page
    assert re.findall(r"<[^>]*\s(?:src|href)=([^>]*)>", page) == ['"data:,"']
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt; &amp; {{ 7*7 }}" in page
    assert r"left \u202eright\u202c" in page
    assert "x" * 1_000_000 in page
    assert "default-src 'none'" in page
    assert "prefers-color-scheme:dark" in page


def test_json_says_what_the_view_says(hostile: Build, curate: Curate) -> None:
    """`--json` is an object for an id and a list without; it parses to the view, and holds nothing raw."""
    ended = curate("inspect", hostile.folder, "--json", "-n", 20, "--all")
    assert (ended.code, ended.err) == (0, "")
    assert RAW.search(ended.out) is None
    told = {row["id"]: row for row in json.loads(ended.out)}
    known = tokenizer(hostile, None)
    assert len(told) == hostile.manifest.splits["train"].rows
    for id, row in told.items():
        assert row == json.loads(json.dumps(asdict(view(hostile, id, known))))
        one = json.loads(curate("inspect", hostile.folder, id, "--json").out)
        assert one == row
    assert "".join(piece["text"] for piece in row["pieces"]) == view(hostile, id).text


def test_long_texts_are_shown_in_part(hostile: Build) -> None:
    """Of a megabyte the head and the tail are shown, and how much is left out; with `whole` nothing is left out."""
    seen = view(hostile, "fact 4")
    some = [part for piece in shown.parts(seen, control(hostile, None), whole=False) for part in piece]
    (remark,) = [part.text for part in some if part.look == "left out"]
    left = int(re.search(r"([\d,]+) characters left out; --all", remark)[1].replace(",", ""))  # type: ignore[index]
    shown_ones = "".join(part.text for part in some if part.look == "content" and set(part.text) == {"x"})
    assert left + len(shown_ones) == 1_000_000
    assert len(shown_ones) < 5_000
    every = [part for piece in shown.parts(seen, control(hostile, None), whole=True) for part in piece]
    assert "left out" not in {part.look for part in every}
    assert "x" * 1_000_000 in "".join(part.text for part in every)


def test_looks(tiny: Build, terminal: io.StringIO) -> None:
    """The template is dim, its control tokens bold and reversed, trained content green, other content plain."""
    seen = view(tiny, "fact 0: told")
    looks = [(p.text, p.look, p.trained) for piece in shown.parts(seen, control(tiny, None), False) for p in piece]
    assert looks == [
        ("<|begin_of_text|>", "special", False),
        ("<|start_header_id|>", "special", False),
        ("user", "template", False),
        ("<|end_header_id|>", "special", False),
        ("\n\n", "template", False),
        ("Tell me fact 0.", "content", False),
        ("<|eot_id|>", "special", False),
        ("<|start_header_id|>", "special", False),
        ("assistant", "template", False),
        ("<|end_header_id|>", "special", False),
        ("\n\n", "template", False),
        ("Tin melts at 232 degrees.", "content", True),
        ("<|eot_id|>", "special", True),
    ]
    shown.rows([seen], control(tiny, None), whole=False)
    screen = terminal.getvalue()
    assert "\x1b[2muser\x1b[0m" in screen
    assert "\x1b[1;7m<|end_header_id|>\x1b[0m" in screen
    assert "\x1b[32mTin melts at 232 degrees.\x1b[0m" in screen
    assert "\x1b[1;7;32m<|eot_id|>\x1b[0m" in screen
    assert f"{seen.tokens} of at most 256 tokens, {seen.trained_tokens} of them with loss; in {seen.split}" in screen


def test_every_token_has_a_look(demo_build: Build) -> None:
    """With a tokenizer every part lies in one token, and neighbours that lie in two tokens look different."""
    known = tokenizer(demo_build, None)
    for row in kept(demo_build)[::100]:
        seen = view(demo_build, row["id"], known)
        assert seen.edges is not None
        parts = [part for piece in shown.parts(seen, control(demo_build, known), True) for part in piece]
        at, owners = 0, []
        for part in parts:
            inner = [edge for edge in seen.edges if at < edge < at + len(part.text)]
            assert not inner or "\\" in part.text
            owners.append(max(edge for edge in seen.edges if edge <= at))
            at += len(part.text)
        for (one, a), (two, b) in zip(
            zip(parts, owners, strict=True), [*zip(parts, owners, strict=True)][1:], strict=False
        ):
            assert (one.odd != two.odd) == (a != b)


def test_inspect_on_the_command_line(curate: Curate, demo_build: Build, tmp_path: Path) -> None:
    """Rows are printed, a part of an id is accepted and said, a page is written; mistakes are one line and a code."""
    ended = curate("inspect", demo_build.folder, "--split", "test", "-n", 2)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.count("of at most 2,048 tokens") == 2
    id = kept(demo_build)[0]["id"]
    ended = curate("inspect", demo_build.folder, id[:-1])
    assert f"(the only row that {id[:-1]!r} fits)" in " ".join(ended.out.split())
    ended = curate("inspect", demo_build.folder, id, "--html", tmp_path / "row.html")
    assert (ended.code, ended.out) == (0, "")
    assert id.replace("'", "&#39;") in (tmp_path / "row.html").read_text("utf8")
    for arguments, code, said in (
        (("nobody",), 2, "No row of legal has the id 'nobody'"),
        (("--split", "trian"), 2, "There is no split 'trian'. Did you mean train?"),
        ((id, "--html", tmp_path / "no" / "row.html"), 6, "cannot be written"),
        (("--tokenizer", tmp_path), 3, "holds no tokenizer.json"),
    ):
        ended = curate("inspect", demo_build.folder, *arguments)
        assert (ended.code, ended.out) == (code, ""), ended.err
        assert ended.err.startswith("error: ")
        assert said in ended.err
    assert curate("inspect", demo_build.folder, "-n", 0).code == 2


def test_an_empty_split(copied: Build) -> None:
    """A split without rows is an error that names it."""
    clean(copied.folder)
    (copied.folder / "test.jsonl").write_bytes(b"")
    copied = resealed(copied.folder, copied.manifest)
    with pytest.raises(UsageError, match="The split test of tiny holds no row"):
        drawn(copied, "test", 1, 7)


def test_lines_that_cannot_be_read(copied: Build) -> None:
    """A damaged or missing JSONL of a cleaned build is an error that says so, not a traceback."""
    clean(copied.folder)
    (copied.folder / "train.jsonl").write_text("{not json\n")
    with pytest.raises(BuildError, match=r"train\.jsonl has changed since it was built"):
        drawn(copied, "train", 1, 7)
    with pytest.raises(BuildError, match=r"cannot be read: .*curate verify"):
        drawn(resealed(copied.folder, copied.manifest), "train", 1, 7)
    (copied.folder / "train.jsonl").unlink()
    with pytest.raises(BuildError, match=r"train\.jsonl is missing"):
        drawn(copied, "train", 1, 7)
