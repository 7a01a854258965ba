"""Each finding: what makes it, what it costs, and that it isn't made without evidence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.analysis.audit.findings.judge import findings
from bench.model.app import Route
from bench.model.audit import Audit
from bench.model.audit_figures import AuditFigures, FindingFigures, PartFigures, RouteFigures
from tests.audits import CORS, GZIP, REQUEST_ID, SENTRY, SESSION, TIMING, sample_audit, sample_figures

AUDIT, FIGURES = sample_audit(), sample_figures()
Change = Callable[[PartFigures], PartFigures]


def found(name: str, audit: Audit = AUDIT, figures: AuditFigures = FIGURES) -> list[FindingFigures]:
    return [one for one in findings(audit, figures) if one.finding == name]


def with_parts(kind: str, name: str | None = None, **update: float | None) -> AuditFigures:
    """The figures with other figures of these parts."""

    def changed(route: RouteFigures) -> RouteFigures:
        parts = tuple(
            part.model_copy(update=update) if part.kind == kind and name in (None, part.name) else part
            for part in route.parts
        )
        return route.model_copy(update={"parts": parts})

    return FIGURES.model_copy(update={"routes": tuple(map(changed, FIGURES.routes))})


def with_routes(**update: object) -> AuditFigures:
    return FIGURES.model_copy(update={"routes": tuple(one.model_copy(update=update) for one in FIGURES.routes)})


def with_described(change: Callable[[Route], Route]) -> Audit:
    app = AUDIT.app.model_copy(update={"routes": tuple(map(change, AUDIT.app.routes))})
    return AUDIT.model_copy(update={"app": app})


def on_fastapi(version: str) -> Audit:
    stack = AUDIT.stack.model_copy(update={"packages": AUDIT.stack.packages | {"fastapi": version}})
    return AUDIT.model_copy(update={"stack": stack})


def test_each_base_http_middleware_is_found_with_what_leaving_it_out_saves() -> None:
    first, second = found("base-http-middleware")
    assert (first.where, second.where) == (TIMING, REQUEST_ID)
    assert first.saves_us == pytest.approx(372 * 1.04)
    assert first.saves_low is not None
    assert first.saves_low < first.saves_us < (first.saves_high or 0)
    assert "measured by leaving it out" in first.says


def test_a_finding_says_how_often_the_middleware_was_added() -> None:
    first, _ = found("base-http-middleware", figures=with_parts("middleware", TIMING, count=4))
    assert first.count == 4
    assert first.says.startswith(f"`{TIMING}` (4 times) is a `BaseHTTPMiddleware` and takes ")


def without_peeling(routes: int, **update: None) -> AuditFigures:
    """The first routes with other figures of the timing middleware."""
    changed = with_parts("middleware", TIMING, peeled_us=None, **update).routes[:routes]
    return FIGURES.model_copy(update={"routes": (*changed, *FIGURES.routes[routes:])})


def test_a_middleware_that_was_never_left_out_has_its_price_by_timers() -> None:
    first = found("base-http-middleware", figures=without_peeling(9))[0]
    assert first.saves_us == pytest.approx(372)
    assert "measured by timers." in first.says


def test_a_price_is_by_leaving_out_where_that_is_known_and_says_where_it_is_not() -> None:
    by_timers = found("base-http-middleware", figures=without_peeling(2))[0]
    assert "measured by leaving it out and by timers on 2 routes." in by_timers.says
    assert 372 < (by_timers.saves_us or 0) < 372 * 1.04
    unknown = found("base-http-middleware", figures=without_peeling(2, cpu_us=None))[0]
    assert "measured by leaving it out, unknown on 2 routes." in unknown.says
    assert "GET /v1/info" not in unknown.routes


def test_a_middleware_that_may_cost_nothing_is_not_advised_against() -> None:
    nothing = with_parts("middleware", TIMING, peeled_us=1.0, peeled_low=-2e3, peeled_high=2e3)
    assert [one.where for one in found("base-http-middleware", figures=nothing)] == [REQUEST_ID]


def test_middleware_dearer_than_its_handlers_is_found_unless_another_finding_names_it() -> None:
    assert found("expensive-middleware") == []
    cheap = with_parts("handler", cpu_us=20.0, ci_low=19.0, ci_high=21.0)
    (one,) = found("expensive-middleware", figures=cheap)
    assert one.where == GZIP
    assert "more than the handlers behind it, which take 20.0" in one.says
    assert CORS not in [one.where for one in found("expensive-middleware", figures=cheap)]


def test_an_sdk_is_found_by_name_and_kind() -> None:
    (one,) = found("sdk-middleware")
    assert one.where == SENTRY
    assert "(error tracking)" in one.says
    assert one.saves_us == pytest.approx(141)


def test_compression_is_found_on_routes_with_small_answers_alone() -> None:
    (one,) = found("compression-of-small-answers")
    assert one.where == GZIP
    assert "GET /health" in one.routes
    assert "GET /v1/materials" not in one.routes
    no_bodies = AUDIT.model_copy(update={"samples": ()})
    assert found("compression-of-small-answers", audit=no_bodies) == []


def test_overrides_have_no_price_and_say_so() -> None:
    (one,) = found("dependency-overrides")
    assert (one.saves_us, one.share) == (None, None)
    assert "isn't measured" in one.says
    bare = AUDIT.model_copy(update={"app": AUDIT.app.model_copy(update={"overrides": ()})})
    assert found("dependency-overrides", audit=bare) == []


def test_an_uncached_dependency_saves_its_further_calls() -> None:
    (one,) = found("uncached-dependency")
    assert one.where == SESSION
    assert one.routes == ("GET /v1/materials/{material_id}", "GET /v1/materials/{material_id} [2]")
    weight = sum(route.weight or 0 for route in FIGURES.routes if route.route in one.routes)
    whole = sum(route.weight or 0 for route in FIGURES.routes if route.valid)
    assert one.saves_us == pytest.approx(42 / 2 * weight / whole)


def test_a_dependency_that_is_cached_costs_one_call() -> None:
    def cached(route: Route) -> Route:
        uses = tuple(one.model_copy(update={"use_cache": True}) for one in route.dependencies)
        return route.model_copy(update={"dependencies": uses})

    assert found("uncached-dependency", audit=with_described(cached)) == []


def test_a_def_endpoint_saves_its_hop_to_the_thread() -> None:
    (one,) = found("def-endpoint")
    assert one.where == "app.health:health"
    assert "9.00 µs of work" in one.says
    assert (one.saves_low, one.saves_high) == (None, None)


def test_a_def_endpoint_that_works_or_waits_in_its_thread_is_left_there() -> None:
    def slow(route: RouteFigures, **update: float) -> RouteFigures:
        spans = tuple(
            span.model_copy(
                update={"end_us": span.end_us + update["longer_us"], "cpu_us": span.cpu_us + update["busy_us"]}
            )
            if span.in_thread
            else span
            for span in route.waterfall
        )
        return route.model_copy(update={"waterfall": spans})

    for busy_us in (0.0, 900.0):
        routes = tuple(slow(one, longer_us=900.0, busy_us=busy_us) for one in FIGURES.routes)
        assert found("def-endpoint", figures=FIGURES.model_copy(update={"routes": routes})) == []


def test_nothing_is_said_of_a_thread_that_was_not_seen() -> None:
    assert found("def-endpoint", figures=with_routes(waterfall=())) == []


def test_a_long_list_of_routes_is_priced_by_the_slope_over_places() -> None:
    def behind(route: Route) -> Route:
        return route.model_copy(update={"place": (route.place or 0) * 40})

    def routed(route: RouteFigures, at: int) -> RouteFigures:
        parts = tuple(
            part.model_copy(update={"cpu_us": 5 + 0.75 * 40 * at + 0.01 * (at % 2)}) if part.kind == "routing" else part
            for part in route.parts
        )
        return route.model_copy(update={"parts": parts})

    places = {one.id: one.place or 0 for one in AUDIT.app.routes}
    routes = tuple(routed(one, places.get(one.route.removesuffix(" [2]"), 0)) for one in FIGURES.routes)
    audit, figures = with_described(behind), FIGURES.model_copy(update={"routes": routes})
    (one,) = found("long-list-of-routes", audit, figures)
    assert one.says.startswith("Each route that is tried before the right one costs 0.75")
    assert one.routes[0] == "GET /v1/export"
    assert found("long-list-of-routes", audit) == []
    assert found("long-list-of-routes", figures=figures) == []


def test_what_pydantic_could_write_is_found_where_it_can() -> None:
    (one,) = found("answer-encoded-in-python")
    assert (one.where, one.saves_us) == ("serialisation", None)
    assert found("answer-encoded-in-python", audit=on_fastapi("0.129.2")) == []


def test_a_deprecated_response_class_is_found_since_it_is_deprecated() -> None:
    assert [one.where for one in found("deprecated-response-class")] == ["ORJSONResponse"]
    assert found("deprecated-response-class", audit=on_fastapi("0.130.0")) == []


def test_a_held_loop_names_its_line() -> None:
    (one,) = found("event-loop-held")
    assert (one.where, one.routes) == ("app/export.py:57", ("GET /v1/export",))
    assert found("event-loop-held", figures=with_routes(hold_ms=4.9)) == []
    assert found("event-loop-held", figures=with_routes(hold_ms=None)) == []


def test_retained_memory_is_found_on_its_route_only() -> None:
    (one,) = found("memory-retained")
    assert one.routes == ("GET /v1/history",)
    assert "1.0 GB after a million" in one.says
    unsure = with_routes(retained_bytes=1_000.0, retained_low=-10.0)
    assert found("memory-retained", figures=unsure) == []


def test_an_invalid_route_is_evidence_of_nothing() -> None:
    assert findings(AUDIT, with_routes(valid=False)) == tuple(
        found("dependency-overrides", figures=with_routes(valid=False))
    )
