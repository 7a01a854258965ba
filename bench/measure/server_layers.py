"""The server pass: what each of uvicorn's settings adds to the bare server, in short windows side by side.

In one launch an agent holds servers over one app that differ in one setting each; what needs a loop or processes of
its own has an agent beside it. All share the measured core, and at any time one of them is asked.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from statistics import median
from time import sleep

from bench.host.procfs import ProcessGoneError
from bench.load.batch import BatchClient, BatchUsers
from bench.measure.pass_spec import PassInputs, PassSpec
from bench.measure.server_sides import BARE_NAME, ServerSide, started
from bench.measure.server_variants import BARE, BARE_REQUIRES, VARIANTS
from bench.model.exchange import Exchange
from bench.model.run import MissingSample
from bench.model.server import DEFAULT
from bench.model.server_layers import ServerSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent, AgentError
from bench.runner.plan import Plan
from bench.serving.errors import LoadError
from bench.serving.expected import reference
from bench.serving.readiness import await_right_answer
from bench.serving.server import served_by
from bench.stack.environment import lacks

USERS = 16
_USUAL = ("fastapi_plain:plain", "raw_asgi:plain")
"""The cases whose server is looked at, where a plan has them: a small app, and nearly nothing but the server."""
_FEWEST = 8 * USERS
_LONGEST_CALL_S = 0.002
_REFERENCES = 3
# The first answers of a connection cost more, and so does what the server does after the last.
_WARM, _AFTER_S = 4 * USERS, 0.002
_LAUNCH_S, _WINDOW_BESIDE_S = 4.5, 0.03


def measure(plan: Plan) -> Generator[ServerSample | MissingSample]:
    """A sample of each case in each launch; one that fails is an absence, and isn't tried again."""
    failed: set[str] = set()
    for launch in range(plan.effort.server_launches):
        for case in _cases(plan):
            if case.id in failed:
                continue
            try:
                if reason := _unfit(plan, case):
                    failed.add(case.id)
                    yield MissingSample(
                        case=case.id, during=Pass.SERVER, kind="skipped", reason=reason, this_pass_only=True
                    )
                else:
                    yield _sample(plan, case, launch)
            except (AgentError, LoadError, OSError, ProcessGoneError) as error:
                failed.add(case.id)
                yield MissingSample.invalid(case.id, Pass.SERVER, error)


def _cases(plan: Plan) -> list[Case]:
    """As many of the usual ones as the effort has; of other targets or an app the first that changes nothing."""
    known = {case.id: case for case in plan.cases}
    usual = [known[id_] for id_ in _USUAL if id_ in known][: plan.effort.server_cases]
    http = (case for case in plan.cases if not case.only and case.messages is None)
    fit = (case for case in http if plan.targets[case.target].requests[case.request].safe)
    return usual or [case for case in (next(fit, None),) if case is not None]


def _unfit(plan: Plan, case: Case) -> str | None:
    """Why a case says nothing of its server's settings."""
    if plan.server != DEFAULT:
        return "compares uvicorn's settings one by one, and can't be combined with --server"
    if plan.costs.served_s(case.id) > _LONGEST_CALL_S:
        return f"a request takes more than {_LONGEST_CALL_S * 1e3:g} ms: what a server's settings add would not show"
    if not plan.may_run_twice(case):
        return "starts several processes of the app at once, and this app changes state that they would share"
    return lacks(plan.environment.stack, BARE_REQUIRES)


def _sample(plan: Plan, case: Case, launch: int) -> ServerSample:
    """Raises AgentError, LoadError, OSError and ProcessGoneError."""
    with ExitStack() as running:
        agent = running.enter_context(replace(plan, server=BARE).launch(launch))
        exchange = reference(plan, case, agent)
        sides, missing = started(running, plan, case, launch, agent)
        if BARE_NAME in missing:
            raise LoadError(missing[BARE_NAME])
        _ready(exchange, sides.values())
        client = running.enter_context(BatchClient(exchange, USERS, plan.cores.client))
        before = _counted(sides.values())
        _rounds(plan, launch, client, agent, sides)
        served_by(agent)
        after = _counted(sides.values())
        bare = sides.pop(BARE_NAME)
        return ServerSample(
            case=case.id,
            launch=launch,
            hash_seed=plan.hash_seed(launch),
            users=USERS,
            bare=bare.windows,
            variants={name: side.windows for name, side in sides.items()},
            missing=missing,
            errors=dict(client.tally.errors),
            verified=client.tally.verified,
            client_requests=client.tally.requests,
            server_requests=after - before,
            server_cores=plan.cores.measured or (),
            client_cores=plan.cores.client or (),
        )


def _rounds(plan: Plan, launch: int, client: BatchClient, agent: Agent, sides: Mapping[str, ServerSide]) -> None:
    """Windows of all sides, in random order in each round, as many requests in each as fill a bare one."""
    with _asked(client, sides[BARE_NAME]) as batch:
        one_s = client.ask(batch, _FEWEST).elapsed_s / _FEWEST
    requests = max(_FEWEST, round(plan.effort.server_window_s / one_s))
    order = plan.random("server windows", launch)
    for _ in range(plan.effort.server_rounds):
        for side in order.sample(list(sides.values()), len(sides)):
            side.requests = requests
            _window(client, agent, side)


@contextmanager
def _asked(client: BatchClient, side: ServerSide) -> Iterator[BatchUsers]:
    """Connections to one server, warm, as its settings have them."""
    side.log_as_set()
    with client.connect(side.url) as batch:
        client.ask(batch, _WARM)
        yield batch


def _window(client: BatchClient, agent: Agent, side: ServerSide) -> None:
    with _asked(client, side) as batch:
        side.reference_us.append(round(median(agent.call("references", count=_REFERENCES)), 3))
        before_s = side.cpu_s()
        taken = client.ask(batch, side.requests)
        sleep(_AFTER_S)
        side.cpu_us.append(_each_us(side.cpu_s() - before_s, side))
        side.wall_us.append(_each_us(taken.elapsed_s, side))
        side.client_us.append(_each_us(taken.client_cpu_s, side))


def _each_us(seconds: float, side: ServerSide) -> float:
    return round(seconds / side.requests * 1e6, 4)


def _ready(exchange: Exchange, sides: Iterable[ServerSide]) -> None:
    """Every server gives the app's own answer. Raises LoadError."""
    for side in sides:
        try:
            await_right_answer(exchange, side.url)
        except LoadError as error:
            raise LoadError(f"{side.name}: {error}") from error


def _counted(sides: Iterable[ServerSide]) -> int:
    """How many requests all servers have counted."""
    agents = {side.agent.pid: side.agent for side in sides}
    return sum(int(agent.call("counted")) for agent in agents.values())


def _observations(given: PassInputs) -> int:
    plan = given.plan
    return plan.effort.server_launches * sum(not _unfit(plan, case) for case in _cases(plan))


def _duration_s(given: PassInputs, observations: int) -> float:
    effort = given.plan.effort
    windows = effort.server_rounds * (1 + len(VARIANTS))
    return observations * (given.plan.costs.paced_s(_LAUNCH_S) + windows * (effort.server_window_s + _WINDOW_BESIDE_S))


SPEC = PassSpec(
    Pass.SERVER,
    "server settings",
    lambda given: measure(given.plan),
    observations=_observations,
    duration_s=_duration_s,
    quick=False,
)
