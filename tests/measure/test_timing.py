"""Timing and allocations of real agents over targets whose costs are known."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from plans import TINY, plan, write_target

from bench.measure import allocations, timing
from bench.model.run import AllocationSample, MissingSample, TimingSample
from bench.model.workload import Pass
from bench.runner import core_speed
from bench.services.postgres import Database
from bench.stack.environment import Environment
from bench.stats.intervals import estimate
from bench.stats.windows import launch_cost, launch_difference

pytestmark = pytest.mark.measures

BURN = "end = time.thread_time_ns() + {ns}\nwhile time.thread_time_ns() < end: pass"


def test_a_child_runs_beside_its_parent_and_its_layer_costs_what_it_does(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "parent", BURN.format(ns=200_000))
    write_target(tmp_path, "child", BURN.format(ns=500_000), over="parent")
    samples = list(timing.measure(plan(environment, tmp_path)))
    assert [sample.case for sample in samples if sample.kind == "timing"].count("child:one") == TINY.timing_launches
    children = [s for s in samples if isinstance(s, TimingSample) and s.case == "child:one"]
    for sample in children:
        assert sample.parent == "parent:one"
        assert sample.parent_windows is not None
        assert len(sample.windows.cpu_us) == len(sample.parent_windows.cpu_us) >= TINY.pairs
        assert launch_cost(sample.windows.cpu_us) >= 500
    added = estimate(
        [launch_difference(s.windows.cpu_us, s.parent_windows.cpu_us) for s in children if s.parent_windows]
    )
    assert 250 <= added.mean <= 450


def test_two_launches_have_different_hash_seeds_that_the_seed_of_the_run_repeats(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "only", "")
    chosen = plan(environment, tmp_path)
    seeds = {sample.launch: sample.hash_seed for sample in timing.measure(chosen) if isinstance(sample, TimingSample)}
    assert len(set(seeds.values())) == TINY.timing_launches
    assert seeds == {launch: chosen.hash_seed(launch) for launch in range(TINY.timing_launches)}


def test_a_slow_case_gets_fewer_windows_but_never_only_one(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "slow", BURN.format(ns=30_000_000))
    one_launch = replace(TINY, timing_launches=1, pairs=10, window_us=1_000)
    (sample,) = timing.measure(plan(environment, tmp_path, one_launch))
    assert isinstance(sample, TimingSample)
    assert sample.windows.calls == 1
    assert len(sample.windows.cpu_us) == 3


def test_on_a_core_that_is_never_quiet_the_patience_ends_and_the_case_is_measured_as_it_is(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_speed, "SLOWED", 0.0)
    write_target(tmp_path, "only", "")
    one_launch = replace(TINY, timing_launches=1, pairs=3, wait_budget_s=0.2)
    (sample,) = timing.measure(plan(environment, tmp_path, one_launch))
    assert isinstance(sample, TimingSample)
    assert 3 <= len(sample.windows.cpu_us) <= 3 * 3 + 1


def test_a_database_is_charged_to_the_cases_that_ask_it(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clock is a pretence here that goes on by a second whenever it is read."""
    spent = itertools.count()
    monkeypatch.setattr(Database, "cpu_s", lambda _: float(next(spent)))
    write_target(tmp_path, "alone", "")
    write_target(tmp_path, "asking", "")
    file = tmp_path / "asking.py"
    file.write_text(file.read_text().replace('"adds"', '"services": ["postgresql"], "adds"'))
    chosen = replace(plan(environment, tmp_path), database=Database("postgresql://", None, "a pretence"))
    windows = {one.case: one.windows for one in timing.measure(chosen) if isinstance(one, TimingSample)}
    assert windows["alone:one"].database_us is None
    asking = windows["asking:one"]
    assert asking.database_us == pytest.approx([1e6 / asking.calls] * len(asking.cpu_us), rel=1e-4)


def test_a_case_that_fails_half_way_is_an_absence_and_the_others_are_measured(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "fine", "")
    write_target(tmp_path, "tiring", "if calls > 50: raise RuntimeError('too tired')")
    found = list(timing.measure(plan(environment, tmp_path)))
    (absence,) = [one for one in found if isinstance(one, MissingSample)]
    assert (absence.case, absence.during, absence.kind) == ("tiring:one", Pass.TIMING, "invalid")
    assert "too tired" in absence.reason
    assert [one.case for one in found if isinstance(one, TimingSample)] == ["fine:one"] * TINY.timing_launches


def test_a_case_that_takes_its_agent_along_does_not_take_the_others(environment: Environment, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_target(tmp_path, name, "")
    write_target(tmp_path, "killer", "if calls > 50: os._exit(9)")
    write_target(tmp_path, "stillborn", "os._exit(1)")
    found = list(timing.measure(plan(environment, tmp_path)))
    assert {one.case for one in found if isinstance(one, MissingSample)} == {"killer:one", "stillborn:one"}
    measured = [one.case for one in found if isinstance(one, TimingSample)]
    assert {case: measured.count(case) for case in measured} == {f"{name}:one": 2 for name in ("a", "b", "c")}


def test_a_child_whose_parent_fails_is_measured_without_a_layer(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "parent", "os._exit(1)")
    write_target(tmp_path, "child", "", over="parent")
    found = list(timing.measure(plan(environment, tmp_path)))
    assert {one.parent for one in found if isinstance(one, TimingSample)} == {None}


def test_allocations_are_the_same_under_every_hash_seed_and_know_what_was_added(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "parent", "kept = [bytes(1000) for _ in range(10)]\nwords = {str(i): i for i in range(50)}")
    write_target(
        tmp_path,
        "child",
        "kept = [bytes(1000) for _ in range(30)]\nwords = {str(i): i for i in range(50)}",
        over="parent",
    )
    three = replace(TINY, allocation_launches=3)
    found = [
        one for one in allocations.measure(plan(environment, tmp_path, three)) if isinstance(one, AllocationSample)
    ]
    counts = {
        case: {(s.allocs, s.alloc_bytes) for s in found if s.case == case} for case in ("parent:one", "child:one")
    }
    assert all(len(seen) == 1 for seen in counts.values())
    assert len({sample.hash_seed for sample in found}) == 3
    ((child_allocs, child_bytes),) = counts["child:one"]
    ((parent_allocs, parent_bytes),) = counts["parent:one"]
    requests = found[0].requests
    # 20 more objects of 1,000 bytes and their header; the list grows a few times more.
    assert 20 <= (child_allocs - parent_allocs) / requests <= 26
    assert 20_000 <= (child_bytes - parent_bytes) / requests <= 24_000
