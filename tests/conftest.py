"""What every test may ask for: the repository, and the default stack's real environment."""

from __future__ import annotations

import compileall
import contextlib
import gc
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from checkouts import Checkout, Here
from faulty import BODY, FaultyServer, Respond
from hypothesis import settings

from bench.load.messages import LoadSpec
from bench.model.exchange import Exchange
from bench.stack.environment import Environment, build
from bench.stack.recipe import of_requirements

ROOT = Path(__file__).parents[1]

# Hundreds of processes are started here, and none need compile again what one before it has.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Agents and servers keep nothing of what they compile.
if "PYTEST_XDIST_WORKER" not in os.environ:
    compileall.compile_dir(ROOT / "bench" / "agent", quiet=2)

# The commands of pyenv are scripts that look for the Python that is chosen each time, and uv asks them anew each time.
if Path(shutil.which("python3") or "").parent.name == "shims":
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.base_prefix, "bin")), os.environ["PATH"]))

# A shell without job control starts background commands, and so this suite and all that it starts, deaf to Ctrl-C.
for _ignored in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    if signal.getsignal(_ignored) is signal.SIG_IGN:
        signal.signal(_ignored, signal.default_int_handler if _ignored is signal.SIGINT else signal.SIG_DFL)

# No test here asserts an absolute time, and on a busy core an example may take any.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What the modules of all tests hold stays until the end: no collection need look at it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two for each core: for a third of its time a test waits for the processes that it started."""
    return 2 * len(os.sched_getaffinity(0))


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def environment() -> Environment:
    """The default stack, built by uv and cached as for any user."""
    return build(of_requirements([]), ROOT)


@pytest.fixture
def checkout(environment: Environment, root: Path, tmp_path: Path) -> Checkout:
    """Asks for the environment, so that no command spends its patience on building one."""
    return Checkout(root, tmp_path)


@pytest.fixture
def here(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """As `checkout`, whose commands run in this process."""
    return Here(root, tmp_path, monkeypatch, capsys)


@pytest.fixture
def serve() -> Iterator[Callable[..., FaultyServer]]:
    with contextlib.ExitStack() as servers:

        def start(respond: Respond, **how: bool) -> FaultyServer:
            server = FaultyServer(respond, **how)
            servers.callback(server.close)
            return server

        yield start


@pytest.fixture
def order() -> LoadSpec:
    """GET / for a quarter of a second, which must be answered by RIGHT; the server's process is this one."""
    exchange = Exchange(method="GET", path="/", headers={}, body=b"", status=200, answer=BODY)
    return LoadSpec(exchange=exchange, warmup_s=0.1, duration_s=0.25, timeout_s=0.4, server_pid=os.getpid())


@pytest.fixture
def hot(root: Path) -> Path:
    return root / "scenarios" / "hot.py"
