"""One case over the releases as a small picture, and all cases as one file that stands alone."""

from __future__ import annotations

from markupsafe import Markup

from bench.analysis.series.release_figures import ReleaseLine, ReleaseStep
from bench.model.series import Sweep
from bench.report.figures import step_chart
from bench.report.figures.step_chart import ChartPoint, StepChart, StepMark
from bench.report.words.comparison import percent, within
from bench.report.words.metrics import OF_ONE
from bench.report.words.sweep import SweepNarrative, certainty, cost_text, title
from bench.text.numbers import share
from bench.text.verdicts import said_of

_ALONE = (330, 130)


def picture(found: SweepNarrative, line: ReleaseLine) -> Markup:
    """One case; of a case that two releases have at the least."""
    return step_chart.picture(_chart(found, line))


def alone(found: SweepNarrative) -> str | None:
    """All cases as one SVG file, for light and dark; None where no case has two releases."""
    drawn = [line for line in found.lines if line.whole]
    if not drawn:
        return None
    sweep = found.sweep
    heading = f"{OF_ONE[sweep.words.metric]}, {title(sweep)}"
    said = f"relative to {sweep.anchored}, with 99% intervals; marks: steps larger than {share(sweep.words.margin)}"
    panels = [
        (
            _chart(found, line),
            line.case,
            f"{cost_text(found.anchor_costs.get(line.case), sweep.words.metric)} in {sweep.anchored}",
        )
        for line in drawn
    ]
    return step_chart.together((heading, said), panels, _ALONE)


def _chart(found: SweepNarrative, line: ReleaseLine) -> StepChart:
    """The steps of what decides that are called changed are marked: none that new blocks did not confirm."""
    return StepChart(
        tuple(point.release for point in line.points),
        tuple(
            ChartPoint(point.release, point.found, f"{line.case}, {point.release}")
            for point in line.points
            if point.found
        ),
        tuple(
            StepMark(step.newer, step.best.verdict, f"{step.newer} {percent(step.best)}", _said(step, found.sweep))
            for step in line.steps
            if step.best in step.changed
        ),
        found.sweep.words.margin,
    )


def _said(step: ReleaseStep, sweep: Sweep) -> str:
    said = said_of(step.best.verdict, step.metric)
    what = f"{step.case}, {step.newer} after {step.older}: {said}, {percent(step.best)}, {within(step.best)}"
    return ", ".join([what, *filter(None, [certainty(step, sweep)])])
