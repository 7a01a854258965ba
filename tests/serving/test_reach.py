"""What a load is told of a server elsewhere before it starts: whatever is wrong is one line with the next step."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from faulty import BODY, RIGHT, FaultyServer, Respond, refusing_port

from bench.model.exchange import Exchange
from bench.serving import reach
from bench.serving.address import ServerUrl
from bench.serving.errors import LoadError, ServerError
from bench.serving.headers import Headers
from bench.serving.null_server import CERTIFICATE
from bench.serving.reach import ServerElsewhere
from bench.serving.readiness import await_right_answer
from bench.serving.tls import client_context

Serve = Callable[..., FaultyServer]


@pytest.fixture(autouse=True)
def _fresh_trust(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setattr(reach, "_STARTS_S", 0.0)
    monkeypatch.setattr(reach, "OTHER_SECOND_S", 0.0)
    client_context.cache_clear()
    yield
    client_context.cache_clear()


def saying(answer: bytes) -> Respond:
    def respond(connection: socket.socket, _: int, __: bytes) -> bool:
        connection.sendall(answer)
        return False

    return respond


def elsewhere(url: str, headers: Headers = (), told: list[str] | None = None) -> ServerElsewhere:
    return ServerElsewhere(ServerUrl.parse(url), headers, (told if told is not None else []).append)


def refusal(url: str, status: int | None = None, headers: Headers = ()) -> str:
    with pytest.raises(ServerError) as refused:
        elsewhere(url, headers).ask("GET", "/users", status=status)
    words = str(refused.value)
    assert words.startswith(f"GET {url}/users: ")
    assert "\n" not in words
    return words


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n", "status 401; the server wants a login; add --header 'Auth"),
        (b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n", "status 403; check the login (--header) and its rights"),
        (b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", "status 404; check the path"),
        (b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n", "status 503; fix the server first"),
        (b"HTTP/1.1 200 OK\r\n\r\nHello", "ends only with its connection; the load needs a content-length or chunks"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "the response isn't HTTP/1.1; check the port"),
        (b"", "the server closed the connection without a response; check the port"),
    ],
)
def test_an_answer_that_no_load_can_be_made_of_says_what_to_do(serve: Serve, answer: bytes, complaint: str) -> None:
    assert complaint in refusal(f"http://127.0.0.1:{serve(saying(answer)).port}")


def test_a_status_that_the_case_does_not_expect_is_refused_with_what_may_be_meant(serve: Serve) -> None:
    moved = b"HTTP/1.1 307 Moved\r\nlocation: https://example.org/users\r\ncontent-length: 0\r\n\r\n"
    url = f"http://127.0.0.1:{serve(saying(moved)).port}"
    assert "status 307 instead of 200; redirects aren't followed; use https://example.org/users" in refusal(url, 200)
    login = b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n"
    url = f"http://127.0.0.1:{serve(saying(login)).port}"
    assert "the login is refused" in refusal(url, 200, (("authorization", "Basic x"),))
    assert elsewhere(url).ask("GET", "/users", status=401).status == 401


def test_an_address_at_which_nothing_answers_is_told_apart_from_a_name_that_is_unknown() -> None:
    with refusing_port() as port:
        assert "connection refused; start the server, or check the port" in refusal(f"http://127.0.0.1:{port}")
    assert "the host name can't be resolved" in refusal("http://no-such-host.invalid")


def test_a_server_that_still_starts_is_waited_for(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> None:
    monkeypatch.setattr(reach, "_STARTS_S", 5.0)
    started: list[FaultyServer] = []
    with refusing_port() as port:

        def start(_: float) -> None:
            if not started:
                started.append(FaultyServer(saying(RIGHT), port=port))

        monkeypatch.setattr(reach.time, "sleep", start)
        try:
            assert elsewhere(f"http://127.0.0.1:{port}").ask("GET", "/").body == BODY
        finally:
            started[0].close()


def test_tls_and_plain_http_are_told_apart(serve: Serve) -> None:
    plain, tls = serve(saying(b"HTTP/1.1 400 Bad\r\n\r\n")), serve(saying(RIGHT), tls=True)
    assert "the port doesn't speak TLS; use http://" in refusal(f"https://127.0.0.1:{plain.port}")
    assert "the port speaks TLS; use https://" in refusal(f"http://127.0.0.1:{tls.port}")


def test_a_certificate_is_verified_and_what_to_trust_is_a_variable(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = serve(saying(RIGHT), tls=True).port
    untrusted = refusal(f"https://127.0.0.1:{port}")
    assert "can't be verified (self-signed certificate); set SSL_CERT_FILE to the certificate of its CA" in untrusted
    for file, complaint in (("no-such.pem", "SSL_CERT_FILE names no file: no-such.pem"), (__file__, "add the cert")):
        monkeypatch.setenv("SSL_CERT_FILE", file)
        client_context.cache_clear()
        assert complaint in refusal(f"https://127.0.0.1:{port}")
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    client_context.cache_clear()
    assert elsewhere(f"https://127.0.0.1:{port}").ask("GET", "/").body == BODY
    assert elsewhere(f"https://localhost:{port}").ask("GET", "/").body == BODY


def test_base_path_host_and_login_are_in_the_request(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERCAKE_TEST_TOKEN", "s3cr3t")
    seen: list[bytes] = []

    def respond(connection: socket.socket, _: int, request: bytes) -> bool:
        seen.append(request)
        connection.sendall(RIGHT)
        return False

    headers = (("host", "example.org"), ("authorization", "Bearer ${LAYERCAKE_TEST_TOKEN}"))
    elsewhere(f"http://127.0.0.1:{serve(respond).port}/api", headers).ask("GET", "/users")
    assert seen == [b"GET /api/users HTTP/1.1\r\nhost: example.org\r\nauthorization: Bearer s3cr3t\r\n\r\n"]


def test_what_every_answer_must_be_is_seen_by_asking_twice(serve: Serve) -> None:
    def vary(connection: socket.socket, number: int, _: bytes) -> bool:
        body = json.dumps({"id": number, "text": "x" * (10 * number)}).encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        return False

    same = elsewhere(f"http://127.0.0.1:{serve(saying(RIGHT)).port}").exchange("/users?limit=3")[0]
    assert (same.method, same.path, same.status, same.answer, same.compared) == (
        "GET",
        "/users?limit=3",
        200,
        BODY,
        "bytes",
    )
    varying = elsewhere(f"http://127.0.0.1:{serve(vary).port}").exchange("/")[0]
    assert (varying.compared, varying.varies) == ("shape", ("$.id", "$.text"))
    assert varying.shape is not None


def test_a_redirect_and_a_connection_that_is_closed_are_said_once(serve: Serve) -> None:
    moved = b"HTTP/1.1 302 Found\r\nlocation: /hello\r\ncontent-length: 0\r\n\r\n"
    closing = RIGHT.replace(b"\r\n", b"\r\nconnection: close\r\n", 1)
    for answer, remark in ((moved, "redirects to /hello"), (closing, "closes the connection after each response")):
        told: list[str] = []
        elsewhere(f"http://127.0.0.1:{serve(saying(answer)).port}", told=told).exchange("/")[0]
        assert len(told) == 1
        assert remark in told[0]


def test_a_request_that_can_not_be_measured_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ServerError, match="HEAD can't be measured"):
        elsewhere("http://127.0.0.1:1").ask("HEAD", "/")
    head = Exchange(method="HEAD", path="/", headers={}, body=b"", status=200, answer=b"")
    with pytest.raises(LoadError, match="HEAD can't be measured"):
        await_right_answer(head, ServerUrl.loopback(1))


def test_chunks_are_put_together(serve: Serve) -> None:
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nHello\r\n8\r\n, world!\r\n0\r\n\r\n"
    assert elsewhere(f"http://127.0.0.1:{serve(saying(chunked)).port}").exchange("/")[0].answer == BODY


def test_a_stream_without_an_end_is_refused_and_does_not_hang(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "_TIMEOUT_S", 0.3)

    def endless(connection: socket.socket, _: int, __: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"5\r\ndata\n\r\n")
            time.sleep(0.05)

    assert "an endless stream can't be loaded" in refusal(f"http://127.0.0.1:{serve(endless).port}")


def test_a_host_that_no_name_can_be_is_no_url() -> None:
    with pytest.raises(ValueError, match=r"label|host"):
        ServerUrl.parse("http://a..b")
