"""How a service did is told from its load, and never makes the load invalid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from load_samples import LOAD, OPEN, OPENED

from bench.analysis.load.service import Limit, conditions, incomparable, limit, stalled
from bench.analysis.run.checks import checks
from bench.model.load import LoadSample, SilentPeriod
from bench.stats.histogram import from_latencies

WAITING = {  # 16 users, each answered after 50 ms
    "requests": 1600,
    "per_second": (320,) * 5,
    "latency": from_latencies([50_000_000] * 1600),
    "client_cpu_s": 0.2,
    "under_way": 16.0,
    "reference_us": (200.0,) * 240,
}


def changed(**update: Any) -> LoadSample:
    return LOAD.model_copy(update=update)


LIMITS: dict[str, tuple[LoadSample, Limit, str]] = {
    "a server at its limit": (LOAD, Limit.SATURATED, "server 98% of a core"),
    "two workers at their limit": (
        changed(server_cpu_s=9.8, server_workers=(25_000, 25_000), server_cores=(1, 2)),
        Limit.SATURATED,
        "server 98% of its 2 cores: this is the most that 2 server processes answer",
    ),
    "two workers that wait": (
        changed(**WAITING, server_cpu_s=4.5, server_workers=(800, 800), server_cores=(1, 2)),
        Limit.WAITING,
        "server 45% of its 2 cores",
    ),
    "a server that waits": (changed(**WAITING, server_cpu_s=0.3), Limit.WAITING, "server 6% of a core"),
    "a database that works": (
        changed(**WAITING, server_cpu_s=1.5, database_cpu_s=2.5),
        Limit.BUSY,
        "server 30% of a core, database 50%",
    ),
    "a loop that is held": (
        changed(**WAITING, server_cpu_s=0.1, held_s=4.5, hold_ms=1003.0, hold_at="app.py:7 time.sleep"),
        Limit.HELD,
        "held for at least 90% of the time, the longest at app.py:7 time.sleep",
    ),
    "users that take their time": (
        changed(
            requests=500, per_second=(100,) * 5, server_cpu_s=0.1, under_way=0.15, reference_us=(200.0,) * 240
        ),
        Limit.USERS,
        "users waited for an answer 1% of the time",
    ),
    "one user and one server in turns": (
        changed(users=1, requests=3_300, latency=from_latencies([1_500_000] * 99), server_cpu_s=2.2, client_cpu_s=2.4,
                reference_us=(200.0,) * 240),
        Limit.TURNS,
        "server 44% of a core, client 48%",
    ),
    "an open load that is kept up with": (
        OPEN.model_copy(update={"server_cpu_s": 2.0, "reference_us": (200.0,) * 240}),
        Limit.KEEPS_UP,
        "40%",
    ),
    "no meter": (changed(server_cpu_s=None), Limit.UNKNOWN, "--meter"),
}  # fmt: skip


@pytest.mark.parametrize(("sample", "kind", "evidence"), LIMITS.values(), ids=LIMITS)
def test_what_holds_a_rate_where_it_is_is_told(sample: LoadSample, kind: Limit, evidence: str) -> None:
    found = limit(sample)
    assert found.name == kind
    assert evidence in found.evidence


SILENCE = SilentPeriod(at_s=2.0, duration_s=1.5)
PROBLEMS: dict[str, tuple[LoadSample, str, str]] = {
    "one failed": (changed(errors={"timeout": 1}), "errors", "1 timeout"),
    "two kinds failed": (
        changed(errors={"timeout": 2, "reset": 9}, latency=from_latencies([1_500_000] * 89)),
        "errors",
        "11.0% of 100 requests failed: 9 reset, 2 timeout",
    ),
    "a client that gave up": (
        changed(gave_up="every request has failed for 2 s (9 connect)"),
        "stopped early",
        "after 5.0 s: every request has failed for 2 s (9 connect)",
    ),
    "a stall": (
        changed(silent=(SILENCE,), latency=from_latencies([1_500_000] * 50)),
        "stalls",
        "no answer once, for 1.5 s, from second 2.0",
    ),
    "stalls": (
        changed(
            silent=(SILENCE, SilentPeriod(at_s=4.0, duration_s=0.2)), latency=from_latencies([1_500_000] * 50)
        ),
        "stalls",
        "no answer 2 times, the longest for 1.5 s",
    ),
    "rate climbs": (
        changed(per_second=(8_000, 8_500, 9_500, 10_000, 9_000)), "unsteady rate", "+18.2% requests/s"
    ),
    "rate falls": (changed(per_second=(10_000, 10_000, 8_000, 8_000, 8_000)), "unsteady rate", "-20.0% requests/s"),
    "two seconds apart": (changed(per_second=(10_000, 8_000, 900)), "unsteady rate", "-20.0% requests/s"),
    "nothing until late": (
        changed(per_second=(0, 0, 10_000, 10_000, 10_000)), "unsteady rate", "no answer in the first"
    ),
    "more fell due than was answered": (
        OPEN.model_copy(update={"open": OPENED.model_copy(update={"offered": 51_000})}),
        "rate not kept",
        "98.0% of 51,000 scheduled requests",
    ),
    "more connections were needed": (
        OPEN.model_copy(
            update={
                "users": 16,
                "requests": 1600,
                "server_cpu_s": 0.3,
                "open": OPENED.model_copy(
                    update={"rate": 1000.0, "offered": 5000, "service": from_latencies([50_000_000] * 1600)}
                ),
            }
        ),
        "rate not kept",
        "the queue grows, so latency depends on the duration. All 16 connections were busy: try --users 75",
    ),
    "connected again and again": (
        changed(reconnects=700), "connections closed", "700 connections reopened for 60,004 requests"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sample", "name", "evidence"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_of_the_service_is_told_and_the_load_stays_valid(
    sample: LoadSample, name: str, evidence: str
) -> None:
    (found,) = [one for one in conditions(sample)[1:] if one.problem]
    assert found.name == name
    assert evidence in found.evidence
    failing = {check.name for check in checks(sample) if not check.passed}
    assert failing <= ({"Little's law"} if name == "errors" else set())


@pytest.mark.parametrize(
    "fine",
    [
        {},
        {"per_second": (10_000, 9_000, 10_000, 9_000, 10_000)},
        {"per_second": (50_000,)},
        {"per_second": (10_000, 10_100)},
        {"per_second": (10_000, 10_000, 10_000, 10_000, 2_000)},
        {"per_second": (10_000, 10_000, 10)},
        {"per_second": (10_000, 10_000, 5_000, 5_000, 900), "reference_us": (200.0,) * 5 + (400.0,) * 5},
        {"per_second": (10_000,) * 5, "reference_us": (200.0,) * 5 + (250.0,) * 5},
        {"per_second": (3, 19, 1)},
        {"per_second": (0, 0, 0, 0)},
        {"reconnects": 600},
        {"silent": (SilentPeriod(at_s=1.0, duration_s=0.12),), "latency": from_latencies([30_000_000] * 50)},
    ],
    ids=str,
)
def test_what_is_usual_is_no_problem(fine: Mapping[str, Any]) -> None:
    assert [one for one in conditions(LOAD.model_copy(update=dict(fine))) if one.problem] == []


def test_a_load_that_is_paced_by_a_rate_is_no_problem_either() -> None:
    assert [one for one in conditions(OPEN) if one.problem] == []


def test_a_silence_is_a_stall_only_if_it_is_long_for_this_service() -> None:
    slow = changed(silent=(SILENCE,), latency=from_latencies([2_000_000_000] * 50), requests=10)
    assert stalled(slow) == ()
    assert stalled(changed(silent=(SILENCE,), requests=0)) == (SILENCE,)


def test_a_served_comparison_leaves_out_what_was_not_all_alike() -> None:
    assert incomparable(LOAD) is None
    assert incomparable(OPEN) is None
    for sample, name, _ in PROBLEMS.values():
        if name not in ("rate not kept", "connections closed"):
            assert (incomparable(sample) or "").startswith(f"{name}: ")


@given(
    st.fixed_dictionaries(
        {
            "duration_s": st.floats(0, 1e3),
            "requests": st.integers(0, 10**6),
            "per_second": st.lists(st.integers(0, 10**6), max_size=6).map(tuple),
            "server_cpu_s": st.none() | st.floats(0, 1e3),
            "database_cpu_s": st.none() | st.floats(0, 1e3),
            "errors": st.dictionaries(st.sampled_from(["timeout", "status_500"]), st.integers(1, 99)),
            "silent": st.just(()) | st.just((SILENCE,)),
        }
    )
)
def test_whatever_a_load_holds_its_service_has_one_limit_and_evidence_for_all(held: dict[str, Any]) -> None:
    found = conditions(LOAD.model_copy(update=held))
    assert found[0].name in tuple(Limit)
    assert all(one.evidence for one in found)
    assert len({one.name for one in found}) == len(found)
