"""A client that leaves a stream: what the app says of that, and what is wrong with one that can't be left."""

from __future__ import annotations

import gc
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from faulty import FaultyServer, refusing_port

from bench.model.workload import Request
from bench.serving.address import ServerUrl
from bench.serving.errors import LoadError
from bench.serving.leaving_client import leave

ASKED = Request(path="/stream", leaves_after=2, then="/left")


class Streaming(BaseHTTPRequestHandler):
    """Chunks until the client has left, or `last` of them."""

    protocol_version = "HTTP/1.1"
    told: object
    says_what_it_saw = True
    last = 10_000
    status = 200

    def do_GET(self) -> None:
        if self.path == "/left":
            self._send(json.dumps(type(self).told).encode())
            return
        self.send_response(type(self).status)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        made = 0
        try:
            while made < type(self).last:
                self.wfile.write(b"5\r\nhello\r\n")
                made += 1
                time.sleep(0.005)
            self.wfile.write(b"0\r\n\r\n")
        except ConnectionError as error:
            at_s = time.perf_counter()
            if type(self).says_what_it_saw:
                type(self).told = {"closed": True, "by": type(error).__name__, "chunks": made, "at_s": at_s}

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(**changes: object) -> Iterator[ServerUrl]:
    handler = type("Handler", (Streaming,), {"told": {"closed": False, "by": None, "chunks": 2}, **changes})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield ServerUrl.loopback(server.server_address[1])
        server.shutdown()
        thread.join()


def test_what_the_app_says_comes_with_the_time_since_the_client_left() -> None:
    with served() as url:
        told = leave(url, ASKED)
    assert told["closed"] is True
    assert told["by"] in ("BrokenPipeError", "ConnectionResetError")
    assert told["chunks"] >= 2
    assert "at_s" not in told
    assert told["after_ms"] > 0


def test_a_stream_that_ends_before_its_client_leaves_is_an_error() -> None:
    with served(last=1) as url, pytest.raises(LoadError, match="/stream ends after 1 chunks, before its client leaves"):
        leave(url, ASKED)


def test_another_status_is_an_error() -> None:
    with served(status=500) as url, pytest.raises(LoadError, match="returns status 500, expected 200"):
        leave(url, ASKED)


def test_an_app_that_does_not_say_what_it_saw_is_an_error() -> None:
    saying = served(told=["what"], says_what_it_saw=False)
    with saying as url, pytest.raises(LoadError, match="expected a JSON object that says `closed`"):
        leave(url, ASKED)


def test_a_server_that_is_gone_is_an_error_with_a_name() -> None:
    with refusing_port() as port, pytest.raises(LoadError, match="a client that leaves /stream: ConnectionRefused"):
        leave(ServerUrl.loopback(port), ASKED)


def test_a_server_that_breaks_off_before_its_response_is_an_error_that_leaves_no_socket_open(
    serve: Callable[..., FaultyServer],
) -> None:
    """A socket left open is a warning, and so an error here."""
    server = serve(lambda *_: False)
    with pytest.raises(LoadError, match="a client that leaves /stream: RemoteDisconnected"):
        leave(ServerUrl.loopback(server.port), ASKED)
    gc.collect()
