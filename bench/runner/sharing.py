"""Which cases several processes of an app may be asked for at once, and how pairs of agents share them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.model.workload import Case
from bench.runner.agent_pair import PairedPlan
from bench.runner.plan import Plan

# So many cases take about as long as to launch their agents.
_WORTH_A_LAUNCH = 8

Part = tuple[bool, Sequence[Case]]
"""Cases that one launch asks, and whether that is to be alone."""


def by_sharing(plan: Plan, cases: Sequence[Case]) -> list[Part]:
    """Those that others may run beside, and those that are to be alone; neither if it is empty."""
    shared = [case for case in cases if plan.may_run_twice(case)]
    alone = [case for case in cases if not plan.may_run_twice(case)]
    return [part for part in ((False, shared), (True, alone)) if part[1]]


def parts(paired: PairedPlan, cases: Sequence[Case]) -> list[Part]:
    """What as many pairs of agents as there are pairs of cores are asked at once, none for so few cases that it isn't
    worth a launch; and what is to be asked alone."""
    pairs = len(paired.core_pairs())
    if not pairs:
        return [(True, cases)] if cases else []
    found: list[Part] = []
    for alone, own in by_sharing(paired.base, cases):
        number = 1 if alone else max(1, min(pairs, len(own) // _WORTH_A_LAUNCH))
        found += [(alone, own[first::number]) for first in range(number)]
    return found


def expected_s(asked: Sequence[Part], launch_s: float, cases_s: Callable[[Sequence[Case]], float]) -> float:
    """How long these parts take, of which a launch takes `launch_s` and its cases `cases_s`: what runs at once as long
    as the longest."""
    longest_s: dict[bool, float] = {}
    for alone, cases in asked:
        longest_s[alone] = max(longest_s.get(alone, 0.0), cases_s(cases))
    return sum(launch_s + one_s for one_s in longest_s.values())
