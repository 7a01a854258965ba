"""What threads spend, by part: an account, and where each thread is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


class Spent:
    """CPU by part, and how often which boundary was crossed in which way.

    The index of a crossing is `outer * width + inner`, for functions `width ** 2` more.
    """

    def __init__(self, spent_ns: list[int], crossings: Any) -> None:
        self.spent_ns = spent_ns
        self.crossings = crossings


class Thread:
    """Where a thread is, since when by its own CPU clock, and what it has spent.

    `waiter` is the innermost part of what is being suspended. With `wakes`, what the loop does before that goes on is
    its as well. `brought` is what other threads have spent, in ns, on each future that they then set: it is of who
    waits for that. `others` tells what else other threads have spent since it was asked last. Asking is no part's: it
    takes `asking_ns`.
    """

    __slots__ = ("asking_ns", "brought", "crossings", "others", "part", "since_ns", "spent_ns", "waiter", "wakes")

    def __init__(self, part: int, since_ns: int, spent: Spent) -> None:
        self.part = part
        self.since_ns = since_ns
        self.spent_ns = spent.spent_ns
        self.crossings = spent.crossings
        self.waiter: int | None = None
        self.wakes = False
        self.brought: dict[Any, int] | None = None
        self.others: Callable[[], int] | None = None
        self.asking_ns = 0

    def settle(self, part: int, future: Any, now_ns: int) -> int:
        """Charge a part with what others have spent: on the future that it waited for, and besides. The time by this
        thread's clock, which was `now_ns`, afterwards."""
        if self.brought:
            self.spent_ns[part] += self.brought.pop(future, 0)
        if self.others is not None:
            self.spent_ns[part] += self.others()
        settled_ns = time.thread_time_ns()
        self.asking_ns += settled_ns - now_ns
        return settled_ns
