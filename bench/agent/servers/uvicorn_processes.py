"""uvicorn with several workers, as `uvicorn --workers` runs them: by its own supervisor, on a socket that it binds."""

from __future__ import annotations

import inspect
import socket
from functools import partial
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from bench.agent.app.asgi_app import App
from bench.agent.app.error import AppError
from bench.agent.servers.logs import ErrorLog
from bench.agent.servers.order import PORT, ServerOrder
from bench.agent.servers.process_tree import end_with_parent
from bench.agent.servers.uvicorn_settings import configured, refuse_unknown
from bench.agent.servers.worker import Worker


def run(order: ServerOrder) -> None:
    """Until SIGTERM. Raises AppError for settings that can't be had, and for a taken port."""
    loop = order.settings.get("loop", "auto")
    refuse_unknown("loop", loop, "LOOP_FACTORIES" if hasattr(uvicorn.config, "LOOP_FACTORIES") else "LOOP_SETUPS")
    where: dict[str, Any] = (
        {"uds": order.unix_socket} if order.unix_socket else {"host": order.host, "port": order.port}
    )
    app = partial(_app, order)
    how = {"loop": loop, "workers": order.workers, "factory": True} | where
    config = configured(app, order.settings, order.certificate, **how)
    listener = _bound(config)
    order.write(PORT, "0" if order.unix_socket else str(listener.getsockname()[1]))
    _supervisor(config, listener).run()


def _bound(config: uvicorn.Config) -> socket.socket:
    try:
        return config.bind_socket()
    except SystemExit:
        step = "" if config.uds else "; use another --port"
        raise AppError(f"uvicorn {uvicorn.__version__} can't listen: {ErrorLog.last}{step}") from None


def _supervisor(config: uvicorn.Config, listener: socket.socket) -> Multiprocess:
    """Older releases are given what their workers run."""
    if "target" in inspect.signature(Multiprocess).parameters:
        older: Any = Multiprocess
        supervisor: Multiprocess = older(config, target=uvicorn.Server(config).run, sockets=[listener])
        return supervisor
    return Multiprocess(config, sockets=[listener])


def _app(order: ServerOrder) -> App:
    """In a worker, whose server exists and hasn't started: once it has, the worker can be asked."""
    end_with_parent(order.parent)
    start = uvicorn.Server.startup

    async def startup(self: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
        try:
            await start(self, sockets)
        finally:  # newer releases end the process themselves
            if not self.started:
                order.fail_worker(ErrorLog.last or "the lifespan of the app failed")
        if self.started:
            worker = Worker(order, lambda: self.server_state.total_requests)
            await worker.start(f"uvicorn {uvicorn.__version__}", str(self.config.http))

    uvicorn.Server.startup = startup  # type: ignore[method-assign]
    return order.app()
