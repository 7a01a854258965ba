"""Where this process stands, written when the harness asks by a signal: what is asked of an agent that hangs.

Nothing runs before that, so that no measurement is disturbed.
"""

from __future__ import annotations

import asyncio
import faulthandler
import signal
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TextIO

from bench.agent.holds.code_place import Stack, own_place, place, stack_of, task_stack

ANSWER = "at: "
# So many lines at most: an app may wait at many at once.
_MOST = 3


def answer_signals(file: Path) -> None:
    """From now on SIGUSR1 has this process write where it stands into `file`, and go on.

    The interpreter's own dump comes first, since code in C that never returns lets no Python run; then, where Python
    does run, a line `at: …`, which also knows what suspended tasks await.
    """
    opened = file.open("w", encoding="utf-8")
    signal.signal(signal.SIGUSR1, partial(_write_stacks, opened))
    faulthandler.register(signal.SIGUSR1, file=opened, all_threads=False, chain=True)


def _write_stacks(file: TextIO, _signal: int, frame: FrameType | None) -> None:
    print(f"{ANSWER}{_standing(stack_of(frame))}", file=file, flush=True)


def _standing(running: Stack) -> str:
    """The app's own line that runs, or else those at which its tasks and its other threads wait; without any, one of a
    library."""
    waiting = (*_tasks(), *_threads())
    if found := own_place(running):
        return found
    own = dict.fromkeys(filter(None, map(own_place, waiting)))
    return ", ".join(list(own)[:_MOST]) or next(filter(None, map(place, (running, *waiting))), "")


def _tasks() -> Iterator[Stack]:
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:  # no loop runs yet
        return
    yield from map(task_stack, tasks)


def _threads() -> Iterator[Stack]:
    """Of all threads but this one."""
    for thread, frame in sys._current_frames().items():
        if thread != threading.get_ident():
            yield stack_of(frame)
