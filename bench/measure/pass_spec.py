"""What a run knows of a pass: its label, how it measures, how much it observes, and how long that takes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from bench.measure.job import Loads
from bench.model.run import MissingSample, Sample
from bench.model.workload import Case, Pass
from bench.runner.plan import Plan

LAUNCH_S = 1.5
"""How long an agent takes to start. Like all times of a `PassSpec`, as seen on small virtual machines: only the time
left depends on it."""


def launch_s(plan: Plan, usual_s: float = LAUNCH_S) -> float:
    """How long an agent takes to start: as usual at this machine's pace, or what somebody's own app took when its
    answers were checked."""
    return max(plan.costs.paced_s(usual_s), plan.costs.start_s)


@dataclass(frozen=True)
class PassInputs:
    """What passes measure; with `own_files`, pyinstrument's own session and page come with each profile."""

    plan: Plan
    loads: Loads = field(default_factory=Loads)
    own_files: bool = False


@runtime_checkable
class WithFiles(Protocol):
    """An observation that comes with files, by their path below the run's folder; `sample` is None where they are all
    there is."""

    @property
    def sample(self) -> Sample | None: ...
    @property
    def files(self) -> Mapping[str, str]: ...


Observation = Sample | MissingSample | WithFiles


@dataclass(frozen=True)
class PassSpec:
    """One pass. `label` is what the progress bar calls it; which cases it takes stands with `Pass`.

    `observations` is how many it makes when nothing fails, and `duration_s` how long so many take: both from the plan
    alone, before anything is measured. `quick` says whether `bench run --quick` has time for it, and `requires` which
    packages look inside a process: a Python may have no wheel of one.
    """

    during: Pass
    label: str
    measure: Callable[[PassInputs], Generator[Observation]]
    observations: Callable[[PassInputs], int]
    duration_s: Callable[[PassInputs, int], float]
    quick: bool = True
    requires: tuple[str, ...] = ()

    def observe(self, given: PassInputs) -> Generator[Observation]:
        """What it measures, or why it measures no case on this Python."""
        if reason := given.plan.environment.stack.unavailable(*self.requires):
            return (yield from skipped(given.plan.taken_by(self.during), self.during, reason))
        return (yield from self.measure(given))

    def expected_s(self, given: PassInputs) -> float:
        """How long the pass should take: no time at all where it observes nothing."""
        made = 0 if given.plan.environment.stack.unavailable(*self.requires) else self.observations(given)
        return self.duration_s(given, made) if made else 0.0


def skipped(cases: Sequence[Case], during: Pass, reason: str) -> Generator[MissingSample]:
    """An absence for each of the cases."""
    for case in cases:
        yield MissingSample(case=case.id, during=during, kind="skipped", reason=reason, this_pass_only=True)
