"""A sweep as data: what was asked, and what its comparisons say of each case and step."""

from __future__ import annotations

from bench.analysis.series.release_chain import ReleaseChain
from bench.analysis.series.release_figures import FreshStep, ReleaseStep
from bench.model.base import Record
from bench.model.comparison import Result
from bench.model.record import RecordedProfile
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


class FreshFound(Record):
    """What new blocks of two releases, one against the other, say: the metric that decides, allocations, the versions
    of other packages that differ between their stacks, and the functions that changed."""

    result: Result
    allocs: Result | None
    moved: dict[str, tuple[str | None, str | None]]
    profile: RecordedProfile | None


class StepFound(Record):
    """From one release to the next that has the case: `cpu` is of the metric that decides, the difference of both
    releases' changes from the anchor; `moved` are the versions of other packages that differ.

    It is `confirmed` where `fresh` blocks show a change; `reason` says why there are none, or why they don't.
    """

    older: str
    newer: str
    cpu: Result
    allocs: Result | None
    moved: dict[str, tuple[str | None, str | None]]
    confirmed: bool
    fresh: FreshFound | None
    reason: str


class ChainFound(Record):
    """The confirmed steps multiplied, the last release over the first, and what of that the steps don't explain;
    `direct` says whether both were compared with each other, or each with the anchor."""

    steps: Result
    whole: Result
    residual: Result
    direct: bool


class LineFound(Record):
    """One case over the releases, oldest first."""

    case: str
    points: tuple[PointFound, ...]
    steps: tuple[StepFound, ...]
    whole: StepFound | None
    chain: ChainFound | None


class SweepFound(Record):
    """The whole sweep; `said` is what its page begins with."""

    sweep: Sweep
    said: tuple[str, ...]
    cases: tuple[LineFound, ...]


def json_text(found: SweepNarrative) -> str:
    """Everything, as JSON."""
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
                steps=tuple(_step(step) for step in line.steps),
                whole=_step(line.whole) if line.whole else None,
                chain=_chain(line.chain) if line.chain else None,
            )
            for line in found.lines
        ),
    )
    return made.model_dump_json(indent=1) + "\n"


def _step(step: ReleaseStep) -> StepFound:
    return StepFound(
        older=step.older,
        newer=step.newer,
        cpu=step.change,
        allocs=step.allocs,
        moved=dict(step.moved),
        confirmed=step.confirmed,
        fresh=_fresh(step.fresh) if step.fresh else None,
        reason=step.reason,
    )


def _fresh(found: FreshStep) -> FreshFound:
    return FreshFound(result=found.result, allocs=found.allocs, moved=dict(found.moved), profile=found.profile)


def _chain(found: ReleaseChain) -> ChainFound:
    return ChainFound(steps=found.steps, whole=found.whole, residual=found.residual, direct=found.direct)
