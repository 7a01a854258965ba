"""What worker threads do during a profile: functions that the event loop hands to a thread, such as `def` endpoints."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial, wraps
from types import CodeType, FrameType
from typing import Any

from pyinstrument.stack_sampler import get_stack_sampler

RUN_HERE = f"{__name__}:run_here"
"""The frame that parts, in a stack of a worker thread, its callers on the loop's thread from what it runs."""
HANDS_OVER = f"{__name__}:"
"""What the frames of this module start with: they hand a function over, and begin to sample a thread."""


@dataclass
class _Worker:
    """One thread that is sampled, and who called the function that it runs."""

    sampling: ThreadSampling
    callers: tuple[CodeType, ...] = ()

    def note(self, stack: list[str], seconds: float, _state: object) -> None:
        self.sampling.records.append((self.callers, stack, seconds))


@dataclass
class ThreadSampling:
    """A context in which threads are sampled while they run what the loop's thread hands to them, from the first such
    function on. By `cpu_time`, or by elapsed time, in which a thread that waits counts too.

    `records` are the callers on the loop's thread, pyinstrument's stack of the worker's, and seconds.
    """

    interval_s: float
    cpu_time: bool = False
    records: list[tuple[tuple[CodeType, ...], list[str], float]] = field(default_factory=list)

    def __enter__(self) -> ThreadSampling:
        _install()
        _Current.sampling = self
        return self

    def __exit__(self, *_: object) -> None:
        _Current.sampling = None


class _Current:
    """Which sampling is on, for all threads."""

    sampling: ThreadSampling | None = None
    installed = False


_local = threading.local()


def run_here(callers: tuple[CodeType, ...], function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run a function in this worker thread, sampled if a sampling is on."""
    worker = _worker()
    if worker is not None:
        worker.callers = callers
    return function(*args, **kwargs)


def called_by(frame: FrameType | None) -> tuple[CodeType, ...]:
    """The code that stands on a stack, the root first; in a worker thread its callers, `run_here`, and its own."""
    found: list[CodeType] = []
    while frame is not None:
        if frame.f_code is run_here.__code__:
            return (*frame.f_locals["callers"], run_here.__code__, *reversed(found))
        found.append(frame.f_code)
        frame = frame.f_back
    return tuple(reversed(found))


def _worker() -> _Worker | None:
    """This thread's, which follows the sampling that is on: one that is over ends here when its thread works again."""
    sampling, worker = _Current.sampling, getattr(_local, "worker", None)
    if worker is not None and worker.sampling is sampling:
        return worker  # type: ignore[no-any-return]
    sampler = get_stack_sampler()
    if worker is not None:
        sampler.unsubscribe(worker.note)
    _local.worker = None
    if sampling is not None:
        _local.worker = _Worker(sampling)
        sampler.timer_func = time.thread_time if sampling.cpu_time else None
        sampler.subscribe(_local.worker.note, desired_interval=sampling.interval_s, use_async_context=False)
    return _local.worker  # type: ignore[no-any-return]


def _install() -> None:
    """Once in a process, which does nothing but profile from then on: AnyIO's threads, and those of executors."""
    if _Current.installed:
        return
    _Current.installed = True
    to_thread = sys.modules.get("anyio.to_thread")
    if to_thread is not None:
        to_thread.run_sync = _handing_over(to_thread.run_sync, at=0)  # type: ignore[attr-defined]
    ThreadPoolExecutor.submit = _handing_over(ThreadPoolExecutor.submit, at=1)  # type: ignore[method-assign]


def _handing_over(original: Callable[..., Any], at: int) -> Callable[..., Any]:
    """The same, but that the function at this place of its arguments is run by `run_here`."""

    @wraps(original)
    def hand_over(*args: Any, **kwargs: Any) -> Any:
        if _Current.sampling is None or len(args) <= at:
            return original(*args, **kwargs)
        sampled = partial(run_here, called_by(sys._getframe(1)), args[at])
        return original(*args[:at], sampled, *args[at + 1 :], **kwargs)

    return hand_over
