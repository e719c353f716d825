"""The floor of the CUAD job, what any build must do: parse, tokenize each contract once, write the bytes.

    python legal_floor.py CUADv1.json TOKENIZER_FOLDER OUT_FOLDER BYTES

BYTES is the size of the output to match. The figures that need rows are null: this makes none.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import orjson
from tokenizers import Tokenizer

CHUNK = 1 << 20


def write(path: Path, size: int) -> int:
    """Write `size` bytes in chunks of 1 MB."""
    chunk = b"x" * CHUNK
    with path.open("wb") as file:
        for at in range(0, size, CHUNK):
            file.write(chunk[: size - at])
    return path.stat().st_size


def main(source: str, folder: str, out: Path, size: int) -> dict[str, float | None]:
    """The three steps, each timed."""
    out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    contracts = orjson.loads(Path(source).read_bytes())["data"]
    contexts = [paragraph["context"] for contract in contracts for paragraph in contract["paragraphs"]]
    parsed = time.perf_counter()
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    encodings = tokenizer.encode_batch_fast(contexts, add_special_tokens=False)
    ids = [np.array(encoding.ids, dtype=np.uint32) for encoding in encodings]
    tokenized = time.perf_counter()
    written = write(out / "floor.bin", size)
    return {
        "rows": None,
        "positives": None,
        "negatives": None,
        "spans_total": sum(len(q["answers"]) for c in contracts for p in c["paragraphs"] for q in p["qas"]),
        "spans_whole": None,
        "positive_windows_cutting_another_span": None,
        "bytes": written,
        "tokens": sum(map(len, ids)),
        "parse_seconds": round(parsed - started, 3),
        "tokenize_seconds": round(tokenized - parsed, 3),
        "write_seconds": round(time.perf_counter() - tokenized, 3),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))))
