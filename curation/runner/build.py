"""The runner: a recipe becomes a build folder, phase by phase, and takes its place when its gate passes.

It knows no stage by name.
"""

from __future__ import annotations

from contextlib import nullcontext
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import orjson

from curation.base.errors import GateError, UsageError, nearest
from curation.base.files import hashed
from curation.base.manifests import MANIFEST
from curation.gate.process import GateProcess
from curation.gate.suites import read_suite
from curation.ledger.build import Build
from curation.ledger.forms import FORMS
from curation.ledger.phase_files import PhaseFiles
from curation.runner.engine import Engine, LocalEngine
from curation.runner.folder import begin, beside, claimed, put
from curation.runner.outputs import VERSIONS, manifest_of, write_outputs
from curation.runner.phases import name_of, run_phases
from curation.runner.recipe import Recipe
from curation.schemas.manifest import File


def build(
    recipe: Recipe,
    out: str | Path,
    *,
    form: str = "messages",
    tokenized: bool = False,
    fresh: bool = False,
    gate: GateProcess | None = None,
    engine: Engine | None = None,
) -> Build:
    """Run `recipe` into the folder `out`, resuming at the last whole phase of an interrupted run.

    The build is made beside `out` and renamed into place when its gate passes; else GateError, and the new build
    is in `<out>.failed`. `form`: of the lines (curation.ledger.forms). `tokenized` also writes token ids, masks and
    labels. `fresh` forgets earlier phases. `gate`: its process, where one runs already. `engine`: where stages run.
    """
    if form not in FORMS:
        raise UsageError(f"There is no form {form!r}.{nearest(form, list(FORMS))}", f"Known: {', '.join(FORMS)}.")
    out = Path(out)
    out = out.resolve() if out.is_symlink() else out
    with claimed(out), nullcontext(gate) if gate else GateProcess() as gate:
        for name in (name for names in recipe.suites.values() for name in names):
            read_suite(name)
        sources = tuple(hashed(path, path.name) for path in recipe.sources)
        _refuse_demo_over_real(recipe, out)
        gate.start()
        files = PhaseFiles(begin(out, _plan(recipe, sources), fresh))
        phases = tuple(run_phases(recipe, sources, files, engine or LocalEngine()))
        ran = Build.made(files, manifest_of(recipe, sources, phases, form, tokenized))
        made = write_outputs(recipe, ran, tokenized, gate)
        failed = [check for check in made.manifest.gate if not check.passed]
        target = beside(out, "failed") if failed else out
        put(files.folder, target)
    if failed:
        first = failed[0]
        raise GateError(
            f"The gate failed: {len(failed)} of {len(made.manifest.gate)} checks did not pass, first "
            f"{first.expectation} of {first.column or 'the table'} ({first.suite}): {first.observed}",
            f"{first.note} The new build is in {target} with all its figures; {out} is as it was.".strip(),
        )
    return Build(out, made.manifest)


def _refuse_demo_over_real(recipe: Recipe, out: Path) -> None:
    """A demo does not take the place of a build from a real source."""
    demo = recipe.invocation is not None and recipe.invocation.demo
    if demo and (out / MANIFEST).is_file():
        manifest = Build.open(out).manifest
        if not manifest.demo:
            held = ", ".join(file.name for file in manifest.sources)
            raise UsageError(
                f"{out} holds a build of {held}, and a demo would take its place",
                f"Give the demo a folder of its own: --out {out}-demo",
            )


def _plan(recipe: Recipe, sources: tuple[File, ...]) -> str:
    """A hash of all that decides the bytes of the phases: an interrupted run of another plan is not resumed."""
    packages = Path(__file__).parents[1]
    parts = [
        [file.model_dump() for file in sources],
        [name_of(recipe.read), name_of(recipe.shape), recipe.tokenizer.contract.model_dump()],
        [[name, [name_of(s) for s in stages]] for name, stages in (*recipe.records.items(), *recipe.rows.items())],
        {name: version(name) for name in VERSIONS},
        recipe.invocation and recipe.invocation.model_dump(exclude={"form", "tokenized"}),
        [sha256(file.read_bytes()).hexdigest() for file in sorted(packages.rglob("*.py"))],
    ]
    return sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()
