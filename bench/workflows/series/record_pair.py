"""Measures two releases for a record: a comparison like any other, of which a line is kept."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.analysis.series.bisection import NextComparison
from bench.analysis.series.record_lines import recorded
from bench.analysis.series.record_profiles import recorded_profile, recorded_stacks
from bench.analysis.series.release_pairs import of_comparison
from bench.catalog.selection import cases
from bench.measure.paired_serving import BLOCK_S
from bench.model.record import RecordedComparison, RecordedProfile
from bench.model.record_plan import PackagePlan
from bench.model.selftest import Selftest
from bench.model.series import SeriesMetric
from bench.model.workload import Case, Target
from bench.stack.environment import Environment
from bench.stats.two_stage import PILOT
from bench.store import record_stacks
from bench.store.diffs import differences_beside
from bench.store.series import COMPARISONS
from bench.workflows.comparison.stages import ComparisonListener
from bench.workflows.comparison.startup_selection import passes_of
from bench.workflows.request import MeasurementRequest
from bench.workflows.series import record
from bench.workflows.series.release_pair import ReleaseComparer


@dataclass(frozen=True)
class RecordComparer:
    """What every comparison of a package's record has in common. The `anchor` is the environment of the release that is
    `anchored`; stacks of profiles are stored in the record's `folder`."""

    plan: PackagePlan
    anchored: str
    anchor: Environment
    folder: Path
    budget_s: float
    progress: ComparisonListener
    command: Sequence[str] = ()
    selftest: Selftest | None = None

    def measure(self, gate: SeriesMetric, ask: NextComparison) -> RecordedComparison:
        """All windows lie in a folder of their own until the line is made of them. Raises StackError, AgentError,
        StoreError and KeyboardInterrupt."""
        choice = MeasurementRequest(passes_of(gate), globs=self.plan.of_gate(gate))
        words = record.request(self.plan, gate, self._budget_s(gate))
        with tempfile.TemporaryDirectory(prefix="layercake-") as scratch:
            comparer = ReleaseComparer(
                words, self.anchored, self.anchor, Path(scratch), choice, self.progress, self.command, self.selftest
            )
            comparison = comparer.compare(ask)
            profiles = tuple(self._profiles(ask, Path(scratch) / COMPARISONS / comparison.id))
        digests = requests(comparison.cases, choice.known_targets())
        return recorded(of_comparison(comparison, ask.base, ask.head), comparison, digests, profiles)

    def _profiles(self, ask: NextComparison, comparison: Path) -> Iterator[RecordedProfile]:
        """Of the cases that changed between two neighbours."""
        for found in differences_beside(comparison):
            stacks = recorded_stacks(found, self.plan.package, ask.base, ask.head)
            yield recorded_profile(found, record_stacks.save(self.folder, stacks))

    def _budget_s(self, gate: SeriesMetric) -> float:
        """Blocks of servers take longer than blocks in process, and a budget of those has no time for enough."""
        if gate != "server_cpu_us":
            return self.budget_s
        return max(self.budget_s, PILOT * len(self.plan.of_gate(gate)) * BLOCK_S)


def requests(measured: Sequence[Case], targets: dict[str, Target]) -> dict[str, str]:
    """By case, a digest of what it asks: whether the target's code or its comments change isn't in it."""
    known = {case.id: case for case in cases(targets)} | {case.id: case for case in measured}
    return {
        id_: hashlib.sha256(
            targets[case.target].requests[case.request].model_dump_json(exclude_defaults=True).encode()
        ).hexdigest()[:12]
        for id_, case in known.items()
    }
