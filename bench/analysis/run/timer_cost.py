"""What boundary timers charge to what they time. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol, TypeVar

from bench.model.boundaries import TimerCost

Way = Literal["coroutine", "function"]
Place = TypeVar("Place")
Place_co = TypeVar("Place_co", covariant=True)


class Crossed(Protocol[Place_co]):
    """So many calls from one timed place to another."""

    @property
    def way(self) -> Way: ...

    @property
    def outer(self) -> Place_co: ...

    @property
    def inner(self) -> Place_co: ...

    @property
    def times(self) -> int: ...


def timers_ns(
    crossings: Iterable[Crossed[Place]], timers: Iterable[TimerCost], places: Iterable[Place]
) -> dict[Place, float]:
    """What the timers of these calls take in each of the places, by what calls of nothing cost: less than it is, since
    nothing else runs between those that would empty the caches."""
    costs = {cost.way: cost for cost in timers}
    own_ns = dict.fromkeys(places, 0.0)
    for crossed in crossings:
        own_ns[crossed.outer] += crossed.times * costs[crossed.way].outside_ns
        own_ns[crossed.inner] += crossed.times * costs[crossed.way].inside_ns
    return own_ns
