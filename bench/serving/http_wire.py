"""Requests as the bytes that go over the wire, built once and sent many times."""

from __future__ import annotations

import functools
import json

from bench.model.workload import Request
from bench.serving.address import ServerUrl
from bench.serving.headers import Headers


class RequestWriter:
    """Makes the requests to one server: with its base path and its host, and with headers that all of them have."""

    def __init__(self, server: ServerUrl, headers: Headers = ()) -> None:
        self._server = server
        self._always = headers
        self.request = functools.lru_cache(maxsize=4096)(self._request)

    def _request(self, method: str, path: str, headers: Headers = (), body: bytes = b"") -> bytes:
        """Headers that all requests have replace those of the same name. Raises ValueError as `request_bytes` does."""
        replaced = {name.lower() for name, _ in self._always}
        sent = (*((name, value) for name, value in headers if name.lower() not in replaced), *self._always)
        hosts = [value for name, value in sent if name.lower() == "host"]
        others = tuple((name, value) for name, value in sent if name.lower() != "host")
        host = hosts[-1] if hosts else self._server.netloc
        return request_bytes(host, method, self._server.base_path + path, others, body)


@functools.cache
def writer(server: ServerUrl, headers: Headers = ()) -> RequestWriter:
    """The one that all users of a process share."""
    return RequestWriter(server, headers)


def content(request: Request) -> tuple[dict[str, str], bytes]:
    """A request's headers and body. A JSON body always names its type: FastAPI answers 422 without since 0.132."""
    if request.body_json is not None:
        return {"content-type": "application/json", **_lower(request.headers)}, json.dumps(request.body_json).encode()
    return _lower(request.headers), (request.body or "").encode()


def request_bytes(host: str, method: str, path: str, headers: Headers = (), body: bytes = b"") -> bytes:
    """An HTTP/1.1 request: `host`, the body's length if there is one, and `headers` as they stand.

    Raises ValueError for HEAD, whose answer has a length and no body: the parser has no way to expect that.
    """
    if method == "HEAD":
        raise ValueError("HEAD can't be measured: its response announces a body but has none")
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}"]
    if body or method in {"POST", "PUT", "PATCH"}:
        lines.append(f"content-length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
