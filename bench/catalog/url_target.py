"""A target for a service that nobody wrote one for: one request of it, known by its URL."""

from __future__ import annotations

import hashlib

from bench.model.workload import Request, Target

URL_TARGET = "url"


def url_target(server: str, path: str) -> Target:
    """GET `path` of `server`, both without a login. Two servers with the same path are two cases."""
    return Target(
        name=URL_TARGET,
        description="A server elsewhere, without a target.",
        over=None,
        adds="the whole service",
        requests={path: Request(path=path)},
        source_sha256=hashlib.sha256(f"{server}{path}".encode()).hexdigest(),
    )
