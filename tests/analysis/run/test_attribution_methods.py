"""Known truths come back: from timed windows, from the ladder and from folded stacks."""

from __future__ import annotations

import pytest
from factories import synthetic_run
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.run.attribution import Method
from bench.analysis.run.attribution_methods import attributions, profile_in_process, served_profile, timers
from bench.analysis.run.figures import Standing
from bench.analysis.run.summary import summarise
from bench.model.run import ProfileSample
from bench.model.workload import Pass
from bench.stats.intervals import Estimate
from tests.boundaries import COSTS, FILES, boundary_run, boundary_sample, folded_of

CASE = "fastapi_response_model:rows100"


def means(method: Method) -> dict[str, float]:
    return {" + ".join(cell.rows): cell.cost_us.mean for cell in method.cells}


truths = st.fixed_dictionaries(
    {
        layer: st.floats(min_value=0, max_value=300)
        for layer in ("starlette", "fastapi", "pydantic", "json", "handler", "gc")
    }
    | {"server": st.floats(min_value=10, max_value=300)}
)


@given(truths, st.floats(min_value=0, max_value=9))
def test_timers_give_back_what_each_layer_took_whatever_they_cost_themselves(
    truth: dict[str, float], system: float
) -> None:
    found = means(timers([boundary_sample(CASE, launch, truth, system_us=system) for launch in range(3)], 200.0))
    assert found["kernel"] == pytest.approx(system, abs=1e-6)
    assert found["server"] == pytest.approx(truth["server"] - system, abs=1e-6)
    assert found["pydantic, json"] == pytest.approx(truth["pydantic"] + truth["json"], abs=1e-6)
    for layer in ("starlette", "fastapi", "handler", "gc"):
        assert found[layer] == pytest.approx(truth[layer], abs=1e-6)
    assert sum(found.values()) == pytest.approx(sum(truth.values()))


def test_a_slow_core_is_taken_out_and_a_cost_below_nothing_stays_one() -> None:
    truth = {"server": 30.0, "handler": -0.5}
    sample = boundary_sample(CASE, 0, truth, system_us=0.0, slowed=1.25)
    found = means(timers([sample], 200.0))
    assert found["server"] == pytest.approx(30.0)
    assert found["handler"] == pytest.approx(-0.5)


def test_a_library_that_no_request_reached_has_no_row_and_what_was_never_called_took_nothing() -> None:
    found = means(timers([boundary_sample("starlette_plain:plain", 0, {"server": 20.0, "starlette": 9.0})], 200.0))
    assert set(found) == {"kernel", "server", "starlette", "pydantic, json", "handler", "gc"}
    assert (found["pydantic, json"], found["handler"]) == (0.0, 0.0)


def test_timers_say_what_they_cost_and_what_they_did_not_find() -> None:
    sample = boundary_sample(CASE, 0, COSTS).model_copy(update={"missing": ("fastapi._compat.ModelField.validate",)})
    said = " ".join(timers([sample], 200.0).limitations)
    assert "is subtracted from each layer" in said
    assert "fastapi._compat.ModelField.validate not found" in said


def test_the_ladder_is_the_served_root_and_what_each_target_adds_and_it_adds_up() -> None:
    run = boundary_run(CASE)
    (one,) = attributions(summarise(run), {FILES["in process"]: folded_of({"starlette": 1})})
    ladder, timed, profile = one.methods
    chain = summarise(run).cases[CASE].chain.value
    root = summarise(run).cases["raw_asgi:rows100"].loads["steady"].value
    assert chain is not None
    assert root is not None
    assert root.server_cpu_us is not None
    added = sum(step.cost_us.mean for step in chain.steps[1:])
    assert ladder.sum_us == pytest.approx(root.server_cpu_us.mean + added)
    assert [cell.rows for cell in ladder.cells] == [
        ("kernel",),
        ("server",),
        ("starlette",),
        ("fastapi",),
        ("pydantic, json", "handler"),
        ("gc",),
    ]
    assert one.residual_us(ladder) == pytest.approx(one.whole_us.mean - ladder.sum_us)
    assert one.residual_us(timed) == pytest.approx(0.0, abs=1e-6)
    assert one.residual_us(profile) is None
    assert {"`response_model`" in sentence for sentence in ladder.limitations} == {True, False}


def test_without_a_served_root_there_is_no_ladder_and_one_that_was_timed_takes_its_place() -> None:
    run = boundary_run(CASE)
    unloaded = run.model_copy(update={"samples": tuple(sample for sample in run.samples if sample.kind != "load")})
    (one,) = attributions(summarise(unloaded), {FILES["in process"]: folded_of({"fastapi": 3})})
    assert [method.name for method in one.methods] == ["boundary timers", "profile, in process"]
    floor = boundary_sample("raw_asgi:rows100", 0, {"server": 31.0}, system_us=11.0)
    rooted = unloaded.model_copy(update={"samples": (*unloaded.samples, floor)})
    ladder = attributions(summarise(rooted), {FILES["in process"]: folded_of({"fastapi": 3})})[-1].methods[0]
    assert (means(ladder)["kernel"], means(ladder)["server"]) == (pytest.approx(11.0), pytest.approx(20.0))


def test_a_launch_that_failed_a_check_makes_the_boundaries_invalid_and_takes_the_table_away() -> None:
    run = boundary_run(CASE)
    broken = boundary_sample(CASE, 3, COSTS).model_copy(update={"errors": {"wrong answer": 2}})
    summary = summarise(run.model_copy(update={"samples": (*run.samples, broken)}))
    assert summary.cases[CASE].boundaries.standing is Standing.INVALID
    assert "2 wrong answer" in summary.cases[CASE].boundaries.reasons[0]
    assert attributions(summary, {}) == ()
    assert any(hole.case == CASE and Pass.BOUNDARIES in hole.passes for hole in summary.holes)


def test_a_profile_in_process_shares_out_the_time_in_process_and_knows_no_server() -> None:
    folded = folded_of(
        {"driver": 10, "starlette": 20, "fastapi": 30, "pydantic": 15, "json": 5, "handler": 12, "database": 8}
    )
    found = means(profile_in_process(PROFILE, folded, Estimate(200.0, None, None, 1)))
    assert found == {
        "starlette": pytest.approx(40.0),
        "fastapi": pytest.approx(60.0),
        "pydantic, json": pytest.approx(40.0),
        "handler": pytest.approx(40.0),
        "gc": 0.0,
    }


def test_a_served_profile_shares_out_the_whole_and_knows_the_kernel_only_by_its_account() -> None:
    folded = folded_of({"driver": 5, "server": 35, "starlette": 20, "fastapi": 40})
    served = PROFILE.model_copy(update={"where": "served"})
    found = served_profile(served, folded, Estimate(200.0, None, None, 1))
    nothing = {"pydantic, json": 0.0, "handler": 0.0, "gc": 0.0}
    above = {"starlette": pytest.approx(40.0), "fastapi": pytest.approx(80.0), **nothing}
    assert means(found) == {"kernel + server": pytest.approx(80.0), **above}
    assert found.by_shares
    known = served_profile(served.model_copy(update={"kernel_share": 0.15}), folded, Estimate(200.0, None, None, 1))
    assert means(known) == {"kernel": pytest.approx(30.0), "server": pytest.approx(50.0), **above}


def test_of_two_profiles_the_served_one_is_heard_and_waiting_is_no_work() -> None:
    idle = f"[loop];[idle] {10**9}\n"
    folded = {FILES["in process"]: folded_of({"fastapi": 1}), FILES["served"]: folded_of({"fastapi": 1}) + idle}
    (one,) = attributions(summarise(boundary_run(CASE)), folded)
    profile = one.methods[-1]
    assert profile.name == "profile, served"
    assert profile.sum_us == pytest.approx(one.whole_us.mean)


def test_a_run_from_before_there_were_boundaries_reads_as_it_did() -> None:
    summary = summarise(synthetic_run())
    assert attributions(summary, {}) == ()
    assert summary.cases[CASE].boundaries.standing is Standing.UNMEASURED


PROFILE = ProfileSample(case=CASE, file="profiles/x.folded", interval_s=0.001, duration_s=2.0, requests=1000, tax=2.2)
