"""Facts about published sources: fetched and checked, resumed, refused; and what is said of them."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hub_server import TOKEN, Hub, blob_id

from curation.base.errors import InputError, UsageError
from curation.cli import app as cli
from curation.demo import banking as banking_demo
from curation.demo import bengali as bengali_demo
from curation.readers.hub import ALTERNATIVES, fetch
from curation.readers.published import Published, digests, sources, verified
from curation.recipes.builtin import banking, bengali, finetome, legal
from curation.recipes.loading import load, names, source_of

TEXT = b'{"text": "one"}\n' * 200_000


def wanted(content: bytes = TEXT) -> Published:
    return Published("own/corpus", "data.json", bytes=len(content), sha256=sha256(content).hexdigest())


def unfetched(file: Published) -> str:
    """What a person reads; one line, with the three ways on and no token."""
    with pytest.raises(InputError) as raised:
        fetch(file)
    message = str(raised.value)
    assert message.endswith(ALTERNATIVES)
    assert TOKEN not in message
    assert "\n" not in message
    return message


def test_the_published_file_is_built_and_named(
    hub: Hub, demo_source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`curate build legal` without --source fetches the file, builds it, and says by which hash it is the published."""
    content = demo_source.read_bytes()
    hub.add("theatticusproject/cuad", {"CUAD_v1/CUAD_v1.json": content})
    digest = sha256(content).hexdigest()
    monkeypatch.setattr(legal, "PUBLISHED", replace(legal.PUBLISHED, sha256=digest, bytes=len(content)))
    with pytest.raises(SystemExit) as ended:
        cli.main(["build", "legal", "--json", "--out", str(tmp_path / "out")])
    assert ended.value.code == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["checked"] == [f"CUAD_v1.json is the published CUAD v1, sha256 {digest[:12]}."]
    assert [line for line in hub.asked if "resolve" in line and line.startswith("GET")] != []


def test_a_file_of_ones_own_is_compared(demo_source: Path) -> None:
    """A source that is given is said to be the published file or not to be, whatever its name."""
    own = replace(legal.PUBLISHED, sha256=sha256(demo_source.read_bytes()).hexdigest())
    assert verified([demo_source], sources(legal)) == ["CUADv1.json is not the published CUAD v1, sha256 ed0b77d85bdf."]
    assert "is the published CUAD v1" in verified([demo_source], [own])[0]
    assert verified([demo_source], sources(finetome)) == []  # no hash of it is known


def test_several_files_and_git_ids(tmp_path: Path) -> None:
    """Banking77's files are distinguished by name; the Bengali file is known by its git blob id."""
    folder = banking_demo.write_banking(tmp_path)
    sentences = verified([folder / "train.csv", folder / "test.csv"], sources(banking))
    assert sentences == [
        "train.csv is not the published training file of Banking77, sha256 b06e26ac6755.",
        "test.csv is not the published test file of Banking77, sha256 d12d6e3bc4c3.",
    ]
    file = bengali_demo.write_bengali(tmp_path)
    assert digests(file)[2] == blob_id(file.read_bytes())
    assert verified([file], sources(bengali)) == [
        f"{file.name} is not the published Bengali Empathetic Conversations, git blob 65f6f61ed1e4."
    ]
    right = replace(bengali.PUBLISHED, blob=blob_id(file.read_bytes()))
    assert "is the published Bengali" in verified([file], [right])[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "banking",
            "'train.csv' and 'test.csv' of the recipe banking cannot be fetched from the Hub. ",
        ),
        (
            "bengali",
            "'BengaliEmpatheticConversationsCorpus .csv' of the recipe bengali cannot be fetched ",
        ),
        ("mine", "The recipe mine has no published source. Give --source PATH."),
    ],
)
def test_corpora_that_live_elsewhere(name: str, expected: str, tmp_path: Path) -> None:
    """A corpus that is not on the Hub: the error says where it is, and what to give."""
    if name == "mine":
        text = Path(str(bengali.__file__)).read_text("utf8").replace("PUBLISHED = ", "OTHER = ")
        (tmp_path / "mine.py").write_text(text.replace('"PUBLISHED", ', ""), "utf8")
    module = load(str(tmp_path / "mine.py") if name == "mine" else name)
    with pytest.raises(UsageError) as raised, source_of(module, None, demo=False):
        pass
    assert str(raised.value).startswith(expected)
    assert "--source PATH" in str(raised.value)


def test_a_wrong_hash(hub: Hub) -> None:
    """A file that is not the published one is refused with both sizes and hashes, by SHA-256 or by git's id."""
    hub.add("own/corpus", {"data.json": b"other\n"})
    with pytest.raises(InputError, match=r"is not the published file: 6 bytes, sha256 [0-9a-f]{12}, expected 3,"):
        fetch(wanted())
    known = Published("own/corpus", "data.json", blob=blob_id(TEXT))
    with pytest.raises(InputError, match=rf"git blob [0-9a-f]{{12}}, expected 0 bytes, {blob_id(TEXT)[:12]}"):
        fetch(known)
    assert fetch(replace(known, blob=blob_id(b"other\n"))).read_bytes() == b"other\n"


def test_a_download_that_is_cut_goes_on(hub: Hub) -> None:
    """A download cut in its middle goes on where it was, and the hash of the whole is right."""
    content = TEXT * 10  # the client writes blocks of ten million bytes
    hub.add("own/corpus", {"data.json": content})
    hub.cut["GET /datasets/own/corpus/resolve"] = 1
    assert fetch(wanted(content)).read_bytes() == content
    gets = [line for line in hub.asked if line.startswith("GET /datasets/own/corpus/resolve")]
    assert len(gets) == 2
    start = int(gets[1].rpartition("bytes=")[2].rstrip("-"))
    assert 0 < start <= len(content) // 2


def test_a_connection_that_stays_broken(hub: Hub) -> None:
    """Where every attempt is cut it is one error; the next fetch goes on with what has arrived."""
    hub.add("own/corpus", {"data.json": TEXT})
    hub.cut["GET /datasets/own/corpus/resolve"] = 1000
    assert "the connection failed" in unfetched(wanted())
    hub.cut.clear()
    assert fetch(wanted()).read_bytes() == TEXT


def test_a_gated_source(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gated repository says so, and how to get in; with a token that may, it is fetched."""
    hub.add("own/corpus", {"data.json": TEXT}, gated=True)
    monkeypatch.delenv("HF_TOKEN")
    message = unfetched(wanted())
    assert "GatedRepoError: the repository is gated" in message
    assert "Ask for access on its page, then: Put a token with access into HF_TOKEN" in message
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert fetch(wanted()).read_bytes() == TEXT


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (Published("own/nothing", "data.json"), "there is no such repository, or this token has no access to it"),
        (Published("own/corpus", "data.json", revision="v9"), "there is no such revision"),
        (Published("own/corpus", "other.json"), "there is no such file"),
    ],
)
def test_what_is_not_there(file: Published, expected: str, hub: Hub) -> None:
    """Repository, revision or file that there is none of: each by name."""
    hub.add("own/corpus", {"data.json": TEXT})
    assert expected in unfetched(file)


def test_offline(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """HF_HUB_OFFLINE: nothing is asked; what was fetched before is read, else the error says why."""
    hub.add("own/corpus", {"data.json": TEXT})
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "it is not in the cache, and the Hub could not be reached" in unfetched(wanted())
    assert hub.asked == []
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    fetch(wanted())
    hub.asked.clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert fetch(wanted()).read_bytes() == TEXT
    assert hub.asked == []


def test_a_token_that_no_header_can_hold(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token with a letter that no header can hold is an error of one line, without the token."""
    hub.add("own/corpus", {"data.json": TEXT})
    monkeypatch.setenv("HF_TOKEN", "hf_sécret")
    with pytest.raises(InputError) as raised:
        fetch(wanted())
    assert "cret" not in str(raised.value)


def test_curate_sources(capsys: pytest.CaptureFixture[str]) -> None:
    """`curate sources` lists every recipe with its files, hashes, licence and citation, and what is not known."""
    with pytest.raises(SystemExit):
        cli.main(["sources", "--json"])
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == names()
    assert printed["mix"] == []
    (cuad,) = printed["legal"]
    assert cuad["sha256"] == "ed0b77d85bdf4014d7495800e8e4a70565b48ee6f8a2e5dca9cf8655dbf10eae"
    assert (cuad["bytes"], cuad["licence"], cuad["from"]) == (
        40_128_638,
        "cc-by-4.0",
        "hf://datasets/theatticusproject/cuad@main",
    )
    assert printed["finetome"][0]["sha256"] == printed["bengali"][0]["cite"] == "not known"
    assert printed["bengali"][0]["git blob"] == "65f6f61ed1e491c28e4d16e5a2e5724bb2237252"
    with pytest.raises(SystemExit):
        cli.main(["sources"])
    out = capsys.readouterr().out
    assert "40,128,638" in out
    assert "Kaggle" in out


@pytest.mark.real
def test_the_real_files_are_the_published_ones(data: Path, hub: Hub) -> None:
    """The real CUAD and Banking77 are what the recipes say was published, CUAD as fetched too."""
    sentences = verified([data / "banking77" / "train.csv", data / "banking77" / "test.csv"], sources(banking))
    assert all(" is the published " in line for line in sentences)
    hub.add(legal.PUBLISHED.repo, {legal.PUBLISHED.file: (data / "cuad" / "CUADv1.json").read_bytes()})
    assert digests(fetch(legal.PUBLISHED))[0] == legal.PUBLISHED.bytes
