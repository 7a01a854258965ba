"""Synthetic folded stacks for the profiled cases of a synthetic run."""

from __future__ import annotations

import random

from bench.model.run import ProfileSample, Run

NASTY_FRAME = "targets.csv_stream:</script><b>rows</b>"

_DRIVER = ["bench.agent.asgi:drive", "asyncio.runners:Runner.run"]
_SERVER = ["[loop]", "uvicorn.protocols.http.httptools_impl:RequestResponseCycle.run_asgi"]
_STARLETTE = [
    "starlette.applications:Starlette.__call__",
    "starlette.middleware.errors:ServerErrorMiddleware.__call__",
]
_ROUTING = [*_STARLETTE, "starlette.routing:Router.__call__", "starlette.routing:Route.handle"]
_FASTAPI = [*_ROUTING, "fastapi.applications:FastAPI.__call__", "fastapi.routing:get_request_handler.<locals>.app"]
_LEAVES: dict[str, list[list[str]]] = {
    "raw_asgi": [[]],
    "starlette": [_STARLETTE, _ROUTING, [*_ROUTING, "starlette.responses:Response.__init__"]],
    "fastapi": [
        _FASTAPI,
        [*_FASTAPI, "fastapi.dependencies.utils:solve_dependencies"],
        [*_FASTAPI, "fastapi.routing:run_endpoint_function"],
        [*_FASTAPI, "fastapi.routing:serialize_response", "pydantic.main:BaseModel.model_dump"],
        [*_FASTAPI, "starlette.responses:JSONResponse.render", "json.encoder:JSONEncoder.encode"],
        [*_FASTAPI, "[gc]"],
    ],
}


def synthetic_profiles(run: Run, seed: int = 7, stacks: int = 400) -> dict[str, str]:
    """Folded text for every profile, by its file; the streamed export's handler looks like markup."""
    rng = random.Random(seed)
    return {sample.file: _folded(sample, rng, stacks) for sample in run.samples if isinstance(sample, ProfileSample)}


def _folded(sample: ProfileSample, rng: random.Random, stacks: int) -> str:
    target = sample.case.partition(":")[0]
    family = "raw_asgi" if target == "raw_asgi" else "starlette" if target.startswith("starlette") else "fastapi"
    handler = NASTY_FRAME if target == "csv_stream" else f"targets.{target}:endpoint"
    shares = [rng.paretovariate(1.2) for _ in range(stacks)]
    total_us = sample.duration_s * 1e6
    waiting = {"[loop]": 20, "[loop];[idle]": 5} if sample.where == "served" else {}
    lines = [f"{stack} {round(total_us / part)}" for stack, part in waiting.items()]
    for index, share in enumerate(shares):
        stack = [*(_SERVER if sample.where == "served" else _DRIVER), *rng.choice(_LEAVES[family])]
        stack += [handler] if rng.random() < 0.3 else []
        stack += [f"asyncio.events:Handle._run_{index % 7}"] if rng.random() < 0.2 else []
        lines.append(f"{';'.join(stack)} {round(share / sum(shares) * total_us)}")
    return "\n".join(lines) + "\n"
