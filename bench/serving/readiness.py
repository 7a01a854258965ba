"""Is the server ready? It is once it answers over HTTP, byte for byte, what the app itself answers."""

from __future__ import annotations

import http.client
import time

from bench.model.exchange import Exchange
from bench.serving.address import ServerUrl
from bench.serving.errors import LoadError
from bench.serving.headers import Headers
from bench.serving.http_client import ask
from bench.serving.http_wire import writer

PATIENCE_S = 5.0
_PAUSE_S = 0.01


def await_right_answer(
    exchange: Exchange, server: ServerUrl, headers: Headers = (), patience_s: float = PATIENCE_S
) -> float:
    """How long the first right answer took, in s; `headers` are those of every request. Raises LoadError when none came
    in time, and for a request that can't be measured."""
    own = tuple(exchange.headers.items())
    try:
        request = writer(server, headers).request(exchange.method, exchange.path, own, exchange.body)
    except ValueError as error:
        raise LoadError(str(error)) from error
    deadline_s = time.monotonic() + patience_s
    while True:
        asked_s = time.monotonic()
        try:
            response = ask(server, exchange.method, request, PATIENCE_S)
            if exchange.is_right(response.status, response.body):
                return time.monotonic() - asked_s
            instead = f"status {response.status} with {len(response.body)} bytes"
        except (OSError, http.client.HTTPException) as error:
            instead = f"{type(error).__name__}: {error}"
        if time.monotonic() > deadline_s:
            wanted = f"status {exchange.status} with {len(exchange.answer)} bytes"
            raise LoadError(f"the server's response ({instead}) differs from the app's ({wanted})")
        time.sleep(_PAUSE_S)
