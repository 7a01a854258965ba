"""`bench selftest`: what a comparison on this machine can be trusted with."""

from __future__ import annotations

from typing import Annotated

import typer

from bench.analysis.comparison import selftest
from bench.cli import arguments
from bench.cli.kept import nothing_measured
from bench.cli.options import Cases, ResultsFolder, Targets, With, packages
from bench.cli.output import Exit, console, errors, show
from bench.cli.own_app import with_app
from bench.cli.paired import known_selftest, recorded
from bench.measure.paired_timing import PairedTiming
from bench.model.app_options import AppOptions
from bench.model.comparison import Comparison
from bench.model.errors import UsageError
from bench.model.workload import Case, Pass
from bench.report.documents import selftest as documents_selftest
from bench.runner.agent_pair import PairedPlan
from bench.stack.recipe import of_requirements
from bench.workflows import planning
from bench.workflows.comparison.compare import FOR_PATIENCE, ComparisonSpec
from bench.workflows.request import MeasurementRequest
from bench.workspace import RESULTS, TARGETS, Results

_MOST_CASES = 12


@with_app
def selftest_command(
    case: Cases = None,
    budget: Annotated[str, typer.Option(metavar="TIME", help="Time limit: 90s, 5m, 1h.")] = "4m",
    added: With = None,
    targets: Targets = TARGETS,
    results: ResultsFolder = RESULTS,
    app: AppOptions | None = None,
) -> None:
    """Test how well comparisons work here: a stack against itself."""
    kept = Results.kept_in(results)
    budget_s = arguments.seconds(budget)
    chosen = MeasurementRequest(
        (Pass.TIMING,), globs=tuple(case or ()), targets=targets, added=packages(added), app=app
    )
    own = of_requirements((), "the app's own environment" if app else "the default stack").adding(chosen.added)
    with nothing_measured(), console.status("preparing the stack's environment"):
        arms, _ = planning.arms(chosen, own, own, (None, None))
    arms = arms.of(_drawn(arms)).at_one_margin()
    if len(arms.base.cases) < len(selftest.SHARES):
        raise UsageError(f"{len(arms.base.cases)} cases are too few; a self-test needs at least {len(selftest.SHARES)}")
    shares = selftest.allotted(arms.base.cases, arms.base.random("shares", 0))
    sides = own.side(arms.base.environment.stack), own.side(arms.head.environment.stack)
    question = ComparisonSpec(arms, sides, (), selftest.MARGIN, budget_s)
    recording = recorded(question, PairedTiming(arms, FOR_PATIENCE * budget_s, shares), kept.made().selftests)
    show(documents_selftest.document(recording.document, known_selftest(kept)))
    raise typer.Exit(_status(recording.document))


def _drawn(arms: PairedPlan) -> list[Case]:
    """Some cases by chance: what holds of them holds of others. None that talks to a database, which runs nowhere."""
    cases = [case for case in arms.base.cases if not arms.base.targets[case.target].services]
    return arms.base.random("drawn", 0).sample(cases, min(_MOST_CASES, len(cases)))


def _status(test: Comparison) -> Exit:
    """Nothing that this machine says of a change can be believed if it sees one where there is none, or misses the
    largest that was put there."""
    found = selftest.summary([test], test.host)
    if found is None or found.alarms or found.controls[-1].slower < found.controls[-1].cases:
        errors.print("bench: comparisons are not reliable on this machine now; `bench doctor` shows the cause")
        return Exit.NO_VALID_MEASUREMENT
    return Exit.FINE
