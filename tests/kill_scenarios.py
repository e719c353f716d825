"""The commands that write, each with what it finds and by what its state is told. See kills.py."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from hub_server import TOKEN, Hub
from kills import Scenario, Zygote, contents, tree

from curation.base.errors import CurateError
from curation.ledger.build import Build
from curation.runner.folder import verify

_QUESTIONS = (
    ("How do I open an account?", "Bring your passport to any branch and we open it in ten minutes.", "account"),
    ("What is the fee for a card?", "A card costs nothing in the first year and five euros after that.", "card"),
    ("Can I change my address online?", "Yes. Choose Settings and then Address and confirm it.", "account"),
    ("How long does a transfer take?", "Inside the country one working day, abroad up to four.", "transfer"),
    ("My card is lost. What now?", "Block it at once in the app and then order a new one there.", "card"),
    ("Where is the nearest branch?", "The app shows the branches near you with their opening hours.", "branch"),
)
_BUILD = ("build", "./faq.py", "--source", "faq.csv", "--out", "out", "--tokenizer", "builtin", "--tokenized")
_NEW = (*_BUILD, "--seed", "2")
NAMES = (
    "build",
    "build over a build",
    "build over a build, no exchange",
    "clean",
    "report",
    "report --data-docs",
    "report --data-docs again",
    "init",
    "cp",
    "validate --html",
    "inspect --html",
    "validate --fix",
    "push to a store",
    "push over a store",
    "push to the Hub",
    "pull",
    "pull over a build",
)
_FILES = ("faq.csv", "faq.py", "chats.jsonl", "good.jsonl", "page.html")


def source(folder: Path) -> None:
    """faq.csv, of which `curate init` makes a recipe."""
    rows = (("question", "answer", "topic"), *_QUESTIONS)
    (folder / "faq.csv").write_text("".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows))


def material(folder: Path, run: Zygote, hub: Hub) -> None:
    """A source, its recipe, builds `old` and `new` of it, chats and a page, made in `folder`; `new` on the Hub too."""
    source(folder)
    for words in (("init", "faq.csv"), _BUILD, ("push", "out", "--to", f"file://{folder}/store", "--yes")):
        _well(words, folder, run)
    (folder / "out").rename(folder / "old")
    _well(_NEW, folder, run)
    (folder / "out").rename(folder / "new")
    _well(("push", "new", "--repo", "me/given", "--yes"), folder, run, _client(hub))
    turns = [[{"role": "user", "content": ask}, {"role": "assistant", "content": say}] for ask, say, _ in _QUESTIONS]
    good = "".join(json.dumps({"messages": chat}) + "\n" for chat in turns)
    (folder / "good.jsonl").write_text(good)
    (folder / "chats.jsonl").write_text(good + '{"messages": []}\n')
    (folder / "page.html").write_text("an earlier page")


def scenarios(material: Path, hub: Hub) -> Iterator[Scenario]:
    """Every command that writes, but for those of training."""

    def given(**folders: str) -> Callable[[Path], None]:
        def prepare(work: Path) -> None:
            for name in _FILES:
                shutil.copy(material / name, work / name)
            for name, source in folders.items():
                shutil.copytree(material / source, work / name)

        return prepare

    yield Scenario("build", _NEW, given(), _build("out"))
    yield Scenario("build over a build", _NEW, given(out="old"), _build("out"))
    yield Scenario("build over a build, no exchange", _NEW, given(out="old"), _build("out"), exchange=False)
    yield Scenario("clean", ("clean", "out"), given(out="new"), _phases)
    report = ("report", "out", "--out", "page")
    yield Scenario("report", report, given(out="new"), _each("page/index.html", "page/report.json"))
    yield Scenario("report --data-docs", (*report, "--data-docs"), given(out="new"), _names("page/gx"))
    yield Scenario(
        "report --data-docs again", (*report, "--data-docs"), _both(given(out="new"), _site), _names("page/gx")
    )
    yield Scenario("init", ("init", "faq.csv", "--out", "mine.py"), given(), contents("mine.py"))
    yield Scenario("cp", ("cp", "legal", "mine.py"), given(), contents("mine.py"))
    html = ("--html", "page.html")
    yield Scenario("validate --html", ("validate", "good.jsonl", *html), given(), contents("page.html"))
    yield Scenario("inspect --html", ("inspect", "out", "-n", "1", *html), given(out="new"), contents("page.html"))
    yield Scenario(
        "validate --fix", ("validate", "chats.jsonl", "--fix", "fixed"), given(), contents("fixed"), code=1, once=True
    )
    push = ("push", "out", "--yes")
    store = (*push, "--to", "file://store")
    yield Scenario("push to a store", store, given(out="new"), _store)
    unfinished = (None,)  # a store cannot exchange: while it has no manifest, what is there is no build
    yield Scenario("push over a store", store, given(out="new", store="store"), _store, between=unfinished)

    def repository(work: Path) -> object:
        return hub.repos["me/faq"].files() if "me/faq" in hub.repos else {}

    def pushed(work: Path) -> None:
        given(out="new")(work)
        hub.repos.pop("me/faq", None)
        hub.blobs.clear()

    yield Scenario("push to the Hub", (*push, "--repo", "me/faq"), pushed, repository, environment=_client(hub))
    pull = ("pull", "me/given", "--out", "out")
    yield Scenario("pull", pull, given(), _build("out"), environment=_client(hub))
    yield Scenario("pull over a build", pull, given(out="old"), _build("out"), environment=_client(hub))


def _client(hub: Hub) -> dict[str, str]:
    return {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1", "NO_PROXY": "*"}


def _well(words: tuple[str, ...], folder: Path, run: Zygote, environment: dict[str, str] | None = None) -> None:
    scenario = Scenario("", words, lambda work: None, lambda work: None, environment=environment or {})
    ended = run.run(scenario, folder)
    assert ended.code == 0, ended


def _both(*makers: Callable[[Path], None]) -> Callable[[Path], None]:
    def prepare(work: Path) -> None:
        for make in makers:
            make(work)

    return prepare


def _site(work: Path) -> None:
    (work / "page" / "gx").mkdir(parents=True)
    (work / "page" / "gx" / "index.html").write_text("an earlier site")
    (work / "page" / "gx" / "old.html").write_text("its page")


def _build(name: str) -> Callable[[Path], object]:
    """Its manifest, once every file that it names was found whole; a reader opens it, which may recover it."""

    def state(work: Path) -> object:
        try:
            build = Build.open(work / name)
            verify(build.folder, build.manifest)
        except CurateError as error:
            return str(error) if (work / name).exists() else None
        return build.manifest

    return state


def _phases(work: Path) -> object:
    state = _build("out")(work)
    return state, (work / "out" / "phases").exists()


def _store(work: Path) -> object:
    """A folder without a manifest is no build, whatever lies in it."""
    return _build("store")(work) if (work / "store" / "manifest.json").exists() else None


def _names(name: str) -> Callable[[Path], object]:
    """The paths of a folder whose files hold the time."""
    return lambda work: tree(work / name)


def _each(*names: str) -> Callable[[Path], object]:
    """Whether each of these files is whole: not there, or ended as its format ends."""
    ends = {".html": b"</html>", ".json": b"}", ".py": b"\n"}
    return lambda work: all(
        not (work / name).exists() or (work / name).read_bytes().rstrip().endswith(ends[Path(name).suffix])
        for name in names
    )
