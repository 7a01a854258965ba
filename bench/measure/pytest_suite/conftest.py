"""The suite's options and fixtures: every case of the catalog, asked through the same driver as everywhere."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

if "bench" not in sys.modules:
    # Run by path with a stack's Python, where the harness isn't installed. Its folder on `sys.path` would bring the
    # harness's own libraries with it, in the place of the stack's.
    sys.modules["bench"] = ModuleType("bench")
    sys.modules["bench"].__path__ = [str(Path(__file__).parents[2])]

from bench.agent.asgi_app import Lifespan, load
from bench.agent.asgi_client import PreparedRequest
from bench.catalog.selection import cases
from bench.catalog.targets import read_targets
from bench.model.workload import Case, Pass, Target
from bench.workspace import TARGETS

Ask = Callable[[], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--targets", type=Path, default=TARGETS, help="folder of target files")
    parser.addoption("--cases", default="", help="ids of the cases to run, parted by commas; all without it")
    parser.addoption("--varying", default="", help="ids of those whose responses vary")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    targets = read_targets(metafunc.config.getoption("--targets"))
    wanted = set(filter(None, metafunc.config.getoption("--cases").split(",")))
    chosen = [case for case in cases(targets) if case.belongs_to(Pass.SUITE) and (not wanted or case.id in wanted)]
    metafunc.parametrize("case", chosen, ids=[case.id for case in chosen])


@pytest.fixture(scope="session")
def targets(pytestconfig: pytest.Config) -> dict[str, Target]:
    return read_targets(pytestconfig.getoption("--targets"))


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    try:
        import uvloop  # noqa: PLC0415  a stack may lack it
    except ImportError:
        with asyncio.Runner() as plain:
            yield plain
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as fast:
            yield fast


@pytest.fixture
def ask(case: Case, targets: dict[str, Target], runner: asyncio.Runner, pytestconfig: pytest.Config) -> Iterator[Ask]:
    """One request of the case, from a standing event loop; what the loop itself costs is in every case alike."""
    app = load(pytestconfig.getoption("--targets"), case.target)
    lifespan = Lifespan(app)
    loop = runner.get_loop()
    loop.run_until_complete(lifespan.start())
    request = targets[case.target].requests[case.request].model_dump()
    request["varies"] = request["varies"] or case.id in pytestconfig.getoption("--varying").split(",")
    exchange = loop.run_until_complete(_exchange(app, request, lifespan))
    gc.collect()
    yield lambda: loop.run_until_complete(exchange.perform())
    loop.run_until_complete(lifespan.stop())


async def _exchange(app: object, request: dict[str, object], lifespan: Lifespan) -> PreparedRequest:
    return PreparedRequest(app, request, lifespan.state)  # type: ignore[arg-type]
