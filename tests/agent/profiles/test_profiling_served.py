"""What a server's loop slept is parted from its own work, and none of it is lost."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bench.agent.profiles.frame_names import IDLE, LOOP
from bench.agent.profiles.profiling_served import part_idle

times_us = st.integers(0, 10**9)


@given(times_us, times_us, st.integers(-(10**6), 10**9))
def test_idle_time_is_taken_from_the_loop_alone_and_never_more_than_it_has(own: int, app: int, slept: int) -> None:
    folded = Counter({LOOP: own, f"{LOOP};targets.a:app": app})
    part_idle(folded, slept)
    idle = folded[f"{LOOP};{IDLE}"]
    assert idle == max(0, min(own, slept))
    assert folded[LOOP] + idle == own
    assert folded[f"{LOOP};targets.a:app"] == app
    assert min(folded.values()) >= 0
