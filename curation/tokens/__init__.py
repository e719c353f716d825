"""Tokens: loading a tokenizer, its chat template and contract, and counting rows exactly as they will be trained."""

from curation.tokens.arrays import SPANS, Ids, id_lists, list_column
from curation.tokens.encoded import Encoded
from curation.tokens.load import load_tokenizer
from curation.tokens.template import Template
from curation.tokens.tokenizer import SAFE_CUT, Tokenizer, first_cut, last_cut

__all__ = [
    "SAFE_CUT",
    "SPANS",
    "Encoded",
    "Ids",
    "Template",
    "Tokenizer",
    "first_cut",
    "id_lists",
    "last_cut",
    "list_column",
    "load_tokenizer",
]
