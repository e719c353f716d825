"""Tokens: loading a tokenizer, its chat template and contract, and counting rows exactly as they will be trained."""

from curation.tokens.count import KNOWN, Count, Fits, trainable
from curation.tokens.encoded import Encoded
from curation.tokens.ids import SPANS, Ids, id_lists, list_column
from curation.tokens.load import load
from curation.tokens.template import Template
from curation.tokens.tokenizer import SAFE_CUT, Tokenizer, first_cut, last_cut

__all__ = [
    "KNOWN",
    "SAFE_CUT",
    "SPANS",
    "Count",
    "Encoded",
    "Fits",
    "Ids",
    "Template",
    "Tokenizer",
    "first_cut",
    "id_lists",
    "last_cut",
    "list_column",
    "load",
    "trainable",
]
