"""Settings as uvicorn's `Config` takes them, checked against the release and the packages that the stack has."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import uvicorn
import uvicorn.config

from bench.agent.app.error import AppError
from bench.agent.servers.access_log import access_log_file, unwritable
from bench.agent.servers.logs import logging_config
from bench.agent.servers.setting_kinds import of_its_kind

# uvicorn closes idle connections after 5 s: of a load of few requests over many connections that would be most.
_KEEP_ALIVE_S = 600
# What the harness sees to itself: the loop that the server runs on, the socket, the processes.
_OURS = ("loop", "socket", "tls", "workers")
# What an agent can run on: the server in its process is on its loop.
_AGENT_LOOPS = ("asyncio", "auto", "uvloop", "zuvloop")
_CHOICES = {"http": "HTTP_PROTOCOLS", "ws": "WS_PROTOCOLS", "lifespan": "LIFESPAN"}


def configured(app: Any, settings: Mapping[str, Any], certificate: str | None = None, **more: Any) -> uvicorn.Config:
    """uvicorn's own configuration, `more` as it is. Raises AppError for a setting that can't be had."""
    arguments = config_arguments(settings) | more
    log = access_log_file() if arguments["access_log"] is True else None
    tls: dict[str, Any] = {"ssl_certfile": certificate, "ssl_keyfile": certificate} if certificate else {}
    try:
        return uvicorn.Config(app, log_config=logging_config(log), **arguments, **tls)
    except Exception as error:
        if (reason := unwritable(error)) is not None:
            raise AppError(reason) from error
        raise AppError(f"uvicorn {uvicorn.__version__} refuses these settings: {_said(error)}") from error


def config_arguments(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of `uvicorn.Config` that these settings come to. Raises AppError for one that this release
    doesn't know, or whose package the stack hasn't got."""
    known = inspect.signature(uvicorn.Config).parameters
    own = {name: value for name, value in settings.items() if name not in _OURS}
    for name, value in own.items():
        if name not in known:
            raise AppError(f"uvicorn {uvicorn.__version__} has no setting {name}{_meant(name, known)}")
        own[name] = of_its_kind(name, value, known[name].default)
        refuse_unknown(name, own[name])
    usual = {
        "http": "httptools" if find_spec("httptools") else "h11",
        "access_log": False,
        "timeout_keep_alive": _KEEP_ALIVE_S,
    }
    return usual | own


def refuse_unknown_loop(loop: Any) -> None:
    """Of a server in the agent's own process. Raises AppError."""
    if loop not in _AGENT_LOOPS:
        known = ", ".join(_AGENT_LOOPS)
        raise AppError(f"uvicorn in one process has no loop={loop}; it knows {known}")


def refuse_unknown(name: str, value: Any, choices: str = "") -> None:
    """Raises AppError where uvicorn has a table of what a setting may be (called `choices`) and this isn't in it, or is
    and can't be imported."""
    known = getattr(uvicorn.config, choices or _CHOICES.get(name, ""), None)
    if known is None:
        return
    if value not in known:
        raise AppError(f"uvicorn {uvicorn.__version__} has no {name}={value}; it knows {', '.join(sorted(known))}")
    where = known[value] if isinstance(known, dict) else None
    try:
        import_module(str(where or "uvicorn").partition(":")[0])
    except ImportError as error:
        package = error.name or value
        raise AppError(f"this stack has no {name}={value}: it has no {package}; add --with {package}") from error


def _meant(name: str, known: Any) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
