"""What tables of sweeps and of records say of a release against the one that all are compared with."""

from __future__ import annotations

from bench.analysis.series.release_figures import ReleasePoint
from bench.report.document import Cell
from bench.text.numbers import changed_by


def against_anchor(point: ReleasePoint, anchored: str) -> tuple[Cell, Cell]:
    """The change and its interval."""
    change = point.found
    if change is None:
        return Cell("INVALID", tone="bad", hover=point.reason), Cell()
    if point.release == anchored:
        return Cell("reference", sort=1), Cell()
    interval = f"{changed_by(change.low)} to {changed_by(change.high)}"
    return Cell(changed_by(change.ratio), sort=change.ratio), Cell(interval, sort=change.high - change.low)
