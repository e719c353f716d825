"""Texts with spans, as their makers write them: SQuAD's questions and answers, doccano's and Label Studio's labels."""
