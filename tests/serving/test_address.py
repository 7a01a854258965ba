"""URLs of servers: what is a host, a base path, a request."""

from __future__ import annotations

import pytest

from bench.serving.address import ServerUrl, has_path, request_url, without_login


@pytest.mark.parametrize(
    ("text", "netloc", "base_path"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", ""),
        ("http://example.org:80/", "example.org", ""),
        ("https://example.org:443/api/v1/", "example.org", "/api/v1"),
        ("https://example.org:80", "example.org:80", ""),
        ("https://[::1]:8443/api", "[::1]:8443", "/api"),
        ("https://bücher.example/straße", "xn--bcher-kva.example", "/stra%C3%9Fe"),
    ],
)
def test_a_url_is_a_server_and_the_base_path_of_its_requests(text: str, netloc: str, base_path: str) -> None:
    url = ServerUrl.parse(text)
    assert (url.netloc, url.base_path) == (netloc, base_path)
    assert str(url) == f"{text.partition(':')[0]}://{netloc}{base_path}"
    assert ServerUrl.parse(str(url)) == url


@pytest.mark.parametrize(
    ("text", "server", "path"),
    [
        ("https://example.org", "https://example.org", "/"),
        ("https://example.org/users/?limit=3&q=a%20b", "https://example.org", "/users/?limit=3&q=a%20b"),
        ("http://example.org:8000?q=ü", "http://example.org:8000", "/?q=%C3%BC"),
    ],
)
def test_a_url_without_a_case_is_a_server_and_what_to_request(text: str, server: str, path: str) -> None:
    assert tuple(map(str, request_url(text))) == (server, path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("example.org", r"write it as http\[s\]://HOST"),
        ("ftp://example.org", r"write it as http\[s\]://HOST"),
        ("http://", r"write it as http\[s\]://HOST"),
        ("http://example.org:port", "Port could not be cast"),
        ("http://example.org/a b", "a space or a control character"),
        ("http://example.org/a\r\nx: y", "a space or a control character"),
        ("http://example.org/api?key=1", "a base path can't have a query"),
        ("http://ada:secret@example.org", "use --header 'Authorization"),
    ],
)
def test_what_is_no_url_of_a_server_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as refused:
        ServerUrl.parse(text)
    assert "secret" not in str(refused.value)


def test_a_login_is_left_out_of_a_url_that_is_shown() -> None:
    assert without_login("http://ada:se@cret@example.org/a@b") == "http://***@b"


@pytest.mark.parametrize(("text", "has"), [("http://h", False), ("http://h/", True), ("http://h?q", True)])
def test_a_lone_slash_is_a_path(text: str, has: bool) -> None:
    assert has_path(text) is has


def test_a_server_on_a_unix_socket_is_a_url_too() -> None:
    server = ServerUrl.parse("http+unix://%2Frun%2Fmy%20app.sock/base/")
    assert (server.unix_socket, server.base_path, server.netloc) == ("/run/my app.sock", "/base", "localhost")
    assert ServerUrl.parse(str(server)) == server
    found, path = request_url("https+unix://%2Frun%2Fapp.sock/users?limit=3")
    assert (found.unix_socket, found.tls, path) == ("/run/app.sock", True, "/users?limit=3")
