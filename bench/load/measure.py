"""One case under load: uvicorn in an agent on one core, Locust on another, and what both saw as a sample."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import host
from bench.engine.launch import Agent, AgentError
from bench.engine.plan import Plan
from bench.load.ceiling import ceiling
from bench.load.drive import LOOPBACK, GaveUpError, LoadError, drive
from bench.load.meter import MeterError, RemoteMeter
from bench.load.order import Arrivals, Exchange, Order, Outcome, Reading
from bench.load.probe import await_right_answer
from bench.load.safeguards import suffices
from bench.load.setting import HERE, Setting
from bench.load.wire import content
from bench.model import Case, Scenario
from bench.samples import Ceiling, LoadSample

_WARMUP_SHARE = 0.25
_SHORTEST_WARMUP_S, _LONGEST_WARMUP_S = 0.3, 1.0
_SPIN_S = 0.05
_TWICE, _CEILING_LEAST = 2.0, 1_000.0


@dataclass(frozen=True)
class Job:
    """A case under a scenario, whose file is `file`."""

    plan: Plan
    case: Case
    scenario: Scenario
    file: Path
    setting: Setting = HERE


def measure(job: Job, launch: int, known: Ceiling | None = None) -> LoadSample:
    """A fresh server, loaded by a fresh client for the scenario's duration times the effort's share.

    The client's ceiling is measured right after, unless it is `known` to be high enough. Single failed requests are
    evidence in the sample, by class. Raises LoadError when there is nothing to believe: an app that fails, a server
    that died, a client that gave up.
    """
    try:
        with job.plan.launch(launch) as agent:
            try:
                return _measured(job, launch, agent, known)
            except LoadError:
                if not agent.alive:
                    agent.call("hello")  # raises, with what ended it: that is why the client failed
                raise
    except GaveUpError as error:
        raise GaveUpError(f"{job.case.id}: {error}") from error
    except (AgentError, LoadError, MeterError) as error:
        raise LoadError(f"{job.case.id}: {error}") from error


def _measured(job: Job, launch: int, agent: Agent, known: Ceiling | None) -> LoadSample:
    exchange = reference(job.plan, job.case, agent)
    stolen = {core: host.noise("start", (core,), _SPIN_S).stolen_share for core in _cores(job)}
    server = _Elsewhere(job) if job.setting.server else _Here(job, agent)
    first_s = await_right_answer(exchange, *server.address)
    order = _order(job, launch, exchange, server, first_s)
    before = server.requests()
    outcome = _drive(job, order, server)
    after = server.requests()
    figures = server.figures(outcome.readings)
    reached = known if known and suffices(known, job.scenario.rate) else _ceiling(job, exchange, outcome)
    return LoadSample(
        case=job.case.id,
        scenario=job.scenario.name,
        launch=launch,
        model=job.scenario.model,
        users=job.scenario.users,
        warmup_s=order.warmup_s,
        server_requests=None if after is None or before is None else after - before,
        client_cores=() if job.setting.crew.elsewhere else job.plan.cores.client or (),
        client_elsewhere=job.setting.crew.elsewhere > 0,
        stolen_before=stolen,
        ceiling=reached,
        **figures,
        **outcome.model_dump(exclude={"kind", "begin_s", "began_at_s", "readings"}),
    )


class _Here:
    """uvicorn in an agent of this machine."""

    def __init__(self, job: Job, agent: Agent) -> None:
        self._agent = agent
        self._cores = job.plan.cores.measured or ()
        started = agent.call("serve", target=job.case.target, host=LOOPBACK, port=job.setting.port)
        self._name = started["server"]
        self.address: tuple[str, int] = (LOOPBACK, started["port"])
        self.pid: int | None = agent.pid

    def requests(self) -> int | None:
        return int(self._agent.call("counted"))

    def figures(self, readings: Sequence[Reading]) -> dict[str, Any]:
        """The agent's references that fall into the stretch: server and client share the machine's clock."""
        served = self._agent.call("served")
        begin_s, end_s = readings[0].at_s, readings[-1].at_s
        return _used(readings) | {
            "server": self._name,
            "server_cores": self._cores,
            "reference_us": tuple(round(us, 3) for at_s, us in served["references"] if begin_s <= at_s <= end_s),
            "idle_reference_us": tuple(round(us, 3) for us in served["idle_references_us"]),
        }


class _Elsewhere:
    """A server that runs already, maybe on another machine; what it is, and uses, is known if it has a meter.

    All targets of a family answer the same: one that was taken for another would not show. Raises LoadError for that.
    """

    def __init__(self, job: Job) -> None:
        assert job.setting.server  # noqa: S101
        self.address = job.setting.server
        self._meter = RemoteMeter(job.setting.meter) if job.setting.meter else None
        self._name = self._checked(job) if self._meter else None
        self.pid: int | None = None

    def _checked(self, job: Job) -> str:
        serving = self._meter.read().serving if self._meter else None
        if serving is None:
            raise LoadError(f"{job.setting.meter} doesn't say what it serves; is it the meter of a `bench serve`?")
        if (serving.target, serving.source_sha256) != (job.case.target, job.case.source_sha256):
            raise LoadError(f"the server serves {serving.target}, maybe of another checkout, and not {job.case.target}")
        if serving.lock_sha256 != job.plan.environment.stack.lock_sha256:
            raise LoadError("the server runs on another stack than this load; give both the same --stack and --python")
        return serving.server

    def requests(self) -> int | None:
        return self._meter.read().requests if self._meter else None

    def figures(self, readings: Sequence[Reading]) -> dict[str, Any]:
        return _used(readings) | {
            "server": self._name,
            "server_elsewhere": True,
            "server_cores": (),
            "reference_us": (),
            "idle_reference_us": (),
        }


def _used(readings: Sequence[Reading]) -> dict[str, Any]:
    """What the server used between two readings; None of each without them."""
    if not readings:
        return dict.fromkeys(("server_cpu_s", "server_user_s", "server_system_s", "server_rss_mb"))
    begin, end = readings[0], readings[-1]
    database = None
    if begin.database_cpu_s is not None and end.database_cpu_s is not None:
        database = end.database_cpu_s - begin.database_cpu_s
    return {
        "server_cpu_s": end.cpu_s - begin.cpu_s,
        "server_user_s": end.user_s - begin.user_s,
        "server_system_s": end.system_s - begin.system_s,
        "server_waited_s": end.waited_s - begin.waited_s,
        "server_rss_mb": end.rss_mb,
        "database_cpu_s": database,
    }


def _order(job: Job, launch: int, exchange: Exchange, server: _Here | _Elsewhere, first_s: float) -> Order:
    """`first_s` is what one answer took: a stretch that began before an open load's first ones are back would miss them
    and call its server slow."""
    plan, scenario = job.plan, job.scenario
    duration_s = scenario.duration_s * plan.effort.load_share
    arrivals = None
    if scenario.rate is not None:
        seed = plan.random("arrivals", launch).randrange(2**32)
        arrivals = Arrivals(rate=scenario.rate, spread=scenario.arrivals, seed=seed)
    return Order(
        exchange=exchange,
        arrivals=arrivals,
        warmup_s=max(min(_LONGEST_WARMUP_S, max(_SHORTEST_WARMUP_S, duration_s * _WARMUP_SHARE)), 1.5 * first_s),
        duration_s=duration_s,
        server_pid=server.pid,
        database_pid=plan.database.pid if plan.database and plan.targets[job.case.target].services else None,
        meter=job.setting.meter,
    )


def _drive(job: Job, order: Order, server: _Here | _Elsewhere) -> Outcome:
    address, port = server.address
    cores, crew = job.plan.cores.client, job.setting.crew
    return drive(order, job.file, host=address, port=port, users=job.scenario.users, cores=cores, crew=crew)


def _ceiling(job: Job, exchange: Exchange, seen: Outcome) -> Ceiling | None:
    """None where it can't be had: the null server knows one request, and listens on loopback."""
    if [endpoint.name for endpoint in seen.endpoints] != [exchange.path] or job.setting.crew.elsewhere:
        return None
    scenario = job.scenario
    arrivals = None
    if scenario.rate is not None:
        arrivals = Arrivals(rate=max(_TWICE * scenario.rate, _CEILING_LEAST), spread=scenario.arrivals)
    return ceiling(exchange, job.file, arrivals, users=scenario.users, cores=job.plan.cores, crew=job.setting.crew)


def _cores(job: Job) -> Sequence[int]:
    """Those of this machine that take part."""
    measured = () if job.setting.server else job.plan.cores.measured or ()
    return (*measured, *(job.plan.cores.client or ()))


def reference(plan: Plan, case: Case, agent: Agent) -> Exchange:
    """The app's own answer, without a server. Raises LoadError when it isn't the one that the target promises."""
    request = plan.targets[case.target].requests[case.request]
    reply = agent.call("answer", **plan.arguments(case))
    if reply["status"] != request.expect.status:
        raise LoadError(f"answers with status {reply['status']} where it promises {request.expect.status}")
    headers, body = content(request)
    return Exchange(
        method=request.method,
        path=request.path,
        headers=headers,
        body=body,
        status=reply["status"],
        answer=base64.b64decode(reply["body"]),
    )
