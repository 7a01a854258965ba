"""One request on a connection of its own, with the bytes that a load sends, and what went wrong in plain words."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.serving.address import ServerUrl
from bench.serving.tls import client_context

_CHUNK_BYTES = 1_000_000
USE_HTTPS = "the port speaks TLS; use https://"
_EXPIRED, _OTHER_HOST, _OTHER_IP = 10, 62, 64  # OpenSSL's X509_V_ERR_…
_STEPS = {_EXPIRED: "renew it", **dict.fromkeys((_OTHER_HOST, _OTHER_IP), "use the name that it is for")}
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")
_UNCLEAR = (ConnectionError, http.client.HTTPException)
_WORDS: dict[type[Exception], str] = {
    socket.gaierror: "the host name can't be resolved; check its spelling",
    ConnectionRefusedError: "connection refused; start the server, or check the port",
    TimeoutError: "no whole response in time; check host, port and firewalls (an endless stream can't be loaded)",
    ConnectionError: "the server closed the connection without a response; check the port",
    http.client.HTTPException: "the response isn't HTTP/1.1; check the port",
}


@dataclass(frozen=True)
class Response:
    """A whole response; header names in lower case. `framed` says whether its end shows without the connection's."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    framed: bool
    keeps_alive: bool


def ask(server: ServerUrl, method: str, request: bytes, timeout_s: float) -> Response:
    """A response that is there in time. Raises OSError, of which ssl.SSLError is one, and http.client.HTTPException."""
    deadline_s = time.monotonic() + timeout_s
    with connected(server, timeout_s) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection, method=method)
        try:
            response.begin()
            framed = response.chunked or response.length is not None
            return Response(
                status=response.status,
                headers={name.lower(): value for name, value in response.getheaders()},
                framed=framed,
                keeps_alive=framed and not response.will_close,
                body=b"".join(_chunks(response, deadline_s)),
            )
        finally:
            response.close()


def _chunks(response: http.client.HTTPResponse, deadline_s: float) -> Iterator[bytes]:
    """The body, which may have no end. Raises TimeoutError."""
    while chunk := response.read1(_CHUNK_BYTES):
        yield chunk
        if time.monotonic() > deadline_s:
            raise TimeoutError("the response has no end in time")
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)


def failure(error: Exception, server: ServerUrl) -> str:
    """What went wrong, and what to do next."""
    if isinstance(error, ssl.SSLError):
        return _tls_failure(error)
    if isinstance(error, _UNCLEAR) and not server.tls and speaks_tls(server):
        return USE_HTTPS
    for kind, words in _WORDS.items():
        if isinstance(error, kind):
            return words
    return f"{getattr(error, 'strerror', None) or error}; check host and port"


def speaks_tls(server: ServerUrl, timeout_s: float = 2.0) -> bool:
    """Whether its port takes a TLS handshake, whatever the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with _plain(server, timeout_s) as plain:
            context.wrap_socket(plain, server_hostname=server.host).close()
    except OSError:
        return False
    return True


def connected(server: ServerUrl, timeout_s: float) -> socket.socket:
    """A connection that waits so long at most; with TLS the handshake is done. Raises OSError."""
    plain = _plain(server, timeout_s)
    if not server.tls:
        return plain
    try:
        return client_context(server.trusted).wrap_socket(plain, server_hostname=server.host)
    except BaseException:
        plain.close()
        raise


def _plain(server: ServerUrl, timeout_s: float) -> socket.socket:
    if server.unix_socket is None:
        opened = socket.create_connection((server.host, server.port), timeout_s)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened
    opened = socket.socket(socket.AF_UNIX)
    try:
        opened.settimeout(timeout_s)
        opened.connect(server.unix_socket)
    except BaseException:
        opened.close()
        raise
    return opened


def _trust_it() -> str:
    file = os.environ.get("SSL_CERT_FILE")
    if not file:
        return "set SSL_CERT_FILE to the certificate of its CA"
    if not Path(file).is_file():
        return f"SSL_CERT_FILE names no file: {file}"
    return "add the certificate of its CA to the file of SSL_CERT_FILE"


def _tls_failure(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        step = _STEPS.get(error.verify_code) or _trust_it()
        return f"the certificate can't be verified ({error.verify_message.rstrip('.')}); {step}"
    if error.reason in _NOT_TLS:
        return "the port doesn't speak TLS; use http://"
    return f"TLS fails ({(error.reason or 'the server ended it').replace('_', ' ').lower()}); check the port"
