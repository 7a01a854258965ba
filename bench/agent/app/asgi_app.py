"""Target files, and what modules of somebody's project hold, as running ASGI apps: imported, their lifespan started and
ended."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from pathlib import Path
from traceback import walk_tb
from types import CodeType
from typing import Any

from bench.agent.app.error import AppError
from bench.agent.app.failures import described
from bench.agent.app.importing import imported

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class SourceOnlyLoader(SourceFileLoader):
    """Neither reads nor writes bytecode."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def load(folder: Path, target: str) -> App:
    """The app of a target of this folder: the `app` of the file `target`.py, or of a project in that folder what
    `module:attribute` names (`module:factory()` is called). Raises AppError for one of these."""
    app: App = imported(folder, target) if ":" in target else module(folder / f"{target}.py").app
    return app


def module(path: Path) -> Any:
    """A file of the targets' folder, imported. The folder goes to the end of `sys.path`, so that helpers are found,
    shadowing nothing; the module is called `targets.<name>`, so that a profile can tell it from libraries. All of
    them are compiled each time: a start costs the same, whether or not somebody left bytecode beside them."""
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.append(folder)
        sys.path_importer_cache[folder] = FileFinder(folder, (SourceOnlyLoader, SOURCE_SUFFIXES))
    name = f"targets.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path, loader=SourceOnlyLoader(name, str(path)))
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is not a Python file")
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


# For so long an app that failed may take to raise what it has said.
_LAST_WORDS_S = 1.0


class Lifespan:
    """The lifespan of one app, by the ASGI protocol; an app that knows none is left in peace."""

    def __init__(self, app: App) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._raised: BaseException | None = None

    async def start(self) -> None:
        """Raises AppError with the app's own words when its start-up fails."""
        self._task = asyncio.ensure_future(self._run())
        await self._phase("startup")

    async def stop(self) -> None:
        if self.running:
            await self._phase("shutdown")

    @property
    def running(self) -> bool:
        """Whether the app has one, and it has started."""
        return self._task is not None and not self._task.done()

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self._app(scope, self._to_app.get, self._from_app.put)
        except (Exception, SystemExit) as error:  # noqa: BLE001  what that means depends on what it said before
            self._raised = error

    async def _phase(self, name: str) -> None:
        assert self._task is not None  # noqa: S101
        await self._to_app.put({"type": f"lifespan.{name}"})
        answer = asyncio.ensure_future(self._from_app.get())
        await asyncio.wait((answer, self._task), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            if self._raised is not None and _is_failure(self._raised):
                raise AppError(f"lifespan {name} failed: {described(self._raised)}")
            return  # the app raised or returned: it has no lifespan, as the protocol lets it say
        if answer.result()["type"] == f"lifespan.{name}.failed":
            await asyncio.wait((self._task,), timeout=_LAST_WORDS_S)
            raise AppError(f"lifespan {name} failed: {self._reason(answer.result())}")

    def _reason(self, failed: Message) -> str:
        """Frameworks say it with a whole traceback, and raise it after that: then it is also known where."""
        if self._raised is not None:
            return described(self._raised)
        return next(reversed(str(failed.get("message", "")).strip().splitlines()), "it gives no reason")


def _is_failure(raised: BaseException) -> bool:
    """Whether an app that raised without a word could not begin at all, in the place of having no lifespan: it left,
    or its middleware couldn't be built (Starlette does that at its first call)."""
    codes = (frame.f_code.co_name for frame, _ in walk_tb(raised.__traceback__))
    return isinstance(raised, SystemExit) or "build_middleware_stack" in codes
