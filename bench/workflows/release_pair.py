"""Compares two releases of a series: in stacks that are its anchor's in all that can be resolved so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.analysis.bisection import NextComparison
from bench.model.comparison import Comparison
from bench.model.selftest import Selftest
from bench.model.series import SeriesRequest
from bench.model.workload import Pass
from bench.runner import services
from bench.runner.agent_pair import PairedPlan
from bench.stack.environment import Environment
from bench.store.series import COMPARISONS
from bench.workflows import compare, planning, stacks
from bench.workflows.compare import ComparisonSpec
from bench.workflows.comparison_stages import ComparisonListener
from bench.workflows.request import MeasurementRequest
from bench.workflows.series import recipe
from bench.workflows.startup_selection import judged_by, skipped_by


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
        environments = self._environment(ask.base), self._environment(ask.head)
        paired, skipped = planning.paired(self.choice, environments)
        paired = judged_by(words.metric, paired.at_one_margin())  # a series has one, which a bisection narrows
        with services.beside(paired.base, Pass.TIMING) as (plan, unserved):
            paired = PairedPlan(plan, replace(paired.head, cases=plan.cases, database=plan.database))
            sides = recipes[0].side(environments[0].stack), recipes[1].side(environments[1].stack)
            left_out = skipped_by(words.metric, paired, (*skipped, *unserved))
            question = ComparisonSpec(
                paired, sides, left_out, ask.margin, words.budget_s, words.metric, selftest=self.selftest
            )
            return compare.timed(question, self.command, self.folder / COMPARISONS, self.progress)

    def _environment(self, release: str) -> Environment:
        """Raises StackError."""
        if release == self.anchored:
            return self.anchor
        made = recipe(self.words, release)
        return stacks.build(self.choice, made, self.words.python_of(release), self.anchor.stack.packages)
