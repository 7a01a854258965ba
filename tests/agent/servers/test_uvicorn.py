"""uvicorn as an agent starts it behaves as one that was started by hand."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from bench.agent.servers.uvicorn import UvicornServer


async def app(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "lifespan"
    raise RuntimeError("there is none")


async def _accepted() -> int:
    """What TCP_NODELAY is on a connection that asyncio has accepted."""
    server = UvicornServer(app)
    port = await server.start("127.0.0.1", 0)
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while not (connections := server._server.server_state.connections):
            await asyncio.sleep(0.001)
        (protocol,) = connections
        accepted: socket.socket = protocol.transport.get_extra_info("socket")  # type: ignore[union-attr]
        return accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    finally:
        writer.close()
        await writer.wait_closed()
        await server.stop()


def test_small_answers_are_sent_at_once_on_asyncio_s_own_loop() -> None:
    """Else each waits up to 40 ms for the client's acknowledgement of the one before."""
    assert asyncio.run(_accepted()) != 0
