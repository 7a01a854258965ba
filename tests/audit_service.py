"""A small service of a test's own, and what an audit of it is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import perf_counter

from bench.host.affinity import Cores, cores
from bench.measure.audit.effort import LEVELS, AuditEffort
from bench.measure.audit.inputs import AuditInputs
from bench.model.app import AppDescription, Middleware, Route
from bench.model.server import DEFAULT, ServerSettings
from bench.model.workload import EffortName, Request, Target
from bench.runner.call_costs import CallCosts
from bench.runner.effort import EFFORTS
from bench.runner.plan import Plan
from bench.stack.environment import Environment, no_environment
from bench.workflows.audit.audit import AuditSubject, ready

TINY = AuditEffort(
    peel_launches=2,
    part_launches=2,
    pairs=4,
    served_launches=1,
    served_s=0.2,
    retained_launches=2,
    retained_requests=5,
    startups=1,
    waterfall_requests=4,
    fresh_s=5.0,
    slow_case_s=0.3,
    wait_budget_s=3.0,
)
SERVICE = """
import os, time
from fastapi import Depends, FastAPI, HTTPException
from starlette.middleware.base import BaseHTTPMiddleware


def burn(us):
    end = time.thread_time_ns() + us * 1000
    while time.thread_time_ns() < end:
        pass


class First:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        burn(100)
        if scope["type"] == "http":
            asked["url"] = f"{scope['scheme']}://{dict(scope['headers'])[b'host'].decode()}{scope['path']}"
        await self.app(scope, receive, send)


class Second(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        burn(200)
        return await call_next(request)


app = FastAPI(openapi_url=None)
app.add_middleware(Second)
app.add_middleware(First)
asked = {}
kept = []
"""


def inputs_of(
    environment: Environment, folder: Path, routes: dict[str, str], server: ServerSettings = DEFAULT
) -> AuditInputs:
    """What an audit is given of a service in this folder with these routes: the body of each by its path."""
    text = SERVICE
    for index, (path, body) in enumerate(routes.items()):
        text += f'\n\n@app.get("{path}")\nasync def route_{index}():\n    {body}\n    return {{"fine": True}}\n'
    (folder / "service.py").write_text(text)
    target = Target(
        name="service:app",
        description="",
        over=None,
        adds="app",
        requests={f"GET {path}": Request(path=path) for path in routes},
        source_sha256="0" * 64,
    )
    described = AppDescription(
        name="service:app",
        type="fastapi.applications:FastAPI",
        middleware=(Middleware(name="service:First", place=0), Middleware(name="service:Second", place=1)),
        routes=tuple(
            Route(kind="http", method="GET", path=path, endpoint="service:route", middleware=(0, 1)) for path in routes
        ),
    )
    plan = Plan(
        environment=environment,
        folder=folder,
        targets={target.name: target},
        cases=tuple(target.case(request) for request in target.requests),
        effort=EFFORTS[EffortName.QUICK],
        cores=cores(),
        seed=7,
        server=server,
    )
    found = ready(plan, AuditSubject(described, target, ()), EffortName.QUICK, (), 1.0, perf_counter())
    return replace(found.inputs, effort=TINY)


def simulated_inputs(routes: int, call_s: float = 0.001, middlewares: int = 4, launch_s: float = 1.0) -> AuditInputs:
    """Of an app that isn't there: each route has these middlewares on its way, and a call takes so long."""
    requests = {f"GET /{index}": Request(path=f"/{index}") for index in range(routes)}
    target = Target(name="a:app", description="", over=None, adds="app", requests=requests, source_sha256="")
    ways = tuple(range(middlewares))
    described = AppDescription(
        name="a:app",
        type="x",
        middleware=tuple(Middleware(name=f"m:{index}", place=index) for index in ways),
        routes=tuple(Route(kind="http", method="GET", path=f"/{index}", middleware=ways) for index in range(routes)),
    )
    plan = Plan(
        environment=no_environment(),
        folder=Path(),
        targets={target.name: target},
        cases=tuple(target.case(request) for request in requests),
        effort=EFFORTS[EffortName.QUICK],
        cores=Cores(None, None),
        seed=1,
        costs=CallCosts(dict.fromkeys(requests, call_s)),
    )
    return AuditInputs(plan, described, LEVELS[EffortName.QUICK][0], {}, launch_s + routes * call_s)
