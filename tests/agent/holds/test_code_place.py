"""A place in code is the app's own line and what it calls there, whoever is called and however it is awaited."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from bench.agent.holds import code_place
from bench.agent.holds.code_place import own_place, place, stack_of, task_stack

HERE = "test_code_place.py"


@pytest.fixture(autouse=True)
def found_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def line_of(text: str) -> int:
    return next(n for n, line in enumerate(Path(__file__).read_text().splitlines(), 1) if line.endswith(f"# {text}"))


def look(*_: object) -> code_place.Stack:
    return stack_of(sys._getframe(1))


def test_a_call_is_named_without_what_is_handed_over() -> None:
    holder: Any = type("Holder", (), {"look": staticmethod(look), "of": lambda self, _: self})
    seen = holder().of("secret").look("secret")  # chained
    assert own_place(seen) == f"{HERE}:{line_of('chained')} holder().of().look"


def test_a_line_that_calls_nothing_has_the_name_of_its_function() -> None:
    def generator() -> Iterator[FrameType]:
        yield sys._getframe()  # yielding

    made = generator()
    frame = next(made)
    qualname = test_a_line_that_calls_nothing_has_the_name_of_its_function.__qualname__
    assert own_place(stack_of(frame)) == f"{HERE}:{line_of('yielding')} {qualname}.<locals>.generator"


def test_the_apps_own_line_is_named_where_a_library_stands_deeper() -> None:
    import json  # noqa: PLC0415

    seen: list[code_place.Stack] = []
    json.loads("{}", object_hook=lambda found: seen.append(stack_of(sys._getframe(1))))  # loading
    assert own_place(seen[0]) == f"{HERE}:{line_of('loading')} json.loads"
    library = tuple(line for line in seen[0] if "/json/" in line.code.co_filename)
    assert own_place(library) is None
    assert str(place(library)).startswith("json/decoder.py:")


async def connect() -> None:
    await asyncio.Event().wait()  # waiting


@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    await connect()
    yield


async def start() -> None:
    async with lifespan():
        pass


def test_a_suspended_task_stands_at_its_innermost_await_through_a_context_manager() -> None:
    async def run() -> str | None:
        task = asyncio.create_task(start())
        await asyncio.sleep(0)
        found = own_place(task_stack(task))
        task.cancel()
        return found

    assert asyncio.run(run()) == f"{HERE}:{line_of('waiting')} asyncio.Event().wait"


def test_what_cannot_be_read_is_named_without_where_it_lies() -> None:
    space: dict[str, Any] = {"look": look}
    exec(compile("def f():\n    return look()\n", "/home/somebody/gone.py", "exec"), space)  # noqa: S102  a file that is gone
    assert own_place(space["f"]()) == "gone.py:2 f"
