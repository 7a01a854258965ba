"""A PostgreSQL for tests, apart from the one that the user's runs keep."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.services import postgres
from bench.services.postgres import DatabaseError, running
from bench.stack.environment import Environment

_ASK = """
import asyncio, sys, asyncpg
async def ask(url, query):
    connection = await asyncpg.connect(url)
    print(await connection.fetchval(query))
    await connection.close()
asyncio.run(ask(*sys.argv[1:]))
"""


@contextmanager
def scratch_home() -> Iterator[Path]:
    """Where PostgreSQL is kept meanwhile: a folder that its own user may enter. Skips where none can start.

    The user's cache is out of sight meanwhile: environments have to be built before.
    """
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        Path(folder).chmod(0o755)
        patch.setattr(postgres, "ROOTS_HOME", Path(folder))
        patch.setenv("XDG_CACHE_HOME", folder)
        patch.delenv("DATABASE_URL", raising=False)
        try:
            with running(None):
                pass
        except DatabaseError as error:
            pytest.skip(str(error))
        yield Path(folder)


def value_of(environment: Environment, url: str, query: str) -> str:
    """The only value of a query's answer, by the stack's own driver."""
    command = [str(environment.python), "-c", _ASK, url, query]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
