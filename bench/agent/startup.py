"""What starting an app takes in a fresh process, step by step; beside what the agent has imported for itself, which is
a part of the standard library."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.agent.asgi_app import App, Lifespan, load
from bench.agent.asgi_client import PreparedRequest
from bench.agent.introspection.names import attribute
from bench.agent.introspection.wrappers import inside
from bench.agent.peak_rss import status_kib


async def startup(folder: Path, target: str, request: Mapping[str, Any] | None) -> dict[str, float | None]:
    """CPU of all threads in ms: of importing the app, its lifespan, its first request and its OpenAPI schema (None
    without a lifespan, request or schema), and the memory that is resident after all of it, in MB of 10**6.

    Raises AppError.
    """
    import_ms, app = _import_ms(folder, target)
    lifespan = Lifespan(app)
    begin_ns = time.process_time_ns()
    await lifespan.start()
    lifespan_ms = _since_ms(begin_ns) if lifespan.running else None
    request_ms = None
    if request is not None:
        exchange = PreparedRequest(app, request, lifespan.state)
        begin_ns = time.process_time_ns()
        await exchange.perform()
        request_ms = _since_ms(begin_ns)
    openapi_ms = _openapi_ms(app)
    gc.collect()
    rest_mb = status_kib("VmRSS") * 1024 / 1e6
    await lifespan.stop()
    return {
        "import_cpu_ms": import_ms,
        "lifespan_cpu_ms": lifespan_ms,
        "first_request_cpu_ms": request_ms,
        "openapi_cpu_ms": openapi_ms,
        "rest_mb": rest_mb,
    }


def _import_ms(folder: Path, target: str) -> tuple[float, App]:
    begin_ns = time.process_time_ns()
    app = load(folder, target)
    return _since_ms(begin_ns), app


def _openapi_ms(app: App) -> float | None:
    """Of making the schema; None where the app makes none, or can't."""
    make = _schema_maker(app)
    if make is None:
        return None
    begin_ns = time.process_time_ns()
    try:
        make()
    except Exception:  # noqa: BLE001  what an app says of a schema that it can't make is told where routes are found
        return None
    return _since_ms(begin_ns)


def _schema_maker(app: App) -> Callable[[], Any] | None:
    """The `openapi` of the application inside; None without one, or where the app doesn't serve its schema."""
    found = inside(app)[1]
    make = attribute(found, "openapi") if attribute(found, "openapi_url") else None
    return make if callable(make) else None


def _since_ms(begin_ns: int) -> float:
    return (time.process_time_ns() - begin_ns) / 1e6
