"""The figures of an audit are those that its samples were drawn around, and null is never 0."""

from __future__ import annotations

import pytest
from audit_simulations import (
    HANDLER,
    MIDDLEWARE,
    ROUTE,
    Truth,
    allocations,
    audit,
    failed,
    parts,
    peak,
    peels,
    retained,
    waterfall,
)

from bench.analysis.audit.figures import figures
from bench.model.audit import Audit, Part, PartAllocations, PartSample, StartupSample
from bench.model.audit_figures import PartFigures, RouteFigures
from bench.model.run import MissingSample, Windows
from bench.model.workload import Pass


def of(found: Audit) -> RouteFigures:
    (route,) = [one for one in figures(found).routes if one.excluded is None]
    return route


def part(route: RouteFigures, name: str) -> PartFigures:
    (found,) = [one for one in route.parts if one.name == name]
    return found


def test_a_request_and_its_middlewares_cost_what_they_were_made_to() -> None:
    truth = Truth()
    route = of(audit([*peels(truth), *parts(truth)]))
    assert route.valid
    assert route.launches == 6  # those that timed its parts
    assert route.cpu_us == pytest.approx(600, rel=0.02)
    assert route.bare_us == pytest.approx(300, rel=0.02)
    for name, cost in truth.middleware.items():
        found = part(route, name)
        assert found.peeled_us == pytest.approx(cost, abs=6)
        assert found.peeled_low is not None
        assert found.peeled_high is not None
        assert found.peeled_low < found.peeled_us < found.peeled_high  # type: ignore[operator]
        assert found.cpu_us == pytest.approx(cost, rel=0.03)


def test_what_differs_between_launches_is_no_residual() -> None:
    slower = Truth(handler_us=400.0)
    route = of(audit([*peels(slower), *parts(Truth())]))
    assert route.cpu_us == pytest.approx(600, rel=0.02)
    assert abs(route.residual_us or 0.0) < 0.03 * 600


def test_what_the_timers_cost_is_taken_off_and_the_sum_closes() -> None:
    truth = Truth()
    route = of(audit([*peels(truth), *parts(truth)]))
    assert route.timers_us == pytest.approx(2.4, abs=8)
    assert sum(one.cpu_us or 0.0 for one in route.parts) + (route.residual_us or 0.0) == pytest.approx(route.cpu_us)
    assert abs(route.residual_us or 0.0) < 0.03 * 600
    assert not [one for one in route.limitations if "unexplained" in one]


def test_what_no_part_explains_is_the_residual_and_is_said() -> None:
    truth = Truth(hidden_us=90)
    route = of(audit([*peels(truth), *parts(truth)]))
    assert route.residual_us == pytest.approx(90, abs=15)
    (said,) = [one for one in route.limitations if "unexplained" in one]
    assert said.startswith("in process, the parts leave ")


@pytest.mark.parametrize("slowed", [0.2, 0.4])
def test_a_busy_neighbour_moves_no_figure(slowed: float) -> None:
    truth = Truth(slowed=slowed)
    route = of(audit([*peels(truth, 8), *parts(truth, 8)]))
    assert route.cpu_us == pytest.approx(600, rel=0.02)
    assert part(route, MIDDLEWARE[1]).peeled_us == pytest.approx(200, abs=8)


def test_a_core_that_is_never_undisturbed_gives_no_figure() -> None:
    calm, busy = list(peels(Truth(), 1)), list(peels(Truth(slowed=1.0, seed=8), 7))
    for sample in calm:
        object.__setattr__(sample, "case", "GET /other")
    route = figures(audit([*calm, *(one.model_copy(update={"launch": one.launch + 1}) for one in busy)])).routes[0]
    assert not route.valid
    assert route.cpu_us is None
    assert route.reasons[0].startswith("core undisturbed only in 0 of 7 launches")


def slower(sample: PartSample, factor: float) -> PartSample:
    """As it would be on a core that takes so many times as long for everything."""

    def slow(windows: Windows) -> Windows:
        scaled = {name: tuple(us * factor for us in getattr(windows, name)) for name in ("cpu_us", "reference_us")}
        return windows.model_copy(update=scaled)

    spent = tuple(tuple(us * factor for us in windows) for windows in sample.spent_us)
    update = {"plain": slow(sample.plain), "timed": slow(sample.timed), "spent_us": spent}
    return sample.model_copy(update=update)


def test_parts_of_a_core_that_was_slower_throughout_are_corrected_by_its_speed_and_that_is_said() -> None:
    truth = Truth()
    route = of(audit([*peels(truth), *(slower(one, 1.2) for one in parts(truth))]))
    for name, cost in truth.middleware.items():
        assert part(route, name).cpu_us == pytest.approx(cost, rel=0.04)
    assert any("corrected by its measured speed" in one for one in route.limitations)


def test_parts_of_a_core_that_was_far_slower_are_not_known() -> None:
    truth = Truth()
    route = of(audit([*peels(truth), *(slower(one, 1.6) for one in parts(truth))]))
    assert part(route, MIDDLEWARE[0]).cpu_us is None
    assert "parts: the core was disturbed" in route.limitations


def test_a_part_that_this_route_never_meets_is_not_listed() -> None:
    truth, elsewhere = Truth(), Part(kind="dependency", name="app:elsewhere")
    counted = allocations()
    counted = counted.model_copy(
        update={
            "parts": (*counted.parts, elsewhere),
            "by_part": (*counted.by_part, PartAllocations(allocs=0, alloc_bytes=0)),
        }
    )
    route = of(audit([*peels(truth), *parts(truth), counted]))
    assert elsewhere.name not in [one.name for one in route.parts]


def test_intervals_hold_the_truth_about_as_often_as_they_promise() -> None:
    inside = 0
    for seed in range(30):
        truth = Truth(seed=seed, noise=0.03)
        found = part(of(audit(list(peels(truth)))), MIDDLEWARE[0])
        assert found.peeled_low is not None
        assert found.peeled_high is not None
        inside += found.peeled_low <= 100 <= found.peeled_high
    assert inside >= 25


def test_where_the_answer_changes_the_timers_stand_alone() -> None:
    truth = Truth()
    route = of(audit([*peels(truth, changed=[(1,), (0, 1)]), *parts(truth)]))
    found = part(route, MIDDLEWARE[1])
    assert found.peeled_us is None
    assert found.cpu_us == pytest.approx(200, rel=0.03)
    assert route.bare_us is None
    assert f"without {MIDDLEWARE[1]} the response is another one: the cost is by timers alone" in route.limitations


def test_several_middlewares_of_one_class_are_one_part_that_says_how_many_it_sums() -> None:
    made = audit(list(peels(Truth())))
    twice = tuple(one.model_copy(update={"name": MIDDLEWARE[0]}) for one in made.app.middleware[:2])
    route = of(made.model_copy(update={"app": made.app.model_copy(update={"middleware": twice})}))
    assert part(route, MIDDLEWARE[0]).count == 2
    assert part(route, MIDDLEWARE[0]).peeled_us == pytest.approx(300, rel=0.03)


def test_what_was_not_measured_is_null() -> None:
    route = of(audit(list(peels(Truth()))))
    assert route.valid
    for name in (
        "wait_us",
        "allocs",
        "alloc_bytes",
        "peak_mb",
        "retained_bytes",
        "hold_ms",
        "residual_us",
        "served_us",
    ):
        assert getattr(route, name) is None, name
    assert all(one.cpu_us is None for one in route.parts)


def test_a_route_that_fails_has_its_reason_and_no_figure() -> None:
    found = figures(audit([], [failed("another answer than at first: status 429 with 30 bytes, but …")]))
    route = found.routes[0]
    assert route.failed
    assert route.reasons == ("another answer than at first: status 429 with 30 bytes, but …",)
    assert route.cpu_us is None
    assert (found.coverage.routes, found.coverage.measured) == (3, 0)
    assert found.coverage.reasons == {"not http": 1, "rate limit": 1, "state": 1}


def test_a_route_that_is_not_asked_is_there_with_its_reason_and_no_figure() -> None:
    weights = {ROUTE: 30, "POST /users": 10}
    found = figures(audit([*peels(Truth(), 3)], weights=weights))
    first, *others = found.routes
    assert (first.route, first.valid, first.weight) == (ROUTE, True, 0.75)
    told = [(one.route, one.valid, one.excluded, one.reasons) for one in others]
    assert told == [
        ("POST /users", False, "state", ("changes state",)),
        ("WEBSOCKET /ws", False, "not http", ("a WebSocket",)),
    ]
    assert others[0].endpoint == "app.users:create"
    assert others[0].weight == 0.25  # of all requests: so much of the traffic isn't measured
    about = {"route", "endpoint", "valid", "reasons", "excluded", "weight", "launches", "compared"}
    assert not any(others[0].model_dump(exclude=about).values())


def test_a_route_that_was_not_chosen_is_there_as_well() -> None:
    found = figures(audit([], requests=()))
    assert (found.routes[0].route, found.routes[0].excluded) == (ROUTE, "skipped")
    assert found.routes[0].reasons == ("not named by --case",)
    assert len(found.routes) == found.coverage.routes


def test_what_fails_after_some_launches_is_invalid_all_the_same() -> None:
    route = of(audit(list(peels(Truth(), 3)), [failed("another answer than at first: status 500 with 9 bytes")]))
    assert not route.valid
    assert route.cpu_us is not None  # what was measured before is shown


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("returns status 401, expected 200", "token"),
        ("returns status 404, expected 200", "id"),
        ("returns status 503, expected 200", "server error"),
        ("the agent did not answer `window` within 60 s", "slow"),
        ("RuntimeError: no", "server error"),
        ("returns status 302, expected 200", "status"),
    ],
)
def test_a_failure_is_counted_by_its_kind(reason: str, kind: str) -> None:
    assert figures(audit([], [failed(reason)])).coverage.reasons[kind] == 1  # type: ignore[index]


def test_an_instrument_that_fails_takes_only_its_own_figures() -> None:
    absences = [failed("the tracer failed", Pass.BOUNDARIES), failed("memray failed", Pass.ALLOCATIONS)]
    route = of(audit(list(peels(Truth())), absences))
    assert route.valid
    assert {"parts: the tracer failed", "allocations: memray failed"} <= set(route.limitations)


def test_a_pass_that_had_no_time_is_said() -> None:
    skipped = MissingSample(case=ROUTE, during=Pass.LOAD, kind="skipped", reason="not served: no time for it")
    assert "behind a server: not served: no time for it" in of(audit(list(peels(Truth())), [skipped])).limitations


def test_allocations_and_waits_find_their_parts() -> None:
    truth = Truth()
    route = of(audit([*peels(truth), *parts(truth), allocations(), waterfall()]))
    assert (route.allocs, route.alloc_bytes, route.wait_us) == (50, 4900, 850)
    assert part(route, HANDLER.name).allocs == 10
    assert part(route, HANDLER.name).wait_us == 850
    assert part(route, MIDDLEWARE[1]).allocs is None
    assert [route.parts[span.part].name for span in route.waterfall] == ["server", HANDLER.name]


def test_a_leak_is_found_beside_a_cache_that_fills() -> None:
    leaking = of(audit([*peels(Truth()), *retained(1024)]))
    assert leaking.retained_bytes == pytest.approx(1024)
    assert leaking.retained_low == pytest.approx(1024)
    assert of(audit([*peels(Truth()), *retained(0)])).retained_bytes == 0


def test_the_longest_hold_keeps_its_line() -> None:
    route = of(audit([*peels(Truth()), peak(1.0), peak(100.0, "app/users.py:57"), peak(3.0)]))
    assert (route.hold_ms, route.hold_at, route.peak_mb) == (100.0, "app/users.py:57", pytest.approx(0.2))


def test_a_collection_in_one_of_a_few_served_windows_is_no_cost_of_the_timers() -> None:
    def struck(sample: PartSample) -> PartSample:
        timed = sample.timed
        count = len(timed.cpu_us)
        collected = (4000.0, *[0.0] * (count - 1))
        cpu_us = tuple(cpu + gc for cpu, gc in zip(timed.cpu_us, collected, strict=True))
        timed = timed.model_copy(update={"cpu_us": cpu_us, "gc_us": collected})
        spent_us, known = (*sample.spent_us, collected), (*sample.parts, Part(kind="gc", name="gc"))
        return sample.model_copy(update={"timed": timed, "spent_us": spent_us, "parts": known})

    truth = Truth()
    route = of(audit([*peels(truth), *map(struck, parts(truth, served_by="uvicorn"))]))
    found = {one.name: one.cpu_us for one in route.served_parts}
    assert found["gc"] == pytest.approx(200)  # of twenty windows, one had it
    assert found["server"] == pytest.approx(0, abs=5)
    assert route.served_us == pytest.approx(800, rel=0.02)
    assert route.served_residual_us == pytest.approx(0, abs=20)


def test_a_cost_that_launches_hardly_agree_on_is_told() -> None:
    costs = (200.0, 400.0, 1200.0, 3000.0)
    seen = [
        one.model_copy(update={"launch": launch})
        for launch, cost in enumerate(costs)
        for one in parts(Truth(handler_us=cost), launches=1)
    ]
    route = of(audit([*peels(Truth()), *seen]))
    assert [one for one in route.limitations if "known to no better than a half" in one]
    for launches in (1, 6):
        sure = of(audit([*peels(Truth(), launches), *parts(Truth(), launches)]))
        assert not [one for one in sure.limitations if "than a half" in one]


def test_tasks_that_outlive_their_request_are_told() -> None:
    left = [one.model_copy(update={"tasks_left": 1.0}) for one in parts(Truth())]
    route = of(audit([*peels(Truth()), *left]))
    assert [one for one in route.limitations if "leaves tasks running after its answer" in one]


def test_a_part_that_comes_out_below_zero_is_told() -> None:
    def below(sample: PartSample) -> PartSample:
        first, *rest = sample.spent_us
        moved = [tuple(one + 60 for one in rest[0]), *rest[1:]]
        return sample.model_copy(update={"spent_us": (tuple(one - 60 for one in first), *moved)})

    truth = Truth()
    route = of(audit([*peels(truth), *map(below, parts(truth))]))
    assert [one for one in route.limitations if "in process, server comes out at" in one]


def test_served_parts_close_against_the_served_request() -> None:
    truth = Truth(hidden_us=200)
    route = of(audit([*peels(truth), *parts(truth, served_by="uvicorn")]))
    assert route.served_us == pytest.approx(800, rel=0.02)
    assert route.served_residual_us == pytest.approx(200, abs=20)
    assert len(route.served_parts) == 4
    assert any(one.startswith("behind the server, the parts leave") for one in route.limitations)
    assert route.residual_us is None


def test_a_weight_is_the_share_of_all_requests_and_two_requests_of_a_route_share_it() -> None:
    two = [ROUTE, f"{ROUTE} [2]"]
    found = figures(audit(list(peels(Truth())), weights={ROUTE: 30, "POST /users": 70}, requests=two))
    assert [route.weight for route in found.routes if route.excluded is None] == [0.15, 0.15]
    assert of(audit(list(peels(Truth())))).weight is None


def test_start_up_is_the_mean_of_what_is_known() -> None:
    samples = [
        StartupSample(launch=0, import_cpu_ms=100, lifespan_cpu_ms=None, rest_mb=50),
        StartupSample(launch=1, import_cpu_ms=120, lifespan_cpu_ms=3, rest_mb=52),
    ]
    found = figures(audit(samples)).startup
    assert (found.import_cpu_ms, found.lifespan_cpu_ms, found.openapi_cpu_ms, found.rest_mb) == (110, 3, None, 51)
    assert found.startup_cpu_ms == 111.5
    samples.append(StartupSample(launch=2, import_cpu_ms=130, libraries_cpu_ms=100, build_cpu_ms=30, rest_mb=53))
    found = figures(audit(samples)).startup
    assert (found.import_cpu_ms, found.build_cpu_ms, found.rest_mb) == (130, 30, 53)


def test_an_endpoint_is_named_by_its_line() -> None:
    assert of(audit(list(peels(Truth())))).endpoint == "app/users.py:41"


@pytest.mark.parametrize("factor", [1.07, 1.5])
def test_a_core_that_is_slower_throughout_is_undisturbed_all_the_same(factor: float) -> None:
    """By its own reference: by that of the faster core most of its windows would seem disturbed."""
    truth = Truth()
    timed = [one.model_copy(update={"core": 0}) for one in parts(truth, 4)]
    timed += [slower(one, factor).model_copy(update={"core": 1}) for one in parts(truth, 4)]
    peeled = [one.model_copy(update={"core": one.launch % 2}) for one in peels(truth)]
    route = of(audit([*peeled, *timed]))
    assert not [one for one in route.limitations if "corrected" in one or "disturbed" in one]
    assert route.valid
    if factor < 1.1:
        assert part(route, MIDDLEWARE[0]).cpu_us == pytest.approx(100 * (1 + factor) / 2, rel=0.03)


def test_parts_behind_a_server_are_corrected_by_the_speed_of_their_own_core() -> None:
    truth = Truth()
    fast = [one.model_copy(update={"core": 1}) for one in [*peels(truth), *parts(truth)]]
    slow = [slower(one, 1.5).model_copy(update={"core": 0}) for one in parts(truth, 4)]
    served = [slower(one, 1.5).model_copy(update={"core": 0}) for one in parts(truth, 3, served_by="uvicorn")]
    on_the_slow_core = of(audit([*fast, *slow, *served]))
    assert on_the_slow_core.served_us == pytest.approx(900, rel=0.03)
