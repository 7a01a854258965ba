"""The measured stretch of a load: warm up, read both edges, let the last answers come in, write the report."""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import gevent

from bench.load.endpoints import endpoint_samples, failures, requests, unscheduled
from bench.load.histogram import merge
from bench.load.locust_stats import feed
from bench.load.order import GIVE_UP_S, Abandoned, Order, Outcome
from bench.load.procstat import CpuTime, cpu_time, resident_mb
from bench.load.recorder import Batch, Recorder
from bench.proctree import ProcessGoneError, tree_cpu_s

_TICK_S = 1.0
_POLL_S = 0.005


class NothingAnswersError(Exception):
    """Every request has failed for GIVE_UP_S; its argument says how."""


def measure_stretch(environment: Any, recorder: Recorder, order: Order, report: Path) -> None:
    """Run in a greenlet of its own from the moment that all users are there; ends Locust when done."""
    try:
        _write(report, _observe(environment, recorder, order).model_dump_json())
    finally:
        environment.runner.quit()


def _observe(environment: Any, recorder: Recorder, order: Order) -> Outcome | Abandoned:
    try:
        return _Stretch(environment, recorder, order).measure()
    except (NothingAnswersError, ProcessGoneError) as error:
        return Abandoned(reason=str(error))


@dataclass(frozen=True)
class _Edge:
    """The CPU time of all processes at one moment. Everything recorded up to it has been taken."""

    at_s: float
    client_cpu_s: float
    server: CpuTime
    database_cpu_s: float | None


class _Stretch:
    def __init__(self, environment: Any, recorder: Recorder, order: Order) -> None:
        self._stats = environment.stats
        self._recorder = recorder
        self._order = order
        self._answered = 0
        self._failing_since_s = perf_counter()
        self._failing: Counter[str] = Counter()

    def measure(self) -> Outcome:
        """Raises NothingAnswersError, and ProcessGoneError when the server's process ended, or the database's."""
        _, begin = self._run(self._order.warmup_s)
        seconds, end = self._run(self._order.duration_s)
        server_rss_mb = resident_mb(self._order.server_pid)
        late = self._drain()
        within = [batch for second in seconds for batch in second]
        endpoints = endpoint_samples(within, late)
        return Outcome(
            begin_s=begin.at_s,
            duration_s=end.at_s - begin.at_s,
            requests=requests(within),
            per_second=tuple(map(unscheduled, seconds)),
            errors=dict(failures(within + late)),
            latency=merge([endpoint.latency for endpoint in endpoints]),
            endpoints=endpoints,
            verified=sum(batch.verified for batch in within),
            connections=self._recorder.connections,
            reconnects=self._recorder.reconnects,
            client_requests=self._answered,
            client_cpu_s=end.client_cpu_s - begin.client_cpu_s,
            server_user_s=end.server.user_s - begin.server.user_s,
            server_system_s=end.server.system_s - begin.server.system_s,
            server_cpu_s=end.server.total_s - begin.server.total_s,
            database_cpu_s=_between(begin.database_cpu_s, end.database_cpu_s),
            server_rss_mb=server_rss_mb,
        )

    def _run(self, duration_s: float) -> tuple[list[list[Batch]], _Edge]:
        """Let it run: what was recorded second by second (the last may be a part of one), and the edge at its end."""
        begin_s = perf_counter()
        seconds = []
        for due_s in range(1, math.ceil(duration_s)):
            gevent.sleep(max(0.0, begin_s + due_s - perf_counter()))
            seconds.append(self._recorder.take())
            self._account(seconds[-1])
        gevent.sleep(max(0.0, begin_s + duration_s - perf_counter()))
        seconds.append(self._recorder.take())
        edge = self._edge()  # at once: no user runs between the taking and the clocks
        self._account(seconds[-1])
        return seconds, edge

    def _edge(self) -> _Edge:
        database = self._order.database_pid
        return _Edge(
            at_s=perf_counter(),
            client_cpu_s=time.process_time(),
            server=cpu_time(self._order.server_pid),
            database_cpu_s=None if database is None else tree_cpu_s(database),
        )

    def _drain(self) -> list[Batch]:
        """Let what is on its way be answered or time out, so that both sides have counted the same requests."""
        self._recorder.drain()
        deadline_s = perf_counter() + self._order.timeout_s + _TICK_S
        while self._recorder.waiting and perf_counter() < deadline_s:
            gevent.sleep(_POLL_S)
        late = self._recorder.take()
        self._account(late)
        return late

    def _account(self, taken: list[Batch]) -> None:
        """Pass it on to Locust, and see whether anything but failures came. Raises NothingAnswersError."""
        feed(self._stats, taken)
        self._answered += sum(batch.answered for batch in taken)
        failed = failures(taken)
        if requests(taken) or not failed:
            self._failing, self._failing_since_s = Counter(), perf_counter()
            return
        self._failing += failed
        if perf_counter() - self._failing_since_s >= GIVE_UP_S:
            words = ", ".join(f"{count} {failure}" for failure, count in self._failing.most_common())
            raise NothingAnswersError(f"every request has failed for {GIVE_UP_S:g} s ({words})")


def _between(begin_s: float | None, end_s: float | None) -> float | None:
    return None if begin_s is None or end_s is None else end_s - begin_s


def _write(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(text, "utf-8")
    partial.replace(path)
