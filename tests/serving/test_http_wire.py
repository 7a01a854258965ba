"""Requests as bytes: what any HTTP server reads back is what was asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from httptools import HttpRequestParser
from hypothesis import given
from hypothesis import strategies as st

from bench.model.workload import Request
from bench.serving.address import ServerUrl
from bench.serving.headers import Headers
from bench.serving.http_wire import RequestWriter, content, request_bytes

names = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12).map("x-{}".format)
values = st.text("abcdefghijklmnopqrstuvwxyz0123456789 /;=", max_size=20).map(str.strip)


class Read:
    """What a server's parser makes of a request."""

    def __init__(self, request: bytes) -> None:
        self.path, self.body, self.headers, self.whole = b"", b"", [], False
        parser = HttpRequestParser(self)
        parser.feed_data(request)
        self.method = parser.get_method()

    headers: list[tuple[bytes, bytes]]

    def on_url(self, url: bytes) -> None:
        self.path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.whole = True


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
    headers=st.dictionaries(names, values, max_size=4),
    body=st.binary(max_size=300),
)
def test_a_server_reads_back_what_was_asked_for(method: str, headers: dict[str, str], body: bytes) -> None:
    read = Read(request_bytes("127.0.0.1:8000", method, "/users?limit=3", tuple(headers.items()), body))
    assert read.whole
    assert (read.method, read.path, read.body) == (method.encode(), b"/users?limit=3", body)
    assert dict(read.headers).items() >= {name.encode(): value.encode() for name, value in headers.items()}.items()
    assert (b"host", b"127.0.0.1:8000") in read.headers


def test_nothing_is_asked_for_that_was_not_said() -> None:
    assert request_bytes("h", "GET", "/") == b"GET / HTTP/1.1\r\nhost: h\r\n\r\n"


@pytest.mark.parametrize("value", [{"a": 1}, [1, 2], "text", 0])
def test_a_json_body_names_its_type(value: Any) -> None:
    headers, body = content(Request(path="/", method="POST", body_json=value))
    assert headers == {"content-type": "application/json"}
    assert json.loads(body) == value


def test_a_header_of_the_request_replaces_the_one_that_json_brings() -> None:
    headers, _ = content(Request(path="/", method="POST", body_json={}, headers={"Content-Type": "text/json"}))
    assert headers == {"content-type": "text/json"}


def test_head_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match="HEAD can't be measured"):
        request_bytes("h", "HEAD", "/")


def test_requests_have_the_base_path_of_their_server_and_the_headers_of_all() -> None:
    writer = RequestWriter(ServerUrl.parse("https://example.org/api/"), (("x-key", "7"), ("accept", "text/plain")))
    read = Read(writer.request("GET", "/users?limit=3", (("Accept", "*/*"), ("x-own", "1"))))
    assert read.path == b"/api/users?limit=3"
    assert read.headers == [(b"host", b"example.org"), (b"x-own", b"1"), (b"x-key", b"7"), (b"accept", b"text/plain")]


@pytest.mark.parametrize(
    ("of_all", "own", "sent"),
    [((), (), b"h:1"), ((), (("Host", "own"),), b"own"), ((("host", "all"),), (("Host", "own"),), b"all")],
)
def test_a_host_header_replaces_the_host_of_the_url(of_all: Headers, own: Headers, sent: bytes) -> None:
    read = Read(RequestWriter(ServerUrl.parse("http://h:1"), of_all).request("GET", "/", own))
    assert read.headers == [(b"host", sent)]
