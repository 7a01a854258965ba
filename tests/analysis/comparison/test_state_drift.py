"""Growth with the requests is found where it is planted, and not in noise as real windows and launches have it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from comparisons import comparison

from bench.analysis.comparison.state_drift import drifts
from bench.model.comparison import Comparison, StateDrift
from bench.model.pair_samples import PairSample
from bench.model.run import Windows
from bench.model.workload import Case

BLOCKS, WINDOWS, CALLS = 20, 33, 10
LAUNCH = CALLS * (WINDOWS + 1)
"""Requests of a launch."""


def case(name: str) -> Case:
    return Case(target="app.main:app", request=name, over=None, adds="app", description="", source_sha256="0" * 64)


def autocorrelated(rng: np.random.Generator, number: int, sd: float, rho: float = 0.4) -> np.ndarray:
    """Noise whose neighbours resemble each other, now and then with one far off."""
    steps = rng.normal(0, sd * math.sqrt(1 - rho**2), number)
    for at in range(1, number):
        steps[at] += rho * steps[at - 1]
    return steps + (rng.random(number) < 0.03) * rng.exponential(0.3, number)


def arm(rng: np.random.Generator, trend: np.ndarray, each: float, kept: float) -> list[Windows]:
    """A side's launches: windows with noise of 5%, launches of 3%, and the machine's `trend`; a cost that grows by the
    share `each` a request, over a launch, and over all of them by `kept`."""
    made = []
    for block in range(BLOCKS):
        asked = CALLS * np.arange(1, WINDOWS + 1)
        grown = 1 + each * asked + kept * (block * LAUNCH + asked)
        logs = autocorrelated(rng, WINDOWS, 0.05) + rng.normal(0, 0.03) + trend[block] + np.log(grown)
        costs = tuple(300 * np.exp(logs))
        slow = tuple(200 * np.exp(trend[block] + rng.normal(0, 0.01, WINDOWS)))
        made.append(Windows(calls=CALLS, cpu_us=costs, wall_us=costs, gc_us=(0.0,) * WINDOWS, reference_us=slow))
    return made


def measured(seed: int, *, each: tuple[float, float] = (0, 0), kept: tuple[float, float] = (0, 0)) -> Comparison:
    """Of one route that grows as it says on the base and the head, and one that doesn't."""
    rng = np.random.default_rng(seed)
    trend = np.cumsum(rng.normal(0, 0.01, BLOCKS))
    samples = []
    names = ("POST /items", "GET /items")
    for name in names:
        planted = name == names[0]
        both = [arm(rng, trend, each[at] * planted, kept[at] * planted) for at in (0, 1)]
        for block, (base, head) in enumerate(zip(*both, strict=True), 1):
            samples.append(
                PairSample(
                    case=name, block=block, stage="pilot", hash_seed=block, base=base, head=head,
                    head_first=(False,) * WINDOWS,
                )
            )  # fmt: skip
    return comparison().model_copy(update={"cases": tuple(map(case, names)), "samples": tuple(samples)})


@pytest.mark.slow
def test_noise_is_no_drift_in_a_thousand_series_of_launches() -> None:
    assert [drifts(measured(seed)) for seed in range(250)] == [()] * 250  # two routes on two sides each


def test_noise_is_no_drift() -> None:
    assert [drifts(measured(seed)) for seed in range(4)] == [()] * 4


def by_side(found: tuple[StateDrift, ...]) -> dict[str, StateDrift]:
    assert {one.case for one in found} <= {"POST /items"}
    return {one.side: one for one in found}


def test_growth_within_launches_is_found_on_the_side_that_grows_with_its_size() -> None:
    truth = 0.5 / 1000
    for seed in range(4):
        found = by_side(drifts(measured(seed, each=(0, truth))))
        assert found.keys() == {"head"}
        middle = truth * 1000 / (1 + truth * LAUNCH / 2)  # of what a request costs in the middle of a launch
        assert found["head"].per_thousand == pytest.approx(middle, rel=0.2)
        assert found["head"].ci_low < middle < found["head"].ci_high
        assert found["head"].requests == LAUNCH


def test_growth_that_outlives_its_launch_is_found_over_all_of_them() -> None:
    truth = 0.1 / 1000
    for seed in range(4):
        found = by_side(drifts(measured(seed, kept=(truth, truth))))
        assert found.keys() == {"base", "head"}
        assert {one.requests for one in found.values()} == {BLOCKS * LAUNCH}
        middle = truth * 1000 / (1 + truth * BLOCKS * LAUNCH / 2)
        assert found["base"].per_thousand == pytest.approx(middle, rel=0.25)


def test_growth_below_the_margin_and_a_cost_that_falls_are_none() -> None:
    for seed in range(4):
        assert drifts(measured(seed, each=(0.02 / LAUNCH, -0.3 / LAUNCH), kept=(0, 0))) == ()
        assert drifts(measured(seed, kept=(0.1 / (BLOCKS * LAUNCH), -0.4 / (BLOCKS * LAUNCH)))) == ()


def test_a_margin_of_its_own_counts() -> None:
    made = measured(1, each=(0.1 / LAUNCH, 0.1 / LAUNCH))
    assert by_side(drifts(made)).keys() == {"base", "head"}
    own = tuple(one.model_copy(update={"margin": 0.3}) for one in made.cases)
    assert drifts(made.model_copy(update={"cases": own})) == ()


def test_too_few_launches_and_cases_of_targets_say_nothing() -> None:
    made = measured(1, each=(0.001, 0.001))
    assert drifts(made)
    few = tuple(one for one in made.samples if isinstance(one, PairSample) and one.block < 5)
    assert drifts(made.model_copy(update={"samples": few})) == ()
    targets = tuple(one.model_copy(update={"target": "app"}) for one in made.cases)
    assert drifts(made.model_copy(update={"cases": targets})) == ()
    assert drifts(comparison()) == ()
