"""`curate validate`, pass by pass: read, check each row, count tokens, compare rows, report what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from curation.base.errors import InputError
from curation.base.files import disk_errors
from curation.base.scratch import NO_SPACE, scratch
from curation.gate.process import GateProcess
from curation.rules.catalogue import ERRORS, RULES
from curation.rules.texts import controls
from curation.schemas.manifest import Check
from curation.tokens import Tokenizer, load_tokenizer
from curation.validation import fix, languages, overlap
from curation.validation import token_costs as costs
from curation.validation.compare import compare
from curation.validation.facts import facts
from curation.validation.findings import FOUND, findings_of, per_row
from curation.validation.inputs import InputFile, input_files
from curation.validation.keys import keys
from curation.validation.length_bias import length_bias
from curation.validation.options import ValidateOptions
from curation.validation.read import read
from curation.validation.result import File, Validation
from curation.validation.row_checks import check_rows
from curation.validation.samples import samples


@dataclass(frozen=True)
class _Rows:
    """The rows as they were read (a Parquet file), the checks of each row alone, and how many each file has."""

    file: Path
    judged: pl.LazyFrame
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class _Results:
    """Results of the later passes. `found`: their findings; `errors`: those of level error of all passes."""

    costs: pl.DataFrame | None
    languages: pl.DataFrame
    found: pl.DataFrame
    errors: pl.DataFrame
    notes: tuple[str, ...]


def validate(paths: Sequence[Path], options: ValidateOptions | None = None) -> Validation:
    """What is wrong in the files, and where. They are not changed; `options.fix` names a new folder.

    The texts are kept in a temporary folder (TMPDIR) meanwhile: half to two thirds of the size of the files.
    """
    options, files = options or ValidateOptions(), input_files(paths)
    tokenizer = load_tokenizer(options.tokenizer, options.template) if options.tokenizer else None
    looked_for = overlap.wanted(options.against, [file.path for file in files]) if options.against else None
    with scratch("validate") as work, GateProcess() as gate:
        if options.suite:
            gate.start()
        with disk_errors(work, NO_SPACE):
            rows = _read(files, tokenizer, work)
        results = _later_passes(files, rows, tokenizer, looked_for, options)
        return Validation(
            rows=sum(rows.sizes),
            faulty=results.errors["row"].n_unique(),
            files=tuple(_files(files, rows, results.languages)),
            keys=keys(rows.file, tokenizer.template.writes if tokenizer else None),
            findings=findings_of(files, rows.judged, results.found, rows.file, options.placeholders()),
            checks=_checks(rows, results, options, gate),
            notes=results.notes,
            samples=samples(rows.file, rows.judged, tokenizer),
            fixed=fix.fix(files, rows.file, _dropped(rows, results), options.fix) if options.fix else None,
        )


def _read(files: Sequence[InputFile], tokenizer: Tokenizer | None, work: Path) -> _Rows:
    """Read and check every row, batch by batch. InputError where a file holds none."""
    given, sizes = (controls(tokenizer), tokenizer.template.writes if tokenizer else None), [0] * len(files)
    (work / "judged").mkdir()
    for n, frame in enumerate(read(files, work / "rows.parquet")):
        checked = check_rows(frame.lazy(), *given).collect()
        checked.write_parquet(work / "judged" / f"{n:08}.parquet", compression="lz4")
        for file, count in frame.group_by("file").len().iter_rows():
            sizes[file] += count
    for part, size in zip(files, sizes, strict=True):
        if not size:
            raise InputError(f"{part.path} has no rows", "Give a file with at least one row.")
    return _Rows(work / "rows.parquet", pl.scan_parquet(work / "judged" / "*.parquet"), tuple(sizes))


def _later_passes(
    files: Sequence[InputFile],
    rows: _Rows,
    tokenizer: Tokenizer | None,
    looked_for: overlap.Wanted | None,
    options: ValidateOptions,
) -> _Results:
    """The passes after the first: tokens, languages, benchmarks, and rows against each other."""
    spent, found = None, [pl.DataFrame(schema=FOUND)]
    if tokenizer:
        spent, left_out = costs.costs(rows.file, sum(rows.sizes), tokenizer, options.max_tokens)
        found += [left_out, costs.findings(spent, options.max_tokens)]
    by_language = languages.languages(rows.file, rows.sizes, options.languages)
    found.append(languages.findings(by_language, options.languages))
    if looked_for:
        found.append(overlap.overlaps(files, rows.file, looked_for, options.overlap))
    errors = pl.concat([per_row(rows.judged, ERRORS).collect(), *found]).filter(pl.col("id").is_in(ERRORS))
    again, notes = compare(files, rows.file, rows.judged, errors["row"].unique(), options.near)
    errors = pl.concat([errors, again.filter(pl.col("id").is_in(ERRORS))])
    looked = looked_for.notes if looked_for else ()
    said = (*_notes(options, tokenizer, rows, spent), *looked, *length_bias(rows.file), *notes)
    return _Results(spent, by_language, pl.concat([*found, again]), errors, said)


def _files(files: Sequence[InputFile], rows: _Rows, by_language: pl.DataFrame) -> Iterator[File]:
    table = rows.judged.group_by("file", "form").len().sort("len", "form", descending=[True, False]).collect()
    for n, (part, size) in enumerate(zip(files, rows.sizes, strict=True)):
        forms = table.filter(pl.col("file") == n).select(pl.col("form").fill_null("unread"), "len")
        counts = {str(form): int(count) for form, count in forms.iter_rows()}
        yield File(str(part.path), part.name, part.split, size, counts, languages.table(by_language, n))


def _dropped(rows: _Rows, results: _Results) -> pl.DataFrame:
    """The errors, and rendered texts among conversations: no loader takes rows of both forms from one file."""
    talk = rows.judged.filter(pl.col("turns").is_not_null()).select("file").unique()
    texts = rows.judged.drop_nulls("rendered_text").join(talk, on="file", how="semi")
    return pl.concat([results.errors, per_row(texts, ["rendered_text"]).collect()])


def _checks(rows: _Rows, results: _Results, options: ValidateOptions, gate: GateProcess) -> tuple[Check, ...]:
    if not options.suite:
        return ()
    alone = per_row(rows.judged, [rule.id for rule in RULES]).select("row", "id").collect()
    found = pl.concat([alone, results.found.select("row", "id")])
    gate.submit({"rows": facts(rows.judged, results.costs, found, options.max_tokens)}, {"rows": [options.suite]})
    return gate.result()


def _notes(
    options: ValidateOptions, tokenizer: Tokenizer | None, rows: _Rows, spent: pl.DataFrame | None
) -> Iterator[str]:
    if tokenizer is None:
        yield ("No --tokenizer was given: tokens were not counted, and control strings are those of well-known models.")
    elif spent is not None and len(spent) < sum(rows.sizes):
        left = sum(rows.sizes) - len(spent)
        yield f"Tokens were counted in {len(spent):,} rows; {left:,} cannot be read, or have roles out of order."
    if options.languages:
        yield f"In rows below {languages.LEAST} letters the language is detected only where the script decides it."
    elif max(rows.sizes) > languages.SAMPLE:
        yield f"Languages were detected in about {languages.SAMPLE:,} rows per file; with --languages, in every row."
