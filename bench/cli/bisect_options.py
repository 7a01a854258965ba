"""What the words of `bench bisect` say, of either form."""

from __future__ import annotations

from dataclasses import dataclass

from bench.model.errors import UsageError
from bench.model.series import SeriesMetric
from bench.model.workload import Case
from bench.workflows.comparison.startup_selection import series_cases
from bench.workflows.request import MeasurementRequest
from bench.workspace import Results


@dataclass(frozen=True)
class BisectOptions:
    """`choice` is what every comparison measures, of the one case that `case` has to match; `metric` decides."""

    choice: MeasurementRequest
    case: str
    margin: float
    budget_s: float
    python: str | None
    results: Results
    metric: SeriesMetric = "cpu_us"


def only_case(options: BisectOptions) -> tuple[Case, ...]:
    """The case that is searched for. Raises UsageError for several, and CatalogError for none."""
    cases = series_cases(options.choice, options.metric, options.budget_s)
    if len(cases) != 1:
        few = ", ".join(f"`{one.id}`" for one in cases[:3])
        names = f" ({few}{', …' if len(cases) > 3 else ''})" if cases else ""
        raise UsageError(f"--case {options.case}: matches {len(cases)} cases{names}; a bisection needs exactly one")
    return cases
