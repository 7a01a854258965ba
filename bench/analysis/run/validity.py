"""What may not be believed in a run: figures that are missing, and how often each safeguard failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.analysis.run.figures import CaseSummary, CheckedFigure, CheckTally, MissingFigure, Standing
from bench.analysis.run.judged_samples import Checked
from bench.model.run import Check, Run
from bench.model.workload import Pass


def missing_figures(run: Run, cases: Mapping[str, CaseSummary]) -> Iterator[MissingFigure]:
    """One for each case and cause; then the absences of what isn't even among the run's cases."""
    for id_, case in cases.items():
        figures: list[tuple[Pass, CheckedFigure[object]]] = [
            (Pass.TIMING, case.timing),
            (Pass.ALLOCATIONS, case.allocations),
            *((Pass.LOAD, figure) for figure in case.loads.values()),
            (Pass.LOAD, case.search),
            (Pass.SERVER, case.server),
            (Pass.CONNECTIONS, case.connections),
            (Pass.BOUNDARIES, case.boundaries),
            (Pass.MEMORY, case.memory),
            (Pass.STARTUP, case.startup),
            (Pass.STARTUP, case.building),
            (Pass.STARTUP, case.at_rest),
            (Pass.FACTS, case.fact),
            (Pass.PROFILE, case.profile),
            (Pass.SERVED_PROFILE, case.served_profile),
        ]
        causes: dict[tuple[Standing, tuple[str, ...]], list[str]] = {}
        for during, figure in figures:
            if figure.standing in (Standing.INVALID, Standing.SKIPPED):
                causes.setdefault((figure.standing, figure.reasons), []).append(during)
        for (standing, why), passes in causes.items():
            yield MissingFigure(id_, standing, tuple(dict.fromkeys(passes)), why)
    for absence in run.absences:
        if absence.case not in cases or absence.during is Pass.SUITE:
            yield MissingFigure(absence.case, Standing(absence.kind), (absence.during,), (absence.reason,))


def tallies(checked: Sequence[Checked]) -> tuple[CheckTally, ...]:
    """Each safeguard by the kind of sample that it looked at."""
    rows: dict[tuple[str, str], list[tuple[str, Check]]] = {}
    for sample, results in checked:
        for check in results:
            rows.setdefault((sample.kind, check.name), []).append((sample.case, check))
    return tuple(
        CheckTally(
            name=name,
            kind=kind,
            passed=sum(check.passed for _, check in found),
            evidence=next((check.evidence for _, check in found if check.passed), ""),
            failures=tuple((case, check.evidence) for case, check in found if not check.passed),
        )
        for (kind, name), found in rows.items()
    )
