"""A client that leaves a stream before its end, and what the app saw of that."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
from typing import Any

from bench.model.workload import Request
from bench.serving.address import ServerUrl
from bench.serving.errors import LoadError
from bench.serving.http_client import ask, connected
from bench.serving.http_wire import content, writer

_TIMEOUT_S = 10.0
_CHUNK_BYTES = 65_536
# The app is asked so often, for so long at the most, whether it has seen its client leave.
_EVERY_S, PATIENCE_S = 0.02, 1.0


def leave(server: ServerUrl, request: Request) -> dict[str, Any]:
    """Read the first chunks of a stream, close the connection, and ask `then` until it says that the stream is closed.

    What it says is the result: its `at_s`, a moment on the machine's monotonic clock, as `after_ms`, counted from when
    the client left, or None where nothing was closed in time. Raises LoadError.
    """
    try:
        left_s = _read_and_leave(server, request)
        seen = _seen_by_app(server, request.then or "", left_s)
    except (OSError, http.client.HTTPException) as error:
        raise LoadError(f"a client that leaves {request.path}: {type(error).__name__}: {error}") from error
    at_s = seen.pop("at_s", None)
    return seen | {"after_ms": round((at_s - left_s) * 1e3, 2) if isinstance(at_s, float) else None}


def _read_and_leave(server: ServerUrl, request: Request) -> float:
    """The moment at which the connection is closed, with nothing left to read in it."""
    headers, body = content(request)
    with connected(server, _TIMEOUT_S) as connection:
        connection.sendall(writer(server).request(request.method, request.path, tuple(headers.items()), body))
        with contextlib.closing(http.client.HTTPResponse(connection, method=request.method)) as response:
            response.begin()
            if response.status != request.expect.status:
                raise LoadError(f"{request.path} returns status {response.status}, expected {request.expect.status}")
            for number in range(request.leaves_after or 0):
                if not response.read1(_CHUNK_BYTES):
                    raise LoadError(f"{request.path} ends after {number} chunks, before its client leaves")
        return time.perf_counter()


def _seen_by_app(server: ServerUrl, path: str, left_s: float) -> dict[str, Any]:
    """What the app says of the stream, as soon as it is closed."""
    asking = writer(server).request("GET", path)
    while True:
        last = time.perf_counter() - left_s > PATIENCE_S
        answer = ask(server, "GET", asking, _TIMEOUT_S)
        try:
            seen = json.loads(answer.body)
        except ValueError:
            seen = None
        if answer.status != 200 or not isinstance(seen, dict):
            raise LoadError(f"{path} returns status {answer.status}, expected a JSON object that says `closed`")
        if seen.get("closed") or last:
            return seen
        time.sleep(_EVERY_S)
