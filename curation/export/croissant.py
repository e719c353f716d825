"""croissant.json: the files of a dataset with their hashes, and the columns of a row, as MLCommons Croissant 1.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import polars as pl

from curation.base.errors import BuildError
from curation.export.card_metadata import TAGS
from curation.ledger.build import Build
from curation.schemas.manifest import File, Manifest

_FORMATS = {"jsonl": "application/jsonlines", "parquet": "application/x-parquet"}
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{
        term: f"cr:{term}"
        for term in (
            *("citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet"),
            *("format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet"),
            *("references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField"),
            "transform",
        )
    },
}


def write(build: Build, rows: pl.Schema, data: Mapping[str, File]) -> None:
    """croissant.json of a build where it was made; `rows`: the columns of a line; `data`: the file of each split."""
    (build.folder / "croissant.json").write_bytes(text(build.manifest, rows, data))


def text(manifest: Manifest, rows: pl.Schema, data: Mapping[str, File]) -> bytes:
    """`data`: the file of each split, by its path beside croissant.json; its suffix says what it is."""
    about = manifest.about
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": manifest.name,
        "description": f"{about.title}. {about.attribution}",
        "license": about.licence,
        "inLanguage": list(about.languages),
        "keywords": [*TAGS, about.task],
        **({"citeAs": about.citation} if about.citation else {}),
        "distribution": [_file(file) for file in data.values()],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": split,
                "name": split,
                "description": f"{manifest.splits[split].rows} rows",
                "field": [_field(name, dtype, split, file.name) for name, dtype in rows.items()],
            }
            for split, file in data.items()
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _file(file: File) -> dict[str, str]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": _FORMATS[file.name.rpartition(".")[2]],
        "sha256": file.sha256,
    }


def _field(name: str, dtype: pl.DataType, place: str, file: str, way: tuple[str, ...] = ()) -> dict[str, Any]:
    """A column, or a field of one: `way` are the names that lead to it.

    A list repeats; the inner ones of a list of lists are declared as text, since Croissant 1.0 cannot describe them.
    """
    id, way = f"{place}/{name}", (*way, name)
    field: dict[str, Any] = {"@type": "cr:Field", "@id": id, "name": name}
    if isinstance(dtype, pl.List):
        field["repeated"] = True
        dtype = _type(dtype.inner)
    if isinstance(dtype, pl.Struct):
        return {**field, "subField": [_field(sub.name, _type(sub.dtype), id, file, way) for sub in dtype.fields]}
    source: dict[str, Any] = {"fileObject": {"@id": file}, "extract": {"column": way[0]}}
    if way[1:]:
        source["transform"] = [{"jsonPath": step} for step in way[1:]]
    return {**field, "dataType": _data_type(dtype), "source": source}


def _type(dtype: Any) -> pl.DataType:
    """Polars gives an inner type as a class or as an instance of it."""
    made: pl.DataType = dtype() if isinstance(dtype, type) else dtype
    return made


def _data_type(dtype: pl.DataType) -> str:
    """Croissant's data type. BuildError for a type that JSON lines cannot hold."""
    if isinstance(dtype, pl.List):
        return "sc:Text"
    if dtype.is_integer():
        return "sc:Integer"
    if dtype.is_float():
        return "sc:Float"
    words = {pl.Boolean: "sc:Boolean", pl.String: "sc:Text", pl.Null: "sc:Text"}
    if dtype.base_type() not in words:
        raise BuildError(f"A row holds a value of type {dtype}", "Lines hold texts, numbers, lists and objects.")
    return words[dtype.base_type()]
