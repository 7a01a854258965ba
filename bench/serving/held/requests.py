"""Requests over a few connections, each of which is kept, or made anew for every request."""

from __future__ import annotations

import socket
from collections import Counter

import httptools

from bench.answers.app_response import AppResponse
from bench.answers.right_answer import AnswerCheck
from bench.serving.held.task import ConnectionTask

_COMPARED_FIRST = 20
_RECEIVE_BYTES = 262_144


class RepeatedExchange:
    """`errors` counts wrong and missing answers by what was wrong, `verified` how many were compared whole; of all
    others, the status is."""

    def __init__(self, task: ConnectionTask) -> None:
        self._task = task
        self._request = task.request
        self._check = AnswerCheck(task.exchange)
        self._kept: list[socket.socket | None] = [None] * task.users
        self.errors: Counter[str] = Counter()
        self.verified = 0

    def round(self, *, fresh: bool) -> int:
        """A request of every user; how many were answered rightly. With `fresh`, each on a connection of its own."""
        users = [None] * self._task.users if fresh else self._kept
        asked = [self._asked(user) for user in users]
        answered = [None if user is None else self._answered(user) for user in asked]
        left = [user if right else None for user, right in zip(asked, answered, strict=True)]
        if fresh:
            for user in filter(None, left):
                user.close()
        else:
            self._kept = left
        return sum(right is not None for right in answered)

    def leave(self) -> None:
        """Close the connections that are kept."""
        for user in filter(None, self._kept):
            user.close()
        self._kept = [None] * self._task.users

    def _asked(self, user: socket.socket | None) -> socket.socket | None:
        try:
            if user is None:
                user = socket.create_connection(self._task.address, self._task.timeout_s)
                user.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            user.sendall(self._request)
        except OSError as error:
            self._failed(user, error)
            return None
        return user

    def _answered(self, user: socket.socket) -> bool | None:
        """None without a right answer, else whether the connection can be used again; if not, it is closed."""
        answer = _Answer()
        try:
            while not answer.whole:
                data = user.recv(_RECEIVE_BYTES)
                if not data:
                    raise ConnectionError("the server closed the connection without a whole response")
                answer.parser.feed_data(data)
        except (OSError, httptools.HttpParserError) as error:
            self._failed(user, error)
            return None
        keeps = answer.keeps_connection and not self._task.exchange.raises
        if not keeps:
            user.close()
        return keeps if self._right(answer) else self._closed(user)

    def _right(self, answer: _Answer) -> bool:
        exchange = self._task.exchange
        found = AppResponse(answer.parser.get_status_code(), answer.headers, b"".join(answer.body))
        wrong = None
        if found.status != exchange.status:
            wrong = f"status {found.status}, expected {exchange.status}"
        elif self.verified < _COMPARED_FIRST:
            wrong = self._check.mismatch(found)
            self.verified += 1
        if wrong:
            self.errors[wrong] += 1
        return wrong is None

    def _failed(self, user: socket.socket | None, error: Exception) -> None:
        self.errors[f"{type(error).__name__}: {error}"] += 1
        self._closed(user)

    @staticmethod
    def _closed(user: socket.socket | None) -> None:
        if user is not None:
            user.close()


class _Answer:
    """A response as it comes in."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.headers: dict[str, str] = {}
        self.body: list[bytes] = []
        self.whole = self.keeps_connection = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, chunk: bytes) -> None:
        self.body.append(chunk)

    def on_message_complete(self) -> None:
        self.whole = True
        self.keeps_connection = self.parser.should_keep_alive()
