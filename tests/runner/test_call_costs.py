"""What fits is decided by what one call takes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.runner.agent_process import PATIENCE_S
from bench.runner.call_costs import LONG_CALL_S, CallCosts, launches_within
from bench.runner.contract import verify
from bench.stack.environment import Environment


@pytest.mark.parametrize(("launch_s", "launches"), [(0.0, 7), (1.0, 7), (4.0, 5), (20.0, 3), (math.inf, 3)])
def test_slow_launches_are_fewer_but_as_many_as_an_interval_needs(launch_s: float, launches: int) -> None:
    assert launches_within(20.0, launch_s, most=7, least=3) == launches


def test_an_effort_of_few_launches_never_gets_more() -> None:
    assert launches_within(20.0, 100.0, most=2, least=3) == 2


def test_the_time_limit_follows_the_length_of_a_call() -> None:
    costs = CallCosts({"slow:one": 5.0})
    assert costs.time_limit_s("unknown:one") == PATIENCE_S
    assert costs.time_limit_s("slow:one") > PATIENCE_S + 20 * 5.0
    assert costs.time_limit_s("slow:one", calls=10) > costs.time_limit_s("slow:one")


def test_what_processes_take_follows_the_pace_of_the_machine() -> None:
    costs = CallCosts()
    assert costs.paced_s(2.0) == 2.0
    costs.reference_us = 450.0
    assert costs.paced_s(2.0) == pytest.approx(2.0)
    costs.reference_us = 111.0
    assert 0.7 < costs.paced_s(2.0) < 0.9
    costs.reference_us = 580.0
    assert 2.2 < costs.paced_s(2.0) < 2.7


def test_a_call_is_known_once_answers_were_checked_without_what_only_the_first_one_loads(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "cold", "if calls == 1: time.sleep(0.3)")
    write_target(tmp_path, "slow", "time.sleep(0.15)")
    ready = plan(environment, tmp_path)
    verify(ready)
    assert ready.costs.reference_us > 0
    assert not ready.costs.long("cold:one")
    assert LONG_CALL_S <= 0.15 <= ready.costs.call_s("slow:one")
    assert ready.costs.long("slow:one")
