"""Blocks of starts through the analysis of a comparison: what counts, what decides, and that nothing is made up."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from startups import REST_MB, blocks_of, start, started, startup_comparison, startups_compared

from bench.analysis.comparison import verdicts as analysis
from bench.analysis.comparison.blocks import blocks
from bench.analysis.comparison.startup_blocks import start_costs, too_short
from bench.model.comparison import Comparison, Metric, Verdict
from bench.model.pair_samples import Stage, StartupPair
from bench.model.startup import AppStart
from bench.stats.two_stage import PILOT

TRIALS, MOST = 8, 60


def verdicts(comparison: Comparison) -> dict[tuple[str, Metric], Verdict]:
    return {(one.case, one.metric): one.verdict for one in analysis.primary_results(comparison)}


def test_start_up_and_memory_are_judged_each_by_itself() -> None:
    assert verdicts(startups_compared()) == {
        ("slow", "startup_cpu_ms"): Verdict.SLOWER,
        ("slow", "rest_mb"): Verdict.EQUIVALENT,
        ("small", "startup_cpu_ms"): Verdict.EQUIVALENT,
        ("small", "rest_mb"): Verdict.FASTER,
        ("same", "startup_cpu_ms"): Verdict.EQUIVALENT,
        ("same", "rest_mb"): Verdict.EQUIVALENT,
    }


def test_a_series_by_memory_is_decided_by_memory_alone() -> None:
    made = startups_compared().model_copy(update={"gate": "rest_mb"})
    made = made.model_copy(update={"results": analysis.results(made)})
    assert {metric for _, metric in verdicts(made)} == {"rest_mb"}
    assert verdicts(made)["small", "rest_mb"] is Verdict.FASTER


def test_start_up_is_import_and_lifespan_without_the_first_request_and_a_missing_lifespan_costs_nothing() -> None:
    one, without = start(cpu=1.0, lifespan_ms=100.0), start(cpu=1.0, lifespan_ms=None)
    assert one.startup_cpu_ms == pytest.approx(without.startup_cpu_ms + 100.0)
    assert without.startup_cpu_ms == without.import_cpu_ms


def test_a_block_on_a_core_that_was_disturbed_before_or_after_a_start_counts_for_no_time_but_for_memory() -> None:
    usual = [started("a", number, "pilot", start(), start()) for number in range(1, 9)]
    disturbed = [
        started("a", 9, "pilot", start(), start(cpu=1.5, slowed=(1.4, 1.0))),
        started("a", 10, "pilot", start(cpu=1.5, slowed=(1.0, 1.4)), start()),
    ]
    made = startup_comparison("a").model_copy(update={"samples": (*usual, *disturbed)})
    cpu, memory = blocks(made, "startup_cpu_ms")["a"], blocks(made, "rest_mb")["a"]
    assert len(cpu.pilot) == len(usual)
    assert cpu.left_out == ("other processes used the core",) * 2
    assert all(log == 0 for log in cpu.pilot)
    assert (len(memory.pilot), memory.left_out) == (10, ())


def test_reference_work_after_a_start_has_a_limit_of_its_own() -> None:
    """Caches are fuller then: slower throughout is no disturbance."""
    made = startup_comparison("a").model_copy(
        update={
            "samples": tuple(
                started("a", number, "pilot", start(slowed=(1.0, 1.3)), start(slowed=(1.0, 1.3)))
                for number in range(1, 9)
            )
        }
    )
    assert blocks(made, "startup_cpu_ms")["a"].left_out == ()


def test_cores_and_interpreters_of_different_speed_have_limits_of_their_own() -> None:
    pairs = [
        started("a", number, "pilot", start(slowed=(by, by)), start(slowed=(1.3 * by, 1.3 * by)), core=core)
        for number in range(1, 17)
        for core, by in [((number % 2), 1.0 + 0.5 * (number % 2))]
    ]
    made = startup_comparison("a").model_copy(update={"samples": tuple(pairs)})
    assert blocks(made, "startup_cpu_ms")["a"].left_out == ()


def test_a_step_that_one_start_lacks_has_no_result_and_the_others_have_theirs() -> None:
    pairs = [
        started("a", number, "pilot", start(), start(lifespan_ms=None if number == 3 else 0.5)) for number in range(9)
    ]
    made = startup_comparison("a").model_copy(update={"samples": tuple(pairs)})
    assert {one.metric for one in analysis.results(made)} == {
        "startup_cpu_ms",
        "rest_mb",
        "libraries_cpu_ms",
        "build_cpu_ms",
        "first_request_cpu_ms",
        "build_mb",
    }
    assert start_costs(made, "head", "lifespan_cpu_ms") == {}
    assert start_costs(made, "head", "rest_mb") == {"a": REST_MB}


def test_what_is_nothing_is_a_cost_and_has_no_ratio() -> None:
    pairs = [started("a", number, "pilot", start(build_mb=0.0), start(build_mb=0.0)) for number in range(9)]
    made = startup_comparison("a").model_copy(update={"samples": tuple(pairs)})
    assert start_costs(made, "head", "build_mb") == {"a": 0.0}
    assert "build_mb" not in {one.metric for one in analysis.results(made)}


def test_a_start_of_hardly_any_cpu_is_judged_by_memory_alone_and_asks_for_no_more_blocks() -> None:
    pairs = tuple(blocks_of("a", {"pilot": PILOT}, spread=0.3))
    made = startup_comparison("a").model_copy(update={"samples": pairs})
    assert analysis.blocks_wanted(made)["a"] > 0

    def short(one: AppStart) -> AppStart:
        return one.model_copy(update={"import_cpu_ms": one.import_cpu_ms / 1e3})

    made = made.model_copy(
        update={
            "samples": tuple(one.model_copy(update={"base": short(one.base), "head": short(one.head)}) for one in pairs)
        }
    )
    assert too_short(made) == {"a"}
    assert analysis.blocks_wanted(made) == {}
    said = {one.metric: one for one in analysis.results(made)}
    assert said["rest_mb"].valid
    assert said["startup_cpu_ms"].verdict is Verdict.INCOMPARABLE
    assert "too short" in said["startup_cpu_ms"].reasons[0]
    dearer = tuple(one.model_copy(update={"base": short(one.base)}) for one in pairs)
    assert too_short(made.model_copy(update={"samples": dearer})) == set()


def test_what_looks_changed_by_either_metric_is_to_be_confirmed() -> None:
    samples = (*blocks_of("cpu", {"pilot": 12}, cpu=1.3), *blocks_of("memory", {"pilot": 12}, held=1.6))
    made = startup_comparison("cpu", "memory").model_copy(update={"samples": samples})
    assert analysis.candidates(made).keys() == {"cpu", "memory"}
    (held,) = [one for one in analysis.results(made) if (one.case, one.metric) == ("memory", "rest_mb")]
    assert held.verdict is Verdict.INCONCLUSIVE
    assert held.reasons == ("looks larger, but no time was left to confirm it; use a larger --budget",)


def test_a_case_gets_as_many_blocks_as_the_metric_that_varies_more_needs() -> None:
    made = startup_comparison("a").model_copy(update={"samples": tuple(blocks_of("a", {"pilot": PILOT}, spread=0.04))})
    assert analysis.blocks_wanted(made)["a"] > 0
    by_memory = made.model_copy(update={"gate": "rest_mb"})
    assert analysis.blocks_wanted(by_memory) == {}


@dataclass(frozen=True)
class Machine:
    """Blocks take turns on its cores, some of them slower. Starts differ by `spread`; in a share of `bursts` somebody
    slows a core: before, during or after a start, as it happens."""

    slow: tuple[float, ...] = (1.0, 1.0)
    spread: float = 0.015
    bursts: float = 0.0

    def block(self, number: int, stage: Stage, case: str, ratio: float, rng: random.Random) -> StartupPair:
        core = number % len(self.slow)
        base, head = self._start(core, 1.0, rng), self._start(core, ratio, rng)
        return started(case, number, stage, base, head, core)

    def _start(self, core: int, ratio: float, rng: random.Random) -> AppStart:
        slow = self.slow[core]
        burst = rng.uniform(1.1, 1.5) if rng.random() < self.bursts else 1.0
        seen = [slow * (burst if rng.random() < 0.8 else 1.0) * rng.gauss(1, 0.01) for _ in range(2)]
        cost = ratio * slow * burst * math.exp(rng.gauss(0, self.spread))
        held = ratio * (1.0 + 0.001 * rng.randrange(4))
        return start(cpu=cost, held=held, slowed=(seen[0], seen[1]))


def measured(machine: Machine, ratios: Mapping[str, float], margin: float, seed: int) -> Comparison:
    """All stages, as many blocks as the analysis asks for."""
    rng = random.Random(seed)
    made = startup_comparison(*ratios, margin=margin)
    numbers = iter(range(1, 10**6))

    def more(found: Comparison, stage: Stage, wanted: Mapping[str, int]) -> Comparison:
        fresh = [
            machine.block(next(numbers), stage, name, ratio, rng)
            for name, ratio in ratios.items()
            for _ in range(wanted.get(name, 0))
        ]
        return found.model_copy(update={"samples": (*found.samples, *fresh)})

    made = more(made, "pilot", dict.fromkeys(ratios, PILOT))
    while wanted := {
        id_: min(number, MOST - have)
        for id_, number in analysis.blocks_wanted(made).items()
        if (have := Counter(one.case for one in made.samples)[id_]) < MOST
    }:
        made = more(made, "further", wanted)
    made = more(made, "confirmation", analysis.candidates(made))
    return made.model_copy(update={"results": analysis.results(made)})


MACHINES = {
    "equal cores": Machine(),
    "one core is slower by half": Machine((1.0, 1.5)),
    "a single one in bursts": Machine((1.0,), bursts=0.2),
    "starts vary much": Machine(spread=0.05),
}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_of_identical_apps_none_is_called_changed_and_intervals_hold_the_truth(machine: Machine) -> None:
    said: Counter[Verdict] = Counter()
    held = figures = 0
    for seed in range(TRIALS):
        for one in analysis.primary_results(measured(machine, dict.fromkeys("ab", 1.0), 0.03, seed)):
            said[one.verdict] += 1
            if one.ci_low is not None and one.ci_high is not None:
                held += one.ci_low <= 1 <= one.ci_high
                figures += 1
    assert said[Verdict.SLOWER] == said[Verdict.FASTER] == 0
    assert figures >= 0.9 * 4 * TRIALS
    assert figures - held <= 2


def test_a_change_of_twice_the_margin_is_found_by_both_metrics() -> None:
    found: Counter[Verdict] = Counter()
    for seed in range(TRIALS):
        found.update(verdicts(measured(Machine(), {"a": 1.06}, 0.03, seed)).values())
    assert found[Verdict.FASTER] == 0
    assert found[Verdict.SLOWER] >= 0.9 * 2 * TRIALS
