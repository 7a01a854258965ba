"""The figures of a run, against truths worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.analysis.run.figures import Standing, Summary
from bench.analysis.run.summary import summarise
from bench.model.load import LoadSample
from bench.model.run import AllocationSample, MemorySample, MissingSample, Noise, Sample
from bench.model.workload import Case, Pass
from bench.stats.histogram import from_latencies
from tests.factories import synthetic_run, timing_sample


def case(target: str, over: str | None = None, request: str = "plain") -> Case:
    parent_id = f"{over}:{request}" if over else None
    return Case(
        target=target,
        request=request,
        over=over,
        parent_id=parent_id,
        adds=target,
        description="",
        source_sha256="",
    )


RUN = synthetic_run()
ROOT, CHILD, GRANDCHILD = case("root"), case("child", "root"), case("grandchild", "child")


def read(cases: list[Case], samples: list[Sample], absences: list[MissingSample] | None = None) -> Summary:
    update = {"cases": tuple(cases), "samples": tuple(samples), "absences": tuple(absences or [])}
    return summarise(RUN.model_copy(update=update))


def load_sample(launch: int, requests: int, latency_ns: int, scenario: str = "steady") -> LoadSample:
    return LoadSample(
        case=ROOT.id,
        scenario=scenario,
        launch=launch,
        model="closed",
        users=16,
        warmup_s=1.0,
        duration_s=2.0,
        requests=requests,
        per_second=(requests // 2, requests // 2),
        errors={},
        latency=from_latencies([latency_ns] * requests),
        verified=10,
        connections=16,
        reconnects=0,
        client_requests=requests,
        server_requests=requests,
        client_cpu_s=0.1,
        server_user_s=1.2,
        server_system_s=0.6,
        server_cpu_s=1.8,
        reference_us=(200.0,) * 10,
        idle_reference_us=(200.0,) * 100,
        server_rss_mb=50.0 + launch,
        server_cores=(1,),
        client_cores=(0,),
    )


def test_a_launch_counts_once_by_its_median_window() -> None:
    launches = [timing_sample(ROOT.id, launch, (cost, cost, 900.0)) for launch, cost in enumerate((10.0, 12.0, 14.0))]
    timing = read([ROOT], [*launches]).cases[ROOT.id].timing.value
    assert timing is not None
    assert timing.cpu_us.mean == pytest.approx(12.0)
    assert timing.cpu_us.n == 3
    # Student t with 2 degrees of freedom: 4.302653 x 2 / √3.
    assert timing.cpu_us.half_width == pytest.approx(4.9682750, rel=1e-6)


def test_garbage_collection_that_strikes_one_window_is_not_lost() -> None:
    sample = timing_sample(ROOT.id, 0, (10.0,) * 4, gc_us=(0.0, 0.0, 0.0, 8.0))
    timing = read([ROOT], [sample]).cases[ROOT.id].timing.value
    assert timing is not None
    assert timing.gc_us.mean == pytest.approx(2.0)


def test_a_layer_is_the_median_difference_of_windows_side_by_side() -> None:
    # A drift that both share cancels; the difference of the medians, 5, would not be the same.
    child, parent = (11.0, 23.0, 32.0), (10.0, 20.0, 30.0)
    summary = read([ROOT, CHILD], [timing_sample(CHILD.id, 0, child, (ROOT.id, parent))])
    added = summary.cases[CHILD.id].added_us.value
    assert added is not None
    assert added.mean == pytest.approx(2.0)
    assert added.low is None


def test_a_chain_adds_up_to_its_end_to_end_cost_but_for_the_residual() -> None:
    samples = [
        timing_sample(ROOT.id, 0, (5.0,)),
        timing_sample(CHILD.id, 0, (12.0,), (ROOT.id, (5.5,))),
        timing_sample(GRANDCHILD.id, 0, (10.0,), (CHILD.id, (13.0,))),
    ]
    chain = read([ROOT, CHILD, GRANDCHILD], [*samples]).cases[GRANDCHILD.id].chain.value
    assert chain is not None
    assert [step.cost_us.mean for step in chain.steps] == [5.0, 6.5, -3.0]
    assert (chain.sum_us, chain.whole_us.mean) == (8.5, 10.0)
    assert chain.residual_us == pytest.approx(1.5)
    assert chain.residual_share == pytest.approx(0.15)
    assert chain.split


def test_a_case_whose_parent_answers_something_else_is_a_whole_that_is_not_taken_apart() -> None:
    alone = case("child", "root", "export")
    found = read([ROOT, alone], [timing_sample(alone.id, 0, (50.0,))]).cases[alone.id]
    assert found.added_us.standing is Standing.UNMEASURED
    assert found.chain.value is not None
    assert len(found.chain.value.steps) == 1
    assert not found.chain.value.split


def test_one_launch_that_failed_a_check_makes_the_figure_invalid_and_says_so() -> None:
    good, bad = timing_sample(ROOT.id, 0, (10.0,)), timing_sample(ROOT.id, 1, (0.001,))
    found = read([ROOT, CHILD], [good, bad, timing_sample(CHILD.id, 0, (20.0,), (ROOT.id, (10.0,)))])
    figure = found.cases[ROOT.id].timing
    assert (figure.value, figure.standing) == (None, Standing.INVALID)
    assert "1 of 2 launches" in figure.reasons[0]
    chain = found.cases[CHILD.id].chain
    assert chain.standing is Standing.INVALID
    assert chain.reasons[0].startswith(f"{ROOT.id}: ")
    assert found.cases[CHILD.id].added_us.value is not None


def test_an_observation_that_failed_is_invalid_even_beside_others_that_did_not() -> None:
    failed = MissingSample(case=ROOT.id, during=Pass.TIMING, kind="invalid", reason="the agent ended")
    figure = read([ROOT], [timing_sample(ROOT.id, 0, (10.0,))], [failed]).cases[ROOT.id].timing
    assert (figure.value, figure.standing, figure.reasons) == (None, Standing.INVALID, ("the agent ended",))


def test_what_was_skipped_or_not_measured_is_told_apart() -> None:
    skipped = MissingSample(case=CHILD.id, during=Pass.TIMING, kind="skipped", reason="needs fastapi>=9")
    summary = read([ROOT, CHILD], [], [skipped])
    assert summary.cases[ROOT.id].timing.standing is Standing.UNMEASURED
    assert summary.cases[CHILD.id].timing.standing is Standing.SKIPPED
    assert [(hole.case, hole.standing, hole.reasons) for hole in summary.holes] == [
        (CHILD.id, Standing.SKIPPED, ("needs fastapi>=9",))
    ]


def test_an_absence_of_a_case_that_the_run_does_not_hold_is_still_told() -> None:
    gone = MissingSample(case="gone:plain", during=Pass.TIMING, kind="skipped", reason="needs orjson")
    holes = read([ROOT], [], [gone]).holes
    assert [(hole.case, hole.passes) for hole in holes] == [("gone:plain", (Pass.TIMING,))]


@pytest.mark.parametrize(("second", "agree", "allocs"), [(100, True, 10.0), (120, False, 11.0)])
def test_allocations_are_counts_that_launches_agree_on_or_not(second: int, agree: bool, allocs: float) -> None:
    samples: list[Sample] = [
        AllocationSample(case=ROOT.id, launch=launch, hash_seed=0, requests=10, allocs=count, alloc_bytes=500)
        for launch, count in enumerate((100, second))
    ]
    counted = read([ROOT], samples).cases[ROOT.id].allocations.value
    assert counted is not None
    assert (counted.agree, counted.allocs, counted.alloc_bytes) == (agree, allocs, 50.0)


def test_added_allocations_are_the_childs_less_the_parents() -> None:
    samples: list[Sample] = [
        AllocationSample(case=case.id, launch=0, hash_seed=0, requests=10, allocs=count, alloc_bytes=500)
        for case, count in ((ROOT, 100), (CHILD, 250))
    ]
    cases = read([ROOT, CHILD], samples).cases
    assert cases[CHILD.id].added_allocs.value == 15.0
    assert cases[ROOT.id].added_allocs.standing is Standing.UNMEASURED


def test_load_figures_are_per_completed_request() -> None:
    samples: list[Sample] = [timing_sample(ROOT.id, 0, (500.0,)), load_sample(0, 2000, 1_000_000)]
    load = read([ROOT], samples).cases[ROOT.id].loads["steady"].value
    assert load is not None
    assert load.rps.mean == 1000
    assert load.server_cpu_us.mean == pytest.approx(899)  # 1.8 s less ten references of 200 µs, over 2000
    assert (load.server_user_us.mean, load.server_system_us.mean) == pytest.approx((599, 300))
    assert load.client_cpu_us.mean == pytest.approx(50)
    assert load.server_layer_us is not None
    assert load.server_layer_us.mean == pytest.approx(899 - 500)


def test_a_launch_on_a_slowed_core_is_left_out_and_served_cpu_is_scaled_but_no_rate() -> None:
    """The second launch ran on a core slowed to half: twice the CPU time, twice the reference."""
    quiet = timing_sample(ROOT.id, 0, (10.0,) * 4)
    slow = {"cpu_us": (20.0,) * 4, "wall_us": (21.0,) * 4, "reference_us": (400.0,) * 4}
    twice = quiet.windows.model_copy(update=slow)
    slowed = quiet.model_copy(update={"launch": 1, "windows": twice})
    load = load_sample(0, 2000, 1_000_000).model_copy(update={"reference_us": (400.0,) * 10})
    found = read([ROOT], [quiet, slowed, load])
    timing, served = found.cases[ROOT.id].timing.value, found.cases[ROOT.id].loads["steady"].value
    assert timing is not None
    assert served is not None
    assert timing.cpu_us.mean == pytest.approx(10.0)
    assert timing.cpu_us.n == 1
    assert served.server_cpu_us.mean == pytest.approx(449)
    assert served.rps.mean == 1000
    assert found.slowed_share == pytest.approx(14 / 18)


def test_each_of_several_cores_has_a_normal_speed_of_its_own_and_loads_have_that_of_the_core_they_ran_on() -> None:
    """Of three launches two ran on a core that is slower by half, as it always is: neither is left out. The load ran on
    that core, so its references of 300 µs are normal, and nothing is scaled by the other's 200."""
    quick = timing_sample(ROOT.id, 0, (10.0,) * 4).model_copy(update={"core": 0})
    usual = {"cpu_us": (15.0,) * 4, "wall_us": (16.0,) * 4, "reference_us": (300.0,) * 4}
    windows = quick.windows.model_copy(update=usual)
    slower = [quick.model_copy(update={"launch": launch, "core": 1, "windows": windows}) for launch in (1, 2)]
    idle = {"reference_us": (300.0,) * 10, "idle_reference_us": (300.0,) * 10}
    load = load_sample(0, 2000, 1_000_000).model_copy(update=idle)
    noise = Noise(at="start", core=1, duration_s=0.3, stolen_share=0.0, longest_gap_us=0.0)
    found = summarise(read([ROOT], [quick, *slower, load]).run.model_copy(update={"noise": (noise,)}))
    timing, served = found.cases[ROOT.id].timing.value, found.cases[ROOT.id].loads["steady"].value
    assert timing is not None
    assert timing.cpu_us.n == 3
    assert served is not None
    assert served.server_cpu_us.mean == pytest.approx(898.5)  # 1.8 s less ten references of 300 µs, over 2000
    assert found.slowed_share == 0


def test_a_core_that_was_slowed_in_most_launches_gives_no_time() -> None:
    quiet = timing_sample(ROOT.id, 0, (10.0,))
    slow = quiet.windows.model_copy(update={"reference_us": (400.0,) * 3})
    slowed = [quiet.model_copy(update={"launch": launch, "windows": slow}) for launch in range(1, 6)]
    many = quiet.windows.model_copy(update=dict.fromkeys(("cpu_us", "gc_us"), (10.0,) * 9) | {"wall_us": (11.0,) * 9})
    first = quiet.model_copy(update={"windows": many.model_copy(update={"reference_us": (200.0,) * 9})})
    timing = read([ROOT], [first, *slowed]).cases[ROOT.id].timing
    assert timing.standing is Standing.INVALID
    assert "only in 1 of 6 launches" in timing.reasons[0]


def test_a_percentile_that_too_few_requests_support_is_left_out() -> None:
    load = read([ROOT], [load_sample(0, 2000, 1_000_000)]).cases[ROOT.id].loads["steady"].value
    assert load is not None
    assert load.latency_ms[0.99] == pytest.approx(1.0, rel=2e-3)
    assert load.latency_ms[0.999] is None


def test_percentiles_of_several_launches_come_from_all_requests_together() -> None:
    samples: list[Sample] = [load_sample(0, 3000, 1_000_000), load_sample(1, 1000, 9_000_000)]
    load = read([ROOT], samples).cases[ROOT.id].loads["steady"].value
    assert load is not None
    # A mean of the two medians would be 5.
    assert load.latency_ms[0.5] == pytest.approx(1.0, rel=2e-3)
    assert load.latency_ms[0.9] == pytest.approx(9.0, rel=2e-3)
    assert load.rps.n == 2


def test_scenarios_are_not_mixed() -> None:
    samples: list[Sample] = [load_sample(0, 2000, 1_000_000), load_sample(0, 1800, 1_000_000, "rush")]
    loads = read([ROOT], samples).cases[ROOT.id].loads
    assert {name: figure.value.requests for name, figure in loads.items() if figure.value} == {
        "steady": 2000,
        "rush": 1800,
    }


def test_a_small_peak_of_memory_is_not_resolved() -> None:
    same = {"launch": 0, "before_mb": 40, "body_bytes": 10, "first_byte_ms": 1.0, "elapsed_ms": 2.0}
    small = MemorySample(case=ROOT.id, peak_mb=0.3, **same)
    large = MemorySample(case=CHILD.id, peak_mb=8.0, **same)
    cases = read([ROOT, CHILD], [small, large]).cases
    resolved = [memory.resolved for id_ in (ROOT.id, CHILD.id) if (memory := cases[id_].memory.value)]
    assert resolved == [False, True]


def test_every_safeguard_is_tallied_over_all_its_samples() -> None:
    tallies = {(tally.kind, tally.name): tally for tally in summarise(RUN).tallies}
    counted = tallies["load", "counted on both sides"]
    assert counted.looked_at == sum(isinstance(sample, LoadSample) for sample in RUN.samples)
    assert [case for case, _ in counted.failures] == ["starlette_json:rows100"]


costs = st.floats(min_value=10, max_value=1e5)


@settings(deadline=None)
@given(root=costs, beside=costs, child=costs)
def test_the_sum_of_a_chain_and_its_residual_are_the_whole(root: float, beside: float, child: float) -> None:
    samples: list[Sample] = [
        timing_sample(ROOT.id, 0, (root,)),
        timing_sample(CHILD.id, 0, (child,), (ROOT.id, (beside,))),
    ]
    chain = read([ROOT, CHILD], samples).cases[CHILD.id].chain.value
    assert chain is not None
    assert chain.sum_us + chain.residual_us == pytest.approx(child)
