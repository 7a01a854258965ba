"""The measured stretch of a load: warm up, read both edges, let the last answers come in, write the report."""

from __future__ import annotations

import math
import time
from array import array
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import gevent

from bench.load.histogram import from_latencies
from bench.load.locust_stats import feed
from bench.load.order import GIVE_UP_S, Abandoned, Order, Outcome
from bench.load.procstat import CpuTime, ProcessGoneError, cpu_time, resident_mb
from bench.load.recorder import Batch, Recorder

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
    """Both processes' CPU time at one moment. Everything recorded up to it has been taken."""

    at_s: float
    client_cpu_s: float
    server: CpuTime


class _Stretch:
    def __init__(self, environment: Any, recorder: Recorder, order: Order) -> None:
        self._stats = environment.stats
        self._recorder = recorder
        self._order = order
        self._answered = 0
        self._failing_since_s = perf_counter()
        self._failing: Counter[str] = Counter()

    def measure(self) -> Outcome:
        """Raises NothingAnswersError, and ProcessGoneError when the server's process ended."""
        _, begin = self._run(self._order.warmup_s)
        seconds, end = self._run(self._order.duration_s)
        server_rss_mb = resident_mb(self._order.server_pid)
        late = self._drain()
        batches = [batch for second in seconds for batch in second]
        return Outcome(
            begin_s=begin.at_s,
            duration_s=end.at_s - begin.at_s,
            requests=sum(map(_requests, seconds)),
            per_second=tuple(map(_requests, seconds)),
            errors=dict(_failures(batches + late)),
            latency=from_latencies(_latencies(batches, late)),
            verified=sum(batch.verified for batch in batches),
            connections=self._recorder.connections,
            reconnects=self._recorder.reconnects,
            client_requests=self._answered,
            client_cpu_s=end.client_cpu_s - begin.client_cpu_s,
            server_user_s=end.server.user_s - begin.server.user_s,
            server_system_s=end.server.system_s - begin.server.system_s,
            server_cpu_s=end.server.total_s - begin.server.total_s,
            server_rss_mb=server_rss_mb,
        )

    def _run(self, duration_s: float) -> tuple[list[list[Batch]], _Edge]:
        """Let it run: what was recorded second by second (the last may be a part of one), and the edge at its end."""
        begin_s = perf_counter()
        seconds = []
        for due_s in (*range(1, math.ceil(duration_s)), duration_s):
            gevent.sleep(max(0.0, begin_s + due_s - perf_counter()))
            seconds.append(self._recorder.take())
            edge = self._edge()  # at once: no user runs between the taking and the clocks
            self._account(seconds[-1])
        return seconds, edge

    def _edge(self) -> _Edge:
        return _Edge(perf_counter(), time.process_time(), cpu_time(self._order.server_pid))

    def _drain(self) -> list[Batch]:
        """Let what is on its way be answered or time out, so that both sides have counted the same requests."""
        self._recorder.draining = True
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
        failures = _failures(taken)
        if _requests(taken) or not failures:
            self._failing, self._failing_since_s = Counter(), perf_counter()
            return
        self._failing += failures
        if perf_counter() - self._failing_since_s >= GIVE_UP_S:
            words = ", ".join(f"{count} {failure}" for failure, count in self._failing.most_common())
            raise NothingAnswersError(f"every request has failed for {GIVE_UP_S:g} s ({words})")


def _requests(batches: list[Batch]) -> int:
    return sum(len(batch.latencies) for batch in batches)


def _failures(batches: list[Batch]) -> Counter[str]:
    return sum((batch.failures for batch in batches), Counter())


def _latencies(batches: list[Batch], late: list[Batch]) -> array[int]:
    """Of every request that was answered rightly or timed out, also after the end edge if it was sent before it:
    without those, a server that stalls across the edge would look fast."""
    latencies = array("q")
    for batch in batches + late:
        latencies.extend(batch.latencies)
        latencies.extend(batch.timeouts)
    return latencies


def _write(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(text, "utf-8")
    partial.replace(path)
