"""Several clients' parts merge as if one client had seen it all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.load.merge import outcome
from bench.load.messages import SecondCounts, WorkerReport
from bench.model.load import EndpointSample, OpenLoad, SilentPeriod
from bench.stats.histogram import from_latencies, sparse

latencies = st.lists(st.integers(1, 10**10), max_size=30)


def second(seen: list[int]) -> SecondCounts:
    buckets, counts = sparse(seen)
    return SecondCounts(
        requests=len(seen), errors=len(seen), buckets=tuple(buckets.tolist()), counts=tuple(counts.tolist())
    )


def part(
    name: str,
    seen: list[int],
    began_at_s: float = 0.0,
    opened: bool = False,
    silent: tuple[SilentPeriod, ...] = (),
) -> WorkerReport:
    timed = from_latencies(seen)
    load = OpenLoad(
        rate=100.0,
        arrivals="constant",
        offered=len(seen),
        due=len(seen) + 1,
        ended=len(seen),
        unsent=1,
        service=timed,
        lag=from_latencies([7]),
    )
    return WorkerReport(
        begin_s=5.0,
        began_at_s=began_at_s,
        duration_s=2.0,
        requests=len(seen),
        per_second=(len(seen),),
        seconds=(second(seen),),
        silent=silent,
        failed_s=0.5,
        errors={"timeout": len(seen)},
        latency=timed,
        endpoints=(
            EndpointSample(
                name=f"GET {name}", requests=len(seen), errors={"timeout": len(seen)}, latency=timed, verified=1
            ),
        ),
        verified=1,
        connections=4,
        reconnects=1,
        client_requests=len(seen),
        client_cpu_s=0.5,
        client_waited_s=0.1,
        client_grown_mb=0.2,
        under_way=3.0,
        open=load if opened else None,
    )


def test_a_name_tells_its_method_where_any_process_saw_several() -> None:
    one, other = part("/x", [1, 2]), part("/x", [3])
    posted = one.endpoints[0].model_copy(update={"name": "POST /x"})
    merged = outcome([one.model_copy(update={"endpoints": (*one.endpoints, posted)}), other], (), workers=2)
    assert [(endpoint.name, endpoint.requests) for endpoint in merged.endpoints] == [("GET /x", 3), ("POST /x", 2)]


@given(st.lists(st.tuples(st.sampled_from(["user", "list"]), latencies), min_size=1, max_size=4))
def test_counts_add_up_and_histograms_lose_nothing(seen: list[tuple[str, list[int]]]) -> None:
    everything = [latency for _, ones in seen for latency in ones]
    merged = outcome([part(name, ones, opened=True) for name, ones in seen], (), workers=len(seen))
    assert merged.latency == from_latencies(everything)
    assert merged.requests == merged.client_requests == sum(merged.per_second) == len(everything)
    (timeline,) = merged.timeline
    assert (timeline.requests, timeline.errors) == (len(everything), len(everything))
    assert merged.failed_s == 0.5 * len(seen)
    assert merged.errors == ({"timeout": len(everything)} if everything else {})
    for endpoint in merged.endpoints:
        assert endpoint.latency == from_latencies([one for name, ones in seen if name == endpoint.name for one in ones])
    assert merged.open is not None
    assert merged.open.service == merged.latency
    assert (merged.open.due, merged.open.unsent) == (len(everything) + len(seen), len(seen))
    assert merged.open.lag.count == len(seen)
    assert (merged.connections, merged.verified) == (4 * len(seen), len(seen))


def test_a_worker_that_did_not_report_is_counted_and_starts_apart_are_seen() -> None:
    merged = outcome([part("user", [1], began_at_s=10.0), part("user", [2], began_at_s=10.3)], (), workers=3)
    assert (merged.workers, merged.lost_workers) == (3, 1)
    assert merged.starts_apart_s == pytest.approx(0.3)
    assert merged.open is None


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="no part"):
        outcome([], (), workers=2)


def test_only_a_silence_of_all_processes_is_one_of_the_service() -> None:
    one = part("user", [1], silent=(SilentPeriod(at_s=1.0, duration_s=2.0), SilentPeriod(at_s=5.0, duration_s=0.3)))
    other = part("user", [1], silent=(SilentPeriod(at_s=0.5, duration_s=1.5), SilentPeriod(at_s=5.25, duration_s=1.0)))
    assert outcome([one, other], (), workers=2).silent == (SilentPeriod(at_s=1.0, duration_s=1.0),)
    assert outcome([one, part("user", [1])], (), workers=2).silent == ()


def test_the_worker_that_gave_up_says_why() -> None:
    stopped = part("user", [1]).model_copy(update={"gave_up": "every request has failed"})
    assert outcome([stopped, stopped], (), workers=2).gave_up == "every request has failed"


def test_a_worker_that_gave_up_alone_is_lost() -> None:
    stopped = part("user", [1]).model_copy(update={"gave_up": "every request has failed", "duration_s": 0.3})
    merged = outcome([part("user", [1, 2]), stopped], (), workers=2)
    assert (merged.requests, merged.duration_s, merged.lost_workers, merged.gave_up) == (2, 2.0, 1, None)
