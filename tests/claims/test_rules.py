"""Each claim on runs whose costs are known: where it holds, where it doesn't, and what can't be said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from bench.claims.claim import ClaimVerdict, Ruling
from bench.claims.evidence import Evidence
from bench.claims.rules import dependencies, exports, layers, middleware, responses, routing, startup, streams
from tests.runs import ROWS, STORED, a_summary, claim, the_whole, without

Costs = Mapping[str, float]
Peaks = Mapping[str, tuple[float, float, float, float]]


@dataclass(frozen=True)
class Known:
    """One claim: what makes it hold and what refutes it, and the cases that it can't be judged without."""

    rule: Callable[[Evidence], Ruling]
    holds: Costs = field(default_factory=dict)
    refuted: Costs = field(default_factory=dict)
    needs: str = ""


KNOWN = [
    Known(
        layers.fastapi_adds_a_few_microseconds,
        {"fastapi_plain:plain": 18.0, "fastapi_plain:rows1": 20.0},
        {},
        "fastapi_plain",
    ),
    Known(
        layers.fastapi_is_negligible_for_most_workloads,
        {"service_asyncpg:user": 4000.0},
        {f"service_{how}:{what}": 300.0 for how in ("asyncpg", "sqlalchemy") for what in ("user", "rows100")},
        "service_",
    ),
    Known(
        layers.pydantic_shows_up_past_100k_requests,
        {
            "fastapi_hello:create": 4.0,
            "fastapi_body:create": 5.0,
            "fastapi_body:create100": 6.0,
            **{f"fastapi_plain:rows{rows}": 5.0 for rows in ROWS},
            **{f"fastapi_response_model:rows{rows}": 7.0 for rows in ROWS},
        },
        {},
        "fastapi_",
    ),
    Known(
        responses.orjson_is_two_to_three_times_faster,
        {f"fastapi_json_response:rows{rows}": 2.5 * (42 + 0.05 * rows) for rows in ROWS},
        {f"fastapi_json_response:rows{rows}": 5.0 * (42 + 0.05 * rows) for rows in ROWS},
        "fastapi_json_response",
    ),
    Known(
        responses.no_response_model_is_the_fast_path,
        {f"fastapi_response_model:rows{rows}": 100_000.0 for rows in ROWS},
        {f"fastapi_response_model:rows{rows}": 20.0 for rows in ROWS},
        "fastapi_response_model:",
    ),
    Known(
        responses.a_response_model_writes_json_in_rust,
        {},
        {f"fastapi_response_model:rows{rows}": 50 + 7.0 * rows for rows in ROWS},
        "fastapi_json_response",
    ),
    Known(
        exports.a_yield_per_row_costs_several_times_the_cpu,
        {},
        {"csv_rows:csv1000": 700.0, "export_rows:csv1000": 3100.0},
        "rows:csv1000",
    ),
    Known(
        exports.batches_cost_no_more_than_one_string,
        {},
        {f"{target}:csv1000": 9000.0 for target in ("csv_stream", "export_cursor", "export_keyset")},
        ":csv1000",
    ),
    Known(dependencies.a_def_endpoint_is_as_good, {"fastapi_def:plain": 36.5}, {}, "fastapi_def"),
    Known(dependencies.a_dependency_by_yield_is_free, {"deps_yield:plain": 43.0}, {}, "deps_yield"),
    Known(
        middleware.middleware_is_cheaper_than_a_dependency,
        {"request_id_base:plain": 40.0},
        {"request_id_asgi:plain": 90.0},
        "request_id_dependency",
    ),
    Known(
        middleware.exception_handlers_are_expensive,
        {"errors_handlers:not_found": 60.0},
        {"errors_handlers:invalid": 46.0},
        "errors_handlers",
    ),
    Known(
        routing.nested_routers_are_free,
        {"router_v1:plain": 36.5, "routes_nested:deep3": 37.0, "routes_nested:deep6": 38.0},
        {"routes_nested:deep1": 60.0},
        "rout",
    ),
    Known(
        routing.the_number_of_routes_does_not_matter,
        {"routes_200:last": 37.0, "routes_200:unmatched": 30.5},
        {"routes_200:first": 60.0},
        "routes_",
    ),
    Known(
        streams.an_event_by_yield_is_as_cheap_as_by_hand,
        {"stream_sse:sse1": 110.0, "stream_sse:sse100": 1100.0},
        {},
        "stream_sse",
    ),
    Known(
        streams.a_stream_of_items_costs_several_times_one_list,
        {},
        {"stream_jsonl:jsonl1": 60.0, "stream_jsonl:jsonl100": 90.0},
        "stream_jsonl",
    ),
    Known(
        streams.a_message_is_cheaper_than_a_request,
        {},
        {"websocket_echo:echo100": 80 + 60.0 * 100},
        "websocket_echo",
    ),
]
NAMES = [known.rule.__name__ for known in KNOWN]


@pytest.mark.parametrize("known", KNOWN, ids=NAMES)
def test_a_claim_holds_where_every_interval_lies_on_its_side(known: Known) -> None:
    found = claim(known.rule, a_summary(known.holds))
    assert found.verdict is ClaimVerdict.HOLDS, found.finding
    assert found.scope == ""
    assert found.cases


@pytest.mark.parametrize("known", KNOWN, ids=NAMES)
def test_a_claim_is_refuted_where_every_interval_lies_on_the_other_side(known: Known) -> None:
    found = claim(known.rule, a_summary(known.refuted))
    assert found.verdict is ClaimVerdict.REFUTED, (found.scope, found.finding)


@pytest.mark.parametrize("known", KNOWN, ids=NAMES)
def test_one_launch_decides_nothing(known: Known) -> None:
    found = claim(known.rule, a_summary(known.holds, launches=1))
    assert found.verdict is ClaimVerdict.UNDECIDED
    assert found.finding.endswith("Only one launch: no intervals.")


@pytest.mark.parametrize("known", KNOWN, ids=NAMES)
def test_a_claim_without_its_cases_says_which_are_missing(known: Known) -> None:
    found = claim(known.rule, without(the_whole(), known.needs))
    assert found.verdict is ClaimVerdict.NOT_MEASURED
    assert "not part of this default run" in found.finding
    assert found.cases == ()


PARTS: list[tuple[Callable[[Evidence], Ruling], Costs, str]] = [
    (layers.fastapi_adds_a_few_microseconds, {"fastapi_plain:plain": 18.0}, "a route without parameters"),
    (
        layers.fastapi_is_negligible_for_most_workloads,
        {},
        "100 users with asyncpg, one user with SQLAlchemy, 100 users with",
    ),
    (responses.orjson_is_two_to_three_times_faster, {}, "about 96 to 220 rows"),
    (
        responses.no_response_model_is_the_fast_path,
        {},
        "JSONResponse at 1 to 10 rows; ORJSONResponse at 1 to 10,000 rows",
    ),
    (responses.a_response_model_writes_json_in_rust, {"fastapi_response_model:rows100": 900.0}, "1,000 rows, 10,000"),
    (exports.a_yield_per_row_costs_several_times_the_cpu, {"csv_rows:csv1000": 700.0}, "`export_rows:csv1000`"),
    (middleware.middleware_is_cheaper_than_a_dependency, {}, "pure ASGI middleware"),
    (middleware.exception_handlers_are_expensive, {}, "a custom 422"),
    (routing.nested_routers_are_free, {}, "one router"),
    (routing.the_number_of_routes_does_not_matter, {}, "the first of 200"),
]


@pytest.mark.parametrize(("rule", "costs", "scope"), PARTS)
def test_what_holds_in_part_says_for_what(rule: Callable[[Evidence], Ruling], costs: Costs, scope: str) -> None:
    found = claim(rule, a_summary(costs))
    assert found.verdict is ClaimVerdict.HOLDS_FOR
    assert found.scope.startswith(scope)


def test_an_alternative_that_wins_here_and_there_has_its_rows_listed() -> None:
    slow = {"fastapi_json_response:rows10": 9000.0, "fastapi_orjson_response:rows100": 9000.0}
    found = claim(responses.no_response_model_is_the_fast_path, a_summary(slow))
    assert found.scope == "JSONResponse at 1 row; ORJSONResponse at 1, 10, 1,000 and 10,000 rows"


CLOSED = {"closed": True, "by": "GeneratorExit", "chunks": 3, "after_ms": 20.0}
FACTS: list[tuple[Callable[[Evidence], Ruling], dict[str, Any], ClaimVerdict]] = [
    (dependencies.dependencies_are_cached_per_request, {}, ClaimVerdict.HOLDS),
    (
        dependencies.dependencies_are_cached_per_request,
        {"deps_sessions:nested": {"sessions": 2}},
        ClaimVerdict.HOLDS_FOR,
    ),
    (
        dependencies.dependencies_are_cached_per_request,
        {"deps_sessions:nested": {"sessions": 2}, "deps_sessions:cached": {"sessions": 2}},
        ClaimVerdict.REFUTED,
    ),
    (dependencies.without_the_cache_each_use_is_a_call, {}, ClaimVerdict.HOLDS),
    (
        dependencies.without_the_cache_each_use_is_a_call,
        {"deps_sessions:uncached": {"sessions": 1}},
        ClaimVerdict.REFUTED,
    ),
    (dependencies.without_the_cache_each_use_is_a_call, {"deps_sessions:uncached": ["?"]}, ClaimVerdict.NOT_MEASURED),
    (dependencies.a_yield_dependency_ends_after_the_response, {}, ClaimVerdict.HOLDS),
    (
        dependencies.a_yield_dependency_ends_after_the_response,
        {"deps_sessions:order": {"events": ["session opened", "endpoint", "session closed", "response sent"]}},
        ClaimVerdict.REFUTED,
    ),
    (
        dependencies.a_yield_dependency_ends_after_the_response,
        {"deps_sessions:order": {"events": ["session opened"]}},
        ClaimVerdict.NOT_MEASURED,
    ),
    (responses.orjson_response_is_deprecated, {}, ClaimVerdict.HOLDS),
    (responses.orjson_response_is_deprecated, {"orjson_deprecation:warnings": {"warnings": []}}, ClaimVerdict.REFUTED),
    (responses.response_model_strips_fields, {}, ClaimVerdict.HOLDS),
    (responses.response_model_strips_fields, {"fastapi_orjson:stored": STORED}, ClaimVerdict.HOLDS_FOR),
    (
        responses.response_model_strips_fields,
        {f"{target}:stored": STORED for target in responses.FILTERING},
        ClaimVerdict.REFUTED,
    ),
    (middleware.validation_happens_after_middleware, {}, ClaimVerdict.HOLDS),
    (
        middleware.validation_happens_after_middleware,
        {"validation_order:rejected": {"events": ["ASGI middleware in", "validation rejected"]}},
        ClaimVerdict.REFUTED,
    ),
    (
        middleware.validation_happens_after_middleware,
        {"validation_order:rejected": {"events": []}},
        ClaimVerdict.NOT_MEASURED,
    ),
    (routing.the_order_of_routes_does_not_matter, {}, ClaimVerdict.REFUTED),
    (routing.the_order_of_routes_does_not_matter, {"route_order:wrong_order": {}}, ClaimVerdict.HOLDS),
    (streams.a_generator_is_closed_when_its_client_leaves, {}, ClaimVerdict.HOLDS_FOR),
    (
        streams.a_generator_is_closed_when_its_client_leaves,
        {"stream_left:raw_asgi": CLOSED},
        ClaimVerdict.HOLDS,
    ),
    (
        streams.a_generator_is_closed_when_its_client_leaves,
        {case: {"closed": False, "by": None, "chunks": 40, "after_ms": None} for case in streams.LEFT},
        ClaimVerdict.REFUTED,
    ),
]


@pytest.mark.parametrize(("rule", "facts", "verdict"), FACTS)
def test_a_fact_decides_by_itself(
    rule: Callable[[Evidence], Ruling], facts: dict[str, Any], verdict: ClaimVerdict
) -> None:
    assert claim(rule, a_summary(facts=facts)).verdict is verdict


@pytest.mark.parametrize("rule", {rule.__name__: rule for rule, _, _ in FACTS}.values(), ids=lambda rule: rule.__name__)
def test_a_fact_that_was_not_observed_decides_nothing(rule: Callable[[Evidence], Ruling]) -> None:
    unasked = without(
        the_whole(), "deps_sessions", "orjson_dep", ":stored", "validation_", "route_order", "stream_left"
    )
    assert claim(rule, unasked).verdict is ClaimVerdict.NOT_MEASURED


MEMORY: list[tuple[Callable[[Evidence], Ruling], Peaks, ClaimVerdict, str]] = [
    (exports.streaming_a_csv_saves_memory, {}, ClaimVerdict.HOLDS, ""),
    (
        exports.streaming_a_csv_saves_memory,
        {
            "csv_full:export": (0.1, 7.9, 1.0, 1.0),
            **{f"export_string:export{mb}": (1.0, mb, 1.0, 1.0) for mb in (5, 50, 500)},
        },
        ClaimVerdict.UNDECIDED,
        "",
    ),
    (exports.limit_offset_exports_a_table, {}, ClaimVerdict.HOLDS_FOR, "5.0 MB"),
    (
        exports.limit_offset_exports_a_table,
        {f"export_offset:export{mb}": (2.0, float(mb), 1.0, 23.0 * mb) for mb in (5, 50)},
        ClaimVerdict.HOLDS,
        "",
    ),
    (
        exports.limit_offset_exports_a_table,
        {f"export_offset:export{mb}": (2.0, float(mb), 1.0, 80.0 * mb) for mb in (5, 50)},
        ClaimVerdict.REFUTED,
        "",
    ),
    (exports.a_large_csv_as_one_string_goes_wrong, {}, ClaimVerdict.HOLDS, ""),
    (
        exports.a_large_csv_as_one_string_goes_wrong,
        {"export_string:export500": (900.0, 500.0, 1.0, 1.0)},
        ClaimVerdict.HOLDS_FOR,
        "memory",
    ),
    (
        exports.a_large_csv_as_one_string_goes_wrong,
        {"export_string:export500": (9.0, 500.0, 1.0, 1.0)},
        ClaimVerdict.REFUTED,
        "",
    ),
]


@pytest.mark.parametrize(("rule", "peaks", "verdict", "scope"), MEMORY)
def test_an_export_is_judged_by_its_peak_and_its_times(
    rule: Callable[[Evidence], Ruling], peaks: Peaks, verdict: ClaimVerdict, scope: str
) -> None:
    found = claim(rule, a_summary(memory=peaks))
    assert (found.verdict, found.scope) == (verdict, scope)


@pytest.mark.parametrize("rule", {rule.__name__: rule for rule, *_ in MEMORY}.values(), ids=lambda rule: rule.__name__)
def test_an_export_made_once_or_never_decides_nothing(rule: Callable[[Evidence], Ruling]) -> None:
    assert claim(rule, a_summary(launches=1)).verdict is ClaimVerdict.UNDECIDED
    assert claim(rule, without(the_whole(), ":export")).verdict is ClaimVerdict.NOT_MEASURED


STARTS: list[tuple[Callable[[Evidence], Ruling], Mapping[str, tuple[float, float]], ClaimVerdict, str]] = [
    (
        startup.most_of_a_start_is_importing_libraries,
        {},
        ClaimVerdict.HOLDS_FOR,
        "1 route, 20 routes, 200 routes",
    ),
    (
        startup.most_of_a_start_is_importing_libraries,
        dict.fromkeys(startup.ROUTES, (100.0, 300.0)),
        ClaimVerdict.REFUTED,
        "",
    ),
    (
        startup.most_of_a_start_is_importing_libraries,
        dict.fromkeys(startup.ROUTES, (400.0, 40.0)),
        ClaimVerdict.HOLDS,
        "",
    ),
    (startup.the_number_of_routes_does_not_matter_to_the_start, {}, ClaimVerdict.HOLDS_FOR, "20 routes"),
    (
        startup.the_number_of_routes_does_not_matter_to_the_start,
        {"routes_1:start": (200.0, 4.0)},
        ClaimVerdict.REFUTED,
        "",
    ),
]


@pytest.mark.parametrize(("rule", "starts", "verdict", "scope"), STARTS)
def test_a_start_is_judged_by_its_steps(
    rule: Callable[[Evidence], Ruling],
    starts: Mapping[str, tuple[float, float]],
    verdict: ClaimVerdict,
    scope: str,
) -> None:
    found = claim(rule, a_summary(starts=starts))
    assert (found.verdict, found.scope) == (verdict, scope)


@pytest.mark.parametrize("rule", {rule.__name__: rule for rule, *_ in STARTS}.values(), ids=lambda rule: rule.__name__)
def test_a_start_seen_once_or_never_decides_nothing(rule: Callable[[Evidence], Ruling]) -> None:
    assert claim(rule, a_summary(launches=1)).verdict is ClaimVerdict.UNDECIDED
    assert claim(rule, without(the_whole(), ":start")).verdict is ClaimVerdict.NOT_MEASURED


def test_streaming_that_takes_as_much_memory_saves_none() -> None:
    streamed, whole = (9.0, 5.0, 1.0, 1.0), (6.0, 5.0, 1.0, 1.0)
    peaks = dict.fromkeys(exports.STREAMED, streamed) | dict.fromkeys(exports.STREAMED.values(), whole)
    assert claim(exports.streaming_a_csv_saves_memory, a_summary(memory=peaks)).verdict is ClaimVerdict.REFUTED


def test_the_largest_export_of_a_run_is_its_claims_scope() -> None:
    found = claim(exports.a_large_csv_as_one_string_goes_wrong, without(the_whole(), "export500"))
    assert (found.verdict, found.scope) == (ClaimVerdict.HOLDS_FOR, "50.0 MB, the largest of this run")


def test_the_verdict_on_rust_differs_between_releases_that_differ() -> None:
    before = a_summary({f"fastapi_response_model:rows{rows}": 50 + 7.0 * rows for rows in ROWS})
    rule = responses.a_response_model_writes_json_in_rust
    assert (claim(rule, before).verdict, claim(rule, the_whole()).verdict) == (ClaimVerdict.REFUTED, ClaimVerdict.HOLDS)


def test_a_generator_that_runs_on_says_how_many_chunks_nobody_read() -> None:
    found = claim(streams.a_generator_is_closed_when_its_client_leaves, the_whole())
    assert "8 of 9 were closed, at most 0.40 ms after the client left" in found.finding
    assert "`stream_left:raw_asgi` ran to its own end and made 38 chunks for nobody" in found.finding
    silent = {"stream_left:silent_generator": {"closed": True, "by": "its own end", "chunks": 2, "after_ms": 950.0}}
    found = claim(streams.a_generator_is_closed_when_its_client_leaves, a_summary(facts=silent))
    assert "`stream_left:silent_generator` ran to its own end" in found.finding
    assert "made 0 chunks" not in found.finding
