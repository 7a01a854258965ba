"""What is observed where the layers of a served request call each other: frozen, typed, without I/O."""

from __future__ import annotations

from typing import Literal

from bench.model.base import Record


class ServedWindows(Record):
    """Served windows of one kind together: CPU of the server's process, and of that what the kernel took for it.

    `reference_us` is what the reference work took, some times before each window.
    """

    requests: int
    cpu_s: float
    system_s: float
    reference_us: tuple[float, ...]


class Crossings(Record):
    """How often the `outer` layer called the `inner` one, in the timed windows; each resumption counts."""

    way: Literal["coroutine", "function"]
    outer: str
    inner: str
    times: int


class TimerCost(Record):
    """What timing one crossing costs, measured beside the windows by calls of nothing: `inside_ns` of it are charged
    to the inner layer, `outside_ns` to the outer one."""

    way: Literal["coroutine", "function"]
    inside_ns: float
    outside_ns: float


class BoundarySample(Record):
    """One served launch under a closed load, the boundaries between its layers timed in every other window.

    `layers_s` is the server thread's CPU by the layer that it was in, over the timed windows, with what the timers
    themselves took. `missing` boundaries weren't found in this stack: their layer is in the one that calls it. The load
    went on for `loaded_on_s` after the last window.
    """

    kind: Literal["boundaries"] = "boundaries"
    case: str
    launch: int
    hash_seed: int
    users: int
    plain: ServedWindows
    timed: ServedWindows
    layers_s: dict[str, float]
    crossings: tuple[Crossings, ...]
    timers: tuple[TimerCost, ...]
    missing: tuple[str, ...] = ()
    errors: dict[str, int]
    verified: int
    loaded_on_s: float
    idle_reference_us: tuple[float, ...]
    server: str
    server_cores: tuple[int, ...]
    client_cores: tuple[int, ...]
