"""Profiles in process, taken by an agent in the stack's own environment."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bench.measure.pass_spec import PassSpec, launch_s
from bench.model.run import MissingSample, ProfileSample
from bench.model.workload import Case, Pass
from bench.runner.agent_pair import AgentPair, PairedPlan
from bench.runner.agent_process import Agent
from bench.runner.call_costs import LONG_CALL_S
from bench.runner.each_case import each_case
from bench.runner.plan import Plan
from bench.text.file_names import file_stem

FOLDED = ".folded"


@dataclass(frozen=True)
class Profile:
    """A profile and its folded stacks, which the store keeps in the file that the sample names; `own` are the texts of
    pyinstrument's own files by suffix."""

    sample: ProfileSample
    folded: str
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, str]:
        """Everything to keep, by the path below the run's folder."""
        stem = self.sample.file.removesuffix(FOLDED)
        return {self.sample.file: self.folded} | {stem + suffix: text for suffix, text in self.own.items()}


@dataclass(frozen=True)
class ProfileOfBoth:
    """A case's profiles on two stacks, one after the other on one core; `head_first` says in which order."""

    head_first: bool
    base: Profile
    head: Profile


def measure(plan: Plan, *, own: bool = False) -> Generator[Profile | MissingSample]:
    """A profile of every target's headline request, in a pass of its own: none of its times is a result.

    With `own`, pyinstrument's own session and page come with each.
    """
    yield from each_case(plan, Pass.PROFILE, 0, plan.taken_by(Pass.PROFILE), set(), partial(_observe, plan, own))


def measure_both(
    paired: PairedPlan, launch: int, duration_s: float, failed: set[str]
) -> Generator[ProfileOfBoth | MissingSample]:
    """Both stacks' profiles of every case but the `failed`, from a fresh process of either.

    Who is first changes with the launch: what disturbs one half of a launch then meets both stacks alike.
    """
    observe = partial(_observe_both, paired, launch, duration_s)
    yield from each_case(paired, Pass.PROFILE, launch, paired.taken_by(Pass.PROFILE), failed, observe)


def of(case: Case, suffix: str, observed: dict[str, Any], **known: Any) -> Profile:
    """What an agent observed of a case, and what else is `known` of it; its files end with `suffix`."""
    folded, own, _ = observed.pop("folded"), observed.pop("own"), observed.pop("asked", None)
    file = f"profiles/{file_stem(case)}{suffix}{FOLDED}"
    return Profile(ProfileSample(case=case.id, file=file, own=tuple(own), **known, **observed), folded, own)


def _observe(plan: Plan, own: bool, agent: Agent, case: Case, _ready: frozenset[str]) -> Profile:
    title = f"{case.id}, in process" if own else None
    duration_s, limit_s = plan.effort.profile_s, plan.costs.time_limit_s(case.id)
    return of(case, "", agent.call("profile", timeout_s=limit_s, case=case.id, duration_s=duration_s, title=title))


def _observe_both(
    paired: PairedPlan, launch: int, duration_s: float, duo: AgentPair, case: Case, _ready: frozenset[str]
) -> ProfileOfBoth:
    head_first, limit_s = launch % 2 == 1, paired.time_limit_s(case.id)
    order = (("head", duo.ask_head), ("base", duo.ask_base))
    asked = {"case": case.id, "duration_s": duration_s}
    found: dict[str, Profile] = {}
    for side, ask in order if head_first else order[::-1]:
        seen = ask("profile", timeout_s=limit_s, **asked)
        if paired.changes_state(case):
            asked["as_many"] = seen["asked"]
        found[side] = of(case, f".{side}.{launch}", seen)
    return ProfileOfBoth(head_first, found["base"], found["head"])


def expected_s(call_s: float, duration_s: float) -> float:
    """How long one profile takes of a case that a call prepares: a stretch without the profiler, and one with it."""
    if call_s < LONG_CALL_S:
        return duration_s * 1.25
    return call_s + sum(call_s * math.ceil(stretch_s / call_s) for stretch_s in (duration_s / 4, duration_s))


SPEC = PassSpec(
    Pass.PROFILE,
    "profiles",
    lambda given: measure(given.plan, own=given.own_files),
    observations=lambda given: len(given.plan.taken_by(Pass.PROFILE)),
    duration_s=lambda given, _: (
        launch_s(given.plan)
        + sum(
            expected_s(given.plan.costs.call_s(case.id), given.plan.effort.profile_s)
            for case in given.plan.taken_by(Pass.PROFILE)
        )
    ),
    requires=("pyinstrument",),
)
