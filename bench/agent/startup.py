"""What starting an app takes in a fresh process, step by step; beside what the agent has imported for itself, which is
a part of the standard library."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.agent.app.asgi_app import App, Lifespan, load
from bench.agent.app.imports import import_all, libraries
from bench.agent.introspection.effective_routes import effective_routes
from bench.agent.introspection.names import attribute, items
from bench.agent.introspection.wrappers import inside
from bench.agent.memory.peak_rss import status_kib
from bench.agent.requests.prepared import check_status, prepared


async def startup(
    folder: Path,
    target: str,
    request: Mapping[str, Any] | None,
    imports: Sequence[str] | None = None,
) -> dict[str, Any]:
    """CPU of all threads in ms: of importing the app, its lifespan, its first request and its OpenAPI schema (None
    without a lifespan, request or schema). Resident memory in MB of 10**6: before, and at rest, which is after the
    first request and before the schema.

    With `imports`, the modules that the app is known to import, they are imported first: `libraries_cpu_ms` of
    `import_cpu_ms`, and what is left is building the app, `build_cpu_ms`; both also as the rise of resident memory.
    Without, they are None, and `libraries` has the modules. `routes` is how many the application inside has, those of
    its documentation too; None without one. Raises AppError, also for a first answer with another status than expected.
    """
    before, before_mb = set(sys.modules), _resident_mb()
    libraries_ms, libraries_mb = _imported(imports)
    build_ms, app = _built(folder, target)
    build_mb = _resident_mb() - before_mb - libraries_mb
    known = imports is not None
    found = None if known else libraries(folder, target, before)  # now: what a request imports is no part of it
    lifespan = Lifespan(app)
    begin_ns = time.process_time_ns()
    await lifespan.start()
    lifespan_ms = _since_ms(begin_ns) if lifespan.running else None
    request_ms = await _asked_ms(app, request, lifespan)
    gc.collect()
    rest_mb = _resident_mb()
    openapi_ms = _openapi_ms(app)
    await lifespan.stop()
    return {
        "import_cpu_ms": libraries_ms + build_ms,
        "libraries_cpu_ms": libraries_ms if known else None,
        "build_cpu_ms": build_ms if known else None,
        "lifespan_cpu_ms": lifespan_ms,
        "first_request_cpu_ms": request_ms,
        "openapi_cpu_ms": openapi_ms,
        "before_mb": before_mb,
        "libraries_mb": libraries_mb if known else None,
        "build_mb": build_mb if known else None,
        "rest_mb": rest_mb,
        "routes": _routes(app),
        "libraries": found,
    }


def _imported(imports: Sequence[str] | None) -> tuple[float, float]:
    """What importing these takes: CPU, and by how much resident memory rises."""
    if imports is None:
        return 0.0, 0.0
    before_mb, begin_ns = _resident_mb(), time.process_time_ns()
    import_all(imports)
    return _since_ms(begin_ns), _resident_mb() - before_mb


def _built(folder: Path, target: str) -> tuple[float, App]:
    begin_ns = time.process_time_ns()
    app = load(folder, target)
    return _since_ms(begin_ns), app


async def _asked_ms(app: App, request: Mapping[str, Any] | None, lifespan: Lifespan) -> float | None:
    if request is None:
        return None
    exchange = prepared(app, request, lifespan.state)
    begin_ns = time.process_time_ns()
    await exchange.perform()
    asked_ms = _since_ms(begin_ns)
    check_status(exchange, request)
    return asked_ms


def _openapi_ms(app: App) -> float | None:
    """Of making the schema; None where the app makes none, or can't."""
    make = _schema_maker(app)
    if make is None:
        return None
    begin_ns = time.process_time_ns()
    try:
        make()
    except Exception:  # noqa: BLE001  why an app can't make its schema is reported where routes are found
        return None
    return _since_ms(begin_ns)


def _schema_maker(app: App) -> Callable[[], Any] | None:
    """The `openapi` of the application inside; None without one, where the app doesn't serve its schema, or where it
    has been made already: by its lifespan, or for the first request."""
    found = inside(app)[1]
    if not attribute(found, "openapi_url") or attribute(found, "openapi_schema"):
        return None
    make = attribute(found, "openapi")
    return make if callable(make) else None


def _routes(app: App) -> int | None:
    found = inside(app)[1]
    return None if found is None else len(list(effective_routes(list(items(found, "routes")))))


def _resident_mb() -> float:
    return status_kib("VmRSS") * 1024 / 1e6


def _since_ms(begin_ns: int) -> float:
    return (time.process_time_ns() - begin_ns) / 1e6
