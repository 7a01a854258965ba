"""The suite's options and fixtures: the cases that it is handed, asked through the same driver as everywhere.

It runs in a stack's environment, or in that of somebody's app, which may lack what the harness is made of: of bench,
only the agent's modules are imported.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

if "bench" not in sys.modules:
    # Run by path with a stack's Python, where the harness isn't installed. Its folder on `sys.path` would bring the
    # harness's own libraries with it, in the place of the stack's.
    sys.modules["bench"] = ModuleType("bench")
    sys.modules["bench"].__path__ = [str(Path(__file__).parents[2])]

from bench.agent.app.asgi_app import Lifespan, load
from bench.agent.requests.asgi_client import PreparedRequest
from bench.agent.requests.prepared import prepared

Ask = Callable[[], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cases", type=Path, help="JSON file of the cases to run: a list of objects")
    parser.addoption("--targets", type=Path, help="folder of the targets' files, or of the app")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    cases = json.loads(metafunc.config.getoption("--cases").read_text("utf-8"))
    metafunc.parametrize("case", cases, ids=[case["case"] for case in cases])


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415  a stack may lack it
    except ImportError:
        made = asyncio.new_event_loop()
    else:
        made = uvloop.new_event_loop()
    asyncio.set_event_loop(made)
    yield made
    made.run_until_complete(made.shutdown_asyncgens())
    made.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def ask(case: dict[str, Any], loop: asyncio.AbstractEventLoop, pytestconfig: pytest.Config) -> Iterator[Ask]:
    """One request of the case, from a standing event loop; what the loop itself costs is in every case alike."""
    app = load(pytestconfig.getoption("--targets"), case["target"])
    lifespan = Lifespan(app)
    loop.run_until_complete(lifespan.start())
    exchange = loop.run_until_complete(_exchange(app, case["request"], lifespan))
    gc.collect()
    yield lambda: loop.run_until_complete(exchange.perform())
    loop.run_until_complete(lifespan.stop())


async def _exchange(app: Any, request: dict[str, Any], lifespan: Lifespan) -> PreparedRequest:
    return prepared(app, request, lifespan.state)
