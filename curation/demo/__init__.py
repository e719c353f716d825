"""Small made-up corpora for tests and trial runs."""
