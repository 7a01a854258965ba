"""A few users in one thread who each ask again once they are answered: enough to keep one small server busy.

What it measures is nothing; it is there so that a server's own clocks see requests come over real connections.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections import Counter
from typing import Self

from bench.answers.app_response import AppResponse
from bench.answers.right_answer import AnswerCheck
from bench.model.exchange import Exchange
from bench.serving.address import ServerUrl
from bench.serving.http_client import connected
from bench.serving.http_wire import writer

_TIMEOUT_S = 30.0
_COMPARED_FIRST = 20


class ClosedLoad:
    """A context manager around the load. `errors` counts what went wrong by what it was, `verified` how many answers
    were compared whole; of all others, the status is.

    Raises ValueError for a request that can't be sent.
    """

    def __init__(self, exchange: Exchange, server: ServerUrl, users: int) -> None:
        own = tuple(exchange.headers.items())
        self._request = writer(server).request(exchange.method, exchange.path, own, exchange.body)
        self._exchange = exchange
        self._check = AnswerCheck(exchange)
        self._server = server
        self._users = users
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.errors: Counter[str] = Counter()
        self.verified = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        users: list[socket.socket | None] = [None] * self._users
        while not self._over.is_set():
            asked = [self._asked(user) for user in users]
            users = [None if user is None else self._answered(user) for user in asked]
        for user in users:
            if user is not None:
                user.close()

    def _asked(self, user: socket.socket | None) -> socket.socket | None:
        try:
            if user is None:
                user = connected(self._server, _TIMEOUT_S)
            user.sendall(self._request)
        except OSError as error:
            self._failed(user, error)
            return None
        return user

    def _answered(self, user: socket.socket) -> socket.socket | None:
        """The connection, if it can be used again."""
        response = http.client.HTTPResponse(user, method=self._exchange.method)
        try:
            response.begin()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._failed(user, error)
            return None
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        self._compare(AppResponse(response.status, headers, body))
        if response.will_close or self._exchange.raises:
            user.close()
            return None
        return user

    def _compare(self, answer: AppResponse) -> None:
        if answer.status != self._exchange.status:
            self.errors[f"status {answer.status}, expected {self._exchange.status}"] += 1
        elif self.verified < _COMPARED_FIRST:
            if differs := self._check.mismatch(answer):
                self.errors[differs] += 1
            self.verified += 1

    def _failed(self, user: socket.socket | None, error: Exception) -> None:
        self.errors[f"{type(error).__name__}: {error}"] += 1
        if user is not None:
            user.close()
        self._over.wait(0.05)  # a server that has ended doesn't come back sooner
