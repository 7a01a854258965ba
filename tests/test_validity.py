"""Every safeguard passes on good evidence, and fails on evidence that is bad in just its way."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, get_type_hints

import pytest
from factories import synthetic_run, timing_sample
from hypothesis import given
from hypothesis import strategies as st

from bench import validity
from bench.host import Cores
from bench.load.histogram import from_latencies
from bench.samples import (
    AllocationSample,
    Check,
    LoadSample,
    MemorySample,
    Noise,
    ProfileSample,
    Sample,
    TimingSample,
    Windows,
)

LOAD = LoadSample(
    case="fastapi_plain:rows1",
    scenario="hot",
    launch=0,
    model="closed",
    users=16,
    warmup_s=1.0,
    duration_s=5.0,
    requests=50_000,
    per_second=(10_000, 10_020, 9_990, 10_010, 9_980),
    errors={},
    latency=from_latencies([1_500_000] * 10),
    verified=500,
    connections=16,
    reconnects=0,
    client_requests=60_004,
    server_requests=60_004,
    client_cpu_s=1.5,
    server_user_s=4.0,
    server_system_s=0.9,
    server_cpu_s=4.9,
    reference_us=(200.0,) * 10,
    idle_reference_us=(200.0,) * 100,
    server_rss_mb=60.0,
    server_cores=(1,),
    client_cores=(0,),
)
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
NOISE = Noise(at="start", core=1, duration_s=0.3, stolen_share=0.004, longest_gap_us=310.0)
PAIRED = Cores((1,), (0,))
GOOD: tuple[Any, ...] = (LOAD, TIMING, MEMORY, PROFILE, NOISE)

# What is wrong: the check that has to see it, and what its evidence must say.
BAD_LOADS: dict[str, tuple[str, dict[str, Any], str]] = {
    "nothing came": ("answered at all", {"requests": 0, "per_second": (0,) * 5}, "0 requests"),
    "one failed": ("no errors", {"errors": {"timeout": 1}}, "1 timeout beside 50000 answered"),
    "two kinds failed": ("no errors", {"errors": {"timeout": 2, "reset": 1}}, "1 reset, 2 timeout"),
    "never compared": ("answers verified", {"verified": 0}, "0 compared"),
    "server saw fewer": ("counted on both sides", {"server_requests": 59_987}, "client 60004, server 59987"),
    "server saw more": ("counted on both sides", {"server_requests": 60_021}, "client 60004, server 60021"),
    "client at its limit": ("client not saturated", {"client_cpu_s": 4.99}, "client 100% of a core, server 98%"),
    "client in the database's way": (
        "client not saturated",
        {"client_cpu_s": 1.8, "database_cpu_s": 3.1, "server_cpu_s": 4.5},
        "client 36% of a core, server 90%, database 62%, maybe of the client's core",
    ),
    "server waits": ("server busy", {"server_cpu_s": 2.4}, "48% of a core"),
    "server and database wait": (
        "server busy",
        {"server_cpu_s": 1.5, "database_cpu_s": 0.5},
        "server 30% of a core, database 10%",
    ),
    "one core for both": ("disjoint cores", {"server_cores": (0, 1)}, "server on [0, 1], client on [0]"),
    "server not pinned": ("disjoint cores", {"server_cores": ()}, "server on [], client on [0]"),
    "client not pinned": ("disjoint cores", {"client_cores": ()}, "server on [1], client on []"),
    "rate climbs": ("steady", {"per_second": (8_000, 8_500, 9_500, 10_000, 9_000)}, "second half +18.2%"),
    "rate falls": ("steady", {"per_second": (10_000, 10_000, 8_000, 8_000, 8_000)}, "second half -20.0%"),
    "two seconds apart": ("steady", {"per_second": (10_000, 8_000, 900)}, "second half -20.0%"),
    "climbs on a core that slows": (
        "steady",
        {"per_second": (10_000,) * 5, "reference_us": (200.0,) * 5 + (250.0,) * 5},
        "second half +25.0%",
    ),
    "core speed unknown": ("core speed known", {"reference_us": (200.0,)}, "1 reference runs"),
    "nothing until late": ("steady", {"per_second": (0, 0, 10_000, 10_000, 10_000)}, "second half +inf%"),
    "nothing but at the end": ("steady", {"per_second": (0, 0, 10_000)}, "second half +inf%"),
}


def failed(sample: Sample) -> list[Check]:
    return [check for check in validity.checks(sample) if not check.passed]


@pytest.mark.parametrize("sample", [LOAD, TIMING, MEMORY, PROFILE], ids=lambda sample: sample.kind)
def test_good_evidence_passes_every_safeguard_of_its_kind(sample: Sample) -> None:
    found = validity.checks(sample)
    assert found
    assert all(check.passed for check in found)
    assert len({check.name for check in found}) == len(found)


@pytest.mark.parametrize(("name", "wrong", "evidence"), BAD_LOADS.values(), ids=BAD_LOADS)
def test_a_load_that_is_bad_in_one_way_fails_just_that_safeguard(
    name: str, wrong: Mapping[str, Any], evidence: str
) -> None:
    (check,) = failed(LOAD.model_copy(update=dict(wrong)))
    assert check.name == name
    assert evidence in check.evidence


@pytest.mark.parametrize(
    "fine",
    [
        {"server_requests": 60_004 - 16},
        {"server_requests": 60_004 + 16},
        {"client_cpu_s": 4.95, "server_cpu_s": 4.97},
        {"server_cpu_s": 2.6},
        {"per_second": (10_000, 9_000, 10_000, 9_000, 10_000)},
        {"per_second": (50_000,)},
        {"per_second": (10_000, 10_100)},
        {"per_second": (10_000, 10_000, 5_000, 5_000, 900), "reference_us": (200.0,) * 5 + (400.0,) * 5},
        {"per_second": (3, 19, 1), "users": 16},
        {"per_second": (0, 3, 2, 4), "users": 4},
        {"per_second": (0, 0, 0, 0)},
        {"server_cpu_s": 1.5, "database_cpu_s": 1.5},
        {"client_cpu_s": 1.8, "database_cpu_s": 3.1, "server_cpu_s": 4.8},
        {"client_cpu_s": 0.4, "database_cpu_s": 4.5, "server_cpu_s": 3.0},
        {"client_cpu_s": 1.8, "database_cpu_s": 3.9, "server_cpu_s": 3.0},
    ],
    ids=str,
)
def test_what_is_within_a_limit_passes(fine: Mapping[str, Any]) -> None:
    assert failed(LOAD.model_copy(update=dict(fine))) == []


def test_a_server_may_idle_whose_users_take_their_time() -> None:
    paced = LOAD.model_copy(update={"requests": 500, "per_second": (100,) * 5, "server_cpu_s": 0.1})
    assert failed(paced) == []
    (check,) = [check for check in validity.checks(paced) if check.name == "server busy"]
    assert "2% of a core; its users set the pace, and waited for answers 1% of the time" in check.evidence


def test_a_last_second_that_was_cut_short_is_not_taken_for_a_fall() -> None:
    whole = (10_000, 10_000, 10_000, 10_000)
    assert failed(LOAD.model_copy(update={"per_second": (*whole, 2_000)})) == []
    assert failed(LOAD.model_copy(update={"per_second": (10_000, 10_000, 10)})) == []


def test_a_client_that_spins_is_no_limit_while_the_server_is_busier() -> None:
    spinning = LOAD.model_copy(update={"client_cpu_s": 4.9, "server_cpu_s": 4.95})
    assert failed(spinning) == []
    (check,) = failed(spinning.model_copy(update={"server_cpu_s": 4.85}))
    assert check.name == "client not saturated"


@pytest.mark.parametrize(
    ("sample", "name", "evidence"),
    [
        (timing_sample("a:one", 0, (0.4,) * 9), "windows long enough", "0.40 ms"),
        (
            TIMING.model_copy(update={"windows": Windows(calls=9, cpu_us=(), wall_us=(), gc_us=(), reference_us=())}),
            "windows long",
            "0",
        ),
        (MEMORY.model_copy(update={"peak_mb": -0.25}), "high water read", "-0.25 MB"),
        (PROFILE.model_copy(update={"duration_s": 0.09}), "enough samples", "about 90 samples"),
    ],
    ids=["short windows", "no windows", "below", "few samples"],
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


def test_a_machine_with_two_quiet_cores_is_fit() -> None:
    assert all(check.passed for check in validity.fitness(PAIRED, NOISE, 0.1))


@pytest.mark.parametrize(
    ("name", "cores", "noise", "load_average", "evidence"),
    [
        ("a core for the client", Cores(None, None), NOISE, 0.1, "two cores at least are needed"),
        ("quiet at the start", PAIRED, NOISE.model_copy(update={"stolen_share": 0.2}), 0.1, "20.0% of core 1"),
        ("nothing else runs", PAIRED, NOISE, 0.9, "load average 0.90"),
    ],
)
def test_a_machine_that_is_unfit_in_one_way_fails_just_that_check(
    name: str, cores: Cores, noise: Noise, load_average: float, evidence: str
) -> None:
    (check,) = [check for check in validity.fitness(cores, noise, load_average) if not check.passed]
    assert check.name == name
    assert evidence in check.evidence


def safeguards() -> dict[str, type]:
    """The functions of the module that judge one piece of evidence, and what kind of evidence that is."""
    own = inspect.getmembers(
        validity, lambda member: inspect.isfunction(member) and member.__module__ == "bench.validity"
    )
    hints = {name: get_type_hints(function) for name, function in own}
    return {name: next(iter(hint.values())) for name, hint in hints.items() if hint["return"] is Check}


@pytest.mark.parametrize(("name", "kind"), safeguards().items())
def test_no_safeguard_of_the_module_is_forgotten(name: str, kind: type) -> None:
    evidence: Any
    (evidence,) = [one for one in GOOD if isinstance(one, kind)]
    own = getattr(validity, name)(evidence)
    assert own in (validity.fitness(PAIRED, evidence, 0.1) if kind is Noise else validity.checks(evidence))


def test_every_safeguard_of_a_load_is_known_to_these_tests() -> None:
    assert {check.name for check in validity.checks(LOAD)} == {name for name, _, _ in BAD_LOADS.values()}


def test_only_allocations_need_no_safeguard_of_their_own_since_launches_must_agree() -> None:
    kinds = {type(sample): validity.checks(sample) for sample in synthetic_run().samples}
    assert {kind for kind, found in kinds.items() if not found} == {AllocationSample}


def test_nothing_measured_in_no_time_fails_and_divides_by_nothing() -> None:
    empty = LOAD.model_copy(update={"requests": 0, "per_second": (), "duration_s": 0.0})
    assert {check.name for check in failed(empty)} == {"answered at all", "client not saturated", "server busy"}
    assert failed(PROFILE.model_copy(update={"interval_s": 0.0}))
    assert failed(PROFILE.model_copy(update={"duration_s": 0.0}))


SECONDS = st.floats(0, 1e3)
COUNTS = st.integers(0, 10**6)


LOADS = st.fixed_dictionaries(
    {
        "duration_s": SECONDS,
        "requests": COUNTS,
        "per_second": st.lists(COUNTS, max_size=6).map(tuple),
        "client_cpu_s": SECONDS,
        "server_cpu_s": SECONDS,
        "database_cpu_s": st.none() | SECONDS,
        "verified": COUNTS,
        "server_cores": st.sampled_from([(), (0,), (1,)]),
    }
)


@given(held=LOADS)
def test_whatever_a_load_holds_is_judged_and_only_one_with_answers_may_pass(held: dict[str, Any]) -> None:
    found = validity.checks(LOAD.model_copy(update=held))
    assert all(check.evidence for check in found)
    if all(check.passed for check in found):
        assert min(held["requests"], held["duration_s"], held["verified"]) > 0


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
    assert all(check.evidence for sample in samples for check in validity.checks(sample))
