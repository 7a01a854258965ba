"""Compares two versions of somebody's own app, again and again: for a bisection or a trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from bench.model.comparison import Comparison, PrimaryMetric
from bench.model.selftest import Selftest
from bench.workflows.app.versions import Versions
from bench.workflows.comparison import compare
from bench.workflows.comparison.compare import ComparisonSpec
from bench.workflows.comparison.measurers import measurer
from bench.workflows.comparison.stages import ComparisonListener
from bench.workflows.comparison.startup_selection import judged_by, skipped_by
from bench.workflows.request import MeasurementRequest


@dataclass(frozen=True)
class VersionComparer:
    """What every comparison of a series has in common; they are kept in `folder`. `command` is what was typed."""

    choice: MeasurementRequest
    folder: Path
    budget_s: float
    progress: ComparisonListener
    command: Sequence[str] = ()
    selftest: Selftest | None = None
    metric: PrimaryMetric = "cpu_us"

    def prepare(self, base: str, head: str) -> None:
        """Make two `git:REF` ready before anything is kept: what can't be compared at all is said here. Raises
        StackError, StoreError, UsageError and CatalogError."""
        self._versions.pair(base, head).paired(self.choice)

    def compare(self, base: str, head: str, margin: float, cases: tuple[str, ...] = ()) -> Comparison:
        """Of two `git:REF`, by these cases of those that were chosen, all of them if none is named. Raises StackError,
        UsageError, AgentError, StoreError and KeyboardInterrupt."""
        pair = self._versions.pair(base, head)
        arms, skipped = pair.paired(replace(self.choice, globs=cases) if cases else self.choice)
        arms = judged_by(self.metric, arms.at_one_margin())  # of the series, which a bisection narrows
        arms, blocks = measurer(arms, self.metric, self.choice, self.budget_s)
        question = ComparisonSpec(
            arms,
            pair.sides(),
            skipped_by(self.metric, arms, skipped),
            margin,
            self.budget_s,
            self.metric,
            selftest=self.selftest,
            routes=pair.routes,
        )
        return compare.timed(question, self.command, self.folder, self.progress, blocks)

    @cached_property
    def _versions(self) -> Versions:
        """Each version is made ready once. Raises UsageError."""
        return Versions(self.choice)
