"""Splits the changes between two versions of an app whose locks differ into dependencies and code.

The base's code on the head's lock stands between both. It is compared with the base, from which only packages differ,
and the head is compared with it, from which only code differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.analysis.comparison import split as analysis
from bench.model.comparison import Comparison, Split
from bench.runner.agent_process import AgentError
from bench.stack.git.checkout import PREFIX, Checkout, checkout
from bench.stack.uv import StackError
from bench.store.recording import Recording
from bench.store.redaction import placeless
from bench.workflows.app.versions import VersionPair
from bench.workflows.comparison import compare
from bench.workflows.comparison.budget import BudgetError
from bench.workflows.comparison.compare import ComparisonSpec
from bench.workflows.request import MeasurementRequest
from bench.workflows.series.series import SeriesListener

FOLDER = "split"
"""Beside a comparison: what its split was measured by."""


@dataclass(frozen=True)
class Splitter:
    """What both further comparisons have in common; they are kept beside the comparison that is split."""

    pair: VersionPair
    choice: MeasurementRequest
    progress: SeriesListener
    command: Sequence[str] = ()

    def split(self, recording: Recording[Comparison]) -> Split:
        """Fill in the split of a complete comparison of these versions, or why there is none.

        Raises StoreError and KeyboardInterrupt.
        """
        try:
            found = self._split(recording)
        except (AgentError, StackError, BudgetError) as error:
            found = Split(reason=placeless(f"{self._between} can't be measured: {error}"))
        recording.change(split=found)
        recording.flush()
        return found

    def _split(self, recording: Recording[Comparison]) -> Split:
        """Raises AgentError, StackError, StoreError and KeyboardInterrupt."""
        base, head = self.pair.environments
        if base.stack.lock_sha256 == head.stack.lock_sha256:
            return Split(reason="both sides have the same lock")
        if not (cases := analysis.changed(recording.document)):
            return Split(reason="no case changed")
        between, (of_base, of_head) = self._base_again(), self.pair.described
        packages = replace(self.pair, head=between, described=(of_base, of_base))
        self.progress.begins("dependencies", 2)
        dependencies = self._compared(recording, "dependencies", packages, cases)
        if why := analysis.fails(cases, dependencies):
            return Split(reason=placeless(f"{self._between} does not run: {why.removeprefix('fails: ')}"))
        self.progress.begins("code", 1)
        lines = replace(self.pair, base=between, environments=(head, head), described=(of_base, of_head))
        return analysis.shares(cases, dependencies, self._compared(recording, "code", lines, cases))

    def _compared(
        self, recording: Recording[Comparison], name: str, pair: VersionPair, cases: Sequence[str]
    ) -> Comparison:
        """By the cases that changed, within a budget of its own: as sure as the whole was, and mostly sooner, for they
        are fewer."""
        whole = recording.document
        arms, _ = pair.paired(self.choice)
        arms = arms.of([case for case in arms.base.cases if case.id in cases])
        question = ComparisonSpec(arms, pair.sides(), (), whole.margin, whole.budget_s, selftest=whole.selftest)
        return compare.timed(question, self.command, recording.folder / FOLDER / name, self.progress)

    def _base_again(self) -> Checkout:
        """The base's code in a folder of its own, where it is a commit: an app may write into its folder."""
        base, head = self.pair.base, self.pair.head
        if base.version.named != PREFIX:
            base = replace(checkout(f"{PREFIX}{base.version.commit}", base.app_dir), version=base.version)
        version = base.version.model_copy(update={"named": self._between, "lock": head.version.lock})
        return replace(base, version=version)

    @property
    def _between(self) -> str:
        return f"{self.pair.base.version.named} on the lock of {self.pair.head.version.named}"
