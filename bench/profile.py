"""What a profile says: folded stacks of one case, as an agent in the stack's own environment took them."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.engine.arms import Arms, Duo
from bench.engine.cases import each_case
from bench.engine.launch import Agent
from bench.engine.plan import Plan
from bench.frames import Stack
from bench.model import Case, Pass
from bench.samples import Absence, ProfileSample


@dataclass(frozen=True)
class Profile:
    """A profile and its folded stacks, which the store keeps in the file that the sample names."""

    sample: ProfileSample
    folded: str


def per_request(sample: ProfileSample, spent: Iterable[tuple[Stack, int]]) -> dict[Stack, int]:
    """Nanoseconds a request, whole ones so that sums are exact, of the microseconds of a whole profile."""
    return {stack: round(us * 1e3 / sample.requests) for stack, us in spent}


@dataclass(frozen=True)
class Pair:
    """A case's profiles on two stacks, one after the other on one core; `head_first` says in which order."""

    head_first: bool
    base: Profile
    head: Profile


def measure(plan: Plan) -> Generator[Profile | Absence]:
    """A profile of every target's headline request, in a pass of its own: none of its times is a result."""
    yield from each_case(plan, Pass.PROFILE, 0, plan.taken_by(Pass.PROFILE), set(), partial(_observe, plan))


def measure_both(arms: Arms, launch: int, duration_s: float, failed: set[str]) -> Generator[Pair | Absence]:
    """Both stacks' profiles of every case but the `failed`, from a fresh process of either.

    Who is first changes with the launch: what disturbs one half of a launch then meets both stacks alike.
    """
    observe = partial(_observe_both, launch, duration_s)
    yield from each_case(arms, Pass.PROFILE, launch, arms.taken_by(Pass.PROFILE), failed, observe)


def _observe(plan: Plan, agent: Agent, case: Case, _ready: frozenset[str]) -> Profile:
    observed = agent.call("profile", case=case.id, duration_s=plan.effort.profile_s)
    return _profile(case, f"profiles/{case.target}.{case.request}.folded", observed)


def _observe_both(launch: int, duration_s: float, duo: Duo, case: Case, _ready: frozenset[str]) -> Pair:
    head_first = launch % 2 == 1
    order = (("head", duo.ask_head), ("base", duo.ask_base))
    found = {
        arm: _profile(
            case,
            f"profiles/{case.target}.{case.request}.{arm}.{launch}.folded",
            ask("profile", case=case.id, duration_s=duration_s),
        )
        for arm, ask in (order if head_first else order[::-1])
    }
    return Pair(head_first, found["base"], found["head"])


def _profile(case: Case, file: str, observed: dict[str, Any]) -> Profile:
    folded = observed.pop("folded")
    return Profile(ProfileSample(case=case.id, file=file, **observed), folded)
