"""Is the server ready? It is once it answers over HTTP, byte for byte, what the app itself answers."""

from __future__ import annotations

import http.client
import time

from bench.model.exchange import Exchange
from bench.serving.errors import LoadError

PATIENCE_S = 5.0
_PAUSE_S = 0.01


def await_right_answer(exchange: Exchange, host: str, port: int, patience_s: float = PATIENCE_S) -> float:
    """How long the first right answer took, in s. Raises LoadError when none came in time."""
    deadline_s = time.monotonic() + patience_s
    while True:
        asked_s = time.monotonic()
        try:
            status, answer = _ask(exchange, host, port)
            if (status, answer) == (exchange.status, exchange.answer):
                return time.monotonic() - asked_s
            instead = f"status {status} with {len(answer)} bytes"
        except (OSError, http.client.HTTPException) as error:
            instead = f"{type(error).__name__}: {error}"
        if time.monotonic() > deadline_s:
            wanted = f"status {exchange.status} with {len(exchange.answer)} bytes"
            raise LoadError(f"the server's response ({instead}) differs from the app's ({wanted})")
        time.sleep(_PAUSE_S)


def _ask(exchange: Exchange, host: str, port: int) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        connection.putrequest(exchange.method, exchange.path, skip_accept_encoding=True)
        for name, value in exchange.headers.items():
            connection.putheader(name, value)
        if exchange.body:
            connection.putheader("content-length", str(len(exchange.body)))
        connection.endheaders(exchange.body or None)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
