"""A sweep as data: what was asked, and what its comparisons say of each case and step."""

from __future__ import annotations

from bench.analysis.release_steps import ReleaseStep
from bench.model.base import Record
from bench.model.comparison import Result
from bench.model.series import Sweep
from bench.report.words.sweep import SweepNarrative, sentences


class PointFound(Record):
    """A case in a release: head over anchor with its 99% interval, what it costs in the unit of the metric that
    decides, µs of CPU and allocations of one request; None of what is not known, for the `reason`."""

    release: str
    ratio: float | None
    ci_low: float | None
    ci_high: float | None
    cost: float | None
    cpu_us: float | None
    allocs: float | None
    reason: str


class StepFound(Record):
    """From one release to the next that has the case: `cpu` is of the metric that decides; `moved` are the versions of
    other packages that differ."""

    older: str
    newer: str
    cpu: Result
    allocs: Result | None
    moved: dict[str, tuple[str | None, str | None]]


class LineFound(Record):
    """One case over the releases, oldest first."""

    case: str
    points: tuple[PointFound, ...]
    steps: tuple[StepFound, ...]
    whole: StepFound | None


class SweepFound(Record):
    """The whole sweep; `said` is what its page begins with."""

    sweep: Sweep
    said: tuple[str, ...]
    cases: tuple[LineFound, ...]


def json_text(found: SweepNarrative) -> str:
    """Everything, as JSON."""
    package = found.sweep.words.package
    made = SweepFound(
        sweep=found.sweep,
        said=tuple(sentences(found)),
        cases=tuple(
            LineFound(
                case=line.case,
                points=tuple(
                    PointFound(
                        release=point.release,
                        ratio=point.found.ratio if point.found else None,
                        ci_low=point.found.low if point.found else None,
                        ci_high=point.found.high if point.found else None,
                        cost=(cost := found.cost(line, point)),
                        cpu_us=cost if found.sweep.words.metric == "cpu_us" else None,
                        allocs=point.count.allocs if point.count else None,
                        reason=point.reason,
                    )
                    for point in line.points
                ),
                steps=tuple(_step(step, package) for step in line.steps),
                whole=_step(line.whole, package) if line.whole else None,
            )
            for line in found.lines
        ),
    )
    return made.model_dump_json(indent=1) + "\n"


def _step(step: ReleaseStep, package: str) -> StepFound:
    moved = {name: versions for name, versions in step.moved.items() if name != package}
    return StepFound(older=step.older, newer=step.newer, cpu=step.cpu, allocs=step.allocs, moved=moved)
