"""One route over the commits as a small picture."""

from __future__ import annotations

from markupsafe import Markup

from bench.analysis.series.track import TrackedLine, TrackStep
from bench.model.comparison import Verdict
from bench.report.figures import step_chart
from bench.report.figures.step_chart import ChartPoint, StepChart, StepMark
from bench.report.words.track import TrackNarrative, by, short, within
from bench.text.numbers import changed_by


def picture(found: TrackNarrative, line: TrackedLine) -> Markup:
    """Of a route that has a valid point. Points of other machines than the newest's are hollow."""
    here = found.track.points[-1].machine.fingerprint
    points = tuple(
        ChartPoint(
            short(one.point),
            one.found,
            f"{line.route}, {short(one.point)}",
            one.segment,
            one.point.machine.fingerprint != here,
        )
        for one in line.points
        if one.found
    )
    return step_chart.picture(
        StepChart(
            tuple(short(one.point) for one in line.points),
            points,
            tuple(map(_mark, line.marked)),
            found.point.margin_of(line.route),
        )
    )


def _mark(step: TrackStep) -> StepMark:
    return StepMark(
        short(step.newer),
        Verdict.SLOWER if step.best.log_mean > 0 else Verdict.FASTER,
        f"{short(step.newer)} {changed_by(step.best.ratio)}",
        f"{step.route}, {short(step.newer)} after {short(step.older)}: {by(step.best)}, {within(step.best)}",
    )
