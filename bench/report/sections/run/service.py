"""How each service did under load: objectives, its limit, failures, stalls, and its timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.analysis.load.figures import Load
from bench.analysis.load.service import Limit, stalled
from bench.analysis.run.figures import CheckedFigure
from bench.model.load import LoadSample
from bench.model.run import Run
from bench.model.workload import Case
from bench.report import cells
from bench.report.document import Block, Cell, Column, Facts, Figure, Prose, Row, Section, Shown, Table
from bench.report.figures import timeline
from bench.report.templates import anchor, render
from bench.text.objectives import in_words

Loads = Sequence[tuple[Case, str, CheckedFigure[Load]]]

_ABOUT = (
    "What the load shows of the service. This is a result: errors, stalls and waiting never make a valid measurement "
    "invalid. Percentiles are of all requests; failed ones count as longer than the longest response."
)
_TIMELINE = (
    "By the second in which responses came, without the warm-up. p50 and p99 are of that second alone. A shaded band "
    "is a period without any response while requests were waiting."
)
_OBJECTIVE: dict[bool | None, Cell] = {
    True: Cell("met", tone="good"),
    False: Cell("not met", tone="bad"),
    None: Cell("not known", tone="warn"),
}
_SHORTEST_TIMELINE = 3
_FEW_LOADS = 3
_USUAL = (Limit.SATURATED, Limit.USERS, Limit.KEEPS_UP)


def sections(run: Run, loads: Loads) -> Iterator[Section]:
    """Objectives, the state of each service, and timelines; each where there is something to say."""
    if held := {sample.scenario for sample in run.samples if isinstance(sample, LoadSample) and sample.require}:
        yield Section("Objectives", (_objectives([one for one in loads if one[1] in held]),), "objectives")
    tables = tuple(table for shown in ("brief", "page") if (table := _conditions(loads, shown)).rows)
    if tables:
        yield Section("State of the service", (Prose(_ABOUT, "soft", shown="page"), *tables), "service")
    yield from _timelines(loads)


def _objectives(loads: Loads) -> Table:
    made = []
    for case, scenario, figure in loads:
        if figure.value is None:
            made.append(
                Row((cells.case(case.id), Cell(scenario), Cell("all"), _OBJECTIVE[None], cells.missing(figure)))
            )
            continue
        for one in figure.value.objectives:
            name = Cell(in_words(one.requirement))
            made.append(Row((cells.case(case.id), Cell(scenario), name, _OBJECTIVE[one.met], Cell(one.found))))
    columns = (
        Column("case", words=True, code=True),
        Column("scenario", words=True, detail=True),
        Column("objective", words=True),
        Column("result", words=True),
        Column("measured", words=True, wrap=True),
    )
    return Table(columns, tuple(made))


def _conditions(loads: Loads, shown: Shown) -> Table:
    """Where space is short, without what is usual."""
    made = []
    for case, scenario, figure in loads:
        if figure.value is None:
            continue
        for one in figure.value.conditions:
            if shown == "page" or one.name not in _USUAL:
                state = Cell(one.name, tone="warn" if one.problem else "")
                made.append(Row((cells.case(case.id), Cell(scenario), state, Cell(one.evidence))))
    columns = (
        Column("case", words=True, code=True),
        Column("scenario", words=True, detail=True),
        Column("state", words=True),
        Column("evidence", words=True, wrap=True),
    )
    return Table(columns, tuple(made), shown=shown)


def _timelines(loads: Loads) -> Iterator[Section]:
    for case, scenario, figure in loads:
        sample = _most_telling_sample(figure.value.samples) if figure.value else None
        if sample is None or (len(loads) > _FEW_LOADS and not _troubled(figure)):
            continue
        launch = f", launch {sample.launch + 1}" if figure.value and len(figure.value.samples) > 1 else ""
        html = render("figures/charts.html", legend=timeline.LEGEND, charts=timeline.charts(sample))
        drawn: tuple[Block, ...] = (
            Figure(html=html, caption=_TIMELINE, fallback=(Facts(timeline.sparklines(sample)),)),
        )
        yield Section(
            f"Timeline of `{case.id}`, {scenario}{launch}", drawn, f"timeline-{anchor(scenario)}-{anchor(case.id)}"
        )


def _troubled(figure: CheckedFigure[Load]) -> bool:
    """Of many loads, only these have something to see."""
    return figure.value is not None and any(one.problem for one in figure.value.conditions)


def _most_telling_sample(samples: Sequence[LoadSample]) -> LoadSample | None:
    """The launch with the longest stall, else the first; None where seconds are too few to draw."""
    long_enough = [sample for sample in samples if len(sample.timeline) >= _SHORTEST_TIMELINE]
    return max(long_enough, key=lambda one: max((s.duration_s for s in stalled(one)), default=0.0), default=None)
