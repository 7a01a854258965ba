"""Streams: work on several cores at once, each of which takes the next piece when it has done its last one."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event, Thread
from typing import Generic, TypeVar

Observed = TypeVar("Observed")


class StoppedError(Exception):
    """What a stream meets when nobody wants its work any more."""


@dataclass(frozen=True)
class CoreStream:
    """Where a piece of work runs: on this core, None where the kernel chooses. `shared` says whether other streams work
    at the same time; such a one ends soon once `stopping` is set."""

    core: int | None
    shared: bool = False
    stopping: Event = field(default_factory=Event, repr=False, compare=False)


@dataclass(frozen=True)
class Piece(Generic[Observed]):
    """What one stream does at a time. If `alone`, no other stream works meanwhile."""

    observe: Callable[[CoreStream], Generator[Observed]]
    alone: bool = False


def observe(cores: Sequence[int | None], pieces: Iterable[Piece[Observed] | None]) -> Generator[Observed]:
    """What all pieces observe, in the order in which it is seen; one stream works on each of the cores, of which the
    first takes what is to be alone.

    A piece is asked for when a core has nothing to do: what was observed until then may decide it. None says that there
    is none before another one has ended. While an observation is looked at, the core that made it waits: whoever looks
    finds a core on which nothing is timed. What a piece raises ends the others, and is raised here.
    """
    running = _Running[Observed](cores)
    try:
        yield from running.observe(pieces)
    finally:
        running.stop()


@dataclass(frozen=True)
class _Observation(Generic[Observed]):
    """An observation, and what its stream waits for: that it has been looked at."""

    observation: Observed
    looked_at: Event


@dataclass(frozen=True)
class _Ended:
    core: int | None
    error: BaseException | None


class _Running(Generic[Observed]):
    def __init__(self, cores: Sequence[int | None]) -> None:
        self._cores = cores
        self._idle = list(reversed(cores))
        self._threads: dict[int | None, Thread] = {}
        self._looked_at = {core: Event() for core in cores}
        self._events: SimpleQueue[_Observation[Observed] | _Ended] = SimpleQueue()
        self._stopping = Event()

    def observe(self, pieces: Iterable[Piece[Observed] | None]) -> Generator[Observed]:
        more, alone = iter(pieces), list[Piece[Observed]]()
        while True:
            # One for each core may wait to be alone, lest the others wait for it each time.
            while self._idle and len(alone) < (len(self._cores) if self._threads else 1):
                if (piece := next(more, None)) is None:
                    break
                if self._alone(piece):
                    alone.append(piece)
                else:
                    self._start(piece)
            if not self._threads:
                if not alone:
                    return
                yield from alone.pop(0).observe(CoreStream(self._cores[0]))
                continue
            seen = self._events.get()
            if isinstance(seen, _Ended):
                self._end(seen)
            else:
                try:
                    yield seen.observation
                finally:  # whoever looks may end it here
                    seen.looked_at.set()

    def stop(self) -> None:
        """End what still runs; the agents of a stream end with it. What it has observed since then is dropped: whoever
        looked last may have been interrupted there."""
        self._stopping.set()
        for looked_at in self._looked_at.values():
            looked_at.set()
        for thread in self._threads.values():
            thread.join()

    def _alone(self, piece: Piece[Observed]) -> bool:
        return piece.alone or len(self._cores) == 1

    def _start(self, piece: Piece[Observed]) -> None:
        core = self._idle.pop()
        stream = CoreStream(core, shared=True, stopping=self._stopping)
        self._threads[core] = thread = Thread(target=self._work, args=(stream, piece), daemon=True)
        thread.start()

    def _end(self, ended: _Ended) -> None:
        self._threads.pop(ended.core).join()
        self._idle.append(ended.core)
        self._idle.sort(key=self._cores.index, reverse=True)
        if ended.error is not None:
            raise ended.error

    def _work(self, stream: CoreStream, piece: Piece[Observed]) -> None:
        error: BaseException | None = None
        looked_at = self._looked_at[stream.core]
        try:
            if stream.core is not None:
                os.sched_setaffinity(0, {stream.core})  # of this thread: it works while its own agents wait
            with closing(piece.observe(stream)) as observed:
                for observation in observed:
                    self._events.put(_Observation(observation, looked_at))
                    looked_at.wait()
                    looked_at.clear()
                    if stream.stopping.is_set():
                        break
        except BaseException as raised:  # noqa: BLE001  it is raised where the observations are looked at
            error = raised
        self._events.put(_Ended(stream.core, error))
