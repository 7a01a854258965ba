"""`bench report`: renders what is stored again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench.analysis.audit.findings.judge import audited
from bench.analysis.run.summary import summarise
from bench.audit.targets import known_targets
from bench.catalog.record_plan import read_record_plan
from bench.catalog.selection import descriptions
from bench.cli.completion import stored_names
from bench.cli.diff import show_flames, show_heap_pairs, show_heaps
from bench.cli.options import AsJson, ResultsFolder
from bench.cli.output import console, errors, print_json, show, show_page
from bench.cli.paired import show_comparison
from bench.model.errors import UsageError
from bench.report.documents import bisection, sweep, track
from bench.report.exports import bisection as exports_bisection
from bench.report.exports import record as exports_record
from bench.report.exports import run as exports_run
from bench.report.exports import sweep as exports_sweep
from bench.report.exports import track as exports_track
from bench.report.exports.audit import json_text
from bench.report.publish import (
    publish,
    publish_bisection,
    publish_comparison,
    publish_flames_beside,
    publish_index,
    publish_record,
    publish_sweep,
    publish_track,
)
from bench.report.stored_record import stored_records
from bench.report.words.bisection import BisectionNarrative, bisected
from bench.report.words.comparison import judged
from bench.report.words.diff_case import DiffNarrative
from bench.report.words.sweep import SweepNarrative, swept_in
from bench.report.words.track import narrative
from bench.store import documents, locate
from bench.store import track as tracks
from bench.store.files import StoreError
from bench.workspace import RECORD_PLAN, RESULTS, TARGETS, Results


def report(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="Id, folder or file of a result, `latest` or `record`.",
            autocompletion=stored_names,
        ),
    ] = None,
    as_json: AsJson = False,
    results: ResultsFolder = RESULTS,
) -> None:
    """Show a stored result again. Without NAME, write an index."""
    if name is None and as_json:
        raise UsageError("--json needs a NAME, e.g. latest; `bench list --json` lists all stored results")
    kept = Results(results)
    if name is None:
        kept = Results.kept_in(results).made()
        with console.status("reading stored results"):
            page = publish_index(kept)
        console.print(f"Index of stored results: {page}", soft_wrap=True)
        return
    if name == kept.record.name:
        _record(kept, as_json)
        return
    if Path(name).suffix == Path(tracks.NAME).suffix:
        _track(Path(name), kept, as_json)
        return
    path = locate.find(name, *kept.shown)
    kind = locate.kind(path)
    if as_json:
        print_json(_JSON[kind.file](path) if kind.file in _JSON else kind.text(kind.load(path)))
    else:
        _SHOWN[kind.file](path, path if path.is_dir() else path.parent)


def _run(path: Path, folder: Path) -> None:
    """With the heaps of its cases, where it has them."""
    run = documents.RUN.load(path)
    document, page = publish(run, folder)
    show(document)
    show_page(str(page))
    if (folder / documents.HEAPS.file).exists():
        show_heaps(documents.HEAPS.load(folder), folder)


def _run_json(path: Path) -> str:
    run = documents.RUN.load(path)
    return exports_run.figures(run, summarise(run))


def _comparison(path: Path, folder: Path) -> None:
    """With the profiles of what changed, where it has them."""
    comparison = judged(documents.COMPARISON.load(path))
    profiled = _profiled(folder)
    page = publish_comparison(comparison, folder, profiled)
    show_comparison(comparison, profiled)
    show_page(str(page))


def _profiled(folder: Path) -> Sequence[DiffNarrative]:
    """What profiles say of a comparison's largest changes; nothing, with a warning, if they can't be read."""
    try:
        return publish_flames_beside(folder)
    except StoreError as error:
        errors.print(f"bench: {error}")
        return ()


def _flames(path: Path, folder: Path) -> None:
    show_flames(documents.FLAMES.load(path), folder)


def _heap_pairs(path: Path, folder: Path) -> None:
    show_heap_pairs(documents.HEAP_PAIRS.load(path), folder)


def _sweep(path: Path, folder: Path) -> None:
    found = _swept(path)
    show(sweep.document(found))
    show_page(str(publish_sweep(found, folder)))


def _bisection(path: Path, folder: Path) -> None:
    found = _bisected(path)
    show(bisection.document(found))
    show_page(str(publish_bisection(found, folder)))


def _bisected(path: Path) -> BisectionNarrative:
    return bisected(documents.BISECTION.load(path), path if path.is_dir() else path.parent)


def _track(file: Path, kept: Results, as_json: bool) -> None:
    """The trend of an app, which lies in its repository."""
    known = tracks.load(file)
    if not known.points:
        raise UsageError(f"{file}: no such file, or no point in it; `bench track --app MODULE:ATTR` adds one")
    found = narrative(known)
    if as_json:
        print_json(exports_track.json_text(found))
    else:
        show(track.document(found))
        show_page(str(publish_track(found, kept.made().track)))


def _record(kept: Results, as_json: bool) -> None:
    """What `bench record` keeps of all packages of the plan."""
    found = stored_records(kept.record, read_record_plan(RECORD_PLAN))
    if not found:
        raise UsageError(f"{kept.record}: has no record yet; `bench record` makes one")
    if as_json:
        print_json(exports_record.json_text(found))
    else:
        document, page = publish_record(found, kept.record, descriptions(known_targets(TARGETS, None)))
        show(document)
        show_page(str(page))


def _audit(path: Path, folder: Path) -> None:
    from bench.cli import audit  # noqa: PLC0415  imports all that measures

    audit.shown(documents.AUDIT.load(path), folder)


def _swept(path: Path) -> SweepNarrative:
    sweep = documents.SWEEP.load(path)
    return swept_in(sweep, path if path.is_dir() else path.parent)


_SHOWN: Mapping[str, Callable[[Path, Path], None]] = {
    documents.RUN.file: _run,
    documents.COMPARISON.file: _comparison,
    documents.SWEEP.file: _sweep,
    documents.BISECTION.file: _bisection,
    documents.FLAMES.file: _flames,
    documents.HEAP_PAIRS.file: _heap_pairs,
    documents.AUDIT.file: _audit,
}
# Of the others, the document as it is stored.
_JSON: Mapping[str, Callable[[Path], str]] = {
    documents.RUN.file: _run_json,
    documents.COMPARISON.file: lambda path: documents.COMPARISON.text(judged(documents.COMPARISON.load(path))),
    documents.AUDIT.file: lambda path: json_text(audited(documents.AUDIT.load(path))),
    documents.SWEEP.file: lambda path: exports_sweep.json_text(_swept(path)),
    documents.BISECTION.file: lambda path: exports_bisection.json_text(_bisected(path)),
}
