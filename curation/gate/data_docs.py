"""Great Expectations' own Data Docs of a build: its suites and what they found, rendered to open without network."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import polars as pl

from curation.base.folders import new_folder
from curation.gate.facts import facts, figures_frame
from curation.gate.judge import ephemeral, library, suite_of
from curation.gate.suites import ours, read_suite
from curation.ledger.build import Build
from curation.ledger.observation import observe

# What the library loads from other hosts (styles, scripts, its logo), and the scripts that need them.
_REMOTE = re.compile(
    r"""<link[^>]+href="https?://[^>]*>|<script[^>]*>.*?</script>|<img[^>]+src="https?://[^>]*>"""
    r"""|<a[^>]+href="https?://[^"]*utm_[^>]*>.*?</a>|@import[^;]*https?:[^;]*;|url\(['"]?https?:[^)]*\)""",
    re.S,
)
_STYLE = """<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:1rem auto;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #8884;padding:.3rem .6rem;text-align:left;vertical-align:top}
nav,ol,ul{padding-left:1rem}.collapse,.tab-pane{display:block}
.btn,.modal,.navbar-brand,.walkthrough-link,footer{display:none}
.fa-check-circle::before{content:"met"}.fa-times::before{content:"not met"}
.fa-exclamation-triangle::before{content:"errored"}
</style>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'">
"""


def write(build: Build, folder: Path) -> Path:
    """Judge the facts of `build` again, and put the pages into `folder`; the path of index.html.

    By the suites that come along: a suite can hold code, and a build of a stranger must not say which file is read.
    Only numbers, booleans, split and label are judged, so no text of the corpus is in the pages.
    """
    gx = library()
    frames = {"rows": facts(observe(build)), "figures": figures_frame(build.manifest.figures)}
    with new_folder(folder, "report") as site:
        context = ephemeral(gx)
        context.variables.progress_bars = {"globally": False}
        for name in context.get_site_names():
            context.delete_data_docs_site(name)  # its own, in a temporary folder that stays
        context.add_data_docs_site("site", _site(site))
        source = context.data_sources.add_pandas("facts")
        for over, names in build.manifest.suites.items():
            whole = source.add_dataframe_asset(over).add_batch_definition_whole_dataframe("all")
            _judge(gx, context, over, whole, ours(names), frames[over])
        context.build_data_docs()
        for file in (*site.rglob("*.html"), *site.rglob("*.css")):
            text = _REMOTE.sub("", file.read_text("utf8"))
            file.write_text(text.replace("</head>", f"{_STYLE}</head>", 1), "utf8")
        shutil.rmtree(site / "static" / "fonts")
        for picture in site.rglob("*.gif"):
            picture.unlink()
    return folder / "index.html"


def _site(folder: Path) -> dict[str, Any]:
    """Pages in `folder`, and all else that the library keeps in memory."""
    return {
        "class_name": "SiteBuilder",
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.absolute())},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }


def _judge(gx: Any, context: Any, over: str, whole: Any, names: list[str], frame: pl.DataFrame) -> None:
    for name in names:
        suite = context.suites.add(suite_of(gx, read_suite(name)))
        validation = gx.ValidationDefinition(name=f"{over} {name}", data=whole, suite=suite)
        checkpoint = gx.Checkpoint(
            name=f"{over} {name}",
            validation_definitions=[context.validation_definitions.add(validation)],
        )
        context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": frame.to_pandas()})
