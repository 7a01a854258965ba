"""Requests as the bytes that go over the wire, built once and sent many times."""

from __future__ import annotations

import functools
import json

from bench.model.workload import Request

Headers = tuple[tuple[str, str], ...]


def content(request: Request) -> tuple[dict[str, str], bytes]:
    """A request's headers and body. A JSON body always names its type: FastAPI answers 422 without since 0.132."""
    if request.body_json is not None:
        return {"content-type": "application/json", **_lower(request.headers)}, json.dumps(request.body_json).encode()
    return _lower(request.headers), (request.body or "").encode()


@functools.lru_cache(maxsize=4096)
def request_bytes(host: str, method: str, path: str, headers: Headers = (), body: bytes = b"") -> bytes:
    """An HTTP/1.1 request: `host`, the body's length if there is one, and `headers` as they stand.

    Raises ValueError for HEAD, whose answer has a length and no body: the parser can't be told to expect that.
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
