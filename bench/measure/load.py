"""One case under load: uvicorn in an agent on one core, Locust on another, and what both saw as a sample."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from bench.analysis.load.checks import suffices
from bench.host.noise import noise
from bench.load.answer_reader import compared_under_load
from bench.load.locust_process import drive
from bench.load.messages import Arrivals, LoadSpec, Outcome, RouteExchange, timeout_s
from bench.measure.client_ceiling import ceiling
from bench.measure.job import Job
from bench.model.exchange import Exchange
from bench.model.load import Ceiling, LoadComparing, LoadSample
from bench.runner.agent_process import Agent, AgentError
from bench.serving.errors import LoadError
from bench.serving.expected import reference
from bench.serving.headers import with_values
from bench.serving.meter import MeterError
from bench.serving.readiness import await_right_answer, patience_s
from bench.serving.server import LocalServer, RemoteServer

Server = LocalServer | RemoteServer

_WARMUP_SHARE = 0.25
_SHORTEST_WARMUP_S, _LONGEST_WARMUP_S = 0.3, 1.0
# Of a server that works on one request at a time.
_ANSWERS_LEAST = 6
# Calls: the app's own answer, the server's first, and half as long again to warm up.
_BESIDE = 3.5
_SPIN_S = 0.05
_TWICE, _CEILING_LEAST = 2.0, 1_000.0


@dataclass(frozen=True)
class Asked:
    """What the server is asked for: the exchange that a scenario may repeat, or the `routes` of an app's traffic."""

    exchange: Exchange
    routes: tuple[RouteExchange, ...] = ()

    @property
    def compared(self) -> LoadComparing:
        """How answers are compared; of several routes as those are that are compared least."""
        ways = [compared_under_load(one.exchange) for one in self.routes] or [compared_under_load(self.exchange)]
        return max(ways, key=get_args(LoadComparing).index)


def measure(job: Job, launch: int, known: Ceiling | None = None) -> LoadSample:
    """A fresh server, loaded by a fresh client for the scenario's duration times the effort's share.

    The client's ceiling is measured right after, unless it is `known` to be high enough. Single failed requests are
    evidence in the sample, by class, and so is a client that stopped because nothing was answered any more. Raises
    LoadError when there is nothing to believe: an app that fails before the load, a server that died.
    """
    try:
        if job.exchange is not None:
            return _measured(job, launch, Asked(job.exchange), _remote(job), known)
        with job.plan.launch(launch) as agent:
            try:
                asked = Asked(reference(job.plan, job.case, agent), tuple(_routes(job, agent)))
                return _measured(job, launch, asked, _server(job, agent), known)
            except LoadError:
                if not agent.alive:
                    agent.call("hello")  # raises, with what ended it: that is why the client failed
                raise
    except (AgentError, LoadError, MeterError) as error:
        raise LoadError(f"{job.case.id}: {error}") from error


def _routes(job: Job, agent: Agent) -> Iterator[RouteExchange]:
    """Raises LoadError for a route that answers something else than what it promised."""
    for case, weight in job.traffic.items():
        try:
            exchange = reference(job.plan, case, agent)
        except LoadError as error:
            raise LoadError(f"{case.id} {error}") from error
        yield RouteExchange(name=case.request.removeprefix(f"{exchange.method} "), weight=weight, exchange=exchange)


def _measured(job: Job, launch: int, asked: Asked, server: Server, known: Ceiling | None) -> LoadSample:
    exchange = asked.exchange
    stolen = {core: noise("start", (core,), _SPIN_S).stolen_share for core in _cores(job)}
    headers, patience = with_values(job.setting.headers, os.environ), patience_s(job.plan.costs.served_s(job.case.id))
    first_s = await_right_answer(exchange, server.url, headers, patience)
    order = _order(job, launch, asked, server, first_s)
    before = server.requests()
    outcome = _drive(job, order, server)
    counted = server.requests().since(before)
    figures = server.figures(outcome.readings)
    reached = known if known and suffices(known, job.scenario.rate) else _ceiling(job, order, server, outcome)
    return LoadSample(
        case=job.case.id,
        scenario=job.scenario.name,
        launch=launch,
        model=job.scenario.model,
        users=job.scenario.users,
        require=job.scenario.require,
        warmup_s=order.warmup_s,
        server_requests=counted.total,
        server_workers=counted.by_process if len(counted.by_process) > 1 else (),
        client_cores=() if job.setting.crew.elsewhere else job.plan.cores.client or (),
        client_elsewhere=job.setting.crew.elsewhere > 0,
        stolen_before=stolen,
        ceiling=reached,
        compared=asked.compared,
        **figures,
        **outcome.model_dump(exclude={"kind", "begin_s", "began_at_s", "readings"}),
    )


def loaded_s(job: Job) -> float:
    """How long a launch is measured: for its effort's share of the scenario's time, or longer where a slow case would
    hardly answer within it."""
    share_s = job.scenario.duration_s * job.plan.effort.load_share
    slow = job.plan.costs.long_served(job.case.id)
    return max(share_s, _ANSWERS_LEAST * job.plan.costs.served_s(job.case.id)) if slow else share_s


def warmup_s(duration_s: float) -> float:
    """How long a load runs before so long a measurement."""
    return min(_LONGEST_WARMUP_S, max(_SHORTEST_WARMUP_S, duration_s * _WARMUP_SHARE))


def slow_s(job: Job) -> float:
    """How much longer a launch of a slow case takes than its measured time: what it answers before, and in the end to
    every user."""
    costs, case = job.plan.costs, job.case.id
    return (_BESIDE + job.scenario.users) * costs.served_s(case) if costs.long_served(case) else 0.0


def _server(job: Job, agent: Agent) -> Server:
    if job.setting.server:
        return _remote(job)
    server = LocalServer(job.plan, job.case.target, job.setting.port, agent)
    server.watch_loop()
    return server


def _remote(job: Job) -> RemoteServer:
    setting = job.setting
    assert setting.server  # noqa: S101
    return RemoteServer(job.plan, job.case, setting.server, setting.meter)


def _order(job: Job, launch: int, asked: Asked, server: Server, first_s: float) -> LoadSpec:
    """`first_s` is what one answer took: a stretch that began before an open load's first ones are back would miss them
    and call its server slow."""
    plan, scenario = job.plan, job.scenario
    duration_s = loaded_s(job)
    arrivals = None
    if scenario.rate is not None:
        seed = plan.random("arrivals", launch).randrange(2**32)
        arrivals = Arrivals(rate=scenario.rate, spread=scenario.arrivals, seed=seed)
    return LoadSpec(
        exchange=asked.exchange,
        routes=asked.routes,
        headers=job.setting.headers,
        arrivals=arrivals,
        warmup_s=max(warmup_s(duration_s), 1.5 * first_s),
        duration_s=duration_s,
        timeout_s=timeout_s(1 if scenario.rate else scenario.users, job.plan.costs.served_s(job.case.id)),
        server_pid=server.pid,
        database_pid=plan.database.pid if plan.database and plan.targets[job.case.target].services else None,
        meter=job.setting.meter,
    )


def _drive(job: Job, order: LoadSpec, server: Server) -> Outcome:
    cores, crew = job.plan.cores.client, job.setting.crew
    return drive(order, job.file, server=server.url, users=job.scenario.users, cores=cores, crew=crew)


def _ceiling(job: Job, order: LoadSpec, server: Server, seen: Outcome) -> Ceiling | None:
    """None where it can't be had: the null server knows one request, and listens on loopback."""
    if [endpoint.name for endpoint in seen.endpoints] != [order.exchange.path] or job.setting.crew.elsewhere:
        return None
    scenario = job.scenario
    arrivals = None
    if scenario.rate is not None:
        arrivals = Arrivals(rate=max(_TWICE * scenario.rate, _CEILING_LEAST), spread=scenario.arrivals)
    asked = order.model_copy(update={"arrivals": arrivals})
    cores, crew = job.plan.cores, job.setting.crew
    return ceiling(asked, job.file, server.url, users=scenario.users, cores=cores, crew=crew)


def _cores(job: Job) -> Sequence[int]:
    """Those of this machine that take part."""
    cores = job.plan.cores
    server = () if job.setting.server else cores.server or cores.measured or ()
    return (*server, *(cores.client or ()))
