"""What the launches of a start come to: those on a slowed core are left out, and a route's price is a slope."""

from __future__ import annotations

import pytest

from bench.analysis.run.figures import CheckedFigure, Standing
from bench.analysis.run.startup import at_rest_of, per_route, startup_of
from bench.analysis.run.startup_figures import Startup
from bench.analysis.run.summary import summarise
from bench.model.run import MissingSample, Run
from bench.model.startup import AT_REST, AtRestSample, CaseStartupSample
from bench.model.workload import Case, Pass
from tests.factories import synthetic_run

QUIET_US = 100.0


def start(launch: int, case: str = "app:start", slowed: float = 1.0, **figures: float | None) -> CaseStartupSample:
    """A launch on a core that is slowed by so much."""
    given: dict[str, float | None] = {"libraries_cpu_ms": 300.0, "build_cpu_ms": 100.0, "lifespan_cpu_ms": 10.0}
    given |= figures
    cpu = {name: value and value * slowed for name, value in given.items() if name.endswith("_ms")}
    others = {name: value for name, value in given.items() if not name.endswith("_ms")}
    whole = (cpu["libraries_cpu_ms"] or 0) + (cpu["build_cpu_ms"] or 0)
    return CaseStartupSample.model_validate(
        {
            "case": case,
            "launch": launch,
            "hash_seed": launch,
            "import_cpu_ms": whole,
            "rest_mb": 60.0,
            "reference_us": (QUIET_US * slowed,) * 4,
            **cpu,
            **others,
        }
    )


def read(samples: list[CaseStartupSample]) -> Startup | CheckedFigure[Startup]:
    return startup_of({None: QUIET_US}, samples)


def test_a_start_is_its_import_and_its_lifespan() -> None:
    found = read([start(launch) for launch in range(3)])
    assert isinstance(found, Startup)
    assert found.start_ms.mean == pytest.approx(410)
    assert found.libraries_ms is not None
    assert (found.libraries_ms.mean, found.libraries_ms.n) == (pytest.approx(300), 3)
    assert found.first_request_ms is None


def test_a_launch_that_did_not_know_the_imports_is_another_kind_and_counts_only_where_all_are() -> None:
    unknown = {"libraries_cpu_ms": None, "build_cpu_ms": None, "rest_mb": 61.0}
    first = start(0).model_copy(update=unknown)
    found = read([first, start(1), start(2)])
    assert isinstance(found, Startup)
    assert found.build_ms is not None
    assert (found.import_ms.n, found.build_ms.n, found.rest_mb.n, found.rest_mb.mean) == (2, 2, 2, 60.0)
    older = read([first, start(1).model_copy(update=unknown)])
    assert isinstance(older, Startup)
    assert (older.build_ms, older.import_ms.n) == (None, 2)


def test_launches_on_a_slowed_core_are_left_out() -> None:
    found = read([start(0), start(1), start(2, slowed=1.6)])
    assert isinstance(found, Startup)
    assert set(found.by_launch) == {0, 1}
    assert found.start_ms.mean == pytest.approx(410)
    assert found.rest_mb.n == 3  # memory isn't slowed


def test_a_core_that_was_a_little_slower_is_allowed_for() -> None:
    found = read([start(0), start(1, slowed=1.08)])
    assert isinstance(found, Startup)
    assert found.start_ms.mean == pytest.approx(410)


def test_a_start_that_was_mostly_disturbed_is_invalid() -> None:
    found = read([start(0), start(1, slowed=1.5), start(2, slowed=1.6)])
    assert isinstance(found, CheckedFigure)
    assert found.standing is Standing.INVALID
    assert "only in 1 of 3 launches" in found.reasons[0]


def test_live_allocations_of_launches_that_differ_are_no_exact_count() -> None:
    counted = [AtRestSample(case="a:b", launch=n, hash_seed=n, live_allocs=100 + n, live_bytes=5000) for n in (0, 1)]
    assert (at_rest_of(counted).live_allocs, at_rest_of(counted).agree) == (100.5, False)
    assert at_rest_of(counted[:1]).agree


def a_run(samples: list[CaseStartupSample | AtRestSample], *absences: MissingSample) -> Run:
    ids = dict.fromkeys([one.case for one in samples] + [one.case for one in absences])
    cases = tuple(
        Case(
            target=id_.partition(":")[0],
            request="start",
            over="base",
            adds=id_,
            description="",
            only=(Pass.STARTUP,),
            source_sha256="ab",
        )
        for id_ in ids
    )
    return synthetic_run().model_copy(update={"cases": cases, "samples": tuple(samples), "absences": absences})


def test_what_a_route_adds_is_the_slope_over_a_family() -> None:
    samples = [
        start(launch, f"app{routes}:start", build_cpu_ms=5 + 0.2 * routes, rest_mb=50 + 0.01 * routes, routes=routes)
        for routes in (1, 20, 200)
        for launch in range(3)
    ]
    (found,) = per_route(summarise(a_run([*samples])).cases.values())
    assert found.build_us is not None
    assert found.rest_kb is not None
    assert found.build_us.mean == pytest.approx(200)
    assert found.rest_kb.mean == pytest.approx(10)
    assert not list(per_route(summarise(a_run([*samples[:6]])).cases.values()))


def test_what_a_route_adds_is_at_the_cores_own_speed_and_memory_is_of_all_launches() -> None:
    samples = [
        start(
            launch,
            f"app{routes}:start",
            slowed=slowed,
            build_cpu_ms=5 + 0.2 * routes,
            rest_mb=50 + 0.01 * routes,
            routes=routes,
        )
        for routes in (1, 20, 200)
        for launch, slowed in enumerate((1.0, 1.0, 1.08, 1.5) if routes == 200 else (1.0,) * 4)
    ]
    (found,) = per_route(summarise(a_run([*samples])).cases.values())
    assert found.build_us is not None
    assert found.rest_kb is not None
    assert found.build_us.mean == pytest.approx(200)
    assert (found.build_us.n, found.rest_kb.n) == (11, 12)


def test_missing_allocations_leave_the_start_as_it_is() -> None:
    absence = MissingSample.invalid("app:start", Pass.STARTUP, "no memray", AT_REST)
    summary = summarise(a_run([start(0), start(1)], absence))
    case = summary.cases["app:start"]
    assert case.startup.value is not None
    assert (case.at_rest.standing, case.at_rest.reasons) == (Standing.INVALID, ("no memray",))
    assert [(hole.passes, hole.reasons) for hole in summary.holes] == [(("start-up",), ("no memray",))]


def test_a_target_that_does_not_start_is_told_of_once() -> None:
    summary = summarise(a_run([], MissingSample.invalid("app:start", Pass.STARTUP, "it fell")))
    assert summary.cases["app:start"].startup.standing is Standing.INVALID
    assert [(hole.passes, hole.reasons) for hole in summary.holes] == [(("start-up",), ("it fell",))]
