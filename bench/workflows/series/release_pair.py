"""Compares two releases of a series: the base in a stack that is the anchor's in all that can be resolved so, and the
head in one that is the base's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.analysis.comparison.verdicts import cases_beyond_margin
from bench.analysis.series.bisection import NextComparison
from bench.model.comparison import Comparison
from bench.model.selftest import Selftest
from bench.model.series import SeriesRequest
from bench.model.workload import Pass
from bench.runner import services
from bench.runner.agent_pair import PairedPlan
from bench.stack.environment import Environment
from bench.store.series import COMPARISONS
from bench.workflows import planning, stacks
from bench.workflows.comparison import compare
from bench.workflows.comparison.compare import ComparisonSpec
from bench.workflows.comparison.measurers import measurer
from bench.workflows.comparison.stages import ComparisonListener
from bench.workflows.comparison.startup_selection import judged_by, skipped_by
from bench.workflows.difference.change_profiles import profile_in_series
from bench.workflows.request import MeasurementRequest
from bench.workflows.series.series import recipe


@dataclass(frozen=True)
class ReleaseComparer:
    """What every comparison of a series has in common; they are kept in the series' `folder`. The `anchor` is the
    environment of the release that is `anchored`, and `command` what was typed."""

    words: SeriesRequest
    anchored: str
    anchor: Environment
    folder: Path
    choice: MeasurementRequest
    progress: ComparisonListener
    command: Sequence[str] = ()
    selftest: Selftest | None = None

    def compare(self, ask: NextComparison) -> Comparison:
        """Raises StackError, AgentError, StoreError and KeyboardInterrupt."""
        words = self.words
        recipes = recipe(words, ask.base), recipe(words, ask.head)
        base = self.anchor if ask.base == self.anchored else self._environment(ask.base, self.anchor)
        environments = base, self._environment(ask.head, base)
        paired, skipped = planning.paired(self.choice, environments)
        paired = judged_by(words.metric, paired.at_one_margin())  # a series has one, which a bisection narrows
        paired = paired.of([case for case in paired.base.cases if case.id in (ask.cases or (case.id,))])
        with services.beside(paired.base, Pass.TIMING) as (plan, unserved):
            paired = PairedPlan(plan, replace(paired.head, cases=plan.cases, database=plan.database))
            paired, blocks = measurer(paired, words.metric, self.choice, words.budget_s)
            sides = recipes[0].side(environments[0].stack), recipes[1].side(environments[1].stack)
            left_out = skipped_by(words.metric, paired, (*skipped, *unserved))
            left_out = tuple(one for one in left_out if one.case in (ask.cases or (one.case,)))
            question = ComparisonSpec(
                paired, sides, left_out, ask.margin, words.budget_s, words.metric, self.selftest, ask.confirms
            )
            comparison = compare.timed(question, self.command, self.folder / COMPARISONS, self.progress, blocks)
            if ask.explained:
                folder = self.folder / COMPARISONS / comparison.id
                profile_in_series(comparison, cases_beyond_margin(comparison), paired, folder, self.progress)
            return comparison

    def _environment(self, release: str, like: Environment) -> Environment:
        """One whose other packages are those of another where that can be. Raises StackError."""
        made = recipe(self.words, release)
        return stacks.build(self.choice, made, self.words.python_of(release), like.stack.packages)
