"""A record as data: every step with its figures, and every line by release."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.series.record import PackageRecord
from bench.analysis.series.release_chain import ReleaseChain
from bench.analysis.series.release_figures import ReleaseLine
from bench.model.base import Record
from bench.model.comparison import Metric, Result
from bench.model.record import RecordedProfile
from bench.model.series import LeftOut
from bench.report.words.package_steps import PackageStep
from bench.report.words.record import sentences


class PointExport(Record):
    """A quantity in a release: release over anchor with its 99% interval, what it costs in the unit of the metric, and
    allocations of one request; None of what is not known, for the `reason`."""

    release: str
    ratio: float | None
    ci_low: float | None
    ci_high: float | None
    cost: float | None
    allocs: float | None
    reason: str


class StepExport(Record):
    """From one release to the next that was compared. `change` is the difference of both comparisons with the anchor,
    `fresh` what new blocks of both say; `moved` are the other packages whose versions differ."""

    older: str
    newer: str
    confirmed: bool
    looks: str
    change: Result
    fresh: Result | None
    allocs: Result | None
    moved: dict[str, tuple[str | None, str | None]]
    profile: RecordedProfile | None
    reason: str


class ChainExport(Record):
    """The product of the confirmed steps, first to last (`direct`: measured against each other), and last over it."""

    steps: Result
    whole: Result
    residual: Result
    direct: bool


class LineExport(Record):
    """One quantity over the releases, oldest first. `anchor_cost` is in the unit of the metric."""

    case: str
    metric: Metric
    anchor_cost: float | None
    points: tuple[PointExport, ...]
    steps: tuple[StepExport, ...]
    chain: ChainExport | None


class PackageExport(Record):
    """A package: what its record holds, and what it lacks."""

    package: str
    anchor: str
    python: str
    margin: float
    lines: tuple[LineExport, ...]
    left_out: tuple[LeftOut, ...]
    missing: tuple[str, ...]


class RecordExport(Record):
    """All packages. `said` are the sentences that the page begins with."""

    said: tuple[str, ...]
    packages: tuple[PackageExport, ...]


def json_text(records: Sequence[PackageRecord]) -> str:
    """The document, with a line end."""
    made = RecordExport(said=tuple(sentences(records)), packages=tuple(map(_package, records)))
    return made.model_dump_json(indent=1) + "\n"


def _package(record: PackageRecord) -> PackageExport:
    header = record.header
    return PackageExport(
        package=header.package,
        anchor=header.anchor,
        python=header.python,
        margin=record.margin,
        lines=tuple(_line(record, line) for line in record.lines),
        left_out=record.left_out,
        missing=record.missing,
    )


def _line(record: PackageRecord, line: ReleaseLine) -> LineExport:
    points = (
        PointExport(
            release=point.release,
            ratio=point.found.ratio if point.found else None,
            ci_low=point.found.low if point.found else None,
            ci_high=point.found.high if point.found else None,
            cost=point.found.ratio * line.anchor_cost if point.found and line.anchor_cost is not None else None,
            allocs=point.count.allocs if point.count else None,
            reason=point.reason,
        )
        for point in line.points
    )
    return LineExport(
        case=line.case,
        metric=line.metric,
        anchor_cost=line.anchor_cost,
        points=tuple(points),
        steps=tuple(_step(PackageStep(record, step)) for step in line.steps),
        chain=_chain(line.chain) if line.chain else None,
    )


def _step(one: PackageStep) -> StepExport:
    step = one.step
    return StepExport(
        older=step.older,
        newer=step.newer,
        confirmed=step.confirmed,
        looks=step.looks,
        change=step.change,
        fresh=step.fresh.result if step.fresh else None,
        allocs=one.step.best_allocs,
        moved=one.moved_versions,
        profile=one.profile,
        reason=step.reason,
    )


def _chain(chain: ReleaseChain) -> ChainExport:
    return ChainExport(steps=chain.steps, whole=chain.whole, residual=chain.residual, direct=chain.direct)
