"""Several uvicorns over one app, on one loop: they differ in their settings and in nothing else of their process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.agent.app.asgi_app import App
from bench.agent.app.error import AppError
from bench.agent.servers import access_log
from bench.agent.servers.uvicorn import UvicornServer


class ServersBeside:
    """By name. The app's lifespan runs once: the first server sees to it, unless it runs already and left this `state`,
    and the others have its state. Those with TLS have this `certificate`."""

    def __init__(self, app: App, certificate: str | None, state: dict[str, Any] | None = None) -> None:
        self._app = app
        self._certificate = certificate
        self._state = state
        self._servers: dict[str, _ServerBeside] = {}

    async def start(self, host: str, sides: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """The port and the name of each server, or in their place the `error` of settings that this stack lacks."""
        started: dict[str, dict[str, Any]] = {}
        for name, settings in sides.items():
            try:
                server = _ServerBeside(self._app, settings, self._certificate if settings.get("tls") else None)
                if self._state is not None:
                    server.go_on_from(self._state)
                port = await server.start(host, 0)
            except AppError as error:
                started[name] = {"error": str(error)}
                continue
            self._state = server.state
            self._servers[name] = server
            started[name] = {"port": port, "server": server.name}
        return started

    def log_like(self, name: str) -> None:
        """Connections log as this server's settings say. uvicorn's loggers are the process's: the server that was
        made last has set them for all."""
        self._servers[name].configure_logging()

    async def counted(self) -> list[int]:
        """How many requests each of them has counted."""
        return [server.requests for server in self._servers.values()]

    async def report(self) -> dict[str, Any]:
        """Why lines of the access log are missing, if some are."""
        return {"lost_log": access_log.lost}

    async def stop(self) -> None:
        for server in reversed(self._servers.values()):
            await server.stop()


class _ServerBeside(UvicornServer):
    def _refer(self) -> None:
        """No reference work: it would be in the time of whoever is asked."""

    def configure_logging(self) -> None:
        self._config.configure_logging()
