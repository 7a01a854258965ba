"""All stored runs, comparisons, sweeps and differences on one page, with the trend of each case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench import store
from bench.figures import Summary
from bench.pairs import Comparison
from bench.report import page
from bench.report.change import judged, python, sentence, versions
from bench.report.inventory import StoredDifference, differences, stored_sweeps
from bench.report.trend import HEIGHT, WIDTH, trends
from bench.report.verdicts import verdicts
from bench.samples import Run
from bench.summary import summarise
from bench.wording import listed

_SECTIONS = {
    "comparisons": ("index_comparisons.html", "Comparisons"),
    "sweeps": ("index_sweeps.html", "Sweeps"),
    "runs": ("index_runs.html", "Runs"),
    "differences": ("index_differences.html", "Inside two stacks"),
    "trends": ("index_trends.html", "Trends"),
}


@dataclass(frozen=True)
class Entry:
    """A run, a comparison or a sweep: what it is of and what it says, or the `problem` that it can't be read for.

    `page` is where its own page lies, from the index; None where there is none.
    """

    id: str
    page: str | None
    of: str = ""
    said: str = ""
    complete: bool = True
    problem: str = ""


def write(results: Path, runs: Path, comparisons: Path, sweeps: Path, inside: Sequence[Path] = ()) -> Path:
    """Write `results`/index.html of what lies in these folders below it; its path. Raises StoreError."""
    file = results / "index.html"
    store.write_atomically(file, render(results, runs, comparisons, sweeps, inside))
    return file


def render(results: Path, runs: Path, comparisons: Path, sweeps: Path, inside: Sequence[Path] = ()) -> str:
    """The index; what can't be read stands in it with the reason. `inside` are the folders of what was seen inside two
    stacks."""
    summaries: list[Summary] = []
    measured, compared = [], []
    for name in store.ids(runs):
        where = _page(results, runs / name / "report.html")
        try:
            summary = summarise(store.load(runs / name))
        except store.StoreError as error:
            measured.append(Entry(name, where, problem=str(error)))
            continue
        summaries.append(summary)
        measured.append(Entry(name, where, _of_run(summary.run), _said(summary), summary.run.complete))
    for name in store.ids(comparisons, store.COMPARISON_FILE):
        where = _page(results, comparisons / name / "comparison.html")
        try:
            found = judged(store.load_comparison(comparisons / name))
        except store.StoreError as error:
            compared.append(Entry(name, where, problem=str(error)))
            continue
        compared.append(Entry(name, where, _of_comparison(found), sentence(found), found.complete))
    over_releases = [
        Entry(
            one.id,
            _page(results, sweeps / one.id / "sweep.html"),
            one.of or "",
            one.said or "",
            bool(one.complete),
            one.problem or "",
        )
        for one in stored_sweeps(sweeps)
    ]
    over_time = trends(summaries)
    seen = [_inside(results, folder, one) for folder in inside for one in differences([folder])]
    empty = {
        "comparisons": not compared,
        "sweeps": not over_releases,
        "runs": not measured,
        "differences": not seen,
        "trends": not over_time,
    }
    sections = {anchor: section for anchor, section in _SECTIONS.items() if not empty[anchor]}
    contents = {
        "harness_version": version("fastapi-layercake"),
        "title": "Runs, comparisons and sweeps" if over_releases else "Runs and comparisons",
        "verdicts": [_counted(len(measured), len(compared), len(over_releases), len(seen))],
        "runs": measured[::-1],
        "comparisons": compared[::-1],
        "sweeps": over_releases[::-1],
        "differences": sorted(seen, key=lambda entry: entry.id, reverse=True),
        "trends": over_time,
        "pages": {one.id: one.page for one in measured if one.page},
        "spark": (WIDTH, HEIGHT),
    }
    return page.render("index.html", ("page.css", "index.css", "page.js"), sections, contents)


def _inside(results: Path, folder: Path, found: StoredDifference) -> Entry:
    pages = [_page(results, folder / found.id / name) for name in ("flame.html", "memory.html")]
    where = next((page for page in pages if page), None)
    if found.problem:
        return Entry(found.id, where, problem=found.problem)
    stacks = f"{found.base or 'the default stack'} → {found.head or 'the default stack'}"
    cases = listed([f"`{case}`" for case in found.cases]) or "nothing was seen"
    return Entry(found.id, where, f"{found.of}, {stacks}", cases, bool(found.complete))


def _page(results: Path, file: Path) -> str | None:
    return file.relative_to(results).as_posix() if file.exists() else None


def _of_run(run: Run) -> str:
    return f"fastapi {run.stack.packages.get('fastapi', 'none')}, Python {run.stack.python}, {run.effort} effort"


def _said(summary: Summary) -> str:
    """The first of its verdicts, after the one that it was cut short."""
    return next(iter(verdicts(summary)[0 if summary.run.complete else 1 :]), "")


def _of_comparison(comparison: Comparison) -> str:
    return f"{', '.join(versions(comparison))}, {python(comparison)}"


def _counted(runs: int, comparisons: int, sweeps: int, seen: int) -> str:
    if not (runs or comparisons or sweeps or seen):
        return "Nothing is stored yet; `bench run` and `bench compare BASE HEAD` make a beginning."
    parts = [
        (runs, "run", "runs"),
        (comparisons, "comparison", "comparisons"),
        (sweeps, "sweep", "sweeps"),
        (seen, "look inside two stacks", "looks inside two stacks"),
    ]
    return f"{listed([f'{count} {one if count == 1 else many}' for count, one, many in parts if count])}, newest first."
