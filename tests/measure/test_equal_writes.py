"""What changes state is sent to both sides of a comparison equally often and in turn, whatever either of them costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.measure import allocations, instructions, profile
from bench.measure.paired_timing import PairedTiming
from bench.model.pair_samples import PairSample
from bench.model.run import MissingSample
from bench.runner import agreement
from bench.runner.agent_pair import PairedPlan
from bench.runner.streams import CoreStream
from bench.stack.environment import Environment

POST = '{"one": {"path": "/", "method": "POST"}}'
# One side costs ten times the other: whatever depends on the time asks them unequally often.
BODY = """open({file!r}, 'a').write('{side}\\n')
end = time.thread_time_ns() + {cost_us}_000
while time.thread_time_ns() < end: pass"""
COSTS_US = {"base": 400, "head": 40}


@dataclass(frozen=True)
class Asked:
    """Two sides that note each request in one file, in their order."""

    arms: PairedPlan
    file: Path

    def during(self, observed: Iterable[object]) -> tuple[list[str], list[object]]:
        """Which side was asked, request by request, while this was observed; and what was."""
        self.file.write_text("")
        seen = list(observed)
        assert not [one for one in seen if isinstance(one, MissingSample)]
        return self.file.read_text().split(), seen


@pytest.fixture
def asked(environment: Environment, tmp_path: Path) -> Asked:
    made = []
    for side, cost_us in COSTS_US.items():
        (tmp_path / side).mkdir()
        body = BODY.format(file=str(tmp_path / "asked"), side=side, cost_us=cost_us)
        write_target(tmp_path / side, "write", body, requests=POST)
        made.append(plan(environment, tmp_path / side))
    return Asked(PairedPlan(*made), tmp_path / "asked")


def furthest(order: list[str]) -> int:
    """How many requests one side was ahead of the other at most."""
    ahead = [0]
    for side in order:
        ahead.append(ahead[-1] + (1 if side == "base" else -1))
    return max(map(abs, ahead))


def test_while_answers_are_compared(asked: Asked) -> None:
    order, _ = asked.during(agreement.check(asked.arms))
    assert order.count("base") == order.count("head") > 0


def test_while_they_are_timed_and_never_more_than_a_window_apart(asked: Asked) -> None:
    timing = PairedTiming(asked.arms, wait_budget_s=0.2)
    for number in (1, 2):  # the first finds out how many requests fill a window
        order, (sample,) = asked.during(timing.block(number, "pilot", asked.arms.base.cases, CoreStream(None)))
        assert isinstance(sample, PairSample)
        assert order.count("base") == order.count("head") >= sample.base.calls * (len(sample.base.cpu_us) + 1)
        # To find that out, windows get twice as many each time, until they are long enough for the cheaper side.
        assert furthest(order) <= (4 if number == 1 else 2) * sample.base.calls


def test_while_they_are_slowed_on_purpose(asked: Asked) -> None:
    timing = PairedTiming(asked.arms, 0.2, {case.id: 0.1 for case in asked.arms.base.cases})
    order, _ = asked.during(timing.block(1, "pilot", asked.arms.base.cases, CoreStream(None)))
    assert order.count("base") == order.count("head") > 0


def test_while_allocations_are_counted(asked: Asked) -> None:
    order, _ = asked.during(allocations.measure_both(asked.arms))
    assert order.count("base") == order.count("head") > 0


@pytest.mark.parametrize("launch", [0, 1])
def test_while_they_are_profiled_whoever_is_first(asked: Asked, launch: int) -> None:
    order, _ = asked.during(profile.measure_both(asked.arms, launch, 0.2, set()))
    assert order.count("base") == order.count("head") > 0


@pytest.mark.slow
@pytest.mark.skipif(not instructions.available(), reason="needs valgrind")
def test_while_instructions_are_counted(asked: Asked) -> None:
    order, _ = asked.during(instructions.measure_both(asked.arms))
    assert order.count("base") == order.count("head") > 0
