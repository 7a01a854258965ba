"""Profiles of targets behind uvicorn: taken inside the server, while a client on another core keeps it busy."""

from __future__ import annotations

from collections.abc import Generator

from bench.load.locust_process import drive
from bench.load.messages import LoadSpec, Outcome, timeout_s
from bench.measure import profile
from bench.measure.inside_server import not_inside
from bench.measure.pass_spec import PassSpec
from bench.measure.profile import Profile
from bench.model.exchange import Exchange
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import AgentError
from bench.runner.plan import Plan
from bench.serving.errors import LoadError
from bench.serving.expected import reference
from bench.serving.readiness import await_right_answer, patience_s
from bench.serving.server import LocalServer, served_by
from bench.workspace import SCENARIOS

USERS = 16
_SCENARIO = SCENARIOS / "hot.py"
_WARMUP_S = 0.3
_SERVE_S = 3.0
# Half a profile's time goes by unprofiled; what the server waits for before that is in the spare time.
_BESIDE, _SPARE_S = 1.5, 0.7
# The server looks at a clock four times. Each time two turns of its loop may have to end first, of an answer for every
# user each.
_TURNS = 8
_ANSWERS = 2.5
# Calls beside the load: the app's own answer, two of the server's, and the client's last.
_ASKED = 4


def measure(plan: Plan, *, own: bool = False) -> Generator[Profile | MissingSample]:
    """A profile of every target's headline request under load, each in a fresh process: none of its times is a result.

    With `own`, pyinstrument's own session and page come with each. A load that failed in any way is an absence.
    """
    taken = plan.taken_by(Pass.SERVED_PROFILE)
    yield from not_inside(plan, taken, Pass.SERVED_PROFILE)
    for case in taken if plan.server.in_agent else ():
        found: Profile | MissingSample
        try:
            found = _observe(plan, case, own=own)
        except (AgentError, LoadError) as error:
            found = MissingSample.invalid(case.id, Pass.SERVED_PROFILE, error)
        yield found


def _observe(plan: Plan, case: Case, *, own: bool) -> Profile:
    """Raises AgentError and LoadError."""
    with plan.launch(0) as agent:
        exchange = reference(plan, case, agent)
        server = LocalServer(plan, case.target, 0, agent)
        patience = patience_s(plan.costs.served_s(case.id))
        await_right_answer(exchange, server.url, patience_s=patience)
        answer_s = await_right_answer(exchange, server.url, patience_s=patience)
        before = agent.call("counted")
        users, duration_s = _users(plan, case), _profiled_s(plan, answer_s)
        agent.send("profile_served", duration_s=duration_s)
        beyond_s = _TURNS * users * answer_s
        order = LoadSpec(
            exchange=exchange,
            warmup_s=_WARMUP_S,
            duration_s=_BESIDE * duration_s + _SPARE_S + beyond_s,
            timeout_s=timeout_s(users, answer_s),
        )
        outcome = drive(order, _SCENARIO, server=server.url, users=users, cores=plan.cores.client)
        between_s = agent.answer("profile_served")
        if fault := _fault(outcome, exchange, between_s, agent.call("counted") - before):
            raise LoadError(fault)
        served_by(agent)
        observed = agent.call("profiled", title=f"{case.id}, served" if own else None)
    return profile.of(case, ".served", observed, where="served", users=users)


def _users(plan: Plan, case: Case) -> int:
    """One of a slow case, which keeps the server as busy: each look at a clock waits for an answer to every user."""
    return 1 if plan.costs.long_served(case.id) else USERS


def _profiled_s(plan: Plan, answer_s: float) -> float:
    """The half of it that goes by unprofiled has an answer in it, too."""
    return max(plan.effort.profile_s, _ANSWERS * answer_s)


def _fault(outcome: Outcome, exchange: Exchange, between_s: tuple[float, float], served: int) -> str | None:
    """Why such a profile isn't one of right answers to a steady load, if it isn't."""
    if outcome.errors:
        failed = ", ".join(f"{count} {name}" for name, count in sorted(outcome.errors.items()))
        return f"requests failed during the profile: {failed}; {outcome.requests} answered"
    sampled = exchange.compared != "bytes"
    if not outcome.verified or (outcome.verified != outcome.requests and not sampled):
        return f"{outcome.verified} of {outcome.requests} responses were verified during the profile"
    if served != outcome.client_requests:
        return f"the client counted {outcome.client_requests} requests during the profile, the server {served}"
    missing_s = max(outcome.begin_s - between_s[0], between_s[1] - outcome.begin_s - outcome.duration_s)
    if missing_s > 0:
        return f"the load ended {missing_s:.2f} s too early for the profile; stop other programs and try again"
    return None


def _expected_s(plan: Plan, case: Case) -> float:
    serve_s = plan.costs.paced_s(_SERVE_S)
    if not plan.costs.long_served(case.id):
        return serve_s + plan.effort.profile_s * 1.75
    call_s = plan.costs.served_s(case.id)
    return serve_s + _BESIDE * _profiled_s(plan, call_s) + (_ASKED + _TURNS * _users(plan, case)) * call_s


SPEC = PassSpec(
    Pass.SERVED_PROFILE,
    "profiles under load",
    lambda given: measure(given.plan, own=given.own_files),
    observations=lambda given: len(given.plan.taken_by(Pass.SERVED_PROFILE)),
    duration_s=lambda given, _: sum(_expected_s(given.plan, case) for case in given.plan.taken_by(Pass.SERVED_PROFILE)),
    quick=False,
    requires=("pyinstrument",),
)
