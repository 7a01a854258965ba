"""hypercorn, which always has a supervisor and workers."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import Any

import hypercorn.run
from hypercorn.config import Config

from bench.agent.servers.access_log import access_logger
from bench.agent.servers.counted_app import listening_port, one_of, own_settings
from bench.agent.servers.order import ServerOrder

_KEEP_ALIVE_S = 600
_APP = "bench.agent.servers.hypercorn_app"
_LOOPS = {"auto": "asyncio", "asyncio": "asyncio", "uvloop": "uvloop"}
_PARSERS = {"auto": "h11", "h11": "h11"}


def run(order: ServerOrder) -> None:
    """Until SIGTERM. Raises AppError for settings that can't be had, and for a taken port."""
    server = f"hypercorn {version('hypercorn')}"
    config = Config()
    config.application_path = f"asgi:{_APP}:app"
    os.environ["LAYERCAKE_SERVER_ORDER"] = order.text()
    one_of(server, order.settings, "http", _PARSERS)
    config.loglevel = "INFO" if order.settings.get("access_log") else "WARNING"
    config.keep_alive_timeout = _KEEP_ALIVE_S
    for name, value in own_settings(server, order.settings, _known()).items():
        setattr(config, name, value)
    config.workers = order.workers
    config.worker_class = one_of(server, order.settings, "loop", _LOOPS)
    if order.settings.get("access_log"):
        config.accesslog = access_logger()
    if order.certificate:
        config.certfile = config.keyfile = order.certificate
    port = listening_port(order)
    config.bind = [f"unix:{order.unix_socket}" if order.unix_socket else f"{order.host}:{port}"]
    hypercorn.run.run(config)


def _known() -> dict[str, Any]:
    """What its configuration has by itself. Its methods and properties are no settings, but for one."""
    derived = (property, classmethod, staticmethod)
    fields = {name: value for name, value in vars(Config).items() if not isinstance(value, derived)}
    return {name: one for name, one in fields.items() if name[0] != "_" and not callable(one)} | {"root_path": ""}
