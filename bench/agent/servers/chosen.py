"""The server that a command asks for: in the agent's process, or in processes of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.agent.app.asgi_app import load
from bench.agent.servers.server_processes import ServerProcesses

if TYPE_CHECKING:
    from bench.agent.servers.uvicorn import UvicornServer


def chosen(targets: Path, given: Mapping[str, Any]) -> UvicornServer | ServerProcesses:
    """Not started yet. Raises AppError."""
    kind, target, settings = given.get("kind", "uvicorn"), given["target"], given.get("settings") or {}
    if kind != "uvicorn" or settings.get("workers", 1) > 1:
        return ServerProcesses(kind, targets, target, settings, given.get("certificate"))
    from bench.agent.servers.uvicorn import UvicornServer  # noqa: PLC0415  uvicorn is loaded in no other pass

    return UvicornServer(load(targets, target), settings, given.get("certificate"))
