"""A hold is what a step took, without what it waited for a core that others had."""

from __future__ import annotations

from bench.agent.holds.loop_holds import LONG_NS, Look, hold

MS = 1_000_000
BEGIN = Look(at_ns=0, waited_ns=0, ran_ns=0, collected_ns=0)


def look(at_ms: int, waited_ms: int, ran_ms: int) -> Look:
    return Look(at_ms * MS, waited_ms * MS, ran_ms * MS, 0)


def test_a_step_that_runs_and_waits_for_a_core_held_for_as_long_as_it_ran() -> None:
    looks = [look(10, 5, 5), look(30, 20, 10)]
    assert hold(BEGIN, looks, look(40, 26, 14)).held_ns == 14 * MS


def test_a_step_that_sleeps_held_for_all_of_it_though_looks_had_to_wait() -> None:
    looks = [look(10, 5, 0), look(40, 30, 0), look(95, 80, 0)]
    assert hold(BEGIN, looks, look(100, 80, 0)).held_ns == 100 * MS


def test_what_it_waits_for_when_its_sleep_is_over_is_no_hold() -> None:
    assert hold(BEGIN, [look(5, 0, 0)], look(130, 30, 0)).held_ns == 100 * MS


def test_a_short_step_that_nobody_looked_at_is_no_longer_than_it_took() -> None:
    assert hold(BEGIN, [], Look(LONG_NS, 0, LONG_NS, 0)).held_ns == LONG_NS
