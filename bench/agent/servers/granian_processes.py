"""Granian, which always has a supervisor and workers."""

from __future__ import annotations

import inspect
from enum import Enum
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LOGGING_CONFIG

from bench.agent.servers.access_log import AccessLog, access_log_file
from bench.agent.servers.counted_app import CountedApp, listening_port, one_of, own_settings
from bench.agent.servers.order import ServerOrder


def run(order: ServerOrder) -> None:
    """Until SIGTERM. Raises AppError for settings that can't be had, and for a taken port."""
    server = f"granian {version('granian')}"
    known = {name: one.default for name, one in inspect.signature(Granian).parameters.items()}
    own = own_settings(server, order.settings, known)
    arguments: dict[str, Any] = {name: _chosen(server, name, value, known[name]) for name, value in own.items()}
    http = one_of(server, order.settings, "http", {one.value: one for one in HTTPModes})
    loop = one_of(server, order.settings, "loop", {one.value: one for one in Loops})
    if order.settings.get("access_log"):
        handler = {"class": f"{AccessLog.__module__}.{AccessLog.__name__}", "filename": access_log_file()}
        handlers = LOGGING_CONFIG["handlers"] | {"access": handler | {"formatter": "access"}}
        arguments |= {"log_access": True, "log_dictconfig": LOGGING_CONFIG | {"handlers": handlers}}
    if order.certificate:
        arguments |= {"ssl_cert": Path(order.certificate), "ssl_key": Path(order.certificate)}
    port = listening_port(order)
    where: dict[str, Any] = (
        {"uds": Path(order.unix_socket)} if order.unix_socket else {"address": order.host, "port": port}
    )
    usual = {"log_level": "warning"}
    made = Granian(
        "app", interface=Interfaces.ASGI, workers=order.workers, http=http, loop=loop, **(usual | arguments), **where
    )
    made.serve(target_loader=partial(CountedApp, order, server, "hyper"), wrap_loader=False)


def _chosen(server: str, name: str, value: Any, default: Any) -> Any:
    """The member of an enumeration that a setting names. Raises AppError."""
    if not isinstance(default, Enum):
        return value
    return one_of(server, {name: value}, name, {str(one.value): one for one in type(default)})
