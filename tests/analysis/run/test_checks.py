"""Every safeguard passes on good evidence, and fails on evidence that is bad in just its way."""

from __future__ import annotations

import inspect
from typing import Any, get_type_hints

import pytest
from boundaries import COSTS, boundary_sample
from factories import synthetic_run, timing_sample
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.run import checks
from bench.model.run import AllocationSample, Check, MemorySample, ProfileSample, Sample, TimingSample, Windows

TIMING = timing_sample("fastapi_plain:rows1", 0, (30.0, 31.0, 30.5, 30.2))
MEMORY = MemorySample(
    case="csv_full:export",
    launch=0,
    before_mb=44.0,
    peak_mb=27.0,
    body_bytes=7_900_000,
    first_byte_ms=180.0,
    elapsed_ms=190.0,
)
PROFILE = ProfileSample(
    case="fastapi_plain:rows1", file="profiles/a.folded", interval_s=0.001, duration_s=2.0, requests=9000, tax=2.1
)
TIMED = boundary_sample("fastapi_plain:rows1", 0, COSTS)
GOOD: tuple[Any, ...] = (TIMING, MEMORY, PROFILE, TIMED)


def failed(sample: Sample) -> list[Check]:
    return [check for check in checks.checks(sample) if not check.passed]


@pytest.mark.parametrize("sample", [TIMING, MEMORY, PROFILE, TIMED], ids=lambda sample: sample.kind)
def test_good_evidence_passes_every_safeguard_of_its_kind(sample: Sample) -> None:
    found = checks.checks(sample)
    assert found
    assert all(check.passed for check in found)
    assert len({check.name for check in found}) == len(found)


@pytest.mark.parametrize(
    ("sample", "name", "evidence"),
    [
        (timing_sample("a:one", 0, (0.4,) * 9), "windows long enough", "0.40 ms"),
        (
            TIMING.model_copy(update={"windows": Windows(calls=9, cpu_us=(), wall_us=(), gc_us=(), reference_us=())}),
            "windows long",
            "0",
        ),
        (MEMORY.model_copy(update={"peak_mb": -0.25}), "peak memory read", "-0.25 MB"),
        (PROFILE.model_copy(update={"duration_s": 0.09}), "enough samples", "about 90 samples"),
        (TIMED.model_copy(update={"errors": {"wrong answer": 3}}), "responses as without timers", "3 wrong answer"),
        (TIMED.model_copy(update={"verified": 0}), "responses as without timers", "0 responses compared"),
        (TIMED.model_copy(update={"users": 500}), "enough requests", "500 concurrent"),
        (TIMED.model_copy(update={"loaded_on_s": -0.1}), "loaded throughout", "-0.10 s"),
    ],
    ids=["short windows", "no windows", "below", "few samples", "wrong", "unseen", "few requests", "idle"],
)
def test_any_other_sample_that_is_bad_in_one_way_fails_just_that_safeguard(
    sample: Sample, name: str, evidence: str
) -> None:
    (check,) = failed(sample)
    assert check.name.startswith(name)
    assert evidence in check.evidence


def test_more_cpu_than_time_passed_is_not_believed() -> None:
    windows = Windows(calls=1000, cpu_us=(40.0,) * 4, wall_us=(30.0,) * 4, gc_us=(0.0,) * 4, reference_us=(200.0,) * 4)
    (check,) = failed(TIMING.model_copy(update={"windows": windows}))
    assert (check.name, check.evidence) == ("CPU within elapsed", "40.0 of 30.0 µs")


def test_one_preempted_window_does_not_condemn_a_launch() -> None:
    windows = Windows(
        calls=1000, cpu_us=(30.0, 30.0, 0.1), wall_us=(31.0, 31.0, 900.0), gc_us=(0.0,) * 3, reference_us=(200.0,) * 3
    )
    assert failed(TIMING.model_copy(update={"windows": windows})) == []


def safeguards() -> dict[str, type]:
    """The functions of the module that judge one piece of evidence, and what kind of evidence that is."""
    own = inspect.getmembers(
        checks, lambda member: inspect.isfunction(member) and member.__module__ == "bench.analysis.run.checks"
    )
    hints = {name: get_type_hints(function) for name, function in own}
    return {name: next(iter(hint.values())) for name, hint in hints.items() if hint["return"] is Check}


@pytest.mark.parametrize(("name", "kind"), safeguards().items())
def test_no_safeguard_of_the_module_is_forgotten(name: str, kind: type) -> None:
    evidence: Any
    (evidence,) = [one for one in GOOD if isinstance(one, kind)]
    own = getattr(checks, name)(evidence)
    assert own in checks.checks(evidence)


def test_only_allocations_need_no_safeguard_of_their_own_since_launches_must_agree() -> None:
    kinds = {type(sample): checks.checks(sample) for sample in synthetic_run().samples}
    assert {kind for kind, found in kinds.items() if not found} == {AllocationSample}


def test_a_profile_of_no_time_fails_and_divides_by_nothing() -> None:
    assert failed(PROFILE.model_copy(update={"interval_s": 0.0}))
    assert failed(PROFILE.model_copy(update={"duration_s": 0.0}))


SECONDS = st.floats(0, 1e3)
COUNTS = st.integers(0, 10**6)


@given(
    calls=COUNTS,
    windows=st.lists(st.tuples(SECONDS, SECONDS), max_size=6),
    interval_s=SECONDS,
    duration_s=SECONDS,
    peak_mb=st.floats(-1e3, 1e3),
)
def test_whatever_another_sample_holds_is_judged(
    calls: int, windows: list[tuple[float, float]], interval_s: float, duration_s: float, peak_mb: float
) -> None:
    cpu_us, wall_us = tuple(cpu for cpu, _ in windows), tuple(wall for _, wall in windows)
    timing = Windows(
        calls=calls, cpu_us=cpu_us, wall_us=wall_us, gc_us=(0.0,) * len(windows), reference_us=(200.0,) * len(windows)
    )
    samples: tuple[TimingSample | MemorySample | ProfileSample, ...] = (
        TIMING.model_copy(update={"windows": timing}),
        MEMORY.model_copy(update={"peak_mb": peak_mb}),
        PROFILE.model_copy(update={"interval_s": interval_s, "duration_s": duration_s}),
    )
    assert all(check.evidence for sample in samples for check in checks.checks(sample))
