"""Target files become apps, with the lifespan that they have or without."""

from __future__ import annotations

import asyncio
import gc
import py_compile
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from bench.agent.app.asgi_app import Lifespan, load
from bench.agent.app.error import AppError


def test_a_target_may_be_called_like_a_module_of_the_standard_library(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("from _beside import VALUE as app\n")
    (tmp_path / "_beside.py").write_text("VALUE = 'the app'\n")
    try:
        assert load(tmp_path, "json") == "the app"
        assert hasattr(sys.modules["json"], "dumps")
    finally:
        sys.path.remove(str(tmp_path))
        del sys.modules["targets.json"], sys.modules["_beside"]


def test_an_app_of_a_project_is_what_its_name_says_and_a_factory_is_called(tmp_path: Path) -> None:
    (tmp_path / "shop_of_a_test.py").write_text(
        "class api:\n    async def app(scope, receive, send): ...\n\ndef make():\n    return api.app\n"
    )
    try:
        app = load(tmp_path, "shop_of_a_test:api.app")
        assert app is sys.modules["shop_of_a_test"].api.app
        assert load(tmp_path, "shop_of_a_test:make()") is app
    finally:
        sys.path.remove(str(tmp_path))
        del sys.modules["shop_of_a_test"]


def test_a_lifespan_is_run_and_its_state_is_kept() -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, str]]:
        seen.append("up")
        yield {"pool": "open"}
        seen.append("down")

    async def live() -> dict[str, Any]:
        running = Lifespan(Starlette(lifespan=lifespan))
        await running.start()
        await running.stop()
        return running.state

    assert asyncio.run(live()) == {"pool": "open"}
    assert seen == ["up", "down"]


def test_a_lifespan_that_fails_says_why() -> None:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        raise RuntimeError("no database here")
        yield

    async def live() -> None:
        await Lifespan(Starlette(lifespan=lifespan)).start()

    with pytest.raises(
        AppError, match=r"lifespan startup failed: RuntimeError: no database here \(.*test_asgi_app\.py:\d+\)"
    ):
        asyncio.run(live())


def test_an_app_without_a_lifespan_is_left_in_peace() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise NotImplementedError("http only")

    complaints: list[Any] = []

    async def live() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        running = Lifespan(app)
        await running.start()
        await running.stop()
        del running
        gc.collect()

    asyncio.run(live())
    assert complaints == []


def test_bytecode_that_somebody_left_beside_targets_is_not_read(tmp_path: Path) -> None:
    """It would be read by one of two Pythons."""
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    for name, code in (("_stale_helper", "VALUE = {}"), ("stale", "from _stale_helper import VALUE\napp = {}, VALUE")):
        file = tmp_path / f"{name}.py"
        file.write_text(code.format(1))
        py_compile.compile(str(file), doraise=True, invalidation_mode=unchecked)
        file.write_text(code.format(2))
    try:
        assert load(tmp_path, "stale") == (2, 2)
    finally:
        sys.modules.pop("_stale_helper", None)
        sys.modules.pop("targets.stale", None)
        sys.path.remove(str(tmp_path))
