"""Facts about dataset files on the Hub: the real client against a small server here, its cache, and what can fail."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from books import check_books, lines

from curation.base.errors import UsageError
from curation.demo import finetome
from curation.ledger.build import Build
from curation.readers.published import Published, parse_address

FETCH = """
import sys
from curation.base.errors import CurateError
from curation.readers.hub import fetch
from curation.readers.published import Published, parse_address
wanted = parse_address(sys.argv[1])
if len(sys.argv) > 2:
    wanted = Published(wanted.repo, wanted.file, bytes=int(sys.argv[2]), sha256=sys.argv[3])
try:
    print(fetch(wanted))
except CurateError as error:
    print(f"{type(error).__name__}: {error}")
"""
WAYS = ("--source PATH", "--demo", "HF_ENDPOINT")


class Hub(BaseHTTPRequestHandler):
    """As the Hub serves a dataset file: by repository, revision and path, with its hash and its commit."""

    protocol_version = "HTTP/1.1"
    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        if "/resolve/" in self.path:
            self.asked.append(f"{self.command} {self.path}")
        content = self.files.get(self.path)
        self.send_response(404 if content is None else 200)
        commit = hashlib.sha1(self.path.rpartition("/resolve/")[2].split("/")[0].encode()).hexdigest()
        headers = {"X-Repo-Commit": commit, "Content-Length": str(len(content or b""))}
        if content is None:
            headers["X-Error-Code"] = "EntryNotFound"
        else:
            headers["ETag"] = f'"{hashlib.sha256(content).hexdigest()}"'
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if body and content:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """The test's output is no place for it."""


@pytest.fixture
def hub() -> Iterator[str]:
    """The address of a server that serves Hub.files on this machine."""
    Hub.files, Hub.asked = {}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


Ran = tuple[int, str, str]
Run = Callable[..., Ran]


@pytest.fixture
def run(hub: str, tmp_path: Path) -> Run:
    """run(program, ..., HF_HUB_OFFLINE="1"): a Python of its own whose Hub is the server here; code, output, errors."""
    ours = {"HF_ENDPOINT": hub, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1", "NO_PROXY": "*"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGINGFACE_"))}

    def ran(program: str, *words: object, **changed: str) -> Ran:
        command = [sys.executable, "-c", program, *map(str, words)]
        environment = {**kept, **ours, **changed}
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment)
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    return ran


def serve(path: str, content: bytes, revision: str = "main") -> None:
    Hub.files[f"/datasets/own/chats/resolve/{revision}/{path}"] = content


def test_a_file_is_fetched_and_cached(run: Run, tmp_path: Path) -> None:
    """A file is fetched once: the second time only its hash is asked for, and offline nothing is asked at all."""
    serve("data/chats.jsonl", b'{"text": "\xe2\x80\xa8"}\n')
    address = "hf://datasets/own/chats/data/chats.jsonl"
    code, out, err = run(FETCH, address)
    assert (code, err) == (0, "")
    assert Path(out).read_bytes() == Hub.files["/datasets/own/chats/resolve/main/data/chats.jsonl"]
    assert Path(out).is_relative_to(tmp_path / "hf")
    assert Path(out).name == "chats.jsonl"
    place = "/datasets/own/chats/resolve/main/data/chats.jsonl"
    assert Hub.asked == [f"HEAD {place}", f"GET {place}"]
    Hub.asked.clear()
    assert run(FETCH, address) == (0, out, "")
    assert Hub.asked == [f"HEAD {place}"]
    Hub.asked.clear()
    assert run(FETCH, address, HF_HUB_OFFLINE="1") == (0, out, "")
    assert Hub.asked == []
    assert run(FETCH, address, HF_ENDPOINT="http://127.0.0.1:1") == (0, out, "")


def test_a_revision_is_asked_for(run: Run) -> None:
    """What is after @ is the revision, with slashes as %2F."""
    serve("chats.jsonl", b"old\n", revision="v1")
    serve("chats.jsonl", b"new\n", revision="refs%2Fconvert%2Fparquet")
    for address, content in (("own/chats@v1", "old\n"), ("own/chats@refs%2Fconvert%2Fparquet", "new\n")):
        code, out, _ = run(FETCH, f"hf://datasets/{address}/chats.jsonl")
        assert code == 0
        assert Path(out).read_text() == content


def test_a_file_with_another_hash(run: Run) -> None:
    """A file that is not what was published is an InputError with both sizes and both hashes; the right one is not."""
    content = b"not what was published\n"
    serve("chats.jsonl", content)
    address, right = "hf://datasets/own/chats/chats.jsonl", hashlib.sha256(content).hexdigest()
    wrong = hashlib.sha256(b"published").hexdigest()
    code, out, err = run(FETCH, address, 1_234, wrong)
    assert (code, err) == (0, "")
    assert out.startswith("InputError: ")
    assert f"chats.jsonl is not the published file: {len(content)} bytes, sha256 {right[:12]}" in out
    assert f"expected 1,234 bytes, {wrong[:12]}" in out
    assert out.endswith("Delete it from the cache and fetch it again, or give your own copy with --source.")
    assert run(FETCH, address, len(content), right)[1].endswith("/chats.jsonl")


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("own/chats/missing.jsonl", "RemoteEntryNotFoundError"),
        ("nobody/nothing/chats.jsonl", "RemoteEntryNotFoundError"),
        ("own/chats@nowhere/chats.jsonl", "RemoteEntryNotFoundError"),
        ("o wn/chats/chats.jsonl", "HFValidationError: Repo id must use"),
        ("own/chats/../chats.jsonl", "ValueError: Invalid filename '../chats.jsonl'"),
        ("own/chats//chats.jsonl", "ValueError: Invalid filename '/chats.jsonl'"),
    ],
)
def test_a_file_that_is_not_there(address: str, kind: str, run: Run) -> None:
    """A file, repository or revision that there is none of, or that no name fits, is an InputError with the ways on."""
    serve("chats.jsonl", b"{}\n")
    code, out, err = run(FETCH, f"hf://datasets/{address}")
    assert (code, err) == (0, "")
    assert out.startswith("InputError: ")
    assert f"could not be fetched from the Hub ({kind}" in out
    assert all(way in out for way in WAYS)
    assert len(out.splitlines()) == 1


def test_a_server_that_is_down(run: Run) -> None:
    """Where nothing answers, the client's retries end within half a minute in an InputError with the three ways on."""
    start = time.monotonic()
    code, out, err = run(FETCH, "hf://datasets/own/chats/chats.jsonl", HF_ENDPOINT="http://127.0.0.1:1")
    assert (code, err) == (0, "")
    assert out.startswith("InputError: own/chats/chats.jsonl could not be fetched from the Hub (LocalEntryNotFoundErr")
    assert all(way in out for way in WAYS)
    assert time.monotonic() - start < 30


def test_an_address_of_the_hub_that_cannot_be_asked(run: Run) -> None:
    """An HF_ENDPOINT that is no address is reported in one line as well."""
    code, out, err = run(FETCH, "hf://datasets/own/chats/chats.jsonl", HF_ENDPOINT="nonsense")
    assert (code, err) == (0, "")
    assert "could not be fetched from the Hub (UnsupportedProtocol: " in out


def test_a_build_from_the_hub(run: Run, tmp_path: Path) -> None:
    """`curate build finetome --source hf://...` fetches the file and builds it; offline it builds from the cache."""
    text = finetome.write_finetome(tmp_path).read_bytes()
    serve("data/chats.jsonl", text)
    program = "from curation.cli.app import main; main()"
    words = ["build", "finetome", "--source", "hf://datasets/own/chats/data/chats.jsonl", "--json", "--out"]
    code, out, err = run(program, *words, tmp_path / "out")
    assert (code, err) == (0, "")
    made = Build.open(tmp_path / "out")
    check_books(made)
    assert len(lines(made)) == 197
    (source,) = made.manifest.sources
    assert (source.name, source.sha256) == ("chats.jsonl", hashlib.sha256(text).hexdigest())
    assert json.loads(out)["name"] == "finetome"
    code, out, err = run(program, *words[:3], "hf://datasets/own/chats/other.jsonl", HF_HUB_OFFLINE="1")
    assert (code, out) == (3, "")
    assert err.startswith("error: own/chats/other.jsonl could not be fetched from the Hub")


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("o/n/f.csv", Published("o/n", "f.csv")),
        ("o/n/path/to/f.csv", Published("o/n", "path/to/f.csv")),
        ("o/n@v1.0/path/f.csv", Published("o/n", "path/f.csv", revision="v1.0")),
        ("o/n@refs%2Fconvert%2Fparquet/f.parquet", Published("o/n", "f.parquet", revision="refs/convert/parquet")),
        ("o/n/a file @ home.csv", Published("o/n", "a file @ home.csv")),
    ],
)
def test_addresses(address: str, wanted: Published) -> None:
    """An address is owner, name, perhaps a revision after @, and the path of the file."""
    assert parse_address(f"hf://datasets/{address}") == wanted


@pytest.mark.parametrize(
    "address",
    [
        "hf://datasets/",
        "hf://datasets/o/n",
        "hf://datasets/o/n/",
        "hf://datasets/o/n@v1",
        "hf://datasets/o/n@/f.csv",
        "hf://datasets/o//f.csv",
        "hf://models/o/n/f.csv",
        "hf://o/n/f.csv",
        "hf://",
    ],
)
def test_addresses_that_name_no_file(address: str) -> None:
    """An address without a repository or a file, or of another kind, is refused with what was expected."""
    with pytest.raises(UsageError) as raised:
        parse_address(address)
    expected = "Expected hf://datasets/OWNER/NAME@REVISION/PATH."
    assert str(raised.value) == f"{address} is not the address of a file on the Hub. {expected}"
