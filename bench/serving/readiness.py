"""Is the server ready? It is once it answers over HTTP what the app itself answers, decoded."""

from __future__ import annotations

import http.client
import ssl
import time

from bench.answers.app_response import AppResponse
from bench.answers.right_answer import AnswerCheck
from bench.model.exchange import Exchange
from bench.serving.address import ServerUrl
from bench.serving.errors import LoadError
from bench.serving.headers import Headers
from bench.serving.http_client import ask, failure
from bench.serving.http_wire import writer

PATIENCE_S = 5.0
_PAUSE_S = 0.01


def patience_s(answer_s: float) -> float:
    """How long to wait for the right answer of an app that takes `answer_s` for it."""
    return PATIENCE_S + 3 * answer_s


def await_right_answer(
    exchange: Exchange, server: ServerUrl, headers: Headers = (), patience_s: float = PATIENCE_S
) -> float:
    """How long the first right answer took, in s; `headers` are those of every request. Raises LoadError when none came
    in time, which an answer may itself take, and for a request that can't be measured."""
    own = tuple(exchange.headers.items())
    try:
        request = writer(server, headers).request(exchange.method, exchange.path, own, exchange.body)
    except ValueError as error:
        raise LoadError(str(error)) from error
    check = AnswerCheck(exchange)
    deadline_s = time.monotonic() + patience_s
    while True:
        asked_s = time.monotonic()
        try:
            response = ask(server, exchange.method, request, max(PATIENCE_S, patience_s))
            taken_s = time.monotonic() - asked_s
            differs = check.mismatch(AppResponse(response.status, dict(response.headers), response.body))
            if differs is None:
                return taken_s
            instead = f"the server's response differs from the app's: {differs}"
        except ssl.SSLCertVerificationError as error:  # waiting doesn't help
            raise LoadError(failure(error, server)) from error
        except (OSError, http.client.HTTPException) as error:
            instead = f"the server does not answer: {type(error).__name__}: {error}"
        if time.monotonic() > deadline_s:
            raise LoadError(instead)
        time.sleep(_PAUSE_S)
