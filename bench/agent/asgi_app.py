"""Target files, and what modules of somebody's project hold, as running ASGI apps: imported, their lifespan started and
ended."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


def load(folder: Path, target: str) -> App:
    """The app of a target of this folder: the `app` of the file `target`.py, or of a project in that folder what
    `module:attribute` names (`module:factory()` is called)."""
    app: App = _named(folder, target) if ":" in target else module(folder / f"{target}.py").app
    return app


def _named(folder: Path, name: str) -> Any:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    where, _, attribute = name.partition(":")
    found = importlib.import_module(where)
    for part in attribute.removesuffix("()").split("."):
        found = getattr(found, part)
    return found() if attribute.endswith("()") else found  # type: ignore[operator]


def module(path: Path) -> Any:
    """A file of the targets' folder, imported. The folder goes to the end of `sys.path`, so that helpers are found,
    shadowing nothing; the module is called `targets.<name>`, so that a profile can tell it from libraries."""
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    name = f"targets.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is not a Python file")
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


class Lifespan:
    """The lifespan of one app, by the ASGI protocol; an app that knows none is left in peace."""

    def __init__(self, app: App) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises RuntimeError with the app's own words when its start-up fails."""
        self._task = asyncio.ensure_future(self._run())
        await self._phase("startup")

    async def stop(self) -> None:
        if self._task is not None and not self._task.done():
            await self._phase("shutdown")

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        with suppress(Exception):  # an app that fails has said so in a message; one that only raises has no lifespan
            await self._app(scope, self._to_app.get, self._from_app.put)

    async def _phase(self, name: str) -> None:
        assert self._task is not None  # noqa: S101
        await self._to_app.put({"type": f"lifespan.{name}"})
        answer = asyncio.ensure_future(self._from_app.get())
        await asyncio.wait((answer, self._task), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()  # the app raised or returned: it has no lifespan, as the protocol lets it say
        elif answer.result()["type"] == f"lifespan.{name}.failed":
            raise RuntimeError(f"lifespan {name} failed: {answer.result().get('message', '')}")
