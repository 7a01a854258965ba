"""Time that only tests let pass: streams are threads as ever, but what a block takes is said, not waited for."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")

PATIENCE_S = 20.0


class VirtualTime:
    """A clock that goes on when every stream spends time and nobody looks at what it observed; then to whoever is ready
    first. What the main thread spends passes at once: nothing is beside it."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._others = threading.active_count()
        self._changed = threading.Condition()
        self._ready_s: list[float] = []
        self._looking = True

    def clock(self) -> float:
        return self.now_s

    def spend(self, seconds: float) -> None:
        if threading.current_thread() is threading.main_thread():
            self.now_s += seconds
            return
        with self._changed:
            ready_s = self.now_s + seconds
            self._ready_s.append(ready_s)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._is_next(ready_s), PATIENCE_S), "no stream goes on"
            self._ready_s.remove(ready_s)
            self.now_s = ready_s

    def queue(self) -> _Watched[Item]:
        """In the place of the queue by which streams tell what they observe."""
        return _Watched(self)

    def _is_next(self, ready_s: float) -> bool:
        streams = threading.active_count() - self._others
        return not self._looking and len(self._ready_s) == streams and ready_s == min(self._ready_s)


class _Watched(Generic[Item]):
    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self._items: deque[Item] = deque()

    def put(self, item: Item) -> None:
        with self._time._changed:
            self._items.append(item)
            self._time._looking = True
            self._time._changed.notify_all()

    def get(self) -> Item:
        with self._time._changed:
            self._time._looking = bool(self._items)
            self._time._changed.notify_all()
            assert self._time._changed.wait_for(lambda: self._items, PATIENCE_S), "no stream tells anything"
            return self._items.popleft()
