"""What a profile counts as idle, and how what threads work stands in its stacks."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.agent.profiles.frame_names import IDLE, IN_THREAD, LOOP
from bench.agent.profiles.profiling import placed, take_idle
from bench.agent.profiles.thread_sampling import RUN_HERE


@pytest.mark.parametrize(("us", "left"), [(0, (30, 50)), (20, (10, 50)), (40, (0, 40)), (100, (0, 0))])
def test_what_threads_worked_is_taken_from_all_idle_time_once(us: int, left: tuple[int, int]) -> None:
    idle = f"{LOOP};{IDLE}", f"{LOOP};targets.a:app;{IDLE}"
    found = Counter({idle[0]: 30, LOOP: 7, idle[1]: 50})
    take_idle(found, us)
    assert tuple(found[line] for line in idle) == left
    assert found[LOOP] == 7


SAMPLING = RUN_HERE.partition(":")[0]


@pytest.mark.parametrize(
    ("stack", "shown"),
    [
        (["app:route", "app:helper"], ["app:route", "app:helper"]),
        (["app:route", RUN_HERE, "app:burn"], ["app:route", IN_THREAD, "app:burn"]),
        (["app:route", f"{SAMPLING}:_handing_over.<locals>.hand_over", f"{SAMPLING}:called_by"], ["app:route"]),
        (["app:route", RUN_HERE], ["app:route", IN_THREAD]),
        (["app:route", RUN_HERE, f"{SAMPLING}:_worker", "pyinstrument.stack_sampler:get_stack_sampler"], []),
    ],
)
def test_what_a_thread_runs_stands_below_its_callers_without_what_samples_it(
    stack: list[str], shown: list[str]
) -> None:
    assert placed(stack, lambda frames: frames) == shown
