"""One quantity over a package's releases as a small picture, and several as one file that stands alone."""

from __future__ import annotations

from markupsafe import Markup

from bench.analysis.series.record import PackageRecord
from bench.analysis.series.release_figures import ReleaseLine
from bench.report.figures import step_chart
from bench.report.figures.step_chart import AxisMark, ChartPoint, StepChart, StepMark
from bench.report.words.comparison import percent, within
from bench.report.words.metrics import LABELS
from bench.report.words.package_steps import PackageStep, size
from bench.report.words.record import cost, span
from bench.text.numbers import listed, share
from bench.text.verdicts import said_of

_ALONE, _PANELS = (400, 130), 4


def picture(record: PackageRecord, line: ReleaseLine) -> Markup:
    """A line; of one that has two releases at the least."""
    return step_chart.picture(_chart(record, line))


def alone(record: PackageRecord) -> str | None:
    """The four lines whose confirmed steps are largest as one SVG file, for light and dark; None where no line has two
    releases."""
    drawn = sorted((line for line in record.lines if drawable(line)), key=_largest, reverse=True)[:_PANELS]
    if not drawn:
        return None
    title = f"What releases of {record.header.package} changed, {span(record)}"
    said = f"relative to {record.header.anchor}, with 99% intervals; marks: confirmed steps of "
    panels = [
        (_chart(record, line), line.case, f"{LABELS[line.metric]}, {cost(line)} in {record.header.anchor}")
        for line in drawn
    ]
    return step_chart.together((title, f"{said}{share(record.margin)} or more"), panels, _ALONE)


def drawable(line: ReleaseLine) -> bool:
    """Whether there is a line at all: a single point is none."""
    return sum(point.found is not None for point in line.points) > 1


def _largest(line: ReleaseLine) -> float:
    return max((size(step.best) for step in line.steps if step.confirmed), default=0.0)


def _chart(record: PackageRecord, line: ReleaseLine) -> StepChart:
    """The confirmed steps are marked, with the size that fresh blocks show, and on the axis where other packages
    changed too."""
    name = f"{line.case}, {LABELS[line.metric]}"
    along = ((step, PackageStep(record, step).moved_along) for step in line.steps)
    return StepChart(
        tuple(point.release for point in line.points),
        tuple(ChartPoint(one.release, one.found, f"{name}, {one.release}") for one in line.points if one.found),
        tuple(_mark(PackageStep(record, step)) for step in line.steps if step.confirmed),
        record.margin,
        tuple(AxisMark(step.newer, f"{step.newer}: also {listed(moved)}") for step, moved in along if moved),
    )


def _mark(one: PackageStep) -> StepMark:
    step, text = one.step, percent(one.step.best)
    said = f"{step.case}, {step.newer} after {step.older}: {said_of(one.step.best.verdict, step.metric)}"
    return StepMark(step.newer, one.step.best.verdict, f"{step.newer} {text}", f"{said}, {text}, {within(step.best)}")
