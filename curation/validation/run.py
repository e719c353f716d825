"""`curate validate`, pass by pass: read, judge each row, count tokens, compare rows, tell what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from curation.base.errors import InputError
from curation.base.files import disk_errors
from curation.gate.process import GateProcess
from curation.rules.catalogue import ERRORS, RULES
from curation.rules.texts import controls
from curation.schemas.manifest import Check
from curation.tokens import Tokenizer, load_tokenizer
from curation.validation import fix, languages
from curation.validation import token_costs as costs
from curation.validation.compare import compare
from curation.validation.facts import facts
from curation.validation.findings import FOUND, per_row, tell
from curation.validation.inputs import Part, parts
from curation.validation.options import ValidateOptions
from curation.validation.read import read
from curation.validation.result import File, Validation
from curation.validation.row_checks import judged


@dataclass(frozen=True)
class _Rows:
    """The rows as they were read (a Parquet file), what was judged of each alone, and how many each file has."""

    file: Path
    judged: pl.LazyFrame
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class _Seen:
    """What the later passes saw. `found`: their findings; `errors`: those of level error of all passes."""

    costs: pl.DataFrame | None
    languages: pl.DataFrame
    found: pl.DataFrame
    errors: pl.DataFrame
    notes: tuple[str, ...]


def validate(paths: Sequence[Path], asked: ValidateOptions | None = None) -> Validation:
    """What is wrong in the files, and where. Nothing is changed; `asked.fix` names a new folder.

    The texts stand in a temporary folder (TMPDIR) while it works, a half to two thirds of the size of the files.
    """
    asked, files = asked or ValidateOptions(), parts(paths)
    tokenizer = load_tokenizer(asked.tokenizer, asked.template) if asked.tokenizer else None
    with TemporaryDirectory(prefix="curate-validate-") as scratch, GateProcess() as gate:
        if asked.suite:
            gate.start()
        with disk_errors(Path(scratch), "Free some space there, or name another place with TMPDIR."):
            rows = _read(files, tokenizer, Path(scratch), with_rest=asked.fix is not None)
        seen = _look(files, rows, tokenizer, asked)
        return Validation(
            rows=sum(rows.sizes),
            faulty=seen.errors["row"].n_unique(),
            files=tuple(_files(files, rows, seen.languages)),
            findings=tell(rows.judged, seen.found, rows.file, asked.words()),
            checks=_checks(rows, seen, asked, gate),
            notes=seen.notes,
            fixed=fix.fix(files, rows.file, _dropped(rows, seen), asked.fix) if asked.fix else None,
        )


def _read(files: Sequence[Part], tokenizer: Tokenizer | None, scratch: Path, with_rest: bool) -> _Rows:
    """Read and judge every row, batch by batch. InputError where a file holds none."""
    strings, sizes = controls(tokenizer), [0] * len(files)
    (scratch / "judged").mkdir()
    for n, frame in enumerate(read(files, scratch / "rows.parquet", with_rest)):
        told = judged(frame.lazy(), strings).collect()
        told.write_parquet(scratch / "judged" / f"{n:08}.parquet", compression="lz4")
        for file, count in frame.group_by("file").len().iter_rows():
            sizes[file] += count
    for part, size in zip(files, sizes, strict=True):
        if not size:
            raise InputError(f"{part.path} holds no rows", "Give a file with at least one.")
    return _Rows(scratch / "rows.parquet", pl.scan_parquet(scratch / "judged" / "*.parquet"), tuple(sizes))


def _look(files: Sequence[Part], rows: _Rows, tokenizer: Tokenizer | None, asked: ValidateOptions) -> _Seen:
    """The passes after the first: tokens, languages, and rows against each other."""
    spent = costs.costs(rows.file, sum(rows.sizes), tokenizer, asked.max_tokens) if tokenizer else None
    told = languages.languages(rows.file, rows.sizes, asked.languages)
    found = [pl.DataFrame(schema=FOUND), languages.findings(told, asked.languages)]
    if spent is not None:
        found.append(costs.findings(spent, asked.max_tokens))
    errors = pl.concat([per_row(rows.judged, ERRORS).collect(), *found]).filter(pl.col("id").is_in(ERRORS))
    again, notes = compare(files, rows.file, rows.judged, errors["row"].unique(), asked.near)
    errors = pl.concat([errors, again.filter(pl.col("id").is_in(ERRORS))])
    return _Seen(spent, told, pl.concat([*found, again]), errors, (*_notes(asked, tokenizer, rows, spent), *notes))


def _files(files: Sequence[Part], rows: _Rows, told: pl.DataFrame) -> Iterator[File]:
    table = rows.judged.group_by("file", "form").len().sort("len", "form", descending=[True, False]).collect()
    for n, (part, size) in enumerate(zip(files, rows.sizes, strict=True)):
        forms = table.filter(pl.col("file") == n).select(pl.col("form").fill_null("unread"), "len")
        counts = {str(form): int(count) for form, count in forms.iter_rows()}
        yield File(str(part.path), part.name, part.split, size, counts, languages.table(told, n))


def _dropped(rows: _Rows, seen: _Seen) -> pl.DataFrame:
    """The errors, and rendered texts among conversations: no loader takes rows of both forms from one file."""
    talk = rows.judged.filter(pl.col("turns").is_not_null()).select("file").unique()
    texts = rows.judged.drop_nulls("rendered_text").join(talk, on="file", how="semi")
    return pl.concat([seen.errors, per_row(texts, ["rendered_text"]).collect()])


def _checks(rows: _Rows, seen: _Seen, asked: ValidateOptions, gate: GateProcess) -> tuple[Check, ...]:
    if not asked.suite:
        return ()
    alone = per_row(rows.judged, [rule.id for rule in RULES]).select("row", "id").collect()
    found = pl.concat([alone, seen.found.select("row", "id")])
    gate.submit({"rows": facts(rows.judged, seen.costs, found, asked.max_tokens)}, {"rows": [asked.suite]})
    return gate.result()


def _notes(
    asked: ValidateOptions, tokenizer: Tokenizer | None, rows: _Rows, spent: pl.DataFrame | None
) -> Iterator[str]:
    if tokenizer is None:
        yield (
            "No --tokenizer was given: no tokens were counted, and the control strings looked for are those of "
            "well-known models."
        )
    elif spent is not None and len(spent) < sum(rows.sizes):
        left = sum(rows.sizes) - len(spent)
        yield f"Tokens were counted in {len(spent):,} rows; the other {left:,} are unread, or their roles out of order."
    if asked.languages:
        yield f"Of rows with fewer than {languages.LEAST} letters the language is told only where the script tells it."
    elif max(rows.sizes) > languages.SAMPLE:
        yield f"Languages were looked at in about {languages.SAMPLE:,} rows of a file; with --languages, in every row."
