"""How the built-in tokenizer was made: a small byte-level BPE over the demo texts, with Llama 3's control tokens.

    python -m tools.make_tokenizer schemas/tokenizer

It is for demos and tests: it needs no download and speaks the llama3 template. Real counts need the real tokenizer.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from curation.base.rows import spoken
from curation.demo import banking, bengali, finetome, legal
from curation.readers.chat import read_chat
from curation.readers.table import read_table
from curation.recipes.banking_replies import REPLIES

BOS, EOS = "<|begin_of_text|>", "<|end_of_text|>"
CONTROL = [BOS, EOS, "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|finetune_right_pad_id|>"]
VOCABULARY = 8192
# Words (with their vowel signs) with one leading space, digits by three, punctuation, line ends, other whitespace.
_WORDS = r"[^\r\n\p{L}\p{M}\p{N}]?[\p{L}\p{M}]+|\p{N}{1,3}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def make(folder: Path) -> None:
    """Train and write tokenizer.json and tokenizer_config.json into `folder`."""
    tokenizer = Tokenizer(models.BPE())
    words = pre_tokenizers.Split(Regex(_WORDS), behavior="isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [words, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=CONTROL,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(), trainer)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": BOS,
        "eos_token": EOS,
        "pad_token": "<|finetune_right_pad_id|>",
        "model_max_length": 131072,
    }
    (folder / "tokenizer_config.json").write_bytes(orjson.dumps(config, option=orjson.OPT_INDENT_2) + b"\n")


def _texts() -> list[str]:
    """All that the demos say."""
    documents = legal.corpus()["data"]
    assert isinstance(documents, list)
    contracts = [paragraph["context"] for document in documents for paragraph in document["paragraphs"]]
    with TemporaryDirectory() as folder:
        talks = read_chat([finetome.write_finetome(Path(folder))]).select(spoken().alias("said")).drop_nulls().collect()
        queries = banking.write_banking(Path(folder))
        asked = read_table([queries / "train.csv", queries / "test.csv"], ["text"]).select("text").collect()
    counsel = [text for row in bengali.rows(400, 7) for text in row]
    return [*contracts, *talks["said"], *asked["text"], *REPLIES.values(), *counsel]


if __name__ == "__main__":
    make(Path(sys.argv[1]))
