"""Generators of the handler's, timed step by step: dependencies with `yield`, and what a streaming response sends."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from functools import wraps
from typing import Any

from bench.agent.tracing.cpu_clock import CpuClock


def generator_function(clock: CpuClock, layer: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """A generator function whose steps are in a layer. What is thrown in or sent in goes on to the function's own."""

    def step(call: Callable[..., Any], *given: Any) -> Any:
        return call(*given)

    timed_step = clock.function(layer, step)

    @wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        own = function(*args, **kwargs)
        call, given = own.send, None
        while True:
            try:
                value = timed_step(call, given)
            except StopIteration as done:
                return done.value
            finally:
                given = None
            try:
                given = yield value
                call = own.send
            except GeneratorExit:
                own.close()
                raise
            except BaseException as error:  # noqa: BLE001  it is the function's to handle
                call, given = own.throw, error

    return timed


def async_generator_function(clock: CpuClock, layer: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same of an asynchronous one."""

    @wraps(function)
    async def timed(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        own = function(*args, **kwargs)
        call, given = own.asend, None
        while True:
            try:
                value = await clock.within(layer, call, given)
            except StopAsyncIteration:
                return
            finally:
                given = None
            try:
                given = yield value
                call = own.asend
            except GeneratorExit:
                await own.aclose()
                raise
            except BaseException as error:  # noqa: BLE001  it is the function's to handle
                call, given = own.athrow, error

    return timed


class TimedPieces:
    """An asynchronous iterable whose pieces are made in a layer."""

    def __init__(self, clock: CpuClock, layer: int, pieces: Any) -> None:
        self._clock = clock
        self._layer = layer
        self._iterator = pieces.__aiter__()

    def __aiter__(self) -> TimedPieces:
        return self

    def __anext__(self) -> Any:
        return self._clock.within(self._layer, self._iterator.__anext__)

    async def aclose(self) -> None:
        if hasattr(self._iterator, "aclose"):
            await self._iterator.aclose()


class TimedThreadPieces:
    """The same of an iterable, which Starlette iterates in its thread pool."""

    def __init__(self, clock: CpuClock, layer: int, pieces: Any) -> None:
        self._next = clock.function(layer, iter(pieces).__next__)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return self._next()
