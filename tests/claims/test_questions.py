"""The five questions, answered by what a run observed."""

from __future__ import annotations

from dataclasses import replace

from bench.analysis.load.figures import EndpointFigures, Load
from bench.analysis.run.figures import CheckedFigure, Summary
from bench.analysis.run.summary import summarise
from bench.claims.claim import ClaimVerdict
from bench.claims.rules import layers, questions
from bench.stats.intervals import Estimate
from tests.factories import synthetic_run
from tests.runs import a_summary, claim, reply, the_whole, without


def served(case: str, scenario: str, rps: float, longest_ms: float) -> Summary:
    """The whole run with one load of a case more."""
    known = summarise(synthetic_run()).cases["raw_asgi:rows100"].loads["steady"].value
    assert known is not None
    canary = EndpointFigures(requests=500, errors={}, latency_ms={0.99: longest_ms / 2}, longest_ms=longest_ms)
    load: Load = replace(known, scenario=scenario, rps=Estimate(rps, rps, rps, 3), endpoints={"health": canary})
    return with_load(the_whole(), case, load)


def with_load(summary: Summary, case: str, load: Load) -> Summary:
    known = replace(summary.cases[case], loads={load.scenario: CheckedFigure(load)})
    return replace(summary, cases={**summary.cases, case: known})


def test_a_login_is_cheapest_where_its_interval_is_below_all_others() -> None:
    said = reply(questions.login_by_middleware_or_by_dependency, the_whole()).finding
    assert said.startswith("Authentication adds 2.00")
    assert said.count("(lowest with pure ASGI middleware)") == 3
    one_launch = reply(questions.login_by_middleware_or_by_dependency, a_summary(launches=1)).finding
    assert one_launch.count("(too close to call)") == 3


def test_sessions_are_counted_with_and_without_a_database() -> None:
    with_database = reply(questions.sessions_of_two_uses, the_whole()).finding
    assert (
        "two `Depends(get_db)` created 1 on 1 connection, one of the two with `use_cache=False` created 2"
        in with_database
    )
    without_database = reply(questions.sessions_of_two_uses, without(the_whole(), "db_sessions")).finding
    assert "two `Depends(get_db)` created 1, one of the two with `use_cache=False` created 2" in without_database
    assert "PostgreSQL" not in without_database


def test_the_largest_export_answers_for_the_one_of_500_mb() -> None:
    found = reply(questions.a_large_csv_as_one_string, without(the_whole(), "export500"))
    assert found.finding.startswith("At 50.0 MB, the largest size measured both ways")
    assert "export_string:export50" in found.cases


def test_how_long_others_wait_is_the_longest_wait_of_the_canary() -> None:
    both = served("export_string:export5", "export", 10.0, 1234.0)
    load = both.cases["export_string:export5"].loads["export"].value
    assert load is not None
    cursor = replace(load, endpoints={"health": replace(load.endpoints["health"], longest_ms=7.0, latency_ms={})})
    found = reply(questions.a_large_csv_as_one_string, with_load(both, "export_cursor:export5", cursor))
    assert "with one string, 99% within 617.0 ms, at most 1,234 ms; with the cursor, at most 7.00 ms." in found.finding


def test_a_load_that_is_missing_is_said() -> None:
    assert (
        "How long other requests wait was not measured"
        in reply(questions.a_large_csv_as_one_string, the_whole()).finding
    )


def test_what_leaks_is_named_with_its_fields() -> None:
    said = reply(questions.response_model_and_a_hashed_password, the_whole()).finding
    assert "`fastapi_dict` (hashed_password and internal_flags)" in said.partition("Hidden fields left with")[2]
    assert "`fastapi_response_model`" in said.partition("Hidden fields left with")[0]


def test_validation_stands_where_its_event_stands() -> None:
    said = reply(questions.where_validation_happens, the_whole()).finding
    assert "BaseHTTPMiddleware in, dependency, validation rejected" in said.partition("Accepted")[0]


def test_a_question_without_its_cases_says_what_is_missing() -> None:
    bare = without(the_whole(), ":")
    for question in (
        questions.login_by_middleware_or_by_dependency,
        questions.sessions_of_two_uses,
        questions.a_large_csv_as_one_string,
        questions.response_model_and_a_hashed_password,
        questions.where_validation_happens,
    ):
        found = reply(question, bare)
        assert not found.measured
        assert "not part of this " in found.finding


def test_the_rate_of_one_process_is_said_beside_pydantics_share() -> None:
    found = claim(layers.pydantic_shows_up_past_100k_requests, served("fastapi_plain:plain", "hot", 32_000.0, 1.0))
    assert "one process served at most 32,000." in found.finding
    assert found.verdict is ClaimVerdict.REFUTED
