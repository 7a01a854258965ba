"""What a profile counts as idle."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.agent.profiles.frame_names import IDLE, LOOP
from bench.agent.profiles.profiling import take_idle


@pytest.mark.parametrize(("us", "left"), [(0, (30, 50)), (20, (10, 50)), (40, (0, 40)), (100, (0, 0))])
def test_what_threads_worked_is_taken_from_all_idle_time_once(us: int, left: tuple[int, int]) -> None:
    idle = f"{LOOP};{IDLE}", f"{LOOP};targets.a:app;{IDLE}"
    found = Counter({idle[0]: 30, LOOP: 7, idle[1]: 50})
    take_idle(found, us)
    assert tuple(found[line] for line in idle) == left
    assert found[LOOP] == 7
