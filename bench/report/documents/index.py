"""All stored results on one page, with the trend of each case over the runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.analysis.run.figures import Summary
from bench.analysis.run.summary import summarise
from bench.model.comparison import Comparison
from bench.model.run import Run
from bench.report import cells
from bench.report.document import Cell, Column, Document, Prose, Row, Section, Table
from bench.report.figures.sparklines import HostTrends, Trend, sparkline, trends
from bench.report.stored import (
    StoredAudit,
    StoredBisection,
    StoredDifference,
    StoredRecord,
    StoredSweep,
    differences,
    recorded_packages,
    stored_audits,
    stored_bisections,
    stored_sweeps,
)
from bench.report.templates import anchor
from bench.report.words.comparison import judged, python, versions
from bench.report.words.comparison_verdict import sentence
from bench.report.words.run import verdicts
from bench.report.words.stack import measured
from bench.store import documents, locate
from bench.store.files import StoreError
from bench.text.numbers import core_count, listed, times
from bench.workspace import Results


@dataclass(frozen=True)
class IndexEntry:
    """A stored result: what it is of and what it says, or the `problem` that it can't be read for.

    `page` is where its own page lies, from the index; None where there is none.
    """

    id: str
    page: str | None
    of: str = ""
    said: str = ""
    complete: bool = True
    problem: str = ""


def document(kept: Results) -> Document:
    """The index of a folder of results; what can't be read is listed with the reason."""
    results, summaries = kept.folder, list[Summary]()
    measured = list(_runs(results, kept.runs, summaries))
    compared = list(_comparisons(results, kept.comparisons))
    swept = [_sweep(results, kept.sweeps, one) for one in stored_sweeps(kept.sweeps)]
    searched = [_bisection(results, kept.bisections, one) for one in stored_bisections(kept.bisections)]
    seen = [_inside(results, folder, one) for folder in kept.looks for one in differences([folder])]
    audited = [_audit(results, kept.audits, one) for one in stored_audits(kept.audits)]
    recorded = recorded_packages(kept.record)
    sections = (
        _entries("Audits", "audit", audited),
        _entries("Comparisons", "comparison", compared),
        _entries("Sweeps", "sweep", swept),
        _entries("Bisections", "bisection", searched),
        _entries("Runs", "run", measured),
        _record(_page(results, kept.record / "record.html"), recorded),
        _entries("Profile and memory differences", "difference", sorted(seen, key=lambda one: one.id), "cases"),
        _trends(trends(summaries), {one.id: one.page for one in measured if one.page}),
    )
    counts = {
        "run": len(measured),
        "comparison": len(compared),
        "sweep": len(swept),
        "bisection": len(searched),
        "difference": len(seen),
        "audit": len(audited),
        "record": len(recorded),
    }
    made_by = version("fastapi-layercake")
    return Document(
        title="Runs, comparisons and sweeps" if swept else "Runs and comparisons",
        headline=(_counted(counts),),
        subtitle=(f"All results stored here, listed by layercake {made_by}",),
        sections=tuple(section for section in sections if section is not None),
        version=made_by,
    )


def _runs(results: Path, runs: Path, summaries: list[Summary]) -> Iterator[IndexEntry]:
    """Each run, oldest first; adds the summaries of those that can be read."""
    for name in locate.ids(runs):
        where = _page(results, runs / name / "report.html")
        try:
            summary = summarise(documents.RUN.load(runs / name))
        except StoreError as error:
            yield IndexEntry(name, where, problem=str(error))
            continue
        summaries.append(summary)
        yield IndexEntry(name, where, _of_run(summary.run), _said(summary), summary.run.complete)


def _comparisons(results: Path, comparisons: Path) -> Iterator[IndexEntry]:
    for name in locate.ids(comparisons, documents.COMPARISON):
        where = _page(results, comparisons / name / "comparison.html")
        try:
            found = judged(documents.COMPARISON.load(comparisons / name))
        except StoreError as error:
            yield IndexEntry(name, where, problem=str(error))
            continue
        yield IndexEntry(name, where, _of_comparison(found), sentence(found), found.complete)


def _sweep(results: Path, sweeps: Path, found: StoredSweep) -> IndexEntry:
    where = _page(results, sweeps / found.id / "sweep.html")
    return IndexEntry(found.id, where, found.of or "", found.said or "", bool(found.complete), found.problem or "")


def _bisection(results: Path, bisections: Path, found: StoredBisection) -> IndexEntry:
    where = _page(results, bisections / found.id / "bisection.html")
    return IndexEntry(found.id, where, found.of or "", found.said or "", bool(found.complete), found.problem or "")


def _audit(results: Path, audits: Path, found: StoredAudit) -> IndexEntry:
    where = _page(results, audits / found.id / "audit.html")
    return IndexEntry(found.id, where, found.app or "", found.said or "", bool(found.complete), found.problem or "")


def _record(page: str | None, packages: Sequence[StoredRecord]) -> Section | None:
    """What each release of some packages changed, which is on one page."""
    if not packages:
        return None
    hint = "" if page else "It has no page yet; `bench report record` makes it."
    rows = tuple(
        Row((Cell(one.package, href=page or "", below=one.of or ""), Cell(_recorded(one), below=hint)))
        for one in packages
    )
    columns = (Column("package", words=True), Column("result", words=True, wrap=True))
    return Section("Record", (Table(columns, rows),), "record")


def _recorded(one: StoredRecord) -> str:
    return f"Can't be read: {one.problem}" if one.problem else f"{one.comparisons} comparisons"


def _entries(title: str, of: str, found: Sequence[IndexEntry], says: str = "result") -> Section | None:
    """A table of one kind of result, the newest first."""
    if not found:
        return None
    columns = (Column(of, words=True), Column(says, words=True, wrap=True))
    rows = tuple(Row((_name(entry), _says(entry)), f"{of}-{anchor(entry.id)}") for entry in reversed(found))
    return Section(title, (Table(columns, rows),), f"{of}s")


def _name(entry: IndexEntry) -> Cell:
    return Cell(entry.id, sort=entry.id, href=entry.page or "", below=entry.of)


def _says(entry: IndexEntry) -> Cell:
    if entry.problem:
        return Cell(f"Can't be read: {entry.problem}")
    hint = "" if entry.page else f"It has no page yet; `bench report {entry.id}` makes it."
    return Cell(entry.said if entry.complete else f"Interrupted: {entry.said}", below=hint)


def _trends(found: Sequence[HostTrends], pages: Mapping[str, str]) -> Section | None:
    if not found:
        return None
    said = Prose(
        "CPU time of one request in process over the runs of one host, oldest first, with 95% intervals. Runs on "
        "different days differ by more than their intervals say, so a change here is no verdict: check it with `bench "
        "compare`. A case whose source changed starts anew."
    )
    return Section("Trends", (said, *(_host(one, pages) for one in found)), "trends", shown="page")


def _host(found: HostTrends, pages: Mapping[str, str]) -> Section:
    host = found.host
    columns = (
        Column("case", words=True, code=True),
        Column("over the runs", words=True),
        *map(Column, ("runs", "first µs", "last µs", "last over first")),
    )
    table = Table(columns, tuple(_trend(one, pages) for one in found.trends))
    title = f"{host.cpu_model}, {core_count(host.cores)}: {len(found.runs)} runs"
    return Section(title, (table,), f"host-{anchor(host.fingerprint)}")


def _trend(found: Trend, pages: Mapping[str, str]) -> Row:
    first, last = found.points[0], found.points[-1]
    page = pages.get(last.run)
    figures = cells.estimate(first.cpu_us), cells.estimate(last.cpu_us)
    return Row(
        (
            Cell(found.case, href=f"{page}#case-{anchor(found.case)}" if page else ""),
            Cell(svg=sparkline(found)),
            Cell(str(len(found.points))),
            *figures,
            Cell(times(found.overall), sort=found.overall.mean),
        )
    )


def _inside(results: Path, folder: Path, found: StoredDifference) -> IndexEntry:
    pages = [_page(results, folder / found.id / name) for name in ("flame.html", "memory.html")]
    where = next((page for page in pages if page), None)
    if found.problem:
        return IndexEntry(found.id, where, problem=found.problem)
    stacks = f"{found.base or 'the default stack'} → {found.head or 'the default stack'}"
    cases = listed([f"`{case}`" for case in found.cases]) or "no case"
    return IndexEntry(found.id, where, f"{found.of}, {stacks}", cases, bool(found.complete))


def _page(results: Path, file: Path) -> str | None:
    return file.relative_to(results).as_posix() if file.exists() else None


def _of_run(run: Run) -> str:
    if run.url is not None:
        return f"{measured(run)}, {run.effort} effort"
    return f"fastapi {run.stack.packages.get('fastapi', 'none')}, Python {run.stack.python}, {run.effort} effort"


def _said(summary: Summary) -> str:
    """The first of its verdicts, after the one that it was cut short."""
    return next(iter(verdicts(summary)[0 if summary.run.complete else 1 :]), "")


def _of_comparison(comparison: Comparison) -> str:
    return f"{', '.join(versions(comparison))}, {python(comparison)}"


def _counted(counts: Mapping[str, int]) -> str:
    if not any(counts.values()):
        return "No results yet; start with `bench run` or `bench compare BASE HEAD`."
    parts = [f"{count} {one if count == 1 else f'{one}s'}" for one, count in counts.items() if count]
    return f"{listed(parts)}, newest first."
