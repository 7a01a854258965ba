"""The measured stretch of a load in one process: warm up, take both edges, let the last answers come in."""

from __future__ import annotations

import math
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter, perf_counter_ns

import gevent
from locust.stats import RequestStats

from bench.host.procfs import resident_mb, waited_s
from bench.load.endpoints import Endpoints, failures, requests, unscheduled
from bench.load.locust_stats import feed
from bench.load.messages import GIVE_UP_S, Arrivals, LoadSpec, WorkerReport
from bench.load.pacer import Pacer
from bench.load.recorder import LONGEST_LINGER_S, UNSENT, Batch, Recorder
from bench.load.timeline import Silence, Timeline
from bench.model.load import OpenLoad
from bench.stats.histogram import LatencyCounter, merge

_TICK_S = 1.0
_LOOK_S = 0.02
_POLL_S = 0.005
_MANY = 20


@dataclass(frozen=True)
class _Edge:
    """Everything recorded up to this moment has been taken."""

    at_s: float
    wall_s: float
    cpu_s: float
    waited_s: float
    rss_mb: float


@dataclass
class _Observed:
    """What one part of a load has seen so far."""

    endpoints: Endpoints = field(default_factory=Endpoints)
    per_second: list[int] = field(default_factory=list)
    timeline: Timeline = field(default_factory=Timeline)
    gave_up: str | None = None


class MeasuredInterval:
    """`at_edge` is called at both edges of the stretch; no user runs between the taking and the clocks."""

    def __init__(
        self, stats: RequestStats, recorder: Recorder, pacer: Pacer, order: LoadSpec, at_edge: Callable[[], None]
    ) -> None:
        self._stats = stats
        self._recorder = recorder
        self._pacer = pacer
        self._order = order
        self._at_edge = at_edge
        self._answered = 0
        self._lags = LatencyCounter()
        self._looks: list[int] = []
        self._silence = Silence(perf_counter())
        self._failing_since_s = perf_counter()
        self._failing: Counter[str] = Counter()

    def measure(self) -> WorkerReport:
        """Raises what `at_edge` does."""
        begin = self._run(perf_counter(), self._order.warmup_s, _Observed(), self._begin, gives_up=False)
        observed, self._lags, self._silence = _Observed(), LatencyCounter(), Silence(begin.at_s)
        looking = gevent.spawn(self._look)
        end = self._run(begin.at_s, self._order.duration_s, observed, self._end, gives_up=True)
        looking.kill()
        return self._report(observed, begin, end)

    def _report(self, observed: _Observed, begin: _Edge, end: _Edge) -> WorkerReport:
        seen, silent = observed.endpoints, self._silence.periods(end.at_s)
        under_way = sum(self._looks) / max(1, len(self._looks))
        unsent = self._drain(seen)
        endpoints = seen.samples()
        return WorkerReport(
            begin_s=begin.at_s,
            began_at_s=begin.wall_s,
            duration_s=end.at_s - begin.at_s,
            requests=seen.requests,
            per_second=tuple(observed.per_second),
            seconds=observed.timeline.seconds(),
            silent=silent,
            gave_up=observed.gave_up,
            errors=dict(seen.errors),
            failed_s=seen.failed_s,
            latency=merge([endpoint.latency for endpoint in endpoints]),
            endpoints=endpoints,
            verified=seen.verified,
            connections=self._recorder.connections,
            reconnects=self._recorder.reconnects,
            client_requests=self._answered,
            client_cpu_s=end.cpu_s - begin.cpu_s,
            client_waited_s=max(0.0, end.waited_s - begin.waited_s),
            client_grown_mb=end.rss_mb - begin.rss_mb,
            under_way=under_way,
            open=self._open(self._order.arrivals, seen, unsent) if self._order.arrivals else None,
        )

    def _look(self) -> None:
        """How many requests are on their way, again and again: Little's law must come to the same."""
        while True:
            gevent.sleep(_LOOK_S)
            waiting = self._recorder.waiting
            self._looks.append(waiting)
            self._silence.look(perf_counter(), waiting, self._answered + self._recorder.answers)

    def _run(
        self, begin_s: float, duration_s: float, observed: _Observed, at_end: Callable[[], None], *, gives_up: bool
    ) -> _Edge:
        """Let it run, second by second (the last may be a part of one), and take the edge at its end, at which `at_end`
        is called. What `gives_up` ends early, and says why, when nothing answers."""
        for due_s in range(1, math.ceil(duration_s)):
            gevent.sleep(max(0.0, begin_s + due_s - perf_counter()))
            self._take(observed, self._recorder.take())
            if gives_up and (reason := self._nothing_answers()) is not None:
                observed.gave_up = reason
                break
        else:
            gevent.sleep(max(0.0, begin_s + duration_s - perf_counter()))
        self._at_edge()  # may ask another machine, and let users run meanwhile
        taken = self._recorder.take()
        edge = _edge()
        at_end()
        self._take(observed, taken)
        return edge

    def _take(self, observed: _Observed, taken: Sequence[Batch]) -> None:
        """Counted, accounted for, and not kept."""
        self._lags.add(self._pacer.take_lags())
        observed.endpoints.add(taken)
        observed.per_second.append(unscheduled(taken))
        observed.timeline.add(taken)
        self._account(taken)

    def _begin(self) -> None:
        self._pacer.mark()
        self._recorder.since_ns = perf_counter_ns()

    def _end(self) -> None:
        self._pacer.end()
        self._recorder.drain()

    def _drain(self, seen: Endpoints) -> int:
        """Send what had fallen due, for as long as a time-out, and let what is on its way be answered or time out, so
        that both sides have counted the same requests; how many were never sent, which are errors that waited."""
        timeout_s = self._order.timeout_s
        _while(lambda: self._pacer.behind, timeout_s)
        waits = self._pacer.abandon()
        _while(lambda: self._recorder.waiting > 0, timeout_s + _TICK_S)
        _while(lambda: self._recorder.lingers > 0, LONGEST_LINGER_S + _TICK_S)
        late = self._recorder.take()
        if waits:
            method, name = seen.only or ("", UNSENT)
            late.append(Batch(method, name, timeouts=waits, failures=Counter({UNSENT: len(waits)})))
        self._account(late)
        seen.add(late, late=True)
        return len(waits)

    def _open(self, arrivals: Arrivals, seen: Endpoints, unsent: int) -> OpenLoad:
        return OpenLoad(
            rate=arrivals.rate,
            arrivals=arrivals.spread,
            offered=self._pacer.offered,
            due=self._pacer.due,
            ended=self._pacer.ended,
            unsent=unsent,
            service=seen.service,
            lag=self._lags.histogram(),
        )

    def _account(self, taken: Sequence[Batch]) -> None:
        """Pass it on to Locust, and see whether anything but failures came."""
        feed(self._stats, taken)
        failed = failures(taken)
        self._answered += sum(batch.answered for batch in taken)
        if requests(taken) or any(batch.early for batch in taken) or not failed:
            self._failing, self._failing_since_s = Counter(), perf_counter()
        else:
            self._failing += failed

    def _nothing_answers(self) -> str | None:
        """What came, when every request has failed for GIVE_UP_S, and many have: the rest would be more of the same."""
        if self._failing.total() < _MANY or perf_counter() - self._failing_since_s < GIVE_UP_S:
            return None
        words = ", ".join(f"{count} {failure}" for failure, count in self._failing.most_common())
        return f"every request has failed for {GIVE_UP_S:g} s ({words})"


def _edge() -> _Edge:
    me = os.getpid()
    return _Edge(perf_counter(), time.time(), time.process_time(), waited_s(me), resident_mb(me))


def _while(condition: Callable[[], bool], at_most_s: float) -> None:
    deadline_s = perf_counter() + at_most_s
    while condition() and perf_counter() < deadline_s:
        gevent.sleep(_POLL_S)
