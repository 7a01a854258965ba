"""What starting each app takes on both sides of a comparison, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.analysis.comparison.launches import ARMS
from bench.analysis.comparison.startup_blocks import START_MS_LEAST, STEPS, start_costs, too_short
from bench.model.comparison import Comparison, Metric, Result
from bench.model.pair_samples import StartupPair
from bench.report import cells
from bench.report.document import Cell, Column, Prose, Row, Section, Table
from bench.report.words.metrics import LABELS
from bench.text.numbers import listed

WHAT_A_START_IS = (
    "A block is one fresh process of each side, one after the other on one core, with one hash seed; the side that "
    "starts first changes from block to block. It gives one ratio, head over base. A block counts for times if the "
    "core was undisturbed just before and just after both, and for memory always. Start-up is the CPU time of all "
    "threads from the import of the app to the end of its lifespan's start: without the interpreter, and without the "
    "part of the standard library that the measuring process has imported before. Memory at rest is what is resident "
    "after that and the first request."
)
_SHOWN: tuple[Metric, ...] = ("startup_cpu_ms", *STEPS, "rest_mb")


def section(comparison: Comparison) -> Section | None:
    """None of a comparison of requests. Without apps that failed later on: they have no result."""
    failed = {one.case for one in comparison.absences if one.kind == "invalid"}
    started = dict.fromkeys(one.case for one in comparison.samples if isinstance(one, StartupPair))
    apps = [app for app in started if app not in failed]
    if not apps:
        return None
    results = {(one.case, one.metric): one for one in comparison.results}
    costs = {metric: tuple(start_costs(comparison, arm, metric) for arm in ARMS) for metric in _SHOWN}
    rows = [row for app in apps for row in _rows(app, costs, results)]
    columns = (
        Column("app", words=True, code=True),
        Column("step", words=True),
        Column("base"),
        Column("head"),
        Column("change"),
        Column(f"{comparison.confidence:.0%} interval"),
    )
    deciding = listed([LABELS[metric] for metric in comparison.judged])
    said = Prose(
        "Medians over launches, CPU in ms and memory in MB. Start-up is the sum of importing libraries, building the "
        "app and its lifespan; the rest comes after it. "
        f"Only {deciding} {'decide' if len(comparison.judged) > 1 else 'decides'}."
    )
    blocks = (
        said,
        *_too_short(comparison, apps),
        *_whole(comparison, apps),
        Table(columns, tuple(rows), sortable=False),
    )
    return Section("Start-up, step by step", blocks, "startup", "Start-up")


def _whole(comparison: Comparison, apps: Sequence[str]) -> Iterator[Prose]:
    """Starts whose import is one step."""
    starts = [one for one in comparison.samples if isinstance(one, StartupPair)]
    whole = {one.case for one in starts if one.base.libraries_cpu_ms is None}
    if named := [f"`{app}`" for app in apps if app in whole]:
        yield Prose(
            f"Importing libraries is not measured apart from building: {listed(named)}. Routes or memory differ when "
            "the libraries are imported first."
        )


def _too_short(comparison: Comparison, apps: Sequence[str]) -> Iterator[Prose]:
    short = too_short(comparison)
    if named := [f"`{app}`" for app in apps if app in short]:
        yield Prose(
            f"Too short to compare their CPU, with less than {START_MS_LEAST:g} ms on both sides: {listed(named)}. "
            "Their memory is compared."
        )


def _rows(
    app: str,
    costs: Mapping[Metric, tuple[dict[str, float], ...]],
    results: Mapping[tuple[str, Metric], Result],
) -> Iterator[Row]:
    """One for each step that both sides have."""
    name = Cell(app)
    for metric, sides in costs.items():
        if all(app in side for side in sides):
            found = results.get((app, metric))
            change = [cells.changed(found), cells.changed_within(found)] if found else [cells.NOTHING, Cell()]
            yield Row((name, Cell(LABELS[metric]), *(cells.plain(side[app]) for side in sides), *change))
            name = Cell()
