"""One case under load: uvicorn in an agent on one core, Locust on another, and what both saw as a sample."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.load_checks import suffices
from bench.host.noise import noise
from bench.load.locust_process import drive
from bench.load.messages import Arrivals, LoadSpec, Outcome
from bench.measure.client_ceiling import ceiling
from bench.measure.job import Job
from bench.model.exchange import Exchange
from bench.model.load import Ceiling, LoadSample
from bench.runner.agent_process import Agent, AgentError
from bench.serving.errors import LoadError
from bench.serving.expected import reference
from bench.serving.meter import MeterError
from bench.serving.readiness import await_right_answer
from bench.serving.server import LocalServer, RemoteServer

_WARMUP_SHARE = 0.25
_SHORTEST_WARMUP_S, _LONGEST_WARMUP_S = 0.3, 1.0
_SPIN_S = 0.05
_TWICE, _CEILING_LEAST = 2.0, 1_000.0


def measure(job: Job, launch: int, known: Ceiling | None = None) -> LoadSample:
    """A fresh server, loaded by a fresh client for the scenario's duration times the effort's share.

    The client's ceiling is measured right after, unless it is `known` to be high enough. Single failed requests are
    evidence in the sample, by class, and so is a client that stopped because nothing was answered any more. Raises
    LoadError when there is nothing to believe: an app that fails before the load, a server that died.
    """
    try:
        with job.plan.launch(launch) as agent:
            try:
                return _measured(job, launch, agent, known)
            except LoadError:
                if not agent.alive:
                    agent.call("hello")  # raises, with what ended it: that is why the client failed
                raise
    except (AgentError, LoadError, MeterError) as error:
        raise LoadError(f"{job.case.id}: {error}") from error


def _measured(job: Job, launch: int, agent: Agent, known: Ceiling | None) -> LoadSample:
    exchange = reference(job.plan, job.case, agent)
    stolen = {core: noise("start", (core,), _SPIN_S).stolen_share for core in _cores(job)}
    server = _server(job, agent)
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
        require=job.scenario.require,
        warmup_s=order.warmup_s,
        server_requests=None if after is None or before is None else after - before,
        client_cores=() if job.setting.crew.elsewhere else job.plan.cores.client or (),
        client_elsewhere=job.setting.crew.elsewhere > 0,
        stolen_before=stolen,
        ceiling=reached,
        **figures,
        **outcome.model_dump(exclude={"kind", "begin_s", "began_at_s", "readings"}),
    )


def _server(job: Job, agent: Agent) -> LocalServer | RemoteServer:
    setting = job.setting
    if setting.server:
        return RemoteServer(job.plan, job.case, setting.server, setting.meter)
    return LocalServer(job.plan, job.case.target, setting.port, agent)


def _order(job: Job, launch: int, exchange: Exchange, server: LocalServer | RemoteServer, first_s: float) -> LoadSpec:
    """`first_s` is what one answer took: a stretch that began before an open load's first ones are back would miss them
    and call its server slow."""
    plan, scenario = job.plan, job.scenario
    duration_s = scenario.duration_s * plan.effort.load_share
    arrivals = None
    if scenario.rate is not None:
        seed = plan.random("arrivals", launch).randrange(2**32)
        arrivals = Arrivals(rate=scenario.rate, spread=scenario.arrivals, seed=seed)
    return LoadSpec(
        exchange=exchange,
        arrivals=arrivals,
        warmup_s=max(min(_LONGEST_WARMUP_S, max(_SHORTEST_WARMUP_S, duration_s * _WARMUP_SHARE)), 1.5 * first_s),
        duration_s=duration_s,
        server_pid=server.pid,
        database_pid=plan.database.pid if plan.database and plan.targets[job.case.target].services else None,
        meter=job.setting.meter,
    )


def _drive(job: Job, order: LoadSpec, server: LocalServer | RemoteServer) -> Outcome:
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
