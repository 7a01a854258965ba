"""Bars of memory peaks."""

from __future__ import annotations

from dataclasses import dataclass

from bench.analysis.run.figures import CheckedFigure, Memory, Standing, Summary
from bench.model.workload import Case
from bench.report.figures.axes import Scale


@dataclass(frozen=True)
class MemoryGroup:
    """The peaks of all cases that answer one request, or of an app's routes, on one scale in MB."""

    request: str
    peaks: tuple[tuple[Case, Memory], ...]
    scale: Scale


@dataclass(frozen=True)
class MemoryPicture:
    """Every peak by request; those requests of which one peak stands out, drawn; and what is missing."""

    groups: tuple[MemoryGroup, ...]
    measured: tuple[tuple[Case, Memory], ...]
    holes: tuple[tuple[Case, CheckedFigure[Memory]], ...]

    @property
    def small(self) -> tuple[Case, ...]:
        """The cases that aren't drawn."""
        drawn = {group.request for group in self.groups}
        return tuple(case for case, _ in self.measured if case.group not in drawn)


def memory_picture(summary: Summary) -> MemoryPicture:
    """What the memory pass found."""
    by_request: dict[str, list[tuple[Case, Memory]]] = {}
    for case in summary.cases.values():
        if case.memory.value is not None:
            by_request.setdefault(case.case.group, []).append((case.case, case.memory.value))
    drawn = {request: peaks for request, peaks in by_request.items() if any(peak.resolved for _, peak in peaks)}
    hidden = (Standing.VALID, Standing.UNMEASURED)
    return MemoryPicture(
        groups=tuple(
            MemoryGroup(request, tuple(peaks), Scale.over(peak.peak_mb.mean for _, peak in peaks))
            for request, peaks in drawn.items()
        ),
        measured=tuple(peak for peaks in by_request.values() for peak in peaks),
        holes=tuple((c.case, c.memory) for c in summary.cases.values() if c.memory.standing not in hidden),
    )
