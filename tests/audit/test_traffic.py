"""An access log says how often each route is asked, in whatever format its server wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.audit.traffic import count, read
from bench.model.app import Route
from bench.model.errors import UsageError

LINES = {
    "common": '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /users/1 HTTP/1.0" 200 2326',
    "combined": '::1 - - [10/Oct/2000:13:55:36 -0700] "GET /users/1?q=%20 HTTP/2.0" 204 - "http://a/" "x \\"GET /b\\""',
    "nginx behind a proxy": '10.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET http://example.org/users/1 HTTP/1.1" 304 0',
    "uvicorn": 'INFO:     127.0.0.1:51234 - "GET /users/1 HTTP/1.1" 200 OK',
    "uvicorn without a reason": 'INFO:     127.0.0.1:51234 - "GET /users/1 HTTP/1.1" 200',
    "gunicorn": '127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /users/1 HTTP/1.1" 200 21 "-" "curl/8"',
}
USER = Route(kind="http", method="GET", path="/users/{id}")
USERS = Route(kind="http", method="GET", path="/users")


def route_of(method: str, path: str) -> Route | None:
    if method != "GET":
        return None
    return USERS if path == "/users" else USER if path.startswith("/users/") else None


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_a_request_is_read_in_each_usual_format(line: str) -> None:
    found = count([line + "\n"], route_of)
    assert found.counts == {"GET /users/{id}": 1}
    assert (found.unmatched, found.failed, found.unread) == (0, 0, 0)
    assert found.unused is None


def test_what_is_of_no_route_failed_or_is_no_request_is_counted_apart() -> None:
    found = count(
        [
            '"GET /users HTTP/1.1" 200',
            '"GET /users HTTP/1.1" 200',
            '"GET /users/1 HTTP/1.1" 200',
            '"GET /users/1 HTTP/1.1" 500',
            '"GET /users/1 HTTP/1.1" 404',
            '"POST /users HTTP/1.1" 201',
            '"GET /favicon.ico HTTP/1.1" 200',
            "INFO:     Application startup complete.",
            "",
            '"\\x16\\x03\\x01" 400 226',
        ],
        route_of,
    )
    assert found.counts == {"GET /users": 2, "GET /users/{id}": 1}
    assert list(found.counts) == ["GET /users", "GET /users/{id}"]
    assert found.weights == pytest.approx({"GET /users": 2 / 3, "GET /users/{id}": 1 / 3})
    assert (found.unmatched, found.failed, found.unread) == (2, 2, 2)
    assert set(found.examples) == {"POST /users", "GET /favicon.ico"}
    assert found.unused == (
        "2 requests of no route (POST /users, GET /favicon.ico), 2 requests that failed and 2 lines without a request"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no request in it"),
        ("INFO: started\n", "no request in it"),
        ('"GET /other HTTP/1.1" 200\n', r"1 request, none of a route of the app \(e\.g\. GET /other\)"),
        ('"GET /users HTTP/1.1" 503\n', "1 request, all failed"),
    ],
)
def test_a_log_that_weighs_nothing_is_refused_with_the_reason(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "access.log").write_text(text)
    with pytest.raises(UsageError, match=rf"--traffic .*access\.log: {said}"):
        read(tmp_path / "access.log", route_of)


def test_a_log_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--traffic .*absent: can't be read \(No such file"):
        read(tmp_path / "absent", route_of)


@given(st.lists(st.text()))
def test_no_line_is_too_odd(lines: list[str]) -> None:
    found = count(lines, route_of)
    assert sum(found.counts.values()) + found.unmatched + found.failed + found.unread <= len(lines)
