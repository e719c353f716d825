"""A Hub on this machine: repositories, commits, tags and large files, as the real client asks for them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

TOKEN = "hf_writerwriterwriterwriterwriter"
READER = "hf_readerreaderreaderreaderreader"
SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M")
TASKS = ("question-answering", "text-classification", "text-generation")
Files = dict[str, bytes]


@dataclass
class Repo:
    """Commits by their id, and what branches and tags point to."""

    private: bool = False
    gated: bool = False
    commits: dict[str, Files] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def commit(self, branch: str, files: Files, message: str) -> str:
        id = sha1(f"{len(self.commits)} {message}".encode()).hexdigest()
        self.commits[id], self.branches[branch] = files, id
        self.messages.append(message)
        return id

    def at(self, revision: str) -> str | None:
        found = self.branches.get(revision) or self.tags.get(revision)
        return found or (revision if revision in self.commits else None)

    def files(self, revision: str = "main") -> Files:
        return self.commits[self.at(revision) or ""]


@dataclass
class Hub:
    """What the server holds, what it was asked, and how it fails."""

    repos: dict[str, Repo] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cut: dict[str, int] = field(default_factory=dict)
    """So many requests whose line holds the key are cut in their middle."""
    answer: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    """Requests whose line holds the key get this status and these headers."""
    body: dict[str, bytes] = field(default_factory=dict)
    """Requests whose line holds the key are answered by these bytes."""
    url: str = ""

    def add(self, name: str, files: Files | None = None, **options: bool) -> Repo:
        """A dataset by `owner/name`, a model by `models/owner/name`."""
        self.repos[name] = Repo(**options)
        self.repos[name].commit("main", files or {".gitattributes": b""}, "initial commit")
        return self.repos[name]

    def writes(self) -> list[str]:
        """The requests that write; a POST that only asks is none."""
        asks = ("/validate-yaml", "/preupload/", "/paths-info/")
        return [line for line in self.asked if line[:4] in ("POST", "PUT ") and not any(word in line for word in asks)]


def blob_id(content: bytes) -> str:
    return sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


def is_large(path: str, content: bytes | int) -> bool:
    return (
        path.endswith((".parquet", ".safetensors")) or (content if isinstance(content, int) else len(content)) > 10**7
    )


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    hub: ClassVar[Hub]

    def do_HEAD(self) -> None:
        self._serve()

    do_GET = do_POST = do_PUT = do_HEAD

    def log_message(self, format: str, *args: object) -> None:
        """The test's output is no place for it."""

    def _serve(self) -> None:
        line = f"{self.command} {unquote(self.path)}"
        asked = self.headers.get("Range")
        self.hub.asked.append(f"{line} {asked}" if asked else line)
        for word, left in self.hub.cut.items():
            if word in line and left:
                self.hub.cut[word] -= 1
                return self._cut()
        body = self._body()
        for word, (status, headers) in self.hub.answer.items():
            if word in line:
                return self._send(status, b"{}", headers)
        for word, content in self.hub.body.items():
            if word in line:
                return self._send(200, content)
        url = urlsplit(self.path)
        self.query = parse_qs(url.query)
        for pattern, handle in ROUTES.items():
            found = re.fullmatch(pattern, url.path)
            if found:
                return handle(self, body, *map(unquote, found.groups()))
        return self._send(404, b"{}")

    def _cut(self) -> None:
        """Half of what is sent is read, or half of the answer is written; then the line is dead."""
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length // 2)
        found = re.fullmatch(r"(/.+|)/resolve/([^/]+)/(.+)", urlsplit(self.path).path)
        if self.command == "GET" and found:
            self._resolve(b"", *map(unquote, found.groups()), half=True)
        self.close_connection = True
        self.connection.close()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _send(
        self, status: int, content: bytes = b"", headers: dict[str, str] | None = None, half: bool = False
    ) -> None:
        self.send_response(status)
        told = {"Content-Length": str(len(content)), "Content-Type": "application/json", **(headers or {})}
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if half else content)

    def _json(self, value: Any, status: int = 200) -> None:
        self._send(status, json.dumps(value).encode())

    def _token(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def _repo(self, name: str, writes: bool = False) -> Repo | None:
        """The repository, or None after an answer that says why not."""
        repo = self.hub.repos.get(name)
        if writes and self._token() != TOKEN:
            self._send(403 if self._token() == READER else 401, b"{}")
        elif repo is None or (repo.private and not self._token()):
            self._send(404 if self._token() else 401, b"{}", {"X-Error-Code": "RepoNotFound"})
        else:
            return repo
        return None

    def _at(self, name: str, revision: str) -> tuple[Repo, str] | None:
        repo = self._repo(name)
        if repo is None:
            return None
        commit = repo.at(revision)
        if commit is None:
            self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            return None
        return repo, commit

    def create(self, body: bytes) -> None:
        asked = json.loads(body)
        name = f"{asked['organization']}/{asked['name']}"
        name = name if asked.get("type") == "dataset" else f"models/{name}"
        if self._token() != TOKEN:
            return self._send(403 if self._token() == READER else 401, b"{}")
        if name in self.hub.repos:
            return self._json({"error": "You already created this repo"}, 409)
        self.hub.add(name, private=asked.get("visibility") == "private")
        return self._json({"url": f"{self.hub.url}/{name}"})

    def validate(self, body: bytes) -> None:
        """As strict as the Hub: known words alone where it has lists."""
        card = json.loads(body)
        found = re.match(r"---\n(.*?\n)---\n", card["content"], re.S)
        told = yaml.safe_load(found[1]) if found else {}
        errors = [] if told else ["no metadata"]
        if card["repoType"] == "dataset":
            errors += [f"size {one}" for one in told.get("size_categories", []) if one not in SIZES]
            errors += [f"task {one}" for one in told.get("task_categories", []) if one not in TASKS]
            errors += [
                f"config {one}" for one in told.get("configs", []) if not {"config_name", "data_files"} <= set(one)
            ]
        languages = told.get("language", [])
        languages = [languages] if isinstance(languages, str) else languages
        errors += [f"language {one}" for one in languages if not re.fullmatch("[a-z]{2,3}", one)]
        errors += [] if re.fullmatch(r"[a-z0-9.-]+", str(told.get("license", ""))) else ["license"]
        told_errors = [{"message": one} for one in errors]
        return self._json({"errors": told_errors, "warnings": []}, 400 if errors else 200)

    def info(self, body: bytes, name: str, revision: str = "main") -> None:
        found = self._at(name, revision)
        if found:
            repo, commit = found
            siblings = [{"rfilename": path} for path in repo.commits[commit]]
            told = {"id": name.removeprefix("models/"), "sha": commit, "siblings": siblings, "private": repo.private}
            self._json({**told, "tags": [], "downloads": 0, "likes": 0, "gated": repo.gated, "disabled": False})

    def refs(self, body: bytes, name: str) -> None:
        repo = self._repo(name)
        if repo:
            told = {
                kind: [{"name": n, "ref": f"refs/{ref}/{n}", "targetCommit": c} for n, c in held.items()]
                for kind, ref, held in (("branches", "heads", repo.branches), ("tags", "tags", repo.tags))
            }
            self._json({**told, "converts": []})

    def tree(self, body: bytes, name: str, revision: str, folder: str = "") -> None:
        found = self._at(name, revision)
        if not found:
            return None
        inside = {
            path: c for path, c in found[0].commits[found[1]].items() if not folder or path.startswith(f"{folder}/")
        }
        if folder and not inside:
            return self._send(404, b"{}", {"X-Error-Code": "EntryNotFound"})
        start = f"{folder}/" if folder else ""
        folders = {
            f"{start}{path.removeprefix(start).split('/')[0]}" for path in inside if "/" in path.removeprefix(start)
        }
        deep = "true" in [one.lower() for one in self.query.get("recursive", [])]
        if deep:
            folders = {"/".join(path.split("/")[:n]) for path in inside for n in range(1, path.count("/") + 1)}
        listed = inside if deep else {path: c for path, c in inside.items() if "/" not in path.removeprefix(start)}
        told = [{"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in sorted(folders)]
        return self._json(told + [entry(path, content) for path, content in listed.items()])

    def paths(self, body: bytes, name: str, revision: str) -> None:
        found = self._at(name, revision)
        if found:
            asked = json.loads(body)["paths"] if body[:1] == b"{" else parse_qs(body.decode()).get("paths", [])
            held = found[0].commits[found[1]]
            told = [entry(path, held[path]) for path in asked if path in held]
            folders = [path for path in asked if any(one.startswith(f"{path}/") for one in held)]
            self._json(told + [{"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in folders])

    def preupload(self, body: bytes, name: str, revision: str) -> None:
        repo = self._repo(name, writes=True)
        if repo:
            held = repo.files(revision)
            told = [
                {
                    "path": file["path"],
                    "uploadMode": "lfs" if is_large(file["path"], file["size"]) else "regular",
                    "shouldIgnore": False,
                    "oid": entry(file["path"], held[file["path"]])["told"] if file["path"] in held else None,
                }
                for file in json.loads(body)["files"]
            ]
            self._json({"files": told})

    def batch(self, body: bytes, name: str) -> None:
        if self._repo(name, writes=True):
            objects = []
            for one in json.loads(body)["objects"]:
                links = {"upload": f"{self.hub.url}/large/{one['oid']}", "verify": f"{self.hub.url}/verify"}
                held = one["oid"] in self.hub.blobs
                objects.append({**one, **({} if held else {"actions": {k: {"href": v} for k, v in links.items()}})})
            self._json({"transfer": "basic", "objects": objects})

    def large(self, body: bytes, oid: str) -> None:
        if sha256(body).hexdigest() != oid:
            return self._send(400, b"{}")
        self.hub.blobs[oid] = body
        return self._send(200)

    def verify(self, body: bytes) -> None:
        asked = json.loads(body)
        held = self.hub.blobs.get(asked["oid"])
        self._send(200 if held is not None and len(held) == asked["size"] else 404, b"{}")

    def commit(self, body: bytes, name: str, branch: str) -> None:
        repo = self._repo(name, writes=True)
        if not repo:
            return None
        lines = [json.loads(line) for line in body.decode().split("\n") if line]
        head = lines[0]["value"]
        if head.get("parentCommit", repo.branches[branch]) != repo.branches[branch]:
            return self._json({"error": "A commit has happened since"}, 412)
        files = dict(repo.files(branch))
        for line in lines[1:]:
            kind, value = line["key"], line["value"]
            if kind == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif kind == "lfsFile":
                files[value["path"]] = self.hub.blobs[value["oid"]]
            else:
                del files[value["path"]]
        id = repo.commit(branch, files, head["summary"])
        place = name.removeprefix("models/") if name.startswith("models/") else f"datasets/{name}"
        url = f"{self.hub.url}/{place}/commit/{id}"
        return self._json({"success": True, "commitOid": id, "commitUrl": url, "hookOutput": ""})

    def tag(self, body: bytes, name: str, revision: str) -> None:
        repo = self._repo(name, writes=True)
        if repo:
            tag = json.loads(body)["tag"]
            if tag in repo.tags:
                return self._json({"error": "Tag reference exists already"}, 409)
            repo.tags[tag] = repo.at(revision) or ""
            return self._json({})
        return None

    def branch(self, body: bytes, name: str, branch: str) -> None:
        repo = self._repo(name, writes=True)
        if repo:
            repo.branches[branch] = repo.branches["main"]
            self._json({})

    def _resolve(self, body: bytes, place: str, revision: str, path: str, half: bool = False) -> None:
        place = place.lstrip("/")
        name = place.removeprefix("datasets/") if place.startswith("datasets/") else f"models/{place}"
        found = self._at(name, revision)
        if not found:
            return None
        repo, commit = found
        if repo.gated and self._token() != TOKEN:
            return self._send(403 if self._token() else 401, b"{}", {"X-Error-Code": "GatedRepo"})
        content = repo.commits[commit].get(path)
        if content is None:
            return self._send(404, b"{}", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit})
        headers = {"ETag": f'"{sha256(content).hexdigest()}"', "X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked:
            start, end = int(asked[1]), min(int(asked[2] or len(content) - 1), len(content) - 1)
            headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
            return self._send(206, content[start : end + 1], headers, half)
        return self._send(200, content, headers, half)


def entry(path: str, content: bytes) -> dict[str, Any]:
    """A file as the tree lists it; `told` is the id that a client compares with its own file."""
    whole = sha256(content).hexdigest()
    large = {"lfs": {"oid": whole, "size": len(content), "pointerSize": 1}} if is_large(path, content) else {}
    told = whole if large else blob_id(content)
    return {"type": "file", "path": path, "oid": blob_id(content), "size": len(content), "told": told, **large}


_NAME = r"(?:datasets/|(?=models/))((?:models/)?[^/]+/[^/]+)"
ROUTES = {
    r"/api/repos/create": Handler.create,
    r"/api/validate-yaml": Handler.validate,
    rf"/api/{_NAME}": Handler.info,
    rf"/api/{_NAME}/revision/([^/]+)": Handler.info,
    rf"/api/{_NAME}/refs": Handler.refs,
    rf"/api/{_NAME}/tree/([^/]+)": Handler.tree,
    rf"/api/{_NAME}/tree/([^/]+)/(.+)": Handler.tree,
    rf"/api/{_NAME}/paths-info/([^/]+)": Handler.paths,
    rf"/api/{_NAME}/preupload/([^/]+)": Handler.preupload,
    rf"/api/{_NAME}/commit/([^/]+)": Handler.commit,
    rf"/api/{_NAME}/tag/([^/]+)": Handler.tag,
    rf"/api/{_NAME}/branch/([^/]+)": Handler.branch,
    r"/datasets/([^/]+/[^/]+)\.git/info/lfs/objects/batch": Handler.batch,
    r"/(?!datasets/)([^/]+/[^/]+)\.git/info/lfs/objects/batch": lambda self, body, name: self.batch(
        body, f"models/{name}"
    ),
    r"/large/(.+)": Handler.large,
    r"/verify": Handler.verify,
    r"(/.+|)/resolve/([^/]+)/(.+)": Handler._resolve,
}


@contextmanager
def running() -> Iterator[Hub]:
    """A Hub of its own on a port of this machine."""
    hub = Hub()
    handler = type("OneHub", (Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
