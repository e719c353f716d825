"""Small files of every kind that curate reads, and ways to damage them; the same for the same seed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

_TOWNS = ["Aron", "Brugis", "Chue", "Davag", "Elm", "Frot", "Gint", "Hux", "Ilo", "Jant", "Kelm", "Lox"]
PAIRS = [(f"How does one get to {t} by {n}?", f"Take line {n} to {t}, at the {t} gate.") for n, t in enumerate(_TOWNS)]
NAMES = ("question", "answer", "topic")
ROWS = [(asked, answered, "abc"[n % 3]) for n, (asked, answered) in enumerate(PAIRS)]
ODD_NAMES = (
    "*",
    "^.*$",
    "",
    " ",
    "row",
    "id",
    "reason",
    "messages",
    "q" * 3_000,
    "a\nb",
    "a\0b",
    "\u202ea",
    "ids",
    "near",
)
ODD_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        1e308,
        10**30,
        2**63,
        "",
        " ",
        "\0",
        "\ud800",
        "\ufeff",
        "x" * 20_000,
        "<|im_end|>",
        "\x1b[2J",
    ),
    *(
        [],
        {},
        [[]],
        [None],
        {"": None},
        {"role": "user"},
        [{"role": "robot", "content": 1}],
        "9" * 400,
        "\u2028",
        "NaN",
    ),
)


def _turns(asked: str, answered: str, role: str = "role", content: str = "content") -> list[dict[str, str]]:
    names = ("user", "assistant") if role == "role" else ("human", "gpt")
    return [{role: names[0], content: asked}, {role: names[1], content: answered}]


OBJECTS: dict[str, list[Any]] = {
    "sharegpt.jsonl": [{"conversations": _turns(q, a, "from", "value"), "source": "x", "score": 1.5} for q, a in PAIRS],
    "messages.jsonl": [{"messages": _turns(q, a), "id": f"m{n}"} for n, (q, a) in enumerate(PAIRS)],
    "messages.json": [{"messages": _turns(q, a), "system": "Be kind."} for q, a in PAIRS],
    "alpaca.json": [{"instruction": q, "input": "", "output": a, "history": [["a", "b"]]} for q, a in PAIRS],
    "pairs.jsonl": [{"prompt": q, "completion": a} for q, a in PAIRS],
    "text.jsonl": [{"text": f"{q}\n{a}"} for q, a in PAIRS],
    "flat.jsonl": [dict(zip(NAMES, row, strict=True)) for row in ROWS],
}
SQUAD = {
    "data": [
        {
            "title": town,
            "paragraphs": [
                {
                    "context": f"{q} {a}",
                    "qas": [{"id": f"{n}__x", "question": q, "answers": [{"text": a, "answer_start": len(q) + 1}]}],
                }
            ],
        }
        for n, (town, (q, a)) in enumerate(zip(_TOWNS, PAIRS, strict=True))
    ]
}
TABLES = ("t.csv", "t.tsv", "t.xlsx", "t.parquet")
PRESET = b'model = "tiny"\nrank = 8\nalpha = 16\ndropout = 0.0\ntargets = "all-linear"\nlearning_rate = 1e-3\n' + (
    b'schedule = "cosine"\nwarmup = 0.1\nepochs = 1\nbatch = 1\naccumulation = 1\noptimizer = "adamw_torch"\n'
)
BUILD, REPOSITORY, CHECKPOINT = "a build", "a repository", "a checkpoint"
KINDS = (*OBJECTS, "squad.json", *TABLES, "chat.parquet", "preset.toml", BUILD, REPOSITORY, CHECKPOINT)


def damaged(kind: str, random: Random) -> bytes:
    """A file of a kind, damaged in its structure, in its bytes, in both, or (one in ten) not at all."""
    if kind == "preset.toml":
        return _bytes(PRESET, random)
    how = random.choice("ssssbbbb2.") if kind != "squad.json" else random.choice("sb")
    content = _structured(kind, random if how in "s2" else None)
    return _bytes(content, random) if how in "b2" else content


def whole(kind: str) -> bytes:
    """A file of a kind as it should be."""
    return _structured(kind, None)


def damage_any(name: str, content: bytes, random: Random) -> bytes:
    """A file that was written by us, damaged in its bytes; one of JSON as often in its structure."""
    if not content:
        return b"\0"
    if name.endswith(".json") and random.random() < 0.5:
        value = json.loads(content)
        replace_any(value, random)
        return json.dumps(value).encode()
    return _bytes(content, random)


def _structured(kind: str, random: Random | None) -> bytes:
    if kind in TABLES or kind == "chat.parquet":
        return _table(kind, random)
    value: Any = SQUAD if kind == "squad.json" else OBJECTS[kind]
    value = json.loads(json.dumps(value))
    for _ in range(random.randint(1, 3) if random else 0):
        if value:
            replace_any(value, random)
    text = "".join(json.dumps(one) + "\n" for one in value) if kind.endswith(".jsonl") else json.dumps(value)
    if random and random.random() < 0.2:  # the same key twice, or deeper than any reader goes
        text = text.replace('"', '"content": 1, "', 1) if random.random() < 0.5 else "[" * 5_000 + text
    return text.encode()


def replace_any(value: Any, random: Random) -> None:
    """Something in `value`, at any depth, becomes something else, goes, comes twice, or gets another name."""
    holder, key = value, random.choice(list(_keys(value)))
    while isinstance(holder[key], (dict, list)) and holder[key] and random.random() < 0.8:
        holder, key = holder[key], random.choice(list(_keys(holder[key])))
    do: list[Callable[[], Any]] = [
        lambda: holder.__setitem__(key, random.choice(ODD_VALUES)),
        lambda: holder.__delitem__(key),
        lambda: holder.__setitem__(key, [holder[key]] * 2),
    ]
    if isinstance(holder, dict):
        do += [lambda: holder.__setitem__(random.choice(ODD_NAMES), holder.pop(key))] * 2
    random.choice(do)()


def _keys(value: Any) -> Any:
    return value if isinstance(value, dict) else range(len(value))


def _table(kind: str, random: Random | None) -> bytes:
    names, rows = list(NAMES), [list(row) for row in ROWS]
    if random:
        for _ in range(random.randint(1, 2)):
            names[random.randrange(3)] = random.choice(ODD_NAMES)
            rows[random.randrange(len(rows))][random.randrange(3)] = str(random.choice(ODD_VALUES))
    clean = [[cell.encode("utf8", "replace").decode() for cell in row] for row in rows]
    out = io.BytesIO()
    if kind == "t.xlsx":
        with xlsxwriter.Workbook(out) as book:
            sheet = book.add_worksheet()
            for n, row in enumerate([names, *clean]):
                sheet.write_row(n, 0, [cell.replace("\0", "") for cell in row])
    elif kind == "t.parquet":
        columns: list[Any] = [list(column) for column in zip(*clean, strict=True)]
        if random:
            columns[random.randrange(3)] = [random.choice([b"\xff", b"x"]) if n % 2 else None for n in range(len(rows))]
        pq.write_table(pa.table([pa.array(column) for column in columns], names=names), out)
    elif kind == "chat.parquet":
        pq.write_table(pa.Table.from_pylist(OBJECTS["messages.jsonl"]), out)
    else:
        text = io.StringIO()
        csv.writer(text, delimiter="\t" if kind == "t.tsv" else ",").writerows([names, *clean])
        return text.getvalue().encode()
    return out.getvalue()


def _bytes(content: bytes, random: Random) -> bytes:
    """Cut off, bits turned, a piece twice or gone, bytes in between, another encoding, nothing."""
    at, some = (
        random.randrange(len(content)),
        bytes(random.choice([b"\0", b"\xff\xfe", b"\x1b[31m", b'"', b"\r", b"\xed\xa0\x80"])),
    )
    end = len(content) - random.randrange(min(200, len(content)))  # where Parquet keeps its footer
    flipped = bytearray(content)
    for _ in range(random.randint(1, 8)):
        flipped[random.choice([random.randrange(len(content)), end - 1])] ^= 1 << random.randrange(8)
    ways = (
        *(content[:at], content[:end], bytes(flipped), bytes(flipped), content[:at] + some + content[at:], b""),
        *(content[:at] + content[at // 2 : at] + content[at:], content[: at // 2] + content[at:], content + content),
        *(b"\xef\xbb\xbf" + content, content.decode("latin-1").encode("utf-16"), b"\0" * len(content), some + content),
    )
    return random.choice(ways)
