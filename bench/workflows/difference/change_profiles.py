"""Profiles what a complete comparison found changed, beside it: where the time of the largest changes went.

Of requests in process only: of a start, or of a served request, there is no such profile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from bench.model.comparison import Comparison, Side
from bench.model.diff import ProfileDiff
from bench.model.workload import Pass
from bench.runner.agent_pair import PairedPlan
from bench.runner.agent_process import AgentError
from bench.store.diffs import FLAMES_FOLDER
from bench.store.recording import Recording
from bench.text.numbers import duration
from bench.workflows.comparison.stages import ComparisonListener
from bench.workflows.difference import profiles as profile_diff
from bench.workflows.difference.diff import DiffRequest
from bench.workflows.run import RunListener
from bench.workspace import PROJECT

MOST = 3
"""So many cases of a comparison are profiled."""


class NotProfiledError(Exception):
    """Why nothing of what changed can be profiled."""


@dataclass(frozen=True)
class ChangeProfiles:
    """The changed cases that fit into `within_s`, on the plan that they were compared by, and the `folder` of the
    comparison, which gets the profiles."""

    paired: PairedPlan
    sides: tuple[Side, Side]
    folder: Path
    within_s: float
    command: tuple[str, ...]

    def measure(self, progress: RunListener) -> Recording[ProfileDiff]:
        """Raises AgentError, StoreError and KeyboardInterrupt."""
        asked = DiffRequest(self.paired, self.sides, command=self.command)
        recording = profile_diff.begin(asked, self.folder / FLAMES_FOLDER, PROJECT)
        profile_diff.measure_within(recording, self.paired, progress, self.within_s)
        return recording


def planned(
    comparison: Comparison, changed: Sequence[str], paired: PairedPlan, folder: Path, within_s: float
) -> ChangeProfiles | None:
    """As many of the `changed` cases of a comparison in `folder` as there is time for; None where there are none, or
    what changed is no CPU time of requests. Raises NotProfiledError."""
    if not changed or comparison.gate != "cpu_us":
        return None
    if reason := paired.unavailable("pyinstrument"):
        raise NotProfiledError(reason)
    fitting = _fitting(paired, changed[:MOST], within_s)
    if fitting is None:
        short_s = profile_diff.least_s(_of(paired, changed[:1])) - within_s
        raise NotProfiledError(f"the --budget is too short by about {duration(max(1.0, short_s))}")
    return ChangeProfiles(fitting, (comparison.base, comparison.head), folder, within_s, comparison.command)


def profile_in_series(
    comparison: Comparison, changed: Sequence[str], paired: PairedPlan, folder: Path, progress: ComparisonListener
) -> None:
    """The same as one stage more of a comparison of a series, which takes its budget once more at the most. A series
    goes on without profiles where there can be none. Raises StoreError and KeyboardInterrupt."""
    with suppress(NotProfiledError, AgentError):
        if (profiles := planned(comparison, changed, paired, folder, comparison.budget_s)) is not None:
            profiles.measure(_AsStage(progress, comparison.elapsed_s))


def _fitting(paired: PairedPlan, changed: Sequence[str], within_s: float) -> PairedPlan | None:
    """As many of the largest changes as can be profiled in time."""
    for most in range(len(changed), 0, -1):
        fitting = _of(paired, changed[:most])
        if profile_diff.launches_fitting(fitting, within_s):
            return fitting
    return None


def _of(paired: PairedPlan, ids: Sequence[str]) -> PairedPlan:
    return paired.of([case for case in paired.base.cases if case.id in ids])


class _AsStage:
    """Tells who watches a comparison that took `before_s` how its profiles go on."""

    def __init__(self, progress: ComparisonListener, before_s: float) -> None:
        self._progress = progress
        self._began_s = perf_counter() - before_s

    def begin(self, expected_s: Mapping[Pass, float]) -> None:
        self._progress.expects(perf_counter() - self._began_s + sum(expected_s.values()))

    def observed(self, _during: Pass, what: str, _worth_s: float) -> None:
        self._progress.reached("profiling", what, perf_counter() - self._began_s)

    def ended(self, during: Pass) -> None:
        """Shows nothing more."""
