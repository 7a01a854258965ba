"""What the tests of the load share."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faulty import BODY, FaultyServer, Respond

from bench.load.order import Exchange, Order


@pytest.fixture
def serve() -> Iterator[Callable[[Respond], FaultyServer]]:
    with contextlib.ExitStack() as servers:

        def start(respond: Respond) -> FaultyServer:
            server = FaultyServer(respond)
            servers.callback(server.close)
            return server

        yield start


@pytest.fixture
def order() -> Order:
    """GET / for half a second, which must be answered by RIGHT; the server's process is this one."""
    exchange = Exchange(method="GET", path="/", headers={}, body=b"", status=200, answer=BODY)
    return Order(exchange=exchange, warmup_s=0.2, duration_s=0.5, timeout_s=0.4, server_pid=os.getpid())


@pytest.fixture
def hot(root: Path) -> Path:
    return root / "scenarios" / "hot.py"
