"""Claims on the server's settings, by launches whose costs are known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from server_samples import ADDED_US, server_sample

from bench.analysis.run.figures import Summary
from bench.analysis.run.summary import summarise
from bench.claims.claim import ClaimVerdict, Ruling
from bench.claims.evidence import Evidence
from bench.claims.rules import servers
from bench.model.server_layers import ServerSample
from tests.factories import synthetic_run
from tests.runs import claim

RAW, FASTAPI = servers.APPS
APPS = ((RAW, 30.0), (FASTAPI, 90.0))
ASYNCIO, H11, LOG = servers.ASYNCIO, servers.H11, servers.LOG
Rule = Callable[[Evidence], Ruling]


def served(raw: dict[str, float], fastapi: dict[str, float], launches: int = 4, bare_us: float = 30.0) -> Summary:
    """The raw app and the FastAPI app, whose bare server takes three times as long, with these costs changed."""
    samples = [
        server_sample(case, launch, ADDED_US | changed, bare_us=bare)
        for launch in range(launches)
        for case, changed, bare in ((RAW, raw, bare_us), (FASTAPI, fastapi, 3 * bare_us))
    ]
    return summarise(synthetic_run().model_copy(update={"samples": tuple(samples), "absences": ()}))


@pytest.mark.parametrize(
    ("rule", "raw", "fastapi", "verdict"),
    [
        (servers.uvloop_makes_it_2_to_4_times_faster, {ASYNCIO: 60.0}, {ASYNCIO: 180.0}, ClaimVerdict.HOLDS),
        (servers.uvloop_makes_it_2_to_4_times_faster, {ASYNCIO: 60.0}, {ASYNCIO: 20.0}, ClaimVerdict.HOLDS_FOR),
        (servers.uvloop_makes_it_2_to_4_times_faster, {ASYNCIO: 10.0}, {ASYNCIO: 10.0}, ClaimVerdict.REFUTED),
        (servers.uvloop_makes_it_2_to_4_times_faster, {ASYNCIO: 200.0}, {ASYNCIO: 400.0}, ClaimVerdict.REFUTED),
        (servers.turn_the_access_log_off, {LOG: 9.0}, {LOG: 18.0}, ClaimVerdict.HOLDS),
        (servers.turn_the_access_log_off, {LOG: 9.0}, {LOG: 4.0}, ClaimVerdict.HOLDS_FOR),
        (servers.turn_the_access_log_off, {LOG: 0.5}, {LOG: 0.5}, ClaimVerdict.REFUTED),
        (servers.httptools_beats_h11, {H11: 40.0}, {H11: 40.0}, ClaimVerdict.HOLDS),
        (servers.httptools_beats_h11, {H11: -3.0}, {H11: -3.0}, ClaimVerdict.REFUTED),
    ],
)
def test_a_setting_is_judged_by_what_it_adds(
    rule: Rule, raw: dict[str, float], fastapi: dict[str, float], verdict: ClaimVerdict
) -> None:
    found = claim(rule, served(raw, fastapi))
    assert found.verdict is verdict, found.finding
    assert found.scope == ("a raw ASGI app" if verdict is ClaimVerdict.HOLDS_FOR else "")
    assert set(found.cases) == {RAW, FASTAPI}
    assert found.finding.endswith("95% intervals over 4 launches.")


@pytest.mark.parametrize(
    ("client_us", "faster", "verdict"),
    [
        (5.0, 1.95, ClaimVerdict.HOLDS),
        (5.0, 1.3, ClaimVerdict.REFUTED),
        (14.8, 1.95, ClaimVerdict.HOLDS_FOR),  # of the raw app's 15.7 µs
    ],
)
def test_a_worker_for_each_core_is_judged_by_the_rate_where_the_client_is_fast_enough(
    client_us: float, faster: float, verdict: ClaimVerdict
) -> None:
    def two_workers(sample: ServerSample) -> ServerSample:
        walls = tuple(us / faster for us in sample.bare.wall_us)
        own = sample.bare.model_copy(update={"wall_us": walls, "client_us": (client_us,) * len(walls)})
        return sample.model_copy(update={"variants": {servers.SECOND_CORE: own}})

    samples = [two_workers(server_sample(case, launch, bare_us=bare)) for launch in range(3) for case, bare in APPS]
    run = synthetic_run().model_copy(update={"samples": tuple(samples), "absences": ()})
    found = claim(servers.one_worker_per_core, summarise(run))
    if verdict is ClaimVerdict.HOLDS_FOR:
        assert found.verdict is ClaimVerdict.HOLDS
        assert set(found.cases) >= {FASTAPI}
        assert "raw ASGI" not in found.finding
    else:
        assert found.verdict is verdict


def test_a_machine_with_two_cores_says_why_it_cannot_judge_workers() -> None:
    missing = {servers.SECOND_CORE: "needs 2 cores for the server"}
    samples = tuple(server_sample(case, launch, missing=missing) for launch in range(3) for case in servers.APPS)
    run = synthetic_run().model_copy(update={"samples": samples, "absences": ()})
    found = claim(servers.one_worker_per_core, summarise(run))
    assert found.verdict is ClaimVerdict.NOT_MEASURED
    assert "needs 2 cores for the server" in found.finding


RULES = (servers.uvloop_makes_it_2_to_4_times_faster, servers.turn_the_access_log_off, servers.httptools_beats_h11)


@pytest.mark.parametrize("rule", RULES)
def test_one_launch_and_a_run_without_the_pass_decide_nothing(rule: Rule) -> None:
    assert claim(rule, served({}, {}, launches=1)).verdict is ClaimVerdict.UNDECIDED
    found = claim(rule, summarise(synthetic_run()))
    assert found.verdict is ClaimVerdict.NOT_MEASURED
    assert "settings were not compared" in found.finding
