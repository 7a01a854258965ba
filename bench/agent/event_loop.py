"""The agent's event loop: the one that is asked for, or uvloop where the stack has it. As `asyncio.Runner` does it,
which Python 3.10 lacks."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Coroutine
from typing import Any


def run(main: Coroutine[Any, Any, None], kind: str = "auto") -> None:
    """Run to the end, then end whatever else is under way. An app that sets an event loop policy changes nothing.

    Ends the process with one line for a loop that the stack doesn't have.
    """
    try:
        loop = _new(kind)
    except SystemExit:
        main.close()
        raise
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(main)
    finally:
        try:
            _cancel_all(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            loop.close()


def _new(kind: str) -> asyncio.AbstractEventLoop:
    """`kind` is `asyncio`, `auto`, or the module that makes it: `uvloop`, `zuvloop`."""
    if kind == "asyncio":
        return asyncio.SelectorEventLoop()
    try:
        made: asyncio.AbstractEventLoop = importlib.import_module("uvloop" if kind == "auto" else kind).new_event_loop()
    except (ImportError, AttributeError):
        if kind == "auto":
            return asyncio.new_event_loop()
        raise SystemExit(f"this stack has no loop={kind}; add the package with --with, or use loop=asyncio") from None
    return made


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
