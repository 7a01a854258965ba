"""Two real agents side by side over targets whose costs are known."""

from __future__ import annotations

import math
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import pytest
from comparisons import case
from plans import plan, write_target

from bench.measure import allocations
from bench.measure.paired_timing import MOST_PAIRS, PairedTiming
from bench.model.comparison import AnswerMismatch
from bench.model.pair_samples import AllocationPair, PairSample
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner import agreement
from bench.runner.agent_pair import AgentPair, PairedPlan
from bench.runner.agent_process import Agent
from bench.runner.streams import CoreStream
from bench.stack.environment import Environment

ANYWHERE = CoreStream(None)
BURN = "end = time.thread_time_ns() + {us}_000\nwhile time.thread_time_ns() < end: pass"


def arms(environment: Environment, base: Path, head: Path) -> PairedPlan:
    """One stack, and targets that differ: what differs in real life is the stack."""
    return PairedPlan(plan(environment, base), plan(environment, head))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    made = tmp_path / "base", tmp_path / "head"
    for folder in made:
        folder.mkdir()
        write_target(folder, "same", BURN.format(us=100))
    write_target(made[0], "moved", BURN.format(us=100))
    write_target(made[1], "moved", BURN.format(us=200))
    return made


@pytest.mark.measures
def test_a_block_has_windows_of_both_arms_side_by_side(environment: Environment, folders: tuple[Path, Path]) -> None:
    both = arms(environment, *folders)
    pairing = PairedTiming(both, wait_budget_s=2.0)
    blocks = [list(pairing.block(number, "pilot", both.base.cases, ANYWHERE)) for number in (1, 2)]
    first = {one.case: one for one in blocks[0] if isinstance(one, PairSample)}
    assert set(first) == {"same:one", "moved:one"}
    for one in first.values():
        assert len(one.base.cpu_us) == len(one.head.cpu_us) == len(one.head_first) <= 4 * MOST_PAIRS
        assert one.base.calls == one.head.calls
        assert abs(sum(one.head_first) - len(one.head_first) / 2) <= 0.5
    seconds = {one.case: one for one in blocks[1] if isinstance(one, PairSample)}
    assert {one.hash_seed for one in first.values()} != {one.hash_seed for one in seconds.values()}
    assert {case: one.base.calls for case, one in first.items()} == {
        case: one.base.calls for case, one in seconds.items()
    }
    quickest = {case: (min(one.base.cpu_us), min(one.head.cpu_us)) for case, one in first.items()}
    assert quickest["moved:one"][1] > 1.7 * quickest["moved:one"][0]
    assert quickest["same:one"][1] < 1.3 * quickest["same:one"][0]


@pytest.mark.measures
def test_a_slowdown_on_purpose_slows_the_head_by_what_it_says(
    environment: Environment, folders: tuple[Path, Path]
) -> None:
    both = arms(environment, folders[0], folders[0])
    pairing = PairedTiming(both, wait_budget_s=2.0, shares={"same:one": 0.5})
    found = {
        one.case: one for one in pairing.block(1, "pilot", both.base.cases, ANYWHERE) if isinstance(one, PairSample)
    }
    quickest = {case: min(one.head.cpu_us) / min(one.base.cpu_us) for case, one in found.items()}
    put = pairing.injected["same:one"]
    assert put.share == 0.5
    assert quickest["same:one"] == pytest.approx(1 + put.added_us / min(found["same:one"].base.cpu_us), rel=0.1)
    assert pairing.injected.keys() == {"same:one"}
    assert quickest["moved:one"] == pytest.approx(1, rel=0.1)


def test_a_case_that_kills_one_arm_is_an_absence_that_names_it_and_the_others_go_on(
    environment: Environment, folders: tuple[Path, Path]
) -> None:
    write_target(folders[1], "moved", "if calls > 3: os._exit(7)")
    both = arms(environment, *folders)
    pairing = PairedTiming(both, wait_budget_s=1.0)
    found = list(pairing.block(1, "pilot", both.base.cases, ANYWHERE))
    (absence,) = [one for one in found if isinstance(one, MissingSample)]
    assert absence.case == "moved:one"
    assert absence.reason.startswith("head: the agent ended with status 7")
    assert [one.case for one in found if isinstance(one, PairSample)] == ["same:one"]
    assert [one.case for one in pairing.block(2, "pilot", both.base.cases, ANYWHERE)] == ["same:one"]


def test_allocations_of_both_arms_are_counted_alike(environment: Environment, folders: tuple[Path, Path]) -> None:
    for folder, numbers in zip(folders, (10, 500), strict=True):
        write_target(folder, "same", "sum(list(range(300, 400)))")
        write_target(folder, "moved", f"sum(list(range(300, 300 + {numbers})))")
    found = {one.case: one for one in allocations.measure_both(arms(environment, *folders))}
    same, moved = found["same:one"], found["moved:one"]
    assert isinstance(same, AllocationPair)
    assert isinstance(moved, AllocationPair)
    assert same.base_allocs == same.head_allocs > 0
    assert moved.head_allocs > moved.base_allocs


def test_stacks_that_answer_alike_are_agreed_on_and_others_are_findings(
    environment: Environment, folders: tuple[Path, Path]
) -> None:
    assert list(agreement.check(arms(environment, *folders))) == []
    write_target(folders[1], "moved", "answer = b'other'")
    (finding,) = agreement.check(arms(environment, *folders))
    assert isinstance(finding, AnswerMismatch)
    assert (finding.case, "b'fine'" in finding.base, "b'other'" in finding.head) == ("moved:one", True, True)


def test_what_neither_stack_answers_rightly_is_no_finding_but_invalid(
    environment: Environment, folders: tuple[Path, Path]
) -> None:
    for folder in folders:
        write_target(folder, "moved", "raise ValueError('no')")
    (absence,) = agreement.check(arms(environment, *folders))
    assert isinstance(absence, MissingSample)
    assert absence.reason == "on both stacks: fails: ValueError: no"


def test_arms_for_some_cases_prepare_no_others(environment: Environment, folders: tuple[Path, Path]) -> None:
    both = arms(environment, *folders)
    (same,) = [case for case in both.base.cases if case.target == "same"]
    assert both.of([same]).base.cases == both.of([same]).head.cases == (same,)
    assert replace(both.base, cases=(same,)) == both.of([same]).base


@dataclass
class CoreOfTwo:
    """Two agents that cost the same, but for one that is asked again before the other: it finds its caches warm."""

    last: str = ""
    window_s: float = 0.0

    def window(self, arm: str) -> dict[str, float]:
        time.sleep(self.window_s)
        cpu_us = 90.0 if self.last == arm else 100.0
        self.last = arm
        return {"cpu_us": cpu_us, "wall_us": cpu_us, "gc_us": 0.0, "reference_us": 50.0}


@dataclass
class PretendedAgent:
    arm: str
    core: CoreOfTwo
    alive: bool = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def call(self, do: str, **_: Any) -> Any:
        if do == "window":
            return self.core.window(self.arm)
        return {"calibrate": {"calls": 30, "cpu_us": 90.0}, "references": [50.0], "wait_for_undisturbed_core": 0.0}.get(
            do
        )


@dataclass
class PretendedArms:
    """As `PairedPlan`, and as its base: `random` is the generator of one purpose in one launch."""

    cases: tuple[Case, ...] = (case("same"),)
    core: CoreOfTwo = field(default_factory=CoreOfTwo)
    slow: bool = False

    @property
    def base(self) -> Self:
        return self

    def of(self, _: Any) -> Self:
        return self

    def stream_cores(self) -> tuple[int, ...]:
        return (0,)

    def on(self, _: CoreStream) -> Self:
        return self

    def taken_by(self, _: Pass) -> list[Case]:
        return list(self.cases)

    def arguments(self, _: Case) -> dict[str, Any]:
        return {}

    def long(self, _: str) -> bool:
        return self.slow

    def time_limit_s(self, _: str, calls: int) -> float:
        return float(calls)

    def random(self, purpose: str, launch: int) -> random.Random:
        return random.Random(f"{purpose} {launch}")

    def hash_seed(self, launch: int) -> int:
        return launch

    def launch(self, _: int) -> AgentPair:
        base, head = (cast("Agent", PretendedAgent(arm, self.core)) for arm in ("base", "head"))
        return AgentPair(base, head, None)


def test_warm_caches_favour_neither_arm() -> None:
    arms = PretendedArms()
    pairing = PairedTiming(cast("PairedPlan", arms), wait_budget_s=0.0)
    first_pairs, blocks = [], 1500
    for number in range(blocks):
        (one,) = pairing.block(number, "pilot", arms.cases, ANYWHERE)
        assert isinstance(one, PairSample)
        first_pairs.append(math.log(one.head.cpu_us[0] / one.base.cpu_us[0]))
    # Each is warm in the first pair of a quarter of the blocks: the mean is within three of its standard errors.
    assert abs(np.mean(first_pairs)) <= 3 * math.log(1 / 0.9) * math.sqrt(0.5 / blocks)


def test_a_long_call_is_a_window_and_three_pairs_of_them_a_block() -> None:
    arms = PretendedArms(core=CoreOfTwo(window_s=0.11), slow=True)
    pairing = PairedTiming(cast("PairedPlan", arms), wait_budget_s=0.0)
    (one,) = pairing.block(1, "pilot", arms.cases, ANYWHERE)
    assert isinstance(one, PairSample)
    assert (one.base.calls, one.head.calls) == (1, 1)
    assert (len(one.base.cpu_us), len(one.head.cpu_us), len(one.head_first)) == (3, 3, 3)


def test_the_first_block_is_expected_to_take_what_the_app_takes_to_start(
    environment: Environment, folders: tuple[Path, Path]
) -> None:
    both = arms(environment, *folders)
    pairing, cases = PairedTiming(both, wait_budget_s=0.0), both.base.cases
    assert pairing.expected_s(cases) < 5.0
    both.head.costs.start_s = 6.0
    pairing.streams = 1
    alone_s = pairing.expected_s(cases)
    pairing.streams = 2
    with ThreadPoolExecutor(1) as streams:  # a stream's thread is pinned
        streams.submit(os.sched_setaffinity, 0, {min(os.sched_getaffinity(0))}).result()
        pinned_s = streams.submit(pairing.expected_s, cases).result()
    assert 6.0 < alone_s <= pinned_s
    assert pinned_s == pairing.expected_s(cases) == pytest.approx(12.0, abs=1.0)
    assert allocations.both_expected_s(both, cases) > 6.0
