"""Whether the loads of a run met their objectives, for other tools: rows, and JUnit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.analysis.load.figures import Load
from bench.analysis.run.figures import CheckedFigure, Summary
from bench.model.load import LoadSample
from bench.model.run import Run
from bench.report.exports.junit import TestCase, suite
from bench.text.objectives import in_words


@dataclass(frozen=True)
class ObjectiveRow:
    """One objective of a case under a scenario. `met` is None where nothing valid tells, and `found` says why."""

    case: str
    scenario: str
    objective: str
    met: bool | None
    found: str


def required(run: Run) -> bool:
    """Whether a load of this run had something to meet."""
    return any(isinstance(one, LoadSample) and one.require for one in run.samples)


def rows(summary: Summary) -> Iterator[ObjectiveRow]:
    """Every objective that a load of this run had to meet; one of unknown outcome for each load without a figure."""
    held = required(summary.run)
    for case, scenario, figure in _loads(summary):
        if figure.value is not None:
            for one in figure.value.objectives:
                yield ObjectiveRow(case, scenario, in_words(one.requirement), one.met, one.found)
        elif held:
            yield ObjectiveRow(case, scenario, "all", None, "; ".join(figure.reasons))


def junit(run: Run, found: Sequence[ObjectiveRow]) -> str:
    """A test an objective: one that isn't met is a failure, one that can't be judged is an error."""
    return suite(
        "load",
        run.started_at,
        (
            TestCase(
                f"{one.case}, {one.scenario}: {one.objective}",
                None if one.met else "error" if one.met is None else "failure",
                one.found,
            )
            for one in found
        ),
    )


def _loads(summary: Summary) -> Iterator[tuple[str, str, CheckedFigure[Load]]]:
    for id_, case in summary.cases.items():
        for scenario, figure in case.loads.items():
            yield id_, scenario, figure
