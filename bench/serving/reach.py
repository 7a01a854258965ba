"""Asks a server elsewhere before anything is prepared: is it there, does it take the login, is the answer right?"""

from __future__ import annotations

import http.client
import os
import time
from collections.abc import Callable

from bench.answers.app_response import AppResponse
from bench.answers.comparing import found
from bench.answers.right_answer import right_answer
from bench.answers.time_of_day import OTHER_SECOND_S
from bench.model.exchange import Exchange
from bench.serving.address import ServerUrl
from bench.serving.errors import ServerError
from bench.serving.headers import Headers, with_values
from bench.serving.http_client import USE_HTTPS, Response, ask, failure, speaks_tls
from bench.serving.http_wire import RequestWriter

_TIMEOUT_S = 10.0
_STARTS_S = 5.0
"""For so long, a server that refuses connections may still be starting."""
_PAUSE_S = 0.1
_NO_LOGIN = (401, 407)
_STEPS = {
    **dict.fromkeys(_NO_LOGIN, "the server wants a login; add --header 'Authorization: Bearer ${TOKEN}'"),
    403: "check the login (--header) and its rights",
    421: "check --header 'Host: …'",
}


class ServerElsewhere:
    """A server that runs already, and the headers that every request to it has. `warn` gets, once each, what is worth
    knowing of a right answer."""

    def __init__(self, server: ServerUrl, headers: Headers, warn: Callable[[str], object]) -> None:
        """Raises HeaderError."""
        self._server = server
        self._headers = headers
        self._warn = warn
        self._remarks: set[str] = set()
        self._writer = RequestWriter(server, with_values(headers, os.environ))

    def ask(
        self, method: str, path: str, headers: Headers = (), body: bytes = b"", status: int | None = None
    ) -> Response:
        """A response with `status`; None: one of success, or a redirect. Raises ServerError."""
        where = f"{method} {self._server}{path}"
        try:
            request = self._writer.request(method, path, headers, body)
        except ValueError as error:
            raise ServerError(f"{where}: {error}") from error
        response = self._response(where, method, request)
        if wrong := self._wrong(response, status):
            raise ServerError(f"{where}: {wrong}")
        if (remark := _remark(response)) and remark not in self._remarks:
            self._remarks.add(remark)
            self._warn(f"{where}: {remark}")
        return response

    def exchange(self, path: str) -> tuple[Exchange, float]:
        """GET `path`, and what every answer to it must be, by two of them, in different seconds: many hold the time of
        day; and the seconds that one takes. Raises ServerError."""
        first = self.ask("GET", path)
        time.sleep(OTHER_SECOND_S)
        begin_s = time.monotonic()
        second = self.ask("GET", path)
        took_s = time.monotonic() - begin_s
        if first.status != second.status:
            raise ServerError(
                f"GET {self._server}{path}: status {first.status}, then {second.status}; request what answers the same"
            )
        return _expected(path, first, second), took_s

    def _response(self, where: str, method: str, request: bytes) -> Response:
        deadline_s = time.monotonic() + _STARTS_S
        while True:
            try:
                return ask(self._server, method, request, _TIMEOUT_S)
            except (OSError, http.client.HTTPException) as error:
                if not isinstance(error, ConnectionRefusedError) or time.monotonic() > deadline_s:
                    raise ServerError(f"{where}: {failure(error, self._server)}") from error
            time.sleep(_PAUSE_S)

    def _wrong(self, response: Response, expected: int | None) -> str | None:
        """How a response is another than a load can be made of, and what to do next."""
        status = response.status
        if status != expected and (expected is not None or not 200 <= status < 400):
            return f"status {status}{'' if expected is None else f' instead of {expected}'}; {self._step(response)}"
        if not response.framed:
            return "the response ends only with its connection; the load needs a content-length or chunks"
        return None

    def _step(self, response: Response) -> str:
        status = response.status
        if status in _NO_LOGIN and any(name == "authorization" for name, _ in self._headers):
            return "the login is refused; check the value of --header 'Authorization: …'"
        if status == http.HTTPStatus.BAD_REQUEST and not self._server.tls and speaks_tls(self._server):
            return USE_HTTPS
        if 300 <= status < 400:
            return f"redirects aren't followed; use {response.headers.get('location', 'the new URL')}"
        return _STEPS.get(status, "fix the server first" if status >= 500 else "check the path")


def _remark(response: Response) -> str | None:
    if 300 <= response.status < 400:
        return f"redirects to {response.headers.get('location', '?')}, which the load doesn't follow"
    if not response.keeps_alive:
        return "the server closes the connection after each response, so each request needs a new one"
    return None


def _expected(path: str, first: Response, second: Response) -> Exchange:
    """What every answer must be, from two of them."""
    answers = [AppResponse(one.status, dict(one.headers), one.body) for one in (first, second)]
    compared, varies = found(answers)
    right = dict(right_answer(answers, compared, varies))
    return Exchange(method="GET", path=path, headers={}, body=b"", **right)
