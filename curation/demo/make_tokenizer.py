"""How the built-in tokenizer was made: a small byte-level BPE over the demo texts, with Llama 3's control tokens.

    python -m curation.demo.make_tokenizer curation/demo/tokenizer

It is for demos and tests: it needs no download and speaks the llama3 template. Real counts need the real tokenizer.
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from curation.demo.legal import corpus

BOS, EOS = "<|begin_of_text|>", "<|end_of_text|>"
CONTROL = [BOS, EOS, "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|finetune_right_pad_id|>"]
VOCABULARY = 4096
# Words with one leading space, digits by three, punctuation, line ends, other whitespace.
_WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def make(folder: Path) -> None:
    """Train and write tokenizer.json and tokenizer_config.json into `folder`."""
    documents = corpus()["data"]
    assert isinstance(documents, list)
    texts = [paragraph["context"] for document in documents for paragraph in document["paragraphs"]]
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
    tokenizer.train_from_iterator(texts, trainer)
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


if __name__ == "__main__":
    make(Path(sys.argv[1]))
