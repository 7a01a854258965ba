"""What a profile says: folded stacks with a layer for each frame.

A frame is `module:qualname`. A folded file has a line a stack, `frame;frame;leaf VALUE`, the value in whole
microseconds over the whole profile; divided by the profile's requests it is a cost per request.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial

from bench.engine.cases import each_case
from bench.engine.launch import Agent
from bench.engine.plan import Plan
from bench.model import Case, Pass
from bench.samples import Absence, ProfileSample

LAYERS = ("driver", "server", "starlette", "fastapi", "pydantic", "json", "database", "gc", "handler", "kernel")

_MODULES = {
    "bench": "driver",
    "uvicorn": "server",
    "httptools": "server",
    "uvloop": "server",
    "h11": "server",
    "starlette": "starlette",
    "fastapi": "fastapi",
    "opentelemetry": "fastapi",
    "pydantic": "pydantic",
    "pydantic_core": "pydantic",
    "json": "json",
    "orjson": "json",
    "ujson": "json",
    "sqlalchemy": "database",
    "asyncpg": "database",
    "aiosqlite": "database",
    "sqlite3": "database",
    "targets": "handler",
}

# A C function is a frame with no module. These belong to a layer of their own, or to a caller that only calls them.
_FRAMES = {
    "<built-in>:SchemaValidator.validate_python": "pydantic",
    "<built-in>:SchemaValidator.validate_json": "pydantic",
    "<built-in>:SchemaSerializer.to_python": "pydantic",
    "<built-in>:SchemaSerializer.to_json": "pydantic",
    "fastapi.responses:ORJSONResponse.render": "json",
    "fastapi.responses:UJSONResponse.render": "json",
    "starlette.responses:JSONResponse.render": "json",
    "[gc]": "gc",
    "[kernel]": "kernel",
}


def layers(stack: Sequence[str]) -> list[str]:
    """The layer of each frame of a stack (root first): its own, or that of its nearest classified ancestor.

    The standard library and built-ins inherit; what has no classified ancestor is the driver's.
    """
    found: list[str] = []
    for frame in stack:
        own = _FRAMES.get(frame) or _MODULES.get(frame.partition(":")[0].partition(".")[0])
        found.append(own or (found[-1] if found else "driver"))
    return found


@dataclass(frozen=True)
class Profile:
    """A profile and its folded stacks, which the store keeps in the file that the sample names."""

    sample: ProfileSample
    folded: str


def measure(plan: Plan) -> Generator[Profile | Absence]:
    """A profile of every target's headline request, in a pass of its own: none of its times is a result."""
    yield from each_case(plan, Pass.PROFILE, 0, plan.taken_by(Pass.PROFILE), set(), partial(_observe, plan))


def _observe(plan: Plan, agent: Agent, case: Case, _ready: frozenset[str]) -> Profile:
    observed = agent.call("profile", case=case.id, duration_s=plan.effort.profile_s)
    folded = observed.pop("folded")
    file = f"profiles/{case.target}.{case.request}.folded"
    return Profile(ProfileSample(case=case.id, file=file, **observed), folded)
