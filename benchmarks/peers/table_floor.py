"""The floor of a table build: parse it, tokenize its texts once, write them: table_floor.py TOKENIZER OUT CSV..."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

from tokenizers import Tokenizer

csv.field_size_limit(1 << 30)
tokenizer = Tokenizer.from_file(str(Path(sys.argv[1]) / "tokenizer.json"))
with open(sys.argv[2], "w", encoding="utf8") as out:
    for name in sys.argv[3:]:
        with open(name, newline="", encoding="utf8") as file:
            rows = list(csv.reader(file))[1:]
        for start in range(0, len(rows), 2_000):
            texts = ["\n".join(row) for row in rows[start : start + 2_000]]
            for text, encoding in zip(texts, tokenizer.encode_batch_fast(texts), strict=True):
                out.write(json.dumps({"text": text, "tokens": len(encoding.ids)}, ensure_ascii=False) + "\n")
