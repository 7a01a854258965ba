"""A pyinstrument profile of one case, folded at once from its frame records."""

from __future__ import annotations

import gc
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import takewhile
from types import CodeType
from typing import Any

from pyinstrument import Profiler
from pyinstrument.session import Session
from pyinstrument.stack_sampler import get_stack_sampler

from bench.agent.profiles.frame_names import IDLE, IN_THREAD, FrameNames, below_driver
from bench.agent.profiles.pyinstrument_files import kept
from bench.agent.profiles.thread_sampling import HANDS_OVER, RUN_HERE, ThreadSampling, called_by
from bench.agent.requests.asgi_client import PreparedRequest

INTERVAL_S = 0.001
LEAST_SAMPLED = 0.5
"""Of the time that requests took, a profile has at least this share, or it is none of them."""

Shorten = Callable[[list[str]], list[str]]
"""A stack without what leads to the profiled program; nothing where that doesn't stand on it."""


async def profile(
    exchange: PreparedRequest, duration_s: float, title: str | None = None, as_many: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Folded stacks of about `duration_s` of requests, and how much slower the profiler made them (`tax`); with a
    `title`, pyinstrument's own files too.

    `as_many` are in the place of the duration how many requests are asked before, and how many are profiled: the
    `asked` of another profile.
    The tax compares this process with itself a moment before: a profiled process never gives a time.
    Raises RuntimeError for a profile that lacks most of what its requests took.
    """
    before, most = as_many or (None, None)
    plain_s, calls = await _for(exchange, duration_s / 4, before)
    with Sampling() as sampling:
        profiled_s, profiled_calls = await _for(exchange, duration_s, most)
    folded = sampling.folded(below_driver)
    folded.pop("", None)  # what the agent does itself
    _check_whole(folded.total() / 1e6, profiled_s)
    return {
        "folded": text(folded),
        "interval_s": INTERVAL_S,
        "duration_s": profiled_s,
        "requests": profiled_calls,
        "asked": (calls, profiled_calls),
        "tax": (profiled_s / profiled_calls) / (plain_s / calls),
        "own": sampling.own(title),
    }


def _check_whole(sampled_s: float, taken_s: float) -> None:
    if sampled_s < LEAST_SAMPLED * taken_s and taken_s > 100 * INTERVAL_S:
        raise RuntimeError(f"the profile has only {sampled_s / taken_s:.0%} of the time of its requests")


def text(folded: Counter[str]) -> str:
    """A line for each stack with its µs; those without any are left out."""
    return "".join(f"{stack} {value}\n" for stack, value in sorted(folded.items()) if stack and value)


class Sampling:
    """A context in which this thread is profiled, and others while they work for it: what they run stands below its
    callers, after the frame `[thread]`. It starts and ends on the thread of the loop.

    With `cpu_time` all of them are sampled by their CPU time: of threads that wait for each other, elapsed time would
    be in whatever function each of them waits.
    """

    def __init__(self, *, cpu_time: bool = False) -> None:
        self._cpu_time = cpu_time
        self._profiler = Profiler(interval=INTERVAL_S, async_mode="disabled")
        self._threads = ThreadSampling(INTERVAL_S, cpu_time)
        self._collections = Collections()
        self._session: Session | None = None

    def __enter__(self) -> Sampling:
        self._collections.__enter__()
        get_stack_sampler().timer_func = time.thread_time if self._cpu_time else None
        self._profiler.start()
        self._threads.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.__exit__()
        self._session = self._profiler.stop()
        self._collections.__exit__()

    def folded(self, shorten: Shorten) -> Counter[str]:
        """µs by stack, its frames by name. In what other threads worked, the loop's thread was not idle."""
        assert self._session is not None  # noqa: S101
        names = FrameNames()
        found: Counter[str] = Counter()
        for frames, seconds in self._session.frame_records:
            stack = [name for frame in frames if (name := names.of(frame)) is not None]
            found[";".join(placed(stack, shorten))] += round(seconds * 1e6)
        in_threads = self._in_threads(names, shorten)
        take_idle(found, in_threads.total())
        found += in_threads
        self._collections.charge(found, names, shorten)
        return found

    def _in_threads(self, names: FrameNames, shorten: Shorten) -> Counter[str]:
        found: Counter[str] = Counter()
        for callers, frames, seconds in self._threads.records:
            own = [name for frame in frames if (name := names.of(frame)) is not None]
            if RUN_HERE in own:  # else it waits for work
                shown = placed([*names.of_codes(callers), *own[own.index(RUN_HERE) :]], shorten)
                found[";".join(shown)] += round(seconds * 1e6) if shown else 0
        return found

    def own(self, title: str | None) -> dict[str, str]:
        """pyinstrument's own files by their suffix; none without a title."""
        assert self._session is not None  # noqa: S101
        return kept(self._session, title) if title else {}


async def _for(exchange: PreparedRequest, duration_s: float, exactly: int | None) -> tuple[float, int]:
    """Seconds in requests, and how many: as many as are named, or as begin within the duration.

    After one that is shorter than the sampler's interval there is a pause of a random length. Without it, equal
    requests keep step with the sampler, which then meets the same places of each again and again.
    """
    calls, taken_s, pauses = 0, 0.0, random.Random(0)
    start = time.perf_counter()
    while True:
        began = time.perf_counter()
        await exchange.perform()
        ended = time.perf_counter()
        calls, taken_s = calls + 1, taken_s + ended - began
        if ended - start >= duration_s if exactly is None else calls == exactly:
            return taken_s, calls
        if ended - began < INTERVAL_S:
            _pause(pauses.uniform(0, ended - began))


def _pause(duration_s: float) -> None:
    """On the core: a sleep would let the app's tasks go on. The sampler looks at each call of a function in Python."""
    until = time.perf_counter() + duration_s
    while _is_before(until):
        pass


def _is_before(until: float) -> bool:
    return time.perf_counter() < until


class Collections:
    """Time in the garbage collector by the stack that it interrupted: a sampler charges it to whatever allocated.

    What stands on the stack is only noted, and named afterwards: naming reads source files, which nobody asked for.
    """

    def __init__(self) -> None:
        self._spent_ns: Counter[tuple[CodeType, ...]] = Counter()
        self._since_ns = 0

    def __enter__(self) -> Collections:
        gc.callbacks.append(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        gc.callbacks.remove(self._note)

    def _note(self, phase: str, _info: dict[str, Any]) -> None:
        if phase == "start":
            self._since_ns = time.perf_counter_ns()
            return
        taken_ns = time.perf_counter_ns() - self._since_ns
        self._spent_ns[called_by(sys._getframe(1))] += taken_ns

    def charge(self, folded: Counter[str], names: FrameNames, shorten: Shorten) -> None:
        """Move the collector's time, or as much of it as was sampled there, from a stack into a frame below it."""
        for codes, spent_ns in self._spent_ns.items():
            callers = ";".join(placed(names.of_codes(codes), shorten))
            moved = min(round(spent_ns / 1e3), folded[callers])
            if callers and moved:
                folded[callers] -= moved
                folded[f"{callers};[gc]"] += moved


def placed(stack: list[str], shorten: Shorten) -> list[str]:
    """A stack as it is shown: what a worker thread runs stands below those who handed it over."""
    callers = list(takewhile(lambda frame: frame != RUN_HERE, stack))
    shown = shorten(_without_callbacks(callers))
    if len(callers) == len(stack) or not shown:
        return shown if len(callers) == len(stack) else []
    run = stack[len(callers) + 1 :]
    programs = _without_callbacks(run)
    return [*shown, IN_THREAD, *programs] if programs or not run else []


def _without_callbacks(stack: list[str]) -> list[str]:
    """Up to whatever the agent interrupted or wrapped: its own functions are no part of the program."""
    return list(takewhile(lambda frame: not frame.startswith(HANDS_OVER) and not _notes(frame), stack))


def _notes(frame: str) -> bool:
    """Whether it is a callback of the collector that the agent has."""
    return frame.startswith("bench.agent.") and frame.endswith("._note")


def take_idle(found: Counter[str], us: int) -> None:
    """So many µs in all are not idle."""
    for line in found:
        if line.endswith(f";{IDLE}"):
            taken = min(found[line], us)
            found[line] -= taken
            us -= taken
