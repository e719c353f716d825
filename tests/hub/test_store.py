"""Facts about `curate push --to`: a folder of this machine, and S3 as moto serves it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from books import hashes

from curation.base.errors import BuildError, ShareError, UsageError
from curation.hub import store
from curation.hub.store import upload
from curation.ledger.build import Build
from curation.runner.folder import verify

Demos = Callable[[str], Any]
SECRET = "wJalrXUtnFEMIsecretsecret"


@pytest.fixture
def banking(demos: Demos) -> Build:
    return demos("banking").build  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a store that speaks S3, on this machine."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A new bucket, `corpora`, and the environment that leads to it."""
    import boto3
    import s3fs

    environment = {"AWS_ENDPOINT_URL": s3, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": SECRET, "NO_PROXY": "*"}
    for name, value in {**environment, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    bucket = boto3.resource("s3").Bucket("corpora")
    bucket.create()
    yield bucket
    bucket.objects.delete()
    bucket.delete()


def test_a_folder_of_this_machine(banking: Build, tmp_path: Path) -> None:
    """What arrives at file:// is the build, and verifies; again nothing is sent."""
    url = (tmp_path / "there").as_uri()
    done = upload(banking, url)
    assert hashes(tmp_path / "there") == hashes(banking.folder)
    verify(tmp_path / "there", Build.open(tmp_path / "there").manifest)
    assert done.sent[-1].name == "manifest.json"
    again = upload(banking, url)
    assert again.sent == ()
    assert set(again.there) == set(hashes(banking.folder))


def test_s3(banking: Build, bucket: Any) -> None:
    """What arrives in S3 is the build, byte for byte, the manifest last; again nothing is sent."""
    done = upload(banking, "s3://corpora/sets/banking")
    found = {one.key.removeprefix("sets/banking/"): one.get()["Body"].read() for one in bucket.objects.all()}
    assert {name: len(content) for name, content in found.items()} == {file.name: file.bytes for file in done.sent}
    assert all(content == (banking.folder / name).read_bytes() for name, content in found.items())
    assert upload(banking, "s3://corpora/sets/banking").sent == ()


def test_what_was_interrupted_goes_on(banking: Build, bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that fails in the middle holds no manifest; the next upload sends only what is missing or damaged."""
    sent, url = [], "s3://corpora/banking"

    def fails_at_third(build: Build, fs: Any, root: str, files: Any, deleted: Any) -> None:
        whole(build, fs, root, files[:3], deleted)
        sent.extend(file.name for file in files[:3])
        raise ConnectionError("reset by peer")

    whole = store._send
    monkeypatch.setattr(store, "_send", fails_at_third)
    with pytest.raises(ShareError, match=r"sent to s3://corpora/banking \(the connection failed"):
        upload(banking, url)
    assert "banking/manifest.json" not in {one.key for one in bucket.objects.all()}
    monkeypatch.setattr(store, "_send", whole)
    size = bucket.Object(f"banking/{sent[0]}").content_length
    bucket.put_object(Key=f"banking/{sent[0]}", Body=b"x" * size)  # the same size, other bytes
    done = upload(banking, url)
    assert set(done.there) == set(sent[1:])
    assert bucket.Object(f"banking/{sent[0]}").get()["Body"].read() == (banking.folder / sent[0]).read_bytes()


def test_another_build_takes_the_place(banking: Build, demo_build: Build, tmp_path: Path) -> None:
    """Files of the earlier build go, files of a person stay, and what is the same in both is not sent again."""
    url = (tmp_path / "there").as_uri()
    upload(demo_build, url)
    (tmp_path / "there" / "notes.txt").write_text("mine")
    done = upload(banking, url)
    assert "tokenized/train.parquet" in done.deleted
    assert done.there == ("chat_template.jinja",)
    (tmp_path / "there" / "notes.txt").unlink()
    assert hashes(tmp_path / "there") == hashes(banking.folder)


def test_the_manifest_goes_first_and_comes_last(
    banking: Build, demo_build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another build arrives there is no manifest: a reader never takes a mixture for a build."""
    from fsspec.implementations.local import LocalFileSystem

    there, seen = tmp_path / "there", []
    upload(demo_build, there.as_uri())
    put = LocalFileSystem.put_file

    def watched(self: Any, source: str, target: str) -> Any:
        seen.append((Path(target).name, (there / "manifest.json").exists()))
        return put(self, source, target)

    monkeypatch.setattr(LocalFileSystem, "put_file", watched)
    upload(banking, there.as_uri())
    assert seen[-1] == ("manifest.json.part", False)  # renamed when it is whole
    assert not any(exists for _, exists in seen)


def test_a_dry_run(banking: Build, tmp_path: Path) -> None:
    """A dry run names what would be sent, and makes nothing."""
    done = upload(banking, (tmp_path / "there").as_uri(), dry_run=True)
    assert (len(done.sent), done.dry) == (len(banking.manifest.files) + 1, True)
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("corpora/banking", "corpora/banking is not the address of a store"),
        ("s4://corpora", "s4://corpora is not the address of a store. Did you mean s3?"),
    ],
)
def test_addresses_that_are_not_valid(url: str, expected: str, banking: Build) -> None:
    """An address without a scheme, or with one that there is none of, is refused with what was expected."""
    with pytest.raises(UsageError) as raised:
        upload(banking, url)
    assert str(raised.value).startswith(expected)


def test_a_bucket_that_is_not_there(banking: Build, bucket: Any) -> None:
    """A bucket that there is none of is a ShareError of one line, without keys."""
    with pytest.raises(ShareError) as raised:
        upload(banking, "s3://nowhere/banking")
    assert "there is no such bucket or folder" in str(raised.value)
    assert SECRET not in str(raised.value)


def test_keys_in_an_address_are_not_shown(banking: Build) -> None:
    """User, password and query of an address are in no error."""
    with pytest.raises((ShareError, UsageError)) as raised:
        upload(banking, f"ftp://me:{SECRET}@127.0.0.1:1/banking?token={SECRET}")
    assert SECRET not in str(raised.value)
    assert "ftp://***@127.0.0.1:1/banking" in str(raised.value)


def test_refusals(banking: Build, demos: Demos, tmp_path: Path) -> None:
    """The same builds are refused as for the Hub, and a folder with a manifest of another kind is left alone."""
    with pytest.raises(UsageError, match="--yes"):
        upload(demos("bengali").build, (tmp_path / "there").as_uri())
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "manifest.json").write_text(json.dumps({"name": "an app"}))
    with pytest.raises(UsageError, match="not the manifest of a build"):
        upload(banking, (tmp_path / "there").as_uri())
    with pytest.raises(BuildError):
        upload(Build(tmp_path / "there", banking.manifest), "file:///tmp/never")
