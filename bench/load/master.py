"""Directs the client processes from Locust's master, and writes the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import gevent

from bench.host.procfs import ProcessGoneError
from bench.load.merge import outcome
from bench.load.messages import PART as PART_JSON
from bench.load.messages import Abandoned, LoadSpec, Outcome, WorkerReport
from bench.load.worker import BEGIN, ORDER_OPTION, PART, Session, count_raised, observe
from bench.serving.meter import Meter, MeterError, ProcessMeter, RemoteMeter
from bench.serving.reading import Reading

_POLL_S = 0.05
_LATE_S = 10.0
"""How long after its last answer may be in a worker's part is waited for: it has to come over a network."""


def play_alone(environment: Any, session: Session, order: LoadSpec, report: Path) -> None:
    """Measure in this process from the moment that all users are there, write the report, and end Locust."""
    meter = meter_of(order)
    readings: list[Reading] = []

    def read() -> None:
        if meter is not None:
            readings.append(meter.read())

    def measure() -> None:
        try:
            part = observe(environment, session, (0, 1), read)
            _write(report, part if isinstance(part, Abandoned) else outcome([part], readings, workers=1))
        finally:
            environment.runner.quit()

    count_raised(environment, session)
    environment.events.spawning_complete.add_listener(lambda **_: gevent.spawn(measure))


def direct(environment: Any, order: LoadSpec, report: Path, workers: int) -> None:
    """Have the workers measure from the moment that all users are there, write the report, and end them and Locust."""
    conductor = _Master(environment.runner, order, workers)

    def measure(**_: Any) -> None:
        if not conductor.begun:
            conductor.begun = True
            gevent.spawn(lambda: _conduct(conductor, report))

    setattr(environment.parsed_options, ORDER_OPTION, order.model_dump_json())
    environment.events.spawning_complete.add_listener(measure)
    environment.runner.register_message(PART, conductor.receive)


class _Master:
    def __init__(self, runner: Any, order: LoadSpec, workers: int) -> None:
        self.runner = runner
        self.begun = False
        self._order = order
        self._workers = workers
        self._begun: tuple[str, ...] = ()
        self._joined: set[str] = set()
        self._parts: dict[str, WorkerReport | Abandoned] = {}

    def receive(self, msg: Any, **_: Any) -> None:
        """A part of one that was started; nobody else has one to give."""
        if msg.node_id in self._begun:
            self._parts[msg.node_id] = PART_JSON.validate_json(msg.data["part"])

    def measure(self) -> Outcome | Abandoned:
        ids = self._begun = tuple(self.runner.clients)
        for part, client_id in enumerate(ids):
            self.runner.send_message(BEGIN, {"part": part, "parts": len(ids)}, client_id)
        begin_s = perf_counter()
        try:
            readings = self._readings(meter_of(self._order), begin_s)
        except (ProcessGoneError, MeterError) as error:
            return Abandoned(reason=str(error))
        self._await_parts(ids, begin_s)
        return self._merged(readings, max(len(ids), self._workers))

    def _readings(self, meter: Meter | None, begin_s: float) -> list[Reading]:
        """At both edges, as far as a message's way allows: a fraction of a millisecond on one machine."""
        readings = []
        for edge_s in (self._order.warmup_s, self._order.warmup_s + self._order.duration_s):
            while (left_s := begin_s + edge_s - perf_counter()) > 0 and not self._ended_early:
                gevent.sleep(min(left_s, _POLL_S))
                self._joined |= set(self.runner.clients) - set(self._begun)
            if meter is not None:
                readings.append(meter.read())
        return readings

    def _await_parts(self, ids: Sequence[str], begin_s: float) -> None:
        order = self._order
        deadline_s = begin_s + order.warmup_s + order.duration_s + 2 * order.timeout_s + _LATE_S
        while perf_counter() < deadline_s and not self._abandoned:
            there = {client.id for client in self.runner.clients.values() if client.state != "missing"}
            if all(client_id in self._parts or client_id not in there for client_id in ids):
                return
            gevent.sleep(_POLL_S)

    @property
    def _ended_early(self) -> bool:
        """Every worker has given up, or one can't measure."""
        stopped = [isinstance(one, WorkerReport) and one.gave_up is not None for one in self._parts.values()]
        return self._abandoned or (len(stopped) == len(self._begun) and all(stopped))

    @property
    def _abandoned(self) -> bool:
        return any(isinstance(part, Abandoned) for part in self._parts.values())

    def _merged(self, readings: Sequence[Reading], workers: int) -> Outcome | Abandoned:
        for part in self._parts.values():
            if isinstance(part, Abandoned):
                return part
        parts = [part for part in self._parts.values() if isinstance(part, WorkerReport)]
        if not parts:
            return Abandoned(reason=f"none of {workers} workers sent a report")
        return outcome(parts, readings, workers, len(self._joined))


def _conduct(conductor: _Master, report: Path) -> None:
    try:
        _write(report, conductor.measure())
    finally:
        conductor.runner.quit()


def _write(path: Path, report: Outcome | Abandoned) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(report.model_dump_json(), "utf-8")
    partial.replace(path)


def meter_of(order: LoadSpec) -> Meter | None:
    """The meter that an order names, if any."""
    if order.server_pid is not None:
        return ProcessMeter(order.server_pid, order.database_pid)
    return None if order.meter is None else RemoteMeter(order.meter)
