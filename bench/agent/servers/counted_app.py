"""The app of a worker whose server counts no requests itself: counted, at one call each, and answering the agent."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Mapping, MutableMapping
from difflib import get_close_matches
from typing import Any

from bench.agent.app.asgi_app import App, Receive, Send
from bench.agent.app.error import AppError
from bench.agent.servers.order import PORT, ServerOrder
from bench.agent.servers.process_tree import end_with_parent
from bench.agent.servers.setting_kinds import of_its_kind
from bench.agent.servers.worker import Worker


class CountedApp:
    """An ASGI app. The worker can be asked once the app has started."""

    def __init__(self, order: ServerOrder, server: str, parser: str) -> None:
        end_with_parent(order.parent)
        self._order = order
        self._app: App = order.app()
        self._names = server, parser
        self._worker: Worker | None = Worker(order, lambda: self._requests)
        self._requests = 0

    def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> Awaitable[None]:
        if self._worker is not None:
            return self._begun(self._worker, scope, receive, send)
        if scope["type"] == "http":
            self._requests += 1
        return self._app(scope, receive, send)

    async def _begun(self, worker: Worker, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        self._worker = None
        if scope["type"] == "lifespan":
            await self._live(worker, scope, receive, send)
        else:
            await worker.start(*self._names)
            await self(scope, receive, send)

    async def _live(self, worker: Worker, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """The worker can be asked once the app says that it has started, or shows that it has no lifespan."""
        begun = False

        async def counted_receive(event: MutableMapping[str, Any]) -> None:
            nonlocal begun
            first, begun = not begun, True
            if first and event["type"] == "lifespan.startup.failed":
                lines = str(event.get("message") or "the lifespan of the app failed").strip().splitlines()
                self._order.fail_worker(lines[-1])
                first = False
            await send(event)
            if first:
                await worker.start(*self._names)

        try:
            await self._app(scope, receive, counted_receive)
        finally:
            if not begun:
                await worker.start(*self._names)


def listening_port(order: ServerOrder) -> int:
    """The port for a server that doesn't say which one it got. It is written for the agent. Raises AppError."""
    if order.unix_socket:
        order.write(PORT, "0")
        return 0
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((order.host, order.port))
        except OSError as error:
            where = f"port {order.port} of {order.host}"
            raise AppError(f"{where} can't be had: {os.strerror(error.errno or 0)}; use another --port") from error
        port: int = probe.getsockname()[1]
    order.write(PORT, str(port))
    return port


def own_settings(server: str, settings: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Those that aren't the harness's, of which `known` says what they are by default. Raises AppError for others."""
    own = {name: value for name, value in settings.items() if name not in _COMMON}
    for name, value in own.items():
        if name not in known:
            close = get_close_matches(name, (*known, *_COMMON), n=1)
            raise AppError(f"{server} has no setting {name}{f'; did you mean {close[0]}?' if close else ''}")
        own[name] = of_its_kind(name, value, known[name])
    return own


def one_of(server: str, settings: Mapping[str, Any], name: str, choices: Mapping[str, Any]) -> Any:
    """What a setting stands for; that of `auto` without it. Raises AppError."""
    value = str(settings.get(name, "auto"))
    if value not in choices:
        raise AppError(f"{server} has no {name}={value}; it knows {', '.join(sorted(choices))}")
    return choices[value]


_COMMON = ("loop", "http", "workers", "tls", "socket", "access_log")
