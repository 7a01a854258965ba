"""What a run measured, in a few words."""

from __future__ import annotations

from bench.model.run import Run


def measured(run: Run) -> str:
    """Its FastAPI and its Python; of a server without a target, whose stack is unknown, the URL without the scheme."""
    if run.url is not None:
        return f"Load of {run.url.partition('://')[2]}"
    fastapi = run.stack.packages.get("fastapi")
    return f"FastAPI {fastapi} on Python {run.stack.python}" if fastapi else f"Python {run.stack.python}"
