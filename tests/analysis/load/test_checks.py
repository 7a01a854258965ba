"""Every safeguard of a load passes on good evidence, and fails on evidence that is bad in just its way."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from factories import synthetic_run
from hypothesis import given
from hypothesis import strategies as st
from load_samples import LOAD, OPEN, OPENED

from bench.analysis.load import checks as load_checks
from bench.analysis.load.search_checks import capacity_valid
from bench.analysis.run import checks
from bench.model.load import Ceiling, LoadSample, SearchSample, Second
from bench.model.run import Check
from bench.stats.histogram import from_latencies

# What is wrong: the check that has to see it, and what its evidence must say.
BAD_LOADS: dict[str, tuple[str, dict[str, Any], str]] = {
    "nothing came": (
        "requests sent",
        {"requests": 0, "per_second": (0,) * 5, "under_way": 0.0},
        "0 answered and 0 failed in 5 s",
    ),
    "never compared": ("answers verified", {"verified": 0}, "0 of 50000 compared byte by byte"),
    "server saw fewer": ("counted on both sides", {"server_requests": 59_987}, "client 60004, server 59987"),
    "server saw more": ("counted on both sides", {"server_requests": 60_005}, "client 60004, server 60005"),
    "client at its limit": ("client not saturated", {"client_cpu_s": 4.99}, "client 100% of its cores, server 98%"),
    "client at its limit before two workers are at theirs": (
        "client not saturated",
        {"client_cpu_s": 4.99, "server_cpu_s": 8.0, "server_workers": (30_002, 30_002), "server_cores": (1, 2)},
        "client 100% of its cores, server 80% of its cores",
    ),
    "client in the database's way": (
        "client not saturated",
        {"client_cpu_s": 1.8, "database_cpu_s": 3.1, "server_cpu_s": 4.5},
        "client 36% of its cores, server 90%, database 62%, maybe on the client's core",
    ),
    "one core for both": ("disjoint cores", {"server_cores": (0, 1)}, "server on [0, 1], client on [0]"),
    "server not pinned": ("disjoint cores", {"server_cores": ()}, "server on [], client on [0]"),
    "client not pinned": ("disjoint cores", {"client_cores": ()}, "server on [1], client on []"),
    "core speed unknown": ("core speed known", {"reference_us": (200.0,)}, "1 reference runs"),
    "close to its ceiling": (
        "client below its ceiling",
        {"ceiling": Ceiling(requests=8_400, duration_s=0.6, client_cpu_s=0.58)},
        "10,000 of the 14,000 requests/s",
    ),
    "close to its ceiling with large bodies": (
        "client below its ceiling",
        {
            "compared": "parts",
            "client_cpu_s": 3.6,
            "ceiling": Ceiling(requests=8_400, duration_s=0.6, client_cpu_s=0.58),
        },
        "the client did against the null server, using 72% of its cores",
    ),
    "more on their way than users": (
        "Little's law",
        {"latency": from_latencies([1_800_000] * 10)},
        "18.00 requests in flight",
    ),
    "fewer on their way than were seen": (
        "Little's law",
        {"latency": from_latencies([1_500] * 10)},
        "0.02 requests in flight by rate and latency, 15.20 observed",
    ),
    "never connected": ("connections made", {"connections": 0}, "16 requested, 0 opened"),
    "a client without files": (
        "connections made",
        {"errors": {"client_limit": 9}, "failed_s": 0.0},
        "9 times it had no file or port left",
    ),
    "a miscount beside wrong answers": (
        "counted on both sides",
        {"server_requests": 59_000, "errors": {"status_500": 30_000}, "failed_s": 0.0},
        "client 60004, server 59000",
    ),
    "more connections than users": ("connections made", {"connections": 17}, "16 requested, 17 opened"),
    "a neighbour on the server's core": (
        "cores undisturbed",
        {"server_waited_s": 2.0, "server_cpu_s": 2.9},
        "server waited 40.0% of the time for its core, client waited 2.0%",
    ),
    "a neighbour on the client's core": ("cores undisturbed", {"client_waited_s": 1.0}, "client waited 20.0%"),
    "a neighbour before it began": (
        "cores undisturbed",
        {"stolen_before": {0: 0.0, 1: 0.5}},
        "other processes used 50.0%",
    ),
    "a client that grows": ("client's memory steady", {"client_grown_mb": 60.0}, "+60.0 MB over 50000 requests"),
    "a worker that died": ("all workers reported", {"workers": 3, "lost_workers": 1}, "2 of 3"),
    "a worker that came late": (
        "all workers reported",
        {"workers": 2, "joined_workers": 1},
        "1 joined during the load",
    ),
    "workers that began apart": ("all workers reported", {"workers": 2, "starts_apart_s": 0.5}, "within 500.0 ms"),
}


# The same of an open load.
BAD_OPEN_LOADS: dict[str, tuple[str, dict[str, Any], str]] = {
    "one is missing": (
        "every arrival accounted for",
        {"open": OPENED.model_copy(update={"ended": 60_003})},
        "60004 scheduled: 60003 answered or lost, 0 never sent",
    ),
    "a slow generator": (
        "schedule kept",
        {"open": OPENED.model_copy(update={"lag": from_latencies([900_000] * 50_000)})},
        "99% of requests sent at most 0.900 ms late, latency 1.500 ms",
    ),
    "more under way than connections": (
        "Little's law",
        {"open": OPENED.model_copy(update={"service": from_latencies([2_000_000] * 50_000)})},
        "20.00 requests in flight by rate and latency, 11.80 observed, of 16 users",
    ),
}


def failed(sample: LoadSample | SearchSample) -> list[Check]:
    return [check for check in checks.checks(sample) if not check.passed]


@pytest.mark.parametrize("sample", [LOAD, OPEN], ids=["closed", "open"])
def test_good_evidence_passes_every_safeguard(sample: LoadSample) -> None:
    found = checks.checks(sample)
    assert failed(sample) == []
    assert len({check.name for check in found}) == len(found) > 10


@pytest.mark.parametrize(("name", "wrong", "evidence"), BAD_OPEN_LOADS.values(), ids=BAD_OPEN_LOADS)
def test_an_open_load_that_is_bad_in_one_way_fails_just_that_safeguard(
    name: str, wrong: Mapping[str, Any], evidence: str
) -> None:
    (check,) = failed(OPEN.model_copy(update=dict(wrong)))
    assert check.name == name
    assert evidence in check.evidence


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
        {"client_cpu_s": 4.95, "server_cpu_s": 4.97},
        {"server_cpu_s": 0.3},
        {"errors": {"timeout": 10}, "failed_s": 0.1},
        {"per_second": (10_000, 8_000, 6_000, 4_000, 2_000)},
        {"reconnects": 50_000},
        {"client_cpu_s": 1.8, "database_cpu_s": 3.1, "server_cpu_s": 4.8},
        {"client_cpu_s": 0.4, "database_cpu_s": 4.5, "server_cpu_s": 3.0},
        {"client_cpu_s": 1.8, "database_cpu_s": 3.9, "server_cpu_s": 3.0},
    ],
    ids=str,
)
def test_what_is_within_a_limit_passes(fine: Mapping[str, Any]) -> None:
    assert failed(LOAD.model_copy(update=dict(fine))) == []


def test_a_schedule_may_be_as_late_as_waking_up_takes() -> None:
    def late(lag_us: int) -> LoadSample:
        opened = OPENED.model_copy(update={"lag": from_latencies([lag_us * 1000] * 50_000)})
        return OPEN.model_copy(update={"open": opened, "latency": from_latencies([400_000] * 50_000)})

    assert failed(late(190)) == []
    (check,) = failed(late(210))
    assert check.name == "schedule kept"


def test_a_null_server_that_large_bodies_slow_down_is_no_limit_of_the_client() -> None:
    slow = Ceiling(requests=6_100, duration_s=0.6, client_cpu_s=0.3)
    changes = {"compared": "parts", "client_cpu_s": 3.0, "ceiling": slow}
    assert failed(LOAD.model_copy(update=changes)) == []
    (check,) = failed(LOAD.model_copy(update=changes | {"compared": "bytes"}))
    assert check.name == "client below its ceiling"


def test_where_a_queue_grows_what_was_due_before_is_answered_within_the_measurement() -> None:
    """1,000 requests/s of a route that waits 50 ms, by 16 connections: these carry 316/s, and all are busy."""
    grown = OPEN.model_copy(
        update={
            "users": 16,
            "connections": 16,
            "duration_s": 4.0,
            "requests": 563,
            "under_way": 16.0,
            "timeline": (Second(requests=316, errors=0, p50_ms=1500.0, p99_ms=2000.0),) * 4,
            "open": OPENED.model_copy(update={"service": from_latencies([50_000_000] * 3712)}),
        }
    )
    assert "Little's law" not in {check.name for check in failed(grown)}
    unseen = grown.model_copy(update={"timeline": ()})
    assert "Little's law" in {check.name for check in failed(unseen)}


def test_threads_of_a_server_that_wait_for_each_other_are_no_neighbour() -> None:
    """Bodies of 500 MB: what the process itself used of its core, nobody else had."""
    assert failed(LOAD.model_copy(update={"server_waited_s": 0.8, "server_cpu_s": 4.9})) == []
    (check,) = failed(LOAD.model_copy(update={"server_waited_s": 0.8, "server_cpu_s": 4.3}))
    assert check.evidence.startswith("server waited 14.0% of the time for its core")


def test_what_two_workers_waited_is_a_share_of_both_their_cores() -> None:
    both = {"server_workers": (30_002, 30_002), "server_cores": (1, 2), "server_waited_s": 0.8, "server_cpu_s": 4.0}
    assert not failed(LOAD.model_copy(update=both))
    assert [check.name for check in failed(LOAD.model_copy(update=both | {"server_cores": (1,)}))] == [
        "cores undisturbed"
    ]


def test_a_client_that_spins_is_no_limit_while_the_server_is_busier() -> None:
    spinning = LOAD.model_copy(update={"client_cpu_s": 4.9, "server_cpu_s": 4.95})
    assert failed(spinning) == []
    (check,) = failed(spinning.model_copy(update={"server_cpu_s": 4.85}))
    assert check.name == "client not saturated"


def test_every_safeguard_is_in_the_table_and_known_to_these_tests() -> None:
    own = [function for _, function in inspect.getmembers(load_checks, inspect.isfunction)]
    public = {one for one in own if one.__module__ == load_checks.__name__ and not one.__name__.startswith("_")}
    assert public - {load_checks.suffices, load_checks.load_checks} == set(load_checks.SAFEGUARDS)
    assert set(load_checks.OF_THE_COUNT) | set(load_checks.MAY_DELAY) < public
    seen = {check.name for sample in (LOAD, OPEN) for check in checks.checks(sample)}
    assert seen | {"all workers reported"} == {name for name, _, _ in (*BAD_LOADS.values(), *BAD_OPEN_LOADS.values())}


def test_every_safeguard_is_explained_to_users(root: Path) -> None:
    told = (root / "docs" / "load.md").read_text("utf-8")
    for name in {check.name for sample in (LOAD, OPEN) for check in checks.checks(sample)} | {"all workers reported"}:
        assert f"| {name}" in told or f", {name} |" in told, name


def test_a_server_elsewhere_without_a_meter_is_asked_for_nothing_that_it_can_not_know() -> None:
    unknown = dict.fromkeys(
        ("server_cpu_s", "server_user_s", "server_system_s", "server_rss_mb", "server_requests", "server_waited_s")
    )
    away = LOAD.model_copy(
        update=unknown | {"server_elsewhere": True, "server_cores": (), "reference_us": (), "idle_reference_us": ()}
    )
    assert failed(away) == []
    names = {check.name for check in checks.checks(away)}
    assert names.isdisjoint({"counted on both sides", "disjoint cores", "core speed known"})
    (check,) = failed(away.model_copy(update={"client_cpu_s": 4.9}))
    assert (check.name, check.evidence) == ("client not saturated", "client 98% of its cores")


def test_what_an_older_run_did_not_record_is_no_finding() -> None:
    old = LOAD.model_copy(
        update={
            "ceiling": None,
            "client_waited_s": None,
            "server_waited_s": None,
            "client_grown_mb": None,
            "under_way": None,
            "stolen_before": {},
        }
    )
    names = {check.name for check in checks.checks(old)}
    assert names.isdisjoint({"client below its ceiling", "cores undisturbed", "client's memory steady"})
    assert failed(old) == []


def test_a_database_may_have_the_clients_core() -> None:
    shared = LOAD.model_copy(update={"client_waited_s": 3.0, "database_cpu_s": 0.2})
    assert failed(shared) == []
    (check,) = failed(shared.model_copy(update={"server_waited_s": 1.0, "server_cpu_s": 3.9}))
    assert check.name == "cores undisturbed"


def test_a_search_is_not_believed_whose_client_could_not_keep_a_rate() -> None:
    search = SearchSample(
        case=LOAD.case, scenario="hot", objective={"q": 0.99, "limit_ms": 20.0}, capacity=LOAD, steps=(OPEN,)
    )
    assert failed(search) == []
    outrun = OPEN.model_copy(update={"open": OPENED.model_copy(update={"offered": 90_000})})
    assert failed(search.model_copy(update={"steps": (OPEN, outrun)})) == []  # that is what was searched for
    missing = OPENED.model_copy(update={"ended": 60_003})
    (check,) = failed(search.model_copy(update={"steps": (OPEN, OPEN.model_copy(update={"open": missing}))}))
    assert check.name == "every arrival accounted for"
    assert check.evidence.startswith("at 10,000/s: 60004 scheduled")


def test_a_search_of_which_nothing_can_be_told_is_not_believed() -> None:
    late = OPENED.model_copy(update={"lag": from_latencies([900_000] * 50_000), "offered": 90_000})
    blamed = OPEN.model_copy(update={"open": late})
    search = SearchSample(
        case=LOAD.case, scenario="hot", objective={"q": 0.99, "limit_ms": 1.0}, capacity=LOAD, steps=(blamed, blamed)
    )
    (check,) = failed(search)
    assert check.name == "at least one rate decided"
    assert check.evidence.startswith("0 of 2 rates gave a result")


def test_what_a_search_began_with_is_told_only_if_it_is_valid() -> None:
    search = SearchSample(
        case=LOAD.case, scenario="hot", objective={"q": 0.99, "limit_ms": 20.0}, capacity=LOAD, steps=(OPEN,)
    )
    assert capacity_valid(search)
    broken = LOAD.model_copy(update={"server_requests": 1})
    assert not capacity_valid(search.model_copy(update={"capacity": broken}))


def test_nothing_measured_in_no_time_fails_and_divides_by_nothing() -> None:
    empty = LOAD.model_copy(update={"requests": 0, "per_second": (), "duration_s": 0.0})
    assert {check.name for check in failed(empty)} == {
        "requests sent", "client not saturated", "cores undisturbed",
    }  # fmt: skip


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
    found = checks.checks(LOAD.model_copy(update=held))
    assert all(check.evidence for check in found)
    if all(check.passed for check in found):
        assert min(held["requests"], held["duration_s"], held["verified"]) > 0


def test_only_loads_that_were_well_made_stand_in_the_synthetic_run() -> None:
    seen = [sample for sample in synthetic_run().samples if isinstance(sample, LoadSample)]
    assert {check.name for sample in seen for check in failed(sample)} == {"counted on both sides"}
