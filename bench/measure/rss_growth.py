"""How the resident memory of a served target goes with its requests: uvicorn in an agent and Locust in front of it, and
both counts read all the while. A rise that goes on is a leak of the whole process, whoever allocated it."""

from __future__ import annotations

import math
import threading
import time
from itertools import pairwise
from types import TracebackType
from typing import Self

from bench.analysis.run.heap import BLOCKS, LEAST_SERVED
from bench.host.procfs import ProcessGoneError
from bench.load.locust_process import drive
from bench.load.messages import LoadSpec, timeout_s
from bench.measure.job import Job
from bench.model.heap import ServedGrowth
from bench.runner.agent_process import Agent, AgentError
from bench.serving.errors import LoadError
from bench.serving.expected import reference
from bench.serving.meter import ProcessMeter
from bench.serving.readiness import await_right_answer, patience_s
from bench.serving.server import LocalServer, served_by
from bench.stats.leak_slope import Level, blocks
from bench.text.numbers import duration

LAUNCHES = 3
_LOADED_S = 3.0
_LONGEST_S = 120.0
"""A launch that enough requests would take longer for isn't begun."""
_WARM_SHARE = 0.25
# What is asked before the blocks begin isn't in them.
_REQUESTS = LEAST_SERVED / (1 - _WARM_SHARE)
_SPARE = 1.2
_WARMUP_S = 0.3
_EVERY_S = 0.05


def growth(job: Job) -> tuple[ServedGrowth, ...]:
    """Resident memory by launch, between blocks of requests: each launch is loaded for as long as enough requests take.

    Raises LoadError, and TooSlowError where that is too long.
    """
    call_s, loaded_s = job.plan.costs.served_s(job.case.id), _LOADED_S
    if call_s:
        _enough_s(job.scenario.users / call_s)  # no server is faster than one that works for all users at once
    seen = _levels(job, 0, loaded_s)
    if seen.answered < _REQUESTS:
        loaded_s = _enough_s(seen.per_s)
        seen = _levels(job, 0, loaded_s)
    return (_launch(job, 0, seen), *(_launch(job, n, _levels(job, n, loaded_s)) for n in range(1, LAUNCHES)))


def _enough_s(per_s: float) -> float:
    """How long enough requests take at so many a second. Raises TooSlowError."""
    seconds = _SPARE * _REQUESTS / per_s if per_s else math.inf
    if seconds <= _LONGEST_S:
        return max(_LOADED_S, seconds)
    so_many = f"{LEAST_SERVED:,} requests at {per_s:.2g}/s take {duration(seconds)}" if per_s else "no response came"
    raise TooSlowError(f"served under load, {so_many}; the leak check stops at {duration(_LONGEST_S)} per launch")


def _launch(job: Job, launch: int, seen: _Watch) -> ServedGrowth:
    found = blocks(seen.levels, BLOCKS, _WARM_SHARE)
    if not found:
        raise LoadError(f"{job.case.id}: too few requests for {BLOCKS} blocks")
    requests, sizes = zip(*found, strict=True)
    return ServedGrowth(launch=launch, requests=requests, rss_bytes=sizes)


def _levels(job: Job, launch: int, loaded_s: float) -> _Watch:
    """Requests answered and resident bytes of a fresh server, from before its load to the end of it.

    Raises LoadError.
    """
    plan = job.plan
    try:
        with plan.launch(launch) as agent:
            exchange = reference(plan, job.case, agent)
            server = LocalServer(plan, job.case.target, 0, agent)
            call_s = plan.costs.served_s(job.case.id)
            first_s = await_right_answer(exchange, server.url, patience_s=patience_s(call_s))
            order = LoadSpec(
                exchange=exchange,
                warmup_s=max(_WARMUP_S, 1.5 * first_s),
                duration_s=loaded_s,
                timeout_s=timeout_s(job.scenario.users, call_s),
            )
            with _Watch(agent, ProcessMeter(server.pid or agent.pid)) as watch:
                seen = drive(order, job.file, server=server.url, users=job.scenario.users, cores=plan.cores.client)
            if seen.gave_up:
                agent.call("hello")  # raises, with what ended it, if that is why
                raise LoadError(f"the client stopped: {seen.gave_up}")
            served_by(agent)
            return watch
    except (AgentError, LoadError) as error:
        raise LoadError(f"{job.case.id}: {error}") from error


class TooSlowError(Exception):
    """What would take longer than anybody waits for; the message says how long."""


class _Watch:
    """A context manager that reads both counts every few milliseconds; nobody else may ask the agent meanwhile."""

    def __init__(self, agent: Agent, meter: ProcessMeter) -> None:
        self._agent = agent
        self._meter = meter
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self.levels: list[Level] = []
        self._at_s: list[float] = []

    @property
    def answered(self) -> int:
        return self.levels[-1][0] - self.levels[0][0] if self.levels else 0

    @property
    def per_s(self) -> float:
        """Requests a second, from the first that was answered to the last; 0 of fewer than two."""
        moved = [at for at, (before, after) in enumerate(pairwise(self.levels), 1) if before[0] != after[0]]
        if len(moved) < 2:
            return 0.0
        first, last = moved[0], moved[-1]
        return (self.levels[last][0] - self.levels[first][0]) / (self._at_s[last] - self._at_s[first])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _read(self) -> None:
        """Until the end of the block, or of the server: that the load then fails says so."""
        while not self._over.is_set():
            try:
                answered = int(self._agent.call("counted"))
                self._at_s.append(time.perf_counter())
                self.levels.append((answered, round(self._meter.read().rss_mb * 1e6)))
            except (AgentError, ProcessGoneError):
                return
            time.sleep(_EVERY_S)
